# SPDX-License-Identifier: Apache-2.0
"""The air against closed forms: columns, geometry, phase functions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.atmosphere import (
    EARTH_RADIUS,
    HAZE_HEIGHT,
    OZONE_DOBSON,
    TOP_ALTITUDE,
    climb,
    columns,
    cornette_shanks,
    distance_to_ground,
    distance_to_top,
    haze_phase,
    horizon_sine,
    make_air,
    molecular_phase,
    sunlight,
)
from scenes.spectrum import LUMINANCE, TO_RGB


def _straight_up() -> np.ndarray:
    zero = np.zeros(1)
    return columns(zero, zero + 1.0, zero + TOP_ALTITUDE)[0]


def test_columns_straight_up_are_the_integrals_of_the_profiles() -> None:
    molecules, haze, ozone = _straight_up()
    assert molecules == pytest.approx(8.44, rel=0.01)  # scale height of dry air at 15 C, km
    assert haze == pytest.approx(HAZE_HEIGHT, rel=1e-3)
    assert ozone == pytest.approx(OZONE_DOBSON, rel=1e-3)


def test_air_mass_at_the_horizon_is_that_of_the_textbook() -> None:
    # Kasten and Young 1989 give 38 at the horizon, 10.3 at 5 degrees (with refraction).
    for elevation, expected, margin in ((5.0, 10.3, 0.04), (0.0, 38.0, 0.1), (30.0, 2.0, 0.01)):
        sine = np.sin(np.radians([elevation]))
        molecules = columns(np.zeros(1), sine, distance_to_top(np.zeros(1), sine))[0, 0]
        assert molecules / _straight_up()[0] == pytest.approx(expected, rel=margin)


@given(st.floats(0.0, 90.0), st.floats(-1.0, 1.0), st.floats(0.0, 500.0))
def test_climbing_agrees_with_the_law_of_cosines(h: float, sine: float, way: float) -> None:
    r = EARTH_RADIUS + h
    expected = np.sqrt(r * r + way * way + 2.0 * r * way * sine) - EARTH_RADIUS
    found = climb(np.array([h]), np.array([sine]), np.array([way]))[0]
    assert abs(found - expected) < 1e-6


@given(st.floats(1e-3, 50.0), st.floats(0.0, 1.0))
def test_lines_end_where_they_should(h: float, share: float) -> None:
    altitude = np.array([h])
    low = horizon_sine(altitude)
    down = -1.0 + share * (low + 1.0) * 0.999
    ground = climb(altitude, down, distance_to_ground(altitude, down))[0]
    assert ground == pytest.approx(0.0, abs=1e-6)
    up = low + share * (1.0 - low)
    end = climb(altitude, up, distance_to_top(altitude, up))[0]
    assert end == pytest.approx(TOP_ALTITUDE, abs=1e-6)


def test_phase_functions_send_all_light_somewhere() -> None:
    x, w = np.polynomial.legendre.leggauss(2000)
    for phase in (molecular_phase(x), haze_phase(x), cornette_shanks(x, 0.9)):
        assert 2.0 * np.pi * (w @ phase) == pytest.approx(1.0, rel=1e-6)


def test_tabulated_sunlight_agrees_with_direct_integration() -> None:
    air = make_air(3.0)
    elevation = np.radians([0.7, 2.0, 10.0, 40.0, 89.0])
    altitude = np.array([0.05, 0.4, 3.0, 12.0, 40.0])
    sine = np.sin(elevation)
    depth = columns(altitude, sine, distance_to_top(altitude, sine), steps=2000) @ air.extinction
    found = sunlight(air, air.extinction, altitude, sine)
    np.testing.assert_allclose(found, np.exp(-depth), atol=0.004)


def test_haze_and_a_low_sun_dim_and_redden_sunlight() -> None:
    def light(turbidity: float, elevation: float) -> np.ndarray:
        air = make_air(turbidity)
        where, sine = np.zeros(1), np.sin(np.radians([elevation]))
        return sunlight(air, air.extinction, where, sine)[0] @ TO_RGB

    high, low, hazy = light(3.0, 60.0), light(3.0, 5.0), light(6.0, 60.0)
    assert low @ LUMINANCE < 0.3 * (high @ LUMINANCE)
    assert hazy @ LUMINANCE < high @ LUMINANCE
    assert low[0] / low[2] > 5.0 * high[0] / high[2]


def test_half_of_the_sun_is_hidden_when_its_centre_is_on_the_horizon() -> None:
    air = make_air(2.0)
    top = np.full(1, 60.0)
    horizon = float(np.arcsin(horizon_sine(top))[0])
    levels = [
        sunlight(air, 0.0 * air.extinction, top, np.array([np.sin(horizon + offset)]))[0, 0]
        for offset in (-0.0047, 0.0, 0.0047)
    ]
    np.testing.assert_allclose(levels, [0.0, 0.5, 1.0], atol=1e-3)
