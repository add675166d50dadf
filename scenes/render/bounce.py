# SPDX-License-Identifier: Apache-2.0
"""Light that goes round a room, once for the whole room: the many bounces behind the last one.

Points are spread over all surfaces and gathered in small boxes of space, by the side that they
face. Each point gets light straight from lamps, windows and sun, and along rays that tell which
boxes it sees. The light that boxes send each other is then a fixed point, found by repeating the
exchange (Monte Carlo radiosity), all bounces at once. What the eye sees is gathered from these
boxes by rays of its own (:mod:`scenes.render.indoors`), so the boxes themselves are never seen.
Boxes far brighter than the rest (a patch of sun, the ceiling over a lamp) are asked as lamps are,
not only run into.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float, Float32, Int32, Int64

from scenes.render.lights import STEPS, chances, lights_of, met, straight
from scenes.render.trace import Colours, Hit, Rays, Stage, cosine_spread, picked
from scenes.spectrum import luminance

_RAYS, _STRAIGHT, _ROUNDS = 16, 12, 16
_MOST_POINTS = 120_000
_NUDGE = 1e-3
_SUN_TRIES = 2
_IN_WALLS = frozenset({"reveal", "window frame", "window sill"})
"""Surfaces that lie in the thickness of the walls."""
_BRIGHT = 5.0
"""Light of a box, of the median one's, from which it is asked like a lamp."""


@dataclass(frozen=True)
class Boxes:
    """Illuminance of boxes of space, by the side that surfaces in them face."""

    key: Int64[np.ndarray, "boxes"]
    """Sorted."""
    light: Float32[np.ndarray, "boxes 3"]


@dataclass(frozen=True)
class Exchange:
    """What some of the points found."""

    direct: Float32[np.ndarray, "points 3"]
    """Illuminance straight from lamps, windows and sun."""
    box: Int32[np.ndarray, "points rays"]
    """Box that each ray ends in; -1 for none."""
    albedo: Float32[np.ndarray, "points rays 3"]


@dataclass(frozen=True)
class Spots:
    """Points in the brightest boxes, which are asked like lamps."""

    which: Int32[np.ndarray, "spots"]
    """Of the room's points."""
    cumulative: Float[np.ndarray, "spots"]
    """Chances, summed up."""
    density: Float32[np.ndarray, "boxes"]
    """Chance of a square metre in each box; 0 in ordinary ones."""


