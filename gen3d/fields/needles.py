# SPDX-License-Identifier: Apache-2.0
"""Triangles with hardly any area or a hardly visible side, collapsed away without opening a hole.

An edge may only be collapsed when its two ends have exactly the two neighbours in common that the
triangles at the edge have (the link condition of Dey et al., "Topology Preserving Edge
Contraction", 1999), and when no triangle around it turns over.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

from gen3d.fields.closest import picked
from gen3d.foundry.solids import Solid

_ROUNDS = 12


def without_needles(surface: Solid, least_edge: float = 5e-4, least_area: float = 1e-7) -> Solid:
    """Collapse the shortest edge of every triangle that is too small to see.

    Args:
        surface: Closed triangles.
        least_edge: Sides shorter than this are collapsed, unit frame.
        least_area: Triangles smaller than this lose their shortest side.
    """
    for _ in range(_ROUNDS):
        edges = _short_edges(surface, least_edge, least_area)
        collapsed = _collapsed(surface, edges)
        if collapsed is None:
            return surface
        surface = collapsed
    return surface


def _short_edges(
    surface: Solid, least_edge: float, least_area: float
) -> Int64[np.ndarray, "edges 2"]:
    """Shortest sides of the triangles that are too small, shortest first."""
    faces = surface.faces
    corners = surface.verts[faces]
    sides = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    area = 0.5 * np.linalg.norm(_facing(corners), axis=1)
    shortest = sides.argmin(axis=1)
    length = sides.min(axis=1)
    small = np.flatnonzero((length < least_edge) | (area < least_area))
    small = small[np.argsort(length[small], kind="stable")]
    at = shortest[small]
    return np.stack([faces[small, at], faces[small, (at + 1) % 3]], axis=1).astype(np.int64)


def _facing(corners: Float64[np.ndarray, "faces 3 3"]) -> Float64[np.ndarray, "faces 3"]:
    return np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])


def _collapsed(surface: Solid, edges: Int64[np.ndarray, "edges 2"]) -> Solid | None:
    """Collapse the edges that can be, none of which touch each other; None when there is none."""
    around = _faces_around(surface, np.unique(edges))
    target = np.arange(len(surface.verts))
    verts = surface.verts.copy()
    touched: set[int] = set()
    for start, end in edges.tolist():
        fan = sorted(around[start] | around[end])
        ring = set(surface.faces[fan].ravel().tolist())
        middle = (surface.verts[start] + surface.verts[end]) / 2.0
        if ring & touched or not _may_collapse(surface, start, end, around, middle):
            continue
        touched |= ring
        target[end] = start
        verts[start] = middle
    if not touched:
        return None
    faces = target[surface.faces].astype(np.int32)
    alive = ~(faces == np.roll(faces, 1, axis=1)).any(axis=1)
    return picked(Solid(verts, faces), np.flatnonzero(alive))


def _faces_around(surface: Solid, verts: Int64[np.ndarray, "n"]) -> dict[int, set[int]]:
    wanted = np.zeros(len(surface.verts), bool)
    wanted[verts] = True
    around: dict[int, set[int]] = {int(v): set() for v in verts}
    face, corner = np.nonzero(wanted[surface.faces])
    for number, vertex in zip(face.tolist(), surface.faces[face, corner].tolist(), strict=True):
        around[vertex].add(number)
    return around


def _may_collapse(
    surface: Solid,
    start: int,
    end: int,
    around: dict[int, set[int]],
    middle: Float64[np.ndarray, "3"],
) -> bool:
    """Link condition, and nothing turns over."""
    rings = [set(surface.faces[sorted(around[v])].ravel().tolist()) - {v} for v in (start, end)]
    if len(rings[0] & rings[1]) != 2 or len(around[start] & around[end]) != 2:
        return False
    kept = sorted(around[start] ^ around[end])
    before = surface.verts[surface.faces[kept]]
    moved = np.isin(surface.faces[kept], (start, end))
    after = np.where(moved[..., None], middle, before)
    return bool(np.all(np.sum(_facing(before) * _facing(after), axis=1) >= 0.0))
