# SPDX-License-Identifier: Apache-2.0
"""The ground's variation: seeded, gentle, and without effect on the mean."""

from __future__ import annotations

import numpy as np

from scenes.ground import variation

DEPRESSION = np.radians(np.linspace(0.3, 89.9, 200))
BEARING = 2.0 * np.pi * (np.arange(400) + 0.5) / 400


def test_same_seed_same_ground_and_another_seed_another() -> None:
    one, again, other = (variation(DEPRESSION, BEARING, seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).max() > 0.02


def test_variation_is_gentle_and_keeps_the_mean_reflectance() -> None:
    factor = variation(DEPRESSION, BEARING, 1)
    assert factor.min() > 0.5
    assert factor.max() < 1.7
    solid = np.cos(DEPRESSION)
    np.testing.assert_allclose(solid @ factor.mean(axis=1) / solid.sum(), 1.0, atol=1e-3)
    assert 0.02 < factor[..., 1].std() < 0.2


def test_the_seam_is_like_any_other_column() -> None:
    factor = variation(DEPRESSION, BEARING, 2)[..., 1]
    steps = np.abs(np.diff(factor, axis=1)).mean(axis=0)
    assert np.abs(factor[:, 0] - factor[:, -1]).mean() < 1.25 * np.median(steps)


def test_the_far_plain_is_smoother_than_the_ground_nearby() -> None:
    factor = variation(DEPRESSION, BEARING, 3)[..., 1]
    assert factor[0].std() < 0.6 * factor[20:100].std()
