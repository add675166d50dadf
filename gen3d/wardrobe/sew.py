# SPDX-License-Identifier: Apache-2.0
"""Finish a piece of cloth into a part: rims, seams, cloth coordinates, paint, skin weights."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import KDTree

from gen3d.body import ShapedBody
from gen3d.body.surface import four_influences, vertex_normals
from gen3d.spec import GarmentSpec
from gen3d.types import Mesh, Part
from gen3d.wardrobe.cut import atlas, boundary_edges
from gen3d.wardrobe.fabric import paint_fabric

_NO_AREA = 4e-9
"""Twice the area (m^2) below which a triangle is dropped."""
_LIP = 0.012
"""Metres that a hem is folded inwards."""


@dataclass(frozen=True)
class Piece:
    """Draped cloth, ready to be sewn."""

    points: Float[np.ndarray, "verts 3"]
    faces: Int[np.ndarray, "faces 3"]
    corner_uvs: Float[np.ndarray, "faces 3 2"]
    """Metres on the cloth (:func:`metric_chart`)."""
    weights: Float[np.ndarray, "verts joints"]
    along_arm: float
    """|x| beyond which cloth runs along the arm (cloth coordinates turn there)."""
    thickness: float
    morphs: dict[str, Float[np.ndarray, "verts 3"]]
    seam: tuple[float, float] | None = None
    """Heights between which edges are sewn to one another, and so no hems."""


def join_pieces(first: Piece, second: Piece, seam: tuple[float, float] | None = None) -> Piece:
    """Two pieces of the same cloth; UVs must not overlap."""
    shift = len(first.points)
    names = set(first.morphs) | set(second.morphs)
    empty = (np.zeros_like(first.points), np.zeros_like(second.points))
    return Piece(
        points=np.concatenate([first.points, second.points]),
        faces=np.concatenate([first.faces, second.faces + shift]),
        corner_uvs=np.concatenate([first.corner_uvs, second.corner_uvs]),
        weights=np.concatenate([first.weights, second.weights]),
        along_arm=first.along_arm,
        thickness=max(first.thickness, second.thickness),
        morphs={
            n: np.concatenate([first.morphs.get(n, empty[0]), second.morphs.get(n, empty[1])])
            for n in sorted(names)
        },
        seam=seam,
    )


def _rim_frames(piece: Piece) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rim edges, rim vertices, their normals and the directions from the rim into the cloth."""
    edges = boundary_edges(piece.faces)
    normals = vertex_normals(piece.points, piece.faces).astype(np.float64)
    tangent = piece.points[edges[:, 1]] - piece.points[edges[:, 0]]
    # Triangles are counter-clockwise, so normal x tangent points from the rim into the triangle.
    inward = np.zeros_like(piece.points)
    for corner in range(2):
        np.add.at(inward, edges[:, corner], np.cross(normals[edges[:, corner]], tangent))
    rim = np.unique(edges)
    inward = inward[rim] / np.maximum(np.linalg.norm(inward[rim], axis=1, keepdims=True), 1e-9)
    return edges, rim, normals[rim], inward


def _rim_uvs(piece: Piece, a: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    """Charts of the folded strips: laid back over the hem itself, so that it keeps its paint."""
    corners = piece.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)
    base = len(piece.points)
    keys = corners[:, 0].astype(np.int64) * base + corners[:, 1]
    order = np.argsort(keys, kind="stable")
    found = order[np.searchsorted(keys[order], a.astype(np.int64) * base + b)]
    face, corner = found // 3, found % 3
    uv = piece.corner_uvs
    ua, ub, uc = (uv[face, (corner + k) % 3] for k in range(3))
    inner = [(p + (uc - p) * share) for share in (0.12, 0.5) for p in (ua, ub)]
    a1, b1, a2, b2 = inner
    return [np.stack(c, axis=1) for c in ((ub, ua, a1), (ub, a1, b1), (b1, a1, a2), (b1, a2, b2))]


