# SPDX-License-Identifier: Apache-2.0
"""Key poses to smooth curves: what an animator's dope sheet says, for every channel and frame.

Between keys a channel follows a monotone cubic (Fritsch and Carlson 1980), so it passes through
keys in one sweep, stops only where the motion turns back, and never overshoots. Distal channels run
late by some hundredths of a second (overlapping action). Waves add oscillation: a shaking hand.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float
from scipy.interpolate import PchipInterpolator

from gen3d.errors import Gen3dError
from motion.anatomy import CHANNELS, channel_names, rest_value

_LAG_SECONDS = {
    "Arm.bend": 0.04,
    "Arm.palm": 0.06,
    "Arm.wrist": 0.10,
    "Arm.wave": 0.10,
    "Hand.thumb": 0.08,
    "Hand.index": 0.08,
    "Hand.curl": 0.09,
    "head.turn": -0.06,
    "head.bend": 0.03,
}
"""How much later than its key a channel arrives; eyes lead, hands follow."""
_PAIRS = {"arms": "Arm", "shoulders": "Shoulder", "hands": "Hand", "feet": "Foot", "knees": "Knee"}


@dataclass(frozen=True)
class Key:
    """A pose at a time: channels that it sets."""

    seconds: float
    values: dict[str, float]


@dataclass(frozen=True)
class Wave:
    """Oscillation of one channel, faded in and out."""

    channel: str
    amplitude: float
    cycles: float
    """Number of swings between start and end."""
    start: float
    end: float
    phase: float = 0.0
    """Fraction of a swing by which it is ahead."""


@dataclass(frozen=True)
class Timeline:
    """Everything that a program keys."""

    seconds: float
    keys: tuple[Key, ...]
    waves: tuple[Wave, ...] = ()
    loop: bool = True
    base: dict[str, float] = field(default_factory=dict[str, float])
    """Channels that differ from the pose at ease throughout."""


def channels_of(pose: dict[str, object], where: str) -> dict[str, float]:
    """Flatten ``{rightArm: {raise: 80}}`` to ``{"rightArm.raise": 80}``; plurals set both sides.

    Args:
        pose: As the YAML file has it; ``rest`` instead of a table sets a part at ease.
        where: Name of the program, for the error.

    Raises:
        Gen3dError: A part or word does not exist.
    """
    flat: dict[str, float] = {}
    for part, words in pose.items():
        for owner in _owners(part, where):
            kind = owner.removeprefix("left").removeprefix("right")
            table = words
            if words == "rest":
                table = {word: rest_value(f"{owner}.{word}") for word in CHANNELS[kind]}
            if not isinstance(table, dict):
                raise Gen3dError(f"Motion program {where!r}: {part!r} is not a table.")
            for word, value in table.items():
                if word not in CHANNELS[kind]:
                    raise Gen3dError(
                        f"Motion program {where!r}: {part!r} has no {word!r}.",
                        f"It has: {', '.join(CHANNELS[kind])}.",
                    )
                flat[f"{owner}.{word}"] = float(value)
    return flat


def _owners(part: str, where: str) -> tuple[str, ...]:
    if part in _PAIRS:
        return (f"left{_PAIRS[part]}", f"right{_PAIRS[part]}")
    kind = part.removeprefix("left").removeprefix("right")
    if kind in CHANNELS:
        return (part,)
    raise Gen3dError(f"Motion program {where!r}: there is no part {part!r}.")


def curves(timeline: Timeline, fps: float) -> dict[str, Float[np.ndarray, "frames"]]:
    """Every channel in every frame, end frame included."""
    frames = round(timeline.seconds * fps) + 1
    times = np.linspace(0.0, timeline.seconds, frames)
    table: dict[str, np.ndarray] = {}
    for name in channel_names():
        lag = _LAG_SECONDS.get(name.removeprefix("left").removeprefix("right"), 0.0)
        table[name] = _curve(timeline, name, times - lag)
    for wave in timeline.waves:
        table[wave.channel] = table[wave.channel] + _oscillation(wave, timeline, times)
    return table


def _curve(timeline: Timeline, name: str, times: np.ndarray) -> np.ndarray:
    """One channel's monotone cubic through its keys, around the cycle if there is one."""
    points = [(key.seconds, key.values[name]) for key in timeline.keys if name in key.values]
    start = timeline.base.get(name, rest_value(name))
    if not points:
        return np.full(len(times), start)
    if timeline.loop:
        points = [(t + n * timeline.seconds, v) for n in (-2, -1, 0, 1, 2) for t, v in points]
        points = [p for i, p in enumerate(points) if i == 0 or p[0] > points[i - 1][0] + 1e-9]
        return _through(points, times)
    if points[0][0] > 0.0:
        points = [(0.0, start), *points]
    return _through(points, np.clip(times, points[0][0], points[-1][0]))


def _through(points: list[tuple[float, float]], times: np.ndarray) -> np.ndarray:
    if len(points) < 2:
        return np.full(len(times), points[0][1])
    knots, values = np.array(points).T
    return np.asarray(PchipInterpolator(knots, values)(times), dtype=np.float64)


def _oscillation(wave: Wave, timeline: Timeline, times: np.ndarray) -> np.ndarray:
    """A sine between two times; it fades at both ends unless it fills the whole cycle."""
    span = wave.end - wave.start
    t = np.clip((times - wave.start) / span, 0.0, 1.0)
    sine = np.sin(2.0 * np.pi * (wave.cycles * t + wave.phase))
    if timeline.loop and span >= timeline.seconds - 1e-6:
        return wave.amplitude * sine
    edge = min(0.5, 0.75 / max(wave.cycles, 1.0))
    rise = np.clip(np.minimum(t, 1.0 - t) / edge, 0.0, 1.0)
    return wave.amplitude * sine * rise**2 * (3.0 - 2.0 * rise)
