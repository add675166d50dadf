# SPDX-License-Identifier: Apache-2.0
"""Trials of a motion model: control, bodies, speed.

*Control*: how much of what the arms are told is seen in the rest of the body
(:func:`motion.control.leakage`), without coupling, with the default one, and with MotionDiffuse's
shared motion; and the jerk where one timed prompt becomes the next. *Bodies*: the certificate's
figures of samples as they fall out of the model and after the clean-up, both over the contacts of
the clean clip, or feet that slide would not count as standing. *Speed*: six seconds by three
samplers, and what the quick one costs in quality.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from gen3d.text import TextEncoder
from gen3d.types import Clip, Skeleton
from motion.certificate import Certificate, certify
from motion.clean import smoothed
from motion.contact import floor_height, sole_points, world_of
from motion.control import boundary_jerk, leakage
from motion.coupling import COUPLING
from motion.finish import finish
from motion.language.script import Action
from motion.order import Order, Span, plain
from motion.performance import Performance, world
from motion.prompts import asked_for
from motion.representation import part_mask, to_performance
from motion.retarget import retarget, scale_of
from motion.sample import STEPS, MotionModel, Sampler, calmed, performances, sample

SECONDS = 6.0
"""Of a motion whose time is taken."""
FIGURES = (
    "skate_cm_s",
    "skate_p95_cm_s",
    "penetration_cm",
    "float_cm",
    "jerk_p95_m_s3",
    "jerk_peak_ratio",
    "limit_worst_deg",
    "self_cm",
)
"""What is told of a certificate."""
COUPLINGS = (0.0, COUPLING, 1.0)
_BELOW, _ABOVE = ("walk", "stand", "sneak"), ("wave_both", "clap", "raise_arms")
_TIMED = (
    "walk @0-3s -> sit @3-6s",
    "wave @0-2s -> walk @2-5s",
    "walk @0-2.5s -> jump @2.5-4.5s -> bow @4.5-7s",
    "clap @0-2s -> raise both arms @2-4s",
)


@dataclass(frozen=True)
class Leak:
    """How much of a part's prompt is seen outside the part."""

    coupling: float
    mean: float
    worst: float


@dataclass(frozen=True)
class Boundary:
    """Jerk where prompts meet, as a multiple of the motion's own 95th percentile."""

    text: str
    sampled: float
    """Worst of the seeds, as the model made it."""
    finished: float
    """Worst of the seeds, on a body after the clean-up."""


@dataclass(frozen=True)
class Bodily:
    """One figure of the certificate over all samples."""

    name: str
    mean_before: float
    worst_before: float
    mean_after: float
    worst_after: float


@dataclass(frozen=True)
class Timing:
    """How long six seconds of motion take."""

    sampler: Sampler
    steps: int
    wall_s: float
    processor_s: float
    timed: int
    """Steps that were taken; the times are scaled from these."""


def leaks(model: MotionModel, seeds: Sequence[int], seconds: float = 4.0) -> tuple[Leak, ...]:
    """What arms are told, seen in the rest, for several couplings.

    Args:
        model: Under trial.
        seeds: One a sample of each pair of prompts.
        seconds: Of each sample.
    """
    outside = (~part_mask("arms")).astype(np.float64)
    rows: dict[float, list[float]] = {coupling: [] for coupling in COUPLINGS}
    for below, above in zip(_BELOW, _ABOVE, strict=True):
        rest, arms = plain((Action(below),)), plain((Action(above),))
        base, whole = (_made(model, Span(0.0, seconds, text), seeds) for text in (rest, arms))
        parts = ((("head", "torso", "legs"), rest), (("left arm", "right arm"), arms))
        for coupling, found in rows.items():
            parted = _made(model, Span(0.0, seconds, rest, parts), seeds, coupling)
            found += [
                leakage(b, p, w, outside) for b, p, w in zip(base, parted, whole, strict=True)
            ]
    return tuple(Leak(c, float(np.mean(v)), float(np.max(v))) for c, v in rows.items())


