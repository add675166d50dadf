# SPDX-License-Identifier: Apache-2.0
"""Fields from drafts, several fits of one prompt, and the choice among them.

A fit is judged by a ring of views that no guidance looked at in that light: how like the words
every side is, and whether the front repeats (:mod:`gen3d.guidance.consistency`). Each candidate has
a folder of its own, so an interrupted run loses no more than the last seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, UInt8
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from gen3d.errors import Gen3dError
from gen3d.fields.density import DensityField
from gen3d.fields.draft import draft_prior
from gen3d.fields.field import Field, FieldShape
from gen3d.fields.occupancy import survey
from gen3d.fields.palette import palette_of
from gen3d.fields.prior import Prior
from gen3d.fields.sdf import SdfField
from gen3d.fields.volume import render_field
from gen3d.foundry.families import families
from gen3d.foundry.rounding import rounded
from gen3d.foundry.thing import ThingSpec, build
from gen3d.guidance.consistency import RING, Consistency, consistency
from gen3d.guidance.fitting import FitPlan, Guide, fit_field
from gen3d.guidance.looking import BACKGROUND, around
from gen3d.guidance.towers import Tower
from gen3d.progress import OnStep, silent
from gen3d.render.shot import Shot, picture
from gen3d.render.studio import default_light
from gen3d.render.views import Views, one_view
from gen3d.spec import ObjectSpec

PRIOR_RESOLUTION, QUICK_RESOLUTION = 128, 96
"""Samples a side of a draft's grids, for a fit and for a mesh of the draft itself."""
LIVE_EVERY = 20
FINAL_BETA = 0.0003
"""Softness of the surface of a field that is not fitted any more: crisp, as its mesh will be."""

Pixels = UInt8[np.ndarray, "height width 3"]


@dataclass(frozen=True)
class Candidate:
    """A fitted field and what is known about it."""

    field: Field
    facts: dict[str, Any]


def starting_field(
    spec: ThingSpec | None,
    representation: str,
    seed: int,
    resolution: int = PRIOR_RESOLUTION,
    held: Sequence[int] = (),
) -> Field:
    """A field that shows a thing; without one, a ball (SDF) or a blob (density).

    Args:
        spec: The thing.
        representation: ``sdf`` or ``density``.
        seed: Of what the residuals start from.
        resolution: Samples a side of the thing's grids.
        held: Slots whose palette stays (:func:`gen3d.guidance.pins.held_slots`).
    """
    generator = torch.Generator().manual_seed(seed)
    kind = SdfField if representation == "sdf" else DensityField
    if spec is None:
        return kind(FieldShape(), generator)
    field = kind(FieldShape(), generator, _prior_of(spec, resolution), palette_of(spec.finishes))
    field.look.hold(held)
    return crisp(field)


@lru_cache(maxsize=1)
def _prior_of(spec: ThingSpec, resolution: int) -> Prior:
    """The draft's grids: a run asks for them to fit, to judge and to cut the mesh."""
    return draft_prior(rounded(build(spec, families()[spec.family])), resolution)


def crisp(field: Field) -> Field:
    """A fog of some width would show silhouettes wider than the surface is."""
    if isinstance(field, SdfField):
        field.set_beta(FINAL_BETA)
    return field


def restore(field: Field, path: Path) -> Field:
    """Put saved values into a field of the same start.

    Raises:
        Gen3dError: The file is damaged or of another field.
    """
    try:
        field.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise Gen3dError(f"The field {path} cannot be read: {reason}", "Delete it.") from None
    return field


def fit_best(
    start: Callable[[int], Field],
    guides: Callable[[], Sequence[Guide]],
    settings: ObjectSpec,
    seed: int,
    folder: Path,
    on_step: OnStep = silent,
    live: Callable[[Pixels], None] | None = None,
    judge: Callable[[Field], dict[str, Any]] | None = None,
) -> Candidate:
    """Fit as many fields as asked for and keep the best.

    Args:
        start: Seed to a fresh field.
        guides: Loads what guides.
        settings: Steps, pictures, number of candidates.
        seed: Of the first candidate; the others count on.
        folder: For the checkpoints.
        on_step: Told after each step of all.
        live: Shown a picture now and then.
        judge: A field to its figures, among them ``score``.
    """
    plan = FitPlan(steps=settings.steps, views=settings.views, size_px=settings.size_px)
    chosen = guides() if settings.steps else ()
    made: list[Candidate] = []
    for number in range(settings.best_of):
        field = start(seed + number)

        def counted(step: int, total: int, number: int = number) -> None:
            on_step(number * total + step, settings.best_of * total)

        place = folder / str(number)
        if settings.steps:
            fit_field(field, chosen, plan, seed + number, place, counted, _watcher(live))
            crisp(field)
        facts = judge(field) if judge else {"score": 0.0}
        made.append(Candidate(field, {"seed": seed + number, **facts}))
    best = max(made, key=lambda candidate: float(candidate.facts["score"]))
    return Candidate(best.field, {**best.facts, "candidates": [c.facts for c in made]})


def _watcher(live: Callable[[Pixels], None] | None) -> Callable[[int, Shot], None] | None:
    if live is None:
        return None

    def watch(step: int, shot: Shot) -> None:
        if step % LIVE_EVERY == 0:
            live(strip(shot))

    return watch


@torch.no_grad()
def strip(shot: Shot) -> Pixels:
    """The views of a shot side by side on grey."""
    grey = torch.full((len(shot.rgb), 3), BACKGROUND)
    shown = torch.cat(list(picture(shot, grey)), dim=-1).permute(1, 2, 0)
    return (shown * 255.0).round().to(torch.uint8).numpy()


@torch.no_grad()
def shown(field: Field, views: Views, samples: int = 24) -> Shot:
    """A field under the fixed light, for comparing; a view at a time, to bound the memory."""
    occupancy = survey(field, 96)
    shots = [
        render_field(
            field,
            one_view(views, index),
            default_light(),
            occupancy=occupancy,
            generator=torch.Generator().manual_seed(index),
            samples=samples,
            regularized=False,
        )[0]
        for index in range(len(views))
    ]
    return Shot(
        rgb=torch.cat([shot.rgb for shot in shots]),
        alpha=torch.cat([shot.alpha for shot in shots]),
        normal=torch.cat([shot.normal for shot in shots]),
        depth=torch.cat([shot.depth for shot in shots]),
    )


@torch.no_grad()
def ring_of(
    field: Field, tower: Tower
) -> tuple[Float[Tensor, "ring features"], Float[Tensor, "ring"]]:
    """What a tower sees all round a field, and how much of each picture it covers."""
    views = around(tuple(360.0 / RING * i + 10.0 for i in range(RING)))
    shot = shown(field, views)
    grey = torch.full((RING, 3), BACKGROUND)
    return tower.see(picture(shot, grey)).cpu(), shot.alpha.flatten(1).mean(1)


def judged(field: Field, tower: Tower | None, text: str, draft: Field | None) -> dict[str, Any]:
    """Figures of a field: score, sides, problems in words."""
    if tower is None:
        return {"score": 0.0}
    seen, coverage = ring_of(field, tower)
    before = ring_of(draft, tower)[0] if draft is not None and draft.guided else None
    found: Consistency = consistency(seen, tower.read([text])[0].cpu(), coverage, before)
    figures = {k: v for k, v in asdict(found).items() if k != "coverage"}
    rounded = {name: round(float(value), 4) for name, value in figures.items()}
    return {"score": round(found.score, 4), **rounded, "problems": list(found.problems)}
