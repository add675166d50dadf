# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.fields.cleanup import survey
from gen3d.fields.surface import density_level, extract, gradient, sampled
from gen3d.foundry.solids import Solid, volume


def ball(points: Tensor) -> Tensor:
    return points.norm(dim=1) - 0.7


def ring(points: Tensor) -> Tensor:
    around = points[:, [0, 2]].norm(dim=1) - 0.6
    return torch.stack([around, points[:, 1]], dim=1).norm(dim=1) - 0.2


def cube(points: Tensor) -> Tensor:
    away = points.abs() - 0.5
    return away.clamp_min(0.0).norm(dim=1) + away.amax(dim=1).clamp_max(0.0)


def area(surface: Solid) -> float:
    a, b, c = np.moveaxis(surface.verts[surface.faces], 1, 0)
    return float(0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())


@pytest.mark.parametrize(
    ("function", "area_", "volume_", "genus"),
    [
        (ball, 4.0 * np.pi * 0.49, 4.0 / 3.0 * np.pi * 0.343, 0),
        (ring, 4.0 * np.pi**2 * 0.6 * 0.2, 2.0 * np.pi**2 * 0.6 * 0.04, 1),
        (cube, 6.0, 1.0, 0),
    ],
)
def test_area_volume_and_handles_are_those_of_the_closed_form(
    function: object, area_: float, volume_: float, genus: int
) -> None:
    surface = extract(function, 65)
    found = survey(surface)
    assert found.watertight
    assert found.pieces == 1
    assert found.genus == genus
    assert area(surface) == pytest.approx(area_, rel=0.04)
    assert volume(surface) == pytest.approx(volume_, rel=0.008)


def test_vertices_lie_on_the_surface_and_triangles_close_to_it() -> None:
    surface = extract(ball, 64)
    middle = surface.verts[surface.faces].mean(axis=1)
    assert np.abs(np.linalg.norm(surface.verts, axis=1) - 0.7).max() < 1e-5
    # Sagitta of a chord of a voxel's diagonal: h²·3/(8 r).
    assert np.abs(np.linalg.norm(middle, axis=1) - 0.7).max() < 3.0 * (2 / 63) ** 2 / (8 * 0.7)


def test_newton_steps_bring_a_curved_level_nearer_than_plain_cubes() -> None:
    def steep(points: Tensor) -> Tensor:
        return (points * points).sum(dim=1) - 0.49

    plain, moved = extract(steep, 33, slope=2.0, newton_steps=0), extract(steep, 33, slope=2.0)
    error = [np.abs(np.linalg.norm(s.verts, axis=1) - 0.7).max() for s in (plain, moved)]
    assert error[1] < 0.01 * error[0]


def test_twice_the_samples_quarter_the_error_of_the_volume() -> None:
    exact = 4.0 / 3.0 * np.pi * 0.343
    coarse, fine = (abs(volume(extract(ball, n)) - exact) for n in (33, 65))
    assert 3.0 < coarse / fine < 5.0


def test_a_wall_of_two_and_a_half_voxels_survives_at_128() -> None:
    surface = extract(lambda p: (p.norm(dim=1) - 0.7).abs() - 0.02, 128, newton_steps=0)
    found = survey(surface)
    assert found.watertight
    assert found.pieces == 2
    assert found.volume == pytest.approx(4.0 * np.pi * 0.49 * 0.04, rel=0.01)


def test_only_the_neighbourhood_of_the_surface_is_evaluated() -> None:
    asked = 0

    def counted(points: Tensor) -> Tensor:
        nonlocal asked
        asked += len(points)
        return ball(points)

    grid = sampled(counted, 97, slope=1.0)
    assert asked < 0.3 * 97**3
    assert torch.equal(grid < 0, sampled(ball, 97, slope=1e6) < 0)


def test_what_crosses_the_cube_is_closed_at_its_boundary() -> None:
    surface = extract(lambda p: p[:, 1] - 0.25, 33)
    assert survey(surface).watertight
    assert volume(surface) == pytest.approx(4.0 * 1.25, rel=0.02)


def test_the_gradient_is_that_of_the_closed_form() -> None:
    points = torch.tensor([[0.3, 0.4, 0.0], [0.0, -0.2, 0.1]])
    wanted = points / points.norm(dim=1, keepdim=True)
    assert torch.allclose(gradient(ball, points, 1e-2), wanted, atol=2e-3)


def test_the_level_of_a_fuzzy_ball_lies_where_a_renderer_sees_its_edge() -> None:
    def density(points: Tensor) -> Tensor:
        return 50.0 * torch.sigmoid((0.5 - points.norm(dim=1)) * 20.0)

    level = density_level(density)
    # Optical depth ln 2 from outside: (50/20) ln(1 + exp(20 (0.5 - r))) = ln 2.
    seen = 0.5 - np.log(np.exp(np.log(2.0) * 20.0 / 50.0) - 1.0) / 20.0
    surface = extract(lambda p: level - density(p), 64, slope=None)
    radius = float(np.linalg.norm(surface.verts, axis=1).mean())
    assert radius == pytest.approx(seen, abs=0.03)


@pytest.mark.parametrize("value", [1.0, float("nan")])
def test_a_field_without_a_surface_is_refused_with_a_sentence(value: float) -> None:
    with pytest.raises(Gen3dError, match="surface"):
        extract(lambda p: torch.full((len(p),), value), 33)


def test_an_even_density_has_no_level() -> None:
    with pytest.raises(Gen3dError, match="same density"):
        density_level(lambda p: torch.ones(len(p)), 16)
