# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen3d import transforms
from gen3d.export.tangents import vertex_tangents
from tests.consumers.mannequin import box_humanoid

QUAD = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], dtype=np.float32)
FACES = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32)
FRONT = np.tile(np.array([0, 0, 1], dtype=np.float32), (4, 1))
BOX = box_humanoid().parts[1].mesh
UPRIGHT = np.array([[0, 1], [1, 1], [1, 0], [0, 0]], dtype=np.float32)


def test_on_an_upright_picture_the_tangent_is_its_right_and_the_bitangent_its_top() -> None:
    tangents = vertex_tangents(QUAD, FACES, FRONT, UPRIGHT)
    np.testing.assert_allclose(tangents, np.tile([1, 0, 0, 1], (4, 1)), atol=1e-6)
    top = np.cross(FRONT, tangents[:, :3]) * tangents[:, 3:]
    np.testing.assert_allclose(top, np.tile([0, 1, 0], (4, 1)), atol=1e-6)


def test_a_mirrored_picture_has_the_other_handedness_and_the_same_top() -> None:
    mirrored = UPRIGHT * [-1, 1] + [1, 0]
    tangents = vertex_tangents(QUAD, FACES, FRONT, mirrored.astype(np.float32))
    np.testing.assert_allclose(tangents, np.tile([-1, 0, 0, -1], (4, 1)), atol=1e-6)
    top = np.cross(FRONT, tangents[:, :3]) * tangents[:, 3:]
    np.testing.assert_allclose(top, np.tile([0, 1, 0], (4, 1)), atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4))
def test_turning_the_surface_turns_the_tangents(numbers: list[float]) -> None:
    q = transforms.normalize(np.array(numbers, dtype=np.float64) + np.array([2.0, 0, 0, 0]))
    turn = transforms.to_matrix(q).astype(np.float32)
    mesh = BOX
    still = vertex_tangents(mesh.verts, mesh.faces, mesh.normals, mesh.uvs)
    turned = vertex_tangents(mesh.verts @ turn.T, mesh.faces, mesh.normals @ turn.T, mesh.uvs)
    np.testing.assert_allclose(turned[:, :3], still[:, :3] @ turn.T, atol=1e-4)
    np.testing.assert_array_equal(turned[:, 3], still[:, 3])


@pytest.mark.parametrize("seed", range(5))
def test_tangents_are_unit_and_perpendicular_even_on_nonsense(seed: int) -> None:
    rng = np.random.default_rng(seed)
    verts = rng.normal(size=(50, 3)).astype(np.float32)
    normals = transforms.normalize(rng.normal(size=(50, 3))).astype(np.float32)
    uvs = rng.random((50, 2), dtype=np.float32) * (rng.random((50, 1)) > 0.5)
    faces = rng.integers(0, 50, size=(80, 3), dtype=np.int32)
    tangents = vertex_tangents(verts, faces, normals, uvs.astype(np.float32))
    np.testing.assert_allclose(np.linalg.norm(tangents[:, :3], axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(np.sum(tangents[:, :3] * normals, axis=1), 0.0, atol=1e-5)
    assert set(np.unique(tangents[:, 3])) <= {-1.0, 1.0}
