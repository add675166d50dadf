# SPDX-License-Identifier: Apache-2.0
"""KIT-ML's 21 joints as HumanML3D's 22, so that its motions can be posed like any other.

KIT-ML has one joint less in the spine and no collar bones: the missing spine joint lies midway
between its neighbours, the collar joints a share of the way from the lower neck to the shoulders.
What the chains of its layout mean: pelvis, three joints up to the lower neck, upper neck; right and
left shoulder, elbow, wrist from the lower neck; right and left hip, knee, ankle, ball, tip.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from motion.files import HUMANML3D

_COLLAR = 0.3
"""Share of the way from neck to shoulder at which a collar joint is put."""
_CENTRE = {"hips": 0, "spine": 1, "upperChest": 2, "neck": 3, "head": 4}
_SIDES = {
    "right": {"UpperArm": 5, "LowerArm": 6, "Hand": 7, "UpperLeg": 11, "LowerLeg": 12}
    | {"Foot": 13, "Toes": 14},
    "left": {"UpperArm": 8, "LowerArm": 9, "Hand": 10, "UpperLeg": 16, "LowerLeg": 17}
    | {"Foot": 18, "Toes": 19},
}


def from_kit(joints: Float[np.ndarray, "frames 21 3"]) -> Float[np.ndarray, "frames 22 3"]:
    """World positions in HumanML3D's order, in the unit of the input.

    Args:
        joints: What :func:`motion.features.decode` gives for :data:`motion.features.KIT`.
    """
    places = {name: joints[:, index] for name, index in _CENTRE.items()}
    for side, bones in _SIDES.items():
        places |= {side + bone: joints[:, index] for bone, index in bones.items()}
        way = places[f"{side}UpperArm"] - places["neck"]
        places[f"{side}Shoulder"] = places["neck"] + _COLLAR * way
    places["chest"] = (places["spine"] + places["upperChest"]) / 2.0
    return np.stack([places[name] for name in HUMANML3D], axis=1)
