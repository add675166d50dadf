# SPDX-License-Identifier: Apache-2.0
"""Actions to English: what :mod:`motion.language.parse` undoes.

A verb's phrase is put into the third person, the gerund or the imperative; side, direction, count,
distance and manner stand where English puts them. One word list of each verb, and some subjects
and frames, are kept out of training: they say later whether a model has learned the meaning or the
wording.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from motion.language.script import Action, Script
from motion.language.verbs import Verb, manners, verbs

THIRD, GERUND, BASE = "third", "gerund", "base"
"""Forms of a verb."""

_SUBJECTS = (
    "a person",
    "a man",
    "a woman",
    "someone",
    "the person",
    "a figure",
    "a character",
    "he",
    "she",
)
_SUBJECTS_KEPT = ("somebody", "the man", "a human", "the actor")
_OWNERS = {"a man": "his", "he": "his", "the man": "his", "a woman": "her", "she": "her"}
_COMPOUND = frozenset(
    ["star", "goose", "side", "spin", "front", "roundhouse", "long", "shadow", "back", "slow"]
)
_NOUNS = frozenset(["jumping", "golf", "tennis"])
"""First words of phrases that are no verbs."""
_ONLY_HALF = ("face", "around", "about", "other")
"""Words of turns that say half a turn."""
_DOUBLED = frozenset(
    [
        "run",
        "jog",
        "sit",
        "hop",
        "spin",
        "nod",
        "clap",
        "hug",
        "bat",
        "chop",
        "swim",
        "step",
        "squat",
        "get",
        "put",
        "jab",
        "trot",
        "bob",
        "drum",
        "rap",
        "hit",
        "lob",
        "chat",
        "slip",
        "strum",
        "rub",
        "scrub",
        "mop",
        "trip",
        "drag",
        "flip",
        "stop",
        "tug",
        "strut",
        "plod",
        "sob",
        "sip",
        "grab",
        "flag",
        "set",
        "let",
        "skip",
        "scan",
        "whip",
        "pat",
        "tap",
    ]
)
_COUNTS = {1: "once", 2: "twice"}
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


@dataclass(frozen=True)
class Tongue:
    """How to say things this time."""

    rng: np.random.Generator | None
    """None says everything the first way it can be said: the usual word, in the commonest form."""
    held_out: bool = False
    """Say it in words that training never sees."""
    owner: str = "the"
    """Whose hands they are."""

    def one(self, options: tuple[str, ...]) -> str:
        """Any of some words."""
        if self.rng is None:
            return options[0]
        return options[int(self.rng.integers(0, len(options)))]

    def chance(self, share: float) -> bool:
        """True in a share of cases."""
        if self.rng is None:
            return share >= 0.5
        return bool(self.rng.uniform() < share)


def conjugated(word: str, form: str) -> str:
    """One verb in a form: ``wave``, ``waves``, ``waving``."""
    if form == BASE or not word:
        return word
    if form == THIRD:
        return _third(word)
    if word in ("lie", "die"):
        return f"{word[0]}ying"
    if word in _DOUBLED:
        return f"{word}{word[-1]}ing"
    if word.endswith("e") and not word.endswith(("ee", "oe", "ye")) and word != "be":
        return f"{word[:-1]}ing"
    return f"{word}ing"


def _third(word: str) -> str:
    irregular = {"be": "is", "have": "has", "do": "does", "go": "goes"}
    if word in irregular:
        return irregular[word]
    if word.endswith(("s", "sh", "ch", "x", "z", "o")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return f"{word[:-1]}ies"
    return f"{word}s"


def trained_words(verb: Verb) -> tuple[str, ...]:
    """Phrases that training uses; the others are kept for tests."""
    return verb.words[: -max(1, len(verb.words) // 4)] if len(verb.words) > 3 else verb.words


def kept_words(verb: Verb) -> tuple[str, ...]:
    """Phrases that training never sees."""
    return verb.words[len(trained_words(verb)) :] or verb.words


def _phrase(action: Action, tongue: Tongue) -> str:
    """A verb's phrase that fits what else is said."""
    verb = verbs()[action.verb]
    options = kept_words(verb) if tongue.held_out else trained_words(verb)
    options = tuple(w for w in options if w.split()[0] not in _NOUNS) or options
    if action.turn_deg and abs(abs(action.turn_deg) - 180.0) > 10.0:
        options = tuple(w for w in options if not set(_ONLY_HALF) & set(w.split())) or ("turn",)
    sided = [w for w in options if not {"left", "right"} & set(w.split())]
    clear = sided if action.side or action.direction else list(options)
    if action.direction or action.count > 1:
        short = [w for w in clear if len(w.split()) <= 2 and not _says_way(w)]
        clear = short or clear
    return tongue.one(tuple(clear or options))


