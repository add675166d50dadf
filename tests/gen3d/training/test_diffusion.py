# SPDX-License-Identifier: Apache-2.0
"""The denoiser's training: its weights, its target, and what it reads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gen3d.training.diffusion import (
    GAMMA,
    SCHEDULE,
    diffusion_loss,
    min_snr,
    new_scheduler,
    new_unet,
)
from gen3d.training.latents import LatentSet

ALPHAS = new_scheduler().alphas_cumprod


def latents(spread: float = 1.0) -> LatentSet:
    generator = torch.Generator().manual_seed(0)
    return LatentSet(
        (spread * torch.randn(12, 4, 16, 16, generator=generator)).half(),
        torch.randn(5, 6, 384, generator=generator).half(),
        torch.arange(12) % 5,
        torch.zeros(6, 384).half(),
    )


class Known(nn.Module):
    """Knows the clean latents, which are all nothing: the noisy ones are then spread times noise.

    The velocity is signal * noise - spread * clean = (signal / spread) * noisy.
    """

    def __init__(self, miss: float) -> None:
        super().__init__()
        self.miss = nn.Parameter(torch.tensor(miss))

    def forward(self, noisy: Tensor, time: Tensor, words: Tensor) -> SimpleNamespace:
        assert words.shape == (len(noisy), 6, 384)
        signal, spread = ALPHAS[time].sqrt(), (1.0 - ALPHAS[time]).sqrt()
        return SimpleNamespace(sample=(signal / spread)[:, None, None, None] * noisy + self.miss)


def test_min_snr_weights_are_the_papers() -> None:
    ratio = torch.tensor([1e-4, 0.5, 1.0, GAMMA, 40.0])
    weights = min_snr(ratio / (1.0 + ratio))
    expected = [1e-4 / 1.0001, 0.5 / 1.5, 0.5, GAMMA / (GAMMA + 1.0), GAMMA / 41.0]
    assert weights.tolist() == pytest.approx(expected, rel=1e-3)


def test_min_snr_is_largest_at_gamma_and_finite_over_the_whole_schedule() -> None:
    weights = min_snr(ALPHAS)
    assert torch.isfinite(weights).all()
    assert weights.max() <= GAMMA / (GAMMA + 1.0) + 1e-6
    ratio = ALPHAS / (1.0 - ALPHAS)
    assert float(ratio[weights.argmax()]) == pytest.approx(GAMMA, rel=0.02)


def test_the_schedule_is_the_cosine_one_and_predicts_velocities() -> None:
    time = torch.arange(1, 1001) / 1000.0
    curve = torch.cos((time + 0.008) / 1.008 * torch.pi / 2.0) ** 2
    start = torch.cos(torch.tensor(0.008 / 1.008 * torch.pi / 2.0)) ** 2
    # The last steps are limited to a share of 0.999 (Nichol and Dhariwal 2021, §3.2).
    assert torch.allclose(ALPHAS[:-2], (curve / start)[:-2], atol=2e-4)
    assert SCHEDULE["prediction_type"] == "v_prediction"
    assert new_scheduler().config["prediction_type"] == "v_prediction"


def test_a_denoiser_that_knows_the_truth_has_no_loss() -> None:
    unet: Any = Known(0.0)
    with torch.no_grad():
        figures = diffusion_loss(unet, latents(0.0))(0, torch.Generator().manual_seed(1))
    # Half-precision matrix products do not enter: what is left is rounding.
    assert float(figures["error"]) < 1e-4
    assert float(figures["loss"]) <= float(figures["error"])


def test_a_constant_miss_costs_its_square() -> None:
    unet: Any = Known(0.5)
    figures = diffusion_loss(unet, latents(0.0))(0, torch.Generator().manual_seed(1))
    assert float(figures["error"].detach()) == pytest.approx(0.25, rel=0.01)
    figures["loss"].backward()
    assert float(unet.miss.grad) > 0.0


def test_words_are_dropped_at_the_rate_that_is_asked() -> None:
    made = latents()
    _, words = made.batch(4000, 0.12, torch.Generator().manual_seed(2))
    dropped = (words == 0.0).all(dim=2).all(dim=1).float().mean()
    assert float(dropped) == pytest.approx(0.12, abs=0.02)
    _, none = made.batch(200, 0.0, torch.Generator().manual_seed(3))
    assert (none != 0.0).any(dim=2).any(dim=1).all()


def test_every_picture_comes_with_its_own_words() -> None:
    made = latents()
    clean, words = made.batch(50, 0.0, torch.Generator().manual_seed(4))
    for picture, read in zip(clean, words, strict=True):
        index = int((made.latents.float() - picture).abs().flatten(1).sum(1).argmin())
        assert torch.equal(made.latents[index].float(), picture)
        assert torch.equal(made.words[made.caption[index]].float(), read)


def test_the_network_reads_minilm_and_keeps_the_shape_of_latents() -> None:
    unet = new_unet()
    assert sum(p.numel() for p in unet.parameters()) < 12e6
    noisy, time = torch.zeros(1, 4, 16, 16), torch.tensor([10])
    with torch.no_grad():
        one = unet(noisy, time, torch.zeros(1, 32, 384)).sample
        other = unet(noisy, time, torch.ones(1, 32, 384)).sample
    assert one.shape == noisy.shape
    assert not torch.equal(one, other)
