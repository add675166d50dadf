# SPDX-License-Identifier: Apache-2.0
"""The published networks again, in NumPy's double precision, a head and a token at a time.

Nothing here is shared with the package: formulas are written out from the papers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from scipy.special import erf
from torch import Tensor

Row = np.ndarray


class Weights:
    """Tensors of a state dict under a prefix, as doubles."""

    def __init__(self, state: Mapping[str, Tensor], prefix: str = "") -> None:
        self.state, self.prefix = state, prefix

    def __getitem__(self, name: str) -> Row:
        return self.state[self.prefix + name].double().numpy()

    def under(self, name: str) -> Weights:
        return Weights(self.state, f"{self.prefix}{name}.")


def affine(w: Weights, x: Row) -> Row:
    return np.einsum("oi,...i->...o", w["weight"], x) + w["bias"]


def normed(w: Weights, x: Row, eps: float = 1e-5) -> Row:
    middle = x - x.mean(-1, keepdims=True)
    spread = np.sqrt((middle**2).mean(-1, keepdims=True) + eps)
    return middle / spread * w["weight"] + w["bias"]


def gelu(x: Row) -> Row:
    return 0.5 * x * (1.0 + erf(x / math.sqrt(2.0)))


def silu(x: Row) -> Row:
    return x / (1.0 + np.exp(-x))


def softmax(x: Row, axis: int = -1) -> Row:
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def dot_attention(w: Weights, x: Row, memory: Row, heads: int, hidden: Row | None = None) -> Row:
    """One sequence: queries from x, keys and values from memory; ``hidden`` (queries, keys)."""
    width = x.shape[-1]
    weight, bias = w["in_proj_weight"], w["in_proj_bias"]
    q = x @ weight[:width].T + bias[:width]
    k = memory @ weight[width : 2 * width].T + bias[width : 2 * width]
    v = memory @ weight[2 * width :].T + bias[2 * width :]
    size = width // heads
    mixed = np.zeros_like(q)
    for head in range(heads):
        part = slice(head * size, (head + 1) * size)
        scores = q[:, part] @ k[:, part].T / math.sqrt(size)
        if hidden is not None:
            scores = np.where(hidden, -np.inf, scores)
        mixed[:, part] = softmax(scores) @ v[:, part]
    return affine(w.under("out_proj"), mixed)


def post_norm_layer(w: Weights, x: Row, heads: int) -> Row:
    x = normed(w.under("norm1"), x + dot_attention(w.under("self_attn"), x, x, heads))
    y = affine(w.under("linear2"), gelu(affine(w.under("linear1"), x)))
    return normed(w.under("norm2"), x + y)


def decoder_layer(w: Weights, x: Row, memory: Row, heads: int, hidden: Row) -> Row:
    x = normed(w.under("norm1"), x + dot_attention(w.under("self_attn"), x, x, heads))
    asked = dot_attention(w.under("multihead_attn"), x, memory, heads, hidden[None])
    x = normed(w.under("norm2"), x + asked)
    y = affine(w.under("linear2"), gelu(affine(w.under("linear1"), x)))
    return normed(w.under("norm3"), x + y)


def place(index: int, width: int) -> Row:
    row = np.zeros(width)
    for i in range(0, width, 2):
        angle = index * math.exp(-math.log(10000.0) * i / width)
        row[i], row[i + 1] = math.sin(angle), math.cos(angle)
    return row


def mdm(
    state: Mapping[str, Tensor],
    x: Row,
    t: int,
    tokens: Row,
    hidden: Row,
    *,
    decoder: bool = False,
    leads: bool = False,
) -> Row:
    """One motion (frames, width) under one text's features (tokens, features)."""
    w = Weights(state)
    time = w.under("embed_timestep.time_embed")
    clock = affine(time.under("2"), silu(affine(time.under("0"), place(t, 512))))
    told = affine(w.under("embed_text"), tokens) + clock
    frames = affine(w.under("input_process.poseEmbedding"), x)
    first = [] if decoder and not leads else [clock[None]] if decoder else [told]
    line = np.concatenate([*first, frames])
    line = line + np.stack([place(i, 512) for i in range(len(line))])
    for i in range(8):
        if decoder:
            layer = w.under(f"seqTransDecoder.layers.{i}")
            line = decoder_layer(layer, line, told, 4, hidden)
        else:
            line = post_norm_layer(w.under(f"seqTransEncoder.layers.{i}"), line, 4)
    return affine(w.under("output_process.poseFinal"), line[len(line) - len(x) :])


