# SPDX-License-Identifier: Apache-2.0
"""Cloth as tailors see it: take a piece of the base mesh, refine it, cut it along smooth lines.

A :class:`Cloth` is a *linear map* of base vertices (rows of a sparse matrix) with triangles and
one UV per triangle corner. Subdividing (Loop 1987) and clipping along the zero level of a scalar
field only add rows, so positions, skin weights and morphs of every garment follow from the base
mesh by one product, and a hem is a clean curve instead of a staircase of faces.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from jaxtyping import Bool, Float, Int

from gen3d.body.data import VERTS, BodyData
from gen3d.body.surface import triangulate

_SNAP = 0.02
"""Share of an edge below which a cut goes through the vertex: no slivers."""


@dataclass(frozen=True)
class Cloth:
    """Triangles on rows of a linear map of the base vertices."""

    rows: sp.csr_matrix
    """(verts, base verts): barycentric-like weights, each row sums to 1."""
    faces: Int[np.ndarray, "faces 3"]
    corner_uvs: Float[np.ndarray, "faces 3 2"]

    @property
    def count(self) -> int:
        """Number of vertices."""
        return int(self.rows.get_shape()[0])

    def of(self, values: Float[np.ndarray, "base k"]) -> Float[np.ndarray, "verts k"]:
        """Carry values of base vertices (positions, weights, morphs) over to the cloth."""
        return np.asarray(self.rows @ values)


def from_groups(data: BodyData, groups: tuple[str, ...]) -> Cloth:
    """Whole face groups of the base mesh; vertices are compacted in increasing base order."""
    faces = np.concatenate([triangulate(data.quads[g]) for g in groups])
    uvs = np.concatenate([data.uvs[triangulate(data.quad_uvs[g])] for g in groups])
    used, compact = np.unique(faces, return_inverse=True)
    ones = np.ones(len(used), dtype=np.float64)
    rows = sp.csr_matrix((ones, (np.arange(len(used)), used)), shape=(len(used), VERTS))
    return Cloth(rows, compact.reshape(-1, 3), uvs.astype(np.float64))


def keep_faces(cloth: Cloth, keep: Bool[np.ndarray, "faces"]) -> Cloth:
    """Drop triangles and the vertices that nothing uses any more."""
    used, compact = np.unique(cloth.faces[keep], return_inverse=True)
    return Cloth(cloth.rows[used], compact.reshape(-1, 3), cloth.corner_uvs[keep])


def join(first: Cloth, second: Cloth) -> Cloth:
    """Two pieces side by side; UVs are left as they are."""
    return Cloth(
        sp.csr_matrix(sp.vstack([first.rows, second.rows])),
        np.concatenate([first.faces, second.faces + first.count]),
        np.concatenate([first.corner_uvs, second.corner_uvs]),
    )


def edges_of(
    faces: Int[np.ndarray, "faces 3"],
) -> tuple[Int[np.ndarray, "edges 2"], Int[np.ndarray, "faces 3"], Int[np.ndarray, "edges"]]:
    """Unique edges, the edge of each corner pair (0-1, 1-2, 2-0) of a face, and face counts."""
    pairs = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]], axis=-1).reshape(-1, 2).astype(np.int64)
    # One integer for each pair: sorting numbers is ten times faster than sorting rows.
    base = int(pairs.max(initial=0)) + 1
    keys, inverse, counts = np.unique(
        pairs[:, 0] * base + pairs[:, 1], return_inverse=True, return_counts=True
    )
    return np.stack([keys // base, keys % base], axis=1), inverse.reshape(-1, 3), counts


def boundary_edges(faces: Int[np.ndarray, "faces 3"]) -> Int[np.ndarray, "edges 2"]:
    """Directed edges (as in their only triangle) of the open rims."""
    _, of_face, counts = edges_of(faces)
    directed = faces[:, [[0, 1], [1, 2], [2, 0]]]
    return directed[counts[of_face] == 1]


def adjacency(faces: Int[np.ndarray, "faces 3"], verts: int) -> sp.csr_matrix:
    """Symmetric 0/1 vertex adjacency."""
    edges, _, _ = edges_of(faces)
    both = np.concatenate([edges, edges[:, ::-1]])
    ones = np.ones(len(both))
    return sp.csr_matrix((ones, (both[:, 0], both[:, 1])), shape=(verts, verts))


def _loop_even(
    faces: np.ndarray, edges: np.ndarray, counts: np.ndarray, verts: int
) -> sp.csr_matrix:
    """Smooth the old vertices: Loop's rule with Warren's weights; rims are cubic splines."""
    rim = edges[counts == 1]
    on_rim = np.zeros(verts, dtype=bool)
    on_rim[rim.ravel()] = True
    around = adjacency(faces, verts)
    valence = np.maximum(np.asarray(around.sum(axis=1)).ravel(), 1.0)
    beta = np.where(valence <= 3, 3.0 / 16.0, 3.0 / (8.0 * valence))
    inner = np.where(on_rim, 0.0, beta)
    smooth = sp.diags(inner) @ around + sp.diags(np.where(on_rim, 0.0, 1.0 - valence * beta))
    both = np.concatenate([rim, rim[:, ::-1]])
    along = sp.csr_matrix((np.full(len(both), 0.125), (both[:, 0], both[:, 1])), (verts, verts))
    degree = np.asarray(along.sum(axis=1)).ravel()
    spline = along + sp.diags(np.where(on_rim, 1.0 - degree, 0.0))
    return sp.csr_matrix(smooth + spline)


def _loop_odd(
    faces: np.ndarray, edges: np.ndarray, of_face: np.ndarray, counts: np.ndarray, verts: int
) -> sp.csr_matrix:
    """The new vertex of every edge: 3/8 of its ends and 1/8 of the two opposite corners."""
    count = len(edges)
    ends = np.where(counts == 1, 0.5, 0.375)
    index = np.arange(count)
    opposite = faces[:, [2, 0, 1]].ravel()
    inner = counts[of_face.ravel()] == 2
    rows = np.concatenate([index, index, of_face.ravel()[inner]])
    columns = np.concatenate([edges[:, 0], edges[:, 1], opposite[inner]])
    values = np.concatenate([ends, ends, np.full(int(inner.sum()), 0.125)])
    return sp.csr_matrix((values, (rows, columns)), shape=(count, verts))


def subdivide(cloth: Cloth) -> Cloth:
    """One step of Loop subdivision; UVs are split at edge midpoints."""
    verts = cloth.count
    edges, of_face, counts = edges_of(cloth.faces)
    even = _loop_even(cloth.faces, edges, counts, verts)
    odd = _loop_odd(cloth.faces, edges, of_face, counts, verts)
    rows = sp.csr_matrix(sp.vstack([even, odd]) @ cloth.rows)
    a, b, c = cloth.faces.T
    ab, bc, ca = (of_face + verts).T
    faces = np.stack([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]])
    uv = cloth.corner_uvs
    u = [uv[:, 0], uv[:, 1], uv[:, 2]]
    m = [(u[0] + u[1]) / 2, (u[1] + u[2]) / 2, (u[2] + u[0]) / 2]
    uvs = np.stack(
        [
            np.stack([u[0], m[0], m[2]], axis=1),
            np.stack([m[0], u[1], m[1]], axis=1),
            np.stack([m[2], m[1], u[2]], axis=1),
            np.stack([m[0], m[1], m[2]], axis=1),
        ],
    )
    order = faces.transpose(2, 0, 1).reshape(-1, 3)
    return Cloth(rows, order, uvs.transpose(1, 0, 2, 3).reshape(-1, 3, 2))


def _rotated(
    faces: np.ndarray, uvs: np.ndarray, first: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Turn each triangle so that its corner ``first`` comes first."""
    order = (first[:, None] + np.arange(3)) % 3
    return (
        np.take_along_axis(faces, order, axis=1),
        np.take_along_axis(uvs, order[..., None], axis=1),
    )


