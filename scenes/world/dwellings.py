# SPDX-License-Identifier: Apache-2.0
"""Houses that stand alone: log cabin, hut, house, cottage, barn. Nothing is inside.

Fronts look to +Z. Sizes are natural ones; what was said of a colour is the walls'.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gen3d.spec import Rgb
from scenes.world.carpentry import Part, Parts, Stuff, X, Z, beam, cuboid, moved, quartered, wedge
from scenes.world.joinery import (
    IRON,
    OAK,
    STONE,
    WHITE_WOOD,
    Hole,
    Roof,
    boards,
    chimney,
    filled,
    gable_wall,
    plinth,
    roofed,
    shutters,
    snow_on,
    wall,
    with_colour,
)
from scenes.world.shapes import limb
from scenes.world.surfaces import BEAMS, BRICKWORK, COVERING, LOGS, RENDER, STRAW

SHINGLES = Stuff(COVERING, (0.115, 0.09, 0.07), 1.0)
TILES = Stuff(COVERING, (0.23, 0.085, 0.055), 0.8)
SLATE = Stuff(COVERING, (0.085, 0.09, 0.10), 0.8)
PLASTER = Stuff(RENDER, (0.60, 0.56, 0.48), 3.0)
BRICK = Stuff(BRICKWORK, (0.27, 0.12, 0.085), 1.0)
THATCH = Stuff(STRAW, (0.30, 0.23, 0.12), 0.8)
_LOG_M = 0.135
"""Radius of a log."""


@dataclass(frozen=True)
class Style:
    """What differs between two things of a kind."""

    colour: Rgb | None
    snow_m: float
    """Of fresh snow on roofs."""
    rng: np.random.Generator


def _log(start: np.ndarray, end: np.ndarray, stuff: Stuff, radius: float = _LOG_M) -> Parts:
    """A peeled log with pale cut ends."""
    axis = int(np.argmax(np.abs(end - start)))
    way = (end - start) / np.linalg.norm(end - start)
    whole = Part(limb(start, end, radius, 0.96 * radius, 12), stuff, axis)
    cut = stuff.toned(1.75)
    ends = [
        Part(limb(p, p + s * 0.008 * way, 0.9 * radius, 0.86 * radius, 12), cut, axis)
        for p, s in ((start, -1.0), (end, 1.0))
    ]
    return [whole, *ends]


def _log_wall(
    style: Style, length: float, z: float, first: float, top: float, holes: list[Hole], stuff: Stuff
) -> Parts:
    """Courses of logs along x, cut at holes, their ends beyond the corners."""
    found, pitch = Parts(), 1.74 * _LOG_M
    y = first
    while y < top:
        reach = length / 2 + 0.28 + float(style.rng.uniform(0.0, 0.06))
        cuts = sorted(
            (h.x - h.wide / 2, h.x + h.wide / 2)
            for h in holes
            if h.y - 0.04 < y < h.y + h.tall + 0.04
        )
        starts, ends = [-reach, *(b for _, b in cuts)], [*(a for a, _ in cuts), reach]
        tone = stuff.toned(float(style.rng.uniform(0.82, 1.14)))
        for a, b in zip(starts, ends, strict=True):
            found += _log(np.array([a, y, z]), np.array([b, y, z]), tone)
        y += pitch
    return found


def log_cabin(style: Style) -> Parts:
    """Logs notched at the corners, a porch under the front gable, a chimney of field stones."""
    wide, deep, tall = 5.4, 6.0, 2.45
    logs = with_colour(Stuff(LOGS, (0.185, 0.115, 0.062), 0.7), style.colour)
    chink = Stuff(RENDER, (0.26, 0.22, 0.17), 3.0)
    pitch = 1.74 * _LOG_M
    roof = Roof(wide, deep, tall, 2.15, 0.55, (0.4, 1.75), 0.34, style.snow_m)
    front = [Hole(-1.62, 0.98, 0.95, 0.95), Hole(0.0, 0.14, 1.0, 2.05, door=True)]
    front.append(Hole(1.62, 0.98, 0.95, 0.95))
    sides = [Hole(-1.5, 0.98, 1.05, 0.95), Hole(1.3, 0.98, 1.05, 0.95)]
    found = [
        plinth(wide, deep, 0.12),
        cuboid((0.0, -0.1, 0.0), wide, tall + 0.1, deep, chink, X),
        gable_wall(roof, deep / 2, 0.2, chink),
        gable_wall(roof, -deep / 2, 0.2, chink),
    ]
    for quarter, holes in enumerate((front, sides, [], sides)):
        length, reach = (wide, deep) if quarter % 2 == 0 else (deep, wide)
        first = 0.24 + (0.5 * pitch if quarter % 2 else 0.0)
        face = _log_wall(style, length, reach / 2, first, tall, holes, logs)
        for hole in holes:
            back, out = reach / 2 + 0.025, reach / 2 + 0.2
            face += filled(hole, back, out, Stuff(BEAMS, (0.30, 0.2, 0.12), 0.9))
        found += quartered(face, quarter)
    found += _gable_logs(roof, deep / 2, logs, style) + _gable_logs(roof, -deep / 2, logs, style)
    found += _porch(roof, deep, logs)
    found += roofed(roof, SHINGLES, logs.toned(0.75), style.rng)
    return [*found, *_stone_stack(-wide / 2 - 0.42, -0.6, roof.low + roof.rise + 0.75, style)]


def _gable_logs(roof: Roof, z: float, logs: Stuff, style: Style) -> Parts:
    """Shorter and shorter logs up to the ridge."""
    found, pitch = Parts(), 1.74 * _LOG_M
    y = roof.low + 0.04
    while y < roof.low + roof.rise - 0.15:
        half = (roof.low + roof.rise - y) / roof.rise * roof.wide / 2 - 0.02
        tone = logs.toned(float(style.rng.uniform(0.82, 1.14)))
        found += _log(np.array([-half, y, z]), np.array([half, y, z]), tone)
        y += pitch
    return found


def _porch(roof: Roof, deep: float, logs: Stuff) -> Parts:
    """A deck with a step, posts of logs, a rail, and purlins that carry the roof in front."""
    found, front, half = Parts(), deep / 2 + 1.5, roof.wide / 2
    deck = boards((0.2, 0.15, 0.105))
    for k in range(11):
        z = deep / 2 + 0.16 + 0.136 * k
        tone = deck.toned((1.0, 0.88, 1.1, 0.95)[k % 4])
        found.append(cuboid((0.0, 0.02, z), 2 * half, 0.06, 0.128, tone, X))
    found.append(cuboid((0.0, -1.0, deep / 2 + 0.8), 2 * half - 0.1, 1.02, 1.4, STONE, X))
    found.append(cuboid((0.0, -0.5, front + 0.3), 1.5, 0.38 + 0.14 - 0.06, 0.36, deck, X))
    for x in (-half + 0.1, -0.85, 0.85, half - 0.1):
        found += _log(np.array([x, 0.05, front]), np.array([x, roof.at(x) - 0.1, front]), logs, 0.1)
    for low, high in ((-half + 0.1, -0.85), (0.85, half - 0.1)):
        for y in (0.42, 0.92):
            found += _log(np.array([low, y, front]), np.array([high, y, front]), logs, 0.055)
        for share in np.linspace(0.12, 0.88, 6):
            at = low + share * (high - low)
            found += _log(np.array([at, 0.42, front]), np.array([at, 0.92, front]), logs, 0.03)
    for x in (-half + 0.1, 0.0, half - 0.1):
        y = roof.at(x) - 0.14
        start, end = np.array([x, y, deep / 2 - 0.3]), np.array([x, y, front + 0.42])
        found += _log(start, end, logs, 0.11)
    return found


def _stone_stack(x: float, z: float, top: float, style: Style) -> Parts:
    """A chimney of rough stones, drawn in above the hearth."""
    found, y = Parts(), -0.6
    while y < top:
        share = min(max((y - 1.4) / 0.9, 0.0), 1.0)
        wide, deep = 0.95 - 0.2 * share, 1.5 - 0.7 * share
        tall = float(style.rng.uniform(0.2, 0.34))
        shift = style.rng.uniform(-0.02, 0.02, 2)
        tone = STONE.toned(float(style.rng.uniform(0.75, 1.15)))
        count = 2 if deep > 1.0 else 1
        for k in range(count):
            at = z + float(shift[1]) + (k - (count - 1) / 2) * deep / count
            size = deep / count - 0.02
            tone_k = tone.toned(1.0 + 0.12 * (k - 0.5))
            found.append(cuboid((x + float(shift[0]), y, at), wide, tall - 0.02, size, tone_k, X))
        found.append(cuboid((x, y, z), wide - 0.1, tall, deep - 0.1, STONE.toned(0.55), X))
        y += tall
    cap = cuboid((x, y, z), 1.0, 0.12, 1.0, STONE.toned(0.8), X)
    found += [cap, cuboid((x, y + 0.12, z), 0.5, 0.22, 0.5, STONE.toned(0.45), X)]
    return found


def hut(style: Style) -> Parts:
    """A herdsman's hut of boards on field stones, a stove pipe through its roof."""
    wide, deep, tall = 3.2, 3.8, 2.05
    skin = with_colour(boards((0.20, 0.155, 0.115)), style.colour)
    roof = Roof(wide, deep, tall, 1.5, 0.35, (0.3, 0.55), 0.3, style.snow_m)
    front = [Hole(-0.55, 0.16, 0.95, 1.85, door=True), Hole(0.85, 0.95, 0.7, 0.7)]
    found = gabled(roof, (front, [Hole(0.0, 0.95, 0.8, 0.75)], [], []), skin, WHITE_WOOD, 0.12)
    found.append(plinth(wide, deep, 0.14))
    found += _battens(roof, front, skin)
    found += roofed(roof, SHINGLES, skin.toned(0.7), style.rng)
    pipe = limb(np.array([0.8, 2.2, -0.9]), np.array([0.8, 4.0, -0.9]), 0.09, 0.09, 10)
    cap = limb(np.array([0.8, 4.06, -0.9]), np.array([0.8, 4.2, -0.9]), 0.2, 0.03, 10)
    found += [Part(pipe, IRON), Part(cap, IRON)]
    found.append(cuboid((-0.55, -0.4, deep / 2 + 0.35), 1.1, 0.52, 0.5, STONE, X))
    bench = cuboid((0.85, 0.42, deep / 2 + 0.24), 1.1, 0.05, 0.34, skin.toned(1.15), X)
    legs = [cuboid((x, -0.2, deep / 2 + 0.24), 0.08, 0.62, 0.28, skin) for x in (0.42, 1.28)]
    return [*found, bench, *legs]


