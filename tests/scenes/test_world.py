# SPDX-License-Identifier: Apache-2.0
"""The map is endless and seamless, and what is traced from it agrees with it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from gen3d import panorama
from gen3d.spec import SkySpec
from gen3d.words.land import preset, read
from gen3d.words.vocabulary import table
from scenes.generate import generate
from scenes.place import LABELS, soup_of
from scenes.render.jobs import render_map
from scenes.render.view import Quality, render
from scenes.world.build import build, ground, waterfall
from scenes.world.landforms import crevasses
from scenes.world.plants import scattered
from scenes.world.terrain import (
    WATER_LEVEL,
    Map,
    along_across,
    cover,
    height,
    shore,
    slope,
    tile,
)
from scenes.world.waters import arm_axis

LANDS = sorted(table("lands")["lands"])
DOCK = preset("lake").model_copy(update={"dock": True})


@pytest.mark.parametrize("kind", LANDS)
def test_neighbouring_tiles_agree_to_the_last_bit(kind: str) -> None:
    where = Map(preset(kind), 5)
    here, east, south = tile(where, -2, 3), tile(where, -2, 4), tile(where, -1, 3)
    np.testing.assert_array_equal(here.height[:, -1], east.height[:, 0])
    np.testing.assert_array_equal(here.height[-1], south.height[0])
    np.testing.assert_array_equal(here.label[:, -1], east.label[:, 0])


@pytest.mark.parametrize("kind", LANDS)
def test_the_character_stands_on_level_ground(kind: str) -> None:
    line = np.linspace(-1.5, 1.5, 7)
    x, z = np.meshgrid(line, line)
    assert np.abs(height(Map(preset(kind), 9), x, z)).max() < 0.06


@pytest.mark.parametrize("kind", LANDS)
def test_shares_of_ground_sum_to_one(kind: str) -> None:
    x, z = np.meshgrid(np.linspace(-900.0, 900.0, 40), np.linspace(-900.0, 900.0, 40))
    where = Map(preset(kind), 1)
    shares = cover(where, x, z, height(where, x, z), slope(where, x, z))
    np.testing.assert_allclose(sum(shares.values()), 1.0, atol=1e-9)


def test_rings_of_the_ground_have_no_cracks() -> None:
    rings = ground(Map(preset("hills"), 2))
    for fine, coarse in pairwise(rings[:5]):
        edge = np.abs(fine.verts[:, [0, 2]]).max()
        rim = fine.verts[np.isclose(fine.verts[:, 0], edge)]
        near = coarse.verts[np.isclose(coarse.verts[:, 0], edge)]
        near = near[np.argsort(near[:, 2])]
        level = np.interp(rim[:, 2], near[:, 2], near[:, 1])
        np.testing.assert_allclose(rim[:, 1], level, atol=2e-3)


def test_a_lake_seen_from_its_dock_is_traced_where_it_lies() -> None:
    sky = generate(SkySpec(width_px=256, sun_elevation_deg=40, sun_azimuth_deg=40), 0)
    place = build(Map(DOCK, 3))
    view = render(place, sky, 0, Quality(paths=2))
    assert np.isfinite(view.environment.radiance).all()
    assert view.environment.radiance.min() >= 0
    water = view.label == LABELS.index("water")
    assert 0.05 < water.mean() < 0.45
    assert (view.label == LABELS.index("wood"))[-1].mean() > 0.9
    assert (view.label == LABELS.index("sky"))[0].all()
    way = panorama.direction_of(
        (np.arange(256) + 0.5)[None] / 256 + 0 * view.depth,
        (np.arange(128) + 0.5)[:, None] / 128 + 0 * view.depth,
    )
    y = panorama.EYE_HEIGHT + (way * view.depth[..., None])[..., 1]
    assert np.abs(y[water & (view.depth < 200)] - WATER_LEVEL).max() < 0.05
    open_sky = view.sky == 1.0
    np.testing.assert_array_equal(view.environment.radiance[open_sky], sky.radiance[open_sky])


def test_same_map_same_place() -> None:
    first, second = (soup_of(build(Map(preset("meadow"), 4))) for _ in range(2))
    np.testing.assert_array_equal(first.verts, second.verts)
    np.testing.assert_array_equal(first.tint, second.tint)


def test_a_river_runs_between_two_banks() -> None:
    z = np.linspace(0.0, 60.0, 241)
    wet = height(Map(preset("river"), 2), 0 * z, z) < WATER_LEVEL
    assert 10.0 < wet.sum() * 0.25 < 25.0
    assert not wet[0]
    assert not wet[-1]


def test_a_road_is_level_from_side_to_side() -> None:
    where = Map(preset("hills").model_copy(update={"road": "asphalt"}), 3)
    side = where.road_aside_m + np.linspace(-3.5, 3.5, 9)
    for z in (0.0, 4.0):
        assert np.ptp(height(where, side, 0 * side + z)) < 0.05
    assert abs(along_across(where, np.zeros(1), np.zeros(1))[1][0]) > where.road_half_m + 1.0


def test_a_fjord_lies_between_walls_and_leads_away() -> None:
    where = Map(preset("fjord"), 4)
    z = np.linspace(60.0, 2000.0, 60)
    middle = arm_axis(4, z)
    assert (height(where, middle, z) < WATER_LEVEL).all()
    beside = np.stack([height(where, middle + side, z) for side in (-600.0, 600.0)])
    assert np.median(beside) > 250.0
    line = np.linspace(-3.0, 3.0, 7)
    assert np.abs(height(where, line, 0 * line)).max() < 0.2


@pytest.mark.parametrize("kind", ["gorge", "cliff coast", "crater lake", "fjord"])
def test_walls_begin_on_land_and_leave_the_water_as_it_is(kind: str) -> None:
    x, z = np.meshgrid(np.linspace(-400.0, 400.0, 81), np.linspace(-300.0, 500.0, 81))
    land = preset(kind)
    walled, flat = (
        height(Map(land.model_copy(update={"walls_m": tall}), 6), x, z)
        for tall in (land.walls_m, 2.0)
    )
    wet = shore(Map(land, 6), x, z) < 0.0
    assert wet.any()
    np.testing.assert_allclose(walled[wet], flat[wet], atol=1e-9)
    assert walled[~wet].max() > 0.7 * land.walls_m


def test_an_island_is_dry_in_the_middle_and_wet_all_round() -> None:
    where, turn = Map(preset("island"), 2), np.linspace(0.0, 2.0 * np.pi, 40)
    assert (height(where, 400.0 * np.cos(turn), 400.0 * np.sin(turn)) < WATER_LEVEL).all()
    assert height(where, np.zeros(1), np.full(1, -50.0))[0] > WATER_LEVEL


def test_terraces_are_fields_with_banks() -> None:
    x, z = np.meshgrid(np.linspace(-120.0, 120.0, 300), np.linspace(-120.0, 120.0, 300))
    plain = preset("terraces").model_copy(update={"shape": "plain"})
    steps, slopes = (slope(Map(land, 3), x, z, 0.2) for land in (preset("terraces"), plain))
    assert (steps < 0.02).mean() > 3.0 * (slopes < 0.02).mean()


def test_what_is_planted_in_rows_stands_in_rows() -> None:
    points = scattered(Map(preset("orchard"), 5), 60.0, 6.0, 100, in_rows=True)
    aside = np.sort(np.abs(points[:, 0] / 9.0 % 1.0 - 0.5))
    assert aside[-1] <= 0.061
    loose = scattered(Map(preset("orchard"), 5), 60.0, 6.0, 100)
    assert np.abs(loose[:, 0] / 6.0 % 1.0 - 0.5).max() > 0.4


def test_a_waterfall_comes_down_its_wall_into_the_river() -> None:
    land = read("a waterfall in the jungle").land
    assert land is not None
    where = Map(land, 7)
    fall = waterfall(where)
    y = fall.verts[:, 1]
    assert np.ptp(y) > 0.8 * land.walls_m
    assert y.min() < WATER_LEVEL + 1.0
    ground_y = height(where, fall.verts[:, 0].astype(float), fall.verts[:, 2].astype(float))
    assert (y > ground_y - 1.5).mean() > 0.95


@pytest.mark.parametrize("seed", range(3))
def test_mountains_leave_the_front_open_for_a_winter_sun(seed: int) -> None:
    where, turn = Map(preset("mountains"), seed), np.radians(np.arange(360))[:, None]
    away = np.geomspace(20.0, 20_000.0, 200)[None]
    y = height(where, -np.sin(turn) * away, np.cos(turn) * away)
    skyline = np.degrees(np.arctan2(y - panorama.EYE_HEIGHT, away)).max(axis=1)
    front = np.concatenate([skyline[:40], skyline[-40:]])
    assert front.max() < 16.0
    assert skyline[90:271].mean() > 20.0


def test_several_threads_draw_what_one_draws() -> None:
    sky = generate(SkySpec(width_px=256, sun_elevation_deg=25), 0)
    land = preset("mars").model_copy(update={"rocks_per_hectare": 10.0})
    quality = Quality(paths=1)
    one = render(build(Map(land, 3)), sky, 3, quality)
    two = render_map(Map(land, 3), sky, quality)
    np.testing.assert_array_equal(one.environment.radiance, two.environment.radiance)
    np.testing.assert_array_equal(one.depth, two.depth)
    np.testing.assert_array_equal(one.label, two.label)


def test_a_sun_behind_mountains_lights_nobody() -> None:
    place = build(Map(preset("mars").model_copy(update={"rocks_per_hectare": 0.0}), 3))
    for elevation, seen in ((40.0, 1.0), (1.5, 0.0)):
        sky = generate(SkySpec(width_px=256, sun_elevation_deg=elevation), 0)
        light = render(place, sky, 3, Quality(paths=1)).environment.sun_illuminance
        np.testing.assert_allclose(light, seen * sky.sun_illuminance, rtol=0.02)


@pytest.mark.parametrize("kind", ["sea stacks", "icebergs"])
def test_what_stands_in_the_sea_leaves_the_land_and_the_view_nearby_free(kind: str) -> None:
    where = Map(preset(kind), 4)
    x, z = np.meshgrid(np.linspace(-400.0, 400.0, 161), np.linspace(-200.0, 600.0, 161))
    high = height(where, x, z) > WATER_LEVEL + 8.0
    assert 0.02 < high[z > 60.0].mean() < 0.5
    assert not high[shore(where, x, z) > -3.0].any()
    assert not high[np.hypot(x, z) < 30.0].any()


def test_a_glaciers_crevasses_are_narrow_and_of_ice() -> None:
    where = Map(preset("glacier"), 4)
    x, z = np.meshgrid(np.linspace(-50.0, 50.0, 201), np.linspace(-50.0, 50.0, 201))
    crack = crevasses(x, z, where.seed)
    assert 0.02 < (crack > 0.5).mean() < 0.25
    shares = cover(where, x, z, height(where, x, z), slope(where, x, z))
    assert (shares["rock"][crack > 0.5] < 0.05).all()
