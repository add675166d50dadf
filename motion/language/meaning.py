# SPDX-License-Identifier: Apache-2.0
"""The nearest verb for words that no list has.

Two witnesses: the sentence encoder compares the clause, its beginning and its verb with every
phrase of every verb; the dictionary says what the unknown verb means, by synonyms, by the broader
verb and by its definition ("to scamper" is a way to run). The encoder knows the context, the
dictionary the rare word.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float

from gen3d.words.dictionary import Sense, frequency, lookup
from motion.catalogue import entry
from motion.language.lexicon import FILLERS, WORD, lemmas, verb_phrases
from motion.language.verbs import verbs
from motion.library import Encoder

EXACT = 0.55
"""Similarity from which a verb that no list has counts as understood."""
_SYNONYM, _BROADER, _DEFINED = 1.0, 0.85, 0.7
_SENSES = 5
_RARER = 0.05
"""What a sense loses against the more frequent one before it."""
_TRUST, _COMMON = 0.2, 10.0
"""Worth of the dictionary beside the encoder for a rare word, and the corpus count that halves it:
a common verb has too many senses, and the encoder knows it."""
_BEST = 2
"""A verb is as near as the mean of so many of its phrases."""
_VAGUE = frozenset(
    ["move", "travel", "go", "change", "act", "do", "make", "be", "have", "get", "take", "put"]
)
"""Broader verbs that say nothing."""


@dataclass(frozen=True)
class Guess:
    """A verb and how sure it is, -1 to 1."""

    name: str
    similarity: float


def head(words: list[str]) -> str:
    """The word of a clause that most likely is its verb; empty if none can be."""
    inflected = [
        word
        for word in words
        if len(lemmas(word)) > 1
        and 2 * frequency(word, "v") >= frequency(word, "n") >= -1
        and lookup(word, "v")
    ]
    if inflected:
        return inflected[0]
    return next((word for word in words if lookup(word, "v")), "")


def nearest(text: str, encoder: Encoder) -> Guess:
    """The verb that means most nearly what a clause says."""
    words = [word for word in WORD.findall(text.lower()) if word not in FILLERS]
    verb = head(words)
    found = lookup(verb, "v")[:_SENSES] if verb else ()
    vectors = encoder.embed([text.lower(), *(sense.definition for sense in found)])
    _, owners = _phrases()
    likeness = _vectors(encoder) @ vectors.T
    scores = _means(likeness[:, 0], owners)
    told = _dictionary(found, vectors[0] @ vectors[1:].T, likeness[:, 1:], owners)
    trust = _TRUST / (1.0 + max(0, frequency(verb, "v")) / _COMMON) if verb else 0.0

    def guess(names: Iterable[str]) -> Guess:
        best = max(names, key=lambda name: scores[name] + trust * told.get(name, 0.0))
        alike = float(likeness[np.array(owners) == best, 0].max())
        return Guess(best, float(np.clip(max(alike, 3.0 * trust * told.get(best, 0.0)), -1.0, 1.0)))

    found_best = guess(scores)
    if found_best.similarity >= EXACT or verbs()[found_best.name].posture != "front":
        return found_best
    # Nobody falls on the face because of a doubt: a shrug is the smaller mistake.
    return guess(name for name in scores if verbs()[name].posture != "front")


def _means(likeness: Float[np.ndarray, "phrases"], owners: tuple[str, ...]) -> dict[str, float]:
    """How near each verb is, by its nearest phrases."""
    rows: dict[str, list[float]] = {}
    for name, value in zip(owners, likeness, strict=True):
        rows.setdefault(name, []).append(float(value))
    return {name: float(np.mean(sorted(row)[-_BEST:])) for name, row in rows.items()}


def _dictionary(
    found: tuple[Sense, ...],
    context: Float[np.ndarray, "senses"],
    likeness: Float[np.ndarray, "phrases senses"],
    owners: tuple[str, ...],
) -> dict[str, float]:
    """What the senses of a word say for each verb."""
    told: dict[str, float] = {}
    for number, sense in enumerate(found):
        worth = 1.0 - _RARER * number + 0.5 * float(context[number])
        for name, value in _named(sense):
            told[name] = max(told.get(name, 0.0), worth * value)
        for row in np.argsort(likeness[:, number])[-3:]:
            value = _DEFINED * worth * float(likeness[row, number])
            told[owners[row]] = max(told.get(owners[row], 0.0), value)
    return {name: min(1.0, value) for name, value in told.items()}


def _named(sense: Sense) -> list[tuple[str, float]]:
    """Verbs whose phrases are a sense's synonyms or its broader verb, with their worth."""
    table = _exact()
    pairs = [(name, _SYNONYM) for word in sense.synonyms for name in table.get(word, ())]
    if sense.parent not in _VAGUE:
        pairs += [(name, _BROADER) for name in table.get(sense.parent, ())]
    return pairs


@lru_cache(maxsize=1)
def _exact() -> dict[str, tuple[str, ...]]:
    """Phrase to the verbs that list it."""
    table: dict[str, list[str]] = {}
    for name, phrase in verb_phrases():
        table.setdefault(" ".join(phrase), []).append(name)
    return {phrase: tuple(names) for phrase, names in table.items()}


@lru_cache(maxsize=1)
def _phrases() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Phrases of all verbs, with the captions of what is behind them, and whose they are."""
    pairs: list[tuple[str, str]] = []
    for name, verb in verbs().items():
        pairs += [(phrase, name) for phrase in verb.words]
        if verb.source:
            pairs += [(caption.lower(), name) for caption in entry(verb.source).captions]
    return tuple(p for p, _ in pairs), tuple(n for _, n in pairs)


_KNOWN: dict[int, Float[np.ndarray, "phrases width"]] = {}


def _vectors(encoder: Encoder) -> Float[np.ndarray, "phrases width"]:
    """Embeddings of all phrases, made once for each encoder."""
    key = id(encoder)
    if key not in _KNOWN:
        _KNOWN[key] = np.asarray(encoder.embed(list(_phrases()[0])), dtype=np.float32)
    return _KNOWN[key]
