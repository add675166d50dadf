# SPDX-License-Identifier: Apache-2.0
"""The bird's-eye map: height and class of the ground as pure functions of place and seed.

The ground is that of :mod:`scenes.world.lie`, levelled where single things stand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int32

from gen3d.easing import smoothstep
from scenes.place import LABELS
from scenes.world.kinds import GROUNDS
from scenes.world.landforms import crevasses
from scenes.world.lie import (
    SEAS,
    WATER_LEVEL,
    Map,
    Values,
    along_across,
    natural,
    road_bend,
    shore,
)
from scenes.world.noise import fractal
from scenes.world.spots import levelled
from scenes.world.swathes import tinted

__all__ = [
    "WATER_LEVEL",
    "Map",
    "Tile",
    "along_across",
    "colour",
    "cover",
    "height",
    "rises",
    "road_bend",
    "shore",
    "slope",
    "tile",
]
_BANDED = ("canyon", "buttes")
"""Shapes whose rock lies in bands of two tones."""
_BLUE = np.array([0.16, 0.36, 0.46])
"""Albedo of the old ice in crevasses."""
_CREVASSED_M = (130.0, 105.0)
"""Distances between which rock may begin to show on a glacier's slopes: crevasses are nearer."""


def height(where: Map, x: Values, z: Values) -> Values:
    """Metres over the character's ground."""
    return levelled(where, x, z, natural(where, x, z))


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
    if where.land.water in SEAS:
        return smoothstep(0.7, 0.15, h - WATER_LEVEL + 0.4 * ragged)
    return smoothstep(2.2, 0.4, shore(where, x, z) + 1.5 * ragged)


def colour(
    where: Map, x: Values, z: Values, shares: dict[str, Values]
) -> Float[np.ndarray, "*batch 3"]:
    """Linear albedo of the mixed ground, varied over tens of metres."""
    vary = 1.0 + 0.16 * fractal(x / 22.0, z / 22.0, where.seed + 51, 4)
    albedo = {name: np.array(ground[0]) for name, ground in GROUNDS.items()}
    albedo["grass"] = np.array(where.land.grass_color)
    if where.land.herbs:
        bare = np.broadcast_to(albedo[where.land.ground], (*x.shape, 3))
        albedo[where.land.ground] = tinted(where.land, where.seed, x, z, bare)
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
