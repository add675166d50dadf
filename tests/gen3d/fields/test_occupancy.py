# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import math

import torch
from torch import Tensor

from gen3d.fields.density import DensityField
from gen3d.fields.field import Field, FieldShape
from gen3d.fields.grid import Layout
from gen3d.fields.occupancy import everywhere, survey
from gen3d.fields.sampling import Intervals, before, intervals, stretches, through_cube
from gen3d.fields.sdf import SdfField
from gen3d.fields.volume import render_field
from gen3d.render.studio import default_light
from gen3d.render.views import orbit

SHAPE = FieldShape(Layout(levels=4, finest=32, log2_size=11), Layout(levels=4, finest=32), 16)


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _inward_rays(count: int) -> tuple[Tensor, Tensor]:
    """From outside the cube towards places in it."""
    generator = _generator(3)
    eyes = torch.nn.functional.normalize(torch.randn(count, 3, generator=generator), dim=-1) * 3.0
    targets = 1.2 * torch.rand(count, 3, generator=generator) - 0.6
    return eyes, torch.nn.functional.normalize(targets - eyes, dim=-1)


def _found(field: Field, count: int = 200, samples: int = 9) -> tuple[Intervals, Tensor, Tensor]:
    origins, directions = _inward_rays(count)
    found = intervals(field, origins, directions, survey(field), samples, _generator(1))
    return found, origins[found.ray], directions[found.ray]


def test_rays_enter_and_leave_the_cube_where_its_planes_are() -> None:
    origins = torch.tensor([[0.0, 0, 3], [0.5, 0, 0], [3.0, 3, 3], [0, 5, 3], [-2, 0, 0]])
    s = 3**-0.5
    directions = torch.tensor([[0.0, 0, -1], [1, 0, 0], [-s, -s, -s], [0, 0, -1], [-1, 0, 0]])
    near, far = through_cube(origins, directions)
    torch.testing.assert_close(near[:3], torch.tensor([2.0, 0.0, 2.0 / s]))
    torch.testing.assert_close(far[:3], torch.tensor([4.0, 0.5, 4.0 / s]))
    assert torch.equal(near[3:], far[3:])


def test_the_cells_of_a_surface_are_occupied_and_the_rest_is_not() -> None:
    field = SdfField(SHAPE, _generator(), beta=0.004)
    occupancy = survey(field, 64)
    surface = torch.nn.functional.normalize(torch.randn(4000, 3, generator=_generator()), dim=-1)
    cells = ((0.5 * surface + 1.0) * 32.0).long()
    assert occupancy.bits[cells[:, 2], cells[:, 1], cells[:, 0]].all()
    assert not occupancy.bits[32, 32, 32]
    assert not occupancy.bits[2, 2, 2]
    assert occupancy.share < 0.12


def test_the_survey_sees_what_the_network_grew() -> None:
    field = SdfField(SHAPE, _generator())
    before_growth = survey(field, 32)
    with torch.no_grad():
        field.head.last.bias.fill_(-0.3)
    after = survey(field, 32)
    assert not before_growth.bits[16, 16, 28]
    assert after.bits[16, 16, 28]  # The ball now ends at 0.8, in cell (0.8 + 1) · 16 = 28.
    assert not after.bits[16, 16, 24]


def test_fog_is_occupied_all_through() -> None:
    occupancy = survey(DensityField(SHAPE, _generator()), 32)
    assert occupancy.bits[16, 16, 16]
    assert not occupancy.bits[0, 0, 0]


def test_running_sums_start_again_on_every_ray() -> None:
    ray = torch.tensor([0, 0, 0, 4, 7, 7])
    values = torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0, 32.0])
    assert before(values, ray).tolist() == [0.0, 1.0, 3.0, 0.0, 0.0, 16.0]


def test_stretches_cover_every_occupied_place_on_a_ray() -> None:
    field = SdfField(SHAPE, _generator())
    occupancy = survey(field, 64)
    origins, directions = _inward_rays(100)
    found = stretches(origins, directions, occupancy, _generator())
    for ray in range(100):
        starts, lengths = found.start[found.ray == ray], found.length[found.ray == ray]
        assert torch.equal(starts, starts.sort().values)
        towards = -(origins[ray] @ directions[ray])
        gap = float((origins[ray] + towards * directions[ray]).norm())
        if gap < 0.5:
            entry = float(towards) - math.sqrt(0.25 - gap**2)
            assert ((starts <= entry + 1e-4) & (entry <= starts + lengths + 1e-4)).any()


def test_intervals_tile_the_occupied_length_in_order() -> None:
    field = SdfField(SHAPE, _generator())
    found, _, _ = _found(field)
    assert (found.edges[:, 1:] >= found.edges[:, :-1] - 1e-6).all()
    spans = found.edges[:, 1:] - found.edges[:, :-1]
    assert (found.lengths <= spans + 1e-5).all()
    assert (found.lengths >= 0.0).all()
    assert torch.equal(found.ray, found.ray.unique())


def test_edges_crowd_at_the_surface() -> None:
    field = SdfField(SHAPE, _generator(), beta=0.005)
    found, origins, directions = _found(field)
    points = origins[:, None] + found.edges[..., None] * directions[:, None]
    hitting = (points.norm(dim=-1) < 0.45).any(-1)
    near = (points[hitting].norm(dim=-1) - 0.5).abs() < 0.05
    assert near.float().mean() > 0.5


def test_skipping_empty_space_does_not_change_the_picture() -> None:
    views = orbit(*torch.tensor([[20.0, 200.0], [10.0, -30.0], [3.0, 3.0], [40.0, 40.0]]), 20)
    for field, samples, tolerance in (
        (SdfField(SHAPE, _generator(), beta=0.02), 24, 0.01),
        (DensityField(SHAPE, _generator()), 48, 0.02),
    ):
        occupancy = survey(field)
        pictures = [
            render_field(
                field,
                views,
                default_light(2),
                occupancy=chosen,
                generator=_generator(),
                samples=count,
            )[0]
            for chosen, count in ((occupancy, samples), (everywhere(occupancy), 2 * samples))
        ]
        skipped, whole = pictures
        assert (skipped.alpha - whole.alpha).abs().max() < tolerance
        assert (skipped.rgb - whole.rgb).abs().mean() < 0.1 * tolerance


def test_a_field_with_nothing_in_it_gives_an_empty_picture() -> None:
    field = SdfField(SHAPE, _generator())
    with torch.no_grad():
        field.head.last.bias.fill_(5.0)
    views = orbit(*torch.tensor([[20.0], [10.0], [3.0], [40.0]]), 16)
    shot, regularizers = render_field(
        field, views, default_light(1), occupancy=survey(field, 32), generator=_generator()
    )
    assert not shot.alpha.any()
    assert not shot.rgb.any()
    assert regularizers.eikonal == 0.0
    (shot.rgb.sum() + regularizers.opacity).backward()
