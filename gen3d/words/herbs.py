# SPDX-License-Identifier: Apache-2.0
"""Flowers and other herbs that words name in a land: which, how dense, in rows, in which colours.

A noun that the vocabulary lists counts where it stands for plants: "tulips", "a tulip field", not
"a tulip chair". It is dense where it is all there is ("a field of poppies", "a garden full of
roses"), and in rows where such fields are planted. Colours are those right before it; several
share the ground. Cannot do: colours told behind it ("roses that are white").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from gen3d.scenery import HerbSpec, LandSpec
from gen3d.spec import Rgb
from gen3d.words.colours import name_at, read_at
from gen3d.words.dictionary import frequency, in_singular, singular
from gen3d.words.stand_ins import stands_in
from gen3d.words.vocabulary import Table, colour, table, words_of

_LONGEST, _BEFORE, _MOST = 3, 5, 6
_BRIGHTEST = 0.8
_SNOWED = 0.4
"""Share of snow from which a land's own herbs are gone."""
_FLOWERLESS = frozenset({"wheat", "reed", "mushroom"})
_POND_M = 14.0
_JOINING = frozenset({"and", "or", ",", "&", "with"})
Words = Sequence[re.Match[str]]


@dataclass(frozen=True)
class Herbs:
    """A kind that words name."""

    kind: str
    said: str
    start: int
    end: int
    """The characters of the noun."""
    dense: bool
    """Whether it is all there is."""
    field: bool
    """Whether on a field."""
    colours: tuple[Rgb, ...]

    @property
    def entry(self) -> Table:
        """What the vocabulary says of it."""
        return table("herbs")["herbs"][self.kind]


@lru_cache(maxsize=1)
def listed() -> dict[str, str]:
    """Each phrase and the kind that it names or that stands in for it."""
    entries = table("herbs")["herbs"]
    named = {p: k for k, e in entries.items() for p in (k, *e["phrases"])}
    return {p: k for k, e in entries.items() for p in e.get("stand_ins", ())} | named


def kind_of(phrase: str) -> str | None:
    """The herb that a phrase names in either number, by itself."""
    return listed().get(phrase) or listed().get(in_singular(phrase))


def found(text: str) -> list[Herbs]:
    """The herbs of a text, in its order, each kind with its colours once."""
    words, marks, i = list(re.finditer(r"[a-z][a-z'-]*|[,.;:]", text)), list[Herbs](), 0
    while i < len(words):
        length, kind = _at(words, i)
        if kind:
            marks.append(_mark(words, i, length, kind))
        i += max(length, 1)
    return marks or _flowery(words)


def by_themselves(marks: Sequence[Herbs], land: str) -> list[Herbs]:
    """Herbs of words that name no land: what is sown in rows is a field."""
    return [
        replace(m, dense=True, field=True) if m.entry.get("rows") and m.entry["land"] == land else m
        for m in marks
    ]


def rest_of(text: str, marks: Sequence[Herbs]) -> str:
    """A text without the nouns for its herbs."""
    for mark in reversed(marks):
        text = f"{text[: mark.start]} {text[mark.end :]}"
    return text


def _at(words: Words, i: int) -> tuple[int, str | None]:
    """The herb that begins at a word, and the length of its name."""
    for length in range(min(_LONGEST, len(words) - i), 0, -1):
        kind = kind_of(" ".join(w[0] for w in words[i : i + length]))
        if kind and _grows(words, i, length):
            return length, kind
    return 1, None


def _grows(words: Words, i: int, length: int) -> bool:
    """Whether a listed noun stands for plants, by the words beside it."""
    herbs = table("herbs")
    before = words[i - 1][0] if i else ""
    if before in herbs["pictured"] or before == "artificial":
        return False
    said = words[i + length - 1][0]
    if i + length >= len(words):
        return _is_noun(said, before)
    after = words[i + length][0]
    beside = {after, singular(after)}
    if beside & {*herbs["fields"], *herbs["grounds"], *herbs["groups"]}:
        return True
    stop = not after[0].isalpha() or after in words_of("grammar", "prepositions") | _JOINING
    led = stop or after in words_of("grammar", "determiners") or after in {"that", "which", "under"}
    telling = frequency(after, "n") < max(frequency(after, part) for part in "avr")
    return (led or telling) and _is_noun(said, before)


def _is_noun(said: str, before: str) -> bool:
    """Not so a colour, or a verb: a single rose is told by its article, lavender is stuff."""
    if said != singular(said) or not (name_at([said], 0) or frequency(said, "v") > 0):
        return True
    return before in words_of("grammar", "determiners") | {"of", "with", "and", "in", "wild"}


