# SPDX-License-Identifier: Apache-2.0
"""Fruit and vegetables; baked things and sweets come from :mod:`gen3d.foundry.bakery`."""

from __future__ import annotations

import numpy as np

from gen3d.foundry.bakery import FAMILIES as BAKED
from gen3d.foundry.parts_b import ball, bumpy, leaf, limb, ribbed, spread
from gen3d.foundry.solids import (
    Solid,
    around,
    bent,
    ellipsoid,
    joined,
    lathe,
    moved,
    prism,
    scaled,
    smooth_profile,
    turned,
)
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot

FRUIT = ("fruit", "wax", "plastic", "ceramic", "glass")
LEAF = ("leaf", "plastic", "cloth")
STEM = ("bark", "wood", "plastic")


def _stem(y: float, length: float, radius: float = 0.055, lean: float = 0.12) -> Solid:
    path = [(0.0, y - 0.12, 0.0), (0.3 * lean, y + 0.5 * length, 0.0), (lean, y + length, 0.0)]
    return limb(path, [radius, radius, 1.35 * radius], 8)


def _apple(k: Knobs) -> Pieces:
    tall, dip, foot = k("height", 0.85, 1.15), k("dimple", 0.06, 0.2), k("foot", 0.24, 0.4)
    profile = [
        (0.0, 0.08),
        (0.5 * foot, 0.0),
        (foot, 0.04 * tall),
        (0.52, 0.32 * tall),
        (0.6, 0.62 * tall),
        (0.5, 0.87 * tall),
        (0.24, tall),
        (0.0, tall - dip),
    ]
    body = ribbed(lathe(smooth_profile(profile, 26), 50), 5, 0.06)
    pieces: Pieces = [("body", body), ("stem", _stem(tall - dip, 0.32))]
    if k("leaf") > 0.35:
        blade = turned(leaf(k("leaf", 0.2, 0.5), 0.22, 0.06), "y", 65.0)
        pieces.append(("leaf", moved(blade, 0.02, tall - dip + 0.12, 0.0)))
    return pieces


def _banana(k: Knobs) -> Pieces:
    curve, fat, long = k("curve", 55.0, 115.0), k("girth", 0.13, 0.2), k("length", 1.3, 1.7)
    t = np.linspace(0.0, 1.0, 24)
    radii = fat * np.clip(np.sin(np.pi * (0.1 + 0.8 * t)), 0.0, 1.0) ** 0.55
    angle = np.deg2rad(curve) * (t - 0.5)
    reach = long / np.deg2rad(curve)
    path = [(float(reach * np.sin(a)), float(reach * (1 - np.cos(a))), 0.0) for a in angle]
    body = limb(path, [float(r) for r in radii], 24, 32)
    # A banana has flat sides: five of them, blunt.
    start, before = np.array(path[-1]), np.array(path[-2])
    out = (start - before) / np.linalg.norm(start - before)
    end = start + out * k("stem", 0.16, 0.3)
    stalk = limb([path[-1], (float(end[0]), float(end[1]), 0.0)], [0.62 * fat, 0.06], 5)
    tip = ball(path[0], 0.62 * float(radii[0]), 0.62 * float(radii[0]))
    tip = moved(tip, x=-0.05, y=0.04)
    return [("body", body), ("stem", stalk), ("tip", tip)]


def _pear(k: Knobs) -> Pieces:
    low, neck, tall = k("belly", 0.4, 0.56), k("neck", 0.16, 0.28), k("height", 1.0, 1.4)
    profile = [
        (0.0, 0.05),
        (0.4 * low, 0.0),
        (low, 0.36),
        (0.8 * low, 0.62),
        (neck, 0.86 * tall),
        (0.75 * neck, tall),
        (0.0, tall + 0.02),
    ]
    lean = k("lean", 0.0, 16.0)
    body = bent(lathe(smooth_profile(profile, 28), 44), lean)
    shift = float(body.verts[:, 1].argmax())
    top = body.verts[int(shift)]
    stalk = moved(_stem(0.0, 0.28), float(top[0]), float(top[1]), 0.0)
    pieces: Pieces = [("body", body), ("stem", stalk)]
    if k.has("leaf"):
        blade = turned(leaf(0.36, 0.2, 0.06), "y", 75.0)
        pieces.append(("leaf", moved(blade, float(top[0]) + 0.02, float(top[1]) + 0.1, 0.0)))
    return pieces


