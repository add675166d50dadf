# SPDX-License-Identifier: Apache-2.0
"""From the values of a :class:`gen3d.spec.SkySpec` to a finished environment.

A panorama is made in layers, each a function from the ones below: air and glow, sky, sun, ground.
Clouds, rooms or a generated picture are further layers of the same kind: a cloud layer takes the
sky's radiance and the sun, a room replaces both.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float32

from gen3d import panorama
from gen3d.errors import Gen3dError
from gen3d.progress import OnStep, silent
from gen3d.spec import SkySpec
from gen3d.types import Environment
from scenes.atmosphere import make_air
from scenes.ground import variation
from scenes.lighting import without_sun
from scenes.scattering import solve_glow
from scenes.sky import HORIZON, NIGHT_SKY, View, make_view, radiance, transmittance
from scenes.spectrum import reflectance
from scenes.sun import SunDisc, disc_pixels, make_disc
from scenes.units import UNIT_CD_M2, rounded

_SKY_ROWS, _GROUND_ROWS = 80, 40


def _row_angles(height_px: int) -> tuple[np.ndarray, np.ndarray]:
    """Elevation of each row's centre, and how much of the row is above the horizon."""
    edges = np.pi / 2 - np.pi * np.arange(height_px + 1) / height_px
    above = np.clip((edges[:-1] - HORIZON) / (edges[:-1] - edges[1:]), 0.0, 1.0)
    return 0.5 * (edges[:-1] + edges[1:]), above


def _illuminance(
    sky: Float[np.ndarray, "rows width 3"], elevation: np.ndarray, height_px: int
) -> Float[np.ndarray, "3"]:
    """Light of the upper half on a level surface, lux in its luminance."""
    solid = panorama.pixel_solid_angles(height_px)[: len(elevation)]
    weight = solid * np.maximum(np.sin(elevation), 0.0)
    return np.einsum("h,hc->c", weight, sky.sum(axis=1, dtype=np.float64))


def _compose(
    spec: SkySpec, seed: int, views: tuple[View, View], disc: SunDisc, on_step: OnStep
) -> Float32[np.ndarray, "height width 3"]:
    height = spec.width_px // 2
    elevation, above = _row_angles(height)
    u = (np.arange(spec.width_px) + 0.5) / spec.width_px
    # Columns run clockwise seen from above, and u = 0.75 is +Z, where azimuths count from.
    bearing = 2.0 * np.pi * (u - 0.75)
    azimuth = bearing - np.radians(spec.sun_azimuth_deg)
    last_sky, first_ground = int((above > 0).sum()), int((above >= 1).sum())
    picture = np.zeros((height, spec.width_px, 3), np.float32)
    picture[:last_sky] = radiance(views[0], elevation[:last_sky], azimuth)
    picture[:last_sky] += NIGHT_SKY.astype(np.float32)
    lit = _illuminance(picture[: height // 2], elevation[: height // 2], height)
    lit = lit + np.einsum("p,pc->c", np.maximum(disc.directions[:, 1], 0.0), disc.illuminance)
    on_step(3, 5)
    below = elevation[first_ground:]
    haze = radiance(views[1], below, azimuth)
    grain = variation(np.maximum(-below, -HORIZON), bearing, seed)
    matt = np.asarray(spec.ground_albedo) * lit / np.pi
    factor = (transmittance(views[1], below) * matt).astype(np.float32)
    share = above[first_ground:, None, None].astype(np.float32)
    picture[first_ground:] *= share
    picture[first_ground:] += (1.0 - share) * (haze + grain * factor[:, None])
    on_step(4, 5)
    pixels, light = disc_pixels(disc, height)
    picture.reshape(-1, 3)[pixels] += light.astype(np.float32)
    return picture


def generate(spec: SkySpec, seed: int, on_step: OnStep = silent) -> Environment:
    """Make the environment that a specification asks for.

    Args:
        spec: Sun, haze, ground and size.
        seed: Of the ground's variation; the sky has no randomness.
        on_step: Told after each of five steps.

    Raises:
        Gen3dError: If the width is odd, so that no 2:1 picture has it.
    """
    if spec.width_px % 2:
        raise Gen3dError(
            f"width_px is {spec.width_px}, but a panorama is twice as wide as high.",
            "Use an even width, for example 4096.",
        )
    direction = panorama.sun_direction(spec.sun_elevation_deg, spec.sun_azimuth_deg)
    elevation = float(np.radians(spec.sun_elevation_deg))
    air = make_air(spec.turbidity)
    glow = solve_glow(air, elevation, reflectance(np.asarray(spec.ground_albedo)))
    on_step(1, 5)
    views = (
        make_view(air, glow, elevation, below=False, rows=_SKY_ROWS),
        make_view(air, glow, elevation, below=True, rows=_GROUND_ROWS),
    )
    on_step(2, 5)
    disc = make_disc(air, direction)
    picture = _compose(spec, seed, views, disc, on_step)
    picture = rounded(picture / np.float32(UNIT_CD_M2)) * np.float32(UNIT_CD_M2)
    on_step(5, 5)
    return Environment(
        radiance=picture,
        radiance_without_sun=without_sun(picture, direction),
        sun_direction=direction.astype(np.float32),
        sun_illuminance=disc.total,
    )
