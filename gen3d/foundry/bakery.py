# SPDX-License-Identifier: Apache-2.0
"""Baked things and sweets: doughnut, cake, ice cream cone, hamburger, cupcake, loaf of bread."""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_b import ball, block, bumpy, ribbed, side_prism, spread
from gen3d.foundry.solids import (
    Solid,
    Vec3,
    cone,
    cylinder,
    ellipsoid,
    joined,
    lathe,
    moved,
    scaled,
    smooth_profile,
    torus,
    tube,
    turned,
)
from gen3d.foundry.thing import Family, Knob, Knobs, Pieces, Slot

DOUGH = ("bread", "plastic", "clay")
SWEET = ("icing", "plastic", "wax")
CAKE_COLOURS = ("pink", "white", "brown", "yellow", "light green", "light blue", "purple")


def _ring(count: int, radius: float, y: float, start: float = 0.0) -> list[Vec3]:
    angles = start + 2.0 * np.pi / count * np.arange(count)
    return [(radius * float(np.sin(a)), y, radius * float(np.cos(a))) for a in angles]


def _cherry(y: float, size: float = 0.12) -> Solid:
    return ball((0.0, y, 0.0), size)


def _doughnut(k: Knobs) -> Pieces:
    ring, tube_ = k("size", 0.5, 0.62), k("girth", 0.2, 0.31)
    body = scaled(torus(ring, tube_, 48), 1.0, k("height", 0.8, 1.05), 1.0)
    high = tube_ * k("height", 0.8, 1.05)
    glaze = scaled(torus(ring, 0.98 * tube_, 48), 1.0, high / tube_, 1.0)
    x, y, z = glaze.verts.T
    angle = np.arctan2(x, z)
    out = np.hypot(x, z) - ring
    # The glaze is the upper half of a slightly larger ring; its edge runs down in waves.
    edge = 0.12 * high * np.sin(7.0 * angle) * np.sign(out)
    flat = np.maximum(y, edge)
    grown = (ring + out * 1.06) / np.maximum(ring + out, 1e-9)
    icing = Solid(np.stack([x * grown, flat + 0.035, z * grown], 1), glaze.faces)
    pieces: Pieces = [("body", body), ("icing", icing)]
    if k("sprinkles") > 0.3:
        pieces.append(("sprinkles", _sprinkles(k.count("sprinkles", 10, 26), ring, tube_, high)))
    tilt = k("tilt", 0.0, 55.0)
    return [(name, turned(solid, "x", tilt)) for name, solid in pieces]


def _sprinkles(count: int, ring: float, tube_: float, high: float) -> Solid:
    """Short rods lying on the glaze, spread by the golden angle."""
    found: list[Solid] = []
    for i in range(count):
        angle = 2.39996 * i
        across = 0.6 * np.sin(5.1 * i + 0.6)
        out = ring + across * tube_
        y = 0.05 + high * float(np.sqrt(1.0 - across**2)) * 0.98
        grain = turned(scaled(ellipsoid(0.045, detail=5), 1.0, 0.9, 2.0), "y", 97.0 * i)
        found.append(moved(grain, out * float(np.sin(angle)), y, out * float(np.cos(angle))))
    return joined(*found)


def _cake(k: Knobs) -> Pieces:
    tiers, wide, tall = k.count("tiers", 1, 3), k("width", 0.62, 0.8), k("height", 0.32, 0.5)
    sponge: list[Solid] = []
    cream: list[Solid] = []
    y, radius = 0.08, wide
    for _ in range(tiers):
        sponge.append(moved(cylinder(radius, tall, 0.03, 44), y=y))
        cream.append(_drips(radius, y + tall, 0.45 * tall))
        y, radius = y + tall, 0.68 * radius
    plate = lathe([(0.75 * wide, 0.0), (1.2 * wide, 0.04), (1.2 * wide, 0.1)], 44)
    pieces: Pieces = [("body", joined(*sponge)), ("icing", joined(*cream)), ("plate", plate)]
    count = k.count("candles", 0, 5)
    top = radius / 0.68
    if count == 0:
        return [*pieces, ("cherries", spread(_cherry(0.0, 0.1), _ring(6, 0.72 * top, y + 0.1)))]
    stick = joined(
        cylinder(0.055, 0.34, 0.0, 12),
        moved(scaled(ellipsoid(0.06, detail=5), 1.0, 1.6, 1.0), y=0.39),
    )
    places = _ring(count, 0.5 * top if count > 1 else 0.0, y)
    return [*pieces, ("candles", spread(stick, places))]


