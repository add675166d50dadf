# SPDX-License-Identifier: Apache-2.0
"""A sky whose values the user says exactly, in place of those that the words mean."""

from __future__ import annotations

from gen3d.errors import Gen3dError
from gen3d.spec import LightSpec, MoonSpec, SkySpec
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
    said = {
        "sun_elevation_deg": light.sun_elevation_deg,
        "sun_azimuth_deg": light.sun_azimuth_deg,
        "turbidity": light.turbidity,
    }
    return sky.model_copy(update={key: v for key, v in said.items() if v is not None})


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
