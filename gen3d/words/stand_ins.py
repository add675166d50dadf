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
    in_singular,
    lookup,
    senses,
    singular,
)
from gen3d.words.vocabulary import words_of

_VOWELS = "aeiou"
_OWNED = re.compile(r"(?:'s|s')$")
_MOST_OWNERS, _LONGEST = 2, 4
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


def left_out(text: str, known: frozenset[str], phrases: frozenset[str] = frozenset()) -> list[str]:
    """One sentence with the things that a text names and no land holds, if any.

    Args:
        text: About a place outdoors.
        known: Words that were read, or mean nothing by themselves.
        phrases: Of several words, that were read as a whole: "car park" is, a car is not.
    """
    words, things, i = re.findall(r"[a-z][a-z'-]*|[,.;:]", text), list[str](), 0
    while i < len(words):
        read = _length_in(words, i, phrases)
        end = i + read if read else _thing_end(words, i, known, phrases)
        if not read and end > i:
            things.append(" ".join(words[i:end]))
        i = max(end, i + 1)
    told = list(dict.fromkeys(things))
    return [f"Nothing is built for: {', '.join(told)}."] if told else []


def _length_in(words: list[str], i: int, phrases: frozenset[str]) -> int:
    """How many words from one on are a phrase, in either number; 0: none."""
    for length in range(min(_LONGEST, len(words) - i), 1, -1):
        said = " ".join(words[i : i + length])
        if {said, in_singular(said)} & phrases:
            return length
    return 0


def _thing_end(words: list[str], i: int, known: frozenset[str], phrases: frozenset[str]) -> int:
    """Behind the thing that begins at a word; the word itself where none does."""
    pair = words[i : i + 2]
    if len(pair) == 2 and _is_compound(pair, known):
        return i + 2
    end = i
    while end < len(words) and _is_thing(words, end, known) and not _length_in(words, end, phrases):
        end += 1
    return end


def _is_compound(pair: list[str], known: frozenset[str]) -> bool:
    """Whether two words are one thing: in the dictionary, or by the vocabulary's list."""
    said = " ".join(pair)
    one = in_singular(said)
    if {said, one} & set(words_of("scenes", "unbuilt")):
        return True
    if singular(pair[1]) in known or pair[0] in words_of("grammar", "determiners"):
        return False
    found = senses(one)
    return bool(found) and found[0].part == "n" and found[0].field in _BODILY


def _is_thing(words: list[str], i: int, known: frozenset[str]) -> bool:
    """Whether a word is a noun for something that would be seen."""
    word = words[i]
    one = singular(word)
    if {word, one} & (known | _OF_PICTURES) or name_at([word], 0) or len(one) < 3:
        return False
    found = lookup(word, "n")
    if not found or not (found[0].field in _BODILY or _plainly(word)):
        return False
    if frequency(word, "n") >= max(frequency(word, part) for part in "avr"):
        return True
    return _stands_as_noun(words, i)


def _plainly(word: str) -> bool:
    """Whether a word in -s is the plural of a thing, which Morphy's rules miss: "cranes"."""
    stem = [sense for sense in senses(word[:-1]) if sense.part == "n"] if word[-1] == "s" else []
    return bool(stem) and stem[0].field in _BODILY


def _stands_as_noun(words: list[str], i: int) -> bool:
    """Whether a word that is a verb more often is led as a noun, and nothing follows it up."""
    word = words[i]
    before, after = (words[k] if 0 <= k < len(words) else "" for k in (i - 1, i + 1))
    led = before in words_of("grammar", "determiners") | {"with", "of", "and"}
    small = words_of("grammar", "prepositions") | words_of("grammar", "conjunctions")
    ends = not after or not after[0].isalpha() or after in small
    return led and ends and not word.endswith(("ing", "ed"))
