# SPDX-License-Identifier: Apache-2.0
"""What things, parts, materials, patterns and forms are called: ``objects.yml``, read.

Every entry has words for training and words that are held out from it. What the file does not list
goes by its own name, so a new family can be captioned before anyone writes its synonyms.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from typing import cast

from gen3d.foundry.colours import Wording
from gen3d.words.vocabulary import table

FILE = "objects"
UNSPOKEN_A = frozenset(["hour", "honest", "heir", "honour"])
"""Words that begin with a consonant letter and a vowel sound."""
PLURALS = frozenset(
    {"feet", "teeth", "hair", "icing", "soil", "lettuce", "cheese", "treasure", "ice cream"}
)
"""Nouns without an article that do not end in s."""
SPOKEN_YOU = ("uni", "use", "usu", "uku", "eu", "one", "u-")
"""Beginnings with a vowel letter and a consonant sound."""


@dataclass(frozen=True)
class Synonyms:
    """Phrases for one thing."""

    names: tuple[str, ...]
    """For training captions; the first is the plainest."""
    held_out: tuple[str, ...] = ()
    """Never in a training caption."""

    def of(self, wording: Wording) -> tuple[str, ...]:
        """The phrases of one wording; trained ones where none are held out."""
        return (self.held_out if wording == "held-out" else ()) or self.names


Entry = Mapping[str, Sequence[str]]


def _entry(group: str, name: str) -> Entry:
    return cast("Mapping[str, Entry]", table(FILE)[group]).get(name, {})


def _synonyms(
    group: str, name: str, key: str = "names", held_out: str = "held_out", default: str = ""
) -> Synonyms:
    entry = _entry(group, name)
    return Synonyms(tuple(entry.get(key, (default or name,))), tuple(entry.get(held_out, ())))


@lru_cache(maxsize=512)
def family_words(name: str) -> Synonyms:
    """Nouns and short definitions of a family."""
    return _synonyms("families", name)


def plain_family(name: str) -> str:
    """The noun of canonical texts: the family's name, unless that names a material."""
    return str(_entry("families", name).get("plain", name))


@lru_cache(maxsize=512)
def slot_words(name: str) -> Synonyms:
    """Nouns of a part."""
    return _synonyms("slots", name)


@lru_cache(maxsize=128)
def material_words(name: str) -> Synonyms:
    """Adjectives of a material."""
    return _synonyms("materials", name, "adjectives")


@lru_cache(maxsize=128)
def stuff_words(name: str) -> Synonyms:
    """Nouns of a material, to stand behind "made of"."""
    return _synonyms("materials", name, "stuffs", "held_out_stuffs")


def is_said(material: str) -> bool:
    """Whether people name the material at all: nobody says that an apple is of fruit."""
    return bool(_entry("materials", material).get("said", True))


@lru_cache(maxsize=128)
def form_words(name: str) -> Synonyms:
    """Adjectives of form."""
    return _synonyms("forms", name)


@lru_cache(maxsize=16)
def view_words(name: str) -> Synonyms:
    """Words for where the camera stands."""
    return _synonyms("views", name)


@lru_cache(maxsize=64)
def pattern_words(name: str, place: str) -> Synonyms:
    """Phrases of a pattern: ``"before"`` a noun, ``"after"`` it, or ``"bare"`` of colours."""
    return _synonyms("patterns", name, place, f"held_out_{place}", "{first} and {second} " + name)


@lru_cache(maxsize=32)
def templates(part: str, wording: Wording) -> dict[str, frozenset[str]]:
    """Sentence templates of one part of a caption, with the fields that each needs."""
    group = "templates" if wording == "trained" else "held_out_templates"
    return {text: fields(text) for text in table(FILE)[group][part]}


def fields(template: str) -> frozenset[str]:
    """Names between braces."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def is_plural(noun: str) -> bool:
    """Whether a part's noun is plural ("wheels", not "glass")."""
    last = noun.rsplit(" ", maxsplit=1)[-1]
    return bool({noun, last} & PLURALS) or (last.endswith("s") and not last.endswith(("ss", "us")))


def with_articles(text: str) -> str:
    """Every "a" as "an" where a vowel sound follows, and single spaces."""
    tidy = re.sub(r"\s+([,;.])", r"\1", re.sub(r"\s+", " ", text)).strip()
    return re.sub(r"\b([Aa]) (?=([\w'\-]+))", _article, tidy)


def _article(found: re.Match[str]) -> str:
    word = found.group(2).lower()
    vowel = word[0] in "aeiou" and not word.startswith(SPOKEN_YOU)
    return f"{found.group(1)}n " if vowel or word in UNSPOKEN_A else found.group(0)
