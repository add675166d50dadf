# SPDX-License-Identifier: Apache-2.0
"""Closed solids to build things from: turned, swept, extruded and rounded bodies.

A :class:`Solid` is a closed, outward-facing triangle surface (counter-clockwise seen from outside);
several may overlap: whoever needs one surface takes their union by winding number. +Y is up and +Z
is the front. All sizes are in the builder's own units; :mod:`gen3d.foundry.thing` normalises.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int32

Vec3 = tuple[float, float, float]


@dataclass(frozen=True)
class Solid:
    """A closed surface."""

    verts: Float64[np.ndarray, "verts 3"]
    faces: Int32[np.ndarray, "faces 3"]


def volume(solid: Solid) -> float:
    """Signed volume; positive when the faces look outwards (divergence theorem)."""
    a, b, c = (solid.verts[solid.faces[:, i]] for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0)


def joined(*solids: Solid) -> Solid:
    """Several solids as one (they may overlap)."""
    starts = np.cumsum([0, *(len(s.verts) for s in solids)])
    faces = [s.faces + np.int32(start) for s, start in zip(solids, starts, strict=False)]
    return Solid(np.concatenate([s.verts for s in solids]), np.concatenate(faces).astype(np.int32))


def moved(solid: Solid, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Solid:
    """Shift."""
    return Solid(solid.verts + np.array([x, y, z]), solid.faces)


def scaled(solid: Solid, x: float, y: float | None = None, z: float | None = None) -> Solid:
    """Stretch along the axes by positive factors (one factor: all axes)."""
    factors = np.array([x, x if y is None else y, x if z is None else z])
    return Solid(solid.verts * factors, solid.faces)


def turned(solid: Solid, axis: str, degrees: float) -> Solid:
    """Turn about the ``"x"``, ``"y"`` or ``"z"`` axis, right-handed."""
    angle = np.deg2rad(degrees)
    cosine, sine = np.cos(angle), np.sin(angle)
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    verts = solid.verts.copy()
    verts[:, i] = cosine * solid.verts[:, i] - sine * solid.verts[:, j]
    verts[:, j] = sine * solid.verts[:, i] + cosine * solid.verts[:, j]
    return Solid(verts, solid.faces)


def mirrored(solid: Solid, axis: str = "x") -> Solid:
    """Mirror image; the faces still look outwards."""
    verts = solid.verts.copy()
    verts[:, "xyz".index(axis)] *= -1.0
    return Solid(verts, np.ascontiguousarray(solid.faces[:, ::-1]))


def pair(solid: Solid, axis: str = "x") -> Solid:
    """A solid and its mirror image."""
    return joined(solid, mirrored(solid, axis))


def around(solid: Solid, count: int, start_deg: float = 0.0) -> Solid:
    """Copies evenly turned about the +Y axis."""
    return joined(*(turned(solid, "y", start_deg + 360.0 * i / count) for i in range(count)))


def tapered(solid: Solid, top: float, bottom: float = 1.0) -> Solid:
    """Scale x and z linearly from ``bottom`` at the lowest point to ``top`` at the highest."""
    y = solid.verts[:, 1]
    t = (y - y.min()) / max(float(np.ptp(y)), 1e-9)
    factor = bottom + (top - bottom) * t
    verts = solid.verts * np.stack([factor, np.ones_like(t), factor], axis=1)
    return Solid(verts, solid.faces)


def bent(solid: Solid, degrees: float) -> Solid:
    """Bend the +Y axis into an arc in the x-y plane; the solid starts at y = 0."""
    height = float(solid.verts[:, 1].max())
    if abs(degrees) < 1e-6 or height <= 0.0:
        return solid
    radius = height / np.deg2rad(degrees)
    angle = solid.verts[:, 1] / radius
    reach = radius - solid.verts[:, 0]
    verts = np.stack([radius - reach * np.cos(angle), reach * np.sin(angle), solid.verts[:, 2]], 1)
    return Solid(verts, solid.faces)


def twisted(solid: Solid, degrees: float) -> Solid:
    """Twist about +Y, by ``degrees`` from the lowest to the highest point."""
    y = solid.verts[:, 1]
    angle = np.deg2rad(degrees) * (y - y.min()) / max(float(np.ptp(y)), 1e-9)
    cosine, sine = np.cos(angle), np.sin(angle)
    x, z = solid.verts[:, 0], solid.verts[:, 2]
    return Solid(np.stack([cosine * x + sine * z, y, cosine * z - sine * x], axis=1), solid.faces)


def lathe(profile: Sequence[tuple[float, float]], sides: int = 40) -> Solid:
    """Turn a profile about the +Y axis.

    Args:
        profile: ``(radius, y)`` from the bottom up along the outside; it may come down again on
            the inside (a cup). Where it does not start or end on the axis, it is capped flat.
        sides: Around.
    """
    points = [(max(r, 0.0), y) for r, y in profile]
    if points[0][0] > 0.0:
        points.insert(0, (0.0, points[0][1]))
    if points[-1][0] > 0.0:
        points.append((0.0, points[-1][1]))
    ring = np.arange(sides) * (2.0 * np.pi / sides)
    circle = np.stack([np.sin(ring), np.zeros(sides), np.cos(ring)], axis=1)
    inner = np.array(points[1:-1])
    rings = circle[None] * inner[:, 0, None, None]
    rings[..., 1] = inner[:, 1, None]
    ends = np.array([[0.0, points[0][1], 0.0], [0.0, points[-1][1], 0.0]])
    verts = np.concatenate([rings.reshape(-1, 3), ends])
    return Solid(verts, _capped_faces(len(inner), sides))


def _capped_faces(rings: int, sides: int) -> Int32[np.ndarray, "faces 3"]:
    """Faces of stacked rings (bottom to top) with a pole at either end, poles last."""
    index = np.arange(rings * sides).reshape(rings, sides)
    after = np.roll(index, -1, axis=1)
    a, b, c, d = index[:-1], after[:-1], index[1:], after[1:]
    wall = np.stack([np.stack([a, b, d], -1), np.stack([a, d, c], -1)], axis=2).reshape(-1, 3)
    bottom = np.stack([after[0], index[0], np.full(sides, rings * sides)], axis=1)
    top = np.stack([index[-1], after[-1], np.full(sides, rings * sides + 1)], axis=1)
    return np.concatenate([wall, bottom, top]).astype(np.int32)


def cylinder(radius: float, height: float, bevel: float = 0.0, sides: int = 32) -> Solid:
    """Upright, standing on y = 0, with rounded rims when ``bevel`` is positive."""
    if bevel <= 0.0:
        return lathe([(radius, 0.0), (radius, height)], sides)
    angles = np.linspace(0.0, np.pi / 2, 4)
    low = [(radius - bevel + bevel * np.sin(a), bevel - bevel * np.cos(a)) for a in angles]
    high = [(r, height - y) for r, y in reversed(low)]
    return lathe([*low, *high], sides)


def cone(radius: float, height: float, top: float = 0.0, sides: int = 32) -> Solid:
    """Upright, standing on y = 0, from ``radius`` to ``top``."""
    return lathe([(radius, 0.0), (top, height)], sides)


def vessel(profile: Sequence[tuple[float, float]], wall: float, sides: int = 48) -> Solid:
    """An open vessel: a profile from foot to rim, given a wall of some thickness and a lip."""
    outer = [(max(r, 1e-3), y) for r, y in profile]
    floor = outer[0][1] + wall
    inner = [(max(r - wall, 1e-3), max(y, floor)) for r, y in reversed(outer)]
    lip = [
        (outer[-1][0] - 0.15 * wall, outer[-1][1] + 0.35 * wall),
        (outer[-1][0] - 0.85 * wall, outer[-1][1] + 0.35 * wall),
    ]
    return lathe([*outer, *lip, *inner], sides)


def ellipsoid(x: float, y: float | None = None, z: float | None = None, detail: int = 24) -> Solid:
    """Ellipsoid about the origin with the given half axes (one: a ball)."""
    return superellipsoid(x, x if y is None else y, x if z is None else z, 1.0, 1.0, detail)


def superellipsoid(
    x: float, y: float, z: float, upright: float, round_: float, detail: int = 24
) -> Solid:
    """Barr's superquadric (1981): exponent 1 is round, 0.2 nearly a box, above 1 pinched."""

    def power(value: np.ndarray, exponent: float) -> np.ndarray:
        return np.sign(value) * np.abs(value) ** exponent

    latitude = np.linspace(-np.pi / 2, np.pi / 2, detail + 1)[1:-1]
    longitude = np.arange(2 * detail) * (np.pi / detail)
    flat = power(np.cos(latitude), upright)[:, None]
    rings = np.stack(
        np.broadcast_arrays(
            x * flat * power(np.sin(longitude), round_),
            y * power(np.sin(latitude), upright)[:, None],
            z * flat * power(np.cos(longitude), round_),
        ),
        axis=-1,
    )
    ends = np.array([[0.0, -y, 0.0], [0.0, y, 0.0]])
    verts = np.concatenate([rings.reshape(-1, 3), ends])
    return Solid(verts, _capped_faces(len(latitude), 2 * detail))


