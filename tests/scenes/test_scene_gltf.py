# SPDX-License-Identifier: Apache-2.0
"""scene.glb is valid, is the place that the panorama shows, and can be walked on."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gen3d import panorama
from gen3d.check.khronos import validate
from gen3d.export import container
from gen3d.export.gltf_read import read_glb
from gen3d.render.raycast import FAR, Tracer
from gen3d.scenery import LandmarkSpec
from gen3d.spec import LandSpec, SkySpec
from gen3d.words.land import preset
from scenes.generate import generate
from scenes.render.view import Quality, render
from scenes.scene_gltf import write_levels, write_scene
from scenes.world.build import build
from scenes.world.terrain import Map, height
from scenes.world.town import building_levels
from tests.consumers.locate import validator

SEED = 3
THINGS = preset("river").model_copy(
    update={
        "landmarks": (
            LandmarkSpec(kind="log cabin"),
            LandmarkSpec(kind="stone bridge", bearing_deg=-30.0),
            LandmarkSpec(kind="campfire", distance_m=6.0, bearing_deg=-60.0),
            LandmarkSpec(kind="tent", distance_m=9.0, bearing_deg=80.0, count=2),
            LandmarkSpec(kind="rowing boat", distance_m=9.0),
        )
    }
)
LANDS = {
    "lake": preset("lake").model_copy(update={"dock": True}),
    "village": preset("village"),
    "mountains": preset("mountains"),
    "things": THINGS,
}


@pytest.fixture(scope="module", params=sorted(LANDS))
def made(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[LandSpec, Path]:
    land = LANDS[request.param]
    path = tmp_path_factory.mktemp("scene") / "scene.glb"
    write_scene(land, SEED, path, {"prompt": request.param})
    return land, path


def _triangles(path: Path, *, collision: bool) -> tuple[np.ndarray, np.ndarray]:
    """All triangles of a file in world space: its collision mesh, or everything else."""
    document = read_glb(path)
    verts, faces, start = list[np.ndarray](), list[np.ndarray](), 0
    for number, node in enumerate(document.nodes):
        if node.mesh is None or (node.name == "collision-colonly") != collision:
            continue
        turn = document.T_world_node[number]
        for primitive in document.meshes[node.mesh].primitives:
            verts.append(primitive.verts @ turn[:3, :3].T + turn[:3, 3])
            faces.append(primitive.faces + start)
            start += len(primitive.verts)
    return np.concatenate(verts).astype(np.float32), np.concatenate(faces).astype(np.int32)


def test_the_validator_has_nothing_to_say(made: tuple[LandSpec, Path]) -> None:
    verdict = validate(made[1], validator())
    assert (verdict.errors, verdict.warnings) == (0, 0), verdict.codes
    assert made[1].stat().st_size < 40e6


def test_the_panorama_and_the_mesh_line_up(made: tuple[LandSpec, Path]) -> None:
    land, path = made
    rows = 128
    sky = generate(SkySpec(width_px=2 * rows, sun_elevation_deg=40), 0)
    depth = render(build(Map(land, SEED)), sky, SEED, Quality(paths=1)).depth
    way = panorama.pixel_directions(rows).reshape(-1, 3).T.astype(np.float32)
    eye = np.tile(np.array([[0.0], [panorama.EYE_HEIGHT], [0.0]], np.float32), (1, way.shape[1]))
    there = Tracer(*_triangles(path, collision=False)).nearest(eye, np.ascontiguousarray(way))
    mesh = np.where(there.depth < FAR, there.depth, 0.0).reshape(depth.shape)
    # No pixel apart at all on most: the depth is found where the mesh has it, or beside.
    near = [
        np.roll(np.roll(mesh, dx, axis=1), dy, axis=0) for dx in (-1, 0, 1) for dy in (-1, 0, 1)
    ]
    gap = np.min([np.abs(n - depth) for n in near], axis=0)
    assert (gap <= 0.01 * depth + 0.01).mean() > 0.999


def test_collision_is_ground_under_the_feet_and_stops_at_trunks(
    made: tuple[LandSpec, Path],
) -> None:
    land, path = made
    tracer = Tracer(*_triangles(path, collision=True))
    x, z = np.meshgrid(np.linspace(-2, 2, 9), np.linspace(-2, 2, 9))
    if land.dock:
        x = 0.4 * x
    start = np.stack([x.ravel(), np.full(x.size, 3.0), z.ravel()]).astype(np.float32)
    down = np.tile(np.array([[0], [-1.0], [0]], np.float32), (1, x.size))
    floor = 3.0 - tracer.nearest(start, down).depth
    expected = 0.0 * x.ravel() if land.dock else height(Map(land, SEED), x.ravel(), z.ravel())
    np.testing.assert_allclose(floor, expected, atol=0.06)


@pytest.mark.parametrize("number", range(3))
def test_blocks_lose_frames_and_panes_but_not_their_size(number: int) -> None:
    levels = building_levels(Map(preset("town"), SEED), 19, number)
    counts = [len(level.faces) for level in levels]
    assert counts[0] > 1.5 * counts[1] > 1.5 * counts[2]
    for level in levels[1:]:
        np.testing.assert_allclose(np.ptp(level.verts, axis=0), np.ptp(levels[0].verts, axis=0))


def test_engines_get_every_copy_in_every_level(tmp_path: Path) -> None:
    land, path = preset("village"), tmp_path / "scene_lod.glb"
    write_levels(land, SEED, path)
    verdict = validate(path, validator())
    assert (verdict.errors, verdict.warnings) == (0, 0), verdict.codes
    document = json.loads(container.unpack(path.read_bytes(), path.name)[0])
    counts = [
        sum(document["accessors"][part["indices"]]["count"] for part in mesh["primitives"])
        for mesh in document["meshes"]
    ]
    shown = {child for node in document["nodes"] for child in node.get("children", ())}
    levelled = [node for node in document["nodes"] if "MSFT_lod" in node.get("extensions", {})]
    kinds = {node["name"].split()[0] for node in levelled}
    assert kinds >= {"building", "rock", "broadleaf"}
    for node in levelled:
        lower = [document["nodes"][k] for k in node["extensions"]["MSFT_lod"]["ids"]]
        assert not shown & set(node["extensions"]["MSFT_lod"]["ids"])
        sizes = [counts[node["mesh"]], *(counts[one["mesh"]] for one in lower)]
        assert sizes == sorted(sizes, reverse=True), node["name"]
        assert sizes[-1] < 0.7 * sizes[0], node["name"]
        assert all(one.get("translation") == node.get("translation") for one in lower)
    alone = tmp_path / "scene.glb"
    write_scene(land, SEED, alone)
    assert b"MSFT_lod" not in alone.read_bytes()


def test_same_land_same_bytes(tmp_path: Path) -> None:
    land = preset("mars")
    for name in ("a.glb", "b.glb"):
        write_scene(land, 5, tmp_path / name)
    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()
