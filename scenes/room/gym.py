# SPDX-License-Identifier: Apache-2.0
"""A gym: a hall for ball games with wall bars, and a corner for weights.

Lines on the floor, hoops at both ends, bars along the walls, mats, a vaulting box, benches, balls;
on rubber mats a rack with a barbell, benches, dumbbells, treadmills. Feet at the origin, fronts
along +Z, metres. Sizes are those of competition (basketball: FIBA; wall bars: DIN 7910).
"""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_a import hoop
from gen3d.foundry.parts_b import block, rod
from gen3d.foundry.solids import Solid, cylinder, ellipsoid, joined, moved, turned
from gen3d.scenery import Side
from scenes.place import Shape
from scenes.room.fittings import painted, slab, steel, wood
from scenes.room.kit import Kit, Piece
from scenes.room.layout import Plan

_RIM_M, _RING_M = 3.05, 0.225
_BARS_WIDE, _BARS_TALL, _BAR_PITCH = 0.9, 2.5, 0.14
_SIDES: tuple[Side, ...] = ("left", "right")
_WEIGHTS_M = 5.0
"""Depth of the corner for weights."""


def gym(plan: Plan) -> None:
    """Bars and mats along the walls, hoops at the ends, weights at the back."""
    kit, b = plan.kit, plan.kit.bounds
    _court(kit)
    for side in ("front", "back"):
        wall = kit.walls[side]
        if kit.room.height_m > _RIM_M + 0.8 and wall.length > 4.0:
            kit.put(basket(kit), wall.world(0.0, 0.0), wall.turn, solid=False)
    floor = np.array([0.5 * (b.left + b.right), 0.0, b.back + _WEIGHTS_M / 2])
    kit.put(_rubber(kit, b.left - b.right - 0.4, _WEIGHTS_M - 0.4), floor, solid=False)
    _weights(plan)
    for piece in (vaulting_box(kit), soft_mat(kit), mats(kit, 6), ball_cage(kit)):
        plan.put(piece, plan.against(piece, ("front", *_SIDES), gap=0.12))
    bars = wall_bars(kit)
    for side in _SIDES:
        for at in np.arange(b.front - 1.2, b.back + _WEIGHTS_M + 1.0, -0.96).tolist():
            along = at - kit.walls[side].foot[2]
            turned_along = along if kit.walls[side].turn < 0 else -along
            plan.put(bars, plan.against(bars, (side,), at=turned_along, gap=0.01, margin=0.0))
    for _ in range(3):
        seat = low_bench(kit)
        plan.put(seat, plan.against(seat, _SIDES, gap=0.35))
    laid = mats(kit, 1)
    for x, z in ((-2.4, 1.8), (2.4, 2.6)):
        plan.put(laid, plan.free_spot(laid, 0.0, (x, z), 0.15, 3.0))
    for colour, near in (((0.55, 0.17, 0.03), (-1.3, 1.5)), ((0.6, 0.55, 0.4), (1.5, 2.2))):
        ball = kit.shape("ball", _ball(kit, 0.12, colour))
        plan.put(ball, plan.free_spot(ball, 0.0, near, 0.05, 2.0))


def _weights(plan: Plan) -> None:
    """What stands on the rubber mats."""
    kit, b = plan.kit, plan.kit.bounds
    rack = dumbbell_rack(kit)
    plan.put(rack, plan.against(rack, ("back",), at=0.0, gap=0.1))
    cage = squat_rack(kit)
    for at in (-3.2, 3.2):
        plan.put(cage, plan.against(cage, ("back",), at=at, gap=0.25))
    middle, row = 0.5 * (b.left + b.right), b.back + 2.9
    seat = weight_bench(kit)
    for x in (-1.2, 1.2):
        plan.put(seat, plan.free_spot(seat, 0.0, (middle + x, row), 0.25, 1.5))
    belt = treadmill(kit)
    for k in range(2):
        near = (b.left - 1.0 - 1.2 * k, row + 0.4)
        plan.put(belt, plan.free_spot(belt, np.pi, near, 0.15, 1.5))
    ball = kit.shape("exercise ball", _ball(kit, 0.33, (0.10, 0.24, 0.42)))
    plan.put(ball, plan.free_spot(ball, 0.0, (b.right + 1.2, row), 0.1, 1.5))


