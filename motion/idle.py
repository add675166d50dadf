# SPDX-License-Identifier: Apache-2.0
"""Hands and faces that stay alive while the body acts: small movements nobody asks for.

Blinks come at 12 to 20 a minute and last 100 to 150 ms (blinking at rest: Bentivoglio et
al. 1997 give 17 a minute), faster down than up. The gaze rests for one to three seconds, then jumps
by a few degrees and drifts a little. The mouth breathes, brows and corners of the mouth wander.
Fingers that the motion leaves at ease curl and uncurl by some hundredths.

Everything is drawn from a seed, and closes on itself where the motion is a cycle. Faces are curves
by ARKit blend shape name; :mod:`motion.character_file` writes those that a mesh has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from motion.performance import FPS, Performance

_RATE = (12.0, 20.0)
"""Blinks a minute."""
_LENGTH = (0.10, 0.15)
"""Seconds of a blink."""
_CLOSING = 0.4
"""Share of a blink until the eye is shut."""
_LEAST_GAP = 1.0
_REST = (1.0, 3.0)
"""Seconds for which the gaze rests."""
_SACCADE = 0.06
_GAZE = 0.14
"""Largest weight of a glance; a whole one is some 30°."""
_BREATHS = (11.0, 15.0)
"""A minute."""
_JAW, _BROW, _SMILE = 0.02, 0.05, 0.06
_FINGERS = 0.05
"""Curl by which resting fingers wander."""


@dataclass(frozen=True)
class FaceTracks:
    """Curves of a face."""

    fps: float
    weights: Mapping[str, Float[np.ndarray, "frames"]]
    """ARKit blend shape to its weight, 0 to 1, frame by frame."""


def idle_face(frames: int, seed: int, *, fps: float = FPS, loop: bool = False) -> FaceTracks:
    """A calm face: blinks, glances, breath.

    Args:
        frames: Length; of a cycle without its end frame.
        seed: The same seed gives the same face.
        fps: Frames a second.
        loop: The frame after the last one is the first one.
    """
    chance = np.random.default_rng([seed, 0])
    closed = blinks(frames, chance, fps=fps, loop=loop)
    tracks = {"eyeBlinkLeft": closed, "eyeBlinkRight": closed.copy()}
    tracks |= _glances(frames, chance, fps, loop=loop)
    span = frames / fps
    count = max(1, round(span * chance.uniform(*_BREATHS) / 60.0))
    cycles = count if loop else span * chance.uniform(*_BREATHS) / 60.0
    phase = 2.0 * np.pi * (cycles * np.arange(frames) / frames + chance.uniform())
    jaw = _JAW * 0.5 * (1.0 - np.cos(phase))
    smile = _SMILE * np.abs(wander(frames, chance, fps=fps, loop=loop))
    tracks |= {
        "jawOpen": jaw,
        "mouthClose": 0.8 * jaw,
        "browInnerUp": _BROW * np.abs(wander(frames, chance, fps=fps, loop=loop)),
        "mouthSmileLeft": smile,
        "mouthSmileRight": 0.85 * smile,
    }
    return FaceTracks(fps, {name: np.clip(curve, 0.0, 1.0) for name, curve in tracks.items()})


def blinks(
    frames: int, chance: np.random.Generator, *, fps: float = FPS, loop: bool = False
) -> Float[np.ndarray, "frames"]:
    """How far the eyes are shut, 0 to 1; each blink is shut in one frame at least."""
    mean = 60.0 / chance.uniform(*_RATE)
    # Pauses are at least a second and otherwise as irregular as waiting times are.
    at = chance.uniform(0.2, 1.0) * mean
    closed = np.zeros(frames)
    while at < frames / fps:
        length = chance.uniform(*_LENGTH)
        closed = np.maximum(closed, _blink(round(at * fps), frames, length * fps, loop=loop))
        at += _LEAST_GAP + chance.gamma(8.0, (mean - _LEAST_GAP) / 8.0)
    return closed


def _blink(peak: int, frames: int, length: float, *, loop: bool) -> Float[np.ndarray, "frames"]:
    """One blink that is shut at a frame."""
    late = np.arange(frames) - float(peak)
    if loop:
        late = (late + frames / 2.0) % frames - frames / 2.0
    down = 1.0 + late / (_CLOSING * length)
    up = 1.0 - late / ((1.0 - _CLOSING) * length)
    open_share = np.clip(np.minimum(down, up), 0.0, 1.0)
    return open_share**2 * (3.0 - 2.0 * open_share)


def _glances(
    frames: int, chance: np.random.Generator, fps: float, *, loop: bool
) -> dict[str, Float[np.ndarray, "frames"]]:
    """Both eyes' look curves: to the left of the figure is outwards for its left eye."""
    starts, spots = _fixations(frames / fps, chance)
    if loop:
        spots[-1] = spots[0]
    times = np.arange(frames) / fps
    side, up = (_held(times, starts, spots[:, axis]) for axis in (0, 1))
    side = side + 0.01 * wander(frames, chance, fps=fps, loop=loop)
    up = up + 0.01 * wander(frames, chance, fps=fps, loop=loop)
    curves = {
        "eyeLookOutLeft": side,
        "eyeLookInRight": side,
        "eyeLookInLeft": -side,
        "eyeLookOutRight": -side,
        "eyeLookUpLeft": up,
        "eyeLookUpRight": up,
        "eyeLookDownLeft": -up,
        "eyeLookDownRight": -up,
    }
    return {name: np.maximum(curve, 0.0) for name, curve in curves.items()}


