# SPDX-License-Identifier: Apache-2.0
"""Small things that people put up outdoors: tent, campfire, bench, street lamp, signpost.

Fronts look to +Z; what was said of a colour is that of the main parts.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen3d.foundry.parts_b import ball, bumpy
from gen3d.foundry.solids import Vec3, tube
from scenes.world.carpentry import (
    Part,
    Parts,
    Stuff,
    X,
    Z,
    beam,
    cuboid,
    moved,
    slab,
    spun,
    wedge,
)
from scenes.world.dwellings import Style
from scenes.world.joinery import IRON, OAK, boards, with_colour
from scenes.world.shapes import limb
from scenes.world.strongholds import round_part
from scenes.world.surfaces import ASHLAR, CANVAS, EMBERS, FLAME, LAMP, LOGS

ROUGH = Stuff(ASHLAR, (0.27, 0.255, 0.23), 6.0)
BARK = Stuff(LOGS, (0.13, 0.09, 0.06), 0.7)
ROPE = Stuff(CANVAS, (0.42, 0.36, 0.26), 0.1)


def pole(start: Vec3, end: Vec3, thick: float, stuff: Stuff, thin: float | None = None) -> Part:
    """A round bar, perhaps tapering."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    axis = int(np.argmax(np.abs(b - a)))
    return Part(limb(a, b, thick, thick if thin is None else thin, 9), stuff, axis)


def pebble(at: Vec3, x: float, y: float, z: float, rng: np.random.Generator, stuff: Stuff) -> Part:
    """A rounded stone."""
    lump = bumpy(ball((0.0, 0.0, 0.0), x, y, z, 8), 0.13, 2.6, float(rng.uniform(0, 9)))
    return moved([Part(lump, stuff.toned(float(rng.uniform(0.75, 1.2))))], *at)[0]


def tent(style: Style) -> Parts:
    """A ridge tent of canvas, its flaps tied open, with guy lines."""
    cloth = with_colour(Stuff(CANVAS, (0.38, 0.33, 0.22), 0.5), style.colour)
    half, tall, deep, found = 1.15, 1.75, 2.7, Parts()
    thin, low = 0.012, 0.06
    front, back = deep / 2, -deep / 2
    for side in (-1.0, 1.0):
        ring: list[Vec3] = [(side * half, low, back), (side * half, low, front)]
        ring += [(0.0, tall, front), (0.0, tall, back)]
        found.append(
            slab(ring[::-1] if side < 0 else [ring[1], ring[0], ring[3], ring[2]], thin, cloth, Z)
        )
        over = [(side * (half + 0.14), low + 0.02, z) for z in (back, front)]
        hem = [over[0], over[1], (side * half * 0.9, 0.26, front), (side * half * 0.9, 0.26, back)]
        found.append(slab(hem if side < 0 else hem[::-1], thin, cloth.toned(0.9), Z))
        back_half: list[Vec3] = [(0.0, low, back), (side * half, low, back), (0.0, tall, back)]
        found.append(
            wedge([*back_half, *((x, y, back + 0.01) for x, y, _ in back_half)], cloth.toned(0.95))
        )
        flap: list[Vec3] = [(side * half, low, front), (side * 0.42, low, front + 0.28)]
        flap += [(side * 0.05, tall - 0.06, front), (side * 0.62, 0.85, front + 0.12)]
        found.append(wedge([*flap, *((x, y, z + 0.02) for x, y, z in flap)], cloth.toned(1.08)))
        for z in (back, 0.0, front):
            peg = (side * (half + 1.0), 0.0, z * 1.05)
            found += [
                pole((side * 0.62 * half, 0.4 * tall, z), peg, 0.008, ROPE),
                pole((peg[0], -0.1, peg[2]), (peg[0] + side * 0.04, 0.12, peg[2]), 0.015, OAK),
            ]
    for z, way in ((front, 1.0), (back, -1.0)):
        found.append(pole((0.0, -0.1, z), (0.0, tall + 0.14, z), 0.028, OAK))
        found.append(pole((0.0, tall + 0.08, z), (0.0, 0.0, z + way * 1.5), 0.008, ROPE))
    found.append(pole((0.0, tall, back), (0.0, tall, front), 0.026, OAK))
    found.append(cuboid((0.0, 0.0, 0.0), 2 * half - 0.1, 0.025, deep - 0.05, cloth.toned(0.45), Z))
    bed = Stuff(CANVAS, (0.10, 0.13, 0.19), 0.3)
    return [*found, Part(ball((0.45, 0.12, 0.1), 0.33, 0.1, 0.95, 8), bed)]


