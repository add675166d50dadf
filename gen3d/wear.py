# SPDX-License-Identifier: Apache-2.0
"""What use, weather and work leave on clothes and skin, as values of a figure's description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from gen3d.strict import Spec

SOILS = (
    *("dirt", "mud", "dust", "sand", "soot", "oil", "blood"),
    *("moss", "rust", "snow", "flour", "paint"),
)
"""What may lie on a surface; how each looks is in ``configs/vocabulary/wear.yml``."""

if TYPE_CHECKING:
    Soil = str
else:
    Soil = Literal[SOILS]


class WearSpec(Spec):
    """The state that a garment, or skin, is in."""

    worn: float = Field(default=0.0, ge=0, le=1)
    """Cloth: faded and rubbed where it stands out. Leather: scuffed. Metal: scratched, dented and
    tarnished. Skin: scars."""
    soil: Soil = "dirt"
    """What lies on it."""
    soiled: float = Field(default=0.0, ge=0, le=1)
    """How much of that: 0.3 traces, 0.6 patches, 1 nearly all over."""
