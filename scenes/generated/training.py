# SPDX-License-Identifier: Apache-2.0
"""The training of the project's small diffusion model of panoramas.

It goes on from the one that draws things (``object-diffusion``), whose autoencoder gives panoramas
back as it is and which knows words, colours and stuffs: only its denoiser is trained, on latents
twice as wide as high, with the ring closed as it is when it draws. Each picture is seen from every
side and in a mirror, under several captions.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as fn

from gen3d.guidance.diffusion import Space, load_diffusion
from gen3d.guidance.minilm import token_states
from gen3d.guidance.pipeline import save_compact
from gen3d.loop import Plan, train
from gen3d.progress import OnStep, silent
from gen3d.training.diffusion import diffusion_loss, new_scheduler
from gen3d.training.latents import LatentSet, keep_latents, read_latents
from gen3d.training.recipes import with_steps
from scenes.generated.captions import caption
from scenes.generated.corpus import Pictures, load_places
from scenes.generated.wrap import wrapped

START = "object-diffusion"
PLAN = Plan(steps=720, learning_rate=4e-4, seed=71, warmup=30, mean_decay=0.995)
BATCH = 12
ROWS_PX = 64
"""Height of the panoramas that the model draws."""
CAPTIONS = 4
"""Of each picture."""
_CHUNK = 32


@dataclass(frozen=True)
class Turned:
    """Latents of panoramas, each batch seen from random sides."""

    latents: LatentSet

    def batch(
        self, count: int, drop_share: float, generator: torch.Generator
    ) -> tuple[Float[Tensor, "count 4 height width"], Float[Tensor, "count tokens 384"]]:
        """Random panoramas with their words, some of them dropped."""
        clean, words = self.latents.batch(count, drop_share, generator)
        turns = torch.randint(clean.shape[-1], (count,), generator=generator)
        turned = [one.roll(int(turn), -1) for one, turn in zip(clean, turns, strict=True)]
        return torch.stack(turned), words


def train_panoramas(
    data: Path, folder: Path, steps: int | None = None, on_step: OnStep = silent
) -> Path:
    """Train the denoiser and write a diffusers folder.

    Args:
        data: The set of places.
        folder: For checkpoint, latents, log and result.
        steps: Instead of the recipe's.
        on_step: Told after each step.

    Returns:
        The folder of the result.
    """
    first = load_diffusion(START)
    path = folder / "latents.safetensors"
    coder: Any = first.space.autoencoder
    with wrapped(coder):
        latents = read_latents(path) if path.exists() else _latents(load_places(data), first.space)
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        keep_latents(latents, path)
    unet = first.unet.requires_grad_(requires_grad=True)
    rows, columns = latents.latents.shape[-2:]
    unet.register_to_config(sample_size=[rows, columns])
    with wrapped(unet):
        loss = diffusion_loss(unet, Turned(latents), BATCH, half=False)
        mean = train(unet, loss, with_steps(PLAN, steps), folder / "unet", on_step)
    unet.load_state_dict(mean)
    save_compact(unet, coder, new_scheduler(), folder / "model")
    return folder / "model"


@torch.inference_mode()
def _latents(pictures: Pictures, space: Space) -> LatentSet:
    """Latents of every picture and its mirror, each under several captions."""
    found: list[Tensor] = []
    for start in range(0, len(pictures.pixels), _CHUNK):
        large = torch.from_numpy(pictures.pixels[start : start + _CHUNK]).permute(0, 3, 1, 2)
        small = fn.interpolate(large / 255.0, (ROWS_PX, 2 * ROWS_PX), mode="area")
        both = torch.stack([small, small.flip(-1)], dim=1).flatten(0, 1)
        found.append(space.encode(both).half())
    texts, rows = list[str](), list[int]()
    known: dict[str, int] = {}
    for number, place in enumerate(pictures.places):
        rng = np.random.default_rng([PLAN.seed, number])
        said = [caption(place, rng) for _ in range(CAPTIONS)]
        rows += [known.setdefault(text, len(known)) for text in said] * 2
    texts = list(known)
    words = [token_states(texts[i : i + _CHUNK]).half() for i in range(0, len(texts), _CHUNK)]
    return LatentSet(
        # Picture, mirror, picture, ...: as the captions' rows have them.
        torch.cat(found).repeat_interleave(CAPTIONS, dim=0),
        torch.cat(words),
        torch.tensor(rows),
        token_states([""])[0].half(),
    )