def _says_way(phrase: str) -> bool:
    ways = {"forward", "backward", "up", "around", "circle", "sideways", "circles", "one"}
    return bool(ways & set(phrase.split()))


def _sided(phrase: str, action: Action, tongue: Tongue) -> str:
    """Say which hand or foot."""
    verb = verbs()[action.verb]
    if action.side not in ("left", "right", "both") or not (
        verb.sided or "one_leg" in verb.numbers
    ):
        return phrase
    words = phrase.split()
    limb = "hand" if any(p.endswith("arm") for p in verb.parts) and "legs" not in verb.parts else ""
    limb = limb or ("foot" if action.verb in ("kick", "hop", "side_kick", "lunge") else "hand")
    for place, word in enumerate(words):
        if word in ("hand", "arm", "foot", "leg") and action.side != "both":
            before = words[place - 1] if place else ""
            kept = words[: place - 1] if before in ("a", "an", "one", "the") else words[:place]
            return " ".join([*kept, tongue.owner, action.side, *words[place:]])
    if action.verb.startswith("look"):
        return f"{phrase} to the {action.side}"
    if limb == "foot":
        limb = tongue.one(("foot", "leg"))
        on = "on" if action.verb == "hop" else "with"
        return f"{phrase} {on} the {action.side} {limb}"
    if action.side == "both":
        return f"{phrase} with both hands"
    return f"{phrase} with {tongue.owner} {action.side} {tongue.one((limb, 'arm'))}"


def _way(action: Action, tongue: Tongue) -> str:
    """Direction, angle and distance."""
    said: list[str] = []
    direction = action.direction
    if direction.startswith("circle"):
        side = direction.removeprefix("circle").strip()
        turn = {"left": " counterclockwise", "right": " clockwise"}.get(side, "")
        said.append(tongue.one(("in a circle", "around in a circle")) + turn)
    elif direction == "zigzag":
        said.append(tongue.one(("in a zigzag", "in a zigzag line")))
    elif direction in ("left", "right"):
        said.append(tongue.one((f"to the {direction}", direction, f"to the {direction}")))
    elif direction == "forward":
        said.append(tongue.one(("forward", "ahead", "forwards", "straight ahead")))
    elif direction == "backward":
        said.append(tongue.one(("backward", "backwards")))
    if action.turn_deg:
        said.append(_turn(action, tongue))
    if action.metres:
        said.append(f"{action.metres:g} {tongue.one(('metres', 'meters'))}")
    if action.steps:
        said.insert(0, f"{_number(action.steps, tongue)} step{'s' if action.steps > 1 else ''}")
    return " ".join(said)


def _turn(action: Action, tongue: Tongue) -> str:
    side = "left" if action.turn_deg > 0.0 else "right"
    size = abs(action.turn_deg)
    if 170.0 <= size <= 190.0 and tongue.chance(0.5):
        return "around"
    if tongue.chance(0.4) and 80.0 < size < 100.0:
        return f"to the {side}"
    return f"{tongue.one(('to the ', ''))}{side} by {size:g} degrees"


def _number(value: int, tongue: Tongue) -> str:
    if 0 <= value < len(_NUMBERS) and tongue.chance(0.8):
        return _NUMBERS[value]
    return str(value)


