# SPDX-License-Identifier: Apache-2.0
"""From words to a body: the archetype's numbers, then what the words say outright.

Explicit words win: a skinny sumo wrestler is skinny; a tall child is tall for a child; a stated
height or age is taken as it is. Stature is kept in standard deviations of people of that age and
sex until the end (:mod:`gen3d.words.growth`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from gen3d.spec import BodySpec
from gen3d.words import ancestry
from gen3d.words.archetypes import Match
from gen3d.words.descriptors import AXES, Values, intensity, named_anchors, read_word, regressor
from gen3d.words.dictionary import PERSON, lookup
from gen3d.words.growth import height_deviation, mean_height
from gen3d.words.measures import Measures, read_measures
from gen3d.words.vocabulary import figures, table, words_of

ADULT_YEARS = 28.0
GROWN_UP_YEARS = 18.0
TRUST_NEEDED = 0.3
DEVIATIONS_PER_STEP = 1.9
"""Standard deviations of "clearly tall": the tallest 3 % of people."""
FULL_SAY = 0.4
"""Explicit value from which a word wholly replaces the archetype's number."""
DETAILS: dict[str, dict[str, float]] = {
    "shoulders": {"measure-shoulder-dist-incr": 0.8, "torso-vshape-incr": 0.35},
    "hips": {"measure-hips-circ-incr": 0.6, "hip-scale-horiz-incr": 0.6},
    "belly": {"stomach-pregnant-incr": 0.5, "measure-waist-circ-incr": 0.6},
    "legs": {"upperlegs-height-incr": 0.7, "lowerlegs-height-incr": 0.5},
}
"""Local changes of the body model that one step on each axis moves."""


@dataclass(frozen=True)
class Physique:
    """A body, and a sentence for each number that the words left open."""

    spec: BodySpec
    notes: tuple[str, ...] = ()


def build(
    who: str, match: Match | None, measures: Measures, seed: int, pronouns: str = ""
) -> Physique:
    """The body of the words of "who"; ``pronouns`` is the whole sentence ("her", "his")."""
    said, unread, defined_age = read_descriptors(who, match.noun if match else "")
    base = _base(match)
    draws = np.random.default_rng([seed, 1])
    sex, drawn = _sex(who, match.noun if match else "", pronouns, base, said, float(draws.random()))
    age = _age(base, said, measures.age_years or defined_age)
    numbers = {name: _fraction(base.get(name), said, name) for name in ("weight", "muscle")}
    height = measures.height or _height(base, said, age, sex)
    spec = BodySpec(
        sex=sex,
        age_years=round(age, 1),
        height=round(min(max(height, 0.4), 2.6), 3),
        **numbers,
        proportions=round(float(base.get("proportions", 0.5)), 3),
        cup_size=_step(0.5 + 0.4 * said[AXES.index("bust")] + base.get("bust", 0.0)),
        **_ancestry(who, base, draws),
        details=_details(base, said),
    )
    return Physique(spec, tuple(_notes(sex if drawn else None, unread)))


def _notes(drawn_sex: float | None, unread: list[str]) -> list[str]:
    """What was assumed or not understood of the body."""
    notes = []
    if drawn_sex is not None:
        chosen = "female" if drawn_sex > 0.5 else "male"
        notes.append(f"The words leave the sex open, so the seed chose {chosen}.")
    unknown = [word for word in unread if not _known(word)]
    notes += [f"“{word}” is not understood." for word in unknown]
    return notes


def _step(value: float) -> float:
    return round(float(np.clip(value, 0.0, 1.0)), 3)


def read_descriptors(who: str, noun: str) -> tuple[Values, list[str], float | None]:
    """Sum over describing words: (axes, unread words, an age that a definition states)."""
    total, unread, age = np.zeros(len(AXES)), [], None
    for piece in re.split(r"\b(?:with|having|has|of)\b|,", _features_apart(who)):
        values, unknown, years = _read_piece(piece, noun)
        total = total + values
        unread += unknown
        age = age or years
    return np.clip(total, -1.7, 1.7), unread, age


def _known(word: str) -> bool:
    """Whether a word that moved nothing is at least a word, or read by the wardrobe."""
    return "-" in word or bool(lookup(word)) or word in words_of("grammar", "bare_states")


def _features_apart(who: str) -> str:
    """Cut "long legs and wide hips" into two features."""
    ending = "|".join(sorted(words_of("grammar", "body_words")))
    return re.sub(rf"\b({ending}) and\b", r"\1,", who)


