# SPDX-License-Identifier: Apache-2.0
"""Characters as other tools hand them over: their bones' names, one atlas, no telling names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from gen3d.body import Body
from gen3d.body.surface import base_part
from gen3d.export.container import pack, unpack
from gen3d.skeleton import JOINTS
from gen3d.spec import BodySpec, GarmentSpec
from gen3d.types import Character, Clip, Material, Mesh, Part, Skin, Texture
from gen3d.wardrobe.outfit import dress
from gen3d.wardrobe.texels import dilate, rasterise

Row = dict[str, Any]
Regions = dict[str, dict[str, np.ndarray]]
"""Name of a picture to what its texels are: ``skin``, ``upper``… to a mask."""
_PLACES = {"body": "skin", "long_sleeved_shirt": "upper", "trousers": "lower", "shoes": "feet"}
_VROID = {
    "skin": "N00_000_00_Body_00_SKIN (Instance)",
    "upper": "N00_002_03_Tops_01_CLOTH (Instance)",
    "lower": "N00_001_01_Bottoms_01_CLOTH (Instance)",
    "feet": "N00_008_01_Shoes_01_CLOTH (Instance)",
}


def bare_man() -> tuple[Character, Part]:
    """A man's skeleton and his skin."""
    shaped = Body.load().with_shape(BodySpec(height=1.8))
    skin = base_part(shaped, ("body",), name="Skin", group="Body", slot="body", material=_skin())
    return Character("man", shaped.skeleton, (), (), shaped.height), skin


def _skin() -> Material:
    noise = np.random.default_rng(1).integers(-4, 5, (256, 256, 1))
    pixels = (np.array(SKIN) + noise).astype(np.uint8)
    return Material("skin", base_color_texture=Texture("skin", pixels))


def dressed_man(side_px: int = 256) -> Character:
    """The same man in a shirt, trousers and shoes."""
    shaped = Body.load().with_shape(BodySpec(height=1.8))
    kinds = (
        GarmentSpec(kind="long_sleeved_shirt", color=(0.6, 0.55, 0.2)),
        GarmentSpec(kind="trousers", color=(0.05, 0.06, 0.15)),
        GarmentSpec(kind="shoes", color=(0.15, 0.06, 0.02)),
    )
    outfit = dress(shaped, kinds, 0)
    kept = {"body": outfit.skin_kept}
    skin = base_part(
        shaped, ("body",), name="Skin", group="Body", slot="body", material=_skin(), kept=kept
    )
    parts = [
        replace(part, material=_small(part.material, side_px)) for part in (skin, *outfit.parts)
    ]
    return Character("man", shaped.skeleton, tuple(parts), (), shaped.height)


def _small(material: Material, side: int) -> Material:
    """The same with small pictures."""
    slots = ("base_color_texture", "metallic_roughness_texture", "normal_texture")
    found = {slot: getattr(material, slot) for slot in slots}
    changes = {
        slot: Texture(t.name, np.asarray(PIL.Image.fromarray(t.pixels).resize((side, side))))
        for slot, t in found.items()
        if t is not None
    }
    return replace(material, **changes)


def one_atlas(character: Character, cell_px: int = 512) -> tuple[Character, Regions]:
    """The same figure as a single mesh with a single picture and no names, as Mixamo's are."""
    parts = [part for part in character.parts if part.slot not in {"lash", "brow"}]
    side = int(np.ceil(np.sqrt(len(parts))))
    size = 1 << int(np.ceil(np.log2(side * cell_px)))
    cell = size // side
    atlas = np.full((size, size, 3), 128, np.uint8)
    uvs: list[np.ndarray] = []
    regions: dict[str, np.ndarray] = {}
    for number, part in enumerate(parts):
        row, column = divmod(number, side)
        atlas[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell] = _picture(
            part.material, cell
        )
        at = np.array([column, row]) * cell
        uvs.append((at + (part.mesh.uvs % 1.0001) * cell) / size)
        covered = rasterise(uvs[-1].astype(np.float64), part.mesh.faces, size).mask
        name = _PLACES.get(part.slot, part.slot)
        regions[name] = regions.get(name, np.zeros_like(covered)) | covered
    material = Material("Ch36_Body", base_color_texture=Texture("Ch36_1001_Diffuse", atlas))
    joined = replace(character, parts=(_joined(parts, uvs, material),))
    return joined, {"images.000": regions}


def as_vrm(path: Path, character: Character, to: Path) -> Regions:
    """A copy with VRoid's names for materials, and the humanoid's bones in the extension."""
    names = {part.material.name: _PLACES[part.slot] for part in character.parts}
    regions: Regions = {}
    for part in character.parts:
        texture = part.material.base_color_texture
        if texture is not None:
            mask = rasterise(part.mesh.uvs, part.mesh.faces, len(texture.pixels)).mask
            regions[texture.name] = {names[part.material.name]: mask}

    def change(content: Row) -> None:
        bones = {n["name"]: i for i, n in enumerate(content["nodes"]) if n.get("name") in JOINTS}
        pictures = [row["name"] for row in content["images"]]
        places = [_VROID[names[row["name"]]] for row in content["materials"]]
        without_our_names(content)
        for row, name in zip(content["images"], pictures, strict=True):
            row["name"] = name
        for row, name in zip(content["materials"], places, strict=True):
            row["name"] = name
        humanoid = {bone: {"node": node} for bone, node in bones.items() if bone != "root"}
        for bone, node in bones.items():
            content["nodes"][node]["name"] = f"J_{hash_of(bone)}"
        content["extensionsUsed"] = [*content.get("extensionsUsed", []), "VRMC_vrm"]
        content["extensions"] = {"VRMC_vrm": {"humanoid": {"humanBones": humanoid}}}

    edited(path, change, to)
    return regions


