# SPDX-License-Identifier: Apache-2.0
"""Hands that meet: clapping and praying on shoulders of any width."""

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
        _move_hand(rotations, positions, skeleton, side, sign * ways)
    local = local_rotations(skeleton.parents, rotations)
    return replace(clip, rotations=transforms.continuous(local).astype(np.float32))


def _palm(positions: np.ndarray, skeleton: Skeleton, side: str) -> Float[np.ndarray, "frames 3"]:
    wrist, knuckle = skeleton.index(f"{side}Hand"), skeleton.index(f"{side}MiddleProximal")
    return 0.5 * (positions[:, wrist] + positions[:, knuckle])


def _move_hand(
    rotations: np.ndarray,
    positions: np.ndarray,
    skeleton: Skeleton,
    side: str,
    way: Float[np.ndarray, "frames 3"],
) -> None:
    """Take a wrist elsewhere, in place on world rotations that the caller owns."""
    arm = limbs.arm(skeleton, side)
    upper, lower, hand = arm.joints
    hinge = transforms.rotate(rotations[:, upper], arm.hinge[None])
    turns = limbs.solve(arm, positions[:, upper], positions[:, hand] + way, hinge)
    # The forearm keeps its own twist, so half of the palm's turn stays in it.
    twist = _twist_of(rotations[:, upper], rotations[:, lower], arm)
    rotations[:, upper] = turns[0]
    rotations[:, lower] = transforms.multiply(turns[1], twist)


def _twist_of(
    upper: Float[np.ndarray, "frames 4"], lower: Float[np.ndarray, "frames 4"], arm: limbs.Limb
) -> Float[np.ndarray, "frames 4"]:
    """Turn of the forearm about itself, relative to the upper arm."""
    local = transforms.multiply(transforms.conjugate(upper), lower)
    along = np.sum(local[:, 1:] * arm.lower, axis=-1)
    return transforms.normalize(np.concatenate([local[:, :1], along[:, None] * arm.lower], axis=-1))
