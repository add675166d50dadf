# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gen3d.render.views import Views, orbit, project, rays

ANGLES = st.tuples(st.floats(-720.0, 720.0), st.floats(-80.0, 80.0), st.floats(10.0, 100.0))


def _one(
    azimuth: float, elevation: float, fov: float = 40.0, size: tuple[int, int] = (6, 9)
) -> Views:
    values = (torch.tensor([v], dtype=torch.float64) for v in (azimuth, elevation, 3.0, fov))
    a, e, d, f = values
    return orbit(a, e, d, f, size)


def test_azimuth_turns_from_the_front_to_the_things_left_and_elevation_rises() -> None:
    for azimuth, elevation, eye in (
        (0.0, 0.0, [0.0, 0.0, 3.0]),
        (90.0, 0.0, [3.0, 0.0, 0.0]),
        (180.0, 0.0, [0.0, 0.0, -3.0]),
        (0.0, 30.0, [0.0, 1.5, 3.0 * math.cos(math.pi / 6)]),
    ):
        assert _one(azimuth, elevation).eyes[0].tolist() == pytest.approx(eye, abs=1e-12)


@settings(deadline=None, max_examples=30)
@given(ANGLES)
def test_a_camera_is_a_rotation_that_looks_at_its_target_upright(
    angles: tuple[float, float, float],
) -> None:
    views = _one(*angles)
    rotation = views.T_world_camera[0, :3, :3]
    assert torch.allclose(rotation @ rotation.T, torch.eye(3).double(), atol=1e-12)
    assert float(torch.linalg.det(rotation)) == pytest.approx(1.0)
    assert torch.allclose(views.eyes[0] / 3.0, rotation[:, 2], atol=1e-12)
    assert float(rotation[1, 1]) > 0.0
    assert float(rotation[1, 0]) == pytest.approx(0.0, abs=1e-12)


@settings(deadline=None, max_examples=30)
@given(ANGLES, st.floats(0.5, 20.0))
def test_points_on_a_pixels_ray_project_to_its_centre(
    angles: tuple[float, float, float], distance: float
) -> None:
    views = _one(*angles)
    origins, directions = rays(views)
    points = (origins + distance * directions).reshape(-1, 3)
    pixel, depth = project(views, points)
    row, column = torch.meshgrid(torch.arange(6), torch.arange(9), indexing="ij")
    expected = torch.stack([column, row], dim=-1).reshape(-1, 2).double() + 0.5
    assert torch.allclose(pixel[0], expected, atol=1e-7)
    assert bool((depth > 0.0).all())
    assert torch.allclose(directions.norm(dim=-1), torch.ones(1, 6, 9).double())


def test_the_field_of_view_spans_the_pictures_height() -> None:
    views = _one(0.0, 0.0, 50.0)
    top = 3.0 * math.tan(math.radians(25.0))
    pixel, depth = project(views, torch.tensor([[0.0, top, 0.0], [0.0, -top, 0.0]]).double())
    assert pixel[0, :, 1].tolist() == pytest.approx([0.0, 6.0], abs=1e-6)
    assert depth[0].tolist() == pytest.approx([3.0, 3.0])


def test_cameras_are_differentiable() -> None:
    def place(azimuth: torch.Tensor, distance: torch.Tensor, fov: torch.Tensor) -> torch.Tensor:
        views = orbit(azimuth, 0.3 * azimuth, distance, fov, 4)
        points = torch.tensor([[0.2, 0.4, -0.1], [0.5, -0.3, 0.2]]).double()
        return project(views, points)[0]

    inputs = [torch.tensor([v], dtype=torch.float64, requires_grad=True) for v in (25.0, 3.0, 40.0)]
    assert torch.autograd.gradcheck(place, inputs)


def test_a_shifted_target_shifts_the_camera() -> None:
    one = torch.ones(1, dtype=torch.float64)
    target = torch.tensor([0.4, -0.2, 0.7]).double()
    moved = orbit(20 * one, 10 * one, 3 * one, 40 * one, 8, target)
    still = orbit(20 * one, 10 * one, 3 * one, 40 * one, 8)
    assert torch.allclose(moved.eyes - target, still.eyes)
    assert project(moved, target[None])[0][0, 0].tolist() == pytest.approx([4.0, 4.0])
