# SPDX-License-Identifier: Apache-2.0
"""What the user fixes of a motion before it is made: key poses at times, a path over the ground.

A key pose is the first frame of any motion file, held at its time in its joints and its height; a
path is points on the ground, walked at an even speed along a smooth curve, facing where it leads.
The model starts every motion over the origin and facing +Z, and so does a finished clip;
:func:`laid` takes it to where its path is.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float
from scipy.interpolate import make_interp_spline
from scipy.ndimage import gaussian_filter1d

from gen3d import transforms
from gen3d.errors import Gen3dError
from gen3d.spec import MoveSpec
from gen3d.types import Clip
from motion.diffusion import Known
from motion.heading import about_up
from motion.representation import SLICES, WIDTH, from_performance

if TYPE_CHECKING:
    from motion.denoiser import Denoiser

_FASTEST = 7.0
"""Metres a second that a path may ask for: a sprint."""
_ROUND_SECONDS = 0.25
"""Over which corners of a path are walked."""


def known_from(moves: MoveSpec, seconds: float, model: Denoiser) -> Known | None:
    """Everything that the settings fix, normalised; None where they fix nothing.

    Args:
        moves: Key poses and path.
        seconds: Length of the motion.
        model: Whose features.

    Raises:
        Gen3dError: A key pose lies outside the motion or cannot be read, or the path is too fast.
    """
    if not (moves.keyframes or moves.path):
        return None
    fps = model.config.fps
    frames = round(seconds * fps) + 1
    values, mask = np.zeros((frames, WIDTH), np.float32), np.zeros((frames, WIDTH), np.float32)
    if moves.path:
        _hold_path(np.array(moves.path, np.float64), fps, values, mask)
    for key in moves.keyframes:
        _hold_pose(Path(key.file), key.seconds, fps, values, mask)
    held = model.normalised(torch.from_numpy(values)) * torch.from_numpy(mask)
    return Known(held[None], torch.from_numpy(mask)[None])


def _hold_pose(
    file: Path, seconds: float, fps: float, values: np.ndarray, mask: np.ndarray
) -> None:
    from motion.importers import read_performance

    at = round(seconds * fps)
    if not 0 <= at < len(values):
        last = (len(values) - 1) / fps
        raise Gen3dError(
            f"The key pose at {seconds:g} s lies outside the motion, which ends at {last:.1f} s.",
            "Give it an earlier time, or the motion a longer --duration.",
        )
    pose = from_performance(read_performance(file))[0]
    for block in ("root_height", "rotations", "fingers"):
        values[at, SLICES[block]] = pose[SLICES[block]]
        mask[at, SLICES[block]] = 1.0


def _hold_path(
    points: Float[np.ndarray, "points 2"], fps: float, values: np.ndarray, mask: np.ndarray
) -> None:
    place, heading = walked(points, len(values), fps)
    step = np.diff(place, axis=0, prepend=place[:1]) * fps
    step[0] = step[1]
    before = np.concatenate([heading[:1], heading[:-1]])
    sine, cosine = np.sin(before), np.cos(before)
    values[:, SLICES["root_velocity"]] = np.stack(
        [cosine * step[:, 0] - sine * step[:, 1], sine * step[:, 0] + cosine * step[:, 1]], axis=1
    )
    turn = np.diff(heading, prepend=heading[:1]) * fps
    turn[0] = turn[1]
    values[:, SLICES["root_turn"].start] = turn
    for block in ("root_velocity", "root_turn"):
        mask[:, SLICES[block]] = 1.0


def walked(
    points: Float[np.ndarray, "points 2"], frames: int, fps: float
) -> tuple[Float[np.ndarray, "frames 2"], Float[np.ndarray, "frames"]]:
    """Places (x, z) along a path at an even speed, and the heading in each, radians from +Z to +X.

    Raises:
        Gen3dError: Fewer than two different points, or a path that is too long for the time.
    """
    legs = np.linalg.norm(np.diff(points, axis=0), axis=1)
    if len(points) < 2 or not legs.min() >= 1e-3:
        raise Gen3dError(
            "A path needs at least two points, each away from the one before.",
            'Give metres, x,z for each: --path "0,0 0,2 1.5,3".',
        )
    seconds = (frames - 1) / fps
    if legs.sum() > _FASTEST * seconds:
        raise Gen3dError(
            f"The path is {legs.sum():.1f} m long, too far for {seconds:.1f} s.",
            "Give the motion a longer --duration.",
        )
    along = np.concatenate([[0.0], np.cumsum(legs)])
    curve = make_interp_spline(along, points, k=min(3, len(points) - 1))
    fine = np.linspace(0.0, along[-1], 40 * len(points))
    travelled = np.concatenate(
        [[0.0], np.cumsum(np.linalg.norm(np.diff(curve(fine), axis=0), axis=1))]
    )
    at = np.interp(np.linspace(0.0, travelled[-1], frames), travelled, fine)
    place = _rounded(curve(at), _ROUND_SECONDS * fps)
    forward = np.gradient(place, axis=0)
    return place, np.unwrap(np.arctan2(forward[:, 0], forward[:, 1]))


def _rounded(place: Float[np.ndarray, "frames 2"], sigma: float) -> Float[np.ndarray, "frames 2"]:
    """A path with its corners rounded and its ends where they were."""
    reach = int(4.0 * sigma) + 1
    # Mirrored through its ends, a path weighs as much before them as behind.
    longer = np.pad(place, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    return gaussian_filter1d(longer, sigma, axis=0)[reach:-reach]


def laid(clip: Clip, path: list[list[float]]) -> Clip:
    """A clip that walked a path from the origin, facing +Z, laid where the path is.

    It begins at the path's first point and is turned about it so that the root keeps as near to the
    path as can be.

    Args:
        clip: A travelling one.
        path: Points (x, z), metres.
    """
    place, _ = walked(np.array(path, np.float64), len(clip.root_positions), clip.fps)
    start = clip.root_positions[:1].astype(np.float64)
    wanted = place - place[0]
    went = (clip.root_positions - start)[:, [0, 2]]
    # The turn of least squares about a point in the plane, from +Z towards +X.
    across = np.sum(wanted[:, 0] * went[:, 1] - wanted[:, 1] * went[:, 0])
    turn = about_up(np.arctan2(across, np.sum(wanted * went)))
    moved = transforms.rotate(turn, clip.root_positions - start)
    moved += [place[0, 0], start[0, 1], place[0, 1]]
    rotations = clip.rotations.astype(np.float64)
    rotations[:, 0] = transforms.multiply(turn[None], rotations[:, 0])
    return replace(
        clip,
        root_positions=moved.astype(np.float32),
        rotations=transforms.continuous(rotations).astype(np.float32),
    )
