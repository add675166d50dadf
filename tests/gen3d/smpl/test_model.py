# SPDX-License-Identifier: Apache-2.0
"""The forward pass against the paper's equations written out joint by joint, and its laws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gen3d import transforms
from gen3d.smpl.model import SmplModel, to_rotations, to_vectors

DRAW = np.random.default_rng(1)


def naive(
    model: SmplModel, betas: np.ndarray, vectors: np.ndarray, trans: np.ndarray
) -> np.ndarray:
    """Loper et al. 2015, equations 2 to 10, with 4 × 4 matrices."""
    turns = Rotation.from_rotvec(vectors).as_matrix()
    shaped = model.template + np.einsum("vab,b->va", model.shape_directions[..., :10], betas)
    joints = model.joint_regressor @ shaped
    features = (turns[1:] - np.eye(3)).reshape(-1)
    unposed = shaped + np.einsum("vap,p->va", model.pose_directions, features)
    worlds: list[np.ndarray] = []
    for joint, parent in enumerate(model.parents):
        local = np.eye(4)
        local[:3, :3] = turns[joint]
        local[:3, 3] = joints[joint] - (joints[parent] if parent >= 0 else 0.0)
        worlds.append(local if parent < 0 else worlds[parent] @ local)
    verts = np.zeros_like(shaped)
    for joint, world in enumerate(worlds):
        place = unposed - joints[joint]
        moved = place @ world[:3, :3].T + world[:3, 3]
        verts += model.weights[:, [joint]] * moved
    return verts + trans


def test_it_is_what_the_paper_says(model: SmplModel) -> None:
    betas, trans = DRAW.normal(size=10), DRAW.normal(size=3)
    vectors = DRAW.normal(size=(len(model.names), 3)) * 0.5
    ours = model.posed(model.shaped(betas), to_rotations(vectors), trans)
    assert np.allclose(ours, naive(model, betas, vectors, trans), atol=1e-6)


def test_no_shape_and_no_pose_are_the_template(model: SmplModel) -> None:
    still = np.tile(transforms.IDENTITY, (len(model.names), 1))
    assert np.allclose(
        model.posed(model.shaped(np.zeros(10)), still, np.zeros(3)), model.template, atol=1e-12
    )


def test_turning_the_pelvis_turns_everything_about_it(model: SmplModel) -> None:
    betas, vectors = DRAW.normal(size=10), DRAW.normal(size=(len(model.names), 3)) * 0.4
    shaped = model.shaped(betas)
    pelvis = model.joints_of(shaped)[0]
    before = model.posed(shaped, to_rotations(vectors), np.zeros(3))
    turn = Rotation.from_rotvec([0.2, 1.0, -0.4])
    vectors[0] = (turn * Rotation.from_rotvec(vectors[0])).as_rotvec()
    after = model.posed(shaped, to_rotations(vectors), np.zeros(3))
    assert np.allclose(after, turn.apply(before - pelvis) + pelvis, atol=1e-6)


@pytest.mark.parametrize("angle", [0.0, 1e-9, 0.3, 3.0])
def test_vectors_and_rotations_are_inverses(angle: float) -> None:
    vectors = angle * transforms.normalize(DRAW.normal(size=(20, 3)))
    assert np.allclose(to_vectors(to_rotations(vectors)), vectors, atol=1e-9)
