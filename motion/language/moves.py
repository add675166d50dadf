# SPDX-License-Identifier: Apache-2.0
"""Key-pose moves played so many times, as big, as fast and as long as the words ask.

A move is a :class:`~motion.timeline.Timeline` with a stretch that repeats: the waving between
raising and lowering the hand, or the whole of a bow. ``beats`` says how often it happens there as
written.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from motion import anatomy
from motion.performance import FPS
from motion.timeline import Timeline, Wave, curves

_FINE = 120.0
_GROWS = ("Arm.raise", "Foot.up", "torso.", "head.", "hips.", "Arm.bend")
"""Channels that a bigger or smaller performance scales."""
_MOST = {"Arm.raise": 176.0, "Arm.bend": 146.0, "head.turn": 62.0, "torso.bend": 70.0}


@dataclass(frozen=True)
class Move:
    """Key poses and what of them repeats."""

    timeline: Timeline
    beats: int = 1
    """How often the thing is done in the stretch."""
    span: tuple[float, float] | None = None
    """The stretch, seconds; the whole when absent."""
    alive: float = 1.0
    palms_meet: bool = False

    def seconds(self, count: int) -> float:
        """Natural length of doing it ``count`` times."""
        if self.span is None:
            return self.timeline.seconds * count / self.beats
        a, b = self.span
        return self.timeline.seconds + (b - a) * (count / self.beats - 1.0)

    def count_for(self, seconds: float) -> int:
        """How often it fits into a time, at least once."""
        each = self.seconds(2) - self.seconds(1)
        return max(1, int(np.floor((seconds - self.seconds(1)) / max(each, 1e-6) + 1.5)))


def _clock(move: Move, count: int, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Knots that take playing time to the time of the timeline."""
    ratio, length = count / move.beats, move.timeline.seconds
    if move.span is None:
        return np.array([0.0, length * ratio]) / rate, np.array([0.0, length * ratio])
    a, b = move.span
    source = np.array([0.0, a, b, length])
    return np.array([0.0, a, a + (b - a) * ratio, length + (b - a) * (ratio - 1.0)]) / rate, source


def drawn(
    move: Move, count: int, rate: float, size: float
) -> dict[str, Float[np.ndarray, "frames"]]:
    """Every channel in every frame.

    Args:
        move: What to do.
        count: How often.
        rate: Speed relative to as written.
        size: Amplitude relative to as written.
    """
    played, source = _clock(move, count, rate)
    keys = Timeline(move.timeline.seconds, move.timeline.keys, (), move.timeline.loop)
    keyed = curves(Timeline(keys.seconds, keys.keys, (), keys.loop, move.timeline.base), _FINE)
    times = np.arange(round(played[-1] * FPS) + 1) / FPS
    at = np.interp(times, played, source)
    at = np.where(at > keys.seconds, at % keys.seconds, at) if move.span is None else at
    fine = np.arange(len(keyed["head.turn"])) / _FINE
    table = {name: np.interp(at, fine, curve) for name, curve in keyed.items()}
    for wave in move.timeline.waves:
        table[wave.channel] = table[wave.channel] + _swings(wave, move, count, played, times)
    return {name: _grown(name, curve, size) for name, curve in table.items()}


def _swings(
    wave: Wave, move: Move, count: int, played: np.ndarray, times: np.ndarray
) -> Float[np.ndarray, "frames"]:
    """A wave with as many more swings as the stretch is longer."""
    cycles = wave.cycles * count / move.beats
    whole = wave.end - wave.start >= move.timeline.seconds - 1e-6
    start, end = (0.0, played[-1]) if whole else _ends(wave, move, played)
    t = np.clip((times - start) / (end - start), 0.0, 1.0)
    sine = np.sin(2.0 * np.pi * (cycles * t + wave.phase))
    if whole:
        return wave.amplitude * sine
    edge = np.clip(np.minimum(t, 1.0 - t) * cycles / 0.22, 0.0, 1.0)
    return wave.amplitude * sine * edge**2 * (3.0 - 2.0 * edge)


def _ends(wave: Wave, move: Move, played: np.ndarray) -> tuple[float, float]:
    if move.span is None:
        scale = float(played[-1]) / move.timeline.seconds
        return wave.start * scale, wave.end * scale
    a, b = move.span
    source = np.array([0.0, a, b, move.timeline.seconds])
    ends = np.interp([wave.start, wave.end], source, played)
    return float(ends[0]), float(ends[1])


def _grown(name: str, curve: Float[np.ndarray, "frames"], size: float) -> np.ndarray:
    plain = name.removeprefix("left").removeprefix("right")
    if size == 1.0 or not plain.startswith(_GROWS):
        return curve
    rest = anatomy.rest_value(name)
    share = size if not plain.startswith("Arm.bend") else 1.0
    grown = rest + (curve - rest) * share
    most = _MOST.get(plain)
    return grown if most is None else np.clip(grown, -most, most)


def alive(
    pose: dict[str, Float[np.ndarray, "frames"]], strength: float, rng: np.random.Generator
) -> dict[str, Float[np.ndarray, "frames"]]:
    """Breath, a drifting weight and a gaze that never quite rests, all slow."""
    count = len(pose["head.turn"])
    times = np.arange(count) / FPS
    breath = strength * np.sin(2.0 * np.pi * times / rng.uniform(3.2, 4.4) + rng.uniform(0.0, 6.3))
    sway = strength * np.sin(2.0 * np.pi * times / rng.uniform(4.2, 6.2) + rng.uniform(0.0, 6.3))
    gaze = strength * drift(count, 1.1, rng)
    added = anatomy.breathing(breath, sway)
    added |= {"head.bend": added["head.bend"] + 0.8 * gaze, "head.turn": 2.2 * gaze}
    return {**pose, **{name: pose[name] + extra for name, extra in added.items()}}


def drift(frames: int, seconds: float, rng: np.random.Generator) -> Float[np.ndarray, "frames"]:
    """Smooth noise of unit size that changes over some seconds."""
    sigma = seconds * FPS
    margin = round(3.0 * sigma)
    noise = gaussian_filter1d(rng.standard_normal(frames + 2 * margin), sigma)
    return noise[margin : margin + frames] * np.sqrt(2.0 * np.sqrt(np.pi) * sigma)
