# SPDX-License-Identifier: Apache-2.0
"""A foreign rig stood up as ours: T-pose, facing +Z, soles on y = 0, all 55 joints.

A rig rests as its maker left it: T, A or hanging arms, any roll of the bones, any facing, a BVH's
zero pose with its legs apart. Here every mapped bone is given the world rotation that it has when
the figure stands in our T-pose. Limbs are aimed by the places of the joints. Their twist is that of
the shortest turn, corrected by the hinge where a resting elbow or knee is bent and by the knuckles
in the hand. Legs that rest within 15° of straight down keep their stance; feet that rest about flat
keep their turn.

Joints that the rig lacks are put where a turn of theirs moves nothing that it has (at their
parent's or child's place), so the skeleton moves exactly as the rig will.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.skeleton import JOINTS, PARENTS
from gen3d.types import Skeleton
from motion.mapping import BoneMap
from motion.naming import FINGERS, SIDES
from motion.rig import Rig

_TRUNK = ("spine", "chest", "upperChest")
_OWN_STANCE = np.radians(15.0)
"""Legs that rest farther from straight down than this are an artefact of the file."""
_BENT = np.radians(12.0)
"""A rest bend of this much shows the axis of an elbow or a knee."""
_UPRIGHT = np.radians(30.0)
_SOLE = 0.025
"""Ball of the foot over the sole, and more so the ankle (below), in units of the leg."""
_ANKLE = 0.075
_HIGHEST_ANKLE = 0.2
_FOOT = 0.17
"""Ankle to ball of a foot without toes, in units of the leg."""


@dataclass(frozen=True)
class Stood:
    """A rig and what it is in our T-pose."""

    rig: Rig
    joints: Mapping[str, int]
    """Our names to joints of the rig, in our order."""
    turn: Float[np.ndarray, "4"]
    """From the rig's own world at rest to ours: what makes it face +Z."""
    origin: Float[np.ndarray, "3"]
    """Point of the rig's world that lies at our origin: under its hips, on the file's ground."""
    turns: Float[np.ndarray, "joints 4"]
    """World rotation of each of its joints in our T-pose."""
    skeleton: Skeleton

    def driver(self, name: str) -> str:
        """Our joint whose rotation a mapped bone takes: the last before the next bone it has."""
        last = name
        for other in _TRUNK[_TRUNK.index(name) + 1 :] if name in _TRUNK else ():
            if other in self.joints:
                break
            last = other
        return last


def stand(rig: Rig, bone_map: BoneMap, ground: float | None = None) -> Stood:
    """Stand a rig up.

    Args:
        rig: Somebody's.
        bone_map: Which of its joints is which of ours.
        ground: Height of its soles at rest, where a mesh tells it, metres.
    """
    joints = bone_map.indices(rig)
    rest_turns, rest_places = rig.world()
    turn = _facing(joints, rest_places)
    turned = transforms.multiply(turn[None], rest_turns)
    places = transforms.rotate(turn, rest_places)
    aligned = _alignments(joints, places)
    floor = None if ground is None else float(transforms.rotate(turn, np.array([0, ground, 0]))[1])
    floor = _floor(joints, places) if floor is None else floor
    turns = _posed(rig, joints, aligned, turned)
    posed = _placed(rig, turns, places)
    leg = _leg(joints, places)
    shift = _shift(joints, posed, places, floor, leg)
    positions = _filled(joints, posed + shift, leg)
    hips = 0.5 * (places[joints["leftUpperLeg"]] + places[joints["rightUpperLeg"]])
    under = np.array([hips[0], 0.0, hips[2]])
    origin = transforms.rotate(transforms.conjugate(turn), under)
    skeleton = Skeleton(JOINTS, PARENTS, positions.astype(np.float32))
    return Stood(rig, joints, turn, origin, turns, skeleton)


