# SPDX-License-Identifier: Apache-2.0
"""Captions: true, varied, repeatable, and without a word that is held out."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
import pytest

from gen3d.foundry import words
from gen3d.foundry.captions import canonical, caption, present_slots
from gen3d.foundry.colours import apart, colour_of, hue_name, metal_of, pool, seen
from gen3d.foundry.families import families
from gen3d.foundry.finish import MATERIALS
from gen3d.foundry.sampling import finish_of, sample_spec
from gen3d.foundry.thing import Family, ThingSpec
from gen3d.words.vocabulary import table

SPECS, EACH = 1, 175
NAME_WITHIN = 20.0
"""HyAB distance of a survey name from what it names."""


@lru_cache(maxsize=1)
def _things() -> list[tuple[ThingSpec, Family]]:
    rng = np.random.default_rng(11)
    return [(sample_spec(f, rng), f) for f in families().values() for _ in range(SPECS)]


@lru_cache(maxsize=1)
def _captions() -> list[tuple[str, ThingSpec, Family]]:
    """More than 20,000 captions in trained wording."""
    rng = np.random.default_rng(12)
    return [
        (caption(spec, family, rng, wording="trained"), spec, family)
        for spec, family in _things()
        for _ in range(EACH)
    ]


def _plain(text: str) -> str:
    """Words only, lower case, with a space at either end."""
    without = re.sub(r"\{\w+\}", " ", text.lower())
    words_only = " ".join(re.findall(r"[^\W_]+", without))
    return f" {words_only} "


def _held_out() -> set[str]:
    tables = table("objects")
    groups = ("families", "slots", "materials", "patterns", "forms", "views")
    lists = [
        phrases
        for group in groups
        for entry in tables[group].values()
        for key, phrases in entry.items()
        if key.startswith("held_out")
    ]
    said = {_plain(p) for phrases in lists for p in phrases}
    return said | {_plain(word) for word in table("object_colours")["held_out_words"]}


def _grams(text: str, longest: int) -> set[str]:
    tokens = text.split()
    return {
        f" {' '.join(tokens[i : i + n])} "
        for n in range(1, longest + 1)
        for i in range(len(tokens) - n + 1)
    }


def test_no_held_out_word_is_ever_in_twenty_thousand_trained_captions() -> None:
    held = _held_out()
    longest = max(len(phrase.split()) for phrase in held)
    assert len(_captions()) >= 20_000
    found = {gram for text, _, _ in _captions() for gram in _grams(_plain(text), longest)} & held
    assert found == set()


def test_held_out_wording_does_use_held_out_words() -> None:
    rng = np.random.default_rng(1)
    held = _held_out()
    texts = [caption(spec, f, rng, wording="held-out") for spec, f in _things()]
    using = [text for text in texts if _grams(_plain(text), 6) & held]
    assert len(using) > 0.95 * len(texts)


def test_a_generator_state_fixes_the_caption() -> None:
    spec, family = _things()[0]
    one, two = (
        [caption(spec, family, np.random.default_rng(s), wording="trained") for s in range(9)]
        for _ in range(2)
    )
    assert one == two
    assert len(set(one)) > 5


def _colours_shown(spec: ThingSpec, family: Family) -> list[tuple[float, float, float]]:
    present = present_slots(spec, family)
    found: list[tuple[float, float, float]] = []
    for slot, finish in zip(family.slots, spec.finishes, strict=True):
        if slot.name in present or slot == family.slots[0]:
            found.append(seen(finish.colour, finish.material))
            if finish.pattern != "plain":
                found.append(seen(finish.second, finish.material))
    return found


def _names_said(text: str, family: Family) -> list[str]:
    """Colour names in a caption, longest first, nouns and materials set aside."""
    nouns = [*words.family_words(family.name).names, words.plain_family(family.name)]
    nouns += [n for slot in family.slots for n in words.slot_words(slot.name).names]
    for material in MATERIALS:
        nouns += [*words.material_words(material).names, *words.stuff_words(material).names]
    nouns += [f for k in family.knobs for a in (k.low, k.high) for f in words.form_words(a).names]
    text = _removed(text, nouns)
    found: list[str] = []
    for name in sorted({*pool("survey").names, *pool("tones").names}, key=len, reverse=True):
        if name in text and re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text):
            found.append(name)
            text = _removed(text, [name])
    return found


def _removed(text: str, phrases: list[str]) -> str:
    for phrase in sorted(filter(None, phrases), key=len, reverse=True):
        if phrase in text:
            text = re.sub(rf"(?<![\w-]){re.escape(phrase)}(?![\w-])", "|", text)
    return text


def _gap(name: str, shown: list[tuple[float, float, float]]) -> float:
    return min(min(apart(colour_of(name), c), apart(metal_of(name), c)) for c in shown)


def _is_shown(name: str, shown: list[tuple[float, float, float]]) -> bool:
    """Near in CIELAB, or a plain hue ("blue" is said of navy and of sky blue) that is there."""
    hues = {hue_name(colour) for colour in shown}
    plain = name in pool("tones").names and name.rsplit(" ", maxsplit=1)[-1] in hues
    return plain or _gap(name, shown) <= NAME_WITHIN


def test_every_colour_that_is_named_is_there() -> None:
    said, wrong = 0, list[str]()
    for text, spec, family in _captions()[::31]:
        shown = _colours_shown(spec, family)
        for name in _names_said(text, family):
            said += 1
            if not _is_shown(name, shown):
                wrong.append(f"{name}: {text}")
    assert said > 500
    assert len(wrong) <= 0.01 * said, wrong[:8]


def test_a_part_is_said_to_lack_only_where_it_is_absent() -> None:
    checked = 0
    for text, spec, family in _captions():
        text = _removed(text, [*words.family_words(family.name).names])  # noqa: PLW2901 - the rest
        found = re.search(r"(?:without|with no|that has no|, no) (?:an? )?([\w -]+)", text)
        if not found:
            continue
        absent = [s.name for s in family.slots if s.name not in present_slots(spec, family)]
        nouns = [noun for name in absent for noun in words.slot_words(name).names]
        assert any(found.group(1).startswith(noun) for noun in nouns), text
        checked += 1
    assert checked > 50


def test_the_canonical_form_is_the_plain_one() -> None:
    family = families()["vase"]
    knobs = tuple(0.9 for _ in family.knobs)
    looks = {"body": finish_of("ceramic", "blue"), "rim": finish_of("gold", "gold")}
    finishes = tuple(looks.get(slot.name, looks["body"]) for slot in family.slots)
    text = canonical(ThingSpec("vase", knobs, finishes), family)
    assert text == "a blue ceramic vase with a gold metal rim"


def test_articles_follow_the_sound() -> None:
    text = words.with_articles("a orange umbrella and a  unicorn, a ugly one , a one-armed a hour")
    assert text == "an orange umbrella and a unicorn, an ugly one, a one-armed an hour"


def test_there_are_enough_templates_and_they_differ() -> None:
    tables = table("objects")
    trained = {t for part in tables["templates"] for t in words.templates(part, "trained")}
    parts = tables["held_out_templates"]
    held = {t for part in parts for t in words.templates(part, "held-out")}
    assert len(trained) >= 40
    assert len(held) >= 12


@pytest.mark.parametrize("name", sorted(families()))
def test_every_family_has_trained_and_held_out_names(name: str) -> None:
    said = words.family_words(name)
    assert len(said.names) >= 4
    assert len(said.held_out) >= 2
    assert not set(said.names) & set(said.held_out)
