# SPDX-License-Identifier: Apache-2.0
"""Numbers that change over a fit, written as data: weights, noise levels, resolutions, rates.

Time is *progress*, 0 at the start of the fit and 1 at its end, so that a schedule keeps its meaning
when the number of steps changes. In a configuration file a schedule is one of

- a number: ``0.5`` — always that;
- four numbers ``[start_progress, start, end_progress, end]``: ``[0.1, 1.0, 0.6, 0.2]`` — 1.0 until
  a tenth of the fit, 0.2 from six tenths on, and on the way in between;
- a list of ``[progress, value]`` knots: ``[[0, 1.0], [0.3, 0.5], [1, 0.0]]``. Two knots at one
  progress are a jump: from there on the later one holds.

Both lists may end with how to get from one knot to the next: ``"linear"`` (the default),
``"cosine"`` (slow at both ends) or ``"sqrt"`` (fast at first; the time-step annealing of HiFA, Zhu
et al. 2023, arXiv 2305.18766).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from gen3d.errors import Gen3dError

Ease = Literal["linear", "cosine", "sqrt"]

EASES: dict[Ease, Callable[[float], float]] = {
    "linear": lambda u: u,
    "cosine": lambda u: 0.5 - 0.5 * math.cos(math.pi * u),
    "sqrt": math.sqrt,
}
"""Increasing maps of [0, 1] onto itself."""

SHAPES = (
    "Write a number, four numbers [start_progress, start, end_progress, end], or a list of "
    '[progress, value] knots; a list may end with "linear", "cosine" or "sqrt". '
    "Progress runs from 0 to 1."
)


@dataclass(frozen=True)
class Schedule:
    """A scalar over progress: constant before the first knot and after the last."""

    knots: tuple[tuple[float, float], ...]
    """(progress, value) in order of progress; at least one."""
    ease: Ease = "linear"

    @staticmethod
    def parse(value: object) -> Schedule:
        """Read a schedule from configuration data.

        Args:
            value: A number, a list as in the module's description, or a schedule.

        Raises:
            Gen3dError: The value has none of these shapes.
        """
        if isinstance(value, Schedule):
            return value
        if _is_number(value):
            return Schedule(((0.0, float(cast("float", value))),))
        if isinstance(value, (list, tuple)):
            return _from_list(cast("Sequence[Any]", value))
        raise _bad(value)

    def __call__(self, progress: float) -> float:
        """The value at a progress; outside [0, 1] the ends hold."""
        after = bisect_right([at for at, _ in self.knots], progress)
        if after == 0:
            return self.knots[0][1]
        if after == len(self.knots):
            return self.knots[-1][1]
        (start_at, start), (end_at, end) = self.knots[after - 1], self.knots[after]
        share = EASES[self.ease]((progress - start_at) / (end_at - start_at))
        return start + share * (end - start)


def _from_list(items: Sequence[Any]) -> Schedule:
    ease, numbers = _split_ease(items)
    if len(numbers) == 4 and all(_is_number(x) for x in numbers):
        pairs = [numbers[:2], numbers[2:]]
    else:
        pairs = numbers
    if not pairs or not all(_is_knot(pair) for pair in pairs):
        raise _bad(items)
    knots = tuple((float(at), float(value)) for at, value in pairs)
    if not _in_order([at for at, _ in knots]):
        raise _bad(items)
    return Schedule(knots, ease)


def _split_ease(items: Sequence[Any]) -> tuple[Ease, Sequence[Any]]:
    """How to get from knot to knot, and the rest of the list."""
    if not items or not isinstance(items[-1], str):
        return "linear", items
    if items[-1] not in EASES:
        raise _bad(items)
    return items[-1], items[:-1]


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value)


def _is_knot(value: object) -> bool:
    if not isinstance(value, (list, tuple)):
        return False
    pair = cast("Sequence[object]", value)
    return len(pair) == 2 and all(_is_number(x) for x in pair)


def _in_order(progress: Sequence[float]) -> bool:
    return list(progress) == sorted(progress) and progress[0] >= 0.0 and progress[-1] <= 1.0


def _bad(value: object) -> Gen3dError:
    return Gen3dError(f"{value!r} is not a schedule.", SHAPES)
