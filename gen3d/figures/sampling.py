# SPDX-License-Identifier: Apache-2.0
"""Random people in random clothes: who could be asked for, and how else they could look.

A :class:`Cast` is one body with everything that it may wear; :func:`variant` draws characters from
it: the first as its archetype wears it, some in other colours, most with other clothes left on, in
any colours, fabrics and patterns, with other hair and sometimes with skin of no human tone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gen3d.foundry.colours import apart, pool
from gen3d.prompt import describe
from gen3d.spec import (
    HAIR_STYLES,
    BodySpec,
    CharacterSpec,
    GarmentSpec,
    HairSpec,
    Rgb,
    SkinSpec,
)
from gen3d.words.garments import accent_of, slot
from gen3d.words.looks import hair_colour
from gen3d.words.vocabulary import colour, table

PLAIN_PEOPLE = (
    *("man", "woman", "man", "woman", "boy", "girl", "teenager"),
    *("grandmother", "grandfather", "person"),
)
PLAIN_SHARE = 0.4
"""Of bodies that are nobody in particular, in clothes that go with nothing."""
OFF = frozenset(
    {
        *("middle", "outer", "armour", "apron", "shoulder_armour", "forearms", "waist", "hands"),
        *("neck", "back", "pack", "mouth", "eyes", "head", "shins", "socks"),
    }
)
"""Places whose clothes can come off and leave a decent figure."""
_EXTRAS = (
    *(("vest", 0.2), ("jacket", 0.3), ("coat", 0.25), ("hoodie", 0.15), ("belt", 0.35)),
    *(("gloves", 0.25), ("scarf", 0.25), ("cape", 0.25), ("backpack", 0.15), ("apron", 0.15)),
    *(("glasses", 0.15), ("sunglasses", 0.12), ("face_mask", 0.08), ("bracers", 0.15)),
    *(("pauldrons", 0.12), ("greaves", 0.12), ("breastplate", 0.15)),
)
_HEADS = ("hat", "cap", "crown", "headband", "helmet", "hood", "wizard_hat", "toque")
FABRICS = {
    "armour": ("metal", "leather", "gold", "metal"),
    "feet": ("leather", "canvas", "rubber", "leather"),
    "": ("cotton", "wool", "denim", "leather", "silk", "satin", "linen", "velvet", "knit", "fur"),
}
_METAL_KINDS = frozenset({"breastplate", "pauldrons", "greaves", "helmet", "crown", "bracers"})
_FANTASY = (
    *("orc green", "demon red", "blue skin", "purple skin", "alien grey", "chalk white"),
    *("zombie green", "gold skin", "steel", "marble"),
)
_HUMAN = ("porcelain", "fair", "medium", "olive", "tanned", "bronze brown", "dark brown skin")
_PATTERNS = (
    *("stripes", "vertical_stripes", "checks", "plaid", "camouflage", "polka_dots"),
    *("panels", "studs", "flames", "stars", "rags"),
)
CONTRAST = 22.0


@dataclass(frozen=True)
class Cast:
    """One body, and everything that it may wear."""

    base: CharacterSpec
    styles: tuple[str, ...]


def draw_cast(seed: int, number: int) -> tuple[Cast, np.random.Generator]:
    """Body ``number`` of a seed, and the generator to go on with."""
    rng = np.random.default_rng([seed, number])
    names = sorted(table("archetypes"))
    plain = rng.random() < PLAIN_SHARE
    order = np.random.default_rng([seed, 0xA]).permutation(len(names))
    who = str(rng.choice(PLAIN_PEOPLE)) if plain else names[order[number % len(names)]]
    found = describe(f"a {who}", int(rng.integers(2**31))).character
    base = found.model_copy(update={"body": _shaken(found.body, rng)})
    if plain:
        base = base.model_copy(
            update={"archetype": "person", "garments": _wardrobe(base.body, rng)}
        )
    else:
        base = base.model_copy(update={"garments": _more(base.garments, rng)})
    others = rng.permutation([s for s in HAIR_STYLES if s not in {"bald", base.hair.style}])
    own = () if base.hair.style == "bald" else (base.hair.style,)
    return Cast(base, (*own, *(str(s) for s in others[: 2 - len(own) + 1]))), rng


def _shaken(body: BodySpec, rng: np.random.Generator) -> BodySpec:
    """The body with other fat, muscle and build."""

    def moved(value: float, spread: float) -> float:
        return round(float(np.clip(value + rng.normal(0.0, spread), 0.02, 0.98)), 3)

    height = body.height * float(np.exp(rng.normal(0.0, 0.035)))
    return body.model_copy(
        update={
            "weight": moved(body.weight, 0.2),
            "muscle": moved(body.muscle, 0.16),
            "proportions": moved(body.proportions, 0.1),
            "height": round(float(np.clip(height, 0.7, 2.3)), 3),
        }
    )


def _wardrobe(body: BodySpec, rng: np.random.Generator) -> tuple[GarmentSpec, ...]:
    """Clothes that somebody might have on, for nobody in particular."""
    full = ("dress", "robe", "bodysuit", "leotard") if body.sex > 0.5 else ("robe", "bodysuit")
    uppers = ("t_shirt", "tank_top", "long_sleeved_shirt", "sweater")
    lowers = ("skirt", "long_skirt", "trousers", "shorts")
    if rng.random() < 0.3:
        kinds = [str(rng.choice(full))]
    else:
        kinds = [str(rng.choice(uppers)), str(rng.choice(lowers if body.sex > 0.5 else lowers[2:]))]
    if rng.random() < 0.85:
        kinds.append(str(rng.choice(("shoes", "boots", "sandals"), p=(0.5, 0.35, 0.15))))
    return _more(tuple(GarmentSpec(kind=kind) for kind in kinds), rng)


def _more(worn: tuple[GarmentSpec, ...], rng: np.random.Generator) -> tuple[GarmentSpec, ...]:
    """The clothes with a few more, in places that are free."""
    taken = {slot(g.kind) for g in worn}
    added: list[GarmentSpec] = []
    wanted = [kind for kind, chance in _EXTRAS if rng.random() < 0.5 * chance]
    if rng.random() < 0.35:
        wanted.append(str(rng.choice(_HEADS)))
    for kind in wanted:
        if slot(kind) not in taken and len(worn) + len(added) < 8:
            taken.add(slot(kind))
            added.append(dyed(GarmentSpec(kind=kind), rng))
    return (*worn, *added)


def variant(cast: Cast, number: int, rng: np.random.Generator) -> CharacterSpec:
    """One look of a body; the first few are its archetype's own."""
    base, archetypal = cast.base, cast.base.archetype != "person"
    if number == 0 and archetypal:
        return base
    if number <= 2 and archetypal:
        garments = tuple(dyed(g, rng) if rng.random() < 0.5 else g for g in base.garments)
        return base.model_copy(update={"garments": garments})
    kept = [g for g in base.garments if slot(g.kind) not in OFF or rng.random() < 0.6]
    garments = tuple(dyed(g, rng) for g in kept)
    if rng.random() < 0.2:
        one = any_colour(rng)
        garments = tuple(g.model_copy(update={"color": one, "pattern": "plain"}) for g in garments)
    update = {
        "archetype": "person",
        "garments": garments,
        "hair": _hair(cast, rng),
        "skin": _skin(base.skin, rng),
    }
    return base.model_copy(update=update)


