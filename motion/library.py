# SPDX-License-Identifier: Apache-2.0
"""Finding a motion by meaning: words against the captions of every clip and program.

The words are compared as a whole and as their verb part alone ("jumping over a fence" is also
"jumping"), by cosine of sentence embeddings; a source counts as its best caption. Adverbs and moods
are found the same way, word by word, and change speed and posture.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, runtime_checkable

import numpy as np
import yaml
from jaxtyping import Float, Float32

from gen3d.cache import cache_dir, seal, temporary_in, verify
from gen3d.errors import Gen3dError
from motion.catalogue import Entry, configs, entries
from motion.performance import Performance, at_rate, bent

EXACT = 0.6
"""Similarity from which a source shows what was asked for."""
_HEAD = 0.92
"""What the verb part alone is worth beside the whole phrase."""
_STYLE = 0.72
"""Least similarity of a word to a style's words."""
_TAIL = re.compile(
    r"\s+(?:at|in|on|over|under|through|across|behind|beside|near|with|into|towards?|to|for|against"
    r"|around|along|by|from|of|during|before|after|while|like|as)\s",
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


@runtime_checkable
class Encoder(Protocol):
    """What turns texts into unit vectors: :class:`gen3d.text.TextEncoder`."""

    def embed(self, texts: Sequence[str]) -> Float32[np.ndarray, "texts width"]:
        """Embed each text."""
        ...


@dataclass(frozen=True)
class Style:
    """How a motion is done."""

    name: str
    words: tuple[str, ...]
    rate: float = 1.0
    torso: float = 0.0
    """Degrees of bending forward."""
    head: float = 0.0


@dataclass(frozen=True)
class Match:
    """A source for some words."""

    entry: Entry
    similarity: float
    """Cosine, -1 to 1."""
    caption: str
    """The caption that was closest."""
    styles: tuple[Style, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether the source shows what the words say."""
        return self.similarity >= EXACT


@lru_cache(maxsize=1)
def styles() -> tuple[Style, ...]:
    """The manners of ``configs/motion/styles.yml``."""
    data = yaml.safe_load((configs() / "styles.yml").read_text(encoding="utf-8"))
    return tuple(
        Style(name, tuple(row.pop("words")), **{k: float(v) for k, v in row.items()})
        for name, row in data.items()
    )


def find(text: str, encoder: Encoder) -> Match:
    """The source whose captions come closest to some words.

    Args:
        text: What the character does.
        encoder: Sentence encoder with unit rows.
    """
    phrase = " ".join(text.lower().split())
    heads = _heads(phrase)
    words = sorted(set(_WORD.findall(phrase)))
    vectors = encoder.embed([phrase, *heads, *words])
    captions, owners = _captions()
    known = _embedded(captions, encoder)
    scores = known @ vectors[0]
    for head in vectors[1 : 1 + len(heads)]:
        scores = np.maximum(scores, _HEAD * (known @ head))
    best = int(np.argmax(scores))
    chosen = entries()[owners[best]]
    manner = _styles_of(words, vectors[1 + len(heads) :], encoder, captions[best])
    similarity = round(float(np.clip(scores[best], -1.0, 1.0)), 4)
    return Match(chosen, similarity, captions[best], manner)


def _heads(phrase: str) -> list[str]:
    """The phrase up to its first preposition, if that leaves something out."""
    head = _TAIL.split(phrase, maxsplit=1)[0].strip()
    return [head] if head and head != phrase else []


@lru_cache(maxsize=1)
def _captions() -> tuple[tuple[str, ...], tuple[int, ...]]:
    """All captions, and which entry each belongs to."""
    pairs = [(c.lower(), i) for i, entry in enumerate(entries()) for c in entry.captions]
    return tuple(c for c, _ in pairs), tuple(i for _, i in pairs)


def _embedded(texts: tuple[str, ...], encoder: Encoder) -> Float[np.ndarray, "texts width"]:
    """Embed the library's own texts once for each encoder and keep the result."""
    probe = np.round(encoder.embed(["probe"]), 3) + 0.0
    key = hashlib.sha256("\n".join(texts).encode() + probe.astype("<f4").tobytes()).hexdigest()
    path = cache_dir() / "motion" / f"captions-{key[:16]}.npy"
    try:
        verify(path)
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, Gen3dError):
        # Absent or damaged: it is rebuilt from the captions in a second.
        vectors = np.asarray(encoder.embed(list(texts)), dtype=np.float32)
    buffer = io.BytesIO()
    np.save(buffer, vectors)
    try:
        temporary = temporary_in(path.parent, ".npy")
        temporary.write_bytes(buffer.getvalue())
        seal(temporary, path)
    except OSError:
        return vectors  # A cache that cannot be written is no reason not to move.
    return vectors


def _styles_of(
    words: list[str], vectors: Float[np.ndarray, "words width"], encoder: Encoder, caption: str
) -> tuple[Style, ...]:
    """Manners that some word means, unless the source's own caption has it already."""
    if not words:
        return ()
    manners = styles()
    seeds = tuple(word for style in manners for word in style.words)
    owners = np.array([i for i, style in enumerate(manners) for _ in style.words])
    likeness = vectors @ _embedded(seeds, encoder).T
    taken = set(_WORD.findall(caption))
    # Opposites are neighbours in embedding space, so a word means only the style it is nearest to.
    nearest, value = owners[likeness.argmax(axis=1)], likeness.max(axis=1)
    meant = {
        int(style)
        for word, style, like in zip(words, nearest, value, strict=True)
        if like >= _STYLE and word not in taken
    }
    return tuple(manners[index] for index in sorted(meant))


def styled(performance: Performance, manner: tuple[Style, ...]) -> Performance:
    """Change speed and posture."""
    rate = float(np.prod([style.rate for style in manner]))
    torso, head = sum((s.torso for s in manner), 0.0), sum((s.head for s in manner), 0.0)
    changed = bent(performance, torso, head)
    return changed if rate == 1.0 else at_rate(changed, rate)
