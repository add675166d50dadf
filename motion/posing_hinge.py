# SPDX-License-Identifier: Apache-2.0
"""The axis of a knee or an elbow over time, from where the joints are.

A bent limb shows its hinge: the normal of the plane of its bones. A straight one does not, and a
slightly overstretched one shows it the wrong way round. So the axis is written as one angle about
the upper bone, measured from where an untwisted limb would have it, and that angle is solved for
the whole clip at once (:mod:`motion.posing_curve`): each frame weighs as much as its bend makes it
certain, neighbours hold together, and where nothing is known the limb untwists. Frames that are
nearly straight take the side that certain frames around them agree with: this is the hysteresis
that keeps a limb from flipping when it passes through straight. A moderate bend whose axis no joint
could have is an overstretched one.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from motion.posing_curve import Evidence, fitted, followed, nearest

_CERTAIN = np.sin(np.radians(25.0))
"""Sine of the bend from which the plane of the bones is taken at its word."""
_SHARP, _IMPOSSIBLE = np.radians(70.0), np.radians(135.0)
"""Bend that no overstretching reaches, and twist that no shoulder or hip does."""
_HEAVIEST = 25.0
"""Largest weight of a frame; 1 is that of a bend of 25 degrees."""
_NEIGHBOURS, _UNTWISTED = 1.0, 0.003
"""Weights of staying as in the frame before (at 30 frames a second), and of having no twist."""


def untwisted(
    direction: Float[np.ndarray, "frames 3"],
    parent: Float[np.ndarray, "frames 4"],
    rest: Float[np.ndarray, "3"],
    hinge: Float[np.ndarray, "3"],
    middle: Float[np.ndarray, "3"],
) -> Float[np.ndarray, "frames 3"]:
    """World axis of a limb that swings without twist from its parent.

    The swing goes by way of the middle of the limb's range, so that the one direction where a swing
    is undefined (opposite the middle) is one that no limb reaches.

    Args:
        direction: World direction of the upper bone.
        parent: World rotation of what carries the limb.
        rest: Direction of the bone in the T-pose.
        hinge: Axis in the T-pose.
        middle: Direction in the middle of the range, in the parent's frame.
    """
    local = transforms.rotate(transforms.conjugate(parent), direction)
    onward = transforms.between(np.broadcast_to(middle, local.shape), local)
    first = transforms.rotate(transforms.between(rest, middle), hinge)
    return transforms.rotate(parent, transforms.rotate(onward, first[None]))


def angle_of(
    axis: Float[np.ndarray, "frames 3"],
    direction: Float[np.ndarray, "frames 3"],
    origin: Float[np.ndarray, "frames 3"],
) -> Float[np.ndarray, "frames"]:
    """Angle about ``direction`` from ``origin``, perpendicular to it, to the axis; (-pi, pi]."""
    side = np.cross(direction, origin)
    return np.arctan2(np.sum(axis * side, axis=-1), np.sum(axis * origin, axis=-1))


def turned(
    origin: Float[np.ndarray, "frames 3"],
    direction: Float[np.ndarray, "frames 3"],
    angle: Float[np.ndarray, "frames"],
) -> Float[np.ndarray, "frames 3"]:
    """Inverse of :func:`angle_of`: a perpendicular vector turned about the direction."""
    side = np.cross(direction, origin)
    return np.cos(angle)[:, None] * origin + np.sin(angle)[:, None] * side


def plane(
    upper: Float[np.ndarray, "frames 3"],
    lower: Float[np.ndarray, "frames 3"],
    origin: Float[np.ndarray, "frames 3"],
) -> Evidence:
    """What the bend of a limb says.

    Args:
        upper: World direction of the upper bone.
        lower: Of the lower bone.
        origin: The untwisted axis.
    """
    normal = np.cross(upper, lower)
    sine = np.linalg.norm(normal, axis=-1)
    bend = np.arctan2(sine, np.sum(upper * lower, axis=-1))
    angle = angle_of(normal, upper, origin)
    backwards = (np.abs(angle) > _IMPOSSIBLE) & (bend < _SHARP)
    return Evidence(angle - np.where(backwards, np.copysign(np.pi, angle), 0.0), weight_of(sine))


def weight_of(sine: Float[np.ndarray, "frames"]) -> Float[np.ndarray, "frames"]:
    """How certain a bend of this sine makes its plane: nearly nothing below ten degrees."""
    return np.minimum((sine / _CERTAIN) ** 4, _HEAVIEST)


def solve(bend: Evidence, other: Evidence, fps: float) -> Float[np.ndarray, "frames"]:
    """The angle over a clip.

    Args:
        bend: From the plane of the limb; certain frames weigh 1 and more.
        other: A second opinion whose side is known, such as that of the foot; may weigh nothing.
        fps: Frame rate.
    """
    certain = bend.weight >= 1.0
    known = followed(bend.angle, certain)
    hold = _NEIGHBOURS * (fps / 30.0) ** 2
    only = Evidence(known, np.where(certain, bend.weight, 0.0))
    first = fitted([only, other], hold, pull=_UNTWISTED)
    # An overstretched limb has its plane's normal backwards, so sides count modulo half a turn.
    sided = nearest(bend.angle, first, np.pi)
    every = Evidence(np.where(certain, known, sided), bend.weight)
    return fitted([every, other], hold, pull=_UNTWISTED)
