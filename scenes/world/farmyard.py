# SPDX-License-Identifier: Apache-2.0
"""What stands in fields and yards: well, cart, haystack, scarecrow, fence. Fronts look to +Z."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen3d.foundry.parts_b import ball, bumpy
from gen3d.foundry.solids import Solid, torus, tube
from scenes.world.carpentry import (
    Part,
    Parts,
    Stuff,
    X,
    Z,
    beam,
    cuboid,
    moved,
    quartered,
    spun,
    tilted,
    wedge,
)
from scenes.world.dwellings import SHINGLES, THATCH, Style
from scenes.world.fixtures import ROPE, pole
from scenes.world.joinery import (
    IRON,
    OAK,
    STONE,
    Roof,
    boards,
    roofed,
    with_colour,
)
from scenes.world.spots import FENCE_M
from scenes.world.strongholds import round_part
from scenes.world.surfaces import CANVAS, LOGS, PAINTED, STRAW


def well(style: Style) -> Parts:
    """A ring of field stones, a shingled roof on posts, a windlass with rope and bucket."""
    found = _curb(with_colour(STONE, style.colour), style.rng)
    for x in (-1.0, 1.0):
        found.append(cuboid((x, -0.4, 0.0), 0.14, 2.75, 0.16, OAK))
        found += [beam((x, 1.75, s * 0.1), (x, 2.3, s * 0.62), 0.08, 0.09, OAK) for s in (-1, 1)]
    roof = Roof(1.7, 2.3, 2.3, 0.85, 0.12, (0.14, 0.14), 0.24, 0.6 * style.snow_m)
    found += quartered(roofed(roof, SHINGLES, OAK, style.rng), 1)
    return [
        *found,
        pole((-1.12, 1.55, 0.0), (1.25, 1.55, 0.0), 0.05, OAK),
        pole((-0.55, 1.55, 0.0), (0.55, 1.55, 0.0), 0.1, ROPE),
        pole((1.25, 1.55, 0.0), (1.25, 1.2, 0.12), 0.025, IRON),
        pole((1.25, 1.2, 0.12), (1.5, 1.2, 0.12), 0.03, OAK),
        pole((0.0, 1.5, 0.1), (0.0, 1.36, 0.1), 0.014, ROPE),
        *moved(_bucket(), 0.0, 1.02, 0.1),
    ]


def _curb(stone: Stuff, rng: np.random.Generator) -> Parts:
    """Four courses of stones under flat ones, with dark water inside."""
    found, sides = Parts(), 14
    for row in range(5):
        sunk = 0.4 if row == 0 else 0.0
        wide, deep, away = (0.43, 0.4, 0.84) if row == 4 else (0.385, 0.26, 0.86)
        for k in range(sides):
            tone = stone.toned(float(rng.uniform(0.7, 1.2)))
            tall = 0.09 if row == 4 else float(rng.uniform(0.22, 0.25)) + sunk
            piece = cuboid((0.0, 0.2325 * row - sunk, away), wide, tall, deep, tone, X)
            found += spun([piece], 360.0 * (k + 0.5 * (row % 2)) / sides)
    mortar = [(0.72, -0.5), (0.72, 0.86), (0.93, 0.9), (0.95, 0.9)]
    found.append(round_part(mortar, stone.toned(0.5), 28))
    water = [(0.66, 0.94), (0.66, 0.99), (0.1, 0.99)]
    return [*found, round_part(water, Stuff(PAINTED, (0.02, 0.025, 0.03)), 24)]


def _bucket() -> Parts:
    staves = boards((0.24, 0.17, 0.10))
    shell = [(0.11, 0.0), (0.15, 0.3), (0.135, 0.3), (0.1, 0.03)]
    hoops = [
        Part(
            Solid(torus(r, 0.012, 20).verts + np.array([0, y, 0]), torus(r, 0.012, 20).faces), IRON
        )
        for r, y in ((0.12, 0.05), (0.145, 0.24))
    ]
    bow = [(-0.14, 0.28, 0.0), (-0.08, 0.36, 0.0), (0.08, 0.36, 0.0), (0.14, 0.28, 0.0)]
    return [round_part(shell, staves, 18), *hoops, Part(tube(bow, 0.009, 6), IRON)]


def cart(style: Style) -> Parts:
    """A two-wheeled farm cart that rests on its shafts."""
    wood = with_colour(boards((0.24, 0.16, 0.09)), style.colour)
    bed = Parts()
    for k in range(7):
        bed.append(
            cuboid(
                (-0.54 + 0.18 * k, 0.0, 0.0),
                0.17,
                0.045,
                2.1,
                wood.toned((1.0, 0.9, 1.1, 0.95)[k % 4]),
                Z,
            )
        )
    for x in (-0.64, 0.64):
        for y in (0.14, 0.34):
            bed.append(cuboid((x, y, 0.0), 0.035, 0.15, 2.1, wood.toned(0.95), Z))
        bed += [cuboid((x * 1.05, -0.05, z), 0.06, 0.62, 0.07, OAK) for z in (-0.98, 0.0, 0.98)]
        bed.append(beam((x * 0.72, -0.04, -1.0), (x * 0.62, -0.02, 2.9), 0.07, 0.09, OAK))
    bed += [
        cuboid((0.0, 0.05, -1.04), 1.3, 0.42, 0.04, wood, X),
        beam((-0.75, -0.1, 0.05), (0.75, -0.1, 0.05), 0.1, 0.1, OAK),
    ]
    hay = bumpy(ball((0.0, 0.2, -0.05), 0.58, 0.42, 0.95, 14), 0.07, 5.0)
    bed.append(Part(hay, Stuff(STRAW, (0.42, 0.31, 0.12), 0.6)))
    found = moved(tilted(bed, 11.0), 0.0, 0.78)
    for x in (-0.86, 0.86):
        found += moved(_wheel(), x, 0.66, 0.03)
    return found


def _wheel(radius: float = 0.64) -> Parts:
    """A spoked wheel with an iron tyre, its axle along x."""
    found = Parts()
    for k in range(14):
        a, b = 2 * np.pi * k / 14, 2 * np.pi * (k + 1) / 14
        ends = [(0.0, float(radius * np.cos(t)), float(radius * np.sin(t))) for t in (a, b)]
        found.append(beam(ends[0], ends[1], 0.09, 0.09, OAK.toned(1.2)))
        out = [
            (0.0, float(1.07 * radius * np.cos(t)), float(1.07 * radius * np.sin(t)))
            for t in (a, b)
        ]
        found.append(beam(out[0], out[1], 0.07, 0.02, IRON))
        if k % 2 == 0:
            found.append(pole((0.0, 0.0, 0.0), ends[0], 0.028, OAK.toned(1.2)))
    return [
        *found,
        pole((-0.14, 0.0, 0.0), (0.14, 0.0, 0.0), 0.1, OAK),
        pole((-0.16, 0.0, 0.0), (0.16, 0.0, 0.0), 0.045, IRON),
    ]


def haystack(style: Style) -> Parts:
    """A round stack about a pole."""
    straw = with_colour(Stuff(STRAW, (0.42, 0.31, 0.12), 0.7), style.colour)
    rng, found = style.rng, Parts()
    profile = [
        (1.15, -0.2),
        (1.3, 0.3),
        (1.42, 0.9),
        (1.3, 1.5),
        (0.95, 2.1),
        (0.45, 2.6),
        (0.12, 2.85),
    ]
    body = round_part(profile, straw, 36)
    found.append(replace(body, solid=bumpy(body.solid, 0.025, 11.0, float(rng.uniform(0, 9)))))
    count = 900
    turn, y = rng.uniform(0, 2 * np.pi, count), rng.uniform(0.0, 2.75, count)
    out = np.interp(y, [p[1] for p in profile], [p[0] for p in profile]) * 1.01
    foot = np.stack([out * np.cos(turn), y, out * np.sin(turn)], 1)
    aim = np.stack([np.cos(turn), -2.6 + 0 * y, np.sin(turn)], 1) + rng.normal(0, 0.7, (count, 3))
    tip = foot + aim / np.linalg.norm(aim, axis=1, keepdims=True) * rng.uniform(
        0.12, 0.34, (count, 1)
    )
    side = np.cross(aim, rng.standard_normal((count, 3)))
    side *= 0.014 / np.linalg.norm(side, axis=1, keepdims=True)
    verts = np.stack([foot - side, foot + side, tip], 1).reshape(-1, 3)
    wisps = Solid(verts, np.arange(3 * count, dtype=np.int32).reshape(-1, 3))
    found += [
        Part(wisps, straw.toned(1.25)),
        pole((0.0, 2.6, 0.0), (0.06, 3.3, 0.02), 0.04, OAK, 0.03),
    ]
    return found


def scarecrow(style: Style) -> Parts:
    """A cross of poles in an old coat, straw out of its sleeves, a sack for a head under a hat."""
    coat = with_colour(Stuff(CANVAS, (0.11, 0.10, 0.16), 0.5), style.colour)
    straw, sack = Stuff(STRAW, (0.45, 0.33, 0.13), 0.5), Stuff(CANVAS, (0.42, 0.33, 0.2), 0.2)
    found = [
        pole((0.0, -0.4, -0.03), (0.0, 1.72, 0.0), 0.035, OAK),
        pole((-0.85, 1.38, 0.0), (0.85, 1.34, 0.0), 0.028, OAK),
    ]
    found.append(
        round_part(
            [(0.27, 0.72), (0.25, 0.95), (0.2, 1.1), (0.24, 1.36), (0.14, 1.47), (0.06, 1.5)],
            coat,
            18,
        )
    )
    for s in (-1.0, 1.0):
        sleeve = tube(
            [(s * 0.16, 1.4, 0.0), (s * 0.45, 1.36, 0.01), (s * 0.72, 1.32, 0.02)],
            [0.11, 0.1, 0.12],
            12,
        )
        leg = tube(
            [(s * 0.11, 0.82, 0.0), (s * 0.14, 0.45, 0.02), (s * 0.15, 0.14, 0.0)],
            [0.13, 0.11, 0.12],
            12,
        )
        found += [Part(sleeve, coat, X), Part(leg, Stuff(CANVAS, (0.14, 0.11, 0.075), 0.5))]
        for start, way in (
            ((s * 0.74, 1.32, 0.02), (s * 0.2, -0.08, 0.0)),
            ((s * 0.15, 0.14, 0.0), (0.0, -0.2, 0.04)),
        ):
            for _ in range(9):
                drift = style.rng.normal(0.0, 0.06, 3)
                end = tuple(float(a + b + c) for a, b, c in zip(start, way, drift, strict=True))
                found.append(pole(start, (end[0], end[1], end[2]), 0.012, straw, 0.004))
    head = replace(
        round_part([(0.06, 1.48), (0.15, 1.58), (0.17, 1.7), (0.13, 1.82), (0.05, 1.87)], sack, 16)
    )
    found.append(head)
    hat = [(0.34, 1.79), (0.35, 1.815), (0.17, 1.84), (0.15, 1.98), (0.09, 2.05), (0.02, 2.06)]
    found.append(round_part([(0.1, 1.78), *hat], replace(THATCH, colour=(0.36, 0.27, 0.12)), 20))
    dark = Stuff(PAINTED, (0.02, 0.02, 0.02))
    found += [Part(ball((s * 0.06, 1.72, 0.155), 0.022, 0.022, 0.015, 6), dark) for s in (-1, 1)]
    found += [cuboid((0.0, 1.61, 0.148), 0.1, 0.012, 0.02, dark, X)]
    return found


def fence(style: Style) -> Parts:
    """A panel with its left post: split rails, or pickets where a colour is said."""
    if style.colour:
        return _pickets(Stuff(OAK.surface, style.colour, 0.9))
    wood = Stuff(LOGS, (0.21, 0.165, 0.12), 0.7)
    rng, half = style.rng, FENCE_M / 2
    found = [pole((-half, -0.5, 0.0), (-half + 0.02, 1.18, 0.01), 0.085, wood.toned(0.85), 0.075)]
    # The next panel's post stands about this one; behind the last it is seen.
    found.append(pole((half, -0.5, 0.0), (half + 0.01, 1.12, 0.0), 0.07, wood.toned(0.8), 0.06))
    for k, y in enumerate((0.32, 0.66, 1.0)):
        lift = rng.uniform(-0.03, 0.03, 2)
        start, end = (
            (-half - 0.08, y + float(lift[0]), 0.06 * (-1) ** k),
            (half + 0.08, y + float(lift[1]), 0.05 * (-1) ** k),
        )
        found.append(pole(start, end, 0.058, wood.toned(float(rng.uniform(0.85, 1.2))), 0.045))
    return found


def _pickets(wood: Stuff) -> Parts:
    half, found = FENCE_M / 2, Parts()
    found.append(cuboid((-half, -0.5, -0.03), 0.1, 1.62, 0.1, wood))
    found.append(cuboid((half, -0.5, -0.03), 0.08, 1.58, 0.08, wood))
    for y in (0.28, 0.78):
        found.append(cuboid((0.0, y, 0.0), FENCE_M, 0.07, 0.04, wood.toned(0.94), X))
    for x in np.arange(-half + 0.12, half - 0.02, 0.15):
        outline = [(-0.045, 0.06), (0.045, 0.06), (0.045, 0.95), (0.0, 1.03), (-0.045, 0.95)]
        found.append(wedge([(float(x) + a, b, z) for z in (0.02, 0.042) for a, b in outline], wood))
    return found