def dyed(garment: GarmentSpec, rng: np.random.Generator) -> GarmentSpec:
    """A garment in any colour, fabric and pattern that it might have."""
    place = fabric_place(garment.kind)
    fabric = garment.fabric if rng.random() < 0.4 else str(rng.choice(FABRICS[place]))
    base = any_colour(rng)
    pattern = "plain"
    if rng.random() < 0.25 and place != "armour":
        pattern = str(rng.choice(_PATTERNS))
    return garment.model_copy(
        update={
            "color": base,
            "accent": _beside(base, rng),
            "pattern": pattern,
            "fabric": fabric,
        }
    )


def fabric_place(kind: str) -> str:
    """Key of :data:`FABRICS` for a garment."""
    if kind in _METAL_KINDS:
        return "armour"
    return "feet" if slot(kind) == "feet" else ""


def any_colour(rng: np.random.Generator) -> Rgb:
    """A colour of the wardrobe's list half of the time, else of the survey's."""
    if rng.random() < 0.5:
        names = sorted(table("colours"))
        return colour(names[int(rng.integers(len(names)))])
    named = _survey()
    return named[int(rng.integers(len(named)))]


@lru_cache(maxsize=1)
def _survey() -> tuple[Rgb, ...]:
    from gen3d.foundry.colours import colour_of

    return tuple(colour_of(name) for name in pool("survey").names)


def _beside(base: Rgb, rng: np.random.Generator) -> Rgb:
    for _ in range(12):
        other = any_colour(rng)
        if apart(base, other) > CONTRAST:
            return other
    return accent_of(base, [])


def _hair(cast: Cast, rng: np.random.Generator) -> HairSpec:
    style = "bald" if rng.random() < 0.12 else str(rng.choice(cast.styles))
    names = table("looks")["hair_colours"]
    tint = hair_colour(str(rng.choice(names))) if rng.random() < 0.6 else any_colour(rng)
    grown = cast.base.body.sex < 0.5 and cast.base.body.age_years >= 17
    there = grown and rng.random() < 0.35
    length = cast.base.hair.beard if cast.base.hair.beard > 0.1 else 0.6
    return HairSpec(style=style, color=tint, beard=length if there else 0.0)


def _skin(own: SkinSpec, rng: np.random.Generator) -> SkinSpec:
    from gen3d.words.vocabulary import linear

    chance = rng.random()
    if chance < 0.5:
        return own
    name = str(rng.choice(_FANTASY if chance > 0.75 else _HUMAN))
    entry = table("looks")["tones"][name]
    return own.model_copy(
        update={
            "tone": linear(entry["colour"]),
            "metallic": float(entry.get("metallic", 0.0)),
            "roughness": float(entry.get("roughness", 0.5)),
        }
    )
