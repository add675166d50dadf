# SPDX-License-Identifier: Apache-2.0
"""Whether the texture layout is sound: inside the square, each texel used once, little stretch.

Stretch is the ratio of the two singular values of the map from UV to surface, as in Sander et al.,
"Texture Mapping Progressive Meshes" (2001), section 3: 1 where a square texel stays square.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Float64, Int64

from gen3d.check.pieces import Piece, share
from gen3d.check.report import Row, at_most
from gen3d.export.document import Document

_GRID = 512
"""Side of the picture on which overlap is counted."""
_NO_UV_AREA = 1e-12
_EDGE = 1e-4
_OVERLAP_PERCENT = 5


def rows(document: Document, pieces: Sequence[Piece]) -> list[Row]:
    """Layout checks of the pieces that have UVs."""
    mapped = [piece for piece in pieces if piece.uvs is not None and len(piece.faces)]
    if not mapped:
        return []
    corners = [_uv_corners(piece) for piece in mapped]
    all_corners = np.concatenate(corners)
    stretch, areas, flat = _stretch(np.concatenate([p.verts[p.faces] for p in mapped]), all_corners)
    outside = np.any((all_corners < -_EDGE) | (all_corners > 1 + _EDGE), axis=(1, 2))
    overlap = {
        name: overlap_share(np.concatenate([corners[i] for i in members]))
        for name, members in _by_picture(document, mapped).items()
    }
    crowded = [name for name, value in overlap.items() if value > _OVERLAP_PERCENT]
    flat_in = [p.name for p in mapped if _stretch(p.verts[p.faces], _uv_corners(p))[2]]
    return [
        at_most(
            "faces with UVs outside 0 to 1",
            share(int(outside.sum()), len(outside)),
            "%",
            warn=0,
            hint="Fine for a repeating pattern; baking and atlases need them inside.",
        ),
        at_most(
            "UV overlap, worst picture",
            max(overlap.values()),
            "% of used texels",
            warn=_OVERLAP_PERCENT,
            hint=f"Give each face its own place in {', '.join(crowded)}, unless faces share texels"
            " on purpose (mirrored or repeated pieces).",
        ),
        at_most(
            "UV stretch, 95th percentile",
            _weighted_percentile(stretch, areas, 95.0),
            "x",
            warn=4,
            hint="Cut more seams or relax the unwrapping.",
        ),
        at_most(
            "faces without UV area",
            share(flat, len(all_corners)),
            "%",
            warn=1,
            fail=50,
            hint=f"Unwrap {', '.join(flat_in)}: such faces show one texel and have no tangent.",
        ),
    ]


def _uv_corners(piece: Piece) -> Float[np.ndarray, "faces 3 2"]:
    uvs = piece.uvs
    return np.zeros((0, 3, 2)) if uvs is None else uvs[piece.faces].astype(np.float64)


def _by_picture(document: Document, mapped: Sequence[Piece]) -> dict[str, list[int]]:
    """Pieces by the colour picture they share (by material when there is none)."""
    groups: dict[str, list[int]] = {}
    for index, piece in enumerate(mapped):
        number = piece.primitive.material
        if number is None:
            groups.setdefault(piece.name, []).append(index)
            continue
        material = document.materials[number]
        pbr = material.pbr_metallic_roughness
        picture = document.picture_of(pbr.base_color_texture) if pbr else None
        name = document.pictures[picture].name if picture is not None else material.name
        groups.setdefault(f"{name or number}", []).append(index)
    return groups


def overlap_share(corners: Float[np.ndarray, "faces 3 2"], grid: int = _GRID) -> float:
    """Per cent of the used texels (of a ``grid`` squared picture) that two or more faces use."""
    wrapped = corners - np.floor(corners.mean(axis=1, keepdims=True))
    uses = _coverage(np.clip(wrapped, 0.0, 1.0) * grid, grid)
    return share(int((uses > 1).sum()), int((uses > 0).sum()))


def _coverage(corners: Float64[np.ndarray, "faces 3 2"], grid: int) -> Int64[np.ndarray, "g g"]:
    """How many triangles contain each texel's centre.

    Row by row: a triangle covers one span of a row; +1 where it starts and -1 where it ends, summed
    along the row. Spans are half open, so that triangles side by side share no texel.
    """
    y = corners[..., 1]
    first = np.ceil(y.min(axis=1) - 0.5).astype(np.int64).clip(0, grid)
    last = np.ceil(y.max(axis=1) - 0.5).astype(np.int64).clip(0, grid)
    rows_each = last - first
    face = np.repeat(np.arange(len(corners)), rows_each)
    starts = np.repeat(np.cumsum(rows_each) - rows_each, rows_each)
    row = first[face] + np.arange(len(face)) - starts
    low, high = _span(corners[face], row + 0.5)
    left, right = (np.ceil(x - 0.5).astype(np.int64).clip(0, grid) for x in (low, high))
    change = np.zeros((grid, grid + 1), dtype=np.int64)
    np.add.at(change, (row, left), 1)
    np.add.at(change, (row, right), -1)
    return np.cumsum(change, axis=1)[:, :grid]


def _span(
    corners: Float64[np.ndarray, "spans 3 2"], y: Float64[np.ndarray, "spans"]
) -> tuple[Float64[np.ndarray, "spans"], Float64[np.ndarray, "spans"]]:
    """Where the horizontal line at ``y`` enters and leaves each triangle."""
    # Both triangles at an edge must find the same crossing, so the lower end always comes first.
    a, b = corners, np.roll(corners, -1, axis=1)
    swap = (a[..., 1] > b[..., 1])[..., None]
    a, b = np.where(swap, b, a), np.where(swap, a, b)
    height = b[..., 1] - a[..., 1]
    crosses = (a[..., 1] <= y[:, None]) & (y[:, None] < b[..., 1])
    t = (y[:, None] - a[..., 1]) / np.where(crosses, height, 1.0)
    x = a[..., 0] + t * (b[..., 0] - a[..., 0])
    low = np.where(crosses, x, np.inf).min(axis=1)
    high = np.where(crosses, x, -np.inf).max(axis=1)
    none = ~crosses.any(axis=1)
    return np.where(none, 0.0, low), np.where(none, 0.0, high)


def _stretch(
    corners: Float64[np.ndarray, "faces 3 3"], uvs: Float[np.ndarray, "faces 3 2"]
) -> tuple[Float64[np.ndarray, "kept"], Float64[np.ndarray, "kept"], int]:
    """Stretch and area of the faces that have extent in UV, and how many have none."""
    edges = corners[:, 1:] - corners[:, :1]
    duv = uvs[:, 1:] - uvs[:, :1]
    determinant = duv[:, 0, 0] * duv[:, 1, 1] - duv[:, 0, 1] * duv[:, 1, 0]
    area = 0.5 * np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1)
    flat = np.abs(determinant) < _NO_UV_AREA
    kept = ~flat & (area > _NO_UV_AREA)
    e, d, det = edges[kept], duv[kept], determinant[kept][:, None]
    along_u = (e[:, 0] * d[:, 1, 1:] - e[:, 1] * d[:, 0, 1:]) / det
    along_v = (e[:, 1] * d[:, 0, :1] - e[:, 0] * d[:, 1, :1]) / det
    uu, vv, uv = (
        np.sum(p * q, axis=1)
        for p, q in ((along_u, along_u), (along_v, along_v), (along_u, along_v))
    )
    # Singular values from the 2x2 Gram matrix.
    middle, spread = (uu + vv) / 2, np.sqrt(((uu - vv) / 2) ** 2 + uv**2)
    ratio = np.sqrt((middle + spread) / np.maximum(middle - spread, 1e-12 * middle))
    return ratio, area[kept], int(flat.sum())


def _weighted_percentile(
    values: Float64[np.ndarray, "n"], weights: Float64[np.ndarray, "n"], percent: float
) -> float:
    if not len(values):
        return 1.0
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    at = np.searchsorted(total, total[-1] * percent / 100.0)
    return float(values[order][min(int(at), len(values) - 1)])
