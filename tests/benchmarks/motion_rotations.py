# SPDX-License-Identifier: Apache-2.0
"""Joints to rotations: time, error and largest turn a frame, for every clip and for plain turns.

``python tests/benchmarks/motion_rotations.py`` poses the reference body's joints of every library
motion and of synthetic ones, with nothing known about the body. *Error* is the mean distance of the
joints after forward kinematics on the measured bone lengths; *step* the largest change of any
joint's world rotation between two frames, beside that of the motion itself; *apart* the mean
difference from the motion's own world rotations, whose twists positions cannot wholly show.
"""

from __future__ import annotations

import time

import numpy as np

from gen3d import transforms
from motion.catalogue import entries, entry, play
from motion.heading import about_up
from motion.performance import BODY, FPS, Performance, at_rate, world
from motion.posing import REFERENCE_BUILD, build_of, joints_on, pose_from_joints, residual


def spun(performance: Performance, degrees: float) -> Performance:
    """A motion that turns about +Y on the way."""
    angle = np.radians(np.linspace(0.0, degrees, len(performance.pelvis)))
    turn = about_up(angle)
    rotations = performance.rotations.copy()
    rotations[:, 0] = transforms.multiply(turn, rotations[:, 0])
    pelvis = transforms.rotate(turn, performance.pelvis - performance.pelvis[:1] * [1.0, 0.0, 1.0])
    return Performance(
        f"{performance.name}+{degrees:g}",
        performance.fps,
        transforms.continuous(rotations),
        pelvis,
        performance.fingers,
    )


def motions() -> list[Performance]:
    """The library and walks that turn."""
    library = [play(entry, 0) for entry in entries()]
    walk = next(motion for motion in library if motion.name == "walk")
    return [*library, *(spun(walk, degrees) for degrees in (180.0, -180.0, 360.0, 720.0))]


def steps(turned: np.ndarray) -> np.ndarray:
    """Angle between consecutive world rotations, degrees."""
    change = transforms.multiply(transforms.conjugate(turned[:-1]), turned[1:])
    return np.degrees(2.0 * np.arcsin(np.clip(np.linalg.norm(change[..., 1:], axis=-1), 0, 1)))


def fastest(frames: int) -> float:
    """Milliseconds to measure a body and pose so many frames, the best of five."""
    walk = play(entry("clip:walk"), 0)
    slow = at_rate(walk, walk.seconds / (frames - 1) * FPS)
    joints = joints_on(slow, REFERENCE_BUILD)
    spent: list[float] = []
    for _ in range(5):
        start = time.perf_counter()
        pose_from_joints(joints, slow.fps)
        spent.append(1000.0 * (time.perf_counter() - start))
    return min(spent)


def main() -> None:
    """Print the table."""
    print(
        f"{'motion':26} {'frames':>6} {'ms':>7} {'error mm':>8} {'step °':>7} {'own':>6}"
        f" {'where':16} {'apart °':>7}"
    )
    worst = np.zeros(3)
    for motion in motions():
        joints = joints_on(motion, REFERENCE_BUILD)
        start = time.perf_counter()
        build = build_of(joints)
        posed = pose_from_joints(joints, motion.fps, motion.name, build)
        spent = 1000.0 * (time.perf_counter() - start)
        error = 1000.0 * residual(joints, posed, build).mean()
        ours, own = world(posed)[0], world(motion)[0]
        step, limit = steps(ours), steps(own).max()
        apart = transforms.multiply(transforms.conjugate(ours), own)
        apart = np.degrees(2.0 * np.arcsin(np.clip(np.linalg.norm(apart[..., 1:], axis=-1), 0, 1)))
        joint = BODY[int(step.max(axis=0).argmax())]
        worst = np.maximum(worst, [error, step.max(), apart.mean()])
        print(
            f"{motion.name:26} {len(joints):6d} {spent:7.1f} {error:8.3f} {step.max():7.1f}"
            f" {limit:6.1f} {joint:16} {apart.mean():7.2f}"
        )
    print(
        f"{'worst':26} {'':6} {'':7} {worst[0]:8.3f} {worst[1]:7.1f} {'':6} {'':16} {worst[2]:7.2f}"
    )
    print(f"196 frames, best of five: {fastest(196):.1f} ms")


if __name__ == "__main__":
    main()
