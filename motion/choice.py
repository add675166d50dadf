# SPDX-License-Identifier: Apache-2.0
"""Which of several motions of the same words is taken.

First what was asked for counts, as far as it can be measured (:mod:`motion.asked`); among those
that do it alike, the one whose standing feet slide least before anything is mended.
"""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor

from motion.asked import done_share
from motion.order import Order
from motion.performance import Performance
from motion.representation import slide_of


def best_of(
    order: Order,
    sampled: Float[Tensor, "candidates frames width"],
    performances: Sequence[Performance],
    fps: float,
) -> tuple[int, float]:
    """The number of the best candidate, and its share of what was asked for.

    Args:
        order: What was asked for.
        sampled: The candidates as the model made them, at ``fps``.
        performances: The same, as they would be used.
        fps: Of the model.
    """
    done = [done_share(order, performance) for performance in performances]
    slides = [slide_of(row, fps) for row in sampled]
    best = max(range(len(done)), key=lambda n: (done[n], -slides[n]))
    return best, done[best]
