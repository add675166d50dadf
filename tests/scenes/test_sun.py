# SPDX-License-Identifier: Apache-2.0
"""The sun's disc: all its energy, in the right place, at every size."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from gen3d import panorama
from scenes.atmosphere import SUN_RADIUS, columns, distance_to_top, make_air
from scenes.sky import EYE_ALTITUDE
from scenes.spectrum import TO_RGB, into_gamut, luminance
from scenes.sun import SunDisc, disc_pixels, limb_darkening, make_disc

SUNS = [(0.7, 3.0), (5.0, -77.3), (31.7, 179.95), (35.0, 40.0), (62.2, 90.0), (89.9, 211.0)]


@functools.cache
def _disc(elevation_deg: float, azimuth_deg: float) -> SunDisc:
    return make_disc(make_air(3.0), panorama.sun_direction(elevation_deg, azimuth_deg))


def _analytic(elevation_deg: float, turbidity: float) -> np.ndarray:
    """Illuminance by a point sun: transmittance of the line to its centre."""
    air = make_air(turbidity)
    where, sine = np.array([EYE_ALTITUDE]), np.sin(np.radians([elevation_deg]))
    depth = columns(where, sine, distance_to_top(where, sine), steps=2000) @ air.extinction
    return into_gamut(np.exp(-depth[0]) @ TO_RGB)


def test_limb_darkening_keeps_the_energy_of_the_disc() -> None:
    x, w = np.polynomial.legendre.leggauss(400)
    r = 0.5 * (x + 1.0)
    np.testing.assert_allclose((0.5 * w * 2.0 * r) @ limb_darkening(r), 1.0, rtol=1e-3)
    centre, limb = limb_darkening(np.array([0.0, 0.95]))
    assert (centre > limb).all()
    assert limb[0] / centre[0] < limb[-1] / centre[-1]


@pytest.mark.parametrize(
    ("elevation", "turbidity"), [(90.0, 2.0), (60.0, 3.0), (35.0, 3.0), (20.0, 6.0)]
)
def test_the_disc_has_the_energy_of_the_analytic_sun(elevation: float, turbidity: float) -> None:
    total = make_disc(make_air(turbidity), panorama.sun_direction(elevation, 33.0)).total
    expected = luminance(_analytic(elevation, turbidity))
    assert luminance(total) == pytest.approx(float(expected), rel=0.01)


@pytest.mark.parametrize("width", [1024, 2048, 4096, 8192])
@pytest.mark.parametrize(("elevation", "azimuth"), SUNS)
def test_painted_pixels_hold_energy_and_direction(
    elevation: float, azimuth: float, width: int
) -> None:
    direction = panorama.sun_direction(elevation, azimuth)
    disc = _disc(elevation, azimuth)
    pixels, light = disc_pixels(disc, width // 2)
    rows, columns_ = pixels // width, pixels % width
    solid = panorama.pixel_solid_angles(width // 2)[rows]
    energy = light * solid[:, None]
    np.testing.assert_allclose(energy.sum(axis=0), disc.total, rtol=1e-5)
    where = panorama.direction_of((columns_ + 0.5) / width, (rows + 0.5) / (width // 2))
    centre = luminance(energy) @ where
    centre /= np.linalg.norm(centre)
    # A low sun is dimmer at its lower edge, which moves the centre of its light, not of its disc.
    light_centre = luminance(disc.illuminance) @ disc.directions
    light_centre /= np.linalg.norm(light_centre)
    assert np.degrees(np.arccos(min(centre @ light_centre, 1.0))) < 0.05
    assert np.degrees(np.arccos(min(centre @ direction, 1.0))) < 0.1


def test_pixels_of_the_disc_are_as_bright_as_the_sun() -> None:
    disc = make_disc(make_air(3.0), panorama.sun_direction(40.0, 10.0))
    _, light = disc_pixels(disc, 8192)
    mean = luminance(disc.total) / (np.pi * SUN_RADIUS**2)
    inside = luminance(light)
    assert 1.1 * mean < inside.max() < 1.6 * mean


def test_the_horizon_cuts_the_disc() -> None:
    air = make_air(2.0)
    full, part, none = (
        make_disc(air, panorama.sun_direction(elevation, 0.0)) for elevation in (0.5, -0.2, -0.6)
    )
    assert 0 < len(part.directions) < len(full.directions)
    assert luminance(part.total) < luminance(full.total)
    assert len(none.directions) == 0
    assert (none.total == 0.0).all()
    pixels, light = disc_pixels(none, 256)
    assert len(pixels) == len(light) == 0
