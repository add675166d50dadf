# SPDX-License-Identifier: Apache-2.0
"""Shadows of clouds on the ground: the share of the sun that comes through, as maps around the eye.

The share at a place is what the clouds leave along that place's own line to the sun, in the very
field that the sky shows; at the eye it is what dims the sun in the picture. Lines to the sun are
parallel, so a point anywhere has the share of where its line crosses the level plane through the
eye. Nested square maps keep that plane: cells of 6 m near the eye, where the half-shadow's edge is
10 to 20 m wide, of 36 m and 216 m farther out, to 13 km; beyond, the outermost cells go on. What
scatters inside clouds stays even: the sky's light on the ground has no shadows, nor has the haze.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Float32

from gen3d.panorama import EYE_HEIGHT

SIDE, _CELLS_M = 128, (6.0, 36.0, 216.0)
_FADE = 0.15
"""Outer part of a map, of its half, in which the next one takes over."""
DARK = 1e-3
"""Share of the sun under which a sky is overcast: no shadows are told apart there."""
_LOWEST = 0.02
"""Sine of the sun's height under which clouds hide it from everywhere."""
Through = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
"""Share of the sun that comes through to places x, z of the plane, averaged over cells of a size;
cells of no size are points."""


def shadow_maps(through: Through) -> Float32[np.ndarray, "levels side side"]:
    """Draw the maps; rows run along x, columns along z, and the middle cell is the eye's."""
    maps = list[np.ndarray]()
    for level, cell in enumerate(_CELLS_M):
        line = (np.arange(SIDE) - SIDE // 2) * cell
        x, z = np.meshgrid(line, line, indexing="ij")
        share = through(x.ravel(), z.ravel(), cell if level else 0.0)
        maps.append(share.reshape(SIDE, SIDE).astype(np.float32))
    return np.stack(maps)


def share_at(
    maps: Float32[np.ndarray, "levels side side"],
    point: Float[np.ndarray, "3 rays"],
    toward: Float[np.ndarray, "3"],
) -> Float32[np.ndarray, "rays"]:
    """Share of the sun that comes through the clouds to points in the world.

    Args:
        maps: Of :func:`shadow_maps`.
        point: World axes, the viewer's place at the origin.
        toward: The sun's direction.
    """
    up = (point[1] - EYE_HEIGHT) / max(float(toward[1]), _LOWEST)
    x, z = point[0] - up * toward[0], point[2] - up * toward[2]
    out = np.maximum(np.abs(x), np.abs(z))
    share = _between(maps[-1], x / _CELLS_M[-1], z / _CELLS_M[-1])
    for level in range(len(maps) - 2, -1, -1):
        cell = _CELLS_M[level]
        half = (SIDE // 2 - 1) * cell
        weight = np.clip((half - out) / (_FADE * half), 0.0, 1.0)
        near = np.flatnonzero(weight > 0.0)
        inner = _between(maps[level], x[near] / cell, z[near] / cell)
        share[near] += weight[near].astype(np.float32) * (inner - share[near])
    return share


def _between(
    grid: Float32[np.ndarray, "side side"], i: np.ndarray, j: np.ndarray
) -> Float32[np.ndarray, "rays"]:
    """A map between its cells' middles, which count from the eye's; its rim goes on outside."""
    i, j = (np.clip(n + SIDE // 2, 0.0, SIDE - 1.0) for n in (i, j))
    low_i, low_j = (np.minimum(n.astype(np.int64), SIDE - 2) for n in (i, j))
    a, b = (i - low_i).astype(np.float32), (j - low_j).astype(np.float32)
    near = grid[low_i, low_j] * (1 - a) + grid[low_i + 1, low_j] * a
    far = grid[low_i, low_j + 1] * (1 - a) + grid[low_i + 1, low_j + 1] * a
    return near * (1 - b) + far * b
