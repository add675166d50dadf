# SPDX-License-Identifier: Apache-2.0
"""The JSON half of a glTF 2.0 file as typed values: what the writer fills and the reader checks.

Field names, types and ranges follow the glTF 2.0 specification, section 5 ("Properties reference").
Only what this project reads or writes is modelled; unknown properties are ignored. Cross references
(an index into another list) are checked by :mod:`gen3d.export.document`, not here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Index = Annotated[int, Field(ge=0)]
"""Reference to an entry of another list."""
ComponentType = Literal[5120, 5121, 5122, 5123, 5125, 5126]
ElementType = Literal["SCALAR", "VEC2", "VEC3", "VEC4", "MAT2", "MAT3", "MAT4"]
Interpolation = Literal["LINEAR", "STEP", "CUBICSPLINE"]

Vec3 = tuple[float, float, float]
Vec4 = tuple[float, float, float, float]


class Property(BaseModel):
    """Base of all: frozen, camelCase in the file, finite numbers only."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="ignore",
        allow_inf_nan=False,
        alias_generator=to_camel,
        populate_by_name=True,
    )


class Named(Property):
    """What may have a name, extensions and application-specific data."""

    name: str | None = None
    extensions: dict[str, object] | None = None
    extras: object | None = None


class Asset(Property):
    """Section 5.4."""

    version: str
    generator: str | None = None
    copyright: str | None = None
    extras: object | None = None


class Buffer(Named):
    """Section 5.9."""

    byte_length: Annotated[int, Field(ge=1)]
    uri: str | None = None


class BufferView(Named):
    """Section 5.10."""

    buffer: Index
    byte_offset: Index = 0
    byte_length: Annotated[int, Field(ge=1)]
    byte_stride: Annotated[int, Field(ge=4, le=252)] | None = None
    target: Literal[34962, 34963] | None = None


class SparseIndices(Property):
    """Section 5.3."""

    buffer_view: Index
    byte_offset: Index = 0
    component_type: Literal[5121, 5123, 5125]


class SparseValues(Property):
    """Section 5.4."""

    buffer_view: Index
    byte_offset: Index = 0


class Sparse(Property):
    """Section 5.2: the elements that differ from the base (or from zero)."""

    count: Annotated[int, Field(ge=1)]
    indices: SparseIndices
    values: SparseValues


class Accessor(Named):
    """Section 5.1."""

    buffer_view: Index | None = None
    byte_offset: Index | None = None
    component_type: ComponentType
    normalized: bool | None = None
    count: Annotated[int, Field(ge=1)]
    type: ElementType
    max: tuple[float, ...] | None = None
    min: tuple[float, ...] | None = None
    sparse: Sparse | None = None


class Image(Named):
    """Section 5.18."""

    uri: str | None = None
    mime_type: str | None = None
    buffer_view: Index | None = None


class Sampler(Named):
    """Section 5.26."""

    mag_filter: int | None = None
    min_filter: int | None = None
    wrap_s: int | None = None
    wrap_t: int | None = None


class Texture(Named):
    """Section 5.29."""

    sampler: Index | None = None
    source: Index | None = None


class TextureInfo(Property):
    """Section 5.30; ``scale`` and ``strength`` belong to normal and occlusion maps."""

    index: Index
    tex_coord: Index | None = None
    scale: float | None = None
    strength: float | None = None


class MetallicRoughness(Property):
    """Section 5.22."""

    base_color_factor: Vec4 | None = None
    base_color_texture: TextureInfo | None = None
    metallic_factor: float | None = None
    roughness_factor: float | None = None
    metallic_roughness_texture: TextureInfo | None = None


class Material(Named):
    """Section 5.19."""

    pbr_metallic_roughness: MetallicRoughness | None = None
    normal_texture: TextureInfo | None = None
    occlusion_texture: TextureInfo | None = None
    emissive_texture: TextureInfo | None = None
    emissive_factor: Vec3 | None = None
    alpha_mode: Literal["OPAQUE", "MASK", "BLEND"] | None = None
    alpha_cutoff: float | None = None
    double_sided: bool | None = None


class Primitive(Property):
    """Section 5.24."""

    attributes: dict[str, Index]
    indices: Index | None = None
    material: Index | None = None
    mode: Annotated[int, Field(ge=0, le=6)] = 4
    targets: tuple[dict[str, Index], ...] | None = None
    extensions: dict[str, object] | None = None
    extras: object | None = None


class Mesh(Named):
    """Section 5.23."""

    primitives: Annotated[tuple[Primitive, ...], Field(min_length=1)]
    weights: tuple[float, ...] | None = None


class Skin(Named):
    """Section 5.28."""

    inverse_bind_matrices: Index | None = None
    skeleton: Index | None = None
    joints: Annotated[tuple[Index, ...], Field(min_length=1)]


class Node(Named):
    """Section 5.25."""

    children: tuple[Index, ...] | None = None
    mesh: Index | None = None
    skin: Index | None = None
    translation: Vec3 | None = None
    rotation: Vec4 | None = None
    scale: Vec3 | None = None
    matrix: Annotated[tuple[float, ...], Field(min_length=16, max_length=16)] | None = None


class ChannelTarget(Property):
    """Section 5.7."""

    node: Index | None = None
    path: str


class Channel(Property):
    """Section 5.6."""

    sampler: Index
    target: ChannelTarget


class AnimationSampler(Property):
    """Section 5.8."""

    input: Index
    output: Index
    interpolation: Interpolation = "LINEAR"


class Animation(Named):
    """Section 5.5."""

    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    samplers: Annotated[tuple[AnimationSampler, ...], Field(min_length=1)]


class Scene(Named):
    """Section 5.27."""

    nodes: tuple[Index, ...] | None = None


class Gltf(Property):
    """Section 5.17: the root object. Absent lists are None, since glTF forbids empty ones."""

    asset: Asset
    extensions_used: tuple[str, ...] | None = None
    extensions_required: tuple[str, ...] | None = None
    extensions: dict[str, object] | None = None
    scene: Index | None = None
    scenes: tuple[Scene, ...] | None = None
    nodes: tuple[Node, ...] | None = None
    meshes: tuple[Mesh, ...] | None = None
    skins: tuple[Skin, ...] | None = None
    animations: tuple[Animation, ...] | None = None
    materials: tuple[Material, ...] | None = None
    textures: tuple[Texture, ...] | None = None
    images: tuple[Image, ...] | None = None
    samplers: tuple[Sampler, ...] | None = None
    accessors: tuple[Accessor, ...] | None = None
    buffer_views: tuple[BufferView, ...] | None = None
    buffers: tuple[Buffer, ...] | None = None
