# SPDX-License-Identifier: Apache-2.0
"""A land after dark: some panes are of lit glass, and street lamps shine.

What shines is bright for the eye alone; what it lights is told by :class:`scenes.place.Glow`, which
the tracer asks straight: one for each lamp and each sign, and one for all lit panes of a wall.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import replace

import numpy as np
from jaxtyping import Float32, Int32

from gen3d.spec import Rgb
from scenes.place import Copies, Glow, Place, Shape, Surface, placed, some
from scenes.spectrum import luminance
from scenes.world.noise import uniform
from scenes.world.signs import SHINES_FROM, SIGN
from scenes.world.surfaces import LAMP, NEON, NEON_COLOURS, WINDOW
from scenes.world.town import LAMP_POST, LENS, LENS_HALF

_LIT = (
    ("warm", (46.0, 30.0, 14.0), 0.16),
    ("dim", (16.0, 9.5, 4.0), 0.12),
    ("cool", (33.0, 35.0, 32.0), 0.08),
)
"""Lit glass: its name, what shines through it at night in cd/m^2, and the share of the panes."""
_SHOP, _SHOP_LIGHT, _SHOPS = 5.0, (9.0, 7.4, 5.1), 0.6
"""Square metres from which a pane is a shop's, its light in cd/m^2, and the share that is lit."""
_PANES_M, _GROUND_FLOOR_M, _BEFORE_M = 55.0, 3.2, 0.35
"""How far from the middle windows light things, below which height a shop is, and how far before a
wall its windows' light comes from."""
_TUBE_CD_M2, _SIGN_LUMENS = 160.0, 700.0
"""Of a sign's frosted tubes, in their strongest channel, and all that a sign gives."""
_LUMENS, _LAMP_COLOUR = 4200.0, (1.62, 0.89, 0.3)
"""Of a street lamp: 18 lux on a street on average; as a body of 2,700 K shines, luminance 1."""
_LANTERN, _LANTERN_CD_M2 = "landmark street lamp", (1115.0, 612.0, 206.0)
"""A street lamp that stands alone: 1,300 lumens through 0.6 m^2 of glass all round."""
_PANE_CD_M2 = _LUMENS / (np.pi * 4.0 * LENS_HALF[0] * LENS_HALF[1])


def lit_up(place: Place, seed: int) -> Place:
    """A land whose lights are on.

    Args:
        place: A land in which nothing shines yet, and seen from anywhere.
        seed: Of which panes are lit.
    """
    first, surfaces = len(place.surfaces), (*place.surfaces, *_lit_surfaces())
    copies = tuple(replace(one, shape=lit_shape(one.shape, first, seed)) for one in place.copies)
    return replace(
        place,
        surfaces=surfaces,
        copies=copies,
        glows=(*place.glows, *_street_lamps(place), *_signs(place)),
        panes=_panes(copies, surfaces),
    )


def put_out(place: Place) -> Place:
    """A place where nothing shines."""
    dark = (replace(surface, emission=(0.0, 0.0, 0.0)) for surface in place.surfaces)
    return replace(place, surfaces=tuple(dark), glows=(), panes=())


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
        Surface(
            "lit lantern glass", "lamp", (0.6, 0.6, 0.58), roughness=0.4, emission=_LANTERN_CD_M2
        ),
    )


def _tube(colour: Rgb) -> Rgb:
    red, green, blue = (_TUBE_CD_M2 * c for c in colour)
    return red, green, blue


def lit_shape(shape: Shape, first: int, seed: int) -> Shape:
    """A shape with the light on behind some of its panes, the same in all its levels of detail.

    Args:
        shape: Of the land.
        first: Number of the first lit surface, which is that of the land's surfaces.
        seed: Of which panes.
    """
    surface = shape.surface.copy()
    glass = np.flatnonzero(surface == WINDOW)
    # A pane is two triangles, which lie in the same place in every level.
    pair = np.arange(len(glass)) // 2
    middle = shape.verts[shape.faces[glass]].mean(axis=1)
    middle = np.stack([np.bincount(pair, middle[:, c]) for c in range(3)], axis=1)[pair]
    x, y, z = np.round(10.0 * middle).astype(np.int64).T
    kind = zlib.crc32(re.sub(r" LOD\d$", "", shape.name).encode())
    chance = uniform(4096 * x + z, y, (seed + 430 + kind) % 2**31)
    large = _areas(shape)[glass] > 0.5 * _SHOP
    for tone, low in enumerate(np.cumsum([0.0, *(share for *_, share in _LIT[:-1])])):
        mine = (chance >= low) & (chance < low + _LIT[tone][2])
        surface[glass[mine & ~large]] = first + tone
    surface[glass[large & (chance < _SHOPS)]] = first + len(_LIT)
    pane = 2 + len(NEON) if shape.name.startswith(_LANTERN) else 1
    surface[surface == LAMP] = first + len(_LIT) + pane
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
                Glow("street lamp", spot, _LUMENS, _LAMP_COLOUR, (0.0, -1.0, 0.0))
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


def _panes(copies: tuple[Copies, ...], surfaces: tuple[Surface, ...]) -> tuple[Glow, ...]:
    """What the lit windows of each wall near the middle light, and shops by themselves."""
    shine, found = np.array([s.emission for s in surfaces]), list[Glow]()
    glass = np.array([s.label == "window" for s in surfaces]) & shine.any(axis=1)
    for one in copies:
        near = np.hypot(one.positions[:, 0], one.positions[:, 2]) < _PANES_M
        lit = np.flatnonzero(glass[one.shape.surface])
        if not len(lit) or not near.any():
            continue
        here = some(one, near)
        corner = one.shape.verts[one.shape.faces[lit]]
        ahead = one.shape.normals[one.shape.faces[lit, 0]]
        area, middle = _areas(one.shape)[lit], corner.mean(axis=1)
        wall = np.round(np.arctan2(ahead[:, 0], ahead[:, 2]) / (np.pi / 2)).astype(int) % 4
        storey = (middle[:, 1] > _GROUND_FLOOR_M).astype(int)
        for group in np.unique(2 * wall + storey):
            mine = np.flatnonzero(2 * wall + storey == group)
            sent = (area[mine, None] * shine[one.shape.surface[lit[mine]]]).sum(axis=0)
            weight = area[mine] / area[mine].sum()
            way = ahead[mine[0]]
            point = (weight @ middle[mine] + _BEFORE_M * way).astype(np.float32)
            bright = float(luminance(sent))
            colour: Rgb = (
                float(sent[0] / bright),
                float(sent[1] / bright),
                float(sent[2] / bright),
            )
            spots, ways = _carried(here, point), _turned(here, way)
            lumens = np.pi * bright * here.scales.astype(float) ** 2
            for spot, faces, power in zip(spots, ways, lumens, strict=True):
                found.append(Glow("windows", spot, float(power), colour, faces))
    return tuple(found)


def _turned(one: Copies, way: np.ndarray) -> list[tuple[float, float, float]]:
    """A direction of a shape as each of its copies has it."""
    x, y, z = (float(v) for v in way)
    cosine, sine = np.cos(one.turns), np.sin(one.turns)
    return [
        (float(c * x + s * z), y, float(c * z - s * x)) for c, s in zip(cosine, sine, strict=True)
    ]


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
