# SPDX-License-Identifier: Apache-2.0
"""Painting small: textures of thumbnails, for training pictures and for candidates of a search.

Inside :func:`sketching` every painter makes its textures a fraction of the usual side, clothes stay
whole under what is worn over them, and whoever painted a garment is noted, so that it can be
painted again in other colours without being draped again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from gen3d.spec import GarmentSpec
from gen3d.types import Material

SHRINK = 8
"""By how much sides of textures are divided."""
SMALLEST_PX = 16

Painter = Callable[[GarmentSpec], Material]


@dataclass(frozen=True)
class Note:
    """A garment that was painted, and how to do so again."""

    garment: GarmentSpec
    paint: Painter


@dataclass
class Sketch:
    """What happened while sketching; by the material's name."""

    notes: dict[str, Note] = field(default_factory=dict[str, Note])


_CURRENT: ContextVar[Sketch | None] = ContextVar("sketch", default=None)


@contextmanager
def sketching() -> Generator[Sketch]:
    """Paint small inside the block."""
    sketch = Sketch()
    token = _CURRENT.set(sketch)
    try:
        yield sketch
    finally:
        _CURRENT.reset(token)


def current() -> Sketch | None:
    """The sketch that is being made, if one is."""
    return _CURRENT.get()


def side(size_px: int) -> int:
    """Side of a texture that would be so large in full."""
    return size_px if current() is None else max(size_px // SHRINK, SMALLEST_PX)
