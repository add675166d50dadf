# SPDX-License-Identifier: Apache-2.0
"""Sampling by orders: on denoisers whose answer is known, and on a small network of noise."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from gen3d.errors import Gen3dError
from motion import recall
from motion.condition import Condition
from motion.denoiser import Denoiser, DenoiserConfig, Read, save_denoiser
from motion.diffusion import keyframes
from motion.noise import levels
from motion.order import Order, Span
from motion.performance import FPS
from motion.representation import SLICES, WIDTH, part_mask
from motion.sample import (
    FADE_SECONDS,
    MEMORY,
    MotionModel,
    Sampler,
    load_motion_model,
    performances,
    read,
    sample,
)
from motion.train import normalised, statistics
from tests.motion.small_models import TINY, awake, database, drawn

WALK, WAVE, SIT = "a person walks", "a person waves", "a person sits down"


class Normal(Denoiser):
    """Sees motions from N(m, s²) as they should be seen: E[x₀ | x] in closed form.

    The mean is 0, or what the words say: the first number of their states, on average.
    """

    def __init__(self, config: DenoiserConfig, deviation: float, *, listening: bool) -> None:
        super().__init__(config)
        self.spread, self.listening = deviation, listening
        self.calls = 0

    def forward(
        self, x: Tensor, t: Tensor, condition: Condition, remembered: Read | None = None
    ) -> Tensor:
        del remembered
        self.calls += 1
        signal, sigma = (v.float()[:, None, None] for v in levels(self.config.noise_schedule(), t))
        there = condition.words_seen.float()
        said = (condition.words[..., 0] * there).sum(dim=1) / there.sum(dim=1).clamp(min=1.0)
        mean = 20.0 * said[:, None, None] if self.listening else 0.0
        kept = signal * self.spread**2 * x + sigma**2 * mean
        return kept / (signal**2 * self.spread**2 + sigma**2)


def _mean(text: str) -> float:
    states, seen, _ = read(text)
    return 20.0 * float(states[0, seen[0], 0].mean())


def _normal(deviation: float = 0.5, *, listening: bool = False, steps: int = 1000) -> MotionModel:
    config = replace(TINY, recalling=False, steps=steps)
    return MotionModel(Normal(config, deviation, listening=listening).eval(), None)


@lru_cache(maxsize=1)
def _small() -> MotionModel:
    """A network that says something, with memory, on the drawn motions' statistics."""
    model = awake()
    mean, deviation = statistics(drawn())
    model.mean.copy_(mean)
    model.deviation.copy_(deviation)
    return MotionModel(model, normalised(database(), mean, deviation))


def _order(*rows: tuple[float, str]) -> Order:
    stops = np.cumsum([seconds for seconds, _ in rows]).tolist()
    starts = [0.0, *stops[:-1]]
    return Order(
        tuple(
            Span(start, stop, text)
            for start, stop, (_, text) in zip(starts, stops, rows, strict=True)
        )
    )


def _parted(seconds: float, arms: str = WAVE, rest: str = WALK) -> Order:
    parts = ((("head", "torso", "legs"), rest), (("left arm", "right arm"), arms))
    return Order((Span(0.0, seconds, rest, parts),))


ARMS = torch.from_numpy(part_mask("arms"))


@pytest.mark.parametrize("seconds", [0.5, 3.0, 9.95, 13.0])
def test_a_motion_has_the_length_asked_for(seconds: float) -> None:
    model = _normal(steps=40)
    made = sample(model, _order((seconds, WALK)), [0, 1], steps=4)
    assert made.shape == (2, round(seconds * model.fps) + 1, WIDTH)
    assert bool(made.isfinite().all())
    done = performances(made, "m", model.fps)
    assert [p.fps for p in done] == [FPS, FPS]
    assert done[0].seconds == pytest.approx(seconds, abs=0.06)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_something_else() -> None:
    order = _order((1.0, WALK))
    first, again, other = (sample(_small(), order, [seed], steps=4) for seed in (3, 3, 4))
    assert first.numpy().tobytes() == again.numpy().tobytes()
    assert float((first - other).abs().max()) > 0.01


