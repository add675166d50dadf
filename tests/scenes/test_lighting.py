# SPDX-License-Identifier: Apache-2.0
"""Photometry against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen3d import panorama
from scenes.lighting import (
    colour_temperature,
    exposure_ev100,
    harmonics,
    harmonics_irradiance,
    illuminance,
    picture_exposure,
    project,
    without_sun,
)

H = 64
UNIFORM = np.ones((H, 2 * H, 3), np.float32)


def test_solid_angles_fill_the_sphere() -> None:
    assert panorama.pixel_solid_angles(H).sum() * 2 * H == pytest.approx(4.0 * np.pi, rel=1e-12)


def test_uniform_light_gives_pi_on_every_surface() -> None:
    for normal in np.eye(3):
        np.testing.assert_allclose(illuminance(UNIFORM, normal), np.pi, rtol=1e-3)


def test_harmonics_are_orthonormal() -> None:
    basis = harmonics(panorama.pixel_directions(256))
    solid = panorama.pixel_solid_angles(256)
    gram = np.einsum("h,hwa,hwb->ab", solid, basis, basis)
    np.testing.assert_allclose(gram, np.eye(9), atol=1e-3)


@given(st.integers(0, 2**32 - 1))
def test_irradiance_from_harmonics_is_exact_for_smooth_light(seed: int) -> None:
    rng = np.random.default_rng(seed)
    basis = harmonics(panorama.pixel_directions(H))
    light = (basis @ rng.normal(size=(9, 3)) * 0.1 + 2.0).astype(np.float32)
    normal = rng.normal(size=3)
    normal /= np.linalg.norm(normal)
    expected = illuminance(light, normal)
    found = harmonics_irradiance(project(light), normal)
    np.testing.assert_allclose(found, expected, rtol=5e-3)


def test_colour_temperature_of_daylight_white_is_6500_kelvin() -> None:
    assert colour_temperature(np.ones(3)) == pytest.approx(6504, abs=15)
    assert colour_temperature(np.zeros(3)) is None
    warm, cold = (
        colour_temperature(np.array([1.0, 0.7, 0.4])),
        colour_temperature(np.array([0.7, 0.8, 1.0])),
    )
    assert warm is not None
    assert cold is not None
    assert warm < 6504 < cold


def test_full_sun_is_about_exposure_value_15() -> None:
    assert exposure_ev100(81_920.0) == pytest.approx(15.0)


def test_removing_the_sun_removes_the_sun_alone() -> None:
    sky = np.full((512, 1024, 3), 3000.0, np.float32)
    sun = panorama.sun_direction(50.0, 120.0)
    u, v = panorama.uv_of(sun[None])
    sky[int(v[0] * 512), int(u[0] * 1024)] = 1e9
    np.testing.assert_allclose(without_sun(sky, sun), 3000.0, rtol=1e-6)


def test_a_large_panorama_without_its_sun_is_small_and_as_bright() -> None:
    rng = np.random.default_rng(0)
    sky = rng.uniform(1.0, 2.0, (1024, 2048, 3)).astype(np.float32)
    small = without_sun(sky, panorama.sun_direction(-9.0, 0.0))
    assert small.shape == (512, 1024, 3)
    assert small.mean() == pytest.approx(sky.mean(), rel=1e-3)


def test_twice_the_light_is_exposed_one_stop_less_by_day() -> None:
    day = picture_exposure(UNIFORM * 4000.0)
    assert picture_exposure(UNIFORM * 8000.0) == pytest.approx(day - 1.0, abs=0.02)
    assert picture_exposure(UNIFORM * 0.01) - day < np.log2(4000.0 / 0.01)
