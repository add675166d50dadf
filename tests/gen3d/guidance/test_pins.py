# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gen3d.foundry.captions import present_slots
from gen3d.foundry.colours import apart, colour_of, seen
from gen3d.foundry.families import families
from gen3d.foundry.finish import MATERIALS
from gen3d.foundry.sampling import finish_of, sample_spec
from gen3d.foundry.thing import Finish, ThingSpec
from gen3d.guidance.pins import HIGH, LOW, held_slots, pinned, switches, undeniable
from gen3d.guidance.wording import Canonical, Look, canonicalise

VASE = families()["vase"]


def things(family: str, count: int = 12) -> list[ThingSpec]:
    rng = np.random.default_rng(4)
    return [sample_spec(families()[family], rng) for _ in range(count)]


def said(**slots: Look) -> Canonical:
    return Canonical("", "vase", 1.0, (), slots)


@pytest.mark.parametrize("spec", things("vase"), ids=range(12))
def test_the_whole_gets_its_look_and_parts_that_nobody_spoke_of_follow_it(spec: ThingSpec) -> None:
    words = canonicalise("a blue ceramic vase")
    made = pinned(spec, words)
    body = made.finishes[0]
    assert body.material == "ceramic"
    assert apart(seen(body.colour, body.material), colour_of("blue")) < 15.0
    assert made.knobs == spec.knobs
    for slot, before, after in zip(
        VASE.slots[1:], spec.finishes[1:], made.finishes[1:], strict=True
    ):
        if not slot.colours and body.material in slot.materials:
            assert after == Finish(body.material, body.colour)
        else:
            assert after.material == before.material


@pytest.mark.parametrize("prompt", ["a blue ceramic vase with a golden rim", "a red chair"])
def test_pinning_again_changes_nothing(prompt: str) -> None:
    words = canonicalise(prompt)
    for spec in things(words.family or ""):
        once = pinned(spec, words)
        assert pinned(once, words) == once


def test_a_part_that_is_named_is_changed_and_the_body_that_is_not_is_kept() -> None:
    rim = VASE.slots[1].name
    gold = Look(colour=colour_of("gold"), material="gold")
    for spec in things("vase"):
        made = pinned(spec, said(**{rim: gold}))
        assert made.finishes[1].material == "gold"
        assert made.finishes[0] == spec.finishes[0]
        assert made.finishes[2:] == spec.finishes[2:]


def test_nothing_said_changes_nothing_and_other_kinds_are_left_alone() -> None:
    for spec in things("vase"):
        assert pinned(spec, said()) == spec
        assert pinned(spec, canonicalise("a red wooden chair")) == spec


def test_a_plain_colour_is_no_bare_metals() -> None:
    spec = things("vase")[0]
    gold = replace(spec, finishes=(Finish("gold", (1.0, 0.8, 0.3)), *spec.finishes[1:]))
    body = VASE.slots[0].name
    green = pinned(gold, said(**{body: Look(colour=colour_of("green"))})).finishes[0]
    assert MATERIALS[green.material].metallic <= 0.5
    assert apart(seen(green.colour, green.material), colour_of("green")) < 15.0


def test_a_material_without_a_colour_brings_its_own() -> None:
    spec = things("vase")[0]
    body = VASE.slots[0].name
    clay = pinned(spec, said(**{body: Look(material="clay")})).finishes[0]
    assert clay.material == "clay"
    kept = replace(spec, finishes=(Finish("clay", (0.1, 0.2, 0.3)), *spec.finishes[1:]))
    assert pinned(kept, said(**{body: Look(material="clay")})).finishes[0] == clay


def test_a_pattern_comes_with_both_of_its_colours() -> None:
    body = VASE.slots[0].name
    look = Look(colour_of("red"), "red", "ceramic", "stripes", colour_of("white"), "white")
    made = pinned(things("vase")[0], said(**{body: look})).finishes[0]
    assert made.pattern == "stripes"
    assert apart(seen(made.colour, "ceramic"), colour_of("red")) < 15.0
    assert apart(made.second, made.colour) > 30.0


def test_adjectives_set_their_knob_and_no_other() -> None:
    named = [(f, k) for f in families().values() for k in f.knobs if k.high][:10]
    assert named
    for family, knob in named:
        spec = sample_spec(family, np.random.default_rng(0))
        index = [k.name for k in family.knobs].index(knob.name)
        words = Canonical("", family.name, 1.0, (), {}, (), (knob.high,))
        made = pinned(replace(spec, knobs=tuple(0.5 for _ in spec.knobs)), words)
        others = [
            value
            for value, k in zip(made.knobs, family.knobs, strict=True)
            if knob.high not in {k.high, k.low}
        ]
        assert made.knobs[index] == HIGH
        assert set(others) <= {0.5}
        if knob.low:
            small = pinned(spec, replace(words, forms=(knob.low,)))
            assert small.knobs[index] == min(spec.knobs[index], LOW)


