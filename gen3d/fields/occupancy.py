# SPDX-License-Identifier: Apache-2.0
"""Where in [−1, 1]³ a field has matter: a bit for each cell, and its values on the lattice.

The bits let rays skip empty space; the values are a free proposal of where along a ray the light
comes from, so that the network is evaluated at the samples that count only. Both are a picture of
the field when they were made: make them again every few steps of a fit (:func:`survey`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from gen3d.fields.field import Renderable
from gen3d.fields.prior import grid_points

_CHUNK = 2**17
"""Points a piece, to bound memory."""


@dataclass(frozen=True)
class Occupancy:
    """A survey of a field."""

    bits: Bool[Tensor, "res res res"]
    """Whether a cell can matter, indexed (z, y, x)."""
    values: Float[Tensor, "1 corners corners corners"]
    """The field's values at the corners of the cells."""

    @property
    def resolution(self) -> int:
        """Cells a side."""
        return self.bits.shape[-1]

    @property
    def cell(self) -> float:
        """Side of a cell."""
        return 2.0 / self.resolution

    @property
    def share(self) -> float:
        """Part of the cells that can matter."""
        return float(self.bits.float().mean())


@torch.no_grad()
def survey(field: Renderable, resolution: int = 64) -> Occupancy:
    """Look at a field on a lattice.

    Args:
        field: What to look at.
        resolution: Cells a side.
    """
    corners = resolution + 1
    points = grid_points(corners, field.device).reshape(-1, 3)
    values = torch.cat([field.survey(piece) for piece in points.split(_CHUNK)])
    grid = values.reshape(corners, corners, corners)
    low, high = slice(None, -1), slice(1, None)
    ends = (low, high)
    eight = torch.stack([grid[z, y, x] for z in ends for y in ends for x in ends], dim=-1)
    bits = field.occupied(eight.reshape(-1, 8), 2.0 / resolution)
    return Occupancy(bits.reshape(resolution, resolution, resolution), grid[None])


def everywhere(occupancy: Occupancy) -> Occupancy:
    """The same survey without skipping: every cell counts as occupied."""
    return Occupancy(torch.ones_like(occupancy.bits), occupancy.values)
