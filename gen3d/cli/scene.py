# SPDX-License-Identifier: Apache-2.0
"""``gen3d scene``: the sky alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from gen3d.cli.making import MakingOptions, start
from gen3d.cli.options import named, parse


@dataclass(frozen=True)
class SceneOptions(MakingOptions):
    """Make sky.exr, sky.hdr, sky.jpg and lighting.json."""

    width: Annotated[int | None, named("PX")] = None
    """Width of the panorama, pixels (4096 when not given)."""
    deliver: Annotated[Literal["all"] | None, named("all")] = None
    """Also write sky_16bit.exr, sky_nosun.exr, smaller sizes and the faces of a cube map."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(SceneOptions, "scene", arguments)
    return start("scene", options, sky_width_px=options.width, deliver=options.deliver)
