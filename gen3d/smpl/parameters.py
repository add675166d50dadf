# SPDX-License-Identifier: Apache-2.0
"""Shape and pose of the SMPL family in NPZ files: read in every usual spelling, written in two.

Read: ``betas`` (any number of them; of several rows the first), ``gender``, ``expression``; the
pose whole (``poses``, ``pose``, ``fullpose``) or in parts (``global_orient`` or ``root_orient``,
``body_pose`` or ``pose_body``, hands, jaw, eyes); ``transl`` or ``trans``. Angles are axis times
angle, hands count from flat. Written: ``betas``, ``poses``, ``trans``, ``gender``,
``mocap_frame_rate`` as AMASS has them, and the parts under the keywords of ``smplx``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from gen3d.errors import Gen3dError
from gen3d.smpl.archive import Archive, write_archive
from gen3d.smpl.files import GENDERS
from gen3d.smpl.joints import NAMES, Kind

MOST_BETAS = 300
_LARGEST_BETA = 10.0
"""Betas are standard deviations of people; ten is nobody."""
_WHOLE = ("poses", "pose", "fullpose")
_SHIFT = ("transl", "trans")
_EXPRESSION = ("expression", "expr")
_RATES = ("mocap_frame_rate", "mocap_framerate", "fps")
_PARTS: dict[str, tuple[str, ...]] = {
    "pelvis": ("global_orient", "root_orient"),
    "body": ("body_pose", "pose_body"),
    "jaw": ("jaw_pose", "pose_jaw"),
    "left_eye": ("leye_pose",),
    "right_eye": ("reye_pose",),
    "left_hand": ("left_hand_pose",),
    "right_hand": ("right_hand_pose",),
}
_LAYOUT: dict[Kind, dict[str, slice]] = {
    "smpl": {"pelvis": slice(0, 1), "body": slice(1, 24)},
    "smplh": {
        "pelvis": slice(0, 1),
        "body": slice(1, 22),
        "left_hand": slice(22, 37),
        "right_hand": slice(37, 52),
    },
    "smplx": {
        "pelvis": slice(0, 1),
        "body": slice(1, 22),
        "jaw": slice(22, 23),
        "left_eye": slice(23, 24),
        "right_eye": slice(24, 25),
        "left_hand": slice(25, 40),
        "right_hand": slice(40, 55),
    },
}
"""Joints of each part."""


@dataclass(frozen=True)
class Parameters:
    """A person of the SMPL family, at rest, in a pose or in motion."""

    betas: Float32[np.ndarray, "betas"]
    expression: Float32[np.ndarray, "expressions"]
    poses: Float32[np.ndarray, "frames joints 3"]
    """Axis times angle of every joint relative to its parent."""
    trans: Float32[np.ndarray, "frames 3"]
    gender: str = ""
    fps: float = 30.0


def joints_in(path: Path) -> int:
    """How many joints a parameter file speaks of; 0 when it gives no whole pose.

    Raises:
        Gen3dError: It cannot be read.
    """
    with Archive(path) as archive:
        name = next((name for name in _WHOLE if name in archive), None)
        shape = archive.header(name).shape if name else ()
    return shape[-1] // 3 if shape and shape[-1] % 3 == 0 else 0


def gender_in(path: Path) -> str:
    """The gender that a parameter file names; empty when it names none.

    Raises:
        Gen3dError: It cannot be read.
    """
    with Archive(path) as archive:
        return _gender(archive)


def read_parameters(path: Path, kind: Kind) -> Parameters:
    """Read a person for a model.

    Args:
        path: An NPZ file.
        kind: The model; a longer pose than it has is cut, a shorter one leaves the rest at zero.

    Raises:
        Gen3dError: It is no such file, or holds numbers that nobody can have.
    """
    with Archive(path) as archive:
        betas = _row(archive, ("betas", "shape"))
        if betas is None:
            raise archive.damaged("it has no betas", "Give the NPZ file of a fitted person.")
        if not 0 < len(betas) <= MOST_BETAS:
            raise archive.damaged(f"it has {len(betas)} betas instead of 1 to {MOST_BETAS}")
        if np.abs(betas).max() > _LARGEST_BETA:
            worst = float(np.abs(betas).max())
            raise archive.damaged(f"a beta of {worst:.3g} is beyond every person", "Check its fit.")
        poses = _poses(archive, kind)
        trans = _frames(archive, _SHIFT, 3)
        expression = _row(archive, _EXPRESSION)
        rate = _row(archive, _RATES)
        gender = _gender(archive)
        frames = max(len(poses), 0 if trans is None else len(trans))
        if trans is not None and 1 not in {len(poses), len(trans)} and len(poses) != len(trans):
            raise archive.damaged(f"it has {len(poses)} poses and {len(trans)} translations")
    shifts = np.zeros((1, 3), np.float32) if trans is None else trans
    return Parameters(
        betas=betas,
        expression=np.zeros(0, np.float32) if expression is None else expression,
        poses=np.broadcast_to(poses, (frames, *poses.shape[1:])),
        trans=np.broadcast_to(shifts, (frames, 3)),
        gender=gender,
        fps=30.0 if rate is None or not 0 < rate[0] <= 1000 else float(rate[0]),
    )


def write_parameters(path: Path, kind: Kind, person: Parameters) -> None:
    """Write a person, so that other programs' forward passes give the same mesh."""
    frames = len(person.poses)
    arrays: dict[str, np.ndarray | np.generic] = {
        "betas": person.betas,
        "poses": person.poses.reshape(frames, -1),
        "trans": person.trans,
        "gender": np.str_(person.gender or "neutral"),
        "mocap_frame_rate": np.float64(person.fps),
        "surface_model_type": np.str_(kind),
        "transl": person.trans,
    }
    for part, joints in _LAYOUT[kind].items():
        arrays[_PARTS[part][0]] = person.poses[:, joints].reshape(frames, -1)
    if kind == "smplx":
        arrays["expression"] = np.tile(person.expression, (frames, 1))
    write_archive(path, arrays)


