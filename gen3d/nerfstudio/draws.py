# SPDX-License-Identifier: Apache-2.0
"""Generators for the steps of a training that nerfstudio runs.

nerfstudio seeds torch once, with ``--machine.seed``. Each step and purpose has a generator of its
own from that seed, so that a training that is resumed draws what it would have drawn.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch

Purpose = Literal["field", "cameras", "light", "samples", "guidance"]
_NUMBER: dict[Purpose, int] = {
    "field": 0,
    "cameras": 1,
    "light": 2,
    "samples": 3,
    "guidance": 4,
}


def seed_of(purpose: Purpose, step: int = 0) -> int:
    """A seed below 2³¹ for one purpose at one step of the training in this process."""
    words = np.random.SeedSequence([torch.initial_seed(), _NUMBER[purpose], step])
    return int(words.generate_state(1)[0] >> np.uint32(1))


def draws(purpose: Purpose, step: int = 0) -> torch.Generator:
    """A CPU generator for one purpose at one step."""
    return torch.Generator().manual_seed(seed_of(purpose, step))
