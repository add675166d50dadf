# SPDX-License-Identifier: Apache-2.0
"""One picture of one pose: backdrop, floor, figure, anti-aliasing.

First every pixel gets one ray through its centre; sky visibility is traced there with a few rays
and smoothed along surfaces. Then only the pixels that differ from a neighbour (outlines, shadow
edges, highlights) are traced again with several rays each. Rays for the figure are cast only inside
the rectangle that its bounding box covers, rays for its shadow only where that can fall.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from gen3d.render.cameras import Camera, box_corners, pixel_rectangle, ray_directions
from gen3d.render.dome import box_directions, dome_directions
from gen3d.render.figure import Rays, Scene, SkyMap, look, sky_map
from gen3d.render.ground import ContactShadow, contact_shadow, dimming, floor_depth, touched_box
from gen3d.render.lighting import LUMINANCE, Light, lookup
from gen3d.render.reflectance import hammersley
from gen3d.render.tones import grow
from gen3d.render.visibility import Pose, gradient_noise

_BATCH = 1 << 15

Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; the last two are outside."""


@dataclass(frozen=True)
class Quality:
    """How many rays to spend."""

    sky_rays: int
    edge_rays: int
    floor_cells: int
    floor_rays: int
    contrast: float
    """Smallest difference of display brightness (0 to 1) that gets extra rays."""
    backdrop_step: int
    """The backdrop is drawn this many times smaller and enlarged: softly out of focus."""


SHEET = Quality(8, 8, 96, 24, 0.035, 2)
FILM = Quality(2, 3, 40, 10, 0.07, 4)


def render(
    pose: Pose, light: Light, camera: Camera, quality: Quality, exposure: float
) -> Float32[np.ndarray, "height width 3"]:
    """Radiance of every pixel; ``exposure`` only steers where extra rays go."""
    scene = Scene(pose, light, camera)
    contact = contact_shadow(pose, quality.floor_cells, quality.floor_rays)
    backdrop = _backdrop(scene, quality.backdrop_step)
    picture = backdrop.copy()
    _draw_floor(scene, contact, picture)
    body = pixel_rectangle(camera, pose.verts)
    sky = _draw_figure(scene, quality.sky_rays, body, picture)
    edges = _busy(picture.reshape(3, camera.height_px, -1), exposure, quality.contrast)
    again = np.flatnonzero(edges.ravel())
    for start in range(0, len(again), _BATCH):
        batch = again[start : start + _BATCH]
        behind = np.tile(backdrop[:, batch], quality.edge_rays)
        fine = _resampled(scene, contact, sky, body, batch, behind, quality.edge_rays)
        picture[:, batch] = fine.reshape(3, quality.edge_rays, -1).mean(axis=1)
    shape = (camera.height_px, camera.width_px, 3)
    return np.ascontiguousarray(picture.T).reshape(shape)


def probe(
    pose: Pose, light: Light, camera: Camera
) -> tuple[Float32[np.ndarray, "3 rays"], Float32[np.ndarray, "3 rays"]]:
    """Radiance of the figure's pixels, and of white surfaces there, for the light meter."""
    body = pixel_rectangle(camera, pose.verts)
    x, y = _pixel_grid(body)
    rays = _rays(camera, _centres(x, y), gradient_noise(x, y), np.zeros(len(x), np.float32), x, y)
    scene = Scene(pose, light, camera)
    hits = pose.nearest(scene.start(rays.directions), rays.directions)
    seen = look(scene, hits, rays, None)
    solid = seen.passing < 0.5
    return seen.radiance[:, solid], seen.white[:, solid]


def _rays(
    camera: Camera,
    pixels: np.ndarray,
    turn: np.ndarray,
    sample: np.ndarray,
    column: np.ndarray,
    row: np.ndarray,
) -> Rays:
    return Rays(ray_directions(camera, pixels), turn, sample, column, row)


def _pixel_grid(rectangle: Rectangle) -> tuple[np.ndarray, np.ndarray]:
    left, top, right, bottom = rectangle
    x, y = np.meshgrid(np.arange(left, right), np.arange(top, bottom))
    return x.ravel(), y.ravel()


