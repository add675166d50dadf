# SPDX-License-Identifier: Apache-2.0
"""Guidance over the numbers of a figure: other builds, clothes, colours, fabrics and hair.

Nothing is painted: what the words leave open is searched under the tower's score, so that what is
found are named values that a user can edit. A candidate of the same body is a repaint of a
:class:`~gen3d.figures.body.Wearer` (half a second); another body or cut is draped anew (seconds).
A hill climb of random changes, each kept when it pays more than it moves away from the draft and
makes no patchwork. What the words fix is never touched, and nobody is undressed: only what comes
off decently does.

Candidate *n* depends on the seed, on *n* and on the best so far alone, so a search that was
stopped goes on from its :class:`State` to the same result.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gen3d.figures.aim import NOISIER, Aim, Sitter, held_out_score, variation_of
from gen3d.figures.dressing import Dressing
from gen3d.figures.reader import Asked
from gen3d.progress import OnStep, silent
from gen3d.spec import CharacterSpec

KEEP = 0.006
"""Price of a change, in units of the aim's score.

At 0.004, with archetypes free to be dyed, as many changes were idle to the eye as an independent
tower liked; at 0.012 half of the figures stayed as they were.
"""


@dataclass(frozen=True)
class SearchPlan:
    """How long to search."""

    looks: int
    """Repaints that are looked at."""
    drapes: int
    """Figures that are draped anew: costumes before the repaints, builds and cuts after."""
    keep: float = KEEP
    """What each change away from the draft must pay."""


@dataclass
class State:
    """How far a search is: the best so far, and how it came about."""

    best: CharacterSpec
    score: float
    draft: float
    """Score of the draft in the same pictures."""
    draped: CharacterSpec
    """The figure whose clothes the candidates are repaints of."""
    base: CharacterSpec
    """The costume from which changes are counted: the draft's until another one is better."""
    done: int = 0
    """Candidates that were looked at."""
    history: list[str] = field(default_factory=list[str])

    def to_json(self) -> str:
        """All of it, as text."""
        specs = {name: getattr(self, name).model_dump(mode="json") for name in _SPECS}
        return json.dumps({**vars(self), **specs})

    @staticmethod
    def from_json(text: str) -> State:
        """What :meth:`to_json` wrote."""
        content: dict[str, Any] = json.loads(text)
        for name in _SPECS:
            content[name] = CharacterSpec.model_validate(content[name])
        return State(**content)


_SPECS = ("best", "draped", "base")
Watch = Callable[[State, Sitter | None], None]
"""Told after each candidate; shown the best as it looks whenever it has changed."""


@dataclass(frozen=True)
class Found:
    """What a search ends with."""

    figure: CharacterSpec
    """The best, or the draft where the guide likes that as well from other places."""
    scores: dict[str, float]
    """Of the draft and of the best, from places and in light that the search has not used."""
    state: State


def improved(
    draft: CharacterSpec,
    asked: Asked,
    aim: Aim,
    plan: SearchPlan,
    seed: int,
    watch: Watch,
    state: State | None = None,
    on_step: OnStep = silent,
) -> Found:
    """Search from a draft.

    Args:
        draft: As the words made it.
        asked: What they fix.
        aim: The score.
        plan: How long.
        seed: Of the search and of the drape.
        watch: Told how far it is.
        state: Where a search that was stopped goes on.
        on_step: Told after each candidate.
    """
    room = Dressing.of(draft, asked, aim, seed)
    first = stage = room.stage(draft, draft)
    calm = NOISIER * variation_of(first.sitter(draft))
    if state is None:
        score = stage.score(draft)
        state = State(draft, score, score, draft, draft)
    elif state.draped != draft:
        stage = room.stage(state.draped, state.base)
    total = plan.looks + plan.drapes
    for number in range(state.done, total):
        trial = _trial(room, state, plan, number, np.random.default_rng([seed, 5, number]))
        shown = None
        if trial.told:
            other = room.stage(trial.figure, trial.base) if trial.anew else stage
            score = other.score(trial.figure)
            price = changes(trial.base, trial.figure) - changes(state.base, state.best)
            price += int(trial.base is not state.base)
            pays = score - plan.keep * price > state.score
            seen = other.sitter(trial.figure) if pays else None
            if seen is not None and variation_of(seen) <= calm:
                stage, shown = other, seen
                state.draped = trial.figure if trial.anew else state.draped
                state.base, state.best, state.score = trial.base, trial.figure, score
                state.history.append(trial.told)
        state.done = number + 1
        watch(state, shown)
        on_step(state.done, total)
    before = held_out_score(aim, first.sitter(draft))
    after = held_out_score(aim, stage.sitter(state.best))
    scores = {"draft": round(before, 4), "found": round(after, 4)}
    return Found(state.best if after > before else draft, scores, state)


@dataclass(frozen=True)
class _Trial:
    """One candidate."""

    figure: CharacterSpec
    told: str
    """What was changed; empty where nothing could be."""
    base: CharacterSpec
    anew: bool
    """Whether it must be draped."""


def _trial(
    room: Dressing, state: State, plan: SearchPlan, number: int, rng: np.random.Generator
) -> _Trial:
    """Candidate ``number``: costumes first, then repaints, then builds and cuts."""
    costumes = room.costumes[: plan.drapes]
    if number < len(costumes):
        figure, told = costumes[number]
        return _Trial(figure, told, figure, anew=True)
    anew = number >= len(costumes) + plan.looks
    change = room.redraped if anew else room.repainted
    figure, told = change(state.best, state.base, rng)
    return _Trial(figure, told, state.base, anew=anew)


def changes(draft: CharacterSpec, other: CharacterSpec) -> int:
    """How many values differ."""
    ours, theirs = ({g.kind: g for g in s.garments} for s in (draft, other))
    count = len(ours.keys() ^ theirs.keys())
    for kind in ours.keys() & theirs.keys():
        names = ("color", "fabric", "pattern")
        count += sum(getattr(ours[kind], n) != getattr(theirs[kind], n) for n in names)
    count += draft.hair.style != other.hair.style
    count += draft.hair.color != other.hair.color
    return count + (draft.body != other.body)
