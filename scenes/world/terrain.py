# SPDX-License-Identifier: Apache-2.0
"""The bird's-eye map: height and class of the ground as pure functions of place and seed.

Nothing is stored, so the map has no end: a tile is what the functions say at its coordinates, and
neighbours agree to the last bit along their common edge. The character stands at the origin, where
the ground is level at height 0; water, where there is some, begins a few steps in front (+Z).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int32

from gen3d.easing import smoothstep
from gen3d.spec import LandSpec
from scenes.place import LABELS
from scenes.world import waters
from scenes.world.kinds import GROUNDS
from scenes.world.landforms import crevasses, dunes, landform, terraced
from scenes.world.noise import fractal, ridged

WATER_LEVEL = -0.45
"""Height of the water's face under the character's ground, metres."""
_SEAS = ("coast", "island")
"""Waters with a beach."""
_BANDED = ("canyon", "buttes")
"""Shapes whose rock lies in bands of two tones."""
_VERGE_M = 1.2
"""Ground between the character and a highway, which passes beside it."""
_OPEN = 1.6
"""How much farther away, in shares, mountains rise before the character than behind it."""
_GRADED = 0.5
"""Share of the land's swells that a road follows: the rest is cut and filled."""
_CREVASSE_M, _BLUE = 1.6, np.array([0.16, 0.36, 0.46])
"""Depth of a glacier's crevasses as they are drawn, and the albedo of the old ice in them."""
_CREVASSED_M = (130.0, 105.0)
"""Distances between which rock may begin to show on a glacier's slopes: crevasses are nearer."""
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


def height(where: Map, x: Values, z: Values) -> Values:
    """Metres over the character's ground."""
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
        h = h - _CREVASSE_M * level * crevasses(x, z, seed)
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
    gentle = 0.14 if where.land.water in _SEAS else 0.12
    land = WATER_LEVEL + np.minimum(gentle * s, -WATER_LEVEL) + smoothstep(4.0, 90.0, s) * np.abs(h)
    bed = WATER_LEVEL + np.maximum(0.16 * s, -6.0)
    return np.where(s > 0, land, bed)


def rises(where: Map, x: Values, z: Values, reach: float) -> tuple[Values, Values]:
    """How much higher the ground is ``reach`` ahead than behind, along +X and along +Z."""
    dx = height(where, x + reach, z) - height(where, x - reach, z)
    dz = height(where, x, z + reach) - height(where, x, z - reach)
    return dx, dz


def slope(where: Map, x: Values, z: Values, reach: float = 0.5) -> Values:
    """Steepness: rise over run."""
    dx, dz = rises(where, x, z, reach)
    return np.hypot(dx, dz) / (2.0 * reach)


def cover(
    where: Map, x: Values, z: Values, h: Values, steep: Values
) -> dict[str, Float[np.ndarray, "*batch"]]:
    """Share of each ground at points; shares sum to one."""
    land = where.land
    ragged = 0.5 * fractal(x / 8.0, z / 8.0, where.seed + 41, 4)
    bare = smoothstep(0.55, 0.95, steep + 0.2 * ragged) if land.cliff != land.ground else 0.0 * h
    if land.ground == "ice":
        # The flanks of crevasses are steep, but ice all the same.
        bare = bare * (1.0 - smoothstep(*_CREVASSED_M, np.hypot(x, z)))
    high = smoothstep(-60.0, 60.0, h - land.snow_line_m + 120.0 * ragged)
    fallen = smoothstep(0.0, 0.35, 1.35 * land.snow - 0.5 + ragged) if land.snow else 0.0 * h
    white = np.maximum(high, fallen) * (1.0 - 0.8 * bare)
    beach = _beach(where, x, z, h, ragged) if where.wet else 0.0 * h
    if land.shape == "stacks":
        # What stands in the sea is of its rock or ice up to the top, without a beach.
        bare = np.maximum(bare, smoothstep(-3.0, -8.0, shore(where, x, z)))
        beach = beach * (h < WATER_LEVEL)
    worn = smoothstep(0.25, 0.6, ragged) * 0.7 if land.ground == "grass" else 0.0 * h
    shares = {land.cliff: np.zeros_like(h)} | {land.ground: np.ones_like(h)}
    layers = (("dirt", worn), (land.cliff, bare), ("sand", beach), ("snow", white))
    if where.road_half_m:
        side = np.abs(along_across(where, x, z)[1])
        trodden = smoothstep(where.road_half_m + 0.4, where.road_half_m - 0.4, side)
        layers = (*layers, ("dirt" if land.road == "dirt" else "basalt", trodden))
    for name, share in layers:
        shares = {key: value * (1.0 - share) for key, value in shares.items()}
        shares[name] = shares.get(name, 0.0 * h) + share
    return shares


def _beach(where: Map, x: Values, z: Values, h: Values, ragged: Values) -> Values:
    """Sand under the water and along it: wide at the sea, a strip at lakes and rivers."""
    if where.land.water in _SEAS:
        return smoothstep(0.7, 0.15, h - WATER_LEVEL + 0.4 * ragged)
    return smoothstep(2.2, 0.4, shore(where, x, z) + 1.5 * ragged)


def colour(
    where: Map, x: Values, z: Values, shares: dict[str, Values]
) -> Float[np.ndarray, "*batch 3"]:
    """Linear albedo of the mixed ground, varied over tens of metres."""
    vary = 1.0 + 0.16 * fractal(x / 22.0, z / 22.0, where.seed + 51, 4)
    albedo = {name: np.array(ground[0]) for name, ground in GROUNDS.items()}
    albedo["grass"] = np.array(where.land.grass_color)
    mixed = sum(share[..., None] * albedo[name] for name, share in shares.items())
    if where.land.shape in _BANDED:
        band = 1.0 + 0.22 * np.sin(height(where, x, z) * 0.9 + 2.0 * vary)
        vary = vary * (1.0 + shares[where.land.cliff] * (band - 1.0))
    if "ice" in shares:
        # Cracks and the flanks of bergs show ice without air: it is blue.
        old = 0.8 * crevasses(x, z, where.seed) if where.land.ground == "ice" else 0.35
        mixed = mixed + (shares["ice"] * old)[..., None] * (_BLUE - mixed)
    return np.clip(mixed * vary[..., None], 0.02, 0.88)


@dataclass(frozen=True)
class Tile:
    """A square of the map."""

    height: Float[np.ndarray, "rows columns"]
    label: Int32[np.ndarray, "rows columns"]
    """Index into :data:`scenes.place.LABELS`."""


def tile(where: Map, row: int, column: int, side_m: float = 64.0, cells: int = 64) -> Tile:
    """The square of the map whose low corner is at (column, row) times its side.

    Its last row and column are the first ones of its neighbours.
    """
    steps = np.arange(cells + 1)
    z, x = np.meshgrid(
        (row * cells + steps) * (side_m / cells),
        (column * cells + steps) * (side_m / cells),
        indexing="ij",
    )
    h = height(where, x, z)
    shares = cover(where, x, z, h, slope(where, x, z))
    names = list(shares)
    best = np.argmax(np.stack([shares[n] for n in names]), axis=0)
    numbers = np.array([LABELS.index(GROUNDS[n][2]) for n in names], np.int32)
    label = numbers[best]
    if where.wet:
        label = np.where(h < WATER_LEVEL, np.int32(LABELS.index("water")), label)
    return Tile(h, label.astype(np.int32))
