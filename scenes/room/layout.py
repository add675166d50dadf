# SPDX-License-Identifier: Apache-2.0
"""Where furniture stands: against walls or free, never into each other.

Every piece takes the level rectangle around it; turns are quarter turns for what takes room. Kept
free: a metre around the character, the way through doors, and windows for what is higher than their
sills.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float

from gen3d.scenery import Side
from scenes.place import Shape
from scenes.room.kit import SIDES, Kit, Wall

FREE_M = 1.05
"""Half the side of the square around the character that stays free."""
_DOOR_WAY = 0.95
_GAP = 0.03
Rect = tuple[float, float, float, float]
"""Least and greatest x, least and greatest z."""


@dataclass(frozen=True)
class Spot:
    """Where a piece stands."""

    x: float
    z: float
    turn: float

    def __call__(self, right: float, front: float, y: float = 0.0) -> np.ndarray:
        """A point of the piece's own frame in the room."""
        cosine, sine = np.cos(self.turn), np.sin(self.turn)
        return np.array(
            [self.x + cosine * right + sine * front, y, self.z + cosine * front - sine * right]
        )


@dataclass
class Plan:
    """The floor, and what is taken of it."""

    kit: Kit
    taken: list[Rect] = field(default_factory=list[Rect])
    origin: bool = True
    """Whether the character's place is kept free."""

    def __post_init__(self) -> None:
        if self.origin:
            side = min(FREE_M, 0.5 * min(self.kit.room.width_m, self.kit.room.depth_m) - 0.05)
            self.taken.append((-side, side, -side, side))
        for wall in self.kit.walls.values():
            for hole in wall.holes:
                if hole.door:
                    way = _DOOR_WAY if hole.high < 2.6 else 2.0
                    self.taken.append(_rect(wall, hole.left, hole.right, 0.0, way))

    def free(self, rect: Rect) -> bool:
        """Whether nothing stands in a rectangle, and it is in the room."""
        return bool(self._all_free(np.array([rect]))[0])

    def _all_free(self, rects: Float[np.ndarray, "rects 4"]) -> Bool[np.ndarray, "rects"]:
        b = self.kit.bounds
        low = rects[:, ::2] >= (b.right - 1e-6, b.back - 1e-6)
        high = rects[:, 1::2] <= (b.left + 1e-6, b.front + 1e-6)
        mine, theirs = rects[:, None], np.array(self.taken).reshape(1, -1, 4)
        right = mine[..., ::2] >= theirs[..., 1::2] - 1e-6
        left = theirs[..., ::2] >= mine[..., 1::2] - 1e-6
        apart: np.ndarray = np.any(np.concatenate([right, left], axis=-1), axis=-1)
        inside: np.ndarray = np.all(low & high, axis=1)
        return inside & np.all(apart, axis=1)

    def take(self, rect: Rect) -> None:
        """Keep a rectangle from what comes later."""
        self.taken.append(rect)

    def against(
        self,
        shape: Shape,
        sides: tuple[Side, ...] = SIDES,
        *,
        at: float | None = None,
        gap: float = _GAP,
        front: float = 0.0,
        margin: float = 0.04,
    ) -> Spot | None:
        """A place with the back to a wall, by the seed; None where there is none.

        Args:
            shape: What is to stand there.
            sides: Walls in the order of preference.
            at: Where along the wall to begin looking; anywhere when absent.
            gap: From the wall.
            front: What must stay free before it.
            margin: And beside it.
        """
        wide, tall, deep = extents(shape)
        for side in sides:
            wall = self.kit.walls[side]
            reach = wall.length / 2 - wide / 2 - margin
            if reach < 0:
                continue
            places = np.linspace(-reach, reach, max(int(reach / 0.06), 1) * 2 + 1)
            order = self.kit.rng.permutation(len(places))
            if at is not None:
                order = np.argsort(np.abs(places - at), kind="stable")
            middles, half = places[order], wide / 2
            ends = middles - half - margin, middles + half + margin
            good = self._all_free(_rects(wall, *ends, gap, gap + deep + front))
            good &= ~_before_window(wall, middles, wide, tall)
            if good.any():
                x = float(middles[np.argmax(good)])
                self.take(_rect(wall, x - half, x + half, 0.0, gap + deep))
                point = wall.world(x, gap + deep / 2)
                return Spot(float(point[0]), float(point[2]), wall.turn)
        return None

    def free_spot(
        self,
        shape: Shape,
        turn: float,
        near: tuple[float, float],
        margin: float = 0.1,
        reach: float = 9.0,
    ) -> Spot | None:
        """The free place nearest to a point."""
        wide, _, deep = extents(shape)
        if abs(np.sin(turn)) > 0.5:
            wide, deep = deep, wide
        steps = np.arange(-reach, reach + 1e-6, 0.15)
        x, z = (g.ravel() for g in np.meshgrid(near[0] + steps, near[1] + steps))
        for k in np.argsort(np.hypot(x - near[0], z - near[1]), kind="stable"):
            a, c = float(x[k]), float(z[k])
            rect = (a - wide / 2, a + wide / 2, c - deep / 2, c + deep / 2)
            around = (rect[0] - margin, rect[1] + margin, rect[2] - margin, rect[3] + margin)
            if self.free(around):
                self.take(rect)
                return Spot(a, c, turn)
        return None

    def place(
        self, shape: Shape, x: float, z: float, turn: float, *, margin: float = 0.0
    ) -> Spot | None:
        """Exactly here, if it is free."""
        wide, _, deep = extents(shape)
        if abs(np.sin(turn)) > 0.5:
            wide, deep = deep, wide
        rect = (
            x - wide / 2 - margin,
            x + wide / 2 + margin,
            z - deep / 2 - margin,
            z + deep / 2 + margin,
        )
        if not self.free(rect):
            return None
        self.take(rect)
        return Spot(x, z, turn)

    def put(self, shape: Shape, spot: Spot | None, y: float = 0.0) -> Spot | None:
        """Set a piece down where a place was found."""
        if spot is not None:
            self.kit.put(shape, np.array([spot.x, y, spot.z]), spot.turn)
        return spot


