# SPDX-License-Identifier: Apache-2.0
"""What is asked of a thing that stands there: closed, in one piece, light, every texel used once.

Applies to files without bones and clips. A thing may be open or in several pieces for a reason, so
this only warns; all its primitives together are looked at, since a rim may be a material of its
own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64

from gen3d.check.pieces import Piece, all_faces
from gen3d.check.report import Row, at_most, expect
from gen3d.check.topology import merge
from gen3d.connected import vertex_components
from gen3d.export.document import Document

_TRIANGLES = 20_000


def rows(document: Document, pieces: Sequence[Piece]) -> list[Row]:
    """Checks of a static object; none for a file with bones or clips."""
    shown = [piece for piece in pieces if len(piece.faces)]
    if document.skins or document.animations or not shown:
        return []
    faces = _merged(shown)
    return [
        Row("skeleton and skin", "skip", "not applicable", "", "The file is a static object."),
        _closed_row(faces),
        at_most(
            "separate pieces",
            _pieces(faces),
            warn=1,
            hint="Fine for a thing of loose parts; otherwise join them or remove what floats.",
        ),
        at_most(
            "triangles of the object",
            all_faces(shown),
            warn=_TRIANGLES,
            hint="Decimate it: one thing among many should cost no more.",
        ),
    ]


def _merged(pieces: Sequence[Piece]) -> Int64[np.ndarray, "faces 3"]:
    """Faces of all pieces over position-merged vertices, without those that have no area."""
    starts = np.cumsum([0, *(len(piece.verts) for piece in pieces)])
    faces = [piece.faces + start for piece, start in zip(pieces, starts, strict=False)]
    merged = merge(np.concatenate([piece.verts for piece in pieces]))[np.concatenate(faces)]
    return merged[(merged != np.roll(merged, 1, axis=1)).all(axis=1)]


def _closed_row(faces: Int64[np.ndarray, "faces 3"]) -> Row:
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    count = int(faces.max(initial=0)) + 1
    key = np.minimum(start, end) * count + np.maximum(start, end)
    _, edge, uses = np.unique(key, return_inverse=True, return_counts=True)
    balance = np.bincount(edge, np.where(start < end, 1, -1), minlength=len(uses))
    wrong = int(((uses != 2) | (balance != 0)).sum())
    return expect(
        "watertight",
        "yes" if wrong == 0 else "no",
        good=wrong == 0,
        limit="every edge between two faces",
        worst="warn",
        hint=f"{wrong} edges are open, crowded or wound against each other.",
    )


def _pieces(faces: Int64[np.ndarray, "faces 3"]) -> int:
    label = vertex_components(faces, int(faces.max(initial=0)) + 1)
    return len(np.unique(label[faces[:, 0]]))
