# SPDX-License-Identifier: Apache-2.0
"""The pictures of all parts of a figure, small, on one sheet, so that one mesh can be rendered.

Tiles are powers of two, sorted by size and laid in rows, each in the middle of a margin that goes
on with its edge. Colours stay sRGB; roughness, metalness and opacity lie beside them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from gen3d.render.studio import to_linear, to_srgb
from gen3d.render.textures import mip_chain
from gen3d.types import Character, Material

WIDTH_PX = 1024
MARGIN_PX = 4
_SIDES = {"body": 512, "hair": 256, "eye": 64, "mouth": 64, "lash": 64, "brow": 64}
_GARMENT_PX = 256


@dataclass(frozen=True)
class Atlas:
    """All pictures of a figure."""

    colour: Float[Tensor, "height width 3"]
    """sRGB."""
    finish: Float[Tensor, "height width 2"]
    """Roughness and metalness."""
    alpha: Float32[np.ndarray, "height width"]
    """Opacity over the least that is seen: from 1 on, a texel is there."""
    uvs: Float[Tensor, "verts 2"]
    """Of all vertices of all parts, on the sheet."""


def atlas_of(character: Character) -> Atlas:
    """Lay out and reduce a figure's pictures."""
    tiles = [_tile(part.material, _SIDES.get(part.slot, _GARMENT_PX)) for part in character.parts]
    spots, height = _laid([tile.shape[:2] for tile in tiles])
    sheet = np.zeros((height, WIDTH_PX, 6), np.float32)
    uvs: list[np.ndarray] = []
    for part, tile, (top, left) in zip(character.parts, tiles, spots, strict=True):
        rows, columns = tile.shape[:2]
        edge = (MARGIN_PX, MARGIN_PX)
        padded = np.pad(tile, (edge, edge, (0, 0)), mode="edge")
        sheet[top : top + padded.shape[0], left : left + padded.shape[1]] = padded
        inside = np.array([left + MARGIN_PX, top + MARGIN_PX], np.float32)
        place = inside + np.clip(part.mesh.uvs, 0.0, 1.0) * np.array([columns, rows], np.float32)
        uvs.append(place / np.array([WIDTH_PX, height], np.float32))
    whole = torch.from_numpy(sheet)
    on_sheet = torch.from_numpy(np.concatenate(uvs).astype(np.float32))
    return Atlas(whole[..., :3], whole[..., 3:5], sheet[..., 5].copy(), on_sheet)


def _tile(material: Material, side_px: int) -> Float32[np.ndarray, "height width 6"]:
    """A material's colour, finish and opacity."""
    texture = material.base_color_texture
    if texture is None:
        colour = np.full((4, 4, 4), 255, np.uint8)
    else:
        colour = _reduced(texture.pixels, side_px, srgb=True)
    rows, columns = colour.shape[:2]
    factor = np.array(material.base_color[:3], np.float32)
    straight = colour[..., :3] / np.float32(255.0)
    if np.any(factor != 1.0):
        linear = to_linear(torch.from_numpy(straight)) * torch.from_numpy(factor)
        straight = to_srgb(linear).numpy()
    alpha = np.ones((rows, columns), np.float32)
    if material.alpha_mode != "OPAQUE":
        least = material.alpha_cutoff if material.alpha_mode == "MASK" else 0.5
        alpha = colour[..., 3] / np.float32(255.0) * material.base_color[3] / max(least, 1e-3)
    finish = np.stack(
        [np.full((rows, columns), v, np.float32) for v in (material.roughness, material.metallic)],
        axis=-1,
    )
    packed = material.metallic_roughness_texture
    if packed is not None:
        small = _reduced(packed.pixels, side_px, srgb=False)[..., 1:3] / np.float32(255.0)
        finish *= _fitted(small, rows, columns)
    return np.concatenate([straight, finish, alpha[..., None]], axis=-1).astype(np.float32)


def _reduced(pixels: np.ndarray, side_px: int, *, srgb: bool) -> np.ndarray:
    chain = mip_chain(pixels, srgb=srgb)
    return next((level for level in chain if max(level.shape[:2]) <= side_px), chain[-1])


def _fitted(picture: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """A picture at another size, by its nearest texels."""
    down = (np.arange(rows) * picture.shape[0]) // rows
    across = (np.arange(columns) * picture.shape[1]) // columns
    return picture[down[:, None], across[None]]


def _laid(sizes: list[tuple[int, ...]]) -> tuple[list[tuple[int, int]], int]:
    """Top left corners of the tiles, with their margins, and the height of the sheet."""
    spots: dict[int, tuple[int, int]] = {}
    top = left = deep = 0
    for index in sorted(range(len(sizes)), key=lambda i: (-sizes[i][0], i)):
        rows, columns = (side + 2 * MARGIN_PX for side in sizes[index])
        if left + columns > WIDTH_PX:
            top, left, deep = top + deep, 0, 0
        spots[index] = (top, left)
        left, deep = left + columns, max(deep, rows)
    return [spots[i] for i in range(len(sizes))], top + deep
