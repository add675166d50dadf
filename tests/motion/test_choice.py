# SPDX-License-Identifier: Apache-2.0
"""The motion that is taken: what was asked for first, then the feet that slide least."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from motion.choice import best_of
from motion.corpus import RATE, seen_by_model
from motion.language.perform import performed
from motion.language.script import Action, Script
from motion.order import order_of
from motion.performance import Performance
from motion.representation import SLICES, slide_of

WALK = Script((Action("walk", metres=3.0),))


def _sliding(features: Tensor, speed: float) -> Tensor:
    """The same, its whole body carried sideways at a speed in m/s."""
    moved = features.clone()
    moved[:, SLICES["root_velocity"].start] += speed
    return moved


def _walk() -> tuple[Performance, Tensor]:
    performance = performed(WALK, 0).performance
    return performance, seen_by_model(performance).float()


def test_a_slide_is_the_speed_of_standing_feet() -> None:
    _, features = _walk()
    assert slide_of(features, RATE) < 0.12
    standing = performed(Script((Action("wave"),)), 0).performance
    still = seen_by_model(standing).float()
    # Half precision of a set moves a foot by less than half a millimetre a frame.
    assert slide_of(still, RATE) < 0.01
    assert slide_of(_sliding(still, 0.5), RATE) == pytest.approx(0.5, abs=0.01)
    flying = still.clone()
    flying[:, SLICES["contacts"]] = 0.0
    assert slide_of(_sliding(flying, 0.5), RATE) == 0.0


def test_what_was_asked_for_counts_before_sliding() -> None:
    performance, features = _walk()
    order = order_of(WALK, performed(WALK, 0))
    wrong = performed(Script((Action("wave"),)), 0).performance
    rows = torch.stack([features, _sliding(features, 0.6)])
    assert best_of(order, rows, [wrong, performance], RATE) == (1, 1.0)


def test_among_equals_the_one_that_slides_least_is_taken() -> None:
    performance, features = _walk()
    order = order_of(WALK, performed(WALK, 0))
    rows = torch.stack([_sliding(features, 0.4), features, _sliding(features, 0.2)])
    assert best_of(order, rows, [performance] * 3, RATE) == (1, 1.0)
