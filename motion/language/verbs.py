# SPDX-License-Identifier: Apache-2.0
"""What the language can do, as data: ``configs/motion/verbs.yml`` and ``manners.yml``.

A verb has words and a kind, which says how it is performed: ``gait`` (captured steps along a
way), ``steps`` (footfalls one by one), ``turn``, ``leap``, ``move`` (key poses of some parts),
``posture`` (a move that is kept), ``clip`` (a captured motion as it is) or ``stand``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import yaml

from gen3d.errors import Gen3dError
from motion.catalogue import configs, entry
from motion.language.moves import Move
from motion.language.script import GROUPS, PARTS
from motion.timeline import Key, Timeline, Wave, channels_of

KINDS = ("gait", "steps", "turn", "leap", "move", "posture", "clip", "stand")


@dataclass(frozen=True)
class Verb:
    """One thing a body can do."""

    name: str
    words: tuple[str, ...]
    """Phrases that name it, verb first, in the base form."""
    kind: str
    source: str = ""
    """Entry of the library behind it."""
    parts: tuple[str, ...] = PARTS
    move: Move | None = None
    numbers: dict[str, float] = field(default_factory=dict[str, float])
    """What the kind needs: rates, heights, lengths."""
    posture: str = "stand"
    """How the body is left: stand, chair, floor, crouch, kneel, back, front."""
    manners: tuple[str, ...] = ()
    """Manners that it has by itself."""
    sided: str = ""
    """The side as written, for what one arm or leg does."""
    objects: str = ""
    """What may follow the verb in a caption."""


@dataclass(frozen=True)
class Manner:
    """How something is done."""

    name: str
    words: tuple[str, ...]
    rate: float = 1.0
    size: float = 1.0
    pose: dict[str, float] = field(default_factory=dict[str, float])
    """Channels added throughout."""
    sway: float = 0.0
    """Degrees by which the trunk reels."""
    gait: str = ""
    """Entry whose steps show the manner best."""


@lru_cache(maxsize=1)
def verbs() -> dict[str, Verb]:
    """All verbs by name.

    Raises:
        Gen3dError: The data file is damaged.
    """
    return {name: _verb(name, row) for name, row in _load("verbs.yml").items()}


@lru_cache(maxsize=1)
def manners() -> dict[str, Manner]:
    """All manners by name."""
    return {name: _manner(name, row) for name, row in _load("manners.yml").items()}


def _load(name: str) -> dict[str, dict[str, Any]]:
    try:
        return yaml.safe_load((configs() / name).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise Gen3dError(f"The motion data {name} cannot be read.", "Reinstall gen3d.") from error


def _manner(name: str, row: dict[str, Any]) -> Manner:
    return Manner(
        name,
        tuple(row["words"]),
        rate=float(row.get("rate", 1.0)),
        size=float(row.get("size", 1.0)),
        pose=channels_of(row.get("pose", {}), name),
        sway=float(row.get("sway", 0.0)),
        gait=str(row.get("gait", "")),
    )


def _verb(name: str, row: dict[str, Any]) -> Verb:
    kind = str(row["kind"])
    if kind not in KINDS:
        raise Gen3dError(f"Verb {name!r} is of no kind: {kind!r}.", f"Use: {', '.join(KINDS)}.")
    parts = [part for group in row.get("parts", ["whole body"]) for part in GROUPS[group]]
    return Verb(
        name,
        tuple(row["words"]),
        kind,
        source=str(row.get("source", "")),
        parts=tuple(part for part in PARTS if part in parts),
        move=_move(name, row) if kind in ("move", "posture") else None,
        numbers={key: float(value) for key, value in row.get("numbers", {}).items()},
        posture=str(row.get("posture", "stand")),
        manners=tuple(row.get("manners", ())),
        sided=str(row.get("sided", "")),
        objects=str(row.get("objects", "")),
    )


def _move(name: str, row: dict[str, Any]) -> Move:
    span = row.get("span")
    repeats = (float(span[0]), float(span[1])) if span else None
    source = str(row.get("source", ""))
    if source:
        program = entry(source).program
        if program is None:
            raise Gen3dError(f"Verb {name!r}: {source} is not a program.")
        meet = program.palms_meet
        return Move(program.timeline, int(row.get("beats", 1)), repeats, program.alive, meet)
    keys = tuple(
        Key(float(seconds), channels_of(pose, name))
        for seconds, pose in sorted(row.get("keys", {}).items())
    )
    waves = tuple(
        Wave(
            str(w["channel"]),
            float(w["amplitude"]),
            float(w["cycles"]),
            float(w["from"]),
            float(w["to"]),
            float(w.get("phase", 0.0)),
        )
        for w in row.get("waves", [])
    )
    timeline = Timeline(
        float(row["seconds"]),
        keys,
        waves,
        bool(row.get("loop", True)),
        channels_of(row.get("base", {}), name),
    )
    meet = bool(row.get("palms_meet", False))
    return Move(timeline, int(row.get("beats", 1)), repeats, float(row.get("alive", 1.0)), meet)
