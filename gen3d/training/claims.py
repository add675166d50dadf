# SPDX-License-Identifier: Apache-2.0
"""Training of a tower that reads phrases: every claim of a batch is held against every picture.

A caption as a whole says of a picture one thing in a hundred; its phrases, each true of some
figures and false of others, say several hundred (:mod:`gen3d.figures.claims`). The loss is InfoNCE
(Radford et al. 2021) with all that is true as positives (Khosla et al. 2020, "Supervised
contrastive learning", the form with the sum inside the logarithm): phrases find their pictures, and
descriptions, which are means of phrases, find their pictures and are found by them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int8, Int16, Int64, Num, UInt8
from torch import Tensor
from torch.nn.functional import normalize

from gen3d.figures.claims import Claim, Facts, Worn
from gen3d.foundry.colours import difference
from gen3d.loop import Loss
from gen3d.training.scatter import on_backgrounds, scattered
from gen3d.training.towers import TowerRecipe, Towers

SAME, OTHER = 14.0, 30.0
"""HyAB distances: up to the one a garment has the colour that is claimed, from the other it has
not; between them nothing is learned."""
TRUE, FALSE, UNSURE = 1, 0, -1
_NEVER = -1.0e4


@dataclass(frozen=True)
class Told:
    """Figures and claims as arrays: which of these claims are true of which of those figures."""

    traits: Float32[np.ndarray, "things traits"]
    kinds: Int16[np.ndarray, "things garments"]
    colours: Float64[np.ndarray, "things garments 3"]
    fabrics: Int16[np.ndarray, "things garments"]
    claimed: Float32[np.ndarray, "claims traits"]
    claimed_kind: Int16[np.ndarray, "claims"]
    """-1 where no garment is claimed."""
    claimed_colour: Float64[np.ndarray, "claims 3"]
    """NaN where any will do."""
    claimed_fabric: Int16[np.ndarray, "claims"]
    """-1 where any will do."""

    def truths(
        self, claims: Int64[np.ndarray, "claims"], things: Int64[np.ndarray, "things"]
    ) -> Int8[np.ndarray, "claims things"]:
        """TRUE, FALSE or UNSURE for each pair."""
        claimed = self.claimed[claims]
        had = claimed @ self.traits[things].T
        traits = had >= claimed.sum(axis=1, keepdims=True) - 0.5
        found = np.where(traits, TRUE, FALSE).astype(np.int8)
        clothes = np.flatnonzero(self.claimed_kind[claims] >= 0)
        found[clothes] = self._worn(claims[clothes], things)
        return found

    def _worn(self, claims: np.ndarray, things: np.ndarray) -> Int8[np.ndarray, "claims things"]:
        fabric = self.claimed_fabric[claims][:, None, None]
        fits = self.kinds[things] == self.claimed_kind[claims][:, None, None]
        fits &= (fabric < 0) | (self.fabrics[things] == fabric)
        gap = difference(self.colours[things], self.claimed_colour[claims][:, None, None])
        gap = np.where(np.isnan(gap), 0.0, gap)
        surely, perhaps = (fits & (gap < SAME)).any(-1), (fits & (gap < OTHER)).any(-1)
        return np.where(surely, TRUE, np.where(perhaps, UNSURE, FALSE)).astype(np.int8)


@dataclass(frozen=True)
class ClaimCorpus:
    """Pictures and what can be said of them."""

    pictures: UInt8[Tensor, "things views height width 4"]
    features: Float[Tensor, "texts 384"]
    """MiniLM embeddings of the phrases, unit rows."""
    texts: tuple[str, ...]
    text_of: Int64[Tensor, "claims"]
    """Index of each claim's text."""
    spans: Int64[np.ndarray, "things draws 2"]
    """First claim, and the one after the last, of each description."""
    told: Told
    members: tuple[Int64[Tensor, "_"], ...]
    """Things that are alike: one body from one distance, in all its looks."""


def tabulated(facts: Sequence[Facts], claims: Sequence[Claim]) -> Told:
    """Facts and claims as arrays."""
    worn = [w for fact in facts for w in fact.worn] + [c.garment for c in claims if c.garment]
    traits = _numbered([t for f in facts for t in f.traits] + [t for c in claims for t in c.traits])
    kinds, fabrics = _numbered([w.kind for w in worn]), _numbered([w.fabric for w in worn])
    most = max((len(fact.worn) for fact in facts), default=0)
    told = Told(
        traits=_marked([fact.traits for fact in facts], traits),
        kinds=np.full((len(facts), most), -1, np.int16),
        colours=np.zeros((len(facts), most, 3)),
        fabrics=np.full((len(facts), most), -1, np.int16),
        claimed=_marked([claim.traits for claim in claims], traits),
        claimed_kind=np.full(len(claims), -1, np.int16),
        claimed_colour=np.full((len(claims), 3), np.nan),
        claimed_fabric=np.full(len(claims), -1, np.int16),
    )
    for row, fact in enumerate(facts):
        for column, one in enumerate(fact.worn):
            told.kinds[row, column] = kinds[one.kind]
            told.colours[row, column] = one.colour
            told.fabrics[row, column] = fabrics[one.fabric]
    for row, claim in enumerate(claims):
        if claim.garment is not None:
            _claim(told, row, claim.garment, kinds, fabrics)
    return told


