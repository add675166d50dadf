# SPDX-License-Identifier: Apache-2.0
"""Plants are the same in all levels of detail, stand on their feet and obey the law of wood."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from gen3d.spec import LandSpec
from gen3d.words.land import preset
from scenes.place import Place, Shape, Surface, once
from scenes.render.trace import Skylight, Stage
from scenes.world import shapes
from scenes.world.growth import GOLDEN, along, budded, grown, thickness, tubes, unit
from scenes.world.plants import LEVELS, bands, tree_levels, trees
from scenes.world.surfaces import BARK, FOLIAGE, NEEDLES, SKIN, needles_in_snow
from scenes.world.terrain import Map

ROOTS_M = 0.35
KINDS = {
    "conifer": preset("pine forest"),
    "broadleaf": preset("meadow"),
    "palm": preset("tropical coast"),
    "cactus": preset("cactus desert"),
    "bamboo": preset("bamboo forest"),
    "bush": preset("vineyard"),
    "bare": preset("meadow").model_copy(update={"leaves": 0.0}),
}


def _levels(kind: str, variant: int = 0) -> tuple[Shape, ...]:
    tree = "broadleaf" if kind in {"bush", "bare"} else kind
    return tree_levels(Map(KINDS[kind], 3), tree, variant)


def _area(shape: Shape, surfaces: tuple[int, ...]) -> float:
    a, b, c = np.moveaxis(shape.verts[shape.faces[np.isin(shape.surface, surfaces)]], 1, 0)
    return float(0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())


@pytest.mark.parametrize("variant", range(2))
@pytest.mark.parametrize("kind", ["conifer", "broadleaf", "palm", "bush", "bamboo"])
def test_all_levels_have_as_much_of_leaves(kind: str, variant: int) -> None:
    areas = [_area(shape, (FOLIAGE, NEEDLES)) for shape in _levels(kind, variant)]
    np.testing.assert_allclose(areas, areas[0], rtol=0.15)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_levels_get_lighter_and_keep_their_size(kind: str) -> None:
    levels = _levels(kind)
    assert len(levels) == len(LEVELS)
    for fine, coarse in pairwise(levels):
        assert len(coarse.faces) < 0.75 * len(fine.faces)
    tall = [float(shape.verts[:, 1].max()) for shape in levels]
    np.testing.assert_allclose(tall, tall[0], rtol=0.2)
    assert [shape.name[-4:] for shape in levels] == ["LOD0", "LOD1", "LOD2", "LOD3"]


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"bamboo"}))
def test_only_roots_are_in_the_ground(kind: str) -> None:
    for shape in _levels(kind):
        low = shape.verts[shape.faces].min(axis=1)[:, 1]
        wood = np.isin(shape.surface, (BARK, SKIN))
        assert low[wood].min() >= -ROOTS_M
        assert low[wood].min() <= 0.0
        assert (low[~wood] >= 0.0).all()
        deep = shape.verts[shape.verts[:, 1] < -0.05]
        assert np.hypot(deep[:, 0], deep[:, 2]).max(initial=0.0) < 0.8


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_normals_are_unit_and_tints_are_factors(kind: str) -> None:
    for shape in _levels(kind):
        np.testing.assert_allclose(np.linalg.norm(shape.normals, axis=1), 1.0, atol=1e-4)
        assert shape.tint.min() > 0.0
        assert shape.tint.max() <= 1.0
        assert np.isfinite(shape.verts).all()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_same_seed_same_tree_and_others_differ(kind: str) -> None:
    one, again, other = (_levels(kind, variant)[1] for variant in (0, 0, 1))
    for part in ("verts", "faces", "normals", "tint"):
        np.testing.assert_array_equal(getattr(one, part), getattr(again, part))
    assert one.verts.shape != other.verts.shape or not np.allclose(one.verts, other.verts)


def test_a_bare_tree_shows_its_twigs_and_no_leaf() -> None:
    bare, leafy = _levels("bare")[0], _levels("broadleaf")[0]
    assert set(np.unique(bare.surface)) == {BARK}
    assert (bare.surface == BARK).sum() > 1.5 * (leafy.surface == BARK).sum()


def test_a_small_broadleaf_is_a_bush() -> None:
    bush, tree = _levels("bush")[0].verts, _levels("broadleaf")[0]
    size = np.ptp(bush, axis=0)
    assert min(size[0], size[2]) > 0.9 * size[1]
    low = tree.verts[tree.faces[tree.surface == FOLIAGE]].reshape(-1, 3)[:, 1]
    assert np.percentile(bush[:, 1], 10) < 0.3 * size[1]
    assert np.percentile(low, 2) > 1.5


def test_snow_lies_on_boughs_and_needles_stay_dark() -> None:
    land = LandSpec(ground="snow", trees=("conifer",))
    factor = needles_in_snow(land)
    assert factor is not None
    assert needles_in_snow(LandSpec(trees=("conifer",))) is None
    laden = shapes.conifer("laden", 4, 0.22, BARK, NEEDLES, factor)
    shade = laden.tint[laden.faces[laden.surface == NEEDLES]].mean(axis=(1, 2))
    assert 0.2 < (shade > 0.5).mean() < 0.8
    assert (shade < 0.25).mean() > 0.1


def test_a_branch_is_as_thick_as_all_that_it_bears() -> None:
    rng = np.random.default_rng(1)
    lines = grown(
        np.zeros((3, 3)), unit(rng.normal(size=(3, 3))), np.full(3, 2.0), 5, (0.2, 0.3), rng
    )
    length = np.linalg.norm(np.diff(lines, axis=1), axis=-1).sum(axis=1)
    np.testing.assert_allclose(length, 2.0)
    buds = budded(lines, np.linspace(0.2, 0.9, 6), (0.5, 0.9), rng)
    borne = rng.uniform(0.01, 0.03, len(buds.share))
    radii = thickness(3, 5, 0.004, buds, borne)
    for branch in range(3):
        mine = buds.parent == branch
        assert radii[branch, 0] ** 2 == pytest.approx(0.004**2 + (borne[mine] ** 2).sum())
    assert radii[:, -1] == pytest.approx(0.004)
    assert (np.diff(radii, axis=1) <= 0.0).all()


def test_shoots_are_a_golden_angle_apart() -> None:
    rng = np.random.default_rng(2)
    line = np.array([[[0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]])
    buds = budded(line, np.linspace(0.1, 0.9, 9), (0.7, 0.7), rng)
    turn = np.unwrap(np.arctan2(buds.headings[:, 1], buds.headings[:, 0]))
    step = np.abs((np.diff(turn) + np.pi) % (2.0 * np.pi) - np.pi)
    np.testing.assert_allclose(step, GOLDEN, atol=1e-9)
    _, ahead = along(line, buds.parent, buds.share)
    np.testing.assert_allclose((buds.headings * ahead).sum(axis=1), np.cos(0.7))


def test_bark_faces_outwards() -> None:
    rng = np.random.default_rng(3)
    ways = unit(rng.normal(size=(5, 3)))
    lines = grown(np.zeros((5, 3)), ways, np.full(5, 3.0), 6, (0.2, 0.2), rng)
    part = tubes(lines, np.linspace(0.2, 0.05, 6) + np.zeros((5, 1)), 7, BARK)
    a, b, c = np.moveaxis(part.verts[part.faces], 1, 0)
    flat = np.cross(b - a, c - a)
    assert ((flat * part.normals[part.faces].mean(axis=1)).sum(axis=1) > 0.0).all()


def test_levels_follow_each_other_and_reach_farther_where_trees_are_few() -> None:
    close, sparse, small = (bands(KINDS[kind]) for kind in ("conifer", "broadleaf", "bush"))
    for one in (close, sparse, small):
        assert one[0][0] == 0.0
        assert all(inner[1] == outer[0] for inner, outer in pairwise(one))
        assert one[-1][1] == LEVELS[-1][0]
    assert sparse[0][1] > close[0][1] > small[0][1]


def test_the_nearest_trees_are_the_finest() -> None:
    land = KINDS["conifer"]
    far = bands(land)
    for copies in trees(Map(land, 5)):
        away = np.hypot(copies.positions[:, 0], copies.positions[:, 2])
        inner, outer = far[int(copies.shape.name[-1])]
        assert inner - 1e-3 <= away.min() <= away.max() <= outer + 1e-3


def test_grass_bends_over_from_the_ground() -> None:
    patch = shapes.tufts("grass", 1, 0, 6, 1.2)
    blade = patch.verts.reshape(-1, 5, 3)
    assert (blade[:, :2, 1] < 0.0).all()
    assert (blade[:, 4, 1] > 0.0).all()
    foot, bend, tip = blade[:, :2].mean(axis=1), blade[:, 2:4].mean(axis=1), blade[:, 4]
    low, high = unit(bend - foot), unit(tip - bend)
    assert (high[:, 1] < low[:, 1]).all()


def test_leaves_let_some_of_the_sun_through_and_boards_none() -> None:
    """Lit from before: the sun's light; from behind: the leaf's share of it, or nothing."""
    dome = np.zeros((8, 16, 3), np.float32)
    sky = Skylight(dome, np.array([0.0, 1.0, 0.0], np.float32), np.full(3, 1000.0, np.float32))
    corners = np.array([(-9, 2, -9), (9, 2, -9), (9, 2, 9), (-9, 2, 9)], np.float32)
    up = np.tile(np.array([0, 1, 0], np.float32), (4, 1))
    shape = Shape(
        "leaf",
        corners,
        np.array([[0, 2, 1], [0, 3, 2]], np.int32),
        np.zeros(2, np.int32),
        up,
        corners[:, [0, 2]],
        np.ones((4, 3), np.float32),
    )
    for thin in (0.6, 0.0):
        surface = Surface("leaf", "tree", (0.1, 0.2, 0.05), thin=thin)
        stage = Stage(Place("leaf", (surface,), (once(shape),)), sky, 1)
        for side, wanted in ((1.0, 1000.0), (-1.0, 1000.0 * thin)):
            eye = np.array([[0.5], [2.0 + side], [0.3]], np.float32)
            lit = stage.sunlit(stage.hit(eye, np.array([[0.0], [-side], [0.0]], np.float32)))
            np.testing.assert_allclose(lit, wanted, rtol=1e-3)
