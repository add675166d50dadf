# SPDX-License-Identifier: Apache-2.0
"""What is asked of the motion model: which words hold from when to when, and for which parts.

A script (:mod:`motion.language`) says what happens, its performance how long each action takes. The
model is told each action in the plain words that it was trained on, whatever words the user chose:
what the reader understood is what is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from motion.language.perform import Performed
from motion.language.phrasing import Tongue, sentence
from motion.language.script import PARTS, Action, Script

_SHORTEST = 0.4
"""Seconds below which a span joins its neighbour: nothing can be shown in less."""


@dataclass(frozen=True)
class Span:
    """Some time in which the same words hold."""

    start: float
    """Seconds."""
    stop: float
    text: str
    """Everything that happens, in one sentence."""
    parts: tuple[tuple[tuple[str, ...], str], ...] = ()
    """Parts of the body and the words for them, where the user told parts apart; each part once."""
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Order:
    """A motion to be made."""

    spans: tuple[Span, ...]

    @property
    def seconds(self) -> float:
        """Length of the whole."""
        return self.spans[-1].stop


def order_of(script: Script, done: Performed) -> Order:
    """Spans of a script, timed as its performance is.

    Args:
        script: What happens.
        done: Its performance, which knows when each action happens.
    """
    groups: list[list[int]] = []
    for number, action in enumerate(script):
        if action.together and groups:
            groups[-1].append(number)
        else:
            groups.append([number])
    whole = done.performance.seconds
    starts = [min(done.intervals[n][0] for n in group) for group in groups]
    edges = [0.0, *starts[1:], whole]
    spans = [
        _span(edges[i], edges[i + 1], [script.actions[n] for n in group])
        for i, group in enumerate(groups)
    ]
    return Order(tuple(_merged(spans)))


def _span(start: float, stop: float, actions: list[Action]) -> Span:
    timeless = tuple(replace(a, together=i > 0, start=None) for i, a in enumerate(actions))
    told_apart = len(timeless) > 1 and all(action.parts for action in timeless)
    parts = _owners(timeless) if told_apart else ()
    return Span(start, stop, plain(timeless), parts, timeless)


def _owners(actions: tuple[Action, ...]) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Each action's own parts; what nobody names goes with the action of the legs, or the first."""
    named = [tuple(p for p in PARTS if p in action.parts) for action in actions]
    free = tuple(p for p in PARTS if not any(p in parts for parts in named))
    base = next((i for i, parts in enumerate(named) if "legs" in parts), 0)
    named[base] = tuple(p for p in PARTS if p in named[base] or p in free)
    taken: set[str] = set()
    rows: list[tuple[tuple[str, ...], str]] = []
    for action, parts in zip(actions, named, strict=True):
        own = tuple(p for p in parts if p not in taken)
        taken |= set(own)
        if own:
            rows.append((own, plain((replace(action, parts=(), together=False),))))
    return tuple(rows)


def plain(actions: tuple[Action, ...]) -> str:
    """Actions in words of the training, the same for the same actions: "a person walks"."""
    return sentence(Script(actions), Tongue(None))


def _merged(spans: list[Span]) -> list[Span]:
    """Spans with those that are too short given to their neighbour."""
    kept: list[Span] = []
    for span in spans:
        if kept and (_short(span) or _short(kept[-1])):
            kept.append(_together(kept.pop(), span))
        else:
            kept.append(span)
    return kept


def _together(first: Span, second: Span) -> Span:
    actions = (*first.actions, *second.actions)
    return Span(first.start, second.stop, plain(actions), (), actions)


def _short(span: Span) -> bool:
    return span.stop - span.start < _SHORTEST
