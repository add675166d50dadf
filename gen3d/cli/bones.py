# SPDX-License-Identifier: Apache-2.0
"""A user's rig needs its bones told apart: the motion package does it for what lies below it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gen3d.config import RunConfig
    from gen3d.events import Listener


def make_retextured(config: RunConfig, folder: Path, listeners: tuple[Listener, ...] = ()) -> None:
    """Paint the figure that a config names (:func:`gen3d.retextured.make_retextured`)."""
    from gen3d import retextured

    retextured.make_retextured(config, folder, listeners, nodes_of_bones)


def nodes_of_bones(path: Path) -> dict[str, int]:
    """Nodes of a rigged file by our joints' names.

    Raises:
        Gen3dError: Its rig is no person's.
    """
    from motion.character_file import bones_of, read_character

    character = read_character(path)
    found = bones_of(character).indices(character.rig)
    return {bone: character.nodes[joint] for bone, joint in found.items()}
