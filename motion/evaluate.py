# SPDX-License-Identifier: Apache-2.0
"""Everything that is measured of a trained motion model, as one report.

The published measures (:mod:`motion.metrics`) in the space of our own evaluator
(:mod:`motion.evaluator`), so figures compare rows of one report, not with other papers: prompts as
in training and in words kept out of it, beside the real motions and the motion programs. FID is
against the real motions of the same prompts; the judge always reads the words of the training,
since what is under trial is the model's understanding, not the judge's. Then whether seeds differ,
whether samples are copies, whether what was asked for is done (:mod:`motion.adherence`), and the
trials of :mod:`motion.trials`. :mod:`motion.scoreboard` writes it down beside the goals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import combinations

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from gen3d.progress import OnStep, silent
from gen3d.text import TextEncoder
from gen3d.types import Skeleton
from motion.adherence import Adherence, Wording, adherence, kept_wordings
from motion.corpus import MotionSet, seen_by_model
from motion.evaluator import Evaluator
from motion.metrics import Scores, distances, frechet, nearest, score
from motion.performance import world
from motion.prompts import SEED, Prompt, asked_for, prompts
from motion.representation import to_performance
from motion.sample import STEPS, MotionModel, Sampler, performances, sample
from motion.trials import (
    Bodily,
    Boundary,
    Leak,
    Timing,
    bodily,
    boundaries,
    leaks,
    timings,
)

_BATCH = 64
_SHORTLIST = 48
"""Training motions, the most alike in the judge's space, that a sample is compared with."""
_PARTS = 6
_SEEDS = 1000
"""Seeds of one prompt's samples."""


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    prompts: int = 256
    replications: int = 3
    """Samples of each prompt, each a row of the published figures."""
    repeated: int = 24
    """Prompts that are sampled often, for MultiModality and for how seeds differ."""
    repeats: int = 10
    copies: int = 64
    """Samples, and training motions, whose nearest neighbours are looked for."""
    bodies: int = 32
    """Samples that are put on a body."""
    seeds: int = 4
    """Of each trial of control."""
    ancestral: int = 32
    """Prompts that are sampled with every step of the schedule."""
    ancestral_steps: int = 1000
    steps: int = STEPS
    wordings: int = 1
    """Every so-manieth wording is tried."""


QUICK = Extent(
    prompts=32, replications=1, repeated=4, repeats=3, copies=8, bodies=4, seeds=1, ancestral=4,
    ancestral_steps=50, wordings=6,
)  # fmt: skip
"""Minutes instead of an hour; its figures say that all runs, not how good it is."""


@dataclass(frozen=True)
class Novelty:
    """Whether seeds differ and whether samples are copies."""

    seeds_apart_cm: float
    """Mean distance of joints between samples of the same words by different seeds."""
    closest: tuple[float, float, float]
    """Least, median and greatest distance of samples to their nearest training motion: root mean
    square of normalised features (:func:`motion.metrics.nearest`)."""
    own: tuple[float, float, float]
    """The same for motions of the training set, to the nearest other one."""
    suspicious: float
    """Share of samples nearer to a training motion than 1 % of the training motions are to
    another."""


@dataclass(frozen=True)
class Shortcut:
    """What few steps cost."""

    quick_fid: float
    ancestral_fid: float
    prompts: int
    ancestral_steps: int

    @property
    def ratio(self) -> float:
        """Of the quick sampler's FID to the ancestral one's."""
        return self.quick_fid / max(self.ancestral_fid, 1e-12)


@dataclass(frozen=True)
class Report:
    """All figures of one model."""

    scores: dict[str, Scores]
    """``real``, ``programs``, ``trained words``, ``kept words``."""
    novelty: Novelty | None
    """None without the training set."""
    adherence: Adherence
    leaks: tuple[Leak, ...]
    boundaries: tuple[Boundary, ...]
    bodily: tuple[Bodily, ...]
    timings: tuple[Timing, ...]
    shortcut: Shortcut
    extent: Extent

    def to_json(self) -> dict[str, object]:
        """Plain values for a file."""
        return asdict(self)


