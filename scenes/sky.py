# SPDX-License-Identifier: Apache-2.0
"""A clear sky, day, dusk and night, seen from a low hill over a wide plain.

Sunlight is followed through :mod:`scenes.atmosphere` with single scattering along each line of
sight and all further orders from :mod:`scenes.scattering`. The three sums that make up a
direction's light (molecules, haze, isotropic glow) vary smoothly once the phase functions are taken
out, so they are computed on a small table, dense near the horizon, and spread to the pixels by
cubic splines; the phase functions, the haze's bright one above all, are evaluated at every pixel.

Azimuths here are relative to the sun. Radiance is linear Rec. 709 with luminance in cd/m^2. Method:
Hillaire 2020, "A Scalable and Production Ready Sky and Atmosphere Rendering Technique"; the haze's
forward peak is treated as in Nakajima and Tanaka 1988 (TMS). Not in the model: refraction, clouds,
moon, stars.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import spline_filter1d
from scipy.sparse import csr_array

from scenes.atmosphere import Air, haze_phase, horizon_sine, molecular_phase, sunlight
from scenes.scattering import Glow, Path, look_up, march, trace
from scenes.spectrum import TO_RGB, into_gamut

EYE_ALTITUDE = 0.05
"""Height of the viewer over the far plain, km: the horizon is 0.23 degrees low and softly hazed."""
HORIZON = float(np.arcsin(horizon_sine(np.array([EYE_ALTITUDE]))[0]))
"""Elevation of the horizon, radians."""
NIGHT_SKY = np.array([1.9e-4, 2.1e-4, 2.6e-4])
"""Airglow and faint stars of a moonless night, about 2.1e-4 cd/m^2 (Leinert et al. 1998)."""

_AZIMUTHS = 49
_STEPS = 40
_OVER = 4
"""Rows of a view beyond the zenith."""
_BLOCK = 16


@dataclass(frozen=True)
class View:
    """Light on lines of sight by elevation and azimuth from the sun, before phase functions.

    Row ``i`` looks at elevation ``HORIZON + span * (i / last) ** 2``; a few rows more go past the
    zenith (or nadir) down the other side. Values are coefficients of cubic B-splines.
    """

    span: float
    """From the horizon to the zenith, or (negative) to the nadir, radians."""
    last: int
    """Row of the zenith or nadir."""
    sun_elevation: float
    parts: Float32[np.ndarray, "rows azimuths 9"]
    """RGB by molecules, by haze (per unit of phase function), and by isotropic glow."""
    through: Float32[np.ndarray, "rows 3"]
    """Transmittance to the end of the line."""


def rgb_share(through: Float[np.ndarray, "*batch waves"]) -> Float[np.ndarray, "*batch 3"]:
    """Spectral transmittance as a factor on the RGB of sunlit things."""
    return np.clip(np.einsum("...w,wc->...c", through, TO_RGB / TO_RGB.sum(axis=0)), 0.0, 1.0)


def make_view(air: Air, glow: Glow, sun_elevation: float, *, below: bool, rows: int) -> View:
    """Follow lines of sight over half of the sky, or of the ground when ``below``.

    Args:
        air: Optical coefficients.
        glow: Light of second and higher orders for this sun.
        sun_elevation: Radians.
        below: Look at the ground instead of the sky.
        rows: Number of elevations.
    """
    span = (-np.pi / 2 if below else np.pi / 2) - HORIZON
    # A hair off the horizon, on its own side.
    elevation = HORIZON + span * ((np.arange(rows + _OVER) / (rows - 1)) ** 2 + 1e-9)
    azimuth = np.linspace(0.0, np.pi, _AZIMUTHS)
    e, a = (grid.ravel() for grid in np.meshgrid(elevation, azimuth, indexing="ij"))
    sun = np.full(e.shape, np.sin(sun_elevation))
    cosine = np.sin(e) * sun + np.cos(e) * np.cos(sun_elevation) * np.cos(a)
    path = trace(np.full(e.shape, EYE_ALTITUDE), np.sin(e), sun, cosine, _STEPS)
    parts, through = _follow(air, glow, path)
    parts = parts.reshape(len(elevation), _AZIMUTHS, 9)
    through = rgb_share(through.reshape(len(elevation), _AZIMUTHS, -1)[:, 0])
    return View(
        span=span,
        last=rows - 1,
        sun_elevation=sun_elevation,
        # Mirror ends are exact: at the horizon rows go with the root of the angle, and azimuths are
        # symmetric about the sun's vertical.
        parts=spline_filter1d(
            spline_filter1d(parts, axis=0, mode="mirror"), axis=1, mode="mirror"
        ).astype(np.float32),
        through=spline_filter1d(through, axis=0, mode="mirror").astype(np.float32),
    )


def _follow(
    air: Air, glow: Glow, path: Path
) -> tuple[Float[np.ndarray, "rays 9"], Float[np.ndarray, "rays waves"]]:
    """Sum the light along lines of sight; also their transmittance."""
    density, weight, through = march(path, air.dimming)
    lit = weight * sunlight(air, air.dimming, path.altitude, path.sun)
    molecules, haze = (
        np.einsum("rsw,rs->rw", lit, density[..., part]) * air.scattering[part] for part in (0, 1)
    )
    glows = np.einsum(
        "rsw,rsw,rsw->rw",
        weight,
        look_up(glow, path.altitude, path.sun),
        np.einsum("rsc,cw->rsw", density[..., :2], air.isotropic).astype(np.float32),
    )
    parts = [np.einsum("rw,wc->rc", part, TO_RGB) for part in (molecules, haze, glows)]
    return np.concatenate(parts, axis=-1), through


def _spline(place: Float[np.ndarray, "points"], nodes: int) -> csr_array:
    """Matrix that evaluates a cubic B-spline with mirror ends at fractional node numbers.

    Sparse on purpose: four products a point, and sums in the same order on any machine, which a
    threaded matrix product does not promise.
    """
    base = np.floor(place).astype(np.int64)
    t = (place - base)[:, None]
    weights = np.concatenate(
        [(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=1
    )
    index = base[:, None] + np.arange(-1, 3)
    index = np.abs(index)
    index = np.where(index >= nodes, 2 * (nodes - 1) - index, index)
    rows = np.repeat(np.arange(len(place)), 4)
    values = (weights / 6.0).astype(np.float32).ravel()
    return csr_array((values, (rows, index.ravel())), shape=(len(place), nodes))


def _row_spline(view: View, elevation: np.ndarray) -> csr_array:
    place = np.sqrt(np.clip((elevation - HORIZON) / view.span, 0.0, 1.0)) * view.last
    return _spline(place, len(view.parts))


def _spread_azimuth(view: View, azimuth: np.ndarray) -> Float32[np.ndarray, "rows 9 width"]:
    folded = np.abs((azimuth + np.pi) % (2.0 * np.pi) - np.pi) / np.pi * (_AZIMUTHS - 1)
    columns = np.moveaxis(view.parts, 1, 0).reshape(_AZIMUTHS, -1)
    wide = _spline(folded, _AZIMUTHS) @ columns
    return np.ascontiguousarray(wide.T).reshape(len(view.parts), 9, len(azimuth))


def _mix(
    view: View,
    parts: Float32[np.ndarray, "height 9 width"],
    elevation: np.ndarray,
    turn: np.ndarray,
) -> Float32[np.ndarray, "height width 3"]:
    """Weigh the parts by the phase functions; ``turn`` is the cosine of the azimuth."""
    sine, cosine = np.sin(elevation)[:, None], np.cos(elevation)[:, None]
    sun = view.sun_elevation
    angle = (sine * np.sin(sun) + cosine * np.cos(sun) * turn).astype(np.float32)
    by_molecules, by_haze = molecular_phase(angle)[:, None], haze_phase(angle)[:, None]
    rgb = parts[:, :3] * by_molecules + parts[:, 3:6] * by_haze + parts[:, 6:]
    return into_gamut(np.moveaxis(rgb, 1, -1))


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
    table = _spread_azimuth(view, azimuth).reshape(len(view.parts), -1)
    spline, turn = _row_spline(view, elevation), np.cos(azimuth)
    picture = np.zeros((len(elevation), len(azimuth), 3), np.float32)
    # In blocks, so that the parts of a block stay in the cache.
    for start in range(0, len(elevation), _BLOCK):
        rows = slice(start, start + _BLOCK)
        parts = (spline[rows] @ table).reshape(-1, 9, len(azimuth))
        picture[rows] = _mix(view, parts, elevation[rows], turn)
    return picture


def transmittance(
    view: View, elevation: Float[np.ndarray, "height"]
) -> Float32[np.ndarray, "height 3"]:
    """Transmittance to the end of the line for each row, as factors on RGB."""
    return np.clip(_row_spline(view, elevation) @ view.through, 0.0, 1.0)
