# SPDX-License-Identifier: Apache-2.0
"""Joint positions to joint rotations, in closed form: no body model, no iterations.

Pelvis and chest are rigid: their frames come from hips and spine, and from collar bones and neck.
The spine between them shares their difference and then swings to where its bones point. Limbs
swing; their twist is that of knees and elbows, which are hinges (:mod:`motion.posing_hinge`); a
straight leg takes it from its foot. What positions cannot show is filled in: the head turns from
the neck as far as the neck from the chest, hands go on from forearms, toes from feet.

Input is the 22 joints of :data:`motion.files.HUMANML3D` of any body. Its bone lengths, and what the
rest pose of a stranger's body leaves open (how far a flat foot's bone slopes, whether the neck
leans and the collar bones rise when at ease), are measured on the clip: :func:`build_of`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.ndimage import gaussian_filter1d

from gen3d import transforms
from gen3d.errors import Gen3dError
from gen3d.types import Skeleton
from motion.files import HUMANML3D
from motion.limbs import aim
from motion.performance import BODY, LEG, REFERENCE, Performance, local_rotations, relaxed_fingers
from motion.posing_curve import Evidence
from motion.posing_hinge import angle_of, plane, solve, turned, untwisted

_TO_BODY = [HUMANML3D.index(name) for name in BODY]
_TO_HUMANML = [BODY.index(name) for name in HUMANML3D]
_X, _Y, _Z = np.eye(3)
_SIDES = (("left", 1.0), ("right", -1.0))
_ARM_MIDDLE, _LEG_MIDDLE = (0.5, -0.6, 0.6), (0.0, -0.9, 0.45)
"""Middle of a left arm's range from the chest, and of a leg's from the pelvis; mirrored on the
right."""
_ARM_EASE = np.radians(-22.0)
"""Twist of a left arm in the middle of its range: the mean over the library's bent elbows."""
_FOOT_WEIGHT = 0.2
"""A foot square to its shin against a knee bent by 25 degrees (1)."""
_NOD_SECONDS = 0.1
"""Standard deviation of the filter on what the head adds to the neck."""
_CLOSE_COLLARS = 0.03
"""Metres between the collar joints under which the shoulders show the chest instead."""
_LONGEST_BONE, _FARTHEST = 10.0, 1e5
"""Metres beyond which numbers are not positions of a body."""

Places = dict[str, Float[np.ndarray, "frames 3"]]
Turns = dict[str, Float[np.ndarray, "frames 4"]]


@dataclass(frozen=True)
class Build:
    """A stranger's body as its own joints show it, in the T-pose of a performance."""

    offsets: Float[np.ndarray, "22 3"]
    """From each joint's parent, metres, in the order of ``BODY``; of the hips: from the midpoint of
    the hip joints."""

    @property
    def scale(self) -> float:
        """Size of its legs relative to the reference body's."""
        names = [side + bone for side, _ in _SIDES for bone in ("LowerLeg", "Foot")]
        lengths = np.linalg.norm(self.offsets[[BODY.index(name) for name in names]], axis=1)
        return float(lengths.sum() / 2.0 / LEG)


REFERENCE_BUILD = Build(
    np.concatenate([np.zeros((1, 3)), REFERENCE.offsets[1:]]).astype(np.float64),
)
"""The body of performances themselves."""


def pose_from_joints(
    joints: Float[np.ndarray, "frames joints 3"],
    fps: float,
    name: str = "motion",
    build: Build | None = None,
) -> Performance:
    """Rotations that put a body's joints where they are.

    Args:
        joints: World positions of the 22 joints in HumanML3D's order, metres, +Y up.
        fps: Frame rate.
        name: What to call the motion.
        build: The body in its T-pose, if it is known; otherwise measured on the clip.

    Raises:
        Gen3dError: These are not joints of a body.
    """
    places = _places(joints)
    build = build or build_of(joints)
    return Performance(
        name=name,
        fps=fps,
        rotations=_local(_posed(places, build, fps)),
        pelvis=_hip_middle(places) / build.scale,
        fingers=relaxed_fingers(len(joints)),
    )


