# SPDX-License-Identifier: Apache-2.0
"""The default body as something to fit: few numbers in, surface and joints and derivatives out.

Shape is a vector of phenotypes and local changes of the body space; at rest the body is in the
T-pose. Pose is a turn for each of the 22 body joints, in the joint's own frame; fingers, toes' ends
and eyes go with hand, foot and head. Around a shape, rest points and joints are linear in the shape
(finite differences), skinning is linear blend, so derivatives by turns are closed forms: a small
turn w of joint j moves what hangs on it by w x (x - p_j).

Symbols: V rest points, J rest joints, W world turns, p world places, s uniform scale.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float, Int

from gen3d import transforms
from gen3d.body import Body, rig
from gen3d.body.data import BODY_VERTS, VERTS
from gen3d.body.phenotype import basis_weights, detail_weights, implied_details, values_of
from gen3d.body.surface import triangulate, vertex_normals
from gen3d.render.raycast import Tracer
from gen3d.skeleton import JOINTS, PARENTS
from gen3d.spec import BodySpec

_LIMBS = ("Shoulder", "UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot", "Toes")
BODY: tuple[str, ...] = (
    *("hips", "spine", "chest", "upperChest", "neck", "head"),
    *(f"{side}{limb}" for side in ("left", "right") for limb in _LIMBS),
)
"""The 22 joints that are fitted, parents first."""
_SAMPLES = 2600
_INNER_METRES = 0.04
"""Skin whose way out is blocked nearer than this (mouth, between the fingers) is not seen."""

_AGES = (1.0, 10.5, 25.0, 90.0)
_PHENOTYPES = ("sex", "age", "muscle", "weight", "stature", "proportions")
_DETAILS = (
    *("measure-upperarm-length-incr", "measure-lowerarm-length-incr"),
    *("measure-upperleg-height-incr", "measure-lowerleg-height-incr"),
    *("measure-shoulder-dist-incr", "measure-neck-height-incr"),
    *("measure-napetowaist-dist-incr", "measure-waisttohip-dist-incr"),
    *("head-scale-horiz-incr", "head-scale-vert-incr", "head-scale-depth-incr"),
    *("hand-scale-incr", "foot-scale-incr", "stomach-pregnant-incr"),
    *("torso-scale-horiz-incr", "torso-scale-depth-incr"),
    *("hip-scale-horiz-incr", "hip-scale-depth-incr", "measure-waist-circ-incr"),
    *("measure-thigh-circ-incr", "measure-calf-circ-incr", "measure-upperarm-circ-incr"),
)
SHAPE: tuple[str, ...] = (*_PHENOTYPES, *_DETAILS)
"""Names of the shape's numbers; ``age`` counts anchors: 0 baby, 1 child, 2 young, 3 old."""
USUAL = np.array([0.5, 2.1, 0.5, 0.5, 0.5, 0.5, *(0.0 for _ in _DETAILS)])
_SURE = {"hand-scale-incr": 0.15, "foot-scale-incr": 0.2}
"""Fingers and toes are finer than what is seen of them: their size is not left to the data."""
SPREAD = np.array([0.5, 0.6, 0.4, 0.35, 0.4, 0.5, *(_SURE.get(n, 0.35) for n in _DETAILS)])
"""Standard deviations about :data:`USUAL`."""
LEAST = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, *(-1.0 for _ in _DETAILS)])
MOST = np.array([1.0, 3.0, 1.0, 1.0, 1.0, 1.0, *(1.0 for _ in _DETAILS)])
_STEP = 0.05


@dataclass(frozen=True)
class Rest:
    """The body of one shape in the T-pose, and how it changes with the shape."""

    shape: Float[np.ndarray, "shape"]
    points: Float[np.ndarray, "samples 3"]
    normals: Float[np.ndarray, "samples 3"]
    joints: Float[np.ndarray, "body 3"]
    points_by_shape: Float[np.ndarray, "shape samples 3"]
    joints_by_shape: Float[np.ndarray, "shape body 3"]

    def moved(self, shape: Float[np.ndarray, "shape"]) -> Rest:
        """The linear model at another shape."""
        change = shape - self.shape
        return replace(
            self,
            shape=shape,
            points=self.points + np.tensordot(change, self.points_by_shape, axes=1),
            joints=self.joints + np.tensordot(change, self.joints_by_shape, axes=1),
        )


