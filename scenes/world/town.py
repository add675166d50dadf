# SPDX-License-Identifier: Apache-2.0
"""What lines a road: houses with gables, or blocks of flats and offices, trees and lamp posts.

A building is a box with panes and frames a hand's breadth proud of its walls; nothing is inside.
Lamps and windows are dark here; :mod:`scenes.world.lit` puts the lights on.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen3d.foundry.parts_b import block
from gen3d.foundry.solids import Solid
from scenes.place import Copies, Shape, at
from scenes.world import shapes
from scenes.world.meshes import trimmed
from scenes.world.noise import uniform
from scenes.world.plants import scattered
from scenes.world.ruins import ruin
from scenes.world.shapes import limb, shape_of
from scenes.world.signs import signs
from scenes.world.surfaces import BARK, BRICK, FOLIAGE, FRAME, LAMP, ROOF, WALL, WINDOW
from scenes.world.terrain import Map, along_across, height, road_bend

_STOREY_M = 3.1
_KINDS = 6
_HOUSES, _BLOCKS = (27.0, 200.0), (19.0, 230.0)
"""Length along the road that a building has, and how far they go."""
_FLAT_M, _PANE_M = 1e-6, 3.0
LAMP_POST, LENS = "lamp post", (0.0, 6.07, 1.6)
"""Name of the shape, and the middle of its pane of light, which faces down."""
LENS_HALF = (0.09, 0.28)
Piece = tuple[Solid, int, float]


def town(where: Map) -> list[Copies]:
    """Everything that stands along the road."""
    houses = where.land.buildings != "blocks"
    found = _row(where, houses=houses)
    if not houses:
        found += _behind(where)
        found += _furniture(where)
        found += signs(where)
    return found


def _row(where: Map, *, houses: bool) -> list[Copies]:
    """Both sides of the road, fronts towards it."""
    step, reach = _HOUSES if houses else _BLOCKS
    k = np.arange(-int(reach / step), int(reach / step) + 1)
    side, number = np.meshgrid(np.array([-1, 1]), k, indexing="ij")
    side, number = side.ravel(), number.ravel()
    chance = uniform(number, side, where.seed + 401)
    there = chance < (0.8 if houses else 0.97)
    side, number, chance = side[there], number[there], chance[there]
    along = (number + (0.35 * chance if houses else 0.0) + 0.5) * step
    depth = 9.0 if houses else 14.0
    gap = where.road_half_m + (7.0 + 3.0 * chance if houses else 4.0)
    across = side * (gap + depth / 2.0)
    return _placed(where, along, across, chance, step)


def _behind(where: Map) -> list[Copies]:
    """The town beyond the first row: blocks on a grid."""
    points = scattered(where, 420.0, 30.0, 410)
    along, across = along_across(where, points[:, 0], points[:, 2])
    along, across = np.round(along / 30.0) * 30.0, np.round(across / 30.0) * 30.0
    keep = (np.abs(across) > where.road_half_m + 26.0) & (points[:, 3] < 0.75)
    spots = np.unique(np.stack([along[keep], across[keep]], 1), axis=0)
    chance = uniform(spots[:, 0].astype(int), spots[:, 1].astype(int), where.seed + 412)
    return _placed(where, spots[:, 0], spots[:, 1], chance, _BLOCKS[0])


def _placed(
    where: Map,
    along: np.ndarray,
    across: np.ndarray,
    chance: np.ndarray,
    step: float,
) -> list[Copies]:
    beside = across + road_bend(where, along)
    x, z = (along, beside) if where.wet else (beside, along)
    y = height(where, x, z)
    # A front looks along +Z of its shape; turn it to the road.
    towards = np.where(across > 0, -1.0, 1.0)
    turn = np.where(towards > 0, 0.0, np.pi) if where.wet else towards * np.pi / 2
    found = list[Copies]()
    kind = (chance * 61.0 % 1.0 * _KINDS).astype(int)
    for number in range(_KINDS):
        mine = kind == number
        if mine.any():
            shape = _building(where, int(step), number, f"building {step:.0f} {number}")
            spots = np.stack([x[mine], y[mine], z[mine]], axis=1)
            found.append(at(shape, spots, turn[mine]))
    return found


def _building(where: Map, step: int, number: int, name: str) -> Shape:
    """One of the kinds of houses or blocks."""
    make, deep = (house, 9.0) if step == int(_HOUSES[0]) else (flats, 14.0)
    if where.land.buildings == "ruins":
        make = ruin
    return make(name, where.seed * 11 + number, float(step), deep)


def building_levels(where: Map, step: int, number: int) -> tuple[Shape, ...]:
    """A building in levels of detail: whole, without frames, and without windows."""
    whole = _building(where, step, number, f"building {step} {number} LOD0")
    shells = ({FRAME}, {FRAME, WINDOW})
    # Ledges are of the frames' stuff as well, and are seen from far away: panes alone are thin.
    return (whole, *(_without(whole, level, gone) for level, gone in enumerate(shells, start=1)))


def frameless(building: Shape) -> Shape:
    """A building as it is seen from farther than its windows' frames can be told."""
    return _without(building, 1, {FRAME})