def _snapped(cloth: Cloth, field: np.ndarray) -> np.ndarray:
    """Move values that are almost zero (against their steepest edge) onto the cut."""
    edges, _, _ = edges_of(cloth.faces)
    drop = np.abs(field[edges[:, 0]] - field[edges[:, 1]])
    steepest = np.zeros(len(field))
    np.maximum.at(steepest, edges.ravel(), np.repeat(drop, 2))
    return np.where(np.abs(field) < _SNAP * steepest, 0.0, field)


def clip(cloth: Cloth, field: Float[np.ndarray, "verts"]) -> Cloth:
    """Keep where ``field`` >= 0, cutting triangles along its zero level.

    Args:
        cloth: What is cut.
        field: One value per vertex; any unit.
    """
    field = _snapped(cloth, np.asarray(field, dtype=np.float64))
    inside = field >= 0
    count = inside[cloth.faces].sum(axis=1)
    whole = count == 3
    one, two = count == 1, count == 2
    f1, u1 = _rotated(
        cloth.faces[one], cloth.corner_uvs[one], inside[cloth.faces[one]].argmax(axis=1)
    )
    f2, u2 = _rotated(
        cloth.faces[two], cloth.corner_uvs[two], (~inside[cloth.faces[two]]).argmax(axis=1)
    )
    crossing = np.concatenate([f1[:, [0, 1]], f1[:, [0, 2]], f2[:, [1, 0]], f2[:, [2, 0]]])
    pairs, index = np.unique(np.sort(crossing, axis=1), axis=0, return_inverse=True)
    t = (
        field[pairs[:, 0]] / (field[pairs[:, 0]] - field[pairs[:, 1]])
        if len(pairs)
        else np.zeros(0)
    )
    rows = sp.diags(1 - t) @ cloth.rows[pairs[:, 0]] + sp.diags(t) @ cloth.rows[pairs[:, 1]]
    index = index.ravel() + cloth.count
    n1, n2 = len(f1), len(f2)
    a1, b1 = index[:n1], index[n1 : 2 * n1]
    a2, b2 = index[2 * n1 : 2 * n1 + n2], index[2 * n1 + n2 :]

    def mixed(uvs: np.ndarray, faces: np.ndarray, i: int, j: int) -> np.ndarray:
        fi, fj = field[faces[:, i]], field[faces[:, j]]
        s = (fi / (fi - fj))[:, None]
        return uvs[:, i] * (1 - s) + uvs[:, j] * s

    faces = [
        cloth.faces[whole],
        np.stack([f1[:, 0], a1, b1], axis=1),
        np.stack([f2[:, 1], f2[:, 2], a2], axis=1),
        np.stack([a2, f2[:, 2], b2], axis=1),
    ]
    p2, q2 = mixed(u2, f2, 1, 0), mixed(u2, f2, 2, 0)
    uvs = [
        cloth.corner_uvs[whole],
        np.stack([u1[:, 0], mixed(u1, f1, 0, 1), mixed(u1, f1, 0, 2)], axis=1),
        np.stack([u2[:, 1], u2[:, 2], p2], axis=1),
        np.stack([p2, u2[:, 2], q2], axis=1),
    ]
    stacked = sp.csr_matrix(sp.vstack([cloth.rows, rows]))
    grown = replace(
        cloth, rows=stacked, faces=np.concatenate(faces), corner_uvs=np.concatenate(uvs)
    )
    alive = _area_mask(grown.faces)
    return keep_faces(grown, alive)


