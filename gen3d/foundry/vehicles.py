# SPDX-License-Identifier: Apache-2.0
"""Vehicles on wheels; those of air and water come from :mod:`gen3d.foundry.craft`.

They drive towards +Z.
"""

from __future__ import annotations

import numpy as np

from gen3d.foundry.craft import FAMILIES as CRAFT
from gen3d.foundry.parts_b import block, disc, rod, side_prism, sides, spread, wheel
from gen3d.foundry.solids import Solid, cylinder, joined, lathe, moved, turned
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot

PAINT = ("painted metal", "plastic", "painted wood", "metal")
RUBBER = Slot("wheels", ("rubber", "plastic", "wood"), ("black", "dark grey", "brown"))
PANES = Slot("windows", ("glass", "plastic"), ("light blue", "black", "dark grey", "white"))
LAMPS = Slot("lights", ("glass", "plastic"), ("yellow", "white", "orange"))


def _axle(radius: float, width: float, x: float, z: float, y: float | None = None) -> Solid:
    """Two wheels side by side."""
    return sides(wheel((0.0, 0.0, 0.0), radius, width), x, radius if y is None else y, z)


def _hubs(radius: float, x: float, at: list[tuple[float, float]]) -> Solid:
    """Bright discs in the middle of wheels, given as ``(y, z)``."""
    return joined(*(sides(wheel((0.0, 0.0, 0.0), radius, 0.08, 18), x, y, z) for y, z in at))


def _car(k: Knobs) -> Pieces:
    wide, roof = k("width", 0.7, 0.86), k("cabin", 0.3, 0.46)
    radius, half = k("wheels", 0.17, 0.25), k("length", 0.75, 0.98)
    floor, waist = 0.14, 0.52
    nose = k("nose", 0.4, 0.5)
    hull = [
        (-half, floor),
        (half, floor),
        (half + 0.03, 0.3),
        (half - 0.02, nose),
        (0.32 * half, waist),
        (-half + 0.02, waist + 0.02),
        (-half - 0.02, 0.34),
    ]
    back = -0.9 * half if k("style") > 0.5 else -0.62 * half
    slant = 0.03 if k("style") > 0.5 else 0.26
    glass = [
        (back, waist - 0.04),
        (0.4 * half, waist - 0.04),
        (0.1 * half, waist + roof),
        (back + slant, waist + roof),
    ]
    body = joined(
        side_prism(hull, wide, 0.05),
        block(
            (0.0, waist + roof - 0.05, (0.1 * half + back + slant) / 2),
            0.8 * wide,
            0.1,
            0.1 * half - back - slant + 0.04,
            0.04,
        ),
        side_prism([(z, y) for z, y in _pillar(back, half, slant, waist, roof)], 0.84 * wide, 0.02),
        sides(block((0.0, waist - 0.08, 0.1 * half), 0.24, 0.12, 0.09), wide / 2 - 0.02),
    )
    spots = [(radius, 0.62 * half), (radius, -0.62 * half)]
    rims = _hubs(0.55 * radius, wide / 2 + 0.03, spots)
    bumper = block((0.0, floor + 0.02, half), 0.96 * wide, 0.1, 0.12, 0.03)
    trim = joined(rims, bumper, moved(bumper, z=-2 * half))
    lamps = sides(disc((0.0, 0.0, 0.0), 0.085, 0.1), 0.33 * wide, 0.34 + 0.05 * nose, half)
    tail = sides(block((0.0, 0.0, 0.0), 0.12, 0.09, 0.08), 0.36 * wide, 0.36, -half - 0.01)
    tyres = joined(*(_axle(radius, 0.16, wide / 2 - 0.03, z) for _, z in spots))
    return [
        ("body", body),
        ("windows", side_prism(glass, 0.8 * wide, 0.02)),
        ("wheels", tyres),
        ("trim", trim),
        ("lights", joined(lamps, tail)),
    ]


def _pillar(
    back: float, half: float, slant: float, waist: float, roof: float
) -> list[tuple[float, float]]:
    """The post between the side windows."""
    middle = 0.5 * (back + slant + 0.1 * half)
    return [
        (middle - 0.05, waist - 0.04),
        (middle + 0.05, waist - 0.04),
        (middle + 0.05, waist + roof - 0.02),
        (middle - 0.05, waist + roof - 0.02),
    ]


