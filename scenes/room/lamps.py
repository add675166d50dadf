# SPDX-License-Identifier: Apache-2.0
"""Lamps: what they look like, and how many lumens each gives.

A room's lumens are shared among its kinds of lamps, and among the lamps of a kind; a lamp's
brightness follows from its lumens and the size of what shines on it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gen3d.foundry.parts_a import band, hoop
from gen3d.foundry.parts_b import block, rod
from gen3d.foundry.solids import Solid, cylinder, ellipsoid, joined, lathe, moved, turned
from gen3d.spec import Rgb
from scenes.lighting import black_body
from scenes.place import Shape
from scenes.room.kit import Kit, Piece, area
from scenes.room.shell import spring_m

SHARES = {"pendant": 3.0, "standing lamp": 1.4, "table lamp": 1.0, "candles": 0.25}
"""Weights of kinds of lamps in a room's light; 3 unless said."""
FIRE_KELVIN, FIRE_LUMENS = 1950.0, 900.0
CANDLE_LUMENS = 13.0
_DOWN = (0.0, -1.0, 0.0)


def budget(kit: Kit) -> dict[str, float]:
    """Lumens of each kind of lamp of a room; zeros when they are off."""
    room = kit.room
    total = room.lumens_per_m2 * room.width_m * room.depth_m * room.lit
    whole = sum(SHARES.get(kind, 3.0) for kind in room.lamps)
    return {kind: total * SHARES.get(kind, 3.0) / whole for kind in room.lamps}


def hang_lamps(kit: Kit) -> None:
    """All lamps that belong to ceiling and walls."""
    lumens = budget(kit)
    for kind, make in _MAKERS.items():
        if kind in kit.room.lamps:
            make(kit, lumens[kind])


def ceiling_y(kit: Kit, x: float) -> float:
    """Height of the ceiling over a place."""
    room, b = kit.room, kit.bounds
    if room.ceiling != "vault":
        return room.height_m - (0.16 if room.ceiling == "beams" else 0.0)
    across = (x - 0.5 * (b.left + b.right)) / (0.5 * room.width_m)
    return spring_m(room) + (room.height_m - spring_m(room)) * float(np.sqrt(max(1 - across**2, 0)))


def _one_side(solid: Solid, towards: tuple[float, float, float]) -> tuple[Solid, Solid]:
    """The faces that look some way, and the others: a lamp's back does not shine."""
    a, b, c = (solid.verts[solid.faces[:, i]] for i in range(3))
    across = np.cross(b - a, c - a)
    front = across @ np.array(towards) > 0.5 * np.linalg.norm(across, axis=1)
    return Solid(solid.verts, solid.faces[front]), Solid(solid.verts, solid.faces[~front])


def _grid(kit: Kit, pitch: float) -> list[tuple[float, float]]:
    """Evenly spread places under the ceiling."""
    room, b = kit.room, kit.bounds
    columns, rows = max(round(room.width_m / pitch), 1), max(round(room.depth_m / pitch), 1)
    xs = b.right + (np.arange(columns) + 0.5) * room.width_m / columns
    zs = b.back + (np.arange(rows) + 0.5) * room.depth_m / rows
    return [(float(x), float(z)) for z in zs for x in xs]


def _metal(kit: Kit, colour: Rgb = (0.16, 0.155, 0.15)) -> int:
    return kit.surface("lamp metal", "lamp", colour, roughness=0.35)


def _each(
    kit: Kit,
    name: str,
    lumens: float,
    spots: list[tuple[float, float, float]],
    build: Callable[[int], Shape],
    shining_m2: float,
    low: float,
) -> None:
    """The same lamp in many places; ``low`` is where its light is, from its place."""
    each = lumens / max(len(spots), 1)
    surface = kit.shining(name, each, shining_m2)
    shape = build(surface)
    for x, y, z in spots:
        kit.put(shape, np.array([x, y, z]), solid=False)
        kit.glow(name, np.array([x, y + low, z]), each)


