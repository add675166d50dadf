# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import normalize

from gen3d.fields.density import DensityField
from gen3d.fields.draft import draft_prior
from gen3d.fields.field import Field, FieldShape
from gen3d.fields.grid import Layout
from gen3d.fields.occupancy import survey
from gen3d.fields.palette import palette_of
from gen3d.fields.regularizers import Regularizers, entropy
from gen3d.fields.sampling import through_cube
from gen3d.fields.sdf import BALL, SdfField
from gen3d.fields.volume import quadrature, render_field
from gen3d.foundry.solids import arc, joined, lathe, moved, scaled, tube, vessel
from gen3d.foundry.thing import Finish, Thing, ThingSpec
from gen3d.render.raycast import MISS, Tracer
from gen3d.render.shot import Shot, picture
from gen3d.render.studio import GREY, Output, default_light, shade
from gen3d.render.views import Views, orbit, rays

SHAPE = FieldShape(Layout(levels=4, finest=32, log2_size=11), Layout(levels=4, finest=32), 16)


class _Fog(DensityField):
    """The same density everywhere in the cube."""

    def base(self, points: Tensor) -> Tensor:
        return torch.full_like(points[:, 0], 0.3)


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _views(size: int = 32, azimuths: tuple[float, ...] = (0.0, 130.0)) -> Views:
    count = len(azimuths)
    return orbit(
        torch.tensor(azimuths),
        torch.linspace(-20.0, 35.0, count),
        torch.full((count,), 3.0),
        torch.full((count,), 40.0),
        size,
    )


def _shot(field: Field, views: Views, output: Output = "shaded", samples: int = 16) -> Shot:
    return render_field(
        field,
        views,
        default_light(len(views)),
        occupancy=survey(field, 48),
        generator=_generator(),
        output=output,
        samples=samples,
        regularized=False,
    )[0]


def _ball_hits(views: Views) -> tuple[Tensor, Tensor, Tensor]:
    """Nearest approach to the middle, distance to the hit and outward normal there."""
    origins, directions = rays(views)
    towards = -(origins * directions).sum(-1)
    gap = (origins + towards[..., None] * directions).norm(dim=-1)
    depth = towards - (BALL**2 - gap**2).clamp(min=0.0).sqrt()
    return gap, depth, normalize(origins + depth[..., None] * directions, dim=-1)


def test_fog_dims_by_the_exponential_of_its_depth() -> None:
    field, views = _Fog(SHAPE, _generator()), _views(20)
    shot = _shot(field, views, samples=24)
    origins, directions = (value.reshape(-1, 3) for value in rays(views))
    near, far = through_cube(origins, directions)
    density = float(field.density(torch.zeros(1, 3)))
    expected = 1.0 - torch.exp(-density * (far - near))
    assert expected.max() > 0.8
    torch.testing.assert_close(shot.alpha.flatten(), expected, atol=2e-3, rtol=0.0)


def test_weights_are_not_negative_and_add_up_to_what_the_ray_lost() -> None:
    depths = torch.rand(50, 20, generator=_generator(), dtype=torch.float64) ** 4 * 8.0
    weights = quadrature(depths)
    assert (weights >= 0.0).all()
    torch.testing.assert_close(weights.sum(-1), 1.0 - torch.exp(-depths.sum(-1)))
    single = quadrature(depths.float()).sum(-1)
    assert (single <= 1.0 + 1e-6).all()
    one = torch.zeros(1, 5)
    one[0, 2] = 50.0
    assert quadrature(one).tolist() == [[0.0, 0.0, 1.0, 0.0, 0.0]]


def test_a_ball_is_where_geometry_says() -> None:
    field, views = SdfField(SHAPE, _generator(), beta=0.004), _views(48)
    shot = _shot(field, views)
    gap, depth, normal = _ball_hits(views)
    solid = gap < BALL - 0.06
    assert shot.alpha[solid].min() > 0.995
    assert shot.alpha[gap > BALL + 0.06].max() < 1e-3
    outline = (shot.alpha > 0.5) != (gap < BALL)
    assert float(outline.float().mean()) < 0.005
    found = shot.depth / shot.alpha.clamp(min=1e-6)
    assert (found - depth)[solid].abs().max() < 0.02
    assert (found - depth)[solid].abs().mean() < 0.004
    straight = normalize(shot.normal, dim=-1)
    assert (straight * normal).sum(-1)[solid].min() > 0.995


