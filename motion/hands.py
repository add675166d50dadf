# SPDX-License-Identifier: Apache-2.0
"""Hands elsewhere: arms that take a wrist along, palms that meet on shoulders of any width."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.types import Clip, Skeleton
from motion import limbs
from motion.contact import world_of
from motion.performance import local_rotations

_PALMS = 0.26
"""Distance of the palms' middles when the hands touch, in units of wrist to middle knuckle."""


def met(clip: Clip, skeleton: Skeleton) -> Clip:
    """Shift both hands by the same way until, at their closest, the palms touch.

    The arms follow by inverse kinematics; the hands keep their orientation in the world.
    """
    rotations, positions = world_of(clip, skeleton)
    left, right = (_palm(positions, skeleton, side) for side in ("left", "right"))
    chest = rotations[:, skeleton.index("upperChest")]
    across = transforms.rotate(chest, np.array([[1.0, 0.0, 0.0]]))
    closest = float(np.sum((left - right) * across, axis=-1).min())
    bones = skeleton.positions[[skeleton.index("leftHand"), skeleton.index("leftMiddleProximal")]]
    touching = _PALMS * float(np.linalg.norm(bones[1] - bones[0]))
    ways = across * 0.5 * (closest - touching)
    for side, sign in (("left", -1.0), ("right", 1.0)):
        reach(limbs.arm(skeleton, side), rotations, positions, sign * ways)
    local = local_rotations(skeleton.parents, rotations)
    return replace(clip, rotations=transforms.continuous(local).astype(np.float32))


def _palm(positions: np.ndarray, skeleton: Skeleton, side: str) -> Float[np.ndarray, "frames 3"]:
    wrist, knuckle = skeleton.index(f"{side}Hand"), skeleton.index(f"{side}MiddleProximal")
    return 0.5 * (positions[:, wrist] + positions[:, knuckle])


def reach(
    arm: limbs.Limb,
    rotations: Float[np.ndarray, "frames joints 4"],
    positions: Float[np.ndarray, "frames joints 3"],
    way: Float[np.ndarray, "frames 3"],
) -> None:
    """Move a wrist, in place on world rotations that the caller owns; the forearm keeps its twist.

    Args:
        arm: Shoulder, elbow and wrist (:func:`motion.limbs.arm`).
        rotations: World rotations.
        positions: World positions before the move; they stay.
        way: How far the wrist goes, metres; frames in which it does not are left exactly alone.
    """
    upper, lower, hand = arm.joints
    moved = np.linalg.norm(way, axis=-1, keepdims=True) > 1e-6
    hinge = transforms.rotate(rotations[:, upper], arm.hinge[None])
    turns = limbs.solve(arm, positions[:, upper], positions[:, hand] + way, hinge)
    # Closed-form angles are not quite those of the source where its elbow left its hinge: the
    # difference without any move is taken out again.
    still = limbs.solve(arm, positions[:, upper], positions[:, hand], hinge)
    for joint, turn, unmoved in zip((upper, lower), turns, still, strict=True):
        change = transforms.multiply(turn, transforms.conjugate(unmoved))
        turned = transforms.multiply(change, rotations[:, joint])
        rotations[:, joint] = np.where(moved, turned, rotations[:, joint])
