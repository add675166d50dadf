# SPDX-License-Identifier: Apache-2.0
"""Garments as words: the vocabulary's short notation, and finding a garment by meaning.

Short notation: ``kind colour fabric pattern accent`` in that order, everything but the kind
optional: ``t_shirt white cotton stripes navy``.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float64

from gen3d.spec import FABRICS, PATTERNS, GarmentSpec, Rgb
from gen3d.words.colours import name_at
from gen3d.words.dictionary import ARTIFACT, in_singular, lookup
from gen3d.words.phrases import embed
from gen3d.words.vocabulary import colour, table, words_of

FOUND = 0.5
"""Similarity from which an unknown article of clothing is taken for the nearest garment."""
METALS = frozenset({"metal", "gold"})


def parse(notation: str) -> GarmentSpec:
    """A garment of the vocabulary's short notation.

    Raises:
        ValueError: A word that is no colour, fabric or pattern in its place.
    """
    kind, *words = notation.split()
    entry = table("garments")[kind]
    base, i = name_at(words, 0) or (entry["colour"], 0)
    fabric, i = _next(words, i, FABRICS, entry["fabric"])
    pattern, i = _next(words, i, PATTERNS, "plain")
    accent = name_at(words, i)
    if i + (accent[1] if accent else 0) != len(words):
        raise ValueError(notation)
    others = [colour(accent[0])] if accent else []
    return GarmentSpec(
        kind=kind,
        color=colour(base),
        accent=accent_of(colour(base), others),
        pattern=pattern,
        fabric=fabric,
    )


def _next(words: list[str], i: int, known: tuple[str, ...], default: str) -> tuple[str, int]:
    """The word at ``i`` if it is one of ``known``, and the next index."""
    return (words[i], i + 1) if i < len(words) and words[i] in known else (default, i)


def accent_of(base: Rgb, others: list[Rgb]) -> Rgb:
    """The second colour, or one that shows on the first."""
    if others:
        return others[0]
    lighter = sum(base) < 0.9
    red, green, blue = (round(c + 0.45 * ((0.8 if lighter else 0.05) - c), 4) for c in base)
    return red, green, blue


def slot(kind: str) -> str:
    """The place on the body that a garment takes."""
    return table("garments")[kind]["slot"]


@lru_cache(maxsize=1)
def _phrases() -> dict[str, str]:
    """Garment phrase → kind."""
    found: dict[str, str] = {}
    for kind, entry in table("garments").items():
        for phrase in (kind.replace("_", " "), *entry["phrases"]):
            found.setdefault(phrase.lower(), kind)
    return found


def exact_at(words: list[str], start: int) -> tuple[str, int] | None:
    """Kind of the longest garment phrase that begins at a word, and its length."""
    for length in range(min(4, len(words) - start), 0, -1):
        text = " ".join(words[start : start + length])
        for form in (text, in_singular(text), text.replace("-", " ")):
            if form in _phrases():
                return _phrases()[form], length
    return None


@lru_cache(maxsize=512)
def by_meaning(word: str) -> tuple[str, float] | None:
    """Nearest kind of an article of clothing that the vocabulary lacks ("dirndl", "fez")."""
    clothing = [
        s for s in lookup(word, "n")[:3] if s.field == ARTIFACT and _worn(s.definition, s.parent)
    ]
    if not clothing:
        return None
    sense = clothing[0]
    targets, owners = _targets()
    texts = [word, sense.definition, sense.parent or word]
    scores = np.average(
        embed(texts).astype(np.float64) @ targets.T, axis=0, weights=[1.0, 1.2, 0.8]
    )
    parent = _phrases().get(sense.parent)
    if parent:
        return parent, 1.0
    best = int(np.argmax(scores))
    return (owners[best], float(scores[best])) if scores[best] >= FOUND * 0.7 else None


def _worn(definition: str, parent: str) -> bool:
    return bool(
        words_of("grammar", "worn") & {w.strip(",.;()") for w in f"{definition} {parent}".split()}
    )


@lru_cache(maxsize=1)
def _targets() -> tuple[Float64[np.ndarray, "phrases 384"], tuple[str, ...]]:
    return embed(list(_phrases())).astype(np.float64), tuple(_phrases().values())


@lru_cache(maxsize=1)
def _surface_words() -> dict[str, tuple[str, str]]:
    """Word → (``fabric`` or ``pattern``, its name)."""
    found: dict[str, tuple[str, str]] = {}
    for kind in ("fabrics", "patterns"):
        for name, phrases in table("fabrics")[kind].items():
            for phrase in phrases:
                found.setdefault(phrase.lower(), (kind.removesuffix("s"), name))
    return found


def surface_at(words: list[str], start: int) -> tuple[str, str, int] | None:
    """Fabric or pattern that begins at a word: (``fabric``/``pattern``, name, length)."""
    for length in (3, 2, 1):
        text = " ".join(words[start : start + length]).replace("-", " ")
        found = _surface_words().get(text)
        if found and len(words) >= start + length:
            return found[0], found[1], length
    return None


def garment_texts() -> list[str]:
    """Every text that finding a garment compares with."""
    return list(_phrases())