def score(cloth: Cloth, field: Float[np.ndarray, "verts"]) -> Cloth:
    """Cut triangles along the zero level of ``field`` but keep both sides joined."""
    both = join(clip(cloth, field), clip(cloth, -np.asarray(field)))
    # Both sides computed the vertices of the cut from the same numbers: equal rows are one vertex.
    probe = both.rows @ np.random.default_rng(0).random(both.rows.get_shape()[1])
    _, first, merged = np.unique(np.round(probe, 12), return_index=True, return_inverse=True)
    return Cloth(both.rows[first], merged[both.faces], both.corner_uvs)


def _area_mask(faces: np.ndarray) -> np.ndarray:
    """Drop triangles that snapping has collapsed to a line."""
    a, b, c = faces.T
    return (a != b) & (b != c) & (a != c)


def components(cloth: Cloth) -> Int[np.ndarray, "verts"]:
    """Connected component of every vertex."""
    from scipy.sparse.csgraph import connected_components

    graph = adjacency(cloth.faces, cloth.count)
    return connected_components(graph, directed=False)[1]


def atlas(
    corner_uvs: Float[np.ndarray, "faces 3 2"], margin: float = 0.01
) -> Float[np.ndarray, "faces 3 2"]:
    """Scale UVs uniformly into the unit square with a margin."""
    low = corner_uvs.min(axis=(0, 1))
    size = float((corner_uvs.max(axis=(0, 1)) - low).max())
    return margin + (corner_uvs - low) / max(size, 1e-9) * (1.0 - 2.0 * margin)
