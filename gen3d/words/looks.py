# SPDX-License-Identifier: Apache-2.0
"""Hair, beard, skin and eyes from the words, else from the archetype, ancestry, age and seed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float64

from gen3d.spec import BodySpec, HairSpec, Rgb, SkinSpec
from gen3d.words.archetypes import Match
from gen3d.words.colours import read_at
from gen3d.words.phrases import embed
from gen3d.words.vocabulary import colour, figures, linear, table

_NOUNS: dict[str, list[str]] = table("grammar")["nouns_of_looks"]
HAIR_WORDS = frozenset(_NOUNS["hair"])
BEARD_WORDS = frozenset(_NOUNS["beard"])
BALD_WORDS = frozenset(_NOUNS["bald"])
EYE_WORDS = frozenset(_NOUNS["eyes"])
SKIN_WORDS = frozenset(_NOUNS["skin"])
GLOW_WORDS = frozenset(_NOUNS["glow"])
HAIR_ADJECTIVES = {
    "blonde": "blonde",
    "blond": "blonde",
    "brunette": "brown",
    "redhead": "ginger",
    "redheaded": "ginger",
    "red-haired": "ginger",
    "ginger": "ginger",
}
GLOW = 2.5
GREY_FROM, GREY_FULL = 45.0, 72.0
OLD, YOUNG = 62.0, 13.0
STYLE_NEEDED = 0.35


def hair(text: str, match: Match | None, body: BodySpec, draws: np.random.Generator) -> HairSpec:
    """Hair and beard.

    Args:
        text: The words of "who" and "wearing".
        match: The archetype.
        body: Age, sex and ancestry choose what nothing else says.
        draws: Of this seed; every call draws alike.
    """
    words = re.findall(r"[^\W_]+(?:['\-][^\W_]+)*|,", text)
    own = _archetype_hair(match, body) or _default_hair(body, draws)
    style, tint = _said_hair(words)
    beard, beard_tint = _said_beard(words)
    if style == "bald" and tint is None:
        tint = beard_tint
    chosen = tint or (beard_tint if beard else None)
    return HairSpec(
        style=style or own.style,
        color=chosen or own.color,
        beard=own.beard if beard is None else beard,
    )


def _archetype_hair(match: Match | None, body: BodySpec) -> HairSpec | None:
    """The archetype's hair for this sex; age turns it grey."""
    sexed: dict[str, str] = match.builder.get("hair", {}) if match else {}
    text = sexed.get("female" if body.sex > 0.5 else "male")
    if text is None:
        return None
    style, *rest = text.split()
    words = " ".join(rest).split(" beard ")
    beard = float(words[1]) if len(words) > 1 else 0.0
    tint = hair_colour(words[0].split(" beard")[0])
    aged = (
        _greyed(tint, body.age_years) if match and body.age_years > _usual_age(match) + 8 else tint
    )
    return HairSpec(style=style, color=aged, beard=beard if body.age_years >= 17 else 0.0)


def _usual_age(match: Match) -> float:
    return float(match.builder.get("body", {}).get("age", 28.0))


def hair_colour(name: str) -> Rgb:
    """Albedo of a hair colour's name."""
    names: dict[str, str] = table("looks")["hair_colour_names"]
    while name in names:
        if names[name].startswith("#"):
            return linear(names[name])
        name = names[name]
    return colour(name) if name in table("colours") else linear(names["brown"])


def _default_hair(body: BodySpec, draws: np.random.Generator) -> HairSpec:
    """By age and sex; the colour by ancestry and seed."""
    sexed = table("looks")["default_hair"]["female" if body.sex > 0.5 else "male"]
    age = "old" if body.age_years > OLD else "child" if body.age_years < YOUNG else "adult"
    dark = max(body.african, body.asian) > 0.55
    choices = (
        ["black", "dark brown"]
        if dark
        else ["dark brown", "brown", "light brown", "blonde", "auburn"]
    )
    tint = hair_colour(choices[int(draws.integers(len(choices)))])
    return HairSpec(style=sexed[age], color=_greyed(tint, body.age_years))


def _greyed(tint: Rgb, age: float) -> Rgb:
    share = float(np.clip((age - GREY_FROM) / (GREY_FULL - GREY_FROM), 0.0, 1.0))
    grey = hair_colour("light grey")
    red, green, blue = (round(c + share * (g - c), 4) for c, g in zip(tint, grey, strict=True))
    return red, green, blue


def names_hair(text: str) -> bool:
    """Whether the words say anything of the hair on the head."""
    return _said_hair(re.findall(r"[^\W_]+(?:['\-][^\W_]+)*|,", text)) != (None, None)


