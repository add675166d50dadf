# SPDX-License-Identifier: Apache-2.0
"""Who the character is: the archetype whose phrases mean most nearly the same.

A phrase of an archetype that stands in the words wins (the longest, then the last: English names
the kind of person at the end). Otherwise the noun phrase and its dictionary definitions are
compared with every phrase in embedding space, and the nearest few share their body numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float64

from gen3d.words.descriptors import anchors
from gen3d.words.dictionary import PERSON, frequency, lookup, singular
from gen3d.words.phrases import embed
from gen3d.words.vocabulary import table, words_of

LONGEST_PHRASE = 4
CERTAIN = 0.999
SHARPNESS = 30.0
"""Of the softmax over similarities: 0.1 nearer is 20 times the weight."""
NEIGHBOURS = 3


@dataclass(frozen=True)
class Match:
    """An archetype, how near the words are to it, and the few nearest with their shares."""

    name: str
    similarity: float
    noun: str
    """The words that name who it is."""
    blend: tuple[tuple[str, float], ...]
    look: str
    """The archetype that gives the skin: another one when it qualifies ("zombie bride")."""

    @property
    def entry(self) -> dict[str, Any]:
        """The archetype's own data."""
        return table("archetypes")[self.name]


def find(who: str) -> Match | None:
    """The archetype of the words of "who"; none when they name nobody."""
    words = _words(who)
    spans = _exact(words)
    if spans:
        best = max(spans, key=lambda span: (span[2] not in GENERIC, span[1] - span[0] > 1, span[1]))
        name = best[2]
        narrower = _narrower(words, best)
        if narrower:
            return narrower
        looks = [
            other[2] for other in spans if "tone" in table("archetypes")[other[2]].get("skin", {})
        ]
        return Match(
            name, 1.0, " ".join(words[best[0] : best[1]]), ((name, 1.0),), (looks or [name])[0]
        )
    noun = _noun_phrase(words)
    return _nearest(noun) if noun else None


def _narrower(words: list[str], span: tuple[int, int, str]) -> Match | None:
    """The figure that a telling word makes of a generic one: "a cleaning lady"."""
    start, end, name = span
    told = [w for w in words[:start] if w not in anchors() and not _only_describes(w)]
    if name not in GENERIC or not told:
        return None
    match = _nearest(" ".join([*told[-2:], *words[start:end]]))
    return match if match.similarity >= NARROWER and match.name not in GENERIC else None


LAST_WORD_ONLY = 0.75
"""Weight of definitions when they are only of the last word ("kung fu master")."""
NARROWER = 0.6
"""Similarity from which a telling word before "man" or "lady" decides."""
GENERIC = frozenset(
    {"person", "man", "woman", "boy", "girl", "child", "grandmother", "grandfather"}
)
"""Archetypes that any more telling word beats ("an old man, a wizard")."""


def _words(who: str) -> list[str]:
    skipped = words_of("grammar", "determiners") | words_of("grammar", "auxiliaries")
    head = re.split(r"\b(?:of|from|with|in|at)\b", who)[0] or who
    return [w for w in re.findall(r"[^\W_]+(?:['\-][^\W_]+)*", head) if w not in skipped]


@lru_cache(maxsize=1)
def _phrases() -> dict[str, str]:
    """Lower-case phrase → archetype; the archetypes' own names included."""
    found: dict[str, str] = {}
    for name, entry in table("archetypes").items():
        for phrase in (name, *entry["phrases"]):
            found.setdefault(phrase.lower(), name)
    return found


def _exact(words: list[str]) -> list[tuple[int, int, str]]:
    """(start, end, archetype) of phrases that stand in the words; inside ones dropped."""
    spans: list[tuple[int, int, str]] = []
    for length in range(LONGEST_PHRASE, 0, -1):
        for start in range(len(words) - length + 1):
            name = _phrases().get(_uninflected(words[start : start + length]))
            inside = any(s <= start and start + length <= e for s, e, _ in spans)
            if name and not inside:
                spans.append((start, start + length, name))
    return sorted(spans)


def _uninflected(words: list[str]) -> str:
    text = " ".join(words)
    return text if text in _phrases() else " ".join([*words[:-1], singular(words[-1])])


def _noun_phrase(words: list[str]) -> str:
    """The words without plain descriptors, from the first to the last noun."""
    kept = [w for w in words if w not in anchors() and not _only_describes(w)]
    return " ".join(kept[-3:])


def _only_describes(word: str) -> bool:
    return frequency(word, "a") >= 0 and frequency(word, "n") < 0


def _nearest(noun: str) -> Match:
    """The archetype nearest in meaning, with its runners-up."""
    names, scores = _similarities(noun)
    order = np.argsort(-scores, kind="stable")[:NEIGHBOURS]
    shares = np.exp(SHARPNESS * (scores[order] - scores[order[0]]))
    shares /= shares.sum()
    blend = tuple((names[i], float(s)) for i, s in zip(order, shares, strict=True))
    best = names[order[0]]
    return Match(best, float(scores[order[0]]), noun, blend, best)


def _similarities(noun: str) -> tuple[list[str], Float64[np.ndarray, "archetypes"]]:
    """How near each archetype is: by its words, and by what the dictionary says of both."""
    names = list(table("archetypes"))
    spoken = _best([f"a {noun}"], _spoken())
    definitions, parents = _meanings(noun)
    defined = _best(definitions, _defined())
    broader = _best(parents, _spoken())
    scores = [{name: spoken[name] for name in names}]
    scores += [found for found in (defined, broader) if found]
    stacked = np.array([[found.get(name, 0.0) for name in names] for found in scores])
    if not lookup(noun, "n"):
        stacked[1:] *= LAST_WORD_ONLY
    return names, 0.5 * stacked.max(axis=0) + 0.5 * stacked.mean(axis=0)


def _best(texts: list[str], targets: tuple[tuple[str, str], ...]) -> dict[str, float]:
    """Each archetype's highest cosine of any of its texts with any of ``texts``."""
    if not texts:
        return {}
    cosines = embed(texts).astype(np.float64) @ embed([t for t, _ in targets]).astype(np.float64).T
    found: dict[str, float] = {}
    for (_, name), score in zip(targets, cosines.max(axis=0), strict=True):
        found[name] = max(found.get(name, -1.0), float(score))
    return found


@lru_cache(maxsize=1)
def _spoken() -> tuple[tuple[str, str], ...]:
    """("a pirate", archetype) of every phrase."""
    return tuple((f"a {phrase}", name) for phrase, name in _phrases().items())


@lru_cache(maxsize=1)
def _defined() -> tuple[tuple[str, str], ...]:
    """(definition, archetype) of every phrase that the dictionary defines as a person."""
    return tuple(
        (sense.definition, name)
        for phrase, name in _phrases().items()
        for sense in lookup(phrase, "n")[:3]
        if sense.field == PERSON
    )


def _meanings(noun: str) -> tuple[list[str], list[str]]:
    """The noun's definitions as a person, and what they are kinds of."""
    found = lookup(noun, "n") or lookup(noun.rsplit(maxsplit=1)[-1], "n")
    people = [sense for sense in found if sense.field == PERSON][:2]
    return [s.definition for s in people], [f"a {s.parent}" for s in people if s.parent]


def archetype_texts() -> list[str]:
    """Every text that matching compares with."""
    return [text for text, _ in (*_spoken(), *_defined())]
