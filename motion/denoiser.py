# SPDX-License-Identifier: Apache-2.0
"""The project's motion denoiser: noisy features, a time and a condition to clean features.

Each layer lets the frames look at themselves, then at words and memory, then think, every sub-block
ending in a stylisation by time and words (:mod:`motion.attention`). ``attention="efficient"`` is of
the family of MotionDiffuse (Zhang et al. 2022, arXiv 2208.15001) and ReMoDiffuse; ``"full"`` of
that of MDM (Tevet et al. 2023, arXiv 2209.14916): transformer attention and a token for the time.
Words are the frozen MiniLM's token states (:meth:`gen3d.text.TextEncoder.states`). Keyframes and
paths enter as channels beside the noisy motion: values, and a mask of which are meant.

A folder of it is ``config.json`` and ``model.safetensors``; the mean and the deviation of the
features travel with the weights, so that :meth:`Denoiser.denormalised` gives features as they were.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, cast, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gen3d.atomic import publish, write_whole
from gen3d.errors import Gen3dError
from gen3d.models.files import read_weights
from motion.attention import (
    FeedForward,
    Kind,
    Memory,
    RecallEncoder,
    SelfAttention,
    SemanticAttention,
    silent_layer,
    sinusoids,
)
from motion.condition import Condition
from motion.noise import NoiseSchedule, Prediction, cosine_schedule, linear_schedule

Read = tuple[Tensor, Tensor, Tensor]
"""Keys, values and presence of remembered frames."""
CONFIG, WEIGHTS = "config.json", "model.safetensors"
MOST_PARAMETERS = 400_000_000
"""Larger networks are refused before memory is taken."""
_BOUNDS = {
    "features": (1, 4096),
    "width": (8, 2048),
    "layers": (1, 48),
    "heads": (1, 64),
    "inner": (8, 8192),
    "text_width": (1, 8192),
    "steps": (2, 10000),
}
_CHOICES = {
    "attention": get_args(Kind),
    "prediction": get_args(Prediction),
    "schedule": ("cosine", "linear"),
    "constrained": (True, False),
    "recalling": (True, False),
}


@dataclass(frozen=True)
class DenoiserConfig:
    """The shape of a denoiser, and what its numbers mean."""

    features: int
    """Width of a frame."""
    width: int = 256
    """Of a token."""
    layers: int = 6
    heads: int = 4
    inner: int = 768
    """Of the feed-forward layers."""
    attention: Kind = "full"
    text_width: int = 384
    constrained: bool = True
    """Whether it takes keyframes and paths."""
    recalling: bool = False
    """Whether it takes remembered motions."""
    prediction: Prediction = "clean"
    schedule: Literal["cosine", "linear"] = "cosine"
    steps: int = 1000
    fps: float = 20.0

    def __post_init__(self) -> None:
        _check(asdict(self))

    def noise_schedule(self) -> NoiseSchedule:
        """The noise levels it is trained at."""
        make = {"cosine": cosine_schedule, "linear": linear_schedule}
        return make[self.schedule](self.steps)


def _check(settings: Mapping[str, object]) -> None:
    """Refuse what no network can have, before memory is taken.

    Raises:
        Gen3dError: A value of another type, or out of its range.
    """
    for name, (low, high) in _BOUNDS.items():
        value = settings[name]
        if type(value) is not int or not low <= value <= high:
            raise _refusal(name, value, f"a whole number from {low} to {high}")
    for name, choices in _CHOICES.items():
        if settings[name] not in choices:
            raise _refusal(name, settings[name], f"one of {choices}")
    if not isinstance(settings["fps"], int | float) or not 1.0 <= settings["fps"] <= 240.0:
        raise _refusal("fps", settings["fps"], "from 1 to 240")
    width, heads = cast("int", settings["width"]), cast("int", settings["heads"])
    if width % (2 * heads):
        raise _refusal("heads", heads, f"a divisor of half its width {width}")


def _refusal(name: str, value: object, wanted: str) -> Gen3dError:
    return Gen3dError(
        f"A motion denoiser's {name} is {str(value)[:40]!r}, not {wanted}.",
        "Correct it in its config.json, or copy the folder again.",
    )


class Denoiser(nn.Module):
    """See the module.

    Args:
        config: Its shape.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        self.config = config
        width = config.width
        channels = config.features * (3 if config.constrained else 1)
        self.enter = nn.Linear(channels, width)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.words = nn.Sequential(
            nn.LayerNorm(config.text_width), nn.Linear(config.text_width, width)
        )
        self.sentence = nn.Linear(config.text_width, width)
        self.unworded = nn.Parameter(torch.zeros(width))
        self.recall = (
            RecallEncoder(config.features, config.text_width, width, config.heads)
            if config.recalling
            else None
        )
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.layers))
        self.leave = nn.Sequential(nn.LayerNorm(width), silent_layer(width, config.features))
        self.register_buffer("mean", torch.zeros(config.features))
        self.register_buffer("deviation", torch.ones(config.features))

    def forward(
        self,
        x: Float[Tensor, "batch frames features"],
        t: Float[Tensor, "batch"],
        condition: Condition,
        remembered: Read | None = None,
    ) -> Float[Tensor, "batch frames features"]:
        """What the network predicts (``config.prediction``) of normalised noisy motions.

        Args:
            x: Normalised and noisy.
            t: Times of the schedule.
            condition: Of the same batch.
            remembered: Its memories, read before (:meth:`read`): they are the same at every time.
        """
        if remembered is None:
            remembered = self.read(condition)
        style = self._style(t, condition)
        memory = self._memory(style, condition, remembered)
        seen = condition.frames_seen
        tokens: Tensor = self.enter(self._channels(x, condition))
        if self.config.attention == "efficient":
            places = torch.arange(x.shape[1], device=x.device).float()
            tokens = tokens + sinusoids(places, tokens.shape[2]).to(tokens.dtype)
        for layer in self.layers:
            tokens = layer(tokens, memory, style, seen)
        found: Tensor = self.leave(tokens)
        return found

    def _style(self, t: Tensor, condition: Condition) -> Tensor:
        """Embedding of time and sentence (the mean of its tokens)."""
        there = condition.words_seen[..., None].to(condition.words.dtype)
        count = there.sum(dim=1)
        mean = (condition.words * there).sum(dim=1) / count.clamp(min=1.0)
        said = torch.where(count > 0, self.sentence(mean), self.unworded)
        style: Tensor = self.time(sinusoids(t, self.config.width).to(said.dtype)) + said
        return style

    def read(self, condition: Condition) -> Read | None:
        """Keys, values and presence of what is remembered; nothing where there is no memory."""
        if self.recall is None or condition.recalled is None:
            return None
        read: Read = self.recall(condition.recalled)
        return read

    def _memory(self, style: Tensor, condition: Condition, remembered: Read | None) -> Memory:
        """Words, a token of the time, and what is remembered."""
        words = torch.cat([style[:, None], self.words(condition.words)], dim=1)
        always = condition.words_seen.new_ones(len(style), 1)
        seen = torch.cat([always, condition.words_seen], dim=1)
        return Memory(words, seen, *(remembered or ()))

    def _channels(self, x: Tensor, condition: Condition) -> Tensor:
        if not self.config.constrained:
            return x
        if condition.known is None:
            nothing = torch.zeros_like(x)
            return torch.cat([x, nothing, nothing], dim=-1)
        mask = condition.known.mask.to(x)
        return torch.cat([x, condition.known.values.to(x) * mask, mask], dim=-1)

    def normalised(self, features: Float[Tensor, "*batch features"]) -> Tensor:
        """Features as the network takes them."""
        return (features - self.mean) / self.deviation

    def denormalised(self, features: Float[Tensor, "*batch features"]) -> Tensor:
        """Features as they are."""
        return features * self.deviation + self.mean


