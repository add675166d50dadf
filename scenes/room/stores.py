# SPDX-License-Identifier: Apache-2.0
"""Furniture of stores, schools, churches and studios that the foundry lacks.

Feet at the origin, fronts along +Z, metres.
"""

from __future__ import annotations

import numpy as np

from gen3d.foundry.parts_a import hoop
from gen3d.foundry.parts_b import block, rod
from gen3d.foundry.solids import Solid, cylinder, joined, lathe, moved, turned
from scenes.place import Shape
from scenes.room.fittings import painted, slab, steel, wood
from scenes.room.kit import Kit, Piece


def rack(kit: Kit, wide: float, tall: float, deep: float = 1.0, full: float = 0.75) -> Shape:
    """A store's rack of steel with boxes on pallets."""
    blue = painted(kit, (0.03, 0.07, 0.22), "rack post", 0.4)
    orange = painted(kit, (0.55, 0.16, 0.02), "rack beam", 0.4)
    boards = kit.surface("pallet", "furniture", (0.33, 0.23, 0.13), "wood", 1.0, 0.9)
    bays = max(round(wide / 2.4), 1)
    posts = [
        slab((k / bays - 0.5) * (wide - 0.08), 0.0, s * (deep / 2 - 0.04), 0.08, tall, 0.08)
        for k in range(bays + 1)
        for s in (-1, 1)
    ]
    rows = max(int((tall - 0.3) / 1.55), 1)
    levels = [0.12 + 1.55 * k for k in range(rows)]
    beams = [
        slab(0.0, y - 0.1, s * (deep / 2 - 0.04), wide - 0.02, 0.1, 0.05)
        for y in levels
        for s in (-1, 1)
        if y > 0.3
    ]
    pieces: list[Piece] = [(joined(*posts), blue)]
    if beams:
        pieces.append((joined(*beams), orange))
    for y in levels:
        for k in range(2 * bays):
            x = ((k + 0.5) / (2 * bays) - 0.5) * (wide - 0.1)
            if kit.rng.random() < full:
                pieces.append((slab(x, y, 0.0, 1.05, 0.12, deep - 0.1), boards))
                pieces += [
                    (moved(s, x, y + 0.12), n, f) for s, n, f in _load(kit, 1.0, deep - 0.12)
                ]
    return kit.shape("rack", pieces)


def _load(kit: Kit, wide: float, deep: float) -> list[tuple[Solid, int, float]]:
    """Boxes stacked on a pallet."""
    rng = kit.rng
    card = kit.surface("cardboard", "thing", (0.36, 0.25, 0.15), "paint", 1.0, 0.9)
    tape = kit.surface("tape", "thing", (0.5, 0.4, 0.26), roughness=0.3)
    count, rows = int(rng.integers(1, 4)), int(rng.integers(1, 4))
    size, high = wide / count, float(rng.uniform(0.28, 0.4))
    found = list[tuple[Solid, int, float]]()
    for row in range(rows):
        for k in range(count):
            if row == rows - 1 and rng.random() < 0.3:
                continue
            x = (k + 0.5) * size - wide / 2
            found.append(
                (
                    slab(
                        x,
                        row * high,
                        0.0,
                        size - 0.02,
                        high - 0.006,
                        deep * float(rng.uniform(0.85, 1.0)),
                    ),
                    card,
                    float(rng.uniform(0.8, 1.15)),
                )
            )
            found.append(
                (slab(x, (row + 1) * high - 0.0055, 0.0, 0.05, 0.001, deep * 0.84), tape, 1.0)
            )
    return found


def pallet_load(kit: Kit) -> Shape:
    """Boxes on a pallet on the floor."""
    boards = kit.surface("pallet", "furniture", (0.33, 0.23, 0.13), "wood", 1.0, 0.9)
    pieces: list[Piece] = [
        (slab(0.0, y, z, 1.2, t, w), boards)
        for y, z, t, w in ((0.0, -0.35, 0.1, 0.1), (0.0, 0.0, 0.1, 0.1), (0.0, 0.35, 0.1, 0.1))
    ]
    pieces += [
        (slab(x, 0.1, 0.0, 0.12, 0.022, 0.8), boards) for x in np.linspace(-0.54, 0.54, 7).tolist()
    ]
    pieces += [(moved(s, 0.0, 0.122), n, f) for s, n, f in _load(kit, 1.15, 0.78)]
    return kit.shape("pallet", pieces)


def drum(kit: Kit) -> Shape:
    """An oil drum."""
    colour = [(0.03, 0.08, 0.20), (0.30, 0.04, 0.03), (0.05, 0.13, 0.07)][int(kit.rng.integers(3))]
    number = kit.surface("drum", "thing", colour, roughness=0.4)
    rings = joined(*(moved(hoop(0.3, 0.28, 0.03, 36), y=y) for y in (0.0, 0.29, 0.58, 0.86)))
    return kit.shape("drum", [(cylinder(0.288, 0.87, 0.0, 36), number), (rings, number, 0.9)])


def pew(kit: Kit, wide: float) -> Shape:
    """A church bench; it looks along +Z."""
    number = wood(kit)
    back = moved(turned(slab(0.0, 0.0, 0.0, wide, 0.48, 0.03), "x", -7.0), 0.0, 0.44, -0.19)
    pieces: list[Piece] = [(slab(0.0, 0.42, 0.0, wide, 0.035, 0.38), number), (back, number)]
    pieces += [
        (slab(s * (wide / 2 - 0.02), 0.0, -0.03, 0.045, 0.95, 0.44), number, 0.85) for s in (-1, 1)
    ]
    pieces.append((slab(0.0, 0.18, -0.15, wide - 0.08, 0.2, 0.025), number, 0.9))
    return kit.shape("pew", pieces)


