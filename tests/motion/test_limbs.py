# SPDX-License-Identifier: Apache-2.0
"""Two-bone inverse kinematics."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d import transforms
from gen3d.types import Skeleton
from motion import limbs


def _ends(
    limb: limbs.Limb, start: np.ndarray, turns: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    middle = start + transforms.rotate(turns[0], limb.upper[None]) * limb.lengths[0]
    return middle, middle + transforms.rotate(turns[1], limb.lower[None]) * limb.lengths[1]


def test_the_ankle_reaches_every_target_within_reach(body: Skeleton) -> None:
    rng = np.random.default_rng(0)
    leg = limbs.leg(body, "left")
    away = transforms.normalize(rng.normal(size=(500, 3)))
    target = away * rng.uniform(0.2, 0.98, (500, 1)) * leg.reach
    hinge = transforms.normalize(rng.normal(size=(500, 3)))
    start = rng.normal(size=(500, 3))
    _, end = _ends(leg, start, limbs.solve(leg, start, start + target, hinge))
    np.testing.assert_allclose(end, start + target, atol=1e-6)


def test_a_target_out_of_reach_is_approached_along_its_direction(body: Skeleton) -> None:
    leg = limbs.leg(body, "right")
    start, target = np.zeros((1, 3)), np.array([[0.0, -3.0, 1.0]])
    _, end = _ends(leg, start, limbs.solve(leg, start, target, np.array([[1.0, 0.0, 0.0]])))
    assert np.linalg.norm(end) <= sum(leg.lengths)
    np.testing.assert_allclose(transforms.normalize(end), transforms.normalize(target), atol=1e-6)


def test_knees_stand_out_forwards_and_elbows_backwards(adult: Skeleton) -> None:
    down, ahead = np.array([[0.0, -0.6, 0.0]]), np.array([[0.0, -0.2, 0.3]])
    start, sideways = np.zeros((1, 3)), np.array([[1.0, 0.0, 0.0]])
    for side in ("left", "right"):
        leg, arm = limbs.leg(adult, side), limbs.arm(adult, side)
        assert _ends(leg, start, limbs.solve(leg, start, down, sideways))[0][0, 2] > 0.05
        bent = limbs.solve(arm, start, ahead, -sideways)
        knee, line = _ends(arm, start, bent)[0][0], ahead[0] / np.linalg.norm(ahead)
        off = knee - np.dot(knee, line) * line
        assert off[2] < 0.0


def test_a_knee_straightens_without_a_jump_or_a_flip(adult: Skeleton) -> None:
    leg = limbs.leg(adult, "left")
    length = np.linspace(0.8, 1.2, 2001)[:, None] * sum(leg.lengths)
    target = length * np.array([[0.05, -0.99, 0.1]])
    hinge = np.tile([[1.0, 0.0, 0.0]], (2001, 1))
    for turns in limbs.solve(leg, np.zeros_like(target), target, hinge):
        steps = np.abs(np.sum(turns[1:] * turns[:-1], axis=-1))
        assert np.degrees(2.0 * np.arccos(np.clip(steps.min(), -1, 1))) < 0.2


def test_aiming_a_bone_where_it_points_is_the_identity(adult: Skeleton) -> None:
    arm = limbs.arm(adult, "left")
    turn = limbs.aim(arm.upper, arm.hinge, arm.upper[None], arm.hinge[None])
    np.testing.assert_allclose(np.abs(turn[0]), transforms.IDENTITY, atol=1e-9)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_positive_turn_about_the_hinge_flexes(adult: Skeleton, side: str) -> None:
    leg, arm = limbs.leg(adult, side), limbs.arm(adult, side)
    flexed = transforms.rotate(transforms.from_axis_angle(leg.hinge, 1.0), leg.lower)
    assert flexed[2] < leg.lower[2]
    flexed = transforms.rotate(transforms.from_axis_angle(arm.hinge, 1.0), arm.lower)
    assert flexed[2] > arm.lower[2]
