# SPDX-License-Identifier: Apache-2.0
"""A body model of the SMPL family and its forward pass.

Loper et al., "SMPL: A Skinned Multi-Person Linear Model" (2015), equations 2 to 10: a template with
added shape directions (eq. 8) gives the joints (eq. 10); pose directions times the rotations'
difference from rest correct the mesh (eq. 9); linear blend skinning poses it (eq. 2 to 4). SMPL-X
adds expression to the shape (Pavlakos et al. 2019, eq. 1 to 3). A pose counts from the template's
flat hands: zeros are the template (``flat_hand_mean=True``, ``use_pca=False`` in other programs).

Why not the package ``smplx``: every loader it has unpickles what it opens (``pickle.load``, or
``np.load`` with ``allow_pickle=True``), the user's file included, and its licence excludes
commercial use. The equations are few; the same file gives the same vertices in both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, Float64, Int32

from gen3d import transforms
from gen3d.body import rig
from gen3d.smpl.joints import NAMES, PARENTS, Kind


@dataclass(frozen=True)
class SmplModel:
    """What a model file holds. Metres, +Y up, facing +Z, in a T-pose; the origin is the file's."""

    kind: Kind
    gender: str
    """``male``, ``female``, ``neutral``; empty when neither the file nor its name says."""
    template: Float64[np.ndarray, "verts 3"]
    shape_directions: Float32[np.ndarray, "verts 3 betas"]
    expression_directions: Float32[np.ndarray, "verts 3 expressions"]
    pose_directions: Float32[np.ndarray, "verts 3 corrections"]
    """Nine for each joint but the pelvis: the rotation matrix by rows."""
    joint_regressor: Float64[np.ndarray, "joints verts"]
    weights: Float64[np.ndarray, "verts joints"]
    faces: Int32[np.ndarray, "faces 3"]
    digest: str = ""
    """SHA-256 of the file."""

    @property
    def names(self) -> tuple[str, ...]:
        """House name of each joint."""
        return NAMES[self.kind]

    @property
    def parents(self) -> tuple[int, ...]:
        """Parent of each joint; -1 for the pelvis."""
        return PARENTS[self.kind]

    def shaped(
        self,
        betas: Float[np.ndarray, "betas"],
        expression: Float[np.ndarray, "expressions"] | None = None,
    ) -> Float64[np.ndarray, "verts 3"]:
        """The template with shape and expression (eq. 8); missing numbers are zero."""
        verts = self.template + self.shape_directions[..., : len(betas)] @ betas
        if expression is not None and len(expression):
            verts = verts + self.expression_directions[..., : len(expression)] @ expression
        return verts

    def joints_of(self, shaped: Float[np.ndarray, "verts 3"]) -> Float64[np.ndarray, "joints 3"]:
        """Rest places of the joints (eq. 10)."""
        return self.joint_regressor @ shaped

    def corrections(
        self, rotations: Float[np.ndarray, "joints 4"]
    ) -> Float64[np.ndarray, "verts 3"]:
        """What the pose adds to the unposed mesh (eq. 9)."""
        turned = transforms.to_matrix(rotations[1:]) - np.eye(3)
        features = turned.ravel().astype(np.float32)
        return (self.pose_directions @ features).astype(np.float64)

    def posed(
        self,
        shaped: Float[np.ndarray, "verts 3"],
        rotations: Float[np.ndarray, "joints 4"],
        translation: Float[np.ndarray, "3"],
    ) -> Float64[np.ndarray, "verts 3"]:
        """The mesh in a pose.

        Args:
            shaped: From :meth:`shaped`.
            rotations: Of each joint relative to its parent (wxyz).
            translation: Added to everything, metres.
        """
        rest = self.joints_of(shaped)
        world, places = transforms.forward_kinematics(
            self.parents, rotations, offsets_of(self.parents, rest)
        )
        matrices = rig_matrices(rest, world, places)
        unposed = shaped + self.corrections(rotations)
        return rig.skin_points(unposed, self.weights, matrices) + translation


def offsets_of(
    parents: tuple[int, ...], rest: Float[np.ndarray, "joints 3"]
) -> Float64[np.ndarray, "joints 3"]:
    """Each joint seen from its parent; the first joint as it is."""
    above = np.asarray(parents)
    return rest - np.where(above[:, None] >= 0, rest[above], 0.0)


def rig_matrices(
    rest: Float[np.ndarray, "joints 3"],
    world: Float[np.ndarray, "joints 4"],
    places: Float[np.ndarray, "joints 3"],
) -> Float64[np.ndarray, "joints 3 4"]:
    """What takes points from rest to the pose, for each joint."""
    turn = transforms.to_matrix(world)
    return np.concatenate([turn, (places - np.einsum("jab,jb->ja", turn, rest))[..., None]], -1)


def to_rotations(vectors: Float[np.ndarray, "*batch 3"]) -> Float64[np.ndarray, "*batch 4"]:
    """Quaternions of axis times angle (Rodrigues vectors)."""
    angle = np.linalg.norm(vectors, axis=-1)
    return transforms.from_axis_angle(transforms.normalize(vectors.astype(np.float64)), angle)


def to_vectors(rotations: Float[np.ndarray, "*batch 4"]) -> Float64[np.ndarray, "*batch 3"]:
    """Axis times angle of quaternions, the shorter way round."""
    q = np.where(rotations[..., :1] < 0.0, -rotations, rotations)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, q[..., :1])
    # The angle over its half's sine is 2 at rest.
    return q[..., 1:] * np.where(sine > 1e-9, angle / np.maximum(sine, 1e-9), 2.0)
