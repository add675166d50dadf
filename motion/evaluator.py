# SPDX-License-Identifier: Apache-2.0
"""The judge of text and motion: two encoders that put matching pairs close together.

Trained contrastively (InfoNCE, van den Oord et al. 2018, arXiv 1807.03748; both directions as in
CLIP), it plays the part that the recurrent encoders of Guo et al. 2022 play in the published
protocol, and :mod:`motion.metrics` measures in its space. Motions of any feature width are shrunk
four frames to one by two strided convolutions and read by a small transformer; texts come as the
frozen MiniLM's token states. Embeddings have length 1, so distances are between 0 and 2.

It judges what it was trained to, by statistics of its own that travel with its weights: features
whose gain is 0 (contacts, which are what :mod:`motion.certificate` measures) are not read.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from jaxtyping import Bool, Float, Int64
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, gelu, normalize

from gen3d.atomic import publish, write_whole
from gen3d.errors import Gen3dError

CONFIG, WEIGHTS = "config.json", "model.safetensors"
_SHRINK = 4
_WARMEST = 100.0
"""Largest factor of cosines: a colder softmax stops learning (Radford et al. 2021, sec. 2.5)."""


@dataclass(frozen=True)
class EvaluatorConfig:
    """Sizes of the two encoders."""

    features: int
    """Numbers a frame of the motions."""
    text: int = 384
    """Width of the text's token states."""
    width: int = 192
    layers: int = 3
    heads: int = 6
    embedding: int = 128

    def __post_init__(self) -> None:
        sizes = asdict(self).values()
        whole = all(isinstance(size, int) and 0 < size <= 4096 for size in sizes)
        if not whole or self.layers > 32 or self.width % (2 * self.heads):
            raise Gen3dError(
                f"An evaluator cannot have the sizes {list(sizes)}.",
                "The width is a multiple of twice the heads.",
            )


def _waves(count: int, width: int, like: Tensor) -> Float[Tensor, "count width"]:
    """Sines and cosines of the place."""
    rates = 10000.0 ** (-torch.arange(0, width, 2, device=like.device) / width)
    angles = torch.arange(count, device=like.device)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1).to(like.dtype)


def _within(
    x: Float[Tensor, "batch channels frames"], lengths: Int64[Tensor, "batch"]
) -> Float[Tensor, "batch channels frames"]:
    """Zero beyond the lengths, so that a strided convolution reads no padding."""
    inside = torch.arange(x.shape[2], device=x.device) < lengths[:, None]
    return x * inside[:, None]


class _Reader(nn.Module):
    """A transformer over a sequence, and the mean of what its tokens became."""

    def __init__(self, config: EvaluatorConfig) -> None:
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            *(config.width, config.heads, 4 * config.width, 0.1, gelu),
            batch_first=True,
            norm_first=True,
        )
        norm = nn.LayerNorm(config.width)
        self.layers = nn.TransformerEncoder(layer, config.layers, norm, enable_nested_tensor=False)
        self.out = nn.Linear(config.width, config.embedding)

    def forward(
        self, x: Float[Tensor, "batch tokens width"], seen: Bool[Tensor, "batch tokens"]
    ) -> Float[Tensor, "batch embedding"]:
        x = x + _waves(x.shape[1], x.shape[2], x)
        read = self.layers(x, src_key_padding_mask=~seen)
        weight = seen[..., None].to(x.dtype)
        mean = (read * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1.0)
        return normalize(self.out(mean), dim=-1)


