# SPDX-License-Identifier: Apache-2.0
"""Fewer triangles by collapsing edges onto one of their ends, so that every attribute follows.

No place is made or moved: a level of detail stands on places of the original, with their skin
weights and morph offsets exactly as they were, and shows its UVs and normals. In each round the
cheapest collapses that do not touch each other are made at once (arrays, no queue), which follows
the greedy order of Garland and Heckbert closely and is a hundred times faster in NumPy.

Words: a *vertex* is what the file holds (seams are split); a *point* is a place, with one or more
vertices. Where a point collapses, each of its vertices becomes the one that shares an edge with it;
one that has none keeps its UV and takes the new place, which slides the picture there a little and
is counted in the cost. Points on open edges stay on them, the link condition keeps the surface a
surface, and no face may turn over.

What it cannot do: close holes, join pieces that do not touch, or remove a piece altogether.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64

from gen3d.delivery.quadrics import edge_quadrics, error_at, face_normals, face_quadrics

_ROUND_SHARE = 0.35
"""Of the allowed collapses, the cheapest that one round may make: less is slower and greedier."""
_LEAST_COSINE = 0.25
"""Between a face's normal before and after: a face may not turn by more than 75°."""
_LEAST_SHAPE = 0.02
"""Area over squared longest side, below which a face is a needle that no collapse may make."""
_ROUNDS = 400
_ENOUGH = 256
"""Collapses that make a round worth its while."""
_PASSES = 4
"""In which one round looks for more collapses that do not touch those that it has."""
_SLIDE = 0.25
"""Of a picture that slides by some length, against a surface that lies as far off."""


@dataclass(frozen=True)
class Surface:
    """Triangles between vertices, and what the vertices are worth."""

    verts: Float64[np.ndarray, "verts 3"]
    faces: Int64[np.ndarray, "faces 3"]
    piece: Int64[np.ndarray, "verts"]
    """Number of the part that a vertex belongs to: places are merged only within one."""
    traits: Float64[np.ndarray, "verts traits"]
    """What bends or colours the surface, in metres: two vertices that differ by d here cost a
    collapse as much as a surface that lies d off."""
    normals: Float64[np.ndarray, "verts 3"]
    """Which side is out."""
    worth: Float64[np.ndarray, "verts"]
    """Factor on the error of each vertex: faces and hands are looked at more closely."""


@dataclass(frozen=True)
class Level:
    """A simplified surface; ``place`` and ``look`` are vertices of the original."""

    faces: Int64[np.ndarray, "faces 3"]
    place: Int64[np.ndarray, "verts"]
    """Where each vertex stands and how it is skinned."""
    look: Int64[np.ndarray, "verts"]
    """Whose UV and normal it has."""


@dataclass(frozen=True)
class _Edges:
    """Half-edges, both directions of every edge, without repetition."""

    start: Int64[np.ndarray, "edges"]
    end: Int64[np.ndarray, "edges"]
    slides: Float64[np.ndarray, "edges"]
    """Share of the start's vertices that no vertex of the end continues."""
    allowed: Bool[np.ndarray, "edges"]


def collapse(surface: Surface, targets: Sequence[int]) -> list[Level]:
    """Each level of detail: at most so many faces, unless nothing more can collapse.

    Args:
        surface: The whole figure.
        targets: Face counts, falling; each level goes on from the one before.
    """
    state = _State(surface)
    levels: list[Level] = []
    for target in targets:
        for _ in range(_ROUNDS):
            if len(state.verts) <= target or not state.round(target):
                break
        levels.append(state.level())
    return levels


