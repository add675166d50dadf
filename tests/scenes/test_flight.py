# SPDX-License-Identifier: Apache-2.0
"""A camera flies through places: free of things, steady, the same whoever draws it, resumable."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
import yaml

from gen3d.cli.main import main
from gen3d.progress import silent
from gen3d.render.raycast import Tracer
from gen3d.scenery import FlightSpec, LandSpec, RoomSpec, SkySpec
from gen3d.words import land, room
from scenes.collision import collision_mesh
from scenes.flight import Floor, cameras_of
from scenes.generate import generate
from scenes.render.camera import Camera
from scenes.render.film import graded, render_film
from scenes.render.passes import file_of
from scenes.render.site import built

TINY = FlightSpec(seconds=0.3, fps=10, width_px=48, height_px=32)
PLACES: dict[str, LandSpec | RoomSpec] = {
    "forest": land.preset("pine forest"),
    "dock": land.preset("lake").model_copy(update={"dock": True}),
    "living room": room.preset("living room", 4),
    "corridor": room.preset("corridor", 4),
}
BARE = RoomSpec(kind="empty room", curtains=False, lamps=("pendant",), width_m=5.0, depth_m=6.0)


def _sky() -> SkySpec:
    return SkySpec(width_px=256, sun_elevation_deg=40)


@pytest.mark.parametrize("name", sorted(PLACES))
def test_a_flight_of_its_own_meets_nothing_and_stays_over_the_ground(name: str) -> None:
    what = PLACES[name]
    flown = cameras_of(what, 3, FlightSpec(seconds=2.0, fps=16))
    place = built(what, 3)
    floor, solid = Floor(place), Tracer(*collision_mesh(place))
    spots = np.array([camera.position for camera in flown])
    over = spots[:, 1] - floor.height(spots[:, [0, 2]])
    assert over.min() > 1.1
    assert over.max() < 2.5
    start, steps = spots[:-1].T.astype(np.float32), np.diff(spots, axis=0).T
    reach = np.linalg.norm(steps, axis=0)
    assert reach.max() < 1.5
    assert reach.sum() > 1.0
    ways = (steps / np.maximum(reach, 1e-9)).astype(np.float32)
    assert not solid.occluded(start, ways, (reach + 0.1).astype(np.float32)).any()
    turns = [np.cos(one.yaw - other.yaw) for one, other in pairwise(flown)]
    assert min(turns) > np.cos(np.radians(20.0))


def test_points_behind_a_wall_of_houses_are_reached_round_them() -> None:
    straight = FlightSpec(points=((0.0, 0.0), (25.0, 6.0)), seconds=2.0)
    what = land.preset("town")
    way = np.array([camera.position for camera in cameras_of(what, 3, straight)])
    floor = Floor(built(what, 3))
    assert not floor.taken(way[:, [0, 2]], 1.6).any()


def test_rays_of_a_camera_come_back_to_their_pixels() -> None:
    camera = Camera((1.0, 2.0, -3.0), 0.7, -0.2, 64, 36, 0.8)
    rng = np.random.default_rng(2)
    column, row = rng.uniform(0, 64, 50), rng.uniform(0, 36, 50)
    start, way = camera.aim(column, row)
    back = camera.seen(start + way * rng.uniform(1.0, 9.0, 50).astype(np.float32))
    np.testing.assert_allclose(back[0], column, atol=1e-3)
    np.testing.assert_allclose(back[1], row, atol=1e-3)
    assert back[2].all()
    np.testing.assert_allclose(np.linalg.det(camera.axes), -1.0, atol=1e-9)


@pytest.mark.parametrize("what", [LandSpec(trees_per_hectare=0.0, tufts_per_m2=0.0), BARE])
def test_a_film_goes_on_where_it_was_and_is_the_same(
    what: LandSpec | RoomSpec, tmp_path: Path
) -> None:
    flown = cameras_of(what, 3, TINY)
    skies = list[int]()

    def make_sky():  # noqa: ANN202  # an Environment
        skies.append(1)
        return generate(_sky(), 3)

    alone = render_film(what, 3, flown, make_sky, tmp_path / "a", silent, threads=1)
    first = [frame.stops for frame in alone.frames()]
    if isinstance(what, RoomSpec):
        together = render_film(what, 3, flown, make_sky, tmp_path / "b", silent, threads=2)
        for one, other in zip(first, together.frames(), strict=True):
            np.testing.assert_array_equal(one, other.stops)
    made = len(skies)
    file_of(tmp_path / "a", "frame-1").unlink()
    again = render_film(what, 3, flown, make_sky, tmp_path / "a", silent, threads=1)
    assert len(skies) == made
    for one, other in zip(first, again.frames(), strict=True):
        np.testing.assert_array_equal(one, other.stops)
    pictures = list(graded(again))
    assert pictures[0].shape == (32, 48, 3)
    assert 40 < np.mean(pictures) < 215


def test_the_verb_flies_through_a_run_that_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, settings = tmp_path / "room", tmp_path / "settings.yml"
    settings.write_text(yaml.safe_dump({"verb": "scene", "flight": TINY.model_dump(mode="json")}))
    words = ["a small empty room in the afternoon", "--config", str(settings)]
    assert main(["scene", *words, "--width", "256", "--out", str(out), "--quiet"]) == 0
    first = (out / "flythrough.mp4").read_bytes()
    frames, seconds = imageio_ffmpeg.count_frames_and_secs(str(out / "flythrough.mp4"))
    assert frames == 3
    assert seconds == pytest.approx(0.3, abs=0.02)
    assert not list((out / ".stages").glob("flight-*"))
    assert main(["scene", str(out), "--flythrough", "-0.5,-0.5 0.5,0.8", "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    stages = {e["name"]: e["skipped"] for e in events if e["event"] == "stage"}
    assert stages == {"words": True, "sky": True, "world": True, "flight": False}
    assert any(e["event"] == "progress" and e["eta_s"] is not None for e in events)
    assert (out / "flythrough.mp4").read_bytes() != first
    assert main(["scene", str(out), "--flythrough", "0,0 90,0", "--quiet"]) == 1
    assert "outside the room" in capsys.readouterr().err
    assert main(["scene", "a clear sky", "--kind", "sky", "--flythrough", "auto"]) == 1
