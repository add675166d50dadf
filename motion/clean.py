# SPDX-License-Identifier: Apache-2.0
"""What a generated motion needs before and after it meets a body.

:func:`smoothed` takes the tremor out of a performance and leaves its accents: around a strong
Savitzky-Golay curve, what is left over is kept by the share of its local energy that is not noise
(the local Wiener filter, Lee 1980, "Digital image enhancement and noise filtering by use of local
statistics"). The noise is read off fifth differences, where human motion has little.

:func:`arms_clear` takes hands and forearms out of trunk, head and thighs, by the shortest way,
along a curve that is smooth in time and never below what is needed; the arm follows by inverse
kinematics and the hand keeps its orientation. Touching is left alone: see :mod:`motion.capsules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, uniform_filter1d
from scipy.signal import savgol_filter

from gen3d import transforms
from gen3d.types import Clip, Skeleton
from motion import limbs
from motion.capsules import arm_points, depths, trunk_and_legs, ways_out
from motion.contact import world_of
from motion.hands import reach
from motion.performance import Performance, local_rotations
from motion.retarget import scale_of

_STRONG_SECONDS = 0.3
_FIFTH_DIFFERENCE = 252.0
"""Variance of the fifth difference of white noise of variance 1 (binomials squared)."""
_TOUCH = 0.006
"""Metres that a limb may be in a capsule: flesh gives."""
_SPREAD_SECONDS = 0.2
_EASE_S, _NEAR_S = 0.08, 0.2
"""Width of what is blurred where prompts meet, and how near that is; seconds."""
_ROUNDS = 3
_PUSHES = 6


def smoothed(performance: Performance, strength: float = 2.0) -> Performance:
    """Take out what trembles; peaks of speed stay.

    Args:
        performance: At any frame rate.
        strength: How many times the measured noise is taken for noise; 0 changes nothing.
    """
    window = 2 * round(0.5 * _STRONG_SECONDS * performance.fps) + 1
    if strength <= 0.0 or window < 5 or len(performance.pelvis) <= window:
        return performance
    rotations = transforms.continuous(performance.rotations)
    calm = _calmed(rotations, window, strength)
    return replace(
        performance,
        rotations=transforms.continuous(transforms.normalize(calm)),
        pelvis=_calmed(performance.pelvis, window, strength),
    )


def eased(performance: Performance, seconds: Sequence[float]) -> Performance:
    """Calm what jerks where one prompt gives way to the next; accents elsewhere stay.

    Args:
        performance: At any frame rate.
        seconds: When the next prompt begins, each time.
    """
    frames, fps = len(performance.pelvis), performance.fps
    if not seconds or frames < 5:
        return performance
    time = np.arange(frames) / fps
    near = np.exp(-(np.subtract.outer(time, np.asarray(seconds)) ** 2) / (2.0 * _NEAR_S**2)).max(1)
    rotations = transforms.continuous(performance.rotations)

    def calm(values: np.ndarray) -> np.ndarray:
        soft = gaussian_filter1d(values, _EASE_S * fps, axis=0, mode="nearest")
        weight = near.reshape(-1, *[1] * (values.ndim - 1))
        return values + weight * (soft - values)

    return replace(
        performance,
        rotations=transforms.continuous(transforms.normalize(calm(rotations))),
        pelvis=calm(performance.pelvis),
    )


def _calmed(
    values: Float[np.ndarray, "frames *rest width"], window: int, strength: float
) -> Float[np.ndarray, "frames *rest width"]:
    """Local Wiener filter along time; the last axis shares one gain."""
    trend: np.ndarray = np.asarray(savgol_filter(values, window, 3, axis=0, mode="interp"))
    rest = values - trend
    fifth = np.diff(values, n=5, axis=0)
    noise = np.median(np.sum(fifth**2, axis=-1), axis=0) / _FIFTH_DIFFERENCE
    energy = uniform_filter1d(np.sum(rest**2, axis=-1), window // 2 + 1, axis=0, mode="nearest")
    gain = np.maximum(0.0, 1.0 - strength * noise / np.maximum(energy, 1e-18))
    gain = gaussian_filter1d(gain, 1.0, axis=0, mode="nearest")
    return trend + gain[..., None] * rest


def arms_clear(clip: Clip, skeleton: Skeleton) -> Clip:
    """Take hands and forearms out of the body.

    Args:
        clip: Any motion on the body.
        skeleton: The body.
    """
    rotations, positions = world_of(clip, skeleton)
    moved = [_arm_clear(clip, rotations, positions, skeleton, side) for side in ("left", "right")]
    if not any(moved):
        return clip
    local = local_rotations(skeleton.parents, rotations)
    return replace(clip, rotations=transforms.continuous(local).astype(np.float32))


def _arm_clear(
    clip: Clip, rotations: np.ndarray, positions: np.ndarray, skeleton: Skeleton, side: str
) -> bool:
    """Clear one arm, in place on arrays that the caller owns; False if it is clear as it is."""
    arm = limbs.arm(skeleton, side)
    before = (rotations[:, list(arm.joints[:2])].copy(), positions.copy())
    way = np.zeros((len(positions), 3))
    for _ in range(_ROUNDS):
        needed = _needed(rotations, positions, skeleton, side)
        if not needed.any():
            break
        way += _smooth_way(needed, clip.fps)
        rotations[:, list(arm.joints[:2])] = before[0]
        reach(arm, rotations, before[1], way)
        _place_arm(arm, rotations, positions, skeleton, side)
    return bool(way.any())


def _needed(
    rotations: np.ndarray, positions: np.ndarray, skeleton: Skeleton, side: str
) -> Float[np.ndarray, "frames 3"]:
    """How far the wrist of each frame by itself has to move for its arm to be outside."""
    body = trunk_and_legs(rotations, positions, skeleton)
    points = arm_points(positions, skeleton, side)
    frames, touch = np.arange(len(positions)), _TOUCH * scale_of(skeleton)
    way = np.zeros((len(positions), 3))
    for _ in range(_PUSHES):
        lifted = points.places + points.leverage[:, None] * way[:, None]
        here = replace(points, places=lifted)
        deep = depths(here, body) - touch
        flat = deep.reshape(len(frames), -1).argmax(axis=1)
        point, capsule = np.unravel_index(flat, deep.shape[1:])
        depth = np.maximum(0.0, deep[frames, point, capsule])
        if not depth.any():
            break
        out = ways_out(here, body)[frames, point, capsule]
        # A point in the middle of the forearm moves less than the wrist does; what is out of the
        # straight way costs a little more of it.
        way += out * (1.05 * depth / points.leverage[point])[:, None]
    return way


def _smooth_way(way: Float[np.ndarray, "frames 3"], fps: float) -> Float[np.ndarray, "frames 3"]:
    """A smooth curve of ways that is never shorter than what each frame needs.

    A Gaussian no wider than the window of the maximum before it cannot fall below the values.
    """
    radius = max(1, round(_SPREAD_SECONDS * fps))
    length = np.linalg.norm(way, axis=-1)
    sigma = radius / 2.5
    high = maximum_filter1d(length, 2 * radius + 1, mode="nearest")
    envelope = gaussian_filter1d(high, sigma, mode="nearest", radius=radius)
    wide = gaussian_filter1d(way, 1.5 * sigma, axis=0, mode="nearest", radius=2 * radius)
    direction = gaussian_filter1d(wide + way, sigma, axis=0, mode="nearest", radius=radius)
    return transforms.normalize(direction) * envelope[:, None]


def _place_arm(
    arm: limbs.Limb, rotations: np.ndarray, positions: np.ndarray, skeleton: Skeleton, side: str
) -> None:
    """Positions of elbow, wrist and fingers again, from the rotations."""
    upper, lower, _ = arm.joints
    for joint, parent in enumerate(skeleton.parents):
        name = skeleton.names[joint]
        below = parent in (upper, lower) or name.endswith(_DIGITS)
        if name.startswith(side) and below:
            offset = skeleton.offsets[joint].astype(np.float64)[None]
            positions[:, joint] = positions[:, parent] + transforms.rotate(
                rotations[:, parent], offset
            )


_DIGITS = ("Metacarpal", "Proximal", "Intermediate", "Distal")
