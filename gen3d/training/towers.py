# SPDX-License-Identifier: Apache-2.0
"""Training of the image towers: CLIP against frozen sentence embeddings.

An image tower in open_clip's form and one linear map of the frozen MiniLM embedding meet in one
space. The loss is InfoNCE (Radford et al. 2021) with soft targets: a caption may be true of several
things in the batch ("a vase"), and how true is read from the frozen text space itself, as the
similarity of the caption with each thing's canonical description. A second term pulls each picture
towards its own description. A batch holds several things of each family, so that colours, materials
and parts decide and not the family alone.

With ``adversarial_share`` above zero, that share of the steps moves each picture by one step of a
low-frequency attack before it is learned from (fast gradient sign, Goodfellow et al. 2015, with
random start, Wong et al. 2020, on a 16 × 16 grid), because low frequencies are what a field under
guidance can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, interpolate, log_softmax, normalize

from gen3d.loop import Loss
from gen3d.text import WIDTH
from gen3d.training.corpus import Captioned
from gen3d.training.scatter import on_backgrounds, scattered

EMBED = 384
MEAN = (0.5, 0.5, 0.5)
STD = (0.25, 0.25, 0.25)
SOFT_TEMPERATURE = 0.04
SOFT_SHARE = 0.3
PULL = 0.5
ATTACK = 4.0 / 255.0
ATTACK_FROM = 0.5
"""Share of the training before which there is no attack: first learn to see."""
SHRINKAGE = 0.1
"""Share of the mean variance that whitening adds to every direction."""
TEXT_RATE = 0.05
"""Of the learning rate, for the text projection: the words stay where they are."""


@dataclass(frozen=True)
class TowerRecipe:
    """What a tower is and how it is trained."""

    architecture: str
    """A timm model that open_clip can build."""
    families_per_batch: int = 24
    things_per_family: int = 8
    adversarial_share: float = 0.2
    half: bool = True
    """See in bfloat16: quicker where the processor has it, ten times slower where it has not."""


class Towers(nn.Module):
    """Image tower, text projection and temperature: the trained parts of a CLIP."""

    def __init__(
        self,
        architecture: str,
        size_px: int = 64,
        projection_start: Float[Tensor, "embed 384"] | None = None,
    ) -> None:
        super().__init__()
        self.visual = image_tower(architecture, size_px)
        projection = nn.Linear(WIDTH, EMBED, bias=False)
        with torch.no_grad():
            start = torch.eye(EMBED, WIDTH) if projection_start is None else projection_start
            projection.weight.copy_(start)
        self.text = nn.ModuleDict({"proj": projection})
        self.logit_scale = nn.Parameter(torch.tensor(2.8))

    def see(self, pictures: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch embed"]:
        """Unit features of sRGB pictures."""
        mean = torch.tensor(MEAN)[:, None, None]
        std = torch.tensor(STD)[:, None, None]
        return normalize(self.visual((pictures - mean) / std).float(), dim=-1)

    def read(self, sentences: Float[Tensor, "batch 384"]) -> Float[Tensor, "batch embed"]:
        """Unit features of frozen sentence embeddings."""
        return normalize(self.text["proj"](sentences), dim=-1)


def whitening(features: Float[Tensor, "texts 384"]) -> Float[Tensor, "384 384"]:
    """A projection that spreads captions evenly: C^(-1/2) without their common direction.

    Sentence embeddings of one domain lie in a narrow cone, in which colours and materials are small
    differences. The covariance is shrunk towards a multiple of the identity, so that a direction of
    ``r`` times the mean variance keeps ``r / (r + SHRINKAGE)`` of the mean: directions with much to
    say are equal, and those that carry hardly anything are not blown up.
    """
    mean = features.mean(dim=0)
    common = mean / mean.norm()
    centred = features - mean
    covariance = centred.T @ centred / len(features)
    average = covariance.diagonal().mean()
    values, vectors = torch.linalg.eigh(covariance + SHRINKAGE * average * torch.eye(WIDTH))
    spread = vectors @ torch.diag((average / values).sqrt()) @ vectors.T
    return spread @ (torch.eye(WIDTH) - torch.outer(common, common))


def vision_config(architecture: str, size_px: int) -> dict[str, Any]:
    """The ``vision_cfg`` of open_clip."""
    return {
        "timm_model_name": architecture,
        "timm_model_pretrained": False,
        "timm_pool": "avg",
        "timm_proj": "linear",
        "image_size": size_px,
    }


def image_tower(architecture: str, size_px: int) -> nn.Module:
    """An image tower built by open_clip itself, so that its keys are open_clip's."""
    from open_clip.timm_model import TimmModel

    return TimmModel(
        architecture, EMBED, image_size=size_px, pool="avg", proj="linear", pretrained=False
    )


