# SPDX-License-Identifier: Apache-2.0
"""Birds as rounded figurines: songbird, owl, penguin."""

from __future__ import annotations

from gen3d.foundry.figures import BLACK_EYES
from gen3d.foundry.parts_b import ball, bead, eyes, limb, rod, sides, spire, spread
from gen3d.foundry.solids import Solid, cone, joined, lathe, moved, pair, smooth_profile, turned
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot

FEATHERS = ("plastic", "ceramic", "fur", "wood", "painted wood", "porcelain", "clay", "bronze")
BEAK = ("plastic", "bone", "wood", "gold")


def _forward_cone(radius: float, length: float, y: float, z: float) -> Solid:
    return moved(turned(cone(radius, length, 0.15 * radius, 18), "x", 90.0), 0.0, y, z)


def _bird(k: Knobs) -> Pieces:
    fat, head, tail = k("belly", 0.3, 0.42), k("head", 0.22, 0.3), k("tail", 0.35, 0.7)
    leg = k("legs", 0.2, 0.42)
    y = leg + 0.8 * fat
    top, z = y + 0.62 * fat + 0.7 * head, 0.55 * fat + 0.1
    trunk = turned(ball((0.0, 0.0, 0.0), 0.88 * fat, fat, 1.35 * fat, 16), "x", -28.0)
    fan = turned(ball((0.0, 0.0, -0.75 * tail), 0.15, 0.06, tail), "x", 6.0)
    body = joined(
        moved(trunk, y=y),
        ball((0.0, top, z), head, n=16),
        limb([(0.0, y + 0.3 * fat, 0.4 * fat), (0.0, top, z)], [0.7 * fat, 0.8 * head], 5),
        moved(fan, 0.0, y - 0.15, -0.75 * fat),
    )
    wing = turned(
        turned(ball((0.0, 0.0, -0.1), 0.08, 0.55 * fat, 1.25 * fat), "x", -20.0), "y", 6.0
    )
    wings = pair(moved(wing, 0.82 * fat, y + 0.04, -0.06))
    beak = _forward_cone(0.42 * head, k("beak", 0.18, 0.4), top - 0.05, z + 0.82 * head)
    shank = rod((0.14, y - 0.5 * fat, -0.02), (0.14, 0.04, 0.02), 0.05)
    toes = joined(
        *(
            rod((0.14, 0.05, 0.0), (0.14 + x, 0.05, z), 0.048, 10)
            for x, z in ((-0.09, 0.2), (0.09, 0.2), (0.0, -0.16))
        )
    )
    breast = ball((0.0, y - 0.12 * fat, 0.5 * fat), 0.7 * fat, 0.75 * fat, 0.68 * fat)
    return [
        ("body", body),
        ("wings", wings),
        ("beak", joined(beak, pair(joined(shank, toes)))),
        ("breast", breast),
        ("eyes", eyes(0.62 * head, top + 0.22 * head, z + 0.66 * head, 0.055)),
    ]


def _owl(k: Knobs) -> Pieces:
    fat, tall, eye = k("belly", 0.38, 0.54), k("height", 0.85, 1.2), k("eyes", 0.13, 0.2)
    profile = [(0.55 * fat, 0.05), (fat, 0.4 * tall), (0.86 * fat, 0.75 * tall), (0.8 * fat, tall)]
    dome = [(0.55 * fat, tall + 0.22), (0.1 * fat, tall + 0.28)]
    body = lathe(smooth_profile([*profile, *dome], 20), 40)
    tuft = turned(spire((0.0, 0.0, 0.0), 0.14, 0.32, 14), "z", -22.0)
    ears = pair(moved(tuft, 0.5 * fat, tall + 0.08, 0.05))
    wing = turned(ball((0.0, 0.0, 0.0), 0.1, 0.42 * tall, 0.26), "z", 5.0)
    wings = pair(moved(wing, 0.95 * fat, 0.46 * tall, -0.02))
    y, z = 0.88 * tall, 0.72 * fat
    plates = sides(ball((0.0, 0.0, 0.0), 1.35 * eye, 1.35 * eye, 0.12), 0.95 * eye, y, z)
    belly = ball((0.0, 0.42 * tall, 0.5 * fat), 0.68 * fat, 0.32 * tall, 0.56 * fat)
    look = sides(ball((0.0, 0.0, 0.0), 0.8 * eye, 0.8 * eye, 0.1), 0.95 * eye, y, z + 0.07)
    beak = moved(turned(cone(0.09, 0.24, 0.02, 16), "x", 130.0), 0.0, y - 0.7 * eye, z + 0.06)
    claw = spread(
        ball((0.0, 0.0, 0.0), 0.065, 0.06, 0.13),
        [(x, 0.06, 0.62 * fat) for x in (-0.26, -0.14, 0.14, 0.26)],
    )
    return [
        ("body", joined(body, ears)),
        ("wings", wings),
        ("face", joined(plates, belly)),
        ("beak", joined(beak, claw)),
        ("eyes", look),
    ]