def _count(action: Action, tongue: Tongue) -> str:
    if action.count <= 0 or action.direction.startswith("circle"):
        return ""
    if action.count in _COUNTS and tongue.chance(0.75):
        return _COUNTS[action.count]
    return f"{_number(action.count, tongue)} time{'s' if action.count > 1 else ''}"


def _manner(action: Action, tongue: Tongue) -> str:
    names: list[str] = []
    for name in action.manners:
        words = manners()[name].words
        adverbs = tuple(w for w in words if w.endswith("ly") or " " in w) or words[:1]
        cut = max(1, len(adverbs) - 1)
        chosen = adverbs[cut:] if tongue.held_out and len(adverbs) > 1 else adverbs[:cut]
        names.append(tongue.one(chosen))
    return " and ".join(names)


def said(action: Action, form: str, tongue: Tongue) -> str:
    """One action in words.

    Args:
        action: What is done.
        form: :data:`THIRD`, :data:`GERUND` or :data:`BASE`.
        tongue: How to say it.
    """
    phrase = _sided(_phrase(action, tongue), action, tongue)
    first, _, rest = phrase.partition(" ")
    if first in _COMPOUND and rest:
        verb, _, rest = rest.partition(" ")
        words = [first, conjugated(verb, form), *_owned(rest, tongue)]
    else:
        words = [conjugated(first, form), *_owned(rest, tongue)]
    manner = _manner(action, tongue)
    if manner.endswith("ly") and " " not in manner and tongue.chance(0.4):
        words.insert(0, manner)
        manner = ""
    tail = [_way(action, tongue), _count(action, tongue), manner]
    return " ".join([*words, *(part for part in tail if part)])


_LIMBS = frozenset(
    ["hands", "arms", "head", "shoulders", "fists", "chin", "knees", "muscles", "biceps", "feet"]
)


def _owned(rest: str, tongue: Tongue) -> list[str]:
    """Who owns "the hands" and "one's breath"."""
    words = rest.split()
    for place, word in enumerate(words[:-1]):
        if word == "one's":
            words[place] = "their" if tongue.owner == "the" else tongue.owner
        elif word == "the" and words[place + 1] in _LIMBS:
            words[place] = tongue.owner
    return words


def sentence(script: Script, tongue: Tongue) -> str:
    """A whole script as one sentence."""
    subject = tongue.one(_SUBJECTS_KEPT if tongue.held_out else _SUBJECTS)
    owner = _OWNERS.get(subject, tongue.one(("the", "their")))
    tongue = replace(tongue, owner=owner)
    form = THIRD if tongue.chance(0.75) else (BASE if tongue.chance(0.5) else GERUND)
    parts: list[str] = []
    for number, action in enumerate(script):
        if number and action.together:
            joint = tongue.one((" while ", " and ", " while "))
            inner = GERUND if "while" in joint else form
            parts.append(f"{joint}{said(action, inner, tongue)}")
            continue
        if number:
            parts.append(tongue.one((", then ", " and then ", ", and then ", " then ")))
        parts.append(said(action, form, tongue))
    text = "".join(parts)
    if form == BASE:
        return text
    if form == GERUND:
        return text if tongue.chance(0.5) else f"{subject} is {text}"
    return f"{subject} {text}" if tongue.chance(0.85) else text


def mirrored_words(text: str) -> str:
    """Left and right exchanged, and the senses of rotation."""
    return _SIDES.sub(lambda match: _OTHER[match[0]], text)


_OTHER = {
    "left": "right",
    "right": "left",
    "clockwise": "counterclockwise",
    "counterclockwise": "clockwise",
}
_SIDES = re.compile(r"\b(?:left|right|(?:counter)?clockwise)\b")


def mirrored_action(action: Action) -> Action:
    """The same on the other side."""
    swap = {"left": "right", "right": "left"}
    direction = " ".join(swap.get(word, word) for word in action.direction.split())
    return replace(
        action,
        side=swap.get(action.side, action.side),
        direction=direction,
        turn_deg=-action.turn_deg,
        parts=tuple(" ".join(swap.get(w, w) for w in part.split()) for part in action.parts),
    )
