# SPDX-License-Identifier: Apache-2.0
"""Heaped clouds in the sky: a field of the asked cover, marched through by Warp's kernels."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import gaussian_filter1d

from gen3d.scenery import CloudSpec
from gen3d.warp_start import start_warp
from scenes.atmosphere import Air
from scenes.cloud_light import Seen, Weather, from_below, lamp_at, two_stream
from scenes.cloud_shapes import HEAP_PERIOD, billows, heap_noise, make_tops
from scenes.sun import cap

_COARSE = 128
_RISE = 60.0
_LOWEST = 0.012
_LIT_FROM, _DISC = 0.02, 8
"""Sine of the lamp's height from which it can come through, and rays that stand for its disc."""
_ACROSS = np.array([(-0.375, -0.125), (0.125, -0.375), (0.375, 0.125), (-0.125, 0.375)])
"""Points of a cell that stand for it."""
_BLOCK = 64
_OVERHEAD = np.array([[0.0, 1.0, 0.0], [0.5, 0.8, 0.3], [-0.5, 0.8, 0.3], [0.0, 0.8, -0.6]])


@dataclass(frozen=True)
class Heaps:
    """What the kernels need of a field of heaps, as Warp's values."""

    field: Any
    tops: Any
    noise: Any
    density: Float32[np.ndarray, "side side levels"]
    """Extinction on a coarse grid, per metre."""

    @property
    def columns(self) -> Float32[np.ndarray, "side side"]:
        """Vertical optical depth over each place."""
        return self.density.sum(axis=2) * np.float32(_RISE)

    def passes(self, sine: float) -> float:
        """Mean share of a beam's light that comes down."""
        return float((two_stream(self.columns.astype(np.float64), sine)[0] / sine).mean())

    @property
    def cover(self) -> float:
        """Share of the ground under cloud of optical depth over 1."""
        return float((self.columns > 1.0).mean())


def see_heaps(
    layer: CloudSpec,
    seed: int,
    air: Air,
    weather: Weather,
    elevation: np.ndarray,
    bearing: np.ndarray,
) -> Seen:
    """Draw a layer of heaps for a grid of lines of sight."""
    wp = start_warp()
    from scenes import cloud_kernels as kernels

    heaps = make_heaps(layer, seed)
    sun = stand(heaps, layer, weather.toward, seed)
    middle = layer.base_m + 0.4 * layer.thickness_m
    far = max(float(weather.toward[1]), 0.03)
    passes = heaps.passes(max(far, 0.3))
    lamp = lamp_at(air, weather, middle) * weather.kept
    lights = kernels.Light()
    lights.toward, lights.sun = wp.vec3f(*weather.toward), wp.vec3f(*lamp)
    lights.sky = wp.vec3f(*(weather.sky * weather.kept))
    lights.ground = wp.vec3f(*from_below(weather, lamp / max(weather.kept, 1e-9), passes))
    density = wp.array(heaps.density, dtype=wp.float32, device="cpu")
    cell = HEAP_PERIOD / _COARSE
    shadow = wp.zeros(heaps.density.shape, dtype=wp.float32, device="cpu")
    # At dusk the lamp shines in from the side or from below; clouds then shade each other wholly.
    toward = wp.vec3f(*(np.asarray(weather.toward) if far > 0.03 else _grazing(weather.toward)))
    bulk = wp.array(_bulk(heaps.density), dtype=wp.float32, device="cpu")

    def cast(first: int, rows: int) -> None:
        size = (rows, *heaps.density.shape[1:])
        given = [toward, first, cell, _RISE, density]
        wp.launch(kernels.shade, size, given, outputs=[shadow], device="cpu")

    _in_rows(_COARSE, cast)
    size = (len(elevation), len(bearing))
    hidden = wp.zeros(size, dtype=wp.float32, device="cpu")
    shine = wp.zeros(size, dtype=wp.vec3f, device="cpu")
    # Lower lines would run among heaps for ever; what they see is what the lowest of these does.
    sines = np.maximum(np.sin(elevation), _LOWEST).astype(np.float32)
    sines = wp.array(sines, dtype=wp.float32, device="cpu")
    turns = wp.array(bearing.astype(np.float32), dtype=wp.float32, device="cpu")
    pixel = abs(float(bearing[1] - bearing[0]))

    def draw(first: int, rows: int) -> None:
        given = [heaps.field, lights, first, pixel, cell, _RISE, sines, turns]
        given += [heaps.tops, heaps.noise, shadow, bulk]
        wp.launch(kernels.look, (rows, size[1]), given, outputs=[hidden, shine], device="cpu")

    _in_rows(size[0], draw)
    through = partial(_through, heaps, weather.toward)
    return Seen(hidden.numpy(), shine.numpy(), passes, sun, middle, through)


def make_heaps(layer: CloudSpec, seed: int) -> Heaps:
    """Draw a field of heaps whose measured cover is the asked one, to a hundredth or so."""
    wp = start_warp()
    noise = wp.array(billows(seed), dtype=wp.float32, device="cpu")
    places = heap_noise(layer, seed)
    low, high = -4.0, 4.0
    while True:
        level = 0.5 * (low + high)
        found = _fill(layer, make_tops(layer, places, level), noise)
        if abs(found.cover - layer.cover) < 0.01 or high - low < 0.02:
            return found
        low, high = (level, high) if found.cover > layer.cover else (low, level)


