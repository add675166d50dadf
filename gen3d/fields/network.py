# SPDX-License-Identifier: Apache-2.0
"""The small network behind a hash grid, and the activations of densities."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import relu


class Mlp(nn.Module):
    """One hidden layer of ReLU (Müller et al. 2022, §4: small networks suffice behind a grid).

    The last layer starts at zero, so that a residual starts as nothing; its gradient does not, and
    the layers before it follow one step later.

    Args:
        inputs: Numbers in.
        hidden: Numbers in the middle.
        outputs: Numbers out.
        generator: Draws the first layer (He et al. 2015, eq. 10).
    """

    def __init__(self, inputs: int, hidden: int, outputs: int, generator: torch.Generator) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, hidden)
        self.last = nn.Linear(hidden, outputs)
        with torch.no_grad():
            start = torch.randn(hidden, inputs, generator=generator) * (2.0 / inputs) ** 0.5
            self.first.weight.copy_(start)
            self.first.bias.copy_(0.1 * torch.randn(hidden, generator=generator))
            self.last.weight.zero_()
            self.last.bias.zero_()

    def forward(self, features: Float[Tensor, "n inputs"]) -> Float[Tensor, "n outputs"]:
        """Outputs of points' features."""
        return self.last(relu(self.first(features)))


def truncated_exp(logit: Float[Tensor, "*n"]) -> Float[Tensor, "*n"]:
    """exp, at most e¹⁵; above, the gradient is that at the limit (Müller et al. 2022's density).

    The gradient above the limit lets a field come back from there.
    """
    limited = logit.clamp(max=15.0)
    beyond = logit - limited
    return torch.exp(limited) * (1.0 + beyond - beyond.detach())
