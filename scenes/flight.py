# SPDX-License-Identifier: Apache-2.0
"""The way of a camera through a place: over points on the ground, or of its own accord.

Seen from above, the place is a grid whose cells are free or not: walls, trunks, crowns that hang
low and furniture as high as the eye take room, and what is shut in cannot be reached. Points that
lie in the way move to the nearest free place; between points the way goes straight where it can,
else round things (Dijkstra, far from them rather than close by), and is then smoothed as far as it
stays free. The camera keeps its height over the ground, or over water.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float
from scipy import ndimage
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from gen3d.easing import smoothstep
from gen3d.errors import Gen3dError
from gen3d.render.raycast import FAR, Tracer
from gen3d.scenery import FlightSpec, LandSpec, RoomSpec
from scenes.collision import collision_mesh
from scenes.place import Place, Soup, placed
from scenes.render.camera import Camera
from scenes.render.site import built

FARTHEST_M = 250.0
"""How far from the character's place a flight may go."""
_OUTDOORS = ((-2.0, -12.0), (0.0, -3.0), (0.8, 4.0), (3.5, 12.0))
"""Where a flight goes of its own accord."""
_GROUND = re.compile(r"ground|road|dock|water|floor")
_CROWNS = {
    "conifer": 1.8,
    "broadleaf": 0.7,
    "palm": 0.5,
    "cactus": 0.7,
    "bamboo": 1.4,
    "street tree": 0.9,
}
"""Room that trees take at the height of an eye, metres from their axis at scale 1."""
_CLEAR_M, _HEAD_M = 0.4, 0.3
_MARGIN_M, _MOST_CELLS = 9.0, 260
_STEPS, _LOOK_AHEAD = 400, 0.16
Ground = Float[np.ndarray, "points 2"]
Line = Float[np.ndarray, "_ 2"]


@dataclass(frozen=True)
class Grid:
    """A place from above."""

    low: Float[np.ndarray, "2"]
    """Middle of the first cell, x and z."""
    cell_m: float
    free: Bool[np.ndarray, "x z"]
    room: Float[np.ndarray, "x z"]
    """Metres to what is not free."""

    def at(self, points: Ground) -> tuple[np.ndarray, np.ndarray]:
        """Cells of points on the ground."""
        i, j = np.round((points - self.low) / self.cell_m).astype(np.int64).T
        return np.clip(i, 0, self.free.shape[0] - 1), np.clip(j, 0, self.free.shape[1] - 1)

    def open(self, points: Ground) -> Bool[np.ndarray, "points"]:
        """Whether points are free."""
        return self.free[self.at(points)]


class Floor:
    """What a place is stood on, and what stands on it."""

    def __init__(self, place: Place) -> None:
        soups = [placed(c) for c in place.copies if _GROUND.match(c.shape.name)]
        self.place, self.ground = place, Tracer(*_joined(soups))
        self.solid = Tracer(*collision_mesh(place))
        found = [(c, _crown(c.shape.name)) for c in place.copies]
        trees = [(c.positions[:, [0, 2]], c.scales * reach) for c, reach in found if reach]
        self.trees = np.concatenate([t for t, _ in trees]) if trees else np.zeros((0, 2))
        self.reach = np.concatenate([r for _, r in trees]) if trees else np.zeros(0)

    def height(self, points: Ground) -> Float[np.ndarray, "points"]:
        """Of the ground or the water, metres."""
        start = np.stack([points[:, 0], np.full(len(points), 3000.0), points[:, 1]])
        if self.place.inside:
            start[1] = 0.5
        down = np.tile(np.array([[0.0], [-1.0], [0.0]], np.float32), (1, len(points)))
        depth = self.ground.nearest(start.astype(np.float32), down).depth
        return np.where(depth < FAR, start[1] - depth, 0.0)

    def taken(self, points: Ground, eye_m: float) -> Bool[np.ndarray, "points"]:
        """Where a camera would be in something, or close to it."""
        eye = np.stack([points[:, 0], self.height(points) + eye_m, points[:, 1]])
        found = np.zeros(len(points), bool)
        for turn in np.arange(10) * (2 * np.pi / 10):
            found |= self._meets(eye, (np.cos(turn), 0.0, np.sin(turn)), _CLEAR_M)
        found |= self._meets(eye, (0.0, 1.0, 0.0), _HEAD_M)
        found |= self._meets(eye, (0.0, -1.0, 0.0), min(_HEAD_M, 0.5 * eye_m))
        for tree, reach in zip(self.trees, self.reach, strict=True):
            found |= np.hypot(*(points - tree).T) < reach
        return found

    def _meets(self, eye: np.ndarray, way: tuple[float, ...], reach: float) -> np.ndarray:
        count = eye.shape[1]
        ways = np.tile(np.array(way, np.float32)[:, None], (1, count))
        far = np.full(count, reach, np.float32)
        return self.solid.occluded(eye.astype(np.float32), ways, far)


def _crown(name: str) -> float:
    return next((reach for kind, reach in _CROWNS.items() if name.startswith(kind)), 0.0)