def _truck(k: Knobs) -> Pieces:
    long, cab, tall = k("length", 0.85, 1.35), k("cab", 0.6, 0.85), k("load", 0.22, 0.95)
    radius, wide = k("wheels", 0.18, 0.25), 0.78
    deck = 2 * radius - 0.04
    head = [
        (0.0, deck - 0.1),
        (0.55, deck - 0.1),
        (0.57, deck + 0.42 * cab),
        (0.42, deck + cab),
        (0.0, deck + cab),
    ]
    frame = block((0.0, deck - 0.14, 0.5 * (0.5 - long)), 0.62, 0.16, long + 0.55, 0.02)
    grille = block((0.0, deck - 0.1, 0.54), 0.9 * wide, 0.14, 0.1, 0.02)
    windshield = side_prism(
        [
            (0.3, deck + 0.5 * cab),
            (0.6, deck + 0.46 * cab),
            (0.46, deck + 0.88 * cab),
            (0.3, deck + 0.88 * cab),
        ],
        0.86 * wide,
        0.0,
    )
    doors = sides(block((0.0, deck + 0.5 * cab, 0.24), 0.05, 0.36 * cab, 0.26, 0.01), wide / 2)
    open_ = tall < 0.5
    walls = 0.26 + 0.3 * tall if open_ else tall
    box_ = block((0.0, deck, -0.05 - long / 2), wide + 0.04, walls, long, 0.03)
    cargo: Pieces = [("load", _trough(deck, wide + 0.04, walls, long) if open_ else box_)]
    spots = [0.28, -0.3 * long - 0.1, -0.82 * long]
    tyres = joined(*(_axle(radius, 0.18, wide / 2 - 0.05, z) for z in spots))
    hubs = _hubs(0.5 * radius, wide / 2 + 0.02, [(radius, z) for z in spots])
    lamps = sides(disc((0.0, 0.0, 0.0), 0.08, 0.1), 0.28, deck + 0.16, 0.56)
    return [
        ("body", joined(side_prism(head, wide, 0.03), frame)),
        *cargo,
        ("wheels", tyres),
        ("windows", joined(windshield, doors)),
        ("lights", joined(lamps, grille, hubs)),
    ]


def _trough(deck: float, wide: float, tall: float, long: float) -> Solid:
    """An open bed: a floor and four sides."""
    middle, thick = -0.05 - long / 2, 0.09
    return joined(
        block((0.0, deck, middle), wide, 0.1, long, 0.01),
        sides(block((0.0, deck, middle), thick, tall, long, 0.01), (wide - thick) / 2),
        block((0.0, deck, middle - (long - thick) / 2), wide, tall, thick, 0.01),
        block((0.0, deck, middle + (long - thick) / 2), wide, tall, thick, 0.01),
    )


def _bus(k: Knobs) -> Pieces:
    long, tall, wide = k("length", 1.5, 2.2), k("height", 0.62, 0.85), k("width", 0.6, 0.72)
    double = k("decks") > 0.6
    radius, floor = 0.19, 0.16
    storeys = (0.0, 0.72 * tall) if double else (0.0,)
    top = tall + storeys[-1]
    body = block((0.0, floor, 0.0), wide, top, long, 0.07)
    count = k.count("windows", 4, 6)
    step = (long - 0.2) / count
    pane = block((0.0, 0.0, 0.0), wide + 0.03, 0.34 * tall, 0.74 * step, 0.01)
    glass: list[Solid] = []
    for base in storeys:
        y = floor + base + 0.48 * tall
        glass += [moved(pane, 0.0, y, -long / 2 + 0.1 + step * (i + 0.5)) for i in range(count)]
        glass.append(block((0.0, y - 0.04 * tall, 0.0), 0.86 * wide, 0.4 * tall, long + 0.03, 0.01))
    spots = (0.3 * long, -0.3 * long)
    tyres = joined(*(_axle(radius, 0.14, wide / 2 - 0.04, z) for z in spots))
    lamps = joined(
        sides(disc((0.0, 0.0, 0.0), 0.07, 0.08), 0.32 * wide, floor + 0.16, long / 2 + 0.01),
        _hubs(0.09, wide / 2 + 0.01, [(radius, z) for z in spots]),
    )
    band = block((0.0, floor + 0.32 * tall, 0.0), wide + 0.02, 0.08, long + 0.02, 0.01)
    roof = block((0.0, floor + top - 0.03, 0.0), 0.84 * wide, 0.09, 0.9 * long, 0.03)
    return [
        ("body", body),
        ("windows", joined(*glass)),
        ("wheels", tyres),
        ("stripe", joined(band, roof)),
        ("lights", lamps),
    ]


