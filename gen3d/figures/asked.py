# SPDX-License-Identifier: Apache-2.0
"""What a prompt says of a figure, in the plain words of the towers, and what it thereby fixes.

The description (:mod:`gen3d.prompt`) fills every value; here the said ones are told from those that
only follow from who it is. The plain form names who, what is said of hair and clothes, and nothing
else, so that a tower is not asked for the draft's own choices. What is said is fixed: a search may
change the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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
from gen3d.spec import CharacterSpec, Description, GarmentSpec
from gen3d.words import archetypes, looks, outfit
from gen3d.words.descriptors import AXES
from gen3d.words.garments import slot
from gen3d.words.measures import read_measures
from gen3d.words.physique import read_descriptors

SAID = 0.1
"""Size of a reading above which the words speak of that side of the body."""
_NUMBERS = {"weight": ("weight", "belly", "hips"), "muscle": ("muscle", "shoulders")}
"""Numbers of a body that may be searched, and the axes that fix them."""


@dataclass(frozen=True)
class Asked:
    """A prompt's demands."""

    prompt: str
    whole: str
    """The plain form, for pictures of all of the figure."""
    near: str
    """The same for portraits: without what they cannot show."""
    named: frozenset[str]
    """Garments that the words name."""
    coloured: frozenset[str]
    """Garments whose colour and pattern the words fix."""
    stuffed: frozenset[str]
    """Garments whose fabric the words fix."""
    bare: frozenset[str]
    """Places on the body where the words want nothing."""
    hair: bool
    """Whether they speak of hair or beard."""
    body: frozenset[str]
    """Numbers of the body that they fix."""

    def text(self, frame: Frame) -> str:
        """The plain form for a kind of picture."""
        return self.whole if frame == "full" else self.near


def read_asked(prompt: str, description: Description) -> Asked:
    """Tell what was said from what was assumed.

    Args:
        prompt: The sentence.
        description: As the words, or the user's ``config.yml``, have it.
    """
    who, wearing = description.who, description.wearing
    said = f"{who}, {wearing}" if wearing else who
    spec = description.character
    mentions, loose = outfit.read_mentions(said, [])
    named, coloured, stuffed = _fixed(spec, mentions, loose)
    spoken = set(re.findall(r"[a-z\-]+", said))
    hair = looks.names_hair(said) or bool(spoken & looks.BEARD_WORDS)
    bare = {slot(k) for m in mentions if m.bare for k in m.kinds if not k.startswith("+")}
    garments = [g for g in spec.garments if g.kind in named]
    garments = sorted(garments, key=lambda g: -SIZE[slot(g.kind)])[:TOLD]
    phrases = {
        g.kind: plain_garment(g, hued=g.kind in coloured, stuffed=g.kind in stuffed)
        for g in garments
    }
    near = [phrases[g.kind] for g in garments if slot(g.kind) in NEAR_PLACES]
    return Asked(
        prompt,
        _sentence(spec, list(phrases.values()), hair=hair),
        _sentence(spec, near, hair=hair),
        frozenset(named),
        frozenset(coloured),
        frozenset(stuffed),
        frozenset(bare),
        hair,
        _body_said(prompt, who),
    )


def ask(prompt: str, seed: int = 0) -> Asked:
    """Read a prompt that was not described yet."""
    return read_asked(prompt, describe(prompt, seed))


def _fixed(
    spec: CharacterSpec, mentions: list[outfit.Mention], loose: outfit.Mention
) -> tuple[set[str], set[str], set[str]]:
    """Kinds that are named, whose colour is said, and whose fabric is."""
    worn = {g.kind for g in spec.garments}
    named, coloured, stuffed = set[str](), set[str](), set[str]()
    for mention in mentions:
        if mention.bare:
            continue
        kinds = {g.kind for g in outfit.garments_of(mention)} & worn
        # Some names bring more with them: jeans are blue denim.
        told = any(len(kind.split()) > 1 or kind.startswith("+") for kind in mention.kinds)
        named |= kinds
        if mention.colours or mention.pattern or told:
            coloured |= kinds
        if mention.fabric or told:
            stuffed |= kinds
    main = {g.kind for g in spec.garments if slot(g.kind) in outfit.MAIN_SLOTS}
    if loose.colours or loose.pattern:
        named |= main
        coloured |= main
    if loose.fabric:
        named |= main
        stuffed |= main
    return named, coloured, stuffed


def _sentence(spec: CharacterSpec, clothes: list[str], *, hair: bool) -> str:
    parts = [plain_noun(spec)]
    head = plain_head(spec) if hair else []
    if head:
        parts.append(f"with {listed(head)}")
    if clothes:
        parts.append(f"wearing {listed(clothes)}")
    return with_articles(f"a {' '.join(parts)}")


def _body_said(prompt: str, who: str) -> frozenset[str]:
    match = archetypes.find(who)
    values, _, _ = read_descriptors(who, match.noun if match else "")
    said = {axis for axis, value in zip(AXES, values, strict=True) if abs(value) > SAID}
    fixed = {number for number, axes in _NUMBERS.items() if said & set(axes)}
    measured = read_measures(prompt)
    return frozenset(fixed | ({"height"} if measured.height is not None else set()))


def may_dye(asked: Asked, garment: GarmentSpec) -> bool:
    """Whether the words leave a garment's colour open."""
    return garment.kind not in asked.coloured
