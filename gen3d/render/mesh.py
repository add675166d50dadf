# SPDX-License-Identifier: Apache-2.0
"""Differentiable pictures of a triangle mesh: gradients to shape, surface and cameras.

Visibility (:mod:`gen3d.render.fragments`) → surface values at the hits → the studio's shading →
blending at contours (:mod:`gen3d.render.silhouette`). Only pixels that hit something are shaded.
Both sides of a face are shown, the back with its normal turned to the eye. No shadows, no
refraction, nothing see-through.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int, Int64
from torch import Tensor
from torch.nn.functional import normalize

from gen3d.errors import Gen3dError
from gen3d.render.backends import FaceFinder
from gen3d.render.fragments import Backend, Fragments, corner_values, visible
from gen3d.render.lookup import bilinear, pyramid, trilinear
from gen3d.render.shot import Shot, normal_colour
from gen3d.render.silhouette import Edges, blended, crossings
from gen3d.render.studio import GREY, Output, StudioLight, shade, to_linear
from gen3d.render.views import Views


@dataclass(frozen=True)
class PerVertex:
    """One value for each vertex of the mesh, interpolated over its faces."""

    values: Float[Tensor, "verts channels"]


@dataclass(frozen=True)
class PerCorner:
    """One value for each corner of each face: values may jump at edges."""

    values: Float[Tensor, "faces 3 channels"]


@dataclass(frozen=True)
class Texels:
    """A picture that the surface's UVs look up."""

    values: Float[Tensor, "height width channels"]
    mip_levels: int = 0
    """How many halvings may be used where the picture is denser than the pixels."""


@dataclass(frozen=True)
class Changed:
    """A picture, and what is added to it at each vertex: paint that is learned over one that stays.

    The sum is held in [0, 1]; its gradient is not, so that what was pushed beyond can come back.
    """

    base: Texels
    change: PerVertex
    encoded: bool = False
    """Whether both are sRGB, so that the sum is decoded."""


Values = PerVertex | PerCorner | Texels | Changed | float
"""Where a surface value comes from; a number is the same everywhere."""


@dataclass(frozen=True)
class Surface:
    """What a mesh is made of (glTF 2.0's metallic-roughness model)."""

    albedo: Values = GREY
    """Linear base colour in [0, 1], three channels."""
    roughness: Values = 0.6
    """In [0, 1], one channel."""
    metallic: Values = 0.0
    """In [0, 1], one channel."""
    uvs: PerVertex | PerCorner | None = None
    """Two channels; needed by any :class:`Texels`."""
    normals: PerVertex | PerCorner | None = None
    """World normals; absent: smooth, from the faces around each vertex."""
    normal_map: Texels | None = None
    """Tangent-space normals as ``(n + 1) / 2``, +Y towards the top of the picture."""


@dataclass(frozen=True)
class _Hits:
    """What shading needs to know of the fragments."""

    fragments: Fragments
    faces: Int[Tensor, "faces 3"]
    view: Int64[Tensor, "hits"]
    to_eye: Float[Tensor, "hits 3"]
    slant: Float[Tensor, "hits"]
    """Cosine between the face's normal and the eye; negative when its back is seen. Constant."""
    pixel_size: Float[Tensor, "hits"]
    """Side of a pixel at the hit, world units. Constant."""


def render_mesh(
    verts: Float[Tensor, "verts 3"],
    faces: Int[Tensor, "faces 3"],
    views: Views,
    light: StudioLight,
    surface: Surface,
    *,
    output: Output = "shaded",
    backend: Backend | FaceFinder = "auto",
    edges: Edges | None = None,
) -> Shot:
    """Render a mesh, antialiased at outer and inner contours.

    Everything is computed in the precision of ``verts``; what is given in another one is converted.

    Args:
        verts: World positions.
        faces: Corner indices, counter-clockwise seen from outside.
        views: Cameras.
        light: One setting for each view, or one for all.
        surface: Colour and finish.
        output: What the colour shows.
        backend: Who finds the visible faces; a function of one's own may see through some.
        edges: :func:`gen3d.render.silhouette.edges_of` this mesh, to save finding them again.

    Raises:
        Gen3dError: positions are not finite, textures without UVs, or a back end is missing.
    """
    fragments = visible(verts, faces, views, backend)
    hits = _hits(faces, views, fragments)
    normal = _normal(verts, surface, hits)
    colour = _colour(surface, views, light, hits, normal, output)
    alpha = torch.ones_like(fragments.depth)[:, None]
    values = torch.cat([colour, normal, fragments.depth[:, None], alpha], dim=1)
    whole = blended(values, fragments, crossings(verts, faces, views, fragments, edges))
    rgb, across, depth, coverage = whole.split([3, 3, 1, 1], dim=-1)
    return Shot(rgb, coverage[..., 0], across, depth[..., 0])


