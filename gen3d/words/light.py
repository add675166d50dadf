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
from jaxtyping import Float64

from gen3d.scenery import CloudSpec, MoonSpec, SkySpec
from gen3d.words.phrases import embed
from gen3d.words.vocabulary import table, words_of

THRESHOLDS = {"times": 0.62, "seasons": 0.66, "weather": 0.64, "places": 0.62}
"""Similarities from which a phrase is taken to mean an entry."""
FRONT_DEG, BACK_DEG, SIDE_DEG = (30.0, 60.0), (120.0, 150.0), (75.0, 100.0)
LIGHT_WORDS = 0.62
ALONE = 0.25
"""What a word by itself yields to a phrase: "late in the day" is not "day"."""
MADE_UP = 0.02
"""What a phrase made of a word ("in the" afternoon) yields to what is said ("late afternoon")."""
LOOSE_PLACE = 0.42
"""For the whole phrase that the sentence gives as its place."""


@dataclass(frozen=True)
class Light:
    """The sky, and a sentence for each default or substitute."""

    sky: SkySpec
    notes: tuple[str, ...]


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
    text = f"{when}, {where}" if when and where else when or where
    notes: list[str] = []
    entries = _read_entries(text)
    time, weather, season = entries.get("times"), entries.get("weather"), entries.get("seasons")
    place = _read_entries(where).get("places") or _loose_place(where) or _place_in_time(when)
    if time is None:
        notes.append("No time of day was named, so it is day.")
    if place is None:
        notes.append(_unplaced(where))
    elevation = _elevation(time, season, float(amount))
    azimuth = round(_azimuth(f"{sentence}, {text}", time, float(side), float(spread)), 1)
    night = bool(time and time.get("night"))
    if night:
        notes.append("The words do not say which moon: it is nearly full.")
    moon = MoonSpec(elevation_deg=38.0, azimuth_deg=azimuth, phase=0.47) if night else None
    return Light(
        SkySpec(
            sun_elevation_deg=round(elevation, 2),
            # At night the sun is opposite the moon, which stands where the sun would.
            sun_azimuth_deg=azimuth if moon is None else round(azimuth - 180.0, 1),
            moon=moon,
            clouds=tuple(CloudSpec(**layer) for layer in (weather or {}).get("clouds", ())),
            turbidity=_turbidity(place, weather),
            ground_albedo=tuple((place or table("scenes")["default_place"])["albedo"]),
        ),
        tuple(notes),
    )


def _unplaced(where: str) -> str:
    if where:
        return f"The place “{where}” is not known, so the ground is plain earth."
    return "No place was named, so the ground is plain earth."


Table = Mapping[str, Any]


def _read_entries(text: str) -> dict[str, Table]:
    """The entry of each kind that a piece of the text means; a piece speaks for one kind only."""
    candidates = _candidates(text)
    if not candidates:
        return {}
    targets, owners = _targets()
    cosines = embed(candidates).astype(np.float64) @ targets.T
    found: dict[str, tuple[float, Table]] = {}
    for candidate, row in zip(candidates, cosines, strict=True):
        column = int(np.argmax(row))
        kind, name = owners[column]
        score = float(row[column])
        rank = score - (0.0 if " " in candidate else ALONE)
        rank -= 0.0 if candidate in text else MADE_UP
        if score >= THRESHOLDS[kind] and rank > found.get(kind, (0.0, {}))[0]:
            found[kind] = (rank, table("scenes")[kind][name])
    return {kind: entry for kind, (_, entry) in found.items()}


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
    pieces = [
        p.strip()
        for p in re.split(r",|\b(?=(?:in|on|at|under|during|by|near) )", text)
        if p.strip()
    ]
    skipped = words_of("grammar", "determiners") | words_of("grammar", "prepositions")
    found = list(pieces)
    for piece in pieces:
        words = [w for w in re.findall(r"[^\W\d_]+", piece) if w not in skipped]
        found += words
        found += [f"{a} {b}" for a, b in pairwise(words)]
        found += [f"in the {w}" for w in words]
    return list(dict.fromkeys(found))


@lru_cache(maxsize=1)
def _targets() -> tuple[Float64[np.ndarray, "phrases 384"], tuple[tuple[str, str], ...]]:
    """Embeddings of every entry's name and phrases, and whose they are: (kind, entry)."""
    scenes = table("scenes")
    texts = [
        (p, (kind, name))
        for kind in THRESHOLDS
        for name, entry in scenes[kind].items()
        for p in (name, *entry["phrases"])
    ]
    return embed([p for p, _ in texts]).astype(np.float64), tuple(owner for _, owner in texts)


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