def _without(whole: Shape, level: int, surfaces: set[int]) -> Shape:
    """A shape without the panes of some surfaces."""
    corners = whole.verts[whole.faces]
    flat = np.ptp(corners, axis=1).min(axis=1) < _FLAT_M
    pane = np.isin(whole.surface, list(surfaces)) & flat & _small(corners)
    name, faces = f"{whole.name[:-1]}{level}", whole.faces[~pane]
    return trimmed(replace(whole, name=name, faces=faces, surface=whole.surface[~pane]))


def _small(corners: np.ndarray) -> np.ndarray:
    return np.ptp(corners, axis=1).max(axis=1) < _PANE_M


def _furniture(where: Map) -> list[Copies]:
    """Street trees and lamp posts on the pavements."""
    along = np.arange(-170.0, 171.0, 17.0)
    half = where.road_half_m + 1.2
    found = list[Copies]()
    tree = shapes.broadleaf("street tree", where.seed, 0.35, BARK, FOLIAGE, where.land.leaves)
    for shape, shift, scale in ((tree, 6.0, 0.55), (_lamp(LAMP_POST), 14.5, 1.0)):
        t = np.concatenate([along + shift, along + shift])
        across = np.repeat([-half, half], len(along))
        x, z = (t, across) if where.wet else (across, t)
        spots = np.stack([x, height(where, x, z), z], axis=1)
        turns = np.where(across > 0, -np.pi / 2, np.pi / 2) + (np.pi / 2 if where.wet else 0.0)
        found.append(at(shape, spots, turns, scale))
    return found


def _lamp(name: str) -> Shape:
    pole = limb(np.zeros(3), np.array([0.0, 6.0, 0.0]), 0.09, 0.06, 8)
    arm = limb(np.array([0.0, 5.9, 0.0]), np.array([0.0, 6.15, 1.4]), 0.05, 0.04, 6)
    head = block((0.0, 6.08, 1.6), 0.22, 0.12, 0.6, 0.01)
    (x, y, z), (u, v) = LENS, LENS_HALF
    corners = [(x - u, z - v), (x + u, z - v), (x + u, z + v), (x - u, z + v)]
    lens = Solid(
        np.array([(a, y, b) for a, b in corners]), np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    )
    stand = [(s, FRAME, 0.25) for s in (pole, arm, head)]
    return shape_of(name, [*stand, (lens, LAMP, 1.0)])


def _pane(x: float, y: float, width: float, tall: float, front: float) -> Solid:
    """An upright rectangle that faces +Z; ``x`` is its middle, ``y`` its foot."""
    half = width / 2.0
    corners = [(x - half, y), (x + half, y), (x + half, y + tall), (x - half, y + tall)]
    return Solid(
        np.array([(a, b, front) for a, b in corners]),
        np.array([[0, 1, 2], [0, 2, 3]], np.int32),
    )


def _turned(solid: Solid, quarter: int) -> Solid:
    x, y, z = solid.verts.T
    for _ in range(quarter % 4):
        x, z = z, -x
    return Solid(np.stack([x, y, z], 1), solid.faces)


def _windows(
    sizes: tuple[float, float], storeys: int, first: float, window: tuple[float, float]
) -> list[Piece]:
    """Windows of all four walls of a box ``sizes`` wide and deep."""
    found, (wide, tall) = list[Piece](), window
    for quarter in range(4):
        length, reach = (sizes[0], sizes[1]) if quarter % 2 == 0 else (sizes[1], sizes[0])
        count = max(int(length / (wide + 1.4)), 1)
        for storey in range(storeys):
            for k in range(count):
                x = (k + 0.5) / count * length - length / 2.0
                y = first + storey * _STOREY_M
                frame = _pane(x, y - 0.1, wide + 0.2, tall + 0.2, reach / 2.0 + 0.03)
                pane = _pane(x, y, wide, tall, reach / 2.0 + 0.05)
                found += [
                    (_turned(frame, quarter), FRAME, 1.0),
                    (_turned(pane, quarter), WINDOW, 1.0),
                ]
    return found


