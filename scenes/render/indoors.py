# SPDX-License-Identifier: Apache-2.0
"""A room as the eye sees it.

Three passes. (1) The exchange of light between all surfaces, once for the room
(:mod:`scenes.render.bounce`). (2) On a coarser panorama, each point's illuminance from lamps,
windows and surfaces, smoothed along surfaces: edge-avoiding à-trous (Dammertz et al. 2010) whose
edges are normals, the distance from the tangent plane and what two halves of the paths agree on
(after Schied et al. 2017); albedo never blurs, since illuminance holds none, and the total of the
light is kept. (3) At full size: albedo, shine of lamps, the sun's own shadows, mirrors, and the
coarser light looked up along surfaces. Points that the coarser panorama missed take the light of
their box.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from jaxtyping import Float32

from gen3d import panorama
from scenes.render.bounce import Chamber
from scenes.render.gather import Known, along_surfaces
from scenes.render.lights import diffused
from scenes.render.trace import Colours, Hit, Rays, picked
from scenes.render.view import Shader, eye_rays, ways_of

_ROUNDS = 4
_PLANE = 0.012
"""Distance from a tangent plane, of that from the eye, within which points are neighbours."""
_AGREE = 4.0
"""Standard errors within which two illuminances are taken for one."""
LOST = 0.02
"""Weight under which a point has no neighbour on its surface."""
_POLISHED = 0.13
"""Roughness up to which a surface mirrors."""


@dataclass(frozen=True)
class Shine:
    """Some rows of the coarser panorama."""

    light: Float32[np.ndarray, "rows width 3"]
    other: Float32[np.ndarray, "rows width 3"]
    """The same by other paths."""
    depth: Float32[np.ndarray, "rows width"]
    normals: Float32[np.ndarray, "rows width 3"]


def shine(chamber: Chamber, height: int, rows: tuple[int, int], paths: int) -> Shine:
    """Illuminance, without the sun's, of what the eye sees in some rows."""
    chamber.stage.reseed(3, rows[0])
    ways = ways_of(height, rows)
    hit = chamber.stage.hit(eye_rays(ways.shape[1]), ways)
    seen = np.flatnonzero(hit.seen)
    one, other = chamber.received(picked(hit, seen), paths)
    shape = (rows[1] - rows[0], 2 * height)
    planes = [np.zeros((ways.shape[1], 3), np.float32) for _ in range(2)]
    planes[0][seen], planes[1][seen] = one, other
    return Shine(
        planes[0].reshape(*shape, 3),
        planes[1].reshape(*shape, 3),
        np.where(hit.seen, hit.depth, 0.0).astype(np.float32).reshape(shape),
        (hit.normal.T * hit.seen[:, None]).astype(np.float32).reshape(*shape, 3),
    )


def smoothed(parts: list[Shine]) -> Shine:
    """The whole coarser panorama without noise."""
    depth = np.concatenate([part.depth for part in parts])
    return calmed(parts, _points(depth), wrap=True)


def calmed(parts: list[Shine], points: Float32[np.ndarray, "rows width 3"], *, wrap: bool) -> Shine:
    """A coarse picture without noise.

    Args:
        parts: Its rows.
        points: What its pixels see.
        wrap: Whether the left edge meets the right one.
    """
    one, other, depth, normals = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("light", "other", "depth", "normals")
    )
    light = 0.5 * (one + other)
    before = light.sum(axis=(0, 1), dtype=np.float64)
    grey, spread = light.mean(axis=-1), 0.5 * np.abs(one - other).mean(axis=-1)
    variance = _blurred(spread * spread, wrap=wrap)
    for turn in range(_ROUNDS):
        step = 2**turn
        total, weights, uncertain = np.zeros_like(light), np.zeros_like(depth), np.zeros_like(depth)
        error = np.sqrt(_blurred(variance, wrap=wrap)) * _AGREE + 1e-4 * float(grey.mean()) + 1e-12
        for dy, dx in ((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)):
            shift = partial(_shifted, dy=dy * step, dx=dx * step, wrap=wrap)
            weight = _alike(points, normals, depth, shift)
            weight *= np.exp(-np.abs(shift(grey) - grey) / error)
            weight *= 0.5 ** (abs(dx) + abs(dy))
            total += shift(light) * weight[..., None]
            uncertain += shift(variance) * weight * weight
            weights += weight
        whole = np.maximum(weights, 1e-9)
        light = np.where(depth[..., None] > 0, total / whole[..., None], 0.0).astype(np.float32)
        variance = (uncertain / (whole * whole)).astype(np.float32)
        grey = light.mean(axis=-1)
    light *= (before / np.maximum(light.sum(axis=(0, 1), dtype=np.float64), 1e-12)).astype(
        np.float32
    )
    return Shine(light, light, depth, normals)


