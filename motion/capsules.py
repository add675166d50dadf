# SPDX-License-Identifier: Apache-2.0
"""A body as capsules, to know when a limb is inside of it, from nothing but its skeleton.

The trunk is level capsules (as wide as hips and shoulders say, round in front and behind), limbs
are capsules along their bones, the head is one on its joint. Radii are those of a lean body on the
reference leg, so flesh that merely touches is not counted; garments and heavy bodies are thicker
than this. What may be inside: hands and forearms in trunk, head and thighs; a shin in the other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.types import Skeleton
from motion.retarget import scale_of

_TRUNK = (("hips", 0.085, 0.09), ("spine", 0.07, 0.085), ("chest", 0.08, 0.085))
"""Joint, half the length across and radius of the level capsules, metres on the reference leg."""
_CHEST_RADIUS, _CHEST_SHARE = 0.085, 0.55
"""Of the topmost one, whose length is a share of the shoulders' distance."""
_LIMBS = {"UpperLeg": 0.055, "LowerLeg": 0.038}
_HEAD = (0.075, 0.09)
"""Radius, and height of the upper end over the head joint."""
_ARM_POINTS = (("LowerArm", 0.5, 0.028), ("LowerArm", 0.8, 0.025), ("Hand", 0.0, 0.022))
"""Bone, share along it, radius."""
_FINGER_POINTS = (0.5, 1.0)
_FINGER_RADIUS = 0.012
_SHIN_POINTS = (0.25, 0.5, 0.75)
_FRONT = 0.035
"""How far behind the middle of the trunk its centre is taken to be when a way out is sought, metres
on the reference leg: what is in the middle of a trunk leaves it to the front."""


@dataclass(frozen=True)
class Capsules:
    """Balls swept along segments."""

    starts: Float[np.ndarray, "frames capsules 3"]
    ends: Float[np.ndarray, "frames capsules 3"]
    radii: Float[np.ndarray, "capsules"]
    front: Float[np.ndarray, "frames capsules 3"]
    """Added to the way out of each (zero for limbs)."""


@dataclass(frozen=True)
class Points:
    """Balls that should stay outside."""

    places: Float[np.ndarray, "frames points 3"]
    radii: Float[np.ndarray, "points"]
    leverage: Float[np.ndarray, "points"]
    """How far each moves when the end of its limb moves by 1."""


def trunk_and_legs(
    rotations: Float[np.ndarray, "frames joints 4"],
    positions: Float[np.ndarray, "frames joints 3"],
    skeleton: Skeleton,
) -> Capsules:
    """What arms should not enter: trunk, head, thighs."""
    scale = scale_of(skeleton)
    rows = [_level(rotations, positions, skeleton, *row) for row in _TRUNK]
    arms = [skeleton.index("leftUpperArm"), skeleton.index("rightUpperArm")]
    half = 0.5 * float(np.linalg.norm(np.diff(skeleton.positions[arms], axis=0))) / scale
    chest = ("upperChest", max(0.01, _CHEST_SHARE * half), _CHEST_RADIUS)
    rows.append(_level(rotations, positions, skeleton, *chest))
    head = skeleton.index("head")
    up = transforms.rotate(rotations[:, head], np.array([[0.0, _HEAD[1] * scale, 0.0]]))
    rows.append((positions[:, head], positions[:, head] + up, _HEAD[0] * scale))
    rows += [_bone(positions, skeleton, f"{s}UpperLeg", f"{s}LowerLeg") for s in _SIDES]
    starts, ends, radii = zip(*rows, strict=True)
    front = np.zeros((len(positions), len(rows), 3))
    chest_turn = rotations[:, skeleton.index("chest")]
    forward = transforms.rotate(chest_turn, np.array([[0.0, 0.0, _FRONT * scale]]))
    front[:, : len(_TRUNK) + 1] = forward[:, None]
    return Capsules(np.stack(starts, axis=1), np.stack(ends, axis=1), np.array(radii), front)


_SIDES = ("left", "right")
Row = tuple[np.ndarray, np.ndarray, float]


def _level(
    rotations: np.ndarray,
    positions: np.ndarray,
    skeleton: Skeleton,
    name: str,
    half: float,
    radius: float,
) -> Row:
    """A capsule across the body at a joint of the spine."""
    joint, scale = skeleton.index(name), scale_of(skeleton)
    across = transforms.rotate(rotations[:, joint], np.array([[half * scale, 0.0, 0.0]]))
    return positions[:, joint] - across, positions[:, joint] + across, radius * scale


