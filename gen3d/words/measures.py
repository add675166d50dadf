# SPDX-License-Identifier: Apache-2.0
"""Numbers that a sentence states outright: height, age. They win over everything else."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gen3d.words.vocabulary import table

_NUMBER = r"(\d+(?:[.,]\d+)?)"
_HEIGHTS = (
    (re.compile(rf"{_NUMBER}\s*-?(?:cm|centimet(?:er|re)s?)\b"), lambda m: _decimal(m[1]) / 100),
    (
        re.compile(
            rf"{_NUMBER}\s*-?(?:feet|foot|ft|')[\s-]*{_NUMBER}?\s*(?:inches|inch|in\b|\"|'')?"
        ),
        lambda m: _decimal(m[1]) * 0.3048 + _decimal(m[2] or "0") * 0.0254,
    ),
    (re.compile(r"\b(\d)m(\d\d)\b"), lambda m: float(f"{m[1]}.{m[2]}")),
    (re.compile(rf"{_NUMBER}\s*-?(?:m|met(?:er|re)s?)\b"), lambda m: _decimal(m[1])),
)
_TALL = re.compile(r"^[\s-]*(?:tall|in height|high|of height)\b")
_AGES = (
    re.compile(r"\b(\d{1,3})[\s-]*(?:years?|yrs?)[\s-]*-?old\b"),
    re.compile(r"\b(?:aged|age|age of)\s+(\d{1,3})\b"),
    re.compile(r"\b(\d{1,3})\s*(?:yo|y/o)\b"),
)
_DECADE = re.compile(
    r"\b(?:in|into) (?:his|her|their|the) (early |mid-?\s?|late )?"
    r"(teens|twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties|\d0s)\b",
)
_DECADES = {
    "teens": 13, "twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60,
    "seventies": 70, "eighties": 80, "nineties": 90,
}  # fmt: skip
SHORTEST, TALLEST = 0.4, 2.6


@dataclass(frozen=True)
class Measures:
    """Stated numbers, and the sentence without them."""

    text: str
    height: float | None = None
    """Metres."""
    age_years: float | None = None


def read_measures(text: str) -> Measures:
    """Take the stated height and age out of a lower-case sentence."""
    text = _digits(text)
    age, text = _age(text)
    height, text = _height(text)
    return Measures(re.sub(r"\s+", " ", text).strip(), height, age)


def _digits(text: str) -> str:
    """Number words as digits where a unit or an age follows ("six foot two", "five-year-old")."""
    numbers: dict[str, int] = table("grammar")["numbers"]
    names = "|".join(numbers)
    tens = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
    pair = re.compile(rf"\b({tens})[\s-]({names})(?=[\s-]*(?:years?|foot|feet))")
    text = pair.sub(lambda m: str(numbers[m[1]] + numbers[m[2]]), text)
    single = re.compile(rf"\b({names})(?=[\s-]*(?:years?[\s-]old|foot|feet|inch|met(?:er|re)s?\b))")
    text = single.sub(lambda m: str(numbers[m[1]]), text)
    aged = re.compile(rf"\b(aged|foot|feet)[\s-]+({names})\b")
    return aged.sub(lambda m: f"{m[1]} {numbers[m[2]]}", text)


def _age(text: str) -> tuple[float | None, str]:
    for pattern in _AGES:
        found = pattern.search(text)
        if found:
            return min(max(float(found[1]), 1.0), 100.0), _without(text, found)
    found = _DECADE.search(text)
    if not found:
        return None, text
    within = (found[1] or "").replace("-", " ").split(" ")[0]
    offset = {"early": 2, "mid": 5, "late": 8}.get(within, 5)
    start = _DECADES.get(found[2]) or int(found[2][:2])
    return float(min(start + offset, 100)), _without(text, found)


def _height(text: str) -> tuple[float | None, str]:
    """The first length that is a person's height; other lengths ("a 2 m sword") stay."""
    for pattern, metres in _HEIGHTS:
        for found in pattern.finditer(text):
            value = metres(found)
            tall = _TALL.match(text[found.end() :])
            if SHORTEST <= value <= TALLEST and (tall or value > 1.0):
                end = found.end() + (tall.end() if tall else 0)
                return round(value, 4), f"{text[: found.start()]} {text[end:]}"
    return None, text


def _without(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _decimal(text: str) -> float:
    return float(text.replace(",", "."))
