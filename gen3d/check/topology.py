# SPDX-License-Identifier: Apache-2.0
"""Whether the surface is sound: edges, components, orientation, duplicates.

Judged on position-merged vertices, since glTF splits vertices where UVs or normals part, so that
every seam would look like a hole. Garments are open on purpose, so open edges only warn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64

from gen3d.check.pieces import Piece, share
from gen3d.check.report import Row, at_most
from gen3d.connected import vertex_components

_MERGE_METRES = 1e-5
_NO_AREA = 1e-12
"""Square metres: a triangle of a micrometre's side."""
_SPECK_METRES = 2e-3
_SPECK_FACES = 4


@dataclass(frozen=True)
class Surface:
    """Counts of one piece; ``components_*`` have one entry a connected component."""

    edges: int
    open_edges: int
    crowded_edges: int
    """Shared by more than two triangles."""
    degenerate: int
    duplicate: int
    against_normals: int
    component_faces: Int64[np.ndarray, "components"]
    component_area: Float64[np.ndarray, "components"]
    component_diagonal: Float64[np.ndarray, "components"]
    component_inward: Bool[np.ndarray, "components"]
    """Closed, and turned inside out."""


Shown = Sequence[tuple[str, Surface]]
"""Surfaces of the pieces that have faces, by the piece's name."""


def merge(verts: Float[np.ndarray, "verts 3"]) -> Int64[np.ndarray, "verts"]:
    """Number of the merged vertex of each vertex; equal places get equal numbers."""
    low = verts.min(axis=0)
    cell = max(_MERGE_METRES, float(np.ptp(verts, axis=0).max()) / (1 << 20))
    x, y, z = np.round((verts - low) / cell).astype(np.int64).T
    _, merged = np.unique((x << 42) | (y << 21) | z, return_inverse=True)
    return merged.astype(np.int64)


