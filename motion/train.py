# SPDX-License-Identifier: Apache-2.0
"""Training of the project's motion denoiser and of the evaluator that judges it.

The denoiser predicts clean motions (Tevet et al. 2023, arXiv 2209.14916, eq. 2): squared error of
normalised features, of joint places, of their velocities, and of the speed of feet that the true
motion holds still (their eq. 3-5, on our skeleton's forward kinematics). A share of the samples has
no words (classifier-free guidance), a share has something known (keyframes, a beginning, a root
path, all but a part of the body), a share is reminded of two like motions (ReMoDiffuse).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from gen3d.loop import Loss, Plan, train
from gen3d.progress import OnStep, silent
from motion.condition import Condition
from motion.corpus import RATE, Batch, MotionSet, Texts, alike_in_length, batch_of
from motion.denoiser import Denoiser, DenoiserConfig, save_denoiser
from motion.diffusion import Known
from motion.evaluator import Evaluator, EvaluatorConfig, evaluator_loss, same_words, save_evaluator
from motion.noise import as_clean, q_sample
from motion.recall import BEST, Database, find, gather
from motion.representation import FEET_OF, JOINTS_OF, SLICES, WIDTH, joints_of, part_mask

ModelT = TypeVar("ModelT", bound=nn.Module)

BATCH = 32
WORDLESS, KNOWING, REMINDED = 0.1, 0.3, 0.5
"""Shares of samples without words, with something known, with memory."""
PLACES, VELOCITIES, FEET = 2.0, 40.0, 20.0
"""Weights beside the features' error; places in metres, velocities in metres a frame."""
DENOISER = DenoiserConfig(features=WIDTH, recalling=True, fps=RATE)
DENOISER_PLAN = Plan(steps=3200, learning_rate=6e-4, seed=21, mean_decay=0.999)
FURTHER_PLAN = Plan(steps=600, learning_rate=3e-4, seed=23, warmup=30, mean_decay=0.99)
"""For going on from trained weights: warm again, but not so hot that they forget."""
EVALUATOR = EvaluatorConfig(features=WIDTH)
EVALUATOR_PLAN = Plan(steps=1500, learning_rate=4e-4, seed=22, mean_decay=0.995)
EVALUATOR_BATCH = 96


@dataclass(frozen=True)
class Memories:
    """Motions to be reminded of, and for each caption which ones."""

    database: Database
    found: Mapping[str, tuple[int, ...]]
    """Caption to entries, the best first; more than are used, so that some can be left out."""


def statistics(motions: MotionSet) -> tuple[Float[Tensor, "width"], Float[Tensor, "width"]]:
    """Mean of each number, and one deviation for each block, as HumanML3D has it.

    One deviation a block keeps the proportions within it: toes that hardly turn stay quiet.
    """
    mean = torch.zeros(WIDTH)
    deviation = torch.ones(WIDTH)
    for block in SLICES.values():
        values = motions.frames[:, block].float()
        mean[block] = values.mean(dim=0)
        deviation[block] = (values - mean[block]).square().mean().sqrt().clamp(min=1e-3)
    return mean, deviation


def memories(
    database: Database, texts: Texts, vectors: Float[Tensor, "texts 384"], frames: int
) -> Memories:
    """What each caption of a set is reminded of, at a usual length."""
    found = {
        text: tuple(find(database, vectors[row], frames, 4 * BEST))
        for text, row in texts.index.items()
    }
    return Memories(database, found)


def condition_of(
    batch: Batch, clean: Tensor, memory: Memories | None, chance: torch.Generator
) -> Condition:
    """A training condition: words, known parts and memory, each for a share of the samples."""
    draws = torch.rand(3, len(clean), generator=chance)
    recalled = None
    if memory is not None:
        # A motion's own twin ranks first where the set was made from what is remembered.
        rows = [_reminded(memory.found[text], chance) for text in batch.captions]
        recalled = gather(memory.database, rows, clean.shape[1])
    known = Known(clean, known_mask(batch.seen, chance))
    made = Condition(batch.words, batch.words_seen, batch.seen, known, recalled)
    made = made.worded(draws[0] >= WORDLESS).constrained(draws[1] < KNOWING)
    return made.remembering(draws[2] < REMINDED)