def _drips(radius: float, y: float, length: float) -> Solid:
    """A layer of icing on a tier, its rim running down in tongues."""
    cap = lathe([(radius + 0.04, -0.1), (radius + 0.055, 0.0), (radius, 0.06)], 44)
    drop = ball((0.0, 0.0, 0.0), 0.1, 0.75 * length, 0.07, 5)
    return moved(joined(cap, spread(drop, _ring(9, radius + 0.01, -0.1))), y=y)


def _ice_cream(k: Knobs) -> Pieces:
    scoops, wide, long = k.count("scoops", 1, 3), k("width", 0.36, 0.46), k("cone", 0.75, 1.1)
    waffle = ribbed(lathe([(0.05, 0.0), (0.95 * wide, long), (wide, long + 0.05)], 48), 12, 0.07)
    rim = moved(torus(wide - 0.01, 0.055, 40), y=long)
    pieces: Pieces = [("cone", joined(waffle, rim))]
    y = long + 0.55 * wide
    for i in range(scoops):
        size = wide * (1.08 - 0.07 * i)
        frill = moved(
            lathe([(1.02 * size, 0.0), (1.12 * size, 0.05), (0.9 * size, 0.12)], 36), y=-0.45 * size
        )
        lump = joined(
            bumpy(ellipsoid(size, detail=16), 0.03, 4.0, float(i)), ribbed(frill, 9, 0.08)
        )
        pieces.append((("ice cream", "upper scoop")[i % 2], moved(lump, y=y)))
        y += 1.2 * size
    top = y - 0.3 * wide
    if k("topping") < 0.4:
        pieces.append(("topping", _cherry(top + 0.14, 0.13)))
    elif k("topping") < 0.75:
        roll = turned(cylinder(0.08, 0.6, 0.01, 20), "z", -24.0)
        pieces.append(("topping", moved(roll, 0.08, top - 0.12, 0.0)))
    return pieces


def _hamburger(k: Knobs) -> Pieces:
    dome, patty, wide = k("bun", 0.3, 0.52), k("patty", 0.14, 0.26), k("width", 0.62, 0.75)
    y = 0.24
    low = cylinder(0.97 * wide, 0.26, 0.1, 44)
    meat = moved(bumpy(cylinder(1.03 * wide, patty, 0.05, 44), 0.015, 9.0), y=y)
    y += patty
    pieces: Pieces = [("patty", meat)]
    if k.has("cheese"):
        slab = turned(block((0.0, 0.0, 0.0), 1.52 * wide, 0.075, 1.52 * wide, 0.02), "y", 20.0)
        pieces.append(("cheese", moved(slab, y=y - 0.02)))
        y += 0.05
    if k("tomato") > 0.35:
        pieces.append(("tomato", moved(cylinder(0.98 * wide, 0.11, 0.03, 40), y=y - 0.02)))
        y += 0.07
    pieces.append(("lettuce", moved(_frill(1.1 * wide), y=y + 0.03)))
    y += 0.07
    crown = [(0.98 * wide, 0.0), (1.06 * wide, 0.1), (0.85 * wide, 0.72 * dome), (0.0, dome + 0.04)]
    top = moved(lathe(smooth_profile(crown, 14), 44), y=y)
    seeds = _sesame(k.count("seeds", 8, 18), wide, dome)
    return [("bun", joined(low, top)), *pieces, ("seeds", moved(seeds, y=y))]


def _frill(radius: float) -> Solid:
    """A thick wavy leaf lying flat."""
    plate = cylinder(radius, 0.1, 0.03, 72)
    x, y, z = plate.verts.T
    share = np.hypot(x, z) / radius
    wave = share**4 * np.sin(11.0 * np.arctan2(x, z))
    factor = 1.0 + 0.05 * wave
    return Solid(np.stack([x * factor, y - 0.05 + 0.05 * wave, z * factor], 1), plate.faces)


