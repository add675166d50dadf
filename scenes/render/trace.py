# SPDX-License-Identifier: Apache-2.0
"""A panorama of a place under a sky, by path tracing with Embree.

Why not a general renderer: the light here is a known sky and a known sun, surfaces are matt or
water, and the eye never moves, so three sums suffice. (1) Sky and bounced light on each surface
point are gathered along cosine-spread paths of two bounces, the sun by shadow ray at each, on a
coarser panorama, and smoothed along surfaces. (2) Eye rays, sun shadows (a point of the sun's disc
each) and albedo are at full size, several a pixel. (3) Water mirrors by Fresnel: one more ray.
Aerial haze is added by distance. Where eye rays leave the place, the sky's own pixel is kept, sun
disc and all. Same place, sky and seed: same bytes. Surfaces are matt whatever their roughness, and
relief is colour only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float32, Int32

from gen3d import panorama
from gen3d.progress import OnStep, silent
from gen3d.render.lighting import lookup
from gen3d.render.raycast import FAR, Tracer
from gen3d.types import Environment
from scenes.atmosphere import SUN_RADIUS
from scenes.lighting import without_sun
from scenes.patterns import SIDE_PX, shade
from scenes.place import EYE_HEIGHT, LABELS, Place, Soup, soup_of
from scenes.render.gather import smooth, spread

_BLOCK_RAYS = 262_144
_NUDGE = 2e-3
_WAVES = ((2.1, 3.3, 0.0, 0.006), (-3.7, 2.9, 1.0, 0.004), (7.9, 5.1, 2.0, 0.0015))
"""Ripples: wave numbers along x and z (rad/m), phase, height in metres."""
Rays = Float32[np.ndarray, "3 rays"]
Colours = Float32[np.ndarray, "rays 3"]


@dataclass(frozen=True)
class Quality:
    """How much work."""

    eye_rays: int = 2
    """Squared: rays a pixel."""
    paths: int = 16
    """Paths a point of the coarser panorama."""
    coarse: int = 4
    """How much coarser that panorama is."""


@dataclass(frozen=True)
class View:
    """What the eye sees."""

    environment: Environment
    depth: Float32[np.ndarray, "height width"]
    """Metres from the eye; 0 for the sky."""
    normals: Float32[np.ndarray, "height width 3"]
    """World axes; 0 for the sky."""
    label: Int32[np.ndarray, "height width"]
    """Index into :data:`scenes.place.LABELS`."""
    sky: Float32[np.ndarray, "height width"]
    """Share of each pixel that the sky fills."""


@dataclass(frozen=True)
class Hit:
    """Surface points that rays found."""

    seen: np.ndarray
    point: Rays
    normal: Rays
    """Towards the ray's origin."""
    albedo: Colours
    surface: Int32[np.ndarray, "rays"]
    depth: Float32[np.ndarray, "rays"]


