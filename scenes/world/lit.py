# SPDX-License-Identifier: Apache-2.0
"""A land after dark: some panes are of lit glass, and street lamps shine.

Lit glass is bright itself and lights what is around it as any bright surface does. A street lamp is
small and strong: it is a :class:`scenes.place.Glow`, which the tracer asks straight, and its pane
shines for the eye alone.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float32, Int32

from gen3d.spec import Rgb
from scenes.place import Copies, Glow, Place, Shape, Surface, placed
from scenes.spectrum import luminance
from scenes.world.noise import uniform
from scenes.world.signs import SHINES_FROM, SIGN
from scenes.world.surfaces import LAMP, NEON, NEON_COLOURS, WINDOW
from scenes.world.town import LAMP_POST, LENS, LENS_HALF

_LIT = (
    ("warm", (26.0, 17.0, 8.0), 0.16),
    ("dim", (9.0, 5.4, 2.2), 0.12),
    ("cool", (18.0, 19.0, 17.5), 0.08),
)
"""Lit glass: its name, what shines through it at night in cd/m^2, and the share of the panes."""
_SHOP, _SHOP_LIGHT, _SHOPS = 8.0, (44.0, 36.0, 25.0), 0.7
"""Square metres from which a pane is a shop's, its light in cd/m^2, and the share that is lit."""
_TUBE_CD_M2, _SIGN_LUMENS = 160.0, 700.0
"""Of a sign's frosted tubes, in their strongest channel, and all that a sign gives."""
_LUMENS, _LAMP_COLOUR = 4200.0, (1.62, 0.89, 0.3)
"""Of a street lamp: 18 lux on a street on average; as a body of 2,700 K shines, luminance 1."""
_PANE_CD_M2 = _LUMENS / (np.pi * 4.0 * LENS_HALF[0] * LENS_HALF[1])


def lit_up(place: Place, seed: int) -> Place:
    """A land whose lights are on.

    Args:
        place: A land in which nothing shines yet, and seen from anywhere.
        seed: Of which panes are lit.
    """
    first = len(place.surfaces)
    copies = tuple(
        replace(one, shape=_lit_shape(one.shape, first, number, seed))
        for number, one in enumerate(place.copies)
    )
    return replace(
        place,
        surfaces=(*place.surfaces, *_lit_surfaces()),
        copies=copies,
        glows=(*place.glows, *_street_lamps(place), *_signs(place)),
    )


def put_out(place: Place) -> Place:
    """A place where nothing shines."""
    dark = (replace(surface, emission=(0.0, 0.0, 0.0)) for surface in place.surfaces)
    return replace(place, surfaces=tuple(dark), glows=())


def _lit_surfaces() -> tuple[Surface, ...]:
    """Lit glass of each kind, of shops, and of lamps: they follow the surfaces of a land."""
    glass = [*((name, light) for name, light, _ in _LIT), ("shop", _SHOP_LIGHT)]
    red, green, blue = (float(_PANE_CD_M2 * c) for c in _LAMP_COLOUR)
    return (
        *(
            Surface(
                f"{name} window", "window", (0.02, 0.024, 0.028), roughness=0.05, emission=shine
            )
            for name, shine in glass
        ),
        Surface(
            "lit lamp glass", "lamp", (0.6, 0.6, 0.58), roughness=0.4, emission=(red, green, blue)
        ),
        *(
            Surface(f"lit {name} tube", "lamp", colour, roughness=0.3, emission=_tube(colour))
            for name, colour in NEON_COLOURS
        ),
    )


def _tube(colour: Rgb) -> Rgb:
    red, green, blue = (_TUBE_CD_M2 * c for c in colour)
    return red, green, blue


def _lit_shape(shape: Shape, first: int, number: int, seed: int) -> Shape:
    """A shape with the light on behind some of its panes, and in its lamps.

    Args:
        shape: Of the land.
        first: Number of the first lit surface.
        number: Of the shape.
        seed: Of which.
    """
    surface = shape.surface.copy()
    glass = np.flatnonzero(surface == WINDOW)
    # A pane is two triangles.
    chance = uniform(np.full(len(glass), number), glass // 2, seed + 430)
    large = _areas(shape)[glass] > 0.5 * _SHOP
    for kind, low in enumerate(np.cumsum([0.0, *(share for *_, share in _LIT[:-1])])):
        mine = (chance >= low) & (chance < low + _LIT[kind][2])
        surface[glass[mine & ~large]] = first + kind
    surface[glass[large & (chance < _SHOPS)]] = first + len(_LIT)
    surface[surface == LAMP] = first + len(_LIT) + 1
    for tone, tube in enumerate(NEON):
        surface[surface == tube] = first + len(_LIT) + 2 + tone
    return replace(shape, surface=surface)


def _areas(shape: Shape) -> Float32[np.ndarray, "faces"]:
    a, b, c = (shape.verts[shape.faces[:, k]] for k in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / np.float32(2.0)


def _street_lamps(place: Place) -> list[Glow]:
    """The lamps of all lamp posts."""
    found = list[Glow]()
    pane = np.array(LENS, np.float32)
    for one in place.copies:
        if one.shape.name == LAMP_POST:
            found += [
                Glow("street lamp", spot, _LUMENS, _LAMP_COLOUR, downward=True)
                for spot in _carried(one, pane)
            ]
    return found


def _signs(place: Place) -> list[Glow]:
    """What neon signs light the street with."""
    found = list[Glow]()
    for one in place.copies:
        sign = SIGN.fullmatch(one.shape.name)
        if sign:
            shine = _shining(NEON_COLOURS[int(sign[2])][1])
            spots = _carried(one, np.array(SHINES_FROM[sign[1]], np.float32))
            found += [Glow("neon sign", spot, _SIGN_LUMENS, shine) for spot in spots]
    return found


def _shining(colour: Rgb) -> Rgb:
    """A colour of luminance 1."""
    red, green, blue = (float(c / luminance(np.array(colour))) for c in colour)
    return red, green, blue


def _carried(one: Copies, point: Float32[np.ndarray, "3"]) -> Float32[np.ndarray, "copies 3"]:
    """Where a point of a shape lies in each of its copies."""
    up = np.array([[0.0, 1.0, 0.0]], np.float32)
    none: Int32[np.ndarray, "0 3"] = np.zeros((0, 3), np.int32)
    dot = Shape("point", point[None], none, none[:, 0], up, up[:, :2], up)
    return placed(replace(one, shape=dot)).verts
