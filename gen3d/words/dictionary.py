# SPDX-License-Identifier: Apache-2.0
"""What English words mean: senses, definitions and word classes from WordNet 3.1.

The sentence encoder is small and knows rare words only by their spelling, so that it cannot place
"lanky" or "fishmonger"; it can place "tall and thin" and "someone who sells fish". Senses are in
WordNet's order (most frequent first). The file is compiled by :mod:`gen3d.words.wordnet`; WordNet
is Princeton University's, its licence is beside the file.
"""

from __future__ import annotations

import gzip
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from gen3d.words.vocabulary import directory, table

FILE = "dictionary.tsv.gz"
PERSON, ARTIFACT, ATTRIBUTE, SUBSTANCE, GROUP = 18, 6, 7, 27, 14
"""Lexicographer files of WordNet (``lexnames(5WN)``)."""
BODY_PART, LOCATION, OBJECT, PHENOMENON, TIME = 8, 15, 17, 19, 28


@dataclass(frozen=True)
class Sense:
    """One meaning of one word."""

    part: str
    """n noun, v verb, a adjective, r adverb."""
    field: int
    """WordNet's lexicographer file: 18 is person, 6 artifact, …"""
    count: int
    """How often this sense was seen in the tagged corpus."""
    synonyms: tuple[str, ...]
    parent: str
    """The broader noun or verb, or the head of the adjective's cluster; may be empty."""
    definition: str


@lru_cache(maxsize=1)
def _pages() -> bytes:
    return b"\n" + gzip.decompress((directory() / FILE).read_bytes())


@lru_cache(maxsize=4096)
def senses(word: str) -> tuple[Sense, ...]:
    """Senses of a word as it stands, all parts of speech."""
    pages = _pages()
    if not word.isascii() or "\n" in word or "\t" in word:
        return ()
    head = f"\n{word}\t".encode()
    start = _first_line(pages, word.encode())
    found: list[tuple[str, int, Sense]] = []
    while pages.startswith(head, start):
        end = pages.index(b"\n", start + 1)
        cells = pages[start + 1 : end].decode().split("\t")
        synonyms = tuple(filter(None, cells[5].split(",")))
        sense = Sense(cells[1], int(cells[3]), int(cells[4]), synonyms, cells[6], cells[7])
        found.append((cells[1], int(cells[2]), sense))
        start = end
    return tuple(sense for _, _, sense in sorted(found, key=lambda entry: entry[:2]))


def _first_line(pages: bytes, word: bytes) -> int:
    """Offset of the newline before the first line whose word is not less than ``word``."""
    low, high = 0, len(pages) - 1
    while low < high:
        middle = pages.rfind(b"\n", 0, (low + high) // 2 + 1)
        middle = max(middle, 0)
        end = pages.find(b"\n", middle + 1)
        if end < 0 or end > high:
            end = high
        line = pages[middle + 1 : end]
        if line.split(b"\t", 1)[0] < word:
            low = end
        else:
            high = middle
    return low


def base_forms(word: str) -> tuple[str, ...]:
    """Candidates for the uninflected word, itself first (Morphy's detachment rules)."""
    irregular: dict[str, str] = table("grammar")["irregular"]
    forms = [irregular[word], word] if word in irregular else [word]
    for ending, replacements in _ENDINGS:
        if word.endswith(ending) and len(word) > len(ending) + 1:
            stem = word[: -len(ending)]
            forms += [stem + replacement for replacement in replacements]
            doubled = len(stem) > 2 and stem[-1] == stem[-2]
            if doubled and ending in {"ing", "ed", "er", "est"}:
                forms.append(stem[:-1])
    return tuple(dict.fromkeys(forms))


_ENDINGS = (
    ("ies", ("y", "ie")),
    ("ves", ("f", "fe")),
    ("es", ("", "e")),
    ("s", ("",)),
    ("men", ("man",)),
    ("ing", ("", "e")),
    ("ied", ("y",)),
    ("ed", ("", "e")),
    ("iest", ("y",)),
    ("ier", ("y",)),
    ("est", ("", "e")),
    ("er", ("", "e")),
)


@lru_cache(maxsize=4096)
def lookup(word: str, parts: str = "nvar") -> tuple[Sense, ...]:
    """Senses of a word in the given parts of speech, through its base form when needed."""
    for form in base_forms(word):
        found = tuple(sense for sense in senses(form) if sense.part in parts)
        if found:
            return found
    return ()


@lru_cache(maxsize=1)
def _children() -> Counter[str]:
    """Of each broader word, how many senses of people are directly under it."""
    cells = (line.split(b"\t", 7) for line in _pages()[1:].splitlines())
    person = str(PERSON).encode()
    return Counter(c[6].decode() for c in cells if c[1] == b"n" and c[3] == person)


def kinds_of(parent: str) -> int:
    """How many kinds of people the dictionary has right under a kind of people."""
    return _children()[parent]


def frequency(word: str, part: str) -> int:
    """Corpus count of a word as one part of speech; -1 when it is never that.

    Adjectives count in this very form only: "shorts" is no form of "short".
    """
    exact = tuple(sense for sense in senses(word) if sense.part == part)
    found = exact if part == "a" else lookup(word, part)
    return sum(sense.count for sense in found) if found else -1


def singular(word: str) -> str:
    """The noun's singular, or the word itself."""
    if word.endswith("ss"):
        return word
    for form in base_forms(word):
        if any(sense.part == "n" for sense in senses(form)):
            return form
    return word


def in_singular(phrase: str) -> str:
    """A phrase whose last word is in the singular: "street lamps" is "street lamp"."""
    *first, last = phrase.split()
    return " ".join([*first, singular(last)])