def _leg(joints: Mapping[str, int], places: np.ndarray) -> float:
    """Length of the legs, metres."""
    lengths = [
        np.linalg.norm(places[joints[f"{s}{a}"]] - places[joints[f"{s}{b}"]])
        for s in SIDES
        for a, b in (("UpperLeg", "LowerLeg"), ("LowerLeg", "Foot"))
    ]
    return max(float(np.sum(lengths)) / 2.0, 1e-3)


def _facing(joints: Mapping[str, int], places: np.ndarray) -> Float[np.ndarray, "4"]:
    """The turn that makes a rig face +Z; one that lies or stands on its head is set upright."""
    across = np.zeros(3)
    for part in ("UpperLeg", "UpperArm"):
        across += transforms.normalize(
            places[joints["left" + part]] - places[joints["right" + part]]
        )
    up = places[joints["head"]] - places[[joints[f"{s}Foot"] for s in SIDES]].mean(axis=0)
    up = transforms.normalize(up)
    if np.arccos(np.clip(up[1], -1.0, 1.0)) < _UPRIGHT:
        up = np.array([0.0, 1.0, 0.0])
    left = transforms.normalize(across - (across @ up) * up)
    ours = np.stack([left, up, np.cross(left, up)])
    return transforms.from_matrix(ours)


def _alignments(joints: Mapping[str, int], places: np.ndarray) -> dict[str, np.ndarray]:
    """World turn of each limb bone from rest to the T-pose, by our name."""
    table: dict[str, np.ndarray] = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        table |= _arm_turns(joints, places, side, sign)
        table |= _leg_turns(joints, places, side)
    return table


def _way(joints: Mapping[str, int], places: np.ndarray, start: str, end: str) -> np.ndarray:
    return transforms.normalize(places[joints[end]] - places[joints[start]])