def _with_area(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Triangles that cover something: cuts leave slivers of nothing beside hems."""
    a, b, c = points[faces].transpose(1, 0, 2)
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) > _NO_AREA


def fold_rims(piece: Piece) -> Piece:
    """Fold every open rim inwards: first its thickness, then a lip that hides the inside."""
    edges, rim, normals, inward = _rim_frames(piece)
    if not len(rim):
        return piece
    down = piece.points[rim] - normals * piece.thickness
    lip = down + inward * _LIP
    count = len(piece.points)
    first = np.full(count, -1)
    first[rim] = count + np.arange(len(rim))
    second = np.where(first >= 0, first + len(rim), -1)
    a, b = edges.T
    strips = [
        np.stack([b, a, first[a]], axis=1),
        np.stack([b, first[a], first[b]], axis=1),
        np.stack([first[b], first[a], second[a]], axis=1),
        np.stack([first[b], second[a], second[b]], axis=1),
    ]
    uvs = _rim_uvs(piece, a, b)
    grow = np.concatenate([np.arange(count), rim, rim])
    return Piece(
        points=np.concatenate([piece.points, down, lip]),
        faces=np.concatenate([piece.faces, *strips]),
        corner_uvs=np.concatenate([piece.corner_uvs, *uvs]),
        weights=piece.weights[grow],
        along_arm=piece.along_arm,
        thickness=piece.thickness,
        morphs={name: offsets[grow] for name, offsets in piece.morphs.items()},
    )


def _split(piece: Piece) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """One vertex for each (vertex, UV, region): source vertex, UV, region and faces."""
    uvs = piece.corner_uvs
    centre = piece.points[piece.faces].mean(axis=1)
    on_arm = np.abs(centre[:, 0]) > piece.along_arm
    flat = np.round(uvs.reshape(-1, 2) * (1 << 20)).astype(np.int64)
    keys = np.column_stack([piece.faces.ravel(), flat, np.repeat(on_arm, 3).astype(np.int64)])
    unique, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return unique[:, 0], uvs.reshape(-1, 2)[first], unique[:, 3], inverse.reshape(-1, 3)


def metric_chart(
    points: Float[np.ndarray, "n 3"],
    faces: Int[np.ndarray, "faces 3"],
    corner_uvs: Float[np.ndarray, "faces 3 2"],
) -> Float[np.ndarray, "faces 3 2"]:
    """Scale a chart along u and along v so that on average a step in it is a metre on the cloth.

    The averages are those of the lengths of the tangents dP/du and dP/dv, weighted by area.
    """
    along_u, along_v, area = _tangent_lengths(points[faces], corner_uvs)
    scales = [np.average(length, weights=area) for length in (along_u, along_v)]
    return corner_uvs * np.array(scales)


def _tangent_lengths(
    corners: Float[np.ndarray, "faces 3 3"], corner_uvs: Float[np.ndarray, "faces 3 2"]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """|dP/du|, |dP/dv| and area of each triangle (area 0 where the chart has none)."""
    e1, e2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    d1, d2 = corner_uvs[:, 1] - corner_uvs[:, 0], corner_uvs[:, 2] - corner_uvs[:, 0]
    chart = np.abs(d1[:, 0] * d2[:, 1] - d1[:, 1] * d2[:, 0])
    fine = chart > 1e-12
    area = np.where(fine, np.linalg.norm(np.cross(e1, e2), axis=1), 0.0)
    chart = np.where(fine, chart, 1.0)
    along_u = np.linalg.norm(e1 * d2[:, 1:] - e2 * d1[:, 1:], axis=1) / chart
    along_v = np.linalg.norm(e2 * d1[:, :1] - e1 * d2[:, :1], axis=1) / chart
    return along_u, along_v, area


def flared_chart(
    points: Float[np.ndarray, "n 3"],
    faces: Int[np.ndarray, "faces 3"],
    corner_uvs: Float[np.ndarray, "faces 3 2"],
    bands: int = 12,
) -> Float[np.ndarray, "faces 3 2"]:
    """Widen a metric chart towards its middle line height by height, as the cloth widens.

    A skirt flares away from the shape that its chart was drawn for; prints would stretch with it.
    """
    along_u, _, area = _tangent_lengths(points[faces], corner_uvs)
    heights = points[faces][..., 1]
    edges = np.linspace(heights.min(), heights.max() + 1e-9, bands + 1)
    band = np.clip(np.digitize(heights.mean(axis=1), edges) - 1, 0, bands - 1)
    total = np.bincount(band, area, bands)
    scale = np.bincount(band, area * along_u, bands) / np.maximum(total, 1e-12)
    middles = (edges[1:] + edges[:-1])[total > 0] / 2
    widths = np.interp(heights, middles, scale[total > 0])
    centre = (corner_uvs[..., 0].min() + corner_uvs[..., 0].max()) / 2
    across = centre + (corner_uvs[..., 0] - centre) * widths
    return np.stack([across, corner_uvs[..., 1]], axis=-1)


def _hems(piece: Piece) -> Float[np.ndarray, "edges 2 3"]:
    """The edges of the cloth that are sewn to nothing."""
    rims = piece.points[boundary_edges(piece.faces)]
    if piece.seam is None:
        return rims
    low, high = piece.seam
    level = rims[:, :, 1]
    return rims[~((level > low) & (level < high)).all(axis=1)]


def hem_distance(
    points: Float[np.ndarray, "n 3"], edges: Float[np.ndarray, "edges 2 3"]
) -> Float[np.ndarray, "n"]:
    """Distance of each point to the nearest hem, metres."""
    if not len(edges):
        return np.full(len(points), 1.0)
    t = np.linspace(0.0, 1.0, 4)[None, :, None]
    dense = edges[:, :1] * (1 - t) + edges[:, 1:] * t
    return KDTree(dense.reshape(-1, 3)).query(points)[0]


def _extent(corner_uvs: Float[np.ndarray, "faces 3 2"]) -> float:
    """Longer side of a chart's bounding box."""
    return float(np.ptp(corner_uvs, axis=(0, 1)).max())


def sew(piece: Piece, garment: GarmentSpec, *, name: str, seed: int, size_px: int = 1024) -> Part:
    """Make the part: fold, split, paint, normals, four influences.

    Args:
        piece: Draped cloth.
        garment: Its colours, pattern and fabric.
        name: Name of the part and of its glTF mesh.
        seed: Of the paint.
        size_px: Side of the textures.
    """
    rims = _hems(piece)
    folded = fold_rims(piece)
    uvs = atlas(folded.corner_uvs)
    chart_metres = float(_extent(folded.corner_uvs) / max(_extent(uvs), 1e-9))
    kept = _with_area(folded.points, folded.faces)
    folded = replace(folded, faces=folded.faces[kept], corner_uvs=uvs[kept])
    source, vertex_uvs, on_arm, faces = _split(folded)
    points = folded.points[source]
    across = np.where(on_arm == 1, vertex_uvs[:, 1], vertex_uvs[:, 0]) * chart_metres
    down = np.where(on_arm == 1, np.abs(points[:, 0]), -points[:, 1])
    material = paint_fabric(
        garment,
        vertex_uvs.astype(np.float32),
        faces.astype(np.int32),
        np.column_stack([across, down]).astype(np.float32),
        points.astype(np.float32),
        hem_distance(points, rims).astype(np.float32),
        name,
        seed,
        size_px,
    )
    normals = vertex_normals(folded.points, folded.faces)[source]
    return Part(
        name=name,
        group=name,
        slot=garment.kind,
        mesh=Mesh(
            points.astype(np.float32),
            faces.astype(np.int32),
            normals,
            vertex_uvs.astype(np.float32),
        ),
        skin=four_influences(folded.weights[source]),
        material=material,
        morphs={n: offsets[source].astype(np.float32) for n, offsets in folded.morphs.items()},
    )


def base_morphs(shaped: ShapedBody, rows: object) -> dict[str, np.ndarray]:
    """Face morphs carried by a cloth's linear map; only those that move it by 0.1 mm or more."""
    carried = {name: np.asarray(rows @ dense) for name, dense in shaped.face_morphs.items()}
    return {name: offsets for name, offsets in carried.items() if np.abs(offsets).max() > 1e-4}
