# SPDX-License-Identifier: Apache-2.0
"""The clear sky against measured daylight, other models and its own finer self."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from gen3d import panorama
from scenes.atmosphere import Air, make_air
from scenes.scattering import Glow, solve_glow
from scenes.sky import HORIZON, make_view, radiance, transmittance
from scenes.spectrum import luminance, reflectance
from scenes.sun import make_disc

ROWS = 48


@functools.cache
def _glow(sun: float, turbidity: float) -> tuple[Air, Glow]:
    air = make_air(turbidity)
    return air, solve_glow(air, sun, reflectance(np.full(3, 0.2)))


def _sky(elevation_deg: float, turbidity: float, rows: int = 80) -> np.ndarray:
    """Upper half of a small panorama, sun in its middle column."""
    sun = float(np.radians(elevation_deg))
    air, glow = _glow(sun, turbidity)
    elevation = np.pi / 2 * (1.0 - (np.arange(ROWS) + 0.5) / ROWS)
    azimuth = 2.0 * np.pi * ((np.arange(4 * ROWS) + 0.5) / (4 * ROWS) - 0.5)
    return radiance(make_view(air, glow, sun, below=False, rows=rows), elevation, azimuth)


def _on_level_ground(sky: np.ndarray) -> float:
    elevation = np.pi / 2 * (1.0 - (np.arange(ROWS) + 0.5) / ROWS)
    weight = panorama.pixel_solid_angles(2 * ROWS)[:ROWS] * np.sin(elevation)
    return float(weight @ luminance(sky).sum(axis=1))


@pytest.mark.parametrize(
    ("elevation", "turbidity", "diffuse_lux", "sun_cd_m2"),
    [
        (20.0, 3.0, 12.7e3, 1.05e9),
        (35.0, 2.0, 13.6e3, 1.3e9),
        (35.0, 3.0, 15.7e3, 1.25e9),
        (35.0, 6.0, 24.1e3, 1.1e9),
        (60.0, 3.0, 17.7e3, 1.37e9),
    ],
)
def test_daylight_is_within_15_percent_of_the_hosek_wilkie_model(
    elevation: float, turbidity: float, diffuse_lux: float, sun_cd_m2: float
) -> None:
    assert _on_level_ground(_sky(elevation, turbidity)) == pytest.approx(diffuse_lux, rel=0.15)
    direction = panorama.sun_direction(elevation, 0.0)
    sun = float(luminance(make_disc(make_air(turbidity), direction).total))
    assert sun / (np.pi * np.radians(0.2665) ** 2) == pytest.approx(sun_cd_m2, rel=0.15)


def test_dusk_is_as_dark_as_published_for_clear_evenings() -> None:
    # AMS Glossary of Meteorology: 410-585 lux at sunset (upper limb), 2-3.5 lux at -6 degrees,
    # 0.008 lux at -12 degrees.
    assert 410 < _on_level_ground(_sky(-0.83, 3.0)) < 650
    assert 2.0 < _on_level_ground(_sky(-6.0, 3.0)) < 3.5
    assert 0.004 < _on_level_ground(_sky(-12.0, 3.0)) < 0.016


def test_zenith_is_blue_and_the_horizon_pale() -> None:
    sky = _sky(40.0, 3.0)
    zenith, horizon = sky[0].mean(axis=0), sky[-1].mean(axis=0)
    assert zenith[2] > 2.0 * zenith[0]
    assert horizon[2] < 1.3 * horizon[0]
    assert luminance(horizon) > luminance(zenith)


def test_sunset_glows_warm_towards_the_sun_and_casts_the_earths_shadow_opposite() -> None:
    sky = _sky(-3.0, 3.0)
    towards, away = sky[-1, 2 * ROWS], sky[:, 0]
    assert towards[0] > 2.0 * towards[2]
    # Opposite the sun the sky is darker low down (the shadow) than in the belt above it.
    tone = luminance(away)
    assert tone[-2] < tone[-10]
    assert away[-2][2] > away[-2][0]


def test_the_light_of_the_zenith_is_one_value_for_all_azimuths() -> None:
    sun = float(np.radians(35.0))
    view = make_view(*_glow(sun, 3.0), sun, below=False, rows=80)
    ring = radiance(view, np.array([np.pi / 2 - 1e-4]), np.linspace(-np.pi, np.pi, 97))[0]
    np.testing.assert_allclose(ring, np.tile(ring[:1], (97, 1)), rtol=2e-3)


@pytest.mark.parametrize("elevation", [60.0, 8.0, -4.0])
def test_a_finer_table_gives_the_same_sky(elevation: float) -> None:
    coarse, fine = (luminance(_sky(elevation, 3.0, rows)) for rows in (80, 160))
    np.testing.assert_allclose(coarse, fine, rtol=0.01)


def test_far_ground_drowns_in_haze_and_near_ground_does_not() -> None:
    sun = float(np.radians(35.0))
    view = make_view(*_glow(sun, 3.0), sun, below=True, rows=40)
    near, far = transmittance(view, np.array([-np.pi / 2, HORIZON - 1e-4]))
    assert (near > 0.98).all()
    assert (far < 0.4).all()
