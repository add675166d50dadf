# SPDX-License-Identifier: Apache-2.0
"""What describing words say about a body, as numbers on ten axes, for wording in no list.

The anchors of ``descriptors.yml`` are the training set. A text's feature is the embedding of "a …
person" less that of "a person" (AvatarCLIP, Hong et al. 2022, retrieves bodies by such a delta);
kernel ridge regression carries the anchors' values to other texts, and the nearest anchor's cosine
says how far to trust it. A word that is no anchor is read through its dictionary senses: the head
and synonyms of its cluster, the anchors named in its definition, and the definition's own
embedding; senses that say nothing of bodies count only through their frequency.

Cannot tell: irony, comparisons ("as tall as a house"), slang that no dictionary has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Float64

from gen3d.words.dictionary import PERSON, Sense, lookup, singular
from gen3d.words.phrases import embed
from gen3d.words.vocabulary import Table, table

AXES = ("weight", "muscle", "stature", "age", "sex", "shoulders", "hips", "belly", "legs", "bust")
"""One unit is "clearly so"; see ``descriptors.yml``."""
ADJECTIVE_FRAMES = (
    ("a {} person", "a person"),
    ("a person who is {}", "a person"),
    ("{}", "human"),
)
FEATURE_FRAMES = (
    ("a person with {}", "a person"),
    ("a person who has {}", "a person"),
    ("{}", "human"),
)
BANDWIDTH = 0.35
"""Of the Gaussian kernel, in units of 1 - cosine."""
RIDGE = 0.15
LEAST_KERNEL = 0.45
TRUSTED, DISTRUSTED = 0.62, 0.34
"""Nearest anchors' cosines at which a prediction counts fully and not at all."""
LONGEST_ANCHOR = 4

Values = Float64[np.ndarray, "10"]


@dataclass(frozen=True)
class Reading:
    """What a text says: values on the axes, and how sure that it speaks of a body, 0 to 1."""

    values: Values
    trust: float


@dataclass(frozen=True)
class Regressor:
    """Kernel ridge regression from delta features to axes."""

    anchors: tuple[str, ...]
    features: Float64[np.ndarray, "anchors features"]
    targets: Float64[np.ndarray, "anchors 10"]
    mean: Float64[np.ndarray, "features"]
    coefficients: Float64[np.ndarray, "anchors 10"]

    def read(self, texts: Sequence[str], *, feature: bool = False) -> list[Reading]:
        """Predict axes of adjectival texts, or of noun phrases that a person "has"."""
        if not texts:
            return []
        rows = _unit(_deltas(texts, FEATURE_FRAMES if feature else ADJECTIVE_FRAMES) - self.mean)
        cosines = rows @ self.features.T
        predicted = _kernel(cosines) @ self.coefficients
        nearest = cosines.max(axis=1)
        # The ridge shrinks what lies between anchors; trust already says how far to believe it.
        predicted = predicted / np.maximum(_kernel(nearest), LEAST_KERNEL)[:, None]
        trust = np.clip((nearest - DISTRUSTED) / (TRUSTED - DISTRUSTED), 0.0, 1.0)
        return [Reading(v, float(t)) for v, t in zip(predicted, trust, strict=True)]


def vector(values: dict[str, float]) -> Values:
    """Axis values by name as a vector."""
    return np.array([float(values.get(axis, 0.0)) for axis in AXES])


@lru_cache(maxsize=1)
def anchors() -> dict[str, Values]:
    """Every anchor with its values; neutral words are zero."""
    data = table("descriptors")
    known = {text: vector(values) for text, values in data["adjectives"].items()}
    known |= {text: vector(values) for text, values in data["features"].items()}
    return known | {text.lower(): np.zeros(len(AXES)) for text in data["neutral"]}


def anchor_texts() -> list[str]:
    """Every text that the regressor embeds to be fitted."""
    data = table("descriptors")
    plain = [frame.format(t) for t in _adjectives(data) for frame, _ in ADJECTIVE_FRAMES]
    with_ = [frame.format(t) for t in data["features"] for frame, _ in FEATURE_FRAMES]
    return [*plain, *with_, "a person", "human"]


def _adjectives(data: Table) -> list[str]:
    return [*data["adjectives"], *(text.lower() for text in data["neutral"])]


@lru_cache(maxsize=1)
def regressor() -> Regressor:
    """Fit on the anchors; a few milliseconds once their embeddings are known."""
    data = table("descriptors")
    plain, with_ = _adjectives(data), list(data["features"])
    rows = np.concatenate([_deltas(plain, ADJECTIVE_FRAMES), _deltas(with_, FEATURE_FRAMES)])
    mean = rows.mean(axis=0)
    features = _unit(rows - mean)
    targets = np.stack([anchors()[text] for text in (*plain, *with_)])
    gram = _kernel(features @ features.T)
    coefficients = np.linalg.solve(gram + RIDGE * np.eye(len(gram)), targets)
    return Regressor((*plain, *with_), features, targets, mean, coefficients)


