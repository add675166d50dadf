# SPDX-License-Identifier: Apache-2.0
"""What is said about a verb: sides, directions, numbers with their units, manners, sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from motion.language.lexicon import (
    DIRECTION_WORDS,
    LIMBS,
    SIZES,
    manner_phrases,
    number,
    search,
)

_TIMES = frozenset({"times", "time", "x"})
_STEPS = frozenset({"step", "steps", "pace", "paces", "footstep", "footsteps"})
_LENGTHS = {
    **dict.fromkeys(("metre", "metres", "meter", "meters", "m"), 1.0),
    **dict.fromkeys(("yard", "yards"), 0.9144),
}
_SECONDS = frozenset({"second", "seconds", "s", "sec", "secs"})
_DEGREES = frozenset({"degree", "degrees", "deg", "°"})
_FRACTIONS = {"quarter": 90.0, "half": 180.0, "full": 360.0, "complete": 360.0, "whole": 360.0}
_TURN = frozenset({"turn", "turns", "turning", "rotation", "circle", "spin"})


@dataclass(frozen=True)
class Said:
    """Everything that stands beside a verb."""

    side: str = ""
    direction: str = ""
    circle: bool = False
    in_place: bool = False
    turn_deg: float = 0.0
    count: int = 0
    steps: int = 0
    metres: float = 0.0
    seconds: float | None = None
    rate: float = 1.0
    size: float = 1.0
    manners: tuple[str, ...] = ()


def said(rest: Sequence[str], words: Sequence[str]) -> Said:
    """Read what stands beside a verb.

    Args:
        rest: Words of the clause that did not name the verb.
        words: All words of the clause.
    """
    numbers = _numbers(words)
    direction, circle = _direction(rest, words)
    turn = numbers.get("degrees", 0.0) or _fraction(words)
    if not turn and _half_about(words):
        turn = 180.0
    return Said(
        side=_side(words),
        direction=direction,
        circle=circle,
        in_place=_follow(words, "in", "place") or _follow(words, "on", "spot"),
        turn_deg=turn,
        count=int(numbers.get("count", 0.0)),
        steps=int(numbers.get("steps", 0.0)),
        metres=numbers.get("metres", 0.0),
        seconds=numbers.get("seconds"),
        size=_size(rest),
        manners=_manners(rest),
    )


def _follow(words: Sequence[str], first: str, second: str) -> bool:
    return any(a == first and b == second for a, b in pairwise(words))


def _half_about(words: Sequence[str]) -> bool:
    return (
        _follow(words, "turn", "around")
        or _follow(words, "turns", "around")
        or (_follow(words, "turning", "around") or _follow(words, "turned", "around"))
    )


def _side(words: Sequence[str]) -> str:
    """``left`` or ``right`` before a limb, ``both`` before limbs."""
    for place, word in enumerate(words):
        near = words[place + 1 : place + 2]
        if word in ("left", "right") and near and near[0] in LIMBS - {"side"}:
            return word
        if word == "both" and near and near[0] in LIMBS:
            return "both"
    return ""


def _direction(rest: Sequence[str], words: Sequence[str]) -> tuple[str, bool]:
    """Where to, and whether in a circle."""
    found: list[str] = []
    for place, word in enumerate(words):
        near = words[place + 1 : place + 2]
        if word in ("left", "right") and near and near[0] in LIMBS - {"side"}:
            continue
        if word == "back" and near == ["of"]:
            # A place, no way: the back of the head.
            continue
        if word in DIRECTION_WORDS and (word in rest or word in ("left", "right")):
            found.append(DIRECTION_WORDS[word])
    circle = "circle" in found
    others = [one for one in found if one != "circle"]
    for one in ("zigzag", "aside", "backward", "left", "right", "forward", "up"):
        if one in others:
            return one, circle
    return "", circle


def _numbers(words: Sequence[str]) -> dict[str, float]:
    """Numbers by what they count."""
    table: dict[str, float] = {}
    for place, word in enumerate(words):
        value = number(word)
        if value is None:
            continue
        near = [w for w in words[place + 1 : place + 4] if w not in ("of", "more", "big", "small")]
        unit = near[0] if near else ""
        if unit in _LENGTHS:
            table["metres"] = value * _LENGTHS[unit]
        elif unit in _SECONDS:
            table["seconds"] = value
        elif unit in _DEGREES:
            table["degrees"] = value
        elif unit in _STEPS or (len(near) > 1 and near[1] in _STEPS):
            table["steps"] = value
        elif _counts(word, unit):
            table.setdefault("count", value)
    return table


def _counts(word: str, unit: str) -> bool:
    """Whether a number says how often: not "with one hand"."""
    if word in ("once", "twice", "thrice") or unit in _TIMES:
        return True
    return unit not in LIMBS and not (word == "one" and unit not in _TIMES)


def _fraction(words: Sequence[str]) -> float:
    for a, b in pairwise(words):
        if a in _FRACTIONS and b in _TURN:
            return _FRACTIONS[a]
    return 0.0


def _size(rest: Sequence[str]) -> float:
    size = 1.0
    for word in rest:
        size *= SIZES.get(word, 1.0)
    return size


def _manners(rest: Sequence[str]) -> tuple[str, ...]:
    taken: set[int] = set()
    names: list[str] = []
    for found in search(rest, manner_phrases()):
        places = set(range(found.start, found.stop))
        if not places & taken and found.name not in names and found.literal == found.words:
            names.append(found.name)
            taken |= places
    return tuple(sorted(names))
