# SPDX-License-Identifier: Apache-2.0
"""Inverse tone mapping: cameras and their inverses, seams, scale, sun, measures, training, verb."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from gen3d import panorama
from gen3d.cli.main import main
from gen3d.errors import Gen3dError
from scenes.expansion import expand as expansion
from scenes.expansion.camera import CURVES, Camera, photograph
from scenes.expansion.classic import OPERATORS, linear
from scenes.expansion.corpus import Panoramas, draw_shard, load_panoramas, random_space
from scenes.expansion.expand import Expanded, expand, read_picture, resized
from scenes.expansion.exposure import ev100_of, white_of
from scenes.expansion.metrics import compare, pu21
from scenes.expansion.network import KEPT, Expander
from scenes.expansion.training import draw_batch, loss_of, subjects_of, train_expander
from scenes.files import read_environment, read_image
from scenes.lighting import illuminance
from scenes.measure import seam_ratio, source
from scenes.spectrum import luminance
from scenes.sun import paint_disc
from scenes.tonemap import decode_srgb

UP = np.array([0.0, 1.0, 0.0])


@pytest.fixture(scope="module")
def untrained() -> Expander:
    """A network as it begins: the plain decoding."""
    torch.manual_seed(0)
    return Expander().eval()


@pytest.fixture(scope="module")
def sky() -> np.ndarray:
    """A smooth sky in cd/m^2 without a sun, 256 pixels wide."""
    up = panorama.pixel_directions(128)[..., 1]
    blue = np.array([0.6, 0.8, 1.3])
    return (np.exp(0.7 * up)[..., None] * 2000.0 * blue).astype(np.float32)


def _with_sun(sky: np.ndarray, direction: np.ndarray, lux: float) -> np.ndarray:
    made = sky.copy()
    paint_disc(made, direction, np.full(3, lux))
    return made


def test_a_plain_camera_is_undone_by_decoding(sky: np.ndarray) -> None:
    picture = photograph(sky, Camera(1.0 / 12_000.0))
    back = decode_srgb(picture / 255.0) * 12_000.0
    # Half a step of eight bits.
    assert (
        np.abs(
            photograph(back.astype(np.float32), Camera(1.0 / 12_000.0)) - picture.astype(int)
        ).max()
        <= 1
    )
    assert np.median(np.abs(back / sky - 1.0)) < 0.005


@pytest.mark.parametrize("curve", CURVES)
def test_every_curve_rises_and_stays_in_eight_bits(curve: str) -> None:
    ramp = np.repeat(np.geomspace(1e-4, 50.0, 256)[None, :, None], 3, axis=-1).astype(np.float32)
    picture = photograph(np.repeat(ramp, 4, axis=0), Camera(1.0, curve)).astype(int)  # pyright: ignore[reportArgumentType]
    assert (np.diff(picture[0, :, 0]) >= 0).all()
    assert picture.min() < 10
    assert picture.max() > 240


def test_untrained_it_is_the_plain_decoding(untrained: Expander, sky: np.ndarray) -> None:
    picture = photograph(sky, Camera(1.0 / 12_000.0))
    found = expand(picture, unit_cd_m2=1.0, model=_blind(untrained))
    assert np.allclose(found.environment.radiance, linear(picture), atol=2e-4)


def test_what_eight_bits_hold_is_kept_and_what_was_clipped_is_not(sky: np.ndarray) -> None:
    picture = photograph(sky, Camera(2.0 / float(sky.max())))
    found = expand(picture, model=expansion.load_expander())
    made = found.environment.radiance / np.float32(found.unit_cd_m2)
    brightest = picture.max(axis=-1)
    dim, clipped = brightest < 255.0 * KEPT, brightest == 255.0
    assert 0.05 < dim.mean() < 0.95
    assert np.allclose(made[dim], linear(picture)[dim], atol=1e-3)
    assert float(luminance(made[clipped]).mean()) > 1.02 * float(
        luminance(linear(picture)[clipped]).mean()
    )


def test_bands_and_edges_leave_no_trace(sky: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network with random weights gives the same in bands of any height, and no seam."""
    torch.manual_seed(3)
    model = Expander().eval()
    for parameter in model.develop.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    picture = photograph(sky, Camera(1.0 / 6000.0))
    whole = expand(picture, 512, 1.0, _blind(model)).environment.radiance
    monkeypatch.setattr(expansion, "_BAND", 7)
    pieces = expand(picture, 512, 1.0, _blind(model)).environment.radiance
    assert np.allclose(whole, pieces, rtol=1e-4)
    assert seam_ratio(whole) < 1.25
    turned = expand(np.roll(picture, 128, axis=1), 512, 1.0, _blind(model)).environment.radiance
    assert np.median(np.abs(np.roll(turned, -256, axis=1) / whole - 1.0)) < 1e-3


