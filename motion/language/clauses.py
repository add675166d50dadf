# SPDX-License-Identifier: Apache-2.0
"""A sentence to clauses: one for each action, in the order in which they happen."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

AFTER, SAME, AND = "after", "same", "and"
"""How a clause follows the one before: later, at the same time, or as the verbs allow."""

_JOINTS: tuple[tuple[str, str], ...] = (
    (r"\s*,?\s*\b(?:and\s+)?(?:then|afterwards?|next|finally|later|subsequently)\b,?", AFTER),
    (r"\s*,?\s*\b(?:and\s+)?after\s+(?:that|which|this)\b,?", AFTER),
    (r"\s*,?\s*\bfollowed\s+by\b", AFTER),
    (r"\s*,?\s*\b(?:right\s+|just\s+)?before\b", AFTER),
    (r"\s*(?:[;!?]|\.(?!\d))\s*", AFTER),
    (r"\s*,?\s*\b(?:and\s+)?(?:at\s+the\s+same\s+time|simultaneously|meanwhile)\b,?", SAME),
    (r"\s*,?\s*\b(?:while|whilst)\b", SAME),
    (r"\s*,?\s*\bas\s+(?=(?:he|she|they|it|we|you)\b)", SAME),
    (r"\s*,?\s*(?:\band\b|&)\s*", AND),
    (r"\s*,\s*", AND),
)
_ANY = re.compile("|".join(f"(?P<j{n}>{pattern})" for n, (pattern, _) in enumerate(_JOINTS)))
_REVERSED = re.compile(r"\s*,?\s*\b(?:right\s+|just\s+)?(?:after|once)\s+(?!that|which|this)")
_LEADING = re.compile(
    r"^\s*(?P<word>after|once|while|whilst|as|before)\s+(?P<first>[^,]+),\s*(?P<rest>.+)$",
    re.DOTALL,
)


@dataclass(frozen=True)
class Clause:
    """The words of one action."""

    text: str
    link: str = AFTER


def clauses(text: str, has_verb: Callable[[str], bool]) -> list[Clause]:
    """Split free English.

    Args:
        text: A sentence.
        has_verb: Whether some words name an action; an "and" or a comma only parts clauses where
            both sides do.
    """
    led = _LEADING.match(text)
    if led and has_verb(led["first"]) and has_verb(led["rest"]):
        return _led(led["word"].lower(), led["first"], led["rest"], has_verb)
    back = _REVERSED.search(text)
    if back and has_verb(text[: back.start()]) and has_verb(text[back.end() :]):
        first = clauses(text[back.end() :], has_verb)
        return [*first, *clauses(text[: back.start()], has_verb)]
    return _merged(_pieces(text), has_verb)


def _led(word: str, first: str, rest: str, has_verb: Callable[[str], bool]) -> list[Clause]:
    """``after sitting down, he claps``; ``while walking, she waves``."""
    one, other = clauses(first, has_verb), clauses(rest, has_verb)
    if word == "before":
        return [*other, *one]
    if word in ("after", "once"):
        return [*one, *other]
    return [*one, Clause(other[0].text, SAME), *other[1:]]


def _pieces(text: str) -> list[Clause]:
    found: list[Clause] = []
    at, link = 0, AFTER
    for match in _ANY.finditer(text):
        found.append(Clause(text[at : match.start()].strip(), link))
        number = next(int(name[1:]) for name, part in match.groupdict().items() if part is not None)
        at, link = match.end(), _JOINTS[number][1]
    found.append(Clause(text[at:].strip(), link))
    return found


def _merged(pieces: list[Clause], has_verb: Callable[[str], bool]) -> list[Clause]:
    """Put back what a joint parted although it names no action of its own."""
    merged: list[Clause] = []
    pending = AFTER
    for piece in pieces:
        if not piece.text:
            pending = _stronger(pending, piece.link)
            continue
        link = _stronger(pending, piece.link) if pending != AFTER or not merged else piece.link
        pending = AND if not merged else AFTER
        if merged and not has_verb(piece.text) and link == AND:
            last = merged[-1]
            merged[-1] = Clause(f"{last.text} {piece.text}", last.link)
        elif merged and not has_verb(merged[-1].text) and link == AND:
            merged[-1] = Clause(f"{merged[-1].text} {piece.text}", merged[-1].link)
        else:
            merged.append(Clause(piece.text, link))
        pending = AFTER
    return merged


def _stronger(a: str, b: str) -> str:
    return a if a != AFTER else b
