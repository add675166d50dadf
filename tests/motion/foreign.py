# SPDX-License-Identifier: Apache-2.0
"""Rigs as other programs make them, from one of our bodies: names, axes, rest poses, helpers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gen3d import transforms
from gen3d.skeleton import JOINTS
from gen3d.types import Skeleton
from motion.rig import Rig

LIMBS = {
    "Shoulder": "UpperArm",
    "UpperArm": "LowerArm",
    "LowerArm": "Hand",
    "UpperLeg": "LowerLeg",
    "LowerLeg": "Foot",
    "Foot": "Toes",
}
_THUMB, _FINGER = ("Metacarpal", "Proximal", "Distal"), ("Proximal", "Intermediate", "Distal")


def _chains(fingers: Mapping[str, tuple[str, str, str]]) -> dict[str, str]:
    return {
        finger + part: name
        for finger, chain in fingers.items()
        for part, name in zip(_THUMB if finger == "Thumb" else _FINGER, chain, strict=True)
    }


def spelled(
    centre: Mapping[str, str], side: Mapping[str, str], pair: tuple[str, str]
) -> dict[str, str]:
    """Our names to theirs; ``{s}`` is the side."""
    table = dict(centre)
    for ours, letter in zip(("left", "right"), pair, strict=True):
        table |= {ours + part: name.replace("{s}", letter) for part, name in side.items()}
    return table


def _numbered(pattern: str, words: tuple[str, ...]) -> dict[str, tuple[str, str, str]]:
    fingers = ("Thumb", "Index", "Middle", "Ring", "Little")
    return {
        finger: (pattern % (word, 1), pattern % (word, 2), pattern % (word, 3))
        for finger, word in zip(fingers, words, strict=True)
    }


_MIXAMO_SIDE = {
    "Shoulder": "{s}Shoulder",
    "UpperArm": "{s}Arm",
    "LowerArm": "{s}ForeArm",
    "Hand": "{s}Hand",
    "UpperLeg": "{s}UpLeg",
    "LowerLeg": "{s}Leg",
    "Foot": "{s}Foot",
    "Toes": "{s}ToeBase",
}
_MIXAMO_FINGERS = _chains(_numbered("{s}Hand%s%d", ("Thumb", "Index", "Middle", "Ring", "Pinky")))
_MIXAMO_CENTRE = {
    "hips": "Hips",
    "spine": "Spine",
    "chest": "Spine1",
    "upperChest": "Spine2",
    "neck": "Neck",
    "head": "Head",
}
_PLAIN = spelled(_MIXAMO_CENTRE, _MIXAMO_SIDE | _MIXAMO_FINGERS, ("Left", "Right"))
_BIPED_SIDE = {
    "Shoulder": "Bip01 {s} Clavicle",
    "UpperArm": "Bip01 {s} UpperArm",
    "LowerArm": "Bip01 {s} Forearm",
    "Hand": "Bip01 {s} Hand",
    "UpperLeg": "Bip01 {s} Thigh",
    "LowerLeg": "Bip01 {s} Calf",
    "Foot": "Bip01 {s} Foot",
    "Toes": "Bip01 {s} Toe0",
}
_GERMAN_SIDE = {
    "Shoulder": "Bip01 {s} Schl_sselbein",
    "UpperArm": "Bip01 {s} Oberarm",
    "LowerArm": "Bip01 {s} Unterarm",
    "Hand": "Bip01 {s} Hand",
    "UpperLeg": "Bip01 {s} Oberschenkel",
    "LowerLeg": "Bip01 {s} Unterschenkel",
    "Foot": "Bip01 {s} Fu_",
    "Toes": "Bip01 {s} Zeh0",
}
_SMPL_SIDE = {
    "Shoulder": "{s}_collar",
    "UpperArm": "{s}_shoulder",
    "LowerArm": "{s}_elbow",
    "Hand": "{s}_wrist",
    "UpperLeg": "{s}_hip",
    "LowerLeg": "{s}_knee",
    "Foot": "{s}_ankle",
    "Toes": "{s}_foot",
}
_VRM_SIDE = {part: "{s}" + part for part in LIMBS | {"Hand": "", "Toes": ""}}
_RIGIFY_SIDE = {
    "Shoulder": "DEF-shoulder.{s}",
    "UpperArm": "DEF-upper_arm.{s}",
    "LowerArm": "DEF-forearm.{s}",
    "Hand": "DEF-hand.{s}",
    "UpperLeg": "DEF-thigh.{s}",
    "LowerLeg": "DEF-shin.{s}",
    "Foot": "DEF-foot.{s}",
    "Toes": "DEF-toe.{s}",
}


def _trunk(*names: str) -> dict[str, str]:
    return dict(zip(_MIXAMO_CENTRE, names, strict=True))


NAMED: dict[str, tuple[str, dict[str, str]]] = {
    "Mixamo": ("mixamo", {o: f"mixamorig:{n}" for o, n in _PLAIN.items()}),
    "Mixamo numbered": ("mixamo", {o: f"mixamorig7:{n}" for o, n in _PLAIN.items()}),
    "Mixamo without prefix": ("mixamo", _PLAIN),
    "Mixamo from a viewer": (
        "mixamo",
        {o: f"mixamorig:{n}_{i:02d}" for i, (o, n) in enumerate(_PLAIN.items())},
    ),
    "VRM": ("vrm", {n: n for n in JOINTS}),
    "VRoid": (
        "vroid",
        spelled(
            {"root": "Root"}
            | _trunk(
                *(f"J_Bip_C_{n}" for n in ("Hips", "Spine", "Chest", "UpperChest")),
                "J_Bip_C_Neck",
                "J_Bip_C_Head",
            ),
            {p: f"J_Bip_{n.replace('{s}', '{s}_')}" for p, n in _VRM_SIDE.items()}
            | {"Toes": "J_Bip_{s}_ToeBase"}
            | _chains(_numbered("J_Bip_{s}_%s%d", ("Thumb", "Index", "Middle", "Ring", "Little"))),
            ("L", "R"),
        ),
    ),
    "Unreal": (
        "unreal",
        spelled(
            {"root": "root"}
            | _trunk("pelvis", "spine_01", "spine_02", "spine_03", "neck_01", "head"),
            {
                "Shoulder": "clavicle_{s}",
                "UpperArm": "upperarm_{s}",
                "LowerArm": "lowerarm_{s}",
                "Hand": "hand_{s}",
                "UpperLeg": "thigh_{s}",
                "LowerLeg": "calf_{s}",
                "Foot": "foot_{s}",
                "Toes": "ball_{s}",
            }
            | _chains(_numbered("%s_0%d_{s}", ("thumb", "index", "middle", "ring", "pinky"))),
            ("l", "r"),
        ),
    ),
    "Rigify": (
        "rigify",
        spelled(
            _trunk("DEF-spine", *(f"DEF-spine.00{i}" for i in (1, 2, 3, 4)), "DEF-spine.006"),
            _RIGIFY_SIDE,
            ("L", "R"),
        ),
    ),
    "metarig": (
        "rigify",
        spelled(
            _trunk("spine", *(f"spine.00{i}" for i in (1, 2, 3, 4)), "spine.006"),
            {part: name.removeprefix("DEF-") for part, name in _RIGIFY_SIDE.items()},
            ("L", "R"),
        ),
    ),
    "CMU": (
        "cmu",
        spelled(
            _trunk("Hips", "LowerBack", "Spine", "Spine1", "Neck", "Head"),
            _MIXAMO_SIDE,
            ("Left", "Right"),
        ),
    ),
    "Biped": (
        "biped",
        spelled(
            _trunk(
                *(f"Bip01 {n}" for n in ("Pelvis", "Spine", "Spine1", "Spine2")),
                "Bip01 Neck",
                "Bip01 Head",
            ),
            _BIPED_SIDE,
            ("L", "R"),
        ),
    ),
    "German Biped": (
        "biped",
        spelled(
            _trunk(
                "Bip01 Becken",
                *(f"Bip01 Wirbels_ule{i}" for i in ("", "1", "2")),
                "Bip01 Hals",
                "Bip01 Kopf",
            ),
            _GERMAN_SIDE,
            ("L", "R"),
        ),
    ),
    "SMPL": (
        "smpl",
        spelled(
            _trunk("pelvis", "spine1", "spine2", "spine3", "neck", "head"),
            _SMPL_SIDE,
            ("left", "right"),
        ),
    ),
    "SOMA": (
        "soma",
        spelled(
            _trunk("Hips", "Spine1", "Spine2", "Chest", "Neck1", "Head"),
            _MIXAMO_SIDE | {"UpperLeg": "{s}Leg", "LowerLeg": "{s}Shin"} | _MIXAMO_FINGERS,
            ("Left", "Right"),
        ),
    ),
    "Daz": (
        "daz",
        spelled(
            _trunk("hip", "abdomenLower", "chestLower", "chestUpper", "neckLower", "head"),
            {
                "Shoulder": "{s}Collar",
                "UpperArm": "{s}ShldrBend",
                "LowerArm": "{s}ForearmBend",
                "Hand": "{s}Hand",
                "UpperLeg": "{s}ThighBend",
                "LowerLeg": "{s}Shin",
                "Foot": "{s}Foot",
                "Toes": "{s}Toe",
            },
            ("l", "r"),
        ),
    ),
    "MMD": (
        "mmd",
        spelled(
            {"hips": "腰", "spine": "上半身", "chest": "上半身2", "neck": "首", "head": "頭"},
            {
                "Shoulder": "{s}肩",
                "UpperArm": "{s}腕",
                "LowerArm": "{s}ひじ",
                "Hand": "{s}手首",
                "UpperLeg": "{s}足",
                "LowerLeg": "{s}ひざ",
                "Foot": "{s}足首",
                "Toes": "{s}つま先",
            },
            ("左", "右"),
        ),
    ),
}
"""Convention that is to be found, and our names to those of the rig."""


def foreign(
    skeleton: Skeleton,
    names: Mapping[str, str],
    *,
    seed: int | None = None,
    arms_deg: float = 0.0,
    legs_deg: float = 0.0,
    yaw_deg: float = 0.0,
) -> Rig:
    """A rig with one of our bodies' joints, those that have a name.

    Args:
        skeleton: Of the body.
        names: Our names to the rig's.
        seed: Of random local axes of every bone; None leaves them along the world's.
        arms_deg: Arms below the horizontal at rest.
        legs_deg: Legs apart from the body's own stance at rest.
        yaw_deg: Where the figure faces at rest.
    """
    local = np.tile(transforms.IDENTITY, (len(JOINTS), 1))
    for side, sign in (("left", -1.0), ("right", 1.0)):
        z = np.array([0.0, 0.0, sign])
        local[JOINTS.index(f"{side}UpperArm")] = transforms.from_axis_angle(z, np.radians(arms_deg))
        local[JOINTS.index(f"{side}UpperLeg")] = transforms.from_axis_angle(
            -z, np.radians(legs_deg)
        )
    local[0] = transforms.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.radians(yaw_deg))
    _, places = transforms.forward_kinematics(
        skeleton.parents, local, skeleton.offsets.astype(float)
    )
    kept = [j for j, name in enumerate(JOINTS) if name in names]
    turns = np.tile(transforms.IDENTITY, (len(kept), 1))
    if seed is not None:
        turns = transforms.normalize(np.random.default_rng(seed).normal(size=turns.shape))
    parents: list[int] = []
    for joint in kept:
        parent = skeleton.parents[joint]
        while parent >= 0 and parent not in kept:
            parent = skeleton.parents[parent]
        parents.append(kept.index(parent) if parent >= 0 else -1)
    return from_world([names[JOINTS[j]] for j in kept], parents, places[kept], turns)


def from_world(names: list[str], parents: list[int], places: np.ndarray, turns: np.ndarray) -> Rig:
    """A rig from world places and turns."""
    offsets, local = places.astype(float).copy(), turns.copy()
    for joint, parent in enumerate(parents):
        if parent >= 0:
            back = transforms.conjugate(turns[parent])
            offsets[joint] = transforms.rotate(back, places[joint] - places[parent])
            local[joint] = transforms.multiply(back, turns[joint])
    return Rig(tuple(names), tuple(parents), offsets, local)


def nameless(rig: Rig) -> Rig:
    """The same rig with names that say nothing."""
    return Rig(
        tuple(f"node.{i * 7919 % 1000:03d}" for i in range(len(rig.names))),
        rig.parents,
        rig.offsets,
        rig.turns,
    )
