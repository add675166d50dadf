# SPDX-License-Identifier: Apache-2.0
"""One picture of one pose: rays, layers, light, anti-aliasing.

First every pixel gets one ray through its centre; sky visibility is traced there with a few rays and
smoothed along surfaces. Then only the pixels that differ from a neighbour (outlines, shadow edges,
highlights) are traced again with several rays each. Rays for the figure are cast only inside the
rectangle that its bounding box covers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from gen3d.render.cameras import Camera, pixel_rectangle, ray_directions
from gen3d.render.denoise import smooth_visibility
from gen3d.render.ground import ContactShadow, contact_shadow, dimming, floor_depth
from gen3d.render.lighting import LUMINANCE, Light, lookup
from gen3d.render.points import Appearance, Points, appearance, interpolate
from gen3d.render.raycast import FAR, Fragments, select
from gen3d.render.reflectance import radical_inverse
from gen3d.render.shading import shade
from gen3d.render.tones import grow
from gen3d.render.visibility import RAY_OFFSET, Pose, gradient_noise, sky_visibility, sun_samples

_LAYERS = 5
_CHUNK = 1 << 16
_SOLE = np.float32(0.006)
"""Soles may sink this far into the floor before it hides them, metres."""


@dataclass(frozen=True)
class Quality:
    """How many rays to spend."""

    sky_rays: int
    edge_rays: int
    floor_cells: int
    floor_rays: int
    contrast: float
    """Smallest difference of display brightness (0 to 1) that gets extra rays."""


SHEET = Quality(sky_rays=8, edge_rays=8, floor_cells=96, floor_rays=24, contrast=0.035)
FILM = Quality(sky_rays=3, edge_rays=4, floor_cells=48, floor_rays=12, contrast=0.06)


@dataclass(frozen=True)
class Seen:
    """What a group of rays brings back from the figure."""

    radiance: Float32[np.ndarray, "3 rays"]
    """Already weighted by opacity."""
    white: Float32[np.ndarray, "3 rays"]
    passing: Float32[np.ndarray, "rays"]
    """Part of the light from behind that gets through."""
    depth: Float32[np.ndarray, "rays"]
    """Distance of the first solid surface."""


def render(
    pose: Pose, light: Light, camera: Camera, quality: Quality, exposure: float
) -> Float32[np.ndarray, "height width 3"]:
    """Radiance of every pixel; ``exposure`` only steers where extra rays go."""
    contact = contact_shadow(pose, quality.floor_cells, quality.floor_rays)
    backdrop = _backdrop(camera, light)
    rectangle = pixel_rectangle(camera, pose.low, pose.high)
    x, y = _pixel_grid((0, 0, camera.width_px, camera.height_px))
    centres = np.stack([x, y], axis=1) + np.float32(0.5)
    floor = _floor(pose, contact, light, camera, centres, 0)
    picture = backdrop * floor
    visible, depth = _draw_figure(pose, light, camera, quality, rectangle, picture)
    edges = _busy(picture.reshape(3, camera.height_px, -1), exposure, quality.contrast)
    again = np.flatnonzero(edges.ravel())
    fine = _refine(
        pose, light, camera, quality, contact, rectangle, (visible, depth), again, backdrop
    )
    picture[:, again] = fine
    shape = (camera.height_px, camera.width_px, 3)
    return np.ascontiguousarray(picture.T).reshape(shape)


def probe(pose: Pose, light: Light, camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Radiance of the figure's pixels, and of white surfaces there, for the light meter."""
    left, top, right, bottom = pixel_rectangle(camera, pose.low, pose.high)
    x, y = _pixel_grid((left, top, right, bottom))
    centres = np.stack([x, y], axis=1) + np.float32(0.5)
    directions = ray_directions(camera, centres)
    seen = _figure(pose, light, camera, directions, gradient_noise(x, y), 0, None)
    solid = seen.passing < 0.5
    return seen.radiance[:, solid], seen.white[:, solid]


