# SPDX-License-Identifier: Apache-2.0
"""Creatures of the water and with shells: fish, turtle, snail."""

from __future__ import annotations

import numpy as np

from gen3d.foundry.figures import BLACK_EYES
from gen3d.foundry.parts_b import ball, bead, eyes, limb, side_prism, sides
from gen3d.foundry.solids import (
    Solid,
    ellipsoid,
    joined,
    lathe,
    moved,
    pair,
    smooth_profile,
    tube,
    turned,
)
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot

SMOOTH = ("plastic", "ceramic", "clay", "wood", "rubber", "bronze", "porcelain", "stone")


def _fish(k: Knobs) -> Pieces:
    tall, long, thick = k("height", 0.36, 0.58), k("length", 0.65, 0.9), k("thickness", 0.2, 0.34)
    y = 0.75
    tail = k("tail", 0.3, 0.5)
    fork = [
        (-1.0, 0.95),
        (-0.7, 0.0),
        (-1.0, -0.95),
        (-0.45, -0.85),
        (0.35, -0.2),
        (0.35, 0.2),
        (-0.45, 0.85),
    ]
    caudal = side_prism([(tail * z, tail * v) for z, v in fork], 0.1, 0.02)
    stalk = limb([(0.0, y, -0.55 * long), (0.0, y, -1.1 * long)], [0.2, 0.1], 5)
    high = k("fins", 0.12, 0.34)
    top = [(0.32 * long, 0.0), (0.05, high), (-0.4 * long, 0.8 * high), (-0.5 * long, 0.0)]
    dorsal = moved(side_prism([*top, (0.0, -0.14)], 0.1, 0.02), y=y + 0.86 * tall)
    keel = [(0.1, 0.0), (-0.3, 0.0), (-0.42, -high), (-0.2, -0.7 * high)]
    anal = moved(side_prism(keel, 0.1, 0.02), y=y - 0.82 * tall)
    fin = turned(turned(ball((0.0, -0.04, -0.14), 0.06, 0.12, 0.22), "y", -35.0), "x", -20.0)
    fins = joined(
        moved(caudal, 0.0, y, -1.12 * long - 0.2 * tail),
        dorsal,
        anal,
        pair(moved(fin, 0.88 * thick, y - 0.08, 0.2 * long)),
    )
    body = joined(moved(ellipsoid(thick, tall, long, 18), 0.0, y, 0.0), stalk)
    lips = moved(
        turned(lathe([(0.1, 0.0), (0.13, 0.05), (0.09, 0.1)], 20), "x", 90.0),
        0.0,
        y - 0.05,
        long - 0.07,
    )
    out = thick * 0.72
    white = sides(ball((0.0, 0.0, 0.0), 0.07, 0.12, 0.12), out, y + 0.2 * tall, 0.62 * long)
    look = sides(
        bead((0.0, 0.0, 0.0), 0.06, 0.075, 0.075), out + 0.045, y + 0.2 * tall, 0.66 * long
    )
    return [
        ("body", body),
        ("fins", fins),
        ("mouth", joined(lips)),
        ("cheeks", white),
        ("eyes", look),
    ]


def _turtle(k: Knobs) -> Pieces:
    wide, dome, neck = k("width", 0.5, 0.66), k("shell", 0.35, 0.62), k("neck", 0.12, 0.34)
    long = 1.15 * wide
    profile = [(1.0, 0.0), (1.03, 0.08), (0.9, 0.45), (0.55, 0.85), (0.06, 1.0)]
    turn = lathe(smooth_profile([(r * wide, h * dome) for r, h in profile], 12), 32)
    shell = moved(_stretched(turn, long / wide), y=0.24)
    bumps = joined(*(_scute(a, h, wide, long, dome) for a, h in _SCUTES))
    leg = limb([(0.72 * wide, 0.26, 0.62 * long), (0.95 * wide, 0.1, 0.8 * long)], [0.15, 0.12], 5)
    hind = limb(
        [(0.7 * wide, 0.24, -0.65 * long), (0.9 * wide, 0.1, -0.82 * long)], [0.14, 0.12], 5
    )
    tail = limb([(0.0, 0.22, -0.9 * long), (0.0, 0.14, -1.2 * long)], [0.09, 0.05], 4)
    z, y = long + 0.1 + neck, 0.42 + 0.8 * neck
    body = joined(
        limb(
            [(0.0, 0.28, 0.8 * long), (0.0, 0.34, long + 0.02), (0.0, y, z)], [0.15, 0.13, 0.13], 8
        ),
        ball((0.0, y + 0.04, z + 0.06), 0.19, 0.18, 0.23, 16),
        pair(joined(leg, hind)),
        tail,
    )
    plate = moved(
        _stretched(
            lathe([(0.85 * wide, 0.0), (0.98 * wide, 0.1), (0.9 * wide, 0.14)], 32), long / wide
        ),
        y=0.13,
    )
    return [
        ("body", body),
        ("shell", shell),
        ("plates", bumps),
        ("belly", plate),
        ("eyes", eyes(0.13, y + 0.11, z + 0.19, 0.05)),
    ]


