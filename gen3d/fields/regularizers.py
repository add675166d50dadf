# SPDX-License-Identifier: Apache-2.0
"""What keeps a field sane while guidance pulls at it, as plain numbers to be weighted.

All are means, so that weights do not depend on picture sizes or sample counts.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from gen3d.fields.field import Field

_SOME = 2048
"""Points that the residuals are compared at."""


@dataclass(frozen=True)
class Regularizers:
    """Scalars, differentiable; zero where one has no meaning for a field."""

    eikonal: Float[Tensor, ""]
    """Mean (|∇s| − 1)² at visible points (Gropp et al. 2020, eq. 1); SDF only."""
    orientation: Float[Tensor, ""]
    """Weight of normals that face away from the eye (Verbin et al. 2022, "Ref-NeRF", eq. 11)."""
    opacity: Float[Tensor, ""]
    """Mean coverage √(α² + 0.01): against fog (Poole et al. 2022, appendix A.2)."""
    entropy: Float[Tensor, ""]
    """Mean binary entropy of the coverage, bits: against half-transparent matter."""
    smoothness: Float[Tensor, ""]
    """Mean square change of both residuals over a cell."""
    drift: Float[Tensor, ""]
    """Mean square of both residuals and of the palette's change: distance to the draft."""


def opacity(alpha: Float[Tensor, "*pixels"]) -> Float[Tensor, ""]:
    """Mean √(α² + 0.01)."""
    return (alpha.square() + 0.01).sqrt().mean()


def entropy(alpha: Float[Tensor, "*pixels"]) -> Float[Tensor, ""]:
    """Mean binary entropy, bits."""
    inside = alpha.clamp(1e-5, 1.0 - 1e-5)
    nats = inside * torch.log(inside) + (1.0 - inside) * torch.log1p(-inside)
    return -nats.mean() / 0.6931471805599453


def eikonal(gradient: Float[Tensor, "n 3"]) -> Float[Tensor, ""]:
    """Mean (|∇s| − 1)²; zero without points."""
    length = (gradient.square().sum(-1) + 1e-12).sqrt()
    return (length - 1.0).square().sum() / max(len(gradient), 1)


def orientation(
    normal: Float[Tensor, "n 3"],
    direction: Float[Tensor, "n 3"],
    weight: Float[Tensor, "n"],
) -> Float[Tensor, ""]:
    """Σ w · max(0, n · d)² / Σ w, with d from the eye into the scene."""
    away = (normal * direction).sum(-1).clamp(min=0.0)
    held = weight.detach()
    return (held * away.square()).sum() / held.sum().clamp(min=1e-6)


def residuals(
    field: Field, points: Float[Tensor, "n 3"], generator: torch.Generator
) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """Smoothness and drift at some of the points.

    Args:
        field: With or without a draft; without one there is no drift.
        points: Visible points.
        generator: On the CPU; picks points and the shift between compared ones.
    """
    some = points[_picked(len(points), generator).to(points.device)]
    shift = torch.randn(len(some), 3, generator=generator).to(some)
    moved = some + 0.5 * field.grid.finest_cell * shift
    smooth = drift = some.new_zeros(())
    if float(field.reach) > 0.0 and len(some):
        here, there = field.change(some), field.change(moved)
        smooth, drift = smooth + (here - there).square().mean(), drift + here.square().mean()
    if float(field.look.detail) > 0.0 and len(some):
        here, there = field.look.residual(some), field.look.residual(moved)
        smooth, drift = smooth + (here - there).square().mean(), drift + here.square().mean()
    if not field.guided:
        return smooth, torch.zeros_like(drift)
    return smooth, drift + field.look.change.square().mean()


def _picked(count: int, generator: torch.Generator) -> Int64[Tensor, "picked"]:
    if count <= _SOME:
        return torch.arange(count)
    return torch.randint(count, (_SOME,), generator=generator)
