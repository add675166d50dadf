# SPDX-License-Identifier: Apache-2.0
"""What lights a sky without the sun: the moon, the stars, the Milky Way and the air's own glow.

The moon is a second, weaker sun: the same air scatters its light. Its strength over the phase is
Allen's ("Astrophysical Quantities", section 66): 0.32 lux above the air when full, a tenth of that
at the quarters. Its face is a sphere after Lommel and Seeliger with the maria as soft dark ovals.
Stars are the 5,044 to magnitude 6, each in the pixels where it stands, dimmed and reddened by the
air; fainter ones are a band along the galaxy and part of the even glow.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32

from gen3d import panorama
from gen3d.scenery import MoonSpec, SkySpec
from scenes.atmosphere import Air
from scenes.lighting import black_body
from scenes.sky import NIGHT_SKY
from scenes.spectrum import TO_RGB, into_gamut, luminance
from scenes.sun import SunDisc, air_transmittance, cap

SUN_LUX = float(luminance(TO_RGB.sum(axis=0)))
"""Illuminance by the sun above the air."""
MOON_RADIUS = float(np.radians(0.2591))
DARK_FROM = -2.0
"""Sun heights in degrees under which moon and stars are drawn; by day they are lost in light."""
_ZERO_MAGNITUDE_LUX = 2.54e-6
_PIECES = 60_000
_MOON_TINT = np.array([1.07, 0.99, 0.87])
# Selenographic latitude, longitude and radius of the maria, degrees.
_MARIA = (
    (33, -16, 18), (28, 17, 11), (8, 31, 13), (17, 59, 8), (-8, 51, 12), (-15, 35, 6),
    (-21, -16, 11), (-24, -38, 7), (20, -55, 17), (2, -45, 15), (-10, -23, 7), (55, 0, 9),
)  # fmt: skip
# North pole and centre of the galaxy, equatorial (J2000).
_GALAXY = ((192.859, 27.128), (266.405, -28.936))


def moon_lux(phase: float) -> float:
    """Illuminance above the air; 0 new, 0.5 full (Allen)."""
    angle = 180.0 * abs(1.0 - 2.0 * phase)
    magnitude = -12.73 + 0.026 * angle + 4e-9 * angle**4
    return _ZERO_MAGNITUDE_LUX * float(10.0 ** (-0.4 * magnitude))


def moon_direction(moon: MoonSpec) -> Float[np.ndarray, "3"]:
    """Unit vector towards the moon."""
    return panorama.sun_direction(moon.elevation_deg, moon.azimuth_deg)


def make_moon(air: Air, moon: MoonSpec, sun: Float[np.ndarray, "3"], horizon: float) -> SunDisc:
    """The moon's face through the air, in pieces; its lit side looks towards the sun.

    Args:
        air: Optical coefficients.
        moon: Where, and which phase.
        sun: Direction towards the sun, below the horizon or not.
        horizon: Elevation of the horizon, radians.
    """
    centre = moon_direction(moon)
    directions, radius = cap(centre, _PIECES, MOON_RADIUS)
    seen = directions[:, 1] > np.sin(horizon)
    if not seen.any():
        return SunDisc(directions=np.zeros((0, 3)), illuminance=np.zeros((0, 3)))
    share = _face(directions, radius, centre, sun, moon.phase)
    through = air_transmittance(air, np.arcsin(np.clip(directions[seen, 1], -1.0, 1.0)))
    rgb = into_gamut(np.einsum("pw,wc->pc", through, TO_RGB)) * _MOON_TINT
    light = rgb * (share[seen] * moon_lux(moon.phase) / SUN_LUX)[:, None]
    return SunDisc(directions=directions[seen], illuminance=light)


def _face(
    directions: np.ndarray, radius: np.ndarray, centre: np.ndarray, sun: np.ndarray, phase: float
) -> Float[np.ndarray, "pieces"]:
    """Share of the moon's light that each piece of its disc sends."""
    up = np.array([0.0, 1.0, 0.0])
    right = np.cross(centre, up)
    right = right / max(float(np.linalg.norm(right)), 1e-9)
    north = np.cross(right, centre)
    x, y = directions @ right / np.sin(MOON_RADIUS), directions @ north / np.sin(MOON_RADIUS)
    facing = np.sqrt(np.maximum(1.0 - radius**2, 0.0))
    towards = np.array([sun @ right, sun @ north])
    length = float(np.linalg.norm(towards))
    towards = towards / length if length > 1e-6 else np.array([1.0, 0.0])
    angle = np.pi * abs(1.0 - 2.0 * phase)
    lit = np.sin(angle) * (x * towards[0] + y * towards[1]) + np.cos(angle) * facing
    lit = np.maximum(lit, 0.0)
    bright = lit / np.maximum(lit + facing, 1e-6)
    place = np.stack([x, y, facing], axis=-1)
    for latitude, longitude, size in np.radians(np.array(_MARIA, float)):
        middle = np.array(
            [
                np.sin(longitude) * np.cos(latitude),
                np.sin(latitude),
                np.cos(longitude) * np.cos(latitude),
            ]
        )
        away = np.arccos(np.clip(place @ middle, -1.0, 1.0)) / size
        bright *= 1.0 - 0.42 / (1.0 + np.exp(12.0 * (away - 0.85)))
    # The dark part glows by the Earth's light.
    bright += 1e-4
    return bright / bright.sum()


