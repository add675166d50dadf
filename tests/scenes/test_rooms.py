# SPDX-License-Identifier: Apache-2.0
"""Rooms hold together, keep the character's place free, and their light adds up."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gen3d import panorama
from gen3d.check.khronos import validate
from gen3d.cli.main import main
from gen3d.export.gltf_read import read_glb
from gen3d.render.raycast import FAR, Tracer
from gen3d.spec import RoomSpec, SkySpec
from gen3d.words.room import preset
from scenes.check import check_environment
from scenes.files import read_image
from scenes.generate import generate
from scenes.place import LABELS, Place, placed
from scenes.render.bounce import Chamber, solved
from scenes.render.jobs import render_room
from scenes.render.trace import Stage
from scenes.render.view import Quality, View, skylight
from scenes.room.build import furnished
from scenes.scene_gltf import write_scene
from scenes.spectrum import luminance
from tests.consumers.locate import validator

ROOMS = (
    "living room",
    "bedroom",
    "kitchen",
    "bathroom",
    "office",
    "corridor",
    "studio",
    "church",
    "gym",
)
DRAFT = Quality(paths=4, coarse_rows=64)
BARE = RoomSpec(kind="empty room", curtains=False, lamps=("pendant",), width_m=5.0, depth_m=6.0)
_SHELL = ("floor", "wall", "ceiling", "window", "curtain", "skirting", "beams", "door", "rug")
_LARGE = (
    "sofa",
    "bookcase",
    "bed",
    "wardrobe",
    "fridge",
    "stove",
    "bathtub",
    "rack",
    "pew",
    "table",
    "wall bars",
    "squat rack",
    "treadmill",
    "low bench",
    "vaulting box",
)


def _chamber(room: RoomSpec, sky: SkySpec, seed: int = 3) -> Chamber:
    chamber = Chamber(Stage(furnished(room, seed), skylight(generate(sky, seed)), seed))
    chamber.boxes = solved(chamber, [chamber.exchange(k, 2) for k in range(2)])
    return chamber


def _crosses_window(place: Place, start: np.ndarray, way: np.ndarray, slack: float) -> np.ndarray:
    """Whether lines from points along a direction pass a window's rectangle, widened a little."""
    found, way = np.zeros(start.shape[1], bool), way.reshape(3, -1)
    for portal in place.portals:
        u, v = portal.edges
        inward = np.cross(u, v)
        far = inward @ (portal.corner[:, None] - start) / (inward @ way)
        point = start + way * far - portal.corner[:, None]
        s, t = u @ point / (u @ u), v @ point / (v @ v)
        found |= (far > 0) & (np.abs(s - 0.5) < 0.5 + slack) & (np.abs(t - 0.5) < 0.5 + slack)
    return found


@pytest.mark.parametrize("name", ROOMS)
def test_furniture_stands_within_the_walls_off_the_character_and_apart(name: str) -> None:
    room = preset(name, 5)
    place = furnished(room, 5)
    low, high = np.array(place.extent)
    free = min(1.0, 0.5 * min(room.width_m, room.depth_m) - 0.1)
    boxes = list[tuple[str, np.ndarray, np.ndarray]]()
    for copies in place.copies:
        if copies.shape.name.startswith(_SHELL):
            continue
        verts = placed(copies).verts
        assert (verts.min(axis=0) > low - 0.02).all(), copies.shape.name
        assert (verts.max(axis=0) < high + 0.02).all(), copies.shape.name
        standing = verts[(verts[:, 1] > 0.02) & (verts[:, 1] < 1.8)]
        near = (np.abs(standing[:, [0, 2]]) < free).all(axis=1)
        assert not near.any() or copies.shape.name == "backdrop", copies.shape.name
        if copies.shape.name in _LARGE:
            for other, a, b in boxes:
                depth = np.minimum(b, verts.max(axis=0)) - np.maximum(a, verts.min(axis=0))
                assert (depth < 0.012).any(), (copies.shape.name, other)
            boxes.append((copies.shape.name, verts.min(axis=0), verts.max(axis=0)))


