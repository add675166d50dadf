# SPDX-License-Identifier: Apache-2.0
"""What stands in rooms of work, learning and gathering: office, corridor, studio, warehouse and more.

As in :mod:`scenes.room.homes`, the most telling pieces come first and never into each other.
"""

from __future__ import annotations

import numpy as np

from scenes.room import fittings, service
from scenes.room.homes import (
    BACK_FIRST,
    FRONT_FIRST,
    bathroom,
    bedroom,
    dining_chair,
    hearth,
    kitchen,
    living_room,
    pictures,
    plants,
    standing_lamp,
    wall_free,
)
from scenes.room.kit import SIDES
from scenes.room.lamps import CANDLE_LUMENS, budget, candles, shaded_lamp, softbox
from scenes.room.layout import Plan
from scenes.room.things import thing


def _grid(
    plan: Plan, pitch: tuple[float, float], inset: tuple[float, float]
) -> list[tuple[float, float]]:
    """Places in rows over the floor."""
    b = plan.kit.bounds
    wide, deep = b.left - b.right - 2 * inset[0], b.front - b.back - 2 * inset[1]
    columns, rows = max(int(wide / pitch[0]), 0), max(int(deep / pitch[1]), 0)
    xs = b.right + inset[0] + (np.arange(columns) + 0.5) * wide / max(columns, 1)
    zs = b.back + inset[1] + (np.arange(rows) + 0.5) * deep / max(rows, 1)
    return [(float(x), float(z)) for z in zs for x in xs]


def office(plan: Plan) -> None:
    """Rows of desks with screens, shelves and a whiteboard along the walls."""
    kit = plan.kit
    zone = kit.shape("zone", [(fittings.slab(0.0, 0.0, 0.0, 1.6, 0.7, 1.75), fittings.wood(kit))])
    for number, (x, z) in enumerate(_grid(plan, (1.95, 2.1), (0.6, 0.6))):
        turn = 0.0 if number % 2 else np.pi
        spot = plan.place(zone, x, z, turn, margin=0.08)
        if spot is None:
            continue
        kit.put(fittings.table(kit, 1.5, 0.73, 0.75, metal=True), spot(0.0, -0.45), spot.turn)
        kit.put(
            fittings.screen(kit, 0.54, lit=kit.room.lit),
            spot(0.0, -0.62, 0.73),
            spot.turn,
            solid=False,
        )
        board = fittings.slab(0.0, 0.0, 0.0, 0.44, 0.018, 0.14)
        black = fittings.painted(kit, (0.03, 0.03, 0.032), "keys")
        kit.put(
            kit.shape("keyboard", [(board, black)]), spot(0.0, -0.32, 0.73), spot.turn, solid=False
        )
        kit.put(
            fittings.office_chair(kit),
            spot(float(kit.rng.uniform(-0.1, 0.1)), 0.42),
            spot.turn + np.pi + float(kit.rng.uniform(-0.5, 0.5)),
        )
        if kit.rng.random() < 0.5:
            kit.put(thing(kit, "mug", 0.1, label="thing"), spot(0.45, -0.35, 0.73), solid=False)
        if kit.rng.random() < 0.4:
            kit.put(
                thing(kit, "book", 0.03, label="thing", knobs={"open": 0.0}),
                spot(-0.5, -0.4, 0.73),
                solid=False,
            )
    for _ in range(2):
        case = fittings.bookcase(kit, 1.2, 1.85, 0.35, 0.7)
        plan.put(case, plan.against(case))
    chest = thing(
        kit,
        "cabinet",
        1.2,
        width=0.9,
        depth=0.45,
        looks={
            "body": ("painted metal", (0.4, 0.41, 0.42)),
            "doors": ("painted metal", (0.42, 0.43, 0.44)),
            "panels": ("painted metal", (0.42, 0.43, 0.44)),
        },
    )
    plan.put(chest, plan.against(chest))
    plants(plan, 3)
    _on_wall(plan, "whiteboard")
    pictures(plan, 2)


def _on_wall(plan: Plan, what: str, wide: float = 2.4) -> bool:
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
            shape = service.board(kit, size, white=what == "whiteboard")
            kit.put(shape, wall.world(0.0, 0.0, 1.55), wall.turn, solid=False)
            return True
    return False


def corridor(plan: Plan) -> None:
    """Little: a plant, a bench, a chair, notices between the doors."""
    kit = plan.kit
    plants(plan, 2)
    if min(kit.room.width_m, kit.room.depth_m) > 1.9:
        seat = service.bench(kit, 1.2, 0.35)
        plan.put(seat, plan.against(seat, ("left", "right")))
    pictures(plan, 5, 0.5)


