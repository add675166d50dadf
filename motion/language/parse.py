# SPDX-License-Identifier: Apache-2.0
"""Words to a script.

Three forms, freely mixed: English ("walks in a circle, then waves with the right hand three
times"), parts (``legs: walk | arms: wave``) and times (``walk @0-3s -> sit @3-6s``). A verb that no
list has is found by the sentence encoder among the phrases of all verbs; what remains doubtful is
said in a note.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gen3d.errors import Gen3dError
from motion.language.clauses import AND, SAME, Clause, clauses
from motion.language.lexicon import FILLERS, WORD, lemmas, search, verb_phrases
from motion.language.meaning import EXACT, head, nearest
from motion.language.script import GROUPS, PARTS, Action, Script
from motion.language.verbs import verbs
from motion.language.words import Said, said
from motion.library import Encoder

MOST_CHARACTERS = 2000
_LABEL = re.compile(
    r"^\s*(" + "|".join(sorted(GROUPS, key=len, reverse=True)) + r")\s*:\s*", re.IGNORECASE
)
_TIMES = re.compile(
    r"@\s*(\d+(?:\.\d+)?)\s*s?\s*(?:-|–|to)\s*(\d+(?:\.\d+)?)\s*s?(?:ec\w*)?", re.IGNORECASE
)
_WEAK = frozenset({"go", "move", "travel", "shift", "rest", "hit", "do", "draw", "bob", "party"})
"""Words that say little alone: what else stands there decides."""
_SURE = 0.62
"""Similarity from which the encoder is believed rather than a doubtful word."""


@dataclass(frozen=True)
class Parsed:
    """A script, and what is doubtful about it."""

    script: Script
    notes: tuple[str, ...] = ()
    exact: bool = True
    """Every action was understood."""
    similarity: float = 1.0
    """Of the least certain verb, -1 to 1."""


def parse(text: str, encoder: Encoder | None = None) -> Parsed:
    """Understand what a character shall do.

    Args:
        text: English, parts, times.
        encoder: Sentence encoder with unit rows, for verbs that no list has.

    Raises:
        Gen3dError: The text is empty, too long, or its times are impossible.
    """
    if not text.strip():
        raise Gen3dError("There are no words to move to.", "Say what the character does.")
    if len(text) > MOST_CHARACTERS:
        raise Gen3dError(
            f"The description of the motion has {len(text)} characters.",
            f"Use at most {MOST_CHARACTERS}.",
        )
    actions: list[Action] = []
    doubts: list[_Verb] = []
    for part in re.split(r"->|=>|→", text):
        tracks = [track for track in part.split("|") if track.strip()]
        for number, track in enumerate(tracks):
            found, unsure = _track(track, encoder, together=number > 0)
            actions += found
            doubts += unsure
    if not actions:
        raise Gen3dError(f"No action was found in {text[:60]!r}.", "Say what the character does.")
    sure = min((doubt.similarity for doubt in doubts), default=1.0)
    notes = tuple(doubt.note for doubt in doubts if doubt.similarity < EXACT)
    return Parsed(Script(tuple(actions)), notes, not notes, round(float(sure), 4))


@dataclass(frozen=True)
class _Verb:
    """A verb that was found, and how surely."""

    name: str
    similarity: float
    clause: str
    words: tuple[str, ...] = ()
    """The words that named it."""

    @property
    def note(self) -> str:
        """Says what stands in for what."""
        shown = self.clause if len(self.clause) <= 60 else self.clause[:59] + "…"
        name = self.name.replace("_", " ")
        return (
            f"No motion for {shown!r}: the nearest, {name!r}, stands in"
            f" (similarity {self.similarity:.2f})."
        )


def _track(
    text: str, encoder: Encoder | None, *, together: bool
) -> tuple[list[Action], list[_Verb]]:
    """One part's track within one stretch of time."""
    parts: tuple[str, ...] = ()
    label = _LABEL.match(text)
    if label:
        parts, text = GROUPS[label[1].lower()], text[label.end() :]
    times = _TIMES.search(text)
    span = _span(times) if times else None
    text = _TIMES.sub(" ", text)
    found = [_action(clause, encoder) for clause in clauses(text, _has_verb) if clause.text]
    linked = _linked([(clause, action) for clause, action, _ in found])
    pairs = zip(found, linked, strict=True)
    actions = [one for (clause, _, _), each in pairs for one in _there_and_back(clause.text, each)]
    if parts:
        actions = [replace(action, parts=parts) for action in actions]
    if together and actions:
        actions[0] = replace(actions[0], together=True)
    if span and actions:
        each = (span[1] - span[0]) / len(actions)
        actions = [
            replace(action, start=span[0] + n * each, seconds=each)
            for n, action in enumerate(actions)
        ]
    return actions, [verb for _, _, verb in found if verb.similarity < 1.0]


def _span(match: re.Match[str]) -> tuple[float, float]:
    start, end = float(match[1]), float(match[2])
    if end <= start:
        raise Gen3dError(
            f"The time {match[0].strip()!r} ends before it starts.", "Write it like @0-3s."
        )
    return start, end


def _has_verb(text: str) -> bool:
    words = [word for word in WORD.findall(text.lower()) if word not in FILLERS]
    return bool(_matches(words)) or bool(_GERUND.search(text))


