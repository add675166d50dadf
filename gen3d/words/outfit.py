# SPDX-License-Identifier: Apache-2.0
"""What the character wears: the archetype's clothes, with what the words name in their place.

A named garment frees its place on the body (a dress frees shirt and trousers); the rest stays.
Hips are always covered, and so are the chests of women and children.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gen3d.spec import BodySpec, GarmentSpec
from gen3d.words import archetypes
from gen3d.words.archetypes import Match
from gen3d.words.garments import parse, slot
from gen3d.words.mentions import (
    COSTUME,
    Mention,
    changed,
    garments_of,
    named_kinds,
    read_mentions,
)
from gen3d.words.vocabulary import table

FREES = {
    "full": ("upper", "lower", "full", "middle", "outer", "armour", "shins"),
    "upper": ("upper", "full", "middle", "outer", "apron", "armour"),
    "lower": ("lower", "full"),
    "feet": ("feet",),
    "outer": ("outer", "apron", "armour"),
}
"""Places that a named garment frees; the others free their own."""
ORDER = (
    *("socks", "full", "upper", "lower", "shins", "feet", "middle", "outer", "armour", "apron"),
    *("shoulder_armour", "forearms", "waist", "hands", "neck", "back", "pack"),
    *("mouth", "eyes", "head"),
)
"""Places on the body, from the skin outwards and from the feet up: the order of the list."""
BARE_CHEST = frozenset({"shirtless", "topless", "bare-chested", "barechested"})
BARE_FEET = frozenset({"barefoot", "barefooted", "shoeless", "bare-footed"})
NAKED = frozenset({"naked", "nude", "unclothed", "undressed"})
BARE_HEAD = frozenset({"bareheaded", "hatless", "unmasked"})
CHILD_YEARS = 16.0
DEFAULT_FEET = "shoes dark brown leather"


@dataclass(frozen=True)
class Outfit:
    """Garments, and a sentence for each word that could not be taken literally."""

    garments: tuple[GarmentSpec, ...]
    notes: tuple[str, ...] = ()


def dress(text: str, match: Match | None, body: BodySpec) -> Outfit:
    """Clothes of the words of "who" and "wearing" over the archetype's."""
    notes: list[str] = []
    disguise = _disguise(text)
    worn = _archetype_garments(disguise or match, body)
    mentions, loose = read_mentions(text, notes)
    named = [g for m in mentions if not m.bare for g in garments_of(m)]
    worn = _without(worn, mentions)
    worn = _replaced(worn, named)
    if _gown_is_meant(loose, named, match, body):
        worn = [g for g in worn if slot(g.kind) not in {"upper", "lower", "waist"}]
        worn.append(parse("dress"))
    if loose.colours or loose.fabric or loose.pattern:
        worn = _recoloured(worn, loose, named)
    worn = _bared(worn, text, body, notes)
    worn = _covered(worn, body, text, disguise or match)
    return Outfit(tuple(sorted(worn, key=lambda g: ORDER.index(slot(g.kind)))), tuple(notes))


FINE = frozenset({"velvet", "satin", "silk"})


def _gown_is_meant(
    loose: Mention, named: list[GarmentSpec], match: Match | None, body: BodySpec
) -> bool:
    """Whether "a lady in emerald velvet" wears a gown: nobody in particular, in fine cloth."""
    plain = match is None or match.name in archetypes.PLAIN
    return loose.fabric in FINE and plain and not named and body.sex > 0.5


def _disguise(text: str) -> Match | None:
    """Another archetype's clothes: "dressed as a pirate", "in a pirate costume"."""
    found = re.search(r"\b(?:as|like) (?:an? |the )?([\w\- ]+)", text)
    if not found:
        found = re.search(
            rf"\bin (?:an? |the |his |her )?([\w\- ]+?) (?:{'|'.join(sorted(COSTUME))})\b", text
        )
    if not found:
        return None
    match = archetypes.find(found[1])
    return match if match and match.similarity >= archetypes.CERTAIN else None


def _archetype_garments(match: Match | None, body: BodySpec) -> list[GarmentSpec]:
    """The archetype's clothes for this sex."""
    entry = match.entry if match else table("archetypes")["person"]
    wear = entry["wear"]
    if isinstance(wear, dict):
        wear = wear["female" if body.sex > 0.5 else "male"]
    garments = [parse(notation) for notation in wear]
    for_women = entry.get("body", {}).get("sex") == "female"
    return _for_men(garments) if for_women and body.sex <= 0.5 else garments


def _for_men(garments: list[GarmentSpec]) -> list[GarmentSpec]:
    """A stewardess's clothes for a steward: trousers, and a shirt in place of a dress."""
    swapped = {"skirt": ("trousers",), "dress": ("long_sleeved_shirt", "trousers")}
    swapped["gown"] = swapped["dress"]
    return [
        garment.model_copy(update={"kind": kind})
        for garment in garments
        for kind in swapped.get(garment.kind, (garment.kind,))
    ]


