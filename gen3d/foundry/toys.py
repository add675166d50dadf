# SPDX-License-Identifier: Apache-2.0
"""Toys: figures and things to play with. The front of each looks along +Z."""

from __future__ import annotations

import numpy as np

from gen3d.foundry.figures import BLACK_EYES
from gen3d.foundry.figures import FAMILIES as FIGURES
from gen3d.foundry.instruments import FAMILIES as INSTRUMENTS
from gen3d.foundry.parts_b import (
    along_back,
    ball,
    bead,
    block,
    disc,
    eyes,
    legs,
    limb,
    rod,
    side_prism,
    sides,
    spine,
    spire,
    spread,
    wheel,
)
from gen3d.foundry.pieces import FAMILIES as GAMES
from gen3d.foundry.solids import (
    Solid,
    cone,
    cylinder,
    joined,
    lathe,
    moved,
    pair,
    torus,
    tube,
    turned,
)
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot

TOY = ("plastic", "painted wood", "rubber", "wood", "ceramic", "clay")


def _dinosaur(k: Knobs) -> Pieces:
    girth, neck = k("bulk", 0.26, 0.38), k("neck", 0.0, 0.5)
    four = k.has("stance")
    hip = 0.55 if four else 0.72
    tail = k("tail", 0.55, 1.0)
    path = [
        (0.0, 0.3 if four else 0.22, -0.35 - tail),
        (0.0, 0.72 * hip, -0.3 - 0.45 * tail),
        (0.0, hip, -0.2),
        (0.0, hip + (0.02 if four else 0.14), 0.2),
        (0.0, hip + 0.36 + 0.5 * neck, 0.5),
        (0.0, hip + 0.6 + neck, 0.6),
    ]
    widths = [0.06, 0.5 * girth, girth, 0.92 * girth, 0.5 * girth, 0.45 * girth]
    curve, width = spine(path, widths, 26)
    size = k("head", 0.95, 1.4)
    body = joined(limb(path, widths, 22, 24), _dinosaur_legs(hip, girth, four=four))
    pieces: Pieces = [("body", body)]
    pieces += _dinosaur_head(hip + 0.64 + neck, 0.66, size)
    grown = {i: _plate_size(i / 25.0, k("plates", 0.9, 1.65)) for i in range(4, 23, 3)}
    plate = _plate() if k("plates") > 0.4 else cone(0.12, 0.3, 0.02, 12)
    belly = ball((0.0, hip - 0.06, 0.1), 0.8 * girth, 0.9 * girth, 1.25 * girth)
    return [*pieces, ("plates", along_back(curve, width, plate, grown)), ("belly", belly)]


def _plate_size(along: float, size: float) -> float:
    """Plates are largest over the hips."""
    return size * (0.55 + 0.6 * float(np.exp(-(((along - 0.52) / 0.3) ** 2))))


def _plate() -> Solid:
    outline = [(-0.1, 0.0), (0.1, 0.0), (0.17, 0.13), (0.08, 0.27), (0.0, 0.34), (-0.12, 0.2)]
    return side_prism(outline, 0.09, 0.02)


def _dinosaur_legs(hip: float, girth: float, *, four: bool) -> Solid:
    if four:
        stout = 0.42 * girth
        feet = [(s * 0.62 * girth, 0.07, z) for s in (-1.0, 1.0) for z in (0.34, -0.24)]
        paws = spread(ball((0.0, 0.0, 0.02), 1.15 * stout, 0.09, 1.25 * stout), feet)
        return joined(legs(0.62 * girth, 0.3, -0.28, hip, stout), paws)
    thigh = ball((0.72 * girth, hip - 0.12, -0.16), 0.17, 0.28, 0.24)
    shin = limb([(0.8 * girth, hip - 0.2, -0.16), (0.8 * girth, 0.1, -0.22)], [0.15, 0.11], 6)
    foot = ball((0.8 * girth, 0.08, -0.1), 0.14, 0.08, 0.24)
    x = 0.75 * girth
    arm = limb(
        [(x, hip + 0.18, 0.34), (x + 0.06, hip + 0.02, 0.48), (x, hip + 0.06, 0.64)],
        [0.08, 0.07, 0.06],
        8,
        14,
    )
    return pair(joined(thigh, shin, foot, arm))


def _dinosaur_head(y: float, z: float, size: float) -> Pieces:
    skull = ball((0.0, y, z), 0.19 * size, 0.19 * size, 0.22 * size)
    snout = ball((0.0, y - 0.05 * size, z + 0.24 * size), 0.15 * size, 0.11 * size, 0.22 * size)
    jaw = ball((0.0, y - 0.13 * size, z + 0.17 * size), 0.12 * size, 0.07 * size, 0.22 * size)
    nostrils = sides(bead((0.0, 0.0, 0.0), 0.03), 0.06 * size, y + 0.03 * size, z + 0.4 * size)
    look = eyes(0.145 * size, y + 0.1 * size, z + 0.1 * size, 0.062 * size)
    return [("body", joined(skull, snout, jaw)), ("eyes", joined(look, nostrils))]


