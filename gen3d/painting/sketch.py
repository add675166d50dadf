# SPDX-License-Identifier: Apache-2.0
"""A first look at what guidance makes of a draft, minutes before all of it is done.

A few bold steps of painting on small pictures, thrown away once they are shown: the painting itself
begins from what a search finds, with small steps. Whether the tower likes the sketch better is
measured where people see it, in light that no step had.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from jaxtyping import UInt8

from gen3d.figures.aim import aim_at
from gen3d.figures.reader import Asked
from gen3d.figures.sheet import SHOTS, in_a_row
from gen3d.guidance.looking import BACKGROUND
from gen3d.guidance.towers import Tower
from gen3d.painting.canvas import Paint, canvases_of
from gen3d.painting.counsel import guides_of
from gen3d.painting.easel import easel_of
from gen3d.painting.fit import PaintPlan, fit_paint, portrait
from gen3d.painting.studio import skinned_of
from gen3d.progress import OnStep, silent
from gen3d.render.shot import picture
from gen3d.schedule import Schedule
from gen3d.spec import FoundSpec
from gen3d.types import Character

PLAN = PaintPlan(
    steps=8,
    learning_rate=0.04,
    size_px=Schedule.parse(72.0),
    opened=Schedule.parse(1.0),
)


@dataclass(frozen=True)
class Sketch:
    """What a few steps made of a draft."""

    pixels: UInt8[np.ndarray, "height width 3"]
    """The sketch from in front, from behind, and its face."""
    scores: dict[str, float]
    """Of the draft and of the sketch in these pictures."""

    @property
    def better(self) -> bool:
        """Whether the tower likes it better than the draft."""
        return self.scores["sketch"] > self.scores["draft"]


def sketched(
    character: Character,
    own: FoundSpec,
    asked: Asked,
    tower: Tower,
    on_step: OnStep = silent,
) -> Sketch:
    """Paint a few steps.

    Args:
        character: The draft.
        own: Its numbers.
        asked: What the words demand.
        tower: Guides.
        on_step: Told after each step.
    """
    aim, guides = aim_at(asked, tower), guides_of(asked, tower)
    paint = Paint(character, canvases_of(character, asked.coloured, hair=asked.hair))
    easel = easel_of(character, skinned_of(character, own.character.body), paint)
    ground = torch.full((len(SHOTS), 3), BACKGROUND)
    before = picture(portrait(paint, easel), ground)
    with TemporaryDirectory(prefix="gen3d-sketch-") as folder:
        fit_paint(paint, easel, guides, PLAN, own.seed, Path(folder), on_step)
    after = picture(portrait(paint, easel), ground)
    with torch.no_grad():
        draft, sketch = (
            round(aim.liked(tower.see(shown).cpu(), SHOTS), 4) for shown in (before, after)
        )
    return Sketch(in_a_row(after.numpy()), {"draft": draft, "sketch": sketch})
