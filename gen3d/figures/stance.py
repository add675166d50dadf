# SPDX-License-Identifier: Apache-2.0
"""Poses in which figures are looked at: a T-pose is nobody's usual stance.

Rotations are of single joints about world axes, since every joint's rest rotation is the identity.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float, Float32

from gen3d.transforms import forward_kinematics, from_axis_angle, multiply, skin_matrices
from gen3d.types import Skeleton

Bends = Mapping[str, tuple[tuple[str, float], ...]]
"""Joint → turns about an axis (x, y or z) by degrees, the first one applied first."""

STANCES: Mapping[str, Bends] = {
    "rest": {},
    "open": {"leftUpperArm": (("z", -42.0),), "rightUpperArm": (("z", 42.0),)},
    "relaxed": {
        "leftUpperArm": (("z", -70.0),),
        "rightUpperArm": (("z", 70.0),),
        "leftLowerArm": (("y", -12.0),),
        "rightLowerArm": (("y", 12.0),),
    },
    "stride": {
        "leftUpperArm": (("z", -68.0), ("x", -22.0)),
        "rightUpperArm": (("z", 68.0), ("x", 22.0)),
        "leftUpperLeg": (("x", 20.0),),
        "rightUpperLeg": (("x", -22.0),),
        "leftLowerLeg": (("x", 16.0),),
        "rightLowerLeg": (("x", 8.0),),
    },
    "wave": {
        "leftUpperArm": (("z", -68.0),),
        "rightUpperArm": (("z", 10.0),),
        "rightLowerArm": (("z", -80.0),),
    },
}
USUAL = "relaxed"
_AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


def stance_matrices(
    skeleton: Skeleton, bends: Bends, shake: np.random.Generator | None = None
) -> Float32[np.ndarray, "joints 3 4"]:
    """Skinning matrices of a stance.

    Args:
        skeleton: The figure's.
        bends: A value of :data:`STANCES`.
        shake: Turns each bent joint a few degrees more, where it is given.
    """
    rotations = np.tile(np.array([1.0, 0.0, 0.0, 0.0]), (len(skeleton.names), 1))
    for joint, turns in bends.items():
        rotations[skeleton.index(joint)] = _turned(turns, shake)
    turned, places = forward_kinematics(
        skeleton.parents, rotations[None], skeleton.offsets[None].astype(np.float64)
    )
    return skin_matrices(skeleton, turned, places)[0].astype(np.float32)


def _turned(
    turns: tuple[tuple[str, float], ...], shake: np.random.Generator | None
) -> Float[np.ndarray, "4"]:
    result = np.array([1.0, 0.0, 0.0, 0.0])
    for axis, degrees in turns:
        more = 0.0 if shake is None else float(shake.normal(0.0, 6.0))
        one = from_axis_angle(np.array(_AXES[axis]), np.deg2rad(degrees + more))
        result = multiply(one, result)
    return result
