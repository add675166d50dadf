# SPDX-License-Identifier: Apache-2.0
"""Nothing but the feet either: bodies that lie, crawl or roll rest on the ground, not in it.

A body is taken as balls around its joints. Where one would sink, the pelvis rises along a smooth
curve over the depths; hands that would reach under the ground are bent up at the wrist.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from gen3d import transforms
from gen3d.types import Clip, Skeleton
from motion import limbs
from motion.contact import world_of
from motion.performance import local_rotations
from motion.retarget import scale_of

_RADII = {
    "hips": 0.10,
    "spine": 0.10,
    "upperChest": 0.09,
    "head": 0.09,
    "LowerLeg": 0.05,
    "UpperArm": 0.06,
    "LowerArm": 0.04,
    "Hand": 0.03,
}
"""Least height of a joint over the ground, metres for the reference leg."""


def _least_heights(skeleton: Skeleton) -> tuple[list[int], np.ndarray]:
    scale = scale_of(skeleton)
    table = {
        skeleton.index(name): radius * scale
        for key, radius in _RADII.items()
        for name in ((key,) if key in skeleton.names else (f"left{key}", f"right{key}"))
    }
    return list(table), np.array(list(table.values()))


def body_above(clip: Clip, skeleton: Skeleton) -> Clip:
    """Raise the pelvis where a joint other than the feet is too low."""
    joints, least = _least_heights(skeleton)
    _, positions = world_of(clip, skeleton)
    depth = np.maximum(0.0, least - positions[:, joints, 1]).max(axis=1)
    width = 2 * round(0.1 * clip.fps) + 1
    lift = gaussian_filter1d(maximum_filter1d(depth, width), 0.1 * clip.fps, mode="nearest")
    raised = clip.hips_positions + np.maximum(lift, depth)[:, None] * [0.0, 1.0, 0.0]
    return replace(clip, hips_positions=raised.astype(np.float32))


def hands_above(clip: Clip, skeleton: Skeleton) -> Clip:
    """Bend hands up that would reach under the ground, and raise wrists for the fingers' sake."""
    rotations, positions = world_of(clip, skeleton)
    for side in ("left", "right"):
        if _bend_wrist(rotations, positions, skeleton, side):
            _raise_wrist(rotations, positions, skeleton, side, clip.fps)
    local = local_rotations(skeleton.parents, rotations)
    return replace(clip, rotations=transforms.continuous(local).astype(np.float32))


def _digits(skeleton: Skeleton, side: str) -> list[int]:
    return [
        joint
        for joint, name in enumerate(skeleton.names)
        if name.startswith(side) and name.endswith(_DIGITS)
    ]


def _bend_wrist(
    rotations: np.ndarray, positions: np.ndarray, skeleton: Skeleton, side: str
) -> bool:
    """Aim a hand along the ground where it points into it; False if it never comes near."""
    hand, digits = skeleton.index(f"{side}Hand"), _digits(skeleton, side)
    tip = skeleton.positions[skeleton.index(f"{side}MiddleDistal")] - skeleton.positions[hand]
    length = _FINGERTIP * float(np.linalg.norm(tip))
    if positions[:, hand, 1].min() > length:
        return False
    out = np.array([[1.0 if side == "left" else -1.0, 0.0, 0.0]])
    along = transforms.rotate(rotations[:, hand], out)
    steepest = np.clip((0.1 * length - positions[:, hand, 1]) / length, -1.0, 0.5)
    level = transforms.normalize(along * [1.0, 0.0, 1.0]) * np.sqrt(1.0 - steepest**2)[:, None]
    aimed = level + steepest[:, None] * [0.0, 1.0, 0.0]
    # Straight down there is no level direction to keep; the wrist is then high enough.
    low = (along[:, 1] < steepest) & (np.abs(along[:, 1]) < 0.999)
    bend = transforms.between(along, np.where(low[:, None], aimed, along))
    chain = [hand, *digits]
    rotations[:, chain] = transforms.multiply(bend[:, None], rotations[:, chain])
    return True


def _raise_wrist(
    rotations: np.ndarray, positions: np.ndarray, skeleton: Skeleton, side: str, fps: float
) -> None:
    """Lift the wrist by arm kinematics until the lowest finger joint is on the ground."""
    arm, digits = limbs.arm(skeleton, side), _digits(skeleton, side)
    hand = arm.joints[2]
    lowest = np.full(len(positions), np.inf)
    places = {hand: positions[:, hand]}
    for joint in digits:
        parent = skeleton.parents[joint]
        offset = skeleton.offsets[joint].astype(np.float64)[None]
        places[joint] = places[parent] + transforms.rotate(rotations[:, parent], offset)
        lowest = np.minimum(lowest, places[joint][:, 1])
    depth = np.maximum(0.0, 0.006 - lowest)
    lift = np.maximum(depth, gaussian_filter1d(maximum_filter1d(depth, 5), 0.06 * fps))
    target = positions[:, hand] + lift[:, None] * [0.0, 1.0, 0.0]
    hinge = transforms.rotate(rotations[:, arm.joints[1]], arm.hinge[None])
    upper, lower = limbs.solve(arm, positions[:, arm.joints[0]], target, hinge)
    moved = lift[:, None] > 1e-6
    for joint, turn in zip(arm.joints[:2], (upper, lower), strict=True):
        rotations[:, joint] = np.where(moved, turn, rotations[:, joint])


_DIGITS = ("Metacarpal", "Proximal", "Intermediate", "Distal")
_FINGERTIP = 1.25
"""Length of a hand in units of the way from the wrist to the last joint of the middle finger."""
