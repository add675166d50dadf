# SPDX-License-Identifier: Apache-2.0
"""A picture set in memory with its captions and their frozen sentence embeddings.

Captions are written from the specs, several for each thing, and embedded once; the embeddings lie
beside the shards under a name that is a digest of the texts, so a new vocabulary makes new ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64, UInt8
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from gen3d.atomic import publish
from gen3d.errors import Gen3dError
from gen3d.foundry.captions import canonical, caption
from gen3d.foundry.families import families
from gen3d.foundry.thing import ThingSpec
from gen3d.progress import OnStep, silent
from gen3d.text import WIDTH, TextEncoder
from gen3d.training.shards import Shard, read_set

CAPTIONS = 4
"""Captions of each thing, the canonical one first."""
JOBS = 2
WORTH_PROCESSES = 6
"""Chunks from which other processes help: starting one takes as long as a chunk or two."""
_CHUNK = 512


@dataclass(frozen=True)
class Pictures:
    """All pictures of a set in one row."""

    pixels: UInt8[Tensor, "pictures height width 4"]

    def random(
        self, count: int, generator: torch.Generator
    ) -> UInt8[Tensor, "count height width 4"]:
        """Some of them, drawn with replacement."""
        return self.pixels[torch.randint(len(self.pixels), (count,), generator=generator)]


@runtime_checkable
class Captioned(Protocol):
    """What the training of a tower reads."""

    @property
    def pictures(self) -> UInt8[Tensor, "things views height width 4"]:
        """Straight alpha, sRGB."""
        ...

    @property
    def features(self) -> Float[Tensor, "texts 384"]:
        """MiniLM embeddings of the texts, unit rows."""
        ...

    @property
    def captions(self) -> Int64[Tensor, "things captions"]:
        """Indices of texts; column 0 is the canonical form."""
        ...

    @property
    def members(self) -> tuple[Int64[Tensor, "_"], ...]:
        """Indices of things that are alike."""
        ...


@dataclass(frozen=True)
class Scenes:
    """What is to be seen, and from where, without words."""

    specs: tuple[ThingSpec, ...]
    pictures: UInt8[Tensor, "things views height width 4"]
    azimuth_deg: Float[Tensor, "things views"]
    elevation_deg: Float[Tensor, "things views"]


@dataclass(frozen=True)
class Corpus(Scenes):
    """Everything that the training of a tower draws from."""

    texts: tuple[str, ...]
    """Each different caption once."""
    features: Float[Tensor, "texts 384"]
    """MiniLM embeddings of the texts, unit rows."""
    captions: Int64[Tensor, "things captions"]
    """Indices into ``texts``; column 0 is the canonical form."""
    members: tuple[Int64[Tensor, "_"], ...]
    """Indices of the things of each family."""


def load_scenes(folder: Path) -> Scenes:
    """Read a set.

    Raises:
        Gen3dError: There are no shards, or one is damaged.
    """
    shards = list(read_set(folder))
    return Scenes(
        tuple(spec for shard in shards for spec in shard.specs),
        torch.from_numpy(np.concatenate([shard.pictures for shard in shards])),
        _joined(shards, "azimuth_deg"),
        _joined(shards, "elevation_deg"),
    )


def load_corpus(folder: Path, seed: int, on_step: OnStep = silent) -> Corpus:
    """Read a set and caption it.

    Raises:
        Gen3dError: There are no shards, or one is damaged.
    """
    scenes = load_scenes(folder)
    rows = [_captions_of(spec, index, seed) for index, spec in enumerate(scenes.specs)]
    texts = tuple(sorted({text for row in rows for text in row}))
    position = {text: index for index, text in enumerate(texts)}
    return Corpus(
        scenes.specs,
        scenes.pictures,
        scenes.azimuth_deg,
        scenes.elevation_deg,
        texts,
        embedded(folder, texts, on_step),
        torch.tensor([[position[text] for text in row] for row in rows]),
        _members(scenes.specs),
    )


def _captions_of(spec: ThingSpec, index: int, seed: int) -> list[str]:
    family = families()[spec.family]
    rng = np.random.default_rng([seed, index])
    free = [caption(spec, family, rng, wording="trained") for _ in range(CAPTIONS - 1)]
    return [canonical(spec, family), *free]


def _joined(shards: list[Shard], name: str) -> Tensor:
    return torch.from_numpy(np.concatenate([getattr(shard, name) for shard in shards]))


def _members(specs: tuple[ThingSpec, ...]) -> tuple[Tensor, ...]:
    names = sorted({spec.family for spec in specs})
    found = {name: [i for i, spec in enumerate(specs) if spec.family == name] for name in names}
    return tuple(torch.tensor(found[name]) for name in names)


def embedded(
    folder: Path, texts: tuple[str, ...], on_step: OnStep = silent
) -> Float[Tensor, "texts 384"]:
    """Sentence embeddings of texts, kept in the folder."""
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    path = folder / f"captions-{digest}.safetensors"
    if path.exists():
        return _read_features(path)
    # Sorted by length, so that a chunk's texts share their token counts and batches are full.
    order = sorted(range(len(texts)), key=lambda i: len(texts[i].split()))
    chunks = [order[i : i + _CHUNK] for i in range(0, len(order), _CHUNK)]
    features = torch.zeros(len(texts), WIDTH)
    parts = [[texts[i] for i in chunk] for chunk in chunks]
    with closing(_embedded_parts(parts)) as results:
        for done, (chunk, rows) in enumerate(zip(chunks, results, strict=True), start=1):
            features[chunk] = torch.from_numpy(rows)
            on_step(done, len(chunks))
    temporary = path.with_suffix(".tmp")
    save_file({"features": features.half()}, temporary)
    publish(temporary, path)
    return features.half().float()


def _read_features(path: Path) -> Float[Tensor, "texts 384"]:
    try:
        return load_file(path)["features"].float()
    except (SafetensorError, KeyError) as error:
        raise Gen3dError(
            f"The embedded captions {path} are damaged: {error}.",
            "Delete the file; gen3d train makes it again.",
        ) from None


def _embedded_parts(
    parts: list[list[str]],
) -> Generator[Float32[np.ndarray, "texts 384"]]:
    """Embeddings of each part, in order, from several processes where that is worth their start."""
    if len(parts) < WORTH_PROCESSES:
        yield from map(_embed, parts)
        return
    with ProcessPoolExecutor(JOBS, get_context("spawn")) as pool:
        try:
            yield from pool.map(_embed, parts)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _embed(texts: list[str]) -> Float32[np.ndarray, "texts 384"]:
    return TextEncoder.load().embed(texts)
