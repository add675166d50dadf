# SPDX-License-Identifier: Apache-2.0
"""One figure of several concepts: the prompt's, with another's face, outfit or style.

Everything ends as numbers of the same :class:`~gen3d.spec.CharacterSpec`: a face is skin, eyes,
hair, ancestry and the head's details; an outfit is the garments, cut for the prompt's body; what is
kept comes from the run that the folder held.
"""

from __future__ import annotations

import re

import numpy as np

from gen3d.concepts.emphasis import emphasised, moved, parted
from gen3d.concepts.spec import ConceptSpec
from gen3d.concepts.style import styled
from gen3d.perception import ciede2000, to_cielab
from gen3d.prompt import describe, plain_text
from gen3d.spec import BodySpec, CharacterSpec, Description, GarmentSpec, HairSpec
from gen3d.words import archetypes, looks, mentions, outfit, wear
from gen3d.words.colours import name_at
from gen3d.words.garments import parse, slot
from gen3d.words.sentence import split
from gen3d.words.vocabulary import colour, table

_HEAD = (
    "head",
    "face",
    "eye",
    "nose",
    "mouth",
    "chin",
    "cheek",
    "ear",
    "forehead",
    "eyebrow",
    "neck",
)
"""How details of the head begin, as MakeHuman names them."""
_SAME = 18.0
"""CIEDE2000 below which a garment has a colour that is not wanted."""
_HIPS, _CHEST = {"full", "lower"}, {"full", "upper"}


def described(text: str, seed: int, concept: ConceptSpec | None) -> Description:
    """Read a prompt with its weights, and what is said beside it.

    Args:
        text: The prompt.
        seed: Of every choice that the words leave open.
        concept: What is said beside it.

    Raises:
        Gen3dError: A weight is no number.
    """
    plain, weights = parted(text)
    description = describe(plain, seed)
    figure = description.character
    if weights:
        figure = emphasised(text, lambda words: describe(words, seed).character)
    if concept is not None:
        figure, notes = _mixed(figure, concept, seed)
        description = description.model_copy(update={"notes": (*description.notes, *notes)})
    return description.model_copy(update={"character": figure})


def _mixed(
    figure: CharacterSpec, concept: ConceptSpec, seed: int
) -> tuple[CharacterSpec, tuple[str, ...]]:
    notes: list[str] = []
    if concept.face:
        figure = _with_face(figure, _figure(concept.face, seed))
    if concept.outfit:
        figure = figure.model_copy(
            update={"garments": _outfit(concept.outfit, figure.body, seed, notes)}
        )
    if concept.style:
        figure, told = styled(figure, concept.style)
        notes += told
    for phrase in filter(None, (part.strip() for part in concept.without.split(","))):
        figure = _lacking(figure, phrase, seed, notes)
    if concept.kept is not None:
        figure = _kept(figure, concept.kept, concept)
    return figure, tuple(notes)


def _figure(text: str, seed: int) -> CharacterSpec:
    return emphasised(text, lambda words: describe(words, seed).character)


def _with_face(figure: CharacterSpec, other: CharacterSpec) -> CharacterSpec:
    """The other's skin, eyes, hair, ancestry and details of the head on this body."""
    details = {k: v for k, v in figure.body.details.items() if not k.startswith(_HEAD)}
    details |= {k: v for k, v in other.body.details.items() if k.startswith(_HEAD)}
    ancestry = {name: getattr(other.body, name) for name in ("african", "asian", "caucasian")}
    body = figure.body.model_copy(update={**ancestry, "details": details})
    return figure.model_copy(update={"body": body, "skin": other.skin, "hair": other.hair})


def _outfit(text: str, body: BodySpec, seed: int, notes: list[str]) -> tuple[GarmentSpec, ...]:
    """The clothes of a concept for this body; weights count for their colours."""

    def worn(words: str) -> CharacterSpec:
        condition = wear.read(plain_text(words))
        parts = split(condition.text)
        said = ", ".join(part for part in (parts.who, parts.wearing) if part) or condition.text
        told = wear.adjectives(said)
        clothes = outfit.dress(told.text, archetypes.find(parts.who), body)
        notes.extend(clothes.notes)
        dressed = CharacterSpec(garments=clothes.garments, body=body)
        return wear.applied(dressed, (*condition.marks, *told.marks))

    del seed
    garments = emphasised(text, worn).garments
    notes[:] = list(dict.fromkeys(notes))
    return garments