def _poses(archive: Archive, kind: Kind) -> Float32[np.ndarray, "frames joints 3"]:
    joints = len(NAMES[kind])
    whole = next((name for name in _WHOLE if name in archive), None)
    if whole is not None:
        width = archive.header(whole).shape[-1:]
        if not width or width[0] % 3 or not 0 < width[0] <= 3 * 165:
            raise archive.damaged(f"{whole} has the shape {archive.header(whole).shape}")
        given = _frames(archive, (whole,), width[0])
        poses = np.zeros((1, 0), np.float32) if given is None else given
        return _fitted(poses.reshape(len(poses), -1, 3), joints)
    parts = {p: _part(archive, p, span) for p, span in _LAYOUT[kind].items()}
    frames = max((len(values) for values in parts.values() if values is not None), default=1)
    poses = np.zeros((frames, joints, 3), np.float32)
    for part, values in parts.items():
        if values is not None:
            poses[:, _LAYOUT[kind][part]][:, : values.shape[1]] = values
    return poses


def _part(
    archive: Archive, part: str, joints: slice
) -> Float32[np.ndarray, "frames some 3"] | None:
    name = next((name for name in _PARTS[part] if name in archive), None)
    if name is None:
        return None
    shape = archive.header(name).shape
    width = int(shape[-1]) if shape else 0
    # SMPL's 23 body joints are SMPL-H's 21 and two hands: either model takes the other's.
    most = 3 * max(joints.stop - joints.start, 23 if part == "body" else 0)
    if width == 3 and len(shape) > 1 and shape[-2] * 3 <= most:
        width *= int(shape[-2])
    if width % 3 or not 0 < width <= most or ("hand" in part and width != most):
        raise archive.damaged(
            f"{name} has the shape {shape}",
            "Hands are 45 numbers, not components (use_pca=False).",
        )
    given = _frames(archive, (name,), width)
    if given is None:
        return None
    return given.reshape(len(given), -1, 3)[:, : joints.stop - joints.start]


def _fitted(
    poses: Float32[np.ndarray, "frames given 3"], joints: int
) -> Float32[np.ndarray, "frames joints 3"]:
    """The joints that this model has: body joints agree, hands only between like models."""
    given = poses.shape[1]
    if given == joints:
        return poses
    fitted = np.zeros((len(poses), joints, 3), np.float32)
    fitted[:, :22] = _padded(poses)[:, :22]
    if {given, joints} == {52, 55}:
        source, target = (22, 25) if given == 52 else (25, 22)
        fitted[:, target : target + 30] = poses[:, source : source + 30]
    return fitted


def _padded(
    poses: Float32[np.ndarray, "frames given 3"],
) -> Float32[np.ndarray, "frames joints 3"]:
    missing = max(22 - poses.shape[1], 0)
    return np.pad(poses, ((0, 0), (0, missing), (0, 0)))


def _frames(
    archive: Archive, names: Sequence[str], width: int
) -> Float32[np.ndarray, "frames width"] | None:
    """The first of these arrays that is there, a row a frame."""
    name = next((name for name in names if name in archive), None)
    if name is None:
        return None
    values = _floats(archive, name)
    if values.size == 0 or values.size % width:
        raise archive.damaged(f"{name} has the shape {values.shape}")
    return values.reshape(-1, width)


def _row(archive: Archive, names: Sequence[str]) -> Float32[np.ndarray, "values"] | None:
    """The first of these arrays that is there; of several rows the first."""
    name = next((name for name in names if name in archive), None)
    if name is None:
        return None
    values = _floats(archive, name)
    values = values.reshape(1) if values.ndim == 0 else values
    return values.reshape(-1, values.shape[-1])[0] if values.size else np.zeros(0, np.float32)


def _floats(archive: Archive, name: str) -> np.ndarray:
    values = archive.read(name)
    if values.dtype.kind not in "fiu":
        raise archive.damaged(f"{name} holds no numbers")
    return values.astype(np.float32)


def _gender(archive: Archive) -> str:
    """Files have it as text, as bytes, or (older ones) pickled, which is left alone."""
    if "gender" not in archive or archive.path.stat().st_size == 0:
        return ""
    try:
        values = archive.read("gender")
    except Gen3dError:
        return ""
    if values.size != 1 or values.dtype.kind not in "US":
        return ""
    value = values.reshape(-1)[0]
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
    return text.strip().lower() if text.strip().lower() in GENDERS else ""
