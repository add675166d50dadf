# SPDX-License-Identifier: Apache-2.0
"""Bring a puppet onto a surface: robust, regularised iterative closest points, both ways.

Each round pairs every vertex of the puppet with the nearest point of the target, and every vertex
of the target with the nearest vertex of the puppet, drops pairs that are far apart or face
different ways, and takes one Gauss-Newton step on their distances along the target's normals (Chen
and Medioni 1992), weighted after Geman and McClure, with priors on numbers and rotations. Nothing
is drawn at random: the same surfaces give the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Float64, Int
from scipy.spatial import KDTree

from gen3d.body.surface import vertex_normals
from gen3d.fields.closest import Nearest, Tree
from gen3d.foundry.solids import Solid
from gen3d.smpl.puppet import (
    Posed,
    Puppet,
    Slopes,
    State,
    derivatives,
    finger_labels,
    free_joints,
    joint_derivatives,
    pose,
    pull_back,
    subtree_weights,
    turned,
)

_NORMAL_REACH = 0.03
"""Metres that a right angle between normals counts as when the nearest vertex is searched."""
_FACING = 0.5
_LARGEST_STEP = 0.35
"""Radians a joint turns at most in one round."""
_JOINT_NOISE_M = 0.02
"""How differently two bodies place the same joint."""
_EVIDENCE = 3000.0
"""How many independent measurements all pairs together are worth against the priors."""


@dataclass(frozen=True)
class Round:
    """How one round is done."""

    reach: float
    """Metres beyond which a pair is dropped."""
    shape: bool = True
    """Whether numbers may change, not only the pose."""
    noise: float = 0.003
    """Metres that the surfaces are expected to differ by."""
    fresh: bool = True
    """Whether slopes are computed anew."""


ROUNDS: tuple[Round, ...] = (
    *(Round(0.25, shape=False, noise=0.02, fresh=False),) * 3,
    *(Round(0.20, noise=0.01), Round(0.15, noise=0.01, fresh=False)),
    *(Round(0.10, noise=0.006), Round(0.08, noise=0.005, fresh=False)),
    *(Round(0.06, noise=0.004), Round(0.05, fresh=False), Round(0.04, fresh=False)),
    *(Round(0.03), Round(0.03, fresh=False), Round(0.03, fresh=False)),
)


class Target:
    """A surface to come onto.

    Args:
        verts: Its vertices.
        faces: Its triangles, outwards.
        labels: Finger of each vertex (:func:`gen3d.smpl.puppet.finger_labels`), where it is known.
    """

    def __init__(
        self,
        verts: Float[np.ndarray, "verts 3"],
        faces: Int[np.ndarray, "faces 3"],
        labels: Int[np.ndarray, "verts"] | None = None,
    ) -> None:
        used, compact = np.unique(faces, return_inverse=True)
        self.verts = verts[used].astype(np.float64)
        self.faces = compact.reshape(-1, 3).astype(np.int32)
        self.normals = vertex_normals(self.verts, self.faces).astype(np.float64)
        self.labels = np.zeros(len(used), np.int64) if labels is None else labels[used]
        self._tree = Tree(Solid(self.verts, self.faces))
        edge = _on_boundary(self.faces)
        self._at_edge = np.asarray(edge[self.faces].any(axis=1))

    def nearest(self, points: Float[np.ndarray, "points 3"]) -> Nearest:
        """The nearest place of the surface to each point."""
        return self._tree.nearest(points)

    def inside(self, found: Nearest) -> Bool[np.ndarray, "points"]:
        """Whether a place is off the edges of holes, where everything beyond them ends up."""
        return ~self._at_edge[found.face]

    def at(
        self, found: Nearest
    ) -> tuple[Float64[np.ndarray, "points 3"], Float64[np.ndarray, "points 3"]]:
        """Places and normals of what was found."""
        corners, share = self.faces[found.face], found.barycentrics[..., None].astype(np.float64)
        normals = (self.normals[corners] * share).sum(axis=1)
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        return (self.verts[corners] * share).sum(axis=1), normals / np.maximum(length, 1e-12)


@dataclass(frozen=True)
class Pairs:
    """Vertices of a puppet and where each should be."""

    verts: Int[np.ndarray, "pairs"]
    places: Float64[np.ndarray, "pairs 3"]
    normals: Float64[np.ndarray, "pairs 3"]


def pair(
    verts: Float64[np.ndarray, "verts 3"],
    normals: Float[np.ndarray, "verts 3"],
    target: Target,
    reach: float,
    labels: Int[np.ndarray, "verts"],
) -> Pairs:
    """Pairs both ways, near, facing alike, on one finger; a vertex without a face has none.

    Args:
        verts: Of the puppet.
        normals: Likewise.
        target: What it should lie on.
        reach: Metres beyond which a pair is dropped.
        labels: Finger of each of its vertices; 0 goes with any.
    """
    skin = np.flatnonzero((normals**2).sum(axis=1) > 0.5)
    found = target.nearest(verts[skin])
    places, facing = target.at(found)
    tree = KDTree(np.concatenate([verts[skin], _NORMAL_REACH * normals[skin]], axis=1))
    asked = np.concatenate([target.verts, _NORMAL_REACH * target.normals], axis=1)
    back = np.asarray(tree.query(asked)[1])
    chosen = np.concatenate([skin, skin[back]])
    sure = np.concatenate([target.inside(found), np.ones(len(back), dtype=bool)])
    theirs = np.concatenate([target.labels[target.faces[found.face, 0]], target.labels])
    sure &= (labels[chosen] == theirs) | (labels[chosen] == 0) | (theirs == 0)
    places = np.concatenate([places, target.verts])
    facing = np.concatenate([facing, target.normals])
    far = np.linalg.norm(places - verts[chosen], axis=1) > reach
    kept = sure & ~far & (np.einsum("ia,ia->i", normals[chosen], facing) > _FACING)
    return Pairs(chosen[kept], places[kept], facing[kept])


def _on_boundary(faces: Int[np.ndarray, "faces 3"]) -> Bool[np.ndarray, "verts"]:
    """Vertices of edges that only one face has."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    unique, count = np.unique(edges, axis=0, return_counts=True)
    boundary = np.zeros(int(faces.max()) + 1, dtype=bool)
    boundary[unique[count == 1]] = True
    return boundary