def gabled(
    roof: Roof,
    holes: tuple[list[Hole], list[Hole], list[Hole], list[Hole]],
    skin: Stuff,
    frame: Stuff,
    thick: float,
    leaf: Stuff = OAK,
) -> Parts:
    """Four walls and two gables; holes of the front, the left, the back and the right wall."""
    found = [gable_wall(roof, s * roof.deep / 2, thick, skin) for s in (-1.0, 1.0)]
    for quarter, mine in enumerate(holes):
        length, reach = (roof.wide, roof.deep) if quarter % 2 == 0 else (roof.deep, roof.wide)
        face = wall(length - (0.0 if quarter % 2 == 0 else 2 * thick), roof.low, thick, mine, skin)
        for hole in mine:
            face += filled(hole, -min(0.14, 0.8 * thick), 0.035, frame, leaf)
        found += quartered(moved(face, z=reach / 2), quarter)
    return found


def _battens(roof: Roof, front: list[Hole], skin: Stuff) -> Parts:
    """Upright battens on the front gable and the corners."""
    found, z = Parts(), roof.deep / 2 + 0.015
    for x in np.arange(-roof.wide / 2 + 0.05, roof.wide / 2, 0.31):
        base = 0.14
        for hole in front:
            if abs(hole.x - x) < hole.wide / 2 + 0.06:
                base = max(base, hole.y + hole.tall + 0.08)
        top = roof.at(float(x)) - 0.1
        if top - base > 0.2:
            found.append(cuboid((float(x), base, z), 0.05, top - base, 0.03, skin.toned(0.86)))
    return found


