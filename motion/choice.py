# SPDX-License-Identifier: Apache-2.0
"""Which of several motions of the same words is taken, and whether it will do.

First what was asked for counts, as far as it can be measured (:mod:`motion.asked`), then whether it
is done with some life and the hands get where a gesture takes them, both compared with the motion
program of the same words; among those that do it alike, the one whose standing feet slide least
before anything is mended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from motion.asked import done_share
from motion.gesture import REACHED, reach
from motion.liveliness import liveliness
from motion.order import Order
from motion.performance import Performance
from motion.representation import slide_of

LIVELY = 0.5
"""Least share of the example's speed: less is a pose where a motion was asked for."""


@dataclass(frozen=True)
class Choice:
    """The best of some candidates."""

    number: int
    done: float
    """Share of what was asked for."""
    lively: float
    """See :func:`motion.liveliness.liveliness`."""
    reached: float = 1.0
    """See :func:`motion.gesture.reach`."""

    @property
    def will_do(self) -> bool:
        """Whether it does everything that was asked for, with hands and with life."""
        return self.done == 1.0 and self.lively >= LIVELY and self.reached >= REACHED


def best_of(
    order: Order,
    sampled: Float[Tensor, "candidates frames width"],
    performances: Sequence[Performance],
    fps: float,
    example: Performance,
) -> Choice:
    """The best candidate.

    Args:
        order: What was asked for.
        sampled: The candidates as the model made them, at ``fps``.
        performances: The same, as they would be used.
        fps: Of the model.
        example: The motion program of the same order.
    """
    found = [
        Choice(
            n,
            done_share(order, each),
            liveliness(order, each, example),
            reach(order, each, example),
        )
        for n, each in enumerate(performances)
    ]
    slides = [slide_of(row, fps) for row in sampled]
    return max(
        found, key=lambda c: (c.done, c.reached >= REACHED, c.lively >= LIVELY, -slides[c.number])
    )
