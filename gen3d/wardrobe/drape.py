# SPDX-License-Identifier: Apache-2.0
"""How cloth lies on a person: offset, slack that bridges hollows, clearance from what is below.

Not a simulation: cloth is inflated along its normals by its slack, relaxed (umbrella Laplacian,
rims only along themselves) and pushed back out of the skin, a few times. That keeps a clearance at
rest and costs milliseconds. Layers are kept apart vertex by vertex: every garment is cut from one
suit, so "over the shirt" is a comparison of the same vertex in two layers (:class:`Worn`).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from jaxtyping import Bool, Float, Int
from scipy.spatial import KDTree

from gen3d.body import ShapedBody
from gen3d.body.data import BODY_VERTS
from gen3d.body.surface import triangulate, vertex_normals
from gen3d.wardrobe.cut import Cloth, adjacency, boundary_edges

_REACH = 0.06
"""Metres beyond which a surface no longer pushes."""
_NEIGHBOURS = 6


@dataclass(frozen=True)
class Support:
    """Oriented points of everything that cloth must stay outside of."""

    points: Float[np.ndarray, "points 3"]
    normals: Float[np.ndarray, "points 3"]
    tree: KDTree

    @staticmethod
    def of(points: np.ndarray, normals: np.ndarray) -> Support:
        """Index oriented points."""
        return Support(points, normals, KDTree(points))

    def height_of(
        self, points: Float[np.ndarray, "n 3"]
    ) -> tuple[Float[np.ndarray, "n"], Float[np.ndarray, "n 3"]]:
        """Signed height over the nearest surface and the direction away from it."""
        distance, index = self.tree.query(points, k=_NEIGHBOURS)
        weight = 1.0 / (distance**2 + 1e-6)
        weight /= weight.sum(axis=1, keepdims=True)
        normals = np.einsum("nk,nkc->nc", weight, self.normals[index])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
        gaps = np.einsum("nkc,nkc->nk", points[:, None] - self.points[index], self.normals[index])
        # The highest of the nearest surfaces decides: inner layers may stand above the skin.
        near = distance < distance[:, :1] * 1.5 + 2e-3
        height = np.where(near, gaps, np.inf).min(axis=1)
        return np.where(distance[:, 0] > _REACH, _REACH, height), normals


@dataclass(frozen=True)
class Worn:
    """The suit as it lies on everything worn so far; bare skin where nothing is worn."""

    points: Float[np.ndarray, "suit 3"]
    faces: Int[np.ndarray, "faces 3"]
    average: sp.csr_matrix
    """:func:`smoother` of the faces, made once."""

    @staticmethod
    def of(points: Float[np.ndarray, "suit 3"], faces: Int[np.ndarray, "faces 3"]) -> Worn:
        """Start with bare skin."""
        return Worn(points, faces, smoother(faces, len(points)))

    @functools.cached_property
    def normals(self) -> Float[np.ndarray, "suit 3"]:
        """Outward normals."""
        return vertex_normals(self.points, self.faces).astype(np.float64)

    def support(self) -> Support:
        """The outside, for what is not cut from the suit (skirts, belts)."""
        return Support.of(self.points, self.normals)

    def keep_over(
        self, points: Float[np.ndarray, "suit 3"], gap: float
    ) -> Float[np.ndarray, "suit 3"]:
        """Lift a new layer, vertex by vertex, at least ``gap`` over what is worn."""
        normals = self.normals
        lack = gap - np.einsum("nc,nc->n", points - self.points, normals)
        return points + normals * np.maximum(lack, 0.0)[:, None]

    def put_on(self, points: Float[np.ndarray, "suit 3"], inside: Bool[np.ndarray, "suit"]) -> Worn:
        """The next state: the new layer where it covers, faded out over a few edges around it."""
        share = inside.astype(np.float64)
        for _ in range(4):
            share = np.where(inside, 1.0, self.average @ share)
        return replace(self, points=self.points + (points - self.points) * share[:, None])


@dataclass(frozen=True)
class Layers:
    """Everything worn so far: on the suit, and free-hanging below the waist."""

    suit: Worn
    skirt: Worn | None = None
    accessories: tuple[tuple[Float[np.ndarray, "_ 3"], Float[np.ndarray, "_ 3"]], ...] = ()
    """Points and normals of what is strapped on over the clothes."""

    def support(self) -> Support:
        """The outside of the suit and of the accessories."""
        surfaces = ((self.suit.points, self.suit.normals), *self.accessories)
        points, normals = zip(*surfaces, strict=True)
        return Support.of(np.concatenate(points), np.concatenate(normals))


def body_points(shaped: ShapedBody) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and face centres of the skin with their normals."""
    quads = shaped.data.quads["body"]
    normals = vertex_normals(shaped.verts, triangulate(quads))[:BODY_VERTS].astype(np.float64)
    verts = shaped.verts[:BODY_VERTS].astype(np.float64)
    centres, facing = verts[quads].mean(axis=1), normals[quads].mean(axis=1)
    facing /= np.maximum(np.linalg.norm(facing, axis=1, keepdims=True), 1e-9)
    return np.concatenate([verts, centres]), np.concatenate([normals, facing])


