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
    """Bend hands up that would reach under the ground."""
    rotations, positions = world_of(clip, skeleton)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        hand = skeleton.index(f"{side}Hand")
        tip = skeleton.index(f"{side}MiddleDistal")
        length = 1.25 * float(np.linalg.norm(skeleton.positions[tip] - skeleton.positions[hand]))
        along = transforms.rotate(rotations[:, hand], np.array([[sign, 0.0, 0.0]]))
        steepest = np.clip((0.015 - positions[:, hand, 1]) / length, -1.0, 0.5)
        level = along * [1.0, 0.0, 1.0]
        flat = transforms.normalize(level) * np.sqrt(1.0 - steepest**2)[:, None]
        aimed = flat + steepest[:, None] * [0.0, 1.0, 0.0]
        low = (along[:, 1] < steepest) & (np.linalg.norm(level, axis=1) > 1e-3)
        bend = transforms.between(along, np.where(low[:, None], aimed, along))
        for joint, name in enumerate(skeleton.names):
            if joint == hand or (name.startswith(side) and name.endswith(_DIGITS)):
                rotations[:, joint] = transforms.multiply(bend, rotations[:, joint])
    local = local_rotations(skeleton.parents, rotations)
    return replace(clip, rotations=transforms.continuous(local).astype(np.float32))


_DIGITS = ("Metacarpal", "Proximal", "Intermediate", "Distal")
