# SPDX-License-Identifier: Apache-2.0
"""What gives a land its shape, as heights over it: pure functions of place and seed.

Nothing here moves the ground under the character, who stands at the origin. Walls of rock have
gullies as wide as they are high and, by ``stepped``, ledges.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from gen3d.easing import smoothstep
from gen3d.spec import LandSpec
from scenes.world.noise import fractal, uniform
from scenes.world.waters import VALLEY_HALF_M, arm_axis, arm_half, shore

_WALLED = ("canyon", "crater")
_LEDGES = 7.3
"""How many ledges a wall has."""
_GULLY, _GULLY_WIDE = 0.095, 0.42
"""Depth and width of a wall's gullies, in its heights."""
_BUTTE_M, _BUTTE_KEEP_M = 480.0, 90.0
"""Side of the squares that hold a butte each, and how close one may come."""
_STACK_M, _STACK_KEEP_M = 85.0, 34.0
"""The same of what stands in the sea."""
_CREVASSE_M, _CREVASSES_TO_M = 13.0, (140.0, 60.0)
"""From crevasse to crevasse, and where they fade out: far ground is too coarse for them."""
_CONE_AT, _CONE_FOOT = (0.34, 0.94), 2.1
"""Where a cone stands as seen from the character (front left), and its foot, in its heights."""
_STEP_M, _STEPS_TO_M = 1.5, 260.0
"""Height of a field's terrace, and how far they are built."""
FALL_X_M, _ACROSS_M = -24.0, 15.0
"""Where a waterfall comes down, to the right of where the character looks, across the river."""
Values = Float[np.ndarray, "*batch"]


def landform(land: LandSpec, seed: int, x: Values, z: Values) -> Values:
    """Height that the land's shape adds, but for dunes and terraces, which are in its swells."""
    shapes = {"canyon": _canyon, "cliffs": _cliffs, "crater": _crater}
    shapes |= {"buttes": _buttes, "cone": _cone, "stacks": _stacks}
    if land.shape not in shapes:
        return np.zeros(np.broadcast_shapes(np.shape(x), np.shape(z)))
    # Walls follow the water where there is some: a river's canyon, a crater's lake.
    walled = land.shape in _WALLED and land.water != "none"
    return shapes["cliffs" if walled else land.shape](land, seed, x, z)


def dunes(x: Values, z: Values, seed: int) -> Values:
    """Long crests across the wind, steep in their lee."""
    bend = 1.1 * fractal(x / 160.0, z / 160.0, seed + 21, 3)
    phase = (z / 85.0 + bend) % 1.0
    profile = np.where(phase < 0.72, phase / 0.72, (1.0 - phase) / 0.28)
    size = 0.55 + 0.45 * fractal(x / 300.0, z / 300.0, seed + 22, 2)
    return 11.0 * size * profile * profile * (3.0 - 2.0 * profile)


def crevasses(x: Values, z: Values, seed: int) -> Values:
    """How much of a crack there is in a glacier, 0 to 1: across the flow, here and there."""
    bend = 0.9 * fractal(x / 60.0, z / 60.0, seed + 24, 4)
    off = np.abs((z / _CREVASSE_M + bend) % 1.0 - 0.5) * _CREVASSE_M
    there = smoothstep(-0.05, 0.25, fractal(x / 26.0, z / 40.0, seed + 25, 3))
    near = np.hypot(x, z)
    return smoothstep(1.5, 0.3, off) * there * smoothstep(*_CREVASSES_TO_M, near)


def terraced(h: Values, radius: Values) -> Values:
    """Slopes as level fields, one above the other, with banks between."""
    fields = _in_steps(h / _STEP_M, 0.78) * _STEP_M
    return h + smoothstep(_STEPS_TO_M, 0.6 * _STEPS_TO_M, radius) * (fields - h)


def _in_steps(h: Values, bank: float) -> Values:
    """Level steps of height 1, each of which ends in a bank over the rest of it."""
    return np.floor(h) + smoothstep(bank, 1.0, h % 1.0)


def _climb(land: LandSpec, seed: int, x: Values, z: Values, side: Values) -> Values:
    """A wall whose foot is ``walls_from_m`` along ``side``."""
    wide = max(_GULLY_WIDE * land.walls_m, 8.0)
    gullies = _GULLY * land.walls_m * fractal(x / wide, z / wide, seed + 32, 5)
    near = np.hypot(x, z)
    start, run = np.full_like(near, land.walls_from_m), land.walls_m / land.walls_slope
    if land.waterfall:
        # Where water falls the wall comes close and is sheer.
        fall = np.exp(-(((x - FALL_X_M) / 11.0) ** 2)) * (z > _ACROSS_M)
        start, run = start * (1.0 - 0.8 * fall), run * (1.0 - 0.75 * fall)
        gullies = gullies * (1.0 - fall)
    share = smoothstep(0.0, 1.0, (side + gullies * smoothstep(5.0, 26.0, near) - start) / run)
    steps = _in_steps(share * _LEDGES, 0.55) / _LEDGES
    return land.walls_m * ((1.0 - land.stepped) * share + land.stepped * steps)


def _canyon(land: LandSpec, seed: int, x: Values, z: Values) -> Values:
    """Walls on both sides of a winding floor that leads to where one looks."""
    axis = 22.0 * fractal(z / 160.0, np.full_like(z, 0.5), seed + 31, 3)
    return _climb(land, seed, x, z, np.abs(x - axis * smoothstep(10.0, 80.0, np.abs(z))))


