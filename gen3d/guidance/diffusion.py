# SPDX-License-Identifier: Apache-2.0
"""Diffusion models of the Stable Diffusion family, and models of pixels, as denoisers.

What a folder of ``diffusers`` says is obeyed: the noise schedule and the kind of prediction of
``scheduler/``, the size of ``unet/``, the space of ``vae/`` (AutoencoderKL or AutoencoderTiny; none
means that the model works on pixels in [−1, 1]), the text encoder. Latents stay in single precision
whatever the network runs in. Not read here: models with a transformer in place of the U-Net, and
U-Nets that want more than a picture and a text (SDXL's sizes, in-painting masks, upscalers).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import interpolate

from gen3d.errors import Gen3dError
from gen3d.guidance.folder import find_folder, load_part, need, read_index, read_json
from gen3d.guidance.noise import NoiseLevels, Prediction, to_epsilon
from gen3d.guidance.reading import Reading, load_reading

_FAMILY = "Use a model of the Stable Diffusion 1 or 2 family, or the first stage of one of pixels."


@dataclass(frozen=True)
class Space:
    """Pictures to latents and back: an autoencoder, or nothing."""

    autoencoder: Any
    """``None`` for models of pixels."""
    scale: float
    shift: float
    factor: int
    """Pixels to a latent, along each side."""

    def encode(
        self, pictures: Float[Tensor, "views 3 height width"]
    ) -> Float[Tensor, "views channels rows columns"]:
        """From [0, 1]: the mean of the latents, scaled as in training."""
        signed = 2.0 * pictures - 1.0
        if self.autoencoder is None:
            return signed
        coded = self.autoencoder.encode(signed.to(self.autoencoder.dtype))
        known = hasattr(coded, "latent_dist")
        mean = coded.latent_dist.mean if known else coded.latents
        return (mean.float() - self.shift) * self.scale

    def decode(
        self, latents: Float[Tensor, "views channels rows columns"]
    ) -> Float[Tensor, "views 3 height width"]:
        """To [0, 1], not clamped."""
        if self.autoencoder is None:
            return 0.5 * latents + 0.5
        plain = (latents / self.scale + self.shift).to(self.autoencoder.dtype)
        return 0.5 * self.autoencoder.decode(plain).sample.float() + 0.5


@dataclass(frozen=True)
class UNetDenoiser:
    """A frozen U-Net with its text encoder and its space; see :class:`gen3d.guidance.denoiser`."""

    levels: NoiseLevels
    unet: Any
    space: Space
    reading: Reading
    size_px: int
    """Longer side of the pictures that it was trained on."""

    def encode(
        self, pictures: Float[Tensor, "views 3 height width"]
    ) -> Float[Tensor, "views channels rows columns"]:
        """Pictures of any size, resized and encoded; differentiable."""
        device = next(iter(self.unet.parameters())).device
        grain = self.space.factor * 2 ** (len(self.unet.config.block_out_channels) - 1)
        return self.space.encode(resize(pictures.to(device), self.size_px, grain))

    def decode(
        self, latents: Float[Tensor, "views channels rows columns"]
    ) -> Float[Tensor, "views 3 height width"]:
        """Back to pictures in [0, 1], not clamped."""
        return self.space.decode(latents)

    def embed(self, texts: Sequence[str]) -> Float[Tensor, "texts tokens width"]:
        """States of the text encoder for every token, padding included."""
        return self.reading(texts).to(next(iter(self.unet.parameters())).device)

    def epsilon(
        self,
        noisy: Float[Tensor, "batch channels rows columns"],
        step: Int[Tensor, "batch"],
        words: Float[Tensor, "batch tokens width"],
    ) -> Float[Tensor, "batch channels rows columns"]:
        """One pass of the U-Net; channels beyond the picture's (a learned variance) are dropped."""
        dtype = self.unet.dtype
        output = self.unet(noisy.to(dtype), step, encoder_hidden_states=words.to(dtype)).sample
        return to_epsilon(self.levels, output[:, : noisy.shape[1]].float(), noisy, step)


