# SPDX-License-Identifier: Apache-2.0
"""Split a sentence into who, wearing what, doing what, where and when.

Pieces begin at prepositions, participles, finite verbs, relatives and commas (closed word classes
of ``grammar.yml`` and the dictionary's parts of speech); a piece whose opening word does not settle
its role is placed by meaning: ridge regression on the embeddings of the vocabulary's own phrases.

Cannot do: several people, pronoun reference, questions, other languages than English.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from jaxtyping import Float64

from gen3d.words.colours import name_at
from gen3d.words.dictionary import PERSON, frequency, lookup, singular
from gen3d.words.phrases import embed
from gen3d.words.vocabulary import figures, outfits, table, words_of

ROLES = ("who", "wearing", "doing", "where", "when")
RIDGE = 2.0
LONGEST_TEXT = 600
"""Characters that are read; a description beyond that is not one."""

ADJECTIVE_ENDINGS = ("ed", "y", "ful", "ous", "ish", "less", "ic", "al")
PRIORS: dict[str, dict[str, float]] = {
    "": {"who": 0.9},
    ",": {},
    "in": {"who": -0.3, "doing": -0.5},
    "at": {"where": 0.2, "when": 0.3, "wearing": -0.5, "who": -0.5},
    "on": {"where": 0.15, "wearing": -0.15, "who": -0.4, "doing": -0.2},
    "with": {"where": -0.4, "when": -0.4, "wearing": 0.2, "doing": -0.15},
    "without": {"wearing": 0.5},
    "having": {"wearing": 0.3, "where": -0.5, "when": -0.5},
    "aux": {"doing": 0.1, "wearing": -0.1},
    "during": {"when": 0.8},
    "before": {"when": 0.4},
    "after": {"when": 0.4},
    "for": {"doing": 0.4},
    "from": {"doing": 0.2, "where": 0.1},
}
"""What the opening word says about a piece, in units of the classifier's scores."""
PLACE_PRIOR = {"where": 0.28, "wearing": -0.4, "who": -0.4}
"""For the other prepositions."""
SAME_AS_BEFORE = 0.3
FIXED = {"wear": "wearing", "verb": "doing"}


@dataclass
class Piece:
    """Words between two boundaries, with the word class that opened them."""

    opening: str
    words: list[str] = field(default_factory=list)
    lead: str = ""
    """The opening word itself, when it belongs to the phrase ("on" the beach)."""

    @property
    def text(self) -> str:
        """The piece as written, with its preposition."""
        return " ".join([*([self.lead] if self.lead else []), *self.words])


@dataclass(frozen=True)
class Parts:
    """The five phrases; empty where the sentence says nothing."""

    who: str = ""
    wearing: str = ""
    doing: str = ""
    where: str = ""
    when: str = ""


def split(text: str) -> Parts:
    """Split a lower-case sentence."""
    pieces = _pieces(_tokens(text[:LONGEST_TEXT]))
    pieces = _with_described_action(pieces)
    roles = _roles(pieces)
    texts: dict[str, list[str]] = {role: [] for role in ROLES}
    for piece, role in zip(pieces, roles, strict=True):
        texts[role].append(piece.text)
    return Parts(**{role: _joined(role, found) for role, found in texts.items()})


def _with_described_action(pieces: list[Piece]) -> list[Piece]:
    """Without another action, "a running man" runs."""
    if not pieces or pieces[0].opening != "" or any(p.opening == "verb" for p in pieces):
        return pieces
    acting = [word for word in pieces[0].words if _acts(word)]
    if not acting or len(acting) == len(pieces[0].words):
        return pieces
    rest = [word for word in pieces[0].words if word not in acting]
    return [Piece("", rest), Piece("verb", acting), *pieces[1:]]


def _acts(word: str) -> bool:
    """An -ing word that is a verb far more often than an adjective ("towering" is not)."""
    if not word.endswith("ing") or word in words_of("grammar", "never_verbs") or _describes(word):
        return False
    return frequency(word, "v") >= 4 * max(frequency(word, "a"), 1)


