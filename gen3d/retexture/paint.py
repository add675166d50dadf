# SPDX-License-Identifier: Apache-2.0
"""Paint on a canvas: every group of places that has one paint and one label gets its new colours.

What no paint reaches keeps its bytes. Colours around the painted texels are grown outwards, so that
filtering and mip maps find no old border.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from scipy import ndimage

from gen3d.easing import smoothstep
from gen3d.perception import to_oklab
from gen3d.render.textures import SRGB_TO_LINEAR
from gen3d.retexture.canvas import Canvas, colours_on, places, taken
from gen3d.retexture.labels import LABEL
from gen3d.retexture.pattern import aims_of
from gen3d.retexture.shade import Move, fitted, moved
from gen3d.retexture.spec import PaintSpec
from gen3d.wardrobe.texels import encode_srgb

_BORDER = 64
"""A picture's side through this: how far paint grows beyond what is covered."""
_MOST_SAMPLES = 200_000
_ONE_PAINT = 0.995
"""Share of a material's surface from which one paint is all that it has."""
_HUES_KEPT = {LABEL["skin"]: 0.6, LABEL["face"]: 0.6, LABEL["eyes"]: 0.5}
_HUE_KEPT = 0.15
_LIKE_SKIN = np.array([0.20, 0.042, 0.042])


@dataclass(frozen=True)
class Painted:
    """What became of a canvas."""

    canvas: Canvas
    paint: Int[np.ndarray, "t"]
    colours: Float[np.ndarray, "t 3"]
    """What is seen at each place, linear."""
    pixels: UInt8[np.ndarray, "height width channels"] | None
    """New picture; none where a factor or vertex colours say it all."""
    changed: Bool[np.ndarray, "height width"] | None
    one: int
    """The only paint of the whole material; -1 where there is none such."""


@dataclass(frozen=True)
class _Group:
    """Places with one paint and one label."""

    where: Int[np.ndarray, "n"]
    move: Move
    aims: Float[np.ndarray, "n 3"]
    share: Float[np.ndarray, "n"]
    """How far each place follows."""


def paint_canvas(
    canvas: Canvas,
    labels: Int[np.ndarray, "t"],
    chosen: Int[np.ndarray, "t"],
    paints: Sequence[PaintSpec],
    seed: int,
) -> Painted | None:
    """Paint; none where no paint reaches this canvas.

    Args:
        canvas: The material's picture.
        labels: What each place is.
        chosen: Number of each place's paint, -1 for none.
        paints: The paints.
        seed: Of woven and printed detail.
    """
    seen = colours_on(canvas)
    chosen = np.where((labels == LABEL["eyes"]) & (chosen >= 0) & ~_iris(seen, labels), -1, chosen)
    if not (chosen >= 0).any():
        return None
    alpha = taken(canvas, canvas.pixels)[:, 3] if canvas.pixels.shape[2] == 4 else None
    solid = np.ones(len(seen), dtype=bool) if alpha is None else alpha > 8
    groups = _groups(canvas, labels, chosen, paints, seen, solid, seed)
    colours = seen.copy()
    for group in groups:
        after = moved(seen[group.where], group.aims, group.move)
        colours[group.where] += (after - seen[group.where]) * group.share[:, None]
    one = _only(chosen)
    printed = any(paints[n].pattern != "plain" for n in np.unique(chosen[chosen >= 0]))
    plain = canvas.picture is None and one >= 0 and not printed
    if canvas.texels is None or plain:
        return Painted(canvas, chosen, colours, None, None, one)
    pixels, changed = _picture(canvas, groups)
    return Painted(canvas, chosen, colours, pixels, changed, one)


def _only(chosen: Int[np.ndarray, "t"]) -> int:
    numbers, counts = np.unique(chosen, return_counts=True)
    most = int(counts.argmax())
    return int(numbers[most]) if counts[most] >= _ONE_PAINT * len(chosen) else -1


def _iris(seen: np.ndarray, labels: np.ndarray) -> Bool[np.ndarray, "t"]:
    """Of the eyes only what is no white: darker than it, and not merely bloodshot."""
    eyes = labels == LABEL["eyes"]
    if not eyes.any():
        return eyes
    lab = to_oklab(seen)
    white = float(np.percentile(lab[eyes, 0], 97))
    return eyes & (lab[:, 0] < 0.72 * white)