def _fill(layer: CloudSpec, tops: Float32[np.ndarray, "side side"], noise: Any) -> Heaps:  # noqa: ANN401  # an array of Warp's
    wp = start_warp()
    from scenes import cloud_kernels as kernels

    field = kernels.Field()
    knobs = float(np.clip(0.22 * layer.thickness_m, 30.0, 260.0))
    field.base, field.period = layer.base_m, HEAP_PERIOD
    field.depth = layer.thickness_m + 1.5 * knobs
    field.extinction, field.knobs = 0.045 * layer.density, knobs
    field.soft = 45.0 if layer.kind == "cumulus" else 70.0
    heights = wp.array(tops, dtype=wp.float32, device="cpu")
    levels = int(np.ceil(field.depth / _RISE)) + 1
    out = wp.zeros((_COARSE, _COARSE, levels), dtype=wp.float32, device="cpu")
    cell = HEAP_PERIOD / _COARSE

    def work(first: int, rows: int) -> None:
        given = [field, heights, noise, first, cell, _RISE]
        wp.launch(kernels.fill, (rows, _COARSE, levels), given, outputs=[out], device="cpu")

    _in_rows(_COARSE, work)
    return Heaps(field, heights, noise, out.numpy())


def stand(heaps: Heaps, layer: CloudSpec, toward: np.ndarray, seed: int) -> float:
    """Choose where in the field the viewer stands; return the lamp's share that comes through.

    Of 96 places that one is taken where the sun is as free as it can be (or as hidden, where the
    layer wants that), and no cloud is overhead at once.
    """
    wp = start_warp()
    from scenes import cloud_kernels as kernels

    places = np.random.default_rng([seed, 19]).uniform(0.0, HEAP_PERIOD, (96, 2))
    rays = np.concatenate([cap(np.asarray(toward, np.float64), _DISC)[0], _OVERHEAD])
    directions = np.tile(rays, (96, 1)).astype(np.float32)
    shift = wp.array(
        np.repeat(places, len(rays), axis=0).astype(np.float32), dtype=wp.vec2f, device="cpu"
    )
    depths = wp.zeros(len(directions), dtype=wp.float32, device="cpu")
    given = [heaps.field, wp.array(directions, dtype=wp.vec3f, device="cpu"), shift]
    given += [heaps.tops, heaps.noise]
    share, free = np.zeros(96), np.zeros(96)
    if toward[1] > _LIT_FROM:
        wp.launch(kernels.look_through, len(directions), given, outputs=[depths], device="cpu")
        through = np.exp(-depths.numpy()).reshape(96, len(rays))
        share, free = through[:, :_DISC].mean(axis=1), through[:, _DISC:].mean(axis=1)
    # A roof right over the viewer shows least of a sky with heaps.
    wish = -share if layer.hides_sun else np.round(share, 2)
    best = int(np.argmax(wish + 0.2 * free))
    heaps.field.shift_x, heaps.field.shift_z = (float(v) for v in places[best])
    return float(share[best]) if toward[1] > _LIT_FROM else 0.0


def _through(
    heaps: Heaps, toward: np.ndarray, x: np.ndarray, z: np.ndarray, cell: float
) -> Float[np.ndarray, "places"]:
    """Share of the lamp's light that comes through to places around the viewer.

    Cells of some size are asked at points across them instead of the whole disc at one.
    """
    wp = start_warp()
    from scenes import cloud_kernels as kernels

    if toward[1] <= _LIT_FROM:
        return np.zeros(len(x))
    if cell:
        rays = np.tile(np.asarray(toward, np.float64), (len(_ACROSS), 1))
        offsets = _ACROSS * cell
    else:
        rays = cap(np.asarray(toward, np.float64), _DISC)[0]
        offsets = np.zeros((len(rays), 2))
    stand = np.array([heaps.field.shift_x, heaps.field.shift_z])
    places = (stand + np.stack([x, z], axis=1))[:, None] + offsets
    shift = places.reshape(-1, 2).astype(np.float32)
    ways = np.tile(rays, (len(x), 1)).astype(np.float32)
    depths = np.zeros(len(ways), np.float32)

    def follow(first: int, count: int) -> None:
        part = slice(first * len(rays) * _BLOCK, (first + count) * len(rays) * _BLOCK)
        out = wp.zeros(len(ways[part]), dtype=wp.float32, device="cpu")
        given = [heaps.field, wp.array(ways[part], dtype=wp.vec3f, device="cpu")]
        given += [wp.array(shift[part], dtype=wp.vec2f, device="cpu"), heaps.tops, heaps.noise]
        wp.launch(kernels.look_through, len(ways[part]), given, outputs=[out], device="cpu")
        depths[part] = out.numpy()

    _in_rows(-(-len(x) // _BLOCK), follow)
    return np.exp(-depths).reshape(len(x), len(rays)).mean(axis=1)


def _bulk(density: Float32[np.ndarray, "side side levels"]) -> Float32[np.ndarray, "..."]:
    """How much cloud there is around each place, 0 to 1: what many scatterings need."""
    spread = density
    for axis, sigma, mode in ((0, 1.0, "wrap"), (1, 1.0, "wrap"), (2, 3.0, "nearest")):
        spread = gaussian_filter1d(spread, sigma, axis=axis, mode=mode)
    return (1.0 - np.exp(-220.0 * spread)).astype(np.float32)


def _grazing(toward: np.ndarray) -> Float[np.ndarray, "3"]:
    """A direction that is just over the horizon."""
    flat = np.array([toward[0], 0.0, toward[2]])
    flat /= max(float(np.linalg.norm(flat)), 1e-9)
    return np.array([flat[0], 0.03, flat[2]])


def _in_rows(count: int, work: Callable[[int, int], None]) -> None:
    """Call ``work(first, rows)`` over blocks, on all processors; Warp lets go of Python's lock."""
    block = 16
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(lambda f: work(f, min(block, count - f)), range(0, count, block)))
