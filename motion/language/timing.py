# SPDX-License-Identifier: Apache-2.0
"""How long an action takes when the script does not say."""

from __future__ import annotations

import numpy as np

from motion.catalogue import entry, play
from motion.language import gait
from motion.language.script import Action
from motion.language.verbs import Verb, manners, verbs


def spread(rng: np.random.Generator, share: float) -> float:
    """A factor around 1: performers differ."""
    return float(np.exp(np.clip(rng.standard_normal(), -2.0, 2.0) * share))


def natural_seconds(action: Action, rng: np.random.Generator) -> float:
    """How long an action takes when nobody says."""
    verb, wide = verbs()[action.verb], spread(rng, 0.15)
    own = tuple(manners()[name] for name in (*verb.manners, *action.manners))
    rate = action.rate * float(np.prod([one.rate for one in own]))
    if verb.kind == "move" and verb.move is not None:
        beats = action.count or (max(1, verb.move.beats))
        return verb.move.seconds(beats) / rate + 0.3
    if verb.kind == "gait":
        return _gait_seconds(action, verb, rate, wide)
    if verb.kind == "clip":
        return play(entry(verb.source), 0).seconds * max(1, action.count) / rate + 0.4
    if verb.kind in ("turn", "steps", "leap"):
        return 1.2 * max(1, action.count, action.steps) / rate + 0.6
    return (3.0 if verb.kind == "posture" else 2.2) * wide


def _gait_seconds(action: Action, verb: Verb, rate: float, wide: float) -> float:
    own = verb.numbers
    cycle = gait.cycle(verb.source, own.get("rate", 1.0), own.get("stride", 1.0))
    if action.steps:
        return action.steps * cycle.step_seconds / rate + 0.5
    if action.metres:
        return action.metres / cycle.step * cycle.step_seconds / rate + 0.5
    base = 3.4
    if action.direction.startswith("circle"):
        base = 6.0 * max(1, action.count)
    elif action.direction == "zigzag":
        base = 5.5
    return base * wide
