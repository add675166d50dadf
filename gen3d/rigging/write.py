# SPDX-License-Identifier: Apache-2.0
"""A rig put into a user's file, everything else as it was.

The file's binary data comes out byte for byte, followed by ours (joints, weights, bind matrices);
no vertex, UV, material or picture is touched. Size, up and facing are put right in the inverse bind
matrices alone: they take vertices as stored to each joint, wherever the file's nodes had them.
glTF 2.0 (section 3.7.3) ignores the transform of a node with a skin, so such nodes become roots of
the scene without one; groups that nothing is left in go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from gen3d.errors import Gen3dError
from gen3d.export import schema
from gen3d.export.buffers import INDEX_DATA, VERTEX_DATA, BufferBuilder
from gen3d.export.container import pad4
from gen3d.export.whole import packed, rows_of, told
from gen3d.rigging.source import Piece, Source
from gen3d.skeleton import NAMINGS
from gen3d.types import Skeleton, Skin

_OWN_TRANSFORM = ("matrix", "translation", "rotation", "scale")
_KEEPS = ("children", "mesh", "camera", "skin", "extensions", "extras")
"""A node with one of these is for something."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Binding:
    """What is put into a file."""

    skeleton: Skeleton
    """In our world, resting unrotated."""
    skin: Skin
    """Of all vertices of the source, one after the other."""
    T_ours_file: Float[np.ndarray, "4 4"]
    """Similarity from the file's world to ours."""


def rigged_bytes(
    source: Source, binding: Binding, *, naming: str, extras: Mapping[str, object] | None = None
) -> bytes:
    """The bytes of the rigged file.

    Args:
        source: The file as it was.
        binding: Its rig.
        naming: Bone names: a key of :data:`gen3d.skeleton.NAMINGS`.
        extras: JSON values for ``asset.extras``.

    Raises:
        Gen3dError: ``naming`` is unknown.
    """
    if naming not in NAMINGS:
        raise Gen3dError(f"Bone naming {naming!r} is unknown.", f"Choose one of {sorted(NAMINGS)}.")
    writer = _Writer(source, binding)
    for node in dict.fromkeys(piece.node for piece in source.pieces):
        writer.bind(node)
    writer.add_joints(NAMINGS[naming])
    content = writer.finished(extras)
    return packed(content, pad4(source.binary) + writer.buffers.binary())


