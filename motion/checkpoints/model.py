# SPDX-License-Identifier: Apache-2.0
"""What every loaded motion network is, whoever trained it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from gen3d.errors import Gen3dError
from motion.checkpoints.signature import Kind
from motion.features_norm import Normalization

Prediction = Literal["clean", "noise"]


@dataclass(frozen=True)
class Process:
    """The noising that a network was trained to undo."""

    prediction: Prediction
    schedule: Literal["linear", "cosine"]
    steps: int = 1000


@dataclass(frozen=True)
class Memory:
    """Motions that were looked up for each text, as ReMoDiffuse's attention reads them."""

    both: Float[Tensor, "batch tokens pair"]
    """Motion and text features side by side: the keys come from these."""
    motion: Float[Tensor, "batch tokens width"]
    """The values come from these."""
    seen: Bool[Tensor, "batch tokens"]


@dataclass(frozen=True)
class Condition:
    """Texts as a network wants them, made once for all steps."""

    tokens: Float[Tensor, "batch tokens features"]
    seen: Bool[Tensor, "batch tokens"]
    sentence: Float[Tensor, "batch style"] | None = None
    memory: Memory | None = None
    seed: int = 0
    """Of the coins that a mixture of conditions tosses."""

    def __len__(self) -> int:
        return len(self.tokens)


@runtime_checkable
class Network(Protocol):
    """A frozen network in evaluation mode."""

    def condition(self, texts: Sequence[str], frames: int, seed: int) -> Condition:
        """Read texts for motions of so many frames."""
        ...

    def __call__(
        self,
        x: Float[Tensor, "batch frames width"],
        t: Int64[Tensor, "batch"],
        condition: Condition,
    ) -> Tensor:
        """The raw prediction, guided as the paper says."""
        ...


@dataclass(frozen=True)
class MotionModel:
    """Somebody's text-to-motion network, ready for any sampler."""

    kind: Kind
    path: Path
    width: int
    """263 (HumanML3D) or 251 (KIT-ML) features a frame."""
    max_frames: int
    process: Process
    network: Network
    normalization: Normalization

    def condition(self, texts: Sequence[str], frames: int, seed: int = 0) -> Condition:
        """Read texts for motions of so many frames.

        Raises:
            Gen3dError: No text, or more frames than the model has places for.
        """
        if not texts or not 0 < frames <= self.max_frames:
            raise Gen3dError(
                f"{self.path.name} makes 1 to {self.max_frames} frames of at least one text, "
                f"not {frames} frames of {len(texts)}.",
                "Ask for a shorter motion.",
            )
        with torch.inference_mode():
            return self.network.condition(texts, frames, seed)

    def denoise(
        self,
        x: Float[Tensor, "batch frames width"],
        t: Float[Tensor, "batch"] | Int64[Tensor, "batch"],
        condition: Condition,
    ) -> Float[Tensor, "batch frames width"]:
        """The network's raw prediction (:attr:`Process.prediction`) for normalised features."""
        return self.network(x, t.round().long() if t.is_floating_point() else t, condition)

    def denoiser(self, condition: Condition) -> Callable[[Tensor, Tensor], Tensor]:
        """The same under fixed words: what samplers and part and time control take."""

        def denoise(x: Tensor, t: Tensor) -> Tensor:
            return self.denoise(x, t, condition)

        return denoise
