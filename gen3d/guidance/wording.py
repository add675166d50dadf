# SPDX-License-Identifier: Apache-2.0
"""Any wording of a thing, rewritten into the plain words that the small towers were trained on.

A prompt is cut into clauses (:mod:`gen3d.guidance.clauses`); the noun of each is a family
(:mod:`gen3d.guidance.kinds`) or a part of it, its marks say how that looks. The result reads as
:func:`gen3d.foundry.captions.canonical` does.

Cannot do: several things, relations between things, actions, other languages than English.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from gen3d.errors import Gen3dError
from gen3d.foundry import words
from gen3d.foundry.captions import plain_material, plain_text
from gen3d.foundry.colours import SELF_COLOURED, plain_name
from gen3d.foundry.families import families
from gen3d.foundry.finish import MATERIALS
from gen3d.foundry.thing import Family, Rgb
from gen3d.guidance.clauses import LONGEST_NAME, Clause, clauses_of, tokens_of
from gen3d.guidance.kinds import Kin, book, by_name, kin, things
from gen3d.guidance.looks import Mark, stop_words
from gen3d.words.dictionary import lookup, singular
from gen3d.words.vocabulary import table

LONGEST_TEXT = 600
LIKE, LIKE_THING = 0.44, 0.33
"""Scores under which a phrase is no family's; lower where the dictionary says it is a thing, since
the encoder then judges a rare word by its spelling."""
PART_LIKE = 0.45
"""Similarity under which a noun is no part of a family."""
FIRST_GAIN = 0.12
"""What the first clause that holds a noun is given before later ones: things are named first."""
ALTERNATIVES = 5
ANIMAL = 5
"""WordNet's lexicographer file of animals (lexnames, ``noun.animal``)."""


@dataclass(frozen=True)
class Look:
    """What a prompt says of one slot; None or "plain" where it says nothing."""

    colour: Rgb | None = None
    """Linear albedo, as it should be seen."""
    colour_name: str = ""
    """The trained name that stands for it."""
    material: str | None = None
    pattern: str = "plain"
    second: Rgb | None = None
    second_name: str = ""


@dataclass(frozen=True)
class Canonical:
    """A prompt in trained words."""

    text: str
    """The plain form: "a tall blue ceramic vase with a gold metal rim"."""
    family: str | None
    """A family of the foundry, or None where none is like it."""
    score: float
    """How well the family fits, up to 1."""
    alternatives: tuple[Kin, ...]
    """The next families, best first."""
    slots: Mapping[str, Look] = field(default_factory=dict[str, Look])
    """Slot name -> look, for the slots that the prompt speaks of."""
    absent: tuple[str, ...] = ()
    """Slots that the thing must not have."""
    forms: tuple[str, ...] = ()
    """Adjectives of the family's knobs."""


def canonicalise(prompt: str) -> Canonical:
    """Rewrite a prompt.

    Raises:
        Gen3dError: There is no word in it.
    """
    tokens = tokens_of(prompt[:LONGEST_TEXT])
    if not any(token[0].isalnum() for token in tokens):
        raise Gen3dError(f"The prompt {prompt[:40]!r} has no words.", "Describe a thing in words.")
    clauses = clauses_of(tokens)
    head, found = _head(clauses)
    if not found or found[0].score < _least_score(clauses[head].noun):
        score = found[0].score if found else 0.0
        return Canonical(prompt.strip(), None, score, tuple(found[:ALTERNATIVES]))
    family = families()[found[0].family]
    return _assembled(family, clauses, head, found)


def _least_score(noun: str) -> float:
    return LIKE_THING if things(noun) or things(noun.rsplit(" ", maxsplit=1)[-1]) else LIKE


