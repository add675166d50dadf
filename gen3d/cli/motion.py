# SPDX-License-Identifier: Apache-2.0
"""``gen3d motion``: the motion alone, on the user's character or on a plain figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from gen3d.cli.making import MakingOptions, start
from gen3d.cli.options import Flag, ground_points, named, parse
from gen3d.errors import Gen3dError


@dataclass(frozen=True)
class MotionOptions(MakingOptions):
    """Make motion.glb, motion.bvh and motion.npz.

    TEXT is plain English ("walks in a circle, then waves twice"), may give times
    ("walk @0-3s -> sit @3-6s") and may tell parts of the body apart ("legs: walk | arms: wave").
    Everything else can be set in config.yml, under `moves`.
    """

    duration: Annotated[float | None, named("SECONDS")] = None
    """Length; as long as what is said takes when not given."""
    loop: Flag = False
    """Make a cycle without a seam."""
    in_place: Flag = False
    """Keep the figure on the spot instead of travelling."""
    character: Annotated[Path | None, named("FILE")] = None
    """A rigged character of your own that performs it: GLB, VRM, or FBX by way of Blender."""
    bone_map: Annotated[Path | None, named("FILE.yml")] = None
    """Which of its bones is which; a run writes what it found to bones.yml."""
    path: Annotated[str | None, named('"X,Z X,Z …"')] = None
    """Points on the ground that the body passes, metres; it starts at the first."""
    keyframe: Annotated[tuple[str, ...], named("FILE@SECONDS")] = ()
    """Poses that the motion passes through: the first frame of any motion file, at a time."""
    source: Annotated[
        Literal["auto", "model", "program", "library"] | None,
        named("{auto,model,program,library}"),
    ] = None
    """Where the frames come from: the diffusion model with a program to stand in (auto), the model
    alone, the motion programs, or the library's nearest clip."""
    model: Annotated[str | None, named("MODEL")] = None
    """A folder that `gen3d train motion` wrote, or a checkpoint of MDM, MotionDiffuse or
    ReMoDiffuse."""
    text_encoder: Annotated[str | None, named("MODEL")] = None
    """The text encoder of such a checkpoint: an open_clip NAME:TAG, a file or a folder."""
    statistics: Annotated[Path | None, named("DIR")] = None
    """Folder with its mean and deviation."""
    library: Annotated[Path | None, named("DIR")] = None
    """Folder of your own motions, of which the model is reminded."""
    candidates: Annotated[int | None, named("N")] = None
    """Motions that the model makes at once; the best is kept (4 when not given)."""


_TAKEN_AS_THEY_ARE = ("source", "candidates")
_NAMES_OR_PATHS = ("model", "text_encoder")
_PATHS = ("character", "bone_map", "statistics", "library")


def main(arguments: Sequence[str]) -> int:
    """Run the verb."""
    options = parse(MotionOptions, "motion", arguments)
    moves: dict[str, object] = {name: getattr(options, name) for name in _TAKEN_AS_THEY_ARE}
    moves |= {name: _anchored(getattr(options, name)) for name in _NAMES_OR_PATHS}
    for name in _PATHS:
        path: Path | None = getattr(options, name)
        moves[name] = None if path is None else str(path.resolve())
    moves["path"] = None if options.path is None else ground_points(options.path, "--path")
    moves["keyframes"] = [_key(text) for text in options.keyframe] or None
    return start(
        "motion",
        options,
        blocks={"moves": moves},
        in_place=options.in_place or None,
        loop=options.loop or None,
        duration_s=options.duration,
    )


def _anchored(name: str | None) -> str | None:
    """The whole path of a file or folder that is here; a model's name as it is."""
    from gen3d.models.cards import all_cards

    if not name or name in all_cards() or not Path(name).exists():
        return name
    return str(Path(name).resolve())


def _key(text: str) -> dict[str, object]:
    file, _, time = text.rpartition("@")
    try:
        seconds = float(time.removesuffix("s"))
    except ValueError as error:
        raise Gen3dError(
            f"--keyframe {text[:60]!r} has no time.",
            "Write the time behind the file: pose.bvh@2.5",
        ) from error
    return {"file": str(Path(file).resolve()), "seconds": seconds}
