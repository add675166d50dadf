# SPDX-License-Identifier: Apache-2.0
"""Footsteps one by one: turning on the spot, side steps, a few steps in any direction.

A plan of footfalls says which foot goes where and when. Between falls a foot stands still. The
pelvis rides between the feet, leans over the one that stands, and sinks a little as they part; the
head looks where the body will turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from gen3d import transforms
from motion.heading import about_up
from motion.language.body import HIP, SIDES, Feet, ease, feet_of, posed, rest_curves, with_feet
from motion.performance import ANKLE, FPS, LEG, Performance

_OUT = HIP + 0.02 * LEG
"""Half the distance between feet that stand at ease, metres."""
_TOE_OUT = np.radians(7.0)


@dataclass(frozen=True)
class Fall:
    """One step of one foot."""

    side: str
    start: float
    """Seconds."""
    end: float
    body: tuple[float, float, float]
    """The stance that the step goes to: x, z of its middle (metres) and heading (radians)."""


def turning(angle: float, step_seconds: float) -> tuple[Fall, ...]:
    """Turn on the spot by an angle (radians, positive to the left), two falls for each quarter."""
    pairs = max(1, int(np.ceil(abs(angle) / np.radians(62.0))))
    near, far = ("left", "right") if angle > 0.0 else ("right", "left")
    plan: list[Fall] = []
    for pair in range(pairs):
        heading = angle * (pair + 1) / pairs
        for side in (near, far):
            start = 0.12 + len(plan) * step_seconds
            plan.append(Fall(side, start, start + 0.9 * step_seconds, (0.0, 0.0, heading)))
    return tuple(plan)


def going(
    direction: tuple[float, float], metres: float, count: int, step_seconds: float, lead: str
) -> tuple[Fall, ...]:
    """Step ``count`` times.

    Sideways each step is closed by the other foot; ahead and back the feet pass one another and the
    last one closes.

    Args:
        direction: Unit x (left), z (ahead).
        metres: Length of a step.
        count: Steps of the leading kind.
        step_seconds: From one fall to the next.
        lead: Foot that starts.
    """
    other = "right" if lead == "left" else "left"
    sideways = abs(direction[0]) > 0.5
    falls = [(lead, n + 1) for n in range(count)] if sideways else []
    if sideways:
        falls = [fall for side, n in falls for fall in ((side, n), (other, n))]
    else:
        falls = [(lead if n % 2 == 0 else other, n + 1) for n in range(count)]
        falls.append((other if count % 2 else lead, count))
    plan: list[Fall] = []
    for number, (side, n) in enumerate(falls):
        start = 0.12 + number * step_seconds
        spot = (direction[0] * metres * n, direction[1] * metres * n, 0.0)
        plan.append(Fall(side, start, start + 0.88 * step_seconds, spot))
    return tuple(plan)


def seconds_of(falls: Sequence[Fall]) -> float:
    """Time that a plan takes, with a moment to settle."""
    return max((fall.end for fall in falls), default=0.0) + 0.3


def _stance(side: str, body: tuple[float, float, float]) -> tuple[np.ndarray, float]:
    """Ankle and heading of a foot in a stance."""
    sign = dict(SIDES)[side]
    turn = about_up(body[2])
    spot = transforms.rotate(turn, np.array([sign * _OUT, 0.0, 0.0]))
    return spot + np.array([body[0], ANKLE, body[1]]), body[2] + sign * _TOE_OUT


def _tracks(
    falls: Sequence[Fall], times: np.ndarray, lift: float
) -> tuple[Feet, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Feet, their headings, and how far each is off the ground (0 to 1)."""
    feet: Feet = {}
    headings: dict[str, np.ndarray] = {}
    airs: dict[str, np.ndarray] = {}
    for side, _ in SIDES:
        place, heading = _stance(side, (0.0, 0.0, 0.0))
        spots, yaw = np.tile(place, (len(times), 1)), np.full(len(times), heading)
        air = np.zeros(len(times))
        for fall in (f for f in falls if f.side == side):
            t = (times - fall.start) / (fall.end - fall.start)
            share = ease(t)
            goal, ahead = _stance(side, fall.body)
            spots = spots + share[:, None] * (goal - spots[-1])
            yaw = yaw + share * (ahead - yaw[-1])
            air = air + np.sin(np.pi * np.clip(t, 0.0, 1.0)) ** 2
        spots = spots + lift * air[:, None] * [0.0, 1.0, 0.0]
        # The toes trail as the foot leaves and rise before it comes down.
        pitch = transforms.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(14.0) * air)
        feet[side] = (spots, transforms.multiply(about_up(yaw), pitch))
        headings[side], airs[side] = yaw, air
    return feet, headings, airs


def stepped(falls: Sequence[Fall], *, lift: float = 0.075, lean: float = 0.55) -> Performance:
    """Carry out a plan of footfalls from a stance at the origin.

    Args:
        falls: In order of time.
        lift: Height to which an ankle rises in a step, metres.
        lean: How far the weight goes over the standing foot, 0 to 1.
    """
    frames = round(seconds_of(falls) * FPS) + 1
    times = np.arange(frames) / FPS
    feet, headings, airs = _tracks(falls, times, lift)
    weights = {side: 1.0 - airs[side] * lean for side, _ in SIDES}
    total = weights["left"] + weights["right"]
    centre = sum(weights[s][:, None] * feet[s][0] for s, _ in SIDES) / total[:, None]
    yaw = gaussian_filter1d(0.5 * (headings["left"] + headings["right"]), 4.0, mode="nearest")
    centre = gaussian_filter1d(centre, 3.0, axis=0, mode="nearest")
    apart = np.linalg.norm((feet["left"][0] - feet["right"][0])[:, [0, 2]], axis=1)
    sink = 0.5 * np.maximum(0.0, apart - 2.0 * _OUT) ** 2 / LEG
    pelvis = centre * [1.0, 0.0, 1.0]
    pelvis[:, 1] = LEG * 0.984 + ANKLE - gaussian_filter1d(sink, 3.0, mode="nearest")
    body = posed("steps", _gaze(yaw, airs))
    rotations = body.rotations.copy()
    rotations[:, 0] = transforms.multiply(about_up(yaw), rotations[:, 0])
    return with_feet(replace(body, rotations=rotations, pelvis=pelvis), feet)


def _gaze(
    yaw: Float[np.ndarray, "frames"], airs: dict[str, np.ndarray]
) -> dict[str, Float[np.ndarray, "frames"]]:
    """Head and chest lead a turn; arms swing against the legs."""
    pose = rest_curves(len(yaw))
    early = np.concatenate([yaw[6:], np.full(min(6, len(yaw)), yaw[-1])])[: len(yaw)]
    lead = np.degrees(early - yaw)
    pose["head.turn"] = pose["head.turn"] + np.clip(0.9 * lead, -40.0, 40.0)
    pose["torso.turn"] = pose["torso.turn"] + np.clip(0.5 * lead, -18.0, 18.0)
    swing = gaussian_filter1d(airs["left"] - airs["right"], 3.0, mode="nearest")
    pose["leftArm.forward"] = pose["leftArm.forward"] - 10.0 * swing
    pose["rightArm.forward"] = pose["rightArm.forward"] + 10.0 * swing
    pose["hips.lean"] = pose["hips.lean"] + 1.6 * swing
    pose["torso.lean"] = pose["torso.lean"] - 2.0 * swing
    return pose


def standing_feet() -> Feet:
    """The feet of a person at ease, for one frame."""
    return feet_of(posed("stance", rest_curves(1)))
