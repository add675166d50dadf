# SPDX-License-Identifier: Apache-2.0
"""Where, as land: which of the known lands the words name, and what stands in it.

A phrase of up to four words that the vocabulary lists counts as what it says, or with a note as
what stands in for it; other words count by meaning, when an entry is near enough. Things that no
land holds are named in a note. Single things are read first (:mod:`gen3d.words.landmarks`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float64

from gen3d.spec import LandSpec, Rgb, SkySpec
from gen3d.words import herbs, landmarks
from gen3d.words.colours import name_at
from gen3d.words.dictionary import frequency, in_singular, lookup, singular
from gen3d.words.phrases import embed
from gen3d.words.stand_ins import bare, left_out, stands_in
from gen3d.words.vocabulary import Table, colour, table, words_of

LIKE = 0.66
"""Similarity from which a word that is not listed is taken to mean an entry."""
LOOSE = 0.45
"""The same for the whole phrase that a sentence gives as its place."""
INDOORS = "indoors"
"""What is no land; see ``scenes.yml``."""
_ANY_LAND, _LANDSCAPES = "hills", frozenset({"landscape", "landscapes", "scenery"})
"""What stands for some land or other."""
_LONGEST = 4
_OWN = ("water", "shape")
"""What other lands leave to the one that is built."""
_DEEPEST = 0.6
_PARTS = frozenset(
    f"{part}{s}"
    for part in ("roof", "door", "window", "chimney", "floor", "porch")
    for s in ("", "s")
)
"""Parts of houses, which are no land by themselves."""
_DARK_DEG, _LIVED_IN = 0.0, ("houses", "blocks")
"""Height of the sun under which lights are on, and where."""
_HOMES = frozenset({"log cabin", "hut", "house", "cottage", "lighthouse", "castle", "street lamp"})
_UNDONE = re.compile(r"\b(?:no|without(?: any| an?)?) (?!trees\b)(?=[\w'-])")
"""What is followed by what is not there."""


@dataclass(frozen=True)
class Reading:
    """The land that words name, and a sentence for each word taken by its meaning."""

    land: LandSpec | None
    notes: tuple[str, ...] = ()


def read(text: str, place: str = "") -> Reading:
    """The land of some words.

    Args:
        text: Place, season and weather of a sentence, or all of a text that is about a place.
        place: The part of it that is known to be a place, if any: the nearest land stands in for
            an unlisted one.
    """
    clean, gone = _without_undone(text.lower())
    grown = herbs.found(clean)
    plain = herbs.rest_of(clean, grown)
    marks = landmarks.found(plain, land_phrases())
    found, notes = _found(landmarks.rest_of(plain, marks))
    lands = [name for name in (_land_of(entry) for entry in found) if name]
    around = None if lands else _around(plain, marks, grown)
    if around:
        found, lands = [around, *found], [around]
        grown = herbs.by_themselves(grown, around)
    if place and not lands and not marks:
        nearest = _nearest(place)
        if nearest:
            found.append(nearest)
            lands = [nearest]
            notes.append(stands_in(bare(place), nearest, _called(nearest)))
    if not lands:
        return Reading(None)
    values = _values(found, lands)
    land = LandSpec.model_validate(values | _said_colours(clean))
    kept = tuple(one for one in land.landmarks if one.kind not in gone)
    land = herbs.planted(grown, land.model_copy(update={"landmarks": kept}), gone)
    land, left = landmarks.placed(plain, marks, land)
    told = (*landmarks.standing_for(marks), *herbs.standing_for(grown))
    return Reading(land, (*notes, *told, *left))


def _around(text: str, marks: Sequence[landmarks.Mark], grown: Sequence[herbs.Herbs]) -> str | None:
    """The land of words that name none: of their first thing, else of their first herb."""
    if marks:
        rooms = landmarks.may_be_rooms(text, marks, _rooms_proper())
        return None if rooms else landmarks.land_around(marks)
    words = re.findall(r"[a-z][a-z'-]*", text)
    spans = (words[start : start + length] for start, length in _spans(len(words)))
    if any(" ".join(span) in _rooms() for span in spans):
        return None
    if grown:
        return str(grown[0].entry["land"])
    return _ANY_LAND if _LANDSCAPES & {*words} else None


def _values(found: list[str], lands: list[str]) -> dict[str, Any]:
    """What entries make of the land of the highest rank."""
    best = max(lands, key=lambda name: table("lands")["lands"][name]["rank"])
    values: dict[str, Any] = {"name": best, **table("lands")["lands"][best]["values"]}
    own = {key: values[key] for key in _OWN if key in values}
    for name in found:
        entry = table("lands")["lands"].get(name, {}).get("also", {}) if name != best else {}
        _change(values, entry)
        values |= own
    for name in found:
        _change(values, table("lands")["elements"].get(name, {}))
    return values


def _without_undone(text: str) -> tuple[str, frozenset[str]]:
    """A text without what it says is not there, and the kinds of things among that."""
    kept, last, gone = list[str](), 0, set[str]()
    for cue in _UNDONE.finditer(text):
        if cue.start() < last:
            continue
        words = list(re.finditer(r"[\w'-]+", text[cue.end() :]))[:_LONGEST]
        spans = [" ".join(w[0] for w in words[:k]) for k in range(1, len(words) + 1)]
        said = [k for k, span in enumerate(spans, start=1) if _exact(span.split(), _sayable())]
        # "No red flowers" are flowers.
        toned = name_at([words[0][0]], 0) if words and not said else None
        if toned and len(words) > 1 and _exact([words[1][0]], _sayable()):
            said = [2]
        length = max(said, default=1)
        named = " ".join(spans[length - 1].split()[1:] if toned else spans[length - 1 : length])
        kind = landmarks.kind_of(named) or herbs.kind_of(named) if named else None
        gone |= {kind} if kind else set()
        kept.append(text[last : cue.start()])
        last = cue.end() + words[length - 1].end()
    return " ".join([*kept, text[last:]]), frozenset(gone)


@lru_cache(maxsize=1)
def _sayable() -> dict[str, str]:
    """Every phrase of lands and of things in them."""
    return landmarks.listed() | _listed() | herbs.listed()


def without_things(text: str) -> str:
    """A text without the single things that are outdoors: a castle that one stands before."""
    return landmarks.seen_apart(text, land_phrases())


def after_dark(land: LandSpec | None, sky: SkySpec) -> LandSpec | None:
    """The land with its lights on where people live and the sun is down."""
    dark = land is not None and sky.sun_elevation_deg < _DARK_DEG
    if land is None or not dark:
        return land
    homes = any(one.kind in _HOMES for one in land.landmarks)
    if land.buildings not in _LIVED_IN and not homes:
        return land
    return land.model_copy(update={"lit": True})


def unbuilt(text: str) -> list[str]:
    """A note on the things in a text about a place outdoors that its land does not hold."""
    plain = _without_undone(text)[0]
    plain = herbs.rest_of(plain, herbs.found(plain))
    rest = landmarks.rest_of(plain, landmarks.found(plain, land_phrases()))
    words = re.findall(r"[a-z][a-z'-]*", rest)
    meant = {word for word in words if _meant(word)}
    phrases = frozenset(p for p in _listed() if " " in p)
    return left_out(rest, _single_words() | meant | _PARTS, phrases)


def usual() -> LandSpec:
    """The land that stands in where one is asked for and the words name none."""
    name = table("lands")["default_land"]
    return preset(name)


def preset(name: str) -> LandSpec:
    """A land of the vocabulary as it is without further words."""
    return LandSpec.model_validate({"name": name, **table("lands")["lands"][name]["values"]})


def _land_of(name: str) -> str | None:
    """The land that an entry is, or that it needs around it."""
    if name in table("lands")["lands"]:
        return name
    return table("lands")["elements"][name].get("needs")


def _change(values: dict[str, Any], entry: Table) -> None:
    values |= entry.get("set", {})
    usual_values = LandSpec()
    for key, least in entry.get("least", {}).items():
        values[key] = max(values.get(key, getattr(usual_values, key)), least)


def _found(text: str) -> tuple[list[str], list[str]]:
    """Entries in the order of the words, and notes on those that are taken by meaning."""
    listed = _listed()
    found, notes = list[str](), list[str]()
    for clause in re.split(r"[,.;:]|\band\b", text):
        words = re.findall(r"[a-z][a-z'-]*", clause)
        taken = 0
        for start, length in _spans(len(words)):
            if start < taken:
                continue
            entry = _exact(words[start : start + length], listed)
            if entry and (said := " ".join(words[start : start + length])) in _lent():
                notes.append(stands_in(said, entry, _called(entry)))
            if entry is None and length == 1:
                entry = _meant(words[start])
                if entry:
                    notes.append(f"“{words[start]}” was taken to mean {entry}.")
            if entry:
                found.append(entry)
                taken = start + length
    return list(dict.fromkeys(found)), notes


def _spans(count: int) -> Iterator[tuple[int, int]]:
    """Starts and lengths of runs of words, the longest first at each place."""
    for start in range(count):
        for length in range(min(_LONGEST, count - start), 0, -1):
            yield start, length


def _exact(words: list[str], listed: dict[str, str]) -> str | None:
    said = " ".join(words)
    return listed.get(said) or listed.get(in_singular(said))


@lru_cache(maxsize=512)
def _meant(word: str) -> str | None:
    """The entry that an unlisted noun means: by its kind in WordNet, else by embedding."""
    if word in _unlandly() or word in _rooms() or len(word) < 4 or name_at([word], 0):
        return None
    senses = lookup(word, "n")
    if not senses or frequency(word, "n") < max(frequency(word, part) for part in "avr"):
        return None
    parents = [p for p in (senses[0].parent, *senses[0].synonyms) if p in _meanable()]
    if parents:
        return _meanable()[parents[0]]
    texts, owners = _targets()
    scores = embed([word]).astype(np.float64)[0] @ texts.T
    best = int(np.argmax(scores))
    return owners[best] if scores[best] >= LIKE and owners[best] != INDOORS else None


@lru_cache(maxsize=1)
def _rooms() -> frozenset[str]:
    """Words that name rooms, and so no land by their mere meaning."""
    entries = table("rooms")["rooms"].values()
    return frozenset(p for e in entries for p in (*e["phrases"], *e.get("stand_ins", ())))


@lru_cache(maxsize=1)
def _rooms_proper() -> frozenset[str]:
    """The same without those for which a room only stands in: a castle is better from outside."""
    return frozenset(p for e in table("rooms")["rooms"].values() for p in e["phrases"])


@lru_cache(maxsize=1)
def _unlandly() -> frozenset[str]:
    """Words that speak of light and weather, or of nothing by themselves."""
    scenes = table("scenes")
    kinds = [entry["phrases"] for kind in ("times", "weather") for entry in scenes[kind].values()]
    of_light = {word for phrases in kinds for phrase in phrases for word in phrase.split()}
    closed = words_of("grammar", "determiners") | words_of("grammar", "prepositions")
    more = {*scenes["light_words"], "moonlight", "cloud", "clouds", "landscape", "scenery", *_PARTS}
    more |= {*scenes["of_pictures"], *(w for p in herbs.listed() for w in (p, f"{p}s"))}
    return frozenset({*of_light, *closed, *more})


def _nearest(text: str) -> str | None:
    texts, owners = _targets()
    scores = embed([text]).astype(np.float64)[0] @ texts.T
    places = [*table("lands")["lands"], INDOORS]
    lands = [i for i, name in enumerate(owners) if name in places]
    best = max(lands, key=lambda i: float(scores[i]))
    return owners[best] if scores[best] >= LOOSE and owners[best] != INDOORS else None


@lru_cache(maxsize=1)
def _listed() -> dict[str, str]:
    """Each phrase and the entry that it names."""
    entries = _entries()
    named = {p: name for name, entry in entries.items() for p in (name, *entry["phrases"])}
    return named | {p: name for name, e in entries.items() for p in e.get("stand_ins", ())}


@lru_cache(maxsize=1)
def _meanable() -> dict[str, str]:
    """The same without those that words must say: "water" is like "wet ground" to the encoder."""
    return {p: name for p, name in _listed().items() if not _entries()[name].get("only_said")}


@lru_cache(maxsize=1)
def land_phrases() -> frozenset[str]:
    """Every phrase of lands and of what is in them."""
    return frozenset(_listed())


def _entries() -> dict[str, Table]:
    return {**table("lands")["lands"], **table("lands")["elements"]}


@lru_cache(maxsize=1)
def _lent() -> frozenset[str]:
    """Phrases for which an entry only stands in, in both numbers."""
    lent = [p for entry in _entries().values() for p in entry.get("stand_ins", ())]
    plurals = [p for p in lent for p in (f"{p}s", f"{p}es", f"{p[:-1]}ies")]
    return frozenset((*lent, *plurals))


def _called(name: str) -> str:
    """How a note calls an entry, if not by its name."""
    return str(_entries()[name].get("called", ""))


@lru_cache(maxsize=1)
def read_words() -> frozenset[str]:
    """Every word that lands, weather, seasons and times of day are told by."""
    return frozenset(w for p in (*_listed(), *_said_of_light()) for w in re.findall(r"[a-z'-]+", p))


@lru_cache(maxsize=1)
def _single_words() -> frozenset[str]:
    """The same without words that are but parts of phrases of lands: the car of a car park."""
    alone = (p for p in _listed() if " " not in p)
    light = (w for p in _said_of_light() for w in re.findall(r"[a-z'-]+", p))
    return frozenset((*alone, *light))


def _said_of_light() -> list[str]:
    """What weather, seasons, times of day and colours of plants are told by."""
    scenes = table("scenes")
    told = [*scenes["light_words"]]
    for kind in ("times", "weather", "seasons", "moons"):
        told += [p for name, e in scenes[kind].items() for p in (name, *e["phrases"])]
    return told + [noun for nouns in table("lands")["plants"].values() for noun in nouns]


@lru_cache(maxsize=1)
def _targets() -> tuple[Float64[np.ndarray, "phrases 384"], tuple[str, ...]]:
    listed = _meanable() | dict.fromkeys(table("scenes")["places"]["indoors"]["phrases"], INDOORS)
    return embed(list(listed)).astype(np.float64), tuple(listed.values())


def _said_colours(text: str) -> dict[str, Rgb]:
    """Colours of leaves and grass that the words name; plain green is what they have anyway."""
    words = re.findall(r"[a-z]+", text)
    found = dict[str, Rgb]()
    for i, word in enumerate(words[:-1]):
        exact = name_at([word], 0)
        if exact is None or exact[0] == "green":
            continue
        noun = singular(words[i + 1])
        for key, nouns in table("lands")["plants"].items():
            if noun in nouns:
                red, green, blue = (_DEEPEST * channel for channel in colour(exact[0]))
                found[key] = (red, green, blue)
    return found


def land_texts() -> list[str]:
    """Every text that reading a land compares with."""
    return list(_listed())
