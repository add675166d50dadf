# SPDX-License-Identifier: Apache-2.0
"""A prompt cut into clauses: where another part may begin, what is said of it, its noun.

Cuts are commas, "with", "whose", "its", "and" before another part; names of things that the foundry
knows stay whole. Colours, materials and patterns are marked by :mod:`gen3d.guidance.looks`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gen3d.guidance.kinds import by_name, things
from gen3d.guidance.looks import Mark, find_marks, stop_words
from gen3d.words.dictionary import lookup, singular
from gen3d.words.vocabulary import table

LONGEST_NAME = 6
LINKS = frozenset({"for", "of", "to", "a", "an", "the", "by"})
"""Small words within a thing's name: "pot for tea"."""


@dataclass(frozen=True)
class Clause:
    """Words between two cuts."""

    opening: str
    """"", "with", "own" or "without"."""
    tokens: tuple[str, ...]
    marks: tuple[Mark, ...]
    noun: str
    """What remains without marks and small words."""


def tokens_of(text: str) -> list[str]:
    """Words and marks of a text, in lower case; a genitive is a word of its own."""
    text = re.sub(r"’", "'", text.lower())
    text = re.sub(r"'s\b", " 's", text)
    return re.findall(r"'s|[^\W_]+(?:['\-][^\W_]+)*|[,;:.!?()]", text)


def clauses_of(tokens: Sequence[str]) -> list[Clause]:
    """Cut tokens where another part may begin, names of things kept whole."""
    named = _named(tokens)
    cuts: list[tuple[str, list[int]]] = [("", [])]
    for i in range(len(tokens)):
        opening = None if i in named else _opening(tokens, i)
        if opening is None:
            cuts[-1][1].append(i)
        else:
            # "with a gilded mouth and its foot": the later cut says more than the earlier.
            cuts.append((opening or ("with" if cuts[-1][0] == "with" else ""), []))
    found = [_clause(opening, [tokens[i] for i in at], named, at) for opening, at in cuts if at]
    return [clause for clause in found if clause.noun or clause.marks]


def _opening(tokens: Sequence[str], i: int) -> str | None:
    """The kind of clause that a token opens; None: it opens none."""
    word, reading = tokens[i], table("objects")["reading"]
    if not (word[0].isalnum() or word.startswith("'")):
        return ""
    if word == "'s" and singular(tokens[i - 1]) not in by_name():
        return None
    kinds = [kind for kind in ("with", "own", "without") if word in reading[kind]]
    if kinds:
        return kinds[0]
    if word == "in" and _part_follows(tokens, i):
        return "with"
    return "" if word == "and" and _new_noun_follows(tokens, i) else None


def _new_noun_follows(tokens: Sequence[str], i: int) -> bool:
    """Whether "and" joins parts rather than colours: an article or a part's noun comes next."""
    after = list(tokens[i + 1 : i + 6])
    if not after:
        return False
    stop = next((n for n, t in enumerate(after) if not t[0].isalnum() or t == "and"), len(after))
    after = after[:stop]
    marks = find_marks(after, frozenset())
    before_is_look = bool(find_marks(tokens[max(i - 2, 0) : i], frozenset()))
    marked = {n for mark in marks for n in range(mark.start, mark.end)}
    nouns = [n for n, t in enumerate(after) if n not in marked and t not in stop_words()]
    if after[0] in {"a", "an", "the", "its"}:
        return True
    # "blue and white striped vase": the mark before and the mark after belong to one noun.
    return bool(nouns) and not (before_is_look and marks and marks[0].start == 0)


def _part_follows(tokens: Sequence[str], i: int) -> bool:
    """Whether "in" says what holds the thing rather than its looks: "in a terracotta pot"."""
    after = list(tokens[i + 1 : i + 6])
    if not after or after[0] not in {"a", "an", "its"}:
        return False
    marked = {n for mark in find_marks(after, frozenset()) for n in range(mark.start, mark.end)}
    nouns = [t for n, t in enumerate(after) if n not in marked and t not in stop_words()]
    return any(singular(noun) in table("objects")["reading"]["holders"] for noun in nouns)


def _named(tokens: Sequence[str]) -> frozenset[int]:
    """Indices of trained names of things of two words or more."""
    found: set[int] = set()
    for i in range(len(tokens)):
        for length in range(LONGEST_NAME, 1, -1):
            text = " ".join(tokens[i : i + length]).replace(" 's", "'s")
            if text in by_name() and i + length <= len(tokens):
                found |= set(range(i, i + length))
                break
    return frozenset(found)


def _clause(
    opening: str, tokens: Sequence[str], named: frozenset[int], at: Sequence[int]
) -> Clause:
    protected = frozenset(n for n, i in enumerate(at) if i in named)
    marks = _without_noun(find_marks(tokens, protected), tokens)
    marked = {n for mark in marks for n in range(mark.start, mark.end)}
    left = [(n, t) for n, t in enumerate(tokens) if n not in marked]
    content = [n for n, t in left if n in protected or (t not in stop_words() and t != "'s")]
    span = range(content[0], _noun_end(tokens, content, protected)) if content else range(0)
    noun = " ".join(t for n, t in left if n in span)
    return Clause(opening, tuple(tokens), tuple(marks), noun)


def _noun_end(tokens: Sequence[str], content: Sequence[int], protected: frozenset[int]) -> int:
    """Where the noun phrase ends: before "in", "made" and the like, though not before "for".

    Whose it is comes before it: "my aunt's blue and white teapot" does not end at "and".
    """
    owned = max((n for n in range(content[-1]) if tokens[n] == "'s"), default=0)
    for n in range(next(n for n in content if n >= owned), content[-1] + 1):
        if n in protected:
            continue
        if tokens[n] in stop_words() and tokens[n] not in LINKS:
            return n
        if n > content[0] and _is_deed(tokens[n]) and not _leads_on(tokens, n):
            return n
    return content[-1] + 1


def _is_deed(word: str) -> bool:
    """Whether a word says what the thing does: "sitting" in "a puppy sitting on a rug"."""
    return word.endswith("ing") and bool(lookup(word, "v")) and not things(word)


def _leads_on(tokens: Sequence[str], n: int) -> bool:
    """Whether a noun follows at once: "a little sewing machine"."""
    return n + 1 < len(tokens) and bool(things(tokens[n + 1]))


def _without_noun(marks: list[Mark], tokens: Sequence[str]) -> list[Mark]:
    """Drop a last mark that is the clause's noun: "an orange", "a tall spruce"."""
    if not marks:
        return marks
    last = marks[-1]
    if last.kind == "pattern":
        return marks
    rest = [t for t in tokens[last.end :] if t not in stop_words()]
    before = tokens[last.start - 1] if last.start else ""
    if rest or not before:
        return marks
    whole = " ".join(tokens[last.start : last.end])
    is_name = whole in by_name() or whole in table("objects")["slots"]
    marked = {n for mark in marks for n in range(mark.start, mark.end)}
    others = [t for n, t in enumerate(tokens) if n not in marked and t not in stop_words()]
    is_noun = before in {"a", "an", "the"} or (last.start - 1 in marked and not others)
    return marks[:-1] if is_noun and (is_name or not others) else marks
