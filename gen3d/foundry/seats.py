# SPDX-License-Identifier: Apache-2.0
"""Families of seats: chair, armchair, stool, sofa."""

from __future__ import annotations

from gen3d.foundry.parts_a import block, cushion, hoop, knobs, strut
from gen3d.foundry.solids import (
    Solid,
    around,
    cylinder,
    ellipsoid,
    joined,
    lathe,
    moved,
    pair,
    tapered,
    turned,
)
from gen3d.foundry.thing import Family, Knobs, Pieces, Slot

WOODS = ("wood", "painted wood")
SOFT = ("cloth", "leather", "fur")
LEGS = Slot("legs", ("wood", "painted wood", "metal"))


def leg(height: float, thick: float, *, round_: bool) -> Solid:
    """A leg standing on y = 0, thinner at the foot; it ends at ``height``."""
    if round_:
        return lathe([(0.6 * thick, 0.0), (0.42 * thick, 0.1 * height), (0.5 * thick, height)], 20)
    return tapered(block(thick, height, thick, 0.012), 1.0, 0.8)


def four(solid: Solid, x: float, z: float) -> Solid:
    """A solid and its mirror images at the corners of a rectangle."""
    return pair(pair(moved(solid, x, 0.0, z)), "z")


def _chair(k: Knobs) -> Pieces:
    width, seat, back = k("width", 0.42, 0.6), k("seat height", 0.38, 0.6), k("back", 0.38, 0.75)
    thick, half = 0.065, 0.5 * width - 0.045
    legs = [four(leg(seat, thick, round_=k.has("round legs")), half, half)]
    if k.has("stretchers"):
        bar = strut((-half, 0.35 * seat, half), (half, 0.35 * seat, half), 0.026)
        legs += [bar, turned(bar, "y", 90.0), turned(bar, "y", 180.0), turned(bar, "y", 270.0)]
    post = moved(block(thick, back, thick, 0.012), half, seat, -half)
    return [
        ("body", moved(block(width, 0.07, width, 0.02), y=seat - 0.02)),
        ("legs", joined(*legs, pair(post))),
        ("back", _chair_back(k.count("slats", 0, 4), 2.0 * half, back, seat, -half)),
        *_seat_cushion(k, width, seat),
    ]


def _chair_back(style: int, width: float, height: float, y: float, z: float) -> Solid:
    """A top rail over a panel (0), some spindles (1-2) or level slats (3-4)."""
    rail = moved(block(width + 0.09, 0.12, 0.07, 0.03), y=y + height - 0.08, z=z)
    if style == 0:
        return joined(rail, moved(block(width, 0.7 * height, 0.05, 0.01), y=y + 0.2 * height, z=z))
    if style >= 3:
        rows = [moved(block(width, 0.085, 0.05, 0.02), y=y + height * f, z=z) for f in (0.25, 0.52)]
        return joined(rail, *rows[: style - 2])
    count = style + 2
    places = [width * ((i + 1) / (count + 1) - 0.5) for i in range(count)]
    top = y + height - 0.02
    return joined(rail, *(strut((x, y, z), (x, top, z), 0.026, sides=10) for x in places))


def _seat_cushion(k: Knobs, width: float, seat: float) -> Pieces:
    if not k.has("cushion"):
        return []
    return [("cushion", moved(cushion(0.88 * width, 0.1, 0.86 * width), y=seat + 0.03, z=0.03))]


