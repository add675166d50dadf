# SPDX-License-Identifier: Apache-2.0
"""Lands after dark and in the rain: who is lit, by how much, and what wet streets mirror."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen3d.check.khronos import validate
from gen3d.export import container
from gen3d.prompt import describe
from gen3d.spec import LandSpec
from gen3d.words.land import preset
from scenes.levels import levelled
from scenes.place import Glow, Place, Shape, Surface, once
from scenes.render.trace import Hit, Skylight, Stage, picked, radiance
from scenes.scene_gltf import write_scene
from scenes.spectrum import luminance
from scenes.world.build import laid_out
from scenes.world.lit import lit_up, put_out
from scenes.world.surfaces import WINDOW, surfaces
from scenes.world.terrain import Map
from tests.consumers.locate import validator

DOWN = (0.0, -1.0, 0.0)
WHITE = (1.0, 1.0, 1.0)
NIGHT = Skylight(
    np.zeros((16, 32, 3), np.float32), np.array(DOWN, np.float32), np.zeros(3, np.float32)
)


def _floor(*glows: Glow, surface: Surface | None = None) -> Stage:
    """A large matt floor under lamps."""
    side = 200.0
    corners = np.array([(-side, 0, -side), (side, 0, -side), (side, 0, side), (-side, 0, side)])
    shape = Shape(
        "floor",
        corners.astype(np.float32),
        np.array([[0, 2, 1], [0, 3, 2]], np.int32),
        np.zeros(2, np.int32),
        np.tile(np.array([0, 1, 0], np.float32), (4, 1)),
        corners[:, [0, 2]].astype(np.float32),
        np.ones((4, 3), np.float32),
    )
    made_of = surface or Surface("floor", "road", (0.5, 0.5, 0.5))
    return Stage(Place("floor", (made_of,), (once(shape),), glows=glows), NIGHT, 3)


def _below(stage: Stage, points: np.ndarray) -> Hit:
    """Points of the floor, seen from above."""
    start = np.concatenate([points[:, :1], np.full((len(points), 1), 2.0), points[:, 1:]], axis=1)
    way = np.tile(np.array([DOWN], np.float32), (len(points), 1)).T
    return stage.hit(np.ascontiguousarray(start.T, np.float32), np.ascontiguousarray(way))


def test_a_lamp_gives_what_its_lumens_say() -> None:
    """A matt pane at height h: E = lumens / pi * cos^4 / h^2; a point to all sides: cos^3."""
    height, away = 6.0, np.array([0.0, 3.0, 10.0])
    place = np.array([0.0, height, 0.0], np.float32)
    cosine = height / np.hypot(height, away)
    points = np.stack([away, 0 * away], axis=1)
    for facing, solid, power in ((DOWN, 1.0, 4), (None, 4.0, 3)):
        stage = _floor(Glow("lamp", place, 4000.0, WHITE, facing))
        lux = luminance(stage.lamplit(_below(stage, points)))
        wanted = 4000.0 / (np.pi * solid) * cosine**power / height**2
        np.testing.assert_allclose(lux, wanted, rtol=2e-3)


def test_one_lamp_at_random_gives_on_average_what_all_give() -> None:
    rng = np.random.default_rng(1)
    spots = rng.uniform((-20, 3, -20), (20, 8, 20), (4, 3)).astype(np.float32)
    glows = [
        Glow("a", spot, 1000.0 * (k + 1), (1.0, 0.5 * k, 0.2), DOWN if k % 2 else None)
        for k, spot in enumerate(spots)
    ]
    stage = _floor(*glows)
    one = _below(stage, np.array([[2.0, 1.0]]))
    many = picked(one, np.zeros(40_000, int))
    mean = stage.lamplit_once(many).mean(axis=0)
    np.testing.assert_allclose(mean, stage.lamplit(one)[0], rtol=0.02)


def test_what_stands_between_casts_a_shadow() -> None:
    lamp = Glow("lamp", np.array([0.0, 6.0, 0.0], np.float32), 4000.0, WHITE, DOWN)
    stage = _floor(lamp)
    floor = stage.place.copies[0]
    lid = replace(
        floor.shape,
        name="lid",
        verts=(floor.shape.verts * np.float32(1 / 200) + np.array([0, 3, 0], np.float32)),
    )
    shut = Stage(replace(stage.place, copies=(floor, once(lid))), NIGHT, 3)
    hit = _below(stage, np.array([[0.0, 0.0], [9.0, 0.0]]))
    lux = luminance(shut.lamplit(hit))
    assert lux[0] == 0.0
    assert lux[1] > 1.0


@pytest.fixture(scope="module")
def village() -> Place:
    return laid_out(Map(preset("village").model_copy(update={"lit": True}), 5))


def test_windows_light_the_ground_with_the_light_that_leaves_them(village: Place) -> None:
    """The lumens of all panes of near houses: area times luminance times pi."""
    assert village.panes
    assert not village.glows  # a village has no lamp posts
    total = 0.0
    for one in village.copies:
        near = np.hypot(one.positions[:, 0], one.positions[:, 2]) < 55.0
        shine = np.array([luminance(np.array(s.emission)) for s in village.surfaces])
        a, b, c = (one.shape.verts[one.shape.faces[:, k]].astype(np.float64) for k in range(3))
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2.0
        total += float(near.sum() * (area * shine[one.shape.surface]).sum()) * np.pi
    assert sum(g.lumens for g in village.panes) == pytest.approx(total, rel=1e-3)


def test_lights_can_be_put_out(village: Place) -> None:
    dark = put_out(village)
    assert not dark.panes
    assert not dark.glows
    assert all(s.emission == (0.0, 0.0, 0.0) for s in dark.surfaces)


def test_a_street_has_lamps_over_its_edge_and_signs_if_wanted() -> None:
    town = preset("town").model_copy(update={"signs": 0.0})
    lit = lit_up(laid_out(Map(town, 2)), 2)
    assert {g.name for g in lit.glows} == {"street lamp"}
    height = np.array([g.position[1] for g in lit.glows])
    assert ((height > 5.5) & (height < 6.8)).all()
    gaudy = lit_up(laid_out(Map(town.model_copy(update={"signs": 1.0}), 2)), 2)
    assert sum(g.name == "neon sign" for g in gaudy.glows) > 20


def test_the_same_windows_are_lit_in_every_level_of_detail() -> None:
    land = preset("town").model_copy(update={"lit": True, "signs": 0.0})
    where, first = Map(land, 2), len(surfaces(land))
    place, coarser = levelled(where)
    checked = 0
    for one in place.copies:
        if one.shape.name in coarser and one.shape.name.startswith("building"):
            whole, frameless = (
                _lit_panes(s, first) for s in (one.shape, coarser[one.shape.name][0])
            )
            assert whole == frameless
            assert whole
            checked += 1
    assert checked >= 3


def _lit_panes(shape: Shape, first: int) -> set[tuple[int, ...]]:
    lit = shape.faces[shape.surface >= first]
    return {tuple(np.round(100 * p).astype(int)) for p in shape.verts[lit].mean(axis=1)}


@pytest.mark.parametrize(
    ("words", "lit"),
    [
        ("a narrow street in a harbour town at midnight", True),
        ("a hamlet in the hills after sunset", True),
        ("a busy boulevard at noon", False),
        ("a forest at night", False),
    ],
)
def test_lights_are_on_where_people_live_and_the_sun_is_down(words: str, *, lit: bool) -> None:
    land = describe(words, 1, of_place=True).land
    assert land is not None
    assert land.lit == lit


@pytest.mark.parametrize(
    ("words", "key", "above"),
    [
        ("a street in the pouring rain at night", "wet", 0.5),
        ("an avenue in the evening after the rain", "wet", 0.5),
        ("shibuya at night", "signs", 0.5),
        ("a neon-lit boulevard", "signs", 0.5),
    ],
)
def test_rain_and_neon_are_read(words: str, key: str, above: float) -> None:
    land = describe(words, 1, of_place=True).land
    assert land is not None
    assert getattr(land, key) > above


@pytest.mark.parametrize("words", ["a street on a clear day", "a meadow by the water"])
def test_dry_places_stay_dry(words: str) -> None:
    """To the encoder "water" is like "wet ground", which only words for rain mean."""
    land = describe(words, 1, of_place=True).land
    assert land is not None
    assert (land.wet, land.signs < 0.5) == (0.0, True)


def test_only_paved_ground_is_wet() -> None:
    dry, wet = (surfaces(LandSpec(wet=w)) for w in (0.0, 1.0))
    for before, after in zip(dry, wet, strict=True):
        paved = before.label in {"road", "pavement"}
        assert (after.film > 0) == paved
        if paved:
            assert max(after.colour) < max(before.colour)
            assert after.roughness < before.roughness
        else:
            assert after == before
    assert dry[WINDOW].film == 0.0


def test_a_wet_street_mirrors_the_sky_at_a_flat_angle() -> None:
    """At flat angles Schlick's share goes to one, times the film; dry asphalt mirrors nothing."""
    bright = replace(NIGHT, dome=np.ones((16, 32, 3), np.float32))
    seen = dict[float, float]()
    for film in (0.0, 1.0):
        black = Surface("road", "road", (0.0, 0.0, 0.0), film=film)
        stage = Stage(_floor(surface=black).place, bright, 3)
        x = np.linspace(-5.0, 5.0, 400, dtype=np.float32)
        start = np.stack([x, np.full_like(x, 1.6), np.zeros_like(x)])
        way = np.tile(np.array([[0.0], [-0.05], [1.0]], np.float32), (1, 400))
        way /= np.linalg.norm(way[:, :1])
        hit = stage.hit(start, np.ascontiguousarray(way))
        light = radiance(
            stage, lambda near, _: np.zeros((len(near.depth), 3), np.float32), hit, way
        )
        seen[film] = float(light.mean())
    assert seen[0.0] < 0.02  # haze alone
    assert 0.4 < seen[1.0] < 1.0


def test_the_file_of_a_town_at_night_is_valid_and_its_spots_shine_down(tmp_path: Path) -> None:
    land = preset("town").model_copy(update={"lit": True, "wet": 1.0, "signs": 0.6})
    path = tmp_path / "scene.glb"
    write_scene(land, 2, path)
    verdict = validate(path, validator())
    assert (verdict.errors, verdict.warnings) == (0, 0), verdict.codes
    text, _ = container.unpack(path.read_bytes(), path.name)
    document = json.loads(text)
    lights = document["extensions"]["KHR_lights_punctual"]["lights"]
    spots = 0
    for node in document["nodes"]:
        number = node.get("extensions", {}).get("KHR_lights_punctual", {}).get("light")
        if number is not None and lights[number]["type"] == "spot":
            x, y, z, w = node["rotation"]
            # Where the turn puts -Z.
            aim = -np.array([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)])
            np.testing.assert_allclose(aim, DOWN, atol=1e-6)
            spots += 1
    assert spots > 20
