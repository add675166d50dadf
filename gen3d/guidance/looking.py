# SPDX-License-Identifier: Apache-2.0
"""How things are shown to the towers when nothing is differentiated: fixed cameras, plain light.

Drafts, search and judging look at things through these functions, so that their scores can be
compared. Training pictures come from the same camera model (:mod:`gen3d.render.photo`).
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.foundry.families import families
from gen3d.foundry.thing import ThingSpec, build
from gen3d.render.photo import DISTANCE, FOV_DEG, prepare, take
from gen3d.render.studio import default_light
from gen3d.render.views import Views, orbit

SIZE_PX = 64
BACKGROUND = 0.82
"""sRGB grey behind a thing that is compared."""
QUARTERS_DEG = (35.0, -40.0, 150.0)
"""Azimuths from which a draft is known: both front quarters and a back one."""


def around(
    azimuths_deg: tuple[float, ...], elevation_deg: float = 18.0, size_px: int = SIZE_PX
) -> Views:
    """Cameras at some azimuths at one height."""
    azimuth = torch.tensor(azimuths_deg, dtype=torch.float32)
    same = torch.ones_like(azimuth)
    return orbit(azimuth, elevation_deg * same, DISTANCE * same, FOV_DEG * same, size_px)


def portraits(
    spec: ThingSpec, azimuths_deg: tuple[float, ...] = QUARTERS_DEG, size_px: int = SIZE_PX
) -> Float[Tensor, "views 3 height width"]:
    """Pictures of a foundry thing on plain grey."""
    seen = prepare(build(spec, families()[spec.family]))
    views = around(azimuths_deg, size_px=size_px)
    pixels = torch.from_numpy(take(seen, views, default_light(len(views)))).float() / 255.0
    alpha = pixels[..., 3:]
    return (pixels[..., :3] * alpha + BACKGROUND * (1.0 - alpha)).permute(0, 3, 1, 2)
