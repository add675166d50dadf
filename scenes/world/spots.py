# SPDX-License-Identifier: Apache-2.0
"""Where the single things of a land stand: near where they are asked for, on ground that will do.

A thing goes to the nearest place that is dry (boats: wet), level enough, off the road, clear of
other things, and leaves the character its room. Under it the ground is levelled. Same map, same
spots. A thing for which there is no place at all (a bridge without water) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float

from gen3d.easing import smoothstep
from gen3d.scenery import LandmarkSpec
from scenes.world.lie import Map, Values, along_across, natural, shore
from scenes.world.noise import fractal, uniform

FREE_M = 3.0
"""Room that the character has to all sides."""
FENCE_M = 2.4
"""Length of a panel of fence."""
RADIUS_M: dict[str, float] = {
    "log cabin": 5.8,
    "hut": 3.2,
    "house": 6.8,
    "cottage": 5.6,
    "barn": 9.2,
    "chapel": 9.4,
    "lighthouse": 4.4,
    "windmill": 4.0,
    "tower": 4.4,
    "castle": 31.0,
    "torii": 2.8,
    "bridge": 1.4,
    "stone bridge": 2.2,
    "well": 1.6,
    "tent": 2.4,
    "campfire": 1.9,
    "fence": 1.25,
    "bench": 1.0,
    "street lamp": 0.5,
    "stone lantern": 0.7,
    "statue": 1.0,
    "cart": 2.6,
    "rowing boat": 2.1,
    "sailing boat": 4.0,
    "haystack": 1.6,
    "scarecrow": 0.9,
    "gravestone": 0.9,
    "signpost": 0.8,
    "standing stone": 1.0,
    "pyramid": 51.0,
    "snowman": 0.8,
}
"""Of the circle on the ground that each takes at its usual size."""
SPANS = frozenset({"bridge", "stone bridge"})
_AFLOAT = {"rowing boat": (-5.5, -1.9), "sailing boat": (-60.0, -9.0)}
"""Metres to the water's edge that boats keep."""
_ISLET_M, _ISLET_TOP_M = 26.0, 1.9
"""How far from the land a lighthouse may stand on a rock of its own, and the rock's height."""
_UNLEVELLED = SPANS | {"fence", "gravestone", "standing stone", "scarecrow", *_AFLOAT}
_GAPS = {
    "gravestone": 0.35,
    "street lamp": 4.0,
    "haystack": 1.6,
    "standing stone": 2.0,
    "windmill": 15.0,
}
"""Between two alike, in metres over their radii."""
_TURNS_DEG = np.concatenate([[0.0], *([k * 4.0, -k * 4.0] for k in range(1, 46))])
_FURTHER = np.array([1.0, 0.88, 1.14, 0.75, 1.32, 1.6, 0.6, 2.0, 2.6])
_ROWS = frozenset({"fence", "gravestone"})
_ROW_MOVES = tuple(
    (side * turn, times)
    for times in (1.0, 1.45, 2.1)
    for turn, side in (
        (0.0, 1),
        *((t, s) for t in (20.0, 45.0, 75.0, 105.0, 140.0) for s in (1, -1)),
    )
)
"""By how many degrees, and how many times as far, a row is moved until it finds its place."""
_MOSTLY = 0.7
"""Share of a row that must find its place."""
_BANK_M, _LONGEST_M = 2.0, 34.0
"""Ground between a bridge's end and the water, and the widest water that is bridged."""
_STREET_M = {"houses": 6.0, "blocks": 3.6, "ruins": 6.0}
"""From a road's edge to what is built along it."""
_SMALL_M = 2.7


@dataclass(frozen=True)
class Spot:
    """Where one thing stands."""

    number: int
    """Of its entry in the land."""
    spec: LandmarkSpec
    x: float
    z: float
    turn: float
    """Radians, right-handed about +Y, of its front from +Z."""
    radius: float
    span_m: float = 0.0
    """Of a bridge."""

    @property
    def levels(self) -> bool:
        """Whether the ground is levelled under it."""
        return self.spec.kind not in _UNLEVELLED

    @property
    def on_rock(self) -> bool:
        """Whether it may stand in the water, on a rock that is raised for it."""
        return self.spec.kind == "lighthouse"


@lru_cache(maxsize=16)
def spots(where: Map) -> tuple[Spot, ...]:
    """Where everything stands, in the order of the land's list."""
    found = list[Spot]()
    for number, spec in enumerate(where.land.landmarks):
        if spec.kind in SPANS:
            spot = _spanning(where, number, spec, found)
            found += [spot] if spot else []
            continue
        found += _group(where, number, spec, found)
    return tuple(found)


