# SPDX-License-Identifier: Apache-2.0
"""Furniture that the object foundry lacks, for living: shelves, fireplace, pictures, screens.

Feet at the origin, fronts along +Z, metres.
"""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_b import block, rod
from gen3d.foundry.solids import Solid, cylinder, ellipsoid, joined, moved, turned
from gen3d.spec import Rgb
from scenes.place import Shape
from scenes.room.kit import Kit, Piece, area
from scenes.room.lamps import FIRE_LUMENS, fire_colour, flame


def wood(kit: Kit, factor: float = 1.0) -> int:
    """The room's wood."""
    red, green, blue = (min(c * factor, 0.8) for c in kit.room.wood_color)
    return kit.surface("wood", "furniture", (red, green, blue), "timber", 0.9, 0.5)


def painted(
    kit: Kit, colour: Rgb, name: str = "paint", rough: float = 0.45, label: str = "furniture"
) -> int:
    """An even colour."""
    return kit.surface(name, label, colour, roughness=rough)


def steel(kit: Kit, colour: Rgb = (0.52, 0.52, 0.53), rough: float = 0.35) -> int:
    """Bare metal."""
    return kit.surface("steel", "furniture", colour, roughness=rough, metallic=1.0)


def cloth(kit: Kit, colour: Rgb | None = None, name: str = "cloth") -> int:
    """Woven stuff, of the room's accent unless said."""
    return kit.surface(name, "furniture", colour or kit.room.accent_color, "fabric", 0.4, 0.95)


def slab(x: float, y: float, z: float, wide: float, tall: float, deep: float) -> Solid:
    """A sharp box whose underside is centred on a point."""
    return block((x, y, z), wide, tall, deep, 0.0)


def bookcase(kit: Kit, wide: float, tall: float, deep: float = 0.3, full: float = 0.85) -> Shape:
    """Shelves between two sides, with books of many colours."""
    board, number = 0.024, wood(kit)
    rows = max(int((tall - 0.08) / 0.34), 1)
    pitch = (tall - 0.08 - board) / rows
    solids = [slab(s * (wide - board) / 2, 0.0, 0.0, board, tall, deep) for s in (-1, 1)]
    solids += [
        slab(0.0, 0.08 + k * pitch, 0.0, wide - 2 * board, board, deep) for k in range(rows + 1)
    ]
    solids.append(slab(0.0, 0.0, deep / 2 - 0.04, wide - 2 * board, 0.08, 0.02))
    back = slab(0.0, 0.0, -deep / 2 + 0.006, wide - 2 * board, tall, 0.012)
    if wide > 1.3:
        solids.append(slab(0.0, 0.08, 0.0, board, tall - 0.1, deep - 0.01))
    pieces: list[Piece] = [(joined(*solids), number), (back, number, 0.8)]
    bays = [(-wide / 2 + board, wide / 2 - board)]
    if wide > 1.3:
        bays = [(-wide / 2 + board, -board / 2), (board / 2, wide / 2 - board)]
    for row in range(rows):
        for left, right in bays:
            pieces += _books(
                kit, left, right, 0.08 + board + row * pitch, pitch - board, deep, full
            )
    return kit.shape("bookcase", pieces)


_SPINES: tuple[Rgb, ...] = (
    (0.22, 0.035, 0.03), (0.035, 0.06, 0.15), (0.05, 0.10, 0.05), (0.33, 0.27, 0.17),
    (0.09, 0.05, 0.03), (0.5, 0.46, 0.38), (0.03, 0.03, 0.035), (0.30, 0.15, 0.04),
    (0.07, 0.13, 0.16), (0.16, 0.03, 0.08),
)  # fmt: skip


def _books(
    kit: Kit, left: float, right: float, y: float, room: float, deep: float, full: float
) -> list[Piece]:
    rng, found = kit.rng, list[Piece]()
    x = left + 0.004
    end = left + (right - left) * float(np.clip(rng.normal(full, 0.18), 0.15, 1.0))
    while x < end - 0.05:
        thick, tall = float(rng.uniform(0.018, 0.055)), float(rng.uniform(0.6, 0.93)) * room
        if rng.random() < 0.04:
            x += 0.05
            continue
        if x + thick > right:
            break
        colour = _SPINES[int(rng.integers(len(_SPINES)))]
        book = kit.surface("book", "thing", colour, roughness=0.7)
        reach = deep * float(rng.uniform(0.62, 0.78))
        found.append(
            (
                slab(x + thick / 2, y, -deep / 2 + 0.014 + reach / 2, thick - 0.0015, tall, reach),
                book,
                float(rng.uniform(0.8, 1.2)),
            )
        )
        x += thick
    return found


