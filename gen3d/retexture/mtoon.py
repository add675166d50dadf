# SPDX-License-Identifier: Apache-2.0
"""VRM's toon shader follows: its shade colour and texture are kept beside the material's own.

VRM 0.x keeps MToon under ``extensions.VRM.materialProperties`` (colours are sRGB), VRM 1.0 in each
material's ``VRMC_materials_mtoon`` (linear).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from jaxtyping import Float

from gen3d.wardrobe.texels import encode_srgb

Row = dict[str, Any]
_MTOON = "VRMC_materials_mtoon"


def _older(content: Mapping[str, Any], material: int) -> Row:
    """VRM 0.x's entry of a material; empty where there is none."""
    vrm = cast("Row", cast("Row", content.get("extensions") or {}).get("VRM") or {})
    rows = vrm.get("materialProperties")
    if not isinstance(rows, list) or material >= len(cast("list[Row]", rows)):
        return {}
    return cast("list[Row]", rows)[material]


def _newer(content: Mapping[str, Any], material: int) -> Row:
    row = cast("Row", content["materials"][material])
    return cast("Row", cast("Row", row.get("extensions") or {}).get(_MTOON) or {})


def follow_texture(content: Mapping[str, Any], material: int, before: int, after: int) -> None:
    """Let the shader show another texture wherever it showed one."""
    shown = cast("Row", _older(content, material).get("textureProperties") or {})
    for key, index in shown.items():
        if index == before:
            shown[key] = after
    shade = cast("Row", _newer(content, material).get("shadeMultiplyTexture") or {})
    if shade.get("index") == before:
        shade["index"] = after


def follow_colour(
    content: Mapping[str, Any],
    material: int,
    before: Float[np.ndarray, "3"],
    after: Float[np.ndarray, "3"],
) -> None:
    """Let the shader's colours change as the material's factor does; shades stay as deep."""
    vectors = cast("Row", _older(content, material).get("vectorProperties") or {})
    if "_Color" in vectors:
        own = _bytes(after)
        depth = [
            s / max(c, 1e-3)
            for s, c in zip(_rgb(vectors, "_ShadeColor"), _rgb(vectors, "_Color"), strict=True)
        ]
        vectors["_Color"] = [*own, *vectors["_Color"][3:]]
        if "_ShadeColor" in vectors:
            shade = [round(min(1.0, c * min(d, 1.0)), 6) for c, d in zip(own, depth, strict=True)]
            vectors["_ShadeColor"] = [*shade, *vectors["_ShadeColor"][3:]]
    newer = _newer(content, material)
    if "shadeColorFactor" in newer:
        old = np.array(newer["shadeColorFactor"], dtype=np.float64)
        deep = np.minimum(old / np.maximum(before, 1e-3), 1.0)
        newer["shadeColorFactor"] = [round(float(c), 6) for c in np.clip(after * deep, 0.0, 1.0)]


def _rgb(vectors: Row, key: str) -> list[float]:
    return [float(c) for c in vectors.get(key, [1.0, 1.0, 1.0])[:3]]


def _bytes(linear: Float[np.ndarray, "3"]) -> list[float]:
    return [round(int(c) / 255.0, 6) for c in encode_srgb(linear.astype(np.float32))]
