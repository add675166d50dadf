# SPDX-License-Identifier: Apache-2.0
"""What stands in rooms for many: church, library, classroom, restaurant, gallery."""

from __future__ import annotations

import numpy as np

from scenes.room import fittings, stores
from scenes.room.decor import (
    BACK_FIRST,
    FRONT_FIRST,
    dining_chair,
    pictures,
    plants,
    wall_free,
)
from scenes.room.lamps import CANDLE_LUMENS, budget, candles, shaded_lamp
from scenes.room.layout import Plan
from scenes.room.things import thing


def rows_of(
    plan: Plan, pitch: tuple[float, float], inset: tuple[float, float]
) -> list[tuple[float, float]]:
    """Places in rows over the floor."""
    b = plan.kit.bounds
    wide, deep = b.left - b.right - 2 * inset[0], b.front - b.back - 2 * inset[1]
    columns, rows = max(int(wide / pitch[0]), 0), max(int(deep / pitch[1]), 0)
    xs = b.right + inset[0] + (np.arange(columns) + 0.5) * wide / max(columns, 1)
    zs = b.back + inset[1] + (np.arange(rows) + 0.5) * deep / max(rows, 1)
    return [(float(x), float(z)) for z in zs for x in xs]


def on_wall(plan: Plan, what: str, wide: float = 2.4) -> bool:
    """A board in the middle of the first wall that has room."""
    kit = plan.kit
    for side in FRONT_FIRST:
        wall = kit.walls[side]
        size = min(wide, wall.length - 0.8)
        if (
            size > 0.8
            and wall_free(plan, wall, 0.0, size + 0.2, 0.8, 2.2)
            and kit.room.height_m > 2.3
        ):
            shape = stores.board(kit, size, white=what == "whiteboard")
            kit.put(shape, wall.world(0.0, 0.0, 1.55), wall.turn, solid=False)
            return True
    return False


def church(plan: Plan) -> None:
    """Pews on both sides of an aisle, columns, an altar with candles."""
    kit, b = plan.kit, plan.kit.bounds
    shrine = stores.altar(kit)
    spot = plan.put(shrine, plan.against(shrine, ("front",), at=0.0, gap=0.6))
    if spot:
        many = candles(kit, 5, 5 * CANDLE_LUMENS)
        for x in (-0.6, 0.6):
            kit.put(many, spot(x, 0.1, 1.212), solid=False)
            kit.glow("candles", spot(x, 0.1, 1.4), 5 * CANDLE_LUMENS, fittings.fire_colour())
    middle, half = 0.5 * (b.left + b.right), kit.room.width_m / 2
    pillar = stores.column(kit, min(kit.room.height_m * 0.62, 7.0))
    for z in np.arange(b.back + 1.5, b.front - 2.5, 3.6).tolist():
        for x in (middle - half + 0.6, middle + half - 0.6):
            plan.put(pillar, plan.place(pillar, x, z, 0.0))
    wide = half - 2.4
    if wide < 1.0:
        return
    for z in np.arange(b.back + 1.6, b.front - 4.6, 1.05).tolist():
        for sign in (-1.0, 1.0):
            shape = stores.pew(kit, wide)
            plan.put(shape, plan.place(shape, middle + sign * (0.95 + wide / 2), z, 0.0))


_CASES = 9
"""Bookcases of a library that differ: more are not told apart, and their books take time."""


def library(plan: Plan) -> None:
    """Shelves along every wall and in rows, tables with lamps to read at."""
    kit = plan.kit
    tall = min(2.2, kit.room.height_m - 0.3)
    lamp = budget(kit).get("table lamp", 0.0)
    for number, (x, z) in enumerate(((0.0, 1.75), (0.0, -1.85))):
        table = fittings.table(kit, 1.9, 0.75, 0.95)
        spot = plan.put(table, plan.place(table, x, z, 0.0))
        if spot:
            for side, front, more in (
                (-0.5, 0.72, np.pi),
                (0.5, 0.72, np.pi),
                (-0.5, -0.72, 0.0),
                (0.5, -0.72, 0.0),
            ):
                chair = dining_chair(plan)
                here = spot(side, front)
                plan.put(chair, plan.place(chair, float(here[0]), float(here[2]), more))
            if "table lamp" in kit.room.lamps:
                kit.put(
                    shaded_lamp(kit, lamp / 2, 0.46, 0.3),
                    spot(0.35 * (1 - 2 * number), 0.0, 0.75),
                    solid=False,
                )
                kit.glow("table lamp", spot(0.0, 0.0, 1.15), lamp / 2)
            kit.put(thing(kit, "book", 0.05, label="thing"), spot(-0.4, 0.15, 0.75), solid=False)
    cases = [fittings.bookcase(kit, 0.9, tall, 0.3, 0.93) for _ in range(_CASES)]
    for number in range(60):
        case = cases[number % _CASES]
        if (
            plan.put(
                case, plan.against(case, at=float(kit.rng.uniform(-9, 9)), gap=0.01, margin=0.005)
            )
            is None
        ):
            break
    cases = [fittings.bookcase(kit, 1.7, min(1.9, tall), 0.32, 0.9) for _ in range(_CASES)]
    for number, (x, z) in enumerate(rows_of(plan, (1.9, 1.4), (1.3, 1.3))):
        case = cases[number % _CASES]
        if abs(x) > 1.9:
            plan.put(case, plan.place(case, x, z, -float(np.sign(x)) * np.pi / 2, margin=0.35))
    plants(plan, 1)


