# SPDX-License-Identifier: Apache-2.0
"""Captions of dressed people: what somebody might call one, and nothing that is not to be seen.

A caption says who it is (where it wears its archetype's clothes), build, skin, hair, and one to
four garments by colour, pattern, fabric and name, or that something is not there. Colours go by the
same names as things do (:mod:`gen3d.foundry.colours`). ``canonical`` is the plain form of a
character, as a prompt is rewritten before it is embedded (:mod:`gen3d.figures.reader`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, cast

import numpy as np

from gen3d.foundry.captions import NAMES_TRIED, NEAR, NEAR_HELD_OUT, listed
from gen3d.foundry.colours import Wording, apart, hue_name, lab, nearest, plain_name
from gen3d.foundry.words import is_plural, with_articles
from gen3d.spec import CharacterSpec, GarmentSpec, Rgb
from gen3d.wardrobe.headgear import covers_hair
from gen3d.words.garments import slot
from gen3d.words.vocabulary import table

Frame = Literal["full", "near"]

FILE = "figures"
HELD_OUT_EVERY = 4
"""Of an archetype's phrases every fourth is held out."""
OLD, YOUNG = 62.0, 14.0
FAT, THIN, STRONG = 0.7, 0.27, 0.72
PALE, DARK = 76.0, 42.0
"""CIELAB lightness of skin that is worth a word."""
HUMAN_APART = 32.0
"""HyAB distance from every human tone from which skin has a colour of its own."""
NEAR_PLACES = frozenset(
    {
        *("head", "eyes", "mouth", "neck", "outer", "armour", "middle", "upper", "full"),
        *("shoulder_armour", "back"),
    }
)
"""Places on the body that a portrait shows."""
SIZE = {
    "full": 9, "outer": 8, "armour": 7, "upper": 6, "lower": 6, "back": 5, "head": 5, "middle": 5,
    "apron": 5, "feet": 3, "neck": 3, "pack": 2, "shoulder_armour": 3, "hands": 2, "shins": 2,
    "forearms": 2, "mouth": 2, "eyes": 2, "waist": 2, "socks": 1,
}  # fmt: skip
"""How much of a figure a garment is."""
TOLD = 5
"""Garments of a canonical text: the largest."""
_OVER_CHINS = frozenset({"helmet", "face_mask"})
_ONES = frozenset({"armour", "plate armour", "shoulder armour", "leg armour", "chest armour"})


def canonical(spec: CharacterSpec, frame: Frame = "full") -> str:
    """The plain form: "a knight with short brown hair wearing silver metal armour and …"."""
    parts = [plain_noun(spec)]
    head = plain_head(spec)
    if head:
        parts.append(f"with {listed(head)}")
    worn = sorted(seen_garments(spec, frame), key=lambda g: -SIZE[slot(g.kind)])[:TOLD]
    clothes = [plain_garment(g) for g in worn]
    if clothes:
        parts.append(f"wearing {listed(clothes)}")
    return with_articles(f"a {' '.join(parts)}")


def plain_noun(spec: CharacterSpec) -> str:
    """Who it is: build, skin of no human tone, and archetype."""
    skin = _skin(spec)
    adjectives = [build_of(spec), f"{skin}-skinned" if skin else ""]
    noun = spec.archetype if spec.archetype != "person" else kind_of(spec)
    return " ".join(word for word in (*adjectives, noun) if word)


def plain_head(spec: CharacterSpec) -> list[str]:
    """Hair and beard in plain words, where they can be seen."""
    hue = plain_name(spec.hair.color)
    return [plain_word(group, name).format(hue=hue) for group, name in heads_of(spec)]


