# SPDX-License-Identifier: Apache-2.0
"""From a field to a finished object in one call: surface, clean-up, layout, textures.

What is baked where: everything stays in the unit frame, where finishes and fields live; the caller
scales the result to metres (:func:`gen3d.export.object_gltf.stood`).
"""

from __future__ import annotations

from dataclasses import dataclass

from gen3d.fields.bake import Source, bake
from gen3d.fields.cleanup import Cleaned, cleaned
from gen3d.fields.surface import LevelFunction, extract
from gen3d.fields.unwrap import Unwrapped, unwrapped
from gen3d.types import ObjectAsset, ObjectPart


@dataclass(frozen=True)
class Made:
    """An object and how it came out."""

    asset: ObjectAsset
    cleaned: Cleaned
    layout: Unwrapped


def make_asset(
    level: LevelFunction,
    source: Source,
    *,
    name: str = "object",
    resolution: int = 160,
    budget: int = 20_000,
    size_px: int = 1024,
    slope: float | None = 1.5,
    smoothing: int = 0,
) -> Made:
    """Make a textured mesh of a field.

    Args:
        level: Negative inside, on [-1, 1]³.
        source: What the textures show.
        name: Of the object.
        resolution: Samples a side of the surface's grid.
        budget: Most triangles.
        size_px: Side of the textures, a power of two.
        slope: See :func:`gen3d.fields.surface.extract`.
        smoothing: Steps of Taubin's filter before the triangles are reduced.

    Raises:
        Gen3dError: The field has no surface.
    """
    raw = extract(level, resolution, slope=slope)
    clean = cleaned(raw, budget=budget, smoothing=smoothing, function=level)
    layout = unwrapped(clean.surface, size_px)
    reach = 4.0 / (resolution - 1)
    mesh, material = bake(clean.surface, layout, source, size_px=size_px, name=name, reach=reach)
    return Made(ObjectAsset(name, (ObjectPart(name, mesh, material),)), clean, layout)
