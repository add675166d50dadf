# SPDX-License-Identifier: Apache-2.0
"""Clouds cover what was asked, and let through the light that they should."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gen3d.cli.main import main
from gen3d.scenery import CloudSpec, MoonSpec, SkySpec
from gen3d.types import Environment
from gen3d.words.light import read
from scenes.check import seam_ratio
from scenes.cloud_heaps import make_heaps
from scenes.cloud_light import two_stream
from scenes.cloud_shapes import billows, make_sheet
from scenes.exact import covered
from scenes.generate import generate
from scenes.lighting import illuminance
from scenes.measure import pole_ratio, source
from scenes.sampling import enlarge
from scenes.spectrum import luminance

UP = np.array([0.0, 1.0, 0.0])
CUMULUS = CloudSpec(kind="cumulus", cover=0.35)
STRATUS = CloudSpec(kind="stratus", cover=1.0, base_m=700.0)


def _make(
    *clouds: CloudSpec, elevation: float = 45.0, width: int = 256, seed: int = 1
) -> Environment:
    return generate(SkySpec(sun_elevation_deg=elevation, clouds=clouds, width_px=width), seed)


def _lux(env: Environment) -> float:
    return float(luminance(illuminance(env.radiance, UP)))


@pytest.fixture(scope="module")
def heaped() -> Environment:
    return _make(CUMULUS)


@pytest.fixture(scope="module")
def clear() -> Environment:
    return _make()


@pytest.fixture(scope="module")
def overcast() -> Environment:
    return _make(STRATUS)


@pytest.mark.parametrize("cover", [0.1, 0.6])
def test_heaps_cover_the_asked_share_of_the_ground(cover: float) -> None:
    assert make_heaps(CloudSpec(cover=cover), 3).cover == pytest.approx(cover, abs=0.02)


@pytest.mark.parametrize("kind", ["altocumulus", "cirrus", "stratus"])
def test_sheets_cover_the_asked_share_of_the_ground(kind: str) -> None:
    sheet = make_sheet(CloudSpec.model_validate({"kind": kind, "cover": 0.4}), 5)
    assert (sheet.levels[0] > 0.0).mean() == pytest.approx(0.4, abs=0.01)
    # Smoother copies hold the same water.
    for level in sheet.levels[1:]:
        assert level.mean() == pytest.approx(float(sheet.levels[0].mean()), rel=1e-4)


def test_a_slab_without_water_lets_all_light_down_and_a_deep_one_little() -> None:
    for sine in (0.2, 0.6, 1.0):
        total, direct = two_stream(np.array([0.0, 1e-3, 30.0, 300.0]), sine)
        assert total[0] == pytest.approx(sine)
        assert direct[0] == pytest.approx(sine)
        assert (np.diff(total) < 0.0).all()
        assert (direct <= total + 1e-12).all()
        assert total[3] < 0.06


def test_the_lid_of_an_overcast_day_leaves_5_to_25_klux_and_no_sun(overcast: Environment) -> None:
    assert 5e3 < _lux(overcast) < 25e3
    assert luminance(overcast.sun_illuminance) < 1.0
    assert not source(overcast.radiance).is_sun
    # As in the CIE's overcast sky the zenith is brighter than the low sky.
    tone = luminance(overcast.radiance).mean(axis=1)
    assert tone[:15].mean() > 1.2 * tone[55:60].mean()


def test_light_under_a_lid_is_that_of_the_two_stream_solution(
    overcast: Environment, clear: Environment
) -> None:
    depth = make_sheet(STRATUS, 1).levels[0].astype(np.float64)
    sine = np.sin(np.radians(45.0))
    passed = float((two_stream(depth, sine)[0] / sine).mean())
    # The ground and the lid throw some light to and fro.
    assert _lux(overcast) == pytest.approx(passed * _lux(clear), rel=0.35)


def test_a_sky_with_heaps_keeps_its_sun_and_is_about_as_bright_as_a_clear_one(
    heaped: Environment, clear: Environment
) -> None:
    assert luminance(heaped.sun_illuminance) > 0.9 * luminance(clear.sun_illuminance)
    # Bright sides of clouds add up to a quarter (the "cloud enhancement" of solar engineers).
    assert 0.95 < _lux(heaped) / _lux(clear) < 1.3


def test_a_cloud_before_the_sun_takes_its_disc_away(heaped: Environment) -> None:
    hidden = _make(CUMULUS.model_copy(update={"cover": 0.5, "hides_sun": True}))
    assert luminance(hidden.sun_illuminance) < 0.05 * luminance(heaped.sun_illuminance)
    assert _lux(hidden) < 0.5 * _lux(heaped)


def test_sunlit_heaps_are_as_bright_as_white_things_and_their_bases_darker(
    heaped: Environment, clear: Environment
) -> None:
    light, bare = (luminance(e.radiance_without_sun) for e in (heaped, clear))
    cloud = light[:60][np.abs(light[:60] / bare[:60] - 1.0) > 0.2]
    white = float(luminance(clear.sun_illuminance)) / np.pi
    assert 0.4 < np.quantile(cloud, 0.95) / white < 1.6
    assert np.quantile(cloud, 0.05) < 0.45 * np.quantile(cloud, 0.95)


def test_cirrus_dims_the_sun_a_little(clear: Environment) -> None:
    env = _make(CloudSpec(kind="cirrus", cover=0.6, base_m=9000.0))
    share = luminance(env.sun_illuminance) / luminance(clear.sun_illuminance)
    assert 0.1 < share <= 1.0
    assert 0.5 < _lux(env) / _lux(clear) < 1.15


def test_cloudy_skies_have_neither_seam_nor_pinch_nor_bad_values(
    heaped: Environment, overcast: Environment
) -> None:
    night = generate(
        SkySpec(sun_elevation_deg=-30.0, clouds=(CUMULUS,), moon=MoonSpec(), width_px=256), 2
    )
    dusk = _make(
        CUMULUS, CloudSpec(kind="cirrus", cover=0.4, base_m=9000.0), elevation=-1.5, width=256
    )
    for env in (heaped, overcast, night, dusk):
        assert np.isfinite(env.radiance).all()
        assert (env.radiance > 0.0).all()
        assert seam_ratio(env.radiance) <= 1.25
        assert pole_ratio(env.radiance) <= 3.0
    assert _lux(night) < 0.4


def test_the_same_seed_gives_the_same_clouds_and_another_other_ones(heaped: Environment) -> None:
    np.testing.assert_array_equal(_make(CUMULUS).radiance, heaped.radiance)
    assert (_make(CUMULUS, seed=2).radiance[:120] != heaped.radiance[:120]).any()


def test_the_noise_is_periodic_and_its_median_one_half() -> None:
    cube = billows(4)
    assert np.median(cube) == pytest.approx(0.5, abs=0.01)
    inner = np.abs(np.diff(cube, axis=0)).mean()
    assert np.abs(cube[0] - cube[-1]).mean() < 1.5 * inner


def test_enlarging_keeps_a_constant_and_wraps() -> None:
    np.testing.assert_allclose(enlarge(np.full((4, 8, 1), 3.0, np.float32), 2, 8, 16), 3.0)
    ramp = np.zeros((2, 4, 1), np.float32)
    ramp[:, 0] = 1.0
    wide = enlarge(ramp, 2, 4, 8)[0, :, 0]
    np.testing.assert_allclose(wide, [0.75, 0.75, 0.25, 0.0, 0.0, 0.0, 0.0, 0.25])


def test_words_and_numbers_choose_the_clouds() -> None:
    kinds = {
        "on a cloudless day": (),
        "under puffy white clouds": ("cumulus",),
        "under an overcast sky": ("stratus",),
        "in the rain": ("stratus",),
        "with wispy clouds": ("cirrus",),
    }
    for words, wanted in kinds.items():
        assert tuple(layer.kind for layer in read("", words, 1).sky.clouds) == wanted, words
    assert covered((), 0.0) == ()
    found = [covered((), cover)[0].kind for cover in (0.3, 0.8, 1.0)]
    assert found == ["cumulus", "stratocumulus", "stratus"]
    cirrus = CloudSpec(kind="cirrus", cover=0.2, base_m=9000.0)
    assert covered((cirrus, CUMULUS), 0.6) == (cirrus, CUMULUS.model_copy(update={"cover": 0.6}))


def test_the_command_takes_a_cloud_cover(tmp_path: Path) -> None:
    out = tmp_path / "run"
    asked = ["--cloud-cover", "1", "--sun-elevation", "50", "--width", "256"]
    assert main(["scene", *asked, "--out", str(out), "--quiet"]) == 0
    told = json.loads((out / "lighting.json").read_text())
    assert told["sun"]["illuminance_lux"] < 1.0
    assert 4e3 < told["total"]["illuminance_lux"] < 25e3