def _reminded(ranked: tuple[int, ...], chance: torch.Generator) -> list[int]:
    """Two of the best, not always the very best: memory helps, it does not dictate."""
    order = torch.randperm(len(ranked), generator=chance)[:BEST].sort().values
    return [ranked[i] for i in order.tolist()]


def known_mask(
    seen: Bool[Tensor, "batch frames"], chance: torch.Generator
) -> Float[Tensor, "batch frames width"]:
    """For each sample one kind of thing that is known: keyframes, a beginning, a path, parts."""
    masks = torch.zeros(*seen.shape, WIDTH)
    lengths = seen.sum(dim=1).tolist()
    kinds = torch.randint(4, (len(seen),), generator=chance).tolist()
    for row, (kind, length) in enumerate(zip(kinds, lengths, strict=True)):
        masks[row, :length] = _KINDS[kind](int(length), chance)
    return masks


def _keys(length: int, chance: torch.Generator) -> Tensor:
    mask = torch.zeros(length, WIDTH)
    count = int(torch.randint(1, 6, (1,), generator=chance))
    mask[torch.randint(length, (count,), generator=chance)] = 1.0
    return mask


def _beginning(length: int, chance: torch.Generator) -> Tensor:
    mask = torch.zeros(length, WIDTH)
    mask[: int(torch.randint(4, max(length // 2, 5), (1,), generator=chance))] = 1.0
    return mask


def _path(length: int, _chance: torch.Generator) -> Tensor:
    mask = torch.zeros(length, WIDTH)
    for block in ("root_turn", "root_velocity"):
        mask[:, SLICES[block]] = 1.0
    return mask


def _parts(length: int, chance: torch.Generator) -> Tensor:
    mask = torch.zeros(length, WIDTH)
    kept = torch.rand(len(JOINTS_OF), generator=chance) < 0.5
    for part, is_kept in zip(JOINTS_OF, kept.tolist(), strict=True):
        if is_kept:
            mask[:, torch.from_numpy(part_mask(part))] = 1.0
    return mask


_KINDS = (_keys, _beginning, _path, _parts)


def denoiser_loss(
    model: Denoiser, motions: MotionSet, texts: Texts, memory: Memories | None, batch: int = BATCH
) -> Loss:
    """The step function of :func:`gen3d.loop.train`."""
    schedule, kind = model.config.noise_schedule(), model.config.prediction

    def loss(_step: int, chance: torch.Generator) -> Mapping[str, Tensor]:
        drawn = batch_of(motions, texts, alike_in_length(motions, batch, chance), chance)
        clean = model.normalised(drawn.frames) * drawn.seen[..., None]
        condition = condition_of(drawn, clean, memory, chance)
        times = torch.randint(len(schedule), (len(clean),), generator=chance).float()
        noise = torch.randn(clean.shape, generator=chance)

        def network(x: Tensor, t: Tensor) -> Tensor:
            with torch.autocast("cpu", torch.bfloat16):
                found: Tensor = model(x, t, condition)
            return found.float()

        found = as_clean(network, schedule, kind)(q_sample(schedule, clean, noise, times), times)
        return _errors(model, found, clean, drawn)

    return loss


def _errors(model: Denoiser, found: Tensor, clean: Tensor, drawn: Batch) -> dict[str, Tensor]:
    """Errors of features, places, velocities and standing feet, over the frames that are."""
    weight = drawn.seen.float() / drawn.seen.sum()
    features = ((found - clean).square().mean(dim=-1) * weight).sum()
    ours = joints_of(model.denormalised(found), RATE)
    true = joints_of(drawn.frames, RATE)
    # Places relative to the pelvis, and its height: where a path ends is its velocities' business.
    places = _relative(ours) - _relative(true)
    steps, moved = ours.diff(dim=1), true.diff(dim=1)
    still = drawn.frames[:, 1:, SLICES["contacts"]]
    slides = steps[:, :, list(FEET_OF)].square().sum(dim=-1) * still
    later = weight[:, 1:]
    figures = {
        "features": features,
        "places": (places.square().sum(dim=-1).mean(dim=-1) * weight).sum(),
        "velocities": ((steps - moved).square().sum(dim=-1).mean(dim=-1) * later).sum(),
        "feet": (slides.mean(dim=-1) * later).sum(),
    }
    total = features + PLACES * figures["places"]
    total = total + VELOCITIES * figures["velocities"] + FEET * figures["feet"]
    return {"loss": total, **figures}


def _relative(joints: Float[Tensor, "batch frames 22 3"]) -> Tensor:
    ground = joints[..., :1, :] * joints.new_tensor([1.0, 0.0, 1.0])
    return joints - ground


def train_denoiser(
    motions: MotionSet,
    texts: Texts,
    memory: Memories | None,
    folder: Path,
    plan: Plan = DENOISER_PLAN,
    config: DenoiserConfig = DENOISER,
    on_step: OnStep = silent,
    batch: int = BATCH,
    *,
    first: Denoiser | None = None,
) -> Path:
    """Train a denoiser and write its folder.

    Args:
        motions: The set.
        texts: Of all its captions.
        memory: What captions are reminded of; its motions as they are, not normalised.
        folder: For checkpoint, log and result.
        plan: Steps, rate, seed.
        config: Shape.
        on_step: Told after each step.
        batch: Motions a step.
        first: Goes on from these weights and keeps their statistics; then ``config`` means nothing.

    Returns:
        The folder of the result.
    """
    model = first or _fresh(motions, config, plan.seed)
    if memory is not None:
        usual = normalised(memory.database, model.mean, model.deviation)
        memory = Memories(usual, memory.found)
    loss = denoiser_loss(model, motions, texts, memory, batch)
    model.load_state_dict(train(model, loss, plan, folder, on_step))
    save_denoiser(model, folder / "model")
    return folder / "model"


def _fresh(motions: MotionSet, config: DenoiserConfig, seed: int) -> Denoiser:
    """A denoiser that has learnt nothing but what its numbers' means and deviations are."""
    model = _seeded(lambda: Denoiser(config), seed)
    mean, deviation = statistics(motions)
    model.mean.copy_(mean)
    model.deviation.copy_(deviation)
    return model


def _seeded(make: Callable[[], ModelT], seed: int) -> ModelT:
    """A new model; layers draw their first weights from the global generator, which is put back."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()


def normalised(
    database: Database, mean: Float[Tensor, "width"], deviation: Float[Tensor, "width"]
) -> Database:
    """A database with its motions as a denoiser takes them."""
    motions = (database.motions - mean) / deviation
    return Database(database.captions, database.texts, motions, database.lengths)


def train_evaluator(
    motions: MotionSet,
    texts: Texts,
    folder: Path,
    plan: Plan = EVALUATOR_PLAN,
    config: EvaluatorConfig = EVALUATOR,
    on_step: OnStep = silent,
    batch: int = EVALUATOR_BATCH,
) -> Path:
    """Train the judge of text and motion and write its folder.

    Args:
        motions: The set.
        texts: Of all its captions.
        folder: For checkpoint, log and result.
        plan: Steps, rate, seed.
        config: Shape.
        on_step: Told after each step.
        batch: Pairs a step, each wrong for all others.

    Returns:
        The folder of the result.
    """
    evaluator = _seeded(lambda: Evaluator(config), plan.seed)
    mean, deviation = statistics(motions)
    evaluator.mean.copy_(mean)
    evaluator.gain.copy_(1.0 / deviation)
    # Contacts are what the certificate measures; the judge should not reward them.
    evaluator.gain[SLICES["contacts"]] = 0.0

    def loss(_step: int, chance: torch.Generator) -> Mapping[str, Tensor]:
        chosen = torch.randint(len(motions), (batch,), generator=chance)
        drawn = batch_of(motions, texts, chosen, chance)
        clean = evaluator.normalised(drawn.frames) * drawn.seen[..., None]
        same = same_words(list(drawn.captions))
        with torch.random.fork_rng(devices=[]), torch.autocast("cpu", torch.bfloat16):
            # Dropout knows the global generator alone.
            torch.manual_seed(int(torch.randint(2**31, (1,), generator=chance)))
            return evaluator_loss(
                evaluator, clean, drawn.lengths, drawn.words, drawn.words_seen, same
            )

    evaluator.load_state_dict(train(evaluator, loss, plan, folder, on_step))
    save_evaluator(evaluator, folder / "model")
    return folder / "model"
