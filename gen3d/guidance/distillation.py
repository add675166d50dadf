# SPDX-License-Identifier: Apache-2.0
"""Score distillation: a diffusion model's opinion of pictures, as a loss.

The gradient of Poole et al. 2022 (DreamFusion, arXiv 2209.14988, eq. 3),
``E_{t,ε}[w(t) (ε̂(x_t; y, t) − ε) ∂x/∂θ]``, where x is the picture in the model's space. It has no
loss of its own that could be differentiated cheaply, so the loss here is
``½ mean((x − sg[x − g])²)`` with g the gradient's sample and sg the stop-gradient: its gradient
is g over the number of values in x, so that one weight means the same for every model and size.
Its value is no measure of fit.

What to expect, in closed form (the tests hold these): on N(µ, σ²I) the resting point at s = 1 is
µ; with a guidance scale s and an unconditional N(µ_∅, σ²I) it is ``µ_∅ + s(µ − µ_∅)``: large scales
overshoot, which is the known glare of score distillation; a recipe's ``rescale`` takes some of it
back. On a mixture, loud noise finds the heaviest mode and soft noise the nearest, so the noise is
turned down over the fit.

The scale's convention and the negatives are described in :mod:`gen3d.guidance.perpneg`, the
variance-reduced variant in :mod:`gen3d.guidance.interval`.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.guidance.denoiser import Denoiser
from gen3d.guidance.interval import stops, walk
from gen3d.guidance.noise import diffuse, draw_steps, to_clean, weight
from gen3d.guidance.perpneg import guide, look, rescale
from gen3d.guidance.prompts import ViewPrompts
from gen3d.guidance.recipe import Distillation, Method
from gen3d.guidance.term import Score, Sight, Term, nothing
from gen3d.guidance.words import Reader, ViewTexts, Words

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Draw:
    """One sample of the gradient with respect to the picture in the model's space."""

    gradient: Float[Tensor, "views channels rows columns"]
    step: Int[Tensor, "views"]


@dataclass
class Patience:
    """Counts the steps lost in a row; its life is one fit."""

    limit: int
    lost: int = 0

    def note(self, *, finite: bool) -> None:
        """Count a step.

        Raises:
            Gen3dError: Too many in a row were lost.
        """
        self.lost = 0 if finite else self.lost + 1
        if self.lost >= self.limit:
            raise Gen3dError(
                f"The diffusion model gave no finite gradient {self.lost} times in a row.",
                "Half precision may overflow (load it in single precision), or its weights are "
                "damaged: gen3d models verify",
            )


def distillation_term(
    denoiser: Denoiser, prompts: ViewTexts | ViewPrompts, settings: Distillation | None = None
) -> Term:
    """Guidance by a diffusion model.

    Pictures of every kind are judged (limit it with :func:`gen3d.guidance.term.only`); normals may
    have words of their own through the recipe's ``templates``. A step whose gradient is not
    finite is left out and shown in the figures.

    Raises:
        Gen3dError: (when called) too many steps in a row were not finite, or the least noise is
            more than the most.
    """
    chosen = settings or Distillation()
    reader = Reader(denoiser, prompts, chosen.neutral, chosen.janus)
    patience = Patience(chosen.patience)

    def term(sight: Sight, progress: float, generator: torch.Generator) -> Score:
        latents = denoiser.encode(sight.pictures)
        words = reader.words(sight.views, chosen.templates.get(sight.kind, "{}"), sight.kind)
        draw = draw_gradient(denoiser, latents.detach(), words, chosen, progress, generator)
        finite = bool(torch.isfinite(draw.gradient).all())
        patience.note(finite=finite)
        if not finite:
            _LOG.warning("A step of score distillation was not finite and is left out.")
            return Score(nothing(sight).loss, {f"{chosen.method}/lost": 1.0})
        return Score(surrogate(latents, draw.gradient), _figures(denoiser, draw, chosen.method))

    return term


