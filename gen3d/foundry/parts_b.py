# SPDX-License-Identifier: Apache-2.0
"""Pieces that toys, food, plants, vehicles, buildings and creatures share, put where they belong.

Everything is made of :mod:`gen3d.foundry.solids`; positions are ``(x, y, z)`` in the builder's own
units, +Y up and +Z the front.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Float64

from gen3d.foundry.solids import (
    Solid,
    Vec3,
    box,
    cone,
    cylinder,
    ellipsoid,
    joined,
    moved,
    prism,
    scaled,
    tube,
    turned,
)

Outline = Sequence[tuple[float, float]]


def ball(at: Vec3, x: float, y: float | None = None, z: float | None = None, n: int = 9) -> Solid:
    """An ellipsoid with half axes ``x y z`` (one: a ball) about a point; ``2 n`` sides."""
    return moved(ellipsoid(x, y, z, n), *at)


def bead(at: Vec3, x: float, y: float | None = None, z: float | None = None) -> Solid:
    """A small coarse ball: eyes, buttons, seeds."""
    return ball(at, x, y, z, 6)


def block(at: Vec3, x: float, y: float, z: float, bevel: float = 0.03) -> Solid:
    """A box of full sizes ``x y z`` whose underside is centred on a point.

    Its edges are rounded by ``bevel``; a hair's breadth (0.01) or less leaves them sharp, which
    takes a seventh of the triangles.
    """
    if bevel > 0.01:
        return moved(box(x, y, z, bevel), *at)
    return moved(scaled(_cube(), x, y, z), *at)


@lru_cache(maxsize=1)
def _cube() -> Solid:
    """A sharp box of size 1."""
    return prism([(-0.5, 0.0), (0.5, 0.0), (0.5, 1.0), (-0.5, 1.0)], 1.0)


def rod(start: Vec3, end: Vec3, radius: float, sides: int = 12) -> Solid:
    """A straight round bar."""
    return tube([start, end], radius, sides)


def spread(solid: Solid, places: Sequence[Vec3]) -> Solid:
    """Copies of a solid moved to some places."""
    return joined(*(moved(solid, *place) for place in places))


def sides(solid: Solid, x: float, y: float = 0.0, z: float = 0.0) -> Solid:
    """A solid that is symmetric in itself, at ``x`` and at ``-x``."""
    return spread(solid, [(x, y, z), (-x, y, z)])


def spine(
    path: Sequence[Vec3], radii: Sequence[float], steps: int = 16
) -> tuple[Float64[np.ndarray, "steps 3"], Float64[np.ndarray, "steps"]]:
    """A smooth curve through some points and the thickness along it (no overshoot)."""
    from scipy.interpolate import CubicSpline, PchipInterpolator

    control = np.asarray(path, np.float64)
    chord = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(control, axis=0), axis=1))])
    at = np.linspace(0.0, chord[-1], steps)
    curve: Float64[np.ndarray, "steps 3"] = CubicSpline(chord, control)(at)
    width: Float64[np.ndarray, "steps"] = PchipInterpolator(chord, np.asarray(radii))(at)
    return curve, width


def limb(path: Sequence[Vec3], radii: Sequence[float], steps: int = 10, sides: int = 14) -> Solid:
    """A tapered round tube through some points with round ends: legs, tails, necks, trunks."""
    curve, width = spine(path, radii, steps)
    ends = np.linspace(np.pi / 2, 0.0, 3)[:-1]
    out = (curve[0] - curve[1]) / max(float(np.linalg.norm(curve[0] - curve[1])), 1e-9)
    on = (curve[-1] - curve[-2]) / max(float(np.linalg.norm(curve[-1] - curve[-2])), 1e-9)
    first = [curve[0] + out * (width[0] * np.sin(a)) for a in ends]
    last = [curve[-1] + on * (width[-1] * np.sin(a)) for a in reversed(ends)]
    # A ring of almost no width closes each end without a flat cap.
    round_ = [max(float(np.cos(a)), 0.03) for a in ends]
    points = np.concatenate([np.array(first), curve, np.array(last)])
    thick = [*(width[0] * c for c in round_), *width, *(width[-1] * c for c in reversed(round_))]
    return tube([(float(x), float(y), float(z)) for x, y, z in points], thick, sides)


def along_back(
    curve: Float64[np.ndarray, "steps 3"],
    width: Float64[np.ndarray, "steps"],
    shape: Solid,
    sizes: dict[int, float],
) -> Solid:
    """Copies of an upright shape on top of a spine that runs in the y-z plane towards +Z.

    Args:
        curve: The spine's points.
        width: Its radius at each.
        shape: Stands on y = 0, and is sunk a little into the back.
        sizes: Index of a spine point -> scale of the copy there.
    """
    copies: list[Solid] = []
    for index, size in sizes.items():
        before, after = curve[max(index - 1, 0)], curve[min(index + 1, len(curve) - 1)]
        pitch = float(np.arctan2(after[1] - before[1], after[2] - before[2]))
        lift = float(width[index]) * 0.92 - 0.04 * size
        placed = turned(moved(scaled(shape, size), y=lift), "x", -np.rad2deg(pitch))
        copies.append(moved(placed, *(float(v) for v in curve[index])))
    return joined(*copies)


def legs(half_x: float, front_z: float, back_z: float, top: float, radius: float) -> Solid:
    """Four straight legs that stand on y = 0, a little wider at the hip."""
    one = limb(
        [(0.0, top, 0.0), (0.0, 0.55 * top, 0.0), (0.0, radius, 0.0)],
        [1.2 * radius, radius, radius],
        5,
    )
    places = [(s * half_x, 0.0, z) for s in (-1.0, 1.0) for z in (front_z, back_z)]
    return spread(one, places)


def side_prism(outline: Outline, width: float, bevel: float = 0.0) -> Solid:
    """Extrude a ``(z, y)`` outline (as seen with +Z to the right) along x, centred."""
    return turned(prism(outline, width, bevel), "y", -90.0)


def roof_planes(outline: Outline, depth: float) -> Solid:
    """Extrude a bent strip along z: an outline of ``2 n`` points, there and back again.

    Unlike a prism's, the outline need not be star-shaped: point ``i`` lies across from point
    ``2 n - 1 - i``, and the strip between them is filled in quads. Counter-clockwise from +Z.
    """
    flat = np.asarray(outline, np.float64)
    count = len(flat)
    verts = np.concatenate(
        [np.column_stack([flat, np.full(count, z)]) for z in (-depth / 2, depth / 2)]
    )
    faces: list[tuple[int, int, int]] = []
    for i in range(count):
        j = (i + 1) % count
        faces += [(i, j, count + j), (i, count + j, count + i)]
    for i in range(count // 2 - 1):
        a, b, c, d = i, i + 1, count - 2 - i, count - 1 - i
        faces += [(a, c, b), (a, d, c)]
        faces += [(count + a, count + b, count + c), (count + a, count + c, count + d)]
    return Solid(verts, np.array(faces, np.int32))


def gable(at: Vec3, x: float, height: float, z: float, eave: float = 0.06) -> Solid:
    """A saddle roof whose ridge runs along z; ``at`` is the middle of its underside."""
    half = x / 2.0
    outline = [(-half, 0.0), (half, 0.0), (half, eave), (0.0, eave + height), (-half, eave)]
    return moved(prism(outline, z, 0.02), *at)


def spire(at: Vec3, radius: float, height: float, sides: int = 4) -> Solid:
    """A pyramid or cone roof with a small eave; four sides lie along the axes."""
    turn = 45.0 if sides == 4 else 0.0
    return moved(turned(cone(radius, height, 0.02 * radius, sides), "y", turn), *at)


def wheel(at: Vec3, radius: float, width: float, sides: int = 28) -> Solid:
    """A wheel rolling along z, centred at a point."""
    upright = moved(cylinder(radius, width, 0.22 * min(radius, width), sides), y=-width / 2.0)
    return moved(turned(upright, "z", 90.0), *at)


def disc(at: Vec3, radius: float, depth: float, sides: int = 28) -> Solid:
    """A round plate facing +Z, centred at a point."""
    upright = moved(cylinder(radius, depth, 0.2 * depth, sides), y=-depth / 2.0)
    return moved(turned(upright, "x", 90.0), *at)


def leaf(length: float, width: float, thick: float = 0.05, droop: float = 0.3) -> Solid:
    """A pointed leaf from the origin along +Z, arched by ``droop`` of its length."""
    t = np.linspace(0.0, 1.0, 9)
    across = width / 2.0 * np.sin(np.pi * t**0.8).clip(min=0.0) ** 0.9 + 0.07 * width
    heights = length * droop * (1.2 * t - 2.2 * t**2)
    path = [(0.0, float(h), float(length * s)) for h, s in zip(heights, t, strict=True)]
    blade = tube(path, [float(a) for a in across], 10)
    middle = np.interp(blade.verts[:, 2], length * t, heights)
    half = np.interp(blade.verts[:, 2], length * t, across)
    # Thinner towards the edge and the tip, but never too thin for a field.
    depth = thick / 2.0 * (0.6 + 0.4 * half / float(across.max()))
    verts = blade.verts.copy()
    verts[:, 1] = middle + (verts[:, 1] - middle) / half * depth
    return Solid(verts, blade.faces)


def ribbed(solid: Solid, count: int, depth: float) -> Solid:
    """Vertical ribs about the +Y axis: the radius swings by ``depth`` of itself."""
    angle = np.arctan2(solid.verts[:, 0], solid.verts[:, 2])
    factor = 1.0 - depth * (0.5 + 0.5 * np.cos(count * angle))
    return Solid(solid.verts * np.stack([factor, np.ones_like(factor), factor], 1), solid.faces)


def bumpy(solid: Solid, amount: float, waves: float, shift: float = 0.0) -> Solid:
    """Lumps over a solid about its own middle: the distance swings by ``amount`` of itself."""
    middle = solid.verts.mean(axis=0)
    local = solid.verts - middle
    unit = local / np.maximum(np.linalg.norm(local, axis=1, keepdims=True), 1e-9)
    x, y, z = (unit * waves + shift).T
    swing = np.sin(x + 0.7 * z) * np.cos(y - 0.4 * x) + 0.5 * np.sin(1.7 * z + y)
    return Solid(middle + local * (1.0 + amount * swing[:, None]), solid.faces)


def eyes(x: float, y: float, z: float, radius: float) -> Solid:
    """A pair of eyes that look towards +Z."""
    return sides(bead((0.0, 0.0, 0.0), radius), x, y, z)
