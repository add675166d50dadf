# SPDX-License-Identifier: Apache-2.0
"""Smooth steps from 0 to 1: Hermite's cubic, level at both ends."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float


def smoothstep(low: float, high: float, x: Float[np.ndarray, "*shape"]) -> np.ndarray:
    """0 below ``low``, 1 above ``high``, smooth between (``low`` > ``high`` falls instead)."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def ramp(low: float, high: float, x: float) -> float:
    """The :func:`smoothstep` of a single number."""
    t = min(max((x - low) / (high - low), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)
