# SPDX-License-Identifier: Apache-2.0
"""Where and when as light: the sun's height and side, the haze, the ground.

Sun heights are photographers' conventions (golden hour 6-11 degrees, civil twilight to -6), not an
ephemeris: a sentence names neither latitude nor date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64

from gen3d.scenery import CloudSpec, SkySpec
from gen3d.words.colours import name_at
from gen3d.words.dictionary import frequency, lookup, singular
from gen3d.words.moments import USUAL_MOON, clock_time, moon_of, said_moon, sun_of, without_moon
from gen3d.words.phrases import embed
from gen3d.words.vocabulary import table, words_of

THRESHOLDS = {"times": 0.62, "seasons": 0.66, "weather": 0.64, "places": 0.62}
"""Similarities from which a phrase is taken to mean an entry."""
FRONT_DEG, BACK_DEG, SIDE_DEG = (30.0, 60.0), (120.0, 150.0), (75.0, 100.0)
LIGHT_WORDS = 0.62
ALONE = 0.25
"""What a word by itself yields to a phrase: "late in the day" is not "day"."""
NAMED = 0.2
"""What of it an entry's own name gets back."""
MADE_UP = 0.02
"""What a phrase made of a word ("in the" afternoon) yields to what is said ("late afternoon")."""
LOOSE_PLACE = 0.42
"""For the whole phrase that the sentence gives as its place."""
EXACT, LONGER = 0.999, 0.001
"""Similarity of a phrase as it is listed, and what each further word of it counts."""
KIN = 0.85
"""Similarity from which a word's synonym or kind means an entry of time or weather."""
SURE = 0.8
"""Similarity from which a word is a time of day even inside words of weather."""
OFTEN = 3
"""Times of day that a word must end phrases of to tell none of them by itself."""
_CLOUDS = frozenset({"cloud", "clouds"})
_PIECES = re.compile(r",|\b(?=(?:in|on|at|under|during|by|near) )")
_SMALLER = re.compile(r"\b(?=(?:over|above|behind|after|before|across|through|with|beneath) )")
_UNDONE = re.compile(r"\b(?:no|not(?: an?| yet)?|without(?: an?| any)?) ((?:\w+ )?clouds?|\w+)\b")
"""What is not there."""
_NEITHER = re.compile(r"\bneither (\w+) nor ")
_OVER = re.compile(r"\bafter (?:an?|the|some|days of) ((?:\w+ )?\w+)\b")
"""What is over."""
_SUN = frozenset({"sun", "sunshine", "sunlight", "sunny"})


@dataclass(frozen=True)
class Light:
    """The sky, and a sentence for each default or substitute."""

    sky: SkySpec
    notes: tuple[str, ...]
    unplaced: str = ""
    """The one of them that says what the ground is, where the words for light know no place."""


def read(where: str, when: str, seed: int, sentence: str = "") -> Light:
    """The light of the words of "where" and "when".

    Args:
        where: The place.
        when: Time of day, season, weather.
        seed: Of the angles within what the words leave open.
        sentence: All the words, searched for a side of the light ("backlit").
    """
    draws = np.random.default_rng([seed, 3])
    amount, side, spread = draws.random(), draws.random(), draws.random()
    where, when, named = (
        *(without_moon(part) for part in (where, when)),
        said_moon(f"{when}, {where}"),
    )
    text = f"{when}, {where}" if when and where else when or where
    notes: list[str] = []
    entries = _read_entries(text)
    if named is not None:
        entries.setdefault("times", table("scenes")["times"]["night"])
    time, weather, season = entries.get("times"), entries.get("weather"), entries.get("seasons")
    place = _read_entries(where).get("places") or _loose_place(where) or _place_in_time(when)
    if time is None:
        notes.append("No time of day was named, so it is day.")
    unplaced = _unplaced(where) if place is None else ""
    notes += [unplaced] if unplaced else []
    elevation = _elevation(time, season, float(amount))
    azimuth = round(_azimuth(f"{sentence}, {text}", time, float(side), float(spread)), 1)
    night = bool(time and time.get("night"))
    if night and named is None:
        notes.append("The words do not say which moon: it is nearly full.")
    named = named or (USUAL_MOON if night else None)
    moon = moon_of(named, azimuth, night=night) if named and named.phase else None
    return Light(
        SkySpec(
            sun_elevation_deg=round(elevation, 2),
            # At night the moon stands where the sun would, and the sun as far off as its phase.
            sun_azimuth_deg=sun_of(named, azimuth) if night and named else azimuth,
            moon=moon,
            clouds=tuple(CloudSpec(**layer) for layer in (weather or {}).get("clouds", ())),
            turbidity=_turbidity(place, weather),
            ground_albedo=tuple((place or table("scenes")["default_place"])["albedo"]),
        ),
        tuple(notes),
        unplaced,
    )


