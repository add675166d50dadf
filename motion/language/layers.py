# SPDX-License-Identifier: Apache-2.0
"""One body, several things at once: gestures over legs that do something else, manners, small life.

Arms are taken over; trunk and head are added to what they do anyway, so a walker who bows still
sways with each step.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from motion import anatomy
from motion.language.body import SIDES, ease
from motion.language.moves import drift
from motion.language.verbs import Manner
from motion.performance import BODY, FPS, Performance, power
from motion.shoulders import share_elevation

_FADE = 0.4
"""Seconds in which a gesture comes and goes."""
_OF_PART = {
    "head": ("neck", "head"),
    "torso": ("spine", "chest", "upperChest"),
    "left arm": ("leftShoulder", "leftUpperArm", "leftLowerArm", "leftHand"),
    "right arm": ("rightShoulder", "rightUpperArm", "rightLowerArm", "rightHand"),
}


def joints_of(part: str) -> tuple[str, ...]:
    """Joints of a part; the legs have the hips."""
    if part in _OF_PART:
        return _OF_PART[part]
    used = {joint for joints in _OF_PART.values() for joint in joints}
    return tuple(joint for joint in BODY if joint not in used)


def window(frames: int, start: int, length: int) -> Float[np.ndarray, "frames"]:
    """Weight of a gesture: 1 from its start to its end, faded in before and out after."""
    at = np.arange(frames)
    fade = _FADE * FPS
    rise = ease((at - start + 0.55 * fade) / fade)
    fall = ease((start + length - at + 0.55 * fade) / fade)
    return rise * fall


def overlaid(
    below: Performance, above: Performance, start: int, parts: tuple[str, ...]
) -> Performance:
    """Let some parts do something else for a while.

    Args:
        below: What the body does.
        above: The gesture; its first and last pose are held while it fades.
        start: Frame of ``below`` at which it starts.
        parts: Which parts; legs are never taken over.
    """
    frames = len(below.pelvis)
    weight = window(frames, start, len(above.pelvis) - 1)
    at = np.clip(np.arange(frames) - start, 0, len(above.pelvis) - 1)
    rotations, fingers = below.rotations.copy(), below.fingers.copy()
    for part in parts:
        for joint in (BODY.index(name) for name in _OF_PART.get(part, ())):
            wanted = above.rotations[at, joint]
            if part in ("head", "torso"):
                added = power(wanted, weight)
                rotations[:, joint] = transforms.multiply(rotations[:, joint], added)
            else:
                rotations[:, joint] = transforms.slerp(rotations[:, joint], wanted, weight)
        if part.endswith("arm"):
            hand = 0 if part.startswith("left") else 1
            mixed = weight[:, None] * (above.fingers[at, hand] - fingers[:, hand])
            fingers[:, hand] = fingers[:, hand] + mixed
    return replace(below, rotations=transforms.continuous(rotations), fingers=fingers)


def mannered(
    performance: Performance,
    manner: tuple[Manner, ...],
    rng: np.random.Generator,
    parts: tuple[str, ...] = ("head", "torso", "left arm", "right arm"),
) -> Performance:
    """Bend the posture towards some manners; reel as they ask."""
    result = performance
    for one in manner:
        result = _bent(result, one, parts)
        if one.sway and "torso" in parts:
            result = _reeling(result, one.sway, rng)
    return result


def _bent(performance: Performance, manner: Manner, parts: tuple[str, ...]) -> Performance:
    rotations, fingers = performance.rotations.copy(), performance.fingers.copy()
    pose = {name: np.array([manner.pose.get(name, 0.0)]) for name in anatomy.channel_names()}
    for part, names in (("torso", _OF_PART["torso"]), ("head", _OF_PART["head"])):
        if part in parts:
            turn = power(anatomy.trunk(pose, part), 1.0 / len(names))
            for joint in map(BODY.index, names):
                rotations[:, joint] = transforms.multiply(rotations[:, joint], turn)
    for hand, (side, _) in enumerate(SIDES):
        if f"{side} arm" in parts:
            for name, turn in _arm(pose, side).items():
                joint = BODY.index(name)
                rotations[:, joint] = transforms.multiply(rotations[:, joint], turn)
            more = [float(pose[f"{side}Hand.{word}"][0]) for word in ("thumb", "index", "curl")]
            fingers[:, hand] = np.clip(fingers[:, hand] + more, 0.0, 1.0)
    return replace(performance, rotations=rotations, fingers=fingers)


def _arm(pose: dict[str, np.ndarray], side: str) -> dict[str, np.ndarray]:
    """Small turns of one arm in its own joints: away from the body, elbow, clavicle."""
    sign = 1.0 if side == "left" else -1.0
    raised = np.radians(pose[f"{side}Arm.raise"]) * sign
    bend = np.radians(pose[f"{side}Arm.bend"]) * -sign
    axes = np.eye(3)
    return {
        f"{side}Shoulder": anatomy.shoulder(pose, side),
        f"{side}UpperArm": transforms.from_axis_angle(axes[2], raised),
        f"{side}LowerArm": transforms.from_axis_angle(axes[1], bend),
    }


def _reeling(performance: Performance, degrees: float, rng: np.random.Generator) -> Performance:
    frames = len(performance.pelvis)
    rotations = performance.rotations.copy()
    for axis, share in ((2, 1.0), (0, 0.4), (1, 0.5)):
        angle = np.radians(degrees * share) * np.clip(drift(frames, 0.5, rng), -2.0, 2.0)
        turn = transforms.from_axis_angle(np.eye(3)[axis], angle / 3.0)
        for name in _OF_PART["torso"]:
            joint = BODY.index(name)
            rotations[:, joint] = transforms.multiply(rotations[:, joint], turn)
        joint = BODY.index("head")
        rotations[:, joint] = transforms.multiply(rotations[:, joint], transforms.conjugate(turn))
    return replace(performance, rotations=rotations)


def lively(performance: Performance, rng: np.random.Generator, degrees: float) -> Performance:
    """Slow small wandering of trunk, head and arms: no two performances are the same."""
    frames = len(performance.pelvis)
    rotations = performance.rotations.copy()
    names = ("spine", "chest", "neck", "head", "leftUpperArm", "rightUpperArm", "leftLowerArm")
    for name in (*names, "rightLowerArm"):
        vector = np.stack([drift(frames, 0.9, rng) for _ in range(3)], axis=-1)
        angle = np.linalg.norm(vector, axis=-1)
        axis = vector / np.maximum(angle, 1e-9)[:, None]
        turn = transforms.from_axis_angle(axis, np.radians(degrees) * np.minimum(angle, 2.5))
        joint = BODY.index(name)
        rotations[:, joint] = transforms.multiply(rotations[:, joint], turn)
    return replace(performance, rotations=transforms.continuous(rotations))


def both_arms(pose: anatomy.Curves, side: str) -> dict[str, np.ndarray]:
    """A one-armed gesture with both: the other arm mirrors it, trunk and head stay straight."""
    other = "right" if side == "left" else "left"
    table = dict(pose)
    for name, curve in pose.items():
        if name.startswith(side) and "Foot" not in name and "Knee" not in name:
            table[name.replace(side, other, 1)] = curve
    for name in ("torso.turn", "torso.lean", "head.turn", "head.lean"):
        table[name] = np.zeros_like(pose[name])
    return table


def shared(performance: Performance) -> Performance:
    """Clavicles follow the arms again after arms were changed."""
    return share_elevation(performance)
