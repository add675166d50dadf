# SPDX-License-Identifier: Apache-2.0
"""From fragments to surface points: interpolation, tangent frames, texture lookups.

Everything is laid out as columns (``3 rays``). This is the part that every visibility back end
shares: it reads a face and barycentrics and never asks who found them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32

from gen3d.render.raycast import Hits
from gen3d.render.surface import Surface
from gen3d.render.textures import sample

_MASK_SHARPNESS = 4.0


@dataclass(frozen=True)
class Points:
    """Geometry where rays hit."""

    position: Float32[np.ndarray, "3 rays"]
    shadow_origin: Float32[np.ndarray, "3 rays"]
    """Where light rays start: lifted onto the smooth surface that the normals describe."""
    normal: Float32[np.ndarray, "3 rays"]
    """Unit, interpolated, on the viewer's side."""
    facet: Float32[np.ndarray, "3 rays"]
    """Unit normal of the flat triangle, on the viewer's side."""
    tangent: Float32[np.ndarray, "3 rays"]
    """Direction in which u grows, not orthogonalised."""
    bitangent: Float32[np.ndarray, "3 rays"]
    """Direction in which v grows (down the picture)."""
    uv: Float32[np.ndarray, "2 rays"]
    front: Bool[np.ndarray, "rays"]
    """Whether the ray met the outside."""
    part: Int32[np.ndarray, "rays"]
    footprint: Float32[np.ndarray, "rays"]
    """Width of a pixel in texture coordinates (unit squares)."""


@dataclass(frozen=True)
class Appearance:
    """Material values where rays hit, linear."""

    base: Float32[np.ndarray, "3 rays"]
    alpha: Float32[np.ndarray, "rays"]
    metallic: Float32[np.ndarray, "rays"]
    roughness: Float32[np.ndarray, "rays"]
    emissive: Float32[np.ndarray, "3 rays"]
    normal: Float32[np.ndarray, "3 rays"]
    """Unit normal with the normal map in it."""
    skin: Float32[np.ndarray, "rays"]


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Scalar product of columns."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def unit(a: np.ndarray) -> np.ndarray:
    """Columns scaled to length 1."""
    return a / np.maximum(np.sqrt(dot(a, a)), np.float32(1e-12))


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Vector product of columns."""
    return np.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def interpolate(
    surface: Surface,
    verts: Float32[np.ndarray, "verts 3"],
    normals: Float32[np.ndarray, "verts 3"],
    hits: Hits,
    directions: Float32[np.ndarray, "3 rays"],
    pixel_angle: float,
) -> Points:
    """Surface points of fragments that all hit something.

    Args:
        surface: The packed scene.
        verts: Posed positions.
        normals: Posed unit normals.
        hits: What is seen; every ``face >= 0``.
        directions: Unit rays that found them.
        pixel_angle: Angle of one pixel, radians.
    """
    corners = np.take(surface.faces, hits.face, axis=0)
    a, b, c = (_columns(verts, corners[:, i]) for i in range(3))
    na, nb, nc = (_columns(normals, corners[:, i]) for i in range(3))
    uvs = [_columns(surface.uvs, corners[:, i]) for i in range(3)]
    w = hits.barycentrics
    position = a * w[0] + b * w[1] + c * w[2]
    facet = unit(cross(b - a, c - a))
    facing = -dot(facet, directions)
    side = np.where(facing >= 0.0, np.float32(1.0), np.float32(-1.0))
    normal = unit(na * w[0] + nb * w[1] + nc * w[2]) * side
    tangent, bitangent = _tangents(b - a, c - a, uvs)
    density = np.take(surface.texel_density, hits.face)
    slant = np.maximum(np.abs(facing), np.float32(0.2))
    return Points(
        position=position,
        shadow_origin=_lifted(position, (a, b, c), (na * side, nb * side, nc * side), w),
        normal=_towards_viewer(normal, directions),
        facet=facet * side,
        tangent=tangent,
        bitangent=bitangent,
        uv=uvs[0] * w[0] + uvs[1] * w[1] + uvs[2] * w[2],
        front=facing >= 0.0,
        part=np.take(surface.part_of_face, hits.face),
        footprint=hits.depth * np.float32(pixel_angle) * density / np.sqrt(slant),
    )


def _columns(table: np.ndarray, index: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(np.take(table, index, axis=0).T)


def _tangents(
    edge1: np.ndarray, edge2: np.ndarray, uvs: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Unit directions of growing u and v in the triangle's plane (solve for the UV Jacobian)."""
    d1, d2 = uvs[1] - uvs[0], uvs[2] - uvs[0]
    determinant = d1[0] * d2[1] - d2[0] * d1[1]
    sign = np.where(determinant >= 0.0, np.float32(1.0), np.float32(-1.0))
    tangent = (edge1 * d2[1] - edge2 * d1[1]) * sign
    bitangent = (edge2 * d1[0] - edge1 * d2[0]) * sign
    return unit(tangent), unit(bitangent)