def register(
    puppet: Puppet,
    target: Target,
    start: State,
    rounds: tuple[Round, ...] = ROUNDS,
    on_round: Callable[[], None] = lambda: None,
    joints: Mapping[str, Float[np.ndarray, "3"]] | None = None,
) -> State:
    """Shape and pose a puppet so that it lies on a surface.

    Args:
        puppet: What moves.
        target: What stays.
        start: Where it begins; rotations are pulled back to these.
        rounds: What to do, in order.
        on_round: Called after each round.
        joints: Where joints roughly are, by name: for a target that is not all there.
    """
    carried = subtree_weights(puppet.parents, puppet.weights)
    labels = finger_labels(puppet.names, puppet.weights)
    state, slopes = start, None
    for number in rounds:
        posed = pose(puppet, state)
        if number.shape and (number.fresh or slopes is None):
            slopes = puppet.slopes(state.numbers)
        normals = vertex_normals(posed.verts, puppet.faces)
        pairs = pair(posed.verts, normals, target, number.reach, labels)
        used = slopes if number.shape else None
        matrix, vector = _equations(puppet, posed, used, carried, pairs, number)
        if joints is not None:
            more = _joint_equations(puppet, posed, used, joints)
            matrix, vector = matrix + more[0], vector + more[1]
        state = _stepped(puppet, posed, state, start, matrix, vector)
        on_round()
    return state