def _joined(soups: list[Soup]) -> tuple[np.ndarray, np.ndarray]:
    starts = np.cumsum([0, *(len(s.verts) for s in soups)])
    faces = [s.faces + np.int32(start) for s, start in zip(soups, starts, strict=False)]
    return np.concatenate([s.verts for s in soups]), np.concatenate(faces).astype(np.int32)


def cameras_of(what: LandSpec | RoomSpec, seed: int, flight: FlightSpec) -> list[Camera]:
    """The camera of each frame of a flight through a land or room."""
    return cameras(built(what, seed), flight)


def cameras(place: Place, flight: FlightSpec) -> list[Camera]:
    """The camera of each frame.

    Args:
        place: What it goes through.
        flight: Points, time, size.

    Raises:
        Gen3dError: A point is too far away, or nothing is free.
    """
    points = _points_of(place, flight)
    floor = Floor(place)
    grid = grid_of(floor, points, flight.eye_m)
    line = _even(smoothed(_through(grid, points), grid))
    count = max(round(flight.seconds * flight.fps), 2)
    t = np.arange(count) / (count - 1)
    # Half of the time's course is even, half eases in and out.
    share = 0.5 * (t + smoothstep(0.0, 1.0, t))
    way = np.stack([np.interp(share, np.linspace(0, 1, len(line)), c) for c in line.T], axis=1)
    level = floor.height(way) + flight.eye_m
    soft = ndimage.gaussian_filter1d(level, max(count / 12.0, 1.0), mode="nearest")
    tall = np.maximum(soft, level - 0.25 * flight.eye_m)
    yaw, pitch = _looks(place, flight, line, share, way, tall)
    half = float(np.tan(np.radians(flight.view_deg) / 2.0))
    return [
        Camera(
            (float(x), float(y), float(z)),
            float(a),
            float(p),
            flight.width_px,
            flight.height_px,
            half,
        )
        for (x, z), y, a, p in zip(way, tall, yaw, pitch, strict=True)
    ]


def _points_of(place: Place, flight: FlightSpec) -> Ground:
    if not flight.points:
        return _of_its_own(place)
    points = np.array(flight.points, np.float64)
    low, high = np.array(place.extent)[:, [0, 2]] if place.inside else (-FARTHEST_M, FARTHEST_M)
    out = (points < low) | (points > high)
    if out.any():
        x, z = points[out.any(axis=1)][0]
        where = "outside the room" if place.inside else f"over {FARTHEST_M:.0f} m away"
        raise Gen3dError(
            f"The flight's point {x:g},{z:g} is {where}.",
            "Points are x,z in metres from where the character stands.",
        )
    return points


def _of_its_own(place: Place) -> Ground:
    """Ahead through a land; in a room along its back, looking in, or down its length."""
    if not place.inside:
        return np.array(_OUTDOORS)
    low, high = np.array(place.extent)[:, [0, 2]]
    middle, half = (low + high) / 2.0, (high - low) / 2.0
    if half[1] > 2.0 * half[0]:
        return middle + half * np.array([(0.0, -0.75), (0.1, -0.2), (0.0, 0.3)])
    turn = np.radians(np.linspace(-150.0, -30.0, 5))
    return middle + 0.62 * half * np.stack([np.cos(turn), np.sin(turn)], axis=1)


def grid_of(floor: Floor, points: Ground, eye_m: float) -> Grid:
    """The place around some points, seen from above."""
    low, high = points.min(axis=0) - _MARGIN_M, points.max(axis=0) + _MARGIN_M
    if floor.place.inside:
        low, high = np.array(floor.place.extent)[:, [0, 2]]
    cell = max(0.1 if floor.place.inside else 0.25, float((high - low).max()) / _MOST_CELLS)
    counts = np.maximum(np.ceil((high - low) / cell).astype(int) + 1, 2)
    x, z = (low[a] + np.arange(counts[a]) * cell for a in (0, 1))
    spots = np.stack(np.meshgrid(x, z, indexing="ij"), axis=-1).reshape(-1, 2)
    free = ~floor.taken(spots, eye_m).reshape(tuple(counts))
    whole = Grid(low, cell, free, _room_in(free, cell))
    if not free.any():
        raise Gen3dError("There is no room for a camera here.", "Choose other points.")
    # What is shut in (the inside of a house) is not where the flight starts.
    parts = np.zeros(free.shape, np.int32)
    ndimage.label(free, output=parts)
    sizes = np.bincount(parts[free])
    start = _nearest(whole, points[:1])
    own = parts[whole.at(start)][0]
    if sizes[own] < 0.02 * sizes.sum():
        own = int(np.argmax(sizes))
    reached = parts == own
    return Grid(low, cell, reached, _room_in(reached, cell))


def _room_in(free: np.ndarray, cell_m: float) -> np.ndarray:
    room = np.zeros(free.shape)
    ndimage.distance_transform_edt(free, sampling=cell_m, distances=room)
    return room


