# SPDX-License-Identifier: Apache-2.0
"""When each sole touches the ground.

Four sole points are watched: heel and ball of either foot. A point makes contact when it is low and
slow and loses it when it is high or fast; the limits for staying are wider than those for arriving
(hysteresis), so contact does not flicker. Everything scales with the leg.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from gen3d import transforms
from gen3d.types import Clip, Skeleton
from motion.retarget import scale_of

_HEEL_BACK, _TIP_AHEAD = 0.42, 0.36
"""Heel behind the ankle and toe tips before the ball, in units of ankle to ball (CC0 base mesh)."""
_ON_HEIGHT, _OFF_HEIGHT = 0.05, 0.085
"""Metres for the reference leg."""
_ON_SPEED, _OFF_SPEED = 0.45, 0.9
"""Metres a second for the reference leg, over the ground."""
_LOW, _ON_SHARE, _OFF_SHARE, _SWING_SECONDS = 0.03, 0.15, 0.25, 0.4
"""On the ground (metres for the reference leg) speeds may be these shares of the fastest that the
point goes within so many seconds: who runs strikes and leaves the ground fast, and what a network
or a camera leaves of tremor grows with the speed."""
_SHORTEST_SECONDS = 0.09
_SLIDE = 0.10
"""Farthest that a foot in one contact may wander from its middle, metres for the reference leg."""
_TOUCH, _TOUCH_AT_MOST = 0.012, 0.0095
"""Height under which a planted point lies on the ground: metres for the reference leg, and
metres on any body, however tall."""
_UPRIGHT = 0.35
"""Least cosine between the sole's normal and the vertical: no contact of an instep."""


@dataclass(frozen=True)
class Sole:
    """Points of a sole in the frame of its foot joint (rest axes), metres."""

    foot: int
    toes: int
    heel: Float[np.ndarray, "3"]
    ball: Float[np.ndarray, "3"]
    toe_joint: Float[np.ndarray, "3"]
    tip: Float[np.ndarray, "3"]
    """In the frame of the toes joint."""
    forward: Float[np.ndarray, "3"]
    """Unit, level: from heel to ball."""


def sole(skeleton: Skeleton, side: str) -> Sole:
    """Measure a foot in rest, where the soles lie on y = 0."""
    foot, toes = skeleton.index(f"{side}Foot"), skeleton.index(f"{side}Toes")
    ankle, ball = skeleton.positions[[foot, toes]].astype(np.float64)
    level = (ball - ankle) * [1.0, 0.0, 1.0]
    down = np.array([0.0, -ankle[1], 0.0])
    return Sole(
        foot=foot,
        toes=toes,
        heel=down - _HEEL_BACK * level,
        ball=down + level,
        toe_joint=ball - ankle,
        tip=np.array([0.0, -ball[1], 0.0]) + _TIP_AHEAD * level,
        forward=level / np.linalg.norm(level),
    )


def world_of(clip: Clip, skeleton: Skeleton) -> tuple[np.ndarray, np.ndarray]:
    """World rotations and positions of all joints of a clip, in double precision.

    Single precision leaves a clip's rotations a little off unit length, and chains of bones
    multiply what is left, so lengths are put right first.
    """
    unit = transforms.normalize(clip.rotations.astype(np.float64))
    local = transforms.clip_translations(skeleton, clip.root_positions, clip.hips_positions)
    return transforms.forward_kinematics(skeleton.parents, unit, local.astype(np.float64))


def sole_points(
    rotations: Float[np.ndarray, "frames joints 4"],
    positions: Float[np.ndarray, "frames joints 3"],
    skeleton: Skeleton,
) -> Float[np.ndarray, "frames 4 3"]:
    """Left heel, left ball, right heel, right ball in the world."""
    points: list[np.ndarray] = []
    for side in ("left", "right"):
        shape = sole(skeleton, side)
        turn, ankle = rotations[:, shape.foot], positions[:, shape.foot]
        points += [ankle + transforms.rotate(turn, p[None]) for p in (shape.heel, shape.ball)]
    return np.stack(points, axis=1)


def toe_tips(
    rotations: Float[np.ndarray, "frames joints 4"],
    positions: Float[np.ndarray, "frames joints 3"],
    skeleton: Skeleton,
) -> Float[np.ndarray, "frames 2 3"]:
    """Undersides of the toe tips, left and right, in the world."""
    shapes = [sole(skeleton, side) for side in ("left", "right")]
    tips = [
        positions[:, s.toes] + transforms.rotate(rotations[:, s.toes], s.tip[None]) for s in shapes
    ]
    return np.stack(tips, axis=1)


def ground_speed(
    points: Float[np.ndarray, "frames points 3"], fps: float
) -> Float[np.ndarray, "frames points"]:
    """Horizontal speed by central differences, m/s."""
    return np.linalg.norm(np.gradient(points[..., [0, 2]], axis=0), axis=-1) * fps


def _hysteresis(arrive: np.ndarray, stay: np.ndarray) -> np.ndarray:
    """Runs of ``stay`` in which ``arrive`` holds at least once."""
    state = np.zeros_like(arrive)
    for run in runs(stay):
        state[run] = arrive[run].any()
    return state


