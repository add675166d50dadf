# SPDX-License-Identifier: Apache-2.0
"""Part prompts that leak less: one whole motion a prompt, sampled side by side and coupled.

MotionDiffuse's formula (:func:`motion.control.parts`) shows every prompt the same noisy motion, so
what the arms are told changes what the legs' prompt sees, and with it the legs. Here each prompt
has a whole motion of its own, all from the same noise; at each step it is shown its own part as it
is, and the rest of the body between its own (coupling 0) and that of the prompts which have it
(coupling 1: the formula, without its gradient term). The parts are put together at the end. So the
coupling says how much parts heed each other; at 0 nothing leaks and nothing is in step.

Rows are "(prompts batch) frames width", the first prompt's batch in front.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.errors import Gen3dError
from motion.noise import Denoise

COUPLING = 0.015
"""Default: at most some 10 % of a prompt's effect is seen outside its part."""


def in_rows(denoisers: Sequence[Denoise]) -> Denoise:
    """Denoisers of one prompt each, as one of rows; :func:`motion.guidance.rows` asks at once."""

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        parts = zip(denoisers, x.chunk(len(denoisers)), t.chunk(len(denoisers)), strict=True)
        return torch.cat([each(own, times) for each, own, times in parts])

    return denoise


def coupled(
    rows: Denoise, shares: Float[Tensor, "prompts width"], coupling: float = COUPLING
) -> Denoise:
    """The rows' denoiser under coupling; start it from :func:`start`, end with :func:`joint`.

    Args:
        rows: Each prompt's clean motions from its own rows.
        shares: Of the prompts in each feature; they sum to 1.
        coupling: In [0, 1].

    Raises:
        Gen3dError: The shares do not sum to 1, or the coupling is out of its range.
    """
    if float((shares.sum(dim=0) - 1.0).abs().max()) > 1e-4:
        raise Gen3dError("Some features are of no prompt.", "Give the rest to one of the prompts.")
    if not 0.0 <= coupling <= 1.0:
        raise Gen3dError(f"A coupling of {coupling} is not between 0 and 1.", f"Choose {COUPLING}.")

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        whole = start(joint(x, shares), len(shares))
        return rows(torch.lerp(x, whole, coupling), t)

    return denoise


def start(noise: Float[Tensor, "batch frames width"], prompts: int) -> Tensor:
    """The same noise for every prompt, in rows."""
    return noise.repeat(prompts, 1, 1)


def joint(
    rows: Float[Tensor, "rows frames width"], shares: Float[Tensor, "prompts width"]
) -> Float[Tensor, "batch frames width"]:
    """Every feature from the prompts that have it."""
    own = rows.unflatten(0, (len(shares), -1))
    return torch.einsum("pbfw,pw->bfw", own, shares.to(rows))