def box(x: float, y: float, z: float, bevel: float = 0.02) -> Solid:
    """A box of full sizes ``x y z`` standing on y = 0, its edges rounded by ``bevel``."""
    radius = min(bevel, 0.49 * min(x, y, z))
    inner = np.array([x, y, z]) / 2.0 - radius
    signs = np.array([[i, j, k] for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)], np.float64)
    corner = _octant_directions()
    points = (signs[:, None] * (inner + radius * corner[None])).reshape(-1, 3)
    solid = hull(points)
    return moved(solid, y=y / 2.0)


def _octant_directions() -> Float64[np.ndarray, "points 3"]:
    """Directions over one octant of the sphere: its corners, edges and middle."""
    s, t = 2**-0.5, 3**-0.5
    return np.array(
        [[1, 0, 0], [0, 1, 0], [0, 0, 1], [s, s, 0], [s, 0, s], [0, s, s], [t, t, t]], np.float64
    )


def hull(points: Float64[np.ndarray, "points 3"]) -> Solid:
    """Convex hull."""
    from scipy.spatial import ConvexHull

    found = ConvexHull(points)
    used, faces = np.unique(found.simplices, return_inverse=True)
    faces = faces.reshape(-1, 3).astype(np.int32)
    verts = points[used]
    normal = np.cross(
        verts[faces[:, 1]] - verts[faces[:, 0]], verts[faces[:, 2]] - verts[faces[:, 0]]
    )
    inward = np.einsum("ij,ij->i", normal, found.equations[:, :3]) < 0.0
    faces[inward] = faces[inward][:, ::-1]
    return Solid(verts, faces)