def test_a_gym_has_what_a_gym_has() -> None:
    names = [copies.shape.name for copies in furnished(preset("gym", 5), 5).copies]
    assert names.count("basket") == 2
    assert names.count("wall bars") >= 4
    for piece in ("mats", "vaulting box", "ball cage", "dumbbell rack", "treadmill", "court lines"):
        assert piece in names


def test_an_empty_home_is_cleared_and_an_empty_church_has_its_pews() -> None:
    def pieces(name: str, furniture: float) -> set[str]:
        room = preset(name, 5).model_copy(update={"furniture": furniture})
        return {copies.shape.name for copies in furnished(room, 5).copies}

    assert "sofa" in pieces("living room", 0.8)
    assert "sofa" not in pieces("living room", 0.05)
    assert "pew" in pieces("church", 0.05)
    assert "pew" not in pieces("church", 0.0)


@pytest.mark.parametrize("name", ["living room", "church"])
def test_the_only_way_out_for_a_ray_is_a_window(name: str) -> None:
    place = furnished(preset(name, 2), 2)
    stage = Stage(place, skylight(generate(SkySpec(width_px=256), 0)), 2)
    way = panorama.pixel_directions(128).reshape(-1, 3).T.astype(np.float32)
    eye = np.tile(np.array([[0.0], [panorama.EYE_HEIGHT], [0.0]], np.float32), (1, way.shape[1]))
    out = ~stage.hit(eye, np.ascontiguousarray(way)).seen
    assert out.any() == bool(place.portals)
    assert _crosses_window(place, eye[:, out], way[:, out], 0.02).all()


def test_what_lamps_give_is_what_surfaces_take() -> None:
    light = {"windows": (), "lit": True, "lumens_per_m2": 200.0, "lamps": ("panels",)}
    room = BARE.model_copy(update=light)
    chamber = _chamber(room, SkySpec(width_px=256))
    points, boxes = chamber.points, chamber.boxes
    assert boxes is not None
    received = boxes.light[chamber.box(points.point, points.normal)]
    taken = luminance(received * (1.0 - points.albedo)).sum() * chamber.point_m2
    given = 200.0 * room.width_m * room.depth_m
    # The patterns make albedo vary about its mean, and the lamp's own parts take a little.
    np.testing.assert_allclose(taken, given, rtol=0.06)


def test_sunlight_falls_where_the_suns_direction_puts_it() -> None:
    sky = SkySpec(width_px=256, sun_elevation_deg=35, sun_azimuth_deg=-75)
    chamber = _chamber(BARE, sky)
    rng = np.random.default_rng(1)
    low, high = np.array(chamber.stage.place.extent)
    x, z = (rng.uniform(low[a] + 0.05, high[a] - 0.05, 6000) for a in (0, 2))
    down = np.tile(np.array([[0.0], [-1.0], [0.0]], np.float32), (1, 6000))
    start = np.stack([x, np.full(6000, 0.3), z]).astype(np.float32)
    hit = chamber.stage.hit(start, down)
    lit = luminance(chamber.stage.sunlit(hit)) > 100.0
    through = _crosses_window(chamber.stage.place, hit.point, chamber.stage.sun, 0.0)
    assert 0.01 < lit.mean() < 0.4
    assert _crosses_window(chamber.stage.place, hit.point[:, lit], chamber.stage.sun, 0.05).all()
    # Frames and reveals take some of what comes through.
    assert lit[through].mean() > 0.4


@pytest.fixture(scope="module")
def views() -> dict[str, View]:
    room = preset("living room", 4)
    day = generate(SkySpec(width_px=256, sun_elevation_deg=40, sun_azimuth_deg=-60), 0)
    night = generate(SkySpec(width_px=256, sun_elevation_deg=-25), 0)
    lamps = room.model_copy(update={"lit": True})
    return {
        "day": render_room(room, 4, day, DRAFT),
        "night": render_room(lamps, 4, night, DRAFT),
        "again": render_room(lamps, 4, night, DRAFT, threads=1),
    }


