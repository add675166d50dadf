# SPDX-License-Identifier: Apache-2.0
"""Laws of the texel rasteriser and of the pictures made from it."""

from __future__ import annotations

import numpy as np
from scipy.spatial import Delaunay

from gen3d.wardrobe.texels import (
    dilate,
    encode_srgb,
    enlarge,
    normal_map,
    rasterise,
    texel_metres,
)


def _random_layout(seed: int) -> tuple[np.ndarray, np.ndarray]:
    points = np.random.default_rng(seed).random((60, 2))
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    points = np.concatenate([points, corners]).astype(np.float32)
    return points, Delaunay(points).simplices.astype(np.int32)


def test_a_triangulated_square_covers_every_texel_exactly() -> None:
    uvs, faces = _random_layout(1)
    assert rasterise(uvs, faces, 96).mask.all()


def test_a_linear_function_of_uv_is_reproduced_at_texel_centres() -> None:
    uvs, faces = _random_layout(2)
    size = 64
    values = np.stack([uvs[:, 0] * 3.0 - uvs[:, 1], uvs[:, 1]], axis=1)
    picture = rasterise(uvs, faces, size).interpolate(values)
    axis = (np.arange(size) + 0.5) / size
    u, v = np.meshgrid(axis, axis)
    np.testing.assert_allclose(picture[..., 0], 3.0 * u - v, atol=2e-5)
    np.testing.assert_allclose(picture[..., 1], v, atol=2e-5)


def test_barycentrics_sum_to_one_and_are_inside() -> None:
    uvs, faces = _random_layout(3)
    weights = rasterise(uvs, faces, 80).barycentrics
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-5)
    assert weights.min() > -1e-4


def test_winding_does_not_change_coverage() -> None:
    uvs, faces = _random_layout(4)
    faces = faces[::3]
    there = rasterise(uvs, faces, 70).face_index
    back = rasterise(uvs, faces[:, ::-1], 70).face_index
    assert np.array_equal(there, back)


def test_coverage_matches_a_point_in_triangle_test() -> None:
    uvs = np.array([[0.1, 0.2], [0.9, 0.35], [0.4, 0.95]], dtype=np.float32)
    mask = rasterise(uvs, np.array([[0, 1, 2]], dtype=np.int32), 128).mask
    axis = (np.arange(128) + 0.5) / 128
    points = np.stack(np.meshgrid(axis, axis), axis=-1)
    sides = list[np.ndarray]()
    for i in range(3):
        (ex, ey), (px, py) = uvs[(i + 1) % 3] - uvs[i], np.moveaxis(points - uvs[i], -1, 0)
        sides.append(ex * py - ey * px)
    assert np.array_equal(mask, np.all(np.array(sides) > 0, axis=0))


def test_degenerate_and_outside_triangles_cover_nothing() -> None:
    uvs = np.array([[0.2, 0.2], [0.8, 0.2], [0.5, 0.2], [2.0, 2.0], [3.0, 2.0], [2.0, 3.0]])
    texels = rasterise(uvs.astype(np.float32), np.array([[0, 1, 2], [3, 4, 5]]), 32)
    assert not texels.mask.any()


def test_dilation_copies_the_nearest_colour_and_leaves_the_covered_alone() -> None:
    picture = np.zeros((40, 40, 1), dtype=np.float32)
    mask = np.zeros((40, 40), dtype=bool)
    mask[10:30, 10:20], mask[10:30, 20:30] = True, True
    picture[10:30, 10:20], picture[10:30, 20:30] = 1.0, 3.0
    grown = dilate(picture, mask, 4)
    assert np.array_equal(grown[mask], picture[mask])
    assert (grown[12:28, 7:10] == 1.0).all()
    assert (grown[12:28, 30:33] == 3.0).all()
    assert grown[0, 0] == 2.0


def test_texel_size_of_a_flat_sheet_is_its_width_over_its_texels() -> None:
    uvs, faces = _random_layout(5)
    positions = np.concatenate([uvs * 0.5, np.zeros((len(uvs), 1))], axis=1)
    size = texel_metres(rasterise(uvs, faces, 100), positions.astype(np.float32), uvs)
    np.testing.assert_allclose(size, 0.005, rtol=1e-3)


def test_enlarging_keeps_a_ramp_straight() -> None:
    ramp = np.tile(np.arange(16, dtype=np.float32)[None, :, None], (16, 1, 1))
    bigger = enlarge(ramp, 2)[..., 0]
    np.testing.assert_allclose(bigger[4, 2:-2], (np.arange(32) - 0.5)[2:-2] / 2.0, atol=1e-5)


def test_srgb_bytes_follow_the_standard_curve() -> None:
    linear = np.linspace(0.0, 1.0, 2001, dtype=np.float32)
    curve = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert np.abs(encode_srgb(linear).astype(float) - curve * 255.0).max() < 0.6


def test_a_slope_tilts_the_normal_against_it() -> None:
    rows, columns = np.mgrid[0:32, 0:32].astype(np.float32)
    size = np.full((32, 32), 0.001, dtype=np.float32)
    to_the_right = normal_map(columns * 0.001, size)[16, 16] / 255.0 * 2.0 - 1.0
    downwards = normal_map(rows * 0.001, size)[16, 16] / 255.0 * 2.0 - 1.0
    half = np.sqrt(0.5)
    np.testing.assert_allclose(to_the_right, [-half, 0.0, half], atol=0.01)
    np.testing.assert_allclose(downwards, [0.0, half, half], atol=0.01)
