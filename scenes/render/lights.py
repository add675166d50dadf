# SPDX-License-Identifier: Apache-2.0
"""Light that a room's lamps and windows send straight to a point.

Lamps are shining triangles; a window is a rectangle behind which the sky is. Both are sampled by
area, in shares of what they give, and by rays about the normal; the two are joined by the balance
heuristic (Veach and Guibas 1995), so that neither a lamp nearby nor a small bright window leaves
specks. A diffuser shines a little less to the side than straight ahead, as opal glass does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from scenes.place import Portal
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


def diffused(cosine: Float[np.ndarray, "rays"]) -> Float[np.ndarray, "rays"]:
    """Brightness of a diffuser under an angle, of that straight ahead."""
    return EDGE + (1.0 - EDGE) * cosine


@dataclass(frozen=True)
class Lights:
    """Every shining triangle, windows as two of them each."""

    corner: Float32[np.ndarray, "lights 3"]
    one: Float32[np.ndarray, "lights 3"]
    other: Float32[np.ndarray, "lights 3"]
    """The edges from the corner."""
    normal: Float32[np.ndarray, "lights 3"]
    density: Float32[np.ndarray, "lights"]
    """Chance of a square metre of it to be chosen."""
    cumulative: Float[np.ndarray, "lights"]
    glow: Float32[np.ndarray, "lights 3"]
    open: np.ndarray
    """Whether it is a window."""
    of_surface: Float32[np.ndarray, "surfaces"]
    """Density of lamps by their surface."""
    portals: tuple[Portal, ...]
    of_portal: float


def lights_of(stage: Stage) -> Lights:
    """The lights of a stage's place."""
    soup, portals = stage.soup, stage.place.portals
    face = np.flatnonzero(stage.emission[soup.surface].any(axis=1))
    lamp = soup.verts[soup.faces[face]]
    panes = [_halves(portal) for portal in portals]
    corners = np.concatenate([lamp, *panes]).astype(np.float32)
    one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    across = np.cross(one, other)
    twice = np.maximum(np.linalg.norm(across, axis=1), 1e-12)
    glow = np.zeros((len(corners), 3), np.float32)
    glow[: len(face)] = stage.emission[soup.surface[face]]
    sky = _through(stage, portals)
    weight = np.concatenate([luminance(glow[: len(face)]), np.full(2 * len(portals), sky)])
    total = max(float((weight * twice).sum()) / 2.0, 1e-12)
    return Lights(
        corners[:, 0],
        one,
        other,
        (across / twice[:, None]).astype(np.float32),
        (weight / total).astype(np.float32),
        np.cumsum(weight * twice / 2.0 / total),
        glow,
        np.arange(len(corners)) >= len(face),
        (luminance(stage.emission) / total).astype(np.float32),
        portals,
        sky / total,
    )


def _halves(portal: Portal) -> np.ndarray:
    a, (u, v) = portal.corner, portal.edges
    return np.array([[a, a + u, a + u + v], [a, a + u + v, a + v]])


def _through(stage: Stage, portals: tuple[Portal, ...]) -> float:
    """Mean luminance behind the windows."""
    if not portals:
        return 0.0
    found = list[float]()
    draws = np.random.default_rng(5).random((2, 512))
    for portal in portals:
        out = -np.cross(*portal.edges)
        normal = np.tile((out / np.linalg.norm(out))[:, None], (1, 512)).astype(np.float32)
        found.append(float(luminance(stage.sky_light(cosine_spread(normal, draws))).mean()))
    return float(np.mean(found))


