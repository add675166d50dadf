# SPDX-License-Identifier: Apache-2.0
"""Captions of things: what a person might call one, and nothing that is not true of it.

A caption says the family, and by chance the form, colours, material, pattern, one or two parts,
or a part that is missing. Colours are named as they are seen, by the plain hue or by a survey name
near in CIELAB (:mod:`gen3d.foundry.colours`). ``canonical`` is the one plain form of a spec, which
any wording is rewritten to before it is embedded (:mod:`gen3d.guidance.wording`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from gen3d.foundry import words
from gen3d.foundry.colours import (
    SELF_COLOURED,
    Pool,
    Wording,
    hue_name,
    nearest,
    plain_name,
    seen,
)
from gen3d.foundry.finish import MATERIALS
from gen3d.foundry.thing import Family, Finish, Knobs, Rgb, ThingSpec

LOW, HIGH = 0.2, 0.8
"""Knobs beyond these are worth an adjective."""
NEAR, NEAR_HELD_OUT = 12.0, 18.0
"""HyAB distance within which a colour may go by a survey name."""
NAMES_TRIED = 4
METAL_GAP = 12.0
"""HyAB distance within which a metal is called by a bare metal's colour."""
PARTS_TOLD = 2
"""Parts in a canonical text: the first that differ; more would drown the rest."""


@lru_cache(maxsize=4096)
def present_slots(spec: ThingSpec, family: Family) -> tuple[str, ...]:
    """Slots that this thing really has, in the family's order (optional parts may be absent)."""
    names = [knob.name for knob in family.knobs]
    built = {slot for slot, _ in family.build(Knobs(dict(zip(names, spec.knobs, strict=True))))}
    return tuple(slot.name for slot in family.slots if slot.name in built)


def canonical(spec: ThingSpec, family: Family) -> str:
    """The plain form: "a blue ceramic vase with a gold metal rim".

    The first two parts that are there and look different from the whole are named.
    """
    main = plain_finish(spec.finishes[0])
    present = present_slots(spec, family)
    parts: list[str] = []
    for slot, finish in zip(family.slots[1:], spec.finishes[1:], strict=True):
        look = plain_finish(finish)
        if slot.name in present and look != main:
            parts.append(_noun_phrase(look, slot.name))
    return plain_text(f"{main} {words.plain_family(family.name)}", parts[:PARTS_TOLD])


def plain_text(thing: str, parts: Sequence[str]) -> str:
    """A canonical text from its noun phrase and its parts' (the latter with their articles)."""
    tail = f" with {listed(parts)}" if parts else ""
    return words.with_articles(f"a {thing}{tail}")


def plain_finish(finish: Finish) -> str:
    """Colour and material in plain words: "blue and white striped ceramic", "gold metal"."""
    if finish.material in SELF_COLOURED:
        return f"{finish.material} metal"
    hue = plain_colour(finish.colour, finish.material)
    if finish.pattern != "plain":
        other = plain_colour(finish.second, finish.material)
        hue = f"{hue} and {other} {finish.pattern}"
    return f"{hue} {plain_material(finish.material)}".strip()


def plain_material(material: str) -> str:
    """The material's canonical adjective, or nothing where nobody says it."""
    return words.material_words(material).names[0] if words.is_said(material) else ""


def plain_colour(colour: Rgb, material: str) -> str:
    """The plain name of what is seen of a colour in a material."""
    if MATERIALS[material].metallic > 0.5:
        bare, gap = nearest(colour, "metals")[0]
        if gap < METAL_GAP:
            return bare
    return plain_name(seen(colour, material))


