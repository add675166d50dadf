# SPDX-License-Identifier: Apache-2.0
"""Captioned motions without end: random scripts, performed and put into words.

What a text-to-motion model is trained on. Every example is new: verbs, counts, directions, sides,
manners, what happens at once and what in turn are drawn, then the performance, then several ways to
say it. A share are captured clips as they are, in windows. ``held_out`` gives wordings that no
training example ever has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from motion.catalogue import Entry, entries, play
from motion.language.body import cut, mirrored
from motion.language.footing import footed
from motion.language.layers import lively
from motion.language.perform import performed
from motion.language.phrasing import BASE, Tongue, mirrored_words, said, sentence
from motion.language.script import PARTS, Action, Script
from motion.language.verbs import Verb, verbs
from motion.loop import closed, repeated, straightened
from motion.performance import FPS, Performance, at_rate

LONGEST = 10.0
"""Seconds; longer performances are cut."""
_CAPTIONS = 4
_CAPTURED = 0.07
"""Share of examples that are captured clips as they are."""
_WEIGHT = {"gait": 3.0, "turn": 2.0, "steps": 2.0, "leap": 2.0, "stand": 0.6, "clip": 1.0}
_COUNTABLE = frozenset(
    [
        "jump",
        "hop",
        "squat",
        "bow",
        "kick",
        "side_kick",
        "lunge",
        "punch",
        "jab",
        "nod",
        "shake_head",
        "clap",
        "wave",
        "wave_both",
        "star_jump",
        "raise_arms",
        "raise_hand",
        "shrug",
        "stomp",
        "knock",
        "high_knees",
        "touch_toes",
        "throw",
        "spin",
        "dodge",
    ]
)
_MANNERLY = ("gait", "move", "leap", "steps", "turn")
_GOING = (("forward", 0.3), ("", 0.2), ("backward", 0.12), ("circle", 0.12), ("left", 0.09),
    ("right", 0.09), ("zigzag", 0.08))  # fmt: skip


@dataclass(frozen=True)
class Example:
    """A motion and what may be said about it."""

    performance: Performance
    captions: tuple[str, ...]
    parts: dict[str, str]
    """Part of the body to what it does."""
    intervals: tuple[tuple[float, float, str], ...]
    """From, to (seconds) and what happens then."""
    script: Script
    """Empty for a captured clip."""


def draw(generator: np.random.Generator, *, held_out: bool = False) -> Example:
    """Make an example.

    Args:
        generator: Decides everything.
        held_out: Say it in words that training never sees.
    """
    if generator.uniform() < _CAPTURED and not held_out:
        chosen = _clips()[int(generator.integers(0, len(_clips())))]
        return captured(chosen, generator)
    script = drawn_script(generator)
    return example(script, int(generator.integers(0, 2**31)), generator, held_out=held_out)


def example(
    script: Script, seed: int, generator: np.random.Generator, *, held_out: bool = False
) -> Example:
    """Perform a script and put it into words."""
    done = performed(script, seed)
    tongue = Tongue(generator, held_out)
    captions = tuple(dict.fromkeys(sentence(script, tongue) for _ in range(_CAPTIONS)))
    performance = _shortened(done.performance)
    spans = tuple(
        (start, min(end, performance.seconds), said(action, BASE, tongue))
        for action, (start, end) in zip(script, done.intervals, strict=True)
        if start < performance.seconds
    )
    return Example(performance, captions, _part_words(script, tongue), spans, script)


def _shortened(performance: Performance) -> Performance:
    frames = round(LONGEST * FPS) + 1
    return performance if len(performance.pelvis) <= frames else cut(performance, 0, frames)


def _part_words(script: Script, tongue: Tongue) -> dict[str, str]:
    """What each part does; a part that nothing is said about goes with the legs."""
    table: dict[str, str] = {}
    for action in script:
        owned = action.parts or verbs()[action.verb].parts
        for part in owned:
            words = said(action, BASE, tongue)
            later = part in table and not action.together
            table[part] = f"{table[part]}, then {words}" if later else words
    legs = table.get("legs", "stand")
    return {part: table.get(part, legs) for part in PARTS}


def drawn_script(generator: np.random.Generator) -> Script:
    """A random script of one to three actions that make sense together."""
    draw_of = generator.uniform()
    if draw_of < 0.55:
        return Script((_action(generator, _verb(generator)),))
    if draw_of < 0.75:
        return _beside(generator)
    first = _action(generator, _verb(generator))
    second = _action(generator, _verb(generator, after=first))
    if draw_of < 0.95:
        return Script((first, second))
    third = _action(generator, _verb(generator, after=second))
    return Script((first, second, third))


def _beside(generator: np.random.Generator) -> Script:
    """Legs and arms that do different things."""
    under = [v for v in verbs().values() if v.kind in ("gait", "posture") and _upright(v)]
    over = [v for v in verbs().values() if v.kind == "move" and "legs" not in v.parts]
    below = _action(generator, under[int(generator.integers(0, len(under)))])
    above = _action(generator, over[int(generator.integers(0, len(over)))])
    if generator.uniform() < 0.5:
        return Script((above, replace(below, together=True)))
    return Script((below, replace(above, together=True)))


def _upright(verb: Verb) -> bool:
    return verb.posture in ("stand", "chair", "floor", "kneel", "crouch")


def _verb(generator: np.random.Generator, after: Action | None = None) -> Verb:
    """A verb, the travelling ones more often."""
    options = list(verbs().values())
    if after is not None:
        last = verbs()[after.verb]
        options = [v for v in options if v.name != last.name]
        if last.posture in ("back", "front"):
            options = [v for v in options if v.name == "stand_up" or v.posture == last.posture]
    weights = np.array([_WEIGHT.get(verb.kind, 1.0) for verb in options])
    return options[int(generator.choice(len(options), p=weights / weights.sum()))]


def _action(generator: np.random.Generator, verb: Verb) -> Action:
    """A verb with some of the things that can be said about it."""
    action = Action(verb.name)
    if verb.name in _COUNTABLE and generator.uniform() < 0.45:
        action = replace(action, count=int(generator.integers(1, 5)))
    if verb.sided and verb.kind == "move" and generator.uniform() < 0.5:
        action = replace(action, side=str(generator.choice(["left", "right"])))
    share = 0.3 if verb.name in ("walk", "run", "jog") else 0.14
    if verb.kind in _MANNERLY and generator.uniform() < share:
        action = replace(action, manners=(_manner(generator, verb),))
    shapes = {"gait": _gait, "turn": _turn, "steps": _steps, "leap": _leap}
    return shapes[verb.kind](generator, action) if verb.kind in shapes else action


def _manner(generator: np.random.Generator, verb: Verb) -> str:
    common = ("slowly", "quickly", "happily", "sadly", "angrily", "tired", "casually", "gracefully")
    walks = ("proudly", "sneakily", "drunk", "zombie", "robot", "old", "fearfully", "energetically")
    options = common + walks if verb.name == "walk" else common
    return str(generator.choice(options))


def _gait(generator: np.random.Generator, action: Action) -> Action:
    names = [name for name, _ in _GOING]
    shares = np.array([share for _, share in _GOING])
    if action.verb != "walk":
        shares = np.where([name == "backward" for name in names], 0.0, shares)
    direction = str(generator.choice(names, p=shares / shares.sum()))
    if direction == "circle" and generator.uniform() < 0.5:
        direction = f"circle {generator.choice(['left', 'right'])}"
    action = replace(action, direction=direction)
    if direction in ("forward", "backward") and generator.uniform() < 0.3:
        return replace(action, steps=int(generator.integers(2, 9)))
    if direction == "forward" and generator.uniform() < 0.2:
        return replace(action, metres=float(generator.integers(2, 6)))
    return replace(action, seconds=float(generator.uniform(2.2, 6.0)) if not direction else None)


def _turn(generator: np.random.Generator, action: Action) -> Action:
    angle = float(generator.choice([45.0, 90.0, 90.0, 180.0, 180.0, 270.0, 360.0]))
    if action.verb == "spin":
        return replace(action, direction=str(generator.choice(["left", "right"])))
    return replace(action, turn_deg=angle * float(generator.choice([-1.0, 1.0])), count=0)


def _steps(generator: np.random.Generator, action: Action) -> Action:
    ways = (
        ["left", "right"] if action.verb == "sidestep" else ["left", "right", "forward", "backward"]
    )
    action = replace(action, direction=str(generator.choice(ways)))
    if generator.uniform() < 0.7:
        return replace(action, steps=int(generator.integers(1, 5)))
    return action


def _leap(generator: np.random.Generator, action: Action) -> Action:
    if action.verb == "hop" and generator.uniform() < 0.5:
        action = replace(action, side=str(generator.choice(["left", "right"])))
    if action.verb != "long_jump" and generator.uniform() < 0.5:
        ways = ["forward", "backward", "left", "right"]
        action = replace(action, direction=str(generator.choice(ways)))
    if generator.uniform() < 0.25:
        high = generator.uniform() < 0.6
        action = replace(action, size=1.3 if high else 0.72)
    return action


@lru_cache(maxsize=1)
def _clips() -> tuple[Entry, ...]:
    """Entries that show something as they are: captured clips and whole-body programs."""
    return tuple(e for e in entries() if e.file or e.over)


def captured(chosen: Entry, generator: np.random.Generator) -> Example:
    """A captured clip as it is, at some speed, mirrored or not, a window of it if it is long."""
    source = straightened(play(chosen, int(generator.integers(0, 1000))))
    if source.loop:
        source = repeated(closed(source), int(generator.integers(1, 4)))
    source = at_rate(source, float(generator.uniform(0.88, 1.12)))
    source = replace(source, loop=False)
    performance = windows_of(source, generator)[0]
    performance = footed(lively(performance, generator, 0.8))
    captions = tuple(str(c) for c in generator.permutation(chosen.captions)[:_CAPTIONS])
    words = dict.fromkeys(PARTS, captions[0])
    made = Example(
        performance, captions, words, ((0.0, performance.seconds, captions[0]),), Script(())
    )
    return mirror(made) if generator.uniform() < 0.5 else made


def windows_of(
    performance: Performance, generator: np.random.Generator, seconds: float = LONGEST
) -> tuple[Performance, ...]:
    """Pieces of a motion of at most some seconds, from random starts, each once."""
    frames = len(performance.pelvis)
    length = round(seconds * FPS) + 1
    if frames <= length:
        return (performance,)
    count = int(np.ceil(frames / length))
    starts = np.sort(
        generator.choice(frames - length, size=min(count, frames - length), replace=False)
    )
    return tuple(cut(performance, int(start), int(start) + length) for start in starts)


def mirror(made: Example) -> Example:
    """Left and right exchanged in body and words."""
    swap = {"left arm": "right arm", "right arm": "left arm"}
    return replace(
        made,
        performance=mirrored(made.performance),
        captions=tuple(mirrored_words(caption) for caption in made.captions),
        parts={swap.get(part, part): mirrored_words(text) for part, text in made.parts.items()},
        intervals=tuple((a, b, mirrored_words(text)) for a, b, text in made.intervals),
    )
