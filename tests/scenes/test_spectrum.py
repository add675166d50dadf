# SPDX-License-Identifier: Apache-2.0
"""Light by wavelength: known constants, and colours that stay in gamut."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scenes.spectrum import (
    TO_RGB,
    TO_XYZ,
    colour_matching,
    into_gamut,
    luminance,
    molecular_scattering,
    reflectance,
)

channel = st.floats(-1e4, 1e6)


def test_sunlight_above_the_air_is_133_kilolux() -> None:
    assert abs(TO_XYZ[:, 1].sum() / 133.1e3 - 1.0) < 0.01


def test_equal_energy_light_is_neutral() -> None:
    nm = np.arange(380.0, 781.0)
    total = colour_matching(nm).sum(axis=0)
    np.testing.assert_allclose(total / total[1], 1.0, atol=0.02)


def test_scattering_by_air_follows_the_fourth_power_of_wavelength() -> None:
    blue, red = molecular_scattering(np.array([400.0, 700.0]))
    assert 4.0 < np.log(blue / red) / np.log(700.0 / 400.0) < 4.2


@given(st.tuples(channel, channel, channel))
def test_gamut_mapping_keeps_luminance_and_removes_negative_values(
    rgb: tuple[float, float, float],
) -> None:
    before = np.array(rgb)
    after = into_gamut(before)
    assert (after >= 0.0).all()
    y = luminance(before)
    if y > max(1e-3 * np.abs(before).max(), 1e-12):
        assert abs(luminance(after) - y) <= 1e-6 * y


def test_ordinary_colours_pass_the_gamut_mapping_unchanged() -> None:
    rgb = np.array([[0.3, 0.5, 0.9], [1.0, 1.0, 1.0], [900.0, 500.0, 300.0]])
    np.testing.assert_allclose(into_gamut(rgb), rgb, rtol=1e-6)


@given(st.tuples(*[st.floats(0.1, 0.6)] * 3))
def test_a_reflectance_looks_like_the_colour_it_was_made_from(
    rgb: tuple[float, float, float],
) -> None:
    spectrum = reflectance(np.array(rgb))
    assert (spectrum >= 0.0).all()
    assert (spectrum <= 0.95).all()
    seen = spectrum @ TO_RGB / TO_RGB.sum(axis=0)
    if (spectrum > 0.0).all() and (spectrum < 0.95).all():
        np.testing.assert_allclose(seen, rgb, atol=1e-9)
