# SPDX-License-Identifier: Apache-2.0
"""The stage ``paint`` of a run: models are loaded, a figure is painted, its files are written."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from gen3d.assets import save_character
from gen3d.figures.aim import aim_at, sitter_of
from gen3d.figures.reader import Asked
from gen3d.figures.sheet import in_a_row, write_picture, write_sheet
from gen3d.guidance.towers import Tower
from gen3d.manifest import facts_of
from gen3d.painting.counsel import guides_of
from gen3d.painting.fit import PaintPlan, Watch
from gen3d.painting.studio import Facts, Library, Task, paint_figure, skinned_of
from gen3d.progress import OnStep
from gen3d.render.shot import Shot, picture
from gen3d.spec import FoundSpec
from gen3d.types import Character

LIVE_EVERY_S = 8.0
_GROUND = 0.84


@dataclass(frozen=True)
class Files:
    """Where a painting's results go."""

    painted: Path
    """The character, where it is kept."""
    learned: Path
    """All numbers of the paint."""
    sheet: Path
    """The draft, what was found, and what it became."""
    checkpoint: Path
    """Folder of a painting that is under way."""


@dataclass(frozen=True)
class Guidance:
    """What guides."""

    asked: Asked
    tower: Tower
    diffusion: str
    """A model card or a diffusers folder; empty: none."""
    steps: int
    keep: float
    library: Library


def painted_in_run(
    shown: Sequence[Character],
    found: FoundSpec,
    guidance: Guidance,
    files: Files,
    on_step: OnStep,
    watch: Watch,
) -> Facts:
    """Paint the last of some characters and write what came of it.

    Args:
        shown: The draft, and the one that is painted.
        found: Its numbers.
        guidance: Who guides.
        files: Where results go.
        on_step: Told after each step.
        watch: Told each step; may look.
    """
    character = shown[-1]
    task = task_of(character, found, guidance)
    plan = PaintPlan(guidance.steps)
    outcome = paint_figure(task, plan, found.seed, files.checkpoint, on_step, watch)
    outcome.save(files.learned)
    final = outcome.character if outcome.kept else character
    if outcome.kept:
        save_character(final, files.painted)
    write_sheet([sitter_of(each) for each in (*shown, final)], files.sheet)
    return {**outcome.facts, **facts_of(final)}


def task_of(character: Character, found: FoundSpec, guidance: Guidance) -> Task:
    """A figure, the body under it, and who guides."""
    asked = guidance.asked
    return Task(
        character,
        skinned_of(character, found.character.body),
        asked,
        aim_at(asked, guidance.tower),
        guides_of(asked, guidance.tower, guidance.diffusion),
        guidance.library(character.skeleton),
        guidance.keep,
    )


def live_picture(path: Path, told: Callable[[], None]) -> Watch:
    """Show the figure now and then.

    Args:
        path: Of the picture.
        told: Called when there is a new one.
    """
    last = 0.0

    def watch(_: int, look: Callable[[], Shot]) -> None:
        nonlocal last
        if time.monotonic() - last < LIVE_EVERY_S:
            return
        shot = look()
        ground = torch.full((len(shot.alpha), 3), _GROUND)
        write_picture(in_a_row(picture(shot, ground).numpy()), path)
        told()
        last = time.monotonic()

    return watch
