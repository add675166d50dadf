# SPDX-License-Identifier: Apache-2.0
"""The last touch on the reference body: nothing sinks into the ground and standing feet stand.

The same contact detection, body-over-ground and foot planting that every clip gets on a character
(:mod:`motion.finish`), here on the reference body, so that a performance is clean before anybody
learns from it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gen3d import transforms
from gen3d.types import Clip, Skeleton
from motion.contact import detect
from motion.ground import body_above
from motion.performance import REFERENCE, Performance
from motion.plant import planted


def _rooted() -> Skeleton:
    """The reference body with the root that characters have."""
    parents = tuple(parent + 1 for parent in REFERENCE.parents)
    positions = np.concatenate([np.zeros((1, 3), np.float32), REFERENCE.positions])
    return Skeleton(("root", *REFERENCE.names), (-1, *parents), positions)


STAGE: Skeleton = _rooted()
"""The reference body with a root at the origin."""


def as_clip(performance: Performance) -> Clip:
    """A performance as a clip on :data:`STAGE`."""
    frames = len(performance.pelvis)
    root = np.tile(transforms.IDENTITY, (frames, 1, 1))
    return Clip(
        name=performance.name,
        fps=performance.fps,
        rotations=np.concatenate([root, performance.rotations], axis=1).astype(np.float32),
        root_positions=np.zeros((frames, 3), np.float32),
        hips_positions=performance.pelvis.astype(np.float32),
        loop=performance.loop,
    )


def footed(performance: Performance) -> Performance:
    """Raise what would sink into the ground and keep standing feet where they stand."""
    clip = as_clip(performance)
    contacts = detect(clip, STAGE)
    clean = planted(body_above(clip, STAGE), STAGE, contacts)
    return replace(
        performance,
        rotations=transforms.continuous(clean.rotations[:, 1:].astype(np.float64)),
        pelvis=clean.hips_positions.astype(np.float64),
        grounded=True,
    )
