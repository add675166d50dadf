# SPDX-License-Identifier: Apache-2.0
"""A dressed figure as tensors: posed, painted, sculpted and rendered with gradients.

Parts are one mesh with one sheet of pictures. It stands as in the motions of the library, so that
armpits and crotch are seen. What is cut out of hair, brows and lashes is seen through. Normal maps
are left out, as in the pictures that the towers of figures learn from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32, Int32, Int64
from torch import Tensor

from gen3d.figures.photo import Posed, posed_by
from gen3d.figures.stance import STANCES, stance_matrices
from gen3d.painting.atlas import Atlas, atlas_of
from gen3d.painting.canvas import CHANNELS, Paint
from gen3d.painting.relief import REACH, Skinned, place_normals, turned_normals, welded
from gen3d.render.backends import FaceFinder, spread
from gen3d.render.mesh import Changed, PerVertex, Surface, Texels, render_mesh
from gen3d.render.pixels import pixel_rays, pixels_around
from gen3d.render.raycast import Hits, Tracer
from gen3d.render.shot import Shot
from gen3d.render.silhouette import Edges, edges_of
from gen3d.render.skinning import influence_matrix
from gen3d.render.studio import Output, StudioLight
from gen3d.render.views import Views
from gen3d.types import Character

MIPS = 2
_LAYERS = 16
"""Cut-out faces that a ray may pass: a beard is many cards thick."""
_STEP = np.float32(2e-4)
STOOD = ("relaxed", "stride", "wave", "open")


@dataclass(frozen=True)
class Pose:
    """One stance."""

    posed: Posed
    """The draft in it, for framing."""
    carried: Float[Tensor, "verts 3 4"]
    """Blended skinning matrix of each vertex."""


@dataclass(frozen=True)
class Easel:
    """A figure that is worked on."""

    verts: Float[Tensor, "verts 3"]
    normals: Float[Tensor, "verts 3"]
    smooth: Float[Tensor, "verts 3"]
    faces: Int64[Tensor, "faces 3"]
    places: Int64[Tensor, "verts"]
    away: Float[Tensor, "verts 3"]
    """Direction and freedom of :mod:`gen3d.painting.relief`."""
    rows: tuple[Int64[Tensor, "_"], ...]
    """Vertices of each canvas."""
    atlas: Atlas
    edges: Edges
    poses: tuple[Pose, ...]

    def sculpted(self, paint: Paint, opened: float = 1.0) -> Float[Tensor, "verts 3"]:
        """Rest positions."""
        return self.verts + REACH * paint.relief(self.verts, opened) * self.away

    def changes(self, paint: Paint, opened: float = 1.0) -> Float[Tensor, "verts 5"]:
        """What the paint adds at each vertex."""
        total = self.verts.new_zeros(len(self.verts), CHANNELS)
        for number, rows in enumerate(self.rows):
            total = total.index_copy(0, rows, paint.at_vertices(number, opened))
        return total

    def surface(self, paint: Paint, opened: float = 1.0) -> Surface:
        """The draft's pictures with the paint on them."""
        colour, rough, metal = self.changes(paint, opened).split([3, 1, 1], dim=1)
        finish = self.atlas.finish
        return Surface(
            albedo=Changed(Texels(self.atlas.colour, MIPS), PerVertex(colour), encoded=True),
            roughness=Changed(Texels(finish[..., :1]), PerVertex(rough)),
            metallic=Changed(Texels(finish[..., 1:]), PerVertex(metal)),
            uvs=PerVertex(self.atlas.uvs),
        )

    def render(
        self,
        paint: Paint,
        pose: Pose,
        views: Views,
        light: StudioLight,
        output: Output = "shaded",
        opened: float = 1.0,
    ) -> Shot:
        """Pictures; gradients reach all of the paint."""
        rest = self.sculpted(paint, opened)
        normals = turned_normals(self.normals, self.smooth, rest, self.faces, self.places)
        turn = pose.carried[:, :, :3]
        verts = torch.einsum("vij,vj->vi", turn, rest) + pose.carried[:, :, 3]
        bent = PerVertex(torch.einsum("vij,vj->vi", turn, normals))
        surface = self.surface(paint, opened)
        dressed = Surface(surface.albedo, surface.roughness, surface.metallic, surface.uvs, bent)
        finder = through(self.atlas)
        return render_mesh(
            verts,
            self.faces,
            views,
            light,
            dressed,
            output=output,
            backend=finder,
            edges=self.edges,
        )


