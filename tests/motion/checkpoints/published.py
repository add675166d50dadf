# SPDX-License-Identifier: Apache-2.0
"""Published checkpoints remade: their tensors' names and full sizes, random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

State = dict[str, Tensor]
Shapes = dict[str, tuple[int, ...]]

PLAIN = (0.012826, 0.016927, 0.153766, 0.122244, 0.299692, 0.019470, 0.355933)
"""The seven deviations of HumanML3D's Std.npy."""
SIZES = (1, 2, 1, 63, 126, 66, 4)


def linear(name: str, out: int, into: int) -> Shapes:
    return {f"{name}.weight": (out, into), f"{name}.bias": (out,)}


def norm(name: str, width: int) -> Shapes:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def attention(name: str, width: int) -> Shapes:
    inner = {f"{name}.in_proj_weight": (3 * width, width), f"{name}.in_proj_bias": (3 * width,)}
    return inner | linear(f"{name}.out_proj", width, width)


def transformer(name: str, width: int, ff: int, layers: int, *, decoder: bool = False) -> Shapes:
    shapes: Shapes = {}
    for i in range(layers):
        at = f"{name}.layers.{i}"
        shapes |= attention(f"{at}.self_attn", width)
        shapes |= linear(f"{at}.linear1", ff, width) | linear(f"{at}.linear2", width, ff)
        shapes |= norm(f"{at}.norm1", width) | norm(f"{at}.norm2", width)
        if decoder:
            shapes |= attention(f"{at}.multihead_attn", width) | norm(f"{at}.norm3", width)
    return shapes


def styled(name: str, width: int, style: int) -> Shapes:
    shapes = linear(f"{name}.emb_layers.1", 2 * width, style) | norm(f"{name}.norm", width)
    return shapes | linear(f"{name}.out_layers.2", width, width)


def clip_shapes(layers: int = 12, width: int = 512, words: int = 49408) -> Shapes:
    shapes: Shapes = {
        "token_embedding.weight": (words, width),
        "positional_embedding": (77, width),
        "text_projection": (width, width),
        "logit_scale": (),
        "visual.conv1.weight": (8, 3, 4, 4),
    }
    shapes |= norm("ln_final", width)
    for i in range(layers):
        at = f"transformer.resblocks.{i}"
        shapes |= attention(f"{at}.attn", width) | norm(f"{at}.ln_1", width)
        shapes |= norm(f"{at}.ln_2", width) | linear(f"{at}.mlp.c_fc", 4 * width, width)
        shapes |= linear(f"{at}.mlp.c_proj", width, 4 * width)
    return shapes


def mdm_shapes(text: int = 512, *, decoder: bool = False, width: int = 263) -> Shapes:
    stack = "seqTransDecoder" if decoder else "seqTransEncoder"
    shapes = linear("input_process.poseEmbedding", 512, width)
    shapes |= linear("embed_timestep.time_embed.0", 512, 512)
    shapes |= linear("embed_timestep.time_embed.2", 512, 512)
    shapes |= {"sequence_pos_encoder.pe": (5000, 1, 512)}
    shapes |= {"embed_timestep.sequence_pos_encoder.pe": (5000, 1, 512)}
    shapes |= linear("embed_text", 512, text) | linear("output_process.poseFinal", width, 512)
    return shapes | transformer(stack, 512, 1024, 8, decoder=decoder)


def text_shapes(layers: int) -> Shapes:
    shapes = linear("text_pre_proj", 256, 512) | norm("text_ln", 256)
    return shapes | transformer("textTransEncoder", 256, 2048, layers)


def frame_shapes(style: int) -> Shapes:
    shapes: Shapes = {"sequence_embedding": (196, 512)}
    shapes |= linear("joint_embed", 512, 263) | linear("out", 263, 512)
    return shapes | linear("time_embed.0", style, 512) | linear("time_embed.2", style, style)


def motiondiffuse_shapes() -> Shapes:
    shapes = frame_shapes(2048) | text_shapes(4) | linear("text_proj.0", 2048, 256)
    for i in range(8):
        at = f"temporal_decoder_blocks.{i}"
        for block, text in (("sa_block", 512), ("ca_block", 256)):
            shapes |= norm(f"{at}.{block}.norm", 512) | linear(f"{at}.{block}.query", 512, 512)
            shapes |= linear(f"{at}.{block}.key", 512, text)
            shapes |= linear(f"{at}.{block}.value", 512, text)
            shapes |= styled(f"{at}.{block}.proj_out", 512, 2048)
        shapes |= norm(f"{at}.ca_block.text_norm", 256)
        shapes |= linear(f"{at}.ffn.linear1", 1024, 512) | linear(f"{at}.ffn.linear2", 512, 1024)
        shapes |= styled(f"{at}.ffn.proj_out", 512, 2048)
    return shapes


def remodiffuse_shapes() -> Shapes:
    shapes = frame_shapes(2048) | text_shapes(2)
    for i in range(4):
        at = f"temporal_decoder_blocks.{i}.ca_block"
        shapes |= norm(f"{at}.norm", 512) | norm(f"{at}.text_norm", 256)
        shapes |= norm(f"{at}.retr_norm1", 1024) | norm(f"{at}.retr_norm2", 512)
        for name, into in (("text", 256), ("motion", 512)):
            shapes |= linear(f"{at}.key_{name}", 512, into)
            shapes |= linear(f"{at}.value_{name}", 512, into)
        shapes |= linear(f"{at}.key_retr", 512, 1024) | linear(f"{at}.value_retr", 512, 512)
        shapes |= linear(f"{at}.query", 512, 512) | styled(f"{at}.proj_out", 512, 2048)
        at = f"temporal_decoder_blocks.{i}.ffn"
        shapes |= linear(f"{at}.linear1", 1024, 512) | linear(f"{at}.linear2", 512, 1024)
        shapes |= styled(f"{at}.proj_out", 512, 2048)
    shapes |= linear("database.motion_proj", 512, 263)
    shapes |= {"database.motion_pos_embedding": (196, 512)}
    shapes |= transformer("database.text_encoder", 512, 2048, 2)
    for i in range(2):
        at = f"database.motion_encoder_blocks.{i}"
        shapes |= norm(f"{at}.sa_block.norm", 512)
        for name in ("query", "key", "value"):
            shapes |= linear(f"{at}.sa_block.{name}", 512, 512)
        shapes |= linear(f"{at}.ffn.linear1", 1024, 512) | linear(f"{at}.ffn.linear2", 512, 1024)
    return shapes


def drawn(shapes: Shapes, seed: int = 0) -> State:
    """Weights that keep signals of unit size; norms near the identity."""
    generator = torch.Generator().manual_seed(seed)
    state: State = {}
    for name, shape in shapes.items():
        value = torch.randn(shape, generator=generator)
        near_one = ("norm" in name or "ln_" in name) and name.endswith("weight")
        fan = shape[-1] if len(shape) > 1 else 25
        state[name] = 1.0 + 0.1 * value if near_one else value / fan**0.5
    return state


def prefixed(prefix: str, state: State) -> State:
    return {f"{prefix}{name}": value for name, value in state.items()}


def statistics(folder: Path, bias: float = 1.0, names: tuple[str, str] = ("mean", "std")) -> None:
    std = np.repeat(np.array(PLAIN), SIZES)
    std[:4] /= bias
    std[259:] /= bias
    mean = np.random.default_rng(5).normal(0.0, 0.01, 263)
    mean[3] = 0.9
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / f"{names[0]}.npy", mean.astype(np.float32))
    np.save(folder / f"{names[1]}.npy", std.astype(np.float32))
