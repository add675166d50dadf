# SPDX-License-Identifier: Apache-2.0
"""Guidance over the numbers of a figure: other builds, clothes, colours, fabrics and hair.

Nothing is painted: what the words leave open is searched under the tower's score, so that what is
found are named values that a user can edit. A candidate of the same body is a repaint of a
:class:`~gen3d.figures.body.Wearer` (half a second); another body or cut is draped anew (seconds).
A hill climb of random changes, each kept when it pays more than it moves away from the draft. What
the words fix is never touched, and nobody is undressed: only what comes off decently does.

Candidate *n* depends on the seed, on *n* and on the best so far alone, so a search that was
stopped goes on from its :class:`State` to the same result.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from gen3d.figures.aim import SEARCHED, Aim, Sitter, held_out_score
from gen3d.figures.body import Wearer, looks_of, put_on
from gen3d.figures.photo import Posed, pose
from gen3d.figures.reader import BODY, Asked
from gen3d.figures.sampling import FABRICS, OFF, fabric_place
from gen3d.progress import OnStep, silent
from gen3d.spec import CharacterSpec, GarmentSpec, HairSpec
from gen3d.words.garments import accent_of, parse, slot
from gen3d.words.looks import hair_colour
from gen3d.words.outfit import ORDER
from gen3d.words.vocabulary import colour, table

KEEP = 0.004
"""What each change away from the draft must pay."""
PUT_ON = ("belt", "gloves", "scarf", "cape", "bracers", "glasses", "backpack")
"""Accessories that may be added where their place is free and the words do not want it bare.

Nothing for the head: hair is grown flat under it, worn or not."""
OFFERED = 2
"""Accessories that are tried: those whose name the tower finds most like the words."""
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
Change = Callable[[CharacterSpec, np.random.Generator], tuple[CharacterSpec, str]]


@dataclass(frozen=True)
class SearchPlan:
    """How long to search."""

    looks: int
    """Repaints that are looked at."""
    drapes: int
    """Other builds and cuts that are draped, after the repaints."""

    @property
    def total(self) -> int:
        """All candidates."""
        return self.looks + self.drapes


@dataclass
class State:
    """How far a search is: the best so far, and how it came about."""

    best: CharacterSpec
    score: float
    draft: float
    """Score of the draft in the same pictures."""
    draped: CharacterSpec
    """The figure whose clothes the candidates are repaints of."""
    done: int = 0
    """Candidates that were looked at."""
    history: list[str] = field(default_factory=list[str])

    def to_json(self) -> str:
        """All of it, as text."""
        specs = {name: getattr(self, name).model_dump(mode="json") for name in _SPECS}
        return json.dumps({**vars(self), **specs})

    @staticmethod
    def from_json(text: str) -> State:
        """What :meth:`to_json` wrote."""
        content = json.loads(text)
        specs = {name: CharacterSpec.model_validate(content[name]) for name in _SPECS}
        return State(**{**content, **specs})


_SPECS = ("best", "draped")
Watch = Callable[[State, Sitter | None], None]
"""Told after each candidate; shown the best as it looks whenever it has changed."""


def improved(
    draft: CharacterSpec,
    asked: Asked,
    aim: Aim,
    plan: SearchPlan,
    seed: int,
    watch: Watch,
    state: State | None = None,
    on_step: OnStep = silent,
) -> State:
    """Search from a draft.

    Args:
        draft: As the words made it.
        asked: What they fix.
        aim: The score.
        plan: How long.
        seed: Of the search and of the drape.
        watch: Told how far it is.
        state: Where a search that was stopped goes on.
        on_step: Told after each candidate.
    """
    studio = Studio.of(draft, asked, aim, seed)
    stage = studio.stage(draft if state is None else state.draped)
    if state is None:
        score = stage.score(draft)
        state = State(draft, score, score, draft)
    for number in range(state.done, plan.total):
        rng = np.random.default_rng([seed, 5, number])
        redrape = number >= plan.looks
        candidate, told = (studio.redraped if redrape else studio.repainted)(state.best, rng)
        shown = None
        if told:
            other = studio.stage(candidate) if redrape else stage
            score = other.score(candidate)
            price = KEEP * (changes(draft, candidate) - changes(draft, state.best))
            if score - price > state.score:
                stage, shown = other, other.sitter(candidate)
                state.best, state.score = candidate, score
                state.draped = candidate if redrape else state.draped
                state.history.append(told)
        state.done = number + 1
        watch(state, shown)
        on_step(state.done, plan.total)
    return state


def preferred(
    draft: CharacterSpec, state: State, asked: Asked, aim: Aim, seed: int
) -> tuple[CharacterSpec, dict[str, float]]:
    """What was found, or the draft where the guide likes that as well from other places.

    Args:
        draft: Where the search began.
        state: Where it ended.
        asked: What the words fix.
        aim: The score.
        seed: Of the drape.

    Returns:
        The figure that stays, and both scores.
    """
    studio = Studio.of(draft, asked, aim, seed)
    before = held_out_score(aim, studio.stage(draft).sitter(draft))
    after = held_out_score(aim, studio.stage(state.draped).sitter(state.best))
    scores = {"draft": round(before, 4), "found": round(after, 4)}
    return (state.best if after > before else draft), scores


def changes(draft: CharacterSpec, other: CharacterSpec) -> int:
    """How many values differ."""
    ours, theirs = ({g.kind: g for g in s.garments} for s in (draft, other))
    count = len(ours.keys() ^ theirs.keys())
    for kind in ours.keys() & theirs.keys():
        names = ("color", "fabric", "pattern")
        count += sum(getattr(ours[kind], n) != getattr(theirs[kind], n) for n in names)
    count += draft.hair.style != other.hair.style
    count += draft.hair.color != other.hair.color
    return count + (draft.body != other.body)


@dataclass(frozen=True)
class Stage:
    """A body with everything that may be tried on it without draping."""

    wearer: Wearer
    posed: Posed
    aim: Aim

    def sitter(self, spec: CharacterSpec) -> Sitter:
        """A character in this wardrobe, to be photographed."""
        return Sitter(self.posed, tuple(looks_of(self.wearer, spec)))

    def score(self, spec: CharacterSpec) -> float:
        """The aim's score of it."""
        size = self.aim.tower.lens.size_px[0]
        return self.aim.score(self.sitter(spec).pictures(SEARCHED, size), SEARCHED)