def _carrot(k: Knobs) -> Pieces:
    fat, long, bend = k("girth", 0.2, 0.34), k("length", 0.95, 1.4), k("bend", 0.0, 0.16)
    path = [(bend, 0.0, 0.0), (0.4 * bend, 0.4 * long, 0.0), (0.0, long, 0.0)]
    body = limb(path, [0.05, 0.62 * fat, fat], 16, 32)
    grooves = joined(
        *(
            moved(lathe([(r + 0.008, 0.0), (r + 0.012, 0.02), (r, 0.04)], 28), 0.4 * bend * s, y)
            for y, r, s in _rings(long, fat, k.count("rings", 2, 4))
        )
    )
    tops = k("leaves", 0.4, 0.75)
    frond = limb(
        [(0.0, 0.0, 0.0), (0.05, 0.55 * tops, 0.0), (0.16, tops, 0.0)], [0.06, 0.08, 0.05], 7, 12
    )
    tuft = [bumpy(ball((0.13, 0.8 * tops, 0.0), 0.1, 0.18, 0.1), 0.1, 5.0), frond]
    middle = moved(limb([(0.0, 0.0, 0.0), (0.0, 1.1 * tops, 0.0)], [0.06, 0.075], 6, 12), y=long)
    green = moved(around(joined(*tuft), 5), y=long)
    return [("body", joined(body, grooves)), ("leaves", joined(green, middle))]


def _rings(long: float, fat: float, count: int) -> list[tuple[float, float, float]]:
    """Height, radius and share of the bend for some rings about a carrot."""
    shares = np.linspace(0.35, 0.85, count)
    return [(float(s) * long, fat * (0.3 + 0.72 * float(s)), 1.1 - float(s)) for s in shares]


def _pumpkin(k: Knobs) -> Pieces:
    tall, ribs = k("height", 0.65, 1.15), k.count("ribs", 7, 12)
    profile = [
        (0.0, 0.1),
        (0.3, 0.0),
        (0.62, 0.22 * tall),
        (0.7, 0.5 * tall),
        (0.55, 0.85 * tall),
        (0.25, tall),
        (0.0, 0.88 * tall),
    ]
    body = ribbed(lathe(smooth_profile(profile, 22), 8 * ribs), ribs, k("furrows", 0.08, 0.2))
    stalk = ribbed(_stem(0.9 * tall, k("stem", 0.2, 0.42), 0.1, 0.14), 5, 0.1)
    blade = turned(leaf(0.45, 0.34, 0.07), "y", 60.0)
    return [
        ("body", body),
        ("stem", stalk),
        ("leaf", moved(blade, 0.02, 0.93 * tall, 0.02)),
    ]


def _mushroom(k: Knobs) -> Pieces:
    wide, tall, dome = k("cap", 0.42, 0.7), k("stem", 0.45, 0.85), k("dome", 0.28, 0.55)
    foot = k("girth", 0.15, 0.26)
    stem = [(1.15 * foot, 0.0), (1.25 * foot, 0.12), (0.85 * foot, 0.6 * tall), (foot, tall + 0.1)]
    body = lathe(smooth_profile(stem, 16), 36)
    cap = [
        (0.5 * wide, tall + 0.02),
        (0.92 * wide, tall - 0.04),
        (wide, tall + 0.06),
        (0.78 * wide, tall + 0.66 * dome),
        (0.3 * wide, tall + 0.96 * dome),
        (0.0, tall + dome),
    ]
    pieces: Pieces = [
        ("cap", lathe(smooth_profile(cap, 24), 44)),
        ("stem", body),
        ("skirt", moved(lathe([(1.5 * foot, 0.0), (1.0 * foot, 0.1)], 32), y=0.7 * tall)),
    ]
    if k("spots") > 0.3:
        pieces.append(("spots", _cap_spots(wide, tall, dome, k("spots", 0.08, 0.15))))
    return pieces