def survey(piece: Piece) -> Surface:
    """Look at one piece."""
    faces = merge(piece.verts)[piece.faces]
    degenerate = (piece.face_areas < _NO_AREA) | (np.diff(np.sort(faces, axis=1)) == 0).any(axis=1)
    kept, areas = faces[~degenerate], piece.face_areas[~degenerate]
    edges = np.sort(kept[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    count = int(faces.max()) + 1 if faces.size else 0
    _, inverse, uses = np.unique(edges @ [count, 1], return_inverse=True, return_counts=True)
    open_at_face = (uses[inverse] != 2).reshape(-1, 3).any(axis=1)
    return Surface(
        edges=len(uses),
        open_edges=int((uses == 1).sum()),
        crowded_edges=int((uses > 2).sum()),
        degenerate=int(degenerate.sum()),
        duplicate=len(kept) - len(np.unique(np.sort(kept, axis=1) @ _radix(count))),
        against_normals=_against_normals(piece, degenerate),
        **_components(piece.verts[piece.faces[~degenerate]], kept, areas, open_at_face, count),
    )


def _radix(count: int) -> np.ndarray:
    return np.array([count * count, count, 1], dtype=np.int64)


def _components(
    corners: Float64[np.ndarray, "faces 3 3"],
    faces: Int64[np.ndarray, "faces 3"],
    areas: Float64[np.ndarray, "faces"],
    open_at_face: Bool[np.ndarray, "faces"],
    count: int,
) -> dict[str, np.ndarray]:
    label = vertex_components(faces, count)
    _, of_face = np.unique(label[faces[:, 0]], return_inverse=True)
    number = int(of_face.max()) + 1 if len(of_face) else 0
    low, high = np.full((number, 3), np.inf), np.full((number, 3), -np.inf)
    np.minimum.at(low, of_face, corners.min(axis=1))
    np.maximum.at(high, of_face, corners.max(axis=1))
    centred = corners - low[of_face][:, None]
    a, b, c = np.moveaxis(centred, 1, 0)
    # Divergence theorem: six times the volume between the surface and the origin.
    volume = np.bincount(of_face, np.sum(a * np.cross(b, c), axis=1), minlength=number)
    opened = np.bincount(of_face, open_at_face, minlength=number)
    return {
        "component_faces": np.bincount(of_face, minlength=number).astype(np.int64),
        "component_area": np.bincount(of_face, areas, minlength=number).astype(np.float64),
        "component_diagonal": np.linalg.norm(high - low, axis=1),
        "component_inward": (opened == 0) & (volume < 0),
    }


def _against_normals(piece: Piece, degenerate: Bool[np.ndarray, "faces"]) -> int:
    """Triangles that face the other way than their vertices' normals."""
    normals = piece.primitive.attributes.get("NORMAL")
    if normals is None:
        return 0
    local = piece.primitive.verts[piece.faces].astype(np.float64)
    facing = np.cross(local[:, 1] - local[:, 0], local[:, 2] - local[:, 0])
    wanted = normals[piece.faces].sum(axis=1)
    return int(np.count_nonzero((np.sum(facing * wanted, axis=1) < 0) & ~degenerate))


def rows(pieces: Sequence[Piece]) -> list[Row]:
    """Surface checks of any file with triangles."""
    shown = [(piece.name, survey(piece)) for piece in pieces if len(piece.faces)]
    faces = sum(len(piece.faces) for piece in pieces)
    return [*_edge_rows(shown), *_face_rows(shown, faces), *_component_rows(shown)] if shown else []


def _edge_rows(shown: Shown) -> list[Row]:
    edges = sum(surface.edges for _, surface in shown)
    return [
        at_most(
            "edges shared by more than two faces",
            share(_total(shown, "crowded_edges"), edges),
            "%",
            warn=0.5,
            hint=f"Separate the sheets that meet in {_where(shown, 'crowded_edges')}.",
        ),
        at_most(
            "open edges",
            share(_total(shown, "open_edges"), edges),
            "%",
            warn=15,
            hint="Expected at hems and where covered skin was removed; otherwise close the holes.",
        ),
    ]


def _face_rows(shown: Shown, faces: int) -> list[Row]:
    return [
        at_most(
            "degenerate faces",
            _total(shown, "degenerate"),
            warn=0,
            fail=0.01 * faces,
            hint=f"Remove triangles without area from {_where(shown, 'degenerate')}.",
        ),
        at_most(
            "duplicate faces",
            _total(shown, "duplicate"),
            warn=0,
            fail=0.01 * faces,
            hint=f"Remove the copies in {_where(shown, 'duplicate')}: they flicker.",
        ),
        at_most(
            "faces against their normals",
            share(_total(shown, "against_normals"), faces),
            "%",
            warn=1,
            fail=20,
            hint=f"Flip the winding or the normals of {_where(shown, 'against_normals')}.",
        ),
    ]


def _component_rows(shown: Shown) -> list[Row]:
    area = sum(float(s.component_area.sum()) for _, s in shown)
    inward = {name: float(s.component_area[s.component_inward].sum()) for name, s in shown}
    specks = {name: _specks(surface) for name, surface in shown}
    return [
        at_most(
            "closed components turned inside out",
            share(sum(inward.values()), area),
            "% of area",
            warn=0,
            fail=5,
            hint=f"Flip the faces of {_named(inward)}.",
        ),
        at_most(
            "floating specks",
            sum(specks.values()),
            warn=0,
            hint=f"Remove the tiny loose components of {_named(specks)}.",
        ),
    ]


def _specks(surface: Surface) -> int:
    small = surface.component_diagonal < _SPECK_METRES
    return int(np.count_nonzero(small | (surface.component_faces < _SPECK_FACES)))


def _total(shown: Shown, field: str) -> int:
    return sum(int(getattr(surface, field)) for _, surface in shown)


def _where(shown: Shown, field: str) -> str:
    return _named({name: int(getattr(surface, field)) for name, surface in shown})


def _named(numbers: dict[str, float] | dict[str, int]) -> str:
    """Names with the largest numbers, most first."""
    some = sorted((name for name, n in numbers.items() if n), key=lambda name: -numbers[name])
    return ", ".join(some[:5]) + (f" and {len(some) - 5} more" if len(some) > 5 else "")
