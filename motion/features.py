# SPDX-License-Identifier: Apache-2.0
"""The motion vectors of the literature: HumanML3D's 263 numbers a frame and KIT-ML's 251.

Layout and build recipe as published with HumanML3D (Guo et al. 2022, "Generating Diverse and
Natural 3D Human Motions from Text", section 4 and its released representation). A clip of T frames
gives T - 1 vectors, because velocities look one frame ahead; per frame, for J joints:

=============  ==========  ==================================================================
name           numbers     content
=============  ==========  ==================================================================
root_turn      1           half the turn of the heading to the next frame, radians
root_velocity  2           x, z of the root's step, in the *next* frame's heading frame
root_height    1           y of the root
places         3 (J - 1)   joints 1…, root's x and z taken away, turned to face +Z; y absolute
rotations      6 (J - 1)   two matrix columns of a chain of shortest arcs, see :func:`chain_6d`
velocities     3 J         step of each joint to the next frame, in the heading frame
contacts       4           left ankle, left toe, right ankle, right toe
=============  ==========  ==================================================================

Joints go in and come out in metres, +Y up; the vectors are in the layout's own unit. The heading is
the published one: it takes the shoulders *minus* the hips for the direction across the body
(the release swaps two names), smooths it with a Gaussian of 20 frames, and replaces the first
frame's by that of its own hips *plus* shoulders, which the preparation turns to +Z. One thing
differs on purpose: where the heading passes straight backwards the release gets the sign of one
turn wrong (the arcsine of a quaternion that has changed its sign); here turns are exact, so that
decoding gives back what was encoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Float32
from scipy.ndimage import gaussian_filter1d

from gen3d import transforms
from gen3d.errors import Gen3dError
from motion.performance import sampled

_SMOOTH_FRAMES = 20.0
"""Standard deviation of the published heading filter."""


@dataclass(frozen=True)
class Start:
    """What the vectors leave out: where the first frame stands and how it is turned."""

    turn: float = 0.0
    """Turn about +Y that took the first frame's heading to +Z, radians."""
    x: float = 0.0
    z: float = 0.0
    """Metres."""


@dataclass(frozen=True)
class Layout:
    """A skeleton and how its frames are written as vectors."""

    name: str
    joints: int
    fps: float
    unit: float
    """Metres."""
    chains: tuple[tuple[int, ...], ...]
    """Kinematic chains; the first joint of each belongs to an earlier chain."""
    directions: tuple[str, ...]
    """Raw rest direction of each bone, such as ``+x``; empty for the root."""
    face: tuple[int, int, int, int]
    """Right hip, left hip, right shoulder, left shoulder."""
    feet: tuple[int, int, int, int]
    """Left ankle, left toe, right ankle, right toe."""
    leg: tuple[int, int]
    """Joints at the lower ends of thigh and shin."""
    contact: float
    """A foot is in contact while its squared step is less than this, in squared units."""
    lengths: tuple[float, ...] = ()
    """Bone lengths of the uniform skeleton, metres; empty when the data set does not say."""

    @property
    def width(self) -> int:
        """Numbers in a vector."""
        return 4 + 3 * (self.joints - 1) + 6 * (self.joints - 1) + 3 * self.joints + 4

    @property
    def slices(self) -> dict[str, slice]:
        """Where each block lies."""
        sizes = {
            "root_turn": 1,
            "root_velocity": 2,
            "root_height": 1,
            "places": 3 * (self.joints - 1),
            "rotations": 6 * (self.joints - 1),
            "velocities": 3 * self.joints,
            "contacts": 4,
        }
        ends = np.cumsum(list(sizes.values()))
        return {
            name: slice(int(end) - size, int(end))
            for (name, size), end in zip(sizes.items(), ends, strict=True)
        }

    @property
    def parents(self) -> tuple[int, ...]:
        """Parent of each joint; -1 for the root."""
        table = [-1] * self.joints
        for chain in self.chains:
            for parent, child in pairwise(chain):
                table[child] = parent
        return tuple(table)

    @property
    def rest_directions(self) -> Float[np.ndarray, "joints 3"]:
        """Unit vectors of :attr:`directions`; zero for the root."""
        return np.array([_axis(word) for word in self.directions])


