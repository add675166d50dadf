# SPDX-License-Identifier: Apache-2.0
"""Sun and moon stand where almanacs say."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from gen3d import panorama
from gen3d.errors import Gen3dError
from gen3d.scenery import LightSpec, SkySpec
from scenes.ephemeris import _equatorial, _moon, _sun_longitude, bodies, parse_instant, refracted
from scenes.exact import exact


def _centuries(year: int, month: int, day: int) -> float:
    return (
        (
            datetime(year, month, day, tzinfo=UTC) - datetime(2000, 1, 1, 12, tzinfo=UTC)
        ).total_seconds()
        / 86400
        / 36525
    )


def test_the_sun_is_where_meeus_puts_it() -> None:
    # "Astronomical Algorithms", example 25.a.
    longitude = _sun_longitude(_centuries(1992, 10, 13)) % 360.0
    ascension, declination = _equatorial(longitude, 0.0, 23.43999)
    assert ascension == pytest.approx(198.38083, abs=0.005)
    assert declination == pytest.approx(-7.78507, abs=0.003)


def test_the_moon_is_where_meeus_puts_it() -> None:
    # Example 47.a.
    longitude, latitude, distance = _moon(_centuries(1992, 4, 12))
    assert longitude == pytest.approx(133.1627, abs=0.1)
    assert latitude == pytest.approx(-3.2291, abs=0.05)
    assert distance == pytest.approx(368_409.7, rel=2e-3)


def test_the_noon_sun_of_a_solstice_is_as_high_as_latitude_and_tilt_allow() -> None:
    found = max(
        (
            bodies(datetime(2026, 6, 21, 11, minute, tzinfo=UTC), 51.4769, 0.0)
            for minute in range(45, 60)
        ),
        key=lambda b: b.sun_elevation,
    )
    # Transit is at 12:02; the height is flat there.
    assert found.sun_elevation == pytest.approx(90.0 - 51.4769 + 23.436, abs=0.05)
    assert found.sun_azimuth == pytest.approx(180.0, abs=2.0)


@pytest.mark.parametrize(("hour", "azimuth"), [(6, 90.0), (18, 270.0)])
def test_the_sun_of_an_equinox_rises_in_the_east_and_sets_in_the_west(
    hour: int, azimuth: float
) -> None:
    found = bodies(datetime(2024, 3, 20, hour, 8, tzinfo=UTC), 0.0, 0.0)
    assert abs(found.sun_elevation) < 1.0
    assert found.sun_azimuth == pytest.approx(azimuth, abs=1.0)


def test_an_eclipse_happens_where_and_when_it_did() -> None:
    # Greatest eclipse of 8 April 2024, by Nazas, Mexico: 25.3 N, 104.1 W, 18:17 UTC.
    found = bodies(datetime(2024, 4, 8, 18, 17, tzinfo=UTC), 25.29, -104.14)
    sun = panorama.sun_direction(found.sun_elevation, found.sun_azimuth)
    moon = panorama.sun_direction(found.moon_elevation, found.moon_azimuth)
    assert np.degrees(np.arccos(sun @ moon)) < 0.15
    assert min(found.moon_phase, 1.0 - found.moon_phase) < 0.003


def test_the_moon_was_full_when_it_was() -> None:
    found = bodies(datetime(2024, 4, 23, 23, 49, tzinfo=UTC), 0.0, 0.0)
    assert found.moon_phase == pytest.approx(0.5, abs=0.001)


def test_refraction_lifts_the_horizon_by_half_a_degree_and_the_zenith_not_at_all() -> None:
    assert refracted(-0.5667) == pytest.approx(0.0, abs=0.03)
    assert refracted(45.0) - 45.0 == pytest.approx(1.0 / 60.0, rel=0.05)
    assert refracted(90.0) == pytest.approx(90.0, abs=1e-3)


def test_exact_values_replace_those_of_the_words() -> None:
    sky = SkySpec(sun_elevation_deg=10.0, turbidity=5.0)
    assert exact(sky, None) == sky
    said = exact(sky, LightSpec(sun_elevation_deg=61.5))
    assert said == sky.model_copy(update={"sun_elevation_deg": 61.5})
    noon = LightSpec(
        date="2026-06-21T13:00+01:00", latitude_deg=51.5, longitude_deg=0.0, turbidity=2.0
    )
    dated = exact(sky, noon)
    assert dated.sun_elevation_deg == pytest.approx(61.9, abs=0.1)
    assert dated.turbidity == 2.0
    assert dated.moon is not None
    with pytest.raises(Gen3dError, match="without a place"):
        exact(sky, LightSpec(date="2026-06-21"))
    with pytest.raises(Gen3dError, match="'soon' is not a date"):
        parse_instant("soon")
