# SPDX-License-Identifier: Apache-2.0
"""What is done to training pictures so that a tower cannot be fooled by what fitting does to them.

A fitted field is noisy, blurred, patchy or too smooth, on any background. Every picture is put on a
random background; shares of a batch are blurred, given noise, low-frequency colour patches, a cut
and a change of exposure. All of it is batched and drawn from one generator.
"""

from __future__ import annotations

from functools import lru_cache

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from gen3d.render.shot import random_background

POOL = 1536


@lru_cache(maxsize=2)
def _pool(height: int, width: int) -> UInt8[Tensor, "pool height width 3"]:
    """Many backgrounds, made once: making new ones costs more than a training step."""
    made = random_background(POOL, height, width, torch.Generator().manual_seed(0))
    return (made * 255.0).round().to(torch.uint8)


def on_backgrounds(
    pictures: UInt8[Tensor, "batch height width 4"], generator: torch.Generator
) -> Float[Tensor, "batch 3 height width"]:
    """Composite straight-alpha sRGB pictures over random backgrounds, in display space."""
    values = pictures.float().div(255.0)
    count, height, width, _ = values.shape
    pick = torch.randint(POOL, (count,), generator=generator)
    behind = _pool(height, width)[pick].float().div(255.0)
    alpha = values[..., 3:]
    return (values[..., :3] * alpha + behind * (1.0 - alpha)).permute(0, 3, 1, 2)


def scattered(
    pictures: Float[Tensor, "batch 3 height width"], generator: torch.Generator
) -> Float[Tensor, "batch 3 height width"]:
    """Flip, blur, patch, add noise, cut and expose, each to its own share of the batch."""
    result = _where(0.5, pictures, pictures.flip(-1), generator)
    result = _where(0.3, result, _blurred(result), generator)
    result = _where(0.3, result, _patched(result, generator), generator)
    result = _where(0.3, result, _noisy(result, generator), generator)
    result = _where(0.15, result, _cut(result, generator), generator)
    gain = 1.0 + 0.12 * (torch.rand(len(result), 1, 1, 1, generator=generator) * 2.0 - 1.0)
    return (result * gain).clamp(0.0, 1.0)


def _where(share: float, first: Tensor, second: Tensor, generator: torch.Generator) -> Tensor:
    """The second for a random share of the batch."""
    chosen = torch.rand(len(first), 1, 1, 1, generator=generator) < share
    return torch.where(chosen, second, first)


def _blurred(pictures: Tensor) -> Tensor:
    """Two passes of a 3-pixel box: a standard deviation of about 1.2 pixels."""
    once = avg_pool2d(pictures, 3, 1, 1, count_include_pad=False)
    return avg_pool2d(once, 3, 1, 1, count_include_pad=False)


def _patched(pictures: Tensor, generator: torch.Generator) -> Tensor:
    count, _, height, width = pictures.shape
    coarse = torch.randn(count, 3, 7, 7, generator=generator)
    patches = interpolate(coarse, size=(height, width), mode="bicubic", align_corners=True)
    strength = 0.12 * torch.rand(count, 1, 1, 1, generator=generator)
    return pictures + strength * patches


def _noisy(pictures: Tensor, generator: torch.Generator) -> Tensor:
    strength = 0.1 * torch.rand(len(pictures), 1, 1, 1, generator=generator)
    return pictures + strength * torch.randn(pictures.shape, generator=generator)


def _cut(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """A grey rectangle of about a third of the width somewhere."""
    count, _, height, width = pictures.shape
    y = torch.arange(height)[None, :] - torch.randint(height, (count, 1), generator=generator)
    x = torch.arange(width)[None, :] - torch.randint(width, (count, 1), generator=generator)
    inside = (y.abs() < height // 6)[:, None, :, None] & (x.abs() < width // 6)[:, None, None, :]
    return torch.where(inside, 0.5, pictures)
