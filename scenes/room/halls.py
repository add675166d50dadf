# SPDX-License-Identifier: Apache-2.0
"""What stands in rooms of work and gathering: office, corridor, studio, warehouse and more.

As in :mod:`scenes.room.homes`, the most telling pieces come first and never into each other.
"""

from __future__ import annotations

import numpy as np

from scenes.room import fittings, stores
from scenes.room.civic import (
    church,
    classroom,
    gallery,
    library,
    on_wall,
    restaurant,
    rows_of,
)
from scenes.room.decor import BACK_FIRST, FRONT_FIRST, pictures, plants, standing_lamp
from scenes.room.gym import gym
from scenes.room.homes import bathroom, bedroom, hearth, kitchen, living_room
from scenes.room.lamps import budget, candles, softbox
from scenes.room.layout import Plan
from scenes.room.things import thing


def office(plan: Plan) -> None:
    """Rows of desks with screens, shelves and a whiteboard along the walls."""
    kit = plan.kit
    zone = kit.shape("zone", [(fittings.slab(0.0, 0.0, 0.0, 1.6, 0.7, 1.75), fittings.wood(kit))])
    for number, (x, z) in enumerate(rows_of(plan, (1.95, 2.1), (0.6, 0.6))):
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
    on_wall(plan, "whiteboard")
    pictures(plan, 2)


def corridor(plan: Plan) -> None:
    """Little: a plant, a bench, a chair, notices between the doors."""
    kit = plan.kit
    plants(plan, 2)
    if min(kit.room.width_m, kit.room.depth_m) > 1.9:
        seat = stores.bench(kit, 1.2, 0.35)
        plan.put(seat, plan.against(seat, ("left", "right")))
    pictures(plan, 5, 0.5)


def studio(plan: Plan) -> None:
    """A paper backdrop behind the character, soft lights before it, a stool."""
    kit = plan.kit
    wide, tall = min(2.75, kit.room.width_m - 1.2), min(2.6, kit.room.height_m - 0.2)
    paper = stores.backdrop(kit, wide, tall)
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
            shape = stores.rack(kit, long, tall)
            plan.put(shape, plan.place(shape, x, middle, np.pi / 2, margin=0.05))
    for _ in range(6):
        load = stores.pallet_load(kit)
        near = kit.rng.uniform(-5, 5, 2)
        plan.put(
            load,
            plan.free_spot(
                load, float(kit.rng.choice([0.0, np.pi / 2])), (float(near[0]), float(near[1]))
            ),
        )
    for _ in range(5):
        barrel = stores.drum(kit)
        plan.put(barrel, plan.against(barrel))


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
        shelf = stores.rack(kit, 2.4, 2.0, 0.6)
        plan.put(shelf, plan.against(shelf))
    for name, tall in (("broom", 1.35), ("shovel", 1.2), ("suitcase", 0.45)):
        piece = thing(kit, name, tall, label="thing")
        plan.put(piece, plan.against(piece))
    for _ in range(3):
        barrel = stores.drum(kit)
        plan.put(barrel, plan.against(barrel))


def cell(plan: Plan) -> None:
    """A cot, a stool, a bucket, candles."""
    kit = plan.kit
    cot = stores.bench(kit, 1.9, 0.75)
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
    "gym": gym,
    "empty room": empty_room,
}
"""What stands in each kind of room."""