@pytest.mark.parametrize("sampler", ["dpm", "ddpm"])
def test_a_candidate_does_not_depend_on_its_place_in_the_batch(sampler: Sampler) -> None:
    for order in (_order((1.0, WALK)), _parted(1.0), _order((1.0, WALK), (1.0, SIT))):
        batch = sample(_small(), order, [5, 6, 7], steps=4, sampler=sampler)
        alone = sample(_small(), order, [6], steps=4, sampler=sampler)
        torch.testing.assert_close(batch[1:2], alone, atol=2e-3, rtol=1e-3)


def test_what_is_made_has_the_statistics_of_what_was_learnt() -> None:
    model = _normal(0.5)
    mean, deviation = statistics(drawn())
    model.denoiser.mean.copy_(mean)
    model.denoiser.deviation.copy_(deviation)
    made = sample(model, _order((2.0, WALK)), range(24), steps=15, scale=1.0)
    values = model.denoiser.normalised(made)
    assert float(values.std()) == pytest.approx(0.5, rel=0.1)
    assert float(values.mean()) == pytest.approx(0.0, abs=0.02)


def test_samplers_agree_on_a_denoiser_whose_answer_is_known() -> None:
    model, order = _normal(0.5), _order((1.0, WALK))
    quick = sample(model, order, [1, 2], steps=60, scale=1.0)
    slow = sample(model, order, [1, 2], steps=400, scale=1.0, sampler="ddim")
    assert float((quick - slow).abs().max()) < 0.05
    fresh = sample(model, order, [1, 2], steps=400, scale=1.0, sampler="ddpm")
    assert float((quick - fresh).abs().mean()) > 0.3
    assert float(fresh.std()) == pytest.approx(float(quick.std()), rel=0.1)


def test_words_hold_in_their_span_and_fade_where_spans_meet() -> None:
    model = _normal(0.02, listening=True)
    rows = ((2.0, WALK), (2.0, SIT), (1.5, WAVE))
    made = sample(model, _order(*rows), [0], scale=1.0, steps=20)[0]
    edges, fade = [0, 40, 80, 111], round(0.5 * FADE_SECONDS * model.fps) + 1
    for (start, stop), (_, text) in zip(pairwise(edges), rows, strict=True):
        inside = made[start + fade * (start > 0) : stop - fade * (stop < 111)]
        assert float((inside - _mean(text)).abs().mean()) < 0.06
    lo, hi = sorted((_mean(WALK), _mean(SIT)))
    assert lo + 0.1 * (hi - lo) < float(made[40].mean()) < hi - 0.1 * (hi - lo)


def test_guidance_takes_words_further() -> None:
    model = _normal(0.02, listening=True)
    made = [sample(model, _order((1.0, WALK)), [0], scale=s, steps=20)[0] for s in (1.0, 2.5)]
    assert float(made[1].mean()) == pytest.approx(2.5 * float(made[0].mean()), rel=0.02)


@pytest.mark.parametrize("seconds", [1.0, 14.0])
def test_parts_follow_their_own_words_at_any_length(seconds: float) -> None:
    model = _normal(0.02, listening=True)
    made = sample(model, _parted(seconds), [0, 1], scale=1.0, steps=20)
    assert float((made[..., ARMS] - _mean(WAVE)).abs().mean()) < 0.06
    assert float((made[..., ~ARMS] - _mean(WALK)).abs().mean()) < 0.06


@pytest.mark.parametrize("sampler", ["dpm", "ddim", "ddpm"])
@pytest.mark.parametrize("seconds", [1.0, 14.0])
def test_parts_change_nothing_where_words_change_nothing(sampler: Sampler, seconds: float) -> None:
    model = _normal(0.5, steps=100)
    parted, whole = (
        sample(model, order, [3, 4], scale=1.0, steps=12, sampler=sampler)
        for order in (_parted(seconds), _order((seconds, WALK)))
    )
    torch.testing.assert_close(parted, whole, atol=1e-4, rtol=1e-4)


