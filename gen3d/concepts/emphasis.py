# SPDX-License-Identifier: Apache-2.0
"""Weighted words: ``a (red:1.3) coat`` means red, and more so.

A weight scales how far a phrase moves the figure's numbers away from what the sentence means
without it: 0 takes it back, 1 is the plain phrase, 2 goes twice as far, below 0 the other way. What
is no number (a garment's kind, a hair style) counts from a weight of 0.5.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from annotated_types import Ge, Le

from gen3d.errors import Gen3dError
from gen3d.spec import CharacterSpec, GarmentSpec, Spec

LEAST, MOST = -2.0, 3.0
_WEIGHTED = re.compile(r"\(([^():]+):([^():]*)\)")
_COUNTS = 0.5

SpecT = TypeVar("SpecT", bound=Spec)


@dataclass(frozen=True)
class Emphasis:
    """A phrase of a sentence and its weight."""

    phrase: str
    weight: float


def parted(text: str) -> tuple[str, tuple[Emphasis, ...]]:
    """The plain sentence, and its weighted phrases.

    Raises:
        Gen3dError: A weight is no number, or out of range.
    """
    found = [Emphasis(m[1].strip(), _weight(m[1], m[2])) for m in _WEIGHTED.finditer(text)]
    return _WEIGHTED.sub(lambda m: m[1], text), tuple(found)


def _weight(phrase: str, number: str) -> float:
    try:
        weight = float(number)
    except ValueError:
        weight = float("nan")
    if not LEAST <= weight <= MOST:
        raise Gen3dError(
            f"The weight of ({phrase}:{number}) is {number.strip() or 'missing'!r}.",
            f"It should be a number from {LEAST:g} to {MOST:g}, for example ({phrase}:1.3).",
        )
    return weight


def without(text: str, phrase: str) -> str:
    """A sentence with a weighted phrase of it left out, the other weights taken as plain."""
    cut = _WEIGHTED.sub(lambda m: "" if m[1].strip() == phrase else m[1], text)
    return re.sub(r"\s+", " ", cut).strip()


def emphasised(text: str, read: Callable[[str], CharacterSpec]) -> CharacterSpec:
    """The figure of a sentence with weights.

    Args:
        text: As the user wrote it.
        read: Reads a plain sentence.
    """
    plain, weights = parted(text)
    figure = read(plain)
    for emphasis in weights:
        if emphasis.weight != 1.0:
            lacking = without(text, emphasis.phrase)
            base = read(lacking) if re.search(r"[^\W\d_]", lacking) else CharacterSpec()
            figure = moved(figure, base, read(plain), emphasis.weight)
    return figure


def moved(
    figure: CharacterSpec, lacking: CharacterSpec, having: CharacterSpec, weight: float
) -> CharacterSpec:
    """A figure moved along what a phrase changes: to ``lacking`` at weight 0, as it is at 1."""
    body, skin, hair = (
        _numbers(getattr(figure, n), getattr(lacking, n), getattr(having, n), weight)
        for n in ("body", "skin", "hair")
    )
    same = having.archetype == lacking.archetype
    return figure.model_copy(
        update={
            "archetype": figure.archetype if weight >= _COUNTS or same else lacking.archetype,
            "body": body,
            "skin": skin,
            "hair": hair,
            "garments": _garments(figure, lacking, having, weight),
        }
    )


def _garments(
    figure: CharacterSpec, lacking: CharacterSpec, having: CharacterSpec, weight: float
) -> tuple[GarmentSpec, ...]:
    """Garments of one kind move; those that the phrase put on or took off come or go."""
    before = {g.kind: g for g in lacking.garments}
    after = {g.kind: g for g in having.garments}
    if weight < _COUNTS and set(before) != set(after):
        return tuple(before[k] if k not in after else after[k] for k in before)
    return tuple(
        _numbers(g, before[g.kind], after[g.kind], weight)
        if g.kind in before and g.kind in after
        else g
        for g in figure.garments
    )


def _numbers(value: SpecT, lacking: SpecT, having: SpecT, weight: float) -> SpecT:
    """Each field of a block of values, moved and kept in its range."""
    changes: dict[str, Any] = {}
    for name, field in type(value).model_fields.items():
        own, low, high = (getattr(block, name) for block in (value, lacking, having))
        if low == high:
            continue
        bounds = [m for m in field.metadata if isinstance(m, Ge | Le)]
        changes[name] = _moved(own, low, high, weight, bounds)
    return type(value).model_validate(value.model_dump() | changes)


def _moved(own: Any, low: Any, high: Any, weight: float, bounds: list[Ge | Le]) -> Any:  # noqa: ANN401  # any field of a specification
    if isinstance(own, dict):
        table = cast("dict[str, float]", own)
        for key in sorted({*low, *high}):
            at, start, end = (float(block.get(key, 0.0)) for block in (table, low, high))
            table = {**table, key: min(max(_along(at, start, end, weight), -1.0), 1.0)}
        return {key: value for key, value in table.items() if value != 0.0}
    if isinstance(own, tuple) and isinstance(low, tuple) and isinstance(high, tuple):
        channels = cast("list[tuple[float, ...]]", list(zip(own, low, high, strict=True)))
        return tuple(min(max(_along(a, b, c, weight), 0.0), 1.0) for a, b, c in channels)
    numeric = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (own, low, high))
    if not numeric:
        return own if weight >= _COUNTS else low
    start, end = (cast("float", number) for number in (low, high))
    number = _along(cast("float", own), start, end, weight)
    for bound in bounds:
        limit = float(cast("float", bound.ge if isinstance(bound, Ge) else bound.le))
        number = max(number, limit) if isinstance(bound, Ge) else min(number, limit)
    return number


def _along(own: float, low: float, high: float, weight: float) -> float:
    return round(float(own) + (weight - 1.0) * (float(high) - float(low)), 4)
