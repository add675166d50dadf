# SPDX-License-Identifier: Apache-2.0
"""A clear sky, day, dusk and night, seen from a low hill over a wide plain.

Sunlight is followed through :mod:`scenes.atmosphere` with single scattering along each line of
sight and all further orders from :mod:`scenes.scattering`. The three sums that make up a direction's
light (molecules, haze, isotropic glow) vary smoothly once the phase functions are taken out, so they
are computed on a small table, dense near the horizon, and spread to the pixels by cubic splines; the
phase functions, the haze's bright one above all, are evaluated at every pixel.

Azimuths here are relative to the sun. Radiance is linear Rec. 709 with luminance in cd/m^2. Method:
Hillaire 2020, "A Scalable and Production Ready Sky and Atmosphere Rendering Technique"; the haze's
forward peak is treated as in Nakajima and Tanaka 1988 (TMS). Not in the model: refraction, clouds,
moon, stars.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy.interpolate import CubicSpline

from scenes.atmosphere import Air, haze_phase, horizon_sine, molecular_phase, sunlight
from scenes.scattering import Glow, look_up, march, trace
from scenes.spectrum import TO_RGB, into_gamut

EYE_ALTITUDE = 0.05
"""Height of the viewer over the far plain, km: the horizon is 0.23 degrees low and softly hazed."""
HORIZON = float(np.arcsin(horizon_sine(np.array(EYE_ALTITUDE))))
"""Elevation of the horizon, radians."""
NIGHT_SKY = np.array([1.9e-4, 2.1e-4, 2.6e-4])
"""Airglow and unresolved starlight of a moonless night, about 2.1e-4 cd/m^2 (Leinert et al. 1998)."""

_AZIMUTHS = 49
_STEPS = 40


@dataclass(frozen=True)
class View:
    """Light on lines of sight by elevation and azimuth from the sun, before phase functions."""

    steps: Float[np.ndarray, "rows"]
    """Place of each row: elevation = ``HORIZON + span * steps ** 2``."""
    span: float
    """From the horizon to the zenith, or (negative) to the nadir, radians."""
    sun_elevation: float
    parts: Float32[np.ndarray, "rows azimuths 9"]
    """RGB by molecules, by haze (per unit of phase function), and by isotropic glow."""
    through: Float32[np.ndarray, "rows 3"]
    """Transmittance to the end of the line."""


def _rgb_share(through: Float[np.ndarray, "*batch waves"]) -> Float[np.ndarray, "*batch 3"]:
    """Spectral transmittance as a factor on the RGB of sunlit things."""
    return np.clip(through @ TO_RGB / TO_RGB.sum(axis=0), 0.0, 1.0)


def make_view(air: Air, glow: Glow, sun_elevation: float, below: bool, rows: int) -> View:
    """Follow lines of sight over half of the sky, or of the ground when ``below``.

    Args:
        air: Optical coefficients.
        glow: Light of second and higher orders for this sun.
        sun_elevation: Radians.
        below: Look at the ground instead of the sky.
        rows: Number of elevations.
    """
    span = (-np.pi / 2 if below else np.pi / 2) - HORIZON
    # The first row stays a hair off the horizon, on its own side.
    steps = np.linspace(1e-3, 1.0, rows)
    sine = np.sin(HORIZON + span * steps**2)
    azimuth = np.linspace(0.0, np.pi, _AZIMUTHS)
    s, a = (grid.ravel() for grid in np.meshgrid(sine, azimuth, indexing="ij"))
    sun = np.full(s.shape, np.sin(sun_elevation))
    cosine = s * sun + np.sqrt(1.0 - s * s) * np.cos(sun_elevation) * np.cos(a)
    path = trace(np.full(s.shape, EYE_ALTITUDE), s, sun, cosine, _STEPS)
    density, weight, through = march(path, air.dimming)
    lit = weight * sunlight(air, air.dimming, path.altitude, path.sun)
    molecules, haze = (
        np.einsum("rsw,rs->rw", lit, density[..., part]) * air.scattering[part] for part in (0, 1)
    )
    glows = np.einsum(
        "rsw,rsw,rsw->rw",
        weight,
        look_up(glow, path.altitude, path.sun),
        (density[..., :2] @ air.isotropic).astype(np.float32),
    )
    parts = np.concatenate([part @ TO_RGB for part in (molecules, haze, glows)], axis=-1)
    return View(
        steps=steps,
        span=span,
        sun_elevation=sun_elevation,
        parts=parts.reshape(rows, _AZIMUTHS, 9).astype(np.float32),
        through=_rgb_share(through.reshape(rows, _AZIMUTHS, -1)[:, 0]).astype(np.float32),
    )


def _row_weights(view: View, elevation: np.ndarray) -> Float[np.ndarray, "height rows"]:
    place = np.sqrt(np.clip((elevation - HORIZON) / view.span, 0.0, 1.0))
    place = np.maximum(place, view.steps[0])
    return CubicSpline(view.steps, np.eye(len(view.steps)))(place).astype(np.float32)


def _azimuth_weights(azimuth: np.ndarray) -> Float[np.ndarray, "azimuths width"]:
    # Zero slope at both ends is the mirror symmetry about the sun's vertical.
    nodes = np.linspace(0.0, np.pi, _AZIMUTHS)
    folded = np.abs((azimuth + np.pi) % (2.0 * np.pi) - np.pi)
    return CubicSpline(nodes, np.eye(_AZIMUTHS), bc_type="clamped")(folded).T.astype(np.float32)


def radiance(
    view: View,
    elevation: Float[np.ndarray, "height"],
    azimuth: Float[np.ndarray, "width"],
) -> Float32[np.ndarray, "height width 3"]:
    """Light scattered into each line of sight of a grid, without sun disc and ground.

    Args:
        view: The table.
        elevation: Of each row, radians, on the view's side of the horizon.
        azimuth: Of each column from the sun, radians.
    """
    rows = np.tensordot(_row_weights(view, elevation), view.parts, axes=1)
    parts = np.moveaxis(rows, -1, 0) @ _azimuth_weights(azimuth)
    sine, cosine = np.sin(elevation)[:, None], np.cos(elevation)[:, None]
    sun = view.sun_elevation
    angle = (sine * np.sin(sun) + cosine * np.cos(sun) * np.cos(azimuth)).astype(np.float32)
    rgb = parts[:3] * molecular_phase(angle) + parts[3:6] * haze_phase(angle) + parts[6:]
    return into_gamut(np.moveaxis(rgb, 0, -1))


def transmittance(
    view: View, elevation: Float[np.ndarray, "height"]
) -> Float32[np.ndarray, "height 3"]:
    """Transmittance to the end of the line for each row, as factors on RGB."""
    return np.clip(_row_weights(view, elevation) @ view.through, 0.0, 1.0)
