# SPDX-License-Identifier: Apache-2.0
"""The one mapping between pixels of a 2:1 equirectangular panorama and directions of the world.

World: +Y up, +Z forward (the way the character faces), right-handed, so +X is the character's left.
The mapping is Blender's equirectangular one carried through the glTF axis change, so that
``sky.exr`` set as Blender's World lines up with the imported ``character.glb``: image centre is +X,
u = 0.75 is +Z (in front of the character), the top row is +Y. Pixel centres are at half-integers.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

EYE_HEIGHT = 1.6
"""From where a panorama of a land is seen, metres over the character's ground."""


def direction_of(
    u: Float[np.ndarray, "*batch"], v: Float[np.ndarray, "*batch"]
) -> Float[np.ndarray, "*batch 3"]:
    """Unit world directions of panorama coordinates ``u`` (left to right) and ``v`` (top down)."""
    phi = np.pi - 2.0 * np.pi * u
    theta = np.pi * v
    sine = np.sin(theta)
    return np.stack([sine * np.cos(phi), np.cos(theta), -sine * np.sin(phi)], axis=-1)


def uv_of(
    direction: Float[np.ndarray, "*batch 3"],
) -> tuple[Float[np.ndarray, "*batch"], Float[np.ndarray, "*batch"]]:
    """Panorama coordinates of unit world directions; inverse of :func:`direction_of`."""
    x, y, z = np.moveaxis(direction, -1, 0)
    phi = np.arctan2(-z, x)
    return ((np.pi - phi) / (2.0 * np.pi)) % 1.0, np.arccos(np.clip(y, -1.0, 1.0)) / np.pi


def pixel_directions(height_px: int) -> Float[np.ndarray, "height width 3"]:
    """Unit world direction of each pixel centre; a panorama is twice as wide as high."""
    v = (np.arange(height_px) + 0.5) / height_px
    u = (np.arange(2 * height_px) + 0.5) / (2 * height_px)
    return direction_of(*np.meshgrid(u, v, indexing="xy"))


def pixel_solid_angles(height_px: int) -> Float[np.ndarray, "height"]:
    """Exact solid angle (steradians) of one pixel of each row; rows times width sum to 4 pi."""
    edges = np.cos(np.pi * np.arange(height_px + 1) / height_px)
    return (edges[:-1] - edges[1:]) * (2.0 * np.pi / (2 * height_px))


def sun_direction(elevation_deg: float, azimuth_deg: float) -> Float[np.ndarray, "3"]:
    """Unit vector towards the sun; azimuth clockwise from above, 0 = +Z, 90 = -X."""
    elevation, azimuth = np.radians(elevation_deg), np.radians(azimuth_deg)
    return np.array(
        [
            -np.sin(azimuth) * np.cos(elevation),
            np.sin(elevation),
            np.cos(azimuth) * np.cos(elevation),
        ]
    )


def angles_of(direction: Float[np.ndarray, "3"]) -> tuple[float, float]:
    """Elevation and azimuth of a unit vector, degrees; the inverse of :func:`sun_direction`."""
    x, y, z = (float(v) for v in direction)
    elevation = float(np.degrees(np.arcsin(np.clip(y, -1.0, 1.0))))
    return elevation, float(np.degrees(np.arctan2(-x, z))) % 360.0
