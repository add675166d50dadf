# SPDX-License-Identifier: Apache-2.0
"""The benchmark prompts: fair, unseen, and true of the things they stand for."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from gen3d.foundry.captions import present_slots
from gen3d.foundry.colours import apart, seen
from gen3d.foundry.families import families
from gen3d.foundry.trials import further, spec_of, trials
from gen3d.words.vocabulary import table


def _plain(text: str) -> str:
    without = re.sub(r"\{\w+\}", " ", text.lower())
    words_only = " ".join(re.findall(r"[^\W_]+", without))
    return f" {words_only} "


def _training_vocabulary() -> str:
    """Everything that a trained caption may be made of, as one text."""
    tables, colours = table("objects"), table("object_colours")
    groups = ("families", "slots", "materials", "patterns", "forms", "views")
    said = [
        phrase
        for group in groups
        for entry in tables[group].values()
        for key, phrases in entry.items()
        if isinstance(phrases, list) and not key.startswith("held_out")
        for phrase in phrases
    ]
    said += [t for templates in tables["templates"].values() for t in templates]
    said += [*colours["basic"], *colours["survey"], *colours["metals"]]
    for family in families().values():
        said += [family.name, *(slot.name for slot in family.slots)]
        said += [a for knob in family.knobs for a in (knob.low, knob.high)]
    return "|".join(_plain(phrase) for phrase in said)


def test_there_are_forty_of_twenty_families_in_two_contrasting_looks() -> None:
    assert len(trials()) == 40
    assert set(Counter(t.family for t in trials()).values()) == {2}
    for one, two in zip(trials()[::2], trials()[1::2], strict=True):
        main = families()[one.family].slots[0].name
        a, b = one.finishes[main], two.finishes[main]
        assert apart(seen(a.colour, a.material), seen(b.colour, b.material)) > 25, one.name


def test_every_content_word_of_a_held_out_text_is_new() -> None:
    vocabulary = _training_vocabulary()
    reading = table("objects")["reading"]
    small = {w for key in ("stop", "with", "own", "without") for w in reading[key]} | {"s"}
    for trial in trials():
        left = _plain(trial.held_out)
        for phrase in sorted(trial.unseen, key=len, reverse=True):
            assert _plain(phrase) in left.replace("  ", " "), (trial.name, phrase)
            assert _plain(phrase) not in vocabulary, (trial.name, phrase)
            left = left.replace(_plain(phrase), "  ")
        assert set(left.split()) <= small, (trial.name, left)


def test_trained_texts_hold_no_held_out_word() -> None:
    words = set(table("object_colours")["held_out_words"])
    assert not [t.name for t in trials() if words & set(_plain(t.trained).split())]


def test_specs_have_the_parts_and_finishes_that_the_texts_name() -> None:
    for trial in trials():
        spec = spec_of(trial, np.random.default_rng(0))
        family = families()[trial.family]
        assert spec == spec_of(trial, np.random.default_rng(0))
        assert set(trial.finishes) <= set(present_slots(spec, family))
        for slot, finish in zip(family.slots, spec.finishes, strict=True):
            assert trial.finishes.get(slot.name, finish) == finish


def test_further_prompts_name_families_that_exist() -> None:
    assert len(further()) >= 60
    assert not [prompt for prompt in further() if prompt.family not in families()]
