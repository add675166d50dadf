# SPDX-License-Identifier: Apache-2.0
"""Curves of a face as glTF keys and back: few keys, straight lines between them.

glTF gives all morph targets of a mesh one sampler, so a key costs a number for each of them, moving
or not. A face rests between blinks and glances, so keys stand only where the straight line between
their neighbours would be off by more than :data:`CLOSE` (Douglas and Peucker 1973, with the largest
difference of any target as the distance).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int

from gen3d.types import Clip

CLOSE = 0.004
"""Largest error of a weight: 0.4 % of a whole expression, below what anybody sees."""


@dataclass(frozen=True)
class FaceNode:
    """A node whose mesh has named morph targets."""

    node: int
    targets: tuple[str, ...]


def driven(clips: Sequence[Clip], mesh: FaceNode) -> bool:
    """Whether some clip moves a target of this mesh."""
    mine = set(mesh.targets)
    return any(np.any(clip.face[name]) for clip in clips for name in mine & clip.face.keys())


def weights_of(
    face: Mapping[str, Float32[np.ndarray, "frames"]], targets: Sequence[str], frames: int
) -> Float32[np.ndarray, "frames targets"]:
    """The weights of a mesh's targets, frame by frame; those without a curve stay 0."""
    weights = np.zeros((frames, len(targets)), np.float32)
    for column, name in enumerate(targets):
        if name in face:
            weights[:, column] = face[name]
    return weights


def key_frames(weights: Float32[np.ndarray, "frames targets"]) -> Int[np.ndarray, "keys"]:
    """Ascending frames between which straight lines follow every column; the ends are in."""
    kept = {0, len(weights) - 1}
    pending = [(0, len(weights) - 1)]
    while pending:
        first, last = pending.pop()
        share = (np.arange(first, last + 1) - first)[:, None] / max(1, last - first)
        line = (1.0 - share) * weights[first] + share * weights[last]
        missed = np.abs(weights[first : last + 1] - line).max(axis=1)
        worst = int(np.argmax(missed))
        if missed[worst] > CLOSE:
            kept.add(first + worst)
            pending += [(first, first + worst), (first + worst, last)]
    return np.array(sorted(kept))


def curves_of(
    times: Float32[np.ndarray, "keys"],
    weights: Float32[np.ndarray, "keys targets"],
    targets: Sequence[str],
    frames: int,
    fps: float,
) -> dict[str, Float32[np.ndarray, "frames"]]:
    """Curves of the targets that keys move, frame by frame.

    Args:
        times: Of the keys, seconds, ascending.
        weights: At the keys.
        targets: Name of each column.
        frames: Length of the clip.
        fps: Frames a second.
    """
    at = np.arange(frames) / fps
    return {
        name: np.interp(at, times, weights[:, column]).astype(np.float32)
        for column, name in enumerate(targets)
        if np.any(weights[:, column])
    }
