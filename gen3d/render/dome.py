# SPDX-License-Identifier: Apache-2.0
"""A panorama on a dome with a flat floor, so that a figure stands on its ground from every side.

The floor is y = 0, where the ground of a landscape is level around the character; beyond the radius
the picture hangs on a sphere about the eye from which it was taken. What stands nearer than the
radius is drawn on the floor behind it, and the sun in the picture shifts by a few degrees when the
camera is off the middle: light and shadows come from the true direction all the same.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from gen3d.panorama import EYE_HEIGHT

_ROOM = 1.3
"""A camera farther out than the dome gets a larger one."""


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
