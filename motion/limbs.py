# SPDX-License-Identifier: Apache-2.0
"""Two-bone inverse kinematics of a leg or an arm, in closed form (law of cosines).

The joint in the middle is a hinge: its axis, not the position of the knee in the frame before,
decides the plane of the limb, so a straight limb never flips. Works on any skeleton whose rest
rotations are the identity.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.types import Skeleton

_STRETCH = 0.9995
"""A limb is never pulled quite straight: the hinge would snap."""

_SOFT = 0.993


@dataclass(frozen=True)
class Limb:
    """Rest geometry of two bones: unit directions, lengths and the hinge's axis."""

    joints: tuple[int, int, int]
    upper: Float[np.ndarray, "3"]
    lower: Float[np.ndarray, "3"]
    hinge: Float[np.ndarray, "3"]
    lengths: tuple[float, float]

    @property
    def reach(self) -> float:
        """Longest distance between the ends, metres."""
        return sum(self.lengths) * _STRETCH


def limb(
    skeleton: Skeleton, names: tuple[str, str, str], hinge: tuple[float, float, float]
) -> Limb:
    """Measure a limb in the rest pose.

    Args:
        skeleton: The body.
        names: Upper joint, hinge joint, end joint.
        hinge: Axis about which a positive turn flexes the lower bone.
    """
    indices = (skeleton.index(names[0]), skeleton.index(names[1]), skeleton.index(names[2]))
    a, b, c = skeleton.positions[list(indices)].astype(np.float64)
    upper, lower = float(np.linalg.norm(b - a)), float(np.linalg.norm(c - b))
    return Limb(
        indices, (b - a) / upper, (c - b) / lower, np.array(hinge, np.float64), (upper, lower)
    )


def leg(skeleton: Skeleton, side: str) -> Limb:
    """Hip, knee, ankle; the knee flexes backwards."""
    return limb(skeleton, (f"{side}UpperLeg", f"{side}LowerLeg", f"{side}Foot"), (1.0, 0.0, 0.0))


def arm(skeleton: Skeleton, side: str) -> Limb:
    """Shoulder, elbow, wrist; the elbow flexes forwards."""
    axis = (0.0, -1.0 if side == "left" else 1.0, 0.0)
    return limb(skeleton, (f"{side}UpperArm", f"{side}LowerArm", f"{side}Hand"), axis)


def _perpendicular(v: np.ndarray, to: np.ndarray) -> np.ndarray:
    return transforms.normalize(v - np.sum(v * to, axis=-1, keepdims=True) * to)


def _frame(direction: np.ndarray, hinge: np.ndarray) -> Float[np.ndarray, "*batch 3 3"]:
    """Orthonormal columns: along the bone, the hinge made perpendicular, and their cross."""
    axis = _perpendicular(hinge, direction)
    return np.stack([direction, axis, np.cross(direction, axis)], axis=-1)


def aim(
    rest_direction: Float[np.ndarray, "3"],
    rest_hinge: Float[np.ndarray, "3"],
    direction: Float[np.ndarray, "frames 3"],
    hinge: Float[np.ndarray, "frames 3"],
) -> Float[np.ndarray, "frames 4"]:
    """World rotation that points a bone and turns its hinge axis as near as it goes."""
    turned = _frame(direction, hinge) @ _frame(rest_direction, rest_hinge).T
    return transforms.from_matrix(turned)


def _softened(ratio: np.ndarray) -> np.ndarray:
    """Identity up to :data:`_SOFT`, then a smooth approach to 1, so that no knee snaps straight."""
    over = np.maximum(0.0, ratio - _SOFT) / (1.0 - _SOFT)
    return np.where(over > 0.0, _SOFT + (1.0 - _SOFT) * (1.0 - np.exp(-over)), ratio)


def solve(
    limb: Limb,
    start: Float[np.ndarray, "frames 3"],
    target: Float[np.ndarray, "frames 3"],
    hinge: Float[np.ndarray, "frames 3"],
) -> tuple[Float[np.ndarray, "frames 4"], Float[np.ndarray, "frames 4"]]:
    """World rotations of both bones so that the end joint lies on ``target``.

    Args:
        limb: The limb in rest.
        start: World position of its first joint.
        target: Where its end joint shall be; a point out of reach is approached.
        hinge: Wanted world direction of the hinge axis.
    """
    a, b = limb.lengths
    span = target - start
    distance = _softened(np.linalg.norm(span, axis=-1) / limb.reach) * limb.reach
    distance = np.maximum(distance, abs(a - b) * 1.02 + 1e-6)
    along = transforms.normalize(span)
    hinge = _perpendicular(hinge, along)
    cosine = np.clip((a * a + distance**2 - b * b) / (2.0 * a * distance), -1.0, 1.0)
    # A positive turn about the hinge flexes the lower bone, so the middle joint stands out along
    # hinge x along, with the sign that the cross product of the rest bones has.
    out = np.cross(along, hinge)
    sine = np.sqrt(1.0 - cosine**2)
    upper = along * cosine[:, None] + out * sine[:, None]
    lower = transforms.normalize(along * distance[:, None] - upper * a)
    return (
        aim(limb.upper, limb.hinge, upper, hinge),
        aim(limb.lower, limb.hinge, lower, hinge),
    )
