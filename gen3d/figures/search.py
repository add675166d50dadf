# SPDX-License-Identifier: Apache-2.0
"""Guidance over the numbers of a figure: other builds, clothes, colours, fabrics and hair.

Nothing is painted: what the words leave open is searched under the tower's score, so that what is
found are named values that a user can edit. A candidate of the same body is a repaint of a
:class:`~gen3d.figures.body.Wearer` (half a second); another body or cut is draped anew (seconds).
A hill climb of random changes, each kept when it pays more than it moves away from the draft. What
the words fix is never touched, and nobody is undressed: only what comes off decently does.

Candidate *n* depends on the seed, on *n* and on the best so far alone, so a search that was
stopped goes on from its :class:`State` to the same result.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gen3d.figures.aim import Aim, Sitter, held_out_score
from gen3d.figures.dressing import Dressing
from gen3d.figures.reader import Asked
from gen3d.progress import OnStep, silent
from gen3d.spec import CharacterSpec

KEEP = 0.004
"""Price of a change, in units of the aim's score."""


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


def improved(
    draft: CharacterSpec,
    asked: Asked,
    aim: Aim,
    plan: SearchPlan,
    seed: int,
    watch: Watch,
    state: State | None = None,
    on_step: OnStep = silent,
) -> State:
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
    stage = room.stage(draft, draft) if state is None else room.stage(state.draped, state.base)
    if state is None:
        score = stage.score(draft)
        state = State(draft, score, score, draft, draft)
    costumes = room.costumes[: plan.drapes]
    repaints = len(costumes) + plan.looks
    total = plan.looks + plan.drapes
    for number in range(state.done, total):
        rng = np.random.default_rng([seed, 5, number])
        other, base, shown = stage, state.base, None
        if number < len(costumes):
            candidate, told = costumes[number]
            base = candidate
        else:
            change = room.repainted if number < repaints else room.redraped
            candidate, told = change(state.best, base, rng)
        if told:
            if not len(costumes) <= number < repaints:
                other = room.stage(candidate, base)
            score = other.score(candidate)
            price = plan.keep * (changes(base, candidate) - changes(state.base, state.best))
            price += plan.keep * (base is not state.base)
            if score - price > state.score:
                shown = other.sitter(candidate)
                draped = state.draped if other is stage else candidate
                stage, state.draped, state.base = other, draped, base
                state.best, state.score = candidate, score
                state.history.append(told)
        state.done = number + 1
        watch(state, shown)
        on_step(state.done, total)
    return state


def preferred(
    draft: CharacterSpec, state: State, asked: Asked, aim: Aim, seed: int
) -> tuple[CharacterSpec, dict[str, float]]:
    """What was found, or the draft where the guide likes that as well from other places.

    Args:
        draft: Where the search began.
        state: Where it ended.
        asked: What the words fix.
        aim: The score.
        seed: Of the drape.

    Returns:
        The figure that stays, and both scores.
    """
    room = Dressing.of(draft, asked, aim, seed)
    before = held_out_score(aim, room.stage(draft, draft).sitter(draft))
    after = held_out_score(aim, room.stage(state.draped, state.base).sitter(state.best))
    scores = {"draft": round(before, 4), "found": round(after, 4)}
    return (state.best if after > before else draft), scores


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
