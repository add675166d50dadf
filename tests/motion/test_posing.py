# SPDX-License-Identifier: Apache-2.0
"""Joint positions to rotations."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from gen3d import transforms
from gen3d.errors import Gen3dError
from motion.catalogue import entry, play
from motion.files import HUMANML3D
from motion.heading import about_up
from motion.performance import BODY, LEG, REFERENCE, Performance, at_rate, relaxed_fingers, world
from motion.posing import (
    REFERENCE_BUILD,
    Build,
    build_of,
    joints_on,
    pose_from_joints,
    residual,
    skeleton_of,
)
from motion.posing_curve import Evidence, fitted, followed

ACROBATICS = [
    "clip:cartwheel",
    "clip:roll",
    "clip:backflip",
    "clip:spin_kick",
    "clip:dance_turning",
]
ARMS = ["program:raise_arms", "program:stretch", "program:wave", "clip:punch"]
PLAIN = ["clip:walk", "clip:run", "clip:crawl", "clip:get_up_from_back", "program:squat"]


def _motion(identifier: str) -> Performance:
    return play(entry(identifier), 0)


def _spun(motion: Performance, degrees: float) -> Performance:
    turn = about_up(np.radians(np.linspace(0.0, degrees, len(motion.pelvis))))
    rotations = motion.rotations.copy()
    rotations[:, 0] = transforms.multiply(turn, rotations[:, 0])
    return replace(motion, rotations=rotations, pelvis=transforms.rotate(turn, motion.pelvis))


def _steps(turned: np.ndarray) -> np.ndarray:
    """Largest turn of each joint from one frame to the next, degrees."""
    return np.degrees(_apart(turned[:-1], turned[1:])).max(axis=0)


def _apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    change = transforms.multiply(transforms.conjugate(a), b)
    return 2.0 * np.arcsin(np.clip(np.linalg.norm(change[..., 1:], axis=-1), 0.0, 1.0))


def _stranger() -> Build:
    """A body of other proportions: short legs, low wide collars, a head ahead of the neck."""
    offsets = REFERENCE_BUILD.offsets.copy()
    names = {name: i for i, name in enumerate(BODY)}
    for name, i in names.items():
        if name.endswith(("LowerLeg", "Foot")):
            offsets[i] *= 0.8
        if name.endswith("Shoulder"):
            offsets[i] = [np.sign(offsets[i, 0]) * 0.08, 0.12, -0.02]
    offsets[names["hips"]] = [0.0, 0.09, 0.01]
    for side in ("left", "right"):
        offsets[names[f"{side}UpperLeg"], 1:] -= [0.09, 0.01]
    offsets[names["head"]] = [0.0, 0.09, 0.055]
    return Build(offsets)


def _arm(directions: np.ndarray, bends: np.ndarray, hinge: np.ndarray) -> np.ndarray:
    """Joints of a standing figure whose left upper arm points along directions.

    The elbow is bent by some angle about an axis, negative for an overstretched one.
    """
    rest = np.tile(np.array(transforms.IDENTITY), (len(bends), len(BODY), 1))
    pelvis = np.tile(REFERENCE.positions[0].astype(float), (len(bends), 1))
    still = Performance("still", 30.0, rest, pelvis, relaxed_fingers(len(bends)))
    joints = joints_on(still, REFERENCE_BUILD)
    shoulder, elbow, hand = (HUMANML3D.index(f"left{n}") for n in ("UpperArm", "LowerArm", "Hand"))
    lower = transforms.rotate(transforms.from_axis_angle(hinge, bends), directions)
    joints[:, elbow] = joints[:, shoulder] + 0.2748 * directions
    joints[:, hand] = joints[:, elbow] + 0.2589 * lower
    return joints


def _hinges(performance: Performance, bone: str, axis: np.ndarray) -> np.ndarray:
    turned, _ = world(performance)
    return transforms.rotate(turned[:, BODY.index(bone)], axis[None])


@pytest.mark.parametrize("identifier", [*ACROBATICS, *ARMS, *PLAIN])
@pytest.mark.parametrize("build", [REFERENCE_BUILD, _stranger()], ids=["reference", "stranger"])
def test_joints_are_met_and_nothing_flips(identifier: str, build: Build) -> None:
    motion = _motion(identifier)
    joints = joints_on(motion, build)
    measured = build_of(joints)
    posed = pose_from_joints(joints, motion.fps, "posed", measured)
    assert residual(joints, posed, measured).mean() <= 0.005
    own = _steps(world(motion)[0])
    assert (_steps(world(posed)[0]) <= 1.25 * own.max() + 5.0).all()


@pytest.mark.parametrize("degrees", [180.0, -180.0, 360.0, 720.0])
def test_whole_turns_add_their_own_speed_and_no_flip(degrees: float) -> None:
    motion = _spun(at_rate(_motion("clip:walk"), 0.5), degrees)
    joints = joints_on(motion, REFERENCE_BUILD)
    build = build_of(joints)
    posed = pose_from_joints(joints, motion.fps, "posed", build)
    assert residual(joints, posed, build).max() <= 0.005
    assert _steps(world(posed)[0]).max() <= _steps(world(motion)[0]).max() + 3.0
    hips = world(posed)[0][:, 0], world(motion)[0][:, 0]
    assert np.degrees(_apart(*hips)).max() < 0.1


@pytest.mark.parametrize("identifier", ["clip:walk", "clip:run", "clip:cartwheel", "clip:jump"])
def test_of_a_known_body_trunk_and_bent_limbs_come_back(identifier: str) -> None:
    motion = _motion(identifier)
    joints = joints_on(motion, REFERENCE_BUILD)
    posed = pose_from_joints(joints, motion.fps, "posed", REFERENCE_BUILD)
    np.testing.assert_allclose(posed.pelvis, motion.pelvis, atol=1e-9)
    (ours, _), (own, places) = world(posed), world(motion)
    apart = np.degrees(_apart(ours, own))
    for name in ("hips", "upperChest"):
        assert apart[:, BODY.index(name)].max() < 0.01
    seen = 0
    for upper, lower, end in (
        ("leftUpperLeg", "leftLowerLeg", "leftFoot"),
        ("rightUpperArm", "rightLowerArm", "rightHand"),
    ):
        a, b, c = (places[:, BODY.index(name)] for name in (upper, lower, end))
        cosine = np.sum(transforms.normalize(b - a) * transforms.normalize(c - b), axis=1)
        bent = np.abs(cosine) < np.cos(np.radians(35.0))
        assert not bent.any() or np.median(apart[bent, BODY.index(upper)]) < 3.0
        seen += int(bent.sum())
    assert seen > 10


def test_a_motion_elsewhere_is_the_same_motion_elsewhere() -> None:
    joints = joints_on(_motion("clip:turn_left"), _stranger())
    turn = about_up(2.0)
    moved = transforms.rotate(turn[None, None], joints) + np.array([3.0, 0.0, 4.0])
    first, second = pose_from_joints(joints, 30.0), pose_from_joints(moved, 30.0)
    assert _apart(first.rotations[:, 1:], second.rotations[:, 1:]).max() < 1e-6
    assert (
        _apart(transforms.multiply(turn[None], first.rotations[:, 0]), second.rotations[:, 0]).max()
        < 1e-6
    )


def test_a_smaller_body_does_the_same_on_the_reference_body() -> None:
    joints = joints_on(_motion("clip:run"), _stranger())
    first, second = pose_from_joints(joints, 30.0), pose_from_joints(0.6 * joints, 30.0)
    assert _apart(first.rotations, second.rotations).max() < 1e-6
    np.testing.assert_allclose(first.pelvis, second.pelvis, atol=1e-9)
    assert build_of(0.6 * joints).scale == pytest.approx(0.6 * build_of(joints).scale)


def test_a_mirrored_motion_gives_mirrored_rotations() -> None:
    joints = joints_on(_motion("clip:punch"), REFERENCE_BUILD)

    def other(name: str) -> str:
        swap = {"left": "right", "righ": "left"}.get(name[:4])
        return name if swap is None else swap + name.removeprefix("left").removeprefix("right")

    swapped = [HUMANML3D.index(other(name)) for name in HUMANML3D]
    mirrored = pose_from_joints(joints[:, swapped] * [-1.0, 1.0, 1.0], 30.0)
    plain = pose_from_joints(joints, 30.0)
    expected = plain.rotations[:, [BODY.index(other(name)) for name in BODY]] * [1, 1, -1, -1]
    assert _apart(mirrored.rotations, expected).max() < 1e-6


def test_a_straight_arm_swept_over_the_head_turns_no_faster_than_it_swings() -> None:
    angle = np.linspace(-0.45 * np.pi, 0.48 * np.pi, 60)
    directions = np.stack([np.cos(angle), np.sin(angle), 0.0 * angle], axis=1)
    joints = _arm(directions, np.zeros(60), np.array([0.0, -1.0, 0.0]))
    steps = _steps(world(pose_from_joints(joints, 30.0, "x", REFERENCE_BUILD))[0])
    assert steps.max() < 3.0 * np.degrees(angle[1] - angle[0])


def test_an_elbow_that_passes_through_straight_keeps_its_axis() -> None:
    bends = np.radians(np.concatenate([np.linspace(60, -12, 30), np.linspace(-12, 60, 30)]))
    hinge = np.array([0.0, -1.0, 0.0])
    joints = _arm(np.tile([1.0, 0.0, 0.0], (60, 1)), bends, hinge)
    posed = pose_from_joints(joints, 30.0, "x", REFERENCE_BUILD)
    along = _hinges(posed, "leftUpperArm", hinge) @ hinge
    assert along.min() > np.cos(np.radians(10.0))
    turned = world(posed)[0][:, BODY.index("leftLowerArm")]
    straight = np.degrees(_apart(turned, np.array([[1.0, 0.0, 0.0, 0.0]])))
    np.testing.assert_allclose(straight, np.degrees(np.abs(bends)), atol=4.0)


@pytest.mark.parametrize("degrees", [-60.0, 0.0, 40.0, 80.0])
def test_a_bent_elbow_shows_how_the_upper_arm_is_turned(degrees: float) -> None:
    turn = transforms.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(degrees))
    hinge = transforms.rotate(turn, np.array([0.0, -1.0, 0.0]))
    joints = _arm(np.tile([1.0, 0.0, 0.0], (20, 1)), np.full(20, np.radians(80.0)), hinge)
    posed = pose_from_joints(joints, 30.0, "x", REFERENCE_BUILD)
    found = _hinges(posed, "leftUpperArm", np.array([0.0, -1.0, 0.0])) @ hinge
    assert np.degrees(np.arccos(np.clip(found, -1.0, 1.0))).max() < 0.5


def test_a_straight_leg_turns_with_its_foot() -> None:
    rest = np.tile(np.array(transforms.IDENTITY), (20, len(BODY), 1))
    out = transforms.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.radians(35.0))
    rest[:, BODY.index("leftUpperLeg")] = out
    pelvis = np.tile(REFERENCE.positions[0].astype(float), (20, 1))
    motion = Performance("stand", 30.0, rest, pelvis, relaxed_fingers(20))
    posed = pose_from_joints(joints_on(motion, REFERENCE_BUILD), 30.0, "x", REFERENCE_BUILD)
    legs = [i for i, name in enumerate(BODY) if name.startswith("left") and "Leg" in name]
    legs += [BODY.index("leftFoot"), BODY.index("leftToes")]
    apart = np.degrees(_apart(world(posed)[0], world(motion)[0]))
    assert apart[:, legs].max() < 2.0


def test_small_tremor_gives_small_tremor() -> None:
    motion = _motion("clip:walk")
    joints = joints_on(motion, REFERENCE_BUILD)
    noise = np.random.default_rng(0).normal(0.0, 0.002, joints.shape)
    shaken = joints + noise
    build = build_of(shaken)
    posed = pose_from_joints(shaken, motion.fps, "x", build)
    assert residual(shaken, posed, build).mean() < 0.005
    assert _steps(world(posed)[0]).max() < _steps(world(motion)[0]).max() + 20.0


def test_a_body_is_measured_and_a_lean_of_the_neck_is_its_build() -> None:
    stranger = _stranger()
    measured = build_of(joints_on(_motion("clip:walk"), stranger))
    ours, theirs = (np.linalg.norm(b.offsets, axis=1) for b in (measured, stranger))
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    head = BODY.index("head")
    lean = [float(np.degrees(np.arctan2(*b.offsets[head, [2, 1]]))) for b in (measured, stranger)]
    assert lean[0] == pytest.approx(lean[1], abs=8.0)
    level = skeleton_of(measured)
    assert level.positions[:, 1].min() == pytest.approx(0.0, abs=1e-6)
    assert measured.scale == pytest.approx(0.8 * (0.4215 + 0.4099) / LEG, abs=1e-6)


def test_one_frame_is_posed() -> None:
    joints = joints_on(_motion("clip:walk"), REFERENCE_BUILD)[5:6]
    build = build_of(joints)
    assert residual(joints, pose_from_joints(joints, 30.0, "x", build), build).max() < 1e-6


def test_equal_joints_give_equal_bytes() -> None:
    joints = joints_on(_motion("clip:roll"), REFERENCE_BUILD)
    first, second = (pose_from_joints(joints, 30.0).rotations.tobytes() for _ in range(2))
    assert first == second


def test_two_hundred_frames_take_a_tenth_of_a_second() -> None:
    walk = _motion("clip:walk")
    joints = joints_on(at_rate(walk, walk.seconds * 30.0 / 195.0), REFERENCE_BUILD)
    assert len(joints) == 196
    spent: list[float] = []
    for _ in range(7):
        start = time.process_time()
        pose_from_joints(joints, 30.0)
        spent.append(time.process_time() - start)
    # With the shapes of every call checked, as tests do, it takes about twice as long.
    assert min(spent) <= 0.2


@pytest.mark.parametrize(
    "joints",
    [
        np.zeros((5, 21, 3)),
        np.zeros((0, 22, 3)),
        np.full((5, 22, 3), np.nan),
        np.zeros((5, 22, 3)),
        np.random.default_rng(0).normal(0.0, 900.0, (5, 22, 3)),
    ],
    ids=["joints", "empty", "nan", "one point", "millimetres"],
)
def test_what_is_not_a_body_is_refused(joints: np.ndarray) -> None:
    with pytest.raises(Gen3dError):
        pose_from_joints(joints, 30.0)


@pytest.mark.parametrize("order", [1, 2])
def test_a_fitted_angle_minimises_its_sum(order: int) -> None:
    rng = np.random.default_rng(order)
    sources = [Evidence(rng.normal(size=12), rng.uniform(0.0, 2.0, 12)) for _ in range(2)]
    found = fitted(sources, 3.0, order=order, pull=0.1)
    rows = [np.sqrt(source.weight)[:, None] * np.eye(12) for source in sources]
    rows += [np.sqrt(0.1) * np.eye(12), np.sqrt(3.0) * np.diff(np.eye(12), order, axis=0)]
    sides = [np.sqrt(source.weight) * source.angle for source in sources]
    sides += [np.zeros(12), np.zeros(12 - order)]
    wanted = np.linalg.lstsq(np.concatenate(rows), np.concatenate(sides), rcond=None)[0]
    np.testing.assert_allclose(found, wanted, atol=1e-10)


def test_a_fit_of_speeds_leaves_a_steady_turn_alone() -> None:
    steady = Evidence(0.2 * np.arange(40), np.ones(40))
    np.testing.assert_allclose(fitted([steady], 500.0, order=2), steady.angle, atol=1e-5)


def test_certain_angles_follow_each_other_across_the_cut() -> None:
    path = np.linspace(0.0, 7.0, 50)
    wrapped = (path + np.pi) % (2.0 * np.pi) - np.pi
    certain = np.arange(50) % 3 == 0
    unrolled = followed(wrapped, certain)
    np.testing.assert_allclose(np.diff(unrolled), np.diff(path), atol=1e-9)
