# SPDX-License-Identifier: Apache-2.0
"""Anybody's motion as ours: a recording on any rig to a :class:`~motion.performance.Performance`.

The rig is stood up in our T-pose (:mod:`motion.stand`); what a bone does beyond that pose is what
our joint does. The path of the hips is scaled by the length of the legs. Where the rig has no such
joint: a trunk in fewer pieces bends in those it has, a missing neck goes half with the head,
missing clavicles follow the arms (:mod:`motion.shoulders`), missing toes and hands go with foot and
forearm. Fingers become the curls of thumb, index and others.

The inverse of :func:`motion.onto.onto_rig`, up to what the clean-up there changes.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from jaxtyping import Float

from gen3d import transforms
from gen3d.errors import Gen3dError
from gen3d.skeleton import JOINTS, PARENTS
from gen3d.types import Clip, Skeleton
from motion.contact import world_of
from motion.mapping import BoneMap
from motion.naming import FINGERS, SIDES
from motion.performance import (
    ANKLE,
    BODY,
    REFERENCE,
    Performance,
    at_rate,
    local_rotations,
    relaxed_fingers,
)
from motion.retarget import FIST, THUMB_FIST, alignments, ankle_height, scale_of
from motion.rig import Recording
from motion.shoulders import share_elevation
from motion.stand import stand

_TRUNK = ("hips", "spine", "chest", "upperChest")
_HANDS = (("Thumb",), ("Index",), ("Middle", "Ring", "Little"))
"""Fingers of each curl."""
_MOST_CURL = 1.2


def performance_of(
    recording: Recording, bone_map: BoneMap, *, ground: float | None = None, loop: bool = False
) -> Performance:
    """Take a motion off its rig, at 30 frames a second.

    Args:
        recording: Somebody's motion; the ground is y = 0.
        bone_map: Which of its joints is which of ours (:func:`motion.mapping.map_bones`).
        ground: Height of the rig's soles at rest, where a mesh tells it, metres.
        loop: The motion is a cycle whose last frame is its first one again.

    Raises:
        Gen3dError: It has a single frame, or numbers that are not finite.
    """
    _require_sound(recording)
    stood = stand(recording.rig, bone_map, ground)
    turned, placed = recording.world()
    beyond = {
        stood.driver(name): transforms.multiply(
            turned[:, joint], transforms.conjugate(stood.turns[joint])[None]
        )
        for name, joint in stood.joints.items()
    }
    legs = placed[:, [stood.joints[f"{side}UpperLeg"] for side in SIDES]]
    performance = _performed(recording.name, recording.fps, beyond, legs, stood.skeleton)
    return at_rate(replace(performance, loop=loop), 1.0)


def performance_of_clip(clip: Clip, skeleton: Skeleton) -> Performance:
    """Take a clip off one of our own skeletons: the inverse of :func:`motion.retarget.retarget`.

    A loop's end frame is not in a clip, so the result is no loop.

    Args:
        clip: On that skeleton.
        skeleton: With all 55 joints.
    """
    turned, placed = world_of(clip, skeleton)
    beyond = {name: turned[:, joint] for joint, name in enumerate(skeleton.names)}
    legs = placed[:, [skeleton.index(f"{side}UpperLeg") for side in SIDES]]
    performance = _performed(clip.name, clip.fps, beyond, legs, skeleton)
    return at_rate(replace(performance, grounded=True), 1.0)


def _require_sound(recording: Recording) -> None:
    frames = len(recording.rotations)
    if frames < 2 or not recording.fps > 0.0:
        raise Gen3dError(
            f"The motion {recording.name!r} has {frames} frames at {recording.fps:g} a second.",
            "It needs two frames and a frame rate.",
        )
    if not (np.isfinite(recording.rotations).all() and np.isfinite(recording.translations).all()):
        raise Gen3dError(f"The motion {recording.name!r} holds numbers that are not finite.")


def _performed(
    name: str,
    fps: float,
    beyond: dict[str, np.ndarray],
    legs: Float[np.ndarray, "frames 2 3"],
    skeleton: Skeleton,
) -> Performance:
    """A performance from what each joint does beyond the T-pose, in the world."""
    fingers = _curls(beyond, len(legs))
    bare = f"{SIDES[0]}Shoulder" not in beyond and f"{SIDES[1]}Shoulder" not in beyond
    whole = _completed(beyond)
    for joint, aligned in alignments(skeleton).items():
        whole[joint] = transforms.multiply(whole[joint], transforms.conjugate(aligned)[None])
    rotations = local_rotations(
        REFERENCE.parents, np.stack([whole[joint] for joint in BODY], axis=1)
    )
    scale = scale_of(skeleton)
    pelvis = legs.mean(axis=1) / scale
    pelvis[:, 1] += ANKLE - ankle_height(skeleton) / scale
    performance = Performance(
        name=name,
        fps=fps,
        rotations=transforms.continuous(rotations),
        pelvis=pelvis,
        fingers=fingers,
    )
    return share_elevation(performance) if bare else performance


def _completed(beyond: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """World rotations of all 22 joints, those that the rig lacks from their neighbours."""
    whole = dict(beyond)
    whole.setdefault("upperChest", whole["hips"])
    known = [number for number, name in enumerate(_TRUNK) if name in whole]
    for low, high in pairwise(known):
        ends = whole[_TRUNK[low]], whole[_TRUNK[high]]
        for number in range(low + 1, high):
            whole[_TRUNK[number]] = transforms.slerp(*ends, (number - low) / (high - low))
    whole.setdefault("neck", transforms.slerp(whole["upperChest"], whole["head"], 0.5))
    for side in SIDES:
        whole.setdefault(f"{side}Shoulder", whole["upperChest"])
        whole.setdefault(f"{side}Toes", whole[f"{side}Foot"])
    return whole


def _curls(beyond: dict[str, np.ndarray], frames: int) -> Float[np.ndarray, "frames 2 3"]:
    """How far thumb, index and the other fingers are bent; at ease where there are none."""
    curls = relaxed_fingers(frames)
    for hand, (side, sign) in enumerate((("left", -1.0), ("right", 1.0))):
        for group, fingers in enumerate(_HANDS):
            angles = [
                angle
                for finger in fingers
                for part in FINGERS[finger]
                if (angle := _bend(beyond, f"{side}{finger}{part}", sign)) is not None
            ]
            if angles:
                full = THUMB_FIST if group == 0 else FIST
                curls[:, hand, group] = np.clip(np.mean(angles, axis=0) / full, 0.0, _MOST_CURL)
    return curls


def _bend(
    beyond: dict[str, np.ndarray], name: str, sign: float
) -> Float[np.ndarray, "frames"] | None:
    """Turn of a finger joint about its hinge, radians; None when the rig has none."""
    parent = JOINTS[PARENTS[JOINTS.index(name)]]
    if name not in beyond or parent not in beyond:
        return None
    axis = np.array([0.0, -sign, 0.0] if "Thumb" in name else [0.0, 0.0, sign])
    local = transforms.multiply(transforms.conjugate(beyond[parent]), beyond[name])
    local = np.where(local[:, :1] < 0.0, -local, local)
    return 2.0 * np.arctan2(np.sum(local[:, 1:] * axis, axis=-1), local[:, 0])
