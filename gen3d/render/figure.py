# SPDX-License-Identifier: Apache-2.0
"""The figure along rays from the camera: layers of surface, their light, their opacity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int64

from gen3d.render.cameras import Camera
from gen3d.render.denoise import smooth_visibility
from gen3d.render.ground import floor_depth
from gen3d.render.lighting import Light
from gen3d.render.points import Appearance, Points, appearance, interpolate
from gen3d.render.raycast import FAR, Hits, select
from gen3d.render.shading import shade
from gen3d.render.visibility import RAY_OFFSET, Pose, sky_visibility, sun_samples

_LAYERS = 4
_CHUNK = 1 << 15
_LEAK = np.float32(0.25)
"""Part of the sky's light that reaches every card of see-through hair."""
_SOLE = np.float32(0.006)
"""Soles may sink this far into the floor before it hides them, metres."""


@dataclass(frozen=True)
class Scene:
    """A pose in its light before a camera."""

    pose: Pose
    light: Light
    camera: Camera

    def start(self, directions: Float32[np.ndarray, "3 rays"]) -> Float32[np.ndarray, "3 rays"]:
        """Origins of rays from the eye."""
        return np.repeat(self.camera.eye[:, None], directions.shape[1], axis=1)

    def points(self, hits: Hits, directions: Float32[np.ndarray, "3 rays"]) -> Points:
        """Surface points of hits."""
        pose = self.pose
        angle = self.camera.pixel_angle
        return interpolate(pose.surface, pose.verts, pose.normals, hits, directions, angle)


@dataclass(frozen=True)
class Rays:
    """Rays from the eye."""

    directions: Float32[np.ndarray, "3 rays"]
    """Unit vectors."""
    turn: Float32[np.ndarray, "rays"]
    """Rotation of the shadow-ray pattern, 0 to 1, by pixel."""
    sample: Float32[np.ndarray, "rays"]
    """Number of the ray within its pixel."""
    column: Int64[np.ndarray, "rays"]
    """Place of the ray's pixel in the sky map."""
    row: Int64[np.ndarray, "rays"]

    def pick(self, index: np.ndarray) -> Rays:
        """Some of the rays."""
        return Rays(
            self.directions[:, index],
            self.turn[index],
            self.sample[index],
            self.column[index],
            self.row[index],
        )


@dataclass(frozen=True)
class Seen:
    """What a group of rays brings back from the figure."""

    radiance: Float32[np.ndarray, "3 rays"]
    """Already weighted by opacity."""
    white: Float32[np.ndarray, "3 rays"]
    """The same for white matte surfaces."""
    passing: Float32[np.ndarray, "rays"]
    """Part of the light from behind that gets through."""


@dataclass(frozen=True)
class SkyMap:
    """Sky visibility of the first solid surface in each pixel of a rectangle."""

    visible: Float32[np.ndarray, "rows columns"]
    depth: Float32[np.ndarray, "rows columns"]


def sky_map(scene: Scene, hits: Hits, rays: Rays, count: int, shape: tuple[int, int]) -> SkyMap:
    """Trace sky visibility, one solid point a pixel, and smooth it along surfaces.

    Args:
        scene: What to look at.
        hits: First solid hit of each ray.
        rays: Rays through pixel centres, row by row.
        count: Sky rays a pixel.
        shape: Rows and columns.
    """
    pose = scene.pose
    visible = np.ones(len(hits.face), np.float32)
    normal = np.zeros((3, len(hits.face)), np.float32)
    where = np.flatnonzero(hits.face >= 0)
    for part in _chunks(len(where)):
        index = where[part]
        points = scene.points(select(hits, index), rays.directions[:, index])
        start = points.shadow_origin + points.facet * RAY_OFFSET
        normal[:, index] = points.normal
        visible[index] = sky_visibility(pose.solid, start, points.normal, rays.turn[index], count)
    depth = hits.depth.reshape(shape)
    smooth = smooth_visibility(visible.reshape(shape), depth, normal.reshape(3, *shape))
    return SkyMap(smooth, depth)


def nearby_visibility(
    sky: SkyMap, depth: Float32[np.ndarray, "rays"], rays: Rays
) -> Float32[np.ndarray, "rays"]:
    """Sky visibility from the neighbouring pixel whose surface is nearest in depth."""
    rows, columns = sky.depth.shape
    depths, visible = sky.depth.ravel(), sky.visible.ravel()
    best = np.full(len(depth), np.inf, np.float32)
    result = np.ones(len(depth), np.float32)
    for dy in (-1, 0, 1):
        row = np.clip(rays.row + dy, 0, rows - 1) * columns
        for dx in (-1, 0, 1):
            index = row + np.clip(rays.column + dx, 0, columns - 1)
            distance = np.abs(np.take(depths, index) - depth)
            distance += np.float32(1e-4 * (dx * dx + dy * dy))
            better = distance < best
            best = np.where(better, distance, best)
            result = np.where(better, np.take(visible, index), result)
    return result