@lru_cache(maxsize=1)
def _catalogue() -> Float[np.ndarray, "stars 4"]:
    """Right ascension, declination (degrees), magnitude, colour index B - V."""
    path = Path(__file__).resolve().parent / "data" / "stars.npy"
    table = np.load(path, allow_pickle=False).astype(np.float64) / 100.0
    return table + np.array([180.0, 0.0, 0.0, 0.0])


def to_world(
    ascension: Float[np.ndarray, "n"], declination: Float[np.ndarray, "n"], sky: SkySpec
) -> Float[np.ndarray, "n 3"]:
    """World directions of places among the stars; +Z is north."""
    hour, latitude = np.radians(sky.sidereal_deg - ascension), np.radians(sky.latitude_deg)
    sine, cosine = np.sin(np.radians(declination)), np.cos(np.radians(declination))
    up = np.sin(latitude) * sine + np.cos(latitude) * cosine * np.cos(hour)
    north = np.cos(latitude) * sine - np.sin(latitude) * cosine * np.cos(hour)
    east = -cosine * np.sin(hour)
    return np.stack([-east, up, north], axis=-1)


def star_light(air: Air, sky: SkySpec, horizon: float) -> SunDisc:
    """All stars above the horizon, as pieces of light."""
    ascension, declination, magnitude, index = _catalogue().T
    directions = to_world(ascension, declination, sky)
    seen = directions[:, 1] > np.sin(max(horizon, 0.0)) + 1e-3
    # Temperature from the colour index (Ballesteros 2012).
    index = np.clip(index[seen], -0.4, 2.0)
    kelvin = 4600.0 * (1.0 / (0.92 * index + 1.7) + 1.0 / (0.92 * index + 0.62))
    colour = black_body(kelvin)
    through = air_transmittance(air, np.arcsin(np.clip(directions[seen, 1], -1.0, 1.0)))
    dimming = np.einsum("pw,wc->pc", through, TO_RGB) / TO_RGB.sum(axis=0)
    lux = _ZERO_MAGNITUDE_LUX * 10.0 ** (-0.4 * magnitude[seen])
    light = colour / luminance(colour)[:, None] * np.clip(dimming, 0.0, 1.0) * lux[:, None]
    return SunDisc(directions=directions[seen], illuminance=np.maximum(light, 0.0))


def night_glow(
    sky: SkySpec, elevation: Float[np.ndarray, "rows"], bearing: Float[np.ndarray, "width"]
) -> Float32[np.ndarray, "rows width 3"]:
    """Airglow, brighter towards the horizon (van Rhijn 1921), and the band of the Milky Way."""
    path = 1.0 / np.sqrt(1.0 - 0.96 * np.cos(np.maximum(elevation, 0.0)) ** 2)
    haze = np.exp(-0.25 / np.maximum(np.sin(np.maximum(elevation, 0.0)), 0.05) + 0.25)
    even = np.minimum(0.6 + 0.4 * path, 2.2)[:, None, None] * NIGHT_SKY
    out = np.broadcast_to(even, (len(elevation), len(bearing), 3)).astype(np.float32)
    if not sky.stars or sky.sun_elevation_deg > DARK_FROM:
        return out
    e, b = np.meshgrid(elevation, bearing, indexing="ij")
    direction = np.stack(
        [-np.sin(b) * np.cos(e), np.sin(e), np.cos(b) * np.cos(e)], axis=-1
    ).astype(np.float32)
    pole, middle = (
        to_world(np.array([a]), np.array([d]), sky)[0].astype(np.float32) for a, d in _GALAXY
    )
    height = np.arcsin(np.clip(direction @ pole, -1.0, 1.0))
    inward = direction @ middle
    # Widths and contrast after pictures of the band; a dark lane runs along its inner half.
    band = np.exp(-((height / np.radians(11.0)) ** 2)) * (0.55 + 0.75 * np.clip(inward, 0, 1) ** 2)
    lane = 0.5 * np.exp(-(((height - 0.02) / np.radians(2.2)) ** 2)) * np.clip(inward, 0.0, 1.0)
    light = 1.6e-4 * band * (1.0 - lane) * haze[:, None]
    return out + light[..., None].astype(np.float32) * np.array([1.0, 0.98, 1.02], np.float32)
