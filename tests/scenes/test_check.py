# SPDX-License-Identifier: Apache-2.0
"""The audit finds what is wrong with a panorama, and nothing wrong with a good one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813 - the name its own manual uses
import pytest

from gen3d.spec import SkySpec
from scenes.check import check_environment, stops_over_sky
from scenes.files import write_environment
from scenes.generate import generate


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("sky")
    spec = SkySpec(sun_elevation_deg=40.0, turbidity=2.5, width_px=1024)
    write_environment(generate(spec, seed=0), spec, place)
    return place


def _write(pixels: np.ndarray, path: Path) -> Path:
    spec = oiio.ImageSpec(pixels.shape[1], pixels.shape[0], 3, oiio.FLOAT)
    output = oiio.ImageOutput.create(str(path))
    assert output.open(str(path), spec)
    assert output.write_image(np.ascontiguousarray(pixels, dtype=np.float32))
    assert output.close()
    return path


def _failures(path: Path) -> set[str]:
    return {row.name for row in check_environment(path) if row.status == "fail"}


def test_our_own_sky_passes_in_both_formats(folder: Path) -> None:
    for path in (folder, folder / "sky.exr", folder / "sky.hdr"):
        rows = check_environment(path, clear_day=True)
        assert [row.name for row in rows if row.status != "pass"] == []


def test_each_fault_is_found(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    good = (1.0 + 0.01 * rng.random((64, 128, 3))).astype(np.float32)
    assert _failures(_write(good, tmp_path / "good.exr")) == set()
    assert _failures(_write(good[:, :90], tmp_path / "cut.exr")) == {"panorama shape"}
    hole, low, seam = good.copy(), good.copy(), good.copy()
    hole[3, 4] = np.nan
    assert "NaN or infinite values" in _failures(_write(hole, tmp_path / "nan.exr"))
    low[3, 4] = -0.1
    assert _failures(_write(low, tmp_path / "low.exr")) == {"negative values"}
    seam *= np.linspace(1.0, 1.2, 128, dtype=np.float32)[None, :, None]
    # A brightness that runs around the sphere does not meet itself at the poles either.
    found = _failures(_write(seam, tmp_path / "seam.exr"))
    assert found == {"seam / column step", "poles, spread / patch"}
    assert "brightest pixel" in _failures(_write(0.0 * good, tmp_path / "black.exr"))


def test_a_clipped_sun_is_told_from_a_whole_one() -> None:
    sky = np.ones((64, 128, 3), np.float32)
    sky[10, 10] = 2.0**12
    assert stops_over_sky(sky) == pytest.approx(12.0, abs=0.01)
