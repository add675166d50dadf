# SPDX-License-Identifier: Apache-2.0
"""Smooth curves through points, as SciPy has them, without the half second that its import takes.

Cubic pieces between knots, each by its slopes at both ends. ``monotone`` never overshoots (Fritsch
and Butland 1984; ends as in Moler, "Numerical Computing with MATLAB", 3.6); ``spline`` has a steady
second derivative and no knot in its outermost pieces (de Boor 1978).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64


def monotone(
    knots: Float64[np.ndarray, "knots"],
    values: Float64[np.ndarray, "knots width"],
    at: Float64[np.ndarray, "places"],
) -> Float64[np.ndarray, "places width"]:
    """A curve that rises and falls only where its points do.

    Args:
        knots: Where the points are, rising.
        values: The points.
        at: Where the curve is wanted, between the first knot and the last.
    """
    step = np.diff(knots)[:, None]
    rise = np.diff(values, axis=0) / step
    if len(knots) == 2:
        return _pieces(knots, values, np.concatenate([rise, rise]), at)
    before, after = rise[:-1], rise[1:]
    same = before * after > 0.0
    w1, w2 = 2.0 * step[1:] + step[:-1], step[1:] + 2.0 * step[:-1]
    safe = [np.where(same, part, 1.0) for part in (before, after)]
    inner = np.where(same, (w1 + w2) / (w1 / safe[0] + w2 / safe[1]), 0.0)
    first = _end(step[0], step[1], rise[0], rise[1])[None]
    last = _end(step[-1], step[-2], rise[-1], rise[-2])[None]
    return _pieces(knots, values, np.concatenate([first, inner, last]), at)


def _end(h0: np.ndarray, h1: np.ndarray, m0: np.ndarray, m1: np.ndarray) -> np.ndarray:
    """Slope at an end from the two pieces next to it, held to the shape of the points."""
    slope = ((2.0 * h0 + h1) * m0 - h0 * m1) / (h0 + h1)
    steep = (np.sign(m0) != np.sign(m1)) & (np.abs(slope) > 3.0 * np.abs(m0))
    return np.where(np.sign(slope) != np.sign(m0), 0.0, np.where(steep, 3.0 * m0, slope))


def spline(
    knots: Float64[np.ndarray, "knots"],
    values: Float64[np.ndarray, "knots width"],
    at: Float64[np.ndarray, "places"],
) -> Float64[np.ndarray, "places width"]:
    """The cubic spline; arguments as of :func:`monotone`."""
    count, step = len(knots), np.diff(knots)
    rise = np.diff(values, axis=0) / step[:, None]
    if count == 2:
        return _pieces(knots, values, np.concatenate([rise, rise]), at)
    system, right = np.zeros((count, count)), np.zeros_like(values)
    for k in range(1, count - 1):
        system[k, k - 1 : k + 2] = step[k], 2.0 * (step[k - 1] + step[k]), step[k - 1]
        right[k] = 3.0 * (step[k] * rise[k - 1] + step[k - 1] * rise[k])
    if count == 3:
        # A parabola: both of its pieces are whole.
        system[0, :2], right[0] = 1.0, 2.0 * rise[0]
        system[2, 1:], right[2] = 1.0, 2.0 * rise[1]
    else:
        system[0, :2], right[0] = (step[1], step[0] + step[1]), _joined(step[:2], rise[:2])
        system[-1, -2:] = step[-1] + step[-2], step[-2]
        right[-1] = _joined(step[:-3:-1], rise[:-3:-1])
    return _pieces(knots, values, np.linalg.solve(system, right), at)


def _joined(step: np.ndarray, rise: np.ndarray) -> np.ndarray:
    """Right side of the equation by which the two outermost pieces are one cubic."""
    h0, h1 = step
    return ((h0 + 2.0 * (h0 + h1)) * h1 * rise[0] + h0 * h0 * rise[1]) / (h0 + h1)


def _pieces(
    knots: np.ndarray, values: np.ndarray, slopes: np.ndarray, at: np.ndarray
) -> Float64[np.ndarray, "places width"]:
    """Cubic pieces by values and slopes at their ends (Hermite)."""
    k = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(knots) - 2)
    step = (knots[k + 1] - knots[k])[:, None]
    t = (at - knots[k])[:, None] / step
    start, end = values[k], values[k + 1]
    lift = slopes[k] * (1.0 - t) - slopes[k + 1] * t
    rise = (end - start) * (1.0 - 2.0 * t)
    return start + (end - start) * t + t * (1.0 - t) * (step * lift - rise)
