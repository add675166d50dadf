# SPDX-License-Identifier: Apache-2.0
"""What stands in the rooms of a home: living room, bedroom, kitchen, bathroom.

Each takes the plan of the floor and sets its furniture down, the most telling pieces first; what
finds no place stays away.
"""

from __future__ import annotations

import numpy as np

from gen3d.scenery import Side
from scenes.room import fittings, service
from scenes.room.decor import (
    BACK_FIRST,
    FRONT_FIRST,
    behind,
    dining_chair,
    in_room,
    pictures,
    plants,
    side_lamp,
    standing_lamp,
    wall_free,
    windowed,
)
from scenes.room.kit import SIDES, Wall
from scenes.room.lamps import budget, shaded_lamp
from scenes.room.layout import Plan, Spot, extents
from scenes.room.things import thing


def living_room(plan: Plan) -> None:
    """Seats around a low table, shelves, a screen, a fireplace where there is one."""
    kit = plan.kit
    if kit.room.fireplace != "none":
        hearth(plan)
    sofa = thing(
        kit,
        "sofa",
        0.82,
        width=2.1,
        depth=0.92,
        knobs={"seats": 0.9, "back": 0.5, "feet": 0.6, "pillows": 0.9, "arms": 0.5},
        looks=dict.fromkeys(("body", "arms", "cushions"), ("cloth", kit.room.accent_color))
        | {"pillow": ("cloth", (0.55, 0.50, 0.40))},
    )
    seat = plan.put(sofa, plan.against(sofa, BACK_FIRST, at=0.0, front=0.3))
    if seat:
        _seating(plan, seat)
    media(plan)
    for _ in range(2 if kit.room.furniture > 0.5 else 1):
        case = fittings.bookcase(kit, float(kit.rng.uniform(0.8, 1.4)), 1.95)
        plan.put(case, plan.against(case))
    side_lamp(plan)
    plants(plan, 2)
    standing_lamp(plan)
    pictures(plan, 4)


def hearth(plan: Plan) -> None:
    """A fireplace in the middle of the front wall, or where it fits."""
    kit = plan.kit
    fire = fittings.fireplace(kit, burning=kit.room.fireplace == "burning")
    spot = plan.put(fire, plan.against(fire, FRONT_FIRST, at=0.0, gap=0.0, front=0.5))
    if spot and kit.room.fireplace == "burning":
        kit.glow("fire", spot(0.0, 0.2, 0.35), fittings.FIRE_LUMENS, fittings.fire_colour())
    if spot:
        vase = thing(kit, "vase", 0.26, label="thing")
        clock = thing(kit, "clock", 0.22, label="thing")
        for shape, x in ((vase, -0.5), (clock, 0.35)):
            kit.put(shape, spot(x, 0.25, 1.117), spot.turn, solid=False)


def _seating(plan: Plan, seat: Spot) -> None:
    """A rug and a low table before a sofa, an armchair at its side."""
    kit = plan.kit
    low = fittings.table(kit, 1.0, 0.42, 0.55)
    point = seat(0.0, 0.92 / 2 + 0.42 + 0.28)
    spot = plan.put(low, plan.place(low, float(point[0]), float(point[2]), seat.turn))
    if spot:
        for name, height, x in (("book", 0.04, -0.25), ("bowl", 0.08, 0.15)):
            dish = thing(
                kit, name, height, label="thing", knobs={"open": 0.0} if name == "book" else {}
            )
            kit.put(dish, spot(x, 0.0, 0.42), spot.turn, solid=False)
    rug = fittings.rug(kit, 2.3, 1.5)
    middle = seat(0.0, 0.92 / 2 + 0.72)
    if in_room(plan, rug, middle, seat.turn):
        kit.put(rug, middle, seat.turn, solid=False)
    for sign in (1.0, -1.0):
        chair = thing(
            kit,
            "armchair",
            0.84,
            width=0.82,
            depth=0.85,
            knobs={"back": 0.5, "arms": 0.5, "pillows": 0.0},
            looks=dict.fromkeys(("body", "arms", "cushions"), ("leather", (0.16, 0.075, 0.035))),
        )
        beside = seat(sign * 1.75, 0.75)
        turn = seat.turn - sign * np.pi / 2
        here = plan.place(chair, float(beside[0]), float(beside[2]), turn)
        if plan.put(chair, here):
            break


