# SPDX-License-Identifier: Apache-2.0
"""Guidance over the numbers of a figure: other builds, colours, fabrics, hair and accessories.

Before any gradient, what the words leave open is searched under the tower's score, so that what is
found are named values that a user can edit. A candidate of the same body is a repaint of a
:class:`~gen3d.figures.body.Wearer` (a second); another body is draped anew (ten). A random
hill climb: a change stays when it pays more than it moves away from the draft. What the words fix
is never touched, and nobody is undressed: only what comes off decently does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from gen3d.figures.aim import SEARCHED, Aim
from gen3d.figures.asked import Asked, may_dye
from gen3d.figures.body import Wearer, looks_of, put_on
from gen3d.figures.photo import Posed, photograph, pose
from gen3d.figures.sampling import FABRICS, OFF, fabric_place
from gen3d.progress import OnStep, silent
from gen3d.spec import BodySpec, CharacterSpec, GarmentSpec, HairSpec
from gen3d.words.garments import accent_of, parse, slot
from gen3d.words.looks import hair_colour
from gen3d.words.outfit import ORDER
from gen3d.words.vocabulary import colour, table

KEEP = 0.004
"""What a change away from the draft must pay, each."""
PUT_ON = ("belt", "gloves", "scarf", "cape", "bracers", "cap", "headband", "glasses")
"""Accessories that may be added where their place is free and the words do not want it bare."""
OFFERED = 2
"""Accessories that are tried: those whose name the tower finds most like the words."""
STYLES = 3
"""Heads of hair that are tried, where the words leave hair open."""
BODY_STEP = 0.12
"""Largest change of fat, muscle and proportions, fractions of their range."""


@dataclass(frozen=True)
class SearchPlan:
    """How long to search."""

    looks: int = 70
    """Repaints that are looked at."""
    bodies: int = 4
    """Other builds that are draped."""


@dataclass
class Found:
    """The best so far; ``history`` tells how it came about."""

    spec: CharacterSpec
    score: float
    draft: float
    """Score of the draft in the same pictures."""
    history: list[str] = field(default_factory=list[str])


Watch = Callable[[CharacterSpec, Wearer], None]
"""Shown what is best so far, each time that it changes."""


def improved(
    draft: CharacterSpec,
    asked: Asked,
    aim: Aim,
    plan: SearchPlan,
    seed: int,
    on_step: OnStep = silent,
    watch: Watch | None = None,
) -> Found:
    """Search from a draft.

    Args:
        draft: As the words made it.
        asked: What they fix.
        aim: The score.
        plan: How long.
        seed: Of the search and of the drape.
        on_step: Told after each candidate.
        watch: Shown each new best.
    """
    rng = np.random.default_rng([seed, 5])
    total = 1 + plan.looks + plan.bodies
    stage = _Stage.of(draft, asked, aim, seed, rng)
    start = stage.score(draft)
    best = Found(draft, start, start)
    on_step(1, total)
    for number in range(plan.looks):
        candidate, told = stage.changed(best.spec, rng)
        if told:
            _try(best, candidate, told, stage, draft, watch)
        on_step(2 + number, total)
    for number in range(plan.bodies):
        body = _other_body(best.spec.body, draft.body, asked, rng)
        if body != best.spec.body:
            other = stage.on(body)
            candidate = best.spec.model_copy(update={"body": body})
            if _try(best, candidate, "another build", other, draft, watch):
                stage = other
        on_step(2 + plan.looks + number, total)
    best.spec = in_order(best.spec)
    return best


def _try(
    best: Found,
    candidate: CharacterSpec,
    told: str,
    stage: _Stage,
    draft: CharacterSpec,
    watch: Watch | None,
) -> bool:
    """Keep a candidate that pays."""
    score = stage.score(candidate)
    price = KEEP * (changes(draft, candidate) - changes(draft, best.spec))
    if score - price <= best.score:
        return False
    best.spec, best.score = candidate, score
    best.history.append(told)
    if watch is not None:
        watch(candidate, stage.wearer)
    return True


def changes(draft: CharacterSpec, other: CharacterSpec) -> int:
    """How many values differ."""
    ours, theirs = ({g.kind: g for g in s.garments} for s in (draft, other))
    count = len(ours.keys() ^ theirs.keys())
    for kind in ours.keys() & theirs.keys():
        count += ours[kind].color != theirs[kind].color
        count += ours[kind].fabric != theirs[kind].fabric
    count += draft.hair.style != other.hair.style
    count += draft.hair.color != other.hair.color
    return count + (draft.body != other.body)


@dataclass(frozen=True)
class _Stage:
    """A body with everything that may be tried on it."""

    wearer: Wearer
    posed: Posed
    asked: Asked
    aim: Aim
    worn: tuple[GarmentSpec, ...]
    styles: tuple[str, ...]
    draft: CharacterSpec

    @staticmethod
    def of(
        draft: CharacterSpec, asked: Asked, aim: Aim, seed: int, rng: np.random.Generator
    ) -> _Stage:
        styles = _styles(draft, asked, rng)
        worn = (*draft.garments, *_offered(draft, asked, aim))
        return _staged(draft, draft.body, asked, aim, worn, styles, seed)

    def on(self, body: BodySpec) -> _Stage:
        """The same wardrobe on another body."""
        seed = self.wearer.seed
        return _staged(self.draft, body, self.asked, self.aim, self.worn, self.styles, seed)

    def score(self, spec: CharacterSpec) -> float:
        """The aim's score of a character in this wardrobe."""
        size = self.aim.tower.lens.size_px[0]
        pictures = photograph(self.posed, looks_of(self.wearer, spec), SEARCHED, size)
        return self.aim.score(self.aim.features(pictures), SEARCHED)

    def changed(
        self, spec: CharacterSpec, rng: np.random.Generator
    ) -> tuple[CharacterSpec, str]:
        """A character with one change, and what it was; empty: nothing could be changed."""
        moves = [self._dyed, self._dyed, self._restuffed, self._swapped]
        if not self.asked.hair and spec.hair.style != "bald":
            moves += [self._hair]
        return moves[int(rng.integers(len(moves)))](spec, rng)

    def _dyed(self, spec: CharacterSpec, rng: np.random.Generator) -> tuple[CharacterSpec, str]:
        free = [g for g in spec.garments if may_dye(self.asked, g) and g.fabric != "gold"]
        if not free:
            return spec, ""
        one = free[int(rng.integers(len(free)))]
        names = sorted(table("colours"))
        name = names[int(rng.integers(len(names)))]
        shade = colour(name)
        other = one.model_copy(update={"color": shade, "accent": accent_of(shade, [])})
        return _with(spec, other), f"{one.kind} {name}"

    def _restuffed(
        self, spec: CharacterSpec, rng: np.random.Generator
    ) -> tuple[CharacterSpec, str]:
        free = [g for g in spec.garments if g.kind not in self.asked.stuffed]
        if not free:
            return spec, ""
        one = free[int(rng.integers(len(free)))]
        fabric = str(rng.choice(FABRICS[fabric_place(one.kind)]))
        gone = {"fabric": fabric, "roughness": None, "metallic": None}
        return _with(spec, one.model_copy(update=gone)), f"{one.kind} of {fabric}"

    def _swapped(
        self, spec: CharacterSpec, rng: np.random.Generator
    ) -> tuple[CharacterSpec, str]:
        """Take an accessory off, or put one on."""
        worn = {g.kind for g in spec.garments}
        off = [g for g in spec.garments if slot(g.kind) in OFF and g.kind not in self.asked.named]
        on = [g for g in self.worn if g.kind not in worn]
        choice = [*off, *on]
        if not choice:
            return spec, ""
        one = choice[int(rng.integers(len(choice)))]
        if one.kind in worn:
            kept = tuple(g for g in spec.garments if g.kind != one.kind)
            return spec.model_copy(update={"garments": kept}), f"no {one.kind}"
        return spec.model_copy(update={"garments": (*spec.garments, one)}), f"with {one.kind}"

    def _hair(self, spec: CharacterSpec, rng: np.random.Generator) -> tuple[CharacterSpec, str]:
        names = table("looks")["hair_colours"]
        hair: HairSpec = spec.hair
        if rng.random() < 0.5:
            style = str(rng.choice(self.styles))
            return spec.model_copy(update={"hair": hair.model_copy(update={"style": style})}), style
        name = str(rng.choice(names))
        tint = hair.model_copy(update={"color": hair_colour(name)})
        return spec.model_copy(update={"hair": tint}), f"{name} hair"


