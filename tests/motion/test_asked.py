# SPDX-License-Identifier: Apache-2.0
"""How much of an order a performance does."""

from __future__ import annotations

import pytest

from motion.asked import done_share
from motion.language.perform import performed
from motion.language.script import Action, Script
from motion.order import Order, Span, order_of

BOTH = Script((Action("wave", count=3), Action("sit")))


def test_an_order_is_done_in_full_by_its_own_program() -> None:
    program = performed(BOTH, 0)
    assert done_share(order_of(BOTH, program), program.performance) == 1.0


def test_each_action_counts_in_its_own_span_alone() -> None:
    program = performed(BOTH, 0)
    waving, sitting = order_of(BOTH, program).spans
    swapped = (Span(waving.start, waving.stop, "", (), sitting.actions), sitting)
    assert done_share(Order(swapped), program.performance) == pytest.approx(0.5)


def test_what_cannot_be_measured_or_is_over_at_once_counts_for_nothing() -> None:
    performance = performed(BOTH, 0).performance
    nothing = Span(0.0, performance.seconds, "", (), (Action("look_around"),))
    at_once = Span(0.0, 0.01, "", (), (Action("sit"),))
    assert done_share(Order((nothing,)), performance) == 1.0
    assert done_share(Order((at_once,)), performance) == 1.0
