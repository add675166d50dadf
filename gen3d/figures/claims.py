# SPDX-License-Identifier: Apache-2.0
"""Claims: pieces of a description, each with what must be true of a figure for it to fit.

"A red tunic" claims a garment of that kind and about that colour, "an old elf" two traits. So every
claim that is drawn for one figure can be held against every other one, which says of each picture
in a batch what is to be seen in it and what is not (:mod:`gen3d.training.claims`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gen3d.figures.captions import (
    FILE,
    SIZE,
    Frame,
    Writer,
    article,
    beard_of,
    beard_shows,
    hair_shows,
    kind_of,
    plain_garment,
    plain_noun,
    seen_garments,
    traits_of,
    with_articles,
)
from gen3d.foundry.colours import lab, plain_name
from gen3d.spec import CharacterSpec, GarmentSpec
from gen3d.words.garments import slot
from gen3d.words.vocabulary import table

PLAIN = 0.4
"""Share of descriptions in the words of the plain form, as prompts are rewritten."""
HUED, STUFFED = 0.85, 0.4
"""Share of garments whose colour is told, whose fabric is."""
HEADS = {"full": 0.4, "near": 0.7}
ALSO = 0.3
"""Share of archetypes who are also called a man, a girl and so on."""
MOST = 4
"""Garments of one description."""

Lab = tuple[float, float, float]


@dataclass(frozen=True)
class Worn:
    """A garment, as far as it is told."""

    kind: str
    colour: Lab | None
    fabric: str


@dataclass(frozen=True)
class Claim:
    """A phrase and what it says."""

    text: str
    traits: frozenset[str] = frozenset()
    garment: Worn | None = None


@dataclass(frozen=True)
class Facts:
    """What is true of a figure in a picture."""

    traits: frozenset[str]
    worn: tuple[Worn, ...]


def facts_of(spec: CharacterSpec, frame: Frame) -> Facts:
    """Everything that a claim may ask for."""
    worn = (Worn(g.kind, _colour(g), g.fabric) for g in seen_garments(spec, frame))
    return Facts(traits_of(spec), tuple(worn))


def claims_of(spec: CharacterSpec, frame: Frame, rng: np.random.Generator) -> list[Claim]:
    """One description in pieces: who it is first, then hair or beard, then some garments."""
    writer = Writer(spec, frame, rng, "trained")
    plain = bool(rng.random() < PLAIN)
    found = [_who(writer, plain=plain)]
    if spec.archetype != "person" and rng.random() < ALSO:
        kind = kind_of(spec)
        found.append(Claim(with_articles(f"a {kind}"), frozenset({kind})))
    heads = _heads(writer, plain=plain)
    if heads and rng.random() < HEADS[frame]:
        found.append(heads[int(rng.integers(len(heads)))])
    seen = seen_garments(spec, frame)
    if seen:
        weight = np.array([SIZE[slot(g.kind)] for g in seen], np.float64)
        count = int(min(len(seen), 1 + rng.integers(MOST)))
        chosen = rng.choice(len(seen), count, replace=False, p=weight / weight.sum())
        found += [_garment(writer, seen[int(i)], plain=plain) for i in chosen]
    return found


def _who(writer: Writer, *, plain: bool) -> Claim:
    if not plain:
        text, traits = writer.noun()
        return Claim(with_articles(f"a {text}"), traits)
    spec = writer.spec
    noun = plain_noun(spec)
    called = spec.archetype if spec.archetype != "person" else kind_of(spec)
    plain_words = noun.replace("-skinned", " skin")
    said = {trait for trait in traits_of(spec) if trait in plain_words}
    return Claim(with_articles(f"a {noun}"), frozenset({called} | said))


def _heads(writer: Writer, *, plain: bool) -> list[Claim]:
    """Hair and beard, where they can be seen."""
    spec, shown = writer.spec, list[tuple[str, str, str]]()
    if hair_shows(spec):
        shown.append(("hair", spec.hair.style, "hair"))
    if beard_shows(spec):
        shown.append(("beards", beard_of(spec), "beard"))
    told = list[Claim]()
    for group, name, thing in shown:
        hue = plain_name(spec.hair.color)
        word = writer.first(group, name) if plain else writer.synonym(group, name)
        said = word.format(hue=hue if plain else writer.colour(spec.hair.color))
        told.append(Claim(with_articles(said), frozenset({f"{hue} {thing}, {name}"})))
    return told


def _garment(writer: Writer, garment: GarmentSpec, *, plain: bool) -> Claim:
    gilded = garment.fabric == "gold"
    hued = gilded or bool(writer.rng.random() < HUED)
    told = garment.fabric in table(FILE)["fabrics"]
    stuffed = told and (gilded or bool(writer.rng.random() < STUFFED))
    if plain:
        text = plain_garment(garment, hued=hued, stuffed=stuffed)
    else:
        words = [writer.hue(garment)] if hued and not gilded else []
        words += [writer.synonym("fabrics", garment.fabric)] if stuffed else []
        text = article(" ".join((*words, writer.synonym("garments", garment.kind))))
    worn = Worn(garment.kind, _colour(garment) if hued else None, garment.fabric if stuffed else "")
    return Claim(with_articles(text), garment=worn)


def _colour(garment: GarmentSpec) -> Lab:
    lightness, a, b = (float(x) for x in lab(np.array(garment.color)))
    return lightness, a, b
