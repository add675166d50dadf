# SPDX-License-Identifier: Apache-2.0
"""Sheets of pictures for people: figures in rows, seen whole, from behind, and in the face."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from gen3d.figures.aim import Sitter
from gen3d.figures.body import Wearer, looks_of
from gen3d.figures.photo import Shot, photograph, pose
from gen3d.spec import CharacterSpec

SHOTS = (Shot("full", 25.0), Shot("full", 205.0), Shot("face", 15.0))
SIZE_PX, LIVE_PX = 320, 192
_GROUND = 214.0


def write_sheet(rows: Sequence[Sitter], path: Path, size_px: int = SIZE_PX) -> None:
    """One row of pictures for each figure, the first on top."""
    pictures = [photograph(who.posed, who.looks, SHOTS, size_px) for who in rows]
    Image.fromarray(np.concatenate([_row(row) for row in pictures])).save(path, format="PNG")


def write_wearer(wearer: Wearer, spec: CharacterSpec, path: Path) -> None:
    """A candidate of a search, small."""
    posed = pose(wearer.parts, wearer.skeleton)
    shown = photograph(posed, looks_of(wearer, spec), SHOTS, LIVE_PX)
    Image.fromarray(_row(shown)).save(path, format="PNG")


def _row(pictures: UInt8[np.ndarray, "n size size 4"]) -> UInt8[np.ndarray, "size wide 3"]:
    alpha = pictures[..., 3:] / np.float32(255.0)
    shown = pictures[..., :3] * alpha + _GROUND * (1.0 - alpha)
    return np.concatenate(list(np.rint(shown).astype(np.uint8)), axis=1)
