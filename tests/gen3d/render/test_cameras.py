# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest

from gen3d.render.cameras import (
    at_distance,
    box_corners,
    frame_box,
    look_at,
    orbit_direction,
    pixel_rectangle,
    project,
    ray_directions,
    shrunk,
)


def test_a_ray_through_a_projected_point_meets_the_point_again() -> None:
    rng = np.random.default_rng(0)
    points = rng.uniform(-0.5, 0.5, (200, 3)) + np.array([0.0, 1.0, 0.0])
    camera = look_at(np.array([2.0, 1.5, 3.0]), np.array([0.0, 1.0, 0.0]), 30.0, 320, 240)
    pixels, _ = project(camera, points)
    rays = ray_directions(camera, pixels.astype(np.float32)).T
    along = np.sum((points - camera.eye) * rays, axis=1, keepdims=True)
    assert np.abs(camera.eye + along * rays - points).max() < 1e-4


def test_the_target_is_in_the_middle_and_up_is_up() -> None:
    camera = look_at(np.array([1.0, 2.0, 3.0]), np.array([0.2, 1.0, 0.1]), 30.0, 320, 240)
    pixels, depth = project(camera, np.array([[0.2, 1.0, 0.1], [0.2, 1.1, 0.1]]))
    assert pixels[0] == pytest.approx([160.0, 120.0], abs=1e-2)
    assert pixels[1, 1] < pixels[0, 1]
    assert (depth > 0).all()


def test_from_the_front_the_left_hand_is_on_the_right_of_the_picture() -> None:
    front = orbit_direction(0.0, 0.0)
    assert front == pytest.approx([0.0, 0.0, 1.0])
    camera = look_at(front * 3.0, np.zeros(3), 30.0, 100, 100)
    pixels, _ = project(camera, np.array([[0.3, 0.0, 0.0]]))
    assert pixels[0, 0] > 50.0


@pytest.mark.parametrize("azimuth", [0.0, 37.0, 90.0, 180.0, 251.0])
def test_a_framed_box_fills_the_picture_and_stays_inside(azimuth: float) -> None:
    low, high = np.array([-0.9, 0.0, -0.2]), np.array([0.9, 1.8, 0.3])
    camera = frame_box(low, high, orbit_direction(azimuth, 5.0), 24.0, 300, 400, margin=0.1)
    pixels, _ = project(camera, box_corners(low, high))
    half = np.array([150.0, 200.0])
    reach = np.abs(pixels - half).max(axis=0) / half
    assert reach.max() == pytest.approx(0.9, abs=1e-3)


def test_the_pixel_rectangle_holds_every_point_and_little_more() -> None:
    points = np.random.default_rng(1).normal(size=(500, 3)) * 0.2
    camera = look_at(np.array([0.0, 0.0, 4.0]), np.zeros(3), 30.0, 200, 200)
    left, top, right, bottom = pixel_rectangle(camera, points, pad_px=0)
    pixels, _ = project(camera, points)
    assert left <= pixels[:, 0].min() < left + 1
    assert bottom - 1 <= pixels[:, 1].max() <= bottom
    assert top <= pixels[:, 1].min()
    assert pixels[:, 0].max() <= right


def test_a_point_behind_the_camera_asks_for_the_whole_picture() -> None:
    camera = look_at(np.array([0.0, 0.0, 4.0]), np.zeros(3), 30.0, 200, 100)
    assert pixel_rectangle(camera, np.array([[0.0, 0.0, 9.0]])) == (0, 0, 200, 100)


def test_a_shrunk_camera_sees_the_same() -> None:
    camera = look_at(np.array([1.0, 1.0, 4.0]), np.zeros(3), 30.0, 240, 160)
    point = np.array([[0.3, -0.2, 0.1]])
    assert project(shrunk(camera, 8), point)[0] * 8 == pytest.approx(project(camera, point)[0])


def test_moving_back_keeps_the_middle_in_the_middle() -> None:
    centre = np.array([0.0, 1.0, 0.0])
    camera = at_distance(look_at(np.array([3.0, 2.0, 1.0]), centre, 30.0, 100, 100), centre, 9.0)
    assert np.linalg.norm(camera.eye - centre) == pytest.approx(9.0, abs=1e-4)
    assert project(camera, centre[None])[0][0] == pytest.approx([50.0, 50.0], abs=1e-2)
