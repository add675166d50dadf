# SPDX-License-Identifier: Apache-2.0
"""What a motion denoiser's numbers mean: noise schedules, times, and what a network predicts.

A noisy motion at time t is ``x_t = α_t x_0 + σ_t ε`` with ε ~ N(0, I), ``α_t² = ᾱ_t`` and
``σ_t² = 1 − ᾱ_t`` (Ho et al. 2020, arXiv 2006.11239, eq. 4); ``λ_t = log(α_t / σ_t)`` is half its
log signal-to-noise ratio. Times count from 0 (all but clean) to ``len(schedule) − 1`` (all but
noise); between two of them λ is interpolated, so a sampler may stand anywhere.

Samplers (:mod:`motion.diffusion`) speak to a :data:`Denoise`: noisy motions and their times to
clean motions. Whatever else a network predicts is turned into that by :func:`as_clean`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from gen3d.errors import Gen3dError

Denoise = Callable[[Float[Tensor, "batch frames width"], Float[Tensor, "batch"]], Tensor]
"""Noisy motions and their times to the clean motions seen in them, "batch frames width"."""
DenoiseAll = Callable[[Float[Tensor, "batch frames width"], Float[Tensor, "batch"]], Tensor]
"""The same, as each of several prompts sees it: "prompts batch frames width"."""
Prediction = Literal["clean", "noise", "velocity"]
"""x_0; ε; ``v = α ε − σ x_0`` (Salimans and Ho 2022, arXiv 2202.00512, sec. 4)."""
Spacing = Literal["log_snr", "time"]
Steps = int | Sequence[float]
"""How many times to ask the denoiser, or the falling times themselves."""

NOISIEST = -5.1
"""Least λ from which a log-SNR grid starts: there the signal's share is 0.6 %, and schedules that
end nearer to pure noise would spend a third of their steps on it."""


@dataclass(frozen=True)
class NoiseSchedule:
    """How much of a motion is left at each time."""

    alpha_bar: Float64[Tensor, "steps"]
    """ᾱ, falling, strictly between 1 and 0."""

    def __post_init__(self) -> None:
        bar = self.alpha_bar
        inside = len(bar) > 1 and bool(((bar > 0) & (bar < 1)).all())
        if not inside or not bool((bar[1:] < bar[:-1]).all()):
            raise Gen3dError(
                "A noise schedule must fall from below 1 to above 0, in at least two steps.",
                "Use linear_schedule() or cosine_schedule().",
            )

    def __len__(self) -> int:
        return len(self.alpha_bar)

    @property
    def half_log_snr(self) -> Float64[Tensor, "steps"]:
        """λ at the whole times."""
        return 0.5 * (self.alpha_bar.log() - (-self.alpha_bar).log1p())


def linear_schedule(
    steps: int = 1000, first: float = 1e-4, last: float = 0.02, limit: float = 0.999
) -> NoiseSchedule:
    """Betas on a line (Ho et al., sec. 4), scaled so that any count of steps ends as noisy."""
    scale = 1000.0 / steps
    line = torch.linspace(first * scale, last * scale, steps, dtype=torch.float64)
    return from_betas(line.clamp(max=limit))


def cosine_schedule(
    steps: int = 1000, offset: float = 0.008, limit: float = 0.999
) -> NoiseSchedule:
    """ᾱ along a squared cosine (Nichol and Dhariwal 2021, arXiv 2102.09672, eq. 17)."""
    share = torch.arange(steps + 1, dtype=torch.float64) / steps
    bar = torch.cos((share + offset) / (1.0 + offset) * (math.pi / 2)).square()
    return from_betas((1.0 - bar[1:] / bar[:-1]).clamp(max=limit))


def from_betas(betas: Float64[Tensor, "steps"]) -> NoiseSchedule:
    """The schedule of a Markov chain that loses the share β at each step."""
    return NoiseSchedule((1.0 - betas).cumprod(0))


def levels(
    schedule: NoiseSchedule, times: Float[Tensor, "*batch"]
) -> tuple[Float64[Tensor, "*batch"], Float64[Tensor, "*batch"]]:
    """α and σ at any times between 0 and the last, in double precision."""
    places = times.double().clamp(0.0, len(schedule) - 1.0)
    low = places.floor().long().clamp(max=len(schedule) - 2)
    lambdas = schedule.half_log_snr.to(places.device)
    value = torch.lerp(lambdas[low], lambdas[low + 1], places - low)
    return torch.sigmoid(2.0 * value).sqrt(), torch.sigmoid(-2.0 * value).sqrt()


def _shaped(
    schedule: NoiseSchedule, times: Float[Tensor, "batch"], like: Tensor
) -> tuple[Tensor, Tensor]:
    """α and σ, shaped to multiply motions."""
    signal, sigma = levels(schedule, times)
    return signal.to(like.dtype)[:, None, None], sigma.to(like.dtype)[:, None, None]


def q_sample(
    schedule: NoiseSchedule,
    clean: Float[Tensor, "batch frames width"],
    noise: Float[Tensor, "batch frames width"],
    times: Float[Tensor, "batch"],
) -> Float[Tensor, "batch frames width"]:
    """x_t from x_0 and ε."""
    signal, sigma = _shaped(schedule, times, clean)
    return signal * clean + sigma * noise


def to_clean(
    schedule: NoiseSchedule,
    kind: Prediction,
    output: Float[Tensor, "batch frames width"],
    noisy: Float[Tensor, "batch frames width"],
    times: Float[Tensor, "batch"],
) -> Float[Tensor, "batch frames width"]:
    """The clean motion that a network's raw output stands for."""
    signal, sigma = _shaped(schedule, times, noisy)
    if kind == "clean":
        return output
    if kind == "noise":
        return (noisy - sigma * output) / signal
    return signal * noisy - sigma * output


