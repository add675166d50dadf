# SPDX-License-Identifier: Apache-2.0
"""The three puppets: the default body by its sliders, a finished figure, and a model with betas."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Float64, Int32

from gen3d.body import Body, ShapedBody
from gen3d.body.data import BODY_VERTS
from gen3d.body.surface import triangulate
from gen3d.skeleton import JOINTS, PARENTS
from gen3d.smpl.model import SmplModel
from gen3d.smpl.puppet import Range, Rest, Slopes
from gen3d.smpl.sliders import Sliders
from gen3d.spec import BodySpec
from gen3d.types import Skeleton

_FREEDOM = {
    "hips": 1.0,
    "UpperArm": 0.6,
    "LowerArm": 0.4,
    "UpperLeg": 0.3,
    "LowerLeg": 0.3,
    "Hand": 0.4,
    "Shoulder": 0.2,
    "spine": 0.15,
    "chest": 0.15,
    "upperChest": 0.15,
    "neck": 0.2,
    "head": 0.2,
    "Foot": 0.25,
    "Toes": 0.15,
    "Thumb": 0.4,
    "Index": 0.3,
    "Middle": 0.3,
    "Ring": 0.3,
    "Little": 0.3,
}
"""Radians that a joint likely differs between two rest poses; others do not turn."""


def stiffness_of(names: tuple[str, ...]) -> Float64[np.ndarray, "joints"]:
    """How little each joint wants to turn between one body's rest pose and another's."""
    bare = [name.removeprefix("left").removeprefix("right") for name in names]
    freedom = [
        next((angle for part, angle in _FREEDOM.items() if name.startswith(part)), 0.0)
        for name in bare
    ]
    return np.array([angle**-2.0 if angle else np.inf for angle in freedom])


class HousePuppet:
    """The default body, shaped by the numbers of its specification.

    Args:
        body: The space of people.
        like: Age and ancestry, which stay as they are, and the likeliest sex.
    """

    names = JOINTS
    parents = PARENTS

    def __init__(self, body: Body, like: BodySpec) -> None:
        self.sliders = Sliders(body, like)
        self.faces = triangulate(body.data.quads["body"])
        self.weights = body.weights[:BODY_VERTS].astype(np.float64)
        self.range = self.sliders.range
        self.stiffness = stiffness_of(JOINTS)

    def rest(
        self, numbers: Float64[np.ndarray, "numbers"], rotations: Float64[np.ndarray, "joints 4"]
    ) -> Rest:
        """The T-pose, not yet put on the ground."""
        del rotations
        return self.sliders.rest(numbers)

    def slopes(self, numbers: Float64[np.ndarray, "numbers"]) -> Slopes:
        """By differences."""
        return self.sliders.slopes(numbers)


_NO_NUMBERS = Range(*(np.zeros(0),) * 4)


@dataclass(frozen=True)
class Figure:
    """A finished figure of ours, or the skin that is left of it under clothes: it only poses."""

    verts: Float64[np.ndarray, "verts 3"]
    """In the T-pose."""
    faces: Int32[np.ndarray, "faces 3"]
    weights: Float64[np.ndarray, "verts joints"]
    skeleton: Skeleton
    parents = PARENTS
    names = JOINTS
    range = _NO_NUMBERS

    @staticmethod
    def of(shaped: ShapedBody, lift: float = 0.0) -> Figure:
        """All the skin of a body, raised by its soles."""
        up = np.array([0.0, lift, 0.0])
        positions = shaped.skeleton.positions + up.astype(np.float32)
        positions[0] = 0.0
        return Figure(
            shaped.verts[:BODY_VERTS].astype(np.float64) + up,
            triangulate(shaped.data.quads["body"]),
            shaped.weights[:BODY_VERTS].astype(np.float64),
            replace(shaped.skeleton, positions=positions),
        )

    @property
    def stiffness(self) -> Float64[np.ndarray, "joints"]:
        """By joint."""
        return stiffness_of(JOINTS)

    @property
    def joints(self) -> dict[str, Float64[np.ndarray, "3"]]:
        """Places of the joints by name."""
        places = self.skeleton.positions.astype(np.float64)
        return dict(zip(self.names, places, strict=True))

    def rest(
        self, numbers: Float64[np.ndarray, "numbers"], rotations: Float64[np.ndarray, "joints 4"]
    ) -> Rest:
        """The T-pose."""
        del numbers, rotations
        return Rest(self.verts, self.skeleton.positions.astype(np.float64))

    def slopes(self, numbers: Float64[np.ndarray, "numbers"]) -> Slopes:
        """There are none."""
        del numbers
        return Slopes(np.zeros((0, *self.verts.shape)), np.zeros((0, len(JOINTS), 3)))


class SmplPuppet:
    """A model of the SMPL family, shaped by its betas.

    Args:
        model: Which.
        betas: How many of its numbers are used.
    """

    def __init__(self, model: SmplModel, betas: int) -> None:
        self.model = model
        self.names, self.parents = model.names, model.parents
        self.faces, self.weights = model.faces, model.weights
        one = np.ones(betas)
        self.range = Range(0.0 * one, one, -5.0 * one, 5.0 * one)
        self.stiffness = stiffness_of(model.names)
        directions = model.shape_directions[..., :betas].astype(np.float64)
        self._slopes = Slopes(
            np.ascontiguousarray(np.moveaxis(directions, -1, 0)),
            np.einsum("jv,vak->kja", model.joint_regressor, directions, optimize=True),
        )

    def rest(
        self, numbers: Float64[np.ndarray, "numbers"], rotations: Float[np.ndarray, "joints 4"]
    ) -> Rest:
        """The shaped mesh with the pose's corrections; joints know of the shape only."""
        shaped = self.model.shaped(numbers)
        return Rest(shaped + self.model.corrections(rotations), self.model.joints_of(shaped))

    def slopes(self, numbers: Float64[np.ndarray, "numbers"]) -> Slopes:
        """The shape directions; they are the same everywhere."""
        del numbers
        return self._slopes