def test_a_narrow_surface_is_not_missed_by_few_samples() -> None:
    views = _views(24)
    gap, _, _ = _ball_hits(views)
    for beta in (0.02, 0.003, 0.0005):
        shot = _shot(SdfField(SHAPE, _generator(), beta=beta), views, samples=6)
        assert shot.alpha[gap < BALL - 0.08].min() > 0.98


def test_outputs_show_what_they_are_named_for() -> None:
    field, views = SdfField(SHAPE, _generator(), beta=0.004), _views(20)
    gap, _, normal = _ball_hits(views)
    middle = gap < 0.3
    light = default_light(2)
    shots = {
        kind: _shot(field, views, kind) for kind in ("shaded", "albedo", "textureless", "normal")
    }
    _, directions = rays(views)
    look = field.appearance(torch.zeros(1, 3))
    torch.testing.assert_close(
        shots["albedo"].rgb[middle], look.albedo.expand(int(middle.sum()), 3), atol=0.01, rtol=0.0
    )
    for kind, albedo, roughness, metallic in (
        ("shaded", look.albedo, look.roughness, look.metallic),
        ("textureless", torch.full((1, 3), GREY), torch.ones(1), torch.zeros(1)),
    ):
        flat = normal.shape[:-1]
        expected = shade(
            albedo.expand(*flat, 3),
            normal,
            -directions,
            roughness.expand(flat),
            metallic.expand(flat),
            light,
        )
        assert (shots[kind].rgb - expected)[middle].abs().max() < 0.03
    front = picture(shots["normal"], torch.zeros(2, 3))[0, :, 10, 10]
    torch.testing.assert_close(front, torch.tensor([0.5, 0.5, 1.0]), atol=0.06, rtol=0.0)


def test_gradients_are_those_of_finite_differences() -> None:
    field = SdfField(SHAPE, _generator(), beta=0.03)
    with torch.no_grad():
        field.look.head.last.bias.copy_(torch.tensor([0.5, -0.5, 0.2, 0.0, 0.0]))
    views, light, occupancy = _views(14), default_light(2), survey(field, 32)
    target = torch.rand(2, 3, 14, 14, generator=_generator(7))

    def loss() -> Tensor:
        shot, _ = render_field(
            field, views, light, occupancy=occupancy, generator=_generator(), samples=24
        )
        return (picture(shot, torch.full((2, 3), 0.3)) * target).mean()

    size, colour = field.head.last.bias, field.look.head.last.bias
    gradients = torch.autograd.grad(loss(), [size, colour])
    for parameter, gradient, step in ((size, gradients[0], 2e-3), (colour, gradients[1], 2e-2)):
        with torch.no_grad():
            for index in range(len(parameter)):
                start = float(parameter[index])
                parameter[index] = start + step
                above = float(loss())
                parameter[index] = start - step
                slope = (above - float(loss())) / (2.0 * step)
                parameter[index] = start
                scale = float(gradient.abs().max())
                assert abs(slope - float(gradient[index])) < 0.03 * scale + 1e-5


def test_a_ball_grows_to_fill_a_larger_outline() -> None:
    field, views = SdfField(SHAPE, _generator(), beta=0.02), _views(16)
    origins, directions = rays(views)
    goal = (torch.linalg.cross(origins, directions).norm(dim=-1) < 0.7).float()
    optimizer = torch.optim.Adam([field.head.last.bias], lr=0.03)
    losses: list[float] = []
    for _ in range(15):
        shot, _ = render_field(
            field,
            views,
            default_light(2),
            occupancy=survey(field, 24),
            generator=_generator(),
            samples=6,
            regularized=False,
        )
        loss = (shot.alpha - goal).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.2 * losses[0]
    # Half coverage lies about 2 β outside the surface, so the ball stops short of 0.7 by that.
    assert float(field.head.last.bias.detach()) == pytest.approx(-0.16, abs=0.04)


