# SPDX-License-Identifier: Apache-2.0
"""Tremor goes, accents stay; arms leave the body and nothing else moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gen3d import transforms
from gen3d.types import Clip, Skeleton
from motion.capsules import (
    Capsules,
    Points,
    arm_points,
    depths,
    self_depth,
    trunk_and_legs,
    ways_out,
)
from motion.catalogue import entry, play
from motion.clean import arms_clear, eased, smoothed
from motion.contact import world_of
from motion.finish import finish
from motion.language.perform import performed
from motion.language.script import Action, Script
from motion.measures import jerk
from motion.performance import BODY, Performance, relaxed_fingers, world

FAST = ("clip:spin_kick", "clip:punch", "clip:run", "program:hop", "program:jumping_jacks")


def _trembling(performance: Performance, seed: int = 0) -> Performance:
    """With white noise of a degree on every joint and 2 mm on the pelvis."""
    rng = np.random.default_rng(seed)
    axes = transforms.normalize(rng.normal(size=(*performance.rotations.shape[:2], 3)))
    turn = transforms.from_axis_angle(axes, rng.normal(size=axes.shape[:2]) * np.radians(1.0))
    return replace(
        performance,
        rotations=transforms.multiply(performance.rotations, turn),
        pelvis=performance.pelvis + rng.normal(size=performance.pelvis.shape) * 0.002,
    )


def _peak(performance: Performance) -> float:
    """Fastest joint, m/s."""
    _, places = world(performance)
    steps = np.linalg.norm(np.diff(places, axis=0), axis=-1) * performance.fps
    return float(np.quantile(steps, 0.999))


@pytest.mark.parametrize("name", FAST)
def test_smoothing_keeps_the_peaks_of_fast_motions(name: str) -> None:
    clean = play(entry(name), 0)
    assert _peak(smoothed(clean)) > 0.95 * _peak(clean)
    assert _peak(smoothed(_trembling(clean))) > 0.95 * _peak(clean)


@pytest.mark.parametrize("name", FAST)
def test_smoothing_takes_most_of_the_tremor_and_comes_nearer_to_the_truth(name: str) -> None:
    clean = play(entry(name), 0)
    noisy = _trembling(clean)
    (_, truth), (_, before), (_, after) = (world(p) for p in (clean, noisy, smoothed(noisy)))
    own = jerk(truth, clean.fps)
    assert jerk(after, clean.fps) - own < 0.3 * (jerk(before, clean.fps) - own)
    assert np.mean((after - truth) ** 2) < np.mean((before - truth) ** 2)


def test_a_cubic_motion_and_no_strength_change_nothing() -> None:
    time = np.linspace(-1.0, 1.0, 60)
    pelvis = np.stack([time**3, 1.0 + time**2, time], axis=-1)
    still = np.tile(transforms.IDENTITY, (60, len(BODY), 1))
    performance = Performance("p", 30.0, still, pelvis, relaxed_fingers(60))
    np.testing.assert_allclose(smoothed(performance).pelvis, pelvis, atol=1e-9)
    noisy = _trembling(performance)
    assert smoothed(noisy, 0.0) is noisy
    short = replace(noisy, rotations=still[:6], pelvis=pelvis[:6], fingers=relaxed_fingers(6))
    assert smoothed(short) is short


def test_smoothed_rotations_are_unit_and_continuous() -> None:
    calm = smoothed(_trembling(play(entry("clip:cartwheel"), 0))).rotations
    np.testing.assert_allclose(np.linalg.norm(calm, axis=-1), 1.0)
    assert np.sum(calm[1:] * calm[:-1], axis=-1).min() > 0.0


def test_the_depth_of_a_ball_in_a_capsule_is_the_closed_form() -> None:
    places = np.array([[[0.0, 0.3, 0.0], [2.0, 0.0, 0.0], [0.5, 0.0, -0.4]]])
    points = Points(places, np.array([0.1, 0.1, 0.0]), np.ones(3))
    body = Capsules(
        np.array([[[-1.0, 0.0, 0.0]]]),
        np.array([[[1.0, 0.0, 0.0]]]),
        np.array([0.5]),
        np.zeros((1, 1, 3)),
    )
    np.testing.assert_allclose(depths(points, body)[0, :, 0], [0.3, -0.4, 0.1])
    wanted = [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]]
    np.testing.assert_allclose(ways_out(points, body)[0, :, 0], wanted, atol=1e-12)


def _through(body: Skeleton, frames: int = 60) -> Clip:
    """The right arm hangs, swings through the trunk and back."""
    rotations = np.tile(transforms.IDENTITY, (frames, len(body.names), 1))
    time = np.linspace(0.0, 1.0, frames)
    for side, sign in (("left", -1.0), ("right", 1.0)):
        down = transforms.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.full(frames, sign * 1.2))
        rotations[:, body.index(f"{side}UpperArm")] = down
    bend = 1.9 * np.sin(np.pi * time) ** 2
    elbow = transforms.from_axis_angle(np.array([0.0, 0.0, 1.0]), bend)
    rotations[:, body.index("rightLowerArm")] = elbow
    hips = np.tile(body.positions[body.index("hips")], (frames, 1))
    zero = np.zeros((frames, 3), np.float32)
    return Clip("through", 30.0, rotations.astype(np.float32), zero, hips)


def test_an_arm_that_swings_through_the_trunk_leaves_it(body: Skeleton) -> None:
    clip = _through(body)
    before = self_depth(*world_of(clip, body), body)
    assert before.max() > 0.03
    cleared = arms_clear(clip, body)
    rotations, positions = world_of(cleared, body)
    after = self_depth(rotations, positions, body)
    assert after.max() < 0.012
    deep = depths(arm_points(positions, body, "right"), trunk_and_legs(rotations, positions, body))
    assert deep.max() <= after.max() + 1e-9


def test_clearing_moves_one_arm_smoothly_and_nothing_else(body: Skeleton) -> None:
    clip = _through(body)
    cleared = arms_clear(clip, body)
    _, before = world_of(clip, body)
    turns, after = world_of(cleared, body)
    mine = [j for j, name in enumerate(body.names) if name.startswith("right")]
    mine = [j for j in mine if "Leg" not in body.names[j]]
    others = [j for j in range(len(body.names)) if j not in mine]
    np.testing.assert_allclose(after[:, others], before[:, others], atol=1e-6)
    hand = body.index("rightHand")
    np.testing.assert_allclose(
        np.abs(turns[:, hand, 0]), np.abs(world_of(clip, body)[0][:, hand, 0]), atol=1e-4
    )
    wrist = np.linalg.norm(np.diff(after[:, hand], n=2, axis=0), axis=-1)
    source = np.linalg.norm(np.diff(before[:, hand], n=2, axis=0), axis=-1)
    assert wrist.max() < 3.0 * source.max()


def test_an_arm_outside_is_left_as_it_is(adult: Skeleton) -> None:
    clip = finish(play(entry("program:wave"), 0), adult).clip
    assert arms_clear(clip, adult) is clip


def test_bones_keep_their_lengths(adult: Skeleton) -> None:
    _, places = world_of(arms_clear(_through(adult), adult), adult)
    parents = np.array(adult.parents[1:])
    lengths = np.linalg.norm(places[:, 1:] - places[:, parents], axis=-1)
    np.testing.assert_allclose(lengths, np.tile(lengths[:1], (len(lengths), 1)), atol=1e-5)


@pytest.mark.parametrize("name", ["clip:punch", "program:march", "program:lift"])
def test_finished_motions_keep_their_hands_out_of_the_body(name: str, adult: Skeleton) -> None:
    clip = finish(play(entry(name), 0), adult).clip
    assert self_depth(*world_of(clip, adult), adult).max() < 0.015


def test_where_prompts_meet_a_step_is_eased_and_accents_elsewhere_stay() -> None:
    performance = performed(Script((Action("punch"),)), 0).performance
    frames, fps = len(performance.pelvis), performance.fps
    middle = frames // 2
    pelvis = performance.pelvis.copy()
    pelvis[middle:, 0] += 0.2
    broken = replace(performance, pelvis=pelvis)
    made = eased(broken, [middle / fps])

    def steepest(way: np.ndarray) -> float:
        return float(np.abs(np.diff(way[:, 0])).max())

    assert steepest(made.pelvis) < 0.5 * steepest(broken.pelvis)
    far = np.abs(np.arange(frames) - middle) > 0.7 * fps
    assert np.abs(made.pelvis - broken.pelvis)[far].max() < 1e-4
    apart = np.abs(np.abs(np.sum(made.rotations * broken.rotations, axis=-1)) - 1.0)
    assert apart[far].max() < 1e-4
    assert np.allclose(np.linalg.norm(made.rotations, axis=-1), 1.0)
    assert eased(broken, []) is broken