def _alike(
    points: np.ndarray, normals: np.ndarray, depth: np.ndarray, shift: partial[np.ndarray]
) -> np.ndarray:
    """How far shifted pixels lie on the surface of the ones they come to."""
    off = np.abs(np.einsum("hwc,hwc->hw", shift(points) - points, normals))
    bent = np.maximum(np.einsum("hwc,hwc->hw", shift(normals), normals), 0.0)
    there = (shift(depth) > 0) & (depth > 0)
    near = np.maximum(1.0 - off / (_PLANE * np.maximum(depth, 0.2)), 0.0)
    return (near * bent**8 * there).astype(np.float32)


def _shifted(plane: np.ndarray, dy: int, dx: int, *, wrap: bool) -> np.ndarray:
    rows = plane[np.clip(np.arange(len(plane)) + dy, 0, len(plane) - 1)]
    if wrap:
        return np.roll(rows, -dx, axis=1)
    return rows[:, np.clip(np.arange(rows.shape[1]) + dx, 0, rows.shape[1] - 1)]


def _blurred(plane: np.ndarray, *, wrap: bool) -> np.ndarray:
    total = sum(_shifted(plane, y, x, wrap=wrap) for y in (-1, 0, 1) for x in (-1, 0, 1))
    return np.asarray(total, np.float32) / np.float32(9.0)


def shader(chamber: Chamber, coarse: Shine) -> Shader:
    """Radiance of what eye rays hit."""
    known = Known(coarse.light, _points(coarse.depth), coarse.normals)
    return partial(radiance_indoors, chamber, partial(_looked_up, chamber, known))


def radiance_indoors(chamber: Chamber, ambient: Shader, hit: Hit, ways: Rays) -> Colours:
    """Light that leaves each seen point towards the eye.

    Args:
        chamber: The room.
        ambient: Illuminance of seen points without the sun's.
        hit: What rays found.
        ways: Their directions.
    """
    stage = chamber.stage
    light = np.zeros((len(hit.depth), 3), np.float32)
    seen = np.flatnonzero(hit.seen)
    near, way = picked(hit, seen), np.ascontiguousarray(ways[:, seen])
    got = ambient(near, way)
    if stage.place.portals:
        got += stage.sunlit(near)
    matt = near.albedo * got / np.float32(np.pi)
    facing = np.maximum(-np.einsum("cr,cr->r", way, near.normal), 0.0)
    matt += stage.emission[near.surface] * diffused(facing)[:, None].astype(np.float32)
    shiny = np.flatnonzero(stage.gloss[near.surface] <= _POLISHED)
    if len(shiny):
        matt[shiny] = _mirrored(chamber, picked(near, shiny), way[:, shiny], matt[shiny])
    light[seen] = matt
    return light


def _mirrored(chamber: Chamber, hit: Hit, way: Rays, matt: Colours) -> Colours:
    """What polished surfaces mirror, by Schlick's formula; metals in their own colour."""
    stage = chamber.stage
    cosine = np.clip(-np.einsum("cr,cr->r", way, hit.normal), 0.02, 1.0)
    out = (way + 2 * cosine * hit.normal).astype(np.float32)
    out = np.ascontiguousarray(out / np.linalg.norm(out, axis=0), np.float32)
    there = stage.hit(hit.point + hit.normal * np.float32(2e-3), out)
    light = stage.sky_light(out)
    go = np.flatnonzero(there.seen)
    if len(go):
        near = picked(there, go)
        facing = np.maximum(-np.einsum("cr,cr->r", out[:, go], near.normal), 0.0)
        lit = chamber.light_at(near) + (stage.sunlit(near) if stage.place.portals else 0.0)
        shown = stage.emission[near.surface] * diffused(facing)[:, None].astype(np.float32)
        light[go] = near.albedo * lit / np.float32(np.pi) + shown
    metal = stage.metal[hit.surface][:, None]
    base = 0.04 * (1 - metal) + hit.albedo * metal
    share = (base + (1 - base) * ((1 - cosine) ** 5)[:, None]).astype(np.float32)
    return share * light + (1 - share) * (1 - metal) * matt


def _looked_up(chamber: Chamber, known: Known, hit: Hit, way: Rays) -> Colours:
    """The coarser panorama between its pixels, from those on the same surface."""
    height, width, _ = known.light.shape
    u, v = panorama.uv_of(way.T)
    from_eye = way * hit.depth
    x, y = u * width, v * height
    total, weights = along_surfaces(known, (x, y), from_eye, hit.normal, hit.depth, wrap=True)
    lost = np.flatnonzero(weights < LOST)
    total /= np.maximum(weights, 1e-6)[:, None]
    if len(lost):
        near = picked(hit, lost)
        row = np.clip(np.round(y[lost] - 0.5), 0, height - 1).astype(np.int64)
        column = np.round(x[lost] - 0.5).astype(np.int64) % width
        boxed = chamber.box(near.point, near.normal) >= 0
        # Lamps are in no box: what is seen around them has about their light.
        around = known.light[row, column]
        total[lost] = np.where(boxed[:, None], chamber.light_at(near), around)
    return total


def _points(depth: Float32[np.ndarray, "rows width"]) -> Float32[np.ndarray, "rows width 3"]:
    """What a panorama's pixels see, from the eye."""
    return (panorama.pixel_directions(len(depth)) * depth[..., None]).astype(np.float32)
