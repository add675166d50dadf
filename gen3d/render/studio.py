# SPDX-License-Identifier: Apache-2.0
"""The light that fitting and training share: a hemisphere of sky and one key light, in torch.

One shading function for meshes and fields, so that guidance sees a field as its towers saw their
training pictures. Diffuse: Lambert under a hemispheric ambient (sky above, ground below) plus a
directional key. Specular: Blinn–Phong normalised by (n + 8) / 8 with n = 2 / roughness⁴ − 2
(Walter et al. 2007's equivalence of GGX and Phong), Schlick Fresnel, F0 = 0.04 or the metal's
colour, and for the surroundings a smooth two-tone reflection of the same hemisphere with the key's
soft box in it, which is what lets metals look like metals. No shadows: a thing's look must not
depend on what the towers cannot see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn.functional import normalize

Output = Literal["shaded", "albedo", "textureless", "normal"]
"""``textureless`` is a grey body under the same light: it shows geometry only."""

SOFTBOX = 1.4
"""Radiance of the key light's soft box over what the key gives a white wall."""
METAL_LIFT, METAL_FLOOR = 0.45, 0.65
"""What metals see brighter above and darker below than matt things are lit: their contrast."""
GREY = 0.6
"""Albedo of the textureless output."""


@dataclass(frozen=True)
class StudioLight:
    """One light setting for each view."""

    direction: Float[Tensor, "views 3"]
    """Unit vectors towards the key light."""
    key: Float[Tensor, "views 3"]
    """Radiance a white Lambert surface facing the key sends back."""
    sky: Float[Tensor, "views 3"]
    """Ambient from above, likewise."""
    ground: Float[Tensor, "views 3"]
    """Ambient from below, likewise."""


def default_light(views: int = 1) -> StudioLight:
    """A fixed soft light from the upper left front."""
    direction = normalize(torch.tensor([[-0.5, 0.8, 0.65]]), dim=-1).expand(views, 3)
    grey = torch.ones(views, 3)
    return StudioLight(direction, 0.62 * grey, 0.48 * grey, 0.3 * grey)


def random_light(views: int, generator: torch.Generator) -> StudioLight:
    """Key from anywhere above the horizon, strengths and a slight tint at random.

    Exposure is kept: key plus mean ambient is about 1, so that albedo can be told from brightness.
    """
    direction = torch.randn(views, 3, generator=generator)
    direction[:, 1] = direction[:, 1].abs() + 0.25
    share = 0.25 + 0.5 * torch.rand(views, 1, generator=generator)
    tint = 1.0 + 0.06 * torch.randn(views, 3, generator=generator).clamp(-2.0, 2.0)
    floor = 0.45 + 0.4 * torch.rand(views, 1, generator=generator)
    level = 0.95 + 0.2 * torch.rand(views, 1, generator=generator)
    sky = (1.0 - share) * level * (2.0 - tint)
    return StudioLight(normalize(direction, dim=-1), share * level * tint, sky, floor * sky)


def lit_alike(light: StudioLight, index: Int64[Tensor, "views"]) -> StudioLight:
    """The settings of some views, in the order and as often as they are named."""
    at = index.to(light.key.device)
    return StudioLight(light.direction[at], light.key[at], light.sky[at], light.ground[at])


def shade(
    albedo: Float[Tensor, "views *pixels 3"],
    normal: Float[Tensor, "views *pixels 3"],
    to_eye: Float[Tensor, "views *pixels 3"],
    roughness: Float[Tensor, "views *pixels"],
    metallic: Float[Tensor, "views *pixels"],
    light: StudioLight,
) -> Float[Tensor, "views *pixels 3"]:
    """Linear radiance of surface points.

    Args:
        albedo: Linear base colour in [0, 1].
        normal: Unit, outward.
        to_eye: Unit, from the point to the camera.
        roughness: glTF roughness in [0, 1].
        metallic: glTF metalness in [0, 1].
        light: One setting for each view.
    """
    spread = (-1,) + (1,) * (albedo.dim() - 2) + (3,)
    direction, key, sky, ground = (
        value.to(albedo).reshape(spread)
        for value in (light.direction, light.key, light.sky, light.ground)
    )
    metal = metallic[..., None]
    facing = (normal * direction).sum(-1, keepdim=True).clamp(min=0.0)
    diffuse = key * facing + _hemisphere(normal[..., 1:2], sky, ground)
    f0 = 0.04 * (1.0 - metal) + albedo * metal
    half = normalize(direction + to_eye, dim=-1)
    sharpness = 2.0 / roughness.clamp(0.12, 1.0)[..., None] ** 4 - 2.0 + 1e-4
    glint = (normal * half).sum(-1, keepdim=True).clamp(1e-4, 1.0) ** sharpness
    highlight = key * facing * glint * ((sharpness + 8.0) / 8.0).clamp(max=12.0)
    cosine = (normal * to_eye).sum(-1, keepdim=True).clamp(0.0, 1.0)
    fresnel = f0 + (1.0 - f0) * (1.0 - cosine) ** 5 * (1.0 - 0.7 * roughness[..., None])
    mirror = 2.0 * (normal * to_eye).sum(-1, keepdim=True) * normal - to_eye
    # A polished surface sees a sharper horizon than a rough one.
    contrast = 1.0 + 2.5 * (1.0 - roughness[..., None])
    floor = ground * (1.0 - METAL_FLOOR * metal)
    around = _hemisphere((mirror[..., 1:2] * contrast).clamp(-1.0, 1.0), sky, floor)
    around = (1.0 + METAL_LIFT * metal) * around + SOFTBOX * key * _softbox(
        (mirror * direction).sum(-1, keepdim=True), roughness[..., None]
    )
    return albedo * (1.0 - metal) * diffuse + f0 * highlight + fresnel * around


def _softbox(cosine: Tensor, roughness: Tensor) -> Tensor:
    """The key light as a broad soft box, as a mirror direction sees it."""
    return cosine.clamp(min=1e-4) ** (7.0 / (0.2 + roughness))


def _hemisphere(height: Tensor, sky: Tensor, ground: Tensor) -> Tensor:
    """Hemispheric ambient: all sky for +1, all ground for −1."""
    share = 0.5 + 0.5 * height
    return share * sky + (1.0 - share) * ground


def to_srgb(linear: Float[Tensor, "*pixels"]) -> Float[Tensor, "*pixels"]:
    """IEC 61966-2-1 encoding of [0, 1]; differentiable, clipped outside."""
    value = linear.clamp(0.0, 1.0)
    curve = 1.055 * value.clamp(min=0.0031308) ** (1.0 / 2.4) - 0.055
    return torch.where(value <= 0.0031308, 12.92 * value, curve)


def to_linear(srgb: Float[Tensor, "*pixels"]) -> Float[Tensor, "*pixels"]:
    """The inverse of :func:`to_srgb`."""
    value = srgb.clamp(0.0, 1.0)
    curve = ((value.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4
    return torch.where(value <= 0.04045, value / 12.92, curve)
