# SPDX-License-Identifier: Apache-2.0
"""Meshes of what stands in a landscape: trees, rocks, tufts, a dock. All in metres, feet at y = 0.

Leaves are small double-sided facets, so that crowns let light through as real ones do.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from gen3d.foundry.creases import corner_normals
from gen3d.foundry.parts_b import block
from gen3d.foundry.solids import Solid, joined
from scenes.place import Shape
from scenes.world.noise import fractal

Array = Float[np.ndarray, "verts 3"]


def shape_of(name: str, pieces: list[tuple[Solid, int, float]], uv_m: float = 1.0) -> Shape:
    """A shape of solids, each with a surface number and a factor on its colour.

    UVs are a box projection in repeats of ``uv_m``.
    """
    return unwelded(name, [(solid, number, factor, uv_m) for solid, number, factor in pieces])


def unwelded(name: str, pieces: list[tuple[Solid, int, float, float]]) -> Shape:
    """A shape of solids, each with a surface number, a factor on its colour and its repeat's size.

    Each face has three vertices of its own. All solids go at once: rooms have thousands.
    """
    solids, numbers, factors, sizes = zip(*pieces, strict=True)
    whole, counts = joined(*solids), [len(solid.faces) for solid in solids]
    verts = whole.verts[whole.faces].reshape(-1, 3)
    normals = corner_normals(whole.verts, whole.faces).reshape(-1, 3)
    axis = np.repeat(np.argmax(np.abs(normals.reshape(-1, 3, 3).sum(axis=1)), axis=1), 3)
    u = np.where(axis == 0, verts[:, 2], verts[:, 0])
    v = np.where(axis == 1, verts[:, 2], -verts[:, 1])
    surface, tint, repeat = (np.repeat(x, counts) for x in (numbers, factors, sizes))
    uvs = np.stack([u, v], axis=1) / np.repeat(repeat, 3)[:, None]
    return Shape(
        name,
        verts.astype(np.float32),
        np.arange(len(verts), dtype=np.int32).reshape(-1, 3),
        surface.astype(np.int32),
        normals.astype(np.float32),
        uvs.astype(np.float32),
        np.repeat(tint.astype(np.float32), 9).reshape(-1, 3),
    )


def limb(start: np.ndarray, end: np.ndarray, thick: float, thin: float, sides: int = 7) -> Solid:
    """A tapering branch with closed ends."""
    axis = (end - start) / max(float(np.linalg.norm(end - start)), 1e-9)
    side = np.cross(axis, [0.0, 0.0, 1.0] if abs(axis[2]) < 0.9 else [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    turn = 2 * np.pi * np.arange(sides) / sides
    ring = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * np.cross(axis, side)
    verts = np.concatenate([start + thick * ring, end + thin * ring, [start], [end]])
    i, j = np.arange(sides), (np.arange(sides) + 1) % sides
    low, high = np.full(sides, 2 * sides), np.full(sides, 2 * sides + 1)
    faces = np.concatenate(
        [
            np.stack([i, j, j + sides], 1),
            np.stack([i, j + sides, i + sides], 1),
            np.stack([low, j, i], 1),
            np.stack([high, i + sides, j + sides], 1),
        ]
    )
    return Solid(verts, faces.astype(np.int32))


def leaves(
    centres: Array, towards: Array, length: float, width: float, rng: np.random.Generator
) -> Solid:
    """A lozenge at each centre, pointing somewhere near ``towards``, turned at random."""
    count = len(centres)
    along = towards / np.maximum(np.linalg.norm(towards, axis=1, keepdims=True), 1e-9)
    side = np.cross(along, rng.standard_normal((count, 3)))
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
    size = rng.uniform(0.7, 1.3, (count, 1))
    a, b = along * length * size / 2, side * width * size / 2
    verts = np.stack([centres - a, centres + b, centres + a, centres - b], axis=1).reshape(-1, 3)
    start = 4 * np.arange(count)[:, None]
    faces = np.concatenate([start + np.array(three) for three in ((0, 1, 2), (0, 2, 3))])
    return Solid(verts, faces.astype(np.int32))


def conifer(name: str, seed: int, detail: float, bark: int, needles: int) -> Shape:
    """A spruce of about 14 m."""
    rng = np.random.default_rng(seed)
    tall, reach = rng.uniform(12.0, 16.0), rng.uniform(2.2, 2.9)
    trunk = limb(np.zeros(3), np.array([0.0, tall, 0.0]), 0.2, 0.02, 7 if detail > 0.2 else 3)
    count = int(520 * detail)
    level = rng.uniform(0.1, 1.0, count) ** 0.8
    turn, out = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.uniform(0.05, 1.0, count))
    radius = reach * (1.02 - level) * out * (0.85 + 0.15 * np.cos(level * 60.0))
    droop = 0.25 * radius
    centres = np.stack([radius * np.cos(turn), level * tall - droop, radius * np.sin(turn)], 1)
    aim = np.stack([np.cos(turn), rng.uniform(-0.7, -0.1, count), np.sin(turn)], 1)
    size = 1.0 / np.sqrt(detail)
    twigs = leaves(centres, aim, 1.0 * size, 0.42 * size, rng)
    return shape_of(name, [(trunk, bark, 1.0), (twigs, needles, 1.0)])


def broadleaf(
    name: str, seed: int, detail: float, bark: int, foliage: int, leafy: float = 1.0
) -> Shape:
    """A round-crowned tree of about 10 m; ``leafy`` is the share of its leaves that is there."""
    rng = np.random.default_rng(seed)
    tall, fork = rng.uniform(9.0, 11.5), rng.uniform(2.2, 3.0)
    top = np.array([0.0, fork, 0.0])
    sides = 5 if detail > 0.2 else 3
    wood = [limb(np.zeros(3), top, 0.24, 0.17, sides + 2)]
    knots = list[np.ndarray]()
    for turn in np.arange(7) * 2.4 + rng.uniform(0, 1):
        out, up = rng.uniform(1.2, 2.9), rng.uniform(0.45, 1.0) * (tall - fork - 1.0)
        end = top + np.array([out * np.cos(turn), up, out * np.sin(turn)])
        if detail > 0.2:
            wood.append(limb(top, end, 0.11, 0.03, sides))
        if leafy < 0.5 and detail > 0.2:
            wood += _twigs(top, end, rng)
        knots.append(end)
    count = int(1000 * detail * leafy)
    if not count:
        return shape_of(name, [(w, bark, 1.0) for w in wood])
    knot = np.array(knots)[rng.integers(0, len(knots), count)]
    away = rng.standard_normal((count, 3))
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    blob = np.cbrt(rng.uniform(0.15, 1.0, (count, 1))) * np.array([1.7, 1.35, 1.7])
    size = 1.0 / np.sqrt(detail)
    foil = leaves(
        knot + away * blob, away + rng.normal(0, 0.7, away.shape), 0.42 * size, 0.3 * size, rng
    )
    return shape_of(name, [*((w, bark, 1.0) for w in wood), (foil, foliage, 1.0)])


def _twigs(start: np.ndarray, end: np.ndarray, rng: np.random.Generator) -> list[Solid]:
    """Bare branches of a branch, up and outwards."""
    found = list[Solid]()
    for share in np.linspace(0.35, 1.0, 7):
        foot = start + share * (end - start)
        away = rng.normal(0.0, 0.7, 3) + (end - start) * 0.25 + np.array([0.0, 0.7, 0.0])
        found.append(limb(foot, foot + away, 0.025, 0.006, 3))
    return found


def palm(name: str, seed: int, detail: float, bark: int, foliage: int) -> Shape:
    """A leaning palm of about 8 m."""
    rng = np.random.default_rng(seed)
    tall, lean = rng.uniform(6.5, 9.0), rng.uniform(0.4, 2.0)
    t = np.linspace(0, 1, 7)
    line = np.stack([lean * t**2, tall * t, 0 * t], 1)
    wood = [limb(line[i], line[i + 1], 0.17 - 0.01 * i, 0.16 - 0.01 * i) for i in range(6)]
    centres, aims = list[np.ndarray](), list[np.ndarray]()
    for turn in np.arange(15) * 2.4:
        out = np.array([np.cos(turn), 0.0, np.sin(turn)])
        up, reach = rng.uniform(0.1, 1.1), rng.uniform(2.0, 2.6)
        for s in np.linspace(0.08, 1.0, max(int(16 * detail), 4)):
            spine = line[-1] + out * reach * s + np.array([0, up * s - 1.9 * s * s, 0])
            sideways = np.cross(out, [0.0, 1.0, 0.0])
            for hand in (-1.0, 1.0):
                aim = hand * sideways * 0.8 + out * 0.6 - np.array([0, 0.45, 0])
                centres.append(spine + aim * 0.28 * (1.15 - 0.6 * s))
                aims.append(aim)
    foil = leaves(np.array(centres), np.array(aims), 0.62, 0.14, rng)
    return shape_of(name, [*((w, bark, 1.0) for w in wood), (foil, foliage, 1.0)])


def tufts(name: str, seed: int, blade: int, tufts_here: int, side_m: float) -> Shape:
    """A square patch of tufts of grass, a hand high."""
    rng = np.random.default_rng(seed)
    count = 14 * tufts_here
    middle = np.repeat(rng.uniform(-0.5, 0.5, (tufts_here, 3)) * side_m, 14, axis=0)
    foot = middle + rng.normal(0, 0.06, (count, 3))
    foot[:, 1] = -0.03
    tip = foot + rng.normal(0, 0.05, (count, 3))
    tip[:, 1] = rng.uniform(0.08, 0.22, count)
    side = rng.standard_normal((count, 3)) * np.array([1, 0, 1])
    side *= 0.006 / np.linalg.norm(side, axis=1, keepdims=True)
    verts = np.stack([foot - side, foot + side, tip], 1).reshape(-1, 3)
    return shape_of(
        name, [(Solid(verts, np.arange(3 * count, dtype=np.int32).reshape(-1, 3)), blade, 1.0)]
    )


def rock(name: str, seed: int, stone: int, rows: int = 14) -> Shape:
    """A weathered boulder of about a metre, a third in the ground."""
    rng, columns = np.random.default_rng(seed), rows * 12 // 7
    lat, lon = np.linspace(0, np.pi, rows + 1), np.linspace(0, 2 * np.pi, columns + 1)[:-1]
    a, b = np.meshgrid(lat, lon, indexing="ij")
    ball = np.stack([np.sin(a) * np.cos(b), np.cos(a), np.sin(a) * np.sin(b)], -1).reshape(-1, 3)
    x, y, z = ball.T
    size = 0.5 * (1 + 0.5 * fractal(x * 1.3 + 0.7 * y, z * 1.3 - 0.6 * y, seed, 4))
    verts = ball * size[:, None] * np.array([1.0, rng.uniform(0.6, 0.85), rng.uniform(0.7, 1.0)])
    verts[:, 1] += 0.12
    i, j = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    p, q = i * columns + j, i * columns + (j + 1) % columns
    above, beside = p + columns, q + columns
    faces = np.concatenate([np.stack([p, q, beside], -1), np.stack([p, beside, above], -1)])
    return shape_of(name, [(Solid(verts, faces.reshape(-1, 3).astype(np.int32)), stone, 1.0)])


def dock(name: str, wood: int) -> Shape:
    """A plank walk 2.4 m wide from the shore behind to 5 m in front, its top at y = 0."""
    rng = np.random.default_rng(5)
    pieces = list[tuple[Solid, int, float]]()
    for z in np.arange(-16.1, 4.9, 0.2):
        plank = block((float(rng.normal(0, 0.01)), -0.04, float(z) + 0.1), 2.4, 0.04, 0.185, 0.004)
        pieces.append((plank, wood, float(rng.uniform(0.75, 1.2))))
    pieces += [(block((x, -0.18, -5.5), 0.1, 0.14, 21.0, 0.01), wood, 0.6) for x in (-1.0, 1.0)]
    for z in np.arange(-14.0, 5.0, 3.0):
        for x in (-1.16, 1.16):
            foot, top = np.array([x, -5.0, z]), np.array([x, 0.35, z])
            pieces.append((limb(foot, top, 0.09, 0.085, 10), wood, 0.7))
    return shape_of(name, pieces, 1.6)