def column(kit: Kit, tall: float, radius: float = 0.32) -> Shape:
    """A round column with base and capital."""
    stone = kit.surface("column", "wall", kit.room.wall_color, "ashlar", 2.4, 0.9)
    r = radius
    profile = [(1.35 * r, 0.0), (1.35 * r, 0.18), (1.1 * r, 0.3), (r, 0.36), (0.93 * r, tall - 0.6)]
    profile += [
        (1.1 * r, tall - 0.5),
        (1.0 * r, tall - 0.44),
        (1.45 * r, tall - 0.12),
        (1.45 * r, tall),
    ]
    return kit.shape("column", [(lathe(profile, 36), stone)])


def altar(kit: Kit) -> Shape:
    """A stone table under a cloth, on two steps, with a cross behind."""
    stone = kit.surface("altar stone", "furniture", (0.5, 0.47, 0.42), "marble", 1.2, 0.5)
    linen = kit.surface("linen", "furniture", (0.72, 0.71, 0.68), "fabric", 0.4, 0.95)
    gold = kit.surface("gilt", "thing", (0.72, 0.5, 0.18), roughness=0.3, metallic=1.0)
    pieces: list[Piece] = [
        (slab(0.0, 0.0, 0.15, 3.4, 0.15, 1.9), stone),
        (slab(0.0, 0.15, 0.1, 2.8, 0.15, 1.4), stone),
        (block((0.0, 0.3, 0.1), 1.9, 0.9, 0.75, 0.02), stone),
    ]
    pieces.append((slab(0.0, 1.2, 0.1, 1.7, 0.012, 0.8), linen))
    pieces.append((slab(0.0, 0.86, 0.506, 1.7, 0.352, 0.012), linen))
    pieces += [
        (slab(0.0, 0.3, -0.55, 0.1, 2.5, 0.06), gold),
        (slab(0.0, 2.0, -0.55, 1.0, 0.1, 0.06), gold),
    ]
    return kit.shape("altar", pieces)


def board(kit: Kit, wide: float, *, white: bool) -> Shape:
    """A blackboard or whiteboard; its back at z = 0, its middle at the origin."""
    face = (0.7, 0.71, 0.71) if white else (0.025, 0.05, 0.038)
    number = kit.surface("board", "thing", face, roughness=0.3 if white else 0.85)
    edge = steel(kit) if white else wood(kit, 1.2)
    tall = 1.2
    pieces: list[Piece] = [(slab(0.0, -tall / 2, 0.012, wide, tall, 0.02), number)]
    pieces += [
        (slab(0.0, y, 0.015, wide + 0.06, 0.03, 0.035), edge) for y in (-tall / 2 - 0.03, tall / 2)
    ]
    pieces += [
        (slab(s * (wide / 2 + 0.015), -tall / 2, 0.015, 0.03, tall, 0.035), edge) for s in (-1, 1)
    ]
    pieces.append((slab(0.0, -tall / 2 - 0.035, 0.05, 0.8 * wide, 0.012, 0.08), edge))
    return kit.shape("board", pieces)


def backdrop(kit: Kit, wide: float, tall: float) -> Shape:
    """A photographer's paper roll that runs out over the floor; its back edge at z = -1.2."""
    paper = kit.surface("backdrop paper", "wall", kit.room.accent_color, roughness=0.95)
    metal = steel(kit, (0.1, 0.1, 0.1))
    turn = np.linspace(0, np.pi / 2, 17)
    z = np.concatenate([[1.2], -0.75 - 0.45 * np.sin(turn)])
    y = np.concatenate([[0.006], 0.006 + 0.45 * (1 - np.cos(turn))])
    z, y = np.append(z, -1.2), np.append(y, tall)
    half, n = wide / 2, len(z)
    verts = np.concatenate([np.stack([np.full(n, s * half), y, z], 1) for s in (-1, 1)])
    k = np.arange(n - 1)
    faces = np.concatenate([np.stack([k, k + n, k + n + 1], 1), np.stack([k, k + n + 1, k + 1], 1)])
    roll = moved(
        turned(cylinder(0.06, wide + 0.1, 0.0, 24), "z", 90.0), wide / 2 + 0.05, tall, -1.2
    )
    poles = [
        rod((s * (half + 0.09), 0.0, -1.2), (s * (half + 0.09), tall + 0.08, -1.2), 0.018, 10)
        for s in (-1, 1)
    ]
    return kit.shape(
        "backdrop",
        [(Solid(verts, faces.astype(np.int32)), paper), (roll, paper), (joined(*poles), metal)],
    )


def plinth(kit: Kit, tall: float, wide: float = 0.42) -> Shape:
    """A white block to stand a work of art on."""
    return kit.shape(
        "plinth",
        [
            (
                slab(0.0, 0.0, 0.0, wide, tall, wide),
                painted(kit, (0.7, 0.69, 0.67), "plinth white", 0.8),
            )
        ],
    )


def bench(kit: Kit, wide: float, deep: float = 0.42) -> Shape:
    """A plain bench."""
    number, metal = wood(kit, 1.2), steel(kit, (0.1, 0.1, 0.105))
    pieces: list[Piece] = [(block((0.0, 0.41, 0.0), wide, 0.05, deep, 0.012), number)]
    pieces += [
        (slab(s * (wide / 2 - 0.15), 0.0, 0.0, 0.05, 0.41, deep - 0.06), metal) for s in (-1, 1)
    ]
    return kit.shape("bench", pieces)
