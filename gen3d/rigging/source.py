# SPDX-License-Identifier: Apache-2.0
"""An unrigged figure as its file holds it: JSON, a block of bytes, and its triangles in the world.

How files are read: :mod:`gen3d.export.whole`. Only nodes of the scene that is shown count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int32

from gen3d.errors import Gen3dError
from gen3d.export.document import Document
from gen3d.export.whole import document_of, read_whole, shown_nodes


@dataclass(frozen=True)
class Piece:
    """One primitive of one node, as the scene shows it."""

    node: int
    primitive: int
    verts: Float[np.ndarray, "verts 3"]
    """In the file's world."""
    faces: Int32[np.ndarray, "faces 3"]
    """Facing as the file means it; none where it is points or lines."""


@dataclass(frozen=True)
class Source:
    """A whole file."""

    name: str
    content: Mapping[str, Any]
    """Its JSON, with everything inside; never changed."""
    binary: bytes
    document: Document
    pieces: tuple[Piece, ...]

    @property
    def verts(self) -> Float[np.ndarray, "verts 3"]:
        """Of all pieces, one after the other."""
        return np.concatenate([piece.verts for piece in self.pieces])

    @property
    def faces(self) -> Int32[np.ndarray, "faces 3"]:
        """Of all pieces, as indices into :attr:`verts`."""
        starts = np.cumsum([0, *(len(piece.verts) for piece in self.pieces)])
        pairs = zip(self.pieces, starts, strict=False)
        return np.concatenate([piece.faces + np.int32(start) for piece, start in pairs])


def read_source(path: Path) -> Source:
    """Read a figure.

    Raises:
        Gen3dError: It is damaged, compressed, rigged already, or shows no geometry.
    """
    content, binary = read_whole(path, "--rig")
    document = document_of(content, binary, path.name)
    _refuse_rigged(document, path)
    pieces = _pieces(document)
    if not pieces:
        raise Gen3dError(f"{path.name} shows no geometry.", "Export the figure's mesh with it.")
    return Source(path.stem, content, binary, document, pieces)


def _refuse_rigged(document: Document, path: Path) -> None:
    worn = [node for node in document.nodes if node.mesh is not None and node.skin is not None]
    if worn:
        count = len(document.skins[worn[0].skin or 0].joints)
        raise Gen3dError(
            f"{path.name} has a rig already ({count} joints).",
            f'Use it as it is: gen3d motion "waves" --character {path.name}',
        )


def _pieces(document: Document) -> tuple[Piece, ...]:
    found: list[Piece] = []
    for index in shown_nodes(document):
        number = document.nodes[index].mesh
        if number is None:
            continue
        matrix = document.T_world_node[index]
        mirrored = np.linalg.det(matrix[:3, :3]) < 0.0
        for order, primitive in enumerate(document.meshes[number].primitives):
            verts = primitive.verts.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
            faces = primitive.faces[:, ::-1] if mirrored else primitive.faces
            found.append(Piece(index, order, verts, faces))
    return tuple(found)
