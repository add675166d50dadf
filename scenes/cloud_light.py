# SPDX-License-Identifier: Apache-2.0
"""What lights a cloud, and how light gets through one: shared by heaps and sheets.

Slabs by the two-stream solution (Joseph, Wiscombe and Weinman 1976). Lengths in metres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from scenes.atmosphere import Air, sunlight
from scenes.cloud_shadows import Through
from scenes.spectrum import TO_RGB, into_gamut

_EARTH = 6_371_000.0
UPWARDS = 0.15
"""Share of scattering in droplets that is not onward: 1 - g."""


@dataclass(frozen=True)
class Weather:
    """What clouds are lit by: a lamp, the sky above, the ground below."""

    toward: Float[np.ndarray, "3"]
    """Of the sun or moon."""
    strength: float
    """Of the lamp relative to the sun."""
    sky: Float[np.ndarray, "3"]
    """Illuminance by the clear sky, RGB."""
    albedo: Float[np.ndarray, "3"]
    """Of the ground."""
    kept: float = 1.0
    """Share of the light that the layers above let through."""


@dataclass(frozen=True)
class Seen:
    """A layer as the viewer sees it, without the air before it."""

    hidden: Float32[np.ndarray, "rows width"]
    """Share of what is behind that is not seen."""
    shine: Float32[np.ndarray, "rows width 3"]
    passes: float
    """Mean share of light that the layer lets down."""
    sun: float
    """Share of the lamp's disc that comes through unscattered."""
    altitude: float
    through: Through
    """The same share at other places."""


def way_to(sine: np.ndarray, height: float) -> np.ndarray:
    """Distance to an altitude over the viewer on a round Earth, metres."""
    return 2.0 * height / (sine + np.sqrt(sine**2 + 2.0 * (1.0 - sine**2) / _EARTH * height))


def lamp_at(air: Air, weather: Weather, altitude: float) -> Float[np.ndarray, "3"]:
    """Illuminance by the lamp on what faces it at an altitude, RGB."""
    at, sine = np.array([altitude * 1e-3]), np.array([weather.toward[1]])
    light = sunlight(air, air.dimming, at, sine)[0].astype(np.float64)
    return into_gamut(np.einsum("w,wc->c", light, TO_RGB)[None])[0] * weather.strength


def from_below(weather: Weather, lamp: np.ndarray, passes: float) -> Float[np.ndarray, "3"]:
    """Illuminance that the ground throws up, under clouds that let ``passes`` through."""
    falling = lamp * max(float(weather.toward[1]), 0.0) + weather.sky
    return weather.albedo * falling * weather.kept * passes


def two_stream(
    depth: Float[np.ndarray, "*batch"], sine: float
) -> tuple[Float[np.ndarray, "*batch"], Float[np.ndarray, "*batch"]]:
    """What a slab lets down of a beam of unit illuminance on what faces it.

    Args:
        depth: Optical depth, vertical.
        sine: Of the beam's elevation.

    Returns:
        All of the light on a level surface below it, and of that what was not turned aside.
    """
    slab = UPWARDS * depth
    soft = np.exp(-slab / sine)
    total = sine * ((2.0 + 3.0 * sine) + (2.0 - 3.0 * sine) * soft) / (4.0 + 3.0 * slab)
    return total, sine * np.exp(-depth / sine)
