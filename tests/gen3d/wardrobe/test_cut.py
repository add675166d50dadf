# SPDX-License-Identifier: Apache-2.0
"""Laws of cutting: rows stay affine, area adds up, hems lie on their level."""

from __future__ import annotations

import numpy as np
import pytest

from gen3d.body import Body, ShapedBody
from gen3d.spec import BodySpec
from gen3d.wardrobe import cut
from gen3d.wardrobe.cloth import tights
from gen3d.wardrobe.cut import Cloth


@pytest.fixture(scope="module")
def shaped() -> ShapedBody:
    return Body.load().with_shape(BodySpec())


def area(points: np.ndarray, faces: np.ndarray) -> float:
    a, b, c = points[faces].transpose(1, 0, 2)
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


def place(cloth: Cloth, shaped: ShapedBody) -> np.ndarray:
    return cloth.of(shaped.verts.astype(np.float64))


def test_subdivision_and_clipping_keep_rows_affine(shaped: ShapedBody) -> None:
    cloth = tights()
    points = place(cloth, shaped)
    piece = cut.clip(cloth, points[:, 1] - 0.9)
    assert np.allclose(np.asarray(piece.rows.sum(axis=1)).ravel(), 1.0)


@pytest.mark.parametrize("level", [0.3, 0.77, 1.1])
def test_the_two_sides_of_a_cut_have_the_area_of_the_whole(
    shaped: ShapedBody, level: float
) -> None:
    cloth = tights()
    points = place(cloth, shaped)
    above = cut.clip(cloth, points[:, 1] - level)
    below = cut.clip(cloth, level - points[:, 1])
    total = area(place(above, shaped), above.faces) + area(place(below, shaped), below.faces)
    # Snapping moves the cut by at most a fiftieth of an edge.
    assert total == pytest.approx(area(points, cloth.faces), rel=2e-3)


def test_a_hem_lies_on_its_level(shaped: ShapedBody) -> None:
    cloth = tights()
    piece = cut.clip(cloth, place(cloth, shaped)[:, 1] - 1.0)
    points = place(piece, shaped)
    rim = np.unique(cut.boundary_edges(piece.faces))
    hem = points[rim][points[rim][:, 1] < 1.1]
    assert len(hem) > 20
    assert np.abs(hem[:, 1] - 1.0).max() < 1e-3


def test_cutting_nothing_away_changes_nothing(shaped: ShapedBody) -> None:
    cloth = tights()
    same = cut.clip(cloth, np.ones(cloth.count))
    assert same.faces.shape == cloth.faces.shape
    assert np.allclose(place(same, shaped), place(cloth, shaped))


def test_a_refined_suit_stays_closed_where_it_was_closed() -> None:
    cloth = tights()
    rims = cut.boundary_edges(cloth.faces)
    # Neck and two wrists: 26 + 12 + 12 edges of the base mesh, halved once.
    assert len(rims) == 2 * (26 + 12 + 12)


def test_atlas_fits_the_unit_square() -> None:
    uvs = cut.atlas(tights().corner_uvs)
    assert uvs.min() >= 0
    assert uvs.max() <= 1


def test_scoring_cuts_triangles_but_opens_nothing(shaped: ShapedBody) -> None:
    cloth = tights()
    level = np.abs(place(cloth, shaped)[:, 0]) - 0.2
    scored = cut.score(cloth, level)
    points = place(scored, shaped)
    assert len(cut.boundary_edges(scored.faces)) == len(cut.boundary_edges(cloth.faces))
    assert area(points, scored.faces) == pytest.approx(
        area(place(cloth, shaped), cloth.faces), rel=1e-6
    )
    sides = np.sign(np.round(np.abs(points[scored.faces][..., 0]) - 0.2, 2))
    assert not ((sides.max(axis=1) > 0) & (sides.min(axis=1) < 0)).any()
