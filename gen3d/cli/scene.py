# SPDX-License-Identifier: Apache-2.0
"""``gen3d scene``: a land under its sky, or the sky alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from gen3d.cli.making import MakingOptions, start
from gen3d.cli.options import named, parse


@dataclass(frozen=True)
class SceneOptions(MakingOptions):
    """Make sky.exr, sky.hdr, sky.jpg and lighting.json; of a land also its depth and scene.glb."""

    width: Annotated[int | None, named("PX")] = None
    """Width of the panorama, pixels (4096 when not given)."""
    kind: Annotated[Literal["sky", "land"] | None, named("{sky,land}")] = None
    """land: with the ground and what stands on it; sky: over plain ground (land where the text
    names a place, else sky, when not given)."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(SceneOptions, "scene", arguments)
    return start("scene", options, sky_width_px=options.width, kind=options.kind)
