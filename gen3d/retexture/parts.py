# SPDX-License-Identifier: Apache-2.0
"""What every place of a figure is: skin, hair, or the place of a garment.

Names settle most pieces (:mod:`gen3d.retexture.names`). A surface that has everything on it is told
apart by bones (which zone of the body) and by the colours that it has already: skin is the colour
of the face and the hands, hair what is left of the head, shoes begin where the colour of the feet
does, and waists are where the chest's colour meets the thighs'.

Cannot do: tell a tan pair of tights from bare legs, a hat from hair of its colour, or clothes
that are worn over each other and painted in one colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy import ndimage

from gen3d.perception import to_oklab
from gen3d.retexture.canvas import Canvas, colours_on
from gen3d.retexture.figure import Figure
from gen3d.retexture.names import CLOTH, SKIN, UNTOUCHED, WHOLE
from gen3d.retexture.zones import ZONES, Z

LABELS = (
    *(UNTOUCHED, WHOLE, CLOTH, SKIN, "face", "hair", "beard", "brows", "lashes", "eyes", "mouth"),
    *("upper", "middle", "outer", "full", "lower", "feet", "socks", "hands", "waist", "head"),
    *("mouth_cover", "eyes_cover", "neck", "back", "pack", "apron", "armour", "shoulder_armour"),
    *("shins", "forearms"),
)
LABEL = {name: index for index, name in enumerate(LABELS)}
BODY = ("face", "hair", "beard", "brows", "lashes", "eyes", "mouth", SKIN, WHOLE, UNTOUCHED)
"""Labels that are no clothes."""

_REACH = np.array([0.20, 0.042, 0.042])
"""How far shading and blush move skin's colour in OKLab."""
_OFF = np.array([0.10, 0.030, 0.030])
"""How far the middle colour of a zone's skin may lie from the face's."""
_APART = 0.07
"""Two garments' colours differ by more in OKLab."""
_SHADE = np.array([0.6, 1.0, 1.0])
"""Lightness counts less than hue when colours are compared."""
_MOST_SAMPLES = 40_000
_WHOLE_FIGURE = {"head": 0.02, "hands": 0.005, "feet": 0.005}
"""Shares of the surface; what covers as much of all three is no single garment."""


@dataclass(frozen=True)
class Places:
    """All places of a figure, one canvas after the other."""

    points: Float[np.ndarray, "t 3"]
    normals: Float[np.ndarray, "t 3"]
    zone: Int[np.ndarray, "t"]
    lab: Float[np.ndarray, "t 3"]
    weight: Float[np.ndarray, "t"]
    """Area."""


def labels_of(figure: Figure, sheets: Sequence[Canvas]) -> list[Int[np.ndarray, "t"]]:
    """Label, as an index into :data:`LABELS`, of every place of every canvas."""
    named = _by_name(figure)
    labels = np.concatenate([named[sheet.ground.piece] for sheet in sheets])
    places = _places(sheets)
    open_ = np.isin(labels, [LABEL[WHOLE], LABEL[CLOTH]])
    if open_.any():
        told = _told_apart(places, labels, open_, figure.eyes)
        labels = np.where(open_, told, labels)
    ends = np.cumsum([len(sheet.ground.piece) for sheet in sheets])
    split = np.split(labels, ends[:-1])
    opened = np.split(open_, ends[:-1])
    return [
        _without_specks(sheet, own, free)
        for sheet, own, free in zip(sheets, split, opened, strict=True)
    ]


def _by_name(figure: Figure) -> Int[np.ndarray, "pieces"]:
    """Label of each piece; what spans the figure is several things, whatever it is called."""
    labels = [piece.called.label for piece in figure.pieces]
    for index, piece in enumerate(figure.pieces):
        if labels[index] in BODY:
            continue
        areas = _areas(piece.verts, piece.faces)
        zone = piece.zones[piece.faces].mean(axis=1).argmax(axis=1)
        share = np.bincount(zone, areas, len(ZONES)) / max(float(areas.sum()), 1e-12)
        if all(share[Z[name]] > least for name, least in _WHOLE_FIGURE.items()):
            labels[index] = WHOLE
    if all(label in BODY for label in labels):
        labels = [WHOLE if label == SKIN else label for label in labels]
    return np.array([LABEL[label] for label in labels])