class _State:
    """A mesh being simplified."""

    def __init__(self, surface: Surface) -> None:
        self.point_of = self.first_point = _places(surface)
        count = int(self.point_of.max()) + 1
        self.place = np.zeros(count, dtype=np.int64)
        self.place[self.point_of] = np.arange(len(surface.verts))
        self.points = surface.verts[self.place]
        self.traits = surface.traits[self.place]
        self.normals = surface.normals[self.place]
        self.worth = np.ones(count)
        np.maximum.at(self.worth, self.point_of, surface.worth)
        self._keep_whole(surface.faces)
        planes = face_quadrics(self.points, self.corners)
        self.area = np.trace(planes[:, :3, :3], axis1=1, axis2=2)
        self.quadrics = planes + self._line_quadrics()

    def level(self) -> Level:
        """The present surface, without the vertices that nothing uses."""
        used, _ = _distinct(self.verts.ravel())
        stayed = self.point_of[used] == self.first_point[used]
        place = np.where(stayed, used, self.place[self.point_of[used]])
        return Level(np.searchsorted(used, self.verts), place, used)

    def _line_quadrics(self) -> np.ndarray:
        normal, _ = face_normals(self.points, self.corners)
        # Edges between vertices, not points: a seam is open on either side, and so holds its line.
        ends, face = _open_edges(self.verts)
        return edge_quadrics(self.points, self.point_of[ends], normal[face])

    def _keep_whole(self, faces: np.ndarray) -> None:
        """Take these faces, without those that have lost a corner."""
        points = self.point_of[faces]
        whole = np.all(points != np.roll(points, 1, axis=1), axis=1)
        self.verts, self.corners = faces[whole], points[whole]

    def round(self, target: int) -> bool:
        """Make the cheapest independent collapses; False when none is left."""
        edges = _edges(self.verts, self.corners, self.point_of)
        start, end = edges.start[edges.allowed], edges.end[edges.allowed]
        if not len(start):
            return False
        cost = self._cost(start, end, edges.slides[edges.allowed])
        order = np.argsort(cost, kind="stable")
        cheap = np.searchsorted(cost[order], self._dearest(cost, start, target), side="right")
        few = min(max(int(_ROUND_SHARE * len(order)), 256), max(int(cheap), 64))
        wanted = max((len(self.corners) - target + 1) // 2, 1)
        # Where most of the cheap ones would tear the surface, dearer ones are looked at.
        for reach in (few, 4 * few, len(order)):
            sound = self._sound(start[order[:reach]], end[order[:reach]])
            if sound.sum() >= min(wanted, _ENOUGH) or reach >= len(order):
                break
        start, end = (ends[order[: len(sound)]][sound] for ends in (start, end))
        if not len(start):
            return False
        chosen = _independent(self.corners, start, end, len(self.points))
        # A collapse removes two faces (one on an open edge): not more than are wanted.
        self._apply(start[chosen[:wanted]], end[chosen[:wanted]])
        return True

    def _sound(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Whether each collapse leaves a surface whose faces look where they did."""
        whole = _link_holds(self.corners, start, end, len(self.points))
        return whole & self._faces_stay(start, end)

    def _dearest(self, cost: np.ndarray, start: np.ndarray, target: int) -> float:
        """What the last collapse would cost, if each point that goes went at its present cost."""
        least = np.full(len(self.points), np.inf)
        np.minimum.at(least, start, cost)
        wanted = max((len(self.corners) - target) // 2, 1)
        rising = np.sort(least[np.isfinite(least)])
        return float(rising[min(wanted, len(rising)) - 1]) if len(rising) else np.inf

    def _cost(self, start: np.ndarray, end: np.ndarray, slides: np.ndarray) -> np.ndarray:
        """Quadric error at the end, and what bends or colours the surface there instead."""
        flat = error_at(self.quadrics[start] + self.quadrics[end], self.points[end])
        gap = np.sum((self.traits[start] - self.traits[end]) ** 2, axis=1)
        span = np.sum((self.points[start] - self.points[end]) ** 2, axis=1)
        # Without slides the last term only orders collapses that cost nothing: short edges first.
        drift = (_SLIDE * slides + 1e-5) * span
        return self.worth[start] * (flat + self.area[start] * (gap + drift))

    def _faces_stay(self, start: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Whether no face around ``start`` turns over or becomes a needle when it moves."""
        faces = self.corners
        candidate, face = _incident(faces, start, len(self.points))
        touches = np.any(faces[face] == end[candidate][:, None], axis=1)
        candidate, face = candidate[~touches], face[~touches]
        before, _ = face_normals(self.points, faces[face])
        out = self.normals[faces[face]].mean(axis=1)
        moved = np.where(
            faces[face] == start[candidate][:, None], end[candidate][:, None], faces[face]
        )
        after, area = face_normals(self.points, moved)
        corners = self.points[moved]
        longest = np.sum((corners - np.roll(corners, 1, axis=1)) ** 2, axis=2).max(axis=1)
        bad = (np.sum(before * after, axis=1) < _LEAST_COSINE) | (area < _LEAST_SHAPE * longest)
        # Small turns add up: a face that looked out must still do so.
        bad |= (np.sum(before * out, axis=1) > 0) & (
            np.sum(after * self.normals[moved].mean(axis=1), axis=1) <= 0
        )
        fine = np.ones(len(start), dtype=bool)
        fine[candidate[bad]] = False
        return fine

    def _apply(self, start: np.ndarray, end: np.ndarray) -> None:
        becomes = np.arange(len(self.points))
        becomes[start] = end
        # Each vertex of a point that goes becomes the vertex that shares an edge with it …
        target = np.arange(len(self.point_of))
        for i, j in ((0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2)):
            on_edge = becomes[self.corners[:, i]] == self.corners[:, j]
            on_edge &= self.corners[:, i] != self.corners[:, j]
            target[self.verts[on_edge, i]] = self.verts[on_edge, j]
        # … or, where none does, takes the place and keeps its look.
        self.point_of = becomes[self.point_of]
        self._keep_whole(target[self.verts])
        np.add.at(self.quadrics, end, self.quadrics[start])
        np.add.at(self.area, end, self.area[start])
        np.maximum.at(self.worth, end, self.worth[start])


def _places(surface: Surface) -> Int64[np.ndarray, "verts"]:
    """The same number for vertices of one part that stand in one place."""
    keys = np.column_stack([surface.piece, np.round(surface.verts * 1e6).astype(np.int64)])
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)


def _open_edges(
    faces: Int64[np.ndarray, "faces 3"],
) -> tuple[Int64[np.ndarray, "edges 2"], Int64[np.ndarray, "edges"]]:
    """Edges that one face alone has, and that face."""
    edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    keys = edges[:, 0] * (int(faces.max()) + 1) + edges[:, 1]
    _, first, counts = np.unique(keys, return_index=True, return_counts=True)
    lonely = first[counts == 1]
    return edges[lonely], lonely // 3


def _edges(verts: np.ndarray, corners: np.ndarray, point_of: np.ndarray) -> _Edges:
    """Half-edges and whether each may collapse onto its end, as far as topology decides."""
    i, j = (0, 1, 2, 1, 2, 0), (1, 2, 0, 0, 1, 2)
    size, count = len(point_of), int(point_of.max()) + 1
    links, faces_on = _distinct((corners[:, i] * count + corners[:, j]).ravel())
    start, end = links // count, links % count
    pairs, _ = _distinct((verts[:, i] * size + verts[:, j]).ravel())
    first = pairs // size
    on = np.searchsorted(links, point_of[first] * count + point_of[pairs % size])
    partners = np.bincount(on, minlength=len(links))
    # A vertex with two partners would have to become both: its seam ends here.
    doubled = np.zeros(len(links), dtype=bool)
    shared, repeats = _distinct(on * size + first)
    doubled[shared[repeats > 1] // size] = True
    vertices_at = np.bincount(point_of[_distinct(verts.ravel())[0]], minlength=count)
    rim, tangled = np.zeros((2, count), dtype=bool)
    for flags, chosen in ((rim, faces_on == 1), (tangled, faces_on > 2)):
        flags[start[chosen]] = True
        flags[end[chosen]] = True
    faces_at = np.bincount(corners.ravel(), minlength=count)
    # Fewer faces than this around a point and the piece would vanish.
    enough = faces_at[start] >= np.where(rim[start], 2, 4)
    along_rim = ~rim[start] | (faces_on == 1)
    allowed = ~doubled & along_rim & enough & ~tangled[start] & (faces_on <= 2)
    slides = 1.0 - np.minimum(partners / np.maximum(vertices_at[start], 1), 1.0)
    return _Edges(start, end, slides, allowed)


def _incident(
    faces: np.ndarray, points: np.ndarray, count: int
) -> tuple[Int64[np.ndarray, "pairs"], Int64[np.ndarray, "pairs"]]:
    """Every face around each of the given points: index into ``points``, and the face."""
    flat = faces.ravel()
    order = np.argsort(flat, kind="stable")
    first = np.searchsorted(flat[order], np.arange(count + 1))
    lengths = (first[1:] - first[:-1])[points]
    which = np.repeat(np.arange(len(points)), lengths)
    inside = np.arange(len(which)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return which, order[first[points][which] + inside] // 3


def _link_holds(faces: np.ndarray, start: np.ndarray, end: np.ndarray, count: int) -> np.ndarray:
    """Whether the ends of each edge have no common neighbour but the corners of its own faces."""
    near = []
    for points in (start, end):
        which, face = _incident(faces, points, count)
        around = faces[face]
        keys = which[:, None] * np.int64(count) + around
        near.append(_distinct(keys[around != points[which][:, None]])[0])
    common, times = _distinct(np.concatenate(near))
    shared = np.bincount(common[times > 1] // count, minlength=len(start))
    which, face = _incident(faces, start, count)
    both = np.any(faces[face] == end[which][:, None], axis=1)
    return shared == np.bincount(which[both], minlength=len(start))


def _independent(
    faces: np.ndarray, start: np.ndarray, end: np.ndarray, count: int
) -> Int64[np.ndarray, "chosen"]:
    """Collapses (in order of cost) none of which touches a face around another's ends."""
    rank = np.arange(len(start))
    left, chosen = rank, np.zeros(0, dtype=np.int64)
    for _ in range(_PASSES):
        best = np.full(count, len(start))
        np.minimum.at(best, start[left], left)
        np.minimum.at(best, end[left], left)
        np.minimum.at(best, faces.ravel(), np.repeat(best[faces].min(axis=1), 3))
        won = left[(best[start[left]] == left) & (best[end[left]] == left)]
        chosen = np.concatenate([chosen, won])
        dirty = np.zeros(count, dtype=bool)
        dirty[start[chosen]] = dirty[end[chosen]] = True
        dirty[faces[dirty[faces].any(axis=1)]] = True
        left = left[~dirty[start[left]] & ~dirty[end[left]]]
    return np.sort(chosen)


def _distinct(
    keys: Int64[np.ndarray, "keys"],
) -> tuple[Int64[np.ndarray, "distinct"], Int64[np.ndarray, "distinct"]]:
    """Sorted keys without repetition, and how often each occurs.

    (NumPy's own ``unique`` hashes, which takes a hundred times longer on keys like ours.)
    """
    ordered = np.sort(keys)
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    return ordered[first], np.diff(np.concatenate([first, [len(ordered)]]))