def rug(kit: Kit, wide: float, deep: float) -> Shape:
    """A carpet of three colours, 6 mm thick."""
    red, green, blue = kit.room.accent_color
    main = kit.surface("rug", "floor", (red, green, blue), "carpet", 0.7, 1.0)
    pale = kit.surface("rug border", "floor", (0.5, 0.45, 0.36), "carpet", 0.7, 1.0)
    pieces: list[Piece] = [(slab(0.0, 0.001, 0.0, wide, 0.004, deep), main)]
    pieces.append((slab(0.0, 0.002, 0.0, wide - 0.24, 0.004, deep - 0.24), pale))
    pieces.append((slab(0.0, 0.003, 0.0, wide - 0.42, 0.004, deep - 0.42), main, 0.9))
    return kit.shape("rug", pieces)


def fireplace(kit: Kit, *, burning: bool) -> Shape:
    """A chimney breast with a stone surround, a mantel, and logs in the hearth."""
    high = kit.room.height_m
    breast = kit.surface("chimney breast", "wall", kit.room.wall_color, "paint", 3.0, 0.9)
    stone = kit.surface("hearth stone", "wall", (0.42, 0.40, 0.37), "marble", 1.2, 0.5)
    soot = kit.surface("soot", "wall", (0.035, 0.032, 0.03), "bricks", 1.0, 0.95)
    bark = kit.surface("log", "thing", (0.10, 0.06, 0.035), "wood", 0.3, 0.9)
    wide, deep, open_w, open_h = 1.5, 0.42, 0.8, 0.72
    side = (wide - open_w) / 2
    pieces: list[Piece] = [
        (slab(s * (wide - side) / 2, 0.0, 0.0, side, open_h, deep), breast) for s in (-1, 1)
    ]
    pieces.append((slab(0.0, open_h, 0.0, wide, high - open_h, deep), breast))
    front = deep / 2
    jamb = block((0.0, 0.0, front + 0.03), 0.17, open_h + 0.02, 0.06, 0.012)
    pieces += [(moved(jamb, s * (open_w / 2 + 0.08)), stone) for s in (-1, 1)]
    pieces.append((block((0.0, open_h, front + 0.03), open_w + 0.34, 0.17, 0.06, 0.012), stone))
    pieces.append(
        (block((0.0, open_h + 0.34, front + 0.07), open_w + 0.6, 0.055, 0.24, 0.012), stone)
    )
    pieces.append((slab(0.0, 0.0, front + 0.2, open_w + 0.5, 0.035, 0.42), stone))
    pieces.append((slab(0.0, 0.0, -deep / 2 + 0.01, open_w, open_h, 0.02), soot))
    pieces += [
        (slab(s * (open_w / 2 - 0.004), 0.0, 0.0, 0.008, open_h, deep - 0.02), soot)
        for s in (-1, 1)
    ]
    pieces.append((slab(0.0, 0.0, 0.0, open_w, 0.03, deep), soot))
    for x, y, z, turn in (
        (-0.05, 0.09, 0.02, 8.0),
        (0.08, 0.09, -0.1, -14.0),
        (0.0, 0.19, -0.04, 30.0),
    ):
        log = turned(rod((-0.24, 0.0, 0.0), (0.24, 0.0, 0.0), 0.058, 10), "y", turn)
        pieces.append((moved(log, x, y, z), bark))
    if burning:
        flames = [
            moved(
                flame(float(kit.rng.uniform(0.2, 0.42)), kit.rng),
                float(x),
                0.17,
                float(kit.rng.uniform(-0.1, 0.06)),
            )
            for x in np.linspace(-0.22, 0.22, 7)
        ]
        number = kit.shining("lamp fire", FIRE_LUMENS, area(joined(*flames)), fire_colour())
        pieces += [(f, number) for f in flames]
        embers = kit.shining("lamp embers", 60.0, 0.3, fire_colour())
        pieces.append((moved(ellipsoid(0.26, 0.035, 0.12, 10), 0.0, 0.04, -0.02), embers))
    return kit.shape("fireplace", pieces)


