# SPDX-License-Identifier: Apache-2.0
"""Sheets of cloud in the sky: looked up on a shell, lit as scattering slabs.

Eddington's emergent profile for what was scattered many times, light scattered once on top of it.
"""

from __future__ import annotations

from functools import partial

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import map_coordinates

from gen3d.scenery import CloudSpec
from scenes.atmosphere import Air
from scenes.cloud_light import UPWARDS, Seen, Weather, from_below, lamp_at, two_stream, way_to
from scenes.cloud_shapes import Sheet, make_sheet

_EARTH = 6_371_000.0
_LEAST_SINE = 0.03
"""Of the lamp's height: lower, it shines in as from there."""


def see_sheet(
    layer: CloudSpec,
    seed: int,
    air: Air,
    weather: Weather,
    elevation: np.ndarray,
    bearing: np.ndarray,
) -> Seen:
    """Draw a sheet for a grid of lines of sight."""
    sheet = make_sheet(layer, seed)
    sine = np.sin(elevation)
    way = way_to(sine, sheet.height)
    level = way * np.cos(elevation)
    # Sines where the sheet is pierced, which is over another place of the Earth.
    up = np.sqrt(sine**2 + 2.0 * (1.0 - sine**2) * sheet.height / _EARTH)
    grain = way * abs(bearing[1] - bearing[0]) / np.sqrt(up)
    x, z = -level[:, None] * np.sin(bearing), level[:, None] * np.cos(bearing)
    depth = _look_up(sheet, x, z, grain).astype(np.float64)
    cosine = sine[:, None] * weather.toward[1] + np.cos(elevation)[:, None] * (
        weather.toward[2] * np.cos(bearing) - weather.toward[0] * np.sin(bearing)
    )
    far = max(float(weather.toward[1]), _LEAST_SINE)
    hidden = 1.0 - np.exp(-depth / up[:, None])
    total, _ = two_stream(depth, far)
    direct, soft = np.exp(-depth / far), np.exp(-UPWARDS * depth / far)
    diffuse = np.maximum(total - far * soft, 0.0)
    lean = 3.0 / (4.0 * np.pi) * (up[:, None] + 2.0 / 3.0)
    sharp = 0.75 * _henyey(cosine, 0.86) + 0.25 * _henyey(cosine, -0.2)
    broad = 0.7 * _henyey(cosine, 0.5) + 0.3 * _henyey(cosine, -0.2)
    once = hidden * (sharp * direct + broad * (soft - direct)) + diffuse * lean
    passing = 4.0 / (4.0 + 3.0 * UPWARDS * depth)
    whole = sheet.levels[0].astype(np.float64)
    passes = float((two_stream(whole, far)[0] / far).mean())
    lamp = lamp_at(air, weather, sheet.height)
    ground = from_below(weather, lamp, passes)
    shine = (
        once[..., None] * (lamp * weather.kept)
        + (hidden * passing * lean)[..., None] * (weather.sky * weather.kept)
        + ((1.0 - passing) / np.pi)[..., None] * ground
    )
    through = partial(_through, sheet, weather.toward)
    sun = float(through(np.zeros(1), np.zeros(1), 0.0)[0])
    hides, shines = hidden.astype(np.float32), shine.astype(np.float32)
    return Seen(hides, shines, passes, sun, sheet.height, through)


def _look_up(
    sheet: Sheet, x: np.ndarray, z: np.ndarray, grain: np.ndarray
) -> Float32[np.ndarray, "rows width"]:
    """Optical depth over places, each row at the level that is as fine as its pixels."""
    c, s = np.cos(sheet.turn), np.sin(sheet.turn)
    u, v = (x * c + z * s) / sheet.period, (z * c - x * s) / sheet.period
    finest = sheet.period / len(sheet.levels[0])
    level = np.clip(np.log2(np.maximum(grain / finest, 1.0)), 0.0, len(sheet.levels) - 1.001)
    out = np.zeros(x.shape, np.float32)
    for number in range(len(sheet.levels)):
        weight = np.maximum(1.0 - np.abs(level - number), 0.0)
        rows = weight > 0.0
        if rows.any():
            side = len(sheet.levels[number])
            at = np.stack([u[rows] * side, v[rows] * side]) - 0.5
            value = map_coordinates(sheet.levels[number], at, order=1, mode="grid-wrap")
            out[rows] += value * weight[rows, None].astype(np.float32)
    return out


def _through(
    sheet: Sheet, toward: np.ndarray, x: np.ndarray, z: np.ndarray, cell: float
) -> Float[np.ndarray, "places"]:
    """Share of the lamp's light that comes through to places, by cells of a size."""
    sine = max(float(toward[1]), 0.0)
    way = float(way_to(np.array([sine]), sheet.height)[0])
    x, z = x + way * toward[0], z + way * toward[2]
    depth = _look_up(sheet, x[:, None], z[:, None], np.full(len(x), cell))[:, 0]
    return np.exp(-depth.astype(np.float64) / max(sine, _LEAST_SINE))


def _henyey(cosine: np.ndarray, g: float) -> np.ndarray:
    base = 1.0 + g * g - 2.0 * g * cosine
    return (1.0 - g * g) / (4.0 * np.pi * base * np.sqrt(base))