def _mark(words: Words, i: int, length: int, kind: str) -> Herbs:
    herbs = table("herbs")
    near = [singular(w[0]) for w in words[max(i - _BEFORE, 0) : i]]
    ahead = near[_clause_start(near) :]
    behind = [singular(w[0]) for w in words[i + length : i + length + 1]]
    if behind and behind[0] in herbs["groups"]:
        behind += [singular(w[0]) for w in words[i + length + 1 : i + length + 2]]
    beside = {*ahead, *behind}
    field = bool(beside & {*herbs["fields"]})
    of = any(one in herbs["grounds"] and two == "of" for one, two in pairwise(ahead))
    dense = field or of or bool(beside & {*herbs["full"]} or {*behind} & {*herbs["grounds"]})
    said = " ".join(w[0] for w in words[i : i + length])
    colours = _colours(words, i) or _usual(kind, said)
    start, end = words[i].start(), words[i + length - 1].end()
    return Herbs(kind, said, start, end, dense, field, colours)


def _clause_start(near: Sequence[str]) -> int:
    """Where what is said of a herb begins: behind "and" and "with", unless those join colours."""
    for k in range(len(near) - 1, -1, -1):
        before = near[k - 1] if k else ""
        joins = near[k] in _JOINING and not (before and name_at([before], 0))
        if joins and not (near[k] == "with" and before in table("herbs")["full"]):
            return k + 1
    return 0


def _colours(words: Words, i: int) -> tuple[Rgb, ...]:
    """The colours right before a noun."""
    first = i
    small = words_of("grammar", "prepositions") | words_of("grammar", "determiners") - {"and"}
    while first > 0 and i - first < 2 * _BEFORE:
        word = words[first - 1][0]
        joins = word in _JOINING and first > 1 and name_at([words[first - 2][0]], 0)
        if not joins and (word in small or word in _JOINING or not word[0].isalpha()):
            break
        first -= 1
    named, k = list[Rgb](), 0
    run = [w[0] for w in words[first:i]]
    while k < len(run):
        read = read_at(run, k)
        named += [_petal(read[0])] if read else []
        k += read[1] if read else 1
    return tuple(dict.fromkeys(named))


def _petal(value: Rgb) -> Rgb:
    red, green, blue = (round(min(channel, _BRIGHTEST), 4) for channel in value)
    return red, green, blue


def _usual(kind: str, said: str) -> tuple[Rgb, ...]:
    """The colour of what a kind stands in for, if it is not the kind's own."""
    named = table("herbs")["herbs"][kind].get("stand_ins", {})
    name = named.get(said) or named.get(in_singular(said))
    return (_petal(colour(name)),) if name else ()


def _flowery(words: Words) -> list[Herbs]:
    """Flowers of a meadow that is told by an adjective ("a flowery meadow")."""
    herbs = table("herbs")
    for one, two in pairwise(words):
        if one[0] in herbs["flowery"] and singular(two[0]) in herbs["soft"]:
            at = one.start()
            return [Herbs("wildflower", "wildflowers", at, at, True, False, ())]
    return []


def specs(marks: Sequence[Herbs]) -> tuple[HerbSpec, ...]:
    """The herbs as a land has them; several colours share the ground."""
    made = list[HerbSpec]()
    for mark in marks:
        many = float(mark.entry["field" if mark.dense else "some"])
        rows = mark.field and bool(mark.entry.get("rows"))
        for value in mark.colours or (None,):
            each = many if rows else round(many / max(len(mark.colours), 1), 3)
            spec = HerbSpec.model_validate(
                {"kind": mark.kind, "per_m2": each, "color": value, "in_rows": rows}
            )
            if not any((one.kind, one.color) == (spec.kind, spec.color) for one in made):
                made.append(spec)
    return tuple(made[:_MOST])


def planted(marks: Sequence[Herbs], land: LandSpec, gone: frozenset[str]) -> LandSpec:
    """A land with the herbs; its own stay where they are not said to be gone, or under snow.

    Args:
        marks: Of the words.
        land: As the other words have it.
        gone: Kinds that the words say are not there.
    """
    said = specs(marks)
    kinds, bare = {one.kind for one in said}, land.ground == "snow" or land.snow >= _SNOWED
    own = [
        one
        for one in land.herbs
        if one.kind not in kinds | gone and not bare
        and not ("wildflower" in gone and one.kind not in _FLOWERLESS)
        and not any(mark.dense for mark in marks)
    ]  # fmt: skip
    values: dict[str, object] = {"herbs": (*said, *own)[:_MOST]}
    for mark in marks:
        if mark.field or (mark.dense and land.name == "farmland"):
            values |= mark.entry.get("ground", {})
        elif mark.dense:
            # Flowers stand where tufts would.
            most = mark.entry.get("ground", {}).get("tufts_per_m2", land.tufts_per_m2)
            values["tufts_per_m2"] = min(land.tufts_per_m2, most)
        water = mark.entry.get("water")
        if water and land.water == "none":
            values |= {"water": water, "lake_m": _POND_M}
    return LandSpec.model_validate(land.model_dump() | values)


def standing_for(marks: Sequence[Herbs]) -> list[str]:
    """A sentence for each herb that only stands in."""
    notes = list[str]()
    for mark in marks:
        lent = mark.entry.get("stand_ins", {})
        if mark.said in lent or in_singular(mark.said) in lent:
            notes.append(stands_in(mark.said, mark.kind, str(mark.entry["called"])))
    return notes
