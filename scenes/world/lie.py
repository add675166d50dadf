# SPDX-License-Identifier: Apache-2.0
"""The lie of the land: height of the ground, water and road as pure functions of place and seed.

Nothing is stored, so the map has no end, and neighbouring tiles agree to the last bit along their
common edge. The character stands at the origin, where the ground is level at height 0; water, where
there is some, begins a few steps in front (+Z). What stands in the land levels the ground under it
(:mod:`scenes.world.terrain`); here it is as it was before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gen3d.easing import smoothstep
from gen3d.spec import LandSpec
from scenes.world import waters
from scenes.world.landforms import crevasses, dunes, landform, terraced
from scenes.world.noise import fractal, ridged

WATER_LEVEL = -0.45
"""Height of the water's face under the character's ground, metres."""
SEAS = ("coast", "island")
"""Waters with a beach."""
_VERGE_M = 1.2
"""Ground between the character and a highway, which passes beside it."""
_OPEN = 1.6
"""How much farther away, in shares, mountains rise before the character than behind it."""
_GRADED = 0.5
"""Share of the land's swells that a road follows: the rest is cut and filled."""
CREVASSE_M = 1.6
"""Depth of a glacier's crevasses as they are drawn."""
_PAD_M = (5.0, 26.0)
"""Level ground, and where the land is its own again."""
Values = Float[np.ndarray, "*batch"]


@dataclass(frozen=True)
class Map:
    """A land and a seed."""

    land: LandSpec
    seed: int

    @property
    def wet(self) -> bool:
        """Whether there is open water."""
        return self.land.water != "none"

    @property
    def on_dock(self) -> bool:
        """Whether the character stands on planks over the water."""
        return self.wet and self.land.dock

    @property
    def falls(self) -> bool:
        """Whether water falls across the river."""
        return self.land.waterfall and self.land.water == "river" and self.land.shape == "cliffs"

    @property
    def road_half_m(self) -> float:
        """Half the road's width; 0 where there is none."""
        widths = {"none": 0.0, "dirt": 1.5, "asphalt": 4.0}
        return 0.0 if self.on_dock else widths[self.land.road]

    @property
    def road_aside_m(self) -> float:
        """How far to its side, from the character, the road's middle passes.

        One stands on a track and in a street, but beside a highway: away from the water, else on
        the left.
        """
        if self.land.road != "asphalt" or self.land.buildings != "none":
            return 0.0
        return (self.road_half_m + _VERGE_M) * (-1.0 if self.wet else 1.0)


def shore(where: Map, x: Values, z: Values) -> Values:
    """Metres to the water's edge: positive on land, negative over water."""
    return waters.shore(where.land, where.seed, x, z)


def road_bend(where: Map, along: Values) -> Values:
    """How far to the side of the character's line the road's middle is, metres."""
    if where.land.buildings == "blocks":
        return np.zeros_like(along)
    bend = 9.0 * fractal(along / 110.0, np.full_like(along, 0.5), where.seed + 61, 3)
    return where.road_aside_m + bend * smoothstep(8.0, 70.0, np.abs(along))


def along_across(where: Map, x: Values, z: Values) -> tuple[Values, Values]:
    """Metres along the road and to its side: it runs past the water, else to where one looks."""
    along, across = (x, z) if where.wet else (z, x)
    return along, across - road_bend(where, along)


def natural(where: Map, x: Values, z: Values) -> Values:
    """Metres over the character's ground, with the road but with nothing built."""
    h = _wild(where, x, z)
    if not where.road_half_m:
        return h
    _, side = along_across(where, x, z)
    middle = _wild(where, x, z - side) if where.wet else _wild(where, x - side, z)
    reach = where.road_half_m + (14.0 if where.land.buildings != "none" else 1.0)
    middle = _GRADED * middle
    return middle + smoothstep(reach, reach + 14.0, np.abs(side)) * (h - middle)


def _wild(where: Map, x: Values, z: Values) -> Values:
    """The ground as it is without a road."""
    land, seed = where.land, where.seed
    radius = np.hypot(x, z)
    near = land.relief_m * fractal(x / 70.0, z / 70.0, seed, 6, 0.45)
    rise = smoothstep(land.far_from_m, 5.0 * land.far_from_m, radius / _opening(where, z, radius))
    if land.crested:
        far = ridged(x / 900.0, z / 900.0, seed + 3) - 0.12
    else:
        far = 0.5 + 0.7 * fractal(x / 700.0, z / 700.0, seed + 3, 5)
    level = smoothstep(*_PAD_M, radius)
    h = level * near + land.far_m * rise * far
    if land.shape == "dunes":
        h = h + level * dunes(x, z, seed)
    if land.ground == "ice":
        h = h - CREVASSE_M * level * crevasses(x, z, seed)
    if land.shape == "terraces":
        h = terraced(h, radius)
    h = _shored(where, x, z, h) if where.wet else h
    return h + landform(land, seed, x, z)


def _opening(where: Map, z: Values, radius: Values) -> Values:
    """How many times as far off heights rise: mountains leave a valley open to the front.

    The sun of most days stands there; without a gap it would shine on nobody in winter.
    """
    if not where.land.crested:
        return np.ones_like(z)
    return 1.0 + _OPEN * smoothstep(0.1, 0.8, z / np.maximum(radius, 1.0))


def _shored(where: Map, x: Values, z: Values, h: Values) -> Values:
    """Let the land run out into the water."""
    s = shore(where, x, z)
    gentle = 0.14 if where.land.water in SEAS else 0.12
    land = WATER_LEVEL + np.minimum(gentle * s, -WATER_LEVEL) + smoothstep(4.0, 90.0, s) * np.abs(h)
    bed = WATER_LEVEL + np.maximum(0.16 * s, -6.0)
    return np.where(s > 0, land, bed)