def _read_piece(piece: str, noun: str) -> tuple[Values, list[str], float | None]:
    words = re.findall(r"[^\W\d_]+(?:['\-][^\W_]+)*", piece)
    feature = _feature(words)
    if feature is not None:
        return feature, [], None
    total, unread, age = np.zeros(len(AXES)), [], None
    nouns = set(noun.split())
    for i, word in enumerate(words):
        if _is_filler(word) or intensity([word])[1]:
            continue
        reading = read_word(word)
        stressed = intensity(words[:i])[1] > 0
        if word in nouns and not stressed and not _noun_describes(word):
            continue
        age = age or _defined_age(word)
        if reading.trust < TRUST_NEEDED:
            unread.append(word)
            continue
        total = total + intensity(words[:i])[0] * reading.values
    return total, unread, age


def _feature(words: list[str]) -> Values | None:
    """A whole phrase that is an anchor, or a body feature by meaning ("huge biceps")."""
    content = [w for w in words if w not in words_of("grammar", "determiners")]
    owned = content and content[-1] in words_of("grammar", "body_words")
    if not owned:
        return None
    named = named_anchors(" ".join(content))
    if named is not None and " ".join(content) in table("descriptors")["features"]:
        return named
    reading = regressor().read([" ".join(content)], feature=True)[0]
    shape = np.array([axis not in {"age", "sex"} for axis in AXES])
    return reading.values * reading.trust * shape


def _is_filler(word: str) -> bool:
    skipped = ("determiners", "conjunctions", "prepositions", "auxiliaries", "relatives")
    return any(word in words_of("grammar", key) for key in skipped)


def _noun_describes(word: str) -> bool:
    """The naming noun describes too unless the archetype already says what it means."""
    return not any(
        word in phrase.lower().split()
        for entry in figures().values()
        for phrase in entry["phrases"]
    )


def _defined_age(word: str) -> float | None:
    """An age in a word's definition ("someone whose age is in the eighties")."""
    for sense in lookup(word, "na"):
        if sense.field in {PERSON, 0} and "age" in sense.definition:
            years = read_measures(sense.definition).age_years
            if years is not None:
                return years
    return None


def _base(match: Match | None) -> dict[str, float]:
    """The archetypes' numbers, blended by their shares; absent ones are absent."""
    if match is None:
        return {}
    entries = [(figures()[name].get("body", {}), share) for name, share in match.blend]
    keys = {key for entry, _ in entries for key in entry if key != "sex"}
    found: dict[str, float] = {}
    for key in sorted(keys):
        default = _DEFAULTS.get(key, 0.0)
        found[key] = sum(float(entry.get(key, default)) * share for entry, share in entries)
    best = entries[0][0]
    if "sex" in best:
        found["sex"] = 1.0 if best["sex"] == "female" else 0.0
    if "height" in found and "height" not in best:
        del found["height"]
    return found


_DEFAULTS = {"age": ADULT_YEARS, "weight": 0.5, "muscle": 0.5, "proportions": 0.5, "height": 1.75,
             "african": 1 / 3, "asian": 1 / 3, "caucasian": 1 / 3}  # fmt: skip


def _sex(
    who: str, noun: str, pronouns: str, base: dict[str, float], said: Values, draw: float
) -> tuple[float, bool]:
    """Words first, then the archetype, then the seed; and whether it was the seed."""
    explicit = stated_sex(who, noun)
    value = said[AXES.index("sex")]
    if explicit is None and abs(value) >= FULL_SAY:
        explicit = 1.0 if value > 0 else 0.0
    if explicit is None:
        explicit = base.get("sex", _pronoun_sex(pronouns))
    if explicit is None:
        return (1.0 if draw < 0.5 else 0.0), True
    return explicit, False


def _pronoun_sex(text: str) -> float | None:
    """What "her" or "his" anywhere in the sentence tells."""
    words = set(re.findall(r"[a-z]+", text))
    female, male = (
        words & {"she", "her", "hers", "herself"},
        words & {"he", "his", "him", "himself"},
    )
    return None if bool(female) == bool(male) else 1.0 if female else 0.0


