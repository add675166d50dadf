# SPDX-License-Identifier: Apache-2.0
"""Joints of SMPL, SMPL-H and SMPL-X in their published orders, under the house's names.

Orders and parents: Loper et al. 2015 (SMPL, 24 joints), Romero et al. 2017 (SMPL-H, 52), Pavlakos
et al. 2019 (SMPL-X, 55). The jaw is the only joint that the house's skeleton lacks (its face moves
by shapes). SMPL's two hand joints, on which all fingers hang, stand for the middle fingers.
"""

from __future__ import annotations

from typing import Literal

Kind = Literal["smpl", "smplh", "smplx"]
JAW = "jaw"
TITLES: dict[Kind, str] = {"smpl": "SMPL", "smplh": "SMPL-H", "smplx": "SMPL-X"}

_BODY: tuple[str, ...] = (
    *("hips", "leftUpperLeg", "rightUpperLeg", "spine", "leftLowerLeg", "rightLowerLeg", "chest"),
    *("leftFoot", "rightFoot", "upperChest", "leftToes", "rightToes", "neck", "leftShoulder"),
    *("rightShoulder", "head", "leftUpperArm", "rightUpperArm", "leftLowerArm", "rightLowerArm"),
    *("leftHand", "rightHand"),
)
_BODY_PARENTS: tuple[int, ...] = (
    *(-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7),
    *(8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19),
)
_HEAD, _WRISTS = _BODY.index("head"), (_BODY.index("leftHand"), _BODY.index("rightHand"))
_FINGERS = ("Index", "Middle", "Little", "Ring", "Thumb")
_BONES = ("Proximal", "Intermediate", "Distal")
_THUMB_BONES = ("Metacarpal", "Proximal", "Distal")


def _hand(side: str) -> tuple[str, ...]:
    return tuple(
        f"{side}{finger}{bone}"
        for finger in _FINGERS
        for bone in (_THUMB_BONES if finger == "Thumb" else _BONES)
    )


def _hand_parents(wrist: int, first: int) -> tuple[int, ...]:
    """Five chains of three on a wrist."""
    return tuple(
        wrist if bone == 0 else first + 3 * finger + bone - 1
        for finger in range(5)
        for bone in range(3)
    )


def _hands_parents(first: int) -> tuple[int, ...]:
    left, right = _WRISTS
    return (*_hand_parents(left, first), *_hand_parents(right, first + 15))


NAMES: dict[Kind, tuple[str, ...]] = {
    "smpl": (*_BODY, "leftMiddleProximal", "rightMiddleProximal"),
    "smplh": (*_BODY, *_hand("left"), *_hand("right")),
    "smplx": (*_BODY, JAW, "leftEye", "rightEye", *_hand("left"), *_hand("right")),
}
"""House name of each joint, in the model's order."""

PARENTS: dict[Kind, tuple[int, ...]] = {
    "smpl": (*_BODY_PARENTS, *_WRISTS),
    "smplh": (*_BODY_PARENTS, *_hands_parents(22)),
    "smplx": (*_BODY_PARENTS, _HEAD, _HEAD, _HEAD, *_hands_parents(25)),
}
"""Parent of each joint; -1 for the pelvis."""


def kind_of(joints: int) -> Kind | None:
    """The model that has so many joints."""
    return next((kind for kind, names in NAMES.items() if len(names) == joints), None)
