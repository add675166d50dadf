# SPDX-License-Identifier: Apache-2.0
"""The part of a motion that repeats: from somewhere in it to where it is the same again.

Who is told to run begins slowly and comes to a halt. A cycle that a game plays is what lies
between, cut where pose and speed come back: where every joint, seen from the pelvis and its
heading, is in the same place and moves in the same way. Of all stretches that come back well, the
longest is taken, which keeps most of what the motion has to show, and of those as long the one that
is cut where joints turn least.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from motion.heading import about_up, headings
from motion.language.body import cut
from motion.performance import Performance, world

_SHORTEST = 0.5
"""Seconds of a cycle."""
_AHEAD = 0.15
"""Seconds by which a speed counts like a distance."""
_SAME = 0.06
"""Root mean square over the joints, metres: what is farther off does not come back."""
_WELL = 0.02
"""What nobody sees once it is spread over the cycle, metres; else a third more than the least."""
_GOING = 0.2
"""Metres a second, on the way, of who travels."""
_PACE = 0.6
"""Least share of the whole's pace that a cycle keeps."""
_STRAIGHT = float(np.radians(20.0))
_HEADING_SECONDS = 0.1
_MOST_FRAMES = 1800


def cycle_of(performance: Performance) -> Performance | None:
    """The longest stretch of a travelling motion that repeats; None where none does.

    Who stays in place comes to rest where the motion began, and needs none.

    The result loops, with its end frame; :func:`motion.loop.closed` takes out what gap is left.

    Args:
        performance: No loop yet.
    """
    path = np.linalg.norm(np.diff(performance.pelvis[:, [0, 2]], axis=0), axis=1)
    if path.sum() < _GOING * performance.seconds:
        return None
    features, yaw = _described(performance)
    # Searching takes the square of the length: what is said for minutes repeats within one.
    features = features[:_MOST_FRAMES]
    squares = np.sum(features**2, axis=1)
    off = np.sqrt(np.maximum(squares[:, None] + squares - 2.0 * features @ features.T, 0.0))
    first, last = np.triu_indices(len(features), round(_SHORTEST * performance.fps))
    # Who stands still before setting off is the same again and again, and is no walk.
    way = np.concatenate([[0.0], np.cumsum(path)])
    going = way[last] - way[first] >= _PACE * way[-1] / len(path) * (last - first)
    first, last = first[going], last[going]
    costs = off[first, last]
    if not len(costs) or costs.min() > _SAME:
        return None
    good = costs <= max(_WELL, 4.0 / 3.0 * costs.min())
    longest = np.flatnonzero(good & (last - first == (last - first)[good].max()))
    busy = _turning(performance)
    best = int(longest[np.argmin(busy[first[longest]] + busy[last[longest]])])
    start, stop = int(first[best]), int(last[best])
    straight = performance.straight and abs(float(yaw[stop] - yaw[start])) < _STRAIGHT
    return replace(cut(performance, start, stop + 1), loop=True, straight=straight)


def _turning(performance: Performance) -> Float[np.ndarray, "frames"]:
    """How far the joint that turns most turns from a frame to either of its neighbours, radians."""
    q = performance.rotations
    steps = 2.0 * np.arccos(np.clip(np.abs(np.sum(q[1:] * q[:-1], axis=-1)), 0.0, 1.0)).max(axis=1)
    return np.maximum(np.append(steps, steps[-1:]), np.insert(steps, 0, steps[0]))


def _described(
    performance: Performance,
) -> tuple[Float[np.ndarray, "frames features"], Float[np.ndarray, "frames"]]:
    """Numbers whose distance is the mean difference of two frames' joints; and the headings."""
    turned, places = world(performance)
    yaw = headings(turned[:, 0], _HEADING_SECONDS * performance.fps)
    aligned = about_up(-yaw)[:, None]
    speeds = np.gradient(places, axis=0) * performance.fps
    ground = places[:, :1] * [1.0, 0.0, 1.0]
    parts = [
        transforms.rotate(aligned, places - ground),
        _AHEAD * transforms.rotate(aligned, speeds),
    ]
    joints = places.shape[1]
    return np.concatenate(parts, axis=1).reshape(len(places), -1) / np.sqrt(joints), yaw
