# SPDX-License-Identifier: Apache-2.0
"""Where, as a room: which of the known rooms the words name, how large, how lit, with what in it.

A phrase of up to four words that ``rooms.yml`` lists counts as what it says, or with a note as
what stands in for it; so does an unlisted noun that WordNet knows as a kind of room or building,
and a text that is nearer to being indoors than to any land counts as the nearest room. Lamps are on
at night, where the words say so, and in rooms that daylight does not reach. Cannot do: where in the
room a thing stands, how many of it, and furniture that the words name beyond what the kind of room
has.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float64

from gen3d.scenery import RoomSpec, SkySpec
from gen3d.spec import Rgb
from gen3d.words.colours import name_at
from gen3d.words.dictionary import frequency, in_singular, lookup, singular
from gen3d.words.land import read_words
from gen3d.words.phrases import embed
from gen3d.words.stand_ins import bare, owned, stands_in
from gen3d.words.vocabulary import Table, colour, table, words_of

LOOSE = 0.5
"""Similarity from which a place that is not listed is taken for the nearest room."""
_LONGEST = 4
_KIN_STEPS = 3
_VAGUE = frozenset({"room", "interior", "hall", "store", "lift", "bar", "mine", "stage", "club"})
"""Words of many meanings, by which no kind is told."""
_DARK_DEG = 12.0
"""Height of the sun under which lamps are on: with houses outside, floors get less than 50 lux."""
_INTO = r"\b(?:in|inside|into|through|across|around|at|of|down|along|from)\b(?: [\w'-]+){0,5}? "
_UNDONE = re.compile(r"\b(?:no|without(?: any)?) (?!windows?\b)[\w-]+")
_LIMITS = {"width_m": (1.6, 60.0), "depth_m": (1.6, 80.0), "height_m": (2.1, 30.0)}


@dataclass(frozen=True)
class Reading:
    """The room that words name, and a sentence for each stand-in."""

    room: RoomSpec | None
    notes: tuple[str, ...] = ()


def read(
    text: str,
    sky: SkySpec,
    seed: int,
    place: str = "",
    *,
    of_place: bool = False,
    outdoors: bool = False,
) -> Reading:
    """The room of some words.

    Args:
        text: All the words.
        sky: The light of the same words: by it lamps are on or off.
        seed: Of sizes within what the words leave open.
        place: The part of the words that is known to be a place.
        of_place: Whether all of the text is about a place.
        outdoors: Whether the words name a land too.
    """
    clean = _without_lands(_UNDONE.sub(" ", text.lower()))
    where = clean if of_place else _without_lands(place.lower())
    found = _named(where, outdoors=outdoors and of_place)
    if found is None and not of_place:
        found = _entered(clean)
    open_air = outdoors or re.search(rf"\b{_open_air()}", where)
    if found is None and where and not open_air:
        found = _by_kind(where) or _nearest(where)
    if found is None:
        return Reading(None)
    return Reading(_built(found.name, clean, sky, seed), found.notes)


@dataclass(frozen=True)
class _Found:
    """A room, and the words that name it."""

    name: str
    said: str = ""
    """With whose or what kind of room it is; empty when it is no more than the room itself."""

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence if the room only stands in."""
        return (stands_in(self.said, self.name),) if self.said else ()


def preset(name: str, seed: int = 0) -> RoomSpec:
    """A room of the vocabulary by day, as it is without further words."""
    return _built(name, "", SkySpec(), seed)


def usual(sky: SkySpec, seed: int, text: str = "") -> RoomSpec:
    """The room that stands in where one is asked for and the words name none."""
    return _built(table("rooms")["default_room"], text, sky, seed)


