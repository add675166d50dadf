# SPDX-License-Identifier: Apache-2.0
"""Sheets of pictures for people: figures in rows, seen whole, from behind, and in the face."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image

from gen3d.atomic import publish
from gen3d.figures.aim import Sitter
from gen3d.figures.photo import Shot

SHOTS = (Shot("full", 25.0, zoom=1.1), Shot("full", 205.0, zoom=1.1), Shot("face", 15.0))
SIZE_PX, LIVE_PX = 320, 192
_GROUND = 214.0


def write_sheet(rows: Sequence[Sitter], path: Path, size_px: int = SIZE_PX) -> None:
    """Write one row of pictures for each figure, the first on top."""
    shown: list[np.ndarray] = []
    for who in rows:
        pictures = who.pictures(SHOTS, size_px)
        alpha = pictures[..., 3:] / np.float32(255.0)
        over = pictures[..., :3] * alpha + _GROUND * (1.0 - alpha)
        shown.append(np.concatenate(list(np.rint(over).astype(np.uint8)), axis=1))
    write_picture(np.concatenate(shown), path)


def in_a_row(pictures: Float32[np.ndarray, "n 3 height width"]) -> UInt8[np.ndarray, "height _ 3"]:
    """SRGB pictures in [0, 1] beside each other, in bytes."""
    shown = np.concatenate(list(pictures.transpose(0, 2, 3, 1)), axis=1)
    return np.rint(shown * 255.0).astype(np.uint8)


def write_picture(pixels: UInt8[np.ndarray, "height width 3"], path: Path) -> None:
    """Write a PNG so that it is there completely or not at all."""
    temporary = path.with_name(f".{path.name}.tmp")
    Image.fromarray(pixels).save(temporary, format="PNG")
    publish(temporary, path)
