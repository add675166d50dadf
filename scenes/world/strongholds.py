# SPDX-License-Identifier: Apache-2.0
"""Tall things: lighthouse, windmill, tower, castle, pyramid. Fronts look to +Z."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gen3d.foundry.solids import lathe
from scenes.world.carpentry import (
    Part,
    Parts,
    Stuff,
    X,
    beam,
    cuboid,
    moved,
    quartered,
    spun,
    tilted,
    wedge,
)
from scenes.world.dwellings import BRICK, PLASTER, SHINGLES, SLATE, Style
from scenes.world.joinery import (
    GLASS,
    IRON,
    OAK,
    SNOW,
    STONE,
    WHITE_WOOD,
    Hole,
    filled,
    with_colour,
)
from scenes.world.shapes import limb
from scenes.world.surfaces import ASHLAR, CANVAS, PAINTED

WHITE = replace(PLASTER, colour=(0.72, 0.71, 0.67))
RED = Stuff(PAINTED, (0.42, 0.035, 0.025))
_SIDES = 40
Profile = Sequence[tuple[float, float]]


def round_part(profile: Profile, stuff: Stuff, sides: int = _SIDES) -> Part:
    """A turned body of ``(radius, y)`` points from its foot up."""
    return Part(lathe(profile, sides), stuff, X)


def _ring_of(parts: Parts, count: int, start_deg: float = 0.0) -> Parts:
    """Copies evenly turned about the axis."""
    return [p for k in range(count) for p in spun(parts, start_deg + 360.0 * k / count)]


def _set_in(hole: Hole, radius: float, turn_deg: float, frame: Stuff) -> Parts:
    """A window or door in a round wall of some radius: a stone frame stands proud of it."""
    jamb = Hole(hole.x, hole.y, hole.wide, hole.tall, hole.door, hole.panes)
    chord = radius - float(np.sqrt(max(radius**2 - (hole.wide / 2) ** 2, 0.0)))
    parts = moved(filled(jamb, 0.02, 0.16 + chord, frame), z=radius - chord)
    lintel = cuboid(
        (hole.x, hole.y + hole.tall, radius - chord), hole.wide + 0.3, 0.22, 0.4, frame, X
    )
    return spun([*parts, lintel], turn_deg)


def lighthouse(style: Style) -> Parts:
    """A tapering tower with bands, a gallery, a glazed lantern under a dome."""
    tall, low, high = 17.0, 2.7, 1.75
    main = with_colour(WHITE, style.colour)
    band = main if style.colour else replace(WHITE, colour=RED.colour)
    edges = np.linspace(1.1, tall, 6)
    found = [round_part([(low + 0.25, -1.0), (low + 0.25, 0.9), (low, 1.1)], STONE)]

    def radius(y: float) -> float:
        return low + (high - low) * (y / tall) ** 0.85

    for k, (a, b) in enumerate(itertools.pairwise(edges)):
        rows = np.linspace(a, b, 4)
        stuff = band if k % 2 else main
        found.append(round_part([(radius(float(y)), float(y)) for y in rows], stuff))
    for k, y in enumerate((3.6, 7.0, 10.4, 13.6)):
        hole = Hole(0.0, y, 0.55, 1.05, panes=(2, 3))
        found += _set_in(hole, radius(y + 0.5), (0.0, 70.0, -60.0, 15.0)[k], WHITE_WOOD)
    found += _set_in(Hole(0.0, 1.1, 1.05, 2.1, door=True), radius(2.0) + 0.05, 0.0, STONE)
    for k in range(5):
        place = (0.0, -0.8, low + 0.2 + 0.3 * k)
        found.append(cuboid(place, 1.5, 1.9 - 0.22 * k, 0.32, STONE, X))
    return [*found, *_lantern(tall, high)]


def _lantern(y: float, radius: float) -> Parts:
    """Gallery with its railing, lantern room and dome."""
    red, out = RED, radius + 0.95
    found = [
        round_part([(radius, y - 0.7), (out - 0.1, y - 0.05), (out, y), (out, y + 0.16)], STONE),
        round_part([(radius - 0.3, y + 0.1), (radius - 0.3, y + 0.95)], red),
        round_part([(radius - 0.45, y + 0.9), (radius - 0.45, y + 2.75)], GLASS, 10),
    ]
    post = [
        Part(
            limb(np.array([0, y, out - 0.12]), np.array([0, y + 1.05, out - 0.12]), 0.03, 0.03, 6),
            IRON,
        )
    ]
    found += _ring_of(post, 20)
    for high in (0.55, 1.05):
        ring = [(out - 0.15, y + high), (out - 0.09, y + high), (out - 0.09, y + high + 0.05)]
        found.append(round_part([*ring, (out - 0.15, y + high + 0.05), ring[0]], IRON))
    mullion = cuboid((0.0, y + 0.9, radius - 0.45), 0.07, 1.9, 0.07, IRON)
    found += _ring_of([mullion], 10, 18.0)
    found.append(round_part([(radius - 0.4, y + 1.78), (radius - 0.4, y + 1.86)], IRON))
    lens = [(0.12, y + 1.0), (0.45, y + 1.3), (0.5, y + 1.9), (0.4, y + 2.4), (0.1, y + 2.6)]
    found.append(round_part(lens, Stuff(PAINTED, (0.7, 0.62, 0.35))))
    dome = [(radius - 0.1, y + 2.7), (radius - 0.1, y + 2.85), (radius - 0.4, y + 3.4)]
    dome += [(radius - 1.0, y + 3.85), (0.2, y + 4.1), (0.16, y + 4.35), (0.05, y + 4.4)]
    found.append(round_part(dome, red))
    found.append(
        Part(limb(np.array([0, y + 4.3, 0]), np.array([0, y + 5.6, 0]), 0.04, 0.015, 6), IRON)
    )
    return found


def windmill(style: Style) -> Parts:
    """A tower mill: a tapering body with a stage, a cap that carries four lattice sails."""
    tall = 11.0
    body = with_colour(WHITE, style.colour)
    found = [
        round_part([(3.5, -1.0), (3.5, 0.9)], BRICK),
        round_part([(3.4, 0.9), (2.9, 4.0), (2.45, 8.0), (2.2, tall)], body),
        round_part([(2.3, tall - 0.25), (2.5, tall - 0.1), (2.5, tall + 0.1)], OAK),
    ]
    found += _set_in(Hole(0.0, 0.05, 1.2, 2.2, door=True), 3.48, 40.0, WHITE_WOOD)
    for turn, y in ((0.0, 5.2), (75.0, 3.1), (-70.0, 3.1), (35.0, 8.3), (-55.0, 7.4)):
        radius = float(np.interp(y + 0.5, [0.9, 4.0, 8.0, tall], [3.4, 2.9, 2.45, 2.2]))
        found += _set_in(Hole(0.0, y, 0.8, 1.1, panes=(2, 3)), radius, turn, WHITE_WOOD)
    cap = [
        (2.45, tall),
        (2.5, tall + 0.25),
        (2.25, tall + 1.1),
        (1.5, tall + 2.0),
        (0.5, tall + 2.5),
        (0.1, tall + 2.6),
    ]
    found.append(round_part(cap, replace(SHINGLES, colour=(0.09, 0.085, 0.08)), 28))
    if style.snow_m:
        found.append(round_part([(1.6, tall + 2.0), (0.55, tall + 2.6), (0.05, tall + 2.75)], SNOW))
    hub = (0.0, tall + 0.95, 3.15)
    found.append(beam((0.0, hub[1], 1.0), hub, 0.5, 0.5, OAK))
    found.append(beam((0.0, hub[1], 3.0), (0.0, hub[1], 3.45), 0.75, 0.75, IRON))
    sails = Parts()
    for k in range(4):
        sails += tilted(_sail(), 24.0 + 90.0 * k, 2)
    return [*found, *moved(sails, *hub)]


def _sail(long: float = 8.2) -> Parts:
    """One sail that points up: a stock, a lattice beside it, cloth on its inner half."""
    found = [beam((0.0, -0.2, 0.0), (0.0, long, 0.0), 0.2, 0.24, OAK)]
    wide, first = 1.55, 1.5
    bars = (float(y) for y in np.linspace(first, long - 0.1, 14))
    found += [beam((-0.25, y, 0.1), (wide, y, 0.02), 0.05, 0.06, OAK) for y in bars]
    laths = (0.55, 1.05, wide)
    found += [beam((x, first, 0.06), (x, long - 0.1, 0.06), 0.05, 0.05, OAK) for x in laths]
    cloth = Stuff(CANVAS, (0.62, 0.56, 0.45), 0.4)
    found.append(
        cuboid((0.6 + 0.2, first + 0.1, 0.02), wide - 0.1, long - first - 0.4, 0.02, cloth)
    )
    found.append(cuboid((-0.16, first, 0.08), 0.3, long - first - 0.1, 0.025, OAK.toned(1.3)))
    return found


def _crenellated(radius: float, y: float, stone: Stuff, count: int) -> Parts:
    """A parapet on corbels with gaps, round."""
    out = radius + 0.4
    corbel = [
        wedge(
            [
                (x, y + h, z)
                for x in (-0.16, 0.16)
                for h, z in (
                    (-0.9, radius - 0.1),
                    (0.0, radius - 0.1),
                    (0.0, out - 0.02),
                    (-0.3, out - 0.02),
                )
            ],
            stone,
            X,
        )
    ]
    found = _ring_of(corbel, count * 2)
    wall = [(out - 0.4, y), (out, y), (out, y + 0.8), (out - 0.4, y + 0.8), (out - 0.4, y)]
    found += [
        round_part(wall, stone),
        round_part([(out - 0.2, y - 0.02), (out - 0.2, y + 0.1)], stone),
    ]
    merlon = cuboid(
        (0.0, y + 0.8, out - 0.2), 1.15 * np.pi * out / count, 0.85, 0.4, stone.toned(0.97), X
    )
    return [*found, *_ring_of([merlon], count)]


def _slit(radius: float, y: float, turn: float, stone: Stuff) -> Parts:
    dark = stone.toned(0.12)
    frame = [
        cuboid((x, y, radius - 0.06), 0.16, 1.5, 0.2, stone.toned(0.85)) for x in (-0.17, 0.17)
    ]
    frame += [
        cuboid((0.0, h, radius - 0.06), 0.5, 0.18, 0.22, stone.toned(0.8), X)
        for h in (y - 0.16, y + 1.48)
    ]
    return spun([*frame, cuboid((0.0, y, radius - 0.08), 0.2, 1.5, 0.16, dark)], turn)


def _castle_stone(style: Style) -> Stuff:
    return with_colour(Stuff(ASHLAR, (0.33, 0.30, 0.25), 2.4), style.colour)


def tower(style: Style) -> Parts:
    """A round keep of ashlar with a battered foot, slits and battlements."""
    stone, radius, tall = _castle_stone(style), 3.2, 14.0
    foot = [(radius + 0.9, -1.0), (radius + 0.75, 0.3), (radius + 0.05, 3.0)]
    found = [round_part([*foot, (radius, 3.2), (radius - 0.1, tall)], stone)]
    found.append(
        round_part(
            [
                (radius + 0.02, 8.4),
                (radius + 0.16, 8.5),
                (radius + 0.16, 8.7),
                (radius - 0.05, 8.8),
            ],
            stone,
        )
    )
    found += _crenellated(radius - 0.1, tall, stone, 11)
    for turn, y in (
        (-12.0, 6.0),
        (60.0, 4.6),
        (-75.0, 5.2),
        (28.0, 10.4),
        (-52.0, 10.4),
        (100.0, 10.2),
    ):
        found += _slit(radius - 0.02, y, turn, stone)
    found += _set_in(Hole(0.0, 0.15, 1.5, 2.6, door=True), radius + 0.62, 10.0, stone.toned(0.8))
    return found


def _corner(stone: Stuff, roof: Stuff, radius: float, tall: float, style: Style) -> Parts:
    """A corner tower with a pointed roof."""
    found = [round_part([(radius + 0.6, -2.0), (radius, 3.0), (radius, tall)], stone, 28)]
    out, up = radius + 0.45, tall + 0.35
    found.append(
        round_part(
            [(radius - 0.1, tall - 0.7), (out - 0.1, tall), (out - 0.1, tall + 1.3)], stone, 28
        )
    )
    rim = tall + 1.3
    found.append(
        round_part(
            [(out + 0.35, rim - 0.15), (out + 0.3, rim), (0.05, rim + 2.6 * radius)], roof, 28
        )
    )
    if style.snow_m:
        found.append(
            round_part([(out - 0.2, rim + 0.8), (0.02, rim + 2.6 * radius + 0.1)], SNOW, 28)
        )
    for k in range(6):
        found += _slit(radius, 0.62 * tall, 60.0 * k + 20.0, stone)
        found += spun(
            [cuboid((0.0, up - 0.1, out - 0.1), 0.5, 0.75, 0.08, stone.toned(0.12))], 60.0 * k
        )
    pole = rim + 2.6 * radius
    return [
        *found,
        Part(limb(np.array([0, pole - 0.2, 0]), np.array([0, pole + 1.5, 0]), 0.06, 0.03, 6), IRON),
    ]


def _curtain(length: float, tall: float, thick: float, stone: Stuff) -> Parts:
    """A wall along x with battlements on its outer side (+Z)."""
    found = [cuboid((0.0, -2.0, 0.0), length, tall + 2.0, thick, stone, X)]
    found.append(cuboid((0.0, tall - 0.5, thick / 2 + 0.1), length, 0.3, 0.25, stone.toned(0.9), X))
    count = int(length / 1.9)
    found.append(cuboid((0.0, tall, thick / 2 - 0.2), length, 0.75, 0.4, stone, X))
    for k in range(count):
        x = (k + 0.5) / count * length - length / 2
        found.append(
            cuboid((x, tall + 0.75, thick / 2 - 0.2), 1.05, 0.8, 0.4, stone.toned(0.96), X)
        )
    return found


def castle(style: Style) -> Parts:
    """Four round towers and curtain walls about a keep, a gatehouse in front."""
    stone, half, low = _castle_stone(style), 17.0, 8.5
    roof = replace(SLATE, colour=(0.075, 0.085, 0.11))
    found = Parts()
    for quarter in range(4):
        found += quartered(moved(_curtain(2 * half, low, 2.0, stone), z=half), quarter)
    for x in (-1, 1):
        for z in (-1, 1):
            found += moved(_corner(stone, roof, 3.4, 13.0, style), x * half, 0.0, z * half)
    return [
        *found,
        *moved(_keep(stone, roof, style), 0.0, 0.0, -5.0),
        *_gatehouse(stone, roof, style, half),
    ]


def _keep(stone: Stuff, roof: Stuff, style: Style) -> Parts:
    """A great square tower with turrets."""
    side, tall = 12.0, 19.0
    found = [cuboid((0.0, -2.0, 0.0), side, tall + 2.0, side, stone, X)]
    for quarter in range(4):
        face = moved(_curtain(side, tall, 0.5, stone), z=side / 2 + 0.1)[1:]
        for x in (-3.2, 0.0, 3.2):
            for y in (10.5, 14.6):
                hole = Hole(x, y, 0.8, 1.9, panes=(2, 4))
                face += moved(filled(hole, 0.02, 0.16, stone.toned(0.8)), z=side / 2)
        found += quartered(face, quarter)
    for x in (-1, 1):
        for z in (-1, 1):
            found += moved(
                _corner(stone, roof, 1.7, tall + 3.0, style), x * side / 2, 0.0, z * side / 2
            )
    return found


def _gatehouse(stone: Stuff, roof: Stuff, style: Style, front: float) -> Parts:
    """Two towers with an arched gate between them."""
    found, tall = Parts(), 11.0
    for x in (-1, 1):
        found += moved(_corner(stone, roof, 2.2, tall, style), x * 4.0, 0.0, front + 1.2)
    found += moved(_curtain(6.0, tall - 1.0, 3.4, stone), z=front + 0.6)
    z, half, spring = front + 2.32, 1.7, 2.6
    turn = np.linspace(0.0, np.pi, 11)
    arch = [(half * np.cos(t), spring + half * np.sin(t)) for t in turn]
    dark = stone.toned(0.1)
    for (a, b), (c, d) in itertools.pairwise(arch):
        mid = float(np.arctan2(b + d - 2 * spring, a + c))
        x, y = 1.14 * half * np.cos(mid), spring + 1.14 * half * np.sin(mid)
        stones = tilted(
            [cuboid((0.0, -0.3, 0.0), 0.56, 0.62, 0.35, stone.toned(0.8), X)],
            np.degrees(mid) - 90.0,
            2,
        )
        found += moved(stones, float(x), float(y), z + 0.02)
    outline = [(half, 0.0), *arch, (-half, 0.0)]
    found.append(
        wedge([(float(x), float(y), z + s) for s in (-0.05, 0.03) for x, y in outline], dark, X)
    )
    for x in np.linspace(-half + 0.2, half - 0.2, 7):
        top = spring + float(np.sqrt(half**2 - x**2))
        found.append(cuboid((float(x), 1.3, z + 0.06), 0.1, top - 1.35, 0.1, IRON))
    for y in (1.6, 2.3, 3.0, 3.7):
        reach = half if y < spring else float(np.sqrt(max(half**2 - (y - spring) ** 2, 0.0)))
        found.append(cuboid((0.0, y, z + 0.09), 2 * reach - 0.2, 0.1, 0.08, IRON, X))
    road = cuboid((0.0, -0.9, z + 2.2), 3.2, 0.94, 4.4, stone.toned(0.8), X)
    return [*found, road]


def pyramid(style: Style) -> Parts:
    """Courses of worn blocks to a point, 46 m high."""
    stone = with_colour(Stuff(ASHLAR, (0.45, 0.36, 0.24), 2.4), style.colour)
    side, count, found = 72.0, 44, Parts()
    for k in range(count):
        wide = side * (1.0 - k / count)
        tone = stone.toned(float(style.rng.uniform(0.9, 1.07)))
        found.append(
            cuboid(
                (0.0, 1.05 * k - (3.0 if k == 0 else 0.0), 0.0),
                wide,
                1.05 + (3.0 if k == 0 else 0.0),
                wide,
                tone,
                X,
            )
        )
    return found
