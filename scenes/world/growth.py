# SPDX-License-Identifier: Apache-2.0
"""How wood grows: orders of branches at the golden angle, as thick as what they bear asks.

A branch is a line of nodes; all branches of an order have as many. Each is born on one of the order
before it, 137.5 degrees further round than its neighbour, rises towards the light and wavers. Its
cross-section is the sum of those that it bears (Leonardo's rule, as in the pipe model of Shinozaki
1964). Conventions: metres, +Y up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from scenes.world.meshes import Part

GOLDEN = np.pi * (3.0 - np.sqrt(5.0))
"""Angle from one shoot to the next round their branch, radians."""
_BARK_M = 0.8
Points = Float[np.ndarray, "_ 3"]
Lines = Float[np.ndarray, "_ _ 3"]


@dataclass(frozen=True)
class Buds:
    """Where branches of the next order begin."""

    spots: Points
    headings: Points
    parent: Int[np.ndarray, "points"]
    share: Float[np.ndarray, "points"]
    """Of the way along the parent."""


def unit(vectors: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3"]:
    """Vectors of length 1."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def grown(
    spots: Points,
    headings: Points,
    lengths: Float[np.ndarray, "points"],
    nodes: int,
    bend: tuple[float | Float[np.ndarray, "points"], float],
    rng: np.random.Generator,
) -> Lines:
    """Branches from their buds.

    Args:
        spots: Where they begin.
        headings: Where they set out to.
        lengths: Metres.
        nodes: Of each line.
        bend: How much they turn up on their way (down if negative), and how much they waver.
        rng: Of their wavering.
    """
    rise, crook = np.broadcast_to(bend[0], len(spots)), bend[1]
    line, step = [spots], lengths[:, None] / (nodes - 1)
    for _ in range(nodes - 1):
        turn = crook * rng.standard_normal((len(spots), 3)) / np.sqrt(nodes - 1)
        turn[:, 1] = 0.5 * turn[:, 1] + rise / (nodes - 1)
        headings = unit(headings + turn)
        line.append(line[-1] + step * headings)
    return np.stack(line, axis=1)


def along(lines: Lines, parent: np.ndarray, share: np.ndarray) -> tuple[Points, Points]:
    """Points on branches and the branches' directions there."""
    place = np.clip(share, 0.0, 1.0) * (lines.shape[1] - 1)
    low = np.minimum(place.astype(int), lines.shape[1] - 2)
    start, end = lines[parent, low], lines[parent, low + 1]
    return start + (place - low)[:, None] * (end - start), unit(end - start)


def across(direction: Points) -> tuple[Points, Points]:
    """Two directions square to each direction: a level one, and one that points up with it."""
    side = np.cross(direction, np.array([0.0, 1.0, 0.0]))
    steep = np.linalg.norm(side, axis=-1) < 1e-3
    side[steep] = np.array([1.0, 0.0, 0.0])
    side = unit(side)
    return side, np.cross(side, direction)


def budded(
    lines: Lines,
    shares: Float[np.ndarray, "per"],
    lean: tuple[float, float],
    rng: np.random.Generator,
) -> Buds:
    """Buds on every branch, at some shares of its length, each a golden angle round from the last.

    Args:
        lines: The branches.
        shares: Of their lengths.
        lean: Least and greatest angle between shoot and branch, radians.
        rng: Of where round the branch the first one is, and of the angles.
    """
    many, per = len(lines), len(shares)
    parent = np.repeat(np.arange(many), per)
    loose = (shares[-1] - shares[0]) / max(per - 1, 1) * rng.uniform(-0.4, 0.4, many * per)
    share = np.clip(np.tile(shares, many) + loose, 0.0, 1.0)
    spots, ahead = along(lines, parent, share)
    turn = np.repeat(rng.uniform(0, 2 * np.pi, many), per) + GOLDEN * np.tile(np.arange(per), many)
    angle = rng.uniform(*lean, many * per)
    side, up = across(ahead)
    out = np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * up
    headings = np.cos(angle)[:, None] * ahead + np.sin(angle)[:, None] * out
    return Buds(spots, headings, parent, share)


