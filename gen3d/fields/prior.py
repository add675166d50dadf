# SPDX-License-Identifier: Apache-2.0
"""What a field starts from: a draft as dense grids over [−1, 1]³, and the look of its slots.

Lattice: ``grid[channel, z, y, x]``; entry ``i`` of an axis is the coordinate −1 + 2·i/(res − 1), so
the outermost entries lie on the faces of the cube (``align_corners=True`` of torch's
``grid_sample``). Values between are trilinear, outside the cube those of the nearest face.

The draft's colour is split by :func:`pattern` into a share of each slot's second colour and a grain
that multiplies: Σ_slots w · ((1 − share) · first + share · second) · grain is the draft's albedo
again, and stays meaningful when guidance turns a palette from red and white to blue and gold.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import grid_sample

_FLOOR = 0.02
"""Linear albedo below which a grain is not told from black."""
_GRAIN = 2.0
"""Largest factor of a grain."""


@dataclass(frozen=True)
class Palette:
    """The few numbers that decide the look of each slot."""

    first: Float[Tensor, "slots 3"]
    """Linear albedo."""
    second: Float[Tensor, "slots 3"]
    """The pattern's other colour, linear."""
    roughness: Float[Tensor, "slots"]
    metallic: Float[Tensor, "slots"]


@dataclass(frozen=True)
class Prior:
    """A draft in the unit frame, all grids of one resolution (64 to 128)."""

    sdf: Float[Tensor, "1 res res res"]
    """Signed distance to the closed outer surface, negative inside."""
    slots: Float[Tensor, "slots res res res"]
    """Soft part weights: not negative, sum 1."""
    albedo: Float[Tensor, "3 res res res"]
    """Linear colour of the draft, pattern and grain included, carried off the surface."""
    palette: Palette


def sample(
    grid: Float[Tensor, "channels res res res"], points: Float[Tensor, "n 3"]
) -> Float[Tensor, "n channels"]:
    """Trilinear values at points of [−1, 1]³; differentiable with respect to both."""
    place = points.reshape(1, 1, 1, -1, 3).to(grid)
    values = grid_sample(grid[None], place, padding_mode="border", align_corners=True)
    return values.reshape(grid.shape[0], -1).t()


def lattice(resolution: int, device: torch.device | None = None) -> Float[Tensor, "n 3"]:
    """Points of a dense grid in its own order (z slowest, x fastest), as ``(x, y, z)``."""
    axis = torch.linspace(-1.0, 1.0, resolution, device=device)
    z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")
    return torch.stack([x, y, z], dim=-1).reshape(-1, 3)


def gradient_grid(
    grid: Float[Tensor, "1 res res res"],
) -> Float[Tensor, "3 res res res"]:
    """Central differences on the lattice (one-sided on its faces), in ``(x, y, z)`` order."""
    step = 2.0 / (grid.shape[-1] - 1)
    along_z, along_y, along_x = torch.gradient(grid[0], spacing=step)
    return torch.stack([along_x, along_y, along_z])


def pattern(prior: Prior) -> Float[Tensor, "4 res res res"]:
    """The draft's share of the second colour, and its grain (RGB), on the lattice."""
    weights = prior.slots.flatten(1)
    first = prior.palette.first.to(weights).t() @ weights
    second = prior.palette.second.to(weights).t() @ weights
    albedo = prior.albedo.flatten(1)
    apart = second - first
    along = ((albedo - first) * apart).sum(0) / (apart * apart).sum(0).clamp(min=1e-4)
    share = along.clamp(0.0, 1.0)
    mixed = first + share * apart
    grain = ((albedo + _FLOOR) / (mixed.clamp(min=0.0) + _FLOOR)).clamp(0.0, _GRAIN)
    return torch.cat([share[None], grain]).reshape(4, *prior.sdf.shape[1:])
