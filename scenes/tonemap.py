# SPDX-License-Identifier: Apache-2.0
"""From light to a picture for looking at: exposure, a film-like curve, sRGB bytes.

The curve is ``x^n / (x^n + k^n)`` (Naka and Rushton 1966, also the response of film and of cones)
for each channel after a little mixing of channels, so that very bright colours go white as they do
in a photograph. Middle grey stays middle grey.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, UInt8

_CONTRAST = 1.5
_GREY = 0.18
_MIX = 0.05
_OUT = 0.42
"""Exposed light of the middle of what is seen through windows, at most."""


def film(rgb: Float[np.ndarray, "*batch 3"], exposure_ev: float) -> Float[np.ndarray, "*batch 3"]:
    """Display-linear values 0..1 of scene light multiplied by ``2 ** exposure_ev``."""
    x = np.maximum(rgb * np.float32(2.0**exposure_ev), 0.0)
    x = (1.0 - _MIX) * x + _MIX * x.mean(axis=-1, keepdims=True)
    power = x**_CONTRAST
    out = power / (power + _GREY**_CONTRAST * (1.0 / _GREY - 1.0))
    # Undo the mixing for ordinary colours; bright ones have met at white by now.
    return np.clip((out - _MIX * out.mean(axis=-1, keepdims=True)) / (1.0 - _MIX), 0.0, 1.0)


def looked_out(
    rgb: Float[np.ndarray, "height width 3"],
    outside: Float[np.ndarray, "height width"],
    exposure_ev: float,
) -> Float[np.ndarray, "height width 3"]:
    """A room's light with what its windows show darkened to what the film can hold.

    Args:
        rgb: Scene light.
        outside: Share of each pixel that lies outside.
        exposure_ev: Of the room.
    """
    bright = rgb[outside > 0.5].mean(axis=-1)
    if not len(bright):
        return rgb
    over = float(np.log2(max(float(np.median(bright)), 1e-9) / _OUT)) + exposure_ev
    return rgb * np.exp2(-max(over, 0.0) * outside)[..., None].astype(np.float32)


def encode_srgb(linear: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3"]:
    """The sRGB transfer function (IEC 61966-2-1)."""
    return np.where(
        linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-8) ** (1 / 2.4) - 0.055
    )


def decode_srgb(code: Float[np.ndarray, "*batch"]) -> Float[np.ndarray, "*batch"]:
    """Display-linear values of sRGB codes 0 to 1 (IEC 61966-2-1)."""
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def to_bytes(
    rgb: Float[np.ndarray, "height width 3"], exposure_ev: float
) -> UInt8[np.ndarray, "height width 3"]:
    """8-bit sRGB picture, with half a level of fixed noise so that gradients do not band."""
    level = 255.0 * encode_srgb(film(rgb, exposure_ev))
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, level.shape[:2]).astype(np.float32)
    return np.clip(level + noise[..., None] + 0.5, 0.0, 255.0).astype(np.uint8)
