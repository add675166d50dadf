# SPDX-License-Identifier: Apache-2.0
"""Is the motion the one asked for? Verbs in wordings of their own, measured on the joints.

Each wording goes the way of a user's: it is read, ordered, sampled; the candidate that does best
what *the reader understood* is chosen, as :mod:`motion.takes` chooses, and a motion program stands
in where none does all of it. Then :mod:`motion.asked` says whether the motion shows what *the
wording* means, of which the chooser knows nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gen3d.progress import OnStep, silent
from gen3d.text import TextEncoder
from motion import asked
from motion.choice import best_of
from motion.language.phrasing import Tongue, sentence
from motion.language.script import Action, Script
from motion.language.verbs import verbs
from motion.performance import Performance
from motion.prompts import asked_for
from motion.sample import STEPS, MotionModel, calmed, performances, sample

CANDIDATES = 4
WORDINGS = 3
Wording = tuple[str, Action]
"""Words, and what they ask for."""


@dataclass(frozen=True)
class Attempt:
    """What became of one wording."""

    text: str
    verb: str
    program: bool
    """The motion program shows what was asked."""
    first: bool
    """The model's first candidate does."""
    best: bool
    """The candidate does that is chosen by what the reader understood."""
    shipped: bool
    """What a user gets does: the chosen candidate, or the program in its stead."""
    wrong: str
    """What is off about the chosen candidate."""


@dataclass(frozen=True)
class Adherence:
    """Shares of wordings whose motion is the one asked for."""

    attempts: tuple[Attempt, ...]
    verbs: int

    def share(self, what: str) -> float:
        """Of ``program``, ``first``, ``best`` or ``shipped``; 0 where nothing was tried."""
        return float(np.mean([getattr(a, what) for a in self.attempts] or [0.0]))


def kept_wordings(seed: int) -> tuple[Wording, ...]:
    """Every measurable verb in words that training never has, three sentences each."""
    tongue = Tongue(np.random.default_rng(seed), held_out=True)
    names = [name for name in verbs() if asked.checkable(name)]
    actions = [Action(name) for name in names for _ in range(WORDINGS)]
    return tuple({sentence(Script((action,)), tongue): action for action in actions}.items())


def adherence(
    model: MotionModel,
    wordings: Sequence[Wording],
    seed: int,
    steps: int = STEPS,
    on_step: OnStep = silent,
) -> Adherence:
    """Try every wording.

    Args:
        model: What makes the candidates.
        wordings: Words and what they ask for.
        seed: Of the first; candidates of different wordings differ.
        steps: Of the sampler.
        on_step: Told after each wording.
    """
    encoder, attempts = TextEncoder.load(), list[Attempt]()
    for number, (text, action) in enumerate(wordings):
        attempts.append(_attempt(model, encoder, (text, action), seed + number, steps))
        on_step(number + 1, len(wordings))
    return Adherence(tuple(attempts), len({action.verb for _, action in wordings}))


def _attempt(
    model: MotionModel, encoder: TextEncoder, wording: Wording, seed: int, steps: int
) -> Attempt:
    text, action = wording
    order, program = asked_for(text, encoder, seed)
    seeds = [seed * CANDIDATES + n for n in range(CANDIDATES)]
    rows = sample(model, order, seeds, steps=steps)
    made = [calmed(each, order) for each in performances(rows, text, model.fps)]
    choice = best_of(order, rows, made, model.fps, program)
    chosen = choice.number
    verdicts = [_judged(action, each) for each in made]
    stand_in = _judged(action, program)
    return Attempt(
        text,
        action.verb,
        program=stand_in.passed,
        first=verdicts[0].passed,
        best=verdicts[chosen].passed,
        shipped=verdicts[chosen].passed if choice.will_do else stand_in.passed,
        wrong=verdicts[chosen].wrong,
    )


def _judged(action: Action, performance: Performance) -> asked.Verdict:
    return asked.judged(action, asked.joints_of(performance), performance.fps)
