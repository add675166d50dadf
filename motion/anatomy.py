# SPDX-License-Identifier: Apache-2.0
"""Poses in the words of an anatomist, turned into joint rotations.

A pose is a table of named channels in degrees (positions in leg lengths, finger curls 0 to 1), the
same words on both sides of the body:

- arm: ``raise`` from hanging (0) through level (90) to overhead (180), in the plane ``forward``
  (0 sideways, 90 straight ahead, more: across the chest); ``twist`` about the upper arm, outwards;
  ``bend`` of the elbow; ``palm`` turns the forearm, thumb outwards positive; ``wrist`` bends
  towards the palm; ``wave`` bends towards the thumb.
- shoulder: ``up``, ``forward``. torso, head: ``bend`` forward, ``lean`` and ``turn`` to the left.
- hips: ``bend``, ``lean``, ``turn``; ``up``, ``side`` (left), ``ahead``.
- foot: ``up``, ``out``, ``ahead``, ``turn`` (outwards), ``toes`` (raised); knee: ``out`` beyond the
  foot's direction, ``down``.
- hand: ``thumb``, ``index``, ``curl``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from motion.performance import power

Curves = Mapping[str, Float[np.ndarray, "frames"]]
"""Channel name (``leftArm.raise``) to its value in every frame."""

CHANNELS: dict[str, tuple[str, ...]] = {
    "torso": ("bend", "lean", "turn"),
    "head": ("bend", "lean", "turn"),
    "hips": ("bend", "lean", "turn", "up", "side", "ahead"),
    "Arm": ("raise", "forward", "twist", "bend", "palm", "wrist", "wave"),
    "Shoulder": ("up", "forward"),
    "Hand": ("thumb", "index", "curl"),
    "Foot": ("up", "out", "ahead", "turn", "toes"),
    "Knee": ("out", "down"),
}
"""Words of each part; the ones with a capital exist left and right."""

REST: dict[str, float] = {
    "Arm.raise": 9.0,
    "Arm.forward": 25.0,
    "Arm.bend": 14.0,
    "Arm.palm": -12.0,
    "Arm.wrist": 6.0,
    "Hand.thumb": 0.25,
    "Hand.index": 0.3,
    "Hand.curl": 0.35,
    "Foot.turn": 7.0,
    "Foot.out": 0.02,
    "Knee.out": 4.0,
    "hips.up": -0.012,
}
"""Channels of a person who stands at ease; every other one is 0."""

_X, _Y, _Z = np.eye(3)


def channel_names() -> tuple[str, ...]:
    """All channels of a body, sides spelled out."""
    names: list[str] = []
    for part, words in CHANNELS.items():
        owners = (part,) if part[0].islower() else (f"left{part}", f"right{part}")
        names += [f"{owner}.{word}" for owner in owners for word in words]
    return tuple(names)


def rest_value(channel: str) -> float:
    """Value of a channel in the pose at ease."""
    return REST.get(channel.removeprefix("left").removeprefix("right"), 0.0)


def _turn(
    axis: Float[np.ndarray, "3"], degrees: Float[np.ndarray, "*batch"]
) -> Float[np.ndarray, "*batch 4"]:
    return transforms.from_axis_angle(axis, np.radians(degrees))


def _product(*turns: np.ndarray) -> np.ndarray:
    result = turns[0]
    for turn in turns[1:]:
        result = transforms.multiply(result, turn)
    return result


def trunk(curves: Curves, part: str) -> Float[np.ndarray, "frames 4"]:
    """Rotation of hips, torso or head: turn, then lean, then bend."""
    return _product(
        _turn(_Y, curves[f"{part}.turn"]),
        _turn(_Z, -curves[f"{part}.lean"]),
        _turn(_X, curves[f"{part}.bend"]),
    )


def shoulder(curves: Curves, side: str) -> Float[np.ndarray, "frames 4"]:
    """Rotation of the clavicle beyond what the arm asks of it."""
    sign = 1.0 if side == "left" else -1.0
    up, forward = curves[f"{side}Shoulder.up"], curves[f"{side}Shoulder.forward"]
    return _product(_turn(_Z, sign * up), _turn(_Y, -sign * forward))


def upper_arm(curves: Curves, side: str) -> Float[np.ndarray, "frames 4"]:
    """Rotation of the upper arm relative to the chest, from the T-pose."""
    sign = 1.0 if side == "left" else -1.0
    plane = np.radians(curves[f"{side}Arm.forward"])
    # Raising from hanging is a turn about the level axis perpendicular to the plane of the raise.
    axis = np.stack([-np.sin(plane), np.zeros_like(plane), sign * np.cos(plane)], axis=-1)
    raised = transforms.from_axis_angle(axis, np.radians(curves[f"{side}Arm.raise"]))
    hang = _turn(_Z, np.array(-sign * 90.0))
    along = np.array([sign, 0.0, 0.0])
    return _product(raised, hang[None], _turn(along, -sign * curves[f"{side}Arm.twist"]))


def forearm(curves: Curves, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Rotations of the forearm relative to the upper arm and of the hand relative to the forearm.

    Half of the palm's turn is in either, so neither elbow nor wrist is wrung.
    """
    sign = 1.0 if side == "left" else -1.0
    along = np.array([sign, 0.0, 0.0])
    half = _turn(along, -sign * 0.5 * curves[f"{side}Arm.palm"])
    lower = _product(_turn(_Y, -sign * curves[f"{side}Arm.bend"]), half)
    hand = _product(
        half,
        _turn(_Z, -sign * curves[f"{side}Arm.wrist"]),
        _turn(_Y, -sign * curves[f"{side}Arm.wave"]),
    )
    return lower, hand


