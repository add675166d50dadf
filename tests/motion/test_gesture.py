# SPDX-License-Identifier: Apache-2.0
"""Whether hands get where a gesture takes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from motion.gesture import REACHED, reach
from motion.language.body import mirrored
from motion.language.perform import Performed, performed
from motion.language.script import Action, Script
from motion.order import Order, order_of


def _made(*actions: Action) -> tuple[Order, Performed]:
    done = performed(Script(actions), 0)
    return order_of(Script(actions), done), done


@pytest.mark.parametrize("verb", ["scratch_head", "salute", "clap", "facepalm", "raise_arms"])
def test_a_motion_reaches_itself_and_hanging_arms_reach_nothing(verb: str) -> None:
    order, done = _made(Action(verb))
    assert reach(order, done.performance, done.performance) == 1.0
    standing = performed(Script((Action("stand"),)), 0, done.performance.seconds).performance
    assert reach(order, standing, done.performance) < REACHED


def test_either_hand_will_do_unless_one_was_named() -> None:
    order, done = _made(Action("salute"))
    other = mirrored(done.performance)
    assert reach(order, other, done.performance) == pytest.approx(1.0, abs=0.05)
    named, right = _made(Action("salute", side="right"))
    assert reach(named, mirrored(right.performance), right.performance) < REACHED


def test_a_gesture_on_the_way_is_looked_for_in_its_own_time() -> None:
    order, done = _made(Action("walk", metres=3.0), Action("stand"), Action("scratch_head"))
    walk = performed(Script((Action("walk", metres=3.0),)), 0, done.performance.seconds).performance
    assert reach(order, done.performance, done.performance) == 1.0
    assert reach(order, walk, done.performance) < REACHED


def test_where_the_body_stands_does_not_matter() -> None:
    order, done = _made(Action("wave", side="right"))
    shifted = replace(done.performance, pelvis=done.performance.pelvis + np.array([3.0, 0.0, -2.0]))
    assert reach(order, shifted, done.performance) == pytest.approx(1.0)


def test_legs_make_no_gesture() -> None:
    order, done = _made(Action("walk", metres=2.0))
    standing = performed(Script((Action("stand"),)), 0, done.performance.seconds).performance
    assert reach(order, standing, done.performance) == 1.0
