# SPDX-License-Identifier: Apache-2.0
"""Colour words: exact names first, then what the dictionary or the embedding says of others."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float64

from gen3d.perception import to_oklab
from gen3d.spec import Rgb
from gen3d.words.dictionary import ATTRIBUTE, lookup
from gen3d.words.phrases import embed
from gen3d.words.vocabulary import colour, table

SIMILAR = 0.6
SHORTEST_STEM = 4
"""Letters of a word in -y that may be of a colour ("mossy", "rusty"), at least one more."""
LONGEST_NAME = 2
CHROMATIC = frozenset({"chromatic", "achromatic", "color", "colour", "chromatic color", "colored"})
TONES = (
    "dark",
    "light",
    "pale",
    "bright",
    "deep",
    "vivid",
    "dull",
    "pastel",
    "neon",
    "faded",
    "dusty",
)
HUES = frozenset(
    {"red", "orange", "yellow", "green", "blue", "purple", "violet", "pink", "brown"}
    | {"grey", "gray", "black", "white"}
)
_OF_A_HUE_DEG, _GREY = 72.0, 0.042
"""Angle in OKLab within which a colour may be of a hue, and chroma up to which it is of none."""
SHADES = {"dark": 0.4, "deep": 0.5, "dull": 0.75, "dusty": 0.8}
TINTS = {"light": 0.5, "pale": 0.6, "pastel": 0.55, "faded": 0.3}


def name_at(words: list[str], start: int) -> tuple[str, int] | None:
    """Colour name that begins at a word, and its length in words; none: no exact name."""
    for length in range(LONGEST_NAME, 0, -1):
        text = " ".join(words[start : start + length]).replace("gray", "grey")
        if len(words) >= start + length and text in table("colours"):
            return text, length
    return None


def read_at(words: list[str], start: int) -> tuple[Rgb, int] | None:
    """Colour that begins at a word: exact, toned ("dark teal"), by meaning ("puce")."""
    exact = name_at(words, start)
    if exact and exact[0] not in TONES:
        return colour(exact[0]), exact[1] + _hue_follows(exact[0], words, start + exact[1])
    tone = words[start]
    if tone in TONES and start + 1 < len(words):
        rest = read_at(words, start + 1)
        if rest:
            return _toned(tone, rest[0]), rest[1] + 1
    if exact:
        return colour(exact[0]), exact[1]
    meant = by_meaning(words[start])
    return (meant, 1) if meant else None


def _hue_follows(name: str, words: list[str], at: int) -> int:
    """1 where the next word but says which hue a colour is of: "emerald green", "ruby red"."""
    if at >= len(words) or words[at] not in HUES or name in HUES:
        return 0
    (own, other), least = (_chroma(colour(n)) for n in (name, words[at])), _GREY
    grey = [float(np.hypot(*c)) < least for c in (own, other)]
    if any(grey):
        return int(all(grey))
    turn = np.degrees(np.arctan2(*own) - np.arctan2(*other))
    return int(abs((turn + 180.0) % 360.0 - 180.0) < _OF_A_HUE_DEG)


def _chroma(value: Rgb) -> Float64[np.ndarray, "2"]:
    return to_oklab(np.array(value))[1:]


def _toned(tone: str, value: Rgb) -> Rgb:
    """Darker or lighter, in linear light."""
    if tone in SHADES:
        red, green, blue = (max(c * SHADES[tone], 0.02) for c in value)
    else:
        mix = TINTS.get(tone, 0.0)
        red, green, blue = (min(c + mix * (0.8 - c), 0.85) for c in value)
    return round(red, 4), round(green, 4), round(blue, 4)


@lru_cache(maxsize=512)
def by_meaning(word: str) -> Rgb | None:
    """Colour of a word that the dictionary calls a colour, nearest in meaning; else none."""
    if word.endswith("ish"):
        stem = next(
            (s for s in (word[:-3], word[:-3] + "e", word[:-4]) if s in table("colours")), None
        )
        return colour(stem) if stem else None
    if word.endswith("y") and len(word) > SHORTEST_STEM:
        named = (n for n in table("colours") if n == word[:-1] or n.startswith(f"{word[:-1]} "))
        alike = next(named, None)
        if alike:
            return colour(alike)
    found = lookup(word, "an")
    shades = [
        s
        for s in found[:3]
        if s.parent in CHROMATIC or (s.field == ATTRIBUTE and _is_shade(s.parent))
    ]
    if not shades:
        return None
    sense = shades[0]
    named = [k for k in (*sense.synonyms, sense.parent) if k in table("colours")]
    if named:
        return colour(named[0])
    scores = embed([f"{word} colour", sense.definition]).astype(np.float64) @ _targets().T
    return colour(list(table("colours"))[int(np.argmax(scores.mean(axis=0)))])


def _is_shade(parent: str) -> bool:
    return (
        parent in table("colours") or parent in CHROMATIC or parent.endswith((" color", " colour"))
    )


@lru_cache(maxsize=1)
def _targets() -> Float64[np.ndarray, "colours 384"]:
    return embed(colour_texts()).astype(np.float64)


def colour_texts() -> list[str]:
    """Every text that reading a colour compares with."""
    return [f"{name} colour" for name in table("colours")]
