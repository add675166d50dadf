# SPDX-License-Identifier: Apache-2.0
"""Windows show the land that lies outside, it lights the room, and it stays out of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gen3d import panorama
from gen3d.foundry.parts_b import block
from gen3d.spec import LandSpec, RoomSpec, SkySpec
from gen3d.types import Environment
from gen3d.words.land import preset
from scenes.generate import generate
from scenes.place import LABELS, Place, Surface, once, placed
from scenes.render.jobs import render_room
from scenes.render.outlook import sight, with_outlook
from scenes.render.passes import crew
from scenes.render.site import Site
from scenes.render.trace import Skylight, Stage, solid_of
from scenes.render.view import Quality, View, skylight
from scenes.room.build import furnished
from scenes.room.kit import bounds_of
from scenes.room.outlook import outlook, windows_look
from scenes.spectrum import luminance
from scenes.world.lit import put_out
from scenes.world.shapes import shape_of

DRAFT = Quality(paths=2, coarse_rows=32, points_a_box=1.0)
BARE = RoomSpec(
    kind="empty room", curtains=False, lamps=("pendant",), width_m=5.0, depth_m=6.0, floor_m=4.0
)


def _with(land: str | LandSpec, room: RoomSpec = BARE, **values: object) -> RoomSpec:
    land = preset(land) if isinstance(land, str) else land
    return room.model_copy(update={"outlook": land, **values})


@pytest.fixture(scope="module")
def day() -> Environment:
    return generate(SkySpec(width_px=256, sun_elevation_deg=40, sun_azimuth_deg=60), 0)


@pytest.fixture(scope="module")
def views(day: Environment) -> dict[str, View]:
    rooms = {"plain": BARE, "sea": _with("coast")}
    found = {name: render_room(room, 4, day, DRAFT, threads=1) for name, room in rooms.items()}
    return found | {"again": render_room(rooms["sea"], 4, day, DRAFT)}


def test_only_what_is_seen_through_windows_is_land(views: dict[str, View]) -> None:
    plain, sea = views["plain"], views["sea"]
    for name in ("depth", "normals", "label", "sky"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(sea, name))
    through = sea.sky == 1.0
    assert (sea.depth[through] == 0.0).all()
    assert (sea.label[through] == LABELS.index("sky")).all()
    height = len(sea.sky)
    below = through & (np.arange(height)[:, None] > height // 2 + 3)
    assert below.sum() > 20
    before, after = (view.environment.radiance[below].mean(axis=0) for view in (plain, sea))
    # The plain is earth, and water mirrors the sky.
    assert after[2] / after[0] > 1.3 * before[2] / before[0]
    above = through & (np.arange(height)[:, None] < height // 2 - 8)
    np.testing.assert_array_equal(
        plain.environment.radiance[above], sea.environment.radiance[above]
    )


def test_who_traces_the_land_does_not_matter(views: dict[str, View]) -> None:
    one, other = views["sea"].environment.radiance, views["again"].environment.radiance
    assert one.tobytes() == other.tobytes()


def test_no_outlook_leaves_the_sky_alone(day: Environment, tmp_path: Path) -> None:
    with crew(1) as pool:
        assert with_outlook(Site(tmp_path, BARE, 4, 1.0), lambda: day, pool) is day


@pytest.mark.parametrize("name", ["coast", "village"])
def test_the_land_stays_out_of_the_room(name: str) -> None:
    room = _with(name, floor_m=0.3)
    low, high = bounds_of(room, 4).corners()
    for copies in outlook(room, 4).copies:
        verts = placed(copies).verts
        inside = (verts > low).all(axis=1) & (verts < high).all(axis=1)
        assert not inside.any(), copies.shape.name


def test_windows_look_over_the_water_and_across_the_street() -> None:
    for sides in (("back",), ("left", "back")):
        room = _with("coast", windows=sides)
        ahead = windows_look(room)
        water = next(c for c in outlook(room, 4).copies if c.shape.name == "ground 4")
        verts = placed(water).verts
        far = verts[np.hypot(verts[:, 0], verts[:, 2]) > 100.0]
        out = far[:, [0, 2]] @ ahead
        assert far[out > 80.0, 1].max() < far[out < -80.0, 1].min()


def test_what_stands_in_the_sun_dims_it_in_the_room(day: Environment) -> None:
    room = furnished(BARE, 4)
    out = -np.cross(*room.portals[0].edges)
    toward = (out / np.linalg.norm(out) + np.array([0.0, 0.5, 0.0])).astype(np.float32)
    sky = replace(skylight(day), sun_direction=toward / np.linalg.norm(toward))
    stone = (Surface("stone", "rock", (0.3, 0.3, 0.3)),)

    def share(distance: float) -> float:
        x, _, z = (distance * out / np.linalg.norm(out)).tolist()
        wall = once(shape_of("wall", [(block((x, -5.0, z), 30.0, 40.0, 30.0), 0, 1.0)]))
        stage = Stage(Place("wall", stone, (wall,)), sky, 1)
        return float(sight(stage, room.portals, 64, whole=False).sun)

    assert share(25.0) == 0.0
    assert share(-60.0) == 1.0


def test_panes_shine_at_night_and_not_by_day() -> None:
    place = outlook(_with("town", floor_m=8.0), 4)
    dark = np.full((64, 128, 3), 1e-4, np.float32)
    night = Skylight(dark, np.array([0.0, -1.0, 0.0], np.float32), np.zeros(3, np.float32))
    solid = solid_of(place)
    portals = furnished(BARE, 4).portals
    lit, unlit_too = (
        luminance(sight(Stage(p, night, 4, solid), portals, 128, whole=False).fine_light)
        for p in (place, put_out(place))
    )
    assert lit.max() > 5.0
    assert 0.003 < (lit > 1.0).mean() < 0.3
    assert unlit_too.max() < 0.1


def test_the_view_is_the_land_as_it_is_traced(day: Environment) -> None:
    """At a window's pixel: the light of the land along that pixel's own ray, or the sky's."""
    place = put_out(outlook(_with("coast"), 4))
    stage = Stage(place, skylight(day), 4)
    seen = sight(stage, furnished(BARE, 4).portals, 128, whole=False)
    way = panorama.pixel_directions(128).reshape(-1, 3)[seen.pixel].T.astype(np.float32)
    eye = np.tile(np.array([[0.0], [panorama.EYE_HEIGHT], [0.0]], np.float32), (1, way.shape[1]))
    hit = stage.hit(eye, np.ascontiguousarray(way)).seen
    assert (seen.fine_sky[~hit] > 0.15).all()
    assert (seen.fine_sky[hit] < 0.85).all()
    assert (luminance(seen.fine_light)[hit] > 10.0).all()