def _ball(kit: Kit, radius: float, colour: tuple[float, float, float]) -> list[Piece]:
    number = painted(kit, colour, "ball", 0.6, "thing")
    return [(moved(ellipsoid(radius), y=radius), number)]


def _court(kit: Kit) -> None:
    """Painted lines: the outline, the middle with its circle, the lanes before the hoops."""
    b = kit.bounds
    half = 0.5 * (b.left - b.right) - 0.7
    near, far = b.back + _WEIGHTS_M + 0.3, b.front - 0.7
    if half < 2.0 or far - near < 4.0:
        return
    white = painted(kit, (0.72, 0.71, 0.68), "court line", 0.4, "floor")
    blue = painted(kit, (0.05, 0.12, 0.32), "lane line", 0.4, "floor")
    middle = 0.5 * (near + far)
    lines = [slab(s * half, 0.001, middle, 0.05, 0.002, far - near) for s in (-1, 1)]
    lines += [slab(0.0, 0.001, z, 2 * half, 0.002, 0.05) for z in (near, middle, far)]
    ring = moved(hoop(1.8, 1.75, 0.003, 64), 0.0, 0.0, middle)
    deep = min(5.8, 0.42 * (far - near))
    lanes = [slab(s * 2.45, 0.0012, far - deep / 2, 0.05, 0.003, deep) for s in (-1, 1)]
    lanes.append(slab(0.0, 0.0012, far - deep, 4.9, 0.003, 0.05))
    shape = kit.shape(
        "court lines", [(joined(*lines), white), (ring, white), (joined(*lanes), blue)]
    )
    kit.put(shape, np.array([0.5 * (b.left + b.right), 0.0, 0.0]), solid=False)


def _rubber(kit: Kit, wide: float, deep: float) -> Shape:
    number = kit.surface("rubber floor", "floor", (0.045, 0.047, 0.05), "carpet", 0.5, 0.95)
    return kit.shape("rubber floor", [(slab(0.0, 0.001, 0.0, wide, 0.012, deep), number)])


def basket(kit: Kit) -> Shape:
    """Backboard, ring and net on arms from the wall behind; its foot is the wall's."""
    face = painted(kit, (0.7, 0.7, 0.69), "backboard", 0.35, "thing")
    line = painted(kit, (0.45, 0.05, 0.03), "backboard line", 0.4, "thing")
    ring = painted(kit, (0.62, 0.16, 0.02), "ring", 0.4, "thing")
    cord = painted(kit, (0.7, 0.69, 0.66), "net", 0.9, "thing")
    reach = 0.95
    board = slab(0.0, _RIM_M - 0.15, reach, 1.8, 1.05, 0.03)
    marks = [slab(0.0, y, reach + 0.018, 0.59, 0.05, 0.006) for y in (_RIM_M, _RIM_M + 0.4)]
    marks += [slab(s * 0.27, _RIM_M, reach + 0.018, 0.05, 0.45, 0.006) for s in (-1, 1)]
    marks += [slab(s * 0.875, _RIM_M - 0.15, reach + 0.018, 0.05, 1.05, 0.006) for s in (-1, 1)]
    marks += [slab(0.0, y, reach + 0.018, 1.8, 0.05, 0.006) for y in (_RIM_M - 0.15, 3.9)]
    centre = reach + 0.015 + 0.15 + _RING_M
    rim = moved(hoop(_RING_M + 0.018, _RING_M, 0.02, 36), 0.0, _RIM_M, centre)
    holder = slab(0.0, _RIM_M, reach + 0.09, 0.12, 0.02, 0.16)
    turn = np.linspace(0.0, 2.0 * np.pi, 13)[:-1]
    cords = [
        rod(
            (_RING_M * float(np.cos(t)), _RIM_M, centre + _RING_M * float(np.sin(t))),
            (0.12 * float(np.cos(t + s)), _RIM_M - 0.42, centre + 0.12 * float(np.sin(t + s))),
            0.004,
            5,
        )
        for t in turn
        for s in (-0.55, 0.55)
    ]
    arms = [
        rod((s * 0.45, y, 0.0), (s * 0.35, y - 0.25, reach), 0.03, 10)
        for s in (-1, 1)
        for y in (_RIM_M + 0.75, _RIM_M + 0.25)
    ]
    pieces: list[Piece] = [(board, face), (joined(*marks), line), (joined(rim, holder), ring)]
    return kit.shape("basket", [*pieces, (joined(*cords), cord), (joined(*arms), steel(kit))])


