# SPDX-License-Identifier: Apache-2.0
"""An optimisation that can be stopped at any moment and goes on to the same result.

Trainings of models and fits of fields to words are the same loop.

Every step draws from a generator seeded by (seed, step), and a checkpoint holds weights, their
running mean and the optimiser's moments, so stopping changes nothing: a step counts wholly or not
at all, wherever it is interrupted, and a step whose loss or gradient is no number leaves no trace,
not even in buffers. Checkpoints are safetensors, written whole or not at all; the log is one JSON
object a line.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from gen3d.atomic import publish, write_whole
from gen3d.errors import Gen3dError
from gen3d.progress import OnStep, silent

CHECKPOINT = "checkpoint.safetensors"
LOG = "training.jsonl"
PATIENCE = 3
"""Steps running that may fail before the training is given up."""

Loss = Callable[[int, torch.Generator], Mapping[str, Tensor]]
"""Step and generator -> named figures, of which ``loss`` is differentiated."""


@dataclass(frozen=True)
class Plan:
    """How long and how fast."""

    steps: int
    learning_rate: float
    seed: int
    warmup: int = 100
    weight_decay: float = 0.02
    mean_decay: float = 0.998
    """Of the running mean of the weights, which is what ships (Polyak averaging)."""
    clip: float = 1.0
    """Largest norm of the gradient."""
    checkpoint_s: float = 120.0
    log_every: int = 20
    rates: Mapping[str, float] = field(default_factory=dict[str, float])
    """Factors of the learning rate for parameters whose names begin so."""
    final_share: float = 0.01
    """Of the learning rate, at the end."""


def fit_of(steps: int, learning_rate: float, seed: int) -> Plan:
    """A plan for fitting one thing: nothing decays, no mean is kept, checkpoints are frequent."""
    return Plan(
        steps=steps,
        learning_rate=learning_rate,
        seed=seed,
        warmup=4,
        weight_decay=0.0,
        mean_decay=0.0,
        checkpoint_s=20.0,
        log_every=10,
        final_share=0.1,
    )


def rate_at(plan: Plan, step: int) -> float:
    """Learning rate: linear warm-up, then half a cosine to its final share."""
    if step < plan.warmup:
        return plan.learning_rate * (step + 1) / plan.warmup
    share = (step - plan.warmup) / max(plan.steps - plan.warmup, 1)
    fall = 0.5 * (1.0 + math.cos(math.pi * min(share, 1.0)))
    return plan.learning_rate * (plan.final_share + (1.0 - plan.final_share) * fall)


def train(
    model: nn.Module, loss: Loss, plan: Plan, folder: Path, on_step: OnStep = silent
) -> dict[str, Tensor]:
    """Train a model, going on from its checkpoint when there is one.

    Args:
        model: Trained in place; parameters that need no gradient are left alone.
        loss: What to make small.
        plan: Steps, rates, seed.
        folder: Holds the checkpoint and the log.
        on_step: Told after each step.

    Returns:
        The running mean of the weights.

    Raises:
        Gen3dError: The loss is not finite several times running, or the checkpoint is damaged or of
            another model.
    """
    folder.mkdir(parents=True, exist_ok=True)
    optimiser = _optimiser(model, plan)
    mean = {name: p.detach().clone() for name, p in model.state_dict().items()}
    start = _resume(folder, model, optimiser, mean)
    last_saved, failures, whole = time.monotonic(), 0, True
    try:
        for step in range(start, plan.steps):
            figures = _differentiated(model, loss, plan, step)
            failures = 0 if figures else failures + 1
            if failures > PATIENCE:
                raise Gen3dError(
                    f"The loss stopped being a number at step {step}.",
                    "Run the command again with a lower learning rate; the checkpoint is kept.",
                )
            whole = False
            if figures:
                _update(model, optimiser, mean, plan, step)
            start, whole = step + 1, True
            _note(folder, step, plan, figures)
            on_step(start, plan.steps)
            if time.monotonic() - last_saved > plan.checkpoint_s:
                _save(folder, model, optimiser, mean, start)
                last_saved = time.monotonic()
    finally:
        if whole and failures == 0:
            _save(folder, model, optimiser, mean, start)
    return mean


def _optimiser(model: nn.Module, plan: Plan) -> torch.optim.AdamW:
    """AdamW; vectors (biases, norms, scales) do not decay."""
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            factor = next((f for start, f in plan.rates.items() if name.startswith(start)), 1.0)
            decay = plan.weight_decay if parameter.dim() > 1 else 0.0
            groups.setdefault((factor, decay), []).append(parameter)
    listed = [
        {"params": members, "weight_decay": decay, "factor": factor}
        for (factor, decay), members in groups.items()
    ]
    return torch.optim.AdamW(listed, lr=plan.learning_rate, betas=(0.9, 0.98))


def _differentiated(model: nn.Module, loss: Loss, plan: Plan, step: int) -> dict[str, float]:
    """Gradients of one step; without figures, and with all as it was, when they are no numbers."""
    trained = dict(model.named_parameters())
    buffers = {name: v for name, v in model.state_dict().items() if name not in trained}
    before = {name: value.clone() for name, value in buffers.items()}
    figures: dict[str, float] = {}
    try:
        figures = _gradients(model, loss, plan, step)
    finally:
        # Buffers (means of normalisation layers) move while the loss is made.
        if not figures:
            for name, value in buffers.items():
                value.copy_(before[name])
    return figures


def chance_of(seed: int, step: int) -> torch.Generator:
    """The generator of one step.

    torch's Mersenne Twister looks at the low 32 bits of its seed alone, so both numbers are hashed
    into those; shifting one above the other would lose it.
    """
    mixed = np.random.SeedSequence([seed, step]).generate_state(1)
    return torch.Generator().manual_seed(int(mixed[0]))


def _gradients(model: nn.Module, loss: Loss, plan: Plan, step: int) -> dict[str, float]:
    figures = loss(step, chance_of(plan.seed, step))
    model.zero_grad(set_to_none=True)
    figures["loss"].backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), plan.clip)
    if not (torch.isfinite(norm) and torch.isfinite(figures["loss"])):
        return {}
    return {name: float(value.detach()) for name, value in figures.items()}


def _update(
    model: nn.Module,
    optimiser: torch.optim.AdamW,
    mean: dict[str, Tensor],
    plan: Plan,
    step: int,
) -> None:
    for group in optimiser.param_groups:
        group["lr"] = rate_at(plan, step) * group["factor"]
    optimiser.step()
    _average(mean, model, plan, step)


@torch.no_grad()
def _average(mean: dict[str, Tensor], model: nn.Module, plan: Plan, step: int) -> None:
    decay = min(plan.mean_decay, (1.0 + step) / (10.0 + step))
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            mean[name].lerp_(value, 1.0 - decay)
        else:
            mean[name].copy_(value)


def _note(folder: Path, step: int, plan: Plan, figures: Mapping[str, float]) -> None:
    if step % plan.log_every and step + 1 != plan.steps:
        return
    line = {"step": step, **{name: round(value, 5) for name, value in figures.items()}}
    with (folder / LOG).open("a", encoding="utf-8") as log:
        log.write(json.dumps(line) + "\n")


def _save(
    folder: Path,
    model: nn.Module,
    optimiser: torch.optim.AdamW,
    mean: Mapping[str, Tensor],
    step: int,
) -> None:
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"mean.{name}": value for name, value in mean.items()}
    for index, state in optimiser.state_dict()["state"].items():
        tensors |= {f"adam.{index}.{key}": torch.as_tensor(v) for key, v in state.items()}
    temporary = folder / f".{CHECKPOINT}.tmp"
    whole = {name: value.detach().cpu().clone().contiguous() for name, value in tensors.items()}
    save_file(whole, temporary, {"step": str(step)})
    publish(temporary, folder / CHECKPOINT)


def _resume(
    folder: Path, model: nn.Module, optimiser: torch.optim.AdamW, mean: dict[str, Tensor]
) -> int:
    path = folder / CHECKPOINT
    if not path.exists():
        return 0
    tensors, step = _read(path)
    try:
        model.load_state_dict(_under(tensors, "model."))
        for name, value in _under(tensors, "mean.").items():
            mean[name].copy_(value)
        _restore(optimiser, _under(tensors, "adam."))
    except (RuntimeError, KeyError, ValueError) as error:
        raise Gen3dError(
            f"{path} is the checkpoint of another model: {str(error).splitlines()[0]}",
            "Choose another --out, or delete it to start again.",
        ) from None
    _forget_from(folder / LOG, step)
    return step


def _read(path: Path) -> tuple[dict[str, Tensor], int]:
    try:
        with safe_open(path, "pt") as file:
            step = int(file.metadata()["step"])
        return load_file(path), step
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise Gen3dError(
            f"The checkpoint {path} is damaged: {error}.", "Delete it to start again."
        ) from None


def _forget_from(log: Path, step: int) -> None:
    """Drop what a log says of steps that will be done again."""
    if not log.exists():
        return
    lines = log.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if _step_noted(line) < step]
    if len(kept) < len(lines):
        write_whole(log, "".join(f"{line}\n" for line in kept))


def _step_noted(line: str) -> float:
    """The step of a line; endless for one that a killed process left half written."""
    try:
        return float(json.loads(line)["step"])
    except ValueError:
        return math.inf


def _under(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _restore(optimiser: torch.optim.AdamW, moments: Mapping[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in moments.items():
        index, key = name.split(".", 1)
        state.setdefault(int(index), {})[key] = value
    parameters = [p for group in optimiser.param_groups for p in group["params"]]
    for index, values in state.items():
        if index >= len(parameters) or values["exp_avg"].shape != parameters[index].shape:
            raise ValueError(f"moments {index} are of another parameter")
    whole = optimiser.state_dict()
    whole["state"] = state
    optimiser.load_state_dict(whole)
