# SPDX-License-Identifier: Apache-2.0
"""Differentiable texture lookup: bilinear, repeating, with mip levels where they are asked for.

UV origin is the top-left corner of the picture (glTF 2.0), texel centres are at half integers, and
the picture repeats in both directions. Gradients reach the texels and the UVs.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import avg_pool2d


def bilinear(
    texels: Float[Tensor, "height width channels"], uvs: Float[Tensor, "hits 2"]
) -> Float[Tensor, "hits channels"]:
    """Values of a texture at some UVs."""
    height, width, channels = texels.shape
    x, y = uvs[:, 0] * width - 0.5, uvs[:, 1] * height - 0.5
    left, top = torch.floor(x.detach()), torch.floor(y.detach())
    right, down = (x - left)[:, None], (y - top)[:, None]
    columns = [left.long() % width, (left.long() + 1) % width]
    rows = [top.long() % height, (top.long() + 1) % height]
    flat = texels.reshape(-1, channels)
    a, b, c, d = (flat.index_select(0, row * width + column) for row in rows for column in columns)
    return torch.lerp(torch.lerp(a, b, right), torch.lerp(c, d, right), down)


def pyramid(
    texels: Float[Tensor, "height width channels"], levels: int
) -> list[Float[Tensor, "_ _ channels"]]:
    """The texture and up to ``levels`` halvings of it (means of 2 × 2 texels)."""
    stack = [texels]
    while len(stack) <= levels and min(stack[-1].shape[:2]) >= 2:
        picture = stack[-1].movedim(-1, 0)[None]
        stack.append(avg_pool2d(picture, 2)[0].movedim(0, -1))
    return stack


def trilinear(
    stack: list[Float[Tensor, "_ _ channels"]],
    uvs: Float[Tensor, "hits 2"],
    footprint: Float[Tensor, "hits"],
) -> Float[Tensor, "hits channels"]:
    """Values of a mip pyramid, between the two levels that fit the size of a pixel.

    Args:
        stack: Levels as :func:`pyramid` makes them.
        uvs: Where.
        footprint: Longer side of the pixel in texels of the finest level.
    """
    level = torch.log2(footprint.detach().clamp(min=1.0)).clamp(max=len(stack) - 1.0)
    result = stack[0].new_zeros(len(uvs), stack[0].shape[-1])
    for index, texels in enumerate(stack):
        weight = (1.0 - (level - index).abs()).clamp(min=0.0)
        used: Int64[Tensor, "used"] = torch.nonzero(weight > 0.0)[:, 0]
        if len(used):
            share = weight[used, None] * bilinear(texels, uvs.index_select(0, used))
            result = result.index_add(0, used, share)
    return result
