# SPDX-License-Identifier: Apache-2.0
"""The absolute scale of a photograph: from its exposure to the luminance of its white.

By the sensor's saturation (ISO 12232): an exposure value at ISO 100 takes ``1.2 * 2 ** EV`` cd/m^2
to white with a lens of ordinary transmission (q = 0.65).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

_EXIF, _TIME, _STOP, _ISO = 0x8769, 0x829A, 0x829D, 0x8827
_SATURATION = 1.2


def white_of(ev100: float) -> float:
    """Luminance of a photograph's white, cd/m^2."""
    return _SATURATION * 2.0**ev100


def ev100_of(path: Path) -> float | None:
    """Exposure value at ISO 100 that a file tells (EXIF time, f-number and ISO), or None."""
    try:
        with Image.open(path) as image:
            block = image.getexif().get_ifd(_EXIF)
    except (OSError, UnidentifiedImageError, ValueError, SyntaxError):
        return None
    try:
        time, stop = float(block[_TIME]), float(block[_STOP])
        iso = block[_ISO]
        speed = float(iso[0] if isinstance(iso, tuple) else iso)
    except (KeyError, TypeError, ValueError, IndexError, ZeroDivisionError):
        return None
    value = stop * stop / time * 100.0 / speed if min(time, stop, speed) > 0.0 else 0.0
    return float(np.log2(value)) if np.isfinite(value) and value > 0.0 else None
