# SPDX-License-Identifier: Apache-2.0
"""Roughness and metalness of painted parts: as factors where they suit the whole, else a picture.

A fabric that words name brings its own; detail that a picture has already stays around the new
mean. The red channel, where occlusion often lives, is not touched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from gen3d.retexture.paint import Painted, nearest
from gen3d.retexture.spec import PaintSpec
from gen3d.wardrobe.fabric_weave import LOOKS

_SMOOTHEST = 0.04


@dataclass(frozen=True)
class Surface:
    """What a surface is like, beside its colour."""

    roughness: float
    metallic: float


def surface_of(paint: PaintSpec) -> Surface | None:
    """The surface that a paint asks for; none where it says nothing of it."""
    look = None if paint.fabric is None else LOOKS[paint.fabric]
    if look is None and paint.roughness is None and paint.metallic is None:
        return None
    rough = paint.roughness if paint.roughness is not None else look.roughness if look else 0.5
    metal = paint.metallic if paint.metallic is not None else look.metallic if look else 0.0
    return Surface(rough, metal)


def surface_picture(
    painted: Painted,
    paints: Sequence[PaintSpec],
    pixels: UInt8[np.ndarray, "height width channels"],
    roughness: float,
    metallic: float,
) -> UInt8[np.ndarray, "height width channels"]:
    """A metallic-roughness picture with both factors in it and the painted parts changed.

    Args:
        painted: What was painted.
        paints: The paints.
        pixels: The picture as it was.
        roughness: Factor that it had.
        metallic: Likewise.
    """
    result = pixels.copy()
    for channel, factor in ((1, roughness), (2, metallic)):
        result[..., channel] = np.rint(pixels[..., channel] * factor)
    near = nearest(painted.canvas, pixels.shape[:2])
    number = np.append(painted.paint, -1)[near]
    for index, paint in enumerate(paints):
        surface = surface_of(paint)
        where = number == index
        if surface is None or not where.any():
            continue
        rough = result[where, 1] / 255.0
        rough = surface.roughness + (rough - rough.mean())
        result[where, 1] = np.rint(255.0 * np.clip(rough, _SMOOTHEST, 1.0))
        result[where, 2] = round(255.0 * surface.metallic)
    return result