def _sesame(count: int, wide: float, dome: float) -> Solid:
    seeds: list[Solid] = []
    for i in range(count):
        out = 0.72 * float(np.sqrt((i + 0.5) / count))
        angle = 2.39996 * i
        seed = scaled(ellipsoid(0.05, detail=5), 0.8, 0.7, 1.2)
        y = dome * float(np.sqrt(max(1.0 - (out / 1.06) ** 2, 0.0))) + 0.015
        x, z = out * wide * float(np.sin(angle)), out * wide * float(np.cos(angle))
        seeds.append(moved(turned(seed, "y", 40.0 * i), x, y, z))
    return joined(*seeds)


def _cupcake(k: Knobs) -> Pieces:
    wide, tall, swirl = k("width", 0.42, 0.55), k("height", 0.42, 0.62), k("icing", 0.45, 0.8)
    flutes = lathe([(0.72 * wide, 0.0), (1.04 * wide, tall), (0.9 * wide, tall + 0.04)], 96)
    pieces: Pieces = [("wrapper", ribbed(flutes, 24, 0.06))]
    if k.has("style"):
        pieces.append(("icing", moved(_swirl(1.12 * wide, swirl), y=tall)))
    else:
        profile = [(1.0 * wide, 0.0), (1.16 * wide, 0.12), (0.8 * wide, 0.6 * swirl), (0.0, swirl)]
        pieces.append(("icing", moved(lathe(smooth_profile(profile, 14), 44), y=tall - 0.02)))
    top = tall + swirl + (0.02 if not k.has("style") else 0.06)
    if k("cherry") > 0.4:
        return [*pieces, ("cherry", _cherry(top + 0.07, 0.13))]
    beads = joined(*(ball(p, 0.055, n=5) for p in _ring(8, 0.78 * wide, tall + 0.5 * swirl)))
    return [*pieces, ("cherry", joined(_cherry(top + 0.03, 0.08), beads))]


def _swirl(radius: float, height: float) -> Solid:
    """Icing piped in rings that wind up to a point."""
    t = np.linspace(0.0, 1.0, 46)
    angle = 2.0 * np.pi * 2.6 * t
    reach = radius * 0.7 * (1.0 - t) ** 0.8
    path = [
        (float(r * np.sin(a)), float(0.1 + s * (height - 0.08)), float(r * np.cos(a)))
        for r, a, s in zip(reach, angle, t, strict=True)
    ]
    thick = [float(0.36 * radius * (1.0 - 0.62 * s)) for s in t]
    return joined(tube(path, thick, 18), cone(0.95 * radius, height, 0.05, 32))


def _loaf(k: Knobs) -> Pieces:
    long, tall, wide = k("length", 0.95, 1.5), k("height", 0.5, 0.75), k("width", 0.55, 0.7)
    half = wide / 2
    outline = [
        (-0.86 * half, 0.0),
        (0.86 * half, 0.0),
        (0.9 * half, 0.45 * tall),
        (1.1 * half, 0.66 * tall),
        (1.0 * half, 0.88 * tall),
        (0.5 * half, tall),
        (-0.5 * half, tall),
        (-1.0 * half, 0.88 * tall),
        (-1.1 * half, 0.66 * tall),
        (-0.9 * half, 0.45 * tall),
    ]
    smooth = _rounded(outline)
    body = side_prism(smooth, long, 0.06)
    cuts = k.count("cuts", 2, 5)
    score = scaled(ellipsoid(0.09, detail=8), 0.55, 0.5, 0.95 * half / 0.09)
    places: list[Vec3] = [
        (float(x), tall - 0.01, 0.0) for x in np.linspace(-0.36 * long, 0.36 * long, cuts)
    ]
    scores = spread(turned(score, "y", k("slant", 0.0, 35.0)), places)
    end = scaled(side_prism(smooth, 0.06, 0.01), 1.0, 0.88, 0.88)
    crumb = moved(end, long / 2 - 0.01, 0.05 * tall)
    pieces: Pieces = [("body", body), ("scores", scores), ("crumb", crumb)]
    if k.has("slice"):
        cut = side_prism(smooth, 0.14, 0.02)
        fallen = moved(turned(cut, "z", -24.0), long / 2 + 0.02, 0.0, 0.0)
        inner = moved(
            turned(scaled(side_prism(smooth, 0.17, 0.01), 1.0, 0.86, 0.86), "z", -24.0),
            long / 2 + 0.03,
            0.05 * tall,
            0.0,
        )
        pieces += [("body", fallen), ("crumb", inner)]
    return [(name, turned(solid, "y", -25.0)) for name, solid in pieces]


