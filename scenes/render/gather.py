# SPDX-License-Identifier: Apache-2.0
"""Directions within a small cone, smoothing of gathered light along surfaces only, its lookup.

The filter is edge-avoiding à-trous (Dammertz et al. 2010): weights from depth and normals, which
have no noise. Columns wrap round the sphere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

_ROUNDS = 3
_PLANE = 0.024
"""Distance from a tangent plane, of that from the eye, within which points are neighbours."""


def spread(
    centre: Float32[np.ndarray, "3"], radius: float, draws: np.ndarray
) -> Float32[np.ndarray, "3 rays"]:
    """Unit vectors evenly within ``radius`` radians of a direction."""
    side = np.cross(centre, [0.0, 0.0, 1.0] if abs(centre[2]) < 0.9 else [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    out, turn = radius * np.sqrt(draws[0]), 2 * np.pi * draws[1]
    away = np.outer(side, out * np.cos(turn)) + np.outer(np.cross(centre, side), out * np.sin(turn))
    towards = centre[:, None] + away
    return (towards / np.linalg.norm(towards, axis=0)).astype(np.float32)


def smooth(
    light: Float32[np.ndarray, "height width 3"],
    depth: Float32[np.ndarray, "height width"],
    normals: Float32[np.ndarray, "3 height width"],
) -> Float32[np.ndarray, "height width 3"]:
    """Average over neighbours on the same surface, at growing distances."""
    for step in [2**k for k in range(_ROUNDS)]:
        total, weights = np.zeros_like(light), np.zeros_like(depth)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                near, far, facing = (
                    _shifted(a, dy * step, dx * step)
                    for a in (light, depth, np.moveaxis(normals, 0, -1))
                )
                gap = np.abs(far - depth) / (0.08 * step * np.maximum(depth, 0.1))
                alike = np.einsum("chw,hwc->hw", normals, facing)
                weight = (
                    np.maximum(1 - gap, 0) * np.maximum(alike, 0) ** 4 * 0.5 ** (abs(dx) + abs(dy))
                )
                weight = np.where((dy == 0) & (dx == 0), 1.0, weight).astype(np.float32)
                total += near * weight[..., None]
                weights += weight
        light = total / weights[..., None]
    return light


def _shifted(plane: np.ndarray, dy: int, dx: int) -> np.ndarray:
    rows = np.clip(np.arange(len(plane)) + dy, 0, len(plane) - 1)
    return np.roll(plane[rows], -dx, axis=1)


@dataclass(frozen=True)
class Known:
    """Light of points on surfaces, as a coarse picture has them."""

    light: Float32[np.ndarray, "height width 3"]
    points: Float32[np.ndarray, "height width 3"]
    normals: Float32[np.ndarray, "height width 3"]
    """0 where nothing is."""


def along_surfaces(
    known: Known,
    place: tuple[np.ndarray, np.ndarray],
    point: Float32[np.ndarray, "3 rays"],
    normal: Float32[np.ndarray, "3 rays"],
    depth: Float32[np.ndarray, "rays"],
    *,
    wrap: bool = False,
) -> tuple[Float32[np.ndarray, "rays 3"], Float32[np.ndarray, "rays"]]:
    """Light between the pixels of a coarse picture, from those on the same surface.

    Args:
        known: The picture.
        place: Column and row of each point in it, pixels.
        point: In the same axes as the picture's points.
        normal: Of the surfaces there.
        depth: From the eye, metres.
        wrap: Whether the left edge meets the right one.

    Returns:
        The light times its weight, and the weight: 0 where no pixel is on the surface, up to 1.
    """
    height, width, _ = known.light.shape
    x, y = place[0] - 0.5, np.clip(place[1] - 0.5, 0, height - 1)
    column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    fx, fy = (x - column).astype(np.float32), (y - row).astype(np.float32)
    total = np.zeros((len(depth), 3), np.float32)
    weights = np.zeros(len(depth), np.float32)
    facing, here = np.ascontiguousarray(normal.T), np.ascontiguousarray(point.T)
    table = [a.reshape(height * width, 3) for a in (known.light, known.points, known.normals)]
    for dy in (0, 1):
        for dx in (0, 1):
            i, j = np.minimum(row + dy, height - 1), column + dx
            j = j % width if wrap else np.clip(j, 0, width - 1)
            light, there, normals = (np.take(a, i * width + j, axis=0) for a in table)
            off = np.einsum("rc,rc->r", there - here, facing)
            near = np.maximum(1 - np.abs(off) / (_PLANE * depth), 0.0)
            bent = np.maximum(np.einsum("rc,rc->r", normals, facing), 0.0) ** 8
            weight = near * bent * (fx if dx else 1 - fx) * (fy if dy else 1 - fy)
            total += light * weight.astype(np.float32)[:, None]
            weights += weight.astype(np.float32)
    return total, weights