def tower_loss(model: Towers, corpus: Captioned, recipe: TowerRecipe, steps: int) -> Loss:
    """The step function of :func:`gen3d.loop.train`, for a training of some steps."""

    def loss(step: int, generator: torch.Generator) -> Mapping[str, Tensor]:
        things = grouped_batch(corpus, recipe, generator)
        view = torch.randint(corpus.pictures.shape[1], things.shape, generator=generator)
        pictures = on_backgrounds(corpus.pictures[things, view], generator)
        pictures = scattered(pictures, generator)
        pick = torch.randint(corpus.captions.shape[1], things.shape, generator=generator)
        captions = corpus.features[corpus.captions[things, pick]]
        plain = corpus.features[corpus.captions[things, 0]]
        hard = bool(torch.rand((), generator=generator) < recipe.adversarial_share)
        if hard and step >= ATTACK_FROM * steps:
            pictures = attacked(model, pictures, captions, generator, half=recipe.half)
        return _figures(model, pictures, captions, plain, half=recipe.half)

    return loss


def grouped_batch(
    corpus: Captioned, recipe: TowerRecipe, generator: torch.Generator
) -> Int64[Tensor, "batch"]:
    """Things of some families, several of each."""
    count = min(recipe.families_per_batch, len(corpus.members))
    chosen = torch.randperm(len(corpus.members), generator=generator)[:count]
    groups = [_some(corpus.members[int(i)], recipe.things_per_family, generator) for i in chosen]
    return torch.cat(groups)


def _some(members: Tensor, count: int, generator: torch.Generator) -> Tensor:
    return members[torch.randint(len(members), (count,), generator=generator)]


def _figures(
    model: Towers, pictures: Tensor, captions: Tensor, plain: Tensor, *, half: bool
) -> Mapping[str, Tensor]:
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        seen = model.see(pictures)
    read, described = model.read(captions), model.read(plain)
    logits = model.logit_scale.exp().clamp(max=60.0) * read @ seen.T
    targets = soft_targets(captions, plain)
    contrast = 0.5 * (
        _soft_cross_entropy(logits, targets) + _soft_cross_entropy(logits.T, targets.T)
    )
    pull = (1.0 - (seen * described.detach()).sum(-1)).mean()
    right = (logits.argmax(dim=1) == torch.arange(len(logits))).float().mean()
    return {"loss": contrast + PULL * pull, "contrast": contrast, "pull": pull, "right": right}


def soft_targets(
    captions: Float[Tensor, "batch 384"], plain: Float[Tensor, "batch 384"]
) -> Float[Tensor, "batch batch"]:
    """How true each caption (row) is of each thing (column); rows sum to 1."""
    similar = torch.softmax(captions @ plain.T / SOFT_TEMPERATURE, dim=1)
    return (1.0 - SOFT_SHARE) * torch.eye(len(captions)) + SOFT_SHARE * similar


def _soft_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    shares = targets / targets.sum(dim=1, keepdim=True)
    return -(shares * log_softmax(logits, dim=1)).sum(dim=1).mean()


def attacked(
    model: Towers,
    pictures: Tensor,
    captions: Tensor,
    generator: torch.Generator,
    *,
    half: bool = True,
) -> Tensor:
    """Pictures moved a little against their captions, in low frequencies."""
    start = torch.rand(len(pictures), 3, 16, 16, generator=generator) * 2.0 - 1.0
    shift = (ATTACK * start).requires_grad_()
    size = tuple(pictures.shape[-2:])
    moved = pictures + interpolate(shift, size=size, mode="bilinear", align_corners=False)
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        seen = model.see(moved)
    with torch.no_grad():
        read = model.read(captions)
    logits = 20.0 * seen @ read.T
    worse = cross_entropy(logits, torch.arange(len(logits)))
    gradient = torch.autograd.grad(worse, shift)[0]
    final = (shift.detach() + ATTACK * gradient.sign()).clamp(-ATTACK, ATTACK)
    grown = interpolate(final, size=size, mode="bilinear", align_corners=False)
    return (pictures + grown).clamp(0.0, 1.0)
