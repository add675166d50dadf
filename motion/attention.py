# SPDX-License-Identifier: Apache-2.0
"""How the motion denoiser's tokens look at each other, and how time and words colour the answer.

Two attentions behind one signature. *Full* is scaled dot-product attention (Vaswani et al. 2017)
with rotary positions (Su et al. 2021, arXiv 2104.09864), so that nothing depends on where a window
starts and no length is the last. *Efficient* is that of Shen et al. 2021 (arXiv 1812.01243), which
MotionDiffuse uses: queries softmaxed over channels, keys over time, cost linear in the frames.

:class:`Stylised` is MotionDiffuse's stylisation block (Zhang et al. 2022, arXiv 2208.15001, eq. 6
and sec. 3.3): scale and shift from the embedding of time and words, a zero-initialised last layer.

Besides themselves, frames look at a :class:`Memory`: words and, in ReMoDiffuse's way (Zhang et al.
2023, arXiv 2304.01116, sec. 3.3), at remembered motions, whose keys are of motion and caption and
whose values are of the motion; efficient attention has the frames' own keys there too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

Kind = Literal["full", "efficient"]

PERIOD = 10000.0
"""Longest wavelength of sinusoids and rotations, over 2π."""
UNSEEN = -1e6
"""Added to the keys of what is padding."""
STRIDE = 4
"""Of remembered frames that are looked at."""


@dataclass(frozen=True)
class Recalled:
    """What each motion of a batch is reminded of."""

    motions: Float[Tensor, "batch items frames features"]
    texts: Float[Tensor, "batch items text_width"]
    seen: Bool[Tensor, "batch items frames"]
    """False for padding, and for everything where memory is off."""


@dataclass(frozen=True)
class Memory:
    """What frames look at besides themselves, encoded."""

    words: Float[Tensor, "batch words width"]
    words_seen: Bool[Tensor, "batch words"]
    keys: Float[Tensor, "batch frames double"] | None = None
    """Remembered frames beside their captions."""
    values: Float[Tensor, "batch frames width"] | None = None
    seen: Bool[Tensor, "batch frames"] | None = None


def heads_of(x: Float[Tensor, "batch tokens width"], heads: int) -> Tensor:
    """Channels split among heads, "batch heads tokens channels"."""
    return x.unflatten(2, (heads, -1)).transpose(1, 2)


def attend(
    kind: Kind,
    query: Float[Tensor, "batch heads frames channels"],
    key: Float[Tensor, "batch heads tokens channels"],
    value: Float[Tensor, "batch heads tokens channels"],
    seen: Bool[Tensor, "batch tokens"] | None = None,
) -> Float[Tensor, "batch frames width"]:
    """What each frame takes from the tokens, heads joined.

    Args:
        kind: See the module.
        query: Of the frames.
        key: Of the tokens.
        value: Of the tokens.
        seen: Which tokens are there; at least one a row for full attention. All by default.
    """
    taken = (
        _full(query, key, value, seen) if kind == "full" else _efficient(query, key, value, seen)
    )
    return taken.transpose(1, 2).flatten(2)


def _full(query: Tensor, key: Tensor, value: Tensor, seen: Tensor | None) -> Tensor:
    mask = None if seen is None else seen[:, None, None, :]
    return scaled_dot_product_attention(query, key, value, mask)


def _efficient(query: Tensor, key: Tensor, value: Tensor, seen: Tensor | None) -> Tensor:
    if seen is not None:
        there = seen[:, None, :, None].to(key.dtype)
        key, value = key + UNSEEN * (1.0 - there), value * there
    summary = key.softmax(dim=2).transpose(2, 3) @ value
    return query.softmax(dim=3) @ summary


def sinusoids(places: Float[Tensor, "*batch"], width: int) -> Float[Tensor, "*batch width"]:
    """Cosines, then sines, of a place at geometrically falling frequencies (an even ``width``)."""
    half = width // 2
    rates = torch.exp(-math.log(PERIOD) / half * torch.arange(half, device=places.device))
    angles = places.float()[..., None] * rates
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def turned(
    x: Float[Tensor, "batch heads frames channels"],
) -> Float[Tensor, "batch heads frames channels"]:
    """Rotary positions: pairs of channels turned by the frame times their frequency."""
    wave = sinusoids(torch.arange(x.shape[2], device=x.device).float(), x.shape[3]).to(x.dtype)
    cosine, sine = wave.chunk(2, dim=-1)
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)


def silent_layer(width: int, out: int) -> nn.Linear:
    """A layer that says nothing until it has learnt to."""
    layer = nn.Linear(width, out)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class Stylised(nn.Module):
    """The end of every sub-block: normalised, scaled and shifted by the style, added to the input.

    Args:
        width: Of the tokens.
        style: Width of the embedding of time and words.
    """

    def __init__(self, width: int, style: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.modulation = nn.Sequential(nn.SiLU(), nn.Linear(style, 2 * width))
        self.out = silent_layer(width, width)

    def forward(
        self,
        x: Float[Tensor, "batch frames width"],
        found: Float[Tensor, "batch frames width"],
        style: Float[Tensor, "batch style"],
    ) -> Float[Tensor, "batch frames width"]:
        """The tokens, with what a sub-block found added in this style."""
        scale, shift = self.modulation(style)[:, None].chunk(2, dim=-1)
        bent = self.norm(found) * (1.0 + scale) + shift
        added: Tensor = self.out(nn.functional.silu(bent))
        return x + added


class SelfAttention(nn.Module):
    """Frames look at frames.

    Args:
        width: Of the tokens.
        heads: Divides ``width`` into even parts.
        style: Width of the embedding of time and words.
        kind: Full or efficient.
    """

    def __init__(self, width: int, heads: int, style: int, kind: Kind) -> None:
        super().__init__()
        self.kind: Kind = kind
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.joint = nn.Linear(width, 3 * width)
        self.style = Stylised(width, style)

    def forward(
        self,
        x: Float[Tensor, "batch frames width"],
        style: Float[Tensor, "batch style"],
        seen: Bool[Tensor, "batch frames"] | None = None,
    ) -> Float[Tensor, "batch frames width"]:
        """One round of it."""
        parts = self.joint(self.norm(x)).chunk(3, dim=-1)
        query, key, value = (heads_of(part, self.heads) for part in parts)
        if self.kind == "full":
            query, key = turned(query), turned(key)
        mixed: Tensor = self.style(x, attend(self.kind, query, key, value, seen), style)
        return mixed


class FeedForward(nn.Module):
    """Each frame thinks for itself.

    Args:
        width: Of the tokens.
        inner: Of the hidden layer.
        style: Width of the embedding of time and words.
    """

    def __init__(self, width: int, inner: int, style: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, inner), nn.GELU(), nn.Linear(inner, width)
        )
        self.style = Stylised(width, style)

    def forward(
        self, x: Float[Tensor, "batch frames width"], style: Float[Tensor, "batch style"]
    ) -> Float[Tensor, "batch frames width"]:
        """One round of it."""
        thought: Tensor = self.style(x, self.inner(x), style)
        return thought


class RecallEncoder(nn.Module):
    """Reads remembered motions: two rounds of efficient attention, then every fourth frame.

    Args:
        features: Of a frame.
        text_width: Of a caption's embedding.
        width: Of the tokens.
        heads: Divides ``width``.
    """

    def __init__(self, features: int, text_width: int, width: int, heads: int) -> None:
        super().__init__()
        self.frames = nn.Linear(features, width)
        self.caption = nn.Linear(text_width, width)
        self.looks = nn.ModuleList(SelfAttention(width, heads, width, "efficient") for _ in "12")
        self.thinks = nn.ModuleList(FeedForward(width, 2 * width, width) for _ in "12")

    def forward(self, recalled: Recalled) -> tuple[Tensor, Tensor, Tensor]:
        """Keys (motion beside caption), values (motion), and which of them are there."""
        batch, items, frames, _ = recalled.motions.shape
        seen = recalled.seen.flatten(0, 1)
        caption = self.caption(recalled.texts.flatten(0, 1))
        x = self.frames(recalled.motions.flatten(0, 1))
        x = x + sinusoids(torch.arange(frames, device=x.device).float(), x.shape[2]).to(x.dtype)
        for look, think in zip(self.looks, self.thinks, strict=True):
            x = think(look(x, caption, seen), caption)
        values = x[:, ::STRIDE]
        beside = caption[:, None].expand_as(values)
        keys = torch.cat([values, beside], dim=-1)
        parts = (keys, values, seen[:, ::STRIDE])
        keys, values, there = (p.unflatten(0, (batch, items)).flatten(1, 2) for p in parts)
        return keys, values, there


class SemanticAttention(nn.Module):
    """Frames look at words, at what is remembered, and (efficient) at themselves, all at once.

    Args:
        width: Of the tokens.
        heads: Divides ``width``.
        style: Width of the embedding of time and words.
        kind: Full or efficient.
        recalling: Whether there may be remembered motions.
    """

    def __init__(self, width: int, heads: int, style: int, kind: Kind, *, recalling: bool) -> None:
        super().__init__()
        self.kind: Kind = kind
        self.heads = heads
        self.norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.words = nn.Linear(width, 2 * width)
        self.motion = nn.Linear(width, 2 * width) if kind == "efficient" else None
        self.recalled_key = None
        if recalling:
            self.recalled_key = nn.Sequential(nn.LayerNorm(2 * width), nn.Linear(2 * width, width))
            self.recalled_value = nn.Sequential(nn.LayerNorm(width), silent_layer(width, width))
        self.style = Stylised(width, style)

    def forward(
        self,
        x: Float[Tensor, "batch frames width"],
        memory: Memory,
        style: Float[Tensor, "batch style"],
        seen: Bool[Tensor, "batch frames"] | None = None,
    ) -> Float[Tensor, "batch frames width"]:
        """One round of it."""
        inner = self.norm(x)
        key, value = self.words(memory.words).chunk(2, dim=-1)
        keys, values, there = [key], [value], [memory.words_seen]
        if self.motion is not None:
            key, value = self.motion(inner).chunk(2, dim=-1)
            keys, values = [*keys, key], [*values, value]
            there.append(memory.words_seen.new_ones(x.shape[:2]) if seen is None else seen)
        if self.recalled_key is not None and memory.keys is not None and memory.seen is not None:
            keys.append(self.recalled_key(memory.keys))
            values.append(self.recalled_value(memory.values))
            there.append(memory.seen)
        found = attend(
            self.kind,
            heads_of(self.query(inner), self.heads),
            heads_of(torch.cat(keys, dim=1), self.heads),
            heads_of(torch.cat(values, dim=1), self.heads),
            torch.cat(there, dim=1),
        )
        mixed: Tensor = self.style(x, found, style)
        return mixed