def media(plan: Plan) -> None:
    """A low cupboard with a screen on it."""
    kit = plan.kit
    cupboard = fittings.low_board(kit, 1.7)
    spot = plan.put(cupboard, plan.against(cupboard, FRONT_FIRST, at=0.4))
    if spot:
        wall = behind(plan, spot)
        tall = 0.5 + 0.66
        if wall is None or not windowed(wall, spot, 1.2, tall):
            kit.put(fittings.screen(kit, 1.1, lit=False), spot(0.0, -0.02, 0.5), spot.turn)


def bedroom(plan: Plan) -> None:
    """A bed between two small tables, a wardrobe, drawers, a chair."""
    kit = plan.kit
    wide = 1.6 if min(kit.room.width_m, kit.room.depth_m) > 3.0 else 1.0
    bed = service.bed(kit, wide)
    spot = plan.put(bed, plan.against(bed, BACK_FIRST, at=0.0, gap=0.02, margin=0.05))
    lumens = budget(kit).get("table lamp", 0.0) / 2
    if spot:
        for sign in (-1.0, 1.0):
            stand = fittings.low_board(kit, 0.46, 0.5, 0.4)
            beside = spot(sign * (wide / 2 + 0.32), -2.08 / 2 + 0.24)
            here = plan.put(stand, plan.place(stand, float(beside[0]), float(beside[2]), spot.turn))
            if here and "table lamp" in kit.room.lamps:
                kit.put(shaded_lamp(kit, lumens, 0.44, 0.28), here(0.0, 0.0, 0.5), solid=False)
                kit.glow("table lamp", here(0.0, 0.0, 0.85), lumens)
        rug = fittings.rug(kit, 1.9, 1.2)
        middle = spot(0.0, 1.04 + 0.62)
        if in_room(plan, rug, middle, spot.turn):
            kit.put(rug, middle, spot.turn, solid=False)
    robe = fittings.wardrobe(kit)
    plan.put(robe, plan.against(robe, ("right", "front", "left", "back"), front=0.2))
    chest = thing(kit, "chest of drawers", 0.85, width=1.0, depth=0.46, knobs={"mirror": 0.0})
    here = plan.put(chest, plan.against(chest, FRONT_FIRST))
    if here:
        kit.put(thing(kit, "vase", 0.28, label="thing"), here(-0.25, 0.0, 0.85), solid=False)
    chair = thing(kit, "armchair", 0.82, width=0.78, depth=0.8, knobs={"pillows": 0.9})
    plan.put(chair, plan.against(chair))
    plants(plan, 1)
    standing_lamp(plan)
    pictures(plan, 3)


def kitchen(plan: Plan) -> None:
    """A line of units along one wall, cupboards over it, a table with chairs."""
    kit = plan.kit
    free: list[Side] = [s for s in BACK_FIRST if not any(h.low < 0.1 for h in kit.walls[s].holes)]
    side: Side = max(
        free or list(SIDES), key=lambda s: kit.walls[s].length - 3.0 * len(kit.walls[s].holes)
    )
    _units(plan, kit.walls[side])
    _dining(plan)
    cupboard = thing(kit, "cabinet", 1.8, width=1.0, depth=0.42, knobs={"legs": 0.1})
    plan.put(cupboard, plan.against(cupboard))
    plants(plan, 2)
    pictures(plan, 2, 0.5)


def _units(plan: Plan, wall: Wall) -> None:
    kit = plan.kit
    order: list[tuple[str, float]] = [
        ("fridge", 0.62),
        ("counter", 0.6),
        ("stove", 0.6),
        ("drawers", 0.6),
        ("sink", 0.8),
        ("counter", 0.6),
        ("drawers", 0.6),
        ("counter", 0.6),
        ("counter", 0.6),
    ]
    total, row = 0.0, list[tuple[str, float]]()
    for name, wide in order:
        if total + wide <= wall.length - 0.1:
            row.append((name, wide))
            total += wide
    x = -total / 2
    for k, (name, wide) in enumerate(row):
        at = x + wide / 2
        x += wide
        shape = {
            "fridge": service.fridge,
            "stove": service.stove,
            "sink": service.sink,
            "counter": lambda kit, w=wide: service.counter(kit, w),
            "drawers": lambda kit, w=wide: service.counter(kit, w, drawers=True),
        }[name](kit)
        point = wall.world(at, 0.01 + extents(shape)[2] / 2)
        spot = plan.place(shape, float(point[0]), float(point[2]), wall.turn)
        if plan.put(shape, spot) is None:
            if name == "fridge":
                # A door is where the row begins: it stands by itself.
                plan.put(shape, plan.against(shape))
            continue
        over = not any(
            h.left < at + wide / 2 and at - wide / 2 < h.right and h.high > 1.4 for h in wall.holes
        )
        if over and kit.room.height_m > 2.25:
            if name == "stove":
                kit.put(
                    service.hood(kit, kit.room.height_m - 1.6),
                    wall.world(at, 0.0, 1.6),
                    wall.turn,
                    solid=False,
                )
            elif name != "fridge":
                kit.put(
                    service.wall_unit(kit, wide), wall.world(at, 0.0, 1.48), wall.turn, solid=False
                )
        _on_units(plan, name, k, wall, at)


