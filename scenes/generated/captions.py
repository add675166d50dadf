# SPDX-License-Identifier: Apache-2.0
"""Places to learn from, drawn from the vocabulary, and the sentences that name them.

A place is a handful of keys of ``scenes.yml``, ``lands.yml`` and ``rooms.yml``. Its plain sentence
is what the words are read from when it is drawn; captions say the same in the other phrases that
the vocabulary lists, in any order, and leave out what goes without saying.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gen3d.words.vocabulary import table

Kind = Literal["sky", "land", "room"]

_TIMES: Mapping[str, float] = {
    **dict.fromkeys(("noon", "day", "afternoon", "sunset", "night"), 1.5),
    **dict.fromkeys(("dawn", "sunrise", "morning", "late afternoon", "golden hour", "dusk"), 1.0),
}
_WEATHERS: Mapping[str, float] = {
    "": 3.0,
    "partly cloudy": 2.0,
    "mostly cloudy": 1.5,
    "overcast": 1.5,
    "clear": 1.0,
    **dict.fromkeys(("wispy", "mackerel", "foggy", "hazy", "rainy"), 0.7),
}
"""Of the sky alone and together; nothing said is a clear sky."""
_SEASONS: Mapping[str, float] = {
    "": 6.0,
    "winter": 1.5,
    "autumn": 1.5,
    "spring": 0.5,
    "summer": 0.5,
}
_DETAIL_SHARE = 0.4
_GREEN = ("meadow", "hills", "farmland", "savanna")
_ON_LAND: Mapping[str, Sequence[str]] = {
    "dock": ("lake", "coast", "tropical coast"),
    "road": (*_GREEN, "desert", "mountains"),
    "path": (*_GREEN, "forest", "pine forest"),
    "few trees": _GREEN,
    "tall grass": ("meadow", "lake"),
    "rocks": ("meadow", "coast", "desert", "river"),
    "far mountains": ("meadow", "farmland", "lake", "village", "coast"),
}
"""Elements of ``lands.yml``, and where they are put."""
_IN_ROOM = (
    *("fireplace", "large windows", "no windows", "brick walls", "wooden walls", "candles"),
    *("modern", "old", "empty", "dim", "lights off"),
)
"""Elements of ``rooms.yml``."""
_FIRST_SHARE = 0.5
"""How often a thing is called by its first phrase."""
_SILENT_SHARE = 0.6
"""How often what goes without saying (by day, clear) is left out."""


@dataclass(frozen=True)
class Place:
    """What a panorama shows."""

    kind: Kind
    time: str
    """Of ``times``."""
    weather: str = ""
    """Of ``weather``; nothing is a clear sky."""
    season: str = ""
    name: str = ""
    """Of ``lands`` or ``rooms``; nothing for a sky."""
    detail: str = ""
    """Of the ``elements`` of either."""


def random_light(rng: np.random.Generator) -> Place:
    """A sky alone: time, weather, season."""
    return Place("sky", _drawn(_TIMES, rng), _drawn(_WEATHERS, rng), _drawn(_SEASONS, rng))


def random_land(light: Place, rng: np.random.Generator) -> Place:
    """A land under a light."""
    name = _one(sorted(table("lands")["lands"]), rng)
    fitting = [element for element, where in _ON_LAND.items() if name in where]
    detail = _one(fitting, rng) if fitting and rng.random() < _DETAIL_SHARE else ""
    return Place("land", light.time, light.weather, light.season, name, detail)


def random_room(light: Place, rng: np.random.Generator) -> Place:
    """A room while a light is outside."""
    name = _one(sorted(table("rooms")["rooms"]), rng)
    detail = _one(_IN_ROOM, rng) if rng.random() < _DETAIL_SHARE else ""
    return Place("room", light.time, light.weather, light.season, name, detail)


def sentence(place: Place) -> str:
    """The plain sentence, every part by its first phrase."""
    parts = [_names(kind, key)[0] for kind, key in _parts(place)]
    return ", ".join(parts)


def caption(place: Place, rng: np.random.Generator) -> str:
    """The same in other words."""
    said = [
        _worded(_names(kind, key), rng)
        for kind, key in _parts(place)
        if not (_silent(kind, key, place) and rng.random() < _SILENT_SHARE)
    ]
    if rng.random() < 0.3:
        said = [said[i] for i in rng.permutation(len(said))]
    return _one((", ", " "), rng).join(said)


def _parts(place: Place) -> list[tuple[str, str]]:
    """Kind and key of everything that is said, in the usual order."""
    tables = {"land": "lands", "room": "rooms"}
    named = [(place.kind, place.name)] if place.kind in tables else [("sky", "sky")]
    # Indoors nobody sees the season.
    season = "" if place.kind == "room" else place.season
    others = (
        (f"{place.kind} element", place.detail),
        ("times", place.time),
        ("weather", place.weather),
        ("seasons", season),
    )
    return [*named, *((kind, key) for kind, key in others if key)]


def _silent(kind: str, key: str, place: Place) -> bool:
    """Whether a part says what one would think anyway, or hardly shows."""
    indoors = place.kind == "room" and kind in {"weather", "times"} and place.time != "night"
    return indoors or (kind, key) in {("times", "day"), ("weather", "clear"), ("seasons", "summer")}


def _names(kind: str, key: str) -> list[str]:
    """Phrases for an entry of the vocabulary, the plainest first."""
    if kind == "sky":
        return ["sky", "open sky", "a wide sky over a plain"]
    entries: Mapping[str, Any] = {
        "land": table("lands")["lands"],
        "room": table("rooms")["rooms"],
        "land element": table("lands")["elements"],
        "room element": table("rooms")["elements"],
    }.get(kind, {}) or table("scenes")[kind]
    phrases = list(entries[key]["phrases"])
    return phrases if key in phrases or kind in {"times", "weather", "seasons"} else [key, *phrases]


def _worded(names: Sequence[str], rng: np.random.Generator) -> str:
    return names[0] if rng.random() < _FIRST_SHARE else _one(names[:8], rng)


def _one(values: Sequence[str], rng: np.random.Generator) -> str:
    return values[int(rng.integers(len(values)))]


def _drawn(weights: Mapping[str, float], rng: np.random.Generator) -> str:
    share = np.array(list(weights.values()))
    return list(weights)[int(rng.choice(len(share), p=share / share.sum()))]
