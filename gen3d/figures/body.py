# SPDX-License-Identifier: Apache-2.0
"""A person dressed once, to be seen in many colours, with and without what comes off.

Draping costs seconds, painting small costs milliseconds: a :class:`Wearer` is draped with all that
it may wear and with several heads of hair, and every :class:`~gen3d.spec.CharacterSpec` that wears
some of it is a choice of parts and a repaint.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gen3d.body import Body, ShapedBody
from gen3d.body.surface import base_part
from gen3d.figures.photo import Look, look_of, tinted
from gen3d.spec import BodySpec, CharacterSpec, GarmentSpec, HairSpec, SkinSpec
from gen3d.types import Material, Part, Skeleton
from gen3d.wardrobe.face import face_parts
from gen3d.wardrobe.hair import grow_hair
from gen3d.wardrobe.hair_beard import grow_beard
from gen3d.wardrobe.headgear import covers_hair
from gen3d.wardrobe.outfit import HEADGEAR, decent, dress, lift_part, lift_skeleton
from gen3d.wardrobe.sketch import Note, sketching
from gen3d.wardrobe.skin import paint_skin

GREY = 0.2
"""Linear grey in which hair is grown, before it is tinted."""
_FULL_BEARD = 0.6


@dataclass(frozen=True)
class Wearer:
    """A dressed person whose parts are all there."""

    shaped: ShapedBody
    skeleton: Skeleton
    parts: tuple[Part, ...]
    owners: tuple[str, ...]
    """Of each part: ``skin``, ``face``, ``brow``, ``hair:STYLE``, ``beard``, or a garment kind."""
    painted: Mapping[str, Note]
    seed: int
    kept: dict[str, Look] = field(default_factory=dict[str, Look])
    """What was painted before, by what it is and how it is dyed."""


def put_on(
    body: BodySpec,
    skin: SkinSpec,
    styles: Sequence[str],
    beard: float,
    garments: Sequence[GarmentSpec],
    seed: int,
) -> Wearer:
    """Dress a person for many pictures.

    Args:
        body: The person.
        skin: Its eyes.
        styles: Heads of hair to grow.
        beard: Its length where there is one; 0 grows none.
        garments: Everything that may be worn.
        seed: Of the drape.
    """
    shaped = Body.load().with_shape(body)
    grey = (GREY, GREY, GREY)
    with sketching() as sketch:
        outfit = dress(shaped, tuple(garments), seed, beard=beard)
        hat = any(covers_hair(g.kind) == "top" for g in garments if g.kind in HEADGEAR)
        parts: list[Part] = []
        owners: list[str] = []
        for style in styles:
            grown = grow_hair(shaped, HairSpec(style=style, color=grey), seed, hat=hat)
            parts += grown
            owners += [f"hair:{style}"] * len(grown)
        grown = grow_beard(shaped, beard, grey, seed) if beard else ()
        face = face_parts(shaped, skin, HairSpec(color=grey), seed)
    parts += [*grown, *face, *outfit.parts]
    owners += ["beard"] * len(grown)
    owners += ["brow" if p.slot == "brow" else "face" for p in face]
    owners += [p.slot for p in outfit.parts]
    bare = Material(name="skin")
    whole = base_part(shaped, ("body",), name="Skin", group="Body", slot="body", material=bare)
    lifted = tuple(lift_part(part, outfit.lift) for part in (whole, *parts))
    skeleton = lift_skeleton(shaped.skeleton, outfit.lift)
    return Wearer(shaped, skeleton, lifted, ("skin", *owners), sketch.notes, seed)


def looks_of(wearer: Wearer, spec: CharacterSpec) -> list[Look | None]:
    """How each part looks on a character that wears some of what the wearer has."""
    worn = {g.kind: g for g in decent(spec.garments, spec.body.sex)}
    bare_headed = all(covers_hair(kind) != "all" for kind in worn if kind in HEADGEAR)
    skin = _kept(wearer, f"{spec.skin}{_roots(spec)}", lambda: _skin_of(wearer, spec))
    tint = [c / GREY for c in spec.hair.color]
    result: list[Look | None] = []
    for part, owner in zip(wearer.parts, wearer.owners, strict=True):
        if owner == "skin":
            result.append(skin)
        elif owner == "face":
            result.append(_unpainted(wearer, part))
        elif owner in {"brow", "beard"} or owner.startswith("hair:"):
            there = _grows(spec, owner, bare_headed=bare_headed)
            result.append(tinted(_unpainted(wearer, part), tint) if there else None)
        else:
            result.append(_garment_look(wearer, part, worn.get(owner)))
    return result


def _grows(spec: CharacterSpec, owner: str, *, bare_headed: bool) -> bool:
    if owner == "beard":
        return spec.hair.beard > 0.1
    return owner == "brow" or (bare_headed and owner == f"hair:{spec.hair.style}")


def _skin_of(wearer: Wearer, spec: CharacterSpec) -> Look:
    with sketching():
        return look_of(paint_skin(wearer.shaped, spec.skin, _roots(spec), wearer.seed))


def _unpainted(wearer: Wearer, part: Part) -> Look:
    number = next(i for i, other in enumerate(wearer.parts) if other is part)
    return _kept(wearer, f"part {number}", lambda: look_of(part.material))


def _kept(wearer: Wearer, name: str, make: Callable[[], Look]) -> Look:
    if name not in wearer.kept:
        wearer.kept[name] = make()
    return wearer.kept[name]


def _roots(spec: CharacterSpec) -> HairSpec:
    return spec.hair if spec.hair.beard > 0.1 else spec.hair.model_copy(update={"beard": 0.0})


def _garment_look(wearer: Wearer, part: Part, garment: GarmentSpec | None) -> Look | None:
    """The part painted for a garment; buckles and lenses stay as they are."""
    if garment is None:
        return None
    note = wearer.painted.get(part.material.name)
    if note is None or note.garment.kind != garment.kind:
        return _unpainted(wearer, part)
    dyed = note.garment.model_copy(update=_dyes(garment))
    return _kept(wearer, f"{part.material.name} {dyed}", lambda: look_of(note.paint(dyed)))


def _dyes(garment: GarmentSpec) -> dict[str, object]:
    names = ("color", "accent", "pattern", "fabric", "roughness", "metallic")
    return {name: getattr(garment, name) for name in names}


def beard_length(spec: CharacterSpec) -> float:
    """Length that a beard is grown in, so that some looks can have it."""
    return spec.hair.beard if spec.hair.beard > 0.1 else _FULL_BEARD * float(spec.body.sex < 0.5)
