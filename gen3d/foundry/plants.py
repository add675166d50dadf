# SPDX-License-Identifier: Apache-2.0
"""Plants: tree, pine tree, palm tree, bush, cactus, flower, potted plant."""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_b import ball, bead, bumpy, leaf, limb, ribbed, spine, spread
from gen3d.foundry.solids import (
    Solid,
    Vec3,
    around,
    cone,
    joined,
    lathe,
    moved,
    prism,
    turned,
    vessel,
)
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot

LEAF = ("leaf", "plastic", "cloth", "painted wood")
GREENS = ("green", "dark green", "light green", "olive")
BARK = ("bark", "wood", "plastic")
POT = ("clay", "ceramic", "plastic", "stone", "metal", "painted wood")
PETALS = ("cloth", "paper", "plastic", "porcelain", "glass")
EARTH = Slot("soil", ("bark", "clay"), ("dark brown", "brown"))


def _crown(places: list[tuple[Vec3, float]], lumps: float) -> Solid:
    """Clumps of leaves that run into each other."""
    return joined(
        *(
            bumpy(ball(at, size, 0.9 * size, size, 9), lumps, 6.0, 1.7 * i)
            for i, (at, size) in enumerate(places)
        )
    )


def _tree(k: Knobs) -> Pieces:
    tall, wide, girth = k("trunk", 0.5, 0.95), k("crown", 0.4, 0.62), k("girth", 0.09, 0.17)
    lift = k("shape", 0.5, 1.15)
    places: list[tuple[Vec3, float]] = [((0.0, tall + 0.75 * wide * lift, 0.0), wide)]
    for i in range(5):
        angle = 2.0 * np.pi * (i + 0.3) / 5
        out = 0.62 * wide
        y = tall + wide * (0.38 if i % 2 else 0.6)
        at = (out * float(np.sin(angle)), y, out * float(np.cos(angle)))
        places.append((at, 0.6 * wide))
    places.append(((0.06, tall + wide * (0.9 + 0.55 * lift), 0.02), 0.62 * wide))
    trunk = limb(
        [(0.0, 0.02, 0.0), (0.03, 0.5 * tall, 0.0), (0.0, tall + 0.3, 0.0)],
        [1.5 * girth, girth, 0.8 * girth],
        10,
        32,
    )
    branch = limb(
        [(0.0, 0.62 * tall, 0.0), (0.2, 0.85 * tall, 0.05), (0.36 * wide + 0.12, tall + 0.16, 0.1)],
        [0.6 * girth + 0.01, 0.055, 0.05],
        6,
    )
    roots = limb([(0.0, 0.12, 0.0), (0.0, 0.03, 1.9 * girth)], [0.6 * girth, 0.05], 3, 9)
    wood = joined(trunk, around(branch, 3, 40.0), around(roots, 5))
    pieces: Pieces = [("leaves", _crown(places, k("lumps", 0.02, 0.12))), ("trunk", wood)]
    if k("fruit") > 0.6:
        pieces.append(("fruits", _on_clumps(places, k.count("fruit", 2, 9), 0.075)))
    return pieces


def _on_clumps(places: list[tuple[Vec3, float]], count: int, size: float) -> Solid:
    """Small balls half sunk into the outside of clumps, spread by the golden angle."""
    found: list[Solid] = []
    for i in range(2 * count):
        (x, y, z), radius = places[i % len(places)]
        angle = (np.arctan2(x, z) if abs(x) + abs(z) > 0.1 else 2.39996 * i) + 0.7 * np.sin(2.6 * i)
        rise = 0.25 + 0.5 * np.sin(1.9 * i)
        flat = radius * float(np.cos(rise))
        found.append(
            ball(
                (
                    x + flat * float(np.sin(angle)),
                    y + 0.9 * radius * float(np.sin(rise)),
                    z + flat * float(np.cos(angle)),
                ),
                size,
                n=5,
            )
        )
    return joined(*found)


