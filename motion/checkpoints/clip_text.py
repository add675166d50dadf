# SPDX-License-Identifier: Apache-2.0
"""CLIP's text transformer (Radford et al. 2021, section 2.4), token by token, from wherever it is.

A causal pre-norm transformer over at most 77 byte-pair tokens. Motion models read its states after
the last norm, and the projected state of the end token as the sentence. Weights come from inside a
motion checkpoint (MotionDiffuse and ReMoDiffuse carry their CLIP), from an open_clip tag or file
(:mod:`gen3d.guidance.sources`), or from a folder of ``transformers``. Nothing is downloaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn.functional import gelu, pad

from gen3d.errors import Gen3dError
from gen3d.guidance.tokens import CONTEXT, load_tokens
from motion.checkpoints.files import Weights
from motion.checkpoints.signature import fill, layer_count, parts, side

_HEAD = 64
"""Channels of an attention head in all of OpenAI's models."""
_BUFFERS = re.compile(r"(.*\.)?(attn_mask|position_ids)$")


@dataclass(frozen=True)
class Reading:
    """What a text encoder makes of some texts."""

    tokens: Float[Tensor, "texts tokens width"]
    """Last states of the tokens."""
    seen: Bool[Tensor, "texts tokens"]
    """Which tokens are text: padding is not."""
    end: Int64[Tensor, "texts"]
    """Index of the end token."""
    sentence: Float[Tensor, "texts features"]


Reader = Callable[[Sequence[str], int], Reading]
"""Texts and the most words' tokens to read of each (start and end not counted)."""


def quick_gelu(x: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """The approximation that OpenAI's weights were trained with."""
    return x * torch.sigmoid(1.702 * x)


class _Block(nn.Module):
    """Self-attention and a feed-forward layer, each after a norm."""

    def __init__(self, width: int, heads: int, *, quick: bool) -> None:
        super().__init__()
        self.attn = nn.MultiheadAttention(width, heads, batch_first=True)
        self.ln_1 = nn.LayerNorm(width)
        self.ln_2 = nn.LayerNorm(width)
        layers = {"c_fc": nn.Linear(width, 4 * width), "c_proj": nn.Linear(4 * width, width)}
        self.mlp = nn.ModuleDict(layers)
        self.activation = quick_gelu if quick else gelu

    def forward(
        self, x: Float[Tensor, "texts tokens width"], future: Bool[Tensor, "tokens tokens"]
    ) -> Float[Tensor, "texts tokens width"]:
        """One layer."""
        y = self.ln_1(x)
        x = x + self.attn(y, y, y, need_weights=False, attn_mask=future)[0]
        return x + self.mlp["c_proj"](self.activation(self.mlp["c_fc"](self.ln_2(x))))


class ClipText(nn.Module):
    """The text tower, with OpenAI's names of weights."""

    def __init__(
        self, vocabulary: int, width: int, layers: int, features: int, *, heads: int, quick: bool
    ) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(vocabulary, width)
        self.positional_embedding = nn.Parameter(torch.zeros(CONTEXT, width))
        blocks = [_Block(width, heads, quick=quick) for _ in range(layers)]
        self.transformer = nn.ModuleDict({"resblocks": nn.ModuleList(blocks)})
        self.ln_final = nn.LayerNorm(width)
        self.text_projection = nn.Parameter(torch.zeros(width, features))

    @torch.no_grad()
    def forward(self, ids: Int64[Tensor, "texts tokens"]) -> Reading:
        """Read token ids that are padded with zeros; the end token has the largest id."""
        count = ids.shape[1]
        future = torch.ones(count, count, dtype=torch.bool, device=ids.device).triu(1)
        x = self.token_embedding(ids) + self.positional_embedding[:count]
        for block in self.transformer["resblocks"].children():
            x = block(x, future)
        states = self.ln_final(x)
        end = ids.argmax(dim=1)
        sentence = states[torch.arange(len(ids)), end] @ self.text_projection
        seen = torch.arange(count, device=ids.device) <= end[:, None]
        return Reading(states, seen, end, sentence)


def clip_text(
    weights: Weights, path: Path, *, heads: int | None = None, quick: bool = True
) -> ClipText:
    """Build the text tower from OpenAI's or open_clip's names; image weights are left on disk.

    Raises:
        Gen3dError: The tower is not whole.
    """
    if "text.token_embedding.weight" in weights:
        weights = parts(weights, "text.")
    wanted = ("token_embedding.", "positional_embedding", "transformer.", "ln_final.")
    mine = {k: v for k, v in weights.items() if k.startswith((*wanted, "text_projection"))}
    mine = {k: v for k, v in mine.items() if not _BUFFERS.match(k)}
    vocabulary = side({k: v[:1] for k, v in mine.items()}, "token_embedding.weight", 0, path)
    vocabulary = min(len(mine["token_embedding.weight"]), 1 << 20)
    width = side(mine, "token_embedding.weight", 1, path)
    layers = layer_count(mine, "transformer.resblocks", path)
    features = side(mine, "text_projection", 1, path)
    with torch.device("meta"):
        tower = ClipText(
            vocabulary, width, layers, features, heads=heads or max(1, width // _HEAD), quick=quick
        )
    fill(tower, mine, path)
    return tower


def reader_of(tower: ClipText) -> Reader:
    """A reader with CLIP's own byte pairs; rows are padded to 77 tokens."""
    by_length: dict[int, Callable[[Sequence[str]], Tensor]] = {}

    def read(texts: Sequence[str], words: int) -> Reading:
        length = min(words + 2, CONTEXT)
        if length not in by_length:
            by_length[length] = load_tokens({"context_length": length}, Path())
        ids = by_length[length](texts)
        return tower(pad(ids, (0, CONTEXT - length)))

    return read


def load_clip_text(source: str) -> Reader:
    """A reader from an open_clip tag, checkpoint or folder, or from a folder of ``transformers``.

    Raises:
        Gen3dError: It is not on this machine or not a CLIP.
    """
    from gen3d.guidance.sources import find_blueprint
    from gen3d.models.files import find_weights, read_weights
    from motion.checkpoints.hosted import hosted_config, openai_names

    config = hosted_config(Path(source).expanduser())
    if config is not None:
        folder = Path(source).expanduser()
        path = find_weights(folder)
        settings: dict[str, Any] = config.get("text_config") or config
        quick = settings.get("hidden_act", "quick_gelu") == "quick_gelu"
        heads = _positive(settings.get("num_attention_heads"))
        return reader_of(
            clip_text(openai_names(read_weights(path)), path, heads=heads, quick=quick)
        )
    blueprint = find_blueprint(source)
    text: Mapping[str, Any] = blueprint.model.get("text_cfg", {})
    if "hf_model_name" in text:
        raise Gen3dError(
            f"{source} has a text tower of its own kind; motion models were trained with CLIP's.",
            "Give the CLIP that the checkpoint was trained with, usually ViT-B-32:openai.",
        )
    quick = bool(blueprint.model.get("quick_gelu", False))
    weights = read_weights(blueprint.weights)
    heads = _positive(text.get("heads"))
    return reader_of(clip_text(weights, blueprint.weights, heads=heads, quick=quick))


def _positive(value: object) -> int | None:
    return value if isinstance(value, int) and 0 < value <= 256 else None
