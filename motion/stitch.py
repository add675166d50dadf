# SPDX-License-Identifier: Apache-2.0
"""Motions longer than a denoiser's window: windows denoised together, or one after another.

- *average*: windows that overlap see the same noisy motion; where they overlap what they see is
  averaged with smooth weights (MultiDiffusion, Bar-Tal et al. 2023, arXiv 2302.08113, eq. 5).
- *collage*: windows are factors of a chain: their noises are summed and those of the overlaps, seen
  alone, taken away (DiffCollage, Zhang et al. 2023, arXiv 2303.17076, eq. 5).
- :func:`continued`: each window begins with the end of the one before, kept as known.

All windows of a step are asked in one batch. Features must not say where a window lies (velocities
of the root, not its place), or the windows must be told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.errors import Gen3dError
from motion.diffusion import Known
from motion.noise import Denoise

Mode = Literal["average", "collage"]
Continue = Callable[[int, int, Known | None], Tensor]
"""Number of the window, its frames and what is known of it, to motions "batch frames width"."""


def windows(frames: int, window: int, overlap: int) -> list[tuple[int, int]]:
    """Equal windows that cover a motion and overlap by at least so much, evenly laid.

    Args:
        frames: Of the motion.
        window: Of each window; the motion may be shorter.
        overlap: At least.

    Raises:
        Gen3dError: The overlap is not shorter than the window.
    """
    if not 0 <= overlap < window:
        raise Gen3dError(
            f"Windows of {window} frames cannot overlap by {overlap}.", "Give a shorter overlap."
        )
    if frames <= window:
        return [(0, frames)]
    count = 1 + math.ceil((frames - window) / (window - overlap))
    starts = [round(i * (frames - window) / (count - 1)) for i in range(count)]
    return [(start, start + window) for start in starts]


def blend_weights(spans: Sequence[tuple[int, int]], frames: int) -> Float[Tensor, "windows frames"]:
    """Share of each window in each frame: least at its ends, together 1 everywhere."""
    weights = torch.zeros(len(spans), frames, dtype=torch.float64)
    for row, (start, stop) in enumerate(spans):
        place = (torch.arange(stop - start, dtype=torch.float64) + 0.5) / (stop - start)
        weights[row, start:stop] = torch.sin(math.pi * place).square()
    return (weights / weights.sum(dim=0)).float()


def stitched(
    prompts: Sequence[Denoise] | Denoise, window: int, overlap: int, mode: Mode = "average"
) -> Denoise:
    """A denoiser of any length, from one of windows.

    Args:
        prompts: Sees windows, "(windows batch) window width", the first window's batch in front;
            or one denoiser a window, each of "batch window width" (collage asks the earlier of two
            windows for what they share).
        window: Its frames.
        overlap: At least so many frames are shared by neighbours.
        mode: See the module.
    """

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        spans = windows(x.shape[1], window, overlap)
        seen = _ask(prompts, spans, x, t)
        if mode == "average":
            weights = blend_weights(spans, x.shape[1]).to(x)
            return _summed(
                x, spans, [w[s:e] for w, (s, e) in zip(weights, spans, strict=True)], seen
            )
        whole = _summed(x, spans, [1.0] * len(spans), seen)
        shared = [(b[0], a[1]) for a, b in pairwise(spans)]
        return whole - _summed(x, shared, [1.0] * len(shared), _ask(prompts, shared, x, t))

    return denoise


def _ask(
    prompts: Sequence[Denoise] | Denoise,
    spans: Sequence[tuple[int, int]],
    x: Tensor,
    t: Tensor,
) -> list[Tensor]:
    """What is seen in each span; spans of one length go as one batch to a single denoiser."""
    if not callable(prompts):
        if len(prompts) < len(spans):
            raise Gen3dError(
                f"{len(prompts)} prompts do not fill {len(spans)} windows.", "Give one a window."
            )
        asked = zip(prompts, spans, strict=False)
        return [prompt(x[:, start:stop], t) for prompt, (start, stop) in asked]
    seen: dict[int, Tensor] = {}
    for length in sorted({stop - start for start, stop in spans}):
        rows = [i for i, (start, stop) in enumerate(spans) if stop - start == length]
        batch = torch.cat([x[:, spans[i][0] : spans[i][1]] for i in rows])
        found = prompts(batch, t.repeat(len(rows))).unflatten(0, (len(rows), len(x)))
        seen |= dict(zip(rows, found, strict=True))
    return [seen[i] for i in range(len(spans))]


def _summed(
    like: Tensor,
    spans: Sequence[tuple[int, int]],
    weights: Sequence[Tensor | float],
    seen: Sequence[Tensor],
) -> Tensor:
    total = torch.zeros_like(like)
    for (start, stop), weight, part in zip(spans, weights, seen, strict=True):
        share = weight[:, None] if isinstance(weight, Tensor) else weight
        total[:, start:stop] += share * part
    return total


def continued(
    sample: Continue, frames: int, window: int, overlap: int
) -> Float[Tensor, "batch frames width"]:
    """A motion made window by window, each beginning with the end of the one before.

    Args:
        sample: Makes one window.
        frames: Of the motion.
        window: Of each window.
        overlap: Frames of the one before that the next is given.
    """
    spans = windows(frames, window, overlap)
    motion = sample(0, spans[0][1], None)
    for number, (start, stop) in enumerate(spans[1:], start=1):
        tail = motion[:, start:]
        part = sample(number, stop - start, head(tail, stop - start))
        motion = torch.cat([motion, part[:, tail.shape[1] :]], dim=1)
    return motion


def head(tail: Float[Tensor, "batch known width"], frames: int) -> Known:
    """A motion of which the first frames are known."""
    values = tail.new_zeros(tail.shape[0], frames, tail.shape[2])
    mask = torch.zeros_like(values)
    values[:, : tail.shape[1]] = tail
    mask[:, : tail.shape[1]] = 1.0
    return Known(values, mask)