def house(style: Style) -> Parts:
    """Two storeys of render under tiles, shutters, a porch over the door, a chimney of bricks."""
    wide, deep, tall = 7.0, 9.6, 5.3
    skin = with_colour(PLASTER, style.colour)
    roof = Roof(wide, deep, tall, 3.1, 0.5, (0.35, 0.35), 0.36, style.snow_m)
    upper = [Hole(x, 3.3, 1.0, 1.35, panes=(2, 3)) for x in (-3.1, 0.0, 3.1)]
    lower = [Hole(x, 0.95, 1.05, 1.4, panes=(2, 3)) for x in (-3.1, 3.1)]
    door = Hole(0.0, 0.2, 1.15, 2.15, door=True)
    gable = [Hole(x, y, 1.0, 1.35, panes=(2, 3)) for x in (-1.6, 1.6) for y in (0.95, 3.3)]
    green = Stuff(BEAMS, (0.05, 0.12, 0.085), 0.9)
    # The long side is the front: it is the left wall of the frame in which roofs run along z.
    found = gabled(roof, (gable, [*upper, *lower, door], gable, upper), skin, WHITE_WOOD, 0.3)
    face = [part for hole in (*upper, *lower) for part in shutters(hole, 0.03, green)]
    face += _door_hood(style)
    found += quartered(moved(face, z=wide / 2), 1)
    for z in (-deep / 2, deep / 2):
        attic = Hole(0.0, tall + 0.75, 0.8, 0.95)
        piece = moved(filled(attic, 0.0, 0.06, WHITE_WOOD), z=deep / 2)
        found += piece if z > 0 else quartered(piece, 2)
    found.append(plinth(wide, deep, 0.35))
    found += roofed(roof, TILES, WHITE_WOOD, style.rng)
    found += chimney(-0.9, 2.6, tall + 3.6, 0.75, BRICK, style.snow_m)
    found.append(cuboid((wide / 2 + 0.55, -0.6, 0.0), 1.0, 0.78, 1.8, STONE, Z))
    return quartered(found, 3)