def linear_attention(q: Row, k: Row, v: Row, heads: int, hidden: Row) -> Row:
    """Global attention of one sequence: Q softmaxed over channels, K over tokens."""
    k = k + np.where(hidden, -1e6, 0.0)[:, None]
    v = np.where(hidden, 0.0, 1.0)[:, None] * v
    size = q.shape[-1] // heads
    mixed = np.zeros_like(q)
    for head in range(heads):
        part = slice(head * size, (head + 1) * size)
        keys = softmax(k[:, part], axis=0)
        for frame in range(len(q)):
            query = softmax(q[frame, part])
            for token in range(len(k)):
                mixed[frame, part] += (query @ keys[token]) * v[token, part]
    return mixed


def styled(w: Weights, y: Row, e: Row) -> Row:
    both = affine(w.under("emb_layers.1"), silu(e))
    scale, shift = both[: y.shape[-1]], both[y.shape[-1] :]
    h = normed(w.under("norm"), y) * (1.0 + scale) + shift
    return affine(w.under("out_layers.2"), silu(h))


def fed_forward(w: Weights, x: Row, e: Row) -> Row:
    y = affine(w.under("linear2"), gelu(affine(w.under("linear1"), x)))
    return x + styled(w.under("proj_out"), y, e)


def clock_of(w: Weights, t: int) -> Row:
    angles = [t * math.exp(-math.log(10000.0) * i / 256) for i in range(256)]
    row = np.array([math.cos(a) for a in angles] + [math.sin(a) for a in angles])
    return affine(w.under("time_embed.2"), silu(affine(w.under("time_embed.0"), row)))


def text_states(w: Weights, clip: Row, layers: int) -> Row:
    states = affine(w.under("text_pre_proj"), clip)
    for i in range(layers):
        states = post_norm_layer(w.under(f"textTransEncoder.layers.{i}"), states, 4)
    return normed(w.under("text_ln"), states)


def motiondiffuse(state: Mapping[str, Tensor], x: Row, t: int, clip: Row, end: int) -> Row:
    """One motion under the states of one text's 77 tokens."""
    w = Weights(state)
    told = text_states(w, clip, 4)
    e = clock_of(w, t) + affine(w.under("text_proj.0"), told[end])
    h = affine(w.under("joint_embed"), x) + w["sequence_embedding"][: len(x)]
    for i in range(8):
        block = w.under(f"temporal_decoder_blocks.{i}")
        for name in ("sa_block", "ca_block"):
            own = block.under(name)
            y = normed(own.under("norm"), h)
            m = y if name == "sa_block" else normed(own.under("text_norm"), told)
            q, k, v = (
                affine(own.under(n), s)
                for n, s in zip(("query", "key", "value"), (y, m, m), strict=True)
            )
            seen = np.zeros(len(m), dtype=bool)
            h = h + styled(own.under("proj_out"), linear_attention(q, k, v, 8, seen), e)
        h = fed_forward(block.under("ffn"), h, e)
    return affine(w.under("out"), h)


