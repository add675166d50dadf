# SPDX-License-Identifier: Apache-2.0
"""A handful of performed motions, their words, and networks too small to be good."""

from __future__ import annotations

from functools import lru_cache

import torch

from gen3d.text import TextEncoder
from motion.corpus import RATE, MotionSet, Texts, seen_by_model
from motion.denoiser import Denoiser, DenoiserConfig
from motion.evaluator import EvaluatorConfig
from motion.language.perform import performed
from motion.language.script import Action, Script
from motion.order import plain
from motion.performance import Performance
from motion.recall import Database, Example, build
from motion.representation import WIDTH

TINY = DenoiserConfig(
    features=WIDTH, width=32, layers=1, heads=2, inner=48, recalling=True, steps=200, fps=RATE
)
JUDGE = EvaluatorConfig(features=WIDTH, width=32, layers=1, heads=2, embedding=16)
ACTIONS = (
    Action("walk", metres=2.0),
    Action("wave"),
    Action("jump"),
    Action("sit"),
    Action("bow"),
    Action("turn", turn_deg=180.0),
)


@lru_cache(maxsize=1)
def performances() -> tuple[Performance, ...]:
    """One of each of some actions."""
    return tuple(performed(Script((action,)), 0).performance for action in ACTIONS)


@lru_cache(maxsize=1)
def drawn() -> MotionSet:
    """A set of them, each with one caption of its own and one longer."""
    frames = [seen_by_model(performance) for performance in performances()]
    said = [plain((action,)) for action in ACTIONS]
    return MotionSet(
        torch.cat(frames),
        torch.tensor([len(f) for f in frames]),
        tuple((text, f"now {text} again") for text in said),
    )


@lru_cache(maxsize=1)
def texts() -> Texts:
    """What the encoder makes of the captions."""
    rows = [text for captions in drawn().captions for text in captions]
    encoder = TextEncoder.load()
    states = torch.from_numpy(encoder.states(rows)).half()
    seen = torch.from_numpy(encoder.padded(rows) != 0)
    return Texts({text: row for row, text in enumerate(rows)}, states, seen)


@lru_cache(maxsize=1)
def database() -> Database:
    """All of them to be reminded of, features as they are."""
    motions, starts = drawn(), drawn().starts.tolist()
    encoder = TextEncoder.load()
    return build(
        [
            Example(
                said[0],
                encoder.embed([said[0]])[0],
                motions.frames[start : start + length].float().numpy(),
            )
            for said, start, length in zip(
                motions.captions, starts, motions.lengths.tolist(), strict=True
            )
        ]
    )


def awake(config: DenoiserConfig = TINY) -> Denoiser:
    """A network whose zero-initialised layers say something."""
    torch.manual_seed(3)
    model = Denoiser(config).eval().requires_grad_(requires_grad=False)
    for name, value in model.named_parameters():
        if value.abs().max() == 0 or name.endswith("weight"):
            value.copy_(0.2 * torch.randn_like(value))
    return model
