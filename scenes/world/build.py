# SPDX-License-Identifier: Apache-2.0
"""From a map to a place: ground in rings of falling detail, water, a road.

Ring ``k`` has square cells of ``0.5 * 2**k`` metres and a hole for the ring inside it; vertices on
a ring's outer edge that the coarser neighbour lacks lie on its line, so the ground has no cracks.
Beyond the last tree of a forest the ground itself rises to the crowns.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float, Int32, Int64

from gen3d.easing import smoothstep
from scenes.place import Place, Shape, once
from scenes.world import shapes
from scenes.world.herbs import herbs
from scenes.world.landforms import FALL_X_M
from scenes.world.landmarks import cleared, lights, standing
from scenes.world.lit import lit_up
from scenes.world.meshes import trimmed
from scenes.world.noise import fractal
from scenes.world.plants import reach_of_trees, rocks, trees, tufts
from scenes.world.surfaces import (
    ASPHALT,
    CANOPY,
    FOAM,
    GROUND_NAMES,
    PAINT,
    TRACK,
    WATER,
    WOOD,
    surfaces,
)
from scenes.world.terrain import WATER_LEVEL, Map, colour, cover, height, road_bend, shore
from scenes.world.town import town
from scenes.world.undergrowth import undergrowth

RINGS, CELLS, FINEST_M = 10, 96, 0.5
UV_M = 2.5
_WOODED = 90.0
"""Trees a hectare from which the far ground is a forest."""
_ROAD_FAR_M = 110.0
_FALL_HALF_M, _FALL_FROM_M, _FALL_TO_M = 4.0, 12.0, 160.0
"""Half of a waterfall's width, and between which distances it is."""


@lru_cache(maxsize=1)
def build(where: Map) -> Place:
    """Everything that a map holds around the character; the last place is kept."""
    return laid_out(where)


def laid_out(where: Map) -> Place:
    """The same, not kept."""
    land = where.land
    copies = [once(shape) for shape in ground(where)]
    if where.wet:
        copies.append(once(_water(), solid=False))
    if where.falls:
        copies.append(once(waterfall(where), solid=False))
    if where.road_half_m:
        copies += [once(shape, solid=False) for shape in road(where)]
    copies += trees(where)
    copies += rocks(where)
    copies += tufts(where)
    copies += undergrowth(where)
    copies += herbs(where)
    if where.on_dock:
        copies.append(once(shapes.dock("dock", WOOD)))
    if land.buildings != "none" and where.road_half_m:
        copies += town(where)
    things = standing(where)
    copies = [*cleared(copies, things, land.clearing_m), *(one for _, one in things)]
    place = Place(
        land.name, surfaces(land), tuple(copies), land.haze_m, glows=lights(things, lit=land.lit)
    )
    return lit_up(place, where.seed) if land.lit else place


def ground(where: Map) -> list[Shape]:
    """The rings of the ground, from the finest outwards."""
    return [_ring(where, k) for k in range(RINGS)]