def _without(worn: list[GarmentSpec], mentions: list[Mention]) -> list[GarmentSpec]:
    """Drop what was said not to be there ("without a helmet")."""
    gone = {slot(kind) for m in mentions if m.bare for kind in named_kinds(m)}
    return [garment for garment in worn if slot(garment.kind) not in gone]


def _replaced(worn: list[GarmentSpec], named: list[GarmentSpec]) -> list[GarmentSpec]:
    """Put named garments on, in place of what they replace."""
    slots = {slot(g.kind) for g in named}
    freed = {place for s in slots for place in FREES.get(s, (s,))}
    kept = [g for g in worn if slot(g.kind) not in freed]
    full = next((g for g in worn if slot(g.kind) == "full"), None)
    if full and "lower" in slots and "upper" not in slots and "full" not in slots:
        top = GarmentSpec.model_validate(full.model_dump() | {"kind": "long_sleeved_shirt"})
        kept.append(top)
    if full and "upper" in slots and not slots & {"lower", "full"}:
        legs = GarmentSpec.model_validate(full.model_dump() | {"kind": "trousers"})
        kept.append(legs)
    last: dict[str, GarmentSpec] = {slot(g.kind): g for g in named}
    return [*kept, *last.values()]


MAIN_SLOTS = frozenset({"full", "upper", "lower", "middle", "outer"})


def main_places(worn: Sequence[GarmentSpec]) -> frozenset[str]:
    """Places that "in white" speaks of: a shirt under other clothes is none."""
    over = {slot(g.kind) for g in worn} & {"middle", "outer"}
    return MAIN_SLOTS - {"upper"} if over else MAIN_SLOTS


def _recoloured(
    worn: list[GarmentSpec], loose: Mention, named: list[GarmentSpec]
) -> list[GarmentSpec]:
    """Give a loose colour ("in white") to the main clothes that were not named.

    A shirt under other clothes stays as it is, and a second fabric goes to what is worn over them.
    """
    main = main_places(worn)
    trim = Mention([], fabric=loose.trim)
    result: list[GarmentSpec] = []
    for garment in worn:
        place = slot(garment.kind)
        if garment in named or place not in main | TRIMMED:
            result.append(garment)
        elif place in main:
            # One colour is said of all of it: panels of another would be a patchwork.
            plain = loose.colours and len(loose.colours) < 2 and garment.pattern == "panels"
            own = garment.model_copy(update={"pattern": "plain"}) if plain else garment
            result.append(changed(own, loose))
        else:
            result.append(changed(garment, trim) if loose.trim else garment)
    return result


TRIMMED = frozenset({"back", "neck", "head"})
"""Places of a second fabric."""


def _bared(
    worn: list[GarmentSpec], text: str, body: BodySpec, notes: list[str]
) -> list[GarmentSpec]:
    """Take off what the words say is off, as far as decency goes."""
    words = set(re.findall(r"[a-z]+(?:-[a-z]+)*", text.lower()))
    off: set[str] = set()
    if words & NAKED:
        notes.append("Nudity is not offered: shorts stay on.")
        off = set(ORDER)
    if words & BARE_CHEST:
        off |= {"upper", "middle", "outer", "armour", "full", "apron", "neck"}
        if body.sex > 0.5 or body.age_years < CHILD_YEARS:
            notes.append("A bare chest is offered for men only: a tank top stays on.")
    if words & BARE_FEET or re.search(r"\bbare feet\b|\bno shoes\b|\bwithout shoes\b", text):
        off |= {"feet", "socks"}
    if words & BARE_HEAD:
        off |= {"head", "mouth"}
    kept = [g for g in worn if slot(g.kind) not in off]
    full = next((g for g in worn if slot(g.kind) == "full" and "full" in off), None)
    if full and not words & NAKED:
        kept.append(GarmentSpec.model_validate(full.model_dump() | {"kind": "trousers"}))
    return kept


def _covered(
    worn: list[GarmentSpec], body: BodySpec, text: str, match: Match | None
) -> list[GarmentSpec]:
    """Hips always, chests of women and children, feet unless they are meant to be bare."""
    slots = {slot(g.kind) for g in worn}
    added: list[GarmentSpec] = []
    if not slots & {"full", "lower"}:
        added.append(parse("shorts dark grey cotton"))
    modest = body.sex > 0.5 or body.age_years < CHILD_YEARS
    if modest and not slots & {"full", "upper"}:
        added.append(parse("tank_top dark grey cotton"))
    words = set(re.findall(r"[a-z]+(?:-[a-z]+)*", text.lower()))
    bare = words & (BARE_FEET | NAKED) or re.search(
        r"\bbare feet\b|\bno shoes\b|\bwithout shoes\b", text
    )
    meant = match is not None and match.entry.get("feet") == "bare"
    if "feet" not in slots and not bare and not meant:
        added.append(parse(DEFAULT_FEET))
    return [*worn, *added]
