# SPDX-License-Identifier: Apache-2.0
"""A user's rigged GLB, read whole: the figure in it as a :class:`~motion.rig.Rig`.

The rig is the skins' joints and what they hang on, at rest as the skin is bound; scale of nodes
goes into the lengths. Meshes, materials and pictures are not decoded, so compression is no matter.
VRM files (0.x and 1.0) say themselves which bone is which. :mod:`motion.character_write` puts a
motion in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from jaxtyping import Float
from pydantic import ValidationError

from gen3d import transforms
from gen3d.errors import Gen3dError
from gen3d.export import schema
from gen3d.export.accessors import damaged, decode, pick
from gen3d.export.container import unpack
from gen3d.skeleton import JOINTS
from motion.importers.gltf_file import GltfFile, open_gltf
from motion.importers.reading import bytes_of
from motion.mapping import BoneMap, declared, load_map, map_bones
from motion.rig import Rig

_UNEVEN = 0.02
"""Largest difference of a bone's scales along its axes, as a share."""
_LARGEST = 1e9
_MOST_SOLE = 0.25
"""Skin that lies deeper under the lowest joint than this share of the figure is no sole."""
_VRM0_THUMB = {"ThumbProximal": "ThumbMetacarpal", "ThumbIntermediate": "ThumbProximal"}
"""VRM 0.x numbers the thumb's joints one later than VRM 1.0."""


@dataclass(frozen=True)
class FaceMesh:
    """A node whose mesh has named morph targets."""

    node: int
    targets: tuple[str, ...]
    weights: tuple[float, ...]
    """As the file rests."""


@dataclass(frozen=True)
class CharacterFile:
    """A file, whole, and the figure in it."""

    name: str
    content: Mapping[str, Any]
    """Its JSON; never changed."""
    binary: bytes
    rig: Rig
    nodes: tuple[int, ...]
    """Node of each joint of the rig."""
    sizes: Float[np.ndarray, "joints"]
    """Metres of a unit of each joint's translation: the scale of all above it."""
    stances: tuple[tuple[np.ndarray, np.ndarray], ...]
    """Rotation (wxyz) and translation that each joint's node has in the file."""
    faces: tuple[FaceMesh, ...]
    ground: float | None
    """Height of the lowest skinned vertex at rest, metres, where the file tells it."""
    stated: Mapping[str, str]
    """What the file itself says of its bones: ours to theirs."""


def read_character(path: Path) -> CharacterFile:
    """Read a rigged GLB.

    Raises:
        Gen3dError: It is damaged, holds no skin, or keeps its data elsewhere.
    """
    text, binary = unpack(bytes_of(path), path.name)
    file = open_gltf(path)
    content: dict[str, Any] = json.loads(text)
    if file.gltf.buffers and content["buffers"][0].get("uri") is not None:
        raise Gen3dError(
            f"{path.name} keeps its data in another file.", "Export it as one self-contained GLB."
        )
    if not file.gltf.skins:
        raise Gen3dError(
            f"{path.name} holds no skinned figure.", "Export the character with its armature."
        )
    nodes = _figure(file)
    sizes = _sizes(file, nodes)
    stances = tuple(_stance(file.nodes[node])[:2] for node in nodes)
    rig = _rig(file, nodes, sizes, stances)
    return CharacterFile(
        name=path.stem,
        content=content,
        binary=binary,
        rig=rig,
        nodes=tuple(nodes),
        sizes=sizes,
        stances=stances,
        faces=_faces(file, content),
        ground=_ground(file, content, rig, nodes),
        stated=_stated(content, {node: rig.names[i] for i, node in enumerate(nodes)}),
    )


def bones_of(character: CharacterFile, map_file: Path | None = None) -> BoneMap:
    """Which bone is which: by the user's file, by what the GLB says, or found.

    Args:
        character: The file.
        map_file: A map of the user's (:func:`motion.mapping.load_map`).

    Raises:
        Gen3dError: The map does not fit, or the figure is no biped.
    """
    if map_file is not None:
        return load_map(map_file, character.rig)
    if character.stated:
        try:
            return declared(character.rig, character.stated, "vrm")
        except Gen3dError:
            # A file that contradicts itself is looked at like any other.
            return map_bones(character.rig)
    return map_bones(character.rig)