class Stage:
    """A place and its light, ready to be asked by rays."""

    def __init__(self, place: Place, sky: Environment, seed: int) -> None:
        self.place, self.sky = place, sky
        self.soup: Soup = soup_of(place)
        self.tracer = Tracer(self.soup.verts, self.soup.faces)
        self.rng = np.random.default_rng([seed, 77])
        self.colour = np.array([s.colour for s in place.surfaces], np.float32)
        self.water = np.array([s.label == "water" for s in place.surfaces])
        self.pictures = np.stack([shade(s.pattern) for s in place.surfaces]).astype(np.float32)
        self.sun = np.asarray(sky.sun_direction, np.float32)
        self.sun_light = np.asarray(sky.sun_illuminance, np.float32) * np.float32(self.sun[1] > 0)

    def sky_light(self, direction: Rays) -> Colours:
        """The sky without its sun, nearest pixel."""
        picture = self.sky.radiance_without_sun
        height, width, _ = picture.shape
        u, v = panorama.uv_of(direction.T)
        row = np.minimum((v * height).astype(np.int64), height - 1)
        return picture[row, np.minimum((u * width).astype(np.int64), width - 1)]

    def hit(self, origins: Rays, directions: Rays) -> Hit:
        """Where rays land and what is there."""
        found = self.tracer.nearest(origins, directions)
        seen = found.face >= 0
        face = np.maximum(found.face, 0)
        corner, weight = self.soup.faces[face], found.barycentrics
        normal, uv, tint = (
            np.einsum("kr,rkc->rc", weight, table[corner])
            for table in (self.soup.normals, self.soup.uvs, self.soup.tint)
        )
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        away = np.einsum("rc,cr->r", normal, directions) > 0
        normal[away] *= -1
        surface = self.soup.surface[face]
        albedo = self.colour[surface] * tint * self._grain(surface, uv, found.depth)[:, None]
        point = origins + directions * found.depth
        return Hit(
            seen,
            point,
            np.ascontiguousarray(normal.T),
            np.clip(albedo, 0, 0.9),
            surface,
            found.depth,
        )

    def _grain(self, surface: np.ndarray, uv: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """The pattern's shade, fading to its mean where a repeat is but a few pixels."""
        u, v = (np.floor((uv % 1.0) * SIDE_PX).astype(np.int64) % SIDE_PX).T
        keep = np.clip(1.3 - depth / 45.0, 0.0, 1.0)
        return 1.0 + keep * (self.pictures[surface, v, u] - 1.0)

    def sunlit(self, hit: Hit) -> Colours:
        """Illuminance from the sun, one point of its disc a ray."""
        count = len(hit.depth)
        light = np.zeros((count, 3), np.float32)
        towards = spread(self.sun, float(SUN_RADIUS), self.rng.random((2, count)))
        cosine = np.einsum("cr,cr->r", hit.normal, towards)
        facing = (
            np.flatnonzero(hit.seen & (cosine > 0)) if self.sun_light.any() else np.zeros(0, int)
        )
        origin = hit.point[:, facing] + hit.normal[:, facing] * _NUDGE * (
            1 + hit.depth[facing] / 50
        )
        free = ~self.tracer.occluded(origin, np.ascontiguousarray(towards[:, facing]))
        light[facing] = (cosine[facing] * free)[:, None] * self.sun_light
        return light

    def gathered(self, hit: Hit, bounces: int) -> Colours:
        """Illuminance from the sky and from what lies around, one path a point."""
        towards = _cosine_spread(hit.normal, self.rng.random((2, len(hit.depth))))
        origin = hit.point + hit.normal * _NUDGE * (1 + hit.depth / 50)
        there = self.hit(origin, towards)
        light = self.sky_light(towards) * (~there.seen)[:, None]
        go = np.flatnonzero(there.seen)
        if len(go):
            near = _picked(there, go)
            more = self.sunlit(near)
            if bounces > 1:
                more += self.gathered(near, bounces - 1)
            light[go] = near.albedo * more / np.float32(np.pi)
        return light * np.float32(np.pi)

    def hazed(self, light: Colours, directions: Rays, depth: np.ndarray) -> Colours:
        """Light after its way through the air, and what the air adds."""
        clear = np.exp(-3.0 * depth / self.place.visibility_m)[:, None].astype(np.float32)
        level = directions.copy()
        level[1] = np.maximum(np.abs(level[1]), 0.03)
        level /= np.linalg.norm(level, axis=0)
        return light * clear + self.sky_light(level) * (1 - clear)


def _picked(hit: Hit, which: np.ndarray) -> Hit:
    return Hit(
        hit.seen[which],
        hit.point[:, which],
        hit.normal[:, which],
        hit.albedo[which],
        hit.surface[which],
        hit.depth[which],
    )


def _cosine_spread(normal: Rays, draws: np.ndarray) -> Rays:
    """Directions about normals with density cosine over pi: a point on a ball about the tip."""
    z, turn = 2 * draws[0] - 1, 2 * np.pi * draws[1]
    ring = np.sqrt(np.maximum(1 - z * z, 0))
    towards = normal + 0.999 * np.stack([ring * np.cos(turn), ring * np.sin(turn), z])
    return (towards / np.linalg.norm(towards, axis=0)).astype(np.float32)


def render(
    place: Place,
    sky: Environment,
    seed: int,
    quality: Quality | None = None,
    on_step: OnStep = silent,
) -> View:
    """Trace a place under a sky; the panorama is as large as the sky's.

    Args:
        place: What stands there.
        sky: Light from far away, with its sun.
        seed: Of the rays.
        quality: How much work.
        on_step: Told after each of ten steps.
    """
    quality = quality or Quality()
    stage = Stage(place, sky, seed)
    on_step(1, 10)
    height = sky.radiance.shape[0]
    coarse = _coarse_light(stage, max(height // quality.coarse, 32), quality.paths)
    on_step(4, 10)
    return _fine(stage, coarse, height, quality.eye_rays, on_step)


def _eye(count: int) -> Rays:
    return np.tile(np.array([[0.0], [EYE_HEIGHT], [0.0]], np.float32), (1, count))


def _coarse_light(stage: Stage, height: int, paths: int) -> Float32[np.ndarray, "h w 3"]:
    directions = panorama.pixel_directions(height).reshape(-1, 3).T.astype(np.float32)
    total = np.zeros((directions.shape[1], 3), np.float32)
    hit = stage.hit(_eye(directions.shape[1]), np.ascontiguousarray(directions))
    seen = np.flatnonzero(hit.seen)
    near = _picked(hit, seen)
    for _ in range(paths):
        total[seen] += stage.gathered(near, 2) / np.float32(paths)
    shape = (height, 2 * height)
    depth = np.where(hit.seen, hit.depth, FAR).reshape(shape)
    return smooth(total.reshape(*shape, 3), depth, hit.normal.reshape(3, *shape))


def _fine(stage: Stage, coarse: np.ndarray, height: int, side: int, on_step: OnStep) -> View:
    width = 2 * height
    pixels = stage.sky.radiance
    out = np.zeros((height, width, 3), np.float32)
    depth, open_sky = (np.zeros((height, width), np.float32) for _ in range(2))
    normals = np.zeros((height, width, 3), np.float32)
    label = np.zeros((height, width), np.int32)
    numbers = np.array([LABELS.index(s.label) for s in stage.place.surfaces], np.int32)
    rows = max(_BLOCK_RAYS // width, 1)
    for start in range(0, height, rows):
        end = min(start + rows, height)
        for sample in range(side * side):
            du, dv = (sample % side + 0.5) / side, (sample // side + 0.5) / side
            u, v = np.meshgrid(
                (np.arange(width) + du) / width, (np.arange(start, end) + dv) / height
            )
            way = panorama.direction_of(u.ravel(), v.ravel()).T.astype(np.float32)
            way = np.ascontiguousarray(way)
            hit = stage.hit(_eye(way.shape[1]), way)
            light = _radiance(stage, hit, way, coarse)
            shape = (end - start, width)
            seen = hit.seen.reshape(shape)
            share = np.float32(1.0 / (side * side))
            out[start:end] += share * np.where(
                seen[..., None], light.reshape(*shape, 3), pixels[start:end]
            )
            open_sky[start:end] += share * ~seen
            if sample == 0:
                depth[start:end] = np.where(seen, hit.depth.reshape(shape), 0)
                normals[start:end] = (hit.normal.T * hit.seen[:, None]).reshape(*shape, 3)
                label[start:end] = np.where(seen, numbers[hit.surface].reshape(shape), 0)
        on_step(4 + 6 * end // height, 10)
    environment = replace(stage.sky, radiance=out, radiance_without_sun=without_sun(out, stage.sun))
    return View(environment, depth, normals, label, open_sky)


def _radiance(stage: Stage, hit: Hit, way: Rays, coarse: np.ndarray) -> Colours:
    """Light that leaves each seen point towards the eye, through the air."""
    seen = np.flatnonzero(hit.seen)
    light = np.zeros((len(hit.depth), 3), np.float32)
    near, ways = _picked(hit, seen), np.ascontiguousarray(way[:, seen])
    got = stage.sunlit(near) + lookup(coarse, ways).T
    colour = near.albedo * got / np.float32(np.pi)
    wet = np.flatnonzero(stage.water[near.surface])
    if len(wet):
        colour[wet] = _mirrored(stage, _picked(near, wet), ways[:, wet], colour[wet])
    light[seen] = stage.hazed(colour, ways, near.depth)
    return light


def _mirrored(stage: Stage, hit: Hit, way: Rays, deep: Colours) -> Colours:
    """Water: what it mirrors by Schlick's formula over what comes from the deep."""
    x, z = hit.point[0], hit.point[2]
    calm = 1.0 / (1.0 + hit.depth / 60.0)
    slope = np.zeros((2, len(x)), np.float32)
    for a, b, c, steep in _WAVES:
        slope += np.outer([a, b], steep * np.cos(a * x + b * z + c)).astype(np.float32)
    normal = np.stack([-slope[0] * calm, np.ones_like(x), -slope[1] * calm])
    normal = (normal / np.linalg.norm(normal, axis=0)).astype(np.float32)
    cosine = np.clip(-np.einsum("cr,cr->r", way, normal), 0.02, 1.0)
    out = way + 2 * cosine * normal
    out[1] = np.maximum(out[1], 0.004)
    out = np.ascontiguousarray(out / np.linalg.norm(out, axis=0), np.float32)
    there = stage.hit(hit.point + np.array([[0], [0.01], [0]], np.float32), out)
    light = stage.sky_light(out)
    go = np.flatnonzero(there.seen)
    if len(go):
        near = _picked(there, go)
        lit = (stage.sunlit(near) + stage.gathered(near, 1)) * near.albedo / np.float32(np.pi)
        light[go] = stage.hazed(lit, out[:, go], near.depth)
    share = (0.02 + 0.98 * (1 - cosine) ** 5)[:, None].astype(np.float32)
    return share * light + (1 - share) * deep
