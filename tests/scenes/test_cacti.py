# SPDX-License-Identifier: Apache-2.0
"""Cacti and bamboo: right sizes, ribs of a closed form, feet in the ground, stems that stop one."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from gen3d.spec import LandSpec
from gen3d.words.land import preset
from scenes.collision import collision_mesh
from scenes.levels import levelled
from scenes.place import Place, at
from scenes.world.bamboo import SPREAD_M
from scenes.world.build import ground
from scenes.world.cactus import Hues, Stem, fluted
from scenes.world.plants import tree_levels
from scenes.world.surfaces import CULM, FOLIAGE, surfaces
from scenes.world.terrain import Map, height
from scenes.world.undergrowth import low_levels, undergrowth

DESERT, GROVE = Map(preset("cactus desert"), 3), Map(preset("bamboo forest"), 3)
LOW = [(kind, variant) for kind in ("prickly pear", "barrel cactus") for variant in range(3)]
ARMED, BARE = (0, 2, 3), (1, 4)
"""Variants of saguaros."""


def test_ribs_are_as_thick_as_the_body_and_furrows_as_deep_as_asked() -> None:
    line = np.stack([np.zeros(6), np.linspace(0.0, 2.0, 6), np.zeros(6)], 1)
    plain = Hues(*np.full((3, 3), 0.2))
    stem = Stem(line, np.full(6, 0.3), np.full(6, 0.2), np.zeros(6), 10, np.array([1.0, 0.0, 0.0]))
    part = fluted(stem, 1, 1.0, 0, plain)
    away = np.hypot(part.verts[:, 0], part.verts[:, 2]).reshape(6, 41)
    np.testing.assert_allclose(away[:, ::4], 0.3)
    np.testing.assert_allclose(away[:, 2::4], 0.3 * 0.8)
    # On a rib and in a furrow the skin faces straight out.
    out = part.verts * [1.0, 0.0, 1.0] / away.reshape(-1, 1)
    straight = (out * part.normals).sum(1).reshape(6, 41)[1:-1, ::2]
    np.testing.assert_allclose(straight, 1.0, atol=1e-6)
    a, b, c = np.moveaxis(part.verts[part.faces], 1, 0)
    flat, mean = np.cross(b - a, c - a), part.normals[part.faces].mean(axis=1)
    assert ((flat * mean).sum(1) > 0.0).all()


def test_saguaros_are_three_to_nine_metres_tall_and_the_old_have_arms() -> None:
    tall = {v: float(tree_levels(DESERT, "cactus", v)[0].verts[:, 1].max()) for v in range(5)}
    assert 2.9 < 0.65 * min(tall.values()) < 1.15 * max(tall.values()) < 9.5
    for variant in (*ARMED, *BARE):
        finest = tree_levels(DESERT, "cactus", variant)[0]
        high = finest.verts[finest.verts[:, 1] > 0.6 * tall[variant]]
        wide = np.ptp(high[:, [0, 2]], axis=0).max()
        assert (wide > 1.2) == (variant in ARMED)
        # Arms turn up: nothing but the column is near the ground.
        low = finest.verts[finest.verts[:, 1] < 0.25 * tall[variant]]
        assert np.ptp(low[:, [0, 2]], axis=0).max() < 1.0


@pytest.mark.parametrize(("kind", "variant"), LOW)
def test_low_cacti_get_lighter_stand_in_the_ground_and_are_always_the_same(
    kind: str, variant: int
) -> None:
    levels = low_levels(DESERT, kind, variant)
    for fine, coarse in pairwise(levels):
        assert len(coarse.faces) < 0.5 * len(fine.faces)
    for shape, again in zip(levels, low_levels(DESERT, kind, variant), strict=True):
        np.testing.assert_array_equal(shape.verts, again.verts)
        assert -0.2 < shape.verts[:, 1].min() < -0.03
        assert 0.35 < shape.verts[:, 1].max() < 1.4
        np.testing.assert_allclose(np.linalg.norm(shape.normals, axis=1), 1.0, atol=1e-4)
        assert 0.0 < shape.tint.min() <= shape.tint.max() <= 1.0
        assert np.isfinite(shape.verts).all()


def test_low_cacti_grow_among_saguaros_and_nowhere_else() -> None:
    found = undergrowth(DESERT)
    kinds = {copies.shape.name.rsplit(" ", 2)[0] for copies in found}
    assert kinds == {"prickly pear", "barrel cactus"}
    assert undergrowth(Map(preset("desert"), 3)) == []
    for copies in found:
        x, y, z = copies.positions.T.astype(float)
        np.testing.assert_allclose(y, height(DESERT, x, z) - 0.06, atol=1e-3)


@pytest.mark.parametrize("variant", range(3))
def test_culms_stand_in_the_ground_on_any_slope_on_which_they_grow(variant: int) -> None:
    for shape in tree_levels(GROVE, "bamboo", variant):
        culms = shape.verts[shape.faces[shape.surface == CULM]].reshape(-1, 3)
        deep = culms[culms[:, 1] < -0.1]
        out = np.hypot(deep[:, 0], deep[:, 2])
        assert out.max() < SPREAD_M + 0.12
        assert (deep[:, 1] < -0.7 * (out - 0.1)).all()
        leaves = shape.verts[shape.faces[shape.surface == FOLIAGE]].reshape(-1, 3)
        assert np.percentile(leaves[:, 1], 2) > 2.5


def test_culms_are_eight_to_fifteen_metres_tall_and_bow_at_the_tip() -> None:
    shape = tree_levels(GROVE, "bamboo", 0)[2]
    tall = float(shape.verts[:, 1].max())
    assert 7.5 < 0.65 * tall < 1.15 * tall < 15.5


def test_fallen_leaves_lie_on_the_ground() -> None:
    (litter,) = undergrowth(GROVE)
    x, y, z = litter.shape.verts.T.astype(float)
    over = y - height(GROVE, x, z)
    assert -0.03 < over.min() <= over.max() < 0.06
    assert not litter.solid
    a, b, c = np.moveaxis(litter.shape.verts[litter.shape.faces], 1, 0)
    assert (np.cross(b - a, c - a)[:, 1] > 0.0).all()


def test_each_stem_stops_one_by_itself() -> None:
    finest = tree_levels(GROVE, "bamboo", 0)[0]
    spot = np.array([[4.0, 0.0, 2.0]])
    alone = Place("one", surfaces(GROVE.land), (at(finest, spot, np.zeros(1), np.ones(1)),))
    verts, _ = collision_mesh(alone)
    feet = verts[verts[:, 1] < 1.0]
    culms = finest.verts[finest.faces[finest.surface == CULM]].reshape(-1, 3)
    low = culms[np.abs(culms[:, 1]) < 0.001] + spot[0]
    away = np.linalg.norm(feet[:, None, [0, 2]] - low[None, :, [0, 2]], axis=-1)
    assert 9 <= len(feet) / 4 <= 12
    assert away.min(axis=1).max() < 0.12
    assert away.min(axis=0).max() < 0.12
    assert verts[:, 1].max() == pytest.approx(3.0, abs=0.02)


def test_a_field_of_cacti_is_no_closed_forest() -> None:
    thick = Map(LandSpec(trees=("cactus",), trees_per_hectare=200.0), 3)
    wooded = Map(LandSpec(trees=("palm",), trees_per_hectare=200.0), 3)
    far = [float(ground(where)[7].verts[:, 1].mean()) for where in (thick, wooded)]
    assert far[0] < far[1] - 3.0


def test_engines_get_all_levels_of_cacti() -> None:
    land = LandSpec(
        trees=("cactus",), trees_per_hectare=0.2, rocks_per_hectare=0.0, tufts_per_m2=0.0
    )
    place, coarser = levelled(Map(land, 3))
    finest = {copies.shape.name for copies in place.copies if "LOD" in copies.shape.name}
    assert finest == {*coarser}
    assert {name[:6] for name in finest} == {"cactus", "prickl", "barrel"}
    assert {name[:6]: len(levels) for name, levels in coarser.items()}["cactus"] == 3
    assert all(len(levels) == 2 for name, levels in coarser.items() if name[0] in "pb")