def _pine(k: Knobs) -> Pieces:
    tiers, wide, tall = k.count("tiers", 3, 5), k("width", 0.48, 0.78), k("height", 1.3, 1.9)
    stem = k("trunk", 0.2, 0.36)
    skirts: list[Solid] = []
    for i in range(tiers):
        share = i / tiers
        size, rise = wide * (1.0 - 0.75 * share), 1.55 * tall / tiers * (1.0 - 0.25 * share)
        profile = [(0.35 * size, 0.06), (size, 0.0), (0.97 * size, 0.11), (0.06, rise)]
        skirt = ribbed(lathe(profile, 40), 10, k("fringe", 0.0, 0.16))
        skirts.append(moved(turned(skirt, "y", 18.0 * i), y=stem + tall * share * 0.94))
    core = moved(cone(0.45 * wide, tall, 0.05, 24), y=stem)
    trunk = lathe([(0.14, 0.0), (0.1, stem + 0.3)], 24)
    pieces: Pieces = [("leaves", joined(core, *skirts)), ("trunk", trunk)]
    if k("decoration") > 0.55:
        pieces.append(("balls", _baubles(wide, tall, stem, tiers)))
        top = max(float(solid.verts[:, 1].max()) for solid in skirts)
        pieces.append(("star", moved(_star(0.17), y=top + 0.08)))
    return pieces


def _baubles(wide: float, tall: float, stem: float, tiers: int) -> Solid:
    places: list[Vec3] = []
    for i in range(tiers):
        size = wide * (1.0 - 0.75 * i / tiers) * 0.93
        for turn in 2.0 * np.pi / 5 * np.arange(5) + 0.5 * i:
            at = stem + tall * i / tiers * 0.94 + 0.06
            places.append((size * float(np.sin(turn)), at, size * float(np.cos(turn))))
    return spread(bead((0.0, 0.0, 0.0), 0.075), places)


def _star(size: float) -> Solid:
    """A five-pointed star facing +Z."""
    points = [(size * (1.0 if i % 2 == 0 else 0.45), np.pi / 2 + np.pi * i / 5) for i in range(10)]
    return prism([(r * float(np.cos(a)), r * float(np.sin(a))) for r, a in points], 0.1, 0.02)


def _palm(k: Knobs) -> Pieces:
    tall, lean, count = k("height", 1.1, 1.7), k("lean", 0.0, 0.5), k.count("fronds", 6, 9)
    path: list[Vec3] = [(0.0, 0.02, 0.0), (0.25 * lean, 0.5 * tall, 0.0), (lean, tall, 0.0)]
    curve, width = spine(path, [0.16, 0.11, 0.1], 12)
    rings = joined(
        *(
            moved(
                lathe([(0.85 * r, -0.05), (r + 0.03, 0.03), (0.8 * r, 0.06)], 20),
                float(p[0]),
                float(p[1]),
                0.0,
            )
            for p, r in zip(curve[1:-1], width[1:-1], strict=True)
        )
    )
    trunk = joined(limb(path, [0.16, 0.11, 0.1], 12, 32), rings)
    frond = turned(leaf(k("reach", 0.7, 1.05), 0.26, 0.13, k("droop", 0.25, 0.6)), "x", -12.0)
    upper = turned(leaf(0.6, 0.22, 0.12, 0.3), "x", -42.0)
    crown = joined(around(frond, count), around(upper, 4, 20.0), ball((0.0, 0.0, 0.0), 0.14))
    pieces: Pieces = [("leaves", moved(crown, lean, tall + 0.06, 0.0)), ("trunk", trunk)]
    if k.has("coconuts"):
        nuts = around(ball((0.15, -0.1, 0.0), 0.11), 3, 30.0)
        pieces.append(("coconuts", moved(nuts, lean, tall + 0.02, 0.0)))
    return pieces


def _bush(k: Knobs) -> Pieces:
    wide, tall, count = k("width", 0.45, 0.85), k("height", 0.35, 0.75), k.count("clumps", 5, 9)
    places: list[tuple[Vec3, float]] = [((0.0, 0.85 * tall, 0.0), 0.34 + 0.3 * tall)]
    for i in range(count):
        angle = 2.0 * np.pi * i / count
        out = 0.75 * wide * (1.0 if i % 2 else 0.82)
        size = 0.3 + 0.1 * float(np.sin(2.3 * i))
        at = (out * float(np.sin(angle)), 0.24 + 0.3 * tall * (i % 2), out * float(np.cos(angle)))
        places.append((at, size))
    places.append(((0.0, 0.3, 0.0), 0.6 * wide))
    stems = around(limb([(0.06, 0.0, 0.0), (0.12, 0.3, 0.0)], [0.09, 0.08], 4, 12), 4)
    pieces: Pieces = [("leaves", _crown(places, k("lumps", 0.03, 0.12)))]
    pieces.append(("stems", moved(stems, y=-0.1)))
    if k.has("blossom"):
        pieces.append(("blossoms", _on_clumps(places[:-1], k.count("blossom", 5, 12), 0.085)))
    return pieces


