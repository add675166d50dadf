# SPDX-License-Identifier: Apache-2.0
"""Herbs have the sizes of the real ones, stand where they can, in rows, and colour the ground."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest

from gen3d.scenery import HerbSpec, LandSpec
from scenes.collision import collision_mesh
from scenes.place import Copies, Place, once
from scenes.scene_gltf import scene_bytes
from scenes.world.build import ground
from scenes.world.herbs import herbs
from scenes.world.surfaces import HERBAGE, PETAL, surfaces
from scenes.world.swathes import drift, row_pitch, sown, tinted
from scenes.world.terrain import WATER_LEVEL, Map, height, shore

DENSITIES = {
    "wildflower": 9.0,
    "daisy": 9.0,
    "poppy": 9.0,
    "bellflower": 9.0,
    "tulip": 12.0,
    "sunflower": 2.5,
    "lavender": 0.8,
    "rose bush": 0.3,
    "wheat": 6.0,
    "mushroom": 0.8,
    "water lily": 0.7,
    "reed": 2.0,
}
TALL_M = {
    "daisy": (0.25, 0.6),
    "poppy": (0.3, 0.8),
    "bellflower": (0.3, 0.8),
    "tulip": (0.3, 0.6),
    "sunflower": (1.4, 2.1),
    "lavender": (0.5, 0.9),
    "rose bush": (0.8, 1.3),
    "wheat": (0.8, 1.3),
    "mushroom": (0.05, 0.3),
    "water lily": (0.03, 0.2),
    "reed": (1.5, 2.6),
}
RED = (0.6, 0.03, 0.02)


def _map(*specs: HerbSpec, seed: int = 3, **more: object) -> Map:
    wet = any(one.kind in {"reed", "water lily"} for one in specs)
    values = {"water": "lake", "lake_m": 24.0} if wet else {}
    land = LandSpec.model_validate({"relief_m": 1.0, "herbs": specs} | values | more)
    return Map(land, seed)


@lru_cache(maxsize=32)
def _alone(kind: str) -> tuple[Copies, ...]:
    spec = HerbSpec.model_validate({"kind": kind, "per_m2": DENSITIES[kind]})
    return tuple(herbs(_map(spec)))


def _level(copies: Copies) -> int:
    return "abcd".index(copies.shape.name[-1])


@pytest.mark.parametrize("kind", sorted(TALL_M))
def test_herbs_have_the_sizes_of_the_real_ones(kind: str) -> None:
    low, high = TALL_M[kind]
    tall = [float(c.shape.verts[:, 1].max()) for c in _alone(kind) if _level(c) < 2]
    assert low < min(tall) <= max(tall) < high
    for copies in _alone(kind):
        assert copies.shape.verts[:, 1].min() > -0.6
        assert not copies.solid


@pytest.mark.parametrize("kind", sorted(DENSITIES))
def test_meshes_are_sound_and_look_where_their_normals_do(kind: str) -> None:
    for copies in _alone(kind):
        shape = copies.shape
        assert set(np.unique(shape.surface)) <= {PETAL, HERBAGE}
        np.testing.assert_allclose(np.linalg.norm(shape.normals, axis=1), 1.0, atol=1e-4)
        assert shape.tint.min() > 0.0
        assert shape.tint.max() <= 1.0
        a, b, c = (shape.verts[shape.faces[:, k]] for k in range(3))
        way = (np.cross(b - a, c - a) * shape.normals[shape.faces].sum(axis=1)).sum(axis=1)
        assert (way > -1e-6).all()


@pytest.mark.parametrize("kind", ["wildflower", "sunflower", "lavender", "rose bush"])
def test_far_patches_are_lighter_than_near_ones(kind: str) -> None:
    faces, area = [0.0] * 4, [0.0] * 4
    reach = [0.0, 0.0, 0.0, 0.0]
    for copies in _alone(kind):
        level = _level(copies)
        faces[level] += len(copies.shape.faces) * len(copies.positions)
        away = np.hypot(copies.positions[:, 0], copies.positions[:, 2])
        reach[level] = max(reach[level], float(away.max()))
    inner = 0.75
    for level, outer in enumerate(reach):
        area[level] = np.pi * (outer**2 - inner**2)
        inner = outer
    per_m2 = np.array(faces) / np.array(area)
    assert (np.diff(per_m2) < 0.0).all()
    assert per_m2[3] < 0.06 * per_m2[0]


@pytest.mark.parametrize(("kind", "rows"), [("poppy", False), ("tulip", True), ("sunflower", True)])
def test_as_many_grow_as_are_asked_for(kind: str, rows: bool) -> None:  # noqa: FBT001
    spec = HerbSpec.model_validate(
        {"kind": kind, "per_m2": DENSITIES[kind], "in_rows": rows, "color": RED}
    )
    # Without clearing: rings of the second detail, where every plant is still there.
    copies = [c for c in herbs(_map(spec)) if _level(c) == 1]
    blooms = sum(_plants(c, kind) * len(c.positions) for c in copies)
    outer, inner = (13.0, 5.0) if kind == "sunflower" else (10.0, 3.6)
    density = blooms / (np.pi * (outer**2 - inner**2))
    assert density == pytest.approx(DENSITIES[kind], rel=0.25)


def _plants(copies: Copies, kind: str) -> float:
    """Plants of a patch, by its triangles of petals and those of one plant."""
    one = {"poppy": 8, "tulip": 16, "sunflower": 11 + 6}[kind]
    return float((copies.shape.surface == PETAL).sum()) / one


def test_rows_are_as_far_apart_as_they_should_be_and_leave_a_lane() -> None:
    spec = HerbSpec(kind="sunflower", per_m2=2.5, in_rows=True)
    where = _map(spec)
    pitch = row_pitch(where.land)
    x = np.concatenate([c.positions[:, 0] for c in herbs(where) if _level(c) < 3])
    row = x / pitch - 0.5
    np.testing.assert_allclose(row, np.round(row), atol=1e-4)
    assert np.abs(x).min() > 1.2
    looks = [c for c in herbs(where) if _level(c) == 0]
    assert all((c.turns == 0.0).all() for c in looks)


def test_rows_of_two_herbs_take_turns() -> None:
    two = [
        HerbSpec(kind="tulip", per_m2=12.0, color=c, in_rows=True) for c in (RED, (0.7, 0.5, 0.02))
    ]
    where = _map(*two)
    pitch = row_pitch(where.land)
    for copies in herbs(where):
        number = int(copies.shape.name.split()[2])
        rows = np.round(copies.positions[:, 0] / pitch - 0.5).astype(int)
        if _level(copies) < 2:
            assert (rows % 2 == number).all()


def test_the_colour_of_the_words_reaches_the_mesh() -> None:
    for colour in (RED, (0.05, 0.1, 0.6)):
        copies = herbs(_map(HerbSpec(kind="wildflower", per_m2=9.0, color=colour)))
        tint = np.concatenate([c.shape.tint for c in copies if _level(c) == 2])
        share = tint / tint.sum(axis=1, keepdims=True)
        np.testing.assert_allclose(
            np.median(share, axis=0), np.array(colour) / sum(colour), atol=0.03
        )
    mixed = np.concatenate([c.shape.tint for c in _alone("wildflower") if _level(c) == 2])
    assert len(np.unique(np.argmax(mixed, axis=1))) >= 2


def test_same_seed_same_bytes_and_another_seed_grows_others() -> None:
    spec = HerbSpec(kind="wildflower", per_m2=3.0)

    def written(seed: int) -> bytes:
        where = _map(spec, seed=seed)
        copies = (once(ground(where)[4]), *herbs(where)[:6])
        return scene_bytes(Place("meadow", surfaces(where.land), copies))

    assert written(3) == written(3)
    assert written(3) != written(4)


def test_nobody_bumps_into_a_flower() -> None:
    where = _map(HerbSpec(kind="poppy", per_m2=6.0))
    bare = once(ground(where)[0])
    alone, grown = (
        collision_mesh(Place("meadow", surfaces(where.land), copies))
        for copies in ((bare,), (bare, *herbs(where)))
    )
    np.testing.assert_array_equal(alone[0], grown[0])


def test_lilies_float_reeds_stand_at_the_edge_and_the_rest_on_dry_ground() -> None:
    lily, reed, poppy = (HerbSpec(kind=k, per_m2=1.0) for k in ("water lily", "reed", "poppy"))  # type: ignore[arg-type]  # checked by pydantic
    where = _map(lily, reed, poppy)
    for copies in herbs(where):
        x, y, z = copies.positions.T.astype(float)
        edge, kind = shore(where, x, z), copies.shape.name.split(" ")[1]
        if kind == "water":
            np.testing.assert_allclose(y, WATER_LEVEL, atol=1e-6)
            assert edge.max() < 0.0
        elif kind == "reed":
            assert np.abs(edge).max() < 1.5
        else:
            assert edge.min() > 0.0
            np.testing.assert_allclose(y, height(where, x, z), atol=1e-4)
    assert not herbs(Map(LandSpec(herbs=(lily, reed)), 3))


def test_the_far_ground_has_the_colour_of_the_field_up_to_its_end() -> None:
    x, z = np.zeros(3), np.array([4.0, 200.0, 2000.0])
    spec = HerbSpec(kind="lavender", per_m2=0.85, in_rows=True)
    land = _map(spec).land
    grass = np.broadcast_to(np.array(land.grass_color), (3, 3))
    near, far, beyond = tinted(land, 3, x, z, grass)
    assert near[0] > near[1] > near[2]
    assert far[2] > far[0] > far[1]
    np.testing.assert_allclose(beyond, land.grass_color)
    rock = land.model_copy(update={"ground": "rock"})
    np.testing.assert_array_equal(tinted(rock, 3, x, z, grass), grass)


def test_drifts_keep_the_mean_and_rows_have_none() -> None:
    x, z = np.random.default_rng(1).uniform(-300, 300, (2, 20_000))
    free, rows = (HerbSpec(kind="poppy", per_m2=6.0, in_rows=planted) for planted in (False, True))
    one, two = sown(_map(free, rows).land)
    dense = drift(3, one, x, z)
    assert dense.mean() == pytest.approx(0.7, abs=0.07)
    assert dense.std() > 0.15
    np.testing.assert_array_equal(drift(3, two, x, z), 1.0)
