# SPDX-License-Identifier: Apache-2.0
"""Token by token, what the frozen MiniLM makes of a text: the project's diffusion model reads this.

The same weights as :mod:`gen3d.text`, but every token's last hidden state instead of their mean.
Texts are cut or padded to 32 tokens, and padding is hidden from attention but has states of its
own, exactly as ``BertModel`` gives them: a pipeline of ``diffusers`` with that model then sees what
our own loader sees, without the seconds that ``transformers`` takes to import (the test compares
the two; states of padding are ill-conditioned, and agree as far as single precision goes).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn.functional import layer_norm

from gen3d.text import HEADS, LAYERS, WIDTH, TextEncoder

TOKENS = 32
PAD = 0
_EPSILON = 1e-12
"""Of BERT's layer norms."""


@torch.no_grad()
def token_states(texts: Sequence[str]) -> Float[Tensor, "texts 32 384"]:
    """Last hidden state of each token, in single precision, on the CPU."""
    encoder = TextEncoder.load()
    tokens, real = tokenise(texts)
    weights = encoder.weights
    words = weights["embeddings.word_embeddings.weight"][tokens]
    places = weights["embeddings.position_embeddings.weight"][:TOKENS]
    kind = weights["embeddings.token_type_embeddings.weight"][0]
    name = "embeddings.LayerNorm"
    state = layer_norm(
        words + places + kind,
        (WIDTH,),
        weights[f"{name}.weight"],
        weights[f"{name}.bias"],
        _EPSILON,
    )
    for layer in _layers():
        state = layer(state, src_key_padding_mask=~real)
    return state


def tokenise(
    texts: Sequence[str],
) -> tuple[Int64[Tensor, "texts 32"], Bool[Tensor, "texts 32"]]:
    """Token ids, padded, and which of them are not padding; the last token is always ``[SEP]``."""
    tokenizer = TextEncoder.load().tokenizer
    rows = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
    cut = [row if len(row) <= TOKENS else [*row[: TOKENS - 1], row[-1]] for row in rows]
    ids = torch.full((len(cut), TOKENS), PAD)
    real = torch.zeros((len(cut), TOKENS), dtype=torch.bool)
    for index, row in enumerate(cut):
        ids[index, : len(row)] = torch.tensor(row)
        real[index, : len(row)] = True
    return ids, real


@lru_cache(maxsize=1)
def _layers() -> tuple[nn.TransformerEncoderLayer, ...]:
    """BERT's layers are PyTorch's post-norm transformer layers under other names."""
    weights = TextEncoder.load().weights
    return tuple(_layer(weights, f"encoder.layer.{index}") for index in range(LAYERS))


def _layer(weights: Mapping[str, Tensor], name: str) -> nn.TransformerEncoderLayer:
    wide = weights[f"{name}.intermediate.dense.bias"].shape[0]
    layer = nn.TransformerEncoderLayer(
        WIDTH, HEADS, wide, 0.0, "gelu", layer_norm_eps=_EPSILON, batch_first=True
    )
    attention = f"{name}.attention"
    sources = {
        "self_attn.out_proj": f"{attention}.output.dense",
        "norm1": f"{attention}.output.LayerNorm",
        "linear1": f"{name}.intermediate.dense",
        "linear2": f"{name}.output.dense",
        "norm2": f"{name}.output.LayerNorm",
    }
    state = {
        f"{ours}.{kind}": weights[f"{theirs}.{kind}"]
        for ours, theirs in sources.items()
        for kind in ("weight", "bias")
    }
    for kind in ("weight", "bias"):
        parts = [weights[f"{attention}.self.{part}.{kind}"] for part in ("query", "key", "value")]
        state[f"self_attn.in_proj_{kind}"] = torch.cat(parts)
    layer.load_state_dict(state)
    return layer.eval().requires_grad_(requires_grad=False)
