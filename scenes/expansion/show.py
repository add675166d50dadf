# SPDX-License-Identifier: Apache-2.0
"""Before and after: a picture and its light, each as bright as it is and two and four stops darker.

Darkened, the picture's highlights are one grey; the light's have shape and strength.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from gen3d import panorama
from scenes.expansion.expand import Expanded
from scenes.sampling import sample
from scenes.tonemap import decode_srgb, encode_srgb

_WIDTH, _STOPS = 512, (0.0, -2.0, -4.0)


def write_before_after(
    picture: UInt8[np.ndarray, "height width 3"], found: Expanded, path: Path
) -> None:
    """Write the sheet: a row for each exposure, the picture on the left, its light on the right."""
    height = _WIDTH // 2
    before = decode_srgb(
        np.asarray(Image.fromarray(picture).resize((_WIDTH, height)), np.float64) / 255.0
    )
    u, v = panorama.uv_of(panorama.pixel_directions(height))
    after = sample(found.environment.radiance, u, v) / found.unit_cd_m2
    rows = [
        np.concatenate([_shown(before * 2.0**stops), _shown(after * 2.0**stops)], axis=1)
        for stops in _STOPS
    ]
    Image.fromarray(np.concatenate(rows)).save(path)


def _shown(light: np.ndarray) -> UInt8[np.ndarray, "height width 3"]:
    return np.round(255.0 * np.clip(encode_srgb(np.clip(light, 0.0, 1.0)), 0.0, 1.0)).astype(
        np.uint8
    )
