# SPDX-License-Identifier: Apache-2.0
"""Tiny random models go through the code that the published ones take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import open_clip
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.guidance.clip import ClipOptions, clip_term
from gen3d.guidance.prompts import ViewPrompts
from gen3d.guidance.term import Sight
from gen3d.guidance.towers import load_tower, load_towers, similarities
from gen3d.render.views import orbit
from gen3d.text import TextEncoder

TEXT = {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1}
VIT = {"image_size": 32, "layers": 2, "width": 32, "head_width": 8, "patch_size": 8}
RESNET = {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "head_width": 8}
OWN_VISION = {
    "timm_model_name": "convnext_atto",
    "timm_model_pretrained": False,
    "timm_pool": "avg",
    "timm_proj": "linear",
    "image_size": 64,
}
OWN_TEXT = {
    "hf_model_name": "sentence-transformers/all-MiniLM-L6-v2",
    "proj": "linear",
    "pooler_type": "mean_pooler",
}
PICTURES = torch.rand(2, 3, 40, 40, generator=torch.Generator().manual_seed(0))
TEXTS = ["a blue ceramic vase", "a toy dinosaur"]


CLIP: Any = open_clip.CLIP
CUSTOM: Any = open_clip.CustomTextCLIP
STAND_IN = {"context_length": 2, "vocab_size": 2, "width": 8, "heads": 1, "layers": 1}


def model(vision: dict[str, Any], *, quick_gelu: bool = False) -> open_clip.CLIP:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return CLIP(16, vision, TEXT, quick_gelu=quick_gelu).eval()


def write_config(folder: Path, config: dict[str, Any], **preprocess: object) -> None:
    content = {"model_cfg": config, "preprocess_cfg": preprocess}
    (folder / "open_clip_config.json").write_text(json.dumps(content), encoding="utf-8")


def contiguous(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.contiguous().clone() for name, value in weights.items()}


def folder_of(folder: Path, vision: dict[str, Any], name: str) -> open_clip.CLIP:
    made = model(vision)
    write_config(folder, {"embed_dim": 16, "vision_cfg": vision, "text_cfg": TEXT})
    if name.endswith(".safetensors"):
        save_file(contiguous(made.state_dict()), str(folder / name))
    else:
        torch.save(
            {"state_dict": {f"module.{k}": v for k, v in made.state_dict().items()}}, folder / name
        )
    return made


def own_folder(folder: Path, architecture: str = "test_convnext") -> None:
    """A tower in the form of this project: image tower, text projection, temperature."""
    vision = {**OWN_VISION, "timm_model_name": architecture}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        made = CUSTOM(24, vision, STAND_IN).eval()
        projection = torch.randn(24, 384)
    write_config(
        folder,
        {"embed_dim": 24, "vision_cfg": vision, "text_cfg": OWN_TEXT},
        mean=[0.5, 0.5, 0.5],
        std=[0.25, 0.25, 0.25],
    )
    seen = {k: v for k, v in made.state_dict().items() if k.startswith("visual.")}
    weights = {**seen, "text.proj.weight": projection, "logit_scale": torch.tensor(2.5)}
    half = {name: value.half() for name, value in contiguous(weights).items()}
    save_file(half, str(folder / "open_clip_model.safetensors"))


@pytest.mark.parametrize("vision", [VIT, RESNET], ids=["vit", "resnet"])
@pytest.mark.parametrize("name", ["open_clip_model.safetensors", "weights.pt"])
def test_a_local_model_gives_the_features_that_open_clip_gives(
    tmp_path: Path, vision: dict[str, Any], name: str
) -> None:
    made = folder_of(tmp_path, vision, name)
    tower = load_tower(tmp_path)
    seen = made.encode_image(tower.lens(PICTURES), normalize=True)
    said = made.encode_text(open_clip.tokenize(TEXTS, 16), normalize=True)
    assert torch.allclose(tower.see(PICTURES), seen, atol=1e-5)
    assert torch.allclose(tower.read(TEXTS), said, atol=1e-5)
    assert tower.scale == pytest.approx(1.0 / 0.07, rel=1e-4)
    assert tower.lens.size_px == (32, 32)


def test_a_checkpoint_can_be_named_beside_its_configuration_or_after_its_architecture(
    tmp_path: Path,
) -> None:
    folder_of(tmp_path, VIT, "weights.safetensors")
    by_file, by_folder = load_tower(tmp_path / "weights.safetensors"), load_tower(tmp_path)
    assert torch.equal(by_file.see(PICTURES), by_folder.see(PICTURES))


def test_an_architecture_of_open_clip_takes_a_checkpoint_of_its_own(tmp_path: Path) -> None:
    create: Any = open_clip.create_model
    made = create("ViT-S-32-alt").eval()
    path = tmp_path / "weights.safetensors"
    save_file({k: v.half() for k, v in contiguous(made.state_dict()).items()}, str(path))
    tower = load_tower(f"ViT-S-32-alt:{path}")
    expected = made.encode_image(tower.lens(PICTURES), normalize=True)
    assert torch.allclose(tower.see(PICTURES), expected, atol=5e-3)
    assert next(tower.visual.parameters()).dtype == torch.float32


def test_our_own_towers_image_part_is_plain_open_clip(tmp_path: Path) -> None:
    own_folder(tmp_path, "convnext_atto")
    plain = CUSTOM(24, OWN_VISION, STAND_IN).eval()
    weights = load_file(str(tmp_path / "open_clip_model.safetensors"))
    found = plain.load_state_dict(
        {k: v.float() for k, v in weights.items() if k.startswith("visual.")}, strict=False
    )
    assert not [key for key in found.missing_keys if key.startswith("visual.")]
    assert not found.unexpected_keys
    tower = load_tower(tmp_path)
    seen = plain.encode_image(tower.lens(PICTURES), normalize=True)
    assert torch.allclose(tower.see(PICTURES), seen, atol=1e-5)


def test_our_own_towers_text_part_is_the_projected_sentence_embedding(tmp_path: Path) -> None:
    own_folder(tmp_path)
    weights = load_file(str(tmp_path / "open_clip_model.safetensors"))
    sentences = torch.from_numpy(TextEncoder.load().embed(TEXTS))
    expected = torch.nn.functional.normalize(sentences @ weights["text.proj.weight"].float().T)
    assert torch.allclose(load_tower(tmp_path).read(TEXTS), expected, atol=1e-5)


def test_gradients_reach_the_pictures_and_not_the_weights(tmp_path: Path) -> None:
    own_folder(tmp_path)
    tower = load_tower(tmp_path)
    pictures = PICTURES.clone().requires_grad_()
    similarities(tower, pictures, TEXTS).sum().backward()
    assert pictures.grad is not None
    assert (pictures.grad.abs().sum((1, 2, 3)) > 0.0).all()
    assert not any(parameter.requires_grad for parameter in tower.visual.parameters())


def test_loading_leaves_the_global_generator_alone(tmp_path: Path) -> None:
    folder_of(tmp_path, VIT, "weights.safetensors")
    before = torch.get_rng_state()
    load_tower(tmp_path)
    assert torch.equal(torch.get_rng_state(), before)


def test_an_ensemble_of_two_architectures_guides_pixels_to_a_text(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    folder_of(tmp_path / "a", VIT, "weights.pt")
    own_folder(tmp_path / "b")
    towers = load_towers([tmp_path / "a", tmp_path / "b"])
    term = clip_term(towers, ViewPrompts.parse(TEXTS[0]), ClipOptions(augment=None, copies=1))
    views = orbit(torch.zeros(2), torch.zeros(2), torch.full((2,), 3.0), torch.full((2,), 40.0), 40)
    pictures = PICTURES.clone().requires_grad_()
    optimiser = torch.optim.Adam([pictures], lr=0.02)
    first = term(Sight(pictures, views), 0.0, torch.Generator())
    for _ in range(4):
        optimiser.zero_grad()
        term(Sight(pictures, views), 0.0, torch.Generator()).loss.backward()
        optimiser.step()
    last = term(Sight(pictures, views), 0.0, torch.Generator())
    assert last.loss.item() < first.loss.item() - 0.02
    assert len(last.figures) == 2


def test_quick_gelu_of_the_configuration_is_kept(tmp_path: Path) -> None:
    made = model(VIT, quick_gelu=True)
    config = {"embed_dim": 16, "vision_cfg": VIT, "text_cfg": TEXT, "quick_gelu": True}
    write_config(tmp_path, config)
    save_file(contiguous(made.state_dict()), str(tmp_path / "model.safetensors"))
    tower = load_tower(tmp_path)
    expected = made.encode_image(tower.lens(PICTURES), normalize=True)
    assert torch.allclose(tower.see(PICTURES), expected, atol=1e-5)


def test_a_tokenizer_of_the_folder_is_read_without_transformers(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {"[UNK]": 0, "[PAD]": 3, "a": 4, "blue": 5, "vase": 6}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    settings = {"pad_token": "[PAD]"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    own = {"hf_tokenizer_name": "somewhere/else", "tokenizer_kwargs": {"clean": "canonicalize"}}
    text = {**TEXT, **own, "context_length": 6, "vocab_size": 7}
    with torch.random.fork_rng(devices=[]):
        made = CUSTOM(16, VIT, text).eval()
    config = {"embed_dim": 16, "vision_cfg": VIT, "text_cfg": text, "custom_text": True}
    write_config(tmp_path, config)
    save_file(contiguous(made.state_dict()), str(tmp_path / "model.safetensors"))
    expected = made.encode_text(torch.tensor([[4, 5, 6, 3, 3, 3]]), normalize=True)
    assert torch.allclose(load_tower(tmp_path).read(["A  blue vase!"]), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"visual.proj": torch.zeros(3, 3)}, "visual.proj has the shape"),
        ({"visual.extra": torch.zeros(1)}, "1 unknown"),
        ({"visual.proj": torch.full((32, 16), float("nan"))}, "not finite numbers .in visual.proj"),
    ],
)
def test_weights_that_do_not_fit_are_refused(
    tmp_path: Path, damage: dict[str, Tensor], reason: str
) -> None:
    made = folder_of(tmp_path, VIT, "model.safetensors")
    save_file(contiguous({**made.state_dict(), **damage}), str(tmp_path / "model.safetensors"))
    with pytest.raises(Gen3dError, match=reason):
        load_tower(tmp_path)


@pytest.mark.parametrize("change", ["missing", "extra", "shape"])
def test_our_own_form_is_checked_too(tmp_path: Path, change: str) -> None:
    own_folder(tmp_path)
    path = tmp_path / "open_clip_model.safetensors"
    weights = load_file(str(path))
    changed = {
        "missing": {k: v for k, v in weights.items() if k != "text.proj.weight"},
        "extra": {**weights, "text.more": torch.zeros(2)},
        "shape": {**weights, "text.proj.weight": torch.zeros(24, 100)},
    }
    save_file(changed[change], str(path))
    with pytest.raises(Gen3dError, match="does not fit its architecture"):
        load_tower(tmp_path)


def test_a_published_model_that_was_not_fetched_is_refused_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEN3D_MODELS", str(tmp_path))
    with pytest.raises(Gen3dError) as refused:
        load_tower("ViT-B-32:laion2b_s34b_b79k")
    assert "gen3d models fetch openclip-vit-b-32" in refused.value.hint
    with pytest.raises(Gen3dError, match="not on this machine"):
        load_tower("openclip-vit-b-32")


@pytest.mark.parametrize(
    ("source", "near"),
    [
        ("VIT-B-32:laion2b", "ViT-B-32"),
        ("ViT-B-32:laion2b_s34b", "laion2b_s34b_b79k"),
        ("openclip-vit-b32", "openclip-vit-b-32"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(source: str, near: str) -> None:
    with pytest.raises(Gen3dError) as refused:
        load_tower(source)
    assert near in refused.value.hint


@pytest.mark.parametrize(
    "content", ["{", "[]", "{}", '{"model_cfg": {"embed_dim": 4, "vision_cfg": {}}}']
)
def test_a_broken_configuration_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "open_clip_config.json").write_text(content, encoding="utf-8")
    with pytest.raises(Gen3dError, match=r"open_clip_config\.json"):
        load_tower(tmp_path)


def test_a_configuration_that_open_clip_cannot_build_is_refused(tmp_path: Path) -> None:
    folder_of(tmp_path, VIT, "model.safetensors")
    odd = {**VIT, "no_such_setting": 3}
    write_config(tmp_path, {"embed_dim": 16, "vision_cfg": odd, "text_cfg": TEXT})
    with pytest.raises(Gen3dError, match="no_such_setting"):
        load_tower(tmp_path)
