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
DEFINITION_WEIGHT = 0.95


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
        looks = [other[2] for other in spans if "tone" in table("archetypes")[other[2]].get("skin", {})]
        return Match(name, 1.0, " ".join(words[best[0] : best[1]]), ((name, 1.0),), (looks or [name])[0])
    noun = _noun_phrase(words)
    return _nearest(noun) if noun else None


GENERIC = frozenset({"person", "man", "woman", "boy", "girl", "child", "grandmother", "grandfather"})
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
    """Each archetype's best cosine with the noun or with what the dictionary says it is."""
    phrases = list(_phrases())
    targets = embed([f"a {phrase}" for phrase in phrases]).astype(np.float64)
    texts, weights = _meanings(noun)
    cosines = embed(texts).astype(np.float64) @ targets.T * np.array(weights)[:, None]
    best = 0.5 * cosines.max(axis=0) + 0.5 * np.average(cosines, axis=0, weights=weights)
    names = list(table("archetypes"))
    owners = np.array([names.index(_phrases()[phrase]) for phrase in phrases])
    return names, np.array([best[owners == i].max() for i in range(len(names))])


def _meanings(noun: str) -> tuple[list[str], list[float]]:
    """The noun itself and its definitions as a person, with their weights."""
    texts, weights = [f"a {noun}"], [1.0]
    last = noun.split()[-1]
    found = lookup(noun, "n") or lookup(last, "n")
    people = [sense for sense in found if sense.field == PERSON][:2]
    for sense in people:
        texts.append(f"{noun}: {sense.definition}")
        weights.append(DEFINITION_WEIGHT)
        if sense.parent:
            texts.append(f"a {sense.parent}")
            weights.append(DEFINITION_WEIGHT * 0.8)
    return texts, weights


def archetype_texts() -> list[str]:
    """Every text that matching compares with."""
    return [f"a {phrase}" for phrase in _phrases()]
