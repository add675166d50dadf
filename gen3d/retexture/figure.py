# SPDX-License-Identifier: Apache-2.0
"""A rigged figure of the user's: its pieces as they rest, with what each vertex is a part of.

Positions are in a space of our own: +Y up, +Z where the figure faces, soles at 0, metres of a
figure 1.75 m tall whatever the file's unit is, so that stripes have the width of stripes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Float64, Int32

from gen3d.errors import Gen3dError
from gen3d.export.document import Document, PrimitiveData
from gen3d.export.whole import document_of, read_whole, rows_of, shown_nodes
from gen3d.retexture.names import Called, called
from gen3d.retexture.zones import node_zones, vertex_zones

HEIGHT = 1.75
_COMPRESSIONS = ("KHR_draco_mesh_compression", "EXT_meshopt_compression")


@dataclass(frozen=True)
class Piece:
    """One primitive of one node."""

    node: int
    mesh: int
    primitive: int
    material: int
    """-1 where it has none."""
    verts: Float64[np.ndarray, "verts 3"]
    faces: Int32[np.ndarray, "faces 3"]
    zones: Float64[np.ndarray, "verts zones"]
    attributes: Mapping[str, np.ndarray]
    called: Called


@dataclass(frozen=True)
class Figure:
    """A whole file."""

    name: str
    content: Mapping[str, Any]
    """Its JSON, with everything inside; never changed."""
    binary: bytes
    document: Document
    pieces: tuple[Piece, ...]
    T_ours_file: Float[np.ndarray, "4 4"]
    eyes: Float64[np.ndarray, "eyes 3"]
    """Places of the eyes' bones, where the rig has them."""


def open_figure(path: Path) -> tuple[dict[str, Any], bytes, Document]:
    """Read a file and make sure that it can be painted.

    Raises:
        Gen3dError: It is damaged, compressed, has no rig or no geometry.
    """
    content, binary = read_whole(path, "--from")
    _refuse_compressed(content, path.name)
    document = document_of(content, binary, path.name)
    shown = [document.nodes[index] for index in shown_nodes(document)]
    if not any(node.mesh is not None for node in shown):
        raise Gen3dError(f"{path.name} shows no geometry.", "Export the figure's mesh with it.")
    if not any(node.mesh is not None and node.skin is not None for node in shown):
        raise Gen3dError(
            f"{path.name} has no rig, so nothing tells its sleeves from its trousers.",
            f"Give it one first: gen3d avatar --rig {path.name}",
        )
    return content, binary, document


def _refuse_compressed(content: Mapping[str, Any], name: str) -> None:
    used = content.get("extensionsUsed") or []
    packed = next((key for key in _COMPRESSIONS if key in used), None)
    if packed is not None:
        raise Gen3dError(
            f"{name} is compressed ({packed}), which cannot be read here.",
            "Export it without compression.",
        )


def figure_of(
    content: Mapping[str, Any],
    binary: bytes,
    document: Document,
    name: str,
    bones: Mapping[str, int],
) -> Figure:
    """The figure in a file.

    Args:
        content: Its JSON.
        binary: Its bytes.
        document: Both, read.
        name: Of the file.
        bones: Our joints to nodes; empty where its rig is no person's.
    """
    zones = node_zones(document, bones)
    world = [
        (index, order, primitive, _rest(document, index, primitive))
        for index in shown_nodes(document)
        if document.nodes[index].mesh is not None
        for order, primitive in enumerate(
            document.meshes[document.nodes[index].mesh or 0].primitives
        )
        if len(primitive.faces)
    ]
    if not world:
        raise Gen3dError(f"{name} shows no triangles.", "Export the figure's mesh with it.")
    matrix = _upright(np.concatenate([verts for *_, verts in world]), document, bones)
    pieces = tuple(
        Piece(
            node=index,
            mesh=document.nodes[index].mesh or 0,
            primitive=order,
            material=-1 if primitive.material is None else primitive.material,
            verts=verts @ matrix[:3, :3].T + matrix[:3, 3],
            faces=primitive.faces,
            zones=_shares(document, index, primitive, zones),
            attributes=primitive.attributes,
            called=called(_names(content, document, index, primitive)),
        )
        for index, order, primitive, verts in world
    )
    places = [document.T_world_node[bones[b], :3, 3] for b in ("leftEye", "rightEye") if b in bones]
    eyes = np.array(places).reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]
    return Figure(Path(name).stem, content, binary, document, pieces, matrix, eyes)


