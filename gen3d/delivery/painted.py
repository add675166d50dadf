# SPDX-License-Identifier: Apache-2.0
"""A closed surface painted with what an onlooker sees of a layered figure at each place.

From every texel a ray looks inwards at the figure, from a little outside, and takes colour,
roughness and metalness of what it meets first; brows, lashes and thin hair before it are mixed in
by their opacity. Where the ray meets nothing (caps, filled gaps), the nearest place counts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Float32, Int32
from torch import Tensor

from gen3d.fields import bake
from gen3d.fields.closest import Tree
from gen3d.fields.unwrap import unwrapped
from gen3d.foundry.solids import Solid
from gen3d.render.points import Appearance, appearance, interpolate
from gen3d.render.raycast import Hits, Tracer, renumbered
from gen3d.render.surface import Surface
from gen3d.transforms import normalize
from gen3d.types import Material, Mesh

_LIFT_M = 0.012
"""How far outside rays begin: above the layers of clothes, below the next finger."""
_REACH_M = 0.03
_ALIKE = 0.5
"""Cosine between normals of the figure and of the closed surface that count as the same."""


def solid_faces(surface: Surface) -> Int32[np.ndarray, "faces 3"]:
    """Faces of what has a body: neither lashes nor brows, nor the thinnest cards of hair."""
    return surface.faces[surface.occludes]


def painted(closed: Solid, source: Surface, size_px: int, name: str) -> tuple[Mesh, Material]:
    """Unwrap a closed surface and paint it.

    Args:
        closed: Metres, near the figure's outside.
        source: The figure.
        size_px: Side of the pictures, a power of two.
        name: Of the material.
    """
    layout = unwrapped(closed, size_px)
    eye = Onlooker(closed, source)
    source_of = bake.Source(lambda points: replace(eye.seen(points).look, normal=None))
    mesh, material = bake.bake(closed, layout, source_of, size_px=size_px, name=name)
    return replace(mesh, normals=eye.normals(mesh.verts, mesh.normals)), material


@dataclass(frozen=True)
class Seen:
    """What is seen from outside at points of a closed surface."""

    look: bake.Appearance
    part: Int32[np.ndarray, "points"]
    """Number of the part."""


class Onlooker:
    """Looks at a figure from just outside its closed surface."""

    def __init__(self, closed: Solid, source: Surface) -> None:
        self._source = source
        self.outward = bake.mesh_normals(closed)
        """Normals of the closed surface at points."""
        self._numbers = np.flatnonzero(source.occludes).astype(np.int32)
        thin = np.flatnonzero(~source.occludes).astype(np.int32)
        self._solid = Tracer(source.verts, source.faces[self._numbers])
        self._thin = (Tracer(source.verts, source.faces[thin]), thin)
        self._tree = Tree(Solid(source.verts.astype(np.float64), source.faces[self._numbers]))

    def seen(self, points: Float[Tensor, "n 3"]) -> Seen:
        """What is seen at points of the closed surface."""
        places = points.numpy().astype(np.float32)
        outward = self.outward(points).numpy().astype(np.float32)
        length = np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
        inward = np.ascontiguousarray(-(outward / length).T)
        origins = np.ascontiguousarray(places.T) - inward * np.float32(_LIFT_M)
        seen = self._solids(places, origins, inward)
        under = self._at(seen, inward)
        over = self._before(seen, origins, inward)
        base, rough, metal = under.base, under.roughness, under.metallic
        if over is not None:
            which, look = over
            alpha = look.alpha
            base, rough = base.copy(), rough.copy()
            base[:, which] += (look.base - base[:, which]) * alpha
            rough[which] += (look.roughness - rough[which]) * alpha
        # Seen from outside; what lies steeply to the surface (edges of cards) says nothing of it.
        steep = np.einsum("xr,xr->r", under.normal, inward) > -_ALIKE
        detail = np.where(steep, -inward, under.normal)
        look = bake.Appearance(
            torch.from_numpy(np.ascontiguousarray(base.T)),
            torch.from_numpy(rough),
            torch.from_numpy(metal),
            torch.from_numpy(np.ascontiguousarray(detail.T)),
        )
        return Seen(look, self._source.part_of_face[seen.face])

    def normals(
        self, verts: Float[np.ndarray, "verts 3"], normals: Float[np.ndarray, "verts 3"]
    ) -> Float32[np.ndarray, "verts 3"]:
        """The figure's own normals where the surface lies like it, else those that it has."""
        nearest = self._tree.nearest(verts)
        own = nearest.mixed(self._source.normals, self._source.faces[self._numbers])
        alike = np.sum(own * normals, axis=1, keepdims=True) > _ALIKE
        kept = alike & (nearest.distance < _LIFT_M)[:, None]
        return np.where(kept, normalize(own), normals).astype(np.float32)

    def _solids(self, places: np.ndarray, origins: np.ndarray, inward: np.ndarray) -> Hits:
        """The first solid thing, or the nearest one."""
        hits = self._solid.nearest(origins, inward)
        lost = np.flatnonzero((hits.face < 0) | (hits.depth > _REACH_M))
        face, weights, depth = hits.face.copy(), hits.barycentrics.copy(), hits.depth.copy()
        if len(lost):
            nearest = self._tree.nearest(places[lost])
            face[lost], depth[lost] = nearest.face, nearest.distance
            weights[:, lost] = nearest.barycentrics.T
        return renumbered(Hits(face, weights, depth), self._numbers)

    def _before(
        self, seen: Hits, origins: np.ndarray, inward: np.ndarray
    ) -> tuple[np.ndarray, Appearance] | None:
        """Thin things before it: which rays meet them, and their look."""
        tracer, numbers = self._thin
        if not len(numbers):
            return None
        thin = renumbered(tracer.nearest(origins, inward), numbers)
        which = np.flatnonzero((thin.face >= 0) & (thin.depth < np.minimum(seen.depth, _REACH_M)))
        if not len(which):
            return None
        picked = Hits(thin.face[which], thin.barycentrics[:, which], thin.depth[which])
        look = self._at(picked, inward[:, which])
        return which, look

    def _at(self, hits: Hits, inward: Float32[np.ndarray, "3 rays"]) -> Appearance:
        source = self._source
        # A texel is about a millimetre wide; at a depth of a centimetre that is a tenth.
        points = interpolate(source, source.verts, source.normals, hits, inward, 0.1)
        return appearance(source, points)