def wall_bars(kit: Kit) -> Shape:
    """Swedish bars: round rungs between three uprights."""
    number = wood(kit, 2.2)
    posts = [
        slab(s * (_BARS_WIDE / 2 - 0.02), 0.0, 0.0, 0.035, _BARS_TALL, 0.12) for s in (-1, 0, 1)
    ]
    rungs = [
        rod((-_BARS_WIDE / 2 + 0.02, y, 0.03), (_BARS_WIDE / 2 - 0.02, y, 0.03), 0.019, 10)
        for y in np.arange(0.12, _BARS_TALL - 0.1, _BAR_PITCH).tolist()
    ]
    top = slab(0.0, _BARS_TALL - 0.06, 0.0, _BARS_WIDE, 0.04, 0.13)
    return kit.shape("wall bars", [(joined(*posts, top), number), (joined(*rungs), number, 1.15)])


def low_bench(kit: Kit) -> Shape:
    """A gymnast's long bench."""
    number = wood(kit, 2.0)
    legs = [slab(x, 0.0, 0.0, 0.06, 0.28, 0.24) for x in (-1.2, 0.0, 1.2)]
    beam = slab(0.0, 0.1, 0.0, 2.6, 0.1, 0.04)
    return kit.shape(
        "low bench",
        [
            (block((0.0, 0.28, 0.0), 3.0, 0.04, 0.26, 0.01), number),
            (joined(*legs, beam), number, 0.85),
        ],
    )


def mats(kit: Kit, count: int) -> Shape:
    """Blue mats, one on the other, each a little askew."""
    blue = kit.surface("mat", "furniture", (0.035, 0.10, 0.28), "fabric", 0.4, 0.8)
    edge = painted(kit, (0.02, 0.05, 0.15), "mat edge", 0.7)
    pieces = list[Piece]()
    for k in range(count):
        askew = float(kit.rng.uniform(-2.0, 2.0)) if k else 0.0
        solid = turned(block((0.0, 0.002 + 0.07 * k, 0.0), 2.0, 0.065, 1.0, 0.015), "y", askew)
        pieces.append((solid, blue if k % 2 == 0 else edge, 1.0))
    return kit.shape("mats", pieces)


def soft_mat(kit: Kit) -> Shape:
    """A thick mat that leans on the wall."""
    blue = kit.surface("mat", "furniture", (0.035, 0.10, 0.28), "fabric", 0.4, 0.8)
    leaning = turned(block((0.0, 0.0, 0.0), 3.0, 1.9, 0.3, 0.03), "x", -9.0)
    return kit.shape("soft mat", [(moved(leaning, y=0.03), blue)])


def vaulting_box(kit: Kit) -> Shape:
    """Wooden frames that narrow upwards under a padded top."""
    number, hide = (
        wood(kit, 2.2),
        kit.surface("hide", "furniture", (0.30, 0.17, 0.08), roughness=0.6),
    )
    frames = [slab(0.0, 0.19 * k, 0.0, 1.5 - 0.05 * k, 0.185, 0.75 - 0.07 * k) for k in range(5)]
    top = block((0.0, 0.95, 0.0), 1.28, 0.17, 0.4, 0.06)
    pieces: list[Piece] = [(f, number, 1.0 - 0.06 * (k % 2)) for k, f in enumerate(frames)]
    return kit.shape("vaulting box", [*pieces, (top, hide)])


