# SPDX-License-Identifier: Apache-2.0
"""Materials, textures and pictures of a glTF file (glTF 2.0, section 3.9).

A picture that several slots or materials share is stored once. Emission above 1 is the one thing
that core glTF cannot say: it uses ``KHR_materials_emissive_strength``, which readers may ignore.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from gen3d import types
from gen3d.export import schema
from gen3d.export.buffers import BufferBuilder
from gen3d.export.images import encode_all

EMISSIVE_STRENGTH = "KHR_materials_emissive_strength"
REPEAT_MIPMAPPED = schema.Sampler(mag_filter=9729, min_filter=9987, wrap_s=10497, wrap_t=10497)
"""Linear magnification, trilinear minification, repeat in both directions."""


@dataclass(frozen=True)
class MaterialTables:
    """The four lists of the file that concern surfaces, and where each input went."""

    materials: tuple[schema.Material, ...]
    textures: tuple[schema.Texture, ...]
    images: tuple[schema.Image, ...]
    number_of: dict[int, int]
    """``id`` of a :class:`gen3d.types.Material` → its number in the file."""

    @property
    def extensions_used(self) -> tuple[str, ...]:
        """Names of the extensions that any material uses."""
        return tuple(sorted({name for m in self.materials for name in m.extensions or {}}))


Item = TypeVar("Item")


def unique(values: Iterable[Item]) -> list[Item]:
    """First mention of each object, by identity."""
    return list({id(value): value for value in values}.values())


def add_materials(materials: Sequence[types.Material], buffers: BufferBuilder) -> MaterialTables:
    """Write the pictures into the buffer and describe every distinct material."""
    distinct = unique(materials)
    textures = unique(t for m in distinct for t in _slots(m) if t is not None)
    views = [buffers.add_view(png) for png in encode_all(textures)]
    named = list(zip(views, textures, strict=True))
    # Equal pictures share their bytes, thus their view: the first one's name stays.
    images = {view: texture.name for view, texture in reversed(named)}
    order = sorted(images)
    number = {id(texture): order.index(view) for view, texture in named}
    return MaterialTables(
        materials=tuple(_material(m, number) for m in distinct),
        textures=tuple(schema.Texture(sampler=0, source=i) for i in range(len(order))),
        images=tuple(_image(images[view], view) for view in order),
        number_of={id(m): index for index, m in enumerate(distinct)},
    )


def _slots(material: types.Material) -> tuple[types.Texture | None, ...]:
    return (
        material.base_color_texture,
        material.metallic_roughness_texture,
        material.normal_texture,
    )


def _image(name: str, view: int) -> schema.Image:
    return schema.Image(name=name, mime_type="image/png", buffer_view=view)


def _info(texture: types.Texture | None, number: dict[int, int]) -> schema.TextureInfo | None:
    return None if texture is None else schema.TextureInfo(index=number[id(texture)])


def _material(material: types.Material, number: dict[int, int]) -> schema.Material:
    factor, strength = _emission(material.emissive)
    mask = material.alpha_mode == "MASK"
    return schema.Material(
        name=material.name,
        pbr_metallic_roughness=schema.MetallicRoughness(
            base_color_factor=material.base_color,
            base_color_texture=_info(material.base_color_texture, number),
            metallic_factor=material.metallic,
            roughness_factor=material.roughness,
            metallic_roughness_texture=_info(material.metallic_roughness_texture, number),
        ),
        normal_texture=_info(material.normal_texture, number),
        emissive_factor=factor,
        alpha_mode=None if material.alpha_mode == "OPAQUE" else material.alpha_mode,
        alpha_cutoff=material.alpha_cutoff if mask else None,
        double_sided=True if material.double_sided else None,
        extensions={EMISSIVE_STRENGTH: {"emissiveStrength": strength}} if strength > 1 else None,
    )


def _emission(emissive: schema.Vec3) -> tuple[schema.Vec3 | None, float]:
    """Split emission into a factor (0 to 1; None for dark) and the strength that multiplies it."""
    peak = max(emissive)
    if peak <= 0:
        return None, 1.0
    strength = max(peak, 1.0)
    red, green, blue = (channel / strength for channel in emissive)
    return (red, green, blue), strength