def _fixations(
    seconds: float, chance: np.random.Generator
) -> tuple[Float[np.ndarray, "spots"], Float[np.ndarray, "spots 2"]]:
    """When the gaze jumps, and where to: mostly near the middle, more sideways than up."""
    starts = [0.0]
    while starts[-1] < seconds:
        starts.append(starts[-1] + chance.uniform(*_REST))
    # The last one begins before the end, so that a cycle comes back in time.
    starts = starts[:-1] if len(starts) > 1 else starts
    starts.append(max(starts[-1], seconds - 0.3))
    spots = chance.normal(size=(len(starts), 2)) * [0.5, 0.3]
    return np.array(starts), _GAZE * np.clip(spots, -1.0, 1.0)


def _held(times: np.ndarray, starts: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Steps from value to value, each within a saccade."""
    share = np.clip((times[:, None] - starts[None, 1:]) / _SACCADE, 0.0, 1.0)
    eased = share**2 * (3.0 - 2.0 * share)
    return values[0] + eased @ np.diff(values)


def wander(
    frames: int, chance: np.random.Generator, *, fps: float = FPS, loop: bool = False
) -> Float[np.ndarray, "frames"]:
    """Slow smooth noise of mean square 1/2: a few sines between 0.1 and 0.6 Hz.

    Args:
        frames: Length.
        chance: What draws phases and sizes.
        fps: Frames a second.
        loop: Whether it closes on itself; a short cycle moves once or twice.
    """
    seconds = frames / fps
    if loop:
        highest = max(2, int(0.6 * seconds))
        tones = np.arange(max(1, round(0.1 * seconds)), highest + 1) / seconds
    else:
        tones = chance.uniform(0.1, 0.6, size=6)
    sizes = chance.uniform(0.5, 1.0, size=len(tones))
    phases = chance.uniform(0.0, 2.0 * np.pi, size=len(tones))
    times = np.arange(frames) / fps
    waves = np.sin(2.0 * np.pi * tones[None] * times[:, None] + phases) @ sizes
    return waves / np.sqrt(np.sum(sizes**2))


def with_live_fingers(performance: Performance, seed: int) -> Performance:
    """Let fingers at ease wander a little; fists, flat hands and moving fingers stay as they are.

    Args:
        performance: Whose hands.
        seed: The same seed gives the same fingers.
    """
    chance = np.random.default_rng([seed, 1])
    curls = performance.fingers
    frames = len(curls) - 1 if performance.loop else len(curls)
    noise = np.zeros_like(curls)
    for hand in range(2):
        together = wander(frames, chance, fps=performance.fps, loop=performance.loop)
        for group in range(3):
            own = wander(frames, chance, fps=performance.fps, loop=performance.loop)
            noise[:frames, hand, group] = 0.6 * together + 0.4 * own
    noise[frames:] = noise[:1]
    ease = np.clip(4.0 * curls * (1.0 - curls), 0.0, 1.0)
    speed = np.abs(np.gradient(curls, axis=0)) * performance.fps
    still = 1.0 / (1.0 + (speed / 0.3) ** 2)
    return replace(performance, fingers=np.clip(curls + _FINGERS * noise * ease * still, 0.0, 1.0))
