# SPDX-License-Identifier: Apache-2.0
"""Colour spaces by their laws and by published values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen3d.perception import ciede2000, from_oklab, to_cielab, to_oklab
from gen3d.retexture.shade import MOST_VARIATION, fitted, moved, variation

SHARMA = (
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.0, 2.0), (50.0, 0.0, 0.0), 2.3669),
    ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
)


@pytest.mark.parametrize(("one", "other", "difference"), SHARMA)
def test_ciede2000_has_the_published_values(
    one: tuple[float, ...], other: tuple[float, ...], difference: float
) -> None:
    assert float(ciede2000(np.array(one), np.array(other))) == pytest.approx(difference, abs=1e-4)
    assert float(ciede2000(np.array(other), np.array(one))) == pytest.approx(difference, abs=1e-4)


def test_white_is_white_in_both_spaces_and_oklab_comes_back() -> None:
    white = np.ones((1, 3))
    np.testing.assert_allclose(to_oklab(white), [[1.0, 0.0, 0.0]], atol=1e-6)
    np.testing.assert_allclose(to_cielab(white), [[100.0, 0.0, 0.0]], atol=1e-6)
    colours = np.random.default_rng(0).random((50, 3))
    np.testing.assert_allclose(from_oklab(to_oklab(colours)), colours, atol=1e-9)


@given(st.integers(0, 1000))
def test_a_repainted_surface_has_the_wanted_mean_and_no_more_variation(seed: int) -> None:
    draws = np.random.default_rng(seed)
    base = draws.uniform(0.1, 0.7, 3)
    before = np.clip(base * draws.uniform(0.7, 1.3, (400, 1)), 0.0, 1.0)
    target = to_oklab(draws.uniform(0.03, 0.8, 3)[None])[0]
    touching = np.stack([np.arange(399), np.arange(1, 400)], axis=1)
    move = fitted(before, np.zeros((400, 3)), target, touching, 0.15)
    after = moved(before, np.zeros((400, 3)), move)
    assert variation(after, touching) <= MOST_VARIATION * variation(before, touching) + 1e-3
    mean = from_oklab(to_oklab(after).mean(axis=0)[None])
    assert ciede2000(to_cielab(mean), to_cielab(from_oklab(target[None])))[0] < 5.0


def test_folds_stay_in_their_places() -> None:
    shade = 1.0 + 0.2 * np.sin(np.linspace(0.0, 30.0, 500))[:, None]
    before = np.array([0.5, 0.4, 0.2]) * shade
    target = to_oklab(np.array([[0.05, 0.1, 0.4]]))[0]
    move = fitted(before, np.zeros((500, 3)), target, np.zeros((0, 2), np.int64), 0.15)
    after = moved(before, np.zeros((500, 3)), move)
    light = to_oklab(after)[:, 0]
    assert np.corrcoef(light, to_oklab(before)[:, 0])[0, 1] > 0.99
