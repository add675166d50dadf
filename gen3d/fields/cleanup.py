# SPDX-License-Identifier: Apache-2.0
"""From a raw surface to one that an artist accepts: no specks, closed, few triangles, and a report.

Every step returns a new mesh; :func:`survey` says what is true of one. A surface is *watertight*
when each edge belongs to two triangles that run along it in opposite directions; its genus then is
the number of its handles (a ball 0, a mug 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int64
from scipy.sparse import csr_matrix

from gen3d.errors import Gen3dError
from gen3d.fields.closest import labels, picked
from gen3d.fields.needles import without_needles
from gen3d.fields.surface import LevelFunction, onto
from gen3d.foundry.solids import Solid, volume

_EAGERNESS = (7.0, 5.0, 3.0, 1.0)
"""How soon the quadric decimation accepts a collapse, from hasty to careful."""


@dataclass(frozen=True)
class Soundness:
    """What is true of a surface."""

    triangles: int
    pieces: int
    open_edges: int
    crowded_edges: int
    """Shared by more than two triangles, or run through twice in one direction."""
    pinched_verts: int
    """Where two sheets touch in one vertex only."""
    genus: int | None
    """Handles of all pieces together; None for a surface that is not watertight."""
    volume: float
    """Cubic units of the unit frame."""

    @property
    def watertight(self) -> bool:
        """Whether every edge has its two sides."""
        return self.open_edges == 0 and self.crowded_edges == 0

    @property
    def why(self) -> str:
        """What keeps it from being one watertight piece; empty when nothing does."""
        reasons = {
            f"{self.open_edges} edges are open": self.open_edges,
            f"{self.crowded_edges} edges have more than two sides": self.crowded_edges,
            f"it has {self.pieces} separate pieces": self.pieces > 1,
        }
        return ", ".join(reason for reason, applies in reasons.items() if applies)


@dataclass(frozen=True)
class Cleaned:
    """A surface after :func:`cleaned`, and what was done to it."""

    surface: Solid
    soundness: Soundness
    dropped_pieces: int
    dropped_volume: float
    """Share of the whole."""
    filled_cavities: int
    """Closed hollows inside that nobody sees."""
    within_budget: bool


def cleaned(
    surface: Solid,
    *,
    budget: int = 20_000,
    smallest_share: float = 0.05,
    smoothing: int = 0,
    function: LevelFunction | None = None,
) -> Cleaned:
    """Remove specks and hollows, smooth, reduce to a budget, and look at the result.

    Args:
        surface: Raw triangles.
        budget: Most triangles.
        smallest_share: Pieces below this share of the largest one's volume are specks.
        smoothing: Steps of Taubin's filter.
        function: The level function that the surface comes from: vertices go back onto it.

    Raises:
        Gen3dError: Nothing is left.
    """
    tidy = without_degenerate(surface)
    kept, specks, hollows, lost = without_specks(tidy, smallest_share)
    if smoothing:
        kept = smoothed(kept, smoothing)
    reduced = decimated(kept, budget)
    if function is not None and reduced is not kept:
        reduced = _back_onto(reduced, function)
    reduced = without_needles(reduced)
    return Cleaned(
        surface=reduced,
        soundness=survey(reduced),
        dropped_pieces=specks,
        dropped_volume=lost,
        filled_cavities=hollows,
        within_budget=len(reduced.faces) <= budget,
    )


def _back_onto(surface: Solid, function: LevelFunction) -> Solid:
    """Vertices on the level set again, except those whose triangles that would turn over."""
    moved = onto(surface, function, reach=0.5 * _mean_edge(surface))
    for _ in range(4):
        folded = np.sum(_normals(moved) * _normals(surface), axis=1) < 0.0
        if not folded.any():
            return moved
        verts = moved.verts.copy()
        held = np.unique(moved.faces[folded])
        verts[held] = surface.verts[held]
        moved = Solid(verts, surface.faces)
    return surface


def _mean_edge(surface: Solid) -> float:
    corners = surface.verts[surface.faces]
    return float(np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2).mean())


def _normals(surface: Solid) -> Float64[np.ndarray, "faces 3"]:
    """Normals of the faces, as long as twice their areas."""
    a, b, c = np.moveaxis(surface.verts[surface.faces], 1, 0)
    return np.cross(b - a, c - a)


def survey(surface: Solid) -> Soundness:
    """Look at a surface."""
    faces = surface.faces.astype(np.int64)
    count = len(surface.verts)
    uses, balance = _edges(faces, count)
    open_edges = int((uses == 1).sum())
    crowded = int(((uses > 2) | ((uses == 2) & (balance != 0))).sum())
    pieces = int(labels(surface).max(initial=-1)) + 1
    closed = open_edges == 0 and crowded == 0
    used = len(np.unique(faces))
    fans, sheets = _fans(faces, count)
    # Euler: V - E + F = 2 (sheets - handles), where a pinch counts as the vertices it is of.
    euler = fans - len(uses) + len(faces)
    return Soundness(
        triangles=len(faces),
        pieces=pieces,
        open_edges=open_edges,
        crowded_edges=crowded,
        pinched_verts=fans - used,
        genus=(2 * sheets - euler) // 2 if closed else None,
        volume=volume(surface),
    )


def _edges(
    faces: Int64[np.ndarray, "faces 3"], count: int
) -> tuple[Int64[np.ndarray, "edges"], Int64[np.ndarray, "edges"]]:
    """How many triangles use each edge, and how many more run along it upwards than downwards."""
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    key = np.minimum(start, end) * count + np.maximum(start, end)
    _, edge, uses = np.unique(key, return_inverse=True, return_counts=True)
    balance = np.bincount(edge, np.where(start < end, 1, -1), minlength=len(uses))
    return uses.astype(np.int64), balance.astype(np.int64)


def _fans(faces: Int64[np.ndarray, "faces 3"], count: int) -> tuple[int, int]:
    """How many vertices there would be if each fan of triangles had its own, and how many sheets.

    Two corners of a vertex are in one fan when their triangles share an edge at it; two triangles
    are in one sheet when a chain of shared edges leads from one to the other.
    """
    keys, owner = _sides(faces, count)
    order = np.argsort(keys, kind="stable")
    keys, owner = keys[order], owner[order]
    joined = keys[1:] == keys[:-1]
    a, b = owner[:-1][joined], owner[1:][joined]
    fans, sheets = _classes(a, b, faces.size), _classes(a // 3, b // 3, len(faces))
    return int(fans.max()) + 1, int(sheets.max()) + 1


def _sides(
    faces: Int64[np.ndarray, "faces 3"], count: int
) -> tuple[Int64[np.ndarray, "sides"], Int64[np.ndarray, "sides"]]:
    """A key for each side (vertex, other end) of a corner, and the number of the corner.

    Two corners that meet over an edge have an equal key.
    """
    corner = np.arange(faces.size).reshape(-1, 3)
    ahead = faces * count + np.roll(faces, -1, axis=1)
    behind = faces * count + np.roll(faces, 1, axis=1)
    keys = np.concatenate([ahead.ravel(), behind.ravel()])
    return keys, np.concatenate([corner.ravel(), corner.ravel()])


def unpinched(surface: Solid) -> Solid:
    """Where two sheets touch in a vertex or an edge, each gets vertices of its own.

    What several handles too small for the budget leave behind; nothing moves.
    """
    faces = surface.faces.astype(np.int64)
    count = len(surface.verts)
    keys, owner = _sides(faces, count)
    # Over an edge that four triangles share nothing is joined: the rest of each fan does that.
    _, edge, uses = np.unique(keys, return_inverse=True, return_counts=True)
    order = np.argsort(edge, kind="stable")
    order = order[uses[edge[order]] == 2].reshape(-1, 2)
    a, b = owner[order[:, 0]], owner[order[:, 1]]
    fan = _classes(a, b, faces.size)
    _, first, number = np.unique(fan, return_index=True, return_inverse=True)
    verts = surface.verts[faces.ravel()[first]]
    return Solid(verts, number.reshape(-1, 3).astype(np.int32))


def _classes(a: np.ndarray, b: np.ndarray, count: int) -> Int64[np.ndarray, "things"]:
    """Number of the class of each of some things, of which some are pairwise equal."""
    from scipy.sparse.csgraph import connected_components

    graph = csr_matrix((np.ones(len(a), np.int8), (a, b)), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def without_degenerate(surface: Solid) -> Solid:
    """Without triangles that name a vertex twice, and without unused vertices."""
    faces = surface.faces
    twice = (faces == np.roll(faces, 1, axis=1)).any(axis=1)
    return picked(surface, np.flatnonzero(~twice))


def without_specks(surface: Solid, smallest_share: float) -> tuple[Solid, int, int, float]:
    """Keep the pieces that count.

    Returns:
        The mesh, how many specks and how many hollows were removed, and the specks' share of all
        volume.

    Raises:
        Gen3dError: There is no piece with a volume.
    """
    label = labels(surface)
    a, b, c = np.moveaxis(surface.verts[surface.faces], 1, 0)
    # Divergence theorem, piece by piece: negative for the wall of a hollow.
    signed = np.bincount(label, np.einsum("ij,ij->i", a, np.cross(b, c)) / 6.0)
    if not len(signed) or signed.max() <= 0.0:
        raise Gen3dError(
            "The surface encloses no volume.", "Fit the field for longer, or start from a draft."
        )
    hollow = signed < 0.0
    speck = ~hollow & (signed < smallest_share * signed.max())
    keep: Bool[np.ndarray, "faces"] = ~(hollow | speck)[label]
    lost = float(signed[speck].sum() / signed[~hollow].sum())
    return picked(surface, np.flatnonzero(keep)), int(speck.sum()), int(hollow.sum()), lost


def smoothed(surface: Solid, steps: int, inward: float = 0.5, outward: float = -0.53) -> Solid:
    """Taubin's filter ("A Signal Processing Approach to Fair Surface Design", 1995), eq. 5-6.

    Each step moves vertices towards the mean of their neighbours and then a little farther back,
    so that noise goes and volume stays.
    """
    count = len(surface.verts)
    start, end = surface.faces.ravel(), np.roll(surface.faces, -1, axis=1).ravel()
    ones = np.ones(2 * len(start))
    pairs = (np.concatenate([start, end]), np.concatenate([end, start]))
    neighbours = csr_matrix((ones, pairs), shape=(count, count))
    degree = np.asarray(neighbours.sum(axis=1)).clip(min=1.0)
    verts = surface.verts
    for _ in range(steps):
        for factor in (inward, outward):
            verts = verts + factor * (neighbours @ verts / degree - verts)
    return Solid(verts, surface.faces)


def decimated(surface: Solid, budget: int) -> Solid:
    """Collapse edges by quadric error (Garland and Heckbert 1997) until a budget is met.

    The result is as watertight, and has the pieces and handles, as the surface had; where no
    eagerness keeps that, the one with the fewest faults among the results within the budget comes
    back, and :func:`survey` says what is wrong.
    """
    if len(surface.faces) <= budget:
        return surface
    wanted = survey(surface)
    tried: list[tuple[int, Solid]] = []
    for eagerness in _EAGERNESS:
        found = without_degenerate(_collapsed(surface, budget, eagerness))
        faults = _faults(survey(found), wanted, budget)
        if faults == 0:
            return found
        tried.append((faults, found))
    return min(tried, key=lambda entry: entry[0])[1]


def _faults(found: Soundness, wanted: Soundness, budget: int) -> int:
    """How much worse a decimated surface is than the one it was made from."""
    changed = (found.pieces != wanted.pieces) + (found.genus != wanted.genus)
    worse = max(found.open_edges - wanted.open_edges, 0)
    worse += max(found.crowded_edges - wanted.crowded_edges, 0)
    return worse + changed + max(found.triangles - budget, 0)


def _collapsed(surface: Solid, budget: int, eagerness: float) -> Solid:
    import fast_simplification

    verts, faces = fast_simplification.simplify(
        surface.verts.astype(np.float64),
        surface.faces,
        target_count=budget,
        agg=eagerness,
    )[:2]
    return Solid(np.asarray(verts, np.float64), np.asarray(faces, np.int32))