def caption(
    spec: ThingSpec,
    family: Family,
    rng: np.random.Generator,
    *,
    wording: Wording,
    view: str | None = None,
) -> str:
    """One caption, true of the thing.

    Args:
        spec: The thing.
        family: Its family.
        rng: Chooses what is said and how.
        wording: Words and templates for training, or those held out from it.
        view: A key of ``objects.yml``'s views, or any words, said at the end.
    """
    present = present_slots(spec, family)
    thing = _thing(spec, family, present, rng, wording)
    thing = _with_parts(thing, spec, family, present, rng, wording)
    frame = _pick(list(words.templates("frame", wording)), rng)
    it = thing.removeprefix("a ") if frame.startswith("a single") else thing
    text = frame.format(it=it)
    if view:
        text = f"{text.rstrip('.')}, {_pick(words.view_words(view).of(wording), rng)}"
    return words.with_articles(text)


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


def _thing(
    spec: ThingSpec,
    family: Family,
    present: tuple[str, ...],
    rng: np.random.Generator,
    wording: Wording,
) -> str:
    """The noun phrase of the whole, from a template whose fields are all known."""
    absent = [slot.name for slot in family.slots if slot.name not in present]
    known = _finish_fields(spec.finishes[0], rng, wording)
    known["name"] = _family_name(family.name, absent, rng, wording)
    form = _form(spec, family, rng, wording)
    if form and rng.random() < 0.5:
        known["name"] = f"{form} {known['name']}"
    return _filled("thing", known, rng, wording)


def _filled(part: str, known: Mapping[str, str], rng: np.random.Generator, wording: Wording) -> str:
    """A template chosen evenly over which fields it tells, then evenly among those."""
    groups: dict[frozenset[str], list[str]] = {}
    for template, needed in words.templates(part, wording).items():
        if needed <= known.keys():
            groups.setdefault(needed, []).append(template)
    keys = sorted(groups, key=lambda needed: (len(needed), sorted(needed)))
    # Fuller descriptions are worth more to a reader of pictures: weigh them by their fields.
    share = np.array([len(needed) ** 1.5 for needed in keys])
    chosen = keys[int(rng.choice(len(keys), p=share / share.sum()))]
    return _pick(groups[chosen], rng).format(**known)


def _family_name(
    name: str, absent: Sequence[str], rng: np.random.Generator, wording: Wording
) -> str:
    """A synonym that does not speak of a part that this thing lacks."""
    synonyms = words.family_words(name)
    missing = {word for slot in absent for word in (slot, slot.removesuffix("s"))}
    fitting = [n for n in synonyms.of(wording) if not missing & set(n.split(" "))]
    if wording == "trained" and rng.random() < 0.4:
        return words.plain_family(name)
    return _pick(fitting or [words.plain_family(name)], rng)


def _finish_fields(
    finish: Finish, rng: np.random.Generator, wording: Wording, *, main: bool = True
) -> dict[str, str]:
    """What may be said of a finish, by field of the templates."""
    known: dict[str, str] = {}
    material = _pick(words.material_words(finish.material).of(wording), rng)
    stuff = _pick(words.stuff_words(finish.material).of(wording), rng)
    if words.is_said(finish.material):
        known |= {"material": material, "stuff": stuff}
    if finish.material in SELF_COLOURED:
        return known
    first = _colour_name(finish.colour, finish.material, rng, wording)
    if finish.pattern == "plain":
        return known | {"hue": first}
    second = _colour_name(finish.second, finish.material, rng, wording)
    both = {"first": first, "second": second}
    before = _pick(words.pattern_words(finish.pattern, "before").of(wording), rng)
    after = _pick(words.pattern_words(finish.pattern, "after").of(wording), rng)
    known["hue"] = before.format(**both)
    if main:
        bare = _pick(words.pattern_words(finish.pattern, "bare").of(wording), rng)
        known |= {"first": first, "after": after.format(**both), "bare": bare}
    return known