def straight(stage: Stage, lights: Lights, hit: Hit, draws: np.ndarray) -> Colours:
    """Illuminance from one point of the lights, its share by the balance heuristic.

    Args:
        stage: The room.
        lights: Its lights.
        hit: Points on surfaces.
        draws: Three numbers in [0, 1) for each point.
    """
    count = len(hit.depth)
    light = np.zeros((count, 3), np.float32)
    if not len(lights.cumulative) or lights.cumulative[-1] <= 0.5:
        return light
    chosen = np.minimum(np.searchsorted(lights.cumulative, draws[0]), len(lights.cumulative) - 1)
    root = np.sqrt(draws[1])
    a, b = (root * (1 - draws[2]))[:, None], (root * draws[2])[:, None]
    point = lights.corner[chosen] + a * lights.one[chosen] + b * lights.other[chosen]
    way = point.T.astype(np.float32) - hit.point
    reach = np.sqrt(np.einsum("cr,cr->r", way, way))
    way /= np.maximum(reach, 1e-6)
    cosine = np.einsum("cr,cr->r", way, hit.normal)
    facing = -np.einsum("cr,rc->r", way, lights.normal[chosen])
    go = np.flatnonzero((cosine > 1e-4) & (facing > 1e-3) & (reach > 2e-3))
    way, reach, cosine, facing = way[:, go], reach[go], cosine[go], facing[go]
    chosen = chosen[go]
    start = hit.point[:, go] + hit.normal[:, go] * _NUDGE
    free = ~stage.tracer.occluded(start, np.ascontiguousarray(way), reach - 3 * _NUDGE)
    go, way, chosen = go[free], way[:, free], chosen[free]
    by_area = lights.density[chosen] * reach[free] ** 2 / facing[free]
    sent = lights.glow[chosen] * diffused(facing[free])[:, None]
    sky = np.flatnonzero(lights.open[chosen])
    sent[sky] = stage.sky_light(np.ascontiguousarray(way[:, sky]))
    light[go] = sent * (cosine[free] / (by_area + cosine[free] / np.pi))[:, None]
    return light


def met(
    stage: Stage, lights: Lights, start: Rays, way: Rays, there: Hit, cosine: np.ndarray
) -> Colours:
    """Light of lamps and windows that rays about the normal run into: the heuristic's other share.

    Args:
        stage: The room.
        lights: Its lights.
        start: Where the rays start.
        way: Their directions, drawn with density cosine over pi.
        there: What they hit.
        cosine: Of each ray and the normal at its start.
    """
    light = np.zeros((len(there.depth), 3), np.float32)
    lamp = np.flatnonzero(there.seen & (lights.of_surface[there.surface] > 0))
    if len(lamp):
        near = picked(there, lamp)
        facing = np.maximum(-np.einsum("cr,cr->r", way[:, lamp], near.normal), 1e-3)
        by_area = lights.of_surface[near.surface] * near.depth**2 / facing
        share = (cosine[lamp] / np.pi) / (cosine[lamp] / np.pi + by_area)
        light[lamp] = stage.emission[near.surface] * (diffused(facing) * share)[:, None]
    out = np.flatnonzero(~there.seen)
    if len(out):
        by_area = _portal_density(lights, start[:, out], way[:, out])
        share = (cosine[out] / np.pi) / (cosine[out] / np.pi + by_area)
        light[out] = stage.sky_light(np.ascontiguousarray(way[:, out])) * share[:, None]
    return light


def _portal_density(lights: Lights, start: Rays, way: Rays) -> np.ndarray:
    """Density, by solid angle, with which the windows' own samples take these directions."""
    found = np.zeros(way.shape[1], np.float32)
    for portal in lights.portals:
        u, v = portal.edges
        inward = np.cross(u, v)
        inward = (inward / np.linalg.norm(inward)).astype(np.float32)
        facing = -(inward @ way)
        far = (inward @ (start - portal.corner[:, None])) / np.maximum(facing, 1e-6)
        place = start + way * far - portal.corner[:, None]
        s, t = (u @ place) / (u @ u), (v @ place) / (v @ v)
        inside = (facing > 1e-3) & (far > 0) & (s > 0) & (s < 1) & (t > 0) & (t < 1)
        found += np.where(inside, lights.of_portal * far**2 / np.maximum(facing, 1e-3), 0.0)
    return found