def hash_of(name: str) -> str:
    """A name that says nothing."""
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def with_a_clip(character: Character) -> Character:
    """The figure with a short motion."""
    joints, frames = len(character.skeleton.names), 5
    turns = np.tile(np.array([1.0, 0.0, 0.0, 0.0], np.float32), (frames, joints, 1))
    angle = np.linspace(0.0, 0.5, frames)
    arm = character.skeleton.index("leftUpperArm")
    turns[:, arm] = np.stack([np.cos(angle), 0 * angle, 0 * angle, -np.sin(angle)], axis=1)
    rest = character.skeleton.offsets
    places = [np.tile(rest[character.skeleton.index(n)], (frames, 1)) for n in ("root", "hips")]
    clip = Clip("lift", 24.0, turns, places[0], places[1])
    return replace(character, clips=(clip,))


def _picture(material: Material, side: int) -> np.ndarray:
    pixels = np.full((1, 1, 3), 255, np.uint8)
    if material.base_color_texture is not None:
        pixels = material.base_color_texture.pixels[..., :3]
    shown = PIL.Image.fromarray(np.ascontiguousarray(pixels)).resize((side, side))
    factor = np.array(material.base_color[:3]) ** (1 / 2.2)
    return (np.asarray(shown) * factor).astype(np.uint8)


def _joined(parts: list[Part], uvs: list[np.ndarray], material: Material) -> Part:
    starts = np.cumsum([0, *(len(part.mesh.verts) for part in parts)])
    faces = [p.mesh.faces + np.int32(s) for p, s in zip(parts, starts, strict=False)]
    mesh = Mesh(
        np.concatenate([part.mesh.verts for part in parts]),
        np.concatenate(faces).astype(np.int32),
        np.concatenate([part.mesh.normals for part in parts]),
        np.concatenate(uvs).astype(np.float32),
    )
    skin = Skin(
        np.concatenate([part.skin.joints for part in parts]),
        np.concatenate([part.skin.weights for part in parts]),
    )
    return Part("Ch36", "Ch36", "Ch36", mesh, skin, material)


def edited(path: Path, change: Callable[[Row], None], to: Path) -> Path:
    """A copy of a GLB whose JSON somebody changed."""
    text, binary = unpack(path.read_bytes(), path.name)
    content: Row = json.loads(text)
    change(content)
    to.write_bytes(pack(json.dumps(content).encode(), binary))
    return to


def without_our_names(content: Row) -> None:
    """No extras, and the names of pieces and materials gone."""
    content["asset"].pop("extras", None)
    for number, mesh in enumerate(content["meshes"]):
        mesh["name"] = f"Object_{number}"
        for primitive in mesh["primitives"]:
            primitive.pop("extras", None)
    for key in ("materials", "images"):
        for number, row in enumerate(content.get(key, [])):
            row["name"] = f"{key}.{number:03d}"
    joints = {joint for skin in content["skins"] for joint in skin["joints"]}
    for number, node in enumerate(content["nodes"]):
        if number not in joints:
            node["name"] = f"Node.{number:03d}"


SHIRT, TROUSERS, SHOES, SKIN, HAIR = (
    *((52, 84, 150), (96, 92, 84), (60, 44, 36)),
    *((205, 160, 132), (70, 48, 30)),
)
"""Colours of :func:`painted_on`, sRGB bytes."""


def painted_on(character: Character, bare: Part, size_px: int = 512) -> tuple[Character, Regions]:
    """A bare body whose one picture has clothes painted on it, and which texel is what.

    Args:
        character: Whose skeleton it is.
        bare: The skin with its own UV layout.
        size_px: Side of the picture.
    """
    texels = rasterise(bare.mesh.uvs, bare.mesh.faces, size_px)
    points = texels.sample(bare.mesh.verts)
    at = {name: character.skeleton.positions[character.skeleton.index(name)] for name in _AT}
    x, y = np.abs(points[:, 0]), points[:, 1]
    hand, hips, foot, head = (at[name] for name in _AT[:4])
    number = np.zeros(len(points), np.int64)
    number[(y > hips[1] + 0.08) & (y < at["neck"][1] + 0.02) & (x < hand[0] - 0.03)] = 1
    number[y <= hips[1] + 0.08] = 2
    number[(y <= hips[1] + 0.08) & (x > hand[0] - 0.2)] = 0
    number[y < foot[1] + 0.03] = 3
    up = (y - head[1]) / (points[:, 1].max() - head[1])
    number[(up > 0.8) | ((up > 0.35) & (points[:, 2] < head[2] - 0.01))] = 4
    folds = 1.0 + 0.06 * np.sin(40.0 * points[:, :1] + 25.0 * points[:, 1:2])
    colours = np.array([SKIN, SHIRT, TROUSERS, SHOES, HAIR])[number] * folds
    picture = dilate(texels.spread(colours.astype(np.float32)), texels.mask, 4)
    texture = Texture("diffuse", np.clip(picture, 0, 255).astype(np.uint8))
    material = Material("Material.001", base_color_texture=texture)
    part = replace(bare, name="x", group="Body", slot="x", material=material)
    whole = texels.spread(number[:, None].astype(np.float32), fill=-1.0)[..., 0].astype(np.int64)
    regions = {name: whole == index for index, name in enumerate(_PAINTED)}
    return replace(character, parts=(part,), clips=()), {"images.000": regions}


_PAINTED = ("skin", "upper", "lower", "feet", "hair")
_AT = ("leftHand", "hips", "leftFoot", "head", "neck")
