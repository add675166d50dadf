# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from gen3d.foundry.solids import Solid, box, ellipsoid, moved, turned
from gen3d.render.fragments import visible
from gen3d.render.mesh import PerVertex, Surface, render_mesh
from gen3d.render.silhouette import contour, edges_of
from gen3d.render.studio import default_light
from gen3d.render.views import Views, orbit

WHITE = Surface(1.0)


def _views(size: int | tuple[int, int] = 48, azimuth: float = 0.0, elevation: float = 0.0) -> Views:
    values = ([azimuth], [elevation], [3.0], [40.0])
    a, e, d, f = (torch.tensor(value, dtype=torch.float64) for value in values)
    return orbit(a, e, d, f, size)


def _mesh(solid: Solid) -> tuple[Tensor, Tensor]:
    return torch.from_numpy(solid.verts.copy()), torch.from_numpy(solid.faces)


def _alpha(verts: Tensor, faces: Tensor, views: Views) -> Tensor:
    return render_mesh(verts, faces, views, default_light(), WHITE, output="albedo").alpha


def _slope(value: Callable[[Tensor], Tensor], at: float, step: float) -> tuple[float, float]:
    """Derivative of a scalar function by autograd and by central differences."""
    x = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    (exact,) = torch.autograd.grad(value(x), x)
    with torch.no_grad():
        ahead, behind = value(x.detach() + step), value(x.detach() - step)
    return float(exact), float((ahead - behind) / (2.0 * step))


TRIANGLE = torch.tensor([[-0.61, -0.52, 0.1], [0.7, -0.33, -0.2], [0.08, 0.64, 0.0]]).double()
ONE_FACE = torch.tensor([[0, 1, 2]])


def _turn(angle: Tensor) -> Tensor:
    cosine, sine, zero = torch.cos(angle), torch.sin(angle), torch.zeros_like(angle)
    rows = [[cosine, -sine, zero], [sine, cosine, zero], [zero, zero, torch.ones_like(angle)]]
    return torch.stack([torch.stack(row) for row in rows])


MOTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "slides": lambda x: TRIANGLE + x * torch.tensor([1.0, 0.3, 0.0]).double(),
    "comes nearer": lambda x: TRIANGLE + x * torch.tensor([0.0, 0.0, 1.0]).double(),
    "grows": lambda x: TRIANGLE * (1.0 + x),
    "turns": lambda x: TRIANGLE @ _turn(x).T,
}


@pytest.mark.parametrize("motion", MOTIONS)
def test_the_pictures_slope_is_that_of_finite_differences_when_a_triangle(motion: str) -> None:
    views, weights = _views(), torch.rand(1, 48, 48, generator=torch.Generator().manual_seed(0))
    weights = weights.double()

    def value(x: Tensor) -> Tensor:
        return (weights * _alpha(MOTIONS[motion](x), ONE_FACE, views)).sum()

    exact, numeric = _slope(value, 0.0137, 1e-6)
    assert exact == pytest.approx(numeric, rel=1e-6)
    assert abs(exact) > 0.1


def test_coverage_of_a_triangle_is_its_projected_area() -> None:
    views = _views(64)
    flat = TRIANGLE * torch.tensor([1.0, 1.0, 0.0]).double()
    focal = 32.0 / math.tan(math.radians(20.0))
    (ax, ay), (bx, by), (cx, cy) = (flat[:, :2] * focal / 3.0).tolist()
    area = 0.5 * abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay))
    assert float(_alpha(flat, ONE_FACE, views).sum()) == pytest.approx(area, rel=2e-3)


def test_a_sliding_balls_coverage_is_steadier_than_its_count_of_pixels() -> None:
    verts, faces = _mesh(ellipsoid(0.4, detail=32))
    views = _views(24)
    soft, hard = [], []
    for x in np.linspace(0.0, 0.15, 25):
        place = verts + float(x) * torch.tensor([1.0, 0.6, 0.0], dtype=torch.float64)
        soft.append(float(_alpha(place, faces, views).sum()))
        hard.append(len(visible(place, faces, views).face))
    assert np.ptp(soft) < 0.02 * np.mean(soft)
    assert np.std(soft) < 0.25 * np.std(hard)