def test_a_material_without_a_colour_word_has_its_natural_colour() -> None:
    words = canonicalise("an old wooden music box")
    for spec in things("music box"):
        made = pinned(spec, words).finishes[0]
        assert made.material == "wood"
        assert apart(seen(made.colour, "wood"), colour_of("brown")) < 20.0


def test_parts_with_a_customary_colour_have_it_when_nobody_says_another() -> None:
    words = canonicalise("a red car")
    slots = families()["car"].slots
    for spec in things("car"):
        for slot, finish in zip(slots[1:], pinned(spec, words).finishes[1:], strict=True):
            if slot.colours:
                assert finish == finish_of(finish.material, slot.colours[0])


def test_slots_whose_look_the_words_decide_are_held() -> None:
    spec = things("vase", 1)[0]
    names = [slot.name for slot in VASE.slots]
    whole = canonicalise("a blue ceramic vase")
    assert held_slots(spec, whole) == tuple(range(len(names)))
    part = said(**{names[1]: Look(colour=colour_of("gold"))})
    assert held_slots(spec, part) == (1,)
    assert held_slots(spec, said()) == ()
    assert held_slots(things("mug", 1)[0], whole) == ()


def test_parts_of_a_metal_thing_are_of_its_metal_unless_spoken_of() -> None:
    words = canonicalise("a bronze teapot with a wooden handle")
    slots = families()["teapot"].slots
    for spec in things("teapot"):
        made = dict(zip((s.name for s in slots), pinned(spec, words).finishes, strict=True))
        assert made["body"].material == made["spout"].material == made["lid"].material == "bronze"
        assert made["handle"].material == "wood"


def test_parts_that_cannot_be_of_the_wholes_material_have_its_colour() -> None:
    words = canonicalise("a red glass vase")
    for spec in things("vase"):
        body, *others = pinned(spec, words).finishes
        for finish, slot in zip(others, VASE.slots[1:], strict=True):
            if not slot.colours and not MATERIALS[finish.material].colours:
                shown = seen(finish.colour, finish.material)
                assert apart(shown, seen(body.colour, body.material)) < 12.0


def test_what_has_customary_colours_keeps_to_them_while_nobody_speaks_of_it() -> None:
    words = canonicalise("a cactus in a terracotta pot")
    body = families()["cactus"].slots[0]
    for spec in things("cactus"):
        blue = replace(spec.finishes[0], colour=colour_of("blue"))
        for given in (spec, replace(spec, finishes=(blue, *spec.finishes[1:]))):
            made = pinned(given, words)
            shown = seen(made.finishes[0].colour, made.finishes[0].material)
            assert min(apart(shown, colour_of(c)) for c in body.colours) < 20.0
        assert {0, 1} <= set(held_slots(spec, words))
    asked = pinned(things("cactus", 1)[0], canonicalise("a blue cactus"))
    shown = seen(asked.finishes[0].colour, asked.finishes[0].material)
    assert apart(shown, colour_of("blue")) < 15.0


@pytest.mark.parametrize("family", ["suitcase", "mug", "teapot", "chair", "music box"])
def test_parts_that_are_named_are_there_and_those_that_must_not_be_are_not(family: str) -> None:
    optional = switches(family)
    for slot in optional:
        named = Canonical("", family, 1.0, (), {slot: Look(material="metal")})
        without = Canonical("", family, 1.0, (), {}, (slot,))
        for spec in things(family, 4):
            assert slot in present_slots(pinned(spec, named), families()[family])
            assert slot not in present_slots(pinned(spec, without), families()[family])


def test_brass_corners_are_on_the_suitcase_that_has_them() -> None:
    words = canonicalise("an old leather suitcase with brass corners")
    family = families()["suitcase"]
    corners = [slot.name for slot in family.slots].index("corners")
    for spec in things("suitcase"):
        made = pinned(spec, words)
        assert "corners" in present_slots(made, family)
        assert MATERIALS[made.finishes[corners].material].metallic > 0.5


def test_a_denied_part_that_the_family_cannot_do_without_is_told() -> None:
    assert undeniable(canonicalise("a white mug without a handle")) == ["handle"]
    assert undeniable(canonicalise("a leather suitcase without corners")) == []
    assert undeniable(canonicalise("a white mug")) == []
