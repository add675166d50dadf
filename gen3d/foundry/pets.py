# SPDX-License-Identifier: Apache-2.0
"""Cat, dog and rabbit as rounded figurines that look along +Z."""

from __future__ import annotations

from gen3d.foundry.figures import BLACK_EYES
from gen3d.foundry.parts_b import ball, bead, eyes, legs, limb, sides, spire
from gen3d.foundry.solids import Solid, joined, moved, pair, turned
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot

FIGURE = ("fur", "ceramic", "plastic", "wood", "bronze", "clay", "porcelain", "stone")
PATCH = ("fur", "ceramic", "plastic", "painted wood")
FATNESS = Knob("belly", "slim", "plump")


def _whiskered_face(y: float, z: float, head: float) -> Pieces:
    """Muzzle, nose and eyes of a round head."""
    muzzle = joined(
        sides(
            ball((0.0, 0.0, 0.0), 0.3 * head, 0.24 * head, 0.24 * head, 8),
            0.2 * head,
            y - 0.3 * head,
            z + 0.85 * head,
        ),
        ball((0.0, y - 0.45 * head, z + 0.75 * head), 0.24 * head, 0.2 * head, 0.22 * head, 8),
    )
    nose = bead((0.0, y - 0.14 * head, z + 1.02 * head), 0.15 * head, 0.11 * head, 0.11 * head)
    look = eyes(0.42 * head, y + 0.16 * head, z + 0.84 * head, 0.16 * head)
    return [("muzzle", muzzle), ("eyes", joined(nose, look))]


def _cat(k: Knobs) -> Pieces:
    fat, head, tall = k("belly", 0.27, 0.42), k("head", 0.24, 0.33), k("height", 0.55, 0.85)
    y = tall + 0.75 * head + 0.12
    trunk = limb(
        [(0.0, 0.26, -0.16), (0.0, 0.6 * tall, -0.06), (0.0, tall, 0.06)],
        [fat, 0.9 * fat, 0.2],
        10,
        32,
    )
    leg = limb(
        [(0.12, 0.75 * tall, 0.1), (0.13, 0.4, 0.2), (0.13, 0.1, 0.24)], [0.13, 0.1, 0.09], 8
    )
    haunch = ball((0.72 * fat, 0.22, -0.04), 0.17, 0.22, 0.28)
    ear = moved(
        turned(spire((0.0, 0.0, 0.0), 0.4 * head, 0.72 * head, 14), "z", -14.0),
        0.55 * head,
        y + 0.55 * head,
        0.08,
    )
    body = joined(
        trunk,
        ball((0.0, y, 0.12), 1.08 * head, 0.92 * head, 0.95 * head, 16),
        pair(joined(leg, haunch, ear)),
    )
    tail = k("tail", 0.4, 0.8)
    curl = limb(
        [
            (0.0, 0.12, -0.4),
            (0.25, 0.1, -0.5),
            (fat + 0.16, 0.11, -0.25),
            (fat + 0.2, 0.14 + 0.4 * tail, tail - 0.3),
        ],
        [0.1, 0.09, 0.08, 0.08],
        14,
    )
    paws = sides(ball((0.0, 0.0, 0.0), 0.11, 0.08, 0.14), 0.13, 0.08, 0.3)
    inner = turned(spire((0.0, 0.0, 0.0), 0.25 * head, 0.5 * head, 10), "z", -14.0)
    ears = pair(moved(inner, 0.55 * head, y + 0.58 * head, 0.08 + 0.2 * head))
    return [
        ("body", joined(body, curl)),
        *_whiskered_face(y, 0.12, head),
        ("paws", joined(paws)),
        ("ears", ears),
    ]


def _floppy_ears(head: float, y: float, z: float) -> Solid:
    one = limb(
        [
            (0.7 * head, y + 0.75 * head, z - 0.05),
            (1.08 * head, y + 0.35 * head, z),
            (1.1 * head, y - 0.55 * head, z + 0.02),
        ],
        [0.1, 0.12, 0.11],
        8,
    )
    return pair(one)


def _pointed_ears(head: float, y: float, z: float) -> Solid:
    one = turned(spire((0.0, 0.0, 0.0), 0.1, 0.3, 14), "z", -12.0)
    return pair(moved(one, 0.6 * head, y + 0.7 * head, z - 0.04))


