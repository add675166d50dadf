# SPDX-License-Identifier: Apache-2.0
"""MotionDiffuse (Zhang et al. 2022, arXiv 2208.15001, section 3).

Frames pass through layers of linear self-attention, linear cross-attention to the 77 text tokens
and a feed-forward network; each ends in a stylisation block that is fed by time plus the sentence.
It predicts the noise, on a linear schedule of 1000 steps, without classifier-free guidance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from gen3d.errors import Gen3dError
from motion.checkpoints.clip_text import Reader, clip_text, load_clip_text, reader_of
from motion.checkpoints.files import Weights
from motion.checkpoints.layers import (
    Clock,
    StyledFeedForward,
    Stylization,
    clock,
    encoder,
    linear_attention,
)
from motion.checkpoints.model import Condition, Process
from motion.checkpoints.signature import feature_width, fill, layer_count, parts, side, without

HEADS, TEXT_HEADS = 8, 4
WORDS = 75
"""Tokens that are read of a text, without start and end."""
BLOCKS = "temporal_decoder_blocks"


class SelfAttention(nn.Module):
    """Linear attention of the frames to each other, stylised."""

    def __init__(self, width: int, style: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.proj_out = Stylization(width, style)

    def forward(self, x: Tensor, e: Tensor) -> Float[Tensor, "batch frames width"]:
        """Input and what is learned."""
        y = self.norm(x)
        seen = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
        mixed = linear_attention(self.query(y), self.key(y), self.value(y), seen, HEADS)
        return x + self.proj_out(mixed, e)


class CrossAttention(nn.Module):
    """Linear attention of the frames to the text, stylised."""

    def __init__(self, width: int, text: int, style: int) -> None:
        super().__init__()
        self.norm, self.text_norm = nn.LayerNorm(width), nn.LayerNorm(text)
        self.query = nn.Linear(width, width)
        self.key, self.value = nn.Linear(text, width), nn.Linear(text, width)
        self.proj_out = Stylization(width, style)

    def forward(self, x: Tensor, text: Tensor, e: Tensor) -> Float[Tensor, "batch frames width"]:
        """Input and what is learned."""
        told = self.text_norm(text)
        seen = torch.ones(text.shape[:2], dtype=torch.bool, device=x.device)
        query = self.query(self.norm(x))
        mixed = linear_attention(query, self.key(told), self.value(told), seen, HEADS)
        return x + self.proj_out(mixed, e)


class Layer(nn.Module):
    """Self-attention, cross-attention, feed-forward."""

    def __init__(self, width: int, text: int, ff: int, style: int) -> None:
        super().__init__()
        self.sa_block = SelfAttention(width, style)
        self.ca_block = CrossAttention(width, text, style)
        self.ffn = StyledFeedForward(width, ff, style)

    def forward(self, x: Tensor, text: Tensor, e: Tensor) -> Float[Tensor, "batch frames width"]:
        """One layer."""
        return self.ffn(self.ca_block(self.sa_block(x, e), text, e), e)


class MotionDiffuse(nn.Module):
    """The network; names of its parts are the checkpoint's."""

    def __init__(
        self,
        width: int,
        latent: int,
        *,
        frames: int,
        layers: int,
        ff: int,
        style: int,
        clip: int,
        text: int,
        text_layers: int,
        text_ff: int,
    ) -> None:
        super().__init__()
        self.latent = latent
        self.sequence_embedding = nn.Parameter(torch.zeros(frames, latent))
        self.text_pre_proj = nn.Linear(clip, text)
        self.textTransEncoder = encoder(text, text_layers, heads=TEXT_HEADS, ff=text_ff)
        self.text_ln = nn.LayerNorm(text)
        self.text_proj = nn.Sequential(nn.Linear(text, style))
        self.joint_embed = nn.Linear(width, latent)
        self.time_embed = Clock(latent, style)
        blocks = (Layer(latent, text, ff, style) for _ in range(layers))
        self.temporal_decoder_blocks = nn.ModuleList(blocks)
        self.out = nn.Linear(latent, width)
        self.reader: Reader | None = None

    def condition(self, texts: Sequence[str], frames: int, seed: int) -> Condition:
        """Read texts through CLIP and the network's own text layers."""
        del frames
        if self.reader is None:
            raise Gen3dError("This network was loaded without a text encoder.", "Name one.")
        reading = self.reader(texts, WORDS)
        states = self.text_ln(self.textTransEncoder(self.text_pre_proj(reading.tokens)))
        sentence = self.text_proj(states[torch.arange(len(states)), reading.end])
        seen = torch.ones(states.shape[:2], dtype=torch.bool, device=states.device)
        return Condition(states, seen, sentence, seed=seed)

    def forward(
        self,
        x: Float[Tensor, "batch frames width"],
        t: Int64[Tensor, "batch"],
        condition: Condition,
    ) -> Float[Tensor, "batch frames width"]:
        """The noise in noisy features."""
        e = self.time_embed(clock(t, self.latent).to(x))
        if condition.sentence is not None:
            e = e + condition.sentence
        h = self.joint_embed(x) + self.sequence_embedding[: x.shape[1]]
        for block in self.temporal_decoder_blocks.children():
            h = block(h, condition.tokens, e)
        return self.out(h)


