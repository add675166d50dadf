# SPDX-License-Identifier: Apache-2.0
"""What is around the character of a run, as files: the sky, and a land or a room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32, UInt8

from gen3d.config import RunConfig
from gen3d.progress import OnStep
from gen3d.runs import Json
from gen3d.scenery import FlightSpec, LandSpec, RoomSpec, SkySpec

if TYPE_CHECKING:
    from gen3d.types import Environment

_CREATE_LAND_WIDTH_PX = 1536
"""Landscapes take far longer than skies: `create` makes them smaller unless told otherwise."""
_PREVIEW_WIDTH_PX = 1024
USUAL_SKY = SkySpec(width_px=_PREVIEW_WIDTH_PX)
"""The light of previews whose run has no words for one."""
_DOME_M = 40.0
"""How far the land's picture hangs behind the character in previews."""


@dataclass(frozen=True)
class Surroundings:
    """The sky and the land of a run whose words were read."""

    sky: SkySpec
    preview_sky: SkySpec
    """The same, as small as a preview needs it."""
    land: LandSpec | None
    """None under a sky alone."""
    room: RoomSpec | None
    """In place of a land."""
    seed: int
    deliver: bool
    """Whether all the forms are written that engines take."""

    @property
    def dome_m(self) -> float:
        """How far the background of a preview hangs; 0 for a sky."""
        return 0.0 if self.land is None else _DOME_M

    @property
    def walls(self) -> Float32[np.ndarray, "2 3"] | None:
        """The box on which the background of a preview hangs in a room."""
        if self.room is None:
            return None
        from scenes.room.kit import bounds_of

        return bounds_of(self.room, self.seed).corners()

    @property
    def place(self) -> LandSpec | RoomSpec | None:
        """What has geometry."""
        return self.room or self.land

    def common(self) -> dict[str, object]:
        """What both the panorama and the geometry depend on."""
        common: dict[str, object] = {"seed": self.seed}
        return common | ({"deliver": "all"} if self.deliver else {})

    def inputs(self) -> dict[str, object]:
        """Everything that the panorama depends on."""
        inputs = {"sky": self.sky.model_dump(mode="json"), **self.common()}
        inputs |= {} if self.land is None else {"land": self.land.model_dump(mode="json")}
        inputs |= {} if self.room is None else {"room": self.room.model_dump(mode="json")}
        return inputs

    def write_panorama(self, to: Path, on_step: OnStep) -> Json:
        """Make the panorama and write it with its light; what the manifest says about it."""
        from scenes.files import write_environment
        from scenes.generate import generate

        facts, outside = dict[str, object](), None
        if self.place is None:
            environment = generate(self.sky, self.seed, on_step=on_step)
        else:
            from scenes.panorama import make_place

            view, facts = make_place(self.place, self.sky, self.seed, to, on_step)
            environment = view.environment
            outside = view.sky if self.room is not None and self.room.outlook else None
        inside = self.room is not None
        write_environment(environment, self.sky, to, inside=inside, outside=outside)
        if self.deliver:
            from scenes.deliver import deliver

            deliver(environment, self.sky, to)
        return facts

    def write_geometry(self, to: Path, extras: dict[str, Any], on_step: OnStep) -> Json:
        """Write the land or the room as ``scene.glb``; a land for engines as well."""
        from scenes.scene_gltf import write_levels, write_scene

        if self.place is None:
            raise RuntimeError("a sky has no geometry")
        if self.deliver and self.room is None and self.land is not None:
            write_levels(self.land, self.seed, to / "scene_lod.glb", extras)
        return write_scene(self.place, self.seed, to / "scene.glb", extras, on_step)

    def film(
        self, flight: FlightSpec, sky: SkySpec, frames: Path, on_step: OnStep
    ) -> tuple[Iterator[UInt8[np.ndarray, "height width 3"]], int]:
        """Pictures of a flight, and how many there are.

        Args:
            flight: The camera's way.
            sky: As large as what is behind the place must be.
            frames: Folder of what is done of them already.
            on_step: Told after each part; raising in it cancels.
        """
        from scenes.flight import cameras_of
        from scenes.generate import generate
        from scenes.render.film import graded, render_film
        from scenes.render.site import outdoors

        what = self.place
        if what is None:
            raise RuntimeError("one flies through a land or a room")
        cameras = cameras_of(what, self.seed, flight)

        def make_sky() -> Environment:
            return generate(sky, self.seed, shadows=outdoors(what))

        film = render_film(what, self.seed, cameras, make_sky, frames, on_step)
        return graded(film), len(cameras)


def surroundings_of(config: RunConfig) -> Surroundings:
    """What the words and the options of a run mean.

    Args:
        config: Of a run whose words were read.
    """
    if config.description is None:
        raise RuntimeError("the words come first")
    width = config.output.sky_width_px
    sky = config.description.sky
    if config.light is not None:
        from scenes.exact import exact

        sky = exact(sky, config.light)
    room = _room_of(config, sky)
    land = None if room is not None else _land_of(config)
    if (land is not None or room is not None) and config.verb == "create":
        width = width or _CREATE_LAND_WIDTH_PX
    return Surroundings(
        sky if width is None else sky.model_copy(update={"width_px": width}),
        sky.model_copy(update={"width_px": _PREVIEW_WIDTH_PX}),
        land,
        room,
        config.seed,
        deliver=config.output.deliver is not None,
    )


def _land_of(config: RunConfig) -> LandSpec | None:
    """The land that the words name, or the usual one where one is wanted anyhow."""
    if config.output.kind == "sky" or config.description is None:
        return None
    named, room = config.description.land, config.description.room
    if named is None and config.output.kind == "land":
        from gen3d.words.land import usual

        return (room and room.outlook) or usual()
    return named


def _room_of(config: RunConfig, sky: SkySpec) -> RoomSpec | None:
    """The room that the words name, or the usual one where one is wanted anyhow."""
    if config.output.kind in {"sky", "land"} or config.description is None:
        return None
    if config.description.room is None and config.output.kind == "room":
        from gen3d.words import outlook
        from gen3d.words.room import usual

        text = config.prompt.lower()
        view = outlook.split(text, text)
        return outlook.opened(usual(sky, config.seed, view.inner), text, view, config.seed)[0]
    return config.description.room


def usual_light(seed: int, sky: SkySpec = USUAL_SKY) -> Environment:
    """The light of a preview whose run has no sky of its own."""
    from scenes.generate import generate

    return generate(sky, seed)
