# SPDX-License-Identifier: Apache-2.0
"""Classic inverse tone mapping, to measure against: each from an eight-bit picture to light.

All give relative light. Akyüz et al. 2007 ("Do HDR displays support LDR content?") stretch the
luminance linearly between the picture's least and greatest; Masia et al. 2009 ("Evaluation of
reverse tone mapping through varying exposure conditions") use a power that grows with the key.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float32, UInt8

from scenes.spectrum import luminance
from scenes.tonemap import decode_srgb

Picture = UInt8[np.ndarray, "height width 3"]
Light = Float32[np.ndarray, "height width 3"]
_KEY_SLOPE, _KEY_OFFSET = 10.44, -6.282
"""Masia et al. 2009: exponent = slope x key + offset."""


def linear(picture: Picture) -> Light:
    """The sRGB decoding and nothing else."""
    return decode_srgb(picture.astype(np.float32) / np.float32(255.0)).astype(np.float32)


def akyuz(picture: Picture, peak: float = 30.0) -> Light:
    """Luminance stretched linearly over the range up to ``peak`` times the picture's white."""
    light = linear(picture)
    old = luminance(light)
    low, high = float(old.min()), float(old.max())
    new = peak * (old - low) / max(high - low, 1e-9)
    return (light * (new / np.maximum(old, 1e-6))[..., None]).astype(np.float32)


def masia(picture: Picture) -> Light:
    """Luminance to a power that depends on how bright the picture is as a whole."""
    light = linear(picture)
    old = np.maximum(luminance(light), 1e-4)
    logs = np.log(old)
    low, high = (float(q) for q in np.quantile(logs, (0.01, 0.99)))
    key = (float(logs.mean()) - low) / max(high - low, 1e-9)
    power = max(_KEY_SLOPE * key + _KEY_OFFSET, 1.0)
    return (light * (old ** (power - 1.0))[..., None]).astype(np.float32)


OPERATORS: dict[str, Callable[[Picture], Light]] = {
    "linear": linear,
    "Akyüz 2007": akyuz,
    "Masia 2009": masia,
}
