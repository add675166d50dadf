# SPDX-License-Identifier: Apache-2.0
"""Visibility with Embree: which face a ray hits first, where in it, and how far away.

It only *finds* what rays hit; shading, texture lookup and interpolation never ask how. All parts
of a scene are one triangle soup, so a single trace tells part, face and barycentrics. Rays are
columns (``3 rays``), as everywhere in the shading of previews, because NumPy is fast along the last
axis. What is differentiated sees pixels instead: :mod:`gen3d.render.fragments`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene
from jaxtyping import Bool, Float32, Int32

MISS = -1
FAR = np.float32(1e6)
"""Distance that stands for "nothing there", metres."""


@dataclass(frozen=True)
class Hits:
    """What each ray hits first."""

    face: Int32[np.ndarray, "rays"]
    """Face index, -1 for nothing."""
    barycentrics: Float32[np.ndarray, "3 rays"]
    """Weights of the face's three corners; they sum to 1."""
    depth: Float32[np.ndarray, "rays"]
    """Distance along the unit ray, metres; :data:`FAR` for nothing."""


class Tracer:
    """An Embree tree over triangles; lives as long as one pose.

    Args:
        verts: Positions, metres.
        faces: Corner indices.
    """

    def __init__(
        self, verts: Float32[np.ndarray, "verts 3"], faces: Int32[np.ndarray, "faces 3"]
    ) -> None:
        self._face_count = len(faces)
        self._scene = EmbreeScene()
        if len(faces):
            self._mesh = TriangleMesh(self._scene, np.ascontiguousarray(verts), faces)

    def nearest(
        self, origins: Float32[np.ndarray, "3 rays"], directions: Float32[np.ndarray, "3 rays"]
    ) -> Hits:
        """First hit of each ray; ``directions`` are unit vectors."""
        count = origins.shape[1]
        if count == 0 or self._face_count == 0:
            return _nothing(count)
        hit = self._scene.run(_rows(origins), _rows(directions), output=1)
        face = np.asarray(hit["primID"], np.int32)
        missed = face == MISS
        u, v = np.asarray(hit["u"], np.float32), np.asarray(hit["v"], np.float32)
        barycentrics = np.stack([1.0 - u - v, u, v]).astype(np.float32)
        barycentrics[:, missed] = np.float32(1.0 / 3.0)
        depth = np.where(missed, FAR, np.asarray(hit["tfar"], np.float32))
        return Hits(face, barycentrics, depth.astype(np.float32))

    def occluded(
        self,
        origins: Float32[np.ndarray, "3 rays"],
        directions: Float32[np.ndarray, "3 rays"],
        reach: Float32[np.ndarray, "rays"] | None = None,
    ) -> Bool[np.ndarray, "rays"]:
        """Whether anything stands in the way of each ray, however far or within its reach."""
        count = origins.shape[1]
        if count == 0 or self._face_count == 0:
            return np.zeros(count, bool)
        hit = self._scene.run(_rows(origins), _rows(directions), dists=reach, query="OCCLUDED")
        return np.asarray(hit) != MISS


def _rows(columns: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(columns.T, dtype=np.float32)


def _nothing(count: int) -> Hits:
    return Hits(
        np.full(count, MISS, np.int32),
        np.full((3, count), 1.0 / 3.0, np.float32),
        np.full(count, FAR, np.float32),
    )


def renumbered(hits: Hits, numbers: Int32[np.ndarray, "faces"]) -> Hits:
    """The same hits with other face numbers (those of the scene that a part was taken from)."""
    if len(numbers) == 0:
        return hits
    face = np.where(hits.face >= 0, np.take(numbers, hits.face), np.int32(MISS))
    return Hits(face.astype(np.int32), hits.barycentrics, hits.depth)


def nearer(first: Hits, second: Hits) -> Hits:
    """For each ray the nearer of two hits."""
    swap = second.depth < first.depth
    return Hits(
        np.where(swap, second.face, first.face),
        np.where(swap, second.barycentrics, first.barycentrics),
        np.where(swap, second.depth, first.depth),
    )


def select(hits: Hits, picked: np.ndarray) -> Hits:
    """The hits of some rays (mask or indices)."""
    return Hits(hits.face[picked], hits.barycentrics[:, picked], hits.depth[picked])