def from_clean(
    schedule: NoiseSchedule,
    kind: Prediction,
    clean: Float[Tensor, "batch frames width"],
    noisy: Float[Tensor, "batch frames width"],
    times: Float[Tensor, "batch"],
) -> Float[Tensor, "batch frames width"]:
    """The raw output of a network that sees this clean motion: also what it is trained to say."""
    signal, sigma = _shaped(schedule, times, noisy)
    if kind == "clean":
        return clean
    noise = (noisy - signal * clean) / sigma
    return noise if kind == "noise" else signal * noise - sigma * clean


def as_clean(network: Denoise, schedule: NoiseSchedule, kind: Prediction) -> Denoise:
    """The denoiser that a network of any prediction is."""

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        return to_clean(schedule, kind, network(x, t), x, t)

    return denoise


def grid(
    schedule: NoiseSchedule, steps: Steps, spacing: Spacing = "time", *, whole: bool = True
) -> list[float]:
    """Falling times at which a sampler asks, the last of them 0.

    Args:
        schedule: Noise levels.
        steps: How many, or the times themselves, which are checked.
        spacing: Even in time, or even in λ from :data:`NOISIEST` on.
        whole: Only times that the network was trained at; fewer may then be left.
    """
    last = len(schedule) - 1
    if not isinstance(steps, int):
        return _checked([float(t) for t in steps], last)
    if steps < 1:
        raise Gen3dError(f"{steps} steps cannot sample a motion.", "Ask for at least one.")
    times = torch.linspace(last, 0.0, steps, dtype=torch.float64)
    if spacing == "log_snr" and steps > 1:
        lambdas = schedule.half_log_snr
        wanted = torch.linspace(
            max(NOISIEST, float(lambdas[-1])), float(lambdas[0]), steps, dtype=torch.float64
        )
        times = _times_at(lambdas, wanted)
    if whole:
        times = times.round().unique().flip(0)
    return [float(t) for t in times]


def _checked(times: list[float], last: int) -> list[float]:
    falling = all(a > b for a, b in pairwise(times))
    if not times or not falling or times[0] > last or times[-1] < 0:
        raise Gen3dError(
            f"The sampling times {times[:3]}… do not fall from at most {last} to at least 0.",
            "Give the number of steps instead.",
        )
    return times


def _times_at(
    lambdas: Float64[Tensor, "steps"], wanted: Float64[Tensor, "places"]
) -> Float64[Tensor, "places"]:
    """Where a falling λ takes the wanted values."""
    rising = -lambdas
    high = torch.searchsorted(rising, -wanted).clamp(1, len(rising) - 1)
    step = (-wanted - rising[high - 1]) / (rising[high] - rising[high - 1])
    return (high - 1 + step).clamp(0.0, len(rising) - 1.0)


def sections(schedule: NoiseSchedule, counts: Sequence[int]) -> list[float]:
    """Times of equal parts of the schedule, each with a count of its own, the cleanest first.

    ``(15, 15, 8, 6, 6)`` is ReMoDiffuse's respacing (Zhang et al. 2023, arXiv 2304.01116).
    """
    edges = [round(i * len(schedule) / len(counts)) for i in range(len(counts) + 1)]
    times: set[float] = set()
    for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True):
        times |= {float(round(v)) for v in torch.linspace(low, high - 1, count).tolist()}
    return _checked(sorted(times, reverse=True), len(schedule) - 1)