def _cliffs(land: LandSpec, seed: int, x: Values, z: Values) -> Values:
    """Walls along the water; where there is none, a scarp that passes on the left."""
    if land.water == "none":
        uneven = 14.0 * fractal(x / 90.0, z / 90.0, seed + 33, 3)
        side = 0.85 * x + 0.5 * z + uneven * smoothstep(5.0, 40.0, np.hypot(x, z))
        return _climb(land, seed, x, z, side)
    edge = side = shore(land, seed, x, z)
    if land.water == "fjord":
        half = np.maximum(arm_half(z), VALLEY_HALF_M)
        side = np.abs(x - arm_axis(seed, z)) - half
    return _climb(land, seed, x, z, side) * smoothstep(1.0, 6.0, edge)


def _crater(land: LandSpec, seed: int, x: Values, z: Values) -> Values:
    """A ring wall around a floor, on which the character stands off the middle."""
    away = np.hypot(x - 0.2 * land.walls_from_m, z - 0.4 * land.walls_from_m)
    run = land.walls_m / land.walls_slope
    rim = land.walls_from_m + run
    # Outside, the ground falls gently from the rim.
    return _climb(land, seed, x, z, away) * (1.0 - 0.8 * smoothstep(rim, rim + 5.0 * run, away))


def _buttes(land: LandSpec, seed: int, x: Values, z: Values) -> Values:
    """Flat-topped hills that stand alone, sheer above a skirt of rubble."""
    i, j = np.floor(x / _BUTTE_M).astype(np.int64), np.floor(z / _BUTTE_M).astype(np.int64)
    uneven = 0.13 * land.walls_m * fractal(x / 55.0, z / 55.0, seed + 34, 4)
    ragged = uneven * smoothstep(20.0, 90.0, np.hypot(x, z))
    tallest = np.zeros(np.broadcast_shapes(np.shape(x), np.shape(z)))
    for a, b in np.ndindex(3, 3):
        column, row = i + a - 1, j + b - 1
        cx = (column + uniform(column, row, seed + 35)) * _BUTTE_M
        cz = (row + uniform(column, row, seed + 36)) * _BUTTE_M
        size = uniform(column, row, seed + 37)
        top, wide = land.walls_m * (0.55 + 0.6 * size), land.walls_m * (0.3 + 0.7 * size**2)
        there = (np.hypot(cx, cz) > _BUTTE_KEEP_M + wide + 1.1 * top) & (size > 0.25)
        # From its edge outwards, in its heights.
        edge = (np.hypot(x - cx, z - cz) - wide + ragged) / top
        skirt = 0.36 * np.clip(1.0 - edge / 1.1, 0.0, 1.0) ** 1.4
        wall = 0.44 * smoothstep(0.05, -0.05, edge)
        cap = 0.20 * smoothstep(-0.09, -0.15, edge)
        tallest = np.maximum(tallest, there * top * (skirt + wall + cap))
    return tallest


def _stacks(land: LandSpec, seed: int, x: Values, z: Values) -> Values:
    """What stands alone in the sea, sheer all round: pillars of rock, bergs with tilted tops."""
    i, j = np.floor(x / _STACK_M).astype(np.int64), np.floor(z / _STACK_M).astype(np.int64)
    uneven = 0.16 * land.walls_m * fractal(x / 17.0, z / 17.0, seed + 34, 4)
    tallest = np.zeros(np.broadcast_shapes(np.shape(x), np.shape(z)))
    for a, b in np.ndindex(3, 3):
        column, row = i + a - 1, j + b - 1
        cx = (column + uniform(column, row, seed + 35)) * _STACK_M
        cz = (row + uniform(column, row, seed + 36)) * _STACK_M
        size, lean = uniform(column, row, seed + 37), uniform(column, row, seed + 39)
        top = land.walls_m * (0.35 + 0.65 * size)
        wide = top / land.walls_slope * (0.6 + 0.8 * uniform(column, row, seed + 40))
        there = (np.hypot(cx, cz) > _STACK_KEEP_M + wide) & (size > 0.3)
        turn = 2.0 * np.pi * lean
        across = ((x - cx) * np.cos(turn) + (z - cz) * np.sin(turn)) / np.maximum(wide, 1.0)
        edge = (np.hypot(x - cx, z - cz) - wide + uneven) / top
        body = smoothstep(0.09, -0.09, edge) * (1.0 + 0.28 * np.clip(across, -1.0, 1.0))
        steps = _in_steps(body * 4.0, 0.6) / 4.0
        body = body + land.stepped * (steps - body)
        tallest = np.maximum(tallest, there * top * body)
    # Where the sea ends they would stand on the beach.
    return tallest * smoothstep(-3.0, -14.0, shore(land, seed, x, z))


def _cone(land: LandSpec, seed: int, x: Values, z: Values) -> Values:
    """One great mountain with hollow flanks, gullies and a crater."""
    cx, cz = (land.walls_from_m * share for share in _CONE_AT)
    away = np.hypot(x - cx, z - cz)
    reach = away / (_CONE_FOOT * land.walls_m)
    turn = np.arctan2(x - cx, z - cz)
    gullies = fractal(np.cos(turn) * 3.0, np.sin(turn) * 3.0 + 0.8 * reach, seed + 38, 4)
    flank = np.clip(1.0 - reach * (1.0 + 0.07 * gullies * smoothstep(0.05, 0.5, reach)), 0.0, 1.0)
    crater = 0.12 * smoothstep(0.1, 0.02, reach)
    return land.walls_m * (0.85 * flank**2.1 + 0.15 * flank * flank - crater * flank)