def _pendant(kit: Kit, lumens: float) -> None:
    b = kit.bounds
    globe = moved(ellipsoid(0.17, 0.15, 0.17, 14), y=-0.15)
    # Not over the eye: a lamp at arm's length would be most of what it sees.
    spots = [(0.5 * (b.left + b.right), max(0.5 * b.back, -1.4))]
    if (
        kit.room.kind in {"restaurant", "library", "kitchen"}
        or max(kit.room.width_m, kit.room.depth_m) > 7
    ):
        spots = _grid(kit, 3.2)
    drop = float(np.clip(kit.room.height_m - 2.5, 0.07, 0.8 if kit.room.height_m < 4 else 2.0))

    def build(surface: int) -> Shape:
        metal = _metal(kit)
        cord = rod((0.0, 0.0, 0.0), (0.0, drop, 0.0), 0.006, 6)
        cap = lathe([(0.06, -0.02), (0.06, 0.03), (0.015, min(0.06, drop))], 20)
        rose = lathe([(0.055, drop - 0.03), (0.055, drop)], 20)
        parts: list[Piece] = [(s, metal) for s in (cord, cap, rose)]
        return kit.shape("lamp pendant", [*parts, (globe, surface)])

    places = [(x, ceiling_y(kit, x) - drop, z) for x, z in spots]
    _each(kit, "lamp pendant", lumens, places, build, area(globe), -0.15)


def _panels(kit: Kit, lumens: float) -> None:
    pane, back = _one_side(block((0.0, -0.012, 0.0), 0.57, 0.011, 0.57, 0.0), _DOWN)

    def build(surface: int) -> Shape:
        frame = _metal(kit, (0.62, 0.62, 0.62))
        bars = [
            block((x, -0.018, z), w, 0.018, d, 0.0)
            for x, z, w, d in (
                (-0.295, 0.0, 0.015, 0.605),
                (0.295, 0.0, 0.015, 0.605),
                (0.0, -0.295, 0.605, 0.015),
                (0.0, 0.295, 0.605, 0.015),
            )
        ]
        return kit.shape("lamp panel", [(pane, surface), *((bar, frame) for bar in (back, *bars))])

    spots = [(x, ceiling_y(kit, x), z) for x, z in _grid(kit, 2.3)]
    _each(kit, "lamp panel", lumens, spots, build, area(pane), -0.03)


def _strips(kit: Kit, lumens: float) -> None:
    room = kit.room
    along = room.depth_m >= room.width_m
    long = float(np.clip(0.35 * max(room.width_m, room.depth_m), 0.9, 1.5))
    size = (0.09, 0.045, long) if along else (long, 0.045, 0.09)
    tube = block((0.0, -0.075, 0.0), *size, 0.012)

    def build(surface: int) -> Shape:
        case = block((0.0, -0.035, 0.0), size[0] + 0.02, 0.035, size[2] + 0.02, 0.0)
        return kit.shape("lamp strip", [(tube, surface), (case, _metal(kit, (0.6, 0.6, 0.6)))])

    spots = [(x, ceiling_y(kit, x), z) for x, z in _grid(kit, 2.6)]
    _each(kit, "lamp strip", lumens, spots, build, area(tube), -0.1)


def _downlights(kit: Kit, lumens: float) -> None:
    disc, back = _one_side(moved(cylinder(0.05, 0.008, 0.0, 20), y=-0.008), _DOWN)

    def build(surface: int) -> Shape:
        ring = moved(hoop(0.065, 0.05, 0.014, 24), y=-0.014)
        number = _metal(kit, (0.6, 0.6, 0.6))
        return kit.shape("lamp downlight", [(disc, surface), (ring, number), (back, number)])

    spots = [(x, ceiling_y(kit, x), z) for x, z in _grid(kit, 1.5)]
    _each(kit, "lamp downlight", lumens, spots, build, area(disc), -0.03)


