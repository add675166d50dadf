# SPDX-License-Identifier: Apache-2.0
"""The benchmark prompts of ``configs/prompts/objects.yml`` with the things that they describe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

import numpy as np
import yaml

from gen3d.config import config_dir
from gen3d.errors import Gen3dError
from gen3d.foundry.captions import present_slots
from gen3d.foundry.families import families
from gen3d.foundry.sampling import finish_of, sample_finish
from gen3d.foundry.thing import Family, Finish, Slot, ThingSpec

TRIES = 200
"""Draws of knobs before the parts that a prompt names are given up."""


@dataclass(frozen=True)
class Trial:
    """One thing in two wordings."""

    name: str
    held_out: str
    """Words that training never saw."""
    trained: str
    """The same in trained words."""
    family: str
    finishes: Mapping[str, Finish]
    """Slot name -> finish, for the slots that the texts speak of."""
    unseen: tuple[str, ...]
    """Phrases of the held-out text that the training vocabulary lacks."""


@dataclass(frozen=True)
class Further:
    """A prompt that was written after everything else, to measure the reader honestly."""

    text: str
    family: str
    colour: str
    """Name of the main slot's colour."""


@lru_cache(maxsize=1)
def trials() -> tuple[Trial, ...]:
    """The forty benchmark prompts."""
    return tuple(_trial(entry) for entry in _file()["prompts"])


@lru_cache(maxsize=1)
def further() -> tuple[Further, ...]:
    """Prompts in free wording with their family and main colour."""
    return tuple(Further(*(str(cell) for cell in entry)) for entry in _file()["further"])


def _file() -> Mapping[str, list[Mapping[str, object]]]:
    path = config_dir() / "prompts" / "objects.yml"
    if not path.is_file():
        raise Gen3dError("The benchmark prompts are missing.", "Reinstall gen3d.")
    return cast("Mapping[str, list[Mapping[str, object]]]", yaml.safe_load(path.read_text("utf-8")))


def _trial(entry: Mapping[str, object]) -> Trial:
    looks = cast("Mapping[str, str]", entry["finishes"])
    finishes = {slot: finish_of(*said.split(", ")) for slot, said in looks.items()}
    return Trial(
        name=str(entry["name"]),
        held_out=str(entry["held_out"]),
        trained=str(entry["trained"]),
        family=str(entry["family"]),
        finishes=finishes,
        unseen=tuple(cast("list[str]", entry["unseen"])),
    )


def spec_of(trial: Trial, rng: np.random.Generator) -> ThingSpec:
    """A thing that the trial's texts are true of.

    Slots that the texts are silent about take the first slot's finish where they may, else their
    own customary ones; knobs are drawn until every part that is spoken of is there.

    Raises:
        Gen3dError: No draw has all the parts.
    """
    family = families()[trial.family]
    main = trial.finishes[family.slots[0].name]
    finishes = tuple(_finish(trial, slot, main, rng) for slot in family.slots)
    for _ in range(TRIES):
        knobs = tuple(round(float(v), 4) for v in rng.uniform(0.0, 1.0, len(family.knobs)))
        spec = ThingSpec(family.name, knobs, finishes)
        if _has_parts(spec, family, trial):
            return spec
    raise Gen3dError(
        f"No {trial.family} has all of {', '.join(trial.finishes)}.",
        "Correct the finishes in configs/prompts/objects.yml.",
    )


def _finish(trial: Trial, slot: Slot, main: Finish, rng: np.random.Generator) -> Finish:
    if slot.name in trial.finishes:
        return trial.finishes[slot.name]
    follows = main.material in slot.materials and not slot.colours
    return main if follows else sample_finish(slot, rng)


def _has_parts(spec: ThingSpec, family: Family, trial: Trial) -> bool:
    return set(trial.finishes) <= set(present_slots(spec, family))
