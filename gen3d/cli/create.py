# SPDX-License-Identifier: Apache-2.0
"""``gen3d create``: a sentence to a character with its motion and its sky."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from gen3d.cli.making import MakingOptions, start
from gen3d.cli.options import Flag, named, parse

BonesOption = Annotated[
    Literal["vrm", "mixamo", "unreal", "unity"] | None,
    named("{vrm,mixamo,unreal,unity}"),
]


@dataclass(frozen=True)
class CreateOptions(MakingOptions):
    """Make character.glb, motion.bvh, sky.exr and their previews from one sentence."""

    width: Annotated[int | None, named("PX")] = None
    """Width of the sky panorama, pixels (4096 when not given)."""
    in_place: Flag = False
    """Keep the figure on the spot instead of travelling."""
    bones: BonesOption = None
    """Naming of the bones (vrm when not given)."""
    no_preview: Flag = False
    """Render no preview.png and preview.mp4."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(CreateOptions, "create", arguments)
    return start(
        "create",
        options,
        sky_width_px=options.width,
        in_place=options.in_place or None,
        bones=options.bones,
        preview=False if options.no_preview else None,
    )
