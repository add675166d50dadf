# SPDX-License-Identifier: Apache-2.0
"""What a sentence wants painted, by the readers that dress the project's own characters.

Only what words name: a garment with a colour, fabric or pattern, hair, eyes, skin. A figure's kind
brings its skin where that is no person's ("an orc"), and its usual clothes where nothing else is
named ("a pirate").
"""

from __future__ import annotations

import re

from gen3d.prompt import plain_text
from gen3d.retexture.spec import PaintSpec
from gen3d.spec import GarmentSpec
from gen3d.words import archetypes, looks
from gen3d.words.archetypes import CERTAIN, Match
from gen3d.words.garments import parse
from gen3d.words.mentions import (
    Mention,
    colour_goes_without_saying,
    read_mentions,
    said_of,
    says_look,
)
from gen3d.words.sentence import split

CLOTHES = "clothes"
"""All clothes that are not named one by one."""


def wishes(text: str) -> tuple[tuple[PaintSpec, ...], tuple[str, ...]]:
    """Paints that a sentence names, and a sentence for each word that paint cannot follow."""
    clean = plain_text(text)
    parts = split(clean)
    said = ", ".join(part for part in (parts.who, parts.wearing) if part)
    paints, notes = _read(said, parts.who)
    if not paints and said != clean:
        paints, notes = _read(clean, parts.who)
    return tuple(paints), tuple(dict.fromkeys(notes))


def _read(said: str, who: str) -> tuple[list[PaintSpec], list[str]]:
    notes: list[str] = []
    found = archetypes.find(who) if who else None
    match = found if found and found.similarity >= CERTAIN else None
    mentions, loose = read_mentions(said, notes)
    _settle(mentions, loose)
    paints = [paint for mention in mentions for paint in _clothes(mention, notes)]
    if says_look(loose) and not paints:
        loose.kinds = ["t_shirt"]
        paints += [_paint(CLOTHES, garment, loose) for garment in said_of(loose)]
    paints += _looks(said, match)
    if not paints and match is not None:
        paints = _usual(match)
        notes.append(f"Only who it is was named: the usual clothes of a {match.name} were taken.")
    return paints, notes


def _settle(mentions: list[Mention], loose: Mention) -> None:
    """Give words that no garment follows to the one garment that has none ("a shirt of silk")."""
    waiting = [m for m in mentions if not says_look(m) and not m.bare]
    if len(mentions) == 1 and len(waiting) == 1 and says_look(loose):
        waiting[0].colours, loose.colours = loose.colours, []
        waiting[0].fabric, loose.fabric = loose.fabric, None
        waiting[0].pattern, loose.pattern = loose.pattern, None


def _clothes(mention: Mention, notes: list[str]) -> list[PaintSpec]:
    names = ", ".join(kind.removeprefix("+").replace("_", " ") for kind in mention.kinds)
    if mention.bare:
        notes.append(f"Paint takes nothing off: the {names} stays where there is one.")
        return []
    garments = said_of(mention)
    if not garments:
        notes.append(f"Nothing was said of how the {names} looks, so it stays as it is.")
    return [_paint(garment.kind, garment, mention) for garment in garments]


def _paint(what: str, garment: GarmentSpec, mention: Mention) -> PaintSpec:
    coloured = colour_goes_without_saying(mention)
    printed = garment.pattern != "plain"
    named = mention.fabric is not None or any(kind.startswith("+") for kind in mention.kinds)
    return PaintSpec(
        what=what,
        color=garment.color if coloured else None,
        accent=garment.accent if printed and coloured else None,
        pattern=garment.pattern,
        fabric=garment.fabric if named else None,
    )


def _looks(said: str, match: Match | None) -> list[PaintSpec]:
    found = looks.said(said, match)
    paints: list[PaintSpec] = []
    if found.skin is not None:
        paints.append(
            PaintSpec.model_validate({"what": "skin", "color": found.skin, **found.surface})
        )
    for what, color in (("hair", found.hair), ("beard", found.beard), ("eyes", found.eyes)):
        if color is not None:
            paints.append(PaintSpec(what=what, color=color))
    return paints


def _usual(match: Match) -> list[PaintSpec]:
    wear = match.entry["wear"]
    if isinstance(wear, dict):
        wear = next(iter(wear.values()))
    garments = [parse(re.sub(r"\*/", "", notation)) for notation in wear]
    return [
        PaintSpec(
            what=garment.kind,
            color=garment.color,
            accent=None if garment.pattern == "plain" else garment.accent,
            pattern=garment.pattern,
            fabric=garment.fabric,
        )
        for garment in garments
    ]