def flats(name: str, seed: int, wide: float, deep: float) -> Shape:
    """A block of flats or offices with a flat roof, its front towards +Z."""
    rng = np.random.default_rng(seed)
    storeys = int(rng.integers(4, 11))
    tall = storeys * _STOREY_M + 0.9
    skin, tint = (BRICK, WALL)[int(rng.integers(2))], float(rng.uniform(0.55, 1.1))
    pieces: list[Piece] = [
        (block((0.0, -1.5, 0.0), wide, tall + 1.5, deep, 0.01), skin, tint),
        (block((0.0, tall, 0.0), wide + 0.3, 0.5, deep + 0.3, 0.01), FRAME, 0.6 * tint),
        (block((0.0, 3.0, 0.0), wide + 0.16, 0.28, deep + 0.16, 0.01), FRAME, 0.7),
        *_shops(wide - 2.0, deep / 2.0),
        (block((wide * 0.2, tall + 0.5, 0.0), 4.0, 2.4, 4.0, 0.01), skin, 0.8 * tint),
    ]
    window = ((1.3, 1.7), (2.3, 1.6), (1.0, 1.9))[int(rng.integers(3))]
    pieces += _windows((wide, deep), storeys - 1, _STOREY_M + 0.9, window)
    return shape_of(name, pieces, 2.0)


def _shops(wide: float, front: float) -> list[Piece]:
    """The ground floor's large panes between frames, and a door."""
    count = max(int(wide / 2.7), 1)
    step = wide / count
    found: list[Piece] = [(_pane(0.0, 0.2, wide, 2.6, front + 0.03), FRAME, 0.22)]
    for k in range(count):
        x = (k + 0.5) * step - 0.5 * wide
        low = 0.25 if k == count // 2 else 0.55
        found.append((_pane(x, low, step - 0.14, 2.7 - low, front + 0.06), WINDOW, 1.0))
    return found


def house(name: str, seed: int, step: float, deep: float) -> Shape:
    """A house with a gabled roof and a door, its front towards +Z."""
    rng = np.random.default_rng(seed)
    wide, storeys = float(rng.uniform(0.36, 0.5)) * step, int(rng.integers(1, 3))
    tall = storeys * 2.9 + 0.4
    skin, tint = (WALL, WALL, BRICK)[int(rng.integers(3))], float(rng.uniform(0.75, 1.15))
    ridge = deep / 2.0 * float(rng.uniform(0.75, 1.1))
    pieces: list[Piece] = [
        (block((0.0, -1.5, 0.0), wide, tall + 1.5, deep, 0.01), skin, tint),
        (_gable(wide, deep, tall, ridge, 0.0), skin, tint),
        *((s, ROOF, 1.0) for s in _slopes(wide + 0.8, deep, tall, ridge)),
        (_pane(0.3 * wide, 0.1, 1.0, 2.1, deep / 2.0 + 0.06), BARK, 0.6),
        (block((-0.3 * wide, tall, 0.0), 0.7, ridge + 0.9, 0.7, 0.01), BRICK, 0.9),
    ]
    upper = _windows((wide, deep), storeys, 0.95, (1.1, 1.3))
    pieces += [p for p in upper if not _at_door(p[0], 0.3 * wide, deep)]
    return shape_of(name, pieces, 2.0)


def _at_door(pane: Solid, x: float, deep: float) -> bool:
    middle = pane.verts.mean(axis=0)
    return bool(middle[2] > deep / 2.0 and middle[1] < 2.2 and abs(middle[0] - x) < 1.3)


def _gable(wide: float, deep: float, tall: float, ridge: float, over: float) -> Solid:
    """The triangular prism under a roof, its ridge along X."""
    a, b = wide / 2.0 + over, deep / 2.0 + over
    verts = [(s * a, y, z) for s in (-1, 1) for y, z in ((tall, -b), (tall, b), (tall + ridge, 0))]
    faces = [(0, 1, 2), (3, 5, 4), (1, 4, 5), (1, 5, 2), (0, 2, 5), (0, 5, 3), (0, 3, 4), (0, 4, 1)]
    return Solid(np.array(verts, np.float64), np.array(faces, np.int32))


def _slopes(wide: float, deep: float, tall: float, ridge: float) -> list[Solid]:
    """The two halves of a roof, a hand thick, overhanging the walls."""
    found = list[Solid]()
    run = deep / 2.0
    over, thick = 0.5, 0.16
    for sign in (-1.0, 1.0):
        low = np.array([tall - ridge * over / run, sign * (run + over)])
        high = np.array([tall + ridge, 0.0])
        lift = np.array([thick, 0.0])
        ring = [low, high, high + lift, low + lift]
        verts = [(s * wide / 2.0, y, z) for s in (-1, 1) for y, z in ring]
        faces = np.array(
            [
                *[(0, 1, 2), (0, 2, 3), (4, 6, 5), (4, 7, 6)],
                *[(0, 4, 5), (0, 5, 1), (1, 5, 6), (1, 6, 2)],
                *[(2, 6, 7), (2, 7, 3), (3, 7, 4), (3, 4, 0)],
            ],
            np.int32,
        )
        solid = Solid(np.array(verts), faces)
        centre = solid.verts.mean(axis=0)
        a, b, c = (solid.verts[faces[:, i]] for i in range(3))
        out = np.einsum("ij,ij->i", np.cross(b - a, c - a), (a + b + c) / 3.0 - centre) > 0
        found.append(Solid(solid.verts, np.where(out[:, None], faces, faces[:, ::-1])))
    return found
