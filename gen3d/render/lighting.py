# SPDX-License-Identifier: Apache-2.0
"""An environment, prepared once for shading: irradiance, glossy reflections, sun, backdrop.

The sun is kept apart: everything that is looked up comes from the sky without it, because the disc
(a billion cd/m^2 in half a degree) cannot be filtered without ringing. Diffuse light is nine
spherical-harmonic coefficients (Ramamoorthi and Hanrahan 2001, "An efficient representation for
irradiance environment maps", equations 3, 7 and 8); reflections are the sky convolved with the GGX
lobe of a few roughnesses (the first sum of Karis 2013, "Real shading in Unreal Engine 4", with
view = normal = reflection). That lobe is round, so the convolution on the sphere is a product of
Fourier transforms along each pair of rows: exact, and a tenth of a second.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32

from gen3d.panorama import pixel_directions, pixel_solid_angles
from gen3d.render.dome import Hung
from gen3d.types import Environment

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Rec. 709 luminance weights."""

ROUGHNESSES = (0.0, 0.1, 0.2, 0.32, 0.48, 0.7, 1.0)
"""Perceptual roughness of each reflection map."""

_SOURCE_ROWS = 64
_BACKDROP_ROWS = 1024
_COSINE_LOBE = (np.pi, 2.0 * np.pi / 3.0, np.pi / 4.0)
"""Legendre coefficients of the clamped cosine (Ramamoorthi and Hanrahan, equation 8)."""


@dataclass(frozen=True)
class Light:
    """What shading needs of an environment; radiance in cd/m^2 per channel."""

    irradiance: Float32[np.ndarray, "9 3"]
    """Spherical-harmonic coefficients of the sky's irradiance divided by pi, without the sun."""
    reflections: Float32[np.ndarray, "levels rows columns 3"]
    """The sky seen by mirrors of rising roughness."""
    backdrop: Float32[np.ndarray, "height width 3"]
    """The panorama as a camera sees it, sun included."""
    sun_direction: Float32[np.ndarray, "3"]
    sun_illuminance: Float32[np.ndarray, "3"]
    dome_m: Float32[np.ndarray, ""]
    """Radius of the dome on which the backdrop lies, its floor at y = 0; 0: infinitely far."""
    walls: Float32[np.ndarray, "2 3"]
    """Least and greatest corner of the box on which it lies instead; all 0: no box."""


def prepare(environment: Environment, hung: Hung | None = None) -> Light:
    """Filter an environment for shading; its background hangs as said, else infinitely far."""
    hung = hung or Hung()
    sky = shrink(environment.radiance_without_sun, _SOURCE_ROWS)
    lobes = [sky if r == 0.0 else convolve(sky, ggx_lobe(r)) for r in ROUGHNESSES]
    return Light(
        irradiance=project_irradiance(sky),
        reflections=np.stack(lobes).astype(np.float32),
        backdrop=shrink(environment.radiance, _BACKDROP_ROWS),
        sun_direction=environment.sun_direction,
        sun_illuminance=environment.sun_illuminance,
        dome_m=np.array(hung.dome_m, np.float32),
        walls=np.zeros((2, 3), np.float32) if hung.walls is None else hung.walls,
    )


