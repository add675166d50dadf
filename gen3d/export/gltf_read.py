# SPDX-License-Identifier: Apache-2.0
"""Read a GLB strictly, and take our own files back to the :class:`Character` they were made from.

``to_character(read_glb(path))`` equals what :func:`gen3d.export.gltf.write_glb` was given, up to
float32 rounding of rotations and weights, order of a vertex's influences, PNG (lossless), morph
offsets below a hundredth of a millimetre and 0.4 % of an expression in a clip's face. Files of
other programs are read as a :class:`Document`; they become a character only if bones are named by
one of our tables and rest unrotated.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jaxtyping import Float32
from pydantic import ValidationError

from gen3d import types
from gen3d.errors import Gen3dError
from gen3d.export import schema
from gen3d.export.accessors import damaged
from gen3d.export.assemble import build
from gen3d.export.container import read_bytes, unpack
from gen3d.export.document import (
    AnimationData,
    Document,
    MeshData,
    NodeData,
    PrimitiveData,
    mapping_of,
)
from gen3d.export.faces import curves_of
from gen3d.export.materials import EMISSIVE_STRENGTH
from gen3d.skeleton import NAMINGS

__all__ = ["Document", "materials_of", "naming_of", "read_glb", "to_character"]

_MOST_WEIGHTS = 1 << 24
"""Frames times morph targets of a face; a minute at 60 a second has a hundredth of it."""


def read_glb(path: Path) -> Document:
    """Read a file and follow every reference in it.

    Raises:
        Gen3dError: It cannot be read, is damaged, or needs what this reader does not know.
    """
    data = read_bytes(path)
    text, binary = unpack(data, path.name)
    try:
        gltf = schema.Gltf.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "JSON"
        raise damaged(f"{where}: {first['msg']}") from error
    return build(gltf, binary, path.name, len(data))


def naming_of(names: set[str]) -> str:
    """The naming table that covers most of these node names; empty when none covers any.

    ``root`` says nothing, since several conventions have one.
    """
    hits = {key: len(names & (set(table.values()) - {"root"})) for key, table in NAMINGS.items()}
    best = max(hits, key=lambda key: hits[key])
    return best if hits[best] else ""


def to_character(document: Document) -> types.Character:
    """Rebuild the character of a file written by this project.

    Raises:
        Gen3dError: The file holds something else.
    """
    document.decode_pictures()
    skeleton = _skeleton(document)
    materials = materials_of(document)
    parts = tuple(
        _part(mesh, primitive, materials)
        for node in document.nodes
        if node.mesh is not None and node.skin is not None
        for mesh in [document.meshes[node.mesh]]
        for primitive in mesh.primitives
    )
    scene = (document.gltf.scenes or (schema.Scene(),))[0]
    return types.Character(
        name=scene.name or document.name,
        skeleton=skeleton,
        parts=parts,
        clips=tuple(_clip(a, document, skeleton) for a in document.animations),
        height=_number(mapping_of(scene.extras).get("height", 0.0), "height"),
    )


def _foreign(why: str) -> Gen3dError:
    return Gen3dError(
        f"The file is no character of this project: {why}.", "Use a GLB that gen3d wrote."
    )


def _number(value: object, what: str) -> float:
    if not isinstance(value, int | float):
        raise _foreign(f"{what} is {value!r}, not a number")
    return float(value)


def _skeleton(document: Document) -> types.Skeleton:
    if len(document.skins) != 1:
        raise _foreign(f"it has {len(document.skins)} skins")
    joints = document.skins[0].joints
    nodes = [document.nodes[joint] for joint in joints]
    naming = naming_of({node.name for node in nodes})
    if not naming:
        raise _foreign("its bones have names of no known convention")
    house = {name: vrm for vrm, name in NAMINGS[naming].items()}
    if any(not _unrotated(node) for node in nodes):
        raise _foreign("its bones are rotated or scaled at rest")
    place = {joint: index for index, joint in enumerate(joints)}
    parents = tuple(place.get(node.parent, -1) for node in nodes)
    if any(parent >= index for index, parent in enumerate(parents)):
        raise _foreign("its bones do not come parents first")
    names = tuple(house.get(node.name, node.name) for node in nodes)
    if missing := {"root", "hips"} - set(names):
        raise _foreign(f"it has no bone {min(missing)}")
    return types.Skeleton(
        names=names,
        parents=parents,
        positions=document.T_world_node[list(joints), :3, 3].astype(np.float32),
    )


def _unrotated(node: NodeData) -> bool:
    return bool(np.allclose(node.T_parent_node[:3, :3], np.eye(3), atol=1e-6))


def materials_of(document: Document) -> list[types.Material]:
    """Materials with their decoded pictures, in the file's order."""
    textures = [
        types.Texture(picture.name, picture.pixels) if used else None
        for index, picture in enumerate(document.pictures)
        for used in [_is_used(document, index)]
    ]
    return [_material(document, material, textures) for material in document.materials]


def _is_used(document: Document, picture: int) -> bool:
    return any(texture.source == picture for texture in document.gltf.textures or ())


