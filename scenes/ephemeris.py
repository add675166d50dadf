# SPDX-License-Identifier: Apache-2.0
"""Where sun and moon stand, from date, time and place.

Sun: Meeus, "Astronomical Algorithms" (2nd ed.), chapter 25, as in NOAA's solar calculator: 0.01
degrees. Moon: the largest terms of chapter 47 with parallax: 0.1 degrees. Refraction after
Saemundsson 1986, so that heights are those at which the bodies are seen. Dynamical and universal
time are taken as the same (a minute: 0.01 degrees of the moon). Angles in degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from gen3d.errors import Gen3dError

_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
# Multiples of D, M, M', F; sine terms of longitude (1e-6 degrees), cosine terms of distance (m).
_LONGITUDE = (
    (0, 0, 1, 0, 6288774, -20905355),
    (2, 0, -1, 0, 1274027, -3699111),
    (2, 0, 0, 0, 658314, -2955968),
    (0, 0, 2, 0, 213618, -569925),
    (0, 1, 0, 0, -185116, 48888),
    (0, 0, 0, 2, -114332, -3149),
    (2, 0, -2, 0, 58793, 246158),
    (2, -1, -1, 0, 57066, -152138),
    (2, 0, 1, 0, 53322, -170733),
    (2, -1, 0, 0, 45758, -204586),
    (0, 1, -1, 0, -40923, -129620),
    (1, 0, 0, 0, -34720, 108743),
    (0, 1, 1, 0, -30383, 104755),
    (2, 0, 0, -2, 15327, 10321),
)
_LATITUDE = (
    (0, 0, 0, 1, 5128122),
    (0, 0, 1, 1, 280602),
    (0, 0, 1, -1, 277693),
    (2, 0, 0, -1, 173237),
    (2, 0, -1, 1, 55413),
    (2, 0, -1, -1, 46271),
    (2, 0, 0, 1, 32573),
    (0, 0, 2, 1, 17198),
)
_EARTH_KM = 6378.14


@dataclass(frozen=True)
class Bodies:
    """Sun and moon over a place, as seen."""

    sun_elevation: float
    sun_azimuth: float
    """Clockwise from north."""
    moon_elevation: float
    moon_azimuth: float
    moon_phase: float
    """0 new, 0.25 first quarter, 0.5 full, 0.75 last quarter."""
    sidereal: float
    """Right ascension that stands in the south."""


def parse_instant(text: str) -> datetime:
    """A date and time of ISO 8601; UTC unless it carries an offset.

    Raises:
        Gen3dError: It cannot be read.
    """
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise Gen3dError(
            f"{text!r} is not a date and time.", "Write it like 2026-06-21T18:30+02:00."
        ) from error
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def bodies(when: datetime, latitude: float, longitude: float) -> Bodies:
    """Sun and moon at a time and place.

    Args:
        when: With a time zone.
        latitude: North is positive.
        longitude: East is positive.
    """
    days = (when - _J2000).total_seconds() / 86_400.0
    t = days / 36_525.0
    tilt = 23.439291 - 0.0130042 * t + 0.00256 * _cos(125.04 - 1934.136 * t)
    sidereal = (280.46061837 + 360.98564736629 * days + 0.000387933 * t * t + longitude) % 360.0
    sun = _sun_longitude(t)
    moon, moon_latitude, kilometres = _moon(t)
    sun_up, sun_side = _horizontal(*_equatorial(sun, 0.0, tilt), sidereal, latitude)
    moon_up, moon_side = _horizontal(*_equatorial(moon, moon_latitude, tilt), sidereal, latitude)
    moon_up -= float(np.degrees(np.arcsin(_EARTH_KM / kilometres))) * _cos(moon_up)
    return Bodies(
        sun_elevation=refracted(sun_up),
        sun_azimuth=sun_side,
        moon_elevation=refracted(moon_up),
        moon_azimuth=moon_side,
        moon_phase=((moon - sun) % 360.0) / 360.0,
        sidereal=sidereal,
    )


def refracted(elevation: float) -> float:
    """Height at which a body is seen; fades out below the horizon, where nothing is seen."""
    h = max(elevation, -1.0)
    bend = 1.02 / 60.0 / np.tan(np.radians(h + 10.3 / (h + 5.11)))
    return elevation + float(bend) * float(np.clip((elevation + 3.0) / 2.0, 0.0, 1.0))


def _sin(degrees: float) -> float:
    return float(np.sin(np.radians(degrees)))


def _cos(degrees: float) -> float:
    return float(np.cos(np.radians(degrees)))


def _sun_longitude(t: float) -> float:
    """Apparent longitude of the sun (Meeus, chapter 25)."""
    mean = 280.46646 + t * (36_000.76983 + 0.0003032 * t)
    anomaly = 357.52911 + t * (35_999.05029 - 0.0001537 * t)
    centre = (1.914602 - t * (0.004817 + 0.000014 * t)) * _sin(anomaly)
    centre += (0.019993 - 0.000101 * t) * _sin(2 * anomaly) + 0.000289 * _sin(3 * anomaly)
    return mean + centre - 0.00569 - 0.00478 * _sin(125.04 - 1934.136 * t)


def _moon(t: float) -> tuple[float, float, float]:
    """Longitude, latitude and distance in km of the moon (Meeus, chapter 47)."""
    mean = 218.3164477 + 481_267.88123421 * t
    elongation = 297.8501921 + 445_267.1114034 * t
    sun = 357.5291092 + 35_999.0502909 * t
    moon = 134.9633964 + 477_198.8675055 * t
    node = 93.2720950 + 483_202.0175233 * t
    eccentric = 1.0 - 0.002516 * t

    def angle(d: int, m: int, n: int, f: int) -> float:
        return d * elongation + m * sun + n * moon + f * node

    longitude, distance = mean, 385_000.56
    for d, m, n, f, sine, cosine in _LONGITUDE:
        weight = eccentric ** abs(m)
        longitude += 1e-6 * sine * weight * _sin(angle(d, m, n, f))
        distance += 1e-3 * cosine * weight * _cos(angle(d, m, n, f))
    latitude = sum(
        1e-6 * sine * eccentric ** abs(m) * _sin(angle(d, m, n, f))
        for d, m, n, f, sine in _LATITUDE
    )
    return longitude % 360.0, latitude, distance


def _equatorial(longitude: float, latitude: float, tilt: float) -> tuple[float, float]:
    """Right ascension and declination."""
    x = _cos(latitude) * _cos(longitude)
    y = _cos(latitude) * _sin(longitude) * _cos(tilt) - _sin(latitude) * _sin(tilt)
    z = _cos(latitude) * _sin(longitude) * _sin(tilt) + _sin(latitude) * _cos(tilt)
    return float(np.degrees(np.arctan2(y, x))) % 360.0, float(np.degrees(np.arcsin(z)))


def _horizontal(
    ascension: float, declination: float, sidereal: float, latitude: float
) -> tuple[float, float]:
    """Elevation, and azimuth clockwise from north."""
    hour = sidereal - ascension
    up = _sin(latitude) * _sin(declination) + _cos(latitude) * _cos(declination) * _cos(hour)
    east = -_cos(declination) * _sin(hour)
    north = _cos(latitude) * _sin(declination) - _sin(latitude) * _cos(declination) * _cos(hour)
    azimuth = float(np.degrees(np.arctan2(east, north))) % 360.0
    return float(np.degrees(np.arcsin(np.clip(up, -1.0, 1.0)))), azimuth
