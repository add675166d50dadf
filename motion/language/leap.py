# SPDX-License-Identifier: Apache-2.0
"""Jumps and hops: anticipation, take-off, free fall, landing, recovery.

In flight the pelvis follows gravity, so height decides time in the air: ``8 h = g T^2``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.interpolate import PchipInterpolator

from motion.language.body import ease, moved, posed, rest_curves
from motion.performance import FPS, LEG, Performance

_G = 9.81
_TOE = 0.15
"""Ankle to ball, metres: how far the ankle rises as the foot goes onto its toes."""
_HIGH, _LOW = 0.005, -0.24
"""Pelvis at take-off and in the crouch, leg lengths from standing."""


@dataclass(frozen=True)
class Leap:
    """One or more jumps in a row."""

    count: int = 1
    height: float = 0.3
    """Rise of the pelvis in flight, metres."""
    shift: tuple[float, float] = (0.0, 0.0)
    """Metres covered by each jump: x (left), z (ahead)."""
    turn: float = 0.0
    """Radians turned by each jump."""
    one_leg: str = ""
    """Side of the foot that hops; empty: both."""
    alternate: bool = False
    """Every jump lands on the other foot, the free knee raised, as in skipping; ``one_leg`` says
    which foot begins."""
    deep: float = 1.0
    """Depth of the crouch before, relative to usual."""
    tuck: float = 0.0
    """How far the knees are pulled up in flight, leg lengths."""


@dataclass(frozen=True)
class _Clock:
    """Times of one jump, seconds from its start."""

    crouch: float
    off: float
    land: float
    low: float
    end: float


def _clock(leap: Leap, *, first: bool, last: bool) -> _Clock:
    flight = float(np.sqrt(8.0 * leap.height / _G))
    crouch = (0.42 if first else 0.0) * (0.7 + 0.3 * leap.deep)
    off = crouch + 0.2
    land = off + flight
    low = land + 0.16
    return _Clock(crouch, off, land, low, low + (0.55 if last else 0.02))


def leapt(leap: Leap) -> Performance:
    """Jump, from a stance at the origin; the end is where the jumps lead."""
    pieces = [
        _clock(leap, first=n == 0, last=n == leap.count - 1) for n in range(max(1, leap.count))
    ]
    starts = np.concatenate([[0.0], np.cumsum([piece.end for piece in pieces])])
    times = np.arange(round(starts[-1] * FPS) + 1) / FPS
    rows = [_keys(leap, clock, float(start)) for clock, start in zip(pieces, starts, strict=False)]
    pose = rest_curves(len(times))
    knots: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        for name, points in row.items():
            knots.setdefault(name, []).extend(points)
    for name, points in knots.items():
        pose[name] = pose[name] + _through([(0.0, 0.0), *points], times)
    hips, lift, air = _flight(leap, pieces, starts, times)
    pose["hips.up"] = hips
    _set_feet(leap, pose, lift, air)
    share = _share(pieces, starts, times)
    for side, weight in _held_up(leap, share).items():
        _hold_up(pose, side, weight, ahead=leap.alternate)
    body = posed("jump", pose)
    yaw = leap.turn * share
    shift = np.stack([leap.shift[0] * share, 0.0 * share, leap.shift[1] * share], axis=-1)
    return moved(body, yaw, _turned(shift, leap))


def _turned(shift: Float[np.ndarray, "frames 3"], leap: Leap) -> Float[np.ndarray, "frames 3"]:
    """A jump that turns goes where it faced when it took off; turning jumps stay on the spot."""
    return shift if leap.turn == 0.0 else shift * 0.0


def _through(points: list[tuple[float, float]], times: np.ndarray) -> np.ndarray:
    kept = [p for i, p in enumerate(points) if i == 0 or p[0] > points[i - 1][0] + 1e-6]
    knots, values = np.array(kept).T
    inside = np.clip(times, knots[0], knots[-1])
    return np.asarray(PchipInterpolator(knots, values)(inside), dtype=np.float64)


def _keys(leap: Leap, clock: _Clock, start: float) -> dict[str, list[tuple[float, float]]]:
    """What trunk and arms add to the stance: wind up, throw up, spread, settle."""
    deep, ahead = leap.deep, np.sign(leap.shift[1]) * min(1.0, abs(leap.shift[1]) / 0.6)
    apex = 0.5 * (clock.off + clock.land)
    spots = [clock.crouch, clock.off, apex, clock.land, clock.low, clock.end]
    table = {
        "torso.bend": (26.0 * deep, -2.0 + 8.0 * ahead, 4.0 + 8.0 * ahead, 8.0, 22.0 * deep, 0.0),
        "hips.bend": (18.0 * deep, 2.0 + 8.0 * ahead, 4.0, 4.0, 16.0 * deep, 0.0),
        "head.bend": (-18.0 * deep, -8.0, -2.0, 4.0, -14.0 * deep, 0.0),
        "hips.ahead": (-0.05 * deep, 0.02, 0.0, 0.0, -0.06 * deep, 0.0),
    }
    arm = {
        "raise": (-42.0, 38.0, 88.0, 50.0, 14.0, 0.0),
        "forward": (50.0, 55.0, 45.0, 35.0, 30.0, 0.0),
        "bend": (12.0, 30.0, 24.0, 24.0, 20.0, 0.0),
    }
    for side in ("left", "right"):
        # A negative raise swings the arms back behind the body.
        table |= {f"{side}Arm.{word}": values for word, values in arm.items()}
    return {
        name: [(start + t, v) for t, v in zip(spots, values, strict=True)]
        for name, values in table.items()
    }


def _flight(
    leap: Leap, pieces: list[_Clock], starts: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pelvis height, height of the feet, both in leg lengths, and how far in the air (0 to 1)."""
    depth = _LOW * leap.deep * min(1.3, 0.55 + 1.5 * leap.height)
    rest = -0.012
    knots = [(0.0, rest)]
    for n, (clock, start) in enumerate(zip(pieces, starts, strict=False)):
        if n == 0:
            knots.append((start + clock.crouch, depth))
        knots += [(start + clock.off, _HIGH), (start + clock.land, _HIGH)]
        knots.append((start + clock.low, 0.8 * depth))
        if n == len(pieces) - 1:
            knots.append((start + clock.end, rest))
    hips = _through(knots, times)
    lift, air = np.zeros(len(times)), np.zeros(len(times))
    for clock, start in zip(pieces, starts, strict=False):
        t = (times - start - clock.off) / (clock.land - clock.off)
        up = (t > 0.0) & (t < 1.0)
        rise = 4.0 * t * (1.0 - t) * leap.height / LEG
        hips = np.where(up, _HIGH + rise, hips)
        lift = np.where(up, rise, lift)
        air = np.where(up, np.sqrt(np.clip(4.0 * t * (1.0 - t), 0.0, 1.0)), air)
    return hips, lift, air