def _areas(verts: np.ndarray, faces: np.ndarray) -> np.ndarray:
    corners = verts[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return 0.5 * np.linalg.norm(across, axis=1)


def _places(sheets: Sequence[Canvas]) -> Places:
    grounds = [sheet.ground for sheet in sheets]
    return Places(
        points=np.concatenate([ground.points for ground in grounds]),
        normals=np.concatenate([ground.normals for ground in grounds]),
        zone=np.concatenate([ground.zones.argmax(axis=1) for ground in grounds]),
        lab=np.concatenate([to_oklab(colours_on(sheet)) for sheet in sheets]),
        weight=np.concatenate([ground.metres.astype(np.float64) ** 2 for ground in grounds]),
    )


def _within(places: Places, *zones: str) -> Bool[np.ndarray, "t"]:
    return np.isin(places.zone, [Z[name] for name in zones])


def mode_of(lab: Float[np.ndarray, "n 3"], where: Bool[np.ndarray, "n"]) -> np.ndarray | None:
    """The colour that most of some places have: the middle of the densest neighbourhood."""
    found = np.flatnonzero(where)
    if len(found) < 8:
        return None
    some = lab[found[:: max(1, len(found) // _MOST_SAMPLES)]]
    cells, counts = np.unique(np.round(some / 0.05).astype(np.int64), axis=0, return_counts=True)
    centre = cells[counts.argmax()] * 0.05
    for _ in range(8):
        near = np.linalg.norm((some - centre) * _SHADE, axis=1) < 0.07
        if not near.any():
            break
        centre = np.median(some[near], axis=0)
    return centre


def _told_apart(
    places: Places, labels: np.ndarray, open_: np.ndarray, eyes: np.ndarray
) -> Int[np.ndarray, "t"]:
    """Labels of the places whose names say nothing."""
    head = _Head(places, open_ | (labels == LABEL[SKIN]), eyes)
    free = open_ & (labels != LABEL[CLOTH])
    skin = _skin(places, free, labels, head)
    result = np.full(len(labels), LABEL[UNTOUCHED])
    result[open_ & _within(places, "torso", "arms", "neck")] = LABEL["upper"]
    result[open_ & _within(places, "hips", "thighs", "shins")] = LABEL["lower"]
    result[open_ & _within(places, "hands")] = LABEL["hands"]
    result[open_ & _within(places, "feet")] = LABEL["feet"]
    result[open_ & _within(places, "head")] = LABEL["face"]
    result[open_ & _within(places, "eyes")] = LABEL["eyes"]
    dressed = open_ & ~skin
    _waist(places, dressed, result)
    _boots(places, dressed, result)
    _hair(places, dressed & _within(places, "head", "neck"), head, result)
    result[skin] = LABEL[SKIN]
    return result


class _Head:
    """Where the head is, and the front of the face on it."""

    def __init__(self, places: Places, known: np.ndarray, eyes: np.ndarray) -> None:
        own = known & _within(places, "head", "eyes")
        points = places.points[own] if own.any() else np.zeros((1, 3))
        self.low, self.high = np.percentile(points, 1, axis=0), np.percentile(points, 99, axis=0)
        size = np.maximum(self.high - self.low, 1e-6)
        middle = 0.5 * (self.low + self.high)
        at = (places.points - self.low) / size
        level = (float(eyes[:, 1].mean()) - self.low[1]) / size[1] if len(eyes) else 0.48
        aside = np.abs(places.points[:, 0] - middle[0]) / (0.5 * size[0])
        # From the chin to the brows.
        self.up = (at[:, 1] - level) / 0.5
        ahead = places.normals[:, 2] > 0.2
        self.face = own & ahead & (aside < 0.75) & (self.up > -0.75) & (self.up < 0.35)
        self.cheeks = self.face & (aside < 0.6) & (self.up > -0.6) & (self.up < 0.1)
        self.chin = own & (self.up < -0.35) & (at[:, 2] > 0.45)
        self.crown = own & ((self.up > 0.6) | (at[:, 2] < 0.4))


def _skin(
    places: Places, free: np.ndarray, labels: np.ndarray, head: _Head
) -> Bool[np.ndarray, "t"]:
    """Places of bare skin among those that may be."""
    named = labels == LABEL[SKIN]
    face = mode_of(places.lab, head.cheeks & (free | named))
    hands = mode_of(places.lab, _within(places, "hands") & (free | named))
    colour = _skin_colour(face, hands)
    if colour is None:
        return np.zeros(len(labels), dtype=bool)
    like = free & (np.linalg.norm((places.lab - colour) / _REACH, axis=1) < 1.5)
    for zone in range(len(ZONES)):
        own = like & (places.zone == zone)
        if own.any() and ZONES[zone] != "head":
            off = np.abs(np.median(places.lab[own], axis=0) - colour) / _OFF
            like[own] &= bool((off < 1.0).all())
    return like & ~_within(places, "eyes", "none")


def _skin_colour(face: np.ndarray | None, hands: np.ndarray | None) -> np.ndarray | None:
    """The face's colour where the hands agree or it is a person's; else the hands'."""
    if face is not None and hands is not None and np.linalg.norm((face - hands) * _SHADE) < 0.1:
        return face
    return next((c for c in (face, hands) if c is not None and _is_human(c)), None)


def _is_human(lab: np.ndarray) -> bool:
    hue, chroma = np.degrees(np.arctan2(lab[2], lab[1])), float(np.hypot(lab[1], lab[2]))
    return bool(15.0 < hue < 95.0 and 0.015 < chroma < 0.18 and lab[0] > 0.2)


def _nearer(lab: np.ndarray, one: np.ndarray, other: np.ndarray) -> Bool[np.ndarray, "t"]:
    """Where a colour is nearer to the second of two."""
    first, second = (np.linalg.norm((lab - colour) * _SHADE, axis=1) for colour in (one, other))
    return second < first


def _differ(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    if one is None or other is None:
        return False
    return bool(np.linalg.norm((one - other) * _SHADE) > _APART)


def _waist(places: Places, dressed: np.ndarray, result: np.ndarray) -> None:
    """Move the border of upper and lower clothes to where the colour changes."""
    torso = dressed & _within(places, "torso")
    if not torso.any():
        return
    middle = np.median(places.points[torso, 1])
    chest = mode_of(places.lab, torso & (places.points[:, 1] > middle))
    thighs = mode_of(places.lab, dressed & _within(places, "thighs"))
    if chest is None or thighs is None or not _differ(chest, thighs):
        return
    below = _nearer(places.lab, chest, thighs)
    border = dressed & _within(places, "hips", "thighs") | (torso & (places.points[:, 1] < middle))
    result[border & below] = LABEL["lower"]
    result[border & ~below] = LABEL["upper"]


def _boots(places: Places, dressed: np.ndarray, result: np.ndarray) -> None:
    """Shoes go up the leg as far as their colour does."""
    feet = mode_of(places.lab, dressed & _within(places, "feet"))
    legs = mode_of(places.lab, dressed & _within(places, "thighs"))
    if legs is None:
        legs = mode_of(places.lab, dressed & _within(places, "shins"))
    if feet is None or legs is None or not _differ(feet, legs):
        return
    low = dressed & _within(places, "shins")
    result[low & ~_nearer(places.lab, feet, legs)] = LABEL["feet"]


def _hair(places: Places, bare: np.ndarray, head: _Head, result: np.ndarray) -> None:
    """Hair is what is no skin on the head, brows, eyes and lips aside; a beard grows on the chin."""
    hair = mode_of(places.lab, bare & head.crown)
    if hair is None:
        return
    like = np.linalg.norm((places.lab - hair) * _SHADE, axis=1) < 0.12
    above = bare & _within(places, "head")
    result[above & ~head.face] = LABEL["hair"]
    result[above & head.face & like & (head.up > 0.15)] = LABEL["hair"]
    result[above & head.chin & head.face & like] = LABEL["beard"]
    # Locks that hang down to the shoulders.
    result[bare & _within(places, "neck") & like] = LABEL["hair"]


def _without_specks(sheet: Canvas, labels: np.ndarray, free: np.ndarray) -> Int[np.ndarray, "t"]:
    """Labels of a picture after a majority vote among neighbours: no speck of skin in a shirt."""
    if sheet.texels is None or not free.any():
        return labels
    side = sheet.texels.size_px
    radius = max(3, side // 170)
    places = sheet.texels.texels
    best = np.full(len(labels), -1.0)
    result = labels.copy()
    for label in np.unique(labels[free]):
        votes = np.zeros(side * side, np.float32)
        votes[places[free & (labels == label)]] = 1.0
        share = ndimage.uniform_filter(votes.reshape(side, side), 2 * radius + 1).ravel()[places]
        better = free & (share > best)
        result[better] = label
        best = np.where(better, share, best)
    return result