def _head(clauses: Sequence[Clause]) -> tuple[int, list[Kin]]:
    """Index of the clause that names the thing, and the families that it may mean."""
    best, found, top = 0, list[Kin](), -1.0
    first = True
    for index, clause in enumerate(clauses):
        if not clause.noun or (clause.opening and not first):
            continue
        ranked = _kin_of(clause.noun)
        gain = FIRST_GAIN if first else 0.0
        if ranked and ranked[0].score + gain > top:
            best, found, top = index, ranked, ranked[0].score + gain
        first = False
    return best, found


def _depicted(tokens: list[str]) -> list[str]:
    """An owl statue is an owl; a statue of nothing in particular is a statue."""
    kinds = table("objects")["reading"]["depictions"]
    shows = len(tokens) > 1 and singular(tokens[-1]) in kinds
    named = " ".join(tokens) in by_name()
    return tokens[:-1] if shows and not named and singular(tokens[-2]) in by_name() else tokens


@lru_cache(maxsize=256)
def _kin_of(noun: str) -> list[Kin]:
    """Families of a phrase: of the longest trained name within it, else by likeness."""
    tokens = _depicted(noun.split(" "))
    for length in range(min(LONGEST_NAME, len(tokens)), 0, -1):
        for start in range(len(tokens) - length, -1, -1):
            text = " ".join(tokens[start : start + length])
            end = start + length
            ends = end == len(tokens) or tokens[end] in stop_words()
            if (length > 1 or ends) and (text in by_name() or singular(text) in by_name()):
                return kin(text)
    return kin(noun)


def _assembled(
    family: Family, clauses: Sequence[Clause], head: int, found: Sequence[Kin]
) -> Canonical:
    """The canonical text and the looks of the slots."""
    main = family.slots[0].name
    said: dict[str, list[Mark]] = {}
    absent: list[str] = []
    target = main
    for index, clause in enumerate(clauses):
        slot = main if index == head else _part(family, clause)
        if index != head and slot is None and clause.noun and not _speaks_of_pattern(clause):
            # A part that the family does not have: its look is nobody's.
            continue
        if clause.opening == "without":
            absent += [slot] if slot else []
            continue
        target = slot or (target if index > head else main)
        said.setdefault(target, []).extend(clause.marks)
    breed = _is_breed(clauses[head].noun)
    looks = {
        slot: _look(family, slot, marks, hued=breed and slot == main)
        for slot, marks in said.items()
        if marks
    }
    forms = _forms(family, clauses[head])
    text = _text(family, looks, forms, absent)
    return Canonical(
        text,
        family.name,
        found[0].score,
        tuple(found[1 : 1 + ALTERNATIVES]),
        looks,
        tuple(absent),
        forms,
    )


def _speaks_of_pattern(clause: Clause) -> bool:
    return any(mark.kind == "pattern" for mark in clause.marks)


def _part(family: Family, clause: Clause) -> str | None:
    """The slot that a clause's noun means: by its words, else by likeness."""
    noun = clause.noun
    if not noun:
        return None
    slots = [slot.name for slot in family.slots]
    said = {n: s for s in reversed(slots) for n in (*words.slot_words(s).names, s)}
    last = noun.split(" ")[-1]
    for text in (noun, last, *(singular(t) for t in (noun, last)), f"{last}s"):
        if text in said:
            return said[text]
    if singular(last) in family.name.split(" "):
        # "a candle in a brass holder" is a brass candle holder.
        return slots[0]
    return _similar_part(noun, slots)


def _similar_part(noun: str, slots: Sequence[str]) -> str | None:
    """The slot whose noun is nearest to a phrase or to its head noun's first definition."""
    if not slots:
        return None
    names = [n for s in slots for n in words.slot_words(s).names]
    owners = [s for s in slots for _ in words.slot_words(s).names]
    senses = lookup(noun.rsplit(" ", maxsplit=1)[-1], "n")[:2]
    related = {w for s in senses for w in (*s.synonyms, s.parent)}
    for name, owner in zip(names, owners, strict=True):
        if name in related or singular(name) in related:
            return owner
    texts = [noun, *(sense.definition for sense in senses)]
    vectors = book().embed([*texts, *names]).astype(np.float64)
    scores = (vectors[: len(texts)] @ vectors[len(texts) :].T).max(axis=0)
    best = int(np.argmax(scores))
    return owners[best] if scores[best] >= PART_LIKE else None


