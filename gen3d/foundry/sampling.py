# SPDX-License-Identifier: Apache-2.0
"""Random things of a family: knobs and finishes as people might want them.

Half of the slots that have customary colours get one; the others get any. Slots share a finish
half of the time and contrast clearly otherwise, so that a caption's colours can be told apart.
Albedos stay within what is physical (:data:`gen3d.words.vocabulary.DARKEST` and ``BRIGHTEST``);
bare metals are reflectances up to 1.
"""

from __future__ import annotations

import numpy as np

from gen3d.foundry.colours import (
    SELF_COLOURED,
    apart,
    base_for,
    colour_of,
    metal_of,
    pool,
    seen,
)
from gen3d.foundry.finish import MATERIALS, PATTERNS
from gen3d.foundry.thing import Family, Finish, Rgb, Slot, ThingSpec
from gen3d.words.vocabulary import BRIGHTEST, DARKEST

CONTRAST = 30.0
"""HyAB distance from which two finishes are clearly of different colours."""
TRIES = 24
PATTERNED = frozenset(
    {
        *("ceramic", "porcelain", "clay", "plaster", "plastic", "rubber", "painted wood"),
        *("painted metal", "cloth", "fur", "paper", "wax", "icing", "glass", "leather"),
    }
)
"""Materials that people print, paint or weave patterns on."""
PATTERN_SHARE = 0.25
NATURAL_SHARE = 0.5
SHARED = 0.5
JITTER = 0.06
"""Standard deviation of a colour's logarithm."""


def sample_spec(family: Family, rng: np.random.Generator) -> ThingSpec:
    """Draw a thing.

    Args:
        family: Its family.
        rng: The only source of chance; the same state gives the same thing.
    """
    knobs = tuple(round(float(v), 4) for v in rng.uniform(0.0, 1.0, len(family.knobs)))
    main = sample_finish(family.slots[0], rng)
    if main.material in PATTERNED and rng.random() < PATTERN_SHARE:
        main = _patterned(main, rng)
    rest = [_beside(main, slot, rng) for slot in family.slots[1:]]
    return ThingSpec(family.name, knobs, (main, *rest))


def sample_finish(slot: Slot, rng: np.random.Generator) -> Finish:
    """An unpatterned finish that a slot may have."""
    material = str(rng.choice(slot.materials))
    return Finish(material, _colour(slot, material, rng))


def finish_of(material: str, colour: str) -> Finish:
    """The finish that shows a named colour in a material."""
    if MATERIALS[material].metallic > 0.5:
        return Finish(material, metal_of(colour))
    return Finish(material, base_for(colour_of(colour), material))


def _beside(main: Finish, slot: Slot, rng: np.random.Generator) -> Finish:
    """Another slot's finish: the main one's, or one that contrasts with it."""
    if main.material in slot.materials and not slot.colours and rng.random() < SHARED:
        return Finish(main.material, main.colour)
    around = _shown(main)
    tried: list[tuple[float, Finish]] = []
    for _ in range(TRIES):
        finish = sample_finish(slot, rng)
        gap = min(apart(seen(finish.colour, finish.material), other) for other in around)
        if gap >= CONTRAST:
            return finish
        tried.append((gap, finish))
    return max(tried, key=lambda pair: pair[0])[1]


def _shown(finish: Finish) -> list[Rgb]:
    colours = (finish.colour,) if finish.pattern == "plain" else (finish.colour, finish.second)
    return [seen(colour, finish.material) for colour in colours]


def _patterned(finish: Finish, rng: np.random.Generator) -> Finish:
    """The finish with a pattern in a second colour that stands out."""
    pattern = str(rng.choice([name for name in PATTERNS if name != "plain"]))
    second = finish.colour
    for _ in range(TRIES):
        second = _any_colour(finish.material, rng)
        if apart(seen(second, finish.material), seen(finish.colour, finish.material)) >= CONTRAST:
            break
    return Finish(finish.material, finish.colour, pattern, second)


def _colour(slot: Slot, material: str, rng: np.random.Generator) -> Rgb:
    if material in SELF_COLOURED:
        return metal_of(material)
    custom = slot.colours or MATERIALS[material].colours
    if custom and rng.random() < NATURAL_SHARE:
        return _jittered(_named(str(rng.choice(custom)), material), material, rng)
    return _any_colour(material, rng)


def _named(name: str, material: str) -> Rgb:
    return finish_of(material, name).colour


def _any_colour(material: str, rng: np.random.Generator) -> Rgb:
    """A plain colour half of the time, else any of the survey's."""
    names = pool("tones" if rng.random() < 0.5 else "survey").names
    return _jittered(_named(str(rng.choice(names)), material), material, rng)


def _jittered(colour: Rgb, material: str, rng: np.random.Generator) -> Rgb:
    highest = 1.0 if MATERIALS[material].metallic > 0.5 else BRIGHTEST
    scaled = np.array(colour) * np.exp(rng.normal(0.0, JITTER, 3))
    red, green, blue = (round(float(c), 4) for c in np.clip(scaled, DARKEST, highest))
    return red, green, blue
