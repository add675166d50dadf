# SPDX-License-Identifier: Apache-2.0
"""Which triangle lies under each texel: from values on vertices to pictures in UV space, and back.

Texel (row, column) of a picture with side ``size_px`` has its centre at UV
((column + 0.5) / size_px, (row + 0.5) / size_px), origin top-left as in glTF. The rasteriser is a
scan converter in plain NumPy: every (triangle, row) pair becomes one span of texels, so its cost
follows the covered texels, and the result does not depend on threads.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int, Int32, UInt8
from scipy import ndimage
from torch.nn import functional

_LEAST_AREA = 1e-12


@dataclass(frozen=True)
class TexelMap:
    """Triangle and barycentric coordinates of every covered texel."""

    faces: Int32[np.ndarray, "faces 3"]
    size_px: int
    texels: Int32[np.ndarray, "texels"]
    """Flat indices (row * size + column) of the covered texels, ascending."""
    owner: Int32[np.ndarray, "texels"]
    """Triangle under each covered texel."""
    barycentrics: Float32[np.ndarray, "texels 3"]

    @property
    def face_index(self) -> Int32[np.ndarray, "height width"]:
        """Triangle under each texel, -1 where there is none."""
        picture = np.full(self.size_px**2, -1, dtype=np.int32)
        picture[self.texels] = self.owner
        return picture.reshape(self.size_px, self.size_px)

    @property
    def mask(self) -> Bool[np.ndarray, "height width"]:
        """Where a triangle covers the texel's centre."""
        picture = np.zeros(self.size_px**2, dtype=bool)
        picture[self.texels] = True
        return picture.reshape(self.size_px, self.size_px)

    def sample(
        self, values: Float[np.ndarray, "verts channels"]
    ) -> Float32[np.ndarray, "t channels"]:
        """Interpolate values on vertices to the covered texels only."""
        corners = values.astype(np.float32, copy=False)[self.faces]
        result = np.zeros((len(self.texels), values.shape[1]), dtype=np.float32)
        for corner in range(3):
            result += corners[self.owner, corner] * self.barycentrics[:, corner, None]
        return result

    def interpolate(
        self, values: Float[np.ndarray, "verts channels"]
    ) -> Float32[np.ndarray, "height width channels"]:
        """Interpolate values on vertices to a picture; 0 where nothing is covered."""
        return self.spread(self.sample(values))

    def spread(
        self, values: Float[np.ndarray, "t channels"], fill: float = 0.0
    ) -> Float32[np.ndarray, "height width channels"]:
        """Put values of the covered texels back into a picture."""
        picture = np.full((self.size_px**2, values.shape[1]), fill, dtype=np.float32)
        picture[self.texels] = values
        return picture.reshape(self.size_px, self.size_px, -1)

    def gather(
        self, picture: Float[np.ndarray, "height width channels"]
    ) -> Float[np.ndarray, "t channels"]:
        """Take the covered texels out of a picture of the same side."""
        return picture.reshape(self.size_px**2, -1)[self.texels]


def _ranges(lengths: Int[np.ndarray, "n"]) -> Int[np.ndarray, "total"]:
    """Concatenate ``arange(length)`` of every length."""
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - lengths, lengths)


def _signed_areas(corners: Float[np.ndarray, "faces 3 2"]) -> Float[np.ndarray, "faces"]:
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    first, second = b - a, c - a
    return first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]


