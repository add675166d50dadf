# SPDX-License-Identifier: Apache-2.0
"""MDM, the Human Motion Diffusion Model (Tevet et al. 2022, arXiv 2209.14916, section 3).

A plain transformer that predicts x_0. ``trans_enc``: the sum of time and text is a token before the
frames. ``trans_dec``: frames attend to the text, which is that one token (CLIP) or every token of a
DistilBERT with time added; with ``emb_trans_dec`` time also leads the frames. Classifier-free
guidance (eq. 4): the text's features are set to zero, their linear layer is not.

The GRU variant and the autoregressive one (DiP, with a context of frames) are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn.functional import gelu

from gen3d.errors import Gen3dError
from motion.checkpoints.clip_text import Reader, load_clip_text
from motion.checkpoints.files import Weights
from motion.checkpoints.hosted import load_distilbert
from motion.checkpoints.layers import encoder, positions
from motion.checkpoints.model import Condition, Process
from motion.checkpoints.signature import (
    feature_width,
    fill,
    layer_count,
    side,
    without,
)

HEADS = 4
GUIDANCE = 2.5
"""Scale s of section 3.2's sampling."""
MAX_FRAMES = 196
_CLIP_WORDS, _BERT_WORDS = 20, 510
"""Tokens that are read of a text, without start and end."""
_RECOMPUTED = ("sequence_pos_encoder.", "embed_timestep.sequence_pos_encoder.", "clip_model.")


class Mdm(nn.Module):
    """The network; names of its parts are the checkpoint's."""

    def __init__(
        self,
        width: int,
        latent: int,
        *,
        layers: int,
        ff: int,
        text: int,
        decoder: bool = False,
        time_leads: bool = False,
    ) -> None:
        super().__init__()
        self.latent, self.decoder, self.time_leads = latent, decoder, time_leads
        self.input_process = nn.ModuleDict({"poseEmbedding": nn.Linear(width, latent)})
        self.output_process = nn.ModuleDict({"poseFinal": nn.Linear(latent, width)})
        time = nn.Sequential(nn.Linear(latent, latent), nn.SiLU(), nn.Linear(latent, latent))
        self.embed_timestep = nn.ModuleDict({"time_embed": time})
        self.embed_text = nn.Linear(text, latent)
        if decoder:
            layer = nn.TransformerDecoderLayer(latent, HEADS, ff, 0.0, gelu, batch_first=True)
            self.seqTransDecoder = nn.TransformerDecoder(layer, layers)
        else:
            self.seqTransEncoder = encoder(latent, layers, heads=HEADS, ff=ff)
        self.guidance = GUIDANCE
        self.reader: Reader | None = None
        self.by_token = False

    def condition(self, texts: Sequence[str], frames: int, seed: int) -> Condition:
        """Read texts: one sentence token (CLIP) or all tokens (DistilBERT)."""
        del frames
        if self.reader is None:
            raise Gen3dError("This MDM network was loaded without a text encoder.", "Name one.")
        reading = self.reader(texts, _BERT_WORDS if self.by_token else _CLIP_WORDS)
        if self.by_token:
            return Condition(reading.tokens, reading.seen, seed=seed)
        return Condition(reading.sentence[:, None], reading.seen[:, :1], seed=seed)

    def forward(
        self,
        x: Float[Tensor, "batch frames width"],
        t: Int64[Tensor, "batch"],
        condition: Condition,
    ) -> Float[Tensor, "batch frames width"]:
        """Clean features, guided: ``u + s (c - u)``, both in one batch."""
        tokens, seen = condition.tokens.to(x.dtype), condition.seen
        if self.guidance == 1.0:
            return self.predict(x, t, tokens, seen)
        twice = torch.cat([tokens, torch.zeros_like(tokens)])
        both = self.predict(x.repeat(2, 1, 1), t.repeat(2), twice, seen.repeat(2, 1))
        told, free = both.chunk(2)
        return free + self.guidance * (told - free)

    def predict(
        self, x: Tensor, t: Tensor, tokens: Tensor, seen: Tensor
    ) -> Float[Tensor, "batch frames width"]:
        """Clean features under text features, which are zero for no text."""
        places = positions(max(int(t.max()) + 1, x.shape[1] + 1), self.latent).to(x)
        time = self.embed_timestep["time_embed"](places[t])[:, None]
        told = self.embed_text(tokens) + time
        frames = self.input_process["poseEmbedding"](x)
        if not self.decoder:
            line = torch.cat([told, frames], dim=1)
            y = self.seqTransEncoder(line + places[: line.shape[1]])[:, told.shape[1] :]
            return self.output_process["poseFinal"](y)
        line = torch.cat([time, frames], dim=1) if self.time_leads else frames
        y = self.seqTransDecoder(
            line + places[: line.shape[1]], told, memory_key_padding_mask=~seen
        )
        return self.output_process["poseFinal"](y[:, line.shape[1] - frames.shape[1] :])


