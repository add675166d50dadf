# SPDX-License-Identifier: Apache-2.0
"""Cycles of which only one half was recorded: the other half is its mirror image.

Such a cycle jumps twice, where the half ends and where its image does (DeepMimic's walk throws the
left arm 29 degrees in one frame). The recording knows how far: its last frame is what followed the
half, so the gap to the image's first frame is spread over the half, as :func:`motion.loop.closed`
spreads the gap of a whole cycle, and the same over the image.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from motion.performance import power

Turns = Mapping[str, Float[np.ndarray, "frames 4"]]
"""Local rotations of each joint; sides are called ``left…`` and ``right…``."""

_SAME = 1e-6
_FLIP = np.array([1.0, 1.0, -1.0, -1.0])


def is_half_mirrored(turns: Turns) -> bool:
    """Whether the second half of a cycle, its end frame left out, is the first one's image."""
    frames = len(next(iter(turns.values())))
    half = frames // 2
    if frames % 2 == 0 or half < 4:
        return False
    return all(_apart(turns[name][half:-1], _image(turns, name)[:half]) < _SAME for name in turns)


def halves_closed(turns: Turns) -> dict[str, Float[np.ndarray, "frames 4"]]:
    """Spread the jump at the end of either half over that half.

    Args:
        turns: Of a cycle for which :func:`is_half_mirrored` holds.
    """
    half = len(next(iter(turns.values()))) // 2
    recorded = {name: turns[name][half:] for name in turns}
    share = np.linspace(-0.5, 0.5, half + 1)
    gaps = {
        name: transforms.multiply(transforms.conjugate(recorded[name][-1]), turns[name][0])
        for name in turns
    }
    closed: dict[str, np.ndarray] = {}
    for name in turns:
        start = power(_image(gaps, name)[None], np.minimum(0.0, share))
        end = power(gaps[name][None], np.maximum(0.0, share))
        closed[name] = transforms.multiply(transforms.multiply(recorded[name], start), end)
    images = {name: _image(closed, name) for name in turns}
    return {
        name: transforms.continuous(np.concatenate([images[name][:half], closed[name]]))
        for name in turns
    }


def _image(turns: Mapping[str, np.ndarray], name: str) -> Float[np.ndarray, "*frames 4"]:
    """What a joint does in the mirror image: what its other side does, mirrored."""
    swap = {"left": "right", "right": "left"}
    side = next((s for s in swap if name.startswith(s)), "")
    other = swap[side] + name.removeprefix(side) if side else name
    return turns[other] * _FLIP


def _apart(a: Float[np.ndarray, "frames 4"], b: Float[np.ndarray, "frames 4"]) -> float:
    """Greatest difference of rotations as 1 less the cosine of half the angle."""
    return float((1.0 - np.abs(np.sum(a * b, axis=-1))).max())