def plain_garment(garment: GarmentSpec, *, hued: bool = True, stuffed: bool = True) -> str:
    """A garment in plain words, with its article.

    Args:
        garment: The garment.
        hued: Say its colour and pattern.
        stuffed: Say its fabric, where that can be seen.
    """
    hue = "golden" if garment.fabric == "gold" else plain_name(garment.color)
    if garment.pattern != "plain":
        pattern = plain_word("patterns", garment.pattern)
        hue = pattern.format(one=hue, two=plain_name(garment.accent))
    fabric = plain_word("fabrics", garment.fabric) if fabric_shows(garment) else ""
    stuff = "" if fabric == "golden" else fabric
    words = (hue * hued, stuff * stuffed, plain_word("garments", garment.kind))
    return article(" ".join(words))


def article(phrase: str) -> str:
    """The phrase with "a" before it, unless it is plural or stuff."""
    noun = phrase.rsplit(maxsplit=1)[-1]
    bare = is_plural(noun) or any(phrase.endswith(one) for one in _ONES)
    return " ".join((phrase if bare else f"a {phrase}").split())


def kind_of(spec: CharacterSpec) -> str:
    """What anybody would call them: man, old woman, girl and so on."""
    female, age = spec.body.sex > 0.5, spec.body.age_years
    if age < YOUNG:
        return "girl" if female else "boy"
    old = "old " if age > OLD else ""
    return f"{old}{'woman' if female else 'man'}"


def build_of(spec: CharacterSpec) -> str:
    """The build that stands out, or nothing."""
    if spec.body.weight > FAT:
        return "fat"
    if spec.body.muscle > STRONG:
        return "muscular"
    return "thin" if spec.body.weight < THIN else ""


def _skin(spec: CharacterSpec) -> str:
    """The colour of skin that no human has, or nothing."""
    if spec.skin.metallic > 0.5:
        return hue_name(spec.skin.tone)
    if human(spec.skin.tone):
        return ""
    return hue_name(spec.skin.tone)


def _tone(spec: CharacterSpec) -> str:
    """Whether skin is light or dark enough for a word."""
    light = float(lab(np.array(spec.skin.tone))[0])
    return "pale" if light > PALE else "dark" if light < DARK else ""


def human(tone: Rgb) -> bool:
    """Whether somebody could have been born with a skin of this colour."""
    from gen3d.words.vocabulary import linear

    names = ("porcelain", "fair", "medium", "olive", "tanned", "bronze brown", "dark brown skin")
    tones = table("looks")["tones"]
    return any(apart(tone, linear(tones[name]["colour"])) < HUMAN_APART for name in names)


def traits_of(spec: CharacterSpec) -> frozenset[str]:
    """What is true of somebody beside their clothes, as :class:`Writer` claims it."""
    kind, skin, hue = kind_of(spec), _skin(spec), plain_name(spec.hair.color)
    colour = skin or _tone(spec)
    traits = {kind, kind.removeprefix("old "), build_of(spec), f"{colour} skin" if colour else ""}
    if spec.archetype != "person":
        traits.add(spec.archetype)
    traits |= {head_trait(hue, group, name) for group, name in heads_of(spec)}
    return frozenset(traits) - {""}


def head_trait(hue: str, group: str, name: str) -> str:
    """The trait of a head of hair or a beard of some colour."""
    return f"{hue} {group}, {name}"


def heads_of(spec: CharacterSpec) -> list[tuple[str, str]]:
    """Hair and beard, where they can be seen: groups of words, and what they have there."""
    found = list[tuple[str, str]]()
    if all(covers_hair(g.kind) != "all" for g in spec.garments):
        found.append(("hair", spec.hair.style))
    if spec.hair.beard > 0.1 and all(g.kind not in _OVER_CHINS for g in spec.garments):
        found.append(("beards", "long" if spec.hair.beard > 0.55 else "short"))
    return found


def fabric_shows(garment: GarmentSpec) -> bool:
    """Whether its fabric has a word, as what can be seen has."""
    return garment.fabric in table(FILE)["fabrics"]


