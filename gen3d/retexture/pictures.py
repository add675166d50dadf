# SPDX-License-Identifier: Apache-2.0
"""Which pictures of a file become which, when several materials may share one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from jaxtyping import UInt8

from gen3d.export.whole import rows_of
from gen3d.retexture.canvas import Canvas, places
from gen3d.retexture.paint import Painted

Row = dict[str, Any]


def users_of(content: Mapping[str, Any], image: int) -> set[int]:
    """Materials that show an image anywhere."""
    textures = {n for n, row in enumerate(rows_of(content, "textures")) if image in sources(row)}
    materials = rows_of(content, "materials")
    return {n for n, row in enumerate(materials) if textures & set(_textures_in(row))}


def sources(texture: Mapping[str, Any]) -> set[int]:
    """Images that a texture may show."""
    extensions = cast("Mapping[str, Row]", texture.get("extensions") or {})
    return {row["source"] for row in (texture, *extensions.values()) if "source" in row}


def _textures_in(value: object) -> list[int]:
    """Numbers of all textures that a part of a material's JSON names."""
    if not isinstance(value, dict):
        return []
    found: list[int] = []
    for key, entry in cast("Row", value).items():
        if key.endswith("Texture") and isinstance(entry, dict) and "index" in entry:
            found.append(int(cast("Row", entry)["index"]))
        found += _textures_in(entry)
    return found


def agreed(
    users: set[int], done: Sequence[Painted], sheets: Sequence[Canvas]
) -> UInt8[np.ndarray, "height width channels"] | None:
    """One picture that serves all materials that share it; none where they want different ones.

    Args:
        users: Materials that show the picture.
        done: Those of its canvases that were painted.
        sheets: All canvases of the figure.
    """
    shown = {sheet.slot.material for sheet in sheets if sheet.texels is not None}
    if not users <= shown:
        return None
    if any(not np.allclose(painted.canvas.factor[:3], 1.0) for painted in done):
        return done[0].pixels if len(users) == 1 else None
    first = done[0]
    if first.pixels is None:
        return None
    merged = first.canvas.pixels.copy()
    for painted in done:
        if painted.pixels is not None and painted.changed is not None:
            merged[painted.changed] = painted.pixels[painted.changed]
    for sheet in sheets:
        if sheet.picture == first.canvas.picture and sheet.texels is not None:
            rows, columns = places(sheet, merged.shape[:2])
            own = next((p.pixels for p in done if p.canvas is sheet), None)
            wanted = sheet.pixels if own is None else own
            if (merged[rows, columns] != wanted[rows, columns]).any():
                return None
    return merged