def test_larger_pictures_keep_their_light(untrained: Expander, sky: np.ndarray) -> None:
    picture = photograph(sky, Camera(1.0 / 12_000.0))
    small, large = (
        expand(picture, width, 1.0, _blind(untrained)).environment.radiance for width in (256, 1024)
    )
    assert large.shape == (512, 1024, 3)
    assert np.allclose(illuminance(large, UP), illuminance(small, UP), rtol=0.01)
    assert resized(picture, 256).shape == (128, 256, 3)


def test_a_sun_is_put_where_the_clipped_spot_is(untrained: Expander, sky: np.ndarray) -> None:
    direction = panorama.sun_direction(40.0, 200.0)
    bright = sky + 3e4 * (panorama.pixel_directions(128) @ direction > np.cos(0.06))[..., None]
    picture = photograph(_with_sun(bright.astype(np.float32), direction, 1e5), Camera(1 / 12_000.0))
    found = expand(picture, unit_cd_m2=12_000.0, model=_sure(untrained)).environment
    sun = source(found.radiance)
    assert sun.is_sun
    assert np.degrees(np.arccos(np.clip(sun.direction @ direction, -1.0, 1.0))) < 1.5
    share = luminance(found.sun_illuminance) / luminance(
        illuminance(found.radiance_without_sun, UP)
    )
    assert 2.0 < share < 12.0
    # And none where nothing is clipped.
    dim = expand(photograph(sky, Camera(1 / 20_000.0)), model=_sure(untrained)).environment
    assert not dim.sun_illuminance.any()


def test_a_sun_on_the_edge_is_one_spot(untrained: Expander, sky: np.ndarray) -> None:
    direction = panorama.direction_of(np.array(0.0), np.array(0.3))
    bright = sky + 3e4 * (panorama.pixel_directions(128) @ direction > np.cos(0.08))[..., None]
    picture = photograph(bright.astype(np.float32), Camera(1 / 12_000.0))
    found = expand(picture, model=_sure(untrained)).environment
    assert np.degrees(np.arccos(np.clip(found.sun_direction @ direction, -1.0, 1.0))) < 1.0


def test_measures_are_nought_for_the_truth_and_grow_with_the_fault(sky: np.ndarray) -> None:
    direction = panorama.sun_direction(40.0, 200.0)
    true = _with_sun(sky, direction, 1e5) / np.float32(12_000.0)
    clipped = luminance(true) >= 1.0
    same = compare(true, true, clipped, direction)
    assert same.log_rmse == same.irradiance == same.sun == 0.0
    cut = compare(np.minimum(true, 1.0), true, clipped, direction)
    assert cut.irradiance > 0.5
    assert cut.sun is not None
    assert cut.sun > 3.0
    # Twice the light everywhere is only a matter of scale.
    assert compare(2.0 * true, true, clipped, None).irradiance == pytest.approx(0.0, abs=1e-6)


def test_the_perceptual_scale_has_its_published_ends() -> None:
    assert pu21(np.array([100.0])) == pytest.approx(256.0, abs=2.0)
    assert pu21(np.array([0.005])) == pytest.approx(0.0, abs=1.0)
    assert (np.diff(pu21(np.geomspace(0.005, 1e4, 100))) > 0.0).all()


def test_classic_operators_keep_order_and_hue(sky: np.ndarray) -> None:
    picture = photograph(sky, Camera(1 / 6000.0))
    for operator in OPERATORS.values():
        made = operator(picture)
        order = np.argsort(luminance(linear(picture)).ravel(), kind="stable")
        assert (np.diff(luminance(made).ravel()[order]) >= -1e-3).all()
    assert float(luminance(OPERATORS["Akyüz 2007"](picture)).max()) == pytest.approx(30.0, rel=0.01)


def test_a_few_steps_learn() -> None:
    rng = np.random.default_rng(0)
    spaces = [random_space(128, rng) for _ in range(6)]
    light = np.log(np.stack([space.radiance for space in spaces]))
    none = np.zeros((6, 3), np.float32)
    few = subjects_of(Panoramas(light, none, none))
    batch = draw_batch(few, np.random.default_rng(1), 2)
    assert batch.code.shape == batch.light.shape == (2, 3, 128, 256)
    again = draw_batch(few, np.random.default_rng(1), 2)
    assert torch.equal(batch.code, again.code)
    torch.manual_seed(0)
    model = Expander()
    loss, steps = loss_of(model, few), 8
    optimiser = torch.optim.Adam(model.parameters(), 2e-3)
    seen: list[float] = []
    for _ in range(steps):
        figures = loss(0, torch.Generator().manual_seed(5))
        optimiser.zero_grad()
        figures["loss"].backward()
        optimiser.step()
        seen.append(float(figures["loss"].detach()))
    assert seen[-1] < 0.9 * seen[0]


