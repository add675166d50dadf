# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from itertools import pairwise
from types import ModuleType

import numpy as np
import pytest

from gen3d.panorama import pixel_directions
from gen3d.render.lighting import (
    ROUGHNESSES,
    convolve,
    evaluate,
    ggx_lobe,
    lookup,
    prepare,
    project_irradiance,
    reflected,
    shrink,
    sky_irradiance,
    sun_irradiance,
)


def _directions(count: int, seed: int = 0) -> np.ndarray:
    v = np.random.default_rng(seed).normal(size=(3, count))
    return (v / np.linalg.norm(v, axis=0)).astype(np.float32)


def test_a_uniform_sky_lights_every_side_alike() -> None:
    sky = np.full((32, 64, 3), 5.0, np.float32)
    assert evaluate(project_irradiance(sky), _directions(100)) == pytest.approx(5.0, rel=1e-3)


def test_a_sky_bright_above_gives_the_closed_form_of_a_linear_gradient() -> None:
    # Radiance 1 + y has irradiance over pi of 1 + 2/3 n_y: two bands, so nine terms are exact.
    height = pixel_directions(64)[..., 1:2]
    sky = np.repeat(1.0 + height, 3, axis=2).astype(np.float32)
    normals = _directions(200)
    expected = 1.0 + 2.0 / 3.0 * normals[1]
    assert evaluate(project_irradiance(sky), normals)[0] == pytest.approx(expected, abs=2e-3)


def test_a_half_sky_is_within_the_error_of_nine_terms() -> None:
    # A white upper hemisphere: (1 + n_y) / 2; band 3 is what nine terms leave out.
    sky = np.repeat(pixel_directions(64)[..., 1:2] > 0, 3, axis=2).astype(np.float32)
    normals = _directions(200)
    got = evaluate(project_irradiance(sky), normals)[1]
    assert np.abs(got - 0.5 * (1.0 + normals[1])).max() < 0.02


def test_convolution_keeps_a_uniform_sky_and_turns_with_the_sky() -> None:
    rng = np.random.default_rng(0)
    flat = np.full((16, 32, 3), 2.0, np.float32)
    assert convolve(flat, ggx_lobe(0.4)) == pytest.approx(2.0, rel=1e-5)
    sky = rng.uniform(0, 1, (16, 32, 3)).astype(np.float32)
    turned = convolve(np.roll(sky, 5, axis=1), ggx_lobe(0.4))
    assert turned == pytest.approx(np.roll(convolve(sky, ggx_lobe(0.4)), 5, axis=1), abs=1e-5)


def test_convolution_equals_the_sum_over_all_directions() -> None:
    rng = np.random.default_rng(1)
    sky = rng.uniform(0, 1, (8, 16, 3)).astype(np.float32)
    lobe = ggx_lobe(0.7)
    directions = pixel_directions(8).reshape(-1, 3)
    theta = np.pi * (np.arange(9)) / 8
    solid = np.repeat(np.cos(theta[:-1]) - np.cos(theta[1:]), 16)
    angle = np.arccos(np.clip(directions @ directions.T, -1, 1))
    weight = lobe[np.rint(angle * (4096 / np.pi)).astype(int)] * solid
    expected = weight @ sky.reshape(-1, 3) / weight.sum(axis=1, keepdims=True)
    assert convolve(sky, lobe).reshape(-1, 3) == pytest.approx(expected, abs=1e-4)


def test_rough_mirrors_see_a_duller_sky(shapes: ModuleType) -> None:
    light = prepare(shapes.sunny((0.0, 1.0, 0.0)))
    spread = [float(level.std()) for level in light.reflections]
    assert all(b <= a + 1e-3 for a, b in pairwise(spread))
    directions = _directions(50)
    smooth = reflected(light, directions, np.zeros(50, np.float32))
    sharp = lookup(light.reflections[0], directions)
    assert smooth == pytest.approx(sharp, rel=1e-4)
    assert len(light.reflections) == len(ROUGHNESSES)


def test_looking_up_a_pixel_centre_gives_the_pixel() -> None:
    panorama = np.random.default_rng(2).uniform(0, 1, (16, 32, 3)).astype(np.float32)
    directions = pixel_directions(16).reshape(-1, 3).T.astype(np.float32)
    assert pytest.approx(panorama.reshape(-1, 3), abs=1e-4) == lookup(panorama, directions).T


def test_shrinking_keeps_the_mean() -> None:
    sky = np.random.default_rng(3).uniform(0, 1, (128, 256, 3)).astype(np.float32)
    assert shrink(sky, 32).shape == (32, 64, 3)
    assert shrink(sky, 32).mean() == pytest.approx(sky.mean(), rel=1e-5)


def test_level_ground_gets_the_suns_share_by_its_height(shapes: ModuleType) -> None:
    light = prepare(shapes.sunny((0.0, 0.6, 0.8), lux=1000.0))
    assert sun_irradiance(light) == pytest.approx(600.0 / np.pi, rel=1e-5)
    assert (sky_irradiance(light) > 0).all()
