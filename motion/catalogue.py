# SPDX-License-Identifier: Apache-2.0
"""The motions that come with the project, as data: ``configs/motion/*.yml``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from gen3d.config import config_dir
from gen3d.errors import Gen3dError
from motion import clips
from motion.performance import Performance, bent
from motion.programs import Over, Program, perform
from motion.timeline import Key, Timeline, Wave, channels_of


@dataclass(frozen=True)
class Entry:
    """One motion that can be found by its captions."""

    id: str
    """``clip:walk`` or ``program:wave``."""
    captions: tuple[str, ...]
    licence: str
    """SPDX identifier."""
    attribution: str
    file: str = ""
    """Path inside the clips' package; empty for a program."""
    turning: bool = False
    posture: dict[str, float] = field(default_factory=dict[str, float])
    """Degrees taken out of (or added to) every frame: torso, head."""
    program: Program | None = None
    over: str = ""
    """Clip that the program lies over."""

    @property
    def name(self) -> str:
        """The identifier without its kind."""
        return self.id.partition(":")[2]


def configs() -> Path:
    """Folder of the motion data."""
    return config_dir() / "motion"


@lru_cache(maxsize=1)
def entries() -> tuple[Entry, ...]:
    """All motions, clips first.

    Raises:
        Gen3dError: A data file is damaged.
    """
    captured, written = _load("clips.yml"), _load("programs.yml")
    found = [_clip_entry(name, row, captured["source"]) for name, row in captured["clips"].items()]
    found += [
        _program_entry(name, row, written["source"]) for name, row in written["programs"].items()
    ]
    return tuple(found)


def _load(name: str) -> dict[str, dict[str, Any]]:
    try:
        data = yaml.safe_load((configs() / name).read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise Gen3dError(f"The motion data {name} cannot be read.", "Reinstall gen3d.") from error
    return data


def _clip_entry(name: str, row: dict[str, Any], source: dict[str, Any]) -> Entry:
    return Entry(
        id=f"clip:{name}",
        captions=tuple(row["captions"]),
        licence=source["licence"],
        attribution=source["attribution"],
        file=row["file"],
        turning=bool(row.get("turning", False)),
        posture={part: float(angle) for part, angle in row.get("posture", {}).items()},
    )


def _program_entry(name: str, row: dict[str, Any], source: dict[str, Any]) -> Entry:
    over: dict[str, Any] = row.get("over", {})
    keys = tuple(
        Key(float(seconds), channels_of(pose, name))
        for seconds, pose in sorted(row.get("keys", {}).items())
    )
    waves = tuple(
        Wave(
            channel=wave["channel"],
            amplitude=float(wave["amplitude"]),
            cycles=float(wave["cycles"]),
            start=float(wave["from"]),
            end=float(wave["to"]),
            phase=float(wave.get("phase", 0.0)),
        )
        for wave in row.get("waves", [])
    )
    timeline = Timeline(
        seconds=float(row["seconds"]),
        keys=keys,
        waves=waves,
        loop=bool(row.get("loop", True)),
        base=channels_of(row.get("base", {}), name),
    )
    return Entry(
        id=f"program:{name}",
        captions=tuple(row["captions"]),
        licence=source["licence"],
        attribution=source["attribution"],
        program=Program(
            name,
            timeline,
            alive=float(row.get("alive", 1.0)),
            palms_meet=bool(row.get("palms_meet", False)),
            over=Over(
                rate=float(over.get("rate", 1.0)),
                cycles=int(over.get("cycles", 1)),
                reverse=bool(over.get("reverse", False)),
                stride=float(over.get("stride", 1.0)),
                replaces=tuple(over.get("replaces", ())),
                swing=float(over.get("swing", 1.0)),
            ),
        ),
        over=str(over.get("clip", "")),
    )


def entry(identifier: str) -> Entry:
    """The motion of an identifier.

    Raises:
        Gen3dError: There is none.
    """
    for candidate in entries():
        if candidate.id == identifier:
            return candidate
    raise Gen3dError(f"There is no motion {identifier!r} in the library.")


def play(chosen: Entry, seed: int) -> Performance:
    """The frames of a motion; ``seed`` varies programs a little."""
    if chosen.program is None:
        return _captured(chosen)
    below = _captured(entry(f"clip:{chosen.over}")) if chosen.over else None
    return perform(chosen.program, seed, below)


def _captured(chosen: Entry) -> Performance:
    raw = clips.read(clips.folder() / chosen.file, chosen.name)
    posture = chosen.posture
    upright = bent(raw, posture.get("torso", 0.0), posture.get("head", 0.0))
    return replace(upright, straight=not chosen.turning)
