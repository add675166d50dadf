# SPDX-License-Identifier: Apache-2.0
"""What the pictures should show, from each side, and what they should not.

A :class:`ViewPrompts` is plain data: wanted and unwanted phrases with weights, and how to say from
where one looks (:class:`Phrasing`). A view between two named sides mixes their features
(:func:`side_weights`), so that the target turns smoothly with the camera, as in Perp-Neg
(Armandpour et al. 2023, arXiv 2304.04968), instead of jumping at 45°.

In text, phrases are separated by ``|`` and weighted by a number after the last colon:
``"a blue vase | a golden rim: 0.5"``. A time or a ratio ("12:30") is not a weight.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.render.studio import Output
from gen3d.render.views import Views

SIDES = ("front", "side", "back", "overhead")
_BARE = {"textureless", "normal"}
"""Kinds of pictures that show no colours."""
BLEND_DEG = 30.0
"""Width of the azimuths in which one side turns into the next."""
OVERHEAD_DEG = (45.0, 75.0)
"""Elevations between which a view turns into one from overhead."""


@dataclass(frozen=True)
class Prompt:
    """A phrase and how much it counts."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True)
class Phrasing:
    """How a tower's training captions say what is seen; ``{}`` is the thing."""

    front: str = "{}, front view"
    side: str = "{}, side view"
    back: str = "{}, back view"
    overhead: str = "{}, overhead view"
    textureless: str = "an untextured grey 3D model of {}"
    neutral: str = "a 3D model of an object"
    """What any thing is: negatives and directions are measured from it."""

    def of_side(self, side: str) -> str:
        """The template of one of the :data:`SIDES`."""
        return {
            "front": self.front,
            "side": self.side,
            "back": self.back,
            "overhead": self.overhead,
        }[side]


@dataclass(frozen=True)
class ViewPrompts:
    """Wanted and unwanted phrases for every view."""

    wanted: tuple[Prompt, ...]
    unwanted: tuple[Prompt, ...] = ()
    phrasing: Phrasing = field(default_factory=Phrasing)
    rivals: tuple[str, ...] = ()
    """Other things that the pictures must not be taken for, for the contrastive loss."""

    @staticmethod
    def parse(
        wanted: str,
        unwanted: str = "",
        *,
        phrasing: Phrasing | None = None,
        rivals: Sequence[str] = (),
    ) -> ViewPrompts:
        """Read weighted phrases, ``"a vase: 1.0 | a golden rim: 0.5"``.

        Raises:
            Gen3dError: No phrase, or a weight that is not positive.
        """
        prompts = parse_prompts(wanted)
        if not prompts:
            raise Gen3dError("The prompt is empty.", 'Say what to make: "a blue ceramic vase".')
        negatives = parse_prompts(unwanted)
        return ViewPrompts(prompts, negatives, phrasing or Phrasing(), tuple(rivals))

    def texts(self, prompt: str, kind: Output) -> tuple[str, ...]:
        """What a picture of a kind should show from each of the :data:`SIDES`."""
        thing = self.phrasing.textureless.format(prompt) if kind in _BARE else prompt
        return tuple(self.phrasing.of_side(side).format(thing) for side in SIDES)

    def neutral(self, kind: Output) -> str:
        """What a picture of a kind shows whatever the thing is."""
        bare = kind in _BARE
        return self.phrasing.textureless.format("an object") if bare else self.phrasing.neutral


def parse_prompts(text: str) -> tuple[Prompt, ...]:
    """Read phrases separated by ``|``, each with an optional weight after its last colon.

    Raises:
        Gen3dError: A weight is not a positive number.
    """
    return tuple(_parse_one(part) for part in text.split("|") if part.strip())


def _parse_one(part: str) -> Prompt:
    phrase, colon, number = part.rpartition(":")
    if not colon or (phrase[-1:].isdigit() and number[:1].isdigit()):
        return Prompt(part.strip())
    try:
        weight = float(number)
    except ValueError:
        return Prompt(part.strip())
    if not (math.isfinite(weight) and weight > 0.0) or not phrase.strip():
        raise Gen3dError(
            f"{part.strip()!r} has not a phrase and a positive weight.",
            'Write "a vase: 0.5"; what is not wanted goes among the negatives.',
        )
    return Prompt(phrase.strip(), weight)


def side_weights(views: Views) -> Float[Tensor, "views 4"]:
    """How much each view is one from the front, the side, the back and overhead; sums to 1."""
    turn = views.azimuth_deg.detach().cpu().float()
    # 0° in front, 180° behind, whatever the sign and the number of turns.
    away = ((turn + 180.0) % 360.0 - 180.0).abs()
    above = _smooth(views.elevation_deg.detach().cpu().float(), *OVERHEAD_DEG)
    past_front = _smooth(away, 45.0 - BLEND_DEG / 2.0, 45.0 + BLEND_DEG / 2.0)
    past_side = _smooth(away, 135.0 - BLEND_DEG / 2.0, 135.0 + BLEND_DEG / 2.0)
    level = torch.stack([1.0 - past_front, past_front - past_side, past_side], dim=-1)
    return torch.cat([(1.0 - above)[:, None] * level, above[:, None]], dim=-1)


def _smooth(value: Tensor, start: float, end: float) -> Tensor:
    """0 up to the start, 1 from the end on, a cubic with level ends between."""
    share = ((value - start) / (end - start)).clamp(0.0, 1.0)
    return share * share * (3.0 - 2.0 * share)
