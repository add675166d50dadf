# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from gen3d.render.skinning import (
    clip_matrices,
    influence_matrix,
    pose_part,
    pose_vertices,
    rest_matrices,
)
from gen3d.transforms import from_axis_angle
from gen3d.types import Clip, Skin


def test_the_rest_pose_leaves_every_vertex_where_it_is(shapes: ModuleType) -> None:
    part = shapes.part(shapes.sphere(0.3, (0.0, 1.0, 0.0)), "body")
    verts, normals = pose_part(part, shapes.skeleton(), shapes.still(), 1)
    assert verts == pytest.approx(part.mesh.verts, abs=1e-6)
    assert normals == pytest.approx(part.mesh.normals, abs=1e-6)


def test_turning_the_hips_turns_what_hangs_on_them_about_the_hips(shapes: ModuleType) -> None:
    part = shapes.part(shapes.sphere(0.1, (0.5, 1.0, 0.0)), "body")
    clip = shapes.still()
    rotations = clip.rotations.copy()
    rotations[1, 1] = from_axis_angle(np.array([0.0, 1.0, 0.0]), np.pi / 2)
    verts, normals = pose_part(part, shapes.skeleton(), replace(clip, rotations=rotations), 1)
    assert verts.mean(axis=0) == pytest.approx(
        part.mesh.verts.mean(axis=0)[[2, 1, 0]] * [1, 1, -1], abs=1e-5
    )
    assert normals[:, 2] == pytest.approx(-part.mesh.normals[:, 0], abs=1e-5)


def test_a_rigid_motion_of_the_root_is_a_rigid_motion_of_the_figure(shapes: ModuleType) -> None:
    part = shapes.part(shapes.sphere(0.3, (0.2, 1.2, 0.0)), "body", joint=20)
    clip: Clip = shapes.still()
    moved = replace(clip, root_positions=clip.root_positions + np.float32([1.0, 0.0, 2.0]))
    verts, _ = pose_part(part, shapes.skeleton(), moved, 0)
    assert verts == pytest.approx(part.mesh.verts + np.array([1.0, 0.0, 2.0]), abs=1e-5)


def test_blending_is_linear_in_the_weights(shapes: ModuleType) -> None:
    rng = np.random.default_rng(0)
    matrices = rest_matrices(shapes.skeleton())
    matrices = matrices + rng.normal(size=matrices.shape).astype(np.float32) * 0.1
    verts = rng.normal(size=(50, 3)).astype(np.float32)
    joints = rng.integers(0, len(matrices), (50, 4)).astype(np.uint16)
    weights = rng.dirichlet(np.ones(4), 50).astype(np.float32)
    posed, _ = pose_vertices(
        influence_matrix(Skin(joints, weights), len(matrices)), matrices, verts, verts
    )
    expected = np.einsum(
        "vk,vkij,vj->vi", weights, matrices[joints], np.c_[verts, np.ones(50, np.float32)]
    )
    assert posed == pytest.approx(expected, abs=1e-5)


def test_a_clip_in_its_rest_pose_gives_identity_matrices(shapes: ModuleType) -> None:
    skeleton = shapes.skeleton()
    expected = np.broadcast_to(rest_matrices(skeleton), (2, len(skeleton.names), 3, 4))
    assert clip_matrices(skeleton, shapes.still()) == pytest.approx(expected, abs=1e-6)