def _material(
    document: Document, material: schema.Material, textures: list[types.Texture | None]
) -> types.Material:
    def texture(info: schema.TextureInfo | None) -> types.Texture | None:
        picture = document.picture_of(info)
        return None if picture is None else textures[picture]

    pbr = material.pbr_metallic_roughness or schema.MetallicRoughness()
    emission = mapping_of((material.extensions or {}).get(EMISSIVE_STRENGTH))
    strength = _number(emission.get("emissiveStrength", 1.0), "emissiveStrength")
    red, green, blue = material.emissive_factor or (0.0, 0.0, 0.0)
    return types.Material(
        name=material.name or "",
        base_color=pbr.base_color_factor or (1.0, 1.0, 1.0, 1.0),
        metallic=1.0 if pbr.metallic_factor is None else pbr.metallic_factor,
        roughness=1.0 if pbr.roughness_factor is None else pbr.roughness_factor,
        emissive=(red * strength, green * strength, blue * strength),
        base_color_texture=texture(pbr.base_color_texture),
        metallic_roughness_texture=texture(pbr.metallic_roughness_texture),
        normal_texture=texture(material.normal_texture),
        double_sided=bool(material.double_sided),
        alpha_mode=material.alpha_mode or "OPAQUE",
        alpha_cutoff=0.5 if material.alpha_cutoff is None else material.alpha_cutoff,
    )


def _part(mesh: MeshData, primitive: PrimitiveData, materials: list[types.Material]) -> types.Part:
    arrays = primitive.attributes
    missing = {"NORMAL", "TEXCOORD_0", "JOINTS_0", "WEIGHTS_0"} - set(arrays)
    if missing or primitive.material is None:
        raise _foreign(f"a primitive has no {', '.join(sorted(missing)) or 'material'}")
    if len(mesh.target_names) != len(primitive.targets):
        raise _foreign("its morph targets have no names")
    zero = np.zeros_like(primitive.verts)
    targets = zip(mesh.target_names, primitive.targets, strict=True)
    return types.Part(
        name=str(primitive.extras.get("name", "")),
        group=mesh.name,
        slot=str(primitive.extras.get("slot", "")),
        mesh=types.Mesh(primitive.verts, primitive.faces, arrays["NORMAL"], arrays["TEXCOORD_0"]),
        skin=types.Skin(arrays["JOINTS_0"].astype(np.uint16), arrays["WEIGHTS_0"]),
        material=materials[primitive.material],
        morphs={name: target.get("POSITION", zero) for name, target in targets},
    )


def _clip(animation: AnimationData, document: Document, skeleton: types.Skeleton) -> types.Clip:
    fps = _number(animation.extras.get("fps"), "fps")
    frames = int(_number(animation.extras.get("frames"), "frames"))
    if not (fps > 0 and 0 < frames <= 1_000_000):
        raise _foreign(f"clip {animation.name!r} has {frames} frames at {fps} fps")
    place = {joint: index for index, joint in enumerate(document.skins[0].joints)}
    rotations = np.tile(np.array([1, 0, 0, 0], dtype=np.float32), (frames, len(skeleton.names), 1))
    moves = {
        name: np.tile(skeleton.offsets[skeleton.index(name)], (frames, 1))
        for name in ("root", "hips")
    }
    for track in animation.tracks:
        joint = place.get(track.node, -1)
        if joint >= 0 and track.path == "rotation":
            rotations[:, joint] = _spread(track.values, frames)[:, [3, 0, 1, 2]]
        elif joint >= 0 and skeleton.names[joint] in moves and track.path == "translation":
            moves[skeleton.names[joint]] = _spread(track.values, frames)
    return types.Clip(
        name=animation.name,
        fps=fps,
        rotations=rotations,
        root_positions=moves["root"],
        hips_positions=moves["hips"],
        loop=bool(animation.extras.get("loop", False)),
        face=_face(animation, document, frames, fps),
    )


def _face(
    animation: AnimationData, document: Document, frames: int, fps: float
) -> dict[str, Float32[np.ndarray, "frames"]]:
    """Curves of all morph targets that the animation moves."""
    face: dict[str, np.ndarray] = {}
    for track in animation.tracks:
        mesh = document.nodes[track.node].mesh
        if track.path != "weights" or mesh is None:
            continue
        targets = document.meshes[mesh].target_names
        if len(targets) != track.values.shape[1] or frames * len(targets) > _MOST_WEIGHTS:
            raise _foreign(f"clip {animation.name!r} moves {track.values.shape[1]} morph targets")
        face = {**curves_of(track.times, track.values, targets, frames, fps), **face}
    return face


def _spread(values: Float32[np.ndarray, "keys n"], frames: int) -> Float32[np.ndarray, "frames n"]:
    """A value for every frame: a channel has a key for each, or stands still."""
    if len(values) == frames:
        return values
    if np.ptp(values, axis=0).max() > 1e-5:
        raise _foreign(f"a channel of {frames} frames has {len(values)} keys")
    return np.tile(values[:1], (frames, 1))
