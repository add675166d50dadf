# SPDX-License-Identifier: Apache-2.0
"""Cycles cut out of motions that begin and end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gen3d.transforms import slerp
from motion.catalogue import entry, play
from motion.cycle import cycle_of
from motion.language.perform import performed
from motion.language.script import Action, Script
from motion.loop import closed, repeated
from motion.performance import Performance, world


def halting(cycle: Performance, count: int) -> Performance:
    """Some cycles of a gait, reached from a slow start and left to a halt."""
    whole = repeated(closed(cycle), count)
    frames = len(whole.pelvis)
    pace = np.clip(np.minimum(np.arange(frames), np.arange(frames)[::-1]) / 12.0, 0.15, 1.0)
    at = np.concatenate([[0.0], np.cumsum(pace[1:])])
    at = at[at < frames - 1]
    first = at.astype(int)
    share = (at - first)[:, None]
    return replace(
        whole,
        rotations=slerp(whole.rotations[first], whole.rotations[first + 1], share),
        pelvis=(1.0 - share) * whole.pelvis[first] + share * whole.pelvis[first + 1],
        fingers=whole.fingers[first],
        loop=False,
    )


def test_what_comes_back_is_found_between_a_start_and_a_halt() -> None:
    walk = play(entry("clip:walk"), 0)
    period = len(walk.pelvis) - 1
    found = cycle_of(halting(walk, 5))
    assert found is not None
    assert found.loop
    length = len(found.pelvis) - 1
    assert length > 1.5 * period
    assert min(length % period, -length % period) <= 1
    speed = np.linalg.norm(np.diff(found.pelvis[:, [0, 2]], axis=0), axis=1) * found.fps
    usual = np.linalg.norm(np.diff(walk.pelvis[:, [0, 2]], axis=0), axis=1) * walk.fps
    assert speed.min() > 0.8 * usual.min()


@pytest.mark.parametrize("verb", ["walk", "run", "jog"])
def test_the_end_of_a_cycle_is_its_beginning_in_pose_and_in_speed(verb: str) -> None:
    found = cycle_of(performed(Script((Action(verb),)), 0).performance)
    assert found is not None
    _, places = world(found)
    seen = places - places[:, :1] * [1.0, 0.0, 1.0]
    assert np.sqrt(np.mean(np.sum((seen[0] - seen[-1]) ** 2, axis=-1))) < 0.03
    step = np.diff(found.pelvis, axis=0) * found.fps
    np.testing.assert_allclose(step[0], step[-1], atol=0.35)


def test_who_stands_or_does_one_thing_has_no_cycle_in_it() -> None:
    assert cycle_of(performed(Script((Action("stand"),)), 0).performance) is None
    assert cycle_of(play(entry("clip:cartwheel"), 0)) is None


def test_the_search_is_bounded_and_the_same_each_time() -> None:
    long = repeated(closed(play(entry("clip:walk"), 0)), 90)
    long = replace(long, loop=False)
    assert len(long.pelvis) > 2000
    found, again = cycle_of(long), cycle_of(long)
    assert found is not None
    assert again is not None
    assert len(found.pelvis) <= 1800
    np.testing.assert_array_equal(found.rotations, again.rotations)


def test_standing_before_setting_off_is_no_cycle_of_a_walk() -> None:
    walk = halting(play(entry("clip:walk"), 0), 3)
    rest = 60
    waiting = replace(
        walk,
        rotations=np.concatenate([np.repeat(walk.rotations[:1], rest, axis=0), walk.rotations]),
        pelvis=np.concatenate([np.repeat(walk.pelvis[:1], rest, axis=0), walk.pelvis]),
        fingers=np.concatenate([np.repeat(walk.fingers[:1], rest, axis=0), walk.fingers]),
    )
    found = cycle_of(waiting)
    assert found is not None
    gone = np.linalg.norm(found.pelvis[-1, [0, 2]] - found.pelvis[0, [0, 2]])
    whole = np.linalg.norm(waiting.pelvis[-1, [0, 2]] - waiting.pelvis[0, [0, 2]])
    assert gone / found.seconds > 0.6 * whole / waiting.seconds