def _bone(positions: np.ndarray, skeleton: Skeleton, upper: str, lower: str) -> Row:
    radius = _LIMBS[upper.removeprefix("left").removeprefix("right")] * scale_of(skeleton)
    return positions[:, skeleton.index(upper)], positions[:, skeleton.index(lower)], radius


def shin(
    positions: Float[np.ndarray, "frames joints 3"], skeleton: Skeleton, side: str
) -> Capsules:
    """One lower leg."""
    start, end, radius = _bone(positions, skeleton, f"{side}LowerLeg", f"{side}Foot")
    none = np.zeros((len(positions), 1, 3))
    return Capsules(start[:, None], end[:, None], np.array([radius]), none)


def shin_points(
    positions: Float[np.ndarray, "frames joints 3"], skeleton: Skeleton, side: str
) -> Points:
    """Balls along a lower leg."""
    start, end, radius = _bone(positions, skeleton, f"{side}LowerLeg", f"{side}Foot")
    shares = np.array(_SHIN_POINTS)
    places = start[:, None] + shares[:, None] * (end - start)[:, None]
    return Points(places, np.full(len(shares), radius), shares)


def arm_points(
    positions: Float[np.ndarray, "frames joints 3"], skeleton: Skeleton, side: str
) -> Points:
    """Balls along a forearm, a hand and its middle finger."""
    scale = scale_of(skeleton)
    elbow, wrist = (positions[:, skeleton.index(f"{side}{n}")] for n in ("LowerArm", "Hand"))
    places, radii, leverage = list[np.ndarray](), list[float](), list[float]()
    for bone, share, radius in _ARM_POINTS:
        places.append(elbow + share * (wrist - elbow) if bone == "LowerArm" else wrist)
        radii.append(radius * scale)
        leverage.append(share if bone == "LowerArm" else 1.0)
    finger = f"{side}MiddleDistal"
    if finger in skeleton.names:
        tip = positions[:, skeleton.index(finger)]
        places += [wrist + share * (tip - wrist) for share in _FINGER_POINTS]
        radii += [_FINGER_RADIUS * scale] * len(_FINGER_POINTS)
        leverage += [1.0] * len(_FINGER_POINTS)
    return Points(np.stack(places, axis=1), np.array(radii), np.array(leverage))


def depths(points: Points, body: Capsules) -> Float[np.ndarray, "frames points capsules"]:
    """How deep each ball is in each capsule, metres; negative outside."""
    away = points.places[:, :, None] - _nearest(points.places, body)
    reach = points.radii[:, None] + body.radii
    return reach - np.linalg.norm(away, axis=-1)


def ways_out(points: Points, body: Capsules) -> Float[np.ndarray, "frames points capsules 3"]:
    """Unit directions in which balls leave capsules."""
    away = points.places[:, :, None] - _nearest(points.places, body)
    return transforms.normalize(away + body.front[:, None])


def _nearest(
    places: Float[np.ndarray, "frames points 3"], body: Capsules
) -> Float[np.ndarray, "frames points capsules 3"]:
    """Nearest points of the segments."""
    along = (body.ends - body.starts)[:, None]
    square = np.maximum(np.sum(along**2, axis=-1), 1e-12)
    offset = places[:, :, None] - body.starts[:, None]
    share = np.clip(np.sum(offset * along, axis=-1) / square, 0.0, 1.0)
    return body.starts[:, None] + share[..., None] * along


def self_depth(
    rotations: Float[np.ndarray, "frames joints 4"],
    positions: Float[np.ndarray, "frames joints 3"],
    skeleton: Skeleton,
) -> Float[np.ndarray, "frames"]:
    """Deepest that a hand, a forearm or a shin is in the body, metres; 0 when outside."""
    body = trunk_and_legs(rotations, positions, skeleton)
    worst = [
        depths(arm_points(positions, skeleton, side), body).max(axis=(1, 2)) for side in _SIDES
    ]
    shins = depths(shin_points(positions, skeleton, "left"), shin(positions, skeleton, "right"))
    return np.maximum(0.0, np.maximum.reduce([*worst, shins.max(axis=(1, 2))]))
