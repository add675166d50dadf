# SPDX-License-Identifier: Apache-2.0
"""Tall buildings: tower, castle, windmill, lighthouse."""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_b import block, disc, rod, spire, spread
from gen3d.foundry.solids import (
    Solid,
    Vec3,
    around,
    cylinder,
    ellipsoid,
    joined,
    lathe,
    moved,
    prism,
    smooth_profile,
    torus,
    turned,
)
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot

WALL = ("plaster", "brick", "stone", "painted wood", "wood", "plastic")
ROOF = Slot("roof", ("clay", "painted wood", "thatch", "wood", "stone", "plastic"))
DOOR = Slot("door", ("wood", "painted wood", "plastic"))
PANES = Slot(
    "windows", ("glass", "painted wood", "plastic"), ("light blue", "white", "black", "yellow")
)
STONES = ("stone", "brick", "plaster", "marble", "plastic")


def archway(wide: float, tall: float, at: Vec3, depth: float = 0.1) -> Solid:
    """A round-headed door or window facing +Z; ``at`` is the middle of its sill."""
    half = wide / 2
    turn = np.linspace(0.0, np.pi, 9)
    head = [(half * float(np.cos(a)), tall - half + half * float(np.sin(a))) for a in turn]
    return moved(prism([(-half, 0.0), (half, 0.0), *head], depth, 0.01), *at)


def _crenels(radius: float, y: float, count: int, size: float = 0.16) -> Solid:
    """A parapet with gaps on a round tower."""
    tooth = block((0.0, y, radius - 0.05), 1.1 * size, size, 0.12, 0.01)
    return around(tooth, count)


def _tower(k: Knobs) -> Pieces:
    fat, tall, flare = k("girth", 0.26, 0.4), k("height", 1.1, 1.7), k("flare", 0.06, 0.14)
    shaft = [
        (1.2 * fat, 0.0),
        (fat, 0.2),
        (0.92 * fat, tall),
        (0.92 * fat + flare, tall + 0.12),
        (0.92 * fat + flare, tall + 0.3),
        (0.1, tall + 0.3),
    ]
    body = lathe(shaft, 40)
    head, top = 0.92 * fat + flare, tall + 0.3
    pieces: Pieces = []
    if k.has("roof"):
        cap = lathe([(head + 0.1, 0.0), (head + 0.09, 0.06), (0.025, k("roof", 0.3, 0.85))], 40)
        ball_ = moved(ellipsoid(0.07, detail=7), y=top + k("roof", 0.3, 0.85))
        pieces.append(("roof", joined(moved(cap, y=top - 0.03), ball_)))
        pieces.insert(0, ("body", body))
    else:
        pieces.append(("body", joined(body, _crenels(head, top - 0.02, 9))))
        pole = rod((0.0, top - 0.02, 0.0), (0.0, top + 0.5, 0.0), 0.045)
        flag = block((0.17, top + 0.28, 0.0), 0.34, 0.2, 0.07, 0.01)
        pieces.append(("roof", joined(pole, flag)))
    door = archway(0.26, 0.46, (0.0, 0.0, 1.06 * fat), 0.22)
    slit = archway(0.13, 0.26, (0.0, 0.0, 0.92 * fat), 0.13)
    count = k.count("windows", 1, 3)
    spots = [(0.55 + 0.75 * (tall - 0.55) * (i + 0.5) / count, 70.0 * i) for i in range(count)]
    slits = [
        moved(turned(slit, "y", turn + extra), y=y) for y, turn in spots for extra in (0.0, 180.0)
    ]
    ring = joined(around(archway(0.12, 0.18, (0.0, tall + 0.07, head), 0.1), 6, 30.0))
    return [*pieces, ("door", door), ("windows", joined(*slits, ring))]


def _ramparts(half: float, low: float, fat: float) -> Solid:
    """Four walls with teeth between round towers."""
    wall = joined(
        block((0.0, 0.0, 0.0), 2 * half, low, 0.16, 0.01),
        *(
            block((x, low - 0.02, 0.0), 0.13, 0.12, 0.16, 0.01)
            for x in np.linspace(-half + fat + 0.1, half - fat - 0.1, 5)
        ),
    )
    return joined(*(turned(moved(wall, z=half), "y", 90.0 * i) for i in range(4)))


def _pointed_roofs(fat: float, tall: float, height: float, corners: list[Vec3]) -> Solid:
    rim = [(fat + 0.11, tall - 0.03), (fat + 0.1, tall + 0.03)]
    return spread(lathe([*rim, (0.02, tall + height)], 32), corners)


def _square_crenels(half: float, y: float) -> Solid:
    """A parapet with gaps on a square tower."""
    tooth = block((0.0, y, half - 0.06), 0.12, 0.12, 0.12, 0.01)
    places = [(float(x), 0.0, 0.0) for x in np.linspace(-half + 0.06, half - 0.06, 4)]
    return around(spread(tooth, places), 4)


