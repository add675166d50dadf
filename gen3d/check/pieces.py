# SPDX-License-Identifier: Apache-2.0
"""A file's triangles in the world at rest, and the humanoid among its nodes: what checks look at.

A skinned vertex at rest is where its joints' rest matrices put it (glTF 2.0, section 3.7.3.3); the
transform of a skinned mesh node itself counts for nothing there.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int32
from scipy.sparse import csr_matrix

from gen3d.check.report import Number
from gen3d.export.accessors import damaged
from gen3d.export.document import Document, PrimitiveData, SkinData
from gen3d.export.gltf_read import naming_of
from gen3d.skeleton import JOINTS, NAMINGS

_FARTHEST_METRES = 1e9


@dataclass(frozen=True)
class Binding:
    """Skin weights of a piece; columns are the nodes of the file."""

    influences: csr_matrix
    T_node_rest: Float64[np.ndarray, "nodes 4 4"]
    """Inverse bind matrices by node (identity for nodes that are no joint)."""
    largest_count: int
    """Most joints that hold one vertex."""


@dataclass(frozen=True)
class Piece:
    """One primitive where a node shows it."""

    name: str
    node: int
    primitive: PrimitiveData
    verts: Float64[np.ndarray, "verts 3"]
    """World, rest pose, metres."""
    binding: Binding | None

    @property
    def faces(self) -> Int32[np.ndarray, "faces 3"]:
        """Triangles."""
        return self.primitive.faces

    @property
    def uvs(self) -> Float32[np.ndarray, "verts 2"] | None:
        """First UV set."""
        return self.primitive.attributes.get("TEXCOORD_0")

    @functools.cached_property
    def face_areas(self) -> Float64[np.ndarray, "faces"]:
        """Area of each triangle, square metres."""
        a, b, c = np.moveaxis(self.verts[self.faces], 1, 0)
        return 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)


@dataclass(frozen=True)
class Humanoid:
    """Bones of a known naming convention."""

    naming: str
    node_of: dict[str, int]
    """House name → node, for the bones that are there."""
    positions: dict[str, Float64[np.ndarray, "3"]]
    """Rest positions in the world."""


def pieces_of(document: Document) -> tuple[Piece, ...]:
    """Every primitive of every mesh node."""
    return tuple(
        _piece(document, index, number)
        for index, node in enumerate(document.nodes)
        if node.mesh is not None
        for number in range(len(document.meshes[node.mesh].primitives))
    )


def _piece(document: Document, index: int, number: int) -> Piece:
    node = document.nodes[index]
    mesh = document.meshes[node.mesh or 0]
    primitive = mesh.primitives[number]
    name = str(primitive.extras.get("name", "")) or f"{mesh.name or node.name}[{number}]"
    binding = None
    if node.skin is not None and "JOINTS_0" in primitive.attributes:
        binding = _binding(document, primitive, document.skins[node.skin])
    if binding is None:
        world = document.T_world_node[index]
        verts = primitive.verts @ world[:3, :3].T + world[:3, 3]
    else:
        verts = pose(binding, primitive.verts, document.T_world_node)
    if not float(np.abs(verts).max()) < _FARTHEST_METRES:
        raise damaged(f"the transforms of {name!r} put it out of the world")
    return Piece(name, index, primitive, verts.astype(np.float64), binding)


def _binding(document: Document, primitive: PrimitiveData, skin: SkinData) -> Binding:
    attributes = primitive.attributes
    sets = [name[7:] for name in attributes if name.startswith("JOINTS_")]
    sets = [number for number in sets if f"WEIGHTS_{number}" in attributes]
    joints = np.concatenate([attributes[f"JOINTS_{n}"] for n in sets], axis=1).astype(np.int64)
    weights = np.concatenate([attributes[f"WEIGHTS_{n}"] for n in sets], axis=1).astype(np.float64)
    rows = np.repeat(np.arange(len(joints)), joints.shape[1])
    nodes = np.asarray(skin.joints)[joints]
    shape = (len(joints), len(document.nodes))
    inverse = np.tile(np.eye(4), (len(document.nodes), 1, 1))
    inverse[list(skin.joints)] = skin.T_joint_rest
    return Binding(
        influences=csr_matrix((weights.ravel(), (rows, nodes.ravel())), shape=shape),
        T_node_rest=inverse,
        largest_count=int(np.count_nonzero(weights, axis=1).max()),
    )


def pose(
    binding: Binding,
    verts: Float32[np.ndarray, "verts 3"],
    T_world_node: Float64[np.ndarray, "nodes 4 4"],
) -> Float64[np.ndarray, "verts 3"]:
    """Linear blend skinning of rest vertices by world matrices of the nodes."""
    matrices = (T_world_node @ binding.T_node_rest)[:, :3].reshape(-1, 12)
    blended = np.asarray(binding.influences @ matrices).reshape(-1, 3, 4)
    return np.einsum("vij,vj->vi", blended[..., :3], verts) + blended[..., 3]


def humanoid_of(document: Document) -> Humanoid | None:
    """The humanoid of the first naming convention that fits the skinned joints, if any."""
    joints = sorted({joint for skin in document.skins for joint in skin.joints})
    names = {document.nodes[joint].name: joint for joint in reversed(joints)}
    naming = naming_of(set(names))
    if not naming:
        return None
    table = NAMINGS[naming]
    node_of = {house: names[table[house]] for house in JOINTS if table.get(house) in names}
    world = document.T_world_node
    return Humanoid(naming, node_of, {name: world[i, :3, 3] for name, i in node_of.items()})


def all_faces(pieces: Sequence[Piece]) -> int:
    """Triangles of all pieces."""
    return sum(len(piece.faces) for piece in pieces)


def share(part: Number, whole: Number) -> float:
    """Per cent, zero of nothing."""
    return 100.0 * part / whole if whole else 0.0
