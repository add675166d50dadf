# SPDX-License-Identifier: Apache-2.0
"""Words to a clip on a character: choose a source, perform it, finish it on the body.

:func:`choose_source` is the one place that decides where frames come from. A source is anything
that has a name, says how well it fits and makes a :class:`~motion.performance.Performance`; a
generative model joins by returning a source of its own there; everything after it stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from gen3d.progress import OnStep, silent
from gen3d.spec import MotionSpec
from gen3d.types import Clip, Skeleton
from motion.catalogue import play
from motion.finish import finish
from motion.library import Encoder, Match, find, styled
from motion.performance import Performance

_STEPS = 3


@runtime_checkable
class Source(Protocol):
    """Something that makes the frames of a motion."""

    @property
    def id(self) -> str:
        """Stable name, such as ``clip:walk``."""
        ...

    @property
    def similarity(self) -> float:
        """How well it fits the words, -1 to 1."""
        ...

    @property
    def exact(self) -> bool:
        """Whether it shows what the words say."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about what stands in for what."""
        ...

    @property
    def licence(self) -> str:
        """SPDX identifier of what the frames are made from."""
        ...

    @property
    def attribution(self) -> str:
        """Whom to credit for it."""
        ...

    def perform(self, seed: int) -> Performance:
        """Make the frames."""
        ...


@dataclass(frozen=True)
class LibrarySource:
    """A clip or a program of the library, in a manner."""

    text: str
    match: Match

    @property
    def id(self) -> str:
        """Identifier of the library's entry."""
        return self.match.entry.id

    @property
    def similarity(self) -> float:
        """Cosine between the words and the closest caption."""
        return self.match.similarity

    @property
    def exact(self) -> bool:
        """Whether the library has such a motion."""
        return self.match.exact

    @property
    def notes(self) -> tuple[str, ...]:
        """Says when the nearest motion stands in for one that the library lacks."""
        if self.exact:
            return ()
        name = self.match.entry.name.replace("_", " ")
        note = f"No motion for {_short(self.text)!r}: the nearest, {name!r}, stands in"
        return (f"{note} (similarity {self.similarity:.2f}).",)

    @property
    def licence(self) -> str:
        """SPDX identifier of the entry."""
        return self.match.entry.licence

    @property
    def attribution(self) -> str:
        """Whom to credit for the entry."""
        return self.match.entry.attribution

    def perform(self, seed: int) -> Performance:
        """Play the entry in the manner that the words ask for."""
        return styled(play(self.match.entry, seed), self.match.styles)


@dataclass(frozen=True)
class MotionResult:
    """A clip, and where it comes from."""

    clip: Clip
    source: str
    """``clip:…`` or ``program:…``."""
    similarity: float
    exact: bool
    """False when the nearest motion stands in for the one asked for."""
    notes: tuple[str, ...]
    measures: dict[str, float]
    """See :mod:`motion.measures`."""
    licence: str = ""
    """SPDX identifier of the source."""
    attribution: str = ""


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:59] + "…"


def choose_source(spec: MotionSpec, encoder: Encoder) -> Source:
    """Decide where the frames come from.

    Args:
        spec: What is asked for.
        encoder: Sentence encoder with unit rows.
    """
    return LibrarySource(spec.text, find(spec.text, encoder))


def generate(
    spec: MotionSpec,
    skeleton: Skeleton,
    encoder: Encoder,
    seed: int,
    on_step: OnStep = silent,
    *,
    arm_clearance: float = 0.0,
) -> MotionResult:
    """Make the motion that the words ask for, on a body.

    Args:
        spec: Words, in place or travelling, loop or not.
        skeleton: The character's.
        encoder: Sentence encoder with unit rows.
        seed: Varies what a program leaves open; the same seed gives the same clip.
        on_step: Told after each of three steps.
        arm_clearance: Angle at which hanging arms pass the body, radians
            (:func:`motion.retarget.arm_clearance`).
    """
    source = choose_source(spec, encoder)
    on_step(1, _STEPS)
    performance = source.perform(seed)
    on_step(2, _STEPS)
    done = finish(
        performance,
        skeleton,
        in_place=spec.in_place,
        loop=spec.loop,
        arm_clearance=arm_clearance,
    )
    on_step(3, _STEPS)
    return MotionResult(
        clip=done.clip,
        source=source.id,
        similarity=source.similarity,
        exact=source.exact,
        notes=source.notes,
        measures=done.measures,
        licence=source.licence,
        attribution=source.attribution,
    )
