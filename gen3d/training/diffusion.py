# SPDX-License-Identifier: Apache-2.0
"""Training of the small view-conditioned text-to-image diffusion model.

A latent diffusion model (Rombach et al. 2022) in diffusers' classes: a ``UNet2DConditionModel`` on
the autoencoder's latents, reading the frozen MiniLM's last hidden states by cross attention, the
view said in words ("front view"). Velocity prediction (Salimans and Ho 2022) under the cosine
schedule (Nichol and Dhariwal 2021), min-SNR weighting with γ = 5 (Hang et al. 2023, eq. 8, for
velocities: min(SNR, γ) / (SNR + 1)), a share of empty captions for classifier-free guidance.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.loop import Loss

if TYPE_CHECKING:
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
    from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

BATCH = 64
DROP_SHARE = 0.12
GAMMA = 5.0
SIZE = 16
SCHEDULE: dict[str, Any] = {
    "num_train_timesteps": 1000,
    "beta_schedule": "squaredcos_cap_v2",
    "prediction_type": "v_prediction",
    "clip_sample": False,
}


@runtime_checkable
class Batches(Protocol):
    """What a denoiser learns from."""

    def batch(
        self, count: int, drop_share: float, generator: torch.Generator
    ) -> tuple[Float[Tensor, "count 4 height width"], Float[Tensor, "count tokens 384"]]:
        """Random latents with their words, some of which are dropped."""
        ...


def new_unet() -> UNet2DConditionModel:
    """An untrained denoiser of about six million parameters."""
    from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

    return UNet2DConditionModel(
        sample_size=SIZE,
        in_channels=4,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=(64, 96, 128),
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        mid_block_type="UNetMidBlock2DCrossAttn",
        cross_attention_dim=384,
        attention_head_dim=4,
        norm_num_groups=16,
    )


def new_scheduler() -> DDPMScheduler:
    """The noise schedule that training and sampling share."""
    from diffusers.schedulers.scheduling_ddpm import DDPMScheduler

    return DDPMScheduler(**SCHEDULE)


def diffusion_loss(
    unet: UNet2DConditionModel, latents: Batches, count: int | None = None, *, half: bool = True
) -> Loss:
    """The step function of :func:`gen3d.loop.train`.

    Args:
        unet: To be trained.
        latents: What from.
        count: Latents in a batch.
        half: Whether the network runs in bfloat16, which processors without it do very slowly.
    """
    alphas = new_scheduler().alphas_cumprod

    def loss(_step: int, generator: torch.Generator) -> Mapping[str, Tensor]:
        clean, words = latents.batch(count or BATCH, DROP_SHARE, generator)
        time = torch.randint(len(alphas), (len(clean),), generator=generator)
        noise = torch.randn(clean.shape, generator=generator)
        signal = alphas[time].sqrt()[:, None, None, None]
        spread = (1.0 - alphas[time]).sqrt()[:, None, None, None]
        with torch.autocast("cpu", torch.bfloat16) if half else nullcontext():
            found = unet(signal * clean + spread * noise, time, words).sample
        wanted = signal * noise - spread * clean
        error = (found.float() - wanted).square().mean(dim=(1, 2, 3))
        return {"loss": (min_snr(alphas[time]) * error).mean(), "error": error.mean()}

    return loss


def min_snr(alphas: Float[Tensor, "batch"]) -> Float[Tensor, "batch"]:
    """Min-SNR-γ weight of a velocity error."""
    ratio = alphas / (1.0 - alphas)
    return ratio.clamp(max=GAMMA) / (ratio + 1.0)
