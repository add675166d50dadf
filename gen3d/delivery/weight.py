# SPDX-License-Identifier: Apache-2.0
"""Files within a target's megabytes: where one is too large, its heaviest picture is halved.

Relief and surface give way before colours, whose loss is plainer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from gen3d.delivery.atlas import resized
from gen3d.delivery.fit import Fitted
from gen3d.export.gltf import write_glb
from gen3d.export.images import encode_png
from gen3d.targets import Target
from gen3d.types import Character, Material, Texture

_MIB = 1 << 20
_LEAST_PX = 256
"""No picture becomes smaller than this."""


def write_within(
    figure: Fitted, path: Path, target: Target, extras: Mapping[str, object]
) -> Fitted:
    """Write a level as GLB, if it can be no larger than the target takes; returns it as written."""
    limits = [tier.limits.file_mib for tier in target.tiers if tier.required]
    most = min((limit for limit in limits if limit is not None), default=None)
    while True:
        write_glb(figure.character, path, naming=target.bones, extras=extras)
        if most is None or path.stat().st_size <= most * _MIB:
            return figure
        lighter = _lighter(figure.character)
        if lighter is None:
            return figure
        figure = replace(figure, character=lighter)


def _lighter(character: Character) -> Character | None:
    """With the heaviest picture half as wide; nothing when all are small."""
    materials = [part.material for part in character.parts]
    data = [t for m in materials for t in (m.normal_texture, m.metallic_roughness_texture)]
    for kind in (data, [m.base_color_texture for m in materials]):
        large = [t for t in kind if t is not None and min(t.pixels.shape[:2]) > _LEAST_PX]
        if large:
            heaviest = max(large, key=lambda texture: len(encode_png(texture)))
            return _with(character, heaviest, _halved(heaviest))
    return None


def _halved(texture: Texture) -> Texture:
    height, width = texture.pixels.shape[:2]
    return replace(texture, pixels=resized(texture.pixels, (height // 2, width // 2)))


def _with(character: Character, old: Texture, new: Texture) -> Character:
    def swapped(material: Material) -> Material:
        slots = ("base_color_texture", "metallic_roughness_texture", "normal_texture")
        held = {slot: new for slot in slots if getattr(material, slot) is old}
        return replace(material, **held)

    parts = tuple(replace(part, material=swapped(part.material)) for part in character.parts)
    return replace(character, parts=parts)
