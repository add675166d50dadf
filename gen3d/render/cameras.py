# SPDX-License-Identifier: Apache-2.0
"""Pin-hole cameras: where they stand, which ray belongs to a pixel, which pixel to a point.

A camera looks along its ``-z`` (OpenGL): the rows of ``R_camera_world`` are right, up and back.
Pixel coordinates have their origin in the top-left corner, x to the right, y down; the centre of
the first pixel is (0.5, 0.5). Depth is the distance along the *unit* ray, not along the axis.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float32

WORLD_UP = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True)
class Camera:
    """A perspective camera without distortion."""

    eye: Float32[np.ndarray, "3"]
    """Position in the world."""
    R_camera_world: Float32[np.ndarray, "3 3"]
    """World to camera; rows are right, up, back."""
    focal_px: float
    """Distance of the image plane in pixels."""
    width_px: int
    height_px: int

    @property
    def pixel_angle(self) -> float:
        """Angle that one pixel in the image centre covers, radians."""
        return 1.0 / self.focal_px


def focal_of(fov_y_deg: float, height_px: int) -> float:
    """Focal length in pixels of a vertical field of view."""
    return 0.5 * height_px / float(np.tan(0.5 * np.radians(fov_y_deg)))


def look_at(
    eye: Float[np.ndarray, "3"],
    target: Float[np.ndarray, "3"],
    fov_y_deg: float,
    width_px: int,
    height_px: int,
) -> Camera:
    """Camera at ``eye`` that has ``target`` in the image centre and the world's +Y upwards."""
    back = np.asarray(eye, np.float64) - np.asarray(target, np.float64)
    back = back / np.linalg.norm(back)
    right = np.cross(WORLD_UP, back)
    right = right / np.linalg.norm(right)
    rows = np.stack([right, np.cross(back, right), back])
    focal = focal_of(fov_y_deg, height_px)
    return Camera(np.asarray(eye, np.float32), rows.astype(np.float32), focal, width_px, height_px)


def orbit_direction(azimuth_deg: float, elevation_deg: float) -> Float[np.ndarray, "3"]:
    """Unit vector from the subject to the camera; azimuth 0 is in front (+Z), 90 at its left."""
    azimuth, elevation = np.radians(azimuth_deg), np.radians(elevation_deg)
    flat = np.cos(elevation)
    return np.array([flat * np.sin(azimuth), np.sin(elevation), flat * np.cos(azimuth)])


def frame_points(
    points: Float[np.ndarray, "points 3"],
    centre: Float[np.ndarray, "3"],
    direction: Float[np.ndarray, "3"],
    fov_y_deg: float,
    width_px: int,
    height_px: int,
    margin: float = 0.08,
) -> Camera:
    """Camera that looks at ``centre`` and sees every point, as near as possible.

    Args:
        points: What must be in the picture, metres.
        centre: What is in its middle.
        direction: Unit vector from the subject towards the camera.
        fov_y_deg: Vertical field of view.
        width_px: Picture width.
        height_px: Picture height.
        margin: Part of the half picture that stays free on each side.
    """
    centre, direction = np.asarray(centre, np.float64), np.asarray(direction, np.float64)
    probe = look_at(centre + direction, centre, fov_y_deg, width_px, height_px)
    local = (np.asarray(points, np.float64) - centre) @ probe.R_camera_world.T.astype(np.float64)
    tan_y = (1.0 - margin) * 0.5 * height_px / probe.focal_px
    tan_x = (1.0 - margin) * 0.5 * width_px / probe.focal_px
    # A point at camera depth (distance - z) fits when |x| <= tan_x * depth, |y| <= tan_y * depth.
    needed = np.maximum(np.abs(local[:, 0]) / tan_x, np.abs(local[:, 1]) / tan_y) + local[:, 2]
    eye = centre + direction * float(np.max(needed))
    return look_at(eye, centre, fov_y_deg, width_px, height_px)


def frame_box(
    low: Float[np.ndarray, "3"],
    high: Float[np.ndarray, "3"],
    direction: Float[np.ndarray, "3"],
    fov_y_deg: float,
    width_px: int,
    height_px: int,
    margin: float = 0.08,
) -> Camera:
    """Camera that sees the whole axis-aligned box; see :func:`frame_points`."""
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    corners, centre = box_corners(low, high), 0.5 * (low + high)
    return frame_points(corners, centre, direction, fov_y_deg, width_px, height_px, margin)


def shrunk(camera: Camera, factor: int) -> Camera:
    """The same view with fewer pixels."""
    width, height = camera.width_px // factor, camera.height_px // factor
    return Camera(
        camera.eye,
        camera.R_camera_world,
        camera.focal_px * height / camera.height_px,
        width,
        height,
    )


def at_distance(camera: Camera, centre: Float[np.ndarray, "3"], distance: float) -> Camera:
    """The same view from another distance to ``centre``, metres."""
    eye = np.asarray(centre) + camera.R_camera_world[2].astype(np.float64) * distance
    return replace(camera, eye=eye.astype(np.float32))


def box_corners(
    low: Float[np.ndarray, "3"], high: Float[np.ndarray, "3"]
) -> Float[np.ndarray, "8 3"]:
    """The eight corners of an axis-aligned box."""
    picks = np.array([[(i >> axis) & 1 for axis in range(3)] for i in range(8)])
    return np.where(picks == 1, high, low)


def project(
    camera: Camera, points: Float[np.ndarray, "points 3"]
) -> tuple[Float[np.ndarray, "points 2"], Float[np.ndarray, "points"]]:
    """Pixel coordinates of world points, and their depth along the viewing axis (> 0 in front)."""
    local = (points - camera.eye) @ camera.R_camera_world.T
    depth = -local[:, 2]
    scale = camera.focal_px / depth
    x = 0.5 * camera.width_px + local[:, 0] * scale
    y = 0.5 * camera.height_px - local[:, 1] * scale
    return np.stack([x, y], axis=-1), depth


def ray_directions(
    camera: Camera, pixels: Float[np.ndarray, "rays 2"]
) -> Float32[np.ndarray, "3 rays"]:
    """Unit world directions through pixel coordinates, one column a ray."""
    x = (pixels[:, 0] - 0.5 * camera.width_px) / camera.focal_px
    y = (0.5 * camera.height_px - pixels[:, 1]) / camera.focal_px
    local = np.stack([x, y, np.full_like(x, -1.0)]).astype(np.float32)
    local /= np.sqrt(np.sum(local * local, axis=0))
    return (camera.R_camera_world.T @ local).astype(np.float32)


def pixel_rectangle(
    camera: Camera, points: Float[np.ndarray, "points 3"], pad_px: int = 2
) -> tuple[int, int, int, int]:
    """Picture rectangle (left, top, right, bottom; end-exclusive) that holds all points.

    When a point is behind the camera, that is the whole picture.
    """
    pixels, depth = project(camera, points)
    if np.any(depth <= 1e-3):
        return 0, 0, camera.width_px, camera.height_px
    size = np.array([camera.width_px, camera.height_px])
    start = np.clip(np.floor(pixels.min(axis=0)) - pad_px, 0, size).astype(int)
    stop = np.clip(np.ceil(pixels.max(axis=0)) + pad_px, 0, size).astype(int)
    return int(start[0]), int(start[1]), int(stop[0]), int(stop[1])
