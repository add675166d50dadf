# SPDX-License-Identifier: Apache-2.0
"""``gen3d avatar``: the character alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from gen3d.cli.create import BonesOption
from gen3d.cli.making import MakingOptions, start
from gen3d.cli.options import Flag, named, parse
from gen3d.errors import Gen3dError


@dataclass(frozen=True)
class AvatarOptions(MakingOptions):
    """Make character.glb (in T-pose, without motion) and its preview."""

    bones: BonesOption = None
    """Naming of the bones (vrm when not given)."""
    no_preview: Flag = False
    """Render no preview.png and preview.mp4."""
    smpl: Annotated[Path | None, named("FILE.npz")] = None
    """Betas (and gender, expression) of a person of the SMPL family, whose shape the body takes."""
    smpl_model: Annotated[Path | None, named("FILE_OR_FOLDER")] = None
    """Your own model file (NPZ) of SMPL, SMPL-H or SMPL-X, or the folder that it is in."""


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(AvatarOptions, "avatar", arguments)
    preview = False if options.no_preview else None
    if (options.smpl is None) != (options.smpl_model is None):
        raise Gen3dError("--smpl and --smpl-model belong together.", "Give both files.")
    files = {"parameters": options.smpl, "model": options.smpl_model}
    blocks = {
        "smpl": {k: None if path is None else str(path.resolve()) for k, path in files.items()}
    }
    return start("avatar", options, blocks, bones=options.bones, preview=preview)
