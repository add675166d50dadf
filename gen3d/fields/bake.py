# SPDX-License-Identifier: Apache-2.0
"""From a field and a light mesh to a textured asset: colour, roughness, metalness and normals.

Each texel belongs to a point of the mesh; from there the field's true surface is looked for along
the mesh's normal, and the field is read where it is found. The normal map holds the field's normals
in the very frame that a reader of the file builds: tangents as the exporter writes them
(:mod:`gen3d.export.tangents`), ``bitangent = w * cross(normal, tangent)``, both interpolated over
the triangle as MikkTSpace asks (Mikkelsen 2008), so that reading undoes writing. Texels outside the
charts continue their nearest triangle's plane for a few texels, then repeat what is nearest, so
that neither filtering nor mip-mapping shows a seam.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Float64, Int64, UInt8
from scipy.ndimage import distance_transform_edt
from torch import Tensor

from gen3d.export.tangents import vertex_tangents
from gen3d.fields.closest import Tree
from gen3d.fields.surface import LevelFunction, evaluated
from gen3d.fields.texels import Texels, rasterised
from gen3d.fields.unwrap import Unwrapped
from gen3d.foundry.solids import Solid
from gen3d.render.studio import to_srgb
from gen3d.transforms import normalize
from gen3d.types import Material, Mesh, Texture

_BLOCK = 1 << 16
_CONTINUED_PX = 2.5
"""How far beyond a chart its triangles are continued: what bilinear filtering reaches."""
_LEAST_UP = 0.15
"""A normal map's z never falls below: a normal under the horizon shades black."""

Points = Float[Tensor, "points 3"]


@dataclass(frozen=True)
class Appearance:
    """What a surface looks like at points."""

    albedo: Float[Tensor, "points 3"]
    """Linear base colour, 0 to 1."""
    roughness: Float[Tensor, "points"]
    metallic: Float[Tensor, "points"]
    normal: Float[Tensor, "points 3"] | None = None
    """Outward, of any length, where it is seen with the rest."""


@dataclass(frozen=True)
class Source:
    """What is baked, as functions of points in the frame of the mesh."""

    appearance: Callable[[Points], Appearance]
    normal: Callable[[Points], Float[Tensor, "points 3"]] | None = None
    """Outward directions, of any length; None: those of the appearance, or no normal map."""
    level: LevelFunction | None = None
    """Negative inside: texels are read on its zero; None: on the mesh itself."""


def mesh_normals(detailed: Solid) -> Callable[[Points], Float[Tensor, "points 3"]]:
    """Smooth normals of a detailed mesh, at its point nearest to each query."""
    tree = Tree(detailed)
    vertex = area_normals(detailed.verts, detailed.faces)

    def normal(points: Points) -> Float[Tensor, "points 3"]:
        return torch.from_numpy(tree.nearest(points.numpy()).mixed(vertex, detailed.faces)).float()

    return normal


def area_normals(
    verts: Float64[np.ndarray, "verts 3"], faces: np.ndarray
) -> Float64[np.ndarray, "verts 3"]:
    """Unit vertex normals, the mean of the faces' by area: large flat faces stay flat."""
    a, b, c = np.moveaxis(verts[faces], 1, 0)
    facing = np.cross(b - a, c - a)
    total = np.zeros_like(verts)
    for corner in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(faces[:, corner], facing[:, axis], minlength=len(verts))
    return normalize(total)


@torch.no_grad()
def bake(
    closed: Solid,
    layout: Unwrapped,
    source: Source,
    *,
    size_px: int = 1024,
    name: str = "object",
    reach: float = 0.02,
    normals: Float32[np.ndarray, "verts 3"] | None = None,
) -> tuple[Mesh, Material]:
    """Make an asset of a mesh.

    Args:
        closed: The surface before it was cut open; its normals know no seams.
        layout: The same surface, unwrapped.
        source: What to read.
        size_px: Side of the textures, a power of two.
        name: Of the material and, with a suffix, of its textures.
        reach: How far from the mesh the true surface may lie, units of the mesh.
        normals: Of the layout's vertices, the same on both sides of a seam; None: the surface's.
    """
    if normals is None:
        normals = area_normals(closed.verts, closed.faces)[layout.origin]
    mesh = Mesh(
        verts=layout.surface.verts.astype(np.float32),
        faces=layout.surface.faces,
        normals=normals.astype(np.float32),
        uvs=layout.uvs,
    )
    drawn = rasterised(mesh.uvs, mesh.faces, size_px)
    texels = _continued(_with_outlines(drawn, mesh), mesh)
    flat = _interpolated(mesh.verts, mesh.faces, texels)
    upward = normalize(_interpolated(mesh.normals, mesh.faces, texels))
    places = _along(flat, upward, source.level, reach)
    return mesh, _material(mesh, texels, places, upward, source, name)


