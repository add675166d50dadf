# SPDX-License-Identifier: Apache-2.0
"""The reader: any prompt of a figure in the plain words that the towers are trained on.

The description (:mod:`gen3d.prompt`) fills every value; the plain form says only what the prompt
says: who, hair and beard where it speaks of them, and the garments that it names, by the colours
and fabrics that it names. What merely follows from who it is stays unsaid, so that a tower is not
asked for the draft's own choices. What is said holds: a search may change the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gen3d.concepts.emphasis import parted
from gen3d.concepts.mixing import described
from gen3d.concepts.spec import ConceptSpec
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
from gen3d.spec import CharacterSpec, Description
from gen3d.words import archetypes, looks, mentions, outfit
from gen3d.words.descriptors import AXES
from gen3d.words.garments import slot
from gen3d.words.measures import read_measures
from gen3d.words.physique import read_descriptors

SAID = 0.1
"""Size of a reading above which the words speak of that side of the body."""
_AXES_OF = {"weight": ("weight", "belly", "hips"), "muscle": ("muscle", "shoulders")}
"""Numbers of a body that may be searched, and the axes of words that fix them."""
BODY = ("weight", "muscle", "proportions")


@dataclass(frozen=True)
class Asked:
    """A prompt's demands: what it says, and what must therefore stay."""

    prompt: str
    whole: str
    """The plain form, for pictures of all of the figure."""
    near: str
    """The same for portraits: without what they cannot show."""
    named: frozenset[str]
    """Kinds of garments that stay on."""
    coloured: frozenset[str]
    """Garments whose colour and pattern stay."""
    stuffed: frozenset[str]
    """Garments whose fabric stays."""
    bare: frozenset[str]
    """Places on the body where nothing is wanted."""
    hair: bool
    """Whether hair and beard stay."""
    body: frozenset[str]
    """Numbers of the body that stay."""
    stranger: str = ""
    """What is said, where no archetype is sure to be meant and other costumes may be tried."""

    def text(self, frame: Frame) -> str:
        """The plain form for a kind of picture."""
        return self.whole if frame == "full" else self.near


def plain_form(prompt: str, frame: Frame = "full", seed: int = 0) -> str:
    """Rewrite a prompt.

    Args:
        prompt: Any wording.
        frame: What the picture shows: a portrait has no shoes to speak of.
        seed: Of what the words leave open, such as the sex of a wizard.
    """
    return read_asked(prompt, describe(prompt, seed)).text(frame)


def read_asked(prompt: str, description: Description, concept: ConceptSpec | None = None) -> Asked:
    """Tell what was said from what was assumed.

    Args:
        prompt: The sentence, perhaps with weights.
        description: As the words, or the user's ``config.yml``, have it.
        concept: What is said beside it; whole parts of the figure that it gives stay.
    """
    who, wearing = description.who, description.wearing
    said = f"{who}, {wearing}" if wearing else who
    spec, plain = description.character, parted(prompt)[0]
    told, loose = mentions.read_mentions(said, [])
    named, hued, stuffed = _said_of(spec, told, loose)
    hair = looks.names_hair(said) or bool(set(re.findall(r"[a-z\-]+", said)) & looks.BEARD_WORDS)
    worn = [g for g in spec.garments if g.kind in named]
    worn = sorted(worn, key=lambda g: -SIZE[slot(g.kind)])[:TOLD]
    phrases = [plain_garment(g, hued=g.kind in hued, stuffed=g.kind in stuffed) for g in worn]
    near = [p for p, g in zip(phrases, worn, strict=True) if slot(g.kind) in NEAR_PLACES]
    bare = {slot(k) for m in told if m.bare for k in m.kinds if not k.startswith("+")}
    match = archetypes.find(who)
    unsure = match is not None and match.similarity < archetypes.CERTAIN
    noun = match.noun if match is not None and unsure else plain_noun(spec)
    asked = Asked(
        plain,
        _sentence(noun, spec, phrases, hair=hair),
        _sentence(noun, spec, near, hair=hair),
        frozenset(named),
        frozenset(hued),
        frozenset(stuffed),
        frozenset(bare),
        hair,
        _body_said(plain, who),
        said if unsure and not mentions.says_look(loose) else "",
    )
    return asked if concept is None else _with_concept(asked, spec, concept)