def _pixel_grid(rectangle: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    left, top, right, bottom = rectangle
    x, y = np.meshgrid(np.arange(left, right), np.arange(top, bottom))
    return x.ravel().astype(np.float32), y.ravel().astype(np.float32)


def _backdrop(camera: Camera, light: Light) -> Float32[np.ndarray, "3 pixels"]:
    """The panorama behind everything, at half resolution and enlarged: softly out of focus."""
    rows, columns = -(-camera.height_px // 2), -(-camera.width_px // 2)
    x, y = _pixel_grid((0, 0, columns, rows))
    directions = ray_directions(camera, 2.0 * np.stack([x, y], axis=1) + np.float32(1.0))
    small = lookup(light.backdrop, directions).T.reshape(rows, columns, 3)
    full = grow(np.ascontiguousarray(small), camera.height_px, camera.width_px, 2)
    return np.ascontiguousarray(full.reshape(-1, 3).T)


def _floor(
    pose: Pose,
    contact: ContactShadow,
    light: Light,
    camera: Camera,
    pixels: np.ndarray,
    sample: int,
) -> Float32[np.ndarray, "3 rays"]:
    """Factor on the backdrop where it is floor."""
    directions = ray_directions(camera, pixels)
    depth = floor_depth(camera.eye, directions)
    factor = np.ones((3, len(pixels)), np.float32)
    where = np.flatnonzero(np.isfinite(depth))
    points = camera.eye[:, None] + directions[:, where] * depth[where]
    turn = gradient_noise(np.floor(pixels[where, 0]), np.floor(pixels[where, 1]))
    factor[:, where] = dimming(pose, contact, light, points, turn, sample)
    return factor


def _draw_figure(
    pose: Pose,
    light: Light,
    camera: Camera,
    quality: Quality,
    rectangle: tuple[int, int, int, int],
    picture: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Put the figure over the picture, one ray a pixel; return sky visibility and depth there."""
    left, top, right, bottom = rectangle
    x, y = _pixel_grid(rectangle)
    directions = ray_directions(camera, np.stack([x, y], axis=1) + np.float32(0.5))
    shape = (bottom - top, right - left)
    turn = gradient_noise(x, y)
    visible, depth = _sky_map(pose, camera, directions, turn, quality.sky_rays, shape)
    seen = _figure(pose, light, camera, directions, turn, 0, visible.ravel())
    index = (y * camera.width_px + x).astype(np.int64)
    picture[:, index] = seen.radiance + picture[:, index] * seen.passing
    return visible, depth


def _sky_map(
    pose: Pose,
    camera: Camera,
    directions: np.ndarray,
    turn: np.ndarray,
    rays: int,
    shape: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
    """Sky visibility and depth of the first solid surface, smoothed along surfaces."""
    origins = np.repeat(camera.eye[:, None], directions.shape[1], axis=1)
    hits = pose.seen.nearest(origins, directions)
    hits = _solid(pose, camera, origins, directions, hits)
    where = np.flatnonzero(hits.face >= 0)
    visible = np.ones(len(hits.face), np.float32)
    normal = np.zeros((3, len(hits.face)), np.float32)
    if len(where):
        points = _points(pose, select(hits, where), directions[:, where], camera)
        start = points.shadow_origin + points.facet * RAY_OFFSET
        normal[:, where] = points.normal
        visible[where] = sky_visibility(
            pose.stops_light, start, points.normal, turn[where], rays
        )
    depth = hits.depth.reshape(shape)
    smooth = smooth_visibility(visible.reshape(shape), depth, normal.reshape(3, *shape))
    return smooth, depth


def _points(pose: Pose, hits: Fragments, directions: np.ndarray, camera: Camera) -> Points:
    return interpolate(
        pose.surface, pose.verts, pose.normals, hits, directions, camera.pixel_angle
    )


def _solid(
    pose: Pose, camera: Camera, origins: np.ndarray, directions: np.ndarray, hits: Fragments
) -> Fragments:
    """Replace hits on mostly transparent surface by what lies behind."""
    if bool((pose.surface.materials.mode == 0).all()) and bool(
        pose.surface.materials.double_sided.all()
    ):
        return hits
    face, weights, depth = hits.face.copy(), hits.barycentrics.copy(), hits.depth.copy()
    active = np.flatnonzero(face >= 0)
    for _ in range(_LAYERS):
        points = _points(pose, _pick(face, weights, depth, active), directions[:, active], camera)
        active = active[appearance(pose.surface, points).alpha < 0.5]
        if not len(active):
            break
        advance = depth[active] + RAY_OFFSET
        start = origins[:, active] + directions[:, active] * advance
        behind = pose.seen.nearest(start, directions[:, active])
        face[active], weights[:, active] = behind.face, behind.barycentrics
        depth[active] = np.minimum(behind.depth + advance, FAR)
        active = active[behind.face >= 0]
    return Fragments(face, weights, depth)


def _pick(
    face: np.ndarray, weights: np.ndarray, depth: np.ndarray, picked: np.ndarray
) -> Fragments:
    return Fragments(face[picked], weights[:, picked], depth[picked])


def _figure(
    pose: Pose,
    light: Light,
    camera: Camera,
    directions: np.ndarray,
    turn: np.ndarray,
    sample: int,
    visible: np.ndarray | None,
) -> Seen:
    """The figure along rays from the camera, in pieces that fit the processor's cache."""
    count = directions.shape[1]
    pieces: list[Seen] = []
    for start in range(0, max(count, 1), _CHUNK):
        part = slice(start, start + _CHUNK)
        free = np.ones(directions[:, part].shape[1], np.float32)
        free = free if visible is None else visible[part]
        pieces.append(_layers(pose, light, camera, directions[:, part], turn[part], sample, free))
    return Seen(
        np.concatenate([p.radiance for p in pieces], axis=1),
        np.concatenate([p.white for p in pieces], axis=1),
        np.concatenate([p.passing for p in pieces]),
        np.concatenate([p.depth for p in pieces]),
    )


def _layers(
    pose: Pose,
    light: Light,
    camera: Camera,
    directions: np.ndarray,
    turn: np.ndarray,
    sample: int,
    visible: np.ndarray,
) -> Seen:
    """Front-to-back compositing of up to five surfaces along each ray."""
    count = directions.shape[1]
    radiance, white = np.zeros((3, count), np.float32), np.zeros((3, count), np.float32)
    passing = np.ones(count, np.float32)
    first = np.full(count, FAR, np.float32)
    travelled = np.zeros(count, np.float32)
    floor = floor_depth(camera.eye, directions) + _SOLE / np.maximum(-directions[1], 0.05)
    active = np.arange(count)
    for _ in range(_LAYERS):
        rays = directions[:, active]
        start = camera.eye[:, None] + rays * travelled[active]
        hits = pose.seen.nearest(start, rays)
        depth = hits.depth + travelled[active]
        found = np.flatnonzero((hits.face >= 0) & (depth < floor[active]))
        active, depth, rays = active[found], depth[found], rays[:, found]
        if not len(active):
            break
        kept = select(hits, found)
        points = _points(pose, Fragments(kept.face, kept.barycentrics, depth), rays, camera)
        look = appearance(pose.surface, points)
        sun = _sun_seen(pose, light, points, look, turn[active], sample)
        lit = shade(points, look, rays, light, visible[active], sun)
        weight = passing[active] * look.alpha
        radiance[:, active] += lit.seen * weight
        white[:, active] += lit.white * weight
        passing[active] -= weight
        solid = (look.alpha >= 0.5) & (first[active] >= FAR)
        first[active[solid]] = depth[solid]
        travelled[active] = depth + RAY_OFFSET * 0.25
        active = active[passing[active] > 0.02]
    return Seen(radiance, white, passing, first)


def _sun_seen(
    pose: Pose, light: Light, points: Points, look: Appearance, turn: np.ndarray, sample: int
) -> np.ndarray:
    """Whether the sun reaches each point."""
    result = np.zeros(points.position.shape[1], np.float32)
    if not np.any(light.sun_illuminance > 0.0):
        return result
    sun = light.sun_direction[:, None]
    facing = np.sum(points.normal * sun, axis=0)
    where = np.flatnonzero((look.alpha > 0.01) & (facing > -0.1 - 0.3 * look.skin))
    start = points.shadow_origin[:, where] + points.facet[:, where] * RAY_OFFSET
    # Points in the soft terminator start above it, or the body itself would cut the light there.
    lift = np.clip(0.15 - facing[where], 0.0, 0.5) * 0.012 * look.skin[where]
    start += points.normal[:, where] * lift.astype(np.float32)
    towards = sun_samples(light.sun_direction, turn[where], sample)
    result[where] = ~pose.stops_light.occluded(start, towards)
    return result


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


def _refine(
    pose: Pose,
    light: Light,
    camera: Camera,
    quality: Quality,
    contact: ContactShadow,
    rectangle: tuple[int, int, int, int],
    maps: tuple[np.ndarray, np.ndarray],
    again: np.ndarray,
    backdrop: np.ndarray,
) -> np.ndarray:
    """Mean of several rays through each of some pixels."""
    x, y = again % camera.width_px, again // camera.width_px
    turn = gradient_noise(x.astype(np.float32), y.astype(np.float32))
    total = np.zeros((3, len(again)), np.float32)
    left, top, right, bottom = rectangle
    inside = np.flatnonzero((x >= left) & (x < right) & (y >= top) & (y < bottom))
    corner = np.stack([x, y], axis=1).astype(np.float32)
    for k in range(quality.edge_rays):
        offset = np.array(
            [(k + 0.5) / quality.edge_rays, radical_inverse(np.array([k]), 2)[0]], np.float32
        )
        pixels = corner + offset + np.float32(0.5 / quality.edge_rays) * np.array([0, 1], np.float32)
        colour = backdrop[:, again] * _floor(pose, contact, light, camera, pixels, k + 1)
        directions = ray_directions(camera, pixels[inside])
        free = _nearby_visibility(pose, camera, directions, maps, x[inside] - left, y[inside] - top)
        seen = _figure(pose, light, camera, directions, turn[inside], k + 1, free)
        colour[:, inside] = seen.radiance + colour[:, inside] * seen.passing
        total += colour
    return total / np.float32(quality.edge_rays)


def _nearby_visibility(
    pose: Pose,
    camera: Camera,
    directions: np.ndarray,
    maps: tuple[np.ndarray, np.ndarray],
    x: np.ndarray,
    y: np.ndarray,
) -> np.ndarray:
    """Sky visibility from the neighbouring pixel whose surface is the nearest in depth."""
    visible, depth = maps
    origins = np.repeat(camera.eye[:, None], directions.shape[1], axis=1)
    own = pose.seen.nearest(origins, directions).depth
    best = np.full(len(x), np.inf, np.float32)
    result = np.ones(len(x), np.float32)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            row = np.clip(y + dy, 0, depth.shape[0] - 1)
            column = np.clip(x + dx, 0, depth.shape[1] - 1)
            distance = np.abs(depth[row, column] - own) + np.float32(1e-4 * (dx * dx + dy * dy))
            better = distance < best
            best = np.where(better, distance, best)
            result = np.where(better, visible[row, column], result)
    return result
