# SPDX-License-Identifier: Apache-2.0
"""The map is endless and seamless, and what is traced from it agrees with it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from gen3d import panorama
from gen3d.spec import SkySpec
from gen3d.words.land import preset
from gen3d.words.vocabulary import table
from scenes.generate import generate
from scenes.place import LABELS, soup_of
from scenes.render.jobs import render_map
from scenes.render.view import Quality, render
from scenes.world.build import build, ground
from scenes.world.terrain import (
    WATER_LEVEL,
    Map,
    along_across,
    cover,
    height,
    slope,
    tile,
)

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


@pytest.mark.parametrize("seed", range(3))
def test_mountains_leave_the_front_open_for_a_winter_sun(seed: int) -> None:
    where, turn = Map(preset("mountains"), seed), np.radians(np.arange(360))[:, None]
    away = np.geomspace(20.0, 20_000.0, 200)[None]
    y = height(where, -np.sin(turn) * away, np.cos(turn) * away)
    skyline = np.degrees(np.arctan2(y - panorama.EYE_HEIGHT, away)).max(axis=1)
    front = np.concatenate([skyline[:40], skyline[-40:]])
    assert front.max() < 16.0
    assert skyline[90:271].mean() > 20.0


def test_two_processes_draw_what_one_draws() -> None:
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
