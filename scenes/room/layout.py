# SPDX-License-Identifier: Apache-2.0
"""Where furniture stands: against walls or free, never into each other.

Every piece takes the level rectangle around it; turns are quarter turns for what takes room. Kept
free: a metre around the character, the way through doors, and windows for what is higher than their
sills.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

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
        b = self.kit.bounds
        inside = (
            b.right - 1e-6 <= rect[0]
            and rect[1] <= b.left + 1e-6
            and b.back - 1e-6 <= rect[2]
            and rect[3] <= b.front + 1e-6
        )
        return bool(inside) and not any(_meet(rect, other) for other in self.taken)

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
            for x in places[order].tolist():
                if not _before_window(wall, x, wide, tall):
                    rect = _rect(
                        wall, x - wide / 2 - margin, x + wide / 2 + margin, gap, gap + deep + front
                    )
                    if self.free(rect):
                        self.take(_rect(wall, x - wide / 2, x + wide / 2, 0.0, gap + deep))
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
    a, b = wall.world(left, near), wall.world(right, far)
    return (
        float(min(a[0], b[0])),
        float(max(a[0], b[0])),
        float(min(a[2], b[2])),
        float(max(a[2], b[2])),
    )


def _meet(a: Rect, b: Rect) -> bool:
    apart = a[0] >= b[1] - 1e-6 or b[0] >= a[1] - 1e-6 or a[2] >= b[3] - 1e-6
    return not (apart or b[2] >= a[3] - 1e-6)


def _before_window(wall: Wall, x: float, wide: float, tall: float) -> bool:
    return any(
        not h.door and tall > h.low - 0.02 and h.left < x + wide / 2 and x - wide / 2 < h.right
        for h in wall.holes
    )