def _door_hood(style: Style) -> Parts:
    """A small roof on brackets over a door, in the wall's frame."""
    hood = Roof(1.9, 0.9, 2.75, 0.5, 0.12, (0.0, 0.1), 0.26, 0.6 * style.snow_m)
    found = moved(roofed(hood, TILES, WHITE_WOOD, style.rng), z=0.45)
    gable = wedge(
        [(x, y, z) for z in (0.84, 0.9) for x, y in ((-0.95, 2.75), (0.95, 2.75), (0.0, 3.25))],
        WHITE_WOOD,
        X,
    )
    found.append(gable)
    for x in (-0.85, 0.85):
        found.append(beam((x, 2.05, 0.06), (x, 2.72, 0.8), 0.09, 0.1, WHITE_WOOD))
        found.append(cuboid((x, 2.68, 0.45), 0.1, 0.1, 0.9, WHITE_WOOD, Z))
    return found


def cottage(style: Style) -> Parts:
    """Low walls of white-washed stone under thick thatch."""
    wide, deep, tall = 5.2, 8.2, 2.5
    skin = with_colour(replace(PLASTER, colour=(0.66, 0.64, 0.58)), style.colour)
    roof = Roof(wide, deep, tall, 2.9, 0.55, (0.3, 0.3), 0.5, style.snow_m)
    front = [Hole(-2.6, 0.9, 0.95, 0.95), Hole(2.6, 0.9, 0.95, 0.95)]
    front += [Hole(0.2, 0.1, 1.0, 2.0, door=True)]
    gable = [Hole(0.0, 0.95, 0.9, 0.9)]
    leaf = Stuff(BEAMS, (0.06, 0.13, 0.19), 0.9)
    found = gabled(roof, (gable, front, gable, front[:2]), skin, WHITE_WOOD, 0.45, leaf)
    found.append(plinth(wide, deep, 0.1))
    found += _thatched(roof, style)
    for z in (-deep / 2 + 0.5, deep / 2 - 0.5):
        found += chimney(0.0, z, tall + 3.7, 0.8, skin.toned(0.9), style.snow_m)
    found.append(cuboid((wide / 2 + 0.4, -0.5, 0.2), 0.8, 0.56, 1.5, STONE, Z))
    return quartered(found, 3)


