# SPDX-License-Identifier: Apache-2.0
"""Smoothing of traced sky visibility along surfaces, never across their edges.

A separable cross-bilateral filter (Eisemann and Durand 2004; Petschnigg et al. 2004): weights come
from depth and normals, which are free of noise. Its window covers the period of the ray pattern.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

RADIUS_PX = 3
_DEPTH_METRES = 0.02
"""Depth step from one pixel to the next at which two pixels count as different surfaces."""


def smooth_visibility(
    visible: Float32[np.ndarray, "rows columns"],
    depth: Float32[np.ndarray, "rows columns"],
    normals: Float32[np.ndarray, "3 rows columns"],
) -> Float32[np.ndarray, "rows columns"]:
    """Filter once along rows and once along columns."""
    for axis in (1, 0):
        visible = _along(visible, depth, normals, axis)
    return visible


def _along(visible: np.ndarray, depth: np.ndarray, normals: np.ndarray, axis: int) -> np.ndarray:
    size = visible.shape[axis]
    total, weights = visible.copy(), np.ones_like(visible)
    for step in range(1, min(RADIUS_PX, size - 1) + 1):
        here, there = _pair(axis, step)
        gap = np.abs(depth[here] - depth[there]) * np.float32(1.0 / (_DEPTH_METRES * step))
        normal_here, normal_there = normals[:, *here], normals[:, *there]
        alike = np.sum(normal_here * normal_there, axis=0)
        weight = np.maximum(1.0 - gap, 0.0) * np.maximum(alike * 2.0 - 1.0, 0.0)
        total[here] += visible[there] * weight
        weights[here] += weight
        total[there] += visible[here] * weight
        weights[there] += weight
    return total / weights


def _pair(axis: int, step: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    first, second = [slice(None), slice(None)], [slice(None), slice(None)]
    first[axis], second[axis] = slice(None, -step), slice(step, None)
    return (first[0], first[1]), (second[0], second[1])
