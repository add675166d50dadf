# SPDX-License-Identifier: Apache-2.0
"""Who the character is: the archetype whose phrases mean most nearly the same.

A phrase of an archetype that stands in the words wins (the longest, then the last: English names
the kind of person at the end). Otherwise the noun phrase and its dictionary definitions are
compared with every phrase in embedding space, and the nearest few share their body numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float64

from gen3d.words.descriptors import anchors
from gen3d.words.dictionary import PERSON, Sense, frequency, in_singular, kinds_of, lookup
from gen3d.words.phrases import embed
from gen3d.words.vocabulary import figures, table, words_of

LONGEST_PHRASE = 4
CERTAIN = 0.999
SHARPNESS = 30.0
"""Of the softmax over similarities: 0.1 nearer is 20 times the weight."""
NEIGHBOURS = 3


@dataclass(frozen=True)
class Match:
    """An archetype, how near the words are to it, and the few nearest with their shares."""

    name: str
    similarity: float
    noun: str
    """The words that name who it is."""
    blend: tuple[tuple[str, float], ...]
    look: str
    """The archetype that gives the skin: another one when it qualifies ("zombie bride")."""
    build: str = ""
    """The archetype that gives body and hair, where another one does ("dwarf blacksmith")."""

    @property
    def entry(self) -> dict[str, Any]:
        """The archetype's own data."""
        return figures()[self.name]

    @property
    def builder(self) -> dict[str, Any]:
        """The data of whoever gives body and hair."""
        return figures()[self.build or self.name]


def find(who: str) -> Match | None:
    """The archetype of the words of "who"; none when they name nobody."""
    words = _words(who)
    spans = _exact(words)
    if spans:
        best = max(spans, key=lambda span: (span[2] not in GENERIC, span[1] - span[0] > 1, span[1]))
        name = best[2]
        narrower = _narrower(words, best)
        if narrower:
            return narrower
        looks = [other[2] for other in spans if "tone" in figures()[other[2]].get("skin", {})]
        built = next((other for other in spans if _of_another_size(other[2])), best)
        spoken = [built, best] if built != best else [best]
        noun = " ".join(" ".join(words[start:end]) for start, end, _ in spoken)
        return Match(name, 1.0, noun, ((built[2], 1.0),), (looks or [name])[0], built[2])
    noun = _noun_phrase(words)
    return _nearest(noun, _origin(who)) if noun else None


SMALL_OR_LARGE = 2.0
"""Standard deviations of stature from which a figure is of a people of its own."""


def _of_another_size(name: str) -> bool:
    """Whether a figure's body is what it is: dwarfs and giants stay so whatever their work."""
    body = figures()[name].get("body", {})
    tall = abs(body.get("stature", 0.0)) > SMALL_OR_LARGE and body.get("age", 30) > GROWN
    return tall or "height" in body


GROWN = 18


def _origin(who: str) -> str:
    """Of whom or whence somebody is ("a grenadier of Napoleon")."""
    found = re.search(r"(?<!-)\b(?:of|from) [\w' -]+", who)
    return found[0] if found else ""


def named(text: str) -> list[str]:
    """Archetypes whose phrases stand in a text, in its order."""
    return [name for _, _, name in _exact(_words(text))]


def _narrower(words: list[str], span: tuple[int, int, str]) -> Match | None:
    """The figure that a telling word makes of another one: "a cleaning lady", "a taxi driver"."""
    start, end, name = span
    told = [w for w in words[:start] if w not in anchors() and not _only_describes(w)]
    if not told or (name not in GENERIC and (end - start > 1 or not _qualifies(told[-1]))):
        return None
    match = _nearest(" ".join([*told[-2:], *words[start:end]]))
    if name in GENERIC:
        return match if match.similarity >= NARROWER and match.name not in GENERIC else None
    own = dict(match.blend).get(name, 0.0)
    return match if match.similarity >= NARROWER and own < OUTVOTED else None


def _qualifies(word: str) -> bool:
    """Whether a word before a figure is a thing, which makes it another one ("polo player")."""
    senses = lookup(word, "n")
    often = frequency(word, "n") >= max(frequency(word, "a"), 0)
    return bool(senses) and often and word not in _phrases() and senses[0].field != PERSON


OUTVOTED = 0.2
"""Share of the nearest figures under which the named one gives way to what its qualifier tells."""
LAST_WORD_ONLY = 0.65
"""Weight of definitions when they are only of the last word ("kung fu master")."""
NARROWER = 0.6
"""Similarity from which a telling word before "man" or "lady" decides."""
GENERIC = frozenset(
    {"person", "man", "woman", "boy", "girl", "child", "grandmother", "grandfather"}
)
"""Archetypes that any more telling word beats ("an old man, a wizard")."""


