# SPDX-License-Identifier: Apache-2.0
"""Growing guide curves: comb along a direction field, fall under gravity, stay outside the body.

Strands advance together, one step at a time. Near the skull they follow its surface at a given
height (so that a layer of hair has a thickness); where the surface turns away from the sky they
let go and hang. The body is a cloud of surface points with normals: the signed distance to it is a
weighted mean over the nearest points, accurate to about a millimetre on the head and enough to
push hair out of shoulders and back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.spatial import KDTree

from gen3d.body import ShapedBody
from gen3d.body.data import BODY_VERTS
from gen3d.body.surface import triangulate, vertex_normals
from gen3d.skeleton import JOINTS
from gen3d.transforms import normalize
from gen3d.wardrobe.cut import Cloth
from gen3d.wardrobe.hair_scalp import EYE_LEVEL, HeadFrame, ear_mask

Points = Float[np.ndarray, "*n 3"]
Comb = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
"""Canonical positions, canonical roots, share of the length -> direction (any length)."""

_DOWN = np.array([0.0, -1.0, 0.0])
_NEAREST = 6


@dataclass(frozen=True)
class Collider:
    """Points of a closed surface with outward normals."""

    points: Float[np.ndarray, "points 3"]
    normals: Float[np.ndarray, "points 3"]
    tree: KDTree

    def distance(self, queries: Float[np.ndarray, "n 3"]) -> tuple[np.ndarray, np.ndarray]:
        """Signed distance (negative inside) and the surface's normal at every query."""
        gap, near = self.tree.query(queries, k=_NEAREST)
        weights = 1.0 / (gap**2 + 1e-6)
        weights /= weights.sum(axis=1, keepdims=True)
        normals = self.normals[near]
        heights = np.sum((queries[:, None] - self.points[near]) * normals, axis=-1)
        return np.sum(weights * heights, axis=1), normalize(
            np.sum(weights[..., None] * normals, axis=1),
        )


def body_collider(shaped: ShapedBody, lowest: float, *, ears: bool = True) -> Collider:
    """The skin above a height, hands and lower arms left out.

    Args:
        shaped: The person.
        lowest: Metres over the ground.
        ears: Whether the auricles are obstacles; their normals are turned sideways so that hair
            passes over them.
    """
    faces = triangulate(shaped.data.quads["body"])
    normals = vertex_normals(shaped.verts, faces)[:BODY_VERTS].astype(np.float64)
    points = shaped.verts[:BODY_VERTS].astype(np.float64)
    auricle = ear_mask(shaped.data)[:BODY_VERTS]
    sideways = np.stack([np.sign(points[:, 0]), np.zeros(BODY_VERTS), np.zeros(BODY_VERTS)], axis=1)
    normals = np.where(auricle[:, None], normalize(sideways + 0.2 * normals), normals)
    elbow = abs(shaped.skeleton.positions[JOINTS.index("leftLowerArm"), 0])
    keep = (points[:, 1] > lowest) & (np.abs(points[:, 0]) < elbow) & _outer(shaped)
    if not ears:
        keep &= ~auricle
    return Collider(points[keep], normals[keep], KDTree(points[keep]))


def _outer(shaped: ShapedBody) -> Bool[np.ndarray, "verts"]:
    """Skin that the outside can touch: without the mouth's inside."""
    used = np.zeros(len(shaped.verts), dtype=bool)
    used[np.unique(shaped.data.quads["body"])] = True
    jaw = shaped.face_morphs["jawOpen"][:BODY_VERTS]
    points = shaped.verts[:BODY_VERTS]
    lips = np.abs(jaw[:, 1]) > 1e-3
    front = points[:, 2] > points[lips, 2].max() - 0.045 * shaped.height / 1.75
    inside = lips & ~front & (np.abs(points[:, 0]) < 0.02)
    return used[:BODY_VERTS] & ~inside


@dataclass(frozen=True)
class Roots:
    """Places on the scalp where strands start."""

    points: Float[np.ndarray, "strands 3"]
    normals: Float[np.ndarray, "strands 3"]
    weights: Float[np.ndarray, "strands joints"]
    fields: Float[np.ndarray, "strands"]
    """Distance above the hairline, template metres."""
    faces: Int[np.ndarray, "strands 3"]
    barycentrics: Float[np.ndarray, "strands 3"]


