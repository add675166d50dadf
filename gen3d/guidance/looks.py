# SPDX-License-Identifier: Apache-2.0
"""Colours, materials and patterns in a prompt: found word by word, longest phrase first.

Colour names are looked up in the whole survey of ``object_colours.yml``, those held out from
captions included (that table is a dictionary: the point is to replace rare names by trained ones),
then with tones and by meaning (:mod:`gen3d.words.colours`). Materials are looked up among the
trained words, then among the synonyms, ancestors and definitions of WordNet.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from gen3d.foundry import words
from gen3d.foundry.colours import SELF_COLOURED, colour_of, metal_of
from gen3d.foundry.finish import MATERIALS
from gen3d.foundry.thing import Rgb
from gen3d.words import colours as colour_words
from gen3d.words.dictionary import ARTIFACT, SUBSTANCE, Sense, lookup
from gen3d.words.vocabulary import BRIGHTEST, DARKEST, table

LONGEST = 4
PLANT = 20
STUFF_FIELDS = frozenset({ARTIFACT, SUBSTANCE, PLANT, 5, 13})
STEPS = 3
GAMMA = 2.2
"""About the sRGB encoding's exponent."""
BEFORE_LOOKS = frozenset({"in", "of", "from", "is", "are", "and", "out", "coloured", "painted"})
AMBIGUOUS = frozenset({"glazed", "painted", "metallic", "wood", "fresh", "rusty", "horn", "plush"})
"""Trained adjectives of one material that people say of several, or that also name things."""


@dataclass(frozen=True)
class Mark:
    """What some words of a phrase say about the look."""

    kind: Literal["colour", "material", "pattern"]
    name: str
    """The trained name of the colour, or the colour as written; a material; a pattern."""
    start: int
    end: int
    colour: Rgb | None = None
    """Linear; also of materials that bring their colour."""
    shade: str = ""
    """The colour's name, of materials that bring their colour."""


def find_marks(tokens: Sequence[str], protected: frozenset[int]) -> list[Mark]:
    """Marks in reading order, not overlapping.

    Args:
        tokens: Lower-case words.
        protected: Indices that belong to the name of a thing ("ice cream cone") and say nothing.
    """
    found: list[Mark] = []
    i = 0
    while i < len(tokens):
        run = _run_start(found, i)
        skip = i in protected or tokens[i] in stop_words()
        mark = None if skip else _mark_at(tokens, i, tokens[run - 1] if run else "")
        if mark and not protected & set(range(mark.start, mark.end)):
            found.append(mark)
            i = mark.end
        else:
            i += 1
    return found


def _run_start(found: Sequence[Mark], i: int) -> int:
    """Where the unbroken run of marks that reaches a word begins."""
    for mark in reversed(found):
        if mark.end != i:
            break
        i = mark.start
    return i


@lru_cache(maxsize=1)
def stop_words() -> frozenset[str]:
    """Words that neither name nor describe."""
    return frozenset(table("objects")["reading"]["stop"])


def _mark_at(tokens: Sequence[str], i: int, before: str) -> Mark | None:
    """The mark that begins at a word, given the word before its run of marks."""
    for length in range(LONGEST, 0, -1):
        if i + length > len(tokens):
            continue
        text = " ".join(tokens[i : i + length]).replace("gray", "grey")
        mark = _known(text, i, i + length)
        if mark and not (length > 1 and tokens[i + length - 1] in _nouns()):
            return mark
    return _toned(tokens, i) or _meant(tokens, i, before)


def _known(text: str, start: int, end: int) -> Mark | None:
    """Exact names: bare metals, patterns, materials, colours."""
    metals: dict[str, list[str]] = table("objects")["reading"]["metals"]
    if text in metals:
        material, name = metals[text]
        return Mark("material", material, start, end, metal_of(name), name)
    if pattern := _patterns().get(text):
        return Mark("pattern", pattern, start, end)
    if text in colour_table():
        return Mark("colour", text, start, end, colour_of(text))
    if material := _materials().get(text):
        return Mark("material", material, start, end)
    return None


@lru_cache(maxsize=1)
def _patterns() -> dict[str, str]:
    stems: dict[str, list[str]] = table("objects")["reading"]["patterns"]
    return {word: pattern for pattern, said in stems.items() for word in said}


@lru_cache(maxsize=1)
def colour_table() -> frozenset[str]:
    """Colour names that are no material's and no pattern's."""
    tables = table("object_colours")
    names = {*tables["basic"], *tables["survey"], *tables["held_out"]}
    return frozenset(names - _materials().keys() - _weak())


def _weak() -> frozenset[str]:
    """Survey names that are first of all other words ("tea", "leaf", "dark")."""
    return frozenset(table("objects")["reading"]["not_colours"])


@lru_cache(maxsize=1)
def _materials() -> dict[str, str]:
    found: dict[str, str] = {}
    for material in MATERIALS:
        if words.is_said(material):
            said = (*words.material_words(material).names, *words.stuff_words(material).names)
            for text in (material, *said):
                found.setdefault(text, material)
    return {k: v for k, v in found.items() if k not in AMBIGUOUS} | {"wood": "wood"}


