# SPDX-License-Identifier: Apache-2.0
"""Joint names: VRM 1.0 is the house vocabulary, every other naming is a table here.

Sources: VRM 1.0 humanoid specification; Mixamo, Unreal mannequin, Unity Humanoid, MakeHuman and
SMPL-X names as published by those systems.
"""

from __future__ import annotations

_FINGERS = ("Thumb", "Index", "Middle", "Ring", "Little")
_THUMB_BONES = ("Metacarpal", "Proximal", "Distal")
_FINGER_BONES = ("Proximal", "Intermediate", "Distal")


def _finger_chain(side: str, finger: str) -> list[tuple[str, str]]:
    bones = _THUMB_BONES if finger == "Thumb" else _FINGER_BONES
    names = [f"{side}{finger}{bone}" for bone in bones]
    return list(zip(names, [f"{side}Hand", *names[:-1]], strict=True))


def _side(side: str) -> list[tuple[str, str]]:
    arm = [
        (f"{side}Shoulder", "upperChest"),
        (f"{side}UpperArm", f"{side}Shoulder"),
        (f"{side}LowerArm", f"{side}UpperArm"),
        (f"{side}Hand", f"{side}LowerArm"),
    ]
    fingers = [pair for finger in _FINGERS for pair in _finger_chain(side, finger)]
    leg = [
        (f"{side}UpperLeg", "hips"),
        (f"{side}LowerLeg", f"{side}UpperLeg"),
        (f"{side}Foot", f"{side}LowerLeg"),
        (f"{side}Toes", f"{side}Foot"),
    ]
    return arm + fingers + leg


_TREE: list[tuple[str, str]] = [
    ("root", ""),
    ("hips", "root"),
    ("spine", "hips"),
    ("chest", "spine"),
    ("upperChest", "chest"),
    ("neck", "upperChest"),
    ("head", "neck"),
    ("leftEye", "head"),
    ("rightEye", "head"),
    *_side("left"),
    *_side("right"),
]

JOINTS: tuple[str, ...] = tuple(name for name, _ in _TREE)
"""The 55 joints of every character, parents first."""

PARENTS: tuple[int, ...] = tuple(JOINTS.index(parent) if parent else -1 for _, parent in _TREE)
"""Parent index of each joint; -1 for ``root``."""

REQUIRED: tuple[str, ...] = (
    "hips",
    "spine",
    "head",
    *(f"{s}{b}" for s in ("left", "right") for b in ("UpperArm", "LowerArm", "Hand")),
    *(f"{s}{b}" for s in ("left", "right") for b in ("UpperLeg", "LowerLeg", "Foot")),
)
"""The 15 bones that VRM 1.0 and Unity Humanoid require."""

_MIXAMO_CENTRE = {
    "hips": "Hips",
    "spine": "Spine",
    "chest": "Spine1",
    "upperChest": "Spine2",
    "neck": "Neck",
    "head": "Head",
    "leftEye": "LeftEye",
    "rightEye": "RightEye",
}
_MIXAMO_LIMB = {
    "Shoulder": "Shoulder",
    "UpperArm": "Arm",
    "LowerArm": "ForeArm",
    "Hand": "Hand",
    "UpperLeg": "UpLeg",
    "LowerLeg": "Leg",
    "Foot": "Foot",
    "Toes": "ToeBase",
}
_UNREAL_CENTRE = {
    "root": "root",
    "hips": "pelvis",
    "spine": "spine_01",
    "chest": "spine_02",
    "upperChest": "spine_03",
    "neck": "neck_01",
    "head": "head",
    "leftEye": "eye_l",
    "rightEye": "eye_r",
}
_UNREAL_LIMB = {
    "Shoulder": "clavicle",
    "UpperArm": "upperarm",
    "LowerArm": "lowerarm",
    "Hand": "hand",
    "UpperLeg": "thigh",
    "LowerLeg": "calf",
    "Foot": "foot",
    "Toes": "ball",
}


def _mixamo() -> dict[str, str]:
    table = {"root": "root"} | {vrm: f"mixamorig:{name}" for vrm, name in _MIXAMO_CENTRE.items()}
    for side, title in (("left", "Left"), ("right", "Right")):
        for vrm, name in _MIXAMO_LIMB.items():
            table[f"{side}{vrm}"] = f"mixamorig:{title}{name}"
        for finger in _FINGERS:
            bones = _THUMB_BONES if finger == "Thumb" else _FINGER_BONES
            mixamo = "Pinky" if finger == "Little" else finger
            for number, bone in enumerate(bones, start=1):
                table[f"{side}{finger}{bone}"] = f"mixamorig:{title}Hand{mixamo}{number}"
    return table


def _unreal() -> dict[str, str]:
    table = dict(_UNREAL_CENTRE)
    for side, letter in (("left", "l"), ("right", "r")):
        for vrm, name in _UNREAL_LIMB.items():
            table[f"{side}{vrm}"] = f"{name}_{letter}"
        for finger in _FINGERS:
            bones = _THUMB_BONES if finger == "Thumb" else _FINGER_BONES
            unreal = "pinky" if finger == "Little" else finger.lower()
            for number, bone in enumerate(bones, start=1):
                table[f"{side}{finger}{bone}"] = f"{unreal}_{number:02d}_{letter}"
    return table


def _unity() -> dict[str, str]:
    table = {name: name[0].upper() + name[1:] for name in JOINTS}
    for side in ("left", "right"):
        title = side.title()
        # Unity (like VRM 0) shifts the thumb: its proximal is the metacarpal of VRM 1.0.
        table[f"{side}ThumbMetacarpal"] = f"{title}ThumbProximal"
        table[f"{side}ThumbProximal"] = f"{title}ThumbIntermediate"
    return table


def _r15() -> dict[str, str]:
    """Roblox's bodies have sixteen bones: one for the chest, none for fingers and toes."""
    table = {"root": "Root", "hips": "LowerTorso", "spine": "UpperTorso", "neck": "Head"}
    for side in ("left", "right"):
        for bone in ("UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot"):
            table[f"{side}{bone}"] = f"{side.title()}{bone}"
    return table


NAMINGS: dict[str, dict[str, str]] = {
    "vrm": {name: name for name in JOINTS},
    "mixamo": _mixamo(),
    "unreal": _unreal(),
    "unity": _unity(),
    "r15": _r15(),
}
"""House name -> name in another convention, for every joint that it has."""
