# SPDX-License-Identifier: Apache-2.0
"""A network under conditions, as the denoisers that samplers and controls take.

Every function asks the network once a step, whatever the number of its branches: one prompt with
classifier-free guidance (:func:`conditioned`), several prompts for the same motions
(:func:`together`, for :mod:`motion.control`) or for motions of their own (:func:`rows`, for
:mod:`motion.coupling`), words and memory in a mixture (:func:`reminded`).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from motion.condition import Condition, stacked
from motion.denoiser import Denoiser
from motion.diffusion import guidance_weights, mixed
from motion.noise import Denoise, DenoiseAll, as_clean
from motion.recall import Mixing


def conditioned(
    model: Denoiser,
    condition: Condition,
    text: float = 1.0,
    constraint: float | None = None,
) -> Denoise:
    """The denoiser of one condition, guided.

    Args:
        model: The network.
        condition: Of the batch that will be sampled.
        text: Scale of the words; 1 asks the network once a step, others twice in one batch.
        constraint: Scale of keyframes and paths, which costs a third; by default they are in every
            branch, unscaled.
    """
    if text == 1.0 and constraint is None:
        return _bound(model, condition)
    on = condition.words_seen.new_ones(len(condition))
    branches = [condition.worded(~on), condition]
    if constraint is not None:
        branches = [b.constrained(~on) for b in branches] + [condition]
    return mixed(_bound(model, stacked(branches)), guidance_weights(text, constraint))


def together(model: Denoiser, conditions: Sequence[Condition], text: float = 1.0) -> DenoiseAll:
    """What several prompts see in the same motions, guided, in one call.

    Args:
        model: The network.
        conditions: One a prompt, of the same batch; without words they are taken to be the same.
        text: Scale of the words; beside 1 it costs one branch more.
    """
    count = len(conditions)
    on = conditions[0].words_seen.new_ones(len(conditions[0]))
    branches = list(conditions) if text == 1.0 else [*conditions, conditions[0].worded(~on)]
    bound, calls = _bound(model, stacked(branches)), len(branches)

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        seen = bound(x.repeat(calls, 1, 1), t.repeat(calls)).unflatten(0, (calls, len(x)))
        return seen if text == 1.0 else seen[count:] + text * (seen[:count] - seen[count:])

    return denoise


def rows(model: Denoiser, conditions: Sequence[Condition], text: float = 1.0) -> Denoise:
    """What each prompt sees in motions of its own, in one call (:mod:`motion.coupling`).

    Args:
        model: The network.
        conditions: One a prompt, of batches of one size.
        text: Scale of the words.
    """
    return conditioned(model, stacked(conditions), text)


def reminded(model: Denoiser, condition: Condition, weights: Sequence[float] | Mixing) -> Denoise:
    """The denoiser of words and memory in a mixture of their four combinations, in one call.

    Args:
        model: One that takes remembered motions.
        condition: With words and memory.
        weights: Of (words and memory, words alone, memory alone, neither), or what gives them from
            the time: :func:`motion.recall.mixture`, :func:`motion.recall.coarse_to_fine`.
    """
    off = condition.words_seen.new_zeros(len(condition))
    words, memory = condition.remembering(off), condition.worded(off)
    branches = [condition, words, memory, memory.remembering(off)]
    return mixed(_bound(model, stacked(branches)), weights)


def _bound(model: Denoiser, condition: Condition) -> Denoise:
    """The network's clean motions under a condition."""
    with torch.no_grad():
        remembered = model.read(condition)

    def network(x: Tensor, t: Tensor) -> Tensor:
        found: Tensor = model(x, t, condition, remembered)
        return found

    return as_clean(network, model.config.noise_schedule(), model.config.prediction)
