# SPDX-License-Identifier: Apache-2.0
"""From settings to guidance of figures: which models look at which pictures, and what they are told."""

from __future__ import annotations

from dataclasses import replace

import torch

from gen3d.figures.aim import told
from gen3d.figures.asked import Asked
from gen3d.figures.captions import Frame
from gen3d.figures.paint import Guidance
from gen3d.guidance.clip import ClipOptions, clip_term
from gen3d.guidance.diffusion import load_diffusion
from gen3d.guidance.distillation import distillation_term
from gen3d.guidance.recipe import Distillation
from gen3d.guidance.term import Term, mix
from gen3d.guidance.towers import Tower
from gen3d.schedule import Schedule
from gen3d.spec import RefineSpec


def guidance_of(settings: RefineSpec, asked: Asked, tower: Tower) -> Guidance:
    """Everything that looks at the pictures of a refinement.

    Raises:
        Gen3dError: The diffusion model cannot be loaded.
    """
    return Guidance(_terms(settings, asked, tower, "full"), _terms(settings, asked, tower, "near"))


def _terms(settings: RefineSpec, asked: Asked, tower: Tower, frame: Frame) -> tuple[Term, ...]:
    prompts = told(asked, tower, frame, settings.negative)
    options = ClipOptions(loss="contrast", kinds={"shaded": 1.0})
    pairs = [(clip_term(tower, prompts, options), Schedule.parse(settings.clip))]
    if settings.diffusion:
        denoiser = load_diffusion(settings.diffusion, "cpu", torch.float32)
        views = replace(prompts, rivals=())
        term = distillation_term(denoiser, views, Distillation.parse({}))
        pairs.append((term, Schedule.parse(settings.sds)))
    return (mix(pairs),)
