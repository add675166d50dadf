# SPDX-License-Identifier: Apache-2.0
"""All pictures of a scene in one pool, looked up for a whole frame at once.

Every texture's mip chain lies in one flat byte array; a table says where each level starts. One
gather then serves pixels of any material, which is what makes NumPy shading fast. Lookups are
bilinear on the level that fits the pixel's footprint (nearest level, after Williams 1983,
"Pyramidal parametrics"), repeat outside the unit square (glTF default) and return linear values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32, UInt8

from gen3d.types import Texture

LEVELS = 12
MAX_SIDE_PX = 2048


def _srgb_to_linear_table() -> np.ndarray:
    """IEC 61966-2-1 decoding of every byte."""
    c = np.arange(256) / 255.0
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).astype(np.float32)


SRGB_TO_LINEAR = _srgb_to_linear_table()
BYTE_TO_UNIT = (np.arange(256) / 255.0).astype(np.float32)


@dataclass(frozen=True)
class TexturePool:
    """Mip chains of all textures, end to end. Texture 0 is one white, opaque pixel."""

    texels: UInt8[np.ndarray, "texels 4"]
    starts: Int32[np.ndarray, "textures levels"]
    widths: Int32[np.ndarray, "textures levels"]
    heights: Int32[np.ndarray, "textures levels"]


def pool(textures: list[tuple[Texture, bool]]) -> TexturePool:
    """Build the pool; each texture comes with "its colours are sRGB"."""
    white = (Texture("white", np.full((1, 1, 4), 255, np.uint8)), False)
    chains = [mip_chain(texture.pixels, srgb=srgb) for texture, srgb in [white, *textures]]
    starts = np.zeros((len(chains), LEVELS), np.int32)
    widths, heights = np.ones_like(starts), np.ones_like(starts)
    flat: list[np.ndarray] = []
    offset = 0
    for row, chain in enumerate(chains):
        for level in range(LEVELS):
            picture = chain[min(level, len(chain) - 1)]
            heights[row, level], widths[row, level] = picture.shape[:2]
            if level < len(chain):
                flat.append(picture.reshape(-1, 4))
                starts[row, level] = offset
                offset += picture.shape[0] * picture.shape[1]
            else:
                starts[row, level] = starts[row, level - 1]
    return TexturePool(np.concatenate(flat), starts, widths, heights)


def mip_chain(
    pixels: UInt8[np.ndarray, "height width channels"], *, srgb: bool
) -> list[UInt8[np.ndarray, "_ _ 4"]]:
    """A picture and its halvings down to one pixel; colours are averaged in linear light."""
    decode = SRGB_TO_LINEAR if srgb else BYTE_TO_UNIT
    picture = _with_alpha(pixels)
    # Previews never show more than this, and decoding the largest level is what costs time.
    while max(picture.shape[:2]) > MAX_SIDE_PX:
        picture = _halve(picture, decode)
    chain = [picture]
    while max(chain[-1].shape[:2]) > 1 and len(chain) < LEVELS:
        chain.append(_halve(chain[-1], decode))
    return chain


def _with_alpha(pixels: np.ndarray) -> np.ndarray:
    if pixels.shape[2] == 4:
        return pixels
    colour = pixels if pixels.shape[2] == 3 else np.repeat(pixels[..., :1], 3, axis=2)
    return np.concatenate([colour, np.full((*pixels.shape[:2], 1), 255, np.uint8)], axis=2)


def _halve(picture: np.ndarray, decode: np.ndarray) -> np.ndarray:
    """Mean of 2x2 blocks (a side of one pixel stays)."""
    step_y, step_x = (2 if side > 1 else 1 for side in picture.shape[:2])
    height, width = picture.shape[0] // step_y, picture.shape[1] // step_x
    cut = picture[: height * step_y, : width * step_x]
    blocks = [cut[y::step_y, x::step_x] for y in range(step_y) for x in range(step_x)]
    colour = sum((np.take(decode, b[..., :3]) for b in blocks), np.float32(0.0)) / len(blocks)
    alpha = sum((b[..., 3:].astype(np.uint16) for b in blocks), np.uint16(0)) / len(blocks)
    encoded = np.searchsorted(_midpoints(decode), colour)
    return np.concatenate([encoded, np.rint(alpha)], axis=2).astype(np.uint8)


def _midpoints(decode: np.ndarray) -> np.ndarray:
    return 0.5 * (decode[1:] + decode[:-1])


def sample(
    source: TexturePool,
    texture: Int32[np.ndarray, "rays"],
    uvs: Float32[np.ndarray, "2 rays"],
    level: Float32[np.ndarray, "rays"],
    *,
    srgb: bool,
) -> Float32[np.ndarray, "4 rays"]:
    """Bilinear lookup of one texture per ray.

    Args:
        source: The pool.
        texture: Index into the pool for each ray.
        uvs: Texture coordinates, origin top-left.
        level: Wanted mip level of the *stored* texture (0 = full size).
        srgb: Decode the first three channels as sRGB.

    Returns:
        Linear red, green, blue and alpha, 0 to 1.
    """
    nearest = np.clip(np.rint(level), 0, LEVELS - 1).astype(np.int32)
    cell = texture * LEVELS + nearest
    start = np.take(source.starts.ravel(), cell)
    width = np.take(source.widths.ravel(), cell)
    height = np.take(source.heights.ravel(), cell)
    x0, x1, fx = _taps(uvs[0], width)
    y0, y1, fy = _taps(uvs[1], height)
    top, bottom = start + y0 * width, start + y1 * width
    table = SRGB_TO_LINEAR if srgb else BYTE_TO_UNIT
    upper = _mix(_texel(source, table, top + x0), _texel(source, table, top + x1), fx)
    lower = _mix(_texel(source, table, bottom + x0), _texel(source, table, bottom + x1), fx)
    return _mix(upper, lower, fy)


def _taps(coordinate: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The two neighbouring texel indices of a repeating axis, and the weight of the second."""
    position = (coordinate - np.floor(coordinate)) * size.astype(np.float32) - np.float32(0.5)
    low = np.floor(position)
    fraction = position - low
    first = low.astype(np.int32)
    first = np.where(first < 0, first + size, first)
    second = first + 1
    return first, np.where(second >= size, second - size, second), fraction


def _texel(source: TexturePool, table: np.ndarray, index: np.ndarray) -> np.ndarray:
    packed = np.take(source.texels.view(np.uint32)[:, 0], index)
    channels = packed.view(np.uint8).reshape(-1, 4).T
    alpha = np.take(BYTE_TO_UNIT, channels[3:])
    return np.concatenate([np.take(table, channels[:3]), alpha])


def _mix(a: np.ndarray, b: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return a + (b - a) * weight
