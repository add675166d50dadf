# SPDX-License-Identifier: Apache-2.0
"""Joint positions to joint rotations, in closed form: no body model, no iterations.

Pelvis and chest are rigid: their frames come from hips and spine, and from collar bones and neck.
The spine between them shares their difference and then swings to where its bones point. Limbs
swing; their twist is that of knees and elbows, which are hinges (:mod:`motion.posing_hinge`); a
straight leg takes it from its foot. What positions cannot show is filled in: the head turns on from
the neck as far as the neck from the chest, hands go on from forearms, toes from feet.

Input is the 22 joints of :data:`motion.files.HUMANML3D` of any body. Its bone lengths, and what the
rest pose of a stranger's body leaves open (how far a flat foot's bone slopes, whether the neck
leans and the collar bones rise when at ease), are measured on the clip: :func:`build_of`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.errors import Gen3dError
from gen3d.types import Skeleton
from motion.files import HUMANML3D
from motion.limbs import aim
from motion.performance import BODY, LEG, REFERENCE, Performance, local_rotations, power
from motion.performance import relaxed_fingers as relaxed
from motion.posing_hinge import Evidence, angle_of, plane, solve, turned, untwisted

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
_HEAD = 2.0
"""Turn of the head from the chest over that of the neck."""
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
    joints: Float[np.ndarray, "frames 22 3"],
    fps: float,
    name: str = "motion",
    build: Build | None = None,
) -> Performance:
    """Rotations that put a body's joints where they are.

    Args:
        joints: World positions in HumanML3D's order, metres, +Y up.
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
        fingers=relaxed(len(joints)),
    )


def build_of(joints: Float[np.ndarray, "frames 22 3"]) -> Build:
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
    return Build(_symmetric(offsets))


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
    return np.median(values, axis=0)


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


def _symmetric(offsets: Float[np.ndarray, "22 3"]) -> Float[np.ndarray, "22 3"]:
    """Joints on the middle line are on it; sides keep their own lengths."""
    level = offsets.copy()
    for joint, bone in enumerate(BODY):
        if bone in ("hips", "spine", "neck"):
            level[joint, 0] = 0.0
    return level


def _posed(places: Places, build: Build, fps: float) -> Turns:
    """World rotation of every joint."""
    turns: Turns = {"hips": _hips(places), "upperChest": _chest(places)}
    for number, (bone, end) in enumerate((("spine", "chest"), ("chest", "upperChest")), start=1):
        shared = transforms.slerp(turns["hips"], turns["upperChest"], number / 3.0)
        turns[bone] = _swung(shared, bone, end, places, build)
    turns["neck"] = _swung(turns["upperChest"], "neck", "head", places, build)
    back = transforms.conjugate(turns["upperChest"])
    nod = power(transforms.multiply(back, turns["neck"]), _HEAD)
    turns["head"] = transforms.multiply(turns["upperChest"], nod)
    for side, sign in _SIDES:
        shoulder = f"{side}Shoulder"
        turns[shoulder] = _swung(turns["upperChest"], shoulder, f"{side}UpperArm", places, build)
        turns |= _arm(places, turns["upperChest"], side, sign, fps)
        turns |= _leg(places, turns["hips"], side, sign, fps)
        foot, toes = f"{side}Foot", f"{side}Toes"
        turns[foot] = _swung(turns[f"{side}LowerLeg"], foot, toes, places, build)
        turns[toes] = turns[foot]
    return turns


def _swung(
    base: Float[np.ndarray, "frames 4"], bone: str, end: str, places: Places, build: Build
) -> Float[np.ndarray, "frames 4"]:
    """The least turn of a rotation that makes a bone point where its end is."""
    rest = transforms.normalize(build.offsets[BODY.index(end)])
    now = transforms.rotate(base, np.broadcast_to(rest, (len(base), 3)))
    wanted = transforms.normalize(places[end] - places[bone])
    return transforms.multiply(transforms.between(now, wanted), base)


def _bones(places: Places, joints: tuple[str, str, str]) -> tuple[np.ndarray, np.ndarray]:
    """World directions of both bones of a limb."""
    upper, hinge, end = (places[joint] for joint in joints)
    return transforms.normalize(hinge - upper), transforms.normalize(end - hinge)


def _limb(
    upper: np.ndarray, lower: np.ndarray, axis: np.ndarray, rest: np.ndarray, hinge: np.ndarray
) -> tuple[Float[np.ndarray, "frames 4"], Float[np.ndarray, "frames 4"]]:
    """World rotations of both bones about a common axis."""
    return aim(rest, hinge, upper, axis), aim(rest, hinge, lower, axis)


def _arm(places: Places, chest: np.ndarray, side: str, sign: float, fps: float) -> Turns:
    upper, lower = _bones(places, (f"{side}UpperArm", f"{side}LowerArm", f"{side}Hand"))
    rest, hinge = sign * _X, -sign * _Y
    middle = transforms.normalize(np.array(_ARM_MIDDLE) * [sign, 1.0, 1.0])
    straight = untwisted(upper, chest, rest, hinge, middle)
    origin = turned(straight, upper, np.full(len(upper), sign * _ARM_EASE))
    bend = plane(upper, lower, origin)
    nothing = Evidence(np.zeros(len(upper)), np.zeros(len(upper)))
    axis = turned(origin, upper, solve(bend, nothing, fps))
    turns = _limb(upper, lower, axis, rest, hinge)
    return {f"{side}UpperArm": turns[0], f"{side}LowerArm": turns[1], f"{side}Hand": turns[1]}


def _leg(places: Places, hips: np.ndarray, side: str, sign: float, fps: float) -> Turns:
    upper, lower = _bones(places, (f"{side}UpperLeg", f"{side}LowerLeg", f"{side}Foot"))
    middle = transforms.normalize(np.array(_LEG_MIDDLE) * [sign, 1.0, 1.0])
    origin = untwisted(upper, hips, -_Y, _X, middle)
    bend = plane(upper, lower, origin)
    foot = transforms.normalize(places[f"{side}Toes"] - places[f"{side}Foot"])
    normal = np.cross(foot, lower)
    square = np.sum(normal**2, axis=-1)
    seen = Evidence(angle_of(normal, upper, origin), _FOOT_WEIGHT * square)
    axis = turned(origin, upper, solve(bend, seen, fps))
    thigh, shin = _limb(upper, lower, axis, -_Y, _X)
    return {f"{side}UpperLeg": thigh, f"{side}LowerLeg": shin}


def _local(turns: Turns) -> Float[np.ndarray, "frames 22 4"]:
    stacked = np.stack([turns[name] for name in BODY], axis=1)
    return transforms.continuous(local_rotations(REFERENCE.parents, stacked))