def _unplaced(where: str) -> str:
    if where:
        return f"The place “{where}” is not known, so the ground is plain earth."
    return "No place was named, so the ground is plain earth."


Table = Mapping[str, Any]


def _read_entries(text: str) -> dict[str, Table]:
    """The entry of each kind that a piece of the text means; a piece speaks for one kind only."""
    said, undone = _without_undone(text)
    found: dict[str, tuple[float, Table]] = {}
    for candidate, (kind, name), score in _unspoken(_meanings(_candidates(said))):
        rank = score - (0.0 if " " in candidate else ALONE)
        # But a time that is named counts more than one that is hinted at: "a sunny noon".
        if kind == "times" and candidate == name and name not in _common():
            rank += NAMED
        rank -= 0.0 if candidate in said else MADE_UP
        # "Partly cloudy weather" is no "cloudy weather".
        rank += LONGER * candidate.count(" ") if score > EXACT else 0.0
        if score >= THRESHOLDS[kind] and rank > found.get(kind, (0.0, {}))[0]:
            found[kind] = (rank, table("scenes")[kind][name])
    entries = {kind: entry for kind, (_, entry) in found.items()}
    entries |= {kind: entry for kind, entry in _by_kin(said).items() if kind not in entries}
    hour = clock_time(said)
    if hour is not None:
        entries["times"] = table("scenes")["times"][hour]
    if undone and "weather" not in entries:
        entries["weather"] = table("scenes")["weather"][undone]
    return entries


Meaning = tuple[str, tuple[str, str], float]
"""A candidate, its nearest entry (kind, entry), and its similarity."""


def _unspoken(meanings: list[Meaning]) -> list[Meaning]:
    """Without words that are only roughly a time and part of some weather: "dark storm clouds"."""
    wet = {
        word
        for candidate, (kind, _), score in meanings
        if kind == "weather" and " " in candidate and score >= THRESHOLDS[kind]
        for word in candidate.split()
    }
    rough = [kind == "times" and wet >= {*_bare(c).split()} for c, (kind, _), _ in meanings]
    sure = {c for c, _, score in meanings if score >= SURE}
    return [m for m, r in zip(meanings, rough, strict=True) if not r or _bare(m[0]) in sure]


def _bare(candidate: str) -> str:
    return candidate.removeprefix("in the ")


def _meanings(candidates: list[str]) -> list[Meaning]:
    """What each candidate means most likely."""
    if not candidates:
        return []
    targets, owners = _targets()
    cosines = embed(candidates).astype(np.float64) @ targets.T
    cosines[_unmeant(candidates) & (cosines < EXACT)] = -1.0
    best = np.argmax(cosines, axis=1)
    return [
        (candidate, owners[column], float(row[column]))
        for candidate, row, column in zip(candidates, cosines, best, strict=True)
    ]


def _unmeant(candidates: list[str]) -> Bool[np.ndarray, "candidates phrases"]:
    """What candidates cannot mean however alike they look to the encoder.

    Opposites look alike to it ("low clouds", "high clouds"). What words like "sky" and "day" name
    is there in any weather, so by themselves they tell none, and what they are part of is no place.
    """
    phrases, owners = _phrases()
    common = _common()
    words = [set(re.findall(r"[^\W\d_]+", text)) for text in (*candidates, *phrases)]
    mine, theirs = words[: len(candidates)], words[len(candidates) :]
    sides = [(set(a), set(b)) for a, b in table("scenes")["opposites"]]
    sides += [side[::-1] for side in sides]
    against = [set[str]().union(*(b for a, b in sides if a & said)) - said for said in mine]
    empty = [not _uncoloured(said) - common - _small_words() for said in mine]
    skyward = [bool(said & (common | _CLOUDS)) or _is_colour(said) for said in mine]
    places = np.array([kind == "places" for kind, _ in owners])
    thing = [bool(said) and {*map(singular, said - _small_words())} <= _things() for said in mine]
    unmeant = np.array([[bool(a & other) for other in theirs] for a in against])
    unmeant |= np.array(empty)[:, None] | np.outer(skyward, places)
    return unmeant | np.outer(thing, ~places)


