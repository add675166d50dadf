# SPDX-License-Identifier: Apache-2.0
"""A performance made into a clean clip on one body: retarget, ground, feet, root.

The one road that every source of motion takes, captured, programmed or generated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool

from gen3d.types import Clip, Skeleton
from motion import measures
from motion.clean import arms_clear
from motion.contact import detect, floor_height, sole_points, still_down, world_of
from motion.ground import body_above, hands_above
from motion.hands import met
from motion.heading import with_root
from motion.loop import Travel, closed, joined, straightened, tiled, travel_of
from motion.performance import Performance
from motion.plant import planted
from motion.retarget import retarget, scale_of

_MORE_ROUNDS = 2


@dataclass(frozen=True)
class Finished:
    """A clip with what is known about it."""

    clip: Clip
    contacts: Bool[np.ndarray, "frames 4"]
    """Left heel, left ball, right heel, right ball."""
    measures: dict[str, float]


def finish(
    performance: Performance,
    skeleton: Skeleton,
    *,
    in_place: bool = False,
    loop: bool | None = None,
    arm_clearance: float = 0.0,
) -> Finished:
    """Put a performance on a body.

    Args:
        performance: What to do.
        skeleton: Who does it.
        in_place: Keep the root at the origin.
        loop: Make a cycle (True), do not (False), or as the performance is (None).
        arm_clearance: How far the torso pushes hanging arms out, radians.
    """
    shaped = _shaped(straightened(performance), loop=loop)
    raw = retarget(shaped, skeleton, arm_clearance)
    travel = Travel(0.0, np.zeros(3))
    padding = 0
    if raw.loop:
        travel = travel_of(raw.rotations[:, 1].astype(np.float64), raw.hips_positions)
        raw, padding = tiled(raw, travel), len(raw.rotations) - 1
    raw, contacts = _grounded(raw, skeleton, known=performance.grounded)
    contacts = _cyclic(contacts, padding)
    clean, contacts = _standing(body_above(raw, skeleton), skeleton, contacts, padding)
    clean = hands_above(arms_clear(clean, skeleton), skeleton)
    if performance.palms_meet:
        clean = met(clean, skeleton)
    contacts = still_down(
        contacts, sole_points(*world_of(clean, skeleton), skeleton), scale_of(skeleton)
    )
    kept = slice(padding, len(contacts) - padding)
    cycle = _frames(clean, kept)
    figures = measures.measure(cycle, skeleton, contacts[kept])
    if cycle.loop:
        degrees, shift = measures.seam(cycle, skeleton, travel)
        figures |= {"seam_deg": degrees, "seam_cm": shift}
    clip = with_root(clean, in_place=in_place, padding=padding)
    return Finished(clip, contacts[kept], figures)


def _shaped(performance: Performance, *, loop: bool | None) -> Performance:
    if loop is False or (loop is None and not performance.loop):
        return replace(performance, loop=False)
    return closed(performance if performance.loop else joined(performance))


def _cyclic(contacts: Bool[np.ndarray, "frames 4"], padding: int) -> Bool[np.ndarray, "frames 4"]:
    """The same contacts in each of three cycles: those of the middle one, which has no ends."""
    return np.tile(contacts[padding:-padding], (3, 1)) if padding else contacts


def _standing(
    clip: Clip, skeleton: Skeleton, contacts: Bool[np.ndarray, "frames 4"], padding: int
) -> tuple[Clip, Bool[np.ndarray, "frames 4"]]:
    """Plant the feet; those that then stand show contacts that were lost in a raw tremor."""
    clean = planted(clip, skeleton, contacts)
    for _ in range(_MORE_ROUNDS):
        found = _cyclic(detect(clean, skeleton), padding)
        if not (found & ~contacts).any():
            break
        contacts = contacts | found
        # The raw clip again: what is planted would have its feet's roll flattened twice.
        clean = planted(clip, skeleton, contacts)
    return clean, contacts


def _grounded(
    clip: Clip, skeleton: Skeleton, *, known: bool
) -> tuple[Clip, Bool[np.ndarray, "frames 4"]]:
    """Find the floor under the feet, put it at y = 0, and find the contacts."""
    points = sole_points(*world_of(clip, skeleton), skeleton)
    floor = 0.0 if known else floor_height(points, clip.fps, scale_of(skeleton))
    contacts = detect(clip, skeleton, floor)
    lower = np.array([0.0, floor, 0.0])
    moved = replace(clip, hips_positions=(clip.hips_positions - lower).astype(np.float32))
    return moved, contacts


def _frames(clip: Clip, kept: slice) -> Clip:
    return replace(
        clip,
        rotations=clip.rotations[kept],
        root_positions=clip.root_positions[kept],
        hips_positions=clip.hips_positions[kept],
    )
