# SPDX-License-Identifier: Apache-2.0
"""From settings to guides: which models look, what they are told, how much each counts.

The project's own models were trained on plain descriptions, so they are told the canonical form of
the prompt and little else; published models are told the user's own words. Own towers are also
asked to tell the thing from rivals (the same kind in other colours, other kinds in the same), which
is the task that they were trained on and the hardest to fool.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from gen3d.cache import sha256_of
from gen3d.errors import Gen3dError
from gen3d.foundry.captions import canonical
from gen3d.foundry.draws import drawn
from gen3d.foundry.families import families
from gen3d.foundry.sampling import sample_spec
from gen3d.guidance.clip import ClipOptions, clip_term
from gen3d.guidance.diffusion import load_diffusion
from gen3d.guidance.distillation import distillation_term
from gen3d.guidance.fitting import Guide
from gen3d.guidance.folder import find_folder
from gen3d.guidance.prompts import Phrasing, Prompt, ViewPrompts, parse_prompts
from gen3d.guidance.recipe import Distillation
from gen3d.guidance.sources import find_blueprint
from gen3d.guidance.towers import Tower, load_tower
from gen3d.guidance.wording import Canonical
from gen3d.models.cards import all_cards, folder_digest, provenance
from gen3d.schedule import Schedule
from gen3d.spec import ObjectSpec

RIVALS = 24
_NO_VIEWS = Phrasing(
    front="{}", side="{}", back="{}", overhead="{}", textureless="a grey {}", neutral="an object"
)
_OWN_VIEWS = Phrasing(overhead="{}, seen from above")


def check_settings(settings: ObjectSpec) -> None:
    """Find what cannot work before anything is made.

    Raises:
        Gen3dError: Settings that contradict each other, or that are no schedules or recipes.
    """
    if settings.draft and settings.start == "ball":
        raise Gen3dError(
            "A draft is a thing of the foundry, so it cannot start from a ball.",
            "Leave out --draft, or --start ball.",
        )
    guided = not settings.draft and settings.steps + settings.texture_steps > 0
    if guided and not (settings.tower or settings.diffusion):
        raise _unguided()
    Schedule.parse(settings.clip)
    Schedule.parse(settings.sds)
    Distillation.parse(settings.distillation)


def _unguided() -> Gen3dError:
    return Gen3dError(
        "There is nothing to guide the fit: both the tower and the diffusion model are off.",
        "Name at least one of them, or use --draft.",
    )


def load_guiding_tower(settings: ObjectSpec, device: str) -> Tower | None:
    """The tower that the settings name; None where they name none.

    Raises:
        Gen3dError: It is not on this machine, is no whole model, or sees no numbers.
    """
    if not settings.tower:
        return None
    return sound_tower(settings.tower, device, looks=not settings.draft)


def sound_tower(source: str, device: str, *, looks: bool = True) -> Tower:
    """A tower whose features have a direction.

    Args:
        source: A model card, an open_clip name:tag or a folder.
        device: Where pictures are looked at.
        looks: Whether it will look at pictures, and not only read.

    Raises:
        Gen3dError: It is not on this machine, is no whole model, or gives no numbers.
    """
    tower = load_tower(source, device)
    with torch.no_grad():
        probes = [tower.read(["a thing"])]
        if looks:
            probes.append(tower.see(torch.full((1, 3, *tower.lens.size_px), 0.5)))
    # Weights may be finite and still overflow; a length of one is what every score relies on.
    if not all(bool(((probe.norm(dim=-1) - 1.0).abs() < 0.01).all()) for probe in probes):
        raise Gen3dError(
            f"The tower {source} gives features that have no direction.",
            "Its weights are damaged: copy or fetch it again.",
        )
    return tower


def tower_digest(source: str) -> str:
    """What a tower's name stands for here: the hash of its card, or of its checkpoint.

    Raises:
        Gen3dError: Nothing of that name is on this machine.
    """
    card = all_cards().get(source)
    if card is not None:
        return str(provenance(card)["sha256"])
    return sha256_of(find_blueprint(source).weights) if source else ""


def diffusion_digest(source: str) -> str:
    """The same for a diffusion model: the hash of its card, or of its folder's weights."""
    card = all_cards().get(source)
    if card is not None:
        return str(provenance(card)["sha256"])
    return folder_digest(find_folder(source), "**/*.safetensors") if source else ""


def guides_of(
    settings: ObjectSpec, prompt: str, words: Canonical, tower: Tower | None, device: str
) -> tuple[Guide, ...]:
    """Everything that looks at the pictures of a fit.

    Raises:
        Gen3dError: A model cannot be loaded, or there is none left.
    """
    guides: list[Guide] = []
    if tower is not None:
        guides.append(_clip_guide(settings, prompt, words, tower))
    if settings.diffusion:
        guides.append(_diffusion_guide(settings, prompt, words, device))
    if not guides:
        raise _unguided()
    return tuple(guides)


def told_tower(prompt: str, words: Canonical, tower: Tower, negative: str) -> ViewPrompts:
    """What a tower is told."""
    unwanted = parse_prompts(negative)
    if not tower.own:
        return ViewPrompts(parse_prompts(prompt), unwanted)
    wanted = (Prompt(words.text, 1.0), Prompt(prompt, 0.25))
    return ViewPrompts(wanted, unwanted, _NO_VIEWS, rivals_of(words))


def told_diffusion(prompt: str, words: Canonical, *, own: bool, negative: str) -> ViewPrompts:
    """What a diffusion model is told."""
    unwanted = parse_prompts(negative)
    if not own:
        return ViewPrompts(parse_prompts(prompt), unwanted)
    return ViewPrompts((Prompt(words.text),), unwanted, _OWN_VIEWS)


def rivals_of(words: Canonical, count: int = RIVALS) -> tuple[str, ...]:
    """Descriptions of other things: half of the same kind, half of any."""
    rng = np.random.default_rng(0)
    family = families().get(words.family or "")
    same = (
        []
        if family is None
        else [canonical(sample_spec(family, rng), family) for _ in range(count // 2)]
    )
    others = [drawn(5, int(n))[0] for n in rng.integers(0, 10_000, count - len(same))]
    texts = [*same, *(canonical(spec, families()[spec.family]) for spec in others)]
    return tuple(text for text in dict.fromkeys(texts) if text != words.text)


def _clip_guide(settings: ObjectSpec, prompt: str, words: Canonical, tower: Tower) -> Guide:
    prompts = told_tower(prompt, words, tower, settings.negative)
    options = ClipOptions(loss="contrast" if prompts.rivals else "cosine")
    term = clip_term(tower, prompts, options)
    return Guide(term, Schedule.parse(settings.clip), ("shaded", "textureless"))


def _diffusion_guide(settings: ObjectSpec, prompt: str, words: Canonical, device: str) -> Guide:
    # A folder without a text encoder of its own is the project's: it reads the wheel's MiniLM.
    own = not (find_folder(settings.diffusion) / "text_encoder").is_dir()
    precision = torch.float16 if device == "cuda" else torch.float32
    denoiser = load_diffusion(settings.diffusion, device, precision)
    prompts = told_diffusion(prompt, words, own=own, negative=settings.negative)
    recipe = Distillation.parse(settings.distillation)
    if own and "scale" not in settings.distillation:
        # A small model of plain renders needs no glare to show its words.
        recipe = replace(recipe, scale=Schedule.parse(6.0))
    term = distillation_term(denoiser, prompts, recipe)
    # The project's own model knows shaded things on plain grounds only.
    kinds = ("shaded",) if own else ("shaded", "normal")
    return Guide(term, Schedule.parse(settings.sds), kinds, plain=own)