@dataclass(frozen=True)
class Stance:
    """How a body of given shape stands in the figure's space."""

    shape: Float[np.ndarray, "shape"]
    scale: float
    place: Float[np.ndarray, "3"]
    """Of the hips."""
    turns: Float[np.ndarray, "body 4"]
    """Local turn of each joint; the hips' is the whole body's."""


@dataclass(frozen=True)
class Posed:
    """A body that stands, with what derivatives need."""

    points: Float[np.ndarray, "samples 3"]
    normals: Float[np.ndarray, "samples 3"]
    joints: Float[np.ndarray, "body 3"]
    world: Float[np.ndarray, "body 3 3"]
    carried: Float[np.ndarray, "samples body 3"]
    """Where each joint alone would carry each point."""


@dataclass(frozen=True)
class Mannequin:
    """The body space cut down to a few thousand visible points of the skin."""

    body: Body
    samples: Int[np.ndarray, "samples"]
    weights: Float[np.ndarray, "samples body"]
    below: Float[np.ndarray, "body body"]
    """1 where the column's joint is the row's or hangs on it."""
    part: Int[np.ndarray, "samples"]
    """Joint that each point follows most."""

    @staticmethod
    def load() -> Mannequin:
        """The default body's; built once a process."""
        return _load()

    def thinned(self, step: int) -> Mannequin:
        """With every ``step``-th point only."""
        return replace(
            self,
            samples=np.ascontiguousarray(self.samples[::step]),
            weights=self.weights[::step],
            part=self.part[::step],
        )

    def rest(self, shape: Float[np.ndarray, "shape"], *, derivatives: bool = True) -> Rest:
        """The body of a shape, and its derivatives."""
        whole, joints = t_pose(self.body, shape)
        faces = triangulate(self.body.data.quads["body"])
        normals = vertex_normals(whole[:BODY_VERTS], faces)[self.samples]
        points, joints = whole[self.samples], joints[_INDEX]
        by_points = np.zeros((len(SHAPE), *points.shape))
        by_joints = np.zeros((len(SHAPE), *joints.shape))
        for number in range(len(SHAPE) if derivatives else 0):
            step = _STEP if shape[number] + _STEP <= MOST[number] else -_STEP
            other = shape.copy()
            other[number] += step
            moved, moved_joints = _reduced(self.samples.tobytes()).t_pose(other)
            base, base_joints = points, joints
            by_points[number] = (moved - base) / step
            by_joints[number] = (moved_joints[_INDEX] - base_joints) / step
        return Rest(shape.copy(), points, normals.astype(np.float64), joints, by_points, by_joints)

    def pose(self, rest: Rest, stance: Stance) -> Posed:
        """Stand a body up."""
        world, places = _stood(rest.joints, stance)
        arms = rest.points[None] - rest.joints[:, None]
        turned = arms @ world.transpose(0, 2, 1)
        carried = stance.scale * turned.transpose(1, 0, 2) + places
        points = np.einsum("vj,vja->va", self.weights, carried)
        blended = np.tensordot(self.weights, world, axes=1)
        normals = transforms.normalize(np.einsum("vab,vb->va", blended, rest.normals))
        return Posed(points, normals, places, world, carried)

    def jacobian(
        self, rest: Rest, stance: Stance, posed: Posed
    ) -> Float[np.ndarray, "samples 3 numbers"]:
        """Derivatives of the points by place, log scale, turns and shape, in this order."""
        count = len(posed.points)
        place = np.broadcast_to(np.eye(3), (count, 3, 3))
        scale = (posed.points - stance.place)[..., None]
        turns = self._by_turns(posed)
        shape = self._by_shape(rest, stance, posed)
        return np.concatenate([place, scale, turns.reshape(count, 3, -1), shape], axis=2)

    def _by_turns(self, posed: Posed) -> Float[np.ndarray, "samples 3 body 3"]:
        hanging = self.weights @ self.below.T
        weighted = self.weights[..., None] * posed.carried
        # A matrix product of its own: einsum takes ten times as long for the same sums.
        sums = self.below @ weighted.transpose(1, 0, 2).reshape(len(BODY), -1)
        arm = sums.reshape(len(BODY), -1, 3).transpose(1, 0, 2) - hanging[..., None] * posed.joints
        # w x arm = -[arm]_x w, and w = W_j times the turn in the joint's own frame.
        axes, arms = posed.world.transpose(1, 0, 2), arm.transpose(2, 0, 1)[..., None]
        turns = np.zeros((len(arm), 3, len(BODY), 3))
        for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
            turns[:, a] = axes[b] * arms[c] - axes[c] * arms[b]
        return turns

    def _by_shape(
        self, rest: Rest, stance: Stance, posed: Posed
    ) -> Float[np.ndarray, "samples 3 shape"]:
        blended = stance.scale * np.tensordot(self.weights, posed.world, axes=1)
        own = np.einsum("vab,mvb->vam", blended, rest.points_by_shape, optimize=True)
        drift = joints_by_shape(rest, stance, posed)
        turned = np.einsum("jab,mjb->mja", posed.world, rest.joints_by_shape)
        drift = drift - stance.scale * turned
        return own + np.einsum("vj,mja->vam", self.weights, drift, optimize=True)


