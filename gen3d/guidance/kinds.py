# SPDX-License-Identifier: Apache-2.0
"""Which family of the foundry a noun phrase means.

Three witnesses are weighed: the sentence encoder's similarity to every trained name of a family,
the similarity of the head noun's dictionary definitions to those names and to the families' own
definitions, and kinship in WordNet (a synonym or an ancestor that is a family's name). Words held
out from training (``objects.yml``) are not looked at. The encoder places phrases, the dictionary
places rare nouns ("carafe") that the encoder knows by spelling only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float64

from gen3d.foundry import words
from gen3d.foundry.families import families
from gen3d.words.dictionary import ARTIFACT, OBJECT, Sense, lookup, singular
from gen3d.words.phrases import PhraseBook, read_store, write_store
from gen3d.words.vocabulary import directory

STORE = "objects.safetensors"
THING_FIELDS = frozenset({5, ARTIFACT, 13, 20, OBJECT})
"""WordNet's lexicographer files of animals, artifacts, food, plants and natural objects."""
SENSES = 3
RANK_LOSS = 0.07
"""How much each less frequent sense of a word counts less."""
STEP_LOSS = 0.12
"""How much each step up WordNet's tree counts less."""
STEPS = 3
MODIFIER_LOSS = 0.8
DEFINED, RELATED = 0.7, 0.25
"""Weights of the dictionary's definitions and of kinship beside the encoder's 1."""
LAST_WORD = 0.93
"""What the last word alone counts beside the whole phrase."""
DEFINED_TAIL, RELATED_TAIL = 0.35, 0.1
"""The same where only the phrase's last word is in the dictionary."""


@dataclass(frozen=True)
class Kin:
    """A family and how well it fits a phrase, up to 1 (its very name)."""

    family: str
    score: float


@dataclass(frozen=True)
class Targets:
    """What phrases are compared with."""

    families: tuple[str, ...]
    vectors: Float64[np.ndarray, "texts 384"]
    owners: Float64[np.ndarray, "families texts"]
    """1 where a text belongs to a family, else 0."""
    spoken: Float64[np.ndarray, "texts"]
    """1 for names, 0 for dictionary definitions."""


def kin(phrase: str) -> list[Kin]:
    """Every family with its score, best first."""
    plain = " ".join(singular(word) for word in phrase.split())
    exact = {family for text in (phrase, plain) if (family := by_name().get(text))}
    targets = _targets()
    scores = _scores(phrase) * _not_modifiers(phrase)
    found = [
        Kin(family, 1.0 if family in exact else round(float(score), 4))
        for family, score in zip(targets.families, scores, strict=True)
    ]
    return sorted(found, key=lambda entry: (-entry.score, entry.family))


@lru_cache(maxsize=1)
def by_name() -> dict[str, str]:
    """Trained name -> family; a family's own name wins over another's synonym."""
    found: dict[str, str] = {}
    for family in families():
        for text in words.family_words(family).names:
            found.setdefault(text, family)
    own = {text: family for family in families() for text in (family, words.plain_family(family))}
    return found | own


def _not_modifiers(phrase: str) -> Float64[np.ndarray, "families"]:
    """Less for a family that only qualifies the noun: a flower holder is no flower."""
    tokens = phrase.split()
    modifier = by_name().get(tokens[0]) if len(tokens) > 1 else None
    return np.array([MODIFIER_LOSS if f == modifier else 1.0 for f in _targets().families])


def _scores(phrase: str) -> Float64[np.ndarray, "families"]:
    """The phrase as it stands, or its last word alone where that says more."""
    tokens = phrase.split()
    whole = _witnessed(phrase, tokens)
    if len(tokens) < 2:
        return whole
    return np.maximum(whole, LAST_WORD * _witnessed(tokens[-1], tokens[-1:]))


def _witnessed(phrase: str, tokens: Sequence[str]) -> Float64[np.ndarray, "families"]:
    """Encoder, definitions and kinship, weighed."""
    spoken = _similar([phrase])[0]
    pair = " ".join(tokens[-2:])
    whole = bool(things(pair))
    senses = things(pair) if whole else things(tokens[-1]) if tokens else ()
    if not senses:
        return spoken
    known = whole or len(tokens) == 1
    a, b = (DEFINED, RELATED) if known else (DEFINED_TAIL, RELATED_TAIL)
    mixed = (spoken + a * _defined(senses) + b * _related(senses)) / (1.0 + a)
    return np.minimum(np.maximum(spoken, mixed), 0.99)


