# SPDX-License-Identifier: Apache-2.0
"""A figure becomes a field, is guided, and becomes a mesh again that keeps its rig.

The guided mesh is held against the unguided one from places and in light of their own, by the rule
that paintings are kept by; whichever wins is one closed mesh with the figure's bones, weights and
face shapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from gen3d.canonical.field import REACH_M, FieldModel, field_of
from gen3d.canonical.mesh import STEPS, Extracted, FigurePlan, extracted, surface_of
from gen3d.canonical.solid import Level, Worn, level_of, worn_of
from gen3d.figures.aim import NOISIER, held_out_score, sitter_of, variation_of
from gen3d.painting.canvas import Paint, canvases_of
from gen3d.painting.fit import PaintPlan, Watch, fit_paint
from gen3d.painting.studio import Facts, Outcome, Task
from gen3d.progress import OnStep, silent
from gen3d.spec import BodySpec
from gen3d.types import Character

_FIT_TRIANGLES = 16_000
"""Of the surface that poses the field while it is fitted."""
_FACES = 0.0
"""Share of faces among its pictures: samples a centimetre apart show none."""


@dataclass(frozen=True)
class FieldPlan:
    """How long, and what the mesh may cost."""

    steps: int
    mesh: FigurePlan = field(default_factory=FigurePlan)


@dataclass(frozen=True)
class Subject:
    """A figure at rest."""

    character: Character
    spec: BodySpec
    """The body under it."""
    stances: Sequence[Float32[np.ndarray, "joints 3 4"]]
    """Of the motion library, as skinning matrices."""


def field_figure(
    subject: Subject,
    task: Task | None,
    plan: FieldPlan,
    seed: int,
    folder: Path,
    on_step: OnStep = silent,
    watch: Watch | None = None,
) -> Outcome:
    """Turn a figure into a field and that into one rigged mesh.

    Args:
        subject: The figure.
        task: The same, and who guides; None: nobody.
        plan: How.
        seed: Of all that is drawn at random.
        folder: Holds the checkpoint; a fit that was stopped goes on from it.
        on_step: Told after each step.
        watch: Told each step of the fit; may look.
    """
    guided = task is not None and plan.steps > 0
    total = 2 + STEPS + (plan.steps + STEPS if guided else 0)
    worn = worn_of(subject.character, subject.spec)
    on_step(1, total)
    level = level_of(worn, REACH_M if guided else 0.0)
    on_step(2, total)
    plain = _mesh(subject, worn, level, plan, None, _after(on_step, 2, total))
    facts: Facts = {"mesh": plain.facts, "kept": False}
    if task is None or not guided:
        return Outcome(plain.character, kept=False, facts=facts, learned=_none())
    paint = Paint(
        subject.character,
        canvases_of(subject.character, task.asked.coloured, hair=task.asked.hair),
    )
    closed = surface_of(level, worn, _FIT_TRIANGLES).surface
    model = field_of(subject.character, worn, level, closed, paint, subject.stances)
    fit = replace(PaintPlan(plan.steps), faces=_FACES)
    fit_paint(
        paint, model, task.guides, fit, seed, folder, _after(on_step, 2 + STEPS, total), watch
    )
    done = 2 + STEPS + plan.steps
    made = _mesh(subject, worn, level, plan, model, _after(on_step, done, total))
    return _better(task, plain, made, paint)


def _mesh(
    subject: Subject,
    worn: Worn,
    level: Level,
    plan: FieldPlan,
    model: FieldModel | None,
    on_step: OnStep,
) -> Extracted:
    change = None if model is None else model.change()
    return extracted(level, worn, subject.character, plan.mesh, subject.stances, change, on_step)


def _better(task: Task, plain: Extracted, made: Extracted, paint: Paint) -> Outcome:
    """The guided mesh, where the guide prefers it and it is not noisier to look at."""
    before, after = sitter_of(plain.character), sitter_of(made.character)
    scores = [held_out_score(task.aim, who) for who in (before, after)]
    ratio = variation_of(after) / max(variation_of(before), 1e-6)
    kept = scores[1] > scores[0] + task.keep and ratio <= NOISIER
    chosen = made if kept else plain
    facts: Facts = {
        "scores": {"before": round(scores[0], 4), "guided": round(scores[1], 4)},
        "variation": round(ratio, 3),
        "mesh": chosen.facts,
        "kept": kept,
    }
    learned = {k: v.detach().clone().contiguous() for k, v in paint.state_dict().items()}
    return Outcome(chosen.character, kept, facts, learned)


def _none() -> dict[str, Tensor]:
    return {"steps": torch.zeros(1)}


def _after(on_step: OnStep, done: int, whole: int) -> OnStep:
    """Steps of a part, as steps of the whole."""

    def told(step: int, total: int) -> None:
        del total
        on_step(done + step, whole)

    return told
