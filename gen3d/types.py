# SPDX-License-Identifier: Apache-2.0
"""The nouns that every stage hands to the next: textures, meshes, skins, clips, characters.

Conventions: world +Y up, +Z forward, metres, right-handed; rest pose is the T-pose facing +Z with
the soles at y = 0; every joint's rest rotation is the identity, so a rest local translation is the
difference of two rest positions. Quaternions are wxyz. Colours: textures that hold base colour are
sRGB bytes, factors are linear. UV origin is top-left (glTF 2.0).

These are *assets*: plain NumPy arrays, what a file holds. Differentiable stages convert to tensors
on entry. All values are immutable by convention: no stage writes into an array that it received.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float32, Int32, UInt8, UInt16

AlphaMode = Literal["OPAQUE", "MASK", "BLEND"]


@dataclass(frozen=True)
class Texture:
    """An 8-bit picture, either colour (sRGB) or data (linear), by the slot that refers to it."""

    name: str
    pixels: UInt8[np.ndarray, "height width channels"]
    """3 channels, or 4 with alpha; sides are powers of two."""


@dataclass(frozen=True)
class Material:
    """glTF 2.0 metallic-roughness material."""

    name: str
    base_color: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    """Linear factor, multiplied with the texture."""
    metallic: float = 0.0
    roughness: float = 0.8
    emissive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    base_color_texture: Texture | None = None
    metallic_roughness_texture: Texture | None = None
    """G = roughness, B = metalness, linear; R = 255."""
    normal_texture: Texture | None = None
    """Tangent space, OpenGL (+Y up) convention."""
    double_sided: bool = False
    alpha_mode: AlphaMode = "OPAQUE"
    alpha_cutoff: float = 0.5


@dataclass(frozen=True)
class Mesh:
    """Triangles with one normal and one UV per vertex (seams are split)."""

    verts: Float32[np.ndarray, "verts 3"]
    faces: Int32[np.ndarray, "faces 3"]
    """Counter-clockwise seen from outside."""
    normals: Float32[np.ndarray, "verts 3"]
    uvs: Float32[np.ndarray, "verts 2"]


@dataclass(frozen=True)
class Skin:
    """At most four influences a vertex: weights >= 0, sum 1; unused slots are joint 0, weight 0."""

    joints: UInt16[np.ndarray, "verts 4"]
    weights: Float32[np.ndarray, "verts 4"]


@dataclass(frozen=True)
class Part:
    """One skinned, textured piece of a character (skin, an eye, a garment, hair)."""

    name: str
    group: str
    """Parts of one group become the primitives of one glTF mesh and must have the same morphs."""
    slot: str
    """What it is: ``body``, ``eye``, ``lash``, ``brow``, ``mouth``, ``hair`` or a garment kind."""
    mesh: Mesh
    skin: Skin
    material: Material
    morphs: Mapping[str, Float32[np.ndarray, "verts 3"]] = field(
        default_factory=dict[str, np.ndarray]
    )
    """Position offsets of each named morph target, metres, rest pose."""


@dataclass(frozen=True)
class Skeleton:
    """Joints in topological order; joint 0 is ``root`` at the origin, joint 1 is ``hips``."""

    names: tuple[str, ...]
    """VRM 1.0 bone names (``root`` is ours)."""
    parents: tuple[int, ...]
    positions: Float32[np.ndarray, "joints 3"]
    """Rest positions, world."""

    def index(self, name: str) -> int:
        """Index of a joint by VRM name; raises ``ValueError`` when absent."""
        return self.names.index(name)

    @property
    def offsets(self) -> Float32[np.ndarray, "joints 3"]:
        """Rest translation of each joint from its parent (rest rotations are the identity)."""
        parents = np.asarray(self.parents)
        origin = np.where(parents[:, None] >= 0, self.positions[parents], 0.0)
        return (self.positions - origin).astype(np.float32)


@dataclass(frozen=True)
class Clip:
    """A motion on one skeleton: local rotations of every joint, translations of root and hips.

    A face may move with it, on whatever parts have morph targets of those names.

    ``root`` carries travel on the ground and heading; ``hips`` the rest. With in-place motion the
    root does not move.
    """

    name: str
    fps: float
    rotations: Float32[np.ndarray, "frames joints 4"]
    """Local, wxyz, unit, sign-continuous along time."""
    root_positions: Float32[np.ndarray, "frames 3"]
    """Translation of ``root`` in the world."""
    hips_positions: Float32[np.ndarray, "frames 3"]
    """Translation of ``hips`` in the frame of ``root``."""
    loop: bool = False
    """The frame after the last one is the first one (root travel continues)."""
    face: Mapping[str, Float32[np.ndarray, "frames"]] = field(default_factory=dict[str, np.ndarray])
    """Weight of each morph target by its name (ours are ARKit's), 0 to 1; others stay at rest."""

    @property
    def seconds(self) -> float:
        """Length from the first key to the last."""
        return (len(self.rotations) - 1) / self.fps


@dataclass(frozen=True)
class Character:
    """A rigged, dressed, perhaps animated figure: what the exporters write."""

    name: str
    skeleton: Skeleton
    parts: tuple[Part, ...]
    clips: tuple[Clip, ...] = ()
    height: float = 0.0
    """Standing height of the bare body from sole to crown, metres, without shoes and headgear."""


@dataclass(frozen=True)
class ObjectPart:
    """One textured piece of an object."""

    name: str
    mesh: Mesh
    material: Material


@dataclass(frozen=True)
class ObjectAsset:
    """A thing that stands there: textured, without bones."""

    name: str
    parts: tuple[ObjectPart, ...]


@dataclass(frozen=True)
class Shadows:
    """Where clouds leave the sun on the level plane through the viewer's eye, sun above all."""

    open_sun: Float32[np.ndarray, "3"]
    """Illuminance, on a surface that faces the sun, where no cloud is before it."""
    share: Float32[np.ndarray, "levels side side"]
    """Share of it that comes through at places: maps as of :mod:`scenes.cloud_shadows`."""


@dataclass(frozen=True)
class Environment:
    """Light from everywhere, in absolute units, and the sun again by itself.

    Direction of a pixel: :mod:`gen3d.panorama`.
    """

    radiance: Float32[np.ndarray, "height width 3"]
    """Linear Rec. 709, scaled so that its luminance is in cd/m^2; contains the sun's disc."""
    radiance_without_sun: Float32[np.ndarray, "sky_height sky_width 3"]
    """The same without the sun's disc; may be smaller."""
    sun_direction: Float32[np.ndarray, "3"]
    """Unit vector towards the sun."""
    sun_illuminance: Float32[np.ndarray, "3"]
    """Linear Rec. 709 illuminance (lux in its luminance) on a surface that faces the sun."""
    shadows: Shadows | None = None
    """Of broken clouds, where a land is to be lit; the sun's illuminance is the viewer's own."""
