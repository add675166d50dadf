# SPDX-License-Identifier: Apache-2.0
"""DeepMimic JSON as a recording on the reference body (:mod:`motion.clips` knows the format)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from motion.clips import read
from motion.performance import REFERENCE, Performance
from motion.rig import Recording, Rig


def read_deepmimic(path: Path) -> Recording:
    """Read a motion of the DeepMimic humanoid.

    Raises:
        Gen3dError: The file is not such a motion.
    """
    return on_reference(read(path, path.stem))


def on_reference(performance: Performance) -> Recording:
    """A performance as a recording of the body that performances are on."""
    frames, count = len(performance.rotations), len(REFERENCE.names)
    offsets = REFERENCE.offsets.astype(np.float64)
    translations = np.tile(offsets, (frames, 1, 1))
    translations[:, 0] = performance.pelvis
    turns = np.tile(np.array([1.0, 0.0, 0.0, 0.0]), (count, 1))
    rig = Rig(REFERENCE.names, REFERENCE.parents, offsets, turns)
    return Recording(performance.name, performance.fps, rig, performance.rotations, translations)
