# SPDX-License-Identifier: Apache-2.0
"""All the forms of an environment hold the same light."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813 - the name its own manual uses
import pytest

from gen3d import panorama
from gen3d.cli.main import main
from gen3d.spec import SkySpec
from gen3d.types import Environment
from scenes.cubemap import FACES, face_directions, face_solid_angles, place_on
from scenes.deliver import deliver, half_factor
from scenes.files import read_image, write_environment
from scenes.generate import generate
from scenes.lighting import illuminance
from scenes.report import lamp_rotations
from scenes.sampling import reduced, sample
from scenes.units import UNIT_CD_M2

UP = np.array([0.0, 1.0, 0.0])
SPEC = SkySpec(sun_elevation_deg=52.0, sun_azimuth_deg=-75.0, width_px=2048)


@pytest.fixture(scope="module")
def env() -> Environment:
    return generate(SPEC, seed=5)


@pytest.fixture(scope="module")
def folder(env: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("delivery")
    write_environment(env, SPEC, place)
    deliver(env, SPEC, place)
    return place


def _light(path: Path) -> np.ndarray:
    unit = oiio.ImageInput.open(str(path)).spec().getattribute("whiteLuminance")
    return illuminance(read_image(path) * np.float32(unit), UP)


def test_sixteen_bits_hold_the_whole_sun(env: Environment, folder: Path) -> None:
    path = folder / "sky_16bit.exr"
    spec = oiio.ImageInput.open(str(path)).spec()
    assert spec.format == oiio.HALF
    assert env.radiance.max() / UNIT_CD_M2 > 65_504.0 > read_image(path).max()
    np.testing.assert_allclose(_light(path), illuminance(env.radiance, UP), rtol=2e-3)
    told = json.loads((folder / "lighting.json").read_text())["files"]["sky_16bit.exr"]
    assert told["file_unit_cd_m2"] == spec.getattribute("whiteLuminance") > UNIT_CD_M2


def test_the_factor_is_the_least_power_of_two() -> None:
    for top, factor in ((1.0, 1.0), (60_000.0, 1.0), (60_001.0, 2.0), (250_000.0, 8.0)):
        assert half_factor(np.full((2, 4, 3), top, np.float32)) == factor


def test_sky_and_lamp_add_up_to_the_whole_within_one_per_cent(
    env: Environment, folder: Path
) -> None:
    calm = read_image(folder / "sky_nosun.exr")
    assert calm.shape == env.radiance.shape
    for normal in (UP, np.array([0.6, 0.8, 0.0]), np.array([0.0, 0.6, 0.8])):
        lamp = env.sun_illuminance * max(float(env.sun_direction @ normal), 0.0)
        rest = illuminance(calm * np.float32(UNIT_CD_M2), normal)
        np.testing.assert_allclose(rest + lamp, illuminance(env.radiance, normal), rtol=0.01)


def test_sizes_have_the_same_light(env: Environment, folder: Path) -> None:
    assert not (folder / "sky_2k.exr").exists()
    assert read_image(folder / "sky_1k.exr").shape == (512, 1024, 3)
    np.testing.assert_allclose(
        _light(folder / "sky_1k.exr"), illuminance(env.radiance, UP), rtol=3e-3
    )


def test_reducing_keeps_energy_exactly() -> None:
    pixels = np.random.default_rng(0).uniform(0.0, 9.0, (32, 64, 3)).astype(np.float32)
    small = reduced(pixels, 4)
    totals = [
        np.einsum("h,hwc->c", panorama.pixel_solid_angles(len(p)), p) for p in (pixels, small)
    ]
    np.testing.assert_allclose(*totals, rtol=1e-5)


def test_looking_up_pixel_centres_gives_the_pixels() -> None:
    pixels = np.random.default_rng(1).random((8, 16, 3)).astype(np.float32)
    u, v = np.meshgrid((np.arange(16) + 0.5) / 16, (np.arange(8) + 0.5) / 8)
    np.testing.assert_allclose(sample(pixels, u, v), pixels, atol=1e-6)


def test_faces_of_the_cube_fill_the_sphere_and_know_their_places() -> None:
    assert 6.0 * face_solid_angles(16).sum() == pytest.approx(4.0 * np.pi)
    s, t = (np.random.default_rng(2).uniform(-1.0, 1.0, 50) for _ in range(2))
    axes = np.eye(3)
    for number, face in enumerate(FACES):
        middle = face_directions(face, np.zeros(1), np.zeros(1))[0]
        np.testing.assert_allclose(middle, axes[number // 2] * (1.0 - 2.0 * (number % 2)))
        back = place_on(face, face_directions(face, s, t) * 3.0)
        np.testing.assert_allclose(back[0], s, atol=1e-12)
        np.testing.assert_allclose(back[1], t, atol=1e-12)


def test_the_cube_holds_the_light_of_the_panorama(env: Environment, folder: Path) -> None:
    total, brightest = np.zeros(3), (0.0, "")
    for face in FACES:
        picture = read_image(folder / "cube" / f"{face}.exr").astype(np.float64) * UNIT_CD_M2
        side = len(picture)
        grid = 2.0 * (np.arange(side) + 0.5) / side - 1.0
        direction = face_directions(face, *np.meshgrid(grid, grid, indexing="xy"))
        facing = np.maximum(direction[..., 1] / np.linalg.norm(direction, axis=-1), 0.0)
        total += np.einsum("hw,hwc->c", facing * face_solid_angles(side), picture)
        brightest = max(brightest, (float(picture.max()), face))
    np.testing.assert_allclose(total, illuminance(env.radiance, UP), rtol=5e-3)
    # Azimuth -75 is towards +X and 52 degrees up is nearer to the top.
    assert brightest[1] == "py"


def _turn(axis: int, angle_deg: float) -> np.ndarray:
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    i, j = ((1, 2), (2, 0), (0, 1))[axis]
    out = np.eye(3)
    out[i, i] = out[j, j] = c
    out[i, j], out[j, i] = -s, s
    return out


@pytest.mark.parametrize(("elevation", "azimuth"), [(35.0, 40.0), (5.0, -120.0), (80.0, 200.0)])
def test_lamps_of_all_engines_shine_from_the_sun(elevation: float, azimuth: float) -> None:
    x, y, z = panorama.sun_direction(elevation, azimuth)
    turns = lamp_rotations(np.array([x, y, z]))
    rx, ry, rz = turns["blender"]
    blender = _turn(2, rz) @ _turn(1, ry) @ _turn(0, rx) @ np.array([0.0, 0.0, 1.0])
    np.testing.assert_allclose(blender, [x, -z, y], atol=1e-5)
    pitch, yaw, _ = turns["godot"]
    godot = _turn(1, yaw) @ _turn(0, pitch) @ np.array([0.0, 0.0, 1.0])
    np.testing.assert_allclose(godot, [x, y, z], atol=1e-5)
    # Left-handed: what its documents call forward, from pitch (down is positive) and yaw.
    pitch, yaw = np.radians(turns["unity"][:2])
    forward = [np.sin(yaw) * np.cos(pitch), -np.sin(pitch), np.cos(yaw) * np.cos(pitch)]
    np.testing.assert_allclose(forward, [x, -y, -z], atol=1e-5)
    pitch, yaw = np.radians(turns["unreal"][:2])
    forward = [np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), np.sin(pitch)]
    np.testing.assert_allclose(forward, [-x, -z, -y], atol=1e-5)


def test_the_command_delivers_everything(tmp_path: Path) -> None:
    out = tmp_path / "run"
    words = ["scene", "a clear afternoon", "--width", "512", "--out", str(out), "--quiet"]
    assert main([*words, "--deliver", "all"]) == 0
    told = json.loads((out / "lighting.json").read_text())["files"]
    assert {"sky_16bit.exr", "sky_nosun.exr", "cube/px.exr"} <= set(told)
    assert all((out / name).is_file() for name in told)
