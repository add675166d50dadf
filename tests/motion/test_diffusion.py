# SPDX-License-Identifier: Apache-2.0
"""Samplers against distributions whose perfect denoiser is written down."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from gen3d.errors import Gen3dError
from motion import diffusion, noise
from motion.diffusion import Known, ddim, ddpm, dpm_solver_pp, draw, generators
from motion.noise import Denoise, NoiseSchedule, cosine_schedule, levels, linear_schedule

MEAN = torch.tensor([0.7, -1.5], dtype=torch.float64)
ROOT = torch.tensor([[0.8, 0.0], [0.5, 0.3]], dtype=torch.float64)
SCHEDULES = {"linear": linear_schedule(), "cosine": cosine_schedule()}
KINDS = ("clean", "noise", "velocity")
Sample = Callable[[Denoise, NoiseSchedule, Tensor, Sequence[torch.Generator]], Tensor]
SAMPLERS: dict[str, Sample] = {
    "ddpm": lambda d, s, x, g: ddpm(d, s, x, 250, g),
    "ddpm large": lambda d, s, x, g: ddpm(d, s, x, 600, g, large=True),
    "ddim": lambda d, s, x, _: ddim(d, s, x, 150),
    "ddim eta": lambda d, s, x, g: ddim(d, s, x, 250, g, eta=0.7),
    "dpm 2": lambda d, s, x, _: dpm_solver_pp(d, s, x, 50),
    "dpm 3": lambda d, s, x, _: dpm_solver_pp(d, s, x, 25, order=3),
}


def gaussian(schedule: NoiseSchedule, mean: Tensor = MEAN, root: Tensor = ROOT) -> Denoise:
    """E[x_0 | x_t] for x_0 ~ N(mean, root rootᵀ) in every frame."""
    covariance = root @ root.T

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        signal, sigma = (float(v[0]) for v in levels(schedule, t))
        seen = signal**2 * covariance + sigma**2 * torch.eye(len(mean), dtype=x.dtype)
        gain = signal * torch.linalg.solve(seen, covariance)
        return mean + (x - signal * mean) @ gain

    return denoise


def two_points(schedule: NoiseSchedule, share: float) -> Denoise:
    """E[x_0 | x_t] where x_0 is +1 with this probability and -1 else."""

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        signal, sigma = (float(v[0]) for v in levels(schedule, t))
        return torch.tanh(signal * x / sigma**2 + 0.5 * math.log(share / (1 - share)))

    return denoise


def normal(batch: int, frames: int, width: int = 2, seed: int = 0) -> Tensor:
    return draw(generators(range(seed, seed + batch)), frames, width, dtype=torch.float64)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_predictions_of_all_kinds_say_the_same(
    kind: noise.Prediction, schedule: NoiseSchedule
) -> None:
    clean, eps = normal(4, 5), normal(4, 5, seed=9)
    times = torch.tensor([0.0, 250.5, 600.0, 999.0], dtype=torch.float64)
    noisy = noise.q_sample(schedule, clean, eps, times)
    raw = noise.from_clean(schedule, kind, clean, noisy, times)
    assert torch.allclose(noise.to_clean(schedule, kind, raw, noisy, times), clean, atol=1e-6)
    signal, sigma = (v[:, None, None] for v in levels(schedule, times))
    expected = {"clean": clean, "noise": eps, "velocity": signal * eps - sigma * clean}[kind]
    assert torch.allclose(raw, expected, atol=1e-6)


def test_levels_pass_through_the_schedule_and_keep_the_sum_of_squares() -> None:
    schedule = cosine_schedule(50)
    signal, _ = levels(schedule, torch.arange(50.0))
    assert torch.allclose(signal.square(), schedule.alpha_bar, rtol=1e-12)
    between, spread = levels(schedule, torch.linspace(0, 49, 333))
    assert torch.allclose(between.square() + spread.square(), torch.ones(333, dtype=torch.float64))
    assert bool((between[1:] < between[:-1]).all())


def test_the_published_schedules_have_their_closed_forms() -> None:
    assert math.isclose(linear_schedule().alpha_bar[0], 1 - 1e-4)
    betas = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)
    assert math.isclose(linear_schedule().alpha_bar[-1], float((1 - betas).prod()))
    f = [math.cos((t / 1000 + 0.008) / 1.008 * math.pi / 2) ** 2 for t in (0, 500)]
    assert math.isclose(cosine_schedule().alpha_bar[499], f[1] / f[0], rel_tol=1e-9)


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
@pytest.mark.parametrize("sample", SAMPLERS.values(), ids=SAMPLERS)
def test_every_sampler_ends_in_the_mean_and_covariance_of_the_data(
    sample: Sample, schedule: NoiseSchedule
) -> None:
    chance = generators([5])
    got = sample(gaussian(schedule), schedule, normal(1, 6000), chance)[0]
    assert torch.allclose(got.mean(0), MEAN, atol=0.04)
    assert torch.allclose(torch.cov(got.T), ROOT @ ROOT.T, atol=0.04)


@pytest.mark.parametrize("name", ["ddpm", "ddim", "dpm 2", "dpm 3"])
def test_every_sampler_keeps_the_shares_of_a_mixture(name: str) -> None:
    schedule = SCHEDULES["cosine"]
    got = SAMPLERS[name](two_points(schedule, 0.3), schedule, normal(1, 3000, 1), generators([3]))
    assert float((got.abs() - 1).abs().mean()) < 0.02
    assert abs(float((got > 0).double().mean()) - 0.3) < 0.02


def limit_of(schedule: NoiseSchedule, x: Tensor, start: float, spread: float) -> Tensor:
    """Where the exact probability flow of N(0, spread²) takes x, read by the last denoising."""
    signal, sigma = levels(schedule, torch.tensor([start, 0.0]))
    total = (signal.square() * spread**2 + sigma.square()).sqrt()
    return x * total[1] / total[0] * signal[1] * spread**2 / total[1] ** 2


@pytest.mark.parametrize("order", [1, 2, 3])
def test_the_solver_converges_with_its_order(order: int) -> None:
    schedule, spread = SCHEDULES["linear"], 0.6
    denoise = gaussian(schedule, torch.zeros(2).double(), spread * torch.eye(2).double())
    x, errors = normal(1, 16), []
    for steps in (24, 48, 96):
        start = noise.grid(schedule, steps, "log_snr", whole=False)[0]
        got = dpm_solver_pp(denoise, schedule, x, steps, order=order, whole=False)
        errors.append(float((got - limit_of(schedule, x, start, spread)).abs().max()))
    rates = [math.log2(errors[i] / errors[i + 1]) for i in (0, 1)]
    assert min(rates) > order - 0.35, (errors, rates)


def test_order_one_is_ddim() -> None:
    schedule = SCHEDULES["cosine"]
    times = noise.grid(schedule, 12)
    x = normal(2, 3)
    a = dpm_solver_pp(gaussian(schedule), schedule, x, times, order=1)
    b = ddim(gaussian(schedule), schedule, x, times)
    assert torch.allclose(a, b, atol=1e-10)


def test_ddim_with_eta_one_is_the_ancestral_sampler() -> None:
    schedule = SCHEDULES["linear"]
    x = normal(2, 6)
    a = ddim(gaussian(schedule), schedule, x, 40, generators([1, 2]), eta=1.0)
    b = ddpm(gaussian(schedule), schedule, x, 40, generators([1, 2]))
    assert torch.allclose(a, b, atol=1e-10)


def test_step_weights_integrate_polynomials_exactly() -> None:
    h, nodes = 0.8, [-1.1, -0.5, 0.0]
    u = torch.linspace(0, h, 20001, dtype=torch.float64)
    for power in range(3):
        got = sum(
            w * n**power for w, n in zip(diffusion.step_weights(h, nodes), nodes, strict=True)
        )
        assert math.isclose(got, float(torch.trapezoid((u - h).exp() * u**power, u)), abs_tol=1e-8)


@pytest.mark.parametrize("sample", SAMPLERS.values(), ids=SAMPLERS)
def test_same_seeds_same_bytes_in_any_order_of_the_batch(sample: Sample) -> None:
    schedule = cosine_schedule()

    def run(seeds: list[int]) -> Tensor:
        chance = generators(seeds)
        x = draw(chance, 4, 3)
        return sample(two_points(schedule, 0.5), schedule, x, chance)

    first, again, turned = run([7, 8, 9]), run([7, 8, 9]), run([9, 7, 8])
    assert torch.equal(first, again)
    assert torch.equal(first[[2, 0, 1]], turned)
    assert not torch.equal(first[0], first[1])


@pytest.mark.parametrize("sample", ["ddpm", "ddim", "dpm"])
def test_what_is_known_is_held_at_its_noise_level_and_bends_the_rest(sample: str) -> None:
    """The second feature is known; the first then follows the conditional distribution."""
    schedule = SCHEDULES["cosine"]
    x = normal(1, 4000)
    mask = torch.tensor([0.0, 1.0]).double().expand_as(x)
    known = Known(torch.full_like(x, -1.0), mask)
    heard: list[tuple[float, Tensor]] = []
    inner = gaussian(schedule)

    def denoise(noisy: Tensor, t: Tensor) -> Tensor:
        heard.append((float(t[0]), noisy[..., 1].clone()))
        return inner(noisy, t)

    samplers = {
        "ddpm": lambda: ddpm(denoise, schedule, x, 100, generators([4]), known=known),
        "ddim": lambda: ddim(denoise, schedule, x, 50, known=known),
        "dpm": lambda: dpm_solver_pp(denoise, schedule, x, 20, known=known),
    }
    got = samplers[sample]()
    assert torch.equal(got[..., 1], known.values[..., 1])
    for time, noisy in heard:
        signal, sigma = levels(schedule, torch.tensor([time]))
        assert torch.allclose(noisy.mean(), -signal[0], atol=0.08)
        assert torch.allclose(noisy.std(), sigma[0], rtol=0.05)
    covariance = ROOT @ ROOT.T
    expected = MEAN[0] + covariance[0, 1] / covariance[1, 1] * (-1.0 - MEAN[1])
    way = float((got[..., 0].mean() - MEAN[0]) / (expected - MEAN[0]))
    # Replacement alone does not reach the conditional distribution; going back does.
    assert 0.3 < way < 1.1


def test_going_back_brings_the_rest_to_the_conditional_distribution() -> None:
    schedule, x = SCHEDULES["cosine"], normal(1, 4000)
    mask = torch.tensor([0.0, 1.0]).double().expand_as(x)
    known = Known(torch.full_like(x, -1.0), mask)
    got = ddpm(gaussian(schedule), schedule, x, 60, generators([4]), known=known, rounds=8)[..., 0]
    covariance = ROOT @ ROOT.T
    slope = covariance[0, 1] / covariance[1, 1]
    assert abs(float(got.mean() - MEAN[0] - slope * (-1.0 - MEAN[1]))) < 0.06
    assert abs(float(got.var() - (covariance[0, 0] - slope * covariance[0, 1]))) < 0.06


def test_keyframes_are_met_exactly_and_the_rest_stays_open() -> None:
    schedule = cosine_schedule()
    values = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
    known = diffusion.keyframes(values, [0, 5], 6, torch.tensor([True, False]))
    got = ddim(gaussian(schedule), schedule, normal(2, 6), 10, known=known)
    assert got[:, 0, 0].tolist() == [1.0, 1.0]
    assert got[:, 5, 0].tolist() == [3.0, 3.0]
    assert not torch.isin(got[..., 1], values).any()
    with pytest.raises(Gen3dError, match="cannot stand"):
        diffusion.keyframes(values, [0, 6], 6)


@pytest.mark.parametrize("scales", [(2.5, None), (2.0, 3.0)])
def test_guidance_is_one_call_and_the_same_in_clean_motions_and_in_noise(
    scales: tuple[float, float | None],
) -> None:
    schedule, weights = cosine_schedule(), diffusion.guidance_weights(*scales)
    assert math.isclose(sum(weights), 1.0)
    means = torch.randn(len(weights), 1, 1, 2, dtype=torch.float64)
    calls: list[int] = []

    def together(x: Tensor, t: Tensor) -> Tensor:
        calls.append(len(x))
        assert len(t) == len(x)
        branches = x.unflatten(0, (len(weights), -1))
        return (0.3 * branches + means).flatten(0, 1)

    x, t = normal(3, 4), torch.full((3,), 400.0, dtype=torch.float64)
    got = diffusion.mixed(together, weights)(x, t)
    assert calls == [3 * len(weights)]
    clean = [0.3 * x + m for m in means]
    eps = [noise.from_clean(schedule, "noise", c, x, t) for c in clean]
    summed = torch.stack([w * e for w, e in zip(weights, eps, strict=True)]).sum(0)
    assert torch.allclose(got, noise.to_clean(schedule, "noise", summed, x, t))
    text, extra = scales
    naive = clean[0] + text * (clean[1] - clean[0])
    if extra is not None:
        naive = naive + extra * (clean[2] - clean[1])
    assert torch.allclose(got, naive)


def test_guidance_at_scale_one_is_the_conditional_model() -> None:
    assert diffusion.guidance_weights(1.0) == (0.0, 1.0)
    assert diffusion.guidance_weights(1.0, 1.0) == (0.0, 0.0, 1.0)


def test_weights_may_follow_the_time() -> None:
    blend = diffusion.mixed(lambda x, _: x * 0 + 1, lambda t: (t, t))
    assert blend(torch.zeros(2, 1, 1), torch.full((2,), 3.0)).flatten().tolist() == [6.0, 6.0]


def test_clipping_leaves_moderate_motions_alone_and_bounds_wild_ones() -> None:
    calm = diffusion.clipped(lambda x, _: x)
    wild = diffusion.clipped(lambda x, _: 100.0 * x)
    x = normal(2, 50)
    assert torch.equal(calm(x, torch.zeros(2)), x)
    assert float(wild(x, torch.zeros(2)).abs().max()) <= 4.0 + 1e-9


def test_grids_fall_to_zero_and_sections_follow_the_published_counts() -> None:
    schedule = cosine_schedule()
    for spacing in ("time", "log_snr"):
        times = noise.grid(schedule, 20, spacing)
        assert times == sorted(times, reverse=True)
        assert len(times) == 20
        assert times[-1] == 0
        assert all(t == int(t) for t in times)
    lambdas = [
        float(torch.log(a / s))
        for a, s in zip(
            *levels(schedule, torch.tensor(noise.grid(schedule, 9, "log_snr", whole=False))),
            strict=True,
        )
    ]
    gaps = [b - a for a, b in pairwise(lambdas)]
    assert max(gaps) - min(gaps) < 1e-3
    fifty = noise.sections(schedule, (15, 15, 8, 6, 6))
    assert len(fifty) == 50
    assert sum(t < 200 for t in fifty) == 15
    assert sum(t >= 800 for t in fifty) == 6


def test_progress_is_told_after_each_call() -> None:
    told: list[tuple[int, int]] = []
    schedule = cosine_schedule()
    ddim(gaussian(schedule), schedule, normal(1, 2), 3, on_step=lambda i, n: told.append((i, n)))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (lambda: NoiseSchedule(torch.tensor([0.5, 0.6]).double()), "must fall"),
        (lambda: NoiseSchedule(torch.tensor([1.0, 0.5]).double()), "must fall"),
        (lambda: noise.grid(cosine_schedule(), 0), "0 steps"),
        (lambda: noise.grid(cosine_schedule(), [5.0, 9.0]), "do not fall"),
        (
            lambda: ddpm(gaussian(cosine_schedule()), cosine_schedule(), normal(2, 2), 5),
            "0 sources of chance",
        ),
    ],
)
def test_what_cannot_be_sampled_is_said(fault: Callable[[], object], message: str) -> None:
    with pytest.raises(Gen3dError, match=message):
        fault()
