# SPDX-License-Identifier: Apache-2.0
"""Finished environments: the promises of the issue, on pictures small enough for a test."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d import panorama
from gen3d.errors import Gen3dError
from gen3d.spec import SkySpec
from gen3d.types import Environment
from scenes.check import brightest_direction, seam_ratio, stops_over_sky
from scenes.generate import generate, lit_air
from scenes.lighting import illuminance
from scenes.spectrum import luminance

UP = np.array([0.0, 1.0, 0.0])


def _make(elevation: float = 35.0, turbidity: float = 3.0, width: int = 256) -> Environment:
    spec = SkySpec(sun_elevation_deg=elevation, turbidity=turbidity, width_px=width)
    return generate(spec, seed=7)


@pytest.mark.parametrize("elevation", [-18.0, -6.0, -0.2, 1.0, 40.0, 90.0])
@pytest.mark.parametrize("turbidity", [1.7, 10.0])
def test_no_sky_has_bad_values_or_a_seam(elevation: float, turbidity: float) -> None:
    env = _make(elevation, turbidity)
    for pixels in (env.radiance, env.radiance_without_sun):
        assert pixels.dtype == np.float32
        assert np.isfinite(pixels).all()
        assert (pixels > 0.0).all()
    assert seam_ratio(env.radiance) <= 1.25


@pytest.mark.parametrize("elevation", [20.0, 45.0, 80.0])
def test_a_clear_day_spans_17_and_a_half_stops(elevation: float) -> None:
    assert stops_over_sky(_make(elevation, 3.0, width=2048).radiance) >= 17.5


def test_the_sun_stands_where_it_was_asked_for() -> None:
    spec = SkySpec(sun_elevation_deg=28.0, sun_azimuth_deg=-130.0, width_px=2048)
    env = generate(spec, seed=1)
    asked = panorama.sun_direction(28.0, -130.0)
    found = brightest_direction(env.radiance)
    assert np.degrees(np.arccos(min(found @ asked, 1.0))) < 0.1
    np.testing.assert_allclose(env.sun_direction, asked, atol=1e-6)


def test_sun_and_rest_add_up_to_the_whole() -> None:
    env = _make(40.0, 3.0, width=1024)
    whole = illuminance(env.radiance, UP)
    rest = illuminance(env.radiance_without_sun, UP)
    sun = env.sun_illuminance * env.sun_direction[1]
    np.testing.assert_allclose(rest + sun, whole, rtol=0.01)


def test_the_ground_reflects_what_falls_on_it() -> None:
    albedo = (0.4, 0.3, 0.2)
    env = generate(SkySpec(sun_elevation_deg=40.0, ground_albedo=albedo, width_px=512), seed=3)
    falling = illuminance(env.radiance, UP)
    nadir = env.radiance[-40:].mean(axis=(0, 1))
    np.testing.assert_allclose(nadir, np.array(albedo) * falling / np.pi, rtol=0.1)


def test_the_horizon_is_level_and_without_a_hard_edge() -> None:
    env = _make(35.0, 3.0, width=2048)
    tone = np.log2(luminance(env.radiance_without_sun))
    middle = tone.shape[0] // 2
    steps = np.abs(np.diff(tone[middle - 8 : middle + 9], axis=0)).mean(axis=1)
    assert steps.max() < 1.2


def test_the_same_seed_gives_the_same_bits_and_another_seed_other_ground() -> None:
    one = _make()
    # Not what was kept of the first one.
    lit_air.cache_clear()
    again = _make()
    np.testing.assert_array_equal(one.radiance, again.radiance)
    other = generate(SkySpec(width_px=256), seed=8)
    half = one.radiance.shape[0] // 2
    np.testing.assert_array_equal(one.radiance[:half], other.radiance[:half])
    assert (one.radiance[half + 8 :] != other.radiance[half + 8 :]).any()


def test_all_sizes_of_a_sky_give_the_same_light() -> None:
    small, large = (illuminance(_make(35.0, 3.0, width).radiance, UP) for width in (512, 1024))
    np.testing.assert_allclose(small, large, rtol=0.02)


def test_progress_is_told_and_an_odd_width_refused() -> None:
    told: list[tuple[int, int]] = []
    generate(SkySpec(width_px=256), 0, on_step=lambda step, total: told.append((step, total)))
    assert told == [(step, 5) for step in range(1, 6)]
    with pytest.raises(Gen3dError, match="513"):
        generate(SkySpec(width_px=513), 0)