def shrink(
    radiance: Float32[np.ndarray, "height width 3"], rows: int
) -> Float32[np.ndarray, "rows columns 3"]:
    """Average blocks of a panorama down to about ``rows`` rows; smaller ones stay as they are."""
    factor = max(1, radiance.shape[0] // rows)
    height, width = radiance.shape[0] // factor, radiance.shape[1] // factor
    cut = radiance[: height * factor, : width * factor]
    blocks = cut.reshape(height, factor, width, factor, 3)
    return np.ascontiguousarray(blocks.mean(axis=(1, 3), dtype=np.float32), np.float32)


def harmonics(directions: Float[np.ndarray, "3 rays"]) -> Float[np.ndarray, "9 rays"]:
    """The first nine real spherical harmonics (Ramamoorthi and Hanrahan, equation 3)."""
    x, y, z = directions
    one = np.ones_like(x)
    rows = [
        0.282095 * one,
        0.488603 * y,
        0.488603 * z,
        0.488603 * x,
        1.092548 * x * y,
        1.092548 * y * z,
        0.315392 * (3.0 * z * z - 1.0),
        1.092548 * x * z,
        0.546274 * (x * x - y * y),
    ]
    return np.stack(rows).astype(directions.dtype)


def project_irradiance(
    radiance: Float[np.ndarray, "height width 3"],
) -> Float32[np.ndarray, "9 3"]:
    """Irradiance over pi of a panorama, as coefficients for :func:`evaluate`."""
    height = radiance.shape[0]
    directions = pixel_directions(height).reshape(-1, 3).T
    weights = np.repeat(pixel_solid_angles(height), 2 * height)
    coefficients = (harmonics(directions) * weights) @ radiance.reshape(-1, 3)
    band = np.array([0, 1, 1, 1, 2, 2, 2, 2, 2])
    lobe = np.array(_COSINE_LOBE)[band]
    return (coefficients * lobe[:, None] / np.pi).astype(np.float32)


def evaluate(
    coefficients: Float32[np.ndarray, "9 3"], directions: Float32[np.ndarray, "3 rays"]
) -> Float32[np.ndarray, "3 rays"]:
    """Value of harmonic coefficients in some directions, clamped at zero."""
    return np.maximum(coefficients.T @ harmonics(directions), 0.0)


def ggx_lobe(roughness: float) -> LobeTable:
    """The GGX reflection lobe around the mirror direction when view, normal and mirror agree.

    The half vector lies at half the angle, so the weight is ``D(angle / 2) cos(angle)`` (Karis
    2013, with Walter et al. 2007, equation 33, for D and ``alpha = roughness^2``).
    """
    angle = np.linspace(0.0, np.pi, 4097)
    alpha2 = max(roughness, 1e-2) ** 4
    cosine = np.cos(0.5 * angle)
    density = alpha2 / (np.pi * (cosine * cosine * (alpha2 - 1.0) + 1.0) ** 2)
    return (density * np.maximum(np.cos(angle), 0.0)).astype(np.float32)


LobeTable = Float32[np.ndarray, "4097"]
"""A round kernel, tabulated evenly over the angle from 0 to pi."""


def convolve(
    radiance: Float32[np.ndarray, "rows columns 3"], lobe: LobeTable
) -> Float32[np.ndarray, "rows columns 3"]:
    """Weighted mean of a panorama around every direction, with a round kernel."""
    rows, columns = radiance.shape[:2]
    kernel = np.fft.rfft(_row_pairs(rows, columns, lobe), axis=2)
    spectrum = np.fft.rfft(radiance, axis=1)
    total = np.fft.irfft(np.einsum("ijf,jfc->ifc", kernel, spectrum), n=columns, axis=1)
    weight = kernel[:, :, 0].real.sum(axis=1)
    return np.maximum(total / weight[:, None, None], 0.0).astype(np.float32)


def _row_pairs(rows: int, columns: int, lobe: np.ndarray) -> np.ndarray:
    """Kernel times solid angle, for each output row, input row and difference in longitude."""
    theta = np.pi * (np.arange(rows) + 0.5) / rows
    delta = 2.0 * np.pi * np.arange(columns) / columns
    up = np.cos(theta)[:, None, None] * np.cos(theta)[None, :, None]
    across = np.sin(theta)[:, None, None] * np.sin(theta)[None, :, None]
    cosine = np.clip(up + across * np.cos(delta), -1.0, 1.0)
    position = np.arccos(cosine) * ((len(lobe) - 1) / np.pi)
    return lobe[np.rint(position).astype(np.int32)] * pixel_solid_angles(rows)[None, :, None]


def lookup(
    panorama: Float32[np.ndarray, "rows columns 3"], directions: Float32[np.ndarray, "3 rays"]
) -> Float32[np.ndarray, "3 rays"]:
    """Bilinear lookup of a panorama; wraps around, stops at the poles."""
    return _bilinear(panorama[None], np.zeros(directions.shape[1], np.int32), directions)


def reflected(
    light: Light,
    directions: Float32[np.ndarray, "3 rays"],
    roughness: Float32[np.ndarray, "rays"],
) -> Float32[np.ndarray, "3 rays"]:
    """Mean sky radiance in the GGX lobe around mirror directions."""
    knots = np.array(ROUGHNESSES, np.float32)
    level = np.interp(roughness, knots, np.arange(len(knots))).astype(np.float32)
    low = np.minimum(level.astype(np.int32), len(knots) - 2)
    weight = level - low.astype(np.float32)
    near = _bilinear(light.reflections, low, directions)
    far = _bilinear(light.reflections, low + 1, directions)
    return near + (far - near) * weight


def _bilinear(stack: np.ndarray, level: np.ndarray, directions: np.ndarray) -> np.ndarray:
    rows, columns = stack.shape[1:3]
    x, y = _coordinates(directions)
    x, y = x * columns - np.float32(0.5), np.clip(y * rows - np.float32(0.5), 0.0, rows - 1.0)
    x_low, y_low = np.floor(x), np.minimum(np.floor(y), rows - 2.0)
    fx, fy = x - x_low, y - y_low
    left = x_low.astype(np.int32) % columns
    right = np.where(left + 1 == columns, 0, left + 1)
    base = (level * rows + y_low.astype(np.int32)) * columns
    table = stack.reshape(-1, 3)
    top, bottom = (
        _row_mix(table, base, left, right, fx),
        _row_mix(table, base + columns, left, right, fx),
    )
    return np.ascontiguousarray((top + (bottom - top) * fy[:, None]).T)


def _row_mix(
    table: np.ndarray, base: np.ndarray, left: np.ndarray, right: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    a, b = np.take(table, base + left, axis=0), np.take(table, base + right, axis=0)
    return a + (b - a) * weight[:, None]


def _coordinates(directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Panorama coordinates in single precision; the mapping of :mod:`gen3d.panorama`."""
    x, y, z = directions
    turn = np.arctan2(-z, x) * np.float32(0.5 / np.pi)
    return np.float32(0.5) - turn, np.arccos(np.clip(y, -1.0, 1.0)) * np.float32(1.0 / np.pi)


def sky_irradiance(light: Light) -> Float32[np.ndarray, "3"]:
    """Irradiance over pi that level ground gets from the sky alone."""
    up = np.array([[0.0], [1.0], [0.0]], np.float32)
    return evaluate(light.irradiance, up)[:, 0]


def sun_irradiance(light: Light) -> Float32[np.ndarray, "3"]:
    """Irradiance over pi that level ground gets from the sun alone."""
    cosine = max(float(light.sun_direction[1]), 0.0)
    return (light.sun_illuminance * np.float32(cosine / np.pi)).astype(np.float32)
