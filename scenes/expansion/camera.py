# SPDX-License-Identifier: Apache-2.0
"""A panorama as a camera would deliver it: exposed, through a tone curve, clipped, in eight bits.

What a network learns to undo. The curves are the common ones: the sRGB encoding of clipped light, a
bare power, Reinhard's with a white point (Reinhard et al. 2002, eq. 4), an S-curve of contrast, and
the film-like curve of :mod:`scenes.tonemap`.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float32, UInt8
from PIL import Image

from scenes.tonemap import encode_srgb, film

Curve = Literal["srgb", "power", "reinhard", "contrast", "film"]
CURVES: tuple[Curve, ...] = ("srgb", "power", "reinhard", "contrast", "film")


@dataclass(frozen=True)
class Camera:
    """Settings of an imagined camera."""

    exposure: float
    """Factor on radiance before the curve."""
    curve: Curve = "srgb"
    strength: float = 0.5
    """Of the curve, 0 to 1: its power, white point or contrast."""
    jpeg: int | None = None
    """Quality of lossy compression."""


def random_camera(exposure: float, rng: np.random.Generator) -> Camera:
    """A camera within three stops of an exposure, any curve, often with compression."""
    return Camera(
        exposure * 2.0 ** float(np.clip(rng.normal(0.2, 0.9), -3.0, 3.0)),
        CURVES[int(rng.integers(len(CURVES)))],
        float(rng.random()),
        int(rng.integers(75, 98)) if rng.random() < 0.6 else None,
    )


def photograph(
    radiance: Float32[np.ndarray, "height width 3"], camera: Camera
) -> UInt8[np.ndarray, "height width 3"]:
    """The picture that a camera makes of light."""
    x = np.maximum(radiance * np.float32(camera.exposure), 0.0)
    code = _CURVES[camera.curve](x, camera.strength)
    picture = np.round(255.0 * np.clip(code, 0.0, 1.0)).astype(np.uint8)
    if camera.jpeg is None:
        return picture
    file = io.BytesIO()
    Image.fromarray(picture).save(file, format="JPEG", quality=camera.jpeg)
    return np.asarray(Image.open(file).convert("RGB"))


def _srgb(x: np.ndarray, _: float) -> np.ndarray:
    return encode_srgb(np.clip(x, 0.0, 1.0))


def _power(x: np.ndarray, strength: float) -> np.ndarray:
    return np.clip(x, 0.0, 1.0) ** (1.0 / (1.8 + 0.8 * strength))


def _reinhard(x: np.ndarray, strength: float) -> np.ndarray:
    white = 2.0 * 8.0**strength
    return encode_srgb(np.clip(x * (1.0 + x / white**2) / (1.0 + x), 0.0, 1.0))


def _contrast(x: np.ndarray, strength: float) -> np.ndarray:
    code = encode_srgb(np.clip(x, 0.0, 1.0))
    return code + strength * (code * code * (3.0 - 2.0 * code) - code)


def _film(x: np.ndarray, _: float) -> np.ndarray:
    return encode_srgb(film(x, 0.0))


_CURVES: dict[Curve, Callable[[np.ndarray, float], np.ndarray]] = {
    "srgb": _srgb,
    "power": _power,
    "reinhard": _reinhard,
    "contrast": _contrast,
    "film": _film,
}
