# SPDX-License-Identifier: Apache-2.0
"""Families of the kitchen: pans, pots, plates, glasses, pitcher, pepper mill, board.

The families of :mod:`gen3d.foundry.cutlery` are joined to :data:`FAMILIES`. The cutting board
stands upright and faces +Z, as in a catalogue.
"""

from __future__ import annotations

import numpy as np

from gen3d.foundry import cutlery
from gen3d.foundry.parts_a import (
    Profile,
    block,
    hoop,
    knobs,
    pushed,
    radius_at,
    strap,
    strut,
    walled,
)
from gen3d.foundry.solids import (
    Solid,
    Vec3,
    arc,
    cylinder,
    ellipsoid,
    joined,
    lathe,
    mirrored,
    moved,
    pair,
    smooth_path,
    smooth_profile,
    torus,
    tube,
    turned,
)
from gen3d.foundry.thing import Family, Knobs, Pieces, Slot
from gen3d.foundry.vessels import CERAMICS, ear

STEEL = ("metal", "iron", "copper", "painted metal")
GRIPS = ("wood", "plastic", "rubber", "metal")


def _frying_pan(k: Knobs) -> Pieces:
    radius, depth, reach = k("width", 0.38, 0.52), k("depth", 0.12, 0.24), k("handle", 0.48, 0.72)
    profile: Profile = [(0.8 * radius - 0.02, 0.0), (0.84 * radius, 0.03), (radius, depth)]
    lift = k("tilt", 0.0, 0.16)
    x = 0.8 * radius + 0.1
    path = smooth_path(
        [
            (radius - 0.04, 0.75 * depth, 0.0),
            (radius + 0.3 * reach, depth + 0.5 * lift, 0.0),
            (radius + reach, depth + lift, 0.0),
        ],
        10,
    )
    grip = strap(path[2:], np.linspace(0.08, 0.13, 8).tolist(), 0.065)
    pieces: Pieces = [
        ("body", walled(profile, 0.062, 48)),
        ("handle", grip),
        ("neck", strap(path[:4], 0.085, 0.06)),
    ]
    if k.has("egg"):
        white = moved(ellipsoid(0.55 * x, 0.05, 0.5 * x, 10), y=0.07)
        pieces.append(("egg white", pushed(white, (0.3, 0.06, 0.2), (0.1, 0.0, 0.06), 0.2)))
        pieces.append(("yolk", moved(ellipsoid(0.12, 0.07, detail=10), 0.03, 0.11, 0.02)))
    return pieces


def _pot_lid(radius: float, height: float, dome: float) -> tuple[Solid, Solid]:
    """A lid and its knob over a pot of some height."""
    curve = smooth_profile([(radius + 0.02, 0.03), (0.7 * radius, 0.7 * dome), (0.05, dome)], 8)
    lid = moved(lathe([(radius + 0.02, -0.02), *curve], 40), y=height)
    stem = [(0.045, -0.02), (0.045, 0.06), (0.09, 0.09), (0.09, 0.13), (0.05, 0.16)]
    return lid, moved(lathe(stem, 28), y=height + dome - 0.02)


def _cooking_pot(k: Knobs) -> Pieces:
    radius, height = k("width", 0.36, 0.5), k("height", 0.38, 0.75)
    profile: Profile = [(radius - 0.05, 0.0), (radius, 0.05), (radius, 0.5 * height)]
    profile = [*profile, (radius, height)]
    size = k("handles", 0.11, 0.18)
    loop: list[Vec3] = [
        (radius - 0.03, 0.78 * height, -size),
        (radius + 0.13, 0.78 * height, -0.8 * size),
        (radius + 0.13, 0.78 * height, 0.8 * size),
        (radius - 0.03, 0.78 * height, size),
    ]
    handles = pair(tube(smooth_path(loop, 16), 0.042, 12))
    pieces: Pieces = [
        ("body", walled(profile, 0.05, 44)),
        ("handles", handles),
        ("rim", moved(torus(radius - 0.02, 0.035, 40), y=height)),
    ]
    if k.has("lid"):
        lid, knob = _pot_lid(radius, height, k("dome", 0.07, 0.2))
        pieces += [("lid", lid), ("knob", knob)]
    return pieces


def _kettle(k: Knobs) -> Pieces:
    radius, height = k("width", 0.38, 0.5), k("height", 0.42, 0.72)
    mouth = radius * k("taper", 0.62, 0.4)
    profile = smooth_profile(
        [(radius - 0.05, 0.0), (radius, 0.08), (0.86 * radius, 0.55 * height), (mouth, height)], 12
    )
    lid, knob = _pot_lid(mouth - 0.02, height, 0.1)
    out = radius_at(profile, 0.45 * height)
    spout: list[Vec3] = [
        (out - 0.12, 0.4 * height, 0.0),
        (out + 0.12, 0.62 * height, 0.0),
        (out + 0.28, 0.98 * height, 0.0),
    ]
    arch = k("handle", 0.34, 0.55)
    side = radius_at(profile, 0.8 * height) - 0.02
    bow = [(side * x, 0.78 * height + arch * y, 0.0) for x, y, _ in arc(1.0, 0.0, 180.0, 20)]
    grip = [bow[i] for i in range(6, 14)]
    return [
        ("body", lathe(profile, 44)),
        ("spout", tube(spout, [0.13, 0.09, 0.065], 20)),
        ("handle", joined(tube(bow, 0.038, 12), tube(grip, 0.055, 14))),
        ("lid", lid),
        ("knob", knob),
    ]