def _is_breed(noun: str) -> bool:
    """Whether a noun is a kind of animal but no name of a family: its "golden" is a colour."""
    last = noun.rsplit(" ", maxsplit=1)[-1]
    kinds = things(last)
    return bool(kinds) and kinds[0].field == ANIMAL and singular(last) not in by_name()


def _look(family: Family, slot: str, marks: Sequence[Mark], *, hued: bool) -> Look:
    """One slot's look from all its marks; hued: metals are said for their colour."""
    colours = [mark for mark in marks if mark.kind == "colour"]
    stuffs = [mark for mark in marks if mark.kind == "material"]
    patterns = [mark for mark in marks if mark.kind == "pattern"]
    material = stuffs[0] if stuffs else None
    if material and material.colour and (hued or not _fits(family, slot, material.name)):
        # Nothing of this slot is a metal: "golden wings" are gold in colour.
        colours, material = [*colours, material], None
    if material and material.colour and not colours:
        colours = [material]
    colour = colours[0].colour if colours else None
    second = colours[1].colour if len(colours) > 1 else None
    pattern = patterns[0].name if patterns else ("two-tone" if second else "plain")
    return Look(
        colour,
        _trained_name(colours[0]) if colours else "",
        material.name if material else None,
        pattern,
        second,
        _trained_name(colours[1]) if len(colours) > 1 else "",
    )


def _fits(family: Family, slot: str, material: str) -> bool:
    """Whether a slot may be of a bare metal at all."""
    allowed = next(s.materials for s in family.slots if s.name == slot)
    return material in allowed or any(MATERIALS[m].metallic > 0.5 for m in allowed)


def _trained_name(mark: Mark) -> str:
    """The plain name of a mark's colour; bare metals keep their own."""
    if mark.colour is None or mark.shade:
        return mark.shade or mark.name
    return mark.name if _is_plain(mark.name) else plain_name(mark.colour)


def _is_plain(name: str) -> bool:
    tables = table("object_colours")
    return name in tables["basic"] or name in tables["tones"]


def _forms(family: Family, clause: Clause) -> tuple[str, ...]:
    """Adjectives of the family's knobs that the head clause says."""
    adjectives = [form for knob in family.knobs for form in (knob.low, knob.high) if form]
    said = set(clause.tokens)
    exact = [
        form
        for form in adjectives
        if any(set(name.split(" ")) <= said for name in (form, *words.form_words(form).names))
    ]
    return tuple(dict.fromkeys(exact))[:1]


def _text(
    family: Family, looks: Mapping[str, Look], forms: Sequence[str], absent: Sequence[str]
) -> str:
    main = looks.get(family.slots[0].name, Look())
    thing = " ".join([*forms, _said(main), words.plain_family(family.name)])
    parts: list[str] = []
    for slot in family.slots[1:]:
        if slot.name in looks:
            noun = f"{_said(looks[slot.name])} {slot.name}"
            parts.append(noun if words.is_plural(slot.name) else f"a {noun}")
    missing = "".join(
        f" without {slot}" if words.is_plural(slot) else f" without a {slot}" for slot in absent
    )
    return words.with_articles(plain_text(thing, parts) + missing)


def _said(look: Look) -> str:
    """A look as :func:`gen3d.foundry.captions.plain_finish` says it."""
    if look.material in SELF_COLOURED:
        return f"{look.material} metal"
    hue = look.colour_name
    if look.second_name:
        hue = f"{hue} and {look.second_name}"
    pattern = "" if look.pattern == "plain" else look.pattern
    material = plain_material(look.material) if look.material else ""
    return " ".join(part for part in (hue, pattern, material) if part)
