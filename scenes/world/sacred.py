# SPDX-License-Identifier: Apache-2.0
"""Chapel, torii, stone lantern, gravestone, standing stone. Fronts look to +Z."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from gen3d.foundry.parts_b import ball, bumpy
from scenes.world.carpentry import (
    Part,
    Parts,
    Stuff,
    X,
    cuboid,
    moved,
    quartered,
    spun,
    tilted,
    wedge,
)
from scenes.world.dwellings import PLASTER, SLATE, Style, gabled
from scenes.world.fixtures import ROUGH
from scenes.world.joinery import (
    IRON,
    STONE,
    Hole,
    Roof,
    filled,
    plinth,
    roofed,
    wall,
    with_colour,
)
from scenes.world.shapes import limb
from scenes.world.strongholds import RED, round_part
from scenes.world.surfaces import ASHLAR, PAINTED


def chapel(style: Style) -> Parts:
    """A nave with pointed windows, a square tower with a spire over the door."""
    wide, deep, tall = 6.0, 11.0, 4.2
    skin = with_colour(replace(PLASTER, colour=(0.66, 0.64, 0.58)), style.colour)
    roof = Roof(wide, deep, tall, 3.9, 0.35, (0.3, 0.0), 0.34, style.snow_m)
    sides = [Hole(x, 1.3, 0.8, 2.0, panes=(2, 5)) for x in (-3.6, -1.0, 1.6)]
    found = gabled(
        roof, ([], sides, [Hole(0.0, 1.6, 1.0, 2.2, panes=(2, 5))], sides), skin, STONE, 0.4
    )
    found += [part for q in (1, 3) for part in quartered(moved(_heads(sides), z=wide / 2), q)]
    found.append(plinth(wide, deep, 0.3))
    found += roofed(roof, SLATE, STONE, style.rng)
    return [*found, *_bell_tower(skin, deep / 2)]


def _heads(holes: list[Hole]) -> Parts:
    """Pointed heads of stone over windows, in the wall's frame."""
    found = Parts()
    for hole in holes:
        half, y = hole.wide / 2 + 0.1, hole.y + hole.tall
        points = [
            (hole.x + x, y + h, z)
            for z in (0.0, 0.07)
            for x, h in (
                (-half, 0.0),
                (half, 0.0),
                (0.0, 0.62),
                (-0.6 * half, 0.38),
                (0.6 * half, 0.38),
            )
        ]
        found.append(wedge(points, STONE, X))
    return found


def _bell_tower(skin: Stuff, front: float) -> Parts:
    """A tower before the front gable: door, round window, louvres, spire and cross."""
    side, tall = 2.8, 9.2
    door = Hole(0.0, 0.15, 1.25, 2.3, door=True)
    louvre = Hole(0.0, 7.0, 0.9, 1.4, panes=(1, 7))
    slit = Hole(0.0, 4.3, 0.5, 1.2, panes=(1, 3))
    found = Parts()
    for quarter in range(4):
        holes = [door, slit, louvre] if quarter == 0 else [slit, louvre]
        face = wall(side - (0.8 if quarter % 2 else 0.0), tall, 0.4, holes, skin)
        for hole in holes:
            face += filled(hole, -0.2, 0.04, STONE)
        face += _heads([door, louvre] if quarter == 0 else [louvre])
        for y in (3.6, 6.4, tall - 0.25):
            face.append(cuboid((0.0, y, 0.02), side + 0.16, 0.16, 0.12, STONE, X))
        found += quartered(moved(face, z=side / 2), quarter)
    half = side / 2 + 0.25
    base = [(x, tall, z) for x in (-half, half) for z in (-half, half)]
    neck = [(0.52 * x, tall + 1.3, 0.52 * z) for x, _, z in base]
    found += [wedge([*base, *neck], SLATE, X), wedge([*neck, (0.0, tall + 5.6, 0.0)], SLATE, X)]
    top = tall + 5.5
    found += [
        cuboid((0.0, top, 0.0), 0.07, 1.0, 0.07, IRON),
        cuboid((0.0, top + 0.6, 0.0), 0.5, 0.07, 0.07, IRON, X),
    ]
    found.append(plinth(side, side, 0.3))
    found.append(cuboid((0.0, -0.6, side / 2 + 0.5), 1.9, 0.72, 0.9, STONE, X))
    return moved(found, z=front + side / 2 - 0.4)


def torii(style: Style) -> Parts:
    """A gate of two leaning pillars under a curved double lintel."""
    red = with_colour(replace(RED, colour=(0.50, 0.06, 0.025)), style.colour)
    dark, gold = Stuff(PAINTED, (0.03, 0.028, 0.027)), Stuff(PAINTED, (0.55, 0.42, 0.12))
    base = round_part([(0.42, -0.5), (0.42, 0.16), (0.34, 0.22)], ROUGH, 24)
    collar, found = round_part([(0.27, 0.2), (0.26, 0.75)], dark, 24), Parts()
    for s in (-1.0, 1.0):
        pillar = limb(np.array([s * 2.05, -0.5, 0]), np.array([s * 1.88, 4.35, 0]), 0.23, 0.2, 24)
        found += [Part(pillar, red), *moved([base, collar], s * 2.045)]
        found.append(cuboid((s * 1.93, 3.28, 0.0), 0.6, 0.04, 0.24, red, X))
        found.append(cuboid((s * 1.9, 4.2, 0.0), 0.54, 0.14, 0.54, red, X))
    found += [
        cuboid((0.0, 3.32, 0.0), 4.9, 0.36, 0.2, red, X),
        cuboid((0.0, 3.68, 0.0), 0.34, 0.68, 0.16, red),
        cuboid((0.0, 3.62, 0.12), 0.56, 0.72, 0.06, dark),
        cuboid((0.0, 3.68, 0.14), 0.44, 0.6, 0.05, gold),
    ]
    for a, b in itertools.pairwise(np.linspace(-3.15, 3.15, 17)):
        found += _lintel(float(a), float(b), red, dark)
    return found


