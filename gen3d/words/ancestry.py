# SPDX-License-Identifier: Apache-2.0
"""Where a character's people come from, as shares of the body model's three ancestries."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from jaxtyping import Float64

from gen3d.words.dictionary import lookup
from gen3d.words.phrases import embed
from gen3d.words.vocabulary import table, words_of

THRESHOLD = 0.62
MARGIN = 0.04
SHARPNESS = 40.0


def stated(who: str) -> list[float] | None:
    """African, Asian, Caucasian shares that the words name; none when they name none."""
    words = [w for w in re.findall(r"[^\W\d_]+", who) if _may_name_people(w)]
    if not words:
        return None
    groups = list(table("looks")["ancestry"])
    scores = _scores([f"{word} person" for word in words], groups)
    best = scores[int(np.argmax(scores[:, :-1].max(axis=1) - scores[:, -1]))]
    top = float(best[:-1].max())
    if top < THRESHOLD or top < float(best[-1]) + MARGIN:
        return None
    shares = np.exp(SHARPNESS * (best[:-1] - top))
    shares /= shares.sum()
    mixes = table("looks")["ancestry_mix"]
    mixed = sum(
        share * np.array(mixes[group]) for share, group in zip(shares, groups[:-1], strict=True)
    )
    return [round(float(value), 3) for value in np.asarray(mixed)]


def _may_name_people(word: str) -> bool:
    """Peoples are proper names, which the dictionary of common words mostly lacks."""
    known = word in table("descriptors")["adjectives"] or word in words_of("grammar", "determiners")
    people = word in {"black", "white", "asian", "african", "latino", "arab", "indian", "native"}
    return people or (not known and not any(s.field for s in lookup(word, "nv")))


@lru_cache(maxsize=1)
def _targets() -> tuple[Float64[np.ndarray, "phrases 384"], tuple[str, ...]]:
    rows, owners = [], []
    for group, phrases in table("looks")["ancestry"].items():
        rows += [_as_person(phrase) for phrase in phrases]
        owners += [group] * len(phrases)
    return embed(rows).astype(np.float64), tuple(owners)


def _as_person(phrase: str) -> str:
    text = phrase.lower()
    return text if "person" in text else f"{text} person"


def _scores(texts: list[str], groups: list[str]) -> Float64[np.ndarray, "texts groups"]:
    """Best cosine of each text with each group's phrases; the last group is "none"."""
    targets, owners = _targets()
    cosines = embed(texts).astype(np.float64) @ targets.T
    columns = [cosines[:, [owner == group for owner in owners]].max(axis=1) for group in groups]
    return np.stack(columns, axis=1)


def ancestry_texts() -> list[str]:
    """Every text that reading an ancestry compares with."""
    return [_as_person(p) for phrases in table("looks")["ancestry"].values() for p in phrases]
