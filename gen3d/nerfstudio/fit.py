# SPDX-License-Identifier: Apache-2.0
"""The guided fit, cut where nerfstudio cuts it: what to show at a step, and what it costs.

Schedules, regularizers, kinds of pictures and terms are those of :mod:`gen3d.guidance.fitting`;
nerfstudio brings the loop, the cameras and the optimisers.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from gen3d.errors import Gen3dError
from gen3d.foundry.thing import ThingSpec
from gen3d.guidance.fitting import Advised, Guide, advised
from gen3d.guidance.towers import Tower
from gen3d.render.shot import Shot
from gen3d.render.studio import Output
from gen3d.render.views import Views
from gen3d.spec import ObjectSpec


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


def finite_advice(
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
    start = shot.rgb.new_zeros(())
    told = advised(shot, views, kind, guides, progress, generator, start)
    if not bool(torch.isfinite(told.loss)):
        raise Gen3dError(
            f"The guidance gave a loss of {told.loss.item()}.",
            "Lower the learning rates, and verify the models with: gen3d models verify",
        )
    return told
