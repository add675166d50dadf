# SPDX-License-Identifier: Apache-2.0
"""Every motion of the library on three bodies: feet and seams before and after the clean-up.

``python tests/benchmarks/motion_quality.py [NAME ...]`` prints a table, with the worst figure of
each column at its end. *Raw* is the plain retarget by bone directions, set on the ground by its
resting sole points; its skate is measured over the very contacts of the finished clip.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from gen3d.body import Body
from gen3d.spec import BodySpec
from gen3d.types import Clip, Skeleton
from motion import measures
from motion.catalogue import Entry, entries, play
from motion.contact import floor_height, sole_points, world_of
from motion.finish import finish
from motion.loop import straightened
from motion.retarget import arm_clearance, retarget, scale_of

BODIES = {
    "child": BodySpec(height=1.1, age_years=6),
    "heavy": BodySpec(height=1.8, weight=1.0),
    "tall": BodySpec(height=2.1, weight=0.3),
}


def raw_figures(entry: Entry, skeleton: Skeleton, contacts: np.ndarray) -> tuple[float, float]:
    """Skate (cm/s) and penetration (cm) of the plain retarget."""
    clip: Clip = retarget(straightened(play(entry, 0)), skeleton)
    rotations, positions = world_of(clip, skeleton)
    points = sole_points(rotations, positions, skeleton)
    floor = floor_height(points, clip.fps, scale_of(skeleton))
    positions = positions - np.array([0.0, floor, 0.0])
    frames = min(len(points), len(contacts))
    skate = measures.skate(points[:frames], contacts[:frames], clip.fps)
    return skate, measures.penetration(rotations, positions, skeleton)


def main() -> None:
    """Print the table."""
    names = set(sys.argv[1:])
    chosen = [e for e in entries() if not names or e.name in names]
    space = Body.load()
    print(
        f"{'motion':32} {'body':6} {'skate raw':>9} {'clean':>6} {'pen. raw':>8} {'clean':>6}"
        f" {'seam deg':>8} {'cm':>5} {'jerk':>6} {'travel':>6} {'s':>5} {'ms':>5}"
    )
    worst = np.zeros(6)
    for label, spec in BODIES.items():
        body = space.with_shape(spec)
        clearance = arm_clearance(body.skeleton, body.verts)
        for entry in chosen:
            start = time.perf_counter()
            done = finish(play(entry, 0), body.skeleton, arm_clearance=clearance)
            spent = 1000.0 * (time.perf_counter() - start)
            m = done.measures
            before = raw_figures(entry, body.skeleton, done.contacts)
            seam = (m.get("seam_deg", 0.0), m.get("seam_cm", 0.0))
            row = (before[0], m["skate_cm_s"], before[1], m["penetration_cm"], *seam)
            worst = np.maximum(worst, row)
            print(
                f"{entry.id:32} {label:6} {row[0]:9.2f} {row[1]:6.2f} {row[2]:8.2f} {row[3]:6.2f}"
                f" {row[4]:8.2f} {row[5]:5.2f} {m['jerk_m_s3']:6.0f} {m['travel_m']:6.2f}"
                f" {m['duration_s']:5.2f} {spent:5.0f}"
            )
    print(
        f"{'worst':32} {'':6} {worst[0]:9.2f} {worst[1]:6.2f} {worst[2]:8.2f} {worst[3]:6.2f}"
        f" {worst[4]:8.2f} {worst[5]:5.2f}"
    )


if __name__ == "__main__":
    main()
