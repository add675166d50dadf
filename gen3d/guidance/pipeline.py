# SPDX-License-Identifier: Apache-2.0
"""Writing diffusion models: our own compact folders, and complete ones for ``diffusers``.

A compact folder holds U-Net, autoencoder and scheduler in half precision; its ``model_index.json``
names ``BertModel``, whose files came with MiniLM's wheel and are not repeated.
:func:`save_pipeline` puts them in, and the result opens with plain
``StableDiffusionPipeline.from_pretrained`` and gives the same noise for the same words.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch

from gen3d.errors import Gen3dError
from gen3d.guidance.folder import INDEX, find_folder, load_part, need, read_index
from gen3d.guidance.minilm import TOKENS
from gen3d.text import model_directory, read_verified


@runtime_checkable
class Savable(Protocol):
    """A scheduler of ``diffusers``."""

    def save_pretrained(self, save_directory: str) -> None:
        """Write its configuration into a folder."""
        ...


def save_compact(
    unet: torch.nn.Module, autoencoder: torch.nn.Module | None, scheduler: Savable, folder: Path
) -> None:
    """Write a model that reads MiniLM as :func:`gen3d.guidance.diffusion.load_diffusion` wants it.

    Args:
        unet: A ``UNet2DConditionModel`` whose ``cross_attention_dim`` is 384.
        autoencoder: An ``AutoencoderTiny`` or ``AutoencoderKL``; ``None`` for a model of pixels.
        scheduler: A scheduler of ``diffusers`` with the noise levels of the training.
        folder: Made if it is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = {"unet": unet, "vae": autoencoder}
    for name, network in parts.items():
        if network is not None:
            _save_half(network, folder / name)
    scheduler.save_pretrained(str(folder / "scheduler"))
    index = {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": need("diffusers").__version__,
        "requires_safety_checker": False,
        "scheduler": ["diffusers", type(scheduler).__name__],
        "text_encoder": ["transformers", "BertModel"],
        "tokenizer": ["transformers", "BertTokenizerFast"],
        **{
            name: [None, None] if network is None else ["diffusers", type(network).__name__]
            for name, network in parts.items()
        },
    }
    (folder / INDEX).write_text(json.dumps(index, indent=2, sort_keys=True) + "\n", "utf-8")


def save_pipeline(source: str | Path, folder: Path) -> None:
    """Write a complete Stable Diffusion folder from one of our compact ones.

    Args:
        source: A compact folder with an autoencoder, or a card's id.
        folder: Where to write; about 90 MB more than the compact one.

    Raises:
        Gen3dError: ``transformers`` is missing, the source is not whole, or it works on pixels.
    """
    diffusers, origin = need("diffusers"), find_folder(str(source))
    index = read_index(origin)
    if (index.get("vae") or [None, None])[1] is None:
        raise Gen3dError(
            f"{origin} works on pixels; a Stable Diffusion folder needs an autoencoder.",
            "Use it as it is: gen3d reads it without one.",
        )
    pipeline = diffusers.StableDiffusionPipeline(
        vae=load_part(getattr(diffusers, index["vae"][1]), origin, "vae"),
        text_encoder=_minilm(),
        tokenizer=need("transformers").BertTokenizerFast.from_pretrained(
            str(model_directory()), local_files_only=True, model_max_length=TOKENS
        ),
        unet=load_part(diffusers.UNet2DConditionModel, origin, "unet"),
        scheduler=getattr(diffusers, index["scheduler"][1]).from_pretrained(
            str(origin / "scheduler"), local_files_only=True
        ),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.save_pretrained(str(folder), safe_serialization=True)


def _minilm() -> Any:  # noqa: ANN401 transformers is untyped
    """The wheel's network, told to hide padding as our own loader does."""
    read_verified(model_directory() / "model.safetensors")
    network = need("transformers").BertModel.from_pretrained(
        str(model_directory()), local_files_only=True
    )
    network.config.use_attention_mask = True
    return network.eval()


def _save_half(network: torch.nn.Module, folder: Path) -> None:
    """A copy in half precision; the network itself keeps its own."""
    half: Any = copy.deepcopy(network).to(torch.float16)
    if "_name_or_path" in half.config:
        # Where its beginnings lay on this machine is nobody's business.
        half.register_to_config(_name_or_path="")
    half.save_pretrained(str(folder), safe_serialization=True)