def _words(who: str) -> list[str]:
    skipped = words_of("grammar", "determiners") | words_of("grammar", "auxiliaries")
    head = re.split(r"(?<!-)\b(?:of|from|with|in|at)\b(?!-)", who)[0] or who
    return [w for w in re.findall(r"[^\W_]+(?:['\-][^\W_]+)*", head) if w not in skipped]


@lru_cache(maxsize=1)
def _phrases() -> dict[str, str]:
    """Lower-case phrase → archetype, their own names included; a calling's phrases win."""
    found: dict[str, str] = {}
    for name, entry in (*table("callings").items(), *table("archetypes").items()):
        for phrase in (name, *entry["phrases"]):
            found.setdefault(phrase.lower(), name)
    return found


def _exact(words: list[str]) -> list[tuple[int, int, str]]:
    """(start, end, archetype) of phrases that stand in the words; inside ones dropped."""
    spans: list[tuple[int, int, str]] = []
    for length in range(LONGEST_PHRASE, 0, -1):
        for start in range(len(words) - length + 1):
            name = _phrases().get(_uninflected(words[start : start + length]))
            inside = any(s <= start and start + length <= e for s, e, _ in spans)
            if name and not inside:
                spans.append((start, start + length, name))
    return sorted(spans)


def _uninflected(words: list[str]) -> str:
    text = " ".join(words)
    return text if text in _phrases() else in_singular(text)


def _noun_phrase(words: list[str]) -> str:
    """The words without plain descriptors, from the first to the last noun."""
    kept = [w for w in words if w not in anchors() and not _only_describes(w)]
    return " ".join(kept[-3:])


def _only_describes(word: str) -> bool:
    return frequency(word, "a") >= 0 and frequency(word, "n") < 0


def _nearest(noun: str, origin: str = "") -> Match:
    """The archetype nearest in meaning, with its runners-up; anybody where none is near."""
    names, scores = _similarities(noun, origin)
    order = np.argsort(-scores, kind="stable")[:NEIGHBOURS]
    best, near = names[order[0]], float(scores[order[0]])
    if near < (NOBODY if _people(noun) else NOBODY_BY_SOUND):
        return Match(ANYBODY, near, noun, ((ANYBODY, 1.0),), ANYBODY)
    shares = np.exp(SHARPNESS * (scores[order] - scores[order[0]]))
    shares /= shares.sum()
    blend = tuple((names[i], float(s)) for i, s in zip(order, shares, strict=True))
    return Match(best, near, noun, blend, best)


ANYBODY = "person"
NOBODY, NOBODY_BY_SOUND = 0.45, 0.55
"""Similarity below which everyday clothes beat the nearest costume; of a word that the dictionary
does not have as a person the second."""
SPOKEN, SPOKEN_ALONE = 0.8, 1.0
DEFINED, GLOSSED, BROADER, ORIGIN = 1.0, 1.0, 0.8, 1.2
"""Weights of evidence: the words themselves are spelling as much as meaning to a small encoder."""
PLAIN = frozenset({ANYBODY, "man", "woman"})
LIKE_A_PHRASE = 0.76
"""Share of the words' own similarity that counts at least, where the dictionary lacks them."""
MODEST = 0.85
"""Share of a similarity that counts for half-naked and inhuman figures, and for plain people."""
HUMAN_TONES = frozenset(
    {"porcelain", "fair", "medium", "olive", "tanned", "copper brown", "bronze brown"}
)


def _similarities(
    noun: str, origin: str = ""
) -> tuple[list[str], Float64[np.ndarray, "archetypes"]]:
    """How near each archetype is: by its words, and by what the dictionary says of both."""
    names, people, known = list(figures()), _people(noun), bool(_entry(noun))
    told, trust = [sense.definition for sense in people], 1.0 if known else LAST_WORD_ONLY
    placed = [f"a {noun} {origin}"] if origin else []
    evidence = [
        (_best(placed, _spoken()), ORIGIN, 1.0),
        (_best([f"a {noun}"], _spoken()), SPOKEN if known and people else SPOKEN_ALONE, 1.0),
        (_first_counts_most(told), DEFINED, trust),
        (_best(_glossed(noun), (*_spoken(), *_defined())), GLOSSED, 1.0),
        (_broader(people), BROADER, trust),
    ]
    found = [(table, weight, share) for table, weight, share in evidence if table]
    weights = np.array([weight for _, weight, _ in found])[:, None]
    scores = np.array([[share * one.get(n, 0.0) for n in names] for one, _, share in found])
    best, mean = (weights * scores).max(axis=0), (weights * scores).sum(axis=0) / weights.sum()
    doubt = np.array([MODEST if _odd(name) or name in PLAIN else 1.0 for name in names])
    total = 0.5 * best + 0.5 * mean
    if not known:
        spoken = evidence[1][0]
        total = np.maximum(total, LIKE_A_PHRASE * np.array([spoken[name] for name in names]))
    return names, doubt * total


