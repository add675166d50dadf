# SPDX-License-Identifier: Apache-2.0
"""Sculpting and painting a figure under guidance, a step at a time.

Each step looks at one stance from a few places in random light: most steps from all round at the
whole figure, a fixed share at face and bust, with words of their own. Some show the grey figure or
its normals, where form is judged (AvatarCLIP, Hong et al. 2022, §3.2.2). Pictures grow, grids open
coarse to fine, and the prior pulls to the draft. Light is drawn anew for every view, so none of it
can settle in the colours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from gen3d.figures.photo import Shot as Place
from gen3d.figures.photo import cameras
from gen3d.figures.sheet import LIVE_PX, SHOTS
from gen3d.guidance.fitting import Guide, advised, kind_at
from gen3d.loop import fit_of, train
from gen3d.painting.canvas import Paint
from gen3d.painting.easel import Pose, joined
from gen3d.progress import OnStep, silent
from gen3d.render.shot import Shot
from gen3d.render.studio import Output, StudioLight, default_light, random_light
from gen3d.render.views import Views
from gen3d.schedule import Schedule

NEAR = (2, 5, 8)
"""Steps of ten that look at face and bust."""
BARE_EVERY = 4
"""One step in so many shows no colours."""
Watch = Callable[[int, Callable[[], Shot]], None]
"""Told each step, and how to look at the figure as it is then, as sheets show it."""


@runtime_checkable
class Model(Protocol):
    """A figure that is worked on: the mesh itself, or a field of it."""

    @property
    def poses(self) -> tuple[Pose, ...]:
        """Stances, the usual one first."""
        ...

    def render(
        self,
        paint: Paint,
        pose: Pose,
        views: Views,
        light: StudioLight,
        output: Output = "shaded",
        opened: float = 1.0,
    ) -> Shot:
        """Pictures; gradients reach all of the paint."""
        ...


@dataclass(frozen=True)
class Guides:
    """Who looks at the whole figure, and who at its head."""

    whole: tuple[Guide, ...]
    near: tuple[Guide, ...]


@dataclass(frozen=True)
class PaintPlan:
    """How it is painted; schedules run over the fit's progress."""

    steps: int
    views: int = 4
    size_px: Schedule = field(default_factory=lambda: Schedule.parse([0.1, 72.0, 0.8, 128.0]))
    opened: Schedule = field(default_factory=lambda: Schedule.parse([0.0, 0.3, 0.7, 1.0]))
    """How far the grids are opened, coarse to fine."""
    faces: float = 0.6
    """Share of faces among pictures of the head, busts being the rest."""
    learning_rate: float = 2.5e-2
    drift: float = 0.05
    """Weight of the pull to the draft."""
    smooth: float = 1.0


def fit_paint(
    paint: Paint,
    easel: Model,
    guides: Guides,
    plan: PaintPlan,
    seed: int,
    folder: Path,
    on_step: OnStep = silent,
    watch: Watch | None = None,
) -> None:
    """Paint in place, going on from the folder's checkpoint when there is one.

    Args:
        paint: What is learned.
        easel: The figure.
        guides: What its pictures should please.
        plan: How.
        seed: Of stances, cameras, light, backgrounds and noise.
        folder: Holds checkpoint and log.
        on_step: Told after each step.
        watch: Told each step; may look.

    Raises:
        Gen3dError: The loss stopped being a number.
    """

    def loss(step: int, generator: torch.Generator) -> Mapping[str, Tensor]:
        progress = step / plan.steps
        near = step % 10 in NEAR
        chosen = guides.near if near else guides.whole
        kind = kind_at(step, BARE_EVERY, chosen)
        pose = easel.poses[int(torch.randint(len(easel.poses), (1,), generator=generator))]
        share = plan.faces if near else None
        views = seen_from(pose, plan.views, _side(plan, progress), generator, faces=share)
        light, opened = random_light(plan.views, generator), plan.opened(progress)
        shot = easel.render(paint, pose, views, light, kind, opened)
        if watch is not None:
            watch(step, lambda: portrait(paint, easel, opened))
        start = plan.drift * paint.size() + plan.smooth * paint.unevenness()
        told = advised(shot, views, kind, chosen, progress, generator, start)
        figures = {name: torch.tensor(value) for name, value in told.figures.items()}
        return {"loss": told.loss, "prior": start.detach(), **figures}

    recipe = replace(fit_of(plan.steps, plan.learning_rate, seed), rates={"relief": 0.6})
    train(paint, loss, recipe, folder, on_step)


@torch.no_grad()
def portrait(paint: Paint, easel: Model, opened: float = 1.0) -> Shot:
    """The figure from in front, from behind, and its face."""
    pose = easel.poses[0]
    views = joined(cameras(pose.posed, SHOTS, LIVE_PX))
    return easel.render(paint, pose, views, default_light(len(SHOTS)), opened=opened)


def _side(plan: PaintPlan, progress: float) -> int:
    """Side of the pictures, a multiple of eight pixels."""
    return 8 * round(plan.size_px(progress) / 8.0)


def seen_from(
    pose: Pose, count: int, size_px: int, generator: torch.Generator, *, faces: float | None
) -> Views:
    """Cameras about a stance.

    The whole figure is seen from all round, one camera in each sector, so the back always is; the
    head from in front, and its last camera from anywhere.

    Args:
        pose: The stance.
        count: Of cameras.
        size_px: Side of their pictures.
        generator: On the CPU.
        faces: Share of faces among pictures of the head; None: the whole figure.
    """
    draws = torch.rand(count, 4, generator=generator)
    turn = float(torch.rand(1, generator=generator)) * 360.0
    places: list[Place] = []
    for number, (jitter, height, zoom, frame) in enumerate(draws.tolist()):
        sector = 360.0 / count
        azimuth = turn + sector * (number + jitter - 0.5)
        framed = "full"
        if faces is not None:
            framed = "face" if frame < faces else "bust"
            azimuth = 150.0 * (jitter - 0.5) if number < count - 1 else 360.0 * jitter
        azimuth = (azimuth + 180.0) % 360.0 - 180.0
        places.append(Place(framed, azimuth, 24.0 * height - 6.0, 0.95 + 0.25 * zoom))
    return joined(cameras(pose.posed, places, size_px))
