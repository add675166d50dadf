# SPDX-License-Identifier: Apache-2.0
"""How far joints are turned beyond what a body allows.

Ranges are the normal ranges of motion of the American Academy of Orthopaedic Surgeons ("Joint
Motion: Method of Measuring and Recording"), with the trunk's from White and Panjabi ("Clinical
Biomechanics of the Spine"), each widened by some 10 to 20 degrees: athletes go further, joint
centres of a mesh are not anatomical, and only what looks broken shall count. Angles are measured on
directions of bones relative to the bone above, so no choice of Euler axes matters.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.types import Skeleton
from motion import limbs

LIMITS: dict[str, tuple[float, float]] = {
    "Elbow.bend": (-15.0, 160.0),
    "Elbow.aside": (-30.0, 30.0),
    "Knee.bend": (-12.0, 165.0),
    "Knee.aside": (-20.0, 20.0),
    "Shoulder.back": (-90.0, 75.0),
    "Wrist.bend": (0.0, 95.0),
    "Hip.back": (-180.0, 50.0),
    "Hip.out": (-50.0, 100.0),
    "Foot.up": (-80.0, 55.0),
    "Foot.turn": (-60.0, 60.0),
    "torso.turn": (-75.0, 75.0),
    "torso.bend": (-60.0, 120.0),
    "torso.lean": (-60.0, 60.0),
    "head.turn": (-100.0, 100.0),
    "head.bend": (-90.0, 85.0),
    "head.lean": (-65.0, 65.0),
}
"""Least and greatest degrees; names with a capital exist left and right. Bends are forward."""

Angles = dict[str, Float[np.ndarray, "frames"]]
_X, _Y, _Z = np.eye(3)
_STEEP = 0.97
"""Sine of an elevation above which a direction has no compass bearing worth measuring."""
_POINTED = 0.8
"""The same for a foot, whose toes point far from its shin's front when it is stretched."""


def joint_angles(
    rotations: Float[np.ndarray, "frames joints 4"],
    positions: Float[np.ndarray, "frames joints 3"],
    skeleton: Skeleton,
) -> Angles:
    """Every angle of :data:`LIMITS`, sides spelled out, degrees.

    Args:
        rotations: World rotations.
        positions: World positions.
        skeleton: Rest pose: T-pose, all rotations the identity.
    """
    angles: Angles = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        angles |= _hinge(rotations, skeleton, limbs.arm(skeleton, side), f"{side}Elbow")
        angles |= _hinge(rotations, skeleton, limbs.leg(skeleton, side), f"{side}Knee")
        angles |= _arm(rotations, positions, skeleton, side)
        angles |= _leg(rotations, positions, skeleton, side, sign)
    angles |= _trunk(rotations, skeleton, "torso", ("hips", "upperChest"))
    return angles | _trunk(rotations, skeleton, "head", ("upperChest", "head"))


def excess(angles: Angles) -> Angles:
    """Degrees beyond the limits, 0 within them."""
    beyond: Angles = {}
    for name, values in angles.items():
        low, high = LIMITS[name.removeprefix("left").removeprefix("right")]
        beyond[name] = np.maximum(0.0, np.maximum(low - values, values - high))
    return beyond


def _seen_from(
    rotations: np.ndarray, skeleton: Skeleton, name: str, directions: np.ndarray
) -> Float[np.ndarray, "frames 3"]:
    """World directions in the frame of a joint."""
    inverse = transforms.conjugate(rotations[:, skeleton.index(name)])
    return transforms.rotate(inverse, directions)


def _degrees_of_sine(values: np.ndarray) -> Float[np.ndarray, "frames"]:
    return np.degrees(np.arcsin(np.clip(values, -1.0, 1.0)))


def _hinge(rotations: np.ndarray, skeleton: Skeleton, limb: limbs.Limb, name: str) -> Angles:
    """Bend about the hinge and what the lower bone leaves the hinge's plane."""
    upper, lower, _ = limb.joints
    along = transforms.rotate(rotations[:, lower], limb.lower[None])
    seen = _seen_from(rotations, skeleton, skeleton.names[upper], along)
    out = np.cross(limb.hinge, limb.upper)
    bend = np.degrees(np.arctan2(seen @ out, seen @ limb.upper))
    bend = np.where(bend < -90.0, bend + 360.0, bend)
    return {f"{name}.bend": bend, f"{name}.aside": _degrees_of_sine(seen @ limb.hinge)}


def _arm(rotations: np.ndarray, positions: np.ndarray, skeleton: Skeleton, side: str) -> Angles:
    """How far the upper arm points backwards, and how far the hand is bent off the forearm."""
    arm = limbs.arm(skeleton, side)
    upper = transforms.rotate(rotations[:, arm.joints[0]], arm.upper[None])
    seen = _seen_from(rotations, skeleton, "upperChest", upper)
    forearm = transforms.normalize(positions[:, arm.joints[2]] - positions[:, arm.joints[1]])
    hand = transforms.rotate(rotations[:, arm.joints[2]], arm.lower[None])
    bend = np.degrees(np.arccos(np.clip(np.sum(forearm * hand, axis=-1), -1.0, 1.0)))
    return {f"{side}Shoulder.back": _degrees_of_sine(-seen[:, 2]), f"{side}Wrist.bend": bend}


def _leg(
    rotations: np.ndarray, positions: np.ndarray, skeleton: Skeleton, side: str, sign: float
) -> Angles:
    """Thigh backwards and outwards, foot up and turned."""
    leg = limbs.leg(skeleton, side)
    thigh = transforms.normalize(positions[:, leg.joints[1]] - positions[:, leg.joints[0]])
    seen = _seen_from(rotations, skeleton, "hips", thigh)
    level = np.abs(seen[:, 0]) < _STEEP
    back = np.where(level, np.degrees(np.arctan2(-seen[:, 2], -seen[:, 1])), 0.0)
    # A thigh drawn up past the horizontal in front is a bend, not a step back.
    back = np.where(back > 120.0, back - 360.0, back)
    shin, foot = leg.joints[1], leg.joints[2]
    ahead = transforms.rotate(rotations[:, foot], _Z[None])
    toes = _seen_from(rotations, skeleton, skeleton.names[shin], ahead)
    flat = np.abs(toes[:, 1]) < _POINTED
    turn = np.where(flat, np.degrees(np.arctan2(sign * toes[:, 0], toes[:, 2])), 0.0)
    return {
        f"{side}Hip.back": back,
        f"{side}Hip.out": _degrees_of_sine(sign * seen[:, 0]),
        f"{side}Foot.up": _degrees_of_sine(toes[:, 1]),
        f"{side}Foot.turn": turn,
    }


def _trunk(rotations: np.ndarray, skeleton: Skeleton, name: str, joints: tuple[str, str]) -> Angles:
    """Turn, bend and lean of one joint of the trunk relative to another."""
    below, above = (skeleton.index(joint) for joint in joints)
    relative = transforms.multiply(transforms.conjugate(rotations[:, below]), rotations[:, above])
    w, y = relative[:, 0], relative[:, 2]
    turn = np.degrees(2.0 * np.arctan2(np.where(w < 0, -y, y), np.abs(w)))
    up = transforms.rotate(relative, _Y[None])
    bend = np.degrees(np.arctan2(up[:, 2], up[:, 1]))
    bend = np.where(np.abs(up[:, 0]) < _STEEP, bend, 0.0)
    return {f"{name}.turn": turn, f"{name}.bend": bend, f"{name}.lean": _degrees_of_sine(up[:, 0])}
