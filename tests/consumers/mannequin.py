# SPDX-License-Identifier: Apache-2.0
"""A small but complete character made of boxes: every feature of the file format, little data.

One box per bone, skinned half and half across each joint; head and teeth are two parts of one group
with the 52 ARKit names as morph targets; four textures, a normal map among them; two clips.
"""

from __future__ import annotations

import numpy as np

from gen3d import transforms
from gen3d.check.names import ARKIT
from gen3d.skeleton import JOINTS, PARENTS
from gen3d.types import Character, Clip, Material, Mesh, Part, Skeleton, Skin, Texture

SIDE = np.array([1.0, 0.0, 0.0])
HEIGHT = 1.74
_CENTRE = {
    "root": (0, 0, 0),
    "hips": (0, 0.95, 0),
    "spine": (0, 1.05, 0),
    "chest": (0, 1.2, 0),
    "upperChest": (0, 1.32, 0),
    "neck": (0, 1.46, 0),
    "head": (0, 1.54, 0),
}
_LEFT = {
    "Eye": (0.03, 1.62, 0.08),
    "Shoulder": (0.05, 1.42, 0),
    "UpperArm": (0.17, 1.42, 0),
    "LowerArm": (0.44, 1.42, 0),
    "Hand": (0.69, 1.42, 0),
    "UpperLeg": (0.1, 0.9, 0),
    "LowerLeg": (0.1, 0.5, 0),
    "Foot": (0.1, 0.08, 0),
    "Toes": (0.1, 0.02, 0.12),
}
CELLS = len(JOINTS)
"""Cells of the skin's texture: one a bone is enough for the body, and the head takes the last."""
_FINGERS = {"Thumb": 0.05, "Index": 0.03, "Middle": 0.01, "Ring": -0.01, "Little": -0.03}


def _place(name: str) -> tuple[float, float, float]:
    if name in _CENTRE:
        return _CENTRE[name]
    sign, bone = (1.0, name[4:]) if name.startswith("left") else (-1.0, name[5:])
    if bone in _LEFT:
        x, y, z = _LEFT[bone]
        return sign * x, y, z
    finger = next(f for f in _FINGERS if bone.startswith(f))
    chain = (
        ("Metacarpal", "Proximal", "Distal")
        if finger == "Thumb"
        else ("Proximal", "Intermediate", "Distal")
    )
    step = chain.index(bone.removeprefix(finger))
    return sign * (0.76 + 0.03 * step), 1.42, _FINGERS[finger]


def skeleton() -> Skeleton:
    positions = np.array([_place(name) for name in JOINTS], dtype=np.float32)
    return Skeleton(JOINTS, PARENTS, positions)


def box(low: np.ndarray, high: np.ndarray, cell: int, cells: int) -> Mesh:
    """A box with its own normals and its own cell of a UV atlas, 24 vertices."""
    verts, normals, uvs, faces = [], [], [], []
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    columns = int(np.ceil(np.sqrt(6 * cells)))
    longest = (high - low).max()
    for side in range(6):
        axis, sign = side // 2, 1.0 if side % 2 == 0 else -1.0
        u, v = np.eye(3)[(axis + 1) % 3], np.eye(3)[(axis + 2) % 3] * sign
        unit = np.eye(3)[axis] * sign + corners[:, :1] * u + corners[:, 1:] * v
        first = len(verts)
        verts += list((low + high) / 2 + unit * (high - low) / 2)
        normals += [np.eye(3)[axis] * sign] * 4
        at = 6 * cell + side
        corner = np.array([at % columns, at // columns])
        size = (high - low) @ np.abs([u, v]).T / longest
        uvs += list((corner + 0.5 + 0.45 * size * corners * [1, -1]) / columns)
        faces += [[first, first + 1, first + 2], [first, first + 2, first + 3]]
    return Mesh(
        np.array(verts, np.float32),
        np.array(faces, np.int32),
        np.array(normals, np.float32),
        np.array(uvs, np.float32),
    )


def _join(meshes: list[Mesh]) -> Mesh:
    starts = np.cumsum([0, *(len(mesh.verts) for mesh in meshes)])
    return Mesh(
        np.concatenate([mesh.verts for mesh in meshes]),
        np.concatenate(
            [mesh.faces + start for mesh, start in zip(meshes, starts, strict=False)],
            dtype=np.int32,
        ),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.uvs for mesh in meshes]),
    )


def _bone_box(rig: Skeleton, joint: int, cell: int, cells: int) -> tuple[Mesh, Skin]:
    """A box from a joint to its first child; the end at the joint is shared with the parent."""
    start = rig.positions[joint].astype(np.float64)
    ends = [i for i, parent in enumerate(rig.parents) if parent == joint]
    direction = SIDE * np.sign(start[0]) if rig.names[joint].endswith("Distal") else np.zeros(3)
    end = rig.positions[ends[0]].astype(np.float64) if ends else start + 0.03 * direction
    thick = 0.008 if any(finger in rig.names[joint] for finger in _FINGERS) else 0.045
    low, high = np.minimum(start, end) - thick, np.maximum(start, end) + thick
    low[1] = max(low[1], 0.0)
    mesh = box(low, high, cell, cells)
    near = np.linalg.norm(mesh.verts - start, axis=1) < np.linalg.norm(mesh.verts - end, axis=1)
    parent = rig.parents[joint] if rig.parents[joint] > 0 else joint
    weights = np.zeros((len(mesh.verts), 4), np.float32)
    weights[:, 0] = np.where(near & (parent != joint), 0.7, 1.0)
    weights[:, 1] = 1.0 - weights[:, 0]
    joints = np.zeros((len(mesh.verts), 4), np.uint16)
    joints[:, 0] = joint
    joints[:, 1] = np.where(weights[:, 1] > 0, parent, 0)
    return mesh, Skin(joints, weights)


