# SPDX-License-Identifier: Apache-2.0
"""Soft and simple figures: teddy bear, rubber duck, snowman."""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_b import ball, bead, disc, eyes, limb, rod, sides, spread
from gen3d.foundry.solids import (
    Solid,
    Vec3,
    cone,
    cylinder,
    joined,
    moved,
    pair,
    scaled,
    torus,
    turned,
)
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot

PLUSH = ("fur", "cloth", "leather")
BLACK_EYES = Slot("eyes", ("glass", "plastic"), ("black",))


def _teddy_bear(k: Knobs) -> Pieces:
    fat, head = k("belly", 0.33, 0.46), k("head", 0.31, 0.4)
    y = 0.93 + 0.75 * head
    arm = limb(
        [(fat - 0.1, 0.78, 0.05), (fat + 0.12, 0.55, 0.2), (fat + 0.14, 0.42, 0.34)],
        [0.12, 0.14, 0.13],
        8,
    )
    leg = limb([(0.22, 0.2, 0.1), (0.33, 0.18, 0.62)], [0.17, 0.18], 6)
    ear = ball((0.76 * head, y + 0.74 * head, 0.0), 0.36 * head, 0.36 * head, 0.12)
    inner = ball((0.76 * head, y + 0.74 * head, 0.06), 0.22 * head, 0.22 * head, 0.09)
    body = joined(
        ball((0.0, 0.5, 0.0), fat, 0.48, 0.9 * fat),
        ball((0.0, y, 0.03), 1.05 * head, 0.95 * head, 0.92 * head),
        pair(joined(arm, leg, ear)),
    )
    snout = ball((0.0, y - 0.24 * head, 0.03 + 0.8 * head), 0.44 * head, 0.36 * head, 0.34 * head)
    pads = sides(disc((0.0, 0.0, 0.0), 0.13, 0.1), 0.34, 0.18, 0.77)
    tummy = ball((0.0, 0.48, 0.62 * fat), 0.68 * fat, 0.33, 0.36 * fat)
    face = joined(
        eyes(0.36 * head, y + 0.12 * head, 0.86 * head, 0.05),
        bead((0.0, y - 0.12 * head, 0.05 + 1.1 * head), 0.16 * head, 0.11 * head, 0.09 * head),
    )
    pieces: Pieces = [("body", body), ("muzzle", joined(snout, pads, tummy, pair(inner)))]
    pieces.append(("eyes", face))
    if k.has("bow"):
        pieces.append(("bow tie", _bow(0.89, 0.85 * fat)))
    return pieces


def _bow(y: float, z: float) -> Solid:
    loop = turned(ball((0.16, 0.0, 0.0), 0.17, 0.11, 0.07), "z", 8.0)
    return moved(joined(pair(loop), ball((0.0, 0.0, 0.02), 0.07, 0.08, 0.08, 8)), 0.0, y, z - 0.02)


def _rubber_duck(k: Knobs) -> Pieces:
    fat, head, long = k("belly", 0.36, 0.5), k("head", 0.25, 0.34), k("length", 0.5, 0.64)
    y, z = 0.52 + 0.85 * head, 0.42 * long
    tail = limb(
        [(0.0, 0.4, -0.5 * long), (0.0, 0.5, -0.9 * long), (0.0, 0.66, -1.15 * long)],
        [0.2, 0.14, 0.05],
        10,
    )
    wing = turned(ball((0.0, 0.0, 0.0), 0.09, 0.19, 0.6 * long), "x", 14.0)
    wings = joined(*(moved(wing, s * (fat - 0.03), 0.42, -0.1) for s in (-1.0, 1.0)))
    body = joined(
        ball((0.0, 0.34, 0.0), fat, 0.34, long),
        ball((0.0, y, z), head),
        tail,
        moved(cone(0.75 * head, 0.5, 0.5 * head), 0.0, 0.35, 0.9 * z),
        wings,
    )
    lift = k("beak", 0.0, 22.0)
    upper = turned(ball((0.0, 0.02, 0.1), 0.62 * head, 0.06, 0.2), "x", -lift)
    lower = turned(ball((0.0, -0.02, 0.07), 0.5 * head, 0.05, 0.16), "x", 0.6 * lift)
    beak = moved(joined(upper, lower), 0.0, y - 0.16 * head, z + 0.8 * head)
    look = eyes(0.46 * head, y + 0.25 * head, z + 0.8 * head, 0.22 * head)
    return [("body", body), ("beak", beak), ("eyes", look)]