def _cap_spots(wide: float, tall: float, dome: float, size: float) -> Solid:
    places = [(0.0, tall + dome - 0.02, 0.0)]
    for count, out, share, turn in ((5, 0.66, 0.73, 10.0), (7, 0.93, 0.33, 35.0)):
        angles = np.deg2rad(turn + 360.0 / count * np.arange(count))
        places += [
            (out * wide * float(np.sin(a)), tall + share * dome, out * wide * float(np.cos(a)))
            for a in angles
        ]
    return spread(ball((0.0, 0.0, 0.0), size, 0.75 * size, size, 6), places)


def _pineapple(k: Knobs) -> Pieces:
    fat, tall, crown = k("girth", 0.36, 0.5), k("height", 0.85, 1.2), k("crown", 0.45, 0.85)
    barrel = ellipsoid(fat, 0.55 * tall, fat, 24)
    x, y, z = barrel.verts.T
    spiral = 13.0 * y / tall
    angle = 4.0 * np.arctan2(x, z)
    lump = np.abs(np.sin(angle + spiral)) * np.abs(np.sin(angle - spiral))
    factor = 0.93 + 0.12 * lump**0.6
    knobbly = Solid(
        barrel.verts * np.stack([factor, np.ones_like(factor), factor], 1), barrel.faces
    )
    leaves: list[Solid] = []
    for ring, (count, lean, size) in enumerate(((7, 52.0, 0.72), (6, 28.0, 0.95), (4, 10.0, 1.1))):
        blade = turned(leaf(crown * size, 0.19, 0.085, 0.0), "x", lean - 90.0)
        leaves.append(around(moved(blade, z=0.03), count, 25.0 * ring))
    return [
        ("body", moved(knobbly, y=0.52 * tall)),
        ("leaves", moved(joined(*leaves), y=1.02 * tall)),
    ]


def _watermelon_slice(k: Knobs) -> Pieces:
    thick, sweep = k("thickness", 0.2, 0.5), k("size", 62.0, 90.0)
    rind = k("rind", 0.07, 0.13)
    flesh = _sector(1.0 - 1.6 * rind, sweep, thick)
    pale = _sector(1.0 - 0.75 * rind, sweep, 0.96 * thick)
    green = _sector(1.0, sweep, 0.92 * thick)
    seeds = joined(*(_seed(k, out, turn, thick) for out, turn in _SEEDS))
    return [
        ("body", moved(flesh, y=1.04)),
        ("rind", moved(green, y=1.0)),
        ("pale rind", moved(pale, y=1.02)),
        ("seeds", moved(seeds, y=1.0)),
    ]


_SEEDS = (
    (0.35, 0.0),
    (0.45, -0.45),
    (0.45, 0.45),
    (0.68, -0.2),
    (0.68, 0.2),
    (0.68, -0.62),
    (0.68, 0.62),
)


def _sector(radius: float, sweep_deg: float, depth: float) -> Solid:
    """A round slice whose arc hangs down, its cut edges meeting above."""
    angles = np.deg2rad(np.linspace(-sweep_deg, sweep_deg, 30))
    arc = [(radius * float(np.sin(a)), -radius * float(np.cos(a))) for a in angles]
    return prism([*arc, (0.0, 0.0)], depth, 0.015)


def _seed(k: Knobs, out: float, turn: float, thick: float) -> Solid:
    size = k("seeds", 0.04, 0.065)
    drop = scaled(ellipsoid(size, detail=6), 0.75, 1.3, 0.8)
    angle = turn * np.deg2rad(75.0)
    places = [
        (out * float(np.sin(angle)), -out * float(np.cos(angle)), s * thick / 2)
        for s in (-1.0, 1.0)
    ]
    return spread(turned(drop, "z", float(np.rad2deg(angle))), places)


