# SPDX-License-Identifier: Apache-2.0
"""What is seen of a figure from outside: points with normals, whatever its triangles are like.

Meshes of other tools are open, doubled, turned inside out, full of hidden layers. So the surface is
*looked at*: parallel rays from a ring of directions, level, from above and a little from below,
bring back the first face that they hit; its normal is turned towards the eye. Nothing is asked of
the mesh but triangles. What is seen only from straight below (the inside of a skirt) is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from gen3d.render.raycast import Tracer
from gen3d.transforms import normalize

_RINGS = ((0.0, 16), (35.0, 8), (-20.0, 8), (70.0, 4))
"""Elevation of the eye, degrees, and how many directions around."""
_RAYS_ACROSS = 260
_CELL = 0.007
"""Side of the cells of which each keeps one point a direction of normals, in heights."""


@dataclass(frozen=True)
class Shell:
    """The outer surface as points."""

    points: Float[np.ndarray, "points 3"]
    normals: Float[np.ndarray, "points 3"]
    """Unit, outwards."""


def shell_of(verts: Float[np.ndarray, "verts 3"], faces: Int[np.ndarray, "faces 3"]) -> Shell:
    """Look at a mesh from all around.

    Args:
        verts: Any unit, +Y up.
        faces: Any winding.
    """
    low, high = verts.min(axis=0), verts.max(axis=0)
    centre, reach = 0.5 * (low + high), 0.5 * float(np.linalg.norm(high - low))
    tracer = Tracer(verts.astype(np.float32), faces.astype(np.int32))
    corners = verts[faces]
    flat = normalize(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    points, normals = list[np.ndarray](), list[np.ndarray]()
    for direction in _directions():
        origins = _plane(direction, centre, reach)
        ways = np.repeat(direction[:, None].astype(np.float32), origins.shape[1], axis=1)
        hits = tracer.nearest(origins, ways)
        seen = np.flatnonzero(hits.face >= 0)
        points.append(origins[:, seen].T + hits.depth[seen, None] * direction)
        normal = flat[hits.face[seen]]
        normals.append(normal * np.where(normal @ direction > 0.0, -1.0, 1.0)[:, None])
    return _thinned(np.concatenate(points), np.concatenate(normals), float(high[1] - low[1]))


def _directions() -> list[np.ndarray]:
    """Unit vectors in which is looked."""
    found: list[np.ndarray] = []
    for elevation, count in _RINGS:
        up = np.radians(elevation)
        for turn in 2.0 * np.pi * (np.arange(count) + 0.5) / count:
            eye = np.array([np.cos(up) * np.sin(turn), np.sin(up), np.cos(up) * np.cos(turn)])
            found.append(-eye)
    return found


def _plane(direction: np.ndarray, centre: np.ndarray, reach: float) -> Float[np.ndarray, "3 rays"]:
    """Origins of parallel rays on a square before the figure."""
    side = normalize(np.cross(direction, np.array([0.0, 1.0, 0.0])))
    up = np.cross(side, direction)
    steps = np.linspace(-reach, reach, _RAYS_ACROSS)
    across, along = (grid.ravel() for grid in np.meshgrid(steps, steps))
    start = centre - 1.1 * reach * direction
    return (start[:, None] + side[:, None] * across + up[:, None] * along).astype(np.float32)


def _thinned(points: np.ndarray, normals: np.ndarray, height: float) -> Shell:
    """One mean point for each cell and each main direction of its normals."""
    cells = np.floor(points / (_CELL * height)).astype(np.int64)
    axis = np.abs(normals).argmax(axis=1)
    sign = np.take_along_axis(normals, axis[:, None], axis=1)[:, 0] > 0.0
    keys = np.concatenate([cells, (2 * axis + sign)[:, None]], axis=1)
    _, inverse, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    inverse = inverse.ravel()
    sums = [
        np.stack([np.bincount(inverse, column) for column in values.T], axis=1)
        for values in (points.astype(np.float64), normals.astype(np.float64))
    ]
    return Shell(sums[0] / counts[:, None], normalize(sums[1]))