def _nearest(grid: Grid, points: Ground) -> Ground:
    """Points, or the free places nearest to them."""
    cells = np.argwhere(grid.free)
    spots = grid.low + cells * grid.cell_m
    moved = [spots[np.argmin(np.hypot(*(spots - point).T))] for point in points]
    return np.where(grid.open(points)[:, None], points, np.array(moved))


def _through(grid: Grid, points: Ground) -> Line:
    """A line over all points, round what is in the way."""
    stops = _nearest(grid, points)
    line = [stops[:1]]
    for start, end in pairwise(stops):
        count = max(int(np.hypot(*(end - start)) / (0.5 * grid.cell_m)), 2)
        straight = start + np.linspace(0, 1, count)[:, None] * (end - start)
        line.append((straight if grid.open(straight).all() else _round(grid, start, end))[1:])
    return np.concatenate(line)


def _round(grid: Grid, start: np.ndarray, end: np.ndarray) -> Line:
    """The cheapest way between two free points; close to things costs more."""
    number = np.full(grid.free.shape, -1)
    number[grid.free] = np.arange(grid.free.sum())
    cost = 1.0 + 1.5 * np.exp(-grid.room / 0.6)
    rows, columns, weights = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    free = np.argwhere(grid.free)
    for step in ((1, 0), (0, 1), (1, 1), (1, -1)):
        there = free + np.array(step)
        inside = ((there >= 0) & (there < np.array(number.shape))).all(axis=1)
        here, there = free[inside].T, there[inside].T
        both = grid.free[there[0], there[1]]
        (i, j), (a, b) = here[:, both], there[:, both]
        rows.append(number[i, j])
        columns.append(number[a, b])
        weights.append(np.hypot(*step) * (cost[i, j] + cost[a, b]))
    size = int(grid.free.sum())
    ends = (np.concatenate(rows), np.concatenate(columns))
    graph = coo_array((np.concatenate(weights), ends), (size, size)).tocsr()
    first, last = (int(number[grid.at(p[None])][0]) for p in (start, end))
    before = dijkstra(graph, directed=False, indices=first, return_predecessors=True)[1]
    cells = [last]
    while cells[-1] != first:
        cells.append(int(before[cells[-1]]))
    spots = grid.low + np.argwhere(grid.free)[cells[::-1]] * grid.cell_m
    return np.concatenate([start[None], spots[1:-1], end[None]])


def smoothed(line: Line, grid: Grid) -> Line:
    """A line without corners, as far as it stays free."""
    line = _even(line)
    for width in (0.07, 0.05, 0.03, 0.02):
        soft = np.stack(
            [ndimage.gaussian_filter1d(c, width * _STEPS, mode="nearest") for c in line.T], axis=1
        )
        # Ends stay where they are.
        t = np.linspace(0, 1, len(line))[:, None]
        ends = (1 - t) * (line[:1] - soft[:1]) + t * (line[-1:] - soft[-1:])
        mixed = soft + ends
        bad = ~grid.open(mixed)
        if not bad.any():
            return mixed
        hold = np.clip(ndimage.gaussian_filter1d(bad.astype(float), 0.03 * _STEPS) * 8.0, 0.0, 1.0)
        line = np.where(bad[:, None], line, hold[:, None] * line + (1 - hold[:, None]) * mixed)
        line = np.where(grid.open(line)[:, None], line, _nearest(grid, line))
    return line


def _even(line: Line) -> Line:
    """The same line in steps of one length."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    if along[-1] < 1e-6:
        return np.repeat(line[:1], _STEPS, axis=0)
    at = np.linspace(0.0, along[-1], _STEPS)
    return np.stack([np.interp(at, along, c) for c in line.T], axis=1)


def _looks(
    place: Place,
    flight: FlightSpec,
    line: Line,
    share: np.ndarray,
    way: Line,
    tall: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Yaw and pitch of each frame: along the way; into the room where the way was its own."""
    if place.inside and not flight.points:
        low, high = np.array(place.extent)
        middle = (low + high) / 2.0
        aim = middle[[0, 2]] + np.array([0.0, 0.45 * (high[2] - low[2]) / 2.0])
        to, rise = aim - way, 0.75 * flight.eye_m - tall
    else:
        tangent = line[-1] - line[-_STEPS // 10]
        beyond = np.linspace(0.0, 1.0, _STEPS // 4)[1:, None] * tangent * 3.0 + line[-1]
        longer = np.concatenate([line, beyond])
        at = (share + _LOOK_AHEAD) * (len(line) - 1)
        ahead = [np.interp(at, np.arange(len(longer)), c) for c in longer.T]
        to, rise = np.stack(ahead, axis=1) - way, np.zeros(len(way))
    if np.hypot(*to.T).max() < 1e-3:
        to = np.tile([0.0, 1.0], (len(way), 1))
    yaw = np.unwrap(np.arctan2(to[:, 0], to[:, 1]))
    soft = ndimage.gaussian_filter1d(yaw, max(len(way) / 14.0, 0.5), mode="nearest")
    level = np.maximum(np.hypot(*to.T), 1.0)
    return soft, np.arctan2(rise, level) - np.radians(2.0)