def _castle(k: Knobs) -> Pieces:
    half, tall, fat = k("width", 0.55, 0.8), k("towers", 0.8, 1.25), k("girth", 0.15, 0.22)
    low = k("walls", 0.4, 0.6)
    shaft = lathe(
        [
            (1.1 * fat, 0.0),
            (fat, 0.12),
            (fat, tall - 0.14),
            (fat + 0.05, tall - 0.08),
            (fat + 0.05, tall),
            (0.0, tall),
        ],
        32,
    )
    corners: list[Vec3] = [(s * half, 0.0, t * half) for s in (-1.0, 1.0) for t in (-1.0, 1.0)]
    keep, high = 0.5 * half, low + k("keep", 0.3, 0.75)
    centre = joined(
        block((0.0, 0.0, -0.2 * half), 2 * keep, high, 2 * keep, 0.02),
        block((0.0, -0.005, 0.0), 2 * half - 0.1, 0.1, 2 * half - 0.1, 0.01),
    )
    gatehouse = block((0.0, 0.0, half + 0.04), 0.42, low + 0.16, 0.26, 0.02)
    body = [spread(shaft, corners), _ramparts(half, low, fat), centre, gatehouse]
    if k("roofs") > 0.4:
        roofs = _pointed_roofs(fat, tall, k("roofs", 0.15, 0.55), corners)
        roofs = joined(roofs, spire((0.0, high - 0.02, -0.2 * half), 1.5 * keep, 0.5))
    else:
        body.append(spread(_crenels(fat + 0.05, tall - 0.02, 6, 0.12), corners))
        body.append(moved(_square_crenels(keep, high - 0.02), z=-0.2 * half))
        roofs = _banner(high, -0.2 * half)
    pieces: Pieces = [("walls", joined(*body)), ("roofs", roofs)]
    gate = archway(0.26, 0.8 * low, (0.0, 0.0, half + 0.15), 0.1)
    slits = [
        spread(archway(0.1, 0.2, (0.0, 0.58 * tall, fat), 0.08), corners),
        *(
            archway(0.11, 0.2, (s * 0.5 * keep, high - 0.26, keep - 0.2 * half), 0.1)
            for s in (-1.0, 1.0)
        ),
    ]
    return [*pieces, ("gate", gate), ("windows", joined(*slits))]


def _banner(y: float, z: float) -> Solid:
    pole = rod((0.0, y - 0.02, z), (0.0, y + 0.48, z), 0.045)
    return joined(pole, block((0.16, y + 0.26, z), 0.32, 0.2, 0.07, 0.01))


def _windmill(k: Knobs) -> Pieces:
    fat, tall, reach = k("girth", 0.34, 0.46), k("height", 0.9, 1.25), k("sails", 0.62, 0.85)
    body = lathe(
        [(fat, 0.0), (0.92 * fat, 0.14 * tall), (0.6 * fat, tall), (0.0, tall)],
        8 if k.has("style") else 40,
    )
    dome = smooth_profile(
        [(0.72 * fat, 0.0), (0.66 * fat, 0.16), (0.3 * fat, 0.36), (0.0, 0.42)], 14
    )
    cap = joined(moved(lathe([(0.7 * fat, -0.05), *dome], 40), y=tall))
    y, z = tall + 0.1, 0.6 * fat + 0.2
    arm = joined(
        block((0.0, 0.0, 0.0), 0.08, reach, 0.08, 0.01),
        block((0.1, 0.22 * reach, 0.0), 0.22, 0.78 * reach, 0.065, 0.01),
    )
    turn = k("turn", 0.0, 80.0)
    cross = joined(*(turned(arm, "z", turn + 90.0 * i) for i in range(4)))
    hub = joined(
        turned(cylinder(0.09, 0.36, 0.02, 20), "x", -90.0), disc((0.0, 0.0, 0.02), 0.13, 0.12)
    )
    sails = moved(joined(cross, moved(hub, z=0.04)), 0.0, y, z)
    door = archway(0.24, 0.4, (0.0, 0.0, 0.95 * fat), 0.16)
    pane = archway(0.16, 0.22, (0.0, 0.0, 0.85 * fat), 0.14)
    panes = joined(*(moved(turned(pane, "y", a), y=0.24 * tall) for a in (80.0, 180.0, 280.0)))
    pieces: Pieces = [
        ("body", body),
        ("cap", cap),
        ("sails", sails),
        ("door", joined(door)),
        ("windows", panes),
    ]
    if k("balcony") > 0.5:
        rim = 0.9 * fat + 0.12
        deck = lathe([(0.7 * fat, -0.06), (rim, 0.0), (rim, 0.07), (0.6 * fat, 0.07)], 40)
        pieces.append(("cap", moved(deck, y=0.48 * tall)))
    return pieces