def _cactus(k: Knobs) -> Pieces:
    tall, fat, ribs = k("height", 0.9, 1.5), k("girth", 0.17, 0.28), k.count("ribs", 8, 12)
    flutes = k("furrows", 0.06, 0.2)
    column = ribbed(
        limb(
            [(0.0, 0.0, 0.0), (0.0, 0.5 * tall, 0.0), (0.0, tall, 0.0)],
            [0.9 * fat, fat, 0.9 * fat],
            10,
            4 * ribs,
        ),
        ribs,
        flutes,
    )
    pieces: Pieces = []
    arms: list[Solid] = [column]
    for i in range(k.count("arms", 1, 3)):
        side = (1.0, -1.0, 0.6)[i]
        y, reach = tall * (0.34 + 0.14 * i), fat + 0.2 + 0.04 * i
        rise = 0.5 * tall * (1.0 - 0.18 * i)
        path: list[Vec3] = [
            (0.0, y, 0.0),
            (0.8 * side * reach, y + 0.02, 0.0),
            (side * (reach + 0.07), y + 0.22, 0.0),
            (side * (reach + 0.07), y + rise, 0.0),
        ]
        arms.append(turned(limb(path, [0.6 * fat] * 4, 12, 18), "y", (0.0, 0.0, -70.0)[i]))
    base = 0.0
    if k.has("pot"):
        pieces += _pot(0.36 + 0.5 * fat, 0.42, 0.8)
        base = 0.38
    pieces.insert(0, ("body", moved(joined(*arms), y=base + 0.02)))
    if k("flowers") > 0.45:
        pieces.append(("flower", moved(_blossom(k("flowers", 0.12, 0.22)), y=base + tall + fat)))
    return pieces


def _blossom(size: float) -> Solid:
    petal = turned(ball((0.0, 0.0, 0.7 * size), 0.5 * size, 0.055, 0.6 * size, 7), "x", -32.0)
    return joined(around(petal, 5), ball((0.0, 0.02, 0.0), 0.5 * size))


def _pot(radius: float, tall: float, taper: float) -> Pieces:
    """A flower pot with a rim, filled with soil."""
    wall = 0.08
    profile = [
        (taper * radius, 0.0),
        (radius, 0.78 * tall),
        (1.1 * radius, 0.78 * tall + 0.01),
        (1.12 * radius, tall),
    ]
    soil = lathe([(taper * radius, 0.12), (radius - 0.02, tall - 0.07), (0.0, tall - 0.03)], 32)
    return [("pot", vessel(profile, wall, 40)), ("soil", soil)]


def _flower(k: Knobs) -> Pieces:
    count, size, tall = k.count("petals", 5, 10), k("size", 0.3, 0.46), k("stem", 0.75, 1.3)
    wide = float(min(0.5, 2.7 / count))
    petal = ball((0.0, 0.0, 0.62 * size), wide * size, 0.055, 0.56 * size)
    lift = k("openness", -42.0, 4.0)
    ring = around(turned(petal, "x", lift), count)
    heart = ball((0.0, 0.03, 0.0), 0.34 * size, 0.14, 0.34 * size)
    tilt, bend = k("tilt", 30.0, 80.0), 0.12
    face = (0.0, tall + 0.04, bend + 0.05)
    head = [moved(turned(solid, "x", tilt), *face) for solid in (ring, heart)]
    stalk = limb(
        [(0.0, 0.02, 0.0), (0.04, 0.5 * tall, -0.03), (0.0, tall, bend)], [0.06, 0.05, 0.055], 12
    )
    blade = turned(leaf(0.5, 0.22, 0.07), "x", -35.0)
    leaves = joined(
        moved(turned(blade, "y", 80.0), 0.03, 0.3 * tall, -0.02),
        moved(turned(blade, "y", -100.0), 0.02, 0.42 * tall, -0.02),
    )
    return [("petals", head[0]), ("heart", head[1]), ("stem", stalk), ("leaves", leaves)]


def _potted_plant(k: Knobs) -> Pieces:
    wide, tall, count = k("pot", 0.3, 0.42), k("height", 0.42, 0.62), k.count("leaves", 6, 10)
    length = k("size", 0.6, 1.0)
    pieces = _pot(wide, tall, k("taper", 0.65, 1.0))
    blades: list[Solid] = []
    for i in range(count):
        ring = i % 2
        blade = leaf(
            length * (0.85 if ring else 1.1), k("width", 0.2, 0.42), 0.11, k("droop", 0.1, 0.6)
        )
        lean = (-40.0, -66.0)[1 - ring]
        blades.append(turned(turned(moved(blade, z=0.02), "x", lean), "y", 137.5 * i))
    stalk = limb([(0.0, tall - 0.16, 0.0), (0.0, tall + 0.12, 0.0)], [0.1, 0.08], 4)
    tuft = moved(joined(*blades), y=tall - 0.02)
    return [("leaves", joined(tuft, stalk)), *pieces]


