# SPDX-License-Identifier: Apache-2.0
"""Score distillation of denoisers that are known exactly arrives where theory says.

Pictures are points of three values (one pixel); a text stands for a mixture of isotropic Gaussians,
whose posterior mean, and so whose perfect denoiser in every parameterisation, has a closed form.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor

from gen3d.guidance.distillation import distillation_term, draw_gradient
from gen3d.guidance.noise import (
    NoiseLevels,
    Prediction,
    diffuse,
    draw_steps,
    from_epsilon,
    to_epsilon,
    weight,
)
from gen3d.guidance.recipe import Distillation
from gen3d.guidance.term import Sight
from gen3d.guidance.words import Words
from gen3d.render.views import Views, orbit
from gen3d.schedule import Schedule

BETAS = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
LEVELS = NoiseLevels((1.0 - BETAS).cumprod(0))
PREDICTIONS: tuple[Prediction, ...] = ("epsilon", "v_prediction", "sample")

Mixture = Sequence[tuple[float, tuple[float, float, float], float]]
"""Share, mean and spread of each part."""


@dataclass(frozen=True)
class Exact:
    """A perfect denoiser: each text is a mixture; the empty text is the unconditional one."""

    mixtures: Mapping[str, Mixture]
    levels: NoiseLevels = LEVELS

    def encode(self, pictures: Tensor) -> Tensor:
        return pictures

    def decode(self, latents: Tensor) -> Tensor:
        return latents

    def embed(self, texts: Sequence[str]) -> Tensor:
        names = list(self.mixtures)
        rows = torch.tensor([names.index(text) for text in texts])
        return torch.eye(len(names), dtype=torch.float64)[rows][:, None]

    def epsilon(self, noisy: Tensor, step: Tensor, words: Tensor) -> Tensor:
        parts = [self._raw(mixture, noisy, step) for mixture in self.mixtures.values()]
        output = torch.einsum("bk,kbchw->bchw", words[:, 0], torch.stack(parts))
        return to_epsilon(self.levels, output, noisy, step)

    def _raw(self, mixture: Mixture, noisy: Tensor, step: Tensor) -> Tensor:
        """What a network of this kind of prediction would be trained to."""
        clean = posterior_mean(self.levels, mixture, noisy, step)
        if self.levels.prediction == "sample":
            return clean
        signal, sigma = self.levels.signal(step), self.levels.sigma(step)
        epsilon = (noisy - signal * clean) / sigma
        return epsilon if self.levels.prediction == "epsilon" else signal * epsilon - sigma * clean


def log_density(levels: NoiseLevels, mixture: Mixture, noisy: Tensor, step: Tensor) -> Tensor:
    """log p_t of the noised mixture, up to a constant, for each of a batch."""
    return torch.stack(_log_parts(levels, mixture, noisy, step)).logsumexp(dim=0)


def posterior_mean(levels: NoiseLevels, mixture: Mixture, noisy: Tensor, step: Tensor) -> Tensor:
    """E[x_0 | x_t]: each part's own, weighted by the part's share given x_t."""
    shares = torch.stack(_log_parts(levels, mixture, noisy, step)).softmax(dim=0)
    signal, sigma = levels.signal(step), levels.sigma(step)
    total = torch.zeros_like(noisy)
    for share, (_, mean, spread) in zip(shares, mixture, strict=True):
        middle = point(mean)
        gain = signal * spread**2 / (signal**2 * spread**2 + sigma**2)
        total += share[:, None, None, None] * (middle + gain * (noisy - signal * middle))
    return total


def _log_parts(levels: NoiseLevels, mixture: Mixture, noisy: Tensor, step: Tensor) -> list[Tensor]:
    signal, sigma = levels.signal(step), levels.sigma(step)
    parts: list[Tensor] = []
    for share, mean, spread in mixture:
        variance = (signal**2 * spread**2 + sigma**2)[:, 0, 0, 0]
        far = (noisy - signal * point(mean)).square().sum(dim=(1, 2, 3))
        parts.append(torch.tensor(share).log() - far / (2 * variance) - 1.5 * variance.log())
    return parts


def point(values: tuple[float, float, float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)[None, :, None, None]


def around(count: int) -> Views:
    angles = torch.linspace(0.0, 300.0, count)
    flat = torch.zeros(count)
    return orbit(angles, flat, flat + 3.0, flat + 40.0, 1)


class Says:
    """The same text from everywhere."""

    def for_view(self, azimuth_deg: float, elevation_deg: float) -> list[tuple[str, float]]:
        del azimuth_deg, elevation_deg
        return [("thing", 1.0)]


def words_for(denoiser: Exact, count: int) -> Words:
    neutral, positive = denoiser.embed(["", "thing"]).repeat_interleave(count, dim=0).split(count)
    return Words(neutral, positive, positive[:, None][:, :0], positive.new_zeros((count, 0)))


def at(share: float, **more: object) -> Distillation:
    """A recipe with one noise level and one scale."""
    fixed = Schedule.parse(share)
    plain = Distillation(t_min=fixed, t_max=fixed, scale=Schedule.parse(1.0))
    return replace(plain, **more)


def arrive(
    denoiser: Exact, recipe: Distillation, start: tuple[float, float, float], steps: int = 120
) -> Tensor:
    """Where Adam ends, with steps that shrink to nothing; 16 views share the parameters."""
    values = point(start).clone().requires_grad_()
    term = distillation_term(denoiser, Says(), recipe)
    generator = torch.Generator().manual_seed(5)
    optimiser = torch.optim.Adam([values], lr=0.15, betas=(0.8, 0.95))
    views = around(16)
    for step in range(steps):
        progress = step / steps
        optimiser.param_groups[0]["lr"] = 0.15 * (1.0 - progress) ** 1.5
        optimiser.zero_grad()
        sight = Sight(values.expand(16, -1, -1, -1), views)
        term(sight, progress, generator).loss.backward()
        optimiser.step()
    return values.detach().flatten()


GAUSSIAN = {"": [(1.0, (0.0, 0.0, 0.0), 0.5)], "thing": [(1.0, (0.7, -0.4, 0.1), 0.5)]}
MEAN = torch.tensor([0.7, -0.4, 0.1], dtype=torch.float64)


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_in_every_parameterisation_the_noise_is_the_score(prediction: Prediction) -> None:
    mixture = [(0.3, (1.0, 0.0, -1.0), 0.2), (0.7, (-0.5, 0.5, 0.2), 0.6)]
    denoiser = Exact({"": mixture}, replace(LEVELS, prediction=prediction))
    generator = torch.Generator().manual_seed(0)
    noisy = torch.randn((50, 3, 1, 1), generator=generator, dtype=torch.float64).requires_grad_()
    step = torch.randint(5, 995, (50,), generator=generator)
    (score,) = torch.autograd.grad(log_density(LEVELS, mixture, noisy, step).sum(), noisy)
    seen = denoiser.epsilon(noisy, step, denoiser.embed([""]).expand(50, -1, -1))
    assert torch.allclose(seen, -LEVELS.sigma(step) * score, atol=1e-9)


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_native_outputs_and_noises_are_inverse(prediction: Prediction) -> None:
    levels = replace(LEVELS, prediction=prediction)
    noisy, output = torch.randn(2, 40, 3, 2, 2, generator=torch.Generator().manual_seed(1)).double()
    step = torch.arange(0, 1000, 25)
    there = to_epsilon(levels, output, noisy, step)
    assert torch.allclose(from_epsilon(levels, there, noisy, step), output, atol=1e-6)


@pytest.mark.parametrize("weighting", ["variance", "uniform", "fantasia3d", "reconstruction"])
def test_the_gradient_is_that_of_the_closed_form_loss(weighting: str) -> None:
    """Against autograd through −(w σ/√ᾱ) log p_t(x_t) − w⟨ε, x⟩, at the same t and ε."""
    mixture = [(0.4, (1.0, 0.0, -1.0), 0.3), (0.6, (-0.5, 0.5, 0.2), 0.6)]
    denoiser = Exact({"": GAUSSIAN[""], "thing": mixture})
    recipe = Distillation(scale=Schedule.parse(1.0), weighting=weighting)  # type: ignore[arg-type]
    pictures = torch.rand((6, 3, 1, 1), generator=torch.Generator().manual_seed(2)).double()
    pictures.requires_grad_()
    score = distillation_term(denoiser, Says(), recipe)(
        Sight(pictures, around(6)), 0.3, torch.Generator().manual_seed(3)
    )
    (found,) = torch.autograd.grad(score.loss, pictures)

    again = torch.Generator().manual_seed(3)
    step = draw_steps(LEVELS, 6, (0.02, recipe.t_max(0.3)), again)
    noise = torch.randn(pictures.shape, generator=again).double()
    factor = weight(LEVELS, recipe.weighting, step)
    lift = (factor * LEVELS.sigma(step) / LEVELS.signal(step))[:, 0, 0, 0]
    density = log_density(LEVELS, mixture, diffuse(LEVELS, pictures, noise, step), step)
    loss = -(lift * density).sum() - (factor * noise * pictures).sum()
    (expected,) = torch.autograd.grad(loss / pictures.numel(), pictures)
    assert torch.allclose(found, expected, atol=1e-8)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_mean_and_variance_over_the_noise_are_the_analytic_ones(share: float) -> None:
    """On N(µ, σ²I): mean w√ᾱ√(1−ᾱ)(x−µ)/V, deviation wᾱσ²/V, with V = ᾱσ² + 1 − ᾱ."""
    denoiser, count = Exact(GAUSSIAN), 20_000
    pictures = point((0.2, 0.3, -0.5)).expand(count, -1, -1, -1)
    generator = torch.Generator().manual_seed(4)
    recipe = at(share, weighting="uniform")
    drawn = draw_gradient(
        denoiser, pictures, words_for(denoiser, count), recipe, 0.0, generator
    ).gradient[..., 0, 0]
    alpha = float(LEVELS.alphas_cumprod[round(share * 999)])
    total = alpha * 0.25 + 1.0 - alpha
    deviation = alpha * 0.25 / total
    expected = (alpha * (1.0 - alpha)) ** 0.5 * (pictures[0, :, 0, 0] - MEAN) / total
    assert ((drawn.mean(dim=0) - expected).abs() < 4.0 * deviation / count**0.5).all()
    assert drawn.std(dim=0) == pytest.approx(deviation, rel=0.03)


@pytest.mark.parametrize(
    ("prediction", "method"), [*((p, "sds") for p in PREDICTIONS), ("epsilon", "interval")]
)
def test_plain_distillation_seeks_the_mean_of_a_gaussian(
    prediction: Prediction, method: str
) -> None:
    denoiser = Exact(
        {"": GAUSSIAN["thing"], "thing": GAUSSIAN["thing"]}, replace(LEVELS, prediction=prediction)
    )
    recipe = Distillation(scale=Schedule.parse(1.0), method=method)  # type: ignore[arg-type]
    assert (arrive(denoiser, recipe, (0.0, 0.5, -0.5)) - MEAN).abs().max() < 0.03


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0, 4.0])
def test_the_scale_moves_the_resting_point_past_the_mean_in_proportion(scale: float) -> None:
    recipe = at(0.5, scale=Schedule.parse(scale))
    assert (arrive(Exact(GAUSSIAN), recipe, (0.0, 0.0, 0.0)) - scale * MEAN).abs().max() < 0.05


def test_with_unequal_spreads_the_resting_point_is_the_balance_of_both_pulls() -> None:
    """(1−s)(x−µ_∅)/V_∅ + s(x−µ)/V = 0: a tight condition bounds the overshoot."""
    denoiser = Exact({"": [(1.0, (0.0, 0.0, 0.0), 1.0)], "thing": [(1.0, (0.7, -0.4, 0.1), 0.2)]})
    scale, alpha = 5.0, float(LEVELS.alphas_cumprod[round(0.3 * 999)])
    pull, loose = scale / (alpha * 0.04 + 1 - alpha), (scale - 1) / (alpha + 1 - alpha)
    balance = MEAN * pull / (pull - loose)
    recipe, count = at(0.3, scale=Schedule.parse(scale)), 20_000
    words = words_for(denoiser, count)

    def mean_gradient(place: Tensor) -> tuple[Tensor, Tensor]:
        pictures = place[None, :, None, None].expand(count, -1, -1, -1)
        drawn = draw_gradient(denoiser, pictures, words, recipe, 0.0, torch.Generator()).gradient
        return drawn.mean(dim=(0, 2, 3)), drawn.std(dim=0).flatten() / count**0.5

    mean, error = mean_gradient(balance)
    assert (mean.abs() < 4.0 * error).all()
    beyond, error = mean_gradient(balance + 0.1)
    assert (beyond > 4.0 * error).all()


def test_the_gradient_is_linear_in_the_scale() -> None:
    mixture = [(0.4, (1.0, 0.0, -1.0), 0.3), (0.6, (-0.5, 0.5, 0.2), 0.6)]
    denoiser = Exact({"": mixture, "thing": GAUSSIAN["thing"]})
    pictures = torch.zeros((4, 3, 1, 1), dtype=torch.float64)

    def drawn(scale: float) -> Tensor:
        recipe, generator = at(0.4, scale=Schedule.parse(scale)), torch.Generator().manual_seed(0)
        words = words_for(denoiser, 4)
        return draw_gradient(denoiser, pictures, words, recipe, 0.0, generator).gradient

    line = drawn(0.0) + 7.5 * (drawn(1.0) - drawn(0.0))
    assert torch.allclose(drawn(7.5), line, atol=1e-12)


HEAVY, LIGHT = (-0.6, -0.6, -0.6), (0.6, 0.6, 0.6)
TWO = {
    "": [(0.8, HEAVY, 0.15), (0.2, LIGHT, 0.15)],
    "thing": [(0.8, HEAVY, 0.15), (0.2, LIGHT, 0.15)],
}


def test_soft_noise_finds_the_nearest_mode_and_annealed_noise_the_heaviest() -> None:
    plain = Distillation(scale=Schedule.parse(1.0), weighting="uniform")
    soft = replace(plain, t_max=Schedule.parse(0.15))
    annealed = replace(plain, t_max=Schedule.parse([0.0, 0.98, 0.6, 0.15]))
    beside_light = (0.5, 0.6, 0.7)
    near = arrive(Exact(TWO), soft, beside_light)
    best = arrive(Exact(TWO), annealed, beside_light)
    assert (near - torch.tensor(LIGHT)).abs().max() < 0.08
    assert (best - torch.tensor(HEAVY)).abs().max() < 0.08


def test_annealing_rests_between_the_modes_while_the_noise_is_loud() -> None:
    """At ᾱ → 0 all that is left of a mixture is its mean: 0.8·HEAVY + 0.2·LIGHT."""
    denoiser = Exact(TWO)
    found = arrive(denoiser, at(0.9, weighting="reconstruction"), (0.5, 0.6, 0.7))
    mean = 0.8 * torch.tensor(HEAVY) + 0.2 * torch.tensor(LIGHT)
    assert (found - mean).abs().max() < 0.1


def test_the_interval_gradient_is_the_closed_form_of_its_walk() -> None:
    """On N(0, σ²I) every step of the walk multiplies by a number that we know."""
    spread, denoiser = 0.5, Exact({"": GAUSSIAN[""], "thing": GAUSSIAN[""]})
    pictures = point((0.2, 0.3, -0.5)).expand(3, -1, -1, -1)
    recipe = at(0.6, method="interval", weighting="uniform")
    found = draw_gradient(
        denoiser, pictures, words_for(denoiser, 3), recipe, 0.0, torch.Generator()
    ).gradient
    top = round(0.6 * 999)
    below = top - 50
    alphas = [
        float(LEVELS.alphas_cumprod[s])
        for s in (0, *(round(below * k / 3) for k in (1, 2, 3)), top)
    ]
    places, seen = [1.0], [0.0] * 5
    for index, alpha in enumerate(alphas):
        sigma, signal = (1.0 - alpha) ** 0.5, alpha**0.5
        seen[index] = sigma * places[-1] / (alpha * spread**2 + 1.0 - alpha)
        if index == 4:
            break
        clean = places[-1] if index == 0 else (places[-1] - sigma * seen[index]) / signal
        after = alphas[index + 1]
        places.append(after**0.5 * clean + (1.0 - after) ** 0.5 * seen[index])
    assert torch.allclose(found, (seen[4] - seen[3]) * pictures, atol=1e-12)


def test_the_interval_variant_is_steadier_at_the_same_mean() -> None:
    """Variance over squared mean of the gradient: what is left when both have one mean.

    The noise of plain distillation stays when the fit arrives; the interval's gradient, whatever
    the noise level, is in proportion to the way that is left.
    """
    denoiser = Exact({"": GAUSSIAN["thing"], "thing": GAUSSIAN["thing"]})

    def relative(recipe: Distillation, way: float) -> float:
        away, count = point((-0.5, 0.7, -0.6)) * way, 2_000
        pictures = (point((0.7, -0.4, 0.1)) + away).expand(count, -1, -1, -1)
        words = words_for(denoiser, count)
        drawn = draw_gradient(denoiser, pictures, words, recipe, 0.0, torch.Generator()).gradient
        mean = drawn.mean(dim=0, keepdim=True)
        assert torch.cosine_similarity(mean.flatten(), away.flatten(), dim=0) > 0.98
        return float(drawn.var(dim=0).sum() / mean.square().sum())

    plain = Distillation(scale=Schedule.parse(1.0))
    recipes = {
        "all noise levels": (plain, replace(plain, method="interval")),
        "one noise level": (at(0.3), at(0.3, method="interval")),
    }
    for name, (sds, interval) in recipes.items():
        for way in (1.0, 0.1):
            usual, steady = relative(sds, way), relative(interval, way)
            sys.stdout.write(f"{name}, way left {way}: sds {usual:.3g}, interval {steady:.3g}\n")
            if name == "one noise level":
                assert steady < 1e-20 < usual
    assert relative(plain, 0.1) > 10.0 * relative(replace(plain, method="interval"), 0.1)
