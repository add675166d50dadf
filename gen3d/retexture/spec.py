# SPDX-License-Identifier: Apache-2.0
"""What is painted on a figure of the user's, as named values of ``config.yml``."""

from __future__ import annotations

from pydantic import Field

from gen3d.spec import Fabric, Pattern, Rgb, Spec


class PaintSpec(Spec):
    """New paint for one part of a figure; what is absent stays as it is."""

    what: str
    """``skin``, ``hair``, ``beard``, ``eyes``, ``clothes``, or a garment of the wardrobe."""
    color: Rgb | None = None
    """Mean of the painted part."""
    accent: Rgb | None = None
    """Second colour of the pattern."""
    pattern: Pattern = "plain"
    fabric: Fabric | None = None
    """Its roughness, metalness and weave."""
    roughness: float | None = Field(default=None, ge=0.03, le=1)
    """The fabric's own when absent."""
    metallic: float | None = Field(default=None, ge=0, le=1)
    """The fabric's own when absent."""


class RetextureSpec(Spec):
    """A rigged figure of the user's that is painted anew (`gen3d avatar --from`)."""

    file: str
    """GLB, VRM or glTF of one rigged figure with UVs."""
    paints: tuple[PaintSpec, ...] | None = None
    """Read from the words when absent."""
