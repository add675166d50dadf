# SPDX-License-Identifier: Apache-2.0
"""Directions within a small cone, and smoothing of gathered light along surfaces only.

The filter is edge-avoiding à-trous (Dammertz et al. 2010): weights from depth and normals, which
have no noise. Columns wrap round the sphere.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

_ROUNDS = 3


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
