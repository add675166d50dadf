# SPDX-License-Identifier: Apache-2.0
"""A motion before it has a body: joint rotations of 22 body joints and the path of the pelvis.

Every source of motion (captured clips, key-pose programs, a generative model) makes a
:class:`Performance`; :mod:`motion.retarget` puts it on a character. Rotations are local, relative
to a T-pose that faces +Z with arms exactly along ±X and legs exactly along -Y (+Y up, metres).
Lengths are those of :data:`REFERENCE`, whose proportions are the DeepMimic humanoid's (Peng et al.
2018).

A looping performance has its end frame: the first pose again, carried on by the cycle's travel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.types import Skeleton

FPS = 30.0
"""Frame rate of everything that leaves the package."""

THIGH, SHIN, ANKLE = 0.4215, 0.4099, 0.05
"""Leg of the reference body and height of its ankle over the sole, metres."""
LEG = THIGH + SHIN

_SIDE = (
    ("Shoulder", "upperChest", (0.05, 0.1685, -0.0241)),
    ("UpperArm", "Shoulder", (0.1331, 0.0, 0.0)),
    ("LowerArm", "UpperArm", (0.2748, 0.0, 0.0)),
    ("Hand", "LowerArm", (0.2589, 0.0, 0.0)),
    ("UpperLeg", "hips", (0.0849, 0.0, 0.0)),
    ("LowerLeg", "UpperLeg", (0.0, -THIGH, 0.0)),
    ("Foot", "LowerLeg", (0.0, -SHIN, 0.0)),
    ("Toes", "Foot", (0.0, 0.02 - ANKLE, 0.15)),
)
_CENTRE = (
    ("hips", "", (0.0, LEG + ANKLE, 0.0)),
    ("spine", "hips", (0.0, 0.08, 0.0)),
    ("chest", "spine", (0.0, 0.0781, 0.0)),
    ("upperChest", "chest", (0.0, 0.0781, 0.0)),
    ("neck", "upperChest", (0.0, 0.2239, 0.0)),
    ("head", "neck", (0.0, 0.08, 0.0)),
)


def _reference() -> Skeleton:
    rows = list(_CENTRE)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for bone, parent, (x, y, z) in _SIDE:
            owner = parent if parent in ("hips", "upperChest") else side + parent
            rows.append((side + bone, owner, (sign * x, y, z)))
    names = tuple(name for name, _, _ in rows)
    parents = tuple(names.index(parent) if parent else -1 for _, parent, _ in rows)
    positions = np.zeros((len(rows), 3))
    for joint, (_, _, offset) in enumerate(rows):
        positions[joint] = np.asarray(offset) + (positions[parents[joint]] if joint else 0.0)
    return Skeleton(names, parents, positions.astype(np.float32))


REFERENCE: Skeleton = _reference()
"""The body of a performance; its hips lie midway between the hip joints."""
BODY: tuple[str, ...] = REFERENCE.names
"""The 22 joints, parents first."""
RELAXED = (0.25, 0.3, 0.35)
"""Curl of thumb, index and the other fingers of a hand at ease (0 straight, 1 fist)."""


@dataclass(frozen=True)
class Performance:
    """What a body does, without the body."""

    name: str
    fps: float
    rotations: Float[np.ndarray, "frames 22 4"]
    """Local, wxyz, in the order of :data:`BODY`."""
    pelvis: Float[np.ndarray, "frames 3"]
    """Midpoint of the hip joints in the world, metres on :data:`REFERENCE`."""
    fingers: Float[np.ndarray, "frames 2 3"]
    """Curl of thumb, index, others; left hand, then right."""
    loop: bool = False
    straight: bool = True
    """A cycle goes straight on; what net turn it has is an accident of the recording."""

    grounded: bool = False
    """A flat sole lies exactly on y = 0; otherwise the ground is where the feet stand."""

    palms_meet: bool = False
    """At their closest the palms touch, on any body."""

    @property
    def seconds(self) -> float:
        """Length from the first to the last frame."""
        return (len(self.rotations) - 1) / self.fps


def relaxed_fingers(frames: int) -> Float[np.ndarray, "frames 2 3"]:
    """Hands at ease."""
    return np.tile(np.array(RELAXED), (frames, 2, 1))


def world(performance: Performance) -> tuple[np.ndarray, np.ndarray]:
    """World rotations and positions of the 22 joints on the reference body."""
    offsets = np.tile(REFERENCE.offsets[None].astype(np.float64), (len(performance.pelvis), 1, 1))
    offsets[:, 0] = performance.pelvis
    return transforms.forward_kinematics(REFERENCE.parents, performance.rotations, offsets)


def local_rotations(
    parents: tuple[int, ...], world_rotations: Float[np.ndarray, "frames joints 4"]
) -> Float[np.ndarray, "frames joints 4"]:
    """Local rotations from world rotations: the inverse of forward kinematics."""
    local = world_rotations.copy()
    for joint, parent in enumerate(parents):
        if parent >= 0:
            inverse = transforms.conjugate(world_rotations[:, parent])
            local[:, joint] = transforms.multiply(inverse, world_rotations[:, joint])
    return local


def power(q: Float[np.ndarray, "*#batch 4"], w: Float[np.ndarray, "*#batch"] | float) -> np.ndarray:
    """A fraction (or multiple within a turn) ``w`` of a rotation, by the short way round."""
    q = np.where(q[..., :1] < 0, -q, q)
    sine = np.linalg.norm(q[..., 1:], axis=-1)
    axis = q[..., 1:] / np.maximum(sine, 1e-12)[..., None]
    return transforms.from_axis_angle(axis, 2.0 * np.arctan2(sine, q[..., 0]) * w)


def sampled(
    values: Float[np.ndarray, "keys *rest"],
    times: Float[np.ndarray, "keys"],
    at: Float[np.ndarray, "frames"],
) -> Float[np.ndarray, "frames *rest"]:
    """Linear interpolation along time of the first axis."""
    index = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 2)
    t = (at - times[index]) / (times[index + 1] - times[index])
    t = np.clip(t, 0.0, 1.0).reshape(-1, *[1] * (values.ndim - 1))
    return values[index] * (1.0 - t) + values[index + 1] * t


def sampled_rotations(
    q: Float[np.ndarray, "keys joints 4"],
    times: Float[np.ndarray, "keys"],
    at: Float[np.ndarray, "frames"],
) -> Float[np.ndarray, "frames joints 4"]:
    """Spherical interpolation along time."""
    index = np.clip(np.searchsorted(times, at, side="right") - 1, 0, len(times) - 2)
    t = np.clip((at - times[index]) / (times[index + 1] - times[index]), 0.0, 1.0)
    return transforms.slerp(q[index], q[index + 1], t[:, None])


def at_rate(performance: Performance, rate: float) -> Performance:
    """Play ``rate`` times as fast, at :data:`FPS`; the length is rounded to whole frames."""
    seconds = performance.seconds / rate
    frames = max(2, round(seconds * FPS)) + 1
    times = np.arange(len(performance.pelvis)) / performance.fps
    at = np.linspace(0.0, times[-1], frames)
    return replace(
        performance,
        fps=FPS,
        rotations=transforms.continuous(sampled_rotations(performance.rotations, times, at)),
        pelvis=sampled(performance.pelvis, times, at),
        fingers=sampled(performance.fingers, times, at),
    )


def bent(performance: Performance, torso: float, head: float) -> Performance:
    """Bend trunk and head forward throughout, degrees."""
    rotations = performance.rotations.copy()
    for degrees, joints in ((torso, ("spine", "chest", "upperChest")), (head, ("neck", "head"))):
        angle = np.radians(degrees) / len(joints)
        bend = transforms.from_axis_angle(np.array([1.0, 0.0, 0.0]), angle)
        for joint in joints:
            index = BODY.index(joint)
            rotations[:, index] = transforms.multiply(rotations[:, index], bend[None])
    return replace(performance, rotations=rotations)