def _staged(
    draft: CharacterSpec,
    body: BodySpec,
    asked: Asked,
    aim: Aim,
    worn: tuple[GarmentSpec, ...],
    styles: tuple[str, ...],
    seed: int,
) -> _Stage:
    wearer = put_on(body, draft.skin, styles, draft.hair.beard, worn, seed)
    posed = pose(wearer.parts, wearer.skeleton)
    return _Stage(wearer, posed, asked, aim, worn, styles, draft)


def _with(spec: CharacterSpec, garment: GarmentSpec) -> CharacterSpec:
    """The character with a garment in place of the one of its kind."""
    garments = tuple(garment if g.kind == garment.kind else g for g in spec.garments)
    return spec.model_copy(update={"garments": garments})


def _styles(draft: CharacterSpec, asked: Asked, rng: np.random.Generator) -> tuple[str, ...]:
    """The draft's head of hair and a few others of the same length of cut."""
    own = draft.hair.style
    if asked.hair or own == "bald":
        return () if own == "bald" else (own,)
    kin = next((group for group in _KIN if own in group), (own,))
    others = [str(s) for s in rng.permutation([s for s in kin if s != own])]
    return (own, *others[: STYLES - 1])


_KIN = (
    ("buzz", "short", "side_part", "curly", "mohawk"),
    ("bob", "long", "ponytail", "bun", "braids", "afro"),
)
"""Heads of hair that stand in for one another without making another person."""