def _upholstered(width: float, places: int, k: Knobs) -> Pieces:
    """A sofa or an armchair of some seats, its front on +Z."""
    back, arm, depth = k("back", 0.5, 0.85), k("arms", 0.36, 0.5), 0.62
    side, lift = k("armrest", 0.13, 0.2), k("feet", 0.06, 0.16)
    whole = width + 2.0 * side
    base = moved(cushion(whole - 0.06, 0.26, depth, 0.2), y=lift)
    rear = moved(cushion(whole - 0.04, back - lift + 0.06, 0.2, 0.3), y=lift - 0.02)
    rear = moved(turned(rear, "x", -7.0), z=0.16 - 0.5 * depth)
    rest = moved(cushion(side + 0.03, arm - lift + 0.05, depth - 0.02, 0.3), y=lift, z=0.01)
    rests = pair(moved(rest, 0.5 * (width + side)))
    foot = cylinder(0.05, lift + 0.08, 0.01, 20)
    step = width / places
    seats = [
        moved(cushion(step + 0.01, 0.16, depth - 0.15, 0.35), (i + 0.5) * step - 0.5 * width)
        for i in range(places)
    ]
    pieces: Pieces = [
        ("body", joined(base, rear)),
        ("arms", rests),
        ("cushions", moved(joined(*seats), y=lift + 0.19, z=0.09)),
        ("legs", four(foot, 0.5 * whole - 0.12, 0.5 * depth - 0.1)),
    ]
    if k.has("pillows"):
        pillow = turned(moved(cushion(0.3, 0.28, 0.13, 0.7, 10), y=0.0), "x", -18.0)
        spot = moved(pillow, 0.0, lift + 0.31, 0.02)
        two = pair(moved(spot, 0.5 * width - 0.16))
        pieces.append(("pillow", two if places > 1 else spot))
    return pieces


def _armchair(k: Knobs) -> Pieces:
    return _upholstered(k("width", 0.44, 0.6), 1, k)


def _sofa(k: Knobs) -> Pieces:
    places = k.count("seats", 2, 3)
    return _upholstered(0.46 * places, places, k)


def _stool(k: Knobs) -> Pieces:
    height, radius = k("height", 0.42, 1.0), k("width", 0.22, 0.34)
    count, splay = k.count("legs", 3, 4), k("splay", 0.0, 0.14)
    low, high = 0.72 * radius + splay, 0.66 * radius
    pole = strut((0.0, 0.0, low), (0.0, height - 0.02, high), 0.034, 0.044, 14)
    level = 0.36 * height
    along = low + (high - low) * level / height
    pieces: Pieces = [
        ("body", moved(cylinder(radius, 0.09, 0.03, 40), y=height - 0.06)),
        ("legs", around(pole, count, 45.0)),
    ]
    if k.has("ring"):
        pieces.append(("ring", moved(hoop(along + 0.03, along - 0.03, 0.055, 36), y=level)))
    if k.has("cushion"):
        top = moved(ellipsoid(0.92 * radius, 0.09, 0.92 * radius, 12), y=height + 0.03)
        pieces.append(("cushion", top))
    return pieces


FAMILIES: tuple[Family, ...] = (
    Family(
        "chair",
        _chair,
        knobs("width: narrow/wide", "seat height: low/high", "back: low-backed/high-backed")
        + knobs("slats", "round legs", "stretchers", "cushion"),
        (
            Slot("body", (*WOODS, "plastic")),
            Slot("legs", (*WOODS, "metal", "plastic")),
            Slot("back", (*WOODS, "plastic", "metal")),
            Slot("cushion", ("cloth", "leather")),
        ),
        (0.8, 1.1),
    ),
    Family(
        "armchair",
        _armchair,
        knobs("width: narrow/wide", "back: low-backed/high-backed", "arms", "armrest: /plump")
        + knobs("feet", "pillows"),
        (
            Slot("body", SOFT),
            Slot("arms", SOFT),
            Slot("cushions", SOFT),
            LEGS,
            Slot("pillow", ("cloth", "fur")),
        ),
        (0.8, 1.1),
    ),
    Family(
        "stool",
        _stool,
        knobs("height: low/tall", "width: narrow/wide", "legs", "splay", "ring", "cushion"),
        (
            Slot("body", (*WOODS, "plastic", "metal")),
            LEGS,
            Slot("ring", ("metal", "wood", "gold")),
            Slot("cushion", ("cloth", "leather")),
        ),
        (0.4, 0.8),
    ),
    Family(
        "sofa",
        _sofa,
        knobs(
            "seats", "back: low-backed/high-backed", "arms", "armrest: /plump", "feet", "pillows"
        ),
        (
            Slot("body", SOFT),
            Slot("arms", SOFT),
            Slot("cushions", SOFT),
            LEGS,
            Slot("pillow", ("cloth", "fur")),
        ),
        (0.7, 1.0),
    ),
)
