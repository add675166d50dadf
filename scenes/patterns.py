# SPDX-License-Identifier: Apache-2.0
"""Tileable relief of surfaces: one grey picture each, by which albedo varies.

Noise is drawn in the frequency domain, so that opposite edges meet. A pattern is a grid of heights
in [0, 1] with mean near 0.5; dark is low. Seeded by the pattern's name: the same everywhere.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from jaxtyping import Float

SIDE_PX = 512
_RELIEF_M = 0.02
Grid = Float[np.ndarray, "side side"]


def _noise(name: str, coarse: float, fine: float, stretch: float = 1.0) -> Grid:
    """Periodic noise of features between two sizes (shares of the side), unit variance."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    down, across = (f(SIDE_PX) * SIDE_PX for f in (np.fft.fftfreq, np.fft.rfftfreq))
    radius = np.hypot(down[:, None] * stretch, across[None, :])
    band = np.exp(-((radius * fine) ** 2)) * (radius >= 0.5 / coarse)
    gain = band / np.maximum(radius, 1.0)
    noise = np.fft.irfft2(np.fft.rfft2(rng.standard_normal((SIDE_PX, SIDE_PX))) * gain)
    return noise / max(float(noise.std()), 1e-9)


def _soft(values: Grid, contrast: float) -> Grid:
    return np.clip(0.5 + contrast * values, 0.0, 1.0)


def _plain() -> Grid:
    return np.full((SIDE_PX, SIDE_PX), 0.5)


def _grass() -> Grid:
    blades = _noise("blades", 0.1, 0.004)
    return _soft(0.6 * blades + 0.5 * _noise("clumps", 0.5, 0.05), 0.2)


def _sand() -> Grid:
    return _soft(0.8 * _noise("grains", 0.05, 0.003) + 0.6 * _noise("ripples", 0.3, 0.04, 4.0), 0.1)


def _rock() -> Grid:
    crags = 1.0 - np.abs(_noise("crags", 0.6, 0.01))
    return _soft(0.6 * crags + 0.5 * _noise("stone", 0.1, 0.004), 0.22)


def _dirt() -> Grid:
    return _soft(0.7 * _noise("crumbs", 0.15, 0.004) + 0.5 * _noise("soil", 0.6, 0.05), 0.2)


def _snow() -> Grid:
    return _soft(_noise("drift", 0.6, 0.03), 0.05)


def _wood() -> Grid:
    return _soft(_noise("rings", 0.5, 0.006, 0.1) + 0.3 * _noise("fibres", 0.05, 0.003, 0.1), 0.16)


def _litter() -> Grid:
    """Fallen leaves and twigs."""
    leaves = np.abs(_noise("leaves", 0.03, 0.006)) + 0.6 * _noise("needles", 0.02, 0.003, 3.0)
    return _soft(0.7 * leaves - 0.4 + 0.4 * _noise("humus", 0.7, 0.06), 0.22)


def _crowns() -> Grid:
    return _soft(_noise("crowns", 0.12, 0.01) + 0.5 * _noise("twigs", 0.03, 0.004), 0.22)


def _asphalt() -> Grid:
    return _soft(0.8 * _noise("chips", 0.03, 0.003) + 0.4 * _noise("wear", 0.8, 0.1), 0.14)


def _plaster() -> Grid:
    return _soft(_noise("plaster", 0.5, 0.01), 0.06)


def _joint(position: Grid, width: float) -> Grid:
    """1 in the middle of cells of unit size, 0 in the joint between them."""
    return np.clip(np.abs(position - np.round(position)) / width, 0.0, 1.0)


def _courses(rows: int, low: float, high: float, grain: Grid, joints: float) -> Grid:
    """Rows of four stones in running bond, each with a shade of its own."""
    line = (np.arange(SIDE_PX) + 0.5) / SIDE_PX
    v, u = np.meshgrid(line, line, indexing="ij")
    row = np.floor(v * rows)
    along = u * 4 + 0.5 * (row % 2)
    stone = (row * 4 + np.floor(along) % 4).astype(np.int64) % (4 * rows)
    tone = np.random.default_rng(rows).uniform(low, high, 4 * rows)[stone]
    joint = np.minimum(_joint(v * rows, 0.07), _joint(along, 0.03))
    return np.clip(tone + 0.06 * grain, 0, 1) * (joints + (1.0 - joints) * joint)


def _bricks() -> Grid:
    return _courses(12, 0.35, 0.65, _noise("clay", 0.1, 0.01), 0.45)


def _slabs() -> Grid:
    return _courses(4, 0.42, 0.58, _noise("slab", 0.1, 0.01), 0.6)


def _fabric() -> Grid:
    line = (np.arange(SIDE_PX) + 0.5) / SIDE_PX
    v, u = np.meshgrid(line, line, indexing="ij")
    weave = np.sin(2 * np.pi * 48 * u) * np.sin(2 * np.pi * 48 * v)
    return _soft(0.5 * weave + 0.5 * _noise("fibre", 0.2, 0.01), 0.09)


def _carpet() -> Grid:
    return _soft(0.8 * _noise("pile", 0.03, 0.003) + 0.15 * _noise("trodden", 0.7, 0.08), 0.08)