def _equations(
    puppet: Puppet,
    posed: Posed,
    slopes: Slopes | None,
    carried: Float64[np.ndarray, "verts joints"],
    pairs: Pairs,
    number: Round,
) -> tuple[Float64[np.ndarray, "columns columns"], Float64[np.ndarray, "columns"]]:
    """Normal equations of the distances along the normals."""
    rows = derivatives(puppet, posed, slopes, carried, pairs.verts, pairs.normals)
    gap = np.einsum("ia,ia->i", pairs.places - posed.verts[pairs.verts], pairs.normals)
    if not len(gap):
        return rows.T @ rows, rows.T @ gap
    spread = max(number.noise, 4.0 * float(np.median(np.abs(gap))))
    doubt = (spread**2 / (spread**2 + gap**2)) ** 2
    share = doubt * (_EVIDENCE / max(len(gap), 1)) / number.noise**2
    return (rows * share[:, None]).T @ rows, rows.T @ (share * gap)


def _joint_equations(
    puppet: Puppet,
    posed: Posed,
    slopes: Slopes | None,
    joints: Mapping[str, Float[np.ndarray, "3"]],
) -> tuple[Float64[np.ndarray, "columns columns"], Float64[np.ndarray, "columns"]]:
    """Normal equations of the distances of joints that both bodies have."""
    shared = [name for name in puppet.names if name in joints]
    chosen = np.array([puppet.names.index(name) for name in shared])
    rows = joint_derivatives(puppet, posed, slopes, chosen)
    gap = np.stack([joints[name] for name in shared]) - posed.places[chosen]
    return rows.T @ rows / _JOINT_NOISE_M**2, rows.T @ gap.ravel() / _JOINT_NOISE_M**2


def _stepped(
    puppet: Puppet,
    posed: Posed,
    state: State,
    start: State,
    matrix: Float64[np.ndarray, "columns columns"],
    vector: Float64[np.ndarray, "columns"],
) -> State:
    """Add the priors, solve, and take the step."""
    joints = len(puppet.parents)
    numbers = len(vector) - 3 * joints - 3
    held = np.where(np.isfinite(puppet.stiffness), puppet.stiffness, 0.0).repeat(3)
    home = pull_back(state.rotations, start.rotations, posed.world, puppet.parents).ravel()
    spread, at = np.zeros(len(vector)), np.zeros(len(vector))
    if numbers:
        spread[:numbers] = puppet.range.deviation**-2.0
        at[:numbers] = puppet.range.mean - state.numbers
    spread[numbers:-3], at[numbers:-3] = held, home
    matrix, vector = matrix + np.diag(spread + 1e-6), vector + spread * at
    free = np.ones(len(vector), dtype=bool)
    free[numbers:-3] = free_joints(puppet).repeat(3)
    step = _bounded(matrix, vector, free, puppet, state, numbers)
    turns = step[numbers:-3].reshape(joints, 3)
    size = np.linalg.norm(turns, axis=1, keepdims=True)
    turns = turns * np.minimum(1.0, _LARGEST_STEP / np.maximum(size, 1e-12))
    state = turned(state, posed.world, turns, puppet.parents)
    grown = state.numbers + step[:numbers] if numbers else state.numbers
    return replace(state, numbers=grown, shift=state.shift + step[-3:])


def _bounded(
    matrix: Float64[np.ndarray, "columns columns"],
    vector: Float64[np.ndarray, "columns"],
    free: np.ndarray,
    puppet: Puppet,
    state: State,
    numbers: int,
) -> Float64[np.ndarray, "columns"]:
    """Solve; numbers that would leave their range stop at its end, and the others adapt."""
    step = np.zeros(len(vector))
    low, high = puppet.range.low - state.numbers, puppet.range.high - state.numbers
    for _ in range(6):
        fixed = vector - matrix[:, ~free] @ step[~free]
        step[free] = np.linalg.solve(matrix[np.ix_(free, free)], fixed[free])
        out = (step[:numbers] < low[:numbers] - 1e-9) | (step[:numbers] > high[:numbers] + 1e-9)
        if not numbers or not out.any():
            break
        step[:numbers] = np.clip(step[:numbers], low, high)
        free[:numbers] &= ~out
    if numbers:
        step[:numbers] = np.clip(step[:numbers], low, high)
    return step