def extents(shape: Shape) -> tuple[float, float, float]:
    """Width, height and depth that a shape takes about its own middle."""
    reach = np.abs(shape.verts).max(axis=0)
    return 2 * float(reach[0]), float(shape.verts[:, 1].max()), 2 * float(reach[2])


def _rect(wall: Wall, left: float, right: float, near: float, far: float) -> Rect:
    a, b, c, d = _rects(wall, np.array([left]), np.array([right]), near, far)[0].tolist()
    return a, b, c, d


def _rects(
    wall: Wall,
    left: Float[np.ndarray, "rects"],
    right: Float[np.ndarray, "rects"],
    near: float,
    far: float,
) -> Float[np.ndarray, "rects 4"]:
    """Rectangles in a wall's frame as those of the room: least and greatest x, then z."""
    cosine, sine = np.cos(wall.turn), np.sin(wall.turn)
    ends = (left, near), (right, far)
    x = [wall.foot[0] + (cosine * along + sine * off) for along, off in ends]
    z = [wall.foot[2] + (cosine * off - sine * along) for along, off in ends]
    return np.stack([np.min(x, 0), np.max(x, 0), np.min(z, 0), np.max(z, 0)], axis=1)


def _before_window(
    wall: Wall, x: Float[np.ndarray, "places"], wide: float, tall: float
) -> Bool[np.ndarray, "places"]:
    hidden = np.zeros(len(x), bool)
    for hole in wall.holes:
        if not hole.door and tall > hole.low - 0.02:
            hidden |= (hole.left < x + wide / 2) & (x - wide / 2 < hole.right)
    return hidden