def campfire(style: Style) -> Parts:
    """A ring of stones, leaning logs, embers and flames, with a log to sit on."""
    rng, found = style.rng, Parts()
    for k in range(12):
        turn, size = (
            2 * np.pi * (k + float(rng.uniform(-0.2, 0.2))) / 12,
            float(rng.uniform(0.12, 0.17)),
        )
        place = (0.62 * float(np.cos(turn)), 0.06, 0.62 * float(np.sin(turn)))
        found.append(pebble(place, 1.1 * size, 0.8 * size, size, rng, ROUGH))
    found.append(
        Part(
            bumpy(ball((0.0, 0.0, 0.0), 0.52, 0.07, 0.52, 10), 0.1, 5.0),
            Stuff(EMBERS, (1.0, 1.0, 1.0), 0.5),
        )
    )
    for k in range(7):
        turn = 2 * np.pi * k / 7 + float(rng.uniform(-0.2, 0.2))
        foot = (0.46 * np.cos(turn), 0.05, 0.46 * np.sin(turn))
        lean = float(rng.uniform(0.02, 0.1))
        top = (
            -lean * np.cos(turn + 0.5),
            float(rng.uniform(0.48, 0.66)),
            -lean * np.sin(turn + 0.5),
        )
        charred = BARK.toned(float(rng.uniform(0.35, 0.8)))
        found.append(
            pole(
                (float(foot[0]), foot[1], float(foot[2])),
                (float(top[0]), top[1], float(top[2])),
                0.055,
                charred,
                0.04,
            )
        )
    for k in range(9):
        found.append(_flame(rng, 0.0 if k == 0 else 0.24, 0.95 if k == 0 else 0.7))
    seat = [
        Part(
            limb(np.array([-0.9, 0.17, -1.6]), np.array([0.9, 0.17, -1.5]), 0.2, 0.18, 14), BARK, X
        )
    ]
    seat.append(
        Part(
            limb(np.array([0.9, 0.17, -1.5]), np.array([0.91, 0.17, -1.5]), 0.165, 0.16, 14),
            BARK.toned(2.6),
            X,
        )
    )
    return [*found, *seat]


def _flame(rng: np.random.Generator, away: float, tall: float) -> Part:
    """A tongue that sways and narrows upwards."""
    turn, reach = rng.uniform(0, 2 * np.pi), float(rng.uniform(0.2, 1.0)) * away
    high = tall * float(rng.uniform(0.6, 1.1))
    sway = rng.normal(0.0, 0.07, 2)
    path, radii = list[Vec3](), list[float]()
    for s in np.linspace(0.0, 1.0, 9):
        bend = s * s
        path.append(
            (
                float(
                    reach * np.cos(turn) * (1 - 0.6 * s)
                    + sway[0] * bend
                    + 0.02 * np.sin(7 * s + turn)
                ),
                0.1 + float(s) * high,
                float(reach * np.sin(turn) * (1 - 0.6 * s) + sway[1] * bend),
            )
        )
        radii.append(float(0.1 * tall * (0.55 + 1.2 * s) * (1.0 - s) ** 0.8 + 0.004))
    return Part(tube(path, radii, 9), Stuff(FLAME, (1.0, 1.0, 1.0)))


