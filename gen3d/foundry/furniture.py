# SPDX-License-Identifier: Apache-2.0
"""Families of furniture: table, bed, bookshelf, cabinet, chest of drawers, desk.

The families of :mod:`gen3d.foundry.seats` are joined to :data:`FAMILIES`. Fronts look along +Z.
"""

from __future__ import annotations

from gen3d.foundry import seats
from gen3d.foundry.parts_a import arched, block, cushion, hoop, knobs, strut
from gen3d.foundry.seats import LEGS, WOODS, four, leg
from gen3d.foundry.solids import (
    Solid,
    Vec3,
    around,
    cylinder,
    ellipsoid,
    joined,
    lathe,
    moved,
    pair,
    prism,
    smooth_path,
    smooth_profile,
    tapered,
    tube,
    turned,
)
from gen3d.foundry.thing import Family, Knobs, Pieces, Slot


def _table(k: Knobs) -> Pieces:
    width, depth, height = k("width", 0.8, 1.35), k("depth", 0.6, 0.85), k("height", 0.4, 0.75)
    if k.has("round"):
        depth = width
        top = cylinder(0.5 * width, 0.065, 0.02, 48)
        reach = 0.32 * width
    else:
        top, reach = block(width, 0.065, depth, 0.02), 0.0
    pieces: Pieces = [("body", moved(top, y=height))]
    if k.has("pedestal"):
        foot = [(0.24, 0.0), (0.24, 0.05), (0.08, 0.14)]
        curve = smooth_profile([*foot, (0.085, 0.5 * height), (0.16, height + 0.02)], 14)
        feet = around(strut((0.0, 0.035, 0.05), (0.0, 0.035, 0.36), 0.05, 0.04), 4, 45.0)
        return [*pieces, ("legs", joined(lathe(curve, 36), feet))]
    x, z = reach or 0.5 * width - 0.08, reach or 0.5 * depth - 0.08
    thick = k("legs", 0.06, 0.12)
    legs = four(leg(height + 0.02, thick, round_=k.has("round")), x, z)
    rails = pair(moved(block(2.0 * x, 0.1, 0.05, 0.01), z=z), "z")
    ends = pair(moved(block(0.05, 0.1, 2.0 * z, 0.01), x))
    return [*pieces, ("legs", legs), ("frame", moved(joined(rails, ends), y=height - 0.085))]


def _bed(k: Knobs) -> Pieces:
    width, length = k("width", 0.55, 1.0), 1.2
    head, foot, lift = k("headboard", 0.42, 0.72), k("footboard", 0.22, 0.4), k("height", 0.1, 0.2)
    rear, front = -0.5 * length, 0.5 * length
    arch = prism(arched(width + 0.08, head, 16), 0.07, 0.012)
    board = arch if k.has("arched") else block(width + 0.08, head, 0.07, 0.02)
    end = moved(block(width + 0.08, foot, 0.07, 0.02), z=front)
    frame = moved(block(width, 0.12, length, 0.015), y=lift)
    mattress = moved(cushion(width - 0.02, 0.2, length - 0.06, 0.25), y=lift + 0.08)
    cover = moved(cushion(width + 0.07, 0.21, 0.64 * length, 0.25), y=lift + 0.11, z=0.14 * length)
    pillow = moved(cushion(0.42 * width, 0.12, 0.24, 0.6, 10), y=lift + 0.23, z=rear + 0.2)
    return [
        ("body", joined(frame, moved(board, z=rear), end)),
        ("mattress", mattress),
        ("blanket", cover),
        ("pillow", pair(moved(pillow, 0.235 * width)) if k.has("two pillows") else pillow),
        (
            "legs",
            four(block(0.1, lift + 0.05, 0.1, 0.01), 0.5 * width - 0.06, 0.5 * length - 0.04),
        ),
    ]


def _bookshelf(k: Knobs) -> Pieces:
    width, height, depth = k("width", 0.5, 0.95), k("height", 0.75, 1.35), k("depth", 0.22, 0.34)
    rows, wall = k.count("shelves", 2, 4), 0.05
    side = moved(block(wall, height, depth, 0.01), 0.5 * (width - wall))
    back = moved(block(width - 0.02, height - 0.02, wall, 0.01), y=0.01, z=0.5 * (wall - depth))
    gap = (height - wall - 0.04) / rows
    levels = [0.04 + i * gap for i in range(rows + 1)]
    shelves = [moved(block(width - 0.02, wall, depth - 0.01, 0.01), y=y) for y in levels]
    pieces: Pieces = [
        ("body", joined(pair(side), *(shelves[i] for i in (0, rows)))),
        ("back", back),
        ("shelves", joined(*shelves[1:-1])),
    ]
    full = k("books", 0.35, 1.0)
    inner = width - 2.0 * wall
    books = [_books(inner, gap - wall, depth, full, row) for row in range(rows)]
    placed = [moved(s, y=y + wall - 0.01) for s, y in zip(books, levels, strict=False)]
    pieces.append(("books", joined(*placed)))
    if k.has("cornice"):
        top = block(width + 0.1, 0.07, depth + 0.07, 0.02)
        pieces.append(("cornice", moved(top, y=height - 0.02)))
    return pieces


