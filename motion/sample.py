# SPDX-License-Identifier: Apache-2.0
"""Motions from the trained denoiser: words to features to performances.

One order becomes several candidates in one batch. Spans follow each other as MotionDiffuse's time
control has it (:func:`motion.control.intervals`); parts of the body that were told apart are made
side by side and coupled (:mod:`motion.coupling`); what is longer than the model has seen is
stitched from overlapping windows (:mod:`motion.stitch`); memory comes from a database
(:mod:`motion.recall`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from gen3d.progress import OnStep, silent
from gen3d.text import TextEncoder
from motion import recall
from motion.clean import eased, smoothed
from motion.condition import Condition
from motion.control import intervals, widened
from motion.corpus import LONGEST, resampled
from motion.coupling import COUPLING, coupled, joint, start
from motion.denoiser import Denoiser, load_denoiser
from motion.diffusion import Known, ddim, ddpm, dpm_solver_pp, draw, generators
from motion.guidance import conditioned, rows
from motion.noise import Denoise, NoiseSchedule
from motion.order import Order, Span
from motion.performance import FPS, Performance
from motion.recall import Database
from motion.representation import JOINTS_OF, part_mask, to_performance
from motion.stitch import stitched

STEPS, TEXT_SCALE = 15, 2.5
FADE_SECONDS = 1.0
"""Over which one span becomes the next."""
OVERLAP = 60
"""Frames that stitched windows share."""
MEMORY = "memory.safetensors"

Sampler = Literal["dpm", "ddim", "ddpm"]


@dataclass(frozen=True)
class MotionModel:
    """The denoiser and what it is reminded of."""

    denoiser: Denoiser
    memory: Database | None
    """Normalised as the denoiser takes it."""

    @property
    def fps(self) -> float:
        """Frames a second that it makes."""
        return self.denoiser.config.fps


def load_motion_model(folder: Path) -> MotionModel:
    """Read a trained folder.

    Raises:
        Gen3dError: Files are missing, damaged, or do not fit each other.
    """
    denoiser = load_denoiser(folder)
    path = folder / MEMORY
    memory = recall.load(path) if denoiser.config.recalling and path.is_file() else None
    return MotionModel(denoiser, memory)


@torch.no_grad()
def sample(
    model: MotionModel,
    order: Order,
    seeds: Sequence[int],
    *,
    steps: int = STEPS,
    scale: float = TEXT_SCALE,
    sampler: Sampler = "dpm",
    coupling: float = COUPLING,
    known: Known | None = None,
    on_step: OnStep = silent,
) -> Float[Tensor, "batch frames width"]:
    """Features of several candidates, not normalised.

    Args:
        model: See :class:`MotionModel`.
        order: What is asked for.
        seeds: One a candidate.
        steps: Calls of the denoiser.
        scale: Of the words (classifier-free guidance).
        sampler: ``dpm`` and ``ddim`` are deterministic from their noise; ``ddpm`` is ancestral.
        coupling: How much parts that were told apart heed each other, in [0, 1].
        known: Keyframes or a root path, normalised, of the whole motion, in one row.
        on_step: Told after each call.
    """
    frames = round(order.seconds * model.fps) + 1
    chance = generators(seeds)
    noise = draw(chance, frames, model.denoiser.config.features)
    held = None if known is None else _repeated(known, len(seeds))
    split = _split(order)
    ask = _asked(model, order, split, frames, scale, held)
    walk = partial(_walked, sampler, model.denoiser.config.noise_schedule(), steps, on_step)
    if not split:
        return model.denoiser.denormalised(walk(ask, noise, chance, held))
    shares, copies = _shares(split), len(split)
    held = None if held is None else _repeated(held, copies * len(seeds))
    made = walk(coupled(ask, shares, coupling), start(noise, copies), _twins(chance, copies), held)
    return model.denoiser.denormalised(joint(made, shares))


def _walked(
    sampler: Sampler,
    schedule: NoiseSchedule,
    steps: int,
    on_step: OnStep,
    ask: Denoise,
    noise: Tensor,
    chance: list[torch.Generator],
    known: Known | None,
) -> Tensor:
    if sampler == "ddpm":
        return ddpm(ask, schedule, noise, steps, chance, known=known, on_step=on_step)
    solver = ddim if sampler == "ddim" else dpm_solver_pp
    return solver(ask, schedule, noise, steps, known=known, on_step=on_step)


def _twins(chance: list[torch.Generator], copies: int) -> list[torch.Generator]:
    """The same chance for every prompt, or what one part is made from would be news to another."""
    twins: list[torch.Generator] = []
    for _ in range(copies):
        for source in chance:
            twin = torch.Generator()
            twin.set_state(source.get_state())
            twins.append(twin)
    return twins


def _repeated(known: Known, count: int) -> Known:
    """The same for every row."""
    more = count // len(known.values)
    return Known(known.values.repeat(more, 1, 1), known.mask.repeat(more, 1, 1))


def _split(order: Order) -> tuple[tuple[str, ...], ...]:
    """The fewest groups of parts that every span's words can be given to; empty: never told apart.

    Parts are in one group where no span tells them different things.
    """
    if not any(span.parts for span in order.spans):
        return ()
    groups: dict[tuple[str, ...], list[str]] = {}
    for part in JOINTS_OF:
        told = tuple(_told(span, part) for span in order.spans)
        groups.setdefault(told, []).append(part)
    return tuple(tuple(group) for group in groups.values())


def _told(span: Span, part: str) -> str:
    """The words that hold for a part."""
    return next((words for parts, words in span.parts if part in parts), span.text)


def _shares(split: tuple[tuple[str, ...], ...]) -> Float[Tensor, "prompts width"]:
    """Features of each group of parts."""
    masks = [np.logical_or.reduce([part_mask(part) for part in group]) for group in split]
    return torch.from_numpy(np.stack(masks)).float()


def _asked(
    model: MotionModel,
    order: Order,
    split: tuple[tuple[str, ...], ...],
    frames: int,
    scale: float,
    known: Known | None,
) -> Denoise:
    """The whole motion's denoiser: spans one after the other."""
    fade = round(FADE_SECONDS * model.fps)
    edges = [round(span.start * model.fps) for span in order.spans] + [frames]
    places = [(edges[i], edges[i + 1]) for i in range(len(order.spans))]
    wide = widened(places, fade, frames)
    prompts = [
        _prompt(model, _texts(span, split), scale, None if known is None else _cut(known, place))
        for span, place in zip(order.spans, wide, strict=True)
    ]
    if len(prompts) == 1:
        return prompts[0]
    return intervals(prompts, places, model.denoiser.config.noise_schedule(), overlap=fade)


