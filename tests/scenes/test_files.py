# SPDX-License-Identifier: Apache-2.0
"""Files: read back as written, the same every time, honest about what went wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813 - the name its own manual uses
import pytest
from PIL import Image

from gen3d.errors import Gen3dError
from gen3d.spec import SkySpec
from gen3d.types import Environment
from scenes.files import read_environment, read_image, write_environment
from scenes.generate import generate
from scenes.lighting import illuminance
from scenes.spectrum import luminance
from scenes.units import UNIT_CD_M2

SPEC = SkySpec(sun_elevation_deg=33.0, sun_azimuth_deg=70.0, width_px=512)


@pytest.fixture(scope="module")
def env() -> Environment:
    return generate(SPEC, seed=11)


@pytest.fixture(scope="module")
def folder(env: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sky") / "made" / "here"
    write_environment(env, SPEC, place)
    return place


def test_an_environment_is_read_back_to_the_last_bit(env: Environment, folder: Path) -> None:
    back = read_environment(folder)
    for name in ("radiance", "radiance_without_sun", "sun_direction", "sun_illuminance"):
        np.testing.assert_array_equal(getattr(back, name), getattr(env, name))


def test_writing_again_gives_the_same_bytes(env: Environment, folder: Path, tmp_path: Path) -> None:
    again = write_environment(read_environment(folder), SPEC, tmp_path)
    assert [path.name for path in again] == ["sky.exr", "sky.hdr", "sky.jpg", "lighting.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(p.name for p in again)
    for path in again:
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name
    assert env.radiance.flags.c_contiguous


def test_radiance_files_keep_the_sun(env: Environment, folder: Path) -> None:
    pixels = read_image(folder / "sky.hdr") * UNIT_CD_M2
    up = np.array([0.0, 1.0, 0.0])
    found, wanted = (luminance(illuminance(p, up)) for p in (pixels, env.radiance))
    assert found == pytest.approx(float(wanted), rel=2e-3)
    assert luminance(pixels).max() == pytest.approx(luminance(env.radiance).max(), rel=5e-3)
    largest = env.radiance.max(axis=-1, keepdims=True)
    assert (np.abs(pixels - env.radiance) / largest).max() < 1 / 256 + 1e-6


def test_the_header_says_units_axes_and_sun_and_no_date(folder: Path) -> None:
    header = oiio.ImageInput.open(str(folder / "sky.exr")).spec()
    assert header.getattribute("whiteLuminance") == UNIT_CD_M2
    assert header.getattribute("compression") == "zip"
    assert header.getattribute("gen3d:sunElevationDeg") == pytest.approx(33.0)
    assert header.getattribute("gen3d:sunAzimuthDeg") == pytest.approx(70.0)
    assert header.getattribute("chromaticities")[:2] == pytest.approx((0.64, 0.33))
    assert header.getattribute("textureformat") == "LatLong Environment"
    assert header.format == oiio.FLOAT
    assert b"capDate" not in (folder / "sky.exr").read_bytes()[:4096]


def test_the_light_report_agrees_with_the_panorama(env: Environment, folder: Path) -> None:
    report = json.loads((folder / "lighting.json").read_text(encoding="utf-8"))
    total = luminance(illuminance(env.radiance, np.array([0.0, 1.0, 0.0])))
    assert report["total"]["illuminance_lux"] == pytest.approx(float(total), rel=0.02)
    assert report["units"]["file_unit_cd_m2"] == UNIT_CD_M2
    assert report["engines"]["unity_hdrp"]["desired_lux_value"] == pytest.approx(total, rel=0.02)
    assert 5000 < report["total"]["colour_temperature_k"] < 6500
    assert report["sun"]["colour_temperature_k"] < 5500 < report["sky"]["colour_temperature_k"]
    sun = report["sun"]
    np.testing.assert_allclose(sun["direction_world"], env.sun_direction)
    x, y, z = sun["direction_world"]
    np.testing.assert_allclose(sun["direction_blender"], [x, -z, y], atol=1e-5)


def test_the_picture_is_neither_black_nor_burnt_out(folder: Path) -> None:
    with Image.open(folder / "sky.jpg") as picture:
        assert picture.size == (512, 256)
        levels = np.asarray(picture)
    assert 70 < levels[:128].mean() < 200
    assert np.median(levels[20:100, :, 2]) > np.median(levels[20:100, :, 0]) + 20


def test_a_folder_that_is_a_file_is_refused_with_a_sentence(
    env: Environment, tmp_path: Path
) -> None:
    blocked = tmp_path / "taken"
    blocked.write_text("x")
    with pytest.raises(Gen3dError, match="taken"):
        write_environment(env, SPEC, blocked)
    assert blocked.read_text() == "x"


def test_a_full_disk_is_reported_and_leaves_no_half_file(env: Environment, tmp_path: Path) -> None:
    (tmp_path / ".part-sky.exr").symlink_to("/dev/full")
    with pytest.raises(Gen3dError, match=r"sky\.exr could not be written"):
        write_environment(env, SPEC, tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left <= {"sky.hdr", "sky.jpg", "lighting.json"}  # whole ones, written meanwhile


def test_damaged_files_are_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Gen3dError, match=r"sky\.exr"):
        read_environment(tmp_path)
    whole = (folder / "sky.exr").read_bytes()
    (tmp_path / "sky.exr").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Gen3dError, match=r"sky\.exr"):
        read_environment(tmp_path)
    (tmp_path / "sky.exr").write_bytes(whole)
    (tmp_path / "lighting.json").write_text('{"sun": 3}')
    with pytest.raises(Gen3dError, match=r"lighting\.json"):
        read_environment(tmp_path)
