# SPDX-License-Identifier: Apache-2.0
"""Ways, steps, leaps: closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from motion.language import gait, leap, moves, path, steps
from motion.language.body import feet_of, mirrored, posed, rest_curves, with_feet
from motion.language.verbs import verbs
from motion.performance import ANKLE, FPS, LEG, world


def test_a_circle_closes_and_has_its_radius() -> None:
    route = path.way(path.circle(2.0 * np.pi, 1.0))
    inside = (route.along >= 0.0) & (route.along <= 2.0 * np.pi)
    points = route.points[inside]
    np.testing.assert_allclose(points[-1], points[0], atol=0.03)
    centre = points.mean(axis=0)
    np.testing.assert_allclose(np.linalg.norm(points - centre, axis=1), 1.0, atol=0.03)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_straight_way_is_the_z_axis(*, backwards: bool) -> None:
    route = path.way(path.straight(3.0), backwards=backwards)
    at = np.array([0.0, 1.0, 2.0]) * (-1.0 if backwards else 1.0)
    points, headings = route.at(at)
    np.testing.assert_allclose(points, np.stack([0 * at, 0 * at, at], axis=-1), atol=1e-9)
    assert np.abs(headings).max() < 1e-12


def test_what_stands_in_a_straight_walk_stands_in_a_bent_one() -> None:
    run = gait.steps_of(gait.cycle("clip:walk"), 0, 6)
    bent, _ = gait.along(run, path.circle(4.0, 0.5), (0.8, 0.8))
    for side, (ankle, _) in feet_of(run).items():
        slow = np.linalg.norm(np.diff(ankle, axis=0), axis=1) * FPS
        still = slow < 0.3
        moved = np.linalg.norm(np.diff(feet_of(bent)[side][0], axis=0), axis=1) * FPS
        assert still.any()
        assert (moved[still] < 1.4 * slow[still] + 0.1).all()


def test_putting_the_feet_where_they_are_changes_nothing() -> None:
    run = gait.steps_of(gait.cycle("clip:walk"), 0, 3)
    same = with_feet(run, feet_of(run))
    assert np.abs(world(same)[1] - world(run)[1]).max() < 0.025


def test_mirroring_twice_is_nothing() -> None:
    run = gait.steps_of(gait.cycle("clip:run"), 0, 3)
    again = mirrored(mirrored(run))
    np.testing.assert_allclose(again.rotations, run.rotations)
    np.testing.assert_allclose(again.pelvis, run.pelvis)
    np.testing.assert_allclose(world(mirrored(run))[1][:, 0] * [-1, 1, 1], world(run)[1][:, 0])


@pytest.mark.parametrize("degrees", [45.0, -90.0, 180.0, 360.0])
def test_turning_ends_where_it_says_with_feet_at_ease(degrees: float) -> None:
    done = steps.stepped(steps.turning(np.radians(degrees), 0.45))
    left, right = (feet_of(done)[side][0] for side in ("left", "right"))
    across = (left - right)[-1]
    wanted = np.array([np.cos(np.radians(degrees)), 0.0, -np.sin(np.radians(degrees))])
    np.testing.assert_allclose(across / np.linalg.norm(across), wanted, atol=0.01)
    assert done.pelvis[:, [0, 2]].std() < 0.06


def test_side_steps_travel_their_length_and_one_foot_is_always_down() -> None:
    done = steps.stepped(steps.going((1.0, 0.0), 0.35, 3, 0.4, "left"))
    assert done.pelvis[-1, 0] - done.pelvis[0, 0] == pytest.approx(1.05, abs=0.02)
    heights = [ankle[:, 1] for ankle, _ in feet_of(done).values()]
    assert np.minimum(*heights).max() < ANKLE + 0.02


def test_a_leap_rises_by_its_height_under_gravity() -> None:
    done = leap.leapt(leap.Leap(height=0.3))
    top = done.pelvis[:, 1].max() - (LEG + ANKLE + 0.005 * LEG)
    assert top == pytest.approx(0.3, abs=0.02)
    up = np.diff(done.pelvis[:, 1], n=2) * FPS**2
    flying = done.pelvis[1:-1, 1] > LEG + ANKLE + 0.1
    assert np.median(up[flying]) == pytest.approx(-9.81, abs=0.6)


def test_leaps_cover_their_ground_only_in_the_air() -> None:
    done = leap.leapt(leap.Leap(count=2, height=0.2, shift=(0.0, 0.5)))
    for ankle, _ in feet_of(done).values():
        assert ankle[-1, 2] - ankle[0, 2] == pytest.approx(1.0, abs=0.02)


def test_a_skip_lands_on_the_feet_in_turn() -> None:
    plan = leap.Leap(count=4, height=0.12, shift=(0.0, 0.5), one_leg="left", alternate=True)
    feet = {side: ankle[:, 1] for side, (ankle, _) in feet_of(leap.leapt(plan)).items()}
    higher = np.sign(np.round(feet["left"] - feet["right"], 2))
    changes = higher[higher != 0.0]
    # The right foot is up first; it comes down as the left one goes up, jump for jump.
    assert changes[0] == -1.0
    assert (np.diff(changes) != 0.0).sum() == 4


def test_a_move_is_done_as_often_as_asked() -> None:
    move = verbs()["wave"].move
    assert move is not None
    for count in (1, 2, 5):
        swing = moves.drawn(move, count, 1.0, 1.0)["rightArm.wave"]
        peaks = np.flatnonzero((swing[1:-1] > swing[:-2]) & (swing[1:-1] >= swing[2:]))
        assert (swing[peaks + 1] > 5.0).sum() == count
    assert move.count_for(move.seconds(3)) == 3


def test_the_rest_channels_are_a_person_who_stands() -> None:
    done = posed("rest", rest_curves(2))
    assert done.pelvis[0, 1] == pytest.approx(LEG * 0.988 + ANKLE)
    for ankle, _ in feet_of(done).values():
        assert ankle[0, 1] == pytest.approx(ANKLE, abs=1e-3)
