# SPDX-License-Identifier: Apache-2.0
"""What belongs under some trees: low cacti among saguaros, fallen leaves under bamboo."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from scenes.place import Copies, Shape, once
from scenes.world.growth import unit
from scenes.world.low_cacti import barrel, prickly_pear
from scenes.world.meshes import Part, assembled
from scenes.world.plants import LEVELS, fertile, scattered, standing
from scenes.world.surfaces import LITTER, PADS
from scenes.world.terrain import Map, height

_LOW = {"prickly pear": (2.6, (0.75, 1.5)), "barrel cactus": (1.1, (0.5, 0.95))}
"""How many there are for each tree, and from what size to what."""
_VARIANTS, _CLEAR_M, _FEWEST = 3, 2.6, 25.0
_REACHES = (0.0, 11.0, 30.0, 80.0)
"""From where to where each level of detail reaches."""
_LITTER_M, _LEAVES_PER_M2 = 10.0, 100.0
_STRAW = np.array([0.30, 0.225, 0.12])


def undergrowth(where: Map) -> list[Copies]:
    """All of it round the character."""
    kinds = where.land.trees if where.land.trees_per_hectare else ()
    found = list[Copies]()
    if "cactus" in kinds:
        for salt, kind in enumerate(_LOW):
            found += _low(where, kind, 400 + 10 * salt)
    if "bamboo" in kinds:
        found.append(once(_litter(where), solid=False))
    return found


def _low(where: Map, kind: str, salt: int) -> list[Copies]:
    share, sizes = _LOW[kind]
    per_hectare = share * float(np.clip(where.land.trees_per_hectare, _FEWEST, 200.0))
    points = scattered(where, _REACHES[-1], 100.0 / np.sqrt(per_hectare), salt)
    away = np.hypot(points[:, 0], points[:, 2])
    points = points[fertile(where, points, 0.7) & (away > _CLEAR_M)]
    away, found = np.hypot(points[:, 0], points[:, 2]), list[Copies]()
    for level, (inner, outer) in enumerate(pairwise(_REACHES)):
        for variant in range(_VARIANTS):
            mine = (points[:, 3] * 43.0 % 1.0 * _VARIANTS).astype(int) == variant
            spots = points[mine & (away >= inner) & (away < outer)]
            if len(spots):
                shape = _low_cactus(where, kind, variant, level)
                found.append(standing(shape, spots, sizes))
    return found


def low_levels(where: Map, kind: str, variant: int) -> tuple[Shape, ...]:
    """A low cactus in its levels of detail, the finest first."""
    levels = range(len(_REACHES) - 1)
    return tuple(_low_cactus(where, kind, variant, level) for level in levels)


def _low_cactus(where: Map, kind: str, variant: int, level: int) -> Shape:
    make = prickly_pear if kind == "prickly pear" else barrel
    name, seed = f"{kind} {variant} LOD{level}", 5 * where.seed + variant
    return make(name, seed, LEVELS[level][1], PADS, variant)


def _litter(where: Map) -> Shape:
    """Narrow dry leaves that lie as the ground lies, curled a little, fewer where it is far."""
    rng = np.random.default_rng([where.seed, 45])
    count = round(_LEAVES_PER_M2 * np.pi * _LITTER_M**2 / 2.0)
    far, turn = _LITTER_M * rng.uniform(0, 1, count) ** 0.7, rng.uniform(0, 2 * np.pi, count)
    x, z = far * np.cos(turn), far * np.sin(turn)
    points = np.stack([x, height(where, x, z), z, 0.0 * x], 1)
    points = points[fertile(where, points, -0.2, 1.5)]
    x, h, z = points[:, 0], points[:, 1], points[:, 2]
    rise = [height(where, x + dx, z + dz) - h for dx, dz in ((0.2, 0.0), (0.0, 0.2))]
    up = unit(np.stack([-rise[0], np.full(len(x), 0.2), -rise[1]], 1))
    up = unit(up + rng.uniform(-0.18, 0.18, up.shape))
    way = unit(np.cross(up, rng.standard_normal(up.shape)))
    side = np.cross(up, way)
    length = rng.uniform(0.06, 0.15, (len(x), 1))
    middle = points[:, :3] + rng.uniform(0.004, 0.022, (len(x), 1)) * up
    half, wide = 0.5 * length * way, 0.06 * length * side
    curl = rng.uniform(0.0, 0.12, (len(x), 1)) * length * up
    verts = np.stack([middle - half + curl, middle - wide, middle + half + curl, middle + wide], 1)
    order = np.array([[0, 1, 2], [0, 2, 3]])
    hue = _STRAW * rng.uniform(0.45, 1.25, (len(x), 1)) * (1.0 + rng.normal(0, 0.08, (len(x), 3)))
    lying = Part(
        LITTER,
        verts.reshape(-1, 3),
        (4 * np.arange(len(x))[:, None, None] + order).reshape(-1, 3),
        np.repeat(up, 4, axis=0),
        np.repeat(np.clip(hue, 0.02, 1.0), 4, axis=0),
        np.zeros((4 * len(x), 2)),
    )
    return assembled("fallen leaves", [lying])