def _dog(k: Knobs) -> Pieces:
    fat, long, leg = k("belly", 0.2, 0.3), k("length", 0.3, 0.5), k("legs", 0.28, 0.6)
    head = k("head", 0.21, 0.29)
    back = leg + 0.75 * fat
    y, z = back + fat + 0.28, long + 0.2
    trunk = limb(
        [(0.0, back, -long), (0.0, back - 0.03, 0.0), (0.0, back + 0.03, long)],
        [fat, 0.92 * fat, 1.05 * fat],
        8,
        32,
    )
    neck = limb([(0.0, back + 0.05, long), (0.0, y, z)], [0.8 * fat, 0.7 * head], 5)
    feet = sides(ball((0.0, 0.08, 0.06), 0.12, 0.08, 0.15), 0.75 * fat, 0.0, long)
    body = joined(
        trunk,
        neck,
        ball((0.0, y, z), head, 0.95 * head, head, 16),
        legs(0.75 * fat, long, -long, back, 0.1),
        feet,
        moved(feet, z=-2 * long),
    )
    snout = limb(
        [(0.0, y - 0.22 * head, z + 0.6 * head), (0.0, y - 0.32 * head, z + 1.55 * head)],
        [0.5 * head, 0.36 * head],
        5,
    )
    ears = (_floppy_ears if k.has("ears") else _pointed_ears)(head, y, z)
    tail = limb(
        [
            (0.0, back + 0.1, -long - 0.1),
            (0.0, back + 0.3, -long - 0.28),
            (0.0, back + 0.58, -long - 0.26),
        ],
        [0.1, 0.08, 0.06],
        8,
    )
    nose = bead((0.0, y - 0.12 * head, z + 1.85 * head), 0.2 * head, 0.16 * head, 0.14 * head)
    look = eyes(0.42 * head, y + 0.25 * head, z + 0.82 * head, 0.16 * head)
    return [
        ("body", joined(body, tail)),
        ("muzzle", snout),
        ("ears", ears),
        ("eyes", joined(nose, look)),
    ]


def _rabbit_ears(head: float, y: float, ear: float) -> Pieces:
    """Upright ears with their insides."""
    blade = limb(
        [
            (0.36 * head, y + 0.6 * head, 0.1),
            (0.5 * head, y + 0.6 * head + 0.5 * ear, 0.06),
            (0.62 * head, y + 0.6 * head + ear, 0.0),
        ],
        [0.09, 0.12, 0.07],
        8,
    )
    inner = limb(
        [
            (0.42 * head, y + 0.9 * head, 0.13),
            (0.5 * head, y + 0.6 * head + 0.5 * ear, 0.13),
            (0.58 * head, y + 0.6 * head + 0.85 * ear, 0.075),
        ],
        [0.05, 0.075, 0.05],
        7,
        10,
    )
    return [("body", pair(blade)), ("muzzle", pair(inner))]


def _hanging_ears(head: float, y: float, ear: float) -> Pieces:
    path = [
        (0.5 * head, y + 0.75 * head, 0.1),
        (1.05 * head, y + 0.55 * head, 0.1),
        (1.2 * head, y + 0.6 * head - 0.8 * ear, 0.12),
    ]
    return [("body", pair(limb(path, [0.09, 0.11, 0.1], 10)))]


def _rabbit(k: Knobs) -> Pieces:
    fat, head, ear = k("belly", 0.32, 0.44), k("head", 0.23, 0.31), k("ears", 0.4, 0.75)
    y = 0.95 * fat + 0.45 + 0.6 * head
    paw = limb([(0.15, 0.55, 0.62 * fat), (0.13, 0.36, 0.95 * fat)], [0.1, 0.085], 5)
    foot = ball((0.62 * fat, 0.09, 0.55 * fat), 0.13, 0.09, 0.27)
    thigh = ball((0.78 * fat, 0.28, 0.08), 0.16, 0.25, 0.26)
    body = joined(
        ball((0.0, 0.42, 0.0), fat, 0.44, 1.05 * fat, 16),
        ball((0.0, y, 0.1), head, 0.95 * head, head, 16),
        pair(joined(paw, foot, thigh)),
    )
    tail = ball((0.0, 0.2, -1.05 * fat), 0.15)
    tummy = ball((0.0, 0.44, 0.5 * fat), 0.66 * fat, 0.32, 0.6 * fat)
    ears = (_hanging_ears if k("droop") > 0.75 else _rabbit_ears)(head, y, ear)
    face = _whiskered_face(y, 0.1, head)
    return [("body", body), *ears, *face, ("tail", tail), ("belly", tummy)]


FAMILIES: tuple[Family, ...] = (
    Family(
        "cat",
        _cat,
        (FATNESS, Knob("head", "", "big-headed"), Knob("height", "short", "tall"), Knob("tail")),
        (
            Slot("body", FIGURE),
            Slot("muzzle", PATCH, ("white", "cream", "grey")),
            BLACK_EYES,
            Slot("paws", PATCH, ("white", "cream", "black")),
            Slot("ears", PATCH, ("pink", "white", "cream")),
        ),
        (0.1, 0.5),
    ),
    Family(
        "dog",
        _dog,
        (
            FATNESS,
            Knob("length", "short", "long"),
            Knob("legs", "short-legged", "long-legged"),
            Knob("head", "", "big-headed"),
            Knob("ears", "pointy-eared", "floppy-eared"),
        ),
        (
            Slot("body", FIGURE),
            Slot("muzzle", PATCH, ("white", "cream", "tan")),
            Slot("ears", PATCH, ("dark brown", "black", "brown")),
            BLACK_EYES,
        ),
        (0.1, 0.7),
    ),
    Family(
        "rabbit",
        _rabbit,
        (
            FATNESS,
            Knob("head"),
            Knob("ears", "short-eared", "long-eared"),
            Knob("droop", "", "floppy-eared"),
        ),
        (
            Slot("body", FIGURE),
            Slot("muzzle", PATCH, ("white", "cream", "pink")),
            BLACK_EYES,
            Slot("tail", PATCH, ("white", "cream")),
            Slot("belly", PATCH, ("white", "cream", "beige")),
        ),
        (0.1, 0.4),
    ),
)
