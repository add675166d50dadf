# SPDX-License-Identifier: Apache-2.0
"""ReMoDiffuse (Zhang et al. 2023, arXiv 2304.01116, section 3).

Layers of semantics-modulated attention and a feed-forward network, both stylised by time. In one
linear attention the noisy motion asks the text, the motions that were looked up, and itself; a
condition is switched off by hiding its keys. It predicts x_0 on a linear schedule of 1000 steps.
The prediction is a mixture of four: under both conditions, under either, under none.

What the sources do not say and is chosen here: frames beyond a looked-up motion's length are
hidden; the encoders of looked-up motions and captions have eight heads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor, nn
from torch.nn.functional import gelu

from gen3d.errors import Gen3dError
from motion.checkpoints.clip_text import Reader, Reading
from motion.checkpoints.files import Weights
from motion.checkpoints.layers import (
    Clock,
    StyledFeedForward,
    Stylization,
    clock,
    encoder,
    linear_attention,
)
from motion.checkpoints.looked_up import TOP, Database, find_database, load_database
from motion.checkpoints.model import Condition, Memory, Process
from motion.checkpoints.motiondiffuse import BLOCKS, TEXT_HEADS, WORDS, own_or_named_clip
from motion.checkpoints.signature import feature_width, fill, layer_count, side, without

HEADS = 8
STRIDE = 4
"""Of a looked-up motion's frames every fourth is kept."""
RESPACING = (15, 15, 8, 6, 6)
"""The paper's 50 steps, the cleanest fifth of the schedule first."""
_FINE = 100
"""Last time at which the fitted weights are used."""


@dataclass(frozen=True)
class Mixture:
    """How the four predictions are weighed (section 3.4)."""

    coarse: float
    """Growth of the weight of a condition with time."""
    fine: tuple[float, float, float]
    """Weights of both, text alone, looked-up motions alone, near the end."""

    def weights(self, time: int, seed: int) -> tuple[float, float, float, float]:
        """Of (both, text, looked up, none) at a time in 1000; they sum to 1.

        Early, a coin decides between strengthening both against what was looked up and text
        against nothing; the coin is a function of seed and time.
        """
        if time <= _FINE:
            return (*self.fine, 1.0 - sum(self.fine))
        w = time / 1000.0 * self.coarse + 1.0
        heads = np.random.SeedSequence([seed, time]).generate_state(1)[0] & 1
        return (w, 0.0, 1.0 - w, 0.0) if heads else (0.0, w, 0.0, 1.0 - w)


MIXTURES = {
    263: Mixture(6.5, (0.52351, -0.28419, 2.39872)),
    251: Mixture(4.0, (0.78123, 0.39284, -0.12475)),
}
"""By features a frame: HumanML3D, KIT-ML."""


class ModulatedAttention(nn.Module):
    """Semantics-modulated attention, stylised."""

    def __init__(self, width: int, text: int, pair: int, style: int) -> None:
        super().__init__()
        self.norm, self.text_norm = nn.LayerNorm(width), nn.LayerNorm(text)
        self.query = nn.Linear(width, width)
        self.key_text, self.value_text = nn.Linear(text, width), nn.Linear(text, width)
        self.key_motion, self.value_motion = nn.Linear(width, width), nn.Linear(width, width)
        self.retr_norm1, self.retr_norm2 = nn.LayerNorm(pair), nn.LayerNorm(width)
        self.key_retr, self.value_retr = nn.Linear(pair, width), nn.Linear(width, width)
        self.proj_out = Stylization(width, style)

    def forward(
        self, x: Tensor, told: Tensor, memory: Memory, seen: Bool[Tensor, "batch tokens"], e: Tensor
    ) -> Float[Tensor, "batch frames width"]:
        """Input and what is learned."""
        own, text = self.norm(x), self.text_norm(told)
        keys = [self.key_text(text), self.key_retr(self.retr_norm1(memory.both))]
        values = [self.value_text(text), self.value_retr(self.retr_norm2(memory.motion))]
        key = torch.cat([*keys, self.key_motion(own)], dim=1)
        value = torch.cat([*values, self.value_motion(own)], dim=1)
        return x + self.proj_out(linear_attention(self.query(own), key, value, seen, HEADS), e)


