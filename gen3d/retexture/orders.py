# SPDX-License-Identifier: Apache-2.0
"""Which paint goes where: wishes matched with what a figure has on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from gen3d.retexture.canvas import Canvas
from gen3d.retexture.figure import Figure
from gen3d.retexture.labels import BODY, LABEL, LABELS
from gen3d.retexture.names import SKIN, place_of
from gen3d.retexture.spec import PaintSpec
from gen3d.retexture.wishes import CLOTHES
from gen3d.retexture.zones import Z
from gen3d.spec import GARMENT_KINDS
from gen3d.words.vocabulary import table

NOBODY = -1
_ABOVE = ("head", "eyes", "neck", "torso", "arms", "hands")
"""Zones that a shirt covers of a garment for the whole body."""
_LEAST = 24
"""Places below which a figure counts as not having something."""
_WITH = {
    "hair": ("hair", "beard", "brows"),
    "beard": ("beard",),
    "eyes": ("eyes",),
    SKIN: (SKIN, "face"),
}
"""Labels that a part of the body's colour goes to, its own first."""
_FULL = ("upper", "middle", "outer", "lower", "apron", "armour")


@dataclass(frozen=True)
class Orders:
    """Paint of every place."""

    paint: tuple[Int[np.ndarray, "_"], ...]
    """For each canvas the number of the wish, -1 for none."""
    notes: tuple[str, ...]


def orders(
    figure: Figure,
    sheets: Sequence[Canvas],
    labels: Sequence[Int[np.ndarray, "_"]],
    paints: Sequence[PaintSpec],
) -> Orders:
    """Give every place at most one of the paints.

    Where two want the same, the one that means it more nearly has it, then the outer one.
    """
    kinds = np.array([_kind(piece.called.kind) for piece in figure.pieces])
    label = np.concatenate(labels)
    kind = np.concatenate([kinds[sheet.ground.piece] for sheet in sheets])
    above = np.concatenate([_is_above(sheet) for sheet in sheets])
    rank = np.full(len(label), np.inf)
    chosen = np.full(len(label), NOBODY)
    absent: list[str] = []
    covered: list[str] = []
    for number, paint in enumerate(paints):
        wanted = _wanted(paint.what, label, kind, above)
        if not np.isfinite(wanted).sum() > _LEAST:
            absent.append(paint.what)
            continue
        mine = wanted <= rank if _is_outer(paint.what) else wanted < rank
        mine &= np.isfinite(wanted)
        rank[mine], chosen[mine] = wanted[mine], number
    used = set(np.unique(chosen).tolist())
    covered += [p.what for n, p in enumerate(paints) if n not in used and p.what not in absent]
    ends = np.cumsum([len(own) for own in labels])
    return Orders(tuple(np.split(chosen, ends[:-1])), _notes(absent, covered))


def _notes(absent: list[str], covered: list[str]) -> tuple[str, ...]:
    notes: list[str] = []
    for names, what in ((absent, "was found on the figure"), (covered, "shows on the figure")):
        if names:
            said = ", ".join(dict.fromkeys(name.replace("_", " ") for name in names))
            notes.append(f"No {said} {what}, so no such paint was used.")
    return tuple(notes)


def _kind(name: str) -> int:
    return GARMENT_KINDS.index(name) if name in GARMENT_KINDS else -1


def _is_above(sheet: Canvas) -> np.ndarray:
    return np.isin(sheet.ground.zone, [Z[name] for name in _ABOVE])


def _is_outer(what: str) -> bool:
    return what in GARMENT_KINDS and place_of(what) in {"outer", "middle", "armour", "apron"}


def _wanted(what: str, label: np.ndarray, kind: np.ndarray, above: np.ndarray) -> np.ndarray:
    """How far each place is from what is meant: 0 the very thing, infinite something else."""
    if what == CLOTHES:
        clothes = [LABEL[name] for name in LABELS if name not in BODY and name != "eyes_cover"]
        return np.where(np.isin(label, clothes), 9.0, np.inf)
    if what in _WITH:
        own, *others = (label == LABEL[name] for name in _WITH[what])
        along = np.any(others, axis=0) if others and own.any() else np.zeros_like(own)
        return np.where(own, 0.0, np.where(along, 1.0, np.inf))
    return _worn(what, label, kind, above)


def _worn(what: str, label: np.ndarray, kind: np.ndarray, above: np.ndarray) -> np.ndarray:
    place = place_of(what)
    result = np.full(len(label), np.inf)
    if (kind == _kind(what)).sum() > _LEAST:
        result[kind == _kind(what)] = 0.0
        return result
    known = table("surfaces")["stand_ins"].get(place, [place])
    for distance, name in enumerate(known, start=1):
        own = label == LABEL[name]
        if own.sum() > _LEAST:
            result[own] = distance
            return result
    return _across(place, label, above, result)


def _across(place: str, label: np.ndarray, above: np.ndarray, result: np.ndarray) -> np.ndarray:
    """Half of a garment for the whole body, or both halves of clothes that are two."""
    full = label == LABEL["full"]
    if place in {"upper", "middle", "outer", "armour"}:
        result[full & above] = 5.0
    elif place == "lower":
        result[full & ~above] = 5.0
    elif place == "full":
        result[np.isin(label, [LABEL[name] for name in _FULL])] = 5.0
    return result
