# SPDX-License-Identifier: Apache-2.0
"""What stands in for what: sentences on places that are named and cannot be built as such.

A thing is told by its noun and what belongs to that ("a dentist's waiting room"): the words before
it that are possessives, or nouns of things and people. Adjectives are not told.
"""

from __future__ import annotations

import re

from gen3d.words.colours import name_at
from gen3d.words.dictionary import (
    ARTIFACT,
    GROUP,
    PERSON,
    frequency,
    lookup,
    singular,
)
from gen3d.words.vocabulary import words_of

_VOWELS = "aeiou"
_OWNED = re.compile(r"(?:'s|s')$")
_MOST_OWNERS = 2
ANIMAL, OBJECT, PLANT = 5, 17, 20
_BODILY = frozenset({ANIMAL, ARTIFACT, OBJECT, PERSON, PLANT})
"""WordNet's fields of nouns that would be seen."""
_OF_PICTURES = frozenset(
    {*("view", "scene", "picture", "photo", "photograph", "panorama", "image", "background")},
    # Parts of what is there anyway.
) | frozenset({"surface", "edge", "middle", "side", "bank", "top", "foot", "bottom", "landscape"})


def stands_in(said: str, entry: str, called: str = "") -> str:
    """One sentence for a stand-in.

    Args:
        said: What the words name, without an article.
        entry: What is built.
        called: How a note calls that; empty for its name with an article.
    """
    put = called or with_article(entry)
    verb = "stand" if _plural(put) else "stands"
    return f"There {'are' if _plural(said) else 'is'} no {said}; {put} {verb} in."


def with_article(name: str) -> str:
    """A name with "a" or "an", or as it is where it is plural or of stuff."""
    if _plural(name) or name in _STUFF:
        return name
    return f"{'an' if name[0] in _VOWELS else 'a'} {name}"


_STUFF = frozenset({"snow", "farmland", "savanna", "tundra", "lava", "mars", "wasteland"})


def bare(place: str) -> str:
    """A place without the small words before it."""
    small = words_of("grammar", "determiners") | words_of("grammar", "prepositions")
    words = place.split()
    first = next((i for i, word in enumerate(words) if word not in small), 0)
    return " ".join(words[first:])


def _plural(name: str) -> bool:
    last = name.rsplit(maxsplit=1)[-1]
    return last not in _STUFF and last.endswith("s") and singular(last) != last


def owned(words: list[str], start: int, end: int, known: frozenset[str]) -> str:
    """The phrase at ``words[start:end]`` with whose or what kind of thing it is.

    Args:
        words: Of the text, in order.
        start: First word of the phrase.
        end: Behind its last.
        known: Words that mean something by themselves and are not told.
    """
    first = start
    while first > 0 and start - first < _MOST_OWNERS and _owns(words[first - 1], known):
        first -= 1
    return " ".join(words[first:end])


def _owns(word: str, known: frozenset[str]) -> bool:
    if word in known or word in words_of("grammar", "determiners") or name_at([word], 0):
        return False
    if _OWNED.search(word):
        return True
    senses = lookup(word, "n")
    if not senses or frequency(word, "n") < max(frequency(word, part) for part in "avr"):
        return False
    return senses[0].field in {ARTIFACT, GROUP, PERSON}


def left_out(text: str, known: frozenset[str]) -> list[str]:
    """One sentence with the things that a text names and no land holds, if any.

    Args:
        text: About a place outdoors.
        known: Words that were read.
    """
    things = list[str]()
    for word in re.findall(r"[a-z][a-z'-]*", text):
        one = singular(word)
        if {word, one} & (known | _OF_PICTURES) or name_at([word], 0) or len(one) < 3:
            continue
        senses = lookup(word, "n")
        often = frequency(word, "n") >= max(frequency(word, part) for part in "avr")
        if senses and often and senses[0].field in _BODILY:
            things.append(word)
    told = list(dict.fromkeys(things))
    return [f"Nothing is built for: {', '.join(told)}."] if told else []
