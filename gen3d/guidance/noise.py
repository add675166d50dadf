# SPDX-License-Identifier: Apache-2.0
"""What a diffusion model's numbers mean: noise levels, and the three ways to say what it predicts.

A noisy picture at step t is ``x_t = √ᾱ_t x_0 + √(1−ᾱ_t) ε`` with ε ~ N(0, I) (Ho et al. 2020, arXiv
2006.11239, eq. 4). A network may predict the noise ε ("epsilon"), the clean picture x_0
("sample"), or the velocity ``v = √ᾱ_t ε − √(1−ᾱ_t) x_0`` (Salimans & Ho 2022, arXiv 2202.00512,
sec. 4). Given x_t the three say the same; everything here is turned into ε. Steps count from 0 (all
but clean) to ``len(levels) − 1`` (all but noise).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

Prediction = Literal["epsilon", "v_prediction", "sample"]
"""The names are those of the scheduler configurations of ``diffusers``."""

Weighting = Literal["variance", "uniform", "fantasia3d", "reconstruction"]

TINY = 1e-5
"""Keeps divisions finite at the ends of the noise levels; √ᾱ of zero-SNR schedules reaches 0."""


@dataclass(frozen=True)
class NoiseLevels:
    """A noise schedule and what the network of that schedule predicts."""

    alphas_cumprod: Float[Tensor, "steps"]
    """ᾱ_t, falling from almost 1 to almost 0."""
    prediction: Prediction = "epsilon"

    def __len__(self) -> int:
        return len(self.alphas_cumprod)

    def signal(self, step: Int[Tensor, "batch"]) -> Float[Tensor, "batch 1 1 1"]:
        """√ᾱ_t, shaped to multiply pictures."""
        return self.alphas_cumprod.to(step.device)[step].sqrt()[:, None, None, None]

    def sigma(self, step: Int[Tensor, "batch"]) -> Float[Tensor, "batch 1 1 1"]:
        """√(1−ᾱ_t), shaped to multiply pictures."""
        return (1.0 - self.alphas_cumprod.to(step.device)[step]).sqrt()[:, None, None, None]


def diffuse(
    levels: NoiseLevels,
    clean: Float[Tensor, "batch channels height width"],
    noise: Float[Tensor, "batch channels height width"],
    step: Int[Tensor, "batch"],
) -> Float[Tensor, "batch channels height width"]:
    """x_t from x_0 and ε."""
    return levels.signal(step) * clean + levels.sigma(step) * noise


def to_epsilon(
    levels: NoiseLevels,
    output: Float[Tensor, "batch channels height width"],
    noisy: Float[Tensor, "batch channels height width"],
    step: Int[Tensor, "batch"],
) -> Float[Tensor, "batch channels height width"]:
    """The noise that a network's raw output stands for."""
    if levels.prediction == "epsilon":
        return output
    if levels.prediction == "v_prediction":
        return levels.signal(step) * output + levels.sigma(step) * noisy
    return (noisy - levels.signal(step) * output) / levels.sigma(step).clamp(min=TINY)


def from_epsilon(
    levels: NoiseLevels,
    epsilon: Float[Tensor, "batch channels height width"],
    noisy: Float[Tensor, "batch channels height width"],
    step: Int[Tensor, "batch"],
) -> Float[Tensor, "batch channels height width"]:
    """The raw output that a network of this kind gives when it means this noise."""
    if levels.prediction == "epsilon":
        return epsilon
    clean = to_clean(levels, epsilon, noisy, step)
    if levels.prediction == "sample":
        return clean
    return levels.signal(step) * epsilon - levels.sigma(step) * clean


def to_clean(
    levels: NoiseLevels,
    epsilon: Float[Tensor, "batch channels height width"],
    noisy: Float[Tensor, "batch channels height width"],
    step: Int[Tensor, "batch"],
) -> Float[Tensor, "batch channels height width"]:
    """The clean picture that a noise stands for, in one step."""
    return (noisy - levels.sigma(step) * epsilon) / levels.signal(step).clamp(min=TINY)


def weight(
    levels: NoiseLevels, weighting: Weighting, step: Int[Tensor, "batch"]
) -> Float[Tensor, "batch 1 1 1"]:
    """w(t), which decides how much each noise level has to say.

    - ``variance``: σ_t² = 1−ᾱ_t, DreamFusion's (Poole et al. 2022, arXiv 2209.14988, sec. 3);
    - ``uniform``: 1;
    - ``fantasia3d``: √ᾱ_t (1−ᾱ_t), which spares both ends (Chen et al. 2023, arXiv 2303.13873);
    - ``reconstruction``: σ_t/√ᾱ_t, with which the gradient is the picture minus the clean picture
      that the model sees in it.
    """
    signal, sigma = levels.signal(step), levels.sigma(step)
    if weighting == "variance":
        return sigma.square()
    if weighting == "uniform":
        return torch.ones_like(sigma)
    if weighting == "fantasia3d":
        return signal * sigma.square()
    return sigma / signal.clamp(min=TINY)


def draw_steps(
    levels: NoiseLevels,
    count: int,
    bounds: tuple[float, float],
    generator: torch.Generator,
) -> Int[Tensor, "count"]:
    """Steps uniform between two shares of the schedule, spread over the batch.

    Each step alone is uniform; together they are stratified (one in each of ``count`` equal parts,
    in random order), so that their mean varies less than that of independent draws at no cost.

    Args:
        levels: The schedule.
        count: How many.
        bounds: Least and greatest noise, as shares of the schedule in [0, 1].
        generator: On the CPU.
    """
    order = torch.randperm(count, generator=generator)
    share = (order + torch.rand(count, generator=generator)) / count
    last = len(levels) - 1
    # A floor over closed ends gives every step the same chance; doubles, so that 1 is not reached.
    low, high = round(bounds[0] * last), round(bounds[1] * last)
    drawn = low + (share.double() * (high - low + 1)).floor().long()
    return drawn.clamp(low, high)
