# SPDX-License-Identifier: Apache-2.0
"""A performance onto a character's own skeleton, by alignment of the two rest poses.

Each bone's world rotation is the performance's, after the turn that takes the character's rest
direction of that bone to the reference's: so limbs point where the performer's did, whatever the
lengths. The pelvis path is scaled by leg length. Feet are left to :mod:`motion.plant`.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.types import Clip, Skeleton
from motion import limbs
from motion.performance import ANKLE, BODY, LEG, REFERENCE, Performance, local_rotations, world

_STANCE = 0.5
"""Share of the character's own leg spread that survives alignment: thighs need their room."""
FIST, THUMB_FIST = np.radians(85.0), np.radians(30.0)
"""Turn of each joint of a finger, and of the thumb, in a fist."""
_FINGERS = ("Thumb", "Index", "Middle", "Ring", "Little")


def leg_length(skeleton: Skeleton) -> float:
    """Hip joint to ankle along the bones, mean of both sides, metres."""
    return float(np.mean([sum(limbs.leg(skeleton, side).lengths) for side in ("left", "right")]))


def ankle_height(skeleton: Skeleton) -> float:
    """Height of the ankles over the soles in rest, metres."""
    feet = [skeleton.index("leftFoot"), skeleton.index("rightFoot")]
    return float(skeleton.positions[feet, 1].mean())


def hip_centre(skeleton: Skeleton) -> Float[np.ndarray, "3"]:
    """Midpoint of the hip joints in rest."""
    legs = [skeleton.index("leftUpperLeg"), skeleton.index("rightUpperLeg")]
    return skeleton.positions[legs].astype(np.float64).mean(axis=0)


def scale_of(skeleton: Skeleton) -> float:
    """Size of a character's legs relative to the reference body's."""
    return leg_length(skeleton) / LEG


def alignments(skeleton: Skeleton) -> dict[str, Float[np.ndarray, "4"]]:
    """Turn of each limb bone from the character's rest direction to the reference's."""
    table: dict[str, np.ndarray] = {}
    for side in ("left", "right"):
        for limb in (limbs.leg(skeleton, side), limbs.arm(skeleton, side)):
            for joint, direction in zip(limb.joints, (limb.upper, limb.lower), strict=False):
                name = skeleton.names[joint]
                wanted = _reference_direction(name)
                if name.endswith("Leg"):
                    kept = direction * [_STANCE, 0.0, 0.0]
                    wanted = transforms.normalize(wanted + kept)
                table[name] = transforms.between(direction, wanted)
    return table


def arm_clearance(
    skeleton: Skeleton, verts: Float[np.ndarray, "verts 3"], margin: float = 0.05
) -> float:
    """Outward angle at which straight hanging arms pass the widest part of a body, radians.

    Args:
        skeleton: The body's skeleton.
        verts: Vertices of the body (and its clothes) in the T-pose.
        margin: Half the thickness of an arm, metres on the reference leg.
    """
    shoulder = skeleton.positions[skeleton.index("leftUpperArm")].astype(np.float64)
    length = sum(limbs.arm(skeleton, "left").lengths)
    below = shoulder[1] - verts[:, 1]
    beside = (below > 0.45 * length) & (below < 1.1 * length)
    out = np.abs(verts[beside, 0]) + margin * scale_of(skeleton) - shoulder[0]
    return float(max(0.0, np.arctan2(out, below[beside]).max(initial=0.0)))


def _reference_direction(name: str) -> Float[np.ndarray, "3"]:
    if name.endswith("Leg"):
        return np.array([0.0, -1.0, 0.0])
    return np.array([1.0 if name.startswith("left") else -1.0, 0.0, 0.0])


