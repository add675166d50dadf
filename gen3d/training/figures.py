# SPDX-License-Identifier: Apache-2.0
"""Sets of training pictures of dressed people, shard by shard, and their corpus.

Each shard is a few bodies, draped once and seen in many looks (:mod:`gen3d.figures`): three views
of the whole figure and three of its upper part. Its header holds the characters, so claims can be
written anew without drawing again. Shard *n* depends on the seed and *n* alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Int64, UInt8
from torch import Tensor

from gen3d.figures.body import Wearer, beard_length, looks_of, put_on
from gen3d.figures.captions import Frame
from gen3d.figures.claims import Claim, claims_of, facts_of
from gen3d.figures.photo import Shot, photograph, pose
from gen3d.figures.sampling import draw_cast, variant
from gen3d.figures.stance import STANCES
from gen3d.progress import OnStep, silent
from gen3d.render.studio import random_light
from gen3d.spec import CharacterSpec
from gen3d.training.claims import ClaimCorpus, tabulated
from gen3d.training.corpus import embedded
from gen3d.training.shards import SIZE_PX, opened, save_shard, shard_path, shards_in

BODIES, LOOKS, VIEWS = 2, 14, 6
"""Bodies in a shard, looks of each, views of each look: the first half whole, the rest near."""
DESCRIPTIONS = 14
"""Of each figure from each distance."""
FRAMES: tuple[Frame, ...] = ("full", "near")


@dataclass(frozen=True)
class FigureShard:
    """Pictures of some people."""

    specs: tuple[CharacterSpec, ...]
    """``LOOKS`` of each body, one after the other."""
    pictures: UInt8[np.ndarray, "figures views height width 4"]


def draw_figures(
    folder: Path, number: int, seed: int, bodies: int = BODIES, looks: int = LOOKS
) -> None:
    """Draw one shard, unless it is there."""
    path = shard_path(folder, number)
    if path.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    drawn = [
        pair
        for index in range(number * bodies, (number + 1) * bodies)
        for pair in _body(seed, index, looks)
    ]
    specs, pictures = zip(*drawn, strict=True)
    content = [spec.model_dump(mode="json") for spec in specs]
    save_shard(path, {"pictures": np.stack(pictures)}, content)


def _body(seed: int, index: int, looks: int) -> Iterator[tuple[CharacterSpec, np.ndarray]]:
    cast, rng = draw_cast(seed, index)
    base = cast.base
    wearer = put_on(base.body, base.skin, cast.styles, beard_length(base), base.garments, index)
    for number in range(looks):
        spec = variant(cast, number, rng)
        yield spec, _pictures(wearer, spec, rng)


def _pictures(wearer: Wearer, spec: CharacterSpec, rng: np.random.Generator) -> np.ndarray:
    stance = str(rng.choice(list(STANCES), p=(0.15, 0.25, 0.4, 0.1, 0.1)))
    posed = pose(wearer.parts, wearer.skeleton, stance, rng)
    light = random_light(VIEWS, torch.Generator().manual_seed(int(rng.integers(2**62))))
    return photograph(posed, looks_of(wearer, spec), random_shots(rng), SIZE_PX, light)


def random_shots(rng: np.random.Generator) -> list[Shot]:
    """Front, any side and back of all of it; then bust, face, and either from any side."""
    near = str(rng.choice(("bust", "face")))
    frames = ("full", "full", "full", "bust", "face", near)
    azimuths = (
        rng.normal(0.0, 30.0),
        rng.uniform(0.0, 360.0),
        180.0 + rng.normal(0.0, 35.0),
        rng.normal(0.0, 30.0),
        rng.normal(0.0, 25.0),
        rng.uniform(0.0, 360.0),
    )
    return [
        Shot(frame, float(a), float(rng.normal(6.0, 7.0)), float(rng.uniform(0.95, 1.2)))
        for frame, a in zip(frames, azimuths, strict=True)
    ]


def read_figures(folder: Path) -> list[FigureShard]:
    """Every shard of a set, in order.

    Raises:
        Gen3dError: There is none, or one is damaged.
    """
    return [_read(path) for path in shards_in(folder, "gen3d train people")]


def _read(path: Path) -> FigureShard:
    with opened(path) as (content, array):
        specs = tuple(CharacterSpec.model_validate(entry) for entry in content)
        return FigureShard(specs, array("pictures"))


def load_figures(folder: Path, seed: int, on_step: OnStep = silent) -> ClaimCorpus:
    """Read a set and say what can be said of it; a figure and a portrait of it are two things.

    Raises:
        Gen3dError: There are no shards, or one is damaged.
    """
    shards = read_figures(folder)
    specs = [spec for shard in shards for spec in shard.specs]
    pictures = np.concatenate([shard.pictures for shard in shards])
    half = pictures.shape[1] // 2
    # Figure 0 whole, figure 0 near, figure 1 whole…
    split = np.stack([pictures[:, :half], pictures[:, half:]], axis=1)
    things: list[tuple[CharacterSpec, Frame]] = [(s, frame) for s in specs for frame in FRAMES]
    drawn = [_claims_of(spec, frame, [seed, n]) for n, (spec, frame) in enumerate(things)]
    claims = [claim for descriptions in drawn for one in descriptions for claim in one]
    ends = np.cumsum([len(one) for descriptions in drawn for one in descriptions])
    spans = np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1)
    texts = tuple(sorted({claim.text for claim in claims}))
    position = {text: index for index, text in enumerate(texts)}
    return ClaimCorpus(
        torch.from_numpy(split.reshape(-1, *split.shape[2:])),
        embedded(folder, texts, on_step),
        texts,
        torch.tensor([position[claim.text] for claim in claims]),
        spans.reshape(len(things), DESCRIPTIONS, 2),
        tabulated([facts_of(spec, frame) for spec, frame in things], claims),
        _groups(specs),
    )


def _claims_of(spec: CharacterSpec, frame: Frame, seed: list[int]) -> list[list[Claim]]:
    rng = np.random.default_rng(seed)
    return [claims_of(spec, frame, rng) for _ in range(DESCRIPTIONS)]


def _groups(specs: Sequence[CharacterSpec]) -> tuple[Int64[Tensor, "_"], ...]:
    """The looks of each body, from each distance."""
    bodies: list[list[int]] = []
    for index, spec in enumerate(specs):
        if index == 0 or spec.body != specs[index - 1].body:
            bodies.append([])
        bodies[-1].append(index)
    sides = range(len(FRAMES))
    return tuple(
        torch.tensor([len(FRAMES) * index + side for index in body])
        for body in bodies
        for side in sides
    )