def seen_garments(spec: CharacterSpec, frame: Frame) -> list[GarmentSpec]:
    """What a picture can show of the clothes."""
    return [g for g in spec.garments if frame == "full" or slot(g.kind) in NEAR_PLACES]


def _entry(group: str, name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", table(FILE)[group])[name]


def plain_word(group: str, name: str) -> str:
    """The plain word for one thing of a group."""
    return str(_entry(group, name)["names"][0])


def _of(entry: dict[str, Any], wording: Wording) -> list[str]:
    return list(entry["held_out"] if wording == "held-out" else entry["names"])


def _pick(options: Sequence[str], rng: np.random.Generator) -> str:
    return options[int(rng.integers(len(options)))]


def caption(
    spec: CharacterSpec, frame: Frame, rng: np.random.Generator, *, wording: Wording = "trained"
) -> str:
    """One caption, true of the character.

    Args:
        spec: The character.
        frame: How much of it is to be seen.
        rng: Chooses what is said and how.
        wording: Words for training, or those held out from it.
    """
    writer = Writer(spec, frame, rng, wording)
    template = _pick(_of(_entry("frames", frame), wording), rng)
    return with_articles(template.format(it=writer.whole()))


class Writer:
    """Draws the phrases of one caption."""

    def __init__(
        self, spec: CharacterSpec, frame: Frame, rng: np.random.Generator, wording: Wording
    ) -> None:
        self.spec, self.rng = spec, rng
        self.frame: Frame = frame
        self.wording: Wording = wording

    def whole(self) -> str:
        """All of the caption but for what frames it."""
        clothes = self.clothes()
        if clothes and self.rng.random() < 0.12:
            return self.word("alone").format(clothes=listed(clothes))
        text = f"a {self.noun()[0]}"
        head = self.head()
        if head and self.rng.random() < (0.6 if self.frame == "near" else 0.4):
            text = f"{text} with {listed(head)}"
        hue = self.all_over()
        if hue and self.rng.random() < 0.6:
            return f"{text} {self.word('allover').format(hue=hue)}"
        if clothes and self.rng.random() < 0.92:
            text = f"{text} {self.word('wearing')} {listed(clothes)}"
        if self.rng.random() < 0.1:
            text = f"{text} {self.missing()}"
        return text

    def word(self, group: str) -> str:
        """Any of a group's words."""
        return _pick(_of(table(FILE)[group], self.wording), self.rng)

    def synonym(self, group: str, name: str) -> str:
        """Any word for one thing of a group."""
        return _pick(_of(_entry(group, name), self.wording), self.rng)

    def noun(self) -> tuple[str, frozenset[str]]:
        """Who it is, and the traits (:func:`traits_of`) that this claims."""
        words, claimed = list[str](), set[str]()
        build, skin = build_of(self.spec), _skin(self.spec)
        if build and self.rng.random() < 0.6:
            words.append(self.synonym("builds", build))
            claimed.add(build)
        if skin and self.rng.random() < 0.75:
            key = "metal" if self.spec.skin.metallic > 0.5 else "coloured"
            words.append(self.synonym("skins", key).format(hue=skin))
            claimed.add(f"{skin} skin")
        elif not skin and self.rng.random() < 0.25:
            tone = _tone(self.spec)
            words += [self.synonym("skins", tone)] if tone else []
            claimed |= {f"{tone} skin"} if tone else set()
        called, trait = self.called()
        return " ".join((*words, called)), frozenset(claimed | {trait}) - {""}

    def called(self) -> tuple[str, str]:
        """A noun, and the trait that it claims."""
        name = self.spec.archetype
        chance = self.rng.random()
        if name != "person" and chance < 0.85:
            phrases = table("archetypes")[name]["phrases"]
            kept = [p for i, p in enumerate(phrases) if i % HELD_OUT_EVERY != HELD_OUT_EVERY - 1]
            held = [p for i, p in enumerate(phrases) if i % HELD_OUT_EVERY == HELD_OUT_EVERY - 1]
            if self.wording == "held-out":
                return _pick(held or [name], self.rng), name
            return (name if chance < 0.4 else _pick(kept, self.rng)), name
        if chance > 0.93:
            return self.synonym("nouns", "person"), ""
        return self.synonym("nouns", kind_of(self.spec)), kind_of(self.spec)

    def head(self) -> list[str]:
        """Hair and beard, or one of them."""
        hue = self.colour(self.spec.hair.color)
        told = [self.synonym(*head).format(hue=hue) for head in heads_of(self.spec)]
        if len(told) == 2 and self.rng.random() < 0.5:
            return [told[int(self.rng.integers(2))]]
        return told

    def clothes(self) -> list[str]:
        """Some garments, in words."""
        return [self.garment(garment) for garment in self.some()]

    def some(self) -> list[GarmentSpec]:
        """One to four garments that are to be seen, large ones more often."""
        seen = seen_garments(self.spec, self.frame)
        if not seen:
            return []
        weight = np.array([SIZE[slot(g.kind)] for g in seen], np.float64)
        count = int(min(len(seen), 1 + self.rng.integers(4)))
        chosen = self.rng.choice(len(seen), count, replace=False, p=weight / weight.sum())
        return [seen[int(i)] for i in chosen]

    def garment(self, garment: GarmentSpec) -> str:
        """A garment, by as much as chance tells of it."""
        words: list[str] = []
        gilded = garment.fabric == "gold"
        if not gilded and self.rng.random() < 0.88:
            words.append(self.hue(garment))
        if fabric_shows(garment) and (gilded or self.rng.random() < 0.4):
            words.append(self.synonym("fabrics", garment.fabric))
        return article(" ".join((*words, self.synonym("garments", garment.kind))))

    def hue(self, garment: GarmentSpec) -> str:
        """Its colour, and mostly its pattern."""
        hue = self.colour(garment.color)
        if garment.pattern != "plain" and self.rng.random() < 0.75:
            pattern = self.synonym("patterns", garment.pattern)
            hue = pattern.format(one=hue, two=self.colour(garment.accent))
        return hue

    def colour(self, colour: Rgb) -> str:
        """A name of a colour: the plain one or a near one of the survey."""
        trained = self.wording == "trained"
        limit = NEAR if trained else NEAR_HELD_OUT
        found = nearest(colour, "survey" if trained else "held_out", NAMES_TRIED)
        near = [name for name, gap in found if gap <= limit]
        chance = self.rng.random()
        if near and (not trained or chance < 0.4):
            return _pick(near, self.rng)
        return hue_name(colour) if chance < 0.75 else plain_name(colour)

    def all_over(self) -> str:
        """The one hue of all larger clothes, if they share one."""
        large = [g for g in seen_garments(self.spec, self.frame) if SIZE[slot(g.kind)] >= 5]
        hues = {hue_name(g.color) for g in large if g.pattern == "plain"}
        plain = all(g.pattern == "plain" for g in large)
        return hues.pop() if plain and len(hues) == 1 and len(large) > 1 else ""

    def missing(self) -> str:
        """That something is not there."""
        absent = [kind for kind in ("hat", "cape", "glasses", "gloves", "scarf", "beard")
                  if kind not in _there(self.spec)]  # fmt: skip
        bare = _pick(absent, self.rng)
        thing = bare if is_plural(bare) else f"a {bare}"
        return self.word("without").format(thing=thing, bare=bare)


def _there(spec: CharacterSpec) -> set[str]:
    """What must not be said to be missing."""
    kinds: Iterable[str] = (g.kind for g in spec.garments)
    found = set(kinds)
    if any(slot(kind) == "head" for kind in found):
        found.add("hat")
    if "sunglasses" in found:
        found.add("glasses")
    return found | ({"beard"} if spec.hair.beard > 0.1 else set())
