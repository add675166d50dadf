# SPDX-License-Identifier: Apache-2.0
"""Herbs as patches of plants on the ground, the shore or the water, coarser with distance.

A patch is a mesh of a few plants that many copies share; far patches are larger and hold fewer,
larger plants, up to where the tint of the ground (:mod:`scenes.world.swathes`) is all that is left.
Rows lead to where the character looks, and it stands in a lane between two of them. A patch is
level: on steep ground herbs stand in it or over it by up to a hand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from scenes.place import Copies, Shape, at
from scenes.world.flowers import bellflower, daisy, lavender, poppy, rose_bush, sunflower, tulip
from scenes.world.herbage import mushroom, reed, water_lily, wheat
from scenes.world.meshes import Part, assembled
from scenes.world.noise import uniform
from scenes.world.petals import Colour, moved
from scenes.world.swathes import MEAN_DRIFT, Sown, drift, patchwork, row_pitch, sown
from scenes.world.terrain import WATER_LEVEL, Map, along_across, height, shore, slope

Maker = Callable[[np.random.Generator, int, Colour], list[Part]]
_SMALL, _MIDDLE, _LARGE = (3.6, 10.0, 25.0, 60.0), (5.0, 13.0, 30.0, 75.0), (7.0, 18.0, 40.0, 95.0)
_SPACES = (1, 1, 2, 4)
"""Side of a patch at each level, in patches nearby."""


@dataclass(frozen=True)
class _Habit:
    """How a kind grows."""

    make: Maker
    reach_m: tuple[float, ...] = _SMALL
    """How far each detail reaches."""
    share: tuple[float, ...] = (1.0, 1.0, 0.42, 0.16)
    """Of the plants that each detail keeps."""
    size: tuple[float, ...] = (1.0, 1.0, 1.0, 1.0)
    """Of a plant at each detail."""
    side_m: float = 0.9
    """Of a patch nearby."""
    zone: str = "land"
    """Where it grows: land, shore or water."""
    bed_m: float = 0.0
    """Width of a row."""
    lane_m: float = 0.5
    """Half of the lane in which the character stands."""
    faces: bool = False
    """Whether all look to where the character comes from."""


_HABITS: dict[str, _Habit] = {
    "daisy": _Habit(daisy),
    "poppy": _Habit(poppy),
    "bellflower": _Habit(bellflower),
    "tulip": _Habit(tulip, bed_m=1.0),
    "wheat": _Habit(wheat, share=(1.0, 1.0, 0.4, 0.08), bed_m=0.9, lane_m=0.9),
    "sunflower": _Habit(
        sunflower,
        _MIDDLE,
        (1.0, 1.0, 1.0, 0.22),
        (1.0, 1.0, 1.0, 1.25),
        1.3,
        bed_m=0.1,
        lane_m=1.3,
        faces=True,
    ),
    "lavender": _Habit(
        lavender, _MIDDLE, (1.0, 1.0, 0.8, 0.2), (1.0, 1.0, 1.1, 1.7), 1.2, bed_m=0.12, lane_m=0.6
    ),
    "rose bush": _Habit(
        rose_bush, _MIDDLE, (1.0, 1.0, 1.0, 0.5), (1.0, 1.0, 1.0, 1.3), 1.6, bed_m=0.15, lane_m=0.9
    ),
    "water lily": _Habit(
        water_lily, _LARGE, (1.0, 1.0, 1.0, 0.5), (1.0, 1.0, 1.0, 1.5), 1.3, "water"
    ),
    "reed": _Habit(reed, _LARGE, (1.0, 1.0, 0.7, 0.35), (1.0, 1.0, 1.1, 1.35), 0.8, "shore"),
    "mushroom": _Habit(mushroom, (3.0, 9.0, 20.0), (1.0, 1.0, 0.8), (1.0, 1.0, 1.0), 1.0),
}
_ONE_OF = {"wildflower": _HABITS["daisy"]}
_VARIANTS = 3
_CLEAR_M, _ROW_M = 0.75, 1.2
"""How near to the character nothing grows; length of a piece of row."""
_STEEPEST, _MARGIN_M = 0.5, 0.5
_SHORE_M, _WATER_M = (-1.3, 0.5), (-11.0, -0.7)
"""Distances to the water's edge between which reeds and water lilies grow."""
_NEIGHBOUR = 0.45
"""Share of plants in a drift that are of the other strains."""


def herbs(where: Map) -> list[Copies]:
    """All herbs of a land."""
    found = list[Copies]()
    rows = [one for one in sown(where.land) if one.spec.in_rows]
    for one in sown(where.land):
        turn = (rows.index(one), len(rows)) if one in rows else (0, 1)
        for level in range(len(_habit(one).reach_m)):
            found += _level(where, one, level, turn)
    return found


def _habit(one: Sown) -> _Habit:
    return _ONE_OF.get(one.spec.kind) or _HABITS[one.spec.kind]


@dataclass(frozen=True)
class Cells:
    """Where patches of a level are: of a grid whose rows are ``pitch`` apart."""

    pitch: float
    length: float
    plants: int
    """In each."""


def cells(where: Map, one: Sown, level: int) -> Cells:
    """How large the patches of a level are, and how many plants each holds."""
    habit, per_m2 = _habit(one), one.spec.per_m2
    if one.spec.in_rows:
        pitch = row_pitch(where.land)
        apart = 1.0 / (per_m2 * pitch)
        length = apart * max(round(_ROW_M / apart), 1) * _SPACES[level]
    else:
        per_m2 = per_m2 / MEAN_DRIFT
        pitch = length = max(habit.side_m, 1.0 / np.sqrt(per_m2)) * _SPACES[level]
    plants = max(round(per_m2 * pitch * length * habit.share[level]), 1)
    return Cells(pitch, length, plants)


