# SPDX-License-Identifier: Apache-2.0
"""Light along rays through a place under a sky, by path tracing with Embree.

Surfaces are matt, or they mirror (water, wet pavements, panes) by Fresnel, one more ray. Aerial
haze is added by distance. Surfaces are matt whatever their roughness, and relief is colour only.
How a panorama is made of such rays: :mod:`scenes.render.view`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import local

import numpy as np
from jaxtyping import Float32, Int32

from gen3d import panorama
from gen3d.easing import smoothstep
from gen3d.render.raycast import Tracer
from scenes.atmosphere import SUN_RADIUS
from scenes.cloud_shadows import share_at
from scenes.patterns import SIDE_PX, shade
from scenes.place import Place, Soup, soup_of
from scenes.render.gather import spread
from scenes.render.lamplight import Lamplight
from scenes.world.noise import fractal, gradient

_NUDGE = 2e-3
_WAVES = ((2.1, 3.3, 0.0, 0.006), (-3.7, 2.9, 1.0, 0.004), (7.9, 5.1, 2.0, 0.0015))
"""Ripples: wave numbers along x and z (rad/m), phase, height in metres."""
Rays = Float32[np.ndarray, "3 rays"]
Colours = Float32[np.ndarray, "rays 3"]


_LEAST_LUX = 0.02
"""Light from which on a lamp is asked."""
_LAMP_HOUSE_M = 0.12
_LEVEL, _DAMP = 0.95, 0.45
"""Cosine of the slope down which water runs, and what a film covers between puddles."""
_GRAIN_M, _GRAIN_SPAN, _GRAIN_SLOPE = 0.006, 0.0012, 0.14
"""Grains of wet stone: their size, the least angle of it in rad, and how they lean."""
_FOAMING = 0.2
"""Roughness from which water is white and mirrors nothing."""


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
    face: Int32[np.ndarray, "rays"]


@dataclass(frozen=True)
class Skylight:
    """What a sky gives to a place."""

    dome: Float32[np.ndarray, "height width 3"]
    """Radiance without the sun."""
    sun_direction: Float32[np.ndarray, "3"]
    sun_illuminance: Float32[np.ndarray, "3"]
    """On a surface that faces the sun; of broken clouds, where the viewer is."""
    open_sun: Float32[np.ndarray, "3"] = field(default_factory=lambda: np.zeros(3, np.float32))
    """The same where no cloud is before it."""
    share: Float32[np.ndarray, "levels side side"] = field(
        default_factory=lambda: np.zeros((0, 1, 1), np.float32)
    )
    """Of broken clouds, what they leave of it (:mod:`scenes.cloud_shadows`); empty for others."""


@dataclass(frozen=True)
class Solid:
    """A place's triangles, ready for rays: what takes time and needs no sky."""

    soup: Soup
    tracer: Tracer


def solid_of(place: Place) -> Solid:
    """The triangles of a place."""
    soup = soup_of(place)
    solid = Solid(soup, Tracer(soup.verts, soup.faces))
    # The first ray has the tree built, which several threads must not ask for at once.
    solid.tracer.occluded(np.zeros((3, 1), np.float32), np.eye(3, 1, dtype=np.float32))
    return solid


