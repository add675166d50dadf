# SPDX-License-Identifier: Apache-2.0
"""Nights are as dark, and moons as bright, as photometers say."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from gen3d import panorama
from gen3d.cli.main import main
from gen3d.scenery import MoonSpec, SkySpec
from gen3d.types import Environment
from scenes.generate import generate
from scenes.lighting import illuminance
from scenes.night import moon_lux, to_world
from scenes.spectrum import luminance

UP = np.array([0.0, 1.0, 0.0])


def _night(moon: MoonSpec | None = None, *, stars: bool = True, width: int = 512) -> Environment:
    return generate(SkySpec(sun_elevation_deg=-35.0, moon=moon, stars=stars, width_px=width), 0)


def _lux(env: Environment) -> float:
    return float(luminance(illuminance(env.radiance, UP)))


@pytest.fixture(scope="module")
def moonlit() -> Environment:
    return _night(MoonSpec(elevation_deg=60.0, azimuth_deg=20.0, phase=0.5), width=1024)


def test_a_full_moon_gives_a_quarter_lux(moonlit: Environment) -> None:
    assert 0.2 < _lux(moonlit) < 0.3
    assert luminance(moonlit.sun_illuminance) == pytest.approx(0.25, rel=0.2)
    np.testing.assert_allclose(moonlit.sun_direction, panorama.sun_direction(60.0, 20.0), atol=1e-6)
    # The disc itself: about 2,500 cd/m^2 seen through the air (0.26 lux over its solid angle).
    assert 1500 < luminance(moonlit.radiance).max() < 6000


def test_a_moonless_night_is_a_thousandth_of_a_lux_and_has_stars() -> None:
    dark, bare = _night(), _night(stars=False)
    assert 4e-4 < _lux(bare) < 1.2e-3
    assert 0.0 < _lux(dark) - _lux(bare) < 1e-3
    assert np.isfinite(dark.radiance).all()
    assert (dark.radiance > 0.0).all()
    # Sirius, Vega and their like stand out of the glow by far.
    assert luminance(dark.radiance).max() > 50.0 * np.median(luminance(dark.radiance[:200]))


def test_noon_and_night_differ_by_eight_orders_of_magnitude() -> None:
    noon = generate(SkySpec(sun_elevation_deg=60.0, width_px=256), 0)
    assert 7.5 < np.log10(_lux(noon) / _lux(_night())) < 8.5


def test_the_moon_fades_with_its_phase() -> None:
    assert moon_lux(0.5) == pytest.approx(0.31, rel=0.05)
    # Allen: the quarters are 8 to 12 times fainter than the full moon.
    assert 8.0 < moon_lux(0.5) / moon_lux(0.25) < 13.0
    assert moon_lux(0.25) == pytest.approx(moon_lux(0.75))
    assert moon_lux(0.0) < 1e-3 * moon_lux(0.5)


def test_the_lit_side_of_the_moon_looks_towards_the_sun() -> None:
    spec = SkySpec(
        sun_elevation_deg=-30.0,
        sun_azimuth_deg=110.0,
        moon=MoonSpec(elevation_deg=30.0, azimuth_deg=20.0, phase=0.25),
        width_px=8192,
        stars=False,
    )
    from scenes.atmosphere import make_air
    from scenes.night import make_moon

    sun = panorama.sun_direction(spec.sun_elevation_deg, spec.sun_azimuth_deg)
    assert spec.moon is not None
    disc = make_moon(make_air(3.0), spec.moon, sun, 0.0)
    centre = panorama.sun_direction(30.0, 20.0)
    light = luminance(disc.illuminance)
    leaning = np.einsum("p,pc->c", light / light.sum(), disc.directions) - centre
    assert leaning @ sun > 0.0


def test_the_pole_star_stands_in_the_north_as_high_as_the_latitude() -> None:
    sky = SkySpec(latitude_deg=52.0, sidereal_deg=77.0)
    x, y, z = to_world(np.array([37.95]), np.array([89.26]), sky)[0]
    assert np.degrees(np.arcsin(y)) == pytest.approx(52.0, abs=1.0)
    assert np.degrees(np.arctan2(-x, z)) == pytest.approx(0.0, abs=1.5)
    # What stands in the south has the sidereal time as its right ascension.
    south = to_world(np.array([77.0]), np.array([0.0]), sky)[0]
    np.testing.assert_allclose(south, panorama.sun_direction(90.0 - 52.0, 180.0), atol=1e-9)


def test_the_command_takes_a_date_and_a_place(tmp_path: Path) -> None:
    out = tmp_path / "run"
    asked = ["--date", "2024-04-23T23:49", "--lat", "-10", "--lon", "2", "--width", "256"]
    assert main(["scene", *asked, "--out", str(out), "--quiet"]) == 0
    told = json.loads((out / "lighting.json").read_text())
    assert told["sun"]["body"] == "moon"
    assert 0.1 < told["total"]["illuminance_lux"] < 0.4
    assert (
        main(["scene", "noon", "--date", "2024-04-23", "--out", str(tmp_path / "b"), "--quiet"])
        == 1
    )
    out = tmp_path / "exact"
    exact = [
        "--sun-elevation",
        "12.5",
        "--sun-azimuth",
        "200",
        "--turbidity",
        "4",
        "--width",
        "256",
    ]
    assert main(["scene", "at noon", *exact, "--out", str(out), "--quiet"]) == 0
    told = json.loads((out / "lighting.json").read_text())
    assert told["sun"]["elevation_deg"] == 12.5
    assert told["sky"]["turbidity"] == 4.0
