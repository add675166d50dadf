# SPDX-License-Identifier: Apache-2.0
"""Light that a room's lamps and windows send straight to a point.

A lamp is the shining triangles of one thing; a window is a rectangle behind which the sky is. A
point asks one of them at a time, the likelier the more light it may get from it, and an even point
of its area; rays about the normal run into them as well. The two are joined by the balance
heuristic (Veach and Guibas 1995), so that neither a lamp nearby nor a small bright window leaves
specks. A diffuser shines a little less to the side than straight ahead, as opal glass does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int32

from scenes.place import Place, Portal
from scenes.render.trace import Colours, Hit, Rays, Stage, cosine_spread, picked
from scenes.spectrum import luminance

STEPS = np.array([0.8566749, 0.7338919, 0.6287067, 0.5385973, 0.4614028], np.float32)
"""Steps of a five-dimensional additive recurrence of low discrepancy: powers of the inverse of the
root of x^6 = x + 1 (Roberts 2018)."""
EDGE = 0.75
"""Brightness of a diffuser seen from the side, of that seen straight."""
FLUX = float(np.pi) * (EDGE + 2.0 * (1.0 - EDGE) / 3.0)
"""Lumens that a square metre gives at 1 cd/m^2 straight ahead."""
_NUDGE = 1e-3
_LEAST = 0.06
"""Added to cosines in chances: a lamp has a size, and part of it may be seen where its middle
cannot."""
_FLAT = 0.9


def diffused(cosine: Float[np.ndarray, "rays"]) -> Float[np.ndarray, "rays"]:
    """Brightness of a diffuser under an angle, of that straight ahead."""
    return EDGE + (1.0 - EDGE) * cosine


@dataclass(frozen=True)
class Lights:
    """Lamps, then windows; their triangles in the same order."""

    corner: Float32[np.ndarray, "triangles 3"]
    one: Float32[np.ndarray, "triangles 3"]
    other: Float32[np.ndarray, "triangles 3"]
    """The edges from the corner."""
    normal: Float32[np.ndarray, "triangles 3"]
    glow: Float32[np.ndarray, "triangles 3"]
    cumulative: Float[np.ndarray, "triangles"]
    """Areas, summed within each light to one, plus the light's number."""
    area: Float32[np.ndarray, "lights"]
    power: Float32[np.ndarray, "lights"]
    """Candela straight ahead."""
    middle: Float32[np.ndarray, "lights 3"]
    facing: Float32[np.ndarray, "lights 3"]
    """Unit normal of flat ones, else 0."""
    of_face: Int32[np.ndarray, "faces"]
    """Light that a face of the place belongs to; -1 for none."""
    portals: tuple[Portal, ...]

    @property
    def lamps(self) -> int:
        """How many come before the windows."""
        return len(self.area) - len(self.portals)


def lights_of(stage: Stage) -> Lights:
    """The lights of a stage's place."""
    soup, portals = stage.soup, stage.place.portals
    face = np.flatnonzero(stage.emission[soup.surface].any(axis=1))
    _, group = np.unique(
        _instances(stage.place)[face] * 4096 + soup.surface[face], return_inverse=True
    )
    face, group = face[np.argsort(group, kind="stable")], np.sort(group)
    lamps = int(group.max(initial=-1)) + 1
    of_face = np.full(len(soup.faces), -1, np.int32)
    of_face[face] = group
    panes = [_halves(portal) for portal in portals]
    corners = np.concatenate([soup.verts[soup.faces[face]], *panes]).astype(np.float32)
    group = np.concatenate([group, lamps + np.repeat(np.arange(len(portals)), 2)])
    count = lamps + len(portals)
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    across = np.cross(one, other)
    twice = np.maximum(np.linalg.norm(across, axis=1), 1e-12)
    glow = np.zeros((len(corners), 3), np.float32)
    glow[: len(face)] = stage.emission[soup.surface[face]]
    sky = np.repeat([_behind(stage, portal) for portal in portals], 2)
    shine = np.concatenate([luminance(glow[: len(face)]), sky])
    area = np.bincount(group, twice / 2.0, count)
    mean = np.stack([np.bincount(group, across[:, c] / 2.0, count) for c in range(3)], axis=1)
    centre = corners.mean(axis=1) * (twice / 2.0)[:, None]
    middle = np.stack([np.bincount(group, centre[:, c], count) for c in range(3)], axis=1)
    whole = np.maximum(area, 1e-12)[:, None]
    flat = np.linalg.norm(mean, axis=1, keepdims=True) / whole
    return Lights(
        corners[:, 0],
        one,
        other,
        (across / twice[:, None]).astype(np.float32),
        glow,
        _within(twice, group),
        area.astype(np.float32),
        np.bincount(group, shine * twice / 2.0, count).astype(np.float32),
        (middle / whole).astype(np.float32),
        np.where(flat > _FLAT, mean / np.maximum(flat * whole, 1e-12), 0.0).astype(np.float32),
        of_face,
        portals,
    )


