# SPDX-License-Identifier: Apache-2.0
"""A sky whose values the user says exactly, in place of those that the words mean."""

from __future__ import annotations

from gen3d.errors import Gen3dError
from gen3d.scenery import CloudSpec, LightSpec, MoonSpec, SkySpec
from scenes.ephemeris import bodies, parse_instant


def exact(sky: SkySpec, light: LightSpec | None) -> SkySpec:
    """The sky of the words with the user's values put in; +Z is north where a date is given.

    Raises:
        Gen3dError: A date without a place, or one that cannot be read.
    """
    if light is None:
        return sky
    if light.date:
        sky = _on(sky, light)
    if light.cloud_cover is not None:
        layers = covered(sky.clouds, light.cloud_cover)
        sky = sky.model_copy(update={"clouds": layers})
    said = {
        "sun_elevation_deg": light.sun_elevation_deg,
        "sun_azimuth_deg": light.sun_azimuth_deg,
        "turbidity": light.turbidity,
    }
    return sky.model_copy(update={key: v for key, v in said.items() if v is not None})


def covered(clouds: tuple[CloudSpec, ...], cover: float) -> tuple[CloudSpec, ...]:
    """Clouds that cover a share of the ground: those of the words, or heaps, banks or a lid."""
    if cover < 0.01:
        return ()
    if clouds:
        lowest = min(clouds, key=lambda layer: layer.base_m)
        return tuple(
            layer.model_copy(update={"cover": cover}) if layer is lowest else layer
            for layer in clouds
        )
    if cover < 0.7:
        return (CloudSpec(kind="cumulus", cover=cover),)
    if cover < 0.95:
        return (CloudSpec(kind="stratocumulus", cover=cover, base_m=1200.0, thickness_m=450.0),)
    return (CloudSpec(kind="stratus", cover=cover, base_m=700.0),)


def _on(sky: SkySpec, light: LightSpec) -> SkySpec:
    if light.latitude_deg is None or light.longitude_deg is None:
        raise Gen3dError(
            f"A date ({light.date}) gives no light without a place.",
            "Say --lat and --lon too, in degrees, north and east positive.",
        )
    seen = bodies(parse_instant(light.date), light.latitude_deg, light.longitude_deg)
    return sky.model_copy(
        update={
            "sun_elevation_deg": round(seen.sun_elevation, 3),
            "sun_azimuth_deg": round(seen.sun_azimuth, 3),
            "moon": MoonSpec(
                elevation_deg=round(seen.moon_elevation, 3),
                azimuth_deg=round(seen.moon_azimuth, 3),
                phase=round(seen.moon_phase, 4),
            ),
            "latitude_deg": light.latitude_deg,
            "sidereal_deg": round(seen.sidereal, 3),
        }
    )