def _rounded(outline: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Chaikin's corner cutting (1974), twice."""
    points = np.array(outline)
    for _ in range(2):
        following = np.roll(points, -1, axis=0)
        pairs = np.stack([0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], 1)
        points = pairs.reshape(-1, 2)
    return [(float(x), float(y)) for x, y in points]


FAMILIES: tuple[Family, ...] = (
    Family(
        "doughnut",
        _doughnut,
        (
            Knob("size"),
            Knob("girth", "slim", "fat"),
            Knob("height", "flat", ""),
            Knob("sprinkles", "", "sprinkled"),
            Knob("tilt"),
        ),
        (
            Slot("body", DOUGH, ("tan", "brown", "beige")),
            Slot("icing", SWEET, CAKE_COLOURS),
            Slot("sprinkles", SWEET),
        ),
        (0.03, 0.06),
    ),
    Family(
        "cake",
        _cake,
        (
            Knob("tiers", "", "tiered"),
            Knob("width", "narrow", "wide"),
            Knob("height", "flat", "tall"),
            Knob("candles"),
        ),
        (
            Slot("body", ("icing", "bread", "plastic"), (*CAKE_COLOURS, "tan")),
            Slot("icing", SWEET, CAKE_COLOURS),
            Slot("plate", ("porcelain", "ceramic", "glass", "metal", "gold")),
            Slot("candles", ("wax", "plastic")),
            Slot("cherries", ("fruit", "plastic"), ("red", "pink", "purple")),
        ),
        (0.12, 0.6),
    ),
    Family(
        "ice cream cone",
        _ice_cream,
        (
            Knob("scoops"),
            Knob("width", "slim", "wide"),
            Knob("cone", "", "long"),
            Knob("topping"),
        ),
        (
            Slot("cone", ("bread", "plastic", "paper"), ("tan", "brown", "orange")),
            Slot("ice cream", SWEET, CAKE_COLOURS),
            Slot("upper scoop", SWEET, CAKE_COLOURS),
            Slot("topping", ("fruit", "bread", "plastic"), ("red", "brown", "dark brown")),
        ),
        (0.12, 0.25),
    ),
    Family(
        "hamburger",
        _hamburger,
        (
            Knob("bun", "flat", "tall"),
            Knob("patty", "thin", "thick"),
            Knob("width"),
            Knob("cheese"),
            Knob("tomato"),
            Knob("seeds"),
        ),
        (
            Slot("bun", DOUGH, ("tan", "brown", "orange")),
            Slot("patty", ("bread", "plastic", "clay"), ("dark brown", "brown")),
            Slot("cheese", ("icing", "wax", "plastic"), ("yellow", "orange")),
            Slot("tomato", ("fruit", "plastic"), ("red",)),
            Slot("lettuce", ("leaf", "plastic"), ("green", "light green")),
            Slot("seeds", ("plastic", "bone"), ("cream", "white", "ivory")),
        ),
        (0.06, 0.12),
    ),
    Family(
        "cupcake",
        _cupcake,
        (
            Knob("width", "slim", "wide"),
            Knob("height", "flat", "tall"),
            Knob("icing"),
            Knob("style"),
            Knob("cherry"),
        ),
        (
            Slot("wrapper", ("paper", "plastic", "metal")),
            Slot("icing", SWEET, CAKE_COLOURS),
            Slot("cherry", ("fruit", "plastic", "icing"), ("red", "pink", "purple", "yellow")),
        ),
        (0.06, 0.1),
    ),
    Family(
        "loaf of bread",
        _loaf,
        (
            Knob("length", "short", "long"),
            Knob("height", "flat", "tall"),
            Knob("width"),
            Knob("cuts"),
            Knob("slant"),
            Knob("slice", "", "sliced"),
        ),
        (
            Slot("body", DOUGH, ("brown", "tan", "orange", "dark brown")),
            Slot("scores", DOUGH, ("beige", "tan", "cream")),
            Slot("crumb", DOUGH, ("cream", "beige", "white")),
        ),
        (0.1, 0.15),
    ),
)
