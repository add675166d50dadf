# SPDX-License-Identifier: Apache-2.0
"""The features of our own motion model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from gen3d import transforms
from gen3d.errors import Gen3dError
from motion.catalogue import entries, entry, play
from motion.heading import about_up
from motion.performance import (
    BODY,
    REFERENCE,
    RELAXED,
    Performance,
    at_rate,
    relaxed_fingers,
    world,
)
from motion.representation import (
    GROUPS,
    JOINTS_OF,
    SLICES,
    WIDTH,
    contacts_of,
    from_performance,
    heading_of,
    joints_of,
    part_mask,
    rotations_of_six,
    six_of,
    to_performance,
)

STANDING = float(REFERENCE.positions[0, 1])
MOTIONS = [
    *(each.id for each in entries() if each.file),
    *("program:wave", "program:sit_on_floor", "program:jumping_jacks", "program:lie_on_back"),
]


def _moving(headings: np.ndarray, path: np.ndarray, fps: float = 30.0) -> Performance:
    """A stiff figure on a path."""
    rotations = np.tile(np.array(transforms.IDENTITY), (len(path), len(BODY), 1))
    rotations[:, 0] = about_up(headings)
    return Performance("moving", fps, rotations, path, relaxed_fingers(len(path)), grounded=True)


def _canonical(performance: Performance) -> tuple[np.ndarray, np.ndarray]:
    """World rotations and places of a motion moved to the origin and turned to face +Z."""
    turned, places = world(performance)
    first = heading_of(turned[:, 0], performance.fps)[0]
    places = places - performance.pelvis[0] * [1.0, 0.0, 1.0]
    back = about_up(-first)[None, None]
    return transforms.multiply(back, turned), transforms.rotate(back, places)


def _angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    apart = transforms.multiply(transforms.conjugate(a), b)
    return 2.0 * np.arcsin(np.clip(np.linalg.norm(apart[..., 1:], axis=-1), 0.0, 1.0))


def test_the_blocks_cover_a_frame() -> None:
    covered = np.zeros(WIDTH, int)
    for part in SLICES.values():
        covered[part] += 1
    assert WIDTH == 146
    assert (covered == 1).all()


@pytest.mark.parametrize("identifier", MOTIONS)
def test_a_motion_comes_back_where_it_starts_at_the_origin(identifier: str) -> None:
    motion = play(entry(identifier), 0)
    features = from_performance(motion)
    back = to_performance(features, motion.name, motion.fps)
    (turned, places), (wanted_turned, wanted) = world(back), _canonical(motion)
    assert features.shape == (len(motion.pelvis), WIDTH)
    assert _angle(turned, wanted_turned).max() <= 1e-4
    assert np.abs(places - wanted).max() <= 1e-5
    np.testing.assert_allclose(back.fingers, motion.fingers, atol=1e-6)
    again = from_performance(back)
    unmarked = np.delete(np.arange(WIDTH), np.arange(WIDTH)[SLICES["contacts"]])
    np.testing.assert_allclose(again[:, unmarked], features[:, unmarked], atol=2e-4)


def test_ten_seconds_of_running_in_curves_end_where_they_ended() -> None:
    turn = np.cumsum(0.06 * np.sin(np.arange(301) / 17.0))
    step = 0.15 * np.stack([np.sin(turn), 0.0 * turn, np.cos(turn)], axis=1)
    path = np.cumsum(step, axis=0) + np.array([0.0, STANDING, 0.0])
    motion = _moving(turn, path)
    back = to_performance(from_performance(motion), "run")
    _, wanted = _canonical(motion)
    assert np.linalg.norm(path[-1] - path[0]) > 10.0
    assert np.abs(world(back)[1] - wanted).max() <= 1e-5


def test_the_same_motion_elsewhere_has_the_same_features() -> None:
    walk = play(entry("clip:turn_left"), 0)
    turn = about_up(2.5)[None]
    rotations = walk.rotations.copy()
    rotations[:, 0] = transforms.multiply(turn, rotations[:, 0])
    elsewhere = replace(
        walk,
        rotations=rotations,
        pelvis=transforms.rotate(turn, walk.pelvis) + np.array([7.0, 0.0, -3.0]),
    )
    np.testing.assert_allclose(from_performance(elsewhere), from_performance(walk), atol=1e-5)


def test_walking_straight_is_forward_speed_and_circling_is_turning() -> None:
    frames = np.arange(90)
    path = np.stack([0.0 * frames, 0.0 * frames + STANDING, 0.04 * frames], axis=1)
    straight = from_performance(_moving(np.zeros(90), path))
    np.testing.assert_allclose(straight[:, :3], np.tile([0.0, 0.0, 1.2], (90, 1)), atol=1e-5)
    np.testing.assert_allclose(straight[:, 3], STANDING, atol=1e-6)
    spin = from_performance(_moving(0.05 * frames, path * [0.0, 1.0, 0.0]))
    np.testing.assert_allclose(spin[:, 0], 1.5, atol=1e-4)


def test_the_first_frame_repeats_the_velocities_of_the_second_and_is_not_read() -> None:
    features = from_performance(play(entry("clip:run"), 0))
    np.testing.assert_array_equal(features[0, :3], features[1, :3])
    changed = features.copy()
    changed[0, :3] = 99.0
    ours, theirs = to_performance(features, "a"), to_performance(changed, "a")
    np.testing.assert_array_equal(ours.pelvis, theirs.pelvis)
    np.testing.assert_array_equal(ours.rotations, theirs.rotations)


@pytest.mark.parametrize("identifier", ["clip:cartwheel", "clip:backflip", "clip:roll"])
def test_the_heading_goes_on_while_a_body_is_upside_down(identifier: str) -> None:
    turn_rate = from_performance(play(entry(identifier), 0))[:, 0]
    assert np.degrees(np.abs(turn_rate)).max() < 500.0


def test_the_five_parts_share_out_a_frame() -> None:
    masks = np.stack([part_mask(part) for part in JOINTS_OF])
    np.testing.assert_array_equal(masks.sum(axis=0), 1)
    assert sorted(joint for joints in JOINTS_OF.values() for joint in joints) == sorted(BODY)
    for name, parts in GROUPS.items():
        np.testing.assert_array_equal(
            part_mask(name), np.any([part_mask(part) for part in parts], axis=0)
        )
    legs = part_mask("legs")
    for block in ("root_turn", "root_velocity", "root_height", "contacts"):
        assert legs[SLICES[block]].all()
    with pytest.raises(Gen3dError, match="'tail'"):
        part_mask("tail")


@pytest.mark.parametrize(
    ("joint", "part"),
    [("leftLowerArm", "left arm"), ("rightFoot", "legs"), ("head", "head"), ("rightHand", "arms")],
)
def test_moving_a_joint_changes_only_its_part(joint: str, part: str) -> None:
    motion = play(entry("program:idle"), 0)
    rotations = motion.rotations.copy()
    bend = transforms.from_axis_angle(np.array([0.0, 0.0, 1.0]), 0.3)
    index = BODY.index(joint)
    rotations[:, index] = transforms.multiply(rotations[:, index], bend[None])
    changed = from_performance(replace(motion, rotations=rotations)) != from_performance(motion)
    assert changed[:, part_mask(part)].any()
    assert not changed[:, ~part_mask(part)].any()


def test_a_hand_that_closes_changes_its_own_arm() -> None:
    motion = play(entry("program:idle"), 0)
    fingers = np.zeros_like(motion.fingers) + np.array(RELAXED)
    fingers[:, 1] = 1.0
    changed = from_performance(replace(motion, fingers=fingers)) != from_performance(motion)
    assert changed[:, part_mask("right arm")].any()
    assert not changed[:, ~part_mask("right arm")].any()


def test_contacts_hold_while_standing_and_end_in_the_air() -> None:
    path = np.tile([0.0, STANDING, 0.0], (40, 1))
    assert contacts_of(from_performance(_moving(np.zeros(40), path))).all()
    jump = from_performance(play(entry("clip:jump"), 0))
    flying = int(jump[:, 3].argmax())
    assert not contacts_of(jump)[flying].any()
    assert contacts_of(jump).any()


def test_six_numbers_are_made_orthonormal_and_keep_their_first_direction() -> None:
    rng = np.random.default_rng(0)
    six = rng.normal(size=(200, 6))
    matrix = transforms.to_matrix(rotations_of_six(six))
    np.testing.assert_allclose(
        matrix @ matrix.swapaxes(-1, -2), np.tile(np.eye(3), (200, 1, 1)), atol=1e-12
    )
    np.testing.assert_allclose(matrix[..., 0], transforms.normalize(six[:, :3]), atol=1e-12)
    q = transforms.normalize(rng.normal(size=(200, 4)))
    assert _angle(rotations_of_six(3.0 * six_of(q)), q).max() < 1e-7


@pytest.mark.parametrize("identifier", ["clip:walk", "clip:cartwheel", "program:sit_on_floor"])
def test_the_tensors_joints_are_those_of_the_motion(identifier: str) -> None:
    motion = at_rate(play(entry(identifier), 0), 1.3)
    features = from_performance(motion).astype(np.float64)
    noisy = features + np.random.default_rng(1).normal(0.0, 0.05, features.shape)
    batch = np.stack([features, noisy])
    joints = joints_of(torch.from_numpy(batch), motion.fps).numpy()
    for ours, values in zip(joints, batch, strict=True):
        _, wanted = world(to_performance(values, "x", motion.fps))
        np.testing.assert_allclose(ours, wanted, atol=1e-6)


def test_the_tensors_joints_have_exact_gradients() -> None:
    features = from_performance(play(entry("clip:run"), 0))[:3].astype(np.float64)
    values = torch.from_numpy(features[None]).requires_grad_()
    assert torch.autograd.gradcheck(joints_of, (values,), fast_mode=True)


def test_the_frame_rate_may_change() -> None:
    motion = play(entry("clip:walk"), 0)
    slower = replace(at_rate(motion, 2.0), fps=15.0)
    ours, theirs = from_performance(motion), from_performance(slower)
    assert ours[:, 2].mean() == pytest.approx(theirs[:, 2].mean(), rel=0.03)
    back = to_performance(theirs, "slower", 15.0)
    travel = motion.pelvis[-1] - motion.pelvis[0]
    assert np.hypot(*back.pelvis[-1, [0, 2]]) == pytest.approx(np.hypot(*travel[[0, 2]]), abs=0.02)


def test_one_frame_is_a_pose() -> None:
    walk = play(entry("clip:walk"), 0)
    pose = replace(
        walk, rotations=walk.rotations[:1], pelvis=walk.pelvis[:1], fingers=walk.fingers[:1]
    )
    back = to_performance(from_performance(pose), "pose")
    assert _angle(world(back)[0], _canonical(pose)[0]).max() <= 1e-4


def test_what_is_not_a_motion_is_refused() -> None:
    with pytest.raises(Gen3dError, match="146 numbers"):
        to_performance(np.zeros((5, 145)), "x")
    with pytest.raises(Gen3dError, match="not finite"):
        to_performance(np.full((5, WIDTH), np.nan), "x")
    walk = play(entry("clip:walk"), 0)
    with pytest.raises(Gen3dError, match="'walk'"):
        from_performance(replace(walk, pelvis=walk.pelvis * np.nan))


def test_equal_motions_have_equal_bytes() -> None:
    first, second = (from_performance(play(entry("program:talk"), 5)) for _ in range(2))
    assert first.tobytes() == second.tobytes()
