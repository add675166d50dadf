# SPDX-License-Identifier: Apache-2.0
"""A bundle of rays gives the pixels of the pictures that the rays were taken from."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gen3d.fields.field import Field, FieldShape
from gen3d.fields.grid import Layout
from gen3d.fields.occupancy import Occupancy, survey
from gen3d.fields.sdf import SdfField
from gen3d.fields.volume import render_field
from gen3d.nerfstudio.rays import as_pictures, mean_depth, pinholes, unit_normal
from gen3d.render.shot import Shot
from gen3d.render.studio import Output, lit_alike, random_light
from gen3d.render.views import orbit, rays

SIZE = 24
VIEWS = orbit(
    torch.tensor([20.0, 130.0]),
    torch.tensor([15.0, 88.0]),
    torch.full((2,), 3.0),
    torch.full((2,), 40.0),
    SIZE,
)
LIGHT = random_light(2, torch.Generator().manual_seed(1))
CAMERA = torch.arange(2).repeat_interleave(SIZE * SIZE)


@pytest.fixture(scope="module")
def ball() -> tuple[Field, Occupancy]:
    small = FieldShape(Layout(finest=32), Layout(finest=32), 8)
    field = SdfField(small, torch.Generator().manual_seed(0))
    return field, survey(field)


def both(ball: tuple[Field, Occupancy], kind: Output) -> tuple[Shot, Shot]:
    """The same rays as pictures, and one by one."""
    field, occupancy = ball
    origins, directions = (value.reshape(-1, 3) for value in rays(VIEWS))
    bundle = pinholes(origins, 2.5 * directions)
    lights = lit_alike(LIGHT, CAMERA)
    shown: Output = "albedo" if kind == "normal" else kind

    def seed() -> torch.Generator:
        return torch.Generator().manual_seed(0)

    with torch.no_grad():
        whole, _ = render_field(
            field, VIEWS, LIGHT, occupancy=occupancy, generator=seed(), output=kind
        )
        single, _ = render_field(
            field, bundle, lights, occupancy=occupancy, generator=seed(), output=shown
        )
    return whole, as_pictures(single, VIEWS, kind)


@pytest.mark.parametrize("kind", ["shaded", "albedo", "textureless", "normal"])
def test_rays_one_by_one_give_the_same_buffers(ball: tuple[Field, Occupancy], kind: Output) -> None:
    whole, single = both(ball, kind)
    assert 0.05 < whole.alpha.mean() < 0.5
    for name in ("rgb", "alpha", "normal", "depth"):
        ours: Tensor = getattr(whole, name)
        theirs: Tensor = getattr(single, name)
        assert torch.allclose(ours, theirs, atol=2e-3), name


def test_depth_and_normal_without_alpha_are_those_of_the_ball(
    ball: tuple[Field, Occupancy],
) -> None:
    shot, _ = both(ball, "shaded")
    inside = shot.alpha > 0.99
    origins, directions = rays(VIEWS)
    points = origins + mean_depth(shot)[..., None] * directions
    assert (points[inside].norm(dim=-1) - 0.5).abs().max() < 0.03
    straight = torch.nn.functional.normalize(points[inside], dim=-1)
    assert (unit_normal(shot)[inside] * straight).sum(-1).min() > 0.98
    nothing = shot.alpha == 0.0
    assert mean_depth(shot)[nothing].abs().max() == 0.0


def test_gradients_pass_through_single_rays_to_the_field(ball: tuple[Field, Occupancy]) -> None:
    field, occupancy = ball
    origins, directions = (value.reshape(-1, 3)[::7] for value in rays(VIEWS))
    shot, _ = render_field(
        field,
        pinholes(origins, directions),
        lit_alike(LIGHT, CAMERA[::7]),
        occupancy=occupancy,
        generator=torch.Generator().manual_seed(0),
    )
    (shot.rgb.sum() + shot.alpha.sum()).backward()
    moved = [name for name, p in field.named_parameters() if p.grad is not None and p.grad.any()]
    field.zero_grad()
    assert {"head.last.bias", "look.head.last.bias"} <= set(moved)