def _instances(place: Place) -> Int32[np.ndarray, "faces"]:
    """Number of the copy that each face of the place belongs to."""
    counts = [len(c.shape.faces) for c in place.copies for _ in range(len(c.positions))]
    return np.repeat(np.arange(len(counts)), counts).astype(np.int32)


def _within(twice: np.ndarray, group: np.ndarray) -> Float[np.ndarray, "triangles"]:
    total = np.cumsum(twice.astype(np.float64))
    first = np.searchsorted(group, group)
    last = np.searchsorted(group, group, side="right") - 1
    before = total[first] - twice[first]
    return group + (total - before) / (total[last] - before)


def _halves(portal: Portal) -> np.ndarray:
    a, (u, v) = portal.corner, portal.edges
    return np.array([[a, a + u, a + u + v], [a, a + u + v, a + v]])


def _behind(stage: Stage, portal: Portal) -> float:
    """Mean luminance behind a window."""
    draws = np.random.default_rng(5).random((2, 512))
    out = -np.cross(*portal.edges)
    normal = np.tile((out / np.linalg.norm(out))[:, None], (1, 512)).astype(np.float32)
    return float(luminance(stage.sky_light(cosine_spread(normal, draws))).mean())


def chances(lights: Lights, hit: Hit) -> Float32[np.ndarray, "rays lights"]:
    """With which chance each point asks each light: by what it would get, were nothing between."""
    if not len(lights.area):
        return np.zeros((len(hit.depth), 0), np.float32)
    way = lights.middle[None] - hit.point.T[:, None]
    square = np.einsum("rlc,rlc->rl", way, way) + lights.area[None]
    near = np.sqrt(square)
    here = np.maximum(np.einsum("rlc,cr->rl", way, hit.normal) / near, 0.0) + _LEAST
    there = np.maximum(-np.einsum("rlc,lc->rl", way, lights.facing) / near, 0.0) + _LEAST
    flat = np.abs(lights.facing).sum(axis=1) > 0.0
    there = np.where(flat[None], there, 0.25)
    weight = lights.power[None] * here * there / square + np.float32(1e-12)
    return (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)