def test_parts_and_times_together() -> None:
    model = _normal(0.02, listening=True)
    first = _parted(2.0).spans[0]
    order = Order((first, Span(2.0, 4.0, SIT)))
    made = sample(model, order, [0], scale=1.0, steps=20)[0]
    assert float((made[:34, ARMS] - _mean(WAVE)).abs().mean()) < 0.06
    assert float((made[:34, ~ARMS] - _mean(WALK)).abs().mean()) < 0.06
    assert float((made[46:] - _mean(SIT)).abs().mean()) < 0.06


def test_uncoupled_parts_do_not_hear_of_each_other() -> None:
    base, other = (
        sample(_small(), _parted(1.5, arms=arms), [2], steps=4, coupling=0.0)
        for arms in (WAVE, SIT)
    )
    torch.testing.assert_close(base[..., ~ARMS], other[..., ~ARMS])
    assert float((base - other)[..., ARMS].abs().max()) > 1e-3
    coupled = sample(_small(), _parted(1.5), [2], steps=4, coupling=1.0)
    assert float((coupled - base)[..., ~ARMS].abs().max()) > 1e-4


@pytest.mark.parametrize("seconds", [2.0, 13.0])
def test_what_is_known_is_kept(seconds: float) -> None:
    frames = round(20 * seconds) + 1
    values = torch.randn(2, WIDTH, generator=torch.Generator().manual_seed(1))
    whole = keyframes(values, [0, frames - 1], frames)
    path = keyframes(values[:1], [30], frames, _root())
    wanted = _small().denoiser.denormalised(values)
    for order in (
        _order((seconds, WALK)),
        _parted(seconds),
        _order((1.0, SIT), (seconds - 1, WALK)),
    ):
        made = sample(_small(), order, [0, 1], steps=3, known=whole)
        for row in made:
            torch.testing.assert_close(row[[0, frames - 1]], wanted, atol=1e-4, rtol=1e-4)
        made = sample(_small(), order, [0], steps=3, known=path)
        torch.testing.assert_close(made[0, 30, _root()], wanted[0, _root()], atol=1e-4, rtol=1e-4)


def _root() -> Tensor:
    mask = torch.zeros(WIDTH, dtype=torch.bool)
    mask[SLICES["root_velocity"]] = True
    return mask


def test_long_motions_are_made_of_windows_that_agree() -> None:
    model = _normal(0.02, listening=True)
    made = sample(model, _order((25.0, WALK)), [0], scale=1.0, steps=15)[0]
    assert float((made - _mean(WALK)).abs().mean()) < 0.06
    deviation = sample(_normal(0.5), _order((25.0, WALK)), range(4), scale=1.0).std(dim=(0, 2))
    # Averaged windows see the same noise, so where they overlap nothing is lost.
    assert float(deviation.min()) > 0.42


def test_memory_matters_and_each_step_is_told() -> None:
    model, told = _small(), list[tuple[int, int]]()
    order = _order((1.0, WALK))
    made = sample(model, order, [0], steps=4, on_step=lambda a, b: told.append((a, b)))
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    alone = sample(MotionModel(model.denoiser, None), order, [0], steps=4)
    assert float((made - alone).abs().max()) > 1e-3


def test_a_step_is_one_call_whatever_the_parts() -> None:
    model = _normal(steps=40)
    assert isinstance(model.denoiser, Normal)
    for order in (_order((1.0, WALK)), _parted(1.0)):
        before = model.denoiser.calls
        sample(model, order, [0, 1, 2, 3], steps=5)
        assert model.denoiser.calls - before == 5


def test_a_folder_loads_with_its_memory(tmp_path: Path) -> None:
    save_denoiser(_small().denoiser, tmp_path)
    assert load_motion_model(tmp_path).memory is None
    recall.save(database(), tmp_path / MEMORY)
    model = load_motion_model(tmp_path)
    assert model.memory is not None
    assert len(model.memory) == len(database())
    assert model.fps == TINY.fps
    (tmp_path / MEMORY).write_bytes(b"rubbish")
    with pytest.raises(Gen3dError, match="cannot be read"):
        load_motion_model(tmp_path)
