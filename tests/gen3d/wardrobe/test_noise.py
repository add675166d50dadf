# SPDX-License-Identifier: Apache-2.0
"""Statistics and laws of the noise fields."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from gen3d.easing import smoothstep
from gen3d.wardrobe.noise import cells, solid
from gen3d.wardrobe.noise_kernels import add_look_up


@pytest.fixture
def points() -> np.ndarray:
    return (np.random.default_rng(0).random((20000, 3)) * 2.0).astype(np.float32)


@pytest.mark.parametrize("octaves", [1, 4])
def test_noise_has_mean_zero_and_deviation_near_one(points: np.ndarray, octaves: int) -> None:
    field = solid(points, 0.05, 3, octaves=octaves, channels=2)
    assert np.abs(field.mean(axis=0)).max() < 0.06
    assert 0.7 < field.std() < 1.1
    assert abs(np.corrcoef(field.T)[0, 1]) < 0.06


def test_noise_is_smooth_at_a_tenth_and_unrelated_at_three_wavelengths(points: np.ndarray) -> None:
    wavelength = 0.05
    here = solid(points, wavelength, 5)[:, 0]

    def correlation(step: float) -> float:
        there = solid(points + np.float32([step, 0, 0]), wavelength, 5)[:, 0]
        return float(np.corrcoef(here, there)[0, 1])

    assert correlation(0.1 * wavelength) > 0.8
    assert abs(correlation(3.2 * wavelength)) < 0.15


def test_noise_scales_with_its_wavelength(points: np.ndarray) -> None:
    np.testing.assert_allclose(solid(points, 0.05, 7), solid(points * 4.0, 0.2, 7), atol=2e-2)


def test_seeds_differ_and_repeat(points: np.ndarray) -> None:
    one, other = solid(points, 0.1, 1)[:, 0], solid(points, 0.1, 2)[:, 0]
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.1
    assert np.array_equal(one, solid(points, 0.1, 1)[:, 0])


def test_a_sample_does_not_depend_on_what_is_sampled_with_it(points: np.ndarray) -> None:
    together = solid(points, 0.03, 9, octaves=3)
    assert np.array_equal(solid(points[::-3], 0.03, 9, octaves=3), together[::-3])
    assert solid(points[:0], 0.03, 9).shape == (0, 1)


def test_the_look_up_is_trilinear_and_wraps() -> None:
    volume = np.pad(
        np.random.default_rng(0).normal(size=(2, 4, 4, 4)), [(0, 0)] + [(0, 1)] * 3, mode="wrap"
    )
    volume = volume.astype(np.float32)
    periods = np.random.default_rng(1).uniform(-2.0, 2.0, (50, 3)).astype(np.float32)
    found = np.full((50, 2), 0.5, np.float32)
    add_look_up(volume, periods, np.eye(3), np.zeros(3), 2.0, found)
    # The volume's last axis is the position's first.
    place = (periods % 1.0)[:, ::-1].T * 4.0
    for channel in (0, 1):
        naive = map_coordinates(volume[channel], place, order=1)
        np.testing.assert_allclose(found[:, channel], 0.5 + 2.0 * naive, atol=1e-5)


def test_cell_distance_changes_no_faster_than_position(points: np.ndarray) -> None:
    near, border = cells(points, 0.1, 4)
    moved, _ = cells(points + np.float32([0.0, 0.005, 0.0]), 0.1, 4)
    # Along a diagonal of a voxel the trilinear look-up may be a little steeper than the distance.
    assert np.abs(moved - near).max() < 0.05 * 1.2
    assert near.min() >= 0.0
    assert near.max() < 1.3
    assert border.min() >= 0.0


def test_smoothstep_rises_and_falls_between_its_edges() -> None:
    x = np.linspace(-1.0, 2.0, 31)
    rise = smoothstep(0.0, 1.0, x)
    assert rise[0] == 0.0
    assert rise[-1] == 1.0
    np.testing.assert_allclose(smoothstep(1.0, 0.0, x), 1.0 - rise, atol=1e-12)
