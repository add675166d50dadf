# SPDX-License-Identifier: Apache-2.0
"""Contacts, footprints and the ground."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.types import Clip, Skeleton
from motion.catalogue import Entry, entries, entry, play
from motion.contact import detect, ground_speed, runs, sole, sole_points, world_of
from motion.finish import finish
from motion.performance import Performance, relaxed_fingers
from motion.retarget import retarget

HARD = ("clip:walk", "clip:run", "clip:dance", "clip:dance_turning", "clip:spin_kick", "clip:roll")
SOURCES = [e for e in entries() if e.id in HARD or e.over or e.name in ("sit_on_floor", "hop")]


def test_the_soles_of_a_body_at_rest_lie_on_the_ground(body: Skeleton) -> None:
    for side in ("left", "right"):
        shape = sole(body, side)
        ankle = body.positions[shape.foot]
        for point in (shape.heel, shape.ball):
            assert (ankle + point)[1] == pytest.approx(0.0, abs=1e-6)
        assert (body.positions[shape.toes] + shape.tip)[1] == pytest.approx(0.0, abs=1e-6)
        assert shape.heel[2] < 0.0 < shape.ball[2]


def test_runs_are_the_stretches_where_a_flag_is_set() -> None:
    flags = np.array([1, 1, 0, 0, 1, 0, 1], dtype=bool)
    assert [(r.start, r.stop) for r in runs(flags)] == [(0, 2), (4, 5), (6, 7)]


def test_walking_is_in_contact_always_and_on_one_foot_mostly(body: Skeleton) -> None:
    contacts = finish(play(entry("clip:walk"), 0), body).contacts
    left, right = contacts[:, :2].any(axis=1), contacts[:, 2:].any(axis=1)
    assert (left | right).all()
    assert 0.05 < (left & right).mean() < 0.45
    assert 0.4 < left.mean() < 0.8
    assert 0.4 < right.mean() < 0.8


@pytest.mark.parametrize("name", ["run", "jump", "backflip"])
def test_flight_stays_flight(name: str, body: Skeleton) -> None:
    done = finish(play(entry(f"clip:{name}"), 0), body)
    _, places = world_of(done.clip, body)
    feet = places[:, [body.index("leftFoot"), body.index("rightFoot")], 1]
    flying = ~done.contacts.any(axis=1)
    assert 0.1 < flying.mean() < 0.6
    assert feet[flying].min(axis=1).max() > 1.3 * body.positions[body.index("leftFoot"), 1]


@pytest.mark.parametrize("chosen", SOURCES, ids=lambda e: e.name)
def test_feet_stand_still_and_nothing_is_under_the_ground(chosen: Entry, body: Skeleton) -> None:
    measures = finish(play(chosen, 0), body).measures
    assert measures["skate_cm_s"] < 1.0
    assert measures["penetration_cm"] < 1.0


def test_cleaning_is_what_makes_feet_stand(adult: Skeleton) -> None:
    performance = play(entry("clip:walk"), 0)
    raw = retarget(performance, adult)
    points = sole_points(*world_of(raw, adult), adult)
    contacts = detect(raw, adult, floor=float(np.quantile(points[..., 1].min(axis=1), 0.05)))
    before = 100.0 * ground_speed(points, raw.fps)[contacts].mean()
    assert before > 3.0
    assert finish(performance, adult).measures["skate_cm_s"] < 0.2 * before


def test_a_planted_foot_stays_in_its_footprint_from_strike_to_toe_off(adult: Skeleton) -> None:
    done = finish(play(entry("clip:walk"), 0), adult)
    points = sole_points(*world_of(done.clip, adult), adult)
    for column in range(4):
        for run in runs(done.contacts[:, column]):
            held = points[run, column]
            assert np.ptp(held[:, [0, 2]], axis=0).max() < 0.003
            assert abs(held[:, 1]).max() < 0.015


def test_a_standing_figure_is_not_moved(adult: Skeleton) -> None:
    frames = 20
    still = Performance(
        name="still",
        fps=30.0,
        rotations=np.tile([1.0, 0.0, 0.0, 0.0], (frames, 22, 1)),
        pelvis=np.tile([0.0, 0.8814, 0.0], (frames, 1)),
        fingers=relaxed_fingers(frames),
        grounded=True,
    )
    done = finish(still, adult)
    assert done.contacts.all()
    _, places = world_of(done.clip, adult)
    ankle = adult.index("leftFoot")
    assert places[0, ankle, 1] == pytest.approx(float(adult.positions[ankle, 1]), abs=1e-4)
    assert np.ptp(places, axis=0).max() < 1e-6


def test_a_crawling_body_keeps_its_hands_and_knees_out_of_the_ground(body: Skeleton) -> None:
    done = finish(play(entry("clip:crawl"), 0), body)
    _, places = world_of(done.clip, body)
    assert places[:, 1:, 1].min() > 0.0
    assert places[:, body.index("leftLowerLeg"), 1].min() > 0.02


@pytest.mark.parametrize("name", ["program:limp", "program:walk_backwards", "clip:spin_kick"])
def test_finished_rotations_are_of_unit_length(name: str, adult: Skeleton) -> None:
    """To single precision, though each step works on what the one before it left."""
    clip = finish(play(entry(name), 0), adult).clip
    assert np.abs(np.linalg.norm(clip.rotations, axis=-1) - 1.0).max() < 3e-7


@pytest.mark.parametrize("name", ["limp", "march", "robot_walk", "walk_backwards"])
def test_planting_lets_no_knee_snap(name: str, adult: Skeleton) -> None:
    """Contacts that are found after planting do not flatten the foot's roll a second time."""
    performance = play(entry(f"program:{name}"), 0)
    before = _abruptness(retarget(performance, adult), adult)
    after = _abruptness(finish(performance, adult, loop=False).clip, adult)
    assert after < before + 0.016


def _abruptness(clip: Clip, skeleton: Skeleton) -> float:
    """Most that a knee's way changes from one frame to the next, metres."""
    _, places = world_of(clip, skeleton)
    knees = places[:, [skeleton.index("leftLowerLeg"), skeleton.index("rightLowerLeg")]]
    return float(np.linalg.norm(np.diff(knees, 2, axis=0), axis=-1).max())
