# SPDX-License-Identifier: Apache-2.0
# pyright: reportPrivateUsage=false
from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gen3d.render import shot as module
from gen3d.render.shot import Shot, normal_colour, picture, random_background
from gen3d.render.studio import to_srgb
from gen3d.render.views import orbit


def _shot(rgb: torch.Tensor, alpha: torch.Tensor) -> Shot:
    return Shot(rgb * alpha[..., None], alpha, torch.zeros_like(rgb), torch.zeros_like(alpha))


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000))
def test_a_picture_mixes_encoded_colour_and_background_by_coverage(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    colour = torch.rand(2, 4, 5, 3, generator=generator, dtype=torch.float64)
    alpha = torch.rand(2, 4, 5, generator=generator, dtype=torch.float64) * 0.99 + 0.01
    behind = torch.rand(2, 3, generator=generator, dtype=torch.float64)
    made = picture(_shot(colour, alpha), behind).movedim(1, -1)
    expected = alpha[..., None] * to_srgb(colour) + (1 - alpha[..., None]) * behind[:, None, None]
    assert torch.allclose(made, expected)
    whole = behind[:, None, None].expand(2, 4, 5, 3)
    assert torch.equal(picture(_shot(colour, alpha), whole).movedim(1, -1), made)


def test_what_covers_nothing_is_background_with_bounded_slopes() -> None:
    alpha = torch.tensor([[[0.0, 1e-12, 1e-6, 1e-3]]], dtype=torch.float64, requires_grad=True)
    rgb = (0.3 * alpha.detach()[..., None]).repeat(1, 1, 1, 3).requires_grad_()
    shot = Shot(rgb, alpha, torch.zeros_like(rgb), torch.zeros_like(alpha))
    made = picture(shot, torch.full((1, 3), 0.7, dtype=torch.float64))
    assert torch.allclose(made[..., :2], torch.tensor(0.7, dtype=torch.float64))
    by_alpha, by_rgb = torch.autograd.grad(made.sum(), [alpha, rgb])
    assert float(by_alpha.abs().max()) < 10.0
    assert float(by_rgb.abs().max()) < 13.0


def test_picture_passes_gradcheck() -> None:
    generator = torch.Generator().manual_seed(1)
    colour = 0.1 + 0.7 * torch.rand(1, 2, 3, 3, generator=generator, dtype=torch.float64)
    alpha = 0.2 + 0.7 * torch.rand(1, 2, 3, generator=generator, dtype=torch.float64)
    behind = torch.rand(1, 2, 3, 3, generator=generator, dtype=torch.float64)

    def made(*values: torch.Tensor) -> torch.Tensor:
        rgb, coverage, background = values
        return picture(Shot(rgb, coverage, rgb, coverage), background)

    inputs = ((colour * alpha[..., None]), alpha, behind)
    assert torch.autograd.gradcheck(made, tuple(value.requires_grad_() for value in inputs))


def test_a_normal_that_faces_the_camera_is_light_blue_from_every_side() -> None:
    azimuth, zero = torch.tensor([0.0, 70.0, 200.0]), torch.zeros(3)
    views = orbit(azimuth, zero + 20.0, zero + 3.0, zero + 40.0, 4)
    toward = torch.nn.functional.normalize(views.eyes, dim=-1)
    colour = to_srgb(normal_colour(toward[:, None, None], views))
    assert torch.allclose(colour, torch.tensor([0.5, 0.5, 1.0]).expand_as(colour), atol=1e-5)
    up = views.T_world_camera[:, :3, 1]
    green = to_srgb(normal_colour(up[:, None], views))
    assert torch.allclose(green, torch.tensor([0.5, 1.0, 0.5]).expand_as(green), atol=1e-5)


def test_backgrounds_are_colours_of_all_kinds_and_the_same_for_the_same_seed() -> None:
    first, again, other = (
        random_background(24, 16, 20, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert first.shape == (24, 16, 20, 3)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert 0.0 <= float(first.min()) <= float(first.max()) <= 1.0
    spread = first.flatten(1, 2).std(dim=1).amax(dim=-1)
    assert 2 <= int((spread < 1e-6).sum()) <= 14


def test_each_kind_of_background_looks_like_its_name() -> None:
    generator = torch.Generator().manual_seed(2)

    def roughness(made: torch.Tensor) -> float:
        return float(made.diff(dim=0).abs().mean() / made.std().clamp(min=1e-6))

    gradient = module._gradient(32, 32, generator)
    noise = module._noise(32, 32, generator)
    checker = module._checker(32, 32, generator)
    assert roughness(gradient) < 0.15 < roughness(noise)
    crossings = (checker[:, 0, 0] - checker[..., 0].mean()).sign().diff().abs().sum()
    assert float(crossings) >= 2.0
    assert float(module._plain(8, 8, generator).std(dim=(0, 1)).max()) == 0.0