LATER_SENSE = 0.88
"""Weight of a word's second meaning: a guard keeps watch more often than he plays football."""


def _first_counts_most(told: list[str]) -> dict[str, float]:
    """Similarity of each archetype to a word's definitions."""
    found: dict[str, float] = {}
    for number, definition in enumerate(told):
        for name, score in _best([definition], (*_defined(), *_spoken())).items():
            found[name] = max(found.get(name, 0.0), score * LATER_SENSE**number)
    return found


def _glossed(noun: str) -> list[str]:
    """A noun that the dictionary lacks, with the meaning of the word before in that one's place.

    "A polo player" is a player of a game on horses.
    """
    *before, head = noun.split()
    if not before or _entry(noun):
        return []
    senses = lookup(before[-1], "n")
    return [f"{head} of {senses[0].definition}"] if senses else []


@lru_cache(maxsize=1024)
def _odd(name: str) -> bool:
    """Whether nobody would be dressed or coloured so by mistake."""
    entry = figures()[name]
    wear = entry["wear"]
    worn = wear["male"] if isinstance(wear, dict) else wear
    kinds = {notation.split()[0] for notation in worn}
    covered = {table("garments")[kind]["slot"] for kind in kinds} & {
        "upper",
        "full",
        "outer",
        "armour",
    }
    skin = entry.get("skin", {})
    human = skin.get("tone", "fair") in HUMAN_TONES and "eye_glow" not in skin
    return not covered or not human


def _best(texts: list[str], targets: tuple[tuple[str, str], ...]) -> dict[str, float]:
    """Each archetype's highest cosine of any of its texts with any of ``texts``."""
    if not texts:
        return {}
    cosines = embed(texts).astype(np.float64) @ embed([t for t, _ in targets]).astype(np.float64).T
    found: dict[str, float] = {}
    for (_, name), score in zip(targets, cosines.max(axis=0), strict=True):
        found[name] = max(found.get(name, -1.0), float(score))
    return found


@lru_cache(maxsize=1)
def _spoken() -> tuple[tuple[str, str], ...]:
    """("a pirate", archetype) of every phrase."""
    return tuple((f"a {phrase}", name) for phrase, name in _phrases().items())


@lru_cache(maxsize=1)
def _defined() -> tuple[tuple[str, str], ...]:
    """(definition, archetype) of every phrase that the dictionary defines as a person."""
    return tuple(
        (sense.definition, name)
        for phrase, name in _phrases().items()
        for sense in lookup(phrase, "n")[:3]
        if sense.field == PERSON
    )


def _entry(noun: str) -> tuple[Sense, ...]:
    """The dictionary's senses of a noun, also where it writes two words as one."""
    forms = (noun, noun.replace(" ", ""), noun.replace(" ", "-"))
    return next((found for form in forms if (found := lookup(form, "n"))), ())


def _people(noun: str) -> list[Sense]:
    """Who a noun, or its last word, may be."""
    found = _entry(noun) or lookup(noun.rsplit(maxsplit=1)[-1], "n")
    return [sense for sense in found if sense.field == PERSON][:2]


LEVELS = 3
"""How far up the dictionary's tree of people one looks."""
PER_LEVEL = 0.9


def _broader(people: list[Sense]) -> dict[str, float]:
    """Similarity to what people are kinds of; a kind that many are of says little."""
    found: dict[str, float] = {}
    for number, sense in enumerate(people):
        weight, level = LATER_SENSE**number, 0
        above: Sense | None = sense
        while above is not None and above.parent and level < LEVELS:
            parent = above.parent
            told = weight * tellingness(parent)
            for name, score in _best([f"a {parent}"], _spoken()).items():
                found[name] = max(found.get(name, 0.0), told * score)
            weight, level = weight * PER_LEVEL, level + 1
            above = next((s for s in lookup(parent, "n") if s.field == PERSON), None)
    return found


@lru_cache(maxsize=512)
def tellingness(parent: str) -> float:
    """1 for a kind that few people are of (cowboy), near 0.4 for any person at all."""
    return float(np.clip(1.15 - 0.11 * np.log1p(kinds_of(parent)), 0.0, 1.0))


def archetype_texts() -> list[str]:
    """Every text that matching compares with."""
    return [text for text, _ in (*_spoken(), *_defined())]