def _axis(word: str) -> tuple[float, float, float]:
    sign = -1.0 if word.startswith("-") else 1.0
    return (sign * word.endswith("x"), sign * word.endswith("y"), sign * word.endswith("z"))


HUMANML = Layout(
    name="HumanML3D",
    joints=22,
    fps=20.0,
    unit=1.0,
    chains=(
        (0, 2, 5, 8, 11),
        (0, 1, 4, 7, 10),
        (0, 3, 6, 9, 12, 15),
        (9, 14, 17, 19, 21),
        (9, 13, 16, 18, 20),
    ),
    directions=(
        *("", "+x", "-x", "+y", "-y", "-y", "+y", "-y", "-y", "+y", "+z", "+z"),
        *("+y", "+x", "-x", "+z", "-y", "-y", "-y", "-y", "-y", "-y"),
    ),
    face=(2, 1, 17, 16),
    feet=(7, 10, 8, 11),
    leg=(5, 8),
    contact=0.002,
    lengths=(
        *(0.0, 0.1031, 0.1099, 0.1316, 0.3936, 0.3902, 0.1432, 0.4324, 0.4256, 0.0574, 0.1434),
        *(0.1494, 0.2194, 0.1375, 0.1434, 0.1030, 0.1316, 0.1230, 0.2568, 0.2631, 0.2660, 0.2699),
    ),
)
"""22 joints in the order of :data:`motion.files.HUMANML3D`, metres, 20 frames a second."""

KIT = Layout(
    name="KIT-ML",
    joints=21,
    fps=12.5,
    unit=0.001,
    chains=(
        (0, 11, 12, 13, 14, 15),
        (0, 16, 17, 18, 19, 20),
        (0, 1, 2, 3, 4),
        (3, 5, 6, 7),
        (3, 8, 9, 10),
    ),
    directions=(
        *("", "+y", "+y", "+y", "+y", "+x", "-y", "-y", "-x", "-y", "-y"),
        *("+x", "-y", "-y", "+z", "+z", "-x", "-y", "-y", "+z", "+z"),
    ),
    face=(11, 16, 5, 8),
    feet=(19, 20, 14, 15),
    leg=(17, 18),
    contact=0.05,
)
"""21 joints, millimetres, 12.5 frames a second."""


def _turned(points: np.ndarray, angle: np.ndarray | float) -> np.ndarray:
    """Points turned about +Y; ``angle`` broadcasts over all axes but the last."""
    sine, cosine = np.sin(angle), np.cos(angle)
    x, y, z = np.moveaxis(points, -1, 0)
    return np.stack([cosine * x + sine * z, y, cosine * z - sine * x], axis=-1)


def _to_front(across: Float[np.ndarray, "frames 3"]) -> Float[np.ndarray, "frames"]:
    """Turn about +Y that brings the forward direction of a body to +Z, from left to right."""
    # Forward is up × across = (across.z, 0, -across.x); its heading is undone.
    return -np.arctan2(across[..., 2], -across[..., 0])


def initial_turn(joints: Float[np.ndarray, "frames joints 3"], layout: Layout) -> float:
    """Turn about +Y that makes the first frame face +Z, by hips and shoulders, radians."""
    right_hip, left_hip, right_shoulder, left_shoulder = (joints[:1, j] for j in layout.face)
    return float(_to_front((right_hip - left_hip) + (right_shoulder - left_shoulder))[0])


def on_floor(joints: Float[np.ndarray, "frames joints 3"]) -> Float[np.ndarray, "frames joints 3"]:
    """The lowest joint of the whole clip on y = 0."""
    return joints - np.array([0.0, joints[..., 1].min(), 0.0])


def facing_front(
    joints: Float[np.ndarray, "frames joints 3"], layout: Layout
) -> Float[np.ndarray, "frames joints 3"]:
    """The first frame's root over the origin, and facing +Z."""
    moved = joints - joints[0, 0] * [1.0, 0.0, 1.0]
    return _turned(moved, initial_turn(joints, layout))