class Stage:
    """A place and its light, ready to be asked by rays."""

    def __init__(self, place: Place, sky: Skylight, seed: int, solid: Solid | None = None) -> None:
        self.place, self.sky, self.seed = place, sky, seed
        solid = solid or solid_of(place)
        self.soup, self.tracer = solid.soup, solid.tracer
        parts = (self.soup.normals, self.soup.uvs, self.soup.tint)
        self._corners = np.concatenate(parts, axis=1)
        """Side by side, since what rays hit lies scattered in memory."""
        self._own = local()
        self.colour = np.array([s.colour for s in place.surfaces], np.float32)
        calm = [s.label == "water" and s.roughness < _FOAMING for s in place.surfaces]
        self.water = np.array(calm)
        self.mirrors = self.water | np.array([s.label == "window" for s in place.surfaces])
        self.emission = np.array([s.emission for s in place.surfaces], np.float32)
        self.thin = np.array([s.thin for s in place.surfaces], np.float32)
        self.film = np.array([s.film for s in place.surfaces], np.float32)
        self.gloss = np.array([s.roughness for s in place.surfaces], np.float32)
        self.metal = np.array([s.metallic for s in place.surfaces], np.float32)
        self.repeat = np.array([s.size_m for s in place.surfaces], np.float32)
        there = np.bincount(self.soup.surface, minlength=len(place.surfaces)) > 0
        worn = ["plain" if not t else s.pattern for s, t in zip(place.surfaces, there, strict=True)]
        patterns = sorted(set(worn))
        self.pictures = np.stack([shade(name).astype(np.float32) for name in patterns])
        self.picture = np.array([patterns.index(name) for name in worn])
        # In rooms lamps are the surfaces that shine (:mod:`scenes.render.lights`).
        self.lamps = Lamplight.of(() if place.inside else (*place.glows, *place.panes))
        self.sun = np.asarray(sky.sun_direction, np.float32)
        light = sky.open_sun if len(sky.share) else sky.sun_illuminance
        self.sun_light = np.asarray(light, np.float32) * np.float32(self.sun[1] > 0)

    def reseed(self, *numbers: int) -> None:
        """Draw anew: a band's bytes must not depend on who traced the ones before it."""
        self._own.rng = np.random.default_rng([self.seed, 77, *numbers])

    @property
    def rng(self) -> np.random.Generator:
        """Draws of this thread."""
        if not hasattr(self._own, "rng"):
            self.reseed()
        return self._own.rng

    def sky_light(self, direction: Rays) -> Colours:
        """The sky without its sun, nearest pixel."""
        picture = self.sky.dome
        height, width, _ = picture.shape
        u, v = panorama.uv_of(direction.T)
        row = np.minimum((v * height).astype(np.int64), height - 1)
        return picture[row, np.minimum((u * width).astype(np.int64), width - 1)]

    def hit(self, origins: Rays, directions: Rays) -> Hit:
        """Where rays land and what is there."""
        found = self.tracer.nearest(origins, directions)
        seen = found.face >= 0
        face = np.maximum(found.face, 0)
        normal, uv, tint = np.split(self._between(face, found.barycentrics), (3, 5), axis=1)
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
            face,
        )

    def _between(self, face: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Normal, UV and tint of points on faces, from their corners."""
        corner = self.soup.faces[face]
        total = np.take(self._corners, corner[:, 0], axis=0) * weight[0][:, None]
        for k in (1, 2):
            total += np.take(self._corners, corner[:, k], axis=0) * weight[k][:, None]
        return total

    def _grain(self, surface: np.ndarray, uv: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """The pattern's shade, fading to its mean where a repeat is but a few pixels."""
        keep = np.clip(1.3 - depth / (18.0 * self.repeat[surface]), 0.0, 1.0)
        near = np.flatnonzero(keep > 0)
        grain = np.ones(len(depth), np.float32)
        place = (uv[near] % 1.0) * SIDE_PX - 0.5
        low = np.floor(place).astype(np.int64)
        (fu, fv), number = (place - low).T, self.picture[surface[near]]
        total, first = np.zeros(len(near), np.float32), number * SIDE_PX**2
        for du in (0, 1):
            for dv in (0, 1):
                u, v = (low[:, 0] + du) % SIDE_PX, (low[:, 1] + dv) % SIDE_PX
                weight = (fu if du else 1 - fu) * (fv if dv else 1 - fv)
                texel = np.take(self.pictures, first + v * SIDE_PX + u)
                total += weight.astype(np.float32) * texel
        grain[near] += keep[near] * (total - 1.0)
        return grain

    def sunlit(self, hit: Hit) -> Colours:
        """Illuminance from the sun, one point of its disc a ray; leaves let some of it through."""
        count = len(hit.depth)
        light = np.zeros((count, 3), np.float32)
        towards = spread(self.sun, float(SUN_RADIUS), self.rng.random((2, count)))
        cosine = np.einsum("cr,cr->r", hit.normal, towards)
        side = np.where(cosine > 0, np.float32(1.0), np.float32(-1.0))
        cosine = np.maximum(cosine, -self.thin[hit.surface] * cosine)
        facing = (
            np.flatnonzero(hit.seen & (cosine > 0)) if self.sun_light.any() else np.zeros(0, int)
        )
        outside = hit.normal[:, facing] * side[facing]
        origin = hit.point[:, facing] + outside * _NUDGE * (1 + hit.depth[facing] / 50)
        free = ~self.tracer.occluded(origin, np.ascontiguousarray(towards[:, facing]))
        light[facing] = (cosine[facing] * free)[:, None] * self.sun_light
        if len(self.sky.share):
            light[facing] *= share_at(self.sky.share, hit.point[:, facing], self.sun)[:, None]
        return light

    def lamplit(self, hit: Hit) -> Colours:
        """Illuminance from the lamps that would give each point most."""
        light = np.zeros((len(hit.depth), 3), np.float32)
        near = np.flatnonzero(hit.seen) if len(self.lamps.candela) else np.zeros(0, int)
        if not len(near):
            return light
        lamps, lux = self.lamps.strongest(hit.point[:, near], hit.normal[:, near])
        for lamp, given in zip(lamps.T, lux.T, strict=True):
            go = np.flatnonzero(given > _LEAST_LUX)
            free = self._lamp_seen(picked(hit, near[go]), lamp[go])
            light[near[go]] += (given[go] * free)[:, None] * self.lamps.colour[lamp[go]]
        return light

    def lamplit_once(self, hit: Hit) -> Colours:
        """The same of all lamps on average, from one of them: for light on its way."""
        light = np.zeros((len(hit.depth), 3), np.float32)
        if not len(self.lamps.candela):
            return light
        draws = self.rng.random(len(hit.depth), np.float32)
        lamp, whole = self.lamps.drawn(hit.point, hit.normal, draws)
        go = np.flatnonzero(hit.seen & (whole > _LEAST_LUX))
        # Each is drawn as often as it would give, so one stands for the sum.
        free = self._lamp_seen(picked(hit, go), lamp[go])
        light[go] = (whole[go] * free)[:, None] * self.lamps.colour[lamp[go]]
        return light

    def _lamp_seen(self, hit: Hit, lamp: np.ndarray) -> np.ndarray:
        way = self.lamps.place[lamp].T - hit.point
        reach = np.maximum(np.linalg.norm(way, axis=0), 1e-6)
        start = hit.point + hit.normal * _NUDGE * (1 + hit.depth / 50)
        # Not as far as the glass before the lamp.
        far = np.maximum(reach - _LAMP_HOUSE_M, 0.0).astype(np.float32)
        return ~self.tracer.occluded(start, np.ascontiguousarray(way / reach), far)

    def gathered(self, hit: Hit, bounces: int) -> Colours:
        """Illuminance from the sky and from what lies around, one path a point."""
        towards = cosine_spread(hit.normal, self.rng.random((2, len(hit.depth))))
        origin = hit.point + hit.normal * _NUDGE * (1 + hit.depth / 50)
        there = self.hit(origin, towards)
        light = self.sky_light(towards) * (~there.seen)[:, None]
        go = np.flatnonzero(there.seen)
        if len(go):
            near = picked(there, go)
            more = self.sunlit(near) + self.lamplit_once(near)
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


def picked(hit: Hit, which: np.ndarray) -> Hit:
    """Some of the points."""
    return Hit(
        hit.seen[which],
        hit.point[:, which],
        hit.normal[:, which],
        hit.albedo[which],
        hit.surface[which],
        hit.depth[which],
        hit.face[which],
    )


def cosine_spread(normal: Rays, draws: np.ndarray) -> Rays:
    """Directions about normals with density cosine over pi: a point on a ball about the tip."""
    z, turn = 2 * draws[0] - 1, 2 * np.pi * draws[1]
    ring = np.sqrt(np.maximum(1 - z * z, 0))
    towards = normal + 0.999 * np.stack([ring * np.cos(turn), ring * np.sin(turn), z])
    return (towards / np.linalg.norm(towards, axis=0)).astype(np.float32)


def radiance(stage: Stage, ambient: Callable[[Hit, Rays], Colours], hit: Hit, way: Rays) -> Colours:
    """Light that leaves each seen point towards the eye, through the air.

    Args:
        stage: The land.
        ambient: Illuminance of seen points without the sun's.
        hit: What rays found.
        way: Their directions.
    """
    seen = np.flatnonzero(hit.seen)
    light = np.zeros((len(hit.depth), 3), np.float32)
    near, ways = picked(hit, seen), np.ascontiguousarray(way[:, seen])
    got = stage.sunlit(near) + stage.lamplit(near) + ambient(near, ways)
    colour = near.albedo * got / np.float32(np.pi)
    film = _film(stage, near)
    wet = np.flatnonzero(stage.mirrors[near.surface] | (film > 0))
    if len(wet):
        colour[wet] = _mirrored(stage, picked(near, wet), ways[:, wet], colour[wet], film[wet])
    if stage.emission.any():
        colour += stage.emission[near.surface]
    light[seen] = stage.hazed(colour, ways, near.depth)
    return light


def _film(stage: Stage, hit: Hit) -> Float32[np.ndarray, "rays"]:
    """Share of each point that a film of water covers: puddles, and what shines between them."""
    film = np.zeros(len(hit.depth), np.float32)
    wet = np.flatnonzero((stage.film[hit.surface] > 0) & (hit.normal[1] > _LEVEL))
    if len(wet):
        share = stage.film[hit.surface[wet]]
        x, _, z = hit.point[:, wet].astype(np.float64)
        hollow = fractal(x / 2.3, z / 2.3, stage.seed + 61, 4)
        # Where all is under water there are no edges; half wet, only hollows are.
        film[wet] = smoothstep(0.75, 1.05, 0.9 * share + 0.55 * hollow + 0.15) * (1 - _DAMP)
        film[wet] += _DAMP * share
    return film


def _mirrored(stage: Stage, hit: Hit, way: Rays, deep: Colours, film: np.ndarray) -> Colours:
    """What water, a pane or wet ground mirrors by Schlick's formula over what is behind it."""
    normal = hit.normal.copy()
    wet = np.flatnonzero(stage.water[hit.surface])
    normal[:, wet] = _rippled(hit.point[:, wet], hit.depth[wet])
    damp = np.flatnonzero(film > 0)
    normal[:, damp] = _rough(hit.point[:, damp], hit.depth[damp], film[damp])
    cosine = np.clip(-np.einsum("cr,cr->r", way, normal), 0.02, 1.0)
    out = way + 2 * cosine * normal
    level = np.concatenate([wet, damp])
    out[1, level] = np.maximum(out[1, level], 0.004)
    out = np.ascontiguousarray(out / np.linalg.norm(out, axis=0), np.float32)
    there = stage.hit(hit.point + 0.01 * hit.normal, out)
    light = stage.sky_light(out)
    go = np.flatnonzero(there.seen)
    if len(go):
        near = picked(there, go)
        got = stage.sunlit(near) + stage.lamplit_once(near) + stage.gathered(near, 1)
        lit = got * near.albedo / np.float32(np.pi) + stage.emission[near.surface]
        light[go] = stage.hazed(lit, out[:, go], near.depth)
    share = (0.02 + 0.98 * (1 - cosine) ** 5)[:, None].astype(np.float32)
    share[damp] *= film[damp][:, None]
    return share * light + (1 - share) * deep


def _rough(point: Rays, depth: np.ndarray, film: np.ndarray) -> Rays:
    """Normals of wet stone: grains stand out of a thin film, so what it mirrors is drawn out."""
    x, z = point[0].astype(np.float64), point[2].astype(np.float64)
    # Finer than a pixel, grains draw the mirrored out all the same, so they keep a pixel's size.
    size = np.maximum(_GRAIN_M, depth * _GRAIN_SPAN)
    steep = _GRAIN_SLOPE * (1.15 - film)
    slope = [steep * gradient(x / size + s, z / size, 71 + s) for s in (0, 9)]
    normal = np.stack([-slope[0], np.ones_like(x), -slope[1]])
    return (normal / np.linalg.norm(normal, axis=0)).astype(np.float32)


def _rippled(point: Rays, depth: np.ndarray) -> Rays:
    """Normals of water; far ripples are smaller than a pixel and even out."""
    x, z = point[0], point[2]
    calm = 1.0 / (1.0 + depth / 60.0)
    slope = np.zeros((2, len(x)), np.float32)
    for a, b, c, steep in _WAVES:
        slope += np.outer([a, b], steep * np.cos(a * x + b * z + c)).astype(np.float32)
    normal = np.stack([-slope[0] * calm, np.ones_like(x), -slope[1] * calm])
    return (normal / np.linalg.norm(normal, axis=0)).astype(np.float32)
