# SPDX-License-Identifier: Apache-2.0
"""Pictures of an object as it is in its file: textures, normal map, studio light."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from gen3d.export.gltf_read import read_glb
from gen3d.export.object_gltf import to_object
from gen3d.render.mesh import PerVertex, Surface, Texels, render_mesh
from gen3d.render.photo import DISTANCE, FOV_DEG
from gen3d.render.shot import Shot, picture
from gen3d.render.silhouette import Edges, edges_of
from gen3d.render.studio import StudioLight, lit_alike, to_linear
from gen3d.render.views import Views, orbit
from gen3d.types import Material, ObjectAsset, ObjectPart, Texture

MIPS = 4
SHEET_AZIMUTHS_DEG = (25.0, 115.0, 205.0, 295.0)


def load_object(path: Path) -> ObjectAsset:
    """Read an ``object.glb``."""
    return to_object(read_glb(path))


def part_surface(part: ObjectPart) -> Surface:
    """What the renderer needs to know of a part's material."""
    material = part.material
    uvs = PerVertex(torch.from_numpy(part.mesh.uvs))
    normals = PerVertex(torch.from_numpy(part.mesh.normals))
    packed = material.metallic_roughness_texture
    return Surface(
        albedo=_albedo(material),
        roughness=_channel(packed, 1, material.roughness),
        metallic=_channel(packed, 2, material.metallic),
        uvs=uvs,
        normals=normals,
        normal_map=_texels(material.normal_texture) if material.normal_texture else None,
    )


def _albedo(material: Material) -> Texels | float:
    factor = torch.tensor(material.base_color[:3])
    if material.base_color_texture is None:
        return Texels(factor.reshape(1, 1, 3))
    pixels = torch.from_numpy(material.base_color_texture.pixels[..., :3].copy()).float() / 255.0
    return Texels(to_linear(pixels) * factor, MIPS)


def _texels(texture: Texture) -> Texels:
    return Texels(torch.from_numpy(texture.pixels[..., :3].copy()).float() / 255.0, MIPS)


def _channel(texture: Texture | None, channel: int, factor: float) -> Texels | float:
    if texture is None:
        return factor
    pixels = torch.from_numpy(texture.pixels[..., channel : channel + 1].copy()).float()
    return Texels(pixels / 255.0 * factor, MIPS)


@dataclass(frozen=True)
class Prepared:
    """An object of one part as tensors, ready for many pictures."""

    verts: Float[Tensor, "verts 3"]
    faces: Int[Tensor, "faces 3"]
    surface: Surface
    edges: Edges


def prepared(asset: ObjectAsset) -> Prepared:
    """Read an object's arrays and pictures once."""
    (part,) = asset.parts
    verts, faces = torch.from_numpy(part.mesh.verts), torch.from_numpy(part.mesh.faces)
    return Prepared(verts, faces, part_surface(part), edges_of(verts, faces))


@torch.no_grad()
def show_object(thing: Prepared, views: Views, light: StudioLight) -> Shot:
    """Render an object in the unit frame."""
    return render_mesh(thing.verts, thing.faces, views, light, thing.surface, edges=thing.edges)


def turntable(
    thing: Prepared, light: StudioLight, frames: int, size_px: int, elevation_deg: float = 16.0
) -> Iterator[UInt8[np.ndarray, "height width 3"]]:
    """Frames of one turn, a view at a time."""
    for index in range(frames):
        azimuth = torch.tensor([25.0 + 360.0 * index / frames])
        yield bytes_of(thing, light, azimuth, size_px, elevation_deg)[0]


def sheet(thing: Prepared, light: StudioLight, size_px: int) -> UInt8[np.ndarray, "height width 3"]:
    """Four sides in two rows."""
    shown = bytes_of(thing, light, torch.tensor(SHEET_AZIMUTHS_DEG), size_px, 16.0)
    return np.concatenate([np.concatenate(shown[:2], 1), np.concatenate(shown[2:], 1)], 0)


def bytes_of(
    thing: Prepared,
    light: StudioLight,
    azimuth_deg: Float[Tensor, "views"],
    size_px: int,
    elevation_deg: float,
) -> UInt8[np.ndarray, "views height width 3"]:
    """Pictures on a soft grey ground."""
    same = torch.ones_like(azimuth_deg)
    views = orbit(azimuth_deg, elevation_deg * same, DISTANCE * same, FOV_DEG * same, size_px)
    lights = lit_alike(light, torch.zeros(len(views), dtype=torch.long))
    fall = torch.linspace(0.93, 0.74, size_px)[None, :, None, None]
    behind = fall.expand(len(views), size_px, size_px, 3)
    shown = picture(show_object(thing, views, lights), behind)
    return (shown.permute(0, 2, 3, 1) * 255.0).round().to(torch.uint8).numpy()
