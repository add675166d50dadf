# SPDX-License-Identifier: Apache-2.0
"""The metallic-roughness surface of glTF 2.0: GGX highlights over Lambert diffuse.

Normal distribution and height-correlated masking: Walter et al. 2007 ("Microfacet models for
refraction through rough surfaces", equation 33) and Heitz 2014 ("Understanding the
masking-shadowing function", equation 99); Fresnel: Schlick 1994. Energy that single scattering
loses on rough metal is put back after Turquin 2019 ("Practical multiple scattering compensation",
equation 16), so a white surface in a white furnace is white.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from jaxtyping import Float32

DIELECTRIC = np.float32(0.04)
"""Reflectance at normal incidence of everything that is no metal (glTF 2.0, appendix B)."""

_TABLE_SIZE = 32


def smith_visibility(cos_view: np.ndarray, cos_light: np.ndarray, alpha2: np.ndarray) -> np.ndarray:
    """Masking and shadowing divided by ``4 cos_view cos_light`` (Heitz 2014, equation 99)."""
    view = cos_light * np.sqrt(cos_view * cos_view * (1.0 - alpha2) + alpha2)
    light = cos_view * np.sqrt(cos_light * cos_light * (1.0 - alpha2) + alpha2)
    return 0.5 / np.maximum(view + light, 1e-6)


def ggx_density(cos_half: np.ndarray, alpha2: np.ndarray) -> np.ndarray:
    """Density of microfacet normals (Walter et al. 2007, equation 33)."""
    falloff = cos_half * cos_half * (alpha2 - 1.0) + 1.0
    return alpha2 / np.maximum(np.pi * falloff * falloff, 1e-9)


@cache
def albedo_table() -> Float32[np.ndarray, "2 size size"]:
    """Scale and offset of F0 in the directional albedo, over roughness and cosine of the view.

    The second sum of Karis 2013, by importance sampling with a Hammersley set of 512 points; entry
    ``[:, i, j]`` holds roughness ``i / 31`` and cosine ``(j + 0.5) / 32``.
    """
    roughness = np.maximum(np.arange(_TABLE_SIZE) / (_TABLE_SIZE - 1), 0.03)[:, None, None]
    cos_view = ((np.arange(_TABLE_SIZE) + 0.5) / _TABLE_SIZE)[None, :, None]
    first, second = hammersley(512)
    alpha = roughness * roughness
    cos_half = np.sqrt((1.0 - first) / (1.0 + (alpha * alpha - 1.0) * first))
    sin_half = np.sqrt(np.maximum(1.0 - cos_half * cos_half, 0.0))
    sin_view = np.sqrt(1.0 - cos_view * cos_view)
    view_half = sin_view * sin_half * np.cos(2.0 * np.pi * second) + cos_view * cos_half
    cos_light = 2.0 * view_half * cos_half - cos_view
    lit = (cos_light > 0.0) & (view_half > 0.0)
    shadow = smith_visibility(cos_view, np.maximum(cos_light, 1e-6), alpha * alpha)
    weight = np.where(lit, 4.0 * shadow * cos_light * view_half / cos_half, 0.0)
    fresnel = (1.0 - np.clip(view_half, 0.0, 1.0)) ** 5
    scale, offset = (weight * (1.0 - fresnel)).mean(axis=2), (weight * fresnel).mean(axis=2)
    # Sampling noise at grazing views must not make energy.
    return (np.stack([scale, offset]) / np.maximum(scale + offset, 1.0)).astype(np.float32)


def hammersley(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Evenly spread points in the unit square (van der Corput in base 2 along the second axis)."""
    index = np.arange(count, dtype=np.uint32)
    return (index + 0.5) / count, radical_inverse(index, 2)


def radical_inverse(index: np.ndarray, base: int) -> np.ndarray:
    """Digits of ``index`` mirrored at the point (Halton 1960), in [0, 1)."""
    result = np.zeros(index.shape)
    digit = 1.0 / base
    rest = index.astype(np.int64)
    while np.any(rest):
        result += digit * (rest % base)
        rest //= base
        digit /= base
    return result


def directional_albedo(
    cos_view: Float32[np.ndarray, "rays"], roughness: Float32[np.ndarray, "rays"]
) -> tuple[Float32[np.ndarray, "rays"], Float32[np.ndarray, "rays"]]:
    """Scale and offset so that the specular albedo is ``F0 * scale + offset``."""
    table = albedo_table().reshape(2, -1)
    y = np.clip(roughness * (_TABLE_SIZE - 1), 0.0, _TABLE_SIZE - 1.001)
    x = np.clip(cos_view * _TABLE_SIZE - 0.5, 0.0, _TABLE_SIZE - 1.001)
    row, column = y.astype(np.int32), x.astype(np.int32)
    fy, fx = (y - row).astype(np.float32), (x - column).astype(np.float32)
    cell = row * _TABLE_SIZE + column
    top = _blend(np.take(table, cell, axis=1), np.take(table, cell + 1, axis=1), fx)
    below = cell + _TABLE_SIZE
    bottom = _blend(np.take(table, below, axis=1), np.take(table, below + 1, axis=1), fx)
    scale, offset = _blend(top, bottom, fy)
    return scale, offset


def _blend(a: np.ndarray, b: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return a + (b - a) * weight


def compensation(
    f0: Float32[np.ndarray, "3 rays"],
    scale: Float32[np.ndarray, "rays"],
    offset: Float32[np.ndarray, "rays"],
) -> Float32[np.ndarray, "3 rays"]:
    """Factor on the specular term that returns multiply scattered light (Turquin 2019, eq. 16)."""
    single = np.maximum(scale + offset, 0.05)
    return 1.0 + f0 * (1.0 / single - 1.0)