def easel_of(
    character: Character,
    body: Skinned,
    paint: Paint,
    library: Float32[np.ndarray, "poses joints 3 4"] | None = None,
) -> Easel:
    """Get a figure ready.

    Args:
        character: The draft.
        body: The bare body under it.
        paint: What will be learned.
        library: More stances, as skinning matrices of its skeleton.
    """
    parts = character.parts
    rest = np.concatenate([part.mesh.verts for part in parts])
    starts = np.cumsum([0, *(len(part.mesh.verts) for part in parts)])
    faces = np.concatenate([p.mesh.faces + s for p, s in zip(parts, starts[:-1], strict=True)])
    verts, corners = torch.from_numpy(rest), torch.from_numpy(faces.astype(np.int64))
    places = torch.from_numpy(welded(parts))
    rows = [
        torch.cat([torch.arange(starts[n], starts[n + 1]) for n in canvas.parts])
        for canvas in paint.canvases
    ]
    own = [stance_matrices(character.skeleton, STANCES[name]) for name in STOOD]
    more = [] if library is None else list(library)
    return Easel(
        verts,
        torch.from_numpy(np.concatenate([part.mesh.normals for part in parts])),
        place_normals(verts, corners, places),
        corners,
        places,
        torch.from_numpy(body.away(rest)),
        tuple(rows),
        atlas_of(character),
        edges_of(verts, corners),
        tuple(stood(character, matrices.astype(np.float32)) for matrices in (*own, *more)),
    )


def stood(character: Character, matrices: Float32[np.ndarray, "joints 3 4"]) -> Pose:
    """A figure where skinning matrices carry it."""
    count = len(character.skeleton.names)
    carried = [
        influence_matrix(part.skin, count) @ matrices.reshape(-1, 12) for part in character.parts
    ]
    whole = np.concatenate(carried).reshape(-1, 3, 4).astype(np.float32)
    posed = posed_by(character.parts, character.skeleton, matrices)
    return Pose(posed, torch.from_numpy(whole))


def through(atlas: Atlas) -> FaceFinder:
    """A finder of faces that sees through what is cut out."""
    uvs = atlas.uvs.numpy()

    def find(verts: Tensor, faces: Tensor, views: Views) -> Int32[Tensor, "views height width"]:
        pixel = pixels_around(verts, views)
        origins, directions = (v.float().numpy() for v in pixel_rays(views, pixel))
        tracer = Tracer(verts.numpy(), faces.numpy())
        found = _first_solid(tracer, faces.numpy(), uvs, atlas.alpha, origins, directions)
        return spread(torch.from_numpy(found), pixel, views)

    return find


def _first_solid(
    tracer: Tracer,
    faces: np.ndarray,
    uvs: np.ndarray,
    alpha: np.ndarray,
    origins: np.ndarray,
    directions: np.ndarray,
) -> Int32[np.ndarray, "rays"]:
    """First face of each ray that is there."""
    result = np.full(len(origins), -1, np.int32)
    active, starts = np.arange(len(origins)), origins.astype(np.float32)
    for _ in range(_LAYERS):
        hits = tracer.nearest(starts.T, directions[active].T)
        struck = np.flatnonzero(hits.face >= 0)
        solid = _solid(faces, uvs, alpha, hits, struck)
        result[active[struck[solid]]] = hits.face[struck[solid]]
        passed = struck[~solid]
        if not len(passed):
            break
        active = active[passed]
        starts = starts[passed] + directions[active] * (hits.depth[passed] + _STEP)[:, None]
    return result


def _solid(
    faces: np.ndarray, uvs: np.ndarray, alpha: np.ndarray, hits: Hits, struck: np.ndarray
) -> np.ndarray:
    at = np.einsum("ch,hcx->hx", hits.barycentrics[:, struck], uvs[faces[hits.face[struck]]])
    height, width = alpha.shape
    column = np.clip((at[:, 0] * width).astype(np.int64), 0, width - 1)
    row = np.clip((at[:, 1] * height).astype(np.int64), 0, height - 1)
    return alpha[row, column] >= 1.0


def joined(views: Sequence[Views]) -> Views:
    """Single cameras as one batch."""
    return Views(
        torch.cat([view.T_world_camera for view in views]),
        torch.cat([view.fov_y for view in views]),
        views[0].height_px,
        views[0].width_px,
        torch.cat([view.azimuth_deg for view in views]),
        torch.cat([view.elevation_deg for view in views]),
    )
