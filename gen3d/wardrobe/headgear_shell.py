# SPDX-License-Identifier: Apache-2.0
"""The head as a hat maker sees it: a smooth convex shell, lines on it, and skin weights near it.

Headgear rests on the convex hull of the head, which has no nose bridge or ear canal to follow. In
directions from the skull's middle the hull is one radius (exact: the least intersection with its
facets), so a shell is a grid over azimuth and a lower edge that is any curve on the head.
Heights are canonical (template metres, :mod:`gen3d.wardrobe.hair_scalp`) unless said otherwise.
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
from gen3d.skeleton import JOINTS
from gen3d.wardrobe.hair_scalp import CENTRE, HeadFrame, ear_mask, head_frame
from gen3d.wardrobe.lathe import Weigh

Edge = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(azimuth, canonical positions) -> positive above the edge."""

COLUMNS = 48


@dataclass(frozen=True)
class HeadShell:
    """Convex hull of a head, in actual metres."""

    frame: HeadFrame
    centre: Float[np.ndarray, "3"]
    facets: Float[np.ndarray, "facets 4"]
    """Outward normals and offsets: n.x <= d inside."""

    def radius(self, directions: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n"]:
        """Distance from the centre to the hull along unit directions."""
        normals, offsets = self.facets[:, :3], self.facets[:, 3] - self.facets[:, :3] @ self.centre
        towards = directions @ normals.T
        reach = np.where(towards > 1e-6, offsets / np.maximum(towards, 1e-6), np.inf)
        return reach.min(axis=-1)

    def canonical(self, points: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
        """Actual to canonical positions."""
        return self.frame.canonical(points)

    @property
    def size(self) -> float:
        """Actual over canonical head size."""
        return self.frame.size


def head_points(shaped: ShapedBody) -> Bool[np.ndarray, "body"]:
    """Skin that moves with the head."""
    head = shaped.weights[:BODY_VERTS, JOINTS.index("head")] > 0.5
    used = np.zeros(BODY_VERTS, dtype=bool)
    used[np.unique(shaped.data.quads["body"])] = True
    return head & used


def head_shell(
    shaped: ShapedBody,
    *,
    ears: bool,
    above: float = 0.0,
    extra: Bool[np.ndarray, "body"] | None = None,
) -> HeadShell:
    """Hull of the head.

    Args:
        shaped: The person.
        ears: Whether the hull goes over the auricles.
        above: Only skin over this canonical height counts.
        extra: More skin to enclose (neck and shoulders under a hood).
    """
    frame = head_frame(shaped)
    verts = shaped.verts[:BODY_VERTS].astype(np.float64)
    chosen = head_points(shaped) & (frame.canonical(verts)[:, 1] > above)
    if not ears:
        chosen &= ~ear_mask(shaped.data)[:BODY_VERTS]
    if extra is not None:
        chosen |= extra
    hull = ConvexHull(verts[chosen])
    facets = hull.equations * np.array([1.0, 1.0, 1.0, -1.0])
    return HeadShell(frame, frame.actual(CENTRE), facets)


def direction(azimuth: np.ndarray, polar: np.ndarray) -> Float[np.ndarray, "*n 3"]:
    """Unit vector: azimuth from the front (positive to the left), polar angle from the top."""
    ring = np.sin(polar)
    return np.stack([ring * np.sin(azimuth), np.cos(polar), ring * np.cos(azimuth)], axis=-1)


def azimuths(columns: int = COLUMNS, span: float = 2.0 * np.pi) -> Float[np.ndarray, "columns1"]:
    """Azimuths of grid columns, centred on the front; a full circle starts and ends behind."""
    return np.linspace(-span / 2.0, span / 2.0, columns + 1)


def _edge_angles(shell: HeadShell, azimuth: np.ndarray, edge: Edge, gap: float) -> np.ndarray:
    """Polar angle at which each column crosses the edge (first crossing from the top)."""
    polar = np.linspace(0.05, 0.93 * np.pi, 160)
    directions = direction(azimuth[:, None], np.broadcast_to(polar, (len(azimuth), len(polar))))
    points = shell.centre + (shell.radius(directions) + gap)[..., None] * directions
    value = edge(np.broadcast_to(azimuth[:, None], points.shape[:2]), shell.canonical(points))
    below = value < 0
    first = np.where(below.any(axis=1), below.argmax(axis=1), len(polar) - 1)
    first = np.maximum(first, 1)
    rows = np.arange(len(azimuth))
    high, low = value[rows, first - 1], value[rows, first]
    share = np.clip(high / np.where(high - low > 1e-12, high - low, 1.0), 0.0, 1.0)
    angles = polar[first - 1] + share * (polar[first] - polar[first - 1])
    closed = abs(np.ptp(azimuth) - 2.0 * np.pi) < 1e-9
    if not closed:
        return gaussian_filter1d(angles, 0.7, mode="nearest")
    ring = gaussian_filter1d(angles[:-1], 0.7, mode="wrap")
    return np.append(ring, ring[0])


def _smoothed_radii(radii: np.ndarray, rounds: int, *, around: bool) -> np.ndarray:
    """Soften the hull's facets without ever going inside it by more than their sagitta."""
    smooth = radii
    for _ in range(rounds):
        left, right = np.roll(smooth, 1, axis=1), np.roll(smooth, -1, axis=1)
        if around:  # The first and last column are one.
            left[:, 0], right[:, -1] = smooth[:, -2], smooth[:, 1]
        else:
            left[:, 0], right[:, -1] = smooth[:, 0], smooth[:, -1]
        up, down = np.vstack([smooth[:1], smooth[:-1]]), np.vstack([smooth[1:], smooth[-1:]])
        smooth = np.maximum(0.5 * smooth + 0.125 * (left + right + up + down), radii - 0.001)
    return smooth


def shell_grid(
    shell: HeadShell,
    lower: Edge,
    gap: float,
    *,
    upper: Edge | None = None,
    rows: int = 14,
    columns: int = COLUMNS,
    span: float = 2.0 * np.pi,
    smooth: int = 6,
) -> Float[np.ndarray, "rows1 columns1 3"]:
    """Points of the shell between two edges (or from the pole), ``gap`` metres off the hull."""
    azimuth = azimuths(columns, span)
    low = _edge_angles(shell, azimuth, lower, gap)
    high = np.zeros(len(azimuth)) if upper is None else _edge_angles(shell, azimuth, upper, gap)
    t = np.linspace(0.0, 1.0, rows + 1)[:, None]
    directions = direction(
        np.broadcast_to(azimuth, (rows + 1, len(azimuth))), high + t * (low - high)
    )
    radii = _smoothed_radii(shell.radius(directions), smooth, around=bool(span > 6.28)) + gap
    return shell.centre + radii[..., None] * directions


def clear_of_head(
    points: Float[np.ndarray, "*n 3"], shell: HeadShell, gap: float
) -> Float[np.ndarray, "*n 3"]:
    """Push points outwards to at least ``gap`` metres off the hull."""
    offset = points - shell.centre
    distance = np.linalg.norm(offset, axis=-1)
    towards = offset / np.maximum(distance, 1e-9)[..., None]
    return shell.centre + towards * np.maximum(distance, shell.radius(towards) + gap)[..., None]


def plane_edge(front: float, back: float) -> Edge:
    """A tilted plane through canonical heights at the forehead and the occiput."""
    slope = (front - back) / 0.19

    def edge(_azimuth: np.ndarray, p: np.ndarray) -> np.ndarray:
        return p[..., 1] - (back + slope * (p[..., 2] + 0.05))

    return edge


def curve_edge(degrees: tuple[float, ...], heights: tuple[float, ...]) -> Edge:
    """A line on the head: canonical heights at azimuths (degrees from the front, symmetric)."""
    knots = np.radians(degrees)

    def edge(_azimuth: np.ndarray, p: np.ndarray) -> np.ndarray:
        # The skull's azimuth of the actual point, so that opening widths follow the face.
        offset = p - CENTRE
        around = np.abs(np.arctan2(offset[..., 0], offset[..., 2]))
        return p[..., 1] - np.interp(around, knots, heights)

    return edge


HAT_LINE = plane_edge(0.778, 0.742)
"""Where hats sit: over the brows and the ears, under the occiput's bulge."""


def neck_weights(shaped: ShapedBody) -> Weigh:
    """Weights of the nearest skin of head, neck and trunk, smooth over a few centimetres."""
    verts = shaped.verts[:BODY_VERTS].astype(np.float64)
    used = np.unique(shaped.data.quads["body"])
    used = used[verts[used, 1] > shaped.skeleton.positions[JOINTS.index("spine"), 1]]
    tree = KDTree(verts[used])

    def weigh(points: np.ndarray) -> np.ndarray:
        gap, near = tree.query(points, k=24)
        weight = 1.0 / (gap**2 + (0.5 * gap[:, :1]) ** 2 + 1e-6)
        weight /= weight.sum(axis=1, keepdims=True)
        return np.einsum("nk,nkj->nj", weight, shaped.weights[used[near]])

    return weigh