def uniform(
    joints: Float[np.ndarray, "frames joints 3"],
    layout: Layout,
    lengths: tuple[float, ...] | None = None,
) -> Float[np.ndarray, "frames joints 3"]:
    """The same bone directions on bones of other lengths; the root's path scales with the leg.

    Args:
        joints: Metres.
        layout: The skeleton.
        lengths: Bone lengths, metres; the data set's own when absent.

    Raises:
        Gen3dError: The layout has no lengths and none are given.
    """
    wanted = layout.lengths if lengths is None else lengths
    if len(wanted) != layout.joints:
        raise Gen3dError(
            f"{layout.name} needs {layout.joints} bone lengths, not {len(wanted)}.",
            "Pass the lengths of its reference skeleton.",
        )
    own = [float(np.linalg.norm(joints[0, j] - joints[0, layout.parents[j]])) for j in layout.leg]
    scaled = np.zeros_like(joints)
    scaled[:, 0] = joints[:, 0] * (sum(wanted[j] for j in layout.leg) / sum(own))
    for chain in layout.chains:
        for parent, child in pairwise(chain):
            bone = transforms.normalize(joints[:, child] - joints[:, parent])
            scaled[:, child] = scaled[:, parent] + wanted[child] * bone
    return scaled


def at_rate(
    joints: Float[np.ndarray, "frames joints 3"], fps: float, layout: Layout
) -> Float[np.ndarray, "resampled joints 3"]:
    """Linear resampling to the layout's frame rate; nothing is read past the last frame."""
    times = np.arange(len(joints)) / fps
    count = int(np.floor(times[-1] * layout.fps + 1e-6)) + 1
    return sampled(joints, times, np.arange(count) / layout.fps)


def canonical(
    joints: Float[np.ndarray, "frames joints 3"], layout: Layout
) -> Float[np.ndarray, "frames joints 3"]:
    """The published preparation without the uniform skeleton: floor, origin, facing +Z."""
    return facing_front(on_floor(joints), layout)


def turns_to_front(
    joints: Float[np.ndarray, "frames joints 3"], layout: Layout
) -> Float[np.ndarray, "frames"]:
    """The heading as published: turn about +Y that brings each frame to face +Z, radians."""
    right_hip, left_hip, right_shoulder, left_shoulder = (joints[:, j] for j in layout.face)
    across = (right_shoulder - left_shoulder) - (right_hip - left_hip)
    level = transforms.normalize(across) * [1.0, 0.0, 1.0]
    turn = _to_front(gaussian_filter1d(level, _SMOOTH_FRAMES, axis=0, mode="nearest"))
    turn[0] = initial_turn(joints, layout)
    return turn


def chain_6d(
    joints: Float[np.ndarray, "frames joints 3"], turn: Float[np.ndarray, "frames"], layout: Layout
) -> Float[np.ndarray, "frames rotations"]:
    """The published rotation block: shortest arcs along each chain, two matrix columns each.

    It is here so that vectors agree with the published ones, and **is not to be decoded**: every
    chain, the arms' too, starts from the heading, and shortest arcs have no twist.
    """
    bones = layout.rest_directions
    root = transforms.from_axis_angle(np.array([0.0, 1.0, 0.0]), turn)
    columns = np.zeros((len(joints), layout.joints, 6))
    for chain in layout.chains:
        before = root
        for parent, child in pairwise(chain):
            bone = transforms.normalize(joints[:, child] - joints[:, parent])
            arc = transforms.between(np.broadcast_to(bones[child], bone.shape), bone)
            local = transforms.to_matrix(transforms.multiply(transforms.conjugate(before), arc))
            columns[:, child] = np.concatenate([local[..., 0], local[..., 1]], axis=-1)
            before = arc
    return columns[:, 1:].reshape(len(joints), -1)


def contacts(
    joints: Float[np.ndarray, "frames joints 3"], layout: Layout
) -> Float[np.ndarray, "steps 4"]:
    """1 where a foot joint hardly moves to the next frame; no matter how high it is."""
    step = np.diff(joints[:, list(layout.feet)], axis=0) / layout.unit
    return (np.sum(step**2, axis=-1) < layout.contact).astype(np.float64)


