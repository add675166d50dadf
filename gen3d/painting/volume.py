# SPDX-License-Identifier: Apache-2.0
"""What is learned, as smooth functions of a place on the figure at rest.

A change of colour or shape is a tone and a few trilinear grids over the rest pose, coarse to fine,
each bounded, mirrored at the middle plane. Because it depends on the place and not on the UVs, it
has no seams: vertices in one place get one value, and texels on both sides of a cut agree. The
finest grid has cells of centimetres, so noise that pleases a small tower cannot be written.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import grid_sample

FADE = 0.7
"""Share of each finer grid beside the one before."""


class Volume(nn.Module):
    """A bounded function of a place, zero at first.

    Args:
        low: Corner of the box where it may vary; only its half on the left (x ≥ 0) counts.
        high: The other corner.
        cells: Side of the cells of each grid, metres, coarse first; none: the same everywhere.
        channels: Values at a place.
    """

    def __init__(
        self,
        low: Float[Tensor, "3"],
        high: Float[Tensor, "3"],
        cells: Sequence[float],
        channels: int,
    ) -> None:
        super().__init__()
        reach = torch.maximum(low.abs()[:1], high.abs()[:1])
        self._low = torch.cat([torch.zeros(1), low[1:]])
        self._span = (torch.cat([reach, high[1:]]) - self._low).clamp(min=1e-3)
        shares = torch.tensor([FADE**level for level in range(len(cells) + 1)])
        self._shares = [float(share) for share in shares / shares.sum()]
        self.tone = nn.Parameter(torch.zeros(channels))
        # A grid's axes are z, y, x, as grid_sample has them.
        counts = [torch.ceil(self._span / cell).long().flip(0) + 1 for cell in cells]
        grids = [torch.zeros(1, channels, *count.tolist()) for count in counts]
        self.grids = nn.ParameterList([nn.Parameter(grid) for grid in grids])

    def forward(
        self, places: Float[Tensor, "points 3"], opened: float = 1.0
    ) -> Float[Tensor, "points channels"]:
        """Values in [-1, 1].

        Args:
            places: On the figure at rest, metres.
            opened: How far the grids are opened, coarse to fine: 0 is the tone alone, 1 all.
        """
        total = self._shares[0] * torch.tanh(self.tone).expand(len(places), -1)
        if not len(self.grids) or not len(places):
            return total
        mirrored = torch.cat([places[:, :1].abs(), places[:, 1:]], dim=1)
        at = (2.0 * (mirrored - self._low) / self._span - 1.0).clamp(-1.0, 1.0)
        spots = at[None, None, None]
        for level, grid in enumerate(self.grids):
            open_share = min(max(opened * len(self.grids) - level, 0.0), 1.0)
            if open_share == 0.0:
                break
            seen = grid_sample(torch.tanh(grid), spots, align_corners=True)[0, :, 0, 0].T
            total = total + self._shares[level + 1] * open_share * seen
        return total

    def size(self) -> Float[Tensor, ""]:
        """Mean square of what is learned."""
        parts = [self.tone.square().mean(), *(grid.square().mean() for grid in self.grids)]
        return torch.stack(parts).mean()

    def unevenness(self) -> Float[Tensor, ""]:
        """Mean square difference of neighbouring cells (a discrete Laplacian's energy)."""
        parts = [self.tone.new_zeros(())]
        for grid in self.grids:
            axes = [axis for axis in (2, 3, 4) if grid.shape[axis] > 1]
            parts += [torch.diff(grid, dim=axis).square().mean() for axis in axes]
        return torch.stack(parts).mean()
