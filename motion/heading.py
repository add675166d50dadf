# SPDX-License-Identifier: Apache-2.0
"""Where a body faces and goes: the split of its motion between ``root`` and ``hips``.

The heading is the turn about +Y nearest to the hips' rotation (swing-twist). Its half angle is the
phase of ``w + iy``; squared, that number has the same phase before and after a body passes upside
down, where it vanishes, so smoothing it over time gives a heading through flips and cartwheels.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from gen3d import transforms
from gen3d.types import Clip

UP = np.array([0.0, 1.0, 0.0])
_SMOOTH_SECONDS = 0.2


def about_up(angle: Float[np.ndarray, "*batch"] | float) -> Float[np.ndarray, "*batch 4"]:
    """Rotation about +Y by radians."""
    return transforms.from_axis_angle(UP, angle)


def headings(hips: Float[np.ndarray, "frames 4"], sigma: float) -> Float[np.ndarray, "frames"]:
    """Unwrapped heading of each frame, radians from +Z towards +X, smoothed over time.

    Args:
        hips: World rotations of the hips relative to rest.
        sigma: Standard deviation of the Gaussian, frames; 0 leaves it as it is.
    """
    phase = (hips[:, 0] + 1j * hips[:, 2]) ** 2
    if sigma > 0:
        phase = gaussian_filter1d(phase.real, sigma, mode="nearest") + 1j * gaussian_filter1d(
            phase.imag, sigma, mode="nearest"
        )
    return np.unwrap(np.angle(phase))


def with_root(clip: Clip, *, in_place: bool, padding: int = 0) -> Clip:
    """Move travel and heading from the hips of a clip, whose root rests, to its root.

    Args:
        clip: Root at the origin, unturned; ``hips_positions`` in the world.
        in_place: Leave the root at the origin: hips keep sway and bob, not travel and net turn.
        padding: Frames before and after the kept ones that serve the smoothing only.
    """
    sigma = _SMOOTH_SECONDS * clip.fps
    hips = clip.rotations[:, 1].astype(np.float64)
    yaw = headings(hips, sigma)
    path = gaussian_filter1d(clip.hips_positions * [1.0, 0.0, 1.0], sigma, axis=0, mode="nearest")
    last = len(hips) - padding
    local = transforms.multiply(about_up(-yaw), hips)
    offset = transforms.rotate(about_up(-yaw), clip.hips_positions - path)
    first = about_up(-yaw[padding])
    root = transforms.rotate(first, path - path[padding])
    turn = yaw - yaw[padding]
    if in_place:
        root, turn = np.zeros_like(root), turn - _net_turn(turn, padding)
    rotations = clip.rotations.astype(np.float64)
    rotations[:, 0], rotations[:, 1] = about_up(turn), local
    kept = slice(padding, last)
    return replace(
        clip,
        rotations=transforms.continuous(rotations[kept]).astype(np.float32),
        root_positions=root[kept].astype(np.float32),
        hips_positions=offset[kept].astype(np.float32),
    )


def _net_turn(turn: Float[np.ndarray, "frames"], padding: int) -> Float[np.ndarray, "frames"]:
    """Even ramp of the turn that a clip keeps at its end; whole turns are part of the motion."""
    last = len(turn) - padding - 1
    net = (turn[last] + np.pi) % (2.0 * np.pi) - np.pi
    return net * (np.arange(len(turn)) - padding) / max(1, last - padding)