def _said_hair(words: list[str]) -> tuple[str | None, Rgb | None]:
    """Style and colour that the words name."""
    if any(word in BALD_WORDS for word in words):
        return "bald", None
    for i, word in enumerate(words):
        if word in HAIR_WORDS or word.endswith("-haired"):
            before = _before(words, i)
            described = [*before, word.replace("-haired", " hair")]
            return _style(described), _tint([*before, *word.split("-")[:-1]])
    for i, word in enumerate(words):
        if word in HAIR_ADJECTIVES and not _before_garment(words, i):
            return None, hair_colour(HAIR_ADJECTIVES[word])
    return None, None


def _before_garment(words: list[str], i: int) -> bool:
    """Whether clothes follow: a ginger jumper says nothing of hair."""
    from gen3d.words.sentence import garment_nouns

    return any(word in garment_nouns() for word in words[i + 1 : i + 3])


def _before(words: list[str], i: int) -> list[str]:
    """Up to four words before the noun, not across a comma, a preposition or another noun."""
    stops = {
        ",",
        "with",
        "and",
        "in",
        "a",
        "an",
        "the",
        "his",
        "her",
        "wearing",
        "has",
        "having",
        "of",
    }
    from gen3d.words.sentence import garment_nouns

    stops |= garment_nouns()
    start = i
    while start > 0 and i - start < 4 and words[start - 1] not in stops:
        start -= 1
    if start > 1 and words[start - 1] == "and" and read_at(words, start - 2):
        start -= 2
    return words[start:i]


def _tint(before: list[str]) -> Rgb | None:
    """The hair colour among the words before "hair"."""
    for i, word in enumerate(before):
        toned = " ".join(before[i : i + 2])
        names = table("looks")["hair_colour_names"]
        for name in (toned, word):
            if name in names and name not in {"dark", "light"}:
                return hair_colour(name)
        found = read_at(before, i)
        if found:
            return found[0]
    return hair_colour("dark") if "dark" in before else None


def _style(described: list[str]) -> str | None:
    """The nearest style in meaning; none when only a colour is said."""
    plain = [w for i, w in enumerate(described) if not read_at(described, i)]
    if plain == ["hair"] or not plain:
        return None
    scores = embed([" ".join(plain)]).astype(np.float64) @ _style_targets()[0].T
    best = int(np.argmax(scores[0]))
    return _style_targets()[1][best] if scores[0, best] >= STYLE_NEEDED else None


@lru_cache(maxsize=1)
def _style_targets() -> tuple[Float64[np.ndarray, "phrases 384"], tuple[str, ...]]:
    styles: dict[str, list[str]] = table("looks")["styles"]
    owners = tuple(style for style, phrases in styles.items() for _ in phrases)
    return embed([p for phrases in styles.values() for p in phrases]).astype(np.float64), owners


def _said_beard(words: list[str]) -> tuple[float | None, Rgb | None]:
    """Length and colour of a beard that the words name."""
    if "clean-shaven" in words or "beardless" in words:
        return 0.0, None
    for i, word in enumerate(words):
        if word in BEARD_WORDS or word.endswith("-bearded"):
            before = _before(words, i)
            if before and before[-1] in {"no", "without"}:
                return 0.0, None
            return _beard_length(" ".join([*before, word])), _tint(before)
    return None, None


def _beard_length(text: str) -> float:
    beards: dict[float, list[str]] = table("looks")["beards"]
    lengths = [length for length, phrases in beards.items() for _ in phrases]
    targets = embed([p for phrases in beards.values() for p in phrases])
    nearest = lengths[int(np.argmax(embed([text])[0] @ targets.T))]
    return max(float(nearest), 0.15)


def skin(text: str, match: Match | None, body: BodySpec, draws: np.random.Generator) -> SkinSpec:
    """Skin and eyes, in the order words, archetype, ancestry and age."""
    words = re.findall(r"[^\W_]+|,", text.replace("-", " "))
    own: dict[str, Any] = dict(figures()[match.look].get("skin", {})) if match else {}
    said = _said_skin(words)
    entry = table("looks")["tones"].get(said or own.get("tone", ""), {})
    eye, glow = _said_eyes(words)
    lightness = float(draws.normal(0.0, 0.05))
    tone = linear(entry["colour"]) if entry else _ancestral_tone(body, lightness)
    return SkinSpec(
        tone=_said_colour(words, "skin") or tone,
        roughness=entry.get("roughness", own.get("roughness", 0.5)),
        metallic=entry.get("metallic", 0.0 if said else own.get("metallic", 0.0)),
        weathering=_weathering(own, body),
        eye_color=eye or _own_eye(own) or _drawn_eye(body, draws),
        eye_glow=GLOW if glow else float(own.get("eye_glow", 0.0)) if eye is None else 0.0,
    )


@dataclass(frozen=True)
class Said:
    """What words name of hair, eyes and skin; none where they say nothing."""

    hair: Rgb | None
    beard: Rgb | None
    eyes: Rgb | None
    skin: Rgb | None
    surface: Mapping[str, float]
    """Roughness and metalness of the skin, where its name means them."""