def stated_sex(text: str, noun: str = "") -> float | None:
    """1 for words of women, 0 for men, none for neither; the noun's definition tells too."""
    words = re.findall(r"[a-z]+(?:-[a-z]+)*", text.lower())
    sexes = table("grammar")["sexes"]
    for sex, value in (("female", 1.0), ("male", 0.0)):
        if any(word in sexes[sex] for word in words):
            return value
    if any(_is_feminine(word) for word in noun.split()[-1:]):
        return 1.0
    for word in reversed(noun.split()):
        for sense in [s for s in lookup(word, "n") if s.field == PERSON][:1]:
            told = re.findall(r"[a-z]+", f"{sense.definition} {sense.parent}")
            female = any(w in {"female", "woman", "girl", "wife", "lady"} for w in told[:9])
            male = any(w in {"male", "man", "boy", "husband"} for w in told[:9])
            if female != male:
                return 1.0 if female else 0.0
    return None


def _is_feminine(noun: str) -> bool:
    """A person in -ess ("seamstress"), but no witness: there -ness has no person before it."""
    if not noun.endswith("ess") or not any(s.field == PERSON for s in lookup(noun, "n")[:1]):
        return False
    stem = lookup(noun.removesuffix("ess"), "n")
    return not noun.endswith("ness") or any(s.field == PERSON for s in stem)


def _age(base: dict[str, float], said: Values, stated: float | None) -> float:
    """Years: stated, else the archetype's, moved by "old" and "young"."""
    if stated is not None:
        return stated
    age, value = base.get("age", ADULT_YEARS), float(said[AXES.index("age")])
    if value > 0:
        target = float(np.interp(value, [0.0, 0.5, 1.0, 1.4], [age, 52.0, 70.0, 86.0]))
        return (
            max(age * (1 + 0.08 * value), target)
            if age >= GROWN_UP_YEARS
            else age * (1 + 0.2 * value)
        )
    if age < GROWN_UP_YEARS:
        return max(age * (1 + 0.3 * value), 1.0)
    target = float(np.interp(-value, [0.0, 0.5, 0.7, 0.9, 1.4], [age, 24.0, 21.0, 15.5, 9.0]))
    return min(age, target)


def _fraction(base: float | None, said: Values, axis: str) -> float:
    """Weight or muscle, 0 to 1: the word's own value, or the archetype's, or between."""
    start = 0.5 if base is None else base
    value = float(said[AXES.index(axis)])
    target = 0.5 + 0.42 * value
    if value > 0:
        target = max(target, start + (1.0 - start) * 0.5 * min(value, 1.0))
    else:
        target = min(target, start * (1.0 - 0.5 * min(-value, 1.0)))
    say = min(abs(value) / FULL_SAY, 1.0)
    return _step(start + say * (target - start))


def _height(base: dict[str, float], said: Values, age: float, sex: float) -> float:
    """Metres, from deviations of the age and sex; or the archetype's own ("giant")."""
    value = float(said[AXES.index("stature")])
    deviation = height_deviation(age, sex)
    if "height" in base:
        return base["height"] + value * deviation
    inherited = base.get("stature", 0.0)
    if inherited * value < 0 and abs(inherited) < 3.0:
        inherited *= max(0.0, 1.0 - abs(value) / FULL_SAY)
    return mean_height(age, sex) + (inherited + DEVIATIONS_PER_STEP * value) * deviation


def _ancestry(who: str, base: dict[str, float], draws: np.random.Generator) -> dict[str, float]:
    """Shares of the three ancestries: said, else the archetype's, else drawn."""
    names = ("african", "asian", "caucasian")
    drawn = draws.dirichlet([0.7, 0.7, 0.9])
    mix = ancestry.stated(who)
    if mix is None and any(name in base for name in names):
        mix = [base.get(name, 0.0) for name in names]
    shares = np.array(mix if mix is not None else drawn, float)
    shares = shares / max(float(shares.sum()), 1e-9)
    return {name: round(float(share), 3) for name, share in zip(names, shares, strict=True)}


def _details(base: dict[str, float], said: Values) -> dict[str, float]:
    """Local changes of the body model; an explicit word replaces the archetype's."""
    details: dict[str, float] = {}
    for axis, targets in DETAILS.items():
        value = float(said[AXES.index(axis)])
        own = base.get(axis, 0.0)
        if axis == "belly" and said[AXES.index("weight")] < 0:
            own = 0.0
        amount = value if abs(value) >= FULL_SAY or own * value < 0 else own + value
        if abs(amount) < 0.08:
            continue
        for target, scale in targets.items():
            details[target] = round(float(np.clip(amount * scale, -1.0, 1.0)), 3)
    return details
