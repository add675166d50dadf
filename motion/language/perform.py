# SPDX-License-Identifier: Apache-2.0
"""A script to a performance: who the legs obey when, what lies on top, and how it joins up.

The legs' actions follow one another in slots; gestures lie over slots. An action that needs no legs
and comes after another keeps the posture: who sat down claps seated. The seed varies what the
script leaves open: speed, size, sides, lengths, breath, gaze.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from gen3d.errors import Gen3dError
from motion.language.acts import Taken, act, gesture
from motion.language.body import cut
from motion.language.bridge import Chain, begun, joined
from motion.language.footing import footed
from motion.language.layers import lively, overlaid
from motion.language.script import PARTS, Action, Script
from motion.language.timing import natural_seconds
from motion.language.verbs import verbs
from motion.performance import FPS, Performance, at_rate

MOST_SECONDS = 120.0
"""Longest performance, seconds."""
_LIVELY = 1.3
_BEFORE_SITTING = 0.5
"""Seconds that a body stands before it takes up its first posture."""


@dataclass(frozen=True)
class _Slot:
    """What the legs do for some time, and what lies over it."""

    action: Action
    over: tuple[Action, ...] = ()
    seconds: float = 0.0
    """0: as long as it takes."""
    place: int = -1
    """Which action of the script it is; -1: none, it was put in."""
    over_places: tuple[int, ...] = ()
    """The same for what lies over it."""

    def under(self, action: Action, place: int) -> _Slot:
        """The slot with a gesture more."""
        return replace(self, over=(*self.over, action), over_places=(*self.over_places, place))


@dataclass(frozen=True)
class Performed:
    """A performance, and when each action of the script happens in it."""

    performance: Performance
    intervals: tuple[tuple[float, float], ...]
    """Seconds from and to, one for each action."""
    notes: tuple[str, ...] = field(default=())


def perform(script: Script, seed: int, seconds: float | None = None) -> Performance:
    """Play a script.

    Args:
        script: What to do.
        seed: Decides what the script leaves open.
        seconds: Length; as the script asks when absent.

    Raises:
        Gen3dError: The script is empty, too long, or has a verb that there is not.
    """
    return performed(script, seed, seconds).performance


def performed(script: Script, seed: int, seconds: float | None = None) -> Performed:
    """Play a script; see :func:`perform`."""
    _check(script, seconds)
    rng = np.random.default_rng(seed)
    slots = _timed(_slots(script), seconds, rng)
    chain: Chain | None = None
    spans: list[tuple[int, int]] = []
    taken: list[Taken] = []
    for slot in slots:
        chain, span, done = _added(chain, slot, rng)
        spans.append(span)
        taken.append(done)
    if chain is None:
        raise Gen3dError("The script has no action.", "Say what the character does.")
    body, times = _with_gestures(chain.performance, slots, spans, taken, rng)
    quiet = 0.5 * _LIVELY if any(not t.take.planted for t in taken) else _LIVELY
    whole = footed(lively(body, rng, quiet))
    if seconds is not None:
        whole = _fitted(whole, seconds)
    ordered = tuple(times.get(place, (0.0, whole.seconds)) for place in range(len(script)))
    return Performed(replace(whole, name=_name(script)), ordered)


def _name(script: Script) -> str:
    return " ".join(action.verb for action in script)[:60]


def _check(script: Script, seconds: float | None) -> None:
    if not script.actions:
        raise Gen3dError("The script has no action.", "Say what the character does.")
    known = verbs()
    for action in script:
        if action.verb not in known:
            raise Gen3dError(f"The motion language has no verb {action.verb!r}.")
    asked = max([seconds or 0.0, *((a.start or 0.0) + (a.seconds or 0.0) for a in script)])
    if asked > MOST_SECONDS:
        raise Gen3dError(
            f"A motion of {asked:g} s is too long.", f"Ask for at most {MOST_SECONDS:g} s."
        )


def _needs_legs(action: Action) -> bool:
    verb = verbs()[action.verb]
    if action.parts:
        return "legs" in action.parts
    return "legs" in verb.parts or verb.kind == "stand"


def _slots(script: Script) -> list[_Slot]:
    """Who the legs obey; gestures go over slots."""
    slots: list[_Slot] = []
    if _begins_down(script.actions[0]):
        slots.append(_Slot(Action("stand", seconds=_BEFORE_SITTING)))
    for place, action in enumerate(script):
        if not _needs_legs(action):
            if action.together and slots:
                slots[-1] = slots[-1].under(action, place)
            else:
                slots.append(_Slot(_held(slots, action)).under(action, place))
            continue
        if action.together and slots and _may_share(slots[-1], action):
            slots[-1] = _shared(slots[-1], action, place)
        else:
            slots.append(_Slot(action, place=place))
    return _risen(slots)


_RISING = {"back": "rise_from_back", "front": "rise_from_front"}


def _risen(slots: list[_Slot]) -> list[_Slot]:
    """Who lies and shall do something upright gets up first, as people do."""
    risen: list[_Slot] = []
    for slot in slots:
        lying = verbs()[risen[-1].action.verb].posture if risen else ""
        if lying in _RISING and verbs()[slot.action.verb].posture != lying:
            rise = Action(_RISING[lying], manners=slot.action.manners, start=slot.action.start)
            if slot.action.verb in ("stand_up", *_RISING.values()):
                risen.append(replace(slot, action=replace(slot.action, verb=rise.verb)))
                continue
            risen.append(_Slot(rise))
        risen.append(slot)
    return risen


def _begins_down(action: Action) -> bool:
    """A posture or a somersault begins from standing, so that one sees it happen."""
    verb = verbs()[action.verb]
    return verb.kind == "posture" and verb.posture not in ("stand", "air") and not action.start


def _held(slots: list[_Slot], action: Action) -> Action:
    """What the legs do under a gesture that comes after something else: keep the posture."""
    last = verbs()[slots[-1].action.verb] if slots else None
    if action.direction and "moves" in verbs()[action.verb].numbers:
        return replace(action, verb="walk", parts=(), count=0, side="")
    name = last.name if last is not None and last.posture != "stand" else "stand"
    if last is not None and last.kind == "stand":
        name = last.name
    return Action(name, start=action.start, seconds=action.seconds, manners=action.manners)


def _may_share(slot: _Slot, action: Action) -> bool:
    below = verbs()[slot.action.verb]
    return below.kind in ("stand", "gait") or bool(set(PARTS) - set(verbs()[action.verb].parts))


def _shared(slot: _Slot, action: Action, place: int) -> _Slot:
    """Two actions at once that both could use the legs: the one that travels gets them."""
    below = verbs()[slot.action.verb]
    if below.kind == "stand":
        return replace(slot, action=action, place=place)
    if below.kind == "gait" and verbs()[action.verb].kind == "gait":
        return replace(slot, action=action, place=place)
    return slot.under(action, place)


def _timed(slots: list[_Slot], seconds: float | None, rng: np.random.Generator) -> list[_Slot]:
    """Give every slot its length: what the script says, else what its actions take."""
    timed: list[_Slot] = []
    for number, slot in enumerate(slots):
        length = slot.action.seconds
        if length is None and slot.over:
            asked = [a.seconds for a in slot.over if a.seconds is not None]
            length = max(asked) if asked else None
        following = slots[number + 1].action.start if number + 1 < len(slots) else None
        if length is None and following is not None:
            length = max(0.6, following - sum(s.seconds for s in timed))
        if length is None:
            actions = (slot.action, *slot.over)
            free = [natural_seconds(a, rng) for a in actions if not _idle_under(a, slot)]
            length = max(free)
        timed.append(replace(slot, seconds=length))
    if seconds is None:
        return timed
    return _stretched(timed, seconds)


def _idle_under(action: Action, slot: _Slot) -> bool:
    """Standing (or sitting on) while something else is done has no length of its own."""
    fills = verbs()[action.verb].kind in ("stand", "posture")
    return bool(slot.over) and action is slot.action and fills


def _stretched(slots: list[_Slot], seconds: float) -> list[_Slot]:
    total = sum(slot.seconds for slot in slots)
    factor = seconds / max(total, 1e-6)
    return [replace(slot, seconds=slot.seconds * factor) for slot in slots]


def _added(
    chain: Chain | None, slot: _Slot, rng: np.random.Generator
) -> tuple[Chain, tuple[int, int], Taken]:
    """Play a slot onto the chain; also its first and last frame."""
    way = 0.0 if chain is None else 0.45
    if chain is not None and _continues(chain, slot):
        done = act(slot.action, slot.seconds, rng, held=chain.performance)
        before = len(chain.performance.pelvis)
        chain, _ = joined(chain, done.take, seconds=0.1)
        return chain, (before, len(chain.performance.pelvis)), done
    done = act(slot.action, max(0.5, slot.seconds - way), rng)
    if chain is None:
        return begun(done.take), (0, len(done.take.performance.pelvis)), done
    before = len(chain.performance.pelvis)
    chain, lead = joined(chain, done.take)
    return chain, (before + lead // 2, len(chain.performance.pelvis)), done


def _continues(chain: Chain, slot: _Slot) -> bool:
    """Whether a slot only keeps a posture that is lying on the ground."""
    verb = verbs()[slot.action.verb]
    return not chain.planted and bool(slot.over) and verb.posture in ("back", "front")


def _with_gestures(
    body: Performance,
    slots: list[_Slot],
    spans: list[tuple[int, int]],
    taken: list[Taken],
    rng: np.random.Generator,
) -> tuple[Performance, dict[int, tuple[float, float]]]:
    """Lay every gesture over its slot; also when each action happens, by its place."""
    times: dict[int, tuple[float, float]] = {}
    for slot, (first, last), _ in zip(slots, spans, taken, strict=True):
        times[slot.place] = (first / FPS, last / FPS)
        for place, action in zip(slot.over_places, slot.over, strict=True):
            room = last - first
            above, parts = gesture(action, room / FPS, rng)
            length = len(above.pelvis)
            start = first + max(0, (room - length) // 2)
            if length > room:
                above = cut(above, 0, max(2, room))
            body = overlaid(body, above, start, parts)
            times[place] = (start / FPS, (start + len(above.pelvis)) / FPS)
    return body, times


def _fitted(performance: Performance, seconds: float) -> Performance:
    """Exactly so many seconds: a little faster or slower, the rest cut or held."""
    rate = float(np.clip(performance.seconds / seconds, 0.8, 1.25))
    played = at_rate(performance, rate)
    frames = round(seconds * FPS) + 1
    if len(played.pelvis) >= frames:
        return cut(played, 0, frames)
    keep = np.minimum(np.arange(frames), len(played.pelvis) - 1)
    return replace(
        played,
        rotations=played.rotations[keep],
        pelvis=played.pelvis[keep],
        fingers=played.fingers[keep],
    )