def _robot(k: Knobs) -> Pieces:
    wide, tall, head = k("bulk", 0.5, 0.78), k("height", 0.5, 0.75), k("head", 0.36, 0.5)
    leg = k("legs", 0.3, 0.55)
    top = leg + tall
    body = joined(
        block((0.0, leg, 0.0), wide, tall, 0.42, 0.05),
        block((0.0, top + 0.06, 0.0), 1.25 * head, head, head, 0.05),
        moved(cylinder(0.13, 0.16), y=top - 0.04),
    )
    shoulder = wide / 2 + 0.1
    arm = limb([(shoulder, top - 0.12, 0.0), (shoulder + 0.05, top - 0.42, 0.12)], [0.09, 0.08], 5)
    claw = sides(block((0.0, 0.0, 0.0), 0.06, 0.16, 0.1), 0.06)
    hand = joined(
        moved(claw, shoulder + 0.05, top - 0.64, 0.13),
        block((shoulder + 0.05, top - 0.52, 0.13), 0.2, 0.1, 0.14),
    )
    ankle = block((0.25 * wide, 0.0, 0.0), 0.34 * wide, leg + 0.05, 0.22, 0.03)
    boot = block((0.25 * wide, 0.0, 0.07), 0.42 * wide, 0.14, 0.46, 0.05)
    bolt = wheel((wide / 2, top - 0.12, 0.0), 0.12, 0.14)
    limbs = pair(joined(arm, hand, ankle, boot, bolt))
    look = sides(
        disc((0.0, 0.0, 0.0), 0.26 * head, 0.12), 0.28 * head, top + 0.14 + 0.5 * head, head / 2
    )
    mouth = block((0.0, top + 0.1, head / 2), 0.6 * head, 0.09, 0.08, 0.02)
    pieces: Pieces = [("body", body), ("limbs", limbs), ("eyes", joined(look, mouth))]
    pieces.append(("chest panel", _panel(leg + 0.32 * tall, wide, tall)))
    if k.has("antenna"):
        aerial = joined(
            rod((0.0, top + head, 0.0), (0.0, top + head + 0.32, 0.0), 0.045),
            bead((0.0, top + head + 0.34, 0.0), 0.09),
        )
        pieces.append(("antenna", aerial))
    return pieces


def _panel(y: float, wide: float, tall: float) -> Solid:
    dials = spread(
        disc((0.0, 0.0, 0.0), 0.06, 0.1),
        [(0.2 * wide * i, y + 0.4 * tall, 0.24) for i in (-1.0, 0.0, 1.0)],
    )
    return joined(block((0.0, y, 0.2), 0.7 * wide, 0.28 * tall, 0.08, 0.02), dials)


def _train(k: Knobs) -> Pieces:
    fat, long, cab = k("boiler", 0.2, 0.29), k("length", 0.7, 1.0), k("cab", 0.55, 0.8)
    floor = 0.36
    axle = floor + 0.06 + fat
    boiler = turned(cylinder(fat, long + 0.1, 0.03), "x", 90.0)
    house = block((0.0, floor, -0.25), 0.62, cab, 0.5, 0.04)
    body = joined(
        moved(boiler, 0.0, axle, -0.05),
        house,
        block((0.0, floor - 0.14, 0.5 * long - 0.28), 0.58, 0.2, long + 0.5, 0.03),
    )
    nose = long + 0.05
    catcher = moved(turned(spire((0.0, 0.0, 0.0), 0.36, 0.3), "x", 90.0), 0.0, 0.2, nose - 0.16)
    height = k("chimney", 0.22, 0.45)
    chimney = lathe([(0.08, 0.0), (0.08, 0.6 * height), (0.15, height), (0.15, height + 0.05)])
    funnel = joined(
        moved(chimney, 0.0, axle + 0.8 * fat, nose - 0.2),
        ball((0.0, axle + 0.95 * fat, 0.45 * long), 0.11, 0.13, 0.11),
        disc((0.0, axle, nose), 0.7 * fat, 0.1),
    )
    roof = block((0.0, floor + cab - 0.03, -0.25), 0.76, 0.1, 0.64, 0.04)
    count = k.count("wheels", 2, 3)
    places = np.linspace(-0.3, nose - 0.15, count + 1)
    rims = [(0.27 if i == 0 else 0.2, float(z)) for i, z in enumerate(places)]
    wheels = joined(*(sides(wheel((0.0, r, z), r, 0.11), 0.31) for r, z in rims))
    panes = joined(
        sides(block((0.0, floor + 0.55 * cab, -0.25), 0.06, 0.26 * cab, 0.26), 0.3),
        sides(block((0.0, floor + 0.62 * cab, 0.0), 0.16, 0.22 * cab, 0.06), 0.2),
    )
    return [
        ("body", body),
        ("wheels", wheels),
        ("chimney", joined(funnel, catcher)),
        ("roof", roof),
        ("windows", panes),
    ]