def _row_spans(
    corners: Float[np.ndarray, "faces 3 2"], size_px: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Triangle, row, first column and column count of every span (half-open at both ends)."""
    low, high = corners[..., 1].min(axis=1), corners[..., 1].max(axis=1)
    first = np.clip(np.ceil(low - 0.5), 0, size_px).astype(np.int64)
    count = np.clip(np.ceil(high - 0.5), 0, size_px).astype(np.int64) - first
    face = np.repeat(np.arange(len(corners)), count)
    row = np.repeat(first, count) + _ranges(count)
    left = np.full(len(face), np.inf)
    right = np.full(len(face), -np.inf)
    y = row + 0.5
    for i in range(3):
        start, end = corners[face, i], corners[face, (i + 1) % 3]
        rise = end[:, 1] - start[:, 1]
        crosses = (np.minimum(start[:, 1], end[:, 1]) <= y) & (
            y < np.maximum(start[:, 1], end[:, 1])
        )
        share = (y - start[:, 1]) / np.where(crosses, rise, 1.0)
        x = start[:, 0] + share * (end[:, 0] - start[:, 0])
        left = np.where(crosses, np.minimum(left, x), left)
        right = np.where(crosses, np.maximum(right, x), right)
    begin = np.clip(np.ceil(np.where(np.isfinite(left), left, 0.0) - 0.5), 0, size_px)
    end = np.clip(np.ceil(np.where(np.isfinite(right), right, 0.0) - 0.5), 0, size_px)
    return face, row, begin.astype(np.int64), np.maximum(end - begin, 0).astype(np.int64)


def _barycentric_planes(
    corners: Float[np.ndarray, "faces 3 2"], areas: Float[np.ndarray, "faces"]
) -> Float[np.ndarray, "faces 3 3"]:
    """Coefficients (of x, y and 1) of the three barycentric coordinates of each triangle."""
    following, last = np.roll(corners, -1, axis=1), np.roll(corners, -2, axis=1)
    scale = 1.0 / areas[:, None]
    by_x = (following[..., 1] - last[..., 1]) * scale
    by_y = (last[..., 0] - following[..., 0]) * scale
    constant = (following[..., 0] * last[..., 1] - last[..., 0] * following[..., 1]) * scale
    return np.stack([by_x, by_y, constant], axis=-1)


def rasterise(
    uvs: Float[np.ndarray, "verts 2"], faces: Int[np.ndarray, "faces 3"], size_px: int
) -> TexelMap:
    """Find the triangle under the centre of every texel (the later one where two overlap).

    Args:
        uvs: Origin top-left, 0 to 1.
        faces: Triangles of either winding; degenerate ones cover nothing.
        size_px: Side of the picture.
    """
    corners = uvs.astype(np.float64)[faces] * size_px
    areas = _signed_areas(corners)
    real = np.abs(areas) > _LEAST_AREA
    face, row, begin, count = _row_spans(np.where(real[:, None, None], corners, 0.0), size_px)
    texel = np.repeat(row * size_px + begin, count) + _ranges(count)
    owner_of = np.full(size_px**2, -1, dtype=np.int32)
    owner_of[texel] = np.repeat(face, count)
    texels = np.flatnonzero(owner_of >= 0)
    owner = owner_of[texels]
    planes = _barycentric_planes(corners, np.where(real, areas, 1.0)).astype(np.float64)[owner]
    x, y = texels % size_px + 0.5, texels // size_px + 0.5
    weights = planes[..., 0] * x[:, None] + planes[..., 1] * y[:, None] + planes[..., 2]
    return TexelMap(
        faces.astype(np.int32), size_px, texels.astype(np.int32), owner, weights.astype(np.float32)
    )


def dilate(
    picture: Float[np.ndarray, "height width channels"],
    mask: Bool[np.ndarray, "height width"],
    padding_px: int = 8,
) -> Float[np.ndarray, "height width channels"]:
    """Grow covered texels outwards so that filtering and mip maps do not bleed the background in.

    Up to ``padding_px`` the nearest covered texel is copied; beyond, the mean colour is used.
    """
    if not mask.any():
        return picture
    near = ndimage.binary_dilation(mask, iterations=padding_px)
    result = np.where(near[..., None], picture, picture[mask].mean(axis=0, dtype=np.float64))
    ring = near & ~mask
    nearest = np.zeros((2, *mask.shape), dtype=np.int32)
    ndimage.distance_transform_edt(
        ~mask, return_distances=False, return_indices=True, indices=nearest
    )
    result[ring] = picture[nearest[0][ring], nearest[1][ring]]
    return result.astype(picture.dtype)


def texel_metres(
    texels: TexelMap, positions: Float[np.ndarray, "verts 3"], uvs: Float[np.ndarray, "verts 2"]
) -> Float32[np.ndarray, "t"]:
    """Side, in metres on the surface, of a square as large as each covered texel."""
    corners = positions.astype(np.float64)[texels.faces]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    surface = np.linalg.norm(cross, axis=1)
    plane = np.abs(_signed_areas(uvs.astype(np.float64)[texels.faces] * texels.size_px))
    side = np.sqrt(surface / np.maximum(plane, _LEAST_AREA))
    return side.astype(np.float32)[texels.owner]


def enlarge(
    picture: Float[np.ndarray, "height width channels"], factor: int
) -> Float32[np.ndarray, "tall wide channels"]:
    """Bilinear enlargement by a whole factor; the old texels' centres keep their place."""
    planes = torch.from_numpy(np.ascontiguousarray(picture, dtype=np.float32)).permute(2, 0, 1)
    bigger = functional.interpolate(
        planes[None], scale_factor=factor, mode="bilinear", align_corners=False
    )
    return bigger[0].permute(1, 2, 0).contiguous().numpy()


def to_bytes(picture: Float[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape"]:
    """0 to 1 into 0 to 255, rounded."""
    return (np.clip(picture, 0.0, 1.0) * np.float32(255.0) + np.float32(0.5)).astype(np.uint8)


@functools.cache
def _srgb_table() -> UInt8[np.ndarray, "steps"]:
    # Indexed by the square root of the linear value, so that dark steps are finer than a byte.
    linear = (np.arange(8193) / 8192.0) ** 2
    low, high = linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055
    return to_bytes(np.where(linear <= 0.0031308, low, high))


def encode_srgb(linear: Float[np.ndarray, "*shape"]) -> UInt8[np.ndarray, "*shape"]:
    """Linear colour to sRGB bytes (IEC 61966-2-1), clipped to 0 and 1."""
    root = np.sqrt(np.clip(linear, 0.0, 1.0).astype(np.float32, copy=False))
    return _srgb_table()[(root * np.float32(8192.0) + np.float32(0.5)).astype(np.int16)]


def normal_map(
    height: Float[np.ndarray, "height width"], texel_size: Float[np.ndarray, "height width"]
) -> UInt8[np.ndarray, "height width 3"]:
    """Tangent-space normals of a relief (OpenGL convention: green is up, against the rows).

    Args:
        height: Metres above the surface.
        texel_size: Side of a texel on the surface, metres.
    """
    by_column = np.zeros_like(height)
    by_row = np.zeros_like(height)
    by_column[:, 1:-1] = (height[:, 2:] - height[:, :-2]) / 2.0
    by_row[1:-1] = (height[2:] - height[:-2]) / 2.0
    size = np.maximum(texel_size, 1e-6)
    slopes = np.stack([-by_column / size, by_row / size, np.ones_like(height)], axis=-1)
    slopes /= np.linalg.norm(slopes, axis=-1, keepdims=True)
    return to_bytes(slopes * np.float32(0.5) + np.float32(0.5))