def _texts(span: Span, split: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """The words for each row of a span."""
    return tuple(_told(span, group[0]) for group in split) or (span.text,)


def _prompt(
    model: MotionModel, texts: tuple[str, ...], scale: float, known: Known | None
) -> Denoise:
    """A span's denoiser; of any length."""

    @lru_cache(maxsize=4)
    def asked(batch: int, frames: int, *, whole: bool) -> Denoise:
        held = known if whole else None
        conditions = [_condition(model, text, frames, batch, held) for text in texts]
        if len(texts) == 1:
            return conditioned(model.denoiser, conditions[0], scale)
        return rows(model.denoiser, conditions, scale)

    def short(x: Tensor, t: Tensor, *, whole: bool) -> Tensor:
        return asked(len(x) // len(texts), x.shape[1], whole=whole)(x, t)

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        if x.shape[1] <= LONGEST:
            return short(x, t, whole=True)
        # A window does not know its place, so what is known is put in by the sampler alone.
        alone = partial(short, whole=False)
        return stitched(_texts_first(alone, len(texts), len(x)), LONGEST, OVERLAP)(x, t)

    return denoise


def _texts_first(ask: Denoise, texts: int, rows: int) -> Denoise:
    """Takes "(windows texts batch)", as stitching has it, where "(texts windows batch)" is meant.

    Args:
        ask: Each text's rows together.
        texts: How many.
        rows: Of one window, all texts.
    """

    def denoise(x: Tensor, t: Tensor) -> Tensor:
        def turned(rows_of: Tensor, first: int) -> Tensor:
            return rows_of.unflatten(0, (first, -1, rows // texts)).transpose(0, 1).flatten(0, 2)

        return turned(ask(turned(x, len(x) // rows), turned(t, len(x) // rows)), texts)

    return denoise


def _cut(known: Known, place: tuple[int, int]) -> Known:
    return Known(known.values[:, slice(*place)], known.mask[:, slice(*place)])


def _condition(
    model: MotionModel, text: str, frames: int, batch: int, known: Known | None
) -> Condition:
    states, seen, vector = read(text)
    recalled = None
    if model.memory is not None:
        found = recall.find(model.memory, vector, frames)
        recalled = recall.gather(model.memory, [found] * batch, frames)
    held = None
    if known is not None:
        held = Known(known.values[:1].expand(batch, -1, -1), known.mask[:1].expand(batch, -1, -1))
    return Condition(
        states.expand(batch, -1, -1), seen.expand(batch, -1), known=held, recalled=recalled
    )


@lru_cache(maxsize=64)
def read(text: str) -> tuple[Tensor, Tensor, Tensor]:
    """Token states of a text, which tokens are there, and the sentence's own vector."""
    encoder = TextEncoder.load()
    seen = encoder.padded([text]) != 0
    found = (encoder.states([text]), seen, encoder.embed([text])[0])
    states, seen, sentence = (torch.from_numpy(values) for values in found)
    return states, seen, sentence


def performances(
    features: Float[Tensor, "batch frames width"], name: str, fps: float
) -> list[Performance]:
    """Candidates as performances at the package's frame rate."""
    return [resampled(to_performance(row.numpy(), name, fps), FPS) for row in features]


def calmed(performance: Performance, order: Order) -> Performance:
    """A candidate without tremor, and without a jerk where its order's spans meet."""
    return eased(smoothed(performance), [span.start for span in order.spans[1:]])
