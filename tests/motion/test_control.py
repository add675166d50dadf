# SPDX-License-Identifier: Apache-2.0
"""Part and time control: the published formulas, and a tiny model, trained here, obeys."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor

from gen3d.errors import Gen3dError
from motion import control
from motion.condition import Condition
from motion.control import Span, intervals, parts, several
from motion.coupling import coupled, in_rows, joint, start
from motion.denoiser import Denoiser, DenoiserConfig
from motion.diffusion import Known, dpm_solver_pp, draw, generators
from motion.guidance import conditioned, rows, together
from motion.noise import Denoise, cosine_schedule, from_clean, levels, q_sample, to_clean

SCHEDULE = cosine_schedule(100)
FRAMES, WIDTH = 12, 4
MASKS = torch.tensor([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]], dtype=torch.float64)


def bent(seed: int) -> Denoise:
    """A smooth nonlinear denoiser without training."""
    g = torch.Generator().manual_seed(seed)
    table = torch.randn(WIDTH, WIDTH, generator=g, dtype=torch.float64)
    return lambda x, _: torch.tanh(x @ table) + 0.1 * seed


def noisy(batch: int = 2, frames: int = FRAMES) -> tuple[Tensor, Tensor]:
    x = draw(generators(range(batch)), frames, WIDTH, dtype=torch.float64)
    return x, torch.full((batch,), 60.0, dtype=torch.float64)


def eps_of(denoise: Denoise, x: Tensor, t: Tensor) -> Tensor:
    return from_clean(SCHEDULE, "noise", denoise(x, t), x, t)


def test_the_pull_is_the_gradient_of_the_disagreement() -> None:
    eps = torch.randn(3, 2, 5, 4, dtype=torch.float64).requires_grad_()
    (grad,) = torch.autograd.grad(control.disagreement(eps).sum(), eps)
    assert torch.allclose(control.pull(eps.detach()), grad, atol=1e-12)
    naive = torch.zeros_like(eps)
    for k in range(3):
        for j in range(3):
            for b in range(2):
                if j != k:
                    apart = eps[k, b] - eps[j, b]
                    naive[k, b] += 2 * apart / (apart**2).sum().sqrt()
    assert torch.allclose(control.pull(eps.detach()), naive.detach(), atol=1e-12)


def test_noises_that_agree_do_not_pull() -> None:
    eps = torch.ones(2, 1, 3, 4).requires_grad_()
    assert control.pull(eps.detach()).abs().max() == 0
    (grad,) = torch.autograd.grad(control.disagreement(eps).sum(), eps)
    assert grad.abs().max() == 0


@pytest.mark.parametrize("mode", ["closed", "autograd"])
def test_parts_follow_the_formula(mode: control.Mode) -> None:
    prompts, strength = [bent(1), bent(2)], 0.3
    x, t = noisy()
    got = eps_of(parts(several(prompts), MASKS, SCHEDULE, strength=strength, mode=mode), x, t)
    eps = torch.stack([eps_of(p, x, t) for p in prompts])
    naive = sum(eps[i] * MASKS[i] for i in range(2))
    if mode == "closed":
        naive = naive - strength * sum(control.pull(eps)[i] * MASKS[i] for i in range(2))
    else:
        naive = naive + strength * slope(
            lambda p: control.disagreement(torch.stack([eps_of(d, p, t) for d in prompts])), x
        )
    assert torch.allclose(got, naive, atol=1e-6)


def slope(energy: object, x: Tensor, step: float = 1e-5) -> Tensor:
    """Central finite differences of a scalar a sample."""
    grad = torch.zeros_like(x)
    for f in range(x.shape[1]):
        for w in range(x.shape[2]):
            ahead, behind = x.clone(), x.clone()
            ahead[:, f, w] += step
            behind[:, f, w] -= step
            grad[:, f, w] = (energy(ahead) - energy(behind)) / (2 * step)  # type: ignore[operator]
    return grad


def test_without_the_term_each_feature_is_its_own_prompts() -> None:
    prompts = [bent(1), bent(2), bent(3)]
    x, t = noisy()
    half = 0.5 * MASKS
    got = parts(several(prompts), half, SCHEDULE, strength=0.0)(x, t)
    assert torch.allclose(got[..., :2], 0.5 * (prompts[0](x, t) + prompts[2](x, t))[..., :2])
    assert torch.allclose(got[..., 2:], 0.5 * (prompts[1](x, t) + prompts[2](x, t))[..., 2:])


SPANS: list[Span] = [(0, 5), (5, 12)]


@pytest.mark.parametrize("padded", [True, False])
@pytest.mark.parametrize("mode", ["closed", "autograd"])
def test_intervals_follow_the_formula(mode: control.Mode, *, padded: bool) -> None:
    prompts, strength = [bent(1), bent(2)], 0.2
    x, t = noisy()
    wide = control.widened(SPANS, 4, FRAMES)
    assert wide == [(0, 7), (3, 12)]

    def noises(point: Tensor) -> Tensor:
        out = torch.zeros(2, *point.shape, dtype=point.dtype)
        for i, (a, b) in enumerate(wide):
            out[i, :, a:b] = eps_of(prompts[i], point[:, a:b], t)
        return out

    def energy(eps: Tensor) -> Tensor:
        frames = slice(0, FRAMES) if padded else slice(3, 7)
        return 2 * (eps[0] - eps[1])[:, frames].flatten(1).norm(dim=1)

    eps, shares = noises(x), control.fades(SPANS, 4, FRAMES).double()
    if mode == "closed":
        free = eps.clone().requires_grad_()
        (grad,) = torch.autograd.grad(energy(free).sum(), free)
        for i, (a, b) in enumerate(wide):
            grad[i, :, :a] = 0
            grad[i, :, b:] = 0
        naive = torch.einsum("pbfw,pf->bfw", eps - strength * grad, shares)
    else:
        naive = torch.einsum("pbfw,pf->bfw", eps, shares)
        naive = naive + strength * slope(lambda p: energy(noises(p)), x)
    got = intervals(
        prompts, SPANS, SCHEDULE, overlap=4, strength=strength, mode=mode, padded=padded
    )
    assert torch.allclose(eps_of(got, x, t), naive, atol=1e-5)


def test_intervals_without_overlap_are_their_prompts_alone() -> None:
    x, t = noisy()
    got = intervals([bent(1), bent(2)], SPANS, SCHEDULE)(x, t)
    assert torch.allclose(got[:, :5], bent(1)(x, t)[:, :5])
    assert torch.allclose(got[:, 5:], bent(2)(x, t)[:, 5:])


def test_an_overall_prompt_has_the_frames_that_nobody_else_has() -> None:
    x, t = noisy()
    spans: list[Span] = [(2, 5), (8, 10)]
    got = intervals([bent(1), bent(2)], spans, SCHEDULE, overlap=4, overall=bent(3))(x, t)
    for frames, seed in ((slice(0, 2), 3), (slice(2, 5), 1), (slice(5, 8), 3), (slice(8, 10), 2)):
        assert torch.allclose(got[:, frames], bent(seed)(x, t)[:, frames])
    with pytest.raises(Gen3dError, match="No prompt covers"):
        intervals([bent(1), bent(2)], spans, SCHEDULE)(x, t)


@pytest.mark.parametrize("overlap", [0, 3, 8, 40])
def test_fades_sum_to_one_wherever_spans_touch(overlap: int) -> None:
    spans: list[Span] = [(0, 10), (10, 13), (13, 40)]
    shares = control.fades(spans, overlap, 40)
    assert torch.allclose(shares.sum(0), torch.ones(40), atol=1e-6)
    wide = control.widened(spans, overlap, 40)
    for row, (first, last) in zip(shares, wide, strict=True):
        assert row[:first].sum() == 0
        assert row[last:].sum() == 0


@pytest.mark.parametrize("spans", [[], [(0, 4), (3, 6)], [(2, 2)], [(4, 6), (0, 4)], [(-1, 3)]])
def test_times_that_do_not_follow_each_other_are_refused(spans: Sequence[Span]) -> None:
    with pytest.raises(Gen3dError, match="do not follow"):
        intervals([bent(1)] * len(spans), spans, SCHEDULE)


def test_parts_that_overlap_are_refused_and_prompts_are_counted() -> None:
    with pytest.raises(Gen3dError, match="overlap"):
        parts(several([bent(1)]), 1.5 * MASKS, SCHEDULE)
    x, t = noisy()
    with pytest.raises(Gen3dError, match="do not fit"):
        parts(several([bent(1)]), MASKS, SCHEDULE)(x, t)


def test_feathering_keeps_shares_and_blurs_along_the_bones_only() -> None:
    parents = (-1, 0, 1, 0, 3)
    shares = torch.tensor([[1.0, 1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0, 1.0]])
    soft = control.feathered(shares, parents, 0.5)
    assert torch.allclose(soft.sum(0), torch.ones(5))
    assert torch.equal(control.feathered(shares, parents, 0.0), shares)
    assert soft[0].tolist() == [0.75, 1.0, 1.0, 0.25, 0.0]
    masks = control.spread(soft, torch.tensor([4, 4, 0]))
    assert masks[1].tolist() == [1.0, 1.0, 0.25]


def test_the_measures_have_their_closed_forms() -> None:
    time = np.arange(60) / 20.0
    cubic = np.stack([time**3, 0 * time], axis=1)
    assert np.allclose(control.jerk(cubic, 20.0), 6.0)
    assert math.isclose(control.boundary_jerk(cubic, [30], 20.0), 1.0, rel_tol=1e-6)
    kicked = cubic.copy()
    kicked[30:] += 0.05
    assert control.boundary_jerk(kicked, [30], 20.0) > 5
    assert control.boundary_jerk(kicked, [10], 20.0) < 1.1
    zero, one = np.zeros((5, 3)), np.ones((5, 3))
    outside = np.array([1.0, 1.0, 0.0])
    assert control.leakage(zero, one * [0, 0, 1], one, outside) == 0
    assert math.isclose(control.leakage(zero, 0.1 * one, one, outside), 0.1)


# A model of three words: how fast the "legs" (features 0, 1) and "arms" (2, 3) swing.
RATES = {"slow": 0.15, "brisk": 0.4, "fast": 0.8}
SWING = 48


def said(word: str, batch: int = 1) -> Condition:
    tokens = torch.zeros(batch, 2, 8)
    tokens[:, 0, list(RATES).index(word)] = 3.0
    return Condition(tokens, torch.tensor([[True, False]]).expand(batch, 2))


def swings(word: str, phases: Tensor, frames: int = SWING) -> Tensor:
    """Legs and arms in phases of their own, "batch 2"."""
    legs, arms = (RATES[word] * torch.arange(frames) + p[:, None] for p in phases.unbind(1))
    columns = [legs.sin(), legs.cos(), arms.sin(), arms.cos()]
    return torch.stack(columns, dim=2)


def rates_of(motion: Tensor) -> tuple[float, float]:
    """Mean turning of the legs' and of the arms' circle, radians a frame."""
    found: list[float] = []
    for s, c in ((0, 1), (2, 3)):
        z = torch.complex(motion[..., c].double(), motion[..., s].double())
        found.append(float((z[:, 1:] * z[:, :-1].conj()).angle().median()))
    return found[0], found[1]


@pytest.fixture(scope="module")
def toy() -> Denoiser:
    """Trained in seconds on swings of any phase and of windows of any start, words dropped."""
    torch.manual_seed(0)
    config = DenoiserConfig(
        features=4, width=48, layers=2, heads=2, inner=96, text_width=8, steps=100
    )
    model = Denoiser(config)
    chance = torch.Generator().manual_seed(1)
    optimiser = torch.optim.AdamW(model.parameters(), lr=4e-3)
    steps = 260
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, steps)
    words = list(RATES)
    for _ in range(steps):
        phases = 2 * math.pi * torch.rand(3, 8, 2, generator=chance)
        clean = torch.cat([swings(w, p, 32) for w, p in zip(words, phases, strict=True)])
        tokens = torch.cat([said(w, 8).words for w in words])
        kept = torch.rand(24, generator=chance) > 0.1
        condition = Condition(tokens, said("slow", 24).words_seen).worded(kept)
        known = torch.rand(24, 32, 1, generator=chance) < 0.15 * torch.randint(
            2, (24, 1, 1), generator=chance
        )
        condition = Condition(
            tokens, condition.words_seen, known=Known(clean, known.float().expand(24, 32, 4))
        )
        t = torch.randint(100, (24,), generator=chance).float()
        noise = torch.randn(clean.shape, generator=chance)
        found = model(q_sample(config.noise_schedule(), clean, noise, t), t, condition)
        loss = (found - clean).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return model.eval()


def sampled(denoise: Denoise, frames: int = 32, seeds: Sequence[int] = (1, 2, 3, 4)) -> Tensor:
    return dpm_solver_pp(denoise, SCHEDULE, draw(generators(seeds), frames, 4), 12)


@pytest.mark.parametrize("word", RATES)
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_a_trained_model_does_what_the_word_says(toy: Denoiser, word: str, scale: float) -> None:
    motion = sampled(conditioned(toy, said(word, 4), scale))
    for rate in rates_of(motion):
        assert abs(rate - RATES[word]) < 0.1
    assert not torch.allclose(motion[0], motion[1], atol=0.1)


def test_each_part_does_what_its_own_word_says(toy: Denoiser) -> None:
    prompts = together(toy, [said("slow", 4), said("fast", 4)], 1.5)
    masks = MASKS.float()
    for strength in (0.0, 0.01):
        legs, arms = rates_of(sampled(parts(prompts, masks, SCHEDULE, strength=strength)))
        assert abs(legs - RATES["slow"]) < 0.1
        assert abs(arms - RATES["fast"]) < 0.15


def test_each_time_does_what_its_own_word_says(toy: Denoiser) -> None:
    prompts = [conditioned(toy, said(word, 4), 1.5) for word in ("brisk", "slow")]
    spans: list[Span] = [(0, 24), (24, 48)]
    faded = sampled(intervals(prompts, spans, SCHEDULE, overlap=12), 48)
    first, second = rates_of(faded[:, :18]), rates_of(faded[:, 30:])
    assert abs(first[0] - RATES["brisk"]) < 0.1
    assert abs(second[0] - RATES["slow"]) < 0.1
    cut = sampled(intervals(prompts, spans, SCHEDULE, overlap=0, strength=0.0), 48)
    seams = [
        np.mean([control.boundary_jerk(m.numpy(), [24], 20.0) for m in motions])
        for motions in (faded, cut)
    ]
    assert seams[0] < 0.5 * seams[1]


def test_coupled_rows_leak_less_and_still_obey(toy: Denoiser) -> None:
    noise, masks = draw(generators((1, 2, 3, 4)), 32, 4), MASKS.float()
    base, whole = (sampled(conditioned(toy, said(w, 4), 1.5)) for w in ("brisk", "fast"))
    both = rows(toy, [said("brisk", 4), said("fast", 4)], 1.5)
    leaks: dict[float, float] = {}
    for coupling in (1.0, 0.2, 0.0):
        pair = dpm_solver_pp(coupled(both, masks, coupling), SCHEDULE, start(noise, 2), 12)
        got = joint(pair, masks)
        legs, arms = rates_of(got)
        assert abs(legs - RATES["brisk"]) < 0.1
        assert abs(arms - RATES["fast"]) < 0.15
        each = zip(base, got, whole, strict=True)
        numbers = [
            control.leakage(*(v.double().numpy() for v in m), MASKS[0].numpy()) for m in each
        ]
        leaks[coupling] = float(np.mean(numbers))
    assert leaks[0.0] < 1e-3
    assert leaks[0.2] < 0.15
    assert leaks[0.2] < 0.6 * leaks[1.0]


def test_full_coupling_is_the_formula_and_none_is_independence() -> None:
    schedule, (x, _) = SCHEDULE, noisy()
    prompts = [bent(1), bent(2)]
    formula = parts(several(prompts), MASKS, schedule, strength=0.0)
    for coupling, wanted in (
        (1.0, dpm_solver_pp(formula, schedule, x, 8)),
        (
            0.0,
            sum(dpm_solver_pp(p, schedule, x, 8) * m for p, m in zip(prompts, MASKS, strict=True)),
        ),
    ):
        pair = dpm_solver_pp(coupled(in_rows(prompts), MASKS, coupling), schedule, start(x, 2), 8)
        assert torch.allclose(joint(pair, MASKS), wanted, atol=1e-6)


@pytest.mark.parametrize(("shares", "coupling"), [(0.5 * MASKS, 0.2), (MASKS, 1.2)])
def test_couplings_that_are_not_meant_are_refused(shares: Tensor, coupling: float) -> None:
    with pytest.raises(Gen3dError, match=r"of no prompt|between 0 and 1"):
        coupled(in_rows([bent(1), bent(2)]), shares, coupling)


def test_a_part_laid_over_a_finished_motion_leaves_the_rest_alone(toy: Denoiser) -> None:
    base = sampled(conditioned(toy, said("slow", 4)))
    known = control.overlay(base, MASKS[1].float())
    noise = draw(generators((1, 2, 3, 4)), 32, 4)
    got = dpm_solver_pp(conditioned(toy, said("fast", 4), 2.0), SCHEDULE, noise, 12, known=known)
    assert torch.equal(got[..., :2], base[..., :2])
    assert rates_of(got)[1] > 2 * RATES["slow"]
    whole = sampled(conditioned(toy, said("fast", 4), 2.0))
    outside = 1.0 - MASKS[1].numpy()
    pieces = (m[0].double().numpy() for m in (base, got, whole))
    assert control.leakage(*pieces, outside) == 0


def test_keyframes_seen_as_channels_are_met_without_being_forced(toy: Denoiser) -> None:
    wanted = swings("brisk", torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 0.5]]), 32)
    mask = torch.zeros_like(wanted)
    mask[:, [0, 10, 20, 31]] = 1.0
    words = said("brisk", 4)
    told = Condition(words.words, words.words_seen, known=Known(wanted, mask))
    near = (sampled(conditioned(toy, told, 1.5, 1.5)) - wanted)[:, [0, 10, 20, 31]].abs().mean()
    far = (sampled(conditioned(toy, words, 1.5)) - wanted)[:, [0, 10, 20, 31]].abs().mean()
    assert float(near) < 0.5 * float(far)


def test_asking_together_is_asking_one_by_one(toy: Denoiser) -> None:
    x = draw(generators((1, 2)), 16, 4)
    t = torch.full((2,), 50.0)
    conditions = [said("slow", 2), said("fast", 2)]
    for scale in (1.0, 2.5):
        got = together(toy, conditions, scale)(x, t)
        alone = [conditioned(toy, condition, scale)(x, t) for condition in conditions]
        assert torch.allclose(got, torch.stack(alone), atol=1e-4)
        other = x.flip(0)
        own = rows(toy, conditions, scale)(torch.cat([x, other]), torch.cat([t, t]))
        second = conditioned(toy, conditions[1], scale)(other, t)
        assert torch.allclose(own, torch.cat([alone[0], second]), atol=1e-4)


def test_levels_used_here_are_of_the_toys_schedule(toy: Denoiser) -> None:
    times = torch.arange(100.0)
    assert torch.equal(levels(SCHEDULE, times)[0], levels(toy.config.noise_schedule(), times)[0])
    x, t = noisy()
    assert torch.allclose(to_clean(SCHEDULE, "noise", eps_of(bent(1), x, t), x, t), bent(1)(x, t))
