# SPDX-License-Identifier: Apache-2.0
"""The few numbers that decide the look of each slot, and the draft's pattern without them.

A draft's albedo is split into a share of each slot's second colour and a grain that multiplies:
Σ_slots w · ((1 − share) · first + share · second) · grain is the draft's albedo again, and stays
meaningful when guidance turns the palette from red and white into blue and gold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.fields.prior import Prior
from gen3d.foundry.finish import MATERIALS
from gen3d.foundry.thing import Finish

_FLOOR = 0.01
"""Linear albedo below which a grain is not told from black."""
_GRAIN = 3.0
"""Largest factor of a grain."""
_SHELL = 0.05
"""Distance from the surface within which a draft's colours are averaged."""


@dataclass(frozen=True)
class Palette:
    """Linear colours and glTF factors of each slot."""

    first: Float[Tensor, "slots 3"]
    second: Float[Tensor, "slots 3"]
    """The pattern's other colour."""
    roughness: Float[Tensor, "slots"]
    metallic: Float[Tensor, "slots"]


def palette_of(finishes: Sequence[Finish]) -> Palette:
    """The palette of a thing's finishes, one for each slot."""
    materials = [MATERIALS[finish.material] for finish in finishes]
    return Palette(
        torch.tensor([finish.colour for finish in finishes], dtype=torch.float32),
        torch.tensor([finish.second for finish in finishes], dtype=torch.float32),
        torch.tensor([material.roughness for material in materials]),
        torch.tensor([material.metallic for material in materials]),
    )


def estimated_palette(prior: Prior) -> Palette:
    """A palette from the grids alone: each slot's mean near the surface, and no second colour.

    The second colour equals the first, so that the whole pattern becomes grain.
    """
    near = torch.exp(-(prior.sdf.flatten() / _SHELL).square())
    weights = prior.slots.flatten(1) * near
    weights = weights / weights.sum(1, keepdim=True).clamp(min=1e-9)
    colour = weights @ prior.albedo.flatten(1).t()
    if prior.gloss is None:
        rough, metal = torch.full_like(colour[:, 0], 0.6), torch.zeros_like(colour[:, 0])
    else:
        rough, metal = (weights @ prior.gloss.flatten(1).t()).unbind(-1)
    return Palette(colour, colour.clone(), rough, metal)


def pattern(prior: Prior, palette: Palette) -> Float[Tensor, "4 res res res"]:
    """The share of the second colour in [0, 1], and the grain (RGB), on the draft's lattice."""
    weights = prior.slots.flatten(1)
    first = palette.first.to(weights).t() @ weights
    apart = palette.second.to(weights).t() @ weights - first
    albedo = prior.albedo.flatten(1)
    along = ((albedo - first) * apart).sum(0) / (apart * apart).sum(0).clamp(min=1e-4)
    share = along.clamp(0.0, 1.0)
    mixed = first + share * apart
    grain = ((albedo + _FLOOR) / (mixed + _FLOOR)).clamp(0.0, _GRAIN)
    return torch.cat([share[None], grain]).reshape(4, *prior.sdf.shape[1:])


def mixed(
    palette: Palette,
    weights: Float[Tensor, "n slots"],
    share: Float[Tensor, "n"],
    grain: Float[Tensor, "n 3"],
) -> Float[Tensor, "n 3"]:
    """Albedo of points from their slot weights, share and grain, in [0, 1]."""
    first, second = weights @ palette.first, weights @ palette.second
    plain = torch.lerp(first, second, share[:, None])
    return ((plain + _FLOOR) * grain - _FLOOR).clamp(0.0, 1.0)
