# SPDX-License-Identifier: Apache-2.0
"""The recipe of the small diffusion model: autoencoder, latents, denoiser, diffusers folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from gen3d.guidance.minilm import token_states
from gen3d.guidance.pipeline import save_compact
from gen3d.loop import Plan, train
from gen3d.progress import OnStep, silent
from gen3d.training.autoencoder import autoencoder_loss, encoded, latent_scale, new_autoencoder
from gen3d.training.corpus import Pictures, load_scenes
from gen3d.training.diffusion import diffusion_loss, new_scheduler, new_unet
from gen3d.training.latents import LatentSet, make_latents
from gen3d.training.recipes import with_steps

if TYPE_CHECKING:
    from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny

AUTOENCODER_PLAN = Plan(steps=2000, learning_rate=2e-3, seed=13, weight_decay=0.0)
DENOISER_PLAN = Plan(steps=5000, learning_rate=8e-4, seed=14, mean_decay=0.9995)


def train_diffusion(
    data: Path, folder: Path, steps: int | None = None, on_step: OnStep = silent
) -> Path:
    """Train autoencoder and denoiser and write a diffusers folder.

    Args:
        data: The guide's set of pictures.
        folder: For checkpoints, latents, logs and result.
        steps: Of the denoiser, instead of the recipe's.
        on_step: Told after each step of either.

    Returns:
        The folder of the result.
    """
    scenes = load_scenes(data)
    coder, scale = _autoencoder(Pictures(scenes.pictures.flatten(0, 1)), folder / "vae", on_step)
    path = folder / "latents.safetensors"
    latents = make_latents(
        scenes, _Encoder(coder, scale), token_states, path, DENOISER_PLAN.seed, on_step
    )
    return train_denoiser(latents, coder, folder, with_steps(DENOISER_PLAN, steps), on_step)


def train_denoiser(
    latents: LatentSet, coder: AutoencoderTiny, folder: Path, plan: Plan, on_step: OnStep = silent
) -> Path:
    """Train the denoiser alone and write the folder."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(plan.seed)  # diffusers draws first weights from the global generator
        unet = new_unet()
    unet.load_state_dict(train(unet, diffusion_loss(unet, latents), plan, folder / "unet", on_step))
    save_compact(unet, coder, new_scheduler(), folder / "model")
    return folder / "model"


class _Encoder:
    """Pictures in [-1, 1] to scaled latents."""

    def __init__(self, coder: AutoencoderTiny, scale: float) -> None:
        self._coder, self._scale = coder, scale

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        return encoded(self._coder, pictures) * self._scale


def _autoencoder(
    pictures: Pictures, folder: Path, on_step: OnStep
) -> tuple[AutoencoderTiny, float]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(AUTOENCODER_PLAN.seed)
        coder = new_autoencoder()
    coder.load_state_dict(
        train(coder, autoencoder_loss(coder, pictures), AUTOENCODER_PLAN, folder, on_step)
    )
    coder.eval()
    scale = round(latent_scale(coder, pictures), 5)
    coder.register_to_config(scaling_factor=scale)
    return coder, scale
