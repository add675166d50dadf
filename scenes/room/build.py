# SPDX-License-Identifier: Apache-2.0
"""From a room's numbers and a seed to the room: shell, lamps, furniture."""

from __future__ import annotations

from functools import lru_cache

from gen3d.scenery import RoomSpec
from scenes.place import Place, Portal
from scenes.room.halls import PROGRAMMES
from scenes.room.kit import Kit
from scenes.room.lamps import hang_lamps
from scenes.room.layout import Plan
from scenes.room.shell import build_shell


def windows(room: RoomSpec, seed: int) -> tuple[Portal, ...]:
    """The windows of the room, without the trouble of furnishing it."""
    kit = Kit(room, seed)
    build_shell(kit)
    return tuple(kit.portals)


def furnished(room: RoomSpec, seed: int) -> Place:
    """The room with everything in it; same room, same seed, same place.

    The last one is kept: the panorama and ``scene.glb`` both want it.
    """
    return _furnished(room, seed)  # pyright: ignore[reportArgumentType]  # frozen: it has a hash


@lru_cache(maxsize=1)
def _furnished(room: RoomSpec, seed: int) -> Place:
    kit = Kit(room, seed)
    build_shell(kit)
    hang_lamps(kit)
    PROGRAMMES[room.kind](Plan(kit))
    return kit.place()
