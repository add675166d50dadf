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
    Frame,
    Writer,
    article,
    fabric_shows,
    head_trait,
    heads_of,
    kind_of,
    plain_garment,
    plain_noun,
    plain_word,
    seen_garments,
    traits_of,
    with_articles,
)
from gen3d.foundry.colours import lab, plain_name
from gen3d.spec import CharacterSpec, GarmentSpec

PLAIN = 0.4
"""Share of descriptions in the words of the plain form, as prompts are rewritten."""
HUED, STUFFED = 0.85, 0.4
"""Share of garments whose colour is told, whose fabric is."""
HEADS = {"full": 0.4, "near": 0.7}
"""Share of descriptions that tell hair or beard."""
ALSO = 0.3
"""Share of archetypes who are also called a man, a girl and so on."""

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
    return [*found, *(_garment(writer, garment, plain=plain) for garment in writer.some())]


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
    colour, told = writer.spec.hair.color, list[Claim]()
    hue = plain_name(colour)
    for head in heads_of(writer.spec):
        word = plain_word(*head) if plain else writer.synonym(*head)
        said = word.format(hue=hue if plain else writer.colour(colour))
        told.append(Claim(with_articles(said), frozenset({head_trait(hue, *head)})))
    return told


def _garment(writer: Writer, garment: GarmentSpec, *, plain: bool) -> Claim:
    gilded = garment.fabric == "gold"
    hued = gilded or bool(writer.rng.random() < HUED)
    stuffed = fabric_shows(garment) and (gilded or bool(writer.rng.random() < STUFFED))
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