def _chandelier(kit: Kit, lumens: float) -> None:
    b = kit.bounds
    low = min(max(kit.room.height_m - 0.75, 2.1), 3.4)
    turn = 2 * np.pi * np.arange(8) / 8
    ring = [(0.42 * float(np.cos(a)), 0.42 * float(np.sin(a))) for a in turn]
    bulbs = joined(*(moved(ellipsoid(0.026, 0.045, 0.026, 8), x, 0.14, z) for x, z in ring))
    middle, step = 0.5 * (b.left + b.right), 5.0
    count = max(int(kit.room.depth_m / step), 1)
    rows = [b.back + (k + 0.5) * kit.room.depth_m / count for k in range(count)]
    # Not over the eye, which would see little else.
    spots = [(middle, low, z if abs(z) > 1.5 else min(z, 0.0) - 1.6) for z in rows]
    tall = ceiling_y(kit, middle) - low

    def build(surface: int) -> Shape:
        brass = kit.surface("brass", "lamp", (0.65, 0.45, 0.18), roughness=0.3, metallic=1.0)
        wax = kit.surface("candle", "lamp", (0.7, 0.66, 0.55))
        arms = [rod((0.0, 0.03, 0.0), (x, 0.0, z), 0.01, 6) for x, z in ring]
        cups = [lathe([(0.01, 0.0), (0.045, 0.015), (0.045, 0.03)], 14) for _ in ring]
        hub = lathe([(0.02, -0.1), (0.07, 0.0), (0.03, 0.1), (0.008, 0.16), (0.008, tall)], 18)
        parts: list[Piece] = [(joined(*arms, hub, hoop(0.43, 0.41, 0.02, 40)), brass)]
        parts += [(moved(cup, x, 0.0, z), brass) for cup, (x, z) in zip(cups, ring, strict=True)]
        parts += [(moved(cylinder(0.014, 0.09, 0.0, 10), x, 0.02, z), wax) for x, z in ring]
        return kit.shape("lamp chandelier", [*parts, (bulbs, surface)])

    _each(kit, "lamp chandelier", lumens, spots, build, area(bulbs), 0.1)


def _wall_lamps(kit: Kit, lumens: float) -> None:
    glass = moved(block((0.0, 0.0, 0.075), 0.13, 0.2, 0.09, 0.03))
    spots = list[tuple[np.ndarray, float]]()
    high = min(1.95, kit.room.height_m - 0.4)
    for wall in kit.walls.values():
        count = int(wall.length / 2.6)
        for x in ((np.arange(count) + 0.5) / max(count, 1) - 0.5) * wall.length:
            if all(not h.left - 0.25 < x < h.right + 0.25 for h in wall.holes):
                spots.append((wall.world(float(x), 0.0, high), wall.turn))
    each = lumens / max(len(spots), 1)
    number = kit.shining("lamp wall", each, area(glass))
    back = block((0.0, 0.02, 0.012), 0.09, 0.16, 0.024, 0.0)
    shape = kit.shape("lamp wall", [(glass, number), (back, _metal(kit))])
    for place, turn in spots:
        kit.put(shape, place, turn, solid=False)
        kit.glow("lamp wall", place + np.array([0.0, 0.1, 0.0]), each)


def _high_bays(kit: Kit, lumens: float) -> None:
    disc, back = _one_side(moved(cylinder(0.19, 0.02, 0.0, 28), y=-0.02), _DOWN)
    drop = 1.1 if kit.room.ceiling == "trusses" else 0.4

    def build(surface: int) -> Shape:
        dome = band([(0.2, -0.03), (0.22, -0.03), (0.1, 0.14), (0.08, 0.14)], 28)
        top = lathe([(0.085, 0.13), (0.07, 0.22), (0.01, 0.24), (0.01, drop)], 16)
        return kit.shape("lamp bay", [(disc, surface), (joined(dome, top, back), _metal(kit))])

    spots = [(x, kit.room.height_m - drop, z) for x, z in _grid(kit, 5.0)]
    _each(kit, "lamp bay", lumens, spots, build, area(disc), -0.05)


def softbox(kit: Kit, lumens: float, tilt_deg: float = 14.0) -> tuple[Shape, float]:
    """A photographer's soft light on a stand, and the height of its middle."""
    high = min(2.0, kit.room.height_m - 0.55)
    face, back = _one_side(block((0.0, -0.42, 0.13), 0.84, 0.84, 0.012, 0.0), (0.0, 0.0, 1.0))
    number = kit.shining("lamp softbox", lumens, area(face))
    black = kit.surface("black cloth", "furniture", (0.03, 0.03, 0.032), "fabric", 0.5, 0.9)
    steel = _metal(kit, (0.08, 0.08, 0.085))
    frame = [
        block((x, -0.44, 0.06), w, t, 0.15, 0.0)
        for x, w, t in ((-0.44, 0.02, 0.9), (0.44, 0.02, 0.9))
    ]
    frame += [block((0.0, y, 0.06), 0.9, 0.02, 0.15, 0.0) for y in (-0.45, 0.44)]
    cone = block((0.0, -0.2, -0.08), 0.4, 0.4, 0.14, 0.0)
    shade = block((0.0, -0.43, -0.012), 0.88, 0.87, 0.01, 0.0)
    head = [
        (turned(s, "x", tilt_deg), n)
        for s, n in ((face, number), *((f, black) for f in (*frame, cone, shade, back)))
    ]
    legs = [
        rod((0.0, 0.55, 0.0), (0.5 * float(np.sin(a)), 0.02, 0.5 * float(np.cos(a))), 0.012, 8)
        for a in (0.4, 2.5, 4.6)
    ]
    legs.append(rod((0.0, 0.3, 0.0), (0.0, high, 0.0), 0.016, 10))
    pieces: list[Piece] = [(moved(s, y=high), n) for s, n in head]
    return kit.shape("lamp softbox", [*pieces, *((leg, steel) for leg in legs)]), high