@lru_cache(maxsize=1)
def _things() -> frozenset[str]:
    """Words of single things in a land, which tell no weather: "in the tents" is not "in rain"."""
    entries = table("landmarks")["landmarks"].values()
    told = [p for entry in entries for p in (*entry["phrases"], *entry.get("stand_ins", ()))]
    return frozenset(singular(word) for phrase in told for word in phrase.split())


def _uncoloured(words: set[str]) -> set[str]:
    return {word for word in words if not name_at([word], 0)}


def _is_colour(words: set[str]) -> bool:
    named = words - _small_words()
    return len(named) == 1 and name_at([*named], 0) is not None


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    """Words with which phrases end whether there are clouds or not, or at many times of day."""
    ends: dict[bool, set[str]] = {False: set(), True: set()}
    for entry in table("scenes")["weather"].values():
        ends["clouds" in entry] |= {phrase.split()[-1] for phrase in entry["phrases"]}
    hours = [
        {phrase.split()[-1] for phrase in entry["phrases"]}
        for entry in table("scenes")["times"].values()
    ]
    often = {word for words in hours for word in words if sum(word in w for w in hours) >= OFTEN}
    return frozenset((ends[False] & ends[True]) | often)


def _without_undone(text: str) -> tuple[str, str]:
    """The text without what it says is not there, or over, and the weather that this leaves."""
    text = _NEITHER.sub(r"no \1, no ", text)
    gone = [found[1] for found in _OVER.finditer(text) if found[1] in _told_weather()]
    undone = [found[1] for found in _UNDONE.finditer(text)] + gone
    for words in gone:
        text = re.sub(rf"\bafter \w+(?: of)? {re.escape(words)}\b", " ", text)
    kinds = [kind for _, (kind, _), score in _meanings(undone) if score >= THRESHOLDS[kind]]
    sunless = _SUN & {*undone}
    left = "overcast" if sunless else "clear" if "weather" in kinds or gone else ""
    return _UNDONE.sub(" ", text), left


@lru_cache(maxsize=1)
def _told_weather() -> frozenset[str]:
    """Phrases of weather as they are listed, and without their "in the"."""
    listed = [p for entry in table("scenes")["weather"].values() for p in entry["phrases"]]
    return frozenset(listed) | {_bare(p) for p in listed}


def _by_kin(text: str) -> dict[str, Table]:
    """Entries of words that the encoder does not know: what WordNet says that they are."""
    found: dict[str, Table] = {}
    for word in re.findall(r"[^\W\d_]+", text):
        noun = frequency(word, "n") >= max(frequency(word, part) for part in "avr")
        senses = lookup(word, "n") if noun else ()
        kin = [k for k in (*senses[0].synonyms, senses[0].parent) if k] if senses else []
        for _, (kind, name), score in _meanings([f"{a}{k}" for k in kin for a in ("", "in the ")]):
            if kind in {"times", "weather"} and score >= KIN:
                found.setdefault(kind, table("scenes")[kind][name])
    return found


def _place_in_time(when: str) -> Table | None:
    """A ground that the words of "when" tell of ("on a snowy morning")."""
    place = _read_entries(when).get("places")
    return place if place and place.get("also_when") else None


def _loose_place(where: str) -> Table | None:
    """A place that is only roughly like a known one ("through the vineyard")."""
    if not where:
        return None
    targets, owners = _targets()
    columns = [i for i, (kind, _) in enumerate(owners) if kind == "places"]
    scores = embed([where]).astype(np.float64)[0] @ targets[columns].T
    best = int(np.argmax(scores))
    known = scores[best] >= LOOSE_PLACE
    return table("scenes")["places"][owners[columns[best]][1]] if known else None


