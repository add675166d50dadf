# SPDX-License-Identifier: Apache-2.0
"""Looking a panorama up between its pixels, and making it smaller without losing light."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32
from scipy import ndimage

from gen3d import panorama


def sample(
    pixels: Float32[np.ndarray, "height width 3"],
    u: Float[np.ndarray, "rows columns"],
    v: Float[np.ndarray, "rows columns"],
) -> Float32[np.ndarray, "rows columns 3"]:
    """Bilinear look-up; columns wrap, rows continue over the poles."""
    height, width, _ = pixels.shape
    over = np.concatenate(
        [np.roll(pixels[:1], height, axis=1), pixels, np.roll(pixels[-1:], height, axis=1)]
    )
    at = np.stack([v * height + 0.5, (u * width - 0.5) % width])
    wide = np.concatenate([over, over[:, :1]], axis=1)
    return np.stack(
        [ndimage.map_coordinates(c, at, order=1, mode="nearest") for c in np.moveaxis(wide, -1, 0)],
        axis=-1,
    ).astype(np.float32)


def reduced(
    pixels: Float32[np.ndarray, "height width 3"], factor: int
) -> Float32[np.ndarray, "small_height small_width 3"]:
    """A panorama ``factor`` times smaller: means by solid angle, so that energy is kept."""
    height, width, _ = pixels.shape
    solid = panorama.pixel_solid_angles(height).reshape(-1, factor)
    weight = (solid / solid.sum(axis=1, keepdims=True)).astype(np.float32)
    blocks = pixels.reshape(height // factor, factor, width // factor, factor, 3)
    return np.einsum("rf,rfcgk->rck", weight, blocks, dtype=np.float32) / np.float32(factor)


def enlarge(
    small: Float32[np.ndarray, "small_rows small_width channels"],
    factor: int,
    rows: int,
    width: int,
) -> Float32[np.ndarray, "rows width channels"]:
    """Bilinear enlargement of the upper rows of a panorama; the columns wrap around."""
    if factor == 1 and len(small) == rows:
        return small
    at = (np.arange(width) + 0.5) / factor - 0.5
    left = np.floor(at).astype(np.int64)
    share = (at - left).astype(np.float32)[None, :, None]
    columns = small.shape[1]
    wide = small[:, left % columns] * (1.0 - share) + small[:, (left + 1) % columns] * share
    at = np.clip((np.arange(rows) + 0.5) / factor - 0.5, 0.0, len(small) - 1.0)
    top = np.minimum(at.astype(np.int64), max(len(small) - 2, 0))
    share = (at - top).astype(np.float32)[:, None, None]
    return wide[top] * (1.0 - share) + wide[np.minimum(top + 1, len(small) - 1)] * share
