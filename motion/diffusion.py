# SPDX-License-Identifier: Apache-2.0
"""Sampling motions by diffusion, as plain functions: guidance, what is known, four samplers.

The notation is :mod:`motion.noise`'s. A sampler takes a :data:`~motion.noise.Denoise` and is told
nothing else of the network: guidance here, part and time control in :mod:`motion.control` and
stitching in :mod:`motion.stitch` are functions from denoisers to denoisers. Chance comes from one
generator a sample, so a sample does not depend on its place in the batch.

Samplers: ancestral (DDPM, Ho et al. 2020, arXiv 2006.11239, sec. 3.2, between any two times), DDIM
(Song et al. 2021, arXiv 2010.02502, eq. 12 and 16) and multistep DPM-Solver++ (Lu et al. 2022,
arXiv 2211.01095, sec. 4). What is known (:class:`Known`) stands at its own noise level in the noisy
motion, and in place of what the denoiser sees (MDM's editing, Tevet et al. 2023, arXiv 2209.14916).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.progress import OnStep, silent
from motion.noise import Denoise, NoiseSchedule, Spacing, Steps, grid, levels

WARM = 15
"""Grids shorter than this end with lower orders, which is steadier (Lu et al., appendix)."""


@dataclass(frozen=True)
class Known:
    """What a sampled motion must hold: keyframes, ends, a path, other parts of the body."""

    values: Float[Tensor, "batch frames width"]
    mask: Float[Tensor, "batch frames width"]
    """1 where the value is kept, 0 where the model decides; shares between them are blended."""


def keyframes(
    values: Float[Tensor, "keys width"],
    at: Sequence[int],
    frames: int,
    columns: Bool[Tensor, "width"] | None = None,
) -> Known:
    """A motion that is known at some frames.

    Args:
        values: Normalised features, one row a keyframe.
        at: Their frames.
        frames: Of the whole motion.
        columns: Which features are known (those of the root, for a path); all by default.

    Raises:
        Gen3dError: A keyframe lies outside the motion.
    """
    if len(at) != len(values) or not all(0 <= key < frames for key in at):
        raise Gen3dError(
            f"{len(values)} keyframes cannot stand at frames {list(at)[:5]} of {frames}.",
            "Give each a frame inside the motion.",
        )
    width = values.shape[1]
    whole, mask = values.new_zeros(1, frames, width), values.new_zeros(1, frames, width)
    kept = torch.ones(width) if columns is None else columns
    whole[0, list(at)] = values * kept.to(values)
    mask[0, list(at)] = kept.to(values)
    return Known(whole, mask)


def mixed(
    together: Denoise, weights: Sequence[float] | Callable[[float], Sequence[float]]
) -> Denoise:
    """A weighted sum of what a network sees under several conditions, in one call.

    Weights that sum to 1 give the same whether clean motions or noises are summed.

    Args:
        together: Takes all conditions as one batch, one condition after the other.
        weights: One a condition, or what gives them from the time.
    """

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        shares = weights(float(t[0])) if callable(weights) else weights
        count = len(shares)
        seen = together(x.repeat(count, 1, 1), t.repeat(count)).unflatten(0, (count, len(x)))
        return torch.einsum("c,cbfw->bfw", torch.tensor(shares).to(seen), seen)

    return denoise


def guidance_weights(text: float, constraint: float | None = None) -> tuple[float, ...]:
    """Weights of classifier-free guidance (Ho and Salimans 2022, arXiv 2207.12598, eq. 6).

    Args:
        text: Scale of the words; 1 is the plain conditional model.
        constraint: Scale of keyframes and paths, if there are any.

    Returns:
        For (nothing, words), or for (nothing, words, words and constraints):
        ``D₀ + text (D_w − D₀) + constraint (D_wc − D_w)``.
    """
    if constraint is None:
        return (1.0 - text, text)
    return (1.0 - text, text - constraint, constraint)


def clipped(denoise: Denoise, share: float = 0.995, most: float = 4.0) -> Denoise:
    """Dynamic thresholding (Saharia et al. 2022, arXiv 2205.11487, sec. 2.3), for high guidance.

    Args:
        denoise: Of normalised motions.
        share: Of a motion's absolute values that are trusted.
        most: In standard deviations; a motion whose quantile stays below it is left alone.
    """

    def bounded(x: Tensor, t: Tensor) -> Tensor:
        clean = denoise(x, t)
        edge = clean.flatten(1).abs().quantile(share, dim=1).clamp(min=most)[:, None, None]
        return clean.clamp(-edge, edge) * (most / edge)

    return bounded


def generators(seeds: Sequence[int]) -> list[torch.Generator]:
    """One source of chance a sample, on the CPU."""
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def draw(
    chance: Sequence[torch.Generator], frames: int, width: int, *, dtype: torch.dtype | None = None
) -> Float[Tensor, "batch frames width"]:
    """Standard normal motions, each from its own generator."""
    return torch.stack([torch.randn(frames, width, generator=g, dtype=dtype) for g in chance])


@dataclass(frozen=True)
class _Move:
    """One step of a sampler: where it stands, where it goes, what it has seen."""

    x: Tensor
    clean: Tensor
    signal: float
    sigma: float
    to_signal: float
    to_sigma: float
    index: int


def _walk(
    denoise: Denoise,
    schedule: NoiseSchedule,
    noise: Tensor,
    times: Sequence[float],
    known: Known | None,
    on_step: OnStep,
    move: Callable[[_Move], Tensor],
    again: tuple[int, Callable[[_Move, Tensor], Tensor]] | None = None,
) -> Tensor:
    """Ask at each time and move to the next; the last step ends at what the denoiser says."""
    signal, sigma = (v.tolist() for v in levels(schedule, torch.tensor(times).double()))
    signal, sigma = [*signal, 1.0], [*sigma, 0.0]
    rounds, back = again or (1, None)
    x, clean = noise, noise
    for index, time in enumerate(times):
        for turn in range(rounds if index + 1 < len(times) else 1):
            x = _held(x, known, noise, signal[index], sigma[index])
            clean = _held(denoise(x, x.new_full((len(x),), time)), known, noise, 1.0, 0.0)
            here = (signal[index], sigma[index], signal[index + 1], sigma[index + 1])
            step = _Move(x, clean, *here, index)
            x = move(step)
            if back is not None and turn + 1 < rounds and step.to_sigma > 0.0:
                x = back(step, x)
        on_step(index + 1, len(times))
    return clean


def _held(x: Tensor, known: Known | None, noise: Tensor, signal: float, sigma: float) -> Tensor:
    """A motion with what is known in its place, at a noise level."""
    if known is None:
        return x
    return torch.lerp(x, signal * known.values + sigma * noise, known.mask)


@torch.no_grad()
def ddim(
    denoise: Denoise,
    schedule: NoiseSchedule,
    noise: Float[Tensor, "batch frames width"],
    steps: Steps = 50,
    chance: Sequence[torch.Generator] = (),
    *,
    eta: float = 0.0,
    known: Known | None = None,
    on_step: OnStep = silent,
) -> Float[Tensor, "batch frames width"]:
    """Denoising diffusion implicit sampling.

    Args:
        denoise: See :data:`Denoise`.
        schedule: The denoiser's.
        noise: Where to start, and the noise of what is known; :func:`draw`.
        steps: How many, evenly spaced in time, or the times.
        chance: One generator a sample; needed when ``eta`` is not 0.
        eta: 0 is deterministic, 1 has the variance of the ancestral sampler.
        known: What the motion must hold.
        on_step: Told after each call of the denoiser.
    """

    def move(m: _Move) -> Tensor:
        seen = (m.x - m.signal * m.clean) / m.sigma
        kept = 1.0 - (m.signal / m.to_signal) ** 2
        spread = eta * (m.to_sigma / m.sigma) * math.sqrt(kept)
        along = math.sqrt(max(m.to_sigma**2 - spread**2, 0.0))
        return m.to_signal * m.clean + along * seen + _fresh(chance, m.x, spread)

    times = grid(schedule, steps)
    return _walk(denoise, schedule, noise, times, known, on_step, move)


@torch.no_grad()
def ddpm(
    denoise: Denoise,
    schedule: NoiseSchedule,
    noise: Float[Tensor, "batch frames width"],
    steps: Steps = 1000,
    chance: Sequence[torch.Generator] = (),
    *,
    large: bool = False,
    known: Known | None = None,
    rounds: int = 1,
    on_step: OnStep = silent,
) -> Float[Tensor, "batch frames width"]:
    """Ancestral sampling: each step draws from q(x_s | x_t, x_0) of what the denoiser sees.

    Args:
        denoise: See :data:`Denoise`.
        schedule: The denoiser's.
        noise: Where to start.
        steps: How many, evenly spaced in time, or the times.
        chance: One generator a sample.
        large: Variance β (the upper bound) instead of the posterior's (the lower), Ho et al.,
            sec. 3.2.
        known: What the motion must hold.
        rounds: How often each step is gone back and taken again, so that the rest agrees with what
            is known (RePaint, Lugmayr et al. 2022, arXiv 2201.09865, alg. 1); the calls multiply.
        on_step: Told after each call of the denoiser.
    """

    def move(m: _Move) -> Tensor:
        ratio = m.signal / m.to_signal
        lost = m.sigma**2 - (ratio * m.to_sigma) ** 2
        mean = (ratio * m.to_sigma**2 * m.x + m.to_signal * lost * m.clean) / m.sigma**2
        variance = lost if large else lost * (m.to_sigma / m.sigma) ** 2
        return mean + _fresh(chance, m.x, math.sqrt(max(variance, 0.0)) if m.to_sigma else 0.0)

    def back(m: _Move, x: Tensor) -> Tensor:
        ratio = m.signal / m.to_signal
        return ratio * x + _fresh(chance, x, math.sqrt(m.sigma**2 - (ratio * m.to_sigma) ** 2))

    times = grid(schedule, steps)
    again = (rounds, back)
    return _walk(denoise, schedule, noise, times, known, on_step, move, again)


def _fresh(chance: Sequence[torch.Generator], like: Tensor, spread: float) -> Tensor | float:
    if spread == 0.0:
        return 0.0
    if len(chance) != len(like):
        raise Gen3dError(
            f"{len(chance)} sources of chance cannot serve {len(like)} samples.",
            "Give one generator for each sample.",
        )
    return spread * draw(chance, *like.shape[1:], dtype=like.dtype).to(like.device)


@torch.no_grad()
def dpm_solver_pp(
    denoise: Denoise,
    schedule: NoiseSchedule,
    noise: Float[Tensor, "batch frames width"],
    steps: Steps = 20,
    *,
    order: Literal[1, 2, 3] = 2,
    spacing: Spacing = "log_snr",
    whole: bool = True,
    known: Known | None = None,
    on_step: OnStep = silent,
) -> Float[Tensor, "batch frames width"]:
    """Multistep DPM-Solver++: deterministic, and close to the limit after some 10 to 20 calls.

    The exact solution ``x_s = σ_s/σ_t x_t + σ_s ∫ e^λ x_0(λ) dλ`` (Lu et al., eq. 8) is integrated
    with the polynomial through the last ``order`` predictions.

    Args:
        denoise: See :data:`Denoise`.
        schedule: The denoiser's.
        noise: Where to start.
        steps: How many (some fall together on a short schedule), or the times.
        order: Of the polynomial plus one; 1 is DDIM.
        spacing: Of the times.
        whole: Only times that the network was trained at.
        known: What the motion must hold.
        on_step: Told after each call of the denoiser.
    """
    times = grid(schedule, steps, spacing, whole=whole)
    past: list[tuple[float, Tensor]] = []

    def move(m: _Move) -> Tensor:
        if m.to_sigma == 0.0:
            return m.clean
        left = len(times) - m.index - 1 if len(times) < WARM else order
        place = math.log(m.signal / m.sigma)
        past.append((place, m.clean))
        del past[: -min(order, max(left, 1))]
        ahead = math.log(m.to_signal / m.to_sigma) - place
        weights = step_weights(ahead, [seen - place for seen, _ in past])
        drift = sum(w * clean for w, (_, clean) in zip(weights, past, strict=True))
        return (m.to_sigma / m.sigma) * m.x + m.to_signal * drift

    return _walk(denoise, schedule, noise, times, known, on_step, move)


def step_weights(ahead: float, nodes: Sequence[float]) -> list[float]:
    """Weights of past predictions in one exponential Adams–Bashforth step.

    ``w_j = ∫_0^h e^{u−h} L_j(u) du`` with the Lagrange polynomials L_j of the nodes, from the
    moments ``∫_0^h e^{u−h} u^m du = h^m − m · (the moment before)``.

    Args:
        ahead: h, the step in λ.
        nodes: Places of the predictions, relative to where the step starts (0 and below).
    """
    moments = [-math.expm1(-ahead)]
    for power in range(1, len(nodes)):
        moments.append(ahead**power - power * moments[-1])
    powers = torch.arange(len(nodes), dtype=torch.float64)
    table = torch.tensor(nodes, dtype=torch.float64)[None] ** powers[:, None]
    solved: list[float] = torch.linalg.solve(
        table, torch.tensor(moments, dtype=torch.float64)
    ).tolist()
    return solved