def test_a_balls_area_grows_as_geometry_says() -> None:
    verts, faces = _mesh(ellipsoid(1.0, detail=64))
    views = _views(96)
    focal = 48.0 / math.tan(math.radians(20.0))

    def area(radius: Tensor) -> Tensor:
        return _alpha(radius * verts, faces, views).sum()

    # The contour of a ball of radius r at distance d is a circle of focal * r / sqrt(d² - r²).
    for radius in (0.5, 0.61, 0.83):
        x = torch.tensor(radius, dtype=torch.float64, requires_grad=True)
        value = area(x)
        (slope,) = torch.autograd.grad(value, x)
        expected = math.pi * focal**2 * radius**2 / (9.0 - radius**2)
        expected_slope = 18.0 * math.pi * focal**2 * radius / (9.0 - radius**2) ** 2
        assert float(value.detach()) == pytest.approx(expected, rel=4e-3)
        assert float(slope) == pytest.approx(expected_slope, rel=2e-2)


def test_a_cubes_area_grows_as_geometry_says() -> None:
    cube = moved(box(1.0, 1.0, 1.0, bevel=0.0), y=-0.5)
    verts, faces = _mesh(cube)
    views = _views(97)
    focal = 48.5 / math.tan(math.radians(20.0))
    x = torch.tensor(0.917, dtype=torch.float64, requires_grad=True)
    value = _alpha(x * verts, faces, views).sum()
    (slope,) = torch.autograd.grad(value, x)
    # The front face of a cube of side a is a square of side focal * a / (3 - a / 2).
    side = focal * 0.917 / (3.0 - 0.917 / 2.0)
    assert float(value.detach()) == pytest.approx(side**2, rel=5e-3)
    assert float(slope) == pytest.approx(2.0 * side * focal * 3.0 / (3.0 - 0.4585) ** 2, rel=3e-2)


def test_faces_smaller_than_pixels_lose_no_coverage() -> None:
    views = _views(24)
    coarse, fine = (_mesh(ellipsoid(0.7, detail=n)) for n in (40, 160))
    focal = 12.0 / math.tan(math.radians(20.0))
    area = math.pi * focal**2 * 0.49 / (9.0 - 0.49)
    assert float(_alpha(*coarse, views).sum()) == pytest.approx(area, rel=1e-2)
    assert float(_alpha(*fine, views).sum()) == pytest.approx(area, rel=1e-2)


def _two_cards() -> tuple[Tensor, Tensor, Surface]:
    """A bright card in front of a dark one that fills the picture."""
    near = np.array([[-0.4, -0.5, 0.5], [0.3, -0.6, 0.5], [0.45, 0.5, 0.5], [-0.5, 0.4, 0.5]])
    far = np.array([[-3, -3, -0.5], [3, -3, -0.5], [3, 3, -0.5], [-3, 3, -0.5]])
    faces = torch.tensor([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]])
    colour = torch.tensor([[0.9, 0.8, 0.7]] * 4 + [[0.1, 0.2, 0.3]] * 4, dtype=torch.float64)
    return torch.from_numpy(np.concatenate([near, far])), faces, Surface(PerVertex(colour))


def test_inner_contours_are_blended_and_move_like_finite_differences() -> None:
    verts, faces, surface = _two_cards()
    views = _views(40)
    weights = torch.rand(1, 40, 40, 3, generator=torch.Generator().manual_seed(1)).double()
    near = torch.tensor([1.0] * 4 + [0.0] * 4, dtype=torch.float64)[:, None]

    def value(x: Tensor) -> Tensor:
        moved_verts = verts + x * near * torch.tensor([0.7, 0.4, 0.5], dtype=torch.float64)
        shot = render_mesh(moved_verts, faces, views, default_light(), surface, output="albedo")
        return (weights * shot.rgb).sum()

    shot = render_mesh(verts, faces, views, default_light(), surface, output="albedo")
    red = shot.rgb[..., 0]
    mixed = ((red > 0.12) & (red < 0.88)).sum()
    assert 40 < int(mixed) < 120
    assert torch.allclose(shot.alpha, torch.ones_like(shot.alpha))
    exact, numeric = _slope(value, 0.011, 1e-6)
    assert exact == pytest.approx(numeric, rel=1e-6)


def test_what_is_hidden_leaves_no_contour() -> None:
    verts, faces, surface = _two_cards()
    swapped = verts * torch.tensor([1.0, 1.0, -1.0], dtype=torch.float64)
    shot = render_mesh(swapped, faces, _views(40), default_light(), surface, output="albedo")
    dark = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64)
    assert torch.allclose(shot.rgb, dark.expand_as(shot.rgb), atol=1e-9)


