# SPDX-License-Identifier: Apache-2.0
"""Craft of the air: rocket, aeroplane, helicopter, hot air balloon; boats are added to them."""

from __future__ import annotations

import numpy as np

from gen3d.foundry.boats import FAMILIES as BOATS
from gen3d.foundry.boats import PAINT, PANES, spindle
from gen3d.foundry.parts_b import ball, block, disc, limb, ribbed, rod, side_prism, sides, wheel
from gen3d.foundry.solids import (
    Solid,
    Vec3,
    around,
    box,
    cylinder,
    hull,
    joined,
    lathe,
    moved,
    pair,
    prism,
    smooth_profile,
    torus,
    turned,
    vessel,
)
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot


def _rocket(k: Knobs) -> Pieces:
    fat, tall, nose = k("girth", 0.2, 0.36), k("height", 0.9, 1.4), k("nose", 0.35, 0.65)
    base = 0.2
    profile = [
        (0.62 * fat, base),
        (0.92 * fat, base + 0.3 * tall),
        (fat, base + 0.6 * tall),
        (0.82 * fat, base + tall),
    ]
    body = lathe(smooth_profile(profile, 20), 44)
    tip = smooth_profile([(0.84 * fat, 0.0), (0.55 * fat, 0.5 * nose), (0.04, nose)], 12)
    cap = joined(moved(lathe(tip, 44), y=base + tall - 0.03))
    reach = k("fins", 0.22, 0.42)
    outline = [
        (0.5 * fat, 0.62),
        (0.5 * fat, 0.3),
        (fat + 0.7 * reach, 0.0),
        (fat + reach, 0.0),
        (fat + reach, 0.22),
        (0.92 * fat, 0.78),
    ]
    count = k.count("fin count", 3, 4)
    fins = around(prism(outline, 0.1, 0.02), count, 90.0 if count == 3 else 45.0)
    nozzle = lathe([(0.5 * fat, 0.06), (0.42 * fat, base + 0.04)], 32)
    port = k("window", 0.08, 0.15)
    y = base + 0.68 * tall
    panes = [disc((0.0, y, 0.97 * fat), port, 0.12)]
    if k.has("window"):
        panes.append(disc((0.0, y - 0.34, 0.95 * fat), 0.8 * port, 0.12))
    ring = moved(turned(torus(port, 0.04, 28), "x", 90.0), 0.0, y, 0.97 * fat + 0.02)
    return [
        ("body", body),
        ("nose", cap),
        ("fins", joined(fins, ring)),
        ("nozzle", nozzle),
        ("windows", joined(*panes)),
    ]


def _aeroplane(k: Knobs) -> Pieces:
    fat, long, span = k("girth", 0.15, 0.23), k("length", 0.8, 1.1), k("span", 0.8, 1.2)
    y, sweep = 0.42, k("sweep", 0.0, 0.5)
    path: list[Vec3] = [
        (0.0, y + 0.06, -long),
        (0.0, y, -0.3 * long),
        (0.0, y, 0.5 * long),
        (0.0, y - 0.02, 0.92 * long),
    ]
    body = limb(path, [0.07, 0.95 * fat, fat, 0.62 * fat], 16, 32)
    wings = pair(_wing(span, 0.42, sweep, y - 0.04, 0.3 * long))
    tail = pair(_wing(0.4 * span, 0.26, 0.6 * sweep, y + 0.06, -0.7 * long))
    fin = side_prism(
        [(-1.02 * long, y), (-0.62 * long, y), (-0.9 * long, y + 0.48), (-1.1 * long, y + 0.48)],
        0.085,
        0.02,
    )
    pieces: Pieces = [("body", body), ("wings", wings), ("tail", joined(tail, fin))]
    pane = ball((0.0, y + 0.62 * fat, 0.5 * long), 0.62 * fat, 0.62 * fat, 0.26, 12)
    pieces.append(("windows", pane))
    if k("engines") < 0.5:
        hub = moved(turned(spindle(0.1, 0.16), "x", 90.0), 0.0, y - 0.02, 0.98 * long)
        blade = turned(ball((0.0, 0.22, 0.0), 0.075, 0.25, 0.045, 8), "y", 18.0)
        screw = joined(*(turned(blade, "z", 120.0 * i) for i in range(3)))
        return [*pieces, ("engines", joined(hub, moved(screw, 0.0, y - 0.02, 1.02 * long)))]
    pod = turned(lathe([(0.07, -0.26), (0.12, -0.05), (0.13, 0.18), (0.08, 0.22)], 24), "x", 90.0)
    stay = block((0.0, 0.0, 0.0), 0.08, 0.16, 0.2, 0.01)
    mount = sides(joined(pod, stay), 0.42 * span, y - 0.17, 0.3 * long - 0.4 * sweep * 0.42 + 0.05)
    return [*pieces, ("engines", mount)]


