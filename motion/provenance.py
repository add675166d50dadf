# SPDX-License-Identifier: Apache-2.0
"""Motions that must not be taken in, told by fingerprint, whatever licence a package claims.

Some packages under free licences carry data whose owners do not allow it. They are told by the
shape of the data itself: joint names, their order, the frame rate, array shapes. Two uses are told
apart. ``shelf``: into the library that is built, searched, trained on and passed on. ``command``: a
file that its owner names for one run; there Mixamo's clips are allowed, since their terms let their
users animate with them but not hand them on.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gen3d.errors import Gen3dError
from motion.importers.reading import UNREADABLE, bytes_of
from motion.rig import Recording

Use = Literal["shelf", "command"]
"""The library that is shared, or one run of the file's owner."""


@dataclass(frozen=True)
class Trap:
    """A kind of data that is known not to be free."""

    id: str
    why: str
    """One sentence, after the file's name."""
    refused: frozenset[Use]


_EVERYWHERE: frozenset[Use] = frozenset(("shelf", "command"))
LAFAN1 = Trap(
    "lafan1",
    "has the joints, order and rate of LAFAN1, which is CC BY-NC-ND: neither for commercial use nor"
    " to be changed",
    _EVERYWHERE,
)
MIXAMO = Trap(
    "mixamo",
    "is on a Mixamo rig, and Adobe's terms let its users animate with such clips but not pass them"
    " on",
    frozenset(("shelf",)),
)
SMPL = Trap(
    "smpl",
    "has the shape of SMPL-H or SMPL-X parameters (AMASS and its kin), whose licences exclude"
    " commercial use and redistribution",
    _EVERYWHERE,
)
OMOMO = Trap(
    "omomo",
    "is of OMOMO or made from it, which rests on SMPL-H and is for non-commercial research",
    _EVERYWHERE,
)
TRAPS: tuple[Trap, ...] = (LAFAN1, MIXAMO, SMPL, OMOMO)

_LAFAN1_SIDE = ("UpLeg", "Leg", "Foot", "Toe")
_LAFAN1_ARM = ("Shoulder", "Arm", "ForeArm", "Hand")
_LAFAN1_NAMES: tuple[str, ...] = (
    "Hips",
    *(side + bone for side in ("Left", "Right") for bone in _LAFAN1_SIDE),
    *("Spine", "Spine1", "Spine2", "Neck", "Head"),
    *(side + bone for side in ("Left", "Right") for bone in _LAFAN1_ARM),
)
_LAFAN1_FPS = (29.9, 30.1)

_MIXAMO_PREFIX = re.compile(r"mixamorig\d*[:_]?", re.IGNORECASE)
_MIXAMO_NAMES = frozenset(("Hips", "Spine2", "HeadTop_End", "LeftToeBase", "LeftForeArm"))
"""What a Mixamo rig still has when its prefix is cut off: the end of the head above all."""
_MIXAMO_TAKE = b"mixamo.com"
"""What Mixamo calls every take in its FBX files."""

_SMPL_PREFIX = re.compile(r"^(?:[fm]_avg_|smplx?_)", re.IGNORECASE)
_SMPL_NAMES = frozenset(("pelvis", "lefthip", "leftknee", "spine3", "leftcollar", "leftindex1"))
_SMPL_KEYS = frozenset(("betas", "dmpls", "mocap_framerate", "pose_body", "root_orient"))
_SMPL_JOINTS = (52, 55)
_SMPL_WIDTHS = tuple(3 * joints for joints in _SMPL_JOINTS)
_SHAPE = re.compile(rb"'shape':\s*\(([^)]*)\)")
_HEADER_BYTES = 4096


def trap_of_rig(names: Sequence[str], fps: float) -> Trap | None:
    """Which kind of data a rig's joint names and rate give away.

    Args:
        names: Of the joints, in the file's order.
        fps: Frames a second.
    """
    plain = {name.rpartition(":")[2] for name in names}
    if any(_MIXAMO_PREFIX.match(name) for name in names) or plain >= _MIXAMO_NAMES:
        return MIXAMO
    if tuple(names) == _LAFAN1_NAMES and _LAFAN1_FPS[0] < fps < _LAFAN1_FPS[1]:
        return LAFAN1
    folded = {re.sub(r"[^a-z0-9]", "", _SMPL_PREFIX.sub("", name).lower()) for name in names}
    return SMPL if folded >= _SMPL_NAMES else None


def trap_of_shape(shape: Sequence[int]) -> Trap | None:
    """Which kind of data an array's shape gives away: frames of 52 or 55 joints, or of axis-angles.

    Args:
        shape: Of a motion array, frames first.
    """
    if len(shape) == 3 and shape[1] in _SMPL_JOINTS and shape[2] in (3, 4, 6):
        return SMPL
    return SMPL if len(shape) == 2 and shape[1] in _SMPL_WIDTHS else None


def trap_of_file(path: Path) -> Trap | None:
    """Which kind of data a file gives away before it is read as motion."""
    if any("omomo" in part.lower() for part in path.parts) or re.match(
        r"sub\d+_[a-z]+_\d+", path.stem
    ):
        return OMOMO
    suffix = path.suffix.lower()
    if suffix == ".fbx" and _MIXAMO_TAKE in bytes_of(path):
        return MIXAMO
    if suffix == ".npy" and path.is_file():
        with path.open("rb") as stream:
            return _trap_of_header(stream.read(_HEADER_BYTES))
    return _trap_of_archive(path) if suffix == ".npz" else None


def _trap_of_header(data: bytes) -> Trap | None:
    """By the shape that the header of a NumPy file says."""
    found = _SHAPE.search(data)
    if found is None:
        return None
    return trap_of_shape([int(word) for word in re.findall(rb"\d+", found[1])])


def _trap_of_archive(path: Path) -> Trap | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.removesuffix(".npy") for name in archive.namelist()}
            if names & _SMPL_KEYS:
                return SMPL
            for name in sorted(names & {"poses", "joints"}):
                with archive.open(f"{name}.npy") as stream:
                    if trap := _trap_of_header(stream.read(_HEADER_BYTES)):
                        return trap
    except UNREADABLE:
        return None  # Its importer says what is wrong with it.
    return None


def require_free(path: Path, use: Use, recording: Recording | None = None) -> Trap | None:
    """Refuse data that must not be used so.

    Args:
        path: Where it is from.
        use: What it is for.
        recording: What was read from it, when it was.

    Returns:
        The kind of data if it is known, not free, but allowed for this use: it must not be passed
        on.

    Raises:
        Gen3dError: It must not be used so; the sentence says why.
    """
    trap = trap_of_file(path)
    if trap is None and recording is not None:
        trap = trap_of_rig(recording.rig.names, recording.fps)
    if trap is not None and use in trap.refused:
        raise Gen3dError(f"{path.name} {trap.why}.", _HINTS[trap.refused == _EVERYWHERE])
    return trap


_HINTS = {
    True: "Use a motion that is free.",
    False: "Name it on the command line for a run of your own; it is not put into the library.",
}
