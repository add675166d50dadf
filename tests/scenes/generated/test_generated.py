# SPDX-License-Identifier: Apache-2.0
"""Panoramas by diffusion: the ring, the poles, pictures to begin with, the verb; on tiny models."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from gen3d import panorama
from gen3d.cli.main import main
from gen3d.errors import Gen3dError
from gen3d.guidance.diffusion import load_diffusion
from gen3d.guidance.pipeline import save_compact
from scenes.check import check_environment
from scenes.files import read_environment
from scenes.generated.make import Init, make_panorama
from scenes.generated.photo import joined, natural_width, placed
from scenes.generated.poles import band_limited
from scenes.generated.sampler import Manner, grain_of, sample, size_of
from scenes.measure import pole_ratio

diffusers: Any = importlib.import_module("diffusers")
transformers: Any = importlib.import_module("transformers")

TEXT = "a lake at dawn"
FEW = Manner(steps=2, guidance=2.0)
PLAIN = Manner(steps=2, guidance=2.0, wrap=False, roll=False, poles=False)


def _unet(size: object, channels: int, words: int) -> Any:  # noqa: ANN401 diffusers is untyped
    return diffusers.UNet2DConditionModel(
        sample_size=size,
        in_channels=channels,
        out_channels=channels,
        block_out_channels=(16, 32),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=words,
        attention_head_dim=8,
        norm_num_groups=8,
    )


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of panoramas in the project's form: latents, clean ones predicted, MiniLM."""
    folder = tmp_path_factory.mktemp("models") / "ours"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        vae = diffusers.AutoencoderTiny(
            encoder_block_out_channels=(8, 8),
            decoder_block_out_channels=(8, 8),
            num_encoder_blocks=(1, 1),
            num_decoder_blocks=(1, 1),
            latent_channels=4,
        )
        scheduler = diffusers.DDIMScheduler(prediction_type="sample", clip_sample=False)
        save_compact(_unet((8, 16), 4, 384), vae, scheduler, folder)
    return folder


