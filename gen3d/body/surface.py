# SPDX-License-Identifier: Apache-2.0
"""From faces of the base mesh to skinned, UV-mapped parts.

Everything that follows the body is a *linear map of base vertices*: positions, weights and morphs
of a part are rows of base data, so a part cut once follows every body shape and every face shape.
Seams are split, normals are smooth across them, influences are pruned to four.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Float32, Int, Int32

from gen3d.body.body import ShapedBody
from gen3d.types import Material, Mesh, Part, Skin

_KEPT = 4
_MORPH_NOISE = 1e-5
"""Metres below which a morph offset is dropped: a hundredth of a millimetre."""


def triangulate(quads: Int[np.ndarray, "quads 4"]) -> Int32[np.ndarray, "triangles 3"]:
    """Split quads along one diagonal, each quad's two triangles next to each other."""
    return (
        np.stack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]], axis=1).reshape(-1, 3).astype(np.int32)
    )


def vertex_normals(
    verts: Float[np.ndarray, "verts 3"], faces: Int[np.ndarray, "faces 3"]
) -> Float32[np.ndarray, "verts 3"]:
    """Angle-weighted vertex normals (Thürmer and Wüthrich 1998); zero where no face meets."""
    corners = verts[faces]
    edges = np.roll(corners, -1, axis=1) - corners
    unit = edges / np.maximum(np.linalg.norm(edges, axis=-1, keepdims=True), 1e-12)
    cosines = -np.sum(unit * np.roll(unit, 1, axis=1), axis=-1)
    angles = np.arccos(np.clip(cosines, -1.0, 1.0))
    face_normals = np.cross(edges[:, 0], edges[:, 1])
    face_normals /= np.maximum(np.linalg.norm(face_normals, axis=-1, keepdims=True), 1e-12)
    # One sum over all corners, in their order, for each axis: far quicker than adding in place.
    owners = faces.T.reshape(-1)
    shares = (face_normals * angles.T[..., None]).reshape(-1, 3)
    sums = [np.bincount(owners, shares[:, axis], len(verts)) for axis in range(3)]
    normals = np.stack(sums, axis=1)
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    return (normals / np.maximum(length, 1e-12)).astype(np.float32)


def four_influences(weights: Float[np.ndarray, "verts joints"]) -> Skin:
    """Keep the four largest influences of each vertex and renormalise.

    Raises:
        ValueError: A vertex follows no joint at all.
    """
    weightless = int((weights.sum(axis=1) <= 0).sum())
    if weightless:
        raise ValueError(f"{weightless} of {len(weights)} vertices follow no joint")
    joints = np.argsort(-weights, axis=1, kind="stable")[:, :_KEPT]
    kept = np.take_along_axis(weights, joints, axis=1)
    kept = np.where(kept < 1e-4 * kept[:, :1], 0.0, kept)
    kept = kept / kept.sum(axis=1, keepdims=True)
    joints = np.where(kept > 0, joints, 0)
    return Skin(joints.astype(np.uint16), kept.astype(np.float32))


def split_seams(
    faces: Int[np.ndarray, "faces 3"], face_uvs: Int[np.ndarray, "faces 3"]
) -> tuple[Int[np.ndarray, "verts"], Int[np.ndarray, "verts"], Int32[np.ndarray, "faces 3"]]:
    """One vertex for each used (position, UV) pair: position index, UV index, and the new faces."""
    pairs = np.stack([faces.ravel(), face_uvs.ravel()], axis=1)
    unique, inverse = np.unique(pairs, axis=0, return_inverse=True)
    return unique[:, 0], unique[:, 1], inverse.reshape(-1, 3).astype(np.int32)


def with_faces(part: Part, faces: Int[np.ndarray, "faces 3"]) -> Part:
    """The part with only some of its triangles, and only the vertices that they use."""
    used, compact = np.unique(faces, return_inverse=True)
    mesh = part.mesh
    return replace(
        part,
        mesh=Mesh(
            mesh.verts[used],
            compact.reshape(-1, 3).astype(np.int32),
            mesh.normals[used],
            mesh.uvs[used],
        ),
        skin=Skin(part.skin.joints[used], part.skin.weights[used]),
        morphs={name: offsets[used] for name, offsets in part.morphs.items()},
    )


def kept_morphs(
    shaped: ShapedBody, source: Int[np.ndarray, "verts"], *, drop_empty: bool
) -> dict[str, Float32[np.ndarray, "verts 3"]]:
    """Face morphs of the chosen base vertices; tiny offsets are zeroed."""
    morphs: dict[str, np.ndarray] = {}
    for name, dense in shaped.face_morphs.items():
        offsets = dense[source]
        offsets = np.where(np.abs(offsets).max(axis=1, keepdims=True) < _MORPH_NOISE, 0.0, offsets)
        if offsets.any() or not drop_empty:
            morphs[name] = offsets.astype(np.float32)
    return morphs


def base_part(
    shaped: ShapedBody,
    groups: tuple[str, ...],
    *,
    name: str,
    group: str,
    slot: str,
    material: Material,
    kept: Mapping[str, np.ndarray] | None = None,
) -> Part:
    """A part made of whole face groups of the base mesh, in place, with all 52 face morphs.

    Args:
        shaped: The person.
        groups: Face groups of the base mesh (:data:`gen3d.body.data.GROUPS`).
        name: Name of the part.
        group: Parts of one group become one glTF mesh.
        slot: What the part is.
        material: Its surface.
        kept: For a face group, a boolean per triangle: False drops it (covered by clothes).
    """
    data = shaped.data
    faces, uvs, all_faces = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    for g in groups:
        tri, tri_uv = triangulate(data.quads[g]), triangulate(data.quad_uvs[g])
        keep = kept[g] if kept and g in kept else np.ones(len(tri), dtype=bool)
        all_faces.append(tri)
        faces.append(tri[keep])
        uvs.append(tri_uv[keep])
    source, uv_source, new_faces = split_seams(np.concatenate(faces), np.concatenate(uvs))
    normals = vertex_normals(shaped.verts, np.concatenate(all_faces))
    return Part(
        name=name,
        group=group,
        slot=slot,
        mesh=Mesh(shaped.verts[source], new_faces, normals[source], data.uvs[uv_source]),
        skin=four_influences(shaped.weights[source]),
        material=material,
        morphs=kept_morphs(shaped, source, drop_empty=False),
    )
