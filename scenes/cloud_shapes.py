# SPDX-License-Identifier: Apache-2.0
"""The shapes of clouds: periodic maps that are drawn once from a seed, before any light.

Heaps (cumulus, stratocumulus) are a map of how high the cloud stands over its base, cut from noise
at the level that leaves the asked share of the ground covered. Sheets (stratus, altocumulus,
cirrus) are maps of optical depth, with smoother copies for views at a distance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32
from scipy.ndimage import map_coordinates
from scipy.spatial import KDTree

from gen3d.scenery import CloudSpec

HEAPED = ("cumulus", "stratocumulus")
HEAP_PERIOD = 25_600.0
HEAP_SIDE = 512
_SHEET_SIDE = 1024
_LEVELS = 7
_CUBE = 64
_DEPTHS = {"stratus": 44.0, "altocumulus": 2.2, "cirrus": 0.35}
"""Optical depth where there is cloud, of density 1 (about Hahn, Rossow and Warren 2001)."""
_PERIODS = {"stratus": 15_000.0, "altocumulus": 18_000.0, "cirrus": 52_000.0}


@dataclass(frozen=True)
class Sheet:
    """A layer that is thin against its distance."""

    levels: tuple[Float32[np.ndarray, "_ _"], ...]
    """Optical depth; each level is half as large and half as fine."""
    height: float
    period: float
    turn: float
    """Direction of its streaks, radians."""


def _field(
    rng: np.random.Generator, slope: float, coarsest: float, finest: float, stretch: float = 1.0
) -> Float32[np.ndarray, "side side"]:
    """Periodic noise of unit variance, a power-law spectrum; waves longer along the first axis."""
    f = np.fft.fftfreq(_SHEET_SIDE) * _SHEET_SIDE
    radius = np.hypot(f[:, None] * stretch, f[None, :])
    gain = np.where(radius > 0.0, np.maximum(radius, 1e-9) ** -slope, 0.0)
    gain *= (radius >= coarsest) * np.exp(-((radius / finest) ** 2))
    noise = np.fft.ifft2(np.fft.fft2(rng.standard_normal((_SHEET_SIDE, _SHEET_SIDE))) * gain).real
    return (noise / noise.std()).astype(np.float32)


def _bent(
    picture: np.ndarray, rng: np.random.Generator, strength: float, coarsest: float
) -> Float32[np.ndarray, "side side"]:
    """The field carried about by a smooth random wind, ``strength`` pixels."""
    i, j = np.meshgrid(*(np.arange(_SHEET_SIDE, dtype=np.float32),) * 2, indexing="ij")
    di, dj = (_field(rng, 2.2, coarsest, 40.0) * np.float32(strength) for _ in range(2))
    return map_coordinates(picture, [i + di, j + dj], order=1, mode="grid-wrap")


def _cut(field: np.ndarray, cover: float, sharpness: float) -> Float32[np.ndarray, "side side"]:
    """What stands over the level that leaves ``cover`` of the map, mean 1 where there is cloud."""
    if cover >= 1.0:
        return np.ones_like(field)
    level = float(np.quantile(field, 1.0 - cover))
    out = np.clip((field - level) * sharpness, 0.0, 1.0)
    out = out * out * (3.0 - 2.0 * out)
    return (out / max(float(out[out > 0].mean()), 1e-6)).astype(np.float32)


def _stratus(cover: float, rng: np.random.Generator) -> Float32[np.ndarray, "side side"]:
    """Lumps and rolls with soft darker folds."""
    rolls = _bent(_field(rng, 1.9, 3.0, 90.0, 1.6), rng, 14.0, 2.0)
    lumps = _field(rng, 1.5, 14.0, 160.0)
    tone = np.exp(0.38 * rolls + 0.16 * lumps)
    return _cut(rolls + 0.35 * lumps, cover, 1.1) * (tone / tone.mean())


def _altocumulus(cover: float, rng: np.random.Generator) -> Float32[np.ndarray, "side side"]:
    """Ripples of cloudlets in bands, between gaps."""
    cells = _bent(_field(rng, 0.3, 55.0, 85.0, 1.35), rng, 9.0, 3.0)
    bands = _field(rng, 1.6, 3.0, 16.0, 0.7)
    fine = _field(rng, 1.2, 90.0, 300.0)
    field = 0.9 * cells + 0.8 * bands + 0.25 * fine
    level = float(np.quantile(field, 1.0 - cover)) if cover < 1.0 else float(field.min())
    puff = np.maximum(field - level, 0.0) ** 1.4
    return (puff / max(float(puff[puff > 0].mean()), 1e-6)).astype(np.float32)


def _cirrus(cover: float, rng: np.random.Generator) -> Float32[np.ndarray, "side side"]:
    """Fibres combed by the wind, in tufts."""
    fibres = _field(rng, 1.15, 4.0, 420.0, 9.0)
    strands = _field(rng, 1.3, 3.0, 200.0, 4.0)
    combed = _bent(0.7 * fibres + 0.6 * strands, rng, 22.0, 2.0)
    tufts = _bent(_field(rng, 1.8, 2.0, 60.0, 1.8), rng, 16.0, 2.0)
    field = combed + 1.1 * tufts
    level = float(np.quantile(field, 1.0 - cover)) if cover < 1.0 else float(field.min())
    wisp = np.maximum(field - level, 0.0) ** 1.6
    return (wisp / max(float(wisp[wisp > 0].mean()), 1e-6)).astype(np.float32)


_SHEETS = {"stratus": _stratus, "altocumulus": _altocumulus, "cirrus": _cirrus}


def make_sheet(spec: CloudSpec, seed: int) -> Sheet:
    """Draw a sheet of cloud that covers the asked share."""
    rng = np.random.default_rng([seed, 13, sorted(_SHEETS).index(spec.kind)])
    depth = _SHEETS[spec.kind](spec.cover, rng) * np.float32(_DEPTHS[spec.kind] * spec.density)
    levels = [depth]
    for _ in range(_LEVELS - 1):
        fine = levels[-1]
        half = len(fine) // 2
        levels.append(fine.reshape(half, 2, half, 2).mean(axis=(1, 3), dtype=np.float32))
    turn = float(rng.uniform(0.0, 2.0 * np.pi))
    return Sheet(tuple(levels), spec.base_m, _PERIODS[spec.kind], turn)


def heap_noise(spec: CloudSpec, seed: int) -> Float32[np.ndarray, "side side"]:
    """Where heaps grow first: noise of unit variance."""
    rng = np.random.default_rng([seed, 11])
    flat = spec.kind == "stratocumulus"
    big = _field(rng, 0.9, 9.0, 20.0) if flat else _field(rng, 1.1, 4.0, 15.0)
    field = big + 0.45 * _field(rng, 1.2, 14.0, 70.0)
    step = _SHEET_SIDE // HEAP_SIDE
    return (field / field.std())[::step, ::step]


def make_tops(
    spec: CloudSpec, noise: Float32[np.ndarray, "side side"], level: float
) -> Float32[np.ndarray, "side side"]:
    """Height of heaps over their base, metres; negative, steeply falling, where there is none.

    Args:
        spec: Kind, and height of the tallest.
        noise: Of :func:`heap_noise`.
        level: Over which there is cloud.
    """
    flat = spec.kind == "stratocumulus"
    field = noise - np.float32(level)
    # Wide clouds stand high, small ones stay low; the power makes domes of what would be cones.
    rise = 1.0 - np.exp(-(1.8 if flat else 1.05) * np.maximum(field, 0.0) ** 0.7)
    slope = 0.95 * spec.thickness_m
    high = np.where(field > 0.0, spec.thickness_m * rise, slope * field)
    return np.ascontiguousarray(high, np.float32)


def billows(seed: int) -> Float32[np.ndarray, "cube cube cube"]:
    """A periodic cube of cellular noise, 0 to 1: knobs around scattered points, creases between."""
    rng = np.random.default_rng([seed, 17])
    at = (np.arange(_CUBE) + 0.5) / _CUBE
    grid = np.stack(np.meshgrid(at, at, at, indexing="ij"), axis=-1).reshape(-1, 3)
    total = np.zeros(len(grid))
    for cells, weight in ((3, 0.6), (7, 0.4)):
        count = cells**3
        jitter = rng.uniform(0.0, 1.0, (count, 3))
        corner = np.stack(np.unravel_index(np.arange(count), (cells,) * 3), axis=-1)
        tree = KDTree((corner + jitter) / cells % 1.0, boxsize=1.0)
        distance = np.asarray(tree.query(grid)[0]) * cells
        total += weight * np.clip(1.0 - distance, 0.0, 1.0)
    cube = (total - total.min()) / np.ptp(total)
    # Half of the cube above one half, so that knobs neither feed nor starve the clouds.
    cube = cube ** (np.log(0.5) / np.log(np.median(cube)))
    return np.ascontiguousarray(cube.reshape((_CUBE,) * 3), np.float32)
