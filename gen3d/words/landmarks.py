# SPDX-License-Identifier: Apache-2.0
"""Single things that words name in a land: what kind, how many, how large, in which colour.

A phrase of up to four words that the vocabulary lists counts as what it says, unless a longer one
is a land ("castle ruins"); an unlisted noun counts by its kind in WordNet. Who is in a house is in
a room, which is told by the word before it. Things take their places in the order of the words,
to the right and to the left in turn. Cannot do: places that the words give ("left of the barn").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from gen3d.scenery import LandmarkSpec, LandSpec
from gen3d.strict import Rgb
from gen3d.words.colours import name_at
from gen3d.words.dictionary import frequency, in_singular, lookup, singular
from gen3d.words.stand_ins import stands_in, with_article
from gen3d.words.vocabulary import Table, colour, table, words_of

_LONGEST, _MOST, _BEFORE = 4, 12, 5
_CROWD = 24
"""The most of one kind."""
_KIN_STEPS = 2
_FARTHER, _FARTHEST_M = 2.6, 180.0
_BEARINGS = {
    True: (18.0, -26.0, 48.0, -54.0, 78.0, -82.0),
    False: (-20.0, 30.0, -44.0, 54.0, -68.0, 76.0),
}
"""Of things farther off than 10 m, and of nearer ones, in their order."""
_NEAR_M = 10.0
_TURN_DEG = 28.0
_NARROWEST_M = 25.0
"""Half of the length of a lake from which no bridge spans it."""
_BRIDGES = frozenset({"bridge", "stone bridge"})
_DARKEST = 0.02


@dataclass(frozen=True)
class Mark:
    """A thing that words name."""

    kind: str
    said: str
    """The words for it, without those that describe it."""
    start: int
    end: int
    """The characters of all that is said of it."""
    plural: bool
    before: tuple[str, ...]
    """Words right before it, the nearest last."""
    by_kin: bool = False
    """Whether the word is not listed."""

    @property
    def entry(self) -> Table:
        """What the vocabulary says of it."""
        return table("landmarks")["landmarks"][self.kind]


def found(text: str, lands: frozenset[str]) -> list[Mark]:
    """The things that a text names, in its order.

    Args:
        text: Lower case.
        lands: Phrases of lands, and of what is in them: the longest phrase counts.
    """
    words = list(re.finditer(r"[a-z][a-z'-]*|\d+|[,.;:]", text))
    marks, i = list[Mark](), 0
    while i < len(words):
        length, mark = _at(words, i, lands)
        if mark and not _is_entered(mark, words, i):
            marks.append(mark)
        i += max(length, 1)
    return marks


def _at(words: Sequence[re.Match[str]], i: int, lands: frozenset[str]) -> tuple[int, Mark | None]:
    """The phrase that begins at a word: its length, and the thing if it is one."""
    for length in range(min(_LONGEST, len(words) - i), 0, -1):
        span = [w[0] for w in words[i : i + length]]
        said = " ".join(span)
        one, kind = in_singular(said), kind_of(said)
        if kind and not (length == 1 and _is_no_noun(words, i, one)):
            return length, _mark(words, i, length, kind, plural=said not in listed())
        if said in lands or one in lands:
            return length, None
    kin = _kin(words[i][0])
    return 1, _mark(words, i, 1, kin, plural=False, by_kin=True) if kin else None


def kind_of(phrase: str) -> str | None:
    """The kind of thing that a phrase names in either number."""
    return listed().get(phrase) or listed().get(in_singular(phrase))


def _is_no_noun(words: Sequence[re.Match[str]], i: int, one: str) -> bool:
    """Whether a listed word is another part of speech here: "as well", "towering", "he sheds"."""
    said = words[i][0]
    if one != said and said.endswith("ing"):
        return True
    if frequency(one, "n") >= max(frequency(one, part) for part in "avr"):
        return False
    before = words[i - 1][0] if i else ""
    after = words[i + 1][0] if i + 1 < len(words) else ""
    led = before in words_of("grammar", "determiners") or (before != "as" and _tells(before or "-"))
    described = after.endswith("ed") or after == "lit"
    return not led or described


def _mark(
    words: Sequence[re.Match[str]],
    i: int,
    length: int,
    kind: str,
    *,
    plural: bool,
    by_kin: bool = False,
) -> Mark:
    first = i
    while first > 0 and i - first < _BEFORE and _tells(words[first - 1][0]):
        first -= 1
        if first > 1 and words[first - 1][0] == "and" and name_at([words[first - 2][0]], 0):
            first -= 2
    before = tuple(w[0] for w in words[first:i])
    said = " ".join(w[0] for w in words[i : i + length])
    return Mark(
        kind, said, words[first].start(), words[i + length - 1].end(), plural, before, by_kin
    )


def _tells(word: str) -> bool:
    """Whether a word before a thing may describe it or count it."""
    if word == "of" or word.isdigit() or word in table("landmarks")["numbers"]:
        return True
    if word in words_of("grammar", "prepositions") or not word[0].isalpha():
        return False
    if word in table("landmarks")["sizes"] or name_at([word], 0):
        return True
    return frequency(word, "a") > max(frequency(word, "n"), -1) or word in _STUFFS


_STUFFS = frozenset(
    {"wooden", "bamboo", "stone", "brick", "old", "canvas", "straw", "picket", "white-washed"}
)


def _is_entered(mark: Mark, words: Sequence[re.Match[str]], i: int) -> bool:
    """Whether somebody is inside it."""
    if not mark.entry.get("entered"):
        return False
    near = [w[0] for w in words[max(i - _BEFORE, 0) : i]]
    prepositions = [w for w in near if w in words_of("grammar", "prepositions") or w == "front"]
    inside = bool(prepositions) and prepositions[-1] in table("landmarks")["entering"]
    # "In the background", "in winter" and their like stand behind a comma or another noun.
    between = near[len(near) - near[::-1].index(prepositions[-1]) :] if inside else []
    return inside and all(_tells(w) or w in words_of("grammar", "determiners") for w in between)


@lru_cache(maxsize=1)
def listed() -> dict[str, str]:
    """Each phrase and the kind of thing that it names."""
    entries = table("landmarks")["landmarks"]
    named = {p: k for k, e in entries.items() for p in (k, *e["phrases"])}
    return {p: k for k, e in entries.items() for p in e.get("stand_ins", ())} | named


@lru_cache(maxsize=512)
def _kin(word: str) -> str | None:
    """The thing that an unlisted noun is a kind of, by WordNet."""
    if len(word) < 4 or frequency(word, "n") < max(frequency(word, p) for p in "avr"):
        return None
    one, steps = singular(word), 0
    while steps < _KIN_STEPS and (senses := lookup(one, "n")):
        own = [s for s in (*senses[0].synonyms, senses[0].parent) if s in listed()]
        if own:
            return listed()[own[0]]
        one, steps = senses[0].parent, steps + 1
    return None


def rest_of(text: str, marks: Sequence[Mark]) -> str:
    """A text without what it says of things."""
    for mark in reversed(marks):
        text = f"{text[: mark.start]} {text[mark.end :]}"
    return text


def seen_apart(text: str, lands: frozenset[str]) -> str:
    """A text without the things that somebody is before, beside or on: they are no rooms."""
    rest = rest_of(text, found(text, lands))
    small = words_of("grammar", "determiners") | words_of("grammar", "prepositions")
    left = {*re.findall(r"[a-z'-]+", rest)} - small - {*table("landmarks")["outside"]}
    return rest if left else ""


def standing_for(marks: Sequence[Mark]) -> list[str]:
    """A sentence for each thing that only stands in, or was taken by its kind."""
    notes = list[str]()
    for mark in marks:
        named = {mark.kind, *mark.entry["phrases"]}
        if mark.by_kin:
            notes.append(f"“{mark.said}” was taken to mean {with_article(mark.kind)}.")
        elif not ({mark.said, in_singular(mark.said)} & named):
            notes.append(stands_in(mark.said, mark.kind))
    return notes


def land_around(marks: Sequence[Mark]) -> str | None:
    """The land of the first thing, for words that name no land."""
    return str(marks[0].entry["land"]) if marks else None


def may_be_rooms(text: str, marks: Sequence[Mark], rooms: frozenset[str]) -> bool:
    """Whether the things are but houses that nobody is said to stand before: they are rooms.

    Args:
        text: That names them.
        marks: All things of it.
        rooms: Phrases that are rooms as well.
    """
    outside = table("landmarks")["outside"]
    for mark in marks:
        ahead = re.findall(r"[a-z'-]+", text[: mark.start])[-4:]
        if mark.said not in rooms or any(word in outside for word in ahead):
            return False
    return bool(marks)


def placed(text: str, marks: Sequence[Mark], land: LandSpec) -> tuple[LandSpec, list[str]]:
    """A land with the things, and notes on those for which it has no place.

    Args:
        text: That names them.
        marks: In its order.
        land: As the other words have it.
    """
    specs, left, seen = list[LandmarkSpec](), list[str](), {True: 0, False: 0}
    far = any(phrase in text for phrase in table("landmarks")["far"])
    land = _watered(land, marks)
    for mark in marks:
        if mark.kind in _BRIDGES and not _bridged(land):
            left.append(mark.said)
            continue
        specs.append(_spec(mark, seen, far=far))
    # What a land has of its own gives way to the same thing where it was said.
    named = {spec.kind for spec in specs}
    own = [one for one in land.landmarks if one.kind not in named]
    notes = [f"Nothing is built for: {', '.join(left)}."] if left else []
    crowds = [mark.said for mark in marks if (_said_number(mark) or 0) > _CROWD]
    notes += [f"At most {_CROWD} {said} are built." for said in crowds]
    return land.model_copy(update={"landmarks": tuple([*specs, *own][:_MOST])}), notes


def _watered(land: LandSpec, marks: Sequence[Mark]) -> LandSpec:
    """A dry land with the water that a thing needs."""
    for mark in marks:
        water = mark.entry.get("water")
        if water and land.water == "none":
            usual = {"lake_m": 60.0} if water == "lake" else {}
            land = land.model_copy(update={"water": water, **usual})
    return land


def _bridged(land: LandSpec) -> bool:
    small = land.water == "lake" and land.lake_m <= _NARROWEST_M
    return land.water in {"river", "marsh"} or small


def _spec(mark: Mark, seen: dict[bool, int], *, far: bool) -> LandmarkSpec:
    entry = mark.entry
    distance = float(entry["distance"])
    if far and distance > _NEAR_M:
        distance = max(min(distance * _FARTHER, _FARTHEST_M), distance)
    far_off, number = distance > _NEAR_M, seen[distance > _NEAR_M]
    bearing = _BEARINGS[far_off][number % len(_BEARINGS[far_off])]
    turn = _TURN_DEG if bearing > 0 else -_TURN_DEG
    if number == 0:
        bearing, turn = entry.get("bearing", bearing), entry.get("turn", turn)
    elif "turn" in entry:
        turn = entry["turn"]
    seen[far_off] += 1
    return LandmarkSpec(
        kind=mark.kind,  # type: ignore[arg-type]  # a name of the vocabulary, checked by pydantic
        distance_m=distance,
        bearing_deg=bearing,
        turn_deg=turn,
        size=_size(mark),
        color=_colour(mark),
        count=_count(mark),
    )


def _size(mark: Mark) -> float:
    sizes = table("landmarks")["sizes"]
    return next((float(sizes[w]) for w in mark.before if w in sizes), 1.0)


def _count(mark: Mark) -> int:
    entry = mark.entry
    said = _said_number(mark)
    circle = table("landmarks")["circles"].get(mark.kind, ())
    if mark.kind == "fence":
        return int(entry["one"])
    if mark.said in circle:
        return int(entry["few"])
    usual = entry.get("few", 2) if mark.plural else entry.get("one", 1)
    return min(said, _CROWD) if said and (mark.plural or said > 1) else int(usual)


def _said_number(mark: Mark) -> int | None:
    numbers = table("landmarks")["numbers"]
    told = (int(w) if w.isdigit() else numbers.get(w) for w in reversed(mark.before))
    return next((int(n) for n in told if n is not None), None)


def _colour(mark: Mark) -> Rgb | None:
    """The colour that is said of it; white with red is what lighthouses are anyway."""
    named = list[str]()
    for k in range(len(mark.before)):
        exact = name_at(list(mark.before), k)
        if exact:
            named.append(exact[0])
    if not named or {"red", "white"} <= set(named):
        return None
    red, green, blue = (max(0.9 * c, _DARKEST) for c in colour(named[-1]))
    return red, green, blue