def studio(plan: Plan) -> None:
    """A paper backdrop behind the character, soft lights before it, a stool."""
    kit = plan.kit
    wide, tall = min(2.75, kit.room.width_m - 1.2), min(2.6, kit.room.height_m - 0.2)
    paper = service.backdrop(kit, wide, tall)
    kit.put(paper, np.array([0.0, 0.0, max(kit.bounds.back + 1.35, -1.6)]))
    plan.take((-wide / 2 - 0.2, wide / 2 + 0.2, kit.bounds.back, 0.0))
    lumens = budget(kit).get("softboxes", 0.0) / 2
    reach = min(2.2, 0.5 * kit.room.width_m - 0.5)
    for sign in (-1.0, 1.0):
        head, high = softbox(kit, lumens)
        x, z = sign * reach, min(1.7, kit.bounds.front - 0.6)
        kit.put(head, np.array([x, 0.0, z]), float(np.arctan2(-x, -z)))
        kit.glow("softbox", np.array([x, high, z]), lumens)
        plan.take((x - 0.6, x + 0.6, z - 0.6, z + 0.6))
    for name, tall_ in (("stool", 0.62), ("chair", 0.88), ("suitcase", 0.4)):
        piece = thing(kit, name, tall_)
        plan.put(piece, plan.against(piece, FRONT_FIRST))
    table = fittings.table(kit, 1.4, 0.75, 0.65, metal=True)
    spot = plan.put(table, plan.against(table, FRONT_FIRST))
    if spot:
        kit.put(
            fittings.screen(kit, 0.6, lit=kit.room.lit),
            spot(0.0, -0.1, 0.75),
            spot.turn,
            solid=False,
        )
    rack = fittings.bookcase(kit, 1.0, 1.8, 0.35, 0.4)
    plan.put(rack, plan.against(rack))
    plants(plan, 1)


def warehouse(plan: Plan) -> None:
    """Rows of racks with aisles, loads on pallets, drums."""
    kit, b = plan.kit, plan.kit.bounds
    tall = min(kit.room.height_m - 1.6, 6.5)
    long = float(np.clip(kit.room.depth_m / 2 - 2.6, 2.5, 12.0))
    for x in np.arange(b.right + 1.0, b.left - 0.9, 3.4).tolist():
        for middle in (b.back + 1.2 + long / 2, b.front - 1.2 - long / 2):
            shape = service.rack(kit, long, tall)
            plan.put(shape, plan.place(shape, x, middle, np.pi / 2, margin=0.05))
    for _ in range(6):
        load = service.pallet_load(kit)
        near = kit.rng.uniform(-5, 5, 2)
        plan.put(
            load,
            plan.free_spot(
                load, float(kit.rng.choice([0.0, np.pi / 2])), (float(near[0]), float(near[1]))
            ),
        )
    for _ in range(5):
        barrel = service.drum(kit)
        plan.put(barrel, plan.against(barrel))


def church(plan: Plan) -> None:
    """Pews on both sides of an aisle, columns, an altar with candles."""
    kit, b = plan.kit, plan.kit.bounds
    shrine = service.altar(kit)
    spot = plan.put(shrine, plan.against(shrine, ("front",), at=0.0, gap=0.6))
    if spot:
        many = candles(kit, 5, 5 * CANDLE_LUMENS)
        for x in (-0.6, 0.6):
            kit.put(many, spot(x, 0.1, 1.212), solid=False)
            kit.glow("candles", spot(x, 0.1, 1.4), 5 * CANDLE_LUMENS, fittings.fire_colour())
    middle, half = 0.5 * (b.left + b.right), kit.room.width_m / 2
    pillar = service.column(kit, min(kit.room.height_m * 0.62, 7.0))
    for z in np.arange(b.back + 1.5, b.front - 2.5, 3.6).tolist():
        for x in (middle - half + 0.6, middle + half - 0.6):
            plan.put(pillar, plan.place(pillar, x, z, 0.0))
    wide = half - 2.4
    if wide < 1.0:
        return
    for z in np.arange(b.back + 1.6, b.front - 4.6, 1.05).tolist():
        for sign in (-1.0, 1.0):
            shape = service.pew(kit, wide)
            plan.put(shape, plan.place(shape, middle + sign * (0.95 + wide / 2), z, 0.0))


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
    for _ in range(60):
        case = fittings.bookcase(kit, 0.9, tall, 0.3, 0.93)
        if (
            plan.put(
                case, plan.against(case, at=float(kit.rng.uniform(-9, 9)), gap=0.01, margin=0.005)
            )
            is None
        ):
            break
    for x, z in _grid(plan, (1.9, 1.4), (1.3, 1.3)):
        case = fittings.bookcase(kit, 1.7, min(1.9, tall), 0.32, 0.9)
        if abs(x) > 1.9:
            plan.put(case, plan.place(case, x, z, -float(np.sign(x)) * np.pi / 2, margin=0.35))
    plants(plan, 1)