def _scatter(
    corners: Float[np.ndarray, "faces 3 3"],
    density: np.ndarray,
    count: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Blue-noise sample: farthest-point choice among many area-weighted random points."""
    edges = corners[:, 1:] - corners[:, :1]
    area = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1) * density
    many = max(10 * count, 600)
    face = np.searchsorted(np.cumsum(area) / area.sum(), rng.random(many))
    face = np.minimum(face, len(corners) - 1)
    a, b = np.sqrt(rng.random(many)), rng.random(many)
    bary = np.stack([1 - a, a * (1 - b), a * b], axis=1)
    points = np.einsum("nc,ncd->nd", bary, corners[face])
    chosen = np.zeros(count, dtype=np.int64)
    gap = np.full(many, np.inf)
    for i in range(1, count):
        gap = np.minimum(gap, np.sum((points - points[chosen[i - 1]]) ** 2, axis=1))
        chosen[i] = int(np.argmax(gap))
    return face[chosen], bary[chosen]


def scatter_roots(
    shaped: ShapedBody,
    cloth: Cloth,
    field: Float[np.ndarray, "base"],
    density: Float[np.ndarray, "faces"],
    count: int,
    rng: np.random.Generator,
) -> Roots:
    """Spread ``count`` roots evenly over the faces of ``cloth`` where ``density`` is not zero."""
    verts = cloth.of(shaped.verts.astype(np.float64))
    normals = vertex_normals(verts, cloth.faces)
    face, bary = _scatter(verts[cloth.faces], density, count, rng)
    corner = cloth.faces[face]

    def mixed(values: np.ndarray) -> np.ndarray:
        return np.einsum("nc,ncd->nd", bary, values[corner])

    return Roots(
        points=mixed(verts),
        normals=normalize(mixed(normals.astype(np.float64))),
        weights=mixed(cloth.of(shaped.weights)),
        fields=mixed(cloth.of(field[:, None]))[:, 0],
        faces=corner,
        barycentrics=bary,
    )


@dataclass(frozen=True)
class Growth:
    """How one layer of strands grows; lengths in canonical metres."""

    comb: Comb
    steps: int = 7
    near: float = 0.003
    """Height over the skin at the root."""
    lift: float = 0.008
    """How much higher the strand runs in its middle."""
    hug: float = 1.0
    """How strongly a strand follows the skull."""
    hang: float = 0.0
    """Gravity against combing, 0 to 1."""
    stiff: float = 0.5
    """Share of the previous direction in the next one."""
    wander: float = 0.15
    """Random sideways drift."""
    clear: float = 0.02
    """Distance that hair keeps from the body under the chin: room for clothes."""


@dataclass(frozen=True)
class Strands:
    """Guide curves and the direction that faces away from the body along them."""

    points: Float[np.ndarray, "strands steps 3"]
    outward: Float[np.ndarray, "strands steps 3"]


def _clearance(
    frame: HeadFrame, growth: Growth, points: np.ndarray, height: np.ndarray
) -> np.ndarray:
    """Wanted height over the skin: the layer's on the head, room for clothes under the chin."""
    below = EYE_LEVEL - 0.085 - frame.canonical(points)[:, 1]
    return height + growth.clear * frame.size * np.clip(below / 0.05, 0.0, 1.0)


def _push(
    collider: Collider, points: np.ndarray, wanted: np.ndarray, hug: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    gap, normal = collider.distance(points)
    # Past the widest line of the head hair lets go, but never flies off.
    follow = hug * np.clip(2.5 * normal[:, 1] + 0.9, 0.12, 1.0)
    lift = np.where(gap < wanted, wanted - gap, follow * (wanted - gap) * (gap < 0.06))
    return points + lift[:, None] * normal, normal, gap < wanted + 0.002


def grow(
    roots: Roots,
    lengths: Float[np.ndarray, "strands"],
    growth: Growth,
    frame: HeadFrame,
    collider: Collider,
    rng: np.random.Generator,
) -> Strands:
    """Grow one guide curve from every root.

    Args:
        roots: Where.
        lengths: Canonical metres.
        growth: How.
        frame: Of the head.
        collider: What hair may not enter.
        rng: Source of the small differences between strands.
    """
    count, size = len(lengths), frame.size
    step = lengths * size / growth.steps
    drift = rng.normal(size=(count, 3)) * growth.wander
    own_lift = growth.lift * size * rng.uniform(0.75, 1.2, count)
    root = frame.canonical(roots.points)
    points = roots.points + roots.normals * growth.near * size
    normal, direction = roots.normals, np.zeros((count, 3))
    touching = np.ones(count, dtype=bool)
    curve, outward = [points], [normal]
    for k in range(growth.steps):
        share = (k + 1) / growth.steps
        wanted = normalize(growth.comb(frame.canonical(points), root, share) + drift)
        wanted = (1.0 - growth.hang) * wanted + growth.hang * _DOWN
        stiff = growth.stiff if k else 0.0
        direction = normalize((1.0 - stiff) * wanted + stiff * direction)
        into = np.sum(direction * normal, axis=1)
        into = np.where(touching & (into < 0), into, np.where(touching, growth.hug * into, 0.0))
        direction = normalize(direction - into[:, None] * normal)
        rise = np.sin(np.pi * min(0.75 * share + 0.1, 1.0))
        height = _clearance(frame, growth, points, growth.near * size + own_lift * rise)
        points, normal, touching = _push(
            collider, points + direction * step[:, None], height, growth.hug
        )
        curve.append(points)
        outward.append(normal)
    return Strands(np.stack(curve, axis=1), np.stack(outward, axis=1))
