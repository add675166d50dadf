# SPDX-License-Identifier: Apache-2.0
"""Is a motion done with life? Speeds of its joints beside those of an example of the same order."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from motion.asked import Joints, joints_of, spans_of
from motion.order import Order
from motion.performance import Performance

_STIRRING = 0.15
"""Speed relative to the pelvis from which a joint takes part in a motion, m/s."""


def liveliness(order: Order, performance: Performance, example: Performance) -> float:
    """How lively a motion is beside an example of the same order, in its dullest span; at most 1.

    An arm that goes up and stays there is no wave. Of the joints that move in the example, relative
    to the pelvis, the mean share of its speed (root mean square over the span) that they reach.
    """
    ours = dict(spans_of(order, performance))
    shares = [
        _vigour(ours[span], performance.fps, joints, example.fps)
        for span, joints in spans_of(order, example)
        if span in ours
    ]
    return min(shares, default=1.0)


def vigour(performance: Performance, example: Performance) -> float:
    """The same for all of a motion, whatever is asked for when."""
    ours, theirs = joints_of(performance), joints_of(example)
    return _vigour(ours, performance.fps, theirs, example.fps)


def _vigour(
    ours: Joints, fps: float, theirs: Float[np.ndarray, "others 22 3"], their_fps: float
) -> float:
    wanted = _speeds(theirs, their_fps)
    moving = wanted > _STIRRING
    if not moving.any():
        return 1.0
    return float(np.minimum(_speeds(ours, fps)[moving] / wanted[moving], 1.0).mean())


def _speeds(joints: Joints, fps: float) -> Float[np.ndarray, "22"]:
    """Root mean square speeds relative to the pelvis, m/s."""
    steps = np.diff(joints - joints[:, :1], axis=0) * fps
    return np.sqrt((steps**2).sum(axis=-1).mean(axis=0))
