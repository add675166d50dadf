# SPDX-License-Identifier: Apache-2.0
"""The reader: any prompt of a figure in the plain words that the towers are trained on.

The description (:mod:`gen3d.prompt`) fills every value; the plain form says only what the prompt
says: who, hair and beard where it speaks of them, and the garments that it names, by the colours
and fabrics that it names. What merely follows from who it is stays unsaid, so that a tower is not
asked for the draft's own choices.
"""

from __future__ import annotations

import re

from gen3d.figures.captions import (
    NEAR_PLACES,
    SIZE,
    TOLD,
    Frame,
    listed,
    plain_garment,
    plain_head,
    plain_noun,
    with_articles,
)
from gen3d.prompt import describe
from gen3d.spec import CharacterSpec
from gen3d.words import looks, outfit
from gen3d.words.garments import slot


def plain_form(prompt: str, frame: Frame = "full", seed: int = 0) -> str:
    """Rewrite a prompt.

    Args:
        prompt: Any wording.
        frame: What the picture shows: a portrait has no shoes to speak of.
        seed: Of what the words leave open, such as the sex of a wizard.
    """
    description = describe(prompt, seed)
    who, wearing = description.who, description.wearing
    said = f"{who}, {wearing}" if wearing else who
    spec = description.character
    parts = [plain_noun(spec)]
    spoken = set(re.findall(r"[a-z\-]+", said))
    if looks.names_hair(said) or spoken & looks.BEARD_WORDS:
        parts += [f"with {listed(head)}" for head in [plain_head(spec)] if head]
    clothes = _clothes(spec, said, frame)
    if clothes:
        parts.append(f"wearing {listed(clothes)}")
    return with_articles(f"a {' '.join(parts)}")


def _clothes(spec: CharacterSpec, said: str, frame: Frame) -> list[str]:
    """The largest of the garments that are named, with what is said of them."""
    named, hued, stuffed = _said_of(spec, said)
    seen = [g for g in spec.garments if frame == "full" or slot(g.kind) in NEAR_PLACES]
    worn = sorted((g for g in seen if g.kind in named), key=lambda g: -SIZE[slot(g.kind)])
    return [plain_garment(g, hued=g.kind in hued, stuffed=g.kind in stuffed) for g in worn[:TOLD]]


def _said_of(spec: CharacterSpec, said: str) -> tuple[set[str], set[str], set[str]]:
    """Kinds that are named, whose colour or pattern is said, and whose fabric is."""
    mentions, loose = outfit.read_mentions(said, [])
    worn = {g.kind for g in spec.garments}
    named, hued, stuffed = set[str](), set[str](), set[str]()
    for mention in mentions:
        if mention.bare:
            continue
        kinds = {g.kind for g in outfit.garments_of(mention)} & worn
        # Some names bring more with them: jeans are blue denim.
        told = any(len(kind.split()) > 1 or kind.startswith("+") for kind in mention.kinds)
        named |= kinds
        hued |= kinds if mention.colours or mention.pattern or told else set()
        stuffed |= kinds if mention.fabric or told else set()
    # "All in red" is said of the main clothes.
    main = {g.kind for g in spec.garments if slot(g.kind) in outfit.MAIN_SLOTS}
    hued |= main if loose.colours or loose.pattern else set()
    stuffed |= main if loose.fabric else set()
    return named | hued | stuffed, hued, stuffed
