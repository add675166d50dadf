# SPDX-License-Identifier: Apache-2.0
"""What the character wears: the archetype's clothes, with what the words name in their place.

A named garment frees its place on the body (a dress frees shirt and trousers); the rest stays.
Hips are always covered, and so are the chests of women and children.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gen3d.spec import BodySpec, GarmentSpec, Rgb
from gen3d.words import archetypes
from gen3d.words.archetypes import Match
from gen3d.words.colours import read_at
from gen3d.words.garments import accent_of, by_meaning, exact_at, parse, slot, surface_at
from gen3d.words.looks import BEARD_WORDS, EYE_WORDS, HAIR_ADJECTIVES, HAIR_WORDS, SKIN_WORDS
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
COSTUME = frozenset(
    {"costume", "outfit", "disguise", "gear", "uniform", "suit", "clothes", "attire", "garb"}
)
CHILD_YEARS = 16.0
DEFAULT_FEET = "shoes dark brown leather"


@dataclass
class Mention:
    """A garment that the words name, while it is being read."""

    kinds: list[str]
    colours: list[Rgb] = field(default_factory=list)
    fabric: str | None = None
    pattern: str | None = None
    bare: bool = False
    """Said not to be there ("without a hat")."""


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
    if loose.colours or loose.fabric or loose.pattern:
        worn = _recoloured(worn, loose, named)
    worn = _bared(worn, text, body, notes)
    worn = _covered(worn, body, text, disguise or match)
    return Outfit(tuple(sorted(worn, key=lambda g: ORDER.index(slot(g.kind)))), tuple(notes))


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
    return [parse(notation) for notation in wear]


def read_mentions(text: str, notes: list[str]) -> tuple[list[Mention], Mention]:
    """Garments that the words name, and colours or fabrics that no garment follows."""
    words = re.findall(r"[^\W_]+(?:['\-][^\W_]+)*|,", text.lower())
    mentions: list[Mention] = []
    current, i = Mention([]), 0
    while i < len(words):
        taken = _read_word(words, i, current, notes)
        if current.kinds:
            mentions.append(current)
            current = Mention([])
        elif words[i] in {",", "with", "in", "wearing", "or"} and not _only_colour(words, i):
            current = Mention([], current.colours, current.fabric, current.pattern, current.bare)
        i += taken
    return mentions, current


def _only_colour(words: list[str], i: int) -> bool:
    return i + 1 < len(words) and read_at(words, i + 1) is not None


def _read_word(words: list[str], i: int, current: Mention, notes: list[str]) -> int:
    """Read the garment, colour, fabric or pattern at a word; returns the words taken."""
    word = words[i]
    if word in {"no", "without"}:
        current.bare = True
        return 1
    if _belongs_to_body(words, i):
        current.colours, current.fabric, current.pattern = [], None, None
        return 1
    surface, garment = surface_at(words, i), _garment_at(words, i)
    if garment and (not surface or garment[1] >= surface[2]):
        current.kinds = [*current.kinds, *garment[0]]
        return garment[1]
    if surface:
        setattr(current, surface[0], surface[1])
        return surface[2]
    tint = read_at(words, i)
    if tint:
        current.colours.append(tint[0])
        return tint[1]
    meant = by_meaning(word)
    if meant:
        current.kinds = [meant[0]]
        if meant[1] < 1.0:
            notes.append(f"The wardrobe has no {word}: a {meant[0].replace('_', ' ')} stands in.")
    return 1


def _belongs_to_body(words: list[str], i: int) -> bool:
    """Hair, beard, eyes and skin have colours that no garment has."""
    word = words[i]
    body = HAIR_WORDS | BEARD_WORDS | EYE_WORDS | SKIN_WORDS | set(HAIR_ADJECTIVES)
    return word in body or word.endswith(("-haired", "-eyed", "-skinned", "-bearded"))


def _garment_at(words: list[str], i: int) -> tuple[list[str], int] | None:
    """Kinds (or an outfit's name with a leading "+") that begin at a word, and the length."""
    for length in (3, 2, 1):
        text = " ".join(words[i : i + length])
        if len(words) >= i + length and text in table("outfits"):
            return [f"+{text}"], length
    exact = exact_at(words, i)
    if exact and not (words[i] == "top" and i + 1 < len(words) and words[i + 1] == "of"):
        return [exact[0]], exact[1]
    return None


def garments_of(mention: Mention) -> list[GarmentSpec]:
    """The garments of one mention, with what was said of them."""
    found: list[GarmentSpec] = []
    for kind in mention.kinds:
        if kind.startswith("+"):
            found += [_outfit_part(notation, mention) for notation in table("outfits")[kind[1:]]]
        else:
            found.append(_changed(parse(kind), mention))
    return found


def said_of(mention: Mention) -> list[GarmentSpec]:
    """The garments of a mention that look as was said, or as their very name says ("jeans")."""
    found: list[GarmentSpec] = []
    for kind in mention.kinds:
        if kind.startswith("+"):
            notations = [n for n in table("outfits")[kind[1:]] if "*/" in n]
            found += [_outfit_part(notation, mention) for notation in notations]
        elif says_look(mention):
            found.append(_changed(parse(kind), mention))
    return found


def says_look(mention: Mention) -> bool:
    """Whether anything was said of how it looks."""
    return bool(mention.colours or mention.fabric or mention.pattern)


def colour_goes_without_saying(mention: Mention) -> bool:
    """Whether a colour was named, or its fabric or its name has one of its own."""
    own = mention.fabric in _FABRIC_COLOURS or any(kind.startswith("+") for kind in mention.kinds)
    return bool(mention.colours) or own


def _outfit_part(notation: str, mention: Mention) -> GarmentSpec:
    """One garment of an outfit: only its starred parts take what was said."""
    plain = parse(notation.replace("*/", ""))
    return _changed(plain, mention) if "*/" in notation else plain


def _changed(garment: GarmentSpec, mention: Mention) -> GarmentSpec:
    """The garment with the colours, fabric and pattern that were said."""
    changes: dict[str, object] = {}
    if mention.colours:
        base = mention.colours[0]
        changes = {"color": base, "accent": accent_of(base, mention.colours[1:])}
        if len(mention.colours) > 1 and mention.pattern is None and garment.pattern == "plain":
            changes["pattern"] = "panels"
    if mention.fabric:
        changes["fabric"] = mention.fabric
        if not mention.colours and mention.fabric in _FABRIC_COLOURS:
            base = parse(f"{garment.kind} {_FABRIC_COLOURS[mention.fabric]}").color
            changes |= {"color": base, "accent": accent_of(base, [])}
    if mention.pattern:
        changes["pattern"] = mention.pattern
    return GarmentSpec.model_validate(garment.model_dump() | changes)


_FABRIC_COLOURS = {"leather": "black", "denim": "denim blue", "metal": "silver", "gold": "gold",
                   "fur": "dark brown", "rubber": "black"}  # fmt: skip
"""The colour that goes without saying."""


def _without(worn: list[GarmentSpec], mentions: list[Mention]) -> list[GarmentSpec]:
    """Drop what was said not to be there ("without a helmet")."""
    gone = {slot(kind) for m in mentions if m.bare for kind in m.kinds if not kind.startswith("+")}
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


def _recoloured(
    worn: list[GarmentSpec], loose: Mention, named: list[GarmentSpec]
) -> list[GarmentSpec]:
    """Give a loose colour ("in white") to the main clothes that were not named."""
    return [
        _changed(g, loose) if slot(g.kind) in MAIN_SLOTS and g not in named else g for g in worn
    ]


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
