# SPDX-License-Identifier: Apache-2.0
"""Animals as stylised, rounded figurines that look along +Z."""

from __future__ import annotations

from gen3d.foundry.birds import FAMILIES as BIRDS
from gen3d.foundry.figures import BLACK_EYES
from gen3d.foundry.parts_b import (
    along_back,
    ball,
    bead,
    eyes,
    legs,
    limb,
    sides,
    spine,
    spire,
)
from gen3d.foundry.pets import FAMILIES as PETS
from gen3d.foundry.pets import FATNESS, FIGURE, PATCH
from gen3d.foundry.sea_and_shell import FAMILIES as SHELLED
from gen3d.foundry.solids import Solid, cone, joined, moved, pair, prism, scaled, turned
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot


def _elephant(k: Knobs) -> Pieces:
    fat, leg, ear = k("belly", 0.4, 0.52), k("legs", 0.34, 0.52), k("ears", 0.3, 0.48)
    back = leg + 0.75 * fat
    y, z = back + 0.28, 0.72
    trunk = k("trunk", 0.0, 1.0)
    tip = (0.0, y - 0.62 + 0.75 * trunk, z + 0.5 + 0.22 * trunk)
    nose = limb(
        [
            (0.0, y - 0.08, z + 0.2),
            (0.0, y - 0.38, z + 0.38),
            (0.0, y - 0.55 + 0.3 * trunk, z + 0.42 + 0.12 * trunk),
            tip,
        ],
        [0.18, 0.14, 0.11, 0.085],
        12,
        18,
    )
    tail = limb(
        [(0.0, back + 0.2, -0.62), (0.0, back - 0.05, -0.76), (0.0, back - 0.3, -0.72)],
        [0.06, 0.055, 0.07],
        8,
    )
    body = joined(
        ball((0.0, back, -0.08), fat, 0.95 * fat, 0.66, 16),
        ball((0.0, y, z - 0.08), 0.32, 0.34, 0.32, 16),
        legs(0.6 * fat, 0.3, -0.42, back, 0.165),
        nose,
        tail,
    )
    flap = turned(ball((0.75 * ear, 0.0, 0.0), ear, 1.15 * ear, 0.07), "y", 28.0)
    ears = pair(moved(flap, 0.16, y + 0.02, z - 0.12))
    tusk = limb(
        [(0.15, y - 0.18, z + 0.14), (0.19, y - 0.34, z + 0.34), (0.18, y - 0.32, z + 0.52)],
        [0.065, 0.06, 0.045],
        7,
    )
    pieces: Pieces = [("body", body), ("ears", ears)]
    if k.has("tusks"):
        pieces.append(("tusks", pair(tusk)))
    nail = sides(ball((0.0, 0.07, 0.1), 0.13, 0.07, 0.1), 0.6 * fat, 0.0, 0.3)
    feet = joined(nail, moved(nail, z=-0.72))
    return [*pieces, ("toenails", feet), ("eyes", eyes(0.22, y + 0.1, z + 0.14, 0.05))]


def _horse(k: Knobs) -> Pieces:
    fat, leg, neck = k("belly", 0.2, 0.29), k("legs", 0.55, 0.8), k("neck", 0.4, 0.6)
    back = leg + 0.8 * fat
    top = back + neck + 0.1
    arch = [(0.0, back + 0.05, 0.32), (0.0, back + 0.6 * neck, 0.52), (0.0, top, 0.64)]
    body = joined(
        limb(
            [(0.0, back, -0.44), (0.0, back - 0.03, -0.05), (0.0, back + 0.02, 0.32)],
            [1.05 * fat, 0.95 * fat, 1.02 * fat],
            8,
            32,
        ),
        limb(arch, [0.2, 0.15, 0.12], 8),
        limb(
            [(0.0, top + 0.06, 0.62), (0.0, top - 0.05, 0.82), (0.0, top - 0.2, 0.98)],
            [0.14, 0.12, 0.09],
            8,
        ),
        legs(0.6 * fat, 0.32, -0.46, back, 0.085),
        sides(spire((0.0, 0.0, 0.0), 0.055, 0.19, 10), 0.075, top + 0.13, 0.58),
    )
    hoof = sides(moved(cone(0.12, 0.15, 0.09, 16)), 0.6 * fat, 0.0, 0.32)
    hooves = joined(hoof, moved(hoof, z=-0.78))
    mane = limb(
        [
            (0.0, top + 0.2, 0.66),
            (0.0, top + 0.1, 0.5),
            (0.0, back + 0.6 * neck, 0.38),
            (0.0, back + 0.18, 0.14),
        ],
        [0.06, 0.085, 0.1, 0.07],
        10,
    )
    drop = k("tail", 0.3, 0.75)
    tail = limb(
        [(0.0, back + 0.12, -0.6), (0.0, back + 0.08, -0.82), (0.0, back - drop, -0.92)],
        [0.07, 0.1, 0.06],
        10,
    )
    return [
        ("body", body),
        ("mane", joined(mane, tail)),
        ("hooves", hooves),
        ("eyes", eyes(0.105, top + 0.06, 0.74, 0.04)),
    ]


