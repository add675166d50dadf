# SPDX-License-Identifier: Apache-2.0
"""Long takes in pieces: where one may cut, by a rule that does not depend on what is shown.

A moment in which a joint moves faster than any person can is a fault of the recording; it is left
out with a margin, and the take falls into spans there. Spans that somebody described become windows
as they are. What remains is cut into equal windows of at most :data:`LONGEST` seconds, each cut
moved to the stillest frame nearby, so that a cut lies between actions rather than in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from gen3d import transforms
from motion.performance import Performance, world

LONGEST, SHORTEST = 8.0, 1.0
"""Seconds of a window at most and at least (whole takes may be shorter)."""
FASTEST = 16.0
"""Speed of a joint on the reference body that no person reaches, metres a second."""
_MARGIN = 0.2
"""Seconds left out before and after a fault."""
_REACH = 0.75
"""How far a cut may move to find stillness, seconds."""


@dataclass(frozen=True)
class Window:
    """A piece of a take."""

    start: float
    """Seconds from the take's beginning."""
    end: float
    captions: tuple[str, ...] = ()
    """What is shown; empty where nobody has said it."""

    @property
    def seconds(self) -> float:
        """Length."""
        return self.end - self.start


def windows_of(performance: Performance, described: Sequence[Window] = ()) -> tuple[Window, ...]:
    """Cut a take.

    Args:
        performance: The whole take.
        described: Spans that have captions; they stay whole.

    Returns:
        Windows in the order of time, which do not overlap unless described ones do.
    """
    speeds = _speeds(performance)
    fps = performance.fps
    free = _sound(speeds, fps)
    if performance.loop and free.all():
        return tuple(described) or (Window(0.0, performance.seconds),)
    kept = [window for window in described if _is_whole(window, free, fps)]
    for window in kept:
        free[round(window.start * fps) : round(window.end * fps) + 1] = False
    calm = speeds.mean(axis=1)
    pieces = [piece for span in _spans(free) for piece in _pieces(span, calm, fps)]
    least = min(SHORTEST, performance.seconds / 2.0)
    found = [Window(first / fps, last / fps) for first, last in pieces]
    found = [window for window in found if window.seconds >= least]
    return tuple(sorted((*kept, *found), key=lambda window: (window.start, window.end)))


def _speeds(performance: Performance) -> Float[np.ndarray, "frames joints"]:
    """Speed of each joint into each frame, metres a second on the reference body."""
    _, places = world(performance)
    steps = np.linalg.norm(np.diff(places, axis=0), axis=-1) * performance.fps
    return np.concatenate([steps[:1], steps])


def _sound(speeds: Float[np.ndarray, "frames joints"], fps: float) -> Bool[np.ndarray, "frames"]:
    """Frames far from any fault."""
    sound = np.ones(len(speeds), dtype=bool)
    margin = max(1, round(_MARGIN * fps))
    for frame in np.flatnonzero(speeds.max(axis=1) > FASTEST):
        sound[max(0, frame - margin) : frame + margin + 1] = False
    return sound


def _is_whole(window: Window, free: Bool[np.ndarray, "frames"], fps: float) -> bool:
    first, last = round(window.start * fps), round(window.end * fps)
    return first < last < len(free) and bool(free[first : last + 1].all())


def _spans(free: Bool[np.ndarray, "frames"]) -> list[tuple[int, int]]:
    """First and last frames of runs of free frames."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], free, [False]]).astype(np.int8)))
    return [(int(a), int(b) - 1) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _pieces(
    span: tuple[int, int], calm: Float[np.ndarray, "frames"], fps: float
) -> list[tuple[int, int]]:
    """Even pieces of a span, cut at still moments; neighbours share the frame of the cut."""
    first, last = span
    # Cuts may move apart by twice their reach, which must not make a piece too long.
    count = int(np.ceil((last - first) / fps / (LONGEST - 2.0 * _REACH)))
    if (last - first) / fps <= LONGEST:
        return [span]
    reach = round(_REACH * fps)
    cuts = [first]
    for number in range(1, count):
        middle = first + round(number * (last - first) / count)
        near = calm[middle - reach : middle + reach + 1]
        cuts.append(middle - reach + int(np.argmin(near)))
    return list(zip(cuts, [*cuts[1:], last], strict=True))


def cut(performance: Performance, window: Window) -> Performance:
    """A window of a take as a performance of its own; its path begins over the origin."""
    fps = performance.fps
    kept = slice(round(window.start * fps), round(window.end * fps) + 1)
    pelvis = performance.pelvis[kept]
    whole = len(pelvis) == len(performance.pelvis)
    return replace(
        performance,
        rotations=transforms.continuous(performance.rotations[kept]),
        pelvis=pelvis - pelvis[0] * [1.0, 0.0, 1.0],
        fingers=performance.fingers[kept],
        loop=performance.loop and whole,
    )
