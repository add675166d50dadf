# SPDX-License-Identifier: Apache-2.0
"""Seats, knees and backs rest on the ground: flesh decides, not joints.

:mod:`motion.ground` knows a body as balls around its joints; a heavy seat reaches lower than a thin
one. Where a figure is down on the ground (hips below half their standing height), its own skinned
vertices say how far it must rise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from gen3d import transforms
from gen3d.types import Clip, Part, Skeleton
from motion.contact import world_of

_DOWN = 0.5
"""Share of the standing hip height below which a figure counts as down."""
_SAMPLES = 3000
_SOFT = 0.01
"""Metres that flesh may sink: it flattens where it rests."""


def settle(
    clip: Clip,
    skeleton: Skeleton,
    parts: Sequence[Part],
) -> Clip:
    """Raise the hips where the figure is down and its flesh would be under the ground.

    Args:
        clip: The motion on this skeleton.
        skeleton: Of the figure.
        parts: What of the dressed figure meets the ground.
    """
    rotations, positions = world_of(clip, skeleton)
    hips = skeleton.index("hips")
    down = positions[:, hips, 1] < _DOWN * skeleton.positions[hips, 1]
    if not down.any():
        return clip
    matrices = transforms.skin_matrices(skeleton, rotations, positions)[:, :, 1]
    lowest = _lowest(parts, matrices)
    depth = np.where(down, np.maximum(0.0, -_SOFT - lowest), 0.0)
    width = 2 * round(0.1 * clip.fps) + 1
    lift = gaussian_filter1d(maximum_filter1d(depth, width), 0.1 * clip.fps, mode="nearest")
    raised = clip.hips_positions + np.maximum(lift, depth)[:, None] * [0.0, 1.0, 0.0]
    return replace(clip, hips_positions=raised.astype(np.float32))


def _lowest(
    parts: Sequence[Part], height_rows: Float[np.ndarray, "frames joints 4"]
) -> Float[np.ndarray, "frames"]:
    """Height of the lowest of some thousand skinned vertices in every frame."""
    verts = np.concatenate([part.mesh.verts for part in parts])
    joints = np.concatenate([part.skin.joints for part in parts])
    weights = np.concatenate([part.skin.weights for part in parts])
    step = max(1, len(verts) // _SAMPLES)
    rows = np.einsum("vk,fvka->fva", weights[::step], height_rows[:, joints[::step]])
    heights = np.einsum("fva,va->fv", rows[..., :3], verts[::step]) + rows[..., 3]
    return heights.min(axis=1)