def build_of(joints: Float[np.ndarray, "frames joints 3"]) -> Build:
    """Measure a body: the middle of each bone's lengths over the clip, and its probable rest.

    Raises:
        Gen3dError: These are not joints of a body.
    """
    places = _places(joints)
    hips, chest = _hips(places), _chest(places)
    offsets = np.zeros((len(BODY), 3))
    carried = {"hips": hips, "upperChest": chest}
    for joint, (bone, parent) in enumerate(zip(BODY, REFERENCE.parents, strict=True)):
        if bone == "hips":
            offset = places["hips"] - _hip_middle(places)
            offsets[joint] = _middle(_seen(hips, offset))
        elif BODY[parent] in carried:
            offset = places[bone] - places[BODY[parent]]
            offsets[joint] = _middle(_seen(carried[BODY[parent]], offset))
        else:
            length = np.linalg.norm(places[bone] - places[BODY[parent]], axis=-1)
            offsets[joint] = _middle(length) * _rest_direction(bone, places, chest)
    return Build(offsets)


def skeleton_of(build: Build) -> Skeleton:
    """The T-pose of a build, its lowest joint on the ground."""
    positions = np.zeros((len(BODY), 3))
    for joint, parent in enumerate(REFERENCE.parents):
        positions[joint] = build.offsets[joint] + (positions[parent] if parent >= 0 else 0.0)
    positions[:, 1] -= positions[:, 1].min()
    return Skeleton(BODY, REFERENCE.parents, positions.astype(np.float32))


def joints_on(performance: Performance, build: Build) -> Float[np.ndarray, "frames 22 3"]:
    """World positions in HumanML3D's order of a performance on a build, metres."""
    offsets = np.tile(build.offsets[None], (len(performance.pelvis), 1, 1))
    seat = transforms.rotate(performance.rotations[:, 0], build.offsets[None, 0])
    offsets[:, 0] = performance.pelvis * build.scale + seat
    _, places = transforms.forward_kinematics(REFERENCE.parents, performance.rotations, offsets)
    return places[:, _TO_HUMANML]


def residual(
    joints: Float[np.ndarray, "frames 22 3"], performance: Performance, build: Build
) -> Float[np.ndarray, "frames 22"]:
    """How far each joint of a posed body is from where it was asked to be, metres."""
    return np.linalg.norm(joints_on(performance, build) - joints, axis=-1)


def _places(joints: np.ndarray) -> Places:
    """Joints by name, checked."""
    if joints.ndim != 3 or joints.shape[1:] != (22, 3) or not len(joints):
        raise Gen3dError(f"A body has 22 joints of 3 numbers a frame, not shape {joints.shape}.")
    values = joints.astype(np.float64)
    # A comparison that is false for NaN as well as for what is out of range.
    if not (np.abs(values) < _FARTHEST).all():
        raise Gen3dError("The joints contain numbers that are not positions in metres.")
    shin = np.linalg.norm(values[:, 4] - values[:, 7], axis=-1)
    if not 1e-3 < np.median(shin) < _LONGEST_BONE:
        raise Gen3dError(
            f"A shin of {np.median(shin):.3g} m is not a body's.", "Joints are in metres."
        )
    return {name: values[:, index] for name, index in zip(BODY, _TO_BODY, strict=True)}


def _hip_middle(places: Places) -> Float[np.ndarray, "frames 3"]:
    return (places["leftUpperLeg"] + places["rightUpperLeg"]) / 2.0


def _middle(values: Float[np.ndarray, "frames *rest"]) -> np.ndarray:
    return np.asarray(np.median(values, axis=0))


def _seen(frame: np.ndarray, vectors: np.ndarray) -> Float[np.ndarray, "frames 3"]:
    """World vectors in a rotated frame."""
    return transforms.rotate(transforms.conjugate(frame), vectors)


def _hips(places: Places) -> Float[np.ndarray, "frames 4"]:
    """Pelvis: across from hip to hip, up to the spine."""
    across = transforms.normalize(places["leftUpperLeg"] - places["rightUpperLeg"])
    return aim(_X, _Y, across, transforms.normalize(places["spine"] - _hip_middle(places)))


def _chest(places: Places) -> Float[np.ndarray, "frames 4"]:
    """Upper chest: across from collar to collar, up to the neck."""
    across = places["leftShoulder"] - places["rightShoulder"]
    if np.median(np.linalg.norm(across, axis=-1)) < _CLOSE_COLLARS:
        across = places["leftUpperArm"] - places["rightUpperArm"]
    up = transforms.normalize(places["neck"] - places["upperChest"])
    return aim(_X, _Y, transforms.normalize(across), up)


