# SPDX-License-Identifier: Apache-2.0
"""The land outside a room's windows, where it lies for whoever is in the room.

A land has its own axes: its view opens to +Z, over the water where there is some, else across the
street or the path. Here it is turned so that the windows look that way, and moved so that the
room's floor lies over its ground as high as the words say. What would stand in the room, or in the
house around it, is left out; nothing else of the house is there, nor what casts shadows from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from gen3d.scenery import LandSpec, RoomSpec
from scenes.place import Copies, Place, some
from scenes.room.kit import Bounds, bounds_of
from scenes.room.shell import THICK
from scenes.world.build import laid_out
from scenes.world.lit import lit_up
from scenes.world.skyline import skyline
from scenes.world.terrain import WATER_LEVEL, Map, height
from scenes.world.town import frameless

_OUTWARD = {"front": (0.0, 1.0), "back": (0.0, -1.0), "left": (1.0, 0.0), "right": (-1.0, 0.0)}
"""Where windows look, x and z."""
_BEACH_M, _VERGE_M = 14.0, 5.0
"""Ground between the wall and where the water of a land begins, and between wall and road."""
_FRONT_M = {"houses": 9.0, "blocks": 4.0}
"""From the road's edge to the fronts beside it."""
_STEP_M = {"houses": 27.0, "blocks": 19.0}
_NO_GRASS_M, _TUFTS = 8.0, 3.0
"""Height of the floor from which blades of grass are not told apart, and the most tufts on a square
metre below it: they take most of the time that a meadow takes, and none grow by the wall."""
_OVER_ROOFS_M, _FRAMES_M = 10.0, 60.0
"""Height of the floor from which one sees over the first row, and how far frames can be told."""
_ROOM_FOR = {
    "landmark": 5.0,
    "building": 17.0,
    "conifer": 2.6,
    "broadleaf": 4.6,
    "palm": 3.4,
    "cactus": 1.8,
    "bamboo": 2.6,
    "prickly pear": 1.2,
    "street tree": 2.4,
}
"""How far from the walls the middle of what stands outside must be; all else half a metre."""


@dataclass(frozen=True)
class Site:
    """Where in a land the character's place in the room is."""

    x: float
    z: float
    ahead: Float[np.ndarray, "2"]
    """Where the windows look, in the land's axes."""


def outlook(room: RoomSpec, seed: int) -> Place:
    """The land outside a room, in the room's axes.

    Args:
        room: One with an outlook.
        seed: Of both.
    """
    if room.outlook is None:
        raise RuntimeError("a room without an outlook has nothing outside")
    bounds, land = bounds_of(room, seed), room.outlook
    tufts = 0.0 if room.floor_m > _NO_GRASS_M else min(land.tufts_per_m2, _TUFTS)
    land = land.model_copy(update={"tufts_per_m2": tufts, "lit": False})
    where = Map(land, seed)
    facing = windows_look(room)
    site = _site(where, bounds, facing)
    place = laid_out(where)
    high = land.buildings == "blocks" and room.floor_m > _OVER_ROOFS_M
    far = skyline(where) if high else []
    ground = float(height(where, np.array([site.x]), np.array([site.z]))[0])
    ground = max(ground, WATER_LEVEL) if where.wet else ground
    turn = float(np.arctan2(*facing) - np.arctan2(*site.ahead))
    origin = np.array([site.x, ground + room.floor_m, site.z])
    sides = np.array([_OUTWARD[side] for side in room.windows])
    whole = (*place.copies, *far)
    copies = [_outside(_moved(one, turn, origin), bounds, sides) for one in whole]
    copies = [part for one in copies for part in _by_distance(one)]
    kept = tuple(one for one in copies if len(one.positions))
    # All of it is lit, the skyline too: whoever renders puts the lights out by day. A fire outside
    # is seen, but lights nothing here: its light stayed where the land had it.
    return lit_up(replace(place, copies=kept, glows=()), seed)


def windows_look(room: RoomSpec) -> Float[np.ndarray, "2"]:
    """Where the windows look on the whole: in a street the first ones, elsewhere their mean."""
    ways = np.array([_OUTWARD[side] for side in room.windows])
    mean = ways.mean(axis=0)
    built = room.outlook is not None and room.outlook.buildings != "none"
    if built or float(np.linalg.norm(mean)) < 0.1:
        return ways[0]
    return mean / np.linalg.norm(mean)


def _site(where: Map, bounds: Bounds, facing: Float[np.ndarray, "2"]) -> Site:
    land: LandSpec = where.land
    corners = bounds.corners()[:, [0, 2]]
    reach = float(np.maximum(corners[0] * facing, corners[1] * facing).sum()) + THICK
    forward, across = np.array([0.0, 1.0]), np.array([1.0, 0.0])
    if not where.road_half_m:
        return Site(0.0, -(reach + _BEACH_M) if where.wet else 0.0, forward)
    aside = _FRONT_M.get(land.buildings, _VERGE_M) + where.road_half_m + reach
    along = 0.5 * _STEP_M.get(land.buildings, 0.0)
    middle = where.road_aside_m
    if where.wet:
        return Site(along, middle - aside, forward)
    return Site(middle - aside, along, across)


def _moved(one: Copies, turn: float, origin: Float[np.ndarray, "3"]) -> Copies:
    """Copies turned about a point that becomes the room's origin."""
    x, y, z = (one.positions - origin).T
    cosine, sine = np.cos(turn), np.sin(turn)
    spots = np.stack([cosine * x + sine * z, y, cosine * z - sine * x], axis=1)
    return replace(
        one, positions=spots.astype(np.float32), turns=(one.turns + turn).astype(np.float32)
    )


def _by_distance(one: Copies) -> list[Copies]:
    """Buildings near and far, the far ones without their windows' frames; all else as it is."""
    if not one.shape.name.startswith("building "):
        return [one]
    near = np.hypot(one.positions[:, 0], one.positions[:, 2]) < _FRAMES_M
    far = replace(some(one, ~near), shape=frameless(one.shape)) if not near.all() else one
    return [far] if not near.any() or near.all() else [some(one, near), far]


def _outside(one: Copies, bounds: Bounds, sides: Float[np.ndarray, "sides 2"]) -> Copies:
    """The copies that do not stand in the house, and before a wall with windows."""
    name = one.shape.name
    if name.startswith(("ground", "water", "road")):
        return one
    need = next((need for kind, need in _ROOM_FOR.items() if name.startswith(kind)), 0.5)
    low, high = bounds.corners()[:, [0, 2]].astype(np.float64)
    spots = one.positions[:, [0, 2]]
    if name.startswith("building"):
        away = np.linalg.norm(spots - 0.5 * (low + high), axis=1)
    else:
        beyond = np.maximum(np.maximum(low - THICK - spots, spots - high - THICK), 0.0)
        away = np.linalg.norm(beyond, axis=1)
    walls = np.maximum(low * sides, high * sides).sum(axis=1)
    keep = (away > need) & ((spots @ sides.T - walls).max(axis=1) > -need)
    return some(one, keep)
