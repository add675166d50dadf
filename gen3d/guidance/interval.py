# SPDX-License-Identifier: Apache-2.0
"""Interval score matching: the variance-reduced variant of score distillation, and why this one.

Score distillation compares the noise a model sees with noise that was drawn at random, so its
gradient is noisy in proportion to the model's diversity: on N(µ, σ²I) the share of ε that stays in
it is ᾱσ²/(ᾱσ²+1−ᾱ). Interval score matching (Liang et al. 2023, LucidDreamer, arXiv 2311.11284,
sec. 3.2) draws no noise. It walks from the picture up to x_s and x_t by DDIM inversion (Song et al.
2021, arXiv 2010.02502) under the neutral words and compares ``ε_y(x_t, t) − ε_∅(x_s, s)``, s < t:
given the picture and t, its gradient has no variance. Over random t its size still varies, but in
proportion to the way that is left, while the noise of score distillation stays on arrival: on a
Gaussian of spread 0.5, a tenth of a unit from the mean, variance over squared mean is 27 and 1.3;
a whole unit away it is 0.8 and 1.3, so nothing is gained far from the goal.

Why not the others. Variational score distillation trains a second network beside the fit, which two
cores cannot afford. Classifier score distillation (Yu et al. 2023, arXiv 2310.19415) is as cheap as
plain score distillation but drops the pull to natural pictures, which is what the diffusion model
is here for; on Gaussians of one spread its gradient is a constant, s·√ᾱ√(1−ᾱ)(µ_∅−µ_y)/V, and it
never arrives anywhere. Interval score matching keeps a resting point at the mode. It costs the
passes of the walk: with the default stride of a fifth of the schedule, one to five neutral ones at
half the batch beside the pass of score distillation.
"""

from __future__ import annotations

import itertools

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gen3d.guidance.denoiser import Denoiser
from gen3d.guidance.noise import diffuse, to_clean


def walk(
    denoiser: Denoiser,
    latents: Float[Tensor, "views channels rows columns"],
    neutral: Float[Tensor, "views tokens width"],
    steps: Int[Tensor, "stops views"],
) -> tuple[
    Float[Tensor, "views channels rows columns"], Float[Tensor, "views channels rows columns"]
]:
    """DDIM inversion along rising steps, from clean pictures.

    Args:
        denoiser: The model.
        latents: Clean pictures in the model's space; taken as x at step 0.
        neutral: The words under which to walk.
        steps: Where to stop, for each view, in rising order; the first is 0.

    Returns:
        The noisy pictures at the last stop, and the noise seen at the last stop but one.
    """
    place = latents
    seen = torch.zeros_like(latents)
    for here, there in itertools.pairwise(steps):
        seen = denoiser.epsilon(place, here, neutral)
        # The start is the clean picture itself, not x_0 with the little noise of step 0.
        clean = latents if place is latents else to_clean(denoiser.levels, seen, place, here)
        place = diffuse(denoiser.levels, clean, seen, there)
    return place, seen


def stops(step: Int[Tensor, "views"], interval: int, stride: int) -> Int[Tensor, "stops views"]:
    """Steps 0 … s, then t = s + interval: evenly spaced, at most about a stride apart.

    Every view has as many stops as the one with the most noise, so that the walk is one batch.

    Args:
        step: t, for each view.
        interval: t − s, at least 1; less where t is smaller.
        stride: Longest way between two stops below s.
    """
    below = (step - interval).clamp(min=0)
    count = max(-(-int(below.max()) // stride), 1)
    share = torch.arange(count + 1, dtype=torch.float64)[:, None] / count
    rising = (share * below.double()).round().long()
    return torch.cat([rising, step[None].clamp(min=1)])
