# SPDX-License-Identifier: Apache-2.0
"""The stage ``field`` of a run: a figure becomes one mesh by way of a field."""

from __future__ import annotations

from collections.abc import Sequence

from gen3d.assets import save_character
from gen3d.canonical.studio import FieldPlan, Subject, field_figure
from gen3d.figures.aim import sitter_of
from gen3d.figures.sheet import write_sheet
from gen3d.manifest import facts_of
from gen3d.painting.fit import Watch
from gen3d.painting.run import Files, Guidance, task_of
from gen3d.painting.studio import Facts, Library
from gen3d.progress import OnStep
from gen3d.spec import FoundSpec
from gen3d.types import Character


def field_in_run(
    shown: Sequence[Character],
    found: FoundSpec,
    library: Library,
    guidance: Guidance | None,
    files: Files,
    on_step: OnStep,
    watch: Watch,
) -> Facts:
    """Turn the last of some characters into a field's mesh and write what came of it.

    Args:
        shown: The draft, and the one that becomes a field.
        found: Its numbers.
        library: Stances of captured motions.
        guidance: Who guides; None: nobody.
        files: Where results go.
        on_step: Told after each step.
        watch: Told each step of the fit; may look.
    """
    character = shown[-1]
    stances = list(library(character.skeleton))
    subject = Subject(character, found.character.body, stances)
    task = None if guidance is None else task_of(character, found, guidance)
    plan = FieldPlan(0 if guidance is None else guidance.steps)
    outcome = field_figure(subject, task, plan, found.seed, files.checkpoint, on_step, watch)
    outcome.save(files.learned)
    save_character(outcome.character, files.painted)
    write_sheet([sitter_of(each) for each in (*shown, outcome.character)], files.sheet)
    return {**outcome.facts, **facts_of(outcome.character)}