def _made(
    model: MotionModel, span: Span, seeds: Sequence[int], coupling: float = COUPLING
) -> np.ndarray:
    """Normalised samples of one span."""
    made = sample(model, Order((span,)), seeds, coupling=coupling)
    return model.denoiser.normalised(made).numpy()


def boundaries(
    model: MotionModel, skeleton: Skeleton, seeds: Sequence[int]
) -> tuple[Boundary, ...]:
    """Jerk where timed prompts meet, before and after the clean-up."""
    return tuple(_boundary(model, skeleton, text, seeds) for text in _TIMED)


def _boundary(model: MotionModel, skeleton: Skeleton, text: str, seeds: Sequence[int]) -> Boundary:
    order, _ = asked_for(text, TextEncoder.load(), 0)
    made = sample(model, order, seeds)
    sampled = [
        _at_edges(world(to_performance(row.numpy(), text, model.fps))[1], order, model.fps)
        for row in made
    ]
    clips = [finish(calmed(p, order), skeleton).clip for p in performances(made, text, model.fps)]
    done = [_at_edges(world_of(c, skeleton)[1][:, 1:], order, c.fps) for c in clips]
    return Boundary(text, max(sampled), max(done))


def _at_edges(places: np.ndarray, order: Order, fps: float) -> float:
    return boundary_jerk(places, [round(span.start * fps) for span in order.spans[1:]], fps)


def bodily(made: Sequence[Performance], skeleton: Skeleton) -> tuple[Bodily, ...]:
    """Certificates of samples before and after the clean-up.

    Args:
        made: Samples at the package's frame rate.
        skeleton: The body.
    """
    pairs = [_certified(performance, skeleton) for performance in made]
    rows: list[Bodily] = []
    for name in FIGURES:
        before, after = (np.array([getattr(pair[i], name) for pair in pairs]) for i in (0, 1))
        ends = (before.mean(), before.max(), after.mean(), after.max())
        rows.append(Bodily(name, *(float(value) for value in ends)))
    return tuple(rows)


def _certified(performance: Performance, skeleton: Skeleton) -> tuple[Certificate, Certificate]:
    done = finish(smoothed(performance), skeleton)
    raw = _grounded(retarget(performance, skeleton), skeleton)
    return (
        certify(raw, skeleton, done.contacts),
        certify(done.clip, skeleton, done.contacts),
    )


def _grounded(clip: Clip, skeleton: Skeleton) -> Clip:
    """Only set on the ground by where its feet rest."""
    points = sole_points(*world_of(clip, skeleton), skeleton)
    floor = np.array([0.0, floor_height(points, clip.fps, scale_of(skeleton)), 0.0])
    return replace(clip, hips_positions=(clip.hips_positions - floor).astype(np.float32))


def timings(model: MotionModel, ancestral: int = 20) -> tuple[Timing, ...]:
    """Times of three samplers, the best of some runs each.

    Args:
        model: Under trial.
        ancestral: Steps of the thousand that are taken.
    """
    order = Order((Span(0.0, SECONDS, plain((Action("walk"),))),))
    plans: tuple[tuple[Sampler, int, int, int], ...] = (
        ("dpm", STEPS, STEPS, 3),
        ("ddim", 50, 50, 1),
        ("ddpm", model.denoiser.config.steps, ancestral, 2),
    )
    sample(model, order, [0], steps=2)  # what is read and cached once is not the samplers' time
    return tuple(_timing(model, order, *plan) for plan in plans)


def _timing(
    model: MotionModel, order: Order, sampler: Sampler, steps: int, timed: int, runs: int
) -> Timing:
    timed = min(timed, steps)
    work = partial(sample, model, order, [0], steps=timed, sampler=sampler)
    wall, processor = _clocked(work, runs)
    scale = steps / timed
    return Timing(sampler, steps, wall * scale, processor * scale, timed)


def _clocked(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """Best wall time and best processor time, seconds."""
    walls: list[float] = []
    processors: list[float] = []
    for _ in range(runs):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return min(walls), min(processors)
