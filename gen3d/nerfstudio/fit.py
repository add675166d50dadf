# SPDX-License-Identifier: Apache-2.0
"""The guided fit, cut where nerfstudio cuts it: what to show at a step, and what it costs.

Schedules, regularizers, kinds of pictures and terms are those of :mod:`gen3d.guidance.fitting`;
nerfstudio brings the loop, the cameras and the optimisers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.fields.field import Field
from gen3d.fields.sdf import SdfField
from gen3d.foundry.thing import ThingSpec
from gen3d.guidance.fitting import FitPlan, Guide, sight_of
from gen3d.guidance.towers import Tower
from gen3d.render.shot import Shot
from gen3d.render.studio import Output
from gen3d.render.views import Views
from gen3d.spec import ObjectSpec


@dataclass(frozen=True)
class Advised:
    """What the guides said of some pictures."""

    loss: Float[Tensor, ""]
    figures: dict[str, float]


def thing_for(
    prompt: str, settings: ObjectSpec, tower: Tower | None, seed: int
) -> ThingSpec | None:
    """What the field starts from: the draft of the words, searched around; None for a ball.

    Raises:
        Gen3dError: Nothing in the foundry is like the words.
    """
    from gen3d.guidance.drafting import draft_for, improved
    from gen3d.guidance.wording import canonicalise

    if settings.start == "ball":
        return None
    words = canonicalise(prompt)
    if words.family is None:
        raise Gen3dError(
            f"Nothing in the foundry is like “{prompt[:60]}”.",
            "Name the thing in other words, or begin with --pipeline.model.start ball.",
        )
    draft, _ = draft_for(words, tower)
    return improved(draft, words, tower, settings.search_rounds, seed).spec


def anneal(field: Field, plan: FitPlan, progress: float) -> None:
    """Set what changes over a fit.

    Args:
        field: Changed in place.
        plan: Its schedules.
        progress: In [0, 1].
    """
    field.coarse_to_fine(progress)
    field.anneal(reach=plan.reach(progress), detail=plan.detail(progress))
    if isinstance(field, SdfField):
        field.set_beta(plan.beta(progress))


def kind_at(step: int, plan: FitPlan, guides: Sequence[Guide]) -> Output:
    """Mostly shaded; one step in so many, in turn, what else the guides look at."""
    bare: tuple[Output, ...] = ("textureless", "normal")
    others: list[Output] = [kind for kind in bare if any(kind in guide.kinds for guide in guides)]
    turn, within = divmod(step, plan.bare_every)
    if within < plan.bare_every - 1 or not others:
        return "shaded"
    return others[turn % len(others)]


def advised(
    shot: Shot,
    views: Views,
    kind: Output,
    guides: Sequence[Guide],
    progress: float,
    generator: torch.Generator,
) -> Advised:
    """What the guides say of a shot.

    Raises:
        Gen3dError: The loss is no number.
    """
    loss, figures = shot.rgb.new_zeros(()), dict[str, float]()
    for guide in guides:
        if kind not in guide.kinds:
            continue
        score = guide.term(sight_of(shot, views, kind, guide, generator), progress, generator)
        loss = loss + guide.weight(progress) * score.loss
        figures |= score.figures
    if not bool(torch.isfinite(loss)):
        raise Gen3dError(
            f"The guidance gave a loss of {loss.item()}.",
            "Lower the learning rates, and verify the models with: gen3d models verify",
        )
    return Advised(loss, figures)