def _penguin(k: Knobs) -> Pieces:
    fat, tall, head = k("belly", 0.34, 0.5), k("height", 0.85, 1.25), k("head", 0.26, 0.34)
    profile = [(0.6 * fat, 0.06), (fat, 0.35 * tall), (0.85 * fat, 0.7 * tall), (0.8 * head, tall)]
    trunk = lathe(smooth_profile([*profile, (0.1, tall + 0.1)], 18), 40)
    y = tall + 0.5 * head
    tail = limb([(0.0, 0.2, -0.6 * fat), (0.0, 0.08, -1.15 * fat)], [0.14, 0.07], 5)
    body = joined(trunk, ball((0.0, y, 0.03), head, n=16), tail)
    flap = k("flippers", 8.0, 38.0)
    arm = turned(ball((0.0, -0.3 * tall, 0.0), 0.075, 0.36 * tall, 0.17), "z", flap)
    flippers = pair(moved(arm, 0.86 * fat, 0.78 * tall, 0.0))
    belly = joined(
        ball((0.0, 0.42 * tall, 0.3 * fat), 0.78 * fat, 0.38 * tall, 0.78 * fat, 16),
        sides(
            ball((0.0, 0.0, 0.0), 0.42 * head, 0.5 * head, 0.3 * head), 0.34 * head, y, 0.72 * head
        ),
    )
    beak = _forward_cone(0.36 * head, 0.3, y - 0.2 * head, 0.85 * head)
    feet = sides(ball((0.0, 0.0, 0.0), 0.19, 0.08, 0.26), 0.22, 0.08, 0.5 * fat)
    look = sides(bead((0.0, 0.0, 0.0), 0.062), 0.36 * head, y + 0.16 * head, 0.99 * head)
    return [
        ("body", joined(body, flippers)),
        ("belly", belly),
        ("beak", joined(beak)),
        ("feet", feet),
        ("eyes", look),
    ]


FAMILIES: tuple[Family, ...] = (
    Family(
        "bird",
        _bird,
        (
            Knob("belly", "slender", "plump"),
            Knob("head", "", "big-headed"),
            Knob("tail", "short-tailed", "long-tailed"),
            Knob("legs", "", "long-legged"),
            Knob("beak", "", "long-beaked"),
        ),
        (
            Slot("body", FEATHERS),
            Slot("wings", FEATHERS),
            Slot("beak", BEAK, ("orange", "yellow", "black", "grey")),
            Slot("breast", FEATHERS, ("white", "red", "yellow", "orange", "cream")),
            BLACK_EYES,
        ),
        (0.06, 0.3),
    ),
    Family(
        "owl",
        _owl,
        (
            Knob("belly", "slim", "plump"),
            Knob("height", "squat", "tall"),
            Knob("eyes", "", "big-eyed"),
        ),
        (
            Slot("body", FEATHERS),
            Slot("wings", FEATHERS),
            Slot("face", FEATHERS, ("cream", "white", "beige", "tan")),
            Slot("beak", BEAK, ("orange", "yellow", "black")),
            BLACK_EYES,
        ),
        (0.08, 0.5),
    ),
    Family(
        "penguin",
        _penguin,
        (
            Knob("belly", "slim", "plump"),
            Knob("height", "short", "tall"),
            Knob("head", "", "big-headed"),
            Knob("flippers"),
        ),
        (
            Slot("body", FEATHERS, ("black", "dark grey", "blue", "navy")),
            Slot("belly", FEATHERS, ("white", "cream")),
            Slot("beak", BEAK, ("orange", "yellow")),
            Slot("feet", BEAK, ("orange", "yellow", "black")),
            BLACK_EYES,
        ),
        (0.08, 0.9),
    ),
)