def _offered(draft: CharacterSpec, asked: Asked, aim: Aim) -> tuple[GarmentSpec, ...]:
    """Accessories whose places are free, the likeliest by their names."""
    taken = {slot(g.kind) for g in draft.garments} | set(asked.bare)
    free = [k for k in PUT_ON if slot(k) not in taken and not (asked.hair and slot(k) == "head")]
    if not free:
        return ()
    texts = [f"{asked.whole} with {parse(k).kind.replace('_', ' ')}" for k in free]
    likely = aim.tower.read(texts).cpu() @ aim.whole.wanted
    order = likely.argsort(descending=True, stable=True).tolist()[:OFFERED]
    return tuple(parse(free[i]) for i in order)


def _other_body(
    best: BodySpec, draft: BodySpec, asked: Asked, rng: np.random.Generator
) -> BodySpec:
    """A body near the draft's in the numbers that the words leave open."""
    free = [n for n in ("weight", "muscle", "proportions") if n not in asked.body]
    moved: dict[str, float] = {}
    for name in free:
        middle, now = float(getattr(draft, name)), float(getattr(best, name))
        low, high = max(middle - BODY_STEP, 0.0), min(middle + BODY_STEP, 1.0)
        moved[name] = round(float(np.clip(now + rng.normal(0.0, 0.07), low, high)), 3)
    return best.model_copy(update=moved)


def in_order(spec: CharacterSpec) -> CharacterSpec:
    """The character with its garments in the order in which they are put on."""
    garments = tuple(sorted(spec.garments, key=lambda g: ORDER.index(slot(g.kind))))
    return spec.model_copy(update={"garments": garments})
