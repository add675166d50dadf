# SPDX-License-Identifier: Apache-2.0
"""What the diffusion model trains on: latents of all pictures and the words for each, on disk.

Each picture gets one caption that names its view; the caption's token states (frozen MiniLM) and
the picture's latents are computed once, because they cost more than a training step. Backgrounds
are plain light greys: what the model is asked is how things look, not where they stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Float16, Int64
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from gen3d.atomic import publish
from gen3d.errors import Gen3dError
from gen3d.foundry.captions import canonical, caption
from gen3d.foundry.families import families
from gen3d.progress import OnStep, silent
from gen3d.training.corpus import Scenes

CANONICAL_SHARE = 0.4
_CHUNK = 128

Encode = Callable[[list[str]], Tensor]
"""Texts -> last hidden states, "texts tokens 384"."""


@dataclass(frozen=True)
class LatentSet:
    """Latents and words of every picture."""

    latents: Float16[Tensor, "pictures 4 height width"]
    """Scaled to unit variance."""
    words: Float16[Tensor, "texts tokens 384"]
    caption: Int64[Tensor, "pictures"]
    """Row of ``words``."""
    empty: Float16[Tensor, "tokens 384"]
    """Words of the empty caption."""

    def batch(
        self, count: int, drop_share: float, generator: torch.Generator
    ) -> tuple[Float[Tensor, "count 4 height width"], Float[Tensor, "count tokens 384"]]:
        """Random pictures with their words, some of them dropped."""
        pick = torch.randint(len(self.latents), (count,), generator=generator)
        words = self.words[self.caption[pick]].float()
        dropped = torch.rand(count, 1, 1, generator=generator) < drop_share
        return self.latents[pick].float(), torch.where(dropped, self.empty.float(), words)


def view_words(azimuth_deg: float, elevation_deg: float) -> str:
    """The view in the words that captions and guidance share."""
    if elevation_deg > 55.0:
        return "seen from above"
    turned = (azimuth_deg + 180.0) % 360.0 - 180.0
    if abs(turned) <= 45.0:
        return "front view"
    return "back view" if abs(turned) >= 135.0 else "side view"


def make_latents(
    scenes: Scenes,
    encode_pictures: Callable[[Tensor], Tensor],
    encode_words: Encode,
    path: Path,
    seed: int,
    on_step: OnStep = silent,
) -> LatentSet:
    """Compute the set, or read it when it is there.

    Args:
        scenes: Pictures, what they show, the views.
        encode_pictures: Pictures in [-1, 1] -> scaled latents.
        encode_words: Texts -> hidden states.
        path: File of the set.
        seed: Of captions and backgrounds.
        on_step: Told after each chunk.
    """
    if path.exists():
        return read_latents(path)
    texts, index = _captions(scenes, seed)
    pictures = scenes.pictures.flatten(0, 1)
    total = -(-len(pictures) // _CHUNK) + -(-len(texts) // _CHUNK)
    latents, words = [], []
    generator = torch.Generator().manual_seed(seed)
    with torch.inference_mode():
        for start in range(0, len(pictures), _CHUNK):
            batch = on_greys(pictures[start : start + _CHUNK], generator)
            latents.append(encode_pictures(batch * 2.0 - 1.0).half())
            on_step(len(latents), total)
        for start in range(0, len(texts), _CHUNK):
            words.append(encode_words(texts[start : start + _CHUNK]).half())
            on_step(len(latents) + len(words), total)
        empty = encode_words([""])[0].half()
    made = {"latents": torch.cat(latents), "words": torch.cat(words), "caption": index}
    made["empty"] = empty
    return keep_latents(LatentSet(**made), path)


def keep_latents(made: LatentSet, path: Path) -> LatentSet:
    """Write a set for :func:`read_latents`, whole or not at all."""
    temporary = path.with_suffix(".tmp")
    save_file({name: value.contiguous() for name, value in vars(made).items()}, temporary)
    publish(temporary, path)
    return made


def read_latents(path: Path) -> LatentSet:
    """A set from its file.

    Raises:
        Gen3dError: It is damaged.
    """
    try:
        return LatentSet(**load_file(path))
    except (SafetensorError, TypeError) as error:
        raise Gen3dError(
            f"The latents {path} are damaged: {error}.",
            "Delete the file; gen3d train makes it again.",
        ) from None


def on_greys(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Composite straight-alpha pictures over plain light greys."""
    values = pictures.float().div(255.0)
    grey = 0.55 + 0.45 * torch.rand(len(values), 1, 1, 1, generator=generator)
    alpha = values[..., 3:]
    return (values[..., :3] * alpha + grey * (1.0 - alpha)).permute(0, 3, 1, 2)


def _captions(scenes: Scenes, seed: int) -> tuple[list[str], Int64[Tensor, "pictures"]]:
    texts: dict[str, int] = {}
    rows: list[int] = []
    for number, spec in enumerate(scenes.specs):
        family = families()[spec.family]
        rng = np.random.default_rng([seed, number])
        for azimuth, elevation in zip(
            scenes.azimuth_deg[number].tolist(), scenes.elevation_deg[number].tolist(), strict=True
        ):
            view = view_words(azimuth, elevation)
            if rng.random() < CANONICAL_SHARE:
                text = f"{canonical(spec, family)}, {view}"
            else:
                text = caption(spec, family, rng, wording="trained", view=view)
            rows.append(texts.setdefault(text, len(texts)))
    return list(texts), torch.tensor(rows)
