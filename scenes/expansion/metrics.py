# SPDX-License-Identifier: Apache-2.0
"""How near a panorama's light is to the true one: pixels as logarithms and as seen, and lighting.

An operator without an absolute scale is given the best one first: the median ratio of the pixels
that were not clipped. PU21 (Mantiuk and Azimi 2021, "PU21: a novel perceptually uniform encoding")
turns luminance of 0.005 to 10,000 cd/m^2 into steps that look alike; the picture's white is shown
at 100 cd/m^2, as on an ordinary screen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32

from gen3d import panorama
from scenes.lighting import illuminance
from scenes.spectrum import luminance

WHITE_CD_M2 = 100.0
_PU21 = (0.353487901, 0.3734658629, 8.277049286e-05, 0.9062562627, 0.09150303166, 0.9099517204)
_PU21_SCALE, _PU21_PEAK = 596.3148142, 256.0
_DARKEST = 1e-3
"""Under the picture's white: eight bits know nothing below."""
AXES = np.concatenate([np.eye(3), -np.eye(3)])
"""Directions whose illuminance is compared, and made small in training."""
_SUN_CAP = float(np.radians(3.0))

Light = Float32[np.ndarray, "height width 3"]


@dataclass(frozen=True)
class Nearness:
    """Errors of one panorama."""

    log_rmse: float
    """Root mean square of log10 luminance, by solid angle."""
    pu21_psnr: float
    """Decibels."""
    irradiance: float
    """Mean over six axes of the absolute logarithm to base 2 of the ratio of illuminance."""
    sun: float | None
    """Absolute logarithm to base 2 of the ratio of what comes from 3 degrees around the sun."""


def compare(
    made: Light,
    true: Light,
    clipped: Bool[np.ndarray, "height width"],
    sun: Float[np.ndarray, "3"] | None,
) -> Nearness:
    """Compare light in units of the picture's white.

    Args:
        made: What an operator gives.
        true: What the picture was taken of.
        clipped: Where the picture was cut off.
        sun: Direction of the sun in the true panorama.
    """
    made = made * np.float32(_scale(made, true, ~clipped))
    pairs = [np.maximum(luminance(light), _DARKEST) for light in (made, true)]
    weight = np.broadcast_to(panorama.pixel_solid_angles(len(true))[:, None], clipped.shape)
    logs = np.log10(pairs[0]) - np.log10(pairs[1])
    seen = pu21(WHITE_CD_M2 * pairs[0].ravel()) - pu21(WHITE_CD_M2 * pairs[1].ravel())
    unlike = max(float(np.sqrt(np.average(seen**2, weights=weight.ravel()))), 1e-6)
    light = [_on_axes(x) for x in (made, true)]
    around = None
    if sun is not None:
        near = panorama.pixel_directions(len(true)) @ sun > np.cos(_SUN_CAP)
        lux = [float((luminance(x) * weight)[near].sum()) for x in (made, true)]
        around = abs(float(np.log2(max(lux[0], 1e-9) / max(lux[1], 1e-9))))
    return Nearness(
        float(np.sqrt(np.average(logs**2, weights=weight))),
        20.0 * float(np.log10(_PU21_PEAK / unlike)),
        float(np.abs(np.log2(light[0] / light[1])).mean()),
        around,
    )


def pu21(cd_m2: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    """The encoding, its "banding and glare" form; 100 cd/m^2 is about 256."""
    power = np.clip(cd_m2, 0.005, 10_000.0) ** _PU21[3]
    ratio = (_PU21[0] + _PU21[1] * power) / (1.0 + _PU21[2] * power)
    return _PU21_SCALE * (ratio ** _PU21[4] - _PU21[5])


def _scale(made: Light, true: Light, whole: Bool[np.ndarray, "height width"]) -> float:
    good = whole if whole.mean() > 0.02 else np.ones_like(whole)
    ratio = np.maximum(luminance(true), _DARKEST) / np.maximum(luminance(made), _DARKEST)
    return float(np.median(ratio[good]))


def _on_axes(light: Light) -> Float[np.ndarray, "6"]:
    return np.array([max(float(luminance(illuminance(light, axis))), 1e-9) for axis in AXES])
