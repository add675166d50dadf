# SPDX-License-Identifier: Apache-2.0
"""What a town needs when it is seen from a window: roofs out to the horizon.

The streets around the character end after 400 m, which nobody sees from the street. Beyond them
stand plain boxes on a grid that widens with distance, a few of them towers.
"""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_b import block
from gen3d.foundry.solids import Solid
from scenes.place import Copies, Shape, at
from scenes.world.noise import uniform
from scenes.world.shapes import shape_of
from scenes.world.surfaces import BRICK, WALL, WINDOW
from scenes.world.terrain import Map, height, shore

_RINGS = ((430.0, 1300.0, 48.0), (1300.0, 5200.0, 115.0))
"""From where to where the boxes of a grid stand, and its pitch, metres."""
_KINDS, _TOWERS = 10, 3
_STOREY_M, _PANES = 3.1, (20, 6)


def skyline(where: Map) -> list[Copies]:
    """The town beyond the streets."""
    found = list[Copies]()
    for level, (near, far, pitch) in enumerate(_RINGS):
        k = np.arange(-int(far / pitch) - 1, int(far / pitch) + 2)
        i, j = (grid.ravel() for grid in np.meshgrid(k, k, indexing="ij"))
        chance = uniform(i, j, where.seed + 421)
        x, z = (
            (n + 0.3 * uniform(i, j, where.seed + s) - 0.15) * pitch
            for n, s in ((i, 422), (j, 423))
        )
        away = np.hypot(x, z)
        keep = (away >= near) & (away < far) & (chance < 0.82)
        if where.wet:
            keep &= shore(where, x, z) > 20.0
        x, z, chance = x[keep], z[keep], chance[keep]
        spots = np.stack([x, height(where, x, z), z], axis=1)
        kind = (chance * 97.0 % 1.0 * _KINDS).astype(int)
        # Towers are few.
        kind = np.where((kind < _TOWERS) & (chance * 31.0 % 1.0 > 0.25), kind + _TOWERS, kind)
        for number in range(_KINDS):
            mine = spots[kind == number]
            if len(mine):
                found.append(at(_box(where.seed, number, level, 0.62 * pitch), mine))
    return found


def _box(seed: int, number: int, level: int, wide: float) -> Shape:
    """A block seen from afar: walls, a roof, and some panes of glass."""
    rng = np.random.default_rng([seed, 424, number])
    tall = float(rng.uniform(55.0, 115.0) if number < _TOWERS else rng.uniform(11.0, 32.0))
    deep = wide * float(rng.uniform(0.45, 0.8)) * (0.7 if number < _TOWERS else 1.0)
    wide = 0.7 * wide if number < _TOWERS else wide
    skin, tint = (BRICK, WALL)[int(rng.integers(2))], float(rng.uniform(0.5, 1.0))
    body = block((0.0, -6.0, 0.0), wide, tall + 6.0, deep, 0.0)
    pieces = [(body, skin, tint)]
    size = 1.6 if level == 0 else 3.0
    for _ in range(_PANES[level]):
        side, across = int(rng.integers(4)), float(rng.uniform(-0.46, 0.46))
        floor = int(rng.integers(1, max(int(tall / _STOREY_M), 2)))
        pieces.append((_pane(side, across, floor * _STOREY_M, size, wide, deep), WINDOW, 1.0))
    return shape_of(f"building far {level} {number}", pieces, 2.0)


def _pane(side: int, across: float, y: float, size: float, wide: float, deep: float) -> Solid:
    """Glass on one of the four walls of a box."""
    length, reach = (wide, deep) if side % 2 == 0 else (deep, wide)
    x, z = across * length, 0.5 * reach + 0.12
    corners = [(-size, 0.0), (size, 0.0), (size, size), (-size, size)]
    points = np.array([(x + 0.5 * a, y + b, z) for a, b in corners])
    for _ in range(side):
        points = np.stack([points[:, 2], points[:, 1], -points[:, 0]], axis=1)
    return Solid(points, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
