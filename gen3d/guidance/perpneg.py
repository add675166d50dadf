# SPDX-License-Identifier: Apache-2.0
"""How several predictions of one noise become one: the guidance scale, negatives, and rescaling.

Scale convention, everywhere in the project: ``ε = ε_∅ + s·(ε_y − ε_∅)`` (classifier-free guidance,
Ho & Salimans 2022, arXiv 2207.12598). s = 0 ignores the words, s = 1 is the plain conditional
model, s > 1 exaggerates. DreamFusion's ω is s − 1 (Poole et al. 2022, arXiv 2209.14988, sec. 2);
the ``guidance_scale`` of ``diffusers`` pipelines is s.

Negatives follow Perp-Neg (Armandpour et al. 2023, arXiv 2304.04968): a negative prompt's direction
may share much with the positive's ("front view of a dog" and "back view of a dog" are both dogs),
and pushing away from it would undo the positive. Only the part at right angles to the positive is
pushed away from: ``ε = ε_∅ + s·(d_y − Σ wᵢ dᵢ⊥)``, with ``d = ε − ε_∅`` and
``d⊥ = d − ⟨d, d_y⟩/⟨d_y, d_y⟩ d_y``. Without negatives that is classifier-free guidance.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gen3d.guidance.denoiser import Denoiser
from gen3d.guidance.noise import TINY, NoiseLevels, to_clean
from gen3d.guidance.words import Words


@dataclass(frozen=True)
class Seen:
    """The noise that the model sees under each of the words."""

    neutral: Float[Tensor, "views channels rows columns"]
    positive: Float[Tensor, "views channels rows columns"]
    negatives: Float[Tensor, "views negatives channels rows columns"]


def look(
    denoiser: Denoiser,
    noisy: Float[Tensor, "views channels rows columns"],
    step: Int[Tensor, "views"],
    words: Words,
) -> Seen:
    """Ask the model about every view under all its words, in one batch."""
    count = 2 + words.negatives.shape[1]
    text = torch.cat(
        [words.neutral[:, None], words.positive[:, None], words.negatives], dim=1
    ).flatten(0, 1)
    epsilon = denoiser.epsilon(
        noisy.repeat_interleave(count, dim=0), step.repeat_interleave(count), text
    ).unflatten(0, (len(noisy), count))
    return Seen(epsilon[:, 0], epsilon[:, 1], epsilon[:, 2:])


def guide(
    seen: Seen, strengths: Float[Tensor, "views negatives"], scale: float
) -> Float[Tensor, "views channels rows columns"]:
    """One noise out of all: classifier-free guidance with perpendicular negatives."""
    toward = seen.positive - seen.neutral
    away = perpendicular(seen.negatives - seen.neutral[:, None], toward)
    push = torch.einsum("vn,vnchw->vchw", strengths.to(away.dtype), away)
    return seen.neutral + scale * (toward - push)


def perpendicular(
    vectors: Float[Tensor, "views negatives channels rows columns"],
    axis: Float[Tensor, "views channels rows columns"],
) -> Float[Tensor, "views negatives channels rows columns"]:
    """The parts of vectors at right angles to an axis, view by view; all of them if it is zero."""
    along = torch.einsum("vnchw,vchw->vn", vectors, axis)
    square = axis.square().sum(dim=(1, 2, 3))[:, None]
    share = torch.where(square > 0.0, along / torch.where(square > 0.0, square, 1.0), 0.0)
    return vectors - share[..., None, None, None] * axis[:, None]


def rescale(
    levels: NoiseLevels,
    guided: Float[Tensor, "views channels rows columns"],
    positive: Float[Tensor, "views channels rows columns"],
    noisy: Float[Tensor, "views channels rows columns"],
    step: Int[Tensor, "views"],
    share: float,
) -> Float[Tensor, "views channels rows columns"]:
    """Take back the contrast that a large guidance scale adds.

    The clean picture that the guided noise stands for is scaled, about its mean, to the spread of
    the one that the conditional model sees (Lin et al. 2023, arXiv 2305.08891, sec. 3.4, there on
    the raw output and about zero; on the clean picture it leaves the noise alone, and about its
    mean it leaves the background's brightness alone, whatever the model predicts).

    Args:
        levels: The noise schedule.
        guided: The guided noise.
        positive: The conditional model's noise.
        noisy: What both were seen in.
        step: Its noise levels.
        share: 0 leaves ``guided`` as it is, 1 rescales it fully.
    """
    if share == 0.0:
        return guided
    clean = to_clean(levels, guided, noisy, step)
    shape = clean - clean.mean(dim=(2, 3), keepdim=True)
    spread, wanted = _spread(clean), _spread(to_clean(levels, positive, noisy, step))
    ratio = torch.where(spread > 0.0, wanted / torch.where(spread > 0.0, spread, 1.0), 1.0)
    # x_0 changes by share·(ratio−1)·shape, so ε by −√ᾱ/√(1−ᾱ) of that at the same x_t.
    change = share * (ratio - 1.0) * shape
    return guided - levels.signal(step) / levels.sigma(step).clamp(min=TINY) * change


def _spread(
    pictures: Float[Tensor, "views channels rows columns"],
) -> Float[Tensor, "views 1 1 1"]:
    """Standard deviation about the mean of each channel."""
    return pictures.var(dim=(2, 3), correction=0, keepdim=True).mean(dim=1, keepdim=True).sqrt()
