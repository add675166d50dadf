# SPDX-License-Identifier: Apache-2.0
"""A field whose value is a signed distance (VolSDF: Yariv et al. 2021, arXiv 2106.12052).

Density is the Laplace cumulative distribution of the negative distance s over β:
σ(s) = Ψ_β(−s) / β, with Ψ_β(−s) = ½ e^(−s/β) outside and 1 − ½ e^(s/β) inside (eq. 2–3, α = 1/β).
Along an interval over which s is linear its integral is closed form (:func:`laplace_depth`), so
intervals wider than β neither miss the surface nor alias.

A grazing ray crosses much of the soft shell, so an outline of half coverage lies 2 to 3 β outside
the surface (where ½ √(2π R / β) e^(−d/β) = ln 2, for curvature 1/R): a wide β gives guidance a wide
band of gradients, and a fit should end with β ≤ 0.002, below a tenth of a pixel at 64².

Over a draft: s = draft(x) + reach · tanh(network), otherwise s = |x| − ½ + network.
"""

from __future__ import annotations

import math
from typing import ClassVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from gen3d.fields.field import Field, FieldShape, Renderable, differences
from gen3d.fields.palette import Palette
from gen3d.fields.prior import Prior, read_grid

BALL = 0.5
"""Radius of the ball that a field without a draft starts from."""
_SLACK = 1.5
"""Largest slope of the distance that occupancy reckons with."""
_TAIL = 8.0
"""Distances in β beyond which there is no density outside, and no light inside (e⁻⁸)."""
_STEEP = 0.05
"""Change of s / β over an interval above which the closed form is used; below it cancels."""


class Distances(Renderable):
    """Matter whose value is a signed distance, in a soft shell."""

    is_distance: ClassVar[bool] = True

    @property
    def beta(self) -> Float[Tensor, ""]:
        """Softness of the surface, a length."""
        raise NotImplementedError

    def density_of(self, value: Float[Tensor, "*n"], blur: float = 0.0) -> Float[Tensor, "*n"]:
        """VolSDF eq. 2, with β at least ``blur``."""
        beta = self.beta.clamp(min=blur)
        return laplace(value / beta) / beta

    def optical_depth(
        self,
        first: Float[Tensor, "*n"],
        last: Float[Tensor, "*n"],
        length: Float[Tensor, "*n"],
    ) -> Float[Tensor, "*n"]:
        """The closed form over intervals in which the distance is linear."""
        return laplace_depth(first / self.beta, last / self.beta) * length / self.beta

    def occupied(self, values: Float[Tensor, "n 8"], side: float) -> Bool[Tensor, "n"]:
        """Near the surface: behind it no light is left."""
        near = _SLACK * 0.5 * math.sqrt(3.0) * side + _TAIL * float(self.beta)
        crossing = (values.amin(-1) < 0.0) & (values.amax(-1) > 0.0)
        return crossing | (values.abs().amin(-1) < near)


class SdfField(Distances, Field):
    """Signed distance and look.

    Args:
        shape: Sizes.
        generator: Draws the start.
        prior: The draft to start from.
        palette: The draft's finishes.
        beta: Softness of the surface, a length.
        learn_beta: Make it a parameter (as VolSDF does); else set it with :meth:`set_beta`.
    """

    draft: Float[Tensor, "1 res res res"]
    slopes: Float[Tensor, "3 res res res"]
    log_beta: Float[Tensor, ""]

    def __init__(
        self,
        shape: FieldShape,
        generator: torch.Generator,
        prior: Prior | None = None,
        palette: Palette | None = None,
        *,
        beta: float = 0.01,
        learn_beta: bool = False,
    ) -> None:
        super().__init__(shape, generator, prior, palette)
        start = torch.tensor(math.log(beta))
        if learn_beta:
            self.log_beta = nn.Parameter(start)
        else:
            self.register_buffer("log_beta", start)
        if prior is not None:
            self.register_buffer("draft", prior.sdf.contiguous(), persistent=False)
            self.register_buffer("slopes", slopes(prior.sdf), persistent=False)

    @property
    def beta(self) -> Float[Tensor, ""]:
        """Softness of the surface, a length."""
        return torch.exp(self.log_beta)

    def set_beta(self, beta: float) -> None:
        """Set the softness."""
        with torch.no_grad():
            self.log_beta.fill_(math.log(beta))

    def base(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n"]:
        """Distance to the draft, or to the ball."""
        if self.guided:
            return read_grid(self.draft, points)[:, 0]
        return points.norm(dim=-1) - BALL

    @torch.no_grad()
    def survey(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n"]:
        """Distances; far from a draft's surface the draft's own, as only their sign matters."""
        if not self.guided or float(self.reach) == 0.0:
            return self.geometry(points)[0]
        value = self.base(points)
        margin = float(self.reach) + 2.0 * _TAIL * float(self.beta) + 0.1
        near = torch.nonzero(value.abs() < margin)[:, 0]
        return value.index_copy(0, near, self.geometry(points[near])[0])

    def gradient(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n 3"]:
        """Gradient of the base, exact or from its lattice, plus the network's numerical one."""
        if self.guided:
            base = read_grid(self.slopes, points)
        else:
            base = points / points.norm(dim=-1, keepdim=True).clamp(min=1e-6)
        if float(self.reach) == 0.0:
            return base
        return base + self.reach * differences(self.change, points, self.grid.finest_cell)


def slopes(sdf: Float[Tensor, "1 res res res"]) -> Float[Tensor, "3 res res res"]:
    """Gradient of a distance grid (z, y, x) by central differences, as (x, y, z)."""
    along_z, along_y, along_x = torch.gradient(sdf[0], spacing=2.0 / (sdf.shape[-1] - 1))
    return torch.stack([along_x, along_y, along_z])


def laplace(distance: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """Ψ(−s) for s in units of β (VolSDF eq. 3): 0 far outside, ½ on the surface, 1 inside."""
    tail = 0.5 * torch.exp(-distance.abs())
    return torch.where(distance > 0.0, tail, 1.0 - tail)


def laplace_depth(first: Float[Tensor, "*n"], last: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """Mean of Ψ(−s) over an interval in which s (in units of β) goes linearly between two values.

    The antiderivative is −½ e^(−s) outside and s − ½ e^s inside. Where s hardly changes, its
    difference would cancel, and Simpson's rule (error below 1e-8 there) takes its place.
    """
    change = last - first
    steep = change.abs() > _STEEP
    safe = torch.where(steep, change, torch.ones_like(change))
    exact = (_antiderivative(last) - _antiderivative(first)) / safe
    middle = laplace(0.5 * (first + last))
    simpson = (laplace(first) + 4.0 * middle + laplace(last)) / 6.0
    return torch.where(steep, exact, simpson)


def _antiderivative(distance: Tensor) -> Tensor:
    return distance.clamp(max=0.0) - 0.5 * torch.exp(-distance.abs())