def classroom(plan: Plan) -> None:
    """A blackboard in front, a teacher's desk, rows of tables that face it."""
    kit = plan.kit
    _on_wall(plan, "blackboard", 3.6)
    desk = thing(kit, "desk", 0.76, width=1.5, depth=0.7, knobs={"lamp": 0.0})
    plan.put(desk, plan.against(desk, ("front",), at=1.4, gap=0.9))
    zone = kit.shape("zone", [(fittings.slab(0.0, 0.0, 0.0, 1.3, 0.7, 1.2), fittings.wood(kit))])
    for x, z in _grid(plan, (1.75, 1.5), (0.7, 0.3)):
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
        plan.put(shelf, plan.place(shelf, *(float(v) for v in spot(0.0, -1.15)[[0, 2]]), spot.turn))
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
    for x, z in _grid(plan, (1.7, 2.15), (0.5, 0.5)):
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
        foot = service.plinth(kit, 0.95)
        spot = plan.put(foot, plan.free_spot(foot, 0.0, near, 0.4))
        if spot:
            kit.put(thing(kit, name, tall, label="thing"), spot(0.0, 0.0, 0.95), solid=False)
    seat = service.bench(kit, 1.6)
    plan.put(seat, plan.free_spot(seat, 0.0, (-0.5, -2.2), 0.4))
    pictures(plan, 14, 1.25, high=1.65)


def workshop(plan: Plan) -> None:
    """Benches with tools, shelves, drums, something under repair."""
    kit = plan.kit
    paint = ("painted metal", kit.room.accent_color)
    black = ("rubber", (0.03, 0.03, 0.03))
    looks = {
        "body": paint,
        "windows": ("glass", (0.03, 0.035, 0.04)),
        "wheels": black,
        "trim": ("metal", (0.4, 0.4, 0.4)),
        "lights": ("glass", (0.6, 0.58, 0.5)),
    }
    car = thing(kit, "car", 1.4, width=1.75, knobs={"style": 0.2}, looks=looks)
    plan.put(car, plan.free_spot(car, 0.0, (-2.2, -0.5), 0.3))
    for _ in range(2):
        table = fittings.table(kit, 2.0, 0.9, 0.7)
        spot = plan.put(table, plan.against(table, BACK_FIRST))
        if spot:
            for x, name, tall in (
                (-0.6, "hammer", 0.05),
                (-0.2, "anvil", 0.2),
                (0.3, "bucket", 0.25),
                (0.7, "lantern", 0.3),
            ):
                kit.put(
                    thing(kit, name, tall if name != "hammer" else 0.3, label="thing"),
                    spot(x, 0.0, 0.9),
                    spot.turn,
                    solid=False,
                )
    for _ in range(2):
        shelf = service.rack(kit, 2.4, 2.0, 0.6)
        plan.put(shelf, plan.against(shelf))
    for name, tall in (("broom", 1.35), ("shovel", 1.2), ("suitcase", 0.45)):
        piece = thing(kit, name, tall, label="thing")
        plan.put(piece, plan.against(piece))
    for _ in range(3):
        barrel = service.drum(kit)
        plan.put(barrel, plan.against(barrel))


def cell(plan: Plan) -> None:
    """A cot, a stool, a bucket, candles."""
    kit = plan.kit
    cot = service.bench(kit, 1.9, 0.75)
    plan.put(cot, plan.against(cot))
    for name, tall in (("treasure chest", 0.5), ("stool", 0.45), ("bucket", 0.3), ("basket", 0.35)):
        piece = thing(kit, name, tall)
        plan.put(piece, plan.against(piece))
    table = fittings.table(kit, 0.8, 0.7, 0.5)
    spot = plan.put(table, plan.against(table))
    if spot and "candles" in kit.room.lamps:
        lumens = budget(kit)["candles"]
        kit.put(candles(kit, 4, lumens), spot(0.0, 0.0, 0.7), spot.turn, solid=False)
        kit.glow("candles", spot(0.0, 0.0, 0.9), lumens, fittings.fire_colour())


def empty_room(plan: Plan) -> None:
    """Nothing but a lamp or a hearth that the words name."""
    if plan.kit.room.fireplace != "none":
        hearth(plan)
    standing_lamp(plan)


PROGRAMMES = {
    "living room": living_room,
    "bedroom": bedroom,
    "kitchen": kitchen,
    "bathroom": bathroom,
    "office": office,
    "corridor": corridor,
    "studio": studio,
    "warehouse": warehouse,
    "church": church,
    "library": library,
    "classroom": classroom,
    "restaurant": restaurant,
    "gallery": gallery,
    "workshop": workshop,
    "cell": cell,
    "empty room": empty_room,
}
"""What stands in each kind of room."""
__all__ = ["PROGRAMMES", "SIDES"]
