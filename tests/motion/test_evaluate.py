# SPDX-License-Identifier: Apache-2.0
"""Evaluation: what each figure says of models that are right, wrong, or copies on purpose."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
import torch
from torch import Tensor

from gen3d.text import TextEncoder
from gen3d.types import Skeleton
from motion import evaluate as measured
from motion.adherence import CANDIDATES, adherence, kept_wordings
from motion.asked import checkable
from motion.condition import Condition
from motion.denoiser import Denoiser, DenoiserConfig, Read
from motion.evaluate import Extent, Novelty, Report, Shortcut, evaluate, judged_motions
from motion.evaluator import Evaluator
from motion.language.phrasing import kept_words, trained_words
from motion.language.script import Action
from motion.language.verbs import verbs
from motion.prompts import asked_for, prompts
from motion.sample import MotionModel
from motion.scoreboard import missed, table
from motion.train import normalised, statistics
from motion.trials import bodily
from tests.motion.small_models import ACTIONS, JUDGE, TINY, awake, database, drawn, performances

SMALL = Extent(
    prompts=32, replications=1, repeated=2, repeats=2, copies=3, bodies=2, seeds=1, ancestral=2,
    ancestral_steps=3, steps=2, wordings=1,
)  # fmt: skip
WORDINGS = (("waves hello", Action("wave")), ("sits down", Action("sit")))


class Replay(Denoiser):
    """Always sees the same motion, but for some rows of each batch of candidates."""

    def __init__(self, config: DenoiserConfig, number: int, instead: int, rows: range) -> None:
        super().__init__(config)
        starts, lengths = drawn().starts.tolist(), drawn().lengths.tolist()
        self.usual, self.other = (
            drawn().frames[starts[n] : starts[n] + lengths[n]].float() for n in (number, instead)
        )
        self.rows = rows

    def forward(
        self, x: Tensor, t: Tensor, condition: Condition, remembered: Read | None = None
    ) -> Tensor:
        del t, condition, remembered
        found = self._cut(self.usual, x).repeat(len(x), 1, 1)
        for row in range(len(x)):
            if row % CANDIDATES in self.rows:
                found[row] = self._cut(self.other, x)
        return found

    @staticmethod
    def _cut(motion: Tensor, x: Tensor) -> Tensor:
        more = max(0, x.shape[1] - len(motion))
        still = motion[-1:].expand(more, -1).clone()
        still[:, :3] = 0.0  # a body that stands goes nowhere
        return torch.cat([motion, still])[: x.shape[1]]


def _replay(verb: str, instead: str = "", rows: range = range(0)) -> MotionModel:
    names = [action.verb for action in ACTIONS]
    config = replace(TINY, recalling=False)
    other = names.index(instead or verb)
    return MotionModel(Replay(config, names.index(verb), other, rows).eval(), None)


@lru_cache(maxsize=1)
def _small() -> MotionModel:
    model = awake()
    mean, deviation = statistics(drawn())
    model.mean.copy_(mean)
    model.deviation.copy_(deviation)
    return MotionModel(model, normalised(database(), mean, deviation))


@lru_cache(maxsize=1)
def _judge() -> Evaluator:
    torch.manual_seed(0)
    judge = Evaluator(JUDGE).eval().requires_grad_(requires_grad=False)
    mean, deviation = statistics(drawn())
    judge.mean.copy_(mean)
    judge.gain.copy_(1.0 / deviation)
    return judge


@pytest.fixture(scope="module")
def report(twin: Skeleton) -> Report:
    few = prompts(3, 3)
    return evaluate(
        _small(),
        _judge(),
        twin,
        training=drawn(),
        drawn=[few[n % 3] for n in range(32)],
        wordings=WORDINGS,
        extent=SMALL,
    )


def test_a_report_has_all_figures_and_becomes_json(report: Report) -> None:
    assert set(report.scores) == {"real", "programs", "trained words", "kept words"}
    real, made = report.scores["real"], report.scores["trained words"]
    assert real.fid.mean == pytest.approx(0.0, abs=1e-6)
    assert made.fid.mean > 3.0 * report.scores["programs"].fid.mean
    assert made.multimodality is not None
    assert made.samples == 32
    assert report.novelty is not None
    assert report.adherence.verbs == 2
    assert [row.steps for row in report.timings] == [15, 50, TINY.steps]
    assert report.shortcut.prompts == 2
    assert json.loads(json.dumps(report.to_json()))["extent"]["prompts"] == 32


def test_the_scoreboard_names_every_goal_and_those_that_are_missed(report: Report) -> None:
    text = table(report)
    for head in ("PUBLISHED", "COPIES", "ASKED", "CONTROL", "ON A BODY", "SPEED"):
        assert head in text
    assert text.count("goal ") == 8
    assert "waves hello" in text
    short = missed(report)
    assert "fid" in short or report.shortcut.ratio <= 1.1
    good = replace(
        report,
        novelty=Novelty(20.0, (0.4, 0.5, 0.6), (0.1, 0.4, 1.0), 0.0),
        adherence=replace(
            report.adherence,
            attempts=tuple(replace(a, shipped=True) for a in report.adherence.attempts),
        ),
        leaks=tuple(replace(row, mean=0.05) for row in report.leaks),
        boundaries=tuple(replace(row, finished=1.2) for row in report.boundaries),
        bodily=tuple(replace(row, worst_after=0.4) for row in report.bodily),
        timings=tuple(
            replace(row, wall_s=s, processor_s=s)
            for row, s in zip(report.timings, (1.0, 3.0, 60.0), strict=True)
        ),
        shortcut=Shortcut(1.05, 1.0, 32, 1000),
    )
    assert missed(good) == ()
    assert "MISSED" not in table(good)
    assert missed(replace(good, shortcut=Shortcut(1.2, 1.0, 32, 1000))) == ("fid",)
    assert missed(replace(good, novelty=None)) == ()
    assert "COPIES" not in table(replace(good, novelty=None))


def test_prompts_depend_on_their_number_and_the_seed_alone() -> None:
    some, more = prompts(1, 3), prompts(2, 3)
    assert some[0].trained == more[0].trained
    assert np.array_equal(some[0].real.rotations, more[0].real.rotations)
    assert prompts(1, 4)[0].trained != some[0].trained
    assert not np.array_equal(some[0].real.pelvis[:20], some[0].again.pelvis[:20])


def test_words_kept_out_of_training_are_no_words_of_the_training() -> None:
    for name in ("walk", "wave", "jump", "sit"):
        assert not set(kept_words(verbs()[name])) & set(trained_words(verbs()[name]))
    wordings = kept_wordings(1)
    assert all(checkable(action.verb) for _, action in wordings)
    named = {action.verb for _, action in wordings}
    assert len(named) >= 30
    assert kept_wordings(1) == wordings


def test_a_model_is_given_the_time_that_the_real_motion_takes() -> None:
    for prompt in prompts(2, 3):
        order, program = asked_for(prompt.kept, TextEncoder.load(), 0, prompt.seconds)
        assert order.seconds == pytest.approx(prompt.seconds, abs=0.5)
        assert order.seconds == pytest.approx(program.seconds)


def test_the_judge_sees_each_motion_alone_whatever_its_batch() -> None:
    motions = list(torch.split(drawn().frames, drawn().lengths.tolist()))
    together = judged_motions(_judge(), motions)
    for row, motion in zip(together, motions, strict=True):
        assert np.allclose(judged_motions(_judge(), [motion])[0], row, atol=1e-5)
    assert np.allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)


def test_copies_of_training_motions_are_found_and_new_motions_are_not() -> None:
    known = [m.float() for m in torch.split(drawn().frames, drawn().lengths.tolist())]
    twins = [torch.stack([m, m]) for m in known[:2]]
    copied = measured._novelty(_small(), _judge(), known, twins, drawn())
    assert copied.suspicious == 1.0
    assert copied.closest == (0.0, 0.0, 0.0)
    assert copied.own[0] > 0.1
    assert copied.seeds_apart_cm == 0.0
    deviation = _small().denoiser.deviation
    chance = torch.Generator().manual_seed(0)
    other = [m + 3.0 * deviation * torch.randn(m.shape, generator=chance) for m in known]
    new = measured._novelty(_small(), _judge(), other, twins, drawn())
    assert new.suspicious == 0.0
    assert new.closest[0] > new.own[1]


def test_a_piece_from_the_middle_of_a_training_motion_is_a_copy() -> None:
    longest = int(drawn().lengths.argmax())
    known = torch.split(drawn().frames, drawn().lengths.tolist())
    piece = known[longest][10:50].float()
    found = measured._novelty(_small(), _judge(), [piece], [torch.stack([piece] * 2)], drawn())
    assert found.closest[0] == 0.0


def test_who_does_what_is_asked_passes_and_who_does_not_is_stood_in_for() -> None:
    done = adherence(_replay("wave"), WORDINGS, 0, steps=2).attempts
    assert [a.first for a in done] == [True, False]
    assert [a.best for a in done] == [True, False]
    assert [a.program for a in done] == [True, True]
    assert [a.shipped for a in done] == [True, True]
    assert done[0].wrong == ""
    assert "root_end" in done[1].wrong


def test_of_four_candidates_the_one_that_does_it_is_chosen() -> None:
    model = _replay("sit", instead="wave", rows=range(2, 3))
    found = adherence(model, WORDINGS[:1], 0, steps=2)
    (attempt,) = found.attempts
    assert (attempt.first, attempt.best) == (False, True)
    assert (found.share("first"), found.share("best")) == (0.0, 1.0)


def test_nothing_leaks_without_coupling_and_more_with_more(report: Report) -> None:
    free, usual, shared = report.leaks
    assert (free.coupling, shared.coupling) == (0.0, 1.0)
    assert free.mean < 1e-5 < usual.mean < shared.mean
    assert all(row.mean <= row.worst for row in (free, usual, shared))


def test_feet_that_slid_stand_after_the_clean_up(twin: Skeleton) -> None:
    walk, wave = performances()[:2]
    drift = np.outer(np.arange(len(wave.pelvis)) / wave.fps, [0.1, 0.0, 0.0])
    rows = {
        row.name: row for row in bodily([walk, replace(wave, pelvis=wave.pelvis + drift)], twin)
    }
    skate = rows["skate_cm_s"]
    assert skate.worst_before > 5.0
    assert skate.worst_after <= 1.0
    assert rows["penetration_cm"].worst_after <= 1.0
    assert all(row.mean_before <= row.worst_before for row in rows.values())


def test_times_of_few_steps_are_scaled_to_all(report: Report) -> None:
    quick, _, slow = report.timings
    assert (quick.timed, quick.steps, slow.timed, slow.steps) == (15, 15, 20, TINY.steps)
    assert slow.processor_s > quick.processor_s > 0.0
    assert slow.wall_s / slow.steps < 20.0 * quick.wall_s / quick.steps