def shaded_lamp(kit: Kit, lumens: float, tall: float, shade: float) -> Shape:
    """A lamp with a cloth shade: ``tall`` in all, ``shade`` wide; standing or on a table."""
    high, wall = min(0.3, 0.5 * tall), 0.004
    wide, top, start = shade / 2, shade / 2 * 0.72, tall - high
    loop = [(wide - wall, start), (wide, start), (top, tall), (top - wall, tall)]
    cloth = band(loop, 36)
    number = kit.shining("lamp shade", lumens, area(cloth))
    metal = kit.surface("lamp foot", "lamp", (0.42, 0.32, 0.16), roughness=0.35, metallic=1.0)
    foot = 0.14 if tall > 1.0 else 0.075
    body = [(foot, 0.0), (foot, 0.015), (0.03, 0.035), (0.012, 0.06)]
    if tall < 1.0:
        body = [(foot, 0.0), (foot, 0.015), (0.04, 0.03), (0.085, 0.13), (0.05, 0.2), (0.012, 0.24)]
    spokes = [rod((0.0, tall - 0.03, 0.0), (top * s, tall - 0.03, 0.0), 0.003, 5) for s in (-1, 1)]
    stem = lathe([*body, (0.01, tall - 0.03)], 24)
    return kit.shape("lamp shaded", [(cloth, number), (joined(stem, *spokes), metal)])


def flame(height: float, rng: np.random.Generator) -> Solid:
    """A tongue of fire."""
    wide = 0.22 * height
    profile = [
        (0.55 * wide, 0.0),
        (wide, 0.18 * height),
        (0.62 * wide, 0.5 * height),
        (0.01, height),
    ]
    tongue = lathe(profile, 14)
    lean = tongue.verts.copy()
    bend = rng.uniform(-0.25, 0.25, 2)
    lean[:, 0] += bend[0] * height * (lean[:, 1] / height) ** 2
    lean[:, 2] += bend[1] * height * (lean[:, 1] / height) ** 2
    return Solid(lean, tongue.faces)


def fire_colour() -> Rgb:
    """Of flames."""
    red, green, blue = black_body(np.array([FIRE_KELVIN]))[0]
    return float(red), float(green), float(blue)


def candles(kit: Kit, count: int, lumens: float) -> Shape:
    """Some candles beside each other, on a tray."""
    rng = kit.rng
    wax = kit.surface("wax", "thing", (0.7, 0.66, 0.56), roughness=0.5)
    tray = kit.surface("tray", "thing", (0.5, 0.38, 0.2), roughness=0.35, metallic=1.0)
    xs = (np.arange(count) - 0.5 * (count - 1)) * 0.09
    talls = rng.uniform(0.09, 0.2, count)
    flames = [
        moved(flame(0.045, rng), float(x), float(t) + 0.03) for x, t in zip(xs, talls, strict=True)
    ]
    number = kit.shining("lamp candle", lumens, area(joined(*flames)), fire_colour())
    pieces: list[Piece] = [
        (moved(cylinder(0.022, float(t), 0.004, 16), float(x), 0.02), wax)
        for x, t in zip(xs, talls, strict=True)
    ]
    if lumens:
        pieces += [(f, number) for f in flames]
    pieces.append((block((0.0, 0.0, 0.0), 0.09 * count + 0.04, 0.02, 0.1, 0.0), tray))
    return kit.shape("lamp candles", pieces)


_MAKERS: dict[str, Callable[[Kit, float], None]] = {
    "pendant": _pendant,
    "panels": _panels,
    "strips": _strips,
    "downlights": _downlights,
    "chandelier": _chandelier,
    "wall lamps": _wall_lamps,
    "high bays": _high_bays,
}
