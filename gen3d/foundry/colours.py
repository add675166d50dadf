# SPDX-License-Identifier: Apache-2.0
"""Colour names of things: from a name to an albedo and from an albedo to names.

Colours are linear Rec. 709. Distances are HyAB over CIELAB 1976, D65 (Abasi, Amani Tehran and
Fairchild 2020, "Distance metrics for very large color differences", eq. 1): a lightness difference
plus a Euclidean chroma difference, which orders far-apart colours as people do. Names come from
``object_colours.yml``, where some are held out of training captions.

What is *seen* of a finish is its colour darkened by its material's own grain: names are of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from jaxtyping import Float64

from gen3d.errors import Gen3dError
from gen3d.foundry.finish import MATERIALS, mean_albedo
from gen3d.foundry.thing import Finish, Rgb
from gen3d.words import vocabulary

FILE = "object_colours"
Wording = Literal["trained", "held-out"]
Pool = Literal["tones", "survey", "held_out", "metals"]

SELF_COLOURED = frozenset({"gold", "copper", "bronze"})
"""Materials that are their colour: a gold thing is gold."""
GREY_CHROMA = 9.0
"""CIELAB chroma under which a colour is black, grey or white."""
VOTERS = 7
DARK_BLACK, BRIGHT_WHITE = 25.0, 88.0
"""CIELAB lightness of the darkest grey and of the dimmest white."""
CLIPPED = 6.0
"""CIELAB lightness by which albedo limits may move a colour before its name is not used."""

_TO_XYZ = np.array(
    [
        [0.4123908, 0.3575843, 0.1804808],
        [0.2126390, 0.7151687, 0.0721923],
        [0.0193308, 0.1191948, 0.9505322],
    ]
)
_WHITE = _TO_XYZ.sum(axis=1)


@dataclass(frozen=True)
class NamedColours:
    """A set of names with their colours."""

    names: tuple[str, ...]
    lab: Float64[np.ndarray, "names 3"]


def lab(linear: Float64[np.ndarray, "*batch 3"]) -> Float64[np.ndarray, "*batch 3"]:
    """CIELAB 1976 of linear Rec. 709 under D65 (CIE 15:2004, eq. 8.3 to 8.7)."""
    ratio = np.asarray(linear, np.float64) @ _TO_XYZ.T / _WHITE
    edge = 6.0 / 29.0
    f = np.where(ratio > edge**3, np.cbrt(ratio), ratio / (3 * edge**2) + 4.0 / 29.0)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)


def difference(
    one: Float64[np.ndarray, "*#batch 3"], other: Float64[np.ndarray, "*#batch 3"]
) -> Float64[np.ndarray, "..."]:
    """HyAB distance of CIELAB colours, broadcast; 2 is hardly seen, 30 is another colour."""
    gap = one - other
    return np.asarray(np.abs(gap[..., 0]) + np.hypot(gap[..., 1], gap[..., 2]))


def apart(one: Rgb, other: Rgb) -> float:
    """HyAB distance of two linear colours."""
    return float(difference(lab(np.array(one)), lab(np.array(other))))


def decoded(colour: str) -> Rgb:
    """Linear light of ``#rrggbb`` (IEC 61966-2-1), without limits."""
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    red, green, blue = (round(float(c), 4) for c in linear)
    return red, green, blue


def colour_of(name: str) -> Rgb:
    """Linear albedo of a colour name, everyday shades before survey ones.

    Raises:
        Gen3dError: The vocabulary does not have the name.
    """
    table = vocabulary.table(FILE)
    for group in ("basic", "survey", "held_out"):
        if name in table[group]:
            return vocabulary.linear(table[group][name])
    if name in table["metals"]:
        return metal_of(name)
    if name in vocabulary.table("colours"):
        return vocabulary.colour(name)
    raise Gen3dError(
        f"No colour is called {name!r}.", "Choose a name of configs/vocabulary/object_colours.yml."
    )


def metal_of(name: str) -> Rgb:
    """Reflectance of a bare metal's colour name; other names as for anything."""
    metals: dict[str, str] = vocabulary.table(FILE)["metals"]
    return decoded(metals[name]) if name in metals else colour_of(name)