_GERUND = re.compile(r"^\s*(?:(?:he|she|they|it|is|are)\s+)*[a-z]{2,}ing\b", re.IGNORECASE)


def _matches(words: Sequence[str]) -> list[tuple[str, int, tuple[str, ...]]]:
    """Verbs in some words, best first: name, number of words, the words."""
    plain = search(words, verb_phrases())
    kept = [w for w in words if w not in ("left", "right", "both")]
    loose = search(kept, verb_phrases())
    ranked = [(f.rank, f.name, tuple(words[f.start : f.stop])) for f in plain]
    ranked += [(f.rank, f.name, tuple(kept[f.start : f.stop])) for f in loose]
    verb = head(list(words))
    # Of single words the clause's own verb counts, however it is inflected: "marches in step".
    ranked.sort(key=lambda row: (row[0][0], row[0][0] == -1 and verb not in row[2], row[0]))
    return [(name, -rank[0], used) for rank, name, used in ranked]


def _action(clause: Clause, encoder: Encoder | None) -> tuple[Clause, Action, _Verb]:
    words = [word for word in WORD.findall(clause.text.lower()) if word not in FILLERS]
    verb = _verb(clause.text, words, encoder)
    rest = _rest(words, verb.words)
    return clause, _built(verb.name, said(rest, words)), verb


def _rest(words: list[str], used: tuple[str, ...]) -> list[str]:
    """Words that did not name the verb, in order."""
    left = list(used)
    rest: list[str] = []
    for word in words:
        if word in left:
            left.remove(word)
        else:
            rest.append(word)
    return rest


def _verb(text: str, words: list[str], encoder: Encoder | None) -> _Verb:
    matches = _matches(words)
    listed = _Verb(matches[0][0], 1.0, text, matches[0][2]) if matches else None
    if encoder is None:
        return listed or _Verb("stand", 0.0, text)
    if listed and (matches[0][1] > 1 or not _doubtful(listed.words[0], words)):
        return listed
    guess = nearest(text, encoder)
    if listed and (guess.similarity < _SURE or guess.name == listed.name):
        return listed
    return _Verb(guess.name, guess.similarity, text)


def _doubtful(word: str, words: list[str]) -> bool:
    """A single word that is not the clause's verb, or says little beside others."""
    weak = bool(_WEAK & lemmas(word)) and len(words) > 1
    return weak or head(words) != word


def _built(name: str, words: Said) -> Action:
    """Put verb and what was said about it together."""
    verb = verbs()[name]
    if words.direction == "aside":
        name = "sidestep" if verb.kind == "gait" or name == "step" else name
        words = replace(words, direction="")
    if name == "back_away":
        words = replace(words, direction="backward")
    if words.in_place and verb.kind == "gait":
        name = "high_knees"
    if words.circle and verb.kind == "gait":
        words = replace(words, direction=f"circle {words.direction}".strip())
    elif words.circle and name == "turn":
        name = "spin"
    action = Action(
        name,
        side=words.side,
        direction=words.direction if words.direction != "aside" else "",
        turn_deg=words.turn_deg,
        count=words.count,
        steps=words.steps,
        metres=words.metres,
        rate=words.rate,
        size=words.size,
        manners=words.manners,
        seconds=words.seconds,
    )
    return _turned(action)


def _turned(action: Action) -> Action:
    """Turns have a sign; a spin in place counts whole turns."""
    if action.turn_deg and action.direction == "right":
        return replace(action, turn_deg=-action.turn_deg)
    return action


def _linked(found: list[tuple[Clause, Action]]) -> list[Action]:
    """Decide which actions happen at the same time."""
    actions: list[Action] = []
    for clause, action in found:
        together = clause.link == SAME and bool(actions)
        if clause.link == AND and actions:
            together = _fits_beside(actions[-1], action)
        back = _comes_back(actions, action, clause.text)
        direction = "forward" if back else action.direction
        actions.append(replace(action, together=together, direction=direction))
    return actions


_TO_AND_FRO = re.compile(
    r"\b(?:back\s+(?:and\s+)?forth|to\s+(?:and\s+)?fro|there\s+(?:and\s+)?back)\b"
)


def _there_and_back(text: str, action: Action) -> list[Action]:
    """Who walks back and forth turns in between."""
    if verbs()[action.verb].kind != "gait" or not _TO_AND_FRO.search(text.lower()):
        return [action]
    there = replace(action, direction="forward")
    return [there, Action("turn", turn_deg=180.0), replace(there, together=False)]


def _comes_back(actions: list[Action], action: Action, text: str) -> bool:
    """Who has turned around and walks "back" goes forward."""
    turned = bool(actions) and verbs()[actions[-1].verb].kind == "turn"
    return turned and action.direction == "backward" and bool(re.search(r"\bback\b", text))


def _fits_beside(before: Action, action: Action) -> bool:
    """Whether "and" means at once: the second needs parts that the first leaves free."""
    first, second = verbs()[before.verb], verbs()[action.verb]
    if first.kind in ("gait", "stand", "posture") and "legs" not in second.parts:
        return second.kind == "move"
    if "legs" in first.parts or "legs" in second.parts:
        return second.kind == "gait" and "legs" not in first.parts
    arms = {part for part in PARTS if part.endswith("arm")}
    return not (set(first.parts) & set(second.parts) & arms)
