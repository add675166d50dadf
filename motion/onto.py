# SPDX-License-Identifier: Apache-2.0
"""Our motion on a rig that is not ours: any bone axes, any rest pose, any naming.

The rig is stood up as one of our skeletons (:mod:`motion.stand`), the motion is finished on that
skeleton (ground, feet, loop: :mod:`motion.finish`), and each bone then gets the world rotation that
differs from its own in the T-pose by the turn of our joint. Since that skeleton was measured on the
rig, the rig's joints land where the finished ones do, feet included.

Travel goes to a root bone on the ground where there is one, else to the hips (or to what lies on
them and moves them, such as a Biped's centre of mass). Trunk bones that we lack bend along, twist
bones share the turn of their limb, all other bones keep their rest. Bones only get translation keys
where they hang in an unusual place of the tree (a Biped's thighs under its spine).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.skeleton import JOINTS, PARENTS
from gen3d.types import Clip, Skeleton
from motion.contact import world_of
from motion.finish import finish
from motion.mapping import BoneMap
from motion.naming import SIDES
from motion.performance import Performance, power
from motion.rig import Recording, Rig
from motion.stand import Stood, stand

_JOINT = {name: index for index, name in enumerate(JOINTS)}
_NEXT = {"UpperArm": "LowerArm", "LowerArm": "Hand", "UpperLeg": "LowerLeg", "LowerLeg": "Foot"}
_SAME_PLACE = 0.02
"""Bones nearer to the hips than this share of the legs lie on them."""
_LOOSE = 1e-3
"""Metres by which a bone may miss its joint before it gets translation keys."""


def as_skeleton(rig: Rig, bone_map: BoneMap, ground: float | None = None) -> Skeleton:
    """A rig as one of our skeletons: T-pose facing +Z, soles on y = 0, all 55 joints.

    Args:
        rig: Somebody's.
        bone_map: Which of its joints is which of ours.
        ground: Height of its soles at rest, where a mesh tells it, metres.
    """
    return stand(rig, bone_map, ground).skeleton


def onto_rig(
    performance: Performance,
    rig: Rig,
    bone_map: BoneMap,
    *,
    in_place: bool = False,
    loop: bool | None = None,
    ground: float | None = None,
    arm_clearance: float = 0.0,
) -> Recording:
    """Perform on a rig.

    Args:
        performance: What to do.
        rig: Who does it.
        bone_map: Which of its joints is which of ours (:func:`motion.mapping.map_bones`).
        in_place: Keep the figure on the spot.
        loop: Make a cycle (True), do not (False), or as the performance is (None).
        ground: Height of the rig's soles at rest, where a mesh tells it, metres.
        arm_clearance: How far the torso pushes hanging arms out, radians.
    """
    stood = stand(rig, bone_map, ground)
    done = finish(
        performance, stood.skeleton, in_place=in_place, loop=loop, arm_clearance=arm_clearance
    )
    return clip_onto(done.clip, stood, bone_map)


def clip_onto(clip: Clip, stood: Stood, bone_map: BoneMap) -> Recording:
    """Move a clip from a stood rig's skeleton to the rig itself.

    Args:
        clip: On ``stood.skeleton``, finished.
        stood: The rig.
        bone_map: The map it was stood up with.
    """
    turns, places = world_of(clip, stood.skeleton)
    # Single precision leaves lengths a few millionths off; conjugates must be inverses.
    turns = transforms.normalize(turns)
    back = transforms.conjugate(stood.turn)[None]
    # What a joint does beyond the T-pose, in the rig's own world.
    beyond = {
        joint: transforms.multiply(back, turns[:, _JOINT[stood.driver(name)]])
        for name, joint in stood.joints.items()
    }
    goals = {
        joint: transforms.rotate(back, places[:, _JOINT[name]]) + stood.origin
        for name, joint in stood.joints.items()
    }
    _settle_root(beyond, goals, stood)
    _bend_along(beyond, stood, bone_map)
    _share_twist(beyond, stood, bone_map)
    rotations, translations = _localised(stood, beyond, goals)
    return Recording(clip.name, clip.fps, stood.rig, transforms.continuous(rotations), translations)


def _settle_root(beyond: dict[int, np.ndarray], goals: dict[int, np.ndarray], stood: Stood) -> None:
    """A root on the ground moves about its own place; one at the hips is no root."""
    if "root" not in stood.joints:
        return
    root, (_, rest) = stood.joints["root"], stood.rig.world()
    if not _is_on_ground(stood):
        del beyond[root], goals[root]
        return
    # ``beyond`` turns our axes into the rig's; the root's own place is given in the rig's.
    ours = transforms.rotate(stood.turn, rest[root] - stood.origin)
    goals[root] = goals[root] + transforms.rotate(beyond[root], ours[None])


def _is_on_ground(stood: Stood) -> bool:
    _, rest = stood.rig.world()
    drop = rest[stood.joints["hips"]] - rest[stood.joints["root"]]
    return float(np.linalg.norm(drop)) > 0.5 * float(stood.skeleton.positions[_JOINT["hips"], 1])


def _bend_along(beyond: dict[int, np.ndarray], stood: Stood, bone_map: BoneMap) -> None:
    """Extra bones of trunk and neck take even steps between the joints around them."""
    for name in ("chest", "upperChest", "neck", "head"):
        extra = [stood.rig.names.index(bone) for bone in (bone_map.between or {}).get(name, ())]
        below = stood.rig.parents[extra[0]] if extra else -1
        if below not in beyond:
            continue
        ends = beyond[below], beyond[stood.joints[name]]
        for step, bone in enumerate(extra, start=1):
            beyond[bone] = transforms.slerp(*ends, step / (len(extra) + 1.0))


def _share_twist(beyond: dict[int, np.ndarray], stood: Stood, bone_map: BoneMap) -> None:
    """Helpers along a limb bone turn with as much of its twist as their place along it."""
    for name, helpers in (bone_map.twists or {}).items():
        side, part = _split(name)
        start, end = stood.joints[name], stood.joints[side + _NEXT[part]]
        axis = transforms.normalize(stood.rig.offsets[end])
        length = max(float(np.linalg.norm(stood.rig.offsets[end])), 1e-9)
        along = transforms.rotate(stood.turns[start], axis)
        upper = part.startswith("Upper")
        inner, outer = (_mapped_above(stood, name), start) if upper else (start, end)
        twist = _twist(beyond[inner], beyond[outer], along)
        for helper in helpers:
            bone = stood.rig.names.index(helper)
            share = float(np.clip(stood.rig.offsets[bone] @ axis / length, 0.0, 1.0))
            part_of = power(twist, share - 1.0 if upper else share)
            beyond[bone] = transforms.multiply(beyond[start], part_of)


def _mapped_above(stood: Stood, name: str) -> int:
    """The bone of the nearest joint above one of ours that the rig has."""
    parent = PARENTS[_JOINT[name]]
    while JOINTS[parent] not in stood.joints:
        parent = PARENTS[parent]
    return stood.joints[JOINTS[parent]]


def _split(name: str) -> tuple[str, str]:
    side = next(s for s in SIDES if name.startswith(s))
    return side, name.removeprefix(side)


def _twist(inner: np.ndarray, outer: np.ndarray, along: np.ndarray) -> np.ndarray:
    """The part of a turn from one bone to the next that is about the bone itself."""
    relative = transforms.multiply(transforms.conjugate(inner), outer)
    about = np.sum(relative[:, 1:] * along, axis=-1, keepdims=True) * along
    return transforms.normalize(np.concatenate([relative[:, :1], about], axis=-1))


def _carrier(stood: Stood) -> int:
    """The bone that takes the travel of the hips: they themselves, or what lies on them."""
    _, places = stood.rig.world()
    hips = carrier = stood.joints["hips"]
    near = _SAME_PLACE * float(np.ptp(stood.skeleton.positions[:, 1]))
    parent = stood.rig.parents[hips]
    while parent >= 0 and np.linalg.norm(places[parent] - places[hips]) < near:
        carrier, parent = parent, stood.rig.parents[parent]
    return carrier


def _localised(
    stood: Stood, beyond: Mapping[int, np.ndarray], goals: Mapping[int, np.ndarray]
) -> tuple[Float[np.ndarray, "frames joints 4"], Float[np.ndarray, "frames joints 3"]]:
    """Local rotations and translations, joint by joint down the tree."""
    rig, hips = stood.rig, stood.joints["hips"]
    frames = len(goals[hips])
    rotations = np.tile(rig.turns.astype(np.float64), (frames, 1, 1))
    translations = np.tile(rig.offsets.astype(np.float64), (frames, 1, 1))
    turned, placed = rotations.copy(), translations.copy()
    free = _free(stood)
    for joint, parent in enumerate(rig.parents):
        above = turned[:, parent] if parent >= 0 else np.array(transforms.IDENTITY)[None]
        start = placed[:, parent] if parent >= 0 else np.zeros((1, 3))
        if joint in beyond:
            world = transforms.multiply(beyond[joint], stood.turns[joint][None])
            rotations[:, joint] = transforms.multiply(transforms.conjugate(above), world)
        turned[:, joint] = transforms.multiply(above, rotations[:, joint])
        if joint in free:
            goal = _goal(stood, free[joint], goals, placed, turned[:, joint])
            translations[:, joint] = transforms.rotate(transforms.conjugate(above), goal - start)
        placed[:, joint] = start + transforms.rotate(above, translations[:, joint])
    return rotations, translations


def _goal(
    stood: Stood,
    name: str,
    goals: Mapping[int, np.ndarray],
    placed: np.ndarray,
    turned: Float[np.ndarray, "frames 4"],
) -> Float[np.ndarray, "frames 3"]:
    """World place of a bone with translation keys."""
    joint = stood.joints[name]
    if name == "hips":
        rest_turns, rest = stood.rig.world()
        carrier = _carrier(stood)
        way = transforms.conjugate(rest_turns[carrier])
        local = transforms.rotate(way, rest[joint] - rest[carrier])
        return goals[joint] - transforms.rotate(turned, local[None])
    if name == "root":
        return goals[joint]
    # By the joint that it should hang on, so that it shares that one's small deviations.
    above = _mapped_above(stood, name)
    known = above < joint and above in goals
    return goals[joint] + (placed[:, above] - goals[above] if known else 0.0)


def _free(stood: Stood) -> dict[int, str]:
    """Joints that get translation keys, with the joint of ours whose place they go by."""
    table = {_carrier(stood): "hips"}
    if "root" in stood.joints and _is_on_ground(stood):
        table.setdefault(stood.joints["root"], "root")
    mapped = {joint: name for name, joint in stood.joints.items()}
    for name, joint in stood.joints.items():
        parent = stood.rig.parents[joint]
        while parent >= 0 and parent not in mapped:
            parent = stood.rig.parents[parent]
        if name not in ("root", "hips") and not _rigid(stood, name, mapped.get(parent, "")):
            table[joint] = name
    return table


def _rigid(stood: Stood, name: str, above: str) -> bool:
    """Whether a bone hangs in the rig where our joint hangs in our skeleton."""
    positions, child = stood.skeleton.positions, _JOINT[name]
    parent = PARENTS[child]
    while JOINTS[parent] not in stood.joints and parent > 0:
        if np.linalg.norm(positions[parent] - positions[child]) > _LOOSE:
            break
        child, parent = parent, PARENTS[parent]
    return bool(above) and JOINTS[parent] in (above, stood.driver(above))
