# SPDX-License-Identifier: Apache-2.0
"""What a piece of a figure is, by the names that its file gives it.

``configs/vocabulary/surfaces.yml`` says what words mean. A label is ``skin``, ``hair``, ``eyes``…,
a place of the wardrobe (``upper``, ``feet``), ``cloth`` (some clothes), or ``whole``: a surface
that has several of these on it, which colours and bones must tell apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from gen3d.words.garments import exact_at, slot
from gen3d.words.vocabulary import table

WHOLE, CLOTH, SKIN, UNTOUCHED = "whole", "cloth", "skin", "untouched"
_COVERS = {"mouth": "mouth_cover", "eyes": "eyes_cover"}
"""Places that garments have under a name that a part of the body has."""


@dataclass(frozen=True)
class Called:
    """What names say."""

    label: str = WHOLE
    kind: str = ""
    """The garment, where a name is one."""


def place_of(kind: str) -> str:
    """The label of a garment's place."""
    place = slot(kind)
    return _COVERS.get(place, place)


def called(names: Iterable[str]) -> Called:
    """What a piece is, by its names, the most telling kind of name first.

    Args:
        names: Of material, mesh, node, picture…; empty ones say nothing.
    """
    loose = Called()
    for name in names:
        words = words_in(name)
        found = _telling(words)
        if found is not None:
            return found
        if loose.label == WHOLE:
            loose = _loose(words)
    return loose


def words_in(name: str) -> list[str]:
    """Lower-case words of ``CamelCase_and-other23names``."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return [word.lower() for word in re.findall(r"[A-Za-z]+", parted)]


def _telling(words: list[str]) -> Called | None:
    rows = table("surfaces")
    joined = [*words, *(a + b for a, b in pairwise(words))]
    for label, known in rows["named"].items():
        if set(known) & set(joined):
            return Called(label)
    for start in range(len(words)):
        found = exact_at(words, start)
        if found:
            return Called(place_of(found[0]), found[0])
    for label, known in rows["garments"].items():
        if set(known) & set(joined):
            return Called(label)
    return None


def _loose(words: list[str]) -> Called:
    rows = table("surfaces")["loose"]
    label = next((label for label, known in rows.items() if set(known) & set(words)), WHOLE)
    return Called(label)
