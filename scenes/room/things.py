# SPDX-License-Identifier: Apache-2.0
"""Things of the object foundry as shapes of a room: in metres, in the room's colours.

A thing's knobs come from the seed unless said; its finishes are said or follow the room: wood is
the room's wood, cloth its accent, the rest what the foundry draws, with less colour.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gen3d.foundry.families import families
from gen3d.foundry.finish import MATERIALS, mean_albedo
from gen3d.foundry.sampling import sample_spec
from gen3d.foundry.solids import Solid
from gen3d.foundry.thing import Finish, ThingSpec, build
from gen3d.spec import Rgb
from scenes.place import Shape
from scenes.room.kit import Kit, Piece

Look = tuple[str, Rgb]
"""Material and its colour."""
_PATTERN = {
    "wood": ("timber", 0.9),
    "painted wood": ("plain", 1.0),
    "cloth": ("fabric", 0.4),
    "fur": ("carpet", 0.3),
    "leather": ("paint", 0.8),
    "marble": ("marble", 0.8),
    "stone": ("concrete", 1.0),
    "bark": ("wood", 0.4),
}
_SOFT = frozenset({"cloth", "leather", "fur"})


def thing(
    kit: Kit,
    family: str,
    height: float,
    *,
    width: float | None = None,
    depth: float | None = None,
    label: str = "furniture",
    knobs: Mapping[str, float] | None = None,
    looks: Mapping[str, Look] | None = None,
) -> Shape:
    """A thing with its feet at the origin; where only its height is said, the rest follows."""
    kind = families()[family]
    drawn = sample_spec(kind, kit.rng)
    values = dict(zip((knob.name for knob in kind.knobs), drawn.knobs, strict=True))
    values |= dict(knobs or {})
    finishes = tuple(
        _finish(kit, slot.name, slot.materials, chance, looks or {})
        for slot, chance in zip(kind.slots, drawn.finishes, strict=True)
    )
    made = build(ThingSpec(family, tuple(values.values()), finishes), kind)
    verts = made.verts - made.verts.min(axis=0)
    size = verts.max(axis=0)
    factor = height / size[1]
    scale = np.array(
        [width / size[0] if width else factor, factor, depth / size[2] if depth else factor]
    )
    verts = (verts - np.array([0.5, 0.0, 0.5]) * size) * scale
    pieces = list[Piece]()
    for number, (slot, finish) in enumerate(zip(kind.slots, finishes, strict=True)):
        mine = made.faces[made.slot == number]
        if not len(mine):
            continue
        used, faces = np.unique(mine, return_inverse=True)
        solid = Solid(verts[used], faces.reshape(-1, 3).astype(np.int32))
        pieces.append((solid, _surface(kit, finish, label, slot.name)))
    return kit.shape(family, pieces)


def _finish(
    kit: Kit, slot: str, materials: tuple[str, ...], chance: Finish, looks: Mapping[str, Look]
) -> Finish:
    if slot in looks:
        return Finish(*looks[slot])
    if slot == "leaves":
        return Finish("leaf", (0.055, 0.125, 0.035))
    if slot in {"soil", "flame"}:
        return chance
    for material in materials:
        if material == "wood":
            return Finish("wood", _lightened(kit.room.wood_color))
        if material in _SOFT:
            return Finish(material, kit.room.accent_color)
    grey = float(np.mean(chance.colour))
    red, green, blue = (grey + 0.5 * (c - grey) for c in chance.colour)
    return Finish(chance.material, (red, green, blue))


def _lightened(wood: Rgb) -> Rgb:
    """The foundry's wood darkens by its grain; the room's wood is a mean."""
    red, green, blue = (min(c * 1.28, 0.85) for c in wood)
    return red, green, blue


def _surface(kit: Kit, finish: Finish, label: str, slot: str) -> int:
    material = MATERIALS[finish.material]
    pattern, size = _PATTERN.get(finish.material, ("plain", 1.0))
    if slot == "leaves":
        label = "plant"
    colour = tuple(round(float(c), 4) for c in mean_albedo(finish))
    red, green, blue = colour
    rough = max(material.roughness, 0.05)
    return kit.surface(
        f"{finish.material} {slot}",
        label,
        (red, green, blue),
        pattern,
        size,
        rough,
        material.metallic,
    )
