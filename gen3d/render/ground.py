# SPDX-License-Identifier: Apache-2.0
"""The floor y = 0: the panorama's own ground, darkened where the figure hides sun and sky.

Because its colour is the panorama in the viewing direction, the floor runs into the horizon without
a seam; only the ratio "light with the figure / light without it" is ours. The contact shadow
(hidden sky) is smooth, so it lives on a small grid around the figure; the sun's shadow is traced
per ray.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from gen3d.render.lighting import Light, sky_irradiance, sun_irradiance
from gen3d.render.visibility import (
    Pose,
    gradient_noise,
    meets_box,
    sky_visibility,
    sun_samples,
)

REACH = np.float32(80.0)
"""The floor ends here; beyond is the panorama as it is, metres."""
_SPREAD = 1.1
"""How far the contact shadow reaches beyond the figure's box, metres."""
_LIFT = np.float32(1e-3)


@dataclass(frozen=True)
class ContactShadow:
    """Sky visibility of the floor on a square grid."""

    visible: Float32[np.ndarray, "rows columns"]
    corner: Float32[np.ndarray, "2"]
    """World x and z of the first cell's centre."""
    cell: float
    """Cell size, metres."""


def contact_shadow(pose: Pose, cells: int, rays: int) -> ContactShadow:
    """Trace how much sky the floor around the figure sees."""
    low, high = pose.low[[0, 2]], pose.high[[0, 2]]
    size = float(np.max(high - low)) + 2.0 * _SPREAD
    cell = size / cells
    corner = (0.5 * (low + high) - 0.5 * size + 0.5 * cell).astype(np.float32)
    column, row = np.meshgrid(np.arange(cells), np.arange(cells))
    x = corner[0] + column.ravel() * cell
    z = corner[1] + row.ravel() * cell
    origins = np.stack([x, np.full_like(x, _LIFT), z]).astype(np.float32)
    up = np.zeros_like(origins)
    up[1] = 1.0
    turn = gradient_noise(column.ravel(), row.ravel())
    free = sky_visibility(pose.solid, origins, up, turn, rays).reshape(cells, cells)
    faded = 1.0 - (1.0 - _smooth(free)) * _window(cells)
    return ContactShadow(faded.astype(np.float32), corner, cell)


def _smooth(grid: np.ndarray) -> np.ndarray:
    """Binomial 5x5 filter that removes the ray pattern."""
    for axis in (0, 1):
        pad = [(0, 0), (0, 0)]
        pad[axis] = (2, 2)
        wide = np.pad(grid, pad, mode="edge")
        taps = [np.take(wide, np.arange(k, k + grid.shape[axis]), axis=axis) for k in range(5)]
        grid = (taps[0] + 4.0 * taps[1] + 6.0 * taps[2] + 4.0 * taps[3] + taps[4]) / 16.0
    return grid


def _window(cells: int) -> np.ndarray:
    """1 inside, falling smoothly to 0 at the grid's border."""
    x = np.abs((np.arange(cells) + 0.5) / cells * 2.0 - 1.0)
    radius = np.sqrt(x[:, None] ** 2 + x[None, :] ** 2)
    t = np.clip((1.0 - radius) / 0.5, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def floor_depth(
    eye: Float32[np.ndarray, "3"], directions: Float32[np.ndarray, "3 rays"]
) -> Float32[np.ndarray, "rays"]:
    """Distance to the floor along each ray; infinite where a ray does not come down to it."""
    falling = np.minimum(directions[1], np.float32(-1e-6))
    depth = -eye[1] / falling
    return np.where((depth > 0.0) & (depth < REACH), depth, np.float32(np.inf))


def touched_box(
    pose: Pose, contact: ContactShadow, sun: Float32[np.ndarray, "3"]
) -> tuple[Float32[np.ndarray, "3"], Float32[np.ndarray, "3"]]:
    """Box on the floor outside of which the figure changes nothing."""
    size = np.float32(contact.cell * len(contact.visible))
    low = np.array([contact.corner[0], 0.0, contact.corner[1]], np.float32)
    high = low + np.array([size, 0.0, size], np.float32)
    if sun[1] <= 0.0:
        return low, high
    # The shadow of the box: its corners moved down along the light, as far as the floor goes.
    slope = -sun / max(float(sun[1]), 1e-3)
    reach = np.clip(slope * pose.high[1], -REACH, REACH)
    for shift in (reach, np.zeros(3, np.float32)):
        low = np.minimum(low, np.minimum(pose.low, pose.high) + shift)
        high = np.maximum(high, np.maximum(pose.low, pose.high) + shift)
    low[1] = high[1] = 0.0
    return low.astype(np.float32), high.astype(np.float32)


def dimming(
    pose: Pose,
    contact: ContactShadow,
    light: Light,
    points: Float32[np.ndarray, "3 rays"],
    turn: Float32[np.ndarray, "rays"],
    sample: Float32[np.ndarray, "rays"],
) -> Float32[np.ndarray, "3 rays"]:
    """Light on floor points with the figure there, divided by the light without it."""
    sky, sun = sky_irradiance(light)[:, None], sun_irradiance(light)[:, None]
    visible = sky_seen(contact, points)
    sunlit = np.ones(points.shape[1], np.float32)
    if light.sun_direction[1] > 0.0:
        sunlit = _sunlit(pose, light, points, turn, sample)
    return (sky * visible + sun * sunlit) / np.maximum(sky + sun, 1e-9)


def _sunlit(
    pose: Pose, light: Light, points: np.ndarray, turn: np.ndarray, sample: np.ndarray
) -> np.ndarray:
    result = np.ones(points.shape[1], np.float32)
    # The box is grown a little because the disc's edge shines around it.
    near = meets_box(pose.low - 0.03, pose.high + 0.03, points, light.sun_direction)
    where = np.flatnonzero(near)
    origins = points[:, where]
    origins[1] += _LIFT
    towards = sun_samples(light.sun_direction, turn[where], sample[where])
    result[where] = ~pose.solid.occluded(origins, towards)
    return result


def sky_seen(
    contact: ContactShadow, points: Float32[np.ndarray, "3 rays"]
) -> Float32[np.ndarray, "rays"]:
    """Sky visibility of floor points; 1 outside the grid."""
    rows, columns = contact.visible.shape
    x = (points[0] - contact.corner[0]) / np.float32(contact.cell)
    y = (points[2] - contact.corner[1]) / np.float32(contact.cell)
    inside = (x > 0.0) & (y > 0.0) & (x < columns - 1.0) & (y < rows - 1.0)
    result = np.ones(points.shape[1], np.float32)
    where = np.flatnonzero(inside)
    x, y = x[where], y[where]
    column, row = x.astype(np.int32), y.astype(np.int32)
    fx, fy = x - column, y - row
    cell = row * columns + column
    flat = contact.visible.ravel()
    top = np.take(flat, cell) * (1.0 - fx) + np.take(flat, cell + 1) * fx
    below = cell + columns
    bottom = np.take(flat, below) * (1.0 - fx) + np.take(flat, below + 1) * fx
    result[where] = top + (bottom - top) * fy
    return result
