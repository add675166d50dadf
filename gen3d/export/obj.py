# SPDX-License-Identifier: Apache-2.0
"""A character at rest as Wavefront OBJ with an MTL: geometry, UVs, normals and pictures, no bones.

Metres, +Y up; the origin of V is at the bottom in this format. MTL's ``Pm``, ``Pr``, ``map_Pm``,
``map_Pr`` and ``norm`` are the usual extension for metallic-roughness surfaces.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from gen3d.atomic import write_whole
from gen3d.export.container import write_bytes
from gen3d.export.gltf import unit_normals
from gen3d.export.images import encode_png
from gen3d.types import Character, Material, Part, Texture

FOLDER = "textures"


def write_obj(character: Character, path: Path) -> list[Path]:
    """Write ``path``, the MTL beside it and the pictures in ``textures``; return all of them."""
    materials = list({id(part.material): part.material for part in character.parts}.values())
    library = path.with_suffix(".mtl")
    pictures = [file for material in materials for file in _pictures(material, path.parent)]
    write_whole(library, "\n".join(line for m in materials for line in _material(m)) + "\n")
    write_whole(path, "\n".join(_lines(character, library.name)) + "\n")
    return [path, library, *pictures]


def _lines(character: Character, library: str) -> Iterator[str]:
    yield f"# {character.name}: metres, +Y up, facing +Z"
    yield f"mtllib {library}"
    start = 1
    for part in character.parts:
        yield from _part(part, start)
        start += len(part.mesh.verts)


def _part(part: Part, start: int) -> Iterator[str]:
    mesh = part.mesh
    yield f"o {part.name}"
    yield from ("v {:.6f} {:.6f} {:.6f}".format(*row) for row in mesh.verts.tolist())
    yield from (f"vt {u:.6f} {1.0 - v:.6f}" for u, v in mesh.uvs.tolist())
    yield from ("vn {:.5f} {:.5f} {:.5f}".format(*row) for row in unit_normals(mesh).tolist())
    yield f"usemtl {part.material.name}"
    for a, b, c in (mesh.faces + start).tolist():
        yield f"f {a}/{a}/{a} {b}/{b}/{b} {c}/{c}/{c}"


def _material(material: Material) -> Iterator[str]:
    red, green, blue, alpha = material.base_color
    yield f"newmtl {material.name}"
    yield f"Kd {red:.4f} {green:.4f} {blue:.4f}"
    yield f"d {alpha:.4f}"
    yield f"Pr {material.roughness:.4f}"
    yield f"Pm {material.metallic:.4f}"
    yield "Ke {:.4f} {:.4f} {:.4f}".format(*material.emissive)
    color = material.base_color_texture
    if color is not None:
        yield f"map_Kd {FOLDER}/{color.name}.png"
        if material.alpha_mode != "OPAQUE":
            yield f"map_d {FOLDER}/{color.name}_alpha.png"
    surface = material.metallic_roughness_texture
    if surface is not None:
        yield f"map_Pr {FOLDER}/{surface.name}_roughness.png"
        yield f"map_Pm {FOLDER}/{surface.name}_metallic.png"
    if material.normal_texture is not None:
        yield f"norm {FOLDER}/{material.normal_texture.name}.png"


def _pictures(material: Material, folder: Path) -> list[Path]:
    """The material's textures; what MTL wants in a picture of its own is taken apart."""
    textures: list[Texture] = []
    color, surface = material.base_color_texture, material.metallic_roughness_texture
    if color is not None:
        textures.append(color)
        if material.alpha_mode != "OPAQUE" and color.pixels.shape[2] == 4:
            textures.append(_channel(color, 3, "alpha"))
    if surface is not None:
        textures += [_channel(surface, 1, "roughness"), _channel(surface, 2, "metallic")]
    if material.normal_texture is not None:
        textures.append(material.normal_texture)
    paths = [folder / FOLDER / f"{texture.name}.png" for texture in textures]
    for path, texture in zip(paths, textures, strict=True):
        write_bytes(path, encode_png(texture))
    return paths


def _channel(texture: Texture, channel: int, name: str) -> Texture:
    pixels = np.repeat(texture.pixels[..., channel : channel + 1], 3, axis=2)
    return replace(texture, name=f"{texture.name}_{name}", pixels=pixels)
