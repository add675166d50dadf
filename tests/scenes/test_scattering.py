# SPDX-License-Identifier: Apache-2.0
"""Many orders of scattering: no light appears or vanishes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scenes.atmosphere import EARTH_RADIUS, TOP_ALTITUDE, Air, make_air, sunlight
from scenes.scattering import look_up, march, solve_glow, trace
from scenes.spectrum import WAVELENGTHS

BLUE = int(np.argmin(np.abs(WAVELENGTHS - 440.0)))


def _lossless() -> Air:
    """Molecules alone, which absorb nothing."""
    air = make_air(2.0)
    keep = np.array([1.0, 0.0, 0.0])[:, None]
    return replace(
        air,
        scattering=air.scattering * keep[:2],
        extinction=air.extinction * keep,
        dimming=air.dimming * keep,
        isotropic=air.isotropic * keep[:2],
    )


def _flux(air: Air, sun: float, altitude: float, up: float, albedo: float) -> np.ndarray:
    """Diffuse light through a level surface from one side, per unit of sunlight."""
    glow = solve_glow(air, sun, np.full(len(WAVELENGTHS), albedo))
    x, w = np.polynomial.legendre.leggauss(24)
    nodes, azimuth = 0.5 * (x + 1.0), np.pi * (np.arange(12) + 0.5) / 12
    s, a = (g.ravel() for g in np.meshgrid(up * nodes, azimuth, indexing="ij"))
    weight = np.repeat(0.5 * w * nodes, 12) * 2.0 * np.pi / 12
    sun_sine = np.full(s.shape, np.sin(sun))
    cosine = s * sun_sine + np.sqrt(1.0 - s**2) * np.cos(sun) * np.cos(a)
    path = trace(np.full(s.shape, altitude), s, sun_sine, cosine, 60, power=1.0 if up < 0 else 2.0)
    density, each, through = march(path, air.dimming)
    # Phase functions average to 1 / (4 pi) over what a grid this coarse can see.
    source = sunlight(air, air.dimming, path.altitude, path.sun) / (4.0 * np.pi)
    source = source + look_up(glow, path.altitude, path.sun)
    light = (each * source * (density[..., :2] @ air.isotropic)).sum(axis=1)
    ground = np.stack(
        [np.interp(np.arcsin(path.end_sun), glow.suns, g) for g in glow.ground.T], axis=-1
    )
    return weight @ (light + through * path.hits[:, None] * ground)


def test_light_that_enters_lossless_air_leaves_it() -> None:
    air, sun = _lossless(), np.radians(60.0)
    direct = sunlight(air, air.dimming, np.zeros(1), np.sin([sun]))[0] * np.sin(sun)
    down = _flux(air, sun, 1e-3, up=1.0, albedo=0.0)
    # A sphere at the top of the air has a little more area than the ground below it.
    grown = ((EARTH_RADIUS + TOP_ALTITUDE) / EARTH_RADIUS) ** 2
    out = _flux(air, sun, TOP_ALTITUDE - 0.01, up=-1.0, albedo=0.0)
    total = (direct + down + out * grown)[BLUE]
    assert total == pytest.approx(np.sin(sun), rel=0.04)


def test_a_white_world_sends_everything_back() -> None:
    sun = np.radians(60.0)
    out = _flux(_lossless(), sun, TOP_ALTITUDE - 0.01, up=-1.0, albedo=1.0)[BLUE]
    grown = ((EARTH_RADIUS + TOP_ALTITUDE) / EARTH_RADIUS) ** 2
    assert out * grown == pytest.approx(np.sin(sun), rel=0.05)


def test_weights_of_a_line_and_its_transmittance_add_up_to_one() -> None:
    air = make_air(4.0)
    s = np.sin(np.radians([-80.0, -1.0, 0.2, 3.0, 60.0]))
    path = trace(np.full(5, 0.05), s, np.full(5, 0.5), s * 0.5, 30)
    density, weight, through = march(path, air.extinction)
    lost = (weight * (density @ air.extinction)).sum(axis=1)
    np.testing.assert_allclose(lost + through, 1.0, atol=1e-5)


def test_a_brighter_ground_brightens_the_air_above_it() -> None:
    air, sun = make_air(3.0), np.radians(30.0)
    dark, light = (solve_glow(air, sun, np.full(len(WAVELENGTHS), a)) for a in (0.1, 0.8))
    assert (light.source[0] > dark.source[0]).all()
    assert (dark.source > 0.0).all()
