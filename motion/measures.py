# SPDX-License-Identifier: Apache-2.0
"""Figures that say how good a motion is: skate, penetration, seam, jerk, travel."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float

from gen3d import transforms
from gen3d.types import Clip, Skeleton
from motion.contact import ground_speed, sole_points, toe_tips, world_of
from motion.heading import about_up
from motion.loop import Travel


def skate(
    points: Float[np.ndarray, "frames 4 3"], contacts: Bool[np.ndarray, "frames 4"], fps: float
) -> float:
    """Mean speed over the ground of feet in contact, cm/s.

    A foot may roll or pivot: of its points in contact the slower one counts. A frame counts when
    the foot is in contact in it and in both its neighbours.
    """
    speed = ground_speed(points, fps)
    held = contacts.copy()
    held[1:] &= contacts[:-1]
    held[:-1] &= contacts[1:]
    slow = np.where(held, speed, np.inf).reshape(-1, 2, 2).min(axis=2)
    counted = slow[np.isfinite(slow)]
    return float(100.0 * counted.mean()) if counted.size else 0.0


def penetration(
    rotations: Float[np.ndarray, "frames joints 4"],
    positions: Float[np.ndarray, "frames joints 3"],
    skeleton: Skeleton,
) -> float:
    """Greatest depth of a sole point, toe tip or joint under y = 0, cm."""
    soles = sole_points(rotations, positions, skeleton)[..., 1].min()
    tips = toe_tips(rotations, positions, skeleton)[..., 1].min()
    joints = positions[:, 1:, 1].min()
    return float(100.0 * max(0.0, -min(soles, tips, joints)))


def jerk(positions: Float[np.ndarray, "frames joints 3"], fps: float) -> float:
    """Median size of the third time derivative over joints and frames, m/s^3."""
    if len(positions) < 4:
        return 0.0
    third = np.diff(positions, n=3, axis=0) * fps**3
    return float(np.median(np.linalg.norm(third, axis=-1)))


def seam(clip: Clip, skeleton: Skeleton, travel: Travel) -> tuple[float, float]:
    """Jump over the end of a cycle beyond the steps on both its sides, degrees and cm.

    Args:
        clip: One cycle, end frame left out, root at rest.
        skeleton: The body.
        travel: The move from one cycle to the next.
    """
    _, positions = world_of(clip, skeleton)
    positions = positions[:, 1:]
    ahead = travel.apply(positions[0])
    step = np.linalg.norm(ahead - positions[-1], axis=-1)
    before = np.linalg.norm(positions[-1] - positions[-2], axis=-1)
    after = np.linalg.norm(positions[1] - positions[0], axis=-1)
    shift = np.maximum(0.0, step - np.maximum(before, after)).max()
    q = clip.rotations.astype(np.float64)
    first = q[0].copy()
    first[1] = transforms.multiply(about_up(travel.turn), first[1])
    beside = np.maximum(_angle(q[-1], q[-2]), _angle(q[1], q[0]))
    jump = np.maximum(0.0, _angle(first, q[-1]) - beside).max()
    return float(np.degrees(jump)), float(100.0 * shift)


def _angle(a: Float[np.ndarray, "joints 4"], b: Float[np.ndarray, "joints 4"]) -> np.ndarray:
    return 2.0 * np.arccos(np.clip(np.abs(np.sum(a * b, axis=-1)), 0.0, 1.0))


def measure(
    clip: Clip, skeleton: Skeleton, contacts: Bool[np.ndarray, "frames 4"]
) -> dict[str, float]:
    """Skate, penetration, jerk, travel and length of a clip on a body."""
    rotations, positions = world_of(clip, skeleton)
    points = sole_points(rotations, positions, skeleton)
    hips = positions[:, skeleton.index("hips")][:, [0, 2]]
    return {
        "skate_cm_s": skate(points, contacts, clip.fps),
        "penetration_cm": penetration(rotations, positions, skeleton),
        "contact_share": float(contacts.any(axis=1).mean()),
        "jerk_m_s3": jerk(positions, clip.fps),
        "travel_m": float(np.linalg.norm(hips[-1] - hips[0])),
        "duration_s": clip.seconds,
    }