def _joined(role: str, found: list[str]) -> str:
    return (", " if role == "wearing" else " ").join(found)


def _tokens(text: str) -> list[str]:
    text = text.lower().replace("’", "'")
    found = re.findall(r"[^\W_]+(?:['\-][^\W_]+)*|[,;.!?:()]", text)
    return ["," if not token[0].isalnum() else token for token in found]


def _pieces(tokens: list[str]) -> list[Piece]:
    """Cut tokens at boundaries; the first piece is the subject."""
    pieces = [Piece("")]
    i = 0
    while i < len(tokens):
        i = _step(tokens, i, pieces)
    for piece in pieces:
        piece.words = _trimmed(piece.words)
    return [piece for piece in pieces if piece.words]


def _step(tokens: list[str], i: int, pieces: list[Piece]) -> int:
    """Consume one token (or a few); open a piece where one begins."""
    word, current = tokens[i], pieces[-1]
    opening = _opening(tokens, i, pieces)
    if opening is None:
        if word != ",":
            current.words.append(word)
        return i + 1
    keep = opening == "verb"
    lead = word if word in words_of("grammar", "prepositions") and opening != "wear" else ""
    pieces.append(Piece(opening, [word] if keep else [], lead))
    return i + 1


def _opening(tokens: list[str], i: int, pieces: list[Piece]) -> str | None:
    """The class of the boundary at token ``i``; none: the token continues the piece."""
    word, current = tokens[i], pieces[-1]
    following = tokens[i + 1] if i + 1 < len(tokens) else ""
    grammar = table("grammar")
    if word == ",":
        return None if _still_naming(current, tokens[i + 1 :]) else ","
    if word in grammar["prepositions"] and not _links(word, following, pieces):
        return _preposition(word, following, current)
    linked = _linking(word, tokens[i + 1 :], pieces)
    return linked or ("verb" if _begins_action(tokens, i, current) else None)


def _links(word: str, following: str, pieces: list[Piece]) -> bool:
    """Whether a preposition stands for something else here ("with", "as she walks")."""
    return bool(_linking(word, [following] if following else [], pieces))


def _linking(word: str, rest: list[str], pieces: list[Piece]) -> str | None:
    """Openings by closed classes: who, wearing, is, has, with, carrying, while."""
    grammar, current = table("grammar"), pieces[-1]
    begun = len(pieces) + len(current.words) > 1
    bare_wear = current.opening == "wear" and not current.words
    rules = (
        (word in grammar["relatives"] and bool(current.words), "aux"),
        (word in grammar["wearing"], "wear"),
        (word in {"has", "have", "had"} and begun, "having"),
        (word in grammar["auxiliaries"] and begun, "aux"),
        (word == "with" and bool(rest), "with"),
        (word in grammar["having"] and bool(rest), "having"),
        (word in grammar["holding"] and bool(current.words), _holding(rest)),
        (word in grammar["subordinators"] and not bare_wear and begun and bool(rest), "aux"),
    )
    return next((opening for holds, opening in rules if holds), None)


def _holding(rest: list[str]) -> str:
    """Carrying a backpack is wearing it; carrying a pig is doing something."""
    return "having" if any(singular(word) in garment_nouns() for word in rest[:4]) else "verb"


def _preposition(token: str, following: str, current: Piece) -> str | None:
    """A preposition opens a piece, except inside "dressed in" and as a verb's particle."""
    if current.opening == "wear" and not current.words:
        return None if token not in {"in", "as", "with"} else "wear"
    grammar = table("grammar")
    ends = not following or following in {",", "and", *grammar["prepositions"]}
    if (
        current.opening == "verb"
        and token in grammar["travel"]
        and (ends or token in grammar["particles"])
    ):
        return None
    if not current.words and current.opening == "verb":
        return None
    return token


