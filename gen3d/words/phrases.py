# SPDX-License-Identifier: Apache-2.0
"""Embeddings of phrases, each computed once: shipped for the vocabulary, remembered for the rest.

``phrases.safetensors`` holds the vocabulary's embeddings in half precision under the encoder's
hash. A phrase that is not in it (the user's words, an edited file) is embedded when first asked
for, so editing the vocabulary needs no rebuild; :func:`write_store` only makes the start faster.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float32
from safetensors import safe_open
from safetensors.numpy import save_file

from gen3d.text import SHA256, WIDTH, TextEncoder
from gen3d.words.vocabulary import directory

STORE = "phrases.safetensors"
_HEADER = "gen3d"
"""The one entry of the store's metadata: the library writes several in any order."""
REMEMBERED = 4096
"""Phrases beyond the vocabulary that are kept in memory before the oldest are dropped."""

Embeddings = Float32[np.ndarray, "texts 384"]


class PhraseBook:
    """Phrases to unit vectors, with a memory."""

    def __init__(self, known: dict[str, np.ndarray]) -> None:
        self.known = known
        self._fresh: dict[str, np.ndarray] = {}

    def embed(self, texts: Sequence[str]) -> Embeddings:
        """Unit rows in the order of ``texts``; unseen ones are embedded in one batch."""
        missing = [t for t in dict.fromkeys(texts) if t not in self.known and t not in self._fresh]
        if missing:
            self._remember(missing)
        rows = [self.known[t] if t in self.known else self._fresh[t] for t in texts]
        return np.stack(rows) if rows else np.zeros((0, WIDTH), np.float32)

    def _remember(self, missing: list[str]) -> None:
        if len(self._fresh) > REMEMBERED:
            self._fresh = {}
        vectors = TextEncoder.load().embed(missing)
        self._fresh.update(zip(missing, _rounded(vectors), strict=True))


def _rounded(vectors: Embeddings) -> Embeddings:
    """As the store would give them back, so that shipping a phrase changes no result."""
    return vectors.astype(np.float16).astype(np.float32)


@lru_cache(maxsize=1)
def book() -> PhraseBook:
    """The process's phrase book, with the shipped embeddings when they fit the encoder."""
    return PhraseBook(read_store(directory() / STORE))


def embed(texts: Sequence[str]) -> Embeddings:
    """Embed phrases through the process's phrase book."""
    return book().embed(texts)


def read_store(path: Path) -> dict[str, np.ndarray]:
    """Phrases and vectors of a store; empty when it is absent or another encoder's."""
    if not path.is_file():
        return {}
    with safe_open(path, framework="numpy") as store:
        header = json.loads((store.metadata() or {}).get(_HEADER, "{}"))
        if header.get("encoder") != SHA256:
            return {}
        vectors = store.get_tensor("vectors").astype(np.float32)
    return dict(zip(header["phrases"], vectors, strict=True))


def write_store(texts: Iterable[str], path: Path) -> int:
    """Embed phrases and write them; returns how many."""
    ordered = sorted(set(texts))
    vectors = TextEncoder.load().embed(ordered).astype(np.float16)
    header = json.dumps({"encoder": SHA256, "phrases": ordered})
    save_file({"vectors": vectors}, path, metadata={_HEADER: header})
    return len(ordered)
