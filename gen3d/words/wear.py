# SPDX-License-Identifier: Apache-2.0
"""The state of clothes and skin: "muddy boots", "covered in soot", "battle-scarred", "a worn coat".

Adjectives belong to the garment that follows in their phrase, participles ("caked in mud") to the
one before them; without one they are said of all of the figure. Participle phrases are taken out
of the sentence, where "covered in soot" would be an action in a place. Words are those of
``configs/vocabulary/wear.yml``; a word that is part of a colour's name ("dusty rose") is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gen3d.spec import CharacterSpec, SkinSpec
from gen3d.wear import WearSpec
from gen3d.words.colours import read_at
from gen3d.words.garments import METALS, slot
from gen3d.words.looks import BEARD_WORDS, EYE_WORDS, HAIR_WORDS
from gen3d.words.mentions import garment_at
from gen3d.words.vocabulary import outfits, table, words_of

_WORD = re.compile(r"[^\W_]+(?:['\-][^\W_]+)*|[,;.]")
_FAR = 5
"""Words between an adjective and its garment."""
_PLAIN = 0.65
"""How much of a soil an adjective means."""
_FOUGHT = 0.3
"""How worn the clothes of the scarred are."""
_ENDS = frozenset(
    {"with", "in", "on", "wearing", "who", "under", "over", "at", "by", "from", ";", "."}
)
_JOINTS = frozenset({"in", "with", "by"})
_LINKS = frozenset({"is", "are", "was", "that", "which", "all"})
_DENIED = frozenset({"no", "not", "without", "never", "hardly"})
_SCAR = re.compile(
    r"\b(?:(?:with|and|has|having)\s+)?(?:(?:an?|the|his|her|many|several|two|three|old|deep|long|"
    r"ugly|thin|jagged|battle|faded)\s+)*scars?(?:\s+(?:all\s+)?(?:across|over|down|on|along|above|"
    r"under)\s+(?:(?:his|her|their|its|the|one|an?|left|right)\s+)*[a-z]+)?\b"
)
_SCARS = {"scar": 0.15, "scars": 0.6}
SKIN = "skin"
"""Stands for the skin where garments are named."""
_SKIN_SHARE = 0.75
"""Of what is said of all of the figure, what its skin gets."""


@dataclass(frozen=True)
class Mark:
    """One thing that is said."""

    kinds: frozenset[str]
    """Garments that it is said of, or :data:`SKIN`; empty: all of the figure."""
    worn: float = 0.0
    scarred: float = 0.0
    soil: str = ""
    soiled: float = 0.0
    clean: bool = False
    """Whether what was said before does not hold for these."""


@dataclass(frozen=True)
class Condition:
    """What a sentence says of the state of things, and the rest of it."""

    text: str
    marks: tuple[Mark, ...]


def read(text: str) -> Condition:
    """Take scars and participles out of a lower-case sentence."""
    text, marks = _without_scars(text)
    words = _WORD.findall(text)
    gone = set[int]()
    for i in range(len(words)):
        taken = None if i in gone else _participle(words, i)
        if taken is not None:
            marks.append(taken[0])
            gone |= set(taken[1])
    return Condition(_without(text, gone), tuple(marks))


def adjectives(text: str) -> Condition:
    """What adjectives say in the words of "who" and "wearing": a snowy forest is neither.

    Those of dirt are taken out, since they would be colours: rusty armour is of steel.
    """
    words = _WORD.findall(text)
    said = {i: mark for i in range(len(words)) if (mark := _adjective(words, i)) is not None}
    soils = {i for i, mark in said.items() if mark.soil}
    return Condition(_without(text, soils), tuple(said.values()))


def _without(text: str, gone: set[int]) -> str:
    """A text without some of its words; all else in it stays as it is ("1.8 m")."""
    kept, start = list[str](), 0
    for i, word in enumerate(_WORD.finditer(text)):
        if i in gone:
            kept.append(text[start : word.start()].rstrip())
            start = word.end()
    return "".join([*kept, text[start:]]).strip()


def applied(figure: CharacterSpec, marks: Iterable[Mark]) -> CharacterSpec:
    """A figure in the state that was said.

    Where two things lie on a garment it is the last; armour is all that is of metal.
    """
    for mark in marks:
        places = {slot(kind) for kind in mark.kinds - {SKIN}}
        suit = "breastplate" in mark.kinds
        garments = tuple(
            g.model_copy(update={"wear": _more(g.wear, mark)})
            if not mark.kinds or slot(g.kind) in places or (suit and g.fabric in METALS)
            else g
            for g in figure.garments
        )
        figure = figure.model_copy(update={"garments": garments})
        if mark.kinds <= {SKIN}:
            figure = figure.model_copy(update={"skin": _on_skin(figure.skin, mark)})
    return figure


def _more(wear: WearSpec | None, mark: Mark) -> WearSpec | None:
    if mark.clean:
        return None
    before = wear or WearSpec()
    after = WearSpec(
        worn=max(before.worn, mark.worn),
        soil=mark.soil or before.soil,
        soiled=mark.soiled if mark.soil else before.soiled,
    )
    return wear if after == WearSpec() else after


def _on_skin(skin: SkinSpec, mark: Mark) -> SkinSpec:
    """Dirt, scars, and weather: a "weathered" face has seen the sun, it is not scratched."""
    metal = skin.metallic > 0.5
    said = Mark(
        mark.kinds,
        mark.worn if metal else mark.scarred,
        soil=mark.soil,
        soiled=round(mark.soiled * (1.0 if metal else _SKIN_SHARE), 3),
    )
    changes: dict[str, object] = {"wear": _more(skin.wear, said)}
    # On skin of no human tone weather is decay.
    if mark.worn > 0.0 and skin.tone[0] >= max(skin.tone[1:]):
        changes["weathering"] = round(max(skin.weathering, 0.8 * mark.worn), 3)
    return skin.model_copy(update=changes)


def _without_scars(text: str) -> tuple[str, list[Mark]]:
    marks: list[Mark] = []

    def take(found: re.Match[str]) -> str:
        if found[0].split()[0] in _DENIED or _denied(text[: found.start()].split()):
            return found[0]
        many = "scars" in found[0]
        marks.append(Mark(frozenset(), scarred=_SCARS["scars" if many else "scar"]))
        return ""

    rest = _SCAR.sub(take, text)
    return (re.sub(r"\s+", " ", rest).strip(" ,") if marks else text), marks


def _denied(before: Sequence[str]) -> bool:
    return bool(_DENIED & set(before[-3:]))


def _participle(words: list[str], i: int) -> tuple[Mark, range] | None:
    """What a phrase like "caked in mud" says, and the words that say so."""
    verbs: dict[str, float] = table("wear")["covered"]
    if words[i] not in verbs:
        return None
    joint = _all_over(words, i + 1)
    if joint + 1 >= len(words) or words[joint] not in _JOINTS:
        return None
    start, factor = _degree(words, i)
    found = _noun_at(words, joint + 1)
    if found is None or _denied(words[:start]):
        return None
    soil, end = found
    while end + 1 < len(words) and words[end] == "and" and (more := _noun_at(words, end + 1)):
        end = more[1]
    amount = round(min(verbs[words[i]] * factor, 1.0), 3)
    mark = Mark(_garment_before(words, start), soil=soil, soiled=amount)
    return mark, range(_linked(words, start), _all_over(words, end))


def _noun_at(words: list[str], i: int) -> tuple[str, int] | None:
    """A soil that begins at a word, perhaps after "his" or "dried", and the word after it."""
    skipped = words_of("wear", "between")
    for start in range(i, min(i + 4, len(words))):
        for length in (3, 2, 1):
            soil = _nouns().get(" ".join(words[start : start + length]))
            if soil is not None and start + length <= len(words):
                return soil, start + length
        # "Stained with rum and blood": the first may be anything.
        if words[start] not in skipped and words[start + 1 : start + 2] != ["and"]:
            return None
    return None


def _all_over(words: list[str], end: int) -> int:
    """Past "from head to toe" and "all over"."""
    for phrase in ("from head to toe", "from head to foot", "head to toe", "all over", "entirely"):
        parts = phrase.split()
        if words[end : end + len(parts)] == parts:
            return end + len(parts)
    return end


def _linked(words: list[str], start: int, *more: str) -> int:
    """Before "that is" and its like, which only led to the participle, and some more words."""
    while start > 0 and words[start - 1] in _LINKS.union(more):
        start -= 1
    return start


def _degree(words: list[str], i: int) -> tuple[int, float]:
    """Where the adverbs before a word begin, and what they make of it."""
    degrees: dict[str, float] = table("wear")["degrees"]
    for length in (2, 1):
        text = " ".join(words[max(i - length, 0) : i])
        if text in degrees:
            return i - length, degrees[text]
    return i, 1.0


def _garment_before(words: list[str], end: int) -> frozenset[str]:
    """The garment whose name ends where a participle begins."""
    end = _linked(words, end, ",")
    for start in range(max(end - 3, 0), end):
        found = _owner_at(words, start)
        if found is not None and start + found[1] == end:
            return found[0]
    return frozenset()


def _adjective(words: list[str], i: int) -> Mark | None:
    """What one word says before a noun, in a phrase that may name a garment."""
    said = _said(words[i])
    if said is None or _denied(words[:i]) or (said.soil and _of_a_colour(words, i)):
        return None
    _, factor = _degree(words, i)
    kinds = _owner_after(words, i + 1)
    worn, scarred, soiled = (
        round(min(value * factor, 1.0), 3) for value in (said.worn, said.scarred, said.soiled)
    )
    if kinds is None or (said.clean and not kinds):
        return None
    return Mark(kinds, worn, scarred if kinds <= {SKIN} else 0.0, said.soil, soiled, said.clean)


def _said(word: str) -> Mark | None:
    """What an adjective says of nothing in particular."""
    rows, nobody = table("wear"), frozenset[str]()
    if word in rows["worn"]:
        return Mark(nobody, worn=float(rows["worn"][word]))
    if word in rows["scarred"]:
        return Mark(nobody, worn=_FOUGHT, scarred=float(rows["scarred"][word]))
    if word in _adjectives():
        return Mark(nobody, soil=_adjectives()[word], soiled=_PLAIN)
    if word in words_of("wear", "clean"):
        return Mark(nobody, clean=True)
    noun, _, verb = word.rpartition("-")
    if noun in _nouns() and verb in rows["covered"]:
        return Mark(nobody, soil=_nouns()[noun], soiled=float(rows["covered"][verb]))
    return None


def _of_a_colour(words: list[str], i: int) -> bool:
    """Whether it is part of one's name, as in "dusty rose"."""
    found = read_at(words, i)
    return found is not None and found[1] > 1