def test_day_night_and_lamps_differ_as_they_should(views: dict[str, View]) -> None:
    floor = {
        name: np.median(luminance(view.environment.radiance)[view.label == LABELS.index("floor")])
        for name, view in views.items()
    }
    albedo = float(luminance(np.array(RoomSpec().floor_color)))
    assert 30 < floor["night"] * np.pi / albedo < 400
    assert 150 < floor["day"] * np.pi / albedo < 20_000
    for view in views.values():
        assert np.isfinite(view.environment.radiance).all()
        assert view.environment.radiance.min() >= 0.0
    warm = np.median(views["night"].environment.radiance.reshape(-1, 3), axis=0)
    assert warm[0] > 1.5 * warm[2]


def test_same_room_same_bytes_whoever_traces_it(views: dict[str, View]) -> None:
    one, two = views["night"], views["again"]
    np.testing.assert_array_equal(one.environment.radiance, two.environment.radiance)
    np.testing.assert_array_equal(one.depth, two.depth)


def test_scene_glb_is_valid_and_is_the_room_that_is_seen(
    views: dict[str, View], tmp_path: Path
) -> None:
    room = preset("living room", 4).model_copy(update={"lit": True})
    path = tmp_path / "scene.glb"
    write_scene(room, 4, path, {"prompt": "a living room"})
    verdict = validate(path, validator())
    assert (verdict.errors, verdict.warnings) == (0, 0), verdict.codes
    text = path.read_bytes()
    assert b"KHR_lights_punctual" in text
    assert b"KHR_materials_emissive_strength" in text
    document, verts, faces, start = read_glb(path), list[np.ndarray](), list[np.ndarray](), 0
    for number, node in enumerate(document.nodes):
        if node.mesh is None or node.name == "collision-colonly":
            continue
        turn = document.T_world_node[number]
        for primitive in document.meshes[node.mesh].primitives:
            verts.append(primitive.verts @ turn[:3, :3].T + turn[:3, 3])
            faces.append(primitive.faces + start)
            start += len(primitive.verts)
    tracer = Tracer(np.concatenate(verts).astype(np.float32), np.concatenate(faces).astype("i4"))
    way = panorama.pixel_directions(128).reshape(-1, 3).T.astype(np.float32)
    eye = np.tile(np.array([[0.0], [panorama.EYE_HEIGHT], [0.0]], np.float32), (1, way.shape[1]))
    there = tracer.nearest(eye, np.ascontiguousarray(way)).depth
    mesh = np.where(there < FAR, there, 0.0).reshape(128, 256)
    assert (np.abs(mesh - views["night"].depth) < 0.01).mean() > 0.995


def test_the_verb_makes_a_room_that_its_own_doctor_finds_sound(tmp_path: Path) -> None:
    out = tmp_path / "room"
    words = "a small empty room in the afternoon"
    assert main(["scene", words, "--width", "256", "--out", str(out), "--quiet"]) == 0
    for name in ("sky.exr", "depth.exr", "labels.png", "scene.glb", "lighting.json"):
        assert (out / name).is_file()
    wrong = [row.name for row in check_environment(out / "sky.exr") if row.status == "fail"]
    assert wrong == []
    assert read_image(out / "sky.exr").min() >= 0.0


@pytest.mark.parametrize("seed", [1, 4, 9, 12])
def test_no_kitchen_is_without_a_fridge_and_no_bathroom_without_a_basin(seed: int) -> None:
    usual = (("kitchen", "fridge"), ("bathroom", "washstand"), ("bathroom", "toilet"))
    for name, piece in usual:
        names = {copies.shape.name for copies in furnished(preset(name, seed), seed).copies}
        assert piece in names