_SCUTES = ((0.0, 0.0), *((60.0 * i, 0.5) for i in range(6)))


def _stretched(solid: Solid, along: float) -> Solid:
    return Solid(solid.verts * np.array([1.0, 1.0, along]), solid.faces)


def _scute(angle_deg: float, out: float, wide: float, long: float, dome: float) -> Solid:
    """A raised plate of the shell at some angle about its top."""
    angle = np.deg2rad(angle_deg)
    lean = 68.0 * out
    flat = turned(
        turned(ball((0.0, 0.0, 0.0), 0.3 * wide, 0.06, 0.3 * wide), "x", lean), "y", angle_deg
    )
    reach = 1.32 * out
    x, z = reach * wide * float(np.sin(angle)), reach * long * float(np.cos(angle))
    return moved(flat, x, 0.2 + dome * (1.0 - 0.78 * out * out * 2.0 * 0.62), z)


def _snail(k: Knobs) -> Pieces:
    size, long, turns = k("shell", 0.55, 0.75), k("length", 0.8, 1.05), k("coil", 1.6, 2.3)
    foot = limb(
        [(0.0, 0.12, -long), (0.0, 0.14, -0.2), (0.0, 0.16, 0.55 * long), (0.0, 0.5, 0.8 * long)],
        [0.06, 0.19, 0.19, 0.14],
        14,
        28,
    )
    head = ball((0.0, 0.55, 0.83 * long), 0.17, 0.17, 0.19)
    stalk = k("stalks", 0.12, 0.28)
    z = 0.88 * long
    horns = pair(limb([(0.07, 0.62, z), (0.15, 0.6 + stalk, z + 0.1)], [0.055, 0.05], 4, 12))
    tips = sides(bead((0.0, 0.0, 0.0), 0.085), 0.155, 0.63 + stalk, z + 0.11)
    y = 0.2 + size
    return [
        ("body", joined(foot, head, horns)),
        ("shell", _coil(size, turns, y)),
        ("eyes", tips),
    ]


def _coil(size: float, turns: float, y: float) -> Solid:
    """A tube wound about the x axis that shrinks towards the middle (a logarithmic spiral)."""
    t = np.linspace(0.0, 1.0, 44)
    shrink = np.exp(-1.9 * t)
    thick, reach = 0.36 * size * shrink, 0.64 * size * shrink
    angle = -0.55 * np.pi + 2.0 * np.pi * turns * t
    path = [
        (0.0, float(y + r * np.sin(a)), float(-0.15 - r * np.cos(a)))
        for r, a in zip(reach, angle, strict=True)
    ]
    coil = tube(path, [float(v) for v in thick], 18)
    # Inner turns keep the width of the outer one across, so that the spiral shows from both sides.
    verts = coil.verts.copy()
    verts[: 44 * 18, 0] *= np.repeat(1.0 / shrink, 18) ** 1.15
    core = ball((0.0, y, -0.15), 0.3 * size, 0.3 * size, 0.3 * size)
    return joined(Solid(verts, coil.faces), core)


FAMILIES: tuple[Family, ...] = (
    Family(
        "fish",
        _fish,
        (
            Knob("height", "slender", "round"),
            Knob("length", "short", "long"),
            Knob("thickness", "flat", "plump"),
            Knob("tail"),
            Knob("fins", "", "large-finned"),
        ),
        (
            Slot("body", SMOOTH),
            Slot("fins", SMOOTH),
            Slot("mouth", SMOOTH, ("pink", "red", "orange")),
            Slot("cheeks", ("plastic", "ceramic", "bone"), ("white", "yellow")),
            BLACK_EYES,
        ),
        (0.05, 0.4),
    ),
    Family(
        "turtle",
        _turtle,
        (
            Knob("width", "slim", "broad"),
            Knob("shell", "flat", "domed"),
            Knob("neck", "", "long-necked"),
        ),
        (
            Slot("body", SMOOTH),
            Slot("shell", SMOOTH),
            Slot("plates", SMOOTH),
            Slot("belly", SMOOTH, ("cream", "yellow", "beige")),
            BLACK_EYES,
        ),
        (0.05, 0.4),
    ),
    Family(
        "snail",
        _snail,
        (
            Knob("shell", "", "large-shelled"),
            Knob("length", "short", "long"),
            Knob("coil"),
            Knob("stalks"),
        ),
        (Slot("body", SMOOTH), Slot("shell", SMOOTH), BLACK_EYES),
        (0.02, 0.2),
    ),
)
