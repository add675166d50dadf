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

import numpy as np
from jaxtyping import Float
from scipy.sparse import csr_matrix

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
    density = densities(path.altitude)
    amount = density * path.length[..., None]
    depth = np.einsum("rsc,cw->rsw", amount, extinction).astype(np.float32)
    before = np.cumsum(depth, axis=1) - depth
    inside = -np.expm1(-depth) / np.maximum(depth, 1e-12) * path.length[..., None]
    weight = np.exp(-before) * inside.astype(np.float32)
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


def _directions(sun: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Directions around a point: sine of elevation, cosine to the sun, solid angle, grid shape kept.

    Gauss-Legendre in the sine, apart for the two hemispheres, and even in azimuth; half the azimuths
    stand for their mirror images.
    """
    nodes, weights = np.polynomial.legendre.leggauss(_ZENITHS // 2)
    # Squared towards the horizon, where the bright part of a low sun's sky is.
    up = (0.5 * (nodes + 1.0)) ** 2
    up_weight = weights * 0.5 * (nodes + 1.0)
    sine = np.concatenate([-up, up])
    weight = np.concatenate([up_weight, up_weight])
    azimuth = np.pi * (np.arange(_AZIMUTHS) + 0.5) / _AZIMUTHS
    s, a, e = np.meshgrid(sine, azimuth, sun, indexing="ij")
    cosine = s * np.sin(e) + np.sqrt(1.0 - s * s) * np.cos(e) * np.cos(a)
    solid = np.broadcast_to(weight[:, None, None] * 2.0 * np.pi / _AZIMUTHS, s.shape)
    return s, cosine, solid, e


def _rays(suns: np.ndarray) -> tuple[np.ndarray, ...]:
    """All directions at all grid points, flat, and the grid point (row of the system) of each."""
    s, cosine, solid, e = _directions(suns)
    rows: list[np.ndarray] = []
    starts: list[np.ndarray] = []
    for number, altitude in enumerate(_ALTITUDES):
        index = np.broadcast_to(np.arange(len(suns)) + number * len(suns), s.shape)
        rows.append(index.ravel())
        # The lowest point stands a metre above the ground so that no line starts on it.
        starts.append(np.full(s.size, max(altitude, 1e-3)))
    tile = len(_ALTITUDES)
    return (
        np.concatenate(rows),
        np.concatenate(starts),
        np.tile(s.ravel(), tile),
        np.tile(cosine.ravel(), tile),
        np.tile(solid.ravel(), tile),
        np.tile(e.ravel(), tile),
    )


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


def solve_glow(
    air: Air, sun_elevation: float, albedo: Float[np.ndarray, "waves"]
) -> Glow:
    """Solve for all orders of scattering after the first, coupled through air and ground.

    Args:
        air: Optical coefficients.
        sun_elevation: Height of the sun at the viewer, radians.
        albedo: Reflectance of the ground.
    """
    low = np.clip(sun_elevation - _WINDOW, -np.pi / 2, np.pi / 2 - 0.1)
    high = np.clip(sun_elevation + _WINDOW, low + 0.1, np.pi / 2)
    suns = np.linspace(low, high, _SUNS)
    rows, altitude, sine, cosine, solid, sun = _rays(suns)
    path = trace(altitude, sine, np.sin(sun), cosine, _STEPS)
    density, weight, through = march(path, air.dimming)
    lit = sunlight(air, air.dimming, path.altitude, path.sun)
    onto = weight * np.einsum("rsc,cw->rsw", density[..., :2], air.isotropic)
    first = (onto * lit).sum(axis=1) / (4.0 * np.pi)
    index, corner = _corners(path.altitude, path.sun, suns)
    points = len(_ALTITUDES) * _SUNS
    ground_index = np.interp(np.arcsin(path.end_sun), suns, np.arange(_SUNS))
    g = np.minimum(ground_index.astype(np.int64), _SUNS - 2)
    gf = (ground_index - g)[:, None].astype(np.float32)
    columns = np.concatenate(
        [index.reshape(len(rows), -1), points + g[:, None], points + g[:, None] + 1], axis=1
    )
    indptr = np.arange(len(rows) + 1) * columns.shape[1]
    mean = csr_matrix((solid / (4.0 * np.pi), (rows, np.arange(len(rows)))), (points, len(rows)))
    # Light that falls on the ground: the lowest grid points, upper half, weighted by the sine.
    falls = np.where((rows < _SUNS) & (sine > 0), solid * sine / np.pi, 0.0)
    fall = csr_matrix(
        (falls, (np.minimum(rows, _SUNS - 1), np.arange(len(rows)))), (_SUNS, len(rows))
    )
    sun_on_ground = sunlight(air, air.dimming, np.full(_SUNS, 1e-3), np.sin(suns)) * np.maximum(
        np.sin(suns), 0.0
    )[:, None]
    waves = air.extinction.shape[1]
    out = np.zeros((points + _SUNS, waves))
    for w in range(waves):
        air_part = (onto[..., w : w + 1] * corner).reshape(len(rows), -1)
        hit = (through[:, w] * path.hits)[:, None]
        data = np.concatenate([air_part, hit * (1 - gf), hit * gf], axis=1)
        sees = csr_matrix((data.ravel(), columns.ravel(), indptr), (len(rows), points + _SUNS))
        system = np.concatenate(
            [(mean @ sees).toarray(), albedo[w] * (fall @ sees).toarray()], axis=0
        )
        source = np.concatenate(
            [
                mean @ first[:, w],
                albedo[w] * (fall @ first[:, w] + sun_on_ground[:, w] / np.pi),
            ]
        )
        out[:, w] = _sum_orders(system, source)
    return Glow(
        suns=suns,
        source=out[:points].reshape(len(_ALTITUDES), _SUNS, waves).astype(np.float32),
        ground=out[points:].astype(np.float32),
    )