def load_motiondiffuse(
    weights: Weights, settings: Mapping[str, object], text_encoder: str | None, path: Path
) -> tuple[MotionDiffuse, int, int, Process]:
    """Build the network of a checkpoint; its own CLIP is used unless another is named.

    Args:
        weights: Its tensors.
        settings: Its ``opt.txt``.
        text_encoder: Whose CLIP; see :mod:`motion.checkpoints.clip_text`.
        path: For messages.

    Returns:
        The network, its features a frame, its most frames, and its noising.

    Raises:
        Gen3dError: A variant that is not read, a damaged file, or no text encoder.
    """
    if settings.get("no_eff") is True:
        raise Gen3dError(
            f"{path} was trained with quadratic attention (no_eff), which is not read.",
            "Use the published checkpoint.",
        )
    mine = without(weights, ("clip.",))
    network, width, frames = _sized(mine, path)
    fill(network, mine, path)
    network.reader = own_or_named_clip(weights, text_encoder, path)
    return network, width, frames, Process("noise", "linear", 1000)


def own_or_named_clip(weights: Weights, source: str | None, path: Path) -> Reader:
    """The user's CLIP, or the one inside the checkpoint.

    Raises:
        Gen3dError: There is neither.
    """
    if source is not None:
        return load_clip_text(source)
    inside = parts(weights, "clip.")
    if not inside:
        raise Gen3dError(
            f"{path.name} does not carry its text encoder (CLIP ViT-B/32).",
            "Give --text-encoder: ViT-B-32:openai or a folder.",
        )
    return reader_of(clip_text(inside, path))


def _sized(mine: Weights, path: Path) -> tuple[MotionDiffuse, int, int]:
    """A network without memory, of the sizes that the tensors have."""
    width = feature_width(mine, "joint_embed.weight", path)
    latent = side(mine, "joint_embed.weight", 0, path)
    text = side(mine, "text_pre_proj.weight", 0, path)
    if latent % (2 * HEADS) or text % TEXT_HEADS:
        raise Gen3dError(f"{path} has {latent} and {text} channels, which heads cannot share.", "")
    frames = side(mine, "sequence_embedding", 0, path)
    with torch.device("meta"):
        network = MotionDiffuse(
            width,
            latent,
            frames=frames,
            layers=layer_count(mine, BLOCKS, path),
            ff=side(mine, f"{BLOCKS}.0.ffn.linear1.weight", 0, path),
            style=side(mine, "time_embed.0.weight", 0, path),
            clip=side(mine, "text_pre_proj.weight", 1, path),
            text=text,
            text_layers=layer_count(mine, "textTransEncoder.layers", path),
            text_ff=side(mine, "textTransEncoder.layers.0.linear1.weight", 0, path),
        )
    return network, width, frames
