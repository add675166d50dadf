# SPDX-License-Identifier: Apache-2.0
"""Which triangle of a texture layout covers which texel, and where in it.

UV origin is the top left corner of the picture; a texel is covered when its centre lies inside a
triangle. Centres on an edge that two triangles share belong to one of them, exactly: the sign of an
edge function is taken with its ends in one order, whichever triangle asks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int32, Int64

_CANDIDATES = 1 << 17
"""Texels in bounding boxes that are looked at together: what keeps them in the cache."""


@dataclass(frozen=True)
class Texels:
    """The covered texels of a layout; where several triangles cover one, the last is told."""

    size_px: int
    row: Int64[np.ndarray, "texels"]
    column: Int64[np.ndarray, "texels"]
    face: Int64[np.ndarray, "texels"]
    barycentrics: Float64[np.ndarray, "texels 3"]
    crowded: int
    """Texels that two or more triangles cover."""
    crowded_faces: Int64[np.ndarray, "crowded"]
    """The triangles that share a texel with another one."""

    @property
    def mask(self) -> Bool[np.ndarray, "size size"]:
        """Which texels are covered."""
        found = np.zeros((self.size_px, self.size_px), bool)
        found[self.row, self.column] = True
        return found


def rasterised(
    uvs: Float[np.ndarray, "verts 2"], faces: Int32[np.ndarray, "faces 3"], size_px: int
) -> Texels:
    """Find the covered texels of a square picture.

    Args:
        uvs: In [0, 1]; what lies outside is not drawn.
        faces: Corner indices, wound either way.
        size_px: Side of the picture.
    """
    corners = uvs[faces].astype(np.float64) * size_px
    edges = [_edge(corners, corner) for corner in range(3)]
    found = [_covered(edges, box, size_px) for box in _boxes(corners, size_px)]
    texel = np.concatenate([np.zeros(0, np.int64), *(t for t, _, _ in found)])
    face = np.concatenate([np.zeros(0, np.int64), *(f for _, f, _ in found)])
    weights = np.concatenate([np.zeros((0, 3)), *(w for _, _, w in found)])
    owner = np.full(size_px * size_px, -1, np.int64)
    owner[texel] = np.arange(len(texel))
    uses = np.bincount(texel, minlength=size_px * size_px)
    kept = owner[owner >= 0]
    return Texels(
        size_px=size_px,
        row=texel[kept] // size_px,
        column=texel[kept] % size_px,
        face=face[kept],
        barycentrics=weights[kept],
        crowded=int((uses > 1).sum()),
        crowded_faces=np.unique(face[uses[texel] > 1]),
    )


@dataclass(frozen=True)
class _Box:
    """Some triangles and the texels whose centres their bounding boxes hold."""

    face: Int64[np.ndarray, "candidates"]
    column: Int64[np.ndarray, "candidates"]
    row: Int64[np.ndarray, "candidates"]


def _boxes(corners: Float64[np.ndarray, "faces 3 2"], size_px: int) -> Iterator[_Box]:
    low = np.ceil(corners.min(axis=1) - 0.5).astype(np.int64).clip(0, size_px)
    high = (np.floor(corners.max(axis=1) - 0.5).astype(np.int64) + 1).clip(0, size_px)
    wide, tall = np.maximum(high - low, 0).T
    total = np.cumsum(wide * tall)
    ends = np.searchsorted(total, np.arange(_CANDIDATES, int(total[-1]) + _CANDIDATES, _CANDIDATES))
    for start, end in zip([0, *ends], [*ends, len(corners)], strict=True):
        some = np.arange(start, end)
        count = (wide * tall)[some]
        face = np.repeat(some, count)
        within = np.arange(len(face)) - np.repeat(np.cumsum(count) - count, count)
        row, column = np.divmod(within, np.maximum(wide[face], 1))
        yield _Box(face, low[face, 0] + column, low[face, 1] + row)


@dataclass(frozen=True)
class _Edge:
    """The edge opposite one corner of every triangle, from its lesser end to its greater one."""

    x: Float64[np.ndarray, "faces"]
    """Where it starts."""
    y: Float64[np.ndarray, "faces"]
    right: Float64[np.ndarray, "faces"]
    """Its length along x, negative where the triangle's own order is the other."""
    down: Float64[np.ndarray, "faces"]
    upward: Bool[np.ndarray, "faces"]
    """Whether the triangle runs along it from the lesser end to the greater."""

    def value(
        self,
        face: Int64[np.ndarray, "n"],
        column: Float64[np.ndarray, "n"],
        row: Float64[np.ndarray, "n"],
    ) -> Float64[np.ndarray, "n"]:
        """Edge function at a place in each of some triangles."""
        along = self.right[face] * (row - self.y[face])
        return along - self.down[face] * (column - self.x[face])


def _edge(corners: Float64[np.ndarray, "faces 3 2"], corner: int) -> _Edge:
    a, b = corners[:, (corner + 1) % 3], corners[:, (corner + 2) % 3]
    upward = (a[:, 0] < b[:, 0]) | ((a[:, 0] == b[:, 0]) & (a[:, 1] < b[:, 1]))
    first, second = np.where(upward[:, None], a, b), np.where(upward[:, None], b, a)
    right, down = (second - first).T * np.where(upward, 1.0, -1.0)
    return _Edge(first[:, 0].copy(), first[:, 1].copy(), right, down, upward)


def _covered(
    edges: list[_Edge], box: _Box, size_px: int
) -> tuple[Int64[np.ndarray, "hits"], Int64[np.ndarray, "hits"], Float64[np.ndarray, "hits 3"]]:
    """Texel, face and barycentrics of the candidates that are inside."""
    column, row = box.column + 0.5, box.row + 0.5
    values = [edge.value(box.face, column, row) for edge in edges]
    area = values[0] + values[1] + values[2]
    left = area > 0.0
    inside = area != 0.0
    for edge, value in zip(edges, values, strict=True):
        within = (value > 0.0) == left
        # A centre exactly on an edge belongs to the triangle that lies on the edge's one side.
        on = np.flatnonzero(value == 0.0)
        within[on] = edge.upward[box.face[on]] == left[on]
        inside &= within
    hit = np.flatnonzero(inside)
    weights = np.stack([value[hit] for value in values], axis=1) / area[hit, None]
    return box.row[hit] * size_px + box.column[hit], box.face[hit], weights
