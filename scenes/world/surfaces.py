# SPDX-License-Identifier: Apache-2.0
"""Every surface of a landscape, by number."""

from __future__ import annotations

from dataclasses import replace

from gen3d.spec import LandSpec, Rgb
from scenes.place import Surface
from scenes.world.foliage import MEAN_TINT
from scenes.world.kinds import GROUNDS

GROUND_NAMES = tuple(GROUNDS)
_FIRST = len(GROUND_NAMES)
BARK, NEEDLES, FOLIAGE, BLADE, STONE, WOOD, WATER, CANOPY = range(_FIRST, _FIRST + 8)
ASPHALT, TRACK, PAINT, WALL, BRICK, ROOF, WINDOW, FRAME = range(_FIRST + 8, _FIRST + 16)
FOAM, MASONRY, LAMP = range(_FIRST + 16, _FIRST + 19)
NEON = range(_FIRST + 19, _FIRST + 24)
NEON_COLOURS: tuple[tuple[str, Rgb], ...] = (
    ("red", (1.0, 0.06, 0.035)),
    ("pink", (1.0, 0.07, 0.5)),
    ("blue", (0.06, 0.3, 1.0)),
    ("green", (0.08, 1.0, 0.3)),
    ("amber", (1.0, 0.42, 0.04)),
)
"""Neon and its kin: what their tubes look like when they shine."""
_SODDEN, _SLICK = 0.45, 0.12
"""Of porous stone under water: its albedo, of that when dry, and its roughness."""
_PAVED = frozenset({"road", "pavement"})
SKIN, PADS, CULM, LITTER = range(_FIRST + 24, _FIRST + 28)
"""Of cacti, high and low, of bamboo, and what lies under it; all white, tinted at the vertices."""
PETAL, HERBAGE = range(_FIRST + 28, _FIRST + 30)
_STUFFS = _FIRST + 30
LOGS, BOARDS, BEAMS, RENDER, ASHLAR, BRICKWORK, COVERING, CANVAS = range(_STUFFS, _STUFFS + 8)
STRAW, PAINTED, METAL, FLAME, EMBERS = range(_STUFFS + 8, _STUFFS + 13)
"""What single things are built of; only lands that have some have these, as the last ones."""


def surfaces(land: LandSpec) -> tuple[Surface, ...]:
    """The surfaces of a land, in the order of the numbers above."""
    # Ground carries its albedo at the vertices, where kinds of ground mix.
    white = (1.0, 1.0, 1.0)
    grounds = [
        Surface(name, label, white, pattern, 2.5, 0.95)
        for name, (_, pattern, label) in GROUNDS.items()
    ]
    snowed = _snow(land)
    stone = GROUNDS[land.cliff if land.cliff != "sand" else "rock"][0]
    dry = (
        *grounds,
        Surface("bark", "tree", (0.13, 0.095, 0.065), "wood", 0.8),
        Surface("needles", "tree", _needles(land), roughness=0.7, thin=0.15),
        Surface("foliage", "tree", _leaves(land), roughness=0.6, thin=0.6),
        Surface("grass blades", "plant", _blades(land), roughness=0.6, thin=0.25),
        Surface("stone", "rock", _snowed(stone, 0.4 * snowed), "rock", 1.5),
        Surface("planks", "wood", (0.20, 0.135, 0.085), "wood", 1.6, 0.8),
        Surface("water", "water", land.water_color, roughness=0.03),
        Surface("crowns", "tree", white, "crowns", 2.5),
        Surface("asphalt", "road", (0.085, 0.085, 0.088), "asphalt", 2.5),
        Surface("track", "road", (0.19, 0.145, 0.10), "dirt", 2.5),
        Surface("road paint", "road", (0.6, 0.6, 0.57), "asphalt", 2.5, 0.6),
        Surface("plaster", "building", (0.56, 0.52, 0.45), "plaster", 3.0),
        Surface("bricks", "building", (0.27, 0.12, 0.085), "bricks", 1.0),
        Surface("roof tiles", "building", (0.20, 0.085, 0.06), "slabs", 1.2, 0.8),
        Surface("glass", "window", (0.02, 0.024, 0.028), roughness=0.05),
        Surface("frames", "building", (0.62, 0.61, 0.58), roughness=0.5),
        Surface("white water", "water", (0.70, 0.74, 0.76), roughness=0.4),
        Surface("masonry", "building", (0.33, 0.29, 0.23), "bricks", 2.4, 0.95),
        Surface("lamp glass", "lamp", (0.6, 0.6, 0.58), roughness=0.4),
        *(
            Surface(f"{name} tube", "lamp", _brighter(colour, 0.5), roughness=0.3)
            for name, colour in NEON_COLOURS
        ),
        Surface("cactus skin", "tree", white, roughness=0.5),
        Surface("cactus pads", "plant", white, roughness=0.5),
        Surface("culms", "tree", white, roughness=0.4),
        Surface("fallen leaves", "forest floor", white, roughness=0.8),
        Surface("petals", "plant", white, roughness=0.85, thin=0.5),
        Surface("herbs", "plant", white, roughness=0.85, thin=0.3),
        *(_stuffs() if land.landmarks else ()),
    )
    return tuple(_wetted(surface, land.wet) for surface in dry) if land.wet else dry


