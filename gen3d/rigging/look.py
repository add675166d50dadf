# SPDX-License-Identifier: Apache-2.0
"""A rigged file as a character that previews can draw, and a motion that shows what its rig can do.

Figures of other tools lack normals, UVs or materials; plain ones stand in, for the picture only.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import PIL.Image
from jaxtyping import Float

from gen3d import transforms
from gen3d.body.surface import vertex_normals
from gen3d.errors import Gen3dError
from gen3d.export.document import Document, PrimitiveData
from gen3d.export.gltf_read import materials_of
from gen3d.skeleton import JOINTS, PARENTS
from gen3d.types import Character, Clip, Material, Mesh, Part, Skeleton, Skin, Texture

_LARGEST_PX = 1024
_FPS, _FRAMES = 24.0, 72
_PLAIN = Material("plain", base_color=(0.6, 0.6, 0.6, 1.0), double_sided=True)

Aims = dict[str, tuple[float, float, float]]
"""Bone to where it points, world directions of a figure that faces +Z."""
_HINGED = {"UpperArm": "LowerArm", "LowerArm": "Hand", "UpperLeg": "LowerLeg", "LowerLeg": "Foot"}
_MOMENTS: tuple[Aims, ...] = (
    {
        "leftUpperArm": (1.0, 0.0, 0.0),
        "leftLowerArm": (1.0, 0.0, 0.0),
        "rightUpperArm": (-1.0, 0.0, 0.0),
        "rightLowerArm": (-1.0, 0.0, 0.0),
    },
    {
        "leftUpperArm": (0.35, -1.0, 0.1),
        "leftLowerArm": (0.2, -0.9, 0.35),
        "rightUpperArm": (-0.9, 0.35, 0.1),
        "rightLowerArm": (-0.2, 1.0, 0.2),
    },
    {
        "leftUpperArm": (0.3, -0.3, 1.0),
        "leftLowerArm": (0.1, 0.0, 1.0),
        "rightUpperArm": (-0.3, -0.3, 1.0),
        "rightLowerArm": (-0.1, 0.0, 1.0),
        "leftUpperLeg": (0.25, -0.6, 0.8),
        "leftLowerLeg": (0.0, -1.0, -0.45),
        "rightUpperLeg": (-0.25, -0.6, 0.8),
        "rightLowerLeg": (0.0, -1.0, -0.45),
    },
    {
        "leftUpperArm": (0.25, -1.0, -0.5),
        "leftLowerArm": (0.1, -0.8, 0.3),
        "rightUpperArm": (-0.25, -1.0, 0.5),
        "rightLowerArm": (-0.1, -0.5, 0.9),
        "leftUpperLeg": (0.05, -1.0, 0.5),
        "leftLowerLeg": (0.05, -1.0, 0.1),
        "rightUpperLeg": (-0.05, -1.0, -0.25),
        "rightLowerLeg": (-0.05, -0.8, -0.6),
    },
)
"""Arms out, a wave, a squat, a stride."""


def as_character(document: Document) -> Character:
    """The skinned figure of a file that :mod:`gen3d.rigging.write` wrote.

    Raises:
        Gen3dError: It holds something else, or a picture is damaged.
    """
    joints = document.skins[0].joints
    if len(joints) != len(JOINTS):
        raise Gen3dError("The file was not rigged by gen3d.", "Run gen3d avatar --rig again.")
    positions = document.T_world_node[list(joints), :3, 3].astype(np.float32)
    surfaces = [small_pictures(material) for material in materials_of(document)]
    parts: list[Part] = []
    for node in document.nodes:
        if node.mesh is None or node.skin is None:
            continue
        # The root rests at the origin, so what takes vertices to it takes them to the world.
        matrix = document.skins[node.skin].T_joint_rest[0]
        for primitive in document.meshes[node.mesh].primitives:
            if len(primitive.faces):
                parts.append(_part(f"part{len(parts)}", primitive, matrix, surfaces))
    height = max(float(part.mesh.verts[:, 1].max()) for part in parts)
    return Character(document.name, Skeleton(JOINTS, PARENTS, positions), tuple(parts), (), height)


def _part(
    name: str, primitive: PrimitiveData, matrix: Float[np.ndarray, "4 4"], surfaces: list[Material]
) -> Part:
    arrays = primitive.attributes
    verts = (primitive.verts @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32)
    normals = vertex_normals(verts, primitive.faces)
    if "NORMAL" in arrays:
        normals = transforms.normalize(arrays["NORMAL"] @ matrix[:3, :3].T).astype(np.float32)
    flat = np.zeros((len(verts), 2), np.float32)
    uvs = arrays.get("TEXCOORD_0", flat).astype(np.float32)
    material = _PLAIN if primitive.material is None else surfaces[primitive.material]
    skin = Skin(arrays["JOINTS_0"].astype(np.uint16), arrays["WEIGHTS_0"].astype(np.float32))
    mesh = Mesh(verts, primitive.faces, normals, uvs)
    return Part(name, "figure", "figure", mesh, skin, material)


def small_pictures(material: Material) -> Material:
    """The same with pictures whose sides are powers of two, none of them large."""
    slots = ("base_color_texture", "metallic_roughness_texture", "normal_texture")
    pictures = {slot: getattr(material, slot) for slot in slots}
    return replace(material, **{slot: _resized(t) for slot, t in pictures.items() if t})


def _resized(texture: Texture) -> Texture:
    height, width = texture.pixels.shape[:2]
    sides = [min(_LARGEST_PX, 1 << (side - 1).bit_length()) for side in (width, height)]
    if sides == [width, height]:
        return texture
    picture = PIL.Image.fromarray(texture.pixels).resize((sides[0], sides[1]))
    return Texture(texture.name, np.asarray(picture))


def proof_clip(skeleton: Skeleton) -> Clip:
    """Arms out, a wave, a squat and a stride, from any resting pose, feet on the ground.

    Args:
        skeleton: Of 55 joints that rest unrotated, facing +Z.
    """
    poses = np.stack([_aimed(skeleton, aims) for aims in _MOMENTS])
    at = (np.arange(_FRAMES) / (_FRAMES - 1)) * len(poses) - 0.5
    first = np.clip(np.floor(at).astype(np.int64), 0, len(poses) - 1)
    second = np.clip(first + 1, 0, len(poses) - 1)
    share = np.clip(at - first, 0.0, 1.0)
    # A pose holds for a while on both sides of its moment.
    share = np.clip(2.0 * share - 0.5, 0.0, 1.0)
    rotations = transforms.slerp(poses[first], poses[second], share[:, None])
    hips = _grounded(skeleton, rotations)
    return Clip(
        name="proof",
        fps=_FPS,
        rotations=rotations.astype(np.float32),
        root_positions=np.zeros((_FRAMES, 3), np.float32),
        hips_positions=hips.astype(np.float32),
    )


def _aimed(skeleton: Skeleton, aims: Aims) -> Float[np.ndarray, "joints 4"]:
    """Local rotations that point some bones somewhere; the others keep to their parents."""
    world = np.tile(transforms.IDENTITY, (len(JOINTS), 1))
    local = world.copy()
    for joint, name in enumerate(JOINTS):
        parent = PARENTS[joint]
        if parent < 0:
            continue
        world[joint] = world[parent]
        side = name[: 4 if name.startswith("left") else 5]
        if name in aims:
            child = JOINTS.index(side + _HINGED[name.removeprefix(side)])
            bone = transforms.normalize(skeleton.positions[child] - skeleton.positions[joint])
            aim = transforms.normalize(np.array(aims[name], dtype=np.float64))
            world[joint] = transforms.between(bone.astype(np.float64), aim)
        elif name.endswith("Foot"):
            world[joint] = transforms.IDENTITY
        local[joint] = transforms.multiply(transforms.conjugate(world[parent]), world[joint])
    return local


def _grounded(
    skeleton: Skeleton, rotations: Float[np.ndarray, "frames joints 4"]
) -> Float[np.ndarray, "frames 3"]:
    """Places of the hips at which the lower foot stands as high as it rests."""
    local = np.tile(skeleton.offsets[None], (len(rotations), 1, 1))
    _, places = transforms.forward_kinematics(PARENTS, rotations, local)
    feet = [JOINTS.index(f"{side}Foot") for side in ("left", "right")]
    sunk = places[:, feet, 1].min(axis=1) - skeleton.positions[feet, 1].min()
    hips = np.tile(skeleton.offsets[JOINTS.index("hips")], (len(rotations), 1)).astype(np.float64)
    hips[:, 1] -= sunk
    return hips
