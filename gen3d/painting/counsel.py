# SPDX-License-Identifier: Apache-2.0
"""Who guides the painting of a figure, and what they are told.

A tower is asked to tell the figure from rivals, the task that it was trained on and hard to fool;
published ones are told from which side they look. A diffusion model's score is distilled, on
colours and, where it is not one of ours, on normals.
"""

from __future__ import annotations

from dataclasses import replace

from gen3d.figures.aim import OWN_WORDS, PUBLISHED, rivals_of
from gen3d.figures.captions import Frame
from gen3d.figures.reader import Asked
from gen3d.guidance.clip import ClipOptions, clip_term
from gen3d.guidance.denoiser import Denoiser
from gen3d.guidance.diffusion import load_diffusion
from gen3d.guidance.distillation import distillation_term
from gen3d.guidance.fitting import Guide
from gen3d.guidance.folder import find_folder
from gen3d.guidance.prompts import Phrasing, Prompt, ViewPrompts
from gen3d.guidance.recipe import Distillation
from gen3d.guidance.towers import Tower
from gen3d.painting.fit import Guides
from gen3d.schedule import Schedule

OWN_SCALE = 6.0
"""Guidance scale of the project's own models; large ones need more."""
SDS_WEIGHT = 0.5
_BARE = "an untextured grey 3D model of {}"
_SILENT = Phrasing("{}", "{}", "{}", "{}", "a grey {}", "a person")
_SIDED = Phrasing(
    "{}, front view", "{}, side view", "{}, back view", "{}, overhead view", _BARE, "a person"
)


def guides_of(asked: Asked, tower: Tower, diffusion: str = "") -> Guides:
    """Everybody that looks.

    Args:
        asked: What the words demand.
        tower: The guiding one.
        diffusion: A model card or a diffusers folder of a model that is to help; empty: none.

    Raises:
        Gen3dError: The diffusion model is not on this machine, or of another family.
    """
    denoiser = load_diffusion(diffusion) if diffusion else None
    # A folder without a text encoder of its own is one of the project's.
    own = denoiser is not None and not (find_folder(diffusion) / "text_encoder").is_dir()
    both: list[tuple[Guide, ...]] = []
    frames: tuple[Frame, Frame] = ("full", "near")
    for frame in frames:
        guides = [_by_tower(asked, tower, frame)]
        if denoiser is not None:
            guides.append(_by_diffusion(asked, denoiser, frame, own=own))
        both.append(tuple(guides))
    return Guides(*both)


def told(asked: Asked, frame: Frame, *, own: bool) -> ViewPrompts:
    """What a model is told of the whole figure, or of its head."""
    if own:
        wanted = (Prompt(asked.text(frame)), Prompt(asked.prompt, OWN_WORDS))
        return ViewPrompts(wanted, (), _SILENT, tuple(rivals_of(asked)))
    said = PUBLISHED[frame]
    rivals = tuple(said.format(rival) for rival in rivals_of(asked))
    return ViewPrompts((Prompt(said.format(asked.prompt)),), (), _SIDED, rivals)


def _by_tower(asked: Asked, tower: Tower, frame: Frame) -> Guide:
    options = ClipOptions(loss="contrast", name=f"clip {frame}")
    term = clip_term(tower, told(asked, frame, own=tower.own), options)
    return Guide(term, Schedule.parse(1.0), ("shaded", "textureless"))


def _by_diffusion(asked: Asked, denoiser: Denoiser, frame: Frame, *, own: bool) -> Guide:
    recipe = Distillation(templates={"normal": "{}, normal map"})
    if own:
        recipe = replace(recipe, scale=Schedule.parse(OWN_SCALE))
    prompts = replace(told(asked, frame, own=own), rivals=())
    if own:
        prompts = replace(prompts, wanted=prompts.wanted[:1])
    term = distillation_term(denoiser, prompts, recipe)
    # The project's own models know shaded things on plain grounds only.
    kinds = ("shaded",) if own else ("shaded", "normal")
    return Guide(term, Schedule.parse(SDS_WEIGHT), kinds, plain=own)
