# SPDX-License-Identifier: Apache-2.0
"""The motion that is taken: what was asked for first, then the feet that slide least."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from motion.choice import Choice, best_of
from motion.corpus import RATE, seen_by_model
from motion.language.perform import performed
from motion.language.script import Action, Script
from motion.liveliness import liveliness, vigour
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
    choice = best_of(order, rows, [wrong, performance], RATE, performance)
    assert choice == Choice(1, 1.0, 1.0)
    assert choice.will_do
    assert not best_of(order, rows, [wrong, wrong], RATE, performance).will_do


def test_among_equals_the_one_that_slides_least_is_taken() -> None:
    performance, features = _walk()
    order = order_of(WALK, performed(WALK, 0))
    rows = torch.stack([_sliding(features, 0.4), features, _sliding(features, 0.2)])
    assert best_of(order, rows, [performance] * 3, RATE, performance).number == 1


def test_an_arm_that_goes_up_and_stays_is_no_wave() -> None:
    script = Script((Action("wave"),))
    wave = performed(script, 0)
    held = len(wave.performance.pelvis) // 2
    frozen = replace(
        wave.performance,
        rotations=np.repeat(wave.performance.rotations[held : held + 1], 2 * held, axis=0),
        pelvis=np.repeat(wave.performance.pelvis[held : held + 1], 2 * held, axis=0),
        fingers=np.repeat(wave.performance.fingers[held : held + 1], 2 * held, axis=0),
    )
    order = order_of(script, wave)
    assert liveliness(order, frozen, wave.performance) == 0.0
    assert liveliness(order, wave.performance, wave.performance) == 1.0
    rows = torch.stack([seen_by_model(wave.performance).float()] * 2)
    choice = best_of(order, rows, [frozen, wave.performance], RATE, wave.performance)
    assert choice.number == 1
    assert not best_of(order, rows, [frozen, frozen], RATE, wave.performance).will_do


def test_slower_is_duller_in_proportion() -> None:
    script = Script((Action("clap"),))
    clap = performed(script, 0)
    order = order_of(script, clap)
    slow = replace(clap.performance, fps=0.4 * clap.performance.fps)
    assert liveliness(order, slow, clap.performance) < 0.6


def test_a_sway_cut_from_a_walk_has_not_its_vigour() -> None:
    walk = performed(WALK, 0).performance
    still = performed(Script((Action("stand"),)), 0).performance
    assert vigour(walk, walk) == 1.0
    assert vigour(still, walk) < 0.2
    assert vigour(walk, still) == 1.0
