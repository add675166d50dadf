# SPDX-License-Identifier: Apache-2.0
"""More closed solids: lofts, blocks, straps, hoops, walled vessels, pushed and dented surfaces.

The same conventions as :mod:`gen3d.foundry.solids`: closed, outward, +Y up, +Z front. Lengths are
the builder's own; things are built about one unit large, so that :data:`THIN` is the least
thickness that a field on a grid of 128³ still holds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from gen3d.foundry.solids import Solid, Vec3, lathe, moved, superellipsoid, tube
from gen3d.foundry.thing import Knob

THIN = 0.045
"""Thickness of sheets, walls and wires of a thing about one unit large."""

Profile = Sequence[tuple[float, float]]
"""``(radius, y)`` points, from the bottom up along the outside."""


def knobs(*rows: str) -> tuple[Knob, ...]:
    """Knobs in short: ``"height: squat/tall"``, ``"rim: /flared"`` or only ``"handles"``."""
    found: list[Knob] = []
    for row in rows:
        name, _, ends = row.partition(":")
        low, _, high = ends.partition("/")
        found.append(Knob(name, low.strip(), high.strip()))
    return tuple(found)


def loft(rings: Float64[np.ndarray, "rings sides 3"]) -> Solid:
    """Skin over rings, right-handed about the way they are stacked; flat ends fanned from middles.

    Args:
        rings: From the first end to the last; each end must be star-shaped about its middle.
    """
    count, sides = rings.shape[:2]
    # A lathe of as many rings has the wanted faces: only its points are replaced.
    faces = lathe([(1.0, float(level)) for level in range(count)], sides).faces
    poles = np.stack([rings[0].mean(axis=0), rings[-1].mean(axis=0)])
    return Solid(np.concatenate([rings.reshape(-1, 3), poles]), faces)


def rounded_rectangle(
    width: float, depth: float, radius: float, steps: int = 3
) -> Float64[np.ndarray, "sides 2"]:
    """``(x, z)`` outline about the origin, right-handed about +Y, corners of some radius."""
    half = np.array([width, depth]) / 2.0 - radius
    quarter = np.linspace(0.0, np.pi / 2.0, steps)
    points: list[Float64[np.ndarray, "steps 2"]] = []
    for turn, signs in enumerate(((1, 1), (1, -1), (-1, -1), (-1, 1))):
        angle = quarter + turn * np.pi / 2.0
        round_ = np.stack([np.sin(angle), np.cos(angle)], axis=1)
        points.append(np.array(signs) * half + radius * round_)
    return np.concatenate(points)


def block(x: float, y: float, z: float, bevel: float = 0.02) -> Solid:
    """A box of full sizes ``x y z`` standing on y = 0, its edges rounded by ``bevel``."""
    radius = min(bevel, 0.35 * min(x, y, z))
    low = [(radius, 0.0), (0.3 * radius, 0.3 * radius), (0.0, radius)]
    levels = [*low, *((inset, y - height) for inset, height in reversed(low))]
    rings = np.zeros((len(levels), 12, 3))
    for ring, (inset, height) in zip(rings, levels, strict=True):
        corner = max(radius - inset, 0.3 * radius)
        ring[:, [0, 2]] = rounded_rectangle(x - 2.0 * inset, z - 2.0 * inset, corner)
        ring[:, 1] = height
    return loft(rings)


def stack(
    stations: Sequence[tuple[float, float, float, float]],
    sides: int = 32,
    squareness: float = 1.0,
) -> Solid:
    """Skin over level ellipses, or superellipses when ``squareness`` is below 1.

    Args:
        stations: ``(y, half width x, half depth z, shift in z)``, from the bottom up.
        sides: Around.
        squareness: 1 round, 0.3 nearly rectangular.
    """
    angle = np.arange(sides) * (2.0 * np.pi / sides)
    across, along = (
        np.sign(value) * np.abs(value) ** squareness for value in (np.sin(angle), np.cos(angle))
    )
    rings = [
        np.stack([half_x * across, np.full(sides, y), half_z * along + shift], axis=1)
        for y, half_x, half_z, shift in stations
    ]
    return loft(np.stack(rings))


def smooth_stack(
    stations: Sequence[tuple[float, float, float, float]], steps: int = 20, sides: int = 32
) -> Solid:
    """A :func:`stack` through some stations, smooth along the height (monotone cubic)."""
    from scipy.interpolate import PchipInterpolator

    control = np.asarray(stations, np.float64)
    y = np.linspace(control[0, 0], control[-1, 0], steps)
    curve: Float64[np.ndarray, "steps 3"] = PchipInterpolator(control[:, 0], control[:, 1:])(y)
    rows = [(float(a), float(b), float(c), float(d)) for a, (b, c, d) in zip(y, curve, strict=True)]
    return stack(rows, sides)


def strap(
    path: Sequence[Vec3],
    width: float | Sequence[float],
    thickness: float | Sequence[float],
    across: Vec3 = (0.0, 0.0, 1.0),
) -> Solid:
    """Sweep a rounded rectangle along a path in the plane square to ``across``.

    Args:
        path: Points of the middle line.
        width: Along ``across``; one for all or one for each point.
        thickness: In the plane, likewise.
        across: Unit vector.
    """
    points = np.asarray(path, np.float64)
    tangent = np.gradient(points, axis=0)
    tangent /= np.maximum(np.linalg.norm(tangent, axis=1, keepdims=True), 1e-12)
    side = np.array(across, np.float64)
    beside = np.cross(tangent, side)
    widths = np.broadcast_to(np.asarray(width, np.float64), (len(points),))
    thick = np.broadcast_to(np.asarray(thickness, np.float64), (len(points),))
    rings: list[Float64[np.ndarray, "sides 3"]] = []
    for point, out, w, t in zip(points, beside, widths, thick, strict=True):
        flat = rounded_rectangle(float(t), float(w), 0.25 * float(min(t, w)))
        rings.append(point + flat[:, :1] * out + flat[:, 1:] * side)
    return loft(np.stack(rings))


def strut(start: Vec3, end: Vec3, radius: float, tip: float = 0.0, sides: int = 12) -> Solid:
    """A round bar between two points, from ``radius`` to ``tip`` (0: the same)."""
    return tube([start, end], [radius, tip or radius], sides)


def band(loop: Profile, sides: int = 40) -> Solid:
    """Turn a closed loop of ``(radius, y)`` points, anticlockwise with y up, about +Y: a hoop."""
    angle = np.arange(sides) * (2.0 * np.pi / sides)
    flat = np.asarray(loop, np.float64)
    rings = np.stack(
        [
            flat[:, :1] * np.sin(angle),
            np.broadcast_to(flat[:, 1:], (len(flat), sides)),
            flat[:, :1] * np.cos(angle),
        ],
        axis=-1,
    )
    index = np.arange(len(flat) * sides).reshape(len(flat), sides)
    a, b = index, np.roll(index, -1, axis=1)
    c, d = np.roll(a, -1, axis=0), np.roll(b, -1, axis=0)
    faces = np.stack([np.stack([a, b, d], -1), np.stack([a, d, c], -1)], axis=2).reshape(-1, 3)
    return Solid(rings.reshape(-1, 3), faces.astype(np.int32))


def hoop(outer: float, inner: float, height: float, sides: int = 40) -> Solid:
    """A flat-sided ring standing on y = 0, edges slightly broken."""
    e = 0.2 * min(outer - inner, height)
    loop = [(inner + e, 0.0), (outer - e, 0.0), (outer, e), (outer, height - e)]
    loop += [(outer - e, height), (inner + e, height), (inner, height - e), (inner, e)]
    return band(loop, sides)


def walled(profile: Profile, wall: float, sides: int = 36) -> Solid:
    """An open vessel: a profile from foot to rim with a wall of even thickness inside it.

    The inside is set off square to the profile, so shoulders and bowls are as thick as the sides.
    """
    outer = np.asarray(profile, np.float64)
    along = np.gradient(outer, axis=0)
    along /= np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-12)
    inner = outer + wall * np.stack([-along[:, 1], along[:, 0]], axis=1)
    inner[-1, 1] = outer[-1, 1]
    floor = float(outer[0, 1]) + wall
    kept = [(max(float(r), 0.01), float(y)) for r, y in inner[::-1] if y > floor + 0.005]
    bottom = (max(float(np.interp(floor, inner[:, 1], inner[:, 0])), 0.01), floor)
    rim = float(outer[-1, 1]) + 0.35 * wall
    lip = [(float(outer[-1, 0]) - 0.15 * wall, rim), (kept[0][0] + 0.15 * wall, rim)]
    return lathe([*((float(r), float(y)) for r, y in outer), *lip, *kept, bottom], sides)


def radius_at(profile: Profile, y: float) -> float:
    """Radius of a rising profile at a height."""
    points = np.asarray(profile, np.float64)
    return float(np.interp(y, points[:, 1], points[:, 0]))


def point_at(profile: Profile, y: float, depth: float = 0.0) -> Vec3:
    """Where a handle meets a turned body: on the +X side at a height, ``depth`` inside."""
    return (radius_at(profile, y) - depth, y, 0.0)


def pushed(solid: Solid, centre: Vec3, by: Vec3, radius: float) -> Solid:
    """Move the surface about a point: a bump or a dent that fades as exp(-distance²/radius²)."""
    distance = np.linalg.norm(solid.verts - np.array(centre), axis=1, keepdims=True)
    return Solid(solid.verts + np.exp(-((distance / radius) ** 2)) * np.array(by), solid.faces)


def cushion(x: float, y: float, z: float, softness: float = 0.35, detail: int = 12) -> Solid:
    """A plump box of full sizes ``x y z`` standing on y = 0."""
    solid = superellipsoid(x / 2.0, y / 2.0, z / 2.0, softness, softness, detail)
    return moved(solid, y=y / 2.0)


def arched(width: float, height: float, steps: int = 12) -> list[tuple[float, float]]:
    """Outline for a prism: a rectangle on y = 0 whose top is half an ellipse, as wide as it."""
    half = width / 2.0
    spring = max(height - half, 0.35 * height)
    angle = np.linspace(0.0, np.pi, steps)
    top = [(half * float(np.cos(a)), spring + (height - spring) * float(np.sin(a))) for a in angle]
    return [(-half, 0.0), (half, 0.0), *top]