def joints_by_shape(rest: Rest, stance: Stance, posed: Posed) -> Float[np.ndarray, "shape body 3"]:
    """Derivatives of the places of the joints by the shape."""
    drift = np.zeros_like(rest.joints_by_shape)
    for joint in range(1, len(BODY)):
        parent = BODY_PARENTS[joint]
        bone = rest.joints_by_shape[:, joint] - rest.joints_by_shape[:, parent]
        drift[:, joint] = drift[:, parent] + stance.scale * bone @ posed.world[parent].T
    return drift


def _stood(
    joints: Float[np.ndarray, "body 3"], stance: Stance
) -> tuple[Float[np.ndarray, "body 3 3"], Float[np.ndarray, "body 3"]]:
    """World turns and places of the joints."""
    local = transforms.to_matrix(stance.turns)
    world, places = local.copy(), np.repeat(stance.place[None], len(BODY), axis=0)
    for joint in range(1, len(BODY)):
        parent = BODY_PARENTS[joint]
        world[joint] = world[parent] @ local[joint]
        bone = stance.scale * world[parent] @ (joints[joint] - joints[parent])
        places[joint] = places[parent] + bone
    return world, places


def spec_of(shape: Float[np.ndarray, "shape"]) -> tuple[BodySpec, float]:
    """A shape as a specification (its height aside) and a value of the height morph."""
    numbers = dict(zip(SHAPE, np.clip(shape, LEAST, MOST).tolist(), strict=True))
    years = float(np.interp(numbers["age"], np.arange(len(_AGES)), _AGES))
    spec = BodySpec(
        sex=numbers["sex"],
        age_years=years,
        muscle=numbers["muscle"],
        weight=numbers["weight"],
        proportions=numbers["proportions"],
        details={name: numbers[name] for name in _DETAILS},
    )
    return spec, numbers["stature"]


def t_pose(
    body: Body, shape: Float[np.ndarray, "shape"]
) -> tuple[Float[np.ndarray, "verts 3"], Float[np.ndarray, "joints 3"]]:
    """All vertices and all 55 joints of a shape in the T-pose, at the body's own size."""
    spec, stature = spec_of(shape)
    points = body.points(spec, stature).numpy().astype(np.float64)
    positions = rig.joint_positions(body.data, points)
    joints, matrices = rig.repose(positions, rig.t_pose_rotations(positions))
    return rig.skin_points(points[:VERTS], body.weights, matrices), joints