def _plate(k: Knobs) -> Pieces:
    radius, rise = 0.8, k("depth", 0.06, 0.22)
    well = radius * k("rim", 0.78, 0.55)
    thick = 0.06
    below = [(0.6 * well, 0.0), (0.66 * well, 0.0), (well, 0.35 * rise), (radius, rise)]
    above = [(r - 0.01, y + thick) for r, y in reversed(below[2:])]
    dish = lathe([*below, (radius + 0.015, rise + 0.5 * thick), *above, (0.8 * well, thick)], 56)
    pieces: Pieces = [("body", dish)]
    edge = k("border", 0.03, 0.05)
    pieces.append(("rim", moved(torus(radius - 0.01, edge, 48), y=rise + 0.5 * thick)))
    if k.has("centre"):
        pieces.append(("centre", moved(cylinder(0.62 * well, 0.05, 0.012, 40), y=thick - 0.03)))
    return pieces


def _wine_glass(k: Knobs) -> Pieces:
    stem, bowl = k("stem", 0.3, 0.65), k("bowl", 0.4, 0.65)
    wide, mouth = k("width", 0.2, 0.34), k("mouth", 0.72, 1.0)
    profile = smooth_profile(
        [
            (0.05, stem),
            (0.8 * wide, stem + 0.22 * bowl),
            (wide, stem + 0.5 * bowl),
            (mouth * wide, stem + bowl),
        ],
        16,
    )
    foot = smooth_profile([(0.25, 0.0), (0.25, 0.035), (0.05, 0.1), (0.042, 0.4 * stem)], 10)
    pieces: Pieces = [
        ("body", walled(profile, 0.042, 44)),
        ("stem", lathe([*foot, (0.045, stem + 0.05)], 40)),
    ]
    if k.has("wine"):
        level = stem + 0.55 * bowl
        inside = [(max(r - 0.03, 0.02), y) for r, y in profile if stem + 0.03 < y < level]
        pieces.append(("wine", lathe([*inside, (inside[-1][0], level)], 40)))
    return pieces


def _pitcher(k: Knobs) -> Pieces:
    height, belly, neck = k("height", 0.75, 1.25), k("belly", 0.28, 0.42), k("neck", 0.17, 0.26)
    profile = smooth_profile(
        [
            (0.7 * belly, 0.0),
            (belly, 0.32 * height),
            (neck, 0.76 * height),
            (neck + 0.06, height),
        ],
        16,
    )
    body = walled(profile, 0.05, 44)
    lip = k("lip", 0.12, 0.24)
    body = pushed(body, (neck + 0.05, height + 0.03, 0.0), (lip, 0.06, 0.0), 0.17)
    handle = mirrored(ear(profile, 0.28 * height, 0.9 * height, k("handle", 0.14, 0.26), 0.048))
    band = moved(torus(belly - 0.02, 0.035, 40), y=0.32 * height)
    pieces: Pieces = [("body", body), ("handle", handle)]
    if k.has("band"):
        pieces.append(("band", band))
    base = lathe([(0.72 * belly, 0.0), (0.76 * belly, 0.03), (0.72 * belly, 0.08)], 40)
    return [*pieces, ("base", base)]


def _pepper_mill(k: Knobs) -> Pieces:
    height, foot = k("height", 0.8, 1.3), k("width", 0.19, 0.28)
    waist = foot * k("waist", 0.5, 0.8)
    body = smooth_profile(
        [
            (foot, 0.0),
            (foot, 0.1),
            (waist, 0.36 * height),
            (0.9 * foot, 0.62 * height),
            (0.7 * foot, 0.72 * height),
        ]
    )
    collar = moved(cylinder(0.78 * foot, 0.05, 0.012, 36), y=0.71 * height)
    head = moved(ellipsoid(0.85 * foot, 0.15 * height, detail=16), y=0.86 * height)
    pieces: Pieces = [("body", lathe(body, 40)), ("head", head), ("collar", collar)]
    top = 0.99 * height
    if k.has("crank"):
        arm = strut((-0.03, top + 0.06, 0.0), (0.34, top + 0.1, 0.0), 0.04)
        axle = strut((0.0, top - 0.05, 0.0), (0.0, top + 0.1, 0.0), 0.045)
        grip = moved(ellipsoid(0.07, 0.085, detail=12), 0.33, top + 0.17)
        return [*pieces, ("collar", joined(arm, axle)), ("knob", grip)]
    return [*pieces, ("knob", moved(ellipsoid(0.075, detail=12), y=top + 0.04))]