def _lifted(
    position: np.ndarray,
    corners: tuple[np.ndarray, ...],
    normals: tuple[np.ndarray, ...],
    weights: np.ndarray,
) -> np.ndarray:
    """Point moved out to the curved surface (Hanika 2021, "Hacking the shadow terminator").

    Projects onto each corner's tangent plane where that lies above, and blends; it keeps coarse
    triangles from shadowing themselves where light grazes.
    """
    lifted = position.copy()
    for corner, normal, weight in zip(corners, normals, weights, strict=True):
        below = np.minimum(dot(position - corner, normal), 0.0)
        lifted -= normal * (below * weight)
    return lifted


def _towards_viewer(normal: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """Bend interpolated normals that look away from the viewer back to grazing."""
    away = np.maximum(dot(normal, directions) + np.float32(0.01), 0.0)
    return unit(normal - directions * away)


def appearance(surface: Surface, points: Points) -> Appearance:
    """Material values at surface points."""
    materials, part = surface.materials, points.part
    base = _lookup(surface, np.take(materials.base_texture, part), points, srgb=True)
    factor = _columns(materials.base_color, part)
    gloss = _lookup(surface, np.take(materials.surface_texture, part), points, srgb=False)
    scale = _columns(materials.metallic_roughness, part)
    alpha = _coverage(surface, part, base[3] * factor[3])
    hidden = ~points.front & ~np.take(materials.double_sided, part)
    return Appearance(
        base=base[:3] * factor[:3],
        alpha=np.where(hidden, np.float32(0.0), alpha),
        metallic=gloss[2] * scale[0],
        roughness=np.clip(gloss[1] * scale[1], 0.045, 1.0),
        emissive=_columns(materials.emissive, part),
        normal=_mapped_normal(surface, points),
        skin=np.take(materials.skin, part),
    )


def _lookup(surface: Surface, texture: np.ndarray, points: Points, *, srgb: bool) -> np.ndarray:
    """Texture values; rays without that texture skip the gathers and get ones."""
    result = np.ones((4, len(texture)), np.float32)
    used = np.flatnonzero(texture > 0)
    if len(used):
        pool, chosen = surface.materials.textures, texture[used]
        side = np.sqrt(np.float32(1.0) * pool.widths[chosen, 0] * pool.heights[chosen, 0])
        level = np.log2(np.maximum(points.footprint[used] * side, 1e-6)).astype(np.float32)
        result[:, used] = sample(pool, chosen, points.uv[:, used], level, srgb=srgb)
    return result


def _coverage(surface: Surface, part: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Opacity by alpha mode; a mask's edge is softened over the texels around its threshold."""
    mode = np.take(surface.materials.mode, part)
    cutoff = np.take(surface.materials.cutoff, part)
    mask = np.clip((alpha - cutoff) * np.float32(_MASK_SHARPNESS) + np.float32(0.5), 0.0, 1.0)
    return np.where(mode == 0, np.float32(1.0), np.where(mode == 1, mask, alpha))


def _mapped_normal(surface: Surface, points: Points) -> np.ndarray:
    texture = np.take(surface.materials.normal_texture, points.part)
    used = np.flatnonzero(texture > 0)
    if not len(used):
        return points.normal
    bumps = _lookup(surface, texture, points, srgb=False)[:3, used] * 2.0 - 1.0
    normal = points.normal[:, used]
    tangent = points.tangent[:, used]
    tangent = unit(tangent - normal * dot(normal, tangent))
    # glTF's green points up the picture, against growing v.
    upward = -points.bitangent[:, used]
    upward = upward - normal * dot(normal, upward)
    upward = unit(upward - tangent * dot(tangent, upward))
    result = points.normal.copy()
    result[:, used] = unit(tangent * bumps[0] + upward * bumps[1] + normal * bumps[2])
    return result