def framed(kit: Kit, wide: float, tall: float) -> Shape:
    """A picture in a frame, its back at z = 0: fields of colour like a landscape or an abstract."""
    rng = kit.rng
    edge = painted(
        kit,
        [(0.04, 0.035, 0.03), (0.35, 0.25, 0.1), (0.6, 0.58, 0.54)][int(rng.integers(3))],
        "frame",
    )
    paper = painted(kit, (0.7, 0.68, 0.63), "mount", 0.9)
    b = 0.035
    pieces: list[Piece] = [
        (slab(s * (wide - b) / 2, -tall / 2, 0.014, b, tall, 0.028), edge) for s in (-1, 1)
    ]
    pieces += [(slab(0.0, y, 0.014, wide, b, 0.028), edge) for y in (-tall / 2, tall / 2 - b)]
    pieces.append((slab(0.0, -tall / 2 + b, 0.006, wide - 2 * b, tall - 2 * b, 0.012), paper))
    inner_w, inner_h = wide - 2 * b - 0.1, tall - 2 * b - 0.1
    y = -inner_h / 2
    base = rng.uniform(0.04, 0.4, (5, 1)) * rng.uniform(0.65, 1.35, (5, 3))
    shares = rng.dirichlet(np.full(4, 2.5)) * inner_h
    for k, part in enumerate(shares.tolist()):
        red, green, blue = (round(float(c), 3) for c in base[k])
        number = painted(kit, (red, green, blue), "painting", 0.8)
        pieces.append((slab(0.0, y, 0.009, inner_w, part, 0.01), number))
        y += part
    red, green, blue = (round(float(c), 3) for c in base[4])
    disc = turned(cylinder(0.16 * inner_w, 0.004, 0.0, 28), "x", 90.0)
    pieces.append(
        (
            moved(disc, float(rng.uniform(-0.25, 0.25)) * inner_w, 0.12 * inner_h, 0.013),
            painted(kit, (red, green, blue), "painting", 0.8),
        )
    )
    return kit.shape("picture", pieces)


def wardrobe(kit: Kit, wide: float = 1.6, tall: float = 2.1, deep: float = 0.58) -> Shape:
    """A wardrobe of several doors."""
    number, metal = wood(kit, 1.15), steel(kit)
    doors = max(round(wide / 0.5), 2)
    pieces: list[Piece] = [(slab(0.0, 0.06, -0.01, wide, tall - 0.06, deep - 0.02), number, 0.9)]
    pieces.append((slab(0.0, 0.0, -0.03, wide - 0.06, 0.06, deep - 0.08), number, 0.6))
    for k in range(doors):
        x = (k + 0.5) * wide / doors - wide / 2
        pieces.append(
            (
                block((x, 0.075, deep / 2 - 0.01), wide / doors - 0.008, tall - 0.09, 0.022, 0.0),
                number,
            )
        )
        handle = x + (0.5 if k % 2 == 0 else -0.5) * (wide / doors - 0.09)
        pieces.append(
            (rod((handle, 1.0, deep / 2 + 0.02), (handle, 1.22, deep / 2 + 0.02), 0.008, 8), metal)
        )
    return kit.shape("wardrobe", pieces)


def low_board(kit: Kit, wide: float, tall: float = 0.5, deep: float = 0.42) -> Shape:
    """A low cupboard with fronts on short legs."""
    number, dark = wood(kit, 1.1), wood(kit, 0.6)
    count = max(round(wide / 0.55), 2)
    pieces: list[Piece] = [
        (block((0.0, 0.12, -0.01), wide, tall - 0.12, deep - 0.02, 0.012), number, 0.9)
    ]
    for k in range(count):
        x = (k + 0.5) * wide / count - wide / 2
        pieces.append(
            (
                block((x, 0.14, deep / 2 - 0.012), wide / count - 0.02, tall - 0.17, 0.02, 0.0),
                number,
            )
        )
        pieces.append((moved(ellipsoid(0.013, detail=6), x, tall - 0.1, deep / 2 + 0.008), dark))
    pieces += [
        (rod((x, 0.0, z), (0.95 * x, 0.13, 0.95 * z), 0.016, 8), dark)
        for x in (-wide / 2 + 0.1, wide / 2 - 0.1)
        for z in (-deep / 2 + 0.07, deep / 2 - 0.07)
    ]
    return kit.shape("sideboard", pieces)


