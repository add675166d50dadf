# SPDX-License-Identifier: Apache-2.0
"""A surface on joints that numbers shape: what both bodies are to the one that fits them.

A :class:`Puppet` gives its rest mesh for some numbers; :func:`pose` bends it by linear blend
skinning, and :func:`derivatives` says how chosen vertices move in chosen directions with every
number, every joint's rotation and a shift of the whole. The derivative by rotation takes a vertex
as rigid with each joint above it, exact where one joint moves it, near enough elsewhere for
Gauss-Newton steps. NumPy, double precision.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Float64, Int

from gen3d import transforms
from gen3d.body import rig
from gen3d.smpl.model import offsets_of, rig_matrices, to_rotations, to_vectors

_FINGERS = ("Thumb", "Index", "Middle", "Ring", "Little")


@dataclass(frozen=True)
class Rest:
    """Mesh and joints before posing."""

    verts: Float64[np.ndarray, "verts 3"]
    joints: Float64[np.ndarray, "joints 3"]


@dataclass(frozen=True)
class Slopes:
    """How the rest moves with each number."""

    verts: Float[np.ndarray, "numbers verts 3"]
    joints: Float[np.ndarray, "numbers joints 3"]


@dataclass(frozen=True)
class Range:
    """Which numbers are likely, and which are possible."""

    mean: Float64[np.ndarray, "numbers"]
    deviation: Float64[np.ndarray, "numbers"]
    low: Float64[np.ndarray, "numbers"]
    high: Float64[np.ndarray, "numbers"]


@dataclass(frozen=True)
class State:
    """Shape and pose of a puppet."""

    numbers: Float64[np.ndarray, "numbers"]
    rotations: Float64[np.ndarray, "joints 4"]
    """Local, wxyz."""
    shift: Float64[np.ndarray, "3"]
    """Added to everything, metres."""


@runtime_checkable
class Puppet(Protocol):
    """A body that can be shaped and posed."""

    @property
    def names(self) -> tuple[str, ...]:
        """House names of the joints."""
        ...

    @property
    def parents(self) -> tuple[int, ...]:
        """Parent of each joint; -1 for the first."""
        ...

    @property
    def faces(self) -> Int[np.ndarray, "faces 3"]:
        """Of the skin."""
        ...

    @property
    def weights(self) -> Float[np.ndarray, "verts joints"]:
        """Skin weights."""
        ...

    @property
    def range(self) -> Range:
        """Of the numbers."""
        ...

    @property
    def stiffness(self) -> Float64[np.ndarray, "joints"]:
        """How little each joint wants to turn from where it starts; infinite: not at all."""
        ...

    def rest(
        self,
        numbers: Float64[np.ndarray, "numbers"],
        rotations: Float64[np.ndarray, "joints 4"],
    ) -> Rest:
        """The rest mesh of some numbers (corrected for a pose where the body does so)."""
        ...

    def slopes(self, numbers: Float64[np.ndarray, "numbers"]) -> Slopes:
        """How the rest moves with the numbers, there."""
        ...


@dataclass(frozen=True)
class Posed:
    """A puppet in a pose."""

    verts: Float64[np.ndarray, "verts 3"]
    rest: Rest
    places: Float64[np.ndarray, "joints 3"]
    world: Float64[np.ndarray, "joints 4"]
    turns: Float64[np.ndarray, "verts 3 3"]
    """What skinning turns each vertex by."""


def pose(puppet: Puppet, state: State) -> Posed:
    """Shape and bend a puppet."""
    rest = puppet.rest(state.numbers, state.rotations)
    world, places = transforms.forward_kinematics(
        puppet.parents, state.rotations, offsets_of(puppet.parents, rest.joints)
    )
    matrices = rig_matrices(rest.joints, world, places)
    turns = np.tensordot(puppet.weights, matrices[..., :3], axes=1)
    verts = rig.skin_points(rest.verts, puppet.weights, matrices) + state.shift
    return Posed(verts, rest, places + state.shift, world, turns)


def subtree_weights(
    parents: tuple[int, ...], weights: Float[np.ndarray, "verts joints"]
) -> Float64[np.ndarray, "verts joints"]:
    """How much of each vertex each joint carries, by itself and by all that hang on it."""
    carried = weights.astype(np.float64)
    for joint in range(len(parents) - 1, 0, -1):
        if parents[joint] >= 0:
            carried[:, parents[joint]] += carried[:, joint]
    return carried


def derivatives(
    puppet: Puppet,
    posed: Posed,
    slopes: Slopes | None,
    carried: Float64[np.ndarray, "verts joints"],
    chosen: Int[np.ndarray, "rows"],
    directions: Float64[np.ndarray, "rows 3"],
) -> Float64[np.ndarray, "rows columns"]:
    """How vertices move along directions: by number, by joint (about the world's axes), by shift.

    Args:
        puppet: Whose.
        posed: In which pose.
        slopes: Of the rest; without them there are no columns for numbers.
        carried: From :func:`subtree_weights`.
        chosen: Vertex of each row.
        directions: Direction of each row.
    """
    arms = posed.verts[chosen][:, None] - posed.places[None]
    turning = np.cross(arms, directions[:, None]) * carried[chosen][..., None]
    columns = [turning.reshape(len(chosen), 3 * len(posed.places)), directions]
    if slopes is not None:
        columns.insert(0, _by_number(puppet, posed, slopes, chosen, directions))
    return np.concatenate(columns, axis=1)


def _by_number(
    puppet: Puppet,
    posed: Posed,
    slopes: Slopes,
    chosen: Int[np.ndarray, "rows"],
    directions: Float64[np.ndarray, "rows 3"],
) -> Float64[np.ndarray, "rows numbers"]:
    back = np.einsum("iab,ia->ib", posed.turns[chosen], directions)
    by_skin = np.einsum("kib,ib->ik", slopes.verts[:, chosen], back, optimize=True)
    turns = transforms.to_matrix(posed.world)
    moved = _moved_joints(puppet.parents, turns, slopes.joints)
    left = moved - np.einsum("jab,kjb->kja", turns, slopes.joints)
    spread = puppet.weights[chosen][..., None] * directions[:, None]
    by_joints = spread.reshape(len(chosen), left[0].size) @ left.reshape(len(left), -1).T
    return by_skin + by_joints


def _moved_joints(
    parents: tuple[int, ...],
    turns: Float64[np.ndarray, "joints 3 3"],
    slopes: Float[np.ndarray, "numbers joints 3"],
) -> Float64[np.ndarray, "numbers joints 3"]:
    """How joints move in the pose when they move at rest and nothing turns."""
    moved = slopes.astype(np.float64)
    for joint, parent in enumerate(parents):
        if parent >= 0:
            bone = slopes[:, joint] - slopes[:, parent]
            moved[:, joint] = moved[:, parent] + bone @ turns[parent].T
    return moved


def joint_derivatives(
    puppet: Puppet, posed: Posed, slopes: Slopes | None, chosen: Int[np.ndarray, "some"]
) -> Float64[np.ndarray, "rows columns"]:
    """How joints move along X, Y and Z: the same columns as :func:`derivatives`."""
    rows, count = 3 * len(chosen), len(puppet.parents)
    axes = np.tile(np.eye(3), (len(chosen), 1))
    above = subtree_weights(puppet.parents, np.eye(count)) - np.eye(count)
    arms = posed.places[chosen][:, None] - posed.places[None]
    turning = np.cross(arms.repeat(3, axis=0), axes[:, None])
    turning *= above[chosen].repeat(3, axis=0)[..., None]
    columns = [turning.reshape(rows, -1), axes]
    if slopes is not None:
        turns = transforms.to_matrix(posed.world)
        moved = _moved_joints(puppet.parents, turns, slopes.joints)
        columns.insert(0, np.moveaxis(moved[:, chosen], 0, -1).reshape(rows, -1))
    return np.concatenate(columns, axis=1)


def turned(
    state: State,
    world: Float64[np.ndarray, "joints 4"],
    steps: Float64[np.ndarray, "joints 3"],
    parents: tuple[int, ...],
) -> State:
    """The state after each joint turned by a small rotation about the world's axes."""
    above = np.asarray(parents)
    frame = np.where(above[:, None] >= 0, world[above], transforms.IDENTITY)
    local = transforms.rotate(transforms.conjugate(frame), steps)
    rotations = transforms.normalize(transforms.multiply(to_rotations(local), state.rotations))
    return replace(state, rotations=rotations)


def pull_back(
    rotations: Float64[np.ndarray, "joints 4"],
    start: Float64[np.ndarray, "joints 4"],
    world: Float64[np.ndarray, "joints 4"],
    parents: tuple[int, ...],
) -> Float64[np.ndarray, "joints 3"]:
    """Small rotations about the world's axes that bring joints back to where they started."""
    above = np.asarray(parents)
    frame = np.where(above[:, None] >= 0, world[above], transforms.IDENTITY)
    away = to_vectors(transforms.multiply(rotations, transforms.conjugate(start)))
    return -transforms.rotate(frame, away)


def finger_labels(
    names: tuple[str, ...], weights: Float[np.ndarray, "verts joints"]
) -> Int[np.ndarray, "verts"]:
    """Number of the finger that each vertex is on, from 1; 0 elsewhere.

    All zero for a body without joints in its fingers, of which it is not known.
    """
    fingers = [f"{side}{finger}" for side in ("left", "right") for finger in _FINGERS]
    of_joint = [next((i for i, f in enumerate(fingers, 1) if n.startswith(f)), 0) for n in names]
    known = len(set(of_joint)) > len(fingers)
    labels = np.array(of_joint)[np.argmax(weights, axis=1)]
    return labels if known else np.zeros_like(labels)


def free_joints(puppet: Puppet) -> Bool[np.ndarray, "joints"]:
    """Joints that a fit may turn."""
    return np.isfinite(puppet.stiffness)
