# SPDX-License-Identifier: Apache-2.0
"""A character of the user's takes the part: its file read, stood up, written with the motion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gen3d.errors import Gen3dError
from gen3d.types import Clip, Skeleton
from motion.character_file import CharacterFile, bones_of, read_character
from motion.character_write import write_animated
from motion.convert import FORMATS, as_glb
from motion.idle import FaceTracks
from motion.mapping import BoneMap, save_map
from motion.onto import clip_onto
from motion.stand import Stood, stand

_DIRECT = (".glb", ".vrm")


@dataclass(frozen=True)
class Cast:
    """A character that will perform."""

    character: CharacterFile
    bones: BoneMap
    stood: Stood

    @property
    def skeleton(self) -> Skeleton:
        """Its rig as one of our skeletons, which motions are finished on."""
        return self.stood.skeleton

    def facts(self) -> dict[str, object]:
        """What the manifest says of it."""
        return {
            "character": self.character.name,
            "bones": self.bones.convention,
            "confidence": round(self.bones.confidence, 3),
            "notes": list(self.bones.notes),
        }


def cast(file: Path, map_file: Path | None, scratch: Path) -> Cast:
    """Read a character and find its bones.

    Args:
        file: GLB or VRM; or a format that Blender reads.
        map_file: The user's own map of its bones.
        scratch: Where a converted copy may lie.

    Raises:
        Gen3dError: The file is not there or not a rigged biped.
    """
    if not file.is_file():
        raise Gen3dError(f"The character {file} does not exist.", "Check the path.")
    suffix = file.suffix.lower()
    if suffix not in (*_DIRECT, *FORMATS):
        known = ", ".join((*_DIRECT, *FORMATS))
        raise Gen3dError(f"{file.name} is not a character file.", f"These can be read: {known}.")
    if suffix not in _DIRECT:
        scratch.mkdir(parents=True, exist_ok=True)
        file = as_glb(file, scratch)
    character = read_character(file)
    bones = bones_of(character, map_file)
    return Cast(character, bones, stand(character.rig, bones, character.ground))


def write_performance(part: Cast, clip: Clip, path: Path, extras: Mapping[str, object]) -> None:
    """Write the character's file with the motion in it, and the face on what morphs it has.

    Args:
        part: The character.
        clip: On ``part.skeleton``, finished.
        path: The ``.glb`` file to make.
        extras: JSON values for ``asset.extras``.
    """
    face = FaceTracks(clip.fps, clip.face)
    recording = clip_onto(clip, part.stood, part.bones)
    write_animated(part.character, recording, path, face=face, loop=clip.loop, extras=extras)


def write_bones(part: Cast, path: Path) -> None:
    """Write the map of the bones, for the user to correct and to give again."""
    save_map(path, part.bones)
