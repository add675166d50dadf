# SPDX-License-Identifier: Apache-2.0
"""Which words a diffusion model reads for each view: wanted, unwanted, and against two faces.

A prompt says what is seen from a direction as weighted texts (:class:`ViewTexts`); weights above
zero are blended in the model's text space, texts with weights below zero become perpendicular
negatives (:mod:`gen3d.guidance.perpneg`). Against the Janus face, a view that is not the front
also gets the front's words as a negative, by angle (:func:`janus_strengths`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.guidance.denoiser import Denoiser
from gen3d.guidance.prompts import ViewPrompts, side_weights
from gen3d.render.studio import Output
from gen3d.render.views import Views, orbit

Weighted = Sequence[tuple[str, float]]

FAINT = 1e-3
"""Negatives weaker than this in every view are not worth a pass through the model."""


@runtime_checkable
class ViewTexts(Protocol):
    """What should be seen, from every direction."""

    def for_view(self, azimuth_deg: float, elevation_deg: float) -> Weighted:
        """Texts with weights; below zero: what should not be seen."""
        ...


@dataclass(frozen=True)
class Spoken:
    """The project's view prompts, said for one kind of picture."""

    prompts: ViewPrompts
    kind: Output = "shaded"

    def for_view(self, azimuth_deg: float, elevation_deg: float) -> Weighted:
        """Wanted phrases from each side in their shares, unwanted ones with weights below zero."""
        one = torch.ones(1)
        view = orbit(azimuth_deg * one, elevation_deg * one, 3.0 * one, 40.0 * one, 1)
        shares = side_weights(view)[0].tolist()
        wanted = [
            (text, prompt.weight * share)
            for prompt in self.prompts.wanted
            for text, share in zip(self.prompts.texts(prompt.text, self.kind), shares, strict=True)
            if share > 0.0
        ]
        return [*wanted, *((prompt.text, -prompt.weight) for prompt in self.prompts.unwanted)]


@dataclass(frozen=True)
class Words:
    """What the model reads, for each view of a batch."""

    neutral: Float[Tensor, "views tokens width"]
    """The unconditional text, or a plain negative prompt in its place."""
    positive: Float[Tensor, "views tokens width"]
    negatives: Float[Tensor, "views negatives tokens width"]
    strengths: Float[Tensor, "views negatives"]
    """At least 0; how hard each negative pushes."""


