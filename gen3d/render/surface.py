# SPDX-License-Identifier: Apache-2.0
"""A character packed for rendering: one vertex array, one face array, material tables.

Nothing here knows about light or cameras. ``pack`` runs once per character; posing replaces only
positions and normals.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int32

from gen3d.render.textures import TexturePool, pool, sample
from gen3d.types import Character, Material, Part, Texture

MODES = ("OPAQUE", "MASK", "BLEND")
SKIN_SLOTS = frozenset({"body"})
OPAQUE_ENOUGH = 0.5
"""Mean alpha above which a face of a see-through material still casts shadows."""


@dataclass(frozen=True)
class Materials:
    """Material values by part; texture numbers point into the pool (0 = none, white)."""

    base_color: Float32[np.ndarray, "parts 4"]
    metallic_roughness: Float32[np.ndarray, "parts 2"]
    emissive: Float32[np.ndarray, "parts 3"]
    base_texture: Int32[np.ndarray, "parts"]
    surface_texture: Int32[np.ndarray, "parts"]
    normal_texture: Int32[np.ndarray, "parts"]
    double_sided: Bool[np.ndarray, "parts"]
    mode: Int32[np.ndarray, "parts"]
    """Index into :data:`MODES`."""
    cutoff: Float32[np.ndarray, "parts"]
    skin: Float32[np.ndarray, "parts"]
    """1 where light wraps softly around (living skin), else 0."""
    textures: TexturePool


@dataclass(frozen=True)
class Surface:
    """Rest geometry of all parts, merged."""

    verts: Float32[np.ndarray, "verts 3"]
    normals: Float32[np.ndarray, "verts 3"]
    uvs: Float32[np.ndarray, "verts 2"]
    joints: Int32[np.ndarray, "verts 4"]
    weights: Float32[np.ndarray, "verts 4"]
    faces: Int32[np.ndarray, "faces 3"]
    part_of_face: Int32[np.ndarray, "faces"]
    texel_density: Float32[np.ndarray, "faces"]
    """Square root of texture area (in unit squares) per square metre: UV units a metre."""
    occludes: Bool[np.ndarray, "faces"]
    """Whether the face stops shadow rays: false for see-through hair and lash cards."""
    materials: Materials


def pack(parts: tuple[Part, ...]) -> Surface:
    """Merge parts into one surface."""
    counts = [len(part.mesh.verts) for part in parts]
    offsets = np.concatenate([[0], np.cumsum(counts)[:-1]])
    faces = np.concatenate(
        [p.mesh.faces + offset for p, offset in zip(parts, offsets, strict=True)]
    ).astype(np.int32)
    part_of_face = np.repeat(np.arange(len(parts)), [len(p.mesh.faces) for p in parts])
    verts = np.concatenate([p.mesh.verts for p in parts])
    uvs = np.concatenate([p.mesh.uvs for p in parts])
    materials = _materials([p.material for p in parts], [p.slot for p in parts])
    part_of_face = part_of_face.astype(np.int32)
    return Surface(
        verts=verts,
        normals=np.concatenate([p.mesh.normals for p in parts]),
        uvs=uvs,
        joints=np.concatenate([p.skin.joints for p in parts]).astype(np.int32),
        weights=np.concatenate([p.skin.weights for p in parts]),
        faces=faces,
        part_of_face=part_of_face,
        texel_density=_texel_density(verts, uvs, faces),
        occludes=_occluders(materials, uvs, faces, part_of_face),
        materials=materials,
    )


def pack_character(character: Character) -> Surface:
    """Merge all parts of a character."""
    return pack(character.parts)


def _materials(materials: list[Material], slots: list[str]) -> Materials:
    numbers: dict[int, int] = {}
    textures: list[tuple[Texture, bool]] = []

    def number(texture: Texture | None, *, srgb: bool) -> int:
        if texture is None:
            return 0
        if id(texture) not in numbers:
            textures.append((texture, srgb))
            numbers[id(texture)] = len(textures)
        return numbers[id(texture)]

    base = [number(m.base_color_texture, srgb=True) for m in materials]
    surface = [number(m.metallic_roughness_texture, srgb=False) for m in materials]
    normal = [number(m.normal_texture, srgb=False) for m in materials]
    return Materials(
        base_color=np.array([m.base_color for m in materials], np.float32),
        metallic_roughness=np.array([(m.metallic, m.roughness) for m in materials], np.float32),
        emissive=np.array([m.emissive for m in materials], np.float32),
        base_texture=np.array(base, np.int32),
        surface_texture=np.array(surface, np.int32),
        normal_texture=np.array(normal, np.int32),
        double_sided=np.array([m.double_sided for m in materials]),
        mode=np.array([MODES.index(m.alpha_mode) for m in materials], np.int32),
        cutoff=np.array([m.alpha_cutoff for m in materials], np.float32),
        skin=np.array([slot in SKIN_SLOTS for slot in slots], np.float32),
        textures=pool(textures),
    )


def _texel_density(verts: np.ndarray, uvs: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = (verts[faces[:, i]] for i in range(3))
    world = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    u, v, w = (uvs[faces[:, i]] for i in range(3))
    e, f = v - u, w - u
    flat = np.abs(e[:, 0] * f[:, 1] - e[:, 1] * f[:, 0])
    return np.sqrt(flat / np.maximum(world, 1e-12)).astype(np.float32)


def _occluders(
    materials: Materials, uvs: np.ndarray, faces: np.ndarray, part_of_face: np.ndarray
) -> np.ndarray:
    """Faces of opaque materials, and those whose mean alpha is at least one half."""
    centre = uvs[faces].mean(axis=1).T.astype(np.float32)
    texture = materials.base_texture[part_of_face]
    coarse = np.full(len(faces), 2.0, np.float32)
    alpha = sample(materials.textures, texture, centre, coarse, srgb=True)[3]
    alpha = alpha * materials.base_color[part_of_face, 3]
    return (materials.mode[part_of_face] == 0) | (alpha >= OPAQUE_ENOUGH)
