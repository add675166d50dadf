# SPDX-License-Identifier: Apache-2.0
"""The limbs of a dressed figure as closed meshes, cut at the joints and capped.

A dressed figure is a heap of open sheets: skin that ends under clothes, garments, cards of hair.
What an onlooker takes for its body is all that cannot be reached from outside through a gap wider
than two voxels, so air is flooded around the sheets and what stays dry is solid. Each limb is
the part of it whose nearest surface the limb's bones hold most; beyond the cut it goes on as a dome
that sinks into its neighbour, so that a bent joint opens no gap. Marching cubes closes that by
construction; the surface is reduced to the limb's budget and drawn back onto the sheets, off which
the flood had stayed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int32
from scipy import ndimage

from gen3d.errors import Gen3dError
from gen3d.fields.box import Box, flooded, inwards, measured, walls_of
from gen3d.fields.cleanup import cleaned
from gen3d.fields.closest import Tree
from gen3d.fields.surface import marched
from gen3d.foundry.solids import Solid

_GAP = 1.25
"""How far air stays off the sheets, voxels: more than half a diagonal, or it seeps through."""
_WHOLE_M = 0.012
"""Voxel of the whole figure, which says where a limb's box meets open air."""
_CAP_M = 0.025
"""Radius of the domes' meridians where they begin: smaller sinks sooner."""
_CAP_ROOM = 14.0
"""How far a limb's box goes beyond its cut, voxels."""
_DRAWN = 0.85
"""Share of the way back onto the sheets: what two sides of one sheet keep between them."""
_SPECK = 0.01
_WIDER = (1.0, 1.7, 3.0)
"""Factors of the filled gaps until the reduced surface closes: many small handles do not collapse
into few triangles."""


@dataclass(frozen=True)
class Limb:
    """What one closed mesh may cost."""

    name: str
    triangles: int
    voxel_m: float
    """Finest detail that it keeps."""
    gap_m: float
    """Holes and slits narrower than twice this are filled."""


