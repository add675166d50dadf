# SPDX-License-Identifier: Apache-2.0
"""A field fitted to words: random cameras and light, guidance on the pictures, a prior that holds.

Every step renders a few views of the field, all round, under random studio light. Most steps show
the shaded thing, some the grey one without texture, which is where form is judged (AvatarCLIP, Hong
et al. 2022, §3.2.2; DreamFusion, §3.1). The palette moves fast and from the start, the residuals of
form and colour are opened late and bounded, because a small tower is easily fooled by free texture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from gen3d.fields.field import Field
from gen3d.fields.occupancy import Occupancy, survey
from gen3d.fields.regularizers import Regularizers
from gen3d.fields.sdf import SdfField
from gen3d.fields.volume import render_field
from gen3d.guidance.term import Sight, Term
from gen3d.loop import fit_of, train
from gen3d.progress import OnStep, silent
from gen3d.render.photo import DISTANCE, FOV_DEG
from gen3d.render.shot import Shot, picture, random_background
from gen3d.render.studio import Output, random_light
from gen3d.render.views import Views, orbit
from gen3d.schedule import Schedule


@dataclass(frozen=True)
class Guide:
    """One term of the guidance and how it is used."""

    term: Term
    weight: Schedule
    kinds: tuple[Output, ...] = ("shaded",)
    plain: bool = False
    """Show it things on plain light greys instead of on anything."""


@dataclass(frozen=True)
class FitPlan:
    """How a field is fitted; schedules run over the fit's progress."""

    steps: int = 220
    views: int = 4
    size_px: int = 64
    samples: int = 12
    learning_rate: float = 6e-3
    reach: Schedule = field(default_factory=lambda: Schedule.parse([0.25, 0.0, 0.6, 0.03]))
    """How far the surface may leave the draft, units of the unit frame."""
    detail: Schedule = field(default_factory=lambda: Schedule.parse([0.35, 0.0, 0.8, 0.1]))
    """How far colours may leave the palette, sRGB."""
    beta: Schedule = field(default_factory=lambda: Schedule.parse([0.0, 0.02, 0.9, 0.004]))
    """Softness of an SDF's surface."""
    regular: Mapping[str, float] = field(
        default_factory=lambda: {"eikonal": 0.02, "smoothness": 1.0, "drift": 0.5}
    )
    bare_every: int = 4
    """One step in so many shows the thing without texture."""
    survey_every: int = 24
    checkpoint_s: float = 20.0


SURVEY = 64
"""Cells a side of the survey of where the field has matter."""

Watch = Callable[[int, Shot], None]
"""Step and the first views' shot, for a live picture."""


def fit_field(
    model: Field,
    guides: Sequence[Guide],
    plan: FitPlan,
    seed: int,
    folder: Path,
    on_step: OnStep = silent,
    watch: Watch | None = None,
) -> Field:
    """Fit a field in place, going on from the folder's checkpoint when there is one.

    Args:
        model: The field.
        guides: What the pictures should please.
        plan: How.
        seed: Of cameras, light, backgrounds and noise.
        folder: Holds checkpoint and log.
        on_step: Told after each step.
        watch: Shown pictures now and then.

    Raises:
        Gen3dError: The loss stopped being a number.
    """
    fit = _Fit(model, guides, plan, watch)
    recipe = replace(
        fit_of(plan.steps, plan.learning_rate, seed),
        warmup=8,
        clip=4.0,
        checkpoint_s=plan.checkpoint_s,
        rates={"field.look.change": 6.0, "field.head": 0.3, "field.look.head": 0.3},
    )
    train(fit, fit.loss, recipe, folder, on_step)
    anneal(model, plan, 1.0)
    return model


