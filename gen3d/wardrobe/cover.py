# SPDX-License-Identifier: Apache-2.0
"""What clothes hide: skin and inner cloth that cannot be seen is left out of the file.

A vertex is hidden when a short ray along its normal meets outer cloth; a triangle goes only when it
and everything within a margin around it is hidden, so nothing shows at a hem when cloth moves.
"""

from __future__ import annotations

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from jaxtyping import Bool, Float, Int

from gen3d.wardrobe.cut import adjacency

_REACH = 0.045
"""Metres to the covering cloth; wide sleeves and skirts do not hide what is farther in."""
_START = 0.004
"""Rays start this far inside, so that cloth which touches the skin counts as cover."""


def hidden_verts(
    points: Float[np.ndarray, "n 3"],
    normals: Float[np.ndarray, "n 3"],
    cover_points: Float[np.ndarray, "verts 3"],
    cover_faces: Int[np.ndarray, "faces 3"],
    reach: float = _REACH,
) -> Bool[np.ndarray, "n"]:
    """Whether cover lies within reach, straight out and on four slanted rays around."""
    scene = EmbreeScene()
    TriangleMesh(scene, np.ascontiguousarray(cover_points[cover_faces], dtype=np.float32))
    helper = np.where(np.abs(normals[:, :1]) < 0.9, [[1.0, 0, 0]], [[0, 1.0, 0]])
    side = np.cross(normals, helper)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
    other = np.cross(normals, side)
    hidden = np.ones(len(points), dtype=bool)
    for a, b in ((0.0, 0.0), (0.6, 0.0), (-0.6, 0.0), (0.0, 0.6), (0.0, -0.6)):
        direction = normals + a * side + b * other
        direction /= np.maximum(np.linalg.norm(direction, axis=1, keepdims=True), 1e-9)
        origin = points - normals * _START
        hit = scene.run(
            np.ascontiguousarray(origin, dtype=np.float32),
            np.ascontiguousarray(direction, dtype=np.float32),
            query="DISTANCE",
        )
        hidden &= hit < reach * 1.3
    return hidden


def erode(
    hidden: Bool[np.ndarray, "verts"], faces: Int[np.ndarray, "faces 3"], rings: int
) -> Bool[np.ndarray, "verts"]:
    """Keep hidden only what is hidden for ``rings`` neighbours around."""
    around = adjacency(faces, len(hidden))
    shown = ~hidden
    for _ in range(rings):
        shown = shown | (around @ shown.astype(np.float64) > 0)
    return np.asarray(np.logical_not(shown), dtype=np.bool_)


def visible_faces(
    hidden: Bool[np.ndarray, "verts"], faces: Int[np.ndarray, "faces 3"]
) -> Bool[np.ndarray, "faces"]:
    """Faces that keep at least one vertex that is not hidden."""
    return np.asarray((~hidden)[faces].any(axis=1))