def said(text: str, match: Match | None) -> Said:
    """Only what the words name; of a figure's kind only a skin that is no person's ("an orc").

    Args:
        text: The words of "who" and "wearing".
        match: The archetype, where one is named.
    """
    words = re.findall(r"[^\W_]+(?:['\-][^\W_]+)*|,", text)
    plain = re.findall(r"[^\W_]+|,", text.replace("-", " "))
    own: dict[str, Any] = dict(figures()[match.look].get("skin", {})) if match else {}
    tone = _said_skin(plain) or str(own.get("tone", ""))
    entry: dict[str, Any] = table("looks")["tones"].get(tone, {})
    eyes = _said_eyes(plain)[0]
    return Said(
        hair=_said_hair(words)[1],
        beard=_said_beard(words)[1],
        eyes=eyes or (_own_eye(own) if tone and not _said_skin(plain) else None),
        skin=_said_colour(plain, "skin") or (linear(entry["colour"]) if entry else None),
        surface={key: float(entry[key]) for key in ("roughness", "metallic") if key in entry},
    )


def _weathering(own: dict[str, Any], body: BodySpec) -> float:
    """The archetype's, or what years in the sun leave."""
    aged = float(np.interp(body.age_years, [10, 30, 60, 90], [0.05, 0.18, 0.5, 0.9]))
    return round(
        max(float(own.get("weathering", 0.0)), aged) if own.get("weathering") != 0.0 else 0.0, 3
    )


def _ancestral_tone(body: BodySpec, lightness: float) -> Rgb:
    """Geometric mean of the ancestries' tones, a little lighter or darker by seed."""
    tones: dict[str, str] = table("looks")["ancestry_tones"]
    weights = np.array([body.african, body.asian, body.caucasian])
    logs = np.log([linear(tones[name]) for name in ("african", "asian", "caucasian")])
    mixed = np.exp(weights @ logs / max(float(weights.sum()), 1e-9) + lightness)
    red, green, blue = (round(float(c), 4) for c in np.clip(mixed, 0.02, 0.85))
    return red, green, blue


def _said_skin(words: list[str]) -> str | None:
    """The nearest skin tone in meaning to "… skin"; "tanned" and "pale" by themselves too."""
    for i, word in enumerate(words):
        if word in SKIN_WORDS and _before(words, i):
            return _nearest_tone(" ".join([*_before(words, i), "skin"]))
    alone = {"tanned": "tanned", "sunburnt": "tanned", "pale": "fair"}
    for i, word in enumerate(words):
        following = words[i + 1 : i + 2]
        if word in alone and not (following and read_at(following, 0)):
            return alone[word]
    return None


def _nearest_tone(text: str) -> str:
    tones = table("looks")["tones"]
    owners = [name for name, entry in tones.items() for _ in entry["phrases"]]
    targets = embed([p for entry in tones.values() for p in entry["phrases"]])
    return owners[int(np.argmax(embed([text])[0] @ targets.T))]


NATURAL = frozenset(_NOUNS["natural_skin"])
"""Colours that mean a human (or metal) tone when said of skin."""


def _said_colour(words: list[str], noun: str) -> Rgb | None:
    """An unnatural skin colour, taken as it is ("turquoise skin")."""
    for i, word in enumerate(words):
        before = _before(words, i) if word.startswith(noun) else []
        for k in range(len(before)):
            found = read_at(before, k)
            if found and not NATURAL & set(before):
                return found[0]
    return None


def _said_eyes(words: list[str]) -> tuple[Rgb | None, bool]:
    """Colour of the eyes, and whether they glow."""
    for i, word in enumerate(words):
        if word in EYE_WORDS:
            before = _before(words, i)
            glow = bool(GLOW_WORDS & set(before))
            named: dict[str, str] = table("looks")["eye_colours"]
            natural = next((linear(named[w]) for w in before if w in named), None)
            toned = [read_at(before, k) for k in range(len(before)) if before[k] not in GLOW_WORDS]
            vivid = next((found[0] for found in toned if found), None)
            return (vivid or natural if glow else natural or vivid), glow
    return None, False


def _own_eye(own: dict[str, Any]) -> Rgb | None:
    return colour(own["eye"]) if "eye" in own else None


def _drawn_eye(body: BodySpec, draws: np.random.Generator) -> Rgb:
    named: dict[str, str] = table("looks")["eye_colours"]
    pale = ["blue", "green", "hazel", "grey", "brown"]
    pick = pale[int(draws.integers(len(pale)))]
    return linear(named[pick if body.caucasian > 0.6 else "brown"])


def look_texts() -> list[str]:
    """Every text that reading looks compares with."""
    looks = table("looks")
    groups = [*looks["styles"].values(), *looks["beards"].values()]
    groups += [entry["phrases"] for entry in looks["tones"].values()]
    return [phrase for group in groups for phrase in group]
