# SPDX-License-Identifier: Apache-2.0
"""A made-up body model in the published layout of the SMPL family, out of our own CC0 body.

What makes it as hard to fit as somebody else's: another topology (decimated, vertices in random
order), another rest pose (arms and legs a little apart, fingers bent), another origin, joints where
the model has its own, bumps of several millimetres that no slider of ours makes, pose directions.
"""

from __future__ import annotations

import functools
from pathlib import Path

import fast_simplification
import numpy as np
from scipy.optimize import nnls

from gen3d import transforms
from gen3d.body import Body, ShapedBody
from gen3d.body.data import BODY_VERTS
from gen3d.body.surface import triangulate, vertex_normals
from gen3d.fields.closest import Tree
from gen3d.foundry.solids import Solid
from gen3d.skeleton import JOINTS
from gen3d.skeleton import PARENTS as ABOVE
from gen3d.smpl.archive import write_archive
from gen3d.smpl.joints import NAMES, PARENTS, Kind
from gen3d.spec import BodySpec

ORIGIN = np.array([0.003, 1.15, 0.02])
BUMPS_M = 0.003
PEOPLE: tuple[BodySpec, ...] = (
    BodySpec(sex=0.5, height=1.79),
    BodySpec(sex=0.5, height=1.70, weight=0.62),
    BodySpec(sex=1.0, height=1.70),
    BodySpec(sex=0.5, height=1.70, muscle=0.75),
    BodySpec(sex=0.5, height=1.70, details={"measure-shoulder-dist-incr": 0.5}),
    BodySpec(sex=0.5, height=1.70, details={"measure-hips-circ-incr": 0.6}),
    BodySpec(sex=0.5, height=1.70, details={"upperlegs-height-incr": 0.5}),
    BodySpec(sex=0.5, height=1.70, details={"stomach-pregnant-incr": 0.4}),
    BodySpec(sex=0.5, height=1.70, details={"head-fat-incr": 0.5, "measure-neck-circ-incr": 0.4}),
)
"""Who each shape direction leads to; the last of the ten directions is bumps."""
_MEAN = BodySpec(sex=0.5, height=1.70)
_BEND_DEG = {
    "UpperArm": (0, 0, -9),
    "LowerArm": (0, 8, 0),
    "UpperLeg": (0, 0, 4),
    "IndexProximal": (0, 0, -6),
    "MiddleProximal": (0, 0, -8),
    "RingProximal": (0, 0, -9),
    "LittleProximal": (0, 0, -10),
    "ThumbProximal": (0, 8, 0),
}
"""How the model stands at rest where it differs from our T-pose; mirrored on the right."""


def write_smpl(path: Path, kind: Kind, verts: int = 3000, seed: int = 0) -> Path:
    """Write a made-up model file and return its path."""
    write_archive(path, model_arrays(kind, verts, seed))
    return path


@functools.cache
def model_arrays(kind: Kind, verts: int = 3000, seed: int = 0) -> dict[str, np.ndarray]:
    """The arrays of a made-up model file."""
    draw = np.random.default_rng(seed)
    mean = Body.load().with_shape(_MEAN)
    base, joints = _rest(mean)
    faces, source, share = _other_topology(mean, verts, draw)
    sampled = functools.partial(_sampled, source, share)
    weights = _weights(kind, sampled(mean.weights[:BODY_VERTS].astype(np.float64)))
    soft = _softness(kind, weights)
    bump = _bumps(sampled(base), draw) * soft
    template = sampled(base) + bump * _normals(sampled(base), faces)
    directions = [
        sampled(_rest(Body.load().with_shape(spec))[0]) - sampled(base) for spec in PEOPLE
    ]
    directions.append(_bumps(sampled(base), draw) * soft * _normals(template, faces))
    shapes = np.stack(directions, axis=-1)
    regressor = np.stack([_regressor(template, joints[_house(n)]) for n in NAMES[kind]])
    corrections = 9 * (len(NAMES[kind]) - 1)
    posing = draw.normal(size=(len(template), 3, corrections)) * 2e-4
    if kind == "smplx":
        shapes = np.concatenate([shapes, draw.normal(size=(len(template), 3, 10)) * 1e-4], axis=-1)
    table = np.stack([np.array(PARENTS[kind]), np.arange(len(PARENTS[kind]))])
    arrays = {
        "v_template": template - ORIGIN,
        "shapedirs": shapes,
        "posedirs": posing.astype(np.float32),
        "J_regressor": regressor,
        "weights": weights,
        "kintree_table": table.astype(np.uint32),
        "f": faces.astype(np.uint32),
    }
    if kind != "smpl":
        hand = {"hands_components": np.eye(45), "hands_mean": np.zeros(45)}
        arrays |= {f"{name}{side}": a for name, a in hand.items() for side in "lr"}
    return arrays


