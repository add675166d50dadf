# SPDX-License-Identifier: Apache-2.0
"""Training of the picture autoencoder: 64² sRGB to 16² × 4 latents and back.

diffusers' ``AutoencoderTiny`` (the distilled-autoencoder family), trained from nothing: L1 on
colours and on their differences to the right and below, which keeps edges, plus noise on the
latents, so that near latents decode to near pictures, and a pull of their size towards one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.loop import Loss
from gen3d.training.corpus import Pictures
from gen3d.training.scatter import on_backgrounds

if TYPE_CHECKING:
    from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny

BATCH = 32
LATENT_NOISE = 0.08
SIZE_PULL = 2e-3
EDGE_WEIGHT = 0.6
SCALE_PICTURES = 256
"""From which the size of latents is measured."""


def new_autoencoder(width: int = 40) -> AutoencoderTiny:
    """An untrained autoencoder, a quarter of the side lengths, four latent channels."""
    from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny

    widths = (width, width, width)
    return AutoencoderTiny(
        encoder_block_out_channels=widths,
        decoder_block_out_channels=widths,
        num_encoder_blocks=(1, 1, 2),
        num_decoder_blocks=(2, 2, 1),
        latent_channels=4,
    )


def encoded(
    model: AutoencoderTiny, pictures: Float[Tensor, "batch 3 height width"]
) -> Float[Tensor, "batch 4 rows columns"]:
    """Unscaled latents of pictures in [-1, 1]."""
    return model.encode(pictures, return_dict=False)[0]  # pyright: ignore[reportReturnType]


def autoencoder_loss(model: AutoencoderTiny, pictures: Pictures) -> Loss:
    """The step function of :func:`gen3d.loop.train`."""

    def loss(_step: int, generator: torch.Generator) -> Mapping[str, Tensor]:
        batch = on_backgrounds(pictures.random(BATCH, generator), generator) * 2.0 - 1.0
        with torch.autocast("cpu", torch.bfloat16):
            latents = encoded(model, batch)
            noise = torch.randn(latents.shape, generator=generator)
            decoded = model.decode(latents + LATENT_NOISE * noise, return_dict=False)[0]
        return _figures(batch, latents.float(), decoded.float())

    return loss


def _figures(
    truth: Float[Tensor, "batch 3 height width"], latents: Tensor, decoded: Tensor
) -> Mapping[str, Tensor]:
    colour = (decoded - truth).abs().mean()
    edges = sum(
        ((decoded - decoded.roll(1, axis)) - (truth - truth.roll(1, axis))).abs().mean()
        for axis in (-1, -2)
    )
    size = latents.square().mean()
    loss = colour + EDGE_WEIGHT * edges + SIZE_PULL * (size - 1.0).square()
    psnr = -10.0 * torch.log10((decoded - truth).square().mean() / 4.0)
    return {"loss": loss, "colour": colour, "psnr": psnr, "latent_variance": size}


@torch.inference_mode()
def latent_scale(model: AutoencoderTiny, pictures: Pictures, seed: int = 0) -> float:
    """The factor that gives latents unit variance (``scaling_factor`` in diffusers' sense)."""
    generator = torch.Generator().manual_seed(seed)
    batch = on_backgrounds(pictures.random(SCALE_PICTURES, generator), generator) * 2.0 - 1.0
    return float(1.0 / encoded(model, batch).std())