class _MemoryAttention(nn.Module):
    """Linear attention of a looked-up motion's frames to each other."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))

    def forward(self, x: Tensor, seen: Tensor) -> Float[Tensor, "batch frames width"]:
        y = self.norm(x)
        return x + linear_attention(self.query(y), self.key(y), self.value(y), seen, HEADS)


class _MemoryLayer(nn.Module):
    def __init__(self, width: int, ff: int) -> None:
        super().__init__()
        self.sa_block = _MemoryAttention(width)
        layers = {"linear1": nn.Linear(width, ff), "linear2": nn.Linear(ff, width)}
        self.ffn = nn.ModuleDict(layers)

    def forward(self, x: Tensor, seen: Tensor) -> Float[Tensor, "batch frames width"]:
        x = self.sa_block(x, seen)
        return x + self.ffn["linear2"](gelu(self.ffn["linear1"](x)))


class MemoryEncoder(nn.Module):
    """Looked-up motions and their captions to the features that the attention reads."""

    def __init__(
        self,
        width: int,
        latent: int,
        *,
        frames: int,
        layers: int,
        ff: int,
        clip: int,
        text_layers: int,
        text_ff: int,
    ) -> None:
        super().__init__()
        self.motion_proj = nn.Linear(width, latent)
        self.motion_pos_embedding = nn.Parameter(torch.zeros(frames, latent))
        blocks = (_MemoryLayer(latent, ff) for _ in range(layers))
        self.motion_encoder_blocks = nn.ModuleList(blocks)
        self.text_encoder = encoder(clip, text_layers, heads=HEADS, ff=text_ff)
        self.caption_width = clip

    def forward(
        self,
        motions: Float[Tensor, "batch top frames width"],
        lengths: Int64[Tensor, "batch top"],
        captions: Float[Tensor, "batch top tokens features"],
    ) -> Memory:
        """Encode what was looked up; all the entries of one text lie one after the other."""
        count = motions.shape[2]
        seen = (torch.arange(count) < lengths[..., None]).flatten(0, 1)
        h = self.motion_proj(motions.flatten(0, 1)) + self.motion_pos_embedding[:count]
        for block in self.motion_encoder_blocks.children():
            h = block(h, seen)
        kept, seen = h[:, ::STRIDE], seen[:, ::STRIDE]
        caption = self.text_encoder(captions.flatten(0, 1))[:, -1:]
        both = torch.cat([kept, caption.expand(-1, kept.shape[1], -1)], dim=-1)
        shape = motions.shape[:2]
        pair, alone, known = (v.unflatten(0, shape).flatten(1, 2) for v in (both, kept, seen))
        return Memory(pair, alone, known)


class Layer(nn.Module):
    """Semantics-modulated attention and feed-forward."""

    def __init__(self, width: int, text: int, pair: int, ff: int, style: int) -> None:
        super().__init__()
        self.ca_block = ModulatedAttention(width, text, pair, style)
        self.ffn = StyledFeedForward(width, ff, style)


@dataclass(frozen=True)
class Sizes:
    """Sides of the network's tensors."""

    width: int
    latent: int
    frames: int
    layers: int
    ff: int
    style: int
    clip: int
    text: int
    text_layers: int
    text_ff: int
    pair: int
    sentence: bool
    """Whether there is a projection of the sentence that is added to time."""