def _lintel(a: float, b: float, red: Stuff, dark: Stuff) -> Parts:
    """A piece of the curved double lintel between two x, and of the roof on it."""
    found = Parts()
    lows = [(x, 4.34 + 0.34 * abs(x / 3.15) ** 2.4) for x in (a, b)]
    layers = ((0.0, 0.26, 0.34, red), (0.26, 0.3, 0.46, red), (0.56, 0.09, 0.62, dark))
    for under, tall, wide, stuff in layers:
        # The lower lintel is the shorter one.
        reach = 0.9 if under == 0.0 else 1.0
        points = [
            (x * reach, y + h, z)
            for x, y in lows
            for h in (under, under + tall)
            for z in (-wide / 2, wide / 2)
        ]
        found.append(wedge(points, stuff, X))
    return found


def stone_lantern(style: Style) -> Parts:
    """A garden lantern of granite."""
    stone = with_colour(Stuff(ASHLAR, (0.30, 0.295, 0.28), 4.0), style.colour)
    found = [round_part([(0.42, -0.2), (0.42, 0.12), (0.3, 0.22), (0.2, 0.28)], stone, 6)]
    found.append(
        round_part([(0.15, 0.25), (0.13, 0.6), (0.17, 0.64), (0.13, 0.68), (0.15, 1.05)], stone, 20)
    )
    found.append(round_part([(0.18, 1.03), (0.36, 1.15), (0.38, 1.24), (0.34, 1.27)], stone, 6))
    dark = stone.toned(0.1)
    for k in range(6):
        found += spun([cuboid((0.0, 1.26, 0.24), 0.045, 0.34, 0.06, stone)], 60.0 * k + 30.0)
        found += spun(
            [
                cuboid((0.0, 1.26, 0.21), 0.24, 0.09, 0.05, stone, X),
                cuboid((0.0, 1.52, 0.21), 0.24, 0.08, 0.05, stone, X),
            ],
            60.0 * k,
        )
    found.append(round_part([(0.19, 1.27), (0.19, 1.58)], dark, 6))
    roof = [
        (0.56, 1.68),
        (0.58, 1.62),
        (0.3, 1.6),
        (0.55, 1.72),
        (0.36, 1.82),
        (0.18, 1.95),
        (0.1, 2.0),
    ]
    found.append(round_part([(0.3, 1.6), *roof[:2], roof[3], *roof[4:]], stone, 6))
    if style.snow_m:
        found.append(
            round_part(
                [(0.5, 1.75), (0.34, 1.9), (0.12, 2.04)], Stuff(PAINTED, (0.8, 0.82, 0.85)), 6
            )
        )
    return [*found, round_part([(0.1, 1.98), (0.13, 2.05), (0.12, 2.14), (0.02, 2.26)], stone, 16)]


def gravestone(style: Style) -> Parts:
    """A headstone: a rounded slab, a pointed one, or a cross, a little aslant."""
    rng = style.rng
    stone = with_colour(Stuff(ASHLAR, (0.29, 0.285, 0.265), 5.0), style.colour).toned(
        float(rng.uniform(0.7, 1.2))
    )
    kind, wide, tall = (
        int(rng.integers(4)),
        float(rng.uniform(0.5, 0.7)),
        float(rng.uniform(0.75, 1.05)),
    )
    if kind == 3:
        made = [
            cuboid((0.0, -0.4, 0.0), 0.2, 0.4 + 1.25, 0.14, stone),
            cuboid((0.0, 0.78, 0.0), 0.72, 0.19, 0.14, stone, X),
            cuboid((0.0, -0.4, 0.0), 0.55, 0.62, 0.34, stone),
        ]
    else:
        turn = np.linspace(0.0, np.pi, 13)
        flat = 0.5 if kind == 0 else 0.28
        top = [(wide / 2 * float(np.cos(t)), tall + flat * wide * float(np.sin(t))) for t in turn]
        if kind == 2:
            top = [(wide / 2, tall), (0.0, tall + 0.32), (-wide / 2, tall)]
        outline = [(wide / 2, -0.4), *top, (-wide / 2, -0.4)]
        made = [wedge([(x, y, z) for z in (-0.06, 0.06) for x, y in outline], stone, X)]
        made.append(cuboid((0.0, -0.4, 0.0), wide + 0.16, 0.5, 0.26, stone.toned(0.85), X))
    return tilted(tilted(made, float(rng.normal(0.0, 3.0))), float(rng.normal(0.0, 2.5)), 2)


def standing_stone(style: Style) -> Parts:
    """A rough menhir."""
    rng, found = style.rng, Parts()
    stone = with_colour(Stuff(ASHLAR, (0.25, 0.24, 0.22), 7.0), style.colour).toned(
        float(rng.uniform(0.8, 1.15))
    )
    tall, wide = float(rng.uniform(2.6, 3.6)), float(rng.uniform(0.55, 0.8))
    body = ball((0.0, 0.0, 0.0), wide, 0.62 * tall, 0.5 * wide, 14)
    body = bumpy(body, 0.09, 3.1, float(rng.uniform(0, 9)))
    body = bumpy(body, 0.035, 9.0, float(rng.uniform(0, 9)))
    found += moved(tilted([Part(body, stone)], float(rng.normal(0, 4.0)), 2), 0.0, 0.36 * tall)
    return found
