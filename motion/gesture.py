# SPDX-License-Identifier: Apache-2.0
"""Do the hands get where a gesture takes them?

A network that was not taught a gesture, or forgets it, lets the arms hang, and no figure of
:mod:`motion.asked` sees that for verbs without ranges of their own. The motion program of the same
words shows where each hand goes, so that can be asked of any gesture.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from motion.asked import JOINT, Joints, facing, spans_of
from motion.language.script import Action
from motion.language.verbs import verbs
from motion.order import Order
from motion.performance import Performance

REACHED = 0.5
"""Least share of the way from hanging to the gesture's place."""
_GESTURE = 0.3
"""Distance from hanging from which a hand takes part, metres."""
_SIDES = ("left", "right")
Hands = dict[str, Float[np.ndarray, "frames 3"]]
"""Side to the hand from its own hanging place, in a frame that faces with the hips, metres."""


def reach(order: Order, performance: Performance, example: Performance) -> float:
    """How far the hands come to where an example of the same order has them at their farthest.

    Args:
        order: What was asked for; only gestures, which leave the legs alone, count.
        performance: What is measured.
        example: The motion program of the same order.

    Returns:
        Share of the way from hanging, of the hand that misses most; 1 where there is no gesture.
    """
    shown = dict(spans_of(order, performance))
    shares = [1.0]
    for span, joints in spans_of(order, example):
        gestures = [action for action in span.actions if _is_gesture(action)]
        if gestures and span in shown:
            free = all(action.side not in _SIDES for action in gestures)
            shares.append(_share(_hands(shown[span]), _hands(joints), mirror=free))
    return min(shares)


def _is_gesture(action: Action) -> bool:
    verb = verbs()[action.verb]
    return verb.kind == "move" and "legs" not in (action.parts or verb.parts)


def _hands(joints: Joints) -> Hands:
    yaw = facing(joints)
    cos, sin = np.cos(yaw), np.sin(yaw)
    found: Hands = {}
    for side in _SIDES:
        shoulder, elbow, hand = (
            joints[:, JOINT[f"{side}{bone}"]] for bone in ("UpperArm", "LowerArm", "Hand")
        )
        arm = np.linalg.norm(elbow - shoulder, axis=1) + np.linalg.norm(hand - elbow, axis=1)
        off = hand - shoulder
        left, ahead = cos * off[:, 0] - sin * off[:, 2], sin * off[:, 0] + cos * off[:, 2]
        found[side] = np.stack([left, off[:, 1] + arm, ahead], axis=-1)
    return found


def _share(ours: Hands, theirs: Hands, *, mirror: bool) -> float:
    """Over both hands; where no side was asked for, whichever side does it."""
    flip = np.array([-1.0, 1.0, 1.0])
    ways = [{side: theirs[side] for side in _SIDES}]
    if mirror:
        ways.append({"left": theirs["right"] * flip, "right": theirs["left"] * flip})
    return max(min(_one(ours[side], way[side]) for side in _SIDES) for way in ways)


def _one(ours: Float[np.ndarray, "frames 3"], theirs: Float[np.ndarray, "others 3"]) -> float:
    far = np.linalg.norm(theirs, axis=1)
    if far.max() < _GESTURE:
        return 1.0
    missed = np.linalg.norm(ours - theirs[far.argmax()], axis=1).min()
    return float(np.clip(1.0 - missed / far.max(), 0.0, 1.0))
