# SPDX-License-Identifier: Apache-2.0
"""What a field starts from and is pulled to: dense grids of a draft over the unit frame.

Grids cover [-1, 1]³ with a sample on every corner; index order is (channel, z, y, x), so that
``torch.nn.functional.grid_sample`` with ``align_corners=True`` takes points as (x, y, z). Values
between samples are trilinear; outside the cube the nearest value on its boundary holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import grid_sample


@dataclass(frozen=True)
class Prior:
    """Dense grids of a draft."""

    sdf: Float[Tensor, "1 res res res"]
    """Signed distance to the surface, negative inside, in units of the unit frame."""
    slots: Float[Tensor, "slots res res res"]
    """Soft weight of each slot (≥ 0, sum 1): which part a place belongs to."""
    albedo: Float[Tensor, "3 res res res"]
    """Linear base colour."""
    gloss: Float[Tensor, "2 res res res"] | None = None
    """Roughness and metalness; None where they are not known."""

    @property
    def spacing(self) -> float:
        """Distance of neighbouring samples."""
        return 2.0 / (self.sdf.shape[-1] - 1)


@dataclass(frozen=True)
class PriorSample:
    """A prior read at points."""

    sdf: Float[Tensor, "points"]
    slots: Float[Tensor, "points slots"]
    albedo: Float[Tensor, "points 3"]
    gloss: Float[Tensor, "points 2"] | None


def sample(prior: Prior, points: Float[Tensor, "points 3"]) -> PriorSample:
    """Read every grid at points; differentiable with respect to points and grids."""
    return PriorSample(
        sdf=read_grid(prior.sdf, points)[:, 0],
        slots=read_grid(prior.slots, points),
        albedo=read_grid(prior.albedo, points),
        gloss=None if prior.gloss is None else read_grid(prior.gloss, points),
    )


def read_grid(
    grid: Float[Tensor, "channels depth height width"], points: Float[Tensor, "points 3"]
) -> Float[Tensor, "points channels"]:
    """Trilinear values of one grid at points (x, y, z) of [-1, 1]³, clamped outside."""
    where = points.to(grid.dtype)[None, None, None]
    found = grid_sample(grid[None], where, "bilinear", "border", align_corners=True)
    return found[0, :, 0, 0].T


def grid_points(
    resolution: int, device: torch.device | str = "cpu"
) -> Float[Tensor, "res res res 3"]:
    """Position (x, y, z) of every sample of a grid, indexed (z, y, x)."""
    axis = torch.linspace(-1.0, 1.0, resolution, device=device)
    z, y, x = torch.meshgrid(axis, axis, axis, indexing="ij")
    return torch.stack([x, y, z], dim=-1)