def _on_units(plan: Plan, name: str, number: int, wall: Wall, at: float) -> None:
    kit = plan.kit
    if name == "stove":
        kit.put(
            thing(
                kit, "cooking pot", 0.2, label="thing", looks={"body": ("metal", (0.5, 0.5, 0.5))}
            ),
            wall.world(at - 0.14, 0.24, 0.915),
            solid=False,
        )
        kit.put(
            thing(kit, "kettle", 0.22, label="thing"),
            wall.world(at + 0.14, 0.48, 0.915),
            solid=False,
        )
        return
    choices = {
        "counter": (("jar", 0.2), ("loaf of bread", 0.11), ("pitcher", 0.24)),
        "drawers": (("cutting board", 0.3), ("bowl", 0.1), ("pepper mill", 0.2)),
    }
    if name in choices:
        kind, tall = choices[name][number % 3]
        if kind != "cutting board":
            kit.put(
                thing(kit, kind, tall, label="thing"),
                wall.world(at, 0.32, service.COUNTER_M),
                wall.turn,
                solid=False,
            )


def _dining(plan: Plan, wide: float = 1.4) -> None:
    """A table with chairs around it, where there is room."""
    kit = plan.kit
    top = fittings.table(kit, wide, 0.75, 0.85)
    holder = fittings.slab(0.0, 0.0, 0.0, wide + 0.1, 0.1, 1.75)
    zone = kit.shape("zone", [(holder, fittings.wood(kit))])
    for turn, near in (
        (0.0, (0.0, 2.1)),
        (np.pi / 2, (2.1, 0.0)),
        (0.0, (0.0, -2.1)),
        (np.pi / 2, (-2.1, 0.0)),
    ):
        spot = plan.free_spot(zone, turn, near, 0.05, 1.6)
        if spot:
            kit.put(top, np.array([spot.x, 0.0, spot.z]), spot.turn)
            fruit = thing(kit, "bowl", 0.09, label="thing")
            kit.put(fruit, spot(0.0, 0.0, 0.75), solid=False)
            for x in (-0.32, 0.32):
                for front, more in ((0.62, np.pi), (-0.62, 0.0)):
                    kit.put(dining_chair(plan), spot(x * wide / 1.4, front), spot.turn + more)
            return


def bathroom(plan: Plan) -> None:
    """A tub, a basin under a mirror, a toilet, a towel."""
    kit = plan.kit
    tub = service.bathtub(kit)
    plan.put(tub, plan.against(tub, BACK_FIRST, gap=0.02))
    stand = service.washstand(kit)
    # One can squeeze by a basin; without one it is no bathroom.
    roomy = plan.against(stand, FRONT_FIRST, front=0.3) or plan.against(stand, FRONT_FIRST)
    spot = plan.put(stand, roomy)
    if spot:
        wall = behind(plan, spot)
        point = spot(0.0, -0.26)
        if wall is not None and not windowed(wall, spot, 0.8, 1.5):
            kit.put(
                service.mirror(kit, 0.75, 0.9),
                np.array([point[0], 1.62, point[2]]),
                spot.turn,
                solid=False,
            )
    seat = service.toilet(kit)
    sides: tuple[Side, ...] = ("right", "left", "front", "back")
    roomy = plan.against(seat, sides, gap=0.02, front=0.2, margin=0.15)
    plan.put(seat, roomy or plan.against(seat, sides, gap=0.02))
    basket = thing(kit, "basket", 0.4, knobs={"handle": 0.0})
    plan.put(basket, plan.against(basket))
    for side in SIDES:
        wall = kit.walls[side]
        if wall_free(plan, wall, 0.35 * wall.length / 2, 0.7, 0.5, 1.3):
            kit.put(
                service.rail(kit),
                wall.world(0.35 * wall.length / 2, 0.0, 1.15),
                wall.turn,
                solid=False,
            )
            break
    plants(plan, 1)