def classroom(plan: Plan) -> None:
    """A blackboard in front, a teacher's desk, rows of tables that face it."""
    kit = plan.kit
    on_wall(plan, "blackboard", 3.6)
    desk = thing(kit, "desk", 0.76, width=1.5, depth=0.7, knobs={"lamp": 0.0})
    plan.put(desk, plan.against(desk, ("front",), at=1.4, gap=0.9))
    zone = kit.shape("zone", [(fittings.slab(0.0, 0.0, 0.0, 1.3, 0.7, 1.2), fittings.wood(kit))])
    for x, z in rows_of(plan, (1.75, 1.5), (0.7, 0.3)):
        if z > kit.bounds.front - 2.4:
            continue
        spot = plan.place(zone, x, z, 0.0)
        if spot:
            kit.put(fittings.table(kit, 1.25, 0.7, 0.5, metal=True), spot(0.0, 0.3), 0.0)
            for side in (-0.32, 0.32):
                kit.put(dining_chair(plan), spot(side, -0.28), 0.0)
    case = fittings.bookcase(kit, 1.4, 1.7)
    plan.put(case, plan.against(case, BACK_FIRST))
    plants(plan, 2)
    pictures(plan, 5, 0.55)


def restaurant(plan: Plan) -> None:
    """Small tables with chairs, a bar with bottles behind it."""
    kit = plan.kit
    length = min(3.2, 0.6 * kit.walls["back"].length)
    number, top = (
        fittings.wood(kit),
        kit.surface("bar top", "furniture", (0.12, 0.06, 0.03), "timber", 0.9, 0.12),
    )
    bar = kit.shape(
        "bar",
        [
            (fittings.slab(0.0, 0.0, 0.0, length, 1.06, 0.5), number),
            (fittings.slab(0.0, 1.06, 0.06, length + 0.1, 0.045, 0.68), top),
        ],
    )
    spot = plan.put(bar, plan.against(bar, BACK_FIRST, at=0.5, gap=1.05))
    if spot:
        shelf = fittings.bookcase(kit, min(length, 2.0), 2.0, 0.28, 0.0)
        x, _, z = spot(0.0, -1.15).tolist()
        plan.put(shelf, plan.place(shelf, x, z, spot.turn))
        for k in range(9):
            bottle = thing(kit, "bottle", float(kit.rng.uniform(0.26, 0.33)), label="thing")
            kit.put(
                bottle,
                spot((k / 8 - 0.5) * (min(length, 2.0) - 0.25), -1.15, 1.105 + 0.0),
                solid=False,
            )
        for x in (-0.8, 0.0, 0.8):
            stool = thing(kit, "stool", 0.76, width=0.4, depth=0.4)
            here = spot(x, 0.75)
            plan.put(stool, plan.place(stool, float(here[0]), float(here[2]), 0.0))
    zone = kit.shape("zone", [(fittings.slab(0.0, 0.0, 0.0, 0.8, 0.7, 1.75), number)])
    for x, z in rows_of(plan, (1.7, 2.15), (0.5, 0.5)):
        here = plan.place(zone, x, z, float(kit.rng.choice([0.0, np.pi / 2])), margin=0.1)
        if here:
            kit.put(fittings.round_table(kit, 0.75, 0.74), here(0.0, 0.0), here.turn)
            kit.put(dining_chair(plan), here(0.0, 0.58), here.turn + np.pi)
            kit.put(dining_chair(plan), here(0.0, -0.58), here.turn)
            kit.put(
                thing(kit, "wine glass", 0.2, label="thing"), here(0.15, 0.12, 0.74), solid=False
            )
            kit.put(
                thing(kit, "candle holder", 0.2, label="thing", knobs={"flame": 0.0}),
                here(-0.1, 0.0, 0.74),
                solid=False,
            )
    plants(plan, 2)
    pictures(plan, 6)


def gallery(plan: Plan) -> None:
    """Large pictures on the walls, sculptures on plinths, a bench."""
    kit = plan.kit
    for near, name, tall in (
        ((2.2, 1.6), "plaster statue", 0.75),
        ((-2.3, 1.2), "vase", 0.5),
        ((1.8, -2.0), "owl", 0.45),
    ):
        foot = stores.plinth(kit, 0.95)
        spot = plan.put(foot, plan.free_spot(foot, 0.0, near, 0.4))
        if spot:
            kit.put(thing(kit, name, tall, label="thing"), spot(0.0, 0.0, 0.95), solid=False)
    seat = stores.bench(kit, 1.6)
    plan.put(seat, plan.free_spot(seat, 0.0, (-0.5, -2.2), 0.4))
    pictures(plan, 14, 1.25, high=1.65)
