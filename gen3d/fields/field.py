# SPDX-License-Identifier: Apache-2.0
"""What all fields have: a hash grid that changes a base shape, a look, and coarse to fine.

A field's *value* at a point is its base (a draft, a ball, a blob) plus what the hash grid adds.
Subclasses say what the value means: :class:`gen3d.fields.sdf.SdfField` and
:class:`gen3d.fields.density.DensityField`. Points are in the unit frame, [−1, 1]³.

Gradients of the value are numerical (Li et al. 2023, "Neuralangelo", eq. 4): central differences
over a cell of the finest level that is on. So normals are differentiable through plain first
derivatives, their gradient reaches beyond one cell, and they coarsen and refine with the grid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import normalize

from gen3d.fields.grid import HashGrid, Layout
from gen3d.fields.look import Appearance, Look
from gen3d.fields.network import Mlp
from gen3d.fields.palette import Palette
from gen3d.fields.prior import Prior

OPEN_BY = 0.5
"""Progress at which the last level of the grids is on (:meth:`Field.coarse_to_fine`)."""
OPEN_FROM = 3.0
"""Levels that are on from the start."""


@dataclass(frozen=True)
class FieldShape:
    """Sizes of a field."""

    geometry: Layout = field(default_factory=lambda: Layout(finest=96))
    colour: Layout = field(default_factory=lambda: Layout(finest=192))
    hidden: int = 32


class Renderable(nn.Module):
    """What the volume renderer asks of matter in the unit frame."""

    is_distance: ClassVar[bool] = False
    """Whether values are distances, which rise outwards (densities fall)."""

    @property
    def device(self) -> torch.device:
        """Where its numbers lie."""
        raise NotImplementedError

    def geometry(
        self, points: Float[Tensor, "n 3"]
    ) -> tuple[Float[Tensor, "n"], Float[Tensor, "n"]]:
        """Values, and what of them was learned."""
        raise NotImplementedError

    def gradient(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3"]:
        """Gradient of the value."""
        raise NotImplementedError

    def appearance(self, points: Float[Tensor, "n 3"]) -> Appearance:
        """Albedo (linear), roughness and metalness."""
        raise NotImplementedError

    def density_of(self, value: Float[Tensor, "*n"], blur: float = 0.0) -> Float[Tensor, "*n"]:
        """Density (1 / length) of geometry values.

        Args:
            value: Of :meth:`geometry`.
            blur: Length below which structure may be smoothed away (for proposals).
        """
        raise NotImplementedError

    def optical_depth(
        self,
        first: Float[Tensor, "*n"],
        last: Float[Tensor, "*n"],
        length: Float[Tensor, "*n"],
    ) -> Float[Tensor, "*n"]:
        """Integral of the density over an interval, from the values at its ends."""
        raise NotImplementedError

    def occupied(self, values: Float[Tensor, "n 8"], side: float) -> Bool[Tensor, "n"]:
        """Whether a cell of some side can matter to a picture, from the values at its corners."""
        raise NotImplementedError

    @torch.no_grad()
    def survey(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n"]:
        """Values good enough to find where the matter is; nothing is differentiated."""
        return self.geometry(points)[0]


class Field(Renderable):
    """Base of the fields.

    Args:
        shape: Sizes.
        generator: Draws the start, on the CPU.
        prior: The draft to start from.
        palette: The draft's finishes; None: estimated from its colours.
    """

    reach: Float[Tensor, ""]
    """How far the hash grid may change the value; zero: not at all."""

    def __init__(
        self,
        shape: FieldShape,
        generator: torch.Generator,
        prior: Prior | None = None,
        palette: Palette | None = None,
    ) -> None:
        super().__init__()
        self.grid = HashGrid(shape.geometry, generator)
        self.head = Mlp(self.grid.width, shape.hidden, 1, generator)
        self.look = Look(shape.colour, shape.hidden, generator, prior, palette)
        self.guided = prior is not None
        self.register_buffer("reach", torch.zeros(()) if prior else torch.ones(()))

    @property
    def device(self) -> torch.device:
        """Where its numbers lie."""
        return self.reach.device

    def base(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n"]:
        """The value before the hash grid changes it."""
        raise NotImplementedError

    def change(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n"]:
        """What the hash grid adds, in units of :attr:`reach`; bounded by ±1 over a draft."""
        raw = self.head(self.grid(points))[:, 0]
        return torch.tanh(raw) if self.guided else raw

    def geometry(
        self, points: Float[Tensor, "n 3"]
    ) -> tuple[Float[Tensor, "n"], Float[Tensor, "n"]]:
        """Values, and :meth:`change` within them (zeros while :attr:`reach` is zero)."""
        base = self.base(points)
        if float(self.reach) == 0.0:
            return base, torch.zeros_like(base)
        change = self.change(points)
        return base + self.reach * change, change

    def density(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n"]:
        """Density, 1 / length."""
        return self.density_of(self.geometry(points)[0])

    def gradient(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3"]:
        """Numerical gradient of the value."""
        return differences(lambda p: self.geometry(p)[0], points, self.grid.finest_cell)

    def normal(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3"]:
        """Unit outward normals."""
        gradient = self.gradient(points)
        return normalize(gradient if self.is_distance else -gradient, dim=-1)

    def appearance(self, points: Float[Tensor, "n 3"]) -> Appearance:
        """Albedo (linear), roughness and metalness."""
        return self.look(points)

    def coarse_to_fine(self, progress: float) -> None:
        """Open the levels of both grids one after the other (Neuralangelo, §3.3).

        Args:
            progress: Of the fit, in [0, 1]; all levels are on from :data:`OPEN_BY`.
        """
        for grid in (self.grid, self.look.grid):
            start = min(OPEN_FROM, float(grid.layout.levels))
            share = min(max(progress / OPEN_BY, 0.0), 1.0)
            grid.open_to(start + (grid.layout.levels - start) * share)

    def anneal(self, *, reach: float | None = None, detail: float | None = None) -> None:
        """Set how far the hash grids may go.

        Args:
            reach: Change of the value (SDF: unit-frame lengths).
            detail: Change of the sRGB albedo.
        """
        if reach is not None:
            self.reach.fill_(reach)
        if detail is not None:
            self.look.detail.fill_(detail)


def differences(
    function: Callable[[Tensor], Tensor], points: Float[Tensor, "n 3"], cell: float
) -> Float[Tensor, "n 3"]:
    """Central differences over one cell: half of it to either side along each axis."""
    taps = 0.5 * cell * torch.eye(3, dtype=points.dtype, device=points.device)
    around = torch.cat([points[:, None] + taps, points[:, None] - taps], dim=1)
    values = function(around.reshape(-1, 3)).reshape(-1, 2, 3)
    return (values[:, 0] - values[:, 1]) / cell
