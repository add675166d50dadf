# SPDX-License-Identifier: Apache-2.0
"""Moments that are said exactly: times of the clock, and which moon stands in the sky.

Hours are those of a season of even days. A moon's phase is the angle between it and the sun, so the
sun of a night stands as far from the moon as the phase says; a waxing moon is meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from gen3d.scenery import MoonSpec
from gen3d.words.vocabulary import table

_CLOCK = re.compile(
    r"\b(?P<hour>[01]?\d|2[0-4])(?::[0-5]\d)?(?:(?<=:\d\d)| ?(?=[ap]\.?m\b))"
    r" ?(?:(?P<half>[ap])\.?m\b)?"
)
_TO_SIX, _FROM_SEVEN = "one two three four five six", "seven eight nine ten eleven twelve"
_HOURS = tuple(f"{_TO_SIX} {_FROM_SEVEN}".split())
_SPOKEN = re.compile(
    r"\b(?P<past>(?:half|quarter|ten|twenty) (?:past|to) )?"
    rf"(?P<hour>{'|'.join(_HOURS)}|1[0-2]|[1-9])"
    r"(?P<clock> o'?clock)?(?P<part> (?:in the (?:morning|afternoon|evening)|at night))?\b"
)
_DAWN_HOUR = 7
"""The first hour that without a half of the day is one of the morning."""


@dataclass(frozen=True)
class Moon:
    """A moon that words name."""

    phase: float
    """0.25 half, 0.5 full; 0 where there is none to be seen."""
    elevation_deg: float


USUAL_MOON = Moon(0.47, 38.0)


def clock_time(text: str) -> str | None:
    """The time of day of ``scenes.yml`` that a time of the clock is."""
    hour = _hour(text)
    if hour is None:
        return None
    starts: dict[int, str] = table("scenes")["clock"]
    return next(name for start, name in reversed(starts.items()) if hour >= start)


def _hour(text: str) -> int | None:
    said = _CLOCK.search(text)
    if said is not None:
        hour = int(said["hour"])
        return hour if not said["half"] else hour % 12 + (12 if said["half"] == "p" else 0)
    for spoken in _SPOKEN.finditer(text):
        if spoken["clock"] or spoken["part"] or spoken["past"]:
            return _spoken_hour(spoken)
    return None


def _spoken_hour(spoken: re.Match[str]) -> int:
    """The hour of "half past three in the afternoon"."""
    word = spoken["hour"]
    hour = (_HOURS.index(word) + 1 if word in _HOURS else int(word)) % 12
    hour -= (spoken["past"] or "").endswith("to ")
    part = (spoken["part"] or "").rsplit(maxsplit=1)[-1:] or [""]
    later = {
        "morning": False,
        "afternoon": True,
        "evening": True,
        # "Two at night" is after midnight, "eleven at night" before it.
        "night": hour >= 5,
        "": hour < _DAWN_HOUR,
    }[part[0]]
    return (hour + (12 if later else 0)) % 24


def said_moon(text: str) -> Moon | None:
    """The moon that words name; one of phase 0 where they say that there is none."""
    found = _moons().search(text)
    if found is None:
        return None
    moons = table("scenes")["moons"].values()
    entry = next(entry for entry in moons if found[1] in entry["phrases"])
    return Moon(float(entry["phase"]), float(entry.get("elevation", USUAL_MOON.elevation_deg)))


def without_moon(text: str) -> str:
    """The text without the words of its moon: nobody stands on that one."""
    return re.sub(r"\s+", " ", _moons().sub(" ", text)).strip()


@lru_cache(maxsize=1)
def _moons() -> re.Pattern[str]:
    phrases = [p for entry in table("scenes")["moons"].values() for p in entry["phrases"]]
    longest = sorted(phrases, key=len, reverse=True)
    return re.compile(rf"\b({'|'.join(map(re.escape, longest))})\b")


def moon_of(moon: Moon, azimuth: float, *, night: bool) -> MoonSpec:
    """Where a moon stands.

    Args:
        moon: Which.
        azimuth: Of what shines: at night the moon itself, else the sun.
        night: Which of the two.
    """
    return MoonSpec(
        elevation_deg=moon.elevation_deg,
        azimuth_deg=azimuth if night else _turned(azimuth - 360.0 * moon.phase),
        phase=moon.phase,
    )


def sun_of(moon: Moon, azimuth: float) -> float:
    """Azimuth of the sun of a night whose moon stands at ``azimuth``."""
    if moon == USUAL_MOON:
        return round(azimuth - 180.0, 1)
    return _turned(azimuth + 360.0 * moon.phase)


def _turned(azimuth: float) -> float:
    """An azimuth within half a turn of 0, in tenths of a degree."""
    return round((azimuth + 180.0) % 360.0 - 180.0, 1)