FAMILIES: tuple[Family, ...] = (
    Family(
        "tree",
        _tree,
        (
            Knob("trunk", "short", "tall"),
            Knob("crown", "slender", "broad"),
            Knob("girth", "", "stout"),
            Knob("shape"),
            Knob("lumps"),
            Knob("fruit"),
        ),
        (
            Slot("leaves", LEAF, (*GREENS, "orange", "red", "yellow", "pink")),
            Slot("trunk", BARK, ("brown", "dark brown", "grey")),
            Slot("fruits", ("fruit", "plastic"), ("red", "orange", "yellow", "pink")),
        ),
        (0.2, 12.0),
    ),
    Family(
        "pine tree",
        _pine,
        (
            Knob("tiers"),
            Knob("width", "slender", "broad"),
            Knob("height", "short", "tall"),
            Knob("trunk"),
            Knob("fringe"),
            Knob("decoration", "", "decorated"),
        ),
        (
            Slot("leaves", LEAF, ("dark green", "green", "olive", "white")),
            Slot("trunk", BARK, ("brown", "dark brown")),
            Slot("balls", ("glass", "plastic", "gold"), ("red", "blue", "purple", "white")),
            Slot("star", ("gold", "plastic", "paper"), ("yellow", "white", "red")),
        ),
        (0.2, 15.0),
    ),
    Family(
        "palm tree",
        _palm,
        (
            Knob("height", "short", "tall"),
            Knob("lean", "straight", "leaning"),
            Knob("fronds"),
            Knob("reach"),
            Knob("droop", "", "drooping"),
            Knob("coconuts"),
        ),
        (
            Slot("leaves", LEAF, GREENS),
            Slot("trunk", BARK, ("brown", "tan", "grey")),
            Slot("coconuts", ("bark", "wood", "plastic"), ("brown", "dark brown", "green")),
        ),
        (0.2, 10.0),
    ),
    Family(
        "bush",
        _bush,
        (
            Knob("width", "narrow", "broad"),
            Knob("height", "low", "tall"),
            Knob("clumps"),
            Knob("lumps"),
            Knob("blossom", "", "flowering"),
        ),
        (
            Slot("leaves", LEAF, GREENS),
            Slot("stems", BARK, ("brown", "dark brown")),
            Slot("blossoms", PETALS, ("white", "pink", "red", "yellow", "purple")),
        ),
        (0.2, 2.0),
    ),
    Family(
        "cactus",
        _cactus,
        (
            Knob("height", "short", "tall"),
            Knob("girth", "slender", "stout"),
            Knob("ribs"),
            Knob("furrows", "smooth", "ribbed"),
            Knob("arms"),
            Knob("pot", "", "potted"),
            Knob("flowers", "", "flowering"),
        ),
        (
            Slot("body", ("leaf", "plastic", "cloth", "ceramic"), GREENS),
            Slot("pot", POT),
            EARTH,
            Slot("flower", PETALS, ("pink", "red", "yellow", "white", "orange")),
        ),
        (0.1, 3.0),
    ),
    Family(
        "flower",
        _flower,
        (
            Knob("petals"),
            Knob("size", "", "large"),
            Knob("stem", "short-stemmed", "long-stemmed"),
            Knob("openness", "", "open"),
            Knob("tilt"),
        ),
        (
            Slot("petals", PETALS, ("red", "yellow", "pink", "white", "purple", "blue", "orange")),
            Slot("heart", ("plastic", "cloth", "fur"), ("yellow", "brown", "orange")),
            Slot("stem", ("leaf", "plastic"), ("green", "dark green")),
            Slot("leaves", LEAF, GREENS),
        ),
        (0.1, 0.6),
    ),
    Family(
        "potted plant",
        _potted_plant,
        (
            Knob("pot", "", "large-potted"),
            Knob("height"),
            Knob("leaves"),
            Knob("size", "small", "large"),
            Knob("taper"),
            Knob("width", "narrow-leaved", "broad-leaved"),
            Knob("droop", "", "drooping"),
        ),
        (Slot("leaves", LEAF, GREENS), Slot("pot", POT), EARTH),
        (0.15, 1.5),
    ),
)