@lru_cache(maxsize=8)
def pool(name: Pool) -> NamedColours:
    """One set of names to choose from."""
    table = vocabulary.table(FILE)
    if name == "tones":
        values = {tone: colour_of(tone) for tone in table["tones"]}
    elif name == "survey":
        values = _within_limits(table["survey"]) | _within_limits(table["basic"])
    elif name == "held_out":
        values = _within_limits(table["held_out"])
    else:
        values = {key: decoded(value) for key, value in table["metals"].items()}
    return NamedColours(tuple(values), lab(np.array(list(values.values()))))


def _within_limits(named: Mapping[str, str]) -> dict[str, Rgb]:
    """Names whose colour an albedo can have: "pale grey" of the survey is whiter than any."""
    limited = {name: vocabulary.linear(value) for name, value in named.items()}
    return {
        name: colour
        for name, colour in limited.items()
        if name in {"black", "white"} or _lightness_gap(colour, decoded(named[name])) < CLIPPED
    }


def _lightness_gap(one: Rgb, other: Rgb) -> float:
    return abs(float(lab(np.array(one))[0] - lab(np.array(other))[0]))


@lru_cache(maxsize=16384)
def nearest(colour: Rgb, names: Pool, count: int = 1) -> tuple[tuple[str, float], ...]:
    """The nearest names of a set, with their HyAB distances, nearest first."""
    found = pool(names)
    gaps = difference(found.lab, lab(np.array(colour)))
    order = np.argsort(gaps, kind="stable")[:count]
    return tuple((found.names[int(i)], float(gaps[i])) for i in order)


@lru_cache(maxsize=4096)
def hue_name(colour: Rgb) -> str:
    """A plain hue: a basic colour term (Berlin and Kay 1969) or one of five common others.

    Names vote by their last word ("cornflower blue": blue), weighted by closeness; what has hardly
    any chroma is black, grey or white by its lightness.
    """
    light, a, b = lab(np.array(colour))
    if np.hypot(a, b) < GREY_CHROMA:
        return _grey_name(float(light))
    names, places = _voters()
    gaps = difference(places, np.array([light, a, b]))
    votes: dict[str, float] = {}
    for index in np.argsort(gaps, kind="stable")[:VOTERS]:
        name = names[int(index)]
        votes[name] = votes.get(name, 0.0) + 1.0 / (float(gaps[index]) + 2.0) ** 2
    return max(votes, key=lambda name: votes[name])


def _grey_name(light: float) -> str:
    if light < DARK_BLACK:
        return "black"
    return "white" if light > BRIGHT_WHITE else "grey"


@lru_cache(maxsize=1)
def _voters() -> tuple[list[str], Float64[np.ndarray, "voters 3"]]:
    """Hue and place of every name whose last word tells its hue."""
    table = vocabulary.table(FILE)
    hues = {word: hue for hue, words in table["kin"].items() for word in words}
    named = {**table["survey"], **table["held_out"], **table["basic"]}
    kept = {n: v for n, v in _within_limits(named).items() if n.split(" ")[-1] in hues}
    return [hues[name.split(" ")[-1]] for name in kept], lab(np.array(list(kept.values())))


@lru_cache(maxsize=4096)
def plain_name(colour: Rgb) -> str:
    """The plain name of a colour: a basic term, with "dark" or "light" where that is nearer."""
    hue = hue_name(colour)
    seen = lab(np.array(colour))
    choices = [n for n in pool("tones").names if n.split(" ")[-1] == hue]
    gaps = [float(difference(lab(np.array(colour_of(name))), seen)) for name in choices]
    return choices[int(np.argmin(gaps))]


@lru_cache(maxsize=64)
def grain_factor(material: str) -> float:
    """Mean share of its colour that a material's grain leaves, in (0, 1]."""
    return mean_albedo(Finish(material, (1.0, 1.0, 1.0)))[0]


def seen(colour: Rgb, material: str) -> Rgb:
    """Average colour that shows when a material is given a base colour."""
    factor = grain_factor(material)
    red, green, blue = (round(c * factor, 5) for c in colour)
    return red, green, blue


def base_for(colour: Rgb, material: str) -> Rgb:
    """Base colour under which a material shows a colour, kept within physical albedos."""
    metal = MATERIALS[material].metallic > 0.5
    highest = 1.0 if metal else vocabulary.BRIGHTEST
    factor = grain_factor(material)
    red, green, blue = (round(min(max(c / factor, vocabulary.DARKEST), highest), 4) for c in colour)
    return red, green, blue
