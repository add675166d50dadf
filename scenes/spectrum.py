# SPDX-License-Identifier: Apache-2.0
"""Light by wavelength: what the sun sends, what air molecules and ozone do, what the eye sees.

The transfer of sunlight through the air is a smooth function of wavelength, the solar spectrum is
not. So the air is solved at :data:`WAVELENGTHS` only, for a sun that sends 1 at every wavelength,
and :data:`TO_XYZ` carries the rest: the transfer is interpolated linearly between the nodes and
integrated against solar irradiance and colour-matching functions on a 1 nm grid.

Units: wavelengths in nm, irradiance in W m^-2 nm^-1, lengths in km, luminance in cd/m^2.

Sources: extraterrestrial solar spectrum, 10 nm means of ASTM G173-03 (as used by Bruneton 2017);
ozone absorption, 10 nm means of Serdyuchenko et al. 2014 at 233 K; molecular scattering, Bodhaine
et al. 1999, eq. 29; colour-matching functions, Wyman, Sloan and Shirley 2013, table 1 (a fit to CIE
1931, about 1 %).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

LUMENS_PER_WATT = 683.0
"""Luminous efficacy at the peak of the eye's sensitivity (definition of the candela)."""

WAVELENGTHS: Float[np.ndarray, "waves"] = np.linspace(380.0, 740.0, 16)
"""Nodes at which the air is solved, nm."""

_TABLE_NM = np.arange(365.0, 786.0, 10.0)
_SOLAR = np.array(
    [
        *(1.11776, 1.14259, 1.01249, 1.14716, 1.72765, 1.73054, 1.6887, 1.61253, 1.91198, 2.03474),
        *(2.02042, 2.02212, 1.93377, 1.95809, 1.91686, 1.8298, 1.8685, 1.8931, 1.85149, 1.8504),
        *(1.8341, 1.8345, 1.8147, 1.78158, 1.7533, 1.6965, 1.68194, 1.64654, 1.6048, 1.52143),
        *(1.55622, 1.5113, 1.474, 1.4482, 1.41018, 1.36775, 1.34188, 1.31429, 1.28303, 1.26758),
        *(1.2367, 1.2082, 1.18737),
    ],
)
_OZONE_M2 = 1e-25 * np.array(
    [
        *(0.0118, 0.002182, 0.002818, 0.006636, 0.01527, 0.02763, 0.0552, 0.08451, 0.1582, 0.2316),
        *(0.3669, 0.4924, 0.7752, 0.9016, 1.48, 1.602, 2.139, 2.755, 3.091, 3.5),
        *(4.266, 4.672, 4.398, 4.701, 5.019, 4.305, 3.74, 3.215, 2.662, 2.238),
        *(1.852, 1.473, 1.209, 0.9423, 0.7455, 0.6566, 0.5105, 0.415, 0.4228, 0.3237),
        *(0.2451, 0.2801, 0.2534),
    ],
)

_XYZ_TO_RGB = np.array(
    [
        [3.2404542, -1.5371385, -0.4985314],
        [-0.9692660, 1.8760108, 0.0415560],
        [0.0556434, -0.2040259, 1.0572252],
    ],
)
LUMINANCE = np.array([0.2126729, 0.7151522, 0.0721750])
"""Weights of linear Rec. 709 that give luminance."""


def _lobe(nm: np.ndarray, peak: float, below: float, above: float) -> np.ndarray:
    """Gaussian with different widths on its two sides."""
    width = np.where(nm < peak, below, above)
    return np.exp(-0.5 * ((nm - peak) * width) ** 2)


def colour_matching(nm: Float[np.ndarray, "waves"]) -> Float[np.ndarray, "waves 3"]:
    """CIE 1931 x, y, z responses (Wyman et al. 2013, table 1, multi-lobe fit)."""
    x = (
        0.362 * _lobe(nm, 442.0, 0.0624, 0.0374)
        + 1.056 * _lobe(nm, 599.8, 0.0264, 0.0323)
        - 0.065 * _lobe(nm, 501.1, 0.0490, 0.0382)
    )
    y = 0.821 * _lobe(nm, 568.8, 0.0213, 0.0247) + 0.286 * _lobe(nm, 530.9, 0.0613, 0.0322)
    z = 1.217 * _lobe(nm, 437.0, 0.0845, 0.0278) + 0.681 * _lobe(nm, 459.0, 0.0385, 0.0725)
    return np.stack([x, y, z], axis=-1)