def _concrete() -> Grid:
    pores = np.minimum(_noise("pores", 0.02, 0.003) + 2.6, 0.0)
    return _soft(_noise("cast", 0.6, 0.02) + 0.5 * pores, 0.035)


def _paint() -> Grid:
    """A painted wall: all but even."""
    return _soft(0.5 * _noise("roller", 0.02, 0.003) + 0.5 * _noise("wall", 0.6, 0.05), 0.012)


def _timber() -> Grid:
    """Planed and varnished wood."""
    return 0.5 + 0.42 * (_wood() - 0.5)


def _boards(rows: int, pieces: int, shift: float, spread: float, gap: float) -> Grid:
    """Boards along v, ``rows`` side by side, ends set off from row to row."""
    line = (np.arange(SIDE_PX) + 0.5) / SIDE_PX
    v, u = np.meshgrid(line, line, indexing="ij")
    row = np.floor(u * rows)
    along = v * pieces + shift * row
    board = (row * pieces + np.floor(along) % pieces).astype(np.int64) % (rows * pieces)
    rng = np.random.default_rng(rows)
    tone = rng.uniform(-spread, spread, rows * pieces)[board]
    # Each board shows another part of the tree.
    start = rng.integers(0, SIDE_PX, (2, rows * pieces))[:, board]
    i, j = np.meshgrid(np.arange(SIDE_PX), np.arange(SIDE_PX), indexing="ij")
    grain = 0.5 + 0.45 * (_wood().T - 0.5)[(i + start[0]) % SIDE_PX, (j + start[1]) % SIDE_PX]
    joint = np.minimum(_joint(u * rows, gap * rows), _joint(along, gap * pieces))
    return np.clip(grain + tone, 0.02, 1) * (0.35 + 0.65 * joint)


def _planks() -> Grid:
    """Eight boards of an eighth of the side."""
    return _boards(8, 1, 0.37, 0.1, 0.0035)


def _parquet() -> Grid:
    return _boards(16, 4, 0.5, 0.11, 0.002)


def _panelling() -> Grid:
    return _boards(8, 1, 0.0, 0.05, 0.006)


def _tiles() -> Grid:
    """Four by four tiles with light joints."""
    line = (np.arange(SIDE_PX) + 0.5) / SIDE_PX
    v, u = np.meshgrid(line, line, indexing="ij")
    number = (np.floor(v * 4) * 4 + np.floor(u * 4)).astype(np.int64)
    tone = np.random.default_rng(16).uniform(-0.025, 0.025, 16)[number]
    joint = np.minimum(_joint(v * 4, 0.018), _joint(u * 4, 0.018))
    return (0.5 + tone + 0.015 * _noise("glaze", 0.5, 0.05)) * (0.62 + 0.38 * joint)


def _ashlar() -> Grid:
    return _courses(6, 0.4, 0.6, _noise("hewn", 0.15, 0.008) * 1.2, 0.55)


def _marble() -> Grid:
    veins = np.abs(_noise("veins", 0.5, 0.01))
    return np.clip(
        0.5 + 0.08 * np.minimum(veins - 0.5, 0.2) + 0.02 * _noise("calcite", 0.3, 0.01), 0, 1
    )


def _books() -> Grid:
    """Spines of books side by side: bands of differing shade along u."""
    rng = np.random.default_rng(11)
    edges = np.sort(rng.uniform(0, 1, 30))
    line = (np.arange(SIDE_PX) + 0.5) / SIDE_PX
    tone = rng.uniform(0.15, 0.85, 31)[np.searchsorted(edges, line)]
    return np.tile(tone, (SIDE_PX, 1))


PATTERNS: dict[str, Callable[[], Grid]] = {
    "plain": _plain,
    "grass": _grass,
    "sand": _sand,
    "rock": _rock,
    "dirt": _dirt,
    "snow": _snow,
    "wood": _wood,
    "litter": _litter,
    "crowns": _crowns,
    "asphalt": _asphalt,
    "plaster": _plaster,
    "bricks": _bricks,
    "slabs": _slabs,
    "fabric": _fabric,
    "carpet": _carpet,
    "paint": _paint,
    "timber": _timber,
    "concrete": _concrete,
    "planks": _planks,
    "parquet": _parquet,
    "panelling": _panelling,
    "tiles": _tiles,
    "ashlar": _ashlar,
    "marble": _marble,
    "books": _books,
}


@lru_cache(maxsize=64)
def relief(name: str) -> Grid:
    """The heights of a pattern."""
    return PATTERNS[name]()


@lru_cache(maxsize=64)
def shade(name: str) -> Grid:
    """Factor on a surface's mean colour; its mean is 1."""
    heights = relief(name)
    return heights / max(float(heights.mean()), 1e-9)


@lru_cache(maxsize=64)
def normal_map(name: str, size_m: float) -> Float[np.ndarray, "side side 3"]:
    """Unit normals in tangent space (+Y up the picture) of a relief of a few centimetres."""
    heights = relief(name) * (_RELIEF_M * SIDE_PX / size_m)
    du = (np.roll(heights, -1, axis=1) - np.roll(heights, 1, axis=1)) / 2.0
    dv = (np.roll(heights, -1, axis=0) - np.roll(heights, 1, axis=0)) / 2.0
    normal = np.stack([-du, dv, np.ones_like(du)], axis=-1)
    return normal / np.linalg.norm(normal, axis=-1, keepdims=True)