def _similar(texts: Sequence[str]) -> Float64[np.ndarray, "texts families"]:
    """Similarity to the families' names: the mean of the best and the two best's mean."""
    targets = _targets()
    cosine = book().embed(texts).astype(np.float64) @ targets.vectors.T
    masked = np.where(targets.owners * targets.spoken > 0.0, cosine[:, None], -1.0)
    top = np.sort(masked, axis=-1)[..., -2:]
    second = np.where(top[..., 0] > -1.0, top[..., 0], top[..., 1])
    return 0.75 * top[..., 1] + 0.25 * second


def things(word: str) -> tuple[Sense, ...]:
    """The most frequent senses of a noun that are things one can touch."""
    return tuple(s for s in lookup(word, "n") if s.field in THING_FIELDS)[:SENSES]


def _defined(senses: Sequence[Sense]) -> Float64[np.ndarray, "families"]:
    """Best similarity of the senses' definitions and synonyms to names and definitions."""
    targets = _targets()
    best = np.zeros(len(targets.families))
    for rank, sense in enumerate(senses):
        others = [*sense.synonyms, f"{sense.parent}: {sense.definition}"]
        cosine = book().embed([sense.definition, *others]).astype(np.float64) @ targets.vectors.T
        nearest = np.where(targets.owners > 0.0, cosine[:, None], -1.0).max(axis=-1)
        score = 0.6 * nearest[0] + 0.4 * nearest[1:].max(axis=0)
        best = np.maximum(best, score * (1.0 - RANK_LOSS * rank))
    return best


def _related(senses: Sequence[Sense]) -> Float64[np.ndarray, "families"]:
    """Kinship: synonyms, then ancestors, less with every step and rank."""
    place = {family: i for i, family in enumerate(_targets().families)}
    score = np.zeros(len(place))
    for rank, sense in enumerate(senses):
        for word, weight in _ancestry(sense):
            family = by_name().get(word)
            if family:
                weight *= 1.0 - RANK_LOSS * rank  # noqa: PLW2901 - a rarer sense counts less
                score[place[family]] = max(score[place[family]], weight)
    return score


def _ancestry(sense: Sense) -> list[tuple[str, float]]:
    """Synonyms and ancestors of a sense with their weights."""
    found = [(word, 1.0) for word in sense.synonyms]
    current = sense
    for step in range(1, STEPS + 1):
        weight = 1.0 - STEP_LOSS * step
        found.append((current.parent, weight))
        above = [s for s in things(current.parent) if s.field == sense.field]
        if not above:
            break
        current = above[0]
        found += [(word, weight) for word in current.synonyms]
    return found


@lru_cache(maxsize=1)
def book() -> PhraseBook:
    """Embeddings of the vocabulary of things, shipped, and of anything else on demand."""
    return PhraseBook(read_store(directory() / STORE))


def vocabulary_texts() -> list[tuple[str, str, bool]]:
    """(family, text, whether it is a name) of everything that phrases are compared with."""
    found: list[tuple[str, str, bool]] = []
    for family in families():
        plain = words.plain_family(family)
        names = list(dict.fromkeys([plain, *words.family_words(family).names]))
        found += [(family, name, True) for name in names]
        defined = [things(name)[:1] for name in names[:3]]
        texts = dict.fromkeys(sense.definition for senses in defined for sense in senses)
        found += [(family, text, False) for text in texts]
    return found


def rebuild(path: Path | None = None) -> int:
    """Embed the vocabulary of things afresh and write its store; returns how many phrases."""
    return write_store((t for _, t, _ in vocabulary_texts()), path or directory() / STORE)


@lru_cache(maxsize=1)
def _targets() -> Targets:
    texts = vocabulary_texts()
    names = tuple(dict.fromkeys(family for family, _, _ in texts))
    owners = np.array([[float(family == name) for family, _, _ in texts] for name in names])
    vectors = book().embed([text for _, text, _ in texts]).astype(np.float64)
    return Targets(names, vectors, owners, np.array([float(named) for _, _, named in texts]))
