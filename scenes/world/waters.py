# SPDX-License-Identifier: Apache-2.0
"""Where open water lies: metres to its edge, as pure functions of place and seed.

The edge passes a few steps in front of the character (+Z); a dock stands over the water itself.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from gen3d.easing import smoothstep
from gen3d.spec import LandSpec
from scenes.world.noise import fractal

RIVER_HALF_M = 8.0
_SHORE_M, _BANK_M, _DOCK_M = 5.0, 7.0, -9.0
"""How far in front of the character a lake or the sea begins, a river, and either under a dock."""
_WIDER = 230.0 / 130.0
"""How many times as wide as it is long a lake is, seen from its shore."""
_COVE_M = 150.0
"""How far headlands reach out to both sides under cliffs."""
_FJORD_HALF_M, _FJORD_HEAD_M, VALLEY_HALF_M = 120.0, 200.0, 42.0
"""Half of a fjord's width, the length of its head, and half of the valley that leads to it."""
_ISLAND_M = 58.0
Values = Float[np.ndarray, "*batch"]


def shore(land: LandSpec, seed: int, x: Values, z: Values) -> Values:
    """Metres to the water's edge: positive on land, negative over water.

    Args:
        land: Which water there is.
        seed: Of its bends.
        x: To the left of the character.
        z: In front of it.
    """
    radius = np.hypot(x, z)
    wander = 9.0 * fractal(x / 45.0, z / 45.0, seed + 11, 4) * smoothstep(4.0, 30.0, radius)
    docked = land.dock and land.water != "none"
    river = land.water == "river"
    start = _DOCK_M if docked else _BANK_M if river else _SHORE_M
    if river:
        bend = 16.0 * fractal(x / 130.0, np.full_like(x, 0.5), seed + 12, 3)
        bend = bend * smoothstep(6.0, 60.0, np.abs(x))
        return np.abs(z - start - RIVER_HALF_M - bend) - RIVER_HALF_M + 0.3 * wander
    if land.water == "coast":
        return start - z + 0.6 * wander + _cove(land, seed, x)
    if land.water == "fjord":
        return _arm(seed, x, z, start) + 0.6 * wander
    if land.water == "island":
        return _ISLAND_M - np.hypot(x, z + _ISLAND_M - start) + 1.2 * wander
    if land.water == "marsh":
        pools = 26.0 * (fractal(x / 60.0, (z - start) / 60.0, seed + 13, 4) + 0.16)
        return pools + 30.0 * smoothstep(16.0, 4.0, np.hypot(x, z - (start - _SHORE_M)))
    across, along = x / (_WIDER * land.lake_m), (z - start - land.lake_m) / land.lake_m
    small = min(land.lake_m / 60.0, 1.0)
    return (np.hypot(across, along) - 1.0) * land.lake_m + small * wander


def _cove(land: LandSpec, seed: int, x: Values) -> Values:
    """How far the shore comes forward to both sides: cliffs are seen from the foot of their bay."""
    if land.shape != "cliffs":
        return np.zeros_like(x)
    uneven = 0.75 + 0.5 * fractal(x / 240.0, np.full_like(x, 0.5), seed + 14, 3)
    return _COVE_M * uneven * smoothstep(45.0, 260.0, np.abs(x))


def arm_axis(seed: int, z: Values) -> Values:
    """How far to the side a fjord's middle lies, ``z`` in front of the character."""
    bend = 260.0 * fractal(z / 900.0, np.full_like(z, 0.5), seed + 15, 2)
    return bend * smoothstep(150.0, 1200.0, np.abs(z))


def arm_half(z: Values) -> Values:
    """Half of a fjord's width there."""
    return _FJORD_HALF_M * np.sqrt(np.clip((z - _SHORE_M) / _FJORD_HEAD_M, 0.0, 1.0))


def _arm(seed: int, x: Values, z: Values, start: float) -> Values:
    """A long arm of the sea that leads away from where the character stands at its head."""
    aside = np.abs(x - arm_axis(seed, z))
    return np.where(z > start, aside - arm_half(z + _SHORE_M - start), np.hypot(aside, z - start))