def thickness(
    many: int, nodes: int, tip_m: float, buds: Buds, borne_m: Float[np.ndarray, "points"]
) -> Float[np.ndarray, "branches nodes"]:
    """Radii of branches that bear others of radii ``borne_m``."""
    total = np.full((many, nodes), tip_m**2)
    for node, share in enumerate(np.linspace(0.0, 1.0, nodes)):
        beyond = buds.share > share
        total[:, node] += np.bincount(buds.parent[beyond], borne_m[beyond] ** 2, minlength=many)
    return np.sqrt(total)


def tubes(
    lines: Lines,
    radii: Float[np.ndarray, "branches nodes"] | Float[np.ndarray, "branches nodes sides"],
    sides: int,
    surface: int,
    shade: float | Float[np.ndarray, "branches nodes"] = 1.0,
) -> Part:
    """Branches as tubes, open at both ends; a third axis of radii is round the tube, seam twice."""
    many, nodes, _ = lines.shape
    ahead = unit(np.gradient(lines, axis=1))
    # One direction for the whole branch keeps its rings from twisting.
    mean = unit(lines[:, -1] - lines[:, 0])
    fixed = np.where(np.abs(mean[:, 1:2]) < 0.8, [[0.0, 1.0, 0.0]], [[0.0, 0.0, 1.0]])
    side = unit(np.cross(ahead, fixed[:, None]))
    other = np.cross(ahead, side)
    turn = 2 * np.pi * np.arange(sides + 1) / sides
    ring = np.cos(turn)[:, None] * side[:, :, None] + np.sin(turn)[:, None] * other[:, :, None]
    wide = radii if radii.ndim == 3 else radii[..., None]
    verts = lines[:, :, None] + wide[..., None] * ring
    gone = np.linalg.norm(np.diff(lines, axis=1), axis=-1)
    gone = np.concatenate([np.zeros((many, 1)), np.cumsum(gone, axis=1)], axis=1) / _BARK_M
    repeats = np.maximum(np.rint(2 * np.pi * wide[:, :1, :1] / _BARK_M), 1.0)
    grain = np.broadcast_to(gone[..., None], verts.shape[:3])
    round_ = np.broadcast_to(repeats * turn / (2 * np.pi), verts.shape[:3])
    tint = np.broadcast_to(np.asarray(shade, float), (many, nodes))[..., None, None]
    return Part(
        surface,
        verts.reshape(-1, 3),
        grid(many, nodes, sides),
        ring.reshape(-1, 3),
        np.broadcast_to(tint, verts.shape).reshape(-1, 3),
        np.stack([grain, round_], axis=-1).reshape(-1, 2),
    )


def grid(many: int, nodes: int, sides: int) -> Int[np.ndarray, "faces 3"]:
    """Triangles of tubes, counter-clockwise from outside."""
    branch, i, j = np.meshgrid(*map(np.arange, (many, nodes - 1, sides)), indexing="ij")
    a = ((branch * nodes + i) * (sides + 1) + j).ravel()
    b, c = a + 1, a + sides + 1
    return np.concatenate([np.stack([a, b, c + 1], 1), np.stack([a, c + 1, c], 1)])


def slivers(
    lines: Lines, radii: Float[np.ndarray, "branches nodes"], surface: int, shade: float = 1.0
) -> Part:
    """Twigs too thin for sides: a triangle each, wide where it begins."""
    start, end = lines[:, 0], lines[:, -1]
    side, up = across(unit(end - start))
    # Turned by turns, so that from anywhere some are seen flat.
    turn = np.arange(len(lines)) * GOLDEN
    wide = (np.cos(turn)[:, None] * side + np.sin(turn)[:, None] * up) * radii[:, :1]
    verts = np.stack([start - wide, start + wide, end], axis=1).reshape(-1, 3)
    normal = np.repeat(unit(np.cross(wide, end - start)), 3, axis=0)
    count = len(verts)
    return Part(
        surface,
        verts,
        np.arange(count).reshape(-1, 3),
        normal,
        np.full((count, 3), shade),
        np.zeros((count, 2)),
    )
