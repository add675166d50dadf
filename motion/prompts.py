# SPDX-License-Identifier: Apache-2.0
"""Prompts that a motion model is measured with: new scripts, said twice, and what they look like.

Each is drawn as the training's examples are (:mod:`motion.captioned`), from other seeds: a script,
its performance, which is the real motion, and two sentences for it, one in the words of the
training and one in words that it never has. A model is given what the reader understands of either
(:mod:`motion.language.parse`), and as much time as the real motion takes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motion.captioned import drawn_script
from motion.corpus import LONGEST, RATE, SHORTEST
from motion.language.parse import parse
from motion.language.perform import performed
from motion.language.phrasing import Tongue, sentence
from motion.language.script import Script
from motion.library import Encoder
from motion.order import Order, order_of
from motion.performance import Performance

SEED = 900_001
"""Of the prompts; sets are drawn from seeds far below."""


@dataclass(frozen=True)
class Prompt:
    """A motion, and two ways to ask for it."""

    real: Performance
    again: Performance
    """The same script performed another time."""
    trained: str
    """In the words of the training."""
    kept: str
    """In words that training never has."""

    @property
    def seconds(self) -> float:
        """How long the real motion takes."""
        return self.real.seconds


def prompts(count: int, seed: int = SEED) -> tuple[Prompt, ...]:
    """Draw some; each depends on its number and the seed alone."""
    return tuple(_prompt(np.random.default_rng([seed, number])) for number in range(count))


def _prompt(chance: np.random.Generator) -> Prompt:
    """One that the model sees whole."""
    while True:
        script = drawn_script(chance)
        real, again = (_performed(script, chance) for _ in range(2))
        trained, kept = (sentence(script, Tongue(chance, held_out)) for held_out in (False, True))
        if SHORTEST / RATE < real.seconds < LONGEST / RATE:
            return Prompt(real, again, trained, kept)


def _performed(script: Script, chance: np.random.Generator) -> Performance:
    return performed(script, int(chance.integers(0, 2**31))).performance


def asked_for(
    text: str, encoder: Encoder, seed: int, seconds: float | None = None
) -> tuple[Order, Performance]:
    """What the reader makes of some words: an order for a model, and the programs' performance.

    Args:
        text: Words, parts, times.
        encoder: Sentence encoder with unit rows.
        seed: Of the performance, which times the order.
        seconds: Length; as the words ask when absent.
    """
    script = parse(text, encoder).script
    done = performed(script, seed, seconds)
    return order_of(script, done), done.performance
