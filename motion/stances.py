# SPDX-License-Identifier: Apache-2.0
"""Single frames of captured motions: stances that show armpits, crotch and the backs of knees."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32

from gen3d.render.skinning import clip_matrices
from gen3d.types import Skeleton
from motion.catalogue import entry, play
from motion.retarget import retarget

FRAMES = (
    *(("clip:run", 0.3), ("clip:run", 0.8), ("clip:stroll", 0.25), ("clip:dance", 0.35)),
    *(("clip:dance", 0.7), ("clip:kick", 0.5), ("clip:jump", 0.3), ("clip:punch", 0.5)),
)
"""Motions, and where in them, as shares of their length."""


def stances(skeleton: Skeleton) -> Float32[np.ndarray, "poses joints 3 4"]:
    """Skinning matrices of the frames on a skeleton."""
    clips = {name: retarget(play(entry(name), 0), skeleton) for name, _ in FRAMES}
    frames = {name: clip_matrices(skeleton, clip) for name, clip in clips.items()}
    return np.stack([frames[name][int(share * len(frames[name]))] for name, share in FRAMES])