def _set_feet(leap: Leap, pose: dict[str, np.ndarray], lift: np.ndarray, air: np.ndarray) -> None:
    """Point the toes in flight, keep the feet under the pelvis, tuck, or hold one leg up."""
    for side in ("left", "right"):
        point = -34.0 * air
        on_toes = _TOE * np.sin(np.radians(-point)) / LEG
        pose[f"{side}Foot.toes"] = pose[f"{side}Foot.toes"] + point
        up = lift + np.where(air > 0.0, 0.0, on_toes) + leap.tuck * air
        pose[f"{side}Foot.up"] = up
        pose[f"{side}Foot.ahead"] = pose[f"{side}Foot.ahead"] - 0.05 * air - 0.1 * leap.tuck * air


def _held_up(leap: Leap, share: np.ndarray) -> dict[str, np.ndarray]:
    """How far each foot is held up, 0 to 1: one throughout, or each in its turn."""
    if not leap.one_leg:
        return {}
    fade = np.minimum(1.0, np.arange(len(share)) / 9.0)
    fade = np.minimum(fade, fade[::-1])
    other = "right" if leap.one_leg == "left" else "left"
    if not leap.alternate:
        return {other: fade}
    shift = ease(share % 1.0)
    first = np.where(np.floor(share).astype(int) % 2 == 0, 1.0 - shift, shift)
    return {other: fade * first, leap.one_leg: fade * (1.0 - first)}


def _hold_up(pose: dict[str, np.ndarray], held: str, weight: np.ndarray, *, ahead: bool) -> None:
    """Hold a foot up: behind as in a hop, or with the knee ahead; the weight goes to the other."""
    sign = 1.0 if held == "right" else -1.0
    up, forth = (0.3, 0.16) if ahead else (0.26, -0.22)
    pose[f"{held}Foot.up"] = pose[f"{held}Foot.up"] + weight * (
        up + np.maximum(pose[f"{held}Foot.up"], 0.0) - pose[f"{held}Foot.up"]
    )
    pose[f"{held}Foot.ahead"] = pose[f"{held}Foot.ahead"] + forth * weight
    pose[f"{held}Foot.toes"] = pose[f"{held}Foot.toes"] - 34.0 * weight
    pose["hips.side"] = pose["hips.side"] + sign * 0.09 * weight
    pose["torso.lean"] = pose["torso.lean"] + sign * 4.0 * weight


def _share(pieces: list[_Clock], starts: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Progress over the ground, in jumps: only the time in the air covers any."""
    share = np.zeros(len(times))
    for clock, start in zip(pieces, starts, strict=False):
        t = np.clip((times - start - clock.off) / (clock.land - clock.off), 0.0, 1.0)
        share = share + t
    return share


def end_of(leap: Leap) -> tuple[float, float, float]:
    """x, z and heading at which the jumps end."""
    if leap.turn != 0.0:
        return 0.0, 0.0, leap.turn * leap.count
    return leap.shift[0] * leap.count, leap.shift[1] * leap.count, 0.0
