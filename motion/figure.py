# SPDX-License-Identifier: Apache-2.0
"""A plain figure for a motion without a character: a jointed mannequin around any skeleton.

One smooth spindle a bone, rigidly skinned, one grey material. It is there so that a motion opens as
something that moves in every program; it is no body.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.export.gltf import write_glb
from gen3d.types import Character, Clip, Material, Mesh, Part, Skeleton, Skin

_SIDES = 10
_RINGS = np.array([0.0, 0.04, 0.15, 0.35, 0.65, 0.88, 0.97, 1.0])
"""Places of the rings along a bone."""
_THICK = {
    "hips": 0.075,
    "spine": 0.075,
    "chest": 0.08,
    "upperChest": 0.08,
    "neck": 0.035,
    "head": 0.06,
    "Shoulder": 0.03,
    "UpperArm": 0.028,
    "LowerArm": 0.023,
    "Hand": 0.02,
    "UpperLeg": 0.045,
    "LowerLeg": 0.034,
    "Foot": 0.024,
    "Toes": 0.02,
}
"""Radius of each bone's spindle as a share of the hips' height; fingers are thinner."""
_FINGER = 0.007
_GREY = (0.45, 0.47, 0.5, 1.0)


def figure_of(skeleton: Skeleton, clips: tuple[Clip, ...] = (), name: str = "figure") -> Character:
    """A mannequin on a skeleton.

    Args:
        skeleton: Whose bones are dressed.
        clips: What it does.
        name: Of the character.
    """
    size = float(skeleton.positions[skeleton.index("hips"), 1])
    pieces = [
        (joint, _spindle(start, end, radius * size))
        for joint, start, end, radius in _bones(skeleton, size)
    ]
    mesh = _joined([piece for _, piece in pieces])
    joints = np.zeros((len(mesh.verts), 4), np.uint16)
    joints[:, 0] = np.repeat([j for j, _ in pieces], [len(p.verts) for _, p in pieces])
    weights = np.zeros((len(mesh.verts), 4), np.float32)
    weights[:, 0] = 1.0
    part = Part("figure", "figure", "body", mesh, Skin(joints, weights), Material("figure", _GREY))
    return Character(name, skeleton, (part,), clips, float(np.ptp(mesh.verts[:, 1])))


def write_figure(
    path: Path, skeleton: Skeleton, clip: Clip, *, extras: Mapping[str, object] | None = None
) -> None:
    """Write a motion without a character as an animated GLB.

    Args:
        path: The ``.glb`` file.
        skeleton: The clip's.
        clip: What the figure does.
        extras: JSON values for ``asset.extras``: prompt, seed, licences.

    Raises:
        Gen3dError: The place cannot be written.
    """
    write_glb(figure_of(skeleton, (clip,)), path, extras=extras)


def _bones(skeleton: Skeleton, size: float) -> list[tuple[int, np.ndarray, np.ndarray, float]]:
    """Joint, ends and radius of every spindle."""
    rows: list[tuple[int, np.ndarray, np.ndarray, float]] = []
    for joint, name in enumerate(skeleton.names):
        part = name.removeprefix("left").removeprefix("right")
        if name == "root" or part == "Eye":
            continue
        start = skeleton.positions[joint].astype(np.float64)
        rows.append((joint, start, _end(skeleton, joint, size), _THICK.get(part, _FINGER)))
    return [row for row in rows if np.linalg.norm(row[2] - row[1]) > 1e-3 * size]


def _end(skeleton: Skeleton, joint: int, size: float) -> Float[np.ndarray, "3"]:
    """Where a bone goes: to its only child, through the middle of several, or on by itself."""
    start = skeleton.positions[joint].astype(np.float64)
    name = skeleton.names[joint]
    below = [j for j, p in enumerate(skeleton.parents) if p == joint]
    if name == "head" or not below:
        along = np.array([0.0, 1.0, 0.0]) if name == "head" else _onwards(skeleton, joint)
        return start + along * size * (0.2 if name == "head" else 0.025)
    if name == "hips":
        below = [skeleton.index("spine")]
    if name == "upperChest":
        below = [skeleton.index("neck")]
    return skeleton.positions[below].astype(np.float64).mean(axis=0)


def _onwards(skeleton: Skeleton, joint: int) -> Float[np.ndarray, "3"]:
    way = skeleton.offsets[joint].astype(np.float64)
    if skeleton.names[joint].endswith("Toes"):
        way = way * [1.0, 0.0, 1.0]
    return transforms.normalize(way)


def _spindle(start: np.ndarray, end: np.ndarray, radius: float) -> Mesh:
    """A closed body of revolution around a bone, thickest before its middle."""
    axis = end - start
    length = float(np.linalg.norm(axis))
    radius = min(radius, 0.45 * length) if length < 2.0 * radius else radius
    turn = transforms.between(np.array([0.0, 1.0, 0.0]), axis / length)
    profile = radius * np.sqrt(np.sin(np.pi * _RINGS**0.85).clip(0.0))
    around = 2.0 * np.pi * np.arange(_SIDES) / _SIDES
    circle = np.stack([np.cos(around), np.zeros(_SIDES), -np.sin(around)], axis=-1)
    up = np.array([0.0, 1.0, 0.0])
    rings = profile[:, None, None] * circle + (length * _RINGS)[:, None, None] * up
    slope = np.gradient(profile, length * _RINGS)[:, None, None]
    normals = transforms.normalize(circle[None] - slope * up)
    # At the tips all directions meet; the axis itself is the normal there.
    normals[0], normals[-1] = -up, up
    uvs = np.stack(
        np.broadcast_arrays(around[None] / (2.0 * np.pi), 1.0 - _RINGS[:, None]), axis=-1
    )
    return Mesh(
        (transforms.rotate(turn, rings.reshape(-1, 3)) + start).astype(np.float32),
        _ring_faces(len(_RINGS), _SIDES),
        transforms.rotate(turn, normals.reshape(-1, 3)).astype(np.float32),
        uvs.reshape(-1, 2).astype(np.float32),
    )


def _ring_faces(rings: int, sides: int) -> np.ndarray:
    """Triangles between neighbouring rings; those that vanish at the tips are left out."""
    ring, side = (g.reshape(-1) for g in np.meshgrid(np.arange(rings - 1), np.arange(sides)))
    after = (side + 1) % sides
    a, b = ring * sides + side, ring * sides + after
    c, d = a + sides, b + sides
    lower = np.stack([a, b, d], axis=-1)[ring > 0]
    upper = np.stack([a, d, c], axis=-1)[ring < rings - 2]
    return np.concatenate([lower, upper]).astype(np.int32)


def _joined(meshes: list[Mesh]) -> Mesh:
    starts = np.cumsum([0, *(len(mesh.verts) for mesh in meshes[:-1])])
    faces = [mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)]
    return Mesh(
        np.concatenate([mesh.verts for mesh in meshes]),
        np.concatenate(faces).astype(np.int32),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.uvs for mesh in meshes]),
    )
