# SPDX-License-Identifier: Apache-2.0
"""From guide curves to ribbons of triangles: curved cards that taper, with volume normals.

A card is a strip of quads, two (flat) or three (arched) vertices across. Its normals lean towards
the direction away from the body, as artists do by transferring normals from a smooth hull: a heap
of cards then shades like one body of hair instead of like shingles.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from gen3d.transforms import normalize
from gen3d.wardrobe.hair_strands import Strands

Rect = tuple[float, float, float, float]
"""Part of the atlas: left, top, right, bottom in UV units; roots at the top."""


@dataclass(frozen=True)
class Geometry:
    """Triangles before they become a part."""

    verts: Float[np.ndarray, "verts 3"]
    faces: Int[np.ndarray, "faces 3"]
    normals: Float[np.ndarray, "verts 3"]
    uvs: Float[np.ndarray, "verts 2"]
    weights: Float[np.ndarray, "verts joints"]


def merge(pieces: list[Geometry]) -> Geometry:
    """Put pieces into one list of triangles."""
    starts = np.cumsum([0, *(len(p.verts) for p in pieces[:-1])])
    return Geometry(
        np.concatenate([p.verts for p in pieces]),
        np.concatenate([p.faces + s for p, s in zip(pieces, starts, strict=True)]),
        np.concatenate([p.normals for p in pieces]),
        np.concatenate([p.uvs for p in pieces]),
        np.concatenate([p.weights for p in pieces]),
    )


def tangents(points: Float[np.ndarray, "strands steps 3"]) -> Float[np.ndarray, "strands steps 3"]:
    """Unit direction along every curve (central differences)."""
    ahead = np.concatenate([points[:, 1:], points[:, -1:]], axis=1)
    behind = np.concatenate([points[:, :1], points[:, :-1]], axis=1)
    return normalize(ahead - behind)


def _smoothed(vectors: np.ndarray) -> np.ndarray:
    padded = np.concatenate([vectors[:, :1], vectors, vectors[:, -1:]], axis=1)
    return normalize(padded[:, :-2] + 2.0 * padded[:, 1:-1] + padded[:, 2:])


def taper(steps: int, root: float, tip: float, power: float = 2.0) -> Float[np.ndarray, "steps"]:
    """Width profile: ``root`` share at the start, 1 after a third, ``tip`` share at the end."""
    t = np.linspace(0.0, 1.0, steps)
    grow = root + (1.0 - root) * np.clip(t / 0.3, 0.0, 1.0)
    return grow * (1.0 - (1.0 - tip) * t**power)


def grid_faces(rows: int, columns: int, strips: int) -> Int[np.ndarray, "faces 3"]:
    """Triangles of ``strips`` separate grids; counter-clockwise with rows along, columns right."""
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    one = np.stack([np.stack([a, c, b], -1), np.stack([b, c, d], -1)], axis=2).reshape(-1, 3)
    starts = np.arange(strips)[:, None, None] * rows * columns
    return (starts + one).reshape(-1, 3)


def cards(
    strands: Strands,
    widths: Float[np.ndarray, "strands"],
    profile: Float[np.ndarray, "steps"],
    rects: Float[np.ndarray, "strands 4"],
    weights: Float[np.ndarray, "strands steps joints"],
    *,
    arch: float = 0.25,
    volume: float = 0.65,
    roll: Float[np.ndarray, "strands"] | None = None,
) -> Geometry:
    """Build one ribbon along every guide curve.

    Args:
        strands: Guide curves.
        widths: Full width at the widest place, metres.
        profile: Width along the curve, share of ``widths``.
        rects: Part of the atlas of every card: left, top, right, bottom.
        weights: Skin weights along every curve.
        arch: Height of the middle over the edges, share of the width; 0 makes flat cards.
        volume: How much normals lean from the card's own towards away from the body.
        roll: Turn of every card about its curve, radians.
    """
    count, steps = strands.points.shape[:2]
    along = tangents(strands.points)
    out = _smoothed(strands.outward)
    side = normalize(np.cross(out, along))
    up = np.cross(along, side)
    if roll is not None:
        c, s = np.cos(roll)[:, None, None], np.sin(roll)[:, None, None]
        side, up = c * side + s * up, c * up - s * side
    columns = np.array([-0.5, 0.5]) if arch == 0 else np.array([-0.5, 0.0, 0.5])
    width = widths[:, None] * profile
    spread = columns[:, None] * width[..., None, None] * side[:, :, None]
    bulge = (0.25 - columns**2)[:, None] * 4.0 * arch * width[..., None, None] * up[:, :, None]
    verts = strands.points[:, :, None] + spread + bulge
    own = normalize(up[:, :, None] + 2.2 * arch * columns[:, None] * 2.0 * side[:, :, None])
    normals = normalize((1.0 - volume) * own + volume * out[:, :, None])
    across = (columns + 0.5)[None, None, :]
    t = np.linspace(0.0, 1.0, steps)[None, :, None]
    u = rects[:, None, None, 0] + (rects[:, 2] - rects[:, 0])[:, None, None] * across
    v = rects[:, None, None, 1] + (rects[:, 3] - rects[:, 1])[:, None, None] * t
    u, v = np.broadcast_arrays(u, v)
    joint_weights = np.repeat(weights[:, :, None], len(columns), axis=2)
    return Geometry(
        verts.reshape(-1, 3),
        grid_faces(steps, len(columns), count),
        normals.reshape(-1, 3),
        np.stack([u, v], axis=-1).reshape(-1, 2),
        joint_weights.reshape(-1, weights.shape[-1]),
    )
