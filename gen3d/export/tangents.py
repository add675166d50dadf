# SPDX-License-Identifier: Apache-2.0
"""Tangents for normal maps, one per vertex, in the spirit of MikkTSpace.

As in M. Mikkelsen, "Simulation of Wrinkled Surfaces Revisited" (2008): the tangent of a triangle is
the direction in which U grows; a vertex takes the mean of its triangles' tangents, each projected
to the vertex's tangent plane and weighted by the triangle's corner angle; ``w`` tells whether the
UVs are mirrored, and ``w * cross(normal, tangent)`` points where V of a picture grows upwards.
Unlike MikkTSpace vertices are never split: where mirrored and unmirrored UVs meet in one vertex,
the larger angle wins.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32, Int32

from gen3d.transforms import normalize


def vertex_tangents(
    verts: Float32[np.ndarray, "verts 3"],
    faces: Int32[np.ndarray, "faces 3"],
    normals: Float32[np.ndarray, "verts 3"],
    uvs: Float32[np.ndarray, "verts 2"],
) -> Float32[np.ndarray, "verts 4"]:
    """Unit tangents with handedness, perpendicular to the (unit) normals.

    Vertices whose triangles have no extent in UV get some perpendicular direction.
    """
    n = normals.astype(np.float64)
    directions, handedness = _face_tangents(verts[faces], uvs[faces])
    total = np.zeros((len(verts), 3))
    sign = np.zeros(len(verts))
    for corner, angle in enumerate(_corner_angles(verts[faces])):
        at = faces[:, corner]
        flat = directions - np.sum(directions * n[at], axis=1, keepdims=True) * n[at]
        _scatter(total, at, normalize(flat) * (angle * np.abs(handedness))[:, None])
        sign += np.bincount(at, angle * handedness, minlength=len(verts))
    tangent = _perpendicular_unit(total, n)
    w = np.where(sign < 0, -1.0, 1.0)
    return np.concatenate([tangent, w[:, None]], axis=1).astype(np.float32)


def _face_tangents(
    corners: Float[np.ndarray, "faces 3 3"], uvs: Float[np.ndarray, "faces 3 2"]
) -> tuple[Float[np.ndarray, "faces 3"], Float[np.ndarray, "faces"]]:
    """Direction of growing U of each triangle, and +1, -1 (mirrored) or 0 (no UV area).

    Solves ``edge = tangent * du + bitangent * dv`` for two edges; V runs down a picture, so that
    its sign is turned over first.
    """
    edges = (corners[:, 1:] - corners[:, :1]).astype(np.float64)
    du = (uvs[:, 1:, 0] - uvs[:, :1, 0]).astype(np.float64)
    dv = (uvs[:, :1, 1] - uvs[:, 1:, 1]).astype(np.float64)
    area = du[:, 0] * dv[:, 1] - du[:, 1] * dv[:, 0]
    along_u = dv[:, 1:] * edges[:, 0] - dv[:, :1] * edges[:, 1]
    return normalize(along_u, 1e-30) * np.sign(area)[:, None], np.sign(area)


def _corner_angles(corners: Float[np.ndarray, "faces 3 3"]) -> Float[np.ndarray, "3 faces"]:
    p = corners.astype(np.float64)
    before = normalize(np.roll(p, 1, axis=1) - p)
    after = normalize(np.roll(p, -1, axis=1) - p)
    return np.arccos(np.clip(np.sum(before * after, axis=2), -1.0, 1.0)).T


def _scatter(total: np.ndarray, at: np.ndarray, values: np.ndarray) -> None:
    for axis in range(values.shape[1]):
        total[:, axis] += np.bincount(at, values[:, axis], minlength=len(total))


def _perpendicular_unit(
    wanted: Float[np.ndarray, "verts 3"], normals: Float[np.ndarray, "verts 3"]
) -> Float[np.ndarray, "verts 3"]:
    """``wanted`` without its part along the normal, unit; any perpendicular where none is left."""
    flat = wanted - np.sum(wanted * normals, axis=1, keepdims=True) * normals
    axis = np.eye(3)[np.argmin(np.abs(normals), axis=1)]
    some = axis - np.sum(axis * normals, axis=1, keepdims=True) * normals
    lost = np.linalg.norm(flat, axis=1, keepdims=True) < 1e-9
    return normalize(np.where(lost, some, flat))