def _deltas(
    texts: Sequence[str], frames: tuple[tuple[str, str], ...]
) -> Float64[np.ndarray, "texts features"]:
    """Embedding of each frame filled with the text, less that of the empty frame, side by side."""
    columns = [
        embed([frame.format(text) for text in texts]) - embed([empty]) for frame, empty in frames
    ]
    return np.concatenate(columns, axis=1).astype(np.float64)


def _unit(rows: Float64[np.ndarray, "texts features"]) -> Float64[np.ndarray, "texts features"]:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def _kernel(cosines: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
    return np.exp((cosines - 1.0) / BANDWIDTH)


def read_text(text: str) -> Reading:
    """Read a phrase by the anchors named in it, else by its embedding ("tall and thin")."""
    named = named_anchors(text)
    if named is not None:
        return Reading(named, 1.0)
    return regressor().read([text])[0]


def named_anchors(text: str) -> Values | None:
    """Sum of the anchors that a text names, with their intensifiers; none: nothing named."""
    words = re.findall(r"[a-z][a-z'\-]*", text.lower())
    total, found, i = np.zeros(len(AXES)), False, 0
    while i < len(words):
        length = _anchor_length(words, i)
        if length:
            values = anchors()[" ".join(words[i : i + length])]
            total = total + intensity(words[:i])[0] * values
            found = found or bool(np.any(values))
        i += max(length, 1)
    return np.clip(total, -1.6, 1.6) if found else None


def _anchor_length(words: list[str], start: int) -> int:
    """How many words the longest anchor that starts here has; 0 for none."""
    for length in range(LONGEST_ANCHOR, 0, -1):
        if " ".join(words[start : start + length]) in anchors():
            return length
    return 0


def intensity(before: Sequence[str]) -> tuple[float, int]:
    """Factor of the intensifier that ends ``before`` and how many words it has ("not very": 2)."""
    scale: dict[str, float] = table("descriptors")["intensifiers"]
    for length in (2, 1):
        key = " ".join(before[-length:])
        if len(before) >= length and key in scale:
            return scale[key], length
    return 1.0, 0


@lru_cache(maxsize=4096)
def read_word(word: str) -> Reading:
    """Read one describing word (or hyphenated compound)."""
    if word in anchors():
        return Reading(anchors()[word], 1.0)
    compound = _read_compound(word)
    if compound is not None:
        return compound
    parts = "a" if lookup(word, "a") else "n"
    found = [sense for sense in lookup(word, parts) if parts == "a" or sense.field == PERSON]
    return _read_senses(found) if found else _read_bare(word)


def _read_bare(word: str) -> Reading:
    """A word that the dictionary lacks: only its spelling speaks, so it speaks softly."""
    reading = regressor().read([word])[0]
    return Reading(reading.values * reading.trust, reading.trust)


def _read_compound(word: str) -> Reading | None:
    """``broad-shouldered`` as "broad shoulders"; ``very-tall`` as its words."""
    head, dash, tail = word.partition("-")
    if not dash or not tail:
        return None
    spaced = word.replace("-", " ")
    if spaced in anchors():
        return Reading(anchors()[spaced], 1.0)
    part = _part_of(tail)
    if part:
        owned = f"{head} {part}"
        if owned in anchors():
            return Reading(anchors()[owned], 1.0)
        reading = regressor().read([owned], feature=True)[0]
        return Reading(reading.values, reading.trust)
    return read_text(spaced)


def _part_of(tail: str) -> str | None:
    """``shouldered`` → "shoulders"; none when the ending is no part that one can have."""
    if not tail.endswith("ed"):
        return None
    stems = [tail.removesuffix("ed"), tail.removesuffix("d")]
    if len(tail) > 4 and tail[-3] == tail[-4]:
        stems.insert(0, tail[:-3])
    stem = next((s for s in stems if lookup(s, "n")), None)
    return f"{singular(stem)}s" if stem else None


def _read_senses(found: list[Sense]) -> Reading:
    """Mean over senses, each as sure as its evidence and as likely as it is frequent."""
    readings = [_read_sense(sense) for sense in found]
    shares = np.array([sense.count + 1.0 for sense in found])
    shares = shares / shares.sum() * np.array([r.trust for r in readings])
    bodily = float(shares.sum())
    if bodily <= 0:
        return Reading(np.zeros(len(AXES)), 0.0)
    values = sum((s * r.values for s, r in zip(shares, readings, strict=True)), np.zeros(len(AXES)))
    trust = min(1.0, bodily / 0.25)
    return Reading(values / bodily * trust, trust)


def _read_sense(sense: Sense) -> Reading:
    """Evidence of one sense: its cluster's anchors, its definition's anchors, its embedding."""
    kin = [anchors()[k] for k in (sense.parent, *sense.synonyms) if k in anchors()]
    evidence = [value for value in kin if np.any(value)]
    named = named_anchors(sense.definition)
    if named is not None:
        evidence += [named, named]
    if evidence:
        return Reading(np.mean(evidence, axis=0), 1.0)
    if kin:
        return Reading(np.zeros(len(AXES)), 0.0)
    reading = regressor().read([sense.definition])[0]
    return Reading(reading.values, reading.trust * 0.8)