def _lacking(figure: CharacterSpec, phrase: str, seed: int, notes: list[str]) -> CharacterSpec:
    """The figure without what a phrase names: a garment, hair or beard, a colour, or a trait."""
    words = re.findall(r"[^\W_]+(?:['\-][^\W_]+)*", phrase.lower())
    told, _ = mentions.read_mentions(phrase, [])
    kinds = {kind for m in told for kind in m.kinds if not kind.startswith("+")}
    if kinds:
        return _undressed(figure, kinds, words, notes)
    named = name_at(words, 0) if words else None
    if named is not None and named[1] == len(words):
        return _uncoloured(figure, named[0])
    if set(words) & (looks.BEARD_WORDS | looks.HAIR_WORDS):
        return _shaven(figure, words, phrase, seed)
    plain, trait = (describe(f"a {extra}person", seed).character for extra in ("", f"{phrase} "))
    if plain == trait:
        notes.append(f"Nothing was found that “{phrase}” could take away.")
        return figure
    return moved(figure, plain, trait, 0.0)


def _undressed(
    figure: CharacterSpec, kinds: set[str], words: list[str], notes: list[str]
) -> CharacterSpec:
    """Without garments of these kinds, or of the colours that go with them; never without all."""
    colours = [colour(found[0]) for i in range(len(words)) if (found := name_at(words, i))]
    slots = {slot(kind) for kind in kinds}
    left = [
        g
        for g in figure.garments
        if slot(g.kind) not in slots
        or (colours and not any(_near(g.color, other) for other in colours))
    ]
    before, after = ({slot(g.kind) for g in worn} for worn in (figure.garments, left))
    modest = figure.body.sex > 0.5 or figure.body.age_years < outfit.CHILD_YEARS
    for cover, plain in ((_HIPS, "shorts"), (_CHEST, "tank_top")):
        modest = (
            cover is _HIPS or figure.body.sex > 0.5 or figure.body.age_years < outfit.CHILD_YEARS
        )
        if modest and before & cover and not after & cover:
            left.append(parse(f"{plain} dark grey cotton"))
            notes.append(f"Nudity is not offered: {plain.replace('_', ' ')} stay on.")
    return figure.model_copy(update={"garments": tuple(left)})


def _near(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    difference = ciede2000(to_cielab(np.array(one)), to_cielab(np.array(other)))
    return float(difference) < _SAME


def _uncoloured(figure: CharacterSpec, name: str) -> CharacterSpec:
    """Garments of a colour get the usual one of their kind, or grey where that is the same."""
    banned = colour(name)
    garments: list[GarmentSpec] = []
    for garment in figure.garments:
        usual = parse(garment.kind).color
        plain = colour("grey") if _near(usual, banned) else usual
        changes = {
            key: plain for key in ("color", "accent") if _near(getattr(garment, key), banned)
        }
        garments.append(garment.model_copy(update=changes))
    return figure.model_copy(update={"garments": tuple(garments)})


def _shaven(figure: CharacterSpec, words: list[str], phrase: str, seed: int) -> CharacterSpec:
    """Without a beard, without hair, or with another style or colour than the one named."""
    if set(words) & looks.BEARD_WORDS:
        skin = figure.skin.model_copy(update={"stubble": 0.0})
        hair = figure.hair.model_copy(update={"beard": 0.0})
        return figure.model_copy(update={"hair": hair, "skin": skin})
    if len(words) == 1 and words[0] in {"hair", "hairs"}:
        return figure.model_copy(update={"hair": figure.hair.model_copy(update={"style": "bald"})})
    meant = describe(f"a person with {phrase}", seed).character.hair
    usual = describe("a person", seed).character.hair
    other = usual if usual.style != meant.style else HairSpec(style="short")
    changes: dict[str, object] = {}
    if figure.hair.style == meant.style:
        changes["style"] = other.style if other.style != meant.style else "bob"
    if _near(figure.hair.color, meant.color):
        names = table("looks")["hair_colours"]
        options = [looks.hair_colour(name) for name in names]
        changes["color"] = next(c for c in options if not _near(c, meant.color))
    return figure.model_copy(update={"hair": figure.hair.model_copy(update=changes)})


def _kept(figure: CharacterSpec, kept: CharacterSpec, concept: ConceptSpec) -> CharacterSpec:
    """The parts of the run before in place of what the words say."""
    if "shape" in concept.keep:
        face = figure
        figure = figure.model_copy(update={"body": kept.body, "archetype": kept.archetype})
        if "face" not in concept.keep:
            figure = _with_face(figure, face)
    if "face" in concept.keep:
        figure = _with_face(figure, kept)
    if "outfit" in concept.keep:
        figure = figure.model_copy(update={"garments": kept.garments})
    return figure
