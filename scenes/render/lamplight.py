# SPDX-License-Identifier: Apache-2.0
"""Light that the lamps of a land send straight to a point, were nothing between.

A lamp is a point: street lamps are far smaller than their distance. One that shines down sends
``lumens / pi * cosine`` candela, as a matt pane does. A land has dozens of them, of which a point
gets nearly all its light from few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from scenes.place import Glow

_NEAREST_M = 0.3
"""Closer than this a lamp is no point."""


@dataclass(frozen=True)
class Lamplight:
    """The lamps of a land."""

    place: Float32[np.ndarray, "lamps 3"]
    candela: Float32[np.ndarray, "lamps"]
    """Straight down, or to all sides."""
    colour: Float32[np.ndarray, "lamps 3"]
    downward: Float32[np.ndarray, "lamps"]
    """1 for those that shine down only."""

    @staticmethod
    def of(glows: Sequence[Glow]) -> Lamplight:
        """The lamps of a place."""
        down = np.array([g.downward for g in glows], np.float32)
        lumens = np.array([g.lumens for g in glows], np.float32)
        return Lamplight(
            np.array([g.position for g in glows], np.float32).reshape(-1, 3),
            (lumens / (np.pi * np.where(down > 0, 1.0, 4.0))).astype(np.float32),
            np.array([g.colour for g in glows], np.float32).reshape(-1, 3),
            down,
        )

    def reaching(
        self, point: Float32[np.ndarray, "3 rays"], normal: Float32[np.ndarray, "3 rays"]
    ) -> Float32[np.ndarray, "rays lamps"]:
        """Illuminance in lux that each lamp would give each point."""
        own, other = np.ascontiguousarray(point.T), self.place
        # Products of matrices, since points are many: |a - b|^2 = a^2 - 2ab + b^2.
        square = (own * own).sum(axis=1)[:, None] + (other * other).sum(axis=1)[None]
        square -= 2.0 * (own @ other.T)
        square = np.maximum(square, np.float32(_NEAREST_M**2))
        facing = normal.T @ other.T - np.einsum("cr,cr->r", normal, point)[:, None]
        under = np.where(self.downward[None] > 0, other[None, :, 1] - own[:, 1:2], np.sqrt(square))
        lit = np.maximum(facing, 0.0) * np.maximum(under, 0.0)
        return (self.candela[None] * lit / (square * square)).astype(np.float32)