class ReMoDiffuse(nn.Module):
    """The network; names of its parts are the checkpoint's."""

    def __init__(self, sizes: Sizes, database: MemoryEncoder) -> None:
        super().__init__()
        s = sizes
        self.latent, self.mixture = s.latent, MIXTURES[s.width]
        self.sequence_embedding = nn.Parameter(torch.zeros(s.frames, s.latent))
        self.text_pre_proj = nn.Linear(s.clip, s.text)
        self.textTransEncoder = encoder(s.text, s.text_layers, heads=TEXT_HEADS, ff=s.text_ff)
        self.text_ln = nn.LayerNorm(s.text)
        self.text_proj = nn.Sequential(nn.Linear(s.text, s.style)) if s.sentence else None
        self.joint_embed = nn.Linear(s.width, s.latent)
        self.time_embed = Clock(s.latent, s.style)
        blocks = (Layer(s.latent, s.text, s.pair, s.ff, s.style) for _ in range(s.layers))
        self.temporal_decoder_blocks = nn.ModuleList(blocks)
        self.out = nn.Linear(s.latent, s.width)
        self.database = database
        self.reader: Reader | None = None
        self.library: Database | None = None

    def condition(self, texts: Sequence[str], frames: int, seed: int) -> Condition:
        """Read texts, look motions up for them, and encode both."""
        if self.reader is None or self.library is None:
            raise Gen3dError("This network was loaded without text encoder or database.", "")
        reading = self.reader(texts, WORDS)
        states = self.text_ln(self.textTransEncoder(self.text_pre_proj(reading.tokens)))
        seen = torch.ones(states.shape[:2], dtype=torch.bool)
        sentence = None
        if self.text_proj is not None:
            sentence = self.text_proj(states[torch.arange(len(states)), reading.end])
        memory = self._looked_up(self.library, reading, frames)
        return Condition(states, seen, sentence, memory, seed)

    def _looked_up(self, library: Database, reading: Reading, frames: int) -> Memory:
        entries = [library.best(row.numpy(), frames) for row in reading.sentence]
        flat = [entry for row in entries for entry in row]
        motions = torch.from_numpy(library.rows("motions", flat).astype(np.float32))
        captions = torch.from_numpy(library.rows("clip_seq_features", flat).astype(np.float32))
        shape = (len(entries), len(entries[0]))
        lengths = torch.from_numpy(library.lengths[flat])
        place = len(self.database.motion_pos_embedding)
        _check_rows(library, motions, captions, self.database)
        return self.database(
            motions[:, :place].unflatten(0, shape),
            lengths.clamp(max=place).unflatten(0, shape),
            captions.unflatten(0, shape),
        )

    def forward(
        self,
        x: Float[Tensor, "batch frames width"],
        t: Int64[Tensor, "batch"],
        condition: Condition,
    ) -> Float[Tensor, "batch frames width"]:
        """Clean features: the mixture of the predictions under all, some and no conditions."""
        rows = [self.mixture.weights(int(time), condition.seed) for time in t]
        weights = torch.tensor(rows, dtype=x.dtype, device=x.device)
        used = [way for way in range(4) if bool((weights[:, way] != 0.0).any())]
        count = len(used)
        four = _repeated(condition, count)
        switches = torch.tensor([(way in (0, 1), way in (0, 2)) for way in used], device=x.device)
        switches = switches.repeat_interleave(len(x), dim=0)
        seen = self.predict(x.repeat(count, 1, 1), t.repeat(count), four, switches)
        shares = weights[:, used].T[..., None, None]
        return (seen.unflatten(0, (count, len(x))) * shares).sum(dim=0)

    def predict(
        self, x: Tensor, t: Tensor, condition: Condition, switches: Bool[Tensor, "batch 2"]
    ) -> Float[Tensor, "batch frames width"]:
        """Clean features with text and looked-up motions switched on or off."""
        memory = condition.memory
        if memory is None:
            raise Gen3dError("ReMoDiffuse needs what was looked up.", "Use its own condition().")
        e = self.time_embed(clock(t, self.latent).to(x))
        if condition.sentence is not None:
            e = e + condition.sentence * switches[:, :1]
        own = torch.ones(x.shape[:2], dtype=torch.bool, device=x.device)
        told, found = condition.seen & switches[:, :1], memory.seen & switches[:, 1:]
        seen = torch.cat([told, found, own], dim=1)
        h = self.joint_embed(x) + self.sequence_embedding[: x.shape[1]]
        for block in self.temporal_decoder_blocks:
            if isinstance(block, Layer):
                h = block.ffn(block.ca_block(h, condition.tokens, memory, seen, e), e)
        return self.out(h)