@dataclass(frozen=True)
class Reader:
    """Texts to what a model reads, each text embedded once."""

    denoiser: Denoiser
    prompts: ViewTexts | ViewPrompts
    neutral: str = ""
    """The text of the unconditional side: empty, or a plain negative prompt as in ``diffusers``."""
    janus: float = 0.0
    """Factor on the view negatives; 0 turns them off, 1 is Perp-Neg's."""
    known: dict[str, Tensor] = field(default_factory=dict[str, Tensor])
    """A cache: the embedding of each text so far."""

    def words(self, views: Views, template: str = "{}", kind: Output = "shaded") -> Words:
        """What the model reads for a batch of views.

        Args:
            views: The cameras.
            template: How to say the texts for this kind of picture; ``{}`` is the text.
            kind: What the pictures show.
        """
        said = self._said(kind)
        angles = list(zip(views.azimuth_deg.tolist(), views.elevation_deg.tolist(), strict=True))
        wanted = [_wanted(said.for_view(*angle), angle) for angle in angles]
        unwanted = [self._unwanted(said, *angle) for angle in angles]
        texts = sorted({text for one in unwanted for text in one if _counts(text, unwanted)})
        blank = self._embed(self.neutral, "{}")
        positive = torch.stack([self._blend(weighted, template) for weighted in wanted])
        return Words(
            blank.expand_as(positive),
            positive,
            self._table(texts, template, blank).expand(len(angles), -1, -1, -1),
            positive.new_tensor([[one.get(text, 0.0) for text in texts] for one in unwanted]),
        )

    def _said(self, kind: Output) -> ViewTexts:
        if isinstance(self.prompts, ViewPrompts):
            return Spoken(self.prompts, kind)
        return self.prompts

    def _unwanted(
        self, said: ViewTexts, azimuth_deg: float, elevation_deg: float
    ) -> dict[str, float]:
        """Strengths of the negatives of one view, by text."""
        given = said.for_view(azimuth_deg, elevation_deg)
        strengths = dict[str, float]()
        for text, weight in given:
            if weight < 0.0:
                strengths[text] = strengths.get(text, 0.0) - weight
        if self.janus == 0.0:
            return strengths
        for side, strength in janus_strengths(azimuth_deg, elevation_deg).items():
            for text, weight in _wanted(said.for_view(ANCHORS_DEG[side], 0.0), (0.0, 0.0)):
                push = self.janus * strength * weight
                strengths[text] = strengths.get(text, 0.0) + push
        return strengths

    def _blend(self, weighted: Weighted, template: str) -> Float[Tensor, "tokens width"]:
        """The weighted mean of texts in the model's text space."""
        return torch.stack([weight * self._embed(text, template) for text, weight in weighted]).sum(
            dim=0
        )

    def _table(
        self, texts: Sequence[str], template: str, like: Float[Tensor, "tokens width"]
    ) -> Float[Tensor, "texts tokens width"]:
        if not texts:
            return like.new_zeros((0, *like.shape))
        return torch.stack([self._embed(text, template) for text in texts])

    def _embed(self, text: str, template: str) -> Float[Tensor, "tokens width"]:
        phrase = template.format(text)
        if phrase not in self.known:
            self.known[phrase] = self.denoiser.embed([phrase])[0]
        return self.known[phrase]


ANCHORS_DEG: Mapping[str, float] = {"front": 0.0, "side": 90.0}
"""The azimuths whose words are the view negatives."""


def janus_strengths(azimuth_deg: float, elevation_deg: float) -> dict[str, float]:
    """How hard to push away from the front's and the side's words, seen from somewhere.

    ``f(r) = a·exp(−b·r) + c`` in how far the view has turned between two sides (Armandpour et al.
    2023, arXiv 2304.04968, sec. 4), with the constants of the authors' public configuration: the
    side's words go from full strength in front to none at 90°, the front's from none to full, and
    stay behind; all are continuous. Above 45° they fade, to nothing at 75°: from overhead there is
    no face to repeat.

    Args:
        azimuth_deg: 0 in front, 180 behind, either way round.
        elevation_deg: Positive above.
    """
    turned = abs((azimuth_deg + 180.0) % 360.0 - 180.0) / 90.0
    fade = min(max((75.0 - abs(elevation_deg)) / 30.0, 0.0), 1.0)
    if turned <= 1.0:
        front, side = _decay(4.0, -2.426, 1.0 - turned), _decay(4.0, -2.426, turned)
    else:
        front, side = _decay(1.0, 0.967, 2.0 - turned), _decay(1.0, -0.606, 2.0 - turned)
    return {"front": fade * front, "side": fade * side}


def _decay(start: float, offset: float, share: float) -> float:
    """a·exp(−b·r) + c with b = 0.5, not below zero."""
    return max(start * math.exp(-0.5 * share) + offset, 0.0)


def _wanted(weighted: Weighted, angle: tuple[float, float]) -> Weighted:
    """The texts with weights above zero, whose weights then sum to 1.

    Raises:
        Gen3dError: There is none.
    """
    wanted = [(text, weight) for text, weight in weighted if weight > 0.0]
    total = sum(weight for _, weight in wanted)
    if total == 0.0:
        raise Gen3dError(
            f"The prompt wants nothing at azimuth {angle[0]:.0f}°, elevation {angle[1]:.0f}°.",
            "Give at least one text with a weight above zero.",
        )
    return [(text, weight / total) for text, weight in wanted]


def _counts(text: str, unwanted: Sequence[Mapping[str, float]]) -> bool:
    return any(one.get(text, 0.0) > FAINT for one in unwanted)
