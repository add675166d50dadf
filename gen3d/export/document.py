# SPDX-License-Identifier: Apache-2.0
"""A glTF file as values: nodes, meshes, skins, clips and pictures with every reference followed.

Nothing is interpreted as a character here (:mod:`gen3d.export.gltf_read` does that), so that any
self-contained GLB without compressed geometry can be looked at, a static object too.
"""

from __future__ import annotations

import functools
import io
import struct
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import PIL.Image
from jaxtyping import Float32, Float64, Int32, UInt8

from gen3d.export import schema
from gen3d.export.accessors import damaged, pick

_LARGEST_SIDE_PX = 16384
_PICTURE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    IndexError,
    KeyError,
    OverflowError,
    MemoryError,
    struct.error,
    PIL.Image.DecompressionBombError,
    PIL.Image.DecompressionBombWarning,
)
"""What Pillow is known to raise on damaged or outsized pictures."""


@dataclass(frozen=True)
class Picture:
    """An embedded image file."""

    name: str
    mime: str
    data: bytes

    @functools.cached_property
    def pixels(self) -> UInt8[np.ndarray, "height width channels"]:
        """Decoded bytes, 3 or 4 channels."""
        try:
            with PIL.Image.open(io.BytesIO(self.data)) as picture:
                if max(picture.size) > _LARGEST_SIDE_PX:
                    raise damaged(f"picture {self.name!r} is {picture.size} pixels large")
                opaque = picture.mode in {"L", "RGB", "1", "I", "I;16"}
                return np.array(picture.convert("RGB" if opaque else "RGBA"))
        except _PICTURE_ERRORS as error:
            raise damaged(f"picture {self.name!r} cannot be decoded ({error})") from error


@dataclass(frozen=True)
class NodeData:
    """One node; ``T_parent_node`` acts on column vectors."""

    name: str
    parent: int
    mesh: int | None
    skin: int | None
    T_parent_node: Float64[np.ndarray, "4 4"]


@dataclass(frozen=True)
class PrimitiveData:
    """One primitive; ``faces`` is empty for points and lines."""

    attributes: Mapping[str, np.ndarray]
    faces: Int32[np.ndarray, "faces 3"]
    material: int | None
    targets: tuple[Mapping[str, np.ndarray], ...]
    extras: Mapping[str, object]

    @property
    def verts(self) -> Float32[np.ndarray, "verts 3"]:
        """Positions as stored."""
        return self.attributes["POSITION"]


@dataclass(frozen=True)
class MeshData:
    """One mesh and the names of its morph targets (empty when the file gives none)."""

    name: str
    primitives: tuple[PrimitiveData, ...]
    target_names: tuple[str, ...]


@dataclass(frozen=True)
class SkinData:
    """Joints (node numbers) and the matrices that take rest vertices to each joint's frame."""

    name: str
    joints: tuple[int, ...]
    T_joint_rest: Float64[np.ndarray, "joints 4 4"]


@dataclass(frozen=True)
class TrackData:
    """Keys of one property of one node; rotations xyzw as stored."""

    node: int
    path: str
    times: Float32[np.ndarray, "keys"]
    values: Float32[np.ndarray, "keys _"]
    interpolation: schema.Interpolation


@dataclass(frozen=True)
class AnimationData:
    """One clip."""

    name: str
    tracks: tuple[TrackData, ...]
    extras: Mapping[str, object]

    @property
    def seconds(self) -> float:
        """Time of the last key."""
        return max(float(track.times[-1]) for track in self.tracks)


@dataclass(frozen=True)
class Document:
    """A whole file."""

    name: str
    size_bytes: int
    gltf: schema.Gltf
    nodes: tuple[NodeData, ...]
    meshes: tuple[MeshData, ...]
    skins: tuple[SkinData, ...]
    animations: tuple[AnimationData, ...]
    pictures: tuple[Picture, ...]

    @property
    def materials(self) -> tuple[schema.Material, ...]:
        """Materials as stored."""
        return self.gltf.materials or ()

    def decode_pictures(self) -> None:
        """Decode every picture now, side by side (Pillow works outside Python's lock).

        Raises:
            Gen3dError: One is damaged.
        """
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda picture: picture.pixels, self.pictures))

    def picture_of(self, info: schema.TextureInfo | None) -> int | None:
        """Number of the picture that a material's slot shows."""
        if info is None:
            return None
        return pick(self.gltf.textures, info.index, "texture").source

    @functools.cached_property
    def parents_first(self) -> tuple[int, ...]:
        """Node numbers, each after its parent."""
        order: dict[int, None] = {}
        for start in range(len(self.nodes)):
            chain = [start]
            while self.nodes[chain[-1]].parent >= 0 and chain[-1] not in order:
                chain.append(self.nodes[chain[-1]].parent)
            order.update(dict.fromkeys(reversed(chain)))
        return tuple(order)

    @functools.cached_property
    def T_world_node(self) -> Float64[np.ndarray, "nodes 4 4"]:  # noqa: N802 - frames in the name
        """World matrix of every node at rest."""
        world = np.zeros((len(self.nodes), 4, 4))
        for index in self.parents_first:
            node = self.nodes[index]
            above = world[node.parent] if node.parent >= 0 else np.eye(4)
            world[index] = above @ node.T_parent_node
        return world


def mapping_of(extras: object) -> Mapping[str, object]:
    """``extras`` as a mapping: empty when it is anything else."""
    if not isinstance(extras, dict):
        return {}
    return {str(key): value for key, value in extras.items()}


def texture_slots(material: schema.Material) -> dict[str, schema.TextureInfo]:
    """Textures of a material by slot: ``color``, ``emissive`` (sRGB), and linear data."""
    pbr = material.pbr_metallic_roughness or schema.MetallicRoughness()
    slots = {
        "color": pbr.base_color_texture,
        "emissive": material.emissive_texture,
        "metallic_roughness": pbr.metallic_roughness_texture,
        "normal": material.normal_texture,
        "occlusion": material.occlusion_texture,
    }
    return {slot: info for slot, info in slots.items() if info is not None}
