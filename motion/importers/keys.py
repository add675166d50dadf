# SPDX-License-Identifier: Apache-2.0
"""Keys at any times to even frames: rotations and places of one joint.

Sparse keys are joined by monotone cubics (Fritsch and Carlson 1980, as SciPy's PCHIP): smooth, and
never beyond the keys. Quaternions are made continuous first and brought back to unit length after,
which is exact at the keys.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.errors import Gen3dError
from motion.importers.reading import MOST_VALUES

_SLOWEST, _FASTEST = 10.0, 240.0
_USUAL = 30.0


def usual_rate(tracks: Sequence[Float[np.ndarray, "_"]], unsaid: float = _USUAL) -> float:
    """Frames a second that keys were made at: the usual gap of the densest track.

    Args:
        tracks: Key times, seconds.
        unsaid: What to take when the keys are too few or too sparse to say.
    """
    densest = max(tracks, key=len)
    if len(densest) < 3:
        return unsaid
    rate = 1.0 / max(float(np.median(np.diff(densest))), 1e-9)
    if not _SLOWEST <= rate <= _FASTEST:
        return unsaid
    return float(round(rate)) if abs(rate - round(rate)) < 0.01 * rate else rate


def even_times(
    start: float, end: float, fps: float, joints: int, source: str
) -> Float[np.ndarray, "frames"]:
    """Times of even frames from one moment to another, at least one frame.

    Raises:
        Gen3dError: So many frames that they would not fit into memory.
    """
    wanted = (end - start) * fps
    if not np.isfinite(wanted) or wanted * joints * 8 > MOST_VALUES:
        raise Gen3dError(
            f"{source} claims {end - start:,.0f} seconds of motion.", "Cut the take into pieces."
        )
    return start + np.arange(max(1, int(np.floor(wanted + 1e-3)) + 1)) / fps


def smooth(
    times: Float[np.ndarray, "keys"],
    values: Float[np.ndarray, "keys width"],
    at: Float[np.ndarray, "frames"],
) -> Float[np.ndarray, "frames width"]:
    """Monotone cubic through keys; the first and last keys hold outside."""
    from scipy.interpolate import PchipInterpolator

    times, first = np.unique(times, return_index=True)
    values = values[first]
    if len(times) < 2:
        return np.repeat(values[:1], len(at), axis=0)
    return PchipInterpolator(times, values, axis=0)(np.clip(at, times[0], times[-1]))


def smooth_turns(
    times: Float[np.ndarray, "keys"],
    q: Float[np.ndarray, "keys 4"],
    at: Float[np.ndarray, "frames"],
) -> Float[np.ndarray, "frames 4"]:
    """The same for rotations, wxyz."""
    return transforms.normalize(smooth(times, transforms.continuous(q), at))
