# SPDX-License-Identifier: Apache-2.0
"""From the values of a :class:`gen3d.spec.SkySpec` to a finished environment.

A panorama is made in layers, each a function from the ones below: air and glow, sky, sun, ground.
Rooms or a generated picture are further layers of the same kind: a room replaces both.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from jaxtyping import Float, Float32

from gen3d import panorama
from gen3d.errors import Gen3dError
from gen3d.progress import OnStep, silent
from gen3d.spec import SkySpec
from gen3d.types import Environment, Shadows
from scenes.atmosphere import Air, make_air
from scenes.cloud_light import Weather
from scenes.cloud_shadows import DARK, shadow_maps
from scenes.clouds import Overlay, lay_clouds
from scenes.ground import sun_shares, variation
from scenes.lighting import without_sun
from scenes.night import (
    DARK_FROM,
    SUN_LUX,
    make_moon,
    moon_direction,
    moon_lux,
    night_glow,
    star_light,
)
from scenes.scattering import solve_glow
from scenes.sky import HORIZON, View, make_view, radiance, transmittance
from scenes.spectrum import luminance, reflectance
from scenes.sun import SunDisc, disc_pixels, make_disc
from scenes.units import UNIT_CD_M2, rounded

_SKY_ROWS, _GROUND_ROWS = 80, 40
Maps: TypeAlias = Float32[np.ndarray, "levels side side"]
"""Of :func:`scenes.cloud_shadows.shadow_maps`."""
_LOWEST = -18.0
"""Sun height in degrees at which astronomical twilight ends."""
_FADED = 1e-3
"""Share of its last light from which the sun under a moon is left out: airglow is far brighter."""


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


@dataclass(frozen=True)
class Lamp:
    """Sun or moon: the light that it puts into the air, and itself."""

    above: View
    below: View
    azimuth: float
    """Radians."""
    direction: Float[np.ndarray, "3"]
    strength: float
    """Relative to a sun in the same place."""
    disc: SunDisc


@lru_cache(maxsize=8)
def lit_air(
    turbidity: float, elevation: float, albedo: tuple[float, float, float]
) -> tuple[View, View]:
    """What air and haze send down and up under a sun; neither size nor azimuth, clouds, seed count.

    A second of work for some 300 kB, so skies that differ in the rest share it.

    Args:
        turbidity: Of the haze.
        elevation: Of the sun, radians.
        albedo: Reflectance of the ground.
    """
    air = make_air(turbidity)
    glow = solve_glow(air, elevation, reflectance(np.asarray(albedo)))
    above = make_view(air, glow, elevation, below=False, rows=_SKY_ROWS)
    return above, make_view(air, glow, elevation, below=True, rows=_GROUND_ROWS)


def _lamp(
    spec: SkySpec, direction: np.ndarray, strength: float, disc: SunDisc, lowest: float
) -> Lamp:
    elevation = max(float(np.arcsin(np.clip(direction[1], -1.0, 1.0))), lowest)
    above, below = lit_air(spec.turbidity, elevation, spec.ground_albedo)
    return Lamp(
        above=above,
        below=below,
        azimuth=float(np.arctan2(-direction[0], direction[2])),
        direction=direction,
        strength=strength,
        disc=disc,
    )


def _lamps(air: Air, spec: SkySpec) -> list[Lamp]:
    """The sun, and the moon when it counts."""
    sun = panorama.sun_direction(spec.sun_elevation_deg, spec.sun_azimuth_deg)
    # Below the end of twilight, where the tables end, its last light fades out.
    fade = float(np.exp(1.2 * min(spec.sun_elevation_deg - _LOWEST, 0.0)))
    moon, lamps = spec.moon, list[Lamp]()
    if moon is not None and spec.sun_elevation_deg < DARK_FROM and moon.elevation_deg > -1.0:
        disc = make_moon(air, moon, sun, HORIZON)
        share = moon_lux(moon.phase) / SUN_LUX
        lamps.append(_lamp(spec, moon_direction(moon), share, disc, np.radians(-2.0)))
    if fade > _FADED or not lamps:
        disc = make_disc(air, sun)
        lamps.insert(0, _lamp(spec, sun, fade, disc, np.radians(_LOWEST)))
    return lamps


def _skylight(
    lamps: list[Lamp], elevation: np.ndarray, bearing: np.ndarray, *, below: bool
) -> Float32[np.ndarray, "rows width 3"]:
    """What the air sends of the light of all lamps."""
    total = np.zeros((len(elevation), len(bearing), 3), np.float32)
    for lamp in lamps:
        view = lamp.below if below else lamp.above
        total += np.float32(lamp.strength) * radiance(view, elevation, bearing - lamp.azimuth)
    return total


def _clouded(
    spec: SkySpec,
    seed: int,
    air: Air,
    lamps: list[Lamp],
    sky: Float32[np.ndarray, "rows width 3"],
    elevation: np.ndarray,
    bearing: np.ndarray,
) -> tuple[list[Lamp], Overlay]:
    """Lay the clouds over the sky, in place; the lamps as they come through, and the clouds."""
    main = _main(lamps)
    half = spec.width_px // 4
    weather = Weather(
        toward=main.direction,
        strength=main.strength,
        sky=_illuminance(sky[:half], elevation[:half], 2 * half),
        albedo=np.asarray(spec.ground_albedo),
    )
    end = transmittance(lamps[0].above, elevation).astype(np.float64)
    overlay = lay_clouds(spec.clouds, seed, air, weather, elevation, bearing, end)
    sky *= overlay.keep
    sky += overlay.add
    dimmed = [
        replace(lamp, disc=SunDisc(lamp.disc.directions, lamp.disc.illuminance * overlay.sun))
        for lamp in lamps
    ]
    return dimmed, overlay


def _main(lamps: list[Lamp]) -> Lamp:
    """The lamp that lights the clouds."""
    return max(lamps, key=lambda lamp: lamp.strength * max(float(lamp.direction[1]), -0.2) + 1e-12)


def _straight(lamps: list[Lamp]) -> Float[np.ndarray, "3"]:
    """Illuminance that the lamps themselves put on level ground."""
    facing = [np.maximum(lamp.disc.directions[:, 1], 0.0) for lamp in lamps]
    each = [f @ lamp.disc.illuminance for f, lamp in zip(facing, lamps, strict=True)]
    return np.sum(each, axis=0)


def _on_ground(
    picture: Float32[np.ndarray, "height width 3"],
    lamps: list[Lamp],
    bare: list[Lamp],
    maps: Maps | None,
    below: np.ndarray,
    bearing: np.ndarray,
) -> Float32[np.ndarray, "rows columns 3"]:
    """Illuminance of the plain, by the pixels that see it: one for all without shadows.

    Args:
        picture: With the finished sky.
        lamps: As they come through the clouds where the viewer is.
        bare: As they are without clouds.
        maps: What broken clouds leave of them elsewhere.
        below: Elevation of the rows of the ground.
        bearing: Of the columns.
    """
    height = len(picture)
    elevation = _row_angles(height)[0][: height // 2]
    soft = _illuminance(picture[: height // 2], elevation, height)
    if maps is None:
        return (soft + _straight(lamps)).astype(np.float32)[None, None]
    share = sun_shares(maps, _main(bare).direction, np.maximum(-below, -HORIZON), bearing)
    return soft.astype(np.float32) + share[..., None] * _straight(bare).astype(np.float32)


def _compose(
    spec: SkySpec, seed: int, air: Air, bare: list[Lamp], on_step: OnStep, *, shadows: bool
) -> tuple[Float32[np.ndarray, "height width 3"], list[Lamp], Maps | None]:
    height = spec.width_px // 2
    elevation, above = _row_angles(height)
    u = (np.arange(spec.width_px) + 0.5) / spec.width_px
    # Columns run clockwise seen from above, and u = 0.75 is +Z, where azimuths count from.
    bearing = 2.0 * np.pi * (u - 0.75)
    last_sky, first_ground = int((above > 0).sum()), int((above >= 1).sum())
    picture = np.zeros((height, spec.width_px, 3), np.float32)
    picture[:last_sky] = _skylight(bare, elevation[:last_sky], bearing, below=False)
    picture[:last_sky] += night_glow(spec, elevation[:last_sky], bearing)
    shaded, behind = 1.0, np.ones((1, 1), np.float32)
    lamps, maps = bare, None
    if spec.clouds:
        sky = picture[:last_sky]
        lamps, overlay = _clouded(spec, seed, air, bare, sky, elevation[:last_sky], bearing)
        behind, shaded = overlay.behind, overlay.shaded
        maps = _shadow_maps(bare, overlay) if shadows else None
    on_step(3, 5)
    below = elevation[first_ground:]
    haze = _skylight(lamps, below, bearing, below=True) * np.float32(shaded)
    grain = variation(np.maximum(-below, -HORIZON), bearing, seed)
    lit = _on_ground(picture, lamps, bare, maps, below, bearing)
    matt = np.asarray(spec.ground_albedo) / np.pi
    factor = (transmittance(lamps[0].below, below) * matt).astype(np.float32)
    share = above[first_ground:, None, None].astype(np.float32)
    picture[first_ground:] *= share
    picture[first_ground:] += (1.0 - share) * (haze + grain * (lit * factor[:, None]))
    on_step(4, 5)
    for lamp in lamps:
        pixels, light = disc_pixels(lamp.disc, height)
        picture.reshape(-1, 3)[pixels] += light.astype(np.float32)
    if spec.stars and spec.sun_elevation_deg < DARK_FROM:
        pixels, light = disc_pixels(star_light(air, spec, HORIZON), height)
        seen = np.broadcast_to(behind, (last_sky, spec.width_px)).ravel()[pixels]
        picture.reshape(-1, 3)[pixels] += light.astype(np.float32) * seen[:, None]
    return picture, lamps, maps


def _shadow_maps(bare: list[Lamp], overlay: Overlay) -> Maps | None:
    """What broken clouds leave of the lamp around the viewer; none of a closed sky."""
    if not _main(bare).disc.illuminance.any():
        return None
    share = shadow_maps(overlay.through)
    return share if share.max() > DARK else None


def generate(
    spec: SkySpec, seed: int, on_step: OnStep = silent, *, shadows: bool = True
) -> Environment:
    """Make the environment that a specification asks for.

    Args:
        spec: Sun, haze, ground and size.
        seed: Of the ground's variation; the clear sky has no randomness.
        on_step: Told after each of five steps.
        shadows: Whether to find those of the clouds on the ground, which no closed room needs.

    Raises:
        Gen3dError: If the width is odd, so that no 2:1 picture has it.
    """
    if spec.width_px % 2:
        raise Gen3dError(
            f"width_px is {spec.width_px}, but a panorama is twice as wide as high.",
            "Use an even width, for example 4096.",
        )
    air = make_air(spec.turbidity)
    on_step(1, 5)
    lamps = _lamps(air, spec)
    on_step(2, 5)
    picture, dimmed, maps = _compose(spec, seed, air, lamps, on_step, shadows=shadows)
    picture = rounded(picture / np.float32(UNIT_CD_M2)) * np.float32(UNIT_CD_M2)
    on_step(5, 5)
    # The lamp that casts shadows: at night the moon.
    main, bare = max(
        zip(dimmed, lamps, strict=True), key=lambda pair: float(luminance(pair[0].disc.total))
    )
    return Environment(
        radiance=picture,
        radiance_without_sun=without_sun(picture, main.direction),
        sun_direction=main.direction.astype(np.float32),
        sun_illuminance=main.disc.total,
        shadows=None if maps is None else Shadows(bare.disc.total, maps),
    )
