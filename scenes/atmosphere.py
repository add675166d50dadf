# SPDX-License-Identifier: Apache-2.0
"""The air: how much of it there is along any line, and how it scatters.

A spherical Earth under molecules (US Standard Atmosphere 1976), haze (exponential) and ozone (a
tent around 25 km). The only thing that depends on wavelength is a coefficient of each constituent,
so paths are measured as *columns*, km of sea-level-equivalent molecules, haze and ozone, and turned
into transmittance afterwards: ``exp(-columns @ extinction)``. Columns to space are tabulated over
altitude and direction with the mapping of Bruneton and Neyret 2008 (section 4, as revised 2017).

Haze follows from turbidity; :func:`haze_depth` says how. Not in the model: refraction,
polarisation, clouds, water vapour bands.

Lengths in km, altitudes above sea level, angles in radians.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from jaxtyping import Float
from scipy.ndimage import map_coordinates

from scenes.spectrum import WAVELENGTHS, molecular_scattering, ozone_absorption

EARTH_RADIUS = 6371.0
TOP_ALTITUDE = 100.0
"""Where the air ends, km."""
_TOP = EARTH_RADIUS + TOP_ALTITUDE

OZONE_DOBSON = 300.0
HAZE_HEIGHT = 1.2
"""Scale height of haze, km."""
HAZE_ANGSTROM = 1.3
"""Haze scatters as wavelength to minus this (Angstrom's exponent of continental haze)."""
HAZE_WHITENESS = 0.97
"""Single-scattering albedo of haze."""
HAZE_LOBES = ((0.92, 0.62), (0.08, 0.92))
"""Share and asymmetry of the two lobes of haze scattering: the wide glow, the bright aureole."""
HAZE_FORWARD = sum(share * g * g for share, g in HAZE_LOBES)
"""Share of haze scattering that goes so nearly onward that diffuse light does not notice."""
DEPOLARISATION = 0.0141
"""Chandrasekhar's gamma of air (Bucholtz 1995, depolarisation factor 0.0279)."""

_STANDARD_KM = np.array(
    [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95, 100.0]
)
_STANDARD_DENSITY = (
    np.array(
        [
            1.225,
            0.7364,
            0.4135,
            0.1948,
            0.08891,
            0.04008,
            0.01841,
            8.463e-3,
            3.996e-3,
            1.966e-3,
            1.027e-3,
            5.681e-4,
            3.097e-4,
            1.632e-4,
            8.283e-5,
            3.992e-5,
            1.846e-5,
            8.22e-6,
            3.416e-6,
            1.393e-6,
            5.604e-7,
        ]
    )
    / 1.225
)


@dataclass(frozen=True)
class Air:
    """Optical coefficients of the three constituents at :data:`scenes.spectrum.WAVELENGTHS`."""

    scattering: Float[np.ndarray, "2 waves"]
    """Per km of molecules, of haze."""
    extinction: Float[np.ndarray, "3 waves"]
    """Per km of molecules, of haze, of ozone."""
    dimming: Float[np.ndarray, "3 waves"]
    """Extinction for diffuse light: what haze throws forward counts as not scattered."""
    isotropic: Float[np.ndarray, "2 waves"]
    """Scattering that is left when the forward part of haze is left out."""
    to_space: Float[np.ndarray, "3 altitudes directions"]
    """Logarithm of the columns from a point to space, on the grid of :func:`_to_grid`."""


def haze_depth(turbidity: float) -> float:
    """Vertical optical depth of haze at 550 nm for a turbidity.

    Textbook turbidity is the ratio of all air to clean air, linear in haze; sky models have drifted
    from it. This curve is fitted so that the light of the sun and of the sky on the ground follow
    the Hosek-Wilkie model (2012, 2013), which is what users of a turbidity number know; the figures
    are printed by ``tests/benchmarks/sky_reference.py``.
    """
    return 0.052 * float(np.exp(0.245 * turbidity))


def densities(altitude: Float[np.ndarray, "*batch"]) -> Float[np.ndarray, "*batch 3"]:
    """Molecules and haze relative to sea level, and ozone in Dobson units per km."""
    h = np.maximum(altitude, 0.0)
    molecules = np.exp(np.interp(h, _STANDARD_KM, np.log(_STANDARD_DENSITY)))
    haze = np.exp(-h / HAZE_HEIGHT)
    # A tent from 10 to 40 km; its area is 15 km times its peak (Bruneton 2017).
    ozone = OZONE_DOBSON / 15.0 * np.maximum(1.0 - np.abs(h - 25.0) / 15.0, 0.0)
    return np.stack([molecules, haze, ozone], axis=-1)


def climb(
    altitude: Float[np.ndarray, "*#batch"],
    sine: Float[np.ndarray, "*#batch"],
    distance: Float[np.ndarray, "*#batch"],
) -> Float[np.ndarray, "*#batch"]:
    """Altitude after going ``distance`` in a direction whose elevation has this sine."""
    r = EARTH_RADIUS + altitude
    # Written as a difference of squares: the radius is 10^5 times the steps that matter.
    gain = distance * (distance + 2.0 * r * sine)
    return altitude + gain / (np.sqrt(np.maximum(r * r + gain, 0.0)) + r)


def distance_to_top(
    altitude: Float[np.ndarray, "*batch"], sine: Float[np.ndarray, "*batch"]
) -> Float[np.ndarray, "*batch"]:
    """Distance to the end of the air, ignoring the ground."""
    r = EARTH_RADIUS + altitude
    return -r * sine + np.sqrt(np.maximum(r * r * (sine**2 - 1.0) + _TOP**2, 0.0))


def horizon_sine(altitude: Float[np.ndarray, "*batch"]) -> Float[np.ndarray, "*batch"]:
    """Sine of the (negative) elevation of the horizon."""
    ratio = EARTH_RADIUS / (EARTH_RADIUS + altitude)
    return -np.sqrt(np.maximum(1.0 - ratio**2, 0.0))


def distance_to_ground(
    altitude: Float[np.ndarray, "*batch"], sine: Float[np.ndarray, "*batch"]
) -> Float[np.ndarray, "*batch"]:
    """Distance to the ground of directions that are below the horizon."""
    r = EARTH_RADIUS + altitude
    root = np.sqrt(np.maximum((r * sine) ** 2 - altitude * (r + EARTH_RADIUS), 0.0))
    # The nearer root in the form that does not cancel.
    return altitude * (r + EARTH_RADIUS) / (-r * sine + root)


def columns(
    altitude: Float[np.ndarray, "*batch"],
    sine: Float[np.ndarray, "*batch"],
    distance: Float[np.ndarray, "*batch"],
    steps: int = 200,
) -> Float[np.ndarray, "*batch 3"]:
    """Columns of the constituents along straight paths, by the midpoint rule.

    Steps grow with the square of the way, so they are fine where the path starts.
    """
    edges = np.linspace(0.0, 1.0, steps + 1) ** 2
    total = np.zeros((*np.shape(distance), 3))
    for near, far in pairwise(edges):
        at = climb(altitude, sine, distance * 0.5 * (near + far))
        total += densities(at) * (distance * (far - near))[..., None]
    return total


def _to_grid(
    altitude: np.ndarray, sine: np.ndarray, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Grid coordinates of altitude and direction (Bruneton 2017, transmittance mapping)."""
    widest = np.sqrt(_TOP**2 - EARTH_RADIUS**2)
    rho = np.sqrt(np.maximum(altitude * (altitude + 2.0 * EARTH_RADIUS), 0.0))
    nearest = TOP_ALTITUDE - altitude
    along = (distance_to_top(altitude, sine) - nearest) / (rho + widest - nearest)
    return rho / widest * (shape[0] - 1), np.clip(along, 0.0, 1.0) * (shape[1] - 1)


@cache
def _columns_to_space(shape: tuple[int, int] = (64, 192)) -> np.ndarray:
    """Logarithm of the columns from every point of the grid to space; the same for all haze."""
    rho = np.linspace(0.0, 1.0, shape[0])[:, None] * np.sqrt(_TOP**2 - EARTH_RADIUS**2)
    radius = np.sqrt(rho**2 + EARTH_RADIUS**2)
    altitude = np.minimum(radius - EARTH_RADIUS, TOP_ALTITUDE)
    nearest = TOP_ALTITUDE - altitude
    widest = np.sqrt(_TOP**2 - EARTH_RADIUS**2)
    distance = nearest + np.linspace(0.0, 1.0, shape[1]) * (rho + widest - nearest)
    safe = np.maximum(distance, 1e-9)
    sine = np.clip((_TOP**2 - radius**2 - distance**2) / (2.0 * radius * safe), -1.0, 1.0)
    altitude = np.broadcast_to(altitude, shape)
    found = np.log(columns(altitude, sine, distance) + 1e-9)
    # It is handed out again and again.
    found.setflags(write=False)
    return found


def make_air(turbidity: float) -> Air:
    """Air of a given haze; turbidity 1 is pure molecules, 2 very clear, 10 murky."""
    haze = haze_depth(turbidity) / HAZE_HEIGHT * (WAVELENGTHS / 550.0) ** -HAZE_ANGSTROM
    molecules, ozone = molecular_scattering(WAVELENGTHS), ozone_absorption(WAVELENGTHS)
    forward = HAZE_FORWARD * HAZE_WHITENESS * haze
    return Air(
        scattering=np.stack([molecules, HAZE_WHITENESS * haze]),
        extinction=np.stack([molecules, haze, ozone]),
        dimming=np.stack([molecules, haze - forward, ozone]),
        isotropic=np.stack([molecules, HAZE_WHITENESS * haze - forward]),
        to_space=np.moveaxis(_columns_to_space(), -1, 0),
    )


def sunlight(
    air: Air,
    extinction: Float[np.ndarray, "3 waves"],
    altitude: Float[np.ndarray, "*batch"],
    sine: Float[np.ndarray, "*batch"],
) -> Float[np.ndarray, "*batch waves"]:
    """Share of the sun's light that reaches a point, zero in the Earth's shadow.

    The edge of the shadow is as soft as the sun's disc is wide.

    Args:
        air: Where the columns to space come from.
        extinction: ``air.extinction`` or ``air.dimming``.
        altitude: Of the point, km.
        sine: Sine of the elevation of the sun's centre at the point.
    """
    grid = np.stack(_to_grid(altitude, sine, air.to_space.shape[1:]))
    columns = np.stack(
        [
            np.exp(map_coordinates(c, grid, np.float32, order=1, mode="nearest"))
            for c in air.to_space
        ],
        axis=-1,
    )
    height = (np.arcsin(np.clip(sine, -1.0, 1.0)) - np.arcsin(horizon_sine(altitude))) / SUN_RADIUS
    # Share of a disc above a straight edge that is `height` radii below its centre.
    x = np.clip(height, -1.0, 1.0)
    visible = 0.5 + (x * np.sqrt(1.0 - x * x) + np.arcsin(x)) / np.pi
    depth = np.einsum("...c,cw->...w", columns, extinction.astype(np.float32))
    return np.exp(-depth) * visible[..., None].astype(np.float32)


SUN_RADIUS = float(np.radians(0.2665))
"""Angular radius of the sun at mean distance."""


def molecular_phase(cosine: Float[np.ndarray, "*batch"]) -> Float[np.ndarray, "*batch"]:
    """Share of light that molecules scatter into an angle, per sr (Bucholtz 1995, eq. 12)."""
    g = DEPOLARISATION
    return 3.0 / (16.0 * np.pi * (1.0 + 2.0 * g)) * (1.0 + 3.0 * g + (1.0 - g) * cosine**2)


def cornette_shanks(cosine: Float[np.ndarray, "*batch"], g: float) -> Float[np.ndarray, "*batch"]:
    """One lobe of particle scattering, per sr (Cornette and Shanks 1992, eq. 8)."""
    scale = 3.0 / (8.0 * np.pi) * (1.0 - g * g) / (2.0 + g * g)
    base = 1.0 + g * g - 2.0 * g * cosine
    return scale * (1.0 + cosine**2) / (base * np.sqrt(base))


def haze_phase(cosine: Float[np.ndarray, "*batch"]) -> Float[np.ndarray, "*batch"]:
    """Share of light that haze scatters into an angle, per sr."""
    (wide, g_wide), (narrow, g_narrow) = HAZE_LOBES
    return wide * cornette_shanks(cosine, g_wide) + narrow * cornette_shanks(cosine, g_narrow)
