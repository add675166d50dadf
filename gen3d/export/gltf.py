# SPDX-License-Identifier: Apache-2.0
"""A :class:`gen3d.types.Character` as one glTF 2.0 binary file, written by hand.

What the file holds: the joints as nodes with translations only (identity rest), node ``n`` = joint
``n``; one skinned mesh node per part group as a scene root beside the skeleton, one primitive per
part, all with the group's morph targets, named in ``mesh.extras.targetNames``; PNG textures;
tangents where there is a normal map; one animation per clip, faces included. No extension is
required to read it. Same character, same bytes.

What it leaves out: normal offsets of morph targets (they would double the size of the face; engines
keep the rest normals, which small expressions hardly show), and compression.

Specification: Khronos glTF 2.0. Axes need no conversion: +Y up, +Z forward, metres is ours too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from jaxtyping import Float32

import gen3d
from gen3d.errors import Gen3dError
from gen3d.export import container, schema
from gen3d.export.buffers import INDEX_DATA, VERTEX_DATA, BufferBuilder, smallest_unsigned
from gen3d.export.clips import add_clips
from gen3d.export.faces import FaceNode
from gen3d.export.influences import joint_attribute, tidy
from gen3d.export.materials import REPEAT_MIPMAPPED, MaterialTables, add_materials
from gen3d.export.tangents import vertex_tangents
from gen3d.skeleton import NAMINGS
from gen3d.transforms import normalize
from gen3d.types import Character, Mesh, Part, Skeleton

_STILL_METRES = 1e-5
"""Morph offsets below a hundredth of a millimetre are left out: no picture shows them."""


@dataclass(frozen=True)
class _Group:
    """The parts of one glTF mesh and the morph targets that they share."""

    name: str
    parts: tuple[Part, ...]
    targets: tuple[str, ...]


def write_glb(
    character: Character,
    path: Path,
    *,
    naming: str = "vrm",
    extras: Mapping[str, object] | None = None,
) -> None:
    """Write a character so that the file is there completely or not at all.

    Args:
        character: What to write.
        path: The ``.glb`` file; replaced when it exists.
        naming: Bone names: a key of :data:`gen3d.skeleton.NAMINGS`.
        extras: JSON values for ``asset.extras``: prompt, seed, models, licences.

    Raises:
        Gen3dError: The place cannot be written, or ``naming`` is unknown.
        ValueError: The character breaks a promise of :mod:`gen3d.types`.
    """
    container.write_bytes(path, glb_bytes(character, naming=naming, extras=extras))


def glb_bytes(
    character: Character, *, naming: str = "vrm", extras: Mapping[str, object] | None = None
) -> bytes:
    """The bytes of the file; see :func:`write_glb`."""
    if naming not in NAMINGS:
        raise Gen3dError(f"Bone naming {naming!r} is unknown.", f"Choose one of {sorted(NAMINGS)}.")
    buffers = BufferBuilder()
    groups = _groups(character.parts)
    surfaces = add_materials([part.material for part in character.parts], buffers)
    meshes = tuple(_mesh(g, character.skeleton, surfaces, buffers) for g in groups)
    joints = _joint_nodes(character.skeleton, naming)
    skin = _skin(character, buffers)
    faces = _face_nodes(groups, len(joints))
    animations = add_clips(character.clips, character.skeleton, buffers, faces)
    document = schema.Gltf(
        asset=schema.Asset(
            version="2.0",
            generator=f"gen3d {gen3d.__version__}",
            extras=dict(extras) if extras else None,
        ),
        extensions_used=surfaces.extensions_used or None,
        scene=0,
        scenes=(_scene(character, naming, len(joints), len(groups)),),
        nodes=(*joints, *_mesh_nodes(groups, joints)),
        meshes=meshes or None,
        skins=(skin,),
        animations=animations or None,
        materials=surfaces.materials or None,
        textures=surfaces.textures or None,
        images=surfaces.images or None,
        samplers=(REPEAT_MIPMAPPED,) if surfaces.textures else None,
        accessors=tuple(buffers.accessors),
        buffer_views=tuple(buffers.views),
        buffers=(schema.Buffer(byte_length=len(buffers.binary())),),
    )
    text = document.model_dump_json(by_alias=True, exclude_none=True)
    return container.pack(text.encode(), buffers.binary())


def _groups(parts: Sequence[Part]) -> list[_Group]:
    """Parts by group, both in order of first mention.

    A part without one of its group's morph targets does not move with it.
    """
    order = {name: rank for rank, name in reversed(list(enumerate(p.group for p in parts)))}
    ranked = sorted(parts, key=lambda part: order[part.group])
    groups: list[_Group] = []
    for name, members in groupby(ranked, key=lambda part: part.group):
        mine = tuple(members)
        targets = dict.fromkeys(target for part in mine for target in part.morphs)
        groups.append(_Group(name, mine, tuple(targets)))
    return groups


def _scene(character: Character, naming: str, joints: int, groups: int) -> schema.Scene:
    facts = {"height": character.height, "naming": naming}
    roots = (0, *range(joints, joints + groups))
    return schema.Scene(name=character.name, nodes=roots, extras=facts)


def _joint_nodes(skeleton: Skeleton, naming: str) -> list[schema.Node]:
    names = NAMINGS[naming]
    children: dict[int, list[int]] = {}
    for joint, parent in enumerate(skeleton.parents):
        children.setdefault(parent, []).append(joint)
    return [
        schema.Node(
            name=names.get(name, name),
            translation=_vec3(offset),
            children=tuple(children[joint]) if joint in children else None,
        )
        for joint, (name, offset) in enumerate(zip(skeleton.names, skeleton.offsets, strict=True))
    ]


def _vec3(v: Float32[np.ndarray, "3"]) -> schema.Vec3 | None:
    x, y, z = (float(number) for number in v)
    return (x, y, z) if any((x, y, z)) else None


def _mesh_nodes(groups: Sequence[_Group], joints: Sequence[schema.Node]) -> list[schema.Node]:
    taken = {node.name for node in joints}
    return [
        schema.Node(
            # Engines find nodes by name: a group called like a bone steps aside.
            name=f"{group.name}_mesh" if group.name in taken else group.name,
            mesh=index,
            skin=0,
        )
        for index, group in enumerate(groups)
    ]


def _face_nodes(groups: Sequence[_Group], joints: int) -> list[FaceNode]:
    """Mesh nodes, which follow the joints, that have morph targets."""
    return [FaceNode(joints + i, group.targets) for i, group in enumerate(groups) if group.targets]


def _skin(character: Character, buffers: BufferBuilder) -> schema.Skin:
    positions = character.skeleton.positions
    inverse = np.tile(np.eye(4, dtype=np.float32), (len(positions), 1, 1))
    # Rest rotations are the identity, so the inverse only moves the joint to the origin. Matrices
    # are stored by columns: the translation is the last row of this array.
    inverse[:, 3, :3] = -positions
    return schema.Skin(
        name=character.name,
        joints=tuple(range(len(positions))),
        skeleton=0,
        inverse_bind_matrices=buffers.add(inverse),
    )


def _mesh(
    group: _Group, skeleton: Skeleton, surfaces: MaterialTables, buffers: BufferBuilder
) -> schema.Mesh:
    count = len(group.targets)
    return schema.Mesh(
        name=group.name,
        primitives=tuple(
            _primitive(part, group.targets, skeleton, surfaces, buffers) for part in group.parts
        ),
        weights=(0.0,) * count if count else None,
        extras={"targetNames": list(group.targets)} if count else None,
    )


def _primitive(
    part: Part,
    targets: tuple[str, ...],
    skeleton: Skeleton,
    surfaces: MaterialTables,
    buffers: BufferBuilder,
) -> schema.Primitive:
    _require_sound(part)
    faces = part.mesh.faces.ravel()
    indices = smallest_unsigned(faces, len(part.mesh.verts))
    morphs = tuple({"POSITION": buffers.add_offsets(_offsets(part, name))} for name in targets)
    return schema.Primitive(
        attributes=_attributes(part, skeleton, buffers),
        indices=buffers.add(indices, INDEX_DATA),
        material=surfaces.number_of[id(part.material)],
        targets=morphs or None,
        extras={"name": part.name, "slot": part.slot},
    )


def _attributes(part: Part, skeleton: Skeleton, buffers: BufferBuilder) -> dict[str, int]:
    mesh = part.mesh
    joints = len(skeleton.names)
    try:
        skin = tidy(part.skin, joints)
    except ValueError as error:
        raise ValueError(f"part {part.name!r}: {error}") from error
    normals = unit_normals(mesh)
    arrays = {"POSITION": mesh.verts, "NORMAL": normals}
    if part.material.normal_texture is not None:
        arrays["TANGENT"] = vertex_tangents(mesh.verts, mesh.faces, normals, mesh.uvs)
    arrays["TEXCOORD_0"] = mesh.uvs
    arrays["JOINTS_0"] = joint_attribute(skin.joints, joints)
    arrays["WEIGHTS_0"] = skin.weights
    return {
        name: buffers.add(array, VERTEX_DATA, bounds=name == "POSITION")
        for name, array in arrays.items()
    }


def unit_normals(mesh: Mesh) -> Float32[np.ndarray, "verts 3"]:
    """Normals of exactly unit length; +Y for a vertex that has none (it spans no area)."""
    lengths = np.linalg.norm(mesh.normals, axis=1, keepdims=True)
    up = np.array([0.0, 1.0, 0.0])
    unit = normalize(mesh.normals.astype(np.float64))
    return np.where(lengths > 1e-6, unit, up).astype(np.float32)


def _offsets(part: Part, target: str) -> Float32[np.ndarray, "verts 3"]:
    if target not in part.morphs:
        return np.zeros_like(part.mesh.verts)
    offsets = part.morphs[target]
    moved = np.any(np.abs(offsets) >= _STILL_METRES, axis=1, keepdims=True)
    return np.where(moved, offsets, 0.0).astype(np.float32)


def _require_sound(part: Part) -> None:
    mesh = part.mesh
    arrays = (mesh.verts, mesh.normals, mesh.uvs, *part.morphs.values())
    if not all(np.all(np.isfinite(array)) for array in arrays):
        raise ValueError(f"part {part.name!r} holds numbers that are not finite")
    if not len(mesh.faces):
        raise ValueError(f"part {part.name!r} has no faces")
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.verts):
        raise ValueError(f"part {part.name!r} has a face that names a vertex it does not have")
    if any(len(offsets) != len(mesh.verts) for offsets in part.morphs.values()):
        raise ValueError(f"part {part.name!r} has a morph of another vertex count")
