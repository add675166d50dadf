# SPDX-License-Identifier: Apache-2.0
"""Single things stand on their spots: on the ground, clear of water, trees and the character."""

from __future__ import annotations

import json
from typing import get_args

import numpy as np
import pytest

from gen3d import panorama
from gen3d.export import container
from gen3d.scenery import Landmark, LandmarkSpec, LandSpec, SkySpec
from gen3d.words.land import preset
from scenes.collision import collision_mesh
from scenes.generate import generate
from scenes.place import LABELS, Place, placed
from scenes.render.view import Quality, render
from scenes.scene_gltf import scene_bytes
from scenes.world.build import build
from scenes.world.landmarks import standing
from scenes.world.spots import FREE_M, RADIUS_M, SPANS, spots
from scenes.world.terrain import WATER_LEVEL, Map, height, shore

KINDS = get_args(Landmark)
DRY = [kind for kind in KINDS if kind not in SPANS and kind != "sailing boat"]


def _with(land: str, *specs: LandmarkSpec, seed: int = 3, **changes: object) -> Map:
    return Map(preset(land).model_copy(update={"landmarks": specs, **changes}), seed)


@pytest.mark.parametrize("kind", KINDS)
def test_a_thing_is_whole_and_about_as_large_as_its_circle(kind: str) -> None:
    land = "coast" if kind == "sailing boat" else "river"
    where = _with(land, LandmarkSpec(kind=kind, distance_m=12.0))  # type: ignore[arg-type]  # a name
    (spot, one), *_ = standing(where)
    shape = one.shape
    assert np.isfinite(shape.verts).all()
    assert np.isfinite(shape.uvs).all()
    np.testing.assert_allclose(np.linalg.norm(shape.normals, axis=1), 1.0, atol=1e-3)
    assert shape.tint.min() >= 0.0
    assert shape.tint.max() <= 1.0
    low = shape.verts[shape.verts[:, 1] < 1.3]
    assert np.hypot(low[:, 0], low[:, 2]).max() < max(spot.radius, RADIUS_M[kind]) * 1.35 + 0.6


@pytest.mark.parametrize(("land", "first"), [("pine forest", 0), ("lake", 1), ("village", 2)])
def test_things_are_free_of_water_trees_each_other_and_the_character(land: str, first: int) -> None:
    wishes = [LandmarkSpec(kind=kind, distance_m=9.0) for kind in DRY[first::3]]  # type: ignore[arg-type]  # names
    where = _with(land, *wishes, tufts_per_m2=0.0)
    things, place = standing(where), build(where)
    assert len(things) == len(wishes)
    for number, (spot, _) in enumerate(things):
        assert np.hypot(spot.x, spot.z) >= FREE_M + spot.radius - 1e-6
        if where.wet and "boat" not in spot.spec.kind and not spot.on_rock:
            assert shore(where, np.array([spot.x]), np.array([spot.z]))[0] > spot.radius
        for other, _ in things[:number]:
            assert np.hypot(spot.x - other.x, spot.z - other.z) > spot.radius + other.radius
        for copies in place.copies:
            if copies.shape.name.startswith(("conifer", "broadleaf", "rock", "building")):
                away = np.hypot(copies.positions[:, 0] - spot.x, copies.positions[:, 2] - spot.z)
                assert away.min() > 0.5 * spot.radius


@pytest.mark.parametrize("kind", ["log cabin", "barn", "castle", "tent", "well", "torii"])
def test_the_ground_is_level_under_a_thing_and_as_high_as_its_foot(kind: str) -> None:
    where = _with("hills", LandmarkSpec(kind=kind, distance_m=40.0))  # type: ignore[arg-type]  # a name
    ((spot, one),) = standing(where)
    turn = np.linspace(0.0, 2 * np.pi, 24)
    x, z = spot.x + spot.radius * np.cos(turn), spot.z + spot.radius * np.sin(turn)
    np.testing.assert_allclose(height(where, x, z), one.positions[0, 1], atol=2e-3)


def test_a_bridge_lands_on_both_banks_and_leaves_the_water_free_below() -> None:
    for kind in ("bridge", "stone bridge"):
        where = _with("river", LandmarkSpec(kind=kind, distance_m=12.0))  # type: ignore[arg-type]  # a name
        ((spot, one),) = standing(where)
        verts = placed(one).verts
        for end in (verts[:, 2].min(), verts[:, 2].max()):
            assert shore(where, np.array([spot.x]), np.array([float(end)]))[0] > 1.0
        middle = verts[np.abs(verts[:, 2] - spot.z) < 0.5]
        assert middle[:, 1].max() > WATER_LEVEL + 1.0
        collision, faces = collision_mesh(Place("a bridge", (), (one,)))
        assert faces.max() < len(collision)
        low = np.full(25, np.inf)
        corners = collision[faces]
        for number, z in enumerate(spot.z + np.linspace(-6.0, 6.0, 25)):
            over = (corners[..., 2].min(axis=1) <= z) & (corners[..., 2].max(axis=1) >= z)
            low[number] = corners[over, :, 1].min()
        # One may pass below, if not at a pier.
        assert low.max() > WATER_LEVEL + 0.2
    assert not spots(_with("meadow", LandmarkSpec(kind="bridge")))