def memory(
    state: Mapping[str, Tensor], motions: Row, lengths: list[int], captions: Row
) -> tuple[Row, Row, Row]:
    """Pairs, motions and hidden flags of what was looked up for one text."""
    w = Weights(state, "database.")
    pairs, alone, hidden = [], [], []
    for motion, length, caption in zip(motions, lengths, captions, strict=True):
        gone = np.arange(len(motion)) >= length
        h = affine(w.under("motion_proj"), motion) + w["motion_pos_embedding"][: len(motion)]
        for i in range(2):
            block = w.under(f"motion_encoder_blocks.{i}")
            y = normed(block.under("sa_block.norm"), h)
            q, k, v = (affine(block.under(f"sa_block.{n}"), y) for n in ("query", "key", "value"))
            h = h + fast_linear_attention(q, k, v, 8, gone)
            inner = gelu(affine(block.under("ffn.linear1"), h))
            h = h + affine(block.under("ffn.linear2"), inner)
        said = caption
        for i in range(2):
            said = post_norm_layer(w.under(f"text_encoder.layers.{i}"), said, 8)
        kept = h[::4]
        alone.append(kept)
        pairs.append(np.concatenate([kept, np.tile(said[-1], (len(kept), 1))], axis=1))
        hidden.append(gone[::4])
    return np.concatenate(pairs), np.concatenate(alone), np.concatenate(hidden)


def fast_linear_attention(q: Row, k: Row, v: Row, heads: int, hidden: Row) -> Row:
    """The same sums in another order: for long sequences."""
    k = k + np.where(hidden, -1e6, 0.0)[:, None]
    v = np.where(hidden, 0.0, 1.0)[:, None] * v
    size = q.shape[-1] // heads
    parts = [slice(i * size, (i + 1) * size) for i in range(heads)]
    return np.concatenate(
        [softmax(q[:, p]) @ (softmax(k[:, p], axis=0).T @ v[:, p]) for p in parts], axis=1
    )


def remodiffuse(
    state: Mapping[str, Tensor],
    x: Row,
    t: int,
    clip: Row,
    found: tuple[Row, Row, Row],
    switches: tuple[bool, bool],
) -> Row:
    """One motion with text and looked-up motions switched on or off."""
    w = Weights(state)
    told, e = text_states(w, clip, 2), clock_of(w, t)
    pair, alone, gone = found
    hidden = np.concatenate(
        [np.full(len(told), not switches[0]), gone | (not switches[1]), np.zeros(len(x), bool)]
    )
    h = affine(w.under("joint_embed"), x) + w["sequence_embedding"][: len(x)]
    for i in range(4):
        own = w.under(f"temporal_decoder_blocks.{i}.ca_block")
        y, text = normed(own.under("norm"), h), normed(own.under("text_norm"), told)
        k = [affine(own.under("key_text"), text)]
        k += [affine(own.under("key_retr"), normed(own.under("retr_norm1"), pair))]
        k += [affine(own.under("key_motion"), y)]
        v = [affine(own.under("value_text"), text)]
        v += [affine(own.under("value_retr"), normed(own.under("retr_norm2"), alone))]
        v += [affine(own.under("value_motion"), y)]
        q = affine(own.under("query"), y)
        mixed = fast_linear_attention(q, np.concatenate(k), np.concatenate(v), 8, hidden)
        h = h + styled(own.under("proj_out"), mixed, e)
        h = fed_forward(w.under(f"temporal_decoder_blocks.{i}.ffn"), h, e)
    return affine(w.under("out"), h)


def clip_states(state: Mapping[str, Tensor], ids: list[int], layers: int) -> Row:
    """States of one row of tokens after the last norm, OpenAI's activation."""
    w = Weights(state)
    x = w["token_embedding.weight"][ids] + w["positional_embedding"][: len(ids)]
    future = np.triu(np.ones((len(ids), len(ids)), dtype=bool), 1)
    for i in range(layers):
        block = w.under(f"transformer.resblocks.{i}")
        y = normed(block.under("ln_1"), x)
        x = x + dot_attention(block.under("attn"), y, y, 8, future)
        inner = affine(block.under("mlp.c_fc"), normed(block.under("ln_2"), x))
        x = x + affine(block.under("mlp.c_proj"), inner / (1.0 + np.exp(-1.702 * inner)))
    return normed(w.under("ln_final"), x)