@torch.no_grad()
def evaluate(
    model: MotionModel,
    judge: Evaluator,
    skeleton: Skeleton,
    *,
    training: MotionSet | None = None,
    drawn: Sequence[Prompt] = (),
    wordings: Sequence[Wording] = (),
    extent: Extent | None = None,
    seed: int = SEED,
    on_step: OnStep = silent,
) -> Report:
    """Measure a model.

    Args:
        model: With what it is reminded of.
        judge: Trained on the same kind of motions.
        skeleton: The body that samples are put on.
        training: What the model was trained on, for the copy check.
        drawn: What is asked for; new prompts by default.
        wordings: Words, and what they ask for; by default every measurable verb in words that
            training never has.
        extent: How much; all by default.
        seed: Of prompts and samples.
        on_step: Told after each of six parts.
    """
    size = extent or Extent()
    drawn = drawn or prompts(size.prompts, seed)
    made = sampled(model, [(p.trained, p.seconds) for p in drawn], size.replications, size.steps)
    often = [(p.trained, p.seconds) for p in drawn[: size.repeated]]
    repeated = sampled(model, often, size.repeats, size.steps, first=size.replications)
    scores = _scores(model, judge, drawn, made, repeated, size)
    on_step(1, _PARTS)
    novelty = None
    if training is not None:
        firsts = [rows[0] for rows in made[: size.copies]]
        novelty = _novelty(model, judge, firsts, repeated, training)
    on_step(2, _PARTS)
    chosen = list(wordings or kept_wordings(seed))[:: size.wordings]
    obeyed = adherence(model, chosen, seed, size.steps)
    on_step(3, _PARTS)
    seeds = range(size.seeds)
    control = (leaks(model, seeds), boundaries(model, skeleton, seeds))
    on_step(4, _PARTS)
    shown = [performances(rows[:1], "sample", model.fps)[0] for rows in made[: size.bodies]]
    on_body = bodily(shown, skeleton)
    on_step(5, _PARTS)
    speed = (timings(model), _shortcut(model, judge, drawn, made, size))
    on_step(6, _PARTS)
    return Report(scores, novelty, obeyed, *control, on_body, *speed, size)


def sampled(
    model: MotionModel,
    asked: Sequence[tuple[str, float]],
    count: int,
    steps: int,
    *,
    first: int = 0,
    sampler: Sampler = "dpm",
) -> list[Float[Tensor, "count frames width"]]:
    """Samples of each of some words, features as they are.

    Args:
        model: What makes them.
        asked: Words, as a user says them, and how many seconds of them.
        count: Of each.
        steps: Of the sampler.
        first: Seed of the first sample of each.
        sampler: See :func:`motion.sample.sample`.
    """
    encoder, made = TextEncoder.load(), list[Tensor]()
    orders = {(text, s): asked_for(text, encoder, 0, s)[0] for text, s in dict.fromkeys(asked)}
    for number, row in enumerate(asked):
        seeds = [_SEEDS * number + first + n for n in range(count)]
        made.append(sample(model, orders[row], seeds, steps=steps, sampler=sampler))
    return made


def judged_motions(
    judge: Evaluator, motions: Sequence[Float[Tensor, "_ width"]]
) -> Float[np.ndarray, "motions embedding"]:
    """Motions, features as they are and of any lengths, in the judge's space."""
    rows: list[Tensor] = []
    for start in range(0, len(motions), _BATCH):
        batch = [judge.normalised(motion.float()) for motion in motions[start : start + _BATCH]]
        lengths = torch.tensor([len(motion) for motion in batch])
        rows.append(judge.motions(pad_sequence(batch, batch_first=True), lengths))
    return torch.cat(rows).numpy()


def judged_texts(judge: Evaluator, said: Sequence[str]) -> Float[np.ndarray, "texts embedding"]:
    """Sentences in the judge's space."""
    encoder = TextEncoder.load()
    rows = [
        judge.texts(
            torch.from_numpy(encoder.states(part)), torch.from_numpy(encoder.padded(part) != 0)
        )
        for part in (said[start : start + _BATCH] for start in range(0, len(said), _BATCH))
    ]
    return torch.cat(rows).numpy()


