# SPDX-License-Identifier: Apache-2.0
"""Folders of diffusers, tiny and random, through exactly the code that published ones take."""

from __future__ import annotations

import importlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.guidance.diffusion import UNetDenoiser, load_diffusion, resize
from gen3d.guidance.distillation import distillation_term, preview
from gen3d.guidance.minilm import token_states, tokenise
from gen3d.guidance.pipeline import Savable, save_compact, save_pipeline
from gen3d.guidance.recipe import Distillation
from gen3d.guidance.term import Sight
from gen3d.guidance.words import Reader
from gen3d.render.views import Views, orbit
from gen3d.schedule import Schedule
from gen3d.text import model_directory

diffusers: Any = importlib.import_module("diffusers")
transformers: Any = importlib.import_module("transformers")

TEXTS = ["a blue vase", "", "a red chair, back view", "very " * 60 + "long"]
WORDS = ["a", "blue", "vase", "red", "chair", "back", "view", "very", "long", ","]


def tiny_unet(channels: int, width: int, out: int | None = None) -> torch.nn.Module:
    return diffusers.UNet2DConditionModel(
        sample_size=8,
        in_channels=channels,
        out_channels=out or channels,
        block_out_channels=(16, 32),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        cross_attention_dim=width,
        attention_head_dim=8,
        norm_num_groups=8,
    )


def tiny_vae(kind: str) -> torch.nn.Module:
    if kind == "AutoencoderKL":
        return diffusers.AutoencoderKL(
            block_out_channels=(8, 16),
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
            latent_channels=4,
            norm_num_groups=4,
        )
    return diffusers.AutoencoderTiny(
        encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        num_encoder_blocks=(1, 1),
        num_decoder_blocks=(1, 1),
        latent_channels=4,
        scaling_factor=0.7,
    )


def scheduler(prediction: str) -> Savable:
    return diffusers.DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
        prediction_type=prediction,
    )