def _ring(where: Map, level: int) -> Shape:
    cell = FINEST_M * 2.0**level
    n = CELLS + 1
    line = (np.arange(-1, n + 1) - CELLS // 2) * cell
    z, x = np.meshgrid(line, line, indexing="ij")
    h = height(where, x, z)
    dx, dz = h[1:-1, 2:] - h[1:-1, :-2], h[2:, 1:-1] - h[:-2, 1:-1]
    x, z, h = x[1:-1, 1:-1], z[1:-1, 1:-1], h[1:-1, 1:-1]
    normal = np.stack([-dx, np.full(x.shape, 2.0 * cell), -dz], -1).reshape(-1, 3)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    steep = np.hypot(dx, dz) / (2.0 * cell)
    shares = cover(where, x, z, h, steep)
    tint = colour(where, x, z, shares)
    names = list(shares)
    number = np.array([GROUND_NAMES.index(name) for name in names], np.int32)
    kind = number[np.argmax(np.stack([shares[name] for name in names]), axis=0)]
    wooded = _wooded(where, x, z, h, steep)
    if wooded.any():
        crowns = 7.0 + 2.5 * fractal(x / 9.0, z / 9.0, where.seed + 71, 2)
        h = h + wooded * where.land.tree_size * crowns
        tint = tint + wooded[..., None] * (_crown_colour(where, x, z) - tint)
        kind = np.where(wooded > 0.5, np.int32(CANOPY), kind)
        gz, gx = np.gradient(h, cell)
        normal = np.stack([-gx, np.ones_like(gx), -gz], -1).reshape(-1, 3)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    h = _stitched(h)
    i, j = np.meshgrid(np.arange(CELLS), np.arange(CELLS), indexing="ij")
    if level:
        hole = (i >= CELLS // 4) & (i < 3 * CELLS // 4) & (j >= CELLS // 4) & (j < 3 * CELLS // 4)
        i, j = i[~hole], j[~hole]
    corner = (i * n + j).ravel()
    verts = np.stack([x, h, z], -1).reshape(-1, 3)
    return trimmed(
        Shape(
            f"ground {level}",
            verts.astype(np.float32),
            _squares(corner, n),
            np.repeat(kind.ravel()[corner], 2),
            normal.astype(np.float32),
            (np.stack([x, z], -1).reshape(-1, 2) / UV_M).astype(np.float32),
            tint.reshape(-1, 3).astype(np.float32),
        )
    )


def _wooded(
    where: Map, x: np.ndarray, z: np.ndarray, h: np.ndarray, steep: np.ndarray
) -> np.ndarray:
    """Share of each point of the far ground that crowns hide."""
    land = where.land
    if set(land.trees) <= {"cactus"} or land.trees_per_hectare < _WOODED:
        return np.zeros(x.shape)
    reach = reach_of_trees(land)
    there = smoothstep(0.9 * reach, 1.1 * reach, np.hypot(x, z))
    there = there * smoothstep(0.75, 0.5, steep) * (h < land.snow_line_m - 60.0)
    return there * smoothstep(2.0, 6.0, shore(where, x, z)) if where.wet else there


def _crown_colour(where: Map, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    land = where.land
    dark, light = np.array(land.needle_color), np.array(land.leaf_color)
    share = 0.5 + 0.5 * fractal(x / 25.0, z / 25.0, where.seed + 72, 3)
    low, high = float("conifer" not in land.trees), float(land.trees != ("conifer",))
    crowns = dark + np.clip(share, low, high)[..., None] * (light - dark)
    return crowns + 0.5 * land.snow * (0.8 - crowns) + np.zeros((*x.shape, 3))


def road(where: Map) -> list[Shape]:
    """The road as a strip on the ground, with its markings."""
    half, paved = where.road_half_m, where.land.road == "asphalt"
    far = np.arange(6.0, _ROAD_FAR_M, 1.0)
    along = np.concatenate([-far[::-1], np.arange(-5.0, 5.5, 1.0), far])
    strips = [_strip(where, along, (-half, half), ASPHALT if paved else TRACK, 0.03)]
    if paved:
        edges = (-half + 0.3, half - 0.4)
        strips += [_strip(where, along, (edge, edge + 0.1), PAINT, 0.04) for edge in edges]
        for start in np.arange(-105.0, 104.0, 9.0):
            dash = np.linspace(start, start + 3.0, 3)
            strips.append(_strip(where, dash, (-0.06, 0.06), PAINT, 0.04))
    return strips


def waterfall(where: Map) -> Shape:
    """White water on the wall, from its edge down to the river."""
    across = np.linspace(-_FALL_HALF_M, _FALL_HALF_M, 9)
    z = np.arange(_FALL_FROM_M, _FALL_TO_M, 0.4)
    column = height(where, np.full_like(z, FALL_X_M), z)
    wet = shore(where, np.full_like(z, FALL_X_M), z) < 0.5
    first = int(np.flatnonzero(wet)[-1])
    last = int(np.argmax(column > 0.97 * column.max()))
    side, along = np.meshgrid(across, z[first : last + 1])
    ragged = 1.0 + 0.35 * fractal(along / 5.0, side / 40.0, where.seed + 91, 3)
    x = FALL_X_M + side * ragged
    # It stands off the rock in the middle, and is drawn out where it is steep.
    lift = 0.25 + 0.5 * (1.0 - (side / _FALL_HALF_M) ** 2)
    y = np.maximum(height(where, x, along), WATER_LEVEL) + lift
    forward = along - lift
    columns = x.shape[1]
    i, j = np.meshgrid(np.arange(x.shape[0] - 1), np.arange(columns - 1), indexing="ij")
    verts = np.stack([x, y, forward], -1)
    lean = np.cross(np.gradient(verts, axis=0), np.gradient(verts, axis=1)).reshape(-1, 3)
    lean /= np.linalg.norm(lean, axis=1, keepdims=True)
    faces = _squares((i * columns + j).ravel(), columns)
    # Threads of water, darker where the rock shows through.
    threads = 0.82 + 0.3 * fractal(side / 0.7, along / 6.0, where.seed + 92, 3)
    return Shape(
        "waterfall",
        verts.reshape(-1, 3).astype(np.float32),
        faces,
        np.full(len(faces), FOAM, np.int32),
        lean.astype(np.float32),
        np.stack([side, y], -1).reshape(-1, 2).astype(np.float32) / np.float32(UV_M),
        np.repeat(np.clip(threads, 0.5, 1.1).reshape(-1, 1), 3, axis=1).astype(np.float32),
    )


def _strip(
    where: Map, along: np.ndarray, edges: tuple[float, float], surface: int, lift: float
) -> Shape:
    """A band along the road, between two distances from its middle."""
    t, side = np.meshgrid(along, np.linspace(*edges, 5 if edges[1] - edges[0] > 1.0 else 2))
    zero = np.zeros_like(t)
    across = side + road_bend(where, t)
    x, z = (t, across) if where.wet else (across, t)
    y = height(where, x, z) + lift + 0.0006 * np.abs(t)
    columns = t.shape[1]
    i, j = np.meshgrid(np.arange(t.shape[0] - 1), np.arange(columns - 1), indexing="ij")
    faces = _squares((i * columns + j).ravel(), columns)
    if not where.wet:
        faces = faces[:, ::-1]
    verts = np.stack([x, y, z], -1).reshape(-1, 3).astype(np.float32)
    count = len(verts)
    climb = np.gradient(y, along, axis=1)
    lean = (-climb, np.ones_like(y), zero) if where.wet else (zero, np.ones_like(y), -climb)
    up = np.stack(lean, -1).reshape(-1, 3)
    up = (up / np.linalg.norm(up, axis=1, keepdims=True)).astype(np.float32)
    uvs = (np.stack([t, side], -1).reshape(-1, 2) / UV_M).astype(np.float32)
    name = f"road {surface} {edges[0]:.1f} {along[0]:.0f}"
    number = np.full(len(faces), surface, np.int32)
    return Shape(
        name, verts, np.ascontiguousarray(faces), number, up, uvs, np.ones((count, 3), np.float32)
    )


def _squares(corner: Int64[np.ndarray, "squares"], row: int) -> Int32[np.ndarray, "faces 3"]:
    """Two triangles, facing up, for each square of a grid of ``row`` vertices a row."""
    c = corner
    faces = np.stack([c, c + row, c + row + 1, c, c + row + 1, c + 1], axis=1)
    return faces.reshape(-1, 3).astype(np.int32)


def _stitched(h: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    """Put every second vertex of the rim on the line between its neighbours."""
    h = h.copy()
    for rim in (h[0], h[-1], h[:, 0], h[:, -1]):
        rim[1:-1:2] = 0.5 * (rim[:-2:2] + rim[2::2])
    return h


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
        (verts[:, [0, 2]] / UV_M).astype(np.float32),
        np.ones((n * n, 3), np.float32),
    )
