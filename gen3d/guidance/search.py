# SPDX-License-Identifier: Apache-2.0
"""Guidance over structured parameters: an evolution of foundry things under a tower's score.

Before any gradient, the few numbers that a thing is made of (knobs, colours, materials) are
searched with the same score that guides the field. A tower cannot be fooled here, because every
candidate is a thing like those it was trained on. (μ + λ) evolution with crossover and a strength
that falls (Beyer and Schwefel 2002); what the words fix is fixed in every candidate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from gen3d.foundry.families import families
from gen3d.foundry.thing import ThingSpec
from gen3d.foundry.variation import crossed, varied
from gen3d.progress import OnStep, silent

Judge = Callable[[ThingSpec], float]
"""How well a thing fits; more is better."""
Pin = Callable[[ThingSpec], ThingSpec]
"""Puts back what must not change."""


@dataclass(frozen=True)
class Evolution:
    """How long and how widely to search."""

    rounds: int = 6
    children: int = 24
    parents: int = 6
    start: float = 0.22
    """Strength of the first round's variation."""
    end: float = 0.06


@dataclass(frozen=True)
class Ranked:
    """A thing and its score."""

    spec: ThingSpec
    score: float


def evolve(
    start: Sequence[ThingSpec],
    judge: Judge,
    pin: Pin,
    plan: Evolution,
    rng: np.random.Generator,
    on_step: OnStep = silent,
) -> list[Ranked]:
    """Search from some things; the best ones found, best first.

    Args:
        start: Things, perhaps of several families.
        judge: The score.
        pin: Applied to every candidate.
        plan: Extent of the search.
        rng: Chance.
        on_step: Told after each candidate.
    """
    total = len(start) + plan.rounds * plan.children
    best: list[Ranked] = []
    done = 0

    def keep(candidates: Sequence[ThingSpec]) -> None:
        nonlocal best, done
        for spec in candidates:
            best.append(Ranked(spec, judge(spec)))
            done += 1
            on_step(done, total)
        best = sorted(best, key=lambda ranked: -ranked.score)[: plan.parents]

    keep([pin(spec) for spec in start])
    for strength in np.geomspace(plan.start, plan.end, plan.rounds):
        keep([pin(_child(best, float(strength), rng)) for _ in range(plan.children)])
    return best


def _child(parents: Sequence[Ranked], strength: float, rng: np.random.Generator) -> ThingSpec:
    first = parents[int(rng.integers(len(parents)))].spec
    second = parents[int(rng.integers(len(parents)))].spec
    mixed = crossed(first, second, rng) if first.family == second.family else first
    return varied(mixed, families()[mixed.family], strength, rng)
