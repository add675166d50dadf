# SPDX-License-Identifier: Apache-2.0
"""A panorama of a place under a sky, in bands.

Why not a general renderer: the light here is a known sky and a known sun, surfaces are matt or
mirrors, and the eye never moves, so two passes suffice. (1) Sky and bounced light on each surface
point are gathered along cosine-spread paths of two bounces, the sun by shadow ray at each, on a
coarser panorama, and smoothed along surfaces. (2) Eye rays, sun shadows (a point of the sun's disc
each) and albedo are at full size: one ray through each pixel's middle, which also gives depth,
normal and class, and more where the picture is busy. Where eye rays leave the place, the sky's own
pixel is kept, sun disc and all. Same place, sky and seed: same bytes, whoever traces which band.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from jaxtyping import Bool, Float32, UInt8

from gen3d import panorama
from gen3d.progress import OnStep, silent
from gen3d.render.lighting import lookup
from gen3d.render.raycast import FAR
from gen3d.types import Environment
from scenes.atmosphere import SUN_RADIUS
from scenes.lighting import without_sun
from scenes.place import LABELS, Place
from scenes.render.gather import smooth
from scenes.render.trace import Colours, Hit, Rays, Skylight, Stage, picked, radiance
from scenes.units import UNIT_CD_M2, rounded

Shader = Callable[[Hit, Rays], Colours]
"""Radiance towards the eye of what its rays hit, given their directions."""
Aim = Callable[[np.ndarray, np.ndarray], tuple[Rays, Rays]]
"""Start and direction of rays through points of a picture: columns and rows, in pixels."""
_BAND_PIXELS, _FEWEST_BANDS = 262_144, 8
_MORE = np.array([(-0.125, -0.375), (0.375, -0.125), (0.125, 0.375), (-0.375, 0.125)])
"""Where further rays of a busy pixel go, from its middle."""


@dataclass(frozen=True)
class Quality:
    """How much work."""

    paths: int = 12
    """Paths a point of the coarser panorama."""
    coarse_rows: int = 224
    """Rows of the coarser panorama, at most a quarter of the picture's."""
    contrast: float = 0.12
    """Step of brightness (0 to 1) from which a pixel gets more rays."""
    points_a_box: float = 8.0
    """Of a room: points that exchange light in each square of the boxes' side."""

    def coarse_height(self, height: int) -> int:
        """Rows of the coarser panorama for a picture."""
        return max(min(height // 4, self.coarse_rows), 32)


@dataclass(frozen=True)
class View:
    """What the eye sees."""

    environment: Environment
    depth: Float32[np.ndarray, "height width"]
    """Metres from the eye; 0 for the sky."""
    normals: Float32[np.ndarray, "height width 3"]
    """World axes; 0 for the sky."""
    label: UInt8[np.ndarray, "height width"]
    """Index into :data:`scenes.place.LABELS`."""
    sky: Float32[np.ndarray, "height width"]
    """Share of each pixel that the sky fills."""


@dataclass(frozen=True)
class Band:
    """Some rows of a view, without the sky's light."""

    light: Float32[np.ndarray, "rows width 3"]
    depth: Float32[np.ndarray, "rows width"]
    normals: Float32[np.ndarray, "rows width 3"]
    label: UInt8[np.ndarray, "rows width"]
    sky: Float32[np.ndarray, "rows width"]


@dataclass(frozen=True)
class Gathered:
    """Some rows of the coarser panorama."""

    light: Float32[np.ndarray, "rows width 3"]
    depth: Float32[np.ndarray, "rows width"]
    normals: Float32[np.ndarray, "3 rows width"]


def skylight(sky: Environment) -> Skylight:
    """The part of an environment that lights a place."""
    light = Skylight(
        sky.radiance_without_sun,
        np.asarray(sky.sun_direction, np.float32),
        np.asarray(sky.sun_illuminance, np.float32),
    )
    if sky.shadows is None:
        return light
    open_sun = np.asarray(sky.shadows.open_sun, np.float32)
    return replace(light, open_sun=open_sun, share=sky.shadows.share)


def bands_of(height: int) -> list[tuple[int, int]]:
    """First row and the row after the last of each band of a picture ``2 * height`` wide."""
    # Small pictures are cut as well: several processes trace them.
    rows = max(min(_BAND_PIXELS // (4 * height), -(-height // _FEWEST_BANDS)), 4)
    return [(start, min(start + rows, height)) for start in range(0, height, rows)]


def render(
    place: Place,
    sky: Environment,
    seed: int,
    quality: Quality | None = None,
    on_step: OnStep = silent,
) -> View:
    """Trace a place under a sky in this process; the panorama is as large as the sky's."""
    quality = quality or Quality()
    stage = Stage(place, skylight(sky), seed)
    height = sky.radiance.shape[0]
    low = quality.coarse_height(height)
    total = len(bands_of(low)) + len(bands_of(height))
    gathered = list[Gathered]()
    for rows in bands_of(low):
        gathered.append(gather(stage, low, rows, quality.paths))
        on_step(len(gathered), total)
    shade, bands = shader(stage, light_of(gathered)), list[Band]()
    for rows in bands_of(height):
        bands.append(band(stage, shade, height, rows, quality.contrast))
        on_step(len(gathered) + len(bands), total)
    return composed(bands, sky)


def ways_of(height: int, rows: tuple[int, int]) -> Rays:
    """Directions through the middles of the pixels of some rows."""
    column, row = middles(2 * height, rows)
    return _round(height, column, row)[1]


def middles(width: int, rows: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows of the middles of the pixels of some rows."""
    column, row = np.meshgrid(np.arange(width) + 0.5, np.arange(*rows) + 0.5, indexing="xy")
    return column.ravel(), row.ravel()


def _round(height: int, column: np.ndarray, row: np.ndarray) -> tuple[Rays, Rays]:
    """The aim of a panorama."""
    way = panorama.direction_of(column / (2 * height), row / height)
    return eye_rays(len(column)), np.ascontiguousarray(way.T, np.float32)


def eye_rays(count: int) -> Rays:
    """The eye's place, once for each ray."""
    return np.tile(np.array([[0.0], [panorama.EYE_HEIGHT], [0.0]], np.float32), (1, count))


def gather(stage: Stage, height: int, rows: tuple[int, int], paths: int) -> Gathered:
    """Light of the sky and of other surfaces on what the eye sees in some rows."""
    stage.reseed(0, rows[0])
    ways = ways_of(height, rows)
    total = np.zeros((ways.shape[1], 3), np.float32)
    hit = stage.hit(eye_rays(ways.shape[1]), ways)
    seen = np.flatnonzero(hit.seen)
    total[seen] = ambient(stage, picked(hit, seen), paths)
    shape = (rows[1] - rows[0], 2 * height)
    depth = np.where(hit.seen, hit.depth, FAR).reshape(shape)
    return Gathered(total.reshape(*shape, 3), depth, hit.normal.reshape(3, *shape))


def ambient(stage: Stage, near: Hit, paths: int) -> Colours:
    """Illuminance of points in a landscape from the sky and other surfaces."""
    total = np.zeros((len(near.depth), 3), np.float32)
    for _ in range(paths if len(near.depth) else 0):
        total += stage.gathered(near, 2) / np.float32(paths)
    return total


def light_of(parts: list[Gathered]) -> Float32[np.ndarray, "h w 3"]:
    """The coarser panorama, smoothed."""
    return smooth(
        np.concatenate([p.light for p in parts]),
        np.concatenate([p.depth for p in parts]),
        np.concatenate([p.normals for p in parts], axis=1),
    )


def shader(stage: Stage, coarse: Float32[np.ndarray, "h w 3"]) -> Shader:
    """Radiance of what eye rays hit in a landscape."""
    return partial(radiance, stage, lambda _, ways: lookup(coarse, ways).T)


def band(stage: Stage, shade: Shader, height: int, rows: tuple[int, int], contrast: float) -> Band:
    """Trace some rows of the picture."""
    stage.reseed(1, rows[0])
    return drawn(stage, shade, partial(_round, height), (2 * height, rows), contrast)


def drawn(
    stage: Stage, shade: Shader, aim: Aim, size: tuple[int, tuple[int, int]], contrast: float
) -> Band:
    """Trace some rows of any picture.

    Args:
        stage: The place.
        shade: Gives the light.
        aim: Of the picture's rays.
        size: Its width, and the rows.
        contrast: As in :class:`Quality`.
    """
    width, rows = size
    shape = (rows[1] - rows[0], width)
    start, ways = aim(*middles(width, rows))
    hit = stage.hit(start, ways)
    light = shade(hit, ways).reshape(*shape, 3)
    seen = hit.seen.reshape(shape)
    sky = (~seen).astype(np.float32)
    _refine(
        stage, shade, partial(_from_row, aim, rows[0]), _busy(light, seen, contrast), light, sky
    )
    numbers = np.array([LABELS.index(s.label) for s in stage.place.surfaces], np.uint8)
    return Band(
        light,
        np.where(seen, hit.depth.reshape(shape), 0).astype(np.float32),
        (hit.normal.T * hit.seen[:, None]).reshape(*shape, 3).astype(np.float32),
        np.where(seen, numbers[hit.surface].reshape(shape), 0).astype(np.uint8),
        sky,
    )


def _from_row(aim: Aim, first: int, column: np.ndarray, row: np.ndarray) -> tuple[Rays, Rays]:
    return aim(column, first + row)


def _busy(
    light: Float32[np.ndarray, "rows width 3"],
    seen: Bool[np.ndarray, "rows width"],
    contrast: float,
) -> Bool[np.ndarray, "rows width"]:
    """Pixels that differ from a neighbour."""
    grey = light.mean(axis=-1)
    middle = float(grey[seen].mean()) if seen.any() else 1.0
    shown = np.where(seen, grey / (grey + max(middle, 1e-9)), 2.0)
    busy = np.zeros(seen.shape, bool)
    across = np.abs(shown - np.roll(shown, -1, axis=1)) > contrast
    down = np.abs(shown[1:] - shown[:-1]) > contrast
    busy |= across | np.roll(across, 1, axis=1)
    busy[1:] |= down
    busy[:-1] |= down
    return busy


def _refine(
    stage: Stage,
    shade: Shader,
    aim: Aim,
    again: Bool[np.ndarray, "rows width"],
    light: Float32[np.ndarray, "rows width 3"],
    sky: Float32[np.ndarray, "rows width"],
) -> None:
    """Average further rays into busy pixels, in place."""
    row, column = np.nonzero(again)
    if not len(row):
        return
    for dx, dy in _MORE:
        start, ways = aim(column + 0.5 + dx, row + 0.5 + dy)
        hit = stage.hit(start, ways)
        light[row, column] += shade(hit, ways)
        sky[row, column] += ~hit.seen
    share = np.float32(1.0 / (1 + len(_MORE)))
    light[row, column] *= share
    sky[row, column] *= share


def composed(bands: Iterable[Band], sky: Environment) -> View:
    """The whole view: bands over the sky."""
    height, width, _ = sky.radiance.shape
    out = sky.radiance.copy()
    depth, share = (np.zeros((height, width), np.float32) for _ in range(2))
    normals = np.zeros((height, width, 3), np.float32)
    label = np.zeros((height, width), np.uint8)
    start = 0
    for part in bands:
        rows = slice(start, start + len(part.depth))
        start = rows.stop
        open_sky = part.sky == 1.0
        mixed = part.light + out[rows] * part.sky[..., None]
        out[rows] = np.where(open_sky[..., None], out[rows], in_steps(mixed))
        depth[rows], normals[rows], label[rows] = part.depth, part.normals, part.label
        share[rows] = part.sky
    environment = replace(
        sky,
        radiance=out,
        radiance_without_sun=without_sun(out, sky.sun_direction),
        sun_illuminance=(sky.sun_illuminance * _sun_seen(sky, share)).astype(np.float32),
    )
    return View(environment, depth, normals, label, share)


def _sun_seen(sky: Environment, share: Float32[np.ndarray, "height width"]) -> np.float32:
    """Part of the sun's disc that nothing hides from the eye."""
    height, width = share.shape
    cosine = np.cos(SUN_RADIUS + np.pi / height)
    v = float(np.arccos(np.clip(sky.sun_direction[1], -1.0, 1.0))) / np.pi
    row, reach = int(v * height), int(SUN_RADIUS / np.pi * height) + 2
    rows = slice(max(row - reach, 0), min(row + reach + 1, height))
    u, v = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(height)[rows] + 0.5) / height)
    way = panorama.direction_of(u, v)
    disc = sky.radiance[rows].sum(axis=-1) * (way @ sky.sun_direction >= cosine)
    total = float(disc.sum(dtype=np.float64))
    return np.float32((disc * share[rows]).sum(dtype=np.float64) / total if total else 1.0)


def in_steps(light: Float32[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape"]:
    """Light in the steps that files keep."""
    return rounded(light / np.float32(UNIT_CD_M2)) * np.float32(UNIT_CD_M2)