def _lighthouse(k: Knobs) -> Pieces:
    fat, tall, bands = k("girth", 0.26, 0.38), k("height", 1.2, 1.75), k.count("bands", 2, 4)
    top, lamp = 0.62 * fat, k("lantern", 0.22, 0.36)
    rock = lathe(
        smooth_profile([(1.9 * fat, 0.0), (1.75 * fat, 0.08), (1.3 * fat, 0.16), (fat, 0.18)], 10),
        32,
    )
    base = 0.12
    body = moved(lathe([(fat, 0.0), (top, tall)], 44), y=base)
    step = tall / (2 * bands)
    stripes: list[Solid] = []
    for i in range(bands):
        low = step * (2 * i + 1)
        radii = [fat + (top - fat) * (low + h) / tall + 0.012 for h in (0.0, step)]
        stripes.append(moved(lathe([(radii[0], 0.0), (radii[1], step)], 44), y=base + low))
    y = base + tall
    deck = lathe([(top - 0.02, -0.1), (top + 0.14, 0.0), (top + 0.14, 0.08), (0.0, 0.08)], 40)
    rail = joined(
        moved(torus(top + 0.1, 0.055, 36), y=0.22),
        around(rod((0.0, 0.04, top + 0.1), (0.0, 0.22, top + 0.1), 0.055, 10), 8),
    )
    cap = lathe(
        [(0.78 * top + 0.1, 0.0), (0.78 * top + 0.08, 0.06), (0.3 * top, 0.24), (0.05, 0.32)], 36
    )
    ball_ = moved(ellipsoid(0.075, detail=8), y=0.36)
    house = cylinder(0.72 * top, lamp + 0.12, 0.01, 32)
    roof = moved(joined(cap, ball_), y=y + 0.06 + lamp)
    door = archway(0.22, 0.36, (0.0, base, 0.97 * fat), 0.14)
    pane = archway(0.13, 0.19, (0.0, base + 0.55 * tall, fat + (top - fat) * 0.6), 0.11)
    return [
        ("body", body),
        ("stripes", joined(*stripes)),
        ("lantern", moved(house, y=y + 0.02)),
        ("roof", joined(roof, moved(joined(deck, rail), y=y))),
        ("rock", joined(rock)),
        ("door", joined(door, pane)),
    ]


FAMILIES: tuple[Family, ...] = (
    Family(
        "tower",
        _tower,
        (
            Knob("girth", "slender", "stout"),
            Knob("height", "short", "tall"),
            Knob("flare"),
            Knob("roof"),
            Knob("windows"),
        ),
        (
            Slot("body", STONES),
            ROOF,
            DOOR,
            Slot("windows", ("glass", "plastic"), ("black", "dark grey", "light blue")),
        ),
        (0.15, 30.0),
    ),
    Family(
        "castle",
        _castle,
        (
            Knob("width", "narrow", "wide"),
            Knob("towers", "", "tall-towered"),
            Knob("girth"),
            Knob("walls"),
            Knob("keep"),
            Knob("roofs"),
        ),
        (
            Slot("walls", STONES),
            Slot("roofs", ("clay", "painted wood", "plastic", "stone", "cloth")),
            Slot("gate", ("wood", "painted wood", "iron", "plastic")),
            Slot("windows", ("glass", "plastic"), ("black", "dark grey", "light blue")),
        ),
        (0.15, 30.0),
    ),
    Family(
        "windmill",
        _windmill,
        (
            Knob("girth", "slender", "stout"),
            Knob("height", "short", "tall"),
            Knob("sails", "", "long-sailed"),
            Knob("style"),
            Knob("turn"),
            Knob("balcony"),
        ),
        (
            Slot("body", WALL),
            Slot("cap", ("wood", "painted wood", "thatch", "clay", "plastic")),
            Slot("sails", ("wood", "painted wood", "cloth", "plastic")),
            DOOR,
            PANES,
        ),
        (0.15, 15.0),
    ),
    Family(
        "lighthouse",
        _lighthouse,
        (
            Knob("girth", "slender", "stout"),
            Knob("height", "short", "tall"),
            Knob("bands"),
            Knob("lantern"),
        ),
        (
            Slot("body", ("plaster", "stone", "painted metal", "plastic"), ("white", "cream")),
            Slot("stripes", ("plaster", "painted metal", "plastic"), ("red", "black", "blue")),
            Slot("lantern", ("glass", "plastic"), ("yellow", "light blue", "white")),
            Slot("roof", ("painted metal", "iron", "plastic"), ("red", "black", "dark grey")),
            Slot("rock", ("stone", "plastic"), ("grey", "dark grey", "tan")),
            DOOR,
        ),
        (0.15, 35.0),
    ),
)
