# SPDX-License-Identifier: Apache-2.0
"""Motion files: BVH for animation programs, NPZ for research code.

BVH: metres as centimetres, Y up, rotation channels ZXY, root and hips with position channels; a
joint without children gets an end site. Faces have no place in it. Equal clips give equal bytes.

NPZ, float32, metres, +Y up:

- ``fps``; ``joints`` (frames, 22, 3): places of HumanML3D's joints, which are SMPL's first 22;
- ``contacts`` (frames, 4): left ankle, left toe, right ankle, right toe, 1 where it stands;
- ``poses`` (frames, 72): SMPL's pose vector, three numbers for each of its 24 joints in its order:
  rotation relative to the parent as axis times angle in radians, at most half a turn. Joint 0 is
  the pelvis in the world (all that turns it, travel's heading included); the last two, the hands,
  are zero. Zeros throughout are our T-pose facing +Z, whose axes are the world's as SMPL's are;
- ``trans`` (frames, 3): the pelvis joint in the world minus where it is at rest, so that as in SMPL
  joint 0 lies at ``J[0] + trans`` and forward kinematics on the rest places ``J`` of this skeleton
  give ``joints``. Another body's rest places give its own motion: legs of another length want
  ``trans`` scaled;
- the clip's own ``rotations`` (wxyz), ``root_positions``, ``hips_positions``, ``names``,
  ``parents``, ``rest_positions``, ``loop``, ``face_names`` and ``face`` (frames, shapes), so that
  nothing is lost.
"""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32

from gen3d import transforms
from gen3d.errors import Gen3dError
from gen3d.types import Clip, Skeleton
from motion.contact import detect, sole_points, still_down, world_of
from motion.performance import local_rotations
from motion.retarget import scale_of

HUMANML3D: tuple[str, ...] = (
    *("hips", "leftUpperLeg", "rightUpperLeg", "spine", "leftLowerLeg", "rightLowerLeg", "chest"),
    *("leftFoot", "rightFoot", "upperChest", "leftToes", "rightToes", "neck", "leftShoulder"),
    *("rightShoulder", "head", "leftUpperArm", "rightUpperArm", "leftLowerArm", "rightLowerArm"),
    *("leftHand", "rightHand"),
)
"""Our names for the 22 joints of HumanML3D, in its order: the first 22 of SMPL's 24."""
SMPL_PARENTS: tuple[int, ...] = (
    *(-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7),
    *(8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19),
)
"""The joint that each of them hangs on (Loper et al. 2015)."""
_SMPL_JOINTS = 24
_CM = 100.0
_END = 0.04
"""Length of a bone without a child, metres."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


def _write(path: Path, data: bytes) -> None:
    """Write a file completely or not at all."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def euler_zxy(q: Float[np.ndarray, "*batch 4"]) -> Float[np.ndarray, "*batch 3"]:
    """Angles z, x, y in degrees with ``R = Rz Rx Ry``; y is 0 where z and y share an axis."""
    m = transforms.to_matrix(transforms.normalize(q))
    level = np.hypot(m[..., 2, 0], m[..., 2, 2])
    x = np.arctan2(m[..., 2, 1], level)
    locked = level < 1e-9
    z = np.where(
        locked,
        np.arctan2(m[..., 1, 0], m[..., 0, 0]),
        np.arctan2(-m[..., 0, 1], m[..., 1, 1]),
    )
    y = np.where(locked, 0.0, np.arctan2(-m[..., 2, 0], m[..., 2, 2]))
    return np.degrees(np.stack([z, x, y], axis=-1))