def _chunks(count: int) -> list[slice]:
    """Pieces that fit the processor's cache."""
    return [slice(start, start + _CHUNK) for start in range(0, count, _CHUNK)]


def look(scene: Scene, hits: Hits, rays: Rays, sky: SkyMap | None) -> Seen:
    """Light from the figure along rays.

    Args:
        scene: What to look at.
        hits: First hit of each ray.
        rays: The rays.
        sky: Sky visibility by pixel; none means a free sky.
    """
    count = len(rays.turn)
    seen = Seen(
        np.zeros((3, count), np.float32),
        np.zeros((3, count), np.float32),
        np.ones(count, np.float32),
    )
    where = np.flatnonzero(hits.face >= 0)
    for part in _chunks(len(where)):
        index = where[part]
        first, some = select(hits, index), rays.pick(index)
        visible = np.ones(len(index), np.float32)
        if sky is not None:
            visible = nearby_visibility(sky, first.depth, some)
        piece = _layers(scene, some, first, visible)
        seen.radiance[:, index], seen.white[:, index] = piece.radiance, piece.white
        seen.passing[index] = piece.passing
    return seen


def _layers(scene: Scene, rays: Rays, hits: Hits, visible: np.ndarray) -> Seen:
    """Front-to-back compositing of a few surfaces along each ray, from its first hit on."""
    directions, count = rays.directions, len(rays.turn)
    radiance, white = np.zeros((3, count), np.float32), np.zeros((3, count), np.float32)
    passing = np.ones(count, np.float32)
    floor = floor_depth(scene.camera.eye, directions) + _SOLE / np.maximum(-directions[1], 0.05)
    active = np.arange(count)
    for layer in range(_LAYERS):
        kept = np.flatnonzero((hits.face >= 0) & (hits.depth < floor[active]))
        active, hits = active[kept], select(hits, kept)
        if not len(active):
            break
        some = rays.pick(active)
        points = scene.points(hits, some.directions)
        material = appearance(scene.pose.surface, points)
        sun = _sun_seen(scene, points, material, some)
        sky = _through_sheets(scene, points, visible[active])
        lit = shade(points, material, some.directions, scene.light, sky, sun)
        weight = passing[active] * material.alpha
        radiance[:, active] += lit.seen * weight
        white[:, active] += lit.white * weight
        passing[active] -= weight
        going = np.flatnonzero(passing[active] > 0.02)
        if layer + 1 == _LAYERS or not len(going):
            break
        hits = _behind(scene, some.directions[:, going], hits.depth[going])
        active = active[going]
    return Seen(radiance, white, passing)


def _through_sheets(scene: Scene, points: Points, visible: np.ndarray) -> np.ndarray:
    """Sky visibility in hair: strands between cards let light through that cards would stop."""
    sheet = np.take(scene.pose.surface.materials.mode, points.part) > 0
    return np.where(sheet, _LEAK + (1.0 - _LEAK) * visible, visible).astype(np.float32)


def _behind(scene: Scene, directions: np.ndarray, depth: np.ndarray) -> Hits:
    """Next hits after given depths."""
    travelled = depth + RAY_OFFSET * np.float32(0.25)
    hits = scene.pose.nearest(scene.camera.eye[:, None] + directions * travelled, directions)
    return Hits(hits.face, hits.barycentrics, np.minimum(hits.depth + travelled, FAR))


def _sun_seen(scene: Scene, points: Points, material: Appearance, rays: Rays) -> np.ndarray:
    """Whether the sun reaches each point."""
    result = np.zeros(points.position.shape[1], np.float32)
    sun = scene.light.sun_direction
    if not np.any(scene.light.sun_illuminance > 0.0):
        return result
    facing = sun[0] * points.normal[0] + sun[1] * points.normal[1] + sun[2] * points.normal[2]
    where = np.flatnonzero((material.alpha > 0.01) & (facing > -0.1 - 0.3 * material.skin))
    start = points.shadow_origin[:, where] + points.facet[:, where] * RAY_OFFSET
    # Points in the soft terminator start above it, or the body itself would cut the light there.
    lift = np.clip(0.15 - facing[where], 0.0, 0.5) * 0.012 * material.skin[where]
    start += points.normal[:, where] * lift.astype(np.float32)
    towards = sun_samples(sun, rays.turn[where], rays.sample[where])
    result[where] = ~scene.pose.solid.occluded(start, towards)
    return result