def ball_cage(kit: Kit) -> Shape:
    """A wire cart full of balls."""
    wide, deep, tall = 1.1, 0.6, 0.75
    x, z = wide / 2, deep / 2
    bars = [rod((-x, y, s * z), (x, y, s * z), 0.012, 8) for y in (0.12, tall) for s in (-1, 1)]
    bars += [rod((s * x, y, -z), (s * x, y, z), 0.012, 8) for y in (0.12, tall) for s in (-1, 1)]
    ends = [(a, c) for a in np.linspace(-x, x, 8).tolist() for c in (-z, z)]
    ends += [(a, c) for a in (-x, x) for c in np.linspace(-z, z, 5)[1:-1].tolist()]
    bars += [rod((a, 0.12, c), (a, tall, c), 0.006, 6) for a, c in ends]
    feet = [
        moved(ellipsoid(0.05), s * (x - 0.08), 0.055, t * (z - 0.08))
        for s in (-1, 1)
        for t in (-1, 1)
    ]
    colours = ((0.55, 0.17, 0.03), (0.62, 0.6, 0.5), (0.55, 0.42, 0.05), (0.08, 0.15, 0.4))
    pieces: list[Piece] = [
        (joined(*bars), steel(kit)),
        (joined(*feet), painted(kit, (0.03, 0.03, 0.03))),
    ]
    pieces.append((slab(0.0, 0.11, 0.0, wide, 0.01, deep), steel(kit)))
    for level, y in enumerate((0.245, 0.46, 0.67)):
        for k in range(8 if level < 2 else 5):
            a, c = (k % 4 - 1.5) * 0.255, (k // 4 - 0.5) * 0.27
            jitter = kit.rng.uniform(-0.01, 0.01, 2)
            ball = moved(ellipsoid(0.118, detail=16), a + jitter[0], y, c + jitter[1])
            colour = colours[int(kit.rng.integers(len(colours)))]
            pieces.append((ball, painted(kit, colour, "ball", 0.6, "thing")))
    return kit.shape("ball cage", pieces)


def _plate(x: float, y: float, z: float, radius: float, thick: float) -> Solid:
    return moved(turned(cylinder(radius, thick, 0.008, 28), "z", 90.0), x + thick / 2, y, z)


def squat_rack(kit: Kit) -> Shape:
    """A cage with a loaded barbell at the height of the shoulders."""
    red, iron = (
        painted(kit, (0.32, 0.02, 0.02), "rack red"),
        painted(kit, (0.02, 0.02, 0.022), "iron"),
    )
    wide, deep, tall, y = 1.2, 1.1, 2.2, 1.4
    posts = [
        slab(s * wide / 2, 0.0, t * deep / 2, 0.07, tall, 0.07) for s in (-1, 1) for t in (-1, 1)
    ]
    beams = [
        slab(s * wide / 2, h, 0.0, 0.07, 0.07, deep) for s in (-1, 1) for h in (0.0, tall - 0.07)
    ]
    beams += [slab(0.0, h, -deep / 2, wide, 0.07, 0.07) for h in (0.0, tall - 0.07)]
    hooks = [slab(s * wide / 2, y - 0.05, deep / 2 + 0.06, 0.05, 0.03, 0.1) for s in (-1, 1)]
    bar = rod((-1.1, y, deep / 2 + 0.07), (1.1, y, deep / 2 + 0.07), 0.014, 12)
    plates = [
        _plate(s * at, y, deep / 2 + 0.07, radius, 0.045)
        for s in (-1, 1)
        for at, radius in ((0.8, 0.225), (0.85, 0.225), (0.9, 0.16))
    ]
    return kit.shape(
        "squat rack",
        [(joined(*posts, *beams), red), (joined(*hooks, bar), steel(kit)), (joined(*plates), iron)],
    )


def weight_bench(kit: Kit) -> Shape:
    """A padded bench to lie on."""
    pad = kit.surface("pad", "furniture", (0.03, 0.03, 0.032), "paint", 0.8, 0.5)
    frame = painted(kit, (0.32, 0.02, 0.02), "rack red")
    feet = [slab(0.0, 0.0, s * 0.5, 0.5, 0.05, 0.07) for s in (-1, 1)]
    posts = [slab(0.0, 0.05, s * 0.5, 0.07, 0.33, 0.07) for s in (-1, 1)]
    beam = slab(0.0, 0.34, 0.0, 0.07, 0.05, 1.1)
    return kit.shape(
        "weight bench",
        [
            (block((0.0, 0.39, 0.0), 0.3, 0.07, 1.25, 0.025), pad),
            (joined(*feet, *posts, beam), frame),
        ],
    )


def dumbbell_rack(kit: Kit) -> Shape:
    """Three shelves of dumbbells, the heaviest below."""
    iron, grip = painted(kit, (0.02, 0.02, 0.022), "iron"), steel(kit)
    frame = [slab(s * 1.0, 0.0, 0.0, 0.06, 1.1, 0.5) for s in (-1, 1)]
    heads, bars = list[Solid](), list[Solid]()
    for row, (y, radius) in enumerate(((0.22, 0.085), (0.6, 0.07), (0.98, 0.055))):
        z = 0.1 - 0.08 * row
        frame += [slab(0.0, y - 0.03, z + s * 0.12, 2.0, 0.03, 0.05) for s in (-1, 1)]
        for x in np.linspace(-0.85, 0.85, 7).tolist():
            bars.append(rod((x, y + radius, z - 0.14), (x, y + radius, z + 0.14), 0.014, 8))
            long = 0.5 * radius + 0.04
            heads += [
                moved(turned(cylinder(radius, long, 0.01, 20), "x", 90.0), x, y + radius, z + at)
                for at in (-0.16, 0.16 - long)
            ]
    return kit.shape(
        "dumbbell rack",
        [
            (joined(*frame), painted(kit, (0.1, 0.1, 0.105), "frame")),
            (joined(*heads), iron),
            (joined(*bars), grip),
        ],
    )


def treadmill(kit: Kit) -> Shape:
    """A belt between rails, with a console on posts at its front end."""
    grey, black = (
        painted(kit, (0.16, 0.165, 0.17), "machine"),
        painted(kit, (0.02, 0.02, 0.021), "belt", 0.8),
    )
    deck = [slab(s * 0.36, 0.0, 0.0, 0.1, 0.2, 1.75) for s in (-1, 1)]
    motor = block((0.0, 0.0, 0.78), 0.82, 0.28, 0.4, 0.05)
    posts = [rod((s * 0.38, 0.2, 0.7), (s * 0.36, 1.25, 0.55), 0.03, 10) for s in (-1, 1)]
    rails = [rod((s * 0.38, 0.95, 0.1), (s * 0.38, 1.0, 0.6), 0.022, 10) for s in (-1, 1)]
    console = moved(turned(slab(0.0, 0.0, 0.0, 0.78, 0.4, 0.06), "x", -30.0), 0.0, 1.15, 0.62)
    shown = moved(turned(slab(0.0, 0.06, -0.034, 0.42, 0.26, 0.01), "x", -30.0), 0.0, 1.15, 0.62)
    glass = kit.surface("black glass", "furniture", (0.02, 0.02, 0.021), roughness=0.08)
    return kit.shape(
        "treadmill",
        [
            (joined(*deck, motor, console), grey),
            (joined(*posts, *rails), steel(kit)),
            (slab(0.0, 0.12, -0.02, 0.62, 0.03, 1.6), black),
            (shown, glass),
        ],
    )