def _body(rig: Skeleton) -> tuple[Mesh, Skin]:
    skip = {"root", "head", "leftEye", "rightEye"}
    bones = [i for i, name in enumerate(rig.names) if name not in skip]
    pieces = [_bone_box(rig, joint, cell, CELLS) for cell, joint in enumerate(bones)]
    return _join([mesh for mesh, _ in pieces]), Skin(
        np.concatenate([skin.joints for _, skin in pieces]),
        np.concatenate([skin.weights for _, skin in pieces]),
    )


def _rigid(mesh: Mesh, joint: str) -> Skin:
    joints = np.zeros((len(mesh.verts), 4), np.uint16)
    joints[:, 0] = JOINTS.index(joint)
    weights = np.zeros((len(mesh.verts), 4), np.float32)
    weights[:, 0] = 1.0
    return Skin(joints, weights)


def _morphs(mesh: Mesh, *, all_of_them: bool) -> dict[str, np.ndarray]:
    """Each target moves another corner; teeth follow the jaw only."""
    morphs: dict[str, np.ndarray] = {}
    for number, name in enumerate(ARKIT):
        offsets = np.zeros_like(mesh.verts)
        if all_of_them or name.startswith("jaw"):
            offsets[number % len(offsets)] = [0.0, -0.004, 0.001 * (1 + number % 3)]
        morphs[name] = offsets
    return morphs


def picture(seed: int, channels: int = 3, side: int = 64) -> np.ndarray:
    """Soft noise, mid-grey on average."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(70, 190, size=(side // 8, side // 8, channels), dtype=np.uint8)
    return np.repeat(np.repeat(coarse, 8, axis=0), 8, axis=1)


def normal_map(side: int = 64) -> np.ndarray:
    """Gentle waves as a tangent-space normal map."""
    slope = 0.2 * np.sin(np.arange(side) * 2 * np.pi / 16)
    normal = np.stack(np.broadcast_arrays(slope[None], slope[:, None], np.ones((side, side))), -1)
    normal = transforms.normalize(normal)
    return np.round(normal * 127.0 + 128.0).clip(0, 255).astype(np.uint8)


def _materials() -> tuple[Material, Material]:
    skin = Material(
        name="skin",
        roughness=1.0,
        metallic=1.0,
        base_color_texture=Texture("skin_color", picture(1)),
        metallic_roughness_texture=Texture("skin_surface", _dull(picture(2))),
        normal_texture=Texture("skin_normal", normal_map()),
    )
    teeth = Material(
        name="teeth",
        base_color_texture=Texture("teeth_color", picture(3, channels=4)),
        emissive=(0.0, 2.0, 1.0),
        alpha_mode="MASK",
        alpha_cutoff=0.25,
        double_sided=True,
    )
    return skin, teeth


def _dull(pixels: np.ndarray) -> np.ndarray:
    pixels = pixels.copy()
    pixels[..., 0], pixels[..., 2] = 255, 0
    return pixels


def wave(name: str = "wave", frames: int = 25, *, loop: bool = True) -> Clip:
    """The right arm swings; one cycle, so that the first frame follows the last."""
    rig = skeleton()
    phase = 2 * np.pi * np.arange(frames) / frames
    rotations = np.tile(transforms.IDENTITY.astype(np.float32), (frames, len(JOINTS), 1))
    turn = transforms.from_axis_angle(np.tile([0.0, 0, 1], (frames, 1)), 0.6 * np.sin(phase))
    rotations[:, rig.index("rightUpperArm")] = turn.astype(np.float32)
    hips = np.tile(rig.offsets[rig.index("hips")], (frames, 1))
    return Clip(name, 24.0, rotations, np.zeros((frames, 3), np.float32), hips, loop=loop)


def stride(frames: int = 31) -> Clip:
    """The root travels and turns by more than half a turn, so that signs need care."""
    base = wave("stride", frames, loop=False)
    rotations = base.rotations.copy()
    yaw = np.linspace(0, 1.5 * np.pi, frames)
    rotations[:, 0] = transforms.from_axis_angle(np.tile([0.0, 1, 0], (frames, 1)), yaw)
    root = np.stack([np.zeros(frames), np.zeros(frames), np.linspace(0, 1, frames)], axis=1)
    return Clip("stride", 30.0, rotations, root.astype(np.float32), base.hips_positions)


def box_humanoid() -> Character:
    """The whole figure."""
    rig = skeleton()
    skin, teeth = _materials()
    body, body_skin = _body(rig)
    head = box(np.array([-0.09, 1.5, -0.1]), np.array([0.09, HEIGHT, 0.1]), CELLS - 1, CELLS)
    jaw = box(np.array([-0.03, 1.55, 0.08]), np.array([0.03, 1.57, 0.105]), 0, 1)
    parts = (
        Part("body", "body", "body", body, body_skin, skin),
        Part(
            "face",
            "face",
            "body",
            head,
            _rigid(head, "head"),
            skin,
            _morphs(head, all_of_them=True),
        ),
        Part(
            "teeth",
            "face",
            "mouth",
            jaw,
            _rigid(jaw, "head"),
            teeth,
            _morphs(jaw, all_of_them=False),
        ),
    )
    return Character("box humanoid", rig, parts, (wave(), stride()), HEIGHT)
