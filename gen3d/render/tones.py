# SPDX-License-Identifier: Apache-2.0
"""From light to display: metering, exposure, film curve, glare.

Exposure is metered like a photographer does: mostly from the light that *falls on* the figure (so a
ninja in black stays black), partly from what it reflects (so black still shows folds). The film
curve is the Naka-Rushton response ``x^n / (x^n + s^n)`` (Naka and Rushton 1966; for pictures
Reinhard and Devlin 2005) pinned at middle grey, applied in primaries pulled towards grey, so that
bright colours fade to white instead of turning to another hue (the idea of AgX, Troy Sobotka).
Output is sRGB (IEC 61966-2-1).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from jaxtyping import Float32, UInt8

from gen3d.render.lighting import LUMINANCE

MIDDLE_GREY = 0.18
INSET = 0.16
"""How far primaries are pulled towards grey before the curve."""
OUTSET = 0.13
"""How much of it is undone after it."""
CONTRAST = 1.3
WHITE_KEY = 0.76
"""Scene value that the light meter gives a white surface that faces typical light."""
_REFLECTED_SHARE = 0.3
_GLARE = 0.02
_GLARE_SHRINK = 8
_GLARE_RADII = (1, 4, 12)
"""Widths of the glare's three parts, in pixels of the shrunk picture."""


def luminance(rgb: Float32[np.ndarray, "3 rays"]) -> Float32[np.ndarray, "rays"]:
    """Rec. 709 luminance of columns."""
    return LUMINANCE @ rgb


def meter(seen: Float32[np.ndarray, "3 rays"], white: Float32[np.ndarray, "3 rays"]) -> float:
    """Base-2 logarithm of the exposure factor that suits a figure.

    Args:
        seen: Radiance of its pixels.
        white: Radiance that white matte surfaces in its place would have.
    """
    if seen.shape[1] == 0:
        return 0.0
    incident = _log_mean(luminance(white))
    reflected = _log_mean(luminance(seen)) - np.log2(MIDDLE_GREY)
    level = (1.0 - _REFLECTED_SHARE) * incident + _REFLECTED_SHARE * reflected
    return float(np.log2(WHITE_KEY) - level)


def _log_mean(values: np.ndarray) -> float:
    """Robust mean of base-2 logarithms: the darkest and brightest tenth do not count."""
    logs = np.sort(np.log2(np.maximum(values, 1e-9)))
    tenth = len(logs) // 10
    return float(logs[tenth : len(logs) - tenth].mean())


@cache
def _film_table() -> Float32[np.ndarray, "65536"]:
    """The film curve for every half-precision number: one lookup replaces three powers."""
    x = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float64)
    x = np.where(np.isfinite(x), np.maximum(x, 0.0), 6e4)
    # The curve meets middle grey at middle grey.
    half_point = MIDDLE_GREY**CONTRAST * (1.0 / MIDDLE_GREY - 1.0)
    return (x**CONTRAST / (x**CONTRAST + half_point)).astype(np.float32)


@cache
def _srgb_table() -> UInt8[np.ndarray, "65536"]:
    """Display bytes for every half-precision number."""
    x = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float64)
    x = np.clip(np.nan_to_num(x, nan=0.0, posinf=1.0, neginf=0.0), 0.0, 1.0)
    encoded = np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** (1.0 / 2.4) - 0.055)
    return np.rint(255.0 * encoded).astype(np.uint8)


def _lookup(table: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.take(table, values.astype(np.float16).view(np.uint16))


def develop(
    picture: Float32[np.ndarray, "height width 3"], exposure: float
) -> UInt8[np.ndarray, "height width 3"]:
    """Display picture of scene radiance; ``exposure`` is the linear factor."""
    flat = picture.reshape(-1, 3)
    scene = np.minimum(flat @ (_mixing(INSET).T * np.float32(exposure)), np.float32(6e4))
    film = _lookup(_film_table(), scene) @ _mixing(-OUTSET / (1.0 - OUTSET)).T
    return _lookup(_srgb_table(), film).reshape(picture.shape)


def _mixing(share: float) -> Float32[np.ndarray, "3 3"]:
    """Matrix that pulls a colour towards its luminance (negative: pushes it away)."""
    return ((1.0 - share) * np.eye(3) + share * LUMINANCE[None]).astype(np.float32)


def add_glare(
    picture: Float32[np.ndarray, "height width 3"], exposure: float
) -> Float32[np.ndarray, "height width 3"]:
    """Spread a little of the brightest light around itself, as a lens does."""
    bright = np.clip(picture * np.float32(exposure) - 2.5, 0.0, 15.0)
    if not np.any(bright > 0.0):
        return picture
    small = _shrink(bright, _GLARE_SHRINK)
    halo = sum((_blurred(small, radius) for radius in _GLARE_RADII), np.zeros_like(small))
    height, width = picture.shape[:2]
    wide = grow(halo * np.float32(_GLARE / exposure), height, width, _GLARE_SHRINK)
    return picture + wide


def _blurred(picture: np.ndarray, radius: int) -> np.ndarray:
    """Nearly Gaussian blur: three box filters along both axes."""
    for _ in range(3):
        picture = _box(_box(picture, radius, axis=0), radius, axis=1)
    return picture


def _shrink(picture: np.ndarray, factor: int) -> np.ndarray:
    height, width = picture.shape[:2]
    pad = ((0, -height % factor), (0, -width % factor), (0, 0))
    padded = np.pad(picture, pad, mode="edge")
    rows, columns = padded.shape[0] // factor, padded.shape[1] // factor
    tall = padded.reshape(rows, factor, -1).sum(axis=1)
    return tall.reshape(rows, columns, factor, 3).sum(axis=2) / np.float32(factor * factor)


def _box(picture: np.ndarray, radius: int, axis: int) -> np.ndarray:
    pad = [(0, 0)] * picture.ndim
    pad[axis] = (radius + 1, radius)
    total = np.cumsum(np.pad(picture, pad, mode="edge"), axis=axis, dtype=np.float64)
    size = picture.shape[axis]
    window = 2 * radius + 1
    upper = np.take(total, np.arange(window, window + size), axis=axis)
    lower = np.take(total, np.arange(size), axis=axis)
    return ((upper - lower) / window).astype(np.float32)


def grow(
    picture: Float32[np.ndarray, "rows columns 3"], height: int, width: int, factor: int
) -> Float32[np.ndarray, "height width 3"]:
    """Bilinear enlargement of a picture of block means (sample centres in the blocks' middles)."""
    rows = _stretching(picture.shape[0], height, factor)
    columns = _stretching(picture.shape[1], width, factor)
    channels = np.ascontiguousarray(np.moveaxis(picture, 2, 0))
    return np.ascontiguousarray(np.moveaxis(rows @ channels @ columns.T, 0, 2))


def _stretching(count: int, size: int, factor: int) -> Float32[np.ndarray, "size count"]:
    """Matrix that interpolates ``count`` block means linearly at ``size`` places."""
    position = np.clip((np.arange(size) + 0.5) / factor - 0.5, 0.0, count - 1.0)
    return np.maximum(1.0 - np.abs(position[:, None] - np.arange(count)), 0.0).astype(np.float32)
