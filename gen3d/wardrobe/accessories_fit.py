# SPDX-License-Identifier: Apache-2.0
"""Measuring a body for things worn over clothes: limb and trunk sections, weights, hanging.

A section is the convex outline of the skin in a slab across an axis, as a tape measure finds it:
hollows are bridged. Angles run counter-clockwise in the plane of the two given axes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import ConvexHull, KDTree

from gen3d.body import ShapedBody
from gen3d.body.data import BODY_VERTS
from gen3d.body.surface import triangulate, vertex_normals
from gen3d.skeleton import JOINTS
from gen3d.transforms import normalize
from gen3d.wardrobe.hair_strands import Collider
from gen3d.wardrobe.lathe import Weigh

_LEAST = 24
"""Skin points that an outline needs."""
_ARMS = ("UpperArm", "LowerArm", "Hand", "Thumb", "Index", "Middle", "Ring", "Little")


@dataclass(frozen=True)
class Figure:
    """One person, prepared for fitting."""

    shaped: ShapedBody
    verts: Float[np.ndarray, "body 3"]
    normals: Float[np.ndarray, "body 3"]
    trunk: Bool[np.ndarray, "body"]
    """Skin of the trunk: no arms, no head."""

    @property
    def k(self) -> float:
        """Size against a body of 1.75 m."""
        return self.shaped.height / 1.75

    def joint(self, name: str) -> Float[np.ndarray, "3"]:
        """Rest position of a joint."""
        return self.shaped.skeleton.positions[JOINTS.index(name)].astype(np.float64)

    def weight(self, *parts: str) -> Float[np.ndarray, "body"]:
        """Sum of the weights of all joints whose names contain one of the parts."""
        columns = [i for i, name in enumerate(JOINTS) if any(part in name for part in parts)]
        return self.shaped.weights[:BODY_VERTS, columns].sum(axis=1)


def figure(shaped: ShapedBody) -> Figure:
    """Prepare a person."""
    quads = shaped.data.quads["body"]
    normals = vertex_normals(shaped.verts, triangulate(quads))[:BODY_VERTS].astype(np.float64)
    used = np.zeros(BODY_VERTS, dtype=bool)
    used[np.unique(quads)] = True
    verts = shaped.verts[:BODY_VERTS].astype(np.float64)
    bare = Figure(shaped, verts, normals, used)
    arms, head = bare.weight(*_ARMS), bare.weight("head", "Eye")
    return Figure(shaped, verts, normals, used & (arms < 0.5) & (head < 0.5))


def section(
    points: Float[np.ndarray, "n 3"],
    centre: Float[np.ndarray, "3"],
    axes: Float[np.ndarray, "2 3"],
    angles: Float[np.ndarray, "columns"],
) -> Float[np.ndarray, "columns"]:
    """Convex outline of points around a centre, as radii at angles."""
    flat = (points - centre) @ axes.T
    hull = ConvexHull(flat).equations
    towards = np.stack([np.cos(angles), np.sin(angles)], axis=1) @ hull[:, :2].T
    reach = np.where(towards > 1e-6, -hull[:, 2] / np.maximum(towards, 1e-6), np.inf)
    return np.maximum(reach.min(axis=1), 0.0)


def sleeve_rings(
    points: Float[np.ndarray, "n 3"],
    start: Float[np.ndarray, "3"],
    end: Float[np.ndarray, "3"],
    up: Float[np.ndarray, "3"],
    shares: Float[np.ndarray, "rows"],
    gap: float,
    *,
    columns: int = 32,
    slab: float = 0.02,
    span: tuple[float, float] = (0.0, 2.0 * np.pi),
) -> Float[np.ndarray, "rows columns 3"]:
    """Rings around a limb (or the trunk) from ``start`` to ``end``.

    Args:
        points: Skin of the limb.
        start: Axis at share 0.
        end: Axis at share 1.
        up: Direction of angle 90 degrees.
        shares: Where along the axis.
        gap: Distance from the skin, metres.
        columns: Points a ring.
        slab: Half thickness of the measured slab, metres.
        span: First and last angle; a full turn leaves the last column out.
    """
    along = normalize(end - start)
    vertical = normalize(up - along * (up @ along))
    axes = np.stack([np.cross(vertical, along), vertical])
    full = abs(span[1] - span[0] - 2.0 * np.pi) < 1e-6
    angles = np.linspace(span[0], span[1], columns, endpoint=not full)
    length = float(np.linalg.norm(end - start))
    at = (points - start) @ along / length
    rings: list[np.ndarray] = []
    for share in shares:
        centre = start + share * (end - start)
        off = np.abs(at - share) * length
        # Where the base mesh is coarse the slab grows until it holds an outline.
        near = off <= max(slab, float(np.partition(off, _LEAST)[_LEAST]))
        radii = section(points[near], centre, axes, angles) + gap
        radii = gaussian_filter1d(radii, 1.0, mode="wrap" if full else "nearest")
        out = np.cos(angles)[:, None] * axes[0] + np.sin(angles)[:, None] * axes[1]
        rings.append(centre + radii[:, None] * out)
    stacked = np.stack(rings)
    return gaussian_filter1d(stacked, 0.8, axis=0, mode="nearest") if len(rings) > 3 else stacked


def trunk_rings(
    fig: Figure,
    heights: Float[np.ndarray, "rows"],
    gap: float,
    *,
    columns: int = 64,
    slab: float = 0.015,
) -> Float[np.ndarray, "rows columns 3"]:
    """Horizontal outlines of the trunk, counter-clockwise seen from above, starting at its left."""
    points = fig.verts[fig.trunk]
    near = np.abs(points[:, 1] - heights.mean()) < 0.03 * fig.k
    depth = float((points[near, 2].min() + points[near, 2].max()) / 2.0)
    start, end = np.array([0.0, heights[0], depth]), np.array([0.0, heights[-1], depth])
    shares = (heights - heights[0]) / (heights[-1] - heights[0])
    rings = sleeve_rings(
        points,
        start,
        end,
        np.array([0.0, 0.0, 1.0]),
        shares,
        gap,
        columns=columns,
        slab=slab * fig.k,
    )
    # Angles run from +x to +z or -z, by the axis: make it one.
    return rings if rings[0, columns // 4, 2] < depth else rings[:, _reversed(columns)]


def _reversed(columns: int) -> np.ndarray:
    return (-np.arange(columns)) % columns


def skin_weights(fig: Figure, allowed: Callable[[str], bool], spread: float = 0.03) -> Weigh:
    """Weights of the nearest skin, over the allowed joints only.

    Args:
        fig: The person.
        allowed: Joint names that count; skin of other joints is ignored.
        spread: Radius of the average, metres.
    """
    columns = np.array([allowed(name) for name in JOINTS])
    total = fig.shaped.weights[:BODY_VERTS][:, columns].sum(axis=1)
    used = np.flatnonzero(
        (total > 0.5) & np.isin(np.arange(BODY_VERTS), np.unique(fig.shaped.data.quads["body"]))
    )
    weights = fig.shaped.weights[used] * columns
    weights = weights / weights.sum(axis=1, keepdims=True)
    tree = KDTree(fig.verts[used])

    def weigh(points: np.ndarray) -> np.ndarray:
        gap, near = tree.query(points, k=32)
        share = np.exp(-((gap**2 - gap[:, :1] ** 2) / (2.0 * spread**2)))
        share /= share.sum(axis=1, keepdims=True)
        return np.einsum("nk,nkj->nj", share, weights[near])

    return weigh


def trunk_weights(fig: Figure) -> Weigh:
    """Hips to upper chest by height alone: plates and belts stay in one piece."""
    names = ("hips", "spine", "chest", "upperChest")
    knots = np.array([fig.joint(name)[1] for name in names])

    def weigh(points: np.ndarray) -> np.ndarray:
        weights = np.zeros((len(points), len(JOINTS)))
        place = np.interp(points[:, 1], knots + 0.03 * fig.k, np.arange(len(names)))
        for i, name in enumerate(names):
            weights[:, JOINTS.index(name)] = np.clip(1.0 - np.abs(place - i), 0.0, 1.0)
        return weights

    return weigh


def collider(fig: Figure, keep: Bool[np.ndarray, "body"]) -> Collider:
    """Chosen skin as an obstacle."""
    points = fig.verts[keep]
    return Collider(points, fig.normals[keep], KDTree(points))


def relax(
    points: Float[np.ndarray, "rows columns 3"],
    rounds: int,
    strength: float = 0.5,
    *,
    fixed_rows: int = 1,
) -> Float[np.ndarray, "rows columns 3"]:
    """Smooth a grid; the first rows stay, borders move along themselves."""
    for _ in range(rounds):
        up = np.concatenate([points[:1], points[:-1]])
        down = np.concatenate([points[1:], points[-1:]])
        left = np.concatenate([points[:, :1], points[:, :-1]], axis=1)
        right = np.concatenate([points[:, 1:], points[:, -1:]], axis=1)
        mean = 0.25 * (up + down + left + right)
        moved = points + strength * (mean - points)
        moved[:fixed_rows] = points[:fixed_rows]
        # The free ends would shrink towards the middle: they keep their place along the pull.
        moved[:, 0] = points[:, 0] + strength * (0.5 * (up[:, 0] + down[:, 0]) - points[:, 0])
        moved[:, -1] = points[:, -1] + strength * (0.5 * (up[:, -1] + down[:, -1]) - points[:, -1])
        moved[-1] = points[-1]
        moved[:fixed_rows] = points[:fixed_rows]
        points = moved
    return points


def keep_outside(
    points: Float[np.ndarray, "*n 3"], obstacle: Collider, gap: float
) -> Float[np.ndarray, "*n 3"]:
    """Push points to at least ``gap`` metres off an obstacle."""
    flat = points.reshape(-1, 3)
    height, normal = obstacle.distance(flat)
    return (flat + normal * np.maximum(gap - height, 0.0)[:, None]).reshape(points.shape)
