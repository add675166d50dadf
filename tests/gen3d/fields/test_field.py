# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gen3d.fields.density import DensityField
from gen3d.fields.field import FieldShape, differences
from gen3d.fields.grid import Layout
from gen3d.fields.network import truncated_exp
from gen3d.fields.palette import Palette, estimated_palette, palette_of
from gen3d.fields.prior import Prior, grid_points
from gen3d.fields.sdf import SdfField, laplace, laplace_depth
from gen3d.foundry.thing import Finish
from gen3d.render.studio import to_srgb

SHAPE = FieldShape(Layout(levels=4, finest=32, log2_size=11), Layout(levels=4, finest=32), 16)
RESOLUTION = 33
PALETTE = Palette(
    torch.tensor([[0.7, 0.1, 0.05], [0.1, 0.2, 0.8]]),
    torch.tensor([[0.8, 0.75, 0.6], [0.1, 0.2, 0.3]]),
    torch.tensor([0.3, 0.8]),
    torch.tensor([0.1, 0.9]),
)


def _generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _points(count: int = 300) -> Tensor:
    return 1.6 * torch.rand(count, 3, generator=_generator(1)) - 0.8


def _prior() -> Prior:
    """A ball in two halves, the left one with stripes."""
    points = grid_points(RESOLUTION)
    right = (points[..., 0] > 0.0).float()
    stripes = 0.5 + 0.5 * torch.sign(torch.sin(9.0 * points[..., 1:2] + 0.1))
    left = torch.lerp(PALETTE.first[0], PALETTE.second[0], stripes)
    albedo = torch.lerp(left, PALETTE.first[1], right[..., None])
    slots = torch.stack([1.0 - right, right])
    return Prior((points.norm(dim=-1) - 0.6)[None], slots, albedo.permute(3, 0, 1, 2).contiguous())


def _stir(module: torch.nn.Module) -> None:
    """Give every parameter that starts at zero something to say."""
    generator = _generator(5)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.5 * torch.randn(parameter.shape, generator=generator))


@pytest.mark.parametrize("kind", [SdfField, DensityField])
def test_a_fresh_field_is_its_draft(kind: type[SdfField | DensityField]) -> None:
    prior = _prior()
    field = kind(SHAPE, _generator(), prior, PALETTE)
    lattice = grid_points(RESOLUTION).reshape(-1, 3)
    value, change = field.geometry(lattice)
    inside = value < 0.0 if field.is_distance else field.density(lattice) > 0.5 / 0.02
    assert torch.equal(inside, prior.sdf.flatten() < 0.0)
    assert not change.any()
    albedo, roughness, metallic = field.appearance(lattice)
    expected = prior.albedo.flatten(1).t()
    assert (to_srgb(albedo) - to_srgb(expected)).abs().max() < 0.02
    slot = prior.slots.flatten(1).argmax(0)
    torch.testing.assert_close(roughness, PALETTE.roughness[slot], atol=0.005, rtol=0.0)
    torch.testing.assert_close(metallic, PALETTE.metallic[slot], atol=0.005, rtol=0.0)


def test_opening_the_reach_does_not_change_a_fresh_field() -> None:
    field = SdfField(SHAPE, _generator(), _prior())
    before = field.geometry(_points())[0]
    field.anneal(reach=0.1, detail=0.3)
    torch.testing.assert_close(field.geometry(_points())[0], before, atol=1e-7, rtol=0.0)


def test_a_palette_colours_its_own_slot_only_and_keeps_the_pattern() -> None:
    field = SdfField(SHAPE, _generator(), _prior(), PALETTE)
    points = _points()
    points = points[points[:, 0].abs() > 0.1]
    left = points[:, 0] < 0.0
    before = field.appearance(points).albedo
    with torch.no_grad():
        field.look.change[0, :3] = field.look.start[1, :3] - field.look.start[0, :3]
    after = field.appearance(points).albedo
    torch.testing.assert_close(after[~left], before[~left])
    first = (before[left] - PALETTE.first[0]).norm(dim=-1) < 0.02
    assert 0.2 < float(first.float().mean()) < 0.8
    blue = PALETTE.first[1].expand(int(first.sum()), 3)
    torch.testing.assert_close(after[left][first], blue, atol=0.02, rtol=0.0)
    second = (before[left] - PALETTE.second[0]).norm(dim=-1) < 0.02
    torch.testing.assert_close(after[left][second], before[left][second], atol=0.02, rtol=0.0)


