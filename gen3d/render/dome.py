# SPDX-License-Identifier: Apache-2.0
"""A panorama on a dome with a flat floor, or on the walls of a room, so that a figure stands in it.

The floor is y = 0, where the ground of a landscape is level around the character; beyond the radius
the picture hangs on a sphere about the eye from which it was taken. What stands nearer than the
radius is drawn on the floor behind it, and the sun in the picture shifts by a few degrees when the
camera is off the middle: light and shadows come from the true direction all the same. In a room
the picture lies on floor, walls and ceiling; a camera outside looks through the wall before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from gen3d.panorama import EYE_HEIGHT

_ROOM = 1.3
"""A camera farther out than the dome gets a larger one."""


@dataclass(frozen=True)
class Hung:
    """Where the background of a preview hangs."""

    dome_m: float = 0.0
    """How far on a dome; 0: infinitely far."""
    walls: Float32[np.ndarray, "2 3"] | None = None
    """Least and greatest corner of a room, in place of a dome."""


def box_directions(
    walls: Float32[np.ndarray, "2 3"],
    eye: Float32[np.ndarray, "3"],
    directions: Float32[np.ndarray, "3 rays"],
) -> Float32[np.ndarray, "3 rays"]:
    """Where the panorama's own eye sees what a camera's rays see of the inside of a box."""
    start = np.asarray(eye, np.float64)[:, None]
    steep = np.where(np.abs(directions) < 1e-6, 1e-6, directions)
    # The far side of each pair of walls; the nearest of these is where a ray leaves the box.
    far = np.where(steep > 0, walls[1][:, None], walls[0][:, None])
    depth = np.maximum(((far - start) / steep).min(axis=0), 1e-3)
    point = np.clip(start + directions * depth, walls[0][:, None], walls[1][:, None])
    seen = point - np.array([[0.0], [EYE_HEIGHT], [0.0]])
    return np.ascontiguousarray(seen / np.linalg.norm(seen, axis=0), np.float32)


def dome_directions(
    radius: float, eye: Float32[np.ndarray, "3"], directions: Float32[np.ndarray, "3 rays"]
) -> Float32[np.ndarray, "3 rays"]:
    """Where the panorama's own eye sees what a camera's rays see.

    Args:
        radius: Of the dome, metres; 0: the panorama is infinitely far.
        eye: Of the camera.
        directions: Unit vectors.
    """
    if radius <= 0.0:
        return directions
    from_middle = np.asarray(eye, np.float64) - np.array([0.0, EYE_HEIGHT, 0.0])
    radius = max(radius, _ROOM * float(np.linalg.norm(from_middle)))
    along = from_middle @ directions
    depth = -along + np.sqrt(along**2 - from_middle @ from_middle + radius**2)
    falling = np.minimum(directions[1], -1e-6)
    floor = -float(eye[1]) / falling
    depth = np.where(floor > 0.0, np.minimum(depth, floor), depth)
    seen = from_middle[:, None] + directions * depth
    return np.ascontiguousarray(seen / np.linalg.norm(seen, axis=0), np.float32)