def _candidates(text: str) -> list[str]:
    """The whole phrases, and their words alone and in pairs."""
    pieces = [p.strip() for p in _PIECES.split(text) if p.strip()]
    smaller = [p.strip() for piece in pieces for p in _SMALLER.split(piece) if p.strip()]
    found, listed = [*pieces, *smaller], set(_phrases()[0])
    for piece in smaller:
        words = [w for w in re.findall(r"[^\W\d_]+", piece) if w not in _small_words()]
        found += words
        found += [f"{a} {b}" for a, b in pairwise(words)]
        # What has a name of its own need not be guessed: "in the day" looks like "in the morning".
        # And "after the rain" is not "in the rain".
        timed = piece.startswith(("after ", "before "))
        bare = [] if timed else [w for w in words if w not in _common() | _CLOUDS]
        bare = [w for w in bare if f"in the {w}" in listed or not _is_adjective(w)]
        found += [p for w in bare if (p := f"in the {w}") in listed or w not in listed]
    return list(dict.fromkeys(found))


def _is_adjective(word: str) -> bool:
    """Whether it is a noun more seldom: "in the small" is nowhere and never."""
    return frequency(word, "a") > frequency(word, "n")


@lru_cache(maxsize=1)
def _small_words() -> frozenset[str]:
    """Words that name nothing."""
    kinds = ("determiners", "prepositions", "auxiliaries")
    return frozenset().union(*(words_of("grammar", kind) for kind in kinds))


@lru_cache(maxsize=1)
def _phrases() -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Every entry's name and phrases, and whose they are: (kind, entry)."""
    scenes = table("scenes")
    listed = [
        (p, (kind, name))
        for kind in THRESHOLDS
        for name, entry in scenes[kind].items()
        for p in (name, *entry["phrases"])
    ]
    return tuple(p for p, _ in listed), tuple(owner for _, owner in listed)


@lru_cache(maxsize=1)
def _targets() -> tuple[Float64[np.ndarray, "phrases 384"], tuple[tuple[str, str], ...]]:
    """Embeddings of :func:`_phrases`, and their owners."""
    phrases, owners = _phrases()
    return embed(list(phrases)).astype(np.float64), owners


def _elevation(time: Table | None, season: Table | None, amount: float) -> float:
    """Degrees above the horizon; winter suns are lower."""
    low, high = (time or table("scenes")["default_time"])["elevation"]
    elevation = low + amount * (high - low)
    if season and elevation > 15:
        elevation = max(elevation + season["shift"], 12.0)
    return float(elevation)


def _azimuth(text: str, time: Table | None, side: float, spread: float) -> float:
    """Degrees: before the character by day, a rim from behind at both ends of it."""
    said = _said_side(text)
    where = said or (time or table("scenes")["default_time"])["side"]
    low, high = {"front": FRONT_DEG, "back": BACK_DEG, "side": SIDE_DEG}[where]
    sign = -1.0 if "left" in text.split() else 1.0 if side < 0.5 else -1.0
    return sign * (low + spread * (high - low))


def _said_side(text: str) -> str | None:
    """The side that the words name: "backlit" and its like."""
    lights: dict[str, list[str]] = table("scenes")["light"]
    owners = [name for name, phrases in lights.items() for _ in phrases]
    told = table("scenes")["light_words"]
    candidates = [c for c in _candidates(text) if any(word in c for word in told)]
    if not candidates:
        return None
    cosines = embed(candidates) @ embed([p for phrases in lights.values() for p in phrases]).T
    row, column = np.unravel_index(int(np.argmax(cosines)), cosines.shape)
    return owners[int(column)] if cosines[row, column] >= LIGHT_WORDS else None


def _turbidity(place: Table | None, weather: Table | None) -> float:
    """The weather's, else the place's."""
    source = weather or place or table("scenes")["default_place"]
    return float(source["turbidity"])


def scene_texts() -> list[str]:
    """Every text that reading the light compares with."""
    scenes = table("scenes")
    found = [p for phrases in scenes["light"].values() for p in phrases]
    for kind in THRESHOLDS:
        found += [p for name, e in scenes[kind].items() for p in (name, *e["phrases"])]
    return found
