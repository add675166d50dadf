# SPDX-License-Identifier: Apache-2.0
"""What any room may have: pictures on the walls, plants, lamps that stand, chairs."""

from __future__ import annotations

import numpy as np

from gen3d.scenery import Side
from scenes.place import Shape
from scenes.room import fittings
from scenes.room.kit import SIDES, Wall
from scenes.room.lamps import budget, shaded_lamp
from scenes.room.layout import Plan, Spot, extents
from scenes.room.things import thing

BACK_FIRST: tuple[Side, ...] = ("back", "right", "left", "front")
FRONT_FIRST: tuple[Side, ...] = ("front", "left", "right", "back")


def in_room(plan: Plan, shape: Shape, middle: np.ndarray, turn: float) -> bool:
    """Whether a shape set down at a place stays within the walls."""
    b, (wide, _, deep) = plan.kit.bounds, extents(shape)
    if abs(np.sin(turn)) > 0.5:
        wide, deep = deep, wide
    x, z = middle[0], middle[2]
    return bool(
        x - wide / 2 > b.right
        and x + wide / 2 < b.left
        and z - deep / 2 > b.back
        and z + deep / 2 < b.front
    )


def behind(plan: Plan, spot: Spot) -> Wall | None:
    """The wall at the back of a piece."""
    return next(
        (w for w in plan.kit.walls.values() if abs(np.sin((w.turn - spot.turn) / 2)) < 1e-6), None
    )


def windowed(wall: Wall, spot: Spot, wide: float, tall: float) -> bool:
    """Whether a window is behind a part of a wall."""
    cosine, sine = np.cos(wall.turn), np.sin(wall.turn)
    x = (spot.x - wall.foot[0]) * cosine - (spot.z - wall.foot[2]) * sine
    return any(
        not h.door and h.low < tall and h.left < x + wide / 2 and x - wide / 2 < h.right
        for h in wall.holes
    )


def side_lamp(plan: Plan) -> None:
    """A small table with a lamp on it."""
    kit = plan.kit
    stand = fittings.round_table(kit, 0.45, 0.55)
    spot = plan.put(stand, plan.against(stand))
    if spot and "table lamp" in kit.room.lamps:
        lumens = budget(kit)["table lamp"]
        kit.put(shaded_lamp(kit, lumens, 0.5, 0.32), spot(0.0, 0.0, 0.55), solid=False)
        kit.glow("table lamp", spot(0.0, 0.0, 0.95), lumens)


def standing_lamp(plan: Plan) -> None:
    """A lamp on a pole in a corner."""
    kit = plan.kit
    if "standing lamp" not in kit.room.lamps:
        return
    lumens = budget(kit)["standing lamp"]
    lamp = shaded_lamp(kit, lumens, 1.55, 0.42)
    spot = plan.put(lamp, plan.against(lamp, BACK_FIRST, at=9.0))
    if spot:
        kit.glow("standing lamp", spot(0.0, 0.0, 1.4), lumens)


def plants(plan: Plan, count: int) -> None:
    """Plants in pots along the walls."""
    for _ in range(round(count * plan.kit.room.furniture)):
        tall = float(plan.kit.rng.uniform(0.6, 1.1))
        plant = thing(plan.kit, "potted plant", tall, knobs={"leaves": 0.9, "width": 0.3})
        plan.put(plant, plan.against(plant, at=9.0 if plan.kit.rng.random() < 0.5 else -9.0))


def pictures(plan: Plan, count: int, wide: float = 0.75, *, high: float = 1.55) -> None:
    """Pictures on what is free of the walls."""
    kit, hung = plan.kit, 0
    for side in kit.rng.permutation(np.array(SIDES, object)):
        wall = kit.walls[side]
        for x in np.linspace(-0.5, 0.5, 9)[1:-1] * wall.length:
            if hung >= count or kit.rng.random() < 0.35:
                continue
            size = wide * float(kit.rng.uniform(0.7, 1.25))
            tall = size * float(kit.rng.choice([0.7, 0.8, 1.3]))
            if high + tall / 2 + 0.1 < kit.room.height_m and wall_free(
                plan, wall, float(x), size, high - tall / 2, high + tall / 2
            ):
                kit.put(
                    fittings.framed(kit, size, tall),
                    wall.world(float(x), 0.0, high),
                    wall.turn,
                    solid=False,
                )
                hung += 1


def wall_free(plan: Plan, wall: Wall, x: float, wide: float, low: float, high: float) -> bool:
    """Whether nothing is on a part of a wall, and nothing tall stands before it; keeps it if so."""
    margin = 0.12
    curtain = 0.45 if plan.kit.room.curtains else 0.1
    for h in wall.holes:
        side = 0.15 if h.door else curtain
        if h.left - side < x + wide / 2 and x - wide / 2 < h.right + side and low < h.high + 0.2:
            return False
    a, b = wall.world(x - wide / 2 - margin, 0.01), wall.world(x + wide / 2 + margin, 0.3)
    here = (min(a[0], b[0]), max(a[0], b[0]), min(a[2], b[2]), max(a[2], b[2]), low, high)
    for copies in plan.kit.copies:
        if copies.shape.name.startswith(
            ("floor", "wall", "ceiling", "skirting", "beams", "rug", "window", "curtain")
        ):
            continue
        low_, high_ = _box(copies.shape, copies.positions[0], float(copies.turns[0]))
        if (
            here[0] < high_[0]
            and low_[0] < here[1]
            and here[2] < high_[2]
            and low_[2] < here[3]
            and here[4] < high_[1]
            and low_[1] < here[5]
        ):
            return False
    return True


def _box(shape: Shape, where: np.ndarray, turn: float) -> tuple[np.ndarray, np.ndarray]:
    x, y, z = shape.verts.T
    cosine, sine = np.cos(turn), np.sin(turn)
    points = np.stack([cosine * x + sine * z, y, cosine * z - sine * x], 1) + where
    return points.min(axis=0), points.max(axis=0)


def dining_chair(plan: Plan) -> Shape:
    """A wooden chair, its front along +Z."""
    return thing(
        plan.kit, "chair", 0.9, width=0.44, depth=0.46,
        knobs={"seat height": 0.4, "back": 0.6, "slats": 0.7, "cushion": 0.0},
        looks=dict.fromkeys(("body", "legs", "back"), ("wood", plan.kit.room.wood_color)),
    )  # fmt: skip
