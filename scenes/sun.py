# SPDX-License-Identifier: Apache-2.0
"""The sun's disc, painted so that no light is lost at any picture size.

A disc of 0.53 degrees covers one pixel of a small panorama and thousands near a pole: sampling it
per pixel gets its energy wrong by up to tens of per cent. Here the disc is cut into many equal
pieces of solid angle; each carries its light to the pixel that it falls into. The sum over pixels
is the disc's energy exactly, whatever the projection does.

Limb darkening: ``I(mu) ~ mu ** alpha``, ``alpha = -0.023 + 0.292 / wavelength`` with micrometres
(Hestroffer and Magnan 1998, eq. 4 ff.). Refraction is not modelled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Int64

from gen3d import panorama
from scenes.atmosphere import SUN_RADIUS, Air, columns, distance_to_top
from scenes.sky import EYE_ALTITUDE, HORIZON
from scenes.spectrum import TO_RGB, WAVELENGTHS, into_gamut, luminance

DISC_SOLID_ANGLE = float(2.0 * np.pi * (1.0 - np.cos(SUN_RADIUS)))
_PIECES = 250_000


@dataclass(frozen=True)
class SunDisc:
    """The visible sun in small pieces of equal solid angle."""

    directions: Float[np.ndarray, "pieces 3"]
    illuminance: Float[np.ndarray, "pieces 3"]
    """Linear Rec. 709 illuminance by each piece on a surface that faces it, luminance in lux."""

    @property
    def total(self) -> Float32[np.ndarray, "3"]:
        """Illuminance of the whole visible disc."""
        return self.illuminance.sum(axis=0).astype(np.float32)


def limb_darkening(
    radius: Float[np.ndarray, "*batch"],
) -> Float[np.ndarray, "*batch waves"]:
    """Brightness at a distance from the disc's centre (0 to 1), mean over the disc 1."""
    alpha = (-0.023 + 0.292 / (WAVELENGTHS * 1e-3)).astype(np.float32)
    mu = np.sqrt(np.maximum(1.0 - radius**2, 0.0))[..., None].astype(np.float32)
    return (1.0 + 0.5 * alpha) * mu**alpha


def cap(
    centre: Float[np.ndarray, "3"], pieces: int, width: float = SUN_RADIUS
) -> tuple[Float[np.ndarray, "pieces 3"], Float[np.ndarray, "pieces"]]:
    """Directions that fill a cap evenly (a sunflower spiral) and their distance from its centre."""
    number = np.arange(pieces) + 0.5
    cosine = 1.0 - number / pieces * (1.0 - np.cos(width))
    sine = np.sqrt(1.0 - cosine**2)
    turn = np.pi * (1.0 + np.sqrt(5.0)) * number
    side = np.array([0.0, 0.0, 1.0]) if abs(centre[1]) > 0.9 else np.array([0.0, 1.0, 0.0])
    right = np.cross(side, centre)
    right = right / np.linalg.norm(right)
    up = np.cross(centre, right)
    around = np.cos(turn)[:, None] * right + np.sin(turn)[:, None] * up
    return cosine[:, None] * centre + sine[:, None] * around, sine / np.sin(width)


def air_transmittance(
    air: Air, elevation: Float[np.ndarray, "pieces"]
) -> Float[np.ndarray, "pieces waves"]:
    """Share of light that gets through, tabulated over the heights that there are."""
    nodes = np.linspace(elevation.min(), elevation.max(), 33)
    altitude = np.full(nodes.shape, EYE_ALTITUDE)
    sine = np.sin(nodes)
    depth = columns(altitude, sine, distance_to_top(altitude, sine), steps=400) @ air.extinction
    depth = depth.astype(np.float32)
    place = np.interp(elevation, nodes, np.arange(len(nodes), dtype=np.float64))
    lower = np.minimum(place.astype(np.int64), len(nodes) - 2)
    share = (place - lower).astype(np.float32)[:, None]
    return np.exp(-(depth[lower] * (1.0 - share) + depth[lower + 1] * share))


def make_disc(air: Air, direction: Float[np.ndarray, "3"]) -> SunDisc:
    """The part of the sun above the horizon, seen through the air.

    Args:
        air: Optical coefficients.
        direction: Unit vector towards the sun's centre.
    """
    directions, radius = cap(direction, _PIECES)
    elevation = np.arcsin(np.clip(directions[:, 1], -1.0, 1.0))
    seen = elevation > HORIZON
    if not seen.any():
        return SunDisc(directions=np.zeros((0, 3)), illuminance=np.zeros((0, 3)))
    light = air_transmittance(air, elevation[seen]) * limb_darkening(radius[seen])
    return SunDisc(
        directions=directions[seen],
        illuminance=into_gamut(np.einsum("pw,wc->pc", light, TO_RGB)) / _PIECES,
    )


def even_disc(direction: Float[np.ndarray, "3"], illuminance: Float[np.ndarray, "3"]) -> SunDisc:
    """A sun of a given light in a given direction, without air and horizon."""
    directions, radius = cap(np.asarray(direction, np.float64), _PIECES)
    shade = luminance(np.einsum("pw,wc->pc", limb_darkening(radius), TO_RGB))
    share = shade / shade.sum()
    return SunDisc(directions=directions, illuminance=share[:, None] * illuminance)


def disc_pixels(
    disc: SunDisc, height_px: int
) -> tuple[Int64[np.ndarray, "pixels"], Float[np.ndarray, "pixels 3"]]:
    """Flat indices of the pixels that the disc touches and the radiance that it adds to each."""
    u, v = panorama.uv_of(disc.directions)
    column = np.minimum((u * 2 * height_px).astype(np.int64), 2 * height_px - 1)
    row = np.minimum((v * height_px).astype(np.int64), height_px - 1)
    pixels, piece = np.unique(row * 2 * height_px + column, return_inverse=True)
    energy = np.stack([np.bincount(piece, c, len(pixels)) for c in disc.illuminance.T], axis=-1)
    return pixels, energy / panorama.pixel_solid_angles(height_px)[pixels // (2 * height_px), None]


def paint_disc(
    pixels: Float32[np.ndarray, "height width 3"],
    direction: Float[np.ndarray, "3"],
    illuminance: Float[np.ndarray, "3"],
) -> None:
    """Add a sun of a given light (:func:`even_disc`) to a panorama, in place."""
    where, radiance = disc_pixels(even_disc(direction, illuminance), len(pixels))
    pixels.reshape(-1, 3)[where] += radiance.astype(np.float32)
