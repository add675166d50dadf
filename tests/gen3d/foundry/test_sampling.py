# SPDX-License-Identifier: Apache-2.0
"""Random things: physical, varied, repeatable, with colours that can be told apart."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from gen3d.foundry.colours import apart, colour_of, seen
from gen3d.foundry.families import families
from gen3d.foundry.finish import MATERIALS, PATTERNS
from gen3d.foundry.sampling import CONTRAST, finish_of, sample_spec
from gen3d.foundry.thing import ThingSpec

MANY = 4


@lru_cache(maxsize=1)
def _specs() -> list[ThingSpec]:
    return _drawn()


def _drawn() -> list[ThingSpec]:
    rng = np.random.default_rng(5)
    return [sample_spec(family, rng) for family in families().values() for _ in range(MANY)]


def test_a_seed_fixes_every_thing() -> None:
    assert _specs() == _drawn()


def test_things_have_a_value_for_each_knob_and_an_allowed_finish_for_each_slot() -> None:
    for spec in _specs():
        family = families()[spec.family]
        assert len(spec.knobs) == len(family.knobs)
        assert all(0.0 <= value <= 1.0 for value in spec.knobs)
        for slot, finish in zip(family.slots, spec.finishes, strict=True):
            assert finish.material in slot.materials
            assert finish.pattern in PATTERNS


def test_albedos_are_physical_except_of_bare_metals() -> None:
    for finish in (finish for spec in _specs() for finish in spec.finishes):
        highest = 1.0 if MATERIALS[finish.material].metallic > 0.5 else 0.85
        assert all(0.02 <= c <= highest for c in finish.colour)
        if finish.pattern != "plain":
            assert all(0.02 <= c <= highest for c in finish.second)


def test_patterns_are_about_a_quarter_where_they_may_be_and_their_colours_contrast() -> None:
    mains = [spec.finishes[0] for spec in _specs()]
    patterned = [finish for finish in mains if finish.pattern != "plain"]
    assert 0.08 < len(patterned) / len(mains) < 0.3
    clear = [apart(seen(f.colour, f.material), seen(f.second, f.material)) for f in patterned]
    assert np.mean(np.array(clear) >= CONTRAST) > 0.95


def test_other_slots_share_the_finish_or_contrast_with_it() -> None:
    shared, clear, other = 0, 0, 0
    for spec in _specs():
        main = spec.finishes[0]
        for finish in spec.finishes[1:]:
            if (finish.material, finish.colour) == (main.material, main.colour):
                shared += 1
            elif apart(seen(finish.colour, finish.material), seen(main.colour, main.material)) > 25:
                clear += 1
            else:
                other += 1
    assert shared > 80
    assert clear > 5 * other


def test_a_finish_by_name_shows_that_colour() -> None:
    finish = finish_of("wood", "brown")
    assert apart(seen(finish.colour, "wood"), colour_of("brown")) < 2.0