def smooth_normals(
    verts: Float[Tensor, "verts 3"], faces: Int[Tensor, "faces 3"]
) -> Float[Tensor, "verts 3"]:
    """Unit vertex normals: means of the adjacent faces' normals by area."""
    corner = faces.long().reshape(-1)
    a, b, c = verts.index_select(0, corner).reshape(-1, 3, 3).unbind(1)
    doubled = torch.linalg.cross(b - a, c - a)
    total = torch.zeros_like(verts).index_add(0, corner, doubled.repeat_interleave(3, dim=0))
    return normalize(total, dim=-1, eps=1e-20)


def _hits(faces: Tensor, views: Views, fragments: Fragments) -> _Hits:
    view, corners = fragments.view, fragments.corners
    point = torch.bmm(fragments.barycentrics[:, None], corners)[:, 0]
    to_eye = normalize(views.eyes.to(point).index_select(0, view) - point, dim=-1)
    a, b, c = corners.detach().unbind(1)
    facet = normalize(torch.linalg.cross(b - a, c - a), dim=-1, eps=1e-20)
    slant = (facet * to_eye.detach()).sum(-1)
    angle = 2.0 * torch.tan(views.fov_y.detach().to(point) / 2.0) / views.height_px
    return _Hits(fragments, faces, view, to_eye, slant, fragments.depth.detach() * angle[view])


def _normal(verts: Tensor, surface: Surface, hits: _Hits) -> Float[Tensor, "hits 3"]:
    """Unit shading normals."""
    given = surface.normals or PerVertex(smooth_normals(verts, hits.faces))
    turned = torch.where(hits.slant < 0.0, -1.0, 1.0).to(verts)[:, None]
    normal = normalize(_interpolated(given, hits), dim=-1, eps=1e-20) * turned
    if surface.normal_map is None:
        return normal
    local = 2.0 * _at(surface.normal_map, surface, hits) - 1.0
    tangent, bitangent = _tangents(normal, surface, hits)
    mixed = local[:, :1] * tangent + local[:, 1:2] * bitangent + local[:, 2:3] * normal
    return normalize(mixed, dim=-1, eps=1e-20)


def _tangents(normal: Tensor, surface: Surface, hits: _Hits) -> tuple[Tensor, Tensor]:
    """Where u grows and where v shrinks, made perpendicular to the normal."""
    uv = _corners_of(_uvs(surface), hits)
    (du1, dv1), (du2, dv2) = ((uv[:, i] - uv[:, 0]).unbind(-1) for i in (1, 2))
    a, b, c = hits.fragments.corners.unbind(1)
    e1, e2 = b - a, c - a
    sign = torch.where(du1 * dv2 - du2 * dv1 < 0.0, -1.0, 1.0).to(normal)[:, None]
    along = (e1 * dv2[:, None] - e2 * dv1[:, None]) * sign
    upwards = (e1 * du2[:, None] - e2 * du1[:, None]) * sign
    tangent = normalize(along - normal * (normal * along).sum(-1, keepdim=True), eps=1e-20, dim=-1)
    across = torch.linalg.cross(normal, tangent)
    flip = (across * upwards).sum(-1, keepdim=True).detach() < 0.0
    return tangent, torch.where(flip, -across, across)


