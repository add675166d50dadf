# SPDX-License-Identifier: Apache-2.0
"""Skin weights as glTF wants them: at most four, none twice, sum exactly one, spare slots zero.

glTF 2.0, section 3.7.3.3 ("Skinned mesh attributes"); the Khronos validator allows a sum to miss 1
by 2e-7 for each weight that is not zero, which is float32 rounding.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, UInt8, UInt16

from gen3d.types import Skin


def tidy(skin: Skin, joint_count: int) -> Skin:
    """Merge repeated joints, sort by falling weight, renormalise, zero the spare slots.

    Raises:
        ValueError: A weight is negative or not finite, a vertex has none, or a joint is unknown.
    """
    _require_sound(skin, joint_count)
    joints, weights = _merged(skin.joints.astype(np.int64), skin.weights.astype(np.float64))
    order = np.argsort(-weights, axis=1, kind="stable")
    joints, weights = (np.take_along_axis(a, order, axis=1) for a in (joints, weights))
    weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    # What rounding to 32 bits left over goes to the largest weight, which stays the largest.
    rest = weights[:, 1:].astype(np.float64).sum(axis=1)
    weights[:, 0] = np.maximum((1.0 - rest).astype(np.float32), weights[:, 1])
    return Skin(np.where(weights > 0, joints, 0).astype(np.uint16), weights)


def _require_sound(skin: Skin, joint_count: int) -> None:
    used = skin.joints[skin.weights > 0]
    if not np.all(np.isfinite(skin.weights)) or np.any(skin.weights < 0):
        raise ValueError("a skin weight is negative or not finite")
    if np.any(skin.weights.sum(axis=1) < 1e-3):
        raise ValueError("a vertex has no skin weight")
    if len(used) and int(used.max()) >= joint_count:
        raise ValueError(f"a skin weight names joint {int(used.max())} of {joint_count}")


def _merged(joints: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Add the weight of a joint's second, third, fourth mention to its first."""
    slots = weights.shape[1]
    columns = [weights[:, slot] for slot in range(slots)]
    for first in range(slots):
        for later in range(first + 1, slots):
            same = joints[:, first] == joints[:, later]
            columns[first] = columns[first] + np.where(same, columns[later], 0.0)
            columns[later] = np.where(same, 0.0, columns[later])
    return joints, np.stack(columns, axis=1)


def joint_attribute(
    joints: UInt16[np.ndarray, "verts 4"], joint_count: int
) -> UInt8[np.ndarray, "verts 4"] | UInt16[np.ndarray, "verts 4"]:
    """``JOINTS_0`` in the smallest type that numbers every joint."""
    return joints.astype(np.uint8 if joint_count <= 256 else np.uint16)


def sums(weights: Float32[np.ndarray, "verts 4"]) -> np.ndarray:
    """Sum of each vertex's weights in double precision."""
    return weights.astype(np.float64).sum(axis=1)
