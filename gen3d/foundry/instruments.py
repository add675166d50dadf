# SPDX-License-Identifier: Apache-2.0
"""Musical instruments among the toys: drum, trumpet, guitar."""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_b import ball, bead, block, disc, rod, spread
from gen3d.foundry.solids import (
    arc,
    cylinder,
    joined,
    lathe,
    moved,
    pair,
    prism,
    scaled,
    smooth_profile,
    torus,
    tube,
    turned,
)
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot


def _drum(k: Knobs) -> Pieces:
    wide, tall = k("width", 0.5, 0.72), k("height", 0.5, 0.95)
    shell = cylinder(wide, tall, 0.0, 48)
    rim = scaled(torus(wide + 0.01, 0.06, 48), 1.0, 1.3, 1.0)
    rims = joined(moved(rim, y=0.07), moved(rim, y=tall - 0.07))
    skin = moved(lathe([(wide - 0.04, 0.0), (wide - 0.06, 0.06)], 48), y=tall - 0.04)
    count = k.count("lacing", 5, 8)
    points = [
        _on(wide + 0.015, 0.5 * i, count, 0.07 if i % 2 else tall - 0.07) for i in range(2 * count)
    ]
    cord = joined(
        *(rod(points[i], points[(i + 1) % len(points)], 0.035, 8) for i in range(len(points)))
    )
    pieces: Pieces = [("body", shell), ("rims", rims), ("skin", skin), ("cords", cord)]
    if k.has("sticks"):
        stick = joined(
            rod((-0.5, 0.0, 0.25), (0.42, 0.04, -0.2), 0.045), bead((0.45, 0.03, -0.21), 0.09)
        )
        both = joined(stick, turned(stick, "y", 65.0))
        pieces.append(("drumsticks", moved(both, y=tall + 0.05)))
    return pieces


def _on(radius: float, step: float, count: int, y: float) -> tuple[float, float, float]:
    angle = 2.0 * np.pi * step / count
    return (radius * float(np.sin(angle)), y, radius * float(np.cos(angle)))


def _trumpet(k: Knobs) -> Pieces:
    bell, long = k("bell", 0.3, 0.44), k("length", 0.55, 0.75)
    flare = smooth_profile(
        [(0.055, 0.0), (0.065, 0.45 * long), (0.12, 0.8 * long), (bell, long)], 16
    )
    cup = [*flare, (bell, long + 0.07), (0.6 * bell, long + 0.02), (0.2 * bell, long - 0.08)]
    horn = moved(turned(lathe(cup, 40), "x", 90.0), 0.0, 0.5, 0.1)
    drop = k("coil", 0.24, 0.36)
    bend = [(0.0, 0.5 - drop / 2 + p[1], -0.5 + p[0]) for p in arc(drop / 2, 90.0, 270.0, 10)]
    back = tube([(0.0, 0.5, 0.2), *bend, (0.0, 0.5 - drop, 0.45)], 0.07, 14)
    front = [(0.0, 0.5 - drop / 2 + p[1], 0.4 + p[0]) for p in arc(drop / 2, -90.0, 0.0, 8)]
    lead = tube([(0.0, 0.5 - drop, 0.2), *front], 0.07, 14)
    pipe = tube([*front[-2:], (0.0, 0.5 - 0.1, 0.45)], 0.065, 12)
    body = joined(horn, back, lead, pipe)
    piston = joined(moved(cylinder(0.085, drop + 0.16, 0.02), y=0.42 - drop))
    cap = joined(moved(cylinder(0.035, 0.16), y=0.54), moved(cylinder(0.07, 0.05, 0.015), y=0.68))
    at = [(0.0, 0.0, z) for z in (-0.17, 0.0, 0.17)]
    stick = rod((0.0, 0.5, 0.15), (0.0, 0.5, -0.95), 0.05)
    mouth = turned(lathe([(0.05, 0.0), (0.06, 0.08), (0.12, 0.2), (0.12, 0.25)], 28), "x", -90.0)
    return [
        ("body", joined(body, stick)),
        ("valves", joined(spread(joined(piston, cap), at))),
        ("mouthpiece", moved(mouth, 0.0, 0.5, -0.85)),
    ]