def _repeated(condition: Condition, count: int) -> Condition:
    memory, sentence = condition.memory, condition.sentence
    return replace(
        condition,
        tokens=condition.tokens.repeat(count, 1, 1),
        seen=condition.seen.repeat(count, 1),
        sentence=None if sentence is None else sentence.repeat(count, 1),
        memory=None
        if memory is None
        else Memory(
            memory.both.repeat(count, 1, 1),
            memory.motion.repeat(count, 1, 1),
            memory.seen.repeat(count, 1),
        ),
    )


def _check_rows(
    library: Database, motions: Tensor, captions: Tensor, encoder_: MemoryEncoder
) -> None:
    width = encoder_.motion_proj.in_features
    features = encoder_.caption_width
    finite = bool(torch.isfinite(motions).all() and torch.isfinite(captions).all())
    if motions.shape[-1] != width or captions.shape[-1] != features or not finite:
        raise Gen3dError(
            f"{library.path} holds motions of {motions.shape[-1]} features and captions of "
            f"{captions.shape[-1]}, not finite ones of {width} and {features}.",
            "Use the database that the checkpoint was trained with.",
        )


def load_remodiffuse(
    weights: Weights,
    _settings: Mapping[str, object],
    text_encoder: str | None,
    path: Path,
    database: Path | None = None,
) -> tuple[ReMoDiffuse, int, int, Process]:
    """Build the network of a checkpoint and open its database.

    Args:
        weights: Its tensors.
        _settings: Not used; its configuration is in the shapes.
        text_encoder: Whose CLIP; None is the one inside the checkpoint.
        path: The checkpoint.
        database: Its NPZ of motions; None looks beside the checkpoint.

    Returns:
        The network, its features a frame, its most frames, and its noising.

    Raises:
        Gen3dError: A damaged file, or no text encoder or database.
    """
    mine = without(weights, ("clip.",))
    sizes = _sizes(mine, path)
    with torch.device("meta"):
        network = ReMoDiffuse(sizes, _memory_encoder(mine, sizes, path))
    fill(network, mine, path)
    network.reader = own_or_named_clip(weights, text_encoder, path)
    network.library = load_database(database or find_database(path))
    if len(network.library.lengths) < TOP:
        raise Gen3dError(f"{network.library.path} holds fewer than {TOP} motions.", "")
    return network, sizes.width, sizes.frames, Process("clean", "linear", 1000)


def _sizes(mine: Weights, path: Path) -> Sizes:
    block = f"{BLOCKS}.0"
    latent = side(mine, "joint_embed.weight", 0, path)
    text = side(mine, "text_pre_proj.weight", 0, path)
    clip = side(mine, "text_pre_proj.weight", 1, path)
    if latent % (2 * HEADS) or text % TEXT_HEADS or clip % HEADS:
        raise Gen3dError(f"{path} has {latent}, {text} and {clip} channels, unfit for heads.", "")
    return Sizes(
        width=feature_width(mine, "joint_embed.weight", path),
        latent=latent,
        frames=side(mine, "sequence_embedding", 0, path),
        layers=layer_count(mine, BLOCKS, path),
        ff=side(mine, f"{block}.ffn.linear1.weight", 0, path),
        style=side(mine, "time_embed.0.weight", 0, path),
        clip=clip,
        text=text,
        text_layers=layer_count(mine, "textTransEncoder.layers", path),
        text_ff=side(mine, "textTransEncoder.layers.0.linear1.weight", 0, path),
        pair=side(mine, f"{block}.ca_block.key_retr.weight", 1, path),
        sentence="text_proj.0.weight" in mine,
    )


def _memory_encoder(mine: Weights, sizes: Sizes, path: Path) -> MemoryEncoder:
    name = "database.motion_encoder_blocks"
    return MemoryEncoder(
        sizes.width,
        sizes.latent,
        frames=side(mine, "database.motion_pos_embedding", 0, path),
        layers=layer_count(mine, name, path),
        ff=side(mine, f"{name}.0.ffn.linear1.weight", 0, path),
        clip=sizes.clip,
        text_layers=layer_count(mine, "database.text_encoder.layers", path),
        text_ff=side(mine, "database.text_encoder.layers.0.linear1.weight", 0, path),
    )
