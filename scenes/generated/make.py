# SPDX-License-Identifier: Apache-2.0
"""Text → an eight-bit panorama, from nothing, from a panorama, or around a photograph.

What the model draws is as large as the model's training made it. It is enlarged (Lanczos, no
invented detail) to at least 256 pixels, which the expansion of light needs, and around a photograph
to the width at which that keeps its size, up to the width that is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, UInt8
from PIL import Image
from torch import Tensor

from gen3d.guidance.diffusion import UNetDenoiser
from gen3d.progress import OnStep, silent
from scenes.expansion.expand import resized
from scenes.generated.photo import joined, natural_width, placed, spread
from scenes.generated.poles import band_limited
from scenes.generated.sampler import Given, Manner, sample, size_of

LEAST_WIDTH_PX = 1024
"""Of what is handed on: from here on enlarging leaves no trace at the poles."""

Picture = UInt8[np.ndarray, "height width 3"]


@dataclass(frozen=True)
class Init:
    """What of the user's a panorama begins with."""

    picture: Picture
    strength: float = 0.6
    """Of a panorama: how far from it."""
    fov_deg: float | None = None
    """Of a photograph, whose pixels stay; none: a panorama."""


def make_panorama(
    model: UNetDenoiser,
    text: str,
    seed: int,
    manner: Manner,
    init: Init | None = None,
    widest_px: int = 4096,
    on_step: OnStep = silent,
) -> Picture:
    """Make a panorama of eight bits, twice as wide as high.

    Args:
        model: That draws.
        text: What it shows.
        seed: Of all that the words leave open.
        manner: How it is sampled.
        init: What it begins with.
        widest_px: Of the result, where a photograph asks for a width.
        on_step: Told after each step.
    """
    if init is None:
        return _bytes(_enlarged(sample(model, text, seed, manner, None, on_step), LEAST_WIDTH_PX))
    if init.fov_deg is not None:
        return _around(model, text, seed, manner, init, init.fov_deg, widest_px, on_step)
    if init.strength == 0.0:
        return init.picture
    given = Given(_small(init.picture, model), init.strength)
    found = sample(model, text, seed, manner, given, on_step)
    return _bytes(_enlarged(found, LEAST_WIDTH_PX))


def _around(
    model: UNetDenoiser,
    text: str,
    seed: int,
    manner: Manner,
    init: Init,
    fov_deg: float,
    widest_px: int,
    on_step: OnStep,
) -> Picture:
    """A photograph with the rest of the world."""
    rows, _ = size_of(model)
    small = placed(init.picture, fov_deg, rows * model.space.factor)
    given = Given(_tensor(spread(small)), known=torch.from_numpy(small.known.astype(np.float32)))
    found = sample(model, text, seed, manner, given, on_step)
    width = min(max(natural_width(init.picture, fov_deg), LEAST_WIDTH_PX), widest_px)
    large = placed(init.picture, fov_deg, width // 2)
    return _bytes(joined(_enlarged(found, width), large))


def _small(picture: Picture, model: UNetDenoiser) -> Tensor:
    """A panorama as large as the model's."""
    _, columns = size_of(model)
    return _tensor(resized(picture, columns * model.space.factor))


def _enlarged(picture: Tensor, least_px: int) -> Float32[np.ndarray, "height width 3"]:
    """At least so wide, in unrounded code values."""
    width = max(least_px, picture.shape[2])
    edge = max(picture.shape[2] // 16, 4)
    wide = torch.cat([picture[..., -edge:], picture, picture[..., :edge]], dim=-1)
    box = (edge, 0, edge + picture.shape[2], picture.shape[1])
    channels = [
        np.asarray(
            Image.fromarray(channel.numpy()).resize(
                (width, width // 2), Image.Resampling.LANCZOS, box
            )
        )
        for channel in wide
    ]
    cell = width / picture.shape[2]
    limited = band_limited(torch.from_numpy(np.stack(channels)), cell).clamp(0.0, 1.0)
    return np.ascontiguousarray(limited.permute(1, 2, 0).numpy())


def _tensor(codes: Float32[np.ndarray, "height width 3"]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(codes, -1, 0)))


def _bytes(codes: Float32[np.ndarray, "height width 3"]) -> Picture:
    return np.clip(np.round(255.0 * codes), 0.0, 255.0).astype(np.uint8)