def _table(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _rows(value: object) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def _figure(file: GltfFile) -> list[int]:
    """Nodes of all skins' joints and of what they hang on, parents first."""
    wanted: set[int] = set()
    for skin in file.gltf.skins or ():
        for joint in skin.joints:
            pick(file.nodes, joint, "node")
            node = joint
            while node >= 0 and node not in wanted:
                wanted.add(node)
                node = file.parents[node]
    order: list[int] = []
    pending = sorted((node for node in wanted if file.parents[node] < 0), reverse=True)
    while pending:
        order.append(pending.pop())
        below = [child for child in file.nodes[order[-1]].children or () if child in wanted]
        pending += below[::-1]
    return order


def _stance(node: schema.Node) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turn (wxyz), place and scale of a node in its parent."""
    given = (*(node.matrix or ()), *(node.translation or ()), *(node.rotation or ()))
    if max(map(abs, (*given, *(node.scale or ()))), default=0.0) > _LARGEST:
        raise damaged("a node is farther away than anything can be")
    if node.matrix is not None:
        return _parts(np.array(node.matrix, dtype=np.float64).reshape(4, 4).T)
    turn = np.roll(np.array(node.rotation or (0.0, 0.0, 0.0, 1.0), dtype=np.float64), 1)
    place = np.array(node.translation or (0.0, 0.0, 0.0), dtype=np.float64)
    return transforms.normalize(turn), place, np.array(node.scale or (1.0, 1.0, 1.0))


def _parts(matrix: Float[np.ndarray, "4 4"]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turn, place and scale of an affine matrix without shear or mirror."""
    scale = np.linalg.norm(matrix[:3, :3], axis=0)
    if not (scale > 1e-9).all() or np.linalg.det(matrix[:3, :3]) <= 0.0:
        raise damaged("a joint is mirrored or has no size")
    return transforms.from_matrix(matrix[:3, :3] / scale), matrix[:3, 3].copy(), scale


def _sizes(file: GltfFile, nodes: Sequence[int]) -> Float[np.ndarray, "joints"]:
    """Metres of a unit of each node's translation."""
    number = {node: index for index, node in enumerate(nodes)}
    whole = np.ones(len(nodes))
    for index, node in enumerate(nodes):
        parent = file.parents[node]
        if parent < 0:
            continue
        scale = np.abs(_stance(file.nodes[parent])[2])
        if np.ptp(scale) > _UNEVEN * float(scale.max()) or not float(scale.min()) > 1e-9:
            name = file.nodes[parent].name or f"node {parent}"
            raise Gen3dError(
                f"The bone {name!r} is scaled unevenly.", "Apply its scale and export again."
            )
        whole[index] = whole[number[parent]] * float(scale.mean())
    return whole


def _rig(
    file: GltfFile,
    nodes: Sequence[int],
    sizes: Float[np.ndarray, "joints"],
    stances: Sequence[tuple[np.ndarray, np.ndarray]],
) -> Rig:
    number = {node: index for index, node in enumerate(nodes)}
    bound = _bound(file)
    rest = [bound.get(node, stance) for node, stance in zip(nodes, stances, strict=True)]
    names: dict[str, None] = {}
    for node in nodes:
        name = file.nodes[node].name or f"node{node}"
        names[name if name not in names else f"{name}#{node}"] = None
    return Rig(
        names=tuple(names),
        parents=tuple(number.get(file.parents[node], -1) for node in nodes),
        offsets=np.stack([place for _, place in rest]) * sizes[:, None],
        turns=np.stack([turn for turn, _ in rest]),
    )


def _bound(file: GltfFile) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Turn and place in its parent, as the skin is bound, of each joint whose parent is one too."""
    bound: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for skin in file.gltf.skins or ():
        matrices = _bind_matrices(file, skin)
        for joint, matrix in matrices.items():
            parent = matrices.get(file.parents[joint])
            if parent is not None and joint not in bound:
                bound[joint] = _parts(parent @ np.linalg.inv(matrix))[:2]
    return bound


def _bind_matrices(file: GltfFile, skin: schema.Skin) -> dict[int, Float[np.ndarray, "4 4"]]:
    if skin.inverse_bind_matrices is None:
        return {}
    matrices = decode(file.gltf, file.binary, skin.inverse_bind_matrices).astype(np.float64)
    if matrices.shape != (len(skin.joints), 4, 4):
        raise damaged("a skin's bind matrices do not fit its joints")
    # Cofactors of a figure in kilometres or micrometres would still be far from these limits.
    if (np.abs(np.linalg.det(matrices)) < 1e-15).any() or np.abs(matrices).max() > 1e9:
        raise damaged("a skin's bind matrix cannot be inverted")
    return dict(zip(skin.joints, matrices, strict=True))


def _faces(file: GltfFile, content: Mapping[str, Any]) -> tuple[FaceMesh, ...]:
    """Nodes whose meshes have named morph targets."""
    meshes = [_mesh(row) for row in _rows(content.get("meshes"))]
    found: list[FaceMesh] = []
    for index, node in enumerate(file.nodes):
        if node.mesh is None:
            continue
        mesh = pick(meshes, node.mesh, "mesh")
        count = len(mesh.primitives[0].targets or ())
        names = tuple(str(n) for n in _rows(_table(mesh.extras).get("targetNames")))
        if count and len(names) == count:
            own = _rows(_table(content["nodes"][index]).get("weights"))
            weights = _weights(own or list(mesh.weights or ()), count)
            found.append(FaceMesh(index, names, weights))
    return tuple(found)


def _mesh(row: object) -> schema.Mesh:
    try:
        return schema.Mesh.model_validate_json(json.dumps(row))
    except ValidationError as error:
        raise damaged(f"a mesh: {error.errors()[0]['msg']}") from error


def _weights(given: list[Any], count: int) -> tuple[float, ...]:
    """Rest weights of morph targets: none where the file gives none."""
    if not given:
        return (0.0,) * count
    if len(given) != count or not all(isinstance(w, int | float) for w in given):
        raise damaged(f"{len(given)} weights do not fit {count} morph targets")
    return tuple(float(w) for w in given)


def _world(file: GltfFile, node: int) -> Float[np.ndarray, "4 4"]:
    """World matrix of a node as the file rests."""
    matrix = np.eye(4)
    while node >= 0:
        turn, place, scale = _stance(file.nodes[node])
        local = np.eye(4)
        local[:3, :3] = transforms.to_matrix(turn) * scale
        local[:3, 3] = place
        matrix, node = local @ matrix, file.parents[node]
    return matrix


def _ground(
    file: GltfFile, content: Mapping[str, Any], rig: Rig, nodes: Sequence[int]
) -> float | None:
    """Height of the lowest skinned vertex, by the bounds that the file gives of its positions."""
    low = [y for node in file.nodes for y in _lows(file, content, node)]
    _, places = rig.world()
    joints = [i for i, node in enumerate(nodes) if _is_joint(file, node)]
    lowest, height = float(places[joints, 1].min()), float(np.ptp(places[joints, 1]))
    if not low or not lowest - _MOST_SOLE * height < min(low) < lowest + 0.05 * height:
        return None
    return min(low)


def _is_joint(file: GltfFile, node: int) -> bool:
    return any(node in skin.joints for skin in file.gltf.skins or ())


def _lows(file: GltfFile, content: Mapping[str, Any], node: schema.Node) -> list[float]:
    """Lowest heights of a skinned node's primitives."""
    if node.mesh is None or node.skin is None:
        return []
    skin = pick(file.gltf.skins, node.skin, "skin")
    binding = _bind_matrices(file, skin)
    top = next((j for j in skin.joints if file.parents[j] not in skin.joints), skin.joints[0])
    # Bound vertices are in a space of their own; the topmost joint says where that space lies.
    matrix = _world(file, top) @ binding.get(top, np.eye(4))
    lows: list[float] = []
    for primitive in _mesh(pick(_rows(content.get("meshes")), node.mesh, "mesh")).primitives:
        accessor = pick(file.gltf.accessors, primitive.attributes.get("POSITION", -1), "accessor")
        if accessor.min is not None and accessor.max is not None and len(accessor.min) == 3:
            ends = np.stack([np.array(accessor.min), np.array(accessor.max)])
            corners = np.stack(np.meshgrid(*ends.T, indexing="ij"), axis=-1).reshape(-1, 3)
            lows.append(float((corners @ matrix[:3, :3].T + matrix[:3, 3])[:, 1].min()))
    return lows


def _stated(content: Mapping[str, Any], names: Mapping[int, str]) -> dict[str, str]:
    """Bones that a VRM extension names, as far as they are ours and in the rig."""
    extensions = _table(content.get("extensions"))
    newer = _table(_table(_table(extensions.get("VRMC_vrm")).get("humanoid")).get("humanBones"))
    pairs = [(ours, _table(row).get("node")) for ours, row in newer.items()]
    older = _rows(_table(_table(extensions.get("VRM")).get("humanoid")).get("humanBones"))
    pairs += [(_renamed(str(_table(r).get("bone"))), _table(r).get("node")) for r in older]
    return {
        ours: names[node]
        for ours, node in pairs
        if ours in JOINTS and isinstance(node, int) and node in names
    }


def _renamed(bone: str) -> str:
    side = bone[: 4 if bone.startswith("left") else 5]
    part = bone.removeprefix(side)
    return side + _VRM0_THUMB.get(part, part)
