# SPDX-License-Identifier: Apache-2.0
"""The single things of a land: each as a shape on its spot, and the room that they need.

What grows, lies or is built in a thing's place is left out, and so are the trees that hide it from
where the character stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool

from gen3d.spec import Rgb
from scenes.place import Copies, Glow, Shape, at, some
from scenes.world import cast, crossings, dwellings, farmyard, fixtures, sacred, strongholds
from scenes.world.carpentry import Parts, shape_from
from scenes.world.dwellings import Style
from scenes.world.lie import WATER_LEVEL, Map, shore
from scenes.world.spots import SPANS, Spot, spots
from scenes.world.terrain import height

_SNOWED, _SNOW_M = 0.5, 0.2
"""Share of snow on the ground from which it lies on roofs, and how deep."""
_VARIANTS = 4
_MAKERS: dict[str, Callable[[Style], Parts]] = {
    "log cabin": dwellings.log_cabin,
    "hut": dwellings.hut,
    "house": dwellings.house,
    "cottage": dwellings.cottage,
    "barn": dwellings.barn,
    "chapel": sacred.chapel,
    "lighthouse": strongholds.lighthouse,
    "windmill": strongholds.windmill,
    "tower": strongholds.tower,
    "castle": strongholds.castle,
    "pyramid": strongholds.pyramid,
    "torii": sacred.torii,
    "well": farmyard.well,
    "tent": fixtures.tent,
    "campfire": fixtures.campfire,
    "fence": farmyard.fence,
    "bench": fixtures.bench,
    "street lamp": fixtures.street_lamp,
    "stone lantern": sacred.stone_lantern,
    "cart": farmyard.cart,
    "haystack": farmyard.haystack,
    "scarecrow": farmyard.scarecrow,
    "gravestone": sacred.gravestone,
    "signpost": fixtures.signpost,
    "standing stone": sacred.standing_stone,
    "rowing boat": crossings.rowing_boat,
    "sailing boat": crossings.sailing_boat,
    "statue": cast.statue,
    "snowman": cast.snowman,
}
_BRIDGES = {"bridge": crossings.bridge, "stone bridge": crossings.stone_bridge}
_GROWN = (
    (r"conifer", 2.3),
    (r"broadleaf", 3.4),
    (r"palm", 2.4),
    (r"cactus", 1.7),
    (r"bamboo", 2.2),
    (r"prickly pear|barrel cactus", 0.9),
    (r"street tree", 2.6),
    (r"rock", 0.75),
    (r"grass", 0.62),
    (r"herb", 0.7),
    (r"lamp", 0.5),
    (r"building 27", 9.5),
    (r"building", 12.0),
)
"""How much room what else stands there needs about its middle, by how its name begins."""
_TREES = re.compile(r"conifer|broadleaf|palm|cactus|bamboo")
_LOW_M = 1.3
"""Height up to which a thing is in the way of grass and rocks."""
_LIGHTS: dict[str, tuple[float, Rgb, float]] = {
    "campfire": (900.0, (2.1, 0.72, 0.14), 1.2),
    "street lamp": (1300.0, (1.62, 0.89, 0.3), 3.4),
}
"""Of what shines: lumens, colour of luminance 1, and a height at which nothing of it is before it:
of a fire the tips of its flames."""
Thing = tuple[Spot, Copies]


def standing(where: Map) -> list[Thing]:
    """Every thing on its spot."""
    made, found = dict[str, Shape](), list[Thing]()
    for order, spot in enumerate(spots(where)):
        variant = order % _VARIANTS if spot.spec.count > 1 else 0
        name = f"landmark {spot.spec.kind} {spot.number} {variant}"
        if name not in made:
            made[name] = _shape(where, spot, name, variant)
        foot = np.array([[spot.x, _foot(where, spot), spot.z]])
        scale = 1.0 if spot.spec.kind in SPANS else spot.spec.size
        found.append((spot, at(made[name], foot, spot.turn, scale)))
    return found


def _shape(where: Map, spot: Spot, name: str, variant: int) -> Shape:
    land, spec = where.land, spot.spec
    snowed = land.ground == "snow" or land.snow >= _SNOWED
    rng = np.random.default_rng([where.seed, 502, spot.number, variant])
    style = Style(spec.color, _SNOW_M if snowed else 0.0, rng)
    if spec.kind in _BRIDGES:
        return shape_from(name, _BRIDGES[spec.kind](style, spot.span_m))
    return shape_from(name, _MAKERS[spec.kind](style))


def _foot(where: Map, spot: Spot) -> float:
    """Height of what a thing stands or floats on."""
    x, z = np.array([spot.x]), np.array([spot.z])
    if spot.spec.kind in SPANS:
        half = 0.5 * spot.span_m
        ends = height(where, np.repeat(x, 2), spot.z + np.array([-half, half]))
        return float(ends.max()) - 0.03
    if where.wet and not spot.levels and float(shore(where, x, z)[0]) < 0.0:
        return WATER_LEVEL
    return float(height(where, x, z)[0])


def lights(things: Sequence[Thing], *, lit: bool) -> tuple[Glow, ...]:
    """The light of campfires, and of street lamps where they are on."""
    found = list[Glow]()
    for spot, one in things:
        kind = spot.spec.kind
        if kind in _LIGHTS and (lit or kind == "campfire"):
            lumens, colour, high = _LIGHTS[kind]
            middle = one.positions[0] + np.array([0.0, high * one.scales[0], 0.0])
            found.append(Glow(kind, middle.astype(np.float32), lumens, colour))
    return tuple(found)


def cleared(copies: Sequence[Copies], things: Sequence[Thing], clearing_m: float) -> list[Copies]:
    """What else there is without what would be in a thing, before it, or in the clearing."""
    found = list[Copies]()
    for one in copies:
        need = next((room for kind, room in _GROWN if re.match(kind, one.shape.name)), None)
        if need is None:
            found.append(one)
            continue
        stays = _stays(one, need, things)
        if _TREES.match(one.shape.name):
            stays &= np.hypot(one.positions[:, 0], one.positions[:, 2]) >= clearing_m
        if stays.any():
            found.append(one if stays.all() else some(one, stays))
    return found


def _stays(one: Copies, need: float, things: Sequence[Thing]) -> Bool[np.ndarray, "copies"]:
    """Which copies are clear of all things."""
    x, z = one.positions[:, 0].astype(float), one.positions[:, 2].astype(float)
    stays, tree = np.ones(len(x), bool), bool(_TREES.match(one.shape.name))
    room = need * one.scales if tree or one.shape.name.startswith("rock") else need
    low = not tree and not one.shape.name.startswith("building")
    for spot, thing in things:
        (left, right), (back, front) = _extent(thing, low=low)
        cosine, sine = np.cos(spot.turn), np.sin(spot.turn)
        dx, dz = x - spot.x, z - spot.z
        u, v = cosine * dx - sine * dz, sine * dx + cosine * dz
        out = np.hypot(
            np.maximum(np.maximum(left - u, u - right), 0.0),
            np.maximum(np.maximum(back - v, v - front), 0.0),
        )
        stays &= out > room
        if tree and spot.radius > 0.6:
            stays &= ~_hides(x, z, spot, 0.7 * np.asarray(room))
    return stays


def _extent(thing: Copies, *, low: bool) -> tuple[tuple[float, float], tuple[float, float]]:
    """How far a thing reaches along its own x and z, all of it or its foot."""
    verts = thing.shape.verts * thing.scales[0]
    if low:
        verts = verts[verts[:, 1] < _LOW_M]
    (x0, _, z0), (x1, _, z1) = verts.min(axis=0), verts.max(axis=0)
    return (float(x0), float(x1)), (float(z0), float(z1))


def _hides(x: np.ndarray, z: np.ndarray, spot: Spot, crown: np.ndarray) -> np.ndarray:
    """Whether trees stand between the character and a thing."""
    away = max(float(np.hypot(spot.x, spot.z)), 1e-6)
    ahead = (x * spot.x + z * spot.z) / away
    aside = np.abs(x * spot.z - z * spot.x) / away
    cone = 0.8 * spot.radius * np.clip(ahead / away, 0.0, 1.0)
    return (ahead > 0.0) & (ahead < away) & (aside < cone + crown)
