# SPDX-License-Identifier: Apache-2.0
"""Families of kept things: book, box, treasure chest, suitcase, music box, plaster statue."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from gen3d.foundry.parts_a import block, knobs, pushed, smooth_stack, strap, strut
from gen3d.foundry.solids import (
    Solid,
    Vec3,
    arc,
    cylinder,
    ellipsoid,
    hull,
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
from gen3d.foundry.thing import Family, Knobs, Pieces, Slot


def _book(k: Knobs) -> Pieces:
    width, height, thick = k("width", 0.55, 0.85), k("height", 0.8, 1.15), k("thickness", 0.14, 0.4)
    if k.has("open"):
        return _open_book(width, height, 0.5 * thick)
    cover = moved(block(width, height, 0.05, 0.015), z=0.5 * thick)
    spine = moved(scaled(cylinder(0.5 * thick + 0.025, height, 0.02), 0.45, 1.0, 1.0), -0.5 * width)
    pages = moved(block(width - 0.07, height - 0.08, thick, 0.005), -0.02, 0.04)
    pieces: Pieces = [
        ("body", joined(pair(cover, "z"), spine)),
        ("pages", pages),
        ("label", moved(block(0.6 * width, 0.16, 0.06, 0.01), 0.0, 0.66 * height, 0.5 * thick)),
    ]
    if k.has("ribbon"):
        path: list[Vec3] = [(0.1, 0.3, 0.0), (0.1, 0.0, 0.0), (0.1, -0.12, 0.02)]
        pieces.append(("ribbon", strap(path, 0.06, 0.05)))
    return pieces


def _open_book(width: float, height: float, thick: float) -> Pieces:
    """Lying open, a little tilted towards the reader at the front."""
    cover = moved(block(width, 0.05, height, 0.015), x=0.5 * width)
    x = np.linspace(0.0, width - 0.05, 12)
    swell = 0.02 + thick * (x / width + 0.12) ** 0.35 * np.clip(1.15 - x / width, 0.1, 1.0)
    middle = 0.04 + 0.5 * swell
    path: list[Vec3] = [(float(a), float(b), 0.0) for a, b in zip(x, middle, strict=True)]
    leaf = strap(path, height - 0.08, swell.tolist())
    half = pair(turned(cover, "z", 6.0)), pair(turned(leaf, "z", 6.0))
    ends: list[Vec3] = [(0.06, 0.06 + 0.8 * thick, 0.4 * height), (0.06, 0.05, 0.56 * height)]
    mark = strap(ends, 0.07, 0.05, (1.0, 0.0, 0.0))
    tilted = [turned(solid, "x", 18.0) for solid in (*half, mark)]
    return [("body", tilted[0]), ("pages", tilted[1]), ("ribbon", tilted[2])]


def _box_with_lid(k: Knobs) -> Pieces:
    width, height, depth = k("width", 0.6, 1.05), k("height", 0.35, 0.8), k("depth", 0.5, 0.8)
    rim, lift = 0.2, height - 0.1
    if k.has("round"):
        radius = 0.5 * width
        body, lid = cylinder(radius, height, 0.03, 44), cylinder(radius + 0.05, rim, 0.03, 44)
        depth = width
    else:
        body = block(width, height, depth, 0.03)
        lid = block(width + 0.1, rim, depth + 0.1, 0.03)
    pieces: Pieces = [("body", body), ("lid", moved(lid, y=lift))]
    top = lift + rim
    if k.has("ribbon"):
        bow = moved(turned(torus(0.13, 0.05, 24), "x", 90.0), 0.14, 0.1)
        tall = top + 0.025
        bands = block(0.12, tall, depth + 0.15), block(width + 0.15, tall, 0.12)
        knot = moved(ellipsoid(0.09, detail=12), y=top + 0.07)
        return [*pieces, ("ribbon", joined(*bands, knot, moved(pair(bow), y=top)))]
    return [*pieces, ("knob", moved(ellipsoid(0.1, 0.09, detail=14), y=top + 0.05))]


def _half_barrel(width: float, depth: float, rise: float, steps: int = 14) -> Solid:
    """Half an elliptic cylinder along x, flat side down on y = 0."""
    outline = [(0.5 * depth * x / 1.0, rise * y) for x, y, _ in arc(1.0, 0.0, 180.0, steps)]
    return turned(prism(outline, width, 0.012), "y", 90.0)


def _treasure_chest(k: Knobs) -> Pieces:
    width, height, depth = k("width", 0.8, 1.15), k("height", 0.32, 0.5), k("depth", 0.5, 0.66)
    rise = k("lid", 0.16, 0.32)
    places = [0.36 * width, -0.36 * width, *([0.0] if k.has("middle band") else [])]
    base = block(width, height, depth, 0.02)
    strip = joined(*(moved(block(0.1, height, depth + 0.06, 0.015), x) for x in places))
    hoops = joined(*(moved(_half_barrel(0.1, depth + 0.06, rise + 0.03), x) for x in places))
    lid = joined(block(width, 0.06, depth, 0.015), moved(_half_barrel(width, depth, rise), y=0.04))
    angle = -55.0 if k.has("open") else 0.0
    lifted = [_hinged(moved(s, y=y), height, depth, angle) for s, y in ((lid, 0.0), (hoops, 0.04))]
    lock = moved(block(0.16, 0.2, 0.1, 0.02), y=height - 0.14, z=0.5 * depth)
    pieces: Pieces = [
        ("body", base),
        ("lid", lifted[0]),
        ("bands", joined(strip, lifted[1])),
        ("lock", lock),
    ]
    if angle:
        pieces.append(("treasure", _heap(0.42 * width, 0.42 * depth, height)))
    return pieces


def _hinged(solid: Solid, y: float, depth: float, angle_deg: float) -> Solid:
    """Put a lid on a box and turn it about the back edge of the opening."""
    # The pivot lies a little inside the box, so that an open lid still holds on to it.
    local = turned(moved(solid, y=0.02, z=0.5 * depth - 0.04), "x", angle_deg)
    return moved(local, y=y - 0.04, z=0.04 - 0.5 * depth)


def _heap(x: float, z: float, y: float) -> Solid:
    """A heap of coins and balls that fills a box to a little above its edge."""
    coin = cylinder(0.09, 0.05, 0.012, 16)
    tilts = ((0.0, 0.0, 12.0), (0.5, 0.3, 35.0), (-0.45, 0.35, -30.0), (0.1, 0.6, 50.0))
    coins = [
        moved(turned(coin, "z", tilt), a * x, y + 0.1 - 0.06 * (a * a + b * b), b * z)
        for a, b, tilt in tilts
    ]
    return joined(moved(ellipsoid(x, 0.15, z, 14), y=y), *coins)


def _suitcase(k: Knobs) -> Pieces:
    width, height, depth = k("width", 0.7, 1.15), k("height", 0.6, 0.9), k("depth", 0.22, 0.4)
    body = block(width, height, depth, 0.08)
    seam = moved(block(width + 0.03, height + 0.03, 0.07, 0.02), y=-0.015)
    x = 0.28 * width
    belt = pair(moved(block(0.09, height + 0.05, depth + 0.05, 0.03), x, -0.025))
    grip: list[Vec3] = [(-0.16, height - 0.03, 0.0), (-0.15, height + 0.11, 0.0)]
    grip += [(0.15, height + 0.11, 0.0), (0.16, height - 0.03, 0.0)]
    pieces: Pieces = [("body", body), ("edge", seam), ("handle", strap(_bridge(grip), 0.09, 0.06))]
    if k.has("straps"):
        pieces.append(("straps", belt))
    cube = block(0.17, 0.17, depth + 0.03, 0.04)
    low, high = (
        moved(cube, 0.5 * width - 0.07, -0.015),
        moved(cube, 0.5 * width - 0.07, height - 0.155),
    )
    if k.has("corners"):
        pieces.append(("corners", joined(pair(low), pair(high))))
    return pieces


def _bridge(points: list[Vec3], steps: int = 5) -> list[Vec3]:
    """A polyline with more points, so that a swept section keeps its width round corners."""
    dense = [np.array(points[0], np.float64)]
    for start, end in pairwise(points):
        a, b = np.array(start, np.float64), np.array(end, np.float64)
        dense += [a + (b - a) * (i + 1) / steps for i in range(steps)]
    return [(float(x), float(y), float(z)) for x, y, z in dense]


def _music_box(k: Knobs) -> Pieces:
    width, height, depth = k("width", 0.7, 1.0), k("height", 0.26, 0.5), k("depth", 0.5, 0.72)
    panel = block(width + 0.04, 0.07, depth + 0.04, 0.02)
    lid = _hinged(panel, height, depth, -k("lid", 60.0, 105.0))
    side = 0.5 * width
    crank = joined(
        strut((side - 0.05, 0.5 * height, 0.0), (side + 0.12, 0.5 * height, 0.0), 0.04),
        strut((side + 0.12, 0.5 * height, -0.02), (side + 0.12, 0.5 * height, 0.2), 0.035),
        strut((side + 0.1, 0.5 * height, 0.19), (side + 0.24, 0.5 * height, 0.19), 0.05),
    )
    stage = moved(cylinder(0.2, 0.08, 0.02), y=height - 0.03)
    foot = block(width + 0.08, 0.08, depth + 0.08, 0.025)
    body = [block(width, height, depth, 0.03), foot]
    figure = moved(_dancer(k("figure", 0.48, 0.68)), y=height + 0.03)
    return [
        ("body", joined(*body)),
        ("lid", lid),
        ("crank", crank),
        ("figure", figure),
        ("stage", stage),
    ]


def _dancer(height: float) -> Solid:
    """A small ballerina: legs together, a tutu, arms raised in a ring over the head."""
    legs = lathe(smooth_profile([(0.045, 0.0), (0.06, 0.22), (0.075, 0.42)], 8), 20)
    skirt = lathe([(0.25, 0.4), (0.27, 0.43), (0.25, 0.47), (0.08, 0.53)], 32)
    trunk = lathe(smooth_profile([(0.065, 0.45), (0.085, 0.64), (0.05, 0.72)], 8), 20)
    head = moved(ellipsoid(0.085, 0.1, detail=12), y=0.8)
    bun = moved(ellipsoid(0.05, detail=8), y=0.91)
    arms = [(0.08, 0.66, 0.0), (0.2, 0.78, 0.02), (0.15, 0.95, 0.03), (0.02, 1.0, 0.03)]
    return scaled(joined(legs, skirt, trunk, head, bun, pair(tube(arms, 0.055, 10))), height)


def _plaster_statue(k: Knobs) -> Pieces:
    plinth, wide = k("plinth", 0.14, 0.5), k("shoulders", 0.36, 0.47)
    base = plinth + 0.1
    chest = smooth_stack(
        [
            (base - 0.04, 0.13, 0.11, 0.0),
            (base + 0.08, 0.62 * wide, 0.15, 0.01),
            (base + 0.22, 0.96 * wide, 0.19, 0.02),
            (base + 0.34, wide, 0.17, 0.0),
            (base + 0.42, 0.62 * wide, 0.14, -0.02),
            (base + 0.47, 0.14, 0.125, -0.01),
            (base + 0.64, 0.11, 0.115, 0.02),
        ],
        16,
        28,
    )
    head = turned(_head(k.has("beard")), "y", k("turn", -28.0, 28.0))
    hair = turned(_hair(k("hair")), "y", k("turn", -28.0, 28.0))
    at = {"y": base + 0.8, "z": 0.03}
    socle = [(0.16, -0.12), (0.17, -0.07), (0.1, -0.03), (0.12, 0.0)]
    foot = moved(lathe(socle, 36), y=base)
    pieces: Pieces = [
        ("body", joined(chest, foot, moved(head, **at))),
        ("plinth", _plinth(plinth, round_=k.has("round plinth"))),
        ("hair", moved(hair, **at)),
    ]
    if k.has("wreath"):
        ring = turned(scaled(torus(0.2, 0.045, 20), 0.98, 1.0, 1.12), "x", -14.0)
        pieces.append(("wreath", moved(ring, y=base + 0.91, z=0.0)))
    return pieces


def _plinth(height: float, *, round_: bool) -> Solid:
    """A column drum or a square pedestal with a moulding above and below."""
    if round_:
        edge = cylinder(0.27, 0.07, 0.0, 36)
        return joined(edge, cylinder(0.23, height, 0.0, 32), moved(edge, y=height - 0.07))
    edge = block(0.54, 0.07, 0.54, 0.015)
    return joined(edge, block(0.46, height, 0.46, 0.01), moved(edge, y=height - 0.07))


def _head(beard: bool) -> Solid:  # noqa: FBT001
    """A head about the origin that faces +Z: skull, brow, sockets, nose, lips, chin, ears."""
    face = ellipsoid(0.165, 0.225, 0.19, 18)
    for centre, by, radius in (
        ((0.0, -0.2, 0.1), (0.0, -0.015, 0.045), 0.1),
        ((0.075, 0.035, 0.17), (0.0, 0.0, -0.045), 0.055),
        ((-0.075, 0.035, 0.17), (0.0, 0.0, -0.045), 0.055),
        ((0.0, 0.09, 0.18), (0.0, 0.0, 0.02), 0.09),
        ((0.13, -0.13, 0.05), (-0.02, 0.0, 0.0), 0.1),
        ((-0.13, -0.13, 0.05), (0.02, 0.0, 0.0), 0.1),
    ):
        face = pushed(face, centre, by, radius)
    nose = hull(
        np.array(
            [
                *([0.0, 0.075, 0.175], [0.02, 0.07, 0.15], [-0.02, 0.07, 0.15]),
                *([0.012, -0.025, 0.245], [-0.012, -0.025, 0.245], [0.0, -0.06, 0.14]),
                *([0.04, -0.05, 0.17], [-0.04, -0.05, 0.17]),
            ]
        )
    )
    lips = moved(ellipsoid(0.05, 0.022, 0.03, 6), y=-0.1, z=0.178)
    eye = moved(ellipsoid(0.034, 0.022, 0.028, 5), 0.075, 0.03, 0.138)
    ear = moved(ellipsoid(0.03, 0.065, 0.04, 5), 0.165, 0.0, -0.01)
    parts = [face, nose, lips, pair(eye), pair(ear)]
    if beard:
        parts.append(moved(ellipsoid(0.12, 0.13, 0.11, 10), y=-0.22, z=0.1))
    return joined(*parts)


def _hair(fullness: float) -> Solid:
    """A cap of short curls: a shell over the skull and rows of locks along its edge."""
    cap = moved(ellipsoid(0.18, 0.19, 0.2, 10), y=0.075, z=-0.035)
    lock = ellipsoid(0.045 + 0.02 * fullness, detail=5)
    angle = np.deg2rad(np.linspace(-118.0, 118.0, 9))
    curls = [
        moved(lock, 0.17 * float(np.sin(a)), 0.15, 0.185 * float(np.cos(a)) - 0.01) for a in angle
    ]
    nape = moved(ellipsoid(0.14, 0.12 + 0.08 * fullness, 0.09, 9), y=-0.06, z=-0.14)
    return joined(cap, nape, *curls)


_LEATHERS = ("leather", "cloth", "painted wood", "plastic")

FAMILIES: tuple[Family, ...] = (
    Family(
        "book",
        _book,
        knobs("width: narrow/wide", "height: short/tall", "thickness: thin/thick")
        + knobs("open", "ribbon"),
        (
            Slot("body", ("leather", "cloth", "paper")),
            Slot("pages", ("paper",), ("white", "cream", "beige")),
            Slot("label", ("gold", "paper", "leather")),
            Slot("ribbon", ("cloth",)),
        ),
        (0.18, 0.32),
    ),
    Family(
        "box with lid",
        _box_with_lid,
        knobs("width: narrow/wide", "height: flat/tall", "depth", "round", "ribbon"),
        (
            Slot("body", ("wood", "paper", "painted wood", "metal", "plastic")),
            Slot("lid", ("wood", "paper", "painted wood", "metal", "plastic")),
            Slot("ribbon", ("cloth",)),
            Slot("knob", ("wood", "gold", "metal", "plastic")),
        ),
        (0.08, 0.4),
    ),
    Family(
        "treasure chest",
        _treasure_chest,
        knobs("width: narrow/wide", "height: low/tall", "depth", "lid: /domed")
        + knobs("middle band", "open"),
        (
            Slot("body", ("wood", "painted wood")),
            Slot("lid", ("wood", "painted wood", "leather")),
            Slot("bands", ("iron", "gold", "metal", "bronze", "leather")),
            Slot("lock", ("gold", "iron", "bronze")),
            Slot("treasure", ("gold",)),
        ),
        (0.3, 0.7),
    ),
    Family(
        "suitcase",
        _suitcase,
        knobs("width: narrow/wide", "height: low/tall", "depth: slim/thick", "straps", "corners"),
        (
            Slot("body", _LEATHERS),
            Slot("edge", ("leather", "metal", "plastic")),
            Slot("handle", ("leather", "plastic", "metal", "wood")),
            Slot("straps", ("leather", "cloth")),
            Slot("corners", ("metal", "gold", "leather")),
        ),
        (0.4, 0.75),
    ),
    Family(
        "music box",
        _music_box,
        knobs("width: narrow/wide", "height: low/tall", "depth", "lid", "figure"),
        (
            Slot("body", ("wood", "painted wood", "porcelain")),
            Slot("lid", ("wood", "painted wood", "porcelain")),
            Slot("crank", ("gold", "metal", "bronze")),
            Slot("figure", ("porcelain", "plastic", "gold")),
            Slot("stage", ("cloth", "gold", "marble")),
        ),
        (0.12, 0.3),
    ),
    Family(
        "plaster statue",
        _plaster_statue,
        knobs("plinth: /tall", "shoulders: slender/broad", "turn", "hair", "beard: /bearded")
        + knobs("round plinth", "wreath"),
        (
            Slot("body", ("plaster", "marble", "bronze", "stone")),
            Slot("plinth", ("plaster", "marble", "stone", "wood")),
            Slot("hair", ("plaster", "marble", "bronze", "stone")),
            Slot("wreath", ("gold", "leaf", "bronze")),
        ),
        (0.4, 0.8),
    ),
)
