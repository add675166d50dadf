# SPDX-License-Identifier: Apache-2.0
"""Captured clips: the DeepMimic motions inside the installed ``pybullet_data`` package.

A frame is 44 numbers: duration s; root position (X forward, Y up, Z right, metres); then, as wxyz
quaternions local to the parent or hinge angles about Z: root, chest, neck, right hip, knee, ankle,
shoulder, elbow, the same on the left (Peng et al. 2018, "DeepMimic", data format of its release).
At identity the figure stands with its arms hanging. The files are read where the package has them;
nothing is copied. Cycles that are one recorded half and its mirror image lose their two jumps
(:mod:`motion.halves`).
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.errors import Gen3dError
from motion.halves import halves_closed, is_half_mirrored
from motion.performance import (
    BODY,
    REFERENCE,
    Performance,
    at_rate,
    local_rotations,
    power,
    relaxed_fingers,
    sampled,
    sampled_rotations,
)
from motion.shoulders import share_elevation

PACKAGE = "pybullet_data"
_QUATERNIONS = {
    "root": 4,
    "chest": 8,
    "neck": 12,
    "rightHip": 16,
    "rightAnkle": 21,
    "rightShoulder": 25,
    "leftHip": 30,
    "leftAnkle": 35,
    "leftShoulder": 39,
}
_HINGES = {"rightKnee": 20, "rightElbow": 29, "leftKnee": 34, "leftElbow": 43}
_WIDTH = 44
_RATE = 60.0
"""Uniform rate of the first resampling; the sources run at 16 to 60 frames a second."""


def folder() -> Path:
    """Where the installed package keeps its motions.

    Raises:
        Gen3dError: The package is not installed.
    """
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise Gen3dError("The motion clips are not installed.", "Run: pip install pybullet")
    return Path(next(iter(found.submodule_search_locations))) / "data" / "motions"


def read(path: Path, name: str) -> Performance:
    """Read one clip file in the DeepMimic format.

    Args:
        path: A JSON file.
        name: What to call the performance.

    Raises:
        Gen3dError: The file is not such a clip.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        frames = np.asarray(data["Frames"], dtype=np.float64)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Gen3dError(
            f"The motion clip {path.name} cannot be read.", "Run: pip install pybullet"
        ) from error
    if frames.ndim != 2 or frames.shape[1] != _WIDTH or len(frames) < 2:
        raise Gen3dError(
            f"The motion clip {path.name} is not a humanoid clip of {_WIDTH} numbers a frame.",
            "Use one of the humanoid3d clips.",
        )
    return from_frames(frames, name, loop=data.get("Loop") == "wrap")


def from_frames(frames: Float[np.ndarray, "frames 44"], name: str, *, loop: bool) -> Performance:
    """Convert DeepMimic frames to our axes, joints and frame rate."""
    times = np.concatenate([[0.0], np.cumsum(frames[:-1, 0])])
    count = max(2, round(times[-1] * _RATE)) + 1
    raw = Performance(
        name=name,
        fps=(count - 1) / times[-1],
        rotations=sampled_rotations(_local(frames), times, np.linspace(0.0, times[-1], count)),
        pelvis=sampled(_turned(frames[:, 1:4]), times, np.linspace(0.0, times[-1], count)),
        fingers=relaxed_fingers(count),
        loop=loop,
    )
    return at_rate(share_elevation(raw), 1.0)


def _turned(v: Float[np.ndarray, "frames 3"]) -> Float[np.ndarray, "frames 3"]:
    """X forward, Z right to +Z forward, -X right."""
    return np.stack([-v[..., 2], v[..., 1], v[..., 0]], axis=-1)


def _joint_rotations(frames: Float[np.ndarray, "frames 44"]) -> dict[str, np.ndarray]:
    """Local rotation of each source joint in our axes."""
    turned: dict[str, np.ndarray] = {}
    for name, start in _QUATERNIONS.items():
        q = transforms.normalize(frames[:, start : start + 4])
        turned[name] = np.concatenate([q[:, :1], _turned(q[:, 1:])], axis=-1)
    for name, column in _HINGES.items():
        # Source +Z is our -X.
        turned[name] = transforms.from_axis_angle(np.array([-1.0, 0, 0]), frames[:, column])
    return {name: transforms.continuous(q) for name, q in turned.items()}


def _local(frames: Float[np.ndarray, "frames 44"]) -> Float[np.ndarray, "frames 22 4"]:
    """World rotations relative to the T-pose, joint by joint, then local ones."""
    source, multiply = _joint_rotations(frames), transforms.multiply
    if is_half_mirrored(source):
        source = halves_closed(source)
    world = {"hips": source["root"]}
    for number, name in enumerate(("spine", "chest", "upperChest"), start=1):
        world[name] = multiply(source["root"], power(source["chest"], number / 3.0))
    world["neck"] = multiply(world["upperChest"], power(source["neck"], 0.5))
    world["head"] = multiply(world["upperChest"], source["neck"])
    for side, sign in (("left", -1.0), ("right", 1.0)):
        # From arms along ±X to arms that hang: the source's rest pose.
        hang = transforms.from_axis_angle(np.array([0.0, 0.0, 1.0]), sign * np.pi / 2.0)
        shoulder = multiply(world["upperChest"], source[f"{side}Shoulder"])
        elbow = multiply(shoulder, source[f"{side}Elbow"])
        hip = multiply(world["hips"], source[f"{side}Hip"])
        knee = multiply(hip, source[f"{side}Knee"])
        world[f"{side}Shoulder"] = world["upperChest"]
        world[f"{side}UpperArm"] = multiply(shoulder, hang)
        world[f"{side}LowerArm"] = world[f"{side}Hand"] = multiply(elbow, hang)
        world[f"{side}UpperLeg"], world[f"{side}LowerLeg"] = hip, knee
        world[f"{side}Foot"] = world[f"{side}Toes"] = multiply(knee, source[f"{side}Ankle"])
    return local_rotations(REFERENCE.parents, np.stack([world[name] for name in BODY], axis=1))
