# SPDX-License-Identifier: Apache-2.0
"""Motions as places of joints: NumPy files of 22 or of 53 named joints, of world places.

``(frames, 22, 3)``: HumanML3D's order, metres, +Y up, 20 frames a second (what text-to-motion
research writes), as ``.npy``, or as ``joints`` with ``fps`` in an ``.npz`` like ours.
``(frames, 53, 3)``: the climbing takes of the package holosoma-retargeting; metres, +Z up,
120 frames a second (their fingers never move and are left out). What has no rotations is posed by
:mod:`motion.posing`.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from gen3d.errors import Gen3dError
from motion.importers.reading import MOST_VALUES, UNREADABLE
from motion.performance import Performance

_SIDE = ("Shoulder", "Arm", "ForeArm", "Hand")
_FINGERS = ("Thumb", "Index", "Middle", "Ring", "Pinky")
_LEG = ("UpLeg", "Leg", "Foot", "ToeBase")


def _names_53() -> tuple[str, ...]:
    names = ["Hips", "Spine", "Spine1", "Neck", "Head"]
    for side in ("Left", "Right"):
        names += [side + name for name in _SIDE]
        names += [f"{side}Hand{finger}{n}" for finger in _FINGERS for n in (1, 2, 3)]
    for side in ("Left", "Right"):
        names += [side + name for name in _LEG]
    return (*names, "LeftFootMod", "RightFootMod")


CLIMBING: tuple[str, ...] = _names_53()
"""Joints of the 53-joint takes; the last two repeat the feet."""

_FROM_53 = (
    *("Hips", "LeftUpLeg", "RightUpLeg", "Spine", "LeftLeg", "RightLeg", "Spine1"),
    *("LeftFoot", "RightFoot", "", "LeftToeBase", "RightToeBase", "Neck"),
    *("LeftShoulder", "RightShoulder", "Head", "LeftArm", "RightArm"),
    *("LeftForeArm", "RightForeArm", "LeftHand", "RightHand"),
)
"""Which of them is which of HumanML3D's 22; spine3 lies between Spine1 and Neck."""
_SPINE3 = 9
_UPPER_SPINE = 0.35
"""Where, from Spine1 to Neck."""
_HINT = "Give an array (frames, 22, 3) in HumanML3D's order, metres, +Y up."
_RESEARCH_FPS = 20.0
_CLIMBING_FPS = 120.0


@dataclass(frozen=True)
class Joints:
    """A motion as places alone."""

    name: str
    fps: float
    places: Float[np.ndarray, "frames 22 3"]
    """HumanML3D's order, metres, +Y up."""

    @property
    def seconds(self) -> float:
        """Length from the first frame to the last."""
        return (len(self.places) - 1) / self.fps


def read_positions(path: Path, *, fps: float | None = None) -> Joints:
    """Read joint places from ``.npy`` or ``.npz``.

    Args:
        path: The file.
        fps: Frames a second; None: what the file or its layout says.

    Raises:
        Gen3dError: The file is damaged or of another layout.
    """
    values, said = _array(path)
    if values.ndim != 3 or values.shape[0] < 2 or values.shape[2] != 3:
        raise Gen3dError(f"{path.name} has the shape {values.shape}, not frames of joints.", _HINT)
    if not np.isfinite(values).all():
        raise Gen3dError(f"{path.name} holds numbers that are not finite.", "Fill the gaps first.")
    values = values.astype(np.float64)
    if values.shape[1] == len(HUMANML3D_NAMES):
        return Joints(path.stem, fps or said or _RESEARCH_FPS, values)
    if values.shape[1] == len(CLIMBING):
        return _climbing(path.stem, fps or said or _CLIMBING_FPS, values)
    raise Gen3dError(f"{path.name} has {values.shape[1]} joints, not 22 or 53.", _HINT)


HUMANML3D_NAMES: tuple[str, ...] = (
    *("pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2"),
    *("left_ankle", "right_ankle", "spine3", "left_foot", "right_foot", "neck"),
    *("left_collar", "right_collar", "head", "left_shoulder", "right_shoulder"),
    *("left_elbow", "right_elbow", "left_wrist", "right_wrist"),
)
"""The 22 joints by their published names."""


def _array(path: Path) -> tuple[np.ndarray, float | None]:
    """The array of places and the frame rate if the file says one; shapes before contents."""
    try:
        if path.suffix.lower() == ".npz":
            return _from_archive(path)
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
        _small(mapped.shape, path.name)
        return np.array(mapped), None
    except UNREADABLE as error:
        raise Gen3dError(f"{path.name} holds no joint places ({error}).", _HINT) from error


def _from_archive(path: Path) -> tuple[np.ndarray, float | None]:
    with zipfile.ZipFile(path) as archive:
        size = sum(item.file_size for item in archive.infolist())
    if size > 4 * MOST_VALUES:
        raise ValueError(f"it unpacks to {size / 1e6:,.0f} MB")
    with np.load(path, allow_pickle=False) as data:
        fps = float(data["fps"]) if "fps" in data.files else None
        if fps is not None and not 1.0 <= fps <= 1000.0:
            raise ValueError(f"{fps} frames a second")
        return data["joints"], fps


def _small(shape: tuple[int, ...], source: str) -> None:
    if np.prod(shape, dtype=object) > MOST_VALUES:
        raise ValueError(f"{source} claims the shape {shape}")


def _climbing(name: str, fps: float, places: Float[np.ndarray, "frames 53 3"]) -> Joints:
    """+Z up to +Y up, 53 joints to 22."""
    turned = np.stack([places[..., 0], places[..., 2], -places[..., 1]], axis=-1)
    chosen = np.zeros((len(places), len(_FROM_53), 3))
    for joint, source in enumerate(_FROM_53):
        if source:
            chosen[:, joint] = turned[:, CLIMBING.index(source)]
    low, high = turned[:, CLIMBING.index("Spine1")], turned[:, CLIMBING.index("Neck")]
    chosen[:, _SPINE3] = low + _UPPER_SPINE * (high - low)
    return Joints(name, fps, chosen)


def posed(joints: Joints) -> Performance:
    """Joint places as a performance."""
    from motion.posing import pose_from_joints

    return replace(pose_from_joints(joints.places, joints.fps), name=joints.name)