def _toned(tokens: Sequence[str], i: int) -> Mark | None:
    """A colour that the survey lacks: a tone before a name ("pale crimson"), "-ish", "puce"."""
    word = tokens[i]
    if word in colour_words.TONES and i + 1 < len(tokens):
        rest = _mark_at(tokens, i + 1, "")
        if rest and rest.kind == "colour" and rest.colour:
            name = f"{word} {rest.name}"
            return Mark("colour", name, i, rest.end, toned(word, rest.colour))
    parts = re.split(r"-", word)
    if len(parts) > 1:
        return _hyphened(word, parts, i)
    return None


def toned(tone: str, colour: Rgb) -> Rgb:
    """A colour made darker in linear light, or mixed with white as painters see it (in sRGB)."""
    shade, tint = colour_words.SHADES.get(tone, 1.0), colour_words.TINTS.get(tone, 0.0)
    encoded = np.array(colour) ** (1.0 / GAMMA)
    mixed = (encoded + tint * (1.0 - encoded)) ** GAMMA * shade
    red, green, blue = (round(float(c), 4) for c in np.clip(mixed, DARKEST, BRIGHTEST))
    return red, green, blue


def _hyphened(word: str, parts: list[str], i: int) -> Mark | None:
    """Look of "sky-blue", "gold-rimmed", "teal-ish", "rose-coloured": by their parts."""
    kept = [part for part in parts if part not in {"coloured", "colored", "hued", "toned"}]
    whole = _known(" ".join(kept), i, i + 1)
    if whole:
        return whole
    if kept[-1] == "ish" and (root := _known(kept[0], i, i + 1)):
        return root
    marks = [mark for mark in (_known(part, i, i + 1) for part in kept) if mark]
    return marks[-1] if marks and len(kept) == len(parts) and word not in _nouns() else None


@lru_cache(maxsize=1)
def _nouns() -> frozenset[str]:
    """Names of things and parts, which are not colours by themselves ("rose", "olive" may be)."""
    tables = table("objects")
    return frozenset({*tables["families"], *tables["slots"]})


def _meant(tokens: Sequence[str], i: int, before: str) -> Mark | None:
    """A material or colour by what the dictionary says of a word that describes another.

    A word in a noun's place ("a goblet in ...") is a thing, whatever it is made of.
    """
    word = tokens[i]
    if word in _nouns():
        return None
    derived = next((m for stem in _stems(word) if (m := _known(stem, i, i + 1))), None)
    if derived and derived.kind == "material":
        return derived
    if material := _adjective_material(word):
        return _stuff(material, i)
    if not _describes(tokens, i, before):
        return None
    if read := colour_words.by_meaning(word):
        return Mark("colour", word, i, i + 1, read)
    material = _noun_material(word)
    return _stuff(material, i) if material else None


def _stems(word: str) -> tuple[str, ...]:
    """Nouns that an adjective may be made from: "coppery", "bronzed", "woollen"."""
    ends = [word.removesuffix(end) for end in ("y", "ed", "en", "d") if word.endswith(end)]
    return tuple(stem for end in ends for stem in (end, f"{end}e"))


def _stuff(material: str, i: int) -> Mark:
    if material in SELF_COLOURED:
        return Mark("material", material, i, i + 1, metal_of(material), material)
    return Mark("material", material, i, i + 1)


def _describes(tokens: Sequence[str], i: int, before: str) -> bool:
    """Whether a word stands before another noun, or behind "in", "of", "is" or nothing."""
    after = tokens[i + 1] if i + 1 < len(tokens) else ""
    if after and after not in stop_words() and after[0].isalnum():
        return True
    return before in BEFORE_LOOKS or (not before and not after)


@lru_cache(maxsize=1024)
def _adjective_material(word: str) -> str | None:
    """Material of an adjective by its synonyms ("gilded") or definition ("woollen")."""
    return next((found for s in lookup(word, "a")[:2] if (found := _defined_material(s))), None)


@lru_cache(maxsize=1024)
def _noun_material(word: str) -> str | None:
    """Material of a noun by its synonyms and ancestors ("oak": wood)."""
    stuffs: dict[str, str] = table("objects")["reading"]["stuffs"]
    for sense in lookup(word, "n")[:3]:
        if sense.field in STUFF_FIELDS:
            for text in (*sense.synonyms, *_ancestors(sense)):
                if text in stuffs:
                    return stuffs[text]
    return None


def _defined_material(sense: Sense) -> str | None:
    """Material of an adjective: a synonym, or "made of ..." in its definition."""
    stuffs: dict[str, str] = table("objects")["reading"]["stuffs"]
    named = next((stuffs[w] for w in sense.synonyms if w in stuffs), None)
    if named:
        return named
    if not re.search(r"\b(made|consisting|constructed|covered|coated|plated)\b", sense.definition):
        return None
    said = re.findall(r"[a-z]+", sense.definition)
    return next((stuffs[word] for word in said if word in stuffs), None)


def _ancestors(sense: Sense) -> list[str]:
    found: list[str] = []
    current = sense
    for _ in range(STEPS):
        found.append(current.parent)
        above = [s for s in lookup(current.parent, "n")[:3] if s.field == sense.field]
        if not above:
            break
        current = above[0]
    return found