@pytest.fixture(scope="module")
def pixels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of the pixels of plain pictures that predicts velocities."""
    folder = tmp_path_factory.mktemp("models") / "pixels"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        scheduler = diffusers.DDPMScheduler(
            beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction", clip_sample=False
        )
        save_compact(_unet(16, 3, 384), None, scheduler, folder)
    return folder


@pytest.fixture(scope="module")
def stable(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole Stable Diffusion folder: CLIP's text encoder, AutoencoderKL, noise predicted."""
    folder = tmp_path_factory.mktemp("models") / "stable"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(6)
        vae = diffusers.AutoencoderKL(
            block_out_channels=(8, 16),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            norm_num_groups=4,
        )
        config = transformers.CLIPTextConfig(
            vocab_size=49408,
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
        )
        pipeline = diffusers.StableDiffusionPipeline(
            vae=vae,
            text_encoder=transformers.CLIPTextModel(config),
            tokenizer=_tokenizer(folder.parent),
            unet=_unet(8, 4, 16),
            scheduler=diffusers.PNDMScheduler(
                beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", steps_offset=1
            ),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        pipeline.save_pretrained(str(folder), safe_serialization=True)
    return folder


def _tokenizer(folder: Path) -> Any:  # noqa: ANN401 transformers is untyped
    """CLIP's kind, which spells every word."""
    letters = [chr(c) for c in range(33, 127)]
    tokens = [*letters, *(f"{c}</w>" for c in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary, merges = folder / "vocab.json", folder / "merges.txt"
    vocabulary.write_text(json.dumps({t: i for i, t in enumerate(tokens)}), "utf-8")
    merges.write_text("#version: 0.2\n", "utf-8")
    return transformers.CLIPTokenizer(str(vocabulary), str(merges), model_max_length=16)


@pytest.mark.parametrize("name", ["ours", "pixels", "stable"])
def test_every_folder_of_the_family_draws_a_whole_sphere_and_the_same_again(
    name: str, request: pytest.FixtureRequest
) -> None:
    model = load_diffusion(request.getfixturevalue(name))
    first, again = (sample(model, TEXT, 3, FEW) for _ in range(2))
    rows, columns = size_of(model)
    assert first.shape == (3, rows * model.space.factor, columns * model.space.factor)
    assert columns == 2 * rows
    assert torch.equal(first, again)
    assert not torch.equal(first, sample(model, TEXT, 4, FEW))
    assert 0.0 <= float(first.min()) < float(first.max()) <= 1.0
    assert float(first.std()) > 0.01


@pytest.mark.parametrize("name", ["ours", "pixels", "stable"])
def test_turned_noise_gives_the_turned_picture_and_plainly_it_does_not(
    name: str, request: pytest.FixtureRequest
) -> None:
    model = load_diffusion(request.getfixturevalue(name))
    rows, columns = size_of(model)
    turn = 3 * grain_of(model)
    shape = (1, model.unet.config.in_channels, rows, columns)
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(0))

    def away(manner: Manner) -> float:
        straight = sample(model, TEXT, 1, manner, noise=noise)
        turned = sample(model, TEXT, 1, manner, noise=noise.roll(turn, dims=-1))
        back = turned.roll(-turn * model.space.factor, dims=-1)
        return float((back - straight).abs().max())

    assert away(FEW) < 1e-3
    assert away(PLAIN) > 0.02


def test_afterwards_the_networks_are_as_before(ours: Path) -> None:
    model = load_diffusion(ours)
    before = sample(model, TEXT, 1, PLAIN)
    sample(model, TEXT, 1, FEW)
    assert torch.equal(sample(model, TEXT, 1, PLAIN), before)


def test_near_the_poles_rows_hold_no_more_than_the_sphere() -> None:
    noise = torch.rand(3, 64, 128, generator=torch.Generator().manual_seed(0))
    limited = band_limited(noise)
    assert torch.allclose(limited[:, 20:44], noise[:, 20:44], atol=1e-6)
    assert torch.allclose(limited.mean(dim=-1), noise.mean(dim=-1), atol=1e-6)
    assert torch.allclose(band_limited(noise.roll(5, -1)), limited.roll(5, -1), atol=1e-5)
    plain, evened = (pole_ratio(x.permute(1, 2, 0).numpy() + 0.5) for x in (noise, limited))
    assert evened < 0.6 * plain


def test_what_is_drawn_has_no_pinch_at_the_poles_which_plain_sampling_leaves(
    pixels: Path,
) -> None:
    model = load_diffusion(pixels)
    pole = {
        manner: pole_ratio(sample(model, TEXT, 1, manner).permute(1, 2, 0).numpy() + 0.1)
        for manner in (PLAIN, FEW)
    }
    assert pole[FEW] < 0.7 * pole[PLAIN]


def test_a_panorama_stays_at_strength_nought_and_gives_way_as_it_grows(pixels: Path) -> None:
    model = load_diffusion(pixels)
    shown = _sky()
    same = make_panorama(model, TEXT, 1, FEW, Init(shown, 0.0))
    assert np.array_equal(same, shown)
    smaller = _wide(shown)
    near, far = (
        np.abs(make_panorama(model, TEXT, 1, FEW, Init(shown, s)) * 1.0 - smaller).mean()
        for s in (0.02, 1.0)
    )
    assert near < 0.8 * far


def test_a_photograph_lies_where_its_camera_looked() -> None:
    photo = np.zeros((60, 80, 3), np.uint8)
    photo[:, :40, 0] = 255
    photo[:30, :, 1] = 255
    found = placed(photo, 60.0, 128)
    directions = panorama.pixel_directions(128)
    left = np.argmax(directions @ np.array([np.sin(0.3), -0.1, np.cos(0.3)]))
    above = np.argmax(directions @ np.array([-np.sin(0.3), 0.15, np.cos(0.3)]))
    flat = found.picture.reshape(-1, 3)
    # The character's left is +X and the left of what it sees.
    assert flat[left].round().tolist() == [1.0, 0.0, 0.0]
    assert flat[above].round().tolist() == [0.0, 1.0, 0.0]
    seen = directions[found.known]
    assert np.degrees(np.arctan2(np.abs(seen[:, 0]), seen[:, 2])).max() == pytest.approx(
        30, abs=1.5
    )
    assert natural_width(photo, 60.0) == pytest.approx(np.pi * 80 / np.tan(np.radians(30)), abs=2)


def test_pixels_of_a_photograph_stay_and_the_border_is_led_up_to(ours: Path) -> None:
    model = load_diffusion(ours)
    photo = np.ascontiguousarray(_sky()[40:90, 60:140])
    made = make_panorama(model, TEXT, 1, FEW, Init(photo, fov_deg=70.0), 1024)
    own = placed(photo, 70.0, len(made) // 2 * 2)
    assert np.array_equal(
        made[own.known], np.round(255.0 * own.picture[own.known]).astype(np.uint8)
    )
    other = make_panorama(model, TEXT, 2, FEW, Init(photo, fov_deg=70.0), 1024)
    assert np.array_equal(made[own.known], other[own.known])
    assert not np.array_equal(made, other)
    # Without the lead the step at the border is what the model happened to draw.
    grey = np.full(own.picture.shape, 0.9, np.float32)
    led = joined(grey, own)
    row = len(led) // 2
    edge = int(np.flatnonzero(own.known[row])[0])
    step = np.abs(led[row, edge] - led[row, edge - 1]).max()
    assert step < 0.3 * np.abs(own.picture[row, edge] - 0.9).max()
    assert np.allclose(led[row, 0], 0.9, atol=0.02)


def _sky() -> np.ndarray:
    up = panorama.pixel_directions(128)
    code = 128.0 + 100.0 * up[..., 1:2] * np.array([0.5, 0.7, 1.0]) + 20.0 * up[..., :1]
    return np.clip(code, 0, 255).astype(np.uint8)


def _wide(picture: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(picture).resize((1024, 512))) * 1.0


def _run(*arguments: str) -> int:
    return main(["scene", *arguments, "--quiet"])


def test_the_verb_draws_lights_delivers_and_says_by_which_model(
    stable: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    small = ("--diffusion", str(stable), "--steps", "2", "--width", "512")
    assert _run(TEXT, *small, "--out", str(folder), "--deliver", "all") == 0
    names = {"panorama.png", "sky.exr", "sky.hdr", "sky.jpg", "lighting.json", "sky_16bit.exr"}
    assert names <= {path.name for path in folder.iterdir()}
    assert Image.open(folder / "panorama.png").size == (1024, 512)
    environment = read_environment(folder)
    assert environment.radiance.shape == (256, 512, 3)
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["models"][0]["id"] == "stable"
    assert manifest["commercial_use"]["allowed"] is False
    rows = {row.name: row.status for row in check_environment(folder / "sky.exr")}
    assert {rows[n] for n in rows if n.startswith(("seam", "poles"))} == {"pass"}
    # Cancelled and resumed, or made again elsewhere, it is the same bytes.
    drawn, sky = ((folder / n).read_bytes() for n in ("panorama.png", "sky.exr"))
    (folder / "sky.exr").unlink()
    assert main(["resume", str(folder), "--quiet"]) == 0
    assert (folder / "sky.exr").read_bytes() == sky
    assert _run(TEXT, *small, "--out", str(tmp_path / "again")) == 0
    assert (tmp_path / "again" / "panorama.png").read_bytes() == drawn


def test_the_verb_goes_on_from_pictures(ours: Path, tmp_path: Path) -> None:
    shown, photo = tmp_path / "shown.png", tmp_path / "photo.png"
    Image.fromarray(_sky()).save(shown)
    Image.fromarray(_sky()[40:90, 60:140]).save(photo)
    small = ("--diffusion", str(ours), "--steps", "2", "--width", "256")
    kept, around = tmp_path / "kept", tmp_path / "around"
    assert _run(TEXT, *small, "--init", str(shown), "--strength", "0", "--out", str(kept)) == 0
    assert np.array_equal(np.asarray(Image.open(kept / "panorama.png")), _sky())
    assert _run(TEXT, *small, "--init", str(photo), "--fov", "60", "--out", str(around)) == 0
    manifest = json.loads((around / "manifest.json").read_text("utf-8"))
    assert manifest["init"]["file"] == "photo.png"
    assert "user's own" in " ".join(manifest["notes"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--init", "PICTURE"), "--init is of panoramas that a model draws"),
        (("--diffusion", "MODEL", "--strength", "0.5"), "--strength is of the picture of --init"),
        (("--diffusion", "MODEL", "--fov", "60"), "--fov is of the picture of --init"),
        (
            ("--diffusion", "MODEL", "--init", "PICTURE", "--fov", "60", "--strength", "0.5"),
            "--strength is of a panorama",
        ),
        (("--diffusion", "MODEL", "--from", "PICTURE"), "draws nothing"),
        (("--diffusion", "MODEL", "--turbidity", "3"), "--turbidity shapes a sky"),
        (("--diffusion", "MODEL", "--kind", "room"), "--kind shapes a sky"),
        (("--diffusion", "MODEL", "--init", "PICTURE", "--fov", "170"), "fov_deg is '170.0'"),
        (("--diffusion", "MODEL", "--init", "PICTURE", "--strength", "2"), "strength is '2.0'"),
        (("--diffusion", "MODEL", "--init", "NOTHING"), "does not exist"),
        (("--diffusion", "MODEL", "--init", "SQUARE"), "twice as wide as high"),
        (("--diffusion", "no/such-model"), "no folder and not on this machine"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    options: tuple[str, ...],
    said: str,
    ours: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    Image.fromarray(_sky()).save(tmp_path / "picture.png")
    Image.fromarray(_sky()[:, :128]).save(tmp_path / "square.png")
    places = {
        "MODEL": str(ours),
        "PICTURE": str(tmp_path / "picture.png"),
        "SQUARE": str(tmp_path / "square.png"),
        "NOTHING": str(tmp_path / "nothing.png"),
    }
    given = [places.get(word, word) for word in options]
    assert _run(TEXT, *given, "--out", str(tmp_path / "run")) != 0
    assert said in capsys.readouterr().err


def test_a_photograph_smaller_than_a_pixel_is_refused() -> None:
    with pytest.raises(Gen3dError, match="smaller than a pixel"):
        placed(np.zeros((1, 400, 3), np.uint8), 10.0, 8)
