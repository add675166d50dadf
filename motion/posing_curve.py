# SPDX-License-Identifier: Apache-2.0
"""An angle over a whole clip from what its frames, more or less certain, say of it.

Frames weigh as much as they are certain, neighbours hold together: least squares over the clip,
which for an angle on known branches is one banded system.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np
from jaxtyping import Bool, Float
from scipy.linalg import solveh_banded


@dataclass(frozen=True)
class Evidence:
    """What a source says in each frame."""

    angle: Float[np.ndarray, "frames"]
    """Radians."""
    weight: Float[np.ndarray, "frames"]
    """0 says nothing."""


def fitted(
    sources: list[Evidence], hold: float, *, order: int = 1, pull: float = 1e-9
) -> Float[np.ndarray, "frames"]:
    """Minimise ``sum w (x - angle)² + pull x² + hold (difference of x)²`` over the clip.

    Args:
        sources: What is known, on branches that agree.
        hold: Weight of the differences along time. With ``hold = reach ** (2 * order)`` a source
            of weight 1 is smoothed over ``reach`` frames to either side.
        order: 1 holds the angle, 2 its speed, which leaves steady turns as they are.
        pull: Weight of zero, which decides where nothing is known; positive.
    """
    frames = len(sources[0].angle)
    order = min(order, frames - 1)
    bands = np.zeros((order + 1, frames))
    bands[order] = pull
    right = np.zeros(frames)
    for source in sources:
        bands[order] += source.weight
        right += source.weight * source.angle
    rows = frames - order
    for i in range(order + 1):
        for j in range(i, order + 1):
            # Entry (t + i, t + j) of the differences' normal matrix, upper bands.
            term = (-1) ** (i + j) * comb(order, i) * comb(order, j)
            bands[order - (j - i), j : j + rows] += hold * term
    if order == 0:
        return right / bands[0]
    return np.asarray(solveh_banded(bands, right))


def followed(
    angle: Float[np.ndarray, "frames"], certain: Bool[np.ndarray, "frames"]
) -> Float[np.ndarray, "frames"]:
    """Angles on one branch: certain frames follow each other, the others what lies between them."""
    if not certain.any():
        return angle
    frames = np.arange(len(angle))
    path = np.unwrap(angle[certain])
    path = path - 2.0 * np.pi * np.round(np.median(path) / (2.0 * np.pi))
    return nearest(angle, np.interp(frames, frames[certain], path), 2.0 * np.pi)


def nearest(
    angle: Float[np.ndarray, "frames"], to: Float[np.ndarray, "frames"], period: float
) -> Float[np.ndarray, "frames"]:
    """The angle plus the whole periods that bring it nearest to another."""
    return angle + period * np.round((to - angle) / period)