def load_diffusion(
    source: str | Path,
    device: str | torch.device = "cpu",
    dtype: torch.dtype = torch.float32,
) -> UNetDenoiser:
    """Read a diffusion model that is on this machine; nothing is downloaded.

    Args:
        source: The path of a ``diffusers`` folder, the id of a model card, or a hub's id.
        device: Where to run it.
        dtype: Precision of the networks; half precision saves memory on a GPU.

    Raises:
        Gen3dError: Not on this machine, of another family, or not whole.
    """
    folder, place = find_folder(str(source)), torch.device(device)
    index = read_index(folder)
    _expect(index, "unet", ("UNet2DConditionModel",), folder)
    levels = load_levels(folder)
    unet = load_part(need("diffusers").UNet2DConditionModel, folder, "unet", place, dtype)
    space = _load_space(folder, index, place, dtype)
    _check_inputs(unet, space, folder)
    reading = load_reading(folder, index, place, dtype)
    side = unet.config.sample_size or 64
    rows = max(side) if isinstance(side, (list, tuple)) else side
    return UNetDenoiser(levels, unet, space, reading, int(rows) * space.factor)


def load_levels(folder: Path) -> NoiseLevels:
    """The noise schedule of a folder.

    Raises:
        Gen3dError: It is not one of a diffusion process, or predicts something else.
    """
    config = read_json(folder / "scheduler" / "scheduler_config.json")
    prediction = config.get("prediction_type", "epsilon")
    if prediction not in get_args(Prediction) or "num_train_timesteps" not in config:
        raise Gen3dError(
            f"The scheduler of {folder} ({config.get('_class_name')}) predicts {prediction}; "
            f"known are {', '.join(get_args(Prediction))}.",
            _FAMILY,
        )
    scheduler = need("diffusers").DDPMScheduler.from_config(config)
    return NoiseLevels(scheduler.alphas_cumprod.float(), prediction)


def resize(
    pictures: Float[Tensor, "views 3 height width"], size_px: int, grain_px: int
) -> Float[Tensor, "views 3 rows columns"]:
    """Scale pictures so that the longer side is a given size; differentiable, anti-aliased.

    Args:
        pictures: Of any size.
        size_px: The longer side afterwards.
        grain_px: What the other side is rounded to a multiple of.
    """
    height, width = pictures.shape[-2:]
    scale = size_px / max(height, width)
    rows, columns = (
        size_px if side == max(height, width) else max(round(side * scale / grain_px), 1) * grain_px
        for side in (height, width)
    )
    if (rows, columns) == (height, width):
        return pictures
    return interpolate(
        pictures, (rows, columns), mode="bilinear", align_corners=False, antialias=True
    )


def _load_space(
    folder: Path, index: Mapping[str, Any], device: torch.device, dtype: torch.dtype
) -> Space:
    if (index.get("vae") or [None, None])[1] is None:
        return Space(None, 1.0, 0.0, 1)
    kinds = ("AutoencoderKL", "AutoencoderTiny")
    _expect(index, "vae", kinds, folder)
    kind = getattr(need("diffusers"), index["vae"][1])
    network = load_part(kind, folder, "vae", device, dtype)
    config = network.config
    return Space(
        network,
        float(config.scaling_factor),
        float(getattr(config, "shift_factor", None) or 0.0),
        2 ** (len(config.block_out_channels) - 1),
    )


def _expect(index: Mapping[str, Any], part: str, kinds: Sequence[str], folder: Path) -> None:
    found = (index.get(part) or [None, None])[1]
    if found not in kinds:
        raise Gen3dError(
            f"{folder} has as its {part} {found or 'nothing'}, not {' or '.join(kinds)}.", _FAMILY
        )


def _check_inputs(unet: Any, space: Space, folder: Path) -> None:  # noqa: ANN401 diffusers is untyped
    """Refuse U-Nets that want what we do not have."""
    config = unet.config
    wants = [
        name
        for name, fine in (
            ("class_embed_type", (None,)),
            ("addition_embed_type", (None, "text")),
            ("encoder_hid_dim_type", (None, "text_proj")),
        )
        if getattr(config, name, None) not in fine
    ]
    channels = 3 if space.autoencoder is None else space.autoencoder.config.latent_channels
    if config.in_channels != channels:
        wants.append(f"{config.in_channels} input channels")
    if wants:
        raise Gen3dError(
            f"The U-Net of {folder} wants more than a picture and a text: {', '.join(wants)}.",
            _FAMILY,
        )
