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
from typing import Any

import numpy as np
from jaxtyping import Float64

from gen3d.spec import SkySpec
from gen3d.words.phrases import embed
from gen3d.words.vocabulary import table, words_of

THRESHOLDS = {"times": 0.60, "seasons": 0.62, "weather": 0.66, "places": 0.42}
"""Similarities from which a phrase is taken to mean an entry."""
FRONT_DEG, BACK_DEG, SIDE_DEG = (30.0, 60.0), (120.0, 150.0), (75.0, 100.0)
LIGHT_WORDS = 0.62
CERTAIN_PLACE = 0.7
"""For a place inside the words of "when" ("on a winter day in the snow")."""


@dataclass(frozen=True)
class Light:
    """The sky, and a sentence for each default or substitute."""

    sky: SkySpec
    notes: tuple[str, ...]


def read(where: str, when: str, seed: int) -> Light:
    """The light of the words of "where" and "when"."""
    draws = np.random.default_rng([seed, 3])
    amount, side, spread = draws.random(), draws.random(), draws.random()
    text = f"{when}, {where}" if when and where else when or where
    notes: list[str] = []
    time = _entry("times", text)
    place = _entry("places", where) or _entry("places", when, CERTAIN_PLACE)
    weather = _entry("weather", text)
    season = _entry("seasons", text)
    if time is None:
        notes.append("No time of day was named, so it is day.")
    if place is None:
        notes.append(_unplaced(where))
    elevation = _elevation(time, season, float(amount))
    _add_substitutes(notes, time, place, weather)
    return Light(
        SkySpec(
            sun_elevation_deg=round(elevation, 2),
            sun_azimuth_deg=round(_azimuth(text, time, float(side), float(spread)), 1),
            turbidity=_turbidity(place, weather),
            ground_albedo=tuple((place or table("scenes")["default_place"])["albedo"]),
        ),
        tuple(notes),
    )


def _unplaced(where: str) -> str:
    if where:
        return f"The place “{where}” is not known, so the ground is plain earth."
    return "No place was named, so the ground is plain earth."


def _add_substitutes(
    notes: list[str], time: Table | None, place: Table | None, weather: Table | None
) -> None:
    """Say what stands in for what the sky cannot do yet."""
    if time and time.get("night"):
        notes.append("Night skies are not made yet: deep twilight stands in.")
    if place and place.get("indoor"):
        notes.append("Rooms are not made yet: an outdoor sky stands in.")
    if weather and weather.get("cloudy"):
        notes.append("Clouds are not made yet: haze stands in.")


Table = Mapping[str, Any]


def _entry(kind: str, text: str, threshold: float | None = None) -> Table | None:
    """The entry that a phrase, or one word or pair of words of it, means most nearly."""
    name = nearest(kind, text, threshold)
    return table("scenes")[kind][name] if name else None


def nearest(kind: str, text: str, threshold: float | None = None) -> str | None:
    """Name of the entry of one kind that the text means; none below the threshold."""
    needed = THRESHOLDS[kind] if threshold is None else threshold
    candidates = _candidates(text)
    if not candidates:
        return None
    targets, owners = _targets(kind)
    cosines = embed(candidates).astype(np.float64) @ targets.T
    row, column = np.unravel_index(int(np.argmax(cosines)), cosines.shape)
    return owners[int(column)] if cosines[row, column] >= needed else None


def _candidates(text: str) -> list[str]:
    """The whole, its comma pieces and prepositional phrases, and its words."""
    pieces = [p.strip() for p in text.split(",") if p.strip()]
    skipped = words_of("grammar", "determiners") | words_of("grammar", "prepositions")
    found = list(pieces)
    for piece in pieces:
        words = [w for w in re.findall(r"[^\W\d_]+", piece) if w not in skipped]
        found += words
        found += [f"{a} {b}" for a, b in zip(words, words[1:], strict=False)]
        found += [f"in the {w}" for w in words]
    return list(dict.fromkeys(found))


@lru_cache(maxsize=8)
def _targets(kind: str) -> tuple[Float64[np.ndarray, "phrases 384"], tuple[str, ...]]:
    entries = table("scenes")[kind]
    texts = [(p, name) for name, entry in entries.items() for p in (name, *entry["phrases"])]
    return embed([p for p, _ in texts]).astype(np.float64), tuple(name for _, name in texts)


def _elevation(time: Table | None, season: Table | None, amount: float) -> float:
    """Degrees above the horizon; winter suns are lower."""
    low, high = (time or table("scenes")["default_time"])["elevation"]
    elevation = low + amount * (high - low)
    if season and elevation > 15:  # noqa: PLR2004 - low suns are low in every season
        elevation = max(elevation + season["shift"], 12.0)
    return float(elevation)


def _azimuth(text: str, time: Table | None, side: float, spread: float) -> float:
    """Degrees: before the character by day, a rim from behind at both ends of it."""
    said = _said_side(text)
    where = said or (time or table("scenes")["default_time"])["side"]
    low, high = {"front": FRONT_DEG, "back": BACK_DEG, "side": SIDE_DEG}[where]
    sign = -1.0 if "left" in text.split() else 1.0 if side < 0.5 else -1.0  # noqa: PLR2004
    return sign * (low + spread * (high - low))


def _said_side(text: str) -> str | None:
    """"Backlit" and its like."""
    lights: dict[str, list[str]] = table("scenes")["light"]
    owners = [name for name, phrases in lights.items() for _ in phrases]
    candidates = _candidates(text)
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