def _tank(k: Knobs) -> Pieces:
    long, wide, gun = k("length", 1.2, 1.6), k("width", 0.72, 0.95), k("gun", 0.7, 1.15)
    dome = k("turret", 0.26, 0.4)
    track = [
        (-0.5 * long, 0.22),
        (-0.38 * long, 0.0),
        (0.38 * long, 0.0),
        (0.5 * long, 0.22),
        (0.44 * long, 0.38),
        (-0.44 * long, 0.38),
    ]
    belt = side_prism(track, 0.22, 0.02)
    count = k.count("rollers", 4, 6)
    places = [(0.0, 0.17, z) for z in np.linspace(-0.34 * long, 0.34 * long, count)]
    rollers = spread(
        wheel((0.0, 0.0, 0.0), 0.12, 0.27, 20), [(x, y, float(z)) for x, y, z in places]
    )
    hull = [
        (-0.48 * long, 0.2),
        (0.36 * long, 0.18),
        (0.52 * long, 0.36),
        (0.36 * long, 0.52),
        (-0.46 * long, 0.52),
    ]
    drum = lathe([(0.36, 0.0), (0.38, 0.1), (0.3, 0.95 * dome), (0.2, dome)], 32)
    hatch = moved(cylinder(0.12, 0.08, 0.02, 24), 0.08, 0.48 + dome, -0.1)
    y = 0.5 + 0.5 * dome
    barrel = joined(
        rod((0.0, y, 0.2), (0.0, y + 0.05, 0.3 + gun), 0.065, 18),
        rod((0.0, y + 0.035, 0.1 + gun), (0.0, y + 0.05, 0.32 + gun), 0.09, 18),
    )
    return [
        ("body", side_prism(hull, wide - 0.1, 0.03)),
        ("turret", joined(moved(drum, 0.0, 0.48, -0.05), hatch)),
        ("gun", barrel),
        ("tracks", sides(belt, wide / 2)),
        ("wheels", joined(moved(rollers, wide / 2), moved(rollers, -wide / 2))),
    ]


def _tractor(k: Knobs) -> Pieces:
    big, small = k("rear wheels", 0.36, 0.5), k("front wheels", 0.19, 0.28)
    long, tall = k("length", 0.6, 0.85), k("cab", 0.55, 0.8)
    deck = 0.85 * big
    hood = side_prism(
        [
            (-0.1, deck - 0.18),
            (long, deck - 0.14),
            (long + 0.03, deck + 0.2),
            (long - 0.06, deck + 0.3),
            (-0.1, deck + 0.34),
        ],
        0.38,
        0.04,
    )
    seat = block((0.0, deck - 0.16, -0.28), 0.5, 0.34, 0.52, 0.03)
    posts = sides(
        joined(
            rod((0.0, deck, -0.5), (0.0, deck + tall, -0.46), 0.05),
            rod((0.0, deck, -0.04), (0.0, deck + tall, -0.1), 0.05),
        ),
        0.24,
    )
    fender = sides(_arch(big), 0.38)
    roof = block((0.0, deck + tall - 0.03, -0.28), 0.66, 0.1, 0.62, 0.04)
    glass = block((0.0, deck + 0.2, -0.28), 0.44, tall - 0.2, 0.36, 0.02)
    stack = joined(
        rod((0.1, deck + 0.2, long - 0.22), (0.1, deck + 0.3 + 0.5 * tall, long - 0.22), 0.05, 14),
        disc((0.0, deck + 0.05, long + 0.02), 0.13, 0.08),
    )
    rear = joined(_treaded(big), moved(wheel((0.0, 0.0, 0.0), big - 0.03, 0.2), 0.0, 0.0, 0.0))
    tyres = joined(sides(rear, 0.4, big, -0.28), _axle(small, 0.15, 0.28, long - 0.12))
    axle = joined(
        rod((-0.3, small, long - 0.12), (0.3, small, long - 0.12), 0.06),
        rod((-0.42, big, -0.28), (0.42, big, -0.28), 0.12),
    )
    post = block((0.0, small - 0.05, long - 0.12), 0.16, deck - small, 0.16, 0.02)
    hubs = joined(
        _hubs(0.5 * big, 0.5, [(big, -0.28)]), _hubs(0.5 * small, 0.36, [(small, long - 0.12)])
    )
    return [
        ("body", joined(hood, seat, posts, fender, axle, post)),
        ("wheels", tyres),
        ("roof", roof),
        ("windows", glass),
        ("trim", joined(stack, hubs)),
    ]