def edited(
    asked: Asked, prompt: str, given: CharacterSpec, seed: int, concept: ConceptSpec | None = None
) -> Asked:
    """The same where the user has changed numbers: what differs from the words stays, too.

    Args:
        asked: What the words fix.
        prompt: The sentence.
        given: The figure as the user has it.
        seed: With which the words are read.
        concept: What is said beside them.
    """
    read = described(prompt, seed, concept).character
    own = {g.kind: g for g in read.garments}
    changed = frozenset(g.kind for g in given.garments if own.get(g.kind) != g)
    gone = frozenset(slot(kind) for kind in own.keys() - {g.kind for g in given.garments})
    body = frozenset(n for n in BODY if getattr(given.body, n) != getattr(read.body, n))
    return _holding(asked, changed, bare=gone, hair=given.hair != read.hair, body=body)


def _with_concept(asked: Asked, spec: CharacterSpec, concept: ConceptSpec) -> Asked:
    kept = concept.keep if concept.kept is not None else ()
    dressed = concept.outfit or concept.style or concept.without or "outfit" in kept
    kinds = frozenset(g.kind for g in spec.garments) if dressed else frozenset[str]()
    bare = frozenset(SIZE) - {slot(kind) for kind in kinds} if dressed else frozenset[str]()
    hair = bool(concept.face or concept.style or concept.without) or "face" in kept
    body = frozenset(BODY) if "shape" in kept else frozenset[str]()
    return _holding(asked, kinds, bare=bare, hair=hair, body=body)


def _holding(
    asked: Asked, kinds: frozenset[str], *, bare: frozenset[str], hair: bool, body: frozenset[str]
) -> Asked:
    """The same demands and more that stays; what a tower is told does not change."""
    return Asked(
        asked.prompt,
        asked.whole,
        asked.near,
        asked.named | kinds,
        asked.coloured | kinds,
        asked.stuffed | kinds,
        asked.bare | bare,
        asked.hair or hair,
        asked.body | body,
    )


def _sentence(noun: str, spec: CharacterSpec, clothes: Sequence[str], *, hair: bool) -> str:
    parts = [noun]
    head = plain_head(spec) if hair else []
    parts += [f"with {listed(head)}"] if head else []
    parts += [f"wearing {listed(clothes)}"] if clothes else []
    return with_articles(f"a {' '.join(parts)}")


def _said_of(
    spec: CharacterSpec, told: Sequence[mentions.Mention], loose: mentions.Mention
) -> tuple[set[str], set[str], set[str]]:
    """Kinds that are named, whose colour or pattern is said, and whose fabric is."""
    worn = {g.kind for g in spec.garments}
    named, hued, stuffed = set[str](), set[str](), set[str]()
    for mention in told:
        if mention.bare:
            continue
        kinds = {g.kind for g in mentions.garments_of(mention)} & worn
        # Some names bring more with them: jeans are blue denim.
        own = any(len(kind.split()) > 1 or kind.startswith("+") for kind in mention.kinds)
        named |= kinds
        hued |= kinds if mention.colours or mention.pattern or own else set()
        stuffed |= kinds if mention.fabric or own else set()
    # "All in red" is said of the main clothes.
    places = outfit.main_places(spec.garments)
    main = {g.kind for g in spec.garments if slot(g.kind) in places}
    hued |= main if loose.colours or loose.pattern else set()
    stuffed |= main if loose.fabric else set()
    return named | hued | stuffed, hued, stuffed


def _body_said(prompt: str, who: str) -> frozenset[str]:
    """Numbers of the body that the words speak of."""
    match = archetypes.find(who)
    values, _, _ = read_descriptors(who, match.noun if match else "")
    said = {axis for axis, value in zip(AXES, values, strict=True) if abs(value) > SAID}
    fixed = {number for number, axes in _AXES_OF.items() if said & set(axes)}
    return frozenset(fixed | ({"height"} if read_measures(prompt).height is not None else set()))