@dataclass(frozen=True)
class Studio:
    """What may be changed on a draft, and how."""

    draft: CharacterSpec
    asked: Asked
    aim: Aim
    offered: tuple[GarmentSpec, ...]
    """Accessories that the draft has not and that may be put on."""
    styles: tuple[str, ...]
    seed: int

    @staticmethod
    def of(draft: CharacterSpec, asked: Asked, aim: Aim, seed: int) -> Studio:
        """Decide what to try."""
        rng = np.random.default_rng([seed, 4])
        return Studio(
            draft, asked, aim, _offered(draft, asked, aim), _styles(draft, asked, rng), seed
        )

    def stage(self, spec: CharacterSpec) -> Stage:
        """Drape a body and all that it may wear."""
        slots = {slot(g.kind) for g in spec.garments}
        off = [g for g in self.draft.garments if slot(g.kind) not in slots]
        on = [g for g in self.offered if slot(g.kind) not in slots | {slot(o.kind) for o in off}]
        worn = in_order((*spec.garments, *off, *on))
        hair = self.draft.hair
        wearer = put_on(spec.body, spec.skin, self.styles, hair.beard, worn, self.seed)
        return Stage(wearer, pose(wearer.parts, wearer.skeleton), self.aim)

    def repainted(self, spec: CharacterSpec, rng: np.random.Generator) -> tuple[CharacterSpec, str]:
        """A character with one change that needs no draping, and what it was.

        What it was is empty where nothing could be changed.
        """
        moves: list[Change] = [self._dyed, self._dyed, self._restuffed, self._swapped]
        if not self.asked.hair and spec.hair.style != "bald":
            moves.append(self._hair)
        return moves[int(rng.integers(len(moves)))](spec, rng)

    def redraped(self, spec: CharacterSpec, rng: np.random.Generator) -> tuple[CharacterSpec, str]:
        """A character of another build, or with a garment of another cut, and what changed."""
        options = [
            (garment, kind)
            for garment in spec.garments
            if garment.kind not in self.asked.named
            for kin in KIN
            if garment.kind in kin
            for kind in kin
            if kind != garment.kind
        ]
        if not options or rng.random() < 0.5:
            return self._rebuilt(spec, rng)
        garment, kind = options[int(rng.integers(len(options)))]
        other = garment.model_copy(update={"kind": kind})
        garments = tuple(other if g is garment else g for g in spec.garments)
        told = f"{kind} instead of {garment.kind}".replace("_", " ")
        return spec.model_copy(update={"garments": garments}), told

    def _rebuilt(self, spec: CharacterSpec, rng: np.random.Generator) -> tuple[CharacterSpec, str]:
        moved: dict[str, float] = {}
        for name in (n for n in BODY if n not in self.asked.body):
            middle, now = float(getattr(self.draft.body, name)), float(getattr(spec.body, name))
            low, high = max(middle - BODY_STEP, 0.0), min(middle + BODY_STEP, 1.0)
            moved[name] = round(float(np.clip(now + rng.normal(0.0, 0.07), low, high)), 3)
        body = spec.body.model_copy(update=moved)
        told = "" if body == spec.body else "another build"
        return spec.model_copy(update={"body": body}), told

    def _dyed(self, spec: CharacterSpec, rng: np.random.Generator) -> tuple[CharacterSpec, str]:
        free = [g for g in spec.garments if g.kind not in self.asked.coloured]
        free = [g for g in free if g.fabric != "gold"]
        if not free:
            return spec, ""
        one = free[int(rng.integers(len(free)))]
        name = str(rng.choice(sorted(table("colours"))))
        accent = accent_of(colour(name), [])
        other = one.model_copy(update={"color": colour(name), "accent": accent})
        return _with(spec, other), f"{one.kind} {name}"

    def _restuffed(
        self, spec: CharacterSpec, rng: np.random.Generator
    ) -> tuple[CharacterSpec, str]:
        """Another fabric, or none of a pattern that nobody asked for."""
        figured = [g for g in spec.garments if g.pattern != "plain"]
        figured = [g for g in figured if g.kind not in self.asked.coloured]
        if figured and rng.random() < 0.3:
            one = figured[int(rng.integers(len(figured)))]
            return _with(spec, one.model_copy(update={"pattern": "plain"})), f"{one.kind} plain"
        free = [g for g in spec.garments if g.kind not in self.asked.stuffed]
        if not free:
            return spec, ""
        one = free[int(rng.integers(len(free)))]
        fabric = str(rng.choice(FABRICS[fabric_place(one.kind)]))
        gone = {"fabric": fabric, "roughness": None, "metallic": None}
        told = "" if fabric == one.fabric else f"{one.kind} of {fabric}"
        return _with(spec, one.model_copy(update=gone)), told

    def _swapped(self, spec: CharacterSpec, rng: np.random.Generator) -> tuple[CharacterSpec, str]:
        """Take an accessory off, or put one on."""
        worn = {slot(g.kind) for g in spec.garments}
        off = [g for g in spec.garments if slot(g.kind) in OFF and g.kind not in self.asked.named]
        on = [g for g in (*self.draft.garments, *self.offered) if slot(g.kind) not in worn]
        choice = [*off, *on]
        if not choice:
            return spec, ""
        one = choice[int(rng.integers(len(choice)))]
        if one in off:
            kept = tuple(g for g in spec.garments if g.kind != one.kind)
            return spec.model_copy(update={"garments": kept}), f"no {one.kind}"
        dressed = in_order((*spec.garments, one))
        return spec.model_copy(update={"garments": dressed}), f"with {one.kind}"

    def _hair(self, spec: CharacterSpec, rng: np.random.Generator) -> tuple[CharacterSpec, str]:
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


def _offered(draft: CharacterSpec, asked: Asked, aim: Aim) -> tuple[GarmentSpec, ...]:
    """Accessories whose places are free, the likeliest by their names."""
    taken = {slot(g.kind) for g in draft.garments} | set(asked.bare)
    free = [k for k in PUT_ON if slot(k) not in taken]
    if not free:
        return ()
    texts = [f"{asked.whole} with {k.replace('_', ' ')}" for k in free]
    likely = aim.tower.read(texts).cpu() @ aim.whole.wanted
    order = likely.argsort(descending=True, stable=True).tolist()[:OFFERED]
    return tuple(parse(free[i]) for i in order)


def in_order(garments: tuple[GarmentSpec, ...]) -> tuple[GarmentSpec, ...]:
    """Garments in the order in which they are put on."""
    return tuple(sorted(garments, key=lambda g: ORDER.index(slot(g.kind))))