def screen(kit: Kit, wide: float, *, lit: bool, foot: bool = True) -> Shape:
    """A television or a monitor; one that is on glows weakly."""
    tall = wide * 0.5625
    black = painted(kit, (0.02, 0.02, 0.021), "screen case", 0.4)
    glass = kit.surface("screen", "thing", (0.012, 0.012, 0.013), roughness=0.08)
    if lit:
        glass = kit.shining("lamp screen", 120.0 * wide * tall * 3.0, wide * tall, (0.8, 1.0, 1.35))
    low = 0.12 if foot else 0.02
    pieces: list[Piece] = [(block((0.0, low, 0.0), wide + 0.02, tall + 0.02, 0.03, 0.0), black)]
    pieces.append((slab(0.0, low + 0.01, 0.0155, wide, tall, 0.003), glass))
    if foot:
        pieces.append((slab(0.0, 0.0, 0.0, 0.3 * wide + 0.08, 0.012, 0.19), black))
        pieces.append((slab(0.0, 0.0, -0.02, 0.06, low + 0.1, 0.02), black))
    return kit.shape("screen", pieces)


def table(kit: Kit, wide: float, tall: float, deep: float, *, metal: bool = False) -> Shape:
    """A top on four legs."""
    top = wood(kit, 1.25)
    legs = steel(kit, (0.1, 0.1, 0.105)) if metal else wood(kit)
    pieces: list[Piece] = [(block((0.0, tall - 0.035, 0.0), wide, 0.035, deep, 0.012), top)]
    thick = 0.045 if metal else 0.065
    x, z = wide / 2 - 0.07, deep / 2 - 0.07
    pieces += [
        (slab(sx * x, 0.0, sz * z, thick, tall - 0.034, thick), legs)
        for sx in (-1, 1)
        for sz in (-1, 1)
    ]
    pieces += [(slab(0.0, tall - 0.11, sz * z, 2 * x, 0.075, 0.022), legs) for sz in (-1, 1)]
    pieces += [(slab(sx * x, tall - 0.11, 0.0, 0.022, 0.075, 2 * z), legs) for sx in (-1, 1)]
    return kit.shape("table", pieces)


def round_table(kit: Kit, wide: float, tall: float) -> Shape:
    """A round top on one foot."""
    number = wood(kit, 1.2)
    foot = steel(kit, (0.09, 0.09, 0.095))
    top = moved(cylinder(wide / 2, 0.032, 0.008, 40), y=tall - 0.032)
    base = cylinder(0.32 * wide, 0.025, 0.008, 32)
    pieces: list[Piece] = [
        (top, number),
        (base, foot),
        (cylinder(0.035, tall - 0.03, 0.0, 16), foot),
    ]
    return kit.shape("round table", pieces)


def office_chair(kit: Kit) -> Shape:
    """A swivel chair on five castors."""
    black = painted(kit, (0.028, 0.028, 0.03), "plastic", 0.5)
    stuff = cloth(kit, name="chair cloth")
    pieces: list[Piece] = []
    for k in range(5):
        a = 2 * np.pi * k / 5
        x, z = 0.27 * float(np.sin(a)), 0.27 * float(np.cos(a))
        pieces.append((rod((0.0, 0.1, 0.0), (x, 0.07, z), 0.018, 8), black))
        pieces.append((moved(ellipsoid(0.03, detail=6), x, 0.03, z), black))
    pieces.append((rod((0.0, 0.08, 0.0), (0.0, 0.42, 0.0), 0.025, 12), black))
    pieces.append((block((0.0, 0.42, 0.0), 0.48, 0.075, 0.46, 0.03), stuff))
    back = turned(block((0.0, 0.0, 0.0), 0.44, 0.52, 0.06, 0.028), "x", -8.0)
    pieces.append((moved(back, 0.0, 0.56, -0.2), stuff))
    pieces.append((rod((0.0, 0.42, -0.1), (0.0, 0.7, -0.24), 0.02, 8), black))
    for s in (-1.0, 1.0):
        pieces.append((block((s * 0.25, 0.64, 0.02), 0.05, 0.03, 0.26, 0.012), black))
        pieces.append((rod((s * 0.25, 0.45, 0.0), (s * 0.25, 0.65, 0.0), 0.014, 8), black))
    return kit.shape("office chair", pieces)