FAMILIES: tuple[Family, ...] = (
    Family(
        "apple",
        _apple,
        (Knob("height", "flat", "tall"), Knob("dimple"), Knob("foot"), Knob("leaf", "", "leafy")),
        (
            Slot("body", FRUIT, ("red", "green", "yellow", "pink")),
            Slot("stem", STEM, ("brown", "dark brown")),
            Slot("leaf", LEAF, ("green", "dark green", "light green")),
        ),
        (0.06, 0.1),
    ),
    Family(
        "banana",
        _banana,
        (
            Knob("curve", "straight", "curved"),
            Knob("girth", "slender", "plump"),
            Knob("length", "short", "long"),
            Knob("stem"),
        ),
        (
            Slot("body", FRUIT, ("yellow", "green", "brown")),
            Slot("stem", ("fruit", "wood", "plastic"), ("brown", "green", "olive")),
            Slot("tip", ("fruit", "wood", "plastic"), ("dark brown", "black", "brown")),
        ),
        (0.04, 0.12),
    ),
    Family(
        "pear",
        _pear,
        (
            Knob("belly", "slender", "plump"),
            Knob("neck", "thin-necked", ""),
            Knob("height", "squat", "tall"),
            Knob("lean"),
            Knob("leaf", "", "leafy"),
        ),
        (
            Slot("body", FRUIT, ("green", "yellow", "light green", "brown", "red")),
            Slot("stem", STEM, ("brown", "dark brown")),
            Slot("leaf", LEAF, ("green", "dark green")),
        ),
        (0.08, 0.12),
    ),
    Family(
        "carrot",
        _carrot,
        (
            Knob("girth", "slender", "stout"),
            Knob("length", "short", "long"),
            Knob("bend", "straight", "crooked"),
            Knob("rings"),
            Knob("leaves", "", "leafy"),
        ),
        (
            Slot("body", FRUIT, ("orange", "yellow", "purple")),
            Slot("leaves", LEAF, ("green", "dark green", "light green")),
        ),
        (0.15, 0.3),
    ),
    Family(
        "pumpkin",
        _pumpkin,
        (
            Knob("height", "flat", "tall"),
            Knob("ribs"),
            Knob("furrows", "smooth", "ribbed"),
            Knob("stem", "", "long-stemmed"),
        ),
        (
            Slot("body", ("fruit", "ceramic", "plastic", "wax"), ("orange", "yellow", "white")),
            Slot("stem", STEM, ("brown", "green", "olive")),
            Slot("leaf", LEAF, ("green", "dark green")),
        ),
        (0.15, 0.5),
    ),
    Family(
        "mushroom",
        _mushroom,
        (
            Knob("cap", "", "broad-capped"),
            Knob("stem", "short", "tall"),
            Knob("dome", "flat", "domed"),
            Knob("girth", "slender", "stout"),
            Knob("spots", "", "spotted"),
        ),
        (
            Slot("cap", ("fruit", "plastic", "ceramic", "wood"), ("red", "brown", "orange", "tan")),
            Slot("stem", ("fruit", "plastic", "ceramic", "wood"), ("white", "cream", "beige")),
            Slot("skirt", ("fruit", "plastic", "ceramic"), ("cream", "white", "beige")),
            Slot("spots", ("fruit", "plastic", "ceramic"), ("white", "cream", "yellow")),
        ),
        (0.05, 0.25),
    ),
    Family(
        "pineapple",
        _pineapple,
        (
            Knob("girth", "slender", "plump"),
            Knob("height", "squat", "tall"),
            Knob("crown", "", "leafy"),
        ),
        (
            Slot("body", FRUIT, ("orange", "yellow", "brown", "tan")),
            Slot("leaves", LEAF, ("green", "dark green")),
        ),
        (0.2, 0.4),
    ),
    Family(
        "watermelon slice",
        _watermelon_slice,
        (
            Knob("thickness", "thin", "thick"),
            Knob("size", "narrow", "wide"),
            Knob("rind"),
            Knob("seeds"),
        ),
        (
            Slot("body", FRUIT, ("red", "pink", "yellow")),
            Slot("rind", FRUIT, ("green", "dark green")),
            Slot("pale rind", FRUIT, ("white", "light green", "cream")),
            Slot("seeds", ("plastic", "wood"), ("black", "dark brown")),
        ),
        (0.1, 0.25),
    ),
    *BAKED,
)