def solar_irradiance(nm: Float[np.ndarray, "waves"]) -> Float[np.ndarray, "waves"]:
    """Sunlight above the air at mean distance, W m^-2 nm^-1."""
    return np.interp(nm, _TABLE_NM, _SOLAR)


def molecular_scattering(nm: Float[np.ndarray, "waves"]) -> Float[np.ndarray, "waves"]:
    """Scattering by air at sea level (15 C, 1013 hPa), per km (Bodhaine et al. 1999, eq. 29)."""
    s = (nm * 1e-3) ** 2
    top = 1.0455996 - 341.29061 / s - 0.90230850 * s
    cross_section_cm2 = 1e-28 * top / (1.0 + 0.0027059889 / s - 85.968563 * s)
    molecules_per_cm3 = 2.546899e19
    return cross_section_cm2 * molecules_per_cm3 * 1e5


def ozone_absorption(nm: Float[np.ndarray, "waves"]) -> Float[np.ndarray, "waves"]:
    """Absorption per km where there is one Dobson unit of ozone in each km of path."""
    molecules_per_m2 = 2.6867e20
    return np.interp(nm, _TABLE_NM, _OZONE_M2) * molecules_per_m2


def _to_xyz() -> np.ndarray:
    nm = np.arange(WAVELENGTHS[0], WAVELENGTHS[-1] + 0.5)
    hats = np.stack([np.interp(nm, WAVELENGTHS, node) for node in np.eye(len(WAVELENGTHS))])
    seen = colour_matching(nm) * solar_irradiance(nm)[:, None]
    return LUMENS_PER_WATT * hats @ seen


TO_XYZ: Float[np.ndarray, "waves 3"] = _to_xyz()
"""Spectral transfer (per unit of sunlight at each wavelength) to CIE XYZ, Y in cd/m^2 or lux."""

TO_RGB: Float[np.ndarray, "waves 3"] = TO_XYZ @ _XYZ_TO_RGB.T
"""The same to linear Rec. 709 whose luminance is in cd/m^2 or lux; deep colours go negative."""


def luminance(rgb: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch"]:
    """Luminance of linear Rec. 709."""
    return np.asarray(rgb @ LUMINANCE.astype(rgb.dtype))


def into_gamut(
    rgb: Float[np.ndarray, "*batch 3"], knee: float = 0.85
) -> Float[np.ndarray, "*batch 3"]:
    """Bring colours outside Rec. 709 inside, towards grey of the same luminance.

    A colour's distance from grey is how far its least channel lies under its luminance: 0 is grey,
    1 the edge of the gamut. Distances up to ``knee`` stay; beyond, they are bent smoothly so that
    none reaches 1. Luminance and hue (in the plane of linear light) are kept, no channel goes below
    zero, and the bend has a continuous slope, so gradients show no edge.
    """
    red, green, blue = np.moveaxis(rgb, -1, 0)
    y = np.maximum(luminance(rgb), rgb.dtype.type(1e-30))
    distance = 1.0 - np.minimum(np.minimum(red, green), blue) / y
    room = 1.0 - knee
    excess = np.maximum(distance - knee, 0.0)
    bent = np.minimum(distance, knee + room * excess / (room + excess))
    scale = bent / np.maximum(distance, 1e-6)
    grey = y * (1.0 - scale)
    return np.stack([np.maximum(grey + c * scale, 0.0) for c in (red, green, blue)], axis=-1)


def reflectance(rgb: Float[np.ndarray, "3"]) -> Float[np.ndarray, "waves"]:
    """A smooth reflectance spectrum that looks like ``rgb`` in sunlight, 0 to 1.

    Three overlapping bands that sum to one, mixed so that the colour under the sun above the air is
    exactly ``rgb`` relative to white; then limited to what a surface can reflect.
    """
    red = 1.0 / (1.0 + np.exp(-(WAVELENGTHS - 590.0) / 10.0))
    blue = 1.0 / (1.0 + np.exp((WAVELENGTHS - 495.0) / 10.0))
    bands = np.stack([red, 1.0 - red - blue, blue])
    white = TO_RGB.sum(axis=0)
    amounts = np.linalg.solve((bands @ TO_RGB / white).T, rgb)
    return np.clip(amounts @ bands, 0.0, 0.95)
