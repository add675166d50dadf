# SPDX-License-Identifier: Apache-2.0
"""An endless numbered list of things: number *i* of a seed is always the same thing.

Training pictures and the codebook of drafts name things by their number, so neither has to carry
specs that can be drawn again. The families take turns.
"""

from __future__ import annotations

import hashlib

import numpy as np

from gen3d.foundry.families import families
from gen3d.foundry.sampling import sample_spec
from gen3d.foundry.thing import ThingSpec


def drawn(seed: int, number: int) -> tuple[ThingSpec, np.random.Generator]:
    """A thing of the list, and the generator to go on with (cameras, light)."""
    everything = list(families().values())
    rng = np.random.default_rng([seed, number])
    return sample_spec(everything[number % len(everything)], rng), rng


def list_digest(seed: int) -> str:
    """A hash of the first round of a list: another foundry has another one."""
    first = [drawn(seed, number)[0] for number in range(len(families()))]
    return hashlib.sha256(repr(first).encode()).hexdigest()