class _Writer:
    """The file's JSON while the rig goes in."""

    def __init__(self, source: Source, binding: Binding) -> None:
        self.source, self.binding = source, binding
        self.buffers = BufferBuilder()
        self._content = dict(source.content)
        self._nodes = [dict(row) for row in rows_of(source.content, "nodes")]
        self._meshes = [dict(row) for row in rows_of(source.content, "meshes")]
        self._accessors = rows_of(source.content, "accessors")
        self._skins: list[Row] = []
        self._free = set(range(len(self._meshes)))
        """Meshes that no bound node has taken yet."""
        self._roots: list[int] = []
        self._first_joint = 0

    def bind(self, node: int) -> None:
        """Give a node's mesh its weights and the node a skin, at the root of the scene."""
        mesh = self._weighted(node)
        row = self._nodes[node]
        skin = self._skin_for(node)
        parts = {"mesh": mesh, "skin": skin}
        if self._stands_alone(node):
            kept = {key: value for key, value in row.items() if key not in _OWN_TRANSFORM}
            self._nodes[node] = kept | parts
            self._roots.append(node)
            return
        # Something else hangs on it or moves it: that stays, the mesh gets a node of its own.
        named = {"name": f"{row['name']}_mesh"} if row.get("name") else {}
        self._nodes[node] = {k: v for k, v in row.items() if k not in ("mesh", "weights")}
        morphed = {"weights": row["weights"]} if "weights" in row else {}
        self._roots.append(len(self._nodes))
        self._nodes.append(named | parts | morphed)

    def _stands_alone(self, node: int) -> bool:
        row = self._nodes[node]
        used = {"children", "camera", "extensions"} & set(row)
        return not used and node not in _animated(self.source)

    def _weighted(self, node: int) -> int:
        """Number of the node's mesh with weights; a copy where other nodes show it too."""
        number = int(self._nodes[node]["mesh"])
        mesh = dict(rows_of(self.source.content, "meshes")[number])
        rows = [dict(row) for row in mesh["primitives"]]
        starts = np.cumsum([0, *(len(piece.verts) for piece in self.source.pieces)])
        for piece, start in zip(self.source.pieces, starts, strict=False):
            if piece.node == node:
                self._weigh(rows[piece.primitive], piece, slice(start, start + len(piece.verts)))
        mesh["primitives"] = rows
        if number in self._free:
            self._free.remove(number)
            self._meshes[number] = mesh
            return number
        self._meshes.append(mesh)
        return len(self._meshes) - 1

    def _weigh(self, row: Row, piece: Piece, own: slice) -> None:
        skin, first = self.binding.skin, len(self._accessors)
        joints = self.buffers.add(skin.joints[own].astype(np.uint8), VERTEX_DATA)
        weights = self.buffers.add(skin.weights[own].astype(np.float32), VERTEX_DATA)
        attributes = {
            name: index
            for name, index in row["attributes"].items()
            if not name.startswith(("JOINTS_", "WEIGHTS_"))
        }
        row["attributes"] = attributes | {"JOINTS_0": first + joints, "WEIGHTS_0": first + weights}
        if self._mirrored(piece.node) and len(piece.faces):
            # The node's mirror goes into the bind matrices, which do not turn faces round.
            faces = piece.faces.astype(np.uint32).ravel()
            row["indices"] = first + self.buffers.add(faces, INDEX_DATA)

    def _mirrored(self, node: int) -> bool:
        return bool(np.linalg.det(self.source.document.T_world_node[node][:3, :3]) < 0.0)

    def _skin_for(self, node: int) -> int:
        """Skin that binds vertices as this node's mesh stores them."""
        whole = self.binding.T_ours_file @ self.source.document.T_world_node[node]
        places = self.binding.skeleton.positions.astype(np.float64)
        matrices = np.tile(whole, (len(places), 1, 1))
        matrices[:, :3, 3] -= places
        stored = np.ascontiguousarray(matrices.transpose(0, 2, 1)).astype(np.float32)
        accessor = len(self._accessors) + self.buffers.add(stored)
        for number, skin in enumerate(self._skins):
            if skin["inverseBindMatrices"] == accessor:
                return number
        self._skins.append({"inverseBindMatrices": accessor})
        return len(self._skins) - 1

    def add_joints(self, names: Mapping[str, str]) -> None:
        """The skeleton's nodes, after all others; nodes of the file give way to its names."""
        skeleton, first = self.binding.skeleton, len(self._nodes)
        taken = {names[name] for name in skeleton.names}
        for row in self._nodes:
            if row.get("name") in taken:
                row["name"] = f"{row['name']}_mesh"
        for joint, name in enumerate(skeleton.names):
            children = [first + i for i, parent in enumerate(skeleton.parents) if parent == joint]
            row: Row = {"name": names[name], "children": children} if children else {}
            row |= {"name": names[name]}
            if skeleton.offsets[joint].any():
                row["translation"] = skeleton.offsets[joint].tolist()
            self._nodes.append(row)
        joints = list(range(first, len(self._nodes)))
        self._skins = [{**skin, "joints": joints, "skeleton": first} for skin in self._skins]
        self._first_joint = first

    def finished(self, extras: Mapping[str, object] | None) -> Row:
        """The whole JSON."""
        content = self._content
        content |= {"meshes": self._meshes, "skins": self._skins}
        self._hang_up(content)
        start = len(pad4(self.source.binary))
        views = rows_of(content, "bufferViews")
        first_view = len(views)
        views += [
            row | {"byteOffset": start + row.get("byteOffset", 0)}
            for row in map(_json, self.buffers.views)
        ]
        accessors = [
            *self._accessors,
            *(
                row | {"bufferView": first_view + row["bufferView"]}
                for row in map(_json, self.buffers.accessors)
            ),
        ]
        content |= {"bufferViews": views, "accessors": accessors}
        buffer = dict(rows_of(content, "buffers")[0])
        content["buffers"] = [buffer | {"byteLength": start + len(self.buffers.binary())}]
        return content | {"asset": told(content, extras)}

    def _hang_up(self, content: Row) -> None:
        """Bound nodes and the skeleton to the root of the scene, empty groups away."""
        for row in self._nodes:
            if "children" in row:
                left = [child for child in row["children"] if child not in self._roots]
                row["children"] = left
                if not left:
                    del row["children"]
        scenes = [dict(row) for row in rows_of(content, "scenes")] or [{}]
        shown = content.get("scene", 0)
        content["scene"] = shown
        before = [n for n in scenes[shown].get("nodes", self._tops()) if n not in self._roots]
        scenes[shown]["nodes"] = [self._first_joint, *before, *self._roots]
        content |= {"scenes": scenes, "nodes": self._nodes}
        _prune(content, _animated(self.source))

    def _tops(self) -> list[int]:
        nodes = self.source.document.nodes
        return [index for index, node in enumerate(nodes) if node.parent < 0]


def _json(value: schema.Property) -> Row:
    return value.model_dump(mode="json", by_alias=True, exclude_none=True)


def _animated(source: Source) -> set[int]:
    animations = source.document.gltf.animations or ()
    nodes = [channel.target.node for a in animations for channel in a.channels]
    return {node for node in nodes if node is not None}


def _prune(content: Row, animated: set[int]) -> None:
    """Drop nodes that are for nothing, groups of them too, and renumber the rest."""
    nodes: list[Row] = content["nodes"]
    joints = set(content["skins"][0]["joints"])
    gone: set[int] = set()
    while True:
        empty = {
            index
            for index, row in enumerate(nodes)
            if index not in gone | animated | joints
            and not any(key in row and row[key] != [] for key in _KEEPS)
        }
        if not empty:
            break
        gone |= empty
        for row in nodes:
            if "children" in row:
                row["children"] = [child for child in row["children"] if child not in gone]
    kept = [index for index in range(len(nodes)) if index not in gone]
    number = {index: new for new, index in enumerate(kept)}
    content["nodes"] = [_renumbered(nodes[index], "children", number) for index in kept]
    content["scenes"] = [_renumbered(row, "nodes", number) for row in content["scenes"]]
    content["skins"] = [
        _renumbered(row, "joints", number) | {"skeleton": number[row["skeleton"]]}
        for row in content["skins"]
    ]
    if "animations" in content:
        content["animations"] = [_retargeted(row, number) for row in content["animations"]]


def _renumbered(row: Row, key: str, number: Mapping[int, int]) -> Row:
    if key not in row:
        return row
    left = [number[index] for index in row[key] if index in number]
    return {k: v for k, v in row.items() if k != key} | ({key: left} if left else {})


def _retargeted(animation: Row, number: Mapping[int, int]) -> Row:
    channels: list[Row] = []
    for channel in animation["channels"]:
        target = dict(channel["target"])
        if "node" in target:
            target["node"] = number[target["node"]]
        channels.append({**channel, "target": target})
    return {**animation, "channels": channels}
