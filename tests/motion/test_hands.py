# SPDX-License-Identifier: Apache-2.0
"""Hands that are taken elsewhere."""

from __future__ import annotations

import numpy as np

from gen3d import transforms
from gen3d.types import Skeleton
from motion import limbs
from motion.catalogue import entry, play
from motion.contact import world_of
from motion.hands import reach
from motion.performance import local_rotations
from motion.retarget import retarget


def _placed(
    rotations: np.ndarray, positions: np.ndarray, body: Skeleton
) -> tuple[np.ndarray, np.ndarray]:
    local = local_rotations(body.parents, rotations)
    offsets = np.tile(body.offsets[None].astype(np.float64), (len(local), 1, 1))
    offsets[:, 0] = positions[:, 0]
    offsets[:, 1] = positions[:, 1] - positions[:, 0]
    return transforms.forward_kinematics(body.parents, local, offsets)


def _twist(rotations: np.ndarray, arm: limbs.Limb) -> np.ndarray:
    """Turn of the hand about the forearm: what is left of their difference."""
    relative = transforms.multiply(
        transforms.conjugate(rotations[:, arm.joints[1]]), rotations[:, arm.joints[2]]
    )
    return 2.0 * np.arctan2(relative[:, 1:] @ arm.lower, relative[:, 0])


def test_a_wrist_goes_its_way_and_the_other_hand_stays(body: Skeleton) -> None:
    rotations, positions = world_of(retarget(play(entry("program:clap"), 0), body), body)
    arm = limbs.arm(body, "left")
    wrist, other = body.index("leftHand"), body.index("rightHand")
    way = np.zeros((len(positions), 3))
    way[10:] = 0.1 * arm.reach * np.array([0.3, -0.5, 0.2])
    before = rotations.copy()
    reach(arm, rotations, positions, way)
    _, moved = _placed(rotations, positions, body)
    np.testing.assert_allclose(moved[:, wrist], positions[:, wrist] + way, atol=0.01 * arm.reach)
    np.testing.assert_allclose(moved[:, other], positions[:, other], atol=1e-5)
    np.testing.assert_array_equal(rotations[:10], before[:10])


def test_the_forearm_keeps_its_twist_when_the_wrist_does_not_move(adult: Skeleton) -> None:
    rotations, positions = world_of(retarget(play(entry("program:shrug"), 0), adult), adult)
    arm = limbs.arm(adult, "right")
    before = _twist(rotations, arm)
    assert np.ptp(before) > 0.1
    reach(arm, rotations, positions, np.full((len(positions), 3), 1e-5))
    np.testing.assert_allclose(_twist(rotations, arm), before, atol=1e-3)