def _stuffs() -> tuple[Surface, ...]:
    """White stuffs whose colour is at the vertices, and what burns."""
    white = (1.0, 1.0, 1.0)
    return (
        Surface("logs", "wood", white, "wood", 0.7, 0.85),
        Surface("boards", "wood", white, "planks", 1.4, 0.8),
        Surface("beams", "wood", white, "timber", 0.9, 0.75),
        Surface("render", "building", white, "plaster", 3.0, 0.95),
        Surface("ashlar", "building", white, "ashlar", 2.4, 0.95),
        Surface("brickwork", "building", white, "bricks", 1.0, 0.9),
        Surface("roofing", "building", white, "slabs", 1.0, 0.85),
        Surface("canvas", "building", white, "fabric", 0.4, 0.9),
        Surface("straw", "plant", white, "grass", 0.8, 0.95),
        Surface("paintwork", "thing", white, roughness=0.5),
        Surface("ironwork", "thing", white, roughness=0.45),
        Surface(
            "flame", "lamp", (0.9, 0.5, 0.2), roughness=0.9, emission=(21000.0, 7600.0, 1500.0)
        ),
        Surface("embers", "lamp", (0.12, 0.05, 0.03), "rock", 0.3, emission=(2600.0, 420.0, 40.0)),
    )


def _wetted(surface: Surface, wet: float) -> Surface:
    """Paved ground in the rain; all else sheds the water."""
    if surface.label not in _PAVED:
        return surface
    # A dirt road soaks it up.
    film = wet if surface.pattern != "dirt" else 0.4 * wet
    red, green, blue = (c * (1.0 - (1.0 - _SODDEN) * wet) for c in surface.colour)
    rough = surface.roughness + film * (_SLICK - surface.roughness)
    return replace(surface, colour=(red, green, blue), roughness=rough, film=film)


_SNOW = (0.80, 0.82, 0.85)
_LADEN = 0.2
"""Share of snow from which it lies on boughs."""


def needles_in_snow(land: LandSpec) -> Rgb | None:
    """Where snow lies on conifers, needles' share of the snow's colour, which their surface has."""
    if _snow(land) < _LADEN:
        return None
    red, green, blue = (
        min(c / white, 1.0) for c, white in zip(land.needle_color, _SNOW, strict=True)
    )
    return red, green, blue


def _snow(land: LandSpec) -> float:
    return 0.5 if land.ground == "snow" else 0.5 * land.snow


def _blades(land: LandSpec) -> Rgb:
    return _brighter(land.grass_color, 1.6)


def _needles(land: LandSpec) -> Rgb:
    if _snow(land) >= _LADEN:
        return _SNOW
    return _brighter(_snowed(land.needle_color, _snow(land)), 1.0 / MEAN_TINT)


def _leaves(land: LandSpec) -> Rgb:
    return _brighter(_snowed(land.leaf_color, _snow(land)), 1.0 / MEAN_TINT)


def _snowed(colour: Rgb, share: float) -> Rgb:
    red, green, blue = (c + share * (0.8 - c) for c in colour)
    return red, green, blue


def _brighter(colour: Rgb, factor: float) -> Rgb:
    red, green, blue = (min(c * factor, 0.85) for c in colour)
    return red, green, blue
