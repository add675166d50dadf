# SPDX-License-Identifier: Apache-2.0
"""From pictures to a diffusers folder that the loader takes, through the recipe's own code."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from gen3d.guidance.diffusion import load_diffusion
from gen3d.loop import Plan
from gen3d.training import autoencoder, diffusion, pipeline
from gen3d.training.autoencoder import encoded
from gen3d.training.corpus import Corpus
from gen3d.training.pipeline import train_diffusion

TEXTS = ["a blue vase, front view", ""]


@pytest.fixture(scope="module")
def trained(pictures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Autoencoder and denoiser after two steps each, in small batches."""
    with pytest.MonkeyPatch.context() as patch:
        plan = Plan(steps=2, learning_rate=1e-3, seed=13, warmup=1)
        patch.setattr(pipeline, "AUTOENCODER_PLAN", plan)
        patch.setattr(autoencoder, "BATCH", 2)
        patch.setattr(autoencoder, "SCALE_PICTURES", 16)
        patch.setattr(diffusion, "BATCH", 2)
        before = torch.random.get_rng_state()
        folder = train_diffusion(pictures, tmp_path_factory.mktemp("diffusion"), steps=2)
        assert torch.equal(torch.random.get_rng_state(), before)
    return folder


def test_the_folder_loads_as_a_model_of_velocities_that_reads_minilm(trained: Path) -> None:
    model = load_diffusion(trained)
    assert model.levels.prediction == "v_prediction"
    assert model.size_px == 64
    words = model.embed(TEXTS)
    assert words.shape == (2, 32, 384)
    noisy = torch.randn(2, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        found = model.epsilon(noisy, torch.tensor([20, 900]), words)
    assert found.shape == noisy.shape
    assert torch.isfinite(found).all()


def test_guidance_encodes_pictures_as_the_training_did(trained: Path, corpus: Corpus) -> None:
    model = load_diffusion(trained)
    shown = corpus.pictures[:4, 0, ..., :3].permute(0, 3, 1, 2) / 255.0
    with torch.no_grad():
        found = model.encode(shown)
        plain = encoded(model.space.autoencoder, shown * 2.0 - 1.0)
    assert found.shape == (4, 4, 16, 16)
    assert torch.allclose(found, plain * model.space.scale, atol=1e-5)


def test_the_latents_it_was_trained_on_have_unit_variance(trained: Path) -> None:
    kept = load_file(trained.parent / "latents.safetensors")
    assert float(kept["latents"].float().std()) == pytest.approx(1.0, abs=0.3)
    assert kept["words"].shape[1:] == (32, 384)


def test_everything_that_ships_is_in_half_precision_and_small(trained: Path) -> None:
    files = list(trained.rglob("*.safetensors"))
    assert {path.parent.name for path in files} == {"unet", "vae"}
    for path in files:
        assert {value.dtype for value in load_file(path).values()} == {torch.float16}
    assert sum(path.stat().st_size for path in trained.rglob("*") if path.is_file()) < 30e6
