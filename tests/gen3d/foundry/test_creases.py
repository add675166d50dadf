# SPDX-License-Identifier: Apache-2.0
"""Corner normals: hard on edges, smooth on bends, and right where both meet."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.foundry.creases import CREASE_DEG, corner_normals
from gen3d.foundry.solids import Solid, cylinder, ellipsoid, joined, moved, turned


def cube() -> Solid:
    """Eight vertices and twelve faces, sharp."""
    verts = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    faces = [corners for a, b, c, d in quads for corners in ((a, b, c), (a, c, d))]
    return Solid(verts, np.array(faces, np.int32))


def flat_normals(solid: Solid) -> np.ndarray:
    a, b, c = (solid.verts[solid.faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    return normal / np.linalg.norm(normal, axis=1, keepdims=True)


def test_corners_of_a_cube_have_the_normals_of_their_faces() -> None:
    tilted = turned(cube(), "x", 25.0)
    normals = corner_normals(tilted.verts, tilted.faces)
    assert np.allclose(normals, flat_normals(tilted)[:, None], atol=1e-12)
    assert len(np.unique(normals.reshape(-1, 3).round(9), axis=0)) == 6


def test_normals_of_a_fine_ball_are_radial_and_of_length_one() -> None:
    solid = ellipsoid(0.7)
    normals = corner_normals(solid.verts, solid.faces)
    radial = solid.verts[solid.faces] / np.linalg.norm(solid.verts[solid.faces], axis=-1)[..., None]
    assert (normals * radial).sum(-1).min() > np.cos(np.deg2rad(3.0))
    assert np.allclose(np.linalg.norm(normals, axis=-1), 1.0)


def test_a_cylinder_is_smooth_around_and_hard_at_its_rims() -> None:
    solid = cylinder(0.5, 1.0, sides=48)
    normals = corner_normals(solid.verts, solid.faces)
    lids = np.abs(flat_normals(solid)[:, 1]) > 0.5
    assert np.allclose(np.abs(normals[lids][..., 1]), 1.0)
    walls, corners = normals[~lids], solid.verts[solid.faces[~lids]]
    assert np.allclose(walls[..., 1], 0.0, atol=1e-9)
    outward = corners[..., [0, 2]] / np.linalg.norm(corners[..., [0, 2]], axis=-1)[..., None]
    assert (walls[..., [0, 2]] * outward).sum(-1).min() > np.cos(np.deg2rad(360.0 / 48))


@pytest.mark.parametrize(("bend_deg", "smooth"), [(CREASE_DEG - 2, True), (CREASE_DEG + 2, False)])
def test_a_fold_is_smooth_up_to_the_crease_angle_and_hard_beyond(
    bend_deg: float, *, smooth: bool
) -> None:
    angle = np.deg2rad(bend_deg)
    verts = np.array(
        [[0, 0, 0], [0, 0, 1], [-1, 0, 0], [np.cos(angle), -np.sin(angle), 0]], np.float64
    )
    faces = np.array([[0, 2, 1], [0, 1, 3]], np.int32)
    first, second = corner_normals(verts, faces)
    flat = flat_normals(Solid(verts, faces))
    assert flat[0] @ flat[1] == pytest.approx(np.cos(angle))
    if smooth:
        # Both faces have one area: their shared corners get the mean direction.
        mean = flat.sum(0) / np.linalg.norm(flat.sum(0))
        assert np.allclose([first[0], first[2], second[0], second[1]], mean)
    else:
        assert np.allclose(first, flat[0])
        assert np.allclose(second, flat[1])
    assert np.allclose(first[1], flat[0])
    assert np.allclose(second[2], flat[1])


def test_larger_faces_count_for_more() -> None:
    verts = np.array([[0, 0, 0], [0, 0, 1], [-1, 0, 0], [3.0, -0.9, 0.0]])
    faces = np.array([[0, 2, 1], [0, 1, 3]], np.int32)
    shared = corner_normals(verts, faces)[0, 0]
    a, b, c = verts[faces[:, 0]], verts[faces[:, 1]], verts[faces[:, 2]]
    areas = np.cross(b - a, c - a).sum(axis=0)
    assert np.allclose(shared, areas / np.linalg.norm(areas))


def test_normals_turn_with_the_thing_and_do_not_see_its_place() -> None:
    solid = cylinder(0.4, 0.9, bevel=0.1)
    normals = corner_normals(solid.verts, solid.faces)
    elsewhere = turned(moved(solid, 1.0, -2.0, 0.5), "z", 33.0)
    found = corner_normals(elsewhere.verts, elsewhere.faces)
    expected = turned(Solid(normals.reshape(-1, 3), solid.faces), "z", 33.0).verts
    assert np.allclose(found.reshape(-1, 3), expected, atol=1e-9)


def test_a_face_without_area_has_a_unit_normal_and_disturbs_no_other() -> None:
    solid = cube()
    faces = np.concatenate([solid.faces, [[0, 0, 1], [2, 2, 2]]]).astype(np.int32)
    normals = corner_normals(solid.verts, faces)
    assert np.allclose(normals[:-2], corner_normals(solid.verts, solid.faces))
    assert np.allclose(np.linalg.norm(normals, axis=-1), 1.0)


def test_things_that_only_touch_in_space_do_not_share_normals() -> None:
    first, second = cube(), ellipsoid(0.5)
    both = joined(first, second)
    normals = corner_normals(both.verts, both.faces)
    assert np.allclose(normals[: len(first.faces)], corner_normals(first.verts, first.faces))
    assert np.allclose(normals[len(first.faces) :], corner_normals(second.verts, second.faces))
