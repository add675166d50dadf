# SPDX-License-Identifier: Apache-2.0
"""What the pixels of a batch of views see: the face, where in it, and how far away.

Visibility is found without gradients by one of several back ends (:mod:`gen3d.render.backends`).
Where the ray of a pixel meets the plane of its face is then computed here, in the precision of the
positions, differentiable with respect to positions and cameras (and so perspective-correct by
itself: the weights are those of the point in space).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Float, Int, Int32, Int64
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.render.backends import BACKENDS, FaceFinder
from gen3d.render.pixels import pixel_rays
from gen3d.render.views import Views

Backend = Literal["auto", "embree", "warp", "pytorch3d", "nvdiffrast"]
"""``auto``: Embree on the CPU, Warp on CUDA."""
NONE = -1
"""Face of a pixel that sees nothing."""


@dataclass(frozen=True)
class Fragments:
    """The nearest face of every pixel that sees one, as a list in the order of the pixels."""

    pixel: Int64[Tensor, "hits"]
    """``(view * height + row) * width + column``."""
    face: Int64[Tensor, "hits"]
    barycentrics: Float[Tensor, "hits 3"]
    """Weights of the face's corners; sum 1."""
    depth: Float[Tensor, "hits"]
    """Distance from the eye along the unit ray."""
    corners: Float[Tensor, "hits 3 3"]
    """World positions of the face's corners."""
    shape: tuple[int, int, int]
    """Views, height and width of the pictures."""

    @property
    def pixel_count(self) -> int:
        """Pixels of all views together."""
        return self.shape[0] * self.shape[1] * self.shape[2]

    @property
    def view(self) -> Int64[Tensor, "hits"]:
        """View of each fragment."""
        return self.pixel // (self.shape[1] * self.shape[2])

    @property
    def slot(self) -> Int32[Tensor, "pixels"]:
        """Place of every pixel in the list; the list's length for those that see nothing."""
        count = len(self.pixel)
        index = torch.arange(count, dtype=torch.int32, device=self.pixel.device)
        return index.new_full((self.pixel_count,), count).index_copy(0, self.pixel, index)

    def picture(self, values: Float[Tensor, "hits *channels"], blank: float = 0.0) -> Tensor:
        """Values of the fragments as ``views height width *channels``, differentiable."""
        flat = values.new_full((self.pixel_count, *values.shape[1:]), blank)
        return flat.index_copy(0, self.pixel, values).reshape(*self.shape, *values.shape[1:])

    def face_picture(self) -> Int64[Tensor, "views height width"]:
        """Face of every pixel; :data:`NONE` where there is nothing."""
        flat = torch.full((self.pixel_count,), NONE, device=self.face.device)
        return flat.index_copy(0, self.pixel, self.face).reshape(self.shape)


def visible(
    verts: Float[Tensor, "verts 3"],
    faces: Int[Tensor, "faces 3"],
    views: Views,
    backend: Backend | FaceFinder = "auto",
) -> Fragments:
    """What each pixel centre sees of a triangle mesh.

    Args:
        verts: World positions; gradients flow to them.
        faces: Corner indices.
        views: Cameras; gradients flow to them.
        backend: Who finds the faces; the result does not depend on it but for rounding.

    Raises:
        Gen3dError: the back end is unknown or not installed, or a position is not a number.
    """
    found = _found(verts, faces, views, backend).reshape(-1)
    pixel = torch.nonzero(found >= 0)[:, 0]
    face = found.index_select(0, pixel).long()
    corners = corner_values(verts, faces, face)
    origins, directions = pixel_rays(views, pixel)
    weights, depth = intersect(corners, origins.to(verts), directions.to(verts))
    shape = (len(views), views.height_px, views.width_px)
    return Fragments(pixel, face, weights, depth, corners, shape)


def corner_values(
    values: Float[Tensor, "verts channels"],
    faces: Int[Tensor, "faces 3"],
    face: Int64[Tensor, "hits"],
) -> Float[Tensor, "hits 3 channels"]:
    """Values of the vertices of some faces."""
    corners = faces.index_select(0, face).reshape(-1)
    # index_select scatters its gradient much faster than indexing does on the CPU.
    return values.index_select(0, corners).reshape(len(face), 3, values.shape[1])


def intersect(
    corners: Float[Tensor, "hits 3 3"],
    origins: Float[Tensor, "hits 3"],
    directions: Float[Tensor, "hits 3"],
) -> tuple[Float[Tensor, "hits 3"], Float[Tensor, "hits"]]:
    """Where rays meet the planes of triangles: barycentric weights and distance.

    Möller and Trumbore 1997, equations 4–6. The second and third weight are held in [0, 1]: the
    rays are known to hit, and a face seen edge-on would otherwise give any value at all.
    """
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    across = torch.linalg.cross(directions, second)
    volume = (first * across).sum(-1)
    size = (first.detach().square().sum(-1) * second.detach().square().sum(-1)).sqrt()
    flat = (1e-6 * size).clamp(min=1e-30)
    volume = torch.where(volume.abs() < flat, torch.copysign(flat, volume), volume)
    offset = origins - corners[:, 0]
    turned = torch.linalg.cross(offset, first)
    u = ((offset * across).sum(-1) / volume).clamp(0.0, 1.0)
    v = ((directions * turned).sum(-1) / volume).clamp(0.0, 1.0)
    depth = (second * turned).sum(-1) / volume
    return torch.stack([1.0 - u - v, u, v], dim=-1), depth


@torch.no_grad()
def _found(
    verts: Float[Tensor, "verts 3"],
    faces: Int[Tensor, "faces 3"],
    views: Views,
    backend: Backend | FaceFinder,
) -> Int32[Tensor, "views height width"]:
    """Faces by a back end, which sees plain float32."""
    _check(verts, faces)
    finder = _finder(backend, verts)
    shape = (len(views), views.height_px, views.width_px)
    if len(faces) == 0:
        return torch.full(shape, NONE, dtype=torch.int32, device=verts.device)
    still = replace(
        views,
        T_world_camera=views.T_world_camera.detach().to(verts.device),
        fov_y=views.fov_y.detach().to(verts.device),
    )
    return finder(verts.detach().float(), faces.to(torch.int32), still)


def _finder(backend: Backend | FaceFinder, verts: Tensor) -> FaceFinder:
    if not isinstance(backend, str):
        return backend
    name = ("warp" if verts.is_cuda else "embree") if backend == "auto" else backend
    if name not in BACKENDS:
        raise Gen3dError(f"There is no back end {name!r}.", f"Use one of {', '.join(BACKENDS)}.")
    return BACKENDS[name]


def _check(verts: Tensor, faces: Tensor) -> None:
    if not bool(torch.isfinite(verts).all()):
        raise Gen3dError(
            "The mesh has positions that are not finite numbers.",
            "The fit diverged: lower its step size, or start from an earlier checkpoint.",
        )
    if len(faces) and not 0 <= int(faces.min()) <= int(faces.max()) < len(verts):
        raise Gen3dError(f"A face refers to a vertex outside the mesh's {len(verts)}.")