def _built(name: str, text: str, sky: SkySpec, seed: int) -> RoomSpec:
    entry: Table = table("rooms")["rooms"][name]
    rng = np.random.default_rng([seed, 17])
    values: dict[str, Any] = {"name": name, **entry["values"]}
    for key, (low, high) in entry["size"].items():
        values[key] = float(low + rng.random() * (high - low))
    usual_values = RoomSpec()
    lit = bool(entry.get("always_lit")) or sky.sun_elevation_deg < _DARK_DEG
    said = [table("rooms")["elements"][key] for key in _elements(text)]
    for element in said:
        values |= element.get("set", {})
        lit = element.get("lit", lit)
    for element in said:
        for key, factor in element.get("times", {}).items():
            values[key] = values.get(key, getattr(usual_values, key)) * factor
    for size in table("rooms")["sizes"].values():
        if any(word in re.findall(r"[a-z-]+", text) for word in size["words"]):
            for key, factor in size["factor"].items():
                values[key] *= factor
    for key, (low, high) in _LIMITS.items():
        values[key] = round(min(max(values[key], low), high), 2)
    lit = lit or not values.get("windows", usual_values.windows)
    return RoomSpec.model_validate(values | {"lit": lit} | _said_colours(text))


@lru_cache(maxsize=1)
def _listed() -> dict[str, str]:
    rooms = table("rooms")["rooms"]
    named = {p: name for name, entry in rooms.items() for p in (name, *entry["phrases"])}
    return named | {p: name for p, name in _lent().items() if p not in named}


@lru_cache(maxsize=1)
def _lent() -> dict[str, str]:
    """Phrases for which a room only stands in."""
    rooms = table("rooms")["rooms"]
    return {p: name for name, entry in rooms.items() for p in entry.get("stand_ins", ())}


def _spans(text: str, listed: dict[str, str]) -> list[_Found]:
    """What a text names, in its order, the longest phrase first at each place.

    Of rooms that follow each other at once the last one is meant: "a school library".
    """
    words = _words(text)
    found, start, behind = list[_Found](), 0, -1
    while start < len(words):
        for length in range(min(_LONGEST, len(words) - start), 0, -1):
            span = words[start : start + length]
            one = in_singular(" ".join(span))
            phrase = next((p for p in (" ".join(span), one) if p in listed), "")
            if phrase and re.match(
                _open_air(), "".join(words[start + length : start + length + 1])
            ):
                # "A palace garden" is no palace.
                start += length
                break
            if phrase:
                found = found[:-1] if start == behind else found
                found.append(_Found(listed[phrase], _told(words, start, start + length, phrase)))
                start += length - 1
                behind = start + 1
                break
        start += 1
    return found


@lru_cache(maxsize=1)
def _open_air() -> str:
    """Pattern of words after which what came before is only whose they are."""
    return r"(?:" + "|".join(table("rooms")["open_air"]) + r")s?\b"


def _words(text: str) -> list[str]:
    return re.findall(r"[a-zé][a-zé'-]*", text)


def _told(words: list[str], start: int, end: int, phrase: str) -> str:
    """What a note must tell of a room at ``words[start:end]``, if it is not what is built."""
    said = owned(words, start, end, _meaning())
    return said if phrase in _lent() or said != " ".join(words[start:end]) else ""


@lru_cache(maxsize=1)
def _meaning() -> frozenset[str]:
    """Words before a room that change it, or the light, and so are not what it lacks."""
    rooms = table("rooms")
    told = [p for entry in rooms["elements"].values() for p in entry["phrases"]]
    told += [word for size in rooms["sizes"].values() for word in size["words"]]
    told += [noun for nouns in rooms["colours"].values() for noun in nouns]
    clinical = rooms["elements"]["clinical"]["phrases"]
    return (read_words() | {w for p in told for w in p.split()}) - {*clinical, "city", "field"}


def _by_kind(text: str) -> _Found | None:
    """The room that the last unlisted noun is a kind of, by WordNet."""
    words = _words(text)
    for end in range(len(words), 0, -1):
        word, steps = words[end - 1], 0
        if word in _meaning() or frequency(word, "n") < frequency(word, "v"):
            continue
        while steps < _KIN_STEPS and (senses := lookup(word, "n")):
            word, steps = senses[0].parent, steps + 1
            kin = [word, *senses[0].synonyms]
            room = next((_listed()[k] for k in kin if k in _listed() and k not in _VAGUE), None)
            if room:
                return _Found(room, owned(words, end - 1, end, _meaning()))
    return None