def _arch(radius: float) -> Solid:
    """A mudguard over a rear wheel."""
    angles = np.deg2rad(np.linspace(150.0, 25.0, 9))
    outer = [
        (-0.28 + (radius + 0.1) * float(np.cos(a)), radius + (radius + 0.1) * float(np.sin(a)))
        for a in angles
    ]
    return side_prism([*reversed(outer), (-0.28, radius)], 0.16, 0.02)


def _treaded(radius: float) -> Solid:
    """Lugs about a tractor wheel."""
    lug = block((0.0, radius - 0.09, 0.0), 0.2, 0.11, 0.09, 0.01)
    return joined(*(turned(lug, "x", 30.0 * i) for i in range(12)))


FAMILIES: tuple[Family, ...] = (
    Family(
        "car",
        _car,
        (
            Knob("length", "short", "long"),
            Knob("width", "narrow", "wide"),
            Knob("cabin", "low", "tall"),
            Knob("wheels", "", "big-wheeled"),
            Knob("nose"),
            Knob("style"),
        ),
        (
            Slot("body", PAINT),
            PANES,
            RUBBER,
            Slot("trim", ("metal", "plastic"), ("silver", "grey", "black", "white")),
            LAMPS,
        ),
        (0.05, 1.6),
    ),
    Family(
        "truck",
        _truck,
        (
            Knob("length", "short", "long"),
            Knob("cab", "low", "tall"),
            Knob("load"),
            Knob("wheels", "", "big-wheeled"),
        ),
        (Slot("body", PAINT), Slot("load", (*PAINT, "wood", "cloth")), RUBBER, PANES, LAMPS),
        (0.08, 3.5),
    ),
    Family(
        "bus",
        _bus,
        (
            Knob("length", "short", "long"),
            Knob("height", "low", "tall"),
            Knob("width"),
            Knob("decks", "", "double-decker"),
            Knob("windows"),
        ),
        (Slot("body", PAINT), PANES, RUBBER, Slot("stripe", PAINT), LAMPS),
        (0.06, 4.2),
    ),
    Family(
        "tank",
        _tank,
        (
            Knob("length", "short", "long"),
            Knob("width", "narrow", "wide"),
            Knob("gun", "", "long-barrelled"),
            Knob("turret", "flat", "tall"),
            Knob("rollers"),
        ),
        (
            Slot("body", PAINT, ("olive", "dark green", "green", "grey", "tan", "beige")),
            Slot("turret", PAINT, ("olive", "dark green", "green", "grey", "tan", "beige")),
            Slot("gun", ("metal", "iron", "plastic", "painted metal"), ("dark grey", "olive")),
            Slot("tracks", ("rubber", "iron", "plastic"), ("black", "dark grey")),
            Slot("wheels", ("metal", "plastic", "painted metal"), ("grey", "olive", "dark grey")),
        ),
        (0.06, 2.6),
    ),
    Family(
        "tractor",
        _tractor,
        (
            Knob("rear wheels", "", "big-wheeled"),
            Knob("front wheels"),
            Knob("length", "short", "long"),
            Knob("cab", "low", "tall"),
        ),
        (
            Slot("body", PAINT),
            RUBBER,
            Slot("roof", PAINT),
            PANES,
            Slot("trim", ("metal", "painted metal", "plastic")),
        ),
        (0.08, 3.0),
    ),
    *CRAFT,
)
