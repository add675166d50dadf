# SPDX-License-Identifier: Apache-2.0
"""What a file costs: bytes, triangles, materials, bones, texture memory.

Limits: VRChat PC "Good" for triangles (70,000), bones (150), materials (8) and textures (75 MB);
10 MiB is Ready Player Me's limit for a hero file; 2,048 is Khronos' asset auditor's largest side.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gen3d.check.pieces import Piece, all_faces
from gen3d.check.report import Row, at_most
from gen3d.export.document import Document
from gen3d.export.images import is_power_of_two

MIB = 1 << 20
"""Bytes."""
_MIPMAPS = 4.0 / 3.0


def rows(document: Document, pieces: Sequence[Piece]) -> list[Row]:
    """Budget checks of any file."""
    return [
        at_most(
            "file size",
            document.size_bytes / MIB,
            "MiB",
            warn=10,
            fail=200,
            hint="Use smaller textures, fewer triangles or shorter clips.",
        ),
        at_most(
            "triangles",
            all_faces(pieces),
            warn=70_000,
            fail=1_000_000,
            hint="Decimate garments and hair.",
        ),
        at_most(
            "materials",
            len(document.materials),
            warn=8,
            fail=64,
            hint="Let garments share a material: each one is a draw call.",
        ),
        at_most(
            "bones",
            max((len(skin.joints) for skin in document.skins), default=0),
            warn=150,
            hint="Merge finger or twist bones.",
        ),
        *_texture_rows(document),
    ]


def texture_memory_mib(document: Document) -> float:
    """What the pictures take on the graphics card: block compression (BC7) is a byte a pixel."""
    pixels = sum(int(np.prod(picture.pixels.shape[:2])) for picture in document.pictures)
    return pixels * _MIPMAPS / MIB


def _texture_rows(document: Document) -> list[Row]:
    sizes = [picture.pixels.shape[:2] for picture in document.pictures]
    odd = sum(not all(is_power_of_two(side) for side in size) for size in sizes)
    return [
        at_most(
            "largest texture side",
            max((max(size) for size in sizes), default=0),
            "px",
            warn=2048,
            fail=8192,
            hint="Scale the texture down.",
        ),
        at_most(
            "textures whose side is no power of two",
            odd,
            warn=0,
            hint="Resize them: older graphics cards cannot mip-map them.",
        ),
        at_most(
            "texture memory",
            texture_memory_mib(document),
            "MiB",
            warn=75,
            hint="Scale down or share textures.",
        ),
    ]