def _groups(
    canvas: Canvas,
    labels: np.ndarray,
    chosen: np.ndarray,
    paints: Sequence[PaintSpec],
    seen: np.ndarray,
    solid: np.ndarray,
    seed: int,
) -> list[_Group]:
    found: list[_Group] = []
    skins: dict[int, np.ndarray] = {}
    painted = chosen >= 0
    pairs = np.unique(np.stack([chosen[painted], labels[painted]], axis=1), axis=0).tolist()
    # Bare skin comes before the features of the face, which follow it as far as they are like it.
    for number, label in sorted(pairs, key=lambda pair: pair[1] == LABEL["face"]):
        paint = paints[number]
        where = np.flatnonzero((chosen == number) & (labels == label))
        counted = where[solid[where]] if solid[where].any() else where
        mean = to_oklab(seen[counted]).mean(axis=0)
        if label == LABEL["skin"]:
            skins[number] = mean
        share = np.ones(len(where))
        if label == LABEL["face"] and number in skins:
            mean = skins[number]
            share = _likeness(seen[where], mean)
        target = mean if paint.color is None else to_oklab(np.array(paint.color))
        tint = 1.0 if paint.color is None else _HUES_KEPT.get(label, _HUE_KEPT)
        aims = aims_of(canvas, where, paint, seed)
        if label == LABEL["face"] and number in skins:
            move = next(g.move for g in found if chosen[g.where[0]] == number)
        else:
            move = _move(canvas, seen, counted, where, aims, target, tint, paint)
        found.append(_Group(where, move, aims, share))
    return found


def _likeness(seen: np.ndarray, skin: np.ndarray) -> np.ndarray:
    off = np.linalg.norm((to_oklab(seen) - skin) / _LIKE_SKIN, axis=1)
    return smoothstep(3.2, 1.4, off)


def _move(
    canvas: Canvas,
    seen: np.ndarray,
    counted: np.ndarray,
    where: np.ndarray,
    aims: np.ndarray,
    target: np.ndarray,
    tint: float,
    paint: PaintSpec,
) -> Move:
    """Fit on some of the places: neighbours along rows, in runs, so that they touch."""
    place = np.searchsorted(where, counted)
    some = np.arange(len(counted))
    if len(counted) > _MOST_SAMPLES:
        # Whole stretches of rows are left out, not single texels.
        step = len(counted) // _MOST_SAMPLES + 1
        some = some[(some // 512) % step == 0]
    own = counted[some]
    touching = np.zeros((0, 2), dtype=np.int64)
    if canvas.texels is not None and paint.pattern == "plain":
        beside = np.flatnonzero(np.diff(canvas.texels.texels[own]) == 1)
        touching = np.stack([beside, beside + 1], axis=1)
    return fitted(seen[own], aims[place[some]], target, touching, tint)


def _picture(canvas: Canvas, groups: Sequence[_Group]) -> tuple[np.ndarray, np.ndarray]:
    """The whole picture with its groups painted, at its own size; and where it changed."""
    pixels = canvas.pixels
    side = canvas.texels.size_px if canvas.texels else 1
    if pixels.shape[:2] == (1, 1):
        pixels = np.tile(pixels, (side, side, 1))
    near = nearest(canvas, pixels.shape[:2])
    count = len(canvas.ground.piece)
    # The factor goes into the picture, so that it need not be divided by.
    result = pixels.copy()
    plain = np.allclose(canvas.factor[:3], 1.0)
    if not plain:
        result[..., :3] = encode_srgb(SRGB_TO_LINEAR[pixels[..., :3]] * canvas.factor[:3])
    changed = np.zeros(pixels.shape[:2], dtype=bool)
    for group in groups:
        own = np.full(count + 1, -1)
        own[group.where] = np.arange(len(group.where))
        at = own[near]
        rows, columns = np.nonzero(at >= 0)
        index = at[rows, columns]
        tint = np.maximum(canvas.ground.tint[group.where[index]], 0.02)
        before = SRGB_TO_LINEAR[pixels[rows, columns, :3]] * canvas.factor[:3] * tint
        after = moved(before, group.aims[index], group.move)
        after = before + (after - before) * group.share[index, None]
        result[rows, columns, :3] = encode_srgb(after / tint)
        changed[rows, columns] = True
    return result, changed


def nearest(canvas: Canvas, shape: tuple[int, int]) -> Int[np.ndarray, "height width"]:
    """Number of the nearest place of each texel of a picture; the last + 1 where none is near."""
    count = len(canvas.ground.piece)
    picture = np.full(shape, count, dtype=np.int64)
    rows, columns = places(canvas, shape)
    picture[rows, columns] = np.arange(count)
    index = np.zeros((2, *shape), dtype=np.int32)
    away = np.zeros(shape)
    ndimage.distance_transform_edt(
        picture == count, return_indices=True, distances=away, indices=index
    )
    grown = picture[index[0], index[1]]
    return np.where(away <= max(2.0, max(shape) / _BORDER), grown, count)
