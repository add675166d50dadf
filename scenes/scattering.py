# SPDX-License-Identifier: Apache-2.0
"""Light that was scattered more than once, and light thrown back by the ground.

As in Hillaire 2020 (section 5.5) light of second and higher orders is taken to be scattered equally
in all directions, so it is one number (per wavelength) at each altitude and local height of the
sun. Hillaire closes the series of orders by assuming that every point sees its own surroundings; a
low sun breaks that, since the lit part of the sky is elsewhere. Here the orders are coupled
through space: the light that arrives at each grid point is a linear function of the light at all
grid points and on the ground, and that system is solved, which sums all orders at once.

Haze sends most light onward; the isotropic orders therefore use its reduced (similarity) scattering
and extinction, ``sigma (1 - g)``. The first order keeps true phase functions.

The grid covers altitudes and a window of sun heights around the one that is asked for, because
lines of sight from one place reach no further than 11 degrees around the Earth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import numpy as np
from jaxtyping import Float, Int64
from scipy.sparse import csr_array

from scenes.atmosphere import (
    EARTH_RADIUS,
    TOP_ALTITUDE,
    Air,
    climb,
    densities,
    distance_to_ground,
    distance_to_top,
    horizon_sine,
    sunlight,
)

_ALTITUDES = TOP_ALTITUDE * np.linspace(0.0, 1.0, 16) ** 2.2
_WINDOW = np.radians(16.0)
_SUNS = 25
_STEPS = 14
_ZENITHS = 12
_AZIMUTHS = 6


@dataclass(frozen=True)
class Glow:
    """Isotropic light of all orders after the first, per unit of sunlight above the air."""

    suns: Float[np.ndarray, "suns"]
    """Local elevations of the sun on the grid, radians, evenly spaced."""
    source: Float[np.ndarray, "altitudes suns waves"]
    """Mean radiance (per sr) that arrives from all around."""
    ground: Float[np.ndarray, "suns waves"]
    """Radiance of the ground."""


@dataclass(frozen=True)
class Path:
    """Sample points on a bundle of lines of sight, middle of each step."""

    altitude: Float[np.ndarray, "rays steps"]
    sun: Float[np.ndarray, "rays steps"]
    """Sine of the local elevation of the sun."""
    length: Float[np.ndarray, "rays steps"]
    """Length of each step, km."""
    end_sun: Float[np.ndarray, "rays"]
    """Sine of the sun's elevation where the line ends."""
    hits: Float[np.ndarray, "rays"]
    """1 for lines that end on the ground, else 0."""


def trace(
    altitude: Float[np.ndarray, "rays"],
    sine: Float[np.ndarray, "rays"],
    sun_sine: Float[np.ndarray, "rays"],
    sun_cosine: Float[np.ndarray, "rays"],
    steps: int,
    power: float = 2.0,
) -> Path:
    """Lay sample points along straight lines to the ground or to the top of the air.

    Args:
        altitude: Start of each line, km.
        sine: Sine of each line's elevation at its start.
        sun_sine: Sine of the sun's elevation at the start.
        sun_cosine: Cosine of the angle between the line and the sun.
        steps: Number of samples a line.
        power: Growth of the steps along the line.
    """
    hits = sine < horizon_sine(altitude)
    length = np.where(hits, distance_to_ground(altitude, sine), distance_to_top(altitude, sine))
    edges = np.linspace(0.0, 1.0, steps + 1) ** power
    middle = length[:, None] * 0.5 * (edges[1:] + edges[:-1])
    at = climb(altitude[:, None], sine[:, None], middle)
    radius = EARTH_RADIUS + altitude

    def local_sun(distance: np.ndarray, there: np.ndarray) -> np.ndarray:
        along = radius[:, None] * sun_sine[:, None] + distance * sun_cosine[:, None]
        return np.clip(along / (EARTH_RADIUS + there), -1.0, 1.0)

    end = climb(altitude, sine, length)[:, None]
    return Path(
        altitude=np.maximum(at, 0.0),
        sun=local_sun(middle, at),
        length=length[:, None] * np.diff(edges),
        end_sun=local_sun(length[:, None], end)[:, 0],
        hits=hits.astype(np.float64),
    )


