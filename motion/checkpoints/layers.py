# SPDX-License-Identifier: Apache-2.0
"""Layers that the published motion networks share, named as their checkpoints name them.

Written from the papers' formulas: linear attention (Shen et al. 2021, arXiv 1812.01243, as used in
MotionDiffuse, arXiv 2208.15001, section 3.3) and the stylisation block (same paper, section 3.3,
``B = psi_b(phi(e)), W = psi_w(phi(e)), Y' = Y * W + B``), where W is 1 plus what is learned.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn.functional import gelu

_HIDDEN = -1e6
"""Added to the keys of what shall not be seen."""


def clock(t: Int64[Tensor, "batch"], width: int) -> Float[Tensor, "batch width"]:
    """Time as cosines, then sines, of periods up to 10000 (diffusion networks' usual form)."""
    half = width // 2
    rates = torch.exp(torch.arange(half) * (-math.log(10000.0) / half)).to(t.device)
    angles = t[:, None].to(torch.float32) * rates
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def positions(count: int, width: int) -> Float[Tensor, "count width"]:
    """Interleaved sines and cosines (Vaswani et al. 2017, section 3.5)."""
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    angles = torch.arange(count)[:, None] * rates
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


def encoder(width: int, layers: int, *, heads: int, ff: int) -> nn.TransformerEncoder:
    """A plain post-norm transformer with GELU, batch first."""
    layer = nn.TransformerEncoderLayer(width, heads, ff, 0.0, gelu, batch_first=True)
    return nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)


def linear_attention(
    query: Float[Tensor, "batch frames width"],
    key: Float[Tensor, "batch tokens width"],
    value: Float[Tensor, "batch tokens width"],
    seen: Bool[Tensor, "batch tokens"],
    heads: int,
) -> Float[Tensor, "batch frames width"]:
    """Attention in time linear in the length: Q is softmaxed over channels, K over tokens."""
    weight = seen[..., None].to(value.dtype)
    q = query.unflatten(-1, (heads, -1)).softmax(dim=-1)
    k = (key + (1.0 - weight) * _HIDDEN).unflatten(-1, (heads, -1)).softmax(dim=1)
    v = (value * weight).unflatten(-1, (heads, -1))
    summary = torch.einsum("bnhd,bnhe->bhde", k, v)
    return torch.einsum("bthd,bhde->bthe", q, summary).flatten(2)


class Stylization(nn.Module):
    """Features scaled and shifted by what time and sentence say, then mixed."""

    def __init__(self, width: int, style: int) -> None:
        super().__init__()
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(style, 2 * width))
        self.norm = nn.LayerNorm(width)
        self.out_layers = nn.Sequential(nn.SiLU(), nn.Identity(), nn.Linear(width, width))

    def forward(
        self, y: Float[Tensor, "batch frames width"], e: Float[Tensor, "batch style"]
    ) -> Float[Tensor, "batch frames width"]:
        """What is added to the residual stream."""
        scale, shift = self.emb_layers(e)[:, None].chunk(2, dim=-1)
        return self.out_layers(self.norm(y) * (1.0 + scale) + shift)


class StyledFeedForward(nn.Module):
    """Two linear layers with GELU, stylised, added to their input."""

    def __init__(self, width: int, ff: int, style: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(width, ff)
        self.linear2 = nn.Linear(ff, width)
        self.proj_out = Stylization(width, style)

    def forward(
        self, x: Float[Tensor, "batch frames width"], e: Float[Tensor, "batch style"]
    ) -> Float[Tensor, "batch frames width"]:
        """Input and what is learned."""
        return x + self.proj_out(self.linear2(gelu(self.linear1(x))), e)


class Clock(nn.Sequential):
    """Time's own two layers, ``time_embed.{0,2}``."""

    def __init__(self, width: int, style: int) -> None:
        super().__init__(nn.Linear(width, style), nn.SiLU(), nn.Linear(style, style))