def _level(where: Map, one: Sown, level: int, turn: tuple[int, int]) -> list[Copies]:
    """The patches of one detail."""
    habit, grid, found = _habit(one), cells(where, one, level), list[Copies]()
    spots = _spots(where, one, level, grid, turn)
    if not len(spots):
        return found
    strains = one.strains
    many = max(_VARIANTS, len(strains))
    chosen = _chosen(where, one, spots, many)
    for variant in range(many):
        mine = spots[chosen == variant]
        if not len(mine):
            continue
        shape = patch(where, one, level, grid, variant)
        turned = mine[:, 3] * 53.0 % 1.0
        if habit.faces:
            turns = np.zeros(len(mine))
        elif one.spec.in_rows:
            turns = np.pi * np.round(turned)
        else:
            turns = 2.0 * np.pi * turned
        sizes = 0.92 + 0.16 * (mine[:, 3] * 71.0 % 1.0)
        found.append(at(shape, mine[:, :3], turns, sizes, solid=False))
    return found


def _chosen(where: Map, one: Sown, spots: np.ndarray, many: int) -> np.ndarray:
    """Which variant each patch is: by its row, or as its neighbours are."""
    if one.spec.in_rows and len(one.strains) > 1:
        return (np.floor(97.0 * spots[:, 4]) % many).astype(int)
    if len(one.strains) == 1:
        return (spots[:, 3] * 97.0 % 1.0 * many).astype(int)
    own = patchwork(where.seed, one, spots[:, 0], spots[:, 2])
    return ((own + 0.25 * (spots[:, 3] * 97.0 % 1.0)) % 1.0 * many).astype(int)


def _spots(
    where: Map, one: Sown, level: int, grid: Cells, turn: tuple[int, int]
) -> Float[np.ndarray, "n 5"]:
    """x, y, z, a number in [0, 1) for each patch, and one for its row."""
    habit, salt = _habit(one), where.seed + 700 + 31 * one.number
    outer = habit.reach_m[level]
    inner = habit.reach_m[level - 1] if level else _CLEAR_M
    count = [int(outer / side) + 1 for side in (grid.pitch, grid.length)]
    i, j = (v.ravel() for v in np.meshgrid(*(np.arange(-n, n + 1) for n in count), indexing="ij"))
    chance, row = uniform(i, j, salt + level), uniform(i, 0 * i, salt)
    x, z = (i + 0.5) * grid.pitch, (j + 0.5) * grid.length
    if one.spec.in_rows:
        keep = (i % turn[1] == turn[0]) & (np.abs(x) > habit.lane_m)
        z = z + (row - 0.5) * grid.length
    else:
        x = x + (uniform(i, j, salt + 11) - 0.5) * 0.6 * grid.pitch
        z = z + (uniform(i, j, salt + 12) - 0.5) * 0.6 * grid.length
        keep = uniform(i, j, salt + 13) < drift(where.seed, one, x, z)
    away = np.hypot(x, z)
    keep &= (away >= inner) & (away < outer)
    x, z, chance, row = x[keep], z[keep], chance[keep], row[keep]
    y, good = _standing(where, habit.zone, x, z)
    return np.stack([x, y, z, chance, row], axis=1)[good]


def _standing(where: Map, zone: str, x: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Height of what herbs stand on, and whether they can stand there."""
    y, land = height(where, x, z), where.land
    if zone != "land":
        if not where.wet or (where.on_dock and zone == "shore"):
            return y, np.zeros(len(x), bool)
        low, high = _SHORE_M if zone == "shore" else _WATER_M
        edge = shore(where, x, z)
        level = np.maximum(y, WATER_LEVEL - 0.06) if zone == "shore" else 0.0 * y + WATER_LEVEL
        return level, (edge > low) & (edge < high)
    good = (slope(where, x, z) < _STEEPEST) & (y < land.snow_line_m - 60.0)
    if where.road_half_m:
        good &= np.abs(along_across(where, x, z)[1]) > where.road_half_m + _MARGIN_M
    return y, good & (shore(where, x, z) > _MARGIN_M) if where.wet else good


def patch(where: Map, one: Sown, level: int, grid: Cells, variant: int) -> Shape:
    """A patch of plants about the origin."""
    habit, strains = _habit(one), one.strains
    rng = np.random.default_rng([where.seed, 800 + one.number, level, variant])
    mine, parts = variant % len(strains), list[Part]()
    wide = habit.bed_m if one.spec.in_rows else 1.15 * grid.pitch
    for k in range(grid.plants):
        other = not one.spec.in_rows and len(strains) > 1 and rng.uniform() < _NEIGHBOUR
        kind, colour = strains[int(rng.integers(len(strains))) if other else mine]
        along = (k + rng.uniform(0.15, 0.85)) / grid.plants - 0.5
        if one.spec.in_rows and habit.bed_m < 0.5:
            along = (k + 0.5 + rng.uniform(-0.12, 0.12)) / grid.plants - 0.5
        spot = np.array([wide * rng.uniform(-0.5, 0.5), -0.02, along * grid.length])
        turn = np.pi + rng.normal(0.0, 0.18) if habit.faces else rng.uniform(0, 2 * np.pi)
        size = habit.size[level] * rng.uniform(0.9, 1.1)
        hue = np.asarray(colour) * rng.uniform(0.88, 1.08)
        made = _HABITS[kind].make(rng, level, hue)
        parts += [moved(piece, spot, turn, size) for piece in made]
    name = f"herb {one.spec.kind} {one.number} {variant} {'abcd'[level]}"
    return assembled(name, parts)
