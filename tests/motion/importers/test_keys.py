# SPDX-License-Identifier: Apache-2.0
"""Keys at any times to even frames."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.errors import Gen3dError
from motion.importers.keys import even_times, smooth, smooth_turns, usual_rate


def test_tracks_of_different_lengths_have_the_rate_of_the_densest() -> None:
    dense, sparse = np.arange(25) / 24.0, np.array([0.0, 0.5, 1.0])
    assert usual_rate([sparse, dense, np.array([0.0])]) == 24.0
    assert usual_rate([dense, sparse]) == 24.0


@pytest.mark.parametrize(
    "times", [np.array([0.0, 1.0]), np.arange(5) * 2.0, np.arange(9) / 1000.0, np.zeros(4)]
)
def test_few_sparse_and_absurd_keys_say_nothing_about_the_rate(times: np.ndarray) -> None:
    assert usual_rate([times], unsaid=25.0) == 25.0


def test_even_times_reach_the_end_and_refuse_ages() -> None:
    np.testing.assert_allclose(even_times(1.0, 2.0, 4.0, 1, "take"), [1.0, 1.25, 1.5, 1.75, 2.0])
    assert len(even_times(1.0, 1.0, 30.0, 1, "take")) == 1
    for end in (1e12, np.inf):
        with pytest.raises(Gen3dError, match="take claims"):
            even_times(0.0, end, 30.0, 50, "take")


def test_curves_pass_through_their_keys_and_never_beyond_them() -> None:
    times = np.array([0.0, 0.4, 0.4, 1.0])
    values = np.array([[0.0], [1.0], [1.0], [1.0]])
    at = np.linspace(-0.5, 1.5, 41)
    curve = smooth(times, values, at)[:, 0]
    assert curve.min() >= 0.0
    assert curve.max() <= 1.0
    np.testing.assert_allclose(smooth(times, values, times), values, atol=1e-12)


def test_turns_take_the_short_way_whatever_their_signs() -> None:
    keys = np.array([[1.0, 0.0, 0.0, 0.0], [-np.cos(0.2), -np.sin(0.2), 0.0, 0.0]])
    between = smooth_turns(np.array([0.0, 1.0]), keys, np.array([0.5]))[0]
    np.testing.assert_allclose(np.abs(between), [np.cos(0.1), np.sin(0.1), 0.0, 0.0], atol=1e-3)