def from_euler_zxy(angles: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 4"]:
    """Inverse of :func:`euler_zxy`."""
    z, x, y = np.moveaxis(np.radians(angles), -1, 0)
    axes = np.eye(3)
    return transforms.multiply(
        transforms.from_axis_angle(axes[2], z),
        transforms.multiply(
            transforms.from_axis_angle(axes[0], x), transforms.from_axis_angle(axes[1], y)
        ),
    )


def _children(skeleton: Skeleton) -> list[list[int]]:
    children: list[list[int]] = [[] for _ in skeleton.names]
    for joint, parent in enumerate(skeleton.parents):
        if parent >= 0:
            children[parent].append(joint)
    return children


def _depth_first(skeleton: Skeleton) -> list[int]:
    children, order, pending = _children(skeleton), list[int](), [0]
    while pending:
        joint = pending.pop()
        order.append(joint)
        pending += children[joint][::-1]
    return order


def _end_site(skeleton: Skeleton, joint: int) -> Float[np.ndarray, "3"]:
    """A bone end that goes on in the parent's direction."""
    return transforms.normalize(skeleton.offsets[joint].astype(np.float64)) * _END * _CM


def _vector(v: np.ndarray) -> str:
    return " ".join(f"{x + 0.0:.6f}" for x in v)


def _hierarchy(skeleton: Skeleton, joint: int, depth: int, children: list[list[int]]) -> list[str]:
    tab, name = "\t" * depth, skeleton.names[joint]
    offset = skeleton.offsets[joint].astype(np.float64) * _CM
    moves = name in ("root", "hips")
    positions = "6 Xposition Yposition Zposition" if moves else "3"
    lines = [
        f"{tab}{'ROOT' if depth == 0 else 'JOINT'} {name}",
        tab + "{",
        f"{tab}\tOFFSET {_vector(offset)}",
        f"{tab}\tCHANNELS {positions} Zrotation Xrotation Yrotation",
    ]
    for child in children[joint]:
        lines += _hierarchy(skeleton, child, depth + 1, children)
    if not children[joint]:
        end = _vector(_end_site(skeleton, joint))
        lines += [f"{tab}\tEnd Site", tab + "\t{", f"{tab}\t\tOFFSET {end}", tab + "\t}"]
    return [*lines, tab + "}"]


def write_bvh(path: Path, skeleton: Skeleton, clip: Clip) -> None:
    """Write a clip as BVH, in centimetres.

    Args:
        path: File to make; it is there completely or not at all.
        skeleton: The clip's.
        clip: What to write.
    """
    angles = euler_zxy(clip.rotations.astype(np.float64))
    columns: list[np.ndarray] = []
    for joint in _depth_first(skeleton):
        if skeleton.names[joint] == "root":
            columns.append(clip.root_positions.astype(np.float64) * _CM)
        elif skeleton.names[joint] == "hips":
            columns.append(clip.hips_positions.astype(np.float64) * _CM)
        columns.append(angles[:, joint])
    rows = [_vector(row) for row in np.concatenate(columns, axis=1)]
    header = ["HIERARCHY", *_hierarchy(skeleton, 0, 0, _children(skeleton)), "MOTION"]
    timing = [f"Frames: {len(rows)}", f"Frame Time: {1.0 / clip.fps:.8f}"]
    _write(path, ("\n".join([*header, *timing, *rows]) + "\n").encode("ascii"))


def read_bvh(path: Path) -> tuple[Skeleton, Clip]:
    """Read a BVH file that :func:`write_bvh` wrote.

    Raises:
        Gen3dError: The file is not such a BVH.
    """
    try:
        head, _, body = path.read_text(encoding="ascii").partition("MOTION")
        skeleton, channels = _read_hierarchy(head.split())
        words = body.split()
        frames, seconds = int(words[1]), float(words[4])
        values = np.array(words[5:], dtype=np.float64).reshape(frames, sum(channels))
    except (OSError, ValueError, IndexError) as error:
        raise Gen3dError(f"{path.name} is not a BVH file of ours.", "Write it again.") from error
    return skeleton, _clip_of(path.stem, skeleton, channels, values, 1.0 / seconds)


def _read_hierarchy(words: list[str]) -> tuple[Skeleton, list[int]]:
    names: list[str] = []
    parents: list[int] = []
    channels: list[int] = []
    positions: list[np.ndarray] = []
    stack: list[int] = []
    at = 0
    while at < len(words):
        word = words[at]
        if word in ("ROOT", "JOINT"):
            parents.append(stack[-1] if stack else -1)
            names.append(words[at + 1])
        elif word == "End":
            stack.append(-2)
            at += 6  # End Site { OFFSET x y z: its closing brace pops the mark.
        elif word == "{":
            stack.append(len(names) - 1)
        elif word == "}":
            stack.pop()
        elif word == "OFFSET":
            offset = np.array(words[at + 1 : at + 4], dtype=np.float64) / _CM
            positions.append(offset + (positions[parents[-1]] if parents[-1] >= 0 else 0.0))
        elif word == "CHANNELS":
            channels.append(int(words[at + 1]))
        at += 1
    if not names:
        raise ValueError("no joint")
    rest = np.array(positions, dtype=np.float32)
    return Skeleton(tuple(names), tuple(parents), rest), channels


def _clip_of(
    name: str, skeleton: Skeleton, channels: list[int], values: np.ndarray, fps: float
) -> Clip:
    rotations = np.zeros((len(values), len(channels), 4))
    moved: dict[str, np.ndarray] = {}
    at = 0
    for joint, count in enumerate(channels):
        if count == 6:
            moved[skeleton.names[joint]] = values[:, at : at + 3] / _CM
        rotations[:, joint] = from_euler_zxy(values[:, at + count - 3 : at + count])
        at += count
    return Clip(
        name=name,
        fps=fps,
        rotations=transforms.continuous(rotations).astype(np.float32),
        root_positions=moved["root"].astype(np.float32),
        hips_positions=moved["hips"].astype(np.float32),
    )


def joints_22(skeleton: Skeleton, clip: Clip) -> Float32[np.ndarray, "frames 22 3"]:
    """World positions in HumanML3D's order, metres."""
    _, positions = world_of(clip, skeleton)
    return positions[:, [skeleton.index(name) for name in HUMANML3D]].astype(np.float32)


def smpl_poses(
    skeleton: Skeleton, clip: Clip
) -> tuple[Float32[np.ndarray, "frames 72"], Float32[np.ndarray, "frames 3"]]:
    """SMPL's pose vector and translation of every frame; see the module for what they mean."""
    rotations, positions = world_of(clip, skeleton)
    order = [skeleton.index(name) for name in HUMANML3D]
    local = local_rotations(SMPL_PARENTS, rotations[:, order])
    poses = np.zeros((len(local), _SMPL_JOINTS, 3), np.float32)
    poses[:, : len(order)] = _rotation_vectors(local)
    trans = positions[:, order[0]] - skeleton.positions[order[0]]
    return poses.reshape(len(local), -1), trans.astype(np.float32)


def _rotation_vectors(q: Float[np.ndarray, "*batch 4"]) -> Float[np.ndarray, "*batch 3"]:
    """Axis times angle, the shorter way round."""
    q = np.where(q[..., :1] < 0.0, -q, q)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, q[..., :1])
    # The angle over its half's sine is 2 at rest.
    return q[..., 1:] * np.where(sine > 1e-9, angle / np.maximum(sine, 1e-9), 2.0)


