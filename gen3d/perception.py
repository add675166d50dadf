# SPDX-License-Identifier: Apache-2.0
"""Colours as people tell them apart: OKLab to paint in, CIELAB and CIEDE2000 to measure by.

Linear Rec. 709 in, white D65. OKLab: Björn Ottosson, "A perceptual color space for image
processing" (2020). CIELAB and CIEDE2000: CIE 15:2018; Sharma, Wu and Dalal, "The CIEDE2000
color-difference formula: implementation notes, supplementary test data, and mathematical
observations" (2005), whose equations' numbers are given.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_TO_XYZ = np.array(
    [
        [0.4123907993, 0.3575843394, 0.1804807884],
        [0.2126390059, 0.7151686788, 0.0721923154],
        [0.0193308187, 0.1191947798, 0.9505321522],
    ]
)
_WHITE = _TO_XYZ.sum(axis=1)
_FROM_CONES, _FROM_OKLAB = np.linalg.inv(_TO_CONES), np.linalg.inv(_TO_OKLAB)


def to_oklab(linear: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """Lightness 0 to 1, then green to red, then blue to yellow."""
    return np.cbrt(linear @ _TO_CONES.T) @ _TO_OKLAB.T


def from_oklab(lab: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """Linear Rec. 709; outside 0 to 1 where no display can show it."""
    return (lab @ _FROM_OKLAB.T) ** 3 @ _FROM_CONES.T


def to_cielab(linear: Float[np.ndarray, "*n 3"]) -> Float[np.ndarray, "*n 3"]:
    """L* 0 to 100, a*, b*."""
    share = np.maximum(linear, 0.0) @ _TO_XYZ.T / _WHITE
    bent = np.where(share > (6 / 29) ** 3, np.cbrt(share), share / (3 * (6 / 29) ** 2) + 4 / 29)
    x, y, z = np.moveaxis(bent, -1, 0)
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)


def ciede2000(
    one: Float[np.ndarray, "*n 3"], other: Float[np.ndarray, "*n 3"]
) -> Float[np.ndarray, "*n"]:
    """Difference of two colours in CIELAB: 1 is just visible, 25 still the same colour's name."""
    shape = np.broadcast_shapes(one.shape, other.shape)
    pair = np.stack([np.broadcast_to(lab, shape).reshape(-1, 3) for lab in (one, other)])
    light = pair[..., 0]
    plain = np.hypot(pair[..., 1], pair[..., 2])
    stretch = 1.5 - 0.5 * np.sqrt(_seventh(plain.mean(axis=0)))  # eq. 4 with 5
    red, blue = pair[..., 1] * stretch, pair[..., 2]
    chroma = np.hypot(red, blue)  # eq. 6
    hue = np.arctan2(blue, red) % (2 * np.pi)  # eq. 7
    grey = chroma.prod(axis=0) == 0.0
    turn = (hue[1] - hue[0] + np.pi) % (2 * np.pi) - np.pi  # eq. 10
    turn = np.where(grey, 0.0, turn)
    across = 2.0 * np.sqrt(chroma.prod(axis=0)) * np.sin(turn / 2.0)  # eq. 11
    middle = np.where(grey, hue.sum(axis=0), hue[0] + turn / 2.0)  # eq. 14
    return _weighed(light, chroma, across, middle).reshape(shape[:-1])


def _seventh(chroma: np.ndarray) -> np.ndarray:
    return chroma**7 / (chroma**7 + 25.0**7)


def _weighed(
    light: np.ndarray, chroma: np.ndarray, across: np.ndarray, hue: np.ndarray
) -> np.ndarray:
    """Equations 15 to 22."""
    degrees = np.degrees(hue) % 360.0
    mean_light, mean_chroma = light.mean(axis=0), chroma.mean(axis=0)
    tint = (
        1.0
        - 0.17 * np.cos(hue - np.radians(30.0))
        + 0.24 * np.cos(2.0 * hue)
        + 0.32 * np.cos(3.0 * hue + np.radians(6.0))
        - 0.20 * np.cos(4.0 * hue - np.radians(63.0))
    )
    swing = np.radians(30.0) * np.exp(-(((degrees - 275.0) / 25.0) ** 2))
    turned = -np.sin(2.0 * swing) * 2.0 * np.sqrt(_seventh(mean_chroma))
    away = (mean_light - 50.0) ** 2
    by_light = np.diff(light, axis=0)[0] / (1.0 + 0.015 * away / np.sqrt(20.0 + away))
    by_chroma = np.diff(chroma, axis=0)[0] / (1.0 + 0.045 * mean_chroma)
    by_hue = across / (1.0 + 0.015 * mean_chroma * tint)
    total = by_light**2 + by_chroma**2 + by_hue**2 + turned * by_chroma * by_hue
    return np.sqrt(np.maximum(total, 0.0))
