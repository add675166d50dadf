# SPDX-License-Identifier: Apache-2.0
"""Whether a body stands on something or flies: the centre of mass of a body in flight falls.

A body that does not fall is held up. Where no foot is found in contact and no other flesh is near
the ground, it is held up by the lower foot, which must then be on the ground: landings on a foot
that still slides, quick small steps. Flights (jumps, the air between strides of a run) stay.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float
from scipy.signal import savgol_filter

from gen3d.types import Skeleton
from motion.retarget import scale_of

GRAVITY = 9.81
_HELD = 0.5
"""Share of gravity; who falls slower is held up by something."""
_WINDOW_SECONDS = 0.23
_TRUNK_MASS = {"hips": 0.25, "upperChest": 0.25, "head": 0.08}
_LIMB_MASS = {
    "UpperLeg": 0.055,
    "LowerLeg": 0.07,
    "Foot": 0.035,
    "UpperArm": 0.016,
    "LowerArm": 0.021,
    "Hand": 0.013,
}
"""Shares of the body's mass, of each segment halved onto its joints (Winter, "Biomechanics and
Motor Control of Human Movement", table 4.1)."""
_THICK = {
    "hips": 0.11,
    "spine": 0.11,
    "upperChest": 0.11,
    "head": 0.1,
    **{f"{s}{n}": 0.06 for s in ("left", "right") for n in ("LowerLeg", "LowerArm")},
    **{f"{s}Hand": 0.1 for s in ("left", "right")},
}
"""Distance from a joint to the flesh's outside, metres on the reference leg; hands with fingers."""
_LYING = 0.08
"""Metres on the reference leg; flesh nearer to the ground may hold the body up."""


def centre_of_mass(
    positions: Float[np.ndarray, "frames joints 3"], skeleton: Skeleton
) -> Float[np.ndarray, "frames 3"]:
    """World position of the centre of mass, from shares of segments on their joints."""
    sides = [f"{side}{name}" for side in ("left", "right") for name in _LIMB_MASS]
    shares = np.array([*_TRUNK_MASS.values(), *_LIMB_MASS.values(), *_LIMB_MASS.values()])
    joints = [skeleton.index(name) for name in [*_TRUNK_MASS, *sides]]
    return np.einsum("fjc,j->fc", positions[:, joints], shares / shares.sum())


def clearance(
    positions: Float[np.ndarray, "frames joints 3"], skeleton: Skeleton
) -> Float[np.ndarray, "frames"]:
    """Height of the lowest flesh but the feet's: bodies also lie, kneel and stand on hands."""
    index = [skeleton.index(name) for name in _THICK]
    radii = np.array(list(_THICK.values())) * scale_of(skeleton)
    return (positions[:, index, 1] - radii).min(axis=1)


def held_up(
    positions: Float[np.ndarray, "frames joints 3"],
    skeleton: Skeleton,
    down: Bool[np.ndarray, "frames"],
    fps: float,
) -> Bool[np.ndarray, "frames"]:
    """Where a body without contact must stand on a foot all the same.

    Args:
        positions: World positions; the ground is y = 0.
        skeleton: The body.
        down: A foot is in contact.
        fps: Frames a second.
    """
    window = 2 * round(0.5 * _WINDOW_SECONDS * fps) + 1
    if window < 5 or len(positions) <= window:
        return np.zeros(len(positions), dtype=bool)
    height = centre_of_mass(positions, skeleton)[:, 1]
    fall = np.asarray(savgol_filter(height, window, 2, deriv=2, delta=1.0 / fps, mode="interp"))
    scale = scale_of(skeleton)
    upright = clearance(positions, skeleton) > _LYING * scale
    # Lengths are the performer's times the scale, times are the performer's.
    return (fall > -_HELD * GRAVITY * scale) & ~down & upright