def test_cameras_and_lenses_get_the_slope_of_finite_differences() -> None:
    verts, faces = _mesh(turned(moved(box(1.1, 0.7, 0.9, bevel=0.0), y=-0.35), "z", 17.0))
    weights = torch.rand(1, 40, 56, generator=torch.Generator().manual_seed(2)).double()
    still = _views((40, 56), 33.0, 21.0)
    shift = torch.tensor([[0.3, -0.5, 0.8]], dtype=torch.float64)

    def moved_camera(x: Tensor) -> Tensor:
        matrix = torch.cat(
            [
                torch.cat(
                    [
                        still.T_world_camera[:, :3, :3] @ _turn(0.4 * x),
                        still.eyes[..., None] + x * shift[..., None],
                    ],
                    dim=2,
                ),
                still.T_world_camera[:, 3:],
            ],
            dim=1,
        )
        views = replace(still, T_world_camera=matrix, fov_y=still.fov_y * (1.0 + 0.3 * x))
        return (weights * _alpha(verts, faces, views)).sum()

    exact, numeric = _slope(moved_camera, 0.0123, 1e-6)
    assert exact == pytest.approx(numeric, rel=1e-5)
    assert abs(exact) > 1.0


def test_every_vertex_of_a_lump_gets_the_slope_of_finite_differences() -> None:
    """All buffers of a shaded render, inner and outer contours, smooth normals, one random mix."""
    verts, faces = _mesh(ellipsoid(0.6, 0.4, 0.5, detail=6))
    generator = torch.Generator().manual_seed(3)
    verts = verts + 0.06 * torch.randn(verts.shape, generator=generator, dtype=torch.float64)
    colours = torch.rand(verts.shape, generator=generator, dtype=torch.float64)
    views = _views(28, 40.0, 15.0)
    mix = torch.randn(1, 28, 28, 8, generator=generator, dtype=torch.float64)

    def value(positions: Tensor) -> Tensor:
        shot = render_mesh(positions, faces, views, default_light(), Surface(PerVertex(colours)))
        parts = (shot.rgb, shot.alpha[..., None], shot.normal, shot.depth[..., None])
        return (mix * torch.cat(parts, dim=-1)).sum()

    x = verts.clone().requires_grad_()
    (exact,) = torch.autograd.grad(value(x), x)
    wrong = 0
    with torch.no_grad():
        for _ in range(24):
            along = torch.randn(verts.shape, generator=generator, dtype=torch.float64)
            numeric = (value(verts + 1e-7 * along) - value(verts - 1e-7 * along)) / 2e-7
            wrong += not math.isclose(float((exact * along).sum()), float(numeric), rel_tol=1e-3)
    # A difference that catches a pixel as it changes faces is not a derivative.
    assert wrong <= 2


def test_contours_of_a_closed_convex_mesh_are_loops_seen_from_everywhere() -> None:
    verts, faces = _mesh(ellipsoid(0.7, 0.5, 0.6, detail=10))
    edges = edges_of(verts, faces)
    for azimuth in (3.0, 77.0, 201.0):
        side = contour(verts, faces, edges, _views(8, azimuth, 13.0))
        ends = edges.ends[side[0] != 0].reshape(-1)
        _, count = torch.unique(ends, return_counts=True)
        assert bool((count == 2).all())


def test_seams_of_split_vertices_are_no_borders() -> None:
    verts, faces = _mesh(ellipsoid(0.6, detail=8))
    split = verts[faces.long().reshape(-1)]
    apart = torch.arange(len(split), dtype=torch.int32).reshape(-1, 3)
    whole, seamed = edges_of(verts, faces), edges_of(split, apart)
    assert len(whole.ends) == len(seamed.ends) == len(faces) * 3 // 2
    views = _views(8, 20.0, 10.0)
    amount = [
        (contour(v, f, e, views) != 0).sum()
        for v, f, e in ((verts, faces, whole), (split, apart, seamed))
    ]
    assert int(amount[0]) == int(amount[1]) > 0


def test_gradient_descent_on_the_silhouette_alone_finds_a_balls_place_and_size() -> None:
    verts, faces = _mesh(ellipsoid(1.0, detail=12))
    verts = verts.float()
    azimuth = torch.tensor([0.0, 90.0])
    views = orbit(azimuth, torch.zeros(2), torch.full((2,), 3.0), torch.full((2,), 40.0), 32)
    place = torch.tensor([0.12, -0.08, 0.15])
    target = _alpha(0.5 * verts + place, faces, views)
    guess = torch.tensor([0.0, 0.0, 0.0, 0.35], requires_grad=True)
    optimiser = torch.optim.Adam([guess], lr=0.025)
    for _ in range(50):
        optimiser.zero_grad()
        (_alpha(guess[3] * verts + guess[:3], faces, views) - target).square().mean().backward()
        optimiser.step()
    assert guess.detach().tolist() == pytest.approx([*place.tolist(), 0.5], abs=0.01)
