# SPDX-License-Identifier: Apache-2.0
"""From a map to a place: ground in rings of falling detail, water, plants and rocks as copies.

Ring ``k`` has square cells of ``0.5 * 2**k`` metres and a hole for the ring inside it; vertices on
a ring's outer edge that the coarser neighbour lacks lie on its line, so the ground has no cracks.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int32, Int64

from scenes.place import Copies, Place, Shape, Surface, at, once
from scenes.world import shapes
from scenes.world.kinds import ALBEDO
from scenes.world.noise import uniform
from scenes.world.terrain import WATER_LEVEL, Map, colour, cover, height, rises, shore, slope

RINGS, CELLS, FINEST_M = 10, 96, 0.5
_LEVELS = ((40.0, 1.0), (130.0, 0.25), (450.0, 0.05))
"""How far each level of detail of a plant reaches, and its share of the leaves."""
_GROUNDS = ("grass", "sand", "rock", "snow", "dirt", "forest floor", "red rock")
_PATTERN = {"forest floor": "dirt", "red rock": "rock"}
BARK, NEEDLES, FOLIAGE, BLADE, STONE, WOOD, WATER = range(len(_GROUNDS), len(_GROUNDS) + 7)


def surfaces(kind: str, *, snowy: bool) -> tuple[Surface, ...]:
    """Every surface of a landscape, in the order of the numbers above."""
    grounds = [
        Surface(n, "rock" if n == "red rock" else n, (1.0, 1.0, 1.0), _PATTERN.get(n, n), 2.5, 0.95)
        for n in _GROUNDS
    ]
    needles = (0.30, 0.34, 0.33) if snowy else (0.035, 0.065, 0.028)
    stone = ALBEDO["red rock"] if kind == "canyon" else ALBEDO["rock"]
    return (
        *grounds,
        Surface("bark", "tree", (0.13, 0.095, 0.065), "wood", 0.8),
        Surface("needles", "tree", needles, roughness=0.7),
        Surface("foliage", "tree", (0.075, 0.125, 0.03), roughness=0.6),
        Surface("grass blades", "plant", (0.10, 0.16, 0.045), roughness=0.6),
        Surface("stone", "rock", stone, "rock", 1.5),
        Surface("planks", "wood", (0.20, 0.135, 0.085), "wood", 1.6, 0.8),
        Surface("water", "water", (0.012, 0.03, 0.034), roughness=0.03),
    )


def build(where: Map) -> Place:
    """Everything that a map holds around the character."""
    land = where.land
    copies = [once(shape) for shape in ground(where)]
    if where.wet:
        copies.append(once(_water(), solid=False))
    copies += _trees(where)
    copies += _rocks(where)
    if land.tufts:
        copies.append(_tufts(where))
    if where.on_dock:
        copies.append(once(shapes.dock("dock", WOOD)))
    snowy = land.ground == "snow"
    return Place(where.kind, surfaces(where.kind, snowy=snowy), tuple(copies))


def ground(where: Map) -> list[Shape]:
    """The rings of the ground, from the finest outwards."""
    return [_ring(where, k) for k in range(RINGS)]


def _ring(where: Map, level: int) -> Shape:
    cell = FINEST_M * 2.0**level
    n = CELLS + 1
    line = (np.arange(n) - CELLS // 2) * cell
    z, x = np.meshgrid(line, line, indexing="ij")
    h = _stitched(height(where, x, z))
    steep = slope(where, x, z, max(0.5, cell / 2.0))
    shares = cover(where, x, z, h, steep)
    tint = colour(where, x, z, shares)
    names = list(shares)
    number = np.array([_GROUNDS.index(name) for name in names], np.int32)
    kind = number[np.argmax(np.stack([shares[name] for name in names]), axis=0)]
    i, j = np.meshgrid(np.arange(CELLS), np.arange(CELLS), indexing="ij")
    if level:
        hole = (i >= CELLS // 4) & (i < 3 * CELLS // 4) & (j >= CELLS // 4) & (j < 3 * CELLS // 4)
        i, j = i[~hole], j[~hole]
    corner = (i * n + j).ravel()
    verts = np.stack([x, h, z], -1).reshape(-1, 3)
    return _trimmed(
        Shape(
            f"ground {level}",
            verts.astype(np.float32),
            _squares(corner, n),
            np.repeat(kind.ravel()[corner], 2),
            _normals(where, x, z, cell).astype(np.float32),
            (np.stack([x, z], -1).reshape(-1, 2) / 2.5).astype(np.float32),
            tint.reshape(-1, 3).astype(np.float32),
        )
    )


def _squares(corner: Int64[np.ndarray, "squares"], row: int) -> Int32[np.ndarray, "faces 3"]:
    """Two triangles, facing up, for each square of a grid of ``row`` vertices a row."""
    c = corner
    faces = np.stack([c, c + row, c + row + 1, c, c + row + 1, c + 1], axis=1)
    return faces.reshape(-1, 3).astype(np.int32)


def _trimmed(shape: Shape) -> Shape:
    """Without the vertices that no face uses."""
    used, faces = np.unique(shape.faces, return_inverse=True)
    return Shape(
        shape.name,
        shape.verts[used],
        faces.reshape(-1, 3).astype(np.int32),
        shape.surface,
        shape.normals[used],
        shape.uvs[used],
        shape.tint[used],
    )


def _stitched(h: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    """Put every second vertex of the rim on the line between its neighbours."""
    h = h.copy()
    for rim in (h[0], h[-1], h[:, 0], h[:, -1]):
        rim[1:-1:2] = 0.5 * (rim[:-2:2] + rim[2::2])
    return h


def _normals(where: Map, x: np.ndarray, z: np.ndarray, cell: float) -> np.ndarray:
    reach = max(cell / 2.0, 0.25)
    dx, dz = rises(where, x, z, reach)
    normal = np.stack([-dx, np.full(x.shape, 2.0 * reach), -dz], -1).reshape(-1, 3)
    return normal / np.linalg.norm(normal, axis=1, keepdims=True)


def _water() -> Shape:
    """A level face to the horizon, in squares that grow with distance."""
    line = np.concatenate([-np.geomspace(25_000, 4, 14), [0.0], np.geomspace(4, 25_000, 14)])
    n = len(line)
    z, x = np.meshgrid(line, line, indexing="ij")
    i, j = np.meshgrid(np.arange(n - 1), np.arange(n - 1), indexing="ij")
    faces = _squares((i * n + j).ravel(), n)
    verts = np.stack([x, np.full_like(x, WATER_LEVEL), z], -1).reshape(-1, 3)
    up = np.tile(np.array([0.0, 1.0, 0.0], np.float32), (n * n, 1))
    return Shape(
        "water",
        verts.astype(np.float32),
        faces,
        np.full(len(faces), WATER, np.int32),
        up,
        (verts[:, [0, 2]] / 2.5).astype(np.float32),
        np.ones((n * n, 3), np.float32),
    )


def _lattice(reach: float, spacing: float) -> tuple[Int64[np.ndarray, "n"], Int64[np.ndarray, "n"]]:
    """Cells of a grid within reach of the origin."""
    k = np.arange(-int(reach / spacing) - 1, int(reach / spacing) + 1)
    i, j = np.meshgrid(k, k, indexing="ij")
    return i.ravel(), j.ravel()


def _scattered(where: Map, reach: float, spacing: float, salt: int) -> np.ndarray:
    """One point in each cell of a grid: x, height, z, and a number in [0, 1)."""
    i, j = _lattice(reach, spacing)
    x = (i + uniform(i, j, where.seed + salt)) * spacing
    z = (j + uniform(i, j, where.seed + salt + 1)) * spacing
    chance = uniform(i, j, where.seed + salt + 2)
    keep = np.hypot(x, z) < reach
    x, z, chance = x[keep], z[keep], chance[keep]
    return np.stack([x, height(where, x, z), z, chance], axis=1)


def _fertile(where: Map, points: np.ndarray, margin: float) -> np.ndarray:
    """Whether something can grow at points: dry, not too steep, below the snow."""
    x, h, z = points[:, 0], points[:, 1], points[:, 2]
    good = (slope(where, x, z) < 0.7) & (h < where.land.snow_line_m - 60.0)
    return good & (shore(where, x, z) > margin) if where.wet else good


_GROWERS = {
    "conifer": (shapes.conifer, NEEDLES),
    "broadleaf": (shapes.broadleaf, FOLIAGE),
    "palm": (shapes.palm, FOLIAGE),
}


def _trees(where: Map) -> list[Copies]:
    """Trees in three levels of detail, by distance from the viewer."""
    land = where.land
    if not land.trees:
        return []
    spacing = 100.0 / np.sqrt(land.trees_per_hectare)
    spread = land.trees_per_hectare / 160.0
    reach = min(_LEVELS[-1][0], 450.0 / max(np.sqrt(spread), 0.3))
    points = _scattered(where, reach, spacing, 100)
    away = np.hypot(points[:, 0], points[:, 2])
    clear = 6.0 if land.trees_per_hectare > 100 else 12.0
    points = points[_fertile(where, points, 3.0) & (away > clear)]
    away, found = np.hypot(points[:, 0], points[:, 2]), list[Copies]()
    inner = 0.0
    for level, (outer, detail) in enumerate(_LEVELS):
        band = (away >= inner) & (away < outer)
        inner = outer
        for kind_number, kind in enumerate(land.trees):
            grow, skin = _GROWERS[kind]
            for variant in range(2):
                share = len(land.trees) * 2
                mine = (points[:, 3] * 97.0 % 1.0 * share).astype(int) == 2 * kind_number + variant
                spots = points[band & mine]
                if not len(spots):
                    continue
                shape = grow(
                    f"{kind} {variant} lod{level}", 7 * where.seed + variant, detail, BARK, skin
                )
                found.append(_standing(shape, spots, (0.65, 1.15)))
    return found


def _standing(shape: Shape, spots: np.ndarray, sizes: tuple[float, float]) -> Copies:
    chance = spots[:, 3]
    scale = sizes[0] + (sizes[1] - sizes[0]) * (chance * 131.0 % 1.0)
    positions = spots[:, :3] - np.array([0.0, 0.06, 0.0])
    return at(shape, positions, chance * 2.0 * np.pi * 17.0 % (2.0 * np.pi), scale)


def _rocks(where: Map) -> list[Copies]:
    land = where.land
    spacing = 100.0 / np.sqrt(land.rocks_per_hectare * 4.0)
    points = _scattered(where, 160.0, spacing, 200)
    away = np.hypot(points[:, 0], points[:, 2])
    keep = (points[:, 3] < 0.25) & (away > 4.0)
    if where.wet:
        keep &= shore(where, points[:, 0], points[:, 2]) > -1.5
    points = points[keep]
    found = list[Copies]()
    for variant in range(3):
        spots = points[(points[:, 3] * 37.0 % 1.0 * 3).astype(int) == variant]
        if len(spots):
            shape = shapes.rock(f"rock {variant}", where.seed + variant, STONE)
            found.append(_standing(shape, spots, (0.3, 1.6)))
    return found


def _tufts(where: Map) -> Copies:
    """Grass around the feet, out to where a blade is thinner than a pixel."""
    points = _scattered(where, 16.0, 1.0 / np.sqrt(6.0 * where.land.tufts), 300)
    points = points[_fertile(where, points, 1.0)]
    return at(
        shapes.tuft("tuft", where.seed, BLADE),
        points[:, :3],
        points[:, 3] * 40.0 % (2 * np.pi),
        0.6 + points[:, 3] * 0.8,
        solid=False,
    )
