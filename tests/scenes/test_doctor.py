# SPDX-License-Identifier: Apache-2.0
"""The doctor finds every planted fault, none in sound skies, and mends what it says it can."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import OpenImageIO as oiio  # noqa: N813 - the name its own manual uses
import pytest
from scipy import ndimage

from gen3d import panorama
from gen3d.cli.main import main
from gen3d.errors import Gen3dError
from gen3d.spec import SkySpec
from scenes.check import Subject, check_environment, open_subject
from scenes.files import read_image, write_environment, write_image
from scenes.generate import generate
from scenes.lighting import colour_cast, illuminance
from scenes.measure import level, source
from scenes.repair import repair, repair_file
from scenes.sampling import sample
from scenes.spectrum import luminance

UP = np.array([0.0, 1.0, 0.0])
SKIES = {"noon": (40.0, 2.5), "haze": (14.0, 6.0), "dusk": (-3.0, 3.0)}
LIGHT, SUN, CLIP = "light on level ground", "sun", "clipped highlights"


@pytest.fixture(scope="module")
def skies() -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    for name, (elevation, turbidity) in SKIES.items():
        spec = SkySpec(sun_elevation_deg=elevation, turbidity=turbidity, width_px=512)
        found[name] = generate(spec, seed=3).radiance / np.float32(1e4)
    return found


def _put(values: float, at: tuple[slice, slice]) -> Callable[[np.ndarray], np.ndarray]:
    def fault(sky: np.ndarray) -> np.ndarray:
        sky[at] = values
        return sky

    return fault


def _speckled(sky: np.ndarray) -> np.ndarray:
    where = np.random.default_rng(1).random(sky.shape) < 0.01
    return np.where(where, -0.01 * sky, sky)


def _drift(sky: np.ndarray) -> np.ndarray:
    return sky * np.linspace(1.0, 1.3, sky.shape[1])[None, :, None]


def _strip_lost(sky: np.ndarray) -> np.ndarray:
    # A strip of a twentieth is missing and the rest was stretched over it.
    return ndimage.zoom(sky[:, 60:-60], (1.0, 512 / 392, 1.0), order=1)[:, :512]


def _sheared(sky: np.ndarray) -> np.ndarray:
    rows = np.arange(256)[:, None] - np.round(np.linspace(0, 12, 512)).astype(int)[None, :]
    return np.take_along_axis(sky, np.clip(rows, 0, 255)[..., None], axis=0)


def _pinched(rows: slice) -> Callable[[np.ndarray], np.ndarray]:
    def fault(sky: np.ndarray) -> np.ndarray:
        noise = np.random.default_rng(2).normal(0.0, 0.4, sky[rows].shape[:2])
        sky[rows] *= np.exp(noise)[..., None]
        return sky

    return fault


def _petals(sky: np.ndarray) -> np.ndarray:
    sky[:6] *= (1.5 + np.cos(3 * np.linspace(0.0, 2.0 * np.pi, 512)))[None, :, None]
    return sky


def _clip(top: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda sky: np.minimum(sky, top)


def _weak_sun(sky: np.ndarray) -> np.ndarray:
    bright = sky > 100.0
    return np.where(bright, sky * 0.01, sky)


def _blurred(sky: np.ndarray) -> np.ndarray:
    return ndimage.gaussian_filter(sky, (1.3, 1.6, 0.0), mode=("nearest", "wrap", "nearest"))


def _turned(degrees: float, axis: tuple[float, float, float]) -> Callable[[np.ndarray], np.ndarray]:
    from scenes.repair import _between

    def fault(sky: np.ndarray) -> np.ndarray:
        lean = np.radians(degrees)
        rotation = _between(UP, np.cos(lean) * UP + np.sin(lean) * np.array(axis))
        directions = panorama.pixel_directions(len(sky)) @ rotation
        return sample(sky.astype(np.float32), *panorama.uv_of(directions))

    return fault


def _eight_bits(sky: np.ndarray) -> np.ndarray:
    return np.round(np.clip(sky / sky.mean() * 0.4, 0.0, 1.0) * 255.0) / 255.0


ALL, BOTTOM = slice(None), slice(128, None)
# Name: sky, fault, rows that must speak, whether a repair is promised.
FAULTS: dict[str, tuple[str, Callable[[np.ndarray], np.ndarray], set[str], bool]] = {
    "nan": ("noon", _put(np.nan, (slice(9, 10), slice(9, 10))), {"NaN or infinite values"}, True),
    "inf": ("dusk", _put(np.inf, (slice(60, 64), slice(9, 20))), {"NaN or infinite values"}, True),
    "minus inf": ("haze", _put(-np.inf, (slice(0, 1), ALL)), {"NaN or infinite values"}, True),
    "one negative": ("noon", _put(-1e-3, (slice(5, 6), slice(7, 8))), {"negative values"}, True),
    "speckles": ("dusk", _speckled, {"negative values"}, True),
    "narrow": ("noon", lambda s: s[:, :474], {"panorama shape"}, False),
    "no nadir": ("haze", lambda s: s[:230], {"panorama shape"}, False),
    "drift": ("noon", _drift, {"seam / column step"}, True),
    "strip lost": ("haze", _strip_lost, {"seam / column step"}, True),
    "sheared": ("dusk", _sheared, {"seam / column step"}, True),
    "pinched top": ("noon", _pinched(slice(0, 4)), {"poles, spread / patch"}, True),
    "pinched bottom": ("dusk", _pinched(slice(-3, None)), {"poles, spread / patch"}, True),
    "petals": ("haze", _petals, {"poles, spread / patch"}, True),
    "clipped at 8": ("noon", _clip(8.0), {CLIP}, True),
    "clipped at 32": ("noon", _clip(32.0), {CLIP}, True),
    "clipped at 300": ("haze", _clip(300.0), {CLIP}, True),
    "clipped at 32,000": ("noon", lambda s: np.minimum(s * 4.0, 32_000.0), {CLIP}, True),
    "weak sun": ("noon", _weak_sun, {"sun's share of the light"}, True),
    "half clamped": ("noon", lambda s: np.minimum(s * 2.0, 65_504.0), {"largest value"}, True),
    "blurred": ("noon", _blurred, {"sun's radius, degrees"}, True),
    "tilt 1": ("noon", _turned(1.4, (1.0, 0.0, 0.0)), {"horizon's tilt, degrees"}, True),
    "tilt 3": ("dusk", _turned(3.0, (0.6, 0.0, -0.8)), {"horizon's tilt, degrees"}, True),
    "blue red green": ("noon", lambda s: s[..., ::-1], {"sun's colour"}, True),
    "upside down": ("haze", lambda s: s[::-1], {"light from below / above", SUN}, True),
    "green": ("noon", lambda s: s * np.array([1.0, 1.7, 1.0]), {"colour cast, Duv"}, True),
    "purple": ("dusk", lambda s: s * np.array([1.3, 0.8, 1.3]), {"colour cast, Duv"}, True),
    "eight bits": ("haze", _eight_bits, {CLIP}, False),
    "tripod": ("noon", _put(0.0, (slice(236, None), ALL)), {"black pixels, share"}, True),
    "no ground": ("dusk", _put(0.0, (BOTTOM, ALL)), {"black pixels, share"}, True),
    "black": ("dusk", lambda s: s * 0.0, {"brightest pixel"}, False),
}


def _found(subject: Subject) -> set[str]:
    return {row.name for row in subject.rows if row.status in {"warn", "fail"}}


def _wrong(path: Path) -> set[str]:
    return _found(open_subject(path))


@pytest.mark.parametrize("name", SKIES)
def test_nothing_is_found_in_sound_skies(
    skies: dict[str, np.ndarray], name: str, tmp_path: Path
) -> None:
    for ending in ("exr", "hdr"):
        assert _wrong(write_image(tmp_path / f"sky.{ending}", skies[name])) == set()


def test_there_are_thirty_faults() -> None:
    assert len(FAULTS) == 30


@pytest.mark.parametrize("name", FAULTS)
def test_each_planted_fault_is_found_and_mended_where_promised(
    skies: dict[str, np.ndarray], name: str, tmp_path: Path
) -> None:
    sky, fault, rows, mended = FAULTS[name]
    damaged = np.ascontiguousarray(fault(skies[sky].copy()), np.float32)
    subject = open_subject(write_image(tmp_path / "damaged.exr", damaged))
    assert rows <= _found(subject)
    if mended:
        result = repair(subject)
        assert result.done
        assert _found(Subject(result.pixels, subject.header)) == set()


def test_repairs_bring_the_light_back(skies: dict[str, np.ndarray], tmp_path: Path) -> None:
    for name in ("nan", "pinched top", "tilt 1", "blue red green", "upside down"):
        which, fault, _, _ = FAULTS[name]
        sky = skies[which]
        truth, sun = luminance(illuminance(sky, UP)), source(sky)
        damaged = np.ascontiguousarray(fault(sky.copy()), np.float32)
        out, _ = repair_file(write_image(tmp_path / "damaged.exr", damaged))
        mended = read_image(out)
        assert luminance(illuminance(mended, UP)) == pytest.approx(float(truth), rel=0.02)
        away = np.arccos(np.clip(source(mended).direction @ sun.direction, -1.0, 1.0))
        assert np.degrees(away) < 0.2


@pytest.mark.parametrize("top", [32.0, 8_000.0])
def test_a_clipped_sun_comes_back_with_its_strength_and_place(
    skies: dict[str, np.ndarray], top: float, tmp_path: Path
) -> None:
    sky = skies["noon"]
    out, _ = repair_file(write_image(tmp_path / "damaged.exr", np.minimum(sky, np.float32(top))))
    found, wanted = source(read_image(out)), source(sky)
    light = float(luminance(wanted.illuminance))
    assert luminance(found.illuminance) == pytest.approx(light, rel=0.15)
    assert np.degrees(np.arccos(min(float(found.direction @ wanted.direction), 1.0))) < 0.5


def test_the_tilt_is_measured(skies: dict[str, np.ndarray]) -> None:
    for degrees in (0.5, 2.0, 7.0):
        found = level(_turned(degrees, (0.0, 0.0, 1.0))(skies["noon"]))
        assert np.degrees(found.tilt) == pytest.approx(degrees, abs=0.15)
        assert found.axis[2] == pytest.approx(np.sin(np.radians(degrees)), abs=3e-3)


def test_white_has_no_cast_and_green_has_one() -> None:
    # D65 lies 0.003 over the black bodies (CIE 15).
    assert colour_cast(np.ones(3)) == pytest.approx(0.0032, abs=3e-4)
    assert (
        colour_cast(np.array([1.0, 1.7, 1.0]))
        > 0.02
        > -0.02
        > colour_cast(np.array([1.3, 0.8, 1.3]))
    )


def test_half_floats_and_lossy_files_are_told(skies: dict[str, np.ndarray], tmp_path: Path) -> None:
    sky = skies["noon"] * np.float32(4.0)
    for kind, form, name in (
        ("zip", oiio.HALF, "largest value"),
        ("dwaa", oiio.FLOAT, "compression"),
    ):
        spec = oiio.ImageSpec(512, 256, 3, form)
        spec.attribute("compression", kind)
        path = tmp_path / f"{kind}.exr"
        output = oiio.ImageOutput.create(str(path))
        assert output.open(str(path), spec)
        assert output.write_image(np.ascontiguousarray(sky))
        assert output.close()
        assert name in _wrong(path)


def test_the_command_audits_and_repairs_and_leaves_the_input(
    skies: dict[str, np.ndarray], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = skies["noon"].copy()
    damaged[50, 50] = np.nan
    path = write_image(tmp_path / "mine.exr", damaged)
    before = path.read_bytes()
    assert main(["check", str(path)]) == 1
    assert "FAIL  NaN or infinite values" in capsys.readouterr().out
    assert main(["check", str(path), "--repair"]) == 0
    assert "Filled 1 pixels" in capsys.readouterr().out
    assert main(["check", str(path), "--repair", str(tmp_path / "new.hdr"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert not told["before"]["ok"]
    assert told["after"]["ok"]
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "mine.exr",
        "mine.repaired.exr",
        "new.hdr",
    ]
    assert path.read_bytes() == before
    assert main(["check", str(path), "--repair", str(path)]) == 1
    assert "never overwritten" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_what_cannot_be_read_or_mended_is_said_in_a_sentence(
    skies: dict[str, np.ndarray], tmp_path: Path
) -> None:
    whole = write_image(tmp_path / "sky.exr", skies["dusk"])
    half = tmp_path / "half.exr"
    half.write_bytes(whole.read_bytes()[:5000])
    with pytest.raises(Gen3dError, match=r"half\.exr is not a readable panorama"):
        check_environment(half)
    cut = write_image(tmp_path / "cut.exr", skies["dusk"][:, :300])
    with pytest.raises(Gen3dError, match="300 x 256 is not 2:1"):
        repair_file(cut)
    with pytest.raises(Gen3dError, match="neither"):
        repair_file(whole, tmp_path / "out.png")


def test_our_own_files_tell_their_unit(tmp_path: Path) -> None:
    spec = SkySpec(width_px=256)
    write_environment(generate(spec, 0), spec, tmp_path)
    row = next(row for row in check_environment(tmp_path) if row.name == LIGHT)
    assert "lux" in str(row.value)
