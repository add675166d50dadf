# SPDX-License-Identifier: Apache-2.0
"""Linear blend skinning: rest vertices carried by a clip's frame.

A vertex moves with the weighted mean of its joints' matrices (what every engine does with glTF
skins, section 3.7.3.3 of the specification); a normal with the linear part of the same mean. The
blend over joints is one sparse product, so that sixty thousand vertices take a few milliseconds.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from scipy.sparse import csr_matrix

from gen3d.transforms import clip_translations, forward_kinematics, skin_matrices
from gen3d.types import Clip, Part, Skeleton, Skin


def clip_matrices(skeleton: Skeleton, clip: Clip) -> Float32[np.ndarray, "frames joints 3 4"]:
    """Skinning matrices (rest world to posed world) of every frame of a clip."""
    local = clip_translations(skeleton, clip.root_positions, clip.hips_positions)
    rotations, positions = forward_kinematics(skeleton.parents, clip.rotations, local)
    return skin_matrices(skeleton, rotations, positions).astype(np.float32)


def rest_matrices(skeleton: Skeleton) -> Float32[np.ndarray, "joints 3 4"]:
    """Skinning matrices of the rest pose: the identity for every joint."""
    return np.tile(np.eye(3, 4, dtype=np.float32), (len(skeleton.names), 1, 1))


def influence_matrix(skin: Skin, joint_count: int) -> csr_matrix:
    """Sparse vertices-by-joints matrix of skin weights."""
    rows = np.repeat(np.arange(len(skin.joints)), skin.joints.shape[1])
    columns = skin.joints.astype(np.int64).ravel()
    entries = (skin.weights.astype(np.float32).ravel(), (rows, columns))
    return csr_matrix(entries, shape=(len(skin.joints), joint_count))


def pose_vertices(
    influences: csr_matrix,
    matrices: Float32[np.ndarray, "joints 3 4"],
    verts: Float32[np.ndarray, "verts 3"],
    normals: Float32[np.ndarray, "verts 3"],
) -> tuple[Float32[np.ndarray, "verts 3"], Float32[np.ndarray, "verts 3"]]:
    """Posed positions and unit normals."""
    blended = np.ascontiguousarray((influences @ matrices.reshape(-1, 12)).T)
    posed = _rows(blended, verts.T) + blended[3::4]
    turned = _rows(blended, normals.T)
    length = np.sqrt(np.sum(turned * turned, axis=0))
    turned /= np.maximum(length, 1e-12)
    return np.ascontiguousarray(posed.T), np.ascontiguousarray(turned.T)


def _rows(blended: np.ndarray, v: np.ndarray) -> np.ndarray:
    """The linear part of per-vertex 3x4 matrices (12 rows of entries) times a vector each."""
    rows = [sum(blended[4 * i + j] * v[j] for j in range(3)) for i in range(3)]
    return np.stack([np.asarray(row, np.float32) for row in rows])


def pose_part(
    part: Part, skeleton: Skeleton, clip: Clip, frame: int
) -> tuple[Float32[np.ndarray, "verts 3"], Float32[np.ndarray, "verts 3"]]:
    """Positions and unit normals of one part in one frame of a clip, world space."""
    matrices = clip_matrices(skeleton, _one_frame(clip, frame))[0]
    influences = influence_matrix(part.skin, len(skeleton.names))
    return pose_vertices(influences, matrices, part.mesh.verts, part.mesh.normals)


def _one_frame(clip: Clip, frame: int) -> Clip:
    picked = slice(frame, frame + 1)
    return Clip(
        clip.name,
        clip.fps,
        clip.rotations[picked],
        clip.root_positions[picked],
        clip.hips_positions[picked],
        clip.loop,
    )
