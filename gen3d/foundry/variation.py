# SPDX-License-Identifier: Apache-2.0
"""Neighbours of a thing: its numbers moved a little, its finishes changed, parts of two mixed.

What an evolution strategy needs. All results are valid specs of the same family.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen3d.foundry.colours import SELF_COLOURED
from gen3d.foundry.finish import MATERIALS
from gen3d.foundry.sampling import sample_finish, sample_spec
from gen3d.foundry.thing import Family, Finish, Rgb, ThingSpec
from gen3d.words.vocabulary import BRIGHTEST, DARKEST

FRESH_SHARE = 0.12
"""Chance that a slot's finish is drawn anew."""


def varied(spec: ThingSpec, family: Family, strength: float, rng: np.random.Generator) -> ThingSpec:
    """A neighbour.

    Args:
        spec: Where to start.
        family: Its family.
        strength: Standard deviation of a knob; colours move by the same share of their logarithm.
        rng: Chance.
    """
    knobs = np.clip(np.array(spec.knobs) + rng.normal(0.0, strength, len(spec.knobs)), 0.0, 1.0)
    finishes = [
        _varied_finish(finish, family, index, strength, rng)
        for index, finish in enumerate(spec.finishes)
    ]
    return ThingSpec(spec.family, tuple(round(float(k), 4) for k in knobs), tuple(finishes))


def _varied_finish(
    finish: Finish, family: Family, index: int, strength: float, rng: np.random.Generator
) -> Finish:
    chance = rng.random()
    if chance < 0.5 * FRESH_SHARE:
        return sample_finish(family.slots[index], rng)
    if chance < FRESH_SHARE:
        return sample_spec(family, rng).finishes[index]
    if finish.material in SELF_COLOURED:
        return finish
    colour = _varied_colour(finish.colour, finish.material, strength, rng)
    return replace(
        finish, colour=colour, second=_varied_colour(finish.second, finish.material, strength, rng)
    )


def _varied_colour(colour: Rgb, material: str, strength: float, rng: np.random.Generator) -> Rgb:
    highest = 1.0 if MATERIALS[material].metallic > 0.5 else BRIGHTEST
    moved = np.array(colour) * np.exp(rng.normal(0.0, 1.5 * strength, 3))
    red, green, blue = (round(float(c), 4) for c in np.clip(moved, DARKEST, highest))
    return red, green, blue


def crossed(first: ThingSpec, second: ThingSpec, rng: np.random.Generator) -> ThingSpec:
    """A child of two things of one family: each knob and each finish from either."""
    knobs = tuple(
        a if rng.random() < 0.5 else b for a, b in zip(first.knobs, second.knobs, strict=True)
    )
    finishes = tuple(
        a if rng.random() < 0.5 else b for a, b in zip(first.finishes, second.finishes, strict=True)
    )
    return ThingSpec(first.family, knobs, finishes)
