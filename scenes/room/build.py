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

_EMPTY = 0.1
"""Share of the furniture under which a room is said to be empty, of things or of people."""
_CLEARED = frozenset(
    {"living room", "bedroom", "kitchen", "warehouse", "gallery", "studio", "workshop", "cell"}
)
"""Kinds of rooms in which an empty one has no furniture; an empty church has its pews."""


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
    bare = room.furniture == 0.0 or (room.furniture < _EMPTY and room.kind in _CLEARED)
    PROGRAMMES["empty room" if bare else room.kind](Plan(kit))
    return kit.place()