def bench(style: Style) -> Parts:
    """A park bench of slats on iron sides."""
    wood, found = with_colour(Stuff(OAK.surface, (0.23, 0.145, 0.08), 0.9), style.colour), Parts()
    for k in range(4):
        found.append(
            cuboid(
                (0.0, 0.43, -0.16 + 0.125 * k),
                1.7,
                0.035,
                0.1,
                wood.toned((1.0, 0.9, 1.08, 0.96)[k]),
                X,
            )
        )
    for k in range(3):
        y = 0.56 + 0.13 * k
        found.append(
            beam(
                (-0.85, y, -0.25 - 0.035 * k),
                (0.85, y, -0.25 - 0.035 * k),
                0.03,
                0.1,
                wood.toned((0.95, 1.05, 0.9)[k]),
            )
        )
    for x in (-0.7, 0.0, 0.7):
        found += [
            beam((x, -0.1, 0.2), (x, 0.42, 0.17), 0.05, 0.06, IRON),
            beam((x, -0.1, -0.26), (x, 0.44, -0.2), 0.05, 0.06, IRON),
        ]
        found += [
            beam((x, 0.4, -0.24), (x, 0.4, 0.24), 0.05, 0.05, IRON),
            beam((x, 0.42, -0.25), (x, 0.92, -0.37), 0.05, 0.04, IRON),
        ]
    for x in (-0.78, 0.78):
        found += [
            beam((x, 0.64, -0.28), (x, 0.64, 0.2), 0.06, 0.04, wood),
            beam((x, 0.42, 0.17), (x, 0.63, 0.17), 0.04, 0.04, IRON),
        ]
    return found


def street_lamp(style: Style) -> Parts:
    """A cast-iron post with a four-sided lantern."""
    iron = with_colour(replace(IRON, colour=(0.03, 0.035, 0.032)), style.colour)
    post = [
        (0.22, -0.3),
        (0.22, 0.12),
        (0.15, 0.2),
        (0.13, 0.75),
        (0.17, 0.8),
        (0.07, 0.95),
        (0.055, 2.9),
        (0.09, 2.95),
        (0.05, 3.05),
        (0.05, 3.15),
    ]
    found = [round_part(post, iron, 20), pole((-0.32, 2.75, 0.0), (0.32, 2.75, 0.0), 0.02, iron)]
    glow = Stuff(LAMP, (1.0, 1.0, 1.0))
    for k in range(4):
        side: list[Vec3] = [
            (-0.12, 3.2, 0.12),
            (0.12, 3.2, 0.12),
            (0.2, 3.66, 0.2),
            (-0.2, 3.66, 0.2),
        ]
        found += spun([slab(side, 0.006, glow)], 90.0 * k)
        found += spun([beam((0.12, 3.18, 0.12), (0.2, 3.68, 0.2), 0.025, 0.025, iron)], 90.0 * k)
    found += [
        cuboid((0.0, 3.13, 0.0), 0.3, 0.06, 0.3, iron),
        cuboid((0.0, 3.66, 0.0), 0.46, 0.04, 0.46, iron),
    ]
    cap = [(s * 0.24, 3.7, t * 0.24) for s in (-1, 1) for t in (-1, 1)] + [
        (s * 0.07, 3.92, t * 0.07) for s in (-1, 1) for t in (-1, 1)
    ]
    return [
        *found,
        wedge(cap, iron),
        round_part([(0.06, 3.92), (0.07, 3.98), (0.02, 4.12)], iron, 12),
    ]


def signpost(style: Style) -> Parts:
    """A post with boards that point to different ways."""
    wood, found = with_colour(boards((0.27, 0.19, 0.115)), style.colour), Parts()
    found.append(cuboid((0.0, -0.4, 0.0), 0.13, 2.85, 0.13, OAK))
    for k, (y, turn) in enumerate(((2.05, 12.0), (1.72, 160.0), (1.4, -35.0))):
        long = (0.95, 0.8, 0.85)[k]
        outline = [
            (-0.15, 0.0),
            (long - 0.16, 0.0),
            (long, 0.12),
            (long - 0.16, 0.24),
            (-0.15, 0.24),
        ]
        board = wedge(
            [(x, y + h, z) for z in (0.07, 0.105) for x, h in outline],
            wood.toned((1.0, 0.9, 1.1)[k]),
            X,
        )
        lines = [cuboid((0.32 * long, y + 0.1, 0.108), 0.5 * long, 0.04, 0.006, OAK.toned(0.5), X)]
        found += spun([board, *lines], turn)
    found.append(
        wedge(
            [(s * 0.09, 2.45, t * 0.09) for s in (-1, 1) for t in (-1, 1)] + [(0.0, 2.58, 0.0)], OAK
        )
    )
    return found
