# SPDX-License-Identifier: Apache-2.0
"""What houses have: walls with holes, windows, doors, gabled roofs in courses, chimneys.

Walls are written in a frame of their own: x along the wall, y up, their outer face at z = 0 looking
to +Z. Roofs have their ridge along z.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from scenes.world.carpentry import (
    Part,
    Parts,
    Stuff,
    X,
    Z,
    beam,
    cuboid,
    pane,
    slab,
    wedge,
)
from scenes.world.surfaces import ASHLAR, BEAMS, BOARDS, GROUND_NAMES, METAL, WINDOW

GLASS = Stuff(WINDOW, (1.0, 1.0, 1.0))
WHITE_WOOD = Stuff(BEAMS, (0.62, 0.61, 0.57), 0.9)
OAK = Stuff(BEAMS, (0.17, 0.115, 0.07), 0.9)
IRON = Stuff(METAL, (0.045, 0.045, 0.047))
STONE = Stuff(ASHLAR, (0.34, 0.31, 0.27), 2.4)
SNOW = Stuff(GROUND_NAMES.index("snow"), (0.8, 0.82, 0.85), 2.5)
_SUNK_M = 1.0
"""How far foundations reach into the ground."""


@dataclass(frozen=True)
class Hole:
    """A window or a door in a wall."""

    x: float
    """Of its middle."""
    y: float
    """Of its foot."""
    wide: float
    tall: float
    door: bool = False
    panes: tuple[int, int] = (2, 2)
    """Across and up."""


def wall(length: float, tall: float, thick: float, holes: Sequence[Hole], stuff: Stuff) -> Parts:
    """A wall with holes, and a foundation below it."""
    edges = {-length / 2, length / 2}
    edges |= {h.x + s * h.wide / 2 for h in holes for s in (-1, 1)}
    ordered, found = sorted(edges), Parts()
    for left, right in itertools.pairwise(ordered):
        middle, y = (left + right) / 2, -_SUNK_M
        there = sorted((h for h in holes if abs(h.x - middle) < h.wide / 2), key=lambda h: h.y)
        for low, high in [*((h.y, h.y + h.tall) for h in there), (tall, tall)]:
            if low - y > 1e-6:
                found.append(
                    cuboid((middle, y, -thick / 2), right - left, low - y, thick, stuff, X)
                )
            y = high
    return found


def filled(hole: Hole, back: float, out: float, frame: Stuff, leaf: Stuff = OAK) -> Parts:
    """What is in a hole: a window with its bars, or a door of boards.

    Args:
        hole: Where.
        back: z of the pane.
        out: z up to which the frame reaches.
        frame: Of the frame and the bars.
        leaf: Of a door.
    """
    x, y, w, t = hole.x, hole.y, hole.wide, hole.tall
    bar, deep = 0.08, out - back
    middle = (back + out) / 2
    found = [cuboid((x + s * (w / 2 - bar / 2), y, middle), bar, t, deep, frame) for s in (-1, 1)]
    found.append(cuboid((x, y + t - bar, middle), w, bar, deep, frame, X))
    if hole.door:
        return [*found, *_leaf(hole, back, leaf)]
    found.append(cuboid((x, y, middle), w, bar, deep, frame, X))
    found.append(cuboid((x, y - 0.06, out), w + 0.16, 0.06, 0.16, frame, X))
    found.append(pane(x, y + bar / 2, w - bar, t - bar, back, GLASS))
    across, up = hole.panes
    thin = 0.035
    for k in range(1, across):
        place = (x - w / 2 + k * w / across, y, back + 0.02)
        found.append(cuboid(place, thin, t, 0.04, frame))
    rungs = (y + k * t / up - thin / 2 for k in range(1, up))
    return [*found, *(cuboid((x, y, back + 0.02), w, thin, 0.04, frame, X) for y in rungs)]


def _leaf(hole: Hole, back: float, leaf: Stuff) -> Parts:
    """A door of upright boards with ledges, hinges and a handle; wide ones have two leaves."""
    x, y, w, t = hole.x, hole.y, hole.wide - 0.16, hole.tall - 0.08
    count = max(round(w / 0.17), 3)
    found = Parts()
    for k in range(count):
        place = (x - w / 2 + (k + 0.5) * w / count, y, back)
        tone = (1.0, 0.86, 1.08, 0.94, 1.02)[k % 5]
        found.append(cuboid(place, w / count - 0.012, t, 0.05, leaf.toned(tone)))
    found.append(cuboid((x, y, back - 0.03), w, t, 0.04, leaf.toned(0.35)))
    for high in (0.16, 0.8):
        found.append(cuboid((x, y + high * t, back + 0.035), w, 0.13, 0.03, leaf.toned(0.8), X))
    knob = x + 0.38 * w if w < 1.6 else x + 0.1
    found.append(cuboid((knob, y + 0.47 * t, back + 0.06), 0.03, 0.16, 0.06, IRON))
    return found


def shutters(hole: Hole, out: float, stuff: Stuff) -> Parts:
    """A pair of open shutters beside a window."""
    wide, found = hole.wide / 2, Parts()
    for side in (-1, 1):
        x = hole.x + side * (hole.wide / 2 + wide / 2 + 0.05)
        found.append(cuboid((x, hole.y, out), wide, hole.tall, 0.035, stuff))
        for high in (0.15, 0.78):
            place = (x, hole.y + high * hole.tall, out + 0.025)
            found.append(cuboid(place, wide - 0.04, 0.07, 0.025, stuff.toned(0.85), X))
    return found


@dataclass(frozen=True)
class Roof:
    """A gabled roof over a box, its ridge along z."""

    wide: float
    deep: float
    low: float
    """Height of the walls."""
    rise: float
    """Of the ridge over the walls."""
    over: float = 0.45
    """Beyond the eaves."""
    ends: tuple[float, float] = (0.4, 0.4)
    """Beyond the gables, behind and in front."""
    course_m: float = 0.36
    """Of the roofing, along the slope."""
    snow_m: float = 0.0

    def at(self, x: float) -> float:
        """Height of its underside."""
        return self.low + self.rise * (1.0 - abs(x) / (self.wide / 2))


def roofed(roof: Roof, cover: Stuff, trim: Stuff, rng: np.random.Generator) -> Parts:
    """Courses of roofing on both slopes, barge boards, fascias, a ridge, and snow."""
    found = Parts()
    run = roof.wide / 2
    half = run + roof.over
    back, front = -roof.deep / 2 - roof.ends[0], roof.deep / 2 + roof.ends[1]
    long = float(np.hypot(half, half * roof.rise / run))
    count = max(int(long / roof.course_m), 2)
    for side in (-1.0, 1.0):
        for k in range(count):
            outer, inner = half * (1 - k / count), half * (1 - (k + 1) / count)
            outer += 0.15 * half / count
            found.append(_course(roof, side, (outer, inner), (back, front), cover, rng))
        edge = side * half
        y = roof.at(edge) - 0.07
        found.append(beam((edge, y, back), (edge, y, front), 0.04, 0.16, trim))
        for z in (back, front):
            top, low = (0.0, roof.at(0.0) - 0.02, z), (edge, roof.at(edge) - 0.02, z)
            found.append(beam(low, top, 0.05, 0.2, trim))
        if roof.snow_m:
            found.append(snow_on(roof, side))
    ridge = roof.at(0.0) + 0.1
    found.append(beam((0.0, ridge, back), (0.0, ridge, front), 0.24, 0.1, cover.toned(0.8)))
    return found


def _course(
    roof: Roof,
    side: float,
    across: tuple[float, float],
    along: tuple[float, float],
    cover: Stuff,
    rng: np.random.Generator,
) -> Part:
    """One row of roofing, its lower edge lifted over the next."""
    outer, inner = side * across[0], side * across[1]
    (back, front), lift = along, 0.05
    low, high = roof.at(outer) + lift, roof.at(inner)
    ring = [(outer, low, back), (outer, low, front), (inner, high, front), (inner, high, back)]
    return _upward(ring, 0.045, cover.toned(float(rng.uniform(0.86, 1.1))))


def _upward(ring: list[tuple[float, float, float]], thick: float, stuff: Stuff) -> Part:
    """A slab whose outer side is the upper one, whichever way its corners run."""
    flat = np.asarray(ring)
    if np.cross(flat[1] - flat[0], flat[3] - flat[0])[1] < 0:
        ring.reverse()
    return slab(ring, thick, stuff, Z)


def snow_on(roof: Roof, side: float) -> Part:
    """A rounded blanket over one slope."""
    back, front = -roof.deep / 2 - roof.ends[0], roof.deep / 2 + roof.ends[1]
    half, thick = roof.wide / 2 + roof.over, roof.snow_m
    points = list[tuple[float, float, float]]()
    for z, inset in (
        (back - 0.03, 0.5),
        (back + 0.12, 1.0),
        (front - 0.12, 1.0),
        (front + 0.03, 0.5),
    ):
        for share, high in ((1.02, 0.35), (0.95, 1.0), (0.0, 1.15)):
            x = side * share * half
            y = roof.at(x) + 0.06
            points += [(x, y, z), (x, y + inset * high * thick, z)]
    return wedge(points, SNOW, Z)


def gable_wall(roof: Roof, z: float, thick: float, stuff: Stuff) -> Part:
    """The triangle of a wall under the roof, its outer face at ``z``."""
    half, inner = roof.wide / 2, z - np.sign(z) * thick
    points = [
        (x, y, depth)
        for depth in (z, float(inner))
        for x, y in ((-half, roof.low), (half, roof.low), (0.0, roof.low + roof.rise))
    ]
    return wedge(points, stuff, X)


def chimney(
    x: float, z: float, top: float, wide: float, stuff: Stuff, snow_m: float = 0.0
) -> Parts:
    """A stack from the ground to its cap."""
    found = [
        cuboid((x, -_SUNK_M, z), wide, top + _SUNK_M, wide, stuff, X),
        cuboid((x, top - 0.28, z), wide + 0.16, 0.14, wide + 0.16, stuff.toned(0.85), X),
        cuboid((x, top, z), 0.62 * wide, 0.28, 0.62 * wide, stuff.toned(0.5), X),
    ]
    if snow_m:
        found.append(cuboid((x, top, z), wide + 0.04, 0.7 * snow_m, wide + 0.04, SNOW, X))
    return found


def plinth(wide: float, deep: float, tall: float, stuff: Stuff = STONE) -> Part:
    """A footing a hand wider than the walls."""
    return cuboid((0.0, -_SUNK_M, 0.0), wide + 0.16, _SUNK_M + tall, deep + 0.16, stuff, X)


def boards(colour: tuple[float, float, float]) -> Stuff:
    """Painted or weathered boards."""
    return Stuff(BOARDS, colour, 1.4)


def with_colour(stuff: Stuff, colour: tuple[float, float, float] | None) -> Stuff:
    """A stuff in a colour that was said, if one was."""
    return stuff if colour is None else replace(stuff, colour=colour)