def _wing(span: float, chord: float, sweep: float, y: float, z: float) -> Solid:
    """One wing towards +X whose root is centred on ``(0, y, z)``."""
    points = []
    for share in (0.0, 1.0):
        half = 0.5 * chord * (1.0 - 0.45 * share)
        thick = 0.055 * (1.0 - 0.3 * share)
        back = z - sweep * share
        points += [
            (span * share, y + 0.06 * share + h, back + d)
            for d, h in (
                (half, 0.0),
                (0.6 * half, thick),
                (0.6 * half, -thick),
                (-0.7 * half, 0.7 * thick),
                (-0.7 * half, -0.7 * thick),
                (-half, 0.3 * thick),
                (-half, -0.3 * thick),
            )
        ]
    return hull(np.array(points))


def _helicopter(k: Knobs) -> Pieces:
    fat, boom, span = k("cabin", 0.34, 0.46), k("tail", 0.7, 1.1), k("rotor", 0.75, 1.05)
    y = 0.24 + 0.9 * fat
    body = joined(
        ball((0.0, y, 0.1), 0.85 * fat, 0.9 * fat, 1.25 * fat, 16),
        limb([(0.0, y + 0.1, -0.3), (0.0, y + 0.2, -0.3 - boom)], [0.42 * fat, 0.075], 6, 18),
        side_prism(
            [
                (-0.22 - boom, y + 0.1),
                (-0.1 - boom, y + 0.16),
                (-0.34 - boom, y + 0.55),
                (-0.5 - boom, y + 0.55),
            ],
            0.085,
            0.02,
        ),
        rod((0.0, y + 0.7 * fat, 0.05), (0.0, y + fat + 0.24, 0.05), 0.075, 18),
    )
    glass = joined(
        ball((0.0, y + 0.05, 0.14 + 0.28 * fat), 0.78 * fat, 0.72 * fat, fat + 0.03, 14),
        sides(wheel((0.0, 0.0, 0.0), 0.13, 0.1, 24), 0.8 * fat, y + 0.1, -0.05),
    )
    blade = moved(box(span, 0.07, 0.15, 0.02), span / 2, -0.035, 0.0)
    count = k.count("blades", 2, 4)
    rotor = joined(around(blade, count, 25.0), moved(cylinder(0.12, 0.12, 0.02, 24), y=-0.06))
    small = joined(
        *(turned(block((0.0, 0.0, 0.0), 0.07, 0.26, 0.09, 0.01), "x", 120.0 * i) for i in range(3)),
        wheel((0.0, 0.0, 0.0), 0.07, 0.14, 18),
    )
    rotors = joined(
        moved(rotor, 0.0, y + fat + 0.22, 0.05), moved(small, 0.06, y + 0.48, -0.4 - boom)
    )
    skid = limb(
        [(0.0, 0.06, -0.36), (0.0, 0.05, 0.4), (0.0, 0.16, 0.55)], [0.05, 0.05, 0.05], 8, 12
    )
    strut = joined(
        *(rod((0.42, 0.05, z), (0.2, y - 0.5 * fat, z * 0.7), 0.05) for z in (-0.2, 0.3))
    )
    return [
        ("body", body),
        ("windows", glass),
        ("rotor", rotors),
        ("skids", joined(sides(skid, 0.42), pair(strut))),
    ]