def write_npz(path: Path, skeleton: Skeleton, clip: Clip) -> None:
    """Write a clip as NPZ.

    Args:
        path: File to make; it is there completely or not at all.
        skeleton: The clip's.
        clip: What to write.
    """
    points = sole_points(*world_of(clip, skeleton), skeleton)
    contacts = still_down(detect(clip, skeleton), points, scale_of(skeleton))
    poses, trans = smpl_poses(skeleton, clip)
    names = sorted(clip.face)
    frames = len(clip.rotations)
    arrays = {
        "fps": np.float32(clip.fps),
        "joints": joints_22(skeleton, clip),
        "contacts": contacts.astype(np.float32),
        "poses": poses,
        "trans": trans,
        "rotations": clip.rotations,
        "root_positions": clip.root_positions,
        "hips_positions": clip.hips_positions,
        "names": np.array(skeleton.names),
        "parents": np.array(skeleton.parents, dtype=np.int32),
        "rest_positions": skeleton.positions,
        "loop": np.bool_(clip.loop),
        "face_names": np.array(names, dtype=np.str_),
        "face": np.stack([clip.face[name] for name in names], axis=1)
        if names
        else np.zeros((frames, 0), np.float32),
    }
    _write(path, _zipped(arrays))


def _zipped(arrays: Mapping[str, np.ndarray | np.generic]) -> bytes:
    """An NPZ file's bytes, the same for the same arrays."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.save(content, array, allow_pickle=False)
            # A zip entry carries a time of day; a fixed one keeps equal clips equal.
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy", _EPOCH), content.getvalue(), zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()


def read_npz(path: Path) -> tuple[Skeleton, Clip]:
    """Read an NPZ file that :func:`write_npz` wrote.

    Raises:
        Gen3dError: The file is not such an NPZ.
    """
    try:
        with np.load(path, allow_pickle=False) as data:
            skeleton = Skeleton(
                tuple(str(name) for name in data["names"]),
                tuple(int(parent) for parent in data["parents"]),
                data["rest_positions"],
            )
            clip = Clip(
                name=path.stem,
                fps=float(data["fps"]),
                rotations=data["rotations"],
                root_positions=data["root_positions"],
                hips_positions=data["hips_positions"],
                loop=bool(data["loop"]),
                face=_face_of(data),
            )
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise Gen3dError(f"{path.name} is not an NPZ motion of ours.", "Write it again.") from error
    return skeleton, clip


def _face_of(data: Mapping[str, np.ndarray]) -> dict[str, Float32[np.ndarray, "frames"]]:
    """Curves by name; none in a file from before there were faces."""
    if "face" not in data:
        return {}
    return {
        str(name): curve for name, curve in zip(data["face_names"], data["face"].T, strict=True)
    }