def _rest_direction(bone: str, places: Places, chest: np.ndarray) -> Float[np.ndarray, "3"]:
    """Where a bone probably points in the T-pose of the body."""
    side = -1.0 if bone.startswith("right") else 1.0
    if bone == "head":
        tilt = _neck_lean(_seen(chest, places["head"] - places["neck"]))
        return np.array([0.0, np.cos(tilt), np.sin(tilt)])
    if bone.endswith("Toes"):
        slope = _foot_slope(places)
        return np.array([0.0, -np.sin(slope), np.cos(slope)])
    if bone.endswith("UpperArm"):
        rise = _collar_rise(places, chest)
        return np.array([side * np.cos(rise), np.sin(rise), 0.0])
    if bone.endswith(("LowerArm", "Hand")):
        return side * _X
    return -_Y if bone.endswith(("LowerLeg", "Foot")) else _Y


def _neck_lean(bone: Float[np.ndarray, "frames 3"]) -> float:
    """Forward lean of neck to head at ease: nothing, or what a clip has throughout.

    Some bodies have the head joint ahead of the neck by up to forty degrees; a lean below fifteen
    may be a nod.
    """
    lean = float(np.median(np.arctan2(bone[:, 2], bone[:, 1])))
    return lean if np.radians(15.0) < lean < np.radians(45.0) else 0.0


def _collar_rise(places: Places, chest: np.ndarray) -> float:
    """Elevation of the collar bones with the arms down: a low quantile over the clip."""
    rises: list[np.ndarray] = []
    for side, sign in _SIDES:
        bone = _seen(chest, places[f"{side}UpperArm"] - places[f"{side}Shoulder"])
        rises.append(np.arctan2(bone[:, 1], sign * bone[:, 0]))
    lowest = float(np.quantile(np.concatenate(rises), 0.2))
    return min(lowest, np.radians(30.0)) if lowest > np.radians(8.0) else 0.0


def _foot_slope(places: Places) -> float:
    """How far the bone from ankle to toes slopes down in a flat foot.

    Measured where the toes rest near the lowest point of the clip; where they never do, it is the
    reference body's.
    """
    toes = np.stack([places[f"{side}Toes"] for side, _ in _SIDES], axis=1)
    bone = toes - np.stack([places[f"{side}Foot"] for side, _ in _SIDES], axis=1)
    slope = np.arctan2(-bone[..., 1], np.linalg.norm(bone[..., [0, 2]], axis=-1))
    reach = float(np.median(np.linalg.norm(bone, axis=-1)))
    step = np.linalg.norm(np.gradient(toes, axis=0), axis=-1) if len(toes) > 1 else 0.0 * slope
    low = toes[..., 1] < toes[..., 1].min() + 0.2 * reach
    level = (slope > np.radians(5.0)) & (slope < np.radians(50.0))
    resting = low & level & (step < 0.05 * reach) & _standing(places)
    known = float(np.arctan2(-_toes()[1], _toes()[2]))
    return float(np.median(slope[resting])) if resting.sum() >= 5 else known


def _standing(places: Places) -> np.ndarray:
    """Whether each shin is nearer to upright than to level."""
    shins = [places[f"{side}LowerLeg"] - places[f"{side}Foot"] for side, _ in _SIDES]
    return transforms.normalize(np.stack(shins, axis=1))[..., 1] > np.sqrt(0.5)


def _toes() -> Float[np.ndarray, "3"]:
    return REFERENCE.offsets[BODY.index("leftToes")].astype(np.float64)


class _Pose:
    """World rotations found so far, and where they put the joints of a build.

    Every bone is aimed from where its joint has come to lie, not from where it was asked to be, so
    that what a bone's length leaves open does not add up along a limb.
    """

    def __init__(self, places: Places, build: Build) -> None:
        self.asked = places
        self.offsets = {name: build.offsets[i] for i, name in enumerate(BODY)}
        self.turns: Turns = {}
        hips = _hips(places)
        seat = transforms.rotate(hips, self.offsets["hips"][None])
        self.placed: Places = {"hips": _hip_middle(places) + seat}
        self.turn("hips", hips)

    def turn(self, bone: str, rotation: Float[np.ndarray, "frames 4"]) -> None:
        """Fix a joint's rotation: its children are placed."""
        self.turns[bone] = rotation
        for child, parent in zip(BODY, REFERENCE.parents, strict=True):
            if parent >= 0 and BODY[parent] == bone:
                offset = self.offsets[child]
                self.placed[child] = self.placed[bone] + transforms.rotate(rotation, offset[None])

    def way(self, bone: str, end: str) -> Float[np.ndarray, "frames 3"]:
        """Direction from a placed joint to where its child was asked to be."""
        return transforms.normalize(self.asked[end] - self.placed[bone])

    def swing(self, bone: str, end: str, base: Float[np.ndarray, "frames 4"]) -> None:
        """Fix a joint's rotation: the least turn of ``base`` that points it at its child."""
        rest = transforms.normalize(self.offsets[end])
        now = transforms.rotate(base, np.broadcast_to(rest, (len(base), 3)))
        arc = transforms.between(now, self.way(bone, end))
        self.turn(bone, transforms.multiply(arc, base))


