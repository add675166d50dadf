# SPDX-License-Identifier: Apache-2.0
"""Folders of ``transformers`` read without it: the names of CLIP's weights, and DistilBERT whole.

DistilBERT (Sanh et al. 2019, arXiv 1910.01108) is BERT with half the layers and without segment
embeddings: word and place embeddings, then post-norm layers with GELU. MDM's second text encoder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from gen3d.errors import Gen3dError
from gen3d.models.files import find_weights, read_weights
from motion.checkpoints.clip_text import Reader, Reading
from motion.checkpoints.files import Weights
from motion.checkpoints.signature import fill, layer_count, parts, side

_CONFIG_BYTES = 1 << 20
_EPS = 1e-12
_RENAMED = (
    (r"embeddings\.token_embedding\.", "token_embedding."),
    (r"embeddings\.position_embedding\.weight", "positional_embedding"),
    (r"encoder\.layers\.", "transformer.resblocks."),
    (r"\.self_attn\.out_proj\.", ".attn.out_proj."),
    (r"\.layer_norm1\.", ".ln_1."),
    (r"\.layer_norm2\.", ".ln_2."),
    (r"\.mlp\.fc1\.", ".mlp.c_fc."),
    (r"\.mlp\.fc2\.", ".mlp.c_proj."),
    (r"final_layer_norm\.", "ln_final."),
)


def hosted_config(folder: Path) -> dict[str, Any] | None:
    """``config.json`` of a ``transformers`` folder; None for anything else.

    Raises:
        Gen3dError: The file is damaged.
    """
    path = folder / "config.json"
    if not path.is_file() or (folder / "open_clip_config.json").is_file():
        return None
    try:
        text = path.read_bytes()[:_CONFIG_BYTES].decode("utf-8")
        content = json.loads(text)
    except (ValueError, OSError, RecursionError) as error:
        raise Gen3dError(f"{path} is not valid JSON ({error}).", "Copy it again.") from None
    if not isinstance(content, dict) or "model_type" not in content:
        raise Gen3dError(f"{path} is not the configuration of a text encoder.", "Check the path.")
    return {str(key): value for key, value in content.items()}


def openai_names(weights: Weights) -> dict[str, Tensor]:
    """CLIP's text weights of ``transformers`` under OpenAI's names."""
    names: dict[str, Tensor] = {}
    for name, value in parts(weights, "text_model.").items():
        for pattern, ours in _RENAMED:
            name = re.sub(pattern, ours, name)  # noqa: PLW2901  # a chain of renames
        names[name] = value
    joined = {name: value for name, value in names.items() if "self_attn" not in name}
    for name in (n for n in names if n.endswith(".self_attn.q_proj.weight")):
        stem = name.removesuffix("self_attn.q_proj.weight")
        for kind in ("weight", "bias"):
            rows = [names.get(f"{stem}self_attn.{letter}_proj.{kind}") for letter in "qkv"]
            whole = [row for row in rows if row is not None]
            joined[f"{stem}attn.in_proj_{kind}"] = torch.cat(whole)
    if "text_projection.weight" in weights:
        joined["text_projection"] = weights["text_projection.weight"].T
    return joined


class _Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_lin, self.k_lin, self.v_lin, self.out_lin = (
            nn.Linear(width, width) for _ in range(4)
        )

    def forward(
        self, x: Float[Tensor, "texts tokens width"], seen: Bool[Tensor, "texts tokens"]
    ) -> Float[Tensor, "texts tokens width"]:
        q, k, v = (
            layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for layer in (self.q_lin, self.k_lin, self.v_lin)
        )
        mixed = scaled_dot_product_attention(q, k, v, attn_mask=seen[:, None, None])
        return self.out_lin(mixed.transpose(1, 2).flatten(2))


class _FeedForward(nn.Module):
    def __init__(self, width: int, ff: int) -> None:
        super().__init__()
        self.lin1, self.lin2 = nn.Linear(width, ff), nn.Linear(ff, width)

    def forward(self, x: Tensor) -> Float[Tensor, "texts tokens width"]:
        return self.lin2(gelu(self.lin1(x)))


class _Layer(nn.Module):
    def __init__(self, width: int, ff: int, heads: int) -> None:
        super().__init__()
        self.attention = _Attention(width, heads)
        self.sa_layer_norm = nn.LayerNorm(width, eps=_EPS)
        self.ffn = _FeedForward(width, ff)
        self.output_layer_norm = nn.LayerNorm(width, eps=_EPS)

    def forward(
        self, x: Float[Tensor, "texts tokens width"], seen: Bool[Tensor, "texts tokens"]
    ) -> Float[Tensor, "texts tokens width"]:
        x = self.sa_layer_norm(x + self.attention(x, seen))
        return self.output_layer_norm(x + self.ffn(x))


class _Embeddings(nn.Module):
    def __init__(self, vocabulary: int, places: int, width: int) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(vocabulary, width)
        self.position_embeddings = nn.Embedding(places, width)
        self.LayerNorm = nn.LayerNorm(width, eps=_EPS)

    def forward(self, ids: Int64[Tensor, "texts tokens"]) -> Float[Tensor, "texts tokens width"]:
        places = self.position_embeddings.weight[: ids.shape[1]]
        return self.LayerNorm(self.word_embeddings(ids) + places)


class DistilBert(nn.Module):
    """Token ids to last hidden states."""

    def __init__(
        self, vocabulary: int, places: int, width: int, layers: int, *, ff: int, heads: int
    ) -> None:
        super().__init__()
        self.embeddings = _Embeddings(vocabulary, places, width)
        stack = nn.ModuleList(_Layer(width, ff, heads) for _ in range(layers))
        self.transformer = nn.ModuleDict({"layer": stack})

    @torch.no_grad()
    def forward(
        self, ids: Int64[Tensor, "texts tokens"], seen: Bool[Tensor, "texts tokens"]
    ) -> Float[Tensor, "texts tokens width"]:
        """Read padded rows of token ids."""
        x = self.embeddings(ids)
        for layer in self.transformer["layer"].children():
            x = layer(x, seen)
        return x


def load_distilbert(source: str) -> Reader:
    """A reader from a folder with ``config.json``, weights and ``tokenizer.json``.

    Raises:
        Gen3dError: It is no such folder.
    """
    folder = Path(source).expanduser()
    config = hosted_config(folder) or {}
    if config.get("model_type") != "distilbert" or not (folder / "tokenizer.json").is_file():
        raise Gen3dError(
            f"{source} is not a folder of DistilBERT with its tokenizer.json.",
            "This checkpoint was trained with distilbert-base-uncased: give its folder.",
        )
    path = find_weights(folder)
    model = distilbert(read_weights(path), path, heads=int(config.get("n_heads", 12)))
    tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    places = model.embeddings.position_embeddings.num_embeddings
    return _reader(model, tokenizer, places)


def distilbert(weights: Weights, path: Path, *, heads: int) -> DistilBert:
    """Build the encoder from the weights of a bare or headed model.

    Raises:
        Gen3dError: It is not whole.
    """
    weights = parts(weights, "distilbert.") or weights
    mine = {k: v for k, v in weights.items() if k.startswith(("embeddings.", "transformer."))}
    width = side(mine, "embeddings.word_embeddings.weight", 1, path)
    places = side(mine, "embeddings.position_embeddings.weight", 0, path)
    ff = side(mine, "transformer.layer.0.ffn.lin1.weight", 0, path)
    layers = layer_count(mine, "transformer.layer", path)
    if not 0 < heads <= width or width % heads:
        raise Gen3dError(f"{path} cannot have {heads} attention heads.", "Check its config.json.")
    vocabulary = min(len(mine["embeddings.word_embeddings.weight"]), 1 << 20)
    with torch.device("meta"):
        model = DistilBert(vocabulary, places, width, layers, ff=ff, heads=heads)
    fill(model, mine, path)
    return model


def _reader(model: DistilBert, tokenizer: Tokenizer, places: int) -> Reader:
    tokenizer.no_padding()

    def read(texts: Sequence[str], words: int) -> Reading:
        tokenizer.enable_truncation(min(words + 2, places))
        rows = [encoding.ids for encoding in tokenizer.encode_batch(list(texts))]
        longest = max(len(row) for row in rows)
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
        end = torch.tensor([len(row) - 1 for row in rows])
        seen = torch.arange(longest) <= end[:, None]
        states = model(ids, seen)
        return Reading(states, seen, end, states[:, 0])

    return read
