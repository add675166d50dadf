# SPDX-License-Identifier: Apache-2.0
"""Names that a technical artist expects: the 52 ARKit face shapes, and what must not leak.

ARKit: the blend shape locations that Apple documents for ``ARFaceAnchor``, spelled as in its API.
"""

from __future__ import annotations

import re

_BOTH_SIDES = (
    "browDown",
    "browOuterUp",
    "cheekSquint",
    "eyeBlink",
    "eyeLookDown",
    "eyeLookIn",
    "eyeLookOut",
    "eyeLookUp",
    "eyeSquint",
    "eyeWide",
    "mouthDimple",
    "mouthFrown",
    "mouthLowerDown",
    "mouthPress",
    "mouthSmile",
    "mouthStretch",
    "mouthUpperUp",
    "noseSneer",
)
_MIDDLE = (
    "browInnerUp",
    "cheekPuff",
    "jawForward",
    "jawLeft",
    "jawOpen",
    "jawRight",
    "mouthClose",
    "mouthFunnel",
    "mouthLeft",
    "mouthPucker",
    "mouthRight",
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    "tongueOut",
)
ARKIT: tuple[str, ...] = tuple(
    sorted([*_MIDDLE, *(f"{name}{side}" for name in _BOTH_SIDES for side in ("Left", "Right"))])
)
"""The 52 face shapes, in alphabetical order."""

HELPER = re.compile(r"helper|^joint[-_]|proxy|icosphere|^default ?cube$|untitled", re.IGNORECASE)
"""Scaffolding of base meshes and editors that has no place in a finished file."""
