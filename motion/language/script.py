# SPDX-License-Identifier: Apache-2.0
"""A script: what a body does, action by action, as a director would note it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

PARTS: tuple[str, ...] = ("head", "torso", "left arm", "right arm", "legs")
"""Parts of the body that may do different things; the legs own the way over the ground."""

GROUPS: dict[str, tuple[str, ...]] = {
    **{part: (part,) for part in PARTS},
    "arms": ("left arm", "right arm"),
    "upper body": ("head", "torso", "left arm", "right arm"),
    "whole body": PARTS,
    "body": PARTS,
    "left hand": ("left arm",),
    "right hand": ("right arm",),
    "hands": ("left arm", "right arm"),
    "lower body": ("legs",),
    "feet": ("legs",),
    "spine": ("torso",),
}
"""Names that a script may use for parts."""

DIRECTIONS: tuple[str, ...] = (
    *("forward", "backward", "left", "right", "up", "down"),
    *("circle", "circle left", "circle right", "zigzag", "around"),
)


@dataclass(frozen=True)
class Action:
    """One verb with everything said about it; what is not said is left to the performer."""

    verb: str
    """Name in ``configs/motion/verbs.yml``."""
    side: str = ""
    """``left``, ``right`` or ``both``; empty: free."""
    direction: str = ""
    """One of :data:`DIRECTIONS`."""
    turn_deg: float = 0.0
    """Turn asked for, degrees, positive to the left."""
    count: int = 0
    """How often; 0: free."""
    steps: int = 0
    metres: float = 0.0
    rate: float = 1.0
    """Speed relative to usual."""
    size: float = 1.0
    """Amplitude relative to usual."""
    manners: tuple[str, ...] = ()
    """Names in ``configs/motion/manners.yml``."""
    start: float | None = None
    """Seconds from the beginning of the script."""
    seconds: float | None = None
    together: bool = False
    """At the same time as the action before instead of after it."""
    parts: tuple[str, ...] = ()
    """Parts that do it; empty: the ones that the verb needs."""


@dataclass(frozen=True)
class Script:
    """Actions in order."""

    actions: tuple[Action, ...]

    def __iter__(self) -> Iterator[Action]:
        """The actions."""
        return iter(self.actions)

    def __len__(self) -> int:
        """How many actions."""
        return len(self.actions)