def _house(name: str) -> int:
    return JOINTS.index("head" if name == "jaw" else name)


def _rest(shaped: ShapedBody) -> tuple[np.ndarray, np.ndarray]:
    """Skin and joints in the model's own rest pose."""
    local = np.tile(transforms.IDENTITY, (len(JOINTS), 1))
    for part, angles in _BEND_DEG.items():
        for side, sign in (("left", 1.0), ("right", -1.0)):
            turn = transforms.IDENTITY
            for axis, angle in zip(np.eye(3), angles, strict=True):
                mirrored = np.deg2rad(angle) * (1.0 if axis[0] else sign)
                turn = transforms.multiply(transforms.from_axis_angle(axis, mirrored), turn)
            local[JOINTS.index(side + part)] = turn
    _, places = transforms.forward_kinematics(
        shaped.skeleton.parents, local, shaped.skeleton.offsets
    )
    return shaped.with_pose(local).verts[:BODY_VERTS].astype(np.float64), places


def _other_topology(
    shaped: ShapedBody, verts: int, draw: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fewer faces, vertices in another order, and where on our skin each of them lies."""
    faces = triangulate(shaped.data.quads["body"])
    skin = shaped.verts[:BODY_VERTS].astype(np.float64)
    points, fewer = fast_simplification.simplify(skin, faces, target_count=2 * verts)[:2]
    order = draw.permutation(len(points))
    place = np.argsort(order)
    near = Tree(Solid(skin, faces)).nearest(points[order])
    return place[fewer].astype(np.int32), faces[near.face], near.barycentrics.astype(np.float64)


def _sampled(source: np.ndarray, share: np.ndarray, values: np.ndarray) -> np.ndarray:
    return np.einsum("vc,vca->va", share, values[source])


def _bumps(verts: np.ndarray, draw: np.random.Generator) -> np.ndarray:
    """Waves of a hand's breadth to an arm's length that no slider makes."""
    waves = draw.normal(size=(12, 3)) * 7.0
    phases = draw.uniform(0.0, 2.0 * np.pi, 12)
    heights = np.sin(verts @ waves.T + phases).sum(axis=1)
    return (BUMPS_M * heights / heights.std())[:, None]


def _normals(verts: np.ndarray, faces: np.ndarray) -> np.ndarray:
    return vertex_normals(verts, faces).astype(np.float64)


def _softness(kind: Kind, weights: np.ndarray) -> np.ndarray:
    """How much of a bump there is room for: fingers are thinner than bumps are high."""
    room = {"Hand": 0.3, "Foot": 0.3, "Toes": 0.1, "head": 0.3, "Eye": 0.0, "jaw": 0.3}
    fingers = dict.fromkeys(("Thumb", "Index", "Middle", "Ring", "Little"), 0.05)
    rooms = [
        next((much for part, much in (room | fingers).items() if part in name), 1.0)
        for name in NAMES[kind]
    ]
    return (weights @ np.array(rooms))[:, None]


def _weights(kind: Kind, house: np.ndarray) -> np.ndarray:
    """Our weights on the joints that the model has; what it lacks goes to the one above."""
    names = NAMES[kind]
    weights = np.zeros((len(house), len(names)))
    for joint, name in enumerate(JOINTS):
        weights[:, names.index(_stand_in(name, names))] += house[:, joint]
    return weights / weights.sum(axis=1, keepdims=True)


def _stand_in(name: str, names: tuple[str, ...]) -> str:
    """The joint that moves what ours moves."""
    if name == "root":
        return "hips"
    if name in names:
        return name
    if any(finger in name for finger in ("Thumb", "Index", "Middle", "Ring", "Little")):
        return f"{'left' if name.startswith('left') else 'right'}MiddleProximal"
    return _stand_in(JOINTS[ABOVE[JOINTS.index(name)]], names)


def _regressor(verts: np.ndarray, joint: np.ndarray) -> np.ndarray:
    """A joint as a mean of vertices around it."""
    near = np.argsort(((verts - joint) ** 2).sum(axis=1))[:150]
    heavy = 10.0
    system = np.concatenate([verts[near].T, np.full((1, len(near)), heavy)])
    found, _ = nnls(system, np.append(joint, heavy))
    row = np.zeros(len(verts))
    row[near] = found / found.sum()
    return row