def _books(width: float, gap: float, depth: float, full: float, row: int) -> Solid:
    """A row of books of differing height, from the left on even rows and the right on odd ones."""
    thick = 0.072
    count = max(int(full * (width - 0.01) / thick), 2)
    side = -1.0 if row % 2 == 0 else 1.0
    heights = [gap * (0.62 + 0.26 * ((5 * i + 3 * row) % 7) / 6.0) for i in range(count)]
    start = side * 0.5 * (width - thick)
    return joined(
        *(
            moved(_volume(thick + 0.004, h, 0.7 * depth), start - side * i * thick)
            for i, h in enumerate(heights)
        ),
    )


def _volume(x: float, y: float, z: float) -> Solid:
    """One book on a shelf: a plain box."""
    return moved(prism([(-0.5 * x, 0.0), (0.5 * x, 0.0), (0.5 * x, y), (-0.5 * x, y)], z), z=-0.02)


def _carcass(width: float, height: float, depth: float, lift: float) -> tuple[Solid, Solid, Solid]:
    """Body, overhanging top and feet of a cabinet."""
    body = moved(block(width, height - lift, depth, 0.015), y=lift)
    top = moved(block(width + 0.08, 0.06, depth + 0.06, 0.02), y=height - 0.01)
    foot = tapered(block(0.09, lift + 0.03, 0.09, 0.012), 1.0, 0.75)
    return body, top, four(foot, 0.5 * width - 0.06, 0.5 * depth - 0.06)


def _knob(x: float, y: float, z: float) -> Solid:
    return moved(ellipsoid(0.035, detail=6), x, y, z + 0.02)


def _cabinet(k: Knobs) -> Pieces:
    width, height, depth = k("width", 0.6, 1.0), k("height", 0.65, 1.3), k("depth", 0.32, 0.5)
    lift = k("legs", 0.06, 0.22)
    body, top, legs = _carcass(width, height, depth, lift)
    tall = height - lift - 0.09
    half = 0.5 * width - 0.045
    door = moved(block(half - 0.01, tall, 0.05, 0.012), 0.5 * half + 0.012, lift + 0.045)
    inner = prism(arched(half - 0.12, tall - 0.12), 0.06, 0.012)
    panel = moved(inner if k.has("arched") else block(half - 0.12, tall - 0.12, 0.06, 0.012))
    front = 0.5 * depth
    place = moved(panel, 0.5 * half + 0.012, lift + 0.105)
    grip = pair(_knob(0.06, lift + 0.55 * tall, front + 0.04))
    pieces: Pieces = [
        ("body", joined(body, top)),
        ("doors", moved(pair(door), z=front + 0.01)),
        ("panels", moved(pair(place), z=front + 0.02)),
        ("knobs", grip),
        ("legs", legs),
    ]
    return pieces


def _drawers(width: float, low: float, high: float, rows: int, front: float) -> tuple[Solid, Solid]:
    """Drawer fronts between two heights and their knobs, centred in x."""
    step = (high - low) / rows
    pads: list[Solid] = []
    grips: list[Solid] = []
    for row in range(rows):
        y = low + row * step
        pads.append(
            moved(block(width - 0.07, step - 0.045, 0.05, 0.012), y=y + 0.022, z=front + 0.012)
        )
        grips.append(pair(_knob(0.25 * width, y + 0.5 * step, front + 0.035)))
    return joined(*pads), joined(*grips)


def _chest_of_drawers(k: Knobs) -> Pieces:
    width, height, depth = k("width", 0.6, 1.1), k("height", 0.6, 1.1), k("depth", 0.36, 0.52)
    lift = k("legs", 0.06, 0.2)
    body, top, legs = _carcass(width, height, depth, lift)
    fronts, grips = _drawers(
        width, lift + 0.02, height - 0.02, k.count("drawers", 2, 5), 0.5 * depth
    )
    pieces: Pieces = [("body", joined(body, top)), ("drawers", fronts), ("knobs", grips)]
    if k.has("mirror"):
        frame = turned(hoop(0.3, 0.22, 0.07, 36), "x", 90.0)
        glass = turned(cylinder(0.25, 0.065, 0.0, 36), "x", 90.0)
        rise = height + 0.28, -0.4 * depth
        pieces[0] = ("body", joined(body, top, moved(frame, 0.0, *rise)))
        pieces.append(("mirror", moved(glass, 0.0, *rise)))
    return [*pieces, ("legs", legs)]