def smoother(faces: Int[np.ndarray, "faces 3"], verts: int) -> sp.csr_matrix:
    """Average of the neighbours; on a rim, of the rim neighbours only."""
    around = adjacency(faces, verts)
    rim = boundary_edges(faces)
    on_rim = np.zeros(verts, dtype=bool)
    on_rim[rim.ravel()] = True
    both = np.concatenate([rim, rim[:, ::-1]])
    ones = np.ones(len(both))
    along = sp.csr_matrix((ones, (both[:, 0], both[:, 1])), shape=(verts, verts))
    mixed = sp.diags((~on_rim).astype(float)) @ around + along
    degree = np.maximum(np.asarray(mixed.sum(axis=1)).ravel(), 1.0)
    return sp.csr_matrix(sp.diags(1.0 / degree) @ mixed)


def push_out(
    points: Float[np.ndarray, "n 3"],
    support: Support,
    clearance: Float[np.ndarray, "n"] | float,
    normals: Float[np.ndarray, "n 3"],
) -> Float[np.ndarray, "n 3"]:
    """Lift points that are closer than ``clearance`` to what lies below, along their own normals.

    Their own normals, because in a fold of the body (the cleft, an armpit) the direction away from
    the nearest skin points across the fold and would tear the cloth that bridges it.
    """
    height, away = support.height_of(points)
    facing = np.einsum("nc,nc->n", away, normals)
    step = np.maximum(clearance - height, 0.0) / np.maximum(facing, 0.4)
    return points + normals * np.where(facing > 0.15, step, 0.0)[:, None]


def drape(
    points: Float[np.ndarray, "suit 3"],
    support: Support,
    worn: Worn,
    *,
    clearance: float,
    slack: Float[np.ndarray, "n"],
    rounds: int = 8,
) -> Float[np.ndarray, "n 3"]:
    """Lay cloth over its support.

    Args:
        points: The suit on the skin.
        support: The skin.
        worn: What is worn already, on the same vertices.
        clearance: Least height over the skin and over what is worn, metres.
        slack: How far the cloth hangs away, metres, per vertex.
        rounds: Relaxation steps; more bridge wider hollows.
    """
    faces, average = worn.faces, worn.average
    normals = vertex_normals(points, faces).astype(np.float64)
    if rounds > 4:  # Loose cloth bridges hollows: relax before it is inflated.
        for _ in range(rounds):
            points = points + 0.6 * (average @ points - points)
        normals = vertex_normals(points, faces).astype(np.float64)
    points = points + normals * (clearance + slack)[:, None]
    for step in range(rounds):
        points = points + 0.6 * (average @ points - points)
        if step % 2 == 1:
            points = push_out(points, support, clearance + 0.5 * slack, normals)
    for _ in range(3):
        normals = vertex_normals(points, faces).astype(np.float64)
        points = push_out(points, support, clearance, normals)
    return worn.keep_over(points, clearance)


def transferred_weights(
    cloth: Cloth, shaped: ShapedBody, smooth: int
) -> Float[np.ndarray, "n joints"]:
    """Skin weights of the skin below each cloth vertex, so that both move as one; then smoothed.

    Looked up where the cloth lay *on* the skin (before draping), and only from skin that faces the
    same way, so the other thigh never pulls.
    """
    at = cloth.of(shaped.verts.astype(np.float64))
    normals = vertex_normals(at, cloth.faces)
    body_normals = vertex_normals(shaped.verts, triangulate(shaped.data.quads["body"]))[:BODY_VERTS]
    distance, index = KDTree(shaped.verts[:BODY_VERTS]).query(at, k=8)
    facing = np.einsum("nc,nkc->nk", normals, body_normals[index])
    weight = np.maximum(facing, 0.02) ** 2 / (distance**2 + 1e-6)
    weight /= weight.sum(axis=1, keepdims=True)
    weights = np.einsum("nk,nkj->nj", weight, shaped.weights[index])
    average = smoother(cloth.faces, len(at))
    for _ in range(smooth):
        weights = 0.5 * weights + 0.5 * (average @ weights)
    return weights
