# SPDX-License-Identifier: Apache-2.0
"""Going somewhere: captured cycles of steps, from one footfall to another, along a way.

A cycle starts and ends where a foot has just come down ahead: that is where :mod:`motion.language.
bridge` can step into it and out of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from jaxtyping import Float
from scipy.signal import argrelmax

from motion.catalogue import entry, play
from motion.language.body import cut, feet_of, mirrored, with_feet
from motion.language.path import Way, bent_along, slowed, way
from motion.loop import closed, repeated, straightened
from motion.performance import Performance, at_rate

_MOST_CYCLES = 60


@dataclass(frozen=True)
class Cycle:
    """Two steps (or more) that repeat, straight along Z."""

    performance: Performance
    falls: tuple[int, ...]
    """Frames at which a foot is farthest ahead: it has come down."""

    @property
    def travel(self) -> float:
        """Metres along Z; negative backwards."""
        return float(self.performance.pelvis[-1, 2] - self.performance.pelvis[0, 2])

    @property
    def frames(self) -> int:
        """Frames from one cycle to the next."""
        return len(self.performance.pelvis) - 1

    @property
    def step(self) -> float:
        """Metres from one footfall to the next."""
        return abs(self.travel) / len(self.falls)

    @property
    def step_seconds(self) -> float:
        """Time from one footfall to the next."""
        return self.frames / self.performance.fps / len(self.falls)


@lru_cache(maxsize=32)
def _source(identifier: str) -> Performance:
    return closed(straightened(play(entry(identifier), 0)))


def cycle(
    identifier: str, rate: float = 1.0, stride: float = 1.0, *, mirror: bool = False
) -> Cycle:
    """A cycle of the library.

    Args:
        identifier: Of the entry, such as ``clip:walk``.
        rate: Speed relative to the recording.
        stride: Length of the steps relative to the recording.
        mirror: Exchange left and right.
    """
    performance = at_rate(_source(identifier), rate)
    performance = mirrored(performance) if mirror else performance
    performance = performance if stride == 1.0 else stretched(performance, stride)
    start = performance.pelvis[0] * [1.0, 0.0, 1.0]
    performance = replace(performance, pelvis=performance.pelvis - start)
    return Cycle(performance, _falls(performance))


def _falls(performance: Performance) -> tuple[int, ...]:
    """When each foot is farthest ahead of the pelvis, in frames of one cycle."""
    count = len(performance.pelvis) - 1
    sign = np.sign(performance.pelvis[-1, 2] - performance.pelvis[0, 2]) or 1.0
    found: list[int] = []
    for ankle, _ in feet_of(performance).values():
        ahead = sign * (ankle[:-1, 2] - performance.pelvis[:-1, 2])
        thrice = np.tile(ahead, 3)
        peaks = argrelmax(thrice, order=max(3, count // 5))[0]
        found += [int(p) - count for p in peaks if count <= p < 2 * count]
    return tuple(sorted(set(found))) or (0,)


def steps_of(gait: Cycle, first: int, steps: int) -> Performance:
    """A straight run of whole steps, from the footfall number ``first`` on."""
    falls, count = gait.falls, gait.frames
    last = first + max(1, steps)
    start = falls[first % len(falls)] + count * (first // len(falls))
    stop = falls[last % len(falls)] + count * (last // len(falls))
    cycles = min(_MOST_CYCLES, stop // count + 1)
    long = cut(repeated(gait.performance, cycles), start, stop + 1)
    return replace(long, pelvis=long.pelvis - [0.0, 0.0, long.pelvis[0, 2]], straight=True)


def stretched(performance: Performance, factor: float) -> Performance:
    """Longer or shorter steps; the legs follow."""
    scale = np.array([1.0, 1.0, factor])
    feet = {side: (p * scale, q) for side, (p, q) in feet_of(performance).items()}
    return with_feet(replace(performance, pelvis=performance.pelvis * scale), feet)


def along(
    performance: Performance,
    headings: Float[np.ndarray, "points"],
    ends: tuple[float, float],
) -> tuple[Performance, float]:
    """A straight run bent along a way; also the heading at its end, radians.

    Args:
        performance: Along Z from z = 0.
        headings: Of the way, one a centimetre.
        ends: Share of their length that steps have at the start and the end.
    """
    backwards = bool(performance.pelvis[-1, 2] < 0.0)
    shorter, feet = slowed(performance, ends[0], ends[1], 1.2)
    route: Way = way(_fitted(headings, abs(shorter.pelvis[-1, 2])), backwards=backwards)
    result = bent_along(shorter, feet, route)
    _, heading = route.at(shorter.pelvis[-1:, 2])
    return result, float(heading[0])


def _fitted(headings: Float[np.ndarray, "points"], metres: float) -> Float[np.ndarray, "fitted"]:
    """The same way over another length."""
    count = max(2, round(metres * 100.0))
    at = np.linspace(0.0, len(headings) - 1.0, count)
    return np.interp(at, np.arange(len(headings)), headings)