def influences(primitive: PrimitiveData) -> tuple[np.ndarray, np.ndarray]:
    """All joints and weights of each vertex."""
    sets = sorted(n for n in primitive.attributes if n.startswith("JOINTS_"))
    joints = np.concatenate([primitive.attributes[n] for n in sets], axis=1).astype(np.int64)
    weights = np.concatenate(
        [primitive.attributes[n.replace("JOINTS", "WEIGHTS")] for n in sets], axis=1
    ).astype(np.float64)
    return joints, weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)


def _rest(document: Document, index: int, primitive: PrimitiveData) -> np.ndarray:
    """Where the scene shows a primitive's vertices, in the file's world."""
    node = document.nodes[index]
    verts = primitive.verts.astype(np.float64)
    if node.skin is None or "JOINTS_0" not in primitive.attributes:
        matrix = document.T_world_node[index]
        return verts @ matrix[:3, :3].T + matrix[:3, 3]
    skin = document.skins[node.skin]
    matrices = document.T_world_node[list(skin.joints)] @ skin.T_joint_rest
    joints, weights = influences(primitive)
    posed = np.zeros_like(verts)
    for slot in range(joints.shape[1]):
        own = matrices[joints[:, slot]]
        moved = np.einsum("vij,vj->vi", own[:, :3, :3], verts) + own[:, :3, 3]
        posed += weights[:, slot, None] * moved
    return posed


def _shares(
    document: Document, index: int, primitive: PrimitiveData, zones: np.ndarray
) -> np.ndarray:
    node = document.nodes[index]
    if node.skin is None or "JOINTS_0" not in primitive.attributes:
        joints = np.full((len(primitive.verts), 1), index)
        return vertex_zones(joints, np.ones(joints.shape), zones)
    joints, weights = influences(primitive)
    return vertex_zones(joints, weights, zones[list(document.skins[node.skin].joints)])


def _upright(
    verts: np.ndarray, document: Document, bones: Mapping[str, int]
) -> Float[np.ndarray, "4 4"]:
    """Similarity from the file's world to ours."""
    up, ahead = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
    if {"leftUpperLeg", "rightUpperLeg"} <= set(bones):
        left, right = (
            document.T_world_node[bones[f"{s}UpperLeg"], :3, 3] for s in ("left", "right")
        )
        across = np.cross(left - right, up)
        length = np.linalg.norm(across)
        ahead = across / length if length > 1e-9 else ahead
    turn = np.stack([np.cross(up, ahead), up, ahead])
    turned = verts @ turn.T
    low, high = turned.min(axis=0), turned.max(axis=0)
    size = HEIGHT / max(float(high[1] - low[1]), 1e-9)
    middle = 0.5 * (low + high)
    matrix = np.eye(4)
    matrix[:3, :3] = turn * size
    matrix[:3, 3] = -size * np.array([middle[0], low[1], middle[2]])
    return matrix


def _names(
    content: Mapping[str, Any], document: Document, index: int, primitive: PrimitiveData
) -> list[str]:
    """What the file calls a primitive, the most telling kind of name first."""
    node = document.nodes[index]
    names = [str(primitive.extras.get(key, "")) for key in ("slot", "name")]
    if primitive.material is not None:
        names.append(str(rows_of(content, "materials")[primitive.material].get("name", "")))
    names += [document.meshes[node.mesh or 0].name, node.name]
    if primitive.material is not None:
        pbr = document.materials[primitive.material].pbr_metallic_roughness
        picture = document.picture_of(pbr.base_color_texture) if pbr else None
        names.append("" if picture is None else document.pictures[picture].name)
    return names
