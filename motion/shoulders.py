# SPDX-License-Identifier: Apache-2.0
"""Clavicles follow the arms.

Sources that know only a ball joint at the shoulder (captured clips, our arm angles) keep the
clavicle still, which tears a skinned shoulder. A share of the arm's swing goes to the clavicle, the
upper arm keeps its world rotation: the scapulohumeral rhythm, roughly one part in four of the
elevation above the horizontal (Inman et al. 1944), less below it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from motion.performance import BODY, Performance, power

_UP, _DOWN = 0.25, 0.08
_LIMIT = np.radians(24.0)


def _share(direction: Float[np.ndarray, "frames 3"], side: str) -> Float[np.ndarray, "frames 4"]:
    """Clavicle rotation for an arm that points along ``direction`` in the frame of the chest."""
    out = np.array([1.0 if side == "left" else -1.0, 0.0, 0.0])
    swing = transforms.between(np.broadcast_to(out, direction.shape), direction)
    # Straight below the shoulder the swing is a quarter turn and well defined; only an arm across
    # the chest to the other side comes near the half turn where it is not.
    above = 0.5 + 0.5 * np.tanh(4.0 * direction[:, 1])
    angle = 2.0 * np.arccos(np.clip(swing[:, 0], -1.0, 1.0))
    wanted = angle * (_DOWN + (_UP - _DOWN) * above)
    limited = _LIMIT * np.tanh(wanted / _LIMIT)
    return power(swing, limited / np.maximum(angle, 1e-9))


def share_elevation(performance: Performance) -> Performance:
    """Move a share of each upper arm's swing into its shoulder; arms stay where they point."""
    rotations = performance.rotations.copy()
    for side in ("left", "right"):
        shoulder, arm = BODY.index(f"{side}Shoulder"), BODY.index(f"{side}UpperArm")
        held = transforms.multiply(rotations[:, shoulder], rotations[:, arm])
        out = np.array([1.0 if side == "left" else -1.0, 0.0, 0.0])
        share = _share(transforms.rotate(held, np.broadcast_to(out, (len(held), 3))), side)
        moved = transforms.multiply(share, rotations[:, shoulder])
        rotations[:, shoulder] = moved
        rotations[:, arm] = transforms.multiply(transforms.conjugate(moved), held)
    return replace(performance, rotations=rotations)
