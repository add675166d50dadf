# SPDX-License-Identifier: Apache-2.0
"""What is left of a building: broken walls of stone, stumps of columns, fallen blocks."""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_b import block
from gen3d.foundry.solids import Solid
from scenes.place import Shape
from scenes.world.shapes import limb, shape_of
from scenes.world.surfaces import MASONRY

_COURSE_M, _THICK_M, _TALLEST_M = 0.45, 0.75, 5.2
"""Height of a row of stones, thickness and greatest height of walls."""
Piece = tuple[Solid, int, float]


def ruin(name: str, seed: int, step: float, deep: float) -> Shape:
    """Four broken walls with a doorway in the front one (+Z), columns or not inside.

    Args:
        name: Of the shape.
        seed: Of what still stands.
        step: Length along the road that it has; it is about half as wide.
        deep: Its depth.
    """
    rng = np.random.default_rng(seed)
    wide = float(rng.uniform(0.42, 0.6)) * step
    pieces = list[Piece]()
    for turned, length, away in (
        (False, wide, deep / 2.0),
        (False, wide, -deep / 2.0),
        (True, deep, wide / 2.0),
        (True, deep, -wide / 2.0),
    ):
        doorway = not turned and away > 0
        pieces += _wall(rng, length, away, turned=turned, doorway=doorway)
    if rng.random() < 0.6:
        pieces += _columns(rng, wide, deep)
    pieces += _fallen(rng, wide, deep)
    return shape_of(name, pieces, 2.4)


def _wall(
    rng: np.random.Generator, length: float, away: float, *, turned: bool, doorway: bool
) -> list[Piece]:
    """A wall in upright strips whose tops step up and down in whole courses."""
    count = max(int(length / 1.1), 3)
    wide, pieces = length / count, list[Piece]()
    tops = rng.uniform(0.2, 1.0) + np.cumsum(rng.normal(0.0, 0.22, count))
    # Corners stand longest.
    tops = np.clip(tops + 0.35 * np.abs(np.linspace(-1.0, 1.0, count)) ** 3, 0.0, 1.0)
    for k, share in enumerate(tops):
        tall = round(float(share) * _TALLEST_M / _COURSE_M) * _COURSE_M
        middle = (k + 0.5) * wide - length / 2.0
        if tall <= 0.0 or (doorway and abs(middle) < 0.9):
            continue
        place = (away, -0.8, middle) if turned else (middle, -0.8, away)
        sizes = (_THICK_M, wide) if turned else (wide, _THICK_M)
        stone = block(place, sizes[0] + 0.02, tall + 0.8, sizes[1] + 0.02, 0.03)
        pieces.append((stone, MASONRY, float(rng.uniform(0.85, 1.1))))
    return pieces


def _columns(rng: np.random.Generator, wide: float, deep: float) -> list[Piece]:
    """Two rows of columns, broken at any height."""
    pieces = list[Piece]()
    for side in (-1.0, 1.0):
        for z in np.linspace(-0.32, 0.32, 4) * deep:
            tall = float(rng.choice([0.6, 1.4, 3.0, 4.6]))
            foot = np.array([side * 0.24 * wide, 0.0, float(z)])
            shaft = limb(foot, foot + np.array([0.0, tall, 0.0]), 0.38, 0.33, 14)
            base = block((float(foot[0]), -0.3, float(z)), 1.05, 0.5, 1.05, 0.04)
            pieces += [(shaft, MASONRY, 1.1), (base, MASONRY, 1.0)]
    return pieces


def _fallen(rng: np.random.Generator, wide: float, deep: float) -> list[Piece]:
    """Blocks that lie about."""
    pieces = list[Piece]()
    for _ in range(14):
        x, z = rng.uniform(-0.6, 0.6, 2) * (wide, deep)
        a, b, c = rng.uniform(0.35, 1.0, 3)
        stone = block((float(x), -0.15, float(z)), float(a), float(0.6 * b), float(c), 0.04)
        pieces.append((stone, MASONRY, float(rng.uniform(0.8, 1.05))))
    return pieces