def _group(where: Map, number: int, spec: LandmarkSpec, taken: list[Spot]) -> list[Spot]:
    """All things of an entry; rows keep their order and turn about the character together."""
    best = list[Spot]()
    for turn, times in _ROW_MOVES if spec.kind in _ROWS else ((0.0, 1.0),):
        place = {"bearing_deg": spec.bearing_deg + turn, "distance_m": spec.distance_m * times}
        turned = spec.model_copy(update=place)
        group = list[Spot]()
        for wish in _wishes(where, number, turned):
            spot = _settled(where, wish, [*taken, *group])
            group += [spot] if spot else []
        best = group if len(group) > len(best) else best
        if len(best) >= _MOSTLY * spec.count:
            break
    return best


def _wishes(where: Map, number: int, spec: LandmarkSpec) -> Iterator[Spot]:
    """Where the things of an entry would be if every place would do."""
    bearing, radius = np.radians(spec.bearing_deg), RADIUS_M[spec.kind] * spec.size
    ahead = np.array([-np.sin(bearing), np.cos(bearing)])
    aside = np.array([ahead[1], -ahead[0]])
    chance = uniform(np.arange(spec.count), np.full(spec.count, number), where.seed + 501)
    for k, (across, along) in enumerate(_laid_out(spec, radius, chance)):
        x, z = ahead * (spec.distance_m + along) + aside * across
        loose = 0.0 if spec.kind in _ROWS or spec.count == 1 else 50.0
        facing = ahead if spec.kind in _ROWS else np.array([x, z])
        turn = np.arctan2(-facing[0], -facing[1]) + np.radians(spec.turn_deg)
        turn += np.radians(loose * (chance[k] - 0.5))
        yield Spot(number, spec, float(x), float(z), float(turn), radius)