def _balloon(k: Knobs) -> Pieces:
    wide, tall, ribs = k("width", 0.58, 0.78), k("height", 1.05, 1.4), k.count("gores", 8, 14)
    base = 0.34 + k("ropes", 0.22, 0.4)
    mouth = 0.2
    profile = [
        (mouth, 0.0),
        (0.3, 0.12 * tall),
        (0.92 * wide, 0.5 * tall),
        (wide, 0.68 * tall),
        (0.7 * wide, 0.92 * tall),
        (0.12, tall),
        (0.0, tall),
    ]
    bag = ribbed(lathe(smooth_profile(profile, 24), 4 * ribs), ribs, k("puff", 0.02, 0.09))
    skirt = lathe([(mouth - 0.03, -0.08), (mouth + 0.02, 0.0), (0.31, 0.13 * tall)], 32)
    basket = vessel([(0.19, 0.0), (0.2, 0.02), (0.24, 0.32)], 0.075, 32)
    rim = moved(torus(0.21, 0.055, 32), y=0.33)
    cord = rod((0.2, 0.3, 0.0), (0.15, base + 0.02, 0.0), 0.042, 10)
    burner = moved(cylinder(0.07, base - 0.05, 0.01, 16), y=0.05)
    return [
        ("balloon", moved(bag, y=base)),
        ("basket", joined(basket, rim)),
        ("ropes", joined(around(cord, 4, 45.0), burner)),
        ("skirt", moved(skirt, y=base)),
    ]


FAMILIES: tuple[Family, ...] = (
    Family(
        "rocket",
        _rocket,
        (
            Knob("girth", "slender", "stout"),
            Knob("height", "short", "tall"),
            Knob("nose", "", "pointed"),
            Knob("fins", "", "large-finned"),
            Knob("fin count"),
            Knob("window"),
        ),
        (
            Slot("body", PAINT),
            Slot("nose", PAINT),
            Slot("fins", PAINT),
            Slot("nozzle", ("metal", "iron", "copper"), ("dark grey", "grey")),
            PANES,
        ),
        (0.15, 40.0),
    ),
    Family(
        "aeroplane",
        _aeroplane,
        (
            Knob("girth", "slender", "plump"),
            Knob("length", "short", "long"),
            Knob("span", "", "wide-winged"),
            Knob("sweep", "straight-winged", "swept-winged"),
            Knob("engines"),
        ),
        (
            Slot("body", PAINT),
            Slot("wings", PAINT),
            Slot("tail", PAINT),
            PANES,
            Slot("engines", ("metal", "painted metal", "plastic", "wood")),
        ),
        (0.08, 12.0),
    ),
    Family(
        "helicopter",
        _helicopter,
        (
            Knob("cabin", "slim", "plump"),
            Knob("tail", "short", "long"),
            Knob("rotor", "", "wide-rotored"),
            Knob("blades"),
        ),
        (
            Slot("body", PAINT),
            PANES,
            Slot("rotor", ("metal", "plastic", "painted metal"), ("grey", "black", "dark grey")),
            Slot("skids", ("metal", "plastic"), ("grey", "black", "dark grey")),
        ),
        (0.1, 4.0),
    ),
    Family(
        "hot air balloon",
        _balloon,
        (
            Knob("width", "slender", "round"),
            Knob("height", "squat", "tall"),
            Knob("gores"),
            Knob("ropes"),
            Knob("puff", "smooth", "puffy"),
        ),
        (
            Slot("balloon", ("cloth", "plastic", "paper")),
            Slot("basket", ("thatch", "wood", "leather"), ("brown", "tan", "straw")),
            Slot("ropes", ("cloth", "metal"), ("tan", "dark grey", "brown")),
            Slot("skirt", ("cloth", "leather", "plastic")),
        ),
        (0.2, 25.0),
    ),
    *BOATS,
)