@lru_cache(maxsize=1)
def _lands() -> re.Pattern[str]:
    """Phrases of lands that hold the name of a room: "office buildings"."""
    entries = {**table("lands")["lands"], **table("lands")["elements"]}
    phrases = [p for entry in entries.values() for p in entry["phrases"] if " " in p]
    return re.compile(r"\b(?:" + "|".join(map(re.escape, phrases)) + r")\b")


def _without_lands(text: str) -> str:
    return _lands().sub(" ", text)


def _named(text: str, *, outdoors: bool) -> _Found | None:
    """The first room that a place names; a mere "room" gives way to any other."""
    listed = _listed()
    if outdoors and not re.search(r"\b(?:inside|interior|indoors)\b", text):
        buildings = words_of("rooms", "buildings")
        listed = {p: name for p, name in listed.items() if p not in buildings}
    found = _spans(text, listed)
    rooms = [one for one in found if one.name != "empty room" or one.said]
    return (rooms or found or [None])[0]


def _entered(text: str) -> _Found | None:
    """A room that somebody is said to be in, wherever in the sentence."""
    for phrase in sorted(_listed(), key=len, reverse=True):
        entered = re.search(_INTO + re.escape(phrase) + rf"\b(?! {_open_air()})", text)
        if entered:
            words = _words(entered[0])
            start = len(words) - len(phrase.split())
            return _Found(_listed()[phrase], _told(words, start, len(words), phrase))
    return None


def _elements(text: str) -> list[str]:
    elements = table("rooms")["elements"]
    listed = list[tuple[str, str]]()
    for name, entry in elements.items():
        listed += [(phrase, name) for phrase in entry["phrases"]]
    found = [name for phrase, name in listed if re.search(rf"\b{re.escape(phrase)}\b", text)]
    return list(dict.fromkeys(found))


def _nearest(text: str) -> _Found | None:
    """The nearest room to a place that is nearer to being indoors than to any land."""
    small = words_of("grammar", "determiners") | words_of("grammar", "prepositions")
    if {*re.findall(r"[a-zé'-]+", text)} <= read_words() | small:
        return None
    phrases, names, outside = _targets()
    mine = embed([text]).astype(np.float64)[0]
    scores, others = phrases @ mine, outside @ mine
    best = int(np.argmax(scores))
    known = scores[best] >= max(LOOSE, float(others.max()))
    return _Found(names[best], bare(text)) if known else None


@lru_cache(maxsize=1)
def _targets() -> tuple[
    Float64[np.ndarray, "phrases 384"], tuple[str, ...], Float64[np.ndarray, "others 384"]
]:
    rooms, lands = _listed(), table("lands")
    entries = {**lands["lands"], **lands["elements"]}
    outside = [p for name, entry in entries.items() for p in (name, *entry["phrases"])]
    return (
        embed(list(rooms)).astype(np.float64),
        tuple(rooms.values()),
        embed(outside).astype(np.float64),
    )


def _said_colours(text: str) -> dict[str, Rgb]:
    """Colours that the words give to walls, floors and furniture."""
    words, found = re.findall(r"[a-z]+", text), dict[str, Rgb]()
    for i, word in enumerate(words[:-1]):
        exact = name_at([word], 0)
        if exact is None:
            continue
        after = [singular(w) for w in words[i + 1 : i + 3]]
        for key, nouns in table("rooms")["colours"].items():
            if any(noun in nouns for noun in after) and key not in found:
                red, green, blue = (min(c, 0.8) for c in colour(exact[0]))
                found[key] = (red, green, blue)
    return found


def room_texts() -> list[str]:
    """Every text that reading a room compares with."""
    return list(_listed())
