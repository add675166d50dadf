# SPDX-License-Identifier: Apache-2.0
"""From light to display: metering, exposure, film curve, glare.

Exposure is metered like a photographer does: mostly from the light that *falls on* the figure (so a
ninja in black stays black), partly from what it reflects (so black still shows folds). The film curve
is the Naka-Rushton response ``x^n / (x^n + s^n)`` (Naka and Rushton 1966; for pictures Reinhard and
Devlin 2005) pinned at middle grey, applied in primaries pulled towards grey, so that bright colours
fade to white instead of turning to another hue (the idea of AgX, Troy Sobotka). Output is sRGB
(IEC 61966-2-1).
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
CONTRAST = 1.18
WHITE_KEY = 0.62
"""Scene value that the light meter gives a white surface that faces typical light."""
_REFLECTED_SHARE = 0.3
_GLARE = 0.035


def luminance(rgb: Float32[np.ndarray, "3 rays"]) -> Float32[np.ndarray, "rays"]:
    """Rec. 709 luminance of columns."""
    return LUMINANCE @ rgb


def meter(
    seen: Float32[np.ndarray, "3 rays"], white: Float32[np.ndarray, "3 rays"]
) -> float:
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
    channels = np.minimum(np.moveaxis(picture, 2, 0) * np.float32(exposure), np.float32(6e4))
    film = _lookup(_film_table(), _mixed(channels, INSET))
    display = _mixed(film, -OUTSET / (1.0 - OUTSET))
    return np.ascontiguousarray(np.moveaxis(_lookup(_srgb_table(), display), 0, 2))


def _mixed(channels: np.ndarray, share: float) -> np.ndarray:
    """Channels pulled towards their luminance (negative: pushed away from it)."""
    grey = np.tensordot(LUMINANCE, channels, axes=1)
    return channels + (grey - channels) * np.float32(share)


def add_glare(
    picture: Float32[np.ndarray, "height width 3"], exposure: float
) -> Float32[np.ndarray, "height width 3"]:
    """Spread a little of the brightest light around itself, as a lens does (the sun, its glints)."""
    bright = np.clip(picture * np.float32(exposure) - 1.0, 0.0, 40.0)
    if not np.any(bright > 0.0):
        return picture
    halo = np.zeros_like(picture)
    for factor, radius in ((4, 2), (8, 4), (16, 6)):
        halo += _spread(bright, factor, radius)
    return picture + halo * np.float32(_GLARE / exposure)


def _spread(picture: np.ndarray, factor: int, radius: int) -> np.ndarray:
    """Wide blur: shrink, three box filters, grow again."""
    small = _shrink(picture, factor)
    for _ in range(3):
        small = _box(_box(small, radius, axis=0), radius, axis=1)
    return grow(small, picture.shape[0], picture.shape[1], factor)


def _shrink(picture: np.ndarray, factor: int) -> np.ndarray:
    height, width = picture.shape[:2]
    pad = ((0, -height % factor), (0, -width % factor), (0, 0))
    padded = np.pad(picture, pad, mode="edge")
    rows, columns = padded.shape[0] // factor, padded.shape[1] // factor
    return padded.reshape(rows, factor, columns, factor, 3).mean(axis=(1, 3))


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
    tall = _stretch(picture, height, factor, axis=0)
    return _stretch(tall, width, factor, axis=1)


def _stretch(picture: np.ndarray, size: int, factor: int, axis: int) -> np.ndarray:
    count = picture.shape[axis]
    position = np.clip((np.arange(size) + 0.5) / factor - 0.5, 0.0, count - 1.0)
    low = np.minimum(position.astype(np.int32), max(count - 2, 0))
    weight = (position - low).astype(np.float32)
    shape = [1, 1, 1]
    shape[axis] = size
    weight = weight.reshape(shape)
    first = np.take(picture, low, axis=axis)
    second = np.take(picture, np.minimum(low + 1, count - 1), axis=axis)
    return first + (second - first) * weight
