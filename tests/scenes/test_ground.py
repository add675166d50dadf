# SPDX-License-Identifier: Apache-2.0
"""The ground's variation: seeded, gentle, and without effect on the mean."""

from __future__ import annotations

import numpy as np

from gen3d import panorama
from gen3d.scenery import CloudSpec
from gen3d.spec import SkySpec
from scenes.cloud_shadows import SIDE
from scenes.generate import generate
from scenes.ground import drop_of, reach_of, sun_shares, variation
from scenes.spectrum import luminance

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


def _half_plane(dark_from_z: float) -> np.ndarray:
    """Maps of a cloud whose edge runs along X: no sun from some distance along +Z on."""
    cells = (np.array([6.0, 36.0, 216.0]))[:, None] * (np.arange(SIDE) - SIDE // 2)
    share = np.clip((dark_from_z - cells) / 200.0, 0.0, 1.0).astype(np.float32)
    return np.repeat(share[:, None], SIDE, axis=1)


def test_ground_under_a_cloud_lies_where_the_suns_lines_carry_its_shadow() -> None:
    toward = panorama.sun_direction(45.0, 180.0)
    share = sun_shares(_half_plane(400.0), toward, DEPRESSION, BEARING)
    ahead, back = 0, len(BEARING) // 2
    # At the feet and behind the viewer the sun shines; far ahead it does not.
    np.testing.assert_allclose(share[-50:], 1.0, atol=1e-5)
    np.testing.assert_allclose(share[:, back], 1.0, atol=1e-5)
    assert share[0, ahead] < 0.01
    # Light from behind at 45 degrees goes on by as much as the ground lies under the eye.
    rows = np.flatnonzero(reach_of(DEPRESSION) < 900.0)
    ahead = reach_of(DEPRESSION)[rows, None] * np.cos(BEARING) - drop_of(DEPRESSION)[rows, None]
    want = np.clip((400.0 - ahead) / 200.0, 0.0, 1.0)
    np.testing.assert_allclose(share[rows], want, atol=0.05)
    assert (want < 0.5).any()


def test_shadows_of_clouds_leave_the_sky_and_the_viewers_feet_as_they_are() -> None:
    spec = SkySpec(width_px=256, sun_elevation_deg=30, clouds=(CloudSpec(cover=0.5),))
    with_them, without = (generate(spec, 4, shadows=on).radiance for on in (True, False))
    np.testing.assert_array_equal(with_them[:64], without[:64])
    np.testing.assert_allclose(with_them[80:], without[80:], rtol=2e-3)
    ratio = luminance(with_them[66:70] / without[66:70])
    assert ratio.min() < 0.75
    assert ratio.max() < 1.02