def _aimed(
    ways: tuple[np.ndarray, np.ndarray], wanted: np.ndarray, hinge: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Turns that aim both bones of a limb, twisted so that a bent hinge lies as ours does."""
    upper, lower = ways
    turns = transforms.between(upper, wanted), transforms.between(lower, wanted)
    if np.arccos(np.clip(upper @ lower, -1.0, 1.0)) < _BENT:
        return turns
    axis = np.cross(upper, lower)
    first, second = (_twisted(t, transforms.normalize(axis), hinge, wanted) for t in turns)
    return first, second


def _twisted(
    turn: np.ndarray, axis: np.ndarray, wanted: np.ndarray, about: np.ndarray
) -> Float[np.ndarray, "4"]:
    """A turn followed by the turn about ``about`` that takes ``axis`` nearest to ``wanted``."""
    now = transforms.rotate(turn, axis)
    now = transforms.normalize(now - (now @ about) * about)
    return transforms.multiply(transforms.between(now, wanted), turn)


def _arm_turns(
    joints: Mapping[str, int], places: np.ndarray, side: str, sign: float
) -> dict[str, np.ndarray]:
    out = np.array([sign, 0.0, 0.0])
    upper = _way(joints, places, f"{side}UpperArm", f"{side}LowerArm")
    lower = _way(joints, places, f"{side}LowerArm", f"{side}Hand")
    first, second = _aimed((upper, lower), out, np.array([0.0, -sign, 0.0]))
    hand = _hand_turn(joints, places, side, out, second)
    forearm = _shared_twist(second, hand, out)
    return {f"{side}UpperArm": first, f"{side}LowerArm": forearm, f"{side}Hand": hand}


def _hand_turn(
    joints: Mapping[str, int], places: np.ndarray, side: str, out: np.ndarray, forearm: np.ndarray
) -> Float[np.ndarray, "4"]:
    """The turn that makes a hand flat, palm down; without fingers the forearm's."""
    knuckles = [f"{side}{f}Proximal" for f in ("Index", "Middle", "Ring", "Little")]
    known = [name for name in knuckles if name in joints]
    if len(known) < 2:
        return forearm
    middle = places[[joints[name] for name in known]].mean(axis=0)
    along = transforms.normalize(middle - places[joints[f"{side}Hand"]])
    aim = transforms.multiply(transforms.between(transforms.rotate(forearm, along), out), forearm)
    across = places[joints[known[0]]] - places[joints[known[-1]]]
    forward = np.array([0.0, 0.0, 1.0])
    return _twisted(aim, transforms.normalize(across), forward, out)


def _shared_twist(forearm: np.ndarray, hand: np.ndarray, out: np.ndarray) -> Float[np.ndarray, "4"]:
    """The forearm with half of the turn about itself that the hand makes beyond it."""
    beyond = transforms.multiply(hand, transforms.conjugate(forearm))
    twist = np.concatenate([beyond[:1], (beyond[1:] @ out) * out])
    size = float(np.linalg.norm(twist))
    if size < 1e-6:
        return forearm
    half = transforms.slerp(transforms.IDENTITY, twist / size, 0.5)
    return transforms.multiply(half, forearm)


def _leg_turns(joints: Mapping[str, int], places: np.ndarray, side: str) -> dict[str, np.ndarray]:
    down = np.array([0.0, -1.0, 0.0])
    upper = _way(joints, places, f"{side}UpperLeg", f"{side}LowerLeg")
    lower = _way(joints, places, f"{side}LowerLeg", f"{side}Foot")
    straight = _aimed((upper, lower), down, np.array([1.0, 0.0, 0.0]))
    table: dict[str, np.ndarray] = {}
    for name, way, turn in zip(("UpperLeg", "LowerLeg"), (upper, lower), straight, strict=True):
        own = np.arccos(np.clip(way @ down, -1.0, 1.0)) < _OWN_STANCE
        table[side + name] = transforms.IDENTITY if own else turn
    table[f"{side}Foot"] = _foot_turn(joints, places, side)
    return table


def _foot_turn(joints: Mapping[str, int], places: np.ndarray, side: str) -> np.ndarray:
    """Flat on the ground: a foot that points down or up at rest is pitched, one about flat not."""
    if f"{side}Toes" not in joints:
        return transforms.IDENTITY
    way = _way(joints, places, f"{side}Foot", f"{side}Toes")
    pitch = float(np.degrees(np.arcsin(np.clip(way[1], -1.0, 1.0))))
    if -65.0 < pitch < 5.0:
        return transforms.IDENTITY
    level = way * [1.0, 0.0, 1.0]
    flat = np.array([0.0, 0.0, 1.0]) if np.linalg.norm(level) < 0.2 else level
    usual = transforms.normalize(flat) * np.cos(0.4) - np.array([0.0, np.sin(0.4), 0.0])
    return transforms.between(way, usual)


def _posed(
    rig: Rig, joints: Mapping[str, int], aligned: Mapping[str, np.ndarray], turned: np.ndarray
) -> Float[np.ndarray, "joints 4"]:
    """World rotation of every joint in the T-pose; unmapped ones go with their parents."""
    ours = {index: name for name, index in joints.items()}
    extra = np.tile(transforms.IDENTITY, (len(rig.names), 1))
    for joint, parent in enumerate(rig.parents):
        name = ours.get(joint, "")
        inherits = parent >= 0 and (not name or _goes_along(name))
        extra[joint] = aligned.get(name, extra[parent] if inherits else extra[joint])
    return transforms.multiply(extra, turned)


def _goes_along(name: str) -> bool:
    """Toes and fingers keep their place in foot and hand; all else has a turn of its own."""
    return name.endswith(("Toes", "Metacarpal", "Proximal", "Intermediate", "Distal"))


def _placed(rig: Rig, turns: np.ndarray, places: np.ndarray) -> Float[np.ndarray, "joints 3"]:
    """Places of every joint in the T-pose, roots where they rest."""
    posed = places.copy()
    for joint, parent in enumerate(rig.parents):
        if parent >= 0:
            posed[joint] = posed[parent] + transforms.rotate(turns[parent], rig.offsets[joint])
    return posed


def _floor(joints: Mapping[str, int], places: np.ndarray) -> float:
    """Height of the soles at rest: y = 0 where that can be, else as low under the feet as usual."""
    leg = _leg(joints, places)
    ankles = places[[joints[f"{s}Foot"] for s in SIDES], 1]
    toes = [joints[f"{s}Toes"] for s in SIDES if f"{s}Toes" in joints]
    lowest = min([float(ankles.min()), *(float(places[t, 1]) for t in toes)])
    if lowest >= 0.0 and ankles.max() < _HIGHEST_ANKLE * leg:
        return 0.0
    balls = [float(places[t, 1]) - _SOLE * leg for t in toes]
    return min([float(ankles.min()) - _ANKLE * leg, *balls])


def _shift(
    joints: Mapping[str, int], posed: np.ndarray, rest: np.ndarray, floor: float, leg: float
) -> Float[np.ndarray, "3"]:
    """Brings the T-pose's soles to y = 0 and its hip joints over the origin."""
    hips = 0.5 * (posed[joints["leftUpperLeg"]] + posed[joints["rightUpperLeg"]])
    feet = [joints[f"{s}Foot"] for s in SIDES]
    ankle = float(rest[feet, 1].mean()) - floor
    if not 0.0 < ankle < _HIGHEST_ANKLE * leg:
        ankle = _ANKLE * leg
    toes = [joints[f"{s}Toes"] for s in SIDES if f"{s}Toes" in joints]
    if toes:
        drop = float(posed[feet, 1].mean() - posed[toes, 1].mean())
        ankle = max(ankle, drop + 0.01 * leg)
    return np.array([-hips[0], ankle - float(posed[feet, 1].mean()), -hips[2]])


def _filled(
    joints: Mapping[str, int], posed: np.ndarray, leg: float
) -> Float[np.ndarray, "joints 3"]:
    """Rest places of all 55 joints; see the module about those that the rig lacks."""
    at = {name: posed[index] for name, index in joints.items() if name != "root"}
    at["root"] = np.zeros(3)
    _fill_trunk(at)
    for side, sign in (("left", 1.0), ("right", -1.0)):
        at.setdefault(f"{side}Shoulder", at[f"{side}UpperArm"])
        if f"{side}Toes" not in at:
            ankle = at[f"{side}Foot"]
            at[f"{side}Toes"] = np.array([ankle[0], 0.3 * ankle[1], ankle[2] + _FOOT * leg])
        eye = at["head"] + leg * np.array([0.04 * sign, 0.09, 0.09])
        at.setdefault(f"{side}Eye", eye)
        _fill_fingers(at, side, sign)
    return np.stack([at[name] for name in JOINTS])


def _fill_trunk(at: dict[str, np.ndarray]) -> None:
    if "neck" not in at:
        at["neck"] = at["head"]
    present = [name for name in _TRUNK if name in at]
    # Before the first joint a missing one lies on it; a stiff trunk bends at the hips' place.
    first = at[present[0]] if present else at["hips"]
    last = first
    for name in _TRUNK:
        last = at.setdefault(name, last)


def _fill_fingers(at: dict[str, np.ndarray], side: str, sign: float) -> None:
    """Digits of a hand of usual size, straight on, where the rig has none of its own."""
    hand = at[f"{side}Hand"]
    size = 0.72 * float(np.linalg.norm(hand - at[f"{side}LowerArm"]))
    for number, (finger, parts) in enumerate(FINGERS.items()):
        if all(f"{side}{finger}{part}" in at for part in parts):
            continue
        if finger == "Thumb":
            steps = [(0.15, -0.05, 0.12), (0.3, -0.07, 0.25), (0.42, -0.08, 0.33)]
        else:
            steps = [(x, 0.0, 0.2 - 0.1 * number + 0.05) for x in (0.5, 0.72, 0.87)]
        for part, step in zip(parts, steps, strict=True):
            place = hand + size * np.array([sign * step[0], step[1], step[2]])
            at.setdefault(f"{side}{finger}{part}", place)