def _thatched(roof: Roof, style: Style) -> Parts:
    """Two thick layers with rounded eaves, a ridge cap, and snow."""
    half, found = roof.wide / 2 + roof.over, Parts()
    back, front = -roof.deep / 2 - roof.ends[0], roof.deep / 2 + roof.ends[1]
    thick = 0.42
    for side in (-1.0, 1.0):
        points = list[tuple[float, float, float]]()
        for z in (back, front):
            for share, under, over in (
                (1.0, 0.0, 0.12),
                (0.96, 0.0, 0.34),
                (0.5, 0.0, thick),
                (0.0, 0.0, thick),
            ):
                x = side * share * half
                points += [(x, roof.at(x) + under, z), (x, roof.at(x) + over, z)]
        found.append(wedge(points, THATCH, X))
        if style.snow_m:
            found.append(snow_on(replace(roof, low=roof.low + thick), side))
    cap = [
        (x, roof.at(x) + thick + y, z)
        for z in (back - 0.04, front + 0.04)
        for x, y in ((-0.5, -0.02), (-0.5, 0.1), (0.0, 0.16), (0.5, 0.1), (0.5, -0.02))
    ]
    found.append(wedge(cap, THATCH.toned(0.8), Z))
    return found


def barn(style: Style) -> Parts:
    """Boards on a frame, wide doors with crosses, a hay door over them."""
    wide, deep, tall = 9.0, 13.0, 4.6
    skin = with_colour(boards((0.26, 0.045, 0.035)), style.colour)
    roof = Roof(wide, deep, tall, 4.0, 0.5, (0.5, 0.5), 0.4, style.snow_m)
    door = Hole(0.0, 0.1, 3.4, 3.5, door=True)
    small = [Hole(x, 1.5, 0.85, 0.85) for x in (-4.2, 0.0, 4.2)]
    front = [door, Hole(-3.1, 1.5, 0.85, 0.85), Hole(3.1, 1.5, 0.85, 0.85)]
    found = gabled(roof, (front, small, [], small), skin, WHITE_WOOD, 0.16, skin.toned(0.92))
    found.append(plinth(wide, deep, 0.1))
    z = deep / 2 + 0.03
    for left, right in ((-1.6, -0.06), (0.06, 1.6)):
        found += _crossed(left, right, 0.12, 3.5, z)
    hay = Hole(0.0, tall + 0.5, 1.5, 1.6, door=True)
    found += moved(filled(hay, 0.0, 0.07, WHITE_WOOD, skin.toned(0.9)), z=deep / 2)
    found += _crossed(-0.68, 0.68, tall + 0.5, tall + 2.0, deep / 2 + 0.1)
    for x in (-1, 1):
        found.append(cuboid((x * (wide / 2 - 0.06), 0.0, z - 0.02), 0.2, tall, 0.06, WHITE_WOOD))
    found.append(
        beam((0.0, tall + 3.3, deep / 2), (0.0, tall + 3.3, deep / 2 + 1.1), 0.18, 0.22, OAK)
    )
    return [
        *found,
        *roofed(roof, replace(SLATE, colour=(0.12, 0.115, 0.11)), WHITE_WOOD, style.rng),
    ]


def _crossed(left: float, right: float, low: float, high: float, z: float) -> Parts:
    """A white frame with a cross, on a door."""
    found, b = Parts(), 0.11
    for x in (left + b / 2, right - b / 2):
        found.append(cuboid((x, low, z), b, high - low, 0.05, WHITE_WOOD))
    for y in (low, high - b):
        found.append(cuboid(((left + right) / 2, y, z), right - left, b, 0.05, WHITE_WOOD, X))
    for a, c in ((low, high), (high, low)):
        found.append(beam((left + b, a, z), (right - b, c, z), 0.045, b, WHITE_WOOD))
    return found
