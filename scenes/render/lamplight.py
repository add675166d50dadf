# SPDX-License-Identifier: Apache-2.0
"""Light that the lamps of a land send straight to a point, were nothing between.

A lamp is a point: street lamps are far smaller than their distance. A flat one sends
``lumens / pi * cosine`` candela, as a matt pane does. A land has dozens of them, of which a point
gets nearly all its light from few.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int32

from scenes.place import Glow


@dataclass(frozen=True)
class Lamplight:
    """The lamps of a land."""

    place: Float32[np.ndarray, "lamps 3"]
    candela: Float32[np.ndarray, "lamps"]
    """Straight ahead, or to all sides."""
    colour: Float32[np.ndarray, "lamps 3"]
    facing: Float32[np.ndarray, "lamps 3"]
    """Unit vectors of flat ones, else 0."""

    @staticmethod
    def of(glows: Sequence[Glow]) -> Lamplight:
        """The lamps of a place."""
        facing = np.array([g.facing or (0.0, 0.0, 0.0) for g in glows], np.float32).reshape(-1, 3)
        lumens = np.array([g.lumens for g in glows], np.float32)
        parts = np.where(facing.any(axis=1), 1.0, 4.0)
        return Lamplight(
            np.array([g.position for g in glows], np.float32).reshape(-1, 3),
            (lumens / (np.pi * parts)).astype(np.float32),
            np.array([g.colour for g in glows], np.float32).reshape(-1, 3),
            facing,
        )

    def strongest(
        self, point: Float32[np.ndarray, "3 rays"], normal: Float32[np.ndarray, "3 rays"]
    ) -> tuple[Int32[np.ndarray, "rays most"], Float32[np.ndarray, "rays most"]]:
        """The lamps that would give each point most, and how many lux, the most first."""
        from scenes.render.lamp_kernels import strongest

        return strongest(point.T, normal.T, self._told)

    def drawn(
        self,
        point: Float32[np.ndarray, "3 rays"],
        normal: Float32[np.ndarray, "3 rays"],
        draws: Float32[np.ndarray, "rays"],
    ) -> tuple[Int32[np.ndarray, "rays"], Float32[np.ndarray, "rays"]]:
        """A lamp of each point, as often as it would light it; and the lux of all together."""
        from scenes.render.lamp_kernels import drawn

        return drawn(point.T, normal.T, self._told, draws)

    @property
    def _told(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self.place, self.facing, self.candela
