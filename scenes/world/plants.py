# SPDX-License-Identifier: Apache-2.0
"""What grows and lies on the ground: trees in levels of detail, rocks, grass around the feet.

Everything stands where a hashed lattice puts it, so the same map always holds the same plants.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from jaxtyping import Int64

from gen3d.easing import ramp
from gen3d.spec import LandSpec
from scenes.place import Copies, Shape, at
from scenes.world import shapes
from scenes.world.noise import uniform
from scenes.world.surfaces import BARK, BLADE, CULM, FOLIAGE, NEEDLES, SKIN, STONE, needles_in_snow
from scenes.world.terrain import Map, along_across, height, shore, slope

LEVELS = ((10.0, 1.0), (24.0, 0.18), (60.0, 0.045), (450.0, 0.01))
"""How far each level of detail of a plant reaches where trees stand close, and its share of the
leaves."""
_MOST_TREES = 3000.0
_VARIANTS, _CACTI, _BUSHES, _CLOSE = 3, 5, 0.5, 200.0
"""Trees of each kind, and cacti, which one sees singly; the size below which broadleaved ones are
bushes; trees a hectare that stand close."""
_PATCH_M, _PATCH_KINDS = 0.9, 3
_GRASS_REACH_M = 14.0
_ROWS_APART, _ROWS_LOOSE = 1.5, 0.12
"""How much farther apart rows are than evenly spread plants, and how crooked."""


def reach_of_trees(land: LandSpec) -> float:
    """How far single trees stand: as many as a file and a tree of rays can hold."""
    # Among bamboo nobody sees far.
    most = 0.5 * _MOST_TREES if land.trees == ("bamboo",) else _MOST_TREES
    many = most / max(land.trees_per_hectare, 1e-3) * 1e4 / np.pi
    return float(min(LEVELS[-1][0], np.sqrt(many)))


def bands(land: LandSpec) -> list[tuple[float, float]]:
    """From where to where each level of detail reaches: farther where few large trees stand."""
    wide = np.clip(np.sqrt(_CLOSE / max(land.trees_per_hectare, 1e-3)), 1.0, 2.0)
    wide *= np.clip(land.tree_size, 0.5, 1.0)
    outer = [*(float(wide) * reach for reach, _ in LEVELS[:-1]), LEVELS[-1][0]]
    return list(pairwise([0.0, *outer]))


def _lattice(reach: float, spacing: float) -> tuple[Int64[np.ndarray, "n"], Int64[np.ndarray, "n"]]:
    """Cells of a grid within reach of the origin."""
    k = np.arange(-int(reach / spacing) - 1, int(reach / spacing) + 1)
    i, j = np.meshgrid(k, k, indexing="ij")
    return i.ravel(), j.ravel()


def scattered(
    where: Map, reach: float, spacing: float, salt: int, *, in_rows: bool = False
) -> np.ndarray:
    """One point in each cell of a grid: x, height, z, and a number in [0, 1).

    Rows lead to where the character looks, and it stands between two of them.
    """
    i, j = _lattice(reach, spacing)
    loose = _ROWS_LOOSE if in_rows else 1.0
    apart, along = (spacing * _ROWS_APART, spacing / _ROWS_APART) if in_rows else (spacing, spacing)
    if in_rows:
        i, j = _lattice(reach, along)
    x = (i + 0.5 + loose * (uniform(i, j, where.seed + salt) - 0.5)) * apart
    z = (j + 0.5 + loose * (uniform(i, j, where.seed + salt + 1) - 0.5)) * along
    chance = uniform(i, j, where.seed + salt + 2)
    keep = np.hypot(x, z) < reach
    x, z, chance = x[keep], z[keep], chance[keep]
    return np.stack([x, height(where, x, z), z, chance], axis=1)


def fertile(where: Map, points: np.ndarray, margin: float, steepest: float = 0.7) -> np.ndarray:
    """Whether something can grow at points: dry, not too steep, below the snow, off the road."""
    x, h, z = points[:, 0], points[:, 1], points[:, 2]
    good = (slope(where, x, z) < steepest) & (h < where.land.snow_line_m - 60.0)
    if where.road_half_m:
        side = np.abs(along_across(where, x, z)[1])
        good &= side > where.road_half_m + margin
    return good & (shore(where, x, z) > margin) if where.wet else good


def _unbuilt(where: Map, points: np.ndarray) -> np.ndarray:
    """Whether points lie behind the buildings."""
    if where.land.buildings == "none" or not where.road_half_m:
        return np.ones(len(points), bool)
    side = np.abs(along_across(where, points[:, 0], points[:, 2])[1])
    return side > where.road_half_m + 24.0


def _grown(kind: str, name: str, seed: int, detail: float, land: LandSpec) -> Shape:
    if kind == "bamboo":
        return shapes.bamboo(name, seed, detail, CULM, FOLIAGE)
    if kind == "conifer":
        # Where trees stand close, what is shaded dies: one sees between the trunks.
        clear = 0.1 + 0.17 * ramp(80.0, 400.0, land.trees_per_hectare)
        return shapes.conifer(name, seed, detail, BARK, NEEDLES, needles_in_snow(land), clear)
    if kind == "palm":
        return shapes.palm(name, seed, detail, BARK, FOLIAGE)
    broad = shapes.bush if land.tree_size < _BUSHES else shapes.broadleaf
    return broad(name, seed, detail, BARK, FOLIAGE, land.leaves)


def trees(where: Map) -> list[Copies]:
    """Trees in four levels of detail, by distance from the viewer."""
    land = where.land
    if not land.trees or not land.trees_per_hectare:
        return []
    spacing = 100.0 / np.sqrt(land.trees_per_hectare)
    points = scattered(where, reach_of_trees(land), spacing, 100, in_rows=land.in_rows)
    away = np.hypot(points[:, 0], points[:, 2])
    clear = 4.5 if land.trees_per_hectare > 100 else 12.0
    clear *= land.tree_size
    # Bamboo bears nothing low: it stands close to whoever walks through it.
    clear, verge = (3.0, 1.7) if land.trees == ("bamboo",) else (clear, 3.0)
    points = points[fertile(where, points, verge) & (away > clear) & _unbuilt(where, points)]
    away, found = np.hypot(points[:, 0], points[:, 2]), list[Copies]()
    stock = [(k, v) for k in land.trees for v in range(_CACTI if k == "cactus" else _VARIANTS)]
    for level, (inner, outer) in enumerate(bands(land)):
        band = (away >= inner) & (away < outer)
        for number, (kind, variant) in enumerate(stock):
            mine = (points[:, 3] * 97.0 % 1.0 * len(stock)).astype(int) == number
            spots = points[band & mine]
            if len(spots):
                shape = _tree(where, kind, variant, level)
                even = 0.88 if land.in_rows else 0.65
                sizes = (even * land.tree_size, 1.15 * land.tree_size)
                found.append(standing(shape, spots, sizes))
    return found


def _tree(where: Map, kind: str, variant: int, level: int) -> Shape:
    name, seed = f"{kind} {variant} LOD{level}", 7 * where.seed + variant
    if kind == "cactus":
        return shapes.saguaro(name, seed, LEVELS[level][1], SKIN, variant)
    return _grown(kind, name, seed, LEVELS[level][1], where.land)


def tree_levels(where: Map, kind: str, variant: int) -> tuple[Shape, ...]:
    """A tree in all its levels of detail, the finest first."""
    return tuple(_tree(where, kind, variant, level) for level in range(len(LEVELS)))


def rock_levels(where: Map, variant: int) -> tuple[Shape, ...]:
    """A rock likewise."""
    rows, seed = (14, 7, 4), where.seed + variant
    return tuple(
        shapes.rock(f"rock {variant} LOD{level}", seed, STONE, many)
        for level, many in enumerate(rows)
    )


def standing(shape: Shape, spots: np.ndarray, sizes: tuple[float, float]) -> Copies:
    """Copies of a shape on spots, from one size to another, turned by chance."""
    chance = spots[:, 3]
    scale = sizes[0] + (sizes[1] - sizes[0]) * (chance * 131.0 % 1.0)
    positions = spots[:, :3] - np.array([0.0, 0.06, 0.0])
    return at(shape, positions, chance * 2.0 * np.pi * 17.0 % (2.0 * np.pi), scale)


def rocks(where: Map) -> list[Copies]:
    """Boulders."""
    land = where.land
    if not land.rocks_per_hectare:
        return []
    spacing = 100.0 / np.sqrt(land.rocks_per_hectare * 4.0)
    points = scattered(where, 160.0, spacing, 200)
    away = np.hypot(points[:, 0], points[:, 2])
    keep = (points[:, 3] < 0.25) & (away > 4.0)
    if where.wet:
        keep &= shore(where, points[:, 0], points[:, 2]) > -1.5
    if where.road_half_m:
        side = np.abs(along_across(where, points[:, 0], points[:, 2])[1])
        keep &= (side > where.road_half_m + 1.2) & _unbuilt(where, points)
    points, found = points[keep], list[Copies]()
    for variant in range(3):
        spots = points[(points[:, 3] * 37.0 % 1.0 * 3).astype(int) == variant]
        if len(spots):
            shape = shapes.rock(f"rock {variant}", where.seed + variant, STONE)
            found.append(standing(shape, spots, (0.3, 1.6)))
    return found


def tufts(where: Map) -> list[Copies]:
    """Grass around the feet in small patches, out to where a blade is thinner than a pixel."""
    count = round(where.land.tufts_per_m2 * _PATCH_M**2)
    if not count:
        return []
    points = scattered(where, _GRASS_REACH_M, _PATCH_M, 300)
    points = points[fertile(where, points, 1.0, 0.35)]
    found = list[Copies]()
    for variant in range(_PATCH_KINDS):
        spots = points[(points[:, 3] * 57.0 % 1.0 * _PATCH_KINDS).astype(int) == variant]
        if not len(spots):
            continue
        shape = shapes.tufts(f"grass {variant}", where.seed + variant, BLADE, count, 1.3 * _PATCH_M)
        turns, scales = spots[:, 3] * 40.0 % (2 * np.pi), 0.8 + spots[:, 3] * 0.5
        found.append(at(shape, spots[:, :3], turns, scales, solid=False))
    return found