def _dragon(k: Knobs) -> Pieces:
    girth, neck, tail = k("belly", 0.26, 0.38), k("neck", 0.25, 0.6), k("tail", 0.5, 0.9)
    path = [
        (0.0, 0.16, -0.4 - tail),
        (0.0, 0.2, -0.35 - 0.5 * tail),
        (0.0, 0.42, -0.15),
        (0.0, 0.72, 0.08),
        (0.0, 0.95 + 0.5 * neck, 0.16),
        (0.0, 1.1 + neck, 0.34),
    ]
    radii = [0.06, 0.14, girth, 0.82 * girth, 0.16, 0.15]
    curve, width = spine(path, radii, 24)
    y, z = 1.15 + neck, 0.44
    arm = limb(
        [(0.7 * girth, 0.78, 0.16), (0.85 * girth, 0.55, 0.34), (0.6 * girth, 0.5, 0.5)],
        [0.1, 0.085, 0.075],
        7,
    )
    thigh = ball((0.78 * girth, 0.3, -0.04), 0.17, 0.26, 0.26)
    foot = ball((0.85 * girth, 0.09, 0.2), 0.14, 0.09, 0.24)
    body = joined(
        limb(path, radii, 20, 24),
        pair(joined(arm, thigh, foot)),
        ball((0.0, y, z), 0.2, 0.18, 0.22),
        ball((0.0, y - 0.06, z + 0.24), 0.14, 0.1, 0.2),
        sides(bead((0.0, 0.0, 0.0), 0.055), 0.08, y + 0.03, z + 0.34),
    )
    horn = limb(
        [(0.1, y + 0.1, z - 0.06), (0.16, y + 0.3, z - 0.16), (0.17, y + 0.42, z - 0.3)],
        [0.07, 0.055, 0.035],
        6,
    )
    spike = cone(0.1, 0.24, 0.02, 10)
    ridge = along_back(curve, width, spike, {i: 0.8 + 0.02 * i for i in range(2, 20, 3)})
    barb = turned(spire((0.0, 0.0, 0.0), 0.15, 0.3, 4), "x", -90.0)
    horns = joined(pair(horn), ridge, moved(barb, 0.0, 0.16, -0.36 - tail))
    tummy = ball((0.0, 0.5, 0.1), 0.75 * girth, 0.42, 0.85 * girth)
    return [
        ("body", body),
        ("wings", _bat_wings(k("wings", 0.5, 0.95))),
        ("horns", horns),
        ("belly", tummy),
        ("eyes", eyes(0.13, y + 0.09, z + 0.13, 0.06)),
    ]


def _bat_wings(span: float) -> Solid:
    outline = [
        (0.0, 0.0),
        (0.35, -0.22),
        (0.55, -0.08),
        (0.75, -0.24),
        (0.9, -0.05),
        (1.15, -0.12),
        (1.1, 0.3),
        (0.85, 0.62),
        (0.4, 0.42),
        (0.0, 0.2),
    ]
    web = scaled(prism(outline, 0.09, 0.02), span, span, 1.0)
    arm = limb(
        [
            (0.0, 0.14 * span, 0.0),
            (0.42 * span, 0.42 * span, 0.0),
            (0.86 * span, 0.6 * span, 0.0),
            (1.1 * span, 0.3 * span, 0.0),
        ],
        [0.06, 0.065, 0.06, 0.05],
        8,
        10,
    )
    wing = turned(turned(joined(web, arm), "y", 24.0), "x", -12.0)
    return pair(moved(wing, 0.08, 0.72, -0.06))


FAMILIES: tuple[Family, ...] = (
    Family(
        "elephant",
        _elephant,
        (
            FATNESS,
            Knob("legs", "short-legged", "long-legged"),
            Knob("ears", "", "big-eared"),
            Knob("trunk"),
            Knob("tusks"),
        ),
        (
            Slot("body", FIGURE),
            Slot("ears", PATCH),
            Slot("tusks", ("bone", "plastic", "wood"), ("ivory", "white", "cream")),
            Slot("toenails", ("bone", "plastic"), ("cream", "ivory", "white")),
            BLACK_EYES,
        ),
        (0.1, 2.5),
    ),
    Family(
        "horse",
        _horse,
        (
            FATNESS,
            Knob("legs", "short-legged", "long-legged"),
            Knob("neck", "", "long-necked"),
            Knob("tail", "", "long-tailed"),
        ),
        (
            Slot("body", FIGURE),
            Slot("mane", ("fur", "plastic", "thatch", "wood")),
            Slot("hooves", ("bone", "plastic", "stone"), ("black", "dark brown", "grey")),
            BLACK_EYES,
        ),
        (0.15, 1.8),
    ),
    Family(
        "dragon",
        _dragon,
        (
            FATNESS,
            Knob("neck", "", "long-necked"),
            Knob("tail", "", "long-tailed"),
            Knob("wings", "", "large-winged"),
        ),
        (
            Slot("body", ("plastic", "ceramic", "clay", "stone", "bronze", "painted wood")),
            Slot("wings", ("leather", "plastic", "ceramic", "cloth", "bronze")),
            Slot("horns", ("bone", "gold", "plastic", "stone")),
            Slot("belly", ("plastic", "ceramic", "clay"), ("cream", "yellow", "beige", "orange")),
            BLACK_EYES,
        ),
        (0.15, 3.0),
    ),
    *PETS,
    *BIRDS,
    *SHELLED,
)
