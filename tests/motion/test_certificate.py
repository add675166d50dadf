# SPDX-License-Identifier: Apache-2.0
"""Certificates find what was put wrong, and nothing where nothing is."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pytest

from gen3d import transforms
from gen3d.types import Clip, Skeleton
from motion.catalogue import entry, play
from motion.certificate import LIMITS, certify
from motion.contact import world_of
from motion.finish import Finished, finish
from motion.joint_limits import LIMITS as JOINT_LIMITS
from motion.joint_limits import excess, joint_angles
from motion.measures import measure

X, Y, Z = np.eye(3)


def _still(body: Skeleton, frames: int = 60) -> Clip:
    rotations = np.tile(transforms.IDENTITY.astype(np.float32), (frames, len(body.names), 1))
    hips = np.tile(body.positions[body.index("hips")], (frames, 1))
    return Clip("still", 30.0, rotations, np.zeros((frames, 3), np.float32), hips)


def _turned(clip: Clip, body: Skeleton, joint: str, axis: np.ndarray, degrees: float) -> Clip:
    rotations = clip.rotations.copy()
    turn = transforms.from_axis_angle(axis, np.radians(degrees)).astype(np.float32)
    index = body.index(joint)
    rotations[:, index] = transforms.multiply(rotations[:, index], turn[None])
    return replace(clip, rotations=rotations)


def _moved(clip: Clip, offset: np.ndarray) -> Clip:
    return replace(clip, hips_positions=(clip.hips_positions + offset).astype(np.float32))


@pytest.fixture(scope="module")
def walk(adult: Skeleton) -> Finished:
    return finish(play(entry("clip:stroll"), 0), adult)


def test_a_body_that_stands_is_clean(body: Skeleton) -> None:
    found = certify(_still(body), body)
    assert found.verdict == "clean"
    assert found.contact_share == 1.0
    for name in ("skate_cm_s", "penetration_cm", "float_cm", "limit_share", "self_share"):
        assert getattr(found, name) == pytest.approx(0.0, abs=1e-3)


def test_a_captured_walk_is_clean_and_agrees_with_the_measures(
    walk: Finished, adult: Skeleton
) -> None:
    found = certify(walk.clip, adult, walk.contacts)
    figures = measure(walk.clip, adult, walk.contacts)
    assert found.verdict == "clean"
    assert found.skate_cm_s == pytest.approx(figures["skate_cm_s"])
    assert found.penetration_cm == pytest.approx(figures["penetration_cm"])
    assert found.contact_share == figures["contact_share"]


def test_sinking_and_floating_are_measured_to_the_millimetre(body: Skeleton) -> None:
    still = _still(body)
    sunk = certify(_moved(still, np.array([0.0, -0.05, 0.0])), body)
    assert sunk.penetration_cm == pytest.approx(5.0, abs=0.05)
    assert sunk.grades["penetration_cm"] == "poor"
    afloat = certify(_moved(still, np.array([0.0, 0.1, 0.0])), body)
    assert afloat.float_cm == pytest.approx(10.0, abs=0.05)
    assert afloat.verdict == "poor"


def test_a_thrown_body_flies_and_one_that_hangs_floats(adult: Skeleton) -> None:
    clip = _still(adult, 60)
    rise = np.zeros(60)
    seconds = np.arange(19) / 30.0
    rise[20:39] = 3.0 * seconds - 0.5 * 9.81 * seconds**2
    thrown = certify(_moved(clip, np.maximum(rise, 0.0)[:, None] * Y), adult)
    assert thrown.airborne_share > 0.2
    assert thrown.float_cm < 2.5
    hung = np.where((np.arange(60) > 20) & (np.arange(60) < 50), 0.4, 0.0)
    assert certify(_moved(clip, hung[:, None] * Y), adult).float_cm == pytest.approx(40.0, abs=0.1)


def test_a_standing_body_that_slides_skates_at_its_speed(adult: Skeleton) -> None:
    clip = _still(adult)
    path = np.arange(60)[:, None] / 30.0 * 0.2 * Z
    found = certify(_moved(clip, path), adult, np.ones((60, 4), dtype=bool))
    assert found.skate_cm_s == pytest.approx(20.0, rel=1e-3)
    assert found.skate_p95_cm_s == pytest.approx(20.0, rel=1e-3)


def test_a_pop_shows_in_the_jerk_of_its_frame(walk: Finished, adult: Skeleton) -> None:
    calm = certify(walk.clip, adult, walk.contacts)
    hips = walk.clip.hips_positions.copy()
    hips[len(hips) // 2] += np.array([0.0, 0.08, 0.0], np.float32)
    popped = certify(replace(walk.clip, hips_positions=hips), adult, walk.contacts)
    assert popped.jerk_peak_ratio > 3.0 * calm.jerk_peak_ratio
    assert popped.grades["jerk_peak_ratio"] == "poor"


@pytest.mark.parametrize(
    ("joint", "axis", "degrees", "name", "angle"),
    [
        ("leftLowerLeg", X, 40.0, "leftKnee.bend", 40.0),
        ("leftLowerLeg", X, -40.0, "leftKnee.bend", -40.0),
        ("rightLowerArm", Y, 70.0, "rightElbow.bend", 70.0),
        ("leftLowerArm", Y, -70.0, "leftElbow.bend", 70.0),
        ("leftUpperLeg", X, 45.0, "leftHip.back", 45.0),
        ("rightFoot", X, -30.0, "rightFoot.up", 30.0),
        ("leftFoot", Y, 50.0, "leftFoot.turn", 50.0),
        ("spine", Y, 80.0, "torso.turn", 80.0),
        ("neck", X, 60.0, "head.bend", 60.0),
        ("head", Z, -50.0, "head.lean", 50.0),
        ("leftHand", Z, 100.0, "leftWrist.bend", 100.0),
    ],
)
def test_joint_angles_are_what_the_joint_was_turned_by(
    adult: Skeleton, joint: str, axis: np.ndarray, degrees: float, name: str, angle: float
) -> None:
    clip = _still(adult, 4)
    rest = joint_angles(*world_of(clip, adult), adult)
    turned = joint_angles(*world_of(_turned(clip, adult, joint, axis, degrees), adult), adult)
    assert turned[name][0] - rest[name][0] == pytest.approx(angle, abs=1.5)


def test_every_angle_has_limits_and_rest_is_within_them(body: Skeleton) -> None:
    angles = joint_angles(*world_of(_still(body, 2), body), body)
    plain = {name.removeprefix("left").removeprefix("right") for name in angles}
    assert plain == set(JOINT_LIMITS)
    assert max(float(v.max()) for v in excess(angles).values()) == 0.0


def test_a_knee_bent_forwards_is_named(adult: Skeleton) -> None:
    bent = _turned(_still(adult), adult, "leftLowerLeg", X, -60.0)
    found = certify(bent, adult)
    assert (found.limit_worst, found.limit_share) == ("leftKnee.bend", 1.0)
    assert found.limit_worst_deg == pytest.approx(60.0 - 12.0, abs=5.0)
    assert found.grades["limit_worst_deg"] == "poor"


def test_a_hand_in_the_belly_is_found(adult: Skeleton) -> None:
    clip = _turned(_still(adult), adult, "rightUpperArm", Z, 70.0)
    inside = certify(_turned(clip, adult, "rightLowerArm", Z, 110.0), adult)
    assert inside.self_share == 1.0
    assert inside.self_cm > 3.0


def test_a_seam_is_measured_only_of_cycles(walk: Finished, adult: Skeleton) -> None:
    cycle = walk.clip
    assert cycle.loop
    whole = certify(cycle, adult, walk.contacts)
    assert whole.grades["seam_deg"] == whole.grades["seam_cm"] == "clean"
    cut = replace(
        cycle,
        rotations=cycle.rotations[:-9],
        root_positions=cycle.root_positions[:-9],
        hips_positions=cycle.hips_positions[:-9],
    )
    assert certify(cut, adult).seam_deg > 8.0
    assert certify(replace(cut, loop=False), adult).seam_deg == 0.0


def test_the_same_clip_gives_the_same_json_with_a_grade_for_every_limit(
    walk: Finished, adult: Skeleton
) -> None:
    first, second = (
        json.dumps(certify(walk.clip, adult, walk.contacts).to_json()) for _ in range(2)
    )
    assert first == second
    content = json.loads(first)
    assert set(content["grades"]) == set(LIMITS)
    assert content["verdict"] == "clean"


def test_a_single_frame_has_a_certificate(adult: Skeleton) -> None:
    clip = _still(adult, 2)
    assert certify(clip, adult, np.ones((2, 4), dtype=bool)).verdict == "clean"


def test_six_seconds_take_well_under_a_second(adult: Skeleton) -> None:
    clip = _still(adult, 181)
    certify(clip, adult)
    start = time.process_time()
    certify(clip, adult)
    assert time.process_time() - start < 0.5