def _snowman(k: Knobs) -> Pieces:
    low, head = k("belly", 0.44, 0.6), k("head", 0.24, 0.34)
    middle = 0.5 * (low + head)
    balls = [(0.85 * low, low)]
    if k("tiers") >= 0.35:
        balls.append((balls[-1][0] + 0.75 * (low + middle), middle))
    balls.append((balls[-1][0] + 0.75 * (balls[-1][1] + head), head))
    body = joined(*(ball((0.0, y, 0.0), r) for y, r in balls))
    y, chest = balls[-1][0], balls[-2]
    nose = moved(turned(cone(0.09, k("nose", 0.25, 0.5), 0.015, 20), "x", 90.0), 0.0, y, 0.9 * head)
    at = [(0.0, chest[0] + d * chest[1], chest[1] * float(np.sqrt(1 - d * d))) for d in (0.45, 0.0)]
    dots = joined(
        eyes(0.35 * head, y + 0.28 * head, 0.88 * head, 0.055),
        spread(bead((0.0, 0.0, 0.0), 0.06), at),
    )
    pieces: Pieces = [("body", body), ("nose", nose), ("eyes", dots)]
    if k.has("hat"):
        brim = cylinder(1.05 * head, 0.09, 0.03)
        hat = joined(brim, cylinder(0.7 * head, 1.25 * head, 0.03))
        pieces.append(("hat", moved(hat, y=y + 0.68 * head)))
    if k.has("scarf"):
        ring = moved(scaled(torus(0.72 * head, 0.1), 1.0, 0.9, 1.0), y=y - 0.78 * head)
        end = rod(
            (0.4 * head, y - 0.8 * head, 0.8 * head),
            (0.5 * head, y - 0.8 * head - 0.4, chest[1] + 0.02),
            0.08,
        )
        pieces.append(("scarf", joined(ring, end)))
    stick = chest[0] + 0.25 * chest[1]
    hand: Vec3 = (chest[1] + 0.42, stick + 0.25, 0.1)
    fork = rod((hand[0] - 0.14, hand[1] - 0.08, 0.07), (hand[0], hand[1] + 0.16, 0.0), 0.05)
    twig = joined(rod((0.8 * chest[1], stick, 0.0), hand, 0.055), fork)
    return [*pieces, ("arms", pair(twig))]


FAMILIES: tuple[Family, ...] = (
    Family(
        "teddy bear",
        _teddy_bear,
        (Knob("belly", "slim", "chubby"), Knob("head", "", "big-headed"), Knob("bow")),
        (
            Slot("body", PLUSH, ("brown", "tan", "beige", "pink", "white", "dark brown")),
            Slot("muzzle", PLUSH, ("cream", "beige", "white", "tan")),
            BLACK_EYES,
            Slot("bow tie", ("cloth",)),
        ),
        (0.2, 0.8),
    ),
    Family(
        "rubber duck",
        _rubber_duck,
        (Knob("belly", "slim", "plump"), Knob("head"), Knob("length", "short"), Knob("beak")),
        (
            Slot("body", ("rubber", "plastic"), ("yellow",)),
            Slot("beak", ("rubber", "plastic"), ("orange", "red")),
            BLACK_EYES,
        ),
        (0.06, 0.15),
    ),
    Family(
        "snowman",
        _snowman,
        (
            Knob("belly", "slim", "fat"),
            Knob("head"),
            Knob("tiers"),
            Knob("nose", "", "long-nosed"),
            Knob("hat"),
            Knob("scarf"),
        ),
        (
            Slot("body", ("plaster", "plastic", "cloth"), ("white",)),
            Slot("nose", ("painted wood", "plastic", "wax"), ("orange",)),
            Slot("eyes", ("stone", "plastic"), ("black",)),
            Slot("hat", ("cloth", "leather", "plastic"), ("black", "red", "blue", "brown")),
            Slot("scarf", ("cloth",)),
            Slot("arms", ("wood", "bark"), ("brown", "dark brown")),
        ),
        (0.3, 2.0),
    ),
)
