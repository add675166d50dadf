# SPDX-License-Identifier: Apache-2.0
"""What score distillation needs of a diffusion model, whatever the model is.

A :class:`Denoiser` turns pictures into the space that its model works in (latents, or the pixels
themselves), differentiably, and says which noise it sees there given some words. The models read by
:mod:`gen3d.guidance.diffusion` are denoisers, and so is any closed form, which is how the
distillation is tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from jaxtyping import Float, Int
from torch import Tensor

from gen3d.guidance.noise import NoiseLevels


@runtime_checkable
class Denoiser(Protocol):
    """A frozen text-to-image diffusion model."""

    @property
    def levels(self) -> NoiseLevels:
        """Its noise schedule."""
        ...

    def encode(
        self, pictures: Float[Tensor, "views 3 height width"]
    ) -> Float[Tensor, "views channels rows columns"]:
        """Pictures (sRGB, [0, 1], any size) in the model's space, differentiably."""
        ...

    def decode(
        self, latents: Float[Tensor, "views channels rows columns"]
    ) -> Float[Tensor, "views 3 height width"]:
        """Back to pictures (sRGB, [0, 1])."""
        ...

    def embed(self, texts: Sequence[str]) -> Float[Tensor, "texts tokens width"]:
        """What the model reads of some texts; the empty text is the unconditional one."""
        ...

    def epsilon(
        self,
        noisy: Float[Tensor, "batch channels rows columns"],
        step: Int[Tensor, "batch"],
        words: Float[Tensor, "batch tokens width"],
    ) -> Float[Tensor, "batch channels rows columns"]:
        """The noise that the model sees, whatever it predicts natively."""
        ...
