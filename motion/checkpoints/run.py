# SPDX-License-Identifier: Apache-2.0
"""Sentences to joints and performances with somebody's network and the fast samplers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Float32

from gen3d.errors import Gen3dError
from gen3d.progress import OnStep, silent
from motion import diffusion, noise
from motion.checkpoints.model import MotionModel, Process
from motion.checkpoints.remodiffuse import RESPACING
from motion.checkpoints.statistics import layout_of
from motion.features import decode
from motion.performance import Performance

STEPS = 20
"""Calls of the network in multistep DPM-Solver++; the papers' own samplers make 50 to 1000."""


def schedule_of(process: Process) -> noise.NoiseSchedule:
    """The noise levels that a network was trained at."""
    make = noise.cosine_schedule if process.schedule == "cosine" else noise.linear_schedule
    return make(process.steps)


def clean_denoiser(
    model: MotionModel, texts: Sequence[str], frames: int, seed: int = 0
) -> noise.Denoise:
    """What the samplers, part and time control and stitching take: clean motions under texts."""
    condition = model.condition(texts, frames, seed)
    return noise.as_clean(
        model.denoiser(condition), schedule_of(model.process), model.process.prediction
    )


def sample_features(
    model: MotionModel,
    texts: Sequence[str],
    frames: int,
    seed: int,
    steps: int | None = None,
    on_step: OnStep = silent,
) -> Float32[np.ndarray, "texts frames width"]:
    """Motion vectors in their own units, one motion a text.

    Args:
        model: Whose.
        texts: What to do.
        frames: Of the data set's rate (20 a second for HumanML3D).
        seed: Of the first text; the others count on.
        steps: Calls of the network; None is :data:`STEPS`, or ReMoDiffuse's own 50 with DDIM,
            because a sampler that looks back would mix what its coins keep apart.
        on_step: Told after each.

    Raises:
        Gen3dError: The network makes numbers that are not finite, or cannot make so many frames.
    """
    denoise = clean_denoiser(model, texts, frames, seed)
    chance = diffusion.generators([seed + i for i in range(len(texts))])
    start = diffusion.draw(chance, frames, model.width)
    schedule = schedule_of(model.process)
    if model.kind == "remodiffuse" and steps is None:
        times = noise.sections(schedule, RESPACING)
        x = diffusion.ddim(denoise, schedule, start, times, on_step=on_step)
    else:
        x = diffusion.dpm_solver_pp(denoise, schedule, start, steps or STEPS, on_step=on_step)
    if not torch.isfinite(x).all():
        raise Gen3dError(
            f"{model.path.name} makes numbers that are not finite.",
            "Its weights are damaged, or its settings file belongs to another checkpoint.",
        )
    return model.normalization.denormalize(x.numpy())


def sample_joints(
    model: MotionModel,
    texts: Sequence[str],
    seconds: float,
    seed: int,
    steps: int | None = None,
    on_step: OnStep = silent,
) -> list[Float[np.ndarray, "frames joints 3"]]:
    """World positions in metres at the data set's rate, one array a text."""
    layout = layout_of(model.width)
    frames = max(2, round(seconds * layout.fps))
    rows = sample_features(model, texts, frames, seed, steps, on_step)
    return [decode(row.astype(np.float64), layout) for row in rows]


def perform(
    model: MotionModel,
    text: str,
    seconds: float,
    seed: int,
    steps: int | None = None,
    on_step: OnStep = silent,
) -> Performance:
    """A performance for :func:`motion.finish.finish`.

    Raises:
        Gen3dError: The model was trained on KIT-ML, whose skeleton has no performer here.
    """
    layout = layout_of(model.width)
    if layout.joints != 22:
        raise Gen3dError(
            f"{model.path.name} was trained on {layout.name}, whose skeleton is not performed.",
            "Use a checkpoint trained on HumanML3D.",
        )
    from motion.posing import pose_from_joints

    joints = sample_joints(model, [text], seconds, seed, steps, on_step)[0]
    return pose_from_joints(joints, layout.fps)
