# SPDX-License-Identifier: Apache-2.0
"""Cycles, heading, and the split between root and hips."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gen3d import transforms
from gen3d.types import Skeleton
from motion.catalogue import Entry, entries, entry, play
from motion.contact import world_of
from motion.finish import finish
from motion.heading import about_up, headings, with_root
from motion.loop import closed, joined, repeated, straightened, travel_of
from motion.performance import Performance
from motion.retarget import retarget

LOOPS = [e for e in entries() if e.file and "getup" not in e.file][:16]


def _spun(degrees: np.ndarray, tilt: np.ndarray) -> np.ndarray:
    return transforms.multiply(about_up(np.radians(degrees)), tilt)


def test_heading_is_the_turn_about_up_whatever_the_lean() -> None:
    degrees = np.linspace(0.0, 720.0, 200)
    lean = transforms.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.full(200, 0.8))
    found = np.degrees(headings(_spun(degrees, lean), 0.0))
    np.testing.assert_allclose(found, degrees, atol=1e-6)


@pytest.mark.parametrize("axis", [(1.0, 0.0, 0.0), (0.0, 0.0, 1.0)])
def test_a_flip_and_a_cartwheel_do_not_change_the_heading(axis: tuple[float, ...]) -> None:
    over = transforms.from_axis_angle(np.array(axis), np.linspace(0.0, 2.0 * np.pi, 61))
    facing = _spun(np.full(61, 30.0), over)
    np.testing.assert_allclose(np.degrees(headings(facing, 3.0)), 30.0, atol=1e-6)


def test_root_and_hips_together_are_where_the_hips_were(adult: Skeleton) -> None:
    clip = retarget(straightened(play(entry("clip:turn_left"), 0)), adult)
    split = with_root(clip, in_place=False)
    _, before = world_of(clip, adult)
    _, after = world_of(split, adult)
    inverse = headings(clip.rotations[:, 1].astype(np.float64), 6.0)[0]
    moved = transforms.rotate(about_up(inverse), after[:, 1:] - after[:1, 1:2])
    np.testing.assert_allclose(moved, before[:, 1:] - before[:1, 1:2], atol=1e-5)
    np.testing.assert_allclose(split.root_positions[0], 0.0, atol=1e-6)
    assert abs(split.root_positions[:, 1]).max() == 0.0


def test_in_place_the_root_stays_and_the_net_turn_is_gone(adult: Skeleton) -> None:
    done = finish(play(entry("clip:turn_right"), 0), adult, in_place=True)
    assert abs(done.clip.root_positions).max() == 0.0
    assert np.ptp(done.clip.hips_positions[:, [0, 2]], axis=0).max() < 0.3
    turn = np.degrees(headings(done.clip.rotations[:, 0].astype(np.float64), 0.0))
    assert abs(turn[-1] - turn[0]) < 5.0


@pytest.mark.parametrize("chosen", LOOPS, ids=lambda e: e.name)
def test_a_closed_cycle_ends_as_it_began(chosen: Entry) -> None:
    cycle = closed(straightened(play(chosen, 0)))
    travel = travel_of(cycle.rotations[:, 0], cycle.pelvis)
    np.testing.assert_allclose(cycle.pelvis[-1], travel.apply(cycle.pelvis[0]), atol=1e-6)
    first = cycle.rotations[0].copy()
    first[0] = transforms.multiply(about_up(travel.turn), first[0])
    same = np.abs(np.sum(first * cycle.rotations[-1], axis=-1))
    np.testing.assert_allclose(same, 1.0, atol=1e-9)


def test_repeating_a_cycle_repeats_its_steps_and_its_travel() -> None:
    once = closed(straightened(play(entry("clip:turn_left"), 0)))
    thrice = repeated(once, 3)
    count = len(once.pelvis) - 1
    assert len(thrice.pelvis) == 3 * count + 1
    step = np.linalg.norm(np.diff(once.pelvis, axis=0), axis=1)
    steps = np.linalg.norm(np.diff(thrice.pelvis, axis=0), axis=1)
    np.testing.assert_allclose(steps, np.tile(step, 3), atol=1e-9)


@pytest.mark.parametrize("name", ["walk", "run", "jump", "dance", "crawl", "roll"])
def test_over_the_seam_a_finished_cycle_moves_as_on_either_side(name: str, adult: Skeleton) -> None:
    done = finish(play(entry(f"clip:{name}"), 0), adult)
    assert done.clip.loop
    assert done.measures["seam_cm"] < 1.0
    assert done.measures["seam_deg"] < 8.0


def test_a_motion_that_ends_elsewhere_can_be_made_a_cycle(adult: Skeleton) -> None:
    punch = play(entry("clip:punch"), 0)
    assert not finish(punch, adult).clip.loop
    done = finish(punch, adult, loop=True)
    assert done.clip.loop
    assert done.clip.seconds > finish(punch, adult).clip.seconds
    assert done.measures["seam_cm"] < 1.0


def test_joining_leaves_the_motion_itself_alone() -> None:
    punch = play(entry("clip:punch"), 0)
    longer: Performance = joined(punch)
    np.testing.assert_array_equal(longer.pelvis[: len(punch.pelvis)], punch.pelvis)


def test_a_straight_cycle_goes_along_z() -> None:
    walk = play(entry("clip:walk"), 0)
    turned = transforms.multiply(about_up(0.3), walk.rotations[:, 0])
    rotations = walk.rotations.copy()
    rotations[:, 0] = turned
    aside = replace(walk, rotations=rotations, pelvis=transforms.rotate(about_up(0.3), walk.pelvis))
    path = straightened(aside).pelvis
    assert abs(path[-1, 0] - path[0, 0]) < 1e-6
    assert path[-1, 2] - path[0, 2] > 1.0
