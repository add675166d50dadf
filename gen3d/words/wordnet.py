# SPDX-License-Identifier: Apache-2.0
"""Compile the WordNet 3.1 database files into the small dictionary that ships with the project.

Format of the sources: ``wndb(5WN)`` and ``senseidx(5WN)``. Kept: common (not proper) words of one
or two parts, their senses' part of speech, lexicographer field, corpus count, synonyms, parent and
definition (without examples). The result is a gzip of tab-separated lines sorted by word, which
:mod:`gen3d.words.dictionary` searches.
"""

from __future__ import annotations

import gzip
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

NOUN_FIELDS = frozenset(
    {4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 17, 18, 19, 20, 21, 23, 25, 26, 27, 28}
)
"""Lexicographer files that are kept: everything but abstract tops, cognition, feelings, motives."""
SINGLE_WORD_FIELDS = frozenset({4, 5, 9, 10, 11, 13, 20, 23, 26, 27})
"""Noun fields (animals, food, plants …) of which only single words are kept."""
PARTS = {"a": "adj", "r": "adv", "n": "noun", "v": "verb"}
SENSES_KEPT = {"a": 5, "n": 4, "v": 2, "r": 1}
DEFINITION_CHARACTERS = 110


@dataclass(frozen=True)
class Synset:
    """One meaning: its words, its parent's offset, its field and its definition."""

    part: str
    field: int
    words: tuple[str, ...]
    parent: str
    definition: str


def compile_dictionary(source: Path, target: Path) -> int:
    """Write the dictionary; the bytes depend only on the sources.

    Args:
        source: Folder with ``data.*``, ``index.*`` and ``index.sense`` of WordNet 3.1.
        target: The ``.tsv.gz`` to write.

    Returns:
        Number of lines written.
    """
    counts = _counts(source / "index.sense")
    lines: set[str] = set()
    for letter, part in PARTS.items():
        synsets = _synsets(source / f"data.{part}", letter)
        lines |= set(_lines(source / f"index.{part}", letter, synsets, counts))
    body = "\n".join(sorted(lines)) + "\n"
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(body.encode("ascii", "ignore"))
    return len(lines)


def _counts(path: Path) -> dict[tuple[str, str, str], int]:
    """(word, part letter, offset) → how often the sense was tagged in the corpus."""
    found: dict[tuple[str, str, str], int] = defaultdict(int)
    letters = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
    for line in path.read_text("utf-8").splitlines():
        key, offset, _, count = line.split()
        word, rest = key.split("%")
        found[word, letters[rest[0]], offset] += int(count)
    return found


def _synsets(path: Path, letter: str) -> dict[str, Synset]:
    """Offset → synset, of one ``data`` file."""
    found: dict[str, Synset] = {}
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("  "):
            continue
        data, gloss = line.split(" | ", 1)
        cells = data.split()
        count = int(cells[3], 16)
        words = tuple(re.sub(r"\(.*\)", "", word) for word in cells[4 : 4 + 2 * count : 2])
        pointers = cells[5 + 2 * count :]
        parent = next(
            (pointers[i + 1] for i in range(0, len(pointers) - 3, 4) if _is_parent(pointers, i)), ""
        )
        found[cells[0]] = Synset(letter, int(cells[1]), words, parent, _definition(gloss))
    return found


def _is_parent(pointers: list[str], i: int) -> bool:
    """Hypernym of nouns and verbs; head of a satellite adjective's cluster."""
    return pointers[i] in {"@", "@i"} or (pointers[i] == "&" and pointers[i + 2] == "a")


def _definition(gloss: str) -> str:
    """The definition without its examples, shortened at a word."""
    text = gloss.split('; "', maxsplit=1)[0].strip().strip(";").replace("\t", " ")
    if len(text) <= DEFINITION_CHARACTERS:
        return text
    return text[:DEFINITION_CHARACTERS].rsplit(" ", 1)[0]


def _lines(
    path: Path,
    letter: str,
    synsets: dict[str, Synset],
    counts: dict[tuple[str, str, str], int],
) -> list[str]:
    """One line for each kept sense of each word of one ``index`` file."""
    lines: list[str] = []
    for row in path.read_text("utf-8").splitlines():
        if row.startswith("  "):
            continue
        cells = row.split()
        word, offsets = cells[0], cells[-int(cells[2]) :]
        if not re.fullmatch(r"[a-z][a-z'\-]*(_[a-z'\-]+)?", word):
            continue
        for rank, offset in enumerate(offsets[: SENSES_KEPT[letter]]):
            sense = synsets[offset]
            if _kept(word, sense):
                lines.append(
                    _line(word, letter, rank, counts[word, letter, offset], sense, synsets)
                )
    return lines


def _kept(word: str, sense: Synset) -> bool:
    """Common words of wanted fields: a name of a person or town is not a word to define."""
    proper = not any(other.lower() == word and other == other.lower() for other in sense.words)
    if proper or sense.part != "n":
        return not proper
    return sense.field in NOUN_FIELDS and not ("_" in word and sense.field in SINGLE_WORD_FIELDS)


def _line(
    word: str, letter: str, rank: int, count: int, sense: Synset, synsets: dict[str, Synset]
) -> str:
    others = [other.lower() for other in sense.words if other.lower() != word][:5]
    above = synsets.get(sense.parent)
    parent = above.words[0].lower() if above else ""
    definition = "" if letter == "r" else sense.definition
    cells = (
        word,
        letter,
        str(rank),
        str(sense.field),
        str(count),
        ",".join(others),
        parent,
        definition,
    )
    return "\t".join(cells).replace("_", " ")
