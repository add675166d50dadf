# SPDX-License-Identifier: Apache-2.0
"""``gen3d avatar``: the character alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gen3d.cli.create import BonesOption
from gen3d.cli.making import MakingOptions, start
from gen3d.cli.options import Flag, parse


@dataclass(frozen=True)
class AvatarOptions(MakingOptions):
    """Make character.glb (in T-pose, without motion) and its preview."""

    bones: BonesOption = None
    """Naming of the bones (vrm when not given)."""
    no_preview: Flag = False
    """Render no preview.png and preview.mp4."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(AvatarOptions, "avatar", arguments)
    preview = False if options.no_preview else None
    return start("avatar", options, bones=options.bones, preview=preview)