def _interpolated(
    values: Float[np.ndarray, "verts channels"], faces: np.ndarray, texels: Texels
) -> Float64[np.ndarray, "texels channels"]:
    total = np.zeros((len(texels.face), values.shape[1]))
    for corner in range(3):
        chosen = values[faces[texels.face, corner]]
        total += texels.barycentrics[:, corner, None] * chosen
    return total


def _with_outlines(texels: Texels, mesh: Mesh) -> Texels:
    """With the texels that a chart's outline touches without covering their centres.

    Thin charts and sharp tips would get none otherwise.
    """
    size = texels.size_px
    face, places = _outline(mesh, size)
    column, row = np.floor(places).astype(np.int64).clip(0, size - 1).T
    _, first = np.unique(row * size + column, return_index=True)
    first = first[~texels.mask[row[first], column[first]]]
    return _more(texels, mesh, face[first], row[first], column[first])


def _outline(
    mesh: Mesh, size_px: int
) -> tuple[Int64[np.ndarray, "places"], Float64[np.ndarray, "places 2"]]:
    """Places half a texel apart on the edges where charts end, and the triangles they are of."""
    start, end = mesh.faces.astype(np.int64).ravel(), np.roll(mesh.faces, -1, axis=1).ravel()
    key = np.minimum(start, end) * len(mesh.verts) + np.maximum(start, end)
    _, edge, uses = np.unique(key, return_inverse=True, return_counts=True)
    open_ = np.flatnonzero(uses[edge] == 1)
    a, b = (mesh.uvs[v[open_]].astype(np.float64) * size_px for v in (start, end))
    steps = np.ceil(2.0 * np.linalg.norm(b - a, axis=1)).astype(np.int64) + 1
    which = np.repeat(np.arange(len(open_)), steps)
    within = np.arange(len(which)) - np.repeat(np.cumsum(steps) - steps, steps)
    share = (within / np.maximum(steps - 1, 1)[which])[:, None]
    return open_[which] // 3, a[which] + share * (b - a)[which]


def _more(
    texels: Texels,
    mesh: Mesh,
    face: Int64[np.ndarray, "new"],
    row: Int64[np.ndarray, "new"],
    column: Int64[np.ndarray, "new"],
) -> Texels:
    """With further texels, as seen from triangles that do not cover them."""
    corners = mesh.uvs[mesh.faces[face]].astype(np.float64) * texels.size_px
    weights = _weights(corners, np.stack([column + 0.5, row + 0.5], axis=1))
    return replace(
        texels,
        row=np.concatenate([texels.row, row]),
        column=np.concatenate([texels.column, column]),
        face=np.concatenate([texels.face, face]),
        barycentrics=np.concatenate([texels.barycentrics, weights]),
    )


def _continued(texels: Texels, mesh: Mesh) -> Texels:
    """With the texels around each chart, as if its outermost triangles went on."""
    mask = texels.mask
    away, rows, columns = _nearest_true(mask)
    ring = np.nonzero((away > 0.0) & (away <= _CONTINUED_PX))
    number = np.full(mask.shape, -1, np.int64)
    number[texels.row, texels.column] = np.arange(len(texels.row))
    face = texels.face[number[rows[ring], columns[ring]]]
    return _more(texels, mesh, face, ring[0], ring[1])


def _weights(
    corners: Float64[np.ndarray, "n 3 2"], points: Float64[np.ndarray, "n 2"]
) -> Float64[np.ndarray, "n 3"]:
    """Barycentrics of points outside triangles; slivers would throw them far, so held near."""
    a, b, c = np.moveaxis(corners, 1, 0)
    ab, ac, ap = b - a, c - a, points - a
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    safe = np.where(np.abs(area) > 1e-9, area, np.inf)
    v = (ap[:, 0] * ac[:, 1] - ap[:, 1] * ac[:, 0]) / safe
    w = (ab[:, 0] * ap[:, 1] - ab[:, 1] * ap[:, 0]) / safe
    weights = np.stack([1.0 - v - w, v, w], axis=1)
    far = np.any((weights < -0.5) | (weights > 1.5), axis=1, keepdims=True)
    inner = np.clip(weights, 0.0, 1.0)
    return np.where(far, inner / inner.sum(axis=1, keepdims=True), weights)