def retarget(performance: Performance, skeleton: Skeleton, clearance: float = 0.0) -> Clip:
    """Put a performance on a character; the root rests at the origin, the hips do everything.

    Args:
        performance: What to do.
        skeleton: Who does it.
        clearance: How far the torso pushes hanging arms out, radians (:func:`arm_clearance`).
    """
    source, _ = world(performance)
    aligned = alignments(skeleton)
    turned = np.tile(np.array(transforms.IDENTITY), (len(source), len(skeleton.names), 1))
    for joint, (name, parent) in enumerate(zip(skeleton.names, skeleton.parents, strict=True)):
        if name in BODY:
            rotation = source[:, BODY.index(name)]
            align = aligned.get(name)
            turned[:, joint] = (
                rotation if align is None else transforms.multiply(rotation, align[None])
            )
        elif parent >= 0:
            turned[:, joint] = turned[:, parent]
    rotations = local_rotations(skeleton.parents, turned)
    _abduct(rotations, skeleton, turned, clearance)
    _curl(rotations, skeleton, performance.fingers)
    return Clip(
        name=performance.name,
        fps=performance.fps,
        rotations=transforms.continuous(rotations).astype(np.float32),
        root_positions=np.zeros((len(rotations), 3), np.float32),
        hips_positions=_hips_path(performance, skeleton).astype(np.float32),
        loop=performance.loop,
    )


def _hips_path(performance: Performance, skeleton: Skeleton) -> Float[np.ndarray, "frames 3"]:
    """World position of the hips joint, from the pelvis path scaled about the ankles' height."""
    scale, ankle = scale_of(skeleton), ankle_height(skeleton)
    pelvis = performance.pelvis * scale
    pelvis[:, 1] = ankle + scale * (performance.pelvis[:, 1] - ANKLE)
    rise = skeleton.positions[skeleton.index("hips")] - hip_centre(skeleton)
    hips = performance.rotations[:, REFERENCE.index("hips")]
    return pelvis + transforms.rotate(hips, np.broadcast_to(rise, pelvis.shape))


def _abduct(
    rotations: np.ndarray, skeleton: Skeleton, turned: np.ndarray, clearance: float
) -> None:
    """Swing arms that hang near the body outwards; arms held away stay as they are."""
    if clearance <= 0.0:
        return
    chest = turned[:, skeleton.index("upperChest")]
    for side, sign in (("left", 1.0), ("right", -1.0)):
        joint = skeleton.index(f"{side}UpperArm")
        parent = skeleton.index(f"{side}Shoulder")
        out = limbs.arm(skeleton, side).upper
        arm = transforms.rotate(turned[:, joint], np.broadcast_to(out, (len(chest), 3)))
        direction = transforms.rotate(transforms.conjugate(chest), arm)
        outwards = np.arctan2(sign * direction[:, 0], np.maximum(-direction[:, 1], 1e-3))
        hanging = np.clip(-direction[:, 1], 0.0, 1.0) ** 2
        missing = np.clip(clearance - outwards, 0.0, clearance) * hanging
        axis = transforms.rotate(turned[:, parent], np.broadcast_to([0, 0, sign], (len(chest), 3)))
        local = transforms.rotate(transforms.conjugate(turned[:, parent]), axis)
        push = transforms.from_axis_angle(local, missing)
        rotations[:, joint] = transforms.multiply(push, rotations[:, joint])


def _curl(rotations: np.ndarray, skeleton: Skeleton, fingers: np.ndarray) -> None:
    """Bend the finger joints; in the T-pose the palms look down."""
    for hand, (side, sign) in enumerate((("left", -1.0), ("right", 1.0))):
        for joint, name in enumerate(skeleton.names):
            finger = next((f for f in _FINGERS if name.startswith(side + f)), None)
            if finger is None:
                continue
            amount = fingers[:, hand, min(_FINGERS.index(finger), 2)]
            if finger == "Thumb":
                axis, angle = np.array([0.0, -sign, 0.0]), amount * THUMB_FIST
            else:
                axis, angle = np.array([0.0, 0.0, sign]), amount * FIST
            rotations[:, joint] = transforms.from_axis_angle(axis, angle)
