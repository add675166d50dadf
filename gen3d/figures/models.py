# SPDX-License-Identifier: Apache-2.0
"""Which models a refinement uses, what they are on this machine, what the manifest says of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from gen3d.errors import Gen3dError
from gen3d.manifest import stranger
from gen3d.spec import RefineSpec

OWN_TOWER, OWN_JUDGE = "avatar-clip", "avatar-judge"
"""The package's own towers of people."""
_STAGES = {
    "judge": frozenset({"choose"}),
    "tower": frozenset({"sketch", "search", "paint", "field"}),
    "diffusion": frozenset({"paint", "field"}),
}
"""Of each role, the stages in which it looks."""


def model_digests(settings: RefineSpec, stages: Collection[str]) -> dict[str, str]:
    """What the names of the models that are used stand for here; empty: not used.

    Args:
        settings: The refinement's.
        stages: Those that it has.

    Raises:
        Gen3dError: One is not named, or not on this machine.
    """
    from gen3d.guidance.advice import diffusion_digest, tower_digest

    used = {role: not where.isdisjoint(guided(settings, stages)) for role, where in _STAGES.items()}
    towers = ("judge", "tower")
    if any(used[role] and not source_of(settings, role) for role in towers):
        raise Gen3dError(
            "refine asks for guidance, and its tower is ''.",
            f"Name one in config.yml: tower: {OWN_TOWER}, or a published one (gen3d models list).",
        )
    digests = {r: tower_digest(source_of(settings, r)) if used[r] else "" for r in towers}
    other = diffusion_digest(settings.diffusion) if used["diffusion"] else ""
    return {**digests, "diffusion": other}


def guided(settings: RefineSpec, stages: Collection[str]) -> set[str]:
    """The stages without a field that nobody guides."""
    return {stage for stage in stages if stage != "field" or settings.paint_steps > 0}


def source_of(settings: RefineSpec, role: str) -> str:
    """Name of the model in a role; who guides also judges where no judge is named."""
    names = {"tower": settings.tower, "diffusion": settings.diffusion}
    return names.get(role, settings.judge or settings.tower)


def used_models(
    settings: RefineSpec, digests: Mapping[str, str], ran: Collection[str]
) -> tuple[list[str], list[dict[str, Any]]]:
    """Ids of the models that looked and have a card; the manifest's entries of the others.

    Args:
        settings: The refinement's.
        digests: What the names stand for (:func:`model_digests`).
        ran: Stages that the run has.
    """
    from gen3d.models.cards import all_cards

    seen = guided(settings, ran)
    looked = {role for role, stages in _STAGES.items() if not stages.isdisjoint(seen)}
    named = {source_of(settings, r): d for r, d in digests.items() if d and r in looked}
    cards = [name for name in named if name in all_cards()]
    others = [
        stranger(name, digest, "guides avatars")
        for name, digest in named.items()
        if name not in cards
    ]
    return cards, others
