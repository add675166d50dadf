# SPDX-License-Identifier: Apache-2.0
"""A field whose value is the logit of a density (NeRF: Mildenhall et al. 2020).

Density is softplus or truncated exp of the value. Without a draft the value starts as a blob,
λ · (1 − |x| / r) with λ = 10 and r = ½ (Lin et al. 2023, "Magic3D", §4.1, after DreamFusion's
Gaussian blob, Poole et al. 2022, appendix A.2). With a draft it starts as the logit of VolSDF's
density of the draft's distance; then the network scales it by up to e^reach either way.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import softplus

from gen3d.fields.field import Field, FieldShape
from gen3d.fields.network import truncated_exp
from gen3d.fields.palette import Palette
from gen3d.fields.prior import Prior, read_grid
from gen3d.fields.sdf import laplace

Activation = Literal["softplus", "exp"]

_STRENGTH, _RADIUS = 10.0, 0.5
_THIN = 1e-3
"""Optical depth across a cell below which it is empty."""
_FAINT = 1e-6
"""Least density of a draft, so that its logit is finite."""


class DensityField(Field):
    """Density and look.

    Args:
        shape: Sizes.
        generator: Draws the start.
        prior: The draft to start from.
        palette: The draft's finishes.
        activation: From values to densities.
        beta: Softness of the draft's surface, a length.
    """

    draft: Float[Tensor, "1 res res res"]

    def __init__(
        self,
        shape: FieldShape,
        generator: torch.Generator,
        prior: Prior | None = None,
        palette: Palette | None = None,
        *,
        activation: Activation = "softplus",
        beta: float = 0.02,
    ) -> None:
        super().__init__(shape, generator, prior, palette)
        self.activation: Activation = activation
        self.softness = beta
        if prior is not None:
            self.register_buffer("draft", prior.sdf.contiguous(), persistent=False)

    def base(self, points: Float[Tensor, "n 3"]) -> Float[Tensor, "n"]:
        """Logit of the draft's density, or the blob."""
        if not self.guided:
            return _STRENGTH * (1.0 - points.norm(dim=-1) / _RADIUS)
        distance = read_grid(self.draft, points)[:, 0]
        density = (laplace(distance / self.softness) / self.softness).clamp(min=_FAINT)
        if self.activation == "exp":
            return torch.log(density)
        # The inverse of softplus, y + log(1 − e^(−y)).
        return density + torch.log(-torch.expm1(-density))

    def density_of(self, value: Float[Tensor, "*n"], blur: float = 0.0) -> Float[Tensor, "*n"]:
        """Activation of the values; a density is already smooth, so ``blur`` does nothing."""
        del blur
        return truncated_exp(value) if self.activation == "exp" else softplus(value)

    def optical_depth(
        self,
        first: Float[Tensor, "*n"],
        last: Float[Tensor, "*n"],
        length: Float[Tensor, "*n"],
    ) -> Float[Tensor, "*n"]:
        """Boole's rule over intervals in which the value is linear.

        The trapezoid rule would give long intervals that end in matter far too much of it.
        """
        weights = enumerate((7.0, 32.0, 12.0, 32.0, 7.0))
        parts = [w / 90.0 * self.density_of(torch.lerp(first, last, i / 4.0)) for i, w in weights]
        return torch.stack(parts).sum(0) * length

    def occupied(self, values: Float[Tensor, "n 8"], side: float) -> Bool[Tensor, "n"]:
        """Wherever there is density."""
        return self.density_of(values).amax(-1) * side * math.sqrt(3.0) > _THIN