class _Fit(nn.Module):
    """The state of a fit between steps: the field and the last survey of it.

    The survey decides where samples lie, so it is part of the checkpoint: a fit that goes on must
    not look again before its turn, or it would end with other bytes.
    """

    bits: Bool[Tensor, "res res res"]
    values: Float[Tensor, "1 corners corners corners"]

    def __init__(
        self, model: Field, guides: Sequence[Guide], plan: FitPlan, watch: Watch | None
    ) -> None:
        super().__init__()
        self.field = model
        self._guides, self._plan, self._watch = guides, plan, watch
        self.register_buffer("bits", torch.zeros((SURVEY,) * 3, dtype=torch.bool))
        self.register_buffer("values", torch.zeros(1, *(SURVEY + 1,) * 3))

    def _occupancy(self, step: int) -> Occupancy:
        """The survey of the last turn."""
        if step % self._plan.survey_every == 0 or not bool(self.bits.any()):
            found = survey(self.field, SURVEY)
            self.bits.copy_(found.bits)
            self.values.copy_(found.values)
        return Occupancy(self.bits.clone(), self.values.clone())

    def loss(self, step: int, generator: torch.Generator) -> Mapping[str, Tensor]:
        """One step's loss and figures."""
        plan, progress = self._plan, step / self._plan.steps
        anneal(self.field, plan, progress)
        kind = kind_at(step, plan.bare_every, self._guides)
        views = cameras(plan.views, plan.size_px, generator)
        shot, regular = render_field(
            self.field,
            views,
            random_light(plan.views, generator),
            occupancy=self._occupancy(step),
            generator=generator,
            output=kind,
            samples=plan.samples,
        )
        if self._watch is not None:
            self._watch(step, shot)
        start = weighed(regular, plan.regular)
        told = advised(shot, views, kind, self._guides, progress, generator, start)
        figures = {name: torch.tensor(value) for name, value in told.figures.items()}
        return {"loss": told.loss, "regular": start.detach(), **figures}


def anneal(model: Field, plan: FitPlan, progress: float) -> None:
    """Set what changes over a fit.

    Args:
        model: Changed in place.
        plan: Its schedules.
        progress: In [0, 1].
    """
    model.coarse_to_fine(progress)
    model.anneal(reach=plan.reach(progress), detail=plan.detail(progress))
    if isinstance(model, SdfField):
        model.set_beta(plan.beta(progress))


def kind_at(step: int, bare_every: int, guides: Sequence[Guide]) -> Output:
    """Mostly shaded; one step in so many, in turn, what else the guides look at."""
    bare: tuple[Output, ...] = ("textureless", "normal")
    others: list[Output] = [kind for kind in bare if any(kind in guide.kinds for guide in guides)]
    turn, within = divmod(step, bare_every)
    if within < bare_every - 1 or not others:
        return "shaded"
    return others[turn % len(others)]


@dataclass(frozen=True)
class Advised:
    """What the guides said of some pictures."""

    loss: Float[Tensor, ""]
    figures: dict[str, float]


def advised(
    shot: Shot,
    views: Views,
    kind: Output,
    guides: Sequence[Guide],
    progress: float,
    generator: torch.Generator,
    start: Float[Tensor, ""],
) -> Advised:
    """What the guides that look at a kind of picture say of a shot, on top of a starting loss."""
    loss, figures = start, dict[str, float]()
    for guide in guides:
        if kind not in guide.kinds:
            continue
        score = guide.term(sight_of(shot, views, kind, guide, generator), progress, generator)
        loss = loss + guide.weight(progress) * score.loss
        figures |= score.figures
    return Advised(loss, figures)


def weighed(regular: Regularizers, weights: Mapping[str, float]) -> Float[Tensor, ""]:
    """The weighted sum of the regularizers that are named."""
    parts: list[Tensor] = [weight * getattr(regular, name) for name, weight in weights.items()]
    return torch.stack(parts).sum()


def sight_of(
    shot: Shot, views: Views, kind: Output, guide: Guide, generator: torch.Generator
) -> Sight:
    """The pictures of a shot on the backgrounds that a guide wants."""
    if guide.plain:
        grey = 0.55 + 0.45 * torch.rand(len(views), 1, generator=generator)
        return Sight(picture(shot, grey.expand(-1, 3)), views, kind)
    behind = random_background(len(views), views.height_px, views.width_px, generator)
    return Sight(picture(shot, behind), views, kind)


def cameras(count: int, size_px: int, generator: torch.Generator) -> Views:
    """Cameras all round, one in each sector, mostly a little above (as in training pictures)."""
    sector = 360.0 / count
    turn = torch.rand(1, generator=generator) * 360.0
    jitter = (torch.rand(count, generator=generator) - 0.5) * sector
    azimuth = (turn + sector * torch.arange(count) + jitter) % 360.0
    elevation = (18.0 + 16.0 * torch.randn(count, generator=generator)).clamp(-20.0, 70.0)
    distance = DISTANCE * (0.88 + 0.24 * torch.rand(count, generator=generator))
    return orbit(azimuth, elevation, distance, torch.full((count,), FOV_DEG), size_px)