def foot(curves: Curves, side: str) -> Float[np.ndarray, "frames 4"]:
    """World rotation of a foot: its direction, then its toes."""
    sign = 1.0 if side == "left" else -1.0
    return _product(
        _turn(_Y, sign * curves[f"{side}Foot.turn"]), _turn(_X, -curves[f"{side}Foot.toes"])
    )


def knee(curves: Curves, side: str) -> Float[np.ndarray, "frames 3"]:
    """Direction in which a knee stands out from the line between hip and ankle."""
    sign = 1.0 if side == "left" else -1.0
    around = np.radians(sign * (curves[f"{side}Foot.turn"] + curves[f"{side}Knee.out"]))
    down = np.radians(curves[f"{side}Knee.down"])
    level = np.cos(down)
    return np.stack([np.sin(around) * level, -np.sin(down), np.cos(around) * level], axis=-1)


def fingers(curves: Curves) -> Float[np.ndarray, "frames 2 3"]:
    """Curl of thumb, index and others, left and right."""
    hands = [
        np.stack([curves[f"{side}Hand.{word}"] for word in CHANNELS["Hand"]], axis=-1)
        for side in ("left", "right")
    ]
    return np.stack(hands, axis=1)


def upper_body(
    curves: Curves, hips: Float[np.ndarray, "frames 4"]
) -> dict[str, Float[np.ndarray, "frames 4"]]:
    """World rotations of the hips, which are given, and of all that is above them.

    Arms are set in the frame of the chest.
    """
    torso, head = trunk(curves, "torso"), trunk(curves, "head")
    turned = {"hips": hips}
    for number, name in enumerate(("spine", "chest", "upperChest"), start=1):
        turned[name] = transforms.multiply(hips, power(torso, number / 3.0))
    chest = turned["upperChest"]
    turned["neck"] = transforms.multiply(chest, power(head, 0.45))
    turned["head"] = transforms.multiply(chest, head)
    for side in ("left", "right"):
        lower, hand = forearm(curves, side)
        upper = transforms.multiply(chest, upper_arm(curves, side))
        turned[f"{side}Shoulder"] = transforms.multiply(chest, shoulder(curves, side))
        turned[f"{side}UpperArm"] = upper
        turned[f"{side}LowerArm"] = transforms.multiply(upper, lower)
        turned[f"{side}Hand"] = transforms.multiply(turned[f"{side}LowerArm"], hand)
    return turned


def breathing(
    breath: Float[np.ndarray, "frames"], sway: Float[np.ndarray, "frames"]
) -> dict[str, Float[np.ndarray, "frames"]]:
    """What breath and a shift of weight add to the channels of a body.

    Args:
        breath: 1 breathed in, -1 breathed out.
        sway: 1 over the left leg, -1 over the right.
    """
    return {
        "torso.bend": -0.9 * breath,
        "head.bend": 0.7 * breath,
        "leftShoulder.up": 1.2 * breath,
        "rightShoulder.up": 1.2 * breath,
        "leftArm.raise": 0.7 * breath,
        "rightArm.raise": 0.7 * breath,
        "hips.side": 0.012 * sway,
        "hips.lean": -1.3 * sway,
        "torso.lean": 1.6 * sway,
        "head.lean": -0.5 * sway,
    }
