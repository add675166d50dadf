# SPDX-License-Identifier: Apache-2.0
"""``gen3d scene``: a land under its sky, a room, or the sky alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal

from gen3d.cli.making import MakingOptions, start
from gen3d.cli.options import named, parse


@dataclass(frozen=True)
class SceneOptions(MakingOptions):
    """Make sky.exr, sky.hdr, sky.jpg and lighting.json; of a land or room also depth, scene.glb."""

    width: Annotated[int | None, named("PX")] = None
    """Width of the panorama, pixels (4096 when not given)."""
    kind: Annotated[Literal["sky", "land", "room"] | None, named("{sky,land,room}")] = None
    """land: with the ground and what stands on it; room: indoors; sky: over plain ground (what the
    text names, else sky, when not given)."""
    deliver: Annotated[Literal["all"] | None, named("all")] = None
    """Also write sky_16bit.exr, sky_nosun.exr, smaller sizes and the faces of a cube map."""
    sun_elevation: Annotated[float | None, named("DEG")] = None
    """Height of the sun over the horizon, -90 to 90, in place of what the words mean."""
    sun_azimuth: Annotated[float | None, named("DEG")] = None
    """Its side: clockwise from +Z (north), 90 is -X (east)."""
    turbidity: Annotated[float | None, named("N")] = None
    """Haze: 2 very clear, 3 clear, 6 hazy, 10 murky."""
    cloud_cover: Annotated[float | None, named("0..1")] = None
    """Share of the ground under cloud; the kind of cloud follows the words, else the cover."""
    date: Annotated[str | None, named("ISO")] = None
    """Date and time, like 2026-06-21T18:30+02:00 (UTC without an offset), with --lat and --lon:
    sun, moon and stars of that moment, +Z north."""
    lat: Annotated[float | None, named("DEG")] = None
    """Latitude, north positive."""
    lon: Annotated[float | None, named("DEG")] = None
    """Longitude, east positive."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(SceneOptions, "scene", arguments)
    light = {
        "sun_elevation_deg": options.sun_elevation,
        "sun_azimuth_deg": options.sun_azimuth,
        "turbidity": options.turbidity,
        "cloud_cover": options.cloud_cover,
        "date": options.date,
        "latitude_deg": options.lat,
        "longitude_deg": options.lon,
    }
    if (
        options.text is None
        and options.config is None
        and any(v is not None for v in light.values())
    ):
        # The light is said in numbers: words are not needed.
        options = replace(options, text="an open plain by day")
    return start(
        "scene",
        options,
        {"light": light},
        sky_width_px=options.width,
        kind=options.kind,
        deliver=options.deliver,
    )