@dataclass(frozen=True)
class _Reduced:
    """The body space at few points: what finite differences call for again and again."""

    body: Body
    used: np.ndarray
    """Points of the whole space that are kept: samples, eyeballs, bone heads."""
    basis: torch.Tensor
    template: torch.Tensor
    details: dict[str, np.ndarray]
    weights: np.ndarray
    count: int

    def t_pose(self, shape: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        spec, stature = spec_of(shape)
        values = values_of(spec) | {"stature": torch.tensor(stature, dtype=torch.float32)}
        weights = basis_weights(self.body.data, values)
        points = (self.template + torch.tensordot(weights, self.basis, dims=1)).numpy()
        points = points.astype(np.float64)
        for name, weight in detail_weights(self.body.data, implied_details(spec)).items():
            if weight:
                points += weight * self._detail(name)
        whole = np.zeros((VERTS + len(self.body.data.bone_names), 3))
        whole[self.used] = points
        positions = rig.joint_positions(self.body.data, whole)
        joints, matrices = _reposed(positions)
        return rig.skin_points(points[: self.count], self.weights, matrices), joints

    def _detail(self, name: str) -> np.ndarray:
        if name not in self.details:
            index, offsets = self.body.data.local.entry(name)
            dense = np.zeros((VERTS + len(self.body.data.bone_names), 3))
            dense[index.numpy()] = offsets.numpy()
            self.details[name] = dense[self.used]
        return self.details[name]


def _reposed(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What :func:`gen3d.body.rig.repose` says of the T-pose, by matrices: ten times faster."""
    turns = transforms.to_matrix(rig.t_pose_rotations(positions))
    moved = positions.copy()
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            moved[joint] = moved[parent] + turns[parent] @ (positions[joint] - positions[parent])
    shift = moved - np.einsum("jab,jb->ja", turns, positions)
    return moved, np.concatenate([turns, shift[..., None]], axis=-1)


@functools.lru_cache(maxsize=2)
def _reduced(samples: bytes) -> _Reduced:
    body = Body.load()
    index = np.frombuffer(samples, np.int64)
    eyes = np.concatenate([np.unique(body.data.quads[f"helper-{s}-eye"]) for s in ("l", "r")])
    heads = VERTS + np.arange(len(body.data.bone_names))
    used = np.concatenate([index, eyes, heads])
    chosen = torch.from_numpy(used)
    return _Reduced(
        body=body,
        used=used,
        basis=body.data.basis[:, chosen].contiguous(),
        template=body.data.template[chosen],
        details={},
        weights=body.weights[index],
        count=len(index),
    )


_INDEX = np.array([JOINTS.index(name) for name in BODY])
BODY_PARENTS: tuple[int, ...] = tuple(
    BODY.index(JOINTS[PARENTS[j]]) if JOINTS[PARENTS[j]] in BODY else -1 for j in _INDEX
)
"""Parent of each fitted joint; -1 for the hips."""


def part_of(joint: str) -> str:
    """A joint's name without its side."""
    return joint.removeprefix("left").removeprefix("right")


def nearest_body_joint(joint: int) -> int:
    """The fitted joint that one of the 55 goes with: itself or the first above it."""
    while JOINTS[joint] not in BODY:
        if PARENTS[joint] < 0:
            return 0
        joint = PARENTS[joint]
    return BODY.index(JOINTS[joint])


@functools.cache
def _load() -> Mannequin:
    body = Body.load()
    verts, _ = t_pose(body, USUAL)
    samples = _chosen(verts[:BODY_VERTS], triangulate(body.data.quads["body"]))
    weights = np.zeros((len(samples), len(BODY)))
    for joint in range(len(JOINTS)):
        weights[:, nearest_body_joint(joint)] += body.weights[samples, joint]
    below = np.zeros((len(BODY), len(BODY)))
    for joint in range(len(BODY)):
        above = joint
        while above >= 0:
            below[above, joint] = 1.0
            above = BODY_PARENTS[above]
    return Mannequin(body, samples, weights, below, weights.argmax(axis=1))


def _chosen(verts: np.ndarray, faces: np.ndarray) -> Int[np.ndarray, "samples"]:
    """Vertices of the skin that can be seen, about evenly spread."""
    normals = vertex_normals(verts, faces).astype(np.float64)
    start = (verts + 1e-4 * normals).T.astype(np.float32)
    hits = Tracer(verts.astype(np.float32), faces).nearest(start, normals.T.astype(np.float32))
    seen = np.flatnonzero((hits.depth > _INNER_METRES) & (np.linalg.norm(normals, axis=1) > 0.5))
    size = 0.010
    while True:
        cells = np.floor(verts[seen] / size).astype(np.int64)
        _, first = np.unique(cells, axis=0, return_index=True)
        if len(first) <= _SAMPLES:
            return np.sort(seen[first])
        size *= 1.05
