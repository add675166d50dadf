# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gen3d.delivery.levels import levels_of, triangle_count
from gen3d.delivery.likeness import outlines, overlap
from gen3d.skeleton import JOINTS
from gen3d.types import Character, Mesh, Part, Skin
from tests.gen3d.render.shapes import part, skeleton, sphere, still


def ball(rows: int = 24) -> Part:
    """A sphere with a UV seam, skinned between hips and spine, with a face shape."""
    made = part(sphere(0.3, (0.0, 1.2, 0.0), rows), "body")
    up = np.clip((made.mesh.verts[:, 1] - 0.9) / 0.6, 0.0, 1.0)
    joints = np.zeros((len(up), 4), np.uint16)
    joints[:, 0], joints[:, 1] = JOINTS.index("hips"), JOINTS.index("spine")
    weights = np.zeros((len(up), 4), np.float32)
    weights[:, 0], weights[:, 1] = 1.0 - up, up
    smile = np.where(made.mesh.verts[:, 2:] > 0.2, made.mesh.verts * [0, 0.1, 0], 0.0)
    return replace(
        made, skin=Skin(joints, weights), morphs={"mouthSmileLeft": smile.astype(np.float32)}
    )


def sheet(cells: int = 12) -> Part:
    """A flat square that is open all around."""
    u, v = np.meshgrid(np.linspace(0, 1, cells + 1), np.linspace(0, 1, cells + 1))
    uvs = np.stack([u.ravel(), v.ravel()], axis=1).astype(np.float32)
    verts = np.column_stack([uvs[:, 0] - 0.5, 1.5 - uvs[:, 1], np.zeros(len(uvs))])
    index = np.arange(len(uvs)).reshape(u.shape)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    faces = np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ([a, d, c], [a, c, b])])
    normals = np.tile([0.0, 0.0, 1.0], (len(uvs), 1))
    mesh = Mesh(verts.astype(np.float32), faces.astype(np.int32), normals.astype(np.float32), uvs)
    return part(mesh, "cape")


def figure(*parts: Part) -> Character:
    return Character("figure", skeleton(), parts, (still(),), 1.7)


def rows_of(made: Part) -> set[bytes]:
    """Everything that goes with a place, as one key a vertex."""
    columns = [made.mesh.verts, made.skin.joints.astype(np.float32), made.skin.weights]
    columns += [made.morphs[name] for name in sorted(made.morphs)]
    return {row.tobytes() for row in np.ascontiguousarray(np.concatenate(columns, axis=1))}


def open_edges(mesh: Mesh) -> int:
    number = np.unique(np.round(mesh.verts, 6), axis=0, return_inverse=True)[1].reshape(-1)
    edges = np.sort(number[mesh.faces][:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    return int((counts != 2).sum())


def area(mesh: Mesh) -> float:
    a, b, c = np.moveaxis(mesh.verts[mesh.faces].astype(np.float64), 1, 0)
    return float(0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())


@pytest.fixture(scope="module")
def levels() -> list[Character]:
    return levels_of(figure(ball()), [1000, 300, 160])


def test_each_level_has_at_most_the_triangles_that_are_allowed(levels: list[Character]) -> None:
    assert [triangle_count(level) for level in levels] == [1000, 300, 160]


def test_vertices_keep_their_place_skin_and_morphs_to_the_bit(levels: list[Character]) -> None:
    whole = rows_of(ball())
    looks = {row.tobytes() for row in ball().mesh.uvs}
    for level in levels:
        assert rows_of(level.parts[0]) <= whole
        assert {row.tobytes() for row in level.parts[0].mesh.uvs} <= looks


def test_a_closed_surface_stays_closed_and_outside_out(levels: list[Character]) -> None:
    for level in levels:
        mesh = level.parts[0].mesh
        assert open_edges(mesh) == 0
        corners = mesh.verts[mesh.faces].astype(np.float64)
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        outward = np.sum(normal * (corners.mean(axis=1) - [0.0, 1.2, 0.0]), axis=1)
        assert (outward > 0).all()


def test_no_face_reaches_across_the_uv_seam(levels: list[Character]) -> None:
    for level in levels[:2]:
        mesh = level.parts[0].mesh
        across = np.ptp(mesh.uvs[mesh.faces][..., 0], axis=1)
        # The rows at the poles have one point for all longitudes.
        assert (across[np.abs(mesh.verts[mesh.faces][..., 1] - 1.2).max(axis=1) < 0.28] < 0.4).all()


def test_silhouettes_stay_alike_and_a_smaller_figure_is_told_apart(
    levels: list[Character],
) -> None:
    whole = outlines(figure(ball()), views=4, height_px=160)
    found = [overlap(whole, level) for level in levels]
    assert found[0] >= 0.97
    assert found[1] >= 0.94
    assert found[2] >= 0.9
    thin = replace(ball().mesh, verts=ball().mesh.verts * np.array([0.9, 1, 1], np.float32))
    other = figure(replace(ball(), mesh=thin))
    assert overlap(whole, other) < 0.95


def test_an_open_sheet_keeps_its_outline_down_to_few_triangles() -> None:
    (level,) = levels_of(figure(sheet()), [8])
    mesh = level.parts[0].mesh
    assert len(mesh.faces) <= 8
    assert area(mesh) == pytest.approx(1.0, rel=1e-6)
    np.testing.assert_array_equal(mesh.verts.min(axis=0), [-0.5, 0.5, 0.0])


def test_pieces_that_may_not_vanish_stop_the_collapse_short() -> None:
    pair = figure(ball(8), replace(ball(8), name="second"))
    (level,) = levels_of(pair, [2])
    assert len(level.parts) == 2
    assert triangle_count(level) > 2


def test_bending_places_keep_more_triangles_than_stiff_ones() -> None:
    stiff = replace(sheet(16), name="stiff")
    bent = replace(sheet(16), name="bent")
    joints = np.zeros_like(bent.skin.joints)
    joints[:, 0], joints[:, 1] = JOINTS.index("root"), JOINTS.index("head")
    swing = 0.5 + 0.25 * np.sin(12.0 * bent.mesh.verts[:, :2]).sum(axis=1)
    weights = np.zeros_like(bent.skin.weights)
    weights[:, 0], weights[:, 1] = 1.0 - swing, swing
    bent = replace(bent, skin=Skin(joints, weights))
    (level,) = levels_of(figure(stiff, bent), [400])
    count = {made.name: len(made.mesh.faces) for made in level.parts}
    assert count["bent"] > 3 * count["stiff"]


def test_the_same_figure_gives_the_same_levels(levels: list[Character]) -> None:
    again = levels_of(figure(ball()), [1000, 300, 160])
    for first, second in zip(levels, again, strict=True):
        np.testing.assert_array_equal(first.parts[0].mesh.faces, second.parts[0].mesh.faces)