class Evaluator(nn.Module):
    """Both encoders, the temperature of their training and the statistics of its motions."""

    mean: Tensor
    gain: Tensor

    def __init__(self, config: EvaluatorConfig) -> None:
        super().__init__()
        self.config = config
        self.halve = nn.Conv1d(config.features, config.width, 4, 2, 1)
        self.quarter = nn.Conv1d(config.width, config.width, 4, 2, 1)
        self.motion_reader = _Reader(config)
        self.lift = nn.Linear(config.text, config.width)
        self.text_reader = _Reader(config)
        self.log_scale = nn.Parameter(torch.tensor(1.0 / 0.07).log())
        self.register_buffer("mean", torch.zeros(config.features))
        self.register_buffer("gain", torch.ones(config.features))

    def normalised(
        self, features: Float[Tensor, "*batch features"]
    ) -> Float[Tensor, "*batch features"]:
        """Features as they are to features as it takes them; what it must not read is 0."""
        return (features - self.mean) * self.gain

    def motions(
        self, features: Float[Tensor, "batch frames features"], lengths: Int64[Tensor, "batch"]
    ) -> Float[Tensor, "batch embedding"]:
        """Unit embeddings of normalised motions; what lies beyond their lengths is not read."""
        x = _within(features.transpose(1, 2), lengths)
        half = _within(gelu(self.halve(x)), lengths // 2)
        shrunk = self.quarter(half).transpose(1, 2)
        whole = torch.arange(shrunk.shape[1], device=features.device)
        return self.motion_reader(shrunk, whole < (lengths[:, None] // _SHRINK).clamp(min=1))

    def texts(
        self, states: Float[Tensor, "batch tokens text"], seen: Bool[Tensor, "batch tokens"]
    ) -> Float[Tensor, "batch embedding"]:
        """Unit embeddings of texts, from MiniLM's token states."""
        return self.text_reader(self.lift(states), seen)

    def scale(self) -> Float[Tensor, ""]:
        """Factor of cosines before the softmax."""
        return self.log_scale.exp().clamp(max=_WARMEST)


def info_nce(
    motions: Float[Tensor, "batch embedding"],
    texts: Float[Tensor, "batch embedding"],
    scale: Float[Tensor, ""] | float,
    same: Bool[Tensor, "batch batch"] | None = None,
) -> Float[Tensor, ""]:
    """Mean cross entropy of finding the own text of a motion and the own motion of a text.

    Args:
        motions: Unit embeddings.
        texts: Unit embeddings; row i belongs to row i of the motions.
        scale: Inverse temperature.
        same: Pairs whose captions say the same: neither right nor wrong for each other, they are
            left out of the sums. The diagonal never is.
    """
    logits = scale * motions @ texts.T
    if same is not None:
        own = torch.eye(len(motions), dtype=torch.bool, device=same.device)
        logits = logits.masked_fill(same & ~own, -torch.inf)
    right = torch.arange(len(motions), device=logits.device)
    return 0.5 * (cross_entropy(logits, right) + cross_entropy(logits.T, right))


def same_words(captions: list[str]) -> Bool[Tensor, "batch batch"]:
    """Which captions of a batch are equal but for case and spaces."""
    keys: dict[str, int] = {}
    ids = [keys.setdefault(" ".join(text.lower().split()), len(keys)) for text in captions]
    row = torch.tensor(ids)
    return row[:, None] == row[None]


def evaluator_loss(
    evaluator: Evaluator,
    features: Float[Tensor, "batch frames features"],
    lengths: Int64[Tensor, "batch"],
    states: Float[Tensor, "batch tokens text"],
    seen: Bool[Tensor, "batch tokens"],
    same: Bool[Tensor, "batch batch"] | None = None,
) -> dict[str, Tensor]:
    """One step's figures for :func:`gen3d.loop.train`: the loss, and how often it is right."""
    motions, texts = evaluator.motions(features, lengths), evaluator.texts(states, seen)
    with torch.no_grad():
        found = (motions @ texts.T).argmax(dim=1) == torch.arange(len(motions))
    loss = info_nce(motions, texts, evaluator.scale(), same)
    return {"loss": loss, "right": found.float().mean()}


def save_evaluator(evaluator: Evaluator, folder: Path) -> None:
    """Write configuration and weights."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {k: v.detach().cpu().contiguous() for k, v in evaluator.state_dict().items()}
    temporary = folder / f".{WEIGHTS}.tmp"
    save_file(state, temporary)
    publish(temporary, folder / WEIGHTS)
    write_whole(
        folder / CONFIG, json.dumps(asdict(evaluator.config), indent=2, sort_keys=True) + "\n"
    )


def load_evaluator(folder: Path) -> Evaluator:
    """Read an evaluator, frozen.

    Raises:
        Gen3dError: Its files are missing, damaged or do not fit each other.
    """
    try:
        content = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        config = EvaluatorConfig(**content)
        state = load_file(folder / WEIGHTS)
    except (OSError, ValueError, TypeError, SafetensorError) as error:
        raise Gen3dError(f"{folder} holds no evaluator ({error}).", "Train it again.") from None
    with torch.device("meta"):
        evaluator = Evaluator(config)
    try:
        evaluator.load_state_dict(state, assign=True)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise Gen3dError(f"{folder} holds another evaluator: {reason}", "Train again.") from None
    return evaluator.float().eval().requires_grad_(requires_grad=False)