def test_light_moves_in_the_camera_gradient() -> None:
    field, distance = SdfField(SHAPE, _generator(), beta=0.03), torch.tensor([3.0])

    def covered(away: Tensor) -> Tensor:
        views = orbit(torch.zeros(1), torch.zeros(1), away, torch.full((1,), 40.0), 24)
        return _shot(field, views).alpha.mean()

    distance.requires_grad_()
    (gradient,) = torch.autograd.grad(covered(distance), distance)
    # Coverage falls with the square of the distance, roughly: d(A)/d(z) ≈ −2 A / z.
    expected = -2.0 * float(covered(distance)) / 3.0
    assert float(gradient) == pytest.approx(expected, rel=0.25)


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not() -> None:
    field, views = SdfField(SHAPE, _generator()), _views(20)
    occupancy, light = survey(field, 32), default_light(2)

    def run(seed: int) -> tuple[Shot, Regularizers, Tensor]:
        shot, sane = render_field(
            field, views, light, occupancy=occupancy, generator=_generator(seed)
        )
        loss = shot.rgb.sum() + sane.eikonal + sane.smoothness
        return shot, sane, torch.autograd.grad(loss, field.grid.table)[0]

    with torch.no_grad():
        field.head.last.weight.normal_(generator=_generator(2)).mul_(0.1)
    first, again, other = run(5), run(5), run(6)
    for one, two in ((first[0], again[0]), (first[1], again[1])):
        assert all(torch.equal(getattr(one, f.name), getattr(two, f.name)) for f in fields(one))
    assert torch.equal(first[2], again[2])
    assert not torch.equal(first[0].rgb, other[0].rgb)


def _jug() -> Thing:
    """A vessel with a handle of another colour and a knob on top, in the unit frame."""
    profile = [(0.25, 0.0), (0.4, 0.25), (0.42, 0.5), (0.3, 0.85), (0.34, 1.0)]
    body = vessel(profile, 0.06)
    handle = moved(tube(arc(0.27, -90.0, 90.0), 0.06), 0.34, 0.5)
    foot = scaled(lathe([(0.3, -0.1), (0.34, 0.02)]), 1.0)
    whole = joined(body, foot, handle)
    slot = np.zeros(len(whole.faces), np.int32)
    slot[len(body.faces) + len(foot.faces) :] = 1
    centred = whole.verts - (whole.verts.min(0) + whole.verts.max(0)) / 2.0
    verts = centred * (0.9 / np.linalg.norm(centred, axis=1).max())
    finishes = (
        Finish("ceramic", (0.1, 0.25, 0.7), "striped", (0.85, 0.8, 0.7)),
        Finish("gold", (0.9, 0.6, 0.2)),
    )
    return Thing(ThingSpec("jug", (), finishes), verts, whole.faces, slot)


def test_a_fresh_field_shows_the_outline_depth_and_parts_of_its_draft() -> None:
    thing = _jug()
    finishes = thing.spec.finishes
    field = SdfField(SHAPE, _generator(), draft_prior(thing, 96), palette_of(finishes), beta=0.0015)
    views = _views(64, (30.0, 160.0, 285.0))
    shot = _shot(field, views, "albedo")
    origins, directions = (value.reshape(-1, 3).t().numpy() for value in rays(views))
    tracer = Tracer(thing.verts.astype(np.float32), thing.faces)
    hit = tracer.nearest(np.ascontiguousarray(origins), np.ascontiguousarray(directions))
    covered = torch.from_numpy(hit.face != MISS)
    alpha = shot.alpha.flatten()
    both, either = (alpha > 0.5) & covered, (alpha > 0.5) | covered
    assert float(both.sum()) / float(either.sum()) >= 0.98
    depth = shot.depth.flatten() / alpha.clamp(min=1e-6)
    error = (depth - torch.from_numpy(hit.depth))[both & (alpha > 0.99)].abs()
    assert error.median() < 0.01
    slot = torch.from_numpy(thing.slot)[torch.from_numpy(hit.face).long().clamp(min=0)]
    colour = shot.rgb.reshape(-1, 3)
    blue, gold = colour[both & (slot == 0)].mean(0), colour[both & (slot == 1)].mean(0)
    assert blue[2] > blue[0] + 0.1
    assert gold[0] > gold[2] + 0.3


def test_half_covered_pixels_have_the_most_entropy() -> None:
    assert float(entropy(torch.tensor([0.5]))) == pytest.approx(1.0)
    assert float(entropy(torch.tensor([0.0, 1.0]))) < 1e-3


def test_regularizers_are_zero_where_there_is_nothing_to_hold_back() -> None:
    field, views = SdfField(SHAPE, _generator()), _views(20)
    arguments = {"occupancy": survey(field, 32), "generator": _generator()}
    _, sane = render_field(field, views, default_light(2), **arguments)
    assert float(sane.eikonal) < 1e-8
    assert float(sane.orientation) < 5e-3
    assert float(sane.smoothness) == 0.0
    assert float(sane.drift) == 0.0
    with torch.no_grad():
        field.head.last.weight.normal_(generator=_generator(3)).mul_(0.1)
        field.grid.table.mul_(1e4)
    _, rough = render_field(field, views, default_light(2), **arguments)
    assert float(rough.eikonal) > 0.05
    assert float(rough.smoothness) > 1e-3