def _colour(
    surface: Surface,
    views: Views,
    light: StudioLight,
    hits: _Hits,
    normal: Tensor,
    output: Output,
) -> Float[Tensor, "hits 3"]:
    """Linear colour of the hits in one of the outputs."""
    if output == "normal":
        return normal_colour(normal[:, None], _each(views, hits))[:, 0]
    grey = torch.full_like(normal, GREY)
    albedo = grey if output == "textureless" else _at(surface.albedo, surface, hits)
    albedo = albedo.expand_as(normal)
    if output == "albedo":
        return albedo
    one = torch.ones_like(hits.slant)
    if output == "textureless":
        roughness, metallic = one, torch.zeros_like(one)
    else:
        roughness = _at(surface.roughness, surface, hits)[:, 0] * one
        metallic = _at(surface.metallic, surface, hits)[:, 0] * one
    return shade(albedo, normal, hits.to_eye, roughness, metallic, _light_at(light, hits))


def _at(values: Values, surface: Surface, hits: _Hits) -> Float[Tensor, "hits ch"]:
    """Values of the surface at the hits; a number gives a single row and channel."""
    if isinstance(values, float | int):
        return hits.slant.new_full((1, 1), values)
    if isinstance(values, Changed):
        base = _at(values.base, surface, hits)
        free = base + _interpolated(values.change, hits)
        total = free + (free.clamp(0.0, 1.0) - free).detach()
        return to_linear(total) if values.encoded else total
    if not isinstance(values, Texels):
        return _interpolated(values, hits)
    uvs = _interpolated(_uvs(surface), hits)
    texels = values.values.to(hits.slant)
    if values.mip_levels == 0:
        return bilinear(texels, uvs)
    stack = pyramid(texels, values.mip_levels)
    return trilinear(stack, uvs, _footprint(texels, surface, hits))


def _footprint(texels: Tensor, surface: Surface, hits: _Hits) -> Float[Tensor, "hits"]:
    """Side of a pixel in texels: from the areas of the face in the world and in the picture.

    A slanted face has more texels in a pixel; beyond 5:1 the blur would spoil the other direction.
    """
    uv = _corners_of(_uvs(surface), hits).detach()
    (du1, dv1), (du2, dv2) = ((uv[:, i] - uv[:, 0]).unbind(-1) for i in (1, 2))
    height, width, _ = texels.shape
    flat = (du1 * dv2 - du2 * dv1).abs() * (height * width)
    a, b, c = hits.fragments.corners.detach().unbind(1)
    world = torch.linalg.cross(b - a, c - a).norm(dim=-1).clamp(min=1e-30)
    return hits.pixel_size * torch.sqrt(flat / (world * hits.slant.abs().clamp(min=0.2)))


def _interpolated(values: PerVertex | PerCorner, hits: _Hits) -> Float[Tensor, "hits ch"]:
    weights = hits.fragments.barycentrics[:, None]
    return torch.bmm(weights, _corners_of(values, hits))[:, 0]


def _corners_of(values: PerVertex | PerCorner, hits: _Hits) -> Float[Tensor, "hits 3 ch"]:
    given = values.values.to(hits.to_eye)
    if isinstance(values, PerVertex):
        return corner_values(given, hits.faces, hits.fragments.face)
    return given.index_select(0, hits.fragments.face)


def _uvs(surface: Surface) -> PerVertex | PerCorner:
    if surface.uvs is None:
        raise Gen3dError("The surface has a texture but no UVs.", "Unwrap the mesh first.")
    return surface.uvs


def _light_at(light: StudioLight, hits: _Hits) -> StudioLight:
    """The light of each hit's view."""
    index = hits.view if len(light.direction) > 1 else torch.zeros_like(hits.view)
    parts = (light.direction, light.key, light.sky, light.ground)
    return StudioLight(*(part.to(hits.to_eye).index_select(0, index) for part in parts))


def _each(views: Views, hits: _Hits) -> Views:
    """A view for each hit."""
    return Views(
        views.T_world_camera.index_select(0, hits.view),
        views.fov_y[hits.view],
        views.height_px,
        views.width_px,
        views.azimuth_deg[hits.view],
        views.elevation_deg[hits.view],
    )
