# SPDX-License-Identifier: Apache-2.0
"""Which stages a refinement has, what they write, and what cannot be refined."""

from __future__ import annotations

from collections.abc import Mapping

from gen3d.config import RunConfig
from gen3d.errors import Gen3dError
from gen3d.figures.models import model_digests
from gen3d.runs import STAGES, StageRecord
from gen3d.spec import RefineSpec

DRAFT, DRAFT_SEEN = "draft.glb", "draft.png"
CHARACTER = f"{STAGES}/character.safetensors"
"""What the stage ``avatar`` made."""
REFINED, PAINTED = f"{STAGES}/refined.safetensors", f"{STAGES}/painted.safetensors"
FIGURE = f"{STAGES}/figure.safetensors"
"""What the stage ``field`` made."""
LEARNED = f"{STAGES}/paint.safetensors"
PAINTING_SEEN, FIELD_SEEN = "painted.png", "field.png"
BEFORE_AFTER, ALL_SEEDS, LIVE = "before_after.png", "best_of.png", "live.png"


def stages_of(settings: RefineSpec | None) -> tuple[str, ...]:
    """Stages between the draft and the file."""
    if settings is None:
        return ()
    chosen = ("choose",) if settings.best_of > 1 else ()
    searched = ("search",) if settings.looks + settings.drapes > 0 else ()
    painted = ("paint",) if settings.paint_steps > 0 else ()
    painted = ("field",) if settings.representation == "field" else painted
    sketched = ("sketch",) if searched and painted == ("paint",) else ()
    return ("draft", *sketched, *chosen, *searched, "refine", *painted)


def latest(records: Mapping[str, StageRecord]) -> tuple[str, str]:
    """The stage that made the character as it is now, and its file."""
    if "field" in records:
        return "field", FIGURE
    if "paint" in records and records["paint"].facts["kept"]:
        return "paint", PAINTED
    return ("refine", REFINED) if "refine" in records else ("avatar", CHARACTER)


def with_stages(stages: tuple[str, ...], settings: RefineSpec | None) -> tuple[str, ...]:
    """A pipeline's stages, with those of a refinement after the one that makes the draft."""
    after = stages.index("avatar") + 1 if "avatar" in stages else len(stages)
    own = stages_of(settings) if "avatar" in stages else ()
    return (*stages[:after], *own, *stages[after:])


def check_settings(config: RunConfig) -> None:
    """Find what cannot work before anything is made.

    Raises:
        Gen3dError: The body is of the user's files, or a tower is not on this machine.
    """
    if config.refine is None:
        return
    if config.smpl is not None:
        raise Gen3dError(
            "--refine, --best-of and --representation begin with a body that words describe, and "
            "--smpl fixes it.",
            "Give one of them.",
        )
    model_digests(config.refine, stages_of(config.refine))
