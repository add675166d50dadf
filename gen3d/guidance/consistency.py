# SPDX-License-Identifier: Apache-2.0
"""Whether a thing is one thing from all sides: a score that sees collapse and the Janus face.

Two figures from a ring of pictures. *Fit* is how like the words each side is: a collapsed or half
empty thing has sides that show nothing. *Repetition* is how alike opposite sides are compared with
the same things in the draft: a face that has grown on the back makes back and front alike where
the draft's are not. Without a draft repetition is measured against neighbouring views instead.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

RING = 8
COVERAGE = (0.015, 0.85)
"""Shares of a picture that a thing may cover from any side."""
REPEATED = 0.08
"""Growth of the likeness of opposite sides above which a face repeats."""
WEAK = 0.6
"""Share of the best side's similarity that every side must have."""


@dataclass(frozen=True)
class Consistency:
    """The score and what it is made of."""

    least: float
    """Similarity to the words of the worst side."""
    mean: float
    """Over all sides."""
    repetition: float
    """Growth of the likeness of opposite sides over the draft's; positive: repeats itself."""
    coverage: tuple[float, float]
    """Least and greatest share of the picture."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong, in words; empty when nothing is."""
        found = {
            "it all but vanishes from one side": self.coverage[0] < COVERAGE[0],
            "it fills the picture from one side": self.coverage[1] > COVERAGE[1],
            "its front repeats on its back": self.repetition > REPEATED,
            "one side does not show what was asked": self.least < WEAK * self.mean,
        }
        return tuple(text for text, holds in found.items() if holds)

    @property
    def score(self) -> float:
        """One number to choose by: higher is better."""
        empty = self.coverage[0] < COVERAGE[0] or self.coverage[1] > COVERAGE[1]
        return self.mean - max(self.repetition, 0.0) - (1.0 if empty else 0.0)


def consistency(
    seen: Float[Tensor, "ring features"],
    text: Float[Tensor, "features"],
    coverage: Float[Tensor, "ring"],
    draft: Float[Tensor, "ring features"] | None = None,
) -> Consistency:
    """Judge a ring of views at even azimuths.

    Args:
        seen: Unit features of the pictures.
        text: Unit features of the words.
        coverage: Share of each picture that the thing covers.
        draft: The same ring of the draft.
    """
    fit = seen @ text
    likeness = opposite_likeness(seen)
    if draft is None:
        normal = float((seen * seen.roll(1, 0)).sum(-1).mean())
    else:
        normal = opposite_likeness(draft)
    return Consistency(
        least=float(fit.min()),
        mean=float(fit.mean()),
        repetition=likeness - normal,
        coverage=(float(coverage.min()), float(coverage.max())),
    )


def opposite_likeness(seen: Float[Tensor, "ring features"]) -> float:
    """Mean cosine of opposite views."""
    return float((seen * seen.roll(len(seen) // 2, 0)).sum(-1).mean())