def _colour_name(colour: Rgb, material: str, rng: np.random.Generator, wording: Wording) -> str:
    """A name of what is seen: the plain one or a near one of the survey."""
    shown = seen(colour, material)
    if MATERIALS[material].metallic > 0.5 and nearest(colour, "metals")[0][1] < METAL_GAP:
        return nearest(colour, "metals")[0][0]
    pool: Pool = "survey" if wording == "trained" else "held_out"
    limit = NEAR if wording == "trained" else NEAR_HELD_OUT
    near = [name for name, gap in nearest(shown, pool, NAMES_TRIED) if gap <= limit]
    chance = rng.random()
    if near and (wording == "held-out" or chance < 0.45):
        return _pick(near, rng)
    return hue_name(shown) if chance < 0.75 else plain_name(shown)


def _form(spec: ThingSpec, family: Family, rng: np.random.Generator, wording: Wording) -> str:
    """An adjective that one of the knobs earns, or nothing."""
    earned = [knob.low for knob, v in zip(family.knobs, spec.knobs, strict=True) if v < LOW]
    earned += [knob.high for knob, v in zip(family.knobs, spec.knobs, strict=True) if v > HIGH]
    earned = [form for form in earned if form]
    if not earned:
        return ""
    return _pick(words.form_words(_pick(earned, rng)).of(wording), rng)


def _with_parts(
    thing: str,
    spec: ThingSpec,
    family: Family,
    present: tuple[str, ...],
    rng: np.random.Generator,
    wording: Wording,
) -> str:
    """The phrase with up to two of its parts, or with one that it lacks."""
    pairs = list(zip(family.slots[1:], spec.finishes[1:], strict=True))
    there = [(slot.name, finish) for slot, finish in pairs if slot.name in present]
    absent = [slot.name for slot, _ in pairs if slot.name not in present]
    chance = rng.random()
    if absent and chance > 0.85:
        noun = _pick(words.slot_words(_pick(absent, rng)).of(wording), rng)
        article = noun if words.is_plural(noun) else f"a {noun}"
        known = {"thing": thing, "absent": article, "absent_bare": noun}
        return _filled("without", known, rng, wording)
    if not there or chance < 0.35:
        return thing
    order = rng.permutation(len(there))
    if chance < 0.5:
        return _one_part(thing, *there[int(order[0])], rng, wording)
    count = 1 if chance < 0.68 else 2
    told = [_told_part(*there[int(i)], rng, wording) for i in order[:count]]
    return _filled("parts", {"thing": thing, "parts": listed(told)}, rng, wording)


def _one_part(
    thing: str, slot: str, finish: Finish, rng: np.random.Generator, wording: Wording
) -> str:
    """The phrase with a clause about one part: "..., its rim golden"."""
    noun = _pick(words.slot_words(slot).of(wording), rng)
    known = {
        "thing": thing,
        "slot": noun,
        "is": "are" if words.is_plural(noun) else "is",
        "plain": _look(finish, rng, wording),
    }
    return _filled("part", known, rng, wording)


def _told_part(slot: str, finish: Finish, rng: np.random.Generator, wording: Wording) -> str:
    """A part's noun phrase with its article, its finish told in full or in part."""
    noun = _pick(words.slot_words(slot).of(wording), rng)
    return _noun_phrase(_look(finish, rng, wording), noun)


def _look(finish: Finish, rng: np.random.Generator, wording: Wording) -> str:
    """Adjectives of a part's finish."""
    known = _finish_fields(finish, rng, wording, main=False)
    both = [known[key] for key in ("hue", "material") if key in known]
    if len(both) == 1 or rng.random() < 0.4:
        return " ".join(both)
    return both[0] if rng.random() < 0.8 else both[1]


def _noun_phrase(look: str, noun: str) -> str:
    return f"{look} {noun}" if words.is_plural(noun) else f"a {look} {noun}"


def listed(phrases: Sequence[str]) -> str:
    """Phrases with commas and a last "and"."""
    if len(phrases) < 2:
        return "".join(phrases)
    return f"{', '.join(phrases[:-1])} and {phrases[-1]}"
