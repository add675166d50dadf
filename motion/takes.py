# SPDX-License-Identifier: Apache-2.0
"""Where the frames of a motion come from: the project's model, programs, the library, other models.

Each source is a function from an :class:`Inquiry` to a :class:`Take`. The model's candidates are
measured against what was asked (:mod:`motion.asked`), and the best is taken; where none does what
the words say, the program, which is exact, stands in and the user is told. Key poses and paths are
the model's alone: it keeps to them even where it misses a word, and other sources refuse them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from gen3d.errors import Gen3dError
from gen3d.models.cards import all_cards, is_here, resolve
from gen3d.progress import OnStep, silent
from gen3d.spec import MotionSpec, MoveSpec
from motion.catalogue import entry, play
from motion.clean import smoothed
from motion.cycle import cycle_of
from motion.held import known_from
from motion.language.parse import Parsed, parse
from motion.language.perform import Performed, performed
from motion.language.verbs import verbs
from motion.library import Encoder, find, styled
from motion.liveliness import vigour
from motion.order import Order, order_of
from motion.performance import Performance

if TYPE_CHECKING:
    from motion.choice import Choice
    from motion.sample import MotionModel

_CYCLIC = frozenset({"gait", "stand"})
"""Kinds of verbs that go on and on: alone, they make a cycle."""
_OWN = "Apache-2.0"
_SAME_SECONDS = 0.1


@dataclass(frozen=True)
class Inquiry:
    """What is wanted, and the means."""

    spec: MotionSpec
    moves: MoveSpec
    encoder: Encoder
    seed: int
    on_step: OnStep = silent

    @cached_property
    def parsed(self) -> Parsed:
        """The words, understood."""
        return parse(self.spec.text, self.encoder)

    @cached_property
    def program(self) -> Performed:
        """The words, performed by the motion programs."""
        return performed(self.parsed.script, self.seed, self.spec.seconds)

    @cached_property
    def order(self) -> Order:
        """What the model is asked for."""
        return order_of(self.parsed.script, self.program)

    @property
    def cyclic(self) -> bool:
        """Whether it is one thing that goes on and on, so that a cycle is what a game wants."""
        script = self.parsed.script
        action = script.actions[0]
        counted = action.count or action.steps or action.metres or action.seconds
        return len(script) == 1 and not counted and verbs()[action.verb].kind in _CYCLIC


@dataclass(frozen=True)
class Take:
    """Frames, and where they come from."""

    performance: Performance
    source: str
    """``model:`` and a card, ``folder:`` and a model of the user's own, ``program:…``, ``clip:…``,
    ``checkpoint:…``."""
    similarity: float = 1.0
    exact: bool = True
    """False when something else stands in for what was asked for."""
    notes: tuple[str, ...] = ()
    licence: str = _OWN
    attribution: str = ""
    cyclic: bool = False
    """One thing that goes on and on."""


def by_program(inquiry: Inquiry) -> Take:
    """The motion programs: exact, and the same each time but for what the seed varies."""
    _require_free(inquiry.moves)
    parsed = inquiry.parsed
    name = " ".join(action.verb for action in parsed.script)
    licences, attributions = _sources(inquiry)
    return Take(
        inquiry.program.performance,
        f"program:{name}",
        parsed.similarity,
        parsed.exact,
        (*parsed.notes, *inquiry.program.notes),
        " AND ".join(sorted({_OWN, *licences})),
        "; ".join(sorted(attributions)),
        cyclic=inquiry.cyclic,
    )


def _sources(inquiry: Inquiry) -> tuple[set[str], set[str]]:
    """Licences and attributions of the captured clips that the programs of a script lie over."""
    names = {verbs()[action.verb].source for action in inquiry.parsed.script}
    found = [entry(name) for name in sorted(names) if name]
    return {e.licence for e in found}, {e.attribution for e in found if e.attribution}


def by_library(inquiry: Inquiry) -> Take:
    """The one clip or program of the library whose caption is nearest."""
    _require_free(inquiry.moves)
    text, seconds = inquiry.spec.text, inquiry.spec.seconds
    match = find(text, inquiry.encoder)
    performance = styled(play(match.entry, inquiry.seed), match.styles)
    notes: tuple[str, ...] = ()
    if not match.exact:
        name = match.entry.name.replace("_", " ")
        note = f"No motion for {_short(text)!r}: the nearest, {name!r}, stands in"
        notes = (f"{note} (similarity {match.similarity:.2f}).",)
    if seconds is not None and abs(seconds - performance.seconds) > _SAME_SECONDS:
        own = f"lasts {performance.seconds:.1f} s, not {seconds:g} s"
        notes += (f"Motions of the library have lengths of their own: this one {own}.",)
    return Take(
        performance,
        match.entry.id,
        match.similarity,
        match.exact,
        notes,
        match.entry.licence,
        match.entry.attribution,
    )


def _require_free(moves: MoveSpec) -> None:
    """Refuse what only the model can keep to."""
    if moves.path or moves.keyframes:
        what = "a path" if moves.path else "key poses"
        raise Gen3dError(
            f"Only the project's motion model keeps to {what}, and it is not what makes this one.",
            "Leave --source out, and see `gen3d models list` for whether the model is here.",
        )


def by_model(inquiry: Inquiry) -> Take:
    """The project's diffusion model: the candidate that does best what was asked."""
    moves = inquiry.moves
    model = _model(_folder(moves.model), moves.library)
    candidates, choice = _candidates(inquiry, model)
    parsed = inquiry.parsed
    held = bool(moves.path or moves.keyframes)
    if not choice.will_do and moves.source == "auto" and not held:
        stand_in = by_program(inquiry)
        note = "The model's candidates miss what was said, or are lifeless; a program does it."
        return replace(stand_in, notes=(*stand_in.notes, note))
    missed = "" if choice.done == 1.0 else "The best candidate does not do all that was asked."
    card = all_cards().get(moves.model)
    return Take(
        candidates[choice.number],
        f"model:{moves.model}" if card else f"folder:{Path(moves.model).resolve().name}",
        parsed.similarity,
        parsed.exact and not missed,
        (*parsed.notes, *((missed,) if missed else ())),
        card.licence if card else "unknown",
        # A path goes where it goes: no cycle without being asked for.
        cyclic=inquiry.cyclic and not held and _repeats(candidates[choice.number], inquiry),
    )


