# SPDX-License-Identifier: Apache-2.0
"""The picture curve: ordered, bounded, grey stays grey."""

from __future__ import annotations

import numpy as np
import pytest

from scenes.tonemap import encode_srgb, film, to_bytes


def test_middle_grey_stays_middle_grey() -> None:
    np.testing.assert_allclose(film(np.full((1, 3), 0.18), 0.0), 0.18, rtol=1e-6)


def test_more_light_is_never_darker_and_never_leaves_the_display() -> None:
    levels = film(np.geomspace(1e-4, 1e6, 300)[:, None] * np.ones(3), 0.0)
    assert (np.diff(levels, axis=0) >= 0.0).all()
    assert levels.min() >= 0.0
    assert levels.max() <= 1.0


def test_very_bright_colours_go_white() -> None:
    assert film(np.array([[9e4, 6e4, 4e4]]), 0.0).min() > 0.99


def test_the_srgb_curve_meets_its_own_ends() -> None:
    ends = encode_srgb(np.array([[0.0, 1.0, 0.214041]]))
    np.testing.assert_allclose(ends, [[0.0, 1.0, 0.5]], atol=1e-4)


def test_a_gentle_gradient_keeps_its_mean_between_two_levels() -> None:
    flat = np.full((64, 64, 3), 0.1801, np.float32)
    expected = 255.0 * encode_srgb(film(flat[:1, :1], 0.0)).mean()
    assert to_bytes(flat, 0.0).mean() == pytest.approx(expected, abs=0.05)
