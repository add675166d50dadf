# SPDX-License-Identifier: Apache-2.0
"""What may be tried on a figure: colours, fabrics and cuts, accessories, hair, builds, costumes.

Garments are tried as the archetypes of the vocabulary wear them, so that what is found goes
together; what the words fix stays, and nobody is undressed: only what comes off decently does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gen3d.figures.aim import SEARCHED, Aim, Sitter
from gen3d.figures.body import Wearer, looks_of, put_on
from gen3d.figures.photo import Posed, pose
from gen3d.figures.reader import BODY, Asked
from gen3d.figures.sampling import OFF
from gen3d.spec import CharacterSpec, GarmentSpec, HairSpec
from gen3d.words.archetypes import Match, find
from gen3d.words.garments import parse, slot
from gen3d.words.looks import hair_colour
from gen3d.words.outfit import ORDER, dress
from gen3d.words.vocabulary import table

STYLES = 3
"""Heads of hair that are tried, where the words leave hair open."""
BODY_STEP = 0.12
"""Largest change of fat, muscle and proportions, fractions of their range."""
KIN = (
    ("t_shirt", "long_sleeved_shirt", "sweater", "tank_top"),
    ("jacket", "coat", "hoodie"),
    ("trousers", "shorts"),
    ("skirt", "long_skirt"),
    ("boots", "shoes", "sandals"),
    ("hat", "cap", "toque"),
)
"""Garments that stand in for one another where the words name none of them."""
HEADS = (
    ("buzz", "short", "side_part", "curly", "mohawk"),
    ("bob", "long", "ponytail", "bun", "braids", "afro"),
)
"""Heads of hair that do, without making another person."""
_NEARLY_AS_NEAR = 1 / 3
"""Share of the nearest figure's part in a blend from which another one's costume is tried."""
Changed = tuple[CharacterSpec, str]
"""A character after one change, and what that was; empty: nothing could be changed."""
Change = Callable[[CharacterSpec, CharacterSpec, np.random.Generator], Changed]
"""Character, its costume, generator -> another."""


@dataclass(frozen=True)
class Stage:
    """A body with everything that may be tried on it without draping."""

    wearer: Wearer
    posed: Posed
    aim: Aim

    def sitter(self, spec: CharacterSpec) -> Sitter:
        """A character in this wardrobe, to be photographed."""
        return Sitter(self.posed, tuple(looks_of(self.wearer, spec)), self.wearer.owners)

    def score(self, spec: CharacterSpec) -> float:
        """The aim's score of it."""
        size = self.aim.tower.lens.size_px[0]
        return self.aim.score(self.sitter(spec).pictures(SEARCHED, size), SEARCHED)


