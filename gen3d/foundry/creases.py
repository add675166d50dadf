# SPDX-License-Identifier: Apache-2.0
"""Normals of triangle corners: smooth over gentle bends, hard over sharp edges.

What artists call auto-smooth: a corner's normal is the area-weighted mean of the normals of those
faces around its vertex that lean away from the corner's own face by less than the crease angle.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int32

CREASE_DEG = 42.0


def corner_normals(
    verts: Float64[np.ndarray, "verts 3"],
    faces: Int32[np.ndarray, "faces 3"],
    crease_deg: float = CREASE_DEG,
) -> Float64[np.ndarray, "faces 3 3"]:
    """Unit normal of each corner of each face; zero-area faces get +Y."""
    a, b, c = (verts[faces[:, i]] for i in range(3))
    area_normal = np.cross(b - a, c - a)
    length = np.linalg.norm(area_normal, axis=1, keepdims=True)
    flat = np.where(length > 1e-12, area_normal / np.maximum(length, 1e-12), [0.0, 1.0, 0.0])
    corner, neighbour = _faces_around_corners(faces, len(verts))
    near = np.einsum("ij,ij->i", flat[corner // 3], flat[neighbour]) > np.cos(
        np.deg2rad(crease_deg)
    )
    total = np.zeros((faces.size, 3))
    corner, neighbour = corner[near], neighbour[near]
    for axis in range(3):
        weights = area_normal[neighbour, axis]
        total[:, axis] = np.bincount(corner, weights, minlength=faces.size)
    norm = np.linalg.norm(total, axis=1, keepdims=True)
    smooth = np.where(norm > 1e-12, total / np.maximum(norm, 1e-12), np.repeat(flat, 3, axis=0))
    return smooth.reshape(-1, 3, 3)


def _faces_around_corners(
    faces: Int32[np.ndarray, "faces 3"], count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Pairs (corner, face) of all faces that share the corner's vertex."""
    vertex = faces.ravel()
    order = np.argsort(vertex, kind="stable")
    valence = np.bincount(vertex, minlength=count)
    start = np.cumsum(valence) - valence
    per_corner = valence[vertex]
    corner = np.repeat(np.arange(len(vertex)), per_corner)
    first = np.cumsum(per_corner) - per_corner
    within = np.arange(len(corner)) - np.repeat(first, per_corner)
    return corner, order[start[vertex[corner]] + within] // 3
