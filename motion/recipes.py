# SPDX-License-Identifier: Apache-2.0
"""The project's own motion models, each with everything that decides it: what `gen3d train` runs.

The set is drawn by the motion programs, the denoiser learns from it, and the judge, which only
measures, learns from a set of its own. Each training can be stopped and started, and ends with the
files that ship: weights in half precision, the features' statistics in single.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from torch import nn

from gen3d.body import Body
from gen3d.errors import Gen3dError
from gen3d.models.cards import resolve
from gen3d.progress import OnStep, silent
from gen3d.spec import BodySpec
from gen3d.training.recipes import with_steps
from motion import recall
from motion.adherence import Wording
from motion.corpus import MotionSet, Texts, draw_set, load_set, read_texts
from motion.denoiser import load_denoiser, save_denoiser
from motion.evaluate import QUICK, Extent, Report, evaluate
from motion.evaluator import load_evaluator, save_evaluator
from motion.memory import library
from motion.recall import Database
from motion.sample import MEMORY, MotionModel, load_motion_model
from motion.train import (
    DENOISER,
    DENOISER_PLAN,
    EVALUATOR,
    EVALUATOR_PLAN,
    FURTHER_PLAN,
    memories,
    normalised,
    train_denoiser,
    train_evaluator,
)

MODEL_CARD, JUDGE_CARD = "motion-diffusion", "motion-judge"


@dataclass(frozen=True)
class MotionRecipe:
    """A set of motions."""

    shards: int
    seed: int


MOTIONS = {"guide": MotionRecipe(60, 31), "judge": MotionRecipe(24, 32)}
"""The judge learns from motions that the denoiser never saw; what both are measured on is drawn at
the time of measuring (:mod:`motion.prompts`)."""


def draw_motions(name: str, folder: Path, jobs: int, on_step: OnStep = silent) -> None:
    """Draw a set of captioned motions, in several processes.

    Raises:
        Gen3dError: There is no such set.
    """
    if name not in MOTIONS:
        raise Gen3dError(f"There is no set of motions {name!r}.", f"Sets: {', '.join(MOTIONS)}.")
    draw_set(folder, MOTIONS[name].shards, MOTIONS[name].seed, jobs, on_step)


def train_motion(
    data: Path,
    folder: Path,
    steps: int | None = None,
    on_step: OnStep = silent,
    first: MotionModel | None = None,
) -> Path:
    """Train the denoiser on a set, reminded of the library.

    Args:
        data: The set's folder.
        folder: For checkpoint, log and result.
        steps: Instead of the recipe's.
        on_step: Told after each caption that is read, then after each step.
        first: A trained model to go on from; it is reminded of what it remembers.

    Returns:
        The folder of the result.
    """
    motions, texts = _read(data, on_step)
    database, usual = _remembered(first, on_step), int(motions.lengths.median())
    memory = memories(database, texts, texts.vectors, usual)
    plan = with_steps(FURTHER_PLAN if first else DENOISER_PLAN, steps)
    begun = first.denoiser.requires_grad_() if first else None
    made = train_denoiser(motions, texts, memory, folder, plan, DENOISER, on_step, first=begun)
    model = load_denoiser(made)
    _halve(model)
    save_denoiser(model, made)
    # Programs may change; what it learnt to be reminded of stays with it.
    recall.save(normalised(database, model.mean, model.deviation), made / MEMORY, half=True)
    return made


def _remembered(first: MotionModel | None, on_step: OnStep) -> Database:
    """What a model is reminded of, features as they are: what it knows, or else the library."""
    if first is None or first.memory is None:
        return library(on_step)
    usual = first.memory.motions * first.denoiser.deviation + first.denoiser.mean
    return replace(first.memory, motions=usual)


def train_judge(
    data: Path, folder: Path, steps: int | None = None, on_step: OnStep = silent
) -> Path:
    """Train the judge on a set of its own; see :func:`train_motion`."""
    motions, texts = _read(data, on_step)
    plan = with_steps(EVALUATOR_PLAN, steps)
    made = train_evaluator(motions, texts, folder, plan, EVALUATOR, on_step)
    judge = load_evaluator(made)
    _halve(judge)
    save_evaluator(judge, made)
    return made


def _read(data: Path, on_step: OnStep) -> tuple[MotionSet, Texts]:
    motions = load_set(data)
    captions = [text for said in motions.captions for text in said]
    return motions, read_texts(captions, data / "texts.safetensors", on_step)


def _halve(model: nn.Module) -> None:
    """Half precision for weights, but not for the features' statistics."""
    for parameter in model.parameters():
        parameter.data = parameter.data.half()


def measure(trained: Path, *, quick: bool, on_step: OnStep = silent) -> Report:
    """Everything that is measured of the models, the trained ones or else those installed.

    Args:
        trained: What `gen3d train --out` names; its set of motions is looked through for copies.
        quick: Minutes instead of an hour; the figures then only say that all runs.
        on_step: Told after each part.

    Raises:
        Gen3dError: There is no model.
    """
    own, judge, data = (
        trained / name for name in ("motion/model", "motion-judge/model", "motions/guide")
    )
    return measure_folders(
        own if own.is_dir() else resolve(MODEL_CARD),
        judge if judge.is_dir() else resolve(JUDGE_CARD),
        data if data.is_dir() else None,
        quick=quick,
        on_step=on_step,
    )


def measure_folders(
    model: Path,
    judge: Path,
    data: Path | None,
    *,
    quick: bool,
    wordings: Sequence[Wording] = (),
    on_step: OnStep = silent,
) -> Report:
    """The same for models anywhere.

    Args:
        model: Folder of a denoiser.
        judge: Folder of an evaluator.
        data: The training's motions, for the copy check.
        quick: Minutes instead of an hour.
        wordings: See :func:`motion.evaluate.evaluate`.
        on_step: Told after each part.
    """
    return evaluate(
        load_motion_model(model),
        load_evaluator(judge),
        Body.load().with_shape(BodySpec()).skeleton,
        training=load_set(data) if data else None,
        wordings=wordings,
        extent=QUICK if quick else Extent(),
        on_step=on_step,
    )