def _repeats(performance: Performance, inquiry: Inquiry) -> bool:
    """Whether a cycle can be cut from it that is as lively as the program."""
    from motion.choice import LIVELY

    cycle = cycle_of(performance)
    return cycle is not None and vigour(cycle, inquiry.program.performance) >= LIVELY


def _candidates(inquiry: Inquiry, model: MotionModel) -> tuple[list[Performance], Choice]:
    """Motions, and which of them is best."""
    from motion.choice import best_of
    from motion.sample import calmed, performances, sample

    moves = inquiry.moves
    seeds = [inquiry.seed * moves.candidates + n for n in range(moves.candidates)]
    made = sample(
        model,
        inquiry.order,
        seeds,
        steps=moves.steps,
        scale=moves.guidance,
        known=known_from(moves, inquiry.order.seconds, model.denoiser),
        on_step=inquiry.on_step,
    )
    name = inquiry.program.performance.name
    calm = [calmed(each, inquiry.order) for each in performances(made, name, model.fps)]
    return calm, best_of(inquiry.order, made, calm, model.fps, inquiry.program.performance)


@lru_cache(maxsize=1)
def _model(folder: Path, library: str) -> MotionModel:
    """A model, reminded of the user's own library as well as of what it brings."""
    from motion.memory import shelved
    from motion.recall import joined
    from motion.sample import load_motion_model
    from motion.shelf import build_shelf
    from motion.train import normalised

    made = load_motion_model(folder)
    own = shelved(build_shelf(Path(library))) if library else None
    if own is None or not made.denoiser.config.recalling:
        return made
    mine = normalised(own, made.denoiser.mean, made.denoiser.deviation)
    return replace(made, memory=joined([made.memory, mine] if made.memory else [mine]))


def _folder(source: str) -> Path:
    """The folder of a model card, or the user's own.

    Raises:
        Gen3dError: There is neither.
    """
    if source in all_cards():
        return resolve(source)
    if Path(source).is_dir():
        return Path(source)
    raise Gen3dError(
        f"There is no motion model {source!r} here.",
        "Name a folder that `gen3d train motion` wrote, a checkpoint file, or leave --model out.",
    )


def by_checkpoint(inquiry: Inquiry) -> Take:
    """Somebody else's network: MDM, MotionDiffuse, ReMoDiffuse."""
    from motion.checkpoints import load_motion_model
    from motion.checkpoints.run import perform

    moves = inquiry.moves
    _require_free(moves)
    model = load_motion_model(
        Path(moves.model),
        moves.text_encoder or None,
        statistics=Path(moves.statistics) if moves.statistics else None,
        database=Path(moves.database) if moves.database else None,
    )
    seconds = inquiry.spec.seconds or inquiry.program.performance.seconds
    made = perform(model, inquiry.spec.text, seconds, inquiry.seed)
    note = "The motion is made by weights of the user's: what their licence allows is not known."
    return Take(
        smoothed(made),
        f"checkpoint:{model.kind}",
        notes=(note,),
        licence="unknown",
        attribution=Path(moves.model).name,
    )


def take(inquiry: Inquiry) -> Take:
    """Frames from where the settings say, or from the best that there is."""
    moves = inquiry.moves
    card = all_cards().get(moves.model)
    if card is None and Path(moves.model).is_file():
        return by_checkpoint(inquiry)
    if moves.source != "auto":
        return SOURCES[moves.source](inquiry)
    usual = moves.model == MoveSpec().model
    # Without the usual model there are still the programs; a model that was named must be there.
    absent = usual and (card is None or not is_here(card))
    return by_program(inquiry) if absent else by_model(inquiry)


SOURCES: dict[str, Callable[[Inquiry], Take]] = {
    "model": by_model,
    "program": by_program,
    "library": by_library,
}


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:59] + "…"