def _guitar(k: Knobs) -> Pieces:
    waist, wide = k("waist", 0.62, 0.8), k("width", 0.46, 0.6)
    neck, deep = k("neck", 0.5, 0.8), k("depth", 0.16, 0.3)
    angle = np.linspace(0.0, 2.0 * np.pi, 56, endpoint=False)
    up = np.cos(angle)
    # Two bouts, the upper one smaller, about a waist.
    across = (
        wide * np.sin(angle) * (waist + (1.0 - waist) * np.abs(up) ** 1.3 * 1.6) * (1.0 - 0.12 * up)
    )
    outline = [(-float(x), 0.58 + 0.58 * float(c)) for x, c in zip(across, up, strict=True)]
    body = prism(outline, deep, 0.03)
    front = deep / 2
    board = block((0.0, 0.72, front - 0.02), 0.15, neck + 0.5, 0.1, 0.02)
    top = 1.22 + neck
    head = joined(
        block((0.0, top - 0.05, front - 0.03), 0.24, 0.36, 0.1, 0.03),
        block((0.0, 0.95, front - 0.06), 0.13, neck + 0.3, 0.1, 0.03),
    )
    hole = disc((0.0, 0.72, front - 0.02), 0.13, 0.06)
    bridge = block((0.0, 0.3, front), 0.34, 0.09, 0.1, 0.02)
    peg = rod((0.08, 0.0, 0.0), (0.2, 0.0, 0.0), 0.04, 10)
    knob = ball((0.2, 0.0, 0.0), 0.06, 0.045, 0.06, 8)
    pegs = spread(
        pair(joined(peg, knob)), [(0.0, top + h, front - 0.03) for h in (0.02, 0.13, 0.24)]
    )
    return [
        ("body", body),
        ("neck", joined(board, head)),
        ("sound hole", joined(hole)),
        ("bridge", joined(bridge)),
        ("pegs", pegs),
    ]


FAMILIES: tuple[Family, ...] = (
    Family(
        "drum",
        _drum,
        (
            Knob("width", "narrow", "wide"),
            Knob("height", "shallow", "deep"),
            Knob("lacing"),
            Knob("sticks"),
        ),
        (
            Slot("body", ("painted wood", "wood", "painted metal", "plastic")),
            Slot("rims", ("wood", "painted wood", "metal", "gold")),
            Slot("skin", ("leather", "paper", "plastic"), ("cream", "white", "beige")),
            Slot("cords", ("cloth", "leather"), ("white", "yellow", "black", "tan")),
            Slot("drumsticks", ("wood", "painted wood")),
        ),
        (0.15, 0.6),
    ),
    Family(
        "trumpet",
        _trumpet,
        (Knob("bell", "", "wide-belled"), Knob("length", "short", "long"), Knob("coil")),
        (
            Slot("body", ("gold", "copper", "bronze", "metal", "plastic")),
            Slot("valves", ("metal", "gold", "copper", "plastic")),
            Slot("mouthpiece", ("metal", "gold", "plastic")),
        ),
        (0.15, 0.25),
    ),
    Family(
        "guitar",
        _guitar,
        (
            Knob("waist", "slim-waisted", ""),
            Knob("width", "slim", "broad"),
            Knob("neck", "short-necked", "long-necked"),
            Knob("depth", "thin", "deep"),
        ),
        (
            Slot("body", ("wood", "painted wood", "plastic")),
            Slot("neck", ("wood", "painted wood", "plastic"), ("dark brown", "brown", "black")),
            Slot("sound hole", ("plastic", "wood"), ("black", "dark brown")),
            Slot("bridge", ("wood", "plastic"), ("black", "dark brown", "brown")),
            Slot("pegs", ("metal", "bone", "plastic")),
        ),
        (0.4, 1.05),
    ),
)
