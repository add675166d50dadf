# SPDX-License-Identifier: Apache-2.0
"""Distance to triangles and to unions of closed solids, by Warp's bounding volume trees.

Signs come from the generalized winding number (Jacobson et al., "Robust Inside-Outside
Segmentation using Generalized Winding Numbers", 2013) of each solid by itself, so overlapping
solids are no trouble: the union's signed distance is the least of theirs, which is exact outside
and on the surface, and a bound inside. Runs on the CPU; same points, same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Float32, Int32, Int64

from gen3d.connected import vertex_components
from gen3d.foundry.solids import Solid
from gen3d.warp_start import start_warp

_DEVICE = "cpu"


@dataclass(frozen=True)
class Nearest:
    """The nearest place of a mesh to each of some points."""

    distance: Float32[np.ndarray, "points"]
    face: Int32[np.ndarray, "points"]
    barycentrics: Float32[np.ndarray, "points 3"]

    def mixed(
        self, values: Float[np.ndarray, "verts channels"], faces: Int32[np.ndarray, "faces 3"]
    ) -> Float[np.ndarray, "points channels"]:
        """What vertices have, interpolated at those places."""
        return np.einsum("pc,pcx->px", self.barycentrics, values[faces[self.face]])


class Tree:
    """A triangle mesh that can be asked for its nearest point.

    Args:
        solid: The triangles; :meth:`signed` needs them closed and facing outwards.
    """

    def __init__(self, solid: Solid) -> None:
        wp = start_warp()
        from gen3d.fields import closest_kernels

        self._kernels: Any = closest_kernels
        verts = np.ascontiguousarray(solid.verts, np.float32)
        self._mesh = wp.Mesh(
            points=wp.array(verts, dtype=wp.vec3, device=_DEVICE),
            indices=wp.array(solid.faces.ravel().astype(np.int32), dtype=wp.int32, device=_DEVICE),
            support_winding_number=True,
        )

    def nearest(self, points: Float[np.ndarray, "points 3"]) -> Nearest:
        """Unsigned distance, face and barycentrics of the nearest point of the mesh."""
        wp = start_warp()

        count = len(points)
        at = wp.array(np.ascontiguousarray(points, np.float32), dtype=wp.vec3, device=_DEVICE)
        distance = wp.zeros(count, dtype=wp.float32, device=_DEVICE)
        face = wp.zeros(count, dtype=wp.int32, device=_DEVICE)
        weights = wp.zeros(count, dtype=wp.vec3, device=_DEVICE)
        outputs = [distance, face, weights]
        wp.launch(
            self._kernels.closest, count, [self._mesh.id, at], outputs=outputs, device=_DEVICE
        )
        return Nearest(distance.numpy(), face.numpy(), weights.numpy())

    def signed(self, points: Float[np.ndarray, "points 3"]) -> Float32[np.ndarray, "points"]:
        """Signed distance, negative inside."""
        wp = start_warp()

        count = len(points)
        at = wp.array(np.ascontiguousarray(points, np.float32), dtype=wp.vec3, device=_DEVICE)
        distance = wp.zeros(count, dtype=wp.float32, device=_DEVICE)
        wp.launch(
            self._kernels.signed_distance,
            count,
            [self._mesh.id, at],
            outputs=[distance],
            device=_DEVICE,
        )
        return distance.numpy()


class Union:
    """Closed solids, overlapping or not, as one body with a signed distance.

    Args:
        soup: All of them in one mesh; solids share no vertices.
    """

    def __init__(self, soup: Solid) -> None:
        self._surface = Tree(soup)
        self._members = [
            (Tree(solid), solid.verts.min(axis=0), solid.verts.max(axis=0))
            for solid in components(soup)
        ]

    def signed(self, points: Float[np.ndarray, "points 3"]) -> Float32[np.ndarray, "points"]:
        """Signed distance: exact outside, the deepest member's inside."""
        inside = np.zeros(len(points), np.float32)
        for tree, low, high in self._members:
            # Outside its box, a solid has nothing to say that the whole soup does not.
            within = np.flatnonzero(np.all((points > low) & (points < high), axis=1))
            inside[within] = np.minimum(inside[within], tree.signed(points[within]))
        outside = np.flatnonzero(inside >= 0.0)
        result = inside
        result[outside] = self._surface.nearest(points[outside]).distance
        return result


def labels(solid: Solid) -> Int64[np.ndarray, "faces"]:
    """Number of the connected component of each face, in order of first mention."""
    of_vertex = vertex_components(solid.faces, len(solid.verts))
    _, first, of_face = np.unique(
        of_vertex[solid.faces[:, 0]], return_index=True, return_inverse=True
    )
    rank = np.argsort(np.argsort(first))
    return rank[of_face].astype(np.int64)


def components(solid: Solid) -> list[Solid]:
    """The connected components as meshes of their own."""
    number = labels(solid)
    return [
        picked(solid, np.flatnonzero(number == i)) for i in range(int(number.max(initial=-1)) + 1)
    ]


def picked(solid: Solid, faces: Int64[np.ndarray, "kept"] | Sequence[int]) -> Solid:
    """Some faces of a mesh, without the vertices that they do not use."""
    chosen = solid.faces[np.asarray(faces, np.int64)]
    used, renumbered = np.unique(chosen, return_inverse=True)
    return Solid(solid.verts[used], renumbered.reshape(-1, 3).astype(np.int32))