def tiny_clip(folder: Path) -> tuple[Any, Any]:
    """A CLIP text encoder of width 16 and a byte-pair tokenizer that knows ten words."""
    folder.mkdir(parents=True)
    letters = sorted({letter for word in WORDS for letter in word})
    pieces = [*letters, *(f"{letter}</w>" for letter in letters)]
    names = ["<|startoftext|>", "<|endoftext|>", *pieces]
    vocabulary = {name: index for index, name in enumerate(names)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", "utf-8")
    tokenizer = transformers.CLIPTokenizer(
        str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=12
    )
    config = transformers.CLIPTextConfig(
        vocab_size=len(names),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=12,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return transformers.CLIPTextModel(config), tokenizer


def write_stable(folder: Path, kind: str, prediction: str) -> object:
    """A complete Stable Diffusion folder; returns the pipeline that wrote it."""
    torch.manual_seed(0)
    encoder, tokenizer = tiny_clip(folder.with_name(f"{folder.name}-words"))
    pipeline = diffusers.StableDiffusionPipeline(
        vae=tiny_vae(kind),
        text_encoder=encoder,
        tokenizer=tokenizer,
        unet=tiny_unet(4, 16),
        scheduler=scheduler(prediction),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(str(folder))
    return pipeline


@pytest.fixture(scope="module")
def stable(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("models") / "stable"
    return folder, write_stable(folder, "AutoencoderKL", "v_prediction")


@pytest.fixture(scope="module")
def compact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("models") / "compact"
    save_compact(tiny_unet(4, 384), tiny_vae("AutoencoderTiny"), scheduler("epsilon"), folder)
    return folder


@pytest.fixture(scope="module")
def pixels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of pixels that also predicts variances, as DeepFloyd's first stage does."""
    torch.manual_seed(2)
    folder = tmp_path_factory.mktemp("models") / "pixels"
    save_compact(tiny_unet(3, 384, out=6), None, scheduler("sample"), folder)
    return folder


def four_views() -> Views:
    flat = torch.zeros(4)
    return orbit(torch.tensor([0.0, 90.0, 180.0, 270.0]), flat, flat + 3.0, flat + 40.0, 24)


class Says:
    def for_view(self, azimuth_deg: float, elevation_deg: float) -> list[tuple[str, float]]:
        del elevation_deg
        side = "front" if abs(azimuth_deg) < 45.0 else "back"
        return [(f"a blue vase, {side} view", 1.0), ("a chair", -0.5)]


def distil(denoiser: UNetDenoiser, method: str) -> Tensor:
    """The gradient of one step with respect to pictures of 24 pixels."""
    generator = torch.Generator().manual_seed(0)
    pictures = torch.rand((4, 3, 24, 24), generator=generator, requires_grad=True)
    recipe = Distillation(
        method=method,  # type: ignore[arg-type]
        scale=Schedule.parse(7.5),
        janus=1.0,
        rescale=0.5,
    )
    score = distillation_term(denoiser, Says(), recipe)(
        Sight(pictures, four_views()), 0.2, generator
    )
    score.loss.backward()
    assert pictures.grad is not None
    return pictures.grad


@pytest.mark.parametrize("method", ["sds", "interval"])
@pytest.mark.parametrize("model", ["stable", "compact", "pixels"])
def test_a_gradient_reaches_every_pixel_and_is_the_same_again(
    model: str, method: str, request: pytest.FixtureRequest
) -> None:
    made = request.getfixturevalue(model)
    denoiser = load_diffusion(made[0] if model == "stable" else made)
    first, again = distil(denoiser, method), distil(denoiser, method)
    assert torch.isfinite(first).all()
    assert (first.abs().amax(dim=1) > 0.0).float().mean() > 0.99
    assert torch.equal(first, again)


def test_a_published_folder_is_read_as_its_pipeline_reads_it(stable: tuple[Path, Any]) -> None:
    folder, pipeline = stable
    denoiser = load_diffusion(folder)
    words, _ = pipeline.encode_prompt("a blue vase", "cpu", 1, do_classifier_free_guidance=False)
    assert torch.allclose(denoiser.embed(["a blue vase"]), words, atol=1e-6)
    pictures = torch.rand((2, 3, 16, 16), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        latents = pipeline.vae.encode(2 * pictures - 1).latent_dist.mean * 0.18215
        assert torch.allclose(denoiser.encode(pictures), latents, atol=1e-6)
        step = torch.tensor([300, 700])
        velocity = pipeline.unet(latents, step, encoder_hidden_states=words.repeat(2, 1, 1)).sample
        found = denoiser.epsilon(latents, step, words.repeat(2, 1, 1))
    alphas = pipeline.scheduler.alphas_cumprod[step][:, None, None, None]
    assert torch.allclose(
        found, alphas.sqrt() * velocity + (1 - alphas).sqrt() * latents, atol=1e-5
    )
    assert denoiser.size_px == 16


def test_decoding_undoes_the_scaling_of_encoding(stable: tuple[Path, Any]) -> None:
    folder, pipeline = stable
    denoiser = load_diffusion(folder)
    latents = torch.randn((1, 4, 8, 8), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = pipeline.vae.decode(latents / 0.18215).sample
        assert torch.allclose(denoiser.decode(latents), 0.5 * expected + 0.5, atol=1e-5)


def test_a_complete_folder_opens_in_plain_diffusers_and_sees_the_same(
    compact: Path, tmp_path: Path
) -> None:
    save_pipeline(compact, tmp_path / "full")
    pipeline = diffusers.StableDiffusionPipeline.from_pretrained(
        str(tmp_path / "full"), local_files_only=True, safety_checker=None
    )
    pipeline.set_progress_bar_config(disable=True)
    made = pipeline("a blue vase", num_inference_steps=2, output_type="np", height=16, width=16)
    assert made.images.shape == (1, 16, 16, 3)
    ours, theirs = load_diffusion(compact), load_diffusion(tmp_path / "full")
    real = tokenise(TEXTS)[1]
    assert (ours.embed(TEXTS) - theirs.embed(TEXTS)).abs()[real].max() < 1e-5
    assert torch.allclose(distil(ours, "sds"), distil(theirs, "sds"), atol=1e-5)


def test_a_model_of_pixels_is_no_stable_diffusion_folder(pixels: Path, tmp_path: Path) -> None:
    with pytest.raises(Gen3dError, match="works on pixels"):
        save_pipeline(pixels, tmp_path / "full")


def test_token_states_are_those_of_bert_with_padding() -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(model_directory(), local_files_only=True)
    batch = tokenizer(
        TEXTS, padding="max_length", max_length=32, truncation=True, return_tensors="pt"
    )
    network = transformers.BertModel.from_pretrained(
        model_directory(), local_files_only=True
    ).eval()
    with torch.no_grad():
        expected = network(batch["input_ids"], attention_mask=batch["attention_mask"])[0]
    ids, real = tokenise(TEXTS)
    assert torch.equal(ids, batch["input_ids"])
    difference = (token_states(TEXTS) - expected).abs()
    assert difference[real].max() < 1e-5
    # States of padding are ill-conditioned: BERT itself is 6e-5 from its double-precision self.
    assert difference.max() < 2e-4


def test_a_preview_is_pictures_of_the_models_size(pixels: Path) -> None:
    denoiser, views = load_diffusion(pixels), four_views()
    words = Reader(denoiser, Says()).words(views)
    seen = preview(denoiser, torch.rand((4, 3, 24, 24)), words, torch.Generator())
    assert seen.shape == (4, 3, 8, 8)
    assert float(seen.min()) >= 0.0 <= float(seen.max()) <= 1.0


def test_resizing_keeps_the_shape_up_to_the_grain_and_the_gradient() -> None:
    wide = torch.rand((1, 3, 30, 60), requires_grad=True)
    scaled = resize(wide, 32, 8)
    assert scaled.shape[-2:] == (16, 32)
    scaled.sum().backward()
    assert wide.grad is not None
    # The sum of 4 pixels becomes about 1: anti-aliasing keeps means.
    assert scaled.mean().item() == pytest.approx(wide.mean().item(), abs=0.02)
    assert (wide.grad > 0.0).all()
    same = torch.rand((1, 3, 32, 32))
    assert resize(same, 32, 8) is same


def test_nothing_is_fetched_for_a_model_that_is_not_here() -> None:
    with pytest.raises(Gen3dError, match="not on this machine") as caught:
        load_diffusion("nobody/no-such-model")
    assert "gen3d models" in caught.value.hint


def _truncate(folder: Path) -> None:
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])


def _lose_weights(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    save_file({k: v for k, v in weights.items() if "conv_in" not in k}, path)


def _spoil_weights(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    weights = load_file(path)
    save_file({k: v * float("nan") if "conv_in" in k else v for k, v in weights.items()}, path)


def _pickle_only(folder: Path) -> None:
    path = folder / "unet" / "diffusion_pytorch_model.safetensors"
    path.unlink()
    path.with_suffix(".bin").write_bytes(b"\x80\x04.")


def _no_index(folder: Path) -> None:
    (folder / "model_index.json").unlink()


def _edit(path: Path, **values: object) -> None:
    content = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**content, **values}), "utf-8")


def _flow(folder: Path) -> None:
    _edit(folder / "scheduler" / "scheduler_config.json", prediction_type="flow_prediction")


def _transformer(folder: Path) -> None:
    _edit(folder / "model_index.json", unet=[None, None])


def _other_words(folder: Path) -> None:
    _edit(folder / "model_index.json", text_encoder=["transformers", "ChatGLMModel"])


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (_truncate, "cannot be read"),
        (_lose_weights, "missing"),
        (_spoil_weights, "not finite"),
        (_pickle_only, "cannot be read"),
        (_no_index, "not a diffusers folder"),
        (_flow, "predicts flow_prediction"),
        (_transformer, "has as its unet nothing"),
        (_other_words, "ChatGLMModel"),
    ],
)
def test_damaged_and_foreign_folders_are_refused_in_one_sentence(
    damage: Callable[[Path], None], complaint: str, compact: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(compact, folder)
    damage(folder)
    with pytest.raises(Gen3dError, match=complaint) as caught:
        load_diffusion(folder)
    assert "\n" not in caught.value.message
    assert caught.value.hint


def test_an_inpainting_unet_is_refused(tmp_path: Path) -> None:
    save_compact(
        tiny_unet(9, 384, out=4), tiny_vae("AutoencoderTiny"), scheduler("epsilon"), tmp_path
    )
    with pytest.raises(Gen3dError, match="9 input channels"):
        load_diffusion(tmp_path)
