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

import numpy as np
from jaxtyping import Int
from scipy import ndimage

from gen3d.retexture.canvas import Canvas
from gen3d.retexture.figure import Figure
from gen3d.retexture.labels import BODY, LABEL
from gen3d.retexture.names import CLOTH, SKIN, WHOLE
from gen3d.retexture.regions import places_of, told_apart
from gen3d.retexture.zones import ZONES, Z

_WHOLE_FIGURE = {"head": 0.02, "hands": 0.005, "feet": 0.005}
"""Shares of the surface; what covers as much of all three is no single garment."""


def labels_of(figure: Figure, sheets: Sequence[Canvas]) -> list[Int[np.ndarray, "_"]]:
    """Label, as an index into :data:`LABELS`, of every place of every canvas."""
    named = _by_name(figure)
    labels = [named[sheet.ground.piece] for sheet in sheets]
    opened = [np.isin(own, [LABEL[WHOLE], LABEL[CLOTH]]) for own in labels]
    # What names settle need not be looked at, but for the colour of skin.
    looked = [
        index
        for index, (own, free) in enumerate(zip(labels, opened, strict=True))
        if free.any() or (own == LABEL[SKIN]).any()
    ]
    if any(free.any() for free in opened):
        joined, free = (np.concatenate([rows[i] for i in looked]) for rows in (labels, opened))
        told = told_apart(places_of([sheets[i] for i in looked]), joined, free, figure.eyes)
        ends = np.cumsum([len(labels[i]) for i in looked])
        for index, own in zip(looked, np.split(told, ends[:-1]), strict=True):
            labels[index] = np.where(opened[index], own, labels[index])
    return [
        _without_specks(sheet, own, free)
        for sheet, own, free in zip(sheets, labels, opened, strict=True)
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
    return np.array([LABEL[label] for label in labels], dtype=np.int8)


def _areas(verts: np.ndarray, faces: np.ndarray) -> np.ndarray:
    corners = verts[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return 0.5 * np.linalg.norm(across, axis=1)


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
