# SPDX-License-Identifier: Apache-2.0
"""From the end of one motion into the beginning of the next, with steps that make sense.

Rotations run on from the end with fading speed, come in to the beginning the same way, and are
mixed by a curve without speed at its ends (so nothing pops). Feet that stand in both stay where
they are; feet that must move are lifted, one after the other. Where the next motion begins is
chosen so that a standing foot need not move and the pelvis keeps its momentum. A body that sinks
into a seat or rises from it leans forward on the way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from motion.heading import about_up, headings
from motion.language.body import SIDES, Feet, chained, cut, ease, feet_of, moved, with_feet
from motion.performance import BODY, FPS, Performance, power, world

_FADE = 0.18
"""Seconds in which the speed of an end runs out."""
_GROUND = 0.11
"""Height of an ankle that may stand, metres."""
_STILL = 0.6
"""Speed of an ankle that may stand, metres a second."""
_SAME = 0.025
"""Metres by which a standing foot may be moved without a step."""


@dataclass(frozen=True)
class Take:
    """A motion on its own: begins at the origin, facing +Z."""

    performance: Performance
    end_heading: float = 0.0
    """Which way the body as a whole faces at the end, radians."""
    end_place: tuple[float, float] = (0.0, 0.0)
    """x, z of the middle of the stance at the end."""
    planted: bool = True
    """The feet carry the body at both ends; otherwise it lies, rolls or crawls."""


@dataclass(frozen=True)
class Chain:
    """What has been put together so far."""

    performance: Performance
    heading: float
    place: tuple[float, float]
    planted: bool


@dataclass(frozen=True)
class _End:
    """Pose and speeds at one end of a motion."""

    rotations: Float[np.ndarray, "22 4"]
    spin: Float[np.ndarray, "22 4"]
    """Turn of each joint in one frame, forwards in time."""
    pelvis: Float[np.ndarray, "3"]
    speed: Float[np.ndarray, "3"]
    """Metres a second."""
    fingers: Float[np.ndarray, "2 3"]
    feet: Feet
    stands: dict[str, bool]


def _end(performance: Performance, *, last: bool) -> _End:
    span = slice(-4, None) if last else slice(0, 4)
    few = cut(performance, *span.indices(len(performance.pelvis))[:2])
    at = -1 if last else 0
    pair = (few.rotations[-2], few.rotations[-1]) if last else (few.rotations[0], few.rotations[1])
    feet = feet_of(few)
    stands: dict[str, bool] = {}
    for side, _ in SIDES:
        ankle = feet[side][0]
        speed = np.linalg.norm(ankle[-1] - ankle[0]) * FPS / max(1, len(ankle) - 1)
        stands[side] = bool(ankle[at, 1] < _GROUND and speed < _STILL)
    return _End(
        rotations=few.rotations[at],
        spin=transforms.multiply(transforms.conjugate(pair[0]), pair[1]),
        pelvis=few.pelvis[at],
        speed=(few.pelvis[-1] - few.pelvis[0]) * FPS / max(1, len(few.pelvis) - 1),
        fingers=few.fingers[at],
        feet={side: (p[at][None], q[at][None]) for side, (p, q) in feet.items()},
        stands=stands,
    )


def joined(chain: Chain, take: Take, *, seconds: float | None = None) -> tuple[Chain, int]:
    """Add a motion; also the number of frames that the way into it takes.

    Args:
        chain: What there is.
        take: What comes next.
        seconds: Time for the way; by how far it is when absent.
    """
    before = _end(chain.performance, last=True)
    after = _end(take.performance, last=False)
    yaw, shift = _placement(chain, take, before, after)
    placed = moved(take.performance, yaw, shift)
    after = _end(placed, last=False)
    stepping = chain.planted and take.planted
    length = seconds if seconds is not None else _length(before, after, stepping=stepping)
    way = _way(before, after, max(3, round(length * FPS)), placed, stepping=stepping)
    end = transforms.rotate(about_up(yaw), np.array([take.end_place[0], 0.0, take.end_place[1]]))
    place = (float(end[0] + shift[0]), float(end[2] + shift[2]))
    whole = chained([chain.performance, way, placed])
    return Chain(whole, yaw + take.end_heading, place, take.planted), len(way.pelvis)


def begun(take: Take) -> Chain:
    """The first motion."""
    return Chain(take.performance, take.end_heading, take.end_place, take.planted)


def _flat(v: np.ndarray) -> np.ndarray:
    return v * [1.0, 0.0, 1.0]


def _placement(chain: Chain, take: Take, before: _End, after: _End) -> tuple[float, np.ndarray]:
    """Turn and shift that put the next motion where the last one leads."""
    if not (chain.planted and take.planted):
        here = headings(before.rotations[:1], 0.0)[0]
        there = headings(after.rotations[:1], 0.0)[0]
        yaw = float(here - there) if not chain.planted else chain.heading - float(there)
        return yaw, _flat(before.pelvis - transforms.rotate(about_up(yaw), after.pelvis))
    yaw = chain.heading
    turn = about_up(yaw)
    momentum = 0.5 * (before.speed + transforms.rotate(turn, after.speed))
    goal = _flat(before.pelvis + 0.5 * momentum)
    pelvis = transforms.rotate(turn, after.pelvis)
    if np.linalg.norm(_flat(before.speed)) + np.linalg.norm(_flat(after.speed)) < 0.5:
        return yaw, np.array([chain.place[0], 0.0, chain.place[1]])
    options = [_flat(goal - pelvis)]
    for side, _ in SIDES:
        if before.stands[side] and after.stands[side]:
            foot = transforms.rotate(turn, after.feet[side][0][0])
            options.append(_flat(before.feet[side][0][0] - foot))
    miss = [float(np.linalg.norm(_flat(pelvis + option - goal))) for option in options]
    miss[0] = 0.3 if len(options) > 1 else 0.0
    return yaw, options[int(np.argmin(miss))]


def _length(before: _End, after: _End, *, stepping: bool) -> float:
    """How long the way takes: farther is longer, steps need their time, speed shortens."""
    apart = _flat(after.pelvis - before.pelvis)
    drop = abs(float(after.pelvis[1] - before.pelvis[1]))
    turn = 2.0 * np.arccos(
        np.clip(np.abs(np.sum(before.rotations * after.rotations, axis=-1)), 0.0, 1.0)
    )
    length = 0.3 + 0.9 * drop + 0.12 * float(np.sqrt(turn.max()))
    pace = float(np.linalg.norm(_flat(before.speed)) + np.linalg.norm(_flat(after.speed)))
    if pace > 0.5:
        length = float(np.clip(2.0 * np.linalg.norm(apart) / pace, 0.28, max(0.6, length)))
    if stepping and len(_steps(before, after)) == 2:
        length = max(length, 0.75)
    return length


def _steps(before: _End, after: _End) -> tuple[str, ...]:
    """Standing feet that have to be put elsewhere, the farther one first."""
    far = {
        side: float(np.linalg.norm(before.feet[side][0] - after.feet[side][0]))
        for side, _ in SIDES
        if before.stands[side] and after.stands[side]
    }
    return tuple(sorted((s for s, d in far.items() if d > _SAME), key=lambda s: -far[s]))


def _window(
    side: str, before: _End, after: _End, order: tuple[str, ...]
) -> tuple[float, float, bool]:
    """When a foot moves, as shares of the way, and whether it is lifted."""
    if before.stands[side] and after.stands[side]:
        if side not in order:
            return 0.0, 1.0, False
        if len(order) == 1:
            return 0.08, 0.92, True
        return ((0.04, 0.5, True), (0.5, 0.96, True))[order.index(side)]
    if before.stands[side]:
        return 0.35, 1.0, False
    return (0.0, 0.65, False) if after.stands[side] else (0.0, 1.0, False)


def _way(
    before: _End, after: _End, frames: int, like: Performance, *, stepping: bool
) -> Performance:
    """The frames strictly between two ends."""
    t = np.arange(1, frames + 1) / (frames + 1)
    seconds = (frames + 1) / FPS
    mix = ease(t)
    forth = _FADE * (1.0 - np.exp(-t * seconds / _FADE))
    back = _FADE * (1.0 - np.exp(-(1.0 - t) * seconds / _FADE))
    out = transforms.multiply(
        before.rotations[None], power(before.spin[None], (forth * FPS)[:, None])
    )
    into = transforms.multiply(
        after.rotations[None], power(transforms.conjugate(after.spin)[None], (back * FPS)[:, None])
    )
    rotations = transforms.slerp(out, into, mix[:, None])
    pelvis = _hermite(before.pelvis, before.speed, after.pelvis, after.speed, t, seconds)
    fingers = before.fingers + mix[:, None, None] * (after.fingers - before.fingers)
    way = replace(like, rotations=rotations, pelvis=pelvis, fingers=fingers, loop=False)
    if not stepping:
        return way
    leant = _leant(way, float(after.pelvis[1] - before.pelvis[1]), t)
    return with_feet(leant, _feet(before, after, t, way))


def _hermite(
    p: np.ndarray, v: np.ndarray, q: np.ndarray, w: np.ndarray, t: np.ndarray, seconds: float
) -> Float[np.ndarray, "frames 3"]:
    """Cubic from one place and velocity to another, at shares ``t`` of the time."""
    t = t[:, None]
    return (
        (2 * t**3 - 3 * t**2 + 1) * p
        + (t**3 - 2 * t**2 + t) * seconds * v
        + (3 * t**2 - 2 * t**3) * q
        + (t**3 - t**2) * seconds * w
    )


def _leant(way: Performance, drop: float, t: np.ndarray) -> Performance:
    """Lean forward while the pelvis goes a long way up or down, arms ahead for balance."""
    amount = np.clip((abs(drop) - 0.15) / 0.3, 0.0, 1.0)
    if amount == 0.0:
        return way
    bump = amount * np.sin(np.pi * t) ** 2
    rotations = way.rotations.copy()
    for name, degrees in (("hips", 16.0), ("spine", 9.0), ("chest", 9.0), ("neck", -12.0)):
        bend = transforms.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(degrees) * bump)
        joint = BODY.index(name)
        rotations[:, joint] = transforms.multiply(rotations[:, joint], bend)
    return replace(way, rotations=rotations)


def _feet(before: _End, after: _End, t: np.ndarray, way: Performance) -> Feet:
    order = _steps(before, after)
    _, places = world(way)
    feet: Feet = {}
    for side, _ in SIDES:
        start, stop, lifted = _window(side, before, after, order)
        (p, turn_p), (q, turn_q) = before.feet[side], after.feet[side]
        share = ease((t - start) / (stop - start))
        free = places[:, BODY.index(f"{side}Foot")]
        ankle = p + share[:, None] * (q - p)
        far = float(np.linalg.norm(_flat(q - p)))
        if lifted:
            height = min(0.12, 0.035 + 0.12 * far)
            swing = np.clip((t - start) / (stop - start), 0.0, 1.0)
            ankle = ankle + height * (np.sin(np.pi * swing) ** 2)[:, None] * [0.0, 1.0, 0.0]
        elif not (before.stands[side] and after.stands[side]):
            ankle = _freed(ankle, free, (before.stands[side], after.stands[side]), t)
        feet[side] = (ankle, transforms.slerp(turn_p, turn_q, share))
    return feet


def _freed(
    ankle: np.ndarray, free: np.ndarray, down: tuple[bool, bool], t: np.ndarray
) -> Float[np.ndarray, "frames 3"]:
    """A foot that is in the air at one end follows the body there, so that its speed agrees."""
    if not any(down):
        return free
    weight = ease(t) if down[0] else ease(1.0 - t)
    mixed = ankle + weight[:, None] * (free - ankle)
    mixed[:, 1] = np.maximum(mixed[:, 1], 0.045)
    return mixed