def _still_naming(current: Piece, rest: list[str]) -> bool:
    """A comma between adjectives of the subject ("a tall, thin man") does not end it."""
    if current.opening != "" or not current.words:
        return False
    nouns = any(_is_person(word) for word in current.words)
    return not nouns and bool(rest)


def _is_person(word: str) -> bool:
    """A word that names a person at least as often as it describes one."""
    person = [s for s in lookup(word, "n") if s.field == PERSON]
    count = sum(sense.count for sense in person)
    named = word in subject_nouns()
    return named or (bool(person) and count >= frequency(word, "a"))


@lru_cache(maxsize=1)
def subject_nouns() -> frozenset[str]:
    """Nouns that can be the subject: of the figures' phrases, without what qualifies them."""
    phrases = [p.lower() for entry in figures().values() for p in entry["phrases"]]
    heads = [re.split(r" (?:of|in|with|on|at|from|who|that|to) ", phrase)[0] for phrase in phrases]
    return frozenset(head.split()[-1] for head in heads)


def _begins_action(tokens: list[str], i: int, current: Piece) -> bool:
    """Is this token the verb of a new action?"""
    word = tokens[i]
    bare_verb = current.opening == "verb" and not current.words
    if bare_verb or word in words_of("grammar", "never_verbs"):
        return False
    if word.endswith("ing") and len(word) > SHORTEST_PARTICIPLE:
        named = current.opening != "" and tokens[i - 1] in words_of("grammar", "determiners")
        return not named and _participle(tokens, i, current)
    return _finite(tokens, i, current)


SHORTEST_PARTICIPLE = 4
"""Letters that "king" and "ring" have."""


def _participle(tokens: list[str], i: int, current: Piece) -> bool:
    """An -ing word acts, unless it describes the noun that follows ("a towering man")."""
    token = tokens[i]
    if frequency(token, "v") < 0:
        return False
    following = tokens[i + 1] if i + 1 < len(tokens) else ""
    if current.opening == "" and not any(_is_noun(word) for word in current.words):
        return not _is_noun(following) and not _is_adjective(following)
    if current.opening in {"wear", "in", "with", "having", ",", "without"}:
        named = any(_is_noun(word) for word in current.words)
        return named and singular(following) not in garment_nouns()
    return True


@lru_cache(maxsize=1)
def garment_nouns() -> frozenset[str]:
    """Last words of the garments' phrases, singular: "hiking" before one of them is no action."""
    phrases = [p for entry in table("garments").values() for p in entry["phrases"]]
    return frozenset(singular(phrase.split()[-1].lower()) for phrase in phrases)


def _is_noun(word: str) -> bool:
    """More often a noun than an adjective, or a known subject."""
    if word in words_of("grammar", "determiners") | words_of("grammar", "prepositions"):
        return False
    if word in subject_nouns() or not lookup(word):
        return word in subject_nouns() or not word.endswith(ADJECTIVE_ENDINGS)
    noun = frequency(word, "n")
    return noun >= 0 and noun >= frequency(word, "a") and not _describes(word)


def _describes(word: str) -> bool:
    return word in table("descriptors")["adjectives"]


def _is_adjective(word: str) -> bool:
    return _describes(word) or frequency(word, "a") > max(frequency(word, "n"), 0)


def _finite(tokens: list[str], i: int, current: Piece) -> bool:
    """A third-person or past verb right after the subject's noun, or after "who"."""
    token = tokens[i]
    if current.opening == "aux" and not current.words:
        return frequency(token, "v") > max(frequency(token, "n"), frequency(token, "a"), 0)
    if current.opening != "" or not current.words or not _is_noun(current.words[-1]):
        return False
    ending = token.endswith(("s", "ed")) and not token.endswith(("ss", "us", "is"))
    inflected = ending or token in table("grammar")["irregular"]
    if not inflected or token in subject_nouns():
        return False
    after = tokens[i + 1] if i + 1 < len(tokens) else ""
    return frequency(token, "v") > frequency(token, "n") and not _is_person(after)