def test_a_set_is_drawn_the_same_again_and_trained_on(tmp_path: Path) -> None:
    for name in ("a", "b"):
        draw_shard(tmp_path / name, 0, 7, 2)
    a, b = ((tmp_path / name / "shard-0000.safetensors").read_bytes() for name in "ab")
    assert a == b
    assert load_panoramas(tmp_path / "a").light.shape == (2, 128, 256, 3)
    made = train_expander(tmp_path / "a", tmp_path / "hdr", steps=1)
    expansion.load_expander.cache_clear()
    assert isinstance(expansion.load_expander(made), Expander)
    (made / "model.safetensors").write_bytes(b"nothing")
    expansion.load_expander.cache_clear()
    with pytest.raises(Gen3dError, match="not a network of this kind"):
        expansion.load_expander(made)
    expansion.load_expander.cache_clear()


def test_exposure_is_read_from_the_file(tmp_path: Path) -> None:
    image = Image.new("RGB", (512, 256), (90, 90, 90))
    image.save(tmp_path / "bare.jpg")
    assert ev100_of(tmp_path / "bare.jpg") is None
    exif = Image.Exif()
    block = exif.get_ifd(0x8769)
    block[0x829A], block[0x829D], block[0x8827] = 1 / 125, 8.0, 200
    image.save(tmp_path / "told.jpg", exif=exif)
    # 64 x 125 / 2 = 4000: nearly 12 stops.
    assert ev100_of(tmp_path / "told.jpg") == pytest.approx(np.log2(4000.0), abs=0.01)
    assert white_of(15.0) == pytest.approx(1.2 * 32768)


@pytest.mark.parametrize(
    ("size", "said"), [((300, 100), "twice as wide"), ((128, 64), "twice as wide")]
)
def test_what_is_no_panorama_is_refused(tmp_path: Path, size: tuple[int, int], said: str) -> None:
    Image.new("RGB", size).save(tmp_path / "x.png")
    with pytest.raises(Gen3dError, match=said):
        read_picture(tmp_path / "x.png")
    (tmp_path / "y.jpg").write_bytes(b"no picture")
    with pytest.raises(Gen3dError, match="not a readable picture"):
        read_picture(tmp_path / "y.jpg")


def test_the_verb_makes_an_environment_that_passes_the_doctor(
    tmp_path: Path, sky: np.ndarray, capsys: pytest.CaptureFixture[str]
) -> None:
    direction = panorama.sun_direction(35.0, 140.0)
    true = _with_sun(sky, direction, 9e4)
    Image.fromarray(photograph(true, Camera(1 / 9000.0))).save(tmp_path / "noon.png")
    run = tmp_path / "run"
    ask = ["scene", "--from", str(tmp_path / "noon.png"), "--ev100", "12.9", "--out", str(run)]
    assert main([*ask, "--width", "512", "--quiet"]) == 0
    env = read_environment(run)
    assert env.radiance.shape == (256, 512, 3)
    assert np.isfinite(read_image(run / "sky.exr")).all()
    up = float(luminance(illuminance(true, UP) - illuminance(sky, UP)))
    assert up > 0.0
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    assert len(set(manifest["notes"])) == len(manifest["notes"])
    facts = manifest["facts"]["sky"]
    assert facts["white_cd_m2"] == pytest.approx(white_of(12.9), rel=1e-3)
    assert (run / "before_after.png").is_file()
    assert "turbidity" not in (run / "lighting.json").read_text("utf-8")
    assert main(["scene", "--from", str(tmp_path / "gone.png"), "--out", str(tmp_path / "b")]) == 1
    assert "does not exist" in capsys.readouterr().err
    assert main([*ask, "--sun-elevation", "3"]) == 1
    assert "--sun-elevation shapes a sky that is made from words" in capsys.readouterr().err


def _blind(model: Expander) -> Expander:
    """The same network, which sees no sun."""
    return _told(model, -9.0)


def _sure(model: Expander) -> Expander:
    return _told(model, 9.0)


def _told(model: Expander, logit: float) -> Expander:
    other = Expander().eval()
    other.load_state_dict(model.state_dict())
    look = other.look

    def told(code: torch.Tensor) -> object:
        return replace(look(code), sun=torch.full((len(code),), logit))

    other.look = told  # pyright: ignore[reportAttributeAccessIssue]
    return other


def test_what_is_said_of_a_result_is_typed(untrained: Expander, sky: np.ndarray) -> None:
    found = expand(photograph(sky, Camera(1 / 3000.0)), model=untrained)
    assert isinstance(found, Expanded)
    assert 0.0 < found.clipped_share < 1.0
    assert found.unit_cd_m2 > 0.0