def straight(
    stage: Stage,
    lights: Lights,
    hit: Hit,
    chance: Float32[np.ndarray, "rays lights"],
    draws: Float32[np.ndarray, "3 rays"],
) -> Colours:
    """Illuminance from one point of one light, its share by the balance heuristic.

    Args:
        stage: The room.
        lights: Its lights.
        hit: Points on surfaces.
        chance: Of :func:`chances` of these points.
        draws: Numbers in [0, 1).
    """
    count = len(hit.depth)
    light = np.zeros((count, 3), np.float32)
    if not len(lights.area):
        return light
    up_to = np.cumsum(chance, axis=1)
    choice = np.minimum((up_to < draws[0][:, None]).sum(axis=1), chance.shape[1] - 1)
    own = np.take_along_axis(chance, choice[:, None], 1)[:, 0]
    # What is left of the draw, stretched to [0, 1), chooses the triangle.
    left = draws[0] - np.take_along_axis(up_to, choice[:, None], 1)[:, 0] + own
    left = np.clip(left / np.maximum(own, 1e-12), 0.0, 0.999999)
    chosen = np.minimum(np.searchsorted(lights.cumulative, choice + left), len(lights.corner) - 1)
    root = np.sqrt(draws[1])
    a, b = (root * (1 - draws[2]))[:, None], (root * draws[2])[:, None]
    point = lights.corner[chosen] + a * lights.one[chosen] + b * lights.other[chosen]
    way = point.T.astype(np.float32) - hit.point
    reach = np.sqrt(np.einsum("cr,cr->r", way, way))
    way /= np.maximum(reach, 1e-6)
    cosine = np.einsum("cr,cr->r", way, hit.normal)
    facing = -np.einsum("cr,rc->r", way, lights.normal[chosen])
    go = np.flatnonzero((cosine > 1e-4) & (facing > 1e-3) & (reach > 5 * _NUDGE) & (own > 0))
    way, reach, cosine, facing = way[:, go], reach[go], cosine[go], facing[go]
    start = hit.point[:, go] + hit.normal[:, go] * _NUDGE
    free = ~stage.tracer.occluded(start, np.ascontiguousarray(way), reach - 3 * _NUDGE)
    go, way, reach, cosine, facing = go[free], way[:, free], reach[free], cosine[free], facing[free]
    by_area = own[go] / lights.area[choice[go]] * reach**2 / facing
    sent = lights.glow[chosen[go]] * diffused(facing)[:, None]
    sky = np.flatnonzero(choice[go] >= lights.lamps)
    sent[sky] = stage.sky_light(np.ascontiguousarray(way[:, sky]))
    light[go] = sent * (cosine / (by_area + cosine / np.pi))[:, None]
    return light


def met(
    stage: Stage,
    lights: Lights,
    chance: Float32[np.ndarray, "rays lights"],
    start: Rays,
    way: Rays,
    there: Hit,
    cosine: Float[np.ndarray, "rays"],
) -> Colours:
    """Radiance of lamps and windows that rays about the normal run into: the other share.

    Args:
        stage: The room.
        lights: Its lights.
        chance: Of :func:`chances` of the points where the rays start.
        start: These points.
        way: Directions, drawn with density cosine over pi.
        there: What the rays hit.
        cosine: Of each ray and the normal at its start.
    """
    light = np.zeros((len(there.depth), 3), np.float32)
    number = np.where(there.seen, lights.of_face[there.face], -1)
    lamp = np.flatnonzero(number >= 0)
    if len(lamp):
        near, number = picked(there, lamp), number[lamp]
        facing = np.maximum(-np.einsum("cr,cr->r", way[:, lamp], near.normal), 1e-3)
        by_area = chance[lamp, number] / lights.area[number] * near.depth**2 / facing
        share = (cosine[lamp] / np.pi) / (cosine[lamp] / np.pi + by_area)
        light[lamp] = stage.emission[near.surface] * (diffused(facing) * share)[:, None]
    out = np.flatnonzero(~there.seen)
    if len(out):
        by_area = _portal_density(lights, chance[out], start[:, out], way[:, out])
        share = (cosine[out] / np.pi) / (cosine[out] / np.pi + by_area)
        light[out] = stage.sky_light(np.ascontiguousarray(way[:, out])) * share[:, None]
    return light


def _portal_density(
    lights: Lights, chance: Float32[np.ndarray, "rays lights"], start: Rays, way: Rays
) -> Float[np.ndarray, "rays"]:
    """Density, by solid angle, with which the windows' own samples take these directions."""
    found = np.zeros(way.shape[1], np.float32)
    for number, portal in enumerate(lights.portals, start=lights.lamps):
        u, v = portal.edges
        inward = np.cross(u, v)
        inward = (inward / np.linalg.norm(inward)).astype(np.float32)
        facing = -(inward @ way)
        far = (inward @ (start - portal.corner[:, None])) / np.maximum(facing, 1e-6)
        place = start + way * far - portal.corner[:, None]
        s, t = (u @ place) / (u @ u), (v @ place) / (v @ v)
        inside = (facing > 1e-3) & (far > 0) & (s > 0) & (s < 1) & (t > 0) & (t < 1)
        density = chance[:, number] / lights.area[number] * far**2 / np.maximum(facing, 1e-3)
        found += np.where(inside, density, 0.0).astype(np.float32)
    return found