def _trimmed(words: list[str]) -> list[str]:
    """Drop conjunctions at both ends."""
    joins = words_of("grammar", "conjunctions")
    while words and words[0] in joins:
        words = words[1:]
    while words and words[-1] in joins | {"the", "a", "an"}:
        words = words[:-1]
    return words


def _roles(pieces: list[Piece]) -> list[str]:
    """The role of each piece: by its opening word, else by meaning."""
    if not pieces:
        return []
    scores = role_scores([piece.text for piece in pieces])
    roles: list[str] = []
    for piece, row in zip(pieces, scores, strict=True):
        if piece.opening in FIXED:
            roles.append(FIXED[piece.opening])
            continue
        if piece.opening in {"with", "having", "aux"} and piece.words[-1] in words_of(
            "grammar", "body_words"
        ):
            roles.append("who")
            continue
        if piece.text.startswith("in front of "):
            roles.append("where")
            continue
        if piece.opening == "in" and _names_clothes(piece.words):
            roles.append("wearing")
            continue
        prior = PRIORS.get(piece.opening, PLACE_PRIOR)
        total = {role: float(s) + prior.get(role, 0.0) for role, s in zip(ROLES, row, strict=True)}
        if piece.opening == "," and roles:
            total[roles[-1]] += SAME_AS_BEFORE
        roles.append(max(total, key=lambda role: total[role]))
    return roles


def _names_clothes(words: list[str]) -> bool:
    """Whether a piece ends in something that is only worn, or in a cloth with its colour."""
    last = words[-1]
    coloured = len(words) > 1 and name_at(words[:-1], len(words) - 2) is not None
    return last in outfits() or (last in _cloths() and coloured)


@lru_cache(maxsize=1)
def _cloths() -> frozenset[str]:
    """Every word for a fabric."""
    return frozenset(word for names in table("fabrics")["fabrics"].values() for word in names)


def role_scores(texts: list[str]) -> Float64[np.ndarray, "texts 5"]:
    """How much each text is of each role: about 1 for its own, 0 for the others."""
    return embed(texts).astype(np.float64) @ _classifier()


@lru_cache(maxsize=1)
def _classifier() -> Float64[np.ndarray, "384 5"]:
    """Weighted ridge regression of role indicators, each role counting alike."""
    examples = role_examples()
    rows = embed([text for text, _ in examples]).astype(np.float64)
    targets = np.array([[float(role == other) for other in ROLES] for _, role in examples])
    weights = (1.0 / targets.sum(axis=0) @ targets.T)[:, None] * len(examples) / len(ROLES)
    gram = rows.T @ (weights * rows) + RIDGE * np.eye(rows.shape[1])
    return np.linalg.solve(gram, rows.T @ (weights * targets))


@lru_cache(maxsize=1)
def role_examples() -> list[tuple[str, str]]:
    """Phrases of the vocabulary with the role that they have in a sentence."""
    scenes, grammar = table("scenes"), table("grammar")
    found = [(text, role) for role, texts in grammar["roles"].items() for text in texts]
    found += [(f"a {p}", "who") for entry in table("archetypes").values() for p in entry["phrases"]]
    found += [(f"with {p}", "who") for p in table("descriptors")["features"]]
    for entry in table("garments").values():
        found += [(f"in {_article(p)}", "wearing") for p in entry["phrases"]]
    for kind in ("styles", "beards"):
        found += [
            (f"with {p}", "wearing") for group in table("looks")[kind].values() for p in group
        ]
    found += [(p, "where") for place in scenes["places"].values() for p in place["phrases"]]
    for kind in ("times", "seasons", "weather"):
        found += [(p, "when") for entry in scenes[kind].values() for p in entry["phrases"]]
    found += [(p, "when") for phrases in scenes["light"].values() for p in phrases]
    return found


def _article(phrase: str) -> str:
    plural = phrase.endswith("s") and not phrase.endswith("ss")
    return phrase if plural else f"a {phrase}"