def tube(
    path: Sequence[Vec3], radius: float | Sequence[float], sides: int = 12, *, loop: bool = False
) -> Solid:
    """Sweep a circle along a path; ends are capped, or joined when ``loop``.

    The frame is carried along without twist (double reflection would be exact; the projected
    frame used here agrees for the gentle paths of handles, legs and branches).
    """
    points = np.asarray(path, np.float64)
    radii = np.broadcast_to(np.asarray(radius, np.float64), (len(points),))
    tangents = _tangents(points, loop=loop)
    across = _carried_frame(tangents)
    upward = np.cross(tangents, across)
    angle = np.arange(sides) * (2.0 * np.pi / sides)
    ring = (
        np.cos(angle)[None, :, None] * across[:, None]
        + np.sin(angle)[None, :, None] * upward[:, None]
    )
    rings = points[:, None] + radii[:, None, None] * ring
    if loop:
        return _closed_tube(rings)
    verts = np.concatenate([rings.reshape(-1, 3), points[:1], points[-1:]])
    return Solid(verts, _capped_faces(len(points), sides))


def _tangents(
    points: Float64[np.ndarray, "points 3"], *, loop: bool
) -> Float64[np.ndarray, "points 3"]:
    if loop:
        difference = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    else:
        difference = np.gradient(points, axis=0)
    return difference / np.maximum(np.linalg.norm(difference, axis=1, keepdims=True), 1e-12)


