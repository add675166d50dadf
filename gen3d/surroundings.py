# SPDX-License-Identifier: Apache-2.0
"""What is around the character of a run: the sky, and the land where there is one, as files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen3d.config import RunConfig
from gen3d.progress import OnStep
from gen3d.runs import Json
from gen3d.scenery import LandSpec, SkySpec

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
    seed: int
    deliver: bool
    """Whether all the forms are written that engines take."""

    @property
    def dome_m(self) -> float:
        """How far the background of a preview hangs; 0 for a sky."""
        return 0.0 if self.land is None else _DOME_M

    def inputs(self) -> dict[str, object]:
        """Everything that the panorama depends on."""
        inputs: dict[str, object] = {"sky": self.sky.model_dump(mode="json"), "seed": self.seed}
        inputs |= {"deliver": "all"} if self.deliver else {}
        inputs |= {} if self.land is None else {"land": self.land.model_dump(mode="json")}
        return inputs

    def write_panorama(self, to: Path, on_step: OnStep) -> Json:
        """Make the panorama and write it with its light; what the manifest says about it."""
        from scenes.files import write_environment
        from scenes.generate import generate

        facts = dict[str, object]()
        if self.land is None:
            environment = generate(self.sky, self.seed, on_step=on_step)
        else:
            from scenes.panorama import make_land

            environment, facts = make_land(self.land, self.sky, self.seed, to, on_step)
        write_environment(environment, self.sky, to)
        if self.deliver:
            from scenes.deliver import deliver

            deliver(environment, self.sky, to)
        return facts

    def write_geometry(self, to: Path, extras: dict[str, Any], on_step: OnStep) -> Json:
        """Write the land as ``scene.glb``."""
        from scenes.scene_gltf import write_scene

        if self.land is None:
            raise RuntimeError("a sky has no geometry")
        return write_scene(self.land, self.seed, to / "scene.glb", extras, on_step)


def surroundings_of(config: RunConfig) -> Surroundings:
    """What the words and the options of a run mean.

    Args:
        config: Of a run whose words were read.
    """
    if config.description is None:
        raise RuntimeError("the words come first")
    land = _land_of(config)
    width = config.output.sky_width_px
    if land is not None and config.verb == "create":
        width = width or _CREATE_LAND_WIDTH_PX
    sky = config.description.sky
    if config.light is not None:
        from scenes.exact import exact

        sky = exact(sky, config.light)
    return Surroundings(
        sky if width is None else sky.model_copy(update={"width_px": width}),
        sky.model_copy(update={"width_px": _PREVIEW_WIDTH_PX}),
        land,
        config.seed,
        deliver=config.output.deliver is not None,
    )


def _land_of(config: RunConfig) -> LandSpec | None:
    """The land that the words name, or the usual one where one is wanted anyhow."""
    if config.output.kind == "sky" or config.description is None:
        return None
    if config.description.land is None and config.output.kind == "land":
        from gen3d.words.land import usual

        return usual()
    return config.description.land


def usual_light(seed: int, sky: SkySpec = USUAL_SKY) -> Environment:
    """The light of a preview whose run has no sky of its own."""
    from scenes.generate import generate

    return generate(sky, seed)