class Chamber:
    """A room with its light, ready to be asked by rays."""

    def __init__(self, stage: Stage, points_a_box: float = 8.0) -> None:
        self.stage, self.lights, self.points_a_box = stage, lights_of(stage), points_a_box
        low, high = np.array(stage.place.extent, np.float64)
        self.low = low - 2.0
        labels = [surface.label == "lamp" for surface in stage.place.surfaces]
        self.lamp = np.array(labels)
        """Surfaces whose own reflections stay out: a lamp's lumens are what leaves it."""
        self.side = float(np.clip(np.cbrt(np.prod(high - low)) / 22.0, 0.14, 0.6))
        self.boxes: Boxes | None = None
        """Set once the exchange is solved."""
        self.point_m2 = 0.0
        """Area for which each of the points stands."""

    @cached_property
    def points(self) -> Hit:
        """Points over all surfaces, by area."""
        soup, stage = self.stage.soup, self.stage
        inner = (stage.colour[soup.surface].sum(axis=1) > 0) & ~self.lamp[soup.surface]
        a, b, c = (soup.verts[soup.faces[:, k]] for k in range(3))
        # Backs that touch a wall would look out of the room from its other side.
        low, high = np.array(stage.place.extent, np.float32)
        middle = (a + b + c) / 3.0 + soup.normals[soup.faces[:, 0]] * np.float32(2 * _NUDGE)
        reveal = np.array([s.name in _IN_WALLS for s in stage.place.surfaces])
        inside = ((middle > low) & (middle < high)).all(axis=1) | reveal[soup.surface]
        inner &= inside
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1) * inner
        count = int(min(area.sum() / 2.0 / self.side**2 * self.points_a_box, _MOST_POINTS))
        rng = np.random.default_rng([stage.seed, 78])
        self.point_m2 = float(area.sum()) / 2.0 / max(count, 1)
        spots = (np.arange(count) + rng.random(count)) / count * area.sum()
        face = np.minimum(np.searchsorted(np.cumsum(area), spots), len(area) - 1)
        root, side = np.sqrt(rng.random(count)), rng.random(count)
        weight = np.stack([1 - root, root * (1 - side), root * side], 1).astype(np.float32)
        corner = soup.faces[face]
        point = np.einsum("rk,rkc->cr", weight, soup.verts[corner])
        normal = np.einsum("rk,rkc->cr", weight, soup.normals[corner])
        normal /= np.maximum(np.linalg.norm(normal, axis=0), 1e-9)
        here = np.ones(count, bool)
        surface = soup.surface[face]
        depth, number = np.ones(count, np.float32), face.astype(np.int32)
        return Hit(here, point, normal, stage.colour[surface], surface, depth, number)

    @cached_property
    def _filled(self) -> tuple[Int64[np.ndarray, "boxes"], Int64[np.ndarray, "points"]]:
        key = self.key(self.points.point, self.points.normal)
        keys, own = np.unique(key, return_inverse=True)
        return keys, own

    @property
    def keys(self) -> Int64[np.ndarray, "boxes"]:
        """Of all boxes in which there are points."""
        return self._filled[0]

    @property
    def own(self) -> Int64[np.ndarray, "points"]:
        """Number of the box of each point."""
        return self._filled[1]

    def settle(self) -> None:
        """Make at once what is otherwise made when first asked for."""
        _ = self._coarse, self.spots

    @property
    def solved(self) -> Boxes:
        """The light of the boxes."""
        if self.boxes is None:
            raise RuntimeError("the exchange comes first")
        return self.boxes

    def key(self, point: Rays, normal: Rays, grow: int = 1) -> Int64[np.ndarray, "rays"]:
        """The box of points on surfaces, or of the ``grow`` times larger ones."""
        inside = point + normal * np.float32(0.01)
        cell = np.floor((inside - self.low[:, None]) / (self.side * grow)).astype(np.int64)
        axis = np.argmax(np.abs(normal), axis=0)
        side = 2 * axis + (np.take_along_axis(normal, axis[None], 0)[0] > 0)
        i, j, k = np.clip(cell, 0, 4095)
        return ((i * 4096 + j) * 4096 + k) * 6 + side

    @cached_property
    def _coarse(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Keys of boxes four times the size, and the points that stand for each."""
        key = self.key(self.points.point, self.points.normal, 4)
        order = np.argsort(key, kind="stable")
        keys, start = np.unique(key[order], return_index=True)
        return keys, start, self.own[order]

    def box(self, point: Rays, normal: Rays) -> Int32[np.ndarray, "rays"]:
        """Number of the box of points on surfaces: their own, or one nearby; -1 for none."""
        key = self.key(point, normal)
        at = np.minimum(np.searchsorted(self.keys, key), len(self.keys) - 1)
        lost = np.flatnonzero(self.keys[at] != key)
        if len(lost):
            keys, start, own = self._coarse
            large = self.key(point[:, lost], normal[:, lost], 4)
            near = np.minimum(np.searchsorted(keys, large), len(keys) - 1)
            at[lost] = np.where(keys[near] == large, own[start[near]], -1)
        return at.astype(np.int32)

    def light_at(self, hit: Hit) -> Colours:
        """Illuminance of the boxes that points lie in."""
        number = self.box(hit.point, hit.normal)
        return self.solved.light[number] * (number >= 0)[:, None]

    @cached_property
    def spots(self) -> Spots:
        """The brightest boxes' points."""
        own, light = self.own, luminance(self.solved.light)
        bright = light > _BRIGHT * float(np.median(light[own]))
        which = np.flatnonzero(bright[own])
        weight = light[own[which]].astype(np.float64)
        total = max(float(weight.sum()), 1e-12)
        density = np.where(bright, light / (total * max(self.point_m2, 1e-9)), 0.0)
        return Spots(which.astype(np.int32), np.cumsum(weight) / total, density.astype(np.float32))

    def from_spots(self, hit: Hit, draw: Float32[np.ndarray, "rays"]) -> Colours:
        """Illuminance from one of the brightest boxes, its share by the balance heuristic."""
        light = np.zeros((len(hit.depth), 3), np.float32)
        spots = self.spots
        if not len(spots.which):
            return light
        chosen = np.minimum(np.searchsorted(spots.cumulative, draw), len(spots.which) - 1)
        there = picked(self.points, spots.which[chosen])
        way = there.point + there.normal * np.float32(_NUDGE) - hit.point
        reach = np.sqrt(np.einsum("cr,cr->r", way, way))
        way /= np.maximum(reach, 1e-6)
        cosine = np.einsum("cr,cr->r", way, hit.normal)
        facing = -np.einsum("cr,cr->r", way, there.normal)
        go = np.flatnonzero((cosine > 1e-4) & (facing > 1e-3) & (reach > 0.01))
        start = hit.point[:, go] + hit.normal[:, go] * np.float32(_NUDGE)
        ways = np.ascontiguousarray(way[:, go])
        go = go[~self.stage.tracer.occluded(start, ways, reach[go] - np.float32(2 * _NUDGE))]
        near = picked(there, go)
        density = spots.density[self.box(near.point, near.normal)]
        by_area = density * reach[go] ** 2 / facing[go]
        sent = near.albedo * self.light_at(near) / np.float32(np.pi)
        light[go] = sent * (cosine[go] / (by_area + cosine[go] / np.pi))[:, None]
        return light

    def received(self, hit: Hit, paths: int) -> tuple[Colours, Colours]:
        """Illuminance of points but for the sun's, twice from halves of the paths."""
        halves = [np.zeros((len(hit.depth), 3), np.float32) for _ in range(2)]
        # The halves must not share their draws, or they would agree on what both have wrong.
        shift = self.stage.rng.random((2, 5, len(hit.depth)), np.float32)
        chance = chances(self.lights, hit)
        for number in range(paths):
            step = STEPS[:, None] * np.float32(number // 2)
            draws = (shift[number % 2] + step) % np.float32(1.0)
            light = straight(self.stage, self.lights, hit, chance, draws[:3])
            start, way, there, cosine = self.sent(hit, draws[3:])
            got = met(self.stage, self.lights, chance, start, way, there, cosine)
            go = np.flatnonzero(there.seen)
            got[go] += self._reflected(picked(there, go), way[:, go], cosine[go])
            light += self.from_spots(hit, (draws[1] + draws[4]) % np.float32(1.0))
            halves[number % 2] += light + got * np.float32(np.pi)
        even = (paths + 1) // 2
        return halves[0] / np.float32(even), halves[1] / np.float32(max(paths - even, 1))

    def _reflected(self, near: Hit, way: Rays, cosine: Float32[np.ndarray, "rays"]) -> Colours:
        """Radiance of what rays about a normal run into; of the brightest, the other share."""
        number = self.box(near.point, near.normal)
        facing = np.maximum(-np.einsum("cr,cr->r", way, near.normal), 1e-3)
        by_area = self.spots.density[number] * near.depth**2 / facing
        share = (cosine / np.pi) / (cosine / np.pi + by_area)
        share *= (number >= 0) & ~self.lamp[near.surface]
        return near.albedo * self.solved.light[number] * (share / np.pi)[:, None].astype(np.float32)

    def sent(self, hit: Hit, draws: np.ndarray) -> tuple[Rays, Rays, Hit, np.ndarray]:
        """A ray about each point's normal: its start, direction, what it hits, its cosine."""
        way = cosine_spread(hit.normal, draws)
        start = hit.point + hit.normal * np.float32(_NUDGE)
        cosine = np.maximum(np.einsum("cr,cr->r", way, hit.normal), 1e-4)
        return start, way, self.stage.hit(start, way), cosine

    def exchange(self, part: int, parts: int) -> Exchange:
        """Trace some of the points."""
        self.stage.reseed(2, part)
        count = len(self.points.depth)
        mine = np.arange(count * part // parts, count * (part + 1) // parts)
        hit = picked(self.points, mine)
        direct = np.zeros((len(mine), 3), np.float32)
        for _ in range(_SUN_TRIES):
            direct += self.stage.sunlit(hit) / np.float32(_SUN_TRIES)
        shift = self.stage.rng.random((5, len(mine)), np.float32)
        chance = chances(self.lights, hit)
        box = np.full((len(mine), _RAYS), -1, np.int32)
        albedo = np.zeros((len(mine), _RAYS, 3), np.float32)
        for ray in range(_RAYS):
            draws = (shift + STEPS[:, None] * np.float32(ray)) % np.float32(1.0)
            if ray < _STRAIGHT:
                direct += straight(self.stage, self.lights, hit, chance, draws[:3]) / _STRAIGHT
            start, way, there, cosine = self.sent(hit, draws[3:])
            got = met(self.stage, self.lights, chance, start, way, there, cosine)
            direct += got * np.float32(np.pi / _RAYS)
            go = np.flatnonzero(there.seen)
            near = picked(there, go)
            number = self.box(near.point, near.normal)
            box[go, ray] = np.where(self.lamp[near.surface], -1, number)
            albedo[go, ray] = near.albedo
        return Exchange(direct, box, albedo)


def solved(chamber: Chamber, parts: list[Exchange]) -> Boxes:
    """The light of all boxes after all bounces."""
    direct, box, albedo = (
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("direct", "box", "albedo")
    )
    own = chamber.own
    count = np.maximum(np.bincount(own, minlength=len(chamber.keys)), 1)[:, None]
    albedo *= (box >= 0)[..., None]

    def mean(values: np.ndarray) -> np.ndarray:
        columns = [np.bincount(own, values[:, c], len(chamber.keys)) for c in range(3)]
        return np.stack(columns, axis=1) / count

    light = mean(direct)
    for _ in range(_ROUNDS):
        came = np.einsum("prc,prc->pc", albedo, light[box].astype(np.float32)) / box.shape[1]
        light = mean(direct + came)
    return Boxes(chamber.keys, light.astype(np.float32))
