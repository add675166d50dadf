# SPDX-License-Identifier: Apache-2.0
"""A figure is painted, judged, and kept only if the guide prefers it where it never looked.

The result is held against the figure as it was from places and in light of their own
(:func:`gen3d.figures.aim.held_out_score`), and it may not be noisier to look at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float32
from safetensors.torch import save_file
from torch import Tensor

from gen3d.body import Body
from gen3d.figures.aim import NOISIER, Aim, Sitter, held_out_score, sitter_of, variation_of
from gen3d.figures.reader import Asked
from gen3d.figures.search import KEEP
from gen3d.painting.bake import Strengths, farthest, painted, strengths_of
from gen3d.painting.canvas import Paint, canvases_of
from gen3d.painting.easel import easel_of
from gen3d.painting.fit import Guides, PaintPlan, Watch, fit_paint
from gen3d.painting.relief import Skinned
from gen3d.progress import OnStep, silent
from gen3d.spec import BodySpec
from gen3d.types import Character, Skeleton
from gen3d.wardrobe.drape import body_points

_MILDER = (1.0, 0.6, 0.3)
Facts = dict[str, object]
Library = Callable[[Skeleton], Float32[np.ndarray, "poses joints 3 4"]]
"""Stances of the motion library on a skeleton, as skinning matrices."""


@dataclass(frozen=True)
class Outcome:
    """What a painting ends with."""

    character: Character
    """Painted, whether it is kept or not."""
    kept: bool
    facts: Facts
    learned: dict[str, Tensor]
    """All numbers of the paint, and how much of them was taken."""

    def save(self, path: Path) -> None:
        """Write what was learned."""
        save_file(self.learned, path)


@dataclass(frozen=True)
class Task:
    """A figure to be painted."""

    character: Character
    body: Skinned
    asked: Asked
    aim: Aim
    guides: Guides
    library: Float32[np.ndarray, "poses joints 3 4"] | None = None
    """Stances of the motion library, as skinning matrices."""
    keep: float = KEEP
    """What the painting must gain."""


def skinned_of(character: Character, spec: BodySpec) -> Skinned:
    """The bare body that a figure was dressed on, raised as its soles raise it."""
    shaped = Body.load().with_shape(spec)
    points, normals = body_points(shaped)
    lift = character.skeleton.positions[1, 1] - shaped.skeleton.positions[1, 1]
    return Skinned(points + np.array([0.0, float(lift), 0.0]), normals, character.skeleton)


def paint_figure(
    task: Task,
    plan: PaintPlan,
    seed: int,
    folder: Path,
    on_step: OnStep = silent,
    watch: Watch | None = None,
) -> Outcome:
    """Sculpt and paint a figure.

    Args:
        task: The figure and who guides.
        plan: How long and how.
        seed: Of all that is drawn at random.
        folder: Holds the checkpoint; a painting that was stopped goes on from it.
        on_step: Told after each step.
        watch: Told each step; may look.
    """
    character = task.character
    paint = Paint(character, canvases_of(character, task.asked.coloured, hair=task.asked.hair))
    easel = easel_of(character, task.body, paint, task.library)
    fit_paint(paint, easel, task.guides, plan, seed, folder, on_step, watch)
    strengths = strengths_of(character, paint, task.body)
    before = sitter_of(character)
    result, ratio = _calm(task, paint, strengths, before)
    scores = [held_out_score(task.aim, who) for who in (before, sitter_of(result))]
    kept = scores[1] > scores[0] + task.keep and ratio <= NOISIER
    names = [canvas.material.name for canvas in paint.canvases]
    facts: Facts = {
        "scores": {"before": round(scores[0], 4), "painted": round(scores[1], 4)},
        "variation": round(ratio, 3),
        "strengths": dict(zip(names, strengths.colours, strict=True)),
        "relief": strengths.relief,
        "moved_mm": round(1000.0 * farthest(character.parts, result.parts), 2),
        "kept": kept,
    }
    return Outcome(result, kept, facts, _learned(paint, strengths))


def _calm(
    task: Task, paint: Paint, strengths: Strengths, before: Sitter
) -> tuple[Character, float]:
    """The strongest painting that is not much noisier to look at, and how much it is."""
    quiet = variation_of(before)
    result, ratio = task.character, 1.0
    for share in _MILDER:
        result = painted(task.character, paint, strengths.scaled(share), task.body)
        ratio = variation_of(sitter_of(result)) / max(quiet, 1e-6)
        if ratio <= NOISIER:
            break
    return result, ratio


def _learned(paint: Paint, strengths: Strengths) -> dict[str, Tensor]:
    values = {k: v.detach().clone().contiguous() for k, v in paint.state_dict().items()}
    taken = torch.tensor([*strengths.colours, strengths.relief])
    return values | {"strengths": taken}