def encode(
    joints: Float[np.ndarray, "frames joints 3"], layout: Layout
) -> Float32[np.ndarray, "steps width"]:
    """Vectors of a clip, for all its frames but the last.

    Args:
        joints: World positions at the layout's frame rate, metres, anywhere and facing any way;
            :func:`on_floor` or :func:`uniform` first where the published preparation is wanted.
        layout: :data:`HUMANML` or :data:`KIT`.

    Raises:
        Gen3dError: The joints are not such a clip.
    """
    _check_joints(joints, layout)
    # The shortest arcs of the rotation block depend on where the clip faces: it starts facing +Z.
    places = facing_front(joints.astype(np.float64), layout)
    turn = turns_to_front(places, layout)
    half = np.diff(turn) / 2.0
    # Half a turn more or less is the same rotation; the smaller one is written.
    half = (half + np.pi / 2.0) % np.pi - np.pi / 2.0
    step = np.diff(places, axis=0)
    local = _turned(places - places[:, :1] * [1.0, 0.0, 1.0], turn[:, None])
    blocks = [
        half[:, None],
        _turned(step[:, 0], turn[1:])[:, [0, 2]] / layout.unit,
        places[:-1, 0, 1:2] / layout.unit,
        local[:-1, 1:].reshape(len(step), -1) / layout.unit,
        chain_6d(places, turn, layout)[:-1],
        _turned(step, turn[:-1, None]).reshape(len(step), -1) / layout.unit,
        contacts(places, layout),
    ]
    return np.concatenate(blocks, axis=1).astype(np.float32)


def start_of(joints: Float[np.ndarray, "frames joints 3"], layout: Layout) -> Start:
    """What :func:`decode` needs to put a clip back where it was."""
    x, _, z = joints[0, 0].astype(np.float64)
    return Start(initial_turn(joints.astype(np.float64), layout), float(x), float(z))


def decode(
    features: Float[np.ndarray, "frames width"], layout: Layout, start: Start | None = None
) -> Float[np.ndarray, "frames joints 3"]:
    """World positions from vectors, by the root and the local places alone, metres.

    Args:
        features: Vectors, not normalised.
        layout: Theirs.
        start: Where the first frame stands; without it at the origin, its heading along +Z.

    Raises:
        Gen3dError: The vectors are not of this layout.
    """
    _check_features(features, layout)
    values, parts = features.astype(np.float64), layout.slices
    start = start or Start()
    turn = start.turn + 2.0 * np.concatenate([[0.0], np.cumsum(values[:-1, 0])])
    step = np.zeros((len(values), 3))
    step[1:, [0, 2]] = values[:-1, parts["root_velocity"]] * layout.unit
    root = np.cumsum(_turned(step, -turn), axis=0) + np.array([start.x, 0.0, start.z])
    local = values[:, parts["places"]].reshape(len(values), -1, 3) * layout.unit
    places = _turned(local, -turn[:, None]) + root[:, None]
    root[:, 1] = values[:, parts["root_height"].start] * layout.unit
    return np.concatenate([root[:, None], places], axis=1)


def _check_joints(joints: np.ndarray, layout: Layout) -> None:
    if joints.ndim != 3 or joints.shape[1:] != (layout.joints, 3) or len(joints) < 2:
        raise Gen3dError(
            f"{layout.name} needs at least 2 frames of {layout.joints} joints,"
            f" not an array of shape {joints.shape}."
        )
    if not np.isfinite(joints).all():
        raise Gen3dError("The joints contain numbers that are not finite.")


def _check_features(features: np.ndarray, layout: Layout) -> None:
    if features.ndim != 2 or features.shape[1] != layout.width or not len(features):
        raise Gen3dError(
            f"{layout.name} has {layout.width} numbers a frame,"
            f" not an array of shape {features.shape}.",
            "263 numbers are HumanML3D's, 251 are KIT-ML's.",
        )
    if not np.isfinite(features).all():
        raise Gen3dError("The motion vectors contain numbers that are not finite.")