def _laid_out(spec: LandmarkSpec, radius: float, chance: Values) -> list[tuple[float, float]]:
    """Where things alike stand about the middle of all: to the side, and farther off."""
    count = spec.count
    if spec.kind == "fence":
        pitch = FENCE_M * spec.size
        return [((k - (count - 1) / 2) * pitch, 0.0) for k in range(count)]
    pitch = 2.0 * radius + _GAPS.get(spec.kind, 0.35 * radius) * spec.size
    if spec.kind == "gravestone":
        columns = max(int(np.ceil(np.sqrt(1.6 * count))), 1)
        rows = -(-count // columns)
        return [
            (
                (k % columns - (columns - 1) / 2) * pitch,
                (k // columns - (rows - 1) / 2) * 1.5 * pitch,
            )
            for k in range(count)
        ]
    if spec.kind == "standing stone" and count > 4:
        around = count * pitch / (2 * np.pi)
        turn = 2 * np.pi * (np.arange(count) + 0.3 * chance) / count
        return [(float(around * np.cos(t)), float(around * np.sin(t))) for t in turn]
    middle = (count - 1) / 2
    return [
        ((k - middle) * pitch, float((0.9 * chance[k] + 0.5 * abs(k - middle)) * radius))
        for k in range(count)
    ]


def _settled(where: Map, wish: Spot, taken: list[Spot]) -> Spot | None:
    """The spot nearest to the one that is wished for."""
    bearing = float(np.arctan2(-wish.x, wish.z))
    away = max(float(np.hypot(wish.x, wish.z)), FREE_M + wish.radius)
    fixed = wish.spec.kind in _ROWS
    turns, further = (np.zeros(1), np.ones(1)) if fixed else (np.radians(_TURNS_DEG), _FURTHER)
    turn, times = (g.ravel() for g in np.meshgrid(turns, further, indexing="ij"))
    reach = np.maximum(away * times, FREE_M + wish.radius)
    x, z = -np.sin(bearing + turn) * reach, np.cos(bearing + turn) * reach
    cost = np.abs(turn) / np.radians(30.0) + 3.0 * np.abs(np.log(reach / away))
    fits = _fits(where, wish, x, z, taken)
    for steepest in (0.22, 0.5, 1.2):
        good = np.flatnonzero(fits & (_uneven(where, wish, x, z) < steepest * wish.radius + 0.25))
        if len(good):
            best = int(good[np.argmin(cost[good])])
            return Spot(
                wish.number,
                wish.spec,
                float(x[best]),
                float(z[best]),
                wish.turn - float(turn[best]),
                wish.radius,
            )
    return None


def _fits(
    where: Map, wish: Spot, x: Values, z: Values, taken: list[Spot]
) -> Bool[np.ndarray, "*batch"]:
    """Whether places are on the right side of the water, off the road, and nobody's yet."""
    radius, kind = wish.radius, wish.spec.kind
    good = np.hypot(x, z) >= FREE_M + radius - 1e-9
    if where.wet:
        edge = shore(where, x, z)
        low, high = _AFLOAT.get(kind, (radius + 0.8, np.inf))
        good &= (edge > (-_ISLET_M if wish.on_rock else low)) & (edge < high)
    elif kind in _AFLOAT and kind != "rowing boat":
        return np.zeros(x.shape, bool)
    if where.road_half_m:
        side = np.abs(along_across(where, x, z)[1])
        good &= side > where.road_half_m + radius + 0.4
        kerb = _STREET_M.get(where.land.buildings)
        if kerb and radius < _SMALL_M:
            good &= side < where.road_half_m + max(kerb, 2.0 * radius + 0.5) - radius + 0.5
    for other in taken:
        alike = kind in _ROWS and other.spec.kind == kind
        room = 0.0 if alike else radius + other.radius + 0.3
        good &= np.hypot(x - other.x, z - other.z) > room
    return good


def _uneven(where: Map, wish: Spot, x: Values, z: Values) -> Values:
    """Height between the lowest and the highest point about places."""
    if where.wet and (wish.spec.kind in _AFLOAT or wish.on_rock):
        return np.zeros_like(x)
    turn = np.arange(8) * np.pi / 4
    around = (x[:, None] + wish.radius * np.cos(turn), z[:, None] + wish.radius * np.sin(turn))
    return np.ptp(natural(where, *around), axis=1)


def _spanning(where: Map, number: int, spec: LandmarkSpec, taken: list[Spot]) -> Spot | None:
    """A bridge over the first water in front, beside the character's line of sight."""
    if not where.wet:
        return None
    wish = -np.sin(np.radians(spec.bearing_deg)) * spec.distance_m
    line = np.arange(-2.0, 90.0, 0.25)
    for shift in (0.0, 1.5, -1.5, 3.0, -3.0, 5.0, -5.0, 8.0, -8.0, 12.0, -12.0):
        x = float(wish + shift)
        ashore = shore(where, np.full_like(line, x), line) > _BANK_M
        wet = np.flatnonzero(~ashore)
        if not len(wet) or wet[0] == 0:
            continue
        after = np.flatnonzero(ashore[wet[0] :])
        if not len(after) or after[0] * 0.25 > _LONGEST_M:
            continue
        near, far = float(line[wet[0]]) - 0.25, float(line[wet[0] + after[0]])
        middle, span = 0.5 * (near + far), far - near
        clear = all(np.hypot(x - o.x, middle - o.z) > 3.0 + 0.5 * span for o in taken)
        if clear and np.hypot(x, near - 1.5) > FREE_M + 1.5:
            return Spot(number, spec, x, middle, 0.0, 0.5 * span + 1.5, span)
    return None


def levelled(where: Map, x: Values, z: Values, h: Values) -> Values:
    """Ground with what is levelled under things.

    Args:
        where: The map.
        x: To the left of the character.
        z: In front of it.
        h: Height there as it was before.
    """
    if not where.land.landmarks:
        return h
    kept, total, weights = np.ones_like(h), np.zeros_like(h), np.zeros_like(h)
    for spot in spots(where):
        if not spot.levels:
            continue
        share = _share(where, spot, x, z)
        # Where one lies level, others have no say.
        say = share / (1.0 - share + 1e-6)
        kept, total, weights = (
            kept * (1.0 - share),
            total + say * level_of(where, spot),
            weights + say,
        )
    return kept * h + (1.0 - kept) * total / np.maximum(weights, 1e-12)


@lru_cache(maxsize=256)
def level_of(where: Map, spot: Spot) -> float:
    """Height of the ground under a thing that levels it."""
    there = float(natural(where, np.array([spot.x]), np.array([spot.z]))[0])
    return max(there, _ISLET_TOP_M) if where.wet and spot.on_rock else there


def _share(where: Map, spot: Spot, x: Values, z: Values) -> Float[np.ndarray, "*batch"]:
    away = np.hypot(x - spot.x, z - spot.z)
    if where.wet and spot.on_rock:
        # A crag: ragged at its edge, and steeper here than there.
        ragged = fractal(x / 7.0, z / 7.0, where.seed + 503, 4)
        inner = spot.radius + 0.9
        away = inner + (away - inner) * (1.0 + 0.9 * np.clip(ragged, -0.7, 1.0))
        return smoothstep(inner + 9.0, inner, away)
    # A cell of the ground's mesh must lie level as well.
    inner = spot.radius + 0.8 + 0.012 * float(np.hypot(spot.x, spot.z))
    share = smoothstep(inner + 3.0 + 0.45 * spot.radius, inner, away)
    return share * smoothstep(0.2, 1.5, shore(where, x, z)) if where.wet else share
