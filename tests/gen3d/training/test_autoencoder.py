# SPDX-License-Identifier: Apache-2.0
"""The autoencoder's shapes, its loss and its scale."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny

from gen3d.loop import Plan, train
from gen3d.training.autoencoder import (
    autoencoder_loss,
    encoded,
    latent_scale,
    new_autoencoder,
)
from gen3d.training.corpus import Corpus, Pictures


def small() -> AutoencoderTiny:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return new_autoencoder(width=8)


def some(corpus: Corpus) -> Pictures:
    """Pictures of 16 pixels, for speed."""
    return Pictures(corpus.pictures[:, :, 24:40, 24:40].flatten(0, 1))


def test_latents_have_a_quarter_of_the_sides_and_four_channels() -> None:
    model = small()
    latents = encoded(model, torch.zeros(2, 3, 32, 16))
    assert latents.shape == (2, 4, 8, 4)


def test_the_loss_follows_the_generator_and_reaches_both_halves(corpus: Corpus) -> None:
    model = small()
    loss = autoencoder_loss(model, some(corpus))
    one, same, other = (loss(0, torch.Generator().manual_seed(s))["loss"] for s in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    one.backward()
    found = [name for name, p in model.named_parameters() if p.grad is not None and p.grad.any()]
    assert any(name.startswith("encoder") for name in found)
    assert any(name.startswith("decoder") for name in found)


def test_some_steps_bring_pictures_nearer(corpus: Corpus, tmp_path: Path) -> None:
    model = small()
    loss = autoencoder_loss(model, some(corpus))

    def error() -> float:
        with torch.no_grad():
            return float(loss(0, torch.Generator().manual_seed(5))["colour"])

    before = error()
    plan = Plan(steps=15, learning_rate=5e-3, seed=1, warmup=3, weight_decay=0.0)
    train(model, loss, plan, tmp_path)
    assert error() < 0.8 * before


def test_the_scale_gives_latents_unit_variance(corpus: Corpus) -> None:
    model, pictures = small().eval(), some(corpus)
    scale = latent_scale(model, pictures)
    assert scale == latent_scale(model, pictures)
    with torch.no_grad():
        for parameter in model.encoder.layers[-1].parameters():
            parameter.mul_(3.0)
    tripled = latent_scale(model, pictures)
    assert tripled == pytest.approx(scale / 3.0, rel=1e-4)