def _desk(k: Knobs) -> Pieces:
    width, height, depth = k("width", 0.95, 1.4), k("height", 0.5, 0.75), k("depth", 0.45, 0.65)
    box = k("drawers", 0.3, 0.42)
    top = moved(block(width, 0.065, depth, 0.02), y=height)
    low = 0.05
    chest = moved(block(box, height - low + 0.02, depth - 0.08, 0.012), y=low)
    fronts, grips = _drawers(
        box + 0.02, low + 0.02, height, k.count("rows", 2, 4), 0.5 * depth - 0.04
    )
    at = 0.5 * (width - box) - 0.04
    plinth = block(box - 0.04, low + 0.02, depth - 0.12, 0.01)
    bodies = [top, moved(joined(chest, plinth), at)]
    pieces: Pieces = [("drawers", moved(fronts, at)), ("knobs", moved(grips, at))]
    if k.has("two pedestals"):
        bodies.append(moved(joined(chest, plinth), -at))
        pieces += [("drawers", moved(fronts, -at)), ("knobs", moved(grips, -at))]
    else:
        post = leg(height + 0.02, 0.085, round_=False)
        legs = pair(moved(post, 0.07 - 0.5 * width, 0.0, 0.5 * depth - 0.07), "z")
        pieces.append(("legs", legs))
    if k.has("lamp"):
        pieces.append(("lamp", moved(_desk_lamp(), 0.1 - 0.5 * width + 0.08, height + 0.05, -0.1)))
    return [("body", joined(*bodies)), *pieces]


def _desk_lamp() -> Solid:
    """A small reading lamp: foot, bowed arm, cone of a shade."""
    arm: list[Vec3] = [(0.0, 0.0, 0.0), (-0.02, 0.2, 0.0), (0.08, 0.34, 0.0), (0.2, 0.3, 0.0)]
    shade = turned(lathe([(0.14, -0.1), (0.14, -0.05), (0.06, 0.06), (0.03, 0.09)], 28), "z", 20.0)
    foot = cylinder(0.11, 0.05, 0.015, 28)
    return joined(foot, tube(smooth_path(arm, 14), 0.028, 10), moved(shade, 0.21, 0.27))


_KNOBS = Slot("knobs", ("metal", "gold", "wood", "porcelain", "bronze"))

_LOCAL: tuple[Family, ...] = (
    Family(
        "table",
        _table,
        knobs("width: small/wide", "depth", "height: low/tall", "legs: thin-legged/thick-legged")
        + knobs("round: rectangular/round", "pedestal"),
        (
            Slot("body", (*WOODS, "marble", "glass", "plastic")),
            LEGS,
            Slot("frame", (*WOODS, "metal")),
        ),
        (0.4, 0.8),
    ),
    Family(
        "bed",
        _bed,
        knobs("width: narrow/wide", "headboard: /high", "footboard", "height: low/", "arched")
        + knobs("two pillows"),
        (
            Slot("body", (*WOODS, "metal", "leather")),
            Slot("mattress", ("cloth",), ("white", "cream", "beige")),
            Slot("blanket", ("cloth", "fur")),
            Slot("pillow", ("cloth",)),
            LEGS,
        ),
        (0.7, 1.3),
    ),
    Family(
        "bookshelf",
        _bookshelf,
        knobs("width: narrow/wide", "height: low/tall", "depth: /deep", "shelves")
        + knobs("books: /full", "cornice"),
        (
            Slot("body", (*WOODS, "metal")),
            Slot("back", WOODS),
            Slot("shelves", (*WOODS, "metal", "glass")),
            Slot("books", ("paper", "leather", "cloth")),
            Slot("cornice", WOODS),
        ),
        (0.8, 2.0),
    ),
    Family(
        "cabinet",
        _cabinet,
        knobs("width: narrow/wide", "height: low/tall", "depth", "legs: /long-legged", "arched"),
        (
            Slot("body", (*WOODS, "metal")),
            Slot("doors", (*WOODS, "metal")),
            Slot("panels", (*WOODS, "glass", "cloth")),
            _KNOBS,
            LEGS,
        ),
        (0.7, 1.9),
    ),
    Family(
        "chest of drawers",
        _chest_of_drawers,
        knobs("width: narrow/wide", "height: low/tall", "depth", "legs: /long-legged", "drawers")
        + knobs("mirror"),
        (
            Slot("body", WOODS),
            Slot("drawers", WOODS),
            _KNOBS,
            LEGS,
            Slot("mirror", ("glass", "metal"), ("silver", "white", "grey")),
        ),
        (0.7, 1.3),
    ),
    Family(
        "desk",
        _desk,
        knobs("width: small/wide", "height: low/tall", "depth", "drawers", "rows", "two pedestals")
        + knobs("lamp"),
        (
            Slot("body", (*WOODS, "metal")),
            Slot("drawers", (*WOODS, "metal")),
            _KNOBS,
            LEGS,
            Slot("lamp", ("metal", "painted metal", "gold", "plastic")),
        ),
        (0.7, 0.8),
    ),
)

FAMILIES: tuple[Family, ...] = (*seats.FAMILIES, *_LOCAL)
