# SPDX-License-Identifier: Apache-2.0
"""What every kind of guidance is: a function from pictures of the thing to a loss on them.

A :data:`Term` gets what was rendered (:class:`Sight`), how far the fit is (0 to 1) and a generator
for whatever it draws at random; it returns a :class:`Score`, whose loss is differentiable with
respect to the pictures. Terms are mixed by weights that may change over the fit
(:mod:`gen3d.schedule`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.render.studio import Output
from gen3d.render.views import Views


@dataclass(frozen=True)
class Sight:
    """Pictures of the thing from some cameras."""

    pictures: Float[Tensor, "views 3 height width"]
    """sRGB-encoded, in [0, 1], composited over a background."""
    views: Views
    kind: Output = "shaded"


@dataclass(frozen=True)
class Score:
    """How badly the pictures fit, and figures worth showing."""

    loss: Float[Tensor, ""]
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    """By name, for example ``clip/similarity``; detached."""


Term = Callable[[Sight, float, torch.Generator], Score]
"""Pictures, progress in [0, 1] and a CPU generator to a score."""

Weight = Callable[[float], float]
"""Progress in [0, 1] to a factor: a :class:`gen3d.schedule.Schedule`, or any function."""


def nothing(sight: Sight) -> Score:
    """A loss of zero that still hangs on the pictures, so that ``backward`` works."""
    return Score((0.0 * sight.pictures).sum())


def only(term: Term, kinds: Collection[Output]) -> Term:
    """A term that looks at some outputs and is silent about the others."""
    chosen = frozenset(kinds)

    def limited(sight: Sight, progress: float, generator: torch.Generator) -> Score:
        return term(sight, progress, generator) if sight.kind in chosen else nothing(sight)

    return limited


def mix(terms: Sequence[tuple[Term, Weight]]) -> Term:
    """The weighted sum of terms.

    Each term draws from a generator of its own, seeded from the common one, so that a term's
    weight or mere presence does not change what the ones before it draw. A weight of zero costs
    nothing. Figures of one name from two terms are told apart by a number.

    Raises:
        Gen3dError: (when called) a loss is not a finite number.
    """
    pairs = tuple(terms)

    def mixed(sight: Sight, progress: float, generator: torch.Generator) -> Score:
        total, figures = nothing(sight).loss, dict[str, float]()
        for index, (term, weight) in enumerate(pairs):
            own, factor = split(generator), weight(progress)
            if factor == 0.0:
                continue
            score = term(sight, progress, own)
            _check(score, index)
            total = total + factor * score.loss
            figures.update(_fresh(score.figures, figures))
        return Score(total, figures)

    return mixed


def split(generator: torch.Generator) -> torch.Generator:
    """A new CPU generator seeded by one draw from another."""
    seed = torch.randint(2**62, (1,), generator=generator).item()
    return torch.Generator().manual_seed(int(seed))


def _fresh(new: Mapping[str, float], taken: Mapping[str, float]) -> dict[str, float]:
    """The new figures, with a number after the names that are taken."""
    return {_free(name, taken): value for name, value in new.items()}


def _free(name: str, taken: Mapping[str, float]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} {number}"
    return free


def _check(score: Score, index: int) -> None:
    if not bool(torch.isfinite(score.loss)):
        raise Gen3dError(
            f"Guidance term {index + 1} gave a loss of {score.loss.item()}.",
            "Its model's weights or the pictures hold values that are not numbers; "
            "verify the model with: gen3d models verify",
        )