def _along(
    points: Float64[np.ndarray, "texels 3"],
    directions: Float64[np.ndarray, "texels 3"],
    level: LevelFunction | None,
    reach: float,
) -> Points:
    """Where lines through points meet the surface, by secants; unmoved where they do not."""
    start = torch.from_numpy(points).float()
    if level is None:
        return start
    ray = torch.from_numpy(directions).float()
    before = torch.zeros(len(start))
    value = evaluated(level, start)
    # The first guess takes the function for a distance; secants then learn its true slope.
    offset = (-value).clamp(-reach, reach)
    best, least = before, value.abs()
    last = value
    for _ in range(3):
        found = evaluated(level, start + offset[:, None] * ray)
        better = found.abs() < least
        best, least = torch.where(better, offset, best), torch.where(better, found.abs(), least)
        rise = found - last
        slope = rise / torch.where((offset - before).abs() > 1e-9, offset - before, torch.inf)
        step = torch.where(slope > 1e-3, -found / slope.clamp_min(1e-3), torch.zeros_like(found))
        before, last = offset, found
        offset = (offset + step).clamp(-reach, reach)
    return start + best[:, None] * ray


def _material(
    mesh: Mesh,
    texels: Texels,
    places: Points,
    upward: Float64[np.ndarray, "texels 3"],
    source: Source,
    name: str,
) -> Material:
    looks = [source.appearance(block) for block in places.split(_BLOCK)]
    colour = to_srgb(torch.cat([look.albedo for look in looks]))
    rough = torch.cat([look.roughness for look in looks])
    metal = torch.cat([look.metallic for look in looks])
    data = torch.stack([torch.ones_like(rough), rough, metal], dim=1)
    nearest = _nearest_texel(texels)
    normal = None
    directions = [look.normal for look in looks if look.normal is not None]
    if source.normal is not None:
        directions = [source.normal(block) for block in places.split(_BLOCK)]
    if directions:
        wanted = torch.cat(directions)
        local = tangent_space(mesh, texels, upward, wanted.numpy().astype(np.float64))
        normal = Texture(f"{name}_normal", _picture(local * 0.5 + 0.5, nearest))
    return Material(
        name=name,
        metallic=1.0,
        roughness=1.0,
        base_color_texture=Texture(f"{name}_color", _picture(colour.numpy(), nearest)),
        metallic_roughness_texture=Texture(f"{name}_surface", _picture(data.numpy(), nearest)),
        normal_texture=normal,
    )


def tangent_space(
    mesh: Mesh,
    texels: Texels,
    upward: Float64[np.ndarray, "texels 3"],
    wanted: Float64[np.ndarray, "texels 3"],
) -> Float64[np.ndarray, "texels 3"]:
    """Normals in the frame of (tangent, bitangent, interpolated normal), unit, z above zero."""
    tangents = vertex_tangents(mesh.verts, mesh.faces, mesh.normals, mesh.uvs)
    frame = _interpolated(tangents, mesh.faces, texels)
    tangent, handed = normalize(frame[:, :3]), np.where(frame[:, 3] < 0.0, -1.0, 1.0)
    bitangent = np.cross(upward, tangent) * handed[:, None]
    # A reader adds x T + y B + z N; T leans on N between vertices, so a transpose is no inverse.
    axes = np.stack([tangent, bitangent, upward], axis=2)
    sound = np.abs(np.linalg.det(axes)) > 1e-3
    axes[~sound] = np.eye(3)
    local = np.linalg.solve(axes, normalize(wanted)[..., None])[..., 0]
    local[~sound] = np.array([0.0, 0.0, 1.0])
    local[:, 2] = np.maximum(local[:, 2], _LEAST_UP)
    return normalize(local)


def _nearest_texel(texels: Texels) -> Int64[np.ndarray, "size size"]:
    """For every texel of the picture the number of the known one nearest to it."""
    number = np.full((texels.size_px, texels.size_px), -1, np.int64)
    number[texels.row, texels.column] = np.arange(len(texels.row))
    _, rows, columns = _nearest_true(number >= 0)
    return number[rows, columns]


def _nearest_true(
    mask: Bool[np.ndarray, "size size"],
) -> tuple[
    Float64[np.ndarray, "size size"], Int64[np.ndarray, "size size"], Int64[np.ndarray, "size size"]
]:
    """Distance, row and column of the true entry nearest to each."""
    away = np.zeros(mask.shape)
    place = np.zeros((2, *mask.shape), np.int32)
    distance_transform_edt(~mask, return_indices=True, distances=away, indices=place)
    return away, place[0].astype(np.int64), place[1].astype(np.int64)


def _picture(
    values: Float32[np.ndarray, "texels 3"] | Float64[np.ndarray, "texels 3"],
    nearest: Int64[np.ndarray, "size size"],
) -> UInt8[np.ndarray, "size size 3"]:
    """Bytes of a square picture, every texel filled."""
    data = np.round(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)
    return data[nearest]
