# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import Delaunay

from gen3d.errors import Gen3dError
from gen3d.fields import unwrap
from gen3d.fields.texels import rasterised
from gen3d.fields.unwrap import unwrapped
from gen3d.foundry.solids import Solid, box, ellipsoid, joined, moved, torus

THINGS = {
    "ball": ellipsoid(0.6),
    "ring": torus(0.5, 0.2),
    "box": box(0.8, 0.5, 0.6),
    "pair": joined(ellipsoid(0.3), moved(torus(0.3, 0.1), y=0.6)),
}


@pytest.mark.parametrize("name", THINGS)
def test_no_texel_belongs_to_two_triangles_and_every_triangle_keeps_its_place(name: str) -> None:
    solid = THINGS[name]
    found = unwrapped(solid, 512)
    assert found.crowded_texels == 0
    assert not found.per_triangle
    assert found.used_share > 0.3
    assert float(found.uvs.min()) >= 0.0
    assert float(found.uvs.max()) <= 1.0
    assert np.array_equal(found.surface.verts[found.surface.faces], solid.verts[solid.faces])
    assert np.array_equal(solid.verts[found.origin], found.surface.verts)


def test_charts_are_padded() -> None:
    found = unwrapped(THINGS["box"], 256)
    texels = rasterised(found.uvs, found.surface.faces, 256)
    chart = _charts(found.surface)
    owner = np.full((256, 256), -1)
    owner[texels.row, texels.column] = chart[texels.face]
    for axis in (0, 1):
        for step in (1, 2, 3):
            near = np.roll(owner, step, axis=axis)
            assert not np.any((owner >= 0) & (near >= 0) & (owner != near))


def _charts(cut: Solid) -> np.ndarray:
    from gen3d.fields.closest import labels

    return labels(cut)


def test_the_same_surface_gives_the_same_layout() -> None:
    first, second = (unwrapped(THINGS["ring"], 256) for _ in range(2))
    assert first.uvs.tobytes() == second.uvs.tobytes()


def test_triangles_one_by_one_do_not_overlap_either() -> None:
    found = unwrap._per_triangle(THINGS["ring"], 512)
    assert found.per_triangle
    assert found.crowded_texels == 0
    texels = rasterised(found.uvs, found.surface.faces, 512)
    assert len(np.unique(texels.face)) == len(THINGS["ring"].faces)


def test_a_texture_too_small_for_its_triangles_is_refused() -> None:
    with pytest.raises(Gen3dError, match="do not fit"):
        unwrap._per_triangle(THINGS["ball"], 64)


def test_an_empty_surface_is_refused() -> None:
    with pytest.raises(Gen3dError, match="no surface"):
        unwrapped(Solid(np.zeros((0, 3)), np.zeros((0, 3), np.int32)))


def test_a_layout_that_folds_over_itself_is_unfolded() -> None:
    x, y = np.meshgrid(np.linspace(0.1, 0.9, 9), np.linspace(0.1, 0.9, 9))
    uvs = np.stack([x.ravel(), y.ravel()], axis=1)
    faces = Delaunay(uvs).simplices.astype(np.int32)
    folded = uvs.copy()
    folded[40] += 0.22
    assert rasterised(folded, faces, 128).crowded > 0
    assert rasterised(unwrap._relaxed(folded, faces, 128), faces, 128).crowded == 0


def test_triangles_side_by_side_cover_each_texel_exactly_once() -> None:
    inner = np.random.default_rng(5).integers(1, 64, (60, 2)) / 64.0
    # Points on texel centres and corners alike: the hardest case for who owns an edge.
    corners = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
    uvs = np.concatenate([corners, np.unique(inner, axis=0), [[33.5 / 64, 20.5 / 64]]])
    faces = Delaunay(uvs).simplices.astype(np.int32)
    mixed = np.where(np.arange(len(faces))[:, None] % 2 == 0, faces, faces[:, ::-1])
    for wound in (faces, np.ascontiguousarray(faces[:, ::-1])):
        found = rasterised(uvs, wound, 64)
        assert found.crowded == 0
        assert found.mask.all()
    assert rasterised(uvs, mixed.astype(np.int32), 64).mask.all()


def test_barycentrics_give_the_texels_centre_back() -> None:
    uvs = np.array([[0.1, 0.1], [0.9, 0.2], [0.3, 0.8]])
    found = rasterised(uvs, np.array([[0, 1, 2]], np.int32), 50)
    centre = np.stack([found.column + 0.5, found.row + 0.5], axis=1) / 50.0
    assert np.allclose(found.barycentrics @ uvs, centre)
    area = 0.5 * abs(np.linalg.det(uvs[1:] - uvs[0]))
    assert len(found.row) / 2500 == pytest.approx(area, rel=0.03)


def test_overlap_is_counted_and_its_triangles_are_named() -> None:
    uvs = np.array([[0.0, 0], [1, 0], [0, 1], [0.0, 0], [0.5, 0], [0, 0.5], [0.6, 1], [1, 0.6]])
    faces = np.array([[0, 1, 2], [3, 4, 5], [6, 7, 1]], np.int32)
    found = rasterised(uvs, faces, 64)
    assert found.crowded == pytest.approx(64 * 64 / 8, rel=0.05)
    assert {0, 1} <= set(found.crowded_faces.tolist())
