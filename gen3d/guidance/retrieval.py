# SPDX-License-Identifier: Apache-2.0
"""The instant draft: the thing of a codebook whose pictures a tower likes best for the words.

AvatarCLIP's first stage (Hong et al. 2022, §3.2.1) for things: the codebook holds the features that
the guiding tower gives to some thousand numbered things of the foundry
(:mod:`gen3d.foundry.draws`), so retrieval is one matrix product and nothing is optimised. What the
reader of words is sure of, the family, narrows the search; everything else is the tower's choice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from torch.nn.functional import normalize

from gen3d.atomic import publish
from gen3d.cache import sha256_of
from gen3d.errors import Gen3dError
from gen3d.foundry.draws import drawn, list_digest
from gen3d.foundry.families import families
from gen3d.foundry.thing import ThingSpec
from gen3d.guidance.looking import portraits
from gen3d.guidance.towers import Tower
from gen3d.progress import OnStep, silent

SEED = 77
"""Of the codebook's list of things; no training set has it."""
FILE = "codebook.safetensors"


@dataclass(frozen=True)
class Codebook:
    """What a tower sees in the things of a list."""

    seed: int
    features: Float[Tensor, "things features"]
    """Unit rows; row *i* is thing number *i*."""
    tower: str
    """SHA-256 of the weights that saw them."""


@dataclass(frozen=True)
class Found:
    """A retrieved thing."""

    number: int
    spec: ThingSpec
    similarity: float


def look_at(tower: Tower, spec: ThingSpec) -> Float[Tensor, "features"]:
    """What a tower sees in a thing: the mean over its portraits, of unit length."""
    with torch.no_grad():
        return normalize(tower.see(portraits(spec)).mean(dim=0), dim=-1)


def make_codebook(tower: Tower, things: int, on_step: OnStep = silent) -> Codebook:
    """Look at the first things of the list."""
    rows: list[Tensor] = []
    for number in range(things):
        rows.append(look_at(tower, drawn(SEED, number)[0]))
        on_step(number + 1, things)
    return Codebook(SEED, torch.stack(rows), sha256_of(tower.weights))


def save_codebook(codebook: Codebook, path: Path) -> None:
    """Write a codebook in half precision."""
    # One entry: safetensors writes several in any order, and the card holds the file's hash.
    about = {"seed": codebook.seed, "things": list_digest(codebook.seed), "tower": codebook.tower}
    header = {"list": json.dumps(about)}
    temporary = path.with_suffix(".tmp")
    save_file({"features": codebook.features.half().contiguous()}, temporary, header)
    publish(temporary, path)


def load_codebook(path: Path) -> Codebook:
    """Read a codebook.

    Raises:
        Gen3dError: It is missing, damaged, or of another foundry.
    """
    again = "Make it again: gen3d train codebook"
    try:
        with safe_open(path, "pt") as file:
            header, features = json.loads(file.metadata()["list"]), file.get_tensor("features")
        seed, tower = int(header["seed"]), str(header["tower"])
    except (OSError, SafetensorError, TypeError, KeyError, ValueError) as error:
        raise Gen3dError(f"The codebook {path} cannot be read: {error}.", again) from None
    if header.get("things") != list_digest(seed):
        raise Gen3dError(f"The codebook {path} is of another version of the foundry.", again)
    return Codebook(seed, normalize(features.float(), dim=-1), tower)


def retrieve(
    codebook: Codebook,
    text: Float[Tensor, "features"],
    among: Sequence[str] | None = None,
    count: int = 8,
) -> list[Found]:
    """The best things for a text, best first.

    Args:
        codebook: Of the tower that read the text.
        text: Its features, of unit length.
        among: Families to choose from; None: all.
        count: How many.
    """
    scores = codebook.features @ text
    if among is not None:
        names = list(families())
        wanted = torch.tensor([names[i % len(names)] in among for i in range(len(scores))])
        scores = torch.where(wanted, scores, -2.0)
    best = torch.topk(scores, min(count, len(scores)))
    return [
        Found(int(number), drawn(codebook.seed, int(number))[0], float(score))
        for score, number in zip(best.values, best.indices, strict=True)
        if float(score) > -2.0
    ]