def _rocking_horse(k: Knobs) -> Pieces:
    fat, neck = k("bulk", 0.2, 0.3), k("neck", 0.3, 0.5)
    sweep = k("rockers", 24.0, 34.0)
    angles = np.deg2rad(np.linspace(-sweep, sweep, 18))
    bow = tube(
        [(0.0, 1.5 - 1.45 * float(np.cos(a)), 1.45 * float(np.sin(a))) for a in angles], 0.07, 14
    )
    bars = [rod((-0.3, 0.13, z), (0.3, 0.13, z), 0.06) for z in (-0.38, 0.38)]
    rockers = joined(sides(bow, 0.26), *bars)
    leg = [limb([(0.12, 0.75, 0.6 * z), (0.26, 0.12, z)], [0.1, 0.07], 6) for z in (-0.48, 0.48)]
    top = 0.8 + neck
    throat = limb([(0.0, 0.78, 0.3), (0.0, top, 0.52)], [0.19, 0.12], 8)
    head = limb([(0.0, top + 0.06, 0.48), (0.0, top - 0.1, 0.84)], [0.13, 0.09], 8)
    ears = sides(spire((0.0, 0.0, 0.0), 0.06, 0.17, 10), 0.07, top + 0.12, 0.46)
    body = joined(
        limb(
            [(0.0, 0.78, -0.4), (0.0, 0.74, 0.0), (0.0, 0.78, 0.36)], [fat, 0.95 * fat, fat], 12, 28
        ),
        throat,
        head,
        ears,
        *(pair(one) for one in leg),
    )
    mane = limb(
        [(0.0, top + 0.17, 0.46), (0.0, top - 0.08, 0.36), (0.0, 0.86, 0.12)], [0.06, 0.1, 0.08], 10
    )
    tail = limb([(0.0, 0.82, -0.5), (0.0, 0.78, -0.74), (0.0, 0.46, -0.8)], [0.06, 0.1, 0.06], 10)
    saddle = joined(
        moved(turned(torus(fat + 0.02, 0.07, 28), "x", 90.0), 0.0, 0.75, 0.0),
        ball((0.0, 0.76 + fat, -0.02), 0.15, 0.07, 0.2),
    )
    pieces: Pieces = [("body", body), ("rockers", rockers), ("mane", joined(mane, tail))]
    pieces.append(("saddle", saddle))
    return [*pieces, ("eyes", eyes(0.1, top + 0.05, 0.6, 0.045))]


FAMILIES: tuple[Family, ...] = (
    Family(
        "toy dinosaur",
        _dinosaur,
        (
            Knob("bulk", "slender", "plump"),
            Knob("neck", "", "long-necked"),
            Knob("tail", "", "long-tailed"),
            Knob("stance"),
            Knob("plates"),
            Knob("head", "", "big-headed"),
        ),
        (
            Slot("body", TOY),
            Slot("plates", TOY),
            Slot("belly", TOY),
            Slot("eyes", ("glass", "plastic"), ("black", "white")),
        ),
        (0.1, 0.6),
    ),
    Family(
        "toy robot",
        _robot,
        (
            Knob("bulk", "slim", "bulky"),
            Knob("height", "squat", "tall"),
            Knob("head", "", "big-headed"),
            Knob("legs", "short-legged", "long-legged"),
            Knob("antenna"),
        ),
        (
            Slot("body", ("metal", "painted metal", "plastic")),
            Slot("limbs", ("metal", "painted metal", "plastic")),
            Slot("eyes", ("plastic", "glass"), ("yellow", "red", "green", "black")),
            Slot("chest panel", ("plastic", "metal")),
            Slot("antenna", ("metal", "plastic")),
        ),
        (0.1, 0.5),
    ),
    Family(
        "toy train",
        _train,
        (
            Knob("boiler", "slim", "fat"),
            Knob("length", "short", "long"),
            Knob("cab"),
            Knob("chimney"),
            Knob("wheels"),
        ),
        (
            Slot("body", ("painted wood", "plastic", "wood", "painted metal")),
            Slot("wheels", ("painted wood", "wood", "metal", "plastic")),
            Slot("chimney", ("painted wood", "wood", "metal", "iron")),
            Slot("roof", ("painted wood", "wood", "plastic")),
            Slot("windows", ("glass", "plastic"), ("light blue", "white", "black")),
        ),
        (0.08, 0.3),
    ),
    Family(
        "rocking horse",
        _rocking_horse,
        (Knob("bulk", "slender", "sturdy"), Knob("neck", "", "long-necked"), Knob("rockers")),
        (
            Slot("body", ("wood", "painted wood", "plastic")),
            Slot("rockers", ("painted wood", "wood", "plastic")),
            Slot("mane", ("fur", "thatch", "cloth")),
            Slot("saddle", ("leather", "painted wood", "cloth")),
            BLACK_EYES,
        ),
        (0.5, 1.0),
    ),
    *FIGURES,
    *GAMES,
    *INSTRUMENTS,
)