class _Layer(nn.Module):
    """Frames look at themselves, at words and memory, and think."""

    def __init__(self, config: DenoiserConfig) -> None:
        super().__init__()
        width, heads, kind = config.width, config.heads, config.attention
        self.itself = SelfAttention(width, heads, width, kind)
        self.others = SemanticAttention(width, heads, width, kind, recalling=config.recalling)
        self.thinks = FeedForward(width, config.inner, width)

    def forward(self, x: Tensor, memory: Memory, style: Tensor, seen: Tensor | None) -> Tensor:
        x = self.itself(x, style, seen)
        x = self.others(x, memory, style, seen)
        thought: Tensor = self.thinks(x, style)
        return thought


def save_denoiser(model: Denoiser, folder: Path) -> None:
    """Write ``config.json`` and ``model.safetensors``."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{WEIGHTS}.tmp"
    save_file({n: v.detach().cpu().contiguous() for n, v in model.state_dict().items()}, temporary)
    publish(temporary, folder / WEIGHTS)
    write_whole(folder / CONFIG, json.dumps(asdict(model.config), indent=2) + "\n")


def load_denoiser(folder: Path) -> Denoiser:
    """Read a folder that :func:`save_denoiser` wrote; half precision becomes single.

    Raises:
        Gen3dError: Files are missing, damaged, too large, or do not fit each other.
    """
    config = read_config(folder / CONFIG)
    with torch.device("meta"):
        model = Denoiser(config)
    expected = {name: value.shape for name, value in model.state_dict().items()}
    parameters = sum(shape.numel() for shape in expected.values())
    path = folder / WEIGHTS
    if parameters > MOST_PARAMETERS or (
        path.is_file() and path.stat().st_size > 8 * parameters + (1 << 20)
    ):
        raise Gen3dError(
            f"The motion model in {folder} is larger than its config.json or any bound allows.",
            "Copy the folder again.",
        )
    weights = read_weights(path)
    wrong = sorted(n for n in expected.keys() | weights.keys() if not _fits(n, expected, weights))
    if wrong:
        raise Gen3dError(
            f"The weights in {folder} do not fit its config.json: {len(wrong)} are missing,"
            f" unknown or of another shape (first: {wrong[0]}).",
            "Copy the folder again.",
        )
    model.load_state_dict(dict(weights), assign=True)
    return model.eval().requires_grad_(requires_grad=False)


def _fits(name: str, expected: Mapping[str, torch.Size], weights: Mapping[str, Tensor]) -> bool:
    return name in expected and name in weights and weights[name].shape == expected[name]


def read_config(path: Path) -> DenoiserConfig:
    """Read and check a ``config.json``.

    Raises:
        Gen3dError: Missing, not JSON, an unknown key or a value out of its range.
    """
    again = "Copy the folder again; a motion model has config.json and model.safetensors."
    try:
        content = json.loads(path.read_text(encoding="utf-8")[: 1 << 16])
    except (OSError, ValueError) as error:
        raise Gen3dError(f"{path} cannot be read: {error}.", again) from None
    if not isinstance(content, dict):
        raise Gen3dError(f"{path} is not a JSON object.", again)
    settings = cast("dict[str, Any]", content)
    unknown = sorted(settings.keys() - {f.name for f in fields(DenoiserConfig)})
    if unknown or "features" not in settings:
        what = f"has the unknown key {unknown[0]!r}" if unknown else "does not say features"
        raise Gen3dError(f"{path} {what}.", again)
    defaults = {f.name: f.default for f in fields(DenoiserConfig)}
    _check(defaults | settings)
    return DenoiserConfig(**settings)
