# SPDX-License-Identifier: Apache-2.0
"""Characters as other tools hand them over: their bones' names, one atlas, no telling names."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from gen3d.export.container import pack, unpack
from gen3d.types import Character, Material, Mesh, Part, Skin, Texture

Row = dict[str, Any]


def one_atlas(character: Character, cell_px: int = 512) -> Character:
    """The same figure as a single mesh with a single picture and no names, as Mixamo's are."""
    parts = [part for part in character.parts if part.slot not in {"lash"}]
    side = int(np.ceil(np.sqrt(len(parts))))
    size = 1 << int(np.ceil(np.log2(side * cell_px)))
    cell = size // side
    atlas = np.full((size, size, 3), 128, np.uint8)
    uvs: list[np.ndarray] = []
    for number, part in enumerate(parts):
        row, column = divmod(number, side)
        atlas[row * cell : (row + 1) * cell, column * cell : (column + 1) * cell] = _picture(
            part.material, cell
        )
        at = np.array([column, row]) * cell
        uvs.append((at + (part.mesh.uvs % 1.0001) * cell) / size)
    material = Material("Ch36_Body", base_color_texture=Texture("Ch36_1001_Diffuse", atlas))
    return replace(character, parts=(_joined(parts, uvs, material),))


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
