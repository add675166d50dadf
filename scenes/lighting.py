# SPDX-License-Identifier: Apache-2.0
"""What a panorama does to a scene: illuminance, spherical harmonics, colour temperature, exposure.

World axes as in :mod:`gen3d.panorama` (+Y up). Pixels count by their exact solid angle.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float, Float32

from gen3d import panorama
from scenes.atmosphere import SUN_RADIUS
from scenes.measure import near
from scenes.spectrum import colour_matching, into_gamut, luminance

_SMALL_WIDTH = 1024
_RGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ],
)


def without_sun(
    radiance: Float32[np.ndarray, "height width 3"], sun_direction: Float[np.ndarray, "3"]
) -> Float32[np.ndarray, "sky_height sky_width 3"]:
    """The panorama with the sun's disc replaced by the light around it, at most 1024 wide or so.

    Large pictures are reduced by a whole power of two, averaging; energy is kept.
    """
    return _reduce(disc_filled(radiance, sun_direction))


def disc_filled(
    radiance: Float32[np.ndarray, "height width 3"],
    direction: Float[np.ndarray, "3"],
    radius: float = SUN_RADIUS,
) -> Float32[np.ndarray, "height width 3"]:
    """A copy with the disc (the sun's) around a direction replaced by the light around it."""
    height = radiance.shape[0]
    pixel = np.pi / height
    inner, outer = radius + 1.5 * pixel, 1.5 * radius + 3.5 * pixel
    rows, angle = near(height, np.asarray(direction, np.float64), outer)
    filled = radiance.copy()
    patch = filled[rows[0] : rows[-1] + 1]
    # Above and below the horizon are different things: fill each from its own side.
    up = np.broadcast_to((rows < height // 2)[:, None], angle.shape)
    for side in (up, ~up):
        ring = (angle > inner) & (angle <= outer) & side
        hole = (angle <= inner) & side
        if ring.any() and hole.any():
            patch[hole] = patch[ring].mean(axis=0)
    return filled


def _reduce(filled: np.ndarray) -> Float32[np.ndarray, "sky_height sky_width 3"]:
    height, width, _ = filled.shape
    factor = 1
    while width // (2 * factor) >= _SMALL_WIDTH and height % (2 * factor) == 0:
        factor *= 2
    blocks = filled.reshape(height // factor, factor, width // factor, factor, 3)
    return blocks.mean(axis=(1, 3), dtype=np.float32)


def illuminance(
    radiance: Float[np.ndarray, "height width 3"], normal: Float[np.ndarray, "3"]
) -> Float[np.ndarray, "3"]:
    """Linear Rec. 709 illuminance (lux in its luminance) on a surface with this normal."""
    height = radiance.shape[0]
    facing = np.maximum(panorama.pixel_directions(height) @ np.asarray(normal), 0.0)
    weight = (facing * panorama.pixel_solid_angles(height)[:, None]).astype(np.float32)
    return np.einsum("hw,hwc->c", weight, radiance, dtype=np.float64)


def harmonics(directions: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 9"]:
    """Real spherical harmonics to degree 2, orthonormal, no Condon-Shortley sign.

    Order (0,0) (1,-1) (1,0) (1,1) (2,-2) (2,-1) (2,0) (2,1) (2,2) with the polar axis along world
    z: 1, y, z, x, xy, yz, 3z^2-1, xz, x^2-y^2 (Ramamoorthi and Hanrahan 2001).
    """
    x, y, z = np.moveaxis(directions, -1, 0)
    return np.stack(
        [
            np.full(x.shape, 0.28209479),
            0.48860251 * y,
            0.48860251 * z,
            0.48860251 * x,
            1.09254843 * x * y,
            1.09254843 * y * z,
            0.31539157 * (3.0 * z * z - 1.0),
            1.09254843 * x * z,
            0.54627422 * (x * x - y * y),
        ],
        axis=-1,
    )


def project(radiance: Float[np.ndarray, "height width 3"]) -> Float[np.ndarray, "9 3"]:
    """Coefficients of a panorama in :func:`harmonics`: integral of radiance times each."""
    height = radiance.shape[0]
    basis = harmonics(panorama.pixel_directions(height))
    weight = panorama.pixel_solid_angles(height)
    return np.einsum("h,hwb,hwc->bc", weight, basis, radiance, optimize=True)


def harmonics_irradiance(
    coefficients: Float[np.ndarray, "9 3"], normal: Float[np.ndarray, "3"]
) -> Float[np.ndarray, "3"]:
    """Illuminance on a surface from coefficients (Ramamoorthi and Hanrahan 2001, eq. 8)."""
    lobe = np.repeat([np.pi, 2.0 * np.pi / 3.0, np.pi / 4.0], [1, 3, 5])
    return (lobe * harmonics(np.asarray(normal, np.float64))) @ coefficients


def colour_temperature(rgb: Float[np.ndarray, "3"]) -> float | None:
    """Correlated colour temperature in kelvin (McCamy 1992), or None where the formula is void."""
    xyz = _RGB_TO_XYZ @ np.asarray(rgb, np.float64)
    if xyz.sum() <= 0.0:
        return None
    x, y = xyz[:2] / xyz.sum()
    n = (x - 0.3320) / (0.1858 - y)
    kelvin = 449.0 * n**3 + 3525.0 * n**2 + 6823.3 * n + 5520.33
    return float(kelvin) if 1500.0 <= kelvin <= 50_000.0 else None


def colour_cast(rgb: Float[np.ndarray, "3"]) -> float:
    """Distance from the colours of glowing bodies, CIE 1960 uv: Duv, positive is greener.

    The bodies reach from 1,400 K to 100,000 K; bluer light is measured from the last of them.
    """
    locus = _uv(_glowing())
    at = _uv((_RGB_TO_XYZ @ np.asarray(rgb, np.float64))[None])[0]
    away = np.hypot(*(locus - at).T)
    nearest = int(np.argmin(away))
    return float(np.copysign(away[nearest], at[1] - locus[nearest, 1]))


def _uv(xyz: Float[np.ndarray, "n 3"]) -> Float[np.ndarray, "n 2"]:
    weight = np.maximum(xyz @ np.array([1.0, 15.0, 3.0]), 1e-30)
    return np.stack([4.0 * xyz[:, 0], 6.0 * xyz[:, 1]], axis=-1) / weight[:, None]


@lru_cache(maxsize=1)
def _glowing() -> Float[np.ndarray, "n 3"]:
    """XYZ of black bodies, evenly spaced in reciprocal temperature."""
    return _planck(1e6 / np.linspace(10.0, 714.0, 400))


def _planck(kelvin: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n 3"]:
    """XYZ of black bodies, by Planck's law, to a common factor for each."""
    nm = np.arange(380.0, 781.0, 5.0)
    spectra = nm**-5 / np.expm1(1.438777e7 / (nm * kelvin[:, None]))
    return spectra @ colour_matching(nm)


def black_body(kelvin: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n 3"]:
    """Linear Rec. 709 of glowing bodies, luminance 1."""
    xyz = _planck(kelvin)
    return into_gamut(xyz / xyz[:, 1:2] @ np.linalg.inv(_RGB_TO_XYZ).T)


_STOPS_HELD, _WHITE = 7.0, 4.0
"""How far under the bright parts of a picture darkness counts, and exposed light of the lights."""


def exposure_ev100(illuminance_lux: float) -> float:
    """Exposure value at ISO 100 that an incident-light meter shows (ISO 2720, C = 250)."""
    return float(np.log2(max(illuminance_lux, 1e-6) * 100.0 / 250.0))


def picture_exposure(radiance: Float[np.ndarray, "height width 3"]) -> float:
    """Stops that bring a panorama in cd/m^2 to a pleasant picture of itself.

    The logarithmic mean, three parts of sky to one of ground, goes to a bit over middle grey, and
    somewhat lower the darker it is, as the eye sees it. The black between lights does not count in
    full, and lights keep some colour.
    """
    height, seen = radiance.shape[0], luminance(radiance)
    bright, brightest = np.percentile(seen, (90.0, 99.5))
    floor = max(float(bright) * 2.0**-_STOPS_HELD, 1e-5)
    rows = np.log2(np.maximum(seen, floor)).mean(axis=1, dtype=np.float64)
    weight = panorama.pixel_solid_angles(height)
    weight = np.where(np.arange(height) < height // 2, 3.0, 1.0) * weight / weight.sum() / 2.0
    stops = float(np.log2(0.27 / 0.2)) + stops_outdoors(float(np.sum(rows * weight)))
    return min(stops, float(np.log2(_WHITE / max(float(brightest), 1e-5))))


def stops_outdoors(mean: float) -> float:
    """Stops for a picture of open land whose mean is so many stops over 1 cd/m^2."""
    dusk = float(np.clip((np.log2(2000.0) - mean) / 12.0, 0.0, 1.0))
    night = float(np.clip((np.log2(0.05) - mean) / 7.0, 0.0, 1.0))
    return float(np.log2(0.2)) - mean - 2.0 * dusk - 1.5 * night


def room_exposure(radiance: Float[np.ndarray, "height width 3"]) -> float:
    """Stops that bring a room's panorama in cd/m^2 to a pleasant picture: its logarithmic mean."""
    rows = np.log2(np.maximum(luminance(radiance), 1e-5)).mean(axis=1, dtype=np.float64)
    mean = float(rows @ panorama.pixel_solid_angles(len(radiance)) * 2 * len(radiance) / 4 / np.pi)
    return stops_indoors(mean)


def stops_indoors(mean: float) -> float:
    """Stops for a picture of a room whose mean is so many stops over 1 cd/m^2."""
    dark = float(np.clip((np.log2(20.0) - mean) / 12.0, 0.0, 1.0))
    return float(np.log2(0.2)) - mean - 2.0 * dark


def adaptation(light: Float[np.ndarray, "3"], share: float = 0.6) -> Float[np.ndarray, "3"]:
    """Factors by which eyes get used, by some share, to the colour of a light."""
    gain = (float(luminance(light)) / np.maximum(light, 1e-9)) ** share
    return gain / luminance(gain)


def adapted(
    radiance: Float32[np.ndarray, "height width 3"],
) -> Float32[np.ndarray, "height width 3"]:
    """A panorama as eyes see it that are used to the colour of its light."""
    height = radiance.shape[0]
    # Lamps and windows in the picture tell less of it than what they shine on.
    mean = luminance(radiance).mean(dtype=np.float64)
    seen = np.minimum(luminance(radiance), np.float32(mean)) / np.maximum(luminance(radiance), 1e-9)
    weight = panorama.pixel_solid_angles(height)[: height // 2]
    upper = slice(0, height // 2)
    light = np.einsum("h,hw,hwc->c", weight, seen[upper], radiance[upper], optimize=True)
    return (radiance * adaptation(light)).astype(np.float32)