def _centres(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.stack([x, y], axis=1).astype(np.float32) + np.float32(0.5)


def _backdrop(scene: Scene, step: int) -> Float32[np.ndarray, "3 pixels"]:
    """The panorama behind everything."""
    camera = scene.camera
    rows, columns = -(-camera.height_px // step), -(-camera.width_px // step)
    x, y = _pixel_grid((0, 0, columns, rows))
    directions = ray_directions(camera, _centres(x, y) * np.float32(step))
    light = scene.light
    if light.walls.any():
        seen = box_directions(light.walls, camera.eye, directions)
    else:
        seen = dome_directions(float(light.dome_m), camera.eye, directions)
    small = lookup(scene.light.backdrop, seen).T.reshape(rows, columns, 3)
    full = grow(small, camera.height_px, camera.width_px, step)
    return np.ascontiguousarray(full.reshape(-1, 3).T)


def _draw_floor(scene: Scene, contact: ContactShadow, picture: np.ndarray) -> None:
    """Darken the backdrop where the figure takes light from the floor."""
    camera = scene.camera
    low, high = touched_box(scene.pose, contact, scene.light.sun_direction)
    x, y = _pixel_grid(pixel_rectangle(camera, box_corners(low, high)))
    index = y * camera.width_px + x
    none = np.zeros(len(x), np.float32)
    picture[:, index] *= _floor_factor(scene, contact, _centres(x, y), gradient_noise(x, y), none)


def _floor_factor(
    scene: Scene, contact: ContactShadow, pixels: np.ndarray, turn: np.ndarray, sample: np.ndarray
) -> Float32[np.ndarray, "3 rays"]:
    """Factor on the backdrop at pixel coordinates: 1 where there is no floor."""
    directions = ray_directions(scene.camera, pixels)
    depth = floor_depth(scene.camera.eye, directions)
    factor = np.ones((3, len(pixels)), np.float32)
    where = np.flatnonzero(np.isfinite(depth))
    points = scene.camera.eye[:, None] + directions[:, where] * depth[where]
    factor[:, where] = dimming(scene.pose, contact, scene.light, points, turn[where], sample[where])
    return factor


def _draw_figure(scene: Scene, sky_rays: int, body: Rectangle, picture: np.ndarray) -> SkyMap:
    """Put the figure over the picture, one ray a pixel."""
    left, top, right, bottom = body
    x, y = _pixel_grid(body)
    first = np.zeros(len(x), np.float32)
    turn = gradient_noise(x, y)
    rays = _rays(scene.camera, _centres(x, y), turn, first, x - left, y - top)
    start = scene.start(rays.directions)
    solid = scene.pose.nearest_solid(start, rays.directions)
    sky = sky_map(scene, solid, rays, sky_rays, (bottom - top, right - left))
    hits = scene.pose.with_sheer(solid, start, rays.directions)
    seen = look(scene, hits, rays, sky)
    index = y * scene.camera.width_px + x
    picture[:, index] = seen.radiance + picture[:, index] * seen.passing
    return sky


def _busy(
    picture: Float32[np.ndarray, "3 height width"], exposure: float, contrast: float
) -> Bool[np.ndarray, "height width"]:
    """Pixels that differ from a neighbour in display brightness."""
    shown = np.tensordot(LUMINANCE, picture, axes=1) * np.float32(exposure)
    shown = np.sqrt(shown / (shown + np.float32(0.6)))
    busy = np.zeros(shown.shape, bool)
    across = np.abs(shown[:, 1:] - shown[:, :-1]) > contrast
    down = np.abs(shown[1:] - shown[:-1]) > contrast
    busy[:, 1:] |= across
    busy[:, :-1] |= across
    busy[1:] |= down
    busy[:-1] |= down
    return busy


def _resampled(
    scene: Scene,
    contact: ContactShadow,
    sky: SkyMap,
    body: Rectangle,
    again: np.ndarray,
    behind: np.ndarray,
    samples: int,
) -> Float32[np.ndarray, "3 rays"]:
    """Several rays through each of some pixels, at the points of a Hammersley set.

    Args:
        scene: What to look at.
        contact: The contact shadow.
        sky: Sky visibility inside ``body``.
        body: Where the figure can be.
        again: Pixel numbers.
        behind: Backdrop of each ray.
        samples: Rays a pixel.

    Returns:
        Radiance, all pixels of the first ray, then of the second...
    """
    index = np.tile(again, samples)
    sample = np.repeat(np.arange(samples), len(again))
    x, y = index % scene.camera.width_px, index // scene.camera.width_px
    turn = gradient_noise(x, y)
    across, down = hammersley(samples)
    offset = np.stack([across, down + 0.5 / samples], axis=1)
    pixels = (np.stack([x, y], axis=1) + offset[sample]).astype(np.float32)
    number = (sample + 1).astype(np.float32)
    colour = behind * _floor_factor(scene, contact, pixels, turn, number)
    left, top, right, bottom = body
    inside = np.flatnonzero((x >= left) & (x < right) & (y >= top) & (y < bottom))
    place = (x[inside] - left, y[inside] - top)
    rays = _rays(scene.camera, pixels[inside], turn[inside], number[inside], *place)
    hits = scene.pose.nearest(scene.start(rays.directions), rays.directions)
    seen = look(scene, hits, rays, sky)
    colour[:, inside] = seen.radiance + colour[:, inside] * seen.passing
    return colour