def load_mdm(
    weights: Weights, settings: Mapping[str, object], text_encoder: str | None, path: Path
) -> tuple[Mdm, int, int, Process]:
    """Build the network of a checkpoint.

    Args:
        weights: Its tensors.
        settings: Its ``args.json``; what is missing is as in the paper.
        text_encoder: Whose CLIP or DistilBERT; see :mod:`motion.checkpoints.clip_text`.
        path: For messages.

    Returns:
        The network, its features a frame, its most frames, and its noising.

    Raises:
        Gen3dError: A variant that is not read, a damaged file, or no text encoder.
    """
    if settings.get("context_len") or settings.get("multi_target_cond"):
        raise Gen3dError(
            f"{path} is DiP, which goes on from given frames and needs targets; it is not read.",
            "Use a text-to-motion checkpoint of MDM.",
        )
    if str(settings.get("emb_policy", "add")) != "add":
        raise Gen3dError(f"{path} joins time and text in a way that is not read.", "")
    kind = "linear" if settings.get("noise_schedule") == "linear" else "cosine"
    process = Process("clean", kind, _steps(settings, path))
    mine = without(weights, _RECOMPUTED)
    network, width = _sized(mine, settings, path)
    fill(network, mine, path)
    network.by_token = _reads_tokens(settings, network)
    network.reader = _reader(text_encoder, path, tokens=network.by_token)
    return network, width, MAX_FRAMES, process


def _sized(mine: Weights, settings: Mapping[str, object], path: Path) -> tuple[Mdm, int]:
    """A network without memory, of the sizes that the tensors have."""
    stack = "seqTransDecoder" if any(k.startswith("seqTransDecoder.") for k in mine) else ""
    stack = stack or "seqTransEncoder"
    width = feature_width(mine, "input_process.poseEmbedding.weight", path)
    latent = side(mine, "input_process.poseEmbedding.weight", 0, path)
    if latent % HEADS:
        raise Gen3dError(f"{path} has {latent} channels, which {HEADS} heads cannot share.", "")
    with torch.device("meta"):
        network = Mdm(
            width,
            latent,
            layers=layer_count(mine, f"{stack}.layers", path),
            ff=side(mine, f"{stack}.layers.0.linear1.weight", 0, path),
            text=side(mine, "embed_text.weight", 1, path),
            decoder=stack == "seqTransDecoder",
            time_leads=bool(settings.get("emb_trans_dec", False)),
        )
    return network, width


def _reads_tokens(settings: Mapping[str, object], network: Mdm) -> bool:
    """Whether the text encoder is DistilBERT: as the settings say, or by its width."""
    named = str(settings.get("text_encoder_type", ""))
    return named == "bert" if named else network.embed_text.in_features == 768


def _reader(source: str | None, path: Path, *, tokens: bool) -> Reader:
    what = "DistilBERT" if tokens else "CLIP ViT-B/32"
    if source is None:
        usual = "a folder of distilbert-base-uncased" if tokens else "ViT-B-32:openai or a folder"
        raise Gen3dError(
            f"{path.name} does not carry its text encoder ({what}).",
            f"Give --text-encoder: {usual}.",
        )
    load = cast("Callable[[str], Reader]", load_distilbert if tokens else load_clip_text)
    return load(source)


def _steps(settings: Mapping[str, object], path: Path) -> int:
    steps = settings.get("diffusion_steps", 1000)
    if not isinstance(steps, int) or isinstance(steps, bool) or not 2 <= steps <= 4096:
        raise Gen3dError(f"{path.name} claims {steps!r} diffusion steps.", "Correct its args.json.")
    return steps
