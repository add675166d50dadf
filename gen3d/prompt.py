# SPDX-License-Identifier: Apache-2.0
"""A sentence, understood: who, wearing what, doing what, where and when, as editable numbers.

:func:`describe` composes the readers of :mod:`gen3d.words`; each works by meaning (MiniLM
embeddings and WordNet definitions) over the data of ``configs/vocabulary``. Whatever the sentence
leaves out gets a default and a sentence in ``notes``. English only; one character.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace

import numpy as np

from gen3d.spec import CharacterSpec, Description, GarmentSpec, MotionSpec, RoomSpec
from gen3d.words import archetypes, land, light, looks, outfit, outlook, physique, room, wear
from gen3d.words.archetypes import Match
from gen3d.words.measures import read_measures
from gen3d.words.sentence import LONGEST_TEXT, Parts, split
from gen3d.words.vocabulary import table

IDLE = "standing idle"
KNOWN = 0.55
"""Similarity below which the archetype is called a guess."""


def describe(text: str, seed: int, *, of_place: bool = False) -> Description:
    """Read a sentence.

    Args:
        text: Any text; what cannot be understood is left to defaults.
        seed: Of every choice that the words leave open; same text and seed, same result.
        of_place: Whether all of the text is about a place, and nobody is in it.
    """
    clean = plain_text(text)
    if of_place:
        return _place(clean, seed)
    condition = wear.read(clean)
    measures = read_measures(condition.text)
    plain, in_place = _in_place(measures.text)
    parts = split(plain)
    who, wearing = wear.adjectives(parts.who), wear.adjectives(parts.wearing)
    parts = replace(parts, who=who.text, wearing=wearing.text)
    match = archetypes.find(parts.who)
    character, notes = _character(clean, parts, match, measures, seed)
    character = wear.applied(character, (*condition.marks, *who.marks, *wearing.marks))
    sky = light.read(parts.where, parts.when, seed, clean)
    ground = land.read(f"{parts.where}, {parts.when}", parts.where)
    view = outlook.split(clean, parts.where)
    place = land.without_things(outlook.split(parts.where, "").inner)
    inside = room.read(land.without_things(view.inner), sky.sky, seed, place)
    known = [*_missing(parts, text), *notes, *sky.notes, *_placed(ground, inside)]
    chamber, more = _opened(inside, clean, view, seed)
    return Description(
        who=parts.who,
        wearing=parts.wearing,
        doing=parts.doing,
        where=parts.where,
        when=parts.when,
        character=character,
        motion=MotionSpec(text=parts.doing or IDLE, in_place=in_place),
        sky=sky.sky,
        land=land.after_dark(ground.land, sky.sky) if chamber is None else None,
        room=chamber,
        notes=tuple(dict.fromkeys([*known, *more])),
    )


def _place(clean: str, seed: int) -> Description:
    """All of the text is where and when; nobody is looked for in it, which takes seconds."""
    sky = light.read(clean, "", seed, clean)
    ground = land.read(clean)
    view = outlook.split(clean, clean)
    outdoors = ground.land is not None
    inside = room.read(view.inner, sky.sky, seed, of_place=True, outdoors=outdoors)
    chamber, more = _opened(inside, clean, view, seed)
    left = land.unbuilt(clean) if chamber is None else []
    # What is built has its own ground, whatever the words for light make of the place.
    bare = not outdoors and chamber is None
    told = [note for note in sky.notes if bare or note != sky.unplaced]
    anyone, _ = _character("", Parts(), None, read_measures(""), seed)
    return Description(
        character=anyone,
        motion=MotionSpec(text=IDLE),
        sky=sky.sky,
        land=land.after_dark(ground.land, sky.sky) if chamber is None else None,
        room=chamber,
        notes=tuple(dict.fromkeys([*told, *_placed(ground, inside), *left, *more])),
    )


def _opened(
    inside: room.Reading, clean: str, view: outlook.Outside, seed: int
) -> tuple[RoomSpec | None, tuple[str, ...]]:
    """A room with what its windows show, and what was assumed of that."""
    return (None, ()) if inside.room is None else outlook.opened(inside.room, clean, view, seed)


def _placed(ground: land.Reading, inside: room.Reading) -> list[str]:
    """Notes on the place; in a room nobody asks about the land outside."""
    return list(inside.notes if inside.room is not None else ground.notes)


def plain_text(text: str) -> str:
    """Lower case, plain spaces, no accents that keep words from being found, of a sane length."""
    flat = unicodedata.normalize("NFKC", text)[:LONGEST_TEXT]
    flat = "".join(c if c.isprintable() else " " for c in flat)
    return re.sub(r"\s+", " ", flat).strip().lower().replace("’", "'")


def _in_place(text: str) -> tuple[str, bool]:
    """Take "on the spot" and its like out of the sentence."""
    for phrase in table("grammar")["in_place"]:
        found = re.search(rf"\b{re.escape(phrase)}\b", text)
        if found:
            return f"{text[: found.start()]} {text[found.end() :]}".strip(), True
    return text, False


def _character(
    text: str, parts: Parts, match: Match | None, measures: physique.Measures, seed: int
) -> tuple[CharacterSpec, list[str]]:
    """The figure, and what had to be assumed."""
    said = f"{parts.who}, {parts.wearing}" if parts.wearing else parts.who
    body = physique.build(parts.who, match, measures, seed, pronouns=text)
    clothes = outfit.dress(said, match, body.spec)
    draws = np.random.default_rng([seed, 2])
    spec = CharacterSpec(
        archetype=match.name if match else "person",
        body=body.spec,
        hair=looks.hair(said, match, body.spec, draws),
        skin=looks.skin(said, match, body.spec, draws),
        garments=_bareheaded(clothes.garments, said),
    )
    return spec, [*_guess(match), *body.notes, *clothes.notes]


def _bareheaded(garments: tuple[GarmentSpec, ...], said: str) -> tuple[GarmentSpec, ...]:
    """Whoever names the hair wants to see it: closed headgear that nobody named stays off."""
    if not looks.names_hair(said):
        return garments
    return tuple(g for g in garments if g.kind not in {"helmet", "hood"} or g.kind in said)


def _guess(match: Match | None) -> list[str]:
    """Say so when the archetype is only the nearest."""
    if match is None or match.similarity >= archetypes.CERTAIN:
        return []
    if match.name == archetypes.ANYBODY:
        return [f"“{match.noun}” is no known figure and like none: in everyday clothes."]
    doubt = "loosely " if match.similarity < KNOWN else ""
    guess = (
        f"“{match.noun}” is no known figure: dressed {doubt}as the nearest, {match.name} "
        f"(similarity {match.similarity:.2f})."
    )
    return [guess]


def _missing(parts: Parts, text: str) -> list[str]:
    """A sentence for each part that the words leave out."""
    notes = []
    if len(text) > LONGEST_TEXT:
        notes.append(f"Only the first {LONGEST_TEXT} characters were read.")
    if not parts.who:
        notes.append("Nobody was named, so the character is an ordinary person.")
    if not parts.wearing:
        notes.append("No clothes were named, so they follow from who it is.")
    if not parts.doing:
        notes.append("No action was named, so the character stands idle.")
    return notes
