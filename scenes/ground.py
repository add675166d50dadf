# SPDX-License-Identifier: Apache-2.0
"""The ground of the lower half: a matt plain lit by sun and sky, with soil-like variation.

The viewer stands at eye height on a gentle hill over a wide plain, so nearby ground shows its grain
and far ground drowns in haze. The variation is seeded noise in octave bands, each faded out where a
pixel is larger than its grain, and it averages to one: the plain keeps the asked reflectance.
Broken clouds dapple the plain; at the viewer's feet the sun is that of the sky.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import map_coordinates

from gen3d.panorama import EYE_HEIGHT
from scenes.cloud_shadows import share_at
from scenes.sky import EYE_ALTITUDE

_GRAINS = 0.05 * 5.0 ** np.arange(8)
"""Finest grain of each band of noise, metres; a band spans a factor of five."""
_TILE = 256
_FINEST_PX = 6.0
_CONTRAST = 0.055
_TINT = np.array([0.012, 0.0, -0.016], np.float32)
_WIDEST = 2048
_SHADOW_COLUMNS, _NEAREST_M = 1024, 6.0
_LOW, _SLICES = np.radians(3.0), 4
"""Rows down to here see many cells of shadow each: the mean of several lines is taken."""


def _tile(rng: np.random.Generator) -> Float32[np.ndarray, "tile tile"]:
    """Periodic noise of one band, unit variance, equal power in each octave."""
    frequency = np.fft.fftfreq(_TILE)
    radius = np.hypot(frequency[:, None], frequency[None, :])
    inside = (radius < 1.0 / _FINEST_PX) & (radius > 0.2 / _FINEST_PX)
    gain = np.where(inside, 1.0 / np.maximum(radius, 1e-9), 0.0)
    noise = np.fft.ifft2(np.fft.fft2(rng.standard_normal((_TILE, _TILE))) * gain).real
    return (noise / noise.std()).astype(np.float32)


def reach_of(depression: np.ndarray) -> np.ndarray:
    """Horizontal distance of the ground seen at an angle below the horizontal, metres."""
    return drop_of(depression) / np.tan(depression)


def drop_of(depression: np.ndarray) -> np.ndarray:
    """How far under the eye the ground seen there is, metres: less on the hill than beyond it."""
    hill = 1000.0 * EYE_ALTITUDE - EYE_HEIGHT
    return EYE_HEIGHT + hill * np.exp(-((depression / np.radians(6.0)) ** 2))


def _bands(
    reach: np.ndarray, bearing: np.ndarray, rng: np.random.Generator
) -> tuple[Float32[np.ndarray, "height width"], Float32[np.ndarray, "height width"]]:
    """Sum of the noise bands for brightness, and of the coarse ones for colour."""
    # A pixel is longest along the line of sight.
    pixel = np.abs(np.gradient(reach)) + reach * abs(bearing[1] - bearing[0])
    x = (reach[:, None] * np.cos(bearing)).astype(np.float32)
    y = (reach[:, None] * np.sin(bearing)).astype(np.float32)
    shade, tint = (np.zeros(x.shape, np.float32) for _ in range(2))
    for grain in _GRAINS:
        tile, turn = _tile(rng), rng.uniform(0.0, 2.0 * np.pi)
        # Neither finer than a pixel, nor so coarse that the viewer stands inside one blot.
        visible = 1.0 / (1.0 + (2.0 * pixel / grain) ** 2) / (1.0 + (grain / (2.0 * reach)) ** 2)
        visible = visible.astype(np.float32)
        rows = visible > 0.02
        c, s = _FINEST_PX / grain * np.cos(turn), _FINEST_PX / grain * np.sin(turn)
        at = np.stack([x[rows] * c - y[rows] * s, x[rows] * s + y[rows] * c]) % _TILE
        value = map_coordinates(tile, at, order=1, mode="grid-wrap", output=np.float32)
        value *= visible[rows, None]
        shade[rows] += value
        if grain > 1.0:
            tint[rows] += np.roll(value, len(bearing) // 3, axis=1)
    return shade, tint


def _enlarge(
    small: Float32[np.ndarray, "rows columns"], height: int, width: int
) -> Float32[np.ndarray, "height width"]:
    """Bilinear enlargement; the columns wrap around."""
    at = (np.arange(width) + 0.5) * small.shape[1] / width - 0.5
    left = np.floor(at).astype(np.int64)
    share = (at - left).astype(np.float32)
    wide = small[:, left] * (1.0 - share) + small[:, (left + 1) % small.shape[1]] * share
    at = np.clip((np.arange(height) + 0.5) * len(small) / height - 0.5, 0.0, len(small) - 1.0)
    top = np.minimum(at.astype(np.int64), len(small) - 2)
    share = (at - top).astype(np.float32)[:, None]
    return wide[top] * (1.0 - share) + wide[top + 1] * share


def variation(
    depression: Float[np.ndarray, "height"],
    bearing: Float[np.ndarray, "width"],
    seed: int,
) -> Float32[np.ndarray, "height width 3"]:
    """Factor on the ground's reflectance for lines of sight that go down.

    Computed at no more than 2048 columns and enlarged: the ground is a soft backdrop.

    Args:
        depression: Angle of each row below the horizontal, radians, positive.
        bearing: Direction of each column in the plane, radians.
        seed: Same seed, same ground.
    """
    height, width = len(depression), len(bearing)
    coarse = max(width // _WIDEST, 1)
    middle = np.arange(height // coarse) * coarse + (coarse - 1) / 2
    rows = np.interp(middle, np.arange(height), depression)
    columns = bearing[: width // coarse * coarse].reshape(-1, coarse).mean(axis=1)
    shade, tint = _bands(reach_of(rows), columns, np.random.default_rng(seed))
    shade, tint = (_enlarge(part, height, width) for part in (shade, tint))
    factor = np.exp(_CONTRAST * shade)[..., None] * (1.0 + tint[..., None] * _TINT)
    solid = np.cos(depression)
    mean = np.einsum("h,hc->c", solid / solid.sum(), factor.mean(axis=1))
    return factor / mean.astype(np.float32)


def sun_shares(
    maps: Float32[np.ndarray, "levels side side"],
    toward: Float[np.ndarray, "3"],
    depression: Float[np.ndarray, "height"],
    bearing: Float[np.ndarray, "width"],
) -> Float32[np.ndarray, "height width"]:
    """Share of the sun that clouds leave of it on the ground that lines of sight end on.

    Args:
        maps: Of :func:`scenes.cloud_shadows.shadow_maps`.
        toward: The sun's direction.
        depression: Angle of each row below the horizontal, radians, positive.
        bearing: Direction of each column in the plane, clockwise from +Z, radians.
    """
    width = len(bearing)
    coarse = next(f for f in range(max(width // _SHADOW_COLUMNS, 1), 0, -1) if width % f == 0)
    columns = bearing.reshape(-1, coarse).mean(axis=1)

    def along(rows: np.ndarray) -> Float32[np.ndarray, "rows columns"]:
        reach = reach_of(rows)[:, None]
        x, z = -reach * np.sin(columns), reach * np.cos(columns)
        y = np.broadcast_to(EYE_HEIGHT - drop_of(rows)[:, None], x.shape)
        return share_at(maps, np.stack([x, y, z]).reshape(3, -1), toward).reshape(x.shape)

    # What lies within a cell of shadow from the viewer has the viewer's own sun.
    away = np.flatnonzero(reach_of(depression) > _NEAREST_M)
    share = np.zeros((len(depression), len(columns)), np.float32)
    share += share_at(maps, np.array([[0.0], [EYE_HEIGHT], [0.0]]), toward)
    share[away] = along(depression[away])
    low = away[depression[away] < _LOW]
    step = np.abs(np.gradient(depression))[low]
    slices = (np.arange(_SLICES) + 0.5) / _SLICES - 0.5
    # The ground is there up to the horizon, which no slice may look over.
    rows = np.maximum(depression[low] + slices[:, None] * step, 0.5 * depression.min())
    share[low] = np.mean([along(row) for row in rows], axis=0)
    return _enlarge(share, len(depression), width)