def _carried_frame(
    tangents: Float64[np.ndarray, "points 3"],
) -> Float64[np.ndarray, "points 3"]:
    """A unit vector across the path at every point, turned as little as possible."""
    first = tangents[0]
    start = np.eye(3)[int(np.argmin(np.abs(first)))]
    frame = np.zeros_like(tangents)
    current = start
    for index, tangent in enumerate(tangents):
        current = current - tangent * (current @ tangent)
        current = current / max(float(np.linalg.norm(current)), 1e-12)
        frame[index] = current
    return frame


def _closed_tube(rings: Float64[np.ndarray, "rings sides 3"]) -> Solid:
    count, sides = rings.shape[:2]
    index = np.arange(count * sides).reshape(count, sides)
    # The carried frame need not close: join the last ring to the first one where it fits best.
    first = rings[0]
    gaps = [np.linalg.norm(np.roll(first, -s, axis=0) - rings[-1]) for s in range(sides)]
    following = np.concatenate([index[1:], np.roll(index[0], -int(np.argmin(gaps)))[None]])
    a, b = index, np.roll(index, -1, axis=1)
    c, d = following, np.roll(following, -1, axis=1)
    faces = np.stack([np.stack([a, b, d], -1), np.stack([a, d, c], -1)], axis=2).reshape(-1, 3)
    return Solid(rings.reshape(-1, 3), faces.astype(np.int32))


def torus(major: float, minor: float, sides: int = 40) -> Solid:
    """A ring lying flat about the origin."""
    angle = np.arange(sides) * (2.0 * np.pi / sides)
    path = [(major * float(np.sin(a)), 0.0, major * float(np.cos(a))) for a in angle]
    return tube(path, minor, 14, loop=True)


def prism(outline: Sequence[tuple[float, float]], depth: float, bevel: float = 0.0) -> Solid:
    """Extrude an outline in the x-y plane (counter-clockwise seen from +Z) by ``depth`` along z.

    The outline must be star-shaped about its centroid, which the flat ends are fanned from. With a
    bevel, the ends are drawn in towards the centroid.
    """
    flat = np.asarray(outline, np.float64)
    centre = flat.mean(axis=0)
    reach = np.maximum(np.linalg.norm(flat - centre, axis=1, keepdims=True), 1e-9)
    drawn = centre + (flat - centre) * np.maximum(1.0 - bevel / reach, 0.3)
    half = depth / 2.0
    edge = max(half - bevel, 0.1 * half)
    layers = (
        [(drawn, -half), (flat, -edge), (flat, edge), (drawn, half)]
        if bevel > 0.0
        else [(flat, -half), (flat, half)]
    )
    rings = np.stack([np.column_stack([xy, np.full(len(xy), z)]) for xy, z in layers])
    ends = np.array([[*centre, -half], [*centre, half]])
    verts = np.concatenate([rings.reshape(-1, 3), ends])
    return Solid(verts, _capped_faces(len(layers), len(flat)))


def arc(
    radius: float, start_deg: float, end_deg: float, steps: int = 16, centre: Vec3 = (0.0, 0.0, 0.0)
) -> list[Vec3]:
    """Points of an arc in the x-y plane, for the path of a tube; 0° is +X, 90° is +Y."""
    angles = np.deg2rad(np.linspace(start_deg, end_deg, steps))
    x, y, z = centre
    return [(x + radius * float(np.cos(a)), y + radius * float(np.sin(a)), z) for a in angles]


def smooth_path(points: Sequence[Vec3], steps: int = 24) -> list[Vec3]:
    """A smooth curve through some points (cubic spline over chord length)."""
    from scipy.interpolate import CubicSpline

    control = np.asarray(points, np.float64)
    chord = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(control, axis=0), axis=1))])
    curve = CubicSpline(chord, control)(np.linspace(0.0, chord[-1], steps))
    return [(float(x), float(y), float(z)) for x, y, z in curve]


def smooth_profile(
    points: Sequence[tuple[float, float]], steps: int = 24
) -> list[tuple[float, float]]:
    """A smooth profile through some ``(radius, y)`` points (monotone cubic: no overshoot)."""
    from scipy.interpolate import PchipInterpolator

    control = np.asarray(points, np.float64)
    chord = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(control, axis=0), axis=1))])
    curve = PchipInterpolator(chord, control)(np.linspace(0.0, chord[-1], steps))
    return [(float(r), float(y)) for r, y in curve]
