# SPDX-License-Identifier: Apache-2.0
"""What the windows of a room show, and how high the room lies above it.

Three ways to say it count: a view ("overlooking the sea", read as any land is), a listed land after
a word of place ("by a forest"), and one right before or after what lies in it ("a beach house",
"with mountains outside"). Elsewhere lands count for nothing: a kitchen's island and a painting of
the sea are no view. Seasons and mist change whatever is outside. Without such words a land that is
usual for the room stands in, by the seed. Cannot do: another view from each window.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gen3d.scenery import LandSpec, RoomSpec
from gen3d.words import land
from gen3d.words.vocabulary import Table, table

_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
    *("tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth"),
    *("seventeenth", "eighteenth", "nineteenth", "twentieth"),
)
_TENS = {"thirtieth": 30, "fortieth": 40, "fiftieth": 50, "sixtieth": 60, "hundredth": 100}
_STOREY = r"(?:floor|storey|story|level)"
_NAMED = "|".join((*_ORDINALS, *_TENS))
_COUNTED = re.compile(rf"\b(?:(\d+)(?:st|nd|rd|th)|({_NAMED})) {_STOREY}\b|\b{_STOREY} (\d+)\b")
_WORD = r"[\w'-]+"
_MOST_M, _GROUND_M = 400.0, 0.3


@dataclass(frozen=True)
class Outside:
    """The words of a text that say what is outside, and the rest."""

    inner: str
    """The text without its views: their words do not say how large the room is."""
    outer: str
    """What can be seen, as text about a land; empty where nothing is said."""
    floor_m: float | None
    """Height of the floor over the ground, where the words say it."""


def split(text: str, place: str) -> Outside:
    """Take what is outside out of a text.

    Args:
        text: All the words, lower case.
        place: The part of them that is about a place.
    """
    views = [match[0] for match in _views().finditer(text)]
    inner = _views().sub(" ", text)
    rest = _views().sub(" ", place)
    found = [_views().sub(r"\1", view) for view in views]
    found += [match[1] for match in _beside().finditer(rest)]
    found += [match[1] for match in _before().finditer(rest)]
    found += [match[1] for match in _outside().finditer(rest)]
    return Outside(inner, ", ".join(dict.fromkeys(found)), _floor_m(text))


def opened(room: RoomSpec, text: str, view: Outside, seed: int) -> tuple[RoomSpec, tuple[str, ...]]:
    """A room with what its windows show, and notes on words taken by meaning.

    Args:
        room: As read from the words.
        text: All the words: the season is in them.
        view: Of the same words.
        seed: Of what stands in where no land is named.
    """
    if not room.windows:
        return room, ()
    season = ", ".join(word for word in _seasons() if re.search(rf"\b{word}\b", text))
    reading = land.read(f"{view.outer}, {season}") if view.outer else land.Reading(None)
    outlook, notes, floor_m = reading.land, reading.notes, view.floor_m
    if outlook is None:
        entry: Table = table("rooms")["outlook"]["usual"]
        entry = entry.get(room.name, entry["others"])
        rng = np.random.default_rng([seed, 23])
        name = entry["lands"][int(rng.integers(len(entry["lands"])))]
        low, high = entry["storeys"]
        usual_m = _storeys_m(int(rng.integers(low, high + 1)))
        floor_m = usual_m if floor_m is None else floor_m
        outlook = _stood_in(name, season)
    update = {"outlook": outlook, "floor_m": _GROUND_M if floor_m is None else floor_m}
    return room.model_copy(update=update), notes


def _stood_in(name: str, season: str) -> LandSpec:
    found = land.read(f"{name}, {season}").land
    return land.preset(name) if found is None else found


def _storeys_m(count: int) -> float:
    return round(_GROUND_M + count * float(table("rooms")["outlook"]["storey_m"]), 2)


def _floor_m(text: str) -> float | None:
    """Height over the ground: a counted storey, else the highest of the listed phrases."""
    counted = _COUNTED.search(text)
    if counted:
        number = int(counted[1] or counted[3] or _ordinal(counted[2]))
        return min(_storeys_m(number), _MOST_M)
    for height, phrases in sorted(table("rooms")["outlook"]["floors"].items(), reverse=True):
        if any(re.search(rf"\b{re.escape(phrase)}\b", text) for phrase in phrases):
            return float(height)
    return None


def _ordinal(word: str) -> int:
    return _ORDINALS.index(word) + 1 if word in _ORDINALS else _TENS[word]


def _any(phrases: list[str] | frozenset[str]) -> str:
    ordered = sorted(phrases, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(phrase) for phrase in ordered) + ")"


@lru_cache(maxsize=1)
def _lands() -> str:
    """Every listed land and thing in a land, in the singular or with an s."""
    return _any(frozenset(land.land_texts())) + "(?:s|es)?"


@lru_cache(maxsize=1)
def _views() -> re.Pattern[str]:
    words = table("rooms")["outlook"]
    ends = _any(words["ends"])
    return re.compile(rf"\b{_any(words['views'])}((?: (?!{ends}\b){_WORD}){{1,8}})")


@lru_cache(maxsize=1)
def _beside() -> re.Pattern[str]:
    words = table("rooms")["outlook"]
    cue, ends = _any(words["beside"]), _any(words["ends"])
    return re.compile(rf"\b{cue}((?: (?!{ends}\b){_WORD}){{0,4}}? {_lands()})\b")


@lru_cache(maxsize=1)
def _before() -> re.Pattern[str]:
    rooms = [p for entry in table("rooms")["rooms"].values() for p in entry["phrases"]]
    return re.compile(rf"\b({_lands()}) {_any(_homes() | frozenset(rooms))}\b")


@lru_cache(maxsize=1)
def _outside() -> re.Pattern[str]:
    return re.compile(rf"\b({_lands()}) {_any(table('rooms')['outlook']['outside'])}\b")


def _homes() -> frozenset[str]:
    """What may stand in a land and have rooms."""
    return frozenset(table("rooms")["outlook"]["homes"])


@lru_cache(maxsize=1)
def _seasons() -> tuple[str, ...]:
    elements = table("lands")["elements"]
    names = table("rooms")["outlook"]["seasons"]
    return tuple(p for name in names for p in (name, *elements[name]["phrases"]))