def test_a_held_slot_changes_by_a_nuance_and_still_learns() -> None:
    field = SdfField(SHAPE, _generator(), _prior(), PALETTE)
    points = _points()
    left = points[:, 0] < -0.1
    before = to_srgb(field.appearance(points).albedo)
    field.look.hold([0])
    torch.testing.assert_close(to_srgb(field.appearance(points).albedo), before)
    field.appearance(points).albedo[left].sum().backward()
    assert field.look.change.grad is not None
    assert bool((field.look.change.grad[0, :6] > 0.0).any())
    with torch.no_grad():
        field.look.change.fill_(8.0)
    moved = (to_srgb(field.appearance(points).albedo) - before).detach()
    assert float(moved[left].abs().max()) < 0.03
    assert float(moved[points[:, 0] > 0.1].abs().max()) > 0.5
    again = SdfField(SHAPE, _generator(), _prior(), PALETTE)
    again.load_state_dict(field.state_dict())
    assert torch.equal(again.look.held, field.look.held)


def test_texture_on_a_held_slot_is_fainter_and_has_no_colour() -> None:
    free, held = (SdfField(SHAPE, _generator(), _prior(), PALETTE) for _ in range(2))
    held.look.hold([0])
    points = _points()
    left = points[:, 0] < -0.1
    plain = to_srgb(free.appearance(points).albedo)
    for field in (free, held):
        _stir(field.look.head)
        field.anneal(reach=0.0, detail=0.1)
    free_added, held_added = (
        (to_srgb(field.appearance(points).albedo) - plain)[left] for field in (free, held)
    )
    assert 0.01 < float(held_added.abs().max()) < 0.5 * float(free_added.abs().max())
    spread = held_added.max(dim=1).values - held_added.min(dim=1).values
    assert float(spread.max()) < 0.1 * float(held_added.abs().max())


def test_an_estimated_palette_reproduces_the_draft_by_its_grain() -> None:
    prior = _prior()
    field = SdfField(SHAPE, _generator(), prior)
    mean = estimated_palette(prior).first[1]
    torch.testing.assert_close(mean, PALETTE.first[1], atol=0.01, rtol=0.0)
    lattice = grid_points(RESOLUTION).reshape(-1, 3)
    near = prior.sdf.flatten().abs() < 0.1
    found = to_srgb(field.appearance(lattice).albedo[near])
    assert (found - to_srgb(prior.albedo.flatten(1).t()[near])).abs().mean() < 0.02


def test_finishes_name_their_palette() -> None:
    palette = palette_of([Finish("gold", (0.9, 0.6, 0.2)), Finish("plaster", (0.8, 0.8, 0.8))])
    assert palette.metallic.tolist() == [1.0, 0.0]
    assert palette.roughness[0] < palette.roughness[1]


def test_changes_stay_within_reach_and_detail() -> None:
    field = SdfField(SHAPE, _generator(), _prior(), PALETTE)
    draft, colour = field.geometry(_points())[0], field.appearance(_points()).albedo
    _stir(field.grid)
    _stir(field.head)
    _stir(field.look.grid)
    _stir(field.look.head)
    field.anneal(reach=0.07, detail=0.2)
    moved = (field.geometry(_points())[0] - draft).abs()
    assert 0.01 < float(moved.max()) <= 0.07 + 1e-6
    turned = (to_srgb(field.appearance(_points()).albedo) - to_srgb(colour)).abs()
    assert 0.05 < float(turned.max()) <= 0.2 + 1e-4