def march(
    path: Path, extinction: Float[np.ndarray, "3 waves"]
) -> tuple[
    Float[np.ndarray, "rays steps 3"],
    Float[np.ndarray, "rays steps waves"],
    Float[np.ndarray, "rays waves"],
]:
    """Densities at the samples, weight of each sample, and transmittance of the whole line.

    The weight is the integral of transmittance over the step, exact for a constant medium (Hillaire
    2015, "Physically Based and Unified Volumetric Rendering", slide 28).
    """
    # Single precision: there are sixteen waves of each of some hundred thousand samples.
    density, length = densities(path.altitude), path.length.astype(np.float32)[..., None]
    amount = density.astype(np.float32) * length
    depth = np.einsum("rsc,cw->rsw", amount, extinction.astype(np.float32))
    before = np.cumsum(depth, axis=1) - depth
    inside = -np.expm1(-depth) / np.maximum(depth, np.float32(1e-12)) * length
    weight = np.exp(-before) * inside
    return density, weight, np.exp(-(before[:, -1] + depth[:, -1]))


def _corners(
    altitude: np.ndarray, sun_sine: np.ndarray, suns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Flat grid indices and bilinear weights of the four grid points around each sample."""
    a = np.interp(altitude, _ALTITUDES, np.arange(len(_ALTITUDES)))
    s = np.interp(np.arcsin(sun_sine), suns, np.arange(len(suns)))
    i = np.minimum(a.astype(np.int64), len(_ALTITUDES) - 2)
    j = np.minimum(s.astype(np.int64), len(suns) - 2)
    fa, fs = a - i, s - j
    index = (i * len(suns) + j)[..., None] + np.array([0, 1, len(suns), len(suns) + 1])
    weight = np.stack([(1 - fa) * (1 - fs), (1 - fa) * fs, fa * (1 - fs), fa * fs], axis=-1)
    return index, weight.astype(np.float32)


def look_up(
    glow: Glow, altitude: Float[np.ndarray, "*batch"], sun_sine: Float[np.ndarray, "*batch"]
) -> Float[np.ndarray, "*batch waves"]:
    """Mean arriving radiance of orders after the first, bilinear on the grid."""
    index, weight = _corners(altitude, sun_sine, glow.suns)
    table = glow.source.reshape(-1, glow.source.shape[-1])
    total = table[index[..., 0]] * weight[..., :1]
    for corner in range(1, 4):
        total += table[index[..., corner]] * weight[..., corner : corner + 1]
    return total


@dataclass(frozen=True)
class _Rays:
    """Directions around every grid point, flat; half the azimuths stand for their mirror images."""

    point: Int64[np.ndarray, "rays"]
    """Grid point from which each ray looks."""
    altitude: Float[np.ndarray, "rays"]
    sine: Float[np.ndarray, "rays"]
    cosine: Float[np.ndarray, "rays"]
    """To the sun."""
    solid: Float[np.ndarray, "rays"]
    """Solid angle that each ray stands for, 4 pi in all at each point."""
    sun_sine: Float[np.ndarray, "rays"]


def _make_rays(suns: Float[np.ndarray, "suns"]) -> _Rays:
    """Gauss-Legendre in elevation for each hemisphere, dense at the horizon; even in azimuth."""
    nodes, weights = np.polynomial.legendre.leggauss(_ZENITHS // 2)
    x = 0.5 * (nodes + 1.0)
    # sine = x^2 puts rays where the bright part of a low sun's sky is; d(sine) = 2 x dx.
    sines, shares = np.concatenate([-(x**2), x**2]), np.tile(weights * x, 2)
    azimuths = np.pi * (np.arange(_AZIMUTHS) + 0.5) / _AZIMUTHS
    altitude, sun, sine, azimuth = (
        grid.ravel() for grid in np.meshgrid(_ALTITUDES, suns, sines, azimuths, indexing="ij")
    )
    around = len(sines) * _AZIMUTHS
    solid = np.repeat(shares, _AZIMUTHS) * 2.0 * np.pi / _AZIMUTHS
    return _Rays(
        point=np.repeat(np.arange(len(_ALTITUDES) * len(suns)), around),
        # The lowest points stand a metre above the ground so that no line starts on it.
        altitude=np.maximum(altitude, 1e-3),
        sine=sine,
        cosine=sine * np.sin(sun) + np.sqrt(1.0 - sine**2) * np.cos(sun) * np.cos(azimuth),
        solid=np.tile(solid, len(_ALTITUDES) * len(suns)),
        sun_sine=np.sin(sun),
    )


@dataclass(frozen=True)
class _Sight:
    """What each ray sees of the unknowns (light at the grid points, then at the ground)."""

    unknowns: Int64[np.ndarray, "rays entries"]
    air: Float[np.ndarray, "rays steps waves"]
    """Scattering towards the start of the ray, by sample."""
    corners: Float[np.ndarray, "rays steps 4"]
    ground: Float[np.ndarray, "rays waves"]
    ground_corners: Float[np.ndarray, "rays 2"]

    def matrix(self, wave: int) -> csr_array:
        """Rays by unknowns, at one wavelength."""
        rays, entries = self.unknowns.shape
        air = (self.air[..., wave, None] * self.corners).reshape(rays, -1)
        values = np.concatenate([air, self.ground[:, wave, None] * self.ground_corners], axis=1)
        starts = np.arange(rays + 1) * entries
        size = (len(_ALTITUDES) + 1) * _SUNS
        return csr_array((values.ravel(), self.unknowns.ravel(), starts), shape=(rays, size))


def _make_sight(
    air: Air, path: Path, suns: Float[np.ndarray, "suns"]
) -> tuple[_Sight, Float[np.ndarray, "rays waves"]]:
    """Look along all rays; also the light of the first order that each brings."""
    density, weight, through = march(path, air.dimming)
    scattered = density[..., :2].astype(np.float32), air.isotropic.astype(np.float32)
    onto = weight * np.einsum("rsc,cw->rsw", *scattered)
    lit = sunlight(air, air.dimming, path.altitude, path.sun)
    index, corners = _corners(path.altitude, path.sun, suns)
    place = np.interp(np.arcsin(path.end_sun), suns, np.arange(_SUNS))
    near = np.minimum(place.astype(np.int64), _SUNS - 2)[:, None]
    share = place[:, None] - near
    ground = len(_ALTITUDES) * _SUNS + near
    sight = _Sight(
        unknowns=np.concatenate([index.reshape(len(near), -1), ground, ground + 1], axis=1),
        air=onto,
        corners=corners,
        ground=through * path.hits[:, None],
        ground_corners=np.concatenate([1.0 - share, share], axis=1),
    )
    return sight, (onto * lit).sum(axis=1) / (4.0 * np.pi)


def _sum_orders(
    system: Float[np.ndarray, "points points"], source: Float[np.ndarray, "points"]
) -> Float[np.ndarray, "points"]:
    """Solve ``x = source + system x`` order by order; every order is weaker than the last."""
    total, order = source.copy(), source
    for _ in range(200):
        order = np.einsum("ij,j->i", system, order)
        total += order
        if order.max() <= 1e-6 * total.max():
            break
    return total


def _gathering(rays: _Rays, albedo: float) -> csr_array:
    """Unknowns by rays: mean over all directions, and what falls on the ground, reflected."""
    points = len(_ALTITUDES) * _SUNS
    # The first points are the lowest: what comes to them from above falls on the ground.
    falling = np.flatnonzero((rays.point < _SUNS) & (rays.sine > 0.0))
    fall = albedo / np.pi * rays.solid[falling] * rays.sine[falling]
    values = np.concatenate([rays.solid / (4.0 * np.pi), fall])
    rows = np.concatenate([rays.point, points + rays.point[falling]])
    columns = np.concatenate([np.arange(len(rays.point)), falling])
    return csr_array((values, (rows, columns)), shape=(points + _SUNS, len(rays.point)))


def _sun_on_ground(air: Air, suns: Float[np.ndarray, "suns"]) -> Float[np.ndarray, "suns waves"]:
    sine = np.sin(suns)
    light = sunlight(air, air.dimming, np.full(len(suns), 1e-3), sine)
    return light * np.maximum(sine, 0.0)[:, None]


def solve_glow(air: Air, sun_elevation: float, albedo: Float[np.ndarray, "waves"]) -> Glow:
    """Solve for all orders of scattering after the first, coupled through air and ground.

    Args:
        air: Optical coefficients.
        sun_elevation: Height of the sun at the viewer, radians.
        albedo: Reflectance of the ground.
    """
    low = np.clip(sun_elevation - _WINDOW, -np.pi / 2, np.pi / 2 - 0.1)
    high = np.clip(sun_elevation + _WINDOW, low + 0.1, np.pi / 2)
    suns = np.linspace(low, high, _SUNS)
    rays = _make_rays(suns)
    path = trace(rays.altitude, rays.sine, rays.sun_sine, rays.cosine, _STEPS)
    sight, first = _make_sight(air, path, suns)
    bounced = albedo / np.pi * _sun_on_ground(air, suns)
    points, waves = len(_ALTITUDES) * _SUNS, len(albedo)
    light = np.zeros((points + _SUNS, waves))
    for wave in range(waves):
        gather = _gathering(rays, float(albedo[wave]))
        source = gather @ first[:, wave]
        source[points:] += bounced[:, wave]
        system = cast("csr_array", gather @ sight.matrix(wave))
        light[:, wave] = _sum_orders(system.toarray(), source)
    return Glow(
        suns=suns,
        source=light[:points].reshape(len(_ALTITUDES), _SUNS, waves).astype(np.float32),
        ground=light[points:].astype(np.float32),
    )