def _posed(places: Places, build: Build, fps: float) -> Turns:
    """World rotation of every joint."""
    pose = _Pose(places, build)
    hips, chest = pose.turns["hips"], _chest(places)
    pose.swing("spine", "chest", transforms.slerp(hips, chest, 1.0 / 3.0))
    pose.swing("chest", "upperChest", transforms.slerp(hips, chest, 2.0 / 3.0))
    pose.turn("upperChest", chest)
    pose.swing("neck", "head", chest)
    pose.turn("head", transforms.multiply(pose.turns["neck"], _nod(chest, pose.turns["neck"], fps)))
    for side, sign in _SIDES:
        pose.swing(f"{side}Shoulder", f"{side}UpperArm", chest)
        _arm(pose, chest, side, sign, fps)
        _leg(pose, hips, side, sign, fps)
    return pose.turns


def _nod(chest: np.ndarray, neck: np.ndarray, fps: float) -> Float[np.ndarray, "frames 4"]:
    """Turn of the head on the neck: the neck's own on the chest, smoothed, its bone being short."""
    local = transforms.continuous(transforms.multiply(transforms.conjugate(chest), neck))
    smooth = gaussian_filter1d(local, _NOD_SECONDS * fps, axis=0, mode="nearest")
    return transforms.normalize(smooth)


def _bones(pose: _Pose, joints: tuple[str, str, str]) -> tuple[np.ndarray, np.ndarray]:
    """World directions of both bones of a limb, its lower one from where the upper one ends."""
    upper = pose.way(joints[0], joints[1])
    length = np.linalg.norm(pose.offsets[joints[1]])
    hinge = pose.placed[joints[0]] + length * upper
    return upper, transforms.normalize(pose.asked[joints[2]] - hinge)


def _arm(pose: _Pose, chest: np.ndarray, side: str, sign: float, fps: float) -> None:
    joints = (f"{side}UpperArm", f"{side}LowerArm", f"{side}Hand")
    upper, lower = _bones(pose, joints)
    rest, hinge = sign * _X, -sign * _Y
    middle = transforms.normalize(np.array(_ARM_MIDDLE) * [sign, 1.0, 1.0])
    straight = untwisted(upper, chest, rest, hinge, middle)
    origin = turned(straight, upper, np.full(len(upper), sign * _ARM_EASE))
    nothing = Evidence(np.zeros(len(upper)), np.zeros(len(upper)))
    axis = turned(origin, upper, solve(plane(upper, lower, origin), nothing, fps))
    pose.turn(joints[0], aim(rest, hinge, upper, axis))
    forearm = aim(rest, hinge, lower, axis)
    pose.turn(joints[1], forearm)
    pose.turn(joints[2], forearm)


def _leg(pose: _Pose, hips: np.ndarray, side: str, sign: float, fps: float) -> None:
    joints = (f"{side}UpperLeg", f"{side}LowerLeg", f"{side}Foot")
    toes = f"{side}Toes"
    upper, lower = _bones(pose, joints)
    middle = transforms.normalize(np.array(_LEG_MIDDLE) * [sign, 1.0, 1.0])
    origin = untwisted(upper, hips, -_Y, _X, middle)
    foot = transforms.normalize(pose.asked[toes] - pose.asked[joints[2]])
    normal = np.cross(foot, lower)
    square = np.sum(normal**2, axis=-1)
    seen = Evidence(angle_of(normal, upper, origin), _FOOT_WEIGHT * square)
    axis = turned(origin, upper, solve(plane(upper, lower, origin), seen, fps))
    pose.turn(joints[0], aim(-_Y, _X, upper, axis))
    shin = aim(-_Y, _X, lower, axis)
    pose.turn(joints[1], shin)
    pose.swing(joints[2], toes, shin)
    pose.turn(toes, pose.turns[joints[2]])


def _local(turns: Turns) -> Float[np.ndarray, "frames 22 4"]:
    stacked = np.stack([turns[name] for name in BODY], axis=1)
    return transforms.continuous(local_rotations(REFERENCE.parents, stacked))
