# SPDX-License-Identifier: Apache-2.0
"""Squared distances to planes, summed: how far a vertex may move before the surface shows it.

A quadric (Garland and Heckbert 1997, "Surface Simplification Using Quadric Error Metrics", §5) is a
symmetric 4×4 matrix ``Q`` with ``(p, 1)ᵀ Q (p, 1)`` the sum of area times squared distance of ``p``
to the planes of some faces. Open edges and UV seams add a plane that stands on their face (§6), so
that they keep their line.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int64

_EDGE_WEIGHT = 3.0
"""Of an open edge's or seam's plane against those of faces as wide as it is long."""


def face_quadrics(
    points: Float64[np.ndarray, "points 3"], faces: Int64[np.ndarray, "faces 3"]
) -> Float64[np.ndarray, "points 4 4"]:
    """Sum of the planes of the faces around each point, each weighted with a third of its area."""
    normal, area = face_normals(points, faces)
    planes = np.concatenate(
        [normal, -np.sum(normal * points[faces[:, 0]], axis=1, keepdims=True)], axis=1
    )
    each = planes[:, :, None] * planes[:, None, :] * (area / 3.0)[:, None, None]
    return _gathered(len(points), faces.T.ravel(), np.tile(each, (3, 1, 1)))


def edge_quadrics(
    points: Float64[np.ndarray, "points 3"],
    edges: Int64[np.ndarray, "edges 2"],
    normals: Float64[np.ndarray, "edges 3"],
) -> Float64[np.ndarray, "points 4 4"]:
    """Planes through edges, perpendicular to the face with the given normal."""
    along = points[edges[:, 1]] - points[edges[:, 0]]
    length = np.linalg.norm(along, axis=1)
    across = np.cross(along, normals)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-12)
    offset = -np.sum(across * points[edges[:, 0]], axis=1, keepdims=True)
    planes = np.concatenate([across, offset], axis=1)
    weight = _EDGE_WEIGHT * length**2
    each = planes[:, :, None] * planes[:, None, :] * weight[:, None, None]
    return _gathered(len(points), edges.T.ravel(), np.tile(each, (2, 1, 1)))


def error_at(
    quadrics: Float64[np.ndarray, "n 4 4"], points: Float64[np.ndarray, "n 3"]
) -> Float64[np.ndarray, "n"]:
    """Area times squared distance of each point to the planes of its quadric."""
    homogeneous = np.concatenate([points, np.ones((len(points), 1))], axis=1)
    return np.maximum(np.einsum("ni,nij,nj->n", homogeneous, quadrics, homogeneous), 0.0)


def face_normals(
    points: Float64[np.ndarray, "points 3"], faces: Int64[np.ndarray, "faces 3"]
) -> tuple[Float64[np.ndarray, "faces 3"], Float64[np.ndarray, "faces"]]:
    """Unit normal (zero where there is no area) and area of each triangle."""
    a, b, c = np.moveaxis(points[faces], 1, 0)
    cross = np.cross(b - a, c - a)
    length = np.linalg.norm(cross, axis=1)
    return cross / np.maximum(length, 1e-18)[:, None], 0.5 * length


def _gathered(count: int, where: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    flat = matrices.reshape(-1, 16)
    columns = [np.bincount(where, weights=flat[:, k], minlength=count) for k in range(16)]
    return np.stack(columns, axis=1).reshape(-1, 4, 4)