@dataclass(frozen=True)
class Dressing:
    """What may be changed on a draft, and how."""

    draft: CharacterSpec
    asked: Asked
    aim: Aim
    styles: tuple[str, ...]
    costumes: tuple[tuple[CharacterSpec, str], ...]
    """The draft in the clothes of other archetypes, where nobody knows who is meant."""
    seed: int

    @staticmethod
    def of(draft: CharacterSpec, asked: Asked, aim: Aim, seed: int) -> Dressing:
        """Decide what to try."""
        rng = np.random.default_rng([seed, 4])
        styles = _styles(draft, asked, rng)
        return Dressing(draft, asked, aim, styles, _costumes(draft, asked), seed)

    def stage(self, spec: CharacterSpec, base: CharacterSpec) -> Stage:
        """Drape a body and all that it may wear: also what came off of its costume."""
        slots = {slot(g.kind) for g in spec.garments}
        off = [g for g in base.garments if slot(g.kind) not in slots]
        worn = in_order((*spec.garments, *off))
        hair = self.draft.hair
        wearer = put_on(spec.body, spec.skin, self.styles, hair.beard, worn, self.seed)
        return Stage(wearer, pose(wearer.parts, wearer.skeleton), self.aim)

    def repainted(
        self, spec: CharacterSpec, base: CharacterSpec, rng: np.random.Generator
    ) -> Changed:
        """One change that needs no draping."""
        moves: list[Change] = [self._dyed, self._dyed, self._dyed, self._swapped]
        if not self.asked.hair and not self._brought and spec.hair.style != "bald":
            moves.append(self._hair)
        return moves[int(rng.integers(len(moves)))](spec, base, rng)

    def redraped(
        self, spec: CharacterSpec, base: CharacterSpec, rng: np.random.Generator
    ) -> Changed:
        """Another build, or another cut of a garment."""
        options = [
            (garment, kind)
            for garment in spec.garments
            if garment.kind not in self.asked.named | self._brought
            for kin in KIN
            if garment.kind in kin
            for kind in kin
            if kind != garment.kind
        ]
        if not options or rng.random() < 0.5:
            return self._rebuilt(spec, base, rng)
        garment, kind = options[int(rng.integers(len(options)))]
        other = garment.model_copy(update={"kind": kind})
        garments = tuple(other if g is garment else g for g in spec.garments)
        told = f"{kind} instead of {garment.kind}".replace("_", " ")
        return spec.model_copy(update={"garments": garments}), told

    def _rebuilt(self, spec: CharacterSpec, _: CharacterSpec, rng: np.random.Generator) -> Changed:
        moved: dict[str, float] = {}
        for name in (n for n in BODY if n not in self.asked.body):
            middle, now = float(getattr(self.draft.body, name)), float(getattr(spec.body, name))
            low, high = max(middle - BODY_STEP, 0.0), min(middle + BODY_STEP, 1.0)
            moved[name] = round(float(np.clip(now + rng.normal(0.0, 0.07), low, high)), 3)
        body = spec.body.model_copy(update=moved)
        told = "" if body == spec.body else "another build"
        return spec.model_copy(update={"body": body}), told

    def _dyed(self, spec: CharacterSpec, _: CharacterSpec, rng: np.random.Generator) -> Changed:
        """A garment as somebody of the wardrobe's data wears one."""
        held = self.asked.coloured & self.asked.stuffed | self._brought
        free = [g for g in spec.garments if g.kind not in held]
        if not free:
            return spec, ""
        one = free[int(rng.integers(len(free)))]
        notations = worn_elsewhere()[one.kind]
        told = notations[int(rng.integers(len(notations)))]
        other = parse(told)
        kept = {"color", "accent", "pattern"} if one.kind in self.asked.coloured else set[str]()
        kept |= {"fabric"} if one.kind in self.asked.stuffed else set()
        names = {"color", "accent", "pattern", "fabric"} - kept
        changed: dict[str, object] = {name: getattr(other, name) for name in sorted(names)}
        changed |= {"roughness": None, "metallic": None} if "fabric" in names else {}
        dyed = one.model_copy(update=changed)
        return _with(spec, dyed), "" if dyed == one else told

    def _swapped(
        self, spec: CharacterSpec, base: CharacterSpec, rng: np.random.Generator
    ) -> Changed:
        """Take an accessory off, or put one back on.

        Nothing is put on that neither the words nor a costume brought: a small tower likes scarves.
        """
        worn = {slot(g.kind) for g in spec.garments}
        stays = self.asked.named | self._brought
        off = [g for g in spec.garments if slot(g.kind) in OFF and g.kind not in stays]
        on = [g for g in base.garments if slot(g.kind) not in worn]
        choice = [*off, *on]
        if not choice:
            return spec, ""
        one = choice[int(rng.integers(len(choice)))]
        if one in off:
            kept = tuple(g for g in spec.garments if g.kind != one.kind)
            return spec.model_copy(update={"garments": kept}), f"no {one.kind}"
        dressed = in_order((*spec.garments, one))
        return spec.model_copy(update={"garments": dressed}), f"with {one.kind}"

    @property
    def _brought(self) -> frozenset[str]:
        """What whoever is surely meant brings along, named or not, and wears as it is.

        A small tower would take off the wizard's hat and dye the nun's hood yellow.
        """
        sure = self.draft.archetype != "person" and not self.asked.stranger
        return frozenset(g.kind for g in self.draft.garments) if sure else frozenset()

    def _hair(self, spec: CharacterSpec, _: CharacterSpec, rng: np.random.Generator) -> Changed:
        hair: HairSpec = spec.hair
        if rng.random() < 0.5:
            style = str(rng.choice(self.styles))
            told = "" if style == hair.style else f"hair {style}"
            return spec.model_copy(update={"hair": hair.model_copy(update={"style": style})}), told
        name = str(rng.choice(table("looks")["hair_colours"]))
        tint = hair.model_copy(update={"color": hair_colour(name)})
        return spec.model_copy(update={"hair": tint}), f"hair {name}"