def test_boats_float_and_a_lighthouse_may_have_a_rock() -> None:
    boats = (LandmarkSpec(kind="rowing boat", distance_m=9.0, count=2),)
    light = LandmarkSpec(kind="lighthouse", distance_m=42.0)
    where = _with("cliff coast", *boats, LandmarkSpec(kind="sailing boat", distance_m=30.0), light)
    for spot, one in standing(where):
        wet = shore(where, np.array([spot.x]), np.array([spot.z]))[0] < 0.0
        if spot.spec.kind == "lighthouse":
            assert one.positions[0, 1] > WATER_LEVEL + 1.0
        else:
            assert wet
            assert one.positions[0, 1] == pytest.approx(WATER_LEVEL)


def test_several_alike_are_apart() -> None:
    for kind in ("tent", "haystack", "gravestone", "standing stone", "windmill"):
        wish = LandmarkSpec(kind=kind, distance_m=25.0, count=6)  # type: ignore[arg-type]  # a name
        found = spots(_with("meadow", wish))
        assert len(found) == 6
        points = np.array([(s.x, s.z) for s in found])
        away = np.linalg.norm(points[:, None] - points[None], axis=-1)
        assert away[~np.eye(6, dtype=bool)].min() > 1.5 * RADIUS_M[kind]


def test_same_map_same_spots_and_none_change_a_land_without_things() -> None:
    wish = LandmarkSpec(kind="tent", distance_m=8.0, count=3)
    first = standing(_with("lake", wish))
    spots.cache_clear()
    second = standing(_with("lake", wish))
    for (_, one), (_, other) in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.positions, other.positions)
        np.testing.assert_array_equal(one.shape.verts, other.shape.verts)
    bare = build(Map(LandSpec(tufts_per_m2=0.0), 1))
    assert not any(s.name == "flame" for s in bare.surfaces)


def test_a_clearing_has_no_trees() -> None:
    for copies in build(_with("pine forest", clearing_m=15.0)).copies:
        if copies.shape.name.startswith("conifer"):
            assert np.hypot(copies.positions[:, 0], copies.positions[:, 2]).min() >= 15.0


def test_things_are_a_group_of_the_file_and_a_campfire_gives_light() -> None:
    specs = (LandmarkSpec(kind="campfire", distance_m=6.0), LandmarkSpec(kind="torii"))
    land = LandSpec(landmarks=specs, tufts_per_m2=0.0, trees=())
    document = json.loads(container.unpack(scene_bytes(build(Map(land, 2))), "a scene")[0])
    names = {node["name"] for node in document["nodes"]}
    assert {"landmarks", "landmark campfire 0 0", "landmark torii 1 0"} <= names
    assert {"flame", "embers"} <= {material["name"] for material in document["materials"]}
    assert [light["name"] for light in document["extensions"]["KHR_lights_punctual"]["lights"]] == [
        "campfire"
    ]


def test_a_thing_is_seen_where_it_stands() -> None:
    red = (0.45, 0.03, 0.02)
    wish = LandmarkSpec(kind="barn", distance_m=24.0, bearing_deg=-30.0, color=red)
    where = _with("farmland", wish, tufts_per_m2=0.0, trees=())
    sky = generate(SkySpec(width_px=256, sun_elevation_deg=40, sun_azimuth_deg=150), 0)
    view = render(build(where), sky, 0, Quality(paths=1))
    ((spot, _),) = standing(where)
    way = np.array([[spot.x, 2.0 - panorama.EYE_HEIGHT, spot.z]])
    u, v = panorama.uv_of(way / np.linalg.norm(way))
    row, column = int(v[0] * 128), int(u[0] * 256)
    assert LABELS[int(view.label[row, column])] in {"wood", "window", "building"}
    assert view.depth[row, column] == pytest.approx(24.0 - 7.5, abs=3.5)
    seen = view.environment.radiance[row - 2 : row + 1, column - 3 : column + 4].mean(axis=(0, 1))
    assert seen[0] > 2.0 * seen[2]


def test_sails_without_thickness_stop_as_boards_do() -> None:
    """A flat piece that leans has no hull of its own."""
    land = preset("farmland").model_copy(update={"landmarks": (LandmarkSpec(kind="windmill"),)})
    for seed in (1, 2, 3):
        verts, faces = collision_mesh(build(Map(land, seed)))
        assert np.isfinite(verts).all()
        assert faces.max() < len(verts)
