# SPDX-License-Identifier: Apache-2.0
"""What a room is put together from: its surfaces and shapes as they come, and where walls stand.

A wall's own frame: x along it to the right as seen from inside, y up, z into the room, origin at
the middle of its foot. Furniture has the same frame about the middle of its own foot: fronts look
along +Z, so furniture against a wall only takes the wall's turn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from gen3d.foundry.solids import Solid
from gen3d.scenery import RoomSpec, Side
from gen3d.spec import Rgb
from scenes.lighting import black_body
from scenes.place import Copies, Glow, Place, Portal, Shape, Surface, at
from scenes.render.lights import FLUX
from scenes.world.shapes import unwelded

Piece = tuple[Solid, int] | tuple[Solid, int, float]
"""A solid, the number of its surface, and perhaps a factor on its colour."""
SIDES: tuple[Side, ...] = ("front", "back", "left", "right")
_BEHIND_M = {"bedroom": 3.3, "kitchen": 3.85, "living room": 3.1, "studio": 3.2, "bathroom": 2.5}
"""Room that the furniture behind the character needs."""
_INWARD = {"front": (0.0, -1.0), "back": (0.0, 1.0), "left": (-1.0, 0.0), "right": (1.0, 0.0)}
"""Where walls look, x and z."""


@dataclass(frozen=True)
class Hole:
    """A rectangle in a wall's frame that is window or door."""

    left: float
    right: float
    low: float
    high: float
    door: bool = False


@dataclass(frozen=True)
class Wall:
    """One side of the room."""

    side: Side
    length: float
    foot: Float[np.ndarray, "3"]
    """Middle of its lower edge."""
    turn: float
    """From its frame to the world, about +Y."""
    holes: tuple[Hole, ...] = ()

    def world(self, x: float, z: float, y: float = 0.0) -> Float[np.ndarray, "3"]:
        """A point of the wall's frame in the room."""
        cosine, sine = np.cos(self.turn), np.sin(self.turn)
        return self.foot + np.array([cosine * x + sine * z, y, cosine * z - sine * x])


@dataclass(frozen=True)
class Bounds:
    """The inner box of a room: the character stands at its origin."""

    left: float
    """x of the left wall; +X is left."""
    right: float
    front: float
    back: float
    height: float

    def corners(self) -> Float32[np.ndarray, "2 3"]:
        """Least and greatest coordinates."""
        low, high = (self.right, 0.0, self.back), (self.left, self.height, self.front)
        return np.array([low, high], np.float32)

    def wall(self, side: Side, holes: tuple[Hole, ...] = ()) -> Wall:
        """A wall of the box."""
        x, z = _INWARD[side]
        middle = (0.5 * (self.left + self.right), 0.5 * (self.front + self.back))
        place = {
            "front": (middle[0], self.front),
            "back": (middle[0], self.back),
            "left": (self.left, middle[1]),
            "right": (self.right, middle[1]),
        }[side]
        across = side in {"front", "back"}
        length = self.left - self.right if across else self.front - self.back
        return Wall(
            side, length, np.array([place[0], 0.0, place[1]]), float(np.arctan2(x, z)), holes
        )


def bounds_of(room: RoomSpec, seed: int) -> Bounds:
    """Where the walls stand: the character is near the middle, by the seed."""
    rng = np.random.default_rng([seed, 91])
    x, z = rng.uniform(-0.07, 0.07, 2)
    x = x if room.width_m > 3.0 else 0.0
    left, front = room.width_m * (0.5 + x), room.depth_m * (0.5 + z)
    front = max(min(front, room.depth_m - _BEHIND_M.get(room.kind, 0.0)), min(1.2, front))
    return Bounds(left, left - room.width_m, front, front - room.depth_m, room.height_m)


class Kit:
    """The parts of a room while it is being furnished."""

    def __init__(self, room: RoomSpec, seed: int) -> None:
        self.room, self.bounds = room, bounds_of(room, seed)
        self.rng = np.random.default_rng([seed, 92])
        self.surfaces: list[Surface] = []
        self._numbers = dict[Surface, int]()
        self.copies: list[Copies] = []
        self.portals: list[Portal] = []
        self.glows: list[Glow] = []
        self.walls: dict[Side, Wall] = {}
        red, green, blue = black_body(np.array([room.kelvin]))[0]
        self.lamp_colour: Rgb = (float(red), float(green), float(blue))

    def surface(
        self,
        name: str,
        label: str,
        colour: Rgb,
        pattern: str = "plain",
        size_m: float = 1.0,
        roughness: float = 0.8,
        metallic: float = 0.0,
        emission: Rgb = (0.0, 0.0, 0.0),
    ) -> int:
        """Number of a surface, the same for the same words."""
        red, green, blue = (float(c) for c in colour)
        made = Surface(
            name, label, (red, green, blue), pattern, size_m, roughness, metallic, emission
        )
        if made not in self._numbers:
            self._numbers[made] = len(self.surfaces)
            self.surfaces.append(made)
        return self._numbers[made]

    def shape(self, name: str, pieces: list[Piece]) -> Shape:
        """Solids with their surfaces as one shape."""
        whole = [
            (p[0], p[1], p[2] if len(p) > 2 else 1.0, self.surfaces[p[1]].size_m) for p in pieces
        ]
        return unwelded(name, whole)

    def put(
        self, shape: Shape, where: Float[np.ndarray, "3"], turn: float = 0.0, *, solid: bool = True
    ) -> None:
        """Set a shape down."""
        self.copies.append(at(shape, np.asarray(where)[None], turn, solid=solid))

    def shining(self, name: str, lumens: float, area_m2: float, colour: Rgb | None = None) -> int:
        """The surface of a lamp of so many lumens, white glass where it is off."""
        if not lumens:
            return self.surface("dark lamp", "lamp", (0.72, 0.71, 0.68), roughness=0.4)
        red, green, blue = (
            round(float(c) * lumens / (FLUX * area_m2), 3) for c in colour or self.lamp_colour
        )
        return self.surface(
            name, "lamp", (0.6, 0.6, 0.58), roughness=0.4, emission=(red, green, blue)
        )

    def glow(
        self, name: str, where: Float[np.ndarray, "3"], lumens: float, colour: Rgb | None = None
    ) -> None:
        """Note a lamp for programs that need points of light."""
        if lumens:
            position = np.asarray(where, np.float32)
            self.glows.append(Glow(name, position, float(lumens), colour or self.lamp_colour))

    def place(self) -> Place:
        """The finished room."""
        b = self.bounds
        return Place(
            self.room.name,
            tuple(self.surfaces),
            tuple(self.copies),
            1e6,
            tuple(self.portals),
            tuple(self.glows),
            inside=True,
            extent=((b.right, 0.0, b.back), (b.left, b.height, b.front)),
        )


def area(solid: Solid) -> float:
    """Of all faces, square metres."""
    a, b, c = (solid.verts[solid.faces[:, i]] for i in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2.0)
