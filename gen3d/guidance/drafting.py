# SPDX-License-Identifier: Apache-2.0
"""The first two steps to an object: a draft in seconds, and a better one in half a minute.

Both stay within the foundry, so both are clean things with named parts; what the words fix is fixed
(:mod:`gen3d.guidance.pins`), what they leave open is the tower's choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from gen3d.cache import sha256_of
from gen3d.errors import Gen3dError
from gen3d.foundry.draws import drawn
from gen3d.foundry.families import families
from gen3d.foundry.thing import ThingSpec
from gen3d.guidance.looking import portraits
from gen3d.guidance.pins import pinned
from gen3d.guidance.retrieval import FILE, SEED, Found, load_codebook, look_at, retrieve
from gen3d.guidance.search import Evolution, Ranked, evolve
from gen3d.guidance.towers import Tower
from gen3d.guidance.wording import Canonical
from gen3d.progress import OnStep, silent

SMALL_CODEBOOK = 6
"""Things of the family that a tower without a codebook looks at."""


def retrieved(words: Canonical, tower: Tower | None) -> Found:
    """The thing of the foundry that the tower likes best for the words.

    Args:
        words: A prompt, understood; its family is known.
        tower: None: the first thing of the family.
    """
    if tower is None:
        spec = next(_of_family(words.family or ""))
        return Found(-1, spec, 0.0)
    text = tower.read([words.text])[0].cpu()
    known = _in_codebook(tower, text, words.family or "")
    if known is not None:
        return known
    # A published tower brings no codebook: it looks at a few things of the family now.
    source = _of_family(words.family or "")
    few = [next(source) for _ in range(SMALL_CODEBOOK)]
    scores = [float(look_at(tower, spec).cpu() @ text) for spec in few]
    best = int(np.argmax(scores))
    return Found(-1, few[best], scores[best])


def _in_codebook(tower: Tower, text: Float[Tensor, "features"], family: str) -> Found | None:
    """The best of a tower's codebook; None where it has none, or nothing of the family in it."""
    path = tower.weights.with_name(FILE)
    if not path.is_file():
        return None
    codebook = load_codebook(path)
    if codebook.tower != sha256_of(tower.weights):
        raise Gen3dError(
            f"The codebook {path} is of another tower.", "Make it again: gen3d train codebook"
        )
    return next(iter(retrieve(codebook, text, [family], 1)), None)


def _of_family(name: str) -> Iterator[ThingSpec]:
    """Things of one family, without end."""
    number = list(families()).index(name)
    while True:
        yield drawn(SEED, number)[0]
        number += len(families())


def draft_for(words: Canonical, tower: Tower | None) -> tuple[ThingSpec, float]:
    """The retrieved thing with what the words say about it, and the tower's similarity."""
    found = retrieved(words, tower)
    return pinned(found.spec, words), found.similarity


def improved(
    start: ThingSpec,
    words: Canonical,
    tower: Tower | None,
    rounds: int,
    seed: int,
    on_step: OnStep = silent,
) -> Ranked:
    """Search around a draft under the tower's score.

    Args:
        start: The draft.
        words: What it should be.
        tower: Judges; None: the draft is returned.
        rounds: Of the evolution; 0: the draft is returned.
        seed: Of the search.
        on_step: Told after each candidate.
    """
    if tower is None or rounds == 0:
        return Ranked(start, 0.0)
    text = tower.read([words.text])[0]

    def judge(spec: ThingSpec) -> float:
        return float(look_at(tower, spec) @ text)

    rng = np.random.default_rng([seed, 3])
    plan = Evolution(rounds=rounds)
    return evolve([start], judge, lambda spec: pinned(spec, words), plan, rng, on_step)[0]


def write_portrait(spec: ThingSpec, path: Path, size_px: int = 320) -> None:
    """A picture of a thing from both front quarters."""
    shown = portraits(spec, (30.0, -45.0), size_px)
    pixels = (torch.cat(list(shown), dim=-1).permute(1, 2, 0) * 255.0).round().to(torch.uint8)
    Image.fromarray(pixels.numpy()).save(path)
