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

SIDE_PX = 256
Grid = Float[np.ndarray, "side side"]


def _noise(name: str, coarse: float, fine: float, stretch: float = 1.0) -> Grid:
    """Periodic noise of features between two sizes (shares of the side), unit variance."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    frequency = np.fft.fftfreq(SIDE_PX) * SIDE_PX
    radius = np.hypot(frequency[:, None] * stretch, frequency[None, :])
    band = np.exp(-((radius * fine) ** 2)) * (radius >= 0.5 / coarse)
    gain = band / np.maximum(radius, 1.0)
    noise = np.fft.ifft2(np.fft.fft2(rng.standard_normal((SIDE_PX, SIDE_PX))) * gain).real
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


PATTERNS: dict[str, Callable[[], Grid]] = {
    "plain": _plain,
    "grass": _grass,
    "sand": _sand,
    "rock": _rock,
    "dirt": _dirt,
    "snow": _snow,
    "wood": _wood,
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
