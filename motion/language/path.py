# SPDX-License-Identifier: Apache-2.0
"""Ways over the ground, and motions bent along them.

A way is a heading for every metre walked; its points are the integral. A motion that goes straight
along +Z is bent by taking every point at ``(x, y, z)`` to the way's point ``z`` metres along and
``x`` to its left. What rests on the ground in the straight motion rests in the bent one, so feet
do not slide on curves, and steps on the outside grow longer than those on the inside.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from motion.heading import about_up
from motion.language.body import SIDES, Feet, feet_of, knees_of, with_feet
from motion.performance import Performance

_STEP = 0.01
"""Metres between the points of a way."""
_BEYOND = 1.5
"""Metres by which a way goes straight on at both its ends."""


@dataclass(frozen=True)
class Way:
    """Points and headings at equal distances along a way."""

    along: Float[np.ndarray, "points"]
    """Metres from its start; negative before it."""
    points: Float[np.ndarray, "points 3"]
    headings: Float[np.ndarray, "points"]
    """Radians from +Z towards +X (the left)."""

    def at(
        self, along: Float[np.ndarray, "frames"]
    ) -> tuple[Float[np.ndarray, "frames 3"], Float[np.ndarray, "frames"]]:
        """Points and headings at some distances."""
        columns = [np.interp(along, self.along, self.points[:, i]) for i in range(3)]
        return np.stack(columns, axis=-1), np.interp(along, self.along, self.headings)


def way(headings: Float[np.ndarray, "points"], *, backwards: bool = False) -> Way:
    """The way whose heading after ``i`` centimetres is ``headings[i]``; starts at the origin.

    Args:
        headings: Radians.
        backwards: The way is walked with the back ahead, towards negative distances.
    """
    margin = round(_BEYOND / _STEP)
    padded = np.pad(headings, margin, mode="edge")
    if backwards:
        padded = padded[::-1]
    along = _STEP * (np.arange(len(padded)) - margin)
    if backwards:
        along = -along[::-1]
    ahead = np.stack([np.sin(padded), np.zeros_like(padded), np.cos(padded)], axis=-1)
    middle = 0.5 * (ahead[1:] + ahead[:-1]) * _STEP
    points = np.concatenate([np.zeros((1, 3)), middle.cumsum(axis=0)])
    origin = int(np.argmin(np.abs(along)))
    return Way(along, points - points[origin], padded)


def straight(metres: float) -> Float[np.ndarray, "points"]:
    """Headings of a straight way."""
    return np.zeros(max(2, round(abs(metres) / _STEP)))


def circle(metres: float, turns: float) -> Float[np.ndarray, "points"]:
    """Headings that turn evenly by whole or part circles, positive to the left."""
    return 2.0 * np.pi * turns * np.linspace(0.0, 1.0, max(2, round(abs(metres) / _STEP)))


def bend(metres: float, radians: float, over: float = 1.0) -> Float[np.ndarray, "points"]:
    """Headings that turn within the first ``over`` metres, then go straight."""
    along = _STEP * np.arange(max(2, round(abs(metres) / _STEP)))
    t = np.clip(along / over, 0.0, 1.0)
    return radians * t**2 * (3.0 - 2.0 * t)


def zigzag(metres: float, leg: float, radians: float) -> Float[np.ndarray, "points"]:
    """Headings that swing from side to side, with rounded corners.

    Args:
        metres: Length of the way.
        leg: Metres from corner to corner.
        radians: Heading of each leg to either side.
    """
    along = _STEP * np.arange(max(2, round(abs(metres) / _STEP)))
    wave = np.sin(np.pi * along / leg)
    return radians * np.tanh(3.0 * wave) / np.tanh(3.0)


def slowed(
    performance: Performance, first: float, last: float, over: float
) -> tuple[Performance, Feet]:
    """Shorten the steps of a straight motion at its ends, as one sets off and comes to a halt.

    Args:
        performance: Along Z, from about z = 0.
        first: Share of the length that steps have at the start.
        last: The same at the end.
        over: Metres within which steps reach their full length.
    """
    end = float(performance.pelvis[-1, 2])
    sign, length = (1.0, end) if end >= 0.0 else (-1.0, -end)
    over = max(1e-3, min(over, 0.45 * length))
    grid = np.linspace(-_BEYOND, length + _BEYOND, 600)
    rise = np.clip(np.minimum(grid, length - grid) / over, 0.0, 1.0)
    floor = np.where(grid < 0.5 * length, first, last)
    slope = floor + (1.0 - floor) * rise**2 * (3.0 - 2.0 * rise)
    steps = 0.5 * (slope[1:] + slope[:-1]) * np.diff(grid)
    mapped = np.concatenate([[0.0], np.cumsum(steps)])
    mapped -= np.interp(0.0, grid, mapped)

    def shorten(points: Float[np.ndarray, "frames 3"]) -> Float[np.ndarray, "frames 3"]:
        z = sign * np.interp(sign * points[:, 2], grid, mapped)
        return np.stack([points[:, 0], points[:, 1], z], axis=-1)

    feet = feet_of(performance)
    nearer: Feet = {side: (shorten(feet[side][0]), feet[side][1]) for side, _ in SIDES}
    closer = replace(performance, pelvis=shorten(performance.pelvis))
    return with_feet(closer, nearer), nearer


def bent_along(performance: Performance, feet: Feet, route: Way) -> Performance:
    """Bend a motion that goes straight along Z, feet included, along a way."""

    def carried(
        points: Float[np.ndarray, "frames 3"],
    ) -> tuple[np.ndarray, np.ndarray]:
        place, heading = route.at(points[:, 2])
        turn = about_up(heading)
        aside = points * [1.0, 1.0, 0.0]
        return place + transforms.rotate(turn, aside), turn

    pelvis, turn = carried(performance.pelvis)
    rotations = performance.rotations.copy()
    rotations[:, 0] = transforms.multiply(turn, rotations[:, 0])
    placed: Feet = {}
    for side, _ in SIDES:
        ankle, sole = feet[side]
        spot, turned = carried(ankle)
        placed[side] = (spot, transforms.multiply(turned, sole))
    knees = {side: carried(spot)[0] for side, spot in knees_of(performance).items()}
    return with_feet(replace(performance, rotations=rotations, pelvis=pelvis), placed, knees)
