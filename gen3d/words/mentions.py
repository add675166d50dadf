# SPDX-License-Identifier: Apache-2.0
"""Garments that words name, each with the colours, fabric and pattern that are said of it.

A word for all that somebody wears ("uniform", "costume") is no garment: what is said of it is said
of the main clothes (:mod:`gen3d.words.outfit`). What the wardrobe lacks is noted with its stand-in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from gen3d.spec import GarmentSpec, Rgb
from gen3d.words.colours import read_at
from gen3d.words.garments import METALS, accent_of, by_meaning, exact_at, parse, surface_at
from gen3d.words.looks import BEARD_WORDS, EYE_WORDS, HAIR_ADJECTIVES, HAIR_WORDS, SKIN_WORDS
from gen3d.words.stand_ins import with_article
from gen3d.words.vocabulary import colour, outfits, table

COSTUME = frozenset(
    {"costume", "outfit", "disguise", "gear", "uniform", "suit", "clothes", "attire", "garb"}
)
WHOLE = (COSTUME - {"suit"}) | {
    *("clothing", "apparel", "dress uniform", "regalia", "finery", "raiment", "vestments", "kit"),
    *("garments", "uniforms", "costumes"),
}
"""Words for all that somebody wears: what is said of them is said of the main clothes."""


@dataclass
class Mention:
    """A garment that the words name, while it is being read."""

    kinds: list[str]
    colours: list[Rgb] = field(default_factory=list)
    fabric: str | None = None
    pattern: str | None = None
    stuff: str = ""
    """The word for the fabric, which may have a colour of its own ("suede")."""
    trim: str | None = None
    """A second fabric ("in leather and fur")."""
    bare: bool = False
    """Said not to be there ("without a hat")."""


def read_mentions(text: str, notes: list[str]) -> tuple[list[Mention], Mention]:
    """Garments that the words name, and colours or fabrics that no garment follows."""
    words = re.findall(r"[^\W_]+(?:['\-][^\W_]+)*|,", text.lower())
    mentions: list[Mention] = []
    current, loose, i = Mention([]), Mention([]), 0
    while i < len(words):
        taken = _read_word(words, i, current, notes)
        if words[i] in WHOLE and not current.kinds:
            loose, current = current if says_look(current) else loose, Mention([])
        elif current.kinds:
            mentions.append(current)
            current = Mention([])
        elif words[i] in {",", "with", "in", "wearing", "or"} and not _only_colour(words, i):
            current = replace(current, kinds=[], colours=list(current.colours))
        i += taken
    return mentions, current if says_look(current) else loose


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
    surface, garment = surface_at(words, i), garment_at(words, i)
    if garment and surface and garment[1] == surface[2] and garment_at(words, i + garment[1]):
        garment = None
    if garment and (not surface or garment[1] >= surface[2]):
        kinds = _at_length(words[max(i - 3, 0) : i], garment[0])
        _read_within(words[i : i + garment[1]], kinds, current, notes)
        return garment[1]
    if surface:
        _read_surface(surface, words[i], current)
        return surface[2]
    tint = read_at(words, i)
    if tint:
        current.colours.append(tint[0])
        return tint[1]
    meant = None if word in WHOLE else by_meaning(word)
    if meant:
        current.kinds = [meant[0]]
        if meant[1] < 1.0:
            notes.append(_stands_in(word, [meant[0]]))
    return 1


def _at_length(before: list[str], kinds: list[str]) -> list[str]:
    """Garments by the words before them: "a long plaid skirt" is a long skirt."""
    long = "long" in before and before[before.index("long") :]
    if not long or {"and", "with"} & set(long) or any(_belongs_to_body([w], 0) for w in long):
        return kinds
    return [_LONG.get(kind, kind) for kind in kinds]


_LONG = {"skirt": "long_skirt", "dress": "gown"}


def _read_within(words: list[str], kinds: list[str], current: Mention, notes: list[str]) -> None:
    """Take a garment, with the fabric that is part of its name ("leather apron")."""
    current.kinds = [*current.kinds, *kinds]
    inside = [surface_at(words[k:], 0) for k in range(len(words) - 1)]
    told = next((one for one in inside if one and one[0] == "fabric"), None)
    if told and current.fabric is None and not any(kind.startswith("+") for kind in kinds):
        current.fabric = told[1]
    standing = [kind[1:] for kind in kinds if kind[1:] in table("attire")]
    for name in standing:
        built = [n.split()[0] for n in table("attire")[name] if "*/" in n]
        notes.append(_stands_in(name, built))


def _read_surface(surface: tuple[str, str, int], word: str, current: Mention) -> None:
    """Take a fabric or a pattern; a second fabric trims the first."""
    if surface[0] == "fabric" and current.fabric not in {None, surface[1]}:
        current.trim = surface[1]
        return
    setattr(current, surface[0], surface[1])
    current.stuff = word if surface[0] == "fabric" else current.stuff


def _stands_in(word: str, kinds: list[str]) -> str:
    """A sentence on a garment that the wardrobe lacks."""
    put = [with_article(kind.replace("_", " ")) for kind in kinds]
    verb = "stand" if len(put) > 1 or put[0] in {kinds[0], ""} else "stands"
    return f"The wardrobe has no {word}: {' and '.join(put)} {verb} in."


def _belongs_to_body(words: list[str], i: int) -> bool:
    """Hair, beard, eyes and skin have colours that no garment has."""
    word = words[i]
    body = HAIR_WORDS | BEARD_WORDS | EYE_WORDS | SKIN_WORDS | set(HAIR_ADJECTIVES)
    return word in body or word.endswith(("-haired", "-eyed", "-skinned", "-bearded"))


def garment_at(words: list[str], i: int) -> tuple[list[str], int] | None:
    """Kinds (or an outfit's name with a leading "+") that begin at a word, and the length."""
    for length in (3, 2, 1):
        text = " ".join(words[i : i + length])
        if len(words) >= i + length and text in outfits():
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
            found += [_outfit_part(notation, mention) for notation in outfits()[kind[1:]]]
        else:
            found.append(changed(parse(kind), mention))
    return found


def named_kinds(mention: Mention) -> set[str]:
    """Kinds that a mention means; of a word for several garments those that take its colour."""
    found = {kind for kind in mention.kinds if not kind.startswith("+")}
    parts = [n for kind in mention.kinds if kind.startswith("+") for n in outfits()[kind[1:]]]
    return found | {part.split()[0] for part in parts if "*/" in part}


def said_of(mention: Mention) -> list[GarmentSpec]:
    """The garments of a mention that look as was said, or as their very name says ("jeans")."""
    found: list[GarmentSpec] = []
    for kind in mention.kinds:
        if kind.startswith("+"):
            notations = [n for n in outfits()[kind[1:]] if "*/" in n]
            found += [_outfit_part(notation, mention) for notation in notations]
        elif says_look(mention):
            found.append(changed(parse(kind), mention))
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
    return changed(plain, mention) if "*/" in notation else plain


def changed(garment: GarmentSpec, mention: Mention) -> GarmentSpec:
    """The garment with the colours, fabric and pattern that were said."""
    changes: dict[str, object] = {}
    if mention.colours:
        base = mention.colours[0]
        changes = {"color": base, "accent": accent_of(base, mention.colours[1:])}
        if len(mention.colours) > 1 and mention.pattern is None and garment.pattern == "plain":
            changes["pattern"] = "panels" if garment.fabric in METALS else "stripes"
    if mention.fabric:
        changes["fabric"] = mention.fabric
        own = _own_colour(garment, mention)
        if not mention.colours and own:
            base = colour(own)
            changes |= {"color": base, "accent": accent_of(base, [])}
        if (
            mention.fabric == "gold"
            and garment.fabric not in METALS
            and garment.kind not in _FORGED
        ):
            # Cloth of gold, not a coat of plate.
            changes |= {"fabric": "satin", "metallic": _LAME}
    if mention.pattern:
        changes["pattern"] = mention.pattern
    return GarmentSpec.model_validate(garment.model_dump() | changes)


def _own_colour(garment: GarmentSpec, mention: Mention) -> str:
    """The colour that its stuff gives a garment; none where it is of that stuff already."""
    told = table("fabrics")["own_colours"].get(mention.stuff)
    if told or garment.fabric == mention.fabric:
        return str(told or "")
    if mention.fabric == "leather" and garment.kind in _TANNED:
        return "brown"
    return _FABRIC_COLOURS.get(mention.fabric or "", "")


_TANNED = frozenset(
    {"apron", "vest", "breastplate", "pauldrons", "greaves", "helmet", "hat", "cap", "backpack"}
)
"""Leather that is brown by itself; the rest is black."""
_FORGED = frozenset({"belt", "glasses", "sunglasses", "bracers", "greaves", "pauldrons"})
"""What may be of gold itself though it usually is not of metal."""
_LAME = 0.5
"""How metallic cloth is that metal thread is woven into."""
_FABRIC_COLOURS = {"leather": "black", "denim": "denim blue", "metal": "silver", "gold": "gold",
                   "fur": "dark brown", "rubber": "black"}  # fmt: skip
"""The colour that goes without saying."""
