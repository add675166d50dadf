# SPDX-License-Identifier: Apache-2.0
"""What the painters of skin read: positions, regions and masks of one person, texel by texel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from gen3d.body.body import ShapedBody
from gen3d.wardrobe.skin_regions import MASKS, atlas, atlas_texels, mask
from gen3d.wardrobe.texels import TexelMap, texel_metres

BLOOD = np.array([0.16, 0.62, 0.50], dtype=np.float32)
MELANIN = np.array([0.40, 0.62, 0.85], dtype=np.float32)
"""Absorbance of a unit of each pigment in linear Rec. 709 red, green, blue."""
_ADULT = 1.75
"""Height, metres, for which sizes on the skin are given."""


@dataclass(frozen=True)
class Canvas:
    """Everything that the painters read, on the covered texels of one size."""

    texels: TexelMap
    points: Float32[np.ndarray, "t 3"]
    """Rest positions divided by the body's scale to an adult, metres: pores grow with giants."""
    head: Float32[np.ndarray, "t 3"]
    texel_size: Float32[np.ndarray, "t"]
    """Side of a texel, in the same metres."""
    fields: dict[str, Float32[np.ndarray, "t"]]
    masks: dict[str, Float32[np.ndarray, "t"]]
    age_years: float
    female: float
    seed: int


def canvas_of(shaped: ShapedBody, size_px: int, seed: int) -> Canvas:
    """Interpolate positions, regions and masks of one person to texels."""
    layout, texels = atlas(), atlas_texels(size_px)
    names = tuple(layout.fields)
    columns = np.stack([layout.fields[name] for name in names], axis=1)
    stacked = np.concatenate([shaped.verts[layout.source], layout.head, columns], axis=1)
    values = texels.sample(stacked)
    adult = np.float32(_ADULT / shaped.height)
    positions = shaped.verts[layout.source]
    return Canvas(
        texels=texels,
        points=values[:, :3] * adult,
        texel_size=texel_metres(texels, positions, layout.uvs) * adult,
        head=values[:, 3:6],
        fields={name: values[:, 6 + i] for i, name in enumerate(names)},
        masks={name: mask(name, size_px).ravel()[texels.texels] for name in MASKS},
        age_years=shaped.spec.age_years,
        female=shaped.spec.sex,
        seed=seed,
    )


def luminance(color: np.ndarray) -> float:
    """Luminance of a linear Rec. 709 colour."""
    return float(np.asarray(color) @ np.array([0.2126, 0.7152, 0.0722]))
