# SPDX-License-Identifier: Apache-2.0
"""``gen3d scene``: a land under its sky, a room, or the sky alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from gen3d.cli.making import MakingOptions, start
from gen3d.cli.options import ground_points, named, parse
from gen3d.errors import Gen3dError
from gen3d.runs import CONFIG


@dataclass(frozen=True)
class SceneOptions(MakingOptions):
    """Make sky.exr, sky.hdr, sky.jpg and lighting.json; of a land or room also depth, scene.glb.

    With --from nothing is made up: an eight-bit panorama of yours gets its light back. With
    --diffusion a model draws the panorama, panorama.png, which then gets its light the same way.
    """

    width: Annotated[int | None, named("PX")] = None
    """Width of the panorama, pixels (4096 when not given)."""
    kind: Annotated[Literal["sky", "land", "room"] | None, named("{sky,land,room}")] = None
    """land: with the ground and what stands on it; room: indoors; sky: over plain ground (what the
    text names, else sky, when not given)."""
    deliver: Annotated[Literal["all"] | None, named("all")] = None
    """Also write sky_16bit.exr, sky_nosun.exr, smaller sizes, the faces of a cube map, and of a
    land scene_lod.glb."""
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
    from_: Annotated[
        Path | None, tyro.conf.arg(name="from", metavar="FILE", help_behavior_hint="")
    ] = None
    """An equirectangular JPEG, PNG or WebP; --width enlarges it."""
    ev100: Annotated[float | None, named("EV")] = None
    """Exposure value at ISO 100 that it was taken with (the file's own, else estimated, when not
    given)."""
    flythrough: Annotated[str | None, named('auto|"X,Z X,Z …"')] = None
    """Also write flythrough.mp4: a camera goes over points on the ground, metres from where the
    character stands, or a way of its own. TEXT may be the folder of a finished run."""
    diffusion: Annotated[str | None, named("MODEL")] = None
    """Model that draws the panorama: a card, a hub's id, or a diffusers folder of the Stable
    Diffusion family."""
    init: Annotated[Path | None, named("FILE")] = None
    """For --diffusion, a picture of yours to begin with: an equirectangular panorama, or with --fov
    a plain photograph, whose pixels stay and around which the rest is drawn."""
    strength: Annotated[float | None, named("0..1")] = None
    """How far from the panorama of --init: 0 as it is, 1 anything (0.6 when not given)."""
    fov: Annotated[float | None, named("DEG")] = None
    """Field of view of the photograph of --init, from its left to its right edge."""
    steps: Annotated[int | None, named("N")] = None
    """Steps of the model of --diffusion (30 when not given)."""
    guidance: Annotated[float | None, named("N")] = None
    """How much more the text counts than no text, from 1 (3 when not given)."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(SceneOptions, "scene", arguments)
    if options.text is not None and (Path(options.text) / CONFIG).is_file():
        options = replace(options, text=None, out=options.out or Path(options.text))
    light = {
        "sun_elevation_deg": options.sun_elevation,
        "sun_azimuth_deg": options.sun_azimuth,
        "turbidity": options.turbidity,
        "cloud_cover": options.cloud_cover,
        "date": options.date,
        "latitude_deg": options.lat,
        "longitude_deg": options.lon,
    }
    panorama = _panorama(options, light)
    expand = _expand(options, light)
    if expand and options.text is None:
        options = replace(options, text=f"light of {Path(expand['file']).stem}")
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
        {"light": light, "expand": expand, "panorama": panorama, "flight": _flight(options)},
        sky_width_px=options.width,
        kind=options.kind,
        deliver=options.deliver,
    )


def _flight(options: SceneOptions) -> dict[str, Any]:
    """The way of the camera; empty where none is wanted."""
    said = options.flythrough
    if said is None:
        return {}
    if options.from_ or options.diffusion or options.kind == "sky":
        raise Gen3dError(
            "--flythrough goes through a land or a room, and a panorama or a sky alone is neither.",
            "Leave out --from, --diffusion and --kind sky.",
        )
    return {"points": [] if said == "auto" else ground_points(said, "--flythrough")}


def _expand(options: SceneOptions, light: Mapping[str, object]) -> dict[str, Any]:
    """What to make of a panorama of the user's."""
    if options.from_ is None:
        if options.ev100 is not None:
            raise Gen3dError(
                "--ev100 is the exposure of the panorama of --from.",
                "Name the panorama with --from, or leave it out.",
            )
        return {}
    _refuse_words(options, light, "--from")
    return {"file": str(options.from_.resolve()), "ev100": options.ev100}


def _panorama(options: SceneOptions, light: Mapping[str, object]) -> dict[str, Any]:
    """How a model draws, or goes on from a picture of the user's."""
    own = ("init", "strength", "fov", "steps", "guidance")
    said = {name: value for name in own if (value := getattr(options, name)) is not None}
    if options.diffusion is None:
        if said:
            raise Gen3dError(
                f"--{next(iter(said))} is of panoramas that a model draws.",
                "Name the model with --diffusion, for example --diffusion panorama-diffusion.",
            )
        return {}
    if options.from_ is not None:
        raise Gen3dError(
            "--from gives a panorama its light back and draws nothing.",
            "Leave out --diffusion, or begin with the panorama: --init FILE --strength 0.5.",
        )
    _refuse_words(options, light, "--diffusion")
    for name in ("strength", "fov"):
        if name in said and options.init is None:
            raise Gen3dError(f"--{name} is of the picture of --init.", "Name it with --init FILE.")
    if options.strength is not None and options.fov is not None:
        raise Gen3dError(
            "--strength is of a panorama; the pixels of a photograph (--fov) stay as they are.",
            "Leave one of the two out.",
        )
    init = None if options.init is None else str(options.init.resolve())
    folder = Path(options.diffusion).expanduser()
    model = str(folder.resolve()) if folder.is_dir() else options.diffusion
    values = {"steps": options.steps, "guidance": options.guidance, "strength": options.strength}
    return {**values, "diffusion": model, "init": init, "fov_deg": options.fov}


def _refuse_words(options: SceneOptions, light: Mapping[str, object], own: str) -> None:
    """Refuse what shapes a sky of words where something else makes the picture."""
    others = {**light, "kind": options.kind}
    other = next((name for name, value in others.items() if value is not None), None)
    if other is not None:
        option = other.removesuffix("_deg").replace("latitude", "lat").replace("longitude", "lon")
        raise Gen3dError(
            f"--{option.replace('_', '-')} shapes a sky that is made from words.",
            f"Leave it out, or leave out {own}.",
        )
