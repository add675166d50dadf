# SPDX-License-Identifier: Apache-2.0
"""A panorama on a dome: the floor keeps its place, the middle sees what the panorama saw."""

from __future__ import annotations

import numpy as np

from gen3d.panorama import EYE_HEIGHT
from gen3d.render.dome import box_directions, dome_directions


def _ways(count: int) -> np.ndarray:
    draws = np.random.default_rng(0).standard_normal((3, count))
    return (draws / np.linalg.norm(draws, axis=0)).astype(np.float32)


def test_a_camera_in_the_middle_sees_the_panorama_itself() -> None:
    ways, eye = _ways(200), np.array([0.0, EYE_HEIGHT, 0.0], np.float32)
    np.testing.assert_allclose(dome_directions(40.0, eye, ways), ways, atol=1e-6)


def test_no_dome_is_infinitely_far() -> None:
    ways = _ways(50)
    assert dome_directions(0.0, np.array([3.0, 1.0, 0.0], np.float32), ways) is ways


def test_a_point_of_the_floor_is_looked_up_where_it_lies() -> None:
    point = np.array([2.0, 0.0, 3.0])
    expected = point - [0.0, EYE_HEIGHT, 0.0]
    expected /= np.linalg.norm(expected)
    for eye in ([5.0, 1.2, 0.0], [-3.0, 2.5, 6.0]):
        way = (point - eye) / np.linalg.norm(point - eye)
        seen = dome_directions(40.0, np.array(eye, np.float32), way[:, None].astype(np.float32))
        np.testing.assert_allclose(seen[:, 0], expected, atol=1e-5)


def test_a_camera_beyond_the_dome_still_sees_something_everywhere() -> None:
    seen = dome_directions(10.0, np.array([30.0, 1.5, 0.0], np.float32), _ways(200))
    np.testing.assert_allclose(np.linalg.norm(seen, axis=0), 1.0, atol=1e-5)


WALLS = np.array([[-2.0, 0.0, -3.0], [2.0, 2.6, 3.0]], np.float32)


def test_in_a_room_every_wall_is_looked_up_where_it_stands() -> None:
    middle = np.array([0.0, EYE_HEIGHT, 0.0])
    for point in ([2.0, 1.0, 0.5], [-1.0, 2.6, 2.0], [0.5, 0.0, -2.0], [1.0, 0.7, -3.0]):
        expected = (point - middle) / np.linalg.norm(point - middle)
        for eye in ([0.3, 1.2, 0.4], [-1.5, 2.0, 2.5]):
            way = (np.array(point) - eye) / np.linalg.norm(np.array(point) - eye)
            ways = way[:, None].astype(np.float32)
            seen = box_directions(WALLS, np.array(eye, np.float32), ways)
            np.testing.assert_allclose(seen[:, 0], expected, atol=1e-5)


def test_a_camera_outside_looks_through_the_wall_before_it() -> None:
    ahead = np.array([[0.0], [0.0], [-1.0]], np.float32)
    seen = box_directions(WALLS, np.array([0.0, 1.0, 5.0], np.float32), ahead)[:, 0]
    expected = np.array([0.0, 1.0 - EYE_HEIGHT, -3.0])
    np.testing.assert_allclose(seen, expected / np.linalg.norm(expected), atol=1e-5)
    everywhere = box_directions(WALLS, np.array([0.0, 1.0, 5.0], np.float32), _ways(200))
    np.testing.assert_allclose(np.linalg.norm(everywhere, axis=0), 1.0, atol=1e-5)