def test_gradients_reach_every_parameter_of_a_guided_field() -> None:
    field = SdfField(SHAPE, _generator(), _prior(), PALETTE, learn_beta=True)
    _stir(field.head)
    _stir(field.look.head)
    field.anneal(reach=0.1, detail=0.1)
    points = _points()
    look = field.appearance(points)
    total = field.density(points).sum() + field.normal(points)[:, 1].sum()
    (total + sum(part.sum() for part in look)).backward()
    silent = [name for name, p in field.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []


def test_central_differences_are_exact_for_quadratics() -> None:
    points = _points(50).double()
    matrix = torch.randn(3, 3, generator=_generator(2), dtype=torch.float64)
    found = differences(lambda p: torch.einsum("ni,ij,nj->n", p, matrix, p), points, 0.03)
    torch.testing.assert_close(found, points @ (matrix + matrix.t()))


@pytest.mark.parametrize("guided", [False, True])
def test_normals_of_a_ball_point_away_from_its_middle(guided: bool) -> None:  # noqa: FBT001
    points = _points()
    points = points[(points.norm(dim=-1) - 0.6).abs() < 0.15]
    prior = _prior() if guided else None
    outward = points / points.norm(dim=-1, keepdim=True)
    for field in (SdfField(SHAPE, _generator(), prior), DensityField(SHAPE, _generator(), prior)):
        cosine = (field.normal(points) * outward).sum(-1)
        assert cosine.min() > (0.95 if guided else 0.999)


def test_a_network_tilts_the_normals_as_its_own_gradient_says() -> None:
    field = SdfField(SHAPE, _generator(), _prior())
    _stir(field.grid)
    _stir(field.head)
    field.anneal(reach=0.05)
    points = _points(100)
    whole = differences(field.change, points, field.grid.finest_cell)
    base = SdfField(SHAPE, _generator(), _prior()).gradient(points)
    torch.testing.assert_close(field.gradient(points), base + 0.05 * whole)


def test_density_of_a_distance_is_volsdfs() -> None:
    field = SdfField(SHAPE, _generator(), beta=0.1)
    points = torch.tensor([[0.5, 0.0, 0.0], [0.7, 0.0, 0.0], [0.0, 0.2, 0.0]])
    e2, e3 = torch.exp(torch.tensor([-2.0, -3.0])).tolist()
    expected = torch.tensor([0.5, 0.5 * e2, 1.0 - 0.5 * e3]) / 0.1
    torch.testing.assert_close(field.density(points), expected)
    field.set_beta(0.05)
    torch.testing.assert_close(field.beta, torch.tensor(0.05))


def test_the_closed_form_of_an_interval_is_its_integral() -> None:
    generator = _generator(4)
    first = 6.0 * torch.randn(400, generator=generator, dtype=torch.float64)
    spans = torch.randn(400, generator=generator, dtype=torch.float64)
    last = first + spans * 10.0 ** torch.randint(-6, 2, (400,), generator=generator)
    steps = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
    along = first[:, None] + (last - first)[:, None] * steps
    torch.testing.assert_close(
        laplace_depth(first, last), laplace(along).mean(-1), rtol=1e-5, atol=1e-8
    )
    single = laplace_depth(first.float(), last.float())
    torch.testing.assert_close(single.double(), laplace(along).mean(-1), rtol=1e-4, atol=1e-6)


def test_the_closed_form_has_the_gradients_of_finite_differences() -> None:
    first = torch.tensor([1.0, -2.0, 0.5, 0.01, -3.0, 0.3], dtype=torch.float64).requires_grad_()
    last = torch.tensor([-1.5, 2.0, 0.52, -0.02, -2.9, 0.3], dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(laplace_depth, (first, last))


@pytest.mark.parametrize("activation", ["softplus", "exp"])
def test_a_free_density_starts_as_a_blob(activation: str) -> None:
    field = DensityField(SHAPE, _generator(), activation=activation)  # type: ignore[arg-type] # the parameter's two names
    middle, edge, far = field.density(
        torch.tensor([[0.0, 0, 0], [0.5, 0, 0], [1.0, 1, 1]])
    ).tolist()
    assert middle > 9.9
    assert edge == pytest.approx(1.0 if activation == "exp" else 0.6931, abs=0.01)
    assert far < 1e-4


def test_the_truncated_exponential_stays_finite_and_keeps_a_gradient() -> None:
    logit = torch.tensor([-2.0, 3.0, 80.0], requires_grad=True)
    value = truncated_exp(logit)
    torch.testing.assert_close(value[:2], torch.exp(logit[:2]))
    (gradient,) = torch.autograd.grad(value.sum(), logit)
    assert torch.isfinite(value).all()
    torch.testing.assert_close(gradient, value.detach())


def test_fields_open_from_coarse_to_fine() -> None:
    field = SdfField(FieldShape(), _generator())
    open_levels: list[float] = []
    for progress in (0.0, 0.1, 0.25, 0.5, 1.0):
        field.coarse_to_fine(progress)
        open_levels.append(float(field.grid.gains.sum()))
        assert torch.equal(field.grid.gains, field.look.grid.gains)
    assert open_levels[0] == 3.0
    assert open_levels == sorted(open_levels)
    assert open_levels[-2:] == [8.0, 8.0]


def test_a_checkpoint_holds_what_was_learnt_and_not_the_draft() -> None:
    field = SdfField(SHAPE, _generator(), _prior(), PALETTE)
    _stir(field.look.head)
    field.anneal(reach=0.1, detail=0.2)
    state = field.state_dict()
    assert all(RESOLUTION not in value.shape for value in state.values())
    again = SdfField(SHAPE, _generator(9), _prior(), PALETTE)
    again.load_state_dict(state)
    assert torch.equal(again.appearance(_points()).albedo, field.appearance(_points()).albedo)
    assert torch.equal(again.geometry(_points())[0], field.geometry(_points())[0])
