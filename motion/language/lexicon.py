# SPDX-License-Identifier: Apache-2.0
"""Words: stems of inflected verbs, numbers, directions, sides, sizes, and the phrases of verbs.

A word of the text stands for itself and for every base form that it may be an inflection of; a
phrase of the data matches where each of its words is among those. Longer phrases win, then literal
words, then the earlier place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from motion.language.verbs import manners, verbs

WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+(?:'[^\W\d_]+)?|°")
"""One word or number of a text."""
FILLERS = frozenset(
    [
        "a",
        "an",
        "the",
        "his",
        "her",
        "their",
        "its",
        "my",
        "your",
        "our",
        "one's",
        "oneself",
        "himself",
        "herself",
        "themselves",
        "itself",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "he",
        "she",
        "they",
        "it",
        "who",
        "very",
        "really",
        "then",
        "and",
        "also",
    ]
)
_IRREGULAR = {
    "ran": "run", "sat": "sit", "lay": "lie", "lying": "lie", "laid": "lay", "threw": "throw",
    "thrown": "throw", "fought": "fight", "swung": "swing", "caught": "catch", "stood": "stand",
    "knelt": "kneel", "swam": "swim", "rode": "ride", "drew": "draw", "drawn": "draw",
    "drank": "drink", "ate": "eat", "eaten": "eat", "wrote": "write", "fell": "fall",
    "fallen": "fall", "crept": "creep", "leapt": "leap", "spun": "spin", "swept": "sweep",
    "went": "go", "goes": "go", "gone": "go", "took": "take", "fled": "flee", "shot": "shoot",
    "bent": "bend", "slept": "sleep", "hid": "hide", "sang": "sing", "spoke": "speak",
    "flew": "fly", "did": "do", "does": "do", "done": "do", "made": "make", "strode": "stride",
    "rose": "rise", "wept": "weep", "dying": "die", "shook": "shake", "struck": "strike",
    "held": "hold", "got": "get", "put": "put", "dove": "dive", "sprang": "spring",
    "flung": "fling",
    "said": "say", "told": "tell", "thought": "think", "gave": "give", "hung": "hang",
    "dragged": "drag", "slunk": "slink", "tossed": "toss",
}  # fmt: skip
NUMBERS = {
    "once": 1, "twice": 2, "thrice": 3, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5,
    "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15,
    "twenty": 20, "couple": 2, "few": 3, "several": 4,
}  # fmt: skip
"""Words for numbers."""
DIRECTION_WORDS = {
    "forward": "forward", "forwards": "forward", "ahead": "forward", "onward": "forward",
    "straight": "forward", "backward": "backward", "backwards": "backward", "back": "backward",
    "left": "left", "leftward": "left", "leftwards": "left", "right": "right",
    "rightward": "right", "rightwards": "right", "up": "up", "upward": "up", "upwards": "up",
    "circle": "circle", "circles": "circle", "circular": "circle", "loop": "circle",
    "lap": "circle",
    "zigzag": "zigzag", "zig": "zigzag", "zigzags": "zigzag", "slalom": "zigzag",
    "weaving": "zigzag",
    "clockwise": "right", "anticlockwise": "left", "counterclockwise": "left",
    "sideways": "aside", "sideward": "aside",
}  # fmt: skip
SIZES = {
    "high": 1.3, "big": 1.3, "huge": 1.45, "wide": 1.25, "large": 1.3, "deep": 1.25, "deeply": 1.25,
    "hard": 1.2, "powerfully": 1.3, "strongly": 1.25, "far": 1.2, "small": 0.72, "slightly": 0.7,
    "little": 0.75, "tiny": 0.6, "low": 0.75, "weakly": 0.75, "barely": 0.6, "long": 1.15,
    "short": 0.8,
}  # fmt: skip
LIMBS = frozenset(
    [
        "hand",
        "hands",
        "arm",
        "arms",
        "leg",
        "legs",
        "foot",
        "feet",
        "fist",
        "fists",
        "knee",
        "knees",
        "shoulder",
        "elbow",
        "side",
    ]
)


def lemmas(word: str) -> frozenset[str]:
    """The word itself and every base form that it may be an inflection of."""
    found = {word}
    if word in _IRREGULAR:
        found.add(_IRREGULAR[word])
    for ending, least in (("ing", 5), ("ied", 5), ("ed", 4), ("ies", 5), ("es", 4), ("s", 4)):
        if word.endswith(ending) and len(word) >= least:
            stem = word[: -len(ending)]
            if ending in ("ies", "ied"):
                found.add(f"{stem}y")
                continue
            found |= {stem, f"{stem}e"}
            if len(stem) > 2 and stem[-1] == stem[-2]:
                found.add(stem[:-1])
    return frozenset(found)


@dataclass(frozen=True)
class Found:
    """A phrase in a text."""

    name: str
    start: int
    stop: int
    literal: int
    """How many of its words stand there as they are."""
    words: int

    @property
    def rank(self) -> tuple[int, int, int]:
        """Sorts longer, more literal and earlier phrases first."""
        return (-self.words, -self.literal, self.start)


Phrases = tuple[tuple[str, tuple[str, ...]], ...]


def _split(phrase: str) -> tuple[str, ...]:
    return tuple(word for word in WORD.findall(phrase.lower()) if word not in FILLERS)


@lru_cache(maxsize=1)
def verb_phrases() -> Phrases:
    """Every phrase of every verb, without articles."""
    return tuple((name, _split(p)) for name, verb in verbs().items() for p in verb.words)


@lru_cache(maxsize=1)
def manner_phrases() -> Phrases:
    """Every phrase of every manner."""
    return tuple((name, _split(p)) for name, one in manners().items() for p in one.words)


def search(words: Sequence[str], phrases: Phrases) -> list[Found]:
    """Every place of every phrase in some words, best first."""
    forms = [lemmas(word) for word in words]
    index = _by_first_word(phrases)
    found: list[Found] = []
    for start, form in enumerate(forms):
        for name, phrase in (pair for word in sorted(form) for pair in index.get(word, ())):
            stop = start + len(phrase)
            stretch = range(start, stop)
            if stop <= len(words) and all(
                w in forms[i] for i, w in zip(stretch, phrase, strict=True)
            ):
                literal = sum(words[i] == w for i, w in zip(stretch, phrase, strict=True))
                found.append(Found(name, start, stop, literal, len(phrase)))
    return sorted(found, key=lambda f: f.rank)


@lru_cache(maxsize=4)
def _by_first_word(phrases: Phrases) -> dict[str, Phrases]:
    table: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for name, phrase in phrases:
        if phrase:
            table.setdefault(phrase[0], []).append((name, phrase))
    return {word: tuple(rows) for word, rows in table.items()}


def number(word: str) -> float | None:
    """The value of a number word or of digits."""
    if word in NUMBERS:
        return float(NUMBERS[word])
    try:
        return min(float(word), 1000.0)
    except ValueError:
        return None


def without(words: Iterable[str], dropped: Iterable[str]) -> list[str]:
    """Words that are not among others."""
    gone = set(dropped)
    return [word for word in words if word not in gone]
