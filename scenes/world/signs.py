# SPDX-License-Identifier: Apache-2.0
"""Neon signs along a town's street: made-up characters of bent tubes on dark boards.

Some stand out from the fronts over the pavement, some lie flat on them. Which tubes shine, and what
they light, is for :mod:`scenes.world.lit` to say.
"""

from __future__ import annotations

import re

import numpy as np

from gen3d.foundry.parts_b import block
from gen3d.foundry.solids import Solid
from scenes.place import Copies, Shape, at
from scenes.world.noise import uniform
from scenes.world.shapes import limb, shape_of
from scenes.world.surfaces import FRAME, NEON
from scenes.world.terrain import Map, height

SIGN = re.compile(r"neon (blade|board) (\d)")
"""Names of signs: which kind, and the number of its colour."""
SHINES_FROM = {"blade": (0.0, -1.95, 0.0), "board": (0.0, -0.1, 0.45)}
"""Where, beneath or before a sign, the point lies from which it lights the street."""
_REACH_M, _STEP_M, _FRONT_M = 66.0, 5.5, 4.0
"""How far along the street they go, one to how many metres at most, and from its edge to fronts."""
_TUBE_M, _EDGE_M = 0.028, 0.07
_BLADE = (0.95, 3.4)
_BOARD = (3.2, 0.95)
Piece = tuple[Solid, int, float]


def signs(where: Map) -> list[Copies]:
    """All signs of a street."""
    if not where.land.signs:
        return []
    k = np.arange(-int(_REACH_M / _STEP_M), int(_REACH_M / _STEP_M) + 1)
    side, number = (grid.ravel() for grid in np.meshgrid([-1, 1], k, indexing="ij"))
    draw = uniform(number, side, where.seed + 440)
    there = draw < where.land.signs
    side, number = side[there], number[there]
    # Of blades one sees the broad sides along the street; boards lie on the fronts.
    flat = uniform(number, side, where.seed + 441) < 0.4
    colour = (uniform(number, side, where.seed + 442) * len(NEON)).astype(int)
    lift = 4.1 + 3.2 * uniform(number, side, where.seed + 443) * ~flat
    along = _STEP_M * (number + 0.5 * uniform(number, side, where.seed + 444))
    front = where.road_half_m + _FRONT_M
    across = side * (front - np.where(flat, 0.14, 0.16 + 0.5 * _BLADE[0]))
    x, z = (along, across) if where.wet else (across, along)
    y = height(where, x, z) + lift + np.where(flat, 0.0, 0.5 * _BLADE[1])
    inward = np.where(side > 0, np.pi, 0.0) if where.wet else np.where(side > 0, -1, 1) * np.pi / 2
    turn = inward + np.where(flat, 0.0, np.pi / 2)
    found = list[Copies]()
    for kind, flush in (("blade", False), ("board", True)):
        for tone in range(len(NEON)):
            mine = (flat == flush) & (colour == tone)
            if mine.any():
                spots = np.stack([x[mine], y[mine], z[mine]], axis=1)
                found.append(at(_sign(kind, tone, where.seed), spots, turn[mine], solid=False))
    return found


def _sign(kind: str, tone: int, seed: int) -> Shape:
    """A sign about its middle, its face towards +Z; a blade has two faces."""
    rng = np.random.default_rng([seed, 445, tone, kind == "blade"])
    wide, tall = _BLADE if kind == "blade" else _BOARD
    pieces: list[Piece] = [(block((0.0, -0.5 * tall, 0.0), wide, tall, 0.16, 0.02), FRAME, 0.05)]
    count = round(max(wide, tall) / min(wide, tall))
    tubes = _rim(wide - 2 * _EDGE_M, tall - 2 * _EDGE_M)
    second = NEON[(tone + 1 + int(rng.integers(len(NEON) - 1))) % len(NEON)]
    glyphs = [line for k in range(count) for line in _glyph(k, count, wide, tall, rng)]
    lines = [(line, NEON[tone]) for line in tubes] + [(line, second) for line in glyphs]
    for facing in (1.0, -1.0) if kind == "blade" else (1.0,):
        for (start, end), number in lines:
            a, b = (np.array([facing * p[0], p[1], facing * 0.11]) for p in (start, end))
            pieces.append((limb(a, b, _TUBE_M, _TUBE_M, 5), number, 1.0))
    return shape_of(f"neon {kind} {tone}", pieces)


Point = tuple[float, float]


def _rim(wide: float, tall: float) -> list[tuple[Point, Point]]:
    x, y = 0.5 * wide, 0.5 * tall
    corners = [(-x, -y), (x, -y), (x, y), (-x, y)]
    return list(zip(corners, [*corners[1:], corners[0]], strict=True))


def _glyph(
    k: int, count: int, wide: float, tall: float, rng: np.random.Generator
) -> list[tuple[Point, Point]]:
    """Strokes of one of a sign's characters: between points of a 3 by 3 grid, as letters have."""
    upright = tall > wide
    shift = ((k + 0.5) / count - 0.5) * max(wide, tall) * 0.9
    half = 0.27 * min(wide, tall)
    grid = [(u * half, v * half) for v in (-1, 0, 1) for u in (-1, 0, 1)]
    ways = [(0, 2), (3, 5), (6, 8), (0, 6), (1, 7), (2, 8), (0, 4), (4, 8), (2, 4), (4, 6)]
    chosen = rng.choice(len(ways), int(rng.integers(3, 6)), replace=False)
    x, y = (0.0, -shift) if upright else (shift, 0.0)
    return [
        ((grid[a][0] + x, grid[a][1] + y), (grid[b][0] + x, grid[b][1] + y))
        for a, b in (ways[c] for c in sorted(chosen))
    ]
