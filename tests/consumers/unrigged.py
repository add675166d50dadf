# SPDX-License-Identifier: Apache-2.0
"""Figures as image-to-3D tools hand them over: posed, no skin, any size and facing; truth known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.export.object_gltf import write_object_glb
from gen3d.render.skinning import influence_matrix, pose_vertices
from gen3d.types import Character, Material, ObjectAsset, ObjectPart, Part

Turns = Mapping[str, tuple[float, float, float]]
"""Joint to its turn about X, Y and Z (applied in this order), degrees."""


@dataclass(frozen=True)
class Stance:
    """How a figure is handed over."""

    turns: Turns = field(default_factory=dict[str, tuple[float, float, float]])
    size: float = 1.0
    """Units of the file a metre."""
    facing_deg: float = 0.0
    """Turn about +Y."""
    z_up: bool = False


def arms(down_deg: float, elbow_deg: float = 0.0) -> dict[str, tuple[float, float, float]]:
    """Arms lowered from the T-pose, elbows bent forwards."""
    return {
        "leftUpperArm": (0.0, 0.0, -down_deg),
        "rightUpperArm": (0.0, 0.0, down_deg),
        "leftLowerArm": (0.0, -elbow_deg, 0.0),
        "rightLowerArm": (0.0, elbow_deg, 0.0),
    }


def knees(bend_deg: float) -> dict[str, tuple[float, float, float]]:
    """Knees bent, feet level."""
    table: dict[str, tuple[float, float, float]] = {}
    for side in ("left", "right"):
        table[f"{side}UpperLeg"] = (-bend_deg, 0.0, 0.0)
        table[f"{side}LowerLeg"] = (2.0 * bend_deg, 0.0, 0.0)
        table[f"{side}Foot"] = (-bend_deg, 0.0, 0.0)
    return table


def apart(angle_deg: float) -> dict[str, tuple[float, float, float]]:
    """Feet apart."""
    return {
        "leftUpperLeg": (0.0, 0.0, angle_deg),
        "rightUpperLeg": (0.0, 0.0, -angle_deg),
        "leftFoot": (0.0, 0.0, -angle_deg),
        "rightFoot": (0.0, 0.0, angle_deg),
    }


@dataclass(frozen=True)
class Unrigged:
    """A character that has been posed and has lost its rig."""

    parts: tuple[ObjectPart, ...]
    joints: Float[np.ndarray, "joints 3"]
    """Where they are in the file."""
    influences: tuple[np.ndarray, ...]
    """Weights that the vertices of each part had, dense."""


def unrigged(character: Character, stance: Stance) -> Unrigged:
    """Pose a character, forget its rig, and put it as a file would."""
    skeleton = character.skeleton
    local = np.tile(transforms.IDENTITY, (len(skeleton.names), 1))
    for name, angles in stance.turns.items():
        local[skeleton.index(name)] = _turn(angles)
    turns, places = transforms.forward_kinematics(skeleton.parents, local, skeleton.offsets)
    matrices = transforms.skin_matrices(skeleton, turns, places).astype(np.float32)
    handed = _handed_over(stance)
    parts = tuple(_part(part, matrices, handed, stance.size) for part in character.parts)
    return Unrigged(
        parts=parts,
        joints=stance.size * places @ handed.T,
        influences=tuple(
            influence_matrix(part.skin, len(skeleton.names)).toarray() for part in character.parts
        ),
    )


def write_unrigged(figure: Unrigged, path: Path, *, plain: bool = False) -> None:
    """Write it as a static GLB; ``plain`` leaves the pictures out."""
    parts = figure.parts
    if plain:
        parts = tuple(replace(p, material=Material(p.material.name)) for p in parts)
    write_object_glb(ObjectAsset("figure", parts), path)


def _turn(angles: tuple[float, float, float]) -> Float[np.ndarray, "4"]:
    turn = transforms.IDENTITY
    for axis, angle in zip(np.eye(3), angles, strict=True):
        turn = transforms.multiply(transforms.from_axis_angle(axis, np.radians(angle)), turn)
    return turn


def _handed_over(stance: Stance) -> Float[np.ndarray, "3 3"]:
    """Rotation from our world to the file's."""
    yaw = transforms.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.radians(stance.facing_deg))
    matrix = transforms.to_matrix(yaw)
    upright = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]]) if stance.z_up else np.eye(3)
    return upright @ matrix


def _part(part: Part, matrices: np.ndarray, handed: np.ndarray, size: float) -> ObjectPart:
    influences = influence_matrix(part.skin, len(matrices))
    verts, normals = pose_vertices(influences, matrices, part.mesh.verts, part.mesh.normals)
    mesh = replace(
        part.mesh,
        verts=(size * verts @ handed.T).astype(np.float32),
        normals=transforms.normalize(normals @ handed.T).astype(np.float32),
    )
    return ObjectPart(part.name, mesh, part.material)