@torch.no_grad()
def draw_gradient(
    denoiser: Denoiser,
    latents: Float[Tensor, "views channels rows columns"],
    words: Words,
    settings: Distillation,
    progress: float,
    generator: torch.Generator,
) -> Draw:
    """Draw noise levels and noise, and ask the model once.

    Args:
        denoiser: The model.
        latents: Clean pictures in its space.
        words: What they should show.
        settings: How to distil.
        progress: Of the fit, 0 to 1.
        generator: On the CPU.
    """
    levels = denoiser.levels
    step = draw_steps(levels, len(latents), _bounds(settings, progress), generator)
    step = step.to(latents.device)
    if settings.method == "interval":
        route = stops(step, *_lengths(settings, len(levels)))
        noisy, reference = walk(denoiser, latents, words.neutral, route)
    else:
        reference = torch.randn(latents.shape, generator=generator).to(latents)
        noisy = diffuse(levels, latents, reference, step)
    seen = look(denoiser, noisy, step, words)
    guided = guide(seen, words.strengths, settings.scale(progress))
    guided = rescale(levels, guided, seen.positive, noisy, step, settings.rescale)
    gradient = weight(levels, settings.weighting, step) * (guided - reference)
    return Draw(clip(gradient, settings.clip), step)


def clip(
    gradient: Float[Tensor, "views channels rows columns"], limit: float
) -> Float[Tensor, "views channels rows columns"]:
    """Scale down the views whose root mean square is above a limit; directions stay."""
    size = gradient.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
    return torch.where(size > limit, gradient * (limit / size), gradient)


def surrogate(
    latents: Float[Tensor, "views channels rows columns"],
    gradient: Float[Tensor, "views channels rows columns"],
) -> Float[Tensor, ""]:
    """A loss whose gradient is the given one over the number of values."""
    precise = latents.to(torch.promote_types(latents.dtype, torch.float32))
    target = (precise - gradient).detach()
    return 0.5 * (precise - target).square().mean()


def preview(
    denoiser: Denoiser,
    pictures: Float[Tensor, "views 3 height width"],
    words: Words,
    generator: torch.Generator,
    *,
    level: float = 0.5,
    scale: float = 7.5,
) -> Float[Tensor, "views 3 rows columns"]:
    """What the model would rather see: noise put on, the clean pictures guessed in one step.

    For looking at while a fit goes wrong.

    Args:
        denoiser: The model.
        pictures: sRGB in [0, 1].
        words: What they should show.
        generator: On the CPU.
        level: How much noise, a share of the model's steps.
        scale: Guidance scale.
    """
    with torch.no_grad():
        latents = denoiser.encode(pictures)
        last = len(denoiser.levels) - 1
        step = torch.full((len(latents),), round(level * last), device=latents.device)
        noise = torch.randn(latents.shape, generator=generator).to(latents)
        noisy = diffuse(denoiser.levels, latents, noise, step)
        epsilon = guide(look(denoiser, noisy, step, words), words.strengths, scale)
        clean = to_clean(denoiser.levels, epsilon, noisy, step)
        return denoiser.decode(clean).clamp(0.0, 1.0)


def _bounds(settings: Distillation, progress: float) -> tuple[float, float]:
    low, high = settings.t_min(progress), settings.t_max(progress)
    if not 0.0 <= low <= high <= 1.0:
        raise Gen3dError(
            f"The noise of score distillation would go from {low:g} to {high:g} "
            f"at progress {progress:.2f}.",
            "Choose t_min and t_max with 0 ≤ t_min ≤ t_max ≤ 1 throughout.",
        )
    return low, high


def _lengths(settings: Distillation, count: int) -> tuple[int, int]:
    """Interval and stride in steps."""
    return max(round(settings.interval * count), 1), max(round(settings.stride * count), 1)


def _figures(denoiser: Denoiser, draw: Draw, method: Method) -> dict[str, float]:
    share = draw.step.double().mean() / max(len(denoiser.levels) - 1, 1)
    return {
        f"{method}/gradient": float(draw.gradient.square().mean().sqrt()),
        f"{method}/noise": float(share),
    }