def _owner_after(words: list[str], start: int) -> frozenset[str] | None:
    """Whose adjective it is: a garment's, the skin's or the figure's; hair has its own readers."""
    for i in range(start, min(start + _FAR, len(words))):
        if words[i] in _ENDS:
            break
        if words[i] in HAIR_WORDS | BEARD_WORDS | EYE_WORDS:
            return None
        found = _owner_at(words, i)
        if found is not None:
            return found[0]
    return frozenset()


def _owner_at(words: list[str], i: int) -> tuple[frozenset[str], int] | None:
    """Garments, or a part of the body, that a word begins, and the length of their name."""
    if words[i] in words_of("wear", "skin"):
        return frozenset({SKIN}), 1
    found = garment_at(words, i)
    if found is None:
        return None
    kinds: set[str] = set()
    for kind in found[0]:
        parts = outfits()[kind[1:]] if kind.startswith("+") else [kind]
        kinds |= {part.split()[0] for part in parts}
    return frozenset(kinds), found[1]


@lru_cache(maxsize=1)
def _nouns() -> dict[str, str]:
    return {n: soil for soil, row in table("wear")["soils"].items() for n in row["nouns"]}


@lru_cache(maxsize=1)
def _adjectives() -> dict[str, str]:
    return {a: soil for soil, row in table("wear")["soils"].items() for a in row["adjectives"]}