def _claim(
    told: Told, row: int, garment: Worn, kinds: Mapping[str, int], fabrics: Mapping[str, int]
) -> None:
    told.claimed_kind[row] = kinds[garment.kind]
    if garment.colour is not None:
        told.claimed_colour[row] = garment.colour
    if garment.fabric:
        told.claimed_fabric[row] = fabrics[garment.fabric]


def _numbered(names: Sequence[str]) -> dict[str, int]:
    return {name: index for index, name in enumerate(sorted(set(names)))}


def _marked(
    rows: Sequence[frozenset[str]], numbers: Mapping[str, int]
) -> Float32[np.ndarray, "rows names"]:
    marked = np.zeros((len(rows), len(numbers)), np.float32)
    for row, names in enumerate(rows):
        marked[row, [numbers[name] for name in names]] = 1.0
    return marked


def claim_loss(model: Towers, corpus: ClaimCorpus, recipe: TowerRecipe) -> Loss:
    """The step function of :func:`gen3d.loop.train`; there are no attacks in it."""

    def loss(_: int, generator: torch.Generator) -> Mapping[str, Tensor]:
        things = batch_of(corpus, recipe, generator)
        view = torch.randint(corpus.pictures.shape[1], things.shape, generator=generator)
        draw = torch.randint(corpus.spans.shape[1], things.shape, generator=generator)
        pictures = on_backgrounds(corpus.pictures[things, view], generator)
        with torch.autocast("cpu", torch.bfloat16, enabled=recipe.half):
            seen = model.see(scattered(pictures, generator))
        spans = corpus.spans[things.numpy(), draw.numpy()]
        return _figures(model, corpus, things, spans, seen)

    return loss


def batch_of(
    corpus: ClaimCorpus, recipe: TowerRecipe, generator: torch.Generator
) -> Int64[Tensor, "batch"]:
    """Different looks of some bodies."""
    groups = torch.randperm(len(corpus.members), generator=generator)[: recipe.families_per_batch]
    return torch.cat([_few(corpus.members[int(i)], recipe, generator) for i in groups])


def _few(members: Tensor, recipe: TowerRecipe, generator: torch.Generator) -> Tensor:
    order = torch.randperm(len(members), generator=generator)
    return members[order[: recipe.things_per_family]]


def _figures(
    model: Towers,
    corpus: ClaimCorpus,
    things: Tensor,
    spans: Int64[np.ndarray, "batch 2"],
    seen: Float[Tensor, "batch embed"],
) -> Mapping[str, Tensor]:
    claims = np.concatenate([np.arange(*span) for span in spans])
    owner = torch.from_numpy(np.repeat(np.arange(len(spans)), spans[:, 1] - spans[:, 0]))
    true = torch.from_numpy(corpus.told.truths(claims, things.numpy()))
    true[torch.arange(len(claims)), owner] = TRUE
    features = corpus.features[corpus.text_of[torch.from_numpy(claims)]]
    mine = torch.zeros(len(spans), len(claims))
    mine[owner, torch.arange(len(claims))] = 1.0
    whole = _of_all(mine, true)
    scale = model.logit_scale.exp().clamp(max=60.0)
    phrase = contrast(scale * model.read(features) @ seen.T, true)
    logits = scale * model.read(normalize(mine @ features, dim=-1)) @ seen.T
    both = 0.5 * (contrast(logits, whole) + contrast(logits.T, whole.T))
    best = logits.masked_fill(whole == UNSURE, _NEVER).argmax(dim=0)
    right = (whole.T.gather(1, best[:, None]) == TRUE).float().mean()
    return {"loss": phrase + both, "phrase": phrase, "contrast": both, "right": right}


def _of_all(
    mine: Float[Tensor, "descriptions claims"], true: Int8[Tensor, "claims things"]
) -> Int64[Tensor, "descriptions things"]:
    """A description is as true as its least true claim."""
    wrong, unsure = mine @ (true == FALSE).float() > 0, mine @ (true == UNSURE).float() > 0
    rest = torch.where(unsure, UNSURE, TRUE)
    return torch.where(wrong, FALSE, rest)


def contrast(
    logits: Float[Tensor, "asked candidates"], true: Num[Tensor, "asked candidates"]
) -> Float[Tensor, ""]:
    """InfoNCE with several positives; what is unsure is no candidate.

    The mean is over rows that anything is false of: where all is true there is nothing to learn.
    """
    candidates = logits.masked_fill(true == UNSURE, _NEVER)
    positives = logits.masked_fill(true != TRUE, _NEVER)
    loss = torch.logsumexp(candidates, dim=1) - torch.logsumexp(positives, dim=1)
    counts = ((true == FALSE).any(dim=1) & (true == TRUE).any(dim=1)).float()
    return (loss * counts).sum() / counts.sum().clamp(min=1.0)