def _scores(
    model: MotionModel,
    judge: Evaluator,
    drawn: Sequence[Prompt],
    made: Sequence[Tensor],
    repeated: Sequence[Tensor],
    size: Extent,
) -> dict[str, Scores]:
    """Rows of the published table."""
    texts = judged_texts(judge, [prompt.trained for prompt in drawn])
    real = judged_motions(judge, [seen_by_model(prompt.real) for prompt in drawn])
    again = judged_motions(judge, [seen_by_model(prompt.again) for prompt in drawn])
    often = np.stack([judged_motions(judge, list(rows)) for rows in repeated])
    unseen = [(p.kept, p.seconds) for p in drawn]
    kept = sampled(model, unseen, size.replications, size.steps)

    def row(motions: np.ndarray, times: np.ndarray | None = None) -> Scores:
        said = np.broadcast_to(texts, (len(motions), *texts.shape))
        return score(said, motions, real, 0, times)

    return {
        "real": row(real[None]),
        "programs": row(again[None]),
        "trained words": row(_replications(judge, made), often),
        "kept words": row(_replications(judge, kept)),
    }


def _replications(judge: Evaluator, made: Sequence[Tensor]) -> np.ndarray:
    """The first, second… samples of all prompts, "replications prompts embedding"."""
    return np.stack(
        [judged_motions(judge, [rows[n] for rows in made]) for n in range(len(made[0]))]
    )


def _novelty(
    model: MotionModel,
    judge: Evaluator,
    firsts: Sequence[Tensor],
    repeated: Sequence[Tensor],
    training: MotionSet,
) -> Novelty:
    known = torch.split(training.frames, training.lengths.tolist())
    places = judged_motions(judge, known)

    def closest(motion: Tensor, without: int = -1) -> float:
        apart = distances(judged_motions(judge, [motion]), places)[0]
        near = [int(i) for i in np.argsort(apart, kind="stable") if int(i) != without]
        mine, *others = (
            model.denoiser.normalised(m.float()).numpy()
            for m in (motion, *(known[i] for i in near[:_SHORTLIST]))
        )
        return nearest(mine, others).distance

    chance = np.random.default_rng(len(known))
    some = chance.permutation(len(known))[: max(len(firsts), 2)].tolist()
    own = np.array([closest(known[i], i) for i in some])
    samples = np.array([closest(motion) for motion in firsts])
    return Novelty(
        float(np.mean([_apart_cm(rows, model.fps) for rows in repeated])),
        _spread(samples),
        _spread(own),
        float(np.mean(samples < np.quantile(own, 0.01))),
    )


def _spread(values: np.ndarray) -> tuple[float, float, float]:
    return float(values.min()), float(np.median(values)), float(values.max())


def _apart_cm(rows: Float[Tensor, "count frames width"], fps: float) -> float:
    """Mean distance of the joints of all pairs, each motion from the origin on, centimetres."""
    places = [world(to_performance(row.numpy(), "m", fps))[1] for row in rows]
    apart = [np.linalg.norm(a - b, axis=-1).mean() for a, b in combinations(places, 2)]
    return 100.0 * float(np.mean(apart))


def _shortcut(
    model: MotionModel,
    judge: Evaluator,
    drawn: Sequence[Prompt],
    made: Sequence[Tensor],
    size: Extent,
) -> Shortcut:
    """The quick sampler's FID beside that of every step, of the same prompts."""
    few = [(p.trained, p.seconds) for p in drawn[: size.ancestral]]
    slow = sampled(model, few, 1, size.ancestral_steps, sampler="ddpm")
    real = judged_motions(judge, [seen_by_model(prompt.real) for prompt in drawn])
    quick_fid, slow_fid = (
        frechet(judged_motions(judge, [rows[0] for rows in each]), real)
        for each in (made[: size.ancestral], slow)
    )
    return Shortcut(quick_fid, slow_fid, len(few), size.ancestral_steps)