@dataclass(frozen=True)
class Figure:
    """Sheets, and which limb holds them."""

    verts: Float32[np.ndarray, "verts 3"]
    """Metres."""
    faces: Int32[np.ndarray, "faces 3"]
    weights: Float64[np.ndarray, "verts limbs"]
    """Skin weights, summed by limb."""

    @cached_property
    def tree(self) -> Tree:
        """For nearest points."""
        return Tree(Solid(self.verts.astype(np.float64), self.faces))

    def weights_at(self, points: Float[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n limbs"]:
        """Skin weights at the nearest place of the sheets."""
        return self.tree.nearest(points).mixed(self.weights, self.faces)

    def places(self, points: Float[np.ndarray, "n 3"]) -> Float64[np.ndarray, "n 3"]:
        """The nearest places of the sheets."""
        return self.tree.nearest(points).mixed(self.verts.astype(np.float64), self.faces)


@dataclass(frozen=True)
class _Surrounding:
    """The whole figure, coarsely: which walls of a limb's box stand in air."""

    grid: Box
    air: Bool[np.ndarray, "x y z"]


def closed_limbs(figure: Figure, limbs: Sequence[Limb]) -> list[Solid]:
    """One closed solid for each limb, metres, in the order of the figure's weights.

    Raises:
        Gen3dError: A limb encloses nothing, or its surface does not close.
    """
    low, high = figure.verts.min(axis=0), figure.verts.max(axis=0)
    grid = Box.around(low, high, _WHOLE_M)
    whole = _Surrounding(grid, _flooded(_distances(figure, grid), grid, _GAP * grid.step, None))
    owner = figure.weights.argmax(axis=1)
    found: list[Solid] = []
    for number, limb in enumerate(limbs):
        held = figure.verts[owner == number]
        if len(held):
            solid = _limb(figure, number, limb, held, whole)
            if solid is not None:
                found.append(solid)
                continue
        raise Gen3dError(
            f"The figure has no closed {limb.name}: nothing solid hangs on that bone.",
            "Export it for another target.",
        )
    return found


def _limb(
    figure: Figure,
    number: int,
    limb: Limb,
    held: Float32[np.ndarray, "held 3"],
    surrounding: _Surrounding,
) -> Solid | None:
    room = _CAP_ROOM * limb.voxel_m
    grid = Box.around(held.min(axis=0) - room, held.max(axis=0) + room, limb.voxel_m)
    away = _distances(figure, grid)
    reach: Float64[np.ndarray, "x y z"] | None = None
    for wider in _WIDER:
        level = _level(away, grid, max(wider * limb.gap_m, _GAP * grid.step), surrounding)
        if reach is None:
            reach = _reach(figure, number, level, grid)
        past = np.minimum(reach, 0.0)
        capped = level + past * past / (2.0 * _CAP_M)
        if not (capped.min() < 0.0 < capped.max()):
            return None
        found = cleaned(_cubes(capped, grid), budget=limb.triangles, smallest_share=_SPECK)
        if found.soundness.watertight and found.within_budget:
            return _drawn_back(found.surface, figure, reach, grid)
    return None


def _distances(figure: Figure, grid: Box) -> Float32[np.ndarray, "x y z"]:
    """Distance to the sheets near them, at least that elsewhere."""
    band = 4.0 * grid.step
    away, near = measured(grid, lambda points: figure.tree.nearest(points).distance, band)
    return np.where(near, away, np.maximum(away, np.float32(band)))


def _flooded(
    away: Float32[np.ndarray, "x y z"],
    grid: Box,
    gap_m: float,
    surrounding: _Surrounding | None,
) -> Bool[np.ndarray, "x y z"]:
    """Where air that stays so far off comes to from the box's walls, where they stand in air."""
    wall = walls_of(grid.shape)
    if surrounding is not None:
        walls = np.argwhere(wall)
        outer = surrounding.grid.index(grid.points(walls))
        wall[tuple(walls.T)] = surrounding.air[tuple(outer.T)]
    return flooded(away > gap_m, wall)


def _level(
    away: Float32[np.ndarray, "x y z"], grid: Box, gap_m: float, surrounding: _Surrounding
) -> Float64[np.ndarray, "x y z"]:
    """Positive where air comes, negative where not, near its zero by distance.

    Air passes gaps wider than twice ``gap_m`` alone, and from there goes on up to a voxel before
    the sheets: what is narrower (holes of a visor, hollows behind it, strands) is solid.
    """
    close = _GAP * grid.step
    beyond = inwards(~_flooded(away, grid, gap_m, surrounding)) * grid.step
    # The flood's end is only known to a voxel: where the sheets are near, they decide.
    return np.minimum(away - close, gap_m - close + 0.7 * grid.step - beyond)


def _reach(
    figure: Figure, number: int, level: Float64[np.ndarray, "x y z"], grid: Box
) -> Float64[np.ndarray, "x y z"]:
    """Signed distance to the limb's cuts, metres, positive within the limb, smoothed."""
    asked = level < 2.0 * grid.step
    index = np.argwhere(asked)
    own = np.zeros(grid.shape, bool)
    own[tuple(index.T)] = figure.weights_at(grid.points(index)).argmax(axis=1) == number
    place = np.zeros((3, *grid.shape), np.int32)
    ndimage.distance_transform_edt(
        ~asked, return_distances=False, return_indices=True, indices=place
    )
    own = own[tuple(place)]
    return ndimage.gaussian_filter(inwards(own) - inwards(~own), 1.5) * grid.step


def _cubes(level: Float64[np.ndarray, "x y z"], grid: Box) -> Solid:
    found = marched(level, grid.step)
    return Solid(grid.low + grid.step * found.verts, found.faces)


def _drawn_back(
    solid: Solid, figure: Figure, reach: Float64[np.ndarray, "x y z"], grid: Box
) -> Solid:
    """Most of the way onto the sheets, but for the caps, which have none."""
    towards = figure.places(solid.verts) - solid.verts
    close = np.linalg.norm(towards, axis=1) < 2.0 * _GAP * grid.step
    outside = reach[tuple(grid.index(solid.verts).T)] > -grid.step
    share = _DRAWN * (close & outside)[:, None]
    return Solid(solid.verts + share * towards, solid.faces)
