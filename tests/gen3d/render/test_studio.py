# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gen3d.render.studio import StudioLight, default_light, random_light, shade, to_linear, to_srgb


def _towards(x: float, y: float, z: float) -> Tensor:
    return torch.nn.functional.normalize(torch.tensor([[[x, y, z]]], dtype=torch.float64), dim=-1)


def _matte(albedo: Tensor, normal: Tensor, light: StudioLight, metal: float = 0.0) -> Tensor:
    one = torch.ones(albedo.shape[:-1], dtype=torch.float64)
    return shade(albedo, normal, _towards(0.0, 0.0, 1.0), one, metal * one, light)


def _black() -> StudioLight:
    none = torch.zeros(1, 3, dtype=torch.float64)
    return StudioLight(_towards(0.3, 0.9, 0.4)[0], none, none, none)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.0, 1.0))
def test_encoding_and_decoding_are_inverse(value: float) -> None:
    linear = torch.tensor(value, dtype=torch.float64)
    assert torch.allclose(to_linear(to_srgb(linear)), linear, atol=1e-6)
    assert torch.allclose(to_srgb(to_linear(linear)), linear, atol=1e-6)


def test_encoding_meets_the_standards_fixed_points_and_is_differentiable_everywhere() -> None:
    linear = torch.tensor([0.0, 0.0031308, 0.21404114, 1.0, 1.7, -0.2], dtype=torch.float64)
    expected = torch.tensor([0.0, 0.0404499, 0.5, 1.0, 1.0, 0.0], dtype=torch.float64)
    assert torch.allclose(to_srgb(linear), expected, atol=1e-5)
    x = torch.linspace(0.0, 1.0, 101, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(to_srgb(x).sum(), x)
    assert bool(torch.isfinite(slope).all())
    assert float(slope.max()) <= 12.93


def test_light_adds_up() -> None:
    """Radiance is linear in the light: key, sky and ground each give their own share."""
    light = default_light()
    none = torch.zeros(1, 3)
    alone = [
        StudioLight(light.direction, light.key, none, none),
        StudioLight(light.direction, none, light.sky, none),
        StudioLight(light.direction, none, none, light.ground),
    ]
    albedo = torch.tensor([[[0.7, 0.3, 0.1]]], dtype=torch.float64)
    args = (albedo, _towards(0.2, 0.5, 0.8), _towards(0.0, 0.1, 1.0))
    finish = (torch.full((1, 1), 0.4).double(), torch.full((1, 1), 0.25).double())
    whole = shade(*args, *finish, light)
    parts = sum((shade(*args, *finish, part) for part in alone), torch.zeros_like(whole))
    assert torch.allclose(whole, parts)
    assert float(shade(*args, *finish, _black()).abs().max()) == 0.0


def test_a_dull_black_body_is_dark_and_a_white_one_bright() -> None:
    up = _towards(0.0, 0.3, 1.0)
    dark = _matte(torch.zeros(1, 1, 3).double(), up, default_light())
    white = _matte(torch.ones(1, 1, 3).double(), up, default_light())
    assert float(dark.max()) < 0.08
    assert float(white.min()) > 0.6


def test_what_faces_the_key_light_is_the_brightest() -> None:
    light = default_light()
    albedo = torch.full((1, 1, 3), 0.5).double()
    key = light.direction.double()[None]
    facing = float(_matte(albedo, key, light).mean())
    away = float(_matte(albedo, -key, light).mean())
    assert facing > 1.5 * away


def test_metal_reflects_in_its_own_colour_and_has_no_body_colour() -> None:
    gold = torch.tensor([[[1.0, 0.6, 0.1]]], dtype=torch.float64)
    normal = _towards(-0.1, 0.2, 1.0)
    metal = _matte(gold, normal, default_light(), 1.0)
    red, _, blue = metal[0, 0].tolist()
    assert red > 3.0 * blue
    dark = _matte(torch.zeros(1, 1, 3).double(), normal, default_light(), 1.0)
    assert float(dark.max()) < 0.1


def test_shading_passes_gradcheck() -> None:
    generator = torch.Generator().manual_seed(0)
    light = default_light(2)

    def radiance(albedo: Tensor, normal: Tensor, eye: Tensor, finish: Tensor) -> Tensor:
        unit = torch.nn.functional.normalize
        args = (albedo, unit(normal, dim=-1), unit(eye, dim=-1))
        return shade(*args, finish[..., 0], finish[..., 1], light)

    albedo = 0.2 + 0.6 * torch.rand(2, 3, 3, generator=generator, dtype=torch.float64)
    ahead = torch.tensor([0.0, 0.3, 1.5]).double()
    normal, eye = (
        ahead + 0.5 * torch.randn(2, 3, 3, generator=generator, dtype=torch.float64) for _ in "ne"
    )
    finish = 0.3 + 0.5 * torch.rand(2, 3, 2, generator=generator, dtype=torch.float64)
    inputs = tuple(value.requires_grad_() for value in (albedo, normal, eye, finish))
    assert torch.autograd.gradcheck(radiance, inputs, atol=1e-4)


def test_random_lights_come_from_above_and_keep_the_exposure() -> None:
    light = random_light(200, torch.Generator().manual_seed(0))
    again = random_light(200, torch.Generator().manual_seed(0))
    assert torch.equal(light.direction, again.direction)
    assert torch.allclose(light.direction.norm(dim=-1), torch.ones(200))
    assert float(light.direction[:, 1].min()) > 0.0
    total = (light.key + light.sky).mean(dim=-1)
    assert 0.8 < float(total.min()) <= float(total.max()) < 1.3
    assert bool((light.ground <= light.sky).all())