def _with(spec: CharacterSpec, garment: GarmentSpec) -> CharacterSpec:
    """The character with a garment in place of the one of its kind."""
    garments = tuple(garment if g.kind == garment.kind else g for g in spec.garments)
    return spec.model_copy(update={"garments": garments})


@lru_cache(maxsize=1)
def worn_elsewhere() -> dict[str, tuple[str, ...]]:
    """Of every kind of garment, how the archetypes and outfits of the vocabulary wear it."""
    found: dict[str, set[str]] = {kind: {kind} for kind in table("garments")}
    for entry in table("archetypes").values():
        wear = entry["wear"]
        for notations in wear.values() if isinstance(wear, dict) else [wear]:
            for notation in notations:
                found[notation.split()[0]].add(notation)
    return {kind: tuple(sorted(notations)) for kind, notations in found.items()}


def _costumes(draft: CharacterSpec, asked: Asked) -> tuple[tuple[CharacterSpec, str], ...]:
    """The clothes of the other figures that the words come near to, under what is named.

    They are nearly as near as the draft's by the words' own meaning, and the tower decides by
    looks: alone it would dress a beatnik as a samurai, and a jockey, known for a rider, as a
    cowboy. None where the words name somebody whom the wardrobe knows.
    """
    match = find(asked.stranger.partition(",")[0]) if asked.stranger else None
    if match is None:
        return ()
    found: list[tuple[CharacterSpec, str]] = []
    least = _NEARLY_AS_NEAR * max(share for _, share in match.blend)
    near = (name for name, share in match.blend if share >= least and name != draft.archetype)
    for name in near:
        other = Match(name, 1.0, name, ((name, 1.0),), name)
        garments = dress(asked.stranger, other, draft.body).garments
        worn = tuple(_in_state(garment, draft) for garment in garments)
        found.append((draft.model_copy(update={"garments": worn}), f"dressed as {name}"))
    return tuple(found)


def _in_state(garment: GarmentSpec, draft: CharacterSpec) -> GarmentSpec:
    """A garment as worn and dirty as the draft's in its place, or as all of the draft's."""
    states = [g.wear for g in draft.garments]
    same = states[0] if states and all(state == states[0] for state in states) else None
    wear = next((g.wear for g in draft.garments if slot(g.kind) == slot(garment.kind)), same)
    return garment.model_copy(update={"wear": wear})


def _styles(draft: CharacterSpec, asked: Asked, rng: np.random.Generator) -> tuple[str, ...]:
    """The draft's head of hair and a few others of the same length of cut."""
    own = draft.hair.style
    if own == "bald":
        return ()
    if asked.hair:
        return (own,)
    kin = next((group for group in HEADS if own in group), (own,))
    others = [str(s) for s in rng.permutation([s for s in kin if s != own])]
    return (own, *others[: STYLES - 1])


def in_order(garments: tuple[GarmentSpec, ...]) -> tuple[GarmentSpec, ...]:
    """Garments in the order in which they are put on."""
    return tuple(sorted(garments, key=lambda g: ORDER.index(slot(g.kind))))