def _cutting_board(k: Knobs) -> Pieces:
    width, height, thick = k("width", 0.6, 1.0), k("height", 0.7, 1.1), k("thickness", 0.07, 0.14)
    grip = k("handle", 0.16, 0.34)
    if k.has("round"):
        half = 0.5 * max(width, 0.75)
        board = moved(turned(cylinder(half, thick, 0.02, 44), "x", 90.0), y=half, z=-0.5 * thick)
        height = 2.0 * half
    else:
        board = block(width, height, thick, 0.03)
    neck = moved(block(0.2, grip + 0.1, thick - 0.01, 0.03), y=height - 0.1)
    ring = moved(turned(hoop(0.15, 0.07, thick, 32), "x", 90.0), y=height + grip, z=-0.5 * thick)
    pieces: Pieces = [("body", board), ("handle", joined(neck, moved(ring, y=0.04)))]
    if k.has("stripe"):
        strip = moved(block(0.16, height - 0.06, thick + 0.03, 0.012), y=0.03)
        pieces.append(("stripe", strip))
    return pieces


_LOCAL: tuple[Family, ...] = (
    Family(
        "frying pan",
        _frying_pan,
        knobs("width: small/wide", "depth: shallow/deep", "handle: /long-handled", "tilt", "egg"),
        (
            Slot("body", ("iron", "metal", "copper", "painted metal")),
            Slot("handle", GRIPS),
            Slot("neck", ("metal", "iron")),
            Slot("egg white", ("icing",), ("white",)),
            Slot("yolk", ("fruit",), ("yellow", "orange")),
        ),
        (0.08, 0.16),
    ),
    Family(
        "cooking pot",
        _cooking_pot,
        knobs("height: shallow/tall", "width: slim/wide", "handles: /big-handled", "lid", "dome"),
        (
            Slot("body", STEEL),
            Slot("handles", (*GRIPS, "iron")),
            Slot("rim", STEEL),
            Slot("lid", (*STEEL, "glass")),
            Slot("knob", GRIPS),
        ),
        (0.15, 0.3),
    ),
    Family(
        "kettle",
        _kettle,
        knobs("height: squat/tall", "width: slim/wide", "taper", "handle: /high-handled"),
        (
            Slot("body", STEEL),
            Slot("spout", STEEL),
            Slot("handle", (*GRIPS, "iron")),
            Slot("lid", STEEL),
            Slot("knob", GRIPS),
        ),
        (0.2, 0.3),
    ),
    Family(
        "plate",
        _plate,
        knobs("depth: flat/deep", "rim: /wide-rimmed", "border", "centre"),
        (
            Slot("body", (*CERAMICS, "metal", "wood")),
            Slot("rim", (*CERAMICS, "gold")),
            Slot("centre", CERAMICS),
        ),
        (0.02, 0.05),
    ),
    Family(
        "wine glass",
        _wine_glass,
        knobs("stem: short-stemmed/tall", "bowl: /deep", "width: slender/round", "mouth", "wine"),
        (
            Slot("body", ("glass", "gold", "metal"), ("white", "blue", "green", "gold")),
            Slot("stem", ("glass", "gold", "metal"), ("white", "blue", "green", "gold")),
            Slot("wine", ("glass",), ("red", "yellow", "purple")),
        ),
        (0.15, 0.25),
    ),
    Family(
        "pitcher",
        _pitcher,
        knobs("height: squat/tall", "belly: slim/round", "neck: narrow-necked/wide-necked")
        + knobs("lip", "handle: /big-handled", "band"),
        (
            Slot("body", (*CERAMICS, "metal", "copper", "glass")),
            Slot("handle", (*CERAMICS, "metal", "copper", "wood")),
            Slot("band", (*CERAMICS, "gold", "copper")),
            Slot("base", (*CERAMICS, "metal", "copper")),
        ),
        (0.18, 0.35),
    ),
    Family(
        "pepper mill",
        _pepper_mill,
        knobs("height: short/tall", "width: slender/stout", "waist: narrow-waisted/", "crank"),
        (
            Slot("body", ("wood", "painted wood", "metal", "plastic")),
            Slot("head", ("wood", "painted wood", "metal", "plastic")),
            Slot("collar", ("metal", "gold")),
            Slot("knob", ("metal", "gold", "wood", "plastic")),
        ),
        (0.12, 0.35),
    ),
    Family(
        "cutting board",
        _cutting_board,
        knobs("width: narrow/wide", "height: short/long", "thickness: thin/thick", "handle")
        + knobs("round: rectangular/round", "stripe: /striped"),
        (
            Slot("body", ("wood", "plastic", "marble", "stone")),
            Slot("handle", ("wood", "plastic", "leather", "metal")),
            Slot("stripe", ("wood", "marble", "metal")),
        ),
        (0.3, 0.5),
    ),
)

FAMILIES: tuple[Family, ...] = (*_LOCAL, *cutlery.FAMILIES)