def runs(flags: Bool[np.ndarray, "frames"]) -> list[slice]:
    """Maximal stretches where a flag is set."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def either(flags: Bool[np.ndarray, "frames 2"]) -> Bool[np.ndarray, "frames"]:
    """Whether heel or ball is in contact."""
    return flags[:, 0] | flags[:, 1]


def _tidied(flags: Bool[np.ndarray, "frames"], shortest: int) -> Bool[np.ndarray, "frames"]:
    """Close gaps of two frames and drop stretches shorter than ``shortest``."""
    tidy = flags.copy()
    for gap in runs(~tidy):
        if gap.start > 0 and gap.stop < len(tidy) and gap.stop - gap.start <= 2:
            tidy[gap] = True
    for run in runs(tidy):
        if run.stop - run.start < shortest and not tidy.all():
            tidy[run] = False
    return tidy


def floor_height(points: Float[np.ndarray, "frames 4 3"], fps: float, scale: float) -> float:
    """Height of the ground under a motion: where its slow, low sole points rest, metres."""
    lowest = points[..., 1].min(axis=1)
    speed = np.take_along_axis(
        ground_speed(points, fps), points[..., 1].argmin(axis=1)[:, None], axis=1
    )[:, 0]
    base = np.quantile(lowest, 0.03)
    resting = (lowest < base + 0.06 * scale) & (speed < _OFF_SPEED * np.sqrt(scale))
    return float(np.median(lowest[resting])) if resting.sum() >= 3 else float(base)


def detect(clip: Clip, skeleton: Skeleton, floor: float = 0.0) -> Bool[np.ndarray, "frames 4"]:
    """Contact of left heel, left ball, right heel, right ball (HumanML3D's order).

    Args:
        clip: The motion.
        skeleton: The body that performs it.
        floor: Height of the ground, metres.
    """
    rotations, positions = world_of(clip, skeleton)
    scale = scale_of(skeleton)
    points = sole_points(rotations, positions, skeleton)
    height = (points[..., 1] - floor) / scale
    # Speeds scale with the root of the length (Froude): a child steps quicker for its size.
    steps = uniform_filter1d(np.gradient(points, axis=0), 3, axis=0, mode="nearest")
    speed = np.linalg.norm(steps, axis=-1) * clip.fps / np.sqrt(scale)
    feet = [skeleton.index("leftFoot"), skeleton.index("rightFoot")]
    up = transforms.rotate(rotations[:, feet], np.array([0.0, 1.0, 0.0]))[..., 1]
    upright = np.repeat(up > _UPRIGHT, 2, axis=1)
    swing = maximum_filter1d(speed, 2 * round(_SWING_SECONDS * clip.fps) + 1, axis=0)
    low = height < _LOW
    arrive = (height < _ON_HEIGHT) & (speed < _ON_SPEED) | low & (speed < _ON_SHARE * swing)
    stay = (height < _OFF_HEIGHT) & (speed < _OFF_SPEED) | low & (speed < _OFF_SHARE * swing)
    # Small hops are slow, but who rises or falls at that height stands on nothing.
    settled = low | (np.abs(steps[..., 1]) * clip.fps / np.sqrt(scale) < _ON_SPEED)
    arrive, stay = arrive & upright, stay & upright & settled
    shortest = max(3, round(_SHORTEST_SECONDS * clip.fps))
    flags = [_tidied(_hysteresis(arrive[:, i], stay[:, i]), shortest) for i in range(4)]
    found = np.stack(flags, axis=1)
    for foot in (slice(0, 2), slice(2, 4)):
        _split_slides(found[:, foot], points[:, foot.stop - 1], _SLIDE * scale, shortest)
    return found


def _split_slides(flags: np.ndarray, ball: np.ndarray, limit: float, shortest: int) -> None:
    """Cut contacts in which the foot wanders, at its fastest moment: that is a small step."""
    pending = runs(either(flags))
    while pending:
        run = pending.pop()
        spot = ball[run][:, [0, 2]]
        if run.stop - run.start < 2 * shortest + 6 or _spread(spot) < limit:
            continue
        speed = uniform_filter1d(np.linalg.norm(np.gradient(spot, axis=0), axis=1), 3)
        cut = run.start + shortest + 2 + int(speed[shortest + 2 : -shortest - 2].argmax())
        flags[cut - 2 : cut + 2] = False
        pending += [slice(run.start, cut - 2), slice(cut + 2, run.stop)]


def _spread(spot: Float[np.ndarray, "frames 2"]) -> float:
    return float(np.linalg.norm(spot - np.median(spot, axis=0), axis=1).max())


def still_down(
    contacts: Bool[np.ndarray, "frames 4"],
    points: Float[np.ndarray, "frames 4 3"],
    scale: float,
) -> Bool[np.ndarray, "frames 4"]:
    """Contacts by what the planted foot does: which of heel and ball lies on the ground."""
    touching = points[..., 1] < min(_TOUCH * scale, _TOUCH_AT_MOST)
    foot = np.repeat(contacts.reshape(-1, 2, 2).any(axis=2), 2, axis=1)
    return foot & touching
